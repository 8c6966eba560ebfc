//! Paper vouchers (P4–P7, P9, P10): printed, given to institutions, issued to residents, taken back,
//! lost, and reconciled with their stubs.
//!
//! Whether something is possible is decided in `kangji_redemption` and in the store; here it is
//! asked for, where a permit reaches the institution and the resident.

mod acts;
mod key;
pub(crate) mod own;
pub(crate) mod pages;
mod read;
mod stock;
mod stubs;
pub(crate) mod told;

use kangji_core::{Decimals, ids::HolderId};
use kangji_redemption::{
    Level, Voucher,
    voucher::{Serial, VoucherRefusal},
};
use kangji_rights::{Action, Permit};
use kangji_rules::scheme::{Award, Scheme};
use kangji_store::{Institution, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    orders::counter_at,
    problem::{Code, Problem, Reason},
    signed::Signed,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read::list, acts::issue))
        .routes(routes!(key::show))
        .routes(routes!(stock::counts))
        .routes(routes!(stock::print))
        .routes(routes!(stock::hand_out))
        .routes(routes!(stubs::differences))
        .routes(routes!(acts::take_over))
        .routes(routes!(read::show))
        .routes(routes!(acts::take_back))
        .routes(routes!(acts::lose))
        .routes(routes!(acts::spoil))
        .routes(routes!(stubs::check))
        .routes(routes!(read::of_person))
        .routes(routes!(read::credits))
        .routes(routes!(own::list))
}

/// By which right somebody looks at vouchers: whoever issues them sees them, and so does whoever
/// checks stubs.
fn looking(who: &Signed, app: &App) -> Action {
    match who.permit(Action::VouchersIssue, app.roles()) {
        Some(_) => Action::VouchersIssue,
        None => Action::VouchersCheck,
    }
}

/// The institution that a write names.
fn institution_at(store: &Store, permit: &Permit, code: &str) -> Result<Institution, Problem> {
    let found = counter_at(store, permit, code)?;
    if found.closed_at.is_some() {
        return Err(Problem::from(Code::Conflict).saying("这个机构已经停办，不能再发券"));
    }
    // Whoever takes vouchers for goods does not issue them.
    if found.level == Level::Shop {
        return Err(Problem::from(Code::Conflict).saying("商户不发积分券，请换一个机构"));
    }
    Ok(found)
}

/// A voucher of an address, as far as a permit reaches. Whoever is not there is not told whether
/// there is such a one.
fn reached(store: &Store, permit: &Permit, serial: &str) -> Result<Voucher, Problem> {
    let none = || Problem::from(Code::NotFound).saying("没有这个编号的积分券，请核对编号");
    let serial: Serial = serial.parse().map_err(|_| none())?;
    let voucher = store.voucher(&serial)?.ok_or_else(none)?;
    let is_within = match &voucher.institution {
        Some(code) => store.institution(code)?.is_some_and(|found| found.is_under(permit)),
        None => scheme_under(store, permit, &voucher.scheme).is_ok(),
    };
    if is_within { Ok(voucher) } else { Err(none()) }
}

/// A published scheme whose whole area a permit covers: its newest version.
fn scheme_under(store: &Store, permit: &Permit, id: &str) -> Result<Scheme, Problem> {
    let schemes = store.schemes()?;
    let newest = schemes.into_iter().filter_map(|mut versions| versions.pop());
    let found = newest.into_iter().find(|scheme| scheme.id == id);
    let found = found.ok_or_else(|| Problem::invalid("scheme", "没有公布过这个办法"))?;
    if permit.includes(found.division, None) { Ok(found) } else { Err(Code::OutOfArea.into()) }
}

/// An award, as the newest version that has it calls it.
fn award<'s>(schemes: &'s [Vec<Scheme>], scheme: &str, id: &str) -> Option<&'s Award> {
    let versions = schemes.iter().find(|all| all.last().is_some_and(|one| one.id == scheme))?;
    versions.iter().rev().find_map(|version| version.awards.iter().find(|award| award.id == id))
}

/// Whether somebody may know illnesses of a person, which the full names of awards tell (A1).
fn may_know(app: &App, care: Option<&Permit>, person: HolderId) -> Result<bool, Problem> {
    let Some(care) = care else { return Ok(false) };
    Ok(app.store().allows(care, person, None, app.now().day())?)
}

/// Why something was not done with a voucher.
fn refused(why: &VoucherRefusal, decimals: Decimals) -> Problem {
    let says = why.chinese(|points| decimals.short(points));
    Problem::refused(vec![Reason { code: why.code(), says, missing: None }])
}
