//! The file of checkpoints outside the database: reading it, and keeping it complete.

use std::path::Path;

use kangji_ledger::{checkpoint::Signed, key::PublicKey};
use kangji_store::{
    backup::Proof,
    outside::{self, KeepError, OutsideError},
};

use crate::{args::ProofArgs, database::Database, failure::Failure, keys};

/// The checkpoints of the file.
pub(crate) fn read(path: &Path) -> Result<Vec<Signed>, Failure> {
    outside::read(path).map_err(|error| failed(path, error))
}

/// Appends every checkpoint of the database that the file lacks.
pub(crate) fn keep(database: &Database, path: &Path) -> Result<(), Failure> {
    match outside::keep(&database.store, path) {
        Ok(_) => Ok(()),
        Err(KeepError::Store(error)) => database.told(Err(error)),
        Err(KeepError::File(error)) => Err(failed(path, error)),
        Err(KeepError::Differs) => {
            let reason = "里面的检查点与数据库的不一致：数据库可能被换回了旧状态，或这是另一个数据库的文件。\
                          先运行 kangji ledger verify 查明；确是从备份恢复的，请另用一个新文件"
                .to_owned();
            Err(Failure::Unreadable { path: path.to_owned(), reason })
        }
    }
}

fn failed(path: &Path, error: OutsideError) -> Failure {
    let path = path.to_owned();
    match error {
        OutsideError::Io(error) => Failure::Read { path, error },
        OutsideError::Line { line, why } => {
            let reason = format!("第 {line} 行不是检查点，请检查是不是这个文件（{why}）");
            Failure::Unreadable { path, reason }
        }
        OutsideError::Unfinished { line } => {
            let reason = format!(
                "最后一行（第 {line} 行）没有写完，可能是写的时候断了电；删去这一行再运行，会补写"
            );
            Failure::Unreadable { path, reason }
        }
    }
}

/// What a ledger is held against, read.
pub(crate) struct Held {
    outside: Option<Vec<Signed>>,
    trusted: Option<PublicKey>,
}

impl Held {
    pub(crate) fn read(args: &ProofArgs) -> Result<Self, Failure> {
        let outside = args.checkpoints.as_deref().map(read).transpose()?;
        let trusted = args.key.as_deref().map(keys::public).transpose()?;
        Ok(Self { outside, trusted })
    }

    pub(crate) fn proof(&self) -> Proof<'_> {
        Proof { outside: self.outside.as_deref(), trusted: self.trusted.as_ref() }
    }
}
