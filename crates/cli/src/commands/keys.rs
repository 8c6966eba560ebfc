//! `kangji keys …`: the keys that seal names and numbers are changed, while servers run.

use kangji_core::vocabulary::Vocabulary;
use kangji_server::{
    key_files::Change,
    people::{self, KeysError, Rotation},
};

use crate::{
    args::{KeyFileArgs, RewrapArgs, RotateArgs},
    clock,
    database::Database,
    failure::{Failure, Findings},
    keys,
    output::say,
    progress::Counting,
};

/// Adds a version to the keys of the file.
pub(crate) fn rotate(args: &RotateArgs) -> Result<Findings, Failure> {
    let files = &args.files;
    let (database, mut change) = begin(files)?;
    people::rotate(&mut change.keys, args.index).map_err(|error| failed(files, error))?;
    database.log("keys:rotate", "begun")?;
    change.write().map_err(keys::failed)?;
    let (held, file) = (change.keys.versions().count(), files.keys.display());
    say(format_args!(
        "密钥文件 {file} 添了一版新密钥，现有 {held} 版：新登记的人从此用新的，旧的还在。"
    ));
    if args.index {
        say(format_args!("检索密钥也添了一版。"));
    }
    say(format_args!(
        "· 请把新文件另存一份到稳妥的地方；服务器各有一份的，立即放到每一台上。\n\
         · 然后运行 kangji keys rewrap，把已登记的人换到新密钥之下。"
    ));
    Ok(Findings::None)
}

/// Brings everybody under the current keys, and destroys the others if that is asked for.
pub(crate) fn rewrap(args: &RewrapArgs) -> Result<Findings, Failure> {
    let files = &args.files;
    let (database, mut change) = begin(files)?;
    database.log("keys:rewrap", "begun")?;
    let Rotation { rewrapped, retagged } = pass(&database, &change, files)?;
    say(format_args!("换到新密钥之下 {rewrapped} 人，换新检索标记 {retagged} 人。"));
    let old = change.keys.versions().count() + change.keys.index_versions().count() - 2;
    if !args.destroy_old {
        if old > 0 {
            say(format_args!(
                "旧密钥还在文件里：更早的备份要用它。不再需要时加 --destroy-old 销毁。"
            ));
        }
        return Ok(Findings::None);
    }
    if old == 0 {
        say(format_args!("文件里没有旧密钥。"));
        return Ok(Findings::None);
    }
    // Somebody may have been registered under an old key by a server that did not know the new
    // one: the old ones go only after a pass that found nobody.
    while pass(&database, &change, files)? != Rotation::default() {}
    people::destroy_old(&mut change.keys).map_err(|error| failed(files, error))?;
    database.log("keys:destroy", "begun")?;
    change.write().map_err(keys::failed)?;
    say(format_args!(
        "旧密钥已从 {} 销毁，更早的备份里的姓名和号码从此打不开。这个文件的旧副本也请销毁。",
        files.keys.display()
    ));
    Ok(Findings::None)
}

/// Opens both, and refuses keys of another database.
fn begin(files: &KeyFileArgs) -> Result<(Database, Change), Failure> {
    let database = Database::at(&files.at, Vocabulary::national())?;
    let change = Change::begin(&files.keys).map_err(keys::failed)?;
    people::check_keys(&database.store, &change.keys, clock::now())
        .map_err(|error| failed(files, error))?;
    Ok((database, change))
}

/// Goes through all people once.
fn pass(database: &Database, change: &Change, files: &KeyFileArgs) -> Result<Rotation, Failure> {
    let people = database.told(database.store.people_under())?;
    let progress = Counting::new("换密钥（人）", people.into_values().sum());
    let mut counted = |people| progress.more(people);
    let done = people::rewrap(&database.store, &change.keys, clock::now(), &mut counted);
    progress.finish();
    done.map_err(|error| failed(files, error))
}

/// Why the keys are not changed, for people.
fn failed(files: &KeyFileArgs, error: KeysError) -> Failure {
    keys::of_people(&files.at.database, &files.keys, error)
}
