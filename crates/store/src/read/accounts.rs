//! Balances and entries of accounts, as far as a permit reaches.

use std::collections::{BTreeMap, HashMap};

use kangji_core::{
    Day, Decimals, Period, PeriodKind, Points, Span,
    ids::{AccountId, HolderId, OrderId},
};
use kangji_ledger::{Account, Entry, Lot, account_of};
use kangji_rights::Permit;
use kangji_rules::{
    explain::Viewer,
    scheme::{Award, HolderType},
    score::Program,
};

use super::{Reading, named};
use crate::{
    access::filter::{Filter, allows},
    ledger::rows::{self, number, stored_seq},
    post::told::may_name,
    schema::{ACCOUNTS, ENTRIES, HOLDERS},
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
    vouchers::held,
};

/// How far ahead points count as expiring soon.
const SOON: Span = Span::Days(90);

/// What an account holds on a day, in the scheme's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The scheme.
    pub scheme: String,
    /// Decimal places of its points.
    pub decimals: Decimals,
    /// All points earned and not taken back (S7).
    pub total: Points,
    /// What can be redeemed.
    pub redeemable: Points,
    /// What is set aside for orders.
    pub held: Points,
    /// What paper vouchers bear, those that are lost included.
    pub on_vouchers: Points,
    /// What reversals took that was spent already.
    pub shortfall: Points,
    /// What lapses within 90 days, by the day.
    pub expiring: Vec<Lapsing>,
}

/// Points that lapse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lapsing {
    /// The first day on which they are no longer valid.
    pub day: Day,
    /// How many.
    pub points: Points,
    /// Those of them on paper vouchers that can be used.
    pub on_vouchers: Points,
}

/// An entry with the balances after it.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The entry.
    pub entry: Entry,
    /// The award's id, unless there is none or it would name an illness to the viewer.
    pub award: Option<String>,
    /// What it is called: the award as the viewer may read it, what was ordered, the voucher, the
    /// shop.
    pub title: Option<String>,
    /// The order that made it.
    pub order: Option<OrderId>,
    /// The serial of the voucher whose points it bound, spent or gave back.
    pub voucher: Option<String>,
    /// All points after it.
    pub total: Points,
    /// What can be redeemed after it; lapsed points that no job has cleared yet included.
    pub redeemable: Points,
}

/// Entries of an account.
#[derive(Clone, Debug)]
pub enum Entries {
    /// The permit does not reach the holder, or there is no such account.
    Nothing,
    /// The account holds points for helping others: whoever may not know illnesses reads totals
    /// of months in the statement, since an entry would tell what came of a report (T10).
    Withheld,
    /// Entries in order.
    Some(Decimals, Vec<Posted>),
}

impl Store {
    /// What a holder has under each scheme; `None` where the permit does not reach them or nobody
    /// has the id. Only staff in whose care the holder is read in a total what came of a report of
    /// the running month (T10).
    ///
    /// # Errors
    /// Where the database fails.
    pub fn balances(
        &self,
        holder: HolderId,
        reading: Reading<'_>,
    ) -> Result<Option<Vec<Balance>>, StoreError> {
        let Reading { permit, care, own, today } = reading;
        let mut connection = self.reader()?;
        let filter = Filter::new(permit, "accounts.holder", None, today, 2);
        let columns: Vec<&str> = ACCOUNTS.columns.iter().map(|column| column.name).collect();
        let sql = format!(
            "SELECT {} FROM accounts WHERE holder = $1 AND {} ORDER BY scheme",
            columns.join(", "),
            filter.sql
        );
        let values: Vec<Value<'_>> =
            std::iter::once(Value::from(holder.bytes())).chain(filter.values()).collect();
        let mut found = Vec::new();
        connection.query(&sql, &values, |row| {
            found.push(rows::account(&row)?);
            Ok(())
        })?;
        if found.is_empty() {
            let known = is_known(&mut connection, holder)?
                && allows(&mut connection, permit, holder, None, today)?;
            return Ok(known.then(Vec::new));
        }
        // Read anew only where a scheme is not known here yet: neither the decimal places of one
        // nor whom its awards are for ever change.
        let known = self.known_rulebook();
        let all = found.iter().all(|stored| known.program(&stored.scheme).is_some());
        let rulebook = if all { known } else { self.rulebook()(&mut connection)? };
        let mut balances = Vec::with_capacity(found.len());
        for stored in found {
            let Some(program) = rulebook.program(&stored.scheme) else { continue };
            let usable = usable(&mut connection, &stored.account)?;
            let decimals = program.decimals();
            let mut balance = balance(&stored.account, &stored.scheme, decimals, &usable, today);
            let withheld = awards(program).any(is_helping)
                && (own.is_some() || !may_know(&mut connection, care, holder, today)?);
            if withheld {
                let helping = |id: &str| awards(program).any(|one| is_helping(one) && one.id == id);
                let hidden = this_month(&mut connection, stored.account.id, helping, today)?;
                let is_shown = |lot: &&Lot| lot.day < month(today);
                let electronic = stored.account.lots.iter().filter(is_shown);
                balance.expiring = expiring(electronic, usable.iter().filter(is_shown), today);
                balance.total = balance.total.left_after(hidden);
                balance.redeemable = Points(balance.redeemable.0.saturating_sub(hidden.0));
            }
            balances.push(balance);
        }
        Ok(Some(balances))
    }

    /// Entries of a holder's account, those after the one of a number, up to a limit.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn entries(
        &self,
        (holder, scheme): (HolderId, &str),
        (after, limit): (u64, u32),
        reading: Reading<'_>,
    ) -> Result<Entries, StoreError> {
        let Reading { permit, care, own, today } = reading;
        let mut connection = self.reader()?;
        connection.begin_read()?;
        if !allows(&mut connection, permit, holder, None, today)? {
            return Ok(Entries::Nothing);
        }
        let rulebook = self.rulebook()(&mut connection)?;
        let (Some(program), account) = (rulebook.program(scheme), account_of(holder, scheme))
        else {
            return Ok(Entries::Nothing);
        };
        let full = may_know(&mut connection, care, holder, today)?;
        let on_duty = full && own.is_none();
        if !on_duty && awards(program).any(is_helping) {
            return Ok(Entries::Withheld);
        }
        let viewer = if full { Viewer::Staff } else { Viewer::Public };
        let posted = page(&mut connection, program, account, (after, limit), viewer)?;
        let decimals = program.decimals();
        connection.rollback();
        Ok(posted.map_or(Entries::Nothing, |posted| Entries::Some(decimals, posted)))
    }
}

fn awards(program: &Program) -> impl Iterator<Item = &Award> {
    program.versions().iter().flat_map(|scheme| &scheme.awards)
}

/// Whether an award is for helping others.
pub(crate) fn is_helping(award: &Award) -> bool {
    matches!(award.to, HolderType::Worker | HolderType::Community)
}

/// What vouchers bear that can be used: those that are not lost (P9).
fn usable(connection: &mut Connection, account: &Account) -> Result<Vec<Lot>, SqlError> {
    if account.vouchers.is_empty() {
        return Ok(Vec::new());
    }
    let lost = held::lost(connection, account.id)?;
    let usable = account.vouchers.iter().filter(|voucher| !lost.contains(&voucher.seq));
    Ok(usable.flat_map(|voucher| voucher.parts.iter().copied()).collect())
}

fn balance(
    account: &Account,
    scheme: &str,
    decimals: Decimals,
    usable: &[Lot],
    today: Day,
) -> Balance {
    let on_vouchers = account.on_vouchers();
    Balance {
        scheme: scheme.to_owned(),
        decimals,
        total: account.total,
        redeemable: account.redeemable(today),
        held: account.held.left_after(on_vouchers),
        on_vouchers,
        shortfall: account.shortfall,
        expiring: expiring(account.lots.iter(), usable.iter(), today),
    }
}

/// What lapses soon, by day.
fn expiring<'l>(
    electronic: impl Iterator<Item = &'l Lot>,
    on_paper: impl Iterator<Item = &'l Lot>,
    today: Day,
) -> Vec<Lapsing> {
    let horizon = today.plus(SOON);
    let mut by_day: BTreeMap<Day, [Points; 2]> = BTreeMap::new();
    let all = electronic.map(|lot| (lot, false)).chain(on_paper.map(|lot| (lot, true)));
    for (lot, is_on_paper) in all.filter(|(lot, _)| lot.is_valid_on(today)) {
        let Some(day) = lot.expires_on.filter(|day| *day <= horizon) else { continue };
        let [points, on_vouchers] = by_day.entry(day).or_default();
        *points = points.saturating_add(lot.points);
        if is_on_paper {
            *on_vouchers = on_vouchers.saturating_add(lot.points);
        }
    }
    let each = by_day.into_iter();
    each.map(|(day, [points, on_vouchers])| Lapsing { day, points, on_vouchers }).collect()
}

/// The first day of the month.
fn month(today: Day) -> Day {
    Period::containing(PeriodKind::Month, today).days().from
}

fn is_known(connection: &mut Connection, holder: HolderId) -> Result<bool, SqlError> {
    let mut known = false;
    connection.fetch(&HOLDERS, 1, &[Value::from(holder.bytes())], Lock::None, |_| {
        known = true;
        Ok(())
    })?;
    Ok(known)
}

/// Whether somebody's illnesses may be known.
pub(crate) fn may_know(
    connection: &mut Connection,
    care: Option<&Permit>,
    holder: HolderId,
    today: Day,
) -> Result<bool, SqlError> {
    match care {
        Some(care) => allows(connection, care, holder, None, today),
        None => Ok(false),
    }
}

/// What was credited for helping others in the month that is not over, less what was taken back.
pub(crate) fn this_month(
    connection: &mut Connection,
    account: AccountId,
    helping: impl Fn(&str) -> bool,
    today: Day,
) -> Result<Points, SqlError> {
    let (mut credits, mut taken) = (HashMap::new(), Vec::new());
    let sql = "SELECT seq, kind, refers, award, total FROM account_entries
        WHERE account = $1 AND day >= $2 ORDER BY seq";
    connection.query(sql, &[Value::from(account.bytes()), number(month(today)).into()], |row| {
        if row.opt_text(3)?.is_some_and(&helping) {
            credits.insert(row.int(0)?, row.int(4)?);
        }
        taken.extend(row.opt_int(2)?);
        Ok(())
    })?;
    taken.iter().for_each(|seq| {
        credits.remove(seq);
    });
    Ok(credits.into_values().fold(Points::ZERO, |sum, points| sum.saturating_add(Points(points))))
}

/// A page of entries, with the balances after each; `None` where the account is not open.
pub(super) fn page(
    connection: &mut Connection,
    program: &Program,
    account: AccountId,
    (after, limit): (u64, u32),
    viewer: Viewer,
) -> Result<Option<Vec<Posted>>, SqlError> {
    let (id, after) = (Value::from(account.bytes()), stored_seq(kangji_ledger::Seq(after)));
    let (mut open, mut total, mut redeemable) = (false, Points::ZERO, Points::ZERO);
    connection.fetch(&ACCOUNTS, 1, &[id], Lock::None, |_| {
        open = true;
        Ok(())
    })?;
    let before = "SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT),
        CAST(COALESCE(SUM(redeemable), 0) AS BIGINT) FROM account_entries
        WHERE account = $1 AND seq <= $2";
    connection.query(before, &[id, after], |row| {
        (total, redeemable) = (Points(row.int(0)?), Points(row.int(1)?));
        Ok(())
    })?;
    let columns: Vec<&str> = ENTRIES.columns.iter().map(|column| column.name).collect();
    let sql = format!(
        "SELECT {} FROM account_entries WHERE account = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        columns.join(", ")
    );
    let mut posted = Vec::new();
    connection.query(&sql, &[id, after, Value::Int(i64::from(limit))], |row| {
        let entry = rows::entry(&row)?;
        total = Points(total.0.saturating_add(entry.total.0));
        redeemable = Points(redeemable.0.saturating_add(entry.redeemable.0));
        let award = entry.source.as_ref().and_then(|source| {
            program.award_ix(&source.award).and_then(|award| program.newest_award(award))
        });
        let open = award.filter(|award| may_name(award, viewer));
        let title = open.map(|award| award.name.as_str());
        let title = title.or(award.map(Award::name_for_public)).map(ToOwned::to_owned);
        let award = open.map(|award| award.id.clone());
        let (order, voucher) = (None, None);
        posted.push(Posted { entry, award, title, order, voucher, total, redeemable });
        Ok(())
    })?;
    named::name(connection, account, &mut posted)?;
    Ok(open.then_some(posted))
}
