//! `kangji ledger show`: somebody's accounts, balances and entries.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use kangji_core::{Day, Decimals, Points, ids::HolderId};
use kangji_ledger::{Entry, Source, account_of};
use kangji_rules::scheme::Scheme;
use kangji_store::Statement;
use serde_json::{Value, json};

use crate::{
    args::{Format, ShowArgs},
    clock,
    database::Database,
    failure::{Failure, Findings},
    output::{self, Column},
};

const COLUMNS: [Column; 12] = [
    ("scheme", "办法"),
    ("seq", "序号"),
    ("day", "日期"),
    ("kind", "类别"),
    ("total", "总积分"),
    ("redeemable", "可兑换"),
    ("award", "项目"),
    ("period", "期间"),
    ("article", "条款"),
    ("expires_on", "到期日"),
    ("refers", "相关序号"),
    ("recorded_at", "记账日"),
];

/// Days of expiry that are named; the rest is far away.
const NEXT: usize = 3;

pub(crate) fn run(args: &ShowArgs) -> Result<Findings, Failure> {
    let database = Database::open(&args.store)?;
    let holder = &args.holder;
    let Some(mut statements) = database.told(database.store.statements(holder))? else {
        let text = format!("没有编号为「{holder}」的人或社区；编号要与导入的表里写的完全一样");
        return Err(Failure::Usage(text));
    };
    if let Some(scheme) = &args.scheme {
        statements.retain(|statement| statement.scheme == *scheme);
    }
    let schemes = database.told(database.store.schemes())?;
    let sources = statements.iter().flat_map(|statement| &statement.entries);
    let residents: Vec<HolderId> =
        sources.filter_map(|entry| Some(entry.source.as_ref()?.resident)).collect();
    let codes = database.told(database.store.codes(&residents))?.into_iter().collect();
    let shown = Shown { holder, today: clock::now().day(), schemes: &schemes, codes: &codes };
    let mut out = io::stdout().lock();
    match args.format {
        Format::Table if statements.is_empty() => {
            writeln!(out, "{holder} 还没有积分账户。")?;
        }
        Format::Table => {
            for statement in &statements {
                shown.page(statement, &mut out)?;
            }
        }
        Format::Csv => {
            let rows = statements.iter().flat_map(|statement| {
                statement.entries.iter().map(|entry| shown.row(statement, entry))
            });
            output::rows(args.format, &COLUMNS, &rows.collect::<Vec<_>>(), &mut out)?;
        }
        Format::Json => {
            let all: Vec<Value> =
                statements.iter().map(|statement| shown.object(statement)).collect();
            writeln!(out, "{:#}", Value::Array(all))?;
        }
    }
    Ok(Findings::None)
}

/// What is needed to write statements.
struct Shown<'a> {
    holder: &'a str,
    today: Day,
    schemes: &'a [Vec<Scheme>],
    codes: &'a HashMap<HolderId, String>,
}

impl Shown<'_> {
    fn versions(&self, scheme: &str) -> &[Scheme] {
        let found = self.schemes.iter().find(|versions| versions.iter().any(|v| v.id == scheme));
        found.map(Vec::as_slice).unwrap_or_default()
    }

    fn decimals(&self, statement: &Statement) -> Decimals {
        self.versions(&statement.scheme).last().map(|scheme| scheme.decimals).unwrap_or_default()
    }

    /// The award's name in the version that credited it, or its id if nobody published it.
    fn award(&self, statement: &Statement, source: &Source) -> String {
        let versions = self.versions(&statement.scheme);
        let version = versions.iter().find(|version| version.in_force.from == source.version);
        let award = version.and_then(|version| version.award(&source.award));
        let name = award.map_or(&source.award, |award| &award.name);
        let own = account_of(source.resident, &statement.scheme) == statement.account.id;
        match self.codes.get(&source.resident) {
            Some(code) if !own => format!("{name}（居民 {code}）"),
            _ => name.clone(),
        }
    }

    fn row(&self, statement: &Statement, entry: &Entry) -> Vec<Value> {
        let decimals = self.decimals(statement);
        let change = |points: Points| match points {
            Points::ZERO => "0".to_owned(),
            points if points > Points::ZERO => format!("+{}", decimals.text(points)),
            points => decimals.text(points),
        };
        let source = entry.source.as_ref();
        vec![
            json!(statement.scheme),
            json!(entry.seq.0),
            json!(entry.day.to_string()),
            json!(entry.kind.chinese()),
            json!(change(entry.total)),
            json!(change(entry.redeemable)),
            json!(source.map(|source| self.award(statement, source))),
            json!(source.and_then(|source| source.period.clone())),
            json!(entry.article),
            json!(entry.expires_on.map(|day| day.to_string())),
            json!(entry.refers.map(|seq| seq.0)),
            json!(entry.recorded_at.to_string()),
        ]
    }

    /// The page for people: columns in which nothing stands are left out.
    fn page(&self, statement: &Statement, out: &mut impl Write) -> io::Result<()> {
        let decimals = self.decimals(statement);
        let (account, id) = (&statement.account, &statement.scheme);
        let title = self.versions(id).last().map_or(id.as_str(), |scheme| &scheme.title);
        let pool = if account.pool { "（积分池）" } else { "" };
        writeln!(out, "{}{pool} · {title}（{id}）", self.holder)?;
        let redeemable = account.redeemable(self.today);
        writeln!(
            out,
            "总积分 {}，可兑换积分 {}，预留 {}，欠补 {}",
            decimals.text(account.total),
            decimals.text(redeemable.max(Points::ZERO)),
            decimals.text(account.held),
            decimals.text(account.shortfall),
        )?;
        let next = self.next(statement);
        if !next.is_empty() {
            writeln!(out, "将到期：{}", next.join("；"))?;
        }
        let rows = statement.entries.iter().map(|entry| {
            let mut row = self.row(statement, entry);
            if let Some(recorded_at) = row.last_mut() {
                // The time of day would break every date of the table on a narrow screen.
                *recorded_at = json!(entry.recorded_at.day().to_string());
            }
            row
        });
        let rows: Vec<Vec<Value>> = rows.collect();
        let used: Vec<bool> = (0..COLUMNS.len())
            .map(|place| {
                place > 0 && rows.iter().any(|row| row.get(place).is_some_and(|v| !v.is_null()))
            })
            .collect();
        fn kept<T: Clone>(row: &[T], used: &[bool]) -> Vec<T> {
            row.iter().zip(used).filter(|(_, used)| **used).map(|(cell, _)| cell.clone()).collect()
        }
        let columns = kept(&COLUMNS, &used);
        let rows: Vec<Vec<Value>> = rows.iter().map(|row| kept(row, &used)).collect();
        output::rows(Format::Table, &columns, &rows, out)
    }

    /// What expires on the next days on which something does.
    fn next(&self, statement: &Statement) -> Vec<String> {
        let decimals = self.decimals(statement);
        let mut days: Vec<(Day, Points)> = Vec::new();
        for lot in &statement.account.lots {
            let Some(day) = lot.expires_on.filter(|day| *day > self.today) else { continue };
            match days.last_mut() {
                // Lots lie in the order of expiry.
                Some((last, points)) if *last == day => *points = points.saturating_add(lot.points),
                _ => days.push((day, lot.points)),
            }
        }
        let next = days.iter().take(NEXT);
        next.map(|(day, points)| format!("{day} 起 {} 分失效", decimals.text(*points))).collect()
    }

    fn object(&self, statement: &Statement) -> Value {
        let decimals = self.decimals(statement);
        let account = &statement.account;
        let lots = account.lots.iter().map(|lot| {
            json!({
                "seq": lot.seq.0,
                "day": lot.day.to_string(),
                "expires_on": lot.expires_on.map(|day| day.to_string()),
                "points": decimals.text(lot.points),
            })
        });
        let entries = statement.entries.iter().map(|entry| {
            let keys = COLUMNS.iter().map(|(key, _)| (*key).to_owned());
            Value::Object(keys.zip(self.row(statement, entry)).skip(1).collect())
        });
        json!({
            "holder": self.holder,
            "scheme": statement.scheme,
            "pool": account.pool,
            "total": decimals.text(account.total),
            "redeemable": decimals.text(account.redeemable(self.today).max(Points::ZERO)),
            "held": decimals.text(account.held),
            "shortfall": decimals.text(account.shortfall),
            "lots": lots.collect::<Vec<Value>>(),
            "entries": entries.collect::<Vec<Value>>(),
        })
    }
}
