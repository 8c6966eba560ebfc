//! Connected systems.

use std::collections::BTreeSet;

use kangji_core::{DivisionPrefix, Moment, ids::ClientId};
use kangji_ledger::Hash;
use kangji_rights::Action;

use super::grants::{area, area_of, institution_of};
use crate::{
    audit::{DONE, Done, Subject},
    ledger::rows::natural,
    schema::CLIENTS,
    sql::{Lock, Row, SqlError, Value},
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
        let mut found = None;
        self.reader()?.fetch(&CLIENTS, 1, &[Value::from(id.bytes())], Lock::None, |row| {
            found = Some(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
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

    /// Keeps a connected system as given.
    pub fn put_client(&self, client: Client) -> Pending<()> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::Client(client.id), result: DONE });
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
            Ok(unit.connection.upsert(&CLIENTS, &row)?)
        })
    }
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
