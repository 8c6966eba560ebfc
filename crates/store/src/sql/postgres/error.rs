//! PostgreSQL's errors in classes. Details of the server are left out: they may quote stored data.

use std::{error::Error as _, io};

use tokio_postgres::{
    Error,
    error::{DbError, Severity, SqlState},
};

use crate::sql::{Class, SqlError};

pub(super) fn told(error: Error) -> SqlError {
    match error.as_db_error() {
        Some(server) => {
            let text = format!("{} ({})", server.message(), server.code().code());
            SqlError::new(class(server), text)
        }
        None => {
            // What is no answer of the server is an error of the connection, unless it concerns
            // what was about to be sent.
            let cause = error.source();
            let io = cause.is_some_and(|cause| cause.is::<io::Error>());
            let ours = cause.is_some() && !io;
            let class = if ours { Class::Other } else { Class::Unavailable };
            let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
            SqlError::new(class, format!("{error}{cause}"))
        }
    }
}

fn class(error: &DbError) -> Class {
    let code = error.code();
    let conflicts = [
        SqlState::UNIQUE_VIOLATION,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ];
    let busy = [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED];
    let fatal = [Severity::Fatal, Severity::Panic];
    if *code == SqlState::DISK_FULL {
        Class::Full
    } else if conflicts.contains(code) {
        Class::Conflict
    } else if busy.contains(code) {
        Class::Busy
    } else if is_configuration(code.code()) {
        Class::Other
    } else if error.parsed_severity().is_some_and(|severity| fatal.contains(&severity))
        || is_unavailable(code.code())
    {
        Class::Unavailable
    } else {
        Class::Other
    }
}

/// Refusals at the door that last until somebody changes the address or the server: no such role,
/// wrong password, no such database.
fn is_configuration(code: &str) -> bool {
    code.starts_with("28") || code.starts_with("3D")
}

/// Connection lost, resources used up, server stopping or starting, its disk failing, answer of a
/// commit unknown.
fn is_unavailable(code: &str) -> bool {
    ["08", "53", "57P", "58", "40003"].iter().any(|start| code.starts_with(start))
}
