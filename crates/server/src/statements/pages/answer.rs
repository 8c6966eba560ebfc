//! What the shop says to a statement: all of it is right, or all but some lines.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{month, yuan};
use crate::{
    input::{At, Whole},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, faults},
    },
    problem::{Code, Problem},
    statements::{
        show as read,
        shown::{LineShown, StatementText},
        steps::{Answering, Objecting, answer},
    },
};

/// Asks once more before all of it is confirmed, or what is wrong with the lines that were marked.
pub(super) async fn ask(
    visit: Visit,
    At(id): At<String>,
    uri: axum::http::Uri,
) -> Result<Page, Problem> {
    visit.need(Action::StatementsAnswer)?;
    let query = uri.query().unwrap_or_default();
    let marked: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| Problem::from(Code::Malformed))?;
    let marked = marked.into_iter().filter(|(name, _)| name == "line").map(|(_, line)| line);
    let marked: Vec<String> = marked.collect();
    page(&visit, id, &marked, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    id: String,
    marked: &[String],
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let known = read(visit.state(), visit.who(), At(id)).await?.0;
    let entry = &known.entry;
    let marked: Vec<&LineShown> =
        known.lines.iter().filter(|line| marked.contains(&line.number.to_string())).collect();
    let here = format!("/statements/{}", entry.id);
    let rest = known.lines.len().saturating_sub(marked.len());
    let body = html! {
        p.lead {
            (entry.shop_name) "，" (known.lines.len()) " 笔，抵扣 " (yuan(entry.totals.off_fen)) " 元、"
            (parts::points(entry.totals.points, entry.decimals)) " 分"
        }
        (faults(problem))
        form method="post" action=(format!("{here}/answer")) {
            (visit.seal())
            @for line in &marked { (objection(&known, line, form, problem)) }
            (Field::new("missing", "有漏记的抵扣吗？", Kind::Line)
                .hint("没有就空着；有的写明日期、小票号和金额")
                .value(form.text("missing")).fault(problem).show())
            p { "不要写居民的姓名和证件号。" }
            button.main type="submit" {
                @if marked.is_empty() { "确认全部 " (rest) " 笔" } @else {
                    "提出 " (marked.len()) " 条异议，确认其余 " (rest) " 笔"
                }
            }
        }
        p { a href=(here) { "← 回去再核对" } }
    };
    Ok(visit.page(&format!("{}结算单：确认", month(&entry.period)), body))
}

fn objection(
    known: &StatementText,
    line: &LineShown,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let name = format!("text-{}", line.number);
    let label = format!("第 {} 行哪里不对", line.number);
    html! {
        section.card {
            p {
                (line.day) " 小票 " (line.receipt) "，抵扣 " strong { (yuan(line.off_fen)) } " 元、"
                (parts::points(line.points, known.entry.decimals)) " 分"
            }
            input type="hidden" name="line" value=(line.number);
            (Field::new(&name, &label, Kind::Line).required()
                .value(form.text(&name)).fault(problem).show())
        }
    }
}

/// Takes the answer; what is wrong with it is told at its field.
pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::StatementsAnswer)?;
    let marked: Vec<String> = form.texts("line").map(ToOwned::to_owned).collect();
    match answering(&visit, &id, &marked, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/statements/{id}")).into_response()),
        Err(problem)
            if matches!(problem.code, Code::Invalid | Code::Conflict | Code::SamePerson) =>
        {
            let problem = at_field(problem, &marked);
            let page = page(&visit, id, &marked, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn answering(visit: &Visit, id: &str, marked: &[String], form: &Form) -> Result<(), Problem> {
    let mut objections = Vec::new();
    for line in marked {
        let text = form.need(&format!("text-{line}"))?.to_owned();
        let number = line.parse().map_err(|_| Problem::from(Code::Malformed))?;
        objections.push(Objecting { line: Some(Whole(number)), text });
    }
    objections
        .extend(form.text("missing").map(|text| Objecting { line: None, text: text.to_owned() }));
    let answering = Answering { objections };
    let at = At(id.to_owned());
    drop(answer(visit.state(), visit.who(), at, form.write(answering)?).await?);
    Ok(())
}

/// The field of the page that is what the API's answer is about.
fn at_field(problem: Problem, marked: &[String]) -> Problem {
    let place = problem.place.as_deref().and_then(|place| {
        let number = place.strip_prefix("objections[")?.split(']').next()?;
        let number: usize = number.parse().ok()?;
        Some(marked.get(number).map_or("missing".to_owned(), |line| format!("text-{line}")))
    });
    Problem { place: place.or(problem.place.clone()), ..problem }
}
