//! HTML pages that stand alone: a scheme as residents read it, and what scoring a district showed.
//!
//! Each page is one string: no script, no request to anywhere. Nothing here
//! opens a file, asks the clock or scores; pages show what they are given.

mod award_card;
mod award_tables;
mod bars;
mod catalogue;
mod example_box;
mod few_people;
mod figures;
mod layout;
mod prose;
mod report_page;
mod report_tables;
mod scheme_page;
mod wording;

pub use award_card::award_anchor;
pub use figures::{Fates, Figures, Tally, WaitsFor, figures};
pub use layout::POLICY;
pub use report_page::{InputLine, Report, report_page};
pub use scheme_page::{SchemeBody, scheme_body, scheme_page};
