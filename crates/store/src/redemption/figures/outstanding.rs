//! Points that are still out (P11): what can be redeemed, what is set aside, and what paper vouchers
//! bear.

use std::collections::BTreeMap;

use kangji_core::{Decimals, Points};

use super::FiguresQuery;
use crate::{
    facts::residents::COMMUNITY,
    ledger::rows::number,
    post::rulebook::Rulebook,
    redemption::catalogues::scheme_on,
    sql::{Connection, Row, SqlError, Value},
};

/// The points of a scheme that are still out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// The scheme.
    pub scheme: String,
    /// Its title.
    pub title: String,
    /// The decimal places of its points.
    pub decimals: Decimals,
    /// What can be redeemed.
    pub redeemable: Points,
    /// What is set aside for orders that wait.
    pub held: Points,
    /// What paper vouchers bear, those that are lost included until their day.
    pub on_vouchers: Points,
    /// How many accounts have them.
    pub accounts: u64,
    /// How many of these belong to nobody who lives in a known community; they count in every
    /// area of the scheme.
    pub placeless: u64,
}

/// What a scheme's accounts have.
#[derive(Clone, Copy, Default)]
struct Sums {
    redeemable: i64,
    held: i64,
    on_vouchers: i64,
    accounts: i64,
    placeless: i64,
}

impl Sums {
    fn of(row: &Row<'_>) -> Result<Self, SqlError> {
        let (held, on_vouchers) = (row.int(2)?, row.int(3)?);
        Ok(Self {
            redeemable: row.int(1)?,
            held: held.saturating_sub(on_vouchers),
            on_vouchers,
            accounts: row.int(4)?,
            placeless: 0,
        })
    }

    /// Adds those of nobody who lives in a known community.
    const fn and_placeless(self, other: Self) -> Self {
        Self {
            redeemable: self.redeemable.saturating_add(other.redeemable),
            held: self.held.saturating_add(other.held),
            on_vouchers: self.on_vouchers.saturating_add(other.on_vouchers),
            accounts: self.accounts.saturating_add(other.accounts),
            placeless: self.placeless.saturating_add(other.accounts),
        }
    }
}

/// What the vouchers of an account bear. One that is lost does until it says why its points are
/// gone.
const ON_VOUCHERS: &str = "(SELECT COALESCE(SUM(paper.points), 0) FROM vouchers paper
    WHERE paper.account = accounts.id
        AND (paper.state = 'issued' OR paper.state = 'lost' AND paper.void IS NULL))";

/// Points that are out, with who lives in the area today.
pub(super) fn read(
    connection: &mut Connection,
    rulebook: &Rulebook,
    query: &FiguresQuery,
) -> Result<Vec<Outstanding>, SqlError> {
    let sum = format!(
        "SELECT scheme, CAST(SUM(redeemable) AS BIGINT), CAST(SUM(held) AS BIGINT),
        CAST(SUM({ON_VOUCHERS}) AS BIGINT), COUNT(*) FROM accounts WHERE redeemable + held > 0 AND"
    );
    let lives = format!(
        "SELECT 1 FROM standings lives WHERE lives.resident = accounts.holder
        AND lives.kind = {COMMUNITY} AND lives.first_day <= $1 AND lives.last_day >= $1"
    );
    let (low, high) = query.area.texts();
    let today = Value::Int(number(query.today));
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    let inside = format!(
        "{sum} EXISTS ({lives} AND lives.value >= $2 AND lives.value < $3) GROUP BY scheme"
    );
    connection.query(&inside, &[today, Value::Text(&low), Value::Text(&high)], |row| {
        sums.insert(row.text(0)?.to_owned(), Sums::of(&row)?);
        Ok(())
    })?;
    let nowhere = format!("{sum} NOT EXISTS ({lives}) GROUP BY scheme");
    connection.query(&nowhere, &[today], |row| {
        let scheme = row.text(0)?;
        let known = scheme_on(rulebook, scheme, query.today);
        if known.is_some_and(|scheme| scheme.division.overlaps(query.area)) {
            let sum = sums.entry(scheme.to_owned()).or_default();
            *sum = sum.and_placeless(Sums::of(&row)?);
        }
        Ok(())
    })?;
    let out = |(scheme, sums): (String, Sums)| {
        let known = scheme_on(rulebook, &scheme, query.today);
        Outstanding {
            title: known.map_or_else(|| scheme.clone(), |known| known.title.clone()),
            decimals: known.map(|known| known.decimals).unwrap_or_default(),
            scheme,
            redeemable: Points(sums.redeemable),
            held: Points(sums.held),
            on_vouchers: Points(sums.on_vouchers),
            accounts: sums.accounts.unsigned_abs(),
            placeless: sums.placeless.unsigned_abs(),
        }
    };
    Ok(sums.into_iter().map(out).collect())
}
