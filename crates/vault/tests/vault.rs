//! What is sealed opens for whom it was sealed and for nobody else, whatever is rotated.
//! Persons, names and numbers are generated.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use kangji_core::{
    Day,
    identity::{Document, DocumentKind, PersonName, Phone, check_character},
    ids::HolderId,
};
use kangji_vault::{
    FileKeys, IndexTag, KeyVersion, Lookup, MasterKeys, PersonKey, Rewrap, VaultError, WrappedKey,
    rewrap,
};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

fn dice(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn person(byte: u8) -> HolderId {
    HolderId::from_bytes([byte; 16])
}

fn version(number: u32) -> KeyVersion {
    KeyVersion::from_number(number).unwrap()
}

fn resident(sequence: u32) -> Document {
    let body = format!("99000019490101{sequence:03}");
    let number = format!("{body}{}", check_character(&body).unwrap());
    Document::parse(DocumentKind::ResidentCard, &number, day()).unwrap()
}

fn day() -> Day {
    "2026-07-15".parse().unwrap()
}

/// All texts of which one bit is another.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..8 * bytes.len()).map(|bit| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}

#[test]
fn a_sealed_field_is_format_nonce_ciphertext_and_tag() {
    let random = &mut dice(1);
    let key = PersonKey::generate(random);
    let sealed = key.seal(person(1), "name", "张三".as_bytes(), random).unwrap();
    assert_eq!((sealed[0], sealed.len()), (1, 1 + 12 + 6 + 16));
    let again = key.seal(person(1), "name", "张三".as_bytes(), random).unwrap();
    assert_ne!(sealed[1..13], again[1..13]);
    assert_ne!(sealed[13..19], again[13..19]);
}

#[test]
fn the_key_of_a_person_is_wrapped_for_that_person() {
    let random = &mut dice(2);
    let (keys, others) = (FileKeys::generate(random), FileKeys::generate(random));
    let key = PersonKey::generate(random);
    let wrapped = keys.wrap(person(1), &key, random).unwrap();
    assert_eq!(WrappedKey::from_bytes(&wrapped.to_bytes()), Ok(wrapped.clone()));
    assert_eq!(keys.open(person(1), &wrapped).unwrap().expose(), key.expose());
    assert_eq!(keys.open(person(2), &wrapped).unwrap_err(), VaultError::Closed);
    assert_eq!(others.open(person(1), &wrapped).unwrap_err(), VaultError::Closed);
    for bytes in flipped(&wrapped.to_bytes()) {
        assert!(WrappedKey::from_bytes(&bytes).and_then(|it| keys.open(person(1), &it)).is_err());
    }
    for bytes in [&[][..], &[1], &[1, 0, 0, 0, 0], &[2, 0, 0, 0, 1]] {
        assert_eq!(WrappedKey::from_bytes(bytes), Err(VaultError::Format));
    }
}

#[test]
fn a_wrapped_key_does_not_pass_for_another_version() {
    let random = &mut dice(3);
    let mut keys = FileKeys::generate(random);
    let key = PersonKey::generate(random);
    let wrapped = keys.wrap(person(1), &key, random).unwrap();
    let moved = WrappedKey::new(version(2), wrapped.body().to_vec());
    assert_eq!(keys.open(person(1), &moved).unwrap_err(), VaultError::NoKey(version(2)));
    keys.rotate(random).unwrap();
    assert_eq!(keys.open(person(1), &moved).unwrap_err(), VaultError::Closed);
}

#[test]
fn rotation_keeps_everything_readable() {
    let random = &mut dice(4);
    let mut keys = FileKeys::generate(random);
    let key = PersonKey::generate(random);
    let sealed = key.seal(person(1), "phone", b"13800000000", random).unwrap();
    let old = keys.wrap(person(1), &key, random).unwrap();
    assert_eq!(rewrap(&keys, person(1), &old, random), Ok(Rewrap::Current));
    assert_eq!(keys.rotate(random), Ok(version(2)));
    let reads = |keys: &FileKeys, wrapped: &WrappedKey| {
        let key = keys.open(person(1), wrapped)?;
        key.open(person(1), "phone", &sealed).map(|value| value.to_vec())
    };
    assert_eq!(reads(&keys, &old).unwrap(), b"13800000000");
    let Rewrap::Renewed(new) = rewrap(&keys, person(1), &old, random).unwrap() else {
        panic!("the old version is not renewed");
    };
    assert_eq!((new.version(), keys.current()), (version(2), version(2)));
    assert_eq!(rewrap(&keys, person(2), &old, random), Err(VaultError::Closed));
    assert_eq!(keys.destroy(version(2)), Err(VaultError::Current(version(2))));
    assert_eq!(keys.destroy(version(1)), Ok(()));
    assert_eq!(keys.destroy(version(1)), Err(VaultError::NoKey(version(1))));
    assert_eq!(reads(&keys, &new).unwrap(), b"13800000000");
    assert_eq!(reads(&keys, &old), Err(VaultError::NoKey(version(1))));
}

#[test]
fn a_destroyed_key_opens_nothing() {
    let random = &mut dice(5);
    let keys = FileKeys::generate(random);
    let key = PersonKey::generate(random);
    let sealed = key.seal(person(1), "name", b"A", random).unwrap();
    let wrapped = keys.wrap(person(1), &key, random).unwrap();
    drop((key, wrapped));
    // What is left: the masters, other persons' keys, a new key of the same person, zeros.
    let other = keys.wrap(person(2), &PersonKey::generate(random), random).unwrap();
    let other = keys.open(person(2), &other).unwrap();
    let zeros = PersonKey::from_bytes([0; 16].into());
    for key in [other, PersonKey::generate(random), zeros] {
        assert_eq!(key.open(person(1), "name", &sealed).unwrap_err(), VaultError::Closed);
    }
    let erased = WrappedKey::new(version(1), vec![0; 44]);
    assert_eq!(keys.open(person(1), &erased).unwrap_err(), VaultError::Closed);
}

#[test]
fn keys_are_read_as_they_are_written() {
    let random = &mut dice(6);
    let mut keys = FileKeys::generate(random);
    keys.rotate(random).unwrap();
    keys.rotate_index(random).unwrap();
    let text = keys.to_text();
    let key = PersonKey::generate(random);
    let wrapped = keys.wrap(person(1), &key, random).unwrap();
    let windows = text.replace('\n', "\r\n\r\n# 注释\r\n");
    for text in [&**text, &windows] {
        let read = FileKeys::parse(text).unwrap();
        assert_eq!(read.to_text(), keys.to_text());
        assert!(read.versions().eq([version(1), version(2)]));
        assert!(read.index_versions().eq([version(1), version(2)]));
        assert_eq!(read.open(person(1), &wrapped).unwrap().expose(), key.expose());
    }
}

#[test]
fn another_key_file_is_refused_by_line_and_without_its_secrets() {
    let keys = FileKeys::generate(&mut dice(7));
    let text = keys.to_text();
    let lines: Vec<&str> = text.lines().collect();
    let master = lines[1].split(' ').nth(2).unwrap();
    let without = |at: usize| {
        let kept = lines.iter().enumerate().filter(|(line, _)| *line != at);
        kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let digit = if master.starts_with('0') { "1" } else { "0" };
    let mistyped = text.replace(master, &format!("{digit}{}", &master[1..]));
    let cases = [
        (String::new(), 1),
        ("# only this".into(), 1),
        (without(0), 1),
        (without(1), 3),
        (without(2), 3),
        (without(3), 3),
        (mistyped, 4),
        (text.replace("master 1", &format!("master 1 {}\nmaster 1", "0".repeat(32))), 3),
        (text.replace(master, &master.to_uppercase().replace('0', "A")), 2),
        (text.replace(master, &master[1..]), 2),
        (text.replace("master 1", "master 0"), 2),
        (text.replace("master 1", "master 2"), 4),
        (text.replace("master", "servant"), 2),
        (text.replace("index 1", "index 1 1"), 3),
        (format!("{}{}\n", without(3), lines[1]), 4),
        (format!("{}{}\n", *text, lines[1]), 5),
    ];
    for (text, expected) in cases {
        let error = FileKeys::parse(&text).unwrap_err();
        let VaultError::KeyFile { line, .. } = error else { panic!("{error:?}") };
        assert_eq!(line, expected, "{error}");
        let shown = format!("{error} {error:?} {}", error.chinese());
        assert!(!shown.contains(&master[..8]) && shown.contains(&line.to_string()), "{shown}");
    }
}

#[test]
fn nothing_secret_shows() {
    let random = &mut dice(8);
    let keys = FileKeys::parse(&FileKeys::generate(random).to_text()).unwrap();
    let key = PersonKey::from_bytes([0x5a; 16].into());
    let wrapped = keys.wrap(person(1), &key, random).unwrap();
    let lookup = Lookup::phone(&Phone::parse("13800000000").unwrap());
    let (_, tag) = lookup.tag(&keys).unwrap();
    let shown = format!("{keys:?} {key:?} {wrapped:?} {lookup:?} {tag:?}");
    assert_eq!(
        shown,
        "FileKeys { masters: [KeyVersion(1)], indexes: [KeyVersion(1)], .. } PersonKey { .. } \
         WrappedKey { version: KeyVersion(1), .. } Lookup { .. } IndexTag { .. }"
    );
}

#[test]
fn equal_values_have_equal_tags() {
    let random = &mut dice(9);
    let (mut keys, others) = (FileKeys::generate(random), FileKeys::generate(random));
    let tag = |keys: &FileKeys, lookup: &Lookup| lookup.tag(keys).unwrap().1;
    let name = |text| Lookup::name(&PersonName::parse(text).unwrap());
    let phone = |text| Lookup::phone(&Phone::parse(text).unwrap());
    assert_eq!(tag(&keys, &name("张 三")), tag(&keys, &name("张三")));
    assert_eq!(tag(&keys, &name("John Smith")), tag(&keys, &name("JOHN  SMITH")));
    assert_eq!(tag(&keys, &phone("+86 138-0000-0000")), tag(&keys, &phone("13800000000")));
    assert_ne!(tag(&keys, &name("张三")), tag(&keys, &name("张三三")));
    assert_ne!(tag(&keys, &name("张三")), tag(&others, &name("张三")));
    assert_eq!(keys.rotate_index(random), Ok(version(2)));
    let (current, new) = name("张三").tag(&keys).unwrap();
    let old = name("张三").tag_under(&keys, version(1)).unwrap();
    assert_eq!(current, version(2));
    assert_ne!(new, old);
    assert_eq!(keys.destroy_index(version(1)), Ok(()));
    let gone = name("张三").tag_under(&keys, version(1));
    assert_eq!(gone, Err(VaultError::NoKey(version(1))));
}

#[test]
fn the_kind_of_a_value_is_part_of_its_tag() {
    let keys = FileKeys::generate(&mut dice(10));
    let number = resident(1).number().unwrap().to_owned();
    let parse = |kind, text: &str| Document::parse(kind, text, day()).unwrap();
    let foreign = parse(DocumentKind::PermanentResidenceCard, &number);
    let taiwan = parse(DocumentKind::TaiwanPermit, "10000000");
    let lookups = [
        Lookup::document(&resident(1)).unwrap(),
        Lookup::document(&resident(2)).unwrap(),
        Lookup::document(&foreign).unwrap(),
        Lookup::document(&taiwan).unwrap(),
        Lookup::phone(&Phone::parse("13800000000").unwrap()),
        Lookup::name(&PersonName::parse("张三").unwrap()),
    ];
    let mut tags: Vec<IndexTag> = lookups.iter().map(|it| it.tag(&keys).unwrap().1).collect();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), lookups.len());
    assert!(Lookup::document(&parse(DocumentKind::Newborn, "")).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens(value: Vec<u8>, field: String, id: [u8; 16], seed: u64) {
        let (random, person) = (&mut dice(seed), HolderId::from_bytes(id));
        let key = PersonKey::generate(random);
        let sealed = key.seal(person, &field, &value, random).unwrap();
        prop_assert_eq!(&**key.open(person, &field, &sealed).unwrap(), &value);
        prop_assert_eq!(sealed.len(), value.len() + 29);
    }

    #[test]
    fn a_flipped_bit_closes(value in prop::collection::vec(any::<u8>(), 0..40), seed: u64) {
        let random = &mut dice(seed);
        let key = PersonKey::generate(random);
        let sealed = key.seal(person(1), "name", &value, random).unwrap();
        for bytes in flipped(&sealed) {
            prop_assert!(key.open(person(1), "name", &bytes).is_err());
        }
        for length in 0..sealed.len() {
            prop_assert!(key.open(person(1), "name", &sealed[..length]).is_err());
        }
        prop_assert!(key.open(person(1), "name", &[&sealed[..], &[0]].concat()).is_err());
    }

    #[test]
    fn another_person_field_or_key_closes(
        value: Vec<u8>, field in "[a-z]{0,9}", other in "[a-z]{0,9}", id: [u8; 16],
        bit in 0_usize..128, seed: u64,
    ) {
        let (random, person) = (&mut dice(seed), HolderId::from_bytes(id));
        let key = PersonKey::generate(random);
        let sealed = key.seal(person, &field, &value, random).unwrap();
        let mut stranger = id;
        stranger[bit / 8] ^= 1 << (bit % 8);
        let stranger = HolderId::from_bytes(stranger);
        prop_assert_eq!(key.open(stranger, &field, &sealed), Err(VaultError::Closed));
        let mut bytes = *key.expose();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let other_key = PersonKey::from_bytes(bytes.into());
        prop_assert_eq!(other_key.open(person, &field, &sealed), Err(VaultError::Closed));
        if field != other {
            prop_assert_eq!(key.open(person, &other, &sealed), Err(VaultError::Closed));
        }
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes: Vec<u8>, text: String) {
        let key = PersonKey::from_bytes([1; 16].into());
        prop_assert!(key.open(person(1), "name", &bytes).is_err());
        let keys = FileKeys::generate(&mut dice(0));
        let opened = WrappedKey::from_bytes(&bytes).and_then(|it| keys.open(person(1), &it));
        prop_assert!(opened.is_err());
        prop_assert!(FileKeys::parse(&text).is_err());
    }

    #[test]
    fn many_rotations_keep_everything_readable(
        turns in prop::collection::vec(any::<bool>(), 1..12), seed: u64,
    ) {
        let random = &mut dice(seed);
        let mut keys = FileKeys::generate(random);
        let key = PersonKey::generate(random);
        let sealed = key.seal(person(1), "name", b"A", random).unwrap();
        let mut wrapped = keys.wrap(person(1), &key, random).unwrap();
        for is_rewrapped in turns {
            keys.rotate(random).unwrap();
            keys = FileKeys::parse(&keys.to_text()).unwrap();
            if is_rewrapped
                && let Rewrap::Renewed(new) = rewrap(&keys, person(1), &wrapped, random).unwrap()
            {
                prop_assert_eq!(new.version(), keys.current());
                wrapped = new;
            }
            let key = keys.open(person(1), &wrapped).unwrap();
            prop_assert_eq!(&**key.open(person(1), "name", &sealed).unwrap(), b"A");
        }
    }
}
