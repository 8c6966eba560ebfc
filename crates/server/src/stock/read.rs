//! What an institution has in stock, batch by batch, and the register of every move.

use axum::{Json, extract::State};
use kangji_core::{Day, ids::OrderId};
use kangji_redemption::forecast::{Forecast, LOOK_BACK_DAYS, forecast};
use kangji_rights::Action;
use kangji_store::{StockBatch, StockEntry, StockQuery, StockedGood, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::institution_at;
use crate::{
    app::App,
    input::{At, Search, page_size},
    problem::{Code, Problem, ReadProblems},
    residents::{cursor, more, shown_id},
    signed::Signed,
};

/// What an institution has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stock {
    /// The institution's code.
    pub(crate) institution: String,
    /// Its name.
    pub(crate) name: String,
    /// From how many days' hand-overs it is told how long goods will last.
    pub(crate) look_back_days: u32,
    /// In the order of their names: what is on a shelf, and what the catalogues in force want
    /// there.
    pub(crate) goods: Vec<Good>,
}

/// A good on the shelf.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockedGood)]
pub(crate) struct Good {
    /// Its name, as in the catalogues.
    pub(crate) good: String,
    /// How many pieces can still be ordered.
    pub(crate) free: u32,
    /// How many are set aside for orders.
    pub(crate) reserved: u32,
    /// How many of those set aside are not there: a count found fewer, or they expired.
    pub(crate) missing: u32,
    /// How many have expired and still stand there.
    pub(crate) expired: u32,
    /// The last day on which the pieces that expire next may be handed over.
    #[schema(format = Date)]
    pub(crate) next_valid_until: Option<String>,
    /// How many were handed over lately and not brought back.
    pub(crate) handed_over: u32,
    /// How many days the free ones will last at that rate; null where none was handed over.
    pub(crate) lasts_days: Option<u32>,
    /// Whether somebody should order more.
    pub(crate) low: bool,
    /// How many more would last as many days as were looked back on.
    pub(crate) wanted: u32,
    /// Whether a catalogue in force offers something with it.
    pub(crate) offered: bool,
}

/// A batch: goods that were received together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockBatch)]
pub(crate) struct Batch {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The good.
    pub(crate) good: String,
    /// Who supplied it.
    pub(crate) supplier: String,
    /// The maker's number of the lot.
    pub(crate) lot: String,
    /// The number of the certificate.
    pub(crate) certificate: String,
    /// The last day on which it may be handed over; null is no end.
    #[schema(format = Date)]
    pub(crate) valid_until: Option<String>,
    /// Whether that day is over.
    pub(crate) expired: bool,
    /// How many pieces came.
    pub(crate) received: u32,
    /// How many are left.
    pub(crate) left: u32,
    /// What a piece cost, in fen.
    pub(crate) piece_fen: i64,
    /// Who paid: `subsidy`, `pledge`, `sponsor`, `institution`.
    pub(crate) source: String,
    /// Who of the staff received it.
    #[schema(format = "uuid")]
    pub(crate) received_by: String,
    /// When, in milliseconds of UTC.
    pub(crate) received_at: i64,
}

/// A move of stock.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockEntry)]
pub(crate) struct Entry {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The good.
    pub(crate) good: String,
    /// The batch.
    #[schema(format = "uuid")]
    pub(crate) batch: String,
    /// The maker's number of the batch.
    pub(crate) lot: String,
    /// What moved it: `receipt`, `hand_over`, `return`, `count`, `write_off`.
    pub(crate) movement: String,
    /// How many pieces came; below zero, how many went.
    pub(crate) pieces: i64,
    /// When, in milliseconds of UTC.
    pub(crate) at: i64,
    /// Who of the staff answers for it.
    #[schema(format = "uuid")]
    pub(crate) by: Option<String>,
    /// For which order.
    #[schema(format = "uuid")]
    pub(crate) order: Option<String>,
    /// The name of what was ordered.
    pub(crate) item: Option<String>,
    /// Why.
    pub(crate) reason: Option<String>,
}

/// Some moves of stock, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockEntries)]
pub(crate) struct Entries {
    pub(crate) items: Vec<Entry>,
    /// To be sent as `after` for those before; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which good.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfGood {
    /// This good only, with the latest batches of which nothing is left.
    #[param(max_length = 100)]
    pub(crate) good: Option<String>,
}

/// Which moves.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Of this good only.
    #[param(max_length = 100)]
    pub(crate) good: Option<String>,
    /// Of this batch only.
    #[param(format = "uuid")]
    pub(crate) batch: Option<String>,
    /// Those that follow this one, which are older.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// List what an institution has in stock, and how long it will last.
#[utoipa::path(
    get, path = "/institutions/{code}/stock", tag = "stock",
    params(("code" = String, Path, description = "The institution.")),
    responses((status = 200, body = Stock), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
) -> Result<Json<Stock>, Problem> {
    let read = move |app: &App, permit: &kangji_rights::Permit| {
        let place = institution_at(app.store(), permit, &code)?;
        let (now, today) = (app.now(), app.now().day());
        let offered = app.store().goods_on_offer(&code, today)?;
        let mut found = app.store().stock(&code, now)?;
        let missing = offered.iter().filter(|good| found.iter().all(|one| one.good != **good));
        let missing = missing.map(|good| StockedGood {
            good: good.clone(),
            shelf: kangji_redemption::Shelf::default(),
            handed_over: 0,
        });
        let missing: Vec<StockedGood> = missing.collect();
        found.extend(missing);
        found.sort_by(|one, other| one.good.cmp(&other.good));
        let goods = found.into_iter().map(|one| Good::of(one, &offered, today));
        Ok(Json(Stock {
            institution: place.code,
            name: place.name,
            look_back_days: LOOK_BACK_DAYS,
            goods: goods.collect(),
        }))
    };
    app.reading(&who, Action::StockRead, Subject::None, read).await
}

/// List batches in the order in which they are handed over.
#[utoipa::path(
    get, path = "/institutions/{code}/stock/batches", tag = "stock",
    params(("code" = String, Path, description = "The institution."), OfGood),
    responses((status = 200, body = Vec<Batch>), ReadProblems),
)]
pub(crate) async fn batches(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
    Search(of): Search<OfGood>,
) -> Result<Json<Vec<Batch>>, Problem> {
    let read = move |app: &App, permit: &kangji_rights::Permit| {
        institution_at(app.store(), permit, &code)?;
        let today = app.now().day();
        let found = app.store().batches(&code, of.good.as_deref())?;
        Ok(Json(found.into_iter().map(|one| Batch::of(one, today)).collect()))
    };
    app.reading(&who, Action::StockRead, Subject::None, read).await
}

/// Show a batch.
#[utoipa::path(
    get, path = "/institutions/{code}/stock/batches/{id}", tag = "stock",
    params(
        ("code" = String, Path, description = "The institution."),
        ("id" = String, Path, format = "uuid", description = "The batch."),
    ),
    responses((status = 200, body = Batch), ReadProblems),
)]
pub(crate) async fn batch(
    State(app): State<App>,
    who: Signed,
    At((code, id)): At<(String, String)>,
) -> Result<Json<Batch>, Problem> {
    let read = move |app: &App, permit: &kangji_rights::Permit| {
        institution_at(app.store(), permit, &code)?;
        let found = batch_at(app.store(), &code, &id)?;
        Ok(Json(Batch::of(found, app.now().day())))
    };
    app.reading(&who, Action::StockRead, Subject::None, read).await
}

/// A batch of an institution.
pub(super) fn batch_at(
    store: &kangji_store::Store,
    code: &str,
    id: &str,
) -> Result<StockBatch, Problem> {
    let id: [u8; 16] = cursor(id).map_err(|_| Code::NotFound)?;
    let found = store.batch(id)?.filter(|one| one.institution == code);
    found.ok_or_else(|| Code::NotFound.into())
}

/// List moves of stock, the newest first: the stock register.
#[utoipa::path(
    get, path = "/institutions/{code}/stock/entries", tag = "stock",
    params(("code" = String, Path, description = "The institution."), Which),
    responses((status = 200, body = Entries), ReadProblems),
)]
pub(crate) async fn entries(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
    Search(which): Search<Which>,
) -> Result<Json<Entries>, Problem> {
    let read = move |app: &App, permit: &kangji_rights::Permit| {
        let limit = page_size(which.limit)?;
        institution_at(app.store(), permit, &code)?;
        let id = |place, text: &String| {
            cursor(text).map_err(|_| Problem::invalid(place, "不是系统给出的编号"))
        };
        let query = StockQuery {
            institution: code,
            good: which.good,
            batch: which.batch.as_ref().map(|text| id("batch", text)).transpose()?,
            before: which.after.as_ref().map(|text| id("after", text)).transpose()?,
            limit: limit + 1,
        };
        let mut found = app.store().stock_entries(&query)?;
        let next = more(&mut found, limit).map(|last| shown_id(last.id));
        Ok(Json(Entries { items: found.into_iter().map(Entry::from).collect(), next }))
    };
    app.reading(&who, Action::StockRead, Subject::None, read).await
}

impl Good {
    fn of(one: StockedGood, offered: &[String], today: Day) -> Self {
        let StockedGood { good, shelf, handed_over } = one;
        let free = shelf.available(today);
        let Forecast { days, low, wanted, .. } = forecast(free, handed_over, today);
        let expired = shelf.batches.iter().filter(|batch| batch.has_expired_by(today));
        let good_ones = shelf.batches.iter().filter(|batch| !batch.has_expired_by(today));
        let next = good_ones.filter_map(|batch| batch.expires_on).min();
        Self {
            free,
            reserved: shelf.reserved,
            missing: shelf.missing(today),
            expired: expired.fold(0, |sum, batch| sum.saturating_add(batch.left)),
            next_valid_until: next.map(last_day),
            handed_over,
            lasts_days: days,
            low,
            wanted,
            offered: offered.contains(&good),
            good,
        }
    }
}

/// The last day before goods expire.
fn last_day(expires_on: Day) -> String {
    expires_on.previous().to_string()
}

impl Batch {
    pub(super) fn of(one: StockBatch, today: Day) -> Self {
        Self {
            id: shown_id(one.batch.id),
            good: one.good,
            supplier: one.supplier,
            lot: one.lot,
            certificate: one.certificate,
            valid_until: one.batch.expires_on.map(last_day),
            expired: one.batch.has_expired_by(today),
            received: one.received,
            left: one.batch.left,
            piece_fen: one.batch.piece.0,
            source: one.batch.source.word().to_owned(),
            received_by: shown_id(one.received_by),
            received_at: one.received_at.millis(),
        }
    }
}

impl From<StockEntry> for Entry {
    fn from(one: StockEntry) -> Self {
        Self {
            id: shown_id(one.id),
            good: one.good,
            batch: shown_id(one.batch),
            lot: one.lot,
            movement: one.movement.word().to_owned(),
            pieces: one.pieces,
            at: one.at.millis(),
            by: one.by.map(shown_id),
            order: one.order.as_ref().map(OrderId::to_string),
            item: one.item,
            reason: one.reason,
        }
    }
}
