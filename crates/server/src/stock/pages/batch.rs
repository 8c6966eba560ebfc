//! A batch: where it came from, where its pieces went, and writing off what is left of it.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::{Fen, Moment};
use kangji_redemption::{cost::Source, stock::Loss};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{good_at, receive::whole, register, staff_names, until};
use crate::{
    input::{At, Search},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    stock::{
        read::{self, Batch, Which},
        write::{self, Gone},
    },
};

pub(super) async fn show(
    visit: Visit,
    At((code, id)): At<(String, String)>,
    Search(which): Search<Which>,
) -> Result<Page, Problem> {
    page(&visit, (code, id), which.after, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    (code, id): (String, String),
    after: Option<String>,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let at = At((code.clone(), id.clone()));
    let batch = read::batch(visit.state(), visit.who(), at).await?.0;
    let which = Which { batch: Some(id.clone()), after, ..Which::default() };
    let found = read::entries(visit.state(), visit.who(), At(code.clone()), Search(which));
    let found = found.await?.0;
    let names = staff_names(visit, [&batch.received_by]).await?;
    let register = register::table(visit, &code, "去向（新的在前）", &found.items).await?;
    let here = format!("/stock/{code}/batches/{id}");
    let body = html! {
        (faults(problem))
        (about(&batch, names.get(&batch.received_by).map_or("", String::as_str)))
        @if batch.left > 0 && visit.may(Action::StockWrite) {
            (write_off_form(visit, &here, &batch, form, problem))
        }
        h2 { "这一批去了哪里" }
        (register)
        (parts::more(found.next.map(|next| format!("{here}?after={next}")).as_deref()))
        p { a href=(good_at(&code, &batch.good)) { "回到" (batch.good) } }
    };
    Ok(visit.page(&format!("{}，批号 {}", batch.good, batch.lot), body))
}

fn about(batch: &Batch, receiver: &str) -> Markup {
    let source = Source::of_word(&batch.source).map_or("", Source::chinese);
    parts::facts(&[
        ("余", html! { (batch.left) " 件，入库 " (batch.received) " 件" }),
        (
            "有效期至",
            html! {
                (until(batch.valid_until.as_ref())) " "
                @if batch.expired { (parts::tag(Tone::Warn, "已过期，不再发放")) }
            },
        ),
        ("供货单位", html! { (batch.supplier) }),
        ("合格证号", html! { (batch.certificate) }),
        ("单价", html! { (Fen(batch.piece_fen)) " 元" }),
        ("经费来源", html! { (source) }),
        ("入库", html! { (Moment::from_millis(batch.received_at)) " " (receiver) }),
    ])
}

fn write_off_form(
    visit: &Visit,
    here: &str,
    batch: &Batch,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let all = Loss::ALL.iter();
    let causes: Vec<_> =
        all.map(|loss| (loss.word().to_owned(), loss.chinese().to_owned())).collect();
    let left = batch.left.to_string();
    let pieces = form.text("pieces").or(batch.expired.then_some(left.as_str()));
    let cause = form.text("cause").or(batch.expired.then_some(Loss::Expired.word()));
    html! {
        details open[problem.is_some() || batch.expired] {
            summary { "报损" }
            form method="post" action=(here) {
                (visit.seal())
                div.pair {
                    (Field::new("pieces", "件数", Kind::Number { usual: None }).required().unit("件").value(pieces).fault(problem).show())
                    (Field::new("cause", "原因", Kind::Choice(&causes)).required().value(cause).fault(problem).show())
                }
                (Field::new("note", "说明", Kind::Line).value(form.text("note")).fault(problem).show())
                button.danger type="submit" { "报损出库" }
            }
        }
    }
}

/// Takes a write-off; what is not possible comes back as it was typed.
pub(super) async fn take(
    visit: Visit,
    At((code, id)): At<(String, String)>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::StockWrite)?;
    match writing_off(&visit, &code, &id, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/stock/{code}/batches/{id}")).into_response()),
        Err(problem) if problem.code == Code::Invalid => {
            let page = page(&visit, (code, id), None, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn writing_off(visit: &Visit, code: &str, id: &str, form: &Form) -> Result<(), Problem> {
    let gone = Gone {
        batch: id.to_owned(),
        pieces: whole(form, "pieces")?,
        cause: form.need("cause")?.to_owned(),
        note: form.text("note").map(ToOwned::to_owned),
    };
    let at = At(code.to_owned());
    drop(write::write_off(visit.state(), visit.who(), at, form.write(gone)?).await?);
    Ok(())
}
