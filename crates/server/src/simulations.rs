//! What a changed scheme would have meant for the people in the store, before it is published: the
//! question is kept as a task, its answer is read here. How both ways are scored stands in
//! `kangji_rules::simulate`.

mod pages;
mod report;
mod run;
mod sheet;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{
    Day, DayRange,
    ids::{OfficerId, TaskId},
};
use kangji_rights::{Action, Permit};
use kangji_rules::{
    document,
    simulate::{Simulation, SimulationError},
};
use kangji_store::{Store, Subject, TaskState, reaches};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Write, WriteHeaders},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    proposals::wrong_with,
    signed::Signed,
    tasks::{self, Asked, Given, Kind, TaskEntry},
};
use report::SimulationReport;

pub(crate) use {pages::pages, run::simulate};

/// The document among the files of a task, and its answer.
const DOCUMENT: &str = "document.md";
const REPORT: &str = "simulation.json";

/// The files that a simulation gives.
pub(crate) const GIVES: &[Given] = &[
    Given { name: sheet::XLSX_NAME, label: "各表（XLSX）", kind: sheet::XLSX_KIND },
    Given { name: sheet::CSV_NAME, label: "各表（CSV）", kind: "text/csv; charset=utf-8" },
];

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ask)).routes(routes!(show))
}

/// What is to be simulated.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimulationWanted {
    /// The document of the scheme as it would be. Its worked examples need not agree with it yet.
    pub(crate) document: String,
    /// The first day on which it stands in for what was in force.
    #[schema(format = Date)]
    pub(crate) from: String,
    /// The last day; not after today.
    #[schema(format = Date)]
    pub(crate) to: String,
}

/// What a task keeps of the question; the document is one of its files.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Question {
    from: Day,
    to: Day,
}

/// Ask what would have differed if another version of a scheme had been in force on some days. The
/// answer is worked out by a task.
#[utoipa::path(
    post, path = "/simulations", tag = "simulations", request_body = SimulationWanted,
    params(WriteHeaders),
    responses(
        (status = 202, body = TaskEntry),
        WriteProblems,
    ),
)]
pub(crate) async fn ask(
    State(app): State<App>,
    who: Signed,
    Write { body: wanted, key }: Write<SimulationWanted>,
) -> Result<(StatusCode, Json<TaskEntry>), Problem> {
    let officer = who.officer()?;
    let asked_of = app.clone();
    let write = move |store: &Store, permit: &Permit| {
        let id = kept(&asked_of, store, (officer, permit), wanted)?;
        Ok(store.task(id)?.ok_or(Code::NotFound)?)
    };
    let task = app.writing(&who, Action::SchemesPublish, Some(key), write).await?;
    app.tasks().nudge();
    Ok((StatusCode::ACCEPTED, Json(TaskEntry::of(&task, app.now()))))
}

/// Read what a simulation came to that one asked for.
#[utoipa::path(
    get, path = "/simulations/{task}", tag = "simulations",
    params(("task" = String, Path, format = "uuid", description = "The task's id")),
    responses(
        (status = 200, body = SimulationReport),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(task): At<String>,
) -> Result<Json<SimulationReport>, Problem> {
    let action = Action::SchemesPublish;
    who.permit(action, app.roles()).ok_or(Code::Forbidden)?;
    let task = tasks::own(&app, &who, &task).await?;
    if Kind::of_word(&task.kind) != Some(Kind::Simulation) {
        return Err(Code::NotFound.into());
    }
    if task.state != TaskState::Done {
        return Err(Problem::from(Code::NotFound).saying("模拟还没有完成"));
    }
    let residents = who.permit(Action::ResidentsRead, app.roles());
    let read = move |app: &App, permit: &Permit| {
        let file = tasks::opened(app, &task, REPORT)?.ok_or(Code::NotFound)?;
        let report: Result<SimulationReport, _> = serde_json::from_slice(&file);
        let report = report.map_err(|_| Problem::from(Code::Internal))?;
        report.within(permit)?;
        report.seen_by(app, residents.as_ref())
    };
    app.reading(&who, action, Subject::None, read).await.map(Json)
}

/// Keeps a question for whoever attends to tasks.
pub(crate) fn kept(
    app: &App,
    store: &Store,
    (officer, permit): (OfficerId, &Permit),
    wanted: SimulationWanted,
) -> Result<TaskId, Problem> {
    let days = days(&wanted, app.now().day())?;
    let draft = prepared(store, permit, &wanted.document, days)?;
    let asked = Asked {
        kind: Kind::Simulation,
        action: Action::SchemesPublish,
        title: format!("模拟《{}》{} 至 {}", draft.title, days.from, days.to),
        input: Question { from: days.from, to: days.to },
        files: vec![(DOCUMENT, wanted.document.into_bytes())],
    };
    tasks::ask(app, store, officer, asked)
}

/// The days of a question.
fn days(wanted: &SimulationWanted, today: Day) -> Result<DayRange, Problem> {
    let day = |text: &str, place: &str| {
        text.parse::<Day>().map_err(|_| Problem::invalid(place, "写成一天，例如 2026-07-15"))
    };
    let days = DayRange { from: day(&wanted.from, "from")?, to: day(&wanted.to, "to")? };
    if days.to > today {
        return Err(Problem::invalid("to", format!("不能晚于今天（{today}）：以后还没有记录")));
    }
    if days.is_empty() {
        return Err(Problem::invalid("to", "不能早于开始日期"));
    }
    Ok(days)
}

/// A simulation that is ready, and what the draft is called.
struct Prepared {
    simulation: Simulation,
    scheme: String,
    title: String,
    first_day: Day,
}

/// Makes a draft and what is published ready to be compared, if both lie within reach.
fn prepared(
    store: &Store,
    permit: &Permit,
    text: &str,
    days: DayRange,
) -> Result<Prepared, Problem> {
    let read = document::read(text, store.words());
    let Some(draft) = read.rules else {
        return Err(Problem::invalid("document", wrong_with(text, &read.problems)));
    };
    let published = store.schemes()?.into_iter().flatten();
    let published = published.filter(|version| version.id == draft.id).collect();
    let (scheme, title) = (draft.id.clone(), draft.title.clone());
    let first_day = draft.in_force.from;
    let simulation = Simulation::new(published, draft, days).map_err(|error| refused(&error))?;
    if !simulation.areas().into_iter().all(|area| reaches(permit, area)) {
        return Err(Code::OutOfArea.into());
    }
    Ok(Prepared { simulation, scheme, title, first_day })
}

fn refused(error: &SimulationError) -> Problem {
    let place = if *error == SimulationError::Days { "to" } else { "document" };
    Problem::invalid(place, error.to_string())
}
