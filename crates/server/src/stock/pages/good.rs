//! A good: its batches, their count, and what moved them.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Fen;
use kangji_redemption::cost::Source;
use kangji_rights::Action;
use maud::{Markup, html};

use super::{good_at, receive::whole, register, until};
use crate::{
    input::{At, Search},
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    stock::{
        read::{self, Batch, OfGood, Which},
        write::{self, Count, CountedBatch},
    },
};

/// So many of the latest moves are shown below the batches.
const LATEST: u32 = 20;

pub(super) async fn show(
    visit: Visit,
    At(code): At<String>,
    Search(of): Search<OfGood>,
) -> Result<Page, Problem> {
    let good = of.good.ok_or(Code::NotFound)?;
    page(&visit, code, good, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    code: String,
    good: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let of = OfGood { good: Some(good.clone()) };
    let at = || At(code.clone());
    let batches = read::batches(visit.state(), visit.who(), at(), Search(of)).await?.0;
    let which = Which { good: Some(good.clone()), limit: Some(LATEST), ..Which::default() };
    let latest = read::entries(visit.state(), visit.who(), at(), Search(which)).await?.0;
    let register = register::table(visit, &code, "最近的出入库", &latest.items).await?;
    let all = serde_urlencoded::to_string([("good", &good)]).unwrap_or_default();
    let body = html! {
        (faults(problem))
        @if batches.is_empty() {
            (parts::empty("这种物品还没有入库。", html! {
                a.button href=(format!("/stock/{code}/receive")) { "物品入库" }
            }))
        } @else {
            (batch_table(&code, &batches))
            @if visit.may(Action::StockWrite) { (count_form(visit, &code, &good, &batches, form, problem)) }
        }
        @if !latest.items.is_empty() {
            h2 { "台账" }
            (register)
            p { a href=(format!("/stock/{code}/entries?{all}")) { "看这种物品的全部台账" } }
        }
        p { a href=(format!("/stock/{code}")) { "回到库存" } }
    };
    Ok(visit.page(&good, body))
}

/// A batch's place in the table: what it is, where it came from, what is left.
fn batch_table(code: &str, batches: &[Batch]) -> Markup {
    let columns = [
        Column::Text("批号"),
        Column::Text("有效期至"),
        Column::Number("余"),
        Column::Number("入库"),
        Column::Text("供货单位"),
        Column::Text("合格证号"),
        Column::Number("单价（元）"),
        Column::Text("经费来源"),
    ];
    let row = |one: &Batch| {
        let source = Source::of_word(&one.source).map_or("", Source::chinese);
        vec![
            html! { a href=(format!("/stock/{code}/batches/{}", one.id)) { (one.lot) } },
            html! {
                (until(one.valid_until.as_ref())) " "
                @if one.expired { (parts::tag(Tone::Warn, "已过期")) }
            },
            html! { (one.left) },
            html! { (one.received) },
            html! { (one.supplier) },
            html! { (one.certificate) },
            html! { (Fen(one.piece_fen)) },
            html! { (source) },
        ]
    };
    let rows: Vec<_> = batches.iter().map(row).collect();
    parts::table("批次（先到期的先发）", &columns, &rows)
}

/// The form in which what was counted is entered, batch by batch.
fn count_form(
    visit: &Visit,
    code: &str,
    good: &str,
    batches: &[Batch],
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    html! {
        h2 { "盘点" }
        p { "只填数过的批次。与账面数不同的要写原因，差异会记入台账。" }
        form method="post" action=(format!("/stock/{code}/good")) {
            (visit.seal())
            input type="hidden" name="good" value=(good);
            @for one in batches {
                @let [batch, counted, reason] = names(&one.id);
                div.card {
                    p { strong { "批号 " (one.lot) } "，有效期至 " (until(one.valid_until.as_ref())) "，账面 " (one.left) " 件" }
                    input type="hidden" name=(batch) value=(one.left);
                    div.pair {
                        (Field::new(&counted, "实盘数", Kind::Number { usual: None }).unmarked().unit("件")
                            .value(form.text(&counted)).fault(problem).show())
                        (Field::new(&reason, "差异原因", Kind::Line).unmarked()
                            .value(form.text(&reason)).fault(problem).show())
                    }
                }
            }
            button.main type="submit" { "提交盘点" }
        }
    }
}

/// The names of a batch's fields: what the books said, what was counted, and why they differ.
fn names(id: &str) -> [String; 3] {
    ["seen", "counted", "reason"].map(|field| format!("{field}-{id}"))
}

/// Takes a count; what is not possible comes back as it was typed, beside what the books say now.
pub(super) async fn take(
    visit: Visit,
    At(code): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::StockWrite)?;
    let good = form.need("good")?.to_owned();
    match counting(&visit, &code, &good, &form).await {
        Ok(()) => Ok(Redirect::to(&good_at(&code, &good)).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::Changed) => {
            let page = page(&visit, code, good, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn counting(visit: &Visit, code: &str, good: &str, form: &Form) -> Result<(), Problem> {
    let of = OfGood { good: Some(good.to_owned()) };
    let at = || At(code.to_owned());
    let batches = read::batches(visit.state(), visit.who(), at(), Search(of)).await?.0;
    let mut rows = Vec::new();
    for one in &batches {
        let [seen, counted, reason] = names(&one.id);
        if form.text(&counted).is_none() {
            continue;
        }
        rows.push(CountedBatch {
            batch: one.id.clone(),
            seen: whole(form, &seen)?,
            counted: whole(form, &counted)?,
            reason: form.text(&reason).map(ToOwned::to_owned),
        });
    }
    if rows.is_empty() {
        let first = batches.first().map(|one| names(&one.id)).map(|[_, counted, _]| counted);
        let place = first.unwrap_or_default();
        return Err(Problem::invalid(&place, "至少填一批的实盘数"));
    }
    let ids: Vec<String> = rows.iter().map(|row| row.batch.clone()).collect();
    let count = Count { good: good.to_owned(), batches: rows };
    let told = write::count(visit.state(), visit.who(), at(), form.write(count)?).await;
    told.map(drop).map_err(|problem| at_field(problem, &ids))
}

/// The same problem at the field of the form instead of the place in what was sent.
fn at_field(problem: Problem, ids: &[String]) -> Problem {
    if problem.code == Code::Changed {
        return problem.saying("盘点期间有出入库，账面数已经更新，请核对后再提交");
    }
    let place = problem.place.as_deref().and_then(|place| {
        let (row, field) = place.strip_prefix("batches[")?.split_once("].")?;
        Some(format!("{field}-{}", ids.get(row.parse::<usize>().ok()?)?))
    });
    Problem { place: place.or(problem.place.clone()), ..problem }
}
