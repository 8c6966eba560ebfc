//! Posting the outcomes of a file, holder by holder: an outcome file says all that a scheme
//! credits, so what is posted and not in it is taken back.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{
    Day, Points,
    ids::{AccountId, HolderId},
};
use kangji_ledger::account_of;

use super::{
    Entered,
    difference::{Amount, Purpose, difference, posted_to},
    settle::{Occasion, Settlement, carry_out},
};
use crate::{
    facts::{holders, records::record_of},
    ledger::rows::day,
    schema::ACCOUNTS,
    sql::{SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// What an outcome file credits to one holder.
#[derive(Clone, Debug)]
pub struct HolderOutcomes {
    /// The holder's code.
    pub holder: String,
    /// Whether the holder is a community, whose account is a pool.
    pub pool: bool,
    /// The credited outcomes with more than zero points.
    pub outcomes: Vec<OutcomeRow>,
}

/// A credited outcome of a file.
#[derive(Clone, Debug)]
pub struct OutcomeRow {
    /// The award's id.
    pub award: String,
    /// The code of the resident concerned.
    pub resident: String,
    /// The record's code; empty for a period award.
    pub record: String,
    /// The period; empty for a record award.
    pub period: String,
    /// The day it counts for.
    pub day: Day,
    /// How many points.
    pub points: Points,
    /// First day they are no longer valid.
    pub expires_on: Option<Day>,
    /// First day of force of the version that says so.
    pub version: Day,
}

impl Store {
    /// The first days of a scheme's published versions, in order; empty for an unknown scheme.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn versions(&self, scheme: &str) -> Result<Vec<Day>, StoreError> {
        let mut days = Vec::new();
        let all = "SELECT first_day FROM scheme_versions WHERE scheme = $1 ORDER BY first_day";
        self.reader()?.query(all, &[Value::Text(scheme)], |row| {
            days.push(day(&row, 0)?);
            Ok(())
        })?;
        Ok(days)
    }

    /// Posts what a file credits to some holders as differences to what is posted to them.
    #[must_use = "what would post into a closed period without a reason is refused"]
    pub fn post_outcomes(
        &self,
        scheme: &str,
        batch: Vec<HolderOutcomes>,
        entered: Entered,
    ) -> Pending<Settlement> {
        let scheme = scheme.to_owned();
        self.work(move |unit| {
            let Entered { now, reason } = entered;
            let people = batch.iter().map(|holder| holder.holder.as_str());
            let residents = batch.iter().flat_map(|holder| &holder.outcomes);
            let residents = residents.map(|outcome| outcome.resident.as_str());
            let ids = holders::ids(unit.connection, people.chain(residents), now)?;
            let id = |code: &str| {
                let missing = || SqlError::other("a holder has no id");
                ids.get(code).copied().ok_or_else(missing)
            };
            let mut owners = BTreeMap::new();
            let mut wanted = BTreeMap::new();
            for HolderOutcomes { holder, pool, outcomes } in &batch {
                let owner = id(holder)?;
                let account = account_of(owner, &scheme);
                owners.insert(account, (owner, *pool));
                for row in outcomes {
                    wanted.insert(purpose(row, account, id(&row.resident)?), amount(row));
                }
            }
            unit.open(owners.into_values(), &scheme)?;
            let accounts = unit.with_entries();
            let posted = posted_to(unit.connection, &accounts)?;
            let occasion = Occasion { as_of: now.day(), now, reason };
            carry_out(unit, &difference(posted, wanted), occasion)
        })
    }

    /// The holders' codes of all accounts of a scheme.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn holders(&self, scheme: &str) -> Result<BTreeSet<String>, StoreError> {
        let mut codes = BTreeSet::new();
        let all = format!(
            "SELECT holders.code FROM {} JOIN holders ON holders.id = accounts.holder
            WHERE accounts.scheme = $1",
            ACCOUNTS.name
        );
        self.reader()?.query(&all, &[Value::Text(scheme)], |row| {
            codes.insert(row.text(0)?.to_owned());
            Ok(())
        })?;
        Ok(codes)
    }
}

fn purpose(row: &OutcomeRow, account: AccountId, resident: HolderId) -> Purpose {
    Purpose {
        account,
        resident,
        award: row.award.clone(),
        record: (!row.record.is_empty()).then(|| record_of(&row.record)),
        period: (!row.period.is_empty()).then(|| row.period.clone()),
    }
}

fn amount(row: &OutcomeRow) -> Amount {
    let OutcomeRow { points, day, expires_on, version, .. } = *row;
    Amount { points, day, expires_on, version }
}
