//! Requests of residents to correct what is held about them, and what staff answer.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::ids::HolderId;
use kangji_rights::{Action, Permit};
use kangji_store::{Actor, Correction, CorrectionDecision, SealedPerson, Store, Subject, new_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    cursor, more,
    own::{acts_for, writing},
};
use crate::{
    app::App,
    input::{At, Search, Write, WriteHeaders, page_size},
    people,
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CorrectionField {
    Name,
    Document,
    Phone,
    BirthDate,
    Sex,
    Communities,
    Guardians,
    Groups,
    Records,
    Other,
}

/// Something to be corrected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCorrection {
    pub(crate) field: CorrectionField,
    /// What is wrong, and how it should be.
    #[schema(max_length = 1000, pattern = "\\S")]
    pub(crate) text: String,
    /// The child under 14 on whose behalf a guardian asks.
    #[schema(format = "uuid")]
    pub(crate) person: Option<String>,
}

/// A request that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kept {
    #[schema(format = "uuid")]
    pub(crate) id: String,
}

/// A request to correct something, and what came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Asked {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The resident it is about.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    /// What is wrong.
    pub(crate) field: String,
    /// What the resident says about it.
    pub(crate) text: String,
    /// When it was asked, in milliseconds of UTC.
    pub(crate) asked_at: i64,
    /// When it was decided; `null` while it waits.
    pub(crate) decided_at: Option<i64>,
    /// Whether it was right.
    pub(crate) accepted: Option<bool>,
    /// What was answered.
    pub(crate) answer: Option<String>,
}

/// Some requests, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Corrections {
    pub(super) items: Vec<Asked>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(super) next: Option<String>,
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Those about this resident.
    #[param(format = "uuid")]
    pub(super) person: Option<String>,
    /// Those after this one.
    #[param(format = "uuid")]
    pub(super) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

/// What comes of a request.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectionAnswer {
    /// Whether it was right. The correction itself is a change of the resident or record.
    pub(super) accept: bool,
    /// What the resident is told.
    #[schema(max_length = 1000, pattern = "\\S")]
    pub(super) answer: String,
}

/// Ask for something to be corrected.
#[utoipa::path(
    post, path = "/me/corrections", tag = "me", request_body = NewCorrection,
    params(WriteHeaders),
    responses(
        (status = 201, body = Kept),
        WriteProblems,
    ),
)]
pub(crate) async fn ask(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<NewCorrection>,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let write = move |app: &App, store: &Store, me: HolderId| {
        let person = acts_for(app, me, body.person.as_deref())?;
        let text = said("text", &body.text)?;
        let known = app.store().person(person)?;
        let (now, id) = (app.now(), new_id(app.now()));
        let name = field("correction", id);
        let (content, made) =
            people::seal_first(app.keys(), person, known.as_ref(), &name, text, now)?;
        let correction = Correction {
            id,
            person,
            asked_by: me,
            field: word(body.field)?,
            content,
            asked_at: now,
            decision: None,
        };
        let id = store.ask_correction(correction, made).wait()?;
        Ok((StatusCode::CREATED, Json(Kept { id: shown_id(id) })))
    };
    writing(&app, &who, "me:corrections", key, write).await
}

/// List requests that wait for a decision.
#[utoipa::path(
    get, path = "/corrections", tag = "residents", params(Which),
    responses(
        (status = 200, body = Corrections),
        ReadProblems,
    ),
)]
pub(super) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Corrections>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        let (store, today) = (app.store(), app.now().day());
        let limit = page_size(which.limit)?;
        let after = which.after.as_deref().map(cursor).transpose()?;
        let person = which.person.as_deref().map(super::holder).transpose()?;
        let mut found = store.corrections_under(permit, person, after, limit + 1, today)?;
        let next = more(&mut found, limit).map(|last| shown_id(last.id));
        let ids: Vec<HolderId> = found.iter().map(|correction| correction.person).collect();
        let people = store.people(&ids)?;
        let person = |id| people.iter().find(|person| person.id == id);
        let items = found.iter().map(|one| asked(app, person(one.person), one));
        Ok(Json(Corrections { items: items.collect::<Result<_, _>>()?, next }))
    };
    app.reading(&who, Action::ResidentsWrite, Subject::None, read).await
}

/// Decide a request and answer it.
#[utoipa::path(
    post, path = "/corrections/{id}/decision", tag = "residents",
    request_body = CorrectionAnswer,
    params(("id" = String, Path, format = "uuid", description = "The request."), WriteHeaders),
    responses(
        (status = 200, body = Asked),
        WriteProblems,
    ),
)]
pub(super) async fn decide(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<CorrectionAnswer>,
) -> Result<Json<Asked>, Problem> {
    let id = *super::holder(&id)?.bytes();
    let (server, actor) = (app.clone(), who.principal());
    let write = move |store: &Store, permit: &Permit| {
        let now = server.now();
        let answer = said("answer", &body.answer)?;
        let Actor::Staff(by) = actor else {
            return Err(Problem::from(Code::Forbidden).saying("由工作人员处理"));
        };
        let find = || server.store().correction(id)?.ok_or(Problem::from(Code::NotFound));
        let person = server.store().person(find()?.person)?.ok_or(Code::NotFound)?;
        let answer = people::seal_text(server.keys(), &person, &field("answer", id), answer)?;
        let decision = CorrectionDecision { by, at: now, accepted: body.accept, answer };
        match store.decide_correction(permit, id, decision).wait()? {
            Some(true) => asked(&server, Some(&person), &find()?).map(Json),
            Some(false) => Err(Problem::from(Code::Conflict).saying("这条更正申请已经处理过")),
            None => Err(Code::NotFound.into()),
        }
    };
    app.writing(&who, Action::ResidentsWrite, Some(key), write).await
}

/// A request as it is shown to whoever may read it.
pub(super) fn asked(
    app: &App,
    person: Option<&SealedPerson>,
    correction: &Correction,
) -> Result<Asked, Problem> {
    let person = person.ok_or(Code::NotFound)?;
    let open = |what: &str, sealed: &[u8]| {
        let text = people::open_text(app.keys(), person, &field(what, correction.id), sealed);
        text.map(|text| text.as_str().to_owned())
    };
    let decision = correction.decision.as_ref();
    Ok(Asked {
        id: shown_id(correction.id),
        person: correction.person.to_string(),
        field: correction.field.clone(),
        text: open("correction", &correction.content)?,
        asked_at: correction.asked_at.millis(),
        decided_at: decision.map(|decision| decision.at.millis()),
        accepted: decision.map(|decision| decision.accepted),
        answer: decision.map(|decision| open("answer", &decision.answer)).transpose()?,
    })
}

/// The field a text is sealed as, so that it opens nowhere else.
fn field(what: &str, id: [u8; 16]) -> String {
    format!("{what} {}", shown_id(id))
}

pub(crate) fn shown_id(id: [u8; 16]) -> String {
    uuid::Uuid::from_bytes(id).to_string()
}

pub(crate) fn said<'a>(place: &str, text: &'a str) -> Result<&'a str, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 1000 {
        return Err(Problem::invalid(place, "请填写，不超过 1000 字"));
    }
    Ok(text)
}

/// The word of a field in the database.
fn word(field: CorrectionField) -> Result<String, Problem> {
    let word = serde_json::to_value(field).ok();
    let word = word.as_ref().and_then(serde_json::Value::as_str);
    word.map(ToOwned::to_owned).ok_or(Code::Internal.into())
}
