//! What a wish would cost and all that is in the way of it. Nothing is set aside.

use axum::{Json, extract::State};
use kangji_core::{Decimals, ids::HolderId};
use kangji_redemption::{Line, Refusal};
use kangji_rights::{Action, Permit};
use kangji_store::Subject;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Wanted, places::open, sees};
use crate::{
    app::App,
    input::Body,
    orders::told::refusals,
    problem::{Problem, ReadProblems, Reason},
    residents::own::resident,
    signed::Signed,
};

/// The answer to a wish. Amounts are in the scheme's smallest unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MallQuote)]
pub(crate) struct Quoted {
    /// Decimal places of the scheme's points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// Whether it can be ordered now.
    pub(crate) can: bool,
    /// What it costs; `null` where what was chosen cannot be priced.
    pub(crate) points: Option<i64>,
    /// What is handed over or performed.
    pub(crate) lines: Vec<BillLine>,
    /// All that is in the way, in order of precedence.
    pub(crate) reasons: Vec<Reason>,
}

/// A line of a bill.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = MallBillLine)]
pub(crate) struct BillLine {
    pub(crate) name: String,
    /// How much one unit is, in words.
    pub(crate) quantity: Option<String>,
    pub(crate) units: u32,
    /// What it costs; zero where the item has one price as a whole.
    pub(crate) points: i64,
    /// Whether it is performed instead of handed over.
    pub(crate) service: bool,
}

impl From<&Line> for BillLine {
    fn from(line: &Line) -> Self {
        Self {
            name: line.name.clone(),
            quantity: line.quantity.clone(),
            units: line.units,
            points: line.points.0,
            service: line.pieces == 0,
        }
    }
}

/// Ask what something costs and whether I, or a child I look after, can have it. Nothing is set
/// aside.
#[utoipa::path(
    post, path = "/me/mall/quote", tag = "mall", request_body = Wanted,
    responses(
        (status = 200, body = Quoted),
        ReadProblems,
    ),
)]
pub(crate) async fn ask(
    State(app): State<App>,
    who: Signed,
    Body(wanted): Body<Wanted>,
) -> Result<Json<Quoted>, Problem> {
    let me = resident(&who)?;
    let read = move |app: &App, _: &Permit| {
        let person = sees(app, me, wanted.person.as_deref())?;
        Ok(Json(quoted(app, person, &wanted)?))
    };
    app.reading(&who, Action::PointsRead, Subject::Resident(me), read).await
}

pub(super) fn quoted(app: &App, person: HolderId, wanted: &Wanted) -> Result<Quoted, Problem> {
    let new = wanted.order()?;
    let today = app.now().day();
    let found = app.store().quote(person, &new, today)?;
    let Some(kangji_store::Quoted { mut quote, decimals, .. }) = found else {
        let reasons = refusals(&[Refusal::NotOffered], Decimals::default());
        let (points, lines) = (None, Vec::new());
        return Ok(Quoted { decimals: 0, can: false, points, lines, reasons });
    };
    if open(app, &new.institution)?.is_none() && !quote.refusals.contains(&Refusal::NotHere) {
        quote.refusals.insert(0, Refusal::NotHere);
    }
    let lines = quote.bill.iter().flat_map(|bill| &bill.lines);
    Ok(Quoted {
        decimals: decimals.places(),
        can: quote.refusals.is_empty(),
        points: quote.bill.as_ref().map(|bill| bill.points.0),
        lines: lines.map(BillLine::from).collect(),
        reasons: refusals(&quote.refusals, decimals),
    })
}
