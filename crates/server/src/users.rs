//! Staff: who they are, and how they come in. Whoever keeps them does so within their own area:
//! nobody hands on, or takes over, more than they have.

mod grants;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{Moment, identity::PersonName, ids::OfficerId};
use kangji_rights::{Action, Permit};
use kangji_store::{NameTaken, Store, Subject, Unchanged, User, new_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use grants::{Granted, area_of, area_text};

use crate::{
    app::App,
    input::{At, Order, Search, Write, WriteHeaders, line, page_size},
    invitations::{self, Invitation, administrators},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    residents::FullName,
    signed::Signed,
    staff_seal,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(change))
        .routes(routes!(invite))
        .routes(routes!(end_sessions))
        .merge(grants::routes())
}

/// The most characters of a worker's code or an institution's.
pub(crate) const CODE_MAX: usize = 64;

/// A member of staff.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    id: String,
    /// The name to sign in by.
    name: String,
    /// The name they are known by.
    display_name: Option<String>,
    /// The code by which records name them as worker; empty for none.
    worker: String,
    /// By what an identity provider knows them: issuer, a space, subject; empty for none.
    subject: String,
    /// Whether they have set a password.
    has_password: bool,
    /// Whether they have set up one-time codes.
    second_factor: bool,
    /// Since when they may not come in.
    disabled_at: Option<i64>,
}

/// Members of staff, and how to go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Members {
    items: Vec<Member>,
    /// What to send as `after` for those that follow; nothing at the end.
    next: Option<String>,
}

/// Which of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// `next` of the part before.
    #[param(pattern = "^[a-z0-9][a-z0-9._-]{1,31}$")]
    after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
}

/// Somebody new.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    /// The name to sign in by.
    #[schema(pattern = "^[a-z0-9][a-z0-9._-]{1,31}$")]
    name: String,
    /// The code by which records name them as worker.
    #[serde(default)]
    #[schema(max_length = 64, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    worker: String,
    /// The name they are known by.
    #[schema(value_type = Option<FullName>)]
    display_name: Option<String>,
}

/// What is changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberChange {
    /// The code by which records name them as worker; empty for none.
    #[schema(max_length = 64, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    worker: Option<String>,
    /// By what an identity provider knows them: issuer, a space, subject; empty for none.
    #[schema(max_length = 512, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    subject: Option<String>,
    /// Whether they may not come in.
    disabled: Option<bool>,
}

/// What a new invitation is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    /// Whether their one-time codes end as well, because the device is lost.
    #[serde(default)]
    forget_second_factor: bool,
}

/// Whether a text can be the name somebody signs in by.
pub(crate) fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (2..=32).contains(&text.len())
        && text.bytes().next().is_some_and(letter)
        && text.bytes().all(|byte| letter(byte) || matches!(byte, b'.' | b'_' | b'-'))
}

/// List staff in the order of their names, as far as one keeps them.
#[utoipa::path(
    get, path = "/users", tag = "users", params(Page),
    responses(
        (status = 200, body = Members),
        ReadProblems,
    ),
)]
async fn list(
    State(app): State<App>,
    who: Signed,
    Search(page): Search<Page>,
) -> Result<Json<Members>, Problem> {
    let limit = page_size(page.limit)?;
    if !page.after.as_deref().is_none_or(is_name) {
        return Err(Problem::invalid("after", "请原样使用上一页的 next"));
    }
    let after = page.after.unwrap_or_default();
    app.reading(&who, Action::UsersManage, Subject::None, move |app, permit| {
        let mut users = app.store().users(&after, limit)?;
        let is_full = users.len() == usize::from(limit);
        let next = users.last().filter(|_| is_full).map(|user| user.name.clone());
        let mut kept = Vec::with_capacity(users.len());
        for user in users.drain(..) {
            if reaches(app.store(), permit, user.id)? {
                kept.push(user);
            }
        }
        let ids: Vec<OfficerId> = kept.iter().map(|user| user.id).collect();
        let names = staff_seal::names(app, &ids)?;
        let items = kept.into_iter().zip(names).map(|(user, name)| member(user, name)).collect();
        Ok(Json(Members { items, next }))
    })
    .await
}

fn member(user: User, display_name: Option<String>) -> Member {
    Member {
        id: user.id.to_string(),
        has_password: !user.password.is_empty(),
        second_factor: user.totp.is_some(),
        disabled_at: user.disabled_at.map(kangji_core::Moment::millis),
        name: user.name,
        display_name,
        worker: user.worker,
        subject: user.subject,
    }
}

/// Add a member of staff; the answer holds the link by which they come in first.
#[utoipa::path(
    post, path = "/users", tag = "users", request_body = NewMember, params(WriteHeaders),
    responses(
        (status = 201, body = Invitation),
        WriteProblems,
    ),
)]
async fn add(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<NewMember>,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    let NewMember { name, worker, display_name } = body;
    if !is_name(&name) {
        let detail = "登录名为 2 到 32 个小写字母、数字、点、横线或下划线，以字母或数字开头";
        return Err(Problem::invalid("name", detail));
    }
    if !worker.is_empty() {
        line("worker", &worker, CODE_MAX)?;
    }
    let display_name = display_name
        .map(|name| PersonName::parse(&name))
        .transpose()
        .map_err(|error| Problem::invalid("display_name", error.chinese()))?;
    let now = app.now();
    let id = OfficerId::from_bytes(new_id(now));
    let user = User { worker, ..new_user(id, name, now) };
    let parts = app.clone();
    app.writing(&who, Action::UsersManage, Some(key), move |store, _| {
        let name = display_name.as_ref().map(PersonName::full);
        let person = name.map(|name| staff_seal::new(&parts, id, Some(name), now)).transpose()?;
        let ticket = invitations::ticket(&parts, id, id.bytes(), false, now)?;
        let added = store.add_user(user, person, ticket).wait()?;
        let first = added.map_err(|NameTaken| {
            let problem = Problem::from(Code::Conflict).saying("这个登录名已有人使用，请换一个");
            Problem { place: Some("name".to_owned()), ..problem }
        })?;
        let invited = invitations::invitation(&parts, OfficerId::from_bytes(first), &first)?;
        Ok((StatusCode::CREATED, Json(invited)))
    })
    .await
}

/// Somebody who has nothing yet but a name to sign in by.
pub(crate) const fn new_user(id: OfficerId, name: String, now: Moment) -> User {
    User {
        id,
        name,
        worker: String::new(),
        password: String::new(),
        password_at: now,
        totp: None,
        totp_step: 0,
        subject: String::new(),
        disabled_at: None,
    }
}

/// Change a member of staff, or whether they may come in.
#[utoipa::path(
    patch, path = "/users/{id}", tag = "users", request_body = MemberChange,
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
    Write { body, key }: Write<MemberChange>,
) -> Result<StatusCode, Problem> {
    let id = id_of(&id)?;
    let MemberChange { worker, subject, disabled } = body;
    for (place, text, length_max) in [("worker", &worker, CODE_MAX), ("subject", &subject, 512)] {
        if let Some(text) = text.as_ref().filter(|text| !text.is_empty()) {
            line(place, text, length_max)?;
        }
    }
    let now = app.now();
    let administrators = administrators(app.roles());
    let own = who.principal() == kangji_store::Actor::Staff(id);
    app.writing(&who, Action::UsersManage, Some(key), move |store, permit| {
        within_reach(store, permit, id)?;
        if own && (disabled == Some(true) || subject.is_some()) {
            return Err(Problem::from(Code::SamePerson).saying("不能停用自己或修改自己的登录方式"));
        }
        let changed = store.change_user(id, administrators, move |user| {
            user.worker = worker.clone().unwrap_or_else(|| std::mem::take(&mut user.worker));
            user.subject = subject.clone().unwrap_or_else(|| std::mem::take(&mut user.subject));
            user.disabled_at = disabled_since(user.disabled_at, disabled, now);
        });
        changed.wait()?.map_err(unchanged)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Give a member of staff another link, because they lost what they come in by. What they come
/// in by now is good until they use it.
#[utoipa::path(
    post, path = "/users/{id}/invitation", tag = "users", request_body = Reset,
    params(("id" = String, Path, format = "uuid"), WriteHeaders),
    responses(
        (status = 200, body = Invitation),
        WriteProblems,
    ),
)]
async fn invite(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Reset>,
) -> Result<Json<Invitation>, Problem> {
    let id = id_of(&id)?;
    let (parts, now) = (app.clone(), app.now());
    app.writing(&who, Action::UsersManage, Some(key), move |store, permit| {
        let user = within_reach(store, permit, id)?;
        if user.disabled_at.is_some() {
            return Err(Problem::from(Code::Conflict).saying("该用户已停用，请先启用"));
        }
        let seed = new_id(now);
        let ticket = invitations::ticket(&parts, id, &seed, body.forget_second_factor, now)?;
        let issued = store.issue_one(Subject::User(id), vec![(seed, ticket)], now).wait()?;
        let seed = issued.ok_or(Problem::from(Code::Unavailable))?;
        Ok(Json(invitations::invitation(&parts, id, &seed)?))
    })
    .await
}

/// End all sessions of a member of staff, and their unused invitation.
#[utoipa::path(
    delete, path = "/users/{id}/sessions", tag = "users",
    params(("id" = String, Path, format = "uuid"), WriteHeaders),
    responses(
        (status = 204),
        WriteProblems,
    ),
)]
async fn end_sessions(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Order(key): Order,
) -> Result<StatusCode, Problem> {
    let id = id_of(&id)?;
    app.writing(&who, Action::UsersManage, Some(key), move |store, permit| {
        within_reach(store, permit, id)?;
        store.end_sessions_of_staff(id).wait()?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Since when somebody may not come in, where `wanted` says whether they may not from now on.
pub(crate) fn disabled_since(
    known: Option<Moment>,
    wanted: Option<bool>,
    now: Moment,
) -> Option<Moment> {
    match wanted {
        Some(true) => known.or(Some(now)),
        Some(false) => None,
        None => known,
    }
}

/// The id in an address; what is none names nobody.
fn id_of(text: &str) -> Result<OfficerId, Problem> {
    text.parse().map_err(|_| Code::NotFound.into())
}

/// Somebody all of whose grants a permit includes.
fn within_reach(store: &Store, permit: &Permit, id: OfficerId) -> Result<User, Problem> {
    let user = store.user(id)?.ok_or(Problem::from(Code::NotFound))?;
    if reaches(store, permit, id)? { Ok(user) } else { Err(Code::OutOfArea.into()) }
}

/// Whether a permit includes all that somebody is granted.
pub(crate) fn reaches(store: &Store, permit: &Permit, id: OfficerId) -> Result<bool, Problem> {
    let grants = store.grants(id)?;
    Ok(grants.iter().all(|grant| permit.includes(grant.area, grant.institution.as_deref())))
}

pub(crate) fn unchanged(reason: Unchanged) -> Problem {
    match reason {
        Unchanged::Unknown => Code::NotFound.into(),
        Unchanged::SubjectTaken => {
            let problem = Problem::from(Code::Conflict).saying("这个外部账号已关联其他用户");
            Problem { place: Some("subject".to_owned()), ..problem }
        }
        Unchanged::LastAdministrator => {
            Problem::from(Code::Conflict).saying("这是最后一位全域安全管理员；请先授权另一位")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["ab", "wang.fang-2", "0x", &"a".repeat(32)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a", "Ann", ".ab", "a b", "a\0b", "王芳", &"a".repeat(33)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
