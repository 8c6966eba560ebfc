//! The line of a signed checkpoint: how it is written and read, and why a text is none.

use std::{fmt, str::FromStr};

use kangji_core::Moment;

use super::{AuditEnd, Checkpoint, Signed};
use crate::{
    hash::Hash,
    key::{KeyError, PublicKey, Signature, read_hex},
};

const LABEL: &str = "kangji-checkpoint";

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checkpoint { number, made_at, accounts, root, previous, audit } = self.checkpoint;
        let version = self.checkpoint.version();
        write!(f, "{LABEL} {version} {number} {} {accounts} ", made_at.millis())?;
        write!(f, "{root} {previous} ")?;
        if let Some(AuditEnd { lines, hash }) = audit {
            write!(f, "{lines} {hash} ")?;
        }
        write!(f, "{} {}", self.key, self.signature)
    }
}

/// Why a text is no line of a [`Signed`] checkpoint. All but one name the field first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The line ends before this field.
    #[error("the {0} is missing")]
    Missing(&'static str),
    /// The line goes on after the signature, with this.
    #[error("`{0}` follows the signature")]
    Trailing(String),
    /// Label (0) or version: the text (1) is none that may stand there, such as (2).
    #[error("the {0} is `{1}`, not `{2}`")]
    Other(&'static str, String, &'static str),
    /// Number, moment or account count (0): the text (1) is no decimal number, is one that does
    /// not fit, or could be shorter.
    #[error("the {0} is `{1}`, which is no decimal number in range")]
    Number(&'static str, String),
    /// Root, previous hash, key or signature (0): what is wrong with its bytes (1).
    #[error("the {0} is wrong: {1}")]
    Bytes(&'static str, KeyError),
}

impl FromStr for Signed {
    type Err = LineError;

    fn from_str(line: &str) -> Result<Self, LineError> {
        let mut fields = line.split(' ');
        let mut next = |field| Ok((field, fields.next().ok_or(LineError::Missing(field))?));
        literal(next("label")?, LABEL)?;
        let has_audit = match next("version")? {
            (_, "1") => false,
            (_, "2") => true,
            (name, text) => return Err(LineError::Other(name, text.to_owned(), "2")),
        };
        let signed = Self {
            checkpoint: Checkpoint {
                number: number(next("number")?)?,
                made_at: Moment::from_millis(number(next("moment")?)?),
                accounts: number(next("account count")?)?,
                root: hash(next("root")?)?,
                previous: hash(next("previous hash")?)?,
                audit: if has_audit {
                    let lines = number(next("audit line count")?)?;
                    Some(AuditEnd { lines, hash: hash(next("audit hash")?)? })
                } else {
                    None
                },
            },
            key: bytes(next("key")?, PublicKey::from_str)?,
            signature: bytes(next("signature")?, Signature::from_str)?,
        };
        match fields.next() {
            None => Ok(signed),
            Some(text) => Err(LineError::Trailing(text.to_owned())),
        }
    }
}

/// A field of the line: its name and what stands there.
type Field<'l> = (&'static str, &'l str);

fn literal((name, text): Field<'_>, only: &'static str) -> Result<(), LineError> {
    if text == only { Ok(()) } else { Err(LineError::Other(name, text.to_owned(), only)) }
}

/// The standard library also reads `+7` and `007`, which would give one value several texts.
fn number<T: FromStr + ToString>((name, text): Field<'_>) -> Result<T, LineError> {
    let number = text.parse().ok().filter(|number: &T| number.to_string() == text);
    number.ok_or_else(|| LineError::Number(name, text.to_owned()))
}

fn hash(field: Field<'_>) -> Result<Hash, LineError> {
    bytes(field, |text| read_hex(text).map(Hash::from_bytes))
}

fn bytes<T>(
    (name, text): Field<'_>,
    read: fn(&str) -> Result<T, KeyError>,
) -> Result<T, LineError> {
    read(text).map_err(|error| LineError::Bytes(name, error))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::key::FileKey;

    fn signed(number: u32, audit: Option<AuditEnd>) -> Signed {
        let (made_at, root) = (Moment::from_millis(1_772_294_400_000), Hash::NONE);
        let checkpoint =
            Checkpoint { number, made_at, accounts: 3, root, previous: Hash::NONE, audit };
        Signed::make(checkpoint, &FileKey::generate(&[1; 32]).unwrap()).unwrap()
    }

    /// One of each form.
    fn both(number: u32) -> [Signed; 2] {
        let audit = AuditEnd { lines: 12, hash: Hash::of(&[b"a line"]) };
        [signed(number, None), signed(number, Some(audit))]
    }

    #[test]
    fn a_wrong_line_is_refused_with_the_field_and_the_reason() {
        let [_, line] = both(2).map(|signed| signed.to_string());
        let fields: Vec<&str> = line.split(' ').collect();
        let error = |fields: &[&str]| fields.join(" ").parse::<Signed>().unwrap_err().to_string();
        assert_eq!(error(&fields[..5]), "the root is missing");
        assert_eq!(error(&fields[..10]), "the signature is missing");
        assert_eq!(error(&[&fields[..], &[""]].concat()), "`` follows the signature");
        let zeros = "0".repeat(130);
        let digits = "`Ab` is not 64 lower-case hexadecimal digits";
        for (place, text, expected) in [
            (0, "", "the label is ``, not `kangji-checkpoint`"),
            (1, "3", "the version is `3`, not `2`"),
            (2, "4294967296", "the number is `4294967296`, which is no decimal number in range"),
            (2, "", "the number is ``, which is no decimal number in range"),
            (3, "-0", "the moment is `-0`, which is no decimal number in range"),
            (4, "+3", "the account count is `+3`, which is no decimal number in range"),
            (5, "Ab", &format!("the root is wrong: {digits}")),
            (6, "Ab", &format!("the previous hash is wrong: {digits}")),
            (7, "-1", "the audit line count is `-1`, which is no decimal number in range"),
            (8, "Ab", &format!("the audit hash is wrong: {digits}")),
            (9, &zeros, "the key is wrong: not an uncompressed point of the SM2 curve"),
            (10, &zeros[2..], "the signature is wrong: not an SM2 signature"),
        ] {
            let mut fields = fields.clone();
            fields[place] = text;
            assert_eq!(error(&fields), expected);
        }
    }

    fn holds(line: &str) -> bool {
        line.parse().is_ok_and(|signed: Signed| signed.verify())
    }

    #[test]
    fn a_line_changed_at_any_one_place_is_found() {
        for line in both(12).map(|signed| signed.to_string()) {
            assert!(holds(&line) && line.is_ascii());
            for place in 0..line.len() {
                let (before, after) = (&line[..place], &line[place + 1..]);
                let other = if line[place..].starts_with('7') { '8' } else { '7' };
                assert!(!holds(&format!("{before}{other}{after}")), "other at {place}");
                assert!(!holds(&format!("{before}{after}")), "less at {place}");
            }
        }
    }

    #[test]
    fn one_form_does_not_pass_for_the_other() {
        let [first, second] = both(12).map(|signed| signed.to_string());
        let fields: Vec<&str> = second.split(' ').collect();
        let cut = [&["kangji-checkpoint", "1"], &fields[2..7], &fields[9..]].concat().join(" ");
        assert!(cut.parse::<Signed>().is_ok() && !holds(&cut));
        assert!(first.replacen(" 1 ", " 2 ", 1).parse::<Signed>().is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_checkpoint_survives_its_line_and_no_change_of_a_character_does(
            seed in 1u8..=254,
            numbers: (u32, i64, u64),
            hashes: [[u8; 32]; 2],
            audit: Option<(u64, [u8; 32])>,
            place: prop::sample::Index,
            other: char,
        ) {
            let (number, millis, accounts) = numbers;
            let made_at = Moment::from_millis(millis);
            let [root, previous] = hashes.map(Hash::from_bytes);
            let audit =
                audit.map(|(lines, hash)| AuditEnd { lines, hash: Hash::from_bytes(hash) });
            let checkpoint = Checkpoint { number, made_at, accounts, root, previous, audit };
            let signer = FileKey::generate(&[seed; 32]).unwrap();
            let signed = Signed::make(checkpoint, &signer).unwrap();
            let line = signed.to_string();
            prop_assert_eq!(line.parse(), Ok(signed));
            prop_assert_eq!(line.parse::<Signed>().unwrap().to_string(), &*line);
            let place = place.index(line.len());
            for other in [other, '0', 'A', ' '] {
                let changed = format!("{}{other}{}", &line[..place], &line[place + 1..]);
                prop_assert!(changed == line || !holds(&changed), "{}", changed);
            }
        }
    }
}
