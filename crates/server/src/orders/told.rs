//! Orders as the API tells them, and why something was not done.

mod offer;

use kangji_core::Decimals;
use kangji_redemption::{Line, Order, OrderRefusal, Refusal, State, WrongChoice, cost};
use kangji_rules::scheme::{Redemption, Scheme};
use kangji_store::NotOrdered;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vouchers::VoucherShown;
use crate::problem::{Code, Problem};

pub(crate) use offer::{
    ChosenGiven, ContentShown, CounterShown, Nearness, OfferShown, QuoteShown, counter, quote,
    refusals, warning,
};

/// Something that is handed over or performed. Amounts are in the scheme's smallest unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub(crate) struct LineShown {
    /// The content's name.
    pub(crate) name: String,
    /// How much of it one unit is, as in `4 组`.
    pub(crate) quantity: Option<String>,
    /// How many units.
    pub(crate) units: u32,
    /// What they cost; 0 where the item has one price as a whole.
    pub(crate) points: i64,
    /// How many pieces leave the shelf; 0 for a service.
    pub(crate) pieces: u32,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderState)]
pub(crate) enum StateName {
    Waiting,
    HandedOver,
    Cancelled,
    TimedOut,
    Returned,
}

/// Who fetched something for a person, and by what right. Names and numbers are masked.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OrderProxy)]
pub(crate) struct ProxyShown {
    pub(crate) name: String,
    /// Who they are to the person.
    pub(crate) relation: String,
    pub(crate) authorisation: Authorisation,
    /// The ends of the number of their document.
    pub(crate) document: Option<String>,
}

/// By what right somebody fetches something for another person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Authorisation {
    /// The person signed a paper.
    Written,
    /// The person said so on the telephone.
    Phone,
    /// They are the person's guardian.
    Guardian,
}

/// An order. Amounts are in the scheme's smallest unit, moments in milliseconds of UTC.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub(crate) struct OrderShown {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// Whose points.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    /// Their name: the surname only; `null` where none is known.
    pub(crate) name: Option<String>,
    /// The scheme.
    pub(crate) scheme: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// The catalogue.
    #[schema(format = "uuid")]
    pub(crate) catalogue: String,
    /// The item's id in it.
    pub(crate) item: String,
    /// What was ordered.
    pub(crate) title: String,
    /// The code of the institution that hands it over.
    pub(crate) institution: String,
    /// How many sets.
    pub(crate) sets: u32,
    /// What is handed over.
    pub(crate) lines: Vec<LineShown>,
    /// What it costs.
    pub(crate) points: i64,
    /// The paper vouchers that were taken for it, where a member of staff looks at this order
    /// alone; the electronic balance paid the rest.
    pub(crate) vouchers: Vec<VoucherShown>,
    /// What the person shows to fetch it, as long as it waits; `null` in lists of staff.
    pub(crate) code: Option<String>,
    /// Where it stands.
    pub(crate) state: StateName,
    /// When it was ordered.
    pub(crate) placed_at: i64,
    /// When it is called off by itself.
    pub(crate) due_at: i64,
    /// When it was handed over.
    pub(crate) handed_over_at: Option<i64>,
    /// Whether somebody fetched it for the person.
    pub(crate) by_proxy: bool,
    /// Who, where a member of staff looks at this order alone.
    pub(crate) proxy: Option<ProxyShown>,
    /// What the goods that were handed over cost, by who paid (P11).
    pub(crate) costs: Vec<OrderCost>,
    /// The last day on which what was handed over can be brought back.
    #[schema(format = Date)]
    pub(crate) return_by: Option<String>,
    /// When it was cancelled, timed out or returned.
    pub(crate) ended_at: Option<i64>,
    /// Why it was returned, or cancelled by staff.
    pub(crate) reason: Option<String>,
    /// The person's rating, from 1 to 5.
    pub(crate) stars: Option<u8>,
}

/// What goods cost.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderCost {
    /// Who paid: `subsidy`, `pledge`, `sponsor`, `institution`.
    #[schema(value_type = String)]
    pub(crate) source: &'static str,
    /// How much, in fen.
    pub(crate) fen: i64,
}

/// What the goods of an order cost, by who paid.
fn costs(order: &Order) -> Vec<OrderCost> {
    let sums = cost::of_goods(&order.taken).unwrap_or_default();
    sums.into_iter().map(|(source, fen)| OrderCost { source: source.word(), fen: fen.0 }).collect()
}

impl From<&Line> for LineShown {
    fn from(line: &Line) -> Self {
        let Line { name, quantity, units, points, pieces } = line.clone();
        Self { name, quantity, units, points: points.0, pieces }
    }
}

impl From<State> for StateName {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::HandedOver => Self::HandedOver,
            State::Cancelled => Self::Cancelled,
            State::TimedOut => Self::TimedOut,
            State::Returned => Self::Returned,
        }
    }
}

impl From<StateName> for State {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Waiting => Self::Waiting,
            StateName::HandedOver => Self::HandedOver,
            StateName::Cancelled => Self::Cancelled,
            StateName::TimedOut => Self::TimedOut,
            StateName::Returned => Self::Returned,
        }
    }
}

impl StateName {
    /// Every one, as it is sent.
    pub(crate) const ALL: [(Self, &'static str); 5] = [
        (Self::Waiting, "waiting"),
        (Self::HandedOver, "handed_over"),
        (Self::Cancelled, "cancelled"),
        (Self::TimedOut, "timed_out"),
        (Self::Returned, "returned"),
    ];

    /// The state with a word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == word).map(|(state, _)| state)
    }

    /// The word for people.
    pub(crate) fn chinese(self) -> &'static str {
        State::from(self).chinese()
    }
}

impl Authorisation {
    /// Every one, as it is sent.
    pub(crate) const ALL: [(Self, &'static str); 3] =
        [(Self::Written, "written"), (Self::Phone, "phone"), (Self::Guardian, "guardian")];

    /// The words for people.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {
            Self::Written => "书面委托",
            Self::Phone => "电话确认",
            Self::Guardian => "监护人",
        }
    }
}

/// Why something was not ordered, or a step not taken; `decimals` are those of the scheme.
pub(crate) fn problem(not: &NotOrdered, decimals: Decimals) -> Problem {
    let step = match not {
        NotOrdered::Refused(all) => {
            return refused(all, decimals);
        }
        NotOrdered::Step(step) => step,
    };
    let says = step.chinese(|points| decimals.short(points));
    match step {
        OrderRefusal::Unknown => Problem::from(Code::NotFound).saying(says),
        OrderRefusal::NoReason => Problem::invalid("reason", says),
        OrderRefusal::Stars => Problem::invalid("stars", says),
        _ => Problem::from(Code::Conflict).saying(says),
    }
}

/// What cannot be priced is a fault of what was sent; anything else is how things are.
fn refused(all: &[Refusal], decimals: Decimals) -> Problem {
    let problem = Problem::refused(refusals(all, decimals));
    let Some(Refusal::Choice(wrong)) = all.first() else { return problem };
    let place = match wrong {
        WrongChoice::Units { .. } | WrongChoice::TooLarge => "sets",
        _ => "chosen",
    };
    Problem { code: Code::Invalid, place: Some(place.to_owned()), ..problem }
}

/// An order as its person sees it; `name` is masked, `scheme` the one in force.
pub(crate) fn order(order: &Order, name: Option<String>, scheme: Option<&Scheme>) -> OrderShown {
    let within = scheme.map(|scheme| scheme.redemption.return_within);
    let within = within.unwrap_or(Redemption::default().return_within);
    let handed_over = order.handed_over.as_ref().map(|step| step.at);
    let return_by = handed_over.filter(|_| order.state == State::HandedOver);
    OrderShown {
        id: order.id.to_string(),
        person: order.person.to_string(),
        name,
        scheme: order.scheme.clone(),
        decimals: scheme.map_or(0, |scheme| scheme.decimals.places()),
        catalogue: order.catalogue.to_string(),
        item: order.item.clone(),
        title: order.name.clone(),
        institution: order.institution.clone(),
        sets: order.sets,
        lines: order.lines.iter().map(LineShown::from).collect(),
        points: order.points.0,
        vouchers: Vec::new(),
        code: (order.state == State::Waiting).then(|| order.code.clone()),
        state: order.state.into(),
        placed_at: order.placed.at.millis(),
        due_at: order.due_at.millis(),
        handed_over_at: handed_over.map(|at| at.millis()),
        by_proxy: order.proxy.is_some(),
        proxy: None,
        costs: costs(order),
        return_by: return_by.map(|at| at.day().plus(within).to_string()),
        ended_at: order.ended.as_ref().map(|step| step.at.millis()),
        reason: order.reason.clone(),
        stars: order.rating.map(|rating| rating.stars),
    }
}
