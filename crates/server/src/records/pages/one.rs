//! One record: what it says, what it is worth and why, and what can be done about it.

use kangji_core::vocabulary::Vocabulary;
use kangji_rights::Action;
use maud::{Markup, html};

use super::{
    outcome,
    values::{kind_label, values},
};
use crate::{
    input::At,
    pages::{
        Page, Visit,
        parts::{self, Tone},
    },
    problem::Problem,
    records::{Record, read, worth},
    residents::glance::glance,
};

pub(super) async fn show(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let record = read::found(visit.app(), &visit.who(), &id).await?;
    let person = glance(&visit, &record.resident).await?;
    let words = visit.app().store().words();
    let is_told = visit.may(Action::PointsRead) && !visit.is_resident();
    let points = match is_told {
        true => Some(worth::read(visit.state(), visit.who(), At(id)).await?.0.items),
        false => None,
    };
    let can_change = visit.may(Action::RecordsWrite) && record.kind.is_some() && !record.void;
    let here = format!("/records/{}", record.id);
    let body = html! {
        (person.line())
        (facts(&record, words))
        @if let Some(points) = &points {
            h2 { "积分和原因" }
            (outcome::points(points))
        }
        p.buttons {
            @if can_change {
                a.button.main href=(format!("{here}/correct")) { "更正" }
                a.button href=(format!("{here}/void")) { "作废" }
            }
            @if visit.is_resident() {
                a.button.main href="/my/statement" { "看积分明细" }
            } @else {
                a.button.quiet href=(format!("/residents/{}/records", person.id)) { "全部记录" }
            }
        }
    };
    Ok(visit.page(kind_label(&record, words), body))
}

/// What a record says.
pub(super) fn facts(record: &Record, words: &Vocabulary) -> Markup {
    let text = |text: &str| html! { @if text.is_empty() { "—" } @else { (text) } };
    let state = match (record.void, record.version) {
        (true, _) => parts::tag(Tone::Bad, "已作废"),
        (false, 1) => parts::tag(Tone::Plain, "已登记"),
        (false, version) => html! {
            (parts::tag(Tone::Plain, "已更正")) "第 " (version) " 版"
        },
    };
    let values = values(record, words);
    html! {
        div.card {
            (parts::facts(&[
                ("服务", html! { (kind_label(record, words)) }),
                ("日期", html! { (record.date) }),
                ("机构", text(&record.org)),
                ("人员", text(&record.worker)),
                ("状态", state),
                ("记录编号", text(&record.code)),
            ]))
            @if !values.is_empty() {
                dl.facts {
                    @for (name, value) in &values { div { dt { (name) } dd { (value) } } }
                }
            }
        }
    }
}

/// The ways on after something was done about a record.
pub(super) fn ways(record: &str, resident: &str) -> Markup {
    html! {
        p.buttons {
            a.button.main href=(format!("/residents/{resident}/records")) { "这位居民的记录" }
            a.button href=(format!("/residents/{resident}/records/new")) { "登记服务" }
            a.button.quiet href=(format!("/records/{record}")) { "看这条记录" }
        }
    }
}
