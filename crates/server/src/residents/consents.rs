//! What residents agree to: each purpose by itself, to be withdrawn as easily as given.

use axum::{Json, extract::State};
use kangji_core::ids::HolderId;
use kangji_rights::Action;
use kangji_store::{Consent, Store, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::own::{acts_for, resident, writing};
use crate::{
    app::App,
    input::{At, Write, WriteHeaders},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

/// What residents may agree to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// To be counted in ranks (S6).
    Rank,
    /// To stand in lists by name (S6).
    NameList,
    /// That an insurer or firm learns whether a threshold is reached (S8).
    InsurerQuery,
}

impl Purpose {
    const ALL: [(Self, &str); 3] = [
        (Self::Rank, "rank"),
        (Self::NameList, "name_list"),
        (Self::InsurerQuery, "insurer_query"),
    ];

    fn parse(word: &str) -> Result<Self, Problem> {
        let known = Self::ALL.into_iter().find(|(_, known)| *known == word);
        known.map(|(purpose, _)| purpose).ok_or_else(|| Code::NotFound.into())
    }

    /// The word in addresses and in the database.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(purpose, _)| *purpose == self).map_or("", |(_, word)| word)
    }
}

/// Something that was agreed to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Agreed {
    /// To what.
    pub(crate) purpose: String,
    /// Since when, in milliseconds of UTC.
    pub(crate) given_at: i64,
    /// Until when; `null` while it stands.
    pub(crate) withdrawn_at: Option<i64>,
}

impl From<Consent> for Agreed {
    fn from(Consent { purpose, given_at, withdrawn_at }: Consent) -> Self {
        let withdrawn_at = withdrawn_at.map(|at| at.millis());
        Self { purpose, given_at: given_at.millis(), withdrawn_at }
    }
}

/// Everything a person agreed to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Consents {
    /// Whose.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    pub(crate) consents: Vec<Agreed>,
}

impl Consents {
    /// Since when a consent stands, in milliseconds of UTC.
    pub(crate) fn since(&self, purpose: Purpose) -> Option<i64> {
        let stands = |one: &&Agreed| one.purpose == purpose.word() && one.withdrawn_at.is_none();
        self.consents.iter().find(stands).map(|one| one.given_at)
    }

    /// Whether a consent stands.
    pub(crate) fn stands(&self, purpose: Purpose) -> bool {
        self.since(purpose).is_some()
    }
}

/// Whether a consent is given or withdrawn.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    /// Given, or withdrawn.
    pub(crate) given: bool,
    /// The child under 14 on whose behalf a guardian chooses.
    #[schema(format = "uuid")]
    pub(crate) person: Option<String>,
}

/// List what I and the children I look after agreed to.
#[utoipa::path(
    get, path = "/me/consents", tag = "me",
    responses(
        (status = 200, body = Vec<Consents>),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
) -> Result<Json<Vec<Consents>>, Problem> {
    let me = resident(&who)?;
    let read = move |app: &App, _: &_| {
        let wards = app.store().wards(me, app.now().day())?;
        let all = std::iter::once(me).chain(wards).map(|person| of(app.store(), person));
        Ok(Json(all.collect::<Result<_, _>>()?))
    };
    app.reading(&who, Action::ResidentsRead, Subject::Resident(me), read).await
}

/// Give or withdraw a consent.
#[utoipa::path(
    put, path = "/me/consents/{purpose}", tag = "me", request_body = Choice,
    params(("purpose" = inline(Purpose), Path, description = "To what."), WriteHeaders),
    responses(
        (status = 200, body = Consents),
        WriteProblems,
    ),
)]
pub(crate) async fn set(
    State(app): State<App>,
    who: Signed,
    At(purpose): At<String>,
    Write { body, key }: Write<Choice>,
) -> Result<Json<Consents>, Problem> {
    let write = move |app: &App, store: &Store, me: HolderId| {
        let purpose = Purpose::parse(&purpose)?;
        let person = acts_for(app, me, body.person.as_deref())?;
        store.consent(person, purpose.word(), body.given, app.now()).wait()?;
        of(app.store(), person).map(Json)
    };
    writing(&app, &who, "me:consents", key, write).await
}

fn of(store: &Store, person: HolderId) -> Result<Consents, Problem> {
    let consents = store.consents(person)?.into_iter().map(Agreed::from).collect();
    Ok(Consents { person: person.to_string(), consents })
}
