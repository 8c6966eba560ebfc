//! Posting the points of residents: load, score, compare, append.

use std::collections::{BTreeSet, HashMap, HashSet};

use kangji_core::{
    Day, Moment,
    ids::{HolderId, ReasonId, RecordId},
    tables::Tables,
};
use kangji_ledger::{Act, Answer, Command};
use kangji_rules::score::Program;

use super::{
    couple::{self, Coupling, Scope},
    difference::{Amount, Difference, Posted, Purpose, difference, posted},
    rulebook::Rulebook,
    wanted::{Pool, Scored, Wanted},
};
use crate::{
    facts::{holders, load},
    ledger::unit::Unit,
    schema::SCHEMES,
    sql::{Connection, Lock, SqlError, Value},
    store::StoreError,
};

/// What posting came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Credits given.
    pub credited: usize,
    /// Credits taken back.
    pub reversed: usize,
}

impl Settlement {
    /// Adds what another posting came to.
    pub fn add(&mut self, other: Self) {
        self.credited += other.credited;
        self.reversed += other.reversed;
    }
}

/// As of when and why points are posted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion {
    pub(crate) as_of: Day,
    pub(crate) now: Moment,
    pub(crate) reason: Option<ReasonId>,
}

/// What one scheme says, just before it is posted.
pub(crate) struct Posting<'a> {
    pub(crate) program: &'a Program,
    pub(crate) scored: &'a Scored,
    pub(crate) difference: &'a Difference,
}

/// Posts what every scheme says of the touched residents, and of those whose outcomes hang on
/// theirs; `tell` hears of each scheme's.
pub(super) fn settle(
    unit: &mut Unit<'_>,
    rulebook: &Rulebook,
    touched: &HashSet<HolderId>,
    occasion: Occasion,
    tell: &mut dyn FnMut(Posting<'_>),
) -> Result<Settlement, StoreError> {
    let mut settlement = Settlement::default();
    for program in &rulebook.programs {
        // Postings of one scheme take turns: what one server writes, the next one loads.
        let scheme = [Value::Text(program.scheme_id())];
        unit.connection.fetch(&SCHEMES, 1, &scheme, Lock::Rows, |_| Ok(()))?;
        let mut touched = touched.clone();
        let Found { difference, scored, .. } = loop {
            let scope = scope(unit.connection, rulebook, program, &touched)?;
            let found = compare(unit, rulebook, program, &touched, &scope, occasion)?;
            let more = found.moved.difference(&touched).next().is_some();
            if !more {
                break found;
            }
            touched.extend(found.moved);
        };
        tell(Posting { program, scored: &scored, difference: &difference });
        settlement.add(carry_out(unit, &difference, occasion)?);
    }
    Ok(settlement)
}

/// Whether posting the points of the touched residents would change nothing.
pub(crate) fn is_settled(
    unit: &mut Unit<'_>,
    rulebook: &Rulebook,
    touched: &HashSet<HolderId>,
    occasion: Occasion,
) -> Result<bool, StoreError> {
    for program in &rulebook.programs {
        let scope = scope(unit.connection, rulebook, program, touched)?;
        let Difference { reverse, credit } =
            compare(unit, rulebook, program, touched, &scope, occasion)?.difference;
        if !reverse.is_empty() || !credit.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Everybody to score so that what is found of the touched is complete.
pub(crate) fn scope(
    connection: &mut Connection,
    rulebook: &Rulebook,
    program: &Program,
    touched: &HashSet<HolderId>,
) -> Result<Scope, SqlError> {
    match couple::coupling(program) {
        Coupling::None => Ok(Scope { residents: touched.clone(), communities: None }),
        Coupling::Everyone => {
            let everyone = couple::everyone(connection)?;
            let residents = everyone.union(touched).copied().collect();
            Ok(Scope { residents, communities: None })
        }
        Coupling::Ranks(ranked) => ranked.scope(connection, rulebook.words.kinds(), touched),
    }
}

/// What a comparison found.
struct Found {
    difference: Difference,
    scored: Scored,
    /// Residents outside the touched whose outcomes change and who also lived elsewhere: what
    /// changes for them there is not known yet.
    moved: HashSet<HolderId>,
}

fn compare(
    unit: &mut Unit<'_>,
    rulebook: &Rulebook,
    program: &Program,
    touched: &HashSet<HolderId>,
    scope: &Scope,
    Occasion { as_of, now, .. }: Occasion,
) -> Result<Found, StoreError> {
    let mut residents: Vec<HolderId> = scope.residents.iter().copied().collect();
    residents.sort_unstable();
    let mut posted = posted(unit.connection, program.scheme_id(), &residents)?;
    let scored = Scored::of(unit.connection, rulebook, program, &residents, as_of)?;
    let holders = holders::ids(unit.connection, scored.other_holders(), now)?;
    let mut wanted = scored.wanted(program, &holders)?;
    let mut moved = HashSet::new();
    if let Some(communities) = &scope.communities {
        let complete = Complete { scored: &scored, communities, touched };
        complete.narrow(program, &mut posted, &mut wanted);
        moved = complete.moved(&posted, &wanted);
    }
    open(unit, program, &wanted)?;
    let wanted = wanted.into_iter().map(|(purpose, (amount, _))| (purpose, amount)).collect();
    Ok(Found { difference: difference(posted, wanted), scored, moved })
}

/// What posting would do if some of the facts were otherwise; nothing is written.
pub(crate) fn foreseen(
    connection: &mut Connection,
    rulebook: &Rulebook,
    program: &Program,
    touched: &HashSet<HolderId>,
    as_of: Day,
    change: &dyn Fn(&mut load::Loaded),
) -> Result<Difference, StoreError> {
    let scope = scope(connection, rulebook, program, touched)?;
    let mut residents: Vec<HolderId> = scope.residents.iter().copied().collect();
    residents.sort_unstable();
    let mut posted = posted(connection, program.scheme_id(), &residents)?;
    let scored = Scored::changed(connection, rulebook, program, &residents, as_of, change)?;
    let mut holders = holders::known(connection, scored.other_holders())?;
    for code in scored.other_holders() {
        // Nobody knows this holder yet; whatever they would get is told of nobody.
        holders.entry(code.to_owned()).or_insert(HolderId::from_bytes([0; 16]));
    }
    let mut wanted = scored.wanted(program, &holders)?;
    if let Some(communities) = &scope.communities {
        let complete = Complete { scored: &scored, communities, touched };
        complete.narrow(program, &mut posted, &mut wanted);
    }
    let wanted = wanted.into_iter().map(|(purpose, (amount, _))| (purpose, amount)).collect();
    Ok(difference(posted, wanted))
}

fn open(unit: &mut Unit<'_>, program: &Program, wanted: &Wanted) -> Result<(), SqlError> {
    let owners: BTreeSet<Pool> = wanted.values().map(|(_, owner)| *owner).collect();
    unit.open(owners, program.scheme_id())
}

/// What is known completely when only some communities' ranks are.
struct Complete<'a> {
    scored: &'a Scored,
    communities: &'a BTreeSet<String>,
    touched: &'a HashSet<HolderId>,
}

impl Complete<'_> {
    /// Leaves out, for residents who are not touched, all but the ranked awards in communities
    /// whose ranks are complete: nothing else of theirs can have changed.
    fn narrow(&self, program: &Program, posted: &mut Posted, wanted: &mut Wanted) {
        let awards = || program.versions().iter().flat_map(|scheme| &scheme.awards);
        let ranked: BTreeSet<&str> = awards()
            .filter(|award| award.beyond.is_some())
            .map(|award| award.id.as_str())
            .collect();
        let places = self.places();
        let keep = |purpose: &Purpose| {
            let place = purpose.record.and_then(|record| places.get(&record));
            self.touched.contains(&purpose.resident)
                || (ranked.contains(purpose.award.as_str())
                    && place.is_some_and(|place| self.communities.contains(place)))
        };
        posted.retain(|purpose, _| keep(purpose));
        wanted.retain(|purpose, _| keep(purpose));
    }

    /// The community in which each record counts.
    fn places(&self) -> HashMap<RecordId, String> {
        let tables: &Tables = self.scored.facts.tables();
        let mut places = HashMap::new();
        for record in &tables.records.rows {
            let resident = self.scored.facts.resident(record.resident);
            let standing = resident.and_then(|known| tables.standing_on(known, record.date));
            let place = standing.and_then(|standing| standing.community);
            if let (Some(id), Some(place)) = (self.scored.records.get(&record.id), place) {
                places.insert(*id, place.to_string());
            }
        }
        places
    }

    /// Residents with a difference who also lived in a community whose ranks are not complete.
    fn moved(&self, posted: &Posted, wanted: &Wanted) -> HashSet<HolderId> {
        let stays = |purpose: &Purpose| {
            let wanted = wanted.get(purpose).map(|(amount, _)| amount);
            wanted == posted.get(purpose).map(|(_, amount)| amount)
        };
        let all = posted.keys().chain(wanted.keys());
        let changed: HashSet<HolderId> =
            all.filter(|purpose| !stays(purpose)).map(|purpose| purpose.resident).collect();
        let tables = self.scored.facts.tables();
        let lived_elsewhere = |id: &HolderId| {
            let found = tables
                .residents
                .iter()
                .find(|resident| self.scored.residents.get(&resident.id) == Some(id));
            let standings = found.map(|resident| tables.standings(resident)).unwrap_or_default();
            let places = standings.iter().filter_map(|standing| standing.community);
            places.into_iter().any(|place| !self.communities.contains(&place.to_string()))
        };
        changed.into_iter().filter(lived_elsewhere).collect()
    }
}

/// Takes back and credits, in this order, so that what is credited fills what was taken back.
pub(super) fn carry_out(
    unit: &mut Unit<'_>,
    difference: &Difference,
    occasion: Occasion,
) -> Result<Settlement, StoreError> {
    let accounts = difference.reverse.iter().map(|(purpose, ..)| purpose.account);
    unit.load(accounts)?;
    let answer = Answer { reason: occasion.reason, ..Answer::default() };
    let command = |purpose: &Purpose, day: Day, act: Act| Command {
        key: None,
        account: purpose.account,
        day,
        act,
        answer,
    };
    for (purpose, seq, amount) in &difference.reverse {
        let reverse = command(purpose, amount.day, Act::Reverse { credit: *seq });
        post(unit, &reverse, occasion.now)?;
    }
    for (purpose, amount) in &difference.credit {
        let Amount { points, expires_on, version, .. } = *amount;
        let source = purpose.source(version);
        let credit = command(purpose, amount.day, Act::Credit { points, expires_on, source });
        post(unit, &credit, occasion.now)?;
    }
    Ok(Settlement { credited: difference.credit.len(), reversed: difference.reverse.len() })
}

fn post(unit: &mut Unit<'_>, command: &Command, now: Moment) -> Result<(), StoreError> {
    match unit.decide(command, command.input(), now)? {
        Ok(_) => Ok(unit.write_many()?),
        Err(refusal) => Err(StoreError::Refused(refusal)),
    }
}
