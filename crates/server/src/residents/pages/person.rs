//! A person: who they are, their points, the latest records, what earns next, what there is to do.

use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, corrections, facts::facts, if_allowed};
use crate::{
    input::{At, Search},
    pages::{
        Page, Visit,
        parts::{self, Column, Tone},
    },
    points::{
        accounts::Account,
        pages::{self as points, Scheme, sheet::called, statement},
    },
    problem::Problem,
    records::{self, Record, pages::choose::usual},
    residents::{Resident, corrections::Asked, glance, show as resident},
};

/// So many records are shown; the others are a page away.
const LATEST: u32 = 10;

/// What was just done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Done {
    done: Option<String>,
}

/// How a person is called on a page: masked, and by the code where no name is known.
pub(crate) fn name(resident: &Resident) -> String {
    resident.name.clone().unwrap_or_else(|| format!("居民 {}", resident.code))
}

pub(super) async fn show(
    visit: Visit,
    At(id): At<String>,
    Search(Done { done }): Search<Done>,
) -> Result<Page, Problem> {
    at_desk(&visit)?;
    let (_, known) = resident(visit.state(), visit.who(), At(id.clone())).await?;
    let known = known.0;
    let accounts = points::accounts(&visit, &id);
    let (accounts, records, asked) =
        tokio::join!(accounts, latest_records(&visit, &id), waiting(&visit, &id));
    let (accounts, records, asked) = (accounts?, records?, asked?);
    let schemes = points::schemes(&visit, &known, accounts.as_deref()).await?;
    let ahead = ahead(&visit, &id, schemes.first()).await?;
    let body = html! {
        (said(done.as_deref()))
        @for asked in &asked { (corrections::waiting(asked)) }
        (tasks(&visit, &id))
        @if visit.may(Action::RecordsWrite) {
            (usual(&glance::of(&visit, &known), visit.app().store().words()))
        }
        (facts(&visit, &known))
        @if let Some(accounts) = &accounts { (points_of(&visit, &id, accounts, &schemes)) }
        (ahead)
        @if let Some(records) = &records { (records_of(&visit, &id, records)) }
    };
    Ok(visit.page(&name(&known), body))
}

/// What was just done, if anything was.
fn said(done: Option<&str>) -> Markup {
    let (title, detail) = match done {
        Some("registered") => ("已登记", "可以接着登记服务，或给居民发登录码。"),
        Some("changed") => ("已保存", "资料已更新，积分会按新的资料计算。"),
        Some("decided") => ("已处理", "居民会在自己的页面看到答复。"),
        _ => return html! {},
    };
    parts::notice(Tone::Good, title, html! { p { (detail) } })
}

/// What there is to do, as far as somebody may.
fn tasks(visit: &Visit, id: &str) -> Markup {
    let at = |rest: &str| format!("/residents/{id}/{rest}");
    html! {
        div.buttons {
            @if visit.may(Action::RecordsWrite) {
                a.button.main href=(at("records/new")) { "登记服务" }
            }
            @if visit.may(Action::PointsRead) {
                a.button href=(at("statement")) { "积分明细" }
                a.button href=(at("paper")) { "打印积分单" }
            }
            @if visit.may(Action::VouchersIssue) { a.button href=(at("vouchers")) { "发券" } }
            @if visit.may(Action::ResidentsAdmit) {
                form.inline method="post" action=(at("sign-in-code")) {
                    (visit.seal())
                    button type="submit" { "发登录码" }
                }
            }
            @if visit.may(Action::ResidentsWrite) { a.button href=(at("change")) { "修改资料" } }
            @if visit.may(Action::SanctionsDecide) {
                a.button.quiet href=(at("sanction")) { "违规处理" }
            }
            @if visit.may(Action::ResidentsReveal) {
                a.button.quiet href=(at("reveal")) { "查看完整信息" }
            }
        }
    }
}

/// Requests of this person that wait for an answer.
async fn waiting(visit: &Visit, id: &str) -> Result<Vec<Asked>, Problem> {
    if !visit.may(Action::ResidentsWrite) {
        return Ok(Vec::new());
    }
    Ok(corrections::of(visit, Some(id), None).await?.items)
}

/// The latest records, the newest first; `None` where somebody may not read them.
async fn latest_records(visit: &Visit, id: &str) -> Result<Option<Vec<Record>>, Problem> {
    if !visit.may(Action::RecordsRead) {
        return Ok(None);
    }
    if_allowed(records::latest(visit.state(), visit.who(), id, LATEST).await)
}

fn records_of(visit: &Visit, id: &str, records: &[Record]) -> Markup {
    let all = format!("/residents/{id}/records");
    let columns =
        [Column::Text("日期"), Column::Text("服务"), Column::Text("机构"), Column::Text("状态")];
    let rows: Vec<Vec<Markup>> = records.iter().map(|record| row(visit, record)).collect();
    html! {
        h2 #records { "最近的服务" }
        @if rows.is_empty() {
            (parts::empty("还没有服务记录。", html! {
                @if visit.may(Action::RecordsWrite) {
                    a.button href=(format!("{all}/new")) { "登记第一次服务" }
                }
            }))
        } @else {
            (parts::table("最近 10 次", &columns, &rows))
            p { a href=(all) { "全部记录" } }
        }
    }
}

fn row(visit: &Visit, record: &Record) -> Vec<Markup> {
    let label = |kind: &String| visit.app().store().words().kind_label(kind).to_owned();
    let label = record.kind.as_ref().map_or_else(|| "（内容受保护）".to_owned(), label);
    let state = if record.void {
        parts::tag(Tone::Bad, "已作废")
    } else {
        html! {}
    };
    vec![
        html! { (statement::said(&record.date)) },
        html! { a href=(format!("/records/{}", record.id)) { (label) } },
        html! { (record.org) },
        state,
    ]
}

/// What somebody has, under each scheme.
fn points_of(visit: &Visit, id: &str, accounts: &[Account], schemes: &[Scheme]) -> Markup {
    html! {
        h2 #points { "积分" }
        // Whoever reads what comes next reads there that there is nothing yet.
        @if accounts.is_empty() && !visit.may(Action::PointsCare) { p { "还没有积分。" } }
        @for account in accounts {
            @if accounts.len() > 1 { h3 { (called(schemes, &account.scheme)) } }
            (points::figures(account))
        }
        @if !accounts.is_empty() {
            p { a href=(format!("/residents/{id}/statement")) { "每一分从哪里来" } }
        }
    }
}

/// What the next service would earn; nothing for whoever may not know of it.
async fn ahead(visit: &Visit, id: &str, scheme: Option<&Scheme>) -> Result<Markup, Problem> {
    let Some(scheme) = scheme.filter(|_| visit.may(Action::PointsCare)) else {
        return Ok(html! {});
    };
    let explained = points::statement_of(visit, id, &scheme.id).await;
    let Some(explained) = if_allowed(explained)? else { return Ok(html! {}) };
    let wards = points::wards(visit, &explained).await?;
    let context = statement::Context { scheme: &scheme.id, wards: &wards };
    Ok(html! {
        (statement::notices(&explained))
        @if !explained.prospects.is_empty() {
            h2 #next { "接下来可以得分" }
            (statement::prospects(&explained.prospects, explained.decimals, context))
        }
    })
}
