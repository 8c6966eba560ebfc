//! What the schemes say should be posted for residents.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    num::NonZeroUsize,
};

use kangji_core::{
    Day, Points, Sym,
    ids::{HolderId, RecordId},
};
use kangji_ledger::account_of;
use kangji_rules::{
    scheme::HolderType,
    score::{Facts, Options, Outcome, OutcomeKind, Program, Subject, evaluate},
};
use rustc_hash::FxHashMap;

use super::{
    difference::{Amount, Purpose},
    rulebook::Rulebook,
};
use crate::{
    facts::load,
    sql::{Connection, SqlError},
};

/// What is wanted, and whether the account is a pool's.
pub(super) type Wanted = BTreeMap<Purpose, (Amount, Pool)>;

/// Who holds an account, and whether it is a village's pool.
pub(super) type Pool = (HolderId, bool);

/// The outcomes of residents, and the system's own ids of what they name.
pub(crate) struct Scored {
    pub(crate) facts: Facts,
    pub(crate) residents: FxHashMap<Sym, HolderId>,
    pub(crate) records: FxHashMap<Sym, RecordId>,
    /// All of them, void and out-of-scope records included.
    pub(crate) outcomes: Vec<Outcome>,
}

impl Scored {
    /// Loads and scores residents.
    pub(crate) fn of(
        connection: &mut Connection,
        rulebook: &Rulebook,
        program: &Program,
        residents: &[HolderId],
        as_of: Day,
    ) -> Result<Self, SqlError> {
        Self::changed(connection, rulebook, program, residents, as_of, &|_| {})
    }

    /// The same where some of what was loaded is otherwise.
    pub(crate) fn changed(
        connection: &mut Connection,
        rulebook: &Rulebook,
        program: &Program,
        residents: &[HolderId],
        as_of: Day,
        change: &dyn Fn(&mut load::Loaded),
    ) -> Result<Self, SqlError> {
        let confirmed = rulebook.confirmed();
        let mut loaded = load::load(connection, &rulebook.words, confirmed, residents)?;
        change(&mut loaded);
        let facts = Facts::new(loaded.tables);
        let options = Options { as_of, all: true, threads: NonZeroUsize::MIN };
        let outcomes = evaluate(program, &facts, options).outcomes;
        Ok(Self { facts, residents: loaded.residents, records: loaded.records, outcomes })
    }

    /// The outcomes that are worth points.
    fn credited(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| {
            outcome.kind == OutcomeKind::Credited && outcome.points > Points::ZERO
        })
    }

    /// The codes of holders who are not among the residents.
    pub(super) fn other_holders(&self) -> BTreeSet<&str> {
        let others =
            self.credited().filter(|outcome| !self.residents.contains_key(&outcome.holder));
        others.map(|outcome| self.facts.text(outcome.holder)).collect()
    }

    /// What should be posted. `holders` are the ids of [`Scored::other_holders`].
    pub(super) fn wanted(
        &self,
        program: &Program,
        holders: &HashMap<String, HolderId>,
    ) -> Result<Wanted, SqlError> {
        let one = |outcome| self.one(program, holders, outcome);
        self.credited().map(one).collect()
    }

    fn one(
        &self,
        program: &Program,
        holders: &HashMap<String, HolderId>,
        outcome: &Outcome,
    ) -> Result<(Purpose, (Amount, Pool)), SqlError> {
        let unknown = || SqlError::other("an outcome names something that was not loaded");
        let resident = self.residents.get(&outcome.resident).copied().ok_or_else(unknown)?;
        let holder = match self.residents.get(&outcome.holder) {
            Some(holder) => *holder,
            None => *holders.get(self.facts.text(outcome.holder)).ok_or_else(unknown)?,
        };
        let (record, period) = match outcome.subject {
            Subject::Record(row) => {
                let record = self.facts.record(row).and_then(|record| self.records.get(&record.id));
                (Some(*record.ok_or_else(unknown)?), None)
            }
            Subject::Period(period) => (None, Some(period.to_string())),
        };
        let version = outcome.version.and_then(|version| program.version(version));
        let purpose = Purpose {
            account: account_of(holder, program.scheme_id()),
            resident,
            award: outcome.award.map_or("", |award| program.award_id(award)).to_owned(),
            record,
            period,
        };
        let amount = Amount {
            points: outcome.points,
            day: outcome.date,
            expires_on: outcome.expires_on,
            version: version.ok_or_else(unknown)?.in_force.from,
        };
        let pool = outcome.holder_type == HolderType::Community;
        Ok((purpose, (amount, (holder, pool))))
    }
}
