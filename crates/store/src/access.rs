//! Who may come in: staff and what they are granted, connected systems, sessions, codes that are
//! good once, attempts that failed. It keeps hashes of what people show, never the thing itself,
//! and decides nothing: `kangji-rights` says what grants come to, the server says who signs in.

mod clients;
mod failures;
pub(crate) mod filter;
mod grants;
mod identities;
mod sessions;
mod staff;
mod tickets;
mod users;

#[cfg(test)]
mod tests;

pub use clients::Client;
pub use failures::Failures;
pub use sessions::{Session, Standing, Strength};
pub use staff::{FORGET_SECOND_FACTOR, SecondFactor, Unchanged};
pub(crate) use tickets::use_for;
pub use tickets::{Purpose, Ticket};
pub use users::{NameTaken, User};
