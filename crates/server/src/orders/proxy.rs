//! Who fetches something for a person and by what right, sealed with the person's key: when that
//! is destroyed, nobody reads it any more.

use std::fmt::Display;

use kangji_core::{
    identity::{PersonName, mask},
    ids::HolderId,
};
use kangji_store::{SealedPerson, Store};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::told::{Authorisation, ProxyShown};
use crate::{
    app::App,
    input::line,
    people::{self, Identity},
    problem::{Code, Problem},
};

/// Who fetches something for a person, and by what right.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderProxyGiven)]
pub(crate) struct Proxy {
    /// Their whole name.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) name: String,
    /// Who they are to the person.
    #[schema(min_length = 1, max_length = 20)]
    pub(crate) relation: String,
    /// By what right.
    pub(crate) authorisation: Authorisation,
    /// The number of their document, if it was looked at.
    #[schema(min_length = 1, max_length = 32)]
    pub(crate) document: Option<String>,
}

impl Proxy {
    fn check(&self) -> Result<(), Problem> {
        PersonName::parse(&self.name)
            .map_err(|error| Problem::invalid("proxy.name", error.chinese()))?;
        line("proxy.relation", &self.relation, 20)?;
        self.document.iter().try_for_each(|number| line("proxy.document", number, 32))
    }
}

/// Seals who acts for a person. Somebody of whom nothing sealed was known yet, such as residents
/// who came with a file, gets a key for it.
pub(crate) fn sealed(
    app: &App,
    store: &Store,
    person: HolderId,
    what: impl Display,
    proxy: &Proxy,
) -> Result<Vec<u8>, Problem> {
    proxy.check()?;
    let text = serde_json::to_string(proxy).map_err(|_| Problem::from(Code::Internal))?;
    people::seal_text(app.keys(), &keyed(app, store, person)?, &field(what), &text)
}

fn keyed(app: &App, store: &Store, person: HolderId) -> Result<SealedPerson, Problem> {
    if let Some(known) = store.person(person)? {
        return Ok(known);
    }
    let made = people::seal(app.keys(), person, &Identity::default(), None, app.now())?.person;
    // Somebody else may have been first; then theirs is the key.
    store.keep_person(made).wait()?;
    store.person(person)?.ok_or_else(|| Code::NotFound.into())
}

/// Who fetched something, masked; nobody where the person's key is gone.
pub(crate) fn opened(
    app: &App,
    person: HolderId,
    what: impl Display,
    sealed: Option<&[u8]>,
) -> Result<Option<ProxyShown>, Problem> {
    let Some(sealed) = sealed else { return Ok(None) };
    let Some(person) = app.store().person(person)? else { return Ok(None) };
    let text = people::open_text(app.keys(), &person, &field(what), sealed)?;
    let proxy: Proxy = serde_json::from_str(&text).map_err(|error| {
        tracing::error!(%error, "what was sealed is not read again");
        Problem::from(Code::Internal)
    })?;
    Ok(Some(ProxyShown {
        name: mask::name(&proxy.name),
        relation: proxy.relation,
        authorisation: proxy.authorisation,
        document: proxy.document.as_deref().map(mask::document),
    }))
}

/// The name under which it is sealed.
fn field(what: impl Display) -> String {
    format!("proxy {what}")
}
