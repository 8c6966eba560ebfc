//! Reading `[[item]]`, `[[benefit]]` and `[[deduction]]` tables: what points bring.

use kangji_core::{Decimal, Points};

use super::{
    award::{Context, amount, given, identifier, limits},
    conditions::share,
    fields::{Fields, Node},
    problem::Code,
};
use crate::scheme::{Benefit, Content, Deduction, Item, Price, Season};

const NAME_REMEDY: &str = "写出居民看到的名称";

fn text(fields: &mut Fields<'_>, key: &'static str) -> Option<String> {
    fields.get(key).and_then(|node| node.text()).map(str::to_owned)
}

fn name(fields: &mut Fields<'_>) -> String {
    let node = fields.need("name", NAME_REMEDY);
    node.and_then(|node| node.text()).unwrap_or_default().to_owned()
}

fn points(fields: &mut Fields<'_>, key: &'static str, context: &Context<'_>) -> Option<Points> {
    fields.get(key).and_then(|node| amount(&node, context.decimals))
}

/// Reads one catalogue item; `None` where it has no id.
pub(super) fn item(
    mut fields: Fields<'_>,
    basis: &[String],
    context: &Context<'_>,
) -> Option<Item> {
    let id = identifier(&mut fields);
    let price = price(&mut fields, context);
    let by_content = price == Some(Price::ByContent);
    let contents = fields.get("contents").map_or_else(Vec::new, |node| node.list());
    let contents: Vec<Content> =
        contents.iter().filter_map(|node| content(node, by_content, context)).collect();
    if by_content && contents.is_empty() {
        fields.report(Code::MissingKey, "按内容计价却没有 `contents`", "逐项写出内容和分值");
    }
    let roles = fields.get("roles").map_or_else(Vec::new, |node| node.list());
    let item = Item {
        id: id.clone().unwrap_or_default(),
        name: name(&mut fields),
        basis: basis.to_vec(),
        price: price.unwrap_or(Price::Free),
        contents,
        face_value: points(&mut fields, "face_value", context),
        limits: limits(&mut fields, context),
        given: given(&mut fields),
        roles: roles.iter().filter_map(role).collect(),
        season: fields.get("season").and_then(|node| season(&node)),
        provider: text(&mut fields, "provider"),
    };
    fields.finish();
    id.map(|_| item)
}

fn price(fields: &mut Fields<'_>, context: &Context<'_>) -> Option<Price> {
    let points = fields.get("points");
    let free = fields.get("free").map(|node| node.boolean());
    let by_content = fields.get("by_content").map(|node| node.boolean());
    match (points, free.flatten(), by_content.flatten()) {
        (Some(node), None | Some(false), None | Some(false)) => {
            amount(&node, context.decimals).map(Price::Points)
        }
        (None, Some(true), None | Some(false)) => Some(Price::Free),
        (None, None | Some(false), Some(true)) => Some(Price::ByContent),
        _ => {
            let message = "价格要写且只写一种";
            let remedy = "写 points = 140、free = true 或 by_content = true 之一";
            fields.report(Code::Misplaced, message, remedy);
            None
        }
    }
}

fn content(node: &Node<'_>, by_content: bool, context: &Context<'_>) -> Option<Content> {
    let mut fields = node.fields("{ name = \"医用口罩\", quantity = \"1 包\" }")?;
    let content = Content {
        name: name(&mut fields),
        quantity: text(&mut fields, "quantity"),
        points: points(&mut fields, "points", context),
        includes: fields.get("includes").and_then(|node| node.count()).unwrap_or(1),
        each_further: points(&mut fields, "each_further", context),
    };
    if by_content && content.points.is_none() {
        fields.report(Code::MissingKey, "按内容计价的一项缺少 `points`", "写出这一项的分值");
    }
    if !by_content && (content.points.is_some() || content.each_further.is_some()) {
        let message = "整包计价，其中一项却有自己的分值";
        fields.report(Code::Misplaced, message, "删去这一项的分值，或改为 by_content = true");
    }
    fields.finish();
    Some(content)
}

/// The helper roles of the notices (T2).
const ROLES: [(&str, &str); 5] = [
    ("village_cadre", "village_cadre"),
    ("social_worker", "social_worker"),
    ("grid_worker", "grid_worker"),
    ("group_leader", "group_leader"),
    ("resident", "resident"),
];

fn role(node: &Node<'_>) -> Option<String> {
    node.word("身份", &ROLES).map(str::to_owned)
}

fn season(node: &Node<'_>) -> Option<Season> {
    let mut fields = node.fields("{ name = \"三伏天\", from = \"07-11\", to = \"08-31\" }")?;
    let name = name(&mut fields);
    let mut month_day = |key| {
        let node = fields.need(key, "写成 \"07-11\"（月-日）")?;
        let text = node.text()?;
        // A leap year, so that 29 February can be named.
        let day = format!("2000-{text}").parse::<kangji_core::Day>().ok();
        if day.is_none() {
            node.report(Code::BadValue, format!("`{text}` 不是一年中的一天"), "写成 \"07-11\"");
        }
        day.map(|day| (day.month(), day.day()))
    };
    let (from, to) = (month_day("from"), month_day("to"));
    fields.finish();
    Some(Season { name, from: from?, to: to? })
}

/// Reads one benefit; `None` where it has no id.
pub(super) fn benefit(
    mut fields: Fields<'_>,
    basis: &[String],
    context: &Context<'_>,
) -> Option<Benefit> {
    let id = identifier(&mut fields);
    let total_min = fields.need("total_min", "写出总积分的下限，如 total_min = 500");
    let benefit = Benefit {
        id: id.clone().unwrap_or_default(),
        name: name(&mut fields),
        basis: basis.to_vec(),
        total_min: total_min.and_then(|node| amount(&node, context.decimals)).unwrap_or_default(),
        provider: text(&mut fields, "provider"),
    };
    fields.finish();
    id.map(|_| benefit)
}

/// Reads one deduction; `None` where it has no id.
pub(super) fn deduction(mut fields: Fields<'_>, basis: &[String]) -> Option<Deduction> {
    let id = identifier(&mut fields);
    let fen = fields.need("fen_per_point", "写出一分抵多少分钱（人民币分），如 fen_per_point = 10");
    let share_max = fields.need("share_max", "写出账单中积分可抵的最大比例，如 share_max = 0.30");
    let whole_bill = |node: &Node<'_>, share: &Decimal| {
        let whole = Decimal::from_integer(1).is_some_and(|one| *share >= one);
        if whole {
            let message = "积分只能抵扣账单的一部分";
            node.report(Code::BadValue, message, "share_max 要小于 1");
        }
    };
    let deduction = Deduction {
        id: id.clone().unwrap_or_default(),
        name: name(&mut fields),
        basis: basis.to_vec(),
        fen_per_point: fen.and_then(|node| node.count()).unwrap_or_default(),
        share_max: share_max
            .and_then(|node| share(&node).inspect(|share| whole_bill(&node, share)))
            .unwrap_or_default(),
    };
    fields.finish();
    id.map(|_| deduction)
}
