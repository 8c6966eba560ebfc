//! What is done with orders at a counter: placed for a person, handed over, called off, taken
//! back. Each is in the audit log with the resident and whoever did it.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{identity::looks_like_identity_number, ids::OrderId};
use kangji_redemption::{Order, OrderRefusal};
use kangji_rights::{Action, Permit};
use kangji_rules::words::date;
use kangji_store::{NotOrdered, OrderAct, OrderCommand, Store, new_id};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    by, counter_at, known, not_oneself,
    offers::CounterWish,
    pick_up_code,
    proxy::{self, Proxy},
    reached, scheme_today, shown_alone,
    told::{self, OrderShown},
};
use crate::{
    app::App,
    input::{At, Write, WriteHeaders, line},
    problem::{Code, Problem, WriteProblems},
    residents,
    signed::Signed,
};

/// An order that staff place for a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CounterOrder {
    /// Whose points.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    /// What is wanted, and where.
    pub(crate) wish: CounterWish,
    /// Whether it is handed over at once.
    pub(crate) hand_over: bool,
    /// Who acts for the person, where they do not come themselves.
    pub(crate) proxy: Option<Proxy>,
}

/// A hand-over.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOver {
    /// The code of the institution that hands over.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// Who fetches it, where the person does not come themselves.
    pub(crate) proxy: Option<Proxy>,
}

/// Why an order is called off.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderCancellation)]
pub(crate) struct Cancellation {
    #[schema(min_length = 1, max_length = 200, pattern = "\\S")]
    pub(crate) reason: String,
}

/// Why something is brought back, and what becomes of it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderReturn)]
pub(crate) struct GivenBack {
    /// The code of the institution that takes it back.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    #[schema(min_length = 1, max_length = 200, pattern = "\\S")]
    pub(crate) reason: String,
    /// Whether the goods go back on the shelf.
    pub(crate) restock: bool,
}

/// Order for a person at a counter, and hand over at once if that is wished.
#[utoipa::path(
    post, path = "/orders", tag = "orders", request_body = CounterOrder, params(WriteHeaders),
    responses((status = 201, body = OrderShown), WriteProblems),
)]
pub(crate) async fn place(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<CounterOrder>,
) -> Result<(StatusCode, Json<OrderShown>), Problem> {
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let (app, now) = (&server, server.now());
        let new = body.wish.order()?;
        let counter = counter_at(store, permit, &new.institution)?;
        let person = body.person.parse();
        let person = person.map_err(|_| Problem::invalid("person", "没有这位居民"))?;
        residents::reached(store, permit, person, now.day())?;
        not_oneself(store, signed.principal(), person)?;
        if counter.closed_at.is_some() {
            return Err(Problem::from(Code::Conflict).saying("这个兑换点已经停办，请换一个"));
        }
        let id = OrderId::from_bytes(new_id(now));
        let seal = |given: &Proxy| proxy::sealed(app, store, person, id, given);
        let (proxy, hand_over) = (body.proxy.as_ref().map(seal).transpose()?, body.hand_over);
        let code = pick_up_code(app, id)?;
        let wish = new.clone();
        let act = OrderAct::Place { id, person, code, new, hand_over, proxy };
        let answer = store.order(OrderCommand { act, by: by(&signed), now }).wait()?;
        let told = match answer {
            Ok(told) => told,
            Err(not) => {
                let quote = store.quote(person, &wish, now.day())?;
                let decimals = quote.map(|quoted| quoted.decimals).unwrap_or_default();
                return Err(told::problem(&not, decimals));
            }
        };
        let order = shown_alone(app, &known(store, &told.id)?)?;
        Ok((StatusCode::CREATED, Json(order)))
    };
    app.writing(&who, Action::OrdersHandle, Some(key), write).await
}

/// Hand over what a person ordered.
#[utoipa::path(
    post, path = "/orders/{id}/hand-over", tag = "orders", request_body = HandOver,
    params(("id" = String, Path, format = "uuid", description = "The order."), WriteHeaders),
    responses((status = 200, body = OrderShown), WriteProblems),
)]
pub(crate) async fn hand_over(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<HandOver>,
) -> Result<Json<OrderShown>, Problem> {
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let order = at_counter(store, permit, &body.institution, &id)?;
        not_oneself(store, signed.principal(), order.person)?;
        let seal = |given: &Proxy| proxy::sealed(&server, store, order.person, order.id, given);
        let proxy = body.proxy.as_ref().map(seal).transpose()?;
        let act = OrderAct::HandOver { order: order.id, institution: body.institution, proxy };
        step(&server, store, &signed, &order, act)
    };
    app.writing(&who, Action::OrdersHandle, Some(key), write).await
}

/// Call an order off: points and goods are free again.
#[utoipa::path(
    post, path = "/orders/{id}/cancel", tag = "orders", request_body = Cancellation,
    params(("id" = String, Path, format = "uuid", description = "The order."), WriteHeaders),
    responses((status = 200, body = OrderShown), WriteProblems),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Cancellation>,
) -> Result<Json<OrderShown>, Problem> {
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let reason = Some(reason(&body.reason)?);
        let order = reached(store, permit, &id)?;
        let act = OrderAct::Cancel { order: order.id, reason };
        step(&server, store, &signed, &order, act)
    };
    app.writing(&who, Action::OrdersHandle, Some(key), write).await
}

/// Take back what was handed over: the points come back, as far as they have not expired.
#[utoipa::path(
    post, path = "/orders/{id}/return", tag = "orders", request_body = GivenBack,
    params(("id" = String, Path, format = "uuid", description = "The order."), WriteHeaders),
    responses((status = 200, body = OrderShown), WriteProblems),
)]
pub(crate) async fn give_back(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<GivenBack>,
) -> Result<Json<OrderShown>, Problem> {
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let reason = reason(&body.reason)?;
        let order = at_counter(store, permit, &body.institution, &id)?;
        not_oneself(store, signed.principal(), order.person)?;
        let GivenBack { institution, restock, .. } = body;
        let act = OrderAct::Return { order: order.id, institution, reason, restock };
        step(&server, store, &signed, &order, act)
    };
    app.writing(&who, Action::OrdersHandle, Some(key), write).await
}

/// An order that somebody brings to a counter within the permit; where else it belongs is said.
fn at_counter(store: &Store, permit: &Permit, code: &str, id: &str) -> Result<Order, Problem> {
    line("institution", code, 64)?;
    let counter = counter_at(store, permit, code)?;
    let order = known(store, id)?;
    if order.institution == counter.code {
        return Ok(order);
    }
    let there = store.institution(&order.institution)?.ok_or(Code::NotFound)?;
    let says = format!("这张兑换单不在这里办，请到{}（{}）", there.name, there.address);
    Err(Problem::from(Code::Conflict).saying(says))
}

/// Has an order take a step, and tells it as it is then.
fn step(
    app: &App,
    store: &Store,
    who: &Signed,
    order: &Order,
    act: OrderAct,
) -> Result<Json<OrderShown>, Problem> {
    let is_return = matches!(act, OrderAct::Return { .. });
    let answer = store.order(OrderCommand { act, by: by(who), now: app.now() }).wait()?;
    match answer {
        Ok(_) => shown_alone(app, &known(store, &order.id.to_string())?).map(Json),
        Err(NotOrdered::Step(OrderRefusal::TooLate { since })) if is_return => {
            let says = format!("退回的期限已过：{}起不能再退", date(since.day()));
            Err(Problem::from(Code::Conflict).saying(says))
        }
        Err(not) => {
            let schemes = store.schemes()?;
            let scheme = scheme_today(app, &schemes, &order.scheme);
            Err(told::problem(&not, scheme.map(|scheme| scheme.decimals).unwrap_or_default()))
        }
    }
}

/// Why something is done: the person reads it as well, and it is no place for numbers of people.
pub(crate) fn reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    line("reason", text, 200)?;
    if looks_like_identity_number(text) {
        return Err(Problem::invalid("reason", "原因里不要写证件号码"));
    }
    Ok(text.to_owned())
}
