//! The bureau numbers vouchers and gives them to institutions (P4).

use axum::response::{IntoResponse, Response};
use kangji_redemption::Level;
use kangji_rights::Action;
use maud::{Markup, html};

use super::{is_about_it, schemes};
use crate::{
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    stock::{reached, whole},
    vouchers::stock::{self, NewPrint, NewStock, VoucherRange},
};

const TITLE: &str = "印制和调拨积分券";

pub(super) async fn ask(visit: Visit) -> Result<Page, Problem> {
    visit.need(Action::VouchersPrint)?;
    page(&visit, &html! {}, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    done: &Markup,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let permit = visit.who().permit(Action::VouchersPrint, visit.app().roles());
    let permit = permit.ok_or(Code::Forbidden)?;
    let mut schemes = schemes(visit).await?;
    schemes.retain(|scheme| permit.includes(scheme.division, None));
    let schemes: Vec<(String, String)> =
        schemes.into_iter().map(|scheme| (scheme.id, scheme.title)).collect();
    let places = reached(visit, Action::VouchersPrint).await?;
    let places = places.into_iter();
    let places = places.filter(|place| place.closed_at.is_none() && place.level != Level::Shop);
    let places: Vec<(String, String)> = places.map(|place| (place.code, place.name)).collect();
    if schemes.is_empty() {
        let says = "您的辖区里没有发纸质积分券的办法。办法文件里写明 [vouchers] 才能印券。";
        let way = html! { a.button href="/rules" { "看积分办法" } };
        return Ok(visit.page(TITLE, parts::empty(says, way)));
    }
    let is_stock = form.text("institution").is_some();
    let of = |stock: bool| problem.filter(|_| stock == is_stock);
    let typed = |stock: bool, name| form.text(name).filter(|_| stock == is_stock);
    let form_of = |stock: bool| if stock { "stock" } else { "print" };
    let count = |stock: bool| {
        Field::new("count", "张数", Kind::Digits)
            .among(form_of(stock))
            .required()
            .hint("一次最多 10000 张")
            .value(typed(stock, "count"))
            .fault(of(stock))
            .show()
    };
    let scheme = |stock: bool| {
        let first = schemes.first().map(|(id, _)| id.as_str());
        Field::new("scheme", "办法", Kind::Choice(&schemes))
            .among(form_of(stock))
            .required()
            .value(typed(stock, "scheme").or(first))
            .fault(of(stock))
            .show()
    };
    let body = html! {
        (done)
        (faults(problem))
        h2 { "印制" }
        p { "编号自动接着上一次往下排，末位是校验码。印多少，以后各状态的张数加起来就是多少。" }
        form method="post" action="/vouchers/print" {
            (visit.seal()) (scheme(false)) (count(false))
            p.buttons { button.main type="submit" { "编号印制" } }
        }
        h2 { "调拨到机构" }
        form method="post" action="/vouchers/stock" {
            (visit.seal()) (scheme(true))
            (Field::new("institution", "机构", Kind::Choice(&places)).required()
                .value(typed(true, "institution")).fault(of(true)).show())
            (count(true))
            p.buttons { button type="submit" { "调拨" } a.button.quiet href="/vouchers" { "看各机构张数" } }
        }
    };
    Ok(visit.page(TITLE, body))
}

pub(super) async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::VouchersPrint)?;
    let done = async {
        let body =
            NewPrint { scheme: form.need("scheme")?.to_owned(), count: whole(&form, "count")? };
        Ok(stock::print(visit.state(), visit.who(), form.write(body)?).await?.1.0)
    };
    told(&visit, "已印制", &form, done.await).await
}

pub(super) async fn hand_out(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::VouchersPrint)?;
    let done = async {
        let body = NewStock {
            scheme: form.need("scheme")?.to_owned(),
            institution: form.need("institution")?.to_owned(),
            count: whole(&form, "count")?,
        };
        Ok(stock::hand_out(visit.state(), visit.who(), form.write(body)?).await?.1.0)
    };
    told(&visit, "已调拨", &form, done.await).await
}

/// Tells which serials they are, or shows the form again with what was typed.
async fn told(
    visit: &Visit,
    title: &str,
    form: &Form,
    done: Result<VoucherRange, Problem>,
) -> Result<Response, Problem> {
    match done {
        Ok(VoucherRange { first, last, count }) => {
            let said = parts::notice(
                Tone::Good,
                &format!("{title} {count} 张"),
                html! {
                    p { (first) " 到 " (last) }
                },
            );
            Ok(page(visit, &said, &Form::default(), None).await?.into_response())
        }
        Err(problem) if is_about_it(&problem) => {
            let page = page(visit, &html! {}, form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}
