//! Long work that members of staff ask for: how far theirs is, what it gave, stopping it and going
//! on. What there is to ask for stands in `kinds`; a server works on it in `attend`.

pub mod attend;
mod kinds;
mod pages;
mod running;
mod told;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use kangji_core::ids::{OfficerId, TaskId};
use kangji_rights::Action;
use kangji_store::{Progress, Store, Subject, Task, TaskFile, TaskQuery, TaskState, new_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, Write, WriteHeaders, page_size},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

pub(crate) use {
    kinds::{Given, Kind},
    pages::{AGAIN, pages},
    running::{Halt, Running, opened},
    told::TaskEntry,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(step))
        .routes(routes!(file))
}

/// What somebody asks for.
pub(crate) struct Asked<T> {
    pub(crate) kind: Kind,
    /// The right under which it is done.
    pub(crate) action: Action,
    /// What it is called, for people; it names nobody.
    pub(crate) title: String,
    /// What exactly; it names nobody either.
    pub(crate) input: T,
    /// Files that it reads, by name.
    pub(crate) files: Vec<(&'static str, Vec<u8>)>,
}

/// Keeps work for whoever attends to it. `store` is the one of [`App::writing`]; a key that was
/// used before gives the task of then.
pub(crate) fn ask<T: Serialize>(
    app: &App,
    store: &Store,
    by: OfficerId,
    asked: Asked<T>,
) -> Result<TaskId, Problem> {
    let now = app.now();
    let Asked { kind, action, title, input, files } = asked;
    let task = Task {
        id: TaskId::from_bytes(new_id(now)),
        kind: kind.word().to_owned(),
        action,
        title,
        input: serde_json::to_string(&input).map_err(|_| Problem::from(Code::Internal))?,
        asked_by: by,
        asked_at: now,
        state: TaskState::Waiting,
        progress: Progress::default(),
        begun: None,
        message: String::new(),
        ended_at: None,
    };
    let mut parts: Vec<TaskFile> = Vec::new();
    for (name, bytes) in files {
        parts.extend(running::sealed(app, &task, name, &bytes)?);
    }
    let id = store.ask_task(task, parts).wait()?;
    id.parse().map_err(|_| Code::Internal.into())
}

/// Which tasks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those asked before the one with this id: `next` of the answer before.
    #[param(format = "uuid")]
    before: Option<String>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// Tasks, what was asked last first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskEntries {
    pub(crate) items: Vec<TaskEntry>,
    /// `before` of what follows; `null` at the end.
    pub(crate) next: Option<String>,
}

/// List the long work that one asked for.
#[utoipa::path(
    get, path = "/tasks", tag = "tasks", params(Which),
    responses(
        (status = 200, body = TaskEntries),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(Which { before, limit }): Search<Which>,
) -> Result<Json<TaskEntries>, Problem> {
    let limit = page_size(limit)?;
    let before = before.map(|id| id.parse().map_err(|_| Problem::invalid("before", "不是编号")));
    let query = TaskQuery { asked_by: Some(who.officer()?), before: before.transpose()?, limit };
    let now = app.now();
    let found = app.ask(move |store| store.tasks(query)).await?;
    let full = found.len() == usize::from(limit);
    let next = found.last().filter(|_| full).map(|last| last.id.to_string());
    let items = found.iter().map(|task| TaskEntry::of(task, now)).collect();
    Ok(Json(TaskEntries { items, next }))
}

/// Read how far a task is that one asked for.
#[utoipa::path(
    get, path = "/tasks/{id}", tag = "tasks",
    params(("id" = String, Path, format = "uuid", description = "The task's id")),
    responses(
        (status = 200, body = TaskEntry),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<TaskEntry>, Problem> {
    let (task, now) = (own(&app, &who, &id).await?, app.now());
    Ok(Json(TaskEntry::of(&task, now)))
}

/// What is to become of a task.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepWanted {
    pub(crate) step: TaskStep,
}

/// What can be done with a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskStep {
    /// To stop it: what is done stays done.
    Stop,
    /// To go on where it stopped or failed.
    Resume,
}

/// Stop a task that one asked for, or have it go on.
#[utoipa::path(
    post, path = "/tasks/{id}", tag = "tasks", request_body = StepWanted,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The task's id")),
    responses(
        (status = 200, body = TaskEntry),
        WriteProblems,
    ),
)]
pub(crate) async fn step(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body: StepWanted { step }, key }: Write<StepWanted>,
) -> Result<Json<TaskEntry>, Problem> {
    let task = own(&app, &who, &id).await?;
    let now = app.now();
    let write = move |store: &Store, _: &_| {
        let done = match step {
            TaskStep::Stop => store.stop_task(task.id, now).wait()?,
            TaskStep::Resume => store.resume_task(task.id).wait()?,
        };
        let task = store.task(task.id)?.ok_or(Code::NotFound)?;
        if done {
            Ok(task)
        } else {
            Err(Problem::from(Code::Conflict).saying("任务已经结束"))
        }
    };
    let task = app.writing(&who, task.action, Some(key), write).await?;
    app.tasks().nudge();
    Ok(Json(TaskEntry::of(&task, now)))
}

/// Where a file of a task is.
#[derive(Debug, Deserialize)]
pub(crate) struct FilePlace {
    id: String,
    name: String,
}

/// Download what a task gave.
#[utoipa::path(
    get, path = "/tasks/{id}/files/{name}", tag = "tasks",
    params(
        ("id" = String, Path, format = "uuid", description = "The task's id"),
        ("name" = String, Path, description = "One of the task's `files`"),
    ),
    responses(
        (status = 200, content(
            (Vec<u8> = "text/csv"), (Vec<u8> = "text/html"), (Vec<u8> = "application/json"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        ReadProblems,
    ),
)]
pub(crate) async fn file(
    State(app): State<App>,
    who: Signed,
    At(FilePlace { id, name }): At<FilePlace>,
) -> Result<Response, Problem> {
    let task = own(&app, &who, &id).await?;
    let given = Kind::of_word(&task.kind).map(Kind::gives).unwrap_or_default();
    let file = given.iter().find(|file| file.name == name).ok_or(Code::NotFound)?;
    let action = task.action;
    let read = move |app: &App, _: &_| running::opened(app, &task, file.name);
    let bytes = app.reading(&who, action, Subject::None, read).await?.ok_or(Code::NotFound)?;
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let headers = [(header::CONTENT_TYPE, file.kind), (header::CONTENT_DISPOSITION, &disposition)];
    Ok((StatusCode::OK, headers, bytes.to_vec()).into_response())
}

/// A task of whoever asks: nobody sees those of others.
pub(crate) async fn own(app: &App, who: &Signed, id: &str) -> Result<Task, Problem> {
    let officer = who.officer()?;
    let id: TaskId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let task = app.ask(move |store| store.task(id)).await?;
    task.filter(|task| task.asked_by == officer).ok_or_else(|| Code::NotFound.into())
}
