//! Money that an institution spent besides goods that were handed over, by who paid and what for
//! (P11). What was entered wrongly is taken back by another entry.

mod pages;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{Day, DayRange, Fen};
use kangji_redemption::cost::Use;
use kangji_rights::{Action, Permit};
use kangji_store::{Cost, CostQuery, NewCost, Store, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, Whole, Write, WriteHeaders, line, page_size},
    problem::{Problem, ReadProblems, WriteProblems},
    residents::{Kept, cursor, more, shown_id},
    signed::Signed,
    stock::{day, institution_at, source},
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, enter))
}

/// At most so many fen at once.
const FEN_MAX: u32 = 1_000_000_000;
/// A note has at most so many characters.
const NOTE_MAX: usize = 200;

/// Money that was spent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCost)]
pub(crate) struct Spending {
    /// On which day.
    #[schema(format = Date)]
    pub(crate) day: String,
    /// Who paid.
    #[schema(pattern = "^(subsidy|pledge|sponsor|institution)$")]
    pub(crate) source: String,
    /// What for. Goods are counted where they are handed over.
    #[schema(pattern = "^(printing|publicity|labour)$")]
    pub(crate) used_for: String,
    /// How much, in fen.
    #[schema(value_type = u32, minimum = 1, maximum = 1_000_000_000)]
    pub(crate) fen: Whole,
    /// Whether it takes back what was entered before.
    #[serde(default)]
    pub(crate) takes_back: bool,
    /// What it was, with the number of the voucher.
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) note: String,
}

/// Money that was spent, as it was entered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cost)]
pub(crate) struct Entered {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// On which day.
    #[schema(format = Date)]
    pub(crate) day: String,
    /// Who paid: `subsidy`, `pledge`, `sponsor`, `institution`.
    pub(crate) source: String,
    /// What for: `printing`, `publicity`, `labour`.
    pub(crate) used_for: String,
    /// How much, in fen; below zero, what was entered before is taken back.
    pub(crate) fen: i64,
    /// What it was.
    pub(crate) note: String,
    /// Who of the staff entered it.
    #[schema(format = "uuid")]
    pub(crate) entered_by: String,
    /// When, in milliseconds of UTC.
    pub(crate) entered_at: i64,
}

/// Some costs, what was entered last first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Costs {
    /// The institution's code.
    pub(crate) institution: String,
    /// Its name.
    pub(crate) name: String,
    pub(crate) items: Vec<Entered>,
    /// To be sent as `after` for those before; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which costs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Spent on this day or later.
    #[param(format = Date)]
    pub(crate) from: Option<String>,
    /// Spent on this day or earlier.
    #[param(format = Date)]
    pub(crate) until: Option<String>,
    /// Those that follow this one, which were entered earlier.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// The days from one to another, as they are sent.
pub(crate) fn days_of(
    from: Option<&str>,
    until: Option<&str>,
    unless_told: DayRange,
) -> Result<DayRange, Problem> {
    let given = |place, text: Option<&str>| text.map(|text| day(place, text)).transpose();
    let from = given("from", from)?.unwrap_or(unless_told.from);
    let to = given("until", until)?.unwrap_or(unless_told.to);
    if from <= to {
        Ok(DayRange { from, to })
    } else {
        Err(Problem::invalid("until", "止日不能早于起日"))
    }
}

/// List what an institution spent.
#[utoipa::path(
    get, path = "/institutions/{code}/costs", tag = "costs",
    params(("code" = String, Path, description = "The institution."), Which),
    responses((status = 200, body = Costs), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
    Search(which): Search<Which>,
) -> Result<Json<Costs>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        let limit = page_size(which.limit)?;
        let place = institution_at(app.store(), permit, &code)?;
        let always = DayRange { from: Day::FIRST, to: Day::LAST };
        let query = CostQuery {
            institution: code,
            days: days_of(which.from.as_deref(), which.until.as_deref(), always)?,
            before: which.after.as_deref().map(cursor).transpose()?,
            limit: limit + 1,
        };
        let mut found = app.store().costs(&query)?;
        let next = more(&mut found, limit).map(|last| shown_id(last.id));
        let items = found.into_iter().map(Entered::from).collect();
        Ok(Json(Costs { institution: place.code, name: place.name, items, next }))
    };
    app.reading(&who, Action::StockRead, Subject::None, read).await
}

/// Enter money that was spent.
#[utoipa::path(
    post, path = "/institutions/{code}/costs", tag = "costs", request_body = Spending,
    params(("code" = String, Path, description = "The institution."), WriteHeaders),
    responses((status = 201, body = Kept), WriteProblems),
)]
pub(crate) async fn enter(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
    Write { body, key }: Write<Spending>,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let (by, now) = (who.officer().map(|id| *id.bytes()), app.now());
    let write = move |store: &Store, permit: &Permit| {
        institution_at(store, permit, &code)?;
        let cost = body.cost(code, now.day())?;
        let id = store.enter_cost(cost, by?, now).wait()?;
        Ok((StatusCode::CREATED, Json(Kept { id: shown_id(id) })))
    };
    app.writing(&who, Action::CostsWrite, Some(key), write).await
}

impl Spending {
    fn cost(self, institution: String, today: Day) -> Result<NewCost, Problem> {
        let spent_on = day("day", &self.day)?;
        if spent_on > today {
            return Err(Problem::invalid("day", "支出日期不能晚于今天"));
        }
        let used_for = Use::of_word(&self.used_for).filter(|used_for| *used_for != Use::Goods);
        let goods = "请选择印制、宣传或劳务；物品在发放时自动计入";
        let used_for = used_for.ok_or_else(|| Problem::invalid("used_for", goods))?;
        let fen = self.fen.0;
        if fen == 0 || fen > FEN_MAX {
            return Err(Problem::invalid("fen", "金额大于 0，不超过 10000000 元"));
        }
        line("note", &self.note, NOTE_MAX)?;
        Ok(NewCost {
            institution,
            day: spent_on,
            source: source("source", &self.source)?,
            used_for,
            amount: Fen(if self.takes_back { -i64::from(fen) } else { fen.into() }),
            note: self.note,
        })
    }
}

impl From<Cost> for Entered {
    fn from(one: Cost) -> Self {
        Self {
            id: shown_id(one.id),
            day: one.cost.day.to_string(),
            source: one.cost.source.word().to_owned(),
            used_for: one.cost.used_for.word().to_owned(),
            fen: one.cost.amount.0,
            note: one.cost.note,
            entered_by: shown_id(one.entered_by),
            entered_at: one.entered_at.millis(),
        }
    }
}
