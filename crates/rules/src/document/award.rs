//! Reading an `[[award]]` table.

use std::ops::Range;

use kangji_core::{
    Decimals, PeriodKind, Points,
    vocabulary::{AttributeType, KindId, Vocabulary},
};

use super::{
    conditions::{conditions, number, share},
    fields::{Fields, Node},
    problem::{Code, use_one_of},
};
use crate::scheme::{
    AttributeRef, Award, Beyond, Bound, Given, HolderType, KeyPart, Limit, Occasion, Requirement,
    RequirementShape, YieldsTo,
};

/// What the tables of a document have in common.
pub(super) struct Context<'w> {
    pub(super) words: &'w Vocabulary,
    pub(super) decimals: Decimals,
    /// The block the tables stand in.
    pub(super) block: Range<usize>,
}

const PERIODS: [(&str, PeriodKind); 5] = [
    ("day", PeriodKind::Day),
    ("month", PeriodKind::Month),
    ("quarter", PeriodKind::Quarter),
    ("year", PeriodKind::Year),
    ("life", PeriodKind::Life),
];

const PERIOD_REMEDY: &str = "写出周期：\"day\"、\"month\"、\"quarter\"、\"year\" 或 \"life\"";

fn period(node: &Node<'_>) -> Option<PeriodKind> {
    node.word("周期", &PERIODS)
}

/// Where the parts of an award stand, for the checks that compare awards.
pub(super) struct Places {
    keys: Vec<(String, Range<usize>)>,
    table: Range<usize>,
    /// The awards named in `yields_to`, in its order.
    pub(super) yields_to: Vec<Range<usize>>,
    /// The whole block.
    pub(super) block: Range<usize>,
}

impl Places {
    fn of(fields: &Fields<'_>, block: &Range<usize>) -> Self {
        let keys = fields.entries().into_iter();
        let keys = keys.map(|(key, _, node)| (key.to_owned(), node.range)).collect();
        Self { keys, table: fields.range.clone(), yields_to: Vec::new(), block: block.clone() }
    }

    /// The value of `key`, or the table where it is absent.
    pub(super) fn of_key(&self, key: &str) -> &Range<usize> {
        let found = self.keys.iter().find(|(name, _)| name == key);
        found.map_or(&self.table, |(_, range)| range)
    }
}

/// Reads one award; `None` where it has no id. What is missing or wrong is reported and left at
/// a neutral value, so that the rest of the award is still checked.
pub(super) fn award(
    mut fields: Fields<'_>,
    basis: &[String],
    context: &Context<'_>,
) -> Option<(Award, Places)> {
    let words = context.words;
    let mut places = Places::of(&fields, &context.block);
    let id = identifier(&mut fields);
    let name = fields.need("name", "写出居民看到的名称，如 name = \"参加健康教育讲座\"");
    let name = name.and_then(|node| node.text());
    let points = fields.need("points", "写出分值，如 points = 10");
    let (yields_to, yield_places) = yields_to(&mut fields).into_iter().unzip();
    places.yields_to = yield_places;
    let award = Award {
        id: id.clone().unwrap_or_default(),
        name: name.unwrap_or_default().to_owned(),
        category: fields.get("category").and_then(|node| node.text()).map(str::to_owned),
        basis: basis.to_vec(),
        occasion: occasion(&mut fields, words).unwrap_or(Occasion::Record(Vec::new())),
        when: fields.get("when").map_or_else(Vec::new, |node| conditions(&node, words)),
        points: points.and_then(|node| amount(&node, context.decimals)).unwrap_or_default(),
        per_unit: fields.get("per_unit").and_then(|node| per_unit(&node, words)),
        to: holder(&mut fields),
        public_name: public_name(&mut fields, name),
        limits: limits(&mut fields, context, &|node| key(node, words)),
        yields_to,
        requires: requirements(&mut fields, "requires", words),
        requires_any: requirements(&mut fields, "requires_any", words),
        given: given(&mut fields),
        beyond: fields.get("beyond").and_then(|node| beyond(&node)),
        confirm: fields.get("confirm").and_then(|node| node.text()).map(str::to_owned),
        counts: fields.get("counts").and_then(|node| node.day_range()),
    };
    fields.finish();
    id.map(|_| (award, places))
}

/// The id of a table: lower-case letters, digits and hyphens.
pub(super) fn identifier(fields: &mut Fields<'_>) -> Option<String> {
    let node = fields.need("id", "写出固定不变的编号，如 id = \"lecture\"")?;
    let id = node.text()?;
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !id.chars().all(legal) {
        let message = format!("编号 `{id}` 含有其他字符");
        node.report(Code::BadValue, message, "只用小写字母、数字和连字符，如 \"elderly-checkup\"");
    }
    Some(id.to_owned())
}

/// An amount of points, not negative, with no more places than the scheme has.
pub(super) fn amount(node: &Node<'_>, decimals: Decimals) -> Option<Points> {
    let number = node.decimal()?;
    match decimals.exact(number) {
        Some(points) if points >= Points::ZERO => Some(points),
        Some(_) => {
            node.report(Code::BadValue, format!("分值 {number} 小于 0"), "分值不能是负数");
            None
        }
        None => {
            let places = decimals.places();
            let message = format!("分值 {number} 的小数位超过本办法的 {places} 位");
            node.report(Code::BadValue, message, "改分值，或改开头的 points.decimals");
            None
        }
    }
}

fn occasion(fields: &mut Fields<'_>, words: &Vocabulary) -> Option<Occasion> {
    let on = fields.get("on");
    let every = fields.get("every");
    match (on, every) {
        (Some(on), None) => Some(Occasion::Record(kinds(&on, words))),
        (None, Some(every)) => {
            const EVERY: [(&str, PeriodKind); 3] = [
                ("month", PeriodKind::Month),
                ("quarter", PeriodKind::Quarter),
                ("year", PeriodKind::Year),
            ];
            every.word("周期", &EVERY).map(Occasion::Period)
        }
        (Some(_), Some(every)) => {
            let message = "`on` 与 `every` 不能同时出现";
            every.report(Code::Misplaced, message, "按每条记录计分用 on，按周期计分用 every");
            None
        }
        (None, None) => {
            if !fields.is_broken() {
                let message = "缺少 `on` 或 `every`";
                let remedy =
                    "写 on = \"记录种类\"（每条记录计分）或 every = \"year\"（按周期计分）";
                fields.report(Code::MissingKey, message, remedy);
            }
            None
        }
    }
}

fn kinds(node: &Node<'_>, words: &Vocabulary) -> Vec<KindId> {
    let mut kinds = Vec::new();
    for item in node.one_or_more() {
        let Some(name) = item.text() else { continue };
        match words.kind(name) {
            Some(kind) if kinds.contains(&kind) => {
                item.report(Code::Duplicate, format!("`{name}` 写了两次"), "删去一个");
            }
            Some(kind) => kinds.push(kind),
            None => {
                let known = words.kinds().iter().map(|kind| kind.id.as_str());
                let message = format!("没有 `{name}` 这种记录");
                item.report(Code::UnknownWord, message, use_one_of(name, known));
            }
        }
    }
    kinds
}

fn holder(fields: &mut Fields<'_>) -> HolderType {
    let all =
        [HolderType::Resident, HolderType::Guardian, HolderType::Worker, HolderType::Community];
    let words = all.map(|holder| (holder.word(), holder));
    let node = fields.get("to");
    node.and_then(|node| node.word("积分归属", &words)).unwrap_or(HolderType::Resident)
}

fn public_name(fields: &mut Fields<'_>, name: Option<&str>) -> Option<String> {
    let sensitive = fields.get("sensitive");
    let public = fields.get("public_name");
    let is_sensitive = sensitive.as_ref().and_then(Node::boolean).unwrap_or(false);
    match (is_sensitive, public) {
        (true, None) => {
            if let (Some(node), false) = (sensitive, fields.is_broken()) {
                let message = "敏感项目缺少 `public_name`";
                node.report(Code::MissingKey, message, "写出他人看到的名称，如 \"健康管理服务\"");
            }
            None
        }
        (false, Some(node)) => {
            let message = "有 `public_name` 却不是敏感项目";
            node.report(Code::Misplaced, message, "加上 sensitive = true，或删去 public_name");
            None
        }
        (true, Some(node)) => {
            let public = node.text()?;
            if name == Some(public) {
                let message = "对外名称与项目名称相同，会暴露病情";
                node.report(Code::BadValue, message, "换成不含病名的名称");
            }
            Some(public.to_owned())
        }
        (false, None) => None,
    }
}

fn attribute(node: &Node<'_>, words: &Vocabulary) -> Option<AttributeRef> {
    let name = node.text()?;
    match words.attribute(name) {
        Some(known) => Some(AttributeRef { name: name.to_owned(), holds: known.holds }),
        None => {
            let known = words.attributes().iter().map(|known| known.word.id.as_str());
            let message = format!("没有 `{name}` 这个属性");
            node.report(Code::UnknownWord, message, use_one_of(name, known));
            None
        }
    }
}

fn per_unit(node: &Node<'_>, words: &Vocabulary) -> Option<AttributeRef> {
    let attribute = attribute(node, words)?;
    if matches!(attribute.holds, AttributeType::Decimal(_)) {
        return Some(attribute);
    }
    let message = format!("`{}` 不是数，不能用来乘分值", attribute.name);
    node.report(Code::WrongType, message, "用数值属性，如 \"hours\"");
    None
}

/// Reads the `by` of a limit: what is counted apart.
type ReadKey<'r> = &'r dyn Fn(&Node<'_>) -> Vec<KeyPart>;

/// Reads `limit`, the same for awards and items but for what can be counted apart.
pub(super) fn limits(
    fields: &mut Fields<'_>,
    context: &Context<'_>,
    key: ReadKey<'_>,
) -> Vec<Limit> {
    let nodes = fields.get("limit").map_or_else(Vec::new, |node| node.one_or_more());
    nodes.iter().filter_map(|node| limit(node, context, key)).collect()
}

fn limit(node: &Node<'_>, context: &Context<'_>, key: ReadKey<'_>) -> Option<Limit> {
    let mut fields = node.fields("{ times = 2, per = \"month\" }")?;
    let times = fields.get("times");
    let points = fields.get("points");
    let per = fields.need("per", PERIOD_REMEDY).and_then(|node| period(&node));
    let by = fields.get("by");
    let bound = match (&times, &points) {
        (Some(times), None) => times.count().map(Bound::Times),
        (None, Some(points)) => {
            let bound = amount(points, context.decimals);
            if bound == Some(Points::ZERO) {
                points.report(Code::EmptyRange, "上限不能是 0 分", "写大于 0 的分值");
            }
            bound.map(Bound::Points)
        }
        _ => {
            let message = "上限要么按次数要么按分值";
            fields.report(Code::Misplaced, message, "times 与 points 写且只写一个");
            None
        }
    };
    let by = by.map_or_else(|| vec![KeyPart::Holder], |node| key(&node));
    fields.finish();
    Some(Limit { bound: bound?, per: per?, by })
}

/// The most parts a limit's key can have; more would make every counter larger.
pub(crate) const KEY_PARTS_MAX: usize = 4;

fn key(node: &Node<'_>, words: &Vocabulary) -> Vec<KeyPart> {
    let mut parts = Vec::new();
    for item in node.list() {
        let part = match item.text() {
            Some("holder") => Some(KeyPart::Holder),
            Some("resident") => Some(KeyPart::Resident),
            Some("community") => Some(KeyPart::Community),
            Some(_) => attribute(&item, words).map(KeyPart::Attribute),
            None => None,
        };
        match part {
            Some(part) if parts.contains(&part) => {
                item.report(Code::Duplicate, "同一项写了两次", "删去一个");
            }
            Some(part) => parts.push(part),
            None => {}
        }
    }
    if parts.len() > KEY_PARTS_MAX {
        node.report(Code::BadValue, "分别计数的项超过四个", "至多写四项");
        parts.truncate(KEY_PARTS_MAX);
    }
    parts
}

fn yields_to(fields: &mut Fields<'_>) -> Vec<(YieldsTo, Range<usize>)> {
    let nodes = fields.get("yields_to").map_or_else(Vec::new, |node| node.one_or_more());
    let read = |node: &Node<'_>| {
        let mut fields = node.fields("{ award = \"elderly-checkup\", per = \"year\" }")?;
        let award = fields.need("award", "写出优先的项目编号");
        let per = fields.need("per", PERIOD_REMEDY).and_then(|node| period(&node));
        fields.finish();
        let place = award.as_ref()?.range.clone();
        let award = award?.text()?.to_owned();
        Some((YieldsTo { award, per: per? }, place))
    };
    nodes.iter().filter_map(read).collect()
}

fn requirements(
    fields: &mut Fields<'_>,
    key: &'static str,
    words: &Vocabulary,
) -> Vec<Requirement> {
    let nodes = fields.get(key).map_or_else(Vec::new, |node| node.one_or_more());
    nodes.iter().filter_map(|node| requirement(node, words)).collect()
}

fn requirement(node: &Node<'_>, words: &Vocabulary) -> Option<Requirement> {
    let mut fields = node.fields("{ on = \"chronic.checkup\", within = \"year\" }")?;
    let on = fields.need("on", "写出所需记录的种类").map_or_else(Vec::new, |n| kinds(&n, words));
    let when = fields.get("when").map_or_else(Vec::new, |node| conditions(&node, words));
    let within = fields.need("within", PERIOD_REMEDY).and_then(|node| period(&node));
    let times = fields.get("times");
    let streak = fields.get("streak");
    let per = fields.get("per");
    let shape = match (&times, &streak, &per) {
        (None, None, None) => Some(RequirementShape::Times(1)),
        (Some(times), None, None) => times.count().map(RequirementShape::Times),
        (None, Some(streak), Some(per)) => {
            let (length, per) = (streak.count(), period(per));
            length.zip(per).map(|(length, per)| RequirementShape::Streak { length, per })
        }
        (None, Some(streak), None) => {
            streak.report(Code::MissingKey, "连续要求缺少 `per`", PERIOD_REMEDY);
            None
        }
        (Some(_), Some(streak), _) => {
            let message = "`times` 与 `streak` 不能同时出现";
            streak.report(Code::Misplaced, message, "次数用 times，连续几期用 streak");
            None
        }
        (_, None, Some(per)) => {
            per.report(Code::Misplaced, "`per` 只与 `streak` 同用", "删去 per，或写 streak");
            None
        }
    };
    fields.finish();
    let (within, shape) = (within?, shape?);
    if let (RequirementShape::Streak { length, per: sub }, Some(per)) = (shape, per) {
        check_streak(&per, length, sub, within)?;
    }
    Some(Requirement { on, when, within, shape })
}

/// Refuses a streak that does not fit its period.
fn check_streak(node: &Node<'_>, length: u32, sub: PeriodKind, within: PeriodKind) -> Option<()> {
    let room = match (sub, within) {
        (sub, within) if sub >= within => {
            let message = format!("`{}` 不比 `{}` 短", sub.word(), within.word());
            node.report(Code::EmptyRange, message, "per 要比 within 短，如季度在年内");
            return None;
        }
        (_, PeriodKind::Life) => u32::MAX,
        (PeriodKind::Day, PeriodKind::Month) => 31,
        (PeriodKind::Day, PeriodKind::Quarter) => 92,
        (PeriodKind::Day, _) => 366,
        (PeriodKind::Month, PeriodKind::Quarter) => 3,
        (PeriodKind::Month, _) => 12,
        _ => 4,
    };
    if length > room {
        let message = format!("一个 {} 里只有 {room} 个 {}", within.word(), sub.word());
        node.report(Code::NeverMatches, message, format!("streak 至多写 {room}"));
        return None;
    }
    Some(())
}

/// Reads `given`, the same for awards and items.
pub(super) fn given(fields: &mut Fields<'_>) -> Vec<Given> {
    let Some(node) = fields.get("given") else { return Vec::new() };
    let Some(table) = node.fields("{ awareness_rate = { min = 0.90 } }") else {
        return Vec::new();
    };
    if table.entries().is_empty() {
        node.report(Code::EmptyRange, "没有写任何指标", "写出指标，或删去 given");
    }
    let read = |(metric, _, node): (&str, _, Node<'_>)| {
        let test = number(&node)?;
        if test.recorded.is_some() {
            let message = "指标没有公布时总是等待，不能作为条件";
            node.report(Code::Misplaced, message, "写出要达到的数，如 { min = 0.90 }");
        }
        Some(Given { metric: metric.to_owned(), test })
    };
    table.entries().into_iter().filter_map(read).collect()
}

fn beyond(node: &Node<'_>) -> Option<Beyond> {
    let mut fields = node.fields("{ share = 0.65, of = \"elderly_residents\" }")?;
    let ratio = fields.need("share", "写出比例，如 share = 0.65");
    let ratio = ratio.and_then(|node| share(&node));
    let of = fields.need("of", "写出指标的名称").and_then(|node| node.text());
    fields.finish();
    Some(Beyond { share: ratio?, of: of?.to_owned() })
}
