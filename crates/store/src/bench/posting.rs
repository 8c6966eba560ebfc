//! Recording a service for somebody with many earlier ones, scoring and posting included, at a
//! steady rate.

use std::{
    thread,
    time::{Duration, Instant},
};

use kangji_core::{Day, DayRange, Moment};

use super::{Sorted, empty_store};
use crate::{
    facts::{AttributeValue, Fact, RecordFact, ResidentFact},
    post::{Entered, recording::Manner, services::CheckedService},
    sql::Location,
    store::StoreError,
};

/// How long a record took from being handed over to being posted.
#[derive(Clone, Copy, Debug)]
pub struct PostingFigures {
    /// How many records were recorded.
    pub records: usize,
    /// How many a second were really handed over.
    pub per_second: u64,
    /// Half of the records within.
    pub p50: Duration,
    /// 99 of 100 records within.
    pub p99: Duration,
}

/// How many people take turns.
const PEOPLE: u32 = 200;

fn record(person: u32, number: u32, day: Day) -> RecordFact {
    const KINDS: [&str; 4] =
        ["hypertension.followup", "outpatient.visited", "lecture.attended", "record.updated"];
    let kind = KINDS.into_iter().cycle().nth(usize::try_from(number % 4).unwrap_or_default());
    let reading = |value: &str| AttributeValue::Decimal(value.parse().unwrap_or_default());
    RecordFact {
        code: format!("bench-{person}-{number}"),
        resident: format!("bench-{person}"),
        kind: kind.unwrap_or_default().to_owned(),
        day,
        org: "bench-org".to_owned(),
        worker: String::new(),
        void: false,
        attributes: vec![
            ("controlled".to_owned(), AttributeValue::Bool(true)),
            ("systolic".to_owned(), reading("132")),
            ("diastolic".to_owned(), reading("84")),
        ],
    }
}

fn resident(person: u32, community: &str) -> Fact {
    let always =
        |value: &str| vec![(value.to_owned(), DayRange { from: Day::FIRST, to: Day::LAST })];
    Fact::Resident(ResidentFact {
        code: format!("bench-{person}"),
        birth_date: Day::new(1950, 3, 1),
        sex: None,
        communities: always(community),
        guardians: Vec::new(),
        groups: always("hypertension"),
    })
}

/// Measures in the empty database at `location`: `document` is published, people get `earlier`
/// records each within its first year, then one after the other gets a new record, `rate` a second.
///
/// # Errors
/// Where the database fails or has accounts, or the document is refused.
pub fn posting(
    location: &Location,
    document: &str,
    community: &str,
    (earlier, rate, records): (u32, u32, u32),
    now: Moment,
) -> Result<PostingFigures, StoreError> {
    let store = empty_store(location, now)?;
    let entered = Entered { now, reason: None };
    store.publish(document, now).wait()?.map_err(|error| StoreError::Thread(error.to_string()))?;
    let year = now.day().year();
    let day = |number: u32| Day::new(year, number % 10 + 1, number / 10 % 28 + 1);
    for person in 0..PEOPLE {
        let record = |number| Some(Fact::Record(record(person, number, day(number)?)));
        let facts = (0..earlier).filter_map(record);
        let facts = std::iter::once(resident(person, community)).chain(facts).collect();
        store.record(facts, entered).wait()?;
    }
    let manner = Manner { now, reason: None, changes: false };
    let pause = Duration::from_secs(1) / rate;
    let start = Instant::now();
    let (sender, waiting) = std::sync::mpsc::channel::<(Instant, crate::Pending<_>)>();
    let collector = thread::spawn(move || {
        let done = waiting
            .into_iter()
            .map(|(handed_over, pending)| pending.wait().map(|_| handed_over.elapsed()));
        done.collect::<Result<Vec<Duration>, StoreError>>()
    });
    for number in 0..records {
        let due = start + pause * number;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let person = number % PEOPLE;
        let fact = record(person, earlier + number / PEOPLE, now.day());
        let service = CheckedService::unseen(fact);
        // What is late is late: a record is due when it is due, not when there is time for it.
        let _ = sender.send((due, store.record_services(vec![service], manner.clone())));
    }
    let elapsed = start.elapsed();
    drop(sender);
    let durations = collector.join().map_err(|_| StoreError::Closed)??;
    let sorted = Sorted::new(durations);
    Ok(PostingFigures {
        records: sorted.0.len(),
        per_second: u64::from(records) * 1000
            / u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1),
        p50: sorted.quantile(50),
        p99: sorted.quantile(99),
    })
}
