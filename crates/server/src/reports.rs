//! Cases that helpers report (T9, T10): received at once and answered alike whoever the person is.
//! Whoever reports sees no more than that theirs were received. The clinic completes a report or
//! closes it ([`clinic`]); then somebody else checks it (T6).

mod clinic;
mod pages;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{
    Day, DayRange, Division,
    ids::HolderId,
    vocabulary::{Section, Vocabulary, Word},
};
use kangji_rights::{Action, Permit, Place};
use kangji_store::{
    NewReport, Registration, ReportReceived, ResidentFact, Store, Subject, User, new_id,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{Write, WriteHeaders},
    people::{self, Identity},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    residents::{
        FullName, GivenDocument, facts,
        identity::{self, PhoneNumber},
    },
    signed::Signed,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(clinic::list, make))
        .routes(routes!(mine))
        .routes(routes!(clinic::show))
        .routes(routes!(clinic::complete))
        .routes(routes!(clinic::close))
}

/// What reports are called wherever somebody might look over a shoulder.
const PUBLIC_NAME: &str = "公共卫生协助";
/// So many of one's own reports are listed.
const OWN_MAX: u32 = 50;

/// What of somebody's health the law lets a doctor be told without asking the person: whoever finds
/// a patient with a notifiable disease reports it (传染病防治法, article 31).
const UNASKED: &str = "infectious.assisted";

/// Somebody whom the clinic does not know yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportWanted {
    /// What was found: one of the kinds of the section of reports.
    #[schema(min_length = 1, max_length = 64)]
    kind: String,
    /// The full name, as in the document.
    #[schema(value_type = FullName)]
    name: String,
    document: GivenDocument,
    /// The day of birth, of a newborn without a number.
    #[schema(format = Date)]
    birth_date: Option<String>,
    #[schema(value_type = Option<PhoneNumber>)]
    phone: Option<String>,
    /// The division code of twelve digits of the community from which it is reported.
    #[schema(pattern = "^[0-9]{12}$")]
    community: String,
    /// Whether the person, of a child the guardian, agreed to be reported.
    #[serde(default)]
    agreed: bool,
}

/// That a report was received.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Received {
    /// Its number.
    pub(crate) number: String,
}

/// One's own report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnReport {
    /// Its number.
    pub(crate) number: String,
    /// The day on which it was received.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// What it is called: nothing that names an illness.
    pub(crate) title: String,
    /// That it was received: `received`, whatever came of it.
    pub(crate) state: String,
}

/// The kinds that can be reported: those of the section of reports whose forms ask for something
/// that only the clinic can say, so that a report earns nothing by itself.
pub(crate) fn kinds(words: &Vocabulary) -> impl Iterator<Item = &Word> {
    words.kinds().iter().filter(|word| {
        let form = words.kind(&word.id).and_then(|kind| words.form(kind));
        form.is_some_and(|form| {
            form.section == Section::Report && form.fields.iter().any(|field| field.is_required)
        })
    })
}

/// Report somebody. The answer is the same whoever it is.
#[utoipa::path(
    post, path = "/reports", tag = "reports", request_body = ReportWanted, params(WriteHeaders),
    responses((status = 201, body = Received), WriteProblems),
)]
pub(crate) async fn make(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<ReportWanted>,
) -> Result<(StatusCode, Json<Received>), Problem> {
    let (officer, server) = (who.officer()?, app.clone());
    let write = move |store: &Store, permit: &Permit| {
        let user = store.user(officer)?.filter(|user| !user.worker.is_empty());
        let user = user.ok_or_else(|| {
            Problem::from(Code::Forbidden)
                .saying("上报的积分记在您的工号下；请让安全管理员先登记您的工号")
        })?;
        match store.report(body.checked(&server, permit, user)?).wait()? {
            ReportReceived::Number(number) => Ok((StatusCode::CREATED, Json(Received { number }))),
            ReportReceived::TooMany => Err(Code::TooManyReports.into()),
        }
    };
    app.writing(&who, Action::ReportsMake, Some(key), write).await
}

/// List one's own reports, the newest first: only that they were received.
#[utoipa::path(
    get, path = "/reports/mine", tag = "reports",
    responses((status = 200, body = Vec<OwnReport>), ReadProblems),
)]
pub(crate) async fn mine(
    State(app): State<App>,
    who: Signed,
) -> Result<Json<Vec<OwnReport>>, Problem> {
    let officer = who.officer()?;
    let read = move |app: &App, _: &Permit| {
        let one = |(number, day): (String, Day)| OwnReport {
            number,
            date: day.to_string(),
            title: PUBLIC_NAME.to_owned(),
            state: "received".to_owned(),
        };
        let made = app.store().reports_made(officer, OWN_MAX)?;
        Ok(Json(made.into_iter().map(one).collect()))
    };
    app.reading(&who, Action::ReportsMake, Subject::None, read).await
}

impl ReportWanted {
    fn checked(self, app: &App, permit: &Permit, user: User) -> Result<NewReport, Problem> {
        let now = app.now();
        if !kinds(app.store().words()).any(|word| word.id == self.kind) {
            return Err(Problem::invalid("kind", "请从列出的情况里选一种"));
        }
        let community = Division::parse(&self.community)
            .ok_or_else(|| Problem::invalid("community", "区划代码是 12 位数字"))?;
        if !permit.allows(Place { person: None, communities: &[community], institution: None }) {
            let says = "只能上报您负责的村（社区）";
            let place = Some("community".to_owned());
            return Err(Problem { place, ..Problem::from(Code::OutOfArea).saying(says) });
        }
        if !self.agreed && self.kind != UNASKED {
            let says = "请先征得本人同意（孩子由监护人同意）再上报";
            return Err(Problem::invalid("agreed", says));
        }
        let (person, name) = self.person(app)?;
        let id = new_id(now);
        Ok(NewReport {
            code: number(now.day(), id),
            kind: self.kind,
            community: self.community,
            officer: user.id,
            worker: user.worker,
            agreed: self.agreed,
            person,
            name,
            per_day: app.config().village.reports_per_day,
            now,
        })
    }

    /// Who it is, to be registered if nobody has the document; and by what somebody without a
    /// number is found.
    fn person(&self, app: &App) -> Result<(Registration, Vec<kangji_store::PersonKey>), Problem> {
        let (now, today) = (app.now(), app.now().day());
        let identity = Identity {
            name: Some(identity::name(&self.name)?),
            document: Some(identity::document(&self.document, today)?),
            phone: self.phone.as_deref().map(identity::phone).transpose()?,
        };
        let birth = self.birth_date.as_deref().map(|text| facts::day("birth_date", text));
        let document = identity.document.as_ref();
        let (birth_date, sex) = identity::agreeing(document, birth.transpose()?, None, today)?;
        let has_number = document.is_some_and(|document| document.number().is_some());
        let by_name = Identity { name: identity.name.clone(), ..Identity::default() };
        let name = match has_number {
            true => Vec::new(),
            false => people::searched(app.keys(), &by_name)?,
        };
        let id = HolderId::from_bytes(new_id(now));
        let sealed = people::seal(app.keys(), id, &identity, None, now)?;
        let lives = DayRange { from: today, to: Day::LAST };
        let fact = ResidentFact {
            code: id.to_string(),
            birth_date,
            sex,
            communities: vec![(self.community.clone(), lives)],
            guardians: Vec::new(),
            groups: Vec::new(),
        };
        let (person, keys, document) = (sealed.person, sealed.tags, sealed.document);
        Ok((Registration { fact, person, keys, document, instead_of: None }, name))
    }
}

/// Digits and letters that nobody takes for others on paper.
const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The number of a report: the day on which it was received, and eight signs that nobody guesses.
fn number(day: Day, id: [u8; 16]) -> String {
    let day: String = day.to_string().chars().filter(char::is_ascii_digit).collect();
    // The last bytes of such an id are random.
    let signs = id.iter().rev().take(8).filter_map(|byte| SIGNS.get(usize::from(byte % 32)));
    format!("B{day}-{}", signs.map(|sign| char::from(*sign)).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t9_only_kinds_that_the_clinic_completes_can_be_reported() {
        let words = Vocabulary::national();
        let kinds: Vec<&str> = kinds(&words).map(|word| word.id.as_str()).collect();
        let five = [
            "hypertension.found",
            "diabetes.found",
            "child.found",
            "maternal.found",
            "infectious.assisted",
        ];
        assert_eq!(kinds, five);
    }

    #[test]
    fn t10_a_number_tells_the_day_and_nothing_else() {
        let day = Day::new(2026, 9, 21).unwrap();
        assert_eq!(number(day, [0; 16]), "B20260921-22222222");
        assert_eq!(number(day, [255; 16]), "B20260921-ZZZZZZZZ");
    }
}
