//! What the square code on a voucher says: scheme, serial, points and days, signed with SM2, so that
//! anybody can check a sheet offline with the public key alone. It names no person and no award.
//!
//! The text is `KJ1.<scheme>.<serial>.<points>.<decimals>.<expires>.<issued>.<signature>`: points in
//! the scheme's smallest unit, days as `20260715` (`0` for never), the signature r ‖ s of SM2 over
//! everything before the last dot, in base64url. That it verifies says that the voucher was issued
//! like this; whether it was spent or called lost since, only the ledger knows.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kangji_core::{Day, Decimals, Points};
use kangji_ledger::key::{KeyError, PublicKey, Signature, Signer};

use super::{Issue, Serial, Voucher};

/// What stands in front: the form of the text.
const FORM: &str = "KJ1";

/// What is printed on the main part of a voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// Under which scheme.
    pub scheme: String,
    /// The voucher's number.
    pub serial: Serial,
    /// What it bears.
    pub points: Points,
    /// Decimal places of the points.
    pub decimals: Decimals,
    /// The first day it is no longer valid; `None` for never.
    pub expires_on: Option<Day>,
    /// The day it was issued.
    pub issued_on: Day,
}

/// Why a text says nothing of a voucher that could be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaceError {
    /// It is not of the form.
    #[error("not the text of a voucher")]
    Form,
    /// The signature is not one of the key for it: the text was changed, or another key signed.
    #[error("the signature does not verify")]
    Signature,
}

impl Face {
    /// What is printed on a voucher that was issued.
    #[must_use]
    pub fn of(voucher: &Voucher, issue: &Issue, decimals: Decimals) -> Self {
        Self {
            scheme: voucher.scheme.clone(),
            serial: voucher.serial.clone(),
            points: issue.points,
            decimals,
            expires_on: issue.expires_on,
            issued_on: issue.day,
        }
    }

    /// What is signed.
    fn text(&self) -> String {
        format!(
            "{FORM}.{}.{}.{}.{}.{}.{}",
            self.scheme,
            self.serial,
            self.points.0,
            self.decimals.places(),
            self.expires_on.map_or(0, Day::number),
            self.issued_on.number()
        )
    }

    /// The text of the square code.
    ///
    /// # Errors
    /// Where the signer fails.
    pub fn signed(&self, signer: &dyn Signer) -> Result<String, KeyError> {
        let text = self.text();
        let signature = signer.sign(text.as_bytes())?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.bytes())))
    }

    /// Reads the text of a square code that a key has signed.
    ///
    /// # Errors
    /// [`FaceError::Form`] for any other text, [`FaceError::Signature`] where the key signed
    /// something else.
    pub fn verified(text: &str, key: &PublicKey) -> Result<Self, FaceError> {
        let (said, signature) = text.rsplit_once('.').ok_or(FaceError::Form)?;
        let face = Self::read(said).ok_or(FaceError::Form)?;
        let bytes = URL_SAFE_NO_PAD.decode(signature).map_err(|_| FaceError::Form)?;
        let bytes: [u8; 64] = bytes.try_into().map_err(|_| FaceError::Form)?;
        let signature = Signature::from_bytes(&bytes).map_err(|_| FaceError::Signature)?;
        if key.verify(said.as_bytes(), &signature) { Ok(face) } else { Err(FaceError::Signature) }
    }

    /// Each voucher has one text only.
    fn read(said: &str) -> Option<Self> {
        let fields: Vec<&str> = said.split('.').collect();
        let [FORM, scheme, serial, points, decimals, expires, issued] = fields.as_slice() else {
            return None;
        };
        let day = |text: &str| Day::from_number(text.parse().ok()?);
        let expires_on = if *expires == "0" { None } else { Some(day(expires)?) };
        let face = Self {
            scheme: (*scheme).to_owned(),
            serial: serial.parse().ok()?,
            points: Points(points.parse().ok()?),
            decimals: Decimals::new(decimals.parse().ok()?)?,
            expires_on,
            issued_on: day(issued)?,
        };
        (face.text() == said).then_some(face)
    }
}

#[cfg(test)]
mod tests {
    use kangji_ledger::key::FileKey;

    use super::*;

    fn key(byte: u8) -> FileKey {
        FileKey::generate(&[byte; 32]).unwrap()
    }

    fn face(serial: Serial) -> Face {
        Face {
            scheme: "panzhihua-xiqu".to_owned(),
            serial,
            points: Points(55),
            decimals: Decimals::new(1).unwrap(),
            expires_on: Day::new(2028, 9, 21),
            issued_on: Day::new(2026, 9, 21).unwrap(),
        }
    }

    #[test]
    fn what_was_signed_is_read_with_the_public_key_alone() {
        let never = Face { expires_on: None, ..face(Serial::by_hand("西0012").unwrap()) };
        for face in [face(Serial::numbered("XQ", 12).unwrap()), never] {
            let text = face.signed(&key(1)).unwrap();
            assert_eq!(Face::verified(&text, &key(1).public_key()), Ok(face));
            let other = Face::verified(&text, &key(2).public_key());
            assert_eq!(other, Err(FaceError::Signature));
        }
    }

    /// What was printed must stay readable for ever.
    #[test]
    fn the_frozen_form_is_this_text() {
        let serial = Serial::numbered("XQ", 12).unwrap();
        let text = face(serial.clone()).signed(&key(1)).unwrap();
        let (said, signature) = text.rsplit_once('.').unwrap();
        assert_eq!(said, format!("KJ1.panzhihua-xiqu.{serial}.55.1.20280921.20260921"));
        assert_eq!(signature.len(), 86);
    }

    #[test]
    fn one_changed_byte_is_always_refused() {
        let text = face(Serial::numbered("XQ", 12).unwrap()).signed(&key(1)).unwrap();
        let public = key(1).public_key();
        for place in 0..text.len() {
            for bit in [1_u8, 2, 4, 32] {
                let mut bytes = text.clone().into_bytes();
                bytes[place] ^= bit;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(Face::verified(&changed, &public).is_err(), "{changed}");
            }
        }
        let longer = [format!("{text}="), format!("{text} "), format!("{text}A"), text[1..].into()];
        for changed in longer {
            assert!(Face::verified(&changed, &public).is_err(), "{changed}");
        }
    }

    /// The same voucher with its values written otherwise is another text, even if somebody signed
    /// it.
    #[test]
    fn a_voucher_has_one_text_only() {
        let serial = Serial::numbered("XQ", 12).unwrap();
        for said in [
            format!("KJ1.a.{serial}.055.1.0.20260921"),
            format!("KJ1.a.{serial}.+55.1.0.20260921"),
            format!("KJ1.a.{}.55.1.0.20260921", serial.to_string().to_lowercase()),
            format!("KJ1.a.{serial}.55.3.0.20260921"),
            format!("KJ1.a.{serial}.55.1.0.20260931"),
            format!("KJ2.a.{serial}.55.1.0.20260921"),
            format!("KJ1.a.b.{serial}.55.1.0.20260921"),
        ] {
            let signature = key(1).sign(said.as_bytes()).unwrap();
            let text = format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature.bytes()));
            let read = Face::verified(&text, &key(1).public_key());
            assert_eq!(read, Err(FaceError::Form), "{said}");
        }
        for text in ["", ".", "KJ1", "http://x.y/KJ1.a"] {
            assert_eq!(Face::verified(text, &key(1).public_key()), Err(FaceError::Form));
        }
    }
}
