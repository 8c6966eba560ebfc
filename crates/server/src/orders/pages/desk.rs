//! Where the counter begins: one field for whatever is at hand.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use kangji_store::Institution;
use maud::{Markup, html};

use super::{
    called, cost,
    here::{At, Here},
    minute,
};
use crate::{
    input::{self, Search},
    orders::{
        read::{self, Which},
        told::OrderShown,
    },
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    residents::{
        Resident,
        pages::{fitting, if_allowed, name},
    },
};

const TITLE: &str = "柜台";

pub(super) async fn show(visit: Visit, Search(At { at }): Search<At>) -> Result<Page, Problem> {
    let here = Here::find(&visit, Action::OrdersHandle, at).await?;
    let Some(counter) = here.counter() else { return Ok(here.choose(&visit, "/counter")) };
    let body = html! {
        (heading(&here, counter, "/counter"))
        (seek(&visit, counter, &Form::default(), None))
        (ways(counter))
    };
    Ok(visit.page(TITLE, body))
}

/// At which counter it is, and the way to another one: the page at `path` lets one choose.
pub(super) fn heading(here: &Here, counter: &Institution, path: &str) -> Markup {
    html! {
        p.lead {
            (counter.name)
            @if here.has_others() { " " a href=(path) { "换一个兑换点" } }
        }
    }
}

/// The field: a scanner types a code and presses Enter.
pub(super) fn seek(
    visit: &Visit,
    counter: &Institution,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    html! {
        (faults(problem))
        form.seek method="post" action="/counter" {
            (visit.seal())
            input type="hidden" name="at" value=(counter.code);
            div.line {
                (Field::new("q", "扫取货码，或输入身份证号、手机号、姓名", Kind::Line)
                    .required().first().value(form.text("q")).fault(problem).show())
                button.main type="submit" { "查找" }
            }
        }
    }
}

fn ways(counter: &Institution) -> Markup {
    let orders = |view: &str| format!("/counter/orders?at={}&view={view}", counter.code);
    html! {
        ul.links {
            li { a href=(orders("waiting")) { "等待领取的" } }
            li { a href=(orders("register")) { "今天的兑换登记簿" } }
        }
    }
}

/// Takes what was scanned or typed: eight digits are a pick-up code.
pub(super) async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    let at = form.text("at").map(ToOwned::to_owned);
    let here = Here::find(&visit, Action::OrdersHandle, at).await?;
    let Some(counter) = here.counter() else {
        return Ok(here.choose(&visit, "/counter").into_response());
    };
    match found(&visit, counter, &form).await {
        Ok(Found::Order(id)) => Ok(to(&format!("/counter/orders/{id}"))),
        // The next scan begins in an empty field.
        Ok(Found::Orders(all)) => Ok(page(&visit, &here, counter, &Form::default(), &orders(&all))),
        Ok(Found::People(all)) => match all.as_slice() {
            [] => Ok(page(&visit, &here, counter, &form, &nobody())),
            [one] => Ok(to(&format!("/counter/{}?at={}", one.id, counter.code))),
            all => Ok(page(&visit, &here, counter, &form, &people(all, counter))),
        },
        Err(problem) if problem.code == Code::Invalid => {
            let problem = Problem { place: Some("q".to_owned()), ..problem };
            let body = html! {
                (heading(&here, counter, "/counter"))
                (seek(&visit, counter, &form, Some(&problem)))
                (ways(counter))
            };
            Ok(visit.page(TITLE, body).with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn to(address: &str) -> Response {
    Redirect::to(address).into_response()
}

fn page(
    visit: &Visit,
    here: &Here,
    counter: &Institution,
    form: &Form,
    found: &Markup,
) -> Response {
    let body = html! {
        (heading(here, counter, "/counter"))
        (seek(visit, counter, form, None))
        (found)
        (ways(counter))
    };
    visit.page(TITLE, body).into_response()
}

/// What fits what was typed.
enum Found {
    Order(String),
    Orders(Vec<OrderShown>),
    People(Vec<Resident>),
}

async fn found(visit: &Visit, counter: &Institution, form: &Form) -> Result<Found, Problem> {
    let text = form.need("q")?;
    if let Some(code) = code(text) {
        let institution = counter.code.clone();
        let which = Which { institution, code: Some(code), ..Which::default() };
        let found = read::list(visit.state(), visit.who(), Search(which)).await?.0.items;
        return Ok(match found.as_slice() {
            [one] => Found::Order(one.id.clone()),
            _ => Found::Orders(found),
        });
    }
    // The square on a receipt holds the order's id, that on other papers the resident's.
    if text.parse::<kangji_core::ids::OrderId>().is_ok() {
        let order = read::show(visit.state(), visit.who(), input::At(text.to_owned())).await;
        if let Some(order) = if_allowed(order)? {
            return Ok(Found::Order(order.0.id));
        }
    }
    let (_, people) = fitting(visit, text).await?;
    Ok(Found::People(people))
}

/// The eight digits of a pick-up code, with or without blanks, full-width or not.
fn code(text: &str) -> Option<String> {
    let half = |letter: char| match letter {
        '０'..='９' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        _ => letter,
    };
    let digits: String = text.chars().filter(|one| !one.is_whitespace()).map(half).collect();
    (digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Several orders with one code, which is rare, or none.
fn orders(all: &[OrderShown]) -> Markup {
    if all.is_empty() {
        return parts::notice(
            Tone::Warn,
            "这里没有用这个取货码等待领取的",
            html! {
                p {
                    "请核对八位数字；可能已经领走、过期，或者是在别的兑换点。"
                    "输入身份证号或手机号找到居民，就能看到在哪里领。"
                }
            },
        );
    }
    let columns = ["居民", "物品", "积分", "下单"].map(Column::Text);
    let row = |one: &OrderShown| {
        vec![
            html! { a href=(format!("/counter/orders/{}", one.id)) { (called(one)) } },
            html! { (one.title) },
            html! { (cost(one.points, one.decimals)) },
            html! { (minute(one.placed_at)) },
        ]
    };
    parts::table("取货码相同，请核对姓名和物品", &columns, &all.iter().map(row).collect::<Vec<_>>())
}

fn nobody() -> Markup {
    parts::notice(
        Tone::Warn,
        "没有找到",
        html! {
            p { "您的辖区里没有登记过这个人。请核对输入；也可以扫居民的取货码或积分单上的二维码。" }
        },
    )
}

fn people(all: &[Resident], counter: &Institution) -> Markup {
    let columns = ["姓名", "证件", "电话", "出生日期"].map(Column::Text);
    let row = |one: &Resident| {
        let document = one.document.as_ref().map_or("", |document| &document.number);
        vec![
            html! { a href=(format!("/counter/{}?at={}", one.id, counter.code)) { (name(one)) } },
            html! { (document) },
            html! { (one.phone.as_deref().unwrap_or_default()) },
            html! { (one.birth_date.as_deref().unwrap_or_default()) },
        ]
    };
    let title = format!("找到 {} 人", all.len());
    html! {
        (parts::notice(Tone::Plain, &title, html! { p { "请按证件尾号和出生日期选择。" } }))
        (parts::table("查找结果", &columns, &all.iter().map(row).collect::<Vec<_>>()))
    }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn eight_digits_are_a_pick_up_code() {
        for text in ["12345678", "1234 5678", "１２３４５６７８", " 12345678\t"] {
            assert_eq!(code(text).as_deref(), Some("12345678"), "{text}");
        }
        for text in ["1234567", "123456789", "1234567a", "", "测试甲测试甲乙丙"] {
            assert_eq!(code(text), None, "{text}");
        }
    }
}
