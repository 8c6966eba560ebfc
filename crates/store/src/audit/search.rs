//! Reading the audit log: searching it, and proving that it is whole.

use kangji_core::Moment;
use kangji_ledger::Hash;

use super::{Actor, Line, Subject, end};
use crate::{
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
};

/// Which lines to read, the newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only what they did.
    pub actor: Option<Actor>,
    /// Only what was done on this.
    pub subject: Option<Subject>,
    /// Only this action.
    pub action: Option<String>,
    /// Not before.
    pub from: Option<Moment>,
    /// Before.
    pub until: Option<Moment>,
    /// Only lines before the one of this number.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u16,
}

/// What proving the log found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// How many lines follow from each other.
    pub lines: i64,
    /// The first line that is not what was written, or that is missing.
    pub broken_at: Option<i64>,
    /// The hash at the end, to be kept outside the database.
    pub end: Hash,
}

impl Store {
    /// Lines of the audit log, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn audit(&self, query: &AuditQuery) -> Result<Vec<Line>, StoreError> {
        let mut conditions = vec![];
        let mut values = vec![];
        let mut require = |condition: &str, value| {
            values.push(value);
            conditions.push(format!("{condition} ${}", values.len()));
        };
        let actor = query.actor.as_ref().map(Actor::parts);
        if let Some((kind, id)) = actor {
            require("actor_kind =", Value::Text(kind));
            id.into_iter().for_each(|id| require("actor =", Value::from(id)));
        }
        let subject = query.subject.as_ref().map(Subject::parts);
        if let Some((kind, id)) = subject {
            require("subject_kind =", Value::Text(kind));
            id.into_iter().for_each(|id| require("subject =", Value::from(id)));
        }
        query.action.iter().for_each(|action| require("action =", Value::Text(action)));
        query.from.iter().for_each(|from| require("at >=", Value::Int(from.millis())));
        query.until.iter().for_each(|until| require("at <", Value::Int(until.millis())));
        query.before.iter().for_each(|before| require("number <", Value::Int(*before)));
        require("number >", Value::Int(0));
        let conditions = conditions.join(" AND ");
        let limit = query.limit;
        let sql = format!(
            "SELECT number, at, actor_kind, actor, action, subject_kind, subject, origin, trace,
            result, hash FROM audit WHERE {conditions} ORDER BY number DESC LIMIT {limit}"
        );
        let mut lines = Vec::new();
        self.reader()?.query(&sql, &values, |row| {
            lines.push(Line::from_row(&row)?);
            Ok(())
        })?;
        Ok(lines)
    }

    /// Goes through the whole audit log: each line must follow from the one before, and the last
    /// one must be the one noted as the end.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let report = verify(&mut connection, &mut |_, _| ());
        connection.rollback();
        Ok(report?)
    }
}

/// [`Store::verify_audit`] in the open transaction. `passed` is told the number and the hash of
/// every line that follows from those before.
pub(crate) fn verify(
    connection: &mut Connection,
    passed: &mut dyn FnMut(i64, Hash),
) -> Result<AuditReport, SqlError> {
    let mut report = AuditReport { lines: 0, broken_at: None, end: Hash::NONE };
    let all = "SELECT number, at, actor_kind, actor, action, subject_kind, subject, origin, trace,
        result, hash FROM audit ORDER BY number";
    connection.query(all, &[], |row| {
        if report.broken_at.is_some() {
            return Ok(());
        }
        let next = report.lines + 1;
        let sound = Line::from_row(&row)
            .ok()
            .filter(|line| line.number == next && line.hash_after(report.end) == line.hash);
        match sound {
            Some(line) => {
                (report.lines, report.end) = (next, line.hash);
                passed(next, line.hash);
            }
            None => report.broken_at = Some(next),
        }
        Ok(())
    })?;
    let noted = end(connection, Lock::None)?.unwrap_or((0, Hash::NONE));
    if report.broken_at.is_none() && noted != (report.lines, report.end) {
        report.broken_at = Some(report.lines + 1);
    }
    Ok(report)
}
