//! Review, filing and return of a version, by somebody else than its proposer (T4).

use axum::{Json, extract::State};
use kangji_core::{Day, ids::CatalogueId};
use kangji_redemption::{Signature, catalogue::CatalogueRefusal};
use kangji_rights::{Action, Permit};
use kangji_store::{Step, Store};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{id_of, shown::CatalogueText, told};
use crate::{
    app::App,
    input::{At, Write, WriteHeaders, line},
    problem::{Code, Problem, WriteProblems},
    signed::Signed,
};

/// A document on which a decision rests.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaperGiven {
    /// Its number.
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) document: String,
    /// The day on it; today if it is left out.
    #[schema(format = Date)]
    pub(crate) day: Option<String>,
}

/// Why a version is given back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnGiven {
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}

/// Review a version that somebody else proposed.
#[utoipa::path(
    post, path = "/catalogues/{id}/review", tag = "catalogues", request_body = PaperGiven,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The version.")),
    responses(
        (status = 200, body = CatalogueText),
        WriteProblems,
    ),
)]
pub(crate) async fn review(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    write: Write<PaperGiven>,
) -> Result<Json<CatalogueText>, Problem> {
    signed(app, who, &id, Step::Review, write).await
}

/// File a version that was reviewed: it counts from its first day on.
#[utoipa::path(
    post, path = "/catalogues/{id}/filing", tag = "catalogues", request_body = PaperGiven,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The version.")),
    responses(
        (status = 200, body = CatalogueText),
        WriteProblems,
    ),
)]
pub(crate) async fn file(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    write: Write<PaperGiven>,
) -> Result<Json<CatalogueText>, Problem> {
    signed(app, who, &id, Step::File, write).await
}

/// Give a version back that somebody else proposed; it never counts.
#[utoipa::path(
    post, path = "/catalogues/{id}/return", tag = "catalogues", request_body = ReturnGiven,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The version.")),
    responses(
        (status = 200, body = CatalogueText),
        WriteProblems,
    ),
)]
pub(crate) async fn give_back(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<ReturnGiven>,
) -> Result<Json<CatalogueText>, Problem> {
    line("reason", &body.reason, 500)?;
    let (id, by) = (id_of(&id)?, who.officer()?);
    let (server, signature) =
        (app.clone(), Signature { by, day: app.now().day(), document: body.reason });
    let write = move |store: &Store, permit: &Permit| {
        step(&server, store, permit, id, Step::Return, signature)
    };
    app.writing(&who, Action::CataloguesReview, Some(key), write).await
}

async fn signed(
    app: App,
    who: Signed,
    id: &str,
    taken: Step,
    Write { body, key }: Write<PaperGiven>,
) -> Result<Json<CatalogueText>, Problem> {
    line("document", &body.document, 120)?;
    let wrong = |_| Problem::invalid("day", "写成一天，例如 2026-07-15");
    let day = body.day.map(|text| text.parse::<Day>().map_err(wrong)).transpose()?;
    let (id, by) = (id_of(id)?, who.officer()?);
    let day = day.unwrap_or(app.now().day());
    let (server, signature) = (app.clone(), Signature { by, day, document: body.document });
    let write =
        move |store: &Store, permit: &Permit| step(&server, store, permit, id, taken, signature);
    app.writing(&who, Action::CataloguesReview, Some(key), write).await
}

fn step(
    app: &App,
    store: &Store,
    permit: &Permit,
    id: CatalogueId,
    taken: Step,
    signature: Signature,
) -> Result<Json<CatalogueText>, Problem> {
    let done = store.decide_catalogue(permit, id, taken, signature, app.now().day()).wait()?;
    done.ok_or(Code::NotFound)?.map_err(refused)?;
    told(app, id).map(Json)
}

fn refused(why: CatalogueRefusal) -> Problem {
    let says = why.chinese();
    match why {
        CatalogueRefusal::SamePerson => Problem::from(Code::SamePerson).saying(says),
        CatalogueRefusal::NoDocument => Problem::invalid("document", says),
        CatalogueRefusal::Day => Problem::invalid("day", says),
        CatalogueRefusal::Returned
        | CatalogueRefusal::Filed
        | CatalogueRefusal::Reviewed
        | CatalogueRefusal::NotReviewed => Problem::from(Code::Conflict).saying(says),
    }
}
