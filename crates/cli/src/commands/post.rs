//! `kangji post`: the credits of an outcome file become the ledger's, as differences.

use kangji_core::ids::ReasonId;
use kangji_store::{HolderOutcomes, Settlement};

use crate::{
    args::PostArgs,
    clock,
    database::{Database, entered},
    failure::{Failure, Findings},
    outcomes::{Checked, Outcomes, Problems},
    output::say,
    posting,
    progress::Counting,
};

/// Outcomes posted in one transaction, and holders with none.
const BATCH: usize = 5_000;

pub(crate) fn run(args: &PostArgs) -> Result<Findings, Failure> {
    let database = Database::open_to("post", &args.store)?;
    let schemes = database.told(database.store.schemes())?;
    let today = clock::now().day();
    let file = Outcomes { path: &args.outcomes, schemes: &schemes, today };
    let checked = match file.check()? {
        Ok(checked) => checked,
        Err(problems) => {
            list(args, &problems);
            return Ok(Findings::Some);
        }
    };
    let Checked { scheme, holders, credits } = checked;
    let reason = database.reason(args.reason.as_deref())?;
    let progress = Counting::new("入账（笔）", credits);
    let mut batches = Batches::new(&database, &scheme, reason, &progress);
    file.each_holder(|holder| batches.add(holder))?;
    batches.post()?;
    let listed = std::mem::take(&mut batches.settlement);
    progress.finish();
    let unchanged = credits.saturating_sub(listed.credited as u64);
    say(format_args!(
        "表里的 {} 人：{}没有变化的得分 {unchanged} 笔。",
        holders.len(),
        posting::sentence(listed)
    ));
    if args.only_listed {
        return Ok(Findings::None);
    }
    let mut others = database.told(database.store.holders(&scheme))?;
    others.retain(|code| !holders.contains(code));
    let progress = Counting::new("核对表里没有的人", others.len() as u64);
    let mut batches = Batches::new(&database, &scheme, reason, &progress);
    for holder in others {
        batches.add(HolderOutcomes { holder, pool: false, outcomes: Vec::new() })?;
    }
    batches.post()?;
    let taken = batches.settlement;
    progress.finish();
    if taken != Settlement::default() {
        say(format_args!("表里没有、账上有得分的人：{}", posting::sentence(taken)));
    }
    Ok(Findings::None)
}

fn list(args: &PostArgs, problems: &Problems) {
    let path = args.outcomes.display();
    for (line, text) in &problems.listed {
        eprintln!("{path} 第 {line} 行：{text}");
    }
    if problems.more > 0 {
        eprintln!("……另有 {} 处", problems.more);
    }
    eprintln!("结果表有误，什么都没有入账。改好后再运行一次。");
}

/// Whole holders, posted together.
struct Batches<'a> {
    database: &'a Database,
    scheme: &'a str,
    reason: Option<ReasonId>,
    progress: &'a Counting,
    batch: Vec<HolderOutcomes>,
    size: usize,
    settlement: Settlement,
}

impl<'a> Batches<'a> {
    fn new(
        database: &'a Database,
        scheme: &'a str,
        reason: Option<ReasonId>,
        progress: &'a Counting,
    ) -> Self {
        let (batch, size, settlement) = (Vec::new(), 0, Settlement::default());
        Self { database, scheme, reason, progress, batch, size, settlement }
    }

    fn add(&mut self, holder: HolderOutcomes) -> Result<(), Failure> {
        self.size += holder.outcomes.len().max(1);
        self.batch.push(holder);
        if self.size >= BATCH { self.post() } else { Ok(()) }
    }

    fn post(&mut self) -> Result<(), Failure> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        let store = &self.database.store;
        let pending = store.post_outcomes(self.scheme, batch, entered(self.reason));
        self.settlement.add(self.database.wait(pending)?);
        self.progress.more(std::mem::take(&mut self.size));
        Ok(())
    }
}
