//! `kangji scheme publish`: a version that people and the ledger can rely on.

use std::path::Path;

use crate::{
    args::StoreArgs,
    clock,
    database::Database,
    failure::{Failure, Findings},
    inputs,
    output::say,
    posting,
};

pub(crate) fn run(path: &Path, store: &StoreArgs) -> Result<Findings, Failure> {
    let database = Database::open_to("publish", store)?;
    publish(&database, path)?;
    Ok(Findings::None)
}

/// Publishes a document and posts what that changes.
pub(super) fn publish(database: &Database, path: &Path) -> Result<(), Failure> {
    let (text, _, scheme) = inputs::scheme(path, &database.words)?;
    let now = clock::now();
    let published = database.wait(database.store.publish(&text, now))?;
    let new = published.map_err(|error| {
        let reason = error.chinese();
        Failure::Unreadable { path: path.to_owned(), reason }
    })?;
    let (id, first_day) = (&scheme.id, scheme.in_force.from);
    if new {
        say(format_args!("已公布：{}（{id}，自 {first_day} 起施行）。", scheme.title));
    } else {
        say(format_args!("{id} 自 {first_day} 起施行的版本早已公布，内容相同。"));
    }
    // Also after a run that was stopped between publishing and posting.
    let settlement = posting::post_waiting(database, now.day(), None)?;
    if settlement != kangji_store::Settlement::default() {
        say(format_args!("{}", posting::sentence(settlement)));
    }
    Ok(())
}
