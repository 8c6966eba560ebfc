//! Orders that wait are decided together: points and stock of all of them in one transaction, each
//! with its own answer.
//!
//! Lock order: accounts by id, orders, vouchers, shelves by institution and good, counts of items.

pub(super) mod place;
mod step;

#[cfg(test)]
mod paper_tests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{
    Day, Moment, Points,
    ids::{CatalogueId, CauseId, HolderId, OrderId},
};
use kangji_redemption::{Order, OrderRefusal, Refusal, State, order::NewOrder};
use serde::{Deserialize, Serialize};

use super::{
    catalogues::{Catalogues, Offers},
    orders,
    shelves::{Place, Shelves},
    shopping::Shoppers,
};
use crate::{
    ledger::unit::Unit,
    post::rulebook::Rulebook,
    schema::{ITEM_COUNTS, ORDERS},
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Rulebooks, Store, StoreError},
    turn::asked::{self, Decided, Mark, Outcome},
    vouchers::purse::Purse,
};

/// What is asked of an order.
#[derive(Clone, Debug)]
pub enum OrderAct {
    /// Points and goods are set aside; at a counter they are handed over at once.
    Place {
        /// The new order's id.
        id: OrderId,
        /// Whose points.
        person: HolderId,
        /// What the person shows to fetch it.
        code: String,
        /// What is wanted.
        new: NewOrder,
        /// Whether it is handed over at once.
        hand_over: bool,
        /// Who acts for the person, sealed with the person's key.
        proxy: Option<Vec<u8>>,
    },
    /// What was ordered is handed over.
    HandOver {
        /// The order.
        order: OrderId,
        /// Where.
        institution: String,
        /// Who acts for the person, sealed with the person's key.
        proxy: Option<Vec<u8>>,
    },
    /// All is as it was.
    Cancel {
        /// The order.
        order: OrderId,
        /// Why, where staff calls it off.
        reason: Option<String>,
    },
    /// As [`OrderAct::Cancel`], if its time is over.
    TimeOut {
        /// The order.
        order: OrderId,
    },
    /// What was handed over comes back, and so do the points.
    Return {
        /// The order.
        order: OrderId,
        /// Where.
        institution: String,
        /// Why.
        reason: String,
        /// Whether the goods go back on the shelf.
        restock: bool,
    },
    /// What the person says of it.
    Rate {
        /// The order.
        order: OrderId,
        /// From 1 to 5.
        stars: u8,
    },
}

/// What somebody asks of an order.
#[derive(Clone, Debug)]
pub struct OrderCommand {
    /// What.
    pub act: OrderAct,
    /// Who; `None` for what happens by itself.
    pub by: Option<[u8; 16]>,
    /// The clock.
    pub now: Moment,
}

/// Why an order is as it was, or never came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotOrdered {
    /// It cannot be had: all that is in the way, in order of precedence.
    Refused(Vec<Refusal>),
    /// It does not take the step.
    Step(OrderRefusal),
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTold {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// What it costs.
    pub points: Points,
    /// What the person shows to fetch it.
    pub code: String,
}

/// The answer.
pub type OrderAnswer = Result<OrderTold, NotOrdered>;

impl Store {
    /// Has something asked of an order decided, perhaps together with others that wait at the same
    /// time. What is refused changes nothing.
    #[must_use = "an order may be refused"]
    pub fn order(&self, command: OrderCommand) -> Pending<OrderAnswer> {
        let tools = || Tools { rulebooks: self.rulebooks(), offers: self.offers() };
        asked::ask(self, self.orderings(), tools, command)
    }
}

/// What deciding takes.
pub(crate) struct Tools {
    rulebooks: Rulebooks,
    offers: Offers,
}

impl OrderAct {
    /// Which order.
    const fn order(&self) -> OrderId {
        match self {
            Self::Place { id, .. } => *id,
            Self::HandOver { order, .. }
            | Self::Cancel { order, .. }
            | Self::TimeOut { order }
            | Self::Return { order, .. }
            | Self::Rate { order, .. } => *order,
        }
    }
}

impl Decided for OrderCommand {
    type Tools = Tools;
    type Told = OrderTold;
    type Not = NotOrdered;

    fn now(&self) -> Moment {
        self.now
    }

    fn marks(&self) -> Vec<Mark<'_>> {
        vec![Mark::Id(*self.act.order().bytes())]
    }

    fn decide(
        unit: &mut Unit<'_>,
        tools: &Tools,
        commands: &[&Self],
    ) -> Result<Vec<Outcome<Self>>, StoreError> {
        let rulebook = tools.rulebooks.current(unit.connection)?;
        let catalogues = tools.offers.current(unit.connection, &rulebook)?;
        let mut desk = Desk::load(unit, &rulebook, &catalogues, commands)?;
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            answers.push(desk.decide(unit, command)?);
        }
        desk.write(unit)?;
        Ok(answers)
    }
}

/// How many sets of an item were ordered.
struct Count {
    taken: u32,
    is_stored: bool,
    is_changed: bool,
}

/// What a group of commands is decided on.
struct Desk<'r> {
    rulebook: &'r Rulebook,
    catalogues: &'r Catalogues,
    shoppers: Shoppers,
    orders: BTreeMap<OrderId, Order>,
    /// The orders that are new or changed.
    new: BTreeSet<OrderId>,
    changed: BTreeSet<OrderId>,
    purse: Purse,
    shelves: Shelves,
    counts: BTreeMap<(CatalogueId, String), Count>,
}

impl<'r> Desk<'r> {
    fn load(
        unit: &mut Unit<'_>,
        rulebook: &'r Rulebook,
        catalogues: &'r Catalogues,
        commands: &[&OrderCommand],
    ) -> Result<Self, StoreError> {
        let today = commands.iter().map(|one| one.now.day()).max().unwrap_or(Day::FIRST);
        let wishes = place::wishes(rulebook, catalogues, commands);
        let steps = commands.iter().filter(|one| !matches!(one.act, OrderAct::Place { .. }));
        let steps: Vec<OrderId> = steps.map(|one| one.act.order()).collect();
        let known = orders::accounts_of(unit.connection, &steps)?;
        let spending = wishes.iter().map(|wish| wish.account);
        unit.load(spending.chain(known.iter().map(|(_, account)| *account)))?;
        let orders = orders::locked(unit.connection, &known)?;
        let purse = vouchers_of(unit.connection, commands)?;
        let mut places: BTreeSet<Place> = wishes.iter().flat_map(place::Wished::places).collect();
        places.extend(orders.iter().flat_map(step::places));
        let mut items: BTreeSet<(CatalogueId, String)> = wishes
            .iter()
            .filter(|one| one.item.quantity.is_some())
            .map(|one| (one.catalogue.id, one.item.id.clone()))
            .collect();
        items.extend(orders.iter().map(|order| (order.catalogue, order.item.clone())));
        let shelves = Shelves::load(unit.connection, places)?;
        let counts = counts(unit.connection, items)?;
        let shoppers = Shoppers::load(unit.connection, &wishes, today)?;
        let orders = orders.into_iter().map(|order| (order.id, order)).collect();
        let (new, changed) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { rulebook, catalogues, shoppers, orders, new, changed, purse, shelves, counts })
    }

    fn decide(
        &mut self,
        unit: &mut Unit<'_>,
        command: &OrderCommand,
    ) -> Result<(OrderAnswer, Option<HolderId>), SqlError> {
        let id = command.act.order();
        let refused = match &command.act {
            OrderAct::Place { person, .. } => {
                if let Err(refusals) = self.place(unit, command)? {
                    return Ok((Err(NotOrdered::Refused(refusals)), Some(*person)));
                }
                None
            }
            _ => self.step(unit, command)?.err(),
        };
        let order = self.orders.get(&id);
        let person = order.map(|order| order.person);
        let answer = match (refused, order) {
            (Some(refusal), _) => Err(NotOrdered::Step(refusal)),
            (None, Some(order)) => Ok(OrderTold {
                id: id.to_string(),
                state: order.state,
                points: order.points,
                code: order.code.clone(),
            }),
            (None, None) => Err(NotOrdered::Step(OrderRefusal::Unknown)),
        };
        Ok((answer, person))
    }

    /// Changes how many sets of an item with a total quantity were ordered.
    fn count(&mut self, catalogue: CatalogueId, item: &str, change: impl Fn(u32) -> u32) {
        if let Some(count) = self.counts.get_mut(&(catalogue, item.to_owned())) {
            count.taken = change(count.taken);
            count.is_changed = true;
        }
    }

    fn write(self, unit: &mut Unit<'_>) -> Result<(), StoreError> {
        let Self { orders, new, changed, purse, shelves, counts, .. } = self;
        let connection = &mut *unit.connection;
        purse.write(connection)?;
        shelves.write(connection)?;
        let named = |ids: &BTreeSet<OrderId>| -> Vec<&Order> {
            ids.iter().filter_map(|id| orders.get(id)).collect()
        };
        let (new, changed) = (named(&new), named(&changed));
        let texts = |orders: &[&Order]| -> Result<Vec<_>, SqlError> {
            orders.iter().map(|order| orders::texts(order)).collect()
        };
        connection.insert(&ORDERS, &orders::rows(&new, &texts(&new)?))?;
        connection.update(&ORDERS, &orders::rows(&changed, &texts(&changed)?))?;
        let (mut first, mut more) = (Vec::new(), Vec::new());
        for ((catalogue, item), count) in counts.iter().filter(|(_, count)| count.is_changed) {
            let rows = if count.is_stored { &mut more } else { &mut first };
            let taken = Value::Int(i64::from(count.taken));
            rows.extend([Value::from(catalogue.bytes()), Value::Text(item), taken]);
        }
        connection.insert(&ITEM_COUNTS, &first)?;
        Ok(connection.update(&ITEM_COUNTS, &more)?)
    }
}

/// The vouchers that commands bring, and those that were spent for what is brought back, locked.
fn vouchers_of(connection: &mut Connection, commands: &[&OrderCommand]) -> Result<Purse, SqlError> {
    let mut brought = Vec::new();
    let mut returned = Vec::new();
    for command in commands {
        match &command.act {
            OrderAct::Place { new, .. } => brought.extend(&new.vouchers),
            OrderAct::Return { order, .. } => returned.push(CauseId::from_bytes(*order.bytes())),
            _ => {}
        }
    }
    let mut purse = Purse::load(connection, brought)?;
    purse.load_spent_for(connection, &returned)?;
    Ok(purse)
}

/// How many sets of items were ordered, locked.
fn counts(
    connection: &mut Connection,
    items: BTreeSet<(CatalogueId, String)>,
) -> Result<BTreeMap<(CatalogueId, String), Count>, SqlError> {
    let keys = items.iter().flat_map(|(id, item)| [Value::from(id.bytes()), Value::Text(item)]);
    let keys: Vec<Value<'_>> = keys.collect();
    let mut counts = BTreeMap::new();
    connection.fetch(&ITEM_COUNTS, 2, &keys, Lock::Rows, |row| {
        let place = (CatalogueId::from_bytes(row.array(0)?), row.text(1)?.to_owned());
        let taken = crate::ledger::rows::natural(&row, 2)?;
        counts.insert(place, Count { taken, is_stored: true, is_changed: false });
        Ok(())
    })?;
    let none = || Count { taken: 0, is_stored: false, is_changed: false };
    for item in items {
        counts.entry(item).or_insert_with(none);
    }
    Ok(counts)
}
