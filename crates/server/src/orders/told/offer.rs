//! What is on offer, what it would cost somebody and what is in the way.

use kangji_core::{Decimals, Points};
use kangji_redemption::{Chosen, Quote, Refusal};
use kangji_rules::{
    scheme::{Content, Item, Price, Redemption, Scheme},
    words,
};
use kangji_store::{Counter, Offered};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::LineShown;
use crate::{
    input::Whole,
    orders::vouchers::{VoucherShown, sum},
    problem::Reason,
};

/// What is to be paid and handed over. Amounts are in the scheme's smallest unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CounterBill)]
pub(crate) struct BillShown {
    /// The points of all sets together.
    pub(crate) points: i64,
    /// What is handed over.
    pub(crate) lines: Vec<LineShown>,
}

/// The answer to a wish.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CounterQuote)]
pub(crate) struct QuoteShown {
    /// Decimal places of the points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// What it costs; `null` where the choice cannot be priced.
    pub(crate) bill: Option<BillShown>,
    /// The vouchers that can be taken for it, with what they bear.
    pub(crate) vouchers: Vec<VoucherShown>,
    /// What is taken of the electronic balance besides; `null` where the choice cannot be priced.
    pub(crate) electronic: Option<i64>,
    /// All that is in the way, the most important first; empty where it can be had.
    pub(crate) refusals: Vec<Reason>,
    /// What to be told before it is ordered, with the article: the scheme discourages goods (T3).
    pub(crate) warning: Option<String>,
}

/// A component of something on offer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CounterContent)]
pub(crate) struct ContentShown {
    /// Its name.
    pub(crate) name: String,
    /// How much one unit is, as in `4 组`.
    pub(crate) quantity: Option<String>,
    /// Its price where each is chosen by itself.
    pub(crate) points: Option<i64>,
    /// How many units that price includes.
    pub(crate) includes: u32,
    /// The price of each further unit; without one there are no further units.
    pub(crate) each_further: Option<i64>,
    /// How many pieces one unit takes off the shelf; 0 for a service.
    pub(crate) pieces: u32,
}

/// How near somebody is to something on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CounterNearness)]
pub(crate) enum Nearness {
    /// It can be had now.
    Now,
    /// Nothing but points is missing.
    Close,
    /// Something else is in the way.
    Not,
}

/// Something on offer, for somebody at an institution. Amounts are in the scheme's smallest unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CounterOffer)]
pub(crate) struct OfferShown {
    /// The catalogue that offers it.
    #[schema(format = "uuid")]
    pub(crate) catalogue: String,
    /// The item's id in it.
    pub(crate) item: String,
    /// Its name.
    pub(crate) name: String,
    /// The code of the institution that provides it; `null` for the scheme's own catalogue.
    pub(crate) provider: Option<String>,
    /// At which level: `city`, `district`, `institution`, `shop`.
    #[schema(value_type = String)]
    pub(crate) level: &'static str,
    /// The headings of the document that it rests on.
    pub(crate) basis: Vec<String>,
    /// What one set costs, 0 where it is free; `null` where each content is chosen by itself.
    pub(crate) points: Option<i64>,
    /// The amount that the notice states as its value.
    pub(crate) face_value: Option<i64>,
    /// What it is made of.
    pub(crate) contents: Vec<ContentShown>,
    /// How often it can be had, in words.
    pub(crate) limits: Vec<String>,
    /// How near they are to it.
    pub(crate) nearness: Nearness,
    /// All that is in the way of one set, the most important first.
    pub(crate) refusals: Vec<Reason>,
    /// Whether it is made of goods that the scheme discourages (T3).
    pub(crate) discouraged: bool,
}

/// What a high total brings without costing points (S8).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CounterBenefit)]
pub(crate) struct BenefitShown {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Who grants it.
    pub(crate) provider: Option<String>,
    /// The least total.
    pub(crate) total_min: i64,
    /// How many points of the total are missing; 0 where it is reached.
    pub(crate) missing: i64,
}

/// What a scheme's points can bring somebody at an institution. Amounts are in its smallest unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Counter)]
pub(crate) struct CounterShown {
    /// The scheme.
    pub(crate) scheme: String,
    /// Its title.
    pub(crate) title: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// All points ever earned and not taken back.
    pub(crate) total: i64,
    /// What can be redeemed.
    pub(crate) redeemable: i64,
    /// What paper vouchers bear besides, those that are lost included.
    pub(crate) on_vouchers: i64,
    /// Whether the scheme has paper vouchers.
    pub(crate) has_vouchers: bool,
    /// What to be told before goods are ordered, with the article; `null` where the scheme does
    /// not discourage them (T3).
    pub(crate) warning: Option<String>,
    /// What is on offer: what can be had first, then what only points are missing for, the
    /// nearest first, then the rest.
    pub(crate) offers: Vec<OfferShown>,
    /// What the total brings, those that are reached first.
    pub(crate) benefits: Vec<BenefitShown>,
}

/// So many units of a content of an item that is priced by content.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChosenContent)]
pub(crate) struct ChosenGiven {
    /// The content's name.
    #[schema(max_length = 200)]
    pub(crate) content: String,
    /// How many units.
    #[schema(value_type = u32, minimum = 1, maximum = 99)]
    pub(crate) units: Whole,
}

impl From<ChosenGiven> for Chosen {
    fn from(given: ChosenGiven) -> Self {
        Self { content: given.content, units: given.units.0 }
    }
}

/// What is in the way, in words.
pub(crate) fn refusals(refusals: &[Refusal], decimals: Decimals) -> Vec<Reason> {
    let shown = |refusal: &Refusal| Reason {
        code: refusal.code(),
        says: refusal.chinese(decimals),
        missing: refusal.missing().map(|points| points.0),
    };
    refusals.iter().map(shown).collect()
}

/// The answer to a wish, with what the scheme says of goods where it is made of them.
pub(crate) fn quote(
    quote: &Quote,
    vouchers: Vec<VoucherShown>,
    decimals: Decimals,
    warning: Option<String>,
) -> QuoteShown {
    let bill = quote.bill.as_ref().map(|bill| BillShown {
        points: bill.points.0,
        lines: bill.lines.iter().map(LineShown::from).collect(),
    });
    let refusals = refusals(&quote.refusals, decimals);
    let electronic = quote.bill.as_ref().map(|bill| (bill.points.0 - sum(&vouchers)).max(0));
    QuoteShown { decimals: decimals.places(), bill, vouchers, electronic, refusals, warning }
}

/// What to be told before goods are ordered, with the article; nothing where the scheme does not
/// discourage them (T3).
pub(crate) fn warning(redemption: &Redemption) -> Option<String> {
    if !redemption.goods_discouraged {
        return None;
    }
    let basis = match redemption.basis.is_empty() {
        true => String::new(),
        false => format!("（依据{}）", redemption.basis.join("·")),
    };
    Some(format!("办法不鼓励用积分兑换实物{basis}，建议先换健康服务"))
}

/// What a scheme's points can bring somebody; `scheme` is the one in force.
pub(crate) fn counter(counter: Counter, scheme: Option<&Scheme>) -> CounterShown {
    let decimals = counter.decimals;
    let offers = counter.offers.iter().map(|offered| offer(offered, decimals)).collect();
    let benefits = counter.benefits.into_iter().map(|(benefit, missing)| BenefitShown {
        id: benefit.id,
        name: benefit.name,
        provider: benefit.provider,
        total_min: benefit.total_min.0,
        missing: missing.0,
    });
    CounterShown {
        warning: scheme.and_then(|scheme| warning(&scheme.redemption)),
        scheme: counter.scheme,
        title: counter.title,
        decimals: decimals.places(),
        total: counter.total.0,
        redeemable: counter.redeemable.0,
        on_vouchers: counter.on_vouchers.0,
        has_vouchers: scheme.is_some_and(|scheme| scheme.vouchers.is_some()),
        offers,
        benefits: benefits.collect(),
    }
}

fn offer(offered: &Offered, decimals: Decimals) -> OfferShown {
    let Item { id, name, basis, price, contents, face_value, limits, .. } = &offered.item;
    let units = |points: Points| points.0;
    let content = |content: &Content| ContentShown {
        name: content.name.clone(),
        quantity: content.quantity.clone(),
        points: content.points.map(units),
        includes: content.includes,
        each_further: content.each_further.map(units),
        pieces: content.pieces,
    };
    let quote = &offered.quote;
    let nearness = match (quote.refusals.is_empty(), quote.needs_only_points()) {
        (true, _) => Nearness::Now,
        (false, true) => Nearness::Close,
        (false, false) => Nearness::Not,
    };
    OfferShown {
        catalogue: offered.catalogue.to_string(),
        item: id.clone(),
        name: name.clone(),
        provider: offered.provider.clone(),
        level: offered.level.word(),
        basis: basis.clone(),
        points: match price {
            Price::Points(points) => Some(points.0),
            Price::Free => Some(0),
            Price::ByContent => None,
        },
        face_value: face_value.map(units),
        contents: contents.iter().map(content).collect(),
        limits: limits.iter().map(|limit| words::limit_short(limit, decimals)).collect(),
        nearness,
        refusals: refusals(&quote.refusals, decimals),
        discouraged: offered.discouraged,
    }
}
