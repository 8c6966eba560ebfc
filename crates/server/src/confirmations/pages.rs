//! The page on which somebody confirms what waits: each award with the records it rests on, one
//! press to accept, a reason to reject. After a decision the next ones stand there.

use std::collections::BTreeMap;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use kangji_core::vocabulary::Vocabulary;
use kangji_rights::Action;
use kangji_rules::words::role_label;
use kangji_store::Store;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Answer, Confirmation, Page as Listed, Waits, Which, confirming, decide, list};
use crate::{
    input::Search,
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    records::{
        Record,
        pages::{
            outcome::changes,
            values::{kind_label, line},
        },
    },
    residents::glance::glance,
};

/// Candidates on a page.
const PAGE: u32 = 20;

pub(crate) fn pages() -> Pages {
    Pages::default().get("/confirmations", show).post("/confirmations", take)
}

/// Which candidates; an empty text asks for nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    award: String,
    after: String,
}

impl Wanted {
    fn which(&self) -> Which {
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Which {
            _waiting: None,
            award: said(&self.award),
            after: said(&self.after),
            limit: Some(PAGE),
        }
    }
}

/// What came of the decision that was just sent.
enum Sent<'a> {
    Nothing,
    Done(&'a Answer, bool),
    /// With what was typed.
    Refused(&'a Problem, &'a Form),
}

async fn show(visit: Visit, Search(wanted): Search<Wanted>) -> Result<Page, Problem> {
    listed(&visit, &wanted, &Sent::Nothing).await
}

async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(confirming(visit.app(), &visit.who()).0)?;
    let typed = |name| form.text(name).unwrap_or_default().to_owned();
    let wanted = Wanted { award: typed("filter"), after: typed("after") };
    let accept = form.text("accept") == Some("true");
    let decided = match confirmation(&form, accept) {
        Ok(body) => decide(visit.state(), visit.who(), form.write(body)?).await,
        Err(problem) => Err(problem),
    };
    match decided {
        Ok(Json(answer)) => {
            Ok(listed(&visit, &wanted, &Sent::Done(&answer, accept)).await?.into_response())
        }
        Err(problem) if is_told_here(&problem) => {
            let page = listed(&visit, &wanted, &Sent::Refused(&problem, &form)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Whether the list is the place where a problem is understood.
const fn is_told_here(problem: &Problem) -> bool {
    matches!(
        problem.code,
        Code::Invalid | Code::Conflict | Code::SamePerson | Code::NotFound | Code::Forbidden
    )
}

/// A decision as it is sent. A rejection has to say why: the resident reads it.
fn confirmation(form: &Form, accept: bool) -> Result<Confirmation, Problem> {
    let typed = |name: &str| form.text(name).map(ToOwned::to_owned);
    let reason = typed("reason");
    if !accept && reason.is_none() {
        return Err(Problem::invalid("reason", "请写明为什么驳回"));
    }
    Ok(Confirmation {
        award: typed("award"),
        record: typed("record"),
        resident: typed("resident"),
        period: typed("period"),
        accept,
        reason,
    })
}

async fn listed(visit: &Visit, wanted: &Wanted, sent: &Sent<'_>) -> Result<Page, Problem> {
    let search = Search(wanted.which());
    let Json(Listed { items, next }) = list(visit.state(), visit.who(), search).await?;
    let names = names(visit, &items).await?;
    let awards = awards(visit).await?;
    let next = next.as_deref().and_then(|next| further(wanted, next));
    let at_a_row =
        items.iter().any(|waits| matches!(sent, Sent::Refused(_, form) if is_it(waits, form)));
    let body = html! {
        (told(sent, at_a_row))
        form.filter method="get" action="/confirmations" {
            (Field::new("award", "积分项目", Kind::Choice(&awards)).unmarked()
                .value(Some(&wanted.award)).show())
            button type="submit" { "查询" }
        }
        @if items.is_empty() && next.is_none() {
            (parts::empty("没有等待确认的积分。", html! {
                @if wanted.award.is_empty() && wanted.after.is_empty() {
                    // Whoever only checks reports looks nobody up (T10).
                    @if visit.may(Action::ResidentsRead) {
                        a.button href="/residents" { "回到居民" }
                    } @else {
                        a.button href="/" { "回到首页" }
                    }
                } @else {
                    a.button href="/confirmations" { "看全部" }
                }
            }))
        } @else if items.is_empty() {
            (parts::empty("这一段没有等待确认的积分，后面可能还有。", html! {}))
        }
        @for (place, waits) in items.iter().enumerate() {
            (row(visit, wanted, waits, place, &names, sent))
        }
        (parts::more(next.as_deref()))
    };
    Ok(visit.page("等待确认的积分", body))
}

/// What came of the decision, above the list.
fn told(sent: &Sent<'_>, at_a_row: bool) -> Markup {
    match sent {
        Sent::Refused(problem, _) if !at_a_row => faults(Some(problem)),
        Sent::Nothing | Sent::Refused(..) => html! {},
        Sent::Done(answer, accept) => {
            let title = match (answer.already, accept) {
                (true, _) => "之前已经这样决定过",
                (false, true) => "已确认",
                (false, false) => "已驳回，不计分",
            };
            html! {
                (parts::notice(Tone::Good, title, html! {}))
                @if !answer.changes.is_empty() { (changes(&answer.changes)) }
            }
        }
    }
}

/// Whether a form was about this candidate.
fn is_it(waits: &Waits, form: &Form) -> bool {
    let is = |name: &str, held: Option<&str>| form.text(name) == held;
    is("award", waits.award.as_deref())
        && is("record", waits.record.as_deref())
        && is("period", waits.period.as_deref())
        && (waits.record.is_some() || is("resident", Some(&waits.resident)))
}

/// A candidate: what it is, what it rests on, and the two answers.
fn row(
    visit: &Visit,
    wanted: &Wanted,
    waits: &Waits,
    place: usize,
    names: &BTreeMap<String, String>,
    sent: &Sent<'_>,
) -> Markup {
    let words = visit.app().store().words();
    let refused = match sent {
        Sent::Refused(problem, form) if is_it(waits, form) => Some((*problem, *form)),
        _ => None,
    };
    html! {
        article.card {
            p.head {
                strong { (waits.title) }
                span.points { (parts::change(waits.points, waits.decimals)) " 分" }
            }
            p {
                @if let Some(name) = names.get(&waits.resident) {
                    a href=(format!("/residents/{}", waits.resident)) { (name) } "，"
                } @else if visit.may(Action::ResidentsRead) { "居民，" }
                (waits.period.as_deref().unwrap_or(&waits.date))
                "，由" (role_label(&waits.role)) "确认"
            }
            @if !waits.records.is_empty() {
                p { "依据的记录：" }
                ul { @for record in &waits.records { li { (basis(visit, record, words)) } } }
            }
            @if let Some((problem, _)) = refused { (faults(Some(&away_from_fields(problem)))) }
            @if waits.award.is_some() || visit.may(Action::ConfirmationsCheck) {
                (answers(visit, wanted, waits, place, refused))
            } @else {
                p { "这一项涉及病情，请由负责这位居民的医护人员确认。" }
            }
        }
    }
}

/// The fault is said in the row; there is a field of the name in every row.
fn away_from_fields(problem: &Problem) -> Problem {
    Problem { place: None, ..problem.clone() }
}

/// Whoever may not read records sees of one what there is to check: its number, the day on which
/// it was received, and who helped.
fn basis(visit: &Visit, record: &Record, words: &Vocabulary) -> Markup {
    let said = line(record, words);
    if !visit.may(Action::RecordsRead) {
        return html! {
            "编号 " (record.code) "，" (record.date) " 收到"
            @if !record.worker.is_empty() { "，帮办人员 " (record.worker) }
        };
    }
    html! {
        a href=(format!("/records/{}", record.id)) { (record.date) " " (kind_label(record, words)) }
        @if !said.is_empty() { "：" (said) }
    }
}

/// One press to accept; to reject, first the reason.
fn answers(
    visit: &Visit,
    wanted: &Wanted,
    waits: &Waits,
    place: usize,
    refused: Option<(&Problem, &Form)>,
) -> Markup {
    let about = html! {
        (visit.seal())
        input type="hidden" name="filter" value=(wanted.award);
        input type="hidden" name="after" value=(wanted.after);
        input type="hidden" name="award" value=(waits.award.as_deref().unwrap_or_default());
        @match (&waits.record, &waits.period) {
            (Some(record), _) => input type="hidden" name="record" value=(record);,
            (None, period) => {
                input type="hidden" name="resident" value=(waits.resident);
                input type="hidden" name="period" value=(period.as_deref().unwrap_or_default());
            }
        }
    };
    let typed = refused.and_then(|(_, form)| form.text("reason"));
    let opened = refused.is_some_and(|(_, form)| form.text("accept") == Some("false"));
    let reason = format!("reason-{place}");
    html! {
        div.answers {
            form method="post" action="/confirmations" {
                (about)
                input type="hidden" name="accept" value="true";
                button.main[place == 0] type="submit" { "确认计分" }
            }
            details open[opened] {
                summary.button.quiet { "驳回…" }
                form method="post" action="/confirmations" {
                    (about)
                    input type="hidden" name="accept" value="false";
                    div.field {
                        label for=(reason) { "为什么驳回" }
                        textarea #(reason) name="reason" rows="2" required {
                            (typed.unwrap_or_default())
                        }
                    }
                    button.danger type="submit" { "驳回" }
                }
            }
        }
    }
}

/// How the residents are called to whoever looks.
async fn names(visit: &Visit, items: &[Waits]) -> Result<BTreeMap<String, String>, Problem> {
    let mut names = BTreeMap::new();
    if !visit.may(Action::ResidentsRead) {
        return Ok(names);
    }
    for waits in items {
        if !names.contains_key(&waits.resident) {
            let name = match glance(visit, &waits.resident).await {
                Ok(person) => person.called(),
                // Whoever may confirm somebody's points need not see the person.
                Err(problem) if problem.code == Code::NotFound => continue,
                Err(problem) => return Err(problem),
            };
            names.insert(waits.resident.clone(), name);
        }
    }
    Ok(names)
}

/// The awards that somebody has to confirm, as far as whoever looks may read their names.
async fn awards(visit: &Visit) -> Result<Vec<(String, String)>, Problem> {
    let schemes = visit.app().ask(Store::schemes).await?;
    let awards = schemes.into_iter().flatten().flat_map(|scheme| scheme.awards);
    let may_know = visit.may(Action::PointsCare);
    let named = awards
        .filter(|award| award.confirm.is_some() && (may_know || award.public_name.is_none()))
        .map(|award| (award.id, award.name));
    let named: BTreeMap<String, String> = named.collect();
    let all = (String::new(), "全部".to_owned());
    Ok(std::iter::once(all).chain(named).collect())
}

/// Where the next page is.
fn further(wanted: &Wanted, next: &str) -> Option<String> {
    let asked = [("award", wanted.award.as_str()), ("after", next)];
    let asked = asked.into_iter().filter(|(_, text)| !text.is_empty());
    let asked = serde_urlencoded::to_string(asked.collect::<Vec<_>>()).ok()?;
    Some(format!("/confirmations?{asked}"))
}
