//! The key of a person and the fields sealed with it.

use std::fmt;

use kangji_core::ids::HolderId;
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    error::VaultError,
    gcm::{self, Key},
};

/// The first byte of a sealed field.
const FORMAT: u8 = 1;
const LABEL: &[u8] = b"kangji-vault field";

/// The SM4 key of one person, erased when dropped. Whoever holds it can open all fields of the
/// person; it is kept wrapped only.
///
/// Sealed: format byte (1), nonce (12), ciphertext (as long as the value), tag (16). The
/// associated data is the label `kangji-vault field`, the format byte, the person's id (16 bytes)
/// and the name of the field, so that what was moved to another person or field does not open.
pub struct PersonKey(Key);

impl PersonKey {
    /// A new key.
    #[must_use]
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        Self(gcm::draw(random))
    }

    /// The key with these bytes, for providers of [`MasterKeys`](crate::MasterKeys).
    #[must_use]
    pub const fn from_bytes(bytes: Zeroizing<[u8; 16]>) -> Self {
        Self(bytes)
    }

    /// The bytes, for providers of [`MasterKeys`](crate::MasterKeys); they must not outlive a call.
    #[must_use]
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    /// Seals a value of a field, each time with another nonce. The length of the value shows.
    ///
    /// # Errors
    /// [`VaultError::TooLong`] for more than 4 MiB.
    pub fn seal(
        &self,
        person: HolderId,
        field: &str,
        value: &[u8],
        random: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, VaultError> {
        gcm::seal(&[FORMAT], &self.0, &associated(person, field), value, random)
    }

    /// Opens a sealed value of the same person and field.
    ///
    /// # Errors
    /// [`VaultError::Closed`] when key, person or field are others or a bit is;
    /// [`VaultError::Format`] when the bytes are no sealed value.
    pub fn open(
        &self,
        person: HolderId,
        field: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (&FORMAT, rest) = sealed.split_first().ok_or(VaultError::Format)? else {
            return Err(VaultError::Format);
        };
        gcm::open(&self.0, &associated(person, field), rest)
    }
}

/// Shows nothing.
impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonKey").finish_non_exhaustive()
    }
}

/// Every part but the last has a fixed length.
fn associated(person: HolderId, field: &str) -> Vec<u8> {
    [LABEL, &[FORMAT], person.bytes(), field.as_bytes()].concat()
}
