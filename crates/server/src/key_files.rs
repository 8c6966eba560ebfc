//! Files with secret keys: those that sign checkpoints and vouchers, and those that seal people's names and
//! numbers. They are made for their owner alone and are on the disk before a key is used; nothing
//! of a key is ever printed.

mod change;
mod watched;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use kangji_ledger::key::{FileKey, KeyError};
use kangji_vault::{FileKeys, VaultError};
use rand::{TryRng, rand_core::UnwrapErr, rngs::SysRng};

pub use change::Change;
pub use watched::WatchedKeys;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file cannot be made; nothing is left of it.
    #[error("cannot make `{}`: {error}", path.display())]
    Make {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file holds no key that signs.
    #[error("`{}` holds no signing key: {error}", path.display())]
    Signing {
        /// The file.
        path: PathBuf,
        /// Why.
        error: KeyError,
    },
    /// The file holds no keys that seal.
    #[error("`{}` holds no sealing keys: {error}", path.display())]
    Sealing {
        /// The file.
        path: PathBuf,
        /// Why.
        error: VaultError,
    },
    /// The file is gone, and what was done with its keys is still there: new ones are none.
    #[error("`{}` is missing, and its keys were used", .0.display())]
    Lost(PathBuf),
    /// Somebody else changes the file, or another one in its folder.
    #[error("`{}` is being changed", .0.display())]
    Busy(PathBuf),
}

/// Whether a missing file is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// With a new key.
    Make,
    /// Never: its keys were used.
    Refuse,
}

/// A key that signs checkpoints or vouchers, and whether its file was made.
///
/// # Errors
/// Where the file cannot be read or made, or holds something else.
pub fn signing(path: &Path, missing: Missing) -> Result<(FileKey, bool), KeyFileError> {
    let (text, made) = read_or_make(path, missing, || Ok(drawn()?.to_pem().to_string()))?;
    let error = |error| KeyFileError::Signing { path: path.to_owned(), error };
    Ok((FileKey::from_pem(&text).map_err(error)?, made))
}

/// The keys that seal names and numbers, and whether their file was made.
///
/// # Errors
/// Where the file cannot be read or made, or holds something else.
pub fn sealing(path: &Path, missing: Missing) -> Result<(FileKeys, bool), KeyFileError> {
    let random = || {
        // Asked once before, so that a system without random numbers is an error, not a panic.
        SysRng.try_fill_bytes(&mut [0; 1]).map_err(io::Error::other)?;
        Ok(FileKeys::generate(&mut UnwrapErr(SysRng)).to_text().to_string())
    };
    let (text, made) = read_or_make(path, missing, random)?;
    let error = |error| KeyFileError::Sealing { path: path.to_owned(), error };
    Ok((FileKeys::parse(&text).map_err(error)?, made))
}

/// Draws until the bytes are a key: of random bytes one in 2³² is none.
fn drawn() -> io::Result<FileKey> {
    loop {
        let mut random = [0; 32];
        SysRng.try_fill_bytes(&mut random).map_err(io::Error::other)?;
        if let Ok(key) = FileKey::generate(&random) {
            return Ok(key);
        }
    }
}

fn read_or_make(
    path: &Path,
    missing: Missing,
    content: impl FnOnce() -> io::Result<String>,
) -> Result<(String, bool), KeyFileError> {
    let failed = |error| KeyFileError::Make { path: path.to_owned(), error };
    match fs::read_to_string(path) {
        Ok(text) => Ok((text, false)),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(KeyFileError::Read { path: path.to_owned(), error })
        }
        Err(_) if missing == Missing::Refuse => Err(KeyFileError::Lost(path.to_owned())),
        Err(_) => {
            let text = content().map_err(failed)?;
            make(path, &text).map_err(failed)?;
            Ok((text, true))
        }
    }
}

fn make(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let mut file = owners_own().write(true).create_new(true).open(path)?;
    // A key that was used and is gone after a power cut could not be trusted or found again.
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        // The file is ours and holds no whole key; that it stays changes nothing about the error.
        let _ = fs::remove_file(path);
    }
    written
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn owners_own() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = File::options();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn owners_own() -> OpenOptions {
    File::options()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("kangji-keys-{name}-{}", std::process::id()))
    }

    #[test]
    fn a_missing_file_is_made_for_its_owner_and_read_again() {
        let folder = folder("made");
        let (sign, seal) = (folder.join("sign.pem"), folder.join("seal"));
        let (first, made) = signing(&sign, Missing::Make).unwrap();
        assert!(made);
        let (again, made) = signing(&sign, Missing::Refuse).unwrap();
        assert!(!made);
        assert_eq!(first.to_pem(), again.to_pem());
        assert!(sealing(&seal, Missing::Make).unwrap().1);
        assert!(!sealing(&seal, Missing::Make).unwrap().1);
        #[cfg(unix)]
        for path in [&sign, &seal] {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn keys_that_were_used_are_not_made_anew() {
        let folder = folder("lost");
        let path = folder.join("seal");
        let lost = |error| matches!(error, KeyFileError::Lost(_));
        assert!(sealing(&path, Missing::Refuse).is_err_and(lost));
        assert!(!path.exists());
        fs::create_dir_all(&folder).unwrap();
        fs::write(&path, "else").unwrap();
        let other = |error| matches!(error, KeyFileError::Sealing { .. });
        assert!(sealing(&path, Missing::Make).is_err_and(other));
        assert_eq!(fs::read_to_string(&path).unwrap(), "else");
        fs::remove_dir_all(folder).unwrap();
    }
}
