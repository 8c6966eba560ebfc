//! The keys of a file that somebody may change while the server runs: they are read again as soon
//! as the file is another one, so that nobody has to start the servers anew.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use kangji_core::ids::HolderId;
use kangji_vault::{FileKeys, KeyVersion, MasterKeys, PersonKey, VaultError, WrappedKey};
use rand::CryptoRng;

use super::{KeyFileError, Missing, sealing};

/// The keys of a file, as it is now.
#[derive(Debug)]
pub struct WatchedKeys {
    path: PathBuf,
    read: RwLock<Read>,
}

/// What was read of the file, and what the file looked like.
#[derive(Debug)]
struct Read {
    keys: Arc<FileKeys>,
    look: Option<Look>,
}

/// By what another file under the same name is noticed without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    modified: SystemTime,
    length: u64,
    inode: u64,
}

impl Look {
    fn at(path: &Path) -> io::Result<Self> {
        let file = fs::metadata(path)?;
        Ok(Self { modified: file.modified()?, length: file.len(), inode: inode(&file) })
    }
}

#[cfg(unix)]
fn inode(file: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

impl WatchedKeys {
    /// The keys of a file, and whether it was made.
    ///
    /// # Errors
    /// As [`sealing`].
    pub fn read(path: &Path, missing: Missing) -> Result<(Self, bool), KeyFileError> {
        let before = Look::at(path).ok();
        let (keys, made) = sealing(path, missing)?;
        let read = Read { keys: Arc::new(keys), look: before };
        Ok((Self { path: path.to_owned(), read: RwLock::new(read) }, made))
    }

    /// The keys as the file has them now; those known before where it cannot be read, for somebody
    /// may be copying it just now.
    #[must_use]
    pub fn latest(&self) -> Arc<FileKeys> {
        let look = Look::at(&self.path).ok();
        {
            let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
            if read.look == look {
                return Arc::clone(&read.keys);
            }
        }
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        if read.look != look {
            read.look = look;
            match sealing(&self.path, Missing::Refuse) {
                Ok((keys, _)) => {
                    tracing::info!(?keys, "the keys of names and numbers were read again");
                    read.keys = Arc::new(keys);
                }
                Err(error) => tracing::error!(%error, "the keys known before are used on"),
            }
        }
        Arc::clone(&read.keys)
    }
}

impl MasterKeys for WatchedKeys {
    fn current(&self) -> KeyVersion {
        self.latest().current()
    }

    fn wrap(
        &self,
        person: HolderId,
        key: &PersonKey,
        random: &mut dyn CryptoRng,
    ) -> Result<WrappedKey, VaultError> {
        self.latest().wrap(person, key, random)
    }

    fn open(&self, person: HolderId, wrapped: &WrappedKey) -> Result<PersonKey, VaultError> {
        self.latest().open(person, wrapped)
    }

    fn index_current(&self) -> KeyVersion {
        self.latest().index_current()
    }

    fn index(&self, version: KeyVersion, message: &[u8]) -> Result<[u8; 32], VaultError> {
        self.latest().index(version, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{key_files::Change, people::rotate};

    #[test]
    fn another_file_is_read_and_a_broken_one_is_not() {
        let name = format!("kangji-watched-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("keys");
        let (keys, made) = WatchedKeys::read(&path, Missing::Make).unwrap();
        assert!(made && keys.current().number() == 1);
        let mut change = Change::begin(&path).unwrap();
        rotate(&mut change.keys, true).unwrap();
        change.write().unwrap();
        assert_eq!((keys.current().number(), keys.index_current().number()), (2, 2));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 9]).unwrap();
        assert_eq!(keys.current().number(), 2, "half a file");
        fs::remove_file(&path).unwrap();
        assert_eq!(keys.current().number(), 2, "no file");
        rotate(&mut change.keys, false).unwrap();
        fs::write(&path, change.keys.to_text().as_bytes()).unwrap();
        assert_eq!((keys.current().number(), keys.index_current().number()), (3, 2));
        fs::remove_dir_all(folder).unwrap();
    }
}
