//! `kangji ledger checkpoint`: a signed statement of what all accounts hold, kept outside.

use std::sync::Arc;

use crate::{
    args::CheckpointArgs,
    clock,
    database::Database,
    failure::{Failure, Findings},
    keys,
    output::say,
    outside,
};

pub(crate) fn run(args: &CheckpointArgs) -> Result<Findings, Failure> {
    let key = keys::private(&args.key)?;
    let database = Database::open_to("checkpoint", &args.store)?;
    // A checkpoint that could not be kept outside would only be found missing there.
    outside::keep(&database, &args.checkpoints)?;
    let made = database.wait(database.store.checkpoint(Arc::new(key), clock::now()))?;
    let signed = made.map_err(|error| Failure::Usage(format!("检查点没有签成：{error}")))?;
    outside::keep(&database, &args.checkpoints)?;
    let checkpoint = signed.checkpoint;
    say(format_args!(
        "第 {} 个检查点：{} 个账户，做于 {}，已写到 {}。",
        checkpoint.number,
        checkpoint.accounts,
        checkpoint.made_at,
        args.checkpoints.display()
    ));
    Ok(Findings::None)
}
