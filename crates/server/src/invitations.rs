//! Links by which staff come in for the first time, or again after they lost what they come in
//! by. Whoever has the link sets the password.

pub(crate) mod pages;

use axum::{extract::State, http::StatusCode};
use kangji_core::{DivisionPrefix, Moment, ids::OfficerId};
use kangji_rights::{Action, Grant, Roles};
use kangji_store::{Actor, FORGET_SECOND_FACTOR, Purpose, Ticket, User, new_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    attempts::Tried,
    input::Body,
    origin::Origin,
    password,
    problem::{Problem, WriteProblems},
    sign_in::logged,
    token,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(accept))
}

/// The token of a link, and the password from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    /// What follows `#` in the link.
    token: String,
    /// At least as many characters as the settings say, and not easily guessed.
    #[schema(max_length = 128)]
    password: String,
}

/// A link that is good once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invitation {
    /// Whose it is.
    id: String,
    /// The link; it is shown this once.
    link: String,
    /// For how many hours from when it was first asked for.
    hours: u32,
}

/// Set the password by the link of an invitation.
#[utoipa::path(
    post, path = "/invitations/accept", tag = "sign-in", request_body = Acceptance,
    responses(
        (status = 204),
        WriteProblems,
    ),
    security(()),
)]
async fn accept(
    State(app): State<App>,
    origin: Origin,
    Body(Acceptance { token, password }): Body<Acceptance>,
) -> Result<StatusCode, Problem> {
    let now = app.now();
    let _turn = password::turn().await;
    app.blocking(move |app| {
        let accepted = Tried::from(&origin).attempt(app, now, || {
            let hash = token::hash(&token);
            let Some(user) = invited(app, &token, now)? else { return Ok(None) };
            password::is_good(&password, &user.name, app.config().sign_in.password_min)?;
            let password = password::hash(&password)?;
            Ok(app.store().accept_invitation(hash, password, now).wait()?)
        });
        let actor = accepted.as_ref().map_or(Actor::Nobody, |id| Actor::Staff(*id));
        logged(app, &origin, actor, "invitation", now, &accepted)?;
        accepted.map(|_| StatusCode::NO_CONTENT)
    })
    .await
}

/// Whom a link is for, if it is good.
fn invited(app: &App, token: &str, now: Moment) -> Result<Option<User>, Problem> {
    let ticket = app.store().ticket(token::hash(token), Purpose::Invitation, now)?;
    let Some(ticket) = ticket else { return Ok(None) };
    let user = app.store().user(OfficerId::from_bytes(ticket.principal))?;
    Ok(user.filter(|user| user.disabled_at.is_none()))
}

/// The token and the ticket of an invitation for somebody. It is made of a seed, so that a write
/// that comes again shows the same link.
pub(crate) fn ticket(
    app: &App,
    id: OfficerId,
    seed: &[u8; 16],
    forgets_second_factor: bool,
    now: Moment,
) -> Result<Ticket, Problem> {
    let hours = i64::from(app.config().sign_in.invitation_hours);
    let content = if forgets_second_factor { FORGET_SECOND_FACTOR } else { "" };
    Ok(Ticket {
        hash: token::hash(&token_of(app, seed)?),
        purpose: Purpose::Invitation,
        principal: *id.bytes(),
        content: content.to_owned(),
        ends_at: now.plus_millis(hours * 3_600_000),
    })
}

fn token_of(app: &App, seed: &[u8; 16]) -> Result<String, Problem> {
    token::made_of(app.keys(), "invitation", seed)
}

/// What is handed over with an invitation.
pub(crate) fn invitation(app: &App, id: OfficerId, seed: &[u8; 16]) -> Result<Invitation, Problem> {
    let url = app.config().server.public_url.trim_end_matches('/');
    // Browsers do not send what follows the `#`, so that no proxy's log has it.
    let link = format!("{url}/invitation#{}", token_of(app, seed)?);
    Ok(Invitation { id: id.to_string(), link, hours: app.config().sign_in.invitation_hours })
}

/// The roles by which somebody may grant.
pub(crate) fn administrators(roles: &Roles) -> Vec<String> {
    let grants = roles.all().iter().filter(|role| role.actions.contains(&Action::UsersManage));
    grants.map(|role| role.id.clone()).collect()
}

/// Makes the first administrator, who may grant everywhere, and gives the link by which they come
/// in; nothing where there is somebody already. It waits for the database.
///
/// # Errors
/// Where the database fails or no role may grant.
pub fn first_administrator(app: &App) -> Result<Option<String>, Problem> {
    let now = app.now();
    let Some(role) = administrators(app.roles()).into_iter().next() else { return Ok(None) };
    let id = OfficerId::from_bytes(new_id(now));
    let user = User {
        id,
        name: "admin".to_owned(),
        worker: String::new(),
        password: String::new(),
        password_at: now,
        totp: None,
        totp_step: 0,
        subject: String::new(),
        disabled_at: None,
    };
    let grant = Grant { role, area: DivisionPrefix::EVERYWHERE, institution: None };
    let mut seed = [0; 16];
    token::fill(&mut seed)?;
    let ticket = ticket(app, id, &seed, false, now)?;
    let made = app.store().add_first_user(user, grant, ticket).wait()?;
    made.then(|| Ok(invitation(app, id, &seed)?.link)).transpose()
}
