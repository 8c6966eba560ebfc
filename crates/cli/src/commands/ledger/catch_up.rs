//! `kangji ledger catch-up`: what time alone brings, such as awards for a period that ended.

use crate::{
    args::CatchUpArgs,
    clock,
    database::{self, Database},
    failure::{Failure, Findings},
    output::say,
    posting,
};

pub(crate) fn run(args: &CatchUpArgs) -> Result<Findings, Failure> {
    let as_of = database::as_of(args.as_of)?;
    let database = Database::open_to("catch-up", &args.store)?;
    let reason = database.reason(args.reason.as_deref())?;
    database.wait(database.store.await_posting(clock::now()))?;
    let settlement = posting::post_waiting(&database, as_of, reason)?;
    say(format_args!("积分（记到 {as_of}）：{}", posting::sentence(settlement)));
    Ok(Findings::None)
}
