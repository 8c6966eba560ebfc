//! Finding a resident by a whole name or number, and seeing one whole.

use axum::{Json, extract::State};
use kangji_core::ids::HolderId;
use kangji_rights::{Action, Permit};
use kangji_store::Subject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Resident, Viewer, holder,
    identity::{self, DocumentName, FullName, GivenDocument, PhoneNumber},
    keep_reason, opened, reached, shown,
};
use crate::{
    app::App,
    input::{At, Body},
    people::{self, Identity},
    problem::{Problem, WriteProblems},
    signed::Signed,
};

/// By what somebody is looked for: exactly one of these.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sought {
    /// A document with its whole number.
    pub(super) document: Option<GivenDocument>,
    /// The whole telephone number.
    #[schema(value_type = Option<PhoneNumber>)]
    pub(super) phone: Option<String>,
    /// The whole name.
    #[schema(value_type = Option<FullName>)]
    pub(super) name: Option<String>,
    /// The code by which other systems know the resident, or the system's own id.
    pub(super) code: Option<String>,
}

/// A field that may be seen whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Field {
    Name,
    Document,
    Phone,
}

/// So many fields there are.
const FIELDS_MAX: usize = 3;

/// What is to be seen whole, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reveal {
    #[schema(min_items = 1, max_items = 3)]
    pub(super) fields: Vec<Field>,
    /// Why: it stands in the audit log for as long as the log does.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(super) reason: String,
}

/// A document as it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeDocument {
    pub(super) kind: DocumentName,
    /// The number; empty for a newborn without one.
    pub(super) number: String,
}

/// What was asked for, whole; `null` for what was not, or is not known.
#[derive(Serialize, ToSchema)]
pub(crate) struct Revealed {
    pub(super) name: Option<String>,
    pub(super) document: Option<WholeDocument>,
    pub(super) phone: Option<String>,
}

/// Find residents by a whole name, number or code, within the permit.
#[utoipa::path(
    post, path = "/residents/search", tag = "residents", request_body = Sought,
    responses(
        (status = 200, body = Vec<Resident>),
        WriteProblems,
    ),
)]
pub(super) async fn search(
    State(app): State<App>,
    who: Signed,
    Body(sought): Body<Sought>,
) -> Result<Json<Vec<Resident>>, Problem> {
    let viewer = Viewer::of(&who, &app);
    let deed = who.deed(Action::ResidentsRead.code());
    let read = move |app: &App, permit: &Permit| {
        let (store, now) = (app.store(), app.now());
        let document = sought.document.as_ref();
        let identity = Identity {
            name: sought.name.as_deref().map(identity::name).transpose()?,
            document: document.map(|given| identity::document(given, now.day())).transpose()?,
            phone: sought.phone.as_deref().map(identity::phone).transpose()?,
        };
        let Sought { name, document, phone, code } = &sought;
        let given = [name.is_some(), document.is_some(), phone.is_some(), code.is_some()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            return Err(Problem::invalid("name", "姓名、证件、电话、编号中请填写一项"));
        }
        let mut ids = Vec::new();
        for tag in people::searched(app.keys(), &identity)? {
            ids.extend(store.people_found(tag)?);
        }
        if let Some(code) = &sought.code {
            ids.extend(code.parse::<HolderId>().ok());
            ids.extend(store.holder(code)?);
        }
        ids.sort_unstable();
        ids.dedup();
        let mut residents = Vec::new();
        for known in store.residents(&ids)? {
            if store.allows(permit, known.id, None, now.day())? {
                // Whoever is looked up by a number stands in the log by id.
                drop(store.log(deed.clone(), Subject::Resident(known.id), "found", now));
                residents.push(shown(app, &viewer, &known)?);
            }
        }
        Ok(Json(residents))
    };
    app.reading(&who, Action::ResidentsRead, Subject::None, read).await
}

/// See names and numbers whole. Who saw whose, and why, is in the audit log before the answer.
#[utoipa::path(
    post, path = "/residents/{id}/reveal", tag = "residents", request_body = Reveal,
    params(("id" = String, Path, format = "uuid", description = "The resident.")),
    responses(
        (status = 200, body = Revealed),
        WriteProblems,
    ),
)]
pub(super) async fn reveal(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Body(asked): Body<Reveal>,
) -> Result<Json<Revealed>, Problem> {
    let id = holder(&id)?;
    let signed = who.clone();
    let read = move |app: &App, permit: &Permit| {
        let known = reached(app.store(), permit, id, app.now().day())?;
        if !(1..=FIELDS_MAX).contains(&asked.fields.len()) {
            return Err(Problem::invalid("fields", "请选一到三项"));
        }
        keep_reason(app, &signed, &asked.reason)?;
        let opened = opened(app, &known)?;
        let wants = |field| asked.fields.contains(&field);
        let document = opened.document_kind().zip(opened.document());
        let document = document
            .map(|(kind, number)| WholeDocument { kind: kind.into(), number: number.to_owned() });
        Ok(Json(Revealed {
            name: opened.name().filter(|_| wants(Field::Name)).map(ToOwned::to_owned),
            document: document.filter(|_| wants(Field::Document)),
            phone: opened.phone().filter(|_| wants(Field::Phone)).map(ToOwned::to_owned),
        }))
    };
    app.reading(&who, Action::ResidentsReveal, Subject::Resident(id), read).await
}
