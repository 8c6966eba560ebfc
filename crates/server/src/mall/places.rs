//! Where somebody can redeem, the nearest first, and on what it rests.

use std::cmp::Reverse;

use kangji_core::{Day, Division, DivisionPrefix, Points, ids::HolderId};
use kangji_redemption::Level;
use kangji_rights::Permit;
use kangji_rules::scheme::Scheme;
use kangji_store::{Balance, Institution};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    points::reading,
    problem::{Code, Problem},
    residents::homes,
};

/// Where something is handed over.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = MallPlace)]
pub(crate) struct Place {
    /// The institution's code.
    pub(crate) code: String,
    pub(crate) name: String,
    /// `city`, `district`, `institution` or `shop`.
    pub(crate) level: &'static str,
    pub(crate) address: String,
    pub(crate) phone: String,
    /// When it is open, in words.
    pub(crate) hours: String,
}

impl From<&Institution> for Place {
    fn from(known: &Institution) -> Self {
        Self {
            code: known.code.clone(),
            name: known.name.clone(),
            level: known.level.word(),
            address: known.address.clone(),
            phone: known.phone.clone(),
            hours: known.hours.clone(),
        }
    }
}

impl Place {
    /// One of which nothing but the code is known.
    pub(super) fn gone(code: &str) -> Self {
        let none = String::new;
        Self {
            code: code.to_owned(),
            name: code.to_owned(),
            level: Level::Institution.word(),
            address: none(),
            phone: none(),
            hours: none(),
        }
    }
}

/// For whom offers are looked at: where they live, the schemes as they hold today, and what they
/// may know that they have (T10).
pub(super) struct Looker {
    pub(super) person: HolderId,
    pub(super) today: Day,
    homes: Vec<Division>,
    schemes: Vec<Scheme>,
    balances: Vec<Balance>,
}

impl Looker {
    pub(super) fn load(
        app: &App,
        permit: &Permit,
        me: HolderId,
        person: HolderId,
    ) -> Result<Self, Problem> {
        let today = app.now().day();
        let known = app.store().resident(person)?.ok_or(Code::NotFound)?;
        let reading = reading(app, permit, Some(permit), Some(me));
        let balances = app.store().balances(person, reading)?.ok_or(Code::NotFound)?;
        let schemes = app.store().schemes()?.into_iter().filter_map(|mut versions| {
            let begun = versions.iter().rposition(|scheme| scheme.in_force.from <= today);
            begun.map(|place| versions.swap_remove(place))
        });
        let (homes, schemes) = (homes(&known.fact, today), schemes.collect());
        Ok(Self { person, today, homes, schemes, balances })
    }

    /// A scheme as it holds today, if it has begun.
    pub(super) fn scheme(&self, id: &str) -> Option<&Scheme> {
        self.schemes.iter().find(|scheme| scheme.id == id)
    }

    /// The total and what can be redeemed under a scheme, as far as they may know.
    pub(super) fn points(&self, scheme: &str) -> (Points, Points) {
        let balance = self.balances.iter().find(|balance| balance.scheme == scheme);
        balance.map_or((Points::ZERO, Points::ZERO), |balance| (balance.total, balance.redeemable))
    }

    /// Whether a scheme is theirs: they have points under it, or live where it governs.
    pub(super) fn has(&self, scheme: &Scheme) -> bool {
        self.balances.iter().any(|balance| balance.scheme == scheme.id)
            || self.homes.iter().any(|home| scheme.division.contains(*home))
    }

    /// The institutions that hand something over under one of their schemes, the nearest first.
    pub(super) fn places(&self, app: &App) -> Result<Vec<Institution>, Problem> {
        let own: Vec<DivisionPrefix> = self
            .schemes
            .iter()
            .filter(|scheme| self.has(scheme))
            .map(|scheme| scheme.division)
            .collect();
        let mut places = app.store().institutions(None)?;
        let catalogues = app.store().catalogues_in_force(self.today)?;
        // A shop that only takes something off bills hands nothing over.
        let provides = |one: &Institution| {
            one.level != Level::Shop
                || catalogues.iter().any(|known| known.provider.as_ref() == Some(&one.code))
        };
        places.retain(|one| {
            one.closed_at.is_none()
                && own.iter().any(|area| area.overlaps(one.area))
                && provides(one)
        });
        places.sort_by_cached_key(|one| self.distance(one.area));
        Ok(places)
    }

    /// Those that serve the home come first, the smaller area in front; then the neighbours.
    fn distance(&self, area: DivisionPrefix) -> (bool, Reverse<usize>) {
        let digits = area.to_string();
        let common = |home: &Division| {
            let home = home.to_string();
            home.bytes().zip(digits.bytes()).take_while(|(one, other)| one == other).count()
        };
        let is_theirs = self.homes.iter().any(|home| area.contains(*home));
        let common = self.homes.iter().map(common).max().unwrap_or_default();
        (!is_theirs, Reverse(common))
    }
}

/// The open institution with a code.
pub(super) fn open(app: &App, code: &str) -> Result<Option<Institution>, Problem> {
    let known = app.store().institution(code)?;
    Ok(known.filter(|known| known.closed_at.is_none()))
}
