//! What tells who somebody is: names, documents, telephone numbers. They are sealed and opened
//! here and nowhere else; whoever shows them takes them masked, but for the few who may see them
//! whole.

mod rotate;

pub use rotate::{KeysError, Rotation, check_keys, destroy_old, rewrap, rotate};

use kangji_core::{
    Day, Moment,
    identity::{Document, DocumentKind, PersonName, Phone, mask},
    ids::HolderId,
};
use kangji_store::{PersonKey as Tag, SealedPerson};
use kangji_vault::{KeyVersion, Lookup, MasterKeys, PersonKey, VaultError, WrappedKey};
use zeroize::Zeroizing;

use crate::{
    problem::{Code, Problem},
    token,
};

/// The kinds of keyed hashes in the database.
const DOCUMENT: i64 = 1;
const PHONE: i64 = 2;
const NAME: i64 = 3;

/// Names and numbers that were checked. What it shows in logs is masked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    pub(crate) name: Option<PersonName>,
    pub(crate) document: Option<Document>,
    pub(crate) phone: Option<Phone>,
}

/// Names and numbers as they were sealed, erased from memory when dropped.
#[derive(Default)]
pub(crate) struct Opened {
    name: Option<Zeroizing<String>>,
    document: Option<(DocumentKind, Zeroizing<String>)>,
    phone: Option<Zeroizing<String>>,
}

/// A person as the database keeps them: sealed, and by what they are found.
pub(crate) struct Sealed {
    pub(crate) person: SealedPerson,
    /// By what they are found from now on.
    pub(crate) tags: Vec<Tag>,
    /// By what they would be found if the document were known already.
    pub(crate) document: Vec<Tag>,
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "the vault refuses");
        Code::Internal.into()
    }
}

/// The key of a person.
pub(crate) fn key_of(keys: &dyn MasterKeys, person: &SealedPerson) -> Result<PersonKey, Problem> {
    Ok(keys.open(person.id, &WrappedKey::from_bytes(&person.wrapped_key)?)?)
}

/// Seals names and numbers under the key the person has, or a new one.
pub(crate) fn seal(
    keys: &dyn MasterKeys,
    id: HolderId,
    identity: &Identity,
    known: Option<&SealedPerson>,
    now: Moment,
) -> Result<Sealed, Problem> {
    let mut random = token::random()?;
    let (key, wrapped) = match known {
        Some(known) => {
            let wrapped = WrappedKey::from_bytes(&known.wrapped_key)?;
            (keys.open(id, &wrapped)?, wrapped)
        }
        None => {
            let key = PersonKey::generate(&mut random);
            let wrapped = keys.wrap(id, &key, &mut random)?;
            (key, wrapped)
        }
    };
    let mut sealed = |field: &str, text: Option<&str>| {
        text.map(|text| key.seal(id, field, text.as_bytes(), &mut random)).transpose()
    };
    let Identity { name, document, phone } = identity;
    let kind_and_number = document.as_ref().map(|document| {
        let number = document.number().unwrap_or_default();
        Zeroizing::new(format!("{} {number}", document.kind().code()))
    });
    let person = SealedPerson {
        id,
        master: wrapped.version().number(),
        wrapped_key: wrapped.to_bytes(),
        name: sealed("name", name.as_ref().map(PersonName::full))?,
        document: sealed("document", kind_and_number.as_ref().map(|text| text.as_str()))?,
        phone: sealed("phone", phone.as_ref().map(Phone::number))?,
        changed_at: now,
    };
    let document = document.as_ref().and_then(Lookup::document);
    let document = document.map(|lookup| everywhere(keys, DOCUMENT, &lookup)).transpose()?;
    Ok(Sealed { person, tags: tags(keys, identity)?, document: document.unwrap_or_default() })
}

/// What a person is found by under the current version of the index key.
pub(crate) fn tags(keys: &dyn MasterKeys, identity: &Identity) -> Result<Vec<Tag>, Problem> {
    let tag = |(kind, lookup): (i64, Lookup)| Ok((kind, *lookup.tag(keys)?.1.bytes()));
    lookups(identity).map(tag).collect()
}

/// What anybody with one of these would be found by, under every version of the index key: until
/// all are tagged anew, some are found by an old one.
pub(crate) fn searched(keys: &dyn MasterKeys, identity: &Identity) -> Result<Vec<Tag>, Problem> {
    let mut tags = Vec::new();
    for (kind, lookup) in lookups(identity) {
        tags.extend(everywhere(keys, kind, &lookup)?);
    }
    Ok(tags)
}

/// By what somebody can be looked up, with its kind in the database.
fn lookups(identity: &Identity) -> impl Iterator<Item = (i64, Lookup)> {
    let Identity { name, document, phone } = identity;
    let lookups = [
        (DOCUMENT, document.as_ref().and_then(Lookup::document)),
        (PHONE, phone.as_ref().map(Lookup::phone)),
        (NAME, name.as_ref().map(Lookup::name)),
    ];
    lookups.into_iter().filter_map(|(kind, lookup)| Some((kind, lookup?)))
}

fn everywhere(keys: &dyn MasterKeys, kind: i64, lookup: &Lookup) -> Result<Vec<Tag>, VaultError> {
    let mut tags = Vec::new();
    for number in 1..=keys.index_current().number() {
        let Some(version) = KeyVersion::from_number(number) else { continue };
        match lookup.tag_under(keys, version) {
            Ok(tag) => tags.push((kind, *tag.bytes())),
            // A version that was destroyed after everybody was tagged anew.
            Err(VaultError::NoKey(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(tags)
}

/// Opens a person's names and numbers.
pub(crate) fn open(keys: &dyn MasterKeys, person: &SealedPerson) -> Result<Opened, Problem> {
    let key = key_of(keys, person)?;
    let text = |field: &str, sealed: &Option<Vec<u8>>| {
        let Some(sealed) = sealed else { return Ok(None) };
        opened_text(&key, person.id, field, sealed).map(Some)
    };
    let document = text("document", &person.document)?.and_then(|text| {
        let (kind, number) = text.split_once(' ')?;
        Some((DocumentKind::from_code(kind)?, Zeroizing::new(number.to_owned())))
    });
    let [name, phone] = [text("name", &person.name)?, text("phone", &person.phone)?];
    Ok(Opened { name, document, phone })
}

fn opened_text(
    key: &PersonKey,
    id: HolderId,
    field: &str,
    sealed: &[u8],
) -> Result<Zeroizing<String>, Problem> {
    let bytes = key.open(id, field, sealed)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| VaultError::Format)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Seals another text about a person under the key they have.
pub(crate) fn seal_text(
    keys: &dyn MasterKeys,
    person: &SealedPerson,
    field: &str,
    text: &str,
) -> Result<Vec<u8>, Problem> {
    let key = key_of(keys, person)?;
    Ok(key.seal(person.id, field, text.as_bytes(), &mut token::random()?)?)
}

/// The same for somebody of whom perhaps nothing sealed is known yet, such as residents who came
/// with a file; the key they get then is to be kept with the text.
pub(crate) fn seal_first(
    keys: &dyn MasterKeys,
    id: HolderId,
    known: Option<&SealedPerson>,
    field: &str,
    text: &str,
    now: Moment,
) -> Result<(Vec<u8>, Option<SealedPerson>), Problem> {
    if let Some(known) = known {
        return Ok((seal_text(keys, known, field, text)?, None));
    }
    let made = seal(keys, id, &Identity::default(), None, now)?.person;
    Ok((seal_text(keys, &made, field, text)?, Some(made)))
}

/// Opens what [`seal_text`] sealed.
pub(crate) fn open_text(
    keys: &dyn MasterKeys,
    person: &SealedPerson,
    field: &str,
    sealed: &[u8],
) -> Result<Zeroizing<String>, Problem> {
    let key = key_of(keys, person)?;
    opened_text(&key, person.id, field, sealed)
}

impl Opened {
    /// The surname.
    pub(crate) fn masked_name(&self) -> Option<String> {
        self.name.as_ref().map(|name| mask::name(name))
    }

    /// The number's ends.
    pub(crate) fn masked_document(&self) -> Option<String> {
        self.document.as_ref().map(|(_, number)| mask::document(number))
    }

    /// The number's ends.
    pub(crate) fn masked_phone(&self) -> Option<String> {
        self.phone.as_ref().map(|number| mask::phone(number))
    }

    /// The kind of document.
    pub(crate) fn document_kind(&self) -> Option<DocumentKind> {
        self.document.as_ref().map(|(kind, _)| *kind)
    }

    /// The whole name, for who may see it.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.as_str())
    }

    /// The whole number, for who may see it; empty for a newborn without one.
    pub(crate) fn document(&self) -> Option<&str> {
        self.document.as_ref().map(|(_, number)| number.as_str())
    }

    /// The whole number, for who may see it.
    pub(crate) fn phone(&self) -> Option<&str> {
        self.phone.as_ref().map(|phone| phone.as_str())
    }

    /// To be sealed again; what is no longer read as it was is a fault of the program.
    pub(crate) fn identity(&self, today: Day) -> Result<Identity, Problem> {
        let unread = || {
            tracing::error!("what was sealed is not read again");
            Problem::from(Code::Internal)
        };
        let name = self.name().map(PersonName::parse).transpose().map_err(|_| unread())?;
        let document = self.document.as_ref();
        let document = document.map(|(kind, number)| Document::parse(*kind, number, today));
        let document = document.transpose().map_err(|_| unread())?;
        let phone = self.phone().map(Phone::parse).transpose().map_err(|_| unread())?;
        Ok(Identity { name, document, phone })
    }
}
