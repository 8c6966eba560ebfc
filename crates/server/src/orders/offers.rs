//! What somebody can have at a counter, and what a wish would cost them.

use axum::{Json, extract::State};
use kangji_core::{Decimals, ids::CatalogueId};
use kangji_redemption::{Chosen, Quote, Refusal, order::NewOrder};
use kangji_rights::{Action, Permit};
use kangji_store::{Presented, Quoted, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    by, counter_at, scheme_today,
    told::{self, ChosenGiven, CounterShown, QuoteShown},
    vouchers,
};
use crate::{
    app::App,
    input::{At, Body, Search, Whole, line},
    problem::{Problem, ReadProblems, WriteProblems},
    residents::{self, holder},
    signed::Signed,
};

/// At which counter.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Where {
    /// The code of the institution.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
}

/// What somebody can have at a counter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CounterOffers {
    /// Scheme by scheme; those that have nothing for them are left out.
    pub(crate) items: Vec<CounterShown>,
}

/// Something that is wanted at a counter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CounterWish {
    /// The catalogue that offers it.
    #[schema(format = "uuid")]
    pub(crate) catalogue: String,
    /// The item.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) item: String,
    /// How many sets; one unless told.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 99)]
    pub(crate) sets: Option<Whole>,
    /// What of an item that is priced by content.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) chosen: Vec<ChosenGiven>,
    /// The paper vouchers that are handed in for it: what stands on them, or their scanned codes.
    /// Each is spent whole; what they lack is taken from the electronic balance.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(crate) vouchers: Vec<String>,
    /// The code of the institution that hands it over.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
}

impl CounterWish {
    /// The wish in the words of the store.
    pub(super) fn order(&self) -> Result<NewOrder, Problem> {
        line("institution", &self.institution, 64)?;
        line("item", &self.item, 64)?;
        let catalogue = self.catalogue.parse::<CatalogueId>();
        if self.chosen.len() > 100 {
            return Err(Problem::invalid("chosen", "一次最多选 100 项"));
        }
        Ok(NewOrder {
            vouchers: vouchers::serials(&self.vouchers)?,
            catalogue: catalogue.map_err(|_| Problem::invalid("catalogue", "没有这份兑换目录"))?,
            item: self.item.clone(),
            sets: self.sets.map_or(1, |sets| sets.0),
            chosen: self.chosen.iter().cloned().map(Chosen::from).collect(),
            institution: self.institution.clone(),
        })
    }
}

/// Show what a resident can have at a counter, what they are close to, and what is in the way of
/// the rest.
#[utoipa::path(
    get, path = "/residents/{id}/offers", tag = "orders",
    params(("id" = String, Path, format = "uuid", description = "The resident."), Where),
    responses((status = 200, body = CounterOffers), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Search(at): Search<Where>,
) -> Result<Json<CounterOffers>, Problem> {
    let person = holder(&id)?;
    let read = move |app: &App, permit: &Permit| {
        line("institution", &at.institution, 64)?;
        let (store, today) = (app.store(), app.now().day());
        let counter = counter_at(store, permit, &at.institution)?;
        residents::reached(store, permit, person, today)?;
        let schemes = store.schemes()?;
        let counters = store.counters(person, &counter.code, today)?.into_iter().map(|one| {
            let scheme = scheme_today(app, &schemes, &one.scheme);
            told::counter(one, scheme)
        });
        Ok(Json(CounterOffers { items: counters.collect() }))
    };
    app.reading(&who, Action::OrdersHandle, Subject::Resident(person), read).await
}

/// Say what a wish of a resident costs, what would be handed over, and what is in the way. Nothing
/// is set aside; a voucher that was spent or called lost before opens a case.
#[utoipa::path(
    post, path = "/residents/{id}/quote", tag = "orders", request_body = CounterWish,
    params(("id" = String, Path, format = "uuid", description = "The resident.")),
    responses((status = 200, body = QuoteShown), WriteProblems),
)]
pub(crate) async fn quote(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Body(wish): Body<CounterWish>,
) -> Result<Json<QuoteShown>, Problem> {
    let person = holder(&id)?;
    let by = by(&who);
    let read = move |app: &App, permit: &Permit| {
        let (store, now) = (app.store(), app.now());
        let new = wish.order()?;
        counter_at(store, permit, &new.institution)?;
        residents::reached(store, permit, person, now.day())?;
        let Some(quoted) = store.quote(person, &new, now.day())? else {
            let none = Quote { bill: None, refusals: vec![Refusal::NotOffered] };
            return Ok(Json(told::quote(&none, Vec::new(), Decimals::default(), None)));
        };
        let Quoted { quote, scheme, decimals, vouchers } = quoted;
        if quote.refusals.iter().any(is_suspicious) {
            let (place, vouchers) = (new.institution.clone(), new.vouchers.clone());
            store.suspect(Presented { person, scheme, place, vouchers, by, now }).wait()?;
        }
        let warning = warning(app, person, &new)?;
        Ok(Json(told::quote(&quote, vouchers::shown(vouchers), decimals, warning)))
    };
    app.reading(&who, Action::OrdersHandle, Subject::Resident(person), read).await
}

/// Whether a voucher came that should not have come (P13).
fn is_suspicious(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Voucher { why, .. } if why.is_suspicious())
}

/// What is to be told before this is ordered (T3).
fn warning(
    app: &App,
    person: kangji_core::ids::HolderId,
    new: &NewOrder,
) -> Result<Option<String>, Problem> {
    let counters = app.store().counters(person, &new.institution, app.now().day())?;
    let is_it = |offered: &kangji_store::Offered| {
        offered.catalogue == new.catalogue && offered.item.id == new.item && offered.discouraged
    };
    let its = counters.iter().find(|counter| counter.offers.iter().any(is_it));
    let schemes = app.store().schemes()?;
    let scheme = its.and_then(|counter| scheme_today(app, &schemes, &counter.scheme));
    Ok(scheme.and_then(|scheme| told::warning(&scheme.redemption)))
}
