//! What changes staff and how they come in, each in one transaction: nobody is left with an old
//! session and a new password, and no deployment without somebody who may grant.

use kangji_core::{Moment, ids::OfficerId};
use kangji_ledger::Hash;
use kangji_rights::Grant;
use serde::{Deserialize, Serialize};

use super::{
    grants, sessions,
    tickets::{self, Purpose},
    users::{NameTaken, keep, read},
};
use crate::{
    Session, Ticket, User,
    audit::{DONE, Done, Subject},
    ledger::unit::Unit,
    people::{self, SealedPerson},
    schema::{GRANTS, PEOPLE, USERS},
    sql::{Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// The content of an invitation that also ends the one-time codes.
pub const FORGET_SECOND_FACTOR: &str = "second factor";

/// Why a member of staff stays as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unchanged {
    /// There is none with this id.
    Unknown,
    /// Somebody else is known to the identity provider by that subject.
    SubjectTaken,
    /// Nobody would be left who grants everywhere.
    LastAdministrator,
}

/// The one-time codes of a member of staff.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// Their secret, sealed.
    pub secret: Vec<u8>,
    /// The step of time whose code was shown to confirm it.
    pub step: i64,
    /// The codes that help when the device is lost.
    pub recovery: Vec<Ticket>,
}

impl Store {
    /// Makes the first member of staff, with what they are granted and what they come in by;
    /// `false` where there is one already.
    pub fn add_first_user(&self, user: User, grant: Grant, invitation: Ticket) -> Pending<bool> {
        self.work(move |unit| {
            unit.done.push(done(user.id));
            unit.connection.lock_table(&USERS)?;
            let mut some = false;
            unit.connection.query("SELECT 1 FROM users LIMIT 1", &[], |_| {
                some = true;
                Ok(())
            })?;
            if some {
                return Ok(false);
            }
            let made = keep(unit.connection, &user)?;
            let own = std::slice::from_ref(&grant);
            grants::replace(unit.connection, user.id, own, user.id, user.password_at)?;
            tickets::issue(unit.connection, std::slice::from_ref(&invitation))?;
            Ok(made.is_ok())
        })
    }

    /// Makes a member of staff with their sealed name and what they come in by first. A call that
    /// comes again learns the bytes of the first one's id.
    pub fn add_user(
        &self,
        user: User,
        person: Option<SealedPerson>,
        invitation: Ticket,
    ) -> Pending<Result<[u8; 16], NameTaken>> {
        self.once(move |unit| {
            if let Err(taken) = keep(unit.connection, &user)? {
                unit.done.push(refused(user.id));
                return Ok(Err(taken));
            }
            unit.done.push(done(user.id));
            if let Some(person) = &person {
                people::put(unit.connection, person, &[])?;
            }
            tickets::issue(unit.connection, std::slice::from_ref(&invitation))?;
            Ok(Ok(*user.id.bytes()))
        })
    }

    /// Changes a member of staff. Whoever may not come in any more is out at once; the last one
    /// with one of the roles of `administrators` everywhere stays in.
    pub fn change_user(
        &self,
        id: OfficerId,
        administrators: Vec<String>,
        change: impl Fn(&mut User) + Send + 'static,
    ) -> Pending<Result<(), Unchanged>> {
        self.once(move |unit| {
            let changed = changed(unit, id, &administrators, &change)?;
            unit.done.push(if changed.is_ok() { done(id) } else { refused(id) });
            Ok(changed)
        })
    }

    /// Replaces what a member of staff is granted; `by` answers for it. Their sessions go on with
    /// the new rights. Somebody with one of the roles of `administrators` everywhere is left.
    pub fn change_grants(
        &self,
        holder: OfficerId,
        granted: Vec<Grant>,
        by: OfficerId,
        administrators: Vec<String>,
        now: Moment,
    ) -> Pending<Result<(), Unchanged>> {
        self.once(move |unit| {
            unit.connection.lock_table(&GRANTS)?;
            let stays = granted
                .iter()
                .any(|grant| grants::is_everywhere(grant) && administrators.contains(&grant.role));
            if !stays && is_last(unit, holder, &administrators)? {
                unit.done.push(refused(holder));
                return Ok(Err(Unchanged::LastAdministrator));
            }
            unit.done.push(done(holder));
            grants::replace(unit.connection, holder, &granted, by, now)?;
            Ok(Ok(()))
        })
    }

    /// Takes an invitation and sets the password of whose it is; their sessions end, and with
    /// [`FORGET_SECOND_FACTOR`] their one-time codes as well. `None` where there is none.
    pub fn accept_invitation(
        &self,
        hash: Hash,
        password: String,
        now: Moment,
    ) -> Pending<Option<OfficerId>> {
        self.work(move |unit| {
            let taken = tickets::take(unit.connection, hash, Purpose::Invitation, now)?;
            let Some(ticket) = taken else { return Ok(None) };
            let id = OfficerId::from_bytes(ticket.principal);
            let user = read(unit.connection, id, Lock::Rows)?;
            let Some(mut user) = user.filter(|user| user.disabled_at.is_none()) else {
                return Ok(None);
            };
            unit.done.push(done(id));
            (user.password, user.password_at) = (password.clone(), now);
            if ticket.content == FORGET_SECOND_FACTOR {
                user.totp = None;
                tickets::forget(unit.connection, id.bytes(), Purpose::Recovery)?;
            }
            save(unit, &user)?;
            Ok(Some(id))
        })
    }

    /// Sets a password; all sessions end and a new one begins.
    pub fn set_password(
        &self,
        id: OfficerId,
        password: String,
        session: Session,
        now: Moment,
    ) -> Pending<()> {
        self.work(move |unit| {
            unit.done.push(done(id));
            if let Some(mut user) = read(unit.connection, id, Lock::Rows)? {
                (user.password, user.password_at) = (password.clone(), now);
                save(unit, &user)?;
                sessions::begin(unit.connection, &session)?;
            }
            Ok(())
        })
    }

    /// Sets or ends the one-time codes of a member of staff, with the recovery codes under their
    /// purpose; all sessions end and a new one begins.
    pub fn set_second_factor(
        &self,
        id: OfficerId,
        factor: Option<SecondFactor>,
        session: Session,
    ) -> Pending<()> {
        self.work(move |unit| {
            unit.done.push(done(id));
            let Some(mut user) = read(unit.connection, id, Lock::Rows)? else { return Ok(()) };
            for purpose in [Purpose::Recovery, Purpose::TotpSetUp] {
                tickets::forget(unit.connection, id.bytes(), purpose)?;
            }
            user.totp = factor.as_ref().map(|factor| factor.secret.clone());
            if let Some(SecondFactor { step, recovery, .. }) = &factor {
                user.totp_step = user.totp_step.max(*step);
                tickets::issue(unit.connection, recovery)?;
            }
            save(unit, &user)?;
            sessions::begin(unit.connection, &session)?;
            Ok(())
        })
    }

    /// Ends the sessions of a member of staff, and what they could come in by.
    pub fn end_sessions_of_staff(&self, id: OfficerId) -> Pending<()> {
        self.once(move |unit| {
            unit.done.push(done(id));
            tickets::forget(unit.connection, id.bytes(), Purpose::Invitation)?;
            Ok(sessions::end_all(unit.connection, id.bytes())?)
        })
    }

    /// Keeps a sealed person unless there is one with this id; tells whether it did.
    pub fn keep_person(&self, person: SealedPerson) -> Pending<bool> {
        self.work(move |unit| {
            let mut known = false;
            let key = [Value::from(person.id.bytes())];
            unit.connection.fetch(&PEOPLE, 1, &key, Lock::Rows, |_| {
                known = true;
                Ok(())
            })?;
            if !known {
                people::put(unit.connection, &person, &[])?;
            }
            Ok(!known)
        })
    }
}

fn changed(
    unit: &mut Unit<'_>,
    id: OfficerId,
    administrators: &[String],
    change: &impl Fn(&mut User),
) -> Result<Result<(), Unchanged>, SqlError> {
    unit.connection.lock_table(&GRANTS)?;
    let Some(mut user) = read(unit.connection, id, Lock::Rows)? else {
        return Ok(Err(Unchanged::Unknown));
    };
    let before = user.disabled_at;
    change(&mut user);
    if before.is_none() && user.disabled_at.is_some() {
        if is_last(unit, id, administrators)? {
            return Ok(Err(Unchanged::LastAdministrator));
        }
        sessions::end_all(unit.connection, id.bytes())?;
    }
    Ok(keep(unit.connection, &user)?.map_err(|NameTaken| Unchanged::SubjectTaken))
}

const fn done(id: OfficerId) -> Done {
    Done { subject: Subject::User(id), result: DONE }
}

/// What was asked for and did not happen.
const fn refused(id: OfficerId) -> Done {
    Done { subject: Subject::User(id), result: "refused" }
}

/// Keeps a member of staff whose name and subject stay, and ends their sessions.
fn save(unit: &mut Unit<'_>, user: &User) -> Result<(), StoreError> {
    sessions::end_all(unit.connection, user.id.bytes())?;
    let kept = keep(unit.connection, user)?;
    Ok(kept.map_err(|NameTaken| SqlError::other("two members of staff have one name"))?)
}

/// Whether nobody but this one grants everywhere, and this one does.
fn is_last(
    unit: &mut Unit<'_>,
    id: OfficerId,
    administrators: &[String],
) -> Result<bool, SqlError> {
    let (mut own, mut others) = (false, false);
    let sql = "SELECT grants.holder FROM grants JOIN users ON users.id = grants.holder
        WHERE grants.role = $1 AND grants.area = '' AND grants.institution = ''
        AND users.disabled_at IS NULL";
    for role in administrators {
        unit.connection.query(sql, &[Value::Text(role)], |row| {
            let is_own = OfficerId::from_bytes(row.array(0)?) == id;
            own |= is_own;
            others |= !is_own;
            Ok(())
        })?;
    }
    Ok(own && !others)
}
