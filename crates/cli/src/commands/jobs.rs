//! `kangji jobs run`: what has to happen by itself, for a timer to call once a day or more often.

use std::sync::Arc;

use kangji_core::Moment;
use kangji_ledger::key::Signer;
use kangji_store::jobs::{ExpiryTerms, FailedWhy, Job, JobError, JobRun, run_jobs};

use crate::{
    args::JobsArgs,
    clock,
    database::{self, Database},
    failure::{Failure, Findings},
    keys,
    output::say,
    outside,
};

pub(crate) fn run(args: &JobsArgs) -> Result<Findings, Failure> {
    let now = match args.today {
        None => clock::now(),
        // The last millisecond of the day, but never later than now.
        Some(_) => {
            let day = database::as_of(args.today)?;
            Moment::start_of(day.next()).plus_millis(-1).min(clock::now())
        }
    };
    let key = args.key.as_deref().map(keys::private).transpose()?;
    let database = Database::open(&args.store)?;
    database.log("jobs", "begun")?;
    if let Some(path) = &args.checkpoints {
        // A file that cannot be used should be known before anything is done.
        outside::keep(&database, path)?;
    }
    let terms = ExpiryTerms::of_schemes(&database.told(database.store.schemes())?);
    let signer = key.map(|key| Arc::new(key) as Arc<dyn Signer>);
    let is_signed = signer.is_some();
    let runs = run_jobs(&database.store, now, &terms, signer).map_err(|error| match error {
        JobError::Store(error) => database::failed(&args.store.at.database, &error),
        JobError::Key(error) => Failure::Usage(format!("检查点没有签成：{error}")),
    })?;
    let mut findings = false;
    let nothing = |run: &&JobRun| {
        run.entries == 0
            && run.failed.is_empty()
            && run.checkpoint.is_none()
            && run.job != Job::Anew
    };
    if runs.iter().filter(|run| !nothing(run)).count() == 0 {
        say(format_args!("没有到时该做而没有做的事。"));
    }
    for run in runs.iter().filter(|run| !nothing(run)) {
        say(format_args!("{}", sentence(run)));
        for failed in &run.failed {
            findings = true;
            let why = match &failed.why {
                FailedWhy::Refused(refusal) => refusal.chinese(|points| points.0.to_string()),
                FailedWhy::Stored(error) => format!("存储的内容有误（{error}）"),
            };
            say(format_args!("  账户 {} 没有办成：{why}", failed.account));
        }
    }
    match &args.checkpoints {
        Some(path) => outside::keep(&database, path)?,
        None if is_signed => eprintln!(
            "提醒：检查点没有写到库外，数据库被换回旧状态时查不出；请加 --checkpoints FILE。"
        ),
        None => {}
    }
    Ok(Findings::if_any(findings))
}

fn sentence(run: &JobRun) -> String {
    match (run.job, &run.checkpoint) {
        (Job::Posting, _) => format!("随日子到来的积分：入账和冲回共 {} 笔。", run.entries),
        (Job::Holds, _) => format!("到时的预留：退回 {} 笔。", run.entries),
        (Job::Orders, _) => format!("过期未取的兑换单：取消 {} 张。", run.entries),
        (Job::Expiry, _) => format!("到期的积分：清理 {} 笔。", run.entries),
        (Job::Checkpoint, Some(signed)) => {
            let checkpoint = signed.checkpoint;
            format!("检查点：第 {} 个，{} 个账户。", checkpoint.number, checkpoint.accounts)
        }
        (Job::Checkpoint, None) => "检查点：没有做。".to_owned(),
        (Job::Anew, _) => "有人的个人信息被抹除：数据库文件已重写，不留残迹。".to_owned(),
    }
}
