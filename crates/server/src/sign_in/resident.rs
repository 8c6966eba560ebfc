//! Residents sign in by a code: on paper from the counter, or by short message. The code is good
//! once, and whoever looks after a child acts for it.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use kangji_core::{Moment, identity::Phone, ids::HolderId};
use kangji_rights::Action;
use kangji_store::{Actor, Purpose, Subject, Ticket, new_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::logged;
use crate::{
    app::App,
    attempts::Tried,
    input::{At, Body, Order, WriteHeaders},
    origin::Origin,
    people::{self, Identity},
    problem::{Code, Problem, WriteProblems},
    session::{self, Next, SignedIn, Started},
    signed::{Signed, shown_cookie},
    sms, token,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(give_code)).routes(routes!(sign_in)).routes(routes!(text))
}

/// Codes to choose from where the first is somebody else's by chance.
const CANDIDATES: usize = 4;

/// A code for a resident.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GivenCode {
    /// Eight digits, good once.
    pub(crate) code: String,
    /// For how many minutes.
    pub(crate) minutes: u32,
}

/// A code that a resident got.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShownCode {
    /// Eight digits.
    code: String,
}

/// Where a code is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeWanted {
    /// A mobile telephone number of the mainland.
    #[schema(pattern = "^1[3-9][0-9]{9}$")]
    pub(super) phone: String,
}

/// Give a resident a code to sign in by, once staff have seen who they are.
#[utoipa::path(
    post, path = "/residents/{id}/sign-in-codes", tag = "sign-in",
    params(("id" = String, Path, format = "uuid"), WriteHeaders),
    responses(
        (status = 200, body = GivenCode),
        WriteProblems,
    ),
)]
pub(crate) async fn give_code(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Order(key): Order,
) -> Result<Json<GivenCode>, Problem> {
    let id: HolderId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let now = app.now();
    let candidates = candidates(&app, id, now)?;
    let parts = app.clone();
    app.writing(&who, Action::ResidentsAdmit, Some(key), move |store, permit| {
        if !store.is_resident(id)? || !store.allows(permit, id, None, now.day())? {
            return Err(Code::NotFound.into());
        }
        let issued = store.issue_one(Subject::Resident(id), candidates, now).wait()?;
        let code = code_of(&parts, &issued.ok_or(Problem::from(Code::Unavailable))?)?;
        Ok(Json(GivenCode { code, minutes: parts.config().sign_in.code_minutes }))
    })
    .await
}

/// Sign in as a resident.
#[utoipa::path(
    post, path = "/sign-in/resident", tag = "sign-in", request_body = ShownCode,
    responses(
        (status = 200, body = SignedIn),
        WriteProblems,
    ),
    security(()),
)]
async fn sign_in(
    State(app): State<App>,
    origin: Origin,
    headers: HeaderMap,
    Body(ShownCode { code }): Body<ShownCode>,
) -> Result<impl IntoResponse, Problem> {
    Ok(started(&app, code, origin, &headers).await?.answer(&app))
}

/// A session of whom this code admits. Whoever was signed in by this browser no longer is.
pub(super) async fn started(
    app: &App,
    code: String,
    origin: Origin,
    headers: &HeaderMap,
) -> Result<Started, Problem> {
    let now = app.now();
    let instead = shown_cookie(headers, app.config()).map(|token| token::hash(&token));
    app.blocking(move |app| {
        // Codes are short: an address has no more free attempts than a name.
        let tried = Tried::from(&origin).of_address("resident-code", &origin);
        let admitted = tried.attempt(app, now, || {
            let hash = token::keyed(app.keys(), "resident code", code.as_bytes())?;
            let ticket = app.store().take_ticket(hash, Purpose::ResidentCode, now).wait()?;
            Ok(ticket.map(|ticket| HolderId::from_bytes(ticket.principal)))
        });
        let actor = admitted.as_ref().map_or(Actor::Nobody, |id| Actor::Resident(*id));
        logged(app, &origin, actor, "sign-in:resident", now, &admitted)?;
        session::start(app, Actor::Resident(admitted?), Next::Done, instead, now)
    })
    .await
}

/// Have a code sent by short message. The answer is the same whether or not somebody has this
/// number, and does not wait for what follows.
#[utoipa::path(
    post, path = "/sign-in/resident/sms", tag = "sign-in", request_body = CodeWanted,
    responses(
        (status = 202),
        WriteProblems,
    ),
    security(()),
)]
pub(super) async fn text(
    State(app): State<App>,
    origin: Origin,
    Body(CodeWanted { phone }): Body<CodeWanted>,
) -> Result<StatusCode, Problem> {
    if app.config().sms.url.is_empty() {
        return Err(Problem::from(Code::NotFound).saying("未开通短信登录，请到柜台领取登录码"));
    }
    let phone = Phone::parse(&phone).ok().filter(Phone::is_mobile);
    let phone = phone.ok_or_else(|| Problem::invalid("phone", "需要 11 位中国大陆手机号"))?;
    let now = app.now();
    let phone = app
        .blocking(move |app| {
            let hash = token::keyed(app.keys(), "phone", phone.number().as_bytes())?;
            // Every message counts, so that nobody is flooded with them.
            Tried::from(&origin).of("sms", hash.bytes()).count(app, now)?;
            Ok(phone)
        })
        .await?;
    tokio::spawn(async move {
        // What fails is logged; whoever asked has their answer.
        let _ = app.blocking(move |app| send(app, &phone, now)).await;
    });
    Ok(StatusCode::ACCEPTED)
}

/// Sends a code to who has this number, if that is one person with those they look after.
fn send(app: &App, phone: &Phone, now: Moment) -> Result<(), Problem> {
    let Some(id) = owner(app, phone, now)? else { return Ok(()) };
    let issued = app.store().issue_one(Subject::Resident(id), candidates(app, id, now)?, now);
    let Some(seed) = issued.wait()? else { return Ok(()) };
    let minutes = app.config().sign_in.code_minutes;
    sms::send(&app.config().sms, phone, &code_of(app, &seed)?, minutes);
    Ok(())
}

/// Who has a number: not the children who have it from who looks after them, and nobody where it
/// is shared otherwise.
fn owner(app: &App, phone: &Phone, now: Moment) -> Result<Option<HolderId>, Problem> {
    let shown = Identity { phone: Some(phone.clone()), ..Identity::default() };
    let mut found = Vec::new();
    for tag in people::searched(app.keys(), &shown)? {
        found.extend(app.store().people_found(tag)?);
    }
    found.sort_unstable();
    found.dedup();
    for guardian in found.clone() {
        let wards = app.store().wards(guardian, now.day())?;
        found.retain(|id| *id == guardian || !wards.contains(id));
    }
    let owner = found.pop().filter(|_| found.is_empty());
    Ok(owner.filter(|id| app.store().is_resident(*id).unwrap_or_default()))
}

/// Codes for a resident, with what they are made of.
fn candidates(app: &App, id: HolderId, now: Moment) -> Result<Vec<([u8; 16], Ticket)>, Problem> {
    let minutes = i64::from(app.config().sign_in.code_minutes);
    let candidate = |_| {
        let seed = new_id(now);
        let code = code_of(app, &seed)?;
        let ticket = Ticket {
            hash: token::keyed(app.keys(), "resident code", code.as_bytes())?,
            purpose: Purpose::ResidentCode,
            principal: *id.bytes(),
            content: String::new(),
            ends_at: now.plus_millis(minutes * 60_000),
        };
        Ok((seed, ticket))
    };
    (0..CANDIDATES).map(candidate).collect()
}

fn code_of(app: &App, seed: &[u8; 16]) -> Result<String, Problem> {
    token::digits_of(app.keys(), "resident code", seed)
}
