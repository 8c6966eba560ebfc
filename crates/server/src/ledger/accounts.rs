//! Accounts for the auditor: from an account to its entries, and from an entry to the record it
//! rests on. Nobody is named, and no illness.

use axum::{Json, extract::State};
use kangji_core::ids::{AccountId, HolderId, RecordId};
use kangji_rights::{Action, Permit};
use kangji_store::{AuditedAccount, Reading, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    input::{At, Search, page_size},
    points::entries::Entry,
    problem::{Code, Problem, ReadProblems},
    records::Record,
    signed::Signed,
};

/// Which accounts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Of this holder.
    #[param(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub(super) holder: Option<String>,
    /// From this account on: `next` of the page before, or any id, to take a sample.
    #[param(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub(super) from: Option<String>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichEntries {
    /// The `next` of the page before.
    #[param(minimum = 0)]
    pub(super) after: Option<u32>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

/// An account. Amounts are in the scheme's smallest unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditedAccount)]
pub(crate) struct Account {
    /// The account.
    pub(super) id: String,
    /// Whose: the system's own id.
    pub(super) holder: String,
    /// The scheme.
    pub(super) scheme: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(super) decimals: u8,
    /// How many entries it has.
    pub(super) entries: u64,
    /// The hash of the last entry and of all before it.
    pub(super) hash: String,
    /// All points earned and not taken back.
    pub(super) total: i64,
    /// What can be redeemed; lapsed points that are not cleared yet included.
    pub(super) redeemable: i64,
    /// What is set aside for orders.
    pub(super) held: i64,
    /// What was taken back after it was spent.
    pub(super) shortfall: i64,
}

/// Accounts in the order of their ids.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditedAccounts)]
pub(crate) struct Accounts {
    pub(super) items: Vec<Account>,
    /// Where the next page begins; null on the last one.
    pub(super) next: Option<String>,
}

/// An account with some of its entries, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditedEntries)]
pub(crate) struct Entries {
    pub(super) account: Account,
    pub(super) items: Vec<Entry>,
    /// Where the next page begins; null on the last one.
    pub(super) next: Option<u64>,
}

impl From<AuditedAccount> for Account {
    fn from(account: AuditedAccount) -> Self {
        Self {
            id: account.id.to_string(),
            holder: account.holder.to_string(),
            scheme: account.scheme,
            decimals: account.decimals.places(),
            entries: account.entries.0,
            hash: account.hash.to_string(),
            total: account.total,
            redeemable: account.redeemable,
            held: account.held,
            shortfall: account.shortfall,
        }
    }
}

/// List accounts without saying who their holders are.
#[utoipa::path(
    get, path = "/ledger/accounts", tag = "ledger", params(Which),
    responses((status = 200, body = Accounts), ReadProblems),
)]
pub(super) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Accounts>, Problem> {
    let limit = page_size(which.limit)?;
    let unreadable = |place| Problem::invalid(place, "写成账户或持有人的系统编号");
    let holder = which.holder.as_deref().map(str::parse::<HolderId>).transpose();
    let holder = holder.map_err(|_| unreadable("holder"))?;
    let from = which.from.as_deref().map(str::parse::<AccountId>).transpose();
    let from = from.map_err(|_| unreadable("from"))?;
    let subject = holder.map_or(Subject::None, Subject::Resident);
    let read = move |app: &App, permit: &Permit| {
        let from = from.unwrap_or(AccountId::from_bytes([0; 16]));
        let today = app.now().day();
        let mut found = app.store().audited_accounts(holder, from, limit + 1, permit, today)?;
        let full = u32::try_from(found.len()).is_ok_and(|length| length > limit);
        let next = if full { found.pop().map(|account| account.id.to_string()) } else { None };
        Ok(Json(Accounts { items: found.into_iter().map(Account::from).collect(), next }))
    };
    app.reading(&who, Action::AuditRead, subject, read).await
}

/// Read the entries of an account.
#[utoipa::path(
    get, path = "/ledger/accounts/{id}/entries", tag = "ledger",
    params(("id" = String, Path, description = "The account's id, a UUID."), WhichEntries),
    responses((status = 200, body = Entries), ReadProblems),
)]
pub(super) async fn entries(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Search(which): Search<WhichEntries>,
) -> Result<Json<Entries>, Problem> {
    let id: AccountId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let limit = page_size(which.limit)?;
    let after = u64::from(which.after.unwrap_or_default());
    let read = move |app: &App, permit: &Permit| {
        let today = app.now().day();
        let found = app.store().audited_entries(id, (after, limit), permit, today)?;
        let (account, posted) = found.ok_or(Code::NotFound)?;
        let full = u32::try_from(posted.len()) == Ok(limit);
        let next = posted.last().filter(|_| full).map(|posted| posted.entry.seq.0);
        let items = posted.into_iter().map(Entry::from).collect();
        Ok(Json(Entries { account: account.into(), items, next }))
    };
    app.reading(&who, Action::AuditRead, Subject::Account(id), read).await
}

/// Read the record that an entry rests on.
#[utoipa::path(
    get, path = "/ledger/records/{id}", tag = "ledger",
    params(("id" = String, Path, description = "The record's id, a UUID.")),
    responses((status = 200, body = Record), ReadProblems),
)]
pub(super) async fn record(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<Record>, Problem> {
    let id: RecordId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let read = move |app: &App, permit: &Permit| {
        let reading = Reading { permit, care: None, own: None, today: app.now().day() };
        let mut found = app.store().record_by_id(id, reading)?.ok_or(Code::NotFound)?;
        // Whether something was done as it should be is to be checked; what was measured is not.
        found.attributes.retain(|_, value| value.is_boolean());
        Ok(Json(found.into()))
    };
    app.reading(&who, Action::AuditRead, Subject::Record(id), read).await
}
