//! Master keys and index keys in a small text file.

use std::{collections::BTreeMap, fmt};

use hmac::{Hmac, KeyInit, Mac};
use kangji_core::ids::HolderId;
use rand::CryptoRng;
use sm3::{Digest, Sm3};
use zeroize::Zeroizing;

use crate::{
    error::VaultError,
    gcm, hex,
    master::{KeyVersion, MasterKeys, WrappedKey},
    person::PersonKey,
};

const TITLE: &str = "kangji-vault-keys 1";
const LABEL: &[u8] = b"kangji-vault person key";

/// Keys of one use by version; the highest is the current one.
struct Ring<const N: usize>(BTreeMap<KeyVersion, Zeroizing<[u8; N]>>);

impl<const N: usize> Ring<N> {
    fn current(&self) -> KeyVersion {
        self.0.last_key_value().map_or(KeyVersion::FIRST, |(version, _)| *version)
    }

    fn get(&self, version: KeyVersion) -> Result<&Zeroizing<[u8; N]>, VaultError> {
        self.0.get(&version).ok_or(VaultError::NoKey(version))
    }

    fn rotate(&mut self, random: &mut impl CryptoRng) -> Result<KeyVersion, VaultError> {
        let version = self.current().next()?;
        self.0.insert(version, gcm::draw(random));
        Ok(version)
    }

    fn destroy(&mut self, version: KeyVersion) -> Result<(), VaultError> {
        if version == self.current() {
            return Err(VaultError::Current(version));
        }
        self.0.remove(&version).map(drop).ok_or(VaultError::NoKey(version))
    }

    fn versions(&self) -> impl Iterator<Item = KeyVersion> {
        self.0.keys().copied()
    }
}

/// Master keys (SM4) and index keys (HMAC-SM3) held in memory, erased when dropped.
///
/// Their text has one key a line, so that it can be printed and typed again:
///
/// ```text
/// kangji-vault-keys 1
/// master 1 <32 hexadecimal digits>
/// master 2 <32 hexadecimal digits>
/// index 1 <64 hexadecimal digits>
/// check <16 hexadecimal digits>
/// ```
///
/// The highest version is the current one. Empty lines and lines from `#` on are passed over. The
/// last line begins the SM3 hash of the lines before it as they are written here, so that a key
/// mistyped or cut off is noticed before anything is wrapped with it.
pub struct FileKeys {
    masters: Ring<16>,
    indexes: Ring<32>,
}

impl FileKeys {
    /// Version 1 of both keys.
    #[must_use]
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        Self {
            masters: Ring([(KeyVersion::FIRST, gcm::draw(random))].into()),
            indexes: Ring([(KeyVersion::FIRST, gcm::draw(random))].into()),
        }
    }

    /// Adds a new current master key and keeps the old ones.
    ///
    /// # Errors
    /// [`VaultError::NoMoreVersions`] after 2³² − 1 versions.
    pub fn rotate(&mut self, random: &mut impl CryptoRng) -> Result<KeyVersion, VaultError> {
        self.masters.rotate(random)
    }

    /// Adds a new current index key and keeps the old ones. Every tag is to be made anew, for which
    /// every indexed value must be opened.
    ///
    /// # Errors
    /// [`VaultError::NoMoreVersions`] after 2³² − 1 versions.
    pub fn rotate_index(&mut self, random: &mut impl CryptoRng) -> Result<KeyVersion, VaultError> {
        self.indexes.rotate(random)
    }

    /// Destroys an old master key: whatever is still wrapped by it never opens again.
    ///
    /// # Errors
    /// [`VaultError::Current`] for the current key, [`VaultError::NoKey`] for one not held.
    pub fn destroy(&mut self, version: KeyVersion) -> Result<(), VaultError> {
        self.masters.destroy(version)
    }

    /// Destroys an old index key.
    ///
    /// # Errors
    /// [`VaultError::Current`] for the current key, [`VaultError::NoKey`] for one not held.
    pub fn destroy_index(&mut self, version: KeyVersion) -> Result<(), VaultError> {
        self.indexes.destroy(version)
    }

    /// The versions of master keys held, the current one last.
    pub fn versions(&self) -> impl Iterator<Item = KeyVersion> {
        self.masters.versions()
    }

    /// The versions of index keys held, the current one last.
    pub fn index_versions(&self) -> impl Iterator<Item = KeyVersion> {
        self.indexes.versions()
    }

    /// Reads [`FileKeys::to_text`].
    ///
    /// # Errors
    /// [`VaultError::KeyFile`] with the line and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let mut keys = Self { masters: Ring(BTreeMap::new()), indexes: Ring(BTreeMap::new()) };
        let lines = text.lines().map(str::trim).enumerate().map(|(at, line)| (at + 1, line));
        let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let end = text.lines().count().max(1);
        let wrong = |line, problem| VaultError::KeyFile { line, problem };
        let (line, title) = lines.next().ok_or(wrong(end, "nothing is written"))?;
        if title != TITLE {
            return Err(wrong(line, "not the title `kangji-vault-keys 1`"));
        }
        let mut check = None;
        for (line, content) in lines {
            let mut words = content.split_ascii_whitespace();
            let (what, first, second) = (words.next(), words.next(), words.next());
            if check.is_some() || words.next().is_some() {
                return Err(wrong(line, "more than belongs there"));
            }
            let done = match (what, first, second) {
                (Some("master"), Some(version), Some(key)) => add(&mut keys.masters, version, key),
                (Some("index"), Some(version), Some(key)) => add(&mut keys.indexes, version, key),
                (Some("check"), Some(sum), None) => {
                    check = Some((line, sum));
                    Ok(())
                }
                _ => Err("neither a master key nor an index key nor the check"),
            };
            done.map_err(|problem| wrong(line, problem))?;
        }
        let (line, sum) = check.ok_or(wrong(end, "the last line, the check, is missing"))?;
        if keys.masters.0.is_empty() || keys.indexes.0.is_empty() {
            return Err(wrong(line, "a master key or an index key is missing before it"));
        }
        if check_of(&keys.lines()) != sum {
            return Err(wrong(line, "the check does not fit: a key is mistyped or missing"));
        }
        Ok(keys)
    }

    /// The text to keep; erased when dropped. Whoever has it opens everything.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = self.lines();
        let check = check_of(&text);
        text.extend(["check ", &check, "\n"]);
        text
    }

    /// All lines but the last, in memory that does not move while it grows.
    fn lines(&self) -> Zeroizing<String> {
        let lines = 2 + self.masters.0.len() + self.indexes.0.len();
        let mut text = Zeroizing::new(String::with_capacity(100 * lines));
        text.extend([TITLE, "\n"]);
        for (version, key) in &self.masters.0 {
            write(&mut text, "master", *version, &**key);
        }
        for (version, key) in &self.indexes.0 {
            write(&mut text, "index", *version, &**key);
        }
        text
    }
}

/// The beginning of the hash of the lines.
fn check_of(lines: &str) -> String {
    let hash = Sm3::digest(lines.as_bytes());
    let mut check = String::new();
    hex::push(&mut check, hash.get(..8).unwrap_or_default());
    check
}

fn write(text: &mut String, what: &str, version: KeyVersion, key: &[u8]) {
    text.extend([what, " ", &version.to_string(), " "]);
    hex::push(text, key);
    text.push('\n');
}

fn add<const N: usize>(ring: &mut Ring<N>, version: &str, key: &str) -> Result<(), &'static str> {
    let number = version.parse().ok().and_then(KeyVersion::from_number);
    let version = number.ok_or("not a version, a number from 1 on")?;
    let key = hex::read(key).ok_or("not the lower-case hexadecimal digits of a key")?;
    match ring.0.insert(version, key) {
        None => Ok(()),
        Some(_) => Err("a version that stands above already"),
    }
}

impl MasterKeys for FileKeys {
    fn current(&self) -> KeyVersion {
        self.masters.current()
    }

    fn wrap(
        &self,
        person: HolderId,
        key: &PersonKey,
        random: &mut dyn CryptoRng,
    ) -> Result<WrappedKey, VaultError> {
        let version = self.current();
        let associated = associated(person, version);
        let master = self.masters.get(version)?;
        let body = gcm::seal(&[], master, &associated, key.expose(), random)?;
        Ok(WrappedKey::new(version, body))
    }

    fn open(&self, person: HolderId, wrapped: &WrappedKey) -> Result<PersonKey, VaultError> {
        let version = wrapped.version();
        let associated = associated(person, version);
        let opened = gcm::open(self.masters.get(version)?, &associated, wrapped.body())?;
        let mut key = Zeroizing::new([0; 16]);
        if opened.len() != key.len() {
            return Err(VaultError::Format);
        }
        key.copy_from_slice(&opened);
        Ok(PersonKey::from_bytes(key))
    }

    fn index_current(&self) -> KeyVersion {
        self.indexes.current()
    }

    fn index(&self, version: KeyVersion, message: &[u8]) -> Result<[u8; 32], VaultError> {
        let key = self.indexes.get(version)?;
        let mut mac =
            Hmac::<Sm3>::new_from_slice(key.as_slice()).map_err(|_| VaultError::NoKey(version))?;
        mac.update(message);
        Ok(mac.finalize().into_bytes().into())
    }
}

/// Every part has a fixed length.
fn associated(person: HolderId, version: KeyVersion) -> Vec<u8> {
    [LABEL, &version.number().to_be_bytes(), person.bytes()].concat()
}

/// Shows the versions only.
impl fmt::Debug for FileKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKeys")
            .field("masters", &self.versions().collect::<Vec<_>>())
            .field("indexes", &self.index_versions().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
