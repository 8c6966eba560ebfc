//! A fresh database of either kind for each test, and people to put into it.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use kangji_core::{Day, DivisionPrefix, Moment, vocabulary::Vocabulary};
use kangji_exchange::{Input, Inputs};
use kangji_generate::{CsvSink, Plan, Tables, generate};
use kangji_store::{Fact, Location, facts_of};

/// A folder that is gone when the test is over.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("kangji-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn sqlite(&self) -> Location {
        Location::File(self.0.join("kangji.db"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An empty PostgreSQL database.
pub(crate) fn postgres() -> Location {
    Location::Postgres(kangji_testdb::fresh_database())
}

/// A generated population of a scheme's area as facts.
pub(crate) fn population(people: u32, seed: u64, division: &str) -> Vec<Fact> {
    let plan =
        Plan { division: DivisionPrefix::parse(division).unwrap(), ..Plan::new(people, seed) };
    let files = || -> Tables<Vec<u8>> { Tables::default() };
    let mut sink = CsvSink::new(files()).unwrap();
    generate(&plan, &mut sink).unwrap();
    let files = sink.finish().unwrap();
    let input = |bytes| Input { name: "generated".to_owned(), bytes };
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

/// Noon of a day.
pub(crate) fn noon(day: &str) -> Moment {
    Moment::start_of(day.parse::<Day>().unwrap()).plus_millis(12 * 3_600_000)
}

/// Makes two tests of each function that takes a location: one for each database.
macro_rules! on_both {
    ($($name:ident;)*) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                let folder = crate::support::Folder::new();
                super::$name(&folder.sqlite());
            }

            #[test]
            fn on_postgres() {
                super::$name(&crate::support::postgres());
            }
        }
    )*};
}
pub(crate) use on_both;
