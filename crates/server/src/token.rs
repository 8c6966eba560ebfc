//! Tokens that people and systems show: random, and known to the database by their hash only.

use kangji_ledger::Hash;
use rand::{TryRng, rngs::SysRng};

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

/// A new code of digits for people to type.
///
/// # Errors
/// Where the system gives no random numbers.
pub fn digits(length: usize) -> Result<String, Problem> {
    let mut code = String::with_capacity(length);
    while code.len() < length {
        let mut random = [0];
        fill(&mut random)?;
        // Only bytes below the last multiple of ten, so that no digit is likelier than another.
        code.extend((random[0] < 250).then(|| char::from(b'0' + random[0] % 10)));
    }
    Ok(code)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_codes_are_digits() {
        let [one, other] = [new().unwrap(), new().unwrap()];
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
        assert_ne!(hash(&one).to_string(), csrf(&one));
        let code = digits(6).unwrap();
        assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    }
}
