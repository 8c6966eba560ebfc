//! The page of what an institution spent besides goods, with the form that enters more.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Fen;
use kangji_redemption::cost::{Source, Use};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{Costs, Entered, Spending, Which, enter, list};
use crate::{
    input::{At, Search},
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, faults},
    },
    problem::{Code, Problem},
    stock::{choose, reached, sources, staff_names, yuan},
};

pub(crate) fn pages() -> Pages {
    Pages::default().get("/costs", mine).get("/costs/{code}", show).post("/costs/{code}", take)
}

/// What one's own institution spent; of several, one is chosen first.
async fn mine(visit: Visit) -> Result<Page, Problem> {
    let all = reached(&visit, Action::StockRead).await?;
    match all.as_slice() {
        [one] => page(&visit, one.code.clone(), Which::default(), &Form::default(), None).await,
        _ => Ok(visit.page("经费支出", choose(&all, "/costs"))),
    }
}

async fn show(
    visit: Visit,
    At(code): At<String>,
    Search(which): Search<Which>,
) -> Result<Page, Problem> {
    page(&visit, code, which, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    code: String,
    which: Which,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let costs = list(visit.state(), visit.who(), At(code.clone()), Search(which)).await?.0;
    let next = costs.next.as_ref().map(|next| format!("/costs/{code}?after={next}"));
    let body = html! {
        p.lead { (costs.name) }
        (faults(problem))
        @if visit.may(Action::CostsWrite) { (entry_form(visit, &code, form, problem)) }
        h2 { "已登记的支出" }
        (table(visit, &costs).await?)
        (parts::more(next.as_deref()))
        p.no-print { a href="/figures" { "看经费和统计" } }
    };
    Ok(visit.page("经费支出", body))
}

fn entry_form(visit: &Visit, code: &str, form: &Form, problem: Option<&Problem>) -> Markup {
    let uses = Use::ALL.iter().filter(|used_for| **used_for != Use::Goods);
    let uses: Vec<_> = uses.map(|one| (one.word().to_owned(), one.chinese().to_owned())).collect();
    let sources = sources();
    let today = visit.app().now().day().to_string();
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    html! {
        p { "发放的物品按批次单价自动计入，这里只登记印制、宣传和劳务。" }
        form method="post" action=(format!("/costs/{code}")) {
            (visit.seal())
            div.pair {
                (Field::new("day", "支出日期", Kind::Day).required()
                    .value(form.text("day").or(Some(&today))).fault(problem).show())
                (field("fen", "金额", Kind::Number { usual: None }).required().unit("元").show())
            }
            div.pair {
                (field("source", "经费来源", Kind::Choice(&sources)).required().show())
                (field("used_for", "用途", Kind::Choice(&uses)).required().show())
            }
            (field("note", "摘要和凭证号", Kind::Line).required().show())
            (field("takes_back", "这是冲减：以前多记了，这次减去", Kind::Tick).show())
            button.main type="submit" { "登记支出" }
        }
    }
}

async fn table(visit: &Visit, costs: &Costs) -> Result<Markup, Problem> {
    if costs.items.is_empty() {
        return Ok(parts::empty("还没有登记支出。", html! {}));
    }
    let names = staff_names(visit, costs.items.iter().map(|one| &one.entered_by)).await?;
    let columns = [
        Column::Text("日期"),
        Column::Text("来源"),
        Column::Text("用途"),
        Column::Number("金额（元）"),
        Column::Text("摘要"),
        Column::Text("登记"),
    ];
    let row = |one: &Entered| {
        vec![
            html! { (one.day) },
            html! { (Source::of_word(&one.source).map_or("", Source::chinese)) },
            html! { (Use::of_word(&one.used_for).map_or("", Use::chinese)) },
            html! { (Fen(one.fen)) },
            html! { (one.note) },
            html! { (names.get(&one.entered_by).map_or("", String::as_str)) },
        ]
    };
    let rows: Vec<_> = costs.items.iter().map(row).collect();
    Ok(parts::table("支出（后登记的在前）", &columns, &rows))
}

/// Takes an entry; one that is not possible comes back as it was typed.
async fn take(visit: Visit, At(code): At<String>, form: Form) -> Result<Response, Problem> {
    visit.need(Action::CostsWrite)?;
    match entering(&visit, &code, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/costs/{code}")).into_response()),
        Err(problem) if problem.code == Code::Invalid => {
            let page = page(&visit, code, Which::default(), &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn entering(visit: &Visit, code: &str, form: &Form) -> Result<(), Problem> {
    let typed = |name| form.need(name).map(ToOwned::to_owned);
    let spending = Spending {
        day: typed("day")?,
        fen: yuan(form, "fen")?,
        source: typed("source")?,
        used_for: typed("used_for")?,
        note: typed("note")?,
        takes_back: form.text("takes_back").is_some(),
    };
    let at = At(code.to_owned());
    drop(enter(visit.state(), visit.who(), at, form.write(spending)?).await?);
    Ok(())
}
