//! Sanctions as cases (S11): what two people decided about somebody, what it took, and whether it
//! was lifted after an appeal. The days without points are a fact that scoring reads; the points
//! that were taken are entries of the ledger.
//!
//! Records that an institution forged are declared void together ([`voiding`]): innocent residents
//! keep the rest.

pub(crate) mod deciding;
mod reading;
#[cfg(test)]
mod tests;
mod voiding;

use kangji_core::{
    DayRange, Moment,
    ids::{HolderId, ProposalId},
};

pub use reading::SanctionQuery;
pub use voiding::{Forged, ForgedChange, ForgedTold, VOID_RECORDS, Voided};

/// What was decided about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanction {
    /// Its id: that of the proposal.
    pub id: ProposalId,
    /// About whom.
    pub holder: HolderId,
    /// The days without points.
    pub days: DayRange,
    /// The article by which both balances went to zero; `None` where the points stayed.
    pub article: Option<String>,
    /// To whom the case was referred on, if it was.
    pub referred_to: Option<String>,
    /// When.
    pub decided_at: Moment,
    /// By which proposal and when it was lifted.
    pub lifted: Option<(ProposalId, Moment)>,
}
