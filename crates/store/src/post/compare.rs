//! Whether everything that is posted is what a recomputation of all facts says, and nothing is
//! missing.

use std::collections::{BTreeMap, HashMap};

use kangji_core::{Day, Points, ids::HolderId};

use super::{
    difference::{Amount, Difference, Purpose, difference, posted},
    wanted::Scored,
};
use crate::{
    facts::holders,
    sql::{Connection, SqlError, Value},
    store::{Store, StoreError},
};

/// Something that is posted otherwise than it is scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The scheme.
    pub scheme: String,
    /// The code of the resident concerned.
    pub resident: String,
    /// The award.
    pub award: String,
    /// The code of the record, or the period.
    pub subject: String,
    /// What is posted; `None`: nothing.
    pub posted: Option<Points>,
    /// What is scored; `None`: nothing.
    pub scored: Option<Points>,
}

/// What a comparison found.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// How many residents were scored.
    pub residents: usize,
    /// How many credits stand in the ledger.
    pub posted: usize,
    /// What differs.
    pub mismatches: Vec<Mismatch>,
}

impl Store {
    /// Scores everybody anew and compares with what is posted, in one view of the database.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn compare(&self, as_of: Day) -> Result<Comparison, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let everyone = everyone(&mut connection)?;
        let mut comparison = Comparison { residents: everyone.len(), ..Comparison::default() };
        for program in &rulebook.programs {
            let posted = posted(&mut connection, program.scheme_id(), &everyone)?;
            let scored = Scored::of(&mut connection, &rulebook, program, &everyone, as_of)?;
            let mut ids = holders::known(&mut connection, scored.other_holders())?;
            for code in scored.other_holders() {
                // Nobody knows this holder, so nothing can be posted to it: a mismatch.
                ids.entry(code.to_owned()).or_insert(HolderId::from_bytes([0; 16]));
            }
            let wanted = scored.wanted(program, &ids)?;
            let wanted = wanted.into_iter().map(|(purpose, (amount, _))| (purpose, amount));
            comparison.posted += posted.len();
            let found = difference(posted, wanted.collect());
            let scheme = program.scheme_id();
            let mismatches = mismatches(&mut connection, scheme, &found, &scored)?;
            comparison.mismatches.extend(mismatches);
        }
        connection.rollback();
        Ok(comparison)
    }
}

/// Everybody who is a resident, has a record, or was ever credited for.
fn everyone(connection: &mut Connection) -> Result<Vec<HolderId>, SqlError> {
    let mut all = Vec::new();
    let union = "SELECT id FROM residents UNION SELECT resident FROM records
        UNION SELECT resident FROM entries WHERE resident IS NOT NULL ORDER BY 1";
    let none: &[Value<'_>] = &[];
    connection.query(union, none, |row| {
        all.push(HolderId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    Ok(all)
}

fn mismatches(
    connection: &mut Connection,
    scheme: &str,
    found: &Difference,
    scored: &Scored,
) -> Result<Vec<Mismatch>, SqlError> {
    let reversed = found.reverse.iter().map(|(purpose, _, amount)| (purpose, Some(*amount), None));
    let credited = found.credit.iter().map(|(purpose, amount)| (purpose, None, Some(*amount)));
    let mut pairs: BTreeMap<&Purpose, (Option<Amount>, Option<Amount>)> = BTreeMap::new();
    for (purpose, posted, scored) in reversed.chain(credited) {
        let pair = pairs.entry(purpose).or_default();
        *pair = (pair.0.or(posted), pair.1.or(scored));
    }
    let residents: Vec<HolderId> = pairs.keys().map(|purpose| purpose.resident).collect();
    let codes = holders::codes(connection, &residents)?;
    let records: HashMap<_, _> = scored.records.iter().map(|(sym, id)| (*id, *sym)).collect();
    let mismatch = |(purpose, (posted, expected)): (&Purpose, (Option<Amount>, Option<Amount>))| {
        let known = purpose.record.map(|record| match records.get(&record) {
            Some(sym) => scored.facts.text(*sym).to_owned(),
            None => record.to_string(),
        });
        Mismatch {
            scheme: scheme.to_owned(),
            resident: codes.get(&purpose.resident).cloned().unwrap_or_default(),
            award: purpose.award.clone(),
            subject: known.or_else(|| purpose.period.clone()).unwrap_or_default(),
            posted: posted.map(|amount| amount.points),
            scored: expected.map(|amount| amount.points),
        }
    };
    Ok(pairs.into_iter().map(mismatch).collect())
}
