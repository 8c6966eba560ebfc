//! What another version of a scheme would have meant for a whole population: how long it takes to
//! load everybody, score them twice and sum up the difference.

use std::{
    num::NonZeroUsize,
    ops::ControlFlow,
    time::{Duration, Instant},
};

use kangji_core::{DayRange, Moment, tables::Tables, vocabulary::Vocabulary};
use kangji_rules::{
    document,
    simulate::{Effect, Simulation},
};

use super::empty_store;
use crate::{
    facts::{Fact, facts_of},
    post::Entered,
    sql::Location,
    store::StoreError,
};

/// How long a simulation took.
#[derive(Clone, Debug)]
pub struct SimulationFigures {
    /// How many residents were loaded.
    pub residents: usize,
    /// How many records.
    pub records: usize,
    /// Reading all facts and putting them in order.
    pub loading: Duration,
    /// Scoring both ways and summing up.
    pub scoring: Duration,
    /// What it came to.
    pub effect: Effect,
}

/// Facts written in one transaction.
const FACTS: usize = 5_000;

/// Measures in the empty database at `location`: `document` is published, the facts of `tables`
/// are written, and `draft` is simulated over `days`.
///
/// # Errors
/// Where the database fails or has accounts, or a document is refused.
pub fn simulate(
    location: &Location,
    (document, draft): (&str, &str),
    tables: &Tables,
    days: DayRange,
    (now, threads): (Moment, NonZeroUsize),
) -> Result<SimulationFigures, StoreError> {
    let store = empty_store(location, now)?;
    let refused = |why: String| StoreError::Thread(why);
    store.publish(document, now).wait()?.map_err(|error| refused(error.to_string()))?;
    let words = Vocabulary::national();
    let mut facts = facts_of(tables, &words);
    loop {
        let batch: Vec<Fact> = facts.by_ref().take(FACTS).collect();
        if batch.is_empty() {
            break;
        }
        store.enter(batch, Entered { now, reason: None }).wait()?;
    }
    let draft = document::read(draft, &words).rules;
    let draft = draft.ok_or_else(|| refused("the draft has problems".to_owned()))?;
    let start = Instant::now();
    let published = store.schemes()?.into_iter().flatten().collect();
    let simulation = Simulation::new(published, draft, days);
    let simulation = simulation.map_err(|error| refused(error.to_string()))?;
    let go_on = &mut |_, _| ControlFlow::Continue(());
    let population = store.population(&simulation.areas(), go_on)?;
    let population = population.ok_or(StoreError::Closed)?;
    let loading = start.elapsed();
    let start = Instant::now();
    let effect = simulation.run(&population.facts, threads);
    Ok(SimulationFigures {
        residents: population.facts.tables().residents.len(),
        records: population.facts.records().rows.len(),
        loading,
        scoring: start.elapsed(),
        effect: effect.map_err(|error| refused(error.to_string()))?,
    })
}
