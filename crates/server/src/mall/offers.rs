//! What somebody can have at an institution, what only points are missing for, what is in the way
//! of the rest, and what the total brings without costing points.

use axum::{Json, extract::State};
use kangji_core::Points;
use kangji_redemption::{Refusal, price::UNITS_MAX};
use kangji_rights::{Action, Permit};
use kangji_rules::{
    scheme::{Benefit, Content, Item, Price, Redemption, Scheme},
    words::{item_terms, redemption_sentence},
};
use kangji_store::{Counter, Institution, Offered, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    places::{Looker, Place, open},
    sees,
};
use crate::{
    app::App,
    input::Search,
    orders::told::refusals,
    problem::{Code, Problem, ReadProblems, Reason},
    residents::own::resident,
    signed::Signed,
};

/// Where, and for whom.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The code of an institution; unless told, the nearest one that has something.
    #[param(max_length = 64)]
    pub(crate) institution: Option<String>,
    /// The child under 14 whose points it is about.
    #[param(format = "uuid")]
    pub(crate) person: Option<String>,
}

/// What somebody can have for points.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mall {
    /// Whose points.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    /// Where; `null` where nobody hands anything over.
    pub(crate) institution: Option<Place>,
    /// Where something is handed over, the nearest first.
    pub(crate) places: Vec<Place>,
    /// Scheme by scheme.
    pub(crate) counters: Vec<OwnCounter>,
}

/// What a scheme's points bring. Amounts are in the scheme's smallest unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MallCounter)]
pub(crate) struct OwnCounter {
    /// The scheme.
    pub(crate) scheme: String,
    /// The name residents read.
    pub(crate) title: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// All points earned and not taken back; redeeming does not lower it.
    pub(crate) total: i64,
    /// What can be redeemed today; below zero while a shortfall is to be earned back.
    pub(crate) redeemable: i64,
    /// How things are had: how long they wait, how long they can be returned.
    pub(crate) how: String,
    /// What can be had first, then what only points are missing for, the nearest first, then the
    /// rest.
    pub(crate) offers: Vec<Offer>,
    /// What the total brings, that which is reached first.
    pub(crate) benefits: Vec<OwnBenefit>,
}

/// Whether something can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MallState)]
pub(crate) enum Standing {
    /// Now.
    Now,
    /// Nothing but points is missing.
    Points,
    /// Something else is in the way.
    No,
}

/// What an item costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MallPrice)]
pub(crate) enum PriceKind {
    /// So many points.
    Points,
    /// Nothing: conditions take the place of a price.
    Free,
    /// The sum of what is chosen.
    ByContent,
}

/// Something on offer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MallOffer)]
pub(crate) struct Offer {
    /// The catalogue that offers it.
    #[schema(format = "uuid")]
    pub(crate) catalogue: String,
    /// The item's id.
    pub(crate) item: String,
    pub(crate) name: String,
    /// Who provides it; `null` for the scheme's own catalogue.
    pub(crate) provider: Option<String>,
    /// `city`, `district`, `institution` or `shop`.
    pub(crate) level: &'static str,
    /// The headings of the published scheme it rests on; empty where the scheme does not name it.
    pub(crate) basis: Vec<String>,
    pub(crate) price: PriceKind,
    /// What one set costs; `null` where it is priced by content.
    pub(crate) points: Option<i64>,
    pub(crate) contents: Vec<OfferContent>,
    /// For whom, how often, when, where: each a clause.
    pub(crate) terms: Vec<String>,
    pub(crate) state: Standing,
    /// All that is in the way.
    pub(crate) reasons: Vec<Reason>,
    /// Whether the scheme discourages what it is made of, which is a warning.
    pub(crate) discouraged: bool,
}

/// A component of an item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MallContent)]
pub(crate) struct OfferContent {
    pub(crate) name: String,
    /// How much one unit is, in words.
    pub(crate) quantity: Option<String>,
    /// What it costs where the item is priced by content.
    pub(crate) points: Option<i64>,
    /// How many units that price includes.
    pub(crate) includes: u32,
    /// What each further unit costs.
    pub(crate) each_further: Option<i64>,
    /// How many units can be chosen.
    pub(crate) units_max: u32,
    /// Whether it is performed instead of handed over.
    pub(crate) service: bool,
}

/// Something that the total brings without costing points.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MallBenefit)]
pub(crate) struct OwnBenefit {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The headings above it.
    pub(crate) basis: Vec<String>,
    /// Who grants it.
    pub(crate) provider: Option<String>,
    /// The least total.
    pub(crate) total_min: i64,
    /// How much of the total is missing; zero where it is reached.
    pub(crate) missing: i64,
}

/// Show what my points, or those of a child I look after, can bring at an institution.
#[utoipa::path(
    get, path = "/me/mall", tag = "mall", params(Which),
    responses(
        (status = 200, body = Mall),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Mall>, Problem> {
    let me = resident(&who)?;
    let read = move |app: &App, permit: &Permit| {
        let person = sees(app, me, which.person.as_deref())?;
        let looker = Looker::load(app, permit, me, person)?;
        let places = looker.places(app)?;
        let (at, counters) = match which.institution.as_deref() {
            Some(code) => {
                let at = open(app, code)?.ok_or(Code::NotFound)?;
                let counters = counters(app, &looker, &at)?;
                (Some(at), counters)
            }
            None => first(app, &looker, &places)?,
        };
        Ok(Json(Mall {
            person: person.to_string(),
            institution: at.as_ref().map(Place::from),
            places: places.iter().map(Place::from).collect(),
            counters,
        }))
    };
    app.reading(&who, Action::PointsRead, Subject::Resident(me), read).await
}

/// So many institutions are looked at for one that has something.
const LOOKED_AT_MAX: usize = 8;

/// The nearest institution where something can be had now, else where something is on offer, else
/// the nearest.
fn first(
    app: &App,
    looker: &Looker,
    places: &[Institution],
) -> Result<(Option<Institution>, Vec<OwnCounter>), Problem> {
    let mut best: Option<(u8, &Institution, Vec<OwnCounter>)> = None;
    for place in places.iter().take(LOOKED_AT_MAX) {
        let counters = counters(app, looker, place)?;
        let offers = || counters.iter().flat_map(|counter| &counter.offers);
        let rank = match offers().map(|offer| offer.state).min() {
            Some(Standing::Now) => return Ok((Some(place.clone()), counters)),
            Some(Standing::Points | Standing::No) => 1,
            None => 2,
        };
        if best.as_ref().is_none_or(|(known, ..)| rank < *known) {
            best = Some((rank, place, counters));
        }
    }
    Ok(best.map_or((None, Vec::new()), |(_, place, counters)| (Some(place.clone()), counters)))
}

/// What somebody can have at an institution under the schemes that are theirs.
pub(super) fn counters(
    app: &App,
    looker: &Looker,
    at: &Institution,
) -> Result<Vec<OwnCounter>, Problem> {
    let found = app.store().counters(looker.person, &at.code, looker.today)?;
    let own = found.into_iter().filter_map(|counter| {
        let scheme = looker.scheme(&counter.scheme).filter(|scheme| looker.has(scheme))?;
        Some(own_counter(app, looker, scheme, counter))
    });
    Ok(own.collect())
}

fn own_counter(app: &App, looker: &Looker, scheme: &Scheme, counter: Counter) -> OwnCounter {
    let Counter { scheme: id, title, decimals, offers, benefits, .. } = counter;
    let (total, redeemable) = looker.points(&id);
    let offers = offers.iter().map(|one| offer(app, scheme, one)).collect();
    let mut benefits: Vec<OwnBenefit> =
        benefits.iter().map(|(benefit, _)| own_benefit(benefit, total)).collect();
    benefits.sort_by_key(|one| one.missing);
    let (total, redeemable) = (total.0, redeemable.0);
    // Of goods each offer warns by itself.
    let how = Redemption { goods_discouraged: false, ..scheme.redemption.clone() };
    OwnCounter {
        scheme: id,
        title,
        decimals: decimals.places(),
        total,
        redeemable,
        how: redemption_sentence(&how),
        offers,
        benefits,
    }
}

fn offer(app: &App, scheme: &Scheme, offered: &Offered) -> Offer {
    let Offered { catalogue, provider, level, item, quote, discouraged } = offered;
    let about_points = quote.refusals.iter().all(Refusal::is_about_points);
    Offer {
        catalogue: catalogue.to_string(),
        item: item.id.clone(),
        name: item.name.clone(),
        provider: provider.clone(),
        level: level.word(),
        basis: published(scheme, provider.as_deref(), item),
        price: match item.price {
            Price::Points(_) => PriceKind::Points,
            Price::Free => PriceKind::Free,
            Price::ByContent => PriceKind::ByContent,
        },
        points: match item.price {
            Price::Points(points) => Some(points.0),
            Price::Free => Some(0),
            Price::ByContent => None,
        },
        contents: item.contents.iter().map(content).collect(),
        terms: item_terms(item, scheme, app.store().words()),
        state: match (quote.refusals.is_empty(), about_points) {
            (true, _) => Standing::Now,
            (false, true) => Standing::Points,
            (false, false) => Standing::No,
        },
        reasons: refusals(&quote.refusals, scheme.decimals),
        discouraged: *discouraged,
    }
}

/// The headings of the published scheme over an item that it names.
fn published(scheme: &Scheme, provider: Option<&str>, item: &Item) -> Vec<String> {
    let same = scheme.items.iter().find(|one| provider.is_none() && one.id == item.id);
    same.map(|same| same.basis.clone()).unwrap_or_default()
}

fn content(content: &Content) -> OfferContent {
    let units = |points: Option<Points>| points.map(|points| points.0);
    OfferContent {
        name: content.name.clone(),
        quantity: content.quantity.clone(),
        points: units(content.points),
        includes: content.includes,
        each_further: units(content.each_further),
        units_max: if content.each_further.is_some() { UNITS_MAX } else { content.includes },
        service: content.pieces == 0,
    }
}

fn own_benefit(benefit: &Benefit, total: Points) -> OwnBenefit {
    OwnBenefit {
        id: benefit.id.clone(),
        name: benefit.name.clone(),
        basis: benefit.basis.clone(),
        provider: benefit.provider.clone(),
        total_min: benefit.total_min.0,
        missing: benefit.total_min.left_after(total).0,
    }
}
