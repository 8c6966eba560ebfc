//! What two people decide about forged records (S11): that somebody earns nothing and loses what
//! they have, that this is lifted again, that an institution's records are void; as it is sent,
//! checked, and shown again.

use kangji_core::{Day, DayRange, Division, DivisionPrefix, ids::ProposalId};
use kangji_rights::Permit;
use kangji_store::{Forged, Proposed, Store, reaches};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::content::{given, resident_at};
use crate::{
    problem::{Code, Problem},
    stock::institution_at,
};

/// The longest article or name of an office, in characters.
const LINE_MAX: usize = 100;

/// The most kinds of records that are named.
const KINDS_MAX: usize = 64;

/// Days without points.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SanctionWanted {
    /// The resident's id; either this or the community.
    #[schema(format = "uuid")]
    pub(crate) resident: Option<String>,
    /// The community's division code of twelve digits.
    #[schema(pattern = "^[0-9]{12}$")]
    pub(crate) community: Option<String>,
    /// The first day.
    #[schema(format = Date)]
    pub(crate) from: String,
    /// The last day.
    #[schema(format = Date)]
    pub(crate) to: String,
    /// The article by which both balances go to zero; without it the points stay.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) article: Option<String>,
    /// To whom the case is referred on.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) referred_to: Option<String>,
    /// Why.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(crate) reason: String,
}

/// Days without points, as proposed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProposedSanction)]
pub(crate) struct SanctionText {
    /// The code of the resident or community.
    pub(crate) holder: String,
    /// The first day.
    pub(crate) from: String,
    /// The last day.
    pub(crate) to: String,
    /// The article by which both balances go to zero.
    pub(crate) article: Option<String>,
    /// To whom the case is referred on.
    pub(crate) referred_to: Option<String>,
    /// Why.
    pub(crate) reason: String,
}

/// That a sanction is lifted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiftWanted {
    /// The sanction's id.
    #[schema(format = "uuid")]
    pub(crate) sanction: String,
    /// Why.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(crate) reason: String,
}

/// That records of an institution are void.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoidRecordsWanted {
    /// The institution's code.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// The first day of the services.
    #[schema(format = Date)]
    pub(crate) from: String,
    /// The last day.
    #[schema(format = Date)]
    pub(crate) to: String,
    /// Only these kinds of records; none are all.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub(crate) kinds: Vec<String>,
    /// Why.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(crate) reason: String,
}

impl SanctionWanted {
    pub(super) fn checked(
        self,
        store: &Store,
        permit: &Permit,
        today: Day,
    ) -> Result<(DivisionPrefix, Proposed), Problem> {
        let Self { resident, community, from, to, article, referred_to, reason } = self;
        let (holder, area) = match (resident, community) {
            (Some(resident), None) => {
                let (id, area) = resident_at(store, permit, &resident, today)?;
                let code = store.codes(&[id])?.pop().map(|(_, code)| code);
                (code.ok_or(Code::NotFound)?, area)
            }
            (None, Some(community)) => {
                let wrong = || Problem::invalid("sanction.community", "区划代码是 12 位数字");
                Division::parse(&community).ok_or_else(wrong)?;
                let area = DivisionPrefix::parse(&community).ok_or_else(wrong)?;
                if !reaches(permit, area) {
                    return Err(Code::OutOfArea.into());
                }
                (community, area)
            }
            _ => return Err(Problem::invalid("sanction", "resident 和 community 要写其中一个")),
        };
        let days = days(&from, &to, ["sanction.from", "sanction.to"])?;
        let article = line(article, "sanction.article")?;
        let referred_to = line(referred_to, "sanction.referred_to")?;
        let reason = given(reason, "sanction.reason")?;
        Ok((area, Proposed::Sanction { holder, days, article, referred_to, reason }))
    }
}

impl LiftWanted {
    pub(super) fn checked(
        self,
        store: &Store,
        permit: &Permit,
    ) -> Result<(DivisionPrefix, Proposed), Problem> {
        let none = || Problem::invalid("lift.sanction", "没有找到这个处理决定");
        let id: ProposalId = self.sanction.parse().map_err(|_| none())?;
        let made = store.proposal(id)?.filter(|made| reaches(permit, made.area));
        let found = store.sanction(id)?.ok_or_else(none)?;
        let area = made.ok_or_else(none)?.area;
        if found.lifted.is_some() {
            return Err(Problem::from(Code::Conflict).saying("这个处理已经撤销"));
        }
        let reason = given(self.reason, "lift.reason")?;
        Ok((area, Proposed::Lift { sanction: id, reason }))
    }
}

impl VoidRecordsWanted {
    pub(super) fn checked(
        self,
        store: &Store,
        permit: &Permit,
    ) -> Result<(DivisionPrefix, Proposed), Problem> {
        let reason = given(self.reason.clone(), "void_records.reason")?;
        let (area, forged) = self.forged(store, permit)?;
        Ok((area, Proposed::VoidRecords { forged, reason }))
    }

    /// Which records are meant, of an institution within reach, and its area.
    pub(crate) fn forged(
        self,
        store: &Store,
        permit: &Permit,
    ) -> Result<(DivisionPrefix, Forged), Problem> {
        let Self { institution, from, to, kinds, .. } = self;
        let unknown = || Problem::invalid("void_records.institution", "没有找到这个机构");
        let known = institution_at(store, permit, &institution).map_err(|_| unknown())?;
        if !reaches(permit, known.area) {
            return Err(Code::OutOfArea.into());
        }
        let days = days(&from, &to, ["void_records.from", "void_records.to"])?;
        let names = |kind: &String| store.words().kind(kind).is_some();
        if kinds.len() > KINDS_MAX || !kinds.iter().all(names) {
            return Err(Problem::invalid("void_records.kinds", "没有这种服务记录"));
        }
        Ok((known.area, Forged { institution, days, kinds }))
    }

    pub(super) fn of(forged: Forged, reason: String) -> Self {
        let Forged { institution, days: DayRange { from, to }, kinds } = forged;
        Self { institution, from: from.to_string(), to: to.to_string(), kinds, reason }
    }
}

fn days(from: &str, to: &str, places: [&str; 2]) -> Result<DayRange, Problem> {
    let day = |text: &str, place: &str| {
        text.parse::<Day>().map_err(|_| Problem::invalid(place, "写成一天，例如 2026-07-15"))
    };
    let days = DayRange { from: day(from, places[0])?, to: day(to, places[1])? };
    if days.is_empty() {
        return Err(Problem::invalid(places[1], "不能早于第一天"));
    }
    Ok(days)
}

/// A line that says something, if there is one.
fn line(text: Option<String>, place: &str) -> Result<Option<String>, Problem> {
    let fits = |text: &String| !text.trim().is_empty() && text.chars().count() <= LINE_MAX;
    match text {
        Some(text) if !fits(&text) => {
            Err(Problem::invalid(place, format!("是 1 到 {LINE_MAX} 个字")))
        }
        text => Ok(text),
    }
}
