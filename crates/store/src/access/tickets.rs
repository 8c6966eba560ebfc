//! Codes and links that are good once: the link of a first sign-in, recovery codes, a resident's
//! code from the counter, what an identity provider has to bring back.

use kangji_core::Moment;
use kangji_ledger::Hash;

use crate::{
    schema::TICKETS,
    sql::{Lock, Value},
    store::{Pending, Store},
};

/// Something that is good once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The hash of what is shown.
    pub hash: Hash,
    /// What it is good for.
    pub purpose: String,
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
        self.work(move |unit| {
            for ticket in &tickets {
                let own = [Value::from(&ticket.principal), Value::Text(&ticket.purpose)];
                let sql = "DELETE FROM tickets WHERE principal = $1 AND purpose = $2";
                if ticket.principal != [0; 16] {
                    unit.connection.execute(sql, &own)?;
                }
            }
            let mut values = Vec::new();
            for ticket in &tickets {
                values.extend([
                    Value::from(ticket.hash.bytes()),
                    Value::Text(&ticket.purpose),
                    Value::from(&ticket.principal),
                    Value::Text(&ticket.content),
                    Value::Int(ticket.ends_at.millis()),
                ]);
            }
            Ok(unit.connection.insert(&TICKETS, &values)?)
        })
    }

    /// Takes a ticket, so that nobody takes it again; `None` where there is none for that purpose
    /// or its time is over.
    pub fn take_ticket(&self, hash: Hash, purpose: &str, now: Moment) -> Pending<Option<Ticket>> {
        let purpose = purpose.to_owned();
        self.work(move |unit| {
            let mut found = None;
            let key = [Value::from(hash.bytes())];
            unit.connection.fetch(&TICKETS, 1, &key, Lock::Rows, |row| {
                found = Some(Ticket {
                    hash,
                    purpose: row.text(1)?.to_owned(),
                    principal: row.array(2)?,
                    content: row.text(3)?.to_owned(),
                    ends_at: Moment::from_millis(row.int(4)?),
                });
                Ok(())
            })?;
            let found = found.filter(|ticket| ticket.purpose == purpose && now < ticket.ends_at);
            if found.is_some() {
                unit.connection.delete(&TICKETS, &key)?;
            }
            Ok(found)
        })
    }
}
