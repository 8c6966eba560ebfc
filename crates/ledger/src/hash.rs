//! SM3 hashes (GB/T 32905).

use std::fmt;

use sm3::{Digest, Sm3};

/// An SM3 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// All zeros: what stands before the first entry of a chain.
    pub const NONE: Self = Self([0; 32]);

    /// The hash of the parts one after the other.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut digest = Sm3::new();
        for part in parts {
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// The bytes of a UUID of version 8 that follows from the hash.
    #[must_use]
    pub fn uuid(&self) -> [u8; 16] {
        let mut id = [0; 16];
        id.iter_mut().zip(self.0).for_each(|(byte, hashed)| *byte = hashed);
        id[6] = id[6] & 0x0F | 0x80;
        id[8] = id[8] & 0x3F | 0x80;
        id
    }

    /// The hash with these bytes.
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

/// Lower-case hexadecimal.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first example of GB/T 32905, appendix A.
    #[test]
    fn abc_has_the_hash_of_the_standard() {
        let hash = Hash::of(&[b"a", b"bc"]).to_string();
        assert_eq!(hash, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }
}
