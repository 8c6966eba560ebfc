//! `kangji bench …`: measurements anybody can repeat on their own machine and database.

use std::{path::PathBuf, time::Duration};

use kangji_core::{DayRange, tables::Tables, vocabulary::Vocabulary};
use kangji_exchange::{Input, Inputs};
use kangji_generate::{CsvSink, Plan, Tables as Files, generate};
use kangji_store::{Location, StoreError, bench};

use crate::{
    args::{BenchCommand, LoadArgs, OrderArgs, PlaceArgs, PostingArgs, RedeemArgs, SimulateArgs},
    clock,
    failure::{Failure, Findings},
};

pub(crate) fn run(command: &BenchCommand) -> Result<Findings, Failure> {
    match command {
        BenchCommand::Redeem(args) => redeem(args),
        BenchCommand::Order(args) => order(args),
        BenchCommand::Lots(args) => lots(args),
        BenchCommand::Posting(args) => posting(args),
        BenchCommand::Load(args) => load(args),
        BenchCommand::Simulate(args) => simulate(args),
    }?;
    Ok(Findings::None)
}

/// A database to measure in; a file of its own is removed again.
struct Place {
    location: Location,
    folder: Option<PathBuf>,
}

impl Place {
    fn new(args: &PlaceArgs) -> Result<Self, Failure> {
        if let Some(location) = &args.database {
            return Ok(Self { location: location.clone(), folder: None });
        }
        let folder = std::env::temp_dir().join(format!("kangji-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let location = Location::File(folder.join("bench.db"));
        Ok(Self { location, folder: Some(folder) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn failed(error: StoreError) -> Failure {
    match error {
        StoreError::NotEmpty => {
            Failure::Usage("数据库里已有账户；请换一个空的数据库来测".to_owned())
        }
        other => Failure::Usage(format!("没有测成：{other}")),
    }
}

fn redeem(args: &RedeemArgs) -> Result<(), Failure> {
    let place = Place::new(&args.place)?;
    let time = Duration::from_secs(args.seconds.max(1));
    let plan = bench::RedeemPlan { accounts: args.accounts.max(1), clients: args.clients, time };
    let figures = bench::redeem(&place.location, plan, clock::now()).map_err(failed)?;
    println!(
        "账本：每秒 {} 笔（{} 人同时，{} 个账户），一半在 {} 毫秒内、百分之九十九在 {} 毫秒内答复",
        figures.per_second,
        args.clients,
        args.accounts,
        millis(figures.p50),
        millis(figures.p99)
    );
    for peer in &figures.peers {
        println!(
            "手写 SQL，一笔一个事务，{} 个连接：每秒 {} 笔，账本是它的 {} 倍",
            peer.connections,
            peer.per_second,
            times(figures.per_second, peer.per_second)
        );
    }
    let one = figures.peers.iter().find(|peer| peer.connections == 1);
    let best = figures.peers.iter().filter(|peer| peer.connections > 1);
    if let Some(best) = best.map(|peer| peer.per_second).max() {
        println!("ratio to the best of several connections: {}", times(figures.per_second, best));
    }
    println!("ratio: {}", times(figures.per_second, one.map_or(0, |peer| peer.per_second)));
    Ok(())
}

fn order(args: &OrderArgs) -> Result<(), Failure> {
    let place = Place::new(&args.place)?;
    let plan = bench::OrderPlan {
        people: args.people.max(1),
        items: usize::from(args.items),
        clients: args.clients.max(1),
        time: Duration::from_secs(args.seconds.max(1)),
    };
    let figures = bench::order(&place.location, plan, clock::now()).map_err(failed)?;
    for (what, rate) in [("平摊到各项", figures.even), ("五分之一要同一项", figures.hot)]
    {
        println!(
            "{what}：每秒 {} 张兑换单，积分和库存一起预留（{} 人同时），一半在 {} 毫秒内、百分之九十九在 {} 毫秒内答复",
            rate.per_second,
            args.clients,
            millis(rate.p50),
            millis(rate.p99)
        );
    }
    println!("ratio: {}", times(figures.hot.per_second, figures.even.per_second));
    Ok(())
}

fn lots(args: &PlaceArgs) -> Result<(), Failure> {
    let place = Place::new(args)?;
    let figures = bench::lots(&place.location, 10_000, clock::now()).map_err(failed)?;
    println!(
        "一万个批次的账户（中位数，毫秒）：预留十个批次 {}，兑付 {}；预留全部 {}，兑付 {}",
        millis(figures.hold_ten),
        millis(figures.capture_ten),
        millis(figures.hold_all),
        millis(figures.capture_all)
    );
    Ok(())
}

/// The document and a community inside its area.
const DOCUMENT: &str = include_str!("../../../../schemes/panzhihua-xiqu.md");
const COMMUNITY: &str = "510403001001";

fn posting(args: &PostingArgs) -> Result<(), Failure> {
    let place = Place::new(&args.place)?;
    let plan = (500, args.rate, args.rate.saturating_mul(10));
    let figures = bench::posting(&place.location, DOCUMENT, COMMUNITY, plan, clock::now());
    let figures = figures.map_err(failed)?;
    println!(
        "每人已有 500 条记录，每秒 {} 条，共 {} 条，从交来到入账（毫秒）：一半在 {} 内，百分之九十九在 {} 内",
        figures.per_second,
        figures.records,
        millis(figures.p50),
        millis(figures.p99)
    );
    Ok(())
}

fn load(args: &LoadArgs) -> Result<(), Failure> {
    let place = Place::new(&args.place)?;
    let figures = bench::load(&place.location, args.outcomes, clock::now()).map_err(failed)?;
    let [posting, copying] = [figures.posting, figures.copying].map(|time| time.as_millis());
    println!(
        "入账 {} 条：{posting} 毫秒；把同样的分录直接复制进表：{copying} 毫秒",
        figures.outcomes
    );
    let ratio = u64::try_from(copying.max(1)).unwrap_or(u64::MAX);
    println!("ratio: {}", times(ratio, u64::try_from(posting).unwrap_or(u64::MAX)));
    Ok(())
}

/// What the simulated draft changes: limits of twice a month.
const LIMIT: (&str, &str) = ("times = 2, per = \"month\"", "times = 3, per = \"month\"");

fn simulate(args: &SimulateArgs) -> Result<(), Failure> {
    let place = Place::new(&args.place)?;
    let tables = district(args.people)?;
    let draft = DOCUMENT.replace(LIMIT.0, LIMIT.1);
    let days = DayRange::parse("2026-01-01..2026-12-31");
    let days = days.ok_or_else(|| Failure::Usage("没有这样的日期".to_owned()))?;
    let documents = (DOCUMENT, draft.as_str());
    let how = (clock::now(), args.threads);
    let figures = bench::simulate(&place.location, documents, &tables, days, how);
    let figures = figures.map_err(failed)?;
    println!(
        "{} 人、{} 条记录：读入 {} 毫秒，两次计分并求差 {} 毫秒；多得 {} 人，少得 {} 人",
        figures.residents,
        figures.records,
        millis(figures.loading),
        millis(figures.scoring),
        figures.effect.total.gained,
        figures.effect.total.lost
    );
    Ok(())
}

/// A generated district with a year of records.
fn district(people: u32) -> Result<Tables, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    let empty = Files {
        residents: Vec::new(),
        records: Vec::new(),
        metrics: Vec::new(),
        confirmations: Vec::new(),
        sanctions: Vec::new(),
    };
    let mut sink = CsvSink::new(empty)?;
    generate(&Plan::new(people, 1), &mut sink).map_err(|error| wrong(&error))?;
    let files = sink.finish()?;
    let input = |bytes| Input { name: String::new(), bytes };
    let inputs = Inputs {
        residents: input(files.residents),
        records: input(files.records),
        metrics: Some(input(files.metrics)),
        confirmations: Some(input(files.confirmations)),
        sanctions: Some(input(files.sanctions)),
    };
    let read = kangji_exchange::read(inputs, &Vocabulary::national(), &mut |_| {});
    read.map(|loaded| loaded.tables).map_err(|_| wrong(&"生成的表读不回来"))
}

/// Milliseconds with two places.
fn millis(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{:02}", micros / 1000, micros % 1000 / 10)
}

/// How many times `one` is `other`, with two places.
fn times(one: u64, other: u64) -> String {
    let hundredths = one.saturating_mul(100) / other.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
