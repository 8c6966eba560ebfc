//! Passwords: Argon2id with the parameters OWASP asks for, at least so many characters, and none
//! that is easily guessed.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::problem::{Code, Problem};

/// The most characters of a password, so that hashing it takes no longer than it has to.
const LENGTH_MAX: usize = 128;

/// How many passwords are hashed at once: each takes 19 MiB while it is.
static TURNS: Semaphore = Semaphore::const_new(8);

/// Waits until a password may be hashed; until what it gives is dropped.
pub(crate) async fn turn() -> Option<SemaphorePermit<'static>> {
    TURNS.acquire().await.ok()
}

/// The hash of nobody's password: checking against it takes as long as against somebody's.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash("nobody").unwrap_or_default());

/// The hash of a password, in PHC form.
///
/// # Errors
/// Where the system gives no random numbers.
pub fn hash(password: &str) -> Result<String, Problem> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| {
        tracing::error!(%error, "a password cannot be hashed");
        Code::Internal.into()
    })
}

/// Whether a password has this hash; nothing has the hash of nobody. It takes the same time in
/// every case.
#[must_use]
pub fn matches(password: &str, hash: Option<&str>) -> bool {
    let known = hash.filter(|hash| !hash.is_empty());
    let Ok(parsed) = PasswordHash::new(known.unwrap_or(&NOBODYS)) else { return false };
    let same = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    known.is_some() && same
}

/// Whether a password may be used by somebody with this name.
///
/// # Errors
/// Where it is too short or too long, or easily guessed.
pub fn is_good(password: &str, name: &str, length_min: usize) -> Result<(), Problem> {
    let problem = |detail: String| Err(Problem::invalid("password", detail));
    let length = password.chars().count();
    if length < length_min || password.len() > LENGTH_MAX {
        return problem(format!("密码需要 {length_min} 到 {LENGTH_MAX} 个字符"));
    }
    let guesses = zxcvbn::zxcvbn(password, &[name, "kangji", "康积"]);
    if guesses.score() < zxcvbn::Score::Three {
        let detail = "这个密码太常见或太容易猜到；请换一个，例如几个不相干的词";
        return problem(detail.to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash() {
        let hash = hash("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(matches("correct horse battery", Some(&hash)));
        assert!(!matches("correct horse batterz", Some(&hash)));
        assert!(!matches("", Some("")));
        assert!(!matches("anything", None));
    }

    #[test]
    fn the_hash_of_nobody_is_well_formed() {
        assert!(PasswordHash::new(&NOBODYS).is_ok());
    }

    #[test]
    fn what_is_short_long_known_or_near_the_name_is_refused() {
        let bad = [
            "short1!",
            &"x".repeat(129),
            "password123",
            "woaini1314",
            "wangfang2026",
            "aaaaaaaaaaaa",
        ];
        for password in bad {
            assert!(is_good(password, "wangfang", 10).is_err(), "{password}");
        }
        assert!(is_good("三棵树 blue-kettle 91", "wangfang", 10).is_ok());
    }
}
