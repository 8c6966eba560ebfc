//! What points bring: items of the catalogue, benefits of a high total, deductions in shops.

use kangji_core::{DayRange, Decimal, Points, Span};

use super::{Condition, Given, Limit};

/// Something points can be redeemed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Stable id.
    pub id: String,
    /// The name residents read.
    pub name: String,
    /// The headings above the item.
    pub basis: Vec<String>,
    /// What it costs.
    pub price: Price,
    /// What is handed over; each is taken out of stock or performed.
    pub contents: Vec<Content>,
    /// The amount the notice states as the value of a pack that costs no points.
    pub face_value: Option<Points>,
    /// How often a person may have it.
    pub limits: Vec<Limit>,
    /// Figures of the community and year that must hold.
    pub given: Vec<Given>,
    /// Conditions on whoever may have it; of roles such as 网格员, which are groups, too (T13).
    pub when: Vec<Condition>,
    /// Whether it is only for those who signed with the institution that hands it over (S9).
    pub signed: bool,
    /// The part of the year in which it is offered.
    pub season: Option<Season>,
    /// The days on which it is offered.
    pub offered: Option<DayRange>,
    /// The codes of the institutions that hand it over; empty: every one that has it.
    pub at: Vec<String>,
    /// How many there are in all.
    pub quantity: Option<u32>,
    /// The least that must be redeemable, whatever it costs.
    pub balance_min: Option<Points>,
    /// Who hands it over, as people call them.
    pub provider: Option<String>,
}

/// How points are redeemed under a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// The headings above the rule.
    pub basis: Vec<String>,
    /// Whether goods are discouraged, so that a catalogue with goods is warned of (T3).
    pub goods_discouraged: bool,
    /// How long what was ordered waits to be fetched.
    pub wait: Span,
    /// How long after the hand-over something can be returned.
    pub return_within: Span,
}

/// Paper vouchers of a scheme (P4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouchers {
    /// The headings above the rule.
    pub basis: Vec<String>,
    /// What stands on every voucher.
    pub title: String,
    /// The capitals in front of their numbers: two to six.
    pub letters: String,
    /// Who has them printed.
    pub supervisor: Option<String>,
}

impl Default for Redemption {
    fn default() -> Self {
        let week = Span::Days(7);
        Self { basis: Vec::new(), goods_discouraged: false, wait: week, return_within: week }
    }
}

/// What an item costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// A fixed amount.
    Points(Points),
    /// Nothing; conditions take the place of a price.
    Free,
    /// The sum of the contents chosen.
    ByContent,
}

/// A component of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its name.
    pub name: String,
    /// How many, or in what unit; free text such as `4 组`.
    pub quantity: Option<String>,
    /// Its price where the item is priced by content.
    pub points: Option<Points>,
    /// How many units the price includes.
    pub includes: u32,
    /// The price of each further unit.
    pub each_further: Option<Points>,
    /// How many pieces one takes out of stock; none where it is a service that is performed.
    pub pieces: u32,
}

/// A part of every year, as (month, day) from and to, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Season {
    /// The name people know it by.
    pub name: String,
    /// The first month and day.
    pub from: (u32, u32),
    /// The last month and day.
    pub to: (u32, u32),
}

/// What a high total brings without costing points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Benefit {
    /// Stable id.
    pub id: String,
    /// The name residents read.
    pub name: String,
    /// The headings above it.
    pub basis: Vec<String>,
    /// The least total.
    pub total_min: Points,
    /// Who grants it.
    pub provider: Option<String>,
}

/// How points pay part of a bill in partner shops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deduction {
    /// Stable id.
    pub id: String,
    /// The name residents read.
    pub name: String,
    /// The headings above it.
    pub basis: Vec<String>,
    /// What one point pays, in fen.
    pub fen_per_point: u32,
    /// The largest share of a bill that points may pay, below 1.
    pub share_max: Decimal,
}
