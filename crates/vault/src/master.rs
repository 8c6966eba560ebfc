//! Master keys, whoever holds them, and the person keys wrapped by them.

use std::fmt;

use kangji_core::ids::HolderId;
use rand::CryptoRng;

use crate::{error::VaultError, person::PersonKey};

/// The first byte of a wrapped key.
const FORMAT: u8 = 1;

/// The version of a master or index key, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyVersion(u32);

impl KeyVersion {
    /// The first version.
    pub const FIRST: Self = Self(1);

    /// The version of this number; `None` for 0.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// The number, from 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    pub(crate) fn next(self) -> Result<Self, VaultError> {
        self.0.checked_add(1).map(Self).ok_or(VaultError::NoMoreVersions)
    }
}

impl fmt::Display for KeyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A person's key as it is stored: format byte, version of the master key (4 bytes, most
/// significant first), and what the provider made of the key.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    version: KeyVersion,
    body: Vec<u8>,
}

impl WrappedKey {
    /// For providers: what they made of a key under their version.
    #[must_use]
    pub const fn new(version: KeyVersion, body: Vec<u8>) -> Self {
        Self { version, body }
    }

    /// Reads [`WrappedKey::to_bytes`].
    ///
    /// # Errors
    /// [`VaultError::Format`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        let (&FORMAT, rest) = bytes.split_first().ok_or(VaultError::Format)? else {
            return Err(VaultError::Format);
        };
        let (version, body) = rest.split_first_chunk().ok_or(VaultError::Format)?;
        let version = KeyVersion::from_number(u32::from_be_bytes(*version));
        Ok(Self { version: version.ok_or(VaultError::Format)?, body: body.to_vec() })
    }

    /// The bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[FORMAT], &self.version.number().to_be_bytes()[..], &self.body].concat()
    }

    /// The version of the master key that opens it.
    #[must_use]
    pub const fn version(&self) -> KeyVersion {
        self.version
    }

    /// What the provider made of the key.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Shows the version only.
impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrappedKey").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Whoever holds the master keys and the index keys: a file, or a module that never lets them out.
pub trait MasterKeys: Send + Sync {
    /// The version that wraps.
    fn current(&self) -> KeyVersion;

    /// Wraps a person's key under the current version, bound to the person. A module may draw its
    /// own randomness instead.
    ///
    /// # Errors
    /// [`VaultError::Module`] when a module fails.
    fn wrap(
        &self,
        person: HolderId,
        key: &PersonKey,
        random: &mut dyn CryptoRng,
    ) -> Result<WrappedKey, VaultError>;

    /// The person's key in a wrapped one of any version still held.
    ///
    /// # Errors
    /// [`VaultError::NoKey`] when the version is not held, [`VaultError::Closed`] when the key was
    /// wrapped for another person or changed.
    fn open(&self, person: HolderId, wrapped: &WrappedKey) -> Result<PersonKey, VaultError>;

    /// The version of the index key that new tags are made with.
    fn index_current(&self) -> KeyVersion;

    /// HMAC-SM3 of a message under the index key of this version.
    ///
    /// # Errors
    /// [`VaultError::NoKey`] when the version is not held.
    fn index(&self, version: KeyVersion, message: &[u8]) -> Result<[u8; 32], VaultError>;
}

/// What [`rewrap`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrap {
    /// The key is wrapped under the current version already; nothing is to be written.
    Current,
    /// The same key under the current version, to be written in place of the other.
    Renewed(WrappedKey),
}

/// Brings a wrapped key under the current version. The person's fields stay as they are.
///
/// # Errors
/// Those of [`MasterKeys::open`] and [`MasterKeys::wrap`].
pub fn rewrap(
    keys: &(impl MasterKeys + ?Sized),
    person: HolderId,
    wrapped: &WrappedKey,
    random: &mut impl CryptoRng,
) -> Result<Rewrap, VaultError> {
    let current = keys.current();
    if wrapped.version() == current {
        return Ok(Rewrap::Current);
    }
    let key = keys.open(person, wrapped)?;
    keys.wrap(person, &key, random).map(Rewrap::Renewed)
}
