//! Institutions and partner shops: who hands something over for points, where and when (S9).

mod pages;

use axum::{Json, extract::State};
use kangji_core::DivisionPrefix;
use kangji_redemption::Level;
use kangji_rights::{Action, Permit};
use kangji_store::Store;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, Write, WriteHeaders, line},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show, put))
}

/// Names, addresses and the like have at most so many characters.
pub(crate) const LINE_MAX: usize = 120;

/// At which level somebody provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProviderLevel {
    City,
    District,
    Institution,
    Shop,
}

impl From<Level> for ProviderLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::City => Self::City,
            Level::District => Self::District,
            Level::Institution => Self::Institution,
            Level::Shop => Self::Shop,
        }
    }
}

impl From<ProviderLevel> for Level {
    fn from(level: ProviderLevel) -> Self {
        match level {
            ProviderLevel::City => Self::City,
            ProviderLevel::District => Self::District,
            ProviderLevel::Institution => Self::Institution,
            ProviderLevel::Shop => Self::Shop,
        }
    }
}

/// What is to be known of an institution.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstitutionFacts {
    /// The name that residents read.
    #[schema(min_length = 1, max_length = 120, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub(crate) name: String,
    pub(crate) level: ProviderLevel,
    /// The first two to twelve digits of the division codes it is responsible for.
    #[schema(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: String,
    /// Where it is.
    #[serde(default)]
    #[schema(max_length = 120, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub(crate) address: String,
    /// Its telephone number.
    #[serde(default)]
    #[schema(max_length = 120, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub(crate) phone: String,
    /// When it is open, in words.
    #[serde(default)]
    #[schema(max_length = 120, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub(crate) hours: String,
    /// Whether it hands over nothing any more.
    #[serde(default)]
    pub(crate) closed: bool,
}

/// An institution.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Institution {
    /// The code by which grants, records and orders name it.
    pub(crate) code: String,
    /// The name that residents read.
    pub(crate) name: String,
    pub(crate) level: ProviderLevel,
    /// The first two to twelve digits of the division codes it is responsible for.
    pub(crate) area: String,
    /// Where it is.
    pub(crate) address: String,
    /// Its telephone number.
    pub(crate) phone: String,
    /// When it is open, in words.
    pub(crate) hours: String,
    /// Whether it hands over nothing any more.
    pub(crate) closed: bool,
    /// When this was last changed, in milliseconds of UTC.
    pub(crate) changed_at: i64,
}

impl From<kangji_store::Institution> for Institution {
    fn from(known: kangji_store::Institution) -> Self {
        Self {
            code: known.code,
            name: known.name,
            level: known.level.into(),
            area: known.area.to_string(),
            address: known.address,
            phone: known.phone,
            hours: known.hours,
            closed: known.closed_at.is_some(),
            changed_at: known.changed_at.millis(),
        }
    }
}

/// Which institutions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those responsible for something in this area; the first two to twelve digits.
    #[param(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: Option<String>,
}

/// List institutions and partner shops, for whoever is signed in.
#[utoipa::path(
    get, path = "/institutions", tag = "institutions", params(Which),
    responses(
        (status = 200, body = Vec<Institution>),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Vec<Institution>>, Problem> {
    let area = which.area.as_deref().map(area).transpose()?;
    let found = app.ask(move |store| store.institutions(area)).await?;
    Ok(Json(found.into_iter().map(Institution::from).collect()))
}

/// Show an institution, to whoever is signed in.
#[utoipa::path(
    get, path = "/institutions/{code}", tag = "institutions",
    params(("code" = String, Path, pattern = "^[A-Za-z0-9._-]{1,64}$", description = "Its code.")),
    responses(
        (status = 200, body = Institution),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _: Signed,
    At(code): At<String>,
) -> Result<Json<Institution>, Problem> {
    let found = app.ask(move |store| store.institution(&code)).await?;
    found.map(|known| Json(known.into())).ok_or_else(|| Code::NotFound.into())
}

/// Register an institution, or change what is known of it.
#[utoipa::path(
    put, path = "/institutions/{code}", tag = "institutions", request_body = InstitutionFacts,
    params(
        WriteHeaders,
        ("code" = String, Path, pattern = "^[A-Za-z0-9._-]{1,64}$", description = "Its code."),
    ),
    responses(
        (status = 200, body = Institution),
        WriteProblems,
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
    Write { body, key }: Write<InstitutionFacts>,
) -> Result<Json<Institution>, Problem> {
    let now = app.now();
    let write = move |store: &Store, permit: &Permit| {
        checked(&code, &body)?;
        let known = store.institution(&code)?;
        let since = known.and_then(|known| known.closed_at);
        let institution = kangji_store::Institution {
            code: code.clone(),
            name: body.name,
            level: body.level.into(),
            area: area(&body.area)?,
            address: body.address,
            phone: body.phone,
            hours: body.hours,
            changed_at: now,
            closed_at: body.closed.then(|| since.unwrap_or(now)),
        };
        if !store.put_institution(permit, institution).wait()? {
            return Err(Code::OutOfArea.into());
        }
        let kept = store.institution(&code)?.ok_or(Code::NotFound)?;
        Ok(Json(kept.into()))
    };
    app.writing(&who, Action::InstitutionsWrite, Some(key), write).await
}

/// Whether a text can be the code of an institution.
///
/// # Errors
/// Where it cannot.
pub(crate) fn is_code(code: &str) -> Result<(), Problem> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !(1..=64).contains(&code.len()) || !code.bytes().all(legal) {
        let detail = "机构代码为 1 到 64 个字母、数字、点、横线或下划线";
        return Err(Problem::invalid("code", detail));
    }
    Ok(())
}

fn checked(code: &str, facts: &InstitutionFacts) -> Result<(), Problem> {
    is_code(code)?;
    line("name", &facts.name, LINE_MAX)?;
    for (place, text) in
        [("address", &facts.address), ("phone", &facts.phone), ("hours", &facts.hours)]
    {
        if !text.is_empty() {
            line(place, text, LINE_MAX)?;
        }
    }
    Ok(())
}

fn area(text: &str) -> Result<DivisionPrefix, Problem> {
    let wrong = || Problem::invalid("area", "区划代码是 2 到 12 位数字");
    DivisionPrefix::parse(text).ok_or_else(wrong)
}
