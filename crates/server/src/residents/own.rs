//! What residents see and do about themselves, and about the children under 14 whose registered
//! guardian they are (P15).

mod paid;

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
    response::AppendHeaders,
};
use kangji_core::ids::HolderId;
use kangji_rights::{Action, Permit};
use kangji_store::{Actor, Call, IdempotencyKey, KnownResident, Statement, Store, Subject};
use serde::Serialize;
use utoipa::ToSchema;

use self::paid::{HeldDeduction, HeldVoucher, paid};
use super::{
    consents::Agreed,
    corrections::{Asked, asked},
    facts::{Dated, SexName, is_ward},
    identity::DocumentName,
    opened,
};
use crate::{
    app::App,
    mall::orders::{self, OwnOrder},
    opinions::{self, Voiced},
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};

/// A document as it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnDocument {
    pub(crate) kind: DocumentName,
    /// The number; empty for a newborn without one.
    pub(crate) number: String,
}

/// A service record.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnRecord {
    pub(crate) code: String,
    pub(crate) kind: String,
    #[schema(format = Date)]
    pub(crate) day: String,
    pub(crate) org: String,
    pub(crate) void: bool,
    /// What was recorded.
    #[schema(value_type = Object)]
    pub(crate) attributes: serde_json::Value,
}

/// An entry of a points account. Amounts are changes in the scheme's smallest unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnEntry {
    pub(crate) number: u64,
    pub(crate) kind: &'static str,
    #[schema(format = Date)]
    pub(crate) day: String,
    pub(crate) total: i64,
    pub(crate) redeemable: i64,
    pub(crate) held: i64,
    pub(crate) award: Option<String>,
}

/// A points account. Amounts are in the scheme's smallest unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnAccount {
    pub(crate) scheme: String,
    pub(crate) total: i64,
    pub(crate) redeemable: i64,
    /// What is set aside for orders.
    pub(crate) held: i64,
    /// What paper vouchers bear.
    pub(crate) on_vouchers: i64,
    pub(crate) entries: Vec<OwnEntry>,
}

/// All that is held about a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct Held {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) name: Option<String>,
    pub(crate) document: Option<OwnDocument>,
    pub(crate) phone: Option<String>,
    #[schema(format = Date)]
    pub(crate) birth_date: Option<String>,
    pub(crate) sex: Option<SexName>,
    pub(crate) communities: Vec<Dated>,
    pub(crate) guardians: Vec<Dated>,
    pub(crate) groups: Vec<Dated>,
    pub(crate) records: Vec<OwnRecord>,
    pub(crate) accounts: Vec<OwnAccount>,
    /// What was ordered, the newest first.
    pub(crate) orders: Vec<OwnOrder>,
    /// The paper vouchers that were issued to them.
    pub(crate) vouchers: Vec<HeldVoucher>,
    /// What points took off bills in shops.
    pub(crate) deductions: Vec<HeldDeduction>,
    pub(crate) consents: Vec<Agreed>,
    pub(crate) corrections: Vec<Asked>,
    pub(crate) opinions: Vec<Voiced>,
}

/// All that is held about somebody and the children they look after.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnData {
    /// The one who asks first, then the children.
    pub(crate) people: Vec<Held>,
}

/// Show all that is held about me and the children I look after.
#[utoipa::path(
    get, path = "/me/data", tag = "me",
    responses(
        (status = 200, body = OwnData),
        ReadProblems,
    ),
)]
pub(crate) async fn data(State(app): State<App>, who: Signed) -> Result<Json<OwnData>, Problem> {
    let me = resident(&who)?;
    let read = move |app: &App, permit: &Permit| {
        let today = app.now().day();
        let ids: Vec<HolderId> = std::iter::once(me).chain(app.store().wards(me, today)?).collect();
        let known = app.store().residents(&ids)?;
        let people = known.iter().map(|known| held(app, permit, known));
        Ok(Json(OwnData { people: people.collect::<Result<_, _>>()? }))
    };
    app.reading(&who, Action::ResidentsRead, Subject::Resident(me), read).await
}

/// The same as a file for other programs.
#[utoipa::path(
    get, path = "/me/data/export", tag = "me",
    responses(
        (status = 200, body = OwnData, headers(("content-disposition" = String, description = "The name of the file."))),
        ReadProblems,
    ),
)]
pub(super) async fn export(
    app: State<App>,
    who: Signed,
) -> Result<(AppendHeaders<[(HeaderName, &'static str); 1]>, Json<OwnData>), Problem> {
    let file = "attachment; filename=\"kangji-my-data.json\"";
    Ok((AppendHeaders([(header::CONTENT_DISPOSITION, file)]), data(app, who).await?))
}

fn held(app: &App, permit: &Permit, known: &KnownResident) -> Result<Held, Problem> {
    let (store, fact) = (app.store(), &known.fact);
    let opened = opened(app, known)?;
    let document = opened.document_kind().zip(opened.document());
    let record = |record: kangji_store::HeldRecord| OwnRecord {
        code: record.code,
        kind: record.kind,
        day: record.day.to_string(),
        org: record.org,
        void: record.void,
        attributes: serde_json::from_str(&record.attributes).unwrap_or_default(),
    };
    let today = app.now().day();
    let accounts = store.statements(&fact.code)?.unwrap_or_default();
    let orders = orders::shown(app, &store.orders_of(known.id, None, u32::MAX)?)?;
    let (vouchers, deductions) = paid(app, known.id)?;
    let corrections = store.corrections_of(known.id)?;
    let corrections = corrections.iter().map(|one| asked(app, known.person.as_ref(), one));
    Ok(Held {
        id: known.id.to_string(),
        code: fact.code.clone(),
        name: opened.name().map(ToOwned::to_owned),
        document: document
            .map(|(kind, number)| OwnDocument { kind: kind.into(), number: number.to_owned() }),
        phone: opened.phone().map(ToOwned::to_owned),
        birth_date: fact.birth_date.map(|day| day.to_string()),
        sex: fact.sex.map(SexName::from),
        communities: Dated::all(&fact.communities),
        guardians: Dated::all(&fact.guardians),
        groups: Dated::all(&fact.groups),
        records: store.held_records(known.id)?.into_iter().map(record).collect(),
        accounts: accounts.into_iter().map(|account| own_account(account, today)).collect(),
        orders,
        vouchers,
        deductions,
        consents: store.consents(known.id)?.into_iter().map(Agreed::from).collect(),
        corrections: corrections.collect::<Result<_, _>>()?,
        opinions: opinions::voiced(app, store.opinions_of(known.id)?, Some(permit))?,
    })
}

fn own_account(statement: Statement, today: kangji_core::Day) -> OwnAccount {
    let Statement { scheme, account, entries } = statement;
    let entry = |entry: kangji_ledger::Entry| OwnEntry {
        number: entry.seq.0,
        kind: entry.kind.word(),
        day: entry.day.to_string(),
        total: entry.total.0,
        redeemable: entry.redeemable.0,
        held: entry.held.0,
        award: entry.source.map(|source| source.award),
    };
    OwnAccount {
        scheme,
        total: account.total.0,
        redeemable: account.redeemable(today).0,
        held: account.held.left_after(account.on_vouchers()).0,
        on_vouchers: account.on_vouchers().0,
        entries: entries.into_iter().map(entry).collect(),
    }
}

/// The resident who asks; staff and systems have no data of their own here.
pub(crate) fn resident(who: &Signed) -> Result<HolderId, Problem> {
    match who.principal() {
        Actor::Resident(id) => Ok(id),
        _ => Err(Problem::from(Code::Forbidden).saying("只有居民本人登录后才能使用")),
    }
}

/// Whom a resident acts for: a child under 14 whose guardian they are, or themselves, from 14 on.
pub(crate) fn acts_for(app: &App, me: HolderId, person: Option<&str>) -> Result<HolderId, Problem> {
    let today = app.now().day();
    let person = person.map(super::holder).transpose()?.unwrap_or(me);
    if person != me {
        let wards = app.store().wards(me, today)?;
        return wards.contains(&person).then_some(person).ok_or(Code::NotFound.into());
    }
    let known = app.store().resident(me)?.ok_or(Code::NotFound)?;
    if is_ward(&known.fact, today) {
        return Err(Problem::from(Code::Forbidden).saying("未满 14 岁，请由监护人办理"));
    }
    Ok(me)
}

/// Writes something a resident does about themselves: once under its key, and into the audit log.
pub(crate) async fn writing<T: Send + 'static>(
    app: &App,
    who: &Signed,
    action: &str,
    key: IdempotencyKey,
    write: impl FnOnce(&App, &Store, HolderId) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let deed = who.deed(action);
    let call = Call { deed: deed.clone(), now: app.now(), key: Some(key) };
    let result = match resident(who) {
        Ok(me) => app.blocking(move |app| write(app, &app.store().on_behalf(call), me)).await,
        Err(problem) => Err(problem),
    };
    if let Err(problem) = &result {
        drop(app.store().log(deed, Subject::None, problem.code.word(), app.now()));
    }
    result
}
