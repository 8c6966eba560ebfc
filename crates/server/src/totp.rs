//! One-time codes of a device (RFC 6238: SHA-1, six digits, thirty seconds; a code of the step
//! before or after is taken as well) and the recovery codes for when it is lost.

use kangji_core::{Moment, ids::OfficerId};
use kangji_ledger::Hash;
use kangji_store::User;
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use crate::{
    app::App,
    problem::{Code, Problem},
    staff_seal, token,
};

/// The bytes of a secret: as many as the hash has.
const SECRET: usize = 20;
/// The field under which a secret is sealed.
const FIELD: &str = "totp";
/// The recovery codes that somebody gets.
const RECOVERY_CODES: usize = 10;
/// Characters of recovery codes: none is taken for another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The secret of a device.
pub(crate) type Secret = Zeroizing<[u8; SECRET]>;

/// A new secret.
pub(crate) fn secret() -> Result<Secret, Problem> {
    let mut secret = Zeroizing::new([0; SECRET]);
    token::fill(secret.as_mut_slice())?;
    Ok(secret)
}

/// A secret as people type it, and the address that devices read from a QR code.
pub(crate) fn for_device(secret: &Secret, name: &str) -> Result<(String, String), Problem> {
    let totp = built(secret, name)?;
    let address = totp.to_url().map_err(|_| Problem::from(Code::Internal))?;
    Ok((totp.secret().to_base32(), address))
}

/// The step of time whose code this is, if it is one of now.
pub(crate) fn step(secret: &Secret, code: &str, now: Moment) -> Option<i64> {
    let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = u64::try_from(now.millis() / 1000).ok().filter(|_| is_code)?;
    let step = built(secret, "kangji").ok()?.check(code, seconds)?;
    i64::try_from(step).ok()
}

fn built(secret: &Secret, name: &str) -> Result<Totp, Problem> {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(1)
        .with_secret(totp_rs::Secret::new_stack(**secret))
        .with_issuer(Some("Kangji"))
        .with_account_name(name)
        .build();
    totp.map_err(|error| {
        tracing::error!(?error, "one-time codes cannot be made");
        Code::Internal.into()
    })
}

/// Seals a secret for a member of staff.
pub(crate) fn sealed(
    app: &App,
    id: OfficerId,
    secret: &Secret,
    now: Moment,
) -> Result<Vec<u8>, Problem> {
    staff_seal::seal(app, id, FIELD, secret.as_slice(), now)
}

/// The secret of a member of staff, if they have one.
pub(crate) fn opened(app: &App, user: &User) -> Result<Option<Secret>, Problem> {
    user.totp.as_ref().map(|sealed| opened_from(app, user.id, sealed)).transpose()
}

/// The secret in a sealed one.
pub(crate) fn opened_from(app: &App, id: OfficerId, sealed: &[u8]) -> Result<Secret, Problem> {
    let bytes = staff_seal::open(app, id, FIELD, sealed)?;
    let mut secret = Zeroizing::new([0; SECRET]);
    if bytes.len() != SECRET {
        return Err(Code::Internal.into());
    }
    secret.copy_from_slice(&bytes);
    Ok(secret)
}

/// New recovery codes of eighty bits each.
pub(crate) fn recovery_codes() -> Result<Vec<String>, Problem> {
    let code = |_| {
        let mut random = [0; 16];
        token::fill(&mut random)?;
        let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map(char::from);
        let groups = random.chunks(4).map(|group| group.iter().filter_map(letter).collect());
        Ok(groups.collect::<Vec<String>>().join("-"))
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// What the database knows a recovery code of somebody by, however it was typed.
pub(crate) fn recovery_hash(id: OfficerId, code: &str) -> Hash {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    Hash::of(&[b"recovery:", id.bytes(), letters.to_ascii_uppercase().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last six of the eight digits of RFC 6238, appendix B.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = Zeroizing::new(*b"12345678901234567890");
        let cases = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in cases {
            let at =
                |offset: i64| step(&secret, code, Moment::from_millis((seconds + offset) * 1000));
            let own = Some(seconds / 30);
            assert_eq!([at(0), at(30), at(60)], [own, own, None], "{code}");
        }
        for wrong in ["", "28708", "2870820", "28708x", " 87082", "２８７０８２"] {
            assert_eq!(step(&secret, wrong, Moment::from_millis(59_000)), None, "{wrong}");
        }
    }

    #[test]
    fn recovery_codes_are_taken_however_they_are_typed() {
        let id = OfficerId::from_bytes([1; 16]);
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let code = &codes[0];
        assert_eq!(code.len(), 19, "{code}");
        let typed = code.replace('-', " ").to_lowercase();
        assert_eq!(recovery_hash(id, code), recovery_hash(id, &typed));
        let other = OfficerId::from_bytes([2; 16]);
        assert_ne!(recovery_hash(id, code), recovery_hash(other, code));
    }

    #[test]
    fn devices_read_the_address() {
        let secret = Zeroizing::new(*b"12345678901234567890");
        let (typed, address) = for_device(&secret, "wang.fang").unwrap();
        assert_eq!(typed, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            address,
            format!("otpauth://totp/Kangji:wang.fang?secret={typed}&issuer=Kangji")
        );
    }
}
