//! The words records and residents are described in: record kinds, resident groups, attributes.
//!
//! The kinds follow the national basic public health service items (国家基本公共卫生服务规范,
//! third edition): `national` has them. A deployment may declare more attributes. `form` is how
//! people record a kind.

mod form;
mod national;

use rustc_hash::{FxHashMap, FxHashSet};

pub use form::{Description, FormField, KindForm, People, Range, Section};

/// A record kind, as its place in the [`Vocabulary`]: 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindId(pub u16);

/// A resident group, as its place in the [`Vocabulary`]: 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub u8);

/// A set of resident groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct GroupSet(pub u64);

impl GroupSet {
    /// Adds a group.
    pub fn insert(&mut self, group: GroupId) {
        self.0 |= 1 << group.0;
    }

    /// Whether the group is in the set.
    #[must_use]
    pub const fn contains(self, group: GroupId) -> bool {
        self.0 & 1 << group.0 != 0
    }

    /// Whether the two sets share a group.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every group of `other` is in this set.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What an attribute holds, with its place among the attributes of the same type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeType {
    /// `true` or `false`; the place is a bit, 0 to 31.
    Bool(u8),
    /// A short text, such as the stage of a visit.
    Text(u8),
    /// An exact decimal number, never negative.
    Decimal(u8),
}

/// A kind, group or attribute: the word in documents and tables, and the word people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word in scheme documents and tables.
    pub id: String,
    /// The Chinese word people read.
    pub label: String,
}

/// A declared attribute of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its column name and label.
    pub word: Word,
    /// Its type.
    pub holds: AttributeType,
    /// The unit people read, such as `小时`; empty where there is none.
    pub unit: String,
    /// Of a number: what is usual. A form may have another range for its kind.
    pub usual: Option<Range>,
    /// Of a number: what is possible. The server takes no record with another number; tables that
    /// are scored may hold any.
    pub possible: Option<Range>,
}

/// Why an attribute could not be declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeclareError {
    /// The name is taken by another attribute, a resident field or a fixed column.
    #[error("`{0}` is already the name of an attribute, a resident field or a column")]
    Taken(String),
    /// The type is none of `bool`, `text`, `decimal`.
    #[error("`{0}` is not a type: use `bool`, `text` or `decimal`")]
    Type(String),
    /// More than 32 attributes of one type.
    #[error("more than 32 attributes of one type")]
    TooMany,
    /// No attribute has the name.
    #[error("there is no attribute `{0}`")]
    Unknown(String),
    /// No record kind has the name.
    #[error("`{0}` is not a record kind")]
    Kind(String),
    /// It is required where it does not stand.
    #[error("it is required for `{0}`, which is not among its kinds")]
    RequiredElsewhere(String),
    /// A range ends before it begins, the usual numbers are not all possible, or it is no number.
    #[error("a range is `[low, high]`, of a `decimal` only; what is usual must be possible")]
    Range,
    /// Values to choose from, and it is no text.
    #[error("only a `text` has values to choose from, each of them once")]
    Values,
}

/// All words a deployment knows.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    kinds: Vec<Word>,
    forms: Vec<KindForm>,
    groups: Vec<Word>,
    attributes: Vec<Attribute>,
    kind_ids: FxHashMap<String, KindId>,
    counts: [u8; 3],
}

/// Fields of a resident that conditions can name.
pub const RESIDENT_FIELDS: [&str; 5] = ["age", "age_months", "sex", "community", "groups"];

/// Columns of the records table that are no attributes.
pub const RECORD_COLUMNS: [&str; 7] = ["id", "resident", "kind", "date", "org", "worker", "status"];

impl Vocabulary {
    /// The kinds, groups and attributes of the shipped schemes.
    #[must_use]
    pub fn national() -> Self {
        national::vocabulary()
    }

    /// Declares one more attribute of records. `holds` is `bool`, `text` or `decimal`.
    ///
    /// # Errors
    /// If the name is taken, the type unknown, or 32 attributes of the type exist.
    pub fn declare(
        &mut self,
        id: &str,
        holds: &str,
        label: &str,
        unit: &str,
    ) -> Result<(), DeclareError> {
        let taken = self.attribute(id).is_some()
            || RESIDENT_FIELDS.contains(&id)
            || RECORD_COLUMNS.contains(&id)
            || ["holder", ""].contains(&id);
        if taken {
            return Err(DeclareError::Taken(id.to_owned()));
        }
        type Make = fn(u8) -> AttributeType;
        let (class, make): (usize, Make) = match holds {
            "bool" => (0, AttributeType::Bool),
            "text" => (1, AttributeType::Text),
            "decimal" => (2, AttributeType::Decimal),
            other => return Err(DeclareError::Type(other.to_owned())),
        };
        let count = self.counts.get_mut(class).filter(|count| **count < 32);
        let count = count.ok_or(DeclareError::TooMany)?;
        let word = Word { id: id.to_owned(), label: label.to_owned() };
        let (holds, unit) = (make(*count), unit.to_owned());
        self.attributes.push(Attribute { word, holds, unit, usual: None, possible: None });
        *count += 1;
        Ok(())
    }

    /// Says more of a declared attribute: its ranges or values, and the forms it is a field of.
    ///
    /// # Errors
    /// If there is no such attribute or kind, or what is said does not fit together.
    pub fn describe(&mut self, id: &str, says: Description) -> Result<(), DeclareError> {
        let Description { usual, possible, values, kinds, required } = says;
        let attribute = self.attributes.iter_mut().find(|attribute| attribute.word.id == id);
        let attribute = attribute.ok_or_else(|| DeclareError::Unknown(id.to_owned()))?;
        let is_number = matches!(attribute.holds, AttributeType::Decimal(_));
        let ordered = |range: Option<Range>| range.is_none_or(|range| range.low <= range.high);
        let nested = usual.zip(possible).is_none_or(|(usual, all)| all.includes(usual));
        let ranges_fit = ordered(usual) && ordered(possible) && nested;
        if !ranges_fit || (!is_number && (usual.is_some() || possible.is_some())) {
            return Err(DeclareError::Range);
        }
        let mut distinct = FxHashSet::default();
        let is_text = matches!(attribute.holds, AttributeType::Text(_));
        if !values.iter().all(|value| is_text && !value.is_empty() && distinct.insert(value)) {
            return Err(DeclareError::Values);
        }
        if let Some(elsewhere) = required.iter().find(|kind| !kinds.contains(kind)) {
            return Err(DeclareError::RequiredElsewhere(elsewhere.clone()));
        }
        (attribute.usual, attribute.possible) = (usual, possible);
        for kind in kinds {
            let place = self.kind_ids.get(&kind).map(|place| usize::from(place.0));
            let form = place.and_then(|place| self.forms.get_mut(place));
            let form = form.ok_or_else(|| DeclareError::Kind(kind.clone()))?;
            form.fields.push(FormField {
                attribute: id.to_owned(),
                is_required: required.contains(&kind),
                usual,
                values: values.clone(),
            });
        }
        Ok(())
    }

    /// The kind with this word.
    #[must_use]
    pub fn kind(&self, id: &str) -> Option<KindId> {
        self.kind_ids.get(id).copied()
    }

    /// The group with this word.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<GroupId> {
        (0..).zip(&self.groups).find(|(_, group)| group.id == id).map(|(number, _)| GroupId(number))
    }

    /// The attribute with this name.
    #[must_use]
    pub fn attribute(&self, id: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.word.id == id)
    }

    /// All kinds; the place of each is its [`KindId`].
    #[must_use]
    pub fn kinds(&self) -> &[Word] {
        &self.kinds
    }

    /// The form in which people record a kind.
    #[must_use]
    pub fn form(&self, kind: KindId) -> Option<&KindForm> {
        self.forms.get(usize::from(kind.0))
    }

    /// All groups; the place of each is its [`GroupId`].
    #[must_use]
    pub fn groups(&self) -> &[Word] {
        &self.groups
    }

    /// All attributes.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The Chinese word for a kind; its id where there is none.
    #[must_use]
    pub fn kind_label<'a>(&'a self, id: &'a str) -> &'a str {
        let kind = self.kind(id).and_then(|kind| self.kinds.get(usize::from(kind.0)));
        kind.map_or(id, |kind| &kind.label)
    }

    /// The Chinese word for a group; its id where there is none.
    #[must_use]
    pub fn group_label<'a>(&'a self, id: &'a str) -> &'a str {
        let group = self.groups.iter().find(|group| group.id == id);
        group.map_or(id, |group| &group.label)
    }
}

#[cfg(test)]
mod tests;
