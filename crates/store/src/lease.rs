//! Leases: which of several servers does what only one should do, until when. A lease that its
//! holder does not renew ends by itself, and somebody else takes it.

use kangji_core::Moment;

use crate::{
    sql::Value,
    store::{Pending, Store},
};

/// A lease that somebody wants.
#[derive(Clone, Debug)]
pub struct Lease {
    /// What only its holder does.
    pub name: &'static str,
    /// Who wants it: one id for each server's run.
    pub holder: [u8; 16],
    /// For how many milliseconds.
    pub millis: i64,
}

impl Store {
    /// Takes or renews a lease; `false` where somebody else holds it.
    ///
    /// One that ends later than twice its time from now was taken under a clock that has been put
    /// back since: nobody waits for it.
    pub fn take_lease(&self, lease: &Lease, now: Moment) -> Pending<bool> {
        let Lease { name, holder, millis } = lease.clone();
        let take = "INSERT INTO leases (name, holder, ends_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at
            WHERE leases.holder = excluded.holder OR leases.ends_at <= $4 OR leases.ends_at > $5";
        let [ends_at, too_late] = [millis, millis.saturating_mul(2)]
            .map(|millis| Value::Int(now.millis().saturating_add(millis)));
        let now = Value::Int(now.millis());
        self.work(move |unit| {
            let row = [Value::Text(name), Value::from(&holder), ends_at, now, too_late];
            Ok(unit.connection.execute(take, &row)? > 0)
        })
    }

    /// Gives a lease up, if it is still held, so that nobody has to wait for its end.
    pub fn end_lease(&self, lease: &Lease) -> Pending<()> {
        let Lease { name, holder, .. } = lease.clone();
        self.work(move |unit| {
            let end = "DELETE FROM leases WHERE name = $1 AND holder = $2";
            unit.connection.execute(end, &[Value::Text(name), Value::from(&holder)])?;
            Ok(())
        })
    }
}
