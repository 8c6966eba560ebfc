//! A simple thing on offer, typed into a small form and written as the text of a catalogue.

use kangji_core::{Day, DayRange, Decimal, PeriodKind, Points};
use kangji_rules::{
    document::item_text,
    scheme::{Bound, Content, Item, Limit, Price, Scheme},
};
use maud::{Markup, html};

use crate::{
    app::App,
    pages::{
        Form,
        parts::{Field, Kind},
    },
    problem::Problem,
};

/// The fields of the small form, which are emptied once the thing is in the text.
pub(super) const FIELDS: [&str; 9] = [
    "add_name",
    "add_points",
    "add_kind",
    "add_pieces",
    "add_times",
    "add_per",
    "add_total",
    "add_until",
    "add_signed",
];

const PERIODS: [(PeriodKind, &str); 4] = [
    (PeriodKind::Month, "每月"),
    (PeriodKind::Quarter, "每季度"),
    (PeriodKind::Year, "每年"),
    (PeriodKind::Life, "一共"),
];

/// A number of any size.
const NUMBER: Kind<'static> = Kind::Number { usual: None };

/// The small form.
pub(super) fn fields(form: &Form, problem: Option<&Problem>, is_open: bool) -> Markup {
    let field = |name: &'static str, label, kind| {
        Field::new(name, label, kind).unmarked().value(form.text(name)).fault(problem)
    };
    let pair = |word: &str, says: &str| (word.to_owned(), says.to_owned());
    let kinds = [pair("goods", "实物（从库存里拿）"), pair("service", "服务（当场做）")];
    let periods = PERIODS.map(|(period, says)| pair(period.word(), says));
    html! {
        details open[is_open] {
            summary { "加一个简单的项目" }
            fieldset {
                legend { "简单的项目" }
                div.pair {
                    (field("add_name", "名称", Kind::Line).hint("居民看到的名称").show())
                    (field("add_points", "多少分", NUMBER)
                        .hint("0 就是不用积分").unit("分").show())
                    (Field::new("add_kind", "实物还是服务", Kind::Choice(&kinds)).unmarked()
                        .value(form.text("add_kind").or(Some("goods"))).fault(problem).show())
                    (field("add_pieces", "换一份拿几件（实物）", NUMBER)
                        .hint("不填就是 1 件").unit("件").show())
                    (field("add_times", "每人最多换几次", NUMBER).hint("不填就不限")
                        .unit("次").show())
                    (Field::new("add_per", "在多长时间里", Kind::Choice(&periods)).unmarked()
                        .value(form.text("add_per").or(Some("year"))).fault(problem).show())
                    (field("add_total", "总共多少份", NUMBER).hint("不填就不限，换完为止")
                        .unit("份").show())
                    (field("add_until", "办到哪一天", Kind::Day).hint("不填就一直办").show())
                }
                (field("add_signed", "只给和本机构签约家庭医生的居民", Kind::Tick).show())
                button type="submit" name="do" value="add" { "加入目录" }
            }
        }
    }
}

/// What was typed, as an `[[item]]` table with an id that `content` does not have.
pub(super) fn text(
    app: &App,
    form: &Form,
    scheme: &Scheme,
    content: &str,
) -> Result<String, Problem> {
    let name = form.need("add_name")?.to_owned();
    let points = points(form.need("add_points")?, scheme)?;
    let is_service = form.text("add_kind") == Some("service");
    let pieces = if is_service { 0 } else { count(form, "add_pieces")?.unwrap_or(1) };
    let per = PERIODS.iter().find(|(period, _)| form.text("add_per") == Some(period.word()));
    let per = per.map_or(PeriodKind::Year, |(period, _)| *period);
    let times = count(form, "add_times")?;
    let limit = |times| Limit { bound: Bound::Times(times), per, by: Vec::new() };
    let item = Item {
        id: free_id(content),
        basis: Vec::new(),
        price: if points == Points::ZERO { Price::Free } else { Price::Points(points) },
        contents: vec![Content {
            name: name.clone(),
            quantity: None,
            points: None,
            includes: 1,
            each_further: None,
            pieces,
        }],
        name,
        face_value: None,
        limits: times.map(limit).into_iter().collect(),
        given: Vec::new(),
        when: Vec::new(),
        signed: form.text("add_signed").is_some(),
        season: None,
        offered: offered(app, form)?,
        at: Vec::new(),
        quantity: count(form, "add_total")?,
        balance_min: None,
        provider: None,
    };
    Ok(item_text(&item, scheme, app.store().words()))
}

fn points(text: &str, scheme: &Scheme) -> Result<Points, Problem> {
    let wrong = |detail: String| Problem::invalid("add_points", detail);
    let number: Decimal = text.parse().map_err(|_| wrong("写成数字，例如 20".to_owned()))?;
    let places = scheme.decimals.places();
    let points = scheme.decimals.exact(number).filter(|points| *points >= Points::ZERO);
    points.ok_or_else(|| wrong(format!("不能是负数，小数不超过 {places} 位")))
}

fn count(form: &Form, name: &str) -> Result<Option<u32>, Problem> {
    let Some(text) = form.text(name) else { return Ok(None) };
    let count = text.parse().ok().filter(|count| (1..=1_000_000).contains(count));
    count.map(Some).ok_or_else(|| Problem::invalid(name, "写成 1 到 1000000 的整数"))
}

/// From the first day of the catalogue until the day that was typed.
fn offered(app: &App, form: &Form) -> Result<Option<DayRange>, Problem> {
    let Some(until) = form.text("add_until") else { return Ok(None) };
    let wrong = |detail: &str| Problem::invalid("add_until", detail);
    let to: Day = until.parse().map_err(|_| wrong("写成一天，例如 2026-12-31"))?;
    let from = form.text("first_day").and_then(|day| day.parse().ok());
    let days = DayRange { from: from.unwrap_or(app.now().day()), to };
    if days.is_empty() { Err(wrong("不能早于施行的第一天")) } else { Ok(Some(days)) }
}

/// `item-1`, or the first one after it that is not in the text.
fn free_id(content: &str) -> String {
    let mut ids = (1_u32..).map(|number| format!("item-{number}"));
    let is_free = |id: &String| !content.contains(&format!("\"{id}\""));
    ids.find(is_free).unwrap_or_default()
}
