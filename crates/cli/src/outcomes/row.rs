//! One row of an outcome file: what it says, and everything that is wrong with it.

use csv::StringRecord;
use kangji_core::{Day, Decimal, Period, Points, decimal::DecimalError};
use kangji_rules::{
    scheme::{HolderType, Scheme},
    score::{OutcomeKind, columns::COLUMNS},
};
use kangji_store::OutcomeRow;

/// A row.
pub(super) struct Row {
    pub(super) scheme: String,
    /// The holder's code, whether it is a community, and the credit; `None` where nothing is
    /// credited.
    pub(super) outcome: Option<(String, bool, OutcomeRow)>,
}

const HOLDER_TYPES: [HolderType; 4] =
    [HolderType::Resident, HolderType::Guardian, HolderType::Worker, HolderType::Community];

/// Reads a row of a file that is of `scheme`, unless that is empty.
pub(super) fn read(
    record: &StringRecord,
    scheme: &str,
    schemes: &[Vec<Scheme>],
    today: Day,
) -> Result<Row, Vec<String>> {
    let cells: Vec<&str> = record.iter().collect();
    let width = cells.len();
    let cells: [&str; COLUMNS.len()] =
        cells.try_into().map_err(|_| vec![format!("有 {width} 列，应有 {} 列", COLUMNS.len())])?;
    let [named, _, _, _, _, _, _, _, _, points, _, outcome, ..] = cells;
    if !scheme.is_empty() && named != scheme {
        let text = format!("scheme「{named}」与前面的「{scheme}」不同；一个文件只能属于一个办法");
        return Err(vec![text]);
    }
    let versions = schemes.iter().find(|versions| versions.iter().any(|known| known.id == named));
    let Some(versions) = versions else {
        return Err(vec![unpublished(named)]);
    };
    if !OutcomeKind::ALL.iter().any(|kind| kind.word() == outcome) {
        return Err(vec![format!("outcome「{outcome}」不是结果的种类")]);
    }
    let scheme = named.to_owned();
    if outcome != OutcomeKind::Credited.word() || points.parse() == Ok(Decimal::ZERO) {
        return Ok(Row { scheme, outcome: None });
    }
    let mut reading = Reading { versions, today, wrong: Vec::new() };
    let outcome = reading.credit(cells);
    match outcome {
        Some(outcome) if reading.wrong.is_empty() => Ok(Row { scheme, outcome: Some(outcome) }),
        _ => Err(reading.wrong),
    }
}

/// What is wrong with a scheme that nobody published.
pub(super) fn unpublished(scheme: &str) -> String {
    format!("scheme「{scheme}」没有公布；先运行 kangji scheme publish FILE")
}

/// A credited row being read.
struct Reading<'a> {
    versions: &'a [Scheme],
    today: Day,
    wrong: Vec<String>,
}

impl Reading<'_> {
    /// Every cell is read, so that all that is wrong is found at once.
    fn credit(&mut self, cells: [&str; COLUMNS.len()]) -> Option<(String, bool, OutcomeRow)> {
        let [_, version, award, holder_type, holder, resident, ..] = cells;
        let [_, _, _, _, _, _, record, period, date, points, expires_on, ..] = cells;
        let version = self.version(version, award);
        let pool = self.pool(holder_type);
        for (name, code) in [("holder", holder), ("resident", resident)] {
            if code.is_empty() {
                self.wrong.push(format!("{name} 是空的"));
            }
        }
        self.subject(record, period);
        let day = self.day("date", date);
        if let Some(day) = day.filter(|day| *day > self.today) {
            let today = self.today;
            self.wrong.push(format!("date「{day}」晚于今天（{today}），还不能入账"));
        }
        let points = self.points(points);
        let expires_on = match expires_on {
            "" => None,
            text => self.day("expires_on", text),
        };
        let outcome = OutcomeRow {
            award: award.to_owned(),
            resident: resident.to_owned(),
            record: record.to_owned(),
            period: period.to_owned(),
            day: day?,
            points: points?,
            expires_on,
            version: version?,
        };
        Some((holder.to_owned(), pool?, outcome))
    }

    /// The first day of a version that has the award.
    fn version(&mut self, text: &str, award: &str) -> Option<Day> {
        let number: Option<usize> = text.parse().ok();
        let version = number.and_then(|number| self.versions.get(number.checked_sub(1)?));
        let Some(version) = version else {
            let last = self.versions.len();
            self.wrong.push(format!("version「{text}」没有公布；已公布的是 1 到 {last}"));
            return None;
        };
        if version.award(award).is_none() {
            self.wrong.push(format!("award「{award}」不是办法第 {text} 版里的项目"));
        }
        Some(version.in_force.from)
    }

    fn pool(&mut self, text: &str) -> Option<bool> {
        let found = HOLDER_TYPES.into_iter().find(|known| known.word() == text);
        if found.is_none() {
            let words = HOLDER_TYPES.map(HolderType::word).join("、");
            self.wrong.push(format!("holder_type「{text}」应为 {words} 之一"));
        }
        found.map(|holder| holder == HolderType::Community)
    }

    fn subject(&mut self, record: &str, period: &str) {
        if record.is_empty() == period.is_empty() {
            let text = format!("record「{record}」与 period「{period}」应恰好填一个");
            self.wrong.push(text);
        }
        let same = |known: Period| known.to_string() == period;
        if !period.is_empty() && !Period::parse(period).is_some_and(same) {
            self.wrong.push(format!("period「{period}」不是期间，写成 2026、2026-Q3 或 2026-07"));
        }
    }

    fn day(&mut self, name: &str, text: &str) -> Option<Day> {
        let day = text.parse().ok();
        if day.is_none() {
            self.wrong.push(format!("{name}「{text}」不是日历上的一天，写成 2026-12-31"));
        }
        day
    }

    fn points(&mut self, text: &str) -> Option<Points> {
        let decimals = self.versions.last().map(|version| version.decimals).unwrap_or_default();
        let places = || format!("不符合办法的小数位数（{} 位）", decimals.places());
        let why = match text.parse::<Decimal>() {
            Ok(number) if number < Decimal::ZERO => "小于零".to_owned(),
            Ok(number) => match decimals.exact(number) {
                Some(points) => return Some(points),
                None => places(),
            },
            Err(DecimalError::Syntax) => "不是数".to_owned(),
            Err(DecimalError::TooLarge) => "超出可记录的范围".to_owned(),
            Err(DecimalError::TooPrecise) => places(),
        };
        self.wrong.push(format!("points「{text}」{why}"));
        None
    }
}
