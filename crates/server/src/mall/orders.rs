//! The orders of a resident and of the children they look after: placed, called off, rated.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{
    Decimals, Points,
    ids::{HolderId, OrderId},
};
use kangji_redemption::{Order, OrderRefusal, Refusal};
use kangji_rights::{Action, Permit};
use kangji_store::{NotOrdered, OrderAct, OrderCommand, Store, Subject, new_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Wanted,
    places::{Place, open},
    quote::BillLine,
    refused, sees,
};
use crate::{
    app::App,
    input::{self, At, Search, Whole, Write, WriteHeaders, page_size},
    problem::{Code, Problem, ReadProblems, Reason, WriteProblems},
    residents::{
        cursor, more,
        own::{acts_for, resident, writing},
    },
    schemes::decimals_of,
    signed::Signed,
    token,
};

/// An order of one's own. Amounts are in the scheme's smallest unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnOrder {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// Whose points.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    /// Under which scheme.
    pub(crate) scheme: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// From which catalogue.
    #[schema(format = "uuid")]
    pub(crate) catalogue: String,
    /// The item's id.
    pub(crate) item: String,
    /// Its name.
    pub(crate) name: String,
    /// How many sets.
    pub(crate) sets: u32,
    /// What is handed over or performed.
    pub(crate) lines: Vec<BillLine>,
    /// What it costs.
    pub(crate) points: i64,
    /// Where it is handed over.
    pub(crate) place: Place,
    /// `waiting`, `handed_over`, `cancelled`, `timed_out` or `returned`.
    pub(crate) state: &'static str,
    /// The same in Chinese.
    pub(crate) state_says: &'static str,
    /// The pick-up code, eight digits; only while it waits.
    pub(crate) code: Option<String>,
    /// The last day on which it can be fetched.
    #[schema(format = Date)]
    pub(crate) due_on: String,
    /// When it was ordered, in milliseconds of UTC.
    pub(crate) placed_at: i64,
    /// When it was handed over.
    pub(crate) handed_over_at: Option<i64>,
    /// When it was cancelled, timed out or returned.
    pub(crate) ended_at: Option<i64>,
    /// Why staff called it off, or it was returned.
    pub(crate) reason: Option<String>,
    /// How it was rated, from 1 to 5.
    pub(crate) stars: Option<u8>,
    /// Whether it can be cancelled now.
    pub(crate) may_cancel: bool,
    /// Whether it can be rated now.
    pub(crate) may_rate: bool,
}

/// Some orders, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnOrders {
    pub(crate) items: Vec<OwnOrder>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which orders.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The child under 14 whose orders they are.
    #[param(format = "uuid")]
    pub(crate) person: Option<String>,
    /// Those after this one.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// How something was.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OwnRating)]
pub(crate) struct Stars {
    /// From 1 to 5.
    #[schema(value_type = u8, minimum = 1, maximum = 5)]
    pub(crate) stars: Whole,
}

/// List my orders, or those of a child I look after.
#[utoipa::path(
    get, path = "/me/orders", tag = "mall", params(Which),
    responses(
        (status = 200, body = OwnOrders),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<OwnOrders>, Problem> {
    let me = resident(&who)?;
    let read = move |app: &App, _: &Permit| {
        let limit = page_size(which.limit)?;
        let after = which.after.as_deref().map(cursor).transpose()?.map(OrderId::from_bytes);
        let person = sees(app, me, which.person.as_deref())?;
        let mut found = app.store().orders_of(person, after, limit + 1)?;
        let next = more(&mut found, limit).map(|last| last.id.to_string());
        Ok(Json(OwnOrders { items: shown(app, &found)?, next }))
    };
    app.reading(&who, Action::PointsRead, Subject::Resident(me), read).await
}

/// Show an order of mine, or of a child I look after.
#[utoipa::path(
    get, path = "/me/orders/{id}", tag = "mall",
    params(("id" = String, Path, format = "uuid", description = "The order.")),
    responses(
        (status = 200, body = OwnOrder),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<OwnOrder>, Problem> {
    let me = resident(&who)?;
    let read = move |app: &App, _: &Permit| one(app, &own(app, me, &id)?).map(Json);
    app.reading(&who, Action::PointsRead, Subject::Resident(me), read).await
}

/// Order something for me, or for a child I look after: points and goods are set aside.
///
/// Where it cannot be had, the answer is a problem whose `reasons` are all that is in the way, in
/// order of precedence, and nothing has changed.
#[utoipa::path(
    post, path = "/me/orders", tag = "mall", request_body = Wanted,
    params(WriteHeaders),
    responses(
        (status = 201, body = OwnOrder),
        WriteProblems,
    ),
)]
pub(crate) async fn place(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<Wanted>,
) -> Result<(StatusCode, Json<OwnOrder>), Problem> {
    let write = move |app: &App, store: &Store, me: HolderId| {
        let person = acts_for(app, me, body.person.as_deref())?;
        let (new, now) = (body.order()?, app.now());
        if open(app, &new.institution)?.is_none() {
            return Err(refused(&[Refusal::NotHere], &new, Decimals::default()));
        }
        let id = OrderId::from_bytes(new_id(now));
        let code = token::digits_of(app.keys(), "pick-up code", id.bytes())?;
        let (hand_over, proxy) = (false, None);
        let act = OrderAct::Place { id, person, code, new: new.clone(), hand_over, proxy };
        let command = OrderCommand { act, by: Some(*me.bytes()), now };
        match store.order(command).wait()? {
            Ok(told) => Ok((StatusCode::CREATED, Json(one(app, &own(app, me, &told.id)?)?))),
            Err(NotOrdered::Refused(refusals)) => {
                let asked = app.store().quote(person, &new, now.day())?;
                let decimals = asked.map(|asked| asked.decimals).unwrap_or_default();
                Err(refused(&refusals, &new, decimals))
            }
            Err(NotOrdered::Step(refusal)) => Err(not_taken(&refusal, Decimals::default())),
        }
    };
    writing(&app, &who, "me:orders", key, write).await
}

/// Cancel an order that waits: points and goods are free again.
#[utoipa::path(
    post, path = "/me/orders/{id}/cancel", tag = "mall",
    params(("id" = String, Path, format = "uuid", description = "The order."), WriteHeaders),
    responses(
        (status = 200, body = OwnOrder),
        WriteProblems,
    ),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    input::Order(key): input::Order,
) -> Result<Json<OwnOrder>, Problem> {
    let write = move |app: &App, store: &Store, me: HolderId| {
        step(app, store, me, &id, |order| OrderAct::Cancel { order, reason: None })
    };
    writing(&app, &who, "me:orders:cancel", key, write).await
}

/// Rate what was handed over, once.
#[utoipa::path(
    post, path = "/me/orders/{id}/rating", tag = "mall", request_body = Stars,
    params(("id" = String, Path, format = "uuid", description = "The order."), WriteHeaders),
    responses(
        (status = 200, body = OwnOrder),
        WriteProblems,
    ),
)]
pub(crate) async fn rate(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Stars>,
) -> Result<Json<OwnOrder>, Problem> {
    let write = move |app: &App, store: &Store, me: HolderId| {
        let stars = u8::try_from(body.stars.0).unwrap_or(u8::MAX);
        step(app, store, me, &id, |order| OrderAct::Rate { order, stars })
    };
    writing(&app, &who, "me:orders:rating", key, write).await
}

/// Has an order of theirs take a step.
fn step(
    app: &App,
    store: &Store,
    me: HolderId,
    id: &str,
    act: impl FnOnce(OrderId) -> OrderAct,
) -> Result<Json<OwnOrder>, Problem> {
    let known = own(app, me, id)?;
    acts_for(app, me, Some(&known.person.to_string()))?;
    let command = OrderCommand { act: act(known.id), by: Some(*me.bytes()), now: app.now() };
    match store.order(command).wait()? {
        Ok(_) => one(app, &own(app, me, id)?).map(Json),
        Err(NotOrdered::Step(refusal)) => {
            Err(not_taken(&refusal, decimals_of(&app.store().schemes()?, &known.scheme)))
        }
        // Only what is placed is refused like that.
        Err(NotOrdered::Refused(_)) => Err(Code::Conflict.into()),
    }
}

/// Why an order takes no step.
fn not_taken(refusal: &OrderRefusal, decimals: Decimals) -> Problem {
    let says = refusal.chinese(|points: Points| decimals.short(points));
    if *refusal == OrderRefusal::Stars {
        return Problem::invalid("stars", says);
    }
    Problem::refused(vec![Reason { code: refusal.code(), says, missing: None }])
}

/// An order of a resident's own, or of a child they look after.
fn own(app: &App, me: HolderId, id: &str) -> Result<Order, Problem> {
    let id: OrderId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let order = app.store().order_by_id(id)?.ok_or(Code::NotFound)?;
    sees(app, me, Some(&order.person.to_string()))?;
    Ok(order)
}

fn one(app: &App, order: &Order) -> Result<OwnOrder, Problem> {
    shown(app, std::slice::from_ref(order))?.pop().ok_or_else(|| Code::NotFound.into())
}

/// Orders as their own person reads them.
pub(crate) fn shown(app: &App, orders: &[Order]) -> Result<Vec<OwnOrder>, Problem> {
    let mut places: Vec<Place> = Vec::new();
    let mut known: Vec<(&str, Decimals)> = Vec::new();
    let mut all = Vec::with_capacity(orders.len());
    for order in orders {
        if !places.iter().any(|place| place.code == order.institution) {
            places.push(place_of(app, &order.institution)?);
        }
        if !known.iter().any(|(scheme, _)| *scheme == order.scheme) {
            known.push((&order.scheme, decimals_of(&app.store().schemes()?, &order.scheme)));
        }
        let place = places.iter().find(|place| place.code == order.institution);
        let decimals = known.iter().find(|(scheme, _)| *scheme == order.scheme);
        let decimals = decimals.map(|(_, decimals)| *decimals).unwrap_or_default();
        all.extend(place.map(|place| told(order, place.clone(), decimals)));
    }
    Ok(all)
}

/// Where an order is handed over, even if nothing is there any more.
fn place_of(app: &App, code: &str) -> Result<Place, Problem> {
    let known = app.store().institution(code)?;
    Ok(known.as_ref().map_or_else(|| Place::gone(code), Place::from))
}

fn told(order: &Order, place: Place, decimals: Decimals) -> OwnOrder {
    let waits = order.may_be_cancelled().is_ok();
    OwnOrder {
        id: order.id.to_string(),
        person: order.person.to_string(),
        scheme: order.scheme.clone(),
        decimals: decimals.places(),
        catalogue: order.catalogue.to_string(),
        item: order.item.clone(),
        name: order.name.clone(),
        sets: order.sets,
        lines: order.lines.iter().map(BillLine::from).collect(),
        points: order.points.0,
        place,
        state: order.state.word(),
        state_says: order.state.chinese(),
        code: waits.then(|| order.code.clone()),
        // The order is called off as soon as the day after it begins.
        due_on: order.due_at.plus_millis(-1).day().to_string(),
        placed_at: order.placed.at.millis(),
        handed_over_at: order.handed_over.as_ref().map(|step| step.at.millis()),
        ended_at: order.ended.as_ref().map(|step| step.at.millis()),
        reason: order.reason.clone(),
        stars: order.rating.map(|rating| rating.stars),
        may_cancel: waits,
        may_rate: order.may_be_rated(5).is_ok(),
    }
}
