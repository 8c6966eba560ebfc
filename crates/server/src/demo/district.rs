//! Three invented districts, one under each shipped scheme, as facts to be entered. Nobody in them
//! exists, and every code begins with the letter of its district.

use std::{collections::BTreeMap, io};

use kangji_core::{Day, DayRange, Decimal, DivisionPrefix, tables::Sex};
use kangji_generate::{
    Attributes, ConfirmationRow, Id, MetricRow, Number, Plan, RecordRow, ResidentRow, SanctionRow,
    Sink, Subject, generate,
};
use kangji_store::{AttributeValue, Fact, RecordFact, ResidentFact};

/// A district, and the scheme in force there.
#[derive(Clone, Copy, Debug)]
pub(super) struct District {
    /// Its number among the districts, from 0.
    pub(super) number: u32,
    /// What codes of its people and institutions begin with.
    pub(super) letter: char,
    /// The division code.
    pub(super) division: &'static str,
    /// Its name for people.
    pub(super) name: &'static str,
    /// The document.
    pub(super) scheme: &'static str,
    /// Whether those who help earn the points (T2).
    pub(super) helpers_earn: bool,
    /// Whether a partner shop takes points (P7).
    pub(super) has_partner: bool,
}

pub(super) const DISTRICTS: [District; 3] = [
    District {
        number: 0,
        letter: 'P',
        division: "510403",
        name: "攀枝花市西区",
        scheme: include_str!("../../../../schemes/panzhihua-xiqu.md"),
        helpers_earn: false,
        has_partner: true,
    },
    District {
        number: 1,
        letter: 'S',
        division: "440304",
        name: "深圳市某区",
        scheme: include_str!("../../../../schemes/shenzhen.md"),
        helpers_earn: false,
        has_partner: false,
    },
    District {
        number: 2,
        letter: 'T',
        division: "500110007",
        name: "通惠街道",
        scheme: include_str!("../../../../schemes/tonghui.md"),
        helpers_earn: true,
        has_partner: false,
    },
];

/// What is known of a district's people.
pub(super) struct Known {
    letter: char,
    until: Day,
    /// The residents, adults of a household before its children.
    pub(super) residents: Vec<ResidentFact>,
    /// Records, figures, decisions, sanctions.
    pub(super) facts: Vec<Fact>,
}

impl District {
    /// The area in which its staff may work.
    pub(super) fn area(&self) -> DivisionPrefix {
        DivisionPrefix::parse(self.division).unwrap_or(DivisionPrefix::EVERYWHERE)
    }

    /// What happened in its year until a day; the same each time.
    ///
    /// # Errors
    /// Where nothing can be generated, which is a fault of the program.
    pub(super) fn known(&self, people: u32, until: Day) -> Result<Known, kangji_generate::Error> {
        let mut known =
            Known { letter: self.letter, until, residents: Vec::new(), facts: Vec::new() };
        let seed = 20 + u64::from(self.number);
        let plan = Plan { people, seed, division: self.area(), year: until.year() };
        generate(&plan, &mut known)?;
        known.residents.extend(known.helper().filter(|_| self.helpers_earn));
        Ok(known)
    }

    /// A code in this district.
    pub(super) fn code(&self, id: Id) -> String {
        coded(self.letter, id)
    }
}

impl Known {
    /// The worker who helped most, as a resident of the first community: so somebody who earns by
    /// helping can be found, and can redeem (T2).
    fn helper(&self) -> Option<ResidentFact> {
        let mut helped: BTreeMap<&str, usize> = BTreeMap::new();
        for fact in &self.facts {
            if let Fact::Record(record) = fact
                && !record.worker.is_empty()
            {
                *helped.entry(&record.worker).or_default() += 1;
            }
        }
        let (code, _) = helped.into_iter().max_by_key(|(_, records)| *records)?;
        let always = DayRange { from: Day::FIRST, to: Day::LAST };
        Some(ResidentFact {
            code: code.to_owned(),
            birth_date: Day::new(1978, 5, 6),
            sex: Some(Sex::Female),
            communities: self.residents.first()?.communities.clone(),
            guardians: Vec::new(),
            groups: vec![("grid_worker".to_owned(), always)],
        })
    }
}

fn coded(letter: char, id: impl std::fmt::Display) -> String {
    format!("{letter}-{id}")
}

impl Sink for Known {
    fn resident(&mut self, row: &ResidentRow<'_>) -> io::Result<()> {
        let codes = |days: &DayRange, code: String| (code, *days);
        self.residents.push(ResidentFact {
            code: coded(self.letter, row.id),
            birth_date: Some(row.birth_date),
            sex: Some(row.sex),
            communities: row
                .communities
                .iter()
                .map(|(code, days)| codes(days, code.to_string()))
                .collect(),
            guardians: row
                .guardians
                .iter()
                .map(|(id, days)| codes(days, coded(self.letter, id)))
                .collect(),
            groups: row.groups.iter().map(|(name, days)| codes(days, (*name).to_owned())).collect(),
        });
        Ok(())
    }

    fn record(&mut self, row: &RecordRow<'_>) -> io::Result<()> {
        if row.date > self.until {
            return Ok(());
        }
        self.facts.push(Fact::Record(RecordFact {
            code: coded(self.letter, row.id),
            resident: coded(self.letter, row.resident),
            kind: row.kind.to_owned(),
            day: row.date,
            org: coded(self.letter, row.org),
            worker: row.worker.map(|id| coded(self.letter, id)).unwrap_or_default(),
            void: row.void,
            attributes: recorded(row.attributes),
        }));
        Ok(())
    }

    fn metric(&mut self, row: &MetricRow) -> io::Result<()> {
        let Some(value) = exact(row.value) else { return Ok(()) };
        let (community, name) = (row.community.to_string(), row.name.to_owned());
        self.facts.push(Fact::Metric { community, year: row.year, name, value });
        Ok(())
    }

    fn confirmation(&mut self, row: &ConfirmationRow) -> io::Result<()> {
        if row.date > self.until {
            return Ok(());
        }
        let subject = match row.subject {
            Subject::Record(id) => coded(self.letter, id),
            Subject::Period(..) => coded(self.letter, row.subject),
        };
        self.facts.push(Fact::Confirmation {
            award: row.award.to_owned(),
            subject,
            accept: row.accept,
            by: coded(self.letter, row.by),
            day: row.date,
        });
        Ok(())
    }

    fn sanction(&mut self, row: &SanctionRow) -> io::Result<()> {
        if row.from <= self.until {
            let days = DayRange { from: row.from, to: row.until.map_or(Day::LAST, Day::previous) };
            self.facts.push(Fact::Sanction { holder: coded(self.letter, row.holder), days });
        }
        Ok(())
    }
}

/// What was recorded, in the order of the vocabulary.
fn recorded(attributes: &Attributes) -> Vec<(String, AttributeValue)> {
    let Attributes { complete, abnormal, controlled, standard, improved, stage, .. } = *attributes;
    let Attributes { hours, weight_kg, waist_cm, systolic, diastolic, glucose, spo2, .. } =
        *attributes;
    let flags = [
        ("complete", complete),
        ("abnormal", abnormal),
        ("controlled", controlled),
        ("standard", standard),
        ("improved", improved),
    ];
    let numbers = [
        ("hours", hours),
        ("weight_kg", weight_kg),
        ("waist_cm", waist_cm),
        ("systolic", systolic),
        ("diastolic", diastolic),
        ("glucose", glucose),
        ("spo2", spo2),
    ];
    let flags = flags.into_iter().map(|(name, flag)| (name, flag.map(AttributeValue::Bool)));
    let texts = [("stage", stage.map(|text| AttributeValue::Text(text.to_owned())))];
    let numbers = numbers
        .into_iter()
        .map(|(name, number)| (name, number.and_then(exact).map(AttributeValue::Decimal)));
    let all = flags.chain(texts).chain(numbers);
    all.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn exact(number: Number) -> Option<Decimal> {
    number.to_string().parse().ok()
}
