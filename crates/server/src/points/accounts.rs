//! Balances. What is asked most often, so it is one indexed read.

use axum::{Json, extract::State};
use kangji_rights::{Action, Permit};
use kangji_store::{Balance, Lapsing, Subject};
use serde::Serialize;
use utoipa::ToSchema;

use super::{care, own, reading, resident};
use crate::{
    app::App,
    input::At,
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};

/// What a resident has under a scheme. Amounts are in the scheme's smallest unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// The scheme.
    pub(crate) scheme: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// All points earned and not taken back.
    pub(crate) total: i64,
    /// What can be redeemed today; below zero while a shortfall is to be earned back.
    pub(crate) redeemable: i64,
    /// What is set aside for orders.
    pub(crate) held: i64,
    /// What paper vouchers bear, those that are lost included.
    pub(crate) on_vouchers: i64,
    /// What was taken back after it was spent.
    pub(crate) shortfall: i64,
    /// What lapses within 90 days.
    pub(crate) expiring: Vec<AccountLapse>,
}

/// Points of an account that lapse.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountLapse {
    /// The first day on which they are no longer valid.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// How many.
    pub(crate) points: i64,
    /// Those of them on paper vouchers that can be used.
    pub(crate) on_vouchers: i64,
}

/// A resident's accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accounts {
    /// By scheme.
    pub(crate) items: Vec<Account>,
}

impl From<Lapsing> for AccountLapse {
    fn from(lapsing: Lapsing) -> Self {
        let Lapsing { day, points, on_vouchers } = lapsing;
        Self { date: day.to_string(), points: points.0, on_vouchers: on_vouchers.0 }
    }
}

impl From<Balance> for Account {
    fn from(balance: Balance) -> Self {
        Self {
            scheme: balance.scheme,
            decimals: balance.decimals.places(),
            total: balance.total.0,
            redeemable: balance.redeemable.0,
            held: balance.held.0,
            on_vouchers: balance.on_vouchers.0,
            shortfall: balance.shortfall.0,
            expiring: balance.expiring.into_iter().map(AccountLapse::from).collect(),
        }
    }
}

/// Read a resident's balances.
///
/// Whoever holds points for reporting others reads them in total once their month is over.
#[utoipa::path(
    get, path = "/residents/{id}/accounts", tag = "points",
    params(("id" = String, Path, description = "The resident's id, a UUID.")),
    responses((status = 200, body = Accounts), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<Accounts>, Problem> {
    let holder = resident(&id)?;
    let (care, own) = (care(&app, &who), own(&who));
    let read = move |app: &App, permit: &Permit| {
        let reading = reading(app, permit, care.as_ref(), own);
        let balances = app.store().balances(holder, reading)?.ok_or(Code::NotFound)?;
        Ok(Json(Accounts { items: balances.into_iter().map(Account::from).collect() }))
    };
    app.reading(&who, Action::PointsRead, Subject::Resident(holder), read).await
}
