//! What a group of deductions is decided on, as the database has it: agreements, who lives where,
//! what was used before, the vouchers, locked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kangji_core::{
    Day, Division, Fen, Period, PeriodKind, Points,
    ids::{AccountId, CauseId, DeductionId, HolderId},
};
use kangji_ledger::account_of;
use kangji_redemption::{
    Agreement, Deduction, ShopRefusal,
    partner::{NewDeduction, Used},
};

use super::{
    agreements,
    deductions::{self, Receipt},
};
use crate::{
    facts::{ResidentFact, residents},
    ledger::{rows::number, unit::Unit},
    redemption::is_open,
    sql::{Connection, Lock, SqlError, Value},
    store::StoreError,
    vouchers::purse::{Deed, Purse},
};

/// What a group of deductions is decided on.
pub(super) struct Till {
    agreements: Vec<Agreement>,
    open: BTreeSet<String>,
    people: HashMap<HolderId, ResidentFact>,
    used: BTreeMap<(AccountId, String), Used>,
    pub(super) known: BTreeMap<Receipt, Deduction>,
    pub(super) purse: Purse,
}

/// What can be taken off a bill.
pub(super) struct Quoted<'t> {
    pub(super) agreement: &'t Agreement,
    /// Those of the electronic balance.
    pub(super) electronic: Points,
    /// Those and the ones on vouchers.
    pub(super) points: Points,
    pub(super) off: Fen,
    /// What can be used at the most, vouchers and all.
    pub(super) usable: Points,
}

impl Till {
    /// Loads what new deductions and those that are to be called off rest on.
    pub(super) fn load(
        unit: &mut Unit<'_>,
        wanted: &[&NewDeduction],
        cancelled: &[DeductionId],
        today: Day,
    ) -> Result<Self, StoreError> {
        let connection = &mut *unit.connection;
        let cancelled = deductions::receipts_of(connection, cancelled)?;
        let mut receipts: BTreeSet<Receipt> =
            wanted.iter().map(|new| (new.shop.clone(), new.receipt.clone())).collect();
        receipts.extend(cancelled.iter().cloned());
        // Whose points they are never changes; the rows are read again once accounts are locked.
        let before = deductions::read(connection, &cancelled, Lock::None)?;
        let spending = wanted.iter().map(|new| account_of(new.person, &new.scheme));
        unit.load(spending.chain(before.iter().map(|known| known.account)))?;
        let connection = &mut *unit.connection;
        let known = deductions::read(connection, &receipts, Lock::Rows)?;
        let mut purse = Purse::load(connection, wanted.iter().flat_map(|new| &new.vouchers))?;
        let causes: Vec<CauseId> =
            before.iter().map(|known| CauseId::from_bytes(*known.id.bytes())).collect();
        purse.load_spent_for(connection, &causes)?;
        let shops: BTreeSet<&str> = wanted.iter().map(|new| new.shop.as_str()).collect();
        let shops: Vec<&str> = shops.into_iter().collect();
        let agreements = agreements::in_force(connection, &shops, today)?;
        let open = is_open(connection, &shops)?;
        let people: BTreeSet<HolderId> = wanted.iter().map(|new| new.person).collect();
        let people = residents::known(connection, &people.into_iter().collect::<Vec<_>>())?;
        let people = people.into_iter().map(|(id, (fact, _))| (id, fact)).collect();
        let used = used(connection, wanted, &agreements, today)?;
        let of_receipt = |one: Deduction| ((one.shop.clone(), one.receipt.clone()), one);
        let known = known.into_iter().map(of_receipt).collect();
        Ok(Self { agreements, open, people, used, known, purse })
    }

    /// What can be taken off, after all that was decided before: with so many electronic points,
    /// or with as many as are best. A voucher that should not have come is remembered (P13).
    pub(super) fn quote(
        &mut self,
        unit: &Unit<'_>,
        new: &NewDeduction,
        electronic: Option<Points>,
        deed: &Deed<'_>,
    ) -> Result<Quoted<'_>, ShopRefusal> {
        let of_shop = |one: &&Agreement| one.shop == new.shop && one.scheme == new.scheme;
        let agreement = self.agreements.iter().find(of_shop);
        let agreement = agreement.filter(|_| self.open.contains(&new.shop));
        let agreement = agreement.ok_or(ShopRefusal::NoAgreement)?;
        if new.receipt.trim().is_empty() || new.bill <= Fen::ZERO || new.points < Points::ZERO {
            return Err(ShopRefusal::Nothing);
        }
        let today = deed.now.day();
        let homes = self.people.get(&new.person).map(|fact| fact.communities.as_slice());
        let homes = homes.into_iter().flatten().filter(|(_, days)| days.contains(today));
        let mut homes = homes.filter_map(|(code, _)| Division::parse(code));
        if !homes.any(|home| agreement.area.contains(home)) {
            return Err(ShopRefusal::NotResident);
        }
        let borne = match self.purse.look(unit, &new.vouchers, deed) {
            Ok(borne) => borne,
            Err((serial, why)) => {
                self.purse.suspect(&serial, &why, deed);
                return Err(ShopRefusal::Voucher { serial: serial.to_string(), why });
            }
        };
        let used = self.used.get(&(deed.account, new.shop.clone())).copied().unwrap_or_default();
        let account = unit.account(deed.account);
        let balance = account.map_or(Points::ZERO, |account| account.redeemable(today));
        let best = agreement.best(new.bill, borne, balance, used);
        let electronic = electronic.unwrap_or(best);
        let points = borne.saturating_add(electronic);
        if points == Points::ZERO {
            return Err(agreement.why_none(balance, used, today));
        }
        let off = agreement.off(new.bill, points, used, today)?;
        let usable = borne.saturating_add(best);
        Ok(Quoted { agreement, electronic, points, off, usable })
    }

    /// The deduction with an id.
    pub(super) fn by_id(&self, id: DeductionId) -> Option<&Deduction> {
        self.known.values().find(|known| known.id == id)
    }

    /// Counts points towards the limits, or no longer.
    pub(super) fn count(&mut self, account: AccountId, shop: &str, points: Points) {
        let used = self.used.entry((account, shop.to_owned())).or_default();
        used.today = used.today.saturating_add(points);
        used.month = used.month.saturating_add(points);
    }
}

/// What people used at shops whose agreements have limits.
fn used(
    connection: &mut Connection,
    wanted: &[&NewDeduction],
    agreements: &[Agreement],
    today: Day,
) -> Result<BTreeMap<(AccountId, String), Used>, SqlError> {
    let first = Period::containing(PeriodKind::Month, today).days().from;
    let sql = "SELECT day, points FROM deductions
        WHERE account = $1 AND shop = $2 AND day >= $3 AND state = 'made'";
    let mut all = BTreeMap::new();
    for new in wanted {
        let limited = agreements.iter().any(|one| {
            one.shop == new.shop && (one.day_limit.is_some() || one.month_limit.is_some())
        });
        let place = (account_of(new.person, &new.scheme), new.shop.clone());
        if !limited || all.contains_key(&place) {
            continue;
        }
        let mut used = Used::default();
        let values =
            [Value::from(place.0.bytes()), Value::Text(&new.shop), Value::Int(number(first))];
        connection.query(sql, &values, |row| {
            let points = Points(row.int(1)?);
            used.month = used.month.saturating_add(points);
            if row.int(0)? == number(today) {
                used.today = used.today.saturating_add(points);
            }
            Ok(())
        })?;
        all.insert(place, used);
    }
    Ok(all)
}
