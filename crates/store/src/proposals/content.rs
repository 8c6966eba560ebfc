//! What can be proposed, and its text in the database.

use kangji_core::{
    Day, DayRange, Decimal, Division, Points,
    ids::{AccountId, HolderId, ProposalId},
};
use kangji_rights::Action;
use serde::{Deserialize, Serialize};

use crate::{sanctions::Forged, sql::SqlError};

/// What somebody proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// To publish a version of a scheme.
    PublishScheme {
        /// The document.
        document: String,
    },
    /// That a resident, worker or community earns nothing for some days (S11).
    Sanction {
        /// The code they are known by.
        holder: String,
        /// The days.
        days: DayRange,
        /// The article by which both balances go to zero; `None` where the points stay.
        article: Option<String>,
        /// To whom the case is referred on, if it is.
        referred_to: Option<String>,
        /// Why.
        reason: String,
    },
    /// To lift a sanction, for instance after an appeal (S11).
    Lift {
        /// The sanction: the proposal it was.
        sanction: ProposalId,
        /// Why.
        reason: String,
    },
    /// To declare records void that an institution forged (S11). They are many: accepting it asks
    /// for the work of doing so.
    VoidRecords {
        /// Which.
        forged: Forged,
        /// Why.
        reason: String,
    },
    /// To destroy what tells who a resident is.
    Erase {
        /// Whom.
        resident: HolderId,
        /// Why.
        reason: String,
    },
    /// To change a balance, where the scheme allows it (S2).
    Adjust {
        /// The account.
        account: AccountId,
        /// More or less than zero, in the scheme's smallest unit.
        points: Points,
        /// Why.
        reason: String,
    },
    /// That an institution bears what is short in an account.
    WriteOff {
        /// The account.
        account: AccountId,
        /// The institution's code.
        institution: String,
        /// Why.
        reason: String,
    },
    /// To hand points of a village's pool on to its helpers (T2).
    HandOn {
        /// The pool.
        pool: AccountId,
        /// Who receives how much, in the scheme's smallest unit.
        list: Vec<(HolderId, Points)>,
        /// What for.
        reason: String,
    },
    /// That a figure of a community is this.
    Metric {
        /// The community.
        community: Division,
        /// The year.
        year: u32,
        /// The figure's name.
        name: String,
        /// The figure.
        value: Decimal,
        /// What shows it: a survey, a document and its number.
        evidence: String,
    },
}

/// The form in the database: ids and days as texts.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Kept {
    PublishScheme {
        document: String,
    },
    Sanction {
        holder: String,
        from: String,
        to: String,
        #[serde(default)]
        article: Option<String>,
        #[serde(default)]
        referred_to: Option<String>,
        reason: String,
    },
    Lift {
        sanction: String,
        reason: String,
    },
    VoidRecords {
        institution: String,
        from: String,
        to: String,
        kinds: Vec<String>,
        reason: String,
    },
    Erase {
        resident: String,
        reason: String,
    },
    Adjust {
        account: String,
        points: i64,
        reason: String,
    },
    WriteOff {
        account: String,
        institution: String,
        reason: String,
    },
    HandOn {
        pool: String,
        list: Vec<(String, i64)>,
        reason: String,
    },
    Metric {
        community: String,
        year: u32,
        name: String,
        value: String,
        evidence: String,
    },
}

impl Proposed {
    /// The action that proposing and deciding it take.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            Self::PublishScheme { .. } => Action::SchemesPublish,
            Self::Sanction { .. } | Self::Lift { .. } | Self::VoidRecords { .. } => {
                Action::SanctionsDecide
            }
            Self::Erase { .. } => Action::ResidentsErase,
            Self::Adjust { .. } | Self::WriteOff { .. } => Action::LedgerAdjust,
            Self::HandOn { .. } => Action::PoolsHandOn,
            Self::Metric { .. } => Action::MetricsPropose,
        }
    }

    pub(super) fn text(&self) -> Result<String, SqlError> {
        let kept = match self.clone() {
            Self::PublishScheme { document } => Kept::PublishScheme { document },
            Self::Sanction {
                holder,
                days: DayRange { from, to },
                article,
                referred_to,
                reason,
            } => {
                let (from, to) = (from.to_string(), to.to_string());
                Kept::Sanction { holder, from, to, article, referred_to, reason }
            }
            Self::Lift { sanction, reason } => {
                Kept::Lift { sanction: sanction.to_string(), reason }
            }
            Self::VoidRecords { forged, reason } => {
                let Forged { institution, days: DayRange { from, to }, kinds } = forged;
                let (from, to) = (from.to_string(), to.to_string());
                Kept::VoidRecords { institution, from, to, kinds, reason }
            }
            Self::Erase { resident, reason } => {
                Kept::Erase { resident: resident.to_string(), reason }
            }
            Self::Adjust { account, points, reason } => {
                Kept::Adjust { account: account.to_string(), points: points.0, reason }
            }
            Self::WriteOff { account, institution, reason } => {
                Kept::WriteOff { account: account.to_string(), institution, reason }
            }
            Self::HandOn { pool, list, reason } => {
                let row = |(holder, points): &(HolderId, Points)| (holder.to_string(), points.0);
                Kept::HandOn {
                    pool: pool.to_string(),
                    list: list.iter().map(row).collect(),
                    reason,
                }
            }
            Self::Metric { community, year, name, value, evidence } => {
                let (community, value) = (community.to_string(), value.to_string());
                Kept::Metric { community, year, name, value, evidence }
            }
        };
        serde_json::to_string(&kept).map_err(|error| SqlError::other(error.to_string()))
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        Some(match serde_json::from_str(text).ok()? {
            Kept::PublishScheme { document } => Self::PublishScheme { document },
            Kept::Sanction { holder, from, to, article, referred_to, reason } => {
                let days = days(&from, &to)?;
                Self::Sanction { holder, days, article, referred_to, reason }
            }
            Kept::Lift { sanction, reason } => {
                Self::Lift { sanction: sanction.parse().ok()?, reason }
            }
            Kept::VoidRecords { institution, from, to, kinds, reason } => {
                let forged = Forged { institution, days: days(&from, &to)?, kinds };
                Self::VoidRecords { forged, reason }
            }
            Kept::Erase { resident, reason } => {
                Self::Erase { resident: resident.parse().ok()?, reason }
            }
            Kept::Adjust { account, points, reason } => {
                Self::Adjust { account: account.parse().ok()?, points: Points(points), reason }
            }
            Kept::WriteOff { account, institution, reason } => {
                Self::WriteOff { account: account.parse().ok()?, institution, reason }
            }
            Kept::HandOn { pool, list, reason } => {
                let row = |(holder, points): &(String, i64)| {
                    Some((holder.parse().ok()?, Points(*points)))
                };
                let list: Option<Vec<_>> = list.iter().map(row).collect();
                Self::HandOn { pool: pool.parse().ok()?, list: list?, reason }
            }
            Kept::Metric { community, year, name, value, evidence } => {
                let (community, value) = (Division::parse(&community)?, value.parse().ok()?);
                Self::Metric { community, year, name, value, evidence }
            }
        })
    }
}

fn days(from: &str, to: &str) -> Option<DayRange> {
    Some(DayRange { from: from.parse::<Day>().ok()?, to: to.parse::<Day>().ok()? })
}
