//! Orders: points and goods are set aside, handed over, and perhaps given back. What is free to be
//! decided is decided here; the ledger and the shelves follow.

use kangji_core::{
    Day, Moment, Points, Span,
    ids::{AccountId, CatalogueId, HolderId, OrderId},
};
use kangji_ledger::Seq;
use serde::{Deserialize, Serialize};

use crate::{
    cost::words,
    price::{Chosen, Line},
    stock::Taken,
    voucher::Serial,
};

words! {
    /// Where an order stands.
    State {
        /// Points and goods are set aside.
        Waiting = "waiting", "待领取";
        /// Handed over: the points are spent.
        HandedOver = "handed_over", "已领取";
        /// Called off: all is as it was.
        Cancelled = "cancelled", "已取消";
        /// Not fetched in time: all is as it was.
        TimedOut = "timed_out", "过期未取";
        /// Brought back: the points came back.
        Returned = "returned", "已退回";
    }
}

/// What a resident says of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// From 1 to 5.
    pub stars: u8,
    /// When.
    pub at: Moment,
}

/// How an order ended, or what became of it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Moment,
    /// Who: a member of staff or the person; `None` for what happens by itself.
    pub by: Option<[u8; 16]>,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Whose points.
    pub account: AccountId,
    /// Who has them.
    pub person: HolderId,
    /// Under which scheme.
    pub scheme: String,
    /// From which catalogue.
    pub catalogue: CatalogueId,
    /// Who provides; `None` for the scheme's own catalogue.
    pub provider: Option<String>,
    /// The item's id.
    pub item: String,
    /// The item's name.
    pub name: String,
    /// Where it is handed over.
    pub institution: String,
    /// How many sets.
    pub sets: u32,
    /// What is handed over.
    pub lines: Vec<Line>,
    /// What it costs.
    pub points: Points,
    /// The entry that set the points aside; of what costs nothing there is none.
    pub hold: Option<Seq>,
    /// What the person shows to fetch it.
    pub code: String,
    /// Where it stands.
    pub state: State,
    /// Who ordered, and when.
    pub placed: Step,
    /// When it is called off by itself.
    pub due_at: Moment,
    /// The hand-over.
    pub handed_over: Option<Step>,
    /// Who fetched it for the person and by what right, sealed with the person's key.
    pub proxy: Option<Vec<u8>>,
    /// The entry that spent the points.
    pub capture: Option<Seq>,
    /// What left the shelves.
    pub taken: Vec<Taken>,
    /// The end: cancelled, timed out, returned.
    pub ended: Option<Step>,
    /// Why it was returned or cancelled by staff.
    pub reason: Option<String>,
    /// What the person says of it.
    pub rating: Option<Rating>,
}

/// What somebody wants to order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// The catalogue.
    pub catalogue: CatalogueId,
    /// The item's id.
    pub item: String,
    /// How many sets.
    pub sets: u32,
    /// What of an item that is priced by content.
    pub chosen: Vec<Chosen>,
    /// Where it is to be fetched.
    pub institution: String,
    /// Paper vouchers that are handed in for it, each whole (P10); what they lack is taken from the
    /// electronic balance.
    pub vouchers: Vec<Serial>,
}

/// Why an order does not take a step, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRefusal {
    /// There is no such order.
    Unknown,
    /// Another institution hands it over.
    Elsewhere,
    /// It stands where the step is not possible.
    State(State),
    /// The time to fetch or return it is over.
    TooLate {
        /// Since then.
        since: Moment,
    },
    /// It is not over yet.
    NotDue,
    /// A count found fewer pieces than are set aside.
    Missing {
        /// Of which good.
        good: String,
    },
    /// A return says why.
    NoReason,
    /// Stars are from 1 to 5.
    Stars,
    /// The ledger refuses.
    Ledger(kangji_ledger::Refusal),
}

impl OrderRefusal {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown_order",
            Self::Elsewhere => "elsewhere",
            Self::State(_) => "state",
            Self::TooLate { .. } => "too_late",
            Self::NotDue => "not_due",
            Self::Missing { .. } => "missing",
            Self::NoReason => "no_reason",
            Self::Stars => "stars",
            Self::Ledger(refusal) => refusal.code(),
        }
    }

    /// The sentence for people; `points` writes amounts.
    #[must_use]
    pub fn chinese(&self, points: impl Fn(Points) -> String) -> String {
        match self {
            Self::Unknown => "没有这张兑换单，请核对取货码".to_owned(),
            Self::Elsewhere => "这张兑换单要到下单时选的兑换点领取".to_owned(),
            Self::State(state) => format!("这张兑换单{}，不能再这样办", state.chinese()),
            Self::TooLate { since } => {
                format!("{} 起已经过了时间，请重新下单", kangji_rules::words::date(since.day()))
            }
            Self::NotDue => "还没有到期".to_owned(),
            Self::Missing { good } => {
                format!("“{good}”实际库存不够，请盘点，或者请居民换一样")
            }
            Self::NoReason => "请写明原因".to_owned(),
            Self::Stars => "评分是 1 到 5 颗星".to_owned(),
            Self::Ledger(refusal) => refusal.chinese(points),
        }
    }
}

impl Order {
    /// Whether it can be handed over at an institution.
    ///
    /// # Errors
    /// The first refusal.
    pub fn may_be_handed_over(&self, at: &str, now: Moment) -> Result<(), OrderRefusal> {
        if self.institution != at {
            return Err(OrderRefusal::Elsewhere);
        }
        self.must_be(State::Waiting)?;
        if self.due_at <= now { Err(OrderRefusal::TooLate { since: self.due_at }) } else { Ok(()) }
    }

    /// Whether it can be called off.
    ///
    /// # Errors
    /// The first refusal.
    pub fn may_be_cancelled(&self) -> Result<(), OrderRefusal> {
        self.must_be(State::Waiting)
    }

    /// Whether its time is over.
    ///
    /// # Errors
    /// The first refusal.
    pub fn may_time_out(&self, now: Moment) -> Result<(), OrderRefusal> {
        self.must_be(State::Waiting)?;
        if now < self.due_at { Err(OrderRefusal::NotDue) } else { Ok(()) }
    }

    /// Whether it can be brought back, at the place where it was handed over and in time.
    ///
    /// # Errors
    /// The first refusal.
    pub fn may_be_returned(
        &self,
        at: &str,
        reason: &str,
        within: Span,
        today: Day,
    ) -> Result<(), OrderRefusal> {
        if self.institution != at {
            return Err(OrderRefusal::Elsewhere);
        }
        self.must_be(State::HandedOver)?;
        let handed_over = self.handed_over.as_ref().map_or(Day::FIRST, |step| step.at.day());
        let too_late_on = handed_over.plus(within).next();
        if too_late_on <= today {
            return Err(OrderRefusal::TooLate { since: Moment::start_of(too_late_on) });
        }
        if reason.trim().is_empty() { Err(OrderRefusal::NoReason) } else { Ok(()) }
    }

    /// Whether it can be rated: once, after the hand-over.
    ///
    /// # Errors
    /// The first refusal.
    pub fn may_be_rated(&self, stars: u8) -> Result<(), OrderRefusal> {
        match self.state {
            State::HandedOver | State::Returned if self.rating.is_none() => {}
            state => return Err(OrderRefusal::State(state)),
        }
        if (1..=5).contains(&stars) { Ok(()) } else { Err(OrderRefusal::Stars) }
    }

    fn must_be(&self, state: State) -> Result<(), OrderRefusal> {
        if self.state == state { Ok(()) } else { Err(OrderRefusal::State(self.state)) }
    }

    /// Whether it counts for limits and quantities: it was neither called off nor brought back.
    #[must_use]
    pub const fn counts(&self) -> bool {
        matches!(self.state, State::Waiting | State::HandedOver)
    }
}
