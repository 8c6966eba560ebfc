//! What the clinic does with reports: it sees those that wait, says what was found, or closes one.
//! A report entrusts the clinic of its community with the person as far as this record goes, even
//! one who is registered elsewhere.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use kangji_core::{Division, Moment, ids::HolderId, vocabulary::Vocabulary};
use kangji_rights::{Action, Cover, Permit, Place};
use kangji_store::{AttributeValue, Manner, Report, Service, Store, StoreError, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    input::{At, Search, Write, WriteHeaders, page_size},
    people,
    points::care,
    problem::{Code, Problem, ReadProblems, WriteProblems},
    records::{Attribute, Written, is_code, reason, recorded, refused},
    residents::more,
    signed::Signed,
};

/// A report as the clinic sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub(crate) struct ReportEntry {
    /// Its number, the record's code.
    pub(crate) number: String,
    /// The day on which it was received.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// What was found; null where it would name an illness to the caller.
    pub(crate) kind: Option<String>,
    /// The community from which it was reported.
    pub(crate) community: String,
    /// The member of staff who reported.
    #[schema(format = "uuid")]
    pub(crate) reported_by: String,
    /// Whether the person agreed.
    pub(crate) agreed: bool,
    /// The person's id.
    #[schema(format = "uuid")]
    pub(crate) resident: String,
    /// Their name: the surname only.
    pub(crate) name: Option<String>,
    /// Their telephone number: its ends only.
    pub(crate) phone: Option<String>,
    /// The record.
    #[schema(format = "uuid")]
    pub(crate) record: String,
    /// Whether nobody has looked at it yet.
    pub(crate) waits: bool,
}

/// Reports that wait, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportEntries {
    pub(crate) items: Vec<ReportEntry>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which reports.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Those that follow this one: `next` of the answer before.
    #[param(max_length = 32)]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// What the clinic found.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Completion {
    /// The institution.
    #[serde(default)]
    #[schema(max_length = 128)]
    pub(crate) org: String,
    /// What was recorded: booleans, texts and numbers, as the vocabulary says.
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

/// Why a report comes to nothing.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closing {
    /// Why; whoever reported does not read it.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(crate) reason: String,
}

/// List reports that nobody has looked at yet.
#[utoipa::path(
    get, path = "/reports", tag = "reports", params(Which),
    responses((status = 200, body = ReportEntries), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<ReportEntries>, Problem> {
    let care = care(&app, &who);
    let read = move |app: &App, permit: &Permit| {
        let limit = page_size(which.limit)?;
        let mut found = app.store().reports_waiting(permit, which.after.as_deref(), limit + 1)?;
        let next = more(&mut found, limit).map(|last| last.code.clone());
        let items = found.into_iter().map(|report| entry(app, care.as_ref(), report));
        Ok(Json(ReportEntries { items: items.collect::<Result<_, _>>()?, next }))
    };
    app.reading(&who, Action::RecordsWrite, Subject::None, read).await
}

/// Show a report.
#[utoipa::path(
    get, path = "/reports/{number}", tag = "reports",
    params(("number" = String, Path, description = "The report's number.")),
    responses((status = 200, body = ReportEntry), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(number): At<String>,
) -> Result<Json<ReportEntry>, Problem> {
    let care = care(&app, &who);
    let read = move |app: &App, permit: &Permit| {
        entry(app, care.as_ref(), within(app.store(), permit, &number)?).map(Json)
    };
    app.reading(&who, Action::RecordsWrite, Subject::None, read).await
}

/// Say what was found: the record is completed, and its points wait for the second person.
#[utoipa::path(
    post, path = "/reports/{number}/completion", tag = "reports", request_body = Completion,
    params(("number" = String, Path, description = "The report's number."), WriteHeaders),
    responses((status = 200, body = Written), WriteProblems),
)]
pub(crate) async fn complete(
    State(app): State<App>,
    who: Signed,
    At(number): At<String>,
    Write { body, key }: Write<Completion>,
) -> Result<Json<Written>, Problem> {
    let (care, now) = (care(&app, &who), app.now());
    app.writing(&who, Action::RecordsWrite, Some(key), move |store, permit| {
        let report = within(store, permit, &number)?;
        let desk = Desk { store, care: care.as_ref(), now };
        let service = body.service(store.words(), desk.service(&report)?)?;
        desk.write(&report, service, None)
    })
    .await
}

/// Close a report that came to nothing, with the reason: the record is void.
#[utoipa::path(
    post, path = "/reports/{number}/closing", tag = "reports", request_body = Closing,
    params(("number" = String, Path, description = "The report's number."), WriteHeaders),
    responses((status = 200, body = Written), WriteProblems),
)]
pub(crate) async fn close(
    State(app): State<App>,
    who: Signed,
    At(number): At<String>,
    Write { body, key }: Write<Closing>,
) -> Result<Json<Written>, Problem> {
    let (care, now, why) = (care(&app, &who), app.now(), reason(&body.reason)?);
    app.writing(&who, Action::RecordsWrite, Some(key), move |store, permit| {
        let report = within(store, permit, &number)?;
        let desk = Desk { store, care: care.as_ref(), now };
        let service = desk.service(&report)?;
        desk.write(&report, service, Some(why))
    })
    .await
}

impl Completion {
    /// The report with what was found. Whatever only the clinic can say has to be said.
    fn service(self, words: &Vocabulary, service: Service) -> Result<Service, Problem> {
        if !self.org.is_empty() {
            is_code(&self.org, "org")?;
        }
        let attributes: Vec<(String, AttributeValue)> = recorded(self.attributes, "", words)?;
        let form = words.kind(&service.kind).and_then(|kind| words.form(kind));
        let mut required = form.iter().flat_map(|form| &form.fields).filter(|one| one.is_required);
        let missing =
            required.find(|field| !attributes.iter().any(|(name, _)| *name == field.attribute));
        match missing {
            Some(field) => {
                let place = format!("attributes.{}", field.attribute);
                Err(Problem::invalid(&place, "请填写这一项"))
            }
            None => Ok(Service { org: self.org, attributes, ..service }),
        }
    }
}

/// Where a report is completed or closed on somebody's behalf.
struct Desk<'a> {
    /// The store of the call.
    store: &'a Store,
    care: Option<&'a Permit>,
    now: Moment,
}

impl Desk<'_> {
    /// The record as it was reported.
    fn service(&self, report: &Report) -> Result<Service, Problem> {
        let permit = permit(report.resident)?;
        let service = self.store.service(report.record, &permit, self.now.day())?;
        service.ok_or_else(|| Code::NotFound.into())
    }

    /// Writes the record: completed, or void where there is a reason.
    fn write(
        &self,
        report: &Report,
        service: Service,
        void: Option<String>,
    ) -> Result<Json<Written>, Problem> {
        let permit = permit(report.resident)?;
        let today = self.now.day();
        let checked = self.store.check_services(&permit, self.care, vec![service], today)?.pop();
        let checked = checked.ok_or(Code::Internal)?.map_err(|fault| refused(fault, ""))?;
        let checked = if void.is_some() { checked.voided() } else { checked };
        let reason = void.unwrap_or_else(|| "核实上报".to_owned());
        let manner = Manner { now: self.now, reason: Some(reason), changes: false };
        // Only onto the first version: whoever looks at the same one later is told so.
        let written = self.store.record_services(vec![checked.onto(1)], manner).wait();
        match written {
            Ok(mut written) => Ok(Json(written.records.pop().ok_or(Code::Internal)?.into())),
            Err(StoreError::Changed) => {
                Err(Problem::from(Code::Conflict).saying("这条上报已经有人处理"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What a report entrusts the clinic with: this person.
fn permit(resident: HolderId) -> Result<Permit, Problem> {
    let permit = Permit::covering(Action::RecordsWrite, vec![Cover::Person(resident)]);
    permit.ok_or_else(|| Code::Internal.into())
}

/// A report from a community that a permit covers. Whoever does not reach it is not told whether
/// there is such a one.
fn within(store: &Store, permit: &Permit, number: &str) -> Result<Report, Problem> {
    let report = store.report_of(number)?;
    report.filter(|report| covers(permit, report)).ok_or_else(|| Code::NotFound.into())
}

fn covers(permit: &Permit, report: &Report) -> bool {
    let community = Division::parse(&report.community);
    community.is_some_and(|community| {
        permit.allows(Place { person: None, communities: &[community], institution: None })
    })
}

fn entry(app: &App, care: Option<&Permit>, report: Report) -> Result<ReportEntry, Problem> {
    let person = app.store().person(report.resident)?;
    let opened = person.map(|person| people::open(app.keys(), &person)).transpose()?;
    let may_know = care.is_some_and(|care| covers(care, &report));
    Ok(ReportEntry {
        number: report.code,
        date: report.day.to_string(),
        kind: may_know.then_some(report.kind),
        community: report.community,
        reported_by: report.officer.to_string(),
        agreed: report.agreed,
        resident: report.resident.to_string(),
        name: opened.as_ref().and_then(people::Opened::masked_name),
        phone: opened.as_ref().and_then(people::Opened::masked_phone),
        record: report.record.to_string(),
        waits: report.waits,
    })
}
