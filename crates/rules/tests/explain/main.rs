//! Rules and outcomes in words: what each viewer reads, what nobody may read, and whether what a
//! statement promises is what the evaluator gives.

#![cfg(test)]

mod outcomes;
mod prospects;
mod rules;
mod secrets;
mod statements;
mod support;
