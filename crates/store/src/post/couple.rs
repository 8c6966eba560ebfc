//! Whose outcomes a change to somebody's facts can touch: most awards count within one resident,
//! but ranks and some limits do not.

use std::collections::{BTreeSet, HashSet};

use kangji_core::ids::HolderId;
use kangji_rules::{
    scheme::{Award, Occasion},
    score::Program,
};

use crate::{
    facts::others::{communities, neighbours},
    schema::RECORDS,
    sql::{Connection, Lock, SqlError, Value},
};

/// How residents hang together under a program.
pub(super) enum Coupling {
    /// Everyone is scored apart.
    None,
    /// Only through ranks of communities, for these awards, which nothing else depends on.
    Ranks(RankedAwards),
    /// Through limits that count across residents, or awards that give way to ranked ones.
    Everyone,
}

/// The awards that rank residents and the record kinds they look at.
pub(super) struct RankedAwards {
    kinds: BTreeSet<u16>,
}

/// How residents hang together under a program.
pub(super) fn coupling(program: &Program) -> Coupling {
    if program.is_resident_local() {
        return Coupling::None;
    }
    let awards = || program.versions().iter().flat_map(|scheme| &scheme.awards);
    let ranked: BTreeSet<String> =
        awards().filter(|award| award.beyond.is_some()).map(|award| award.id.clone()).collect();
    let limits_apart = program.award_ids().iter().all(|id| program.counts_within_resident(id));
    let winners = awards().flat_map(|award| &award.yields_to);
    let decides_others = winners.into_iter().any(|winner| ranked.contains(&winner.award));
    if !limits_apart || decides_others {
        return Coupling::Everyone;
    }
    let kinds = awards().filter(|award| ranked.contains(&award.id)).flat_map(kinds);
    Coupling::Ranks(RankedAwards { kinds: kinds.collect() })
}

fn kinds(award: &Award) -> Vec<u16> {
    match &award.occasion {
        Occasion::Record(kinds) => kinds.iter().map(|kind| kind.0).collect(),
        Occasion::Period(_) => Vec::new(),
    }
}

/// The residents to score when the facts of `touched` changed, and how much of what is found for
/// the others is complete.
pub(crate) struct Scope {
    /// Everybody to score.
    pub(crate) residents: HashSet<HolderId>,
    /// Where others than the touched are only compared in part: the communities whose ranks are
    /// complete.
    pub(super) communities: Option<BTreeSet<String>>,
}

impl RankedAwards {
    /// Everybody in the communities of the touched, if any of these has a record that could rank.
    pub(super) fn scope(
        &self,
        connection: &mut Connection,
        words: &[kangji_core::vocabulary::Word],
        touched: &HashSet<HolderId>,
    ) -> Result<Scope, SqlError> {
        let mut residents = touched.clone();
        if !self.has_record(connection, words, touched)? {
            return Ok(Scope { residents, communities: Some(BTreeSet::new()) });
        }
        neighbours(connection, touched, &mut residents)?;
        let communities = communities(connection, touched)?;
        Ok(Scope { residents, communities: Some(communities) })
    }

    fn has_record(
        &self,
        connection: &mut Connection,
        words: &[kangji_core::vocabulary::Word],
        residents: &HashSet<HolderId>,
    ) -> Result<bool, SqlError> {
        let named = |kind: &u16| words.get(usize::from(*kind)).map(|word| word.id.as_str());
        let kinds: BTreeSet<&str> = self.kinds.iter().filter_map(named).collect();
        let keys: Vec<Value<'_>> = residents.iter().map(|id| Value::from(id.bytes())).collect();
        let mut found = false;
        connection.fetch(&RECORDS, 1, &keys, Lock::None, |row| {
            found = found || kinds.contains(row.text(4)?);
            Ok(())
        })?;
        Ok(found)
    }
}

/// Every resident there is.
pub(super) fn everyone(connection: &mut Connection) -> Result<HashSet<HolderId>, SqlError> {
    let mut all = HashSet::new();
    connection.query("SELECT id FROM residents", &[], |row| {
        all.insert(HolderId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    Ok(all)
}
