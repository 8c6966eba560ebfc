//! What people take home: the receipt of what was handed over, and the slip with the pick-up code
//! of what waits for them.

use kangji_rights::Action;
use kangji_store::Institution;
use maud::{Markup, html};

use super::{
    called, cost, goods, last_day, minute,
    order::{Known, in_fours, known, paid_with, receiver},
};
use crate::{
    input::At,
    orders::told::{OrderShown, StateName},
    pages::{
        Page, Visit,
        parts::{self, qr},
    },
    points::pages::{accounts, statement::said},
    problem::Problem,
};

pub(super) async fn show(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let known = known(&visit, &id).await?;
    let code = known.order.institution.clone();
    let place = visit.app().ask(move |store| store.institution(&code)).await?;
    let order = format!("/counter/orders/{id}");
    let (title, paper) = match known.order.state {
        StateName::Waiting => ("取货单", slip(&known, place.as_ref())),
        StateName::HandedOver => {
            let left = left(&visit, &known.order).await?;
            ("兑换凭据", receipt(&known, place.as_ref(), left.as_deref()))
        }
        _ => {
            let way = html! { a.button href=(order) { "回到兑换单" } };
            return Ok(visit.page("凭据", parts::empty("这张兑换单没有凭据可以打印。", way)));
        }
    };
    let body = html! {
        (paper)
        p.buttons {
            button.main type="button" data-print autofocus { "打印" }
            @if visit.may(Action::OrdersHandle) {
                a.button href=(format!("/counter?at={}", known.order.institution)) { "下一位" }
            }
            a.button.quiet href=(order) { "看兑换单" }
        }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
    };
    Ok(visit.page(title, body))
}

/// What the person can still redeem, if whoever prints may know.
async fn left(visit: &Visit, order: &OrderShown) -> Result<Option<String>, Problem> {
    let accounts = accounts(visit, &order.person).await?.unwrap_or_default();
    let account = accounts.into_iter().find(|account| account.scheme == order.scheme);
    Ok(account.map(|account| parts::points(account.redeemable, account.decimals)))
}

fn head(title: &str, known: &Known, id: &str) -> Markup {
    let document = known.resident.as_ref().and_then(|resident| resident.document.as_ref());
    html! {
        header.head {
            div {
                p.scheme { (title) }
                p { (known.counter) }
                p {
                    (called(&known.order)) " "
                    (document.map_or("", |document| document.number.as_str()))
                }
            }
            figure.qr { (qr(id)) figcaption { "柜台扫码" } }
        }
    }
}

fn receipt(known: &Known, place: Option<&Institution>, left: Option<&str>) -> Markup {
    let order = &known.order;
    html! {
        article.paper.receipt {
            (head("积分兑换凭据", known, &order.id))
            (goods(order))
            p.balances {
                span {
                    @if order.points > 0 { "用去 " }
                    strong { (cost(order.points, order.decimals)) }
                }
                @if let Some(left) = left { span { "还剩 " strong { (left) " 分" } } }
            }
            (paid_with(order))
            @if !order.vouchers.is_empty() { p { "以上积分券已经兑换，正券由兑换点保存。" } }
            p { "交付：" (minute(order.handed_over_at.unwrap_or(order.placed_at))) }
            p { "领取人：" (receiver(order)) }
            @if let Some(day) = &order.return_by {
                p {
                    "有问题，" (said(day)) "以前带上这张单和东西，到原兑换点退。"
                    @if !order.vouchers.is_empty() { "退回的积分记在电子账户上，不再发券。" }
                }
            }
            (contact(place))
            div.sign { p { "经办人签名" } p { "领取人签名" } }
        }
    }
}

fn slip(known: &Known, place: Option<&Institution>) -> Markup {
    let order = &known.order;
    let code = order.code.as_deref().unwrap_or_default();
    html! {
        article.paper.receipt {
            (head("积分兑换取货单", known, code))
            p { "取货码" }
            p.code { (in_fours(code)) }
            (goods(order))
            p { @if order.points > 0 { "已占用 " } strong { (cost(order.points, order.decimals)) } }
            p { "最晚 " strong { (last_day(order.due_at)) } " 来取；过期自动取消，积分退回。" }
            p { "别人代取，请带上您的身份证和委托书，或者让工作人员打电话向您确认。" }
            (contact(place))
        }
    }
}

fn contact(place: Option<&Institution>) -> Markup {
    html! {
        @if let Some(place) = place {
            p.small { (place.address) "　电话 " (place.phone) "　" (place.hours) }
        }
    }
}
