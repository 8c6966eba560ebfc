//! The deductions of a shop, day by day, and what they come to. Nobody who reads them learns whose
//! points they were.

use std::collections::{BTreeMap, btree_map::Entry};

use axum::{Json, extract::State};
use kangji_core::{
    Day,
    ids::{DeductionId, OfficerId},
};
use kangji_redemption::{Deduction, voucher::Serial};
use kangji_rights::{Action, Permit};
use kangji_store::{DeductionQuery, Store, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    input::{At, Search, page_size},
    orders::counter_at,
    problem::{Code, Problem, ReadProblems},
    residents::{cursor, more},
    schemes::decimals_of,
    signed::Signed,
};

/// A deduction. Points are in the scheme's smallest unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeductionShown {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The code of the shop.
    pub(crate) shop: String,
    /// The number of its receipt.
    pub(crate) receipt: String,
    /// The scheme whose points were used.
    pub(crate) scheme: String,
    /// Decimal places of the points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// What was to be paid, in fen.
    pub(crate) bill_fen: i64,
    /// What came off, in fen.
    pub(crate) off_fen: i64,
    /// What the shop collected itself, in fen.
    pub(crate) rest_fen: i64,
    /// The points, those on vouchers included.
    pub(crate) points: i64,
    /// Those of the electronic balance.
    pub(crate) electronic: i64,
    /// The serials of the vouchers that the shop keeps.
    pub(crate) vouchers: Vec<String>,
    /// `made` or `cancelled`.
    pub(crate) state: &'static str,
    /// The same in Chinese.
    pub(crate) state_says: &'static str,
    /// Whether it can be called off now.
    pub(crate) may_cancel: bool,
    /// When it was made, in milliseconds of UTC.
    pub(crate) made_at: i64,
    /// The name by which the cashier signs in.
    pub(crate) made_by: String,
    /// When it was called off.
    pub(crate) cancelled_at: Option<i64>,
    /// Why.
    pub(crate) reason: Option<String>,
}

/// Deductions of a day, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeductionList {
    pub(crate) items: Vec<DeductionShown>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// What deductions of a day come to; those that were called off are only counted.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct DeductionSum {
    /// How many hold.
    pub(crate) count: u64,
    /// Their points, those on vouchers included, in the scheme's smallest unit.
    pub(crate) points: i64,
    /// What they took off, in fen.
    pub(crate) off_fen: i64,
    /// How many were called off.
    pub(crate) cancelled: u64,
}

/// What one cashier deducted on a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CashierTotal {
    /// The name by which they sign in.
    pub(crate) cashier: String,
    #[serde(flatten)]
    pub(crate) sum: DeductionSum,
}

/// What a shop deducted on a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeductionTotal {
    pub(crate) shop: String,
    #[schema(format = Date)]
    pub(crate) day: String,
    #[serde(flatten)]
    pub(crate) sum: DeductionSum,
    pub(crate) cashiers: Vec<CashierTotal>,
}

/// Which deductions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The code of the shop.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) shop: String,
    /// The day; today if it is left out.
    #[param(format = Date)]
    pub(crate) day: Option<String>,
    /// Only those after this one: `next` of the answer before.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u16>,
}

/// Which day of which shop.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichDay {
    /// The code of the shop.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) shop: String,
    /// The day; today if it is left out.
    #[param(format = Date)]
    pub(crate) day: Option<String>,
}

/// List the deductions of a shop on a day.
#[utoipa::path(
    get, path = "/deductions", tag = "deductions", params(Which),
    responses((status = 200, body = DeductionList), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<DeductionList>, Problem> {
    let limit = page_size(which.limit)?;
    let read = move |app: &App, permit: &Permit| {
        let shop = counter_at(app.store(), permit, &which.shop).map_err(out_of_reach)?.code;
        let after = which.after.as_deref().map(cursor).transpose()?;
        let after = after.map(DeductionId::from_bytes);
        let day = day(app, which.day.as_deref())?;
        let query = DeductionQuery { shop, day, after, limit: limit + 1 };
        let mut found = app.store().deductions(&query)?;
        let next = more(&mut found, u32::from(limit)).map(|last| last.id.to_string());
        Ok(Json(DeductionList { items: shown(app, &found)?, next }))
    };
    app.reading(&who, Action::DeductionsRead, Subject::None, read).await
}

/// Show what a shop deducted on a day, in all and by cashier.
#[utoipa::path(
    get, path = "/deductions/totals", tag = "deductions", params(WhichDay),
    responses((status = 200, body = DeductionTotal), ReadProblems),
)]
pub(crate) async fn total(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<WhichDay>,
) -> Result<Json<DeductionTotal>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        let shop = counter_at(app.store(), permit, &which.shop).map_err(out_of_reach)?.code;
        let day = day(app, which.day.as_deref())?;
        let mut sum = DeductionSum::default();
        let mut cashiers = Vec::new();
        for total in app.store().deduction_totals(&shop, day)? {
            let own = DeductionSum {
                count: total.count,
                points: total.points.0,
                off_fen: total.off.0,
                cancelled: total.cancelled,
            };
            sum.count += own.count;
            sum.points += own.points;
            sum.off_fen += own.off_fen;
            sum.cancelled += own.cancelled;
            cashiers.push(CashierTotal { cashier: cashier(app, total.by)?, sum: own });
        }
        Ok(Json(DeductionTotal { shop, day: day.to_string(), sum, cashiers }))
    };
    app.reading(&who, Action::DeductionsRead, Subject::None, read).await
}

/// Show a deduction.
#[utoipa::path(
    get, path = "/deductions/{id}", tag = "deductions",
    params(("id" = String, Path, format = "uuid", description = "The deduction.")),
    responses((status = 200, body = DeductionShown), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<DeductionShown>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        shown_alone(app, &known(app.store(), permit, &id)?).map(Json)
    };
    app.reading(&who, Action::DeductionsRead, Subject::None, read).await
}

fn out_of_reach(problem: Problem) -> Problem {
    Problem { place: Some("shop".to_owned()), ..problem }
}

fn day(app: &App, given: Option<&str>) -> Result<Day, Problem> {
    let Some(text) = given else { return Ok(app.now().day()) };
    text.parse().map_err(|_| Problem::invalid("day", "写成一天，例如 2026-07-15"))
}

/// The deduction of an address, made where a permit reaches; an id that is none names nothing.
pub(super) fn known(store: &Store, permit: &Permit, id: &str) -> Result<Deduction, Problem> {
    let id: DeductionId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let found = store.deduction(id)?.ok_or(Code::NotFound)?;
    counter_at(store, permit, &found.shop).map_err(|_| Problem::from(Code::NotFound))?;
    Ok(found)
}

pub(super) fn shown_alone(app: &App, one: &Deduction) -> Result<DeductionShown, Problem> {
    shown(app, std::slice::from_ref(one))?.pop().ok_or_else(|| Code::NotFound.into())
}

fn shown(app: &App, all: &[Deduction]) -> Result<Vec<DeductionShown>, Problem> {
    let schemes = app.store().schemes()?;
    let mut cashiers: BTreeMap<Option<[u8; 16]>, String> = BTreeMap::new();
    for one in all {
        if let Entry::Vacant(place) = cashiers.entry(one.made.by) {
            place.insert(cashier(app, one.made.by)?);
        }
    }
    let now = app.now();
    let shown = |one: &Deduction| DeductionShown {
        id: one.id.to_string(),
        shop: one.shop.clone(),
        receipt: one.receipt.clone(),
        scheme: one.scheme.clone(),
        decimals: decimals_of(&schemes, &one.scheme).places(),
        bill_fen: one.bill.0,
        off_fen: one.off.0,
        rest_fen: one.bill.0 - one.off.0,
        points: one.points.0,
        electronic: one.electronic.0,
        vouchers: one.vouchers.iter().map(Serial::to_string).collect(),
        state: one.state.word(),
        state_says: one.state.chinese(),
        may_cancel: one.may_be_cancelled(&one.shop, "-", now).is_ok(),
        made_at: one.made.at.millis(),
        made_by: cashiers.get(&one.made.by).cloned().unwrap_or_default(),
        cancelled_at: one.cancelled.as_ref().map(|step| step.at.millis()),
        reason: one.reason.clone(),
    };
    Ok(all.iter().map(shown).collect())
}

/// The name by which a cashier signs in; empty for a connected system.
fn cashier(app: &App, by: Option<[u8; 16]>) -> Result<String, Problem> {
    let Some(by) = by else { return Ok(String::new()) };
    Ok(app.store().user(OfficerId::from_bytes(by))?.map(|user| user.name).unwrap_or_default())
}
