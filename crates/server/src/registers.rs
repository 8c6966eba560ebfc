//! The registers that villages and streets keep: what people say and what they are answered (T6),
//! what was made public by which channel (T7, P16), which issues are to be settled by whom until
//! when (T7). Nobody is named in them.

mod kinds;
mod pages;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{
    Day, DivisionPrefix, Moment, identity::looks_like_identity_number, ids::OfficerId,
};
use kangji_rights::{Action, Permit};
use kangji_store::{
    NewRegisterEntry, RegisterAnswer, RegisterEntry, RegisterQuery, Store, Subject, new_id, reaches,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, Whole, Write, WriteHeaders, line, page_size},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    residents::{cursor, holder, more, shown_id},
    signed::Signed,
    stock::day,
};
use kinds::Register;

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, enter)).routes(routes!(show)).routes(routes!(answer))
}

/// What is written has at most so many characters.
const TEXT_MAX: usize = 1000;
/// Channels and owners have at most so many.
const LINE_MAX: usize = 60;

/// Something to be written into a register.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEntry {
    /// The first two to twelve digits of the division code of the area whose register it is.
    #[schema(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: String,
    /// The day it is about, not after today.
    #[schema(format = Date)]
    pub(crate) day: String,
    /// What it says, without anybody's name or number.
    #[schema(min_length = 1, max_length = 1000)]
    pub(crate) content: String,
    /// By which channel something was made public or said.
    #[schema(min_length = 1, max_length = 60)]
    pub(crate) channel: Option<String>,
    /// How many people it reached; of publicity.
    #[schema(value_type = Option<u32>)]
    pub(crate) reached: Option<Whole>,
    /// Who is to settle it: an office, not a person's name; of issues.
    #[schema(min_length = 1, max_length = 60)]
    pub(crate) owner: Option<String>,
    /// Until when; of issues.
    #[schema(format = Date)]
    pub(crate) due: Option<String>,
}

/// An entry of a register.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RegisterEntry)]
pub(crate) struct Entry {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The area whose register it is.
    pub(crate) area: String,
    /// The day it is about.
    #[schema(format = Date)]
    pub(crate) day: String,
    /// What it says.
    pub(crate) content: String,
    /// By which channel something was made public or said.
    pub(crate) channel: Option<String>,
    /// How many people it reached.
    pub(crate) reached: Option<u32>,
    /// Who is to settle it.
    pub(crate) owner: Option<String>,
    /// Until when.
    #[schema(format = Date)]
    pub(crate) due: Option<String>,
    /// Whether that day is over and nobody has settled it.
    pub(crate) overdue: bool,
    /// The member of staff who entered it.
    #[schema(format = "uuid")]
    pub(crate) entered_by: String,
    /// What was answered, or how it was settled; null while it is open.
    pub(crate) answer: Option<EntryAnswer>,
}

/// What was answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RegisterAnswer)]
pub(crate) struct EntryAnswer {
    /// What.
    pub(crate) text: String,
    /// The member of staff who wrote it down.
    #[schema(format = "uuid")]
    pub(crate) by: String,
    /// When, in milliseconds of UTC.
    pub(crate) at: i64,
}

/// Entries of a register, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisterEntries)]
pub(crate) struct Entries {
    pub(crate) items: Vec<Entry>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which entries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only inside this area: the first two to twelve digits of division codes.
    #[param(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: Option<String>,
    /// Only those that were answered, or only the others.
    pub(crate) answered: Option<bool>,
    /// Those that follow this one: `next` of the answer before.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// An answer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegisterReply)]
pub(crate) struct Reply {
    /// What is answered, or how it was settled.
    #[schema(min_length = 1, max_length = 1000)]
    pub(crate) answer: String,
}

/// List a register of one's area: `opinions`, `publicity` or `issues`.
#[utoipa::path(
    get, path = "/registers/{register}", tag = "registers",
    params(
        ("register" = String, Path, description = "`opinions`, `publicity` or `issues`."), Which,
    ),
    responses((status = 200, body = Entries), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    At(register): At<String>,
    Search(which): Search<Which>,
) -> Result<Json<Entries>, Problem> {
    let register = Register::of_word(&register).ok_or(Code::NotFound);
    let read = move |app: &App, permit: &Permit| {
        let limit = page_size(which.limit)?;
        let query = RegisterQuery {
            register: register?.word().to_owned(),
            permit: permit.clone(),
            area: which.area.as_deref().map(area).transpose()?,
            answered: which.answered,
            after: which.after.as_deref().map(cursor).transpose()?,
            limit: limit + 1,
        };
        let mut found = app.store().register_entries(&query)?;
        let next = more(&mut found, limit).map(|last| shown_id(last.entry.id));
        let today = app.now().day();
        let items = found.into_iter().map(|entry| Entry::of(entry, today)).collect();
        Ok(Json(Entries { items, next }))
    };
    app.reading(&who, Action::RegistersKeep, Subject::None, read).await
}

/// Write something into a register.
#[utoipa::path(
    post, path = "/registers/{register}", tag = "registers", request_body = NewEntry,
    params(
        ("register" = String, Path, description = "`opinions`, `publicity` or `issues`."),
        WriteHeaders,
    ),
    responses((status = 201, body = Entry), WriteProblems),
)]
pub(crate) async fn enter(
    State(app): State<App>,
    who: Signed,
    At(register): At<String>,
    Write { body, key }: Write<NewEntry>,
) -> Result<(StatusCode, Json<Entry>), Problem> {
    let register = Register::of_word(&register).ok_or(Code::NotFound);
    let (by, now) = (who.officer()?, app.now());
    let write = move |store: &Store, permit: &Permit| {
        let register = register?;
        let place = area(&body.area)?;
        if !reaches(permit, place) {
            return Err(Code::OutOfArea.into());
        }
        let entry = body.checked(register, place, (by, now))?;
        let id = store.enter_in_register(entry).wait()?;
        Ok((StatusCode::CREATED, Json(told(store, id, now.day())?)))
    };
    app.writing(&who, Action::RegistersKeep, Some(key), write).await
}

/// Show an entry of a register.
#[utoipa::path(
    get, path = "/registers/{register}/{id}", tag = "registers",
    params(
        ("register" = String, Path, description = "`opinions`, `publicity` or `issues`."),
        ("id" = String, Path, format = "uuid", description = "The entry."),
    ),
    responses((status = 200, body = Entry), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At((register, id)): At<(String, String)>,
) -> Result<Json<Entry>, Problem> {
    let id = *holder(&id)?.bytes();
    let read = move |app: &App, permit: &Permit| {
        let found = app.store().register_entry(id)?.ok_or(Code::NotFound)?;
        if found.entry.register != register || !reaches(permit, found.entry.area) {
            return Err(Code::NotFound.into());
        }
        Ok(Json(Entry::of(found, app.now().day())))
    };
    app.reading(&who, Action::RegistersKeep, Subject::None, read).await
}

/// Answer what was said, or tell how an issue was settled; that closes it.
#[utoipa::path(
    post, path = "/registers/{register}/{id}/answer", tag = "registers", request_body = Reply,
    params(
        ("register" = String, Path, description = "`opinions` or `issues`."),
        ("id" = String, Path, format = "uuid", description = "The entry."),
        WriteHeaders,
    ),
    responses((status = 200, body = Entry), WriteProblems),
)]
pub(crate) async fn answer(
    State(app): State<App>,
    who: Signed,
    At((register, id)): At<(String, String)>,
    Write { body, key }: Write<Reply>,
) -> Result<Json<Entry>, Problem> {
    let id = *holder(&id)?.bytes();
    let (by, at) = (who.officer()?, app.now());
    let write = move |store: &Store, permit: &Permit| {
        let known = store.register_entry(id)?.filter(|found| found.entry.register == register);
        let known = known.ok_or(Code::NotFound)?;
        let register = Register::of_word(&known.entry.register).ok_or(Code::NotFound)?;
        if !register.is_answered() {
            return Err(Problem::from(Code::Conflict).saying("宣传登记不用答复"));
        }
        let text = said("answer", &body.answer)?;
        match store.answer_in_register(permit, id, RegisterAnswer { text, by, at }).wait()? {
            Some(true) => told(store, id, at.day()).map(Json),
            Some(false) => Err(Problem::from(Code::Conflict).saying("这一条已经答复过")),
            None => Err(Code::NotFound.into()),
        }
    };
    app.writing(&who, Action::RegistersKeep, Some(key), write).await
}

impl NewEntry {
    /// What this register asks for has to be there; the rest is left out.
    fn checked(
        self,
        register: Register,
        area: DivisionPrefix,
        (by, now): (OfficerId, Moment),
    ) -> Result<NewRegisterEntry, Problem> {
        let today = now.day();
        let about = day("day", &self.day)?;
        if about > today {
            return Err(Problem::invalid("day", "不能晚于今天"));
        }
        let content = said("content", &self.content)?;
        let channel = asked("channel", self.channel, register.asks_channel())?;
        let owner = asked("owner", self.owner, register.asks_owner())?;
        let due = match (self.due, register.asks_owner()) {
            (Some(due), true) => Some(day("due", &due)?),
            (None, true) => return Err(Problem::invalid("due", "请写明什么时候解决")),
            (_, false) => None,
        };
        if due.is_some_and(|due| due < about) {
            return Err(Problem::invalid("due", "不能早于提出的日期"));
        }
        let reached = match (self.reached, register.asks_reached()) {
            (Some(reached), true) if reached.0 <= REACHED_MAX => Some(reached.0),
            (Some(_), true) => return Err(Problem::invalid("reached", "人数过多，请核对")),
            (None, true) => return Err(Problem::invalid("reached", "请填写覆盖的人数")),
            (_, false) => None,
        };
        Ok(NewRegisterEntry {
            id: new_id(now),
            register: register.word().to_owned(),
            area,
            day: about,
            content,
            channel,
            reached,
            owner,
            due,
            by,
            at: now,
        })
    }
}

/// Nothing reaches more people than there are.
const REACHED_MAX: u32 = 100_000_000;

impl Entry {
    fn of(RegisterEntry { entry, answer }: RegisterEntry, today: Day) -> Self {
        Self {
            id: shown_id(entry.id),
            area: entry.area.to_string(),
            day: entry.day.to_string(),
            content: entry.content,
            channel: entry.channel,
            reached: entry.reached,
            owner: entry.owner,
            overdue: answer.is_none() && entry.due.is_some_and(|due| due < today),
            due: entry.due.map(|due| due.to_string()),
            entered_by: entry.by.to_string(),
            answer: answer.map(|answer| EntryAnswer {
                text: answer.text,
                by: answer.by.to_string(),
                at: answer.at.millis(),
            }),
        }
    }
}

fn told(store: &Store, id: [u8; 16], today: Day) -> Result<Entry, Problem> {
    let found = store.register_entry(id)?.ok_or(Code::NotFound)?;
    Ok(Entry::of(found, today))
}

fn area(text: &str) -> Result<DivisionPrefix, Problem> {
    DivisionPrefix::parse(text).ok_or_else(|| Problem::invalid("area", "区划代码是 2 到 12 位数字"))
}

/// A text that says something and has no identity number in it.
fn said(place: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > TEXT_MAX {
        return Err(Problem::invalid(place, "请填写，不超过 1000 字"));
    }
    if looks_like_identity_number(text) {
        return Err(Problem::invalid(place, "不要写证件号码"));
    }
    Ok(text.to_owned())
}

/// A line that a register asks for; of another one it is left out.
fn asked(place: &str, text: Option<String>, asks: bool) -> Result<Option<String>, Problem> {
    if !asks {
        return Ok(None);
    }
    let text = text.map(|text| text.trim().to_owned()).unwrap_or_default();
    if text.is_empty() {
        return Err(Problem::invalid(place, "请填写这一项"));
    }
    line(place, &text, LINE_MAX)?;
    Ok(Some(text))
}
