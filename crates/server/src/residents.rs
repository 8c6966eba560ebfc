//! Residents: who is known, as far as a permit reaches. Names and numbers are masked; to see one
//! whole is an action of its own.

mod communities;
pub(crate) mod consents;
pub(crate) mod corrections;
pub(crate) mod facts;
mod find;
pub(crate) mod glance;
pub(crate) mod identity;
pub(crate) mod own;
pub(crate) mod pages;
mod register;

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
    response::AppendHeaders,
};
use kangji_core::{
    Day, Division, DivisionPrefix,
    identity::looks_like_identity_number,
    ids::{HolderId, ReasonId},
};
use kangji_ledger::Hash;
use kangji_rights::{Action, Permit, Place};
use kangji_store::{Actor, KnownResident, ResidentFact, ResidentQuery, Store, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, page_size},
    people::{self, Opened},
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};
use facts::{Dated, SexName};
use identity::MaskedDocument;

pub(crate) use corrections::{Kept, said, shown_id};
pub(crate) use identity::{DocumentName, FullName, GivenDocument, document};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, register::add))
        .routes(routes!(communities::list))
        .routes(routes!(show, register::change))
        .routes(routes!(find::search))
        .routes(routes!(find::reveal))
        .routes(routes!(own::data))
        .routes(routes!(own::export))
        .routes(routes!(consents::list))
        .routes(routes!(consents::set))
        .routes(routes!(corrections::ask))
        .routes(routes!(corrections::list))
        .routes(routes!(corrections::decide))
}

/// A resident, with masked names and numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Resident {
    /// The system's own id.
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The code by which other systems know the resident.
    pub(crate) code: String,
    /// The name: the surname only.
    pub(crate) name: Option<String>,
    /// The document: the ends of the number only.
    pub(crate) document: Option<MaskedDocument>,
    /// The telephone number: its ends only.
    pub(crate) phone: Option<String>,
    /// The day of birth.
    #[schema(format = Date)]
    pub(crate) birth_date: Option<String>,
    /// The sex.
    pub(crate) sex: Option<SexName>,
    /// Division codes of the communities lived in.
    pub(crate) communities: Vec<Dated>,
    /// Codes of the guardians.
    pub(crate) guardians: Vec<Dated>,
    /// Groups belonged to; `null` for whoever may not know of illnesses, which they name.
    pub(crate) groups: Option<Vec<Dated>>,
}

impl Resident {
    /// The communities they have not left.
    pub(crate) fn homes(&self) -> Vec<Division> {
        let open = self.communities.iter().filter(|one| one.to.is_none());
        open.filter_map(|one| Division::parse(&one.value)).collect()
    }
}

/// Some residents, in the order in which they were registered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Residents {
    pub(crate) items: Vec<Resident>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which residents.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Who lives there today: the first two to twelve digits of the communities' codes.
    #[param(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: Option<String>,
    /// Who belongs to this group today. Groups name illnesses, so it takes `points:care`.
    pub(crate) group: Option<String>,
    /// Those after this one.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// List residents.
#[utoipa::path(
    get, path = "/residents", tag = "residents", params(Which),
    responses(
        (status = 200, body = Residents),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Residents>, Problem> {
    let viewer = Viewer::of(&who, &app);
    let read = move |app: &App, permit: &Permit| {
        let area = which.area.as_deref().map(|area| area_in(permit, area)).transpose()?;
        if which.group.is_some() && viewer.care.is_none() {
            return Err(Problem::from(Code::Forbidden).saying("人群名称涉及病情，不能按它查询"));
        }
        let limit = page_size(which.limit)?;
        let after = which.after.as_deref().map(|text| cursor(text).map(HolderId::from_bytes));
        let query = ResidentQuery {
            area,
            group: which.group,
            after: after.transpose()?,
            limit: limit + 1,
            today: app.now().day(),
        };
        // Whoever asks for a group sees whom they may know of in it, and nobody else.
        let permit = if query.group.is_some() { viewer.care.as_ref() } else { Some(permit) };
        let permit = permit.ok_or(Code::Forbidden)?;
        let mut ids = app.store().residents_under(permit, &query)?;
        let next = more(&mut ids, limit).map(ToString::to_string);
        let residents = app.store().residents(&ids)?;
        let items = residents.iter().map(|known| shown(app, &viewer, known));
        Ok(Json(Residents { items: items.collect::<Result<_, _>>()?, next }))
    };
    app.reading(&who, Action::ResidentsRead, Subject::None, read).await
}

/// Show a resident.
#[utoipa::path(
    get, path = "/residents/{id}", tag = "residents",
    params(("id" = String, Path, format = "uuid", description = "The resident.")),
    responses(
        (status = 200, body = Resident, headers(("etag" = String, description = "To be sent as `If-Match` with a change."))),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<(AppendHeaders<[(HeaderName, String); 1]>, Json<Resident>), Problem> {
    let id = holder(&id)?;
    let viewer = Viewer::of(&who, &app);
    let read = move |app: &App, permit: &Permit| {
        let known = reached(app.store(), permit, id, app.now().day())?;
        let resident = shown(app, &viewer, &known)?;
        Ok((AppendHeaders([(header::ETAG, etag(known.state))]), Json(resident)))
    };
    app.reading(&who, Action::ResidentsRead, Subject::Resident(id), read).await
}

/// Who looks, and whose illnesses they may know of.
#[derive(Clone)]
pub(crate) struct Viewer {
    care: Option<Permit>,
    is_resident: bool,
    today: Day,
}

impl Viewer {
    pub(crate) fn of(who: &Signed, app: &App) -> Self {
        let is_resident = matches!(who.principal(), Actor::Resident(_));
        let care = who.permit(Action::PointsCare, app.roles());
        Self { care, is_resident, today: app.now().day() }
    }

    /// Residents only reach themselves and those they look after.
    fn sees_groups(&self, known: &KnownResident) -> bool {
        let today = homes(&known.fact, self.today);
        let place = Place { person: Some(known.id), communities: &today, institution: None };
        self.is_resident || self.care.as_ref().is_some_and(|care| care.allows(place))
    }
}

/// The communities somebody lives in on a day.
pub(crate) fn homes(fact: &ResidentFact, day: Day) -> Vec<Division> {
    let there = fact.communities.iter().filter(|(_, days)| days.contains(day));
    there.filter_map(|(code, _)| Division::parse(code)).collect()
}

/// A resident as shown to somebody.
pub(crate) fn shown(
    app: &App,
    viewer: &Viewer,
    known: &KnownResident,
) -> Result<Resident, Problem> {
    let opened = opened(app, known)?;
    let fact = &known.fact;
    Ok(Resident {
        id: known.id.to_string(),
        code: fact.code.clone(),
        name: opened.masked_name(),
        document: MaskedDocument::of(&opened),
        phone: opened.masked_phone(),
        birth_date: fact.birth_date.map(|day| day.to_string()),
        sex: fact.sex.map(SexName::from),
        communities: Dated::all(&fact.communities),
        guardians: Dated::all(&fact.guardians),
        groups: viewer.sees_groups(known).then(|| Dated::all(&fact.groups)),
    })
}

/// The names and numbers of a resident; nothing where none are known.
pub(crate) fn opened(app: &App, known: &KnownResident) -> Result<Opened, Problem> {
    known
        .person
        .as_ref()
        .map_or_else(|| Ok(Opened::default()), |person| people::open(app.keys(), person))
}

/// A resident within a permit. Whoever is not is not told whether there is such a one.
pub(crate) fn reached(
    store: &Store,
    permit: &Permit,
    id: HolderId,
    today: Day,
) -> Result<KnownResident, Problem> {
    if !store.allows(permit, id, None, today)? {
        return Err(Code::NotFound.into());
    }
    store.resident(id)?.ok_or_else(|| Code::NotFound.into())
}

/// An id of an address; one that is none names nobody.
pub(crate) fn holder(text: &str) -> Result<HolderId, Problem> {
    text.parse().map_err(|_| Code::NotFound.into())
}

/// The place in a list after which to go on.
pub(crate) fn cursor(text: &str) -> Result<[u8; 16], Problem> {
    let id: Result<HolderId, _> = text.parse();
    let id = id.map_err(|_| Problem::invalid("after", "请原样使用上一页返回的 next"))?;
    Ok(*id.bytes())
}

/// Cuts a list that was read one longer than asked for; its new last item if more follow.
pub(crate) fn more<T>(items: &mut Vec<T>, limit: u32) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    items.last().filter(|_| more)
}

/// An area inside a permit.
fn area_in(permit: &Permit, text: &str) -> Result<DivisionPrefix, Problem> {
    let area = DivisionPrefix::parse(text)
        .ok_or_else(|| Problem::invalid("area", "区划代码是 2 到 12 位数字"))?;
    let place = Place { person: None, communities: &[area.first()], institution: None };
    if permit.allows(place) { Ok(area) } else { Err(Code::OutOfArea.into()) }
}

fn etag(state: Hash) -> String {
    format!("\"{state}\"")
}

/// Keeps why somebody does something, under the id of the request that names it in the audit log.
pub(crate) fn keep_reason(app: &App, who: &Signed, text: &str) -> Result<ReasonId, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 500 {
        return Err(Problem::invalid("reason", "请写明理由，不超过 500 字"));
    }
    if looks_like_identity_number(text) {
        return Err(Problem::invalid("reason", "理由里不要写证件号码"));
    }
    let id = ReasonId::from_bytes(*who.origin().trace.bytes());
    app.store().keep_reason(id, text, app.now()).wait()?;
    Ok(id)
}
