//! Tokens that people and systems show: random, and known to the database by their hash only.

use kangji_ledger::Hash;
use kangji_vault::MasterKeys;
use rand::{SeedableRng, TryRng, rngs::SysRng};
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

use crate::problem::{Code, Problem};

/// A new token of 256 bits, in hexadecimal.
///
/// # Errors
/// Where the system gives no random numbers.
pub fn new() -> Result<String, Problem> {
    let mut random = [0; 32];
    fill(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Random bytes.
///
/// # Errors
/// Where the system gives none.
pub fn fill(bytes: &mut [u8]) -> Result<(), Problem> {
    SysRng.try_fill_bytes(bytes).map_err(|error| {
        tracing::error!(%error, "no random numbers");
        Problem::from(Code::Internal)
    })
}

/// A token that follows from a seed and a key of this deployment. Of a write that comes again
/// with its idempotency key the seed is kept, and so it gives the same token, which is kept
/// nowhere. `what` it is good for is part of it.
///
/// # Errors
/// Where the key cannot be used.
pub fn made_of(keys: &dyn MasterKeys, what: &str, seed: &[u8; 16]) -> Result<String, Problem> {
    Ok(keyed(keys, what, seed)?.to_string())
}

/// The same as a code of eight digits for people to type.
///
/// # Errors
/// As [`made_of`].
pub fn digits_of(keys: &dyn MasterKeys, what: &str, seed: &[u8; 16]) -> Result<String, Problem> {
    let hash = keyed(keys, what, seed)?;
    // Of 128 bits, so that no code is noticeably likelier than another.
    let bytes = hash.bytes().iter().take(16);
    let number = bytes.fold(0, |number: u128, byte| number << 8 | u128::from(*byte));
    Ok(format!("{:08}", number % 100_000_000))
}

/// What the database knows a short code by: without the key nobody finds it by trying all.
///
/// # Errors
/// As [`made_of`].
pub fn keyed(keys: &dyn MasterKeys, what: &str, bytes: &[u8]) -> Result<Hash, Problem> {
    let message = [b"kangji ", what.as_bytes(), &[0], bytes].concat();
    let hash = keys.index(keys.index_current(), &message).map_err(|error| {
        tracing::error!(%error, "a key cannot be used");
        Problem::from(Code::Internal)
    })?;
    Ok(Hash::from_bytes(hash))
}

/// What the database knows a token by.
#[must_use]
pub fn hash(token: &str) -> Hash {
    Hash::of(&[b"token:", token.as_bytes()])
}

/// What a page has to show beside a cookie: it follows from the session's token and cannot be
/// known to another site.
#[must_use]
pub fn csrf(token: &str) -> String {
    Hash::of(&[b"csrf:", token.as_bytes()]).to_string()
}

/// Randomness for keys and nonces.
///
/// # Errors
/// Where the system gives none.
pub(crate) fn random() -> Result<ChaCha20Rng, Problem> {
    let mut seed = Zeroizing::new([0; 32]);
    fill(seed.as_mut_slice())?;
    Ok(ChaCha20Rng::from_seed(*seed))
}

#[cfg(test)]
mod tests {
    use kangji_vault::FileKeys;
    use rand::rand_core::UnwrapErr;

    use super::*;

    #[test]
    fn tokens_are_long_and_codes_are_digits() {
        let [one, other] = [new().unwrap(), new().unwrap()];
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
        assert_ne!(hash(&one).to_string(), csrf(&one));
        let keys = FileKeys::generate(&mut UnwrapErr(SysRng));
        let [code, other] = [[1; 16], [2; 16]].map(|seed| digits_of(&keys, "a", &seed).unwrap());
        assert!(code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
        assert_ne!(code, other);
        let [token, same, another] =
            ["a", "a", "b"].map(|what| made_of(&keys, what, &[1; 16]).unwrap());
        assert!(token == same && token != another && token.len() == 64, "{token}");
    }
}
