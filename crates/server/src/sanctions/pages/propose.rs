//! Proposing that a resident who forged records earns nothing and loses what they have (S11).

use axum::response::{IntoResponse, Response};
use kangji_core::Span;
use kangji_rights::Action;
use maud::html;

use super::{at_field, proposed};
use crate::{
    input::At,
    pages::{
        Form, Page, Visit,
        parts::{Field, Kind, faults},
    },
    problem::{Code, Problem},
    proposals::{SanctionWanted, Wanted},
    residents::{pages::name, show as resident},
};

pub(super) async fn ask(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    visit.need(Action::SanctionsDecide)?;
    let today = visit.app().now().day();
    // S11: one year without points.
    let last = today.plus(Span::Years(1)).previous();
    let form = Form::default().with("from", today.to_string()).with("to", last.to_string());
    page(&visit, id, &form, None).await
}

async fn page(
    visit: &Visit,
    id: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let (_, known) = resident(visit.state(), visit.who(), At(id.clone())).await?;
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    let body = html! {
        (faults(problem))
        p.lead { (name(&known.0)) }
        p { "提出后由另一位工作人员批准才生效。居民会看到决定和理由，并可以申诉。" }
        form method="post" action=(format!("/residents/{id}/sanction")) {
            (visit.seal())
            div.pair {
                (field("from", "从哪天起不得分", Kind::Day).required().show())
                (field("to", "到哪天为止", Kind::Day).required().show())
            }
            (field("article", "清零依据的条款", Kind::Line)
                .hint("填写后总积分和可兑换积分都清零，例如：第十二条；不清零的留空").show())
            (field("referred_to", "移送到", Kind::Line).hint("需要移送其他部门处理的填写").show())
            (field("reason", "事由", Kind::Long).required()
                .hint("写明查实的情况；居民会看到，不要写别人的姓名").show())
            button.main type="submit" { "提出处理" }
        }
        p { a href=(format!("/residents/{id}")) { "← 回到居民" } }
    };
    Ok(visit.page("提出违规处理", body))
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::SanctionsDecide)?;
    let text = |name: &str| form.text(name).map(ToOwned::to_owned);
    let wanted = Wanted::Sanction(SanctionWanted {
        resident: Some(id.clone()),
        community: None,
        from: text("from").unwrap_or_default(),
        to: text("to").unwrap_or_default(),
        article: text("article"),
        referred_to: text("referred_to"),
        reason: text("reason").unwrap_or_default(),
    });
    match proposed(&visit, &form, wanted).await {
        Ok(response) => Ok(response),
        Err(problem) if problem.code == Code::Invalid => {
            let problem = at_field(problem, "sanction.");
            let page = page(&visit, id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}
