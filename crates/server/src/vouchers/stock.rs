//! Numbered stock (P4): printed by the bureau, given to institutions, counted by where it stands.

use std::collections::BTreeSet;

use axum::{Json, extract::State, http::StatusCode};
use kangji_rights::{Action, Permit};
use kangji_store::{Printed, Store, Subject, VoucherCount};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{institution_at, looking, refused, scheme_under, told::StateName};
use crate::{
    app::App,
    input::{Search, Whole, Write, WriteHeaders, line},
    orders::by,
    problem::{Code, Problem, ReadProblems, Reason, WriteProblems},
    schemes::decimals_of,
    signed::Signed,
};

/// The most vouchers that are printed, or given away, at once.
pub(super) const MOST: u32 = 10_000;

/// How many vouchers are to be printed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VoucherPrinting)]
pub(crate) struct NewPrint {
    /// Under which scheme.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) scheme: String,
    /// How many.
    #[schema(value_type = u32, minimum = 1, maximum = 10000)]
    pub(crate) count: Whole,
}

/// How many vouchers go to an institution.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VoucherStocking)]
pub(crate) struct NewStock {
    /// Under which scheme.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) scheme: String,
    /// The institution's code.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// How many; fewer where there are fewer.
    #[schema(value_type = u32, minimum = 1, maximum = 10000)]
    pub(crate) count: Whole,
}

/// Vouchers with serials that follow on each other.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VoucherRange {
    /// The first serial.
    pub(crate) first: String,
    /// The last serial.
    pub(crate) last: String,
    /// How many.
    pub(crate) count: u32,
}

impl From<Printed> for VoucherRange {
    fn from(Printed { first, last, count }: Printed) -> Self {
        Self { first, last, count }
    }
}

/// Of which scheme.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfScheme {
    /// The scheme.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) scheme: String,
}

/// How many vouchers stand where. Amounts are in the scheme's smallest unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = VoucherCount)]
pub(crate) struct CountShown {
    /// The institution's code; `null` for those that went nowhere yet.
    pub(crate) institution: Option<String>,
    /// Where they stand.
    pub(crate) state: StateName,
    /// How many.
    pub(crate) count: u64,
    /// The points on them.
    pub(crate) points: i64,
}

/// The vouchers of a scheme, as far as a permit reaches: by institution and state.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VoucherCounts {
    /// Decimal places of the points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    pub(crate) items: Vec<CountShown>,
    /// All of them: the sum of the items.
    pub(crate) total: u64,
}

/// Number the next vouchers of a scheme (P4).
#[utoipa::path(
    post, path = "/vouchers/print", tag = "vouchers", request_body = NewPrint,
    params(WriteHeaders),
    responses((status = 201, body = VoucherRange), WriteProblems),
)]
pub(crate) async fn print(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<NewPrint>,
) -> Result<(StatusCode, Json<VoucherRange>), Problem> {
    let (by, now) = (by(&who).ok_or(Code::Forbidden)?, app.now());
    let write = move |store: &Store, permit: &Permit| {
        line("scheme", &body.scheme, 64)?;
        let scheme = scheme_under(store, permit, &body.scheme)?;
        let count = count(body.count)?;
        let printed = store.print_vouchers(&scheme.id, count, by, now).wait()?;
        let printed = printed.map_err(|why| refused(&why, scheme.decimals))?;
        Ok((StatusCode::CREATED, Json(printed.into())))
    };
    app.writing(&who, Action::VouchersPrint, Some(key), write).await
}

/// Give the next printed vouchers to an institution (P4).
#[utoipa::path(
    post, path = "/vouchers/stock", tag = "vouchers", request_body = NewStock,
    params(WriteHeaders),
    responses((status = 201, body = VoucherRange), WriteProblems),
)]
pub(crate) async fn hand_out(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<NewStock>,
) -> Result<(StatusCode, Json<VoucherRange>), Problem> {
    let (by, now) = (by(&who).ok_or(Code::Forbidden)?, app.now());
    let write = move |store: &Store, permit: &Permit| {
        line("institution", &body.institution, 64)?;
        let place = institution_at(store, permit, &body.institution)?;
        let scheme = scheme_under(store, permit, &body.scheme)?;
        let count = count(body.count)?;
        let given = store.stock_vouchers(&scheme.id, &place.code, count, by, now).wait()?;
        let given = given.ok_or_else(|| {
            let says = "没有印好待领的积分券了，请先印制".to_owned();
            Problem::refused(vec![Reason { code: "none_printed", says, missing: None }])
        })?;
        Ok((StatusCode::CREATED, Json(given.into())))
    };
    app.writing(&who, Action::VouchersPrint, Some(key), write).await
}

fn count(count: Whole) -> Result<u32, Problem> {
    let possible = (1..=MOST).contains(&count.0);
    possible.then_some(count.0).ok_or_else(|| Problem::invalid("count", "一次 1 到 10000 张"))
}

/// Count the vouchers of a scheme by institution and state.
///
/// What was printed and went nowhere yet is told to whoever is responsible for the scheme's area.
#[utoipa::path(
    get, path = "/vouchers/counts", tag = "vouchers", params(OfScheme),
    responses((status = 200, body = VoucherCounts), ReadProblems),
)]
pub(crate) async fn counts(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<OfScheme>,
) -> Result<Json<VoucherCounts>, Problem> {
    let action = looking(&who, &app);
    let read = move |app: &App, permit: &Permit| {
        line("scheme", &which.scheme, 64)?;
        let store = app.store();
        let schemes = store.schemes()?;
        let decimals = decimals_of(&schemes, &which.scheme);
        let is_whole = match scheme_under(store, permit, &which.scheme) {
            Ok(_) => true,
            Err(problem) if problem.code == Code::OutOfArea => false,
            Err(problem) => return Err(problem),
        };
        let under = store.institutions(None)?.into_iter().filter(|one| one.is_under(permit));
        let under: BTreeSet<String> = under.map(|one| one.code).collect();
        let mut counts = store.voucher_counts(&which.scheme)?;
        counts.retain(|count| match &count.institution {
            Some(code) => under.contains(code),
            None => is_whole,
        });
        let total = counts.iter().map(|count| count.count).sum();
        let items = counts.into_iter().map(counted).collect();
        Ok(Json(VoucherCounts { decimals: decimals.places(), items, total }))
    };
    app.reading(&who, action, Subject::None, read).await
}

fn counted(count: VoucherCount) -> CountShown {
    let VoucherCount { institution, state, count, points } = count;
    CountShown { institution, state: state.into(), count, points }
}
