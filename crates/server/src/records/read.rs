//! Reading records.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use kangji_core::{
    Day,
    ids::{HolderId, RecordId},
};
use kangji_rights::{Action, Permit};
use kangji_store::{RecordQuery, RecordRow, Subject};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    input::{At, Search, page_size},
    points::{care, own, reading},
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Of this resident.
    #[param(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    resident: Option<String>,
    /// Of this kind.
    kind: Option<String>,
    /// Of this institution.
    org: Option<String>,
    /// From this day on.
    #[param(format = Date)]
    from: Option<String>,
    /// Until this day.
    #[param(format = Date)]
    to: Option<String>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9]{8}\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    after: Option<String>,
    /// The latest day first; the earliest if it is not said.
    latest_first: Option<bool>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A service record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Record {
    /// The system's id.
    #[schema(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub(crate) id: String,
    /// The sender's id.
    pub(crate) code: String,
    /// The resident's id.
    #[schema(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub(crate) resident: String,
    /// What was done; null where it would name an illness to the caller.
    pub(crate) kind: Option<String>,
    /// The day of the service.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// The institution.
    pub(crate) org: String,
    /// Who assisted, organised or reported.
    pub(crate) worker: String,
    /// What was recorded; numbers as texts, so that they stay exact. Empty where `kind` is null.
    #[schema(value_type = Object)]
    pub(crate) attributes: Map<String, Value>,
    /// Whether it was declared void.
    pub(crate) void: bool,
    /// How often it was written.
    pub(crate) version: i64,
}

/// A page of records, in the order of days or against it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Records {
    pub(super) items: Vec<Record>,
    /// Where the next page begins; null on the last one.
    pub(super) next: Option<String>,
}

impl From<RecordRow> for Record {
    fn from(row: RecordRow) -> Self {
        Self {
            id: row.id.to_string(),
            code: row.code,
            resident: row.resident.to_string(),
            kind: row.kind,
            date: row.day.to_string(),
            org: row.org,
            worker: row.worker,
            attributes: row.attributes,
            void: row.void,
            version: row.version,
        }
    }
}

/// List records.
#[utoipa::path(
    get, path = "/records", tag = "records", params(Which),
    responses((status = 200, body = Records), ReadProblems),
)]
pub(super) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Records>, Problem> {
    let query = which.query()?;
    let (care, own) = (care(&app, &who), own(&who));
    let subject = query.resident.map_or(Subject::None, Subject::Resident);
    app.reading(&who, Action::RecordsRead, subject, move |app, permit| {
        let reading = reading(app, permit, care.as_ref(), own);
        let rows = app.store().records(&query, reading)?;
        let full = u32::try_from(rows.len()) == Ok(query.limit);
        let last = rows.last().filter(|_| full);
        let next = last.map(|row| format!("{}.{}", row.day.number(), row.id));
        Ok(Json(Records { items: rows.into_iter().map(Record::from).collect(), next }))
    })
    .await
}

impl Which {
    /// The latest ones of a resident, so many at most.
    pub(super) fn latest_of(resident: &str, limit: u32) -> Self {
        Self {
            resident: Some(resident.to_owned()),
            kind: None,
            org: None,
            from: None,
            to: None,
            after: None,
            latest_first: Some(true),
            limit: Some(limit),
        }
    }

    /// Only those of a kind and of certain days, from where a page begins.
    pub(super) fn within(
        self,
        kind: Option<String>,
        [from, to]: [Option<String>; 2],
        after: Option<String>,
    ) -> Self {
        Self { kind, from, to, after, ..self }
    }

    fn query(self) -> Result<RecordQuery, Problem> {
        let resident = self.resident.map(|id| {
            id.parse::<HolderId>().map_err(|_| Problem::invalid("resident", "居民编号是 UUID"))
        });
        let day = |text: Option<String>, field: &str, none: Day| {
            let read = |text: String| {
                let wrong =
                    |_| Problem::invalid(field, "日期要写成 2026-07-15 的样子，且确有这一天");
                text.parse().map_err(wrong)
            };
            text.map_or(Ok(none), read)
        };
        let cursor = |text: &str| {
            let (day, id) = text.split_once('.')?;
            let day = day.parse().ok().and_then(Day::from_number)?;
            Some((day, id.parse::<RecordId>().ok()?))
        };
        let after = self.after.map(|text| {
            cursor(&text).ok_or_else(|| Problem::invalid("after", "请沿用上一页的 next"))
        });
        Ok(RecordQuery {
            resident: resident.transpose()?,
            kind: self.kind,
            org: self.org,
            from: day(self.from, "from", Day::FIRST)?,
            to: day(self.to, "to", Day::LAST)?,
            after: after.transpose()?,
            latest_first: self.latest_first.unwrap_or_default(),
            limit: page_size(self.limit)?,
        })
    }
}

/// Read a record. Its ETag is what a correction has to show.
#[utoipa::path(
    get, path = "/records/{id}", tag = "records",
    params(
        ("id" = String, Path, description = "The record's id, a UUID."),
        ("If-None-Match" = Option<String>, Header, description = "The ETag that is known."),
    ),
    responses(
        (status = 200, body = Record, headers(("ETag" = String, description = "The version."))),
        (status = 304, description = "It is what is known."),
        ReadProblems,
    ),
)]
pub(super) async fn one(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let record = found(&app, &who, &id).await?;
    let tag = format!("\"{}\"", record.version);
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == tag.as_str());
    let tag = HeaderValue::from_str(&tag).map_err(|_| Code::Internal)?;
    let mut response = if known {
        axum::http::StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(record).into_response()
    };
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

/// The latest records of a resident, so many at most, for a page that shows more than these.
pub(crate) async fn latest(
    state: State<App>,
    who: Signed,
    resident: &str,
    limit: u32,
) -> Result<Vec<Record>, Problem> {
    Ok(list(state, who, Search(Which::latest_of(resident, limit))).await?.0.items)
}

/// A record, if whoever asks may read it.
pub(super) async fn found(app: &App, who: &Signed, id: &str) -> Result<Record, Problem> {
    let id: RecordId = id.parse().map_err(|_| Code::NotFound)?;
    let (care, own) = (care(app, who), own(who));
    let read = move |app: &App, permit: &Permit| {
        let reading = reading(app, permit, care.as_ref(), own);
        app.store().record_by_id(id, reading)?.ok_or_else(|| Code::NotFound.into())
    };
    Ok(app.reading(who, Action::RecordsRead, Subject::Record(id), read).await?.into())
}
