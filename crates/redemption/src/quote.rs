//! Whether somebody can have something, what it costs them, and what is in the way.

use kangji_core::{Day, Decimal, Period, PeriodKind, Points, vocabulary::Vocabulary};
use kangji_rules::{
    person::{Profile, unmet},
    scheme::{Bound, Given, Item, Limit, Scheme, Season},
    words,
};

use crate::{
    price::{Bill, Chosen, bill},
    refusal::Refusal,
};

/// What somebody would like to have.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The item.
    pub item: &'a Item,
    /// How many sets of it.
    pub sets: u32,
    /// What of an item that is priced by content.
    pub chosen: &'a [Chosen],
    /// Whether the institution asked hands it over.
    pub handed_over_here: bool,
}

/// What somebody had before, unless it was cancelled, not fetched or returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Who provided it; `None` for the scheme's own catalogue.
    pub provider: Option<String>,
    /// The item's id.
    pub item: String,
    /// The day of the order.
    pub day: Day,
    /// How many sets.
    pub sets: u32,
    /// For how many points.
    pub points: Points,
}

/// All that the answer depends on.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The day.
    pub today: Day,
    /// The words of the deployment.
    pub words: &'a Vocabulary,
    /// Who; `None` for a holder who is no resident that is known.
    pub person: Option<&'a Profile>,
    /// What can be redeemed, before a shortfall is taken off.
    pub redeemable: Points,
    /// What is owed from a reversal.
    pub shortfall: Points,
    /// Whether they have signed with the institution.
    pub signed: bool,
    /// The figures of their community and year.
    pub metrics: &'a [(String, Decimal)],
    /// What they had of this item.
    pub past: &'a [Past],
    /// How many sets of the item everybody has ordered.
    pub taken: u32,
    /// How many pieces of a good the institution has free.
    pub free: &'a dyn Fn(&str) -> u32,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What it costs and what is handed over; `None` where the choice cannot be priced.
    pub bill: Option<Bill>,
    /// All that is in the way, in order of precedence; empty where it can be had.
    pub refusals: Vec<Refusal>,
}

impl Quote {
    /// Whether nothing but points is missing.
    #[must_use]
    pub fn needs_only_points(&self) -> bool {
        !self.refusals.is_empty() && self.refusals.iter().all(Refusal::is_about_points)
    }
}

/// Answers a wish under a scheme.
#[must_use]
pub fn quote(scheme: &Scheme, wish: &Wish<'_>, facts: &Facts<'_>) -> Quote {
    let item = wish.item;
    let (mut refusals, mut found) = (Vec::new(), None);
    match bill(item, wish.sets, wish.chosen) {
        Ok(bill) => found = Some(bill),
        Err(wrong) => refusals.push(Refusal::Choice(wrong)),
    }
    if !wish.handed_over_here {
        refusals.push(Refusal::NotHere);
    }
    refusals.extend(not_today(item, facts.today));
    refusals.extend(not_for_them(item, facts));
    if item.signed && !facts.signed {
        refusals.push(Refusal::NotSigned);
    }
    refusals.extend(item.given.iter().filter_map(|given| not_given(given, facts.metrics)));
    let points = found.as_ref().map_or(Points::ZERO, |bill| bill.points);
    let limits = item.limits.iter();
    refusals.extend(limits.filter_map(|limit| reached(limit, scheme, wish.sets, points, facts)));
    if item.quantity.is_some_and(|all| facts.taken.saturating_add(wish.sets) > all) {
        refusals.push(Refusal::SoldOut);
    }
    for line in found.iter().flat_map(|bill| &bill.lines).filter(|line| line.pieces > 0) {
        let available = (facts.free)(&line.name);
        if line.pieces > available {
            refusals.push(Refusal::OutOfStock { good: line.name.clone(), available });
        }
    }
    if points > Points::ZERO {
        refusals.extend(too_little(scheme, item, points, facts));
    }
    Quote { bill: found, refusals }
}

fn not_today(item: &Item, today: Day) -> Option<Refusal> {
    if let Some(days) = item.offered.filter(|days| today < days.from || days.to < today) {
        let from = (today < days.from).then_some(days.from);
        return Some(Refusal::NotToday { from, season: None });
    }
    let season = item.season.as_ref().filter(|season| !is_in(season, today))?;
    let next = next_start(season, today);
    let ends = item.offered.is_some_and(|days| days.to < next);
    let from = (!ends).then_some(next);
    Some(Refusal::NotToday { from, season: Some(season.name.clone()) })
}

/// A season may go over the end of the year.
fn is_in(season: &Season, today: Day) -> bool {
    let now = (today.month(), today.day());
    if season.from <= season.to {
        season.from <= now && now <= season.to
    } else {
        season.from <= now || now <= season.to
    }
}

fn next_start(season: &Season, today: Day) -> Day {
    let (month, day) = season.from;
    // In a common year 29 February is 1 March.
    let in_year = |year| Day::new(year, month, day).or_else(|| Day::new(year, 3, 1));
    let starts = [in_year(today.year()), in_year(today.year() + 1)];
    starts.into_iter().flatten().find(|start| today < *start).unwrap_or(Day::LAST)
}

fn not_for_them(item: &Item, facts: &Facts<'_>) -> Option<Refusal> {
    let unmet = match facts.person {
        Some(person) => unmet(&item.when, person),
        None => item.when.first(),
    };
    unmet.map(|asked| Refusal::NotForYou { what: words::condition(asked, facts.words) })
}

fn not_given(given: &Given, metrics: &[(String, Decimal)]) -> Option<Refusal> {
    let found = metrics.iter().find(|(name, _)| *name == given.metric).map(|(_, value)| *value);
    if found.is_some_and(|value| given.test.holds(value)) {
        return None;
    }
    let found = found.map(|value| words::metric_number(&given.metric, value));
    Some(Refusal::Given { what: words::given(given), found })
}

fn reached(
    limit: &Limit,
    scheme: &Scheme,
    sets: u32,
    points: Points,
    facts: &Facts<'_>,
) -> Option<Refusal> {
    let period = Period::containing(limit.per, facts.today);
    let in_period = |past: &&Past| Period::containing(limit.per, past.day) == period;
    let before = facts.past.iter().filter(in_period);
    let is_over = match limit.bound {
        Bound::Times(times) => before.fold(sets, |sum, past| sum.saturating_add(past.sets)) > times,
        Bound::Points(most) => {
            before.fold(points, |sum, past| sum.saturating_add(past.points)) > most
        }
    };
    let again_on = (limit.per != PeriodKind::Life).then(|| period.days().to.next());
    let what = words::limit_short(limit, scheme.decimals);
    is_over.then_some(Refusal::Limit { what, again_on })
}

/// What is missing of points: nothing that was owed, the agreed score (T3), the price.
fn too_little(scheme: &Scheme, item: &Item, price: Points, facts: &Facts<'_>) -> Option<Refusal> {
    if facts.shortfall > Points::ZERO {
        return Some(Refusal::Short { shortfall: facts.shortfall });
    }
    let minimum = scheme.redeem_minimum.max(item.balance_min).unwrap_or_default();
    let lacks = |wanted: Points| wanted.left_after(facts.redeemable);
    if lacks(price.max(minimum)) == Points::ZERO {
        None
    } else if price < minimum {
        Some(Refusal::BelowMinimum { minimum, missing: lacks(minimum) })
    } else {
        Some(Refusal::Insufficient { price, missing: lacks(price) })
    }
}
