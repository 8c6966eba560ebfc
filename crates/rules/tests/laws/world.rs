//! The input tables of scoring as plain rows of texts, before anything is interned or sorted.

use std::sync::LazyLock;

use kangji_core::{
    Day, DayRange, Decimal, Division, Sym,
    tables::{Confirmation, Metric, Record, Sanction, Sex, Tables},
    vocabulary::{AttributeType, Vocabulary},
};

/// A value with the days on which it holds.
pub(crate) type Dated = (String, DayRange);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ResidentRow {
    pub(crate) id: String,
    pub(crate) birth_date: Option<Day>,
    pub(crate) sex: Option<Sex>,
    pub(crate) communities: Vec<Dated>,
    pub(crate) guardians: Vec<Dated>,
    pub(crate) groups: Vec<Dated>,
}

impl ResidentRow {
    pub(crate) fn community(&self, day: Day) -> Option<&str> {
        on(&self.communities, day)
    }

    pub(crate) fn guardian(&self, day: Day) -> Option<&str> {
        on(&self.guardians, day)
    }
}

fn on(list: &[Dated], day: Day) -> Option<&str> {
    list.iter().find(|(_, days)| days.contains(day)).map(|(value, _)| value.as_str())
}

/// What a record says under an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Flag(bool),
    Text(String),
    Number(Decimal),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecordRow {
    pub(crate) id: String,
    pub(crate) resident: String,
    pub(crate) kind: &'static str,
    pub(crate) date: Day,
    /// Empty where nobody assisted.
    pub(crate) worker: String,
    pub(crate) void: bool,
    /// The attributes that were recorded.
    pub(crate) values: Vec<(&'static str, Value)>,
}

impl RecordRow {
    pub(crate) fn value(&self, attribute: &str) -> Option<&Value> {
        self.values.iter().find(|(name, _)| *name == attribute).map(|(_, value)| value)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MetricRow {
    pub(crate) community: String,
    pub(crate) year: u32,
    pub(crate) name: &'static str,
    pub(crate) value: Decimal,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConfirmationRow {
    pub(crate) award: String,
    pub(crate) subject: String,
    pub(crate) accept: bool,
    pub(crate) by: &'static str,
    pub(crate) date: Day,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SanctionRow {
    pub(crate) holder: String,
    pub(crate) from: Day,
    /// The first day after it; `None` while it is open.
    pub(crate) until: Option<Day>,
}

/// All tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct World {
    pub(crate) residents: Vec<ResidentRow>,
    pub(crate) records: Vec<RecordRow>,
    pub(crate) metrics: Vec<MetricRow>,
    pub(crate) confirmations: Vec<ConfirmationRow>,
    pub(crate) sanctions: Vec<SanctionRow>,
}

/// The national words and one more text attribute.
pub(crate) fn words() -> &'static Vocabulary {
    static WORDS: LazyLock<Vocabulary> = LazyLock::new(|| {
        let mut words = Vocabulary::national();
        words.declare("ward", "text", "病区", "").expect("a new attribute");
        words
    });
    &WORDS
}

impl World {
    pub(crate) fn resident(&self, id: &str) -> Option<&ResidentRow> {
        self.residents.iter().find(|resident| resident.id == id)
    }

    pub(crate) fn record(&self, id: &str) -> Option<&RecordRow> {
        self.records.iter().find(|record| record.id == id)
    }

    /// The same world with only some residents, and only some records.
    pub(crate) fn only(
        &self,
        resident: impl Fn(&ResidentRow) -> bool,
        record: impl Fn(&RecordRow) -> bool,
    ) -> Self {
        let mut part = self.clone();
        part.residents.retain(resident);
        part.records.retain(record);
        part
    }

    /// The tables that scoring reads.
    pub(crate) fn tables(&self) -> Tables {
        let words = words();
        let mut tables = Tables::default();
        for row in &self.residents {
            let id = tables.symbols.intern(&row.id);
            let community = |(code, days): &Dated| (division(code), *days);
            let communities: Vec<_> = row.communities.iter().map(community).collect();
            let guardians: Vec<_> =
                row.guardians.iter().map(|(id, days)| (tables.symbols.intern(id), *days)).collect();
            let group =
                |(name, days): &Dated| (words.group(name).expect("a national group"), *days);
            let groups: Vec<_> = row.groups.iter().map(group).collect();
            tables.add_resident(id, row.birth_date, row.sex, &communities, &guardians, &groups);
        }
        for (place, row) in self.records.iter().enumerate() {
            add_record(&mut tables, words, place, row);
        }
        for row in &self.metrics {
            let name = tables.symbols.intern(row.name);
            let community = division(&row.community);
            tables.metrics.push(Metric { community, year: row.year, name, value: row.value });
        }
        for row in &self.confirmations {
            let mut sym = |text: &str| tables.symbols.intern(text);
            let (award, subject, by) = (sym(&row.award), sym(&row.subject), sym(row.by));
            let (accept, date) = (row.accept, row.date);
            tables.confirmations.push(Confirmation { award, subject, accept, by, date });
        }
        for row in &self.sanctions {
            let to = row.until.map_or(Day::LAST, Day::previous);
            let holder = tables.symbols.intern(&row.holder);
            tables.sanctions.push(Sanction { holder, days: DayRange { from: row.from, to } });
        }
        tables
    }
}

fn division(code: &str) -> Division {
    Division::parse(code).expect("a twelve-digit code")
}

fn add_record(tables: &mut Tables, words: &Vocabulary, place: usize, row: &RecordRow) {
    let mut record = Record {
        id: tables.symbols.intern(&row.id),
        resident: tables.symbols.intern(&row.resident),
        org: Sym::EMPTY,
        worker: tables.symbols.intern(&row.worker),
        date: row.date,
        kind: words.kind(row.kind).expect("a national kind"),
        void: row.void,
        flags_recorded: 0,
        flags_true: 0,
    };
    for (name, value) in &row.values {
        let holds = words.attribute(name).expect("a declared attribute").holds;
        match (holds, value) {
            (AttributeType::Bool(bit), Value::Flag(flag)) => {
                record.flags_recorded |= 1 << bit;
                record.flags_true |= u32::from(*flag) << bit;
            }
            (AttributeType::Text(slot), Value::Text(text)) => {
                let text = tables.symbols.intern(text);
                tables.records.set_text(slot, place, text);
            }
            (AttributeType::Decimal(slot), Value::Number(number)) => {
                tables.records.set_decimal(slot, place, *number);
            }
            (holds, value) => unreachable!("{name} holds {holds:?}, not {value:?}"),
        }
    }
    tables.records.rows.push(record);
}

impl World {
    /// Adds all rows of another world.
    pub(crate) fn add(&mut self, more: &Self) {
        self.residents.extend(more.residents.iter().cloned());
        self.records.extend(more.records.iter().cloned());
        self.metrics.extend(more.metrics.iter().cloned());
        self.confirmations.extend(more.confirmations.iter().cloned());
        self.sanctions.extend(more.sanctions.iter().cloned());
    }

    /// The same world with other people, records and communities.
    pub(crate) fn renamed(&self) -> Self {
        // Another community of the same street.
        let place = |code: &str| format!("{}5{}", &code[..10], &code[11..]);
        let person = |id: &str| {
            let is_community = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
            match id {
                "" => String::new(),
                id if is_community => place(id),
                id => format!("twin-{id}"),
            }
        };
        let mut twin = self.clone();
        for resident in &mut twin.residents {
            resident.id = person(&resident.id);
            resident.communities.iter_mut().for_each(|(code, _)| *code = place(code));
            resident.guardians.iter_mut().for_each(|(id, _)| *id = person(id));
        }
        for record in &mut twin.records {
            record.id = person(&record.id);
            record.resident = person(&record.resident);
            record.worker = person(&record.worker);
        }
        twin.metrics.iter_mut().for_each(|row| row.community = place(&row.community));
        twin.confirmations.iter_mut().for_each(|row| row.subject = person(&row.subject));
        twin.sanctions.iter_mut().for_each(|row| row.holder = person(&row.holder));
        twin
    }
}
