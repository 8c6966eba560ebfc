//! The page of figures: charts with their tables beneath, to be printed for a report.

use kangji_core::{DivisionPrefix, Fen};
use kangji_redemption::cost::{Source, Use};
use kangji_rights::{Action, Cover};
use kangji_store::Institution;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Item, Out, Rating, Shown, Which, of_area, of_institution, this_year};
use crate::{
    input::{At, Search},
    pages::{
        Page, Pages, Visit,
        parts::{self, Column, Field, Kind, faults},
    },
    problem::{Code, Problem},
    stock::reached,
};

pub(crate) fn pages() -> Pages {
    Pages::default().get("/figures", show)
}

/// What is asked for, as it is typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    place: String,
    from: String,
    until: String,
    fen_per_point: String,
}

/// Somewhere that figures can be about, as it is sent and read.
type Place = (String, String);

/// Before the code of an institution and before the digits of an area.
const INSTITUTION: &str = "institution:";
const AREA: &str = "area:";
/// The digits of a district.
const DISTRICT: usize = 6;
/// So many items are drawn; the table has them all.
const DRAWN: usize = 12;

async fn show(visit: Visit, Search(asked): Search<Asked>) -> Result<Page, Problem> {
    let places = places(&visit).await?;
    let chosen = Some(asked.place.clone()).filter(|place| !place.is_empty());
    let Some(place) = chosen.or_else(|| places.first().map(|(place, _)| place.clone())) else {
        let body = parts::empty(
            "您的授权范围内还没有机构，请主管部门先登记机构。",
            html! {
                a.button href="/account" { "看我的授权" }
            },
        );
        return Ok(visit.page("经费和统计", body));
    };
    let asked = Asked { place, ..asked };
    let (shown, problem) = match figures(&visit, &asked).await {
        Ok(shown) => (Some(shown), None),
        Err(problem) if problem.place.is_some() => (None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    let body = html! {
        (faults(problem.as_ref()))
        (filter(&visit, &places, &asked, problem.as_ref()))
        @if let Some(shown) = &shown { (sheet(shown)) }
        p.buttons {
            @if visit.may(Action::StockRead) { a.button href="/costs" { "经费支出" } a.button.quiet href="/stock" { "库存" } }
        }
    };
    let page = visit.page("经费和统计", body);
    Ok(match problem {
        Some(problem) => page.with(problem.code.status()),
        None => page,
    })
}

/// Where somebody may see figures of: areas first, then institutions.
async fn places(visit: &Visit) -> Result<Vec<Place>, Problem> {
    let institutions = reached(visit, Action::OrdersRead).await?;
    let permit = visit.who().permit(Action::OrdersRead, visit.app().roles());
    let permit = permit.ok_or(Code::Forbidden)?;
    let own = permit.covers().iter().filter_map(|cover| match cover {
        Cover::Area { area, institution: None } => Some(*area),
        Cover::Area { .. } | Cover::Person(_) => None,
    });
    let district = |one: &Institution| {
        DivisionPrefix::parse(one.area.to_string().get(..DISTRICT)?)
            .filter(|area| permit.includes(*area, None))
    };
    let all = own.filter(|area| *area != DivisionPrefix::EVERYWHERE);
    let all = all.chain(institutions.iter().filter_map(district));
    let mut areas: Vec<String> = all.map(|area| area.to_string()).collect();
    areas.sort_unstable();
    areas.dedup();
    let areas = areas.into_iter().map(|area| (format!("{AREA}{area}"), format!("辖区 {area}")));
    let institutions = institutions.into_iter();
    let institutions = institutions.map(|one| (format!("{INSTITUTION}{}", one.code), one.name));
    Ok(areas.chain(institutions).collect())
}

async fn figures(visit: &Visit, asked: &Asked) -> Result<Shown, Problem> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let fen = given(&asked.fen_per_point).map(|text| {
        let fen = Fen::parse_yuan(&text).and_then(|fen| u32::try_from(fen.0).ok());
        fen.ok_or_else(|| Problem::invalid("fen_per_point", "请填写金额，最多两位小数，例如 0.05"))
    });
    let which = Which {
        from: given(&asked.from),
        until: given(&asked.until),
        fen_per_point: fen.transpose()?,
    };
    let (state, who, which) = (visit.state(), visit.who(), Search(which));
    if let Some(area) = asked.place.strip_prefix(AREA) {
        return Ok(of_area(state, who, At(area.to_owned()), which).await?.0);
    }
    let code = asked.place.strip_prefix(INSTITUTION).ok_or(Code::NotFound)?;
    Ok(of_institution(state, who, At(code.to_owned()), which).await?.0)
}

fn filter(visit: &Visit, places: &[Place], asked: &Asked, problem: Option<&Problem>) -> Markup {
    let year = this_year(visit.app().now().day());
    let (first, last) = (year.from.to_string(), year.to.to_string());
    let or = |text: &'_ str, other: &'_ str| {
        if text.is_empty() { other.to_owned() } else { text.to_owned() }
    };
    let (from, until) = (or(&asked.from, &first), or(&asked.until, &last));
    let assumed = Some(asked.fen_per_point.as_str()).filter(|text| !text.is_empty());
    let field = |name, label, kind| Field::new(name, label, kind).unmarked().fault(problem);
    html! {
        form.filter method="get" action="/figures" {
            (field("place", "范围", Kind::Choice(places)).value(Some(&asked.place)).show())
            (field("from", "从", Kind::Day).value(Some(&from)).show())
            (field("until", "到", Kind::Day).value(Some(&until)).show())
            (field("fen_per_point", "每分按多少元估算", Kind::Number { usual: None }).value(assumed).unit("元").show())
            button type="submit" { "查询" }
        }
    }
}

fn sheet(shown: &Shown) -> Markup {
    let sets: u64 = shown.items.iter().map(|item| item.sets).sum();
    let spent: i64 = shown.spent.iter().fold(0, |sum, one| sum.saturating_add(one.fen));
    html! {
        p.lead { (shown.name) "，" (shown.from) " 到 " (shown.until) }
        div.figures {
            (parts::figure("已兑换", &sets.to_string(), "份"))
            (parts::figure("经费支出", &Fen(spent).to_string(), "元"))
            (satisfaction(shown.rating))
        }
        (items(&shown.items))
        (costs(shown))
        (outstanding(shown))
    }
}

/// The figure of satisfaction, as far as there is one.
fn satisfaction(all: Rating) -> Markup {
    let Some(average) = all.average_hundredths.filter(|_| all.is_public) else {
        return html! { div.figure { span.label { "满意度" } (rating(all)) } };
    };
    let unit = format!("分（{} 人）", all.raters);
    parts::figure("满意度", &stars(average), &unit)
}

/// Hundredths of a star as people read them.
fn stars(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The average with how many rated. What fewer than ten people said stays inside the institution:
/// it is not on the printed sheet.
fn rating(rating: Rating) -> Markup {
    let Some(average) = rating.average_hundredths else { return html! { "还没有评价" } };
    html! {
        span.no-print[!rating.is_public] {
            (stars(average)) " 分（" (rating.raters) " 人）"
            @if !rating.is_public { " " small { "不足10人，不对外公布" } }
        }
        @if !rating.is_public { span.only-print { "评价不足10人，不公布" } }
    }
}

fn items(items: &[Item]) -> Markup {
    let drawn = items.iter().filter(|item| item.sets > 0).take(DRAWN);
    let lines: Vec<_> = drawn
        .map(|item| {
            (
                item.name.clone(),
                i64::try_from(item.sets).unwrap_or(i64::MAX),
                format!("{} 份", item.sets),
            )
        })
        .collect();
    let columns = [
        Column::Text("项目"),
        Column::Number("已兑换（份）"),
        Column::Number("用去积分"),
        Column::Number("下单"),
        Column::Number("待领取"),
        Column::Number("取消"),
        Column::Number("过期未取"),
        Column::Number("退回"),
        Column::Text("满意度"),
    ];
    let row = |item: &Item| {
        vec![
            html! { (item.name) @if let Some(provider) = &item.provider { "（" (provider) "）" } },
            html! { (item.sets) },
            html! { (parts::points(item.points, item.decimals)) },
            html! { (item.placed) },
            html! { (item.waiting) },
            html! { (item.cancelled) },
            html! { (item.timed_out) },
            html! { (item.returned) },
            rating(item.rating),
        ]
    };
    let rows: Vec<_> = items.iter().map(row).collect();
    html! {
        h2 { "兑换" }
        @if rows.is_empty() {
            (parts::empty("这段时间没有兑换。", html! {}))
        } @else {
            @if !lines.is_empty() { (parts::bars("兑换最多的项目", ["项目", "份数"], &lines)) }
            (parts::table("各项目（已兑换按领取日期，下单按下单日期）", &columns, &rows))
        }
    }
}

fn costs(shown: &Shown) -> Markup {
    let sum = |source: &Source, used_for: Option<&Use>| {
        let all = shown.spent.iter().filter(|one| one.source == source.word());
        let all = all.filter(|one| used_for.is_none_or(|used_for| one.used_for == used_for.word()));
        all.fold(0_i64, |sum, one| sum.saturating_add(one.fen))
    };
    let lines: Vec<_> = Source::ALL
        .iter()
        .map(|source| {
            (
                source.chinese().to_owned(),
                sum(source, None),
                format!("{} 元", Fen(sum(source, None))),
            )
        })
        .collect();
    let columns = [
        Column::Text("经费来源"),
        Column::Number("物品"),
        Column::Number("印制"),
        Column::Number("宣传"),
        Column::Number("劳务"),
        Column::Number("合计（元）"),
    ];
    let row = |source: &Source| {
        let mut cells = vec![html! { (source.chinese()) }];
        cells.extend(Use::ALL.iter().map(|used_for| html! { (Fen(sum(source, Some(used_for)))) }));
        cells.push(html! { (Fen(sum(source, None))) });
        cells
    };
    let rows: Vec<_> = Source::ALL.iter().map(row).collect();
    let lost = shown.lost.iter().fold(0_i64, |sum, one| sum.saturating_add(one.fen));
    html! {
        h2 { "经费" }
        @if shown.spent.is_empty() {
            (parts::empty("这段时间没有经费支出。", html! {}))
        } @else {
            (parts::bars("按来源", ["来源", "金额"], &lines))
            (parts::table("按来源和用途（元；物品按领取日期和批次单价，退回货架的已减去）", &columns, &rows))
        }
        @if lost > 0 { p { "另有报损物品，入库时值 " (Fen(lost)) " 元。" } }
    }
}

fn outstanding(shown: &Shown) -> Markup {
    let columns = [
        Column::Text("办法"),
        Column::Number("可兑换"),
        Column::Number("已预留"),
        Column::Number("在积分券上"),
        Column::Number("账户"),
        Column::Number("估算（元）"),
    ];
    let row = |one: &Out| {
        let fen = one.fen.map(|fen| Fen(fen).to_string());
        vec![
            html! { (one.title) },
            html! { (parts::points(one.redeemable, one.decimals)) },
            html! { (parts::points(one.held, one.decimals)) },
            html! { (parts::points(one.on_vouchers, one.decimals)) },
            html! { (one.accounts) @if one.placeless > 0 { small { "（其中 " (one.placeless) " 个没有登记社区）" } } },
            html! { (fen.as_deref().unwrap_or("—")) },
        ]
    };
    let rows: Vec<_> = shown.outstanding.iter().map(row).collect();
    let fen = shown.fen_per_point.map(|fen| Fen(fen.into()));
    html! {
        h2 { "未兑换的积分" }
        @if rows.is_empty() {
            (parts::empty("没有未兑换的积分。", html! {}))
        } @else {
            p {
                "今天还没有兑换的积分，不随上面的日期变化；机构的按其辖区居民计。"
                @match fen {
                    Some(fen) => { strong { "按每分 " (fen) " 元估算，" } "只是假设，积分不能兑换现金。" }
                    None => { "填写“每分按多少元估算”，可以看到折算的金额。" }
                }
            }
            (parts::table("未兑换的积分", &columns, &rows))
        }
    }
}
