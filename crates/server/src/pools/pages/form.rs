//! A pool, and the form of a list: points for each helper. What was typed stays when something is
//! wrong, and each fault is told at its helper.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Moment;
use kangji_rights::Action;
use maud::{Markup, html};

use super::{back, helps_as};
use crate::{
    input::At,
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    pools::{PoolList, PoolText, show as read},
    problem::{Code, Problem},
    proposals::{HandOnWanted, Receiver, Wanted, propose},
};

pub(super) async fn show(visit: Visit, At(account): At<String>) -> Result<Page, Problem> {
    page(&visit, account, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    account: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let pool = read(visit.state(), visit.who(), At(account)).await?.0;
    let entry = &pool.entry;
    let points = parts::points(entry.redeemable, entry.decimals);
    let body = html! {
        p.lead { (entry.title) }
        div.figures { (parts::figure("可分发", &points, "分")) }
        (faults(problem))
        @if pool.helpers.is_empty() {
            (parts::empty("本村（社区）还没有登记帮办人员（干部、社工、网格员、小组长）。", html! {
                @if visit.may(Action::ResidentsWrite) {
                    a.button href="/residents" { "去居民里登记" }
                }
            }))
        } @else if entry.redeemable > 0 {
            (list_form(visit, &pool, form, problem))
        } @else {
            p { "池里现在没有可以分发的积分。" }
        }
        (lists(&pool))
        (back())
    };
    Ok(visit.page(&format!("{} 积分池", entry.community), body))
}

fn list_form(visit: &Visit, pool: &PoolText, form: &Form, problem: Option<&Problem>) -> Markup {
    let entry = &pool.entry;
    html! {
        h2 { "拟一张分发名单" }
        form method="post" action=(format!("/pools/{}", entry.account)) {
            (visit.seal())
            @for helper in &pool.helpers {
                @let name = field_of(&helper.resident);
                @let label = format!("{}（{}）", helper.name, helps_as(visit, &helper.groups));
                (Field::new(&name, &label, Kind::Number { usual: None }).unmarked().unit("分")
                    .value(form.text(&name)).fault(problem).show())
            }
            (Field::new("reason", "事由", Kind::Line).required().hint("例如：三季度组织老年人体检")
                .value(form.text("reason")).fault(problem).show())
            p.hint { "空着的不分。合计不能超过池里的积分；提交后由另一位工作人员签字才入账。" }
            button.main type="submit" { "提交名单" }
        }
    }
}

/// The field with a helper's points.
fn field_of(resident: &str) -> String {
    format!("points-{resident}")
}

fn lists(pool: &PoolText) -> Markup {
    let columns = [
        Column::Text("提交时间"),
        Column::Text("事由"),
        Column::Number("人数"),
        Column::Number("积分"),
        Column::Text("状态"),
    ];
    let row = |one: &PoolList| {
        let address = format!("/pools/{}/lists/{}", pool.entry.account, one.proposal);
        vec![
            html! { a href=(address) { (Moment::from_millis(one.proposed_at)) } },
            html! { (one.reason) },
            html! { (one.receivers) },
            html! { (parts::points(one.points, pool.entry.decimals)) },
            stage(one.accepted),
        ]
    };
    let rows: Vec<_> = pool.lists.iter().map(row).collect();
    html! { @if !rows.is_empty() { (parts::table("名单（新的在前）", &columns, &rows)) } }
}

/// What became of a list.
pub(super) fn stage(accepted: Option<bool>) -> Markup {
    match accepted {
        None => parts::tag(Tone::Warn, "待第二人签字"),
        Some(true) => parts::tag(Tone::Good, "已分发"),
        Some(false) => parts::tag(Tone::Plain, "未通过"),
    }
}

/// Takes a list; one that is not possible comes back as it was typed.
pub(super) async fn take(
    visit: Visit,
    At(account): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::PoolsHandOn)?;
    let pool = read(visit.state(), visit.who(), At(account.clone())).await?.0;
    let given = pool.helpers.iter().filter_map(|helper| {
        let points = form.text(&field_of(&helper.resident))?.to_owned();
        Some(Receiver { resident: helper.resident.clone(), points })
    });
    let list: Vec<Receiver> = given.collect();
    match proposing(&visit, &account, list.clone(), &form).await {
        Ok(id) => Ok(Redirect::to(&format!("/pools/{account}/lists/{id}")).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::Conflict) => {
            let problem = at_field(problem, &list);
            let page = page(&visit, account, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn proposing(
    visit: &Visit,
    account: &str,
    list: Vec<Receiver>,
    form: &Form,
) -> Result<String, Problem> {
    let reason = form.need("reason")?.to_owned();
    let wanted = Wanted::HandOn(HandOnWanted { pool: account.to_owned(), list, reason });
    let text = propose(visit.state(), visit.who(), form.write(wanted)?).await?.1.0;
    Ok(text.entry.id)
}

/// The field of the page that the API's answer is about; of what is about the whole list, none.
fn at_field(problem: Problem, list: &[Receiver]) -> Problem {
    let place = problem.place.as_deref().and_then(|place| {
        let inside = place.strip_prefix("hand_on.").unwrap_or(place);
        let number = inside.strip_prefix("list[").and_then(|rest| rest.split(']').next());
        match number.and_then(|number| list.get(number.parse::<usize>().ok()?)) {
            Some(one) => Some(field_of(&one.resident)),
            None => Some(inside.to_owned()).filter(|inside| inside == "reason"),
        }
    });
    Problem { place, ..problem }
}
