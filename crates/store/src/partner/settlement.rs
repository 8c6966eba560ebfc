//! Statements of partner shops (P14), kept and read. What is possible is decided in
//! `kangji_redemption::settlement`; a unique index holds that a deduction and a correction are each
//! settled once.

mod drawing;
mod reading;
mod rows;
mod taking;

#[cfg(test)]
mod tests;

pub use reading::StatementQuery;
pub use taking::StatementStep;
