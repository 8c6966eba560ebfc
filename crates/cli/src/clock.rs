//! The clock, asked nowhere else: everything below the command takes the time as an argument.

use std::time::{SystemTime, UNIX_EPOCH};

use kangji_core::Moment;

#[expect(clippy::disallowed_methods, reason = "the command is the outermost edge")]
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
