//! What is asked of vouchers – issued, handed in again, lost, spoiled, taken over – is decided in
//! groups: the points of all of them in one transaction, each with its own answer.
//!
//! Lock order: accounts by id, vouchers by serial.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId, HolderId},
};
use kangji_ledger::{Act, Entry, EntryKind, Hash, Seq, account_of};
use kangji_redemption::{
    Voucher, VoucherRefusal, VoucherState,
    order::Step,
    voucher::{Issue, Serial, Stub, Void},
};
use serde::{Deserialize, Serialize};

use super::purse::{Deed, Purse};
use crate::{
    ledger::{rows, unit::Unit},
    post::rulebook::Rulebook,
    redemption::catalogues::scheme_on,
    schema::ACCOUNT_ENTRIES,
    sql::{Class, Connection, Lock, SqlError, Value},
    store::{Pending, Rulebooks, Store, StoreError},
    turn::asked::{self, Decided, Mark, Outcome},
};

/// What goes onto paper, for whom (P5).
#[derive(Clone, Debug)]
pub struct Issuing {
    /// Whose points.
    pub person: HolderId,
    /// Under which scheme.
    pub scheme: String,
    /// The credit.
    pub lot: Seq,
    /// Where.
    pub institution: String,
    /// The day on the paper.
    pub day: Day,
    /// By what right: the issuer's role and institution, as people read it.
    pub authority: String,
    /// Who receives it for the person, sealed with the person's key.
    pub proxy: Option<Vec<u8>>,
    /// Whether another voucher of the stock does as well, where somebody was quicker.
    pub or_next: bool,
}

/// What is asked of a voucher.
#[derive(Clone, Debug)]
pub enum VoucherAct {
    /// What is left of a credit goes onto a voucher of the institution's stock (P4, P5).
    Issue(Issuing),
    /// A voucher written by hand before the system came bears a credit from now on (P10).
    TakeOver {
        /// What stands on it and on its stub.
        issuing: Issuing,
        /// The points on its stub.
        stub: Points,
    },
    /// It is handed in again: its points go to the electronic balance.
    TakeBack {
        /// Why.
        reason: String,
    },
    /// It is lost (P9): not issued again, its points cannot be used.
    Lose {
        /// What was said.
        reason: String,
    },
    /// A form was spoiled before it was issued.
    Spoil {
        /// Where.
        institution: String,
        /// How.
        reason: String,
    },
    /// Its stub was looked at.
    Check {
        /// The institution that keeps stubs.
        institution: String,
        /// The points on it.
        points: Points,
    },
}

/// What somebody asks of a voucher.
#[derive(Clone, Debug)]
pub struct VoucherCommand {
    /// Which.
    pub serial: Serial,
    /// What.
    pub act: VoucherAct,
    /// Who.
    pub by: [u8; 16],
    /// The clock.
    pub now: Moment,
}

/// Where a voucher stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherTold {
    /// Its serial.
    pub serial: String,
    /// Where it stands.
    pub state: VoucherState,
    /// What it bears, if it was issued.
    pub points: Points,
    /// The first day they are no longer valid.
    pub expires_on: Option<u32>,
}

/// The answer.
pub type VoucherAnswer = Result<VoucherTold, VoucherRefusal>;

impl Store {
    /// Has something asked of a voucher decided, perhaps together with others that wait at the same
    /// time. What is refused changes nothing.
    #[must_use = "it may be refused"]
    pub fn voucher_act(&self, command: VoucherCommand) -> Pending<VoucherAnswer> {
        asked::ask(self, self.voucherings(), || self.rulebooks(), command)
    }
}

impl VoucherAct {
    const fn issuing(&self) -> Option<&Issuing> {
        match self {
            Self::Issue(issuing) | Self::TakeOver { issuing, .. } => Some(issuing),
            _ => None,
        }
    }
}

impl Issuing {
    fn account(&self) -> AccountId {
        account_of(self.person, &self.scheme)
    }
}

impl Decided for VoucherCommand {
    type Tools = Rulebooks;
    type Told = VoucherTold;
    type Not = VoucherRefusal;

    fn now(&self) -> Moment {
        self.now
    }

    fn marks(&self) -> Vec<Mark<'_>> {
        vec![Mark::Names("voucher", self.serial.as_str())]
    }

    fn decide(
        unit: &mut Unit<'_>,
        rulebooks: &Rulebooks,
        commands: &[&Self],
    ) -> Result<Vec<Outcome<Self>>, StoreError> {
        let rulebook = rulebooks.current(unit.connection)?;
        let mut desk = Desk::load(unit, &rulebook, commands)?;
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            let answer = desk.decide(unit, command)?;
            let serial = answer.as_ref().unwrap_or(&command.serial);
            let issue = desk.purse.get(serial).and_then(|voucher| voucher.issue.as_ref());
            let person = issue.map(|issue| issue.person);
            let person = person.or(command.act.issuing().map(|issuing| issuing.person));
            answers.push((answer.map(|serial| told(&serial, desk.purse.get(&serial))), person));
        }
        desk.purse.write(unit.connection)?;
        Ok(answers)
    }
}

fn told(serial: &Serial, voucher: Option<&Voucher>) -> VoucherTold {
    let issue = voucher.and_then(|voucher| voucher.issue.as_ref());
    VoucherTold {
        serial: serial.to_string(),
        state: voucher.map_or(VoucherState::Printed, |voucher| voucher.state),
        points: issue.map_or(Points::ZERO, |issue| issue.points),
        expires_on: issue.and_then(|issue| issue.expires_on).map(|day| day.number()),
    }
}

/// What a group of commands is decided on.
struct Desk<'r> {
    rulebook: &'r Rulebook,
    purse: Purse,
    /// The credits that are to go onto paper.
    credits: BTreeMap<(AccountId, Seq), Entry>,
}

type Done = Result<(), VoucherRefusal>;
type Issued = Result<Serial, VoucherRefusal>;

impl<'r> Desk<'r> {
    fn load(
        unit: &mut Unit<'_>,
        rulebook: &'r Rulebook,
        commands: &[&VoucherCommand],
    ) -> Result<Self, StoreError> {
        let serials = || commands.iter().map(|command| &command.serial);
        // Whose they are is read before accounts are locked, and again with the vouchers.
        let known = Purse::peek(unit.connection, serials())?;
        let issuing = commands.iter().filter_map(|command| command.act.issuing());
        let wanted: BTreeSet<(AccountId, Seq)> =
            issuing.map(|issuing| (issuing.account(), issuing.lot)).collect();
        unit.load(known.into_iter().chain(wanted.iter().map(|(account, _)| *account)))?;
        let credits = credits(unit.connection, &wanted)?;
        let purse = Purse::load(unit.connection, serials())?;
        if !purse.is_within(unit) {
            return Err(SqlError::new(Class::Conflict, "a voucher was issued meanwhile").into());
        }
        Ok(Self { rulebook, purse, credits })
    }

    /// Decides a command: the serial of the voucher it was done with.
    fn decide(
        &mut self,
        unit: &mut Unit<'_>,
        command: &VoucherCommand,
    ) -> Result<Issued, SqlError> {
        let done = match &command.act {
            VoucherAct::Issue(issuing) => return self.issue(unit, command, issuing),
            VoucherAct::TakeOver { issuing, stub } => {
                self.take_over(unit, command, issuing, *stub)?
            }
            VoucherAct::TakeBack { reason } => self.take_back(unit, command, reason)?,
            VoucherAct::Lose { reason } => self.lose(command, reason),
            VoucherAct::Spoil { institution, reason } => self.spoil(command, institution, reason),
            VoucherAct::Check { institution, points } => self.check(command, institution, *points),
        };
        Ok(done.map(|()| command.serial.clone()))
    }

    fn issue(
        &mut self,
        unit: &mut Unit<'_>,
        command: &VoucherCommand,
        issuing: &Issuing,
    ) -> Result<Issued, SqlError> {
        let voucher = self.purse.get(&command.serial);
        let voucher = voucher.filter(|voucher| voucher.scheme == issuing.scheme);
        let Some(voucher) = voucher else { return Ok(Err(VoucherRefusal::Unknown)) };
        let mut serial = command.serial.clone();
        if let Err(refusal) = voucher.may_be_issued(&issuing.institution) {
            let (scheme, institution) = (&issuing.scheme, &issuing.institution);
            let next = match issuing.or_next {
                true => self.purse.next_stocked(unit.connection, scheme, institution)?,
                false => None,
            };
            match next {
                Some(next) => serial = next,
                None => return Ok(Err(refusal)),
            }
        }
        let issue = match self.bind(unit, command, (&serial, issuing), None)? {
            Ok(issue) => issue,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.purse.change(&serial, |voucher| {
            voucher.state = VoucherState::Issued;
            voucher.issue = Some(issue);
        });
        Ok(Ok(serial))
    }

    fn take_over(
        &mut self,
        unit: &mut Unit<'_>,
        command: &VoucherCommand,
        issuing: &Issuing,
        stub: Points,
    ) -> Result<Done, SqlError> {
        if !command.serial.is_by_hand() {
            return Ok(Err(VoucherRefusal::Unknown));
        }
        if self.purse.get(&command.serial).is_some() {
            return Ok(Err(VoucherRefusal::Known));
        }
        let issue = match self.bind(unit, command, (&command.serial, issuing), Some(stub))? {
            Ok(issue) => issue,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let step = command.step();
        self.purse.add(Voucher {
            serial: command.serial.clone(),
            scheme: issuing.scheme.clone(),
            state: VoucherState::Issued,
            printed: step.clone(),
            institution: Some(issuing.institution.clone()),
            stocked: None,
            issue: Some(issue),
            spent: None,
            void: None,
            ended: None,
            reason: None,
            stub: Some(Stub { step, points: stub }),
        });
        Ok(Ok(()))
    }

    /// Binds what is left of a credit; where a stub was written, it must be that.
    fn bind(
        &self,
        unit: &mut Unit<'_>,
        command: &VoucherCommand,
        (serial, issuing): (&Serial, &Issuing),
        stub: Option<Points>,
    ) -> Result<Result<Issue, VoucherRefusal>, SqlError> {
        let today = command.now.day();
        let scheme = scheme_on(self.rulebook, &issuing.scheme, today);
        if scheme.is_none_or(|scheme| scheme.vouchers.is_none()) {
            return Ok(Err(VoucherRefusal::NoVouchers));
        }
        let (account, lot) = (issuing.account(), issuing.lot);
        let credit = self.credits.get(&(account, lot));
        let Some((credit, source)) = credit.and_then(|one| Some((one, one.source.as_ref()?)))
        else {
            return Ok(Err(VoucherRefusal::NotCredited));
        };
        if issuing.day > today || issuing.day < credit.day {
            return Ok(Err(VoucherRefusal::Day));
        }
        let lots = unit.account(account).map(|account| account.lots.as_slice());
        let left = lots.into_iter().flatten().find(|known| known.seq == lot);
        let left = left.map_or(Points::ZERO, |lot| lot.points);
        if let Some(stub) = stub.filter(|stub| *stub != left) {
            return Ok(Err(VoucherRefusal::StubDiffers { stub, credit: left }));
        }
        // Of nothing the ledger says so; it also says whether the lot is still valid.
        let points = left.max(Points(1));
        let place = (issuing.scheme.as_str(), issuing.institution.as_str());
        let deed = command.deed(serial, (account, issuing.person), place);
        let bound = deed.points(unit, Act::Bind { lot, points })?;
        Ok(bound.map_err(VoucherRefusal::Ledger).map(|hold| Issue {
            account,
            person: issuing.person,
            lot,
            hold,
            points,
            award: source.award.clone(),
            record: source.record,
            expires_on: credit.expires_on,
            day: issuing.day,
            step: command.step(),
            authority: issuing.authority.clone(),
            proxy: issuing.proxy.clone(),
        }))
    }

    fn take_back(
        &mut self,
        unit: &mut Unit<'_>,
        command: &VoucherCommand,
        reason: &str,
    ) -> Result<Done, SqlError> {
        let Some(voucher) = self.purse.get(&command.serial) else {
            return Ok(Err(VoucherRefusal::Unknown));
        };
        let issue = match voucher.may_end(reason, command.now.day()) {
            Ok(issue) => issue,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let place = voucher.institution.clone().unwrap_or_default();
        let (scheme, hold) = (voucher.scheme.clone(), issue.hold);
        let owner = (issue.account, issue.person);
        let deed = command.deed(&command.serial, owner, (&scheme, &place));
        if let Err(refusal) = deed.points(unit, Act::Release { hold })? {
            return Ok(Err(VoucherRefusal::Ledger(refusal)));
        }
        self.end(command, VoucherState::Void, Some(Void::TakenBack), reason);
        Ok(Ok(()))
    }

    fn lose(&mut self, command: &VoucherCommand, reason: &str) -> Done {
        let voucher = self.purse.get(&command.serial).ok_or(VoucherRefusal::Unknown)?;
        voucher.may_end(reason, command.now.day())?;
        self.end(command, VoucherState::Lost, None, reason);
        Ok(())
    }

    fn spoil(&mut self, command: &VoucherCommand, institution: &str, reason: &str) -> Done {
        let voucher = self.purse.get(&command.serial).ok_or(VoucherRefusal::Unknown)?;
        voucher.may_be_issued(institution)?;
        if reason.trim().is_empty() {
            return Err(VoucherRefusal::NoReason);
        }
        self.end(command, VoucherState::Void, Some(Void::Spoiled), reason);
        Ok(())
    }

    /// What a stub says is kept as it is; what differs is listed.
    fn check(&mut self, command: &VoucherCommand, institution: &str, points: Points) -> Done {
        let voucher = self.purse.get(&command.serial).ok_or(VoucherRefusal::Unknown)?;
        if voucher.institution.as_deref() != Some(institution) {
            return Err(VoucherRefusal::Elsewhere);
        }
        let stub = Stub { step: command.step(), points };
        self.purse.change(&command.serial, |voucher| voucher.stub = Some(stub));
        Ok(())
    }

    fn end(
        &mut self,
        command: &VoucherCommand,
        state: VoucherState,
        void: Option<Void>,
        reason: &str,
    ) {
        self.purse.change(&command.serial, |voucher| {
            voucher.state = state;
            voucher.void = void;
            voucher.ended = Some(command.step());
            voucher.reason = Some(reason.to_owned());
        });
    }
}

impl VoucherCommand {
    const fn step(&self) -> Step {
        Step { at: self.now, by: Some(self.by) }
    }

    fn deed<'a>(
        &self,
        serial: &Serial,
        (account, person): (AccountId, HolderId),
        (scheme, place): (&'a str, &'a str),
    ) -> Deed<'a> {
        let cause = cause_of(serial);
        Deed { account, person, scheme, place, cause, by: Some(self.by), now: self.now }
    }
}

/// What an entry names as its cause where a voucher is issued or handed in again.
pub(crate) fn cause_of(serial: &Serial) -> CauseId {
    CauseId::from_bytes(Hash::of(&[b"kangji voucher", serial.as_str().as_bytes()]).uuid())
}

/// The entries of credits that are to go onto paper.
fn credits(
    connection: &mut Connection,
    wanted: &BTreeSet<(AccountId, Seq)>,
) -> Result<BTreeMap<(AccountId, Seq), Entry>, SqlError> {
    let accounts: BTreeSet<&AccountId> = wanted.iter().map(|(account, _)| account).collect();
    let keys: Vec<Value<'_>> = accounts.iter().map(|id| Value::from(id.bytes())).collect();
    let mut found = BTreeMap::new();
    connection.fetch(&ACCOUNT_ENTRIES, 1, &keys, Lock::None, |row| {
        let entry = rows::entry(&row)?;
        let place = (entry.account, entry.seq);
        if entry.kind == EntryKind::Credit && wanted.contains(&place) {
            found.insert(place, entry);
        }
        Ok(())
    })?;
    Ok(found)
}
