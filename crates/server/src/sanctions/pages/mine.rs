//! What was decided about a resident or a child they look after, and the way to appeal.

use maud::html;

use super::{super::mine as sanctions, facts};
use crate::{
    pages::{Page, Visit, parts},
    problem::Problem,
};

pub(crate) async fn show(visit: Visit) -> Result<Page, Problem> {
    let all = sanctions(visit.state(), visit.who()).await?.0;
    let body = html! {
        @if all.is_empty() { (parts::empty("没有处理决定。", html! {})) }
        @for one in &all {
            section.card {
                (facts(one))
                @if one.lifted_at.is_none() {
                    p { "觉得不对，可以申诉。没有参与这个决定的工作人员会重新查实并答复您。" }
                    p { a.button href=(format!("/my/opinion?sanction={}&person={}", one.id, one.holder)) { "申诉" } }
                }
            }
        }
        p { a href="/my" { "回到我的积分" } }
    };
    Ok(visit.page("处理决定", body))
}
