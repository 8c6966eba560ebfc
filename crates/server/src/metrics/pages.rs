//! The pages of figures: what is known of a year, a figure with its evidence, and the second person
//! who accepts it.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Decimal;
use kangji_rights::Action;
use kangji_rules::words::{metric_label, metric_number};
use kangji_store::{Actor, Proposal, ProposalQuery, Proposed};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Metric, Which, list};
use crate::{
    input::{At, Search, Whole},
    orders::pages::minute,
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    proposals::{Content, DecisionWanted, MetricWanted, Wanted, decide, propose, show as read},
    stock::staff_names,
    targets::own_area,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/metrics", all)
        .post("/metrics", take)
        .get("/metrics/{id}", one)
        .post("/metrics/{id}", sign)
}

/// So many proposals that wait are shown.
const WAITING: u16 = 100;
/// The figures of the shipped schemes; others are typed.
const KNOWN: [&str; 4] =
    ["awareness_rate", "elderly_residents", "elderly_checkup_rate", "two_cancer_screening_rate"];

/// What is asked for, as it is typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    area: String,
    year: String,
}

async fn all(visit: Visit, Search(asked): Search<Asked>) -> Result<Page, Problem> {
    page(&visit, &asked, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    asked: &Asked,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let year = match asked.year.as_str() {
        "" => visit.app().now().day().year(),
        text => text.parse().map_err(|_| Problem::invalid("year", "年份写成 2026 这样"))?,
    };
    let area = Some(asked.area.clone()).filter(|area| !area.is_empty());
    let area = area.or_else(|| own_area(visit)).ok_or(Code::Forbidden)?;
    let found = match area.is_empty() {
        true => Vec::new(),
        false => {
            let which = Which { area: area.clone(), year };
            list(visit.state(), visit.who(), Search(which)).await?.0
        }
    };
    let waiting = waiting(visit).await?;
    let (now, here) = (year.to_string(), area);
    let body = html! {
        form.filter method="get" action="/metrics" {
            (Field::new("area", "区划代码", Kind::Digits).unmarked().value(Some(&here)).show())
            (Field::new("year", "年份", Kind::Digits).unmarked().value(Some(&now)).show())
            button type="submit" { "查询" }
        }
        (table(&found))
        (open(&waiting))
        @if visit.may(Action::MetricsPropose) { (sheet(visit, form, &now, problem)) }
    };
    Ok(visit.page("社区指标", body))
}

fn table(found: &[Metric]) -> Markup {
    let columns = [Column::Text("村（社区）"), Column::Text("指标"), Column::Number("数值")];
    let row = |one: &Metric| {
        vec![
            html! { (one.community) },
            html! { (metric_label(&one.name)) },
            html! { (number(&one.name, &one.value)) },
        ]
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    html! {
        @if rows.is_empty() { (parts::empty("这一年还没有公布指标。", html! {})) }
        @else { (parts::table("已公布的指标", &columns, &rows)) }
    }
}

/// A figure as people read it: shares in percent.
pub(crate) fn number(name: &str, value: &str) -> String {
    value.parse::<Decimal>().map_or_else(|_| value.to_owned(), |value| metric_number(name, value))
}

/// Figures that wait for the second person.
async fn waiting(visit: &Visit) -> Result<Vec<Proposal>, Problem> {
    let permit = visit.who().permit(Action::MetricsPropose, visit.app().roles());
    let permits = permit.into_iter().collect();
    let query = ProposalQuery { open: Some(true), permits, after: None, limit: WAITING };
    visit.app().ask(move |store| store.proposals(&query)).await
}

fn open(waiting: &[Proposal]) -> Markup {
    let columns = [
        Column::Text("提交时间"),
        Column::Text("村（社区）"),
        Column::Text("指标"),
        Column::Number("数值"),
    ];
    let row = |one: &Proposal| match &one.content {
        Proposed::Metric { community, name, value, .. } => Some(vec![
            html! {
                a href=(format!("/metrics/{}", one.id)) { (minute(one.proposed_at.millis())) }
            },
            html! { (community) },
            html! { (metric_label(name)) },
            html! { (metric_number(name, *value)) },
        ]),
        _ => None,
    };
    let rows: Vec<_> = waiting.iter().filter_map(row).collect();
    html! { @if !rows.is_empty() { (parts::table("待第二人核对", &columns, &rows)) } }
}

fn sheet(visit: &Visit, form: &Form, year: &str, problem: Option<&Problem>) -> Markup {
    let field = |name, label, kind| {
        Field::new(name, label, kind).among("new").required().value(form.text(name)).fault(problem)
    };
    let names: Vec<(String, String)> =
        KNOWN.iter().map(|name| ((*name).to_owned(), metric_label(name).to_owned())).collect();
    html! {
        h2 { "录入一个指标" }
        (faults(problem))
        form method="post" action="/metrics" {
            (visit.seal())
            (field("community", "村（社区）", Kind::Digits).hint("12 位区划代码").show())
            (field("year", "年份", Kind::Digits).value(form.text("year").or(Some(year))).show())
            (field("name", "指标", Kind::Choice(&names)).show())
            (field("value", "数值", Kind::Number { usual: None })
                .hint("比率写成小数，例如 90% 写 0.9").show())
            (field("evidence", "依据", Kind::Long)
                .hint("怎么测的、文件名和文号，例如：6 月入户抽查 200 户，通卫〔2026〕12号").show())
            p.hint { "提交后由另一位工作人员核对依据，才作数。" }
            button.main type="submit" { "提交" }
        }
    }
}

async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::MetricsPropose)?;
    match proposed(&visit, &form).await {
        Ok(id) => Ok(Redirect::to(&format!("/metrics/{id}")).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::OutOfArea) => {
            let place = problem.place.map(|place| place.trim_start_matches("metric.").to_owned());
            let problem = Problem { place, ..problem };
            let page = page(&visit, &Asked::default(), &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn proposed(visit: &Visit, form: &Form) -> Result<String, Problem> {
    let text = |name: &str| form.need(name).map(ToOwned::to_owned);
    let year = form.need("year")?.parse();
    let year = year.map_err(|_| Problem::invalid("year", "年份写成 2026 这样"))?;
    let wanted = Wanted::Metric(MetricWanted {
        community: text("community")?,
        year: Whole(year),
        name: text("name")?,
        value: text("value")?,
        evidence: text("evidence")?,
    });
    let made = propose(visit.state(), visit.who(), form.write(wanted)?).await?.1.0;
    Ok(made.entry.id)
}

async fn one(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    paper(&visit, id, &Form::default(), None).await
}

/// A figure with its evidence, and the second person's decision.
async fn paper(
    visit: &Visit,
    id: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let proposal = read(visit.state(), visit.who(), At(id)).await?.0;
    let Content::Metric(metric) = &proposal.content else { return Err(Code::NotFound.into()) };
    let entry = &proposal.entry;
    let decided = entry.decision.as_ref();
    let ids = [&entry.proposed_by].into_iter().chain(decided.map(|one| &one.by));
    let names = staff_names(visit, ids).await?;
    let named = |id: &String| names.get(id).map_or("", String::as_str).to_owned();
    let is_own =
        matches!(visit.who().principal(), Actor::Staff(id) if id.to_string() == entry.proposed_by);
    let state = match decided.map(|one| one.accepted) {
        None => parts::tag(Tone::Warn, "待第二人核对"),
        Some(true) => parts::tag(Tone::Good, "已公布"),
        Some(false) => parts::tag(Tone::Plain, "未通过"),
    };
    let body = html! {
        (faults(problem))
        (parts::facts(&[
            ("状态", state),
            ("村（社区）", html! { (metric.community) }),
            ("年份", html! { (metric.year.0) }),
            ("指标", html! { (metric_label(&metric.name)) }),
            ("数值", html! { (number(&metric.name, &metric.value)) }),
            ("依据", html! { (metric.evidence) }),
            ("录入", html! { (minute(entry.proposed_at)) "，" (named(&entry.proposed_by)) }),
            ("核对", html! {
                @match decided {
                    Some(one) => { (minute(one.at)) "，" (named(&one.by)) }
                    None => { "待另一位工作人员" }
                }
            }),
        ]))
        @if let Some(one) = decided.filter(|one| !one.accepted && !one.reason.is_empty()) {
            p.typed { "未通过的原因：" (one.reason) }
        }
        @if decided.is_none() && is_own {
            (parts::notice(Tone::Plain, "等待第二人核对", html! {
                p { "这个数是您录入的，请另一位有权限的工作人员登录后核对。" }
            }))
        } @else if decided.is_none() {
            form method="post" action=(format!("/metrics/{}", entry.id)) {
                (visit.seal())
                (Field::new("reason", "不通过的原因", Kind::Line).hint("同意的不用填")
                    .value(form.text("reason")).fault(problem).show())
                p.buttons {
                    button.main type="submit" name="accept" value="true" { "核对无误，公布" }
                    button.danger type="submit" name="accept" value="false" { "不通过" }
                }
            }
        }
        p { a href="/metrics" { "← 社区指标" } }
    };
    Ok(visit.page("指标和依据", body))
}

async fn sign(visit: Visit, At(id): At<String>, form: Form) -> Result<Response, Problem> {
    visit.need(Action::MetricsPropose)?;
    match signed(&visit, id.clone(), &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/metrics/{id}")).into_response()),
        Err(problem)
            if matches!(problem.code, Code::Invalid | Code::Conflict | Code::SamePerson) =>
        {
            let page = paper(&visit, id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn signed(visit: &Visit, id: String, form: &Form) -> Result<(), Problem> {
    let accept = form.need("accept")? == "true";
    let reason = form.text("reason").unwrap_or_default().to_owned();
    if !accept && reason.is_empty() {
        return Err(Problem::invalid("reason", "请写明为什么不通过"));
    }
    let wanted = form.write(DecisionWanted { accept, reason })?;
    decide(visit.state(), visit.who(), At(id), wanted).await.map(drop)
}
