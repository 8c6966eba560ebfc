//! Files with the key that signs checkpoints. Nothing of a private key is ever printed.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::Path,
};

use kangji_ledger::key::{FileKey, KeyError, PublicKey, Signer};

use crate::{failure::Failure, files};

/// The private key of a file.
pub(crate) fn private(path: &Path) -> Result<FileKey, Failure> {
    FileKey::from_pem(&files::read_text(path)?).map_err(|error| unreadable(path, &error))
}

/// The public key of a file that holds it, or the private key it belongs to.
pub(crate) fn public(path: &Path) -> Result<PublicKey, Failure> {
    let text = files::read_text(path)?;
    let key = if text.contains("PRIVATE KEY") {
        FileKey::from_pem(&text).map(|key| key.public_key())
    } else {
        PublicKey::from_pem(&text)
    };
    key.map_err(|error| unreadable(path, &error))
}

/// Refuses a file with anything in it but a key.
pub(crate) fn may_be_made(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => private(path).map(drop),
        Err(_) => Ok(()),
    }
}

/// The key of a file, which is made with a new key if it is not there; whether it was.
pub(crate) fn ensure(path: &Path) -> Result<(PublicKey, bool), Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok((private(path)?.public_key(), false)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((make(path)?, true)),
        Err(error) => Err(Failure::Read { path: path.to_owned(), error }),
    }
}

fn make(path: &Path) -> Result<PublicKey, Failure> {
    let key = drawn()?;
    files::folders_of(path)?;
    let unwritten = |error| Failure::Write { path: path.to_owned(), error };
    let mut file = owners_own().write(true).create_new(true).open(path).map_err(unwritten)?;
    let written = file
        .write_all(key.to_pem().as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_folder(path));
    if let Err(error) = written {
        // The file is ours and holds no whole key; that it stays changes nothing about the error.
        let _ = fs::remove_file(path);
        return Err(unwritten(error));
    }
    Ok(key.public_key())
}

/// Draws until the bytes are a key: of random bytes one in 2³² is none.
fn drawn() -> Result<FileKey, Failure> {
    loop {
        let mut random = [0; 32];
        getrandom::fill(&mut random)
            .map_err(|error| Failure::Usage(format!("系统没有给出随机数：{error}")))?;
        if let Ok(key) = FileKey::generate(&random) {
            return Ok(key);
        }
    }
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

/// A key that signed and is gone after a power cut could not be trusted or found again.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn unreadable(path: &Path, error: &KeyError) -> Failure {
    let reason = match error {
        KeyError::PublicKey(_) => {
            format!("不是 SM2 公钥（SPKI 的 PEM 文字），也不是私钥（{error}）")
        }
        _ => format!(
            "不是未加密的 SM2 私钥（PKCS#8 的 PEM 文字），请指向 init 写出的密钥文件（{error}）"
        ),
    };
    Failure::Unreadable { path: path.to_owned(), reason }
}
