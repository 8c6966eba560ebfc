//! `kangji ledger verify`: whether the ledger proves itself.

use kangji_store::{backup::Proof, verify};

use crate::{
    args::VerifyArgs,
    database,
    failure::{Failure, Findings},
    output::say,
    outside::Held,
    progress::Verifying,
};

pub(crate) fn run(args: &VerifyArgs) -> Result<Findings, Failure> {
    let location = &args.at.database;
    database::must_be_there(location)?;
    let held = Held::read(&args.proof)?;
    let Proof { outside, trusted } = held.proof();
    let progress = Verifying::new();
    let report = verify(location, outside, trusted, &mut |entries| progress.entries(entries));
    progress.finish();
    let report = report.map_err(|error| database::failed(location, &error))?;
    say(format_args!("{}", report.chinese().trim_end()));
    if trusted.is_none() && report.checkpoints > 0 {
        say(format_args!("没有用公钥核对签名：别人另签的检查点查不出；请加 --key FILE。"));
    }
    Ok(Findings::if_any(!report.is_sound()))
}
