//! `kangji migrate`: the tables that this program needs.

use kangji_store::Store;

use crate::{
    args::DatabaseArgs,
    clock, database,
    failure::{Failure, Findings},
    output::say,
};

pub(crate) fn run(args: &DatabaseArgs) -> Result<Findings, Failure> {
    let location = &args.database;
    database::must_be_there(location)?;
    let applied = Store::migrate(location, clock::now());
    match applied.map_err(|error| database::failed(location, &error))?.as_slice() {
        [] => say(format_args!("数据库 {location} 已是最新，没有要升级的。")),
        numbers => {
            database::log(args, "migrate", "done");
            say(format_args!("数据库 {location} 已升级（{}）。", steps(numbers)));
        }
    }
    Ok(Findings::None)
}

/// The numbers of migrations, for people.
pub(super) fn steps(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("做了第 {} 步升级", numbers.join("、"))
}
