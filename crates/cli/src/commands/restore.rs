//! `kangji restore`: a backup back into an empty database.

use std::path::Path;

use kangji_store::{
    Location, StoreError,
    backup::{self, BackupError},
};

use crate::{
    args::RestoreArgs,
    clock, database,
    failure::{Failure, Findings},
    output::say,
    outside::Held,
};

pub(crate) fn run(args: &RestoreArgs) -> Result<Findings, Failure> {
    let location = &args.at.database;
    database::must_be_there(&Location::File(args.file.clone())).map_err(|failure| {
        let reason = match failure {
            Failure::Database { .. } if args.file.exists() => "这个文件不是备份".to_owned(),
            Failure::Database { .. } => "没有这个备份文件".to_owned(),
            other => return other,
        };
        Failure::Unreadable { path: args.file.clone(), reason }
    })?;
    database::may_be_made(location)?;
    let held = Held::read(&args.proof)?;
    let restored = backup::restore(&args.file, location, held.proof(), clock::now());
    let report = match restored {
        Ok(report) => report,
        Err(error) => return refused(error, location, &args.file, Which::Restore),
    };
    database::log(&args.at, "restore", "done");
    say(format_args!("{}", report.chinese().trim_end()));
    say(format_args!("已从 {} 恢复到数据库 {location}。", args.file.display()));
    Ok(Findings::None)
}

/// Which of the two commands was refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Backup,
    Restore,
}

/// Why there is no backup or nothing was restored, for people.
pub(super) fn refused(
    error: BackupError,
    location: &Location,
    file: &Path,
    which: Which,
) -> Result<Findings, Failure> {
    let of_file = |reason: String| Failure::Unreadable { path: file.to_owned(), reason };
    Err(match error {
        BackupError::Exists(path) => {
            let reason = "这个文件已经有了，备份从不覆盖；请换一个名字".to_owned();
            Failure::Unreadable { path, reason }
        }
        BackupError::NotEmpty(table) => {
            let reason = format!("里面已有内容（表 {table}），没有恢复；请恢复到一个新的数据库");
            Failure::Database { location: location.clone(), reason }
        }
        BackupError::Damaged(table) => {
            of_file(format!("备份已损坏（表 {table}），没有恢复；请换另一份备份"))
        }
        BackupError::Unsound(report) => {
            say(format_args!("{}", report.chinese().trim_end()));
            eprintln!(
                "{}",
                match which {
                    Which::Backup =>
                        "没有备份：抄出来的账本有问题，抄件留在“.partial”结尾的文件里备查。",
                    Which::Restore => "没有恢复：备份里的账本有问题，或比库外保存的检查点旧。",
                }
            );
            return Ok(Findings::Some);
        }
        BackupError::Store(StoreError::Migration(error)) if which == Which::Restore => {
            of_file(format!("不是本程序能用的备份（{error}）"))
        }
        BackupError::Store(error) => database::failed(location, &error),
        BackupError::Io(error) => Failure::Write { path: file.to_owned(), error },
    })
}
