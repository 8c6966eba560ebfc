//! The facts of everybody who ever lived in some areas, read in a few large pieces: what a whole
//! population's points are worked out from without posting any.

use std::ops::ControlFlow;

use kangji_core::{DivisionPrefix, Sym, ids::HolderId};
use kangji_rules::score::Facts;
use rustc_hash::FxHashMap;

use super::{
    load::{Loaded, People, confirmation, metric, sanction},
    residents::COMMUNITY,
};
use crate::{
    schema::{CONFIRMATIONS, HOLDERS, METRICS, RECORDS, RESIDENTS, SANCTIONS, STANDINGS},
    sql::{Connection, Row, SqlError, Table, Value},
    store::{Store, StoreError},
};

/// After so many records whoever waits is told.
const TOLD_EVERY: u64 = 5_000;

/// The facts of a population, as scoring reads them.
#[derive(Debug)]
pub struct Population {
    /// The facts.
    pub facts: Facts,
    residents: FxHashMap<Sym, HolderId>,
}

impl Population {
    /// The resident with this code, if they belong to the population.
    #[must_use]
    pub fn resident(&self, code: &str) -> Option<HolderId> {
        let sym = self.facts.tables().symbols.get(code)?;
        self.facts.resident(sym)?;
        self.residents.get(&sym).copied()
    }
}

impl Store {
    /// Loads everybody who ever lived in one of `areas`, in one view of the database. `tell` hears
    /// how many of how many records are read, and may end it; then there is nothing.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn population(
        &self,
        areas: &[DivisionPrefix],
        tell: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Option<Population>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let area = Area::new(areas);
        let mut people = People::new(self.words());
        area.rows(&mut connection, &HOLDERS, "id", |row| people.code(&row))?;
        area.rows(&mut connection, &STANDINGS, "resident", |row| people.standing(&row))?;
        area.rows(&mut connection, &RESIDENTS, "id", |row| people.resident(&row))?;
        let total = area.records(&mut connection)?;
        let (mut count, mut ended) = (0, false);
        let read = area.rows(&mut connection, &RECORDS, "resident", |row| {
            people.record(&row)?;
            count += 1;
            ended = count % TOLD_EVERY == 0 && tell(count, total).is_break();
            if ended { Err(SqlError::other("nobody waits for it")) } else { Ok(()) }
        });
        if ended {
            connection.rollback();
            return Ok(None);
        }
        read?;
        let Loaded { mut tables, residents, .. } = people.loaded;
        // What is about others bears on nobody here.
        all(&mut connection, &METRICS, |row| metric(&row, &mut tables))?;
        all(&mut connection, &CONFIRMATIONS, |row| confirmation(&row, &mut tables))?;
        all(&mut connection, &SANCTIONS, |row| sanction(&row, &mut tables))?;
        connection.rollback();
        Ok(Some(Population { facts: Facts::new(tables), residents }))
    }
}

/// Some areas, as a condition.
struct Area {
    /// The lowest and the highest code of each.
    bounds: Vec<(String, String)>,
    /// The statement that gives the residents.
    lived: String,
}

impl Area {
    fn new(areas: &[DivisionPrefix]) -> Self {
        let bounds: Vec<(String, String)> = areas.iter().map(|area| area.texts()).collect();
        let within =
            |place: usize| format!("value >= ${} AND value < ${}", place * 2 + 1, place * 2 + 2);
        let within: Vec<String> = (0..bounds.len()).map(within).collect();
        let within = within.join(" OR ");
        let lived =
            format!("SELECT resident FROM standings WHERE kind = {COMMUNITY} AND ({within})");
        Self { bounds, lived }
    }

    fn values(&self) -> Vec<Value<'_>> {
        let bounds = self.bounds.iter();
        bounds.flat_map(|(low, high)| [Value::Text(low), Value::Text(high)]).collect()
    }

    /// Whole rows of a table that are about the residents; `resident` is the column that says so.
    fn rows(
        &self,
        connection: &mut Connection,
        table: &Table,
        resident: &str,
        each: impl FnMut(Row<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        let rows = format!("{} WHERE {resident} IN ({})", whole(table), self.lived);
        connection.query(&rows, &self.values(), each)
    }

    /// How many records they have.
    fn records(&self, connection: &mut Connection) -> Result<u64, SqlError> {
        let count = format!("SELECT COUNT(*) FROM records WHERE resident IN ({})", self.lived);
        let mut records = 0;
        connection.query(&count, &self.values(), |row| {
            records = u64::try_from(row.int(0)?).unwrap_or_default();
            Ok(())
        })?;
        Ok(records)
    }
}

/// All rows of a table.
fn all(
    connection: &mut Connection,
    table: &Table,
    each: impl FnMut(Row<'_>) -> Result<(), SqlError>,
) -> Result<(), SqlError> {
    connection.query(&whole(table), &[], each)
}

fn whole(table: &Table) -> String {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    format!("SELECT {} FROM {}", columns.join(", "), table.name)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, num::NonZeroUsize};

    use kangji_core::{Day, vocabulary::Vocabulary};
    use kangji_exchange::{Input, Inputs};
    use kangji_generate::{CsvSink, Plan, Tables as Files, generate};
    use kangji_rules::score::{Options, Outcome, Program, columns, evaluate};

    use super::*;
    use crate::{
        facts::{Fact, facts_of, holders},
        post::{Entered, wanted::Scored},
        verify::sample::{Folder, both, noon},
    };

    const SCHEME: &str = include_str!("../../../../schemes/panzhihua-xiqu.md");

    /// A generated district's facts.
    fn district(people: u32) -> Vec<Fact> {
        let empty = || Files {
            residents: Vec::new(),
            records: Vec::new(),
            metrics: Vec::new(),
            confirmations: Vec::new(),
            sanctions: Vec::new(),
        };
        let mut sink = CsvSink::new(empty()).unwrap();
        generate(&Plan::new(people, 3), &mut sink).unwrap();
        let files = sink.finish().unwrap();
        let input = |bytes| Input { name: String::new(), bytes };
        let inputs = Inputs {
            residents: input(files.residents),
            records: input(files.records),
            metrics: Some(input(files.metrics)),
            confirmations: Some(input(files.confirmations)),
            sanctions: Some(input(files.sanctions)),
        };
        let words = Vocabulary::national();
        let loaded = kangji_exchange::read(inputs, &words, &mut |_| {}).unwrap();
        facts_of(&loaded.tables, &words).collect()
    }

    /// Outcomes as text, whatever symbols they were made with.
    fn texts(outcomes: &[Outcome], program: &Program, facts: &Facts) -> BTreeSet<[String; 14]> {
        outcomes.iter().map(|outcome| columns::texts(outcome, program, facts)).collect()
    }

    #[test]
    fn a_population_is_scored_as_its_residents_are() {
        let folder = Folder::new();
        let facts = district(600);
        let as_of: Day = "2027-01-31".parse().unwrap();
        for location in &both(&folder) {
            Store::migrate(location, noon(1)).unwrap();
            let store = Store::open(location, Vocabulary::national()).unwrap();
            assert_eq!(store.publish(SCHEME, noon(1)).wait().unwrap(), Ok(true));
            store.enter(facts.clone(), Entered { now: noon(1), reason: None }).wait().unwrap();

            let area = DivisionPrefix::parse("510403").unwrap();
            let mut told = Vec::new();
            let population = store.population(&[area], &mut |done, total| {
                told.push((done, total));
                ControlFlow::Continue(())
            });
            let population = population.unwrap().unwrap();
            let count = population.facts.records().rows.len() as u64;
            assert!(count > TOLD_EVERY, "{count}");
            assert_eq!(told.first(), Some(&(TOLD_EVERY, count)));

            let mut connection = store.reader().unwrap();
            let rulebook = store.rulebook()(&mut connection).unwrap();
            let program = &rulebook.programs[0];
            let codes: Vec<String> = (1..=600).map(|number| format!("G{number:07}")).collect();
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            let known = holders::known(&mut connection, codes).unwrap();
            assert_eq!(known.len(), 600);
            assert_eq!(population.resident("G0000001"), known.get("G0000001").copied());
            assert_eq!(population.resident("W000001"), None);
            let ids: Vec<HolderId> = known.into_values().collect();
            let scored = Scored::of(&mut connection, &rulebook, program, &ids, as_of).unwrap();
            let options = Options { as_of, all: true, threads: NonZeroUsize::MIN };
            let outcomes = evaluate(program, &population.facts, options).outcomes;
            let found = texts(&outcomes, program, &population.facts);
            assert!(found.len() > 1_000);
            assert!(found == texts(&scored.outcomes, program, &scored.facts));

            let ended = store.population(&[area], &mut |_, _| ControlFlow::Break(()));
            assert!(ended.unwrap().is_none());
            let elsewhere = DivisionPrefix::parse("11").unwrap();
            let nobody = store.population(&[elsewhere], &mut |_, _| ControlFlow::Continue(()));
            assert_eq!(nobody.unwrap().unwrap().facts.tables().residents.len(), 0);
        }
    }
}
