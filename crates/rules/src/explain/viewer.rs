//! Who reads, and where they stand towards an outcome. The only place that decides it.

use kangji_core::{Day, Sym};

use crate::{
    scheme::HolderType,
    score::{Facts, Outcome},
};

/// Who reads an explanation or a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody with an id of their own: a resident, a guardian, a helper, or a community.
    Person(Sym),
    /// Staff whose duty needs it.
    Staff,
    /// Anybody else, also a cashier, a partner firm or a public list.
    Public,
}

/// Where a viewer stands towards one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standpoint {
    /// On duty: reads everything, also who decided.
    Staff,
    /// The resident concerned or their guardian: reads everything about themselves.
    Concerned,
    /// A helper who holds the points of a report about somebody else: reads that it was received.
    Reporter,
    /// The community that holds the points: reads totals.
    Community,
    /// Everybody else: reads public names and public rules.
    Public,
}

impl Viewer {
    /// The viewer with this id; somebody the facts have never heard of is the public.
    #[must_use]
    pub fn person(id: &str, facts: &Facts) -> Self {
        let known = facts.tables().symbols.get(id).filter(|sym| !sym.is_empty());
        known.map_or(Self::Public, Self::Person)
    }

    /// Where the viewer stands towards an outcome on the day of reading.
    ///
    /// The guardian of that day reads on a child's behalf; whoever was guardian when the points
    /// were earned still reads why they hold them.
    #[must_use]
    pub fn towards(self, outcome: &Outcome, facts: &Facts, as_of: Day) -> Standpoint {
        let id = match self {
            Self::Staff => return Standpoint::Staff,
            // Nobody must not be taken for the holder of what has no holder.
            Self::Person(id) if !id.is_empty() => id,
            Self::Person(_) | Self::Public => return Standpoint::Public,
        };
        let holds = outcome.holder == id;
        let was_guardian = holds && outcome.holder_type == HolderType::Guardian;
        if outcome.resident == id || was_guardian || is_guardian(id, outcome.resident, facts, as_of)
        {
            Standpoint::Concerned
        } else if holds && outcome.holder_type == HolderType::Worker {
            Standpoint::Reporter
        } else if holds && outcome.holder_type == HolderType::Community {
            Standpoint::Community
        } else {
            Standpoint::Public
        }
    }
}

/// Whether `id` is the guardian of `ward` on `day`.
pub(super) fn is_guardian(id: Sym, ward: Sym, facts: &Facts, day: Day) -> bool {
    let standing = facts.resident(ward).and_then(|ward| facts.tables().standing_on(ward, day));
    !id.is_empty() && standing.is_some_and(|standing| standing.guardian == id)
}
