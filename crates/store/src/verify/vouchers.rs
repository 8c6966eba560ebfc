//! Vouchers and deductions held against the ledger (P4, P10): what a voucher bears is bound by an
//! entry of its account, and whatever ended the one ended the other. The entries are those that the
//! replay has proved.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{
    Points,
    ids::{AccountId, CauseId},
};
use kangji_ledger::{Entry, EntryKind, Seq};
use kangji_redemption::{
    Voucher, VoucherState,
    voucher::{Issue, Void},
};

use super::{Finding, PaperFinding};
use crate::{
    ledger::rows,
    schema::{ACCOUNT_ENTRIES, VOUCHERS},
    sql::{Connection, Lock, SqlError, Value},
    vouchers::rows as stored,
};

/// Accounts that are looked at together.
const PAGE: usize = 512;

/// What became of points that were bound to a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Spent(Seq, Option<CauseId>),
    Released,
    Lapsed,
    Forfeited,
}

/// Points that were bound to a voucher.
struct Bound {
    lot: Option<Seq>,
    points: Points,
    fate: Fate,
}

/// Compares all vouchers and deductions with the ledger.
pub(super) fn differences(connection: &mut Connection) -> Result<Vec<Finding>, SqlError> {
    let mut findings = Vec::new();
    let mut after: Vec<u8> = Vec::new();
    loop {
        let accounts = next_accounts(connection, &after)?;
        let keys: Vec<Value<'_>> = accounts.iter().map(|id| Value::from(id.bytes())).collect();
        let bound = bound(connection, &keys)?;
        let vouchers = vouchers_of(connection, &accounts, &mut findings)?;
        findings.extend(vouchers.iter().filter_map(|voucher| wrong(voucher, &bound)));
        findings.extend(without_voucher(&vouchers, &bound));
        match accounts.last() {
            Some(last) if accounts.len() == PAGE => after = last.bytes().to_vec(),
            _ => break,
        }
    }
    loose(connection, &mut findings)?;
    deductions(connection, &mut findings)?;
    Ok(findings)
}

/// The next accounts that have something set aside, or vouchers.
fn next_accounts(connection: &mut Connection, after: &[u8]) -> Result<Vec<AccountId>, SqlError> {
    let sql = format!(
        "SELECT id FROM accounts WHERE id > $1 AND (held > 0
            OR EXISTS (SELECT 1 FROM vouchers WHERE vouchers.account = accounts.id))
        ORDER BY id LIMIT {PAGE}"
    );
    let mut accounts = Vec::with_capacity(PAGE);
    connection.query(&sql, &[Value::Bytes(after)], |row| {
        accounts.push(AccountId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    Ok(accounts)
}

type Bindings = BTreeMap<(AccountId, Seq), Bound>;

/// What entries bound to vouchers, and what became of it.
fn bound(connection: &mut Connection, accounts: &[Value<'_>]) -> Result<Bindings, SqlError> {
    let mut bound = Bindings::new();
    connection.fetch(&ACCOUNT_ENTRIES, 1, accounts, Lock::None, |row| {
        // What cannot be read was told of by the replay.
        let Ok(entry) = rows::entry(&row) else { return Ok(()) };
        follow(&mut bound, &entry);
        Ok(())
    })?;
    Ok(bound)
}

fn follow(bound: &mut Bindings, entry: &Entry) {
    use EntryKind as Kind;
    if entry.kind == Kind::Bind {
        let lot = entry.parts.first().map(|part| part.lot);
        let binding = Bound { lot, points: entry.held, fate: Fate::Open };
        bound.insert((entry.account, entry.seq), binding);
        return;
    }
    let fate = match entry.kind {
        Kind::Capture => Fate::Spent(entry.seq, entry.answer.cause),
        Kind::Release => Fate::Released,
        Kind::Lapse => Fate::Lapsed,
        Kind::Forfeit => {
            let own = bound.range_mut((entry.account, Seq(0))..=(entry.account, entry.seq));
            let open = own.map(|(_, bound)| bound).filter(|bound| bound.fate == Fate::Open);
            open.for_each(|bound| bound.fate = Fate::Forfeited);
            return;
        }
        _ => return,
    };
    let binding = entry.refers.and_then(|seq| bound.get_mut(&(entry.account, seq)));
    binding.into_iter().for_each(|binding| binding.fate = fate);
}

fn vouchers_of(
    connection: &mut Connection,
    accounts: &[AccountId],
    findings: &mut Vec<Finding>,
) -> Result<Vec<Voucher>, SqlError> {
    let columns: Vec<&str> = VOUCHERS.columns.iter().map(|column| column.name).collect();
    let sql =
        format!("SELECT {} FROM vouchers WHERE account = $1 ORDER BY serial", columns.join(", "));
    let mut found = Vec::new();
    for account in accounts {
        connection.query(&sql, &[Value::from(account.bytes())], |row| {
            match stored::from_row(&row) {
                Ok(voucher) => found.push(voucher),
                Err(why) => findings
                    .push(Finding::Paper(PaperFinding::VoucherUnreadable(why.to_string().into()))),
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// What of an issued voucher does not follow from the entries of its account.
fn wrong(voucher: &Voucher, bound: &Bindings) -> Option<Finding> {
    let issue = voucher.issue.as_ref()?;
    let differs = |what| {
        let serial = voucher.serial.as_str().into();
        Some(Finding::Paper(PaperFinding::VoucherDiffers { serial, what }))
    };
    let Some(binding) = bound.get(&(issue.account, issue.hold)) else { return differs("hold") };
    if binding.lot != Some(issue.lot) {
        return differs("lot");
    }
    if binding.points != issue.points {
        return differs("points");
    }
    if is_as(voucher, binding.fate) { None } else { differs("state") }
}

/// Whether a voucher stands where what bound its points has come to.
fn is_as(voucher: &Voucher, fate: Fate) -> bool {
    match (voucher.state, voucher.void) {
        (VoucherState::Issued, _) => fate == Fate::Open,
        // A lost one stays lost, and says what became of its points.
        (VoucherState::Lost, None) => fate == Fate::Open,
        (VoucherState::Lost, Some(Void::Recalled)) => fate == Fate::Released,
        (VoucherState::Lost, Some(Void::Expired)) => fate == Fate::Lapsed,
        (VoucherState::Lost, Some(Void::Forfeited)) => fate == Fate::Forfeited,
        (VoucherState::Expired, _) => fate == Fate::Lapsed,
        (VoucherState::Redeemed, _) => voucher
            .spent
            .as_ref()
            .is_some_and(|spent| fate == Fate::Spent(spent.capture, Some(spent.cause))),
        (VoucherState::Void, Some(Void::Recalled)) => fate == Fate::Released,
        // Also where a spending was undone and not all of its points came back.
        (VoucherState::Void, Some(Void::TakenBack)) => {
            matches!(fate, Fate::Released | Fate::Spent(..))
        }
        (VoucherState::Void, Some(Void::Forfeited)) => fate == Fate::Forfeited,
        _ => false,
    }
}

/// Points that are bound and that no voucher bears.
fn without_voucher(vouchers: &[Voucher], bound: &Bindings) -> Vec<Finding> {
    let place = |issue: &Issue| (issue.account, issue.hold);
    let borne: BTreeSet<(AccountId, Seq)> =
        vouchers.iter().filter_map(|voucher| voucher.issue.as_ref()).map(place).collect();
    let open = bound.iter().filter(|(_, binding)| binding.fate == Fate::Open);
    let bare = open.filter(|(place, _)| !borne.contains(place));
    bare.map(|((account, seq), _)| {
        Finding::Paper(PaperFinding::BoundToNothing { account: *account, seq: *seq })
    })
    .collect()
}

/// Vouchers of accounts that are not there, issued ones without an account, and spent ones for
/// which there is neither an order nor a deduction.
fn loose(connection: &mut Connection, findings: &mut Vec<Finding>) -> Result<(), SqlError> {
    let sql = "SELECT vouchers.serial, CASE WHEN accounts.id IS NULL THEN 0 ELSE 1 END
        FROM vouchers
        LEFT JOIN accounts ON accounts.id = vouchers.account
        LEFT JOIN orders ON orders.id = vouchers.spent_for
        LEFT JOIN deductions ON deductions.id = vouchers.spent_for
        WHERE (vouchers.account IS NOT NULL AND accounts.id IS NULL)
            OR (vouchers.account IS NULL
                AND vouchers.state IN ('issued', 'redeemed', 'lost', 'expired'))
            OR (vouchers.state = 'redeemed' AND orders.id IS NULL AND deductions.id IS NULL)
        ORDER BY vouchers.serial";
    connection.query(sql, &[], |row| {
        let what = if row.int(1)? == 0 { "account" } else { "spent_for" };
        findings.push(Finding::Paper(PaperFinding::VoucherDiffers {
            serial: row.text(0)?.into(),
            what,
        }));
        Ok(())
    })
}

/// Deductions whose points are not those that were spent for them: vouchers, and the electronic
/// balance.
fn deductions(connection: &mut Connection, findings: &mut Vec<Finding>) -> Result<(), SqlError> {
    let sql = "SELECT deductions.shop, deductions.receipt FROM deductions
        LEFT JOIN (SELECT spent_for, SUM(points) AS borne FROM vouchers
            WHERE state = 'redeemed' GROUP BY spent_for) paper
            ON paper.spent_for = deductions.id
        WHERE (deductions.state = 'made'
                AND deductions.points <> deductions.electronic + COALESCE(paper.borne, 0))
            OR (deductions.state <> 'made' AND paper.borne IS NOT NULL)
            OR (deductions.electronic > 0 AND deductions.capture IS NULL)
        ORDER BY deductions.shop, deductions.receipt";
    connection.query(sql, &[], |row| {
        let (shop, receipt) = (row.text(0)?.into(), row.text(1)?.into());
        findings.push(Finding::Paper(PaperFinding::DeductionDiffers { shop, receipt }));
        Ok(())
    })
}
