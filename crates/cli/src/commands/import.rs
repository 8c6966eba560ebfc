//! `kangji import`: tables become facts, and what the schemes say of them is posted.

use kangji_core::{Day, ids::ReasonId, tables::Tables};
use kangji_store::{Changes, Fact, Settlement, facts_of};

use crate::{
    args::ImportArgs,
    database::{self, Database, entered},
    failure::{Failure, Findings},
    inputs,
    output::say,
    posting,
    progress::Counting,
};

/// Facts written in one transaction.
const FACTS: usize = 2_000;

pub(crate) fn run(args: &ImportArgs) -> Result<Findings, Failure> {
    let as_of = database::as_of(args.as_of)?;
    let database = Database::open_to("import", &args.store)?;
    let Some(loaded) = inputs::tables(&args.tables, &database.words, "没有导入")? else {
        return Ok(Findings::Some);
    };
    let reason = database.reason(args.reason.as_deref())?;
    let tables = loaded.tables;
    let changes = enter(&database, &tables, reason)?;
    let Changes { new, corrected, unchanged } = changes;
    say(format_args!("事实：新增 {new} 条，更正 {corrected} 条，没有变化 {unchanged} 条。"));
    if args.no_post {
        let waiting = database.wait(database.store.unposted())?;
        say(format_args!(
            "积分：暂不入账，有 {waiting} 人待入账；再次导入而不加 --no-post 时入账。"
        ));
        return Ok(Findings::None);
    }
    let settlement = posting::post_waiting(&database, as_of, reason)?;
    let is_same = new == 0 && corrected == 0 && settlement == Settlement::default();
    match is_same {
        true => say(format_args!("什么都没有变。")),
        false => say(format_args!("积分（记到 {as_of}）：{}", posting::sentence(settlement))),
    }
    if database.told(database.store.schemes())?.is_empty() {
        say(format_args!(
            "还没有公布办法，所以没有积分；用 kangji scheme publish FILE 公布后自动入账。"
        ));
    }
    later(&tables, as_of);
    Ok(Findings::None)
}

/// Writes facts. The next ones are made while some are being written.
fn enter(
    database: &Database,
    tables: &Tables,
    reason: Option<ReasonId>,
) -> Result<Changes, Failure> {
    let all = tables.residents.len()
        + tables.records.rows.len()
        + tables.metrics.len()
        + tables.confirmations.len()
        + tables.sanctions.len();
    let progress = Counting::new("存入（条）", all as u64);
    let mut changes = Changes::default();
    let mut facts = facts_of(tables, &database.words);
    let mut before = None;
    loop {
        let batch: Vec<Fact> = facts.by_ref().take(FACTS).collect();
        let length = batch.len();
        let next = (length > 0).then(|| (database.store.enter(batch, entered(reason)), length));
        let is_last = next.is_none();
        if let Some((pending, length)) = std::mem::replace(&mut before, next) {
            changes.add(&database.wait(pending)?);
            progress.more(length);
        }
        if is_last {
            break;
        }
    }
    progress.finish();
    Ok(changes)
}

/// Says that something waits for its day, where it does.
fn later(tables: &Tables, as_of: Day) {
    let rows = &tables.records.rows;
    let later = rows.iter().filter(|record| record.date > as_of && !record.void).count();
    if later > 0 {
        say(format_args!(
            "有 {later} 条记录的日期晚于 {as_of}，积分还没有记；\
             到日子后由 kangji jobs run 补记。"
        ));
    }
}
