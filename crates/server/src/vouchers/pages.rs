//! Pages of paper vouchers: issuing from a resident's page, the sheet to print, one voucher, the
//! stock of an institution, printing and giving out, stubs, and the check of a square code.

mod check;
mod end;
mod issue;
mod one;
mod print;
mod sheet;
mod stock;
mod stubs;
mod take_over;

use kangji_core::Day;
use kangji_rules::{scheme::Scheme, words::date};
use kangji_store::Store;
use maud::Markup;

use super::told::{StateName, VoucherShown};
use crate::{
    pages::{
        Pages, Visit,
        parts::{self, Tone},
    },
    problem::{Code, Problem},
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/vouchers", stock::all)
        .get("/vouchers/print", print::ask)
        .post("/vouchers/print", print::take)
        .post("/vouchers/stock", print::hand_out)
        .get("/vouchers/sheets", sheet::show)
        .get("/vouchers/check", check::ask)
        .post("/vouchers/check", check::answer)
        .get("/vouchers/at/{code}", stock::show)
        .get("/vouchers/at/{code}/stubs", stubs::show)
        .post("/vouchers/at/{code}/stubs", stubs::take)
        .get("/vouchers/{serial}", one::show)
        .get("/vouchers/{serial}/{act}", end::ask)
        .post("/vouchers/{serial}/{act}", end::take)
        .get("/residents/{id}/vouchers", issue::show)
        .post("/residents/{id}/vouchers", issue::take)
        .get("/residents/{id}/vouchers/take-over", take_over::ask)
        .post("/residents/{id}/vouchers/take-over", take_over::take)
}

/// Where a voucher stands, as a word that stands out.
pub(crate) fn state(state: StateName) -> Markup {
    let tone = match state {
        StateName::Issued => Tone::Good,
        StateName::Lost | StateName::Void => Tone::Bad,
        StateName::Printed | StateName::Stocked => Tone::Plain,
        StateName::Redeemed | StateName::Expired => Tone::Warn,
    };
    parts::tag(tone, state.chinese())
}

/// The last day on which something is valid, of the first on which it no longer is.
pub(crate) fn last_day(expires_on: Option<&str>) -> String {
    match expires_on.map(str::parse::<Day>) {
        None => "长期有效".to_owned(),
        Some(Ok(day)) => format!("有效至{}", date(day.previous())),
        Some(Err(_)) => String::new(),
    }
}

/// How the person of a voucher is called.
fn called(voucher: &VoucherShown) -> &str {
    let name = voucher.issue.as_ref().and_then(|issue| issue.name.as_deref());
    name.unwrap_or("没有登记姓名的居民")
}

/// What a voucher bears.
fn points(voucher: &VoucherShown) -> String {
    let units = voucher.issue.as_ref().map_or(0, |issue| issue.points);
    format!("{} 分", parts::points(units, voucher.decimals))
}

/// The newest versions of the schemes that have paper vouchers.
async fn schemes(visit: &Visit) -> Result<Vec<Scheme>, Problem> {
    let all = visit.app().ask(Store::schemes).await?;
    let newest = all.into_iter().filter_map(|mut versions| versions.pop());
    Ok(newest.filter(|scheme| scheme.vouchers.is_some()).collect())
}

/// What is said on the page itself instead of in its place.
const fn is_about_it(problem: &Problem) -> bool {
    matches!(problem.code, Code::Invalid | Code::Conflict | Code::Refused | Code::SamePerson)
}
