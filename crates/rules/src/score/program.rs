//! The versions of one scheme, put together for scoring.

use kangji_core::{Day, DayRange, Decimals};

use super::outcome::{AwardIx, VersionIx};
use crate::scheme::{Award, HolderType, KeyPart, Occasion, Scheme};

/// Why documents are no versions of one scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// No document at all.
    #[error("没有办法文件")]
    Empty,
    /// More than 255 versions.
    #[error("版本超过 255 个")]
    TooMany,
    /// More than 65,534 awards.
    #[error("项目超过 65534 个")]
    TooManyAwards,
    /// Documents of different schemes.
    #[error("`{0}` 与 `{1}` 不是同一个办法的版本：id 不同")]
    OtherScheme(String, String),
    /// Two versions with the same first day.
    #[error("两个版本同在 {0} 施行，无法判断哪个有效：请改其中一个的 in_force.from")]
    SameDay(Day),
    /// Versions count in different units.
    #[error("各版本的 points.decimals 不同，上限无法合并计算：请统一小数位")]
    Decimals,
    /// An award counts records in one version and periods in another.
    #[error("项目 `{0}` 在一个版本按记录计分、在另一个版本按周期计分：请给新的项目另取编号")]
    Occasion(String),
    /// The versions' `yields_to` together form a circle.
    #[error("各版本的 yields_to 合起来互相让位成圈，涉及 `{0}`")]
    Cycle(String),
}

/// The versions of one scheme in the order of their first days, with the awards of all of them.
#[derive(Clone, Debug)]
pub struct Program {
    versions: Vec<Scheme>,
    governs: Vec<DayRange>,
    award_ids: Vec<String>,
    /// Awards that give way, each after those it gives way to.
    yielding: Vec<AwardIx>,
}

impl Program {
    /// Puts versions together, in any order.
    ///
    /// # Errors
    /// If they are not versions of one scheme; see [`ProgramError`].
    pub fn new(mut versions: Vec<Scheme>) -> Result<Self, ProgramError> {
        versions.sort_by_key(|scheme| scheme.in_force.from);
        let first = versions.first().ok_or(ProgramError::Empty)?;
        if versions.len() > 255 {
            return Err(ProgramError::TooMany);
        }
        for (earlier, later) in versions.iter().zip(versions.iter().skip(1)) {
            if earlier.id != later.id {
                return Err(ProgramError::OtherScheme(earlier.id.clone(), later.id.clone()));
            }
            if earlier.in_force.from == later.in_force.from {
                return Err(ProgramError::SameDay(later.in_force.from));
            }
        }
        if versions.iter().any(|scheme| scheme.decimals != first.decimals) {
            return Err(ProgramError::Decimals);
        }
        let ids = versions.iter().flat_map(|scheme| &scheme.awards);
        let mut award_ids: Vec<String> = ids.map(|award| award.id.clone()).collect();
        award_ids.sort_unstable();
        award_ids.dedup();
        if award_ids.len() >= usize::from(u16::MAX) {
            return Err(ProgramError::TooManyAwards);
        }
        let next_from = versions.iter().skip(1).map(|scheme| scheme.in_force.from.previous());
        let ends = next_from.chain(std::iter::once(Day::LAST));
        let governs = versions.iter().zip(ends).map(|(scheme, end)| DayRange {
            from: scheme.in_force.from,
            to: scheme.in_force.to.min(end),
        });
        let governs = governs.collect();
        let mut program = Self { versions, governs, award_ids, yielding: Vec::new() };
        program.check_occasions()?;
        program.yielding = program.order_yielding()?;
        Ok(program)
    }

    /// The scheme's id.
    #[must_use]
    pub fn scheme_id(&self) -> &str {
        self.versions.first().map_or("", |scheme| &scheme.id)
    }

    /// The scheme's decimal places.
    #[must_use]
    pub fn decimals(&self) -> Decimals {
        self.versions.first().map(|scheme| scheme.decimals).unwrap_or_default()
    }

    /// The versions, the oldest first.
    #[must_use]
    pub fn versions(&self) -> &[Scheme] {
        &self.versions
    }

    /// The versions, the oldest first, with the days on which each is in force.
    pub fn in_turn(&self) -> impl Iterator<Item = (&Scheme, DayRange)> {
        self.versions.iter().zip(self.governs.iter().copied())
    }

    /// The version in force on `day`: the newest that had begun, if it has not ended.
    #[must_use]
    pub fn version_on(&self, day: Day) -> Option<VersionIx> {
        let on =
            |(number, governs): (u8, &DayRange)| governs.contains(day).then_some(VersionIx(number));
        (0..).zip(&self.governs).find_map(on)
    }

    /// A version.
    #[must_use]
    pub fn version(&self, version: VersionIx) -> Option<&Scheme> {
        self.versions.get(usize::from(version.0))
    }

    /// From the first day of the first version to the last day of whichever ends last.
    #[must_use]
    pub fn in_force(&self) -> DayRange {
        let from = self.governs.first().map_or(Day::FIRST, |days| days.from);
        let to = self.governs.iter().map(|days| days.to).max().unwrap_or(Day::LAST);
        DayRange { from, to }
    }

    /// The ids of all awards of all versions, in byte order; the place of each is its
    /// [`AwardIx`].
    #[must_use]
    pub fn award_ids(&self) -> &[String] {
        &self.award_ids
    }

    /// The award with this id.
    #[must_use]
    pub fn award_ix(&self, id: &str) -> Option<AwardIx> {
        let found = self.award_ids.binary_search_by(|known| known.as_str().cmp(id));
        found.ok().and_then(|place| u16::try_from(place).ok()).map(AwardIx)
    }

    /// The id of an award.
    #[must_use]
    pub fn award_id(&self, award: AwardIx) -> &str {
        self.award_ids.get(usize::from(award.0)).map_or("", String::as_str)
    }

    /// An award as a version has it.
    #[must_use]
    pub fn award(&self, version: VersionIx, award: AwardIx) -> Option<&Award> {
        self.version(version)?.award(self.award_id(award))
    }

    /// An award as its newest version has it.
    #[must_use]
    pub fn newest_award(&self, award: AwardIx) -> Option<&Award> {
        self.versions.iter().rev().find_map(|scheme| scheme.award(self.award_id(award)))
    }

    /// The awards that give way to others, each after those it gives way to.
    #[must_use]
    pub fn yielding(&self) -> &[AwardIx] {
        &self.yielding
    }

    /// Whether all limits of the award count within one resident: then residents can be scored
    /// apart from each other.
    #[must_use]
    pub fn counts_within_resident(&self, id: &str) -> bool {
        let awards = || self.versions.iter().filter_map(|scheme| scheme.award(id));
        let holds_self = awards().all(|award| award.to == HolderType::Resident);
        awards().flat_map(|award| &award.limits).all(|limit| {
            let has = |part| limit.by.contains(&part);
            has(KeyPart::Resident) || (has(KeyPart::Holder) && holds_self)
        })
    }

    /// Whether every resident can be scored apart from all others: no limit counts across
    /// residents and no award ranks them.
    #[must_use]
    pub fn is_resident_local(&self) -> bool {
        let ranks = self.versions.iter().flat_map(|s| &s.awards).any(|a| a.beyond.is_some());
        !ranks && self.award_ids.iter().all(|id| self.counts_within_resident(id))
    }

    fn check_occasions(&self) -> Result<(), ProgramError> {
        for id in &self.award_ids {
            let awards = self.versions.iter().filter_map(|scheme| scheme.award(id));
            let is_record = |award: &Award| matches!(award.occasion, Occasion::Record(_));
            let records = awards.clone().filter(|award| is_record(award)).count();
            if records != 0 && records != awards.count() {
                return Err(ProgramError::Occasion(id.clone()));
            }
        }
        Ok(())
    }

    /// Orders the awards that give way: repeatedly takes those all of whose winners are placed.
    fn order_yielding(&self) -> Result<Vec<AwardIx>, ProgramError> {
        let edges: Vec<(AwardIx, AwardIx)> = self
            .versions
            .iter()
            .flat_map(|scheme| &scheme.awards)
            .flat_map(|award| award.yields_to.iter().map(move |winner| (award, winner)))
            .filter_map(|(award, winner)| {
                Some((self.award_ix(&award.id)?, self.award_ix(&winner.award)?))
            })
            .collect();
        let mut waiting: Vec<AwardIx> = edges.iter().map(|(loser, _)| *loser).collect();
        waiting.sort_unstable();
        waiting.dedup();
        let mut order = Vec::new();
        while !waiting.is_empty() {
            let is_free = |award: &AwardIx| {
                let mut winners = edges.iter().filter(|(loser, _)| loser == award);
                winners.all(|(_, winner)| !waiting.contains(winner))
            };
            let (free, rest): (Vec<_>, Vec<_>) = waiting.iter().copied().partition(is_free);
            if free.is_empty() {
                let one = rest.first().map_or("", |award| self.award_id(*award));
                return Err(ProgramError::Cycle(one.to_owned()));
            }
            order.extend(free);
            waiting = rest;
        }
        Ok(order)
    }
}
