//! Changing the file of the keys that seal names and numbers: one command at a time, and the file
//! holds the old keys or the new ones, whole, whatever happens in between.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use kangji_vault::FileKeys;

use super::{KeyFileError, Missing, folder_of, owners_own, sealing};

/// A file whose keys are being changed. Until it goes, nobody else changes one in the same folder.
#[derive(Debug)]
pub struct Change {
    /// The keys as they shall be.
    pub keys: FileKeys,
    path: PathBuf,
    /// The folder, locked: the file itself is replaced, and a lock on it with it.
    _lock: File,
}

impl Change {
    /// Begins to change a file that is there.
    ///
    /// # Errors
    /// Where the file is missing, holds something else, or is being changed by somebody else.
    pub fn begin(path: &Path) -> Result<Self, KeyFileError> {
        // Where the path is a link, what it points to is replaced.
        let path = fs::canonicalize(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => KeyFileError::Lost(path.to_owned()),
            _ => KeyFileError::Read { path: path.to_owned(), error },
        })?;
        let failed = |error| KeyFileError::Read { path: path.clone(), error };
        let lock = File::open(folder_of(&path)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(KeyFileError::Busy(path)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let (keys, _) = sealing(&path, Missing::Refuse)?;
        Ok(Self { keys, path, _lock: lock })
    }

    /// Puts the keys into the file. It keeps its owner, so that the server still reads it.
    ///
    /// # Errors
    /// Where the file cannot be replaced; then it holds what it held.
    pub fn write(&self) -> Result<(), KeyFileError> {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let new = PathBuf::from(name);
        let written = self.beside(&new).and_then(|()| {
            fs::rename(&new, &self.path)?;
            File::open(folder_of(&self.path))?.sync_all()
        });
        written.map_err(|error| {
            // The name is ours; that it stays changes nothing about the error.
            let _ = fs::remove_file(&new);
            KeyFileError::Make { path: self.path.clone(), error }
        })
    }

    /// Writes the keys into a file beside, and waits until they are on the disk.
    fn beside(&self, new: &Path) -> io::Result<()> {
        // What a command left that was killed.
        match fs::remove_file(new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = owners_own().write(true).create_new(true).open(new)?;
        keep_owner(&file, &self.path)?;
        file.write_all(self.keys.to_text().as_bytes())?;
        file.sync_all()
    }
}

/// Gives a file the owner and the permissions of another one.
#[cfg(unix)]
fn keep_owner(file: &File, of: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let [new, old] = [file.metadata()?, fs::metadata(of)?];
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(old.permissions())
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use kangji_vault::MasterKeys;

    use super::*;
    use crate::people::{destroy_old, rotate};

    fn folder(name: &str) -> PathBuf {
        let name = format!("kangji-change-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn versions(path: &Path) -> Vec<u32> {
        let (keys, _) = sealing(path, Missing::Refuse).unwrap();
        keys.versions().map(|version| version.number()).collect()
    }

    #[test]
    fn keys_are_added_and_destroyed_in_place() {
        let folder = folder("place");
        let (path, link) = (folder.join("keys"), folder.join("link"));
        sealing(&path, Missing::Make).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let before = fs::metadata(&path).unwrap();
        let mut change = Change::begin(&link).unwrap();
        rotate(&mut change.keys, true).unwrap();
        assert_eq!(versions(&path), [1]);
        change.write().unwrap();
        assert_eq!((versions(&path), versions(&link)), (vec![1, 2], vec![1, 2]));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let after = fs::metadata(&path).unwrap();
        assert_eq!((after.mode(), after.uid()), (before.mode(), before.uid()));
        destroy_old(&mut change.keys).unwrap();
        change.write().unwrap();
        assert_eq!((versions(&path), change.keys.index_current().number()), (vec![2], 2));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "nothing else is left");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn one_at_a_time_and_only_what_is_there() {
        let folder = folder("refused");
        let path = folder.join("keys");
        assert!(matches!(Change::begin(&path), Err(KeyFileError::Lost(_))));
        assert!(!path.exists());
        fs::write(&path, "else").unwrap();
        assert!(matches!(Change::begin(&path), Err(KeyFileError::Sealing { .. })));
        fs::remove_file(&path).unwrap();
        sealing(&path, Missing::Make).unwrap();
        let change = Change::begin(&path).unwrap();
        assert!(matches!(Change::begin(&path), Err(KeyFileError::Busy(_))));
        drop(change);
        assert!(Change::begin(&path).is_ok());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_was_interrupted_leaves_the_old_keys_and_is_done_again() {
        let folder = folder("interrupted");
        let (path, beside) = (folder.join("keys"), folder.join("keys.new"));
        sealing(&path, Missing::Make).unwrap();
        let old = fs::read_to_string(&path).unwrap();
        // Killed while it wrote.
        fs::write(&beside, &old[..30]).unwrap();
        let mut change = Change::begin(&path).unwrap();
        rotate(&mut change.keys, false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), old);
        // Writing fails.
        fs::remove_file(&beside).unwrap();
        fs::create_dir(&beside).unwrap();
        assert!(matches!(change.write(), Err(KeyFileError::Make { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), old);
        fs::remove_dir(&beside).unwrap();
        fs::write(&beside, &old[..30]).unwrap();
        change.write().unwrap();
        assert!(!beside.exists());
        assert_eq!(versions(&path), [1, 2]);
        fs::remove_dir_all(folder).unwrap();
    }
}
