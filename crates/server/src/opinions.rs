//! What residents say is wrong with their points, and what staff answer: each opinion is a case
//! that stays open until somebody answers it.

mod pages;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::ids::{HolderId, ProposalId, RecordId};
use kangji_rights::{Action, Permit};
use kangji_rules::scheme::Award;
use kangji_store::{
    Actor, Opinion, OpinionAnswer, OpinionQuery, SealedPerson, Store, Subject, new_id,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, Write, WriteHeaders, page_size},
    people,
    points::{care, reading},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    residents::{
        Kept, cursor, holder, homes, more,
        own::{acts_for, resident, writing},
        said, shown_id,
    },
    signed::Signed,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, give))
        .routes(routes!(show))
        .routes(routes!(answer))
        .routes(routes!(mine))
}

/// Something that is wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOpinion {
    /// What is wrong.
    #[schema(min_length = 1, max_length = 1000)]
    pub(crate) text: String,
    /// The record that it is about.
    #[schema(format = "uuid")]
    pub(crate) record: Option<String>,
    /// The award that it is about.
    #[schema(max_length = 64)]
    pub(crate) award: Option<String>,
    /// The sanction that it is an appeal against.
    #[schema(format = "uuid")]
    pub(crate) sanction: Option<String>,
    /// The child under 14 about whose points it is.
    #[schema(format = "uuid")]
    pub(crate) person: Option<String>,
}

/// An opinion, and what came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Opinion)]
pub(crate) struct Voiced {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// About whose points.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    /// Their name: the surname only.
    pub(crate) name: Option<String>,
    /// The community that they lived in then; empty where none was known.
    pub(crate) community: String,
    /// The record that it is about.
    pub(crate) record: Option<String>,
    /// The sanction that it is an appeal against.
    pub(crate) sanction: Option<String>,
    /// The award that it is about; null where its id would name an illness to the caller.
    pub(crate) award: Option<String>,
    /// The award's name.
    pub(crate) title: Option<String>,
    /// What it says.
    pub(crate) text: String,
    /// When it was written, in milliseconds of UTC.
    pub(crate) written_at: i64,
    /// When it was answered; `null` while it is open.
    pub(crate) answered_at: Option<i64>,
    /// What was answered.
    pub(crate) answer: Option<String>,
}

/// Some opinions, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Opinions {
    pub(crate) items: Vec<Voiced>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which opinions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Those that were answered; those that were not, unless told.
    pub(crate) answered: Option<bool>,
    /// Those after this one.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// What comes of an opinion.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpinionAnswer)]
pub(crate) struct Reply {
    /// What the resident is told.
    #[schema(min_length = 1, max_length = 1000)]
    pub(crate) answer: String,
}

/// Say what is wrong with one's points.
#[utoipa::path(
    post, path = "/opinions", tag = "opinions", request_body = NewOpinion,
    params(WriteHeaders),
    responses(
        (status = 201, body = Kept),
        WriteProblems,
    ),
)]
pub(crate) async fn give(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<NewOpinion>,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let permit = who.permit(Action::RecordsRead, app.roles());
    let write = move |app: &App, store: &Store, me: HolderId| {
        let person = acts_for(app, me, body.person.as_deref())?;
        let text = said("text", &body.text)?;
        let permit = permit.ok_or(Code::Forbidden)?;
        let record = body.record.as_deref().map(|id| record_of(app, &permit, me, person, id));
        let sanction = body.sanction.as_deref().map(|id| sanction_of(app, person, id));
        let award = body.award.map(|id| known_award(app, id)).transpose()?;
        let (now, id) = (app.now(), new_id(app.now()));
        let lives = app.store().resident(person)?.ok_or(Code::NotFound)?;
        let community = homes(&lives.fact, now.day()).first().map(ToString::to_string);
        let field = field("opinion", id);
        let known = lives.person.as_ref();
        let (content, made) = people::seal_first(app.keys(), person, known, &field, text, now)?;
        let opinion = Opinion {
            id,
            person,
            written_by: me,
            community: community.unwrap_or_default(),
            record: record.transpose()?,
            award,
            sanction: sanction.transpose()?,
            content: Some(content),
            written_at: now,
            answer: None,
        };
        let id = store.give_opinion(opinion, made).wait()?;
        Ok((StatusCode::CREATED, Json(Kept { id: shown_id(id) })))
    };
    writing(&app, &who, "me:opinions", key, write).await
}

/// The record that somebody's opinion is about: their own, or one of those they look after.
fn record_of(
    app: &App,
    permit: &Permit,
    me: HolderId,
    person: HolderId,
    id: &str,
) -> Result<RecordId, Problem> {
    let none = || Problem::invalid("record", "没有找到这条服务记录");
    let id: RecordId = id.parse().map_err(|_| none())?;
    let reading = reading(app, permit, Some(permit), Some(me));
    let record = app.store().record_by_id(id, reading)?.ok_or_else(none)?;
    // The points of a guardian may rest on records of the child.
    let fits = person == me || record.resident == person;
    fits.then_some(id).ok_or_else(none)
}

/// A sanction on the person that stands.
fn sanction_of(app: &App, person: HolderId, id: &str) -> Result<ProposalId, Problem> {
    let none = || Problem::invalid("sanction", "没有找到这个处理，或者已经撤销");
    let id: ProposalId = id.parse().map_err(|_| none())?;
    let found = app.store().sanction(id)?;
    let stands = found.filter(|found| found.holder == person && found.lifted.is_none());
    stands.map(|found| found.id).ok_or_else(none)
}

fn known_award(app: &App, id: String) -> Result<String, Problem> {
    let schemes = app.store().schemes()?;
    let known = schemes.iter().flatten().any(|scheme| scheme.award(&id).is_some());
    if known { Ok(id) } else { Err(Problem::invalid("award", "没有这个得分项目")) }
}

/// List my opinions and those on the points of the children I look after, the newest first.
#[utoipa::path(
    get, path = "/me/opinions", tag = "me",
    responses(
        (status = 200, body = Vec<Voiced>),
        ReadProblems,
    ),
)]
pub(crate) async fn mine(
    State(app): State<App>,
    who: Signed,
) -> Result<Json<Vec<Voiced>>, Problem> {
    let me = resident(&who)?;
    let read = move |app: &App, permit: &Permit| {
        let wards = app.store().wards(me, app.now().day())?;
        let mut found = Vec::new();
        for person in std::iter::once(me).chain(wards) {
            found.extend(app.store().opinions_of(person)?);
        }
        found.sort_unstable_by_key(|opinion| std::cmp::Reverse(opinion.id));
        voiced(app, found, Some(permit)).map(Json)
    };
    app.reading(&who, Action::ResidentsRead, Subject::Resident(me), read).await
}

/// List opinions that wait for an answer, or that were answered.
#[utoipa::path(
    get, path = "/opinions", tag = "opinions", params(Which),
    responses(
        (status = 200, body = Opinions),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Opinions>, Problem> {
    let care = care(&app, &who);
    let read = move |app: &App, permit: &Permit| {
        let limit = page_size(which.limit)?;
        let query = OpinionQuery {
            answered: which.answered.unwrap_or_default(),
            after: which.after.as_deref().map(cursor).transpose()?,
            limit: limit + 1,
            today: app.now().day(),
        };
        let mut found = app.store().opinions_under(permit, query)?;
        let next = more(&mut found, limit).map(|last| shown_id(last.id));
        Ok(Json(Opinions { items: voiced(app, found, care.as_ref())?, next }))
    };
    app.reading(&who, Action::OpinionsAnswer, Subject::None, read).await
}

/// Show an opinion.
#[utoipa::path(
    get, path = "/opinions/{id}", tag = "opinions",
    params(("id" = String, Path, format = "uuid", description = "The opinion.")),
    responses(
        (status = 200, body = Voiced),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<Voiced>, Problem> {
    let id = *holder(&id)?.bytes();
    let care = care(&app, &who);
    let read = move |app: &App, permit: &Permit| {
        let opinion = app.store().opinion(id)?.ok_or(Code::NotFound)?;
        if !app.store().allows(permit, opinion.person, None, app.now().day())? {
            return Err(Code::NotFound.into());
        }
        one(app, opinion, care.as_ref()).map(Json)
    };
    app.reading(&who, Action::OpinionsAnswer, Subject::None, read).await
}

/// Answer an opinion; that closes the case.
#[utoipa::path(
    post, path = "/opinions/{id}/answer", tag = "opinions", request_body = Reply,
    params(("id" = String, Path, format = "uuid", description = "The opinion."), WriteHeaders),
    responses(
        (status = 200, body = Voiced),
        WriteProblems,
    ),
)]
pub(crate) async fn answer(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Reply>,
) -> Result<Json<Voiced>, Problem> {
    let id = *holder(&id)?.bytes();
    let (server, actor, care) = (app.clone(), who.principal(), care(&app, &who));
    let write = move |store: &Store, permit: &Permit| {
        let answer = said("answer", &body.answer)?;
        let Actor::Staff(by) = actor else {
            return Err(Problem::from(Code::Forbidden).saying("由工作人员答复"));
        };
        let find = || server.store().opinion(id)?.ok_or(Problem::from(Code::NotFound));
        let person = server.store().person(find()?.person)?.ok_or(Code::NotFound)?;
        let content = people::seal_text(server.keys(), &person, &field("answer", id), answer)?;
        let answer = OpinionAnswer { by, at: server.now(), content: Some(content) };
        match store.answer_opinion(permit, id, answer).wait()? {
            Some(true) => one(&server, find()?, care.as_ref()).map(Json),
            Some(false) => Err(Problem::from(Code::Conflict).saying("这条意见已经答复过")),
            None => Err(Code::NotFound.into()),
        }
    };
    app.writing(&who, Action::OpinionsAnswer, Some(key), write).await
}

fn one(app: &App, opinion: Opinion, care: Option<&Permit>) -> Result<Voiced, Problem> {
    voiced(app, vec![opinion], care)?.pop().ok_or_else(|| Code::NotFound.into())
}

/// Opinions as they are read by whoever may know the illnesses of some; those whose texts are
/// gone are left out.
pub(crate) fn voiced(
    app: &App,
    opinions: Vec<Opinion>,
    care: Option<&Permit>,
) -> Result<Vec<Voiced>, Problem> {
    let ids: Vec<HolderId> = opinions.iter().map(|opinion| opinion.person).collect();
    let people = app.store().people(&ids)?;
    let named = opinions.iter().any(|opinion| opinion.award.is_some());
    let schemes = if named { app.store().schemes()? } else { Vec::new() };
    let award = |id: &str| {
        let versions = schemes.iter().flat_map(|versions| versions.iter().rev());
        versions.filter_map(|scheme| scheme.award(id)).next()
    };
    let today = app.now().day();
    let mut all = Vec::with_capacity(opinions.len());
    for opinion in opinions {
        let Some(person) = people.iter().find(|person| person.id == opinion.person) else {
            continue;
        };
        let full = match care {
            Some(care) => app.store().allows(care, opinion.person, None, today)?,
            None => false,
        };
        let award = opinion.award.as_deref().and_then(award);
        all.extend(opened(app, &opinion, person, award, full)?);
    }
    Ok(all)
}

fn opened(
    app: &App,
    opinion: &Opinion,
    person: &SealedPerson,
    award: Option<&Award>,
    full: bool,
) -> Result<Option<Voiced>, Problem> {
    let Some(content) = &opinion.content else { return Ok(None) };
    let open = |what: &str, sealed: &[u8]| {
        let text = people::open_text(app.keys(), person, &field(what, opinion.id), sealed);
        text.map(|text| text.as_str().to_owned())
    };
    let answer = opinion.answer.as_ref();
    let sealed = answer.and_then(|answer| answer.content.as_deref());
    let open_award = award.filter(|award| full || award.public_name.is_none());
    let title = open_award.map(|award| award.name.as_str());
    Ok(Some(Voiced {
        id: shown_id(opinion.id),
        person: opinion.person.to_string(),
        name: people::open(app.keys(), person)?.masked_name(),
        community: opinion.community.clone(),
        record: opinion.record.map(|id| id.to_string()),
        sanction: opinion.sanction.map(|id| id.to_string()),
        award: open_award.map(|award| award.id.clone()),
        title: title.or(award.map(Award::name_for_public)).map(ToOwned::to_owned),
        text: open("opinion", content)?,
        written_at: opinion.written_at.millis(),
        answered_at: answer.map(|answer| answer.at.millis()),
        answer: sealed.map(|sealed| open("answer", sealed)).transpose()?,
    }))
}

/// The name under which a text of an opinion is sealed.
fn field(what: &str, id: [u8; 16]) -> String {
    format!("{what} {}", shown_id(id))
}
