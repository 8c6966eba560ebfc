//! Orders of a counter, the register of what was handed over on some days, and one order.

use axum::{Json, extract::State};
use kangji_core::{Day, Moment, ids::OrderId};
use kangji_redemption::Order;
use kangji_rights::{Action, Permit};
use kangji_store::{OrderDate, OrderQuery, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    counter_at, reached, shown, shown_alone,
    told::{OrderShown, StateName},
};
use crate::{
    app::App,
    input::{At, Search, line, page_size},
    problem::{Problem, ReadProblems},
    residents::{self, cursor, holder, more},
    signed::Signed,
};

/// Which orders.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The code of the institution that hands them over.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// Only what waits under this pick-up code; nothing else is looked at then.
    #[param(pattern = "^[0-9]{8}$")]
    pub(crate) code: Option<String>,
    /// Only those that stand there.
    #[param(inline)]
    pub(crate) state: Option<StateName>,
    /// The day that counts: of the order unless told.
    #[param(inline)]
    pub(crate) dated: Option<Dated>,
    /// The first day.
    #[param(format = Date)]
    pub(crate) from: Option<String>,
    /// The last day.
    #[param(format = Date)]
    pub(crate) to: Option<String>,
    /// Those after this one.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// The day of an order that counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderDate)]
pub(crate) enum Dated {
    /// When it was ordered.
    #[default]
    Placed,
    /// When it was handed over: what was not is left out.
    HandedOver,
}

/// Some orders, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Orders {
    pub(crate) items: Vec<OrderShown>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// List orders of an institution, or find one by its pick-up code.
#[utoipa::path(
    get, path = "/orders", tag = "orders", params(Which),
    responses((status = 200, body = Orders), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Orders>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        line("institution", &which.institution, 64)?;
        let limit = page_size(which.limit)?;
        let counter = counter_at(app.store(), permit, &which.institution)?;
        let found = match &which.code {
            Some(code) => {
                is_code(code)?;
                app.store().orders_waiting(&counter.code, code)?
            }
            None => app.store().orders_at(&query(&which, counter.code, limit)?)?,
        };
        listed(app, found, limit)
    };
    app.reading(&who, Action::OrdersRead, Subject::None, read).await
}

fn is_code(text: &str) -> Result<(), Problem> {
    let is_code = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then_some(()).ok_or_else(|| Problem::invalid("code", "取货码是 8 位数字"))
}

fn query(which: &Which, institution: String, limit: u32) -> Result<OrderQuery, Problem> {
    let day = |place: &str, text: &Option<String>| -> Result<Option<Day>, Problem> {
        let parse = |text: &String| text.parse().map_err(|_| Problem::invalid(place, "没有这一天"));
        text.as_ref().map(parse).transpose()
    };
    let (from, to) = (day("from", &which.from)?, day("to", &which.to)?);
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(Problem::invalid("to", "最后一天不能早于第一天"));
    }
    let after = which.after.as_deref().map(cursor).transpose()?;
    Ok(OrderQuery {
        institution,
        state: which.state.map(Into::into),
        date: match which.dated.unwrap_or_default() {
            Dated::Placed => OrderDate::Placed,
            Dated::HandedOver => OrderDate::HandedOver,
        },
        from: from.map(Moment::start_of),
        before: to.map(|day| Moment::start_of(day.next())),
        after: after.map(OrderId::from_bytes),
        limit: limit + 1,
    })
}

/// Which orders of a resident.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfPerson {
    /// Those after this one.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// List orders of a resident at whatever institution, so that a counter can tell where something
/// waits for them.
#[utoipa::path(
    get, path = "/residents/{id}/orders", tag = "orders",
    params(("id" = String, Path, format = "uuid", description = "The resident."), OfPerson),
    responses((status = 200, body = Orders), ReadProblems),
)]
pub(crate) async fn of_person(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Search(which): Search<OfPerson>,
) -> Result<Json<Orders>, Problem> {
    let person = holder(&id)?;
    let read = move |app: &App, permit: &Permit| {
        let limit = page_size(which.limit)?;
        residents::reached(app.store(), permit, person, app.now().day())?;
        let after = which.after.as_deref().map(cursor).transpose()?;
        let after = after.map(OrderId::from_bytes);
        listed(app, app.store().orders_of(person, after, limit + 1)?, limit)
    };
    app.reading(&who, Action::OrdersRead, Subject::Resident(person), read).await
}

/// A page of orders, without their pick-up codes.
fn listed(app: &App, mut found: Vec<Order>, limit: u32) -> Result<Json<Orders>, Problem> {
    let next = more(&mut found, limit).map(|last| last.id.to_string());
    let mut items = shown(app, &found)?;
    items.iter_mut().for_each(|order| order.code = None);
    Ok(Json(Orders { items, next }))
}

/// Show an order, with who fetched it.
#[utoipa::path(
    get, path = "/orders/{id}", tag = "orders",
    params(("id" = String, Path, format = "uuid", description = "The order.")),
    responses((status = 200, body = OrderShown), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<OrderShown>, Problem> {
    let deed = who.deed(Action::OrdersRead.code());
    let read = move |app: &App, permit: &Permit| {
        let order = reached(app.store(), permit, &id)?;
        drop(app.store().log(deed, Subject::Resident(order.person), "shown", app.now()));
        shown_alone(app, &order).map(Json)
    };
    app.reading(&who, Action::OrdersRead, Subject::None, read).await
}
