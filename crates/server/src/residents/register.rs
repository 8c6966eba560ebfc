//! Registering a resident, and changing what is known of one.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::AppendHeaders,
};
use kangji_core::{Day, Moment, ids::HolderId, tables::Sex};
use kangji_rights::{Action, Permit, Place};
use kangji_store::{Entered, KnownResident, Registered, Registration, ResidentFact, Store, new_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Resident, Viewer, etag,
    facts::{self, Dated, SexName},
    holder, homes,
    identity::{self, FullName, GivenDocument, PhoneNumber},
    keep_reason, opened, reached, shown,
};
use crate::{
    app::App,
    input::{At, Write, WriteHeaders},
    people::{self, Identity},
    problem::{Code, Problem, WriteProblems},
    signed::Signed,
};

/// A resident to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewResident {
    /// The code by which other systems know the resident: never an identity or telephone number.
    /// The system's own id if there is none.
    #[schema(pattern = "^[!-.0-~]{1,64}$")]
    pub(super) code: Option<String>,
    /// The full name, as in the document.
    #[schema(value_type = FullName)]
    pub(super) name: String,
    pub(super) document: GivenDocument,
    #[schema(value_type = Option<PhoneNumber>)]
    pub(super) phone: Option<String>,
    /// The day of birth, if the document does not tell it.
    #[schema(format = Date)]
    pub(super) birth_date: Option<String>,
    /// The sex, if the document does not tell it.
    pub(super) sex: Option<SexName>,
    /// Division codes of the communities lived in: one at a time.
    #[schema(min_items = 1, max_items = 100)]
    pub(super) communities: Vec<Dated>,
    /// Codes of registered guardians: one at a time.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(super) guardians: Vec<Dated>,
    /// Groups belonged to.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(super) groups: Vec<Dated>,
    /// Why somebody under 14 has no guardian, or why points of a closed period may change.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(super) reason: Option<String>,
}

/// What is to be known of a resident from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedResident {
    /// The full name; the known one stays if there is none here.
    #[schema(value_type = Option<FullName>)]
    pub(super) name: Option<String>,
    /// The document; the known one stays if there is none here.
    pub(super) document: Option<GivenDocument>,
    /// The telephone number; the known one stays if there is none here, and an empty one takes it
    /// away.
    #[schema(
        pattern = "^(|1[3-9][0-9]{9}|(010|02[0-9])[2-9][0-9]{7}|0[3-9][0-9]{2}[2-9][0-9]{6,7})$"
    )]
    pub(super) phone: Option<String>,
    /// The day of birth.
    #[schema(format = Date)]
    pub(super) birth_date: Option<String>,
    /// The sex.
    pub(super) sex: Option<SexName>,
    /// Division codes of the communities lived in: one at a time.
    #[schema(max_items = 100)]
    pub(super) communities: Vec<Dated>,
    /// Codes of registered guardians: one at a time.
    #[schema(max_items = 100)]
    pub(super) guardians: Vec<Dated>,
    /// Groups belonged to; the known ones stay if there are none here.
    #[schema(max_items = 100)]
    pub(super) groups: Option<Vec<Dated>>,
    /// Why somebody under 14 has no guardian, or why points of a closed period may change.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(super) reason: Option<String>,
}

/// Who was registered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Added {
    /// The system's own id.
    #[schema(format = "uuid")]
    pub(super) id: String,
    /// The code.
    pub(super) code: String,
}

/// What a change has to say of what it changes.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct IfMatch {
    /// The `ETag` of the resident as read before.
    #[param(rename = "If-Match")]
    if_match: String,
}

/// Register a resident.
#[utoipa::path(
    post, path = "/residents", tag = "residents", request_body = NewResident,
    params(WriteHeaders),
    responses(
        (status = 201, body = Added),
        WriteProblems,
    ),
)]
pub(super) async fn add(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<NewResident>,
) -> Result<(StatusCode, Json<Added>), Problem> {
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let now = server.now();
        let (identity, birth_date, sex) = new_identity(&body, now)?;
        let code = body.code.clone();
        let holder = code.as_deref().map(|code| {
            facts::code(code)?;
            Ok::<_, Problem>(server.store().holder(code)?)
        });
        let holder = holder.transpose()?.flatten();
        let id = holder.unwrap_or_else(|| HolderId::from_bytes(new_id(now)));
        let fact = ResidentFact {
            code: code.clone().unwrap_or_else(|| id.to_string()),
            birth_date,
            sex,
            communities: facts::dated("communities", body.communities, true)?,
            guardians: facts::dated("guardians", body.guardians, true)?,
            groups: facts::dated("groups", body.groups, false)?,
        };
        let place = homes(&fact, now.day());
        let place = Place { person: None, communities: &place, institution: None };
        facts::check(server.store(), permit, id, &fact, None, now.day())?;
        if !permit.allows(place) {
            return Err(Code::OutOfArea.into());
        }
        let desk = Desk { app: &server, who: &signed, store, now };
        let id = desk.register(id, fact, &identity, None, body.reason.as_deref())?.to_string();
        Ok((StatusCode::CREATED, Json(Added { code: code.unwrap_or_else(|| id.clone()), id })))
    };
    app.writing(&who, Action::ResidentsWrite, Some(key), write).await
}

/// Names and numbers of somebody new, the day of birth and the sex.
fn new_identity(
    body: &NewResident,
    now: Moment,
) -> Result<(Identity, Option<Day>, Option<Sex>), Problem> {
    let identity = Identity {
        name: Some(identity::name(&body.name)?),
        document: Some(identity::document(&body.document, now.day())?),
        phone: body.phone.as_deref().map(identity::phone).transpose()?,
    };
    let birth = body.birth_date.as_deref().map(|text| facts::day("birth_date", text));
    let document = identity.document.as_ref();
    let sex = body.sex.map(Into::into);
    let (birth, sex) = identity::agreeing(document, birth.transpose()?, sex, now.day())?;
    Ok((identity, birth, sex))
}

/// Change what is known of a resident.
#[utoipa::path(
    put, path = "/residents/{id}", tag = "residents", request_body = ChangedResident,
    params(
        ("id" = String, Path, format = "uuid", description = "The resident."),
        WriteHeaders, IfMatch,
    ),
    responses(
        (status = 200, body = Resident, headers(("etag" = String, description = "To be sent as `If-Match` with a change."))),
        WriteProblems,
    ),
)]
pub(super) async fn change(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    headers: HeaderMap,
    Write { body, key }: Write<ChangedResident>,
) -> Result<(AppendHeaders<[(HeaderName, String); 1]>, Json<Resident>), Problem> {
    let id = holder(&id)?;
    let seen = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    let seen = seen.map(ToOwned::to_owned);
    let viewer = Viewer::of(&who, &app);
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let now = server.now();
        let known = reached(server.store(), permit, id, now.day())?;
        if seen != Some(etag(known.state)) {
            return Err(Code::Changed.into());
        }
        let (identity, document_is_new) = changed_identity(&server, &known, &body, now)?;
        let birth = body.birth_date.as_deref().map(|text| facts::day("birth_date", text));
        let document = identity.document.as_ref();
        let sex = body.sex.map(Into::into);
        let mut agreeing = identity::agreeing(document, birth.transpose()?, sex, now.day())?;
        if !document_is_new {
            agreeing.0 = agreeing.0.or(known.fact.birth_date);
            agreeing.1 = agreeing.1.or(known.fact.sex);
        }
        let groups = body.groups.map(|groups| facts::dated("groups", groups, false));
        let fact = ResidentFact {
            code: known.fact.code.clone(),
            birth_date: agreeing.0,
            sex: agreeing.1,
            communities: facts::dated("communities", body.communities, true)?,
            guardians: facts::dated("guardians", body.guardians, true)?,
            groups: groups.transpose()?.unwrap_or_else(|| known.fact.groups.clone()),
        };
        facts::check(server.store(), permit, id, &fact, Some(&known.fact), now.day())?;
        let desk = Desk { app: &server, who: &signed, store, now };
        desk.register(id, fact, &identity, Some(&known), body.reason.as_deref())?;
        let known = server.store().resident(id)?.ok_or(Code::NotFound)?;
        let shown = shown(&server, &viewer, &known)?;
        Ok((AppendHeaders([(header::ETAG, etag(known.state))]), Json(shown)))
    };
    app.writing(&who, Action::ResidentsWrite, Some(key), write).await
}

/// Names and numbers as they are to be from now on, and whether the document is another.
fn changed_identity(
    app: &App,
    known: &KnownResident,
    body: &ChangedResident,
    now: Moment,
) -> Result<(Identity, bool), Problem> {
    let mut identity = opened(app, known)?.identity(now.day())?;
    if let Some(name) = &body.name {
        identity.name = Some(identity::name(name)?);
    }
    if let Some(given) = &body.document {
        identity.document = Some(identity::document(given, now.day())?);
    }
    match body.phone.as_deref() {
        None => {}
        Some("") => identity.phone = None,
        Some(phone) => identity.phone = Some(identity::phone(phone)?),
    }
    Ok((identity, body.document.is_some()))
}

/// Where residents are registered on somebody's behalf.
struct Desk<'a> {
    app: &'a App,
    who: &'a Signed,
    /// The store of the call.
    store: &'a Store,
    now: Moment,
}

impl Desk<'_> {
    /// Registers somebody, in the place of what was known; the id they have.
    fn register(
        &self,
        id: HolderId,
        fact: ResidentFact,
        identity: &Identity,
        known: Option<&KnownResident>,
        reason: Option<&str>,
    ) -> Result<HolderId, Problem> {
        let today = self.now.day();
        let guarded = fact.guardians.iter().any(|(_, days)| days.contains(today));
        if facts::is_ward(&fact, today) && !guarded && reason.is_none() {
            let detail = "未满 14 岁，请填写监护人；没有监护人的，请写明原因（reason）";
            return Err(Problem::invalid("guardians", detail));
        }
        let reason = reason.map(|text| keep_reason(self.app, self.who, text)).transpose()?;
        let before = match known {
            Some(known) => known.person.clone(),
            None => self.app.store().person(id)?,
        };
        let sealed = people::seal(self.app.keys(), id, identity, before.as_ref(), self.now)?;
        let new = Registration {
            fact,
            person: sealed.person,
            keys: sealed.tags,
            document: sealed.document,
            instead_of: known.map(|known| known.state),
        };
        let entered = Entered { now: self.now, reason };
        match self.store.register(new, entered).wait()? {
            Registered::Done(id) => Ok(HolderId::from_bytes(id)),
            Registered::CodeTaken => {
                Err(Problem::from(Code::Conflict)
                    .saying("这个代码已经登记过；请核对，或换一个代码"))
            }
            Registered::DocumentKnown => Err(Problem::from(Code::Conflict)
                .saying("这个证件已经登记过；请用证件号码查询，查不到时请联系主管部门")),
            Registered::ChangedMeanwhile => Err(Code::Changed.into()),
        }
    }
}
