//! Uploading records, correcting one, declaring one void.

use std::collections::HashMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
};
use kangji_core::{Day, ids::RecordId};
use kangji_rights::{Action, Permit};
use kangji_store::{
    CheckedService, Manner, Service, ServiceFault, Store, StoreError, WrittenServices,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    RECORDS_MAX,
    answer::{AllWritten, Change, Changed, Written},
    input::{OneOrMany, Record},
};
use crate::{
    app::App,
    input::{At, Write, WriteHeaders},
    points::care,
    problem::{Code, Problem, WriteProblems},
    signed::Signed,
};

/// How often records are checked again because somebody else wrote one of them meanwhile.
const ATTEMPTS: usize = 3;

/// A record that says something else now, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordCorrection)]
pub(crate) struct Correction {
    /// The record as it is right, under the same code.
    record: Record,
    /// Why it is corrected.
    #[schema(max_length = 500, pattern = "\\S")]
    reason: String,
}

impl Correction {
    pub(super) const fn new(record: Record, reason: String) -> Self {
        Self { record, reason }
    }
}

impl Void {
    pub(super) const fn new(reason: String) -> Self {
        Self { reason }
    }
}

/// Why a record is void.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordVoid)]
pub(crate) struct Void {
    /// Why it is void.
    #[schema(max_length = 500, pattern = "\\S")]
    reason: String,
}

/// Upload one record or up to a thousand.
///
/// The same code is the same record: sent again it changes nothing, sent with other content it is
/// corrected. If one record is refused, none is written. The answer has what each is worth.
#[utoipa::path(
    post, path = "/records", tag = "records", request_body = OneOrMany, params(WriteHeaders),
    responses((status = 200, body = AllWritten), WriteProblems),
)]
pub(super) async fn upload(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<OneOrMany>,
) -> Result<Json<AllWritten>, Problem> {
    let (many, records) = match body {
        OneOrMany::One(record) => (false, vec![*record]),
        OneOrMany::Many(records) => (true, records),
    };
    if records.len() > RECORDS_MAX {
        return Err(
            Problem::from(Code::TooLarge).saying("一次最多 1000 条，更多请用 /records/stream")
        );
    }
    let care = care(&app, &who);
    let now = app.now();
    let manner = Manner { now, reason: None, changes: false };
    app.writing(&who, Action::RecordsWrite, Some(key), move |store, permit| {
        let place = |row: usize| if many { format!("[{row}].") } else { String::new() };
        let today = now.day();
        let rows = records.into_iter().enumerate();
        let services: Result<Vec<Service>, Problem> =
            rows.map(|(row, record)| record.service(&place(row), store.words(), today)).collect();
        let services = services?;
        no_code_twice(&services)?;
        let written = write(store, permit, care.as_ref(), &services, &manner, &place)?;
        let items = written.records.into_iter().map(Written::from).collect();
        Ok(Json(AllWritten { items }))
    })
    .await
}

fn no_code_twice(services: &[Service]) -> Result<(), Problem> {
    let mut seen = HashMap::new();
    for (row, service) in services.iter().enumerate() {
        if let Some(first) = seen.insert(service.code.as_str(), row) {
            let detail = format!("与第 {} 条（[{first}]）的编号相同", first + 1);
            return Err(Problem::invalid(&format!("[{row}].code"), detail));
        }
    }
    Ok(())
}

/// Checks records and writes them, again where somebody else wrote one of them meanwhile.
fn write(
    store: &Store,
    permit: &Permit,
    care: Option<&Permit>,
    services: &[Service],
    manner: &Manner,
    place: &dyn Fn(usize) -> String,
) -> Result<WrittenServices, Problem> {
    let mut changed = StoreError::Changed;
    for _ in 0..ATTEMPTS {
        let today = manner.now.day();
        let checked = store.check_services(permit, care, services.to_vec(), today)?;
        let checked = checked.into_iter().enumerate();
        let checked: Result<Vec<CheckedService>, Problem> =
            checked.map(|(row, one)| one.map_err(|fault| refused(fault, &place(row)))).collect();
        match store.record_services(checked?, manner.clone()).wait() {
            Err(again @ StoreError::Changed) => changed = again,
            done => return Ok(done?),
        }
    }
    Err(changed.into())
}

/// Why a record may not be written, at the field that says so.
pub(crate) fn refused(fault: ServiceFault, place: &str) -> Problem {
    let (code, field, detail) = match fault {
        ServiceFault::UnknownResident => {
            (Code::NotFound, "resident", "没有这位居民，或不在您可以登记的范围内；请先登记居民")
        }
        ServiceFault::OtherInstitution => {
            (Code::OutOfArea, "org", "您只能登记本机构的服务；请核对机构编号")
        }
        ServiceFault::CodeTaken => {
            (Code::Conflict, "code", "这个编号已是另一条您无权更改的记录；请换一个编号")
        }
        ServiceFault::Reported => (
            Code::Conflict,
            "date",
            "这是一条上报：日期就是收到的那一天，上报人也不能更换；报错了请作废",
        ),
        ServiceFault::Void => {
            (Code::Conflict, "code", "这条记录已作废，不能再改；请用新的编号重新上传")
        }
    };
    Problem { place: Some(format!("{place}{field}")), ..Problem::from(code).saying(detail) }
}

/// Correct a record: it says from now on what is sent, and its points are counted anew.
#[utoipa::path(
    put, path = "/records/{id}", tag = "records", request_body = Correction,
    params(
        ("id" = String, Path, description = "The record's id, a UUID."),
        ("If-Match" = String, Header, pattern = "^\"[0-9]{1,18}\"$", description = "The ETag of the record as it was read."),
        WriteHeaders,
    ),
    responses((status = 200, body = Changed), WriteProblems),
)]
pub(super) async fn correct(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    headers: HeaderMap,
    Write { body, key }: Write<Correction>,
) -> Result<Json<Changed>, Problem> {
    let id: RecordId = id.parse().map_err(|_| Code::NotFound)?;
    let version = version(&headers)?;
    let reason = reason(&body.reason)?;
    let care = care(&app, &who);
    let now = app.now();
    app.writing(&who, Action::RecordsWrite, Some(key), move |store, permit| {
        let known = found(store, id, permit, now.day())?;
        let service = body.record.service("record.", store.words(), now.day())?;
        if service.code != known.code {
            return Err(Problem::invalid("record.code", "更正不能改编号，请沿用原来的编号"));
        }
        let manner = Manner { now, reason: Some(reason), changes: true };
        let checked = one(store, permit, care.as_ref(), service, &manner, "record.")?;
        let checked = checked.onto(version);
        Ok(Json(changed(store.record_services(vec![checked], manner).wait()?)?))
    })
    .await
}

/// Declare a record void: what it brought is taken back.
#[utoipa::path(
    post, path = "/records/{id}/void", tag = "records", request_body = Void,
    params(("id" = String, Path, description = "The record's id, a UUID."), WriteHeaders),
    responses((status = 200, body = Changed), WriteProblems),
)]
pub(super) async fn void(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<Void>,
) -> Result<Json<Changed>, Problem> {
    let id: RecordId = id.parse().map_err(|_| Code::NotFound)?;
    let reason = reason(&body.reason)?;
    let care = care(&app, &who);
    let now = app.now();
    app.writing(&who, Action::RecordsWrite, Some(key), move |store, permit| {
        let service = found(store, id, permit, now.day())?;
        let manner = Manner { now, reason: Some(reason), changes: true };
        let checked = one(store, permit, care.as_ref(), service, &manner, "")?.voided();
        Ok(Json(changed(store.record_services(vec![checked], manner).wait()?)?))
    })
    .await
}

fn found(store: &Store, id: RecordId, permit: &Permit, today: Day) -> Result<Service, Problem> {
    store.service(id, permit, today)?.ok_or_else(|| Code::NotFound.into())
}

fn one(
    store: &Store,
    permit: &Permit,
    care: Option<&Permit>,
    service: Service,
    manner: &Manner,
    place: &str,
) -> Result<CheckedService, Problem> {
    let today = manner.now.day();
    let checked = store.check_services(permit, care, vec![service], today)?.pop();
    checked.ok_or(Code::Internal)?.map_err(|fault| refused(fault, place))
}

fn changed(mut written: WrittenServices) -> Result<Changed, Problem> {
    let record = written.records.pop().ok_or(Code::Internal)?.into();
    Ok(Changed { record, changes: written.changes.into_iter().map(Change::from).collect() })
}

/// The text of a reason, without blanks around it.
///
/// # Errors
/// Where there is none, or too much of it.
pub(crate) fn reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if (1..=500).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(Problem::invalid("reason", "请写明原因，1 到 500 个字"))
    }
}

/// The version of a record that the caller saw.
fn version(headers: &HeaderMap) -> Result<i64, Problem> {
    let seen = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    let version = seen.and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    version.ok_or_else(|| Problem {
        place: Some("if-match".to_owned()),
        ..Problem::from(Code::Malformed)
            .saying("更正记录要在 If-Match 里写明读到的版本（读取记录时的 ETag）")
    })
}
