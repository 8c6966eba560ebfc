//! The system's own ids: one type each, so that none is taken for another.
//!
//! All are 128-bit UUIDs. Ids made when something first happens are of version 7 (ordered by
//! time) and are made at the edge, which has a clock; an [`AccountId`] follows from what it is
//! the account of.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct IdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id with these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes, most significant first.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Uuid::from_bytes(self.0).hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(|id| Self(id.into_bytes())).map_err(|_| IdError)
            }
        }
    )*};
}

ids! {
    /// A points account: one holder under one scheme.
    ///
    /// Another kind of id does not fit:
    /// ```compile_fail
    /// use kangji_core::ids::{AccountId, HolderId};
    /// let holder = HolderId::from_bytes([0; 16]);
    /// let account: AccountId = holder;
    /// ```
    AccountId;
    /// Whoever holds points: a person or a community.
    HolderId;
    /// What makes a command the same command when it is sent again.
    CommandKey;
    /// A member of staff: who signs in, and who answers for an entry.
    OfficerId;
    /// A connected system.
    ClientId;
    /// What one person proposed for another one to decide.
    ProposalId;
    /// The statement of a partner shop for a month.
    StatementId;
    /// A version of a scheme that somebody works on.
    DraftId;
    /// What the bureau says of how a rule is read.
    NoteId;
    /// A case of fraud.
    CaseId;
    /// Long work that somebody asked for.
    TaskId;
    /// A request, wherever it leaves a trace.
    TraceId;
    /// Why somebody did what no rule does; the text lies outside the ledger.
    ReasonId;
    /// A service record.
    RecordId;
    /// A version of a redemption catalogue.
    CatalogueId;
    /// Something that was ordered for points.
    OrderId;
    /// Goods that were received together.
    BatchId;
    /// An agreement with a partner shop.
    AgreementId;
    /// Points that took something off a bill.
    DeductionId;
    /// What an entry was made for: an order, a sanction, an institution, another account.
    CauseId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_what_it_writes() {
        let id = HolderId::from_bytes([7; 16]);
        assert_eq!(id.to_string(), "07070707-0707-0707-0707-070707070707");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("7".parse::<HolderId>(), Err(IdError));
    }
}
