//! Reading `toml example` blocks: a few people and records, and the outcomes expected of them.

use std::ops::Range;

use kangji_core::{
    Day, DayRange, Decimal, Decimals, Division, DivisionPrefix, Period, Points, Sym,
    tables::{Dated, Metric, Record, Sanction, Sex, Tables},
    vocabulary::{AttributeType, GroupId, RECORD_COLUMNS, Vocabulary},
};

use super::{
    award::amount,
    fields::{Fields, Node},
    problem::{Code, use_one_of},
};
use crate::score::OutcomeKind;

/// A worked example of a document, ready to be scored.
#[derive(Clone, Debug)]
pub struct Example {
    /// The sentence residents read.
    pub title: String,
    /// The award it is about.
    pub award: String,
    /// The evaluation day.
    pub as_of: Day,
    /// The people, records and so on.
    pub tables: Tables,
    /// Every outcome that must come of it, in the order of the document.
    pub expect: Vec<Expected>,
    /// Where the example stands.
    pub range: Range<usize>,
    /// Where `expect` stands.
    pub expect_range: Range<usize>,
}

/// An outcome that a worked example must produce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The award.
    pub award: String,
    /// The record, or
    pub record: Option<String>,
    /// the period that it is for.
    pub period: Option<Period>,
    /// The resident, where the document says so.
    pub resident: Option<String>,
    /// The holder, where the document says so.
    pub holder: Option<String>,
    /// The outcome.
    pub outcome: OutcomeKind,
    /// The points.
    pub points: Points,
    /// The day the points lapse, where the document says so.
    pub expires_on: Option<Day>,
    /// Where the line stands.
    pub range: Range<usize>,
}

/// What examples are read with.
pub(super) struct Setting<'w> {
    pub(super) words: &'w Vocabulary,
    pub(super) decimals: Decimals,
    pub(super) division: DivisionPrefix,
}

/// Reads one example; `None` where something of it cannot be made out.
pub(super) fn example(mut fields: Fields<'_>, setting: &Setting<'_>) -> Option<Example> {
    let before = fields.sink.count();
    let mut tables = Tables::default();
    let title = fields.need("title", "用一句话写出谁做了什么、结果如何").and_then(|n| n.text());
    let award = fields.need("award", "写出例子说明的项目编号").and_then(|node| node.text());
    let as_of = fields.need("as_of", "写出计算的日期").and_then(|node| node.day());
    let mut rows = |key| fields.get(key).map_or_else(Vec::new, |node| node.list_or_empty());
    let residents = rows("residents");
    let (records, metrics) = (rows("records"), rows("metrics"));
    let (confirmations, sanctions) = (rows("confirmations"), rows("sanctions"));
    for node in &residents {
        resident(node, setting, &mut tables);
    }
    let only = match tables.residents.as_slice() {
        [one] => Some(one.id),
        _ => None,
    };
    for node in &records {
        record(node, only, setting, &mut tables);
    }
    for node in &metrics {
        metric(node, setting, &mut tables);
    }
    for node in &confirmations {
        confirmation(node, award.unwrap_or_default(), &mut tables);
    }
    for node in &sanctions {
        sanction(node, &mut tables);
    }
    let expect = fields.need("expect", "写出所有结果；什么也不得时写 expect = []");
    let expect_range = expect.as_ref().map_or(fields.range.clone(), |node| node.range.clone());
    let rows = expect.map_or_else(Vec::new, |node| node.list_or_empty());
    let expect = rows.iter().filter_map(|row| expected(row, award.unwrap_or_default(), setting));
    let expect: Vec<Expected> = expect.collect();
    let (range, sink) = (fields.range.clone(), fields.sink);
    fields.finish();
    let (title, award, as_of) = (title?.to_owned(), award?.to_owned(), as_of?);
    (sink.count() == before).then_some(Example {
        title,
        award,
        as_of,
        tables,
        expect,
        range,
        expect_range,
    })
}

fn id(fields: &mut Fields<'_>, key: &'static str, tables: &mut Tables) -> Option<Sym> {
    let text = fields.need(key, "写出编号")?.text()?;
    Some(tables.symbols.intern(text))
}

fn optional_id(fields: &mut Fields<'_>, key: &'static str, tables: &mut Tables) -> Option<Sym> {
    let text = fields.get(key)?.text()?;
    Some(tables.symbols.intern(text))
}

/// The values of a dated list: texts as in the residents table, one or several.
fn dated<'a>(node: Option<Node<'a>>) -> Vec<(Node<'a>, &'a str, DayRange)> {
    let mut values = Vec::new();
    for item in node.map_or_else(Vec::new, |node| node.list_or_one()) {
        for text in item.text().unwrap_or_default().split(';').filter(|text| !text.is_empty()) {
            match DayRange::parse_dated(text) {
                Some((value, days)) if !days.is_empty() => values.push((item.clone(), value, days)),
                _ => {
                    let message = format!("`{text}` 的日期不对");
                    let remedy = "写成 \"值@2026-03-01\" 或 \"值@2026-03-01..2026-06-30\"";
                    item.report(Code::BadValue, message, remedy);
                }
            }
        }
    }
    values
}

fn resident(node: &Node<'_>, setting: &Setting<'_>, tables: &mut Tables) -> Option<()> {
    let mut fields = node.fields("{ id = \"王奶奶\", birth_date = 1955-03-01 }")?;
    let id = id(&mut fields, "id", tables);
    if let Some(id) = id.filter(|id| tables.residents.iter().any(|other| other.id == *id)) {
        let message = format!("居民 `{}` 写了两次", tables.symbols.text(id));
        node.report(Code::Duplicate, message, "换一个编号");
    }
    let birth_date = fields.get("birth_date").and_then(|node| node.day());
    let sexes = [("F", Sex::Female), ("M", Sex::Male)];
    let sex = fields.get("sex").and_then(|node| node.word("性别", &sexes));
    let mut communities: Vec<Dated<Division>> = Vec::new();
    for (node, code, days) in dated(fields.get("community")) {
        match Division::parse(code) {
            Some(division) => communities.push((division, days)),
            None => {
                let message = format!("`{code}` 不是社区代码");
                node.report(Code::BadValue, message, "写 12 位数字");
            }
        }
    }
    if communities.is_empty() {
        communities.push((setting.division.first(), DayRange::ALWAYS));
    }
    let guardians = dated(fields.get("guardian")).into_iter();
    let guardians: Vec<Dated<Sym>> =
        guardians.map(|(_, id, days)| (tables.symbols.intern(id), days)).collect();
    let mut groups: Vec<Dated<GroupId>> = Vec::new();
    for (node, name, days) in dated(fields.get("groups")) {
        match setting.words.group(name) {
            Some(group) => groups.push((group, days)),
            None => {
                let known = setting.words.groups().iter().map(|group| group.id.as_str());
                let message = format!("没有 `{name}` 这个人群");
                node.report(Code::UnknownWord, message, use_one_of(name, known));
            }
        }
    }
    fields.finish();
    tables.add_resident(id?, birth_date, sex, &communities, &guardians, &groups);
    Some(())
}

fn record(
    node: &Node<'_>,
    only: Option<Sym>,
    setting: &Setting<'_>,
    tables: &mut Tables,
) -> Option<()> {
    let mut fields =
        node.fields("{ id = \"1\", kind = \"elderly.checkup\", date = 2026-05-06 }")?;
    let row = tables.records.rows.len();
    let id = id(&mut fields, "id", tables);
    let resident = match (optional_id(&mut fields, "resident", tables), only) {
        (Some(resident), _) | (None, Some(resident)) => Some(resident),
        (None, None) => {
            fields.report(Code::MissingKey, "缺少 `resident`", "写出这条记录是谁的");
            None
        }
    };
    let kind = fields.need("kind", "写出记录种类").and_then(|node| {
        let name = node.text()?;
        let kind = setting.words.kind(name);
        if kind.is_none() {
            let known = setting.words.kinds().iter().map(|kind| kind.id.as_str());
            let message = format!("没有 `{name}` 这种记录");
            node.report(Code::UnknownWord, message, use_one_of(name, known));
        }
        kind
    });
    let date = fields.need("date", "写出服务日期").and_then(|node| node.day());
    let org = optional_id(&mut fields, "org", tables).unwrap_or(Sym::EMPTY);
    let worker = optional_id(&mut fields, "worker", tables).unwrap_or(Sym::EMPTY);
    let statuses = [("valid", false), ("void", true)];
    let void = fields.get("status").and_then(|node| node.word("状态", &statuses)).unwrap_or(false);
    let (flags_recorded, flags_true) = attributes(&fields, row, setting, tables);
    let record = Record {
        id: id?,
        resident: resident?,
        org,
        worker,
        date: date?,
        kind: kind?,
        void,
        flags_recorded,
        flags_true,
    };
    tables.records.rows.push(record);
    Some(())
}

/// Reads the keys of a record that are no fixed column; returns its recorded and its true flags.
fn attributes(
    fields: &Fields<'_>,
    row: usize,
    setting: &Setting<'_>,
    tables: &mut Tables,
) -> (u32, u32) {
    let (mut recorded, mut set) = (0, 0);
    for (name, range, node) in fields.entries() {
        if RECORD_COLUMNS.contains(&name) {
            continue;
        }
        let Some(attribute) = setting.words.attribute(name) else {
            let known = setting.words.attributes().iter().map(|known| known.word.id.as_str());
            let remedy = use_one_of(name, RECORD_COLUMNS.into_iter().chain(known));
            fields.sink.report(
                Code::UnknownWord,
                &range,
                format!("没有 `{name}` 这个属性"),
                remedy,
            );
            continue;
        };
        match attribute.holds {
            AttributeType::Bool(bit) => {
                if let Some(value) = node.boolean() {
                    recorded |= 1 << bit;
                    set |= u32::from(value) << bit;
                }
            }
            AttributeType::Text(slot) => {
                if let Some(text) = node.text() {
                    let value = tables.symbols.intern(text);
                    tables.records.set_text(slot, row, value);
                }
            }
            AttributeType::Decimal(slot) => {
                if let Some(value) = node.decimal() {
                    if value < Decimal::ZERO {
                        node.report(Code::BadValue, format!("{value} 小于 0"), "写 0 或更大的数");
                    }
                    tables.records.set_decimal(slot, row, value);
                }
            }
        }
    }
    (recorded, set)
}

fn metric(node: &Node<'_>, setting: &Setting<'_>, tables: &mut Tables) -> Option<()> {
    let mut fields = node.fields("{ year = 2026, name = \"awareness_rate\", value = 0.9 }")?;
    let community = fields.get("community").map(|node| {
        let division = node.text().and_then(Division::parse);
        if division.is_none() {
            node.report(Code::BadValue, "不是社区代码", "写 12 位数字");
        }
        division
    });
    let year = fields.need("year", "写出年份").and_then(|node| node.whole());
    let name = id(&mut fields, "name", tables);
    let value = fields.need("value", "写出数值").and_then(|node| node.decimal());
    fields.finish();
    let community = community.unwrap_or(Some(setting.division.first()))?;
    tables.metrics.push(Metric { community, year: year?, name: name?, value: value? });
    Some(())
}

fn confirmation(node: &Node<'_>, award: &str, tables: &mut Tables) -> Option<()> {
    let mut fields = node.fields("{ subject = \"1\", date = 2026-05-06 }")?;
    let award = match optional_id(&mut fields, "award", tables) {
        Some(award) => award,
        None => tables.symbols.intern(award),
    };
    let subject = id(&mut fields, "subject", tables);
    let decisions = [("accept", true), ("reject", false)];
    let decision = fields.get("decision").map(|node| node.word("决定", &decisions));
    let by = optional_id(&mut fields, "by", tables).unwrap_or(Sym::EMPTY);
    let date = fields.need("date", "写出决定的日期").and_then(|node| node.day());
    fields.finish();
    let accept = decision.unwrap_or(Some(true))?;
    let (subject, date) = (subject?, date?);
    tables.confirmations.push(kangji_core::tables::Confirmation {
        award,
        subject,
        accept,
        by,
        date,
    });
    Some(())
}

fn sanction(node: &Node<'_>, tables: &mut Tables) -> Option<()> {
    let mut fields = node.fields("{ holder = \"王奶奶\", from = 2026-01-01 }")?;
    let holder = id(&mut fields, "holder", tables);
    let from = fields.need("from", "写出第一天").and_then(|node| node.day());
    let until = fields.get("until").map(|node| node.day());
    fields.finish();
    let to = until.map_or(Some(Day::LAST), |until| until.map(Day::previous))?;
    tables.sanctions.push(Sanction { holder: holder?, days: DayRange { from: from?, to } });
    Some(())
}

fn expected(node: &Node<'_>, award: &str, setting: &Setting<'_>) -> Option<Expected> {
    let mut fields = node.fields("{ record = \"1\", points = 100 }")?;
    let mut text = |key| fields.get(key).and_then(|node| node.text()).map(str::to_owned);
    let (named, record) = (text("award"), text("record"));
    let (resident, holder) = (text("resident"), text("holder"));
    let period = fields.get("period").and_then(|node| {
        let text = node.text()?;
        let period = Period::parse(text);
        if period.is_none() {
            let message = format!("`{text}` 不是周期");
            node.report(Code::BadValue, message, "写成 \"2026\"、\"2026-Q3\" 或 \"2026-07\"");
        }
        period
    });
    if record.is_some() == period.is_some() {
        fields.report(Code::Misplaced, "结果要写且只写 `record` 或 `period`", "写出记录编号或周期");
    }
    let kinds = OutcomeKind::ALL.map(|kind| (kind.word(), kind));
    let outcome = fields.get("outcome").map(|node| node.word("结果", &kinds));
    let outcome = outcome.unwrap_or(Some(OutcomeKind::Credited));
    let points = fields.get("points").and_then(|node| amount(&node, setting.decimals));
    if outcome == Some(OutcomeKind::Credited) && points.is_none() && !fields.is_broken() {
        fields.report(Code::MissingKey, "计分的结果缺少 `points`", "写出应得的分值");
    }
    let expires_on = fields.get("expires_on").and_then(|node| node.day());
    let range = fields.range.clone();
    fields.finish();
    Some(Expected {
        award: named.unwrap_or_else(|| award.to_owned()),
        record,
        period,
        resident,
        holder,
        outcome: outcome?,
        points: points.unwrap_or_default(),
        expires_on,
        range,
    })
}
