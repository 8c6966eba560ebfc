//! The vocabulary that every part of Kangji shares: days and periods, points, money, exact decimals,
//! divisions, documents of persons, record kinds and attributes, and the input tables of scoring
//! in memory.
//!
//! Nothing here knows a scheme, reads a file or asks the clock.

pub mod calendar;
pub mod decimal;
pub mod division;
pub mod identity;
pub mod ids;
pub mod moment;
pub mod money;
pub mod points;
pub mod symbols;
pub mod tables;
pub mod vocabulary;

pub use calendar::{Day, DayRange, Period, PeriodKind, Span};
pub use decimal::Decimal;
pub use division::{Division, DivisionPrefix};
pub use moment::Moment;
pub use money::Fen;
pub use points::{Decimals, Points};
pub use symbols::{Sym, Symbols};
