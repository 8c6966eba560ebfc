//! Vouchers that were written by hand before the system came: each is taken over against its stub
//! and bears a credit from then on (P10).

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use kangji_store::Institution;
use maud::html;

use super::is_about_it;
use crate::{
    input::{At, Search, Whole},
    orders::pages::here::{self, Here},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, faults},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
    residents::{
        pages::{at_desk, name},
        show as resident,
    },
    vouchers::{
        acts::{self, TakeOver},
        read,
        told::VoucherShown,
    },
};

const TITLE: &str = "补登手写券";

pub(super) async fn ask(
    visit: Visit,
    At(id): At<String>,
    Search(here::At { at }): Search<here::At>,
) -> Result<Page, Problem> {
    at_desk(&visit)?;
    let here = Here::find(&visit, Action::VouchersIssue, at).await?;
    page(&visit, &here, &id, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    here: &Here,
    id: &str,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let path = format!("/residents/{id}/vouchers");
    let Some(place) = here.counter() else {
        return Ok(here.choose(visit, &format!("{path}/take-over")));
    };
    let back = format!("{path}?at={}", place.code);
    let (_, known) = resident(visit.state(), visit.who(), At(id.to_owned())).await?;
    let credits = read::credits(visit.state(), visit.who(), At(id.to_owned())).await?.0.items;
    let choices: Vec<(String, String)> = credits
        .iter()
        .map(|credit| {
            let title = credit.full_title.as_deref().unwrap_or(&credit.title);
            let points = parts::points(credit.points, credit.decimals);
            let value = format!("{} {} {}", credit.scheme, credit.lot, credit.decimals);
            (value, format!("{} {title} {points} 分", said(&credit.date)))
        })
        .collect();
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    let body = html! {
        p.lead { a href=(back) { (name(&known.0)) } " · " (place.name) }
        (faults(problem))
        @if choices.is_empty() {
            (parts::empty(
                "账上没有可以对应的积分。手写券所凭的服务要先登记入账，再来补登；补登不重复计分。",
                html! { a.button href=(format!("/residents/{id}")) { "回到居民" } },
            ))
        } @else {
            form method="post" action=(format!("{path}/take-over")) {
                (visit.seal())
                input type="hidden" name="at" value=(place.code);
                p { "请把手写券的副券拿在手里，照着填。分值要和账上这笔积分一致。" }
                (field("number", "券上的编号", Kind::Line).required().first().show())
                (field("date", "券上的日期", Kind::Day).required().show())
                (field("stub", "副券上的分值", Kind::Number { usual: None }).required().unit("分")
                    .show())
                (field("lot", "对应账上哪一笔积分", Kind::Choice(&choices)).required().show())
                p.buttons {
                    button.main type="submit" { "补登" }
                    a.button.quiet href=(back) { "不补登" }
                }
            }
        }
    };
    Ok(visit.page(TITLE, body))
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::VouchersIssue)?;
    let at = form.text("at").map(ToOwned::to_owned);
    let here = Here::find(&visit, Action::VouchersIssue, at).await?;
    let Some(place) = here.counter() else {
        return Ok(here.choose(&visit, &format!("/residents/{id}/vouchers")).into_response());
    };
    match taken_over(&visit, place, &id, &form).await {
        Ok(told) => Ok(Redirect::to(&super::end::at(&told.serial, "issued")).into_response()),
        Err(problem) if is_about_it(&problem) => {
            let page = page(&visit, &here, &id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn taken_over(
    visit: &Visit,
    place: &Institution,
    id: &str,
    form: &Form,
) -> Result<VoucherShown, Problem> {
    let number = form.need("number")?.to_owned();
    let date = form.need("date")?.to_owned();
    let value: Vec<&str> = form.need("lot")?.split(' ').collect();
    let [scheme, lot, decimals] = value.as_slice() else { return Err(Code::Malformed.into()) };
    let whole = |text: &str| text.parse().map_err(|_| Problem::from(Code::Malformed));
    let body = TakeOver {
        person: id.to_owned(),
        scheme: (*scheme).to_owned(),
        lot: Whole(whole(lot)?),
        institution: place.code.clone(),
        number,
        stub: Whole(units(form, "stub", whole(decimals)?)?),
        date,
    };
    Ok(acts::take_over(visit.state(), visit.who(), form.write(body)?).await?.1.0)
}

/// Points that were typed, in the scheme's smallest unit.
pub(super) fn units(form: &Form, name: &str, decimals: u32) -> Result<u32, Problem> {
    let wrong = || Problem::invalid(name, "请照副券填写分值，例如 5");
    let decimals = u8::try_from(decimals).ok().and_then(kangji_core::Decimals::new);
    let typed: kangji_core::Decimal = form.need(name)?.parse().map_err(|_| wrong())?;
    let points = decimals.unwrap_or_default().exact(typed).ok_or_else(wrong)?;
    u32::try_from(points.0).map_err(|_| wrong())
}
