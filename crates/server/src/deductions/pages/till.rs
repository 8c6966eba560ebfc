//! One screen: a bill, points or vouchers, a document or a pay code; then yes or no, with what is
//! left to collect; then it is taken off. What was typed stays, whatever goes wrong.

use axum::{
    Json,
    response::{IntoResponse, Redirect, Response},
};
use kangji_core::{Decimal, Decimals, Fen};
use kangji_rights::Action;
use kangji_store::{Institution, Store};
use maud::{Markup, html};

use super::{verdict, yuan};
use crate::{
    agreements::{self, ShopInForce},
    deductions::{
        bill::{DeductionAsked, DeductionWanted},
        steps::{DeductionOffer, make, quote},
    },
    input::{Body, Search, Whole},
    orders::pages::here::{At, Here},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem, Reason},
    residents::{DocumentName, GivenDocument},
    schemes::decimals_of,
};

const TITLE: &str = "积分抵扣";

/// What can be shown, as it is sent and as people read it.
const SHOWN: [(&str, &str, Option<DocumentName>); 6] = [
    ("card", "居民身份证", Some(DocumentName::ResidentCard)),
    ("code", "付款码（8 位数字）", None),
    ("residence-permit", "港澳台居民居住证", Some(DocumentName::ResidencePermit)),
    ("hk-macao", "港澳居民来往内地通行证", Some(DocumentName::HkMacaoPermit)),
    ("taiwan", "台湾居民来往大陆通行证", Some(DocumentName::TaiwanPermit)),
    ("foreigner", "外国人永久居留身份证", Some(DocumentName::PermanentResidenceCard)),
];

/// The fields that go from one step to the next.
const FIELDS: [&str; 7] = ["at", "scheme", "receipt", "bill", "by", "number", "vouchers"];

pub(super) async fn show(visit: Visit, Search(At { at }): Search<At>) -> Result<Page, Problem> {
    let here = Here::find(&visit, Action::DeductionsMake, at).await?.shops();
    let Some(shop) = here.counter() else { return Ok(here.choose(&visit, "/shop")) };
    let offers = offers(&visit, shop).await?;
    Ok(visit.page(TITLE, ask(&visit, (&here, shop), &offers, &Form::default(), None)))
}

pub(super) async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    let at = form.text("at").map(ToOwned::to_owned);
    let here = Here::find(&visit, Action::DeductionsMake, at).await?.shops();
    let Some(shop) = here.counter() else {
        return Ok(here.choose(&visit, "/shop").into_response());
    };
    let place = (&here, shop);
    let offers = offers(&visit, shop).await?;
    let done = match form.text("do") {
        Some("edit") => {
            Ok(visit.page(TITLE, ask(&visit, place, &offers, &form, None)).into_response())
        }
        Some("make") => made(&visit, shop, &form).await,
        _ => checked(&visit, place, &offers, &form).await,
    };
    match done {
        Err(problem) if is_told(problem.code) => {
            let problem = at_field(problem);
            let status = problem.code.status();
            let body = ask(&visit, place, &offers, &form, Some(&problem));
            Ok(visit.page(TITLE, body).with(status).into_response())
        }
        done => done,
    }
}

/// What is told beside the form, with what was typed.
const fn is_told(code: Code) -> bool {
    matches!(code, Code::Invalid | Code::Refused | Code::SamePerson | Code::TooManyAttempts)
}

/// The ratios of a shop.
async fn offers(visit: &Visit, shop: &Institution) -> Result<Vec<ShopInForce>, Problem> {
    let mut all = agreements::in_force(visit.state()).await?.0;
    all.retain(|one| one.place.code == shop.code);
    Ok(all)
}

/// The form, perhaps with what was typed and why it is not possible.
fn ask(
    visit: &Visit,
    (here, shop): (&Here, &Institution),
    offers: &[ShopInForce],
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    html! {
        p.lead { (shop.name) @if here.has_others() { " " a href="/shop" { "换一家" } } }
        @match problem {
            Some(problem) if problem.code == Code::Refused => (refusal(&problem.reasons)),
            problem => (faults(problem)),
        }
        @if offers.is_empty() {
            (verdict(Tone::Bad, "今天没有公布的抵扣比例，不能抵扣", None))
            p { "请联系主管部门。" }
        } @else {
            @for offer in offers { p.ratio { (offer.says) } }
            (fields(visit, shop, offers, form, problem))
        }
        p.buttons { a.button.quiet href=(format!("/shop/today?at={}", shop.code)) { "今天的抵扣" } }
    }
}

fn fields(
    visit: &Visit,
    shop: &Institution,
    offers: &[ShopInForce],
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let field = |name: &'static str, label, kind| {
        Field::new(name, label, kind).value(form.text(name)).fault(problem)
    };
    let schemes: Vec<(String, String)> =
        offers.iter().map(|one| (one.scheme.clone(), one.title.clone())).collect();
    let shown: Vec<(String, String)> =
        SHOWN.iter().map(|(word, says, _)| ((*word).to_owned(), (*says).to_owned())).collect();
    let by = form.text("by").unwrap_or("card");
    html! {
        form.till method="post" action="/shop" data-retry {
            (visit.seal())
            input type="hidden" name="at" value=(shop.code);
            @if schemes.len() > 1 {
                (field("scheme", "用哪个办法的积分", Kind::Choice(&schemes)).required().show())
            }
            (field("receipt", "小票号", Kind::Line).required().first()
                .hint("每张小票一个号，重复提交不会重复抵扣").show())
            (field("bill", "应付金额", Kind::Number { usual: None }).required().unit("元").show())
            (field("vouchers", "积分券编号", Kind::Long)
                .hint("扫券面二维码或输入编号，一行一张；只用电子积分就不填").show())
            (Field::new("by", "居民出示", Kind::Choice(&shown)).required().value(Some(by)).show())
            (field("number", "证件号码或付款码", Kind::Line).required().show())
            details open[form.text("points").is_some()] {
                summary { "少用一些电子积分" }
                (field("points", "电子积分用多少", Kind::Number { usual: None }).unit("分")
                    .hint("不填就能用多少用多少；只用券就填 0").show())
            }
            button.main type="submit" name="do" value="check" { "查一查能抵多少" }
        }
    }
}

fn refusal(reasons: &[Reason]) -> Markup {
    html! {
        (verdict(Tone::Bad, "不能抵扣", None))
        @for reason in reasons { p { (reason.says) "。" } }
    }
}

/// Asks what comes off, and shows it before it is taken off.
async fn checked(
    visit: &Visit,
    (here, shop): (&Here, &Institution),
    offers: &[ShopInForce],
    form: &Form,
) -> Result<Response, Problem> {
    let points = match form.text("points") {
        None => None,
        Some(text) => Some(points(visit, text, form, offers).await?),
    };
    let asked = asked(shop, form, points)?;
    let offer = quote(visit.state(), visit.who(), Body(asked)).await?.0;
    if !offer.possible {
        return Err(Problem::refused(offer.reasons));
    }
    let body = html! {
        p.lead { (shop.name) @if here.has_others() { " " a href="/shop" { "换一家" } } }
        (confirm(visit, form, &offer))
    };
    Ok(visit.page(TITLE, body).into_response())
}

fn confirm(visit: &Visit, form: &Form, offer: &DeductionOffer) -> Markup {
    let points = |units| format!("{} 分", parts::points(units, offer.decimals));
    let on_vouchers = offer.points - offer.electronic;
    html! {
        (verdict(Tone::Warn, "可以抵扣，还没有扣", Some(("确认以后收", offer.rest_fen))))
        (parts::facts(&[
            ("小票号", html! { (form.text("receipt").unwrap_or_default()) }),
            ("抵扣", html! { strong { (yuan(offer.off_fen)) " 元" } }),
            ("用积分", html! {
                (points(offer.points))
                @if on_vouchers > 0 {
                    "（券 " (points(on_vouchers)) "，电子 " (points(offer.electronic)) "）"
                }
            }),
            ("这一单最多", html! { (points(offer.usable)) }),
        ]))
        form.till method="post" action="/shop" data-retry {
            (visit.seal())
            @for name in FIELDS {
                @if let Some(text) = form.text(name) {
                    input type="hidden" name=(name) value=(text);
                }
            }
            input type="hidden" name="electronic" value=(offer.electronic);
            button.main type="submit" name="do" value="make" { "确认抵扣" }
            button type="submit" name="do" value="edit" { "不对，改一改" }
        }
    }
}

/// Takes off what was shown.
async fn made(visit: &Visit, shop: &Institution, form: &Form) -> Result<Response, Problem> {
    let electronic = form.need("electronic")?.parse().map(Whole);
    let electronic = electronic.map_err(|_| Problem::invalid("points", "请重新查一查"))?;
    let DeductionAsked { shop, scheme, receipt, bill_fen, vouchers, document, pay_code, .. } =
        asked(shop, form, Some(electronic))?;
    let points = electronic;
    let wanted =
        DeductionWanted { shop, scheme, receipt, bill_fen, points, vouchers, document, pay_code };
    let (_, Json(made)) = make(visit.state(), visit.who(), form.write(wanted)?).await?;
    Ok(Redirect::to(&format!("/shop/deductions/{}", made.id)).into_response())
}

/// What was typed, as a program would send it.
fn asked(
    shop: &Institution,
    form: &Form,
    points: Option<Whole>,
) -> Result<DeductionAsked, Problem> {
    let receipt = form.need("receipt")?.to_owned();
    let bill = Fen::parse_yuan(&plain(form.need("bill")?));
    let bill = bill.and_then(|fen| u32::try_from(fen.0).ok()).filter(|fen| *fen > 0);
    let bill = bill.ok_or_else(|| Problem::invalid("bill", "写成元，最多两位小数，例如 86.50"))?;
    let vouchers = form.whole("vouchers").unwrap_or_default();
    let vouchers = vouchers.split_whitespace().map(ToOwned::to_owned).collect();
    let number = plain(form.need("number")?);
    let by = form.text("by").unwrap_or("card");
    let kind = SHOWN.iter().find(|(word, ..)| *word == by).and_then(|(_, _, kind)| *kind);
    let is_digits = number.bytes().all(|byte| byte.is_ascii_digit());
    // No card has eight digits: whoever scans a pay code need not say so.
    let is_code = kind.is_none() || by == "card" && number.len() == 8 && is_digits;
    let (document, pay_code) = match kind.filter(|_| !is_code) {
        Some(kind) => (Some(GivenDocument { kind, number }), None),
        None => (None, Some(number)),
    };
    Ok(DeductionAsked {
        shop: shop.code.clone(),
        scheme: form.text("scheme").map(ToOwned::to_owned),
        receipt,
        bill_fen: Whole(bill),
        points,
        vouchers,
        document,
        pay_code,
    })
}

/// Without blanks, and with the digits of a Western keyboard.
fn plain(text: &str) -> String {
    let half = |letter: char| match letter {
        '！'..='～' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        '。' => '.',
        _ => letter,
    };
    text.chars().filter(|one| !one.is_whitespace()).map(half).collect()
}

/// Points as they were typed.
async fn points(
    visit: &Visit,
    text: &str,
    form: &Form,
    offers: &[ShopInForce],
) -> Result<Whole, Problem> {
    let schemes = visit.app().ask(Store::schemes).await?;
    let scheme = form.text("scheme").or(offers.first().map(|one| one.scheme.as_str()));
    let places: Decimals = scheme.map(|id| decimals_of(&schemes, id)).unwrap_or_default();
    let number = plain(text).parse::<Decimal>().ok().and_then(|number| places.exact(number));
    let units = number.and_then(|points| u32::try_from(points.0).ok());
    units.map(Whole).ok_or_else(|| Problem::invalid("points", "填一个数，例如 200"))
}

/// What the API says of a field, at the field of the page.
fn at_field(problem: Problem) -> Problem {
    let place = problem.place.as_deref().map(|place| match place {
        "bill_fen" => "bill",
        "document.number" | "document" | "pay_code" => "number",
        place if place.starts_with("vouchers") => "vouchers",
        place => place,
    });
    let place = place.map(ToOwned::to_owned);
    Problem { place, ..problem }
}
