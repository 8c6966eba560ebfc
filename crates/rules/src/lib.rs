//! Scheme documents and what they do: a published notice becomes a document that is executed,
//! and service records become points with reasons.
//!
//! Pure: no files, no clock, no database. The way through: [`document::read`] gives a checked
//! [`scheme::Scheme`]; its versions make a [`score::Program`]; [`score::score`] gives outcomes.

pub mod diff;
pub mod document;
pub mod edit;
mod examples;
pub mod explain;
pub mod person;
pub mod scheme;
pub mod score;
pub mod simulate;
pub mod words;
