//! The entries of an account: everything that ever happened to it.

use axum::{Json, extract::State};
use kangji_rights::{Action, Permit};
use kangji_store::{Entries, Posted, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{care, own, reading, resident};
use crate::{
    app::App,
    input::{At, Search, page_size},
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The `next` of the page before.
    #[param(minimum = 0)]
    pub(crate) after: Option<u32>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// An entry. Amounts are changes in the scheme's smallest unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct Entry {
    /// Its place in the account, from 1 on.
    pub(crate) number: u64,
    /// What it does, such as `credit` or `reverse`.
    pub(crate) kind: String,
    /// The same for people.
    pub(crate) label: String,
    /// The day it counts for.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// When it was written, in milliseconds of UTC since 1970.
    pub(crate) recorded_at: i64,
    /// Change of all points earned.
    pub(crate) total: i64,
    /// Change of what can be redeemed.
    pub(crate) redeemable: i64,
    /// Change of what is set aside.
    pub(crate) held: i64,
    /// First day on which its points are no longer valid.
    #[schema(format = Date)]
    pub(crate) expires_on: Option<String>,
    /// The entry it is about.
    pub(crate) refers: Option<u64>,
    /// The award; null where there is none, or its id would name an illness to the caller.
    pub(crate) award: Option<String>,
    /// The award's name, that of what was ordered, the voucher or the shop.
    pub(crate) title: Option<String>,
    /// The order that made it.
    #[schema(format = "uuid")]
    pub(crate) order: Option<String>,
    /// The serial of the paper voucher whose points it bound, spent or gave back.
    pub(crate) voucher: Option<String>,
    /// The record that earned it.
    pub(crate) record: Option<String>,
    /// The period that earned it.
    pub(crate) period: Option<String>,
    /// The article that orders it.
    pub(crate) article: Option<String>,
    /// All points after it.
    pub(crate) total_after: i64,
    /// What can be redeemed after it; lapsed points that are not cleared yet included.
    pub(crate) redeemable_after: i64,
}

/// A page of entries, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerEntries)]
pub(crate) struct Page {
    /// Decimal places of the points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    pub(crate) items: Vec<Entry>,
    /// Where the next page begins; null on the last one.
    pub(crate) next: Option<u64>,
}

impl From<Posted> for Entry {
    fn from(posted: Posted) -> Self {
        let Posted { entry, award, title, order, voucher, total, redeemable } = posted;
        let (record, period) =
            entry.source.map_or((None, None), |source| (source.record, source.period));
        Self {
            number: entry.seq.0,
            kind: entry.kind.word().to_owned(),
            label: entry.kind.chinese().to_owned(),
            date: entry.day.to_string(),
            recorded_at: entry.recorded_at.millis(),
            total: entry.total.0,
            redeemable: entry.redeemable.0,
            held: entry.held.0,
            expires_on: entry.expires_on.map(|day| day.to_string()),
            refers: entry.refers.map(|seq| seq.0),
            award,
            title,
            order: order.map(|id| id.to_string()),
            voucher,
            record: record.map(|id| id.to_string()),
            period,
            article: entry.article,
            total_after: total.0,
            redeemable_after: redeemable.0,
        }
    }
}

/// List the entries of a resident's account.
///
/// An account with points for reporting others shows its entries to staff on duty only: an entry
/// would tell what came of a report. Whoever reported reads totals of months in the statement.
#[utoipa::path(
    get, path = "/residents/{id}/accounts/{scheme}/entries", tag = "points",
    params(
        ("id" = String, Path, description = "The resident's id, a UUID."),
        ("scheme" = String, Path, description = "The scheme."),
        Which,
    ),
    responses((status = 200, body = Page), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    At((id, scheme)): At<(String, String)>,
    Search(which): Search<Which>,
) -> Result<Json<Page>, Problem> {
    let holder = resident(&id)?;
    let limit = page_size(which.limit)?;
    let after = u64::from(which.after.unwrap_or_default());
    let (care, own) = (care(&app, &who), own(&who));
    let read = move |app: &App, permit: &Permit| {
        let reading = reading(app, permit, care.as_ref(), own);
        match app.store().entries((holder, &scheme), (after, limit), reading)? {
            Entries::Nothing => Err(Code::NotFound.into()),
            Entries::Withheld => Err(Problem::from(Code::Forbidden)
                .saying("这个办法的得分涉及他人的健康情况，不逐笔列出；请看按月合计的积分明细")),
            Entries::Some(decimals, posted) => {
                let full = u32::try_from(posted.len()) == Ok(limit);
                let next = posted.last().filter(|_| full).map(|posted| posted.entry.seq.0);
                let items = posted.into_iter().map(Entry::from).collect();
                Ok(Json(Page { decimals: decimals.places(), items, next }))
            }
        }
    };
    app.reading(&who, Action::PointsRead, Subject::Resident(holder), read).await
}
