//! What villages are to do in a year (T16): numbers from above that are shared out, and where their
//! parts do not add up.

mod pages;

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use kangji_core::DivisionPrefix;
use kangji_rights::{Action, Permit};
use kangji_store::{Store, Subject, Target, Uneven, reaches};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{Search, Whole, Write, WriteHeaders, line},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

pub(crate) use pages::{own_area, pages};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, enter))
}

/// So many targets are entered at once.
const TARGETS_MAX: usize = 1000;
/// The years that a target can be of.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=9998;

/// What an area is to do in a year.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Target)]
pub(crate) struct TargetEntry {
    /// The first two to twelve digits of the area's division code.
    #[schema(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: String,
    /// The year.
    #[schema(value_type = u32, minimum = 1900, maximum = 9998)]
    pub(crate) year: Whole,
    /// What.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) name: String,
    /// How many.
    #[schema(value_type = u32)]
    pub(crate) number: Whole,
}

/// A target whose parts do not add up to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UnevenTarget {
    /// The target.
    #[serde(flatten)]
    pub(crate) target: TargetEntry,
    /// What its parts come to.
    pub(crate) parts: u64,
}

/// The targets of an area and year.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Targets {
    /// Those inside the area.
    pub(crate) items: Vec<TargetEntry>,
    /// Those of them whose parts do not add up to them.
    pub(crate) uneven: Vec<UnevenTarget>,
}

/// Which targets.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The first two to twelve digits of the division codes.
    #[param(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: String,
    /// The year.
    pub(crate) year: u32,
}

impl From<Target> for TargetEntry {
    fn from(Target { area, year, name, number }: Target) -> Self {
        Self { area: area.to_string(), year: Whole(year), name, number: Whole(number) }
    }
}

impl From<Uneven> for UnevenTarget {
    fn from(Uneven { whole, parts }: Uneven) -> Self {
        Self { target: whole.into(), parts }
    }
}

/// List the targets of an area and year, and where parts do not add up.
#[utoipa::path(
    get, path = "/targets", tag = "targets", params(Which),
    responses((status = 200, body = Targets), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Targets>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        let area = area("area", &which.area)?;
        if !reaches(permit, area) {
            return Err(Code::OutOfArea.into());
        }
        told(app.store(), area, which.year).map(Json)
    };
    app.reading(&who, Action::MetricsRead, Subject::None, read).await
}

/// Enter targets, or others in their place. The answer tells which of the year do not add up.
#[utoipa::path(
    put, path = "/targets", tag = "targets", request_body = Vec<TargetEntry>,
    params(WriteHeaders),
    responses((status = 200, body = Vec<UnevenTarget>), WriteProblems),
)]
pub(crate) async fn enter(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<Vec<TargetEntry>>,
) -> Result<Json<Vec<UnevenTarget>>, Problem> {
    let (by, now) = (who.officer()?, app.now());
    let write = move |store: &Store, permit: &Permit| {
        if body.len() > TARGETS_MAX {
            return Err(Code::TooLarge.into());
        }
        let rows = body.into_iter().enumerate();
        let targets: Result<Vec<Target>, Problem> =
            rows.map(|(row, entry)| entry.checked(permit, row)).collect();
        let targets = targets?;
        let written = targets.clone();
        store.put_targets(targets, by, now).wait()?;
        // A target is whole only with all its parts, also those that were entered before.
        let years: BTreeSet<u32> = written.iter().map(|target| target.year).collect();
        let mut uneven = Vec::new();
        for year in years {
            let found = Target::uneven(&store.targets(DivisionPrefix::EVERYWHERE, year)?);
            uneven.extend(found.into_iter().filter(|one| {
                let concerns = |target: &Target| {
                    target.name == one.whole.name && target.area.overlaps(one.whole.area)
                };
                reaches(permit, one.whole.area) && written.iter().any(concerns)
            }));
        }
        Ok(Json(uneven.into_iter().map(UnevenTarget::from).collect()))
    };
    app.writing(&who, Action::MetricsWrite, Some(key), write).await
}

/// The targets inside an area, and which of them do not add up.
pub(crate) fn told(store: &Store, area: DivisionPrefix, year: u32) -> Result<Targets, Problem> {
    let mut all = store.targets(area, year)?;
    all.retain(|target| area.includes(target.area));
    let uneven = Target::uneven(&all).into_iter().map(UnevenTarget::from).collect();
    Ok(Targets { items: all.into_iter().map(TargetEntry::from).collect(), uneven })
}

impl TargetEntry {
    fn checked(self, permit: &Permit, row: usize) -> Result<Target, Problem> {
        let place = |field: &str| format!("[{row}].{field}");
        let area = area(&place("area"), &self.area)?;
        if !reaches(permit, area) {
            let outside = Problem::from(Code::OutOfArea);
            return Err(Problem { place: Some(place("area")), ..outside });
        }
        if !YEARS.contains(&self.year.0) {
            return Err(Problem::invalid(&place("year"), "年份写成 2026 这样"));
        }
        line(&place("name"), &self.name, 64)?;
        Ok(Target { area, year: self.year.0, name: self.name, number: self.number.0 })
    }
}

fn area(place: &str, text: &str) -> Result<DivisionPrefix, Problem> {
    DivisionPrefix::parse(text).ok_or_else(|| Problem::invalid(place, "区划代码是 2 到 12 位数字"))
}
