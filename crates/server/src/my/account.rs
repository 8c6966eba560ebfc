//! Everything that is not about points: family, data, consents, the way out.

use maud::html;

use crate::{
    pages::{Page, Visit},
    problem::Problem,
    residents::own::resident,
};

pub(super) async fn show(visit: Visit) -> Result<Page, Problem> {
    resident(&visit.who())?;
    let links = !visit.app().config().oidc.residents.issuer.is_empty();
    let body = html! {
        ul.links {
            li { a href="/my/family" { "家人" } }
            li { a href="/my/data" { "我的信息和更正" } }
            li { a href="/my/consents" { "同意事项" } }
            li { a href="/my/rank" { "排名" } }
            li { a href="/my/opinion" { "意见和答复" } }
            li { a href="/my/entries" { "每月收支" } }
            @if links { li { a href="/api/v1/sign-in/oidc/residents" { "关联统一身份账号" } } }
        }
        form method="post" action="/sign-out" {
            (visit.seal())
            button.quiet type="submit" { "退出登录" }
        }
    };
    Ok(visit.page("我的", body))
}
