//! Interpretation notes of the bureau (P16): what it says of how a rule is read, published with the
//! scheme for everybody until it is withdrawn.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::ids::NoteId;
use kangji_rights::{Action, Permit};
use kangji_store::{Note, Store, new_id, reaches};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checked::versions;
use crate::{
    app::App,
    input::{At, Order, Write, WriteHeaders, line},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

/// A note.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Note)]
pub(crate) struct NoteText {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The scheme.
    pub(crate) scheme: String,
    /// The award it is about; `null` for the scheme as a whole.
    pub(crate) award: Option<String>,
    /// What it is about, in a few words.
    pub(crate) title: String,
    /// What it says.
    pub(crate) text: String,
    /// When it was published, in milliseconds of UTC.
    pub(crate) written_at: i64,
    /// When it was withdrawn, if it was.
    pub(crate) withdrawn_at: Option<i64>,
}

/// A new note.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    /// The award it is about; left out for the scheme as a whole.
    #[schema(max_length = 64)]
    pub(crate) award: Option<String>,
    /// What it is about, in a few words.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) title: String,
    /// What it says.
    #[schema(min_length = 1, max_length = 4000)]
    pub(crate) text: String,
}

impl From<Note> for NoteText {
    fn from(note: Note) -> Self {
        Self {
            id: note.id.to_string(),
            scheme: note.scheme,
            award: note.award,
            title: note.title,
            text: note.content,
            written_at: note.written_at.millis(),
            withdrawn_at: note.withdrawn.map(|(_, at)| at.millis()),
        }
    }
}

/// The notes of a scheme that stand.
pub(crate) fn standing(app: &App, scheme: &str) -> Result<Vec<NoteText>, Problem> {
    Ok(app.store().notes(scheme)?.into_iter().map(NoteText::from).collect())
}

/// List the interpretation notes of a scheme, the oldest first.
#[utoipa::path(
    get, path = "/schemes/{id}/notes", tag = "schemes",
    params(("id" = String, Path, description = "The scheme's id")),
    responses(
        (status = 200, body = Vec<NoteText>),
        ReadProblems,
    ),
    security(()),
)]
pub(crate) async fn list(
    State(app): State<App>,
    At(id): At<String>,
) -> Result<Json<Vec<NoteText>>, Problem> {
    app.looking(move |app| standing(app, &id).map(Json)).await
}

/// Publish an interpretation note.
#[utoipa::path(
    post, path = "/schemes/{id}/notes", tag = "schemes", request_body = NewNote,
    params(WriteHeaders, ("id" = String, Path, description = "The scheme's id")),
    responses(
        (status = 201, body = NoteText),
        WriteProblems,
    ),
)]
pub(crate) async fn write(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<NewNote>,
) -> Result<(StatusCode, Json<NoteText>), Problem> {
    let (by, now, server) = (who.officer()?, app.now(), app.clone());
    let write = move |store: &Store, permit: &Permit| {
        let NewNote { award, title, text } = body;
        line("title", &title, 100)?;
        if text.trim().is_empty() || text.chars().count() > 4000 {
            return Err(Problem::invalid("text", "写 1 到 4000 字"));
        }
        let all = versions(&server, &id)?;
        let newest = all.last().ok_or(Code::NotFound)?;
        within(permit, newest.division)?;
        let is_known = |award: &String| all.iter().any(|scheme| scheme.award(award).is_some());
        if award.as_ref().is_some_and(|award| !is_known(award)) {
            return Err(Problem::invalid("award", "没有这个得分项目"));
        }
        let note = Note {
            id: NoteId::from_bytes(new_id(now)),
            scheme: id,
            award,
            title,
            content: text,
            written_by: by,
            written_at: now,
            withdrawn: None,
        };
        let kept = store.write_note(note).wait()?;
        let kept = kept.parse().map_err(|_| Problem::from(Code::Internal))?;
        told(store, kept)
    };
    let note = app.writing(&who, Action::SchemesPublish, Some(key), write).await?;
    Ok((StatusCode::CREATED, Json(note)))
}

/// Withdraw an interpretation note. It is kept, and shown no more.
#[utoipa::path(
    post, path = "/notes/{id}/withdrawal", tag = "schemes",
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The note's id")),
    responses(
        (status = 200, body = NoteText),
        WriteProblems,
    ),
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Order(key): Order,
) -> Result<Json<NoteText>, Problem> {
    let (by, now, server) = (who.officer()?, app.now(), app.clone());
    let id: NoteId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let write = move |store: &Store, permit: &Permit| {
        let note = store.note(id)?.ok_or(Code::NotFound)?;
        let all = versions(&server, &note.scheme)?;
        within(permit, all.last().ok_or(Code::NotFound)?.division)?;
        if !store.withdraw_note(id, by, now).wait()? {
            return Err(Problem::from(Code::Conflict).saying("这条说明已经撤下"));
        }
        told(store, id)
    };
    app.writing(&who, Action::SchemesPublish, Some(key), write).await.map(Json)
}

fn within(permit: &Permit, area: kangji_core::DivisionPrefix) -> Result<(), Problem> {
    if reaches(permit, area) { Ok(()) } else { Err(Code::NotFound.into()) }
}

fn told(store: &Store, id: NoteId) -> Result<NoteText, Problem> {
    Ok(NoteText::from(store.note(id)?.ok_or(Code::NotFound)?))
}
