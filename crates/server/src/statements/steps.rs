//! The steps of a statement: the shop confirms it or objects, the bureau answers, reviews,
//! settles.

use axum::{Json, extract::State};
use kangji_core::{Fen, Points, ids::StatementId};
use kangji_redemption::{SettlementRefusal, settlement::Ruling};
use kangji_rights::{Action, Permit};
use kangji_store::{IdempotencyKey, StatementStep, Store};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    id_of,
    shown::{StatementText, Telling},
    within,
};
use crate::{
    app::App,
    input::{At, Order, Whole, Write, WriteHeaders, line},
    problem::{Code, Problem, WriteProblems},
    signed::Signed,
    stock::day,
};

/// What is said has at most so many characters.
const TEXT_MAX: usize = 500;
/// A shop objects to at most so many lines.
const OBJECTIONS_MAX: usize = 500;

/// What the shop says to a statement.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = SettlementAnswer)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answering {
    /// What it objects to; every other line is confirmed. Empty where all is right.
    #[schema(max_items = 500)]
    pub(crate) objections: Vec<Objecting>,
}

/// What is wrong with a line, or missing.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewSettlementObjection)]
#[serde(deny_unknown_fields)]
pub(crate) struct Objecting {
    /// The line's number; left out for something that is missing.
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub(crate) line: Option<Whole>,
    /// What is wrong.
    #[schema(min_length = 1, max_length = 500, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) text: String,
}

/// What the bureau answers to an objection.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewSettlementVerdict)]
#[serde(deny_unknown_fields)]
pub(crate) struct Judging {
    /// Whether the shop is right; then it says by how much the next statement corrects the line.
    pub(crate) upheld: bool,
    /// Whether the correction adds; it takes away otherwise.
    #[serde(default)]
    pub(crate) adds: bool,
    /// By how many fen.
    #[serde(default = "nothing")]
    #[schema(value_type = u32, maximum = 1_000_000_000)]
    pub(crate) off_fen: Whole,
    /// By how many points, in the scheme's smallest unit.
    #[serde(default = "nothing")]
    #[schema(value_type = u32, maximum = 1_000_000_000)]
    pub(crate) points: Whole,
    /// Why.
    #[schema(min_length = 1, max_length = 500, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) text: String,
}

const fn nothing() -> Whole {
    Whole(0)
}

/// The payment document of the bureau.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewSettlementPayment)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payment {
    /// Its number.
    #[schema(min_length = 1, max_length = 120, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) document: String,
    /// The day on it; today if it is left out.
    #[schema(format = Date)]
    pub(crate) day: Option<String>,
}

/// Confirm a statement for the shop, or object to some of its lines.
#[utoipa::path(
    post, path = "/statements/{id}/answer", tag = "statements", request_body = Answering,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The statement.")),
    responses((status = 200, body = StatementText), WriteProblems),
)]
pub(crate) async fn answer(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Answering>,
) -> Result<Json<StatementText>, Problem> {
    if body.objections.len() > OBJECTIONS_MAX {
        return Err(Problem::invalid("objections", "一次最多 500 条异议"));
    }
    for (place, one) in body.objections.iter().enumerate() {
        line(&format!("objections[{place}].text"), &one.text, TEXT_MAX)?;
    }
    let objections = body.objections.into_iter();
    let objections = objections.map(|one| (one.line.map(|line| line.0), one.text)).collect();
    let step = StatementStep::Answer { objections };
    take(&app, who, Action::StatementsAnswer, &id, (step, "objections"), key).await
}

/// Answer an objection for the bureau, once.
#[utoipa::path(
    post, path = "/statements/{id}/objections/{number}", tag = "statements",
    request_body = Judging,
    params(
        WriteHeaders,
        ("id" = String, Path, format = "uuid", description = "The statement."),
        ("number" = u32, Path, description = "The objection's number."),
    ),
    responses((status = 200, body = StatementText), WriteProblems),
)]
pub(crate) async fn judge(
    State(app): State<App>,
    who: Signed,
    At((id, number)): At<(String, String)>,
    Write { body, key }: Write<Judging>,
) -> Result<Json<StatementText>, Problem> {
    line("text", &body.text, TEXT_MAX)?;
    let number = number.parse().map_err(|_| Problem::from(Code::NotFound))?;
    for (place, amount) in [("off_fen", body.off_fen), ("points", body.points)] {
        if amount.0 > 1_000_000_000 {
            return Err(Problem::invalid(place, "数值过大"));
        }
    }
    let signed = |amount: Whole| {
        let amount = i64::from(amount.0);
        if body.adds { amount } else { -amount }
    };
    let upheld =
        Ruling::Upheld { off: Fen(signed(body.off_fen)), points: Points(signed(body.points)) };
    let ruling = if body.upheld { upheld } else { Ruling::Dismissed };
    let step = StatementStep::Judge { number, ruling, text: body.text };
    take(&app, who, Action::StatementsSettle, &id, (step, "text"), key).await
}

/// Review a statement whose objections are all answered.
#[utoipa::path(
    post, path = "/statements/{id}/review", tag = "statements",
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The statement.")),
    responses((status = 200, body = StatementText), WriteProblems),
)]
pub(crate) async fn review(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Order(key): Order,
) -> Result<Json<StatementText>, Problem> {
    let step = (StatementStep::Review, "text");
    take(&app, who, Action::StatementsSettle, &id, step, key).await
}

/// Settle a statement that somebody else reviewed, under the bureau's own payment document.
#[utoipa::path(
    post, path = "/statements/{id}/settlement", tag = "statements", request_body = Payment,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The statement.")),
    responses((status = 200, body = StatementText), WriteProblems),
)]
pub(crate) async fn settle(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Payment>,
) -> Result<Json<StatementText>, Problem> {
    line("document", &body.document, 120)?;
    let paid_on = body.day.as_deref().map(|text| day("day", text)).transpose()?;
    let day = paid_on.unwrap_or(app.now().day());
    let step = (StatementStep::Settle { document: body.document, day }, "document");
    take(&app, who, Action::StatementsSettle, &id, step, key).await
}

/// Takes a step on somebody's behalf; what is refused for want of words is told at `place`.
async fn take(
    app: &App,
    who: Signed,
    action: Action,
    id: &str,
    (step, place): (StatementStep, &'static str),
    key: IdempotencyKey,
) -> Result<Json<StatementText>, Problem> {
    let (server, now) = (app.clone(), app.now());
    let (id, by): (StatementId, _) = (id_of(id)?, who.officer()?);
    let write = move |store: &Store, permit: &Permit| {
        within(store, permit, id)?;
        let done = store.step_statement(id, step, by, now).wait()?;
        done.map_err(|why| refused(why, place))?;
        let found = store.shop_statement(id)?.ok_or(Code::NotFound)?;
        Telling::new(&server).text(&found).map(Json)
    };
    app.writing(&who, action, Some(key), write).await
}

/// Why it was refused, at the field of the request where there is one.
pub(super) fn refused(why: SettlementRefusal, place: &str) -> Problem {
    let says = why.chinese();
    match why {
        SettlementRefusal::Unknown | SettlementRefusal::NoSuchObjection => Code::NotFound.into(),
        SettlementRefusal::SamePerson => Problem::from(Code::SamePerson).saying(says),
        SettlementRefusal::NotAMonth | SettlementRefusal::NotOver => {
            Problem::invalid("period", says)
        }
        SettlementRefusal::NoSuchLine { place } | SettlementRefusal::Twice { place } => {
            Problem::invalid(&format!("objections[{place}].line"), says)
        }
        SettlementRefusal::NoText { place: number } if place == "objections" => {
            Problem::invalid(&format!("objections[{number}].text"), says)
        }
        SettlementRefusal::NoText { .. } => Problem::invalid(place, says),
        SettlementRefusal::NoCorrection | SettlementRefusal::BelowLine => {
            Problem::invalid("off_fen", says)
        }
        SettlementRefusal::NoDocument => Problem::invalid("document", says),
        SettlementRefusal::Day => Problem::invalid("day", says),
        SettlementRefusal::Drawn
        | SettlementRefusal::Nothing
        | SettlementRefusal::TooLarge
        | SettlementRefusal::Settled
        | SettlementRefusal::Reviewed
        | SettlementRefusal::Answered
        | SettlementRefusal::NotAnswered
        | SettlementRefusal::Judged
        | SettlementRefusal::Open { .. }
        | SettlementRefusal::NotReviewed => Problem::from(Code::Conflict).saying(says),
    }
}
