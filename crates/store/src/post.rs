//! Posting: what the published schemes say of the facts becomes entries, as differences to what
//! was posted before. Posted is what is scored, whatever the order in which facts arrive.

pub(crate) mod bulk;
pub(crate) mod compare;
pub(crate) mod couple;
pub(crate) mod decisions;
pub(crate) mod difference;
pub(crate) mod recording;
pub(crate) mod rulebook;
pub(crate) mod services;
pub(crate) mod settle;
pub(crate) mod told;
pub(crate) mod turn;
pub(crate) mod wanted;

use std::collections::HashSet;

use kangji_core::{
    Day, Moment,
    ids::{HolderId, ReasonId},
};

use crate::{
    facts::{
        Fact,
        change::{self, Changes},
        holders::new_id,
    },
    ledger::{rows::number, unit::Unit},
    schema::{REASONS, UNPOSTED},
    sql::Value,
    store::{Pending, Store, StoreError},
};
use rulebook::{PublishError, Rulebook, Version};
use settle::{Occasion, Settlement, settle};

/// How facts are written.
#[derive(Clone, Copy, Debug)]
pub struct Entered {
    /// The clock.
    pub now: Moment,
    /// Why, where a correction needs a reason.
    pub reason: Option<ReasonId>,
}

/// Posts what the schemes say of residents whose facts were written in the open transaction.
pub(crate) fn post(
    unit: &mut Unit<'_>,
    rulebook: &Rulebook,
    touched: &HashSet<HolderId>,
    Entered { now, reason }: Entered,
) -> Result<Settlement, StoreError> {
    settle(unit, rulebook, touched, Occasion { as_of: now.day(), now, reason }, &mut |_| {})
}

impl Store {
    /// Publishes a version of a scheme; `false` where it was published before. Everybody's points
    /// wait to be posted again afterwards ([`Store::post_some`]).
    #[must_use = "a document may be refused"]
    pub fn publish(&self, text: &str, now: Moment) -> Pending<Result<bool, PublishError>> {
        let rulebook = self.rulebook();
        let text = text.to_owned();
        self.work(move |unit| {
            let rulebook = rulebook(unit.connection)?;
            let version = match Version::read(&text, &rulebook.words) {
                Ok(version) => version,
                Err(error) => return Ok(Err(error)),
            };
            let published = version.publish(unit.connection, &rulebook, now)?;
            if published == Ok(true) {
                change::remember_everyone(unit.connection, now)?;
            }
            Ok(published)
        })
    }

    /// Whether a version can be published as things are; `false` where it was published before.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn publishable(&self, text: &str) -> Result<Result<bool, PublishError>, StoreError> {
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        match Version::read(text, &rulebook.words) {
            Ok(version) => Ok(version.check(&mut connection, &rulebook)?),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Has everybody's points wait to be posted again ([`Store::post_some`]), for the days that
    /// went by: what counted for a later day counts now, and periods came to their end.
    #[must_use = "they wait only if the database takes it"]
    pub fn await_posting(&self, now: Moment) -> Pending<()> {
        self.work(move |unit| Ok(change::remember_everyone(unit.connection, now)?))
    }

    /// Writes facts; whose points they touch waits to be posted ([`Store::post_some`]).
    #[must_use = "facts are written only if the database takes them"]
    pub fn enter(&self, facts: Vec<Fact>, entered: Entered) -> Pending<Changes> {
        self.once(move |unit| {
            let Entered { now, reason } = entered;
            let (changes, touched) = change::write(unit.connection, &facts, now, reason)?;
            change::remember(unit.connection, &touched, now)?;
            Ok(changes)
        })
    }

    /// Writes facts and posts what they change, in one transaction.
    #[must_use = "what would post into a closed period without a reason is refused"]
    pub fn record(&self, facts: Vec<Fact>, entered: Entered) -> Pending<(Changes, Settlement)> {
        let rulebook = self.rulebook();
        self.work(move |unit| {
            let Entered { now, reason } = entered;
            let (changes, touched) = change::write(unit.connection, &facts, now, reason)?;
            let rulebook = rulebook(unit.connection)?;
            let occasion = Occasion { as_of: now.day(), now, reason };
            Ok((changes, settle(unit, &rulebook, &touched, occasion, &mut |_| {})?))
        })
    }

    /// Posts the points of up to `most` residents who wait for it, as of a day; how many they
    /// were.
    #[must_use = "what would post into a closed period without a reason is refused"]
    pub fn post_some(
        &self,
        most: usize,
        as_of: Day,
        entered: Entered,
    ) -> Pending<(usize, Settlement)> {
        let rulebook = self.rulebook();
        self.work(move |unit| {
            let waiting = change::unposted(unit.connection, most)?;
            change::forget(unit.connection, &waiting)?;
            let rulebook = rulebook(unit.connection)?;
            let occasion = Occasion { as_of, now: entered.now, reason: entered.reason };
            let touched: HashSet<HolderId> = waiting.iter().copied().collect();
            Ok((waiting.len(), settle(unit, &rulebook, &touched, occasion, &mut |_| {})?))
        })
    }

    /// How many residents wait for their points to be posted.
    #[must_use = "reading changes nothing"]
    pub fn unposted(&self) -> Pending<i64> {
        self.work(|unit| {
            let mut number = 0;
            let count = format!("SELECT COUNT(*) FROM {}", UNPOSTED.name);
            unit.connection.query(&count, &[], |row| {
                number = row.int(0)?;
                Ok(())
            })?;
            Ok(number)
        })
    }

    /// Closes the periods of a scheme through a day: from now on nothing counts for a day until
    /// then without a reason. `false` where the scheme is unknown or already closed so far.
    #[must_use = "a period is closed only if the database takes it"]
    pub fn close_period(&self, scheme: &str, through: Day) -> Pending<bool> {
        let scheme = scheme.to_owned();
        self.work(move |unit| {
            let close = "UPDATE schemes SET closed_through = $1
                WHERE id = $2 AND (closed_through IS NULL OR closed_through < $1)";
            let row = [Value::Int(number(through)), Value::Text(&scheme)];
            Ok(unit.connection.execute(close, &row)? > 0)
        })
    }

    /// Writes down a reason under an id that something else names it by.
    pub fn keep_reason(&self, id: ReasonId, text: &str, now: Moment) -> Pending<()> {
        let text = text.to_owned();
        self.work(move |unit| {
            let row = [Value::from(id.bytes()), Value::Text(&text), Value::Int(now.millis())];
            Ok(unit.connection.upsert(&REASONS, &row)?)
        })
    }

    /// Writes down a reason.
    #[must_use = "the reason's id is what commands name"]
    pub fn reason(&self, text: &str, now: Moment) -> Pending<ReasonId> {
        let (text, id) = (text.to_owned(), new_id(now));
        self.work(move |unit| {
            let row = [Value::from(&id), Value::Text(&text), Value::Int(now.millis())];
            unit.connection.insert(&REASONS, &row)?;
            Ok(ReasonId::from_bytes(id))
        })
    }
}
