//! Cases of fraud (P13): what the program noticed or somebody opened, who is at fault, what was
//! lost, what follows. Nobody is named but by codes and ids.

mod pages;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{
    Fen, Moment,
    ids::{CaseId, OfficerId},
};
use kangji_redemption::{
    fraud::{Case, CaseKind, CaseRefusal, Outcome, Party},
    settlement::Hand,
};
use kangji_rights::{Action, Permit};
use kangji_store::{CaseQuery, NewCase, Store, Subject, new_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, Whole, Write, WriteHeaders, line, page_size},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    residents::more,
    signed::Signed,
    stock::institution_at,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, open)).routes(routes!(show)).routes(routes!(decide))
}

/// What is written has at most so many characters.
const TEXT_MAX: usize = 1000;
/// At most so many fen are lost.
const FEN_MAX: u32 = 1_000_000_000;

/// A case.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Case)]
pub(crate) struct CaseShown {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// What looked wrong: `second_presentation`, `lost_presented`, `forged`, `other`.
    pub(crate) kind: String,
    /// The scheme.
    pub(crate) scheme: String,
    /// The voucher.
    pub(crate) serial: Option<String>,
    /// The deduction.
    #[schema(format = "uuid")]
    pub(crate) deduction: Option<String>,
    /// The institution or shop where it was noticed.
    pub(crate) place: String,
    /// Its name.
    pub(crate) place_name: String,
    /// Where the voucher was spent before.
    pub(crate) first: Option<FirstSpent>,
    /// What somebody noted.
    pub(crate) note: String,
    /// When it was opened, in milliseconds of UTC.
    pub(crate) opened_at: i64,
    /// Who of the staff opened it, or presented the voucher.
    #[schema(format = "uuid")]
    pub(crate) opened_by: Option<String>,
    /// Who bears the loss by the shop's agreement of that day: `shop`, `institution`, `scheme`;
    /// null where the place had none.
    pub(crate) bears: Option<String>,
    /// What was decided; null while it waits.
    pub(crate) outcome: Option<OutcomeShown>,
}

/// Where and when a voucher was spent before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FirstSpent {
    /// The institution or shop.
    pub(crate) place: String,
    /// Its name.
    pub(crate) place_name: String,
    /// In milliseconds of UTC.
    pub(crate) at: i64,
}

/// What was decided in a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CaseOutcome)]
pub(crate) struct OutcomeShown {
    /// Who is at fault: `partner`, `staff`, `resident`, `nobody`.
    pub(crate) party: String,
    /// The institution's or shop's code, the code of a member of staff, or the resident's id.
    pub(crate) party_code: String,
    /// What was lost, in fen.
    pub(crate) loss_fen: i64,
    /// What was found.
    pub(crate) decision: String,
    /// What follows from it.
    pub(crate) consequence: String,
    /// Who of the staff decided.
    #[schema(format = "uuid")]
    pub(crate) decided_by: String,
    /// When, in milliseconds of UTC.
    pub(crate) decided_at: i64,
}

/// Cases, what was opened last first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cases {
    pub(crate) items: Vec<CaseShown>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which cases.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those that wait for a decision, or only the others.
    pub(crate) open: Option<bool>,
    /// Those that follow this one: `next` of the answer before.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// Something that looks wrong.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewCase)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opening {
    /// What looks wrong.
    #[schema(pattern = "^(second_presentation|lost_presented|forged|other)$")]
    pub(crate) kind: String,
    /// The serial on the voucher; with it the place and the scheme.
    #[schema(min_length = 1, max_length = 40, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) serial: Option<String>,
    /// The institution or shop where it was noticed.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) place: Option<String>,
    /// The scheme.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) scheme: Option<String>,
    /// The deduction; it tells place and scheme.
    #[schema(format = "uuid")]
    pub(crate) deduction: Option<String>,
    /// What was noticed, without anybody's name.
    #[schema(min_length = 1, max_length = 1000, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) note: String,
}

/// A decision in a case.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = CaseDecision)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deciding {
    /// Who is at fault.
    #[schema(pattern = "^(partner|staff|resident|nobody)$")]
    pub(crate) party: String,
    /// The institution's or shop's code, the code or sign-in name of a member of staff, the
    /// resident's id or code; never a name. Empty for nobody.
    #[serde(default)]
    #[schema(max_length = 64, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub(crate) party_code: String,
    /// What was lost, in fen.
    #[schema(value_type = u32, maximum = 1_000_000_000)]
    pub(crate) loss_fen: Whole,
    /// What was found.
    #[schema(min_length = 1, max_length = 1000, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) decision: String,
    /// What follows from it.
    #[serde(default)]
    #[schema(max_length = 1000, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub(crate) consequence: String,
}

/// List cases at institutions and shops of one's area.
#[utoipa::path(
    get, path = "/cases", tag = "cases", params(Which),
    responses((status = 200, body = Cases), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Cases>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        let limit = page_size(which.limit)?;
        let wrong = || Problem::invalid("after", "请原样使用上一页返回的 next");
        let before = match &which.after {
            None => None,
            Some(id) => {
                let last = app.store().case(id.parse().map_err(|_| wrong())?)?;
                Some(last.map(|last| (last.opened.at, last.id)).ok_or_else(wrong)?)
            }
        };
        let query =
            CaseQuery { permit: permit.clone(), open: which.open, before, limit: limit + 1 };
        let mut found = app.store().cases(&query)?;
        let next = more(&mut found, limit).map(|last| last.id.to_string());
        let items: Result<_, Problem> =
            found.into_iter().map(|case| told(app.store(), case)).collect();
        Ok(Json(Cases { items: items?, next }))
    };
    app.reading(&who, Action::CasesRead, Subject::None, read).await
}

/// Open a case about a voucher or a deduction.
#[utoipa::path(
    post, path = "/cases", tag = "cases", request_body = Opening, params(WriteHeaders),
    responses((status = 201, body = CaseShown), WriteProblems),
)]
pub(crate) async fn open(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<Opening>,
) -> Result<(StatusCode, Json<CaseShown>), Problem> {
    let (by, now) = (who.officer()?, app.now());
    let write = move |store: &Store, permit: &Permit| {
        let new = body.checked(store, permit, now)?;
        let kept = store.open_case(new, by, now).wait()?;
        let id = kept.parse().map_err(|_| Problem::from(Code::Internal))?;
        let case = store.case(id)?.ok_or(Code::NotFound)?;
        Ok((StatusCode::CREATED, Json(told(store, case)?)))
    };
    app.writing(&who, Action::CasesDecide, Some(key), write).await
}

/// Show a case.
#[utoipa::path(
    get, path = "/cases/{id}", tag = "cases",
    params(("id" = String, Path, format = "uuid", description = "The case.")),
    responses((status = 200, body = CaseShown), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<CaseShown>, Problem> {
    let id = id_of(&id);
    let subject = id.as_ref().map_or(Subject::None, |id| Subject::Case(*id));
    let read = move |app: &App, permit: &Permit| {
        told(app.store(), within(app.store(), permit, id?)?).map(Json)
    };
    app.reading(&who, Action::CasesRead, subject, read).await
}

/// Decide a case that somebody else opened, once.
#[utoipa::path(
    post, path = "/cases/{id}/decision", tag = "cases", request_body = Deciding,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The case.")),
    responses((status = 200, body = CaseShown), WriteProblems),
)]
pub(crate) async fn decide(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Deciding>,
) -> Result<Json<CaseShown>, Problem> {
    let (id, now) = (id_of(&id)?, app.now());
    let hand = Hand { by: who.officer()?, at: now };
    let write = move |store: &Store, permit: &Permit| {
        within(store, permit, id)?;
        let outcome = body.checked(hand)?;
        store.decide_case(id, outcome).wait()?.map_err(refused)?;
        let case = store.case(id)?.ok_or(Code::NotFound)?;
        told(store, case).map(Json)
    };
    app.writing(&who, Action::CasesDecide, Some(key), write).await
}

impl Opening {
    fn checked(self, store: &Store, permit: &Permit, now: Moment) -> Result<NewCase, Problem> {
        let kind = CaseKind::of_word(&self.kind);
        let kind = kind.ok_or_else(|| Problem::invalid("kind", "请选择案件种类"))?;
        line("note", &self.note, TEXT_MAX)?;
        let id = CaseId::from_bytes(new_id(now));
        let new = NewCase {
            id,
            kind,
            scheme: String::new(),
            place: String::new(),
            serial: None,
            deduction: None,
            note: self.note,
        };
        match (self.deduction, self.serial) {
            (Some(deduction), None) => {
                let unknown = || Problem::invalid("deduction", "没有这笔抵扣，请核对编号");
                let id = deduction.parse().map_err(|_| unknown())?;
                let known = store.deduction_place(id)?.ok_or_else(unknown)?;
                institution_at(store, permit, &known.shop).map_err(|_| unknown())?;
                let (place, scheme) = (known.shop, known.scheme);
                Ok(NewCase { place, scheme, deduction: Some(id), ..new })
            }
            (None, Some(serial)) => {
                line("serial", &serial, 40)?;
                let needed = |place, text: Option<String>| {
                    text.ok_or_else(|| Problem::invalid(place, "请填写这一项"))
                };
                let place = institution_at(store, permit, &needed("place", self.place)?)?.code;
                let scheme = needed("scheme", self.scheme)?;
                if store.scheme_on(&scheme, now.day())?.is_none() {
                    return Err(Problem::invalid("scheme", "没有这个积分办法"));
                }
                Ok(NewCase { place, scheme, serial: Some(serial), ..new })
            }
            _ => Err(Problem::invalid("serial", "请写明积分券编号，或者抵扣编号，只写一个")),
        }
    }
}

impl Deciding {
    fn checked(self, hand: Hand) -> Result<Outcome, Problem> {
        let party = Party::of_word(&self.party);
        let party = party.ok_or_else(|| Problem::invalid("party", "请选择责任方"))?;
        line("decision", &self.decision, TEXT_MAX)?;
        for (place, text, most) in
            [("consequence", &self.consequence, TEXT_MAX), ("party_code", &self.party_code, 64)]
        {
            if !text.is_empty() {
                line(place, text, most)?;
            }
        }
        if self.loss_fen.0 > FEN_MAX {
            return Err(Problem::invalid("loss_fen", "金额过大，请核对"));
        }
        Ok(Outcome {
            party,
            party_code: self.party_code,
            loss: Fen(self.loss_fen.0.into()),
            decision: self.decision,
            consequence: self.consequence,
            hand,
        })
    }
}

fn id_of(id: &str) -> Result<CaseId, Problem> {
    id.parse().map_err(|_| Problem::from(Code::NotFound))
}

/// A case at a place that a permit covers. Whoever does not reach it is not told whether there is
/// such a one.
fn within(store: &Store, permit: &Permit, id: CaseId) -> Result<Case, Problem> {
    let case = store.case(id)?.ok_or(Code::NotFound)?;
    match institution_at(store, permit, &case.place) {
        Ok(_) => Ok(case),
        Err(problem) if problem.code == Code::OutOfArea => Err(Code::NotFound.into()),
        Err(problem) => Err(problem),
    }
}

fn refused(why: CaseRefusal) -> Problem {
    let says = why.chinese();
    match why {
        CaseRefusal::Unknown => Code::NotFound.into(),
        CaseRefusal::Decided => Problem::from(Code::Conflict).saying(says),
        CaseRefusal::SamePerson => Problem::from(Code::SamePerson).saying(says),
        CaseRefusal::NoParty | CaseRefusal::UnknownParty => Problem::invalid("party_code", says),
        CaseRefusal::Loss => Problem::invalid("loss_fen", says),
        CaseRefusal::NoDecision => Problem::invalid("decision", says),
    }
}

fn told(store: &Store, case: Case) -> Result<CaseShown, Problem> {
    let name = |code: &str| -> Result<String, Problem> {
        Ok(store.institution(code)?.map_or_else(|| code.to_owned(), |known| known.name))
    };
    let bears = store.bears(&case)?.map(|bears| bears.word().to_owned());
    let first = match &case.first {
        None => None,
        Some((place, at)) => {
            Some(FirstSpent { place: place.clone(), place_name: name(place)?, at: at.millis() })
        }
    };
    Ok(CaseShown {
        id: case.id.to_string(),
        kind: case.kind.word().to_owned(),
        scheme: case.scheme,
        serial: case.serial,
        deduction: case.deduction.map(|id| id.to_string()),
        place_name: name(&case.place)?,
        place: case.place,
        first,
        note: case.note,
        opened_at: case.opened.at.millis(),
        opened_by: case.opened.by.map(|id| OfficerId::from_bytes(id).to_string()),
        bears,
        outcome: case.outcome.map(|outcome| OutcomeShown {
            party: outcome.party.word().to_owned(),
            party_code: outcome.party_code,
            loss_fen: outcome.loss.0,
            decision: outcome.decision,
            consequence: outcome.consequence,
            decided_by: outcome.hand.by.to_string(),
            decided_at: outcome.hand.at.millis(),
        }),
    })
}
