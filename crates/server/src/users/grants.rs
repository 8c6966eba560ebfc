//! What staff are granted, and the roles there are.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::DivisionPrefix;
use kangji_rights::{Action, Grant, Permit, Role, Roles};
use kangji_store::{Actor, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{CODE_MAX, id_of, unchanged, within_reach};
use crate::{
    app::App,
    input::{At, Write, WriteHeaders, line},
    invitations::administrators,
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, replace)).routes(routes!(roles))
}

/// A role on an area, and perhaps for one institution only.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Granted {
    /// The role's id.
    #[schema(max_length = 64)]
    pub(crate) role: String,
    /// The first two to twelve digits of the communities' codes; empty for everywhere.
    #[schema(pattern = "^([0-9]{2,12})?$")]
    pub(crate) area: String,
    /// The institution whose records it is limited to.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) institution: Option<String>,
}

/// A named list of actions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoleBody {
    id: String,
    /// The name for people.
    name: String,
    #[schema(value_type = Vec<String>)]
    actions: Vec<Action>,
}

impl From<&Grant> for Granted {
    fn from(grant: &Grant) -> Self {
        let institution = grant.institution.clone();
        Self { role: grant.role.clone(), area: area_text(grant.area), institution }
    }
}

impl From<&Role> for RoleBody {
    fn from(Role { id, name, actions }: &Role) -> Self {
        let actions = actions.iter().copied().collect();
        Self { id: id.clone(), name: name.clone(), actions }
    }
}

/// An area as it is sent: its digits, none for everywhere.
pub(crate) fn area_text(area: DivisionPrefix) -> String {
    if area == DivisionPrefix::EVERYWHERE { String::new() } else { area.to_string() }
}

/// The area of such a text.
pub(crate) fn area_of(place: &str, text: &str) -> Result<DivisionPrefix, Problem> {
    if text.is_empty() {
        return Ok(DivisionPrefix::EVERYWHERE);
    }
    DivisionPrefix::parse(text)
        .ok_or_else(|| Problem::invalid(place, "区划代码是 2 到 12 位数字，留空表示全部区划"))
}

/// List the roles there are.
#[utoipa::path(
    get, path = "/roles", tag = "users",
    responses(
        (status = 200, body = Vec<RoleBody>),
        ReadProblems,
    ),
)]
async fn roles(State(app): State<App>, who: Signed) -> Result<Json<Vec<RoleBody>>, Problem> {
    app.reading(&who, Action::UsersManage, Subject::None, |app, _| {
        Ok(Json(app.roles().all().iter().map(RoleBody::from).collect()))
    })
    .await
}

/// List what a member of staff is granted.
#[utoipa::path(
    get, path = "/users/{id}/grants", tag = "users",
    params(("id" = String, Path, format = "uuid")),
    responses(
        (status = 200, body = Vec<Granted>),
        ReadProblems,
    ),
)]
async fn list(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<Vec<Granted>>, Problem> {
    let id = id_of(&id)?;
    app.reading(&who, Action::UsersManage, Subject::User(id), move |app, permit| {
        within_reach(app.store(), permit, id)?;
        Ok(Json(app.store().grants(id)?.iter().map(Granted::from).collect()))
    })
    .await
}

/// Replace what a member of staff is granted.
#[utoipa::path(
    put, path = "/users/{id}/grants", tag = "users", request_body = Vec<Granted>,
    params(("id" = String, Path, format = "uuid"), WriteHeaders),
    responses(
        (status = 204),
        WriteProblems,
    ),
)]
async fn replace(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Vec<Granted>>,
) -> Result<StatusCode, Problem> {
    let id = id_of(&id)?;
    let (parts, now) = (app.clone(), app.now());
    let actor = who.principal();
    app.writing(&who, Action::UsersManage, Some(key), move |store, permit| {
        let Actor::Staff(by) = actor else { return Err(Code::Forbidden.into()) };
        within_reach(store, permit, id)?;
        if by == id {
            return Err(Problem::from(Code::SamePerson).saying("不能修改自己的授权"));
        }
        let grants = granted(body, permit, parts.roles())?;
        let administrators = administrators(parts.roles());
        let changed = store.change_grants(id, grants, by, administrators, now);
        changed.wait()?.map_err(unchanged)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// The most grants of one person.
const GRANTS_MAX: usize = 100;

/// What is to be granted, if it is possible and lies within what the one who grants has.
fn granted(body: Vec<Granted>, permit: &Permit, roles: &Roles) -> Result<Vec<Grant>, Problem> {
    if body.len() > GRANTS_MAX {
        return Err(Problem::invalid("", format!("最多 {GRANTS_MAX} 条授权")));
    }
    let mut grants: Vec<Grant> = Vec::with_capacity(body.len());
    for (row, Granted { role, area, institution }) in body.into_iter().enumerate() {
        let place = |field: &str| format!("[{row}].{field}");
        if roles.get(&role).is_none() {
            return Err(Problem::invalid(&place("role"), "没有这个角色，请从角色列表中选择"));
        }
        let area = area_of(&place("area"), &area)?;
        if let Some(institution) = &institution {
            line(&place("institution"), institution, CODE_MAX)?;
        }
        if !permit.includes(area, institution.as_deref()) {
            return Err(Problem { place: Some(place("area")), ..Code::OutOfArea.into() });
        }
        let grant = Grant { role, area, institution };
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    let held: Vec<&str> = grants.iter().map(|grant| grant.role.as_str()).collect();
    if let Some((alone, other)) = roles.conflict(&held) {
        let name = |id| roles.get(id).map_or(id, |role| role.name.as_str());
        let detail = format!("“{}”不能与“{}”由同一人担任", name(alone), name(other));
        return Err(Problem::from(Code::Conflict).saying(detail));
    }
    Ok(grants)
}
