//! Whoever is signed in: who they are, what they may do, their password, their second factor.

pub(crate) mod pages;
mod second_factor;

use axum::{Json, extract::State, response::IntoResponse};
use kangji_core::ids::HolderId;
use kangji_rights::Action;
use kangji_store::{Actor, Call, Store, Strength};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    attempts::Tried,
    input::Body,
    password,
    problem::{Code, Problem, ReadProblems, WriteProblems},
    session::{self, Next, SignedIn, Started},
    sign_in,
    signed::{HalfSigned, Signed},
    staff_seal,
    users::Granted,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(who_am_i))
        .routes(routes!(change_password))
        .merge(second_factor::routes())
}

/// What kind of principal somebody is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Staff,
    Resident,
    Client,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    kind: Kind,
    id: String,
    /// The name staff sign in by; a connected system's name.
    name: Option<String>,
    /// The name staff are known by.
    display_name: Option<String>,
    /// What is still to be done before anything else can be reached.
    next: Next,
    /// What staff are granted.
    roles: Vec<Granted>,
    /// What can be done at all, each within its own area.
    #[schema(value_type = Vec<String>)]
    actions: Vec<Action>,
    /// Whether one-time codes are set up.
    second_factor: bool,
    /// For residents: themselves, then those they look after.
    people: Vec<String>,
    /// To be sent as `X-CSRF-Token` with every write; nothing for connected systems.
    csrf: Option<String>,
}

/// Tell who is signed in, and what they may do.
#[utoipa::path(
    get, path = "/me", tag = "me",
    responses(
        (status = 200, body = Me),
        ReadProblems,
    ),
)]
async fn who_am_i(
    State(app): State<App>,
    HalfSigned(signed): HalfSigned,
) -> Result<Json<Me>, Problem> {
    app.blocking(move |app| {
        let is_full = signed.session().strength == Strength::Full;
        let may = |action: &Action| is_full && signed.permit(*action, app.roles()).is_some();
        let mut me = Me {
            kind: Kind::Staff,
            id: String::new(),
            name: None,
            display_name: None,
            next: Next::Done,
            roles: signed.grants().iter().map(Granted::from).collect(),
            actions: Action::ALL.iter().copied().filter(may).collect(),
            second_factor: false,
            people: signed.people().iter().map(HolderId::to_string).collect(),
            csrf: signed.csrf(),
        };
        match signed.principal() {
            Actor::Staff(id) => {
                let user = app.store().user(id)?.ok_or(Problem::from(Code::NotSignedIn))?;
                me.id = id.to_string();
                me.next = if is_full { Next::Done } else { sign_in::next(app, &user) };
                me.second_factor = user.totp.is_some();
                me.display_name = staff_seal::names(app, &[id])?.pop().flatten();
                me.name = Some(user.name);
            }
            Actor::Client(id) => {
                (me.kind, me.id) = (Kind::Client, id.to_string());
                me.name = app.store().client(id)?.map(|client| client.name);
            }
            Actor::Resident(id) => (me.kind, me.id) = (Kind::Resident, id.to_string()),
            Actor::Program | Actor::Nobody => return Err(Code::NotSignedIn.into()),
        }
        Ok(Json(me))
    })
    .await
}

/// A password and the one from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    old: String,
    /// At least as many characters as the settings say, and not easily guessed.
    #[schema(max_length = 128)]
    new: String,
}

/// Change one's own password; all sessions end, and this one goes on under a new token.
#[utoipa::path(
    put, path = "/me/password", tag = "me", request_body = NewPassword,
    responses(
        (status = 200, body = SignedIn),
        WriteProblems,
    ),
)]
async fn change_password(
    State(app): State<App>,
    who: Signed,
    Body(password): Body<NewPassword>,
) -> Result<impl IntoResponse, Problem> {
    Ok(with_password(&app, who, password).await?.answer(&app))
}

/// The session that goes on once the password is another.
async fn with_password(
    app: &App,
    who: Signed,
    NewPassword { old, new }: NewPassword,
) -> Result<Started, Problem> {
    let id = who.officer()?;
    let now = app.now();
    let _turn = password::turn().await;
    app.blocking(move |app| {
        let user = app.store().user(id)?.ok_or(Problem::from(Code::NotSignedIn))?;
        let tried = Tried::from(who.origin()).of("password", id.bytes());
        let right = tried
            .attempt(app, now, || Ok(password::matches(&old, Some(&user.password)).then_some(())));
        sign_in::logged(app, who.origin(), Actor::Staff(id), "password", now, &right)?;
        right?;
        let length_min = app.config().sign_in.password_min;
        password::is_good(&new, &user.name, length_min)
            .map_err(|problem| Problem { place: Some("new".to_owned()), ..problem })?;
        let (session, started) = session::prepare(app, Actor::Staff(id), Next::Done, now)?;
        let store = own(app, &who, "password");
        store.set_password(id, password::hash(&new)?, session, now).wait()?;
        Ok(started)
    })
    .await
}

/// The store for what somebody does about themselves, which needs no right and is logged.
fn own(app: &App, who: &Signed, action: &str) -> Store {
    app.store().on_behalf(Call { deed: who.deed(action), now: app.now(), key: None })
}
