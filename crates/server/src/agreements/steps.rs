//! Publication of an agreement by somebody else than who drew it up, and its end (P7).

use axum::{Json, extract::State};
use kangji_core::Day;
use kangji_redemption::{Signature, partner::AgreementRefusal};
use kangji_rights::{Action, Permit};
use kangji_store::{AgreementStep, Store};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{id_of, shown::AgreementShown, told};
use crate::{
    app::App,
    input::{At, Write, WriteHeaders, line},
    problem::{Code, Problem, WriteProblems},
    signed::Signed,
};

/// A document on which a step rests.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgreementPaper {
    /// Its number; of a draft that is given back, why.
    #[schema(min_length = 1, max_length = 120, pattern = "\\S")]
    pub(crate) document: String,
    /// The day from which it counts; today if it is left out.
    #[schema(format = Date)]
    pub(crate) day: Option<String>,
}

/// Publish the ratio of an agreement that somebody else drew up: it counts from its day on.
#[utoipa::path(
    post, path = "/agreements/{id}/publication", tag = "agreements", request_body = AgreementPaper,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The agreement.")),
    responses((status = 200, body = AgreementShown), WriteProblems),
)]
pub(crate) async fn publish(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    write: Write<AgreementPaper>,
) -> Result<Json<AgreementShown>, Problem> {
    step(app, who, &id, AgreementStep::Publish, write).await
}

/// Give a draft back, or end what was published: from its day on nothing is deducted.
#[utoipa::path(
    post, path = "/agreements/{id}/end", tag = "agreements", request_body = AgreementPaper,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The agreement.")),
    responses((status = 200, body = AgreementShown), WriteProblems),
)]
pub(crate) async fn end(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    write: Write<AgreementPaper>,
) -> Result<Json<AgreementShown>, Problem> {
    step(app, who, &id, AgreementStep::End, write).await
}

async fn step(
    app: App,
    who: Signed,
    id: &str,
    taken: AgreementStep,
    Write { body, key }: Write<AgreementPaper>,
) -> Result<Json<AgreementShown>, Problem> {
    line("document", &body.document, 120)?;
    let wrong = |_| Problem::invalid("day", "写成一天，例如 2026-07-15");
    let day = body.day.map(|text| text.parse::<Day>().map_err(wrong)).transpose()?;
    let (server, signed, id) = (app.clone(), who.clone(), id_of(id)?);
    let write = move |store: &Store, permit: &Permit| {
        let now = server.now();
        let (by, day) = (signed.officer()?, day.unwrap_or(now.day()));
        let signature = Signature { by, day, document: body.document };
        let done = store.decide_agreement(permit, id, taken, signature, now).wait()?;
        done.ok_or(Code::NotFound)?.map_err(refused)?;
        told(&server, id).map(Json)
    };
    app.writing(&who, Action::AgreementsWrite, Some(key), write).await
}

fn refused(why: AgreementRefusal) -> Problem {
    let says = why.chinese();
    match why {
        AgreementRefusal::SamePerson => Problem::from(Code::SamePerson).saying(says),
        AgreementRefusal::NoDocument => Problem::invalid("document", says),
        AgreementRefusal::Day => Problem::invalid("day", says),
        AgreementRefusal::Ended | AgreementRefusal::Published => {
            Problem::from(Code::Conflict).saying(says)
        }
    }
}
