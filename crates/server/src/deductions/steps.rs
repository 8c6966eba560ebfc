//! What a cashier does: asks what comes off, takes it off, calls it off on the same day.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{Decimals, Points, ids::DeductionId};
use kangji_redemption::{ShopRefusal, partner::DeductionState};
use kangji_rights::{Action, Permit};
use kangji_store::{DeductionAct, DeductionCommand, DeductionTold, Store, new_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    bill::{DeductionAsked, DeductionWanted},
    payer::Paying,
    read::{DeductionShown, known, shown_alone},
    reason, refused,
};
use crate::{
    app::App,
    input::{At, Body, Write, WriteHeaders, line},
    orders::by,
    problem::{Code, Problem, Reason, WriteProblems},
    signed::Signed,
};

/// Whether something can be taken off, and what. Points are in the scheme's smallest unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeductionOffer {
    /// Yes or no.
    pub(crate) possible: bool,
    /// Why not.
    pub(crate) reasons: Vec<Reason>,
    /// How many points can be used for this bill at the most, those on the vouchers included.
    pub(crate) usable: i64,
    /// How many of the electronic balance would be used.
    pub(crate) electronic: i64,
    /// Those and the ones on the vouchers.
    pub(crate) points: i64,
    /// Decimal places of the points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// What would come off, in fen.
    pub(crate) off_fen: i64,
    /// What the shop would collect itself, in fen.
    pub(crate) rest_fen: i64,
}

/// What was taken off.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeductionMade {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The number of the shop's receipt.
    pub(crate) receipt: String,
    /// `made`, or `cancelled` where it was called off since.
    pub(crate) state: &'static str,
    /// The points, those on vouchers included, in the scheme's smallest unit.
    pub(crate) points: i64,
    /// Decimal places of the points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// What came off, in fen.
    pub(crate) off_fen: i64,
    /// What the shop collects itself, in fen (P1).
    pub(crate) rest_fen: i64,
}

/// Why a deduction is called off.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeductionCancellation)]
pub(crate) struct Cancellation {
    #[schema(min_length = 1, max_length = 200, pattern = "\\S")]
    pub(crate) reason: String,
}

/// Ask whether something can be taken off a bill, and what. Nothing is changed, but a voucher that
/// was used before is reported.
#[utoipa::path(
    post, path = "/deductions/quote", tag = "deductions", request_body = DeductionAsked,
    responses((status = 200, body = DeductionOffer), WriteProblems),
)]
pub(crate) async fn quote(
    State(app): State<App>,
    who: Signed,
    Body(asked): Body<DeductionAsked>,
) -> Result<Json<DeductionOffer>, Problem> {
    let bill_fen = i64::from(asked.bill_fen.0);
    let wanted = asked.points.map(|points| Points(i64::from(points.0)));
    let no = move |reasons: Vec<Reason>, decimals: Decimals| DeductionOffer {
        possible: false,
        reasons,
        usable: 0,
        electronic: 0,
        points: 0,
        decimals: decimals.places(),
        off_fen: 0,
        rest_fen: bill_fen,
    };
    let paying = match Paying::find(&app, &who, asked).await {
        Ok(paying) => paying,
        Err(problem) if problem.code == Code::Refused => {
            return Ok(Json(no(problem.reasons, Decimals::default())));
        }
        Err(problem) => return Err(problem),
    };
    let (by, now) = (by(&who).ok_or(Code::Forbidden)?, app.now());
    let write = move |store: &Store, _: &Permit| {
        let decimals = store.decimals(&paying.new.scheme, now.day())?;
        let offer = match store.quote_deduction(paying.new, wanted, by, now).wait()? {
            Err(why) => no(vec![reason(&why, decimals)], decimals),
            Ok(quote) => DeductionOffer {
                possible: true,
                reasons: Vec::new(),
                usable: quote.usable.0,
                electronic: quote.electronic.0,
                points: quote.points.0,
                decimals: decimals.places(),
                off_fen: quote.off.0,
                rest_fen: quote.rest.0,
            },
        };
        Ok(Json(offer))
    };
    app.writing(&who, Action::DeductionsMake, None, write).await
}

/// Take something off a bill. The receipt makes it the same deduction when it is sent again: then
/// the first answer is given again.
#[utoipa::path(
    post, path = "/deductions", tag = "deductions", request_body = DeductionWanted,
    params(WriteHeaders),
    responses((status = 201, body = DeductionMade), WriteProblems),
)]
pub(crate) async fn make(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<DeductionWanted>,
) -> Result<(StatusCode, Json<DeductionMade>), Problem> {
    let paying = Paying::find(&app, &who, body.asked()).await?;
    let (by, now, server) = (by(&who).ok_or(Code::Forbidden)?, app.now(), app.clone());
    let write = move |store: &Store, _: &Permit| {
        let (new, pay_code) = (paying.new.clone(), paying.pay_code);
        let id = DeductionId::from_bytes(new_id(now));
        let act = DeductionAct::Make { id, new, pay_code };
        let answer = store.deduct(DeductionCommand { act, by, now }).wait()?;
        let decimals = store.decimals(&paying.new.scheme, now.day())?;
        let told = answer.map_err(|why| problem(&why, decimals))?;
        let new = paying.went_well(&server);
        Ok((StatusCode::CREATED, Json(made(&told, new.receipt, decimals))))
    };
    app.writing(&who, Action::DeductionsMake, Some(key), write).await
}

/// Call a deduction off on the same day: points and vouchers are the person's again.
#[utoipa::path(
    post, path = "/deductions/{id}/cancel", tag = "deductions", request_body = Cancellation,
    params(("id" = String, Path, format = "uuid", description = "The deduction."), WriteHeaders),
    responses((status = 200, body = DeductionShown), WriteProblems),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Cancellation>,
) -> Result<Json<DeductionShown>, Problem> {
    line("reason", &body.reason, 200)?;
    let (by, now, server) = (by(&who).ok_or(Code::Forbidden)?, app.now(), app.clone());
    let write = move |store: &Store, permit: &Permit| {
        let found = known(store, permit, &id)?;
        let act = DeductionAct::Cancel { id: found.id, shop: found.shop, reason: body.reason };
        let answer = store.deduct(DeductionCommand { act, by, now }).wait()?;
        let decimals = store.decimals(&found.scheme, now.day())?;
        answer.map_err(|why| problem(&why, decimals))?;
        shown_alone(&server, &known(store, permit, &id)?).map(Json)
    };
    app.writing(&who, Action::DeductionsMake, Some(key), write).await
}

/// What is wrong with what was sent is told at its place; anything else is how things are.
fn problem(why: &ShopRefusal, decimals: Decimals) -> Problem {
    let problem = refused(why, decimals);
    let place = match why {
        ShopRefusal::ReceiptUsed => "receipt",
        ShopRefusal::Nothing | ShopRefusal::TooMuch { .. } | ShopRefusal::TooLittle => "points",
        ShopRefusal::Voucher { .. } => "vouchers",
        ShopRefusal::NoReason => "reason",
        _ => return problem,
    };
    Problem { place: Some(place.to_owned()), ..problem }
}

fn made(told: &DeductionTold, receipt: String, decimals: Decimals) -> DeductionMade {
    let state = match told.state {
        DeductionState::Made => "made",
        DeductionState::Cancelled => "cancelled",
    };
    DeductionMade {
        id: told.id.clone(),
        receipt,
        state,
        points: told.points.0,
        decimals: decimals.places(),
        off_fen: told.off.0,
        rest_fen: told.rest.0,
    }
}
