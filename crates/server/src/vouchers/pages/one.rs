//! A voucher: where it stands, what happened to it, and what can be done with it.

use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{called, last_day, points, state};
use crate::{
    input::{At, Search},
    orders::pages::{here, minute},
    pages::{
        Page, Visit,
        parts::{self, Tone},
    },
    points::pages::statement::said,
    problem::Problem,
    vouchers::{
        read,
        told::{StateName, VoucherShown},
    },
};

/// What was just done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Done {
    done: Option<String>,
}

pub(super) async fn show(
    visit: Visit,
    At(serial): At<String>,
    Search(Done { done }): Search<Done>,
) -> Result<Page, Problem> {
    let voucher = read::show(visit.state(), visit.who(), At(serial)).await?.0;
    let names = here::names(&visit).await?;
    let body = html! {
        (just_done(done.as_deref()))
        p.lead {
            @if let Some(code) = &voucher.institution { (here::name(&names, code)) " " }
            (state(voucher.state))
        }
        (story(&visit, &voucher, &names))
        (ways(&visit, &voucher))
    };
    Ok(visit.page(&format!("积分券 {}", voucher.serial), body))
}

fn just_done(done: Option<&str>) -> Markup {
    let (title, detail) = match done {
        Some("issued") => ("已补登", "这些积分已从电子余额转到券上。"),
        Some("take-back") => ("已收回", "积分已退回电子余额，请在正券上盖“作废”。"),
        Some("lose") => ("已挂失", "这张券从此不能使用，也不补发；券上的积分到期作废。"),
        Some("spoil") => ("已作废", "请把坏券和副券一起留存。"),
        _ => return html! {},
    };
    parts::notice(Tone::Good, title, html! { p { (detail) } })
}

/// The voucher, and what happened to it.
pub(super) fn story(visit: &Visit, voucher: &VoucherShown, names: &[(String, String)]) -> Markup {
    let mut facts = Vec::new();
    if let Some(issue) = &voucher.issue {
        let title = issue.full_title.as_deref().unwrap_or(&issue.title);
        let resident = format!("/residents/{}", issue.person);
        let person = match visit.may(Action::ResidentsRead) {
            true => html! { a href=(resident) { (called(voucher)) } },
            false => html! { (called(voucher)) },
        };
        facts.push(("居民", person));
        facts.push(("项目", html! { (title) }));
        facts.push(("分值", html! { (points(voucher)) }));
        facts.push(("有效期", html! { (last_day(issue.expires_on.as_deref())) }));
        facts.push(("券上日期", html! { (said(&issue.date)) }));
        facts.push(("发放", html! { (minute(issue.issued_at)) "，" (issue.authority) }));
        if let Some(proxy) = &issue.proxy {
            facts.push(("代领", html! { (proxy.name) "（" (proxy.relation) "）" }));
        }
    }
    let printed = if voucher.by_hand { "补登" } else { "印制" };
    facts.push((printed, html! { (minute(voucher.printed_at)) }));
    if let Some(at) = voucher.stocked_at {
        facts.push(("到机构", html! { (minute(at)) }));
    }
    if let Some(at) = voucher.spent_at {
        let place = voucher.spent_place.as_deref().unwrap_or_default();
        facts.push(("兑换", html! { (minute(at)) "，" (here::name(names, place)) }));
    }
    if let Some(at) = voucher.ended_at {
        facts.push((voucher.state.chinese(), html! { (minute(at)) }));
    }
    if let Some(says) = voucher.void_says {
        facts.push(("作废原因", html! { (says) }));
    }
    if let Some(reason) = &voucher.reason {
        facts.push(("说明", html! { (reason) }));
    }
    if let (Some(at), Some(units)) = (voucher.stub_at, voucher.stub_points) {
        let points = parts::points(units, voucher.decimals);
        facts.push(("副券核对", html! { (points) " 分，" (minute(at)) }));
    }
    parts::facts(&facts)
}

fn ways(visit: &Visit, voucher: &VoucherShown) -> Markup {
    let may = visit.may(Action::VouchersIssue);
    let to = |act: &str| format!("/vouchers/{}/{act}", voucher.serial);
    html! {
        p.buttons {
            @match voucher.state {
                StateName::Issued if may => {
                    a.button href=(format!("/vouchers/sheets?of={}", voucher.serial)) { "打印券面" }
                    a.button.quiet href=(to("take-back")) { "收回，积分存回账户" }
                    a.button.quiet href=(to("lose")) { "挂失" }
                }
                StateName::Stocked if may => { a.button.quiet href=(to("spoil")) { "券坏了，作废" } }
                _ => {}
            }
            @if let (Some(code), true) = (&voucher.institution, visit.may(Action::VouchersCheck)) {
                a.button.quiet href=(format!("/vouchers/at/{code}")) { "本机构的券" }
            } @else if let (Some(issue), true) = (&voucher.issue, visit.may(Action::ResidentsRead)) {
                a.button.quiet href=(format!("/residents/{}", issue.person)) { "回到居民" }
            }
        }
    }
}
