//! The code that residents show at a shop in the place of a document: eight digits, good for five
//! minutes and one receipt. The database knows its keyed hash only.

use axum::{Json, extract::State};
use kangji_ledger::Hash;
use kangji_store::{Purpose, Store, Subject, Ticket, new_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    input::{Write, WriteHeaders},
    problem::{Code, Problem, WriteProblems},
    residents::own::{acts_for, writing},
    signed::Signed,
    token,
};

/// For how long a code is good, in milliseconds.
const LIFE: i64 = 5 * 60_000;
/// Codes to choose from where the first is somebody else's by chance.
const CANDIDATES: usize = 4;
/// What codes are made and hashed for.
const PURPOSE: &str = "pay code";

/// Whose points are to be used.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayCodeWanted {
    /// The child under 14 whose points they are; one's own if it is left out.
    #[schema(format = "uuid")]
    pub(crate) person: Option<String>,
}

/// A code to show at a shop.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PayCode {
    /// Eight digits.
    pub(crate) code: String,
    /// Until when it is good, in milliseconds of UTC.
    pub(crate) ends_at: i64,
}

/// Get a code that pays with my points at a shop, once; one that I had before is good no more.
#[utoipa::path(
    post, path = "/me/pay-code", tag = "deductions", request_body = PayCodeWanted,
    params(WriteHeaders),
    responses((status = 200, body = PayCode), WriteProblems),
)]
pub(crate) async fn give(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<PayCodeWanted>,
) -> Result<Json<PayCode>, Problem> {
    let write = move |app: &App, store: &Store, me| {
        let person = acts_for(app, me, body.person.as_deref())?;
        let (now, ends_at) = (app.now(), app.now().plus_millis(LIFE));
        let candidate = |_| {
            let seed = new_id(now);
            let ticket = Ticket {
                hash: hash(app, &code_of(app, &seed)?)?,
                purpose: Purpose::PayCode,
                principal: *person.bytes(),
                content: String::new(),
                ends_at,
            };
            Ok((seed, ticket))
        };
        let candidates = (0..CANDIDATES).map(candidate).collect::<Result<_, Problem>>()?;
        let issued = store.issue_one(Subject::Resident(person), candidates, now).wait()?;
        let code = code_of(app, &issued.ok_or(Problem::from(Code::Unavailable))?)?;
        // A call that comes again gets the first code, whose time may be over by now.
        let ticket = store.ticket(hash(app, &code)?, Purpose::PayCode, now)?;
        let ends_at = ticket.map_or(now, |ticket| ticket.ends_at).millis();
        Ok(Json(PayCode { code, ends_at }))
    };
    writing(&app, &who, "me:pay-code", key, write).await
}

fn code_of(app: &App, seed: &[u8; 16]) -> Result<String, Problem> {
    token::digits_of(app.keys(), PURPOSE, seed)
}

/// What the database knows a code by.
pub(super) fn hash(app: &App, code: &str) -> Result<Hash, Problem> {
    token::keyed(app.keys(), PURPOSE, code.as_bytes())
}
