//! Connected systems: who they are, what they may do and where, how often. Their secret is shown
//! once.

use std::collections::BTreeSet;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{Moment, ids::ClientId};
use kangji_rights::{Action, Permit};
use kangji_store::{Client, Store, Subject, new_id};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Order, Whole, Write, WriteHeaders, line},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
    token,
    users::{CODE_MAX, area_of, area_text, disabled_since},
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(change))
        .routes(routes!(renew_secret))
}

/// The most calls in a minute that can be allowed.
const CALLS_MAX: u32 = 1_000_000;

/// A connected system.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientBody {
    id: String,
    /// What it is, for people.
    name: String,
    /// What it may do at most.
    #[schema(value_type = Vec<String>)]
    scopes: BTreeSet<Action>,
    /// Where: the first digits of the communities' codes; empty for everywhere.
    area: String,
    /// For which institution only.
    institution: Option<String>,
    /// How often it may call in a minute.
    calls_per_minute: u32,
    /// Since when it may not come in.
    disabled_at: Option<i64>,
}

/// A system to connect.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewClient {
    /// What it is, for people.
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    name: String,
    /// What it may do at most: actions, without those that keep users, systems and the program
    /// itself or take two people.
    #[schema(min_items = 1, max_items = 32, value_type = Vec<Scope>)]
    scopes: Vec<String>,
    /// Where: the first two to twelve digits of the communities' codes; empty for everywhere.
    #[schema(pattern = "^([0-9]{2,12})?$")]
    area: String,
    /// For which institution only.
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    institution: Option<String>,
    /// How often it may call in a minute.
    #[serde(default = "calls")]
    #[schema(value_type = u32, minimum = 1, maximum = 1_000_000, default = 600)]
    calls_per_minute: Whole,
}

const fn calls() -> Whole {
    Whole(600)
}

/// What is changed; what is left out stays. A system's area and institution stay what they were:
/// another area is another system.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientChange {
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    name: Option<String>,
    #[schema(min_items = 1, max_items = 32, value_type = Option<Vec<Scope>>)]
    scopes: Option<Vec<String>>,
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    calls_per_minute: Option<Whole>,
    /// Whether it may not come in.
    disabled: Option<bool>,
}

/// What a system shows to get an access token; it is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Secret {
    /// `client_id`.
    id: String,
    /// `client_secret`.
    secret: String,
}

/// List connected systems, as far as one keeps them.
#[utoipa::path(
    get, path = "/clients", tag = "clients",
    responses(
        (status = 200, body = Vec<ClientBody>),
        ReadProblems,
    ),
)]
async fn list(State(app): State<App>, who: Signed) -> Result<Json<Vec<ClientBody>>, Problem> {
    app.reading(&who, Action::ClientsManage, Subject::None, |app, permit| {
        let mut clients = app.store().clients()?;
        clients.retain(|client| reaches(permit, client));
        Ok(Json(clients.into_iter().map(body).collect()))
    })
    .await
}

fn body(client: Client) -> ClientBody {
    ClientBody {
        id: client.id.to_string(),
        name: client.name,
        scopes: client.scopes,
        area: area_text(client.area),
        institution: client.institution,
        calls_per_minute: client.calls_per_minute,
        disabled_at: client.disabled_at.map(Moment::millis),
    }
}

/// Connect a system.
#[utoipa::path(
    post, path = "/clients", tag = "clients", request_body = NewClient, params(WriteHeaders),
    responses(
        (status = 201, body = Secret),
        WriteProblems,
    ),
)]
async fn add(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<NewClient>,
) -> Result<(StatusCode, Json<Secret>), Problem> {
    let NewClient { name, scopes, area, institution, calls_per_minute: Whole(calls_per_minute) } =
        body;
    line("name", &name, 64)?;
    if let Some(institution) = &institution {
        line("institution", institution, CODE_MAX)?;
    }
    calls_are_possible(calls_per_minute)?;
    let id = ClientId::from_bytes(new_id(app.now()));
    let client = Client {
        id,
        name,
        secret: token::hash(&secret_of(&app, id.bytes())?),
        scopes: actions(&scopes)?,
        area: area_of("area", &area)?,
        institution,
        calls_per_minute,
        disabled_at: None,
    };
    let parts = app.clone();
    app.writing(&who, Action::ClientsManage, Some(key), move |store, permit| {
        if !reaches(permit, &client) {
            return Err(Code::OutOfArea.into());
        }
        let first = store.add_client(client).wait()?;
        let id = ClientId::from_bytes(first).to_string();
        Ok((StatusCode::CREATED, Json(Secret { id, secret: secret_of(&parts, &first)? })))
    })
    .await
}

/// Change a connected system, or whether it may come in.
#[utoipa::path(
    patch, path = "/clients/{id}", tag = "clients", request_body = ClientChange,
    params(("id" = String, Path, format = "uuid"), WriteHeaders),
    responses(
        (status = 204),
        WriteProblems,
    ),
)]
async fn change(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<ClientChange>,
) -> Result<StatusCode, Problem> {
    let id = id_of(&id)?;
    let ClientChange { name, scopes, calls_per_minute, disabled } = body;
    if let Some(name) = &name {
        line("name", name, 64)?;
    }
    let calls_per_minute = calls_per_minute.map(|Whole(calls)| calls);
    calls_per_minute.map_or(Ok(()), calls_are_possible)?;
    let scopes = scopes.map(|scopes| actions(&scopes)).transpose()?;
    let now = app.now();
    app.writing(&who, Action::ClientsManage, Some(key), move |store, permit| {
        within_reach(store, permit, id)?;
        let changed = store.change_client(id, move |client| {
            client.name = name.clone().unwrap_or_else(|| std::mem::take(&mut client.name));
            client.scopes = scopes.clone().unwrap_or_else(|| std::mem::take(&mut client.scopes));
            client.calls_per_minute = calls_per_minute.unwrap_or(client.calls_per_minute);
            client.disabled_at = disabled_since(client.disabled_at, disabled, now);
        });
        if changed.wait()? { Ok(StatusCode::NO_CONTENT) } else { Err(Code::NotFound.into()) }
    })
    .await
}

/// Give a connected system another secret; the old one and its access tokens end.
#[utoipa::path(
    post, path = "/clients/{id}/secret", tag = "clients",
    params(("id" = String, Path, format = "uuid"), WriteHeaders),
    responses(
        (status = 200, body = Secret),
        WriteProblems,
    ),
)]
async fn renew_secret(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Order(key): Order,
) -> Result<Json<Secret>, Problem> {
    let id = id_of(&id)?;
    let seed = new_id(app.now());
    let hash = token::hash(&secret_of(&app, &seed)?);
    let parts = app.clone();
    app.writing(&who, Action::ClientsManage, Some(key), move |store, permit| {
        within_reach(store, permit, id)?;
        let seed = store.renew_secret(id, seed, hash).wait()?;
        let secret = secret_of(&parts, &seed.ok_or(Problem::from(Code::NotFound))?)?;
        Ok(Json(Secret { id: id.to_string(), secret }))
    })
    .await
}

/// The secret that is made of a seed, so that a write that comes again shows the same.
fn secret_of(app: &App, seed: &[u8; 16]) -> Result<String, Problem> {
    token::made_of(app.keys(), "client secret", seed)
}

fn id_of(text: &str) -> Result<ClientId, Problem> {
    text.parse().map_err(|_| Code::NotFound.into())
}

fn within_reach(store: &Store, permit: &Permit, id: ClientId) -> Result<(), Problem> {
    let client = store.client(id)?.ok_or(Problem::from(Code::NotFound))?;
    if reaches(permit, &client) { Ok(()) } else { Err(Code::OutOfArea.into()) }
}

fn reaches(permit: &Permit, client: &Client) -> bool {
    permit.includes(client.area, client.institution.as_deref())
}

fn calls_are_possible(calls: u32) -> Result<(), Problem> {
    if (1..=CALLS_MAX).contains(&calls) {
        return Ok(());
    }
    Err(Problem::invalid("calls_per_minute", format!("每分钟 1 到 {CALLS_MAX} 次")))
}

/// What a system can be given, for the description of the API.
struct Scope;

impl Scope {
    /// What takes two people takes people, and no system keeps users, systems or the program
    /// itself.
    const fn is(action: Action) -> bool {
        let keeps =
            matches!(action, Action::UsersManage | Action::ClientsManage | Action::SystemManage);
        !action.takes_two() && !keeps
    }
}

impl PartialSchema for Scope {
    fn schema() -> RefOr<Schema> {
        let all = Action::ALL.iter().copied().filter(|action| Self::is(*action));
        let words = all.map(Action::code);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
    }
}

impl ToSchema for Scope {}

/// Actions a system can be given.
fn actions(words: &[String]) -> Result<BTreeSet<Action>, Problem> {
    if words.is_empty() || words.len() > 32 {
        return Err(Problem::invalid("scopes", "需要 1 到 32 个权限"));
    }
    let known = |(row, word): (usize, &String)| {
        let action = word.parse().ok().filter(|action| Scope::is(*action));
        action.ok_or_else(|| {
            let detail = "没有这个权限，或不能授予接入系统；请查阅接口说明中的权限列表";
            Problem::invalid(&format!("scopes[{row}]"), detail)
        })
    };
    words.iter().enumerate().map(known).collect()
}
