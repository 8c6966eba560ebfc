//! A believable generated population with a year of health services, as the five input tables
//! of scoring: for demonstrations, tests and load.
//!
//! Everybody here is made up. The same [`Plan`] gives the same rows for ever; memory does not
//! grow with the number of people. Nothing here opens a file, asks the clock or knows a scheme
//! beyond the ids of awards that wait for a decision.
//!
//! Neighbourhood by neighbourhood, `households` makes families, `health` puts
//! people into groups, `chronic`, `elderly`, `families` and `everyday` fill each person's diary,
//! and the diary hands over its records to a [`Sink`].

mod chance;
mod chronic;
mod confirmations;
mod csv_sink;
mod diary;
mod elderly;
mod everyday;
mod families;
mod figures;
mod health;
mod households;
mod kinds;
mod people;
mod places;
mod plan;
mod population;
mod readings;
mod rows;
mod sanctions;
mod year;

pub use csv_sink::{CsvSink, Tables};
pub use plan::{Counts, Error, Plan};
pub use population::generate;
pub use rows::{
    Attributes, ConfirmationRow, Id, MetricRow, Number, RecordId, RecordRow, ResidentRow,
    SanctionRow, Sink, Subject,
};
