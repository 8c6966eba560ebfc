//! Orders at the counter: what people can have there, ordering for those without a phone, handing
//! over, calling off, taking back (T5, A4).
//!
//! Whether something is possible is decided in `kangji_redemption` and in the store; here it is
//! asked for, where a permit reaches the counter.

mod offers;
pub(crate) mod pages;

pub(crate) mod proxy;
mod read;
pub(crate) mod steps;
pub(crate) mod told;
mod vouchers;

use kangji_core::ids::{HolderId, OrderId};
use kangji_redemption::Order;
use kangji_rights::Permit;
use kangji_rules::scheme::Scheme;
use kangji_store::{Actor, Institution, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    people,
    problem::{Code, Problem},
    signed::Signed,
    token,
};
use told::OrderShown;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read::list, steps::place))
        .routes(routes!(read::show))
        .routes(routes!(read::of_person))
        .routes(routes!(steps::hand_over))
        .routes(routes!(steps::cancel))
        .routes(routes!(steps::give_back))
        .routes(routes!(offers::list))
        .routes(routes!(offers::quote))
}

/// What the person shows to fetch an order.
pub(crate) fn pick_up_code(app: &App, order: OrderId) -> Result<String, Problem> {
    token::digits_of(app.keys(), "pick-up code", order.bytes())
}

/// An institution at whose counter a permit reaches. Whoever is not there is not told whether
/// there is such a one.
pub(crate) fn counter_at(
    store: &Store,
    permit: &Permit,
    code: &str,
) -> Result<Institution, Problem> {
    let found = store.institution(code)?.filter(|found| found.is_under(permit));
    let outside = || Problem { place: Some("institution".to_owned()), ..Code::OutOfArea.into() };
    found.ok_or_else(outside)
}

/// An order of a counter at which a permit reaches.
fn reached(store: &Store, permit: &Permit, id: &str) -> Result<Order, Problem> {
    let order = known(store, id)?;
    counter_at(store, permit, &order.institution).map_err(|_| Problem::from(Code::NotFound))?;
    Ok(order)
}

/// The order of an address; an id that is none names nothing.
fn known(store: &Store, id: &str) -> Result<Order, Problem> {
    let id: OrderId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    store.order_by_id(id)?.ok_or_else(|| Code::NotFound.into())
}

/// The version of a scheme that is in force today, or else its last one.
pub(crate) fn scheme_today<'s>(
    app: &App,
    schemes: &'s [Vec<Scheme>],
    id: &str,
) -> Option<&'s Scheme> {
    let today = app.now().day();
    let versions = schemes.iter().find(|all| all.last().is_some_and(|one| one.id == id))?;
    let in_force = versions.iter().rev().find(|one| one.in_force.contains(today));
    in_force.or_else(|| versions.last())
}

/// Orders as they are told, with the names of the people masked.
fn shown(app: &App, orders: &[Order]) -> Result<Vec<OrderShown>, Problem> {
    let mut ids: Vec<HolderId> = orders.iter().map(|order| order.person).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = app.store().people(&ids)?;
    let names = people.iter().map(|person| {
        let name = people::open(app.keys(), person)?.masked_name();
        Ok((person.id, name))
    });
    let names = names.collect::<Result<Vec<_>, Problem>>()?;
    let schemes = app.store().schemes()?;
    let shown = orders.iter().map(|order| {
        let name = names.iter().find(|(id, _)| *id == order.person);
        let name = name.and_then(|(_, name)| name.clone());
        told::order(order, name, scheme_today(app, &schemes, &order.scheme))
    });
    Ok(shown.collect())
}

/// An order alone, with who fetched it and the vouchers that were taken for it.
fn shown_alone(app: &App, order: &Order) -> Result<OrderShown, Problem> {
    let shown = shown(app, std::slice::from_ref(order))?.pop().ok_or(Code::NotFound)?;
    let vouchers = vouchers::shown(app.store().order_vouchers(order.id)?);
    let proxy = proxy::opened(app, order.person, order.id, order.proxy.as_deref())?;
    Ok(OrderShown { proxy, vouchers, ..shown })
}

/// The resident whom others know by the same code as the member of staff who asks.
pub(crate) fn own_account(store: &Store, who: Actor) -> Result<Option<HolderId>, Problem> {
    let Actor::Staff(id) = who else { return Ok(None) };
    let worker = store.user(id)?.map(|user| user.worker).filter(|worker| !worker.is_empty());
    Ok(worker.map(|worker| store.holder(&worker)).transpose()?.flatten())
}

/// Nobody hands over to themselves, nor takes back from themselves.
pub(crate) fn not_oneself(store: &Store, who: Actor, person: HolderId) -> Result<(), Problem> {
    if own_account(store, who)? == Some(person) {
        let says = "不能给自己办理兑换，请由另一位工作人员办理";
        return Err(Problem::from(Code::SamePerson).saying(says));
    }
    Ok(())
}

/// Who does something, as orders keep it.
pub(crate) fn by(who: &Signed) -> Option<[u8; 16]> {
    match who.principal() {
        Actor::Staff(id) => Some(*id.bytes()),
        Actor::Resident(id) => Some(*id.bytes()),
        Actor::Client(id) => Some(*id.bytes()),
        Actor::Program | Actor::Nobody => None,
    }
}
