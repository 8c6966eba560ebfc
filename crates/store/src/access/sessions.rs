//! Sessions of people and access tokens of systems, by the hash of what they show.

use std::collections::BTreeSet;

use kangji_core::{
    Day, Moment,
    ids::{HolderId, OfficerId},
};
use kangji_ledger::Hash;
use kangji_rights::{Action, Grant};

use super::{
    clients::{self, Client, scopes, words},
    grants, users,
};
use crate::{
    audit::Actor,
    read::people::wards,
    schema::{GRANTS, SESSIONS, USERS},
    sql::{Connection, Fetch, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// By how much somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// The password was right, and a second factor is still to be shown or set up.
    Half,
    /// All that is asked for.
    Full,
}

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of the token they show.
    pub token: Hash,
    /// Who.
    pub principal: Actor,
    /// What it is limited to; empty for all that the principal may do.
    pub scopes: BTreeSet<Action>,
    /// By how much they proved it.
    pub strength: Strength,
    /// Since when.
    pub started_at: Moment,
    /// When it was last used, to the minute.
    pub used_at: Moment,
    /// When it ends whatever happens.
    pub ends_at: Moment,
}

/// What somebody may do now, whatever they might when they signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A member of staff with what they are granted.
    Staff(Vec<Grant>),
    /// A connected system.
    Client(Client),
    /// A resident: whom they act for, themselves first.
    Resident(Vec<HolderId>),
}

impl Store {
    /// The session of a token, whether or not it has ended, and what its principal may do on a
    /// day; `None` where there is none, or its principal may not come in any more. Nothing is
    /// kept from one call to the next, so that whatever any server has committed counts.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn signed_in(
        &self,
        token: Hash,
        day: Day,
    ) -> Result<Option<(Session, Standing)>, StoreError> {
        let mut reader = self.reader()?;
        let mut found = None;
        reader.fetch(&SESSIONS, 1, &[Value::from(token.bytes())], Lock::None, |row| {
            found = from_row(&row)?;
            Ok(())
        })?;
        let Some(session) = found else { return Ok(None) };
        let standing = match session.principal {
            Actor::Staff(id) => staff(&mut reader, id)?.map(Standing::Staff),
            Actor::Client(id) => {
                let client = clients::read(&mut reader, id, Lock::None)?;
                client.filter(|client| client.disabled_at.is_none()).map(Standing::Client)
            }
            Actor::Resident(id) => {
                let wards = wards(&mut reader, id, day)?;
                Some(Standing::Resident(std::iter::once(id).chain(wards).collect()))
            }
            Actor::Program | Actor::Nobody => None,
        };
        Ok(standing.map(|standing| (session, standing)))
    }

    /// Begins a session in the place of another one, if `instead` names it.
    pub fn start_session(&self, session: Session, instead: Option<Hash>) -> Pending<()> {
        self.work(move |unit| {
            if let Some(old) = instead {
                unit.connection.delete(&SESSIONS, &[Value::from(old.bytes())])?;
            }
            Ok(begin(unit.connection, &session)?)
        })
    }

    /// Notes that a session was used.
    pub fn use_session(&self, token: Hash, now: Moment) -> Pending<()> {
        self.work(move |unit| {
            let sql = "UPDATE sessions SET used_at = $2 WHERE token = $1";
            unit.connection.execute(sql, &[Value::from(token.bytes()), now.millis().into()])?;
            Ok(())
        })
    }

    /// Ends a session.
    pub fn end_session(&self, token: Hash) -> Pending<()> {
        self.work(move |unit| {
            Ok(unit.connection.delete(&SESSIONS, &[Value::from(token.bytes())])?)
        })
    }

    /// Ends all sessions of somebody, and all that is good once for them.
    pub fn end_sessions_of(&self, principal: Actor) -> Pending<()> {
        self.work(move |unit| {
            let Some(id) = principal.parts().1 else { return Ok(()) };
            end_all(unit.connection, id)?;
            let sql = "DELETE FROM tickets WHERE principal = $1";
            unit.connection.execute(sql, &[Value::from(id)])?;
            Ok(())
        })
    }

    /// Removes sessions that ended or were not used since `idle`, tickets that ended, attempts
    /// and first answers of before `idle`.
    pub fn sweep(&self, now: Moment, idle: Moment) -> Pending<()> {
        self.work(move |unit| {
            for (sql, before) in [
                ("DELETE FROM sessions WHERE ends_at <= $1", now),
                ("DELETE FROM sessions WHERE used_at <= $1", idle),
                ("DELETE FROM tickets WHERE ends_at <= $1", now),
                ("DELETE FROM failures WHERE last_at <= $1", idle),
                ("DELETE FROM calls WHERE answered_at <= $1", idle),
            ] {
                unit.connection.execute(sql, &[Value::Int(before.millis())])?;
            }
            Ok(())
        })
    }
}

/// Begins a session, in the open transaction.
pub(super) fn begin(connection: &mut Connection, session: &Session) -> Result<(), SqlError> {
    let (kind, principal) = session.principal.parts();
    let scopes = words(&session.scopes);
    let row = [
        Value::from(session.token.bytes()),
        Value::Text(kind),
        principal.into(),
        Value::Text(&scopes),
        Value::Int(i64::from(session.strength == Strength::Full)),
        Value::Int(session.started_at.millis()),
        Value::Int(session.used_at.millis()),
        Value::Int(session.ends_at.millis()),
    ];
    connection.insert(&SESSIONS, &row)
}

/// Ends all sessions of a principal, in the open transaction.
pub(super) fn end_all(connection: &mut Connection, principal: &[u8; 16]) -> Result<(), SqlError> {
    let sql = "DELETE FROM sessions WHERE principal = $1";
    connection.execute(sql, &[Value::from(principal)]).map(drop)
}

/// What a member of staff is granted, unless they may not come in.
fn staff(connection: &mut Connection, id: OfficerId) -> Result<Option<Vec<Grant>>, SqlError> {
    let key = [Value::from(id.bytes())];
    let fetch = |table| Fetch { table, prefix: 1, keys: &key };
    let (mut enabled, mut grants) = (false, Vec::new());
    connection.fetch_all(&[fetch(&USERS), fetch(&GRANTS)], |place, row| {
        match place {
            0 => enabled = users::from_row(&row)?.disabled_at.is_none(),
            _ => grants.push(grants::grant(&row)?),
        }
        Ok(())
    })?;
    Ok(enabled.then_some(grants))
}

fn from_row(row: &Row<'_>) -> Result<Option<Session>, SqlError> {
    let principal = Actor::from_parts(row.text(1)?, Some(row.array(2)?));
    let Some(principal) = principal else { return Ok(None) };
    Ok(Some(Session {
        token: Hash::from_bytes(row.array(0)?),
        principal,
        scopes: scopes(row, 3)?,
        strength: if row.int(4)? == 0 { Strength::Half } else { Strength::Full },
        started_at: Moment::from_millis(row.int(5)?),
        used_at: Moment::from_millis(row.int(6)?),
        ends_at: Moment::from_millis(row.int(7)?),
    }))
}
