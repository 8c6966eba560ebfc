//! `kangji ledger close`: from now on a period is corrected only with a reason.

use crate::{
    args::CloseArgs,
    database::{self, Database},
    failure::{Failure, Findings},
    output::say,
};

pub(crate) fn run(args: &CloseArgs) -> Result<Findings, Failure> {
    let through = database::as_of(Some(args.through))?;
    let database = Database::open_to("close", &args.store)?;
    if database.told(database.store.versions(&args.scheme))?.is_empty() {
        return Err(Failure::Usage(format!("数据库里没有公布办法 {}", args.scheme)));
    }
    if database.wait(database.store.close_period(&args.scheme, through))? {
        say(format_args!("{} 已结账到 {through}；更正这以前的积分要加 --reason。", args.scheme));
    } else {
        say(format_args!("{} 早已结账到 {through} 或以后，没有变化。", args.scheme));
    }
    Ok(Findings::None)
}
