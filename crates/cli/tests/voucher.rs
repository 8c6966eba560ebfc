//! `kangji voucher check`: the square code of a voucher, with nothing but the public key.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use std::{fs, path::Path, process::Command};

use kangji_core::{Day, Decimals, Points};
use kangji_ledger::key::{FileKey, Signer};
use kangji_redemption::voucher::{Face, Serial};

fn check(key: &Path, text: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kangji"));
    let output = command.args(["voucher", "check", "--key"]).arg(key).arg(text).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_genuine_code_is_told_and_a_changed_one_refused() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("voucher-check");
    fs::create_dir_all(&folder).unwrap();
    let key = FileKey::generate(&[3; 32]).unwrap();
    let public = folder.join("public.pem");
    fs::write(&public, key.public_key().to_pem()).unwrap();
    let face = Face {
        scheme: "panzhihua-xiqu".to_owned(),
        serial: Serial::numbered("XQ", 7).unwrap(),
        points: Points(55),
        decimals: Decimals::new(1).unwrap(),
        expires_on: Day::new(2028, 9, 21),
        issued_on: Day::new(2026, 9, 21).unwrap(),
    };
    let text = face.signed(&key).unwrap();
    let (code, said) = check(&public, &text);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("5.5 分") && said.contains("有效至 2028-09-20"), "{said}");
    let (code, said) = check(&public, &text.replace(".55.1.", ".56.1."));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("内容被改过"), "{said}");
    let (code, said) = check(&public, "XQ000000079");
    assert_eq!(code, Some(1), "{said}");
    let other = folder.join("other.pem");
    fs::write(&other, FileKey::generate(&[4; 32]).unwrap().public_key().to_pem()).unwrap();
    assert_eq!(check(&other, &text).0, Some(1));
    fs::write(&other, "nothing").unwrap();
    assert_eq!(check(&other, &text).0, Some(2));
}
