//! The statements of shops, and drawing up those of a month.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use kangji_core::{Period, PeriodKind};
use kangji_redemption::settlement::StatementState;
use kangji_rights::Action;
use maud::{Markup, html};

use super::{month, stage, yuan};
use crate::{
    input::Search,
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, faults},
    },
    problem::{Code, Problem},
    statements::{Drawing, Which, draw as drawn, list, shown::StatementEntry},
    stock::reached,
};

pub(super) async fn show(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    page(&visit, which, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    which: Which,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    // A filter that is left empty asks for everything.
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (period, state, shop) = (given(which.period), given(which.state), given(which.shop));
    let asked = [("period", &period), ("state", &state), ("shop", &shop)];
    let asked: Vec<(&str, String)> =
        asked.iter().filter_map(|(name, text)| Some((*name, (*text).clone()?))).collect();
    let after = which.after;
    let query = Which { period, state, shop, after, limit: None };
    let found = list(visit.state(), visit.who(), Search(query.clone())).await?.0;
    let next = found.next.as_ref().map(|next| {
        let pairs: Vec<_> = asked.iter().cloned().chain([("after", next.clone())]).collect();
        format!("/statements?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    });
    let settles = visit.may(Action::StatementsSettle);
    let body = html! {
        p.lead {
            @if settles {
                "每月一张：先由商户确认或提出异议，再由两位工作人员先后审核、结算。平台不经手资金。"
            } @else {
                "每月一张，列出本店当月的每一笔抵扣。请逐张核对、确认；有出入的逐行提出异议。"
            }
        }
        (faults(problem))
        @if settles { (drawing(visit, form, problem).await?) }
        (filter(&query))
        @if found.items.is_empty() {
            (parts::empty("没有符合条件的结算单。", html! {
                @if !asked.is_empty() { a.button href="/statements" { "看全部" } }
            }))
        } @else {
            (table(&found.items))
        }
        (parts::more(next.as_deref()))
    };
    Ok(visit.page("结算单", body))
}

/// The form by which the bureau draws up what is missing of a month.
async fn drawing(visit: &Visit, form: &Form, problem: Option<&Problem>) -> Result<Markup, Problem> {
    let State(app): State<crate::app::App> = visit.state();
    let this_month = Period::containing(PeriodKind::Month, app.now().day()).days().from;
    let last = Period::containing(PeriodKind::Month, this_month.previous()).to_string();
    let all = reached(visit, Action::StatementsSettle).await?;
    let shops = all.into_iter().filter(|one| one.level == kangji_redemption::Level::Shop);
    let mut choices = vec![(String::new(), "全部商户".to_owned())];
    choices.extend(shops.map(|shop| (shop.code, shop.name)));
    Ok(html! {
        details open[problem.is_some()] {
            summary { "生成一个月的结算单" }
            form method="post" action="/statements" {
                (visit.seal())
                div.pair {
                    (Field::new("period", "月份", Kind::Line).among("draw").required().hint("例如 2026-07")
                        .value(form.text("period").or(Some(&last))).fault(problem).show())
                    (Field::new("shop", "商户", Kind::Choice(&choices)).among("draw").unmarked()
                        .value(form.text("shop").or(Some(""))).fault(problem).show())
                }
                p.hint { "已经生成过的不会重复生成；没有抵扣的商户没有结算单。" }
                button.main type="submit" { "生成结算单" }
            }
        }
    })
}

fn filter(query: &Which) -> Markup {
    let mut states = vec![(String::new(), "全部状态".to_owned())];
    states.extend(
        StatementState::ALL.iter().map(|one| (one.word().to_owned(), one.chinese().to_owned())),
    );
    html! {
        form.filter method="get" action="/statements" {
            (Field::new("period", "月份", Kind::Line).among("filter").unmarked().hint("例如 2026-07")
                .value(query.period.as_deref()).show())
            (Field::new("state", "状态", Kind::Choice(&states)).unmarked()
                .value(query.state.as_deref().or(Some(""))).show())
            button type="submit" { "筛选" }
        }
    }
}

fn table(items: &[StatementEntry]) -> Markup {
    let columns = [
        Column::Text("月份"),
        Column::Text("商户"),
        Column::Text("积分办法"),
        Column::Number("行数"),
        Column::Number("积分"),
        Column::Number("抵扣（元）"),
        Column::Text("状态"),
    ];
    let row = |one: &StatementEntry| {
        vec![
            html! { a href=(format!("/statements/{}", one.id)) { (month(&one.period)) } },
            html! { (one.shop_name) },
            html! { (one.title) },
            html! { (one.totals.lines) },
            html! { (parts::points(one.totals.points, one.decimals)) },
            html! { (yuan(one.totals.off_fen)) },
            html! { (stage(one)) },
        ]
    };
    let rows: Vec<_> = items.iter().map(row).collect();
    parts::table("结算单（后生成的在前）", &columns, &rows)
}

/// Draws up a month; what is not possible comes back as it was typed.
pub(super) async fn draw(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::StatementsSettle)?;
    match drawing_up(&visit, &form).await {
        Ok(period) => Ok(Redirect::to(&format!("/statements?period={period}")).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::Conflict) => {
            let page = page(&visit, Which::default(), &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn drawing_up(visit: &Visit, form: &Form) -> Result<String, Problem> {
    let period = form.need("period")?.to_owned();
    let shop = form.text("shop").map(ToOwned::to_owned);
    let wanted = Drawing { period: period.clone(), shop };
    drop(drawn(visit.state(), visit.who(), form.write(wanted)?).await?);
    Ok(period)
}
