//! Hashes, keys and signatures as OpenSSL has them: what the ledger signs, others can verify
//! without it.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use std::{
    env, fs,
    path::PathBuf,
    process::{self, Command, Output},
};

use kangji_core::Moment;
use kangji_ledger::{
    checkpoint::{AuditEnd, Checkpoint, Signed},
    hash::Hash,
    key::{DISTINGUISHING_ID, FileKey, PublicKey, Signature, Signer},
};

const MESSAGE: &[u8] =
    "积分 of more than one block of SM3, that is of more than 64 bytes".as_bytes();

/// A folder of one test's own, removed at its end even when it fails.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = env::temp_dir().join(format!("kangji-openssl-{}-{test}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    fn run(&self, arguments: &str) -> Output {
        Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(&self.0)
            .output()
            .expect("this test runs the program `openssl`: apt-get install openssl")
    }

    #[track_caller]
    fn openssl(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A key that OpenSSL made, its private half in `key.pem`, its public half in `public.pem`.
    fn key_of_openssl(&self) -> PublicKey {
        self.openssl("genpkey -algorithm SM2 -out key.pem");
        self.openssl("pkey -in key.pem -pubout -out public.pem");
        PublicKey::from_pem(&self.text("public.pem")).unwrap()
    }

    fn sign(&self, message: &[u8], id: &str) -> Signature {
        self.write("message", message);
        let options = format!("-rawin -digest sm3 -pkeyopt distid:{id}");
        self.openssl(&format!("pkeyutl -sign -inkey key.pem -in message -out der {options}"));
        Signature::from_der(&self.read("der")).unwrap()
    }

    fn verifies(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        self.write("public.pem", key.to_pem());
        self.write("message", message);
        self.write("der", signature.to_der());
        let options = format!("-rawin -digest sm3 -pkeyopt distid:{DISTINGUISHING_ID}");
        let files = "-pubin -inkey public.pem -in message -sigfile der";
        let output = self.run(&format!("pkeyutl -verify {files} {options}"));
        let said = String::from_utf8(output.stdout).unwrap();
        let verified = said.contains("Signature Verified Successfully");
        assert!(verified || said.contains("Signature Verification Failure"), "{said}");
        assert_eq!(verified, output.status.success(), "{said}");
        verified
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key(byte: u8) -> FileKey {
    FileKey::generate(&[byte; 32]).unwrap()
}

/// One bit of the message is another.
fn changed(message: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    *message.last_mut().unwrap() ^= 1;
    message
}

#[test]
fn a_hash_is_the_one_of_openssl() {
    let folder = Folder::new("hash");
    // A block has 64 bytes, of which padding takes at least nine.
    for length in [0, 1, 3, 55, 56, 63, 64, 65, 119, 128, 1000] {
        let content: Vec<u8> = (0..=250).cycle().take(length).collect();
        folder.write("content", &content);
        let said = folder.openssl("dgst -sm3 -r content");
        let hash = said.split(' ').next().unwrap();
        assert_eq!(Hash::of(&[&content]).to_string(), hash, "of {length} bytes");
        let (left, right) = content.split_at(length / 3);
        assert_eq!(Hash::of(&[left, right]).to_string(), hash, "of {length} bytes in parts");
    }
}

#[test]
fn openssl_verifies_what_a_file_key_signed() {
    let folder = Folder::new("ours");
    let stranger = key(9).public_key();
    for key in [1, 2, 3, 4].map(key) {
        let signature = key.sign(MESSAGE).unwrap();
        assert!(folder.verifies(&key.public_key(), MESSAGE, &signature));
        assert!(!folder.verifies(&key.public_key(), &changed(MESSAGE), &signature));
        assert!(!folder.verifies(&stranger, MESSAGE, &signature));
    }
}

#[test]
fn what_openssl_signed_verifies() {
    let folder = Folder::new("theirs");
    let stranger = key(9).public_key();
    let key = folder.key_of_openssl();
    for message in [MESSAGE, b"short", &[0; 1000]] {
        let signature = folder.sign(message, DISTINGUISHING_ID);
        assert!(key.verify(message, &signature));
        assert!(!key.verify(&changed(message), &signature));
        assert!(!stranger.verify(message, &signature));
    }
}

#[test]
fn a_signature_under_another_distinguishing_id_is_refused() {
    let folder = Folder::new("id");
    let key = folder.key_of_openssl();
    assert!(!key.verify(MESSAGE, &folder.sign(MESSAGE, "8765432187654321")));
}

#[test]
fn a_key_of_openssl_signs_here() {
    let folder = Folder::new("their-key");
    let public = folder.key_of_openssl();
    let key = FileKey::from_pem(&folder.text("key.pem")).unwrap();
    assert_eq!(key.public_key(), public);
    assert!(*key.to_pem() == folder.text("key.pem"), "the private key is written otherwise");
    assert_eq!(public.to_pem(), folder.text("public.pem"));
    let signature = key.sign(MESSAGE).unwrap();
    assert!(folder.verifies(&public, MESSAGE, &signature));
    assert!(!folder.verifies(&public, &changed(MESSAGE), &signature));
}

#[test]
fn a_key_made_here_signs_in_openssl() {
    let folder = Folder::new("our-key");
    let key = key(7);
    folder.write("key.pem", key.to_pem().as_bytes());
    folder.openssl("pkey -in key.pem -check -noout");
    assert_eq!(folder.openssl("pkey -in key.pem -pubout"), key.public_key().to_pem());
    let signature = folder.sign(MESSAGE, DISTINGUISHING_ID);
    assert!(key.public_key().verify(MESSAGE, &signature));
    assert!(!key.public_key().verify(&changed(MESSAGE), &signature));
}

#[test]
fn other_keys_of_openssl_are_refused() {
    let folder = Folder::new("other-keys");
    folder.key_of_openssl();
    folder.openssl("pkcs8 -topk8 -in key.pem -passout pass:secret -out encrypted.pem");
    folder.openssl("ec -in key.pem -out older.pem");
    assert!(folder.text("older.pem").starts_with("-----BEGIN SM2 PRIVATE KEY-----"));
    folder.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out curve.pem");
    for name in ["encrypted.pem", "older.pem", "curve.pem"] {
        assert!(FileKey::from_pem(&folder.text(name)).is_err(), "{name}");
    }
    folder.openssl("pkey -in curve.pem -pubout -out curve-public.pem");
    assert!(PublicKey::from_pem(&folder.text("curve-public.pem")).is_err());
}

/// What an auditor does who has only the line, the documented form and OpenSSL.
#[test]
fn openssl_verifies_the_line_of_a_checkpoint() {
    let folder = Folder::new("checkpoint");
    let made_at = Moment::from_millis(1_772_294_400_000);
    let (root, previous) = (Hash::of(&[b"root"]), Hash::NONE);
    let audit = Some(AuditEnd { lines: 7, hash: Hash::of(&[b"line"]) });
    let checkpoint = Checkpoint { number: 1, made_at, accounts: 3, root, previous, audit };
    let line = Signed::make(checkpoint, &key(3)).unwrap().to_string();
    let signed: Signed = line.parse().unwrap();
    let message = signed.checkpoint.canonical();
    assert!(folder.verifies(&signed.key, &message, &signed.signature));
    assert!(!folder.verifies(&signed.key, &changed(&message), &signed.signature));
}
