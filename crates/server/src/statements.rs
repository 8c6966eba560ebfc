//! Settlement with partner shops (P14): statements of a month that the bureau draws up, the shop
//! confirms or objects to, and two people of the bureau review and settle. Both sides read the
//! same figures; nobody is named in them, and no money moves through the platform (P1).

mod pages;
mod sheet;
mod shown;
mod steps;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{Period, ids::StatementId};
use kangji_redemption::{Statement, settlement::StatementState};
use kangji_rights::{Action, Permit};
use kangji_store::{StatementQuery, Store, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, Write, WriteHeaders, page_size},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    residents::more,
    signed::Signed,
    stock::institution_at,
};
use shown::{StatementEntry, StatementText, Telling};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, draw))
        .routes(routes!(show))
        .routes(routes!(sheet::xlsx))
        .routes(routes!(steps::answer))
        .routes(routes!(steps::judge))
        .routes(routes!(steps::review))
        .routes(routes!(steps::settle))
}

/// Which statements.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those of a month, such as `2026-07`.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    pub(crate) period: Option<String>,
    /// Only those of a shop.
    #[param(max_length = 64)]
    pub(crate) shop: Option<String>,
    /// Only those that stand there.
    #[param(pattern = "^(drawn|confirmed|objected|reviewed|settled)$")]
    pub(crate) state: Option<String>,
    /// Those that follow this one: `next` of the answer before.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// Statements, what was drawn up last first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementEntries {
    pub(crate) items: Vec<StatementEntry>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// The month whose statements are drawn up.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drawing {
    /// The calendar month, such as `2026-07`; it has to be over.
    #[schema(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    pub(crate) period: String,
    /// Only of this shop; of all shops of one's area where it is left out.
    #[schema(max_length = 64)]
    pub(crate) shop: Option<String>,
}

/// List statements of shops.
#[utoipa::path(
    get, path = "/statements", tag = "statements", params(Which),
    responses((status = 200, body = StatementEntries), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<StatementEntries>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        let limit = page_size(which.limit)?;
        let state = which.state.map(|word| {
            let known = StatementState::of_word(&word);
            known.ok_or_else(|| Problem::invalid("state", "没有这种状态"))
        });
        let before = which.after.map(|id| {
            id.parse().map_err(|_| Problem::invalid("after", "请原样使用上一页返回的 next"))
        });
        let query = StatementQuery {
            permit: permit.clone(),
            period: which.period.as_deref().map(month).transpose()?,
            shop: which.shop,
            state: state.transpose()?,
            before: before.transpose()?,
            limit: limit + 1,
        };
        let mut found = app.store().shop_statements(&query)?;
        let next = more(&mut found, limit).map(|last| last.id.to_string());
        let mut telling = Telling::new(app);
        let items: Result<_, Problem> = found.iter().map(|head| telling.entry(head)).collect();
        Ok(Json(StatementEntries { items: items?, next }))
    };
    app.reading(&who, Action::DeductionsRead, Subject::None, read).await
}

/// Draw up what is missing of the statements of a month.
#[utoipa::path(
    post, path = "/statements", tag = "statements", request_body = Drawing, params(WriteHeaders),
    responses((status = 201, body = StatementEntries), WriteProblems),
)]
pub(crate) async fn draw(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<Drawing>,
) -> Result<(StatusCode, Json<StatementEntries>), Problem> {
    let (server, by, now) = (app.clone(), who.officer()?, app.now());
    let write = move |store: &Store, permit: &Permit| {
        let period = month(&body.period)?;
        let shops = match &body.shop {
            Some(code) => vec![institution_at(store, permit, code)?.code],
            None => {
                let all = store.institutions(None)?.into_iter();
                all.filter(|one| one.is_under(permit)).map(|one| one.code).collect()
            }
        };
        let drawn = store.draw_statements(period, shops, by, now).wait()?;
        let drawn = drawn.map_err(|why| steps::refused(why, "period"))?;
        let mut telling = Telling::new(&server);
        let entry = |id: &String| {
            let id = id.parse().map_err(|_| Problem::from(Code::Internal))?;
            let found = store.shop_statement(id)?.ok_or(Code::NotFound)?;
            telling.entry(&found.head)
        };
        let items: Result<_, Problem> = drawn.iter().map(entry).collect();
        Ok((StatusCode::CREATED, Json(StatementEntries { items: items?, next: None })))
    };
    app.writing(&who, Action::StatementsSettle, Some(key), write).await
}

/// Show a statement: its lines are the deductions of the month and the corrections of earlier
/// statements.
#[utoipa::path(
    get, path = "/statements/{id}", tag = "statements",
    params(("id" = String, Path, format = "uuid", description = "The statement.")),
    responses((status = 200, body = StatementText), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<StatementText>, Problem> {
    let id = id_of(&id);
    let subject = id.as_ref().map_or(Subject::None, |id| Subject::Statement(*id));
    let read = move |app: &App, permit: &Permit| {
        let found = within(app.store(), permit, id?)?;
        Telling::new(app).text(&found).map(Json)
    };
    app.reading(&who, Action::DeductionsRead, subject, read).await
}

/// A statement of a shop that a permit covers. Whoever does not reach it is not told whether there
/// is such a one.
fn within(store: &Store, permit: &Permit, id: StatementId) -> Result<Statement, Problem> {
    let found = store.shop_statement(id)?.ok_or(Code::NotFound)?;
    let shop = store.institution(&found.head.shop)?;
    match shop.is_some_and(|shop| shop.is_under(permit)) {
        true => Ok(found),
        false => Err(Code::NotFound.into()),
    }
}

fn id_of(id: &str) -> Result<StatementId, Problem> {
    id.parse().map_err(|_| Problem::from(Code::NotFound))
}

/// A month as it is sent; whether it can be settled is not said here.
fn month(text: &str) -> Result<Period, Problem> {
    let wrong = || Problem::invalid("period", "月份写成 2026-07 这样");
    Period::parse(text).filter(|_| text.len() == 7).ok_or_else(wrong)
}
