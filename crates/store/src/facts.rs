//! Facts: residents, records, metrics, confirmations, sanctions. They are written as they come,
//! a correction keeps what was there before, and what they touch is posted again.
//!
//! Facts name people, records and places by the ids others gave them (codes); the ledger never
//! does.

pub(crate) mod attributes;
pub(crate) mod change;
pub(crate) mod holders;
pub(crate) mod load;
pub(crate) mod others;
pub(crate) mod population;
pub(crate) mod records;
pub(crate) mod residents;
mod superseded;

use kangji_core::{
    Day, DayRange, Decimal,
    tables::{Sex, Tables},
    vocabulary::{AttributeType, Vocabulary},
};

/// A value of a record's attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// Yes or no.
    Bool(bool),
    /// A short text.
    Text(String),
    /// An exact number.
    Decimal(Decimal),
}

/// A text that holds on certain days.
pub type DatedText = (String, DayRange);

/// A resident with dated facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidentFact {
    /// The resident's code.
    pub code: String,
    /// Day of birth, if recorded.
    pub birth_date: Option<Day>,
    /// Sex, if recorded.
    pub sex: Option<Sex>,
    /// Division codes lived in.
    pub communities: Vec<DatedText>,
    /// Codes of guardians.
    pub guardians: Vec<DatedText>,
    /// Groups belonged to.
    pub groups: Vec<DatedText>,
}

/// A service record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFact {
    /// The record's code.
    pub code: String,
    /// The resident's code; the resident need not be known.
    pub resident: String,
    /// What was done, as in the vocabulary.
    pub kind: String,
    /// The day of the service.
    pub day: Day,
    /// The institution.
    pub org: String,
    /// Who assisted, organised or reported; empty where nobody did.
    pub worker: String,
    /// Whether the record was declared void.
    pub void: bool,
    /// What was recorded, in the order of the vocabulary.
    pub attributes: Vec<(String, AttributeValue)>,
}

/// Something that is known from now on, or known otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A resident, as a whole.
    Resident(ResidentFact),
    /// A record, as a whole.
    Record(RecordFact),
    /// A figure of a community and year.
    Metric {
        /// The division code.
        community: String,
        /// The year.
        year: u32,
        /// The figure's name.
        name: String,
        /// The figure.
        value: Decimal,
    },
    /// A decision about a candidate.
    Confirmation {
        /// The award's id.
        award: String,
        /// A record's code, or `RESIDENT/PERIOD`.
        subject: String,
        /// Accepted or rejected.
        accept: bool,
        /// Who decided.
        by: String,
        /// The day of the decision.
        day: Day,
    },
    /// Days on which a holder earns nothing.
    Sanction {
        /// Whatever holds points under this code.
        holder: String,
        /// The days.
        days: DayRange,
    },
}

/// Every row of the tables as a fact.
pub fn facts_of<'a>(tables: &'a Tables, words: &'a Vocabulary) -> impl Iterator<Item = Fact> + 'a {
    let text = |sym| tables.symbols.text(sym).to_owned();
    let residents = tables
        .residents
        .iter()
        .map(|resident| Fact::Resident(residents::fact_of(tables, resident, words)));
    let records = tables.records.rows.iter().enumerate().map(move |(row, record)| {
        let kind = words.kinds().get(usize::from(record.kind.0));
        Fact::Record(RecordFact {
            code: text(record.id),
            resident: text(record.resident),
            kind: kind.map(|word| word.id.clone()).unwrap_or_default(),
            day: record.date,
            org: text(record.org),
            worker: text(record.worker),
            void: record.void,
            attributes: attributes_of(tables, row, words),
        })
    });
    let metrics = tables.metrics.iter().map(move |metric| Fact::Metric {
        community: metric.community.to_string(),
        year: metric.year,
        name: text(metric.name),
        value: metric.value,
    });
    let confirmations = tables.confirmations.iter().map(move |decision| Fact::Confirmation {
        award: text(decision.award),
        subject: text(decision.subject),
        accept: decision.accept,
        by: text(decision.by),
        day: decision.date,
    });
    let sanctions = tables
        .sanctions
        .iter()
        .map(move |sanction| Fact::Sanction { holder: text(sanction.holder), days: sanction.days });
    residents.chain(records).chain(metrics).chain(confirmations).chain(sanctions)
}

fn attributes_of(tables: &Tables, row: usize, words: &Vocabulary) -> Vec<(String, AttributeValue)> {
    let Some(record) = tables.records.rows.get(row) else { return Vec::new() };
    let value = |holds| match holds {
        AttributeType::Bool(bit) => {
            let recorded = record.flags_recorded >> bit & 1 == 1;
            recorded.then_some(AttributeValue::Bool(record.flags_true >> bit & 1 == 1))
        }
        AttributeType::Text(slot) => {
            let text = tables.symbols.text(tables.records.text(slot, row));
            (!text.is_empty()).then(|| AttributeValue::Text(text.to_owned()))
        }
        AttributeType::Decimal(slot) => {
            let number = tables.records.decimal(slot, row);
            (number != Decimal::NOT_RECORDED).then_some(AttributeValue::Decimal(number))
        }
    };
    let all = words.attributes().iter();
    all.filter_map(|known| Some((known.word.id.clone(), value(known.holds)?))).collect()
}
