//! Pages of a resident's points, for staff: the statement with its reasons and the large-print
//! sheet for those without a phone.

pub(crate) mod sheet;
pub(crate) mod statement;

use kangji_core::{Division, Points};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{
    accounts::{self, Account, AccountLapse},
    statement::{self as explained, Statement},
};
use crate::{
    input::At,
    pages::{Pages, Visit, parts},
    problem::Problem,
    residents::{self, Resident, pages::if_allowed},
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/residents/{id}/statement", sheet::statement_page)
        .get("/residents/{id}/paper", sheet::paper)
}

/// A scheme under which somebody has points, or can earn some.
#[derive(Clone, Debug)]
pub(crate) struct Scheme {
    pub(crate) id: String,
    pub(crate) title: String,
}

/// What somebody has; `None` where the reader may not know it.
pub(crate) async fn accounts(visit: &Visit, id: &str) -> Result<Option<Vec<Account>>, Problem> {
    if !visit.may(Action::PointsRead) {
        return Ok(None);
    }
    let found = accounts::list(visit.state(), visit.who(), At(id.to_owned())).await;
    Ok(if_allowed(found)?.map(|accounts| accounts.0.items))
}

/// The schemes that concern somebody: those they have points under, and those of the place where
/// they live, the closest first.
pub(crate) async fn schemes(
    visit: &Visit,
    resident: &Resident,
    accounts: Option<&[Account]>,
) -> Result<Vec<Scheme>, Problem> {
    let homes: Vec<Division> = resident.homes();
    let held: Vec<String> =
        accounts.unwrap_or_default().iter().map(|account| account.scheme.clone()).collect();
    let published = visit.app().ask(kangji_store::Store::schemes).await?;
    let newest = published.iter().filter_map(|versions| versions.last());
    let mut found: Vec<_> = newest
        .filter(|scheme| {
            let is_here = homes.iter().any(|home| scheme.division.contains(*home));
            is_here || held.contains(&scheme.id)
        })
        .map(|scheme| {
            let is_held = held.contains(&scheme.id);
            let (id, title) = (scheme.id.clone(), scheme.title.clone());
            (!is_held, std::cmp::Reverse(scheme.division.to_string().len()), Scheme { id, title })
        })
        .collect();
    found.sort_by(|a, b| (a.0, a.1, &a.2.id).cmp(&(b.0, b.1, &b.2.id)));
    Ok(found.into_iter().map(|(.., scheme)| scheme).collect())
}

/// A statement of somebody, in the words of whoever reads.
pub(crate) async fn statement_of(
    visit: &Visit,
    id: &str,
    scheme: &str,
) -> Result<Statement, Problem> {
    let at = At((id.to_owned(), scheme.to_owned()));
    Ok(explained::read(visit.state(), visit.who(), at).await?.0)
}

/// How the wards of a statement are called, as far as the reader may see them.
pub(crate) async fn wards(
    visit: &Visit,
    statement: &Statement,
) -> Result<Vec<(String, String)>, Problem> {
    let counted = statement.counted.iter().flat_map(|award| &award.lines);
    let lines = counted.chain(&statement.not_counted).chain(&statement.waiting);
    let ahead = statement.prospects.iter().filter_map(|prospect| prospect.ward.clone());
    let mut ids: Vec<String> = lines.filter_map(|line| line.ward.clone()).chain(ahead).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut named = Vec::with_capacity(ids.len());
    for id in ids {
        let found = residents::show(visit.state(), visit.who(), At(id.clone())).await;
        if let Some((_, ward)) = if_allowed(found)? {
            named.push((id, residents::pages::name(&ward.0)));
        }
    }
    Ok(named)
}

/// What stands on paper vouchers, in words; nothing where there is nothing.
pub(crate) fn on_vouchers(points: i64, decimals: u8) -> Markup {
    html! {
        @if points > 0 {
            p { "另有" strong { (parts::points(points, decimals)) "分" } "印在积分券上，凭券使用。" }
        }
    }
}

/// Which of some points that lapse stand on paper vouchers.
pub(crate) fn of_these_on_vouchers(lapse: &AccountLapse, decimals: u8) -> Markup {
    html! {
        @if lapse.on_vouchers > 0 {
            "（其中" (parts::points(lapse.on_vouchers, decimals)) "分在积分券上）"
        }
    }
}

/// The figures of an account.
pub(crate) fn figures(account: &Account) -> Markup {
    let text = |units| parts::points(units, account.decimals);
    let soon = account
        .expiring
        .iter()
        .fold(Points(0), |sum, lapse| sum.saturating_add(Points(lapse.points)));
    html! {
        div.figures {
            (parts::figure("总积分", &text(account.total), "分"))
            (parts::figure("可兑换", &text(account.redeemable), "分"))
            (parts::figure("90 天内到期", &text(soon.0), "分"))
            @if account.held != 0 { (parts::figure("兑换占用", &text(account.held), "分")) }
            @if account.on_vouchers != 0 {
                (parts::figure("在积分券上", &text(account.on_vouchers), "分"))
            }
            @if account.shortfall != 0 { (parts::figure("待补扣", &text(account.shortfall), "分")) }
        }
    }
}
