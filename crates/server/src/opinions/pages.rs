//! Opinions of residents as staff read and answer them.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Moment;
use kangji_rights::Action;
use kangji_rules::words::date;
use maud::{Markup, html};

use super::{Reply, Voiced, Which, answer, list, show};
use crate::{
    input::{At, Search},
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
};

pub(crate) fn pages() -> Pages {
    Pages::default().get("/opinions", all).get("/opinions/{id}", one).post("/opinions/{id}", take)
}

/// So many characters of an opinion stand in the list.
const EXCERPT: usize = 40;

async fn all(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    let answered = which.answered.unwrap_or_default();
    let found = list(visit.state(), visit.who(), Search(which)).await?.0;
    let more = found.next.map(|next| format!("/opinions?answered={answered}&after={next}"));
    let columns = [
        Column::Text("日期"),
        Column::Text("居民"),
        Column::Text("社区"),
        Column::Text("关于"),
        Column::Text("意见"),
        Column::Text("办理"),
    ];
    let row = |one: &Voiced| {
        vec![
            html! { (said(one.written_at)) },
            html! { (one.name.as_deref().unwrap_or("没有登记姓名")) },
            html! { (one.community) },
            html! {
                @if one.sanction.is_some() { (parts::tag(Tone::Warn, "申诉")) }
                @else { (one.title.as_deref().unwrap_or("没有指明")) }
            },
            html! { (excerpt(&one.text)) },
            html! {
                a href=(format!("/opinions/{}", one.id)) { @if answered { "查看" } @else { "答复" } }
            },
        ]
    };
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let body = html! {
        nav.switch aria-label="看哪些" {
            a href="/opinions" aria-current=[(!answered).then_some("true")] { "等待答复" }
            a href="/opinions?answered=true" aria-current=[answered.then_some("true")] { "已答复" }
        }
        @if rows.is_empty() && answered {
            (parts::empty("没有已答复的意见。", html! { a.button href="/opinions" { "看等待答复的" } }))
        } @else if rows.is_empty() {
            (parts::empty("辖区内没有等待答复的意见。", html! {
                a.button href="/opinions?answered=true" { "看已答复的" }
            }))
        } @else {
            (parts::table("先提的在前", &columns, &rows))
            (parts::more(more.as_deref()))
        }
    };
    Ok(visit.page("居民意见", body))
}

fn said(millis: i64) -> String {
    date(Moment::from_millis(millis).day())
}

fn excerpt(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.by_ref().take(EXCERPT).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}

async fn one(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    page(&visit, id, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    id: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let opinion = show(visit.state(), visit.who(), At(id)).await?.0;
    let body = html! {
        (faults(problem))
        (about(&opinion))
        @if let Some(sanction) = &opinion.sanction {
            p { "这是对处理决定的申诉。"
                @if visit.may(Action::SanctionsDecide) {
                    a href=(format!("/sanctions/{sanction}")) { "看决定，申诉成立的在那里撤销" }
                }
            }
        }
        div.card { p.typed { (opinion.text) } }
        @match (&opinion.answer, opinion.answered_at) {
            (Some(answer), Some(at)) => {
                h2 { "答复（" (said(at)) "）" }
                div.card { p.typed { (answer) } }
            }
            _ => (reply(visit, &opinion, form, problem)),
        }
        p { a href="/opinions" { "回到居民意见" } }
    };
    Ok(visit.page("居民意见", body))
}

/// Whose it is, and what it is about.
fn about(opinion: &Voiced) -> Markup {
    let resident = format!("/residents/{}", opinion.person);
    let name = opinion.name.as_deref().unwrap_or("没有登记姓名");
    let state = match opinion.answered_at {
        Some(_) => parts::tag(Tone::Good, "已答复"),
        None => parts::tag(Tone::Warn, "等待答复"),
    };
    let mut facts = vec![
        ("居民", html! { a href=(resident) { (name) } }),
        ("当时住在", html! { (opinion.community) }),
        ("提出", html! { (said(opinion.written_at)) " " (state) }),
        ("关于", html! { (opinion.title.as_deref().unwrap_or("没有指明得分项目")) }),
    ];
    if let Some(record) = &opinion.record {
        facts.push(("服务记录", html! { a href=(format!("/records/{record}")) { "看这条记录" } }));
    }
    parts::facts(&facts)
}

fn reply(visit: &Visit, opinion: &Voiced, form: &Form, problem: Option<&Problem>) -> Markup {
    let hint = "居民会看到这段话：说明核对的结果、依据哪一条、接下来怎么办；记录有错的请先更正记录";
    html! {
        form method="post" action=(format!("/opinions/{}", opinion.id)) {
            (visit.seal())
            (Field::new("answer", "答复", Kind::Long).required().hint(hint)
                .value(form.text("answer")).fault(problem).show())
            button.main type="submit" { "答复并办结" }
        }
    }
}

/// Takes an answer; one that is not possible comes back as it was typed.
async fn take(visit: Visit, At(id): At<String>, form: Form) -> Result<Response, Problem> {
    match answering(&visit, &id, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/opinions/{id}")).into_response()),
        Err(problem) if problem.code == Code::Invalid => {
            let page = page(&visit, id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn answering(visit: &Visit, id: &str, form: &Form) -> Result<(), Problem> {
    let reply = Reply { answer: form.need("answer")?.to_owned() };
    drop(answer(visit.state(), visit.who(), At(id.to_owned()), form.write(reply)?).await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{EXCERPT, excerpt};

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(excerpt("讲座没有记"), "讲座没有记");
        let long = excerpt(&"字".repeat(EXCERPT + 1));
        assert_eq!(long, format!("{}…", "字".repeat(EXCERPT)));
    }
}
