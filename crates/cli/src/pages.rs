//! The HTML pages that the command writes: a scheme as residents read it, and what scoring a
//! district showed.
//!
//! Each page is one string that stands alone: no script, no request to anywhere. Nothing here
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

pub(crate) use figures::figures;
pub(crate) use report_page::{InputLine, Report, report_page};
pub(crate) use scheme_page::scheme_page;
