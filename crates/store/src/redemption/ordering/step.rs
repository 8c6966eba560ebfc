//! What becomes of an order: handed over, called off, brought back, rated.

use kangji_core::ids::{CauseId, OrderId};
use kangji_ledger::Act;
use kangji_redemption::{
    Order, OrderRefusal, State,
    order::{Rating, Step},
};

use super::{Desk, OrderAct, OrderCommand};
use crate::{
    ledger::unit::Unit,
    redemption::{
        catalogues::scheme_on,
        shelves::{Move, Place},
    },
    sql::SqlError,
    vouchers::purse::Deed,
};

type Stepped = Result<(), OrderRefusal>;

/// The shelves that an order's goods stand on.
pub(super) fn places(order: &Order) -> Vec<Place> {
    let goods = order.lines.iter().filter(|line| line.pieces > 0);
    goods.map(|line| (order.institution.clone(), line.name.clone())).collect()
}

/// What an order does with points.
fn deed_of<'o>(order: &'o Order, command: &OrderCommand) -> Deed<'o> {
    Deed {
        account: order.account,
        person: order.person,
        scheme: &order.scheme,
        place: &order.institution,
        cause: CauseId::from_bytes(*order.id.bytes()),
        by: command.by,
        now: command.now,
    }
}

impl Desk<'_> {
    /// Takes the step that a command asks for.
    pub(super) fn step(
        &mut self,
        unit: &mut Unit<'_>,
        command: &OrderCommand,
    ) -> Result<Stepped, SqlError> {
        let id = command.act.order();
        let Some(order) = self.orders.get(&id) else { return Ok(Err(OrderRefusal::Unknown)) };
        let today = command.now.day();
        match &command.act {
            OrderAct::Place { .. } => Ok(Ok(())),
            OrderAct::HandOver { institution, proxy, .. } => {
                self.hand_over(unit, id, institution, proxy.as_ref(), command)
            }
            OrderAct::Cancel { reason, .. } => match order.may_be_cancelled() {
                Ok(()) => self.call_off(unit, id, State::Cancelled, reason.as_ref(), command),
                refused => Ok(refused),
            },
            OrderAct::TimeOut { .. } => match order.may_time_out(command.now) {
                Ok(()) => self.call_off(unit, id, State::TimedOut, None, command),
                refused => Ok(refused),
            },
            OrderAct::Return { institution, reason, restock, .. } => {
                let within = scheme_on(self.rulebook, &order.scheme, today);
                let within = within.map(|scheme| scheme.redemption.return_within);
                let within =
                    within.unwrap_or(kangji_rules::scheme::Redemption::default().return_within);
                match order.may_be_returned(institution, reason, within, today) {
                    Ok(()) => self.give_back(unit, id, reason, *restock, command),
                    refused => Ok(refused),
                }
            }
            OrderAct::Rate { stars, .. } => {
                let may = order.may_be_rated(*stars);
                if may.is_ok() {
                    let rating = Rating { stars: *stars, at: command.now };
                    self.change(id, |order| order.rating = Some(rating));
                }
                Ok(may)
            }
        }
    }

    /// Spends the points and takes the goods from the shelves, those that expire first in front.
    pub(super) fn hand_over(
        &mut self,
        unit: &mut Unit<'_>,
        id: OrderId,
        at: &str,
        proxy: Option<&Vec<u8>>,
        command: &OrderCommand,
    ) -> Result<Stepped, SqlError> {
        let Some(order) = self.orders.get(&id).cloned() else {
            return Ok(Err(OrderRefusal::Unknown));
        };
        if let Err(refusal) = order.may_be_handed_over(at, command.now) {
            return Ok(Err(refusal));
        }
        let today = command.now.day();
        let goods = || order.lines.iter().filter(|line| line.pieces > 0);
        for line in goods() {
            let shelf = self.shelves.get(at, &line.name);
            if shelf.is_none_or(|shelf| shelf.valid(today) < line.pieces) {
                return Ok(Err(OrderRefusal::Missing { good: line.name.clone() }));
            }
        }
        let mut capture = None;
        if let Some(hold) = order.hold {
            match deed_of(&order, command).points(unit, Act::Capture { hold })? {
                Ok(seq) => capture = Some(seq),
                Err(refusal) => return Ok(Err(OrderRefusal::Ledger(refusal))),
            }
        }
        let mut all = Vec::new();
        for line in goods() {
            let shelf = self.shelves.change(at, &line.name)?;
            let taken = shelf.hand_over(line.pieces, today);
            let taken = taken.map_err(|error| SqlError::other(error.to_string()))?;
            for one in &taken {
                let moved = (one.batch, -i64::from(one.pieces));
                self.note(&order, &line.name, "hand_over", moved, command);
            }
            all.extend(taken);
        }
        self.change(id, |order| {
            order.state = State::HandedOver;
            order.handed_over = Some(Step { at: command.now, by: command.by });
            order.capture = capture;
            order.taken = all;
            if proxy.is_some() {
                order.proxy = proxy.cloned();
            }
        });
        Ok(Ok(()))
    }

    /// Points and goods that were set aside are free again.
    fn call_off(
        &mut self,
        unit: &mut Unit<'_>,
        id: OrderId,
        state: State,
        reason: Option<&String>,
        command: &OrderCommand,
    ) -> Result<Stepped, SqlError> {
        let Some(order) = self.orders.get(&id).cloned() else {
            return Ok(Err(OrderRefusal::Unknown));
        };
        if let Some(hold) = order.hold {
            let released = deed_of(&order, command).points(unit, Act::Release { hold })?;
            // A forfeit took what was set aside; the goods are free all the same.
            match released {
                Ok(_) | Err(kangji_ledger::Refusal::HoldNotOpen { .. }) => {}
                Err(refusal) => return Ok(Err(OrderRefusal::Ledger(refusal))),
            }
        }
        for line in order.lines.iter().filter(|line| line.pieces > 0) {
            self.shelves.change(&order.institution, &line.name)?.release(line.pieces);
        }
        self.end(&order, state, reason, command);
        Ok(Ok(()))
    }

    /// The points come back, as far as they have not expired; the goods if they are still good.
    fn give_back(
        &mut self,
        unit: &mut Unit<'_>,
        id: OrderId,
        reason: &String,
        restock: bool,
        command: &OrderCommand,
    ) -> Result<Stepped, SqlError> {
        let Some(order) = self.orders.get(&id).cloned() else {
            return Ok(Err(OrderRefusal::Unknown));
        };
        if let Some(capture) = order.capture {
            let act = Act::Refund { capture };
            if let Err(refusal) = deed_of(&order, command).points(unit, act)? {
                return Ok(Err(OrderRefusal::Ledger(refusal)));
            }
        }
        if let Err(refusal) = self.purse.refund(unit, &deed_of(&order, command))? {
            return Ok(Err(OrderRefusal::Ledger(refusal)));
        }
        if restock {
            let mut taken = order.taken.iter();
            for line in order.lines.iter().filter(|line| line.pieces > 0) {
                let mut left = line.pieces;
                while left > 0 {
                    let Some(one) = taken.next() else { break };
                    left = left.saturating_sub(one.pieces);
                    let shelf = self.shelves.change(&order.institution, &line.name)?;
                    let back = shelf.put_back(std::slice::from_ref(one));
                    back.map_err(|error| SqlError::other(error.to_string()))?;
                    let moved = (one.batch, i64::from(one.pieces));
                    self.note(&order, &line.name, "return", moved, command);
                }
            }
        }
        self.end(&order, State::Returned, Some(reason), command);
        Ok(Ok(()))
    }

    fn end(
        &mut self,
        order: &Order,
        state: State,
        reason: Option<&String>,
        command: &OrderCommand,
    ) {
        let place = (order.catalogue, order.item.clone());
        if self.counts.get(&place).is_some_and(|count| count.is_stored) {
            self.count(order.catalogue, &order.item, |taken| taken.saturating_sub(order.sets));
        }
        self.change(order.id, |order| {
            order.state = state;
            order.ended = Some(Step { at: command.now, by: command.by });
            order.reason = reason.cloned();
        });
    }

    fn change(&mut self, id: OrderId, change: impl FnOnce(&mut Order)) {
        if let Some(order) = self.orders.get_mut(&id) {
            change(order);
            if !self.new.contains(&id) {
                self.changed.insert(id);
            }
        }
    }

    fn note(
        &mut self,
        order: &Order,
        good: &str,
        kind: &'static str,
        (batch, pieces): ([u8; 16], i64),
        command: &OrderCommand,
    ) {
        self.shelves.note(Move {
            place: (order.institution.clone(), good.to_owned()),
            batch,
            kind,
            pieces,
            at: command.now,
            by: command.by,
            order: Some(order.id),
            reason: None,
        });
    }
}
