//! What is done with vouchers: issued on a credit, taken over from before the system, taken back,
//! called lost, spoiled. Each is in the audit log with the resident and whoever did it.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{Day, Points, ids::HolderId};
use kangji_ledger::{Seq, account_of};
use kangji_redemption::{Voucher, VoucherState, voucher::Serial};
use kangji_rights::{Action, Permit};
use kangji_store::{
    Institution, Issuing, Store, VoucherAct, VoucherAnswer, VoucherCommand, VoucherQuery,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    institution_at, reached, refused,
    told::{self, VoucherShown},
};
use crate::{
    app::App,
    input::{At, Whole, Write, WriteHeaders, line},
    orders::{
        by, own_account,
        proxy::{self, Proxy},
        steps::reason,
    },
    problem::{Code, Problem, Reason, WriteProblems},
    residents,
    schemes::decimals_of,
    signed::Signed,
};

/// What goes onto paper, for whom and where.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VoucherIssuing)]
pub(crate) struct NewIssue {
    /// Whose points, and who receives the voucher.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    /// Under which scheme.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) scheme: String,
    /// The entry of the credit in the account.
    #[schema(value_type = u32, minimum = 1)]
    pub(crate) lot: Whole,
    /// The code of the institution that issues it.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// The voucher at hand; otherwise the next of the institution's stock.
    #[schema(min_length = 1, max_length = 40)]
    pub(crate) serial: Option<String>,
    /// Who receives it, where the person does not come themselves.
    pub(crate) proxy: Option<Proxy>,
}

/// A voucher that was written by hand before the system came.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VoucherTakingOver)]
pub(crate) struct TakeOver {
    /// Whose points.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    /// Under which scheme.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) scheme: String,
    /// The entry of the credit that it stands for.
    #[schema(value_type = u32, minimum = 1)]
    pub(crate) lot: Whole,
    /// The code of the institution that issued it and keeps the stub.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// The number on it.
    #[schema(min_length = 1, max_length = 40)]
    pub(crate) number: String,
    /// The points on its stub, in the scheme's smallest unit.
    #[schema(value_type = u32, minimum = 1)]
    pub(crate) stub: Whole,
    /// The day on it.
    #[schema(format = Date)]
    pub(crate) date: String,
}

/// Why something is done with a voucher.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VoucherReason)]
pub(crate) struct Why {
    #[schema(min_length = 1, max_length = 200, pattern = "\\S")]
    pub(crate) reason: String,
}

/// Issue a voucher: what is left of a credit goes from the electronic balance onto paper.
#[utoipa::path(
    post, path = "/vouchers", tag = "vouchers", request_body = NewIssue, params(WriteHeaders),
    responses((status = 201, body = VoucherShown), WriteProblems),
)]
pub(crate) async fn issue(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<NewIssue>,
) -> Result<(StatusCode, Json<VoucherShown>), Problem> {
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let place = institution_at(store, permit, &body.institution)?;
        let person = received_by(store, &signed, permit, &body.person, &server)?;
        let lot = Seq(u64::from(body.lot.0));
        let serial = match &body.serial {
            Some(text) => serial_of("serial", text)?,
            None => next_of(store, &body.scheme, &place)?,
        };
        let seal = |given: &Proxy| {
            let subject = told::subject(account_of(person, &body.scheme), lot.0);
            proxy::sealed(&server, store, person, subject, given)
        };
        let issuing = Issuing {
            person,
            scheme: body.scheme.clone(),
            lot,
            day: server.now().day(),
            authority: authority(&server, &signed, &place),
            institution: place.code,
            proxy: body.proxy.as_ref().map(seal).transpose()?,
            or_next: body.serial.is_none(),
        };
        done(&server, store, &signed, (serial, &body.scheme), VoucherAct::Issue(issuing))
    };
    let told = app.writing(&who, Action::VouchersIssue, Some(key), write).await?;
    Ok((StatusCode::CREATED, told))
}

/// Take over a voucher written by hand before the system came: it bears a credit that is there
/// already, and its stub must say the same points.
#[utoipa::path(
    post, path = "/vouchers/take-over", tag = "vouchers", request_body = TakeOver,
    params(WriteHeaders),
    responses((status = 201, body = VoucherShown), WriteProblems),
)]
pub(crate) async fn take_over(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<TakeOver>,
) -> Result<(StatusCode, Json<VoucherShown>), Problem> {
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let place = institution_at(store, permit, &body.institution)?;
        let person = received_by(store, &signed, permit, &body.person, &server)?;
        let number = Serial::by_hand(&body.number);
        let number = number.map_err(|_| {
            Problem::invalid("number", "券上的手写编号：1 到 24 个字母、数字、汉字或“-”")
        })?;
        let day = body.date.parse::<Day>();
        let day = day.map_err(|_| Problem::invalid("date", "没有这一天"))?;
        let issuing = Issuing {
            person,
            scheme: body.scheme.clone(),
            lot: Seq(u64::from(body.lot.0)),
            day,
            authority: authority(&server, &signed, &place),
            institution: place.code,
            proxy: None,
            or_next: false,
        };
        let stub = Points(i64::from(body.stub.0));
        let act = VoucherAct::TakeOver { issuing, stub };
        done(&server, store, &signed, (number, &body.scheme), act)
    };
    let told = app.writing(&who, Action::VouchersIssue, Some(key), write).await?;
    Ok((StatusCode::CREATED, told))
}

/// Take a voucher back: its points go to the electronic balance, the paper is void.
#[utoipa::path(
    post, path = "/vouchers/{serial}/take-back", tag = "vouchers", request_body = Why,
    params(("serial" = String, Path, description = "The voucher."), WriteHeaders),
    responses((status = 200, body = VoucherShown), WriteProblems),
)]
pub(crate) async fn take_back(
    State(app): State<App>,
    who: Signed,
    At(serial): At<String>,
    write: Write<Why>,
) -> Result<Json<VoucherShown>, Problem> {
    end(app, who, serial, write, |_, reason| VoucherAct::TakeBack { reason }).await
}

/// Call a voucher lost: it is not issued again, and its points cannot be used (P9).
#[utoipa::path(
    post, path = "/vouchers/{serial}/lose", tag = "vouchers", request_body = Why,
    params(("serial" = String, Path, description = "The voucher."), WriteHeaders),
    responses((status = 200, body = VoucherShown), WriteProblems),
)]
pub(crate) async fn lose(
    State(app): State<App>,
    who: Signed,
    At(serial): At<String>,
    write: Write<Why>,
) -> Result<Json<VoucherShown>, Problem> {
    end(app, who, serial, write, |_, reason| VoucherAct::Lose { reason }).await
}

/// Put a form aside that was spoiled before it was issued.
#[utoipa::path(
    post, path = "/vouchers/{serial}/spoil", tag = "vouchers", request_body = Why,
    params(("serial" = String, Path, description = "The voucher."), WriteHeaders),
    responses((status = 200, body = VoucherShown), WriteProblems),
)]
pub(crate) async fn spoil(
    State(app): State<App>,
    who: Signed,
    At(serial): At<String>,
    write: Write<Why>,
) -> Result<Json<VoucherShown>, Problem> {
    let spoil = |voucher: &Voucher, reason| {
        let institution = voucher.institution.clone().unwrap_or_default();
        VoucherAct::Spoil { institution, reason }
    };
    end(app, who, serial, write, spoil).await
}

/// Ends a voucher without its being spent.
async fn end(
    app: App,
    who: Signed,
    serial: String,
    Write { body, key }: Write<Why>,
    act: impl FnOnce(&Voucher, String) -> VoucherAct + Send + 'static,
) -> Result<Json<VoucherShown>, Problem> {
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let reason = reason(&body.reason)?;
        let voucher = reached(store, permit, &serial)?;
        if let Some(issue) = &voucher.issue {
            not_oneself(store, &signed, issue.person)?;
        }
        let act = act(&voucher, reason);
        done(&server, store, &signed, (voucher.serial, &voucher.scheme), act)
    };
    app.writing(&who, Action::VouchersIssue, Some(key), write).await
}

/// Has something done with a voucher, and tells it as it is then.
pub(super) fn done(
    app: &App,
    store: &Store,
    who: &Signed,
    (serial, scheme): (Serial, &str),
    act: VoucherAct,
) -> Result<Json<VoucherShown>, Problem> {
    let by = by(who).ok_or(Code::Forbidden)?;
    let answer: VoucherAnswer =
        store.voucher_act(VoucherCommand { serial, act, by, now: app.now() }).wait()?;
    let told = match answer {
        Ok(told) => told,
        Err(why) => return Err(refused(&why, decimals_of(&store.schemes()?, scheme))),
    };
    let serial: Serial = told.serial.parse().map_err(|_| Code::Internal)?;
    let voucher = store.voucher(&serial)?.ok_or(Code::Internal)?;
    let care = who.permit(Action::PointsCare, app.roles());
    told::alone(app, care.as_ref(), &voucher).map(Json)
}

/// The resident of a write, if the permit reaches them and they are not whoever writes.
fn received_by(
    store: &Store,
    who: &Signed,
    permit: &Permit,
    person: &str,
    app: &App,
) -> Result<HolderId, Problem> {
    let person = person.parse().map_err(|_| Problem::invalid("person", "没有这位居民"))?;
    residents::reached(store, permit, person, app.now().day())?;
    not_oneself(store, who, person)?;
    Ok(person)
}

/// Nobody issues vouchers to themselves, nor takes them from themselves.
fn not_oneself(store: &Store, who: &Signed, person: HolderId) -> Result<(), Problem> {
    if own_account(store, who.principal())? == Some(person) {
        let says = "不能给自己办理积分券，请由另一位工作人员办理";
        return Err(Problem::from(Code::SamePerson).saying(says));
    }
    Ok(())
}

fn serial_of(place: &str, text: &str) -> Result<Serial, Problem> {
    line(place, text, 40)?;
    text.parse().map_err(|_| Problem::invalid(place, "编号不对，请照券面核对字母和数字"))
}

/// The next voucher of an institution's stock.
fn next_of(store: &Store, scheme: &str, place: &Institution) -> Result<Serial, Problem> {
    let query = VoucherQuery {
        scheme: Some(scheme.to_owned()),
        institution: Some(place.code.clone()),
        state: Some(VoucherState::Stocked),
        limit: 1,
        ..VoucherQuery::default()
    };
    let next = store.vouchers(&query)?.pop().map(|voucher| voucher.serial);
    next.ok_or_else(|| {
        let says = "本机构没有空白积分券了，请先向主管部门领券".to_owned();
        Problem::refused(vec![Reason { code: "no_voucher_stock", says, missing: None }])
    })
}

/// By what right somebody issues at an institution: the role and the institution of the grant (P5).
fn authority(app: &App, who: &Signed, place: &Institution) -> String {
    let covers = |grant: &&kangji_rights::Grant| {
        let only = grant.institution.as_deref().is_none_or(|only| only == place.code);
        only && grant.area.includes(place.area)
    };
    let role = who.grants().iter().filter(covers).find_map(|grant| {
        let role = app.roles().get(&grant.role)?;
        role.actions.contains(&Action::VouchersIssue).then_some(role.name.as_str())
    });
    format!("{}（{}）", role.unwrap_or("接入系统"), place.name)
}
