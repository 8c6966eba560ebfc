//! Checkpoints: signed statements, kept outside the database, of what the ledger held.
//!
//! A checkpoint fixes the last entry of every account with one Merkle root, fixes the end of the
//! audit log, and names the one before it by its hash. Whoever holds a checkpoint can show that an
//! entry or a line of the log that it covers was altered or removed later. That the newest checkpoints were cut off, or that somebody with the key made
//! all of them anew, only a copy kept elsewhere can show.

mod line;

use kangji_core::{Moment, ids::AccountId};

use crate::{
    hash::Hash,
    key::{KeyError, PublicKey, Signature, Signer},
};

pub use line::LineError;

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
    /// The end of the audit log. A checkpoint of the first form says nothing of it.
    pub audit: Option<AuditEnd>,
}

/// The end of the audit log at a moment: it fixes every line before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditEnd {
    /// How many lines the log had.
    pub lines: u64,
    /// The hash of the last one, [`Hash::NONE`] where there was none.
    pub hash: Hash,
}

const LABEL: &[u8] = b"kangji checkpoint";

impl Checkpoint {
    /// The bytes that are hashed and signed, a frozen form: version `0x02` ‖ the 17 bytes
    /// `kangji checkpoint` ‖ number 4 ‖ moment in milliseconds of UTC since 1970, signed, 8 ‖
    /// accounts 8 ‖ root 32 ‖ previous 32 ‖ lines of the audit log 8 ‖ hash of the last one 32,
    /// 142 bytes, numbers with the most significant byte first. In the first form the version is
    /// `0x01` and what the audit log has is left out, 102 bytes.
    ///
    /// Version and label keep a signature on anything else from passing for one on a checkpoint.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut form = [
            &[self.version()],
            LABEL,
            &self.number.to_be_bytes(),
            &self.made_at.millis().to_be_bytes(),
            &self.accounts.to_be_bytes(),
            self.root.bytes(),
            self.previous.bytes(),
        ]
        .concat();
        if let Some(AuditEnd { lines, hash }) = &self.audit {
            form.extend(lines.to_be_bytes());
            form.extend(hash.bytes());
        }
        form
    }

    /// The version of the form.
    const fn version(&self) -> u8 {
        if self.audit.is_some() { 2 } else { 1 }
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
/// `kangji-checkpoint 2 NUMBER MADE_AT ACCOUNTS ROOT PREVIOUS LINES LAST KEY SIGNATURE`, the second
/// field being the version of the form, numbers decimal (the moment in milliseconds), the rest
/// lower-case hexadecimal. In the first form the version is 1 and the end of the audit log, `LINES
/// LAST`, is left out. There is one text for each value, so a line that was changed anywhere is no
/// longer read or no longer verifies.
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
    use super::*;
    use crate::key::FileKey;

    fn signer(byte: u8) -> FileKey {
        FileKey::generate(&[byte; 32]).unwrap()
    }

    fn signed(number: u32, previous: Hash) -> Signed {
        let (made_at, root) = (Moment::from_millis(1_772_294_400_000), Hash::NONE);
        // The first two are of the first form.
        let audit = (number > 2).then_some(AuditEnd { lines: 7, hash: Hash::NONE });
        let checkpoint = Checkpoint { number, made_at, accounts: 3, root, previous, audit };
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
        let mut checkpoint =
            Checkpoint { number, made_at, accounts: 5, root, previous, audit: None };
        let numbers = b"\x01kangji checkpoint\x01\x02\x03\x04\
                        \xff\xff\xff\xff\xff\xff\xff\xfe\0\0\0\0\0\0\0\x05";
        let canonical = [numbers.as_slice(), &[0xcc; 32], &[0xdd; 32]].concat();
        assert_eq!(canonical.len(), 102);
        assert_eq!(checkpoint.canonical(), canonical);
        assert_eq!(checkpoint.hash(), Hash::of(&[&canonical]));
        checkpoint.audit = Some(AuditEnd { lines: 513, hash: Hash::from_bytes([0xee; 32]) });
        let audit = [[0, 0, 0, 0, 0, 0, 2, 1].as_slice(), &[0xee; 32]].concat();
        let canonical = [&[2], &canonical[1..], &audit].concat();
        assert_eq!(canonical.len(), 142);
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
