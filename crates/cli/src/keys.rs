//! Files with the key that signs checkpoints, and what is wrong with files of keys. Nothing of a private key is ever printed.

use std::{fs, path::Path};

use kangji_ledger::key::{FileKey, KeyError, PublicKey, Signer};
use kangji_server::{
    key_files::{self, KeyFileError, Missing},
    people::KeysError,
};
use kangji_store::Location;

use crate::{database, failure::Failure, files};

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
    let ensured = key_files::signing(path, Missing::Make);
    let (key, made) = ensured.map_err(failed)?;
    Ok((key.public_key(), made))
}

/// What is wrong with a file of keys, for people.
pub(crate) fn failed(error: KeyFileError) -> Failure {
    match error {
        KeyFileError::Read { path, error } => Failure::Read { path, error },
        KeyFileError::Make { path, error } => Failure::Write { path, error },
        KeyFileError::Signing { path, error } => unreadable(&path, &error),
        KeyFileError::Sealing { path, error } => {
            let reason = format!("不是保护姓名和号码的密钥文件（{error}）");
            Failure::Unreadable { path, reason }
        }
        KeyFileError::Lost(path) => {
            let reason =
                "密钥文件不见了，而数据库里有用它做的内容；请从备份放回，不要另建".to_owned();
            Failure::Unreadable { path, reason }
        }
        KeyFileError::Busy(path) => {
            let reason = "另一个命令正在更换这里的密钥；请等它做完再运行一次".to_owned();
            Failure::Unreadable { path, reason }
        }
    }
}

/// What is wrong with the keys of names and numbers, for people.
pub(crate) fn of_people(location: &Location, path: &Path, error: KeysError) -> Failure {
    let reason = match error {
        KeysError::Store(error) => return database::failed(location, &error),
        KeysError::Vault(error) => error.chinese(),
        KeysError::Foreign => {
            format!("不是数据库 {location} 的密钥文件，打不开里面的姓名和号码；请换对应的文件")
        }
        KeysError::Unread => {
            format!("数据库 {location} 里有姓名或号码打开后认不出；请换新版本的程序再试")
        }
        KeysError::Random => "系统给不出随机数；请稍后再运行一次".to_owned(),
    };
    Failure::Unreadable { path: path.to_owned(), reason }
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
