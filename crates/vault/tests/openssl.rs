//! What is sealed and indexed here, checked with OpenSSL: the counter mode and the blocks of SM4
//! and HMAC-SM3 are OpenSSL's, GHASH is written from NIST SP 800-38D, since OpenSSL's command line
//! has no GCM.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use std::{
    env, fs,
    path::PathBuf,
    process::{self, Command},
};

use kangji_core::{
    identity::{PersonName, Phone},
    ids::HolderId,
};
use kangji_vault::{FileKeys, Lookup, MasterKeys, PersonKey, WrappedKey};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// A folder of one test's own, removed at its end even when it fails.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = env::temp_dir().join(format!("kangji-vault-{}-{test}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// What OpenSSL makes of the content of a file.
    fn openssl(&self, arguments: &str, content: &[u8]) -> Vec<u8> {
        fs::write(self.0.join("content"), content).unwrap();
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .args(["-in", "content"])
            .args(arguments.starts_with("mac").then_some("HMAC"))
            .current_dir(&self.0)
            .output()
            .expect("this test runs the program `openssl`: apt-get install openssl");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {errors}");
        output.stdout
    }

    fn block(&self, key: &str, block: [u8; 16]) -> [u8; 16] {
        self.openssl(&format!("enc -sm4-ecb -nopad -K {key}"), &block).try_into().unwrap()
    }

    /// Ciphertext and tag of SM4-GCM.
    fn gcm(&self, key: &str, nonce: [u8; 12], associated: &[u8], plain: &[u8]) -> Vec<u8> {
        let counter = |number: u32| [&nonce[..], &number.to_be_bytes()].concat();
        let start = hex(&counter(2));
        let mut sealed = self.openssl(&format!("enc -sm4-ctr -K {key} -iv {start}"), plain);
        let hash_key = self.block(key, [0; 16]);
        let mask = self.block(key, counter(1).try_into().unwrap());
        let hash = ghash(hash_key, associated, &sealed);
        sealed.extend((hash ^ u128::from_be_bytes(mask)).to_be_bytes());
        sealed
    }

    fn hmac(&self, key: &str, message: &[u8]) -> String {
        let said = self.openssl(&format!("mac -digest SM3 -macopt hexkey:{key}"), message);
        String::from_utf8(said).unwrap().trim().to_lowercase()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// NIST SP 800-38D, 6.3 and 6.4, bit by bit.
fn ghash(key: [u8; 16], associated: &[u8], sealed: &[u8]) -> u128 {
    let key = u128::from_be_bytes(key);
    let bits = |bytes: &[u8]| u64::try_from(8 * bytes.len()).unwrap().to_be_bytes();
    let lengths = [bits(associated), bits(sealed)].concat();
    let blocks = [associated, sealed, &lengths];
    blocks.iter().flat_map(|part| part.chunks(16)).fold(0, |hash, chunk| {
        let mut block = [0; 16];
        block[..chunk.len()].copy_from_slice(chunk);
        multiplied(hash ^ u128::from_be_bytes(block), key)
    })
}

fn multiplied(left: u128, right: u128) -> u128 {
    let mut power = right;
    (0..128).rev().fold(0, |product, bit| {
        let product = if left >> bit & 1 == 1 { product ^ power } else { product };
        power = power >> 1 ^ if power & 1 == 1 { 0xE1 << 120 } else { 0 };
        product
    })
}

#[test]
fn a_sealed_field_is_the_one_of_openssl() {
    let folder = Folder::new("field");
    let random = &mut ChaCha20Rng::seed_from_u64(1);
    let person = HolderId::from_bytes([7; 16]);
    // A block has 16 bytes.
    for length in [1, 15, 16, 17, 31, 32, 33, 48, 500] {
        let mut value = vec![0; length];
        random.fill_bytes(&mut value);
        let key = PersonKey::generate(random);
        let sealed = key.seal(person, "name", &value, random).unwrap();
        let associated = [b"kangji-vault field", &[1][..], &[7; 16], b"name"].concat();
        let nonce = sealed[1..13].try_into().unwrap();
        let theirs = folder.gcm(&hex(key.expose()), nonce, &associated, &value);
        assert_eq!(sealed[13..], theirs, "of {length} bytes");
        // And the other way round.
        let made = [&[1], &nonce[..], &theirs].concat();
        assert_eq!(**key.open(person, "name", &made).unwrap(), value);
    }
}

#[test]
fn a_wrapped_key_is_the_one_of_openssl() {
    let folder = Folder::new("wrapped");
    let random = &mut ChaCha20Rng::seed_from_u64(2);
    let mut keys = FileKeys::generate(random);
    keys.rotate(random).unwrap();
    let master = word(&keys.to_text(), "master 2 ");
    let (person, key) = (HolderId::from_bytes([9; 16]), PersonKey::generate(random));
    let wrapped = keys.wrap(person, &key, random).unwrap();
    let associated = [b"kangji-vault person key", &[0, 0, 0, 2][..], &[9; 16]].concat();
    let nonce: [u8; 12] = wrapped.body()[..12].try_into().unwrap();
    let theirs = folder.gcm(&master, nonce, &associated, key.expose());
    assert_eq!(wrapped.body()[12..], theirs);
    let bytes = [&[1, 0, 0, 0, 2], &nonce[..], &theirs].concat();
    assert_eq!(WrappedKey::from_bytes(&bytes), Ok(wrapped));
}

#[test]
fn a_tag_is_the_one_of_openssl() {
    let folder = Folder::new("tag");
    let keys = FileKeys::generate(&mut ChaCha20Rng::seed_from_u64(3));
    let key = word(&keys.to_text(), "index 1 ");
    let cases = [
        (Lookup::phone(&Phone::parse("138 0000 0000").unwrap()), "phone\x0013800000000"),
        (Lookup::name(&PersonName::parse("John").unwrap()), "name\0JOHN"),
        (Lookup::name(&PersonName::parse("张三").unwrap()), "name\0张三"),
    ];
    for (lookup, value) in cases {
        let message = [b"kangji-vault index\x01", value.as_bytes()].concat();
        let (_, tag) = lookup.tag(&keys).unwrap();
        assert_eq!(hex(tag.bytes()), folder.hmac(&key, &message));
    }
    // A block of SM3 has 64 bytes.
    for length in [0, 1, 55, 56, 63, 64, 65, 1000] {
        let message: Vec<u8> = (0..=250).cycle().take(length).collect();
        let tag = keys.index(keys.index_current(), &message).unwrap();
        assert_eq!(hex(&tag), folder.hmac(&key, &message), "of {length} bytes");
    }
}

/// The word after `start` in the text of keys.
fn word(text: &str, start: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix(start)).unwrap().to_owned()
}
