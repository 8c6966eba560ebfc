//! The published schemes, for everybody: which there are, and each as it holds on a day, in the
//! words of its document, as a page, or as data.

mod accept;
mod pages;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kangji_core::{Day, Decimals, vocabulary::Vocabulary};
use kangji_rules::{document, scheme::Scheme, words};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    etag,
    input::{At, Search},
    problem::{Code, Problem, ReadProblems},
};
use accept::Form;

pub(crate) use pages::{pages, sent};

/// The decimal places of a scheme's points, which are the same in all its versions.
pub(crate) fn decimals_of(schemes: &[Vec<Scheme>], id: &str) -> Decimals {
    let known = schemes.iter().flatten().find(|known| known.id == id);
    known.map(|known| known.decimals).unwrap_or_default()
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// A scheme and its versions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SchemeEntry {
    /// The id, the same in every version.
    pub(crate) id: String,
    /// The name in the newest version.
    pub(crate) title: String,
    /// Who publishes it.
    pub(crate) issuer: String,
    /// The first digits of the division codes of its area.
    pub(crate) division: String,
    /// The versions, the first one first.
    pub(crate) versions: Vec<SchemeVersion>,
}

/// A version of a scheme.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SchemeVersion {
    /// The first day on which activities count.
    pub(crate) first_day: String,
    /// The last one; `null` until further notice.
    pub(crate) last_day: Option<String>,
    /// The SM3 digest of the document.
    pub(crate) digest: String,
}

/// A version of a scheme as data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SchemeText {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) issuer: String,
    pub(crate) division: String,
    #[serde(flatten)]
    pub(crate) version: SchemeVersion,
    /// Decimal places of points.
    pub(crate) decimals: u8,
    /// What earns points.
    pub(crate) awards: Vec<AwardText>,
}

/// Something that earns points.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AwardText {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) category: Option<String>,
    /// The headings it stands under, the outermost first.
    pub(crate) basis: Vec<String>,
    /// The rule as a sentence.
    pub(crate) rule: String,
}

/// On which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    /// A day such as 2026-07-15; today if it is not said.
    #[param(format = Date)]
    on: Option<String>,
}

/// List the published schemes.
#[utoipa::path(
    get, path = "/schemes", tag = "schemes",
    responses(
        (status = 200, body = Vec<SchemeEntry>),
        ReadProblems,
    ),
    security(()),
)]
pub(crate) async fn list(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let entries = entries(&app).await?;
    Ok(([(header::CACHE_CONTROL, CACHED)], Json(entries)))
}

/// The published schemes.
pub(crate) async fn entries(app: &App) -> Result<Vec<SchemeEntry>, Problem> {
    let schemes = app.ask(kangji_store::Store::schemes).await?;
    Ok(schemes.iter().filter_map(|versions| SchemeEntry::of(versions)).collect())
}

/// How long others may keep what is published: a version never changes, but another one may begin.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Read a scheme as it holds on a day. `Accept` says how: as the document itself
/// (`text/markdown`), as a page for residents (`text/html`), or as data (`application/json`).
#[utoipa::path(
    get, path = "/schemes/{id}", tag = "schemes",
    params(When, ("id" = String, Path, description = "The scheme's id")),
    responses(
        (status = 200, content(
            (SchemeText = "application/json"), (String = "text/markdown"), (String = "text/html"),
        )),
        ReadProblems,
    ),
    security(()),
)]
async fn show(
    State(app): State<App>,
    At(id): At<String>,
    Search(When { on }): Search<When>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wrong = || Problem::invalid("on", "写成一天，例如 2026-07-15");
    let on = match on {
        Some(text) => text.parse().map_err(|_| wrong())?,
        None => app.now().day(),
    };
    let form = Form::wanted(&headers);
    app.blocking(move |app| {
        let scheme = version_on(app, &id, on)?;
        let tag = format!("\"{}-{}\"", scheme.digest_text(), form.word());
        let mut response = if etag::names(&headers, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            shown(app, &scheme, form)?
        };
        let own = response.headers_mut();
        own.insert(header::CACHE_CONTROL, CACHED);
        own.insert(header::VARY, HeaderValue::from_static("accept"));
        // Hexadecimal digits and a word are always a value.
        own.extend(HeaderValue::from_str(&tag).ok().map(|tag| (header::ETAG, tag)));
        Ok(response)
    })
    .await
}

/// The version in force on a day.
fn version_on(app: &App, id: &str, on: Day) -> Result<Scheme, Problem> {
    let schemes = app.store().schemes()?;
    let mut versions = schemes.iter().flatten().filter(|scheme| scheme.id == id);
    let newest = versions.rfind(|scheme| scheme.in_force.from <= on);
    let version = newest.filter(|scheme| scheme.in_force.contains(on));
    version.cloned().ok_or_else(|| Code::NotFound.into())
}

fn shown(app: &App, scheme: &Scheme, form: Form) -> Result<Response, Problem> {
    let words = app.store().words();
    if form == Form::Json {
        return Ok(Json(SchemeText::of(scheme, words)).into_response());
    }
    let text = app.store().document(&scheme.id, scheme.in_force.from)?.ok_or(Code::NotFound)?;
    if form == Form::Markdown {
        let kind = [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")];
        return Ok((kind, text).into_response());
    }
    let document = document::read(&text, words);
    let page = kangji_pages::scheme_page(&text, &document, scheme, words);
    // The page brings its own style, and nothing else.
    let policy = format!("{}; frame-ancestors 'none'", kangji_pages::POLICY);
    let policy = HeaderValue::from_str(&policy).map_err(|_| Problem::from(Code::Internal))?;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)];
    Ok((headers, page).into_response())
}

impl SchemeEntry {
    fn of(versions: &[Scheme]) -> Option<Self> {
        let newest = versions.last()?;
        Some(Self {
            id: newest.id.clone(),
            title: newest.title.clone(),
            issuer: newest.issuer.clone(),
            division: newest.division.to_string(),
            versions: versions.iter().map(SchemeVersion::of).collect(),
        })
    }
}

impl SchemeVersion {
    fn of(scheme: &Scheme) -> Self {
        let last = Some(scheme.in_force.to).filter(|last| *last < Day::LAST);
        Self {
            first_day: scheme.in_force.from.to_string(),
            last_day: last.map(|day| day.to_string()),
            digest: scheme.digest_text(),
        }
    }
}

impl SchemeText {
    pub(crate) fn of(scheme: &Scheme, vocabulary: &Vocabulary) -> Self {
        let awards = scheme.awards.iter().map(|award| AwardText {
            id: award.id.clone(),
            name: award.name.clone(),
            category: award.category.clone(),
            basis: award.basis.clone(),
            rule: words::rule_sentence(award, scheme, vocabulary),
        });
        Self {
            id: scheme.id.clone(),
            title: scheme.title.clone(),
            issuer: scheme.issuer.clone(),
            division: scheme.division.to_string(),
            version: SchemeVersion::of(scheme),
            decimals: scheme.decimals.places(),
            awards: awards.collect(),
        }
    }
}
