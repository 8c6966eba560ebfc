//! Connected systems.

use std::collections::BTreeSet;

use kangji_core::{DivisionPrefix, Moment, ids::ClientId};
use kangji_ledger::Hash;
use kangji_rights::Action;

use super::{
    grants::{area, area_of, institution_of},
    sessions,
};
use crate::{
    audit::{DONE, Done, Subject},
    ledger::rows::natural,
    schema::CLIENTS,
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// A connected system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The id it shows.
    pub id: ClientId,
    /// What it is, for people.
    pub name: String,
    /// The hash of the secret it shows.
    pub secret: Hash,
    /// What it may do at most.
    pub scopes: BTreeSet<Action>,
    /// Where.
    pub area: DivisionPrefix,
    /// For which institution only.
    pub institution: Option<String>,
    /// How often it may call in a minute.
    pub calls_per_minute: u32,
    /// Since when it may not come in.
    pub disabled_at: Option<Moment>,
}

impl Store {
    /// The connected system with this id.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn client(&self, id: ClientId) -> Result<Option<Client>, StoreError> {
        Ok(read(&mut *self.reader()?, id, Lock::None)?)
    }

    /// All connected systems, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn clients(&self) -> Result<Vec<Client>, StoreError> {
        let mut clients = Vec::new();
        let all = "SELECT id, name, secret, scopes, area, institution, calls_per_minute,
            disabled_at FROM clients ORDER BY id";
        self.reader()?.query(all, &[], |row| {
            clients.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(clients)
    }

    /// Makes a connected system. A call that comes again learns the bytes of the first
    /// one's id.
    pub fn add_client(&self, client: Client) -> Pending<[u8; 16]> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::Client(client.id), result: DONE });
            put(unit.connection, &client)?;
            Ok(*client.id.bytes())
        })
    }

    /// Changes a connected system; `false` where there is none. Whoever may not come in any more
    /// is out at once, since every call looks.
    pub fn change_client(
        &self,
        id: ClientId,
        change: impl Fn(&mut Client) + Send + 'static,
    ) -> Pending<bool> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::Client(id), result: DONE });
            let Some(mut client) = read(unit.connection, id, Lock::Rows)? else { return Ok(false) };
            change(&mut client);
            put(unit.connection, &client)?;
            Ok(true)
        })
    }

    /// Gives a connected system another secret and ends its access tokens. Beside the secret's
    /// hash stands what it is made of, which is the answer; a call that comes again learns what
    /// the first one's secret is made of. `None` where there is no such system.
    pub fn renew_secret(
        &self,
        id: ClientId,
        seed: [u8; 16],
        secret: Hash,
    ) -> Pending<Option<[u8; 16]>> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::Client(id), result: DONE });
            let Some(client) = read(unit.connection, id, Lock::Rows)? else { return Ok(None) };
            put(unit.connection, &Client { secret, ..client })?;
            sessions::end_all(unit.connection, id.bytes())?;
            Ok(Some(seed))
        })
    }
}

fn put(connection: &mut Connection, client: &Client) -> Result<(), SqlError> {
    let (scopes, area) = (words(&client.scopes), area(client.area));
    let row = [
        Value::from(client.id.bytes()),
        Value::Text(&client.name),
        Value::from(client.secret.bytes()),
        Value::Text(&scopes),
        Value::Text(&area),
        Value::Text(client.institution.as_deref().unwrap_or_default()),
        Value::Int(i64::from(client.calls_per_minute)),
        client.disabled_at.map(Moment::millis).into(),
    ];
    connection.upsert(&CLIENTS, &row)
}

/// A connected system.
pub(super) fn read(
    connection: &mut Connection,
    id: ClientId,
    lock: Lock,
) -> Result<Option<Client>, SqlError> {
    let mut found = None;
    connection.fetch(&CLIENTS, 1, &[Value::from(id.bytes())], lock, |row| {
        found = Some(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

fn from_row(row: &Row<'_>) -> Result<Client, SqlError> {
    Ok(Client {
        id: ClientId::from_bytes(row.array(0)?),
        name: row.text(1)?.to_owned(),
        secret: Hash::from_bytes(row.array(2)?),
        scopes: scopes(row, 3)?,
        area: area_of(row, 4)?,
        institution: institution_of(row, 5)?,
        calls_per_minute: natural(row, 6)?,
        disabled_at: row.opt_int(7)?.map(Moment::from_millis),
    })
}

/// Actions as words with spaces between.
pub(super) fn words(scopes: &BTreeSet<Action>) -> String {
    scopes.iter().map(|action| action.code()).collect::<Vec<_>>().join(" ")
}

/// The actions of such words; those this program no longer knows give no right.
pub(super) fn scopes(row: &Row<'_>, position: usize) -> Result<BTreeSet<Action>, SqlError> {
    Ok(row.text(position)?.split_whitespace().filter_map(|word| word.parse().ok()).collect())
}
