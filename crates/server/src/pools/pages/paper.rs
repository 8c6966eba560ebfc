//! A list: the second person decides it, and on paper everybody on it signs.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::{Decimal, Decimals, Moment, Points, ids::HolderId};
use kangji_rights::Action;
use kangji_store::Actor;
use maud::{Markup, html};

use super::{form::stage, helps_as};
use crate::{
    input::At,
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    pools::{PoolText, helper, show as pool_of},
    problem::{Code, Problem},
    proposals::{Content, DecisionWanted, HandOnWanted, ProposalText, decide, show as read},
    stock::staff_names,
};

pub(super) async fn show(
    visit: Visit,
    At((account, id)): At<(String, String)>,
) -> Result<Page, Problem> {
    page(&visit, account, id, &Form::default(), None).await
}

/// A list and its pool.
struct Known {
    pool: PoolText,
    proposal: ProposalText,
}

impl Known {
    fn list(&self) -> Result<&HandOnWanted, Problem> {
        match &self.proposal.content {
            Content::HandOn(list) if list.pool == self.pool.entry.account => Ok(list),
            _ => Err(Code::NotFound.into()),
        }
    }
}

async fn page(
    visit: &Visit,
    account: String,
    id: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let pool = pool_of(visit.state(), visit.who(), At(account)).await?.0;
    let proposal = read(visit.state(), visit.who(), At(id)).await?.0;
    let known = Known { pool, proposal };
    let list = known.list()?;
    let entry = &known.proposal.entry;
    let decided = entry.decision.as_ref();
    let ids = [&entry.proposed_by].into_iter().chain(decided.map(|one| &one.by));
    let names = staff_names(visit, ids).await?;
    let named = |id: &String| names.get(id).map_or("", String::as_str).to_owned();
    let minute = |at| Moment::from_millis(at).to_string();
    let body = html! {
        (faults(problem))
        p.lead { (known.pool.entry.title) " " (stage(decided.map(|one| one.accepted))) }
        (parts::facts(&[
            ("村（社区）", html! { (known.pool.entry.community) }),
            ("事由", html! { (list.reason) }),
            ("拟定", html! { (minute(entry.proposed_at)) "，" (named(&entry.proposed_by)) }),
            ("签字", html! {
                @match decided {
                    Some(one) => { (minute(one.at)) "，" (named(&one.by)) }
                    None => { "待另一位工作人员" }
                }
            }),
        ]))
        (receivers(visit, &known, list).await?)
        @if let Some(one) = decided.filter(|one| !one.accepted && !one.reason.is_empty()) {
            p.typed { "未通过的原因：" (one.reason) }
        }
        div.only-print {
            p.signatures { span { "拟定人签字" } span { "第二人签字" } span { "日期" } }
            div.seals { div.seal { p { "村（社区）盖章" } } }
        }
        @if decided.is_none() { (decision(visit, &known, form, problem)) }
        p.buttons { button type="button" data-print { "打印名单" } }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
        p.no-print {
            a href=(format!("/pools/{}", known.pool.entry.account)) { "← 回到这个积分池" }
        }
    };
    Ok(visit.page("积分分发名单", body))
}

/// Who receives how much, with a place for everybody's signature.
async fn receivers(visit: &Visit, known: &Known, list: &HandOnWanted) -> Result<Markup, Problem> {
    let ids: Vec<HolderId> = list.list.iter().filter_map(|one| one.resident.parse().ok()).collect();
    let people = visit.app().looking(move |app| {
        let known = app.store().residents(&ids)?;
        known.iter().map(|one| helper(app, one)).collect::<Result<Vec<_>, Problem>>()
    });
    let people = people.await?;
    let decimals = Decimals::new(known.pool.entry.decimals).unwrap_or_default();
    let columns = [
        Column::Number("序号"),
        Column::Text("姓名"),
        Column::Text("身份"),
        Column::Number("积分"),
        Column::Text("领取人签字"),
    ];
    let units = |text: &str| {
        let number: Option<Decimal> = text.parse().ok();
        number.and_then(|number| decimals.exact(number)).unwrap_or_default()
    };
    let mut rows = Vec::with_capacity(list.list.len() + 1);
    for (number, one) in (1..).zip(&list.list) {
        let person = people.iter().find(|person| person.resident == one.resident);
        rows.push(vec![
            html! { (number) },
            html! { (person.map_or("已注销", |person| person.name.as_str())) },
            html! { (person.map(|person| helps_as(visit, &person.groups)).unwrap_or_default()) },
            html! { (decimals.short(units(&one.points))) },
            html! { span.blank {} },
        ]);
    }
    let all = list.list.iter().map(|one| units(&one.points));
    let sum = all.fold(Points::ZERO, Points::saturating_add);
    let none = || html! {};
    rows.push(vec![none(), html! { "合计" }, none(), html! { (decimals.short(sum)) }, none()]);
    Ok(parts::table("名单", &columns, &rows))
}

fn decision(visit: &Visit, known: &Known, form: &Form, problem: Option<&Problem>) -> Markup {
    let entry = &known.proposal.entry;
    let is_own =
        matches!(visit.who().principal(), Actor::Staff(id) if id.to_string() == entry.proposed_by);
    if is_own {
        let body = html! {
            p { "这张名单是您拟的，请另一位有权限的工作人员登录后签字。" }
        };
        return html! { div.no-print { (parts::notice(Tone::Plain, "等待第二人签字", body)) } };
    }
    let here = format!("/pools/{}/lists/{}", known.pool.entry.account, entry.id);
    html! {
        form method="post" action=(here) {
            (visit.seal())
            (Field::new("reason", "不通过的原因", Kind::Line).hint("签字同意的不用填")
                .value(form.text("reason")).fault(problem).show())
            p.buttons {
                button.main type="submit" name="accept" value="true" { "签字同意，分发" }
                button.danger type="submit" name="accept" value="false" { "不通过" }
            }
        }
    }
}

/// Takes the second person's decision.
pub(super) async fn take(
    visit: Visit,
    At((account, id)): At<(String, String)>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::PoolsHandOn)?;
    match deciding(&visit, &id, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/pools/{account}/lists/{id}")).into_response()),
        Err(problem)
            if matches!(problem.code, Code::Invalid | Code::Conflict | Code::SamePerson) =>
        {
            let page = page(&visit, account, id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn deciding(visit: &Visit, id: &str, form: &Form) -> Result<(), Problem> {
    let accept = form.need("accept")? == "true";
    let reason = form.text("reason").unwrap_or_default().to_owned();
    if !accept && reason.is_empty() {
        return Err(Problem::invalid("reason", "请写明不通过的原因"));
    }
    let wanted = form.write(DecisionWanted { accept, reason })?;
    drop(decide(visit.state(), visit.who(), At(id.to_owned()), wanted).await?);
    Ok(())
}
