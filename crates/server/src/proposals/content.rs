//! What can be proposed: as it is sent, checked, and shown again.

use kangji_core::{
    Day, DayRange, Decimal, Decimals, DivisionPrefix, Points,
    ids::{AccountId, HolderId, ProposalId},
};
use kangji_rights::{Action, Permit};
use kangji_rules::document;
use kangji_store::{Proposed, Store, StoreError, reaches};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    hand_on::HandOnWanted,
    metric::MetricWanted,
    sanctions::{LiftWanted, SanctionText, SanctionWanted, VoidRecordsWanted},
};
use crate::{
    input::Whole,
    problem::{Code, Problem},
};

/// The longest reason, in characters.
pub(super) const REASON_MAX: usize = 500;

/// Problems of a document that are listed.
const PROBLEMS_MAX: usize = 20;

/// What somebody proposes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wanted {
    /// To publish a version of a scheme.
    PublishScheme(SchemeWanted),
    /// That a resident or a community earns nothing for some days.
    Sanction(SanctionWanted),
    /// To lift a sanction.
    Lift(LiftWanted),
    /// To declare records void that an institution forged.
    VoidRecords(VoidRecordsWanted),
    /// To destroy what tells who a resident is.
    Erase(ErasureWanted),
    /// To change a balance, where the scheme allows it.
    Adjust(AdjustmentWanted),
    /// That an institution bears what is short in an account.
    WriteOff(WriteOffWanted),
    /// To hand points of a village's pool on to its helpers.
    HandOn(HandOnWanted),
    /// That a figure of a community is this.
    Metric(MetricWanted),
}

/// A version of a scheme.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchemeWanted {
    /// The document.
    pub(crate) document: String,
}

/// Whose names and numbers are destroyed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErasureWanted {
    /// The resident's id.
    #[schema(format = "uuid")]
    pub(super) resident: String,
    /// Why.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(super) reason: String,
}

/// A change of a balance.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdjustmentWanted {
    /// The account's id.
    #[schema(format = "uuid")]
    pub(super) account: String,
    /// More or less than zero: a decimal number.
    #[schema(pattern = "^-?[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    pub(super) points: String,
    /// Why.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(super) reason: String,
}

/// A shortfall that an institution bears.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriteOffWanted {
    /// The account's id.
    #[schema(format = "uuid")]
    pub(super) account: String,
    /// The institution's code, as in records.
    #[schema(min_length = 1, max_length = 64)]
    pub(super) institution: String,
    /// Why.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(super) reason: String,
}

/// What was proposed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    PublishScheme(SchemeWanted),
    Sanction(SanctionText),
    Lift(LiftWanted),
    VoidRecords(VoidRecordsWanted),
    Erase(ErasureWanted),
    Adjust(AdjustmentWanted),
    WriteOff(WriteOffWanted),
    HandOn(HandOnWanted),
    Metric(MetricWanted),
}

impl Wanted {
    /// The action that proposing it takes.
    pub(super) const fn action(&self) -> Action {
        match self {
            Self::PublishScheme(_) => Action::SchemesPublish,
            Self::Sanction(_) | Self::Lift(_) | Self::VoidRecords(_) => Action::SanctionsDecide,
            Self::Erase(_) => Action::ResidentsErase,
            Self::Adjust(_) | Self::WriteOff(_) => Action::LedgerAdjust,
            Self::HandOn(_) => Action::PoolsHandOn,
            Self::Metric(_) => Action::MetricsPropose,
        }
    }

    /// What is proposed, and where it would have effect, if that is possible and within reach.
    pub(super) fn checked(
        self,
        store: &Store,
        permit: &Permit,
        today: Day,
    ) -> Result<(DivisionPrefix, Proposed), Problem> {
        match self {
            Self::PublishScheme(wanted) => wanted.checked(store, permit),
            Self::Sanction(wanted) => wanted.checked(store, permit, today),
            Self::Lift(wanted) => wanted.checked(store, permit),
            Self::VoidRecords(wanted) => wanted.checked(store, permit),
            Self::Erase(ErasureWanted { resident, reason }) => {
                let (resident, area) = resident_at(store, permit, &resident, today)?;
                Ok((area, Proposed::Erase { resident, reason: given(reason, "erase.reason")? }))
            }
            Self::Adjust(wanted) => wanted.checked(store, permit, today),
            Self::WriteOff(WriteOffWanted { account, institution, reason }) => {
                let (account, _, area) = account_at(store, permit, &account, today)?;
                if institution.is_empty() || institution.chars().count() > 64 {
                    let place = "write_off.institution";
                    return Err(Problem::invalid(place, "机构编号是 1 到 64 个字"));
                }
                let reason = given(reason, "write_off.reason")?;
                Ok((area, Proposed::WriteOff { account, institution, reason }))
            }
            Self::HandOn(wanted) => wanted.checked(store, permit, today),
            Self::Metric(wanted) => wanted.checked(permit),
        }
    }
}

impl SchemeWanted {
    fn checked(
        self,
        store: &Store,
        permit: &Permit,
    ) -> Result<(DivisionPrefix, Proposed), Problem> {
        const PLACE: &str = "publish_scheme.document";
        let Self { document: text } = self;
        let read = document::read(&text, store.words());
        let Some(scheme) = read.scheme else {
            return Err(Problem::invalid(PLACE, wrong_with(&text, &read.problems)));
        };
        if !reaches(permit, scheme.division) {
            return Err(Code::OutOfArea.into());
        }
        match store.publishable(&text)? {
            Ok(true) => Ok((scheme.division, Proposed::PublishScheme { document: text })),
            Ok(false) => Err(Problem::from(Code::Conflict).saying("这个版本早已公布")),
            Err(error) => Err(Problem::invalid(PLACE, error.chinese())),
        }
    }
}

/// What keeps a document from being published, a line each.
pub(crate) fn wrong_with(text: &str, problems: &[document::Problem]) -> String {
    let wrong = problems.iter().filter(|problem| !problem.code.is_advice());
    let lines = wrong.take(PROBLEMS_MAX).map(|problem| {
        let (line, column) = document::line_and_column(text, problem.range.start);
        let document::Problem { message, remedy, .. } = problem;
        format!("第 {line} 行第 {column} 个字符：{message}；{remedy}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl AdjustmentWanted {
    fn checked(
        self,
        store: &Store,
        permit: &Permit,
        today: Day,
    ) -> Result<(DivisionPrefix, Proposed), Problem> {
        let Self { account, points, reason } = self;
        let (account, scheme, area) = account_at(store, permit, &account, today)?;
        let terms = terms(store, &scheme)?.ok_or(Code::NotFound)?;
        if !terms.adjustments {
            let refusal = kangji_ledger::Refusal::NoAdjustments;
            return Err((&refusal).into());
        }
        let number: Option<Decimal> = points.parse().ok();
        let points = number.and_then(|number| terms.decimals.exact(number));
        let points = points.filter(|points| *points != Points::ZERO).ok_or_else(|| {
            let places = terms.decimals.places();
            let detail = format!("不为零的积分数，小数至多 {places} 位，例如 -10");
            Problem::invalid("adjust.points", detail)
        })?;
        let reason = given(reason, "adjust.reason")?;
        Ok((area, Proposed::Adjust { account, points, reason }))
    }
}

impl Content {
    pub(super) fn of(store: &Store, content: Proposed) -> Result<Self, Problem> {
        Ok(match content {
            Proposed::PublishScheme { document } => Self::PublishScheme(SchemeWanted { document }),
            Proposed::Sanction {
                holder,
                days: DayRange { from, to },
                article,
                referred_to,
                reason,
            } => {
                let (from, to) = (from.to_string(), to.to_string());
                Self::Sanction(SanctionText { holder, from, to, article, referred_to, reason })
            }
            Proposed::Lift { sanction, reason } => {
                Self::Lift(LiftWanted { sanction: sanction.to_string(), reason })
            }
            Proposed::VoidRecords { forged, reason } => {
                Self::VoidRecords(VoidRecordsWanted::of(forged, reason))
            }
            Proposed::Erase { resident, reason } => {
                Self::Erase(ErasureWanted { resident: resident.to_string(), reason })
            }
            Proposed::Adjust { account, points, reason } => {
                let points = decimals_of(store, account)?.text(points);
                Self::Adjust(AdjustmentWanted { account: account.to_string(), points, reason })
            }
            Proposed::WriteOff { account, institution, reason } => {
                let account = account.to_string();
                Self::WriteOff(WriteOffWanted { account, institution, reason })
            }
            Proposed::HandOn { pool, list, reason } => {
                Self::HandOn(HandOnWanted::of(store, pool, &list, reason)?)
            }
            Proposed::Metric { community, year, name, value, evidence } => {
                let (community, value) = (community.to_string(), value.to_string());
                Self::Metric(MetricWanted { community, year: Whole(year), name, value, evidence })
            }
        })
    }
}

/// A reason that says something.
pub(super) fn given(reason: String, place: &str) -> Result<String, Problem> {
    let fits = !reason.trim().is_empty() && reason.chars().count() <= REASON_MAX;
    if fits {
        Ok(reason)
    } else {
        Err(Problem::invalid(place, "须写明原因，不超过 500 字"))
    }
}

/// A resident within reach, and the area through which they are.
pub(super) fn resident_at(
    store: &Store,
    permit: &Permit,
    id: &str,
    today: Day,
) -> Result<(HolderId, DivisionPrefix), Problem> {
    let id: HolderId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    Ok((id, area_of(store, permit, id, today)?))
}

/// An account within reach, its scheme, and the area of its holder.
fn account_at(
    store: &Store,
    permit: &Permit,
    id: &str,
    today: Day,
) -> Result<(AccountId, String, DivisionPrefix), Problem> {
    let id: AccountId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let (holder, scheme) = store.account_owner(id)?.ok_or(Code::NotFound)?;
    Ok((id, scheme, area_of(store, permit, holder, today)?))
}

/// The area of a holder that a permit reaches. Whoever lives nowhere is reached by those who reach
/// everywhere.
fn area_of(
    store: &Store,
    permit: &Permit,
    holder: HolderId,
    today: Day,
) -> Result<DivisionPrefix, Problem> {
    let areas = store.areas_of(holder, today)?;
    if let Some(area) = areas.into_iter().find(|area| reaches(permit, *area)) {
        return Ok(area);
    }
    let known = !store.codes(&[holder])?.is_empty();
    if known && reaches(permit, DivisionPrefix::EVERYWHERE) {
        return Ok(DivisionPrefix::EVERYWHERE);
    }
    Err(Code::NotFound.into())
}

/// What the newest version of a scheme says of points.
#[derive(Clone, Copy)]
struct PointTerms {
    decimals: Decimals,
    adjustments: bool,
}

fn terms(store: &Store, scheme: &str) -> Result<Option<PointTerms>, StoreError> {
    let schemes = store.schemes()?;
    let newest = schemes.iter().filter_map(|versions| versions.last());
    let own = newest.into_iter().find(|version| version.id == scheme);
    Ok(own.map(|own| PointTerms { decimals: own.decimals, adjustments: own.adjustments }))
}

pub(super) fn decimals_of(store: &Store, account: AccountId) -> Result<Decimals, StoreError> {
    let Some((_, scheme)) = store.account_owner(account)? else { return Ok(Decimals::default()) };
    Ok(terms(store, &scheme)?.map(|terms| terms.decimals).unwrap_or_default())
}

/// How the points of a proposal's account are written.
pub(super) fn decimals_for(store: &Store, id: ProposalId) -> Option<Decimals> {
    match store.proposal(id).ok()??.content {
        Proposed::Adjust { account, .. }
        | Proposed::WriteOff { account, .. }
        | Proposed::HandOn { pool: account, .. } => decimals_of(store, account).ok(),
        _ => None,
    }
}
