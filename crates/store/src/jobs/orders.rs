//! Orders that were not fetched in time are called off: points and goods are free again.

use kangji_core::{Moment, ids::OrderId};

use super::{Job, JobError, JobRun};
use crate::{
    redemption::{OrderAct, OrderCommand},
    sql::{Connection, Value},
    store::Store,
};

/// Orders that are looked at together.
const TOGETHER: i64 = 1000;

/// Calls off what is due at `now`.
pub(super) fn call_off(
    store: &Store,
    reader: &mut Connection,
    now: Moment,
) -> Result<Option<JobRun>, JobError> {
    let mut run = JobRun::new(Job::Orders);
    let mut after = OrderId::from_bytes([0; 16]);
    loop {
        let due = due(reader, after, now)?;
        let waiting: Vec<_> = due.iter().map(|order| store.order(time_out(*order, now))).collect();
        for pending in waiting {
            // What is refused was fetched meanwhile, or called off by somebody who was quicker.
            run.entries += u64::from(pending.wait()?.is_ok());
        }
        let Some(last) = due.last() else { break };
        after = *last;
    }
    Ok((run.entries > 0).then_some(run))
}

const fn time_out(order: OrderId, now: Moment) -> OrderCommand {
    OrderCommand { act: OrderAct::TimeOut { order }, by: None, now }
}

fn due(reader: &mut Connection, after: OrderId, now: Moment) -> Result<Vec<OrderId>, JobError> {
    let sql = "SELECT id FROM orders WHERE state = 'waiting' AND due_at <= $1 AND id > $2
        ORDER BY id LIMIT $3";
    let values = [Value::Int(now.millis()), Value::from(after.bytes()), Value::Int(TOGETHER)];
    let mut found = Vec::new();
    reader.query(sql, &values, |row| {
        found.push(OrderId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    Ok(found)
}
