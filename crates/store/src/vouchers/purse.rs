//! The vouchers that a group of commands names, locked: looked at, spent, given back. A voucher that
//! comes a second time leaves a case (P13), whether or not anything else is done.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId, HolderId, OfficerId},
};
use kangji_ledger::{Account, Act, Answer, Command, Refusal, Seq};
use kangji_redemption::{
    Voucher, VoucherRefusal, VoucherState,
    fraud::CaseKind,
    order::Step,
    voucher::{Serial, Spent, Void},
};

use super::rows;
use crate::{
    cases::Suspicion,
    ledger::unit::Unit,
    schema::VOUCHERS,
    sql::{Class, Connection, Lock, SqlError, Value},
};

/// Who does something with points, where, and for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deed<'a> {
    pub(crate) account: AccountId,
    pub(crate) person: HolderId,
    pub(crate) scheme: &'a str,
    pub(crate) place: &'a str,
    pub(crate) cause: CauseId,
    pub(crate) by: Option<[u8; 16]>,
    pub(crate) now: Moment,
}

impl Deed<'_> {
    /// Has the ledger decide; the entry's number.
    pub(crate) fn points(
        &self,
        unit: &mut Unit<'_>,
        act: Act,
    ) -> Result<Result<Seq, Refusal>, SqlError> {
        let officer = self.by.map(OfficerId::from_bytes);
        let answer = Answer { officer, cause: Some(self.cause), ..Answer::default() };
        // What it is for tells whether it was done before.
        let command =
            Command { key: None, account: self.account, day: self.now.day(), act, answer };
        Ok(unit.decide(&command, command.input(), self.now)?.map(|entry| entry.seq))
    }

    fn step(&self) -> Step {
        Step { at: self.now, by: self.by }
    }

    /// Who hands vouchers in for it.
    pub(crate) fn hand(&self) -> Hand<'_> {
        Hand { person: self.person, scheme: self.scheme, today: self.now.day() }
    }
}

/// Who hands vouchers in, under which scheme, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hand<'a> {
    pub(crate) person: HolderId,
    pub(crate) scheme: &'a str,
    pub(crate) today: Day,
}

/// Vouchers, and what is to be written of them.
#[derive(Default)]
pub(crate) struct Purse {
    vouchers: BTreeMap<Serial, Voucher>,
    new: BTreeSet<Serial>,
    changed: BTreeSet<Serial>,
    suspicions: Vec<Suspicion>,
}

impl Purse {
    /// Loads vouchers, locked; serials that nobody knows are missing.
    pub(crate) fn load<'s>(
        connection: &mut Connection,
        serials: impl IntoIterator<Item = &'s Serial>,
    ) -> Result<Self, SqlError> {
        Self::fetch(connection, serials, Lock::Rows)
    }

    /// Loads vouchers to look at, not locked.
    pub(crate) fn read<'s>(
        connection: &mut Connection,
        serials: impl IntoIterator<Item = &'s Serial>,
    ) -> Result<Self, SqlError> {
        Self::fetch(connection, serials, Lock::None)
    }

    fn fetch<'s>(
        connection: &mut Connection,
        serials: impl IntoIterator<Item = &'s Serial>,
        lock: Lock,
    ) -> Result<Self, SqlError> {
        let serials: BTreeSet<&Serial> = serials.into_iter().collect();
        let keys: Vec<Value<'_>> =
            serials.iter().map(|serial| Value::Text(serial.as_str())).collect();
        let mut purse = Self::default();
        connection.fetch(&VOUCHERS, 1, &keys, lock, |row| {
            let voucher = rows::from_row(&row)?;
            purse.vouchers.insert(voucher.serial.clone(), voucher);
            Ok(())
        })?;
        Ok(purse)
    }

    /// The accounts whose points vouchers bear, not locked.
    pub(crate) fn peek<'s>(
        connection: &mut Connection,
        serials: impl IntoIterator<Item = &'s Serial>,
    ) -> Result<Vec<AccountId>, SqlError> {
        let issues = Self::read(connection, serials)?.vouchers.into_values();
        Ok(issues.filter_map(|voucher| voucher.issue).map(|issue| issue.account).collect())
    }

    /// Whether the accounts of all vouchers are loaded: one that somebody issued after the
    /// accounts were named is not.
    pub(super) fn is_within(&self, unit: &Unit<'_>) -> bool {
        let mut issues = self.vouchers.values().filter_map(|voucher| voucher.issue.as_ref());
        issues.all(|issue| unit.account(issue.account).is_some())
    }

    /// Loads also the vouchers that were spent for something, locked.
    pub(crate) fn load_spent_for(
        &mut self,
        connection: &mut Connection,
        causes: &[CauseId],
    ) -> Result<(), SqlError> {
        let mut serials = Vec::new();
        for cause in causes {
            let sql = "SELECT serial FROM vouchers WHERE spent_for = $1";
            connection.query(sql, &[Value::from(cause.bytes())], |row| {
                let serial = row.text(0)?.parse::<Serial>();
                serials.push(serial.map_err(|_| row.problem(0, "holds no serial"))?);
                Ok(())
            })?;
        }
        if serials.is_empty() {
            return Ok(());
        }
        let Self { vouchers, .. } = Self::load(connection, &serials)?;
        self.vouchers.extend(vouchers);
        Ok(())
    }

    pub(crate) fn get(&self, serial: &Serial) -> Option<&Voucher> {
        self.vouchers.get(serial)
    }

    /// The next voucher of an institution's stock that nobody of the group names, locked.
    pub(super) fn next_stocked(
        &mut self,
        connection: &mut Connection,
        scheme: &str,
        institution: &str,
    ) -> Result<Option<Serial>, SqlError> {
        let sql = "SELECT serial FROM vouchers
            WHERE institution = $1 AND state = 'stocked' AND scheme = $2
            ORDER BY serial LIMIT $3";
        let many = i64::try_from(self.vouchers.len()).unwrap_or(i64::MAX).saturating_add(1);
        let values = [Value::Text(institution), Value::Text(scheme), Value::Int(many)];
        let mut next = None;
        connection.query(sql, &values, |row| {
            let serial = row.text(0)?.parse::<Serial>();
            let serial = serial.map_err(|_| row.problem(0, "holds no serial"))?;
            if next.is_none() && !self.vouchers.contains_key(&serial) {
                next = Some(serial);
            }
            Ok(())
        })?;
        let Some(serial) = next else { return Ok(None) };
        let Self { vouchers, .. } = Self::load(connection, [&serial])?;
        if !vouchers.values().all(|voucher| voucher.may_be_issued(institution).is_ok()) {
            return Err(SqlError::new(Class::Conflict, "somebody was quicker"));
        }
        self.vouchers.extend(vouchers);
        Ok(Some(serial))
    }

    /// Adds a voucher that was not there.
    pub(super) fn add(&mut self, voucher: Voucher) {
        self.new.insert(voucher.serial.clone());
        self.vouchers.insert(voucher.serial.clone(), voucher);
    }

    pub(super) fn change(&mut self, serial: &Serial, change: impl FnOnce(&mut Voucher)) {
        if let Some(voucher) = self.vouchers.get_mut(serial) {
            change(voucher);
            if !self.new.contains(serial) {
                self.changed.insert(serial.clone());
            }
        }
    }

    /// What vouchers bear, if all of them can be spent by one person on a day; otherwise the first
    /// that cannot, and why.
    pub(crate) fn look(
        &self,
        unit: &Unit<'_>,
        serials: &[Serial],
        deed: &Deed<'_>,
    ) -> Result<Points, (Serial, VoucherRefusal)> {
        let each = self.each(unit.account(deed.account), serials, deed.hand());
        each.into_iter().try_fold(Points::ZERO, |sum, (serial, borne)| {
            let borne = borne.map_err(|why| (serial.clone(), why))?;
            Ok(sum.saturating_add(borne))
        })
    }

    /// What each of some vouchers bears, or why it cannot be spent.
    pub(crate) fn each<'s>(
        &self,
        account: Option<&Account>,
        serials: &'s [Serial],
        hand: Hand<'_>,
    ) -> Vec<(&'s Serial, Result<Points, VoucherRefusal>)> {
        let shortfall = account.map_or(Points::ZERO, |account| account.shortfall);
        let mut seen = BTreeSet::new();
        let borne = |serial| (serial, self.borne(serial, hand, !seen.insert(serial), shortfall));
        serials.iter().map(borne).collect()
    }

    fn borne(
        &self,
        serial: &Serial,
        hand: Hand<'_>,
        is_twice: bool,
        shortfall: Points,
    ) -> Result<Points, VoucherRefusal> {
        let voucher = self.get(serial).filter(|voucher| voucher.scheme == hand.scheme);
        let voucher = voucher.ok_or(VoucherRefusal::Unknown)?;
        let issue = voucher.may_be_presented(hand.person, hand.today)?;
        if is_twice {
            return Err(VoucherRefusal::Twice);
        }
        if shortfall > Points::ZERO {
            return Err(VoucherRefusal::Ledger(Refusal::Short { shortfall }));
        }
        Ok(issue.points)
    }

    /// Opens a case where a voucher that was refused should not have come.
    pub(crate) fn suspect(&mut self, serial: &Serial, why: &VoucherRefusal, deed: &Deed<'_>) {
        if !why.is_suspicious() {
            return;
        }
        let spent = self.get(serial).and_then(|voucher| voucher.spent.as_ref());
        let kind = match why {
            VoucherRefusal::Redeemed { .. } => CaseKind::SecondPresentation,
            _ => CaseKind::LostPresented,
        };
        self.suspicions.push(Suspicion {
            kind,
            scheme: deed.scheme.to_owned(),
            serial: serial.clone(),
            place: deed.place.to_owned(),
            first: spent.map(|spent| (spent.place.clone(), spent.step.at)),
            by: deed.by,
            at: deed.now,
        });
    }

    /// Spends vouchers that [`Purse::look`] found good.
    pub(crate) fn spend(
        &mut self,
        unit: &mut Unit<'_>,
        serials: &[Serial],
        deed: &Deed<'_>,
    ) -> Result<(), SqlError> {
        for serial in serials {
            let hold = self.get(serial).and_then(|voucher| voucher.issue.as_ref());
            let hold = hold.ok_or_else(|| SqlError::other("a voucher was not issued"))?.hold;
            let capture = deed.points(unit, Act::Capture { hold })?;
            // It was looked at: only a database that contradicts itself refuses now.
            let capture =
                capture.map_err(|why| SqlError::shape(format!("voucher `{serial}`: {why}")))?;
            let spent = Spent {
                step: deed.step(),
                place: deed.place.to_owned(),
                cause: deed.cause,
                capture,
            };
            self.change(serial, |voucher| {
                voucher.state = VoucherState::Redeemed;
                voucher.spent = Some(spent);
            });
        }
        Ok(())
    }

    /// The vouchers that were spent for something.
    pub(crate) fn spent_for(&self, cause: CauseId) -> Vec<Serial> {
        let spent =
            |voucher: &&Voucher| voucher.spent.as_ref().is_some_and(|spent| spent.cause == cause);
        self.vouchers.values().filter(spent).map(|voucher| voucher.serial.clone()).collect()
    }

    /// Gives the points of spent vouchers back to the electronic balance; the paper stays where it
    /// is.
    pub(crate) fn refund(
        &mut self,
        unit: &mut Unit<'_>,
        deed: &Deed<'_>,
    ) -> Result<Result<(), Refusal>, SqlError> {
        for serial in self.spent_for(deed.cause) {
            let spent = self.get(&serial).and_then(|voucher| voucher.spent.as_ref());
            let Some(capture) = spent.map(|spent| spent.capture) else { continue };
            if let Err(refusal) = deed.points(unit, Act::Refund { capture })? {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(()))
    }

    /// Undoes a spending of the same day: the paper goes back to the person, with its points. Where
    /// they did not all come back, what did is on the electronic balance and the paper is void.
    pub(crate) fn hand_back(
        &mut self,
        unit: &mut Unit<'_>,
        deed: &Deed<'_>,
    ) -> Result<Result<(), Refusal>, SqlError> {
        if let Err(refusal) = self.refund(unit, deed)? {
            return Ok(Err(refusal));
        }
        for serial in self.spent_for(deed.cause) {
            let issue = self.get(&serial).and_then(|voucher| voucher.issue.as_ref());
            let Some((lot, points)) = issue.map(|issue| (issue.lot, issue.points)) else {
                continue;
            };
            let bound = deed.points(unit, Act::Bind { lot, points })?;
            self.change(&serial, |voucher| {
                voucher.spent = None;
                match (bound, &mut voucher.issue) {
                    (Ok(hold), Some(issue)) => {
                        voucher.state = VoucherState::Issued;
                        issue.hold = hold;
                    }
                    _ => {
                        voucher.state = VoucherState::Void;
                        voucher.void = Some(Void::TakenBack);
                        voucher.ended = Some(deed.step());
                    }
                }
            });
        }
        Ok(Ok(()))
    }

    /// Writes what has changed.
    pub(crate) fn write(self, connection: &mut Connection) -> Result<(), SqlError> {
        let Self { vouchers, new, changed, suspicions } = self;
        let named = |serials: &BTreeSet<Serial>| {
            rows::rows(serials.iter().filter_map(|serial| vouchers.get(serial)))
        };
        connection.insert(&VOUCHERS, &named(&new))?;
        connection.update(&VOUCHERS, &named(&changed))?;
        suspicions.iter().try_for_each(|suspicion| suspicion.keep(connection))
    }
}
