//! Reading an `[[item]]` table: what somebody gets for points, for whom, when and where.

use kangji_core::{Day, DivisionPrefix, Points};

use super::{
    award::{Context, amount, given, identifier, limits},
    conditions::person_conditions,
    fields::{Fields, Node},
    never::contradiction,
    problem::Code,
};
use crate::scheme::{Condition, Content, Item, KeyPart, Price, Season};

/// Keys of earlier documents, and what replaced them.
const FORMER_KEYS: [(&str, &str); 1] =
    [("roles", "身份也是人群，改写成 when = { groups = { any = [\"grid_worker\"] } }")];

/// A text that is not blank.
pub(super) fn text(fields: &mut Fields<'_>, key: &'static str) -> Option<String> {
    fields.get(key).and_then(|node| node.text()).map(str::to_owned)
}

/// The name residents read.
pub(super) fn name(fields: &mut Fields<'_>) -> String {
    let node = fields.need("name", "写出居民看到的名称");
    node.and_then(|node| node.text()).unwrap_or_default().to_owned()
}

fn points(fields: &mut Fields<'_>, key: &'static str, context: &Context<'_>) -> Option<Points> {
    fields.get(key).and_then(|node| amount(&node, context.decimals))
}

fn is_set(fields: &mut Fields<'_>, key: &'static str) -> Option<bool> {
    fields.get(key).and_then(|node| node.boolean())
}

/// Reads one catalogue item; `None` where it has no id.
pub(super) fn item(
    mut fields: Fields<'_>,
    basis: &[String],
    context: &Context<'_>,
) -> Option<Item> {
    let id = identifier(&mut fields);
    let name = name(&mut fields);
    let price = price(&mut fields, context).unwrap_or(Price::Free);
    let item = Item {
        id: id.clone().unwrap_or_default(),
        basis: basis.to_vec(),
        price,
        contents: contents(&mut fields, &name, price, context),
        name,
        face_value: points(&mut fields, "face_value", context),
        limits: limits(&mut fields, context, &per_person),
        given: given(&mut fields),
        when: fields.get("when").map_or_else(Vec::new, |node| when(&node, context)),
        signed: is_set(&mut fields, "signed").unwrap_or(false),
        season: fields.get("season").and_then(|node| season(&node)),
        offered: fields.get("offered").and_then(|node| node.day_range()),
        at: fields.get("at").map_or_else(Vec::new, |node| institutions(&node)),
        quantity: fields.get("quantity").and_then(|node| node.count()),
        balance_min: points(&mut fields, "balance_min", context),
        provider: text(&mut fields, "provider"),
    };
    fields.finish_after(&FORMER_KEYS);
    id.map(|_| item)
}

fn price(fields: &mut Fields<'_>, context: &Context<'_>) -> Option<Price> {
    let points = fields.get("points");
    let free = is_set(fields, "free");
    let by_content = is_set(fields, "by_content");
    match (points, free, by_content) {
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

/// Items are had by people: their limits count each person apart and nothing else.
fn per_person(by: &Node<'_>) -> Vec<KeyPart> {
    by.report(Code::Misplaced, "兑换的上限总是按人计数", "删去 by");
    vec![KeyPart::Holder]
}

/// Who may have it.
fn when(node: &Node<'_>, context: &Context<'_>) -> Vec<Condition> {
    let remedy = "只写 age、age_months、sex、community 或 groups";
    let conditions = person_conditions(node, context.words, remedy);
    let all: Vec<&Condition> = conditions.iter().collect();
    // Those who help may live anywhere, so no area rules anybody out.
    if let Some(why) = contradiction(&all, DivisionPrefix::EVERYWHERE) {
        let message = format!("没有一个人能换：{why}");
        node.report(Code::NeverMatches, message, "改其中一个条件");
    }
    conditions
}

/// The codes of the institutions that hand it over.
fn institutions(node: &Node<'_>) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for node in node.one_or_more() {
        match node.text() {
            Some(code) if codes.iter().any(|known| known == code) => {
                node.report(Code::Duplicate, format!("`{code}` 写了两次"), "删去一个");
            }
            code => codes.extend(code.map(str::to_owned)),
        }
    }
    codes
}

/// What is handed over or performed. A service without contents is itself what is performed; an
/// item of another sort without contents is itself the good.
fn contents(
    fields: &mut Fields<'_>,
    item: &str,
    price: Price,
    context: &Context<'_>,
) -> Vec<Content> {
    let by_content = price == Price::ByContent;
    let is_service = is_set(fields, "service").unwrap_or(false);
    let nodes = fields.get("contents").map(|node| node.list());
    let is_itself = nodes.is_none() && is_service && !by_content;
    let mut contents: Vec<Content> = Vec::new();
    for node in nodes.unwrap_or_default() {
        let Some(content) = content(&node, by_content, is_service, context) else { continue };
        if contents.iter().any(|other| other.name == content.name) {
            let message = format!("内容里 `{}` 写了两次", content.name);
            node.report(Code::Duplicate, message, "合成一项，或换一个名称");
        }
        contents.push(content);
    }
    if by_content && contents.is_empty() {
        fields.report(Code::MissingKey, "按内容计价却没有 `contents`", "逐项写出内容和分值");
    }
    if is_itself {
        let name = item.to_owned();
        let (quantity, points, each_further) = (None, None, None);
        contents.push(Content { name, quantity, points, includes: 1, each_further, pieces: 0 });
    }
    contents
}

fn content(
    node: &Node<'_>,
    by_content: bool,
    is_service: bool,
    context: &Context<'_>,
) -> Option<Content> {
    let mut fields = node.fields("{ name = \"医用口罩\", quantity = \"1 包\" }")?;
    let includes = fields.get("includes");
    let has_includes = includes.is_some();
    let content = Content {
        name: name(&mut fields),
        quantity: text(&mut fields, "quantity"),
        points: points(&mut fields, "points", context),
        includes: includes.and_then(|node| node.count()).unwrap_or(1),
        each_further: points(&mut fields, "each_further", context),
        pieces: pieces(&mut fields, is_service),
    };
    if by_content && content.points.is_none() {
        fields.report(Code::MissingKey, "按内容计价的一项缺少 `points`", "写出这一项的分值");
    }
    let is_priced = content.points.is_some() || content.each_further.is_some() || has_includes;
    if !by_content && is_priced {
        let message = "整包计价，其中一项却有自己的价格";
        let remedy = "删去这一项的 points、includes、each_further，或改为 by_content = true";
        fields.report(Code::Misplaced, message, remedy);
    }
    fields.finish();
    Some(content)
}

/// How many pieces a content takes out of stock; none where it is performed.
fn pieces(fields: &mut Fields<'_>, is_service: bool) -> u32 {
    let is_service = is_set(fields, "service").unwrap_or(is_service);
    match fields.get("pieces") {
        Some(node) if is_service => {
            let message = "服务不从库存里取，没有件数";
            node.report(Code::Misplaced, message, "删去 pieces；如果是实物，写 service = false");
            0
        }
        Some(node) => node.count().unwrap_or(1),
        None => u32::from(!is_service),
    }
}

fn season(node: &Node<'_>) -> Option<Season> {
    let mut fields = node.fields("{ name = \"三伏天\", from = \"07-11\", to = \"08-31\" }")?;
    let name = name(&mut fields);
    let mut month_day = |key| {
        let node = fields.need(key, "写成 \"07-11\"（月-日）")?;
        let text = node.text()?;
        // A leap year, so that 29 February can be named.
        let day = format!("2000-{text}").parse::<Day>().ok();
        if day.is_none() {
            node.report(Code::BadValue, format!("`{text}` 不是一年中的一天"), "写成 \"07-11\"");
        }
        day.map(|day| (day.month(), day.day()))
    };
    let (from, to) = (month_day("from"), month_day("to"));
    fields.finish();
    Some(Season { name, from: from?, to: to? })
}
