//! Deductions that wait are decided together: points, vouchers and limits of all of them in one
//! transaction, each with its own answer. The same receipt again gets its first answer.
//!
//! Lock order: accounts by id, deductions by shop and receipt, vouchers by serial, pay codes.

use std::collections::BTreeSet;

use kangji_core::{
    Day, Fen, Moment, Points,
    ids::{AccountId, CauseId, DeductionId, HolderId},
};
use kangji_ledger::{Act, Hash, Seq, account_of};
use kangji_redemption::{
    Deduction, ShopRefusal,
    order::Step,
    partner::{DeductionState, NewDeduction},
};
use serde::{Deserialize, Serialize};

use super::{
    deductions::{self, Receipt},
    till::Till,
};
use crate::{
    access::{Purpose, use_for},
    audit::{DONE, Done, Subject},
    facts::holders::new_id,
    ledger::unit::Unit,
    schema::DEDUCTIONS,
    sql::{Connection, SqlError},
    store::{Pending, Store, StoreError},
    turn::asked::{self, Decided, Mark, Outcome},
    vouchers::purse::Deed,
};

/// What is asked of a deduction.
#[derive(Clone, Debug)]
pub enum DeductionAct {
    /// Points take something off a bill.
    Make {
        /// The new deduction's id.
        id: DeductionId,
        /// What is wanted.
        new: NewDeduction,
        /// The pay code that was shown in the place of a document; it pays for one receipt.
        pay_code: Option<Hash>,
    },
    /// It is called off on the same day: all is as it was.
    Cancel {
        /// Which.
        id: DeductionId,
        /// The shop that made it.
        shop: String,
        /// Why.
        reason: String,
    },
}

/// What a shop asks.
#[derive(Clone, Debug)]
pub struct DeductionCommand {
    /// What.
    pub act: DeductionAct,
    /// Who.
    pub by: [u8; 16],
    /// The clock.
    pub now: Moment,
}

/// What became of a deduction. Nothing in it tells who the person is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeductionTold {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: DeductionState,
    /// The points.
    pub points: Points,
    /// What they take off.
    pub off: Fen,
    /// What the shop still collects itself (P1).
    pub rest: Fen,
}

/// The answer.
pub type DeductionAnswer = Result<DeductionTold, ShopRefusal>;

/// What a deduction would be. Nothing in it tells who the person is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeductionQuote {
    /// The points that can be used at the most, vouchers and all.
    pub usable: Points,
    /// The electronic ones that would be used.
    pub electronic: Points,
    /// Those and the ones on vouchers.
    pub points: Points,
    /// What they would take off.
    pub off: Fen,
    /// What the shop would collect itself.
    pub rest: Fen,
}

impl Store {
    /// Has a deduction decided, perhaps together with others that wait at the same time. What is
    /// refused changes nothing but that a voucher presented twice opens a case (P13).
    #[must_use = "it may be refused"]
    pub fn deduct(&self, command: DeductionCommand) -> Pending<DeductionAnswer> {
        asked::ask(self, self.deductings(), || (), command)
    }

    /// What a deduction would be: with so many electronic points, or with as many as are best.
    /// A voucher that is shown here has been presented: it may open a case.
    #[must_use = "it may be refused"]
    pub fn quote_deduction(
        &self,
        new: NewDeduction,
        electronic: Option<Points>,
        by: [u8; 16],
        now: Moment,
    ) -> Pending<Result<DeductionQuote, ShopRefusal>> {
        self.once(move |unit| {
            let mut till = Till::load(unit, &[&new], &[], now.day())?;
            let account = account_of(new.person, &new.scheme);
            let id = DeductionId::from_bytes(new_id(now));
            let deed = deed((account, new.person), (&new.scheme, &new.shop), id, (by, now));
            let quoted = till.quote(unit, &new, electronic, &deed).map(|quoted| DeductionQuote {
                usable: quoted.usable,
                electronic: quoted.electronic,
                points: quoted.points,
                off: quoted.off,
                rest: rest(new.bill, quoted.off),
            });
            till.purse.write(unit.connection)?;
            let result = if quoted.is_ok() { DONE } else { "refused" };
            unit.done.push(Done { subject: Subject::Resident(new.person), result });
            Ok(quoted)
        })
    }
}

/// What a used pay code says that it was used for.
#[must_use]
pub fn paid_for(shop: &str, receipt: &str) -> String {
    format!("{shop} {receipt}")
}

impl DeductionCommand {
    const fn step(&self) -> Step {
        Step { at: self.now, by: Some(self.by) }
    }
}

impl Decided for DeductionCommand {
    type Tools = ();
    type Told = DeductionTold;
    type Not = ShopRefusal;

    fn now(&self) -> Moment {
        self.now
    }

    fn marks(&self) -> Vec<Mark<'_>> {
        match &self.act {
            DeductionAct::Make { new, .. } => vec![Mark::Names(&new.shop, &new.receipt)],
            DeductionAct::Cancel { id, .. } => vec![Mark::Id(*id.bytes())],
        }
    }

    fn decide(
        unit: &mut Unit<'_>,
        (): &(),
        commands: &[&Self],
    ) -> Result<Vec<Outcome<Self>>, StoreError> {
        let mut desk = Desk::load(unit, commands)?;
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            let answer = match &command.act {
                DeductionAct::Make { id, new, pay_code } => {
                    let answer = desk.make(unit, command, *id, (new, *pay_code))?;
                    (answer, Some(new.person))
                }
                DeductionAct::Cancel { id, shop, reason } => {
                    let person = desk.till.by_id(*id).map(|known| known.person);
                    (desk.cancel(unit, command, *id, (shop, reason))?, person)
                }
            };
            answers.push(answer);
        }
        desk.write(unit.connection)?;
        Ok(answers)
    }
}

/// A group of commands, and what is to be written of it.
struct Desk {
    till: Till,
    new: BTreeSet<Receipt>,
    changed: BTreeSet<Receipt>,
}

impl Desk {
    fn load(unit: &mut Unit<'_>, commands: &[&DeductionCommand]) -> Result<Self, StoreError> {
        let today = commands.iter().map(|one| one.now.day()).max().unwrap_or(Day::FIRST);
        let (mut wanted, mut cancelled) = (Vec::new(), Vec::new());
        for command in commands {
            match &command.act {
                DeductionAct::Make { new, .. } => wanted.push(new),
                DeductionAct::Cancel { id, .. } => cancelled.push(*id),
            }
        }
        let till = Till::load(unit, &wanted, &cancelled, today)?;
        Ok(Self { till, new: BTreeSet::new(), changed: BTreeSet::new() })
    }

    fn make(
        &mut self,
        unit: &mut Unit<'_>,
        command: &DeductionCommand,
        id: DeductionId,
        (new, pay_code): (&NewDeduction, Option<Hash>),
    ) -> Result<DeductionAnswer, SqlError> {
        let receipt = (new.shop.clone(), new.receipt.clone());
        if let Some(known) = self.till.known.get(&receipt) {
            // A line that broke after the answer was given: the cashier tries again.
            return Ok(if known.is(new) { Ok(told(known)) } else { Err(ShopRefusal::ReceiptUsed) });
        }
        let account = account_of(new.person, &new.scheme);
        let by = (command.by, command.now);
        let deed = deed((account, new.person), (&new.scheme, &new.shop), id, by);
        let (agreement, off, points) = match self.till.quote(unit, new, Some(new.points), &deed) {
            Ok(quoted) => (quoted.agreement.id, quoted.off, quoted.points),
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some(hash) = pay_code {
            let what = paid_for(&new.shop, &new.receipt);
            if !use_for(unit.connection, hash, Purpose::PayCode, &what, command.now)? {
                return Ok(Err(ShopRefusal::PayCode));
            }
        }
        let capture = match spend(unit, &deed, new.points)? {
            Ok(capture) => capture,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.till.purse.spend(unit, &new.vouchers, &deed)?;
        self.till.count(account, &new.shop, points);
        let deduction = Deduction {
            id,
            shop: new.shop.clone(),
            receipt: new.receipt.clone(),
            scheme: new.scheme.clone(),
            agreement,
            person: new.person,
            account,
            bill: new.bill,
            off,
            points,
            electronic: new.points,
            capture,
            vouchers: new.vouchers.clone(),
            state: DeductionState::Made,
            made: command.step(),
            cancelled: None,
            reason: None,
        };
        let answer = told(&deduction);
        self.till.known.insert(receipt.clone(), deduction);
        self.new.insert(receipt);
        Ok(Ok(answer))
    }

    fn cancel(
        &mut self,
        unit: &mut Unit<'_>,
        command: &DeductionCommand,
        id: DeductionId,
        (shop, reason): (&str, &str),
    ) -> Result<DeductionAnswer, SqlError> {
        let Some(known) = self.till.by_id(id).cloned() else {
            return Ok(Err(ShopRefusal::Unknown));
        };
        if let Err(refusal) = known.may_be_cancelled(shop, reason, command.now) {
            return Ok(Err(refusal));
        }
        let place = (known.scheme.as_str(), known.shop.as_str());
        let by = (command.by, command.now);
        let deed = deed((known.account, known.person), place, id, by);
        // What was spent can be given back: only a database that contradicts itself refuses.
        let refused = |why| SqlError::shape(format!("deduction `{id}` is not undone: {why}"));
        if let Some(capture) = known.capture {
            deed.points(unit, Act::Refund { capture })?.map_err(refused)?;
        }
        self.till.purse.hand_back(unit, &deed)?.map_err(refused)?;
        self.till.count(known.account, &known.shop, Points(-known.points.0));
        let receipt = (known.shop.clone(), known.receipt.clone());
        let cancelled = Deduction {
            state: DeductionState::Cancelled,
            cancelled: Some(command.step()),
            reason: Some(reason.to_owned()),
            ..known
        };
        let answer = told(&cancelled);
        self.till.known.insert(receipt.clone(), cancelled);
        self.changed.insert(receipt);
        Ok(Ok(answer))
    }

    fn write(self, connection: &mut Connection) -> Result<(), SqlError> {
        let Self { till: Till { known, purse, .. }, new, changed } = self;
        let named = |receipts: &BTreeSet<Receipt>| -> Vec<&Deduction> {
            receipts.iter().filter_map(|receipt| known.get(receipt)).collect()
        };
        let (new, changed) = (named(&new), named(&changed));
        let texts = |all: &[&Deduction]| -> Result<Vec<String>, SqlError> {
            all.iter().map(|one| deductions::text(one)).collect()
        };
        connection.insert(&DEDUCTIONS, &deductions::rows(&new, &texts(&new)?))?;
        connection.update(&DEDUCTIONS, &deductions::rows(&changed, &texts(&changed)?))?;
        purse.write(connection)
    }
}

/// Spends points of the electronic balance, if there are any; the entry that did.
fn spend(
    unit: &mut Unit<'_>,
    deed: &Deed<'_>,
    points: Points,
) -> Result<Result<Option<Seq>, ShopRefusal>, SqlError> {
    if points == Points::ZERO {
        return Ok(Ok(None));
    }
    let hold = match deed.points(unit, Act::Hold { points, until: None })? {
        Ok(hold) => hold,
        Err(refusal) => return Ok(Err(ShopRefusal::Ledger(refusal))),
    };
    let spent = deed.points(unit, Act::Capture { hold })?;
    let spent = spent.map_err(|why| SqlError::shape(format!("a capture: {why}")))?;
    Ok(Ok(Some(spent)))
}

fn told(deduction: &Deduction) -> DeductionTold {
    DeductionTold {
        id: deduction.id.to_string(),
        state: deduction.state,
        points: deduction.points,
        off: deduction.off,
        rest: rest(deduction.bill, deduction.off),
    }
}

/// What the shop collects itself.
const fn rest(bill: Fen, off: Fen) -> Fen {
    Fen(bill.0.saturating_sub(off.0))
}

fn deed<'a>(
    (account, person): (AccountId, HolderId),
    (scheme, place): (&'a str, &'a str),
    id: DeductionId,
    (by, now): ([u8; 16], Moment),
) -> Deed<'a> {
    let cause = CauseId::from_bytes(*id.bytes());
    Deed { account, person, scheme, place, cause, by: Some(by), now }
}
