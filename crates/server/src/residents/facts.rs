//! The dated facts of residents as they are sent and shown.

use kangji_core::{
    Day, DayRange, Division,
    identity::{Phone, looks_like_identity_number},
    ids::HolderId,
    tables::Sex,
};
use kangji_rights::Permit;
use kangji_store::{DatedText, ResidentFact, Store};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// Dated facts of one kind that a resident may have.
const DATED_MAX: usize = 100;

/// The age from which somebody acts for themselves (PIPL, article 31).
pub(super) const OWN_WILL: u32 = 14;

/// The sex, as in documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SexName {
    Female,
    Male,
}

impl From<Sex> for SexName {
    fn from(sex: Sex) -> Self {
        match sex {
            Sex::Female => Self::Female,
            Sex::Male => Self::Male,
        }
    }
}

impl From<SexName> for Sex {
    fn from(name: SexName) -> Self {
        match name {
            SexName::Female => Self::Female,
            SexName::Male => Self::Male,
        }
    }
}

/// Something that holds on certain days.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dated {
    /// The community's division code, the guardian's code, or the group.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) value: String,
    /// The first day; `null` for always.
    #[schema(format = Date)]
    pub(crate) from: Option<String>,
    /// The last day; `null` until further notice.
    #[schema(format = Date)]
    pub(crate) to: Option<String>,
}

impl Dated {
    /// Dated facts as they are shown.
    pub(super) fn all(list: &[DatedText]) -> Vec<Self> {
        let shown = |(value, days): &DatedText| Self {
            value: value.clone(),
            from: (days.from != Day::FIRST).then(|| days.from.to_string()),
            to: (days.to != Day::LAST).then(|| days.to.to_string()),
        };
        list.iter().map(shown).collect()
    }

    /// What it says, if it holds on a day.
    pub(super) fn on(&self, day: Day) -> Option<&str> {
        self.holds_on(day).then_some(self.value.as_str())
    }

    /// Whether it holds on a day.
    pub(crate) fn holds_on(&self, day: Day) -> bool {
        let day = day.to_string();
        let begun = self.from.as_ref().is_none_or(|from| *from <= day);
        begun && self.to.as_ref().is_none_or(|to| day <= *to)
    }
}

/// A day as sent.
pub(crate) fn day(place: &str, text: &str) -> Result<Day, Problem> {
    text.parse().map_err(|_| Problem::invalid(place, "日期写作 2026-09-21 的样子"))
}

/// A list of dated facts as sent; `alone` where only one may hold on a day.
pub(super) fn dated(field: &str, list: Vec<Dated>, alone: bool) -> Result<Vec<DatedText>, Problem> {
    if list.len() > DATED_MAX {
        return Err(Problem::invalid(field, format!("不能超过 {DATED_MAX} 条")));
    }
    let mut facts: Vec<DatedText> = Vec::with_capacity(list.len());
    for (row, Dated { value, from, to }) in list.into_iter().enumerate() {
        let place = |part: &str| format!("{field}[{row}].{part}");
        if value.is_empty() || value.chars().count() > 64 || value.contains('\0') {
            return Err(Problem::invalid(&place("value"), "是 1 到 64 个字"));
        }
        let of = |part: &str, text: Option<String>, open| {
            text.map_or(Ok(open), |text| day(&place(part), &text))
        };
        let days = DayRange { from: of("from", from, Day::FIRST)?, to: of("to", to, Day::LAST)? };
        if days.is_empty() {
            return Err(Problem::invalid(&place("to"), "早于起始日期"));
        }
        let meets = |(other, known): &&DatedText| {
            !known.intersect(days).is_empty() && (alone || *other == value)
        };
        if facts.iter().any(|known| meets(&known)) {
            return Err(Problem::invalid(&place("from"), "与前面的日期重叠"));
        }
        facts.push((value, days));
    }
    Ok(facts)
}

/// A code by which other systems know a resident: never an identity or telephone number, nor what
/// could be a community.
pub(crate) fn code(text: &str) -> Result<(), Problem> {
    let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'/';
    let wrong = if !(1..=64).contains(&text.len()) || !text.bytes().all(visible) {
        "是 1 到 64 个字母、数字或符号，不含空格和斜线"
    } else if looks_like_identity_number(text) || Phone::parse(text).is_ok() {
        "不能是证件号码或电话号码；请另编代码，或留空由系统编号"
    } else if Division::parse(text).is_some() {
        "不能是 12 位的区划代码；请另编代码，或留空由系统编号"
    } else {
        return Ok(());
    };
    Err(Problem::invalid("code", wrong))
}

/// Checks what is to be known of a resident against what was, and against others.
pub(crate) fn check(
    store: &Store,
    permit: &Permit,
    id: HolderId,
    fact: &ResidentFact,
    before: Option<&ResidentFact>,
    today: Day,
) -> Result<(), Problem> {
    for (row, (community, _)) in fact.communities.iter().enumerate() {
        if Division::parse(community).is_none() {
            let place = format!("communities[{row}].value");
            return Err(Problem::invalid(&place, "区划代码是 12 位数字"));
        }
    }
    for (row, (group, _)) in fact.groups.iter().enumerate() {
        let is_known = before.is_some_and(|before| before.groups.iter().any(|(it, _)| it == group));
        if !is_known && !store.has_group(group)? {
            return Err(Problem::invalid(&format!("groups[{row}].value"), "没有这个人群"));
        }
    }
    for (row, (guardian, _)) in fact.guardians.iter().enumerate() {
        let is_known =
            before.is_some_and(|before| before.guardians.iter().any(|(it, _)| it == guardian));
        if !is_known {
            check_guardian(store, permit, id, guardian, today)
                .map_err(|problem| Problem { place: place(row), ..problem })?;
        }
    }
    Ok(())
}

fn place(row: usize) -> Option<String> {
    Some(format!("guardians[{row}].value"))
}

/// Whether somebody may be a guardian: a grown-up within reach.
fn check_guardian(
    store: &Store,
    permit: &Permit,
    ward: HolderId,
    code: &str,
    today: Day,
) -> Result<(), Problem> {
    let wrong = |detail: &str| Problem::invalid("guardians", detail);
    let unknown = || wrong("没有登记过这位监护人；请先登记监护人，再填写其代码");
    let id = store.holder(code)?.ok_or_else(unknown)?;
    if id == ward {
        return Err(wrong("不能是本人"));
    }
    let guardian = super::reached(store, permit, id, today).map_err(|_| unknown())?;
    let age = guardian.fact.birth_date.and_then(|birth| birth.age_years(today));
    match age {
        Some(0..18) => Err(wrong("监护人未满 18 岁")),
        _ => Ok(()),
    }
}

/// Whether somebody is too young to act for themselves.
pub(crate) fn is_ward(fact: &ResidentFact, today: Day) -> bool {
    let age = fact.birth_date.and_then(|birth| birth.age_years(today));
    age.is_some_and(|age| age < OWN_WILL)
}
