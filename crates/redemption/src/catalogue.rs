//! Catalogues: what a provider offers from a day on. A version is in force only after somebody
//! else has reviewed it and it was filed, each with person, day and document number (T4); it never
//! changes, a later one takes its place.

use kangji_core::{
    Day, DayRange, DivisionPrefix,
    ids::{CatalogueId, OfficerId},
};
use kangji_rules::scheme::{Item, Scheme};
use serde::{Deserialize, Serialize};

use crate::cost::words;

words! {
    /// Who provides (S9).
    Level {
        /// A whole city.
        City = "city", "市级";
        /// A district or street.
        District = "district", "区（街道）级";
        /// An institution, for those it serves.
        Institution = "institution", "机构";
        /// A partner shop.
        Shop = "shop", "商户";
    }
}

/// Somebody's decision, as it stands on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who.
    pub by: OfficerId,
    /// On which day.
    pub day: Day,
    /// The number of the document; of what is returned, why.
    pub document: String,
}

/// A version of a catalogue.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Its id.
    pub id: CatalogueId,
    /// The scheme whose points it takes.
    pub scheme: String,
    /// The institution or shop that provides; `None`: the scheme's own catalogue, handed over
    /// wherever there is stock (P8).
    pub provider: Option<String>,
    /// At which level.
    pub level: Level,
    /// Whose residents it is for.
    pub area: DivisionPrefix,
    /// The days on which it is in force, as far as no later version is.
    pub days: DayRange,
    /// What is offered.
    pub items: Vec<Item>,
    /// Who proposed it.
    pub proposed_by: OfficerId,
    /// The review (区卫健委审核).
    pub reviewed: Option<Signature>,
    /// The filing (备案).
    pub filed: Option<Signature>,
    /// That it was given back instead.
    pub returned: Option<Signature>,
}

/// Why a step of a catalogue is refused, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CatalogueRefusal {
    /// It was given back.
    #[error("it was returned")]
    Returned,
    /// It is in force already.
    #[error("it was filed")]
    Filed,
    /// It was reviewed already.
    #[error("it was reviewed")]
    Reviewed,
    /// It was not reviewed yet.
    #[error("it was not reviewed")]
    NotReviewed,
    /// Whoever proposed does not decide.
    #[error("whoever proposed does not decide")]
    SamePerson,
    /// The document has no number, or nothing was given as the reason.
    #[error("there is no document number")]
    NoDocument,
    /// The day is in the future, or before the step before it.
    #[error("the day does not fit")]
    Day,
}

impl CatalogueRefusal {
    /// The sentence for people.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Returned => "这一版已经退回，请另拟一版",
            Self::Filed => "这一版已经备案，不能再改，请另拟一版",
            Self::Reviewed => "这一版已经审核过",
            Self::NotReviewed => "这一版还没有审核，先审核再备案",
            Self::SamePerson => "拟定的人不能自己审核、备案，请换一位",
            Self::NoDocument => "请写明文号（退回的写明原因）",
            Self::Day => "日期不能晚于今天，也不能早于上一步",
        }
    }
}

impl Catalogue {
    /// Reviews it.
    ///
    /// # Errors
    /// The first refusal; nothing has changed then.
    pub fn review(&mut self, signature: Signature, today: Day) -> Result<(), CatalogueRefusal> {
        self.is_open()?;
        if self.reviewed.is_some() {
            return Err(CatalogueRefusal::Reviewed);
        }
        self.may_sign(&signature, today)?;
        self.reviewed = Some(signature);
        Ok(())
    }

    /// Files what was reviewed: it is in force from its first day on.
    ///
    /// # Errors
    /// As [`Catalogue::review`].
    pub fn file(&mut self, signature: Signature, today: Day) -> Result<(), CatalogueRefusal> {
        self.is_open()?;
        let reviewed = self.reviewed.as_ref().ok_or(CatalogueRefusal::NotReviewed)?;
        if signature.day < reviewed.day {
            return Err(CatalogueRefusal::Day);
        }
        self.may_sign(&signature, today)?;
        self.filed = Some(signature);
        Ok(())
    }

    /// Gives it back, with the reason in place of a document.
    ///
    /// # Errors
    /// As [`Catalogue::review`].
    pub fn give_back(&mut self, signature: Signature, today: Day) -> Result<(), CatalogueRefusal> {
        self.is_open()?;
        self.may_sign(&signature, today)?;
        self.returned = Some(signature);
        Ok(())
    }

    fn is_open(&self) -> Result<(), CatalogueRefusal> {
        match (&self.returned, &self.filed) {
            (Some(_), _) => Err(CatalogueRefusal::Returned),
            (None, Some(_)) => Err(CatalogueRefusal::Filed),
            (None, None) => Ok(()),
        }
    }

    fn may_sign(&self, signature: &Signature, today: Day) -> Result<(), CatalogueRefusal> {
        if signature.by == self.proposed_by {
            return Err(CatalogueRefusal::SamePerson);
        }
        if signature.document.trim().is_empty() {
            return Err(CatalogueRefusal::NoDocument);
        }
        if signature.day > today { Err(CatalogueRefusal::Day) } else { Ok(()) }
    }

    /// The item with this id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// Whether an institution hands over an item of it.
    #[must_use]
    pub fn hands_over(&self, item: &Item, institution: &str) -> bool {
        if !item.at.is_empty() {
            return item.at.iter().any(|at| at == institution);
        }
        match (self.level, &self.provider) {
            (Level::Institution | Level::Shop, Some(provider)) => provider == institution,
            _ => true,
        }
    }

    /// Whether somebody should propose the next version: it has been in force for a year (T4).
    #[must_use]
    pub fn is_due(&self, today: Day) -> bool {
        self.filed.is_some() && self.days.from.plus(kangji_core::Span::Years(1)) <= today
    }
}

/// Those in force on `day`: filed, on one of their days, and of each provider the latest.
pub fn in_force<'c>(
    catalogues: &'c [Catalogue],
    day: Day,
) -> impl Iterator<Item = &'c Catalogue> + 'c {
    let begun = move |one: &Catalogue| one.filed.is_some() && one.days.from <= day;
    let is_latest = move |one: &Catalogue| {
        let same = catalogues.iter().filter(|other| {
            begun(other) && other.scheme == one.scheme && other.provider == one.provider
        });
        same.map(|other| (other.days.from, other.id)).max() == Some((one.days.from, one.id))
    };
    let all = catalogues.iter().filter(move |one| begun(one) && day <= one.days.to);
    all.filter(move |one| is_latest(one))
}

/// The items with goods, where the scheme discourages them (T3): a warning, not a refusal.
#[must_use]
pub fn discouraged<'i>(items: &'i [Item], scheme: &Scheme) -> Vec<&'i Item> {
    let has_goods = |item: &&Item| {
        item.contents.is_empty() || item.contents.iter().any(|content| content.pieces > 0)
    };
    let all = items.iter().filter(|_| scheme.redemption.goods_discouraged);
    all.filter(has_goods).collect()
}
