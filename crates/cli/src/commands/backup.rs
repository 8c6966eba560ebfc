//! `kangji backup`: one verified file with everything a database holds.

use kangji_store::backup;

use super::restore;
use crate::{
    args::BackupArgs,
    clock, database,
    failure::{Failure, Findings},
    files,
    output::say,
    outside::Held,
};

pub(crate) fn run(args: &BackupArgs) -> Result<Findings, Failure> {
    let location = &args.at.database;
    database::must_be_there(location)?;
    let held = Held::read(&args.proof)?;
    files::folders_of(&args.file)?;
    // Before it is made: nobody has a copy of everything of which nothing is written down.
    database::log(&args.at, "backup", "begun");
    let made = backup::backup(location, &args.file, held.proof(), clock::now());
    let report = match made {
        Ok(report) => report,
        Err(error) => return restore::refused(error, location, &args.file, restore::Which::Backup),
    };
    say(format_args!("{}", report.chinese().trim_end()));
    say(format_args!("备份已写到 {}。", args.file.display()));
    Ok(Findings::None)
}
