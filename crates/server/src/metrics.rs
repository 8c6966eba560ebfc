//! Figures of communities, such as the share of the elderly with a health record.

mod pages;

use axum::{Json, extract::State};
use kangji_core::{Decimal, Division, DivisionPrefix};
use kangji_rights::{Action, Permit, Place};
use kangji_store::{Changes, Entered, Fact, MetricRow, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{Search, Whole, Write, WriteHeaders},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, enter))
}

/// A figure of a community and year.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metric {
    /// The community's division code of twelve digits.
    #[schema(pattern = "^[0-9]{12}$")]
    pub(crate) community: String,
    /// The year.
    #[schema(value_type = u32, minimum = 1900, maximum = 9998)]
    pub(crate) year: Whole,
    /// The figure's name, as in the scheme.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) name: String,
    /// The figure: a decimal number.
    #[schema(pattern = "^-?[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    pub(crate) value: String,
}

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The first two to twelve digits of the communities' codes.
    #[param(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: String,
    /// The year.
    pub(crate) year: u32,
}

/// What writing came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// Facts that were not there.
    new: usize,
    /// Facts that were there and said something else; what they said is kept.
    corrected: usize,
    /// Facts that were there.
    unchanged: usize,
}

impl From<Changes> for Entry {
    fn from(Changes { new, corrected, unchanged }: Changes) -> Self {
        Self { new, corrected, unchanged }
    }
}

impl From<MetricRow> for Metric {
    fn from(MetricRow { community, year, name, value }: MetricRow) -> Self {
        Self { community, year: Whole(year), name, value }
    }
}

/// List figures of communities.
#[utoipa::path(
    get, path = "/metrics", tag = "metrics", params(Which),
    responses(
        (status = 200, body = Vec<Metric>),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Vec<Metric>>, Problem> {
    let area = DivisionPrefix::parse(&which.area)
        .ok_or_else(|| Problem::invalid("area", "区划代码是 2 到 12 位数字"))?;
    let read = move |app: &App, permit: &Permit| {
        covers(permit, area.first())?;
        let rows = app.store().metrics_in(area, which.year)?;
        Ok(Json(rows.into_iter().map(Metric::from).collect()))
    };
    app.reading(&who, Action::MetricsRead, Subject::None, read).await
}

/// Enter or correct figures of communities.
#[utoipa::path(
    put, path = "/metrics", tag = "metrics", request_body = Vec<Metric>,
    params(WriteHeaders),
    responses(
        (status = 200, body = Entry),
        WriteProblems,
    ),
)]
async fn enter(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<Vec<Metric>>,
) -> Result<Json<Entry>, Problem> {
    let entered = Entered { now: app.now(), reason: None };
    app.writing(&who, Action::MetricsWrite, Some(key), move |store, permit| {
        let mut facts = Vec::with_capacity(body.len());
        for (row, metric) in body.into_iter().enumerate() {
            let place = |field: &str| format!("[{row}].{field}");
            let community = Division::parse(&metric.community)
                .ok_or_else(|| Problem::invalid(&place("community"), "区划代码是 12 位数字"))?;
            covers(permit, community)?;
            let value: Decimal = metric
                .value
                .parse()
                .map_err(|_| Problem::invalid(&place("value"), "不是数字，例如 85 或 0.85"))?;
            let Metric { community, year: Whole(year), name, .. } = metric;
            facts.push(Fact::Metric { community, year, name, value });
        }
        Ok(Json(store.enter(facts, entered).wait()?.into()))
    })
    .await
}

pub(crate) fn covers(permit: &Permit, community: Division) -> Result<(), Problem> {
    let place = Place { person: None, communities: &[community], institution: None };
    if permit.allows(place) { Ok(()) } else { Err(Code::OutOfArea.into()) }
}
