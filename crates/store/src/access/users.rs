//! Staff.

use kangji_core::{Moment, ids::OfficerId};
use serde::{Deserialize, Serialize};

use crate::{
    audit::{DONE, Done, Subject},
    schema::{USER_NAMES, USERS},
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// A member of staff. Names and phone numbers are kept apart, sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: OfficerId,
    /// The name to sign in by.
    pub name: String,
    /// The code by which records name them as worker; empty for none.
    pub worker: String,
    /// The hash of the password in PHC form; empty where there is none.
    pub password: String,
    /// Since when.
    pub password_at: Moment,
    /// The secret of their one-time codes, sealed.
    pub totp: Option<Vec<u8>>,
    /// The last step of time whose code was used; none is used twice.
    pub totp_step: i64,
    /// By what an identity provider knows them: issuer, a space, subject; empty for none.
    pub subject: String,
    /// Since when they may not come in.
    pub disabled_at: Option<Moment>,
}

/// Somebody else signs in by that name or subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameTaken;

impl Store {
    /// The member of staff with this id.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn user(&self, id: OfficerId) -> Result<Option<User>, StoreError> {
        Ok(read(&mut *self.reader()?, id, Lock::None)?)
    }

    /// The member of staff who signs in by this name.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn user_named(&self, name: &str) -> Result<Option<User>, StoreError> {
        let mut reader = self.reader()?;
        let id = id_of(&mut reader, name)?;
        Ok(id.map(|id| read(&mut reader, id, Lock::None)).transpose()?.flatten())
    }

    /// The member of staff whom an identity provider knows by this subject.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn user_known_as(&self, subject: &str) -> Result<Option<User>, StoreError> {
        let mut found = None;
        let sql = format!("{SELECT} WHERE subject = $1 AND subject <> ''");
        self.reader()?.query(&sql, &[Value::Text(subject)], |row| {
            found = Some(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Up to `limit` members of staff in the order of their names, after the name given.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn users(&self, after: &str, limit: u16) -> Result<Vec<User>, StoreError> {
        let mut users = Vec::new();
        let sql = format!("{SELECT} WHERE name > $1 ORDER BY name LIMIT {limit}");
        self.reader()?.query(&sql, &[Value::Text(after)], |row| {
            users.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(users)
    }

    /// Keeps a member of staff as given.
    pub fn put_user(&self, user: User) -> Pending<Result<(), NameTaken>> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::User(user.id), result: DONE });
            Ok(keep(unit.connection, &user)?)
        })
    }

    /// Notes that the one-time code of a step of time was used; `false` if one of this step or a
    /// later one was.
    pub fn use_totp(&self, id: OfficerId, step: i64) -> Pending<bool> {
        self.work(move |unit| {
            let Some(mut user) = read(unit.connection, id, Lock::Rows)? else { return Ok(false) };
            let fresh = step > user.totp_step;
            if fresh {
                user.totp_step = step;
                unit.connection.update(&USERS, &row_of(&user))?;
            }
            Ok(fresh)
        })
    }
}

const SELECT: &str = "SELECT id, name, worker, password, password_at, totp, totp_step, subject,
    disabled_at FROM users";

/// [`Store::put_user`] in the open transaction.
pub(super) fn keep(
    connection: &mut Connection,
    user: &User,
) -> Result<Result<(), NameTaken>, SqlError> {
    let named = id_of(connection, &user.name)?;
    let mut taken = named.is_some_and(|id| id != user.id);
    let sql = "SELECT 1 FROM users WHERE subject = $1 AND subject <> '' AND id <> $2";
    let subject = [Value::Text(&user.subject), Value::from(user.id.bytes())];
    connection.query(sql, &subject, |_| {
        taken = true;
        Ok(())
    })?;
    if taken {
        return Ok(Err(NameTaken));
    }
    connection.upsert(&USERS, &row_of(user))?;
    Ok(Ok(()))
}

fn id_of(connection: &mut Connection, name: &str) -> Result<Option<OfficerId>, SqlError> {
    let mut id = None;
    connection.fetch(&USER_NAMES, 1, &[Value::Text(name)], Lock::None, |row| {
        id = Some(OfficerId::from_bytes(row.array(1)?));
        Ok(())
    })?;
    Ok(id)
}

/// A member of staff.
pub(super) fn read(
    connection: &mut Connection,
    id: OfficerId,
    lock: Lock,
) -> Result<Option<User>, SqlError> {
    let mut found = None;
    connection.fetch(&USERS, 1, &[Value::from(id.bytes())], lock, |row| {
        found = Some(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn from_row(row: &Row<'_>) -> Result<User, SqlError> {
    Ok(User {
        id: OfficerId::from_bytes(row.array(0)?),
        name: row.text(1)?.to_owned(),
        worker: row.text(2)?.to_owned(),
        password: row.text(3)?.to_owned(),
        password_at: Moment::from_millis(row.int(4)?),
        totp: row.opt_bytes(5)?.map(<[u8]>::to_vec),
        totp_step: row.int(6)?,
        subject: row.text(7)?.to_owned(),
        disabled_at: row.opt_int(8)?.map(Moment::from_millis),
    })
}

fn row_of(user: &User) -> [Value<'_>; 9] {
    [
        Value::from(user.id.bytes()),
        Value::Text(&user.name),
        Value::Text(&user.worker),
        Value::Text(&user.password),
        Value::Int(user.password_at.millis()),
        user.totp.as_deref().into(),
        Value::Int(user.totp_step),
        Value::Text(&user.subject),
        user.disabled_at.map(Moment::millis).into(),
    ]
}
