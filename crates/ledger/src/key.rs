//! Keys that sign for the ledger: SM2 (GB/T 32918.2) over SM3 (GB/T 32905).
//!
//! Signatures use the distinguishing id that GB/T 35276 sets when none was agreed, so that
//! OpenSSL verifies them and hardware modules make them. The nonce of a signature follows from
//! key and message (RFC 6979) instead of being drawn, so that no weak source of randomness can
//! betray the key; who verifies sees no difference.
//!
//! The arithmetic is RustCrypto's `sm2`, which has **not been audited**. No certification of any
//! kind is claimed; where one is needed, a certified module signs in place of [`FileKey`] behind
//! [`Signer`], and OpenSSL or another program verifies.

use std::{fmt, str::FromStr};

use sm2::{
    NonZeroScalar, Scalar,
    dsa::{self, SigningKey, VerifyingKey, signature::Signer as _, signature::Verifier as _},
    elliptic_curve::zeroize::Zeroizing,
    pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding},
};

/// The distinguishing id of GB/T 35276 for signers who agreed on none.
pub const DISTINGUISHING_ID: &str = "1234567812345678";

/// Why there is no key or no signature. None of the texts shows anything of a private key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A number that GB/T 32918 excludes as a private key: 0, n − 1 or more, n being the order of
    /// the curve. Of random bytes one in 2³² is such a number.
    #[error("the bytes are outside the range of a private key")]
    Range,
    /// Not the private key that was expected, and why.
    #[error("not the unencrypted PKCS#8 PEM text of an SM2 private key: `{0}`")]
    PrivateKey(String),
    /// Not the public key that was expected, and why.
    #[error("not the SPKI PEM text of an SM2 public key: `{0}`")]
    PublicKey(String),
    /// A text (0) that is not so many (1) lower-case hexadecimal digits.
    #[error("`{0}` is not {1} lower-case hexadecimal digits")]
    Hex(String, usize),
    /// Bytes that are no uncompressed point of the SM2 curve.
    #[error("not an uncompressed point of the SM2 curve")]
    Point,
    /// A signature with a part outside 1 … n − 1, or one in malformed DER.
    #[error("not an SM2 signature")]
    Signature,
    /// The signer could not sign or signed something else, and why.
    #[error("the signer made no signature: `{0}`")]
    Signing(String),
}

/// Whoever signs: a key in a file, or a module that never lets its key out.
pub trait Signer: Send + Sync {
    /// The key that the signatures are verified with.
    fn public_key(&self) -> PublicKey;

    /// The SM2 signature of `message` (not of its hash) under [`DISTINGUISHING_ID`].
    ///
    /// # Errors
    /// [`KeyError::Signing`] when the signer fails.
    fn sign(&self, message: &[u8]) -> Result<Signature, KeyError>;
}

/// A private SM2 key held in memory, as read from a file. It is erased when dropped; what signing
/// leaves on the stack is not.
#[derive(Clone)]
pub struct FileKey {
    secret: sm2::SecretKey,
    public: PublicKey,
}

impl FileKey {
    /// The key made of these bytes, which must come from a cryptographic source of randomness.
    ///
    /// # Errors
    /// [`KeyError::Range`] when the bytes are no key; then others must be drawn.
    pub fn generate(random: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = sm2::SecretKey::from_slice(random).map_err(|_| KeyError::Range)?;
        Self::new(secret)
    }

    /// The key in a PKCS#8 PEM text, such as `openssl genpkey -algorithm SM2` writes.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`] when the text is anything else (encrypted, in the older forms
    /// `EC PRIVATE KEY` and `SM2 PRIVATE KEY`, for another curve, beside a public key that is not
    /// its own); [`KeyError::Range`] when it holds a number that is no key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let secret = sm2::SecretKey::from_pkcs8_pem(pem)
            .map_err(|error| KeyError::PrivateKey(error.to_string()))?;
        Self::new(secret)
    }

    /// The PKCS#8 PEM text, unencrypted, with lines ending in LF; erased when dropped.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        self.secret.to_pkcs8_pem(LineEnding::LF).expect("every key has a PKCS#8 form")
    }

    /// With n − 1 the library would read and verify but never sign.
    fn new(secret: sm2::SecretKey) -> Result<Self, KeyError> {
        let successor = *secret.to_nonzero_scalar() + Scalar::ONE;
        if NonZeroScalar::new(successor).is_none().into() {
            return Err(KeyError::Range);
        }
        let public = PublicKey(secret.public_key());
        Ok(Self { secret, public })
    }
}

impl Signer for FileKey {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
        SigningKey::new(DISTINGUISHING_ID, &self.secret)
            .and_then(|key| key.try_sign(message))
            .map(Signature)
            .map_err(|error| KeyError::Signing(error.to_string()))
    }
}

/// Shows the public key only.
impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A public SM2 key: a point of the curve other than infinity.
///
/// Its text is the uncompressed point of SEC 1 in 130 lower-case hexadecimal digits; it has no
/// other, so that a text which was changed is not the same key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey(sm2::PublicKey);

impl PublicKey {
    /// The key with this uncompressed point of SEC 1: `0x04` ‖ x ‖ y.
    ///
    /// # Errors
    /// [`KeyError::Point`] when the bytes are no such point of the curve.
    pub fn from_bytes(bytes: &[u8; 65]) -> Result<Self, KeyError> {
        sm2::PublicKey::from_sec1_bytes(bytes).map(Self).map_err(|_| KeyError::Point)
    }

    /// The uncompressed point of SEC 1.
    #[must_use]
    pub fn bytes(&self) -> [u8; 65] {
        let bytes = self.0.to_sec1_bytes();
        bytes.as_ref().try_into().expect("SM2 keys are written as uncompressed points")
    }

    /// The key in an SPKI PEM text, such as `openssl pkey -pubout` writes.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`] when the text is anything else, or for another curve.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let key = sm2::PublicKey::from_public_key_pem(pem);
        key.map(Self).map_err(|error| KeyError::PublicKey(error.to_string()))
    }

    /// The SPKI PEM text, with lines ending in LF.
    #[must_use]
    pub fn to_pem(&self) -> String {
        self.0.to_public_key_pem(LineEnding::LF).expect("every key has an SPKI form")
    }

    /// Whether the signature is one of this key for the message under [`DISTINGUISHING_ID`].
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        VerifyingKey::new(DISTINGUISHING_ID, self.0)
            .is_ok_and(|key| key.verify(message, &signature.0).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.bytes(), f)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(&read_hex(text)?)
    }
}

/// An SM2 signature: r ‖ s, each of 32 bytes, most significant first, and within 1 … n − 1.
///
/// Its text is 128 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(dsa::Signature);

impl Signature {
    /// The signature with these bytes.
    ///
    /// # Errors
    /// [`KeyError::Signature`] when r or s is out of range.
    pub fn from_bytes(bytes: &[u8; 64]) -> Result<Self, KeyError> {
        dsa::Signature::from_slice(bytes).map(Self).map_err(|_| KeyError::Signature)
    }

    /// The bytes r ‖ s.
    #[must_use]
    pub fn bytes(&self) -> [u8; 64] {
        self.0.to_bytes().into()
    }

    /// The signature in DER (GB/T 35276), as OpenSSL and most modules give it.
    ///
    /// # Errors
    /// [`KeyError::Signature`] when the bytes are anything else.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        dsa::Signature::from_der(der).map(Self).map_err(|_| KeyError::Signature)
    }

    /// The signature in DER (GB/T 35276), as OpenSSL expects it.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        self.0.to_der().to_vec()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.bytes(), f)
    }
}

impl FromStr for Signature {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(&read_hex(text)?)
    }
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// The `N` bytes of a text in lower-case hexadecimal; with capitals they would have two texts.
pub(crate) fn read_hex<const N: usize>(text: &str) -> Result<[u8; N], KeyError> {
    let wrong = || KeyError::Hex(text.to_owned(), 2 * N);
    let (pairs, rest) = text.as_bytes().as_chunks();
    if pairs.len() != N || !rest.is_empty() {
        return Err(wrong());
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high).zip(digit(*low)).map(|(h, l)| 16 * h + l).ok_or_else(wrong)?;
    }
    Ok(bytes)
}

const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ORDER: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";

    fn scalar(last: u8) -> [u8; 32] {
        let mut bytes: [u8; 32] = read_hex(ORDER).unwrap();
        bytes[31] = last;
        bytes
    }

    fn key(byte: u8) -> FileKey {
        FileKey::generate(&[byte; 32]).unwrap()
    }

    /// The example of GB/T 32918.5, appendix A.
    #[test]
    fn the_signature_of_the_standard_verifies() {
        let secret = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
        let public = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
                      ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
        let signature = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
                         b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
        let key = FileKey::generate(&read_hex(secret).unwrap()).unwrap().public_key();
        assert_eq!(key.to_string(), public);
        assert!(key.verify(b"message digest", &signature.parse().unwrap()));
        assert!(!key.verify(b"message digesT", &signature.parse().unwrap()));
    }

    #[test]
    fn the_ends_of_the_range_are_no_private_keys() {
        for excluded in [[0; 32], [0xff; 32], scalar(0x22), scalar(0x23), scalar(0x24)] {
            assert_eq!(FileKey::generate(&excluded).unwrap_err(), KeyError::Range);
        }
        let largest = FileKey::generate(&scalar(0x21)).unwrap();
        assert!(largest.public_key().verify(b"m", &largest.sign(b"m").unwrap()));
        let secret = sm2::SecretKey::from_slice(&scalar(0x22)).unwrap();
        let pem = secret.to_pkcs8_pem(LineEnding::LF).unwrap();
        assert_eq!(FileKey::from_pem(&pem).unwrap_err(), KeyError::Range);
    }

    #[test]
    fn a_private_key_does_not_show() {
        let shown = format!("{:?} {:#?}", key(0x5a), key(0x5a));
        assert!(shown.contains(&key(0x5a).public_key().to_string()), "{shown}");
        assert!(!shown.contains("5a5a") && !shown.contains("90, 90"), "{shown}");
    }

    #[test]
    fn another_pem_text_is_refused_with_the_reason() {
        let pem = key(1).to_pem();
        let error = FileKey::from_pem(&key(1).public_key().to_pem()).unwrap_err().to_string();
        assert!(error.starts_with("not the unencrypted PKCS#8 PEM text"), "{error}");
        let error = PublicKey::from_pem(&pem).unwrap_err().to_string();
        assert!(error.starts_with("not the SPKI PEM text"), "{error}");
        assert!(!pem.lines().any(|line| error.contains(line)), "{error}");
    }

    #[test]
    fn a_private_key_beside_the_public_key_of_another_is_refused() {
        let der = key(1).secret.to_pkcs8_der().unwrap();
        let (start, _) = der.as_bytes().split_at(der.as_bytes().len() - 65);
        let with = |key: FileKey| [start, &key.public_key().bytes()].concat();
        assert_eq!(with(key(1)), der.as_bytes());
        let mixed = sm2::pkcs8::SecretDocument::try_from(with(key(2))).unwrap();
        let pem = mixed.to_pem("PRIVATE KEY", LineEnding::LF).unwrap();
        assert!(matches!(FileKey::from_pem(&pem), Err(KeyError::PrivateKey(_))));
    }

    #[test]
    fn the_texts_of_a_key_are_read_in_one_form_only() {
        let key = key(1).public_key();
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key));
        assert_eq!(PublicKey::from_pem(&key.to_pem()), Ok(key));
        for other in [&text.to_uppercase(), &text[..128], &text[1..], "", "é"] {
            assert_eq!(other.parse::<PublicKey>(), Err(KeyError::Hex(other.to_owned(), 130)));
        }
        for first in ["00", "02", "03", "05", "06", "07"] {
            assert_eq!(text.replacen("04", first, 1).parse::<PublicKey>(), Err(KeyError::Point));
        }
        assert_eq!(format!("04{:0128}", 1).parse::<PublicKey>(), Err(KeyError::Point));
    }

    #[test]
    fn a_signature_lies_within_the_order() {
        let one = format!("{:064x}", 1);
        assert!(format!("{one}{one}").parse::<Signature>().is_ok());
        for out in [&"0".repeat(64), ORDER] {
            for text in [format!("{one}{out}"), format!("{out}{one}")] {
                assert_eq!(text.parse::<Signature>(), Err(KeyError::Signature));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_one_key_signed_no_other_key_or_message_verifies(
            seed in 2u8..=254,
            message: Vec<u8>,
        ) {
            let signer = key(seed);
            let again = FileKey::from_pem(&signer.to_pem()).unwrap();
            let signature = again.sign(&message).unwrap();
            prop_assert!(signer.public_key().verify(&message, &signature));
            prop_assert!(!key(1).public_key().verify(&message, &signature));
            prop_assert!(!signer.public_key().verify(&[&*message, &[0]].concat(), &signature));
        }

        #[test]
        fn a_signature_survives_its_texts(mut bytes: [u8; 64], zeros in 0usize..32) {
            bytes[..zeros].fill(0);
            let Ok(signature) = Signature::from_bytes(&bytes) else { return Ok(()) };
            prop_assert_eq!(signature.bytes(), bytes);
            prop_assert_eq!(signature.to_string().parse(), Ok(signature));
            prop_assert_eq!(Signature::from_der(&signature.to_der()), Ok(signature));
        }

        #[test]
        fn no_bytes_make_reading_der_panic(bytes: Vec<u8>) {
            prop_assert_eq!(Signature::from_der(&bytes), Err(KeyError::Signature));
        }
    }
}
