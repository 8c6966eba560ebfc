//! A scheme's rules as plain Chinese sentences, made from the typed rule and nothing else, for
//! people who never saw the system. Pages, statements and refusals all speak with these words.
//!
//! Knows no record and no outcome; [`crate::explain`] says what became of somebody's records.

mod condition;
mod item;
mod label;
mod limit;
mod list;
mod number;
mod requirement;
mod rule;

pub use condition::{condition, given, metric_number};
pub use item::{item_sentence, item_terms, redemption_sentence, voucher_sentence};
pub use label::{
    KindPhrase, holder_label, kind_phrase, kinds_label, metric_label, role_label, stage_label,
};
pub(crate) use label::{group_labels, group_of_kind};
pub use limit::{limit, limit_short};
pub use list::{joined, one_of};
pub use number::{
    date, day_range, month_day, percent, period_word, span, sub_period_word, this_period,
    year_month,
};
pub use requirement::{requirement, requirement_missing, requirement_subject};
pub use rule::{choice, deed_phrase, rule_sentence};
