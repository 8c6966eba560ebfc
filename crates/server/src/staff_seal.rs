//! What is sealed of staff: their name and the secret of their one-time codes, with a key of
//! their own that is kept under the bytes of their id.

use kangji_core::{
    Moment,
    ids::{HolderId, OfficerId},
};
use kangji_store::SealedPerson;
use kangji_vault::PersonKey;
use zeroize::Zeroizing;

use crate::{
    app::App,
    people::key_of,
    problem::{Code, Problem},
    token,
};

const NAME: &str = "name";

/// The person that a member of staff is.
const fn person(id: OfficerId) -> HolderId {
    HolderId::from_bytes(*id.bytes())
}

/// A new key for a member of staff, with their name sealed by it.
pub(crate) fn new(
    app: &App,
    id: OfficerId,
    name: Option<&str>,
    now: Moment,
) -> Result<SealedPerson, Problem> {
    let mut random = token::random()?;
    let key = PersonKey::generate(&mut random);
    let wrapped = app.keys().wrap(person(id), &key, &mut random)?;
    let seal = |name: &str| key.seal(person(id), NAME, name.as_bytes(), &mut random);
    Ok(SealedPerson {
        id: person(id),
        master: wrapped.version().number(),
        wrapped_key: wrapped.to_bytes(),
        name: name.map(seal).transpose()?,
        document: None,
        phone: None,
        changed_at: now,
    })
}

/// Seals a value of a member of staff; who has no key gets one.
pub(crate) fn seal(
    app: &App,
    id: OfficerId,
    field: &str,
    value: &[u8],
    now: Moment,
) -> Result<Vec<u8>, Problem> {
    let known = app.store().person(person(id))?;
    let sealed = match known {
        Some(sealed) => sealed,
        None => first(app, id, now)?,
    };
    Ok(key_of(app.keys(), &sealed)?.seal(sealed.id, field, value, &mut token::random()?)?)
}

/// The key that a member of staff gets, unless another request gave them one meanwhile.
fn first(app: &App, id: OfficerId, now: Moment) -> Result<SealedPerson, Problem> {
    let sealed = new(app, id, None, now)?;
    if app.store().keep_person(sealed.clone()).wait()? {
        return Ok(sealed);
    }
    app.store().person(person(id))?.ok_or(Problem::from(Code::Internal))
}

/// Opens a sealed value of a member of staff.
pub(crate) fn open(
    app: &App,
    id: OfficerId,
    field: &str,
    value: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let sealed = app.store().person(person(id))?.ok_or(Problem::from(Code::Internal))?;
    Ok(key_of(app.keys(), &sealed)?.open(sealed.id, field, value)?)
}

/// The names of staff, in the order of the ids.
pub(crate) fn names(app: &App, ids: &[OfficerId]) -> Result<Vec<Option<String>>, Problem> {
    let people: Vec<HolderId> = ids.iter().map(|id| person(*id)).collect();
    let sealed = app.store().people(&people)?;
    let name = |id: &HolderId| {
        let found = sealed.iter().find(|person| person.id == *id);
        let Some((person, name)) = found.and_then(|person| Some((person, person.name.as_ref()?)))
        else {
            return Ok(None);
        };
        let name = key_of(app.keys(), person)?.open(person.id, NAME, name)?;
        Ok(String::from_utf8(name.to_vec()).ok())
    };
    people.iter().map(name).collect()
}
