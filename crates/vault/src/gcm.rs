//! SM4-GCM as RFC 8998 has it: a key of 16 bytes, a nonce of 12, a tag of 16.

use aes_gcm::{
    AesGcm, KeyInit,
    aead::{Aead, Payload, consts::U12},
};
use rand::CryptoRng;
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::error::VaultError;

/// The name `AesGcm` is older than its being generic over block ciphers of 128 bits.
type Sm4Gcm = AesGcm<Sm4, U12>;

/// The bytes of a key.
pub(crate) type Key = Zeroizing<[u8; 16]>;

const NONCE: usize = 12;
/// The longest plaintext; far below what GCM allows.
const LENGTH_MAX: usize = 4 << 20;

/// A key drawn from `random`.
pub(crate) fn draw<const N: usize>(random: &mut (impl CryptoRng + ?Sized)) -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    random.fill_bytes(bytes.as_mut_slice());
    bytes
}

/// Appends nonce, ciphertext and tag to `start`. With a drawn nonce of 96 bits a key may seal 2³²
/// times (NIST SP 800-38D, 8.3).
pub(crate) fn seal(
    start: &[u8],
    key: &Key,
    associated: &[u8],
    plain: &[u8],
    random: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, VaultError> {
    let nonce = draw::<NONCE>(random);
    let sealed = seal_with(&nonce, key, associated, plain)?;
    Ok([start, nonce.as_slice(), &sealed].concat())
}

fn seal_with(
    nonce: &[u8; NONCE],
    key: &Key,
    associated: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, VaultError> {
    if plain.len() > LENGTH_MAX {
        return Err(VaultError::TooLong);
    }
    let payload = Payload { msg: plain, aad: associated };
    cipher(key).encrypt(nonce.into(), payload).map_err(|_| VaultError::TooLong)
}

/// What [`seal`] appended, opened.
pub(crate) fn open(
    key: &Key,
    associated: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(VaultError::Format)?;
    let payload = Payload { msg: sealed, aad: associated };
    let opened = cipher(key).decrypt(nonce.into(), payload);
    opened.map(Zeroizing::new).map_err(|_| VaultError::Closed)
}

fn cipher(key: &Key) -> Sm4Gcm {
    let key: &[u8; 16] = key;
    Sm4Gcm::new(key.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    /// RFC 8998, appendix A.1.
    #[test]
    fn the_vector_of_rfc_8998_is_sealed_and_opened() {
        let key = hex::read("0123456789abcdeffedcba9876543210").unwrap();
        let nonce = hex::read("00001234567800000000abcd").unwrap();
        let associated = hex::read::<20>("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
        let plain = hex::read::<64>(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        let sealed = hex::read::<80>(
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
             83de3541e4c2b58177e065a9bf7b62ec",
        );
        let (plain, sealed) = (plain.unwrap(), sealed.unwrap());
        let made = seal_with(&nonce, &key, &*associated, &*plain).unwrap();
        assert_eq!(made, *sealed);
        let whole = [nonce.as_slice(), &made].concat();
        assert_eq!(**open(&key, &*associated, &whole).unwrap(), *plain);
    }

    #[test]
    fn too_short_and_too_long_are_refused() {
        let key = Zeroizing::new([1; 16]);
        assert_eq!(open(&key, b"", &[0; 11]), Err(VaultError::Format));
        assert_eq!(open(&key, b"", &[0; 12]), Err(VaultError::Closed));
        assert_eq!(open(&key, b"", &[0; 27]), Err(VaultError::Closed));
        let long = vec![0; LENGTH_MAX + 1];
        assert_eq!(seal_with(&[0; 12], &key, b"", &long), Err(VaultError::TooLong));
    }
}
