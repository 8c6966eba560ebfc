//! Stubs are entered one after the other, by scanner or by hand, and what differs from the ledger is
//! listed to be printed (P4).

use axum::response::{IntoResponse, Response};
use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{called, is_about_it, points, state, take_over::units};
use crate::{
    input::{At, Search, Whole},
    orders::pages::here,
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    vouchers::{
        read,
        stubs::{self, AtInstitution, StubSeen, VoucherDifference, VoucherDifferences},
        told::VoucherShown,
    },
};

/// After which serial the list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    after: Option<String>,
}

pub(super) async fn show(
    visit: Visit,
    At(code): At<String>,
    Search(After { after }): Search<After>,
) -> Result<Page, Problem> {
    visit.need(Action::VouchersCheck)?;
    page(&visit, &code, after, &html! {}, (&Form::default(), None)).await
}

async fn page(
    visit: &Visit,
    code: &str,
    after: Option<String>,
    done: &Markup,
    (form, problem): (&Form, Option<&Problem>),
) -> Result<Page, Problem> {
    let which = AtInstitution { institution: code.to_owned(), after, limit: Some(200) };
    let found = stubs::differences(visit.state(), visit.who(), Search(which)).await?.0;
    let names = here::names(visit).await?;
    let here = format!("/vouchers/at/{code}/stubs");
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    let body = html! {
        p.lead { (here::name(&names, code)) }
        (done)
        (faults(problem))
        form.seek method="post" action=(here) {
            (visit.seal())
            div.line {
                (field("serial", "扫副券上的码，或输入编号", Kind::Line).required().first().show())
                (field("points", "副券上的分值", Kind::Number { usual: None }).required().unit("分")
                    .show())
                button.main type="submit" { "记下" }
            }
        }
        (differing(&found))
        p.buttons {
            button type="button" data-print { "打印差异表" }
            a.button.quiet href=(format!("/vouchers/at/{code}")) { "本机构的券" }
        }
        (parts::more(found.next.as_deref().map(|next| {
            let query = serde_urlencoded::to_string([("after", next)]).unwrap_or_default();
            format!("{here}?{query}")
        }).as_deref()))
    };
    Ok(visit.page("核对副券", body))
}

fn differing(found: &VoucherDifferences) -> Markup {
    if found.items.is_empty() {
        return parts::notice(
            Tone::Good,
            "副券和账上一致",
            html! {
                p { "发出去的券，副券都核对过，分值也都相同。" }
            },
        );
    }
    let columns = [
        Column::Text("编号"),
        Column::Text("差异"),
        Column::Text("居民"),
        Column::Number("账上"),
        Column::Number("副券"),
        Column::Text("状态"),
    ];
    let row = |VoucherDifference { differs, voucher }: &VoucherDifference| {
        vec![
            html! { a href=(format!("/vouchers/{}", voucher.serial)) { (voucher.serial) } },
            html! { (differs.chinese()) },
            html! { @if voucher.issue.is_some() { (called(voucher)) } },
            html! { @if voucher.issue.is_some() { (points(voucher)) } @else { "—" } },
            html! {
                @match voucher.stub_points {
                    Some(units) => { (parts::points(units, voucher.decimals)) " 分" }
                    None => "—",
                }
            },
            state(voucher.state),
        ]
    };
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let caption = format!("副券与账上不一致的 {} 张", rows.len());
    parts::table(&caption, &columns, &rows)
}

pub(super) async fn take(
    visit: Visit,
    At(code): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::VouchersCheck)?;
    match checked(&visit, &code, &form).await {
        Ok(voucher) => {
            // The next scan begins in an empty field.
            let said = said(&voucher);
            let page = page(&visit, &code, None, &said, (&Form::default(), None)).await?;
            Ok(page.into_response())
        }
        Err(problem) if is_about_it(&problem) || problem.code == Code::NotFound => {
            let place = Some("serial".to_owned()).filter(|_| problem.place.is_none());
            let problem = Problem { place: problem.place.clone().or(place), ..problem };
            let page = page(&visit, &code, None, &html! {}, (&form, Some(&problem))).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn checked(visit: &Visit, code: &str, form: &Form) -> Result<VoucherShown, Problem> {
    // Of the square code on a main part the serial is the third field.
    let typed = form.need("serial")?;
    let serial = typed.strip_prefix("KJ1.").and_then(|rest| rest.split('.').nth(1));
    let serial = serial.unwrap_or(typed).to_owned();
    let voucher = read::show(visit.state(), visit.who(), At(serial.clone())).await?.0;
    if voucher.institution.as_deref() != Some(code) {
        return Err(Problem::invalid("serial", "这张券不是本机构的，副券应在发券的机构"));
    }
    let points = units(form, "points", u32::from(voucher.decimals))?;
    let write = form.write(StubSeen { points: Whole(points) })?;
    Ok(stubs::check(visit.state(), visit.who(), At(serial), write).await?.0)
}

/// Whether the stub that was just entered fits.
fn said(voucher: &VoucherShown) -> Markup {
    let borne = voucher.issue.as_ref().map(|issue| issue.points);
    match borne {
        Some(borne) if Some(borne) == voucher.stub_points => {
            let title = format!("{} 一致，{}", voucher.serial, points(voucher));
            parts::notice(Tone::Good, &title, html! {})
        }
        Some(_) => {
            let title = format!("{} 分值不同，账上是 {}", voucher.serial, points(voucher));
            parts::notice(Tone::Bad, &title, html! { p { "已列入差异表，请查明原因。" } })
        }
        None => {
            let title = format!("{} 账上没有发放", voucher.serial);
            parts::notice(Tone::Bad, &title, html! { p { "已列入差异表，请查明原因。" } })
        }
    }
}
