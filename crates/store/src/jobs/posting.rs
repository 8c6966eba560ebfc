//! What the passing of days brings: periods end, and what was dated later counts from its day on.

use kangji_core::{Day, DayRange, Moment, Period};
use kangji_rules::{
    scheme::{Award, Occasion, Scheme},
    score::Program,
};

use super::{Job, JobError, JobRun, marks};
use crate::{
    facts::change::remember_everyone,
    ledger::rows::number,
    post::Entered,
    sql::{Connection, Value},
    store::{Store, StoreError},
};

/// Residents posted in one transaction.
const TOGETHER: usize = 500;

/// Posts, at the first run of a calendar day, the points of those whom the days since the last
/// run touch; and, at every run, of those who still wait.
pub(super) fn post(
    store: &Store,
    reader: &mut Connection,
    now: Moment,
) -> Result<Option<JobRun>, JobError> {
    let today = now.day();
    let mark = marks::read(reader, marks::POSTING)?;
    if mark.is_none_or(|mark| mark < number(today)) {
        let since = mark.and_then(|mark| u32::try_from(mark).ok()).and_then(Day::from_number);
        wait_for(store, since, now)?;
    }
    let mut run = JobRun::new(Job::Posting);
    let entered = Entered { now, reason: None };
    loop {
        let (residents, settlement) = store.post_some(TOGETHER, today, entered).wait()?;
        if residents == 0 {
            break;
        }
        let entries = settlement.credited + settlement.reversed;
        run.entries += u64::try_from(entries).unwrap_or(u64::MAX);
    }
    marks::advance(store, vec![marks::POSTING.to_owned()], number(today), now)?;
    Ok((run.entries > 0).then_some(run))
}

/// Has everybody wait whose outcomes may be others than on `since`.
fn wait_for(store: &Store, since: Option<Day>, now: Moment) -> Result<(), StoreError> {
    let rulebook = store.rulebook();
    let later = store.work(move |unit| {
        let rulebook = rulebook(unit.connection)?;
        let days = since.map(|since| DayRange { from: since.next(), to: now.day() });
        let ends = |program: &Program| days.is_none_or(|days| a_period_ends(program, days));
        if rulebook.programs.iter().any(ends) {
            return Ok(remember_everyone(unit.connection, now)?);
        }
        let Some(days) = days else { return Ok(()) };
        for dated in [RECORDS, DECISIONS] {
            let days = [Value::Int(number(days.from)), Value::Int(number(days.to))];
            let [from, to] = days;
            unit.connection.execute(dated, &[Value::Int(now.millis()), from, to])?;
        }
        Ok(())
    });
    later.wait()
}

/// Residents with a record dated on the days.
const RECORDS: &str = "INSERT INTO unposted (resident, since)
    SELECT DISTINCT resident, $1 FROM records WHERE day BETWEEN $2 AND $3
    AND NOT EXISTS (SELECT 1 FROM unposted WHERE unposted.resident = records.resident)";

/// Residents about whose records or periods somebody decided on the days.
const DECISIONS: &str = "INSERT INTO unposted (resident, since)
    SELECT found.resident, $1 FROM (
        SELECT records.resident AS resident FROM confirmations
            JOIN records ON records.code = confirmations.subject
            WHERE confirmations.day BETWEEN $2 AND $3
        UNION SELECT holders.id AS resident FROM confirmations
            JOIN holders ON holders.code = confirmations.subject
            WHERE confirmations.day BETWEEN $2 AND $3
    ) found
    WHERE NOT EXISTS (SELECT 1 FROM unposted WHERE unposted.resident = found.resident)";

/// Whether a period that some award waits for ends on one of the days.
fn a_period_ends(program: &Program, days: DayRange) -> bool {
    let within = |scheme: &Scheme, award: &Award| match award.occasion {
        Occasion::Record(_) => false,
        Occasion::Period(kind) => {
            let last = Period::containing(kind, days.to).days();
            let counts = award.counts.unwrap_or(scheme.in_force);
            let ends = [last.to, last.from.previous(), counts.to, scheme.in_force.to];
            ends.into_iter().any(|end| days.contains(end))
        }
    };
    let versions = program.versions().iter();
    versions.into_iter().any(|scheme| scheme.awards.iter().any(|award| within(scheme, award)))
}
