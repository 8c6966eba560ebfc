//! Codes and links that are good once: the link of a first sign-in, recovery codes, a resident's
//! code from the counter, what an identity provider has to bring back.

use kangji_core::Moment;
use kangji_ledger::Hash;

use crate::{
    audit::{DONE, Done, Subject},
    schema::TICKETS,
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// What a ticket is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To set a password.
    Invitation,
    /// In the place of a one-time code.
    Recovery,
    /// To confirm the secret of one-time codes, which it holds.
    TotpSetUp,
    /// To sign in as a resident.
    ResidentCode,
    /// To come back from an identity provider.
    Identity,
    /// To pay with points at a shop, once.
    PayCode,
}

impl Purpose {
    const fn code(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Recovery => "recovery",
            Self::TotpSetUp => "totp-set-up",
            Self::ResidentCode => "resident-code",
            Self::Identity => "identity",
            Self::PayCode => "pay-code",
        }
    }
}

/// Something that is good once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The hash of what is shown.
    pub hash: Hash,
    /// What it is good for.
    pub purpose: Purpose,
    /// Whose it is; zeros for nobody's.
    pub principal: [u8; 16],
    /// What goes with it.
    pub content: String,
    /// Until when.
    pub ends_at: Moment,
}

impl Store {
    /// Issues tickets, in the place of all that their principals had for the same purpose.
    pub fn issue_tickets(&self, tickets: Vec<Ticket>) -> Pending<()> {
        self.work(move |unit| Ok(issue(unit.connection, &tickets)?))
    }

    /// Issues the first of these tickets whose hash no other has, in the place of what its
    /// principal had for the same purpose. Beside each stands what it is made of; that of the
    /// issued one is the answer, and `None` where there is none. A call that comes again learns
    /// what the first one's ticket is made of.
    pub fn issue_one(
        &self,
        subject: Subject,
        candidates: Vec<([u8; 16], Ticket)>,
        now: Moment,
    ) -> Pending<Option<[u8; 16]>> {
        self.once(move |unit| {
            unit.done.push(Done { subject, result: DONE });
            for (seed, ticket) in &candidates {
                let key = [Value::from(ticket.hash.bytes())];
                let mut taken = false;
                unit.connection.fetch(&TICKETS, 1, &key, Lock::Rows, |row| {
                    taken = now.millis() < row.int(4)?;
                    Ok(())
                })?;
                if !taken {
                    unit.connection.delete(&TICKETS, &key)?;
                    issue(unit.connection, std::slice::from_ref(ticket))?;
                    return Ok(Some(*seed));
                }
            }
            Ok(None)
        })
    }

    /// A ticket that could be taken, and stays.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn ticket(
        &self,
        hash: Hash,
        purpose: Purpose,
        now: Moment,
    ) -> Result<Option<Ticket>, StoreError> {
        let found = read(&mut *self.reader()?, hash, purpose, Lock::None)?;
        Ok(found.filter(|ticket| now < ticket.ends_at))
    }

    /// Takes a ticket, so that nobody takes it again; `None` where there is none for that purpose
    /// or its time is over.
    pub fn take_ticket(
        &self,
        hash: Hash,
        purpose: Purpose,
        now: Moment,
    ) -> Pending<Option<Ticket>> {
        self.work(move |unit| Ok(take(unit.connection, hash, purpose, now)?))
    }
}

/// [`Store::issue_tickets`] in the open transaction.
pub(super) fn issue(connection: &mut Connection, tickets: &[Ticket]) -> Result<(), SqlError> {
    for ticket in tickets {
        if ticket.principal != [0; 16] {
            forget(connection, &ticket.principal, ticket.purpose)?;
        }
    }
    let mut values = Vec::new();
    for ticket in tickets {
        values.extend([
            Value::from(ticket.hash.bytes()),
            Value::Text(ticket.purpose.code()),
            Value::from(&ticket.principal),
            Value::Text(&ticket.content),
            Value::Int(ticket.ends_at.millis()),
        ]);
    }
    connection.insert(&TICKETS, &values)
}

/// Removes what a principal has for a purpose, in the open transaction.
pub(super) fn forget(
    connection: &mut Connection,
    principal: &[u8; 16],
    purpose: Purpose,
) -> Result<(), SqlError> {
    let sql = "DELETE FROM tickets WHERE principal = $1 AND purpose = $2";
    connection.execute(sql, &[Value::from(principal), Value::Text(purpose.code())]).map(drop)
}

/// [`Store::take_ticket`] in the open transaction.
pub(super) fn take(
    connection: &mut Connection,
    hash: Hash,
    purpose: Purpose,
    now: Moment,
) -> Result<Option<Ticket>, SqlError> {
    let found = read(connection, hash, purpose, Lock::Rows)?;
    let found = found.filter(|ticket| now < ticket.ends_at);
    if found.is_some() {
        connection.delete(&TICKETS, &[Value::from(hash.bytes())])?;
    }
    Ok(found)
}

/// Uses a ticket for something, in the open transaction; whether that was possible. It stays until
/// its time is over: for the same thing it can be used again, since an answer may get lost.
pub(crate) fn use_for(
    connection: &mut Connection,
    hash: Hash,
    purpose: Purpose,
    what: &str,
    now: Moment,
) -> Result<bool, SqlError> {
    let found = read(connection, hash, purpose, Lock::Rows)?;
    let Some(ticket) = found.filter(|ticket| now < ticket.ends_at) else { return Ok(false) };
    if ticket.content.is_empty() {
        let sql = "UPDATE tickets SET content = $2 WHERE hash = $1";
        connection.execute(sql, &[Value::from(hash.bytes()), Value::Text(what)])?;
        return Ok(true);
    }
    Ok(ticket.content == what)
}

fn read(
    connection: &mut Connection,
    hash: Hash,
    purpose: Purpose,
    lock: Lock,
) -> Result<Option<Ticket>, SqlError> {
    let mut found = None;
    connection.fetch(&TICKETS, 1, &[Value::from(hash.bytes())], lock, |row| {
        if row.text(1)? == purpose.code() {
            found = Some(Ticket {
                hash,
                purpose,
                principal: row.array(2)?,
                content: row.text(3)?.to_owned(),
                ends_at: Moment::from_millis(row.int(4)?),
            });
        }
        Ok(())
    })?;
    Ok(found)
}
