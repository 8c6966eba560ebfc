//! Issuing: the credits of a resident that are not on paper yet, to be ticked, and the vouchers
//! they have (P5, P10).

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use kangji_store::Institution;
use maud::{Markup, html};

use super::{is_about_it, last_day, points, state};
use crate::{
    input::{At, Search, Whole},
    orders::pages::{
        here::{self, Here},
        proxy,
    },
    pages::{
        Form, Page, Visit,
        parts::{self, Column, faults},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
    residents::{
        Resident,
        pages::{at_desk, name},
        show as resident,
    },
    vouchers::{
        acts::{self, NewIssue},
        read::{self, OfPerson, VoucherCredit},
        told::VoucherShown,
    },
};

const TITLE: &str = "发积分券";

pub(super) async fn show(
    visit: Visit,
    At(id): At<String>,
    Search(here::At { at }): Search<here::At>,
) -> Result<Page, Problem> {
    at_desk(&visit)?;
    let here = Here::find(&visit, Action::VouchersIssue, at).await?;
    page(&visit, &here, &id, &Form::default(), None).await
}

/// A credit as the form names it: a scheme and a lot.
fn named(credit: &VoucherCredit) -> String {
    format!("{} {}", credit.scheme, credit.lot)
}

async fn page(
    visit: &Visit,
    here: &Here,
    id: &str,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let path = format!("/residents/{id}/vouchers");
    let Some(place) = here.counter() else { return Ok(here.choose(visit, &path)) };
    let (_, known) = resident(visit.state(), visit.who(), At(id.to_owned())).await?;
    let credits = read::credits(visit.state(), visit.who(), At(id.to_owned())).await?.0.items;
    let all = Search(OfPerson { after: None, limit: Some(200) });
    let vouchers = read::of_person(visit.state(), visit.who(), At(id.to_owned()), all).await?.0;
    let body = html! {
        p.lead {
            a href=(format!("/residents/{id}")) { (name(&known.0)) } " · " (place.name)
            @if here.has_others() { " " a href=(path) { "换一个机构" } }
        }
        (faults(problem))
        (to_tick(visit, place, &known.0, &credits, form, problem))
        (had(&vouchers.items))
        p { a href=(format!("{path}/take-over?at={}", place.code)) { "补登系统启用前的手写券" } }
    };
    Ok(visit.page(TITLE, body))
}

fn to_tick(
    visit: &Visit,
    place: &Institution,
    known: &Resident,
    credits: &[VoucherCredit],
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    if credits.is_empty() {
        return parts::empty(
            "没有可以制券的积分：还没有入账，或者都在券上了。健康效果积分要等家庭医生审核同意。",
            html! { a.button href=(format!("/residents/{}", known.id)) { "回到居民" } },
        );
    }
    let ticked: Vec<&str> = form.texts("lot").collect();
    html! {
        form method="post" action=(format!("/residents/{}/vouchers", known.id)) {
            (visit.seal())
            input type="hidden" name="at" value=(place.code);
            fieldset.credits {
                legend { "已经入账、还没有制券的积分（每勾一项发一张券）" }
                @for credit in credits {
                    @let value = named(credit);
                    label.tick {
                        input type="checkbox" name="lot" value=(value)
                            checked[ticked.contains(&value.as_str())];
                        span {
                            strong { (parts::points(credit.points, credit.decimals)) " 分" }
                            " " (credit.full_title.as_deref().unwrap_or(&credit.title))
                            " " span.small {
                                (said(&credit.date)) "，" (last_day(credit.expires_on.as_deref()))
                            }
                        }
                    }
                }
            }
            (proxy::fields(form, problem))
            p { "发券以后，这些积分就从电子余额转到券上。" }
            p.buttons { button.main type="submit" { "发券并打印" } }
        }
    }
}

fn had(vouchers: &[VoucherShown]) -> Markup {
    let columns = [
        Column::Text("编号"),
        Column::Text("项目"),
        Column::Number("分值"),
        Column::Text("有效期"),
        Column::Text("状态"),
    ];
    let row = |voucher: &VoucherShown| {
        let issue = voucher.issue.as_ref()?;
        Some(vec![
            html! { a href=(format!("/vouchers/{}", voucher.serial)) { (voucher.serial) } },
            html! { (issue.title) },
            html! { (points(voucher)) },
            html! { (last_day(issue.expires_on.as_deref())) },
            html! { (state(voucher.state)) },
        ])
    };
    let rows: Vec<_> = vouchers.iter().filter_map(row).collect();
    html! { @if !rows.is_empty() { (parts::table("已经发过的券", &columns, &rows)) } }
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
    match issued(&visit, place, &id, &form).await {
        Ok(serials) => {
            let of = serials.join(",");
            let query = serde_urlencoded::to_string([("of", of)]).unwrap_or_default();
            Ok(Redirect::to(&format!("/vouchers/sheets?{query}")).into_response())
        }
        Err(problem) if is_about_it(&problem) => {
            let page = page(&visit, &here, &id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Issues a voucher for each credit that was ticked. Where one is refused, those before it are
/// issued; the form that is shown again has the others.
async fn issued(
    visit: &Visit,
    place: &Institution,
    id: &str,
    form: &Form,
) -> Result<Vec<String>, Problem> {
    let proxy = proxy::read(form)?;
    let mut serials = Vec::new();
    for value in form.texts("lot") {
        let (scheme, lot) = value.split_once(' ').ok_or(Code::Malformed)?;
        let body = NewIssue {
            person: id.to_owned(),
            scheme: scheme.to_owned(),
            lot: Whole(lot.parse().map_err(|_| Problem::from(Code::Malformed))?),
            institution: place.code.clone(),
            serial: None,
            proxy: proxy.clone(),
        };
        let write = form.write_part(body, value)?;
        let (_, told) = acts::issue(visit.state(), visit.who(), write).await?;
        serials.push(told.0.serial);
    }
    if serials.is_empty() {
        return Err(Problem::invalid("lot", "请至少勾选一项积分"));
    }
    Ok(serials)
}
