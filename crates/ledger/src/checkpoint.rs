//! Checkpoints: signed statements, kept outside the database, of what the ledger held.
//!
//! A checkpoint fixes the last entry of every account with one Merkle root and names the one
//! before it by its hash. Whoever holds a checkpoint can show that an entry it covers was altered
//! or removed later. That the newest checkpoints were cut off, or that somebody with the key made
//! all of them anew, only a copy kept elsewhere can show.

use std::{fmt, str::FromStr};

use kangji_core::{Moment, ids::AccountId};

use crate::{
    hash::Hash,
    key::{KeyError, PublicKey, Signature, Signer, read_hex},
};

/// The last entry of an account: a leaf of the tree under a checkpoint.
///
/// Leaves go into the tree in ascending order of account, each account once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The account.
    pub account: AccountId,
    /// How many entries it has.
    pub entries: u64,
    /// The hash of its last entry.
    pub hash: Hash,
}

impl Head {
    /// The bytes of the leaf, a frozen form: account 16 ‖ entries 8 ‖ hash 32, numbers with the
    /// most significant byte first.
    #[must_use]
    pub fn leaf(&self) -> Vec<u8> {
        [self.account.bytes().as_slice(), &self.entries.to_be_bytes(), self.hash.bytes()].concat()
    }
}

/// What the ledger held at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// 1, 2, …
    pub number: u32,
    /// When it was made, by the clock of whoever made it.
    pub made_at: Moment,
    /// How many accounts there were: the leaves of the tree.
    pub accounts: u64,
    /// The root of the [`Merkle`](crate::merkle::Merkle) tree over the [`Head`]s.
    pub root: Hash,
    /// The [`Checkpoint::hash`] of the checkpoint before, [`Hash::NONE`] for the first.
    pub previous: Hash,
}

const CANONICAL_START: &[u8] = b"\x01kangji checkpoint";

impl Checkpoint {
    /// The 102 bytes that are hashed and signed, a frozen form: version `0x01` ‖ the 17 bytes
    /// `kangji checkpoint` ‖ number 4 ‖ moment in milliseconds of UTC since 1970, signed, 8 ‖
    /// accounts 8 ‖ root 32 ‖ previous 32, numbers with the most significant byte first.
    ///
    /// Version and label keep a signature on anything else from passing for one on a checkpoint.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        [
            CANONICAL_START,
            &self.number.to_be_bytes(),
            &self.made_at.millis().to_be_bytes(),
            &self.accounts.to_be_bytes(),
            self.root.bytes(),
            self.previous.bytes(),
        ]
        .concat()
    }

    /// SM3 of the canonical form. It leaves out the signature: signing the same checkpoint again
    /// does not break the chain.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&[&self.canonical()])
    }
}

/// A checkpoint with a signature over its canonical form, which may or may not hold.
///
/// Its text is one line without an end of line, with single spaces between the fields:
/// `kangji-checkpoint 1 NUMBER MADE_AT ACCOUNTS ROOT PREVIOUS KEY SIGNATURE`, the second field
/// being the version of the line, numbers decimal (the moment in milliseconds), the rest
/// lower-case hexadecimal. There is one text for each value, so a line that was changed anywhere
/// is no longer read or no longer verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// The key that is said to have signed.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

impl Signed {
    /// Signs the checkpoint, and verifies the signature before anybody comes to rely on it.
    ///
    /// # Errors
    /// What the signer reports; [`KeyError::Signing`] when its signature does not hold.
    pub fn make(checkpoint: Checkpoint, signer: &dyn Signer) -> Result<Self, KeyError> {
        let signature = signer.sign(&checkpoint.canonical())?;
        let signed = Self { checkpoint, key: signer.public_key(), signature };
        if !signed.verify() {
            return Err(KeyError::Signing("its signature does not verify".to_owned()));
        }
        Ok(signed)
    }

    /// Whether the signature holds under the key that stands beside it; whose key that is, the
    /// caller must know.
    #[must_use]
    pub fn verify(&self) -> bool {
        self.key.verify(&self.checkpoint.canonical(), &self.signature)
    }
}

const LINE_LABEL: &str = "kangji-checkpoint";
const LINE_VERSION: &str = "1";

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checkpoint { number, made_at, accounts, root, previous } = self.checkpoint;
        write!(f, "{LINE_LABEL} {LINE_VERSION} {number} {} {accounts} ", made_at.millis())?;
        write!(f, "{root} {previous} {} {}", self.key, self.signature)
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
    /// Label (0) or version: the text (1) is not the only one that may stand there (2).
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
        literal(next("label")?, LINE_LABEL)?;
        literal(next("version")?, LINE_VERSION)?;
        let signed = Self {
            checkpoint: Checkpoint {
                number: number(next("number")?)?,
                made_at: Moment::from_millis(number(next("moment")?)?),
                accounts: number(next("account count")?)?,
                root: bytes(next("root")?, |text| read_hex(text).map(Hash::from_bytes))?,
                previous: bytes(next("previous hash")?, |text| {
                    read_hex(text).map(Hash::from_bytes)
                })?,
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

fn bytes<T>(
    (name, text): Field<'_>,
    read: fn(&str) -> Result<T, KeyError>,
) -> Result<T, LineError> {
    read(text).map_err(|error| LineError::Bytes(name, error))
}

/// What is wrong with the first bad checkpoint of a sequence. All name its number first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SequenceFault {
    /// A checkpoint is missing, double, or out of place: its place asks for the second number,
    /// which is wider than any that a checkpoint can have.
    #[error("checkpoint `{0}` stands where `{1}` should")]
    Number(u32, u64),
    /// Made after another checkpoint than the one that stands before it, or the first after any.
    #[error("checkpoint `{0}` does not follow from the one before it")]
    Previous(u32),
    /// Signed with this key, which is not the trusted one.
    #[error("checkpoint `{0}` is signed with `{1}`, not with the trusted key")]
    Key(u32, PublicKey),
    /// The signature is not one of the key for the checkpoint.
    #[error("the signature of checkpoint `{0}` does not verify")]
    Signature(u32),
}

/// Checks all checkpoints of a ledger from number 1 on: consecutive numbers, each with the hash
/// of the one before it, all signed, and with the trusted key if one is given. Without one,
/// somebody else's sequence passes too, as long as it is consistent. Nothing is no fault.
///
/// Moments are not compared: a clock may have been set back.
///
/// # Errors
/// The first fault of the first bad checkpoint.
pub fn check_sequence(
    sequence: &[Signed],
    trusted: Option<&PublicKey>,
) -> Result<(), SequenceFault> {
    let mut previous = Hash::NONE;
    for (expected, signed) in (1..).zip(sequence) {
        let Signed { checkpoint, key, .. } = signed;
        let number = checkpoint.number;
        if u64::from(number) != expected {
            return Err(SequenceFault::Number(number, expected));
        }
        if checkpoint.previous != previous {
            return Err(SequenceFault::Previous(number));
        }
        if trusted.is_some_and(|trusted| trusted != key) {
            return Err(SequenceFault::Key(number, *key));
        }
        if !signed.verify() {
            return Err(SequenceFault::Signature(number));
        }
        previous = checkpoint.hash();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::key::FileKey;

    fn signer(byte: u8) -> FileKey {
        FileKey::generate(&[byte; 32]).unwrap()
    }

    fn signed(number: u32, previous: Hash) -> Signed {
        let made_at = Moment::from_millis(1_772_294_400_000);
        let checkpoint = Checkpoint { number, made_at, accounts: 3, root: Hash::NONE, previous };
        Signed::make(checkpoint, &signer(1)).unwrap()
    }

    /// Bytes that were hashed and signed must stay the same for ever.
    #[test]
    fn the_frozen_forms_are_these_bytes() {
        let (root, previous) = (Hash::from_bytes([0xcc; 32]), Hash::from_bytes([0xdd; 32]));
        let head = Head { account: AccountId::from_bytes([0xaa; 16]), entries: 258, hash: root };
        let leaf = [[0xaa; 16].as_slice(), &[0, 0, 0, 0, 0, 0, 1, 2], &[0xcc; 32]].concat();
        assert_eq!(head.leaf(), leaf);
        let (number, made_at) = (0x0102_0304, Moment::from_millis(-2));
        let checkpoint = Checkpoint { number, made_at, accounts: 5, root, previous };
        let numbers = b"\x01kangji checkpoint\x01\x02\x03\x04\
                        \xff\xff\xff\xff\xff\xff\xff\xfe\0\0\0\0\0\0\0\x05";
        let canonical = [numbers.as_slice(), &[0xcc; 32], &[0xdd; 32]].concat();
        assert_eq!(canonical.len(), 102);
        assert_eq!(checkpoint.canonical(), canonical);
        assert_eq!(checkpoint.hash(), Hash::of(&[&canonical]));
    }

    #[test]
    fn a_signer_whose_signatures_do_not_hold_makes_no_checkpoint() {
        struct Broken;
        impl Signer for Broken {
            fn public_key(&self) -> PublicKey {
                signer(1).public_key()
            }
            fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
                signer(2).sign(message)
            }
        }
        let error = Signed::make(signed(1, Hash::NONE).checkpoint, &Broken).unwrap_err();
        assert_eq!(error, KeyError::Signing("its signature does not verify".to_owned()));
    }

    #[test]
    fn a_wrong_line_is_refused_with_the_field_and_the_reason() {
        let line = signed(2, Hash::NONE).to_string();
        let fields: Vec<&str> = line.split(' ').collect();
        let error = |fields: &[&str]| fields.join(" ").parse::<Signed>().unwrap_err().to_string();
        assert_eq!(error(&fields[..5]), "the root is missing");
        assert_eq!(error(&fields[..8]), "the signature is missing");
        assert_eq!(error(&[&fields[..], &[""]].concat()), "`` follows the signature");
        let zeros = "0".repeat(130);
        let digits = "`Ab` is not 64 lower-case hexadecimal digits";
        for (place, text, expected) in [
            (0, "", "the label is ``, not `kangji-checkpoint`"),
            (1, "2", "the version is `2`, not `1`"),
            (2, "4294967296", "the number is `4294967296`, which is no decimal number in range"),
            (2, "", "the number is ``, which is no decimal number in range"),
            (3, "-0", "the moment is `-0`, which is no decimal number in range"),
            (4, "+3", "the account count is `+3`, which is no decimal number in range"),
            (5, "Ab", &format!("the root is wrong: {digits}")),
            (6, "Ab", &format!("the previous hash is wrong: {digits}")),
            (7, &zeros, "the key is wrong: not an uncompressed point of the SM2 curve"),
            (8, &zeros[2..], "the signature is wrong: not an SM2 signature"),
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
        let line = signed(12, Hash::NONE).to_string();
        assert!(holds(&line) && line.is_ascii());
        for place in 0..line.len() {
            let (before, after) = (&line[..place], &line[place + 1..]);
            let other = if line[place..].starts_with('7') { '8' } else { '7' };
            assert!(!holds(&format!("{before}{other}{after}")), "other at {place}");
            assert!(!holds(&format!("{before}{after}")), "less at {place}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_checkpoint_survives_its_line_and_no_change_of_a_character_does(
            seed in 1u8..=254,
            numbers: (u32, i64, u64),
            hashes: [[u8; 32]; 2],
            place: prop::sample::Index,
            other: char,
        ) {
            let (number, millis, accounts) = numbers;
            let made_at = Moment::from_millis(millis);
            let [root, previous] = hashes.map(Hash::from_bytes);
            let checkpoint = Checkpoint { number, made_at, accounts, root, previous };
            let signed = Signed::make(checkpoint, &signer(seed)).unwrap();
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

    #[test]
    fn each_fault_of_a_sequence_is_found_at_its_checkpoint() {
        let first = signed(1, Hash::NONE);
        let second = signed(2, first.checkpoint.hash());
        let third = signed(3, second.checkpoint.hash());
        let key = signer(1).public_key();
        for trusted in [None, Some(&key)] {
            assert_eq!(check_sequence(&[first, second, third], trusted), Ok(()));
            assert_eq!(check_sequence(&[], trusted), Ok(()));
        }
        let fault = |sequence: &[Signed]| check_sequence(sequence, Some(&key)).unwrap_err();
        assert_eq!(fault(&[signed(0, Hash::NONE)]), SequenceFault::Number(0, 1));
        assert_eq!(fault(&[second, third]), SequenceFault::Number(2, 1));
        assert_eq!(fault(&[first, third]), SequenceFault::Number(3, 2));
        assert_eq!(fault(&[first, first]), SequenceFault::Number(1, 2));
        assert_eq!(fault(&[signed(1, Hash::of(&[]))]), SequenceFault::Previous(1));
        assert_eq!(fault(&[first, second, signed(3, Hash::NONE)]), SequenceFault::Previous(3));
        let other = Signed { signature: first.signature, ..second };
        assert_eq!(fault(&[first, other, third]), SequenceFault::Signature(2));
        let mut altered = third;
        altered.checkpoint.accounts += 1;
        assert_eq!(fault(&[first, second, altered]), SequenceFault::Signature(3));
        let other = Signed::make(second.checkpoint, &signer(2)).unwrap();
        assert_eq!(fault(&[first, other, third]), SequenceFault::Key(2, other.key));
        assert_eq!(check_sequence(&[first, other, third], None), Ok(()));
    }
}
