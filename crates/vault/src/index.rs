//! Blind indexes: finding a value exactly without opening anything.

use std::fmt;

use kangji_core::identity::{Document, PersonName, Phone};
use zeroize::Zeroizing;

use crate::{
    error::VaultError,
    master::{KeyVersion, MasterKeys},
};

const LABEL: &[u8] = b"kangji-vault index";
/// Of what is hashed.
const FORMAT: u8 = 1;

/// A value to be found: what kind of value it is, and the value in its one form. Erased when
/// dropped.
pub struct Lookup(Zeroizing<Vec<u8>>);

impl Lookup {
    /// A document by its kind and number; `None` for a newborn without a number.
    #[must_use]
    pub fn document(document: &Document) -> Option<Self> {
        let kind = document.kind().code();
        document.number().map(|number| Self::new(&["document ", kind], number))
    }

    /// A telephone number.
    #[must_use]
    pub fn phone(phone: &Phone) -> Self {
        Self::new(&["phone"], phone.number())
    }

    /// A full name, whatever the case of its Latin letters.
    #[must_use]
    pub fn name(name: &PersonName) -> Self {
        let capitals = Zeroizing::new(name.full().to_uppercase());
        Self::new(&["name"], &capitals)
    }

    /// Label, format, kind, a zero byte (which no kind has), value.
    fn new(kind: &[&str], value: &str) -> Self {
        let kind = kind.concat();
        let parts = [LABEL, &[FORMAT], kind.as_bytes(), &[0], value.as_bytes()];
        Self(Zeroizing::new(parts.concat()))
    }

    /// The tag under the current index key, with its version: what is stored.
    ///
    /// # Errors
    /// Those of [`MasterKeys::index`].
    pub fn tag(
        &self,
        keys: &(impl MasterKeys + ?Sized),
    ) -> Result<(KeyVersion, IndexTag), VaultError> {
        let version = keys.index_current();
        Ok((version, self.tag_under(keys, version)?))
    }

    /// The tag under the index key of a version: what is looked for while rows of an older version
    /// are left.
    ///
    /// # Errors
    /// Those of [`MasterKeys::index`].
    pub fn tag_under(
        &self,
        keys: &(impl MasterKeys + ?Sized),
        version: KeyVersion,
    ) -> Result<IndexTag, VaultError> {
        keys.index(version, &self.0).map(IndexTag)
    }
}

/// Shows nothing.
impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").finish_non_exhaustive()
    }
}

/// The keyed hash of a value, HMAC-SM3: equal for equal values under one key version.
///
/// Without the key nothing can be tried out; whoever sees many tags sees which are equal, and so
/// how frequent a name is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexTag([u8; 32]);

impl IndexTag {
    /// The tag with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Shows nothing: a tag in a log would name a person to whoever can look it up.
impl fmt::Debug for IndexTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexTag").finish_non_exhaustive()
    }
}
