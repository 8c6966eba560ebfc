//! Vouchers as the API tells them. Names are masked; an award is called by its public name, and
//! by its own only for whoever may know illnesses of the person (P7, A1).

use std::collections::BTreeMap;

use kangji_core::ids::HolderId;
use kangji_redemption::{
    Voucher, VoucherState,
    voucher::{Face, Issue},
};
use kangji_rights::Permit;
use kangji_rules::scheme::Scheme;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{award, may_know};
use crate::{
    app::App,
    orders::{proxy, told::ProxyShown},
    people,
    problem::{Code, Problem},
    schemes::decimals_of,
};

/// Where a voucher stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = VoucherState)]
pub(crate) enum StateName {
    Printed,
    Stocked,
    Issued,
    Redeemed,
    Void,
    Lost,
    Expired,
}

macro_rules! states {
    ($($name:ident),*) => {
        impl From<VoucherState> for StateName {
            fn from(state: VoucherState) -> Self {
                match state { $(VoucherState::$name => Self::$name,)* }
            }
        }

        impl From<StateName> for VoucherState {
            fn from(name: StateName) -> Self {
                match name { $(StateName::$name => Self::$name,)* }
            }
        }
    };
}

states!(Printed, Stocked, Issued, Redeemed, Void, Lost, Expired);

impl StateName {
    /// The word for people.
    pub(crate) fn chinese(self) -> &'static str {
        VoucherState::from(self).chinese()
    }
}

/// A voucher. Amounts are in the scheme's smallest unit, moments in milliseconds of UTC.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Voucher)]
pub(crate) struct VoucherShown {
    /// What stands on it.
    pub(crate) serial: String,
    /// Under which scheme.
    pub(crate) scheme: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// Where it stands.
    pub(crate) state: StateName,
    /// Whether its number was written by hand before the system came.
    pub(crate) by_hand: bool,
    /// The code of the institution that has or had it in stock.
    pub(crate) institution: Option<String>,
    /// When it was printed or taken over.
    pub(crate) printed_at: i64,
    /// When it came to the institution.
    pub(crate) stocked_at: Option<i64>,
    /// To whom it was issued.
    pub(crate) issue: Option<VoucherIssue>,
    /// When it was spent.
    pub(crate) spent_at: Option<i64>,
    /// The code of the institution or shop that keeps the main part.
    pub(crate) spent_place: Option<String>,
    /// Why it is void: `spoiled`, `taken_back`, `recalled` or `forfeited`.
    pub(crate) void: Option<&'static str>,
    /// The same in Chinese.
    pub(crate) void_says: Option<&'static str>,
    /// When it ended without being spent.
    pub(crate) ended_at: Option<i64>,
    /// What staff said of the end.
    pub(crate) reason: Option<String>,
    /// When somebody looked at the stub.
    pub(crate) stub_at: Option<i64>,
    /// The points written on it.
    pub(crate) stub_points: Option<i64>,
    /// The text of its square code, where it is shown alone and was issued; `null` where the
    /// server has no key for vouchers.
    pub(crate) code: Option<String>,
}

/// The issue of a voucher (P5).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VoucherIssue {
    /// Whose points.
    #[schema(format = "uuid")]
    pub(crate) person: String,
    /// Their name: the surname only; `null` where none is known.
    pub(crate) name: Option<String>,
    /// The entry of the credit in the account.
    pub(crate) lot: u64,
    /// What it bears.
    pub(crate) points: i64,
    /// The public name of the award, as it stands on the main part.
    pub(crate) title: String,
    /// Its full name, as it stands on the stub; `null` in lists, and for whoever may not know of
    /// illnesses where it would name one.
    pub(crate) full_title: Option<String>,
    /// The first day it is no longer valid; `null` for never.
    #[schema(format = Date)]
    pub(crate) expires_on: Option<String>,
    /// The day on the paper.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// When that was entered.
    pub(crate) issued_at: i64,
    /// Who issued it, by the system's own id.
    #[schema(format = "uuid")]
    pub(crate) issued_by: Option<String>,
    /// By what right: role and institution.
    pub(crate) authority: String,
    /// Whether somebody received it for the person.
    pub(crate) by_proxy: bool,
    /// Who, where the voucher is shown alone.
    pub(crate) proxy: Option<ProxyShown>,
}

/// Vouchers as they are told in a list.
pub(super) fn vouchers(app: &App, found: &[Voucher]) -> Result<Vec<VoucherShown>, Problem> {
    let schemes = app.store().schemes()?;
    let people = found.iter().filter_map(|voucher| voucher.issue.as_ref());
    let names = names(app, people.map(|issue| issue.person).collect())?;
    Ok(found.iter().map(|voucher| shown(voucher, &schemes, &names)).collect())
}

/// A voucher alone: with the full name for whoever may know it, who received it, and the text of
/// its square code.
pub(super) fn alone(
    app: &App,
    care: Option<&Permit>,
    voucher: &Voucher,
) -> Result<VoucherShown, Problem> {
    let mut told = vouchers(app, std::slice::from_ref(voucher))?.pop().ok_or(Code::NotFound)?;
    let (Some(issue), Some(known)) = (&mut told.issue, &voucher.issue) else { return Ok(told) };
    let schemes = app.store().schemes()?;
    let award = award(&schemes, &voucher.scheme, &known.award);
    if let Some(award) = award
        && (award.public_name.is_none() || may_know(app, care, known.person)?)
    {
        issue.full_title = Some(award.name.clone());
    }
    let subject = subject(known.account, known.lot.0);
    issue.proxy = proxy::opened(app, known.person, subject, known.proxy.as_deref())?;
    told.code = code(app, voucher, known, &schemes)?;
    Ok(told)
}

/// Under which name it is sealed who received a voucher on a credit.
pub(super) fn subject(account: kangji_core::ids::AccountId, lot: u64) -> String {
    format!("{account} {lot}")
}

fn code(
    app: &App,
    voucher: &Voucher,
    issue: &Issue,
    schemes: &[Vec<Scheme>],
) -> Result<Option<String>, Problem> {
    let Some(key) = app.voucher_key() else { return Ok(None) };
    let face = Face::of(voucher, issue, decimals_of(schemes, &voucher.scheme));
    let text = face.signed(key).map_err(|error| {
        tracing::error!(%error, "a voucher is not signed");
        Problem::from(Code::Internal)
    })?;
    Ok(Some(text))
}

/// The masked names of people.
fn names(app: &App, mut ids: Vec<HolderId>) -> Result<BTreeMap<HolderId, String>, Problem> {
    ids.sort_unstable();
    ids.dedup();
    let mut names = BTreeMap::new();
    for person in app.store().people(&ids)? {
        let name = people::open(app.keys(), &person)?.masked_name();
        names.extend(name.map(|name| (person.id, name)));
    }
    Ok(names)
}

fn shown(
    voucher: &Voucher,
    schemes: &[Vec<Scheme>],
    names: &BTreeMap<HolderId, String>,
) -> VoucherShown {
    let issue = voucher.issue.as_ref().map(|issue| VoucherIssue {
        person: issue.person.to_string(),
        name: names.get(&issue.person).cloned(),
        lot: issue.lot.0,
        points: issue.points.0,
        title: public_title(schemes, &voucher.scheme, &issue.award),
        full_title: None,
        expires_on: issue.expires_on.map(|day| day.to_string()),
        date: issue.day.to_string(),
        issued_at: issue.step.at.millis(),
        issued_by: issue.step.by.map(|by| HolderId::from_bytes(by).to_string()),
        authority: issue.authority.clone(),
        by_proxy: issue.proxy.is_some(),
        proxy: None,
    });
    VoucherShown {
        serial: voucher.serial.to_string(),
        scheme: voucher.scheme.clone(),
        decimals: decimals_of(schemes, &voucher.scheme).places(),
        state: voucher.state.into(),
        by_hand: voucher.serial.is_by_hand(),
        institution: voucher.institution.clone(),
        printed_at: voucher.printed.at.millis(),
        stocked_at: voucher.stocked.as_ref().map(|step| step.at.millis()),
        issue,
        spent_at: voucher.spent.as_ref().map(|spent| spent.step.at.millis()),
        spent_place: voucher.spent.as_ref().map(|spent| spent.place.clone()),
        void: voucher.void.map(|void| void.word()),
        void_says: voucher.void.map(|void| void.chinese()),
        ended_at: voucher.ended.as_ref().map(|step| step.at.millis()),
        reason: voucher.reason.clone(),
        stub_at: voucher.stub.as_ref().map(|stub| stub.step.at.millis()),
        stub_points: voucher.stub.as_ref().map(|stub| stub.points.0),
        code: None,
    }
}

/// The public name of an award; what nobody knows any more names nothing.
pub(super) fn public_title(schemes: &[Vec<Scheme>], scheme: &str, id: &str) -> String {
    let found = award(schemes, scheme, id);
    found.map_or_else(|| "积分项目".to_owned(), |award| award.name_for_public().to_owned())
}
