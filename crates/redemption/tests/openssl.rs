//! The text of a voucher's square code as OpenSSL verifies it: whoever has the public key needs
//! nothing of ours.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use std::{env, fs, path::PathBuf, process::Command};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kangji_core::{Day, Decimals, Points};
use kangji_ledger::key::{DISTINGUISHING_ID, FileKey, Signature, Signer};
use kangji_redemption::voucher::{Face, Serial};

/// A folder of one test's own, removed at its end even when it fails.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn new() -> Self {
        let folder = env::temp_dir().join(format!("kangji-voucher-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// What an inspector does who has the scanned text, the public key and OpenSSL.
    fn verifies(&self, text: &str) -> bool {
        let (said, signature) = text.rsplit_once('.').unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let der = Signature::from_bytes(&bytes.try_into().unwrap()).unwrap().to_der();
        fs::write(self.0.join("message"), said).unwrap();
        fs::write(self.0.join("der"), der).unwrap();
        let options = format!(
            "pkeyutl -verify -pubin -inkey public.pem -in message -sigfile der -rawin \
             -digest sm3 -pkeyopt distid:{DISTINGUISHING_ID}"
        );
        let run = Command::new("openssl").args(options.split(' ')).current_dir(&self.0).output();
        run.expect("this test runs the program `openssl`: apt-get install openssl").status.success()
    }
}

#[test]
fn openssl_verifies_the_text_of_a_voucher_and_refuses_a_changed_one() {
    let folder = Folder::new();
    let key = FileKey::generate(&[3; 32]).unwrap();
    fs::write(folder.0.join("public.pem"), key.public_key().to_pem()).unwrap();
    let face = Face {
        scheme: "panzhihua-xiqu".to_owned(),
        serial: Serial::numbered("XQ", 7).unwrap(),
        points: Points(8),
        decimals: Decimals::default(),
        expires_on: Day::new(2028, 9, 21),
        issued_on: Day::new(2026, 9, 21).unwrap(),
    };
    let text = face.signed(&key).unwrap();
    assert!(folder.verifies(&text));
    assert!(!folder.verifies(&text.replace(".8.0.", ".9.0.")));
}
