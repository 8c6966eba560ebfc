//! Versions of schemes that somebody works on: changed by forms or as text, checked, and proposed
//! for a second person to publish. The document stays what it is: forms write into its text.

mod checked;
mod condition;
mod form;
mod messages;
mod notes;
mod pages;
mod template;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::ids::{DraftId, ProposalId};
use kangji_rights::{Action, Permit};
use kangji_rules::{
    document,
    edit::{self, Edit, EditFault},
    scheme::Scheme,
};
use kangji_store::{
    Draft, DraftQuery, DraftState, NotChanged, Proposal, Proposed, Store, Subject, new_id, reaches,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Body, Search, Whole, Write, WriteHeaders, page_size},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};
use checked::{ChangeTold, DraftChecked};
use form::{AwardForm, TermsForm};
use messages::{
    Between, DraftEntries, DraftEntry, EditWanted, EditsWanted, ExampleForm, NewDraft, Rewritten,
    Seen, TextWanted, Which,
};

pub(crate) use messages::DraftText;
pub(crate) use notes::{NoteText, standing};
pub(crate) use pages::{pages, version::version};

/// The longest document, in bytes.
const DOCUMENT_BYTES_MAX: usize = 400 * 1024;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(show, rewrite))
        .routes(routes!(edit))
        .routes(routes!(check))
        .routes(routes!(check_text))
        .routes(routes!(propose))
        .routes(routes!(give_up))
        .routes(routes!(compare))
        .routes(routes!(notes::list, notes::write))
        .routes(routes!(notes::withdraw))
}

/// List the drafts of schemes in one's own area.
#[utoipa::path(
    get, path = "/drafts", tag = "drafts", params(Which),
    responses(
        (status = 200, body = DraftEntries),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(Which { scheme, before, limit }): Search<Which>,
) -> Result<Json<DraftEntries>, Problem> {
    let limit = page_size(limit)?;
    let before = before.map(|id| id.parse().map_err(|_| Problem::invalid("before", "不是编号")));
    let before = before.transpose()?;
    let read = move |app: &App, permit: &Permit| {
        let query = DraftQuery { scheme, permit: permit.clone(), before, limit };
        Ok(app.store().drafts(&query)?)
    };
    let found = app.reading(&who, Action::SchemesPublish, Subject::None, read).await?;
    let full = found.len() == usize::from(limit);
    let next = found.last().filter(|_| full).map(|last| last.id.to_string());
    Ok(Json(DraftEntries { items: found.iter().map(DraftEntry::from).collect(), next }))
}

/// Begin a new version of a scheme: the newest one with another first day.
#[utoipa::path(
    post, path = "/drafts", tag = "drafts", request_body = NewDraft, params(WriteHeaders),
    responses(
        (status = 201, body = DraftText),
        WriteProblems,
    ),
)]
pub(crate) async fn start(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<NewDraft>,
) -> Result<(StatusCode, Json<DraftText>), Problem> {
    let (by, now, server) = (who.officer()?, app.now(), app.clone());
    let write = move |store: &Store, permit: &Permit| {
        let NewDraft { scheme, first_day, last_day } = body;
        let versions = checked::versions(&server, &scheme)?;
        let newest = versions.last().ok_or(Code::NotFound)?;
        if !reaches(permit, newest.division) {
            return Err(Code::NotFound.into());
        }
        let from = newest.in_force.from;
        let text = store.document(&scheme, from)?.ok_or(Code::NotFound)?;
        if form::day(&first_day, "first_day")? <= from {
            let says = format!("要在现在这一版的第一天（{from}）以后");
            return Err(Problem::invalid("first_day", says));
        }
        let same = TermsForm::of(newest);
        let terms = TermsForm { first_day, last_day: last_day.or(same.last_day), ..same };
        let terms = Edit::Terms(terms.read(newest)?);
        let document = edit::apply(&text, &[terms], store.words()).map_err(|why| faulty(&why))?;
        let draft = Draft {
            id: DraftId::from_bytes(new_id(now)),
            scheme,
            area: newest.division,
            document,
            started_from: Some(from),
            started_by: by,
            started_at: now,
            changed_by: by,
            changed_at: now,
            revision: 1,
            state: DraftState::Open,
            proposal: None,
        };
        let kept = store.start_draft(draft).wait()?;
        told(store, kept.parse().map_err(|_| Problem::from(Code::Internal))?)
    };
    let draft = app.writing(&who, Action::SchemesPublish, Some(key), write).await?;
    Ok((StatusCode::CREATED, Json(draft)))
}

/// Read a draft.
#[utoipa::path(
    get, path = "/drafts/{id}", tag = "drafts",
    params(("id" = String, Path, format = "uuid", description = "The draft's id")),
    responses(
        (status = 200, body = DraftText),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<DraftText>, Problem> {
    let id = named(&id)?;
    let read = move |app: &App, permit: &Permit| {
        within(app.store(), permit, id)?;
        told(app.store(), id).map(Json)
    };
    app.reading(&who, Action::SchemesPublish, Subject::Draft(id), read).await
}

/// Give a draft another text, if nobody changed it since the revision that was seen.
#[utoipa::path(
    put, path = "/drafts/{id}", tag = "drafts", request_body = Rewritten,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The draft's id")),
    responses(
        (status = 200, body = DraftText),
        WriteProblems,
    ),
)]
pub(crate) async fn rewrite(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Rewritten>,
) -> Result<Json<DraftText>, Problem> {
    let (id, by, now) = (named(&id)?, who.officer()?, app.now());
    let Rewritten { revision: Whole(revision), document } = body;
    let write = move |store: &Store, permit: &Permit| {
        within(store, permit, id)?;
        fits(&document)?;
        kept(store.change_draft((id, revision), document, (by, now)).wait()?)?;
        told(store, id).map(Json)
    };
    app.writing(&who, Action::SchemesPublish, Some(key), write).await
}

/// Change a draft by forms, which write into its text: only the lines concerned change. Nobody may
/// have changed it since the revision that was seen.
#[utoipa::path(
    post, path = "/drafts/{id}/edits", tag = "drafts", request_body = EditsWanted,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The draft's id")),
    responses(
        (status = 200, body = DraftText),
        WriteProblems,
    ),
)]
pub(crate) async fn edit(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<EditsWanted>,
) -> Result<Json<DraftText>, Problem> {
    let (id, by, now, server) = (named(&id)?, who.officer()?, app.now(), app.clone());
    let EditsWanted { revision: Whole(revision), edits } = body;
    if edits.is_empty() || edits.len() > 50 {
        return Err(Problem::invalid("edits", "一次改 1 到 50 处"));
    }
    let write = move |store: &Store, permit: &Permit| {
        let draft = within(store, permit, id)?;
        if draft.revision != revision {
            return Err(not_changed(NotChanged::Revision(draft.revision)));
        }
        let mut text = draft.document;
        for edit in &edits {
            text = edit.applied(&server, &text)?;
        }
        fits(&text)?;
        kept(store.change_draft((id, revision), text, (by, now)).wait()?)?;
        told(store, id).map(Json)
    };
    app.writing(&who, Action::SchemesPublish, Some(key), write).await
}

/// Check a draft: its problems, its examples, what changes for people and from when.
#[utoipa::path(
    get, path = "/drafts/{id}/check", tag = "drafts",
    params(("id" = String, Path, format = "uuid", description = "The draft's id")),
    responses(
        (status = 200, body = DraftChecked),
        ReadProblems,
    ),
)]
pub(crate) async fn check(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<DraftChecked>, Problem> {
    let id = named(&id)?;
    let read = move |app: &App, permit: &Permit| {
        let draft = within(app.store(), permit, id)?;
        checked::checked(app, &draft.scheme, &draft.document).map(Json)
    };
    app.reading(&who, Action::SchemesPublish, Subject::Draft(id), read).await
}

/// Check a text as it would be in a draft, without keeping it.
#[utoipa::path(
    post, path = "/drafts/{id}/check", tag = "drafts", request_body = TextWanted,
    params(("id" = String, Path, format = "uuid", description = "The draft's id")),
    responses(
        (status = 200, body = DraftChecked),
        ReadProblems,
    ),
)]
pub(crate) async fn check_text(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Body(TextWanted { document }): Body<TextWanted>,
) -> Result<Json<DraftChecked>, Problem> {
    let id = named(&id)?;
    let read = move |app: &App, permit: &Permit| {
        let draft = within(app.store(), permit, id)?;
        fits(&document)?;
        checked::checked(app, &draft.scheme, &document).map(Json)
    };
    app.reading(&who, Action::SchemesPublish, Subject::Draft(id), read).await
}

/// Propose what a draft says: somebody else decides whether it is published.
#[utoipa::path(
    post, path = "/drafts/{id}/proposal", tag = "drafts", request_body = Seen,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The draft's id")),
    responses(
        (status = 200, body = DraftText),
        WriteProblems,
    ),
)]
pub(crate) async fn propose(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body: Seen { revision: Whole(revision) }, key }: Write<Seen>,
) -> Result<Json<DraftText>, Problem> {
    let (id, by, now, server) = (named(&id)?, who.officer()?, app.now(), app.clone());
    let write = move |store: &Store, permit: &Permit| {
        let draft = within(store, permit, id)?;
        let found = checked::checked(&server, &draft.scheme, &draft.document)?;
        if !found.publishable {
            let wrong = found.problems.iter().filter(|problem| !problem.advice).count();
            let says = found
                .obstacle
                .unwrap_or_else(|| format!("草案还有 {wrong} 处问题，请先改好再提交"));
            return Err(Problem::from(Code::Conflict).saying(says));
        }
        // What the text says of its area is where it would have effect.
        let area = document::read(&draft.document, store.words()).scheme.map(|new| new.division);
        let area = area.filter(|area| reaches(permit, *area)).ok_or(Code::OutOfArea)?;
        let proposal = Proposal {
            id: ProposalId::from_bytes(new_id(now)),
            area,
            content: Proposed::PublishScheme { document: draft.document },
            proposed_by: by,
            proposed_at: now,
            decision: None,
        };
        kept(store.propose_draft((id, revision), proposal).wait()?)?;
        told(store, id).map(Json)
    };
    app.writing(&who, Action::SchemesPublish, Some(key), write).await
}

/// Give a draft up.
#[utoipa::path(
    post, path = "/drafts/{id}/drop", tag = "drafts", request_body = Seen,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The draft's id")),
    responses(
        (status = 200, body = DraftText),
        WriteProblems,
    ),
)]
pub(crate) async fn give_up(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body: Seen { revision: Whole(revision) }, key }: Write<Seen>,
) -> Result<Json<DraftText>, Problem> {
    let (id, by, now) = (named(&id)?, who.officer()?, app.now());
    let write = move |store: &Store, permit: &Permit| {
        within(store, permit, id)?;
        kept(store.drop_draft((id, revision), (by, now)).wait()?)?;
        told(store, id).map(Json)
    };
    app.writing(&who, Action::SchemesPublish, Some(key), write).await
}

/// Read what changes for people between two published versions of a scheme.
#[utoipa::path(
    get, path = "/schemes/{id}/changes", tag = "schemes",
    params(Between, ("id" = String, Path, description = "The scheme's id")),
    responses(
        (status = 200, body = Vec<ChangeTold>),
        ReadProblems,
    ),
    security(()),
)]
pub(crate) async fn compare(
    State(app): State<App>,
    At(id): At<String>,
    Search(Between { old, new }): Search<Between>,
) -> Result<Json<Vec<ChangeTold>>, Problem> {
    app.looking(move |app| {
        let versions = checked::versions(app, &id)?;
        let version = |text: &str, place: &str| -> Result<Scheme, Problem> {
            let day = form::day(text, place)?;
            let found = versions.iter().find(|scheme| scheme.in_force.from == day);
            found.cloned().ok_or_else(|| Code::NotFound.into())
        };
        let (old, new) = (version(&old, "old")?, version(&new, "new")?);
        Ok(Json(checked::changes(&old, &new, app.store().words())))
    })
    .await
}

/// Why a form cannot write what it says.
fn faulty(why: &EditFault) -> Problem {
    Problem::from(Code::Conflict).saying(why.to_string())
}

fn named(id: &str) -> Result<DraftId, Problem> {
    id.parse().map_err(|_| Code::NotFound.into())
}

/// A draft within reach.
fn within(store: &Store, permit: &Permit, id: DraftId) -> Result<Draft, Problem> {
    let found = store.draft(id)?.filter(|draft| reaches(permit, draft.area));
    found.ok_or_else(|| Code::NotFound.into())
}

/// Whether a text is one that is kept.
fn fits(document: &str) -> Result<(), Problem> {
    if document.len() > DOCUMENT_BYTES_MAX || document.contains('\0') {
        return Err(Problem::invalid("document", "文件至多 400 KB，不含 U+0000"));
    }
    Ok(())
}

fn kept(result: Result<u32, NotChanged>) -> Result<u32, Problem> {
    result.map_err(not_changed)
}

fn not_changed(why: NotChanged) -> Problem {
    match why {
        NotChanged::Unknown => Code::NotFound.into(),
        NotChanged::Revision(_) => {
            Problem::from(Code::Conflict).saying("别人刚改过这份草案，请打开最新的内容，再改一遍")
        }
        NotChanged::Closed => {
            Problem::from(Code::Conflict).saying("草案已经提交、公布或放弃，不能再改")
        }
    }
}

fn told(store: &Store, id: DraftId) -> Result<DraftText, Problem> {
    let draft = store.draft(id)?.ok_or(Code::NotFound)?;
    let words = store.words();
    let made_out = document::read(&draft.document, words).made_out;
    let awards = made_out.iter().flat_map(|scheme| {
        scheme.awards.iter().map(|award| AwardForm::of(award, scheme.decimals, words))
    });
    Ok(DraftText {
        entry: DraftEntry::from(&draft),
        awards: awards.collect(),
        terms: made_out.as_ref().map(TermsForm::of),
        document: draft.document,
    })
}
