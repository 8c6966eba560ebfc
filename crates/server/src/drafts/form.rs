//! An award and the terms of a scheme as forms have them, and back.

use kangji_core::{Day, DayRange, Decimals, PeriodKind, Points, vocabulary::Vocabulary};
use kangji_rules::{
    document::Terms,
    scheme::{AttributeRef, Award, Bound, Expiry, KeyPart, Limit, Scheme, YieldsTo},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::condition::ConditionForm;
use crate::problem::Problem;

/// What a form changes of an award; what it does not name stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AwardForm {
    /// The award's id, which never changes.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) id: String,
    /// The name residents read.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) name: String,
    /// The name for those who may not know the illness; `null` where the award names none.
    #[schema(max_length = 100)]
    pub(crate) public_name: Option<String>,
    /// Points for each candidate, a decimal number.
    #[schema(pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    pub(crate) points: String,
    /// The attribute that multiplies the points.
    pub(crate) per_unit: Option<String>,
    /// How often or up to how many points.
    #[schema(max_items = 8)]
    pub(crate) limits: Vec<LimitForm>,
    /// The conditions, all of which hold.
    #[schema(max_items = 64)]
    pub(crate) when: Vec<ConditionForm>,
    /// The awards before which it gives way.
    #[schema(max_items = 8)]
    pub(crate) yields_to: Vec<YieldForm>,
    /// The days on which its activities count, where they are fewer than the scheme's.
    pub(crate) counts: Option<DaysForm>,
}

/// A limit: either `times` or `points`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitForm {
    /// So many times, a whole number from 1.
    #[schema(pattern = "^[0-9]{1,9}$")]
    pub(crate) times: Option<String>,
    /// So many points, a decimal number.
    #[schema(pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    pub(crate) points: Option<String>,
    /// In which period: `day`, `month`, `quarter`, `year` or `life`.
    pub(crate) per: String,
    /// What is counted apart: `holder`, `resident`, `community` or attributes of the record.
    #[schema(max_items = 4)]
    pub(crate) by: Vec<String>,
}

/// An award that goes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct YieldForm {
    /// Its id.
    #[schema(max_length = 64)]
    pub(crate) award: String,
    /// In which period.
    pub(crate) per: String,
}

/// Days, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DaysForm {
    /// The first.
    #[schema(format = Date)]
    pub(crate) from: String,
    /// The last; `null` until further notice.
    #[schema(format = Date)]
    pub(crate) to: Option<String>,
}

/// What a form changes of what holds for a whole scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TermsForm {
    /// The name residents read.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) title: String,
    /// The first day of this version.
    #[schema(format = Date)]
    pub(crate) first_day: String,
    /// Its last day; `null` until further notice.
    #[schema(format = Date)]
    pub(crate) last_day: Option<String>,
    /// The score that must be reached before anything is redeemed.
    #[schema(pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    pub(crate) redeem_minimum: Option<String>,
    /// How long points last: `year-end`, `year-end+31 days`, `2 years` and the like; `null` for
    /// ever.
    #[schema(max_length = 32)]
    pub(crate) expiry: Option<String>,
}

/// A day as it is typed.
pub(super) fn day(text: &str, place: &str) -> Result<Day, Problem> {
    text.parse().map_err(|_| Problem::invalid(place, "写成一天，例如 2026-12-01"))
}

fn amount(text: &str, place: &str, decimals: Decimals) -> Result<Points, Problem> {
    let number = text.trim().parse().ok().and_then(|number| decimals.exact(number));
    number.filter(|points| *points >= Points::ZERO).ok_or_else(|| {
        let places = decimals.places();
        Problem::invalid(place, format!("写成不小于 0 的数，小数至多 {places} 位"))
    })
}

fn period(word: &str, place: &str) -> Result<PeriodKind, Problem> {
    let known = PeriodKind::ALL.into_iter().find(|kind| kind.word() == word);
    known.ok_or_else(|| Problem::invalid(place, "从“日、月、季度、年、施行以来”中选一个"))
}

fn attribute(name: &str, place: &str, words: &Vocabulary) -> Result<AttributeRef, Problem> {
    let known = words.attribute(name);
    let known = known.ok_or_else(|| Problem::invalid(place, format!("没有 {name} 这个属性")))?;
    Ok(AttributeRef { name: name.to_owned(), holds: known.holds })
}

fn named(text: &str, place: &str, most: usize) -> Result<String, Problem> {
    crate::input::line(place, text.trim(), most)?;
    Ok(text.trim().to_owned())
}

impl AwardForm {
    /// An award as its form has it.
    pub(crate) fn of(award: &Award, decimals: Decimals, words: &Vocabulary) -> Self {
        let last = |days: DayRange| Some(days.to).filter(|day| *day < Day::LAST);
        Self {
            id: award.id.clone(),
            name: award.name.clone(),
            public_name: award.public_name.clone(),
            points: decimals.short(award.points),
            per_unit: award.per_unit.as_ref().map(|attribute| attribute.name.clone()),
            limits: award.limits.iter().map(|limit| LimitForm::of(limit, decimals)).collect(),
            when: award.when.iter().map(|one| ConditionForm::of(one, words)).collect(),
            yields_to: award
                .yields_to
                .iter()
                .map(|winner| YieldForm {
                    award: winner.award.clone(),
                    per: winner.per.word().to_owned(),
                })
                .collect(),
            counts: award.counts.map(|days| DaysForm {
                from: days.from.to_string(),
                to: last(days).map(|day| day.to_string()),
            }),
        }
    }

    /// The award with what the form says.
    pub(crate) fn onto(
        &self,
        award: &Award,
        decimals: Decimals,
        words: &Vocabulary,
    ) -> Result<Award, Problem> {
        let public_name = self.public_name.as_deref().map(|name| named(name, "public_name", 100));
        let per_unit = self.per_unit.as_deref().map(|name| attribute(name, "per_unit", words));
        let limit = |(number, limit): (usize, &LimitForm)| limit.read(number, decimals, words);
        let winner = |winner: &YieldForm| {
            let per = period(&winner.per, "yields_to")?;
            Ok(YieldsTo { award: winner.award.clone(), per })
        };
        let when = self.when.iter().map(|one| one.read(words)).collect::<Result<Vec<_>, _>>()?;
        Ok(Award {
            name: named(&self.name, "name", 100)?,
            public_name: public_name.transpose()?,
            points: amount(&self.points, "points", decimals)?,
            per_unit: per_unit.transpose()?,
            limits: self.limits.iter().enumerate().map(limit).collect::<Result<_, _>>()?,
            when,
            yields_to: self.yields_to.iter().map(winner).collect::<Result<_, Problem>>()?,
            counts: self.counts.as_ref().map(DaysForm::read).transpose()?,
            ..award.clone()
        })
    }
}

impl LimitForm {
    fn of(limit: &Limit, decimals: Decimals) -> Self {
        let (times, points) = match limit.bound {
            Bound::Times(times) => (Some(times.to_string()), None),
            Bound::Points(points) => (None, Some(decimals.short(points))),
        };
        let part = |part: &KeyPart| match part {
            KeyPart::Holder => "holder".to_owned(),
            KeyPart::Resident => "resident".to_owned(),
            KeyPart::Community => "community".to_owned(),
            KeyPart::Attribute(attribute) => attribute.name.clone(),
        };
        let by = limit.by.iter().map(part).collect();
        Self { times, points, per: limit.per.word().to_owned(), by }
    }

    fn read(
        &self,
        number: usize,
        decimals: Decimals,
        words: &Vocabulary,
    ) -> Result<Limit, Problem> {
        let place = format!("limit_{number}");
        let bound = match (&self.times, &self.points) {
            (Some(times), None) => {
                let times = times.trim().parse().ok().filter(|times| *times > 0_u32);
                let says = || Problem::invalid(&place, "次数写 1 或更大的整数");
                Bound::Times(times.ok_or_else(says)?)
            }
            (None, Some(points)) => Bound::Points(
                Some(amount(points, &place, decimals)?)
                    .filter(|points| *points > Points::ZERO)
                    .ok_or_else(|| Problem::invalid(&place, "上限写大于 0 的分值"))?,
            ),
            _ => return Err(Problem::invalid(&place, "上限要么按次数，要么按分值")),
        };
        let part = |name: &String| match name.as_str() {
            "holder" => Ok(KeyPart::Holder),
            "resident" => Ok(KeyPart::Resident),
            "community" => Ok(KeyPart::Community),
            other => attribute(other, &place, words).map(KeyPart::Attribute),
        };
        let by = self.by.iter().map(part).collect::<Result<Vec<_>, _>>()?;
        let by = if by.is_empty() { vec![KeyPart::Holder] } else { by };
        Ok(Limit { bound, per: period(&self.per, &place)?, by })
    }
}

impl DaysForm {
    fn read(&self) -> Result<DayRange, Problem> {
        let from = day(&self.from, "counts_from")?;
        let to = self.to.as_deref().map(|to| day(to, "counts_to")).transpose()?;
        let days = DayRange { from, to: to.unwrap_or(Day::LAST) };
        match days.is_empty() {
            true => Err(Problem::invalid("counts_to", "最后一天不能早于第一天")),
            false => Ok(days),
        }
    }
}

impl TermsForm {
    /// The terms of a scheme as their form has them.
    pub(crate) fn of(scheme: &Scheme) -> Self {
        let expiry = scheme.expiry.map(|expiry| match expiry {
            Expiry::After(after) => span(after),
            Expiry::YearEnd { grace: None } => YEAR_END.to_owned(),
            Expiry::YearEnd { grace: Some(grace) } => format!("{YEAR_END}+{}", span(grace)),
        });
        let last = Some(scheme.in_force.to).filter(|day| *day < Day::LAST);
        Self {
            title: scheme.title.clone(),
            first_day: scheme.in_force.from.to_string(),
            last_day: last.map(|day| day.to_string()),
            redeem_minimum: scheme.redeem_minimum.map(|least| scheme.decimals.short(least)),
            expiry,
        }
    }

    /// The terms that the form says, for a scheme.
    pub(crate) fn read(&self, scheme: &Scheme) -> Result<Terms, Problem> {
        let first = day(&self.first_day, "first_day")?;
        let last = self.last_day.as_deref().map(|text| day(text, "last_day")).transpose()?;
        let last = last.unwrap_or(Day::LAST);
        if last < first {
            return Err(Problem::invalid("last_day", "最后一天不能早于施行的第一天"));
        }
        // A version that begins before all others is where the scheme begins.
        let since = scheme.since.min(first);
        let least = self.redeem_minimum.as_deref();
        let least = least.map(|text| amount(text, "redeem_minimum", scheme.decimals));
        Ok(Terms {
            title: named(&self.title, "title", 200)?,
            in_force: DayRange { from: since, to: last },
            revised_from: (first > since).then_some(first),
            expiry: self.expiry.as_deref().map(expiry).transpose()?,
            redeem_minimum: least.transpose()?,
        })
    }
}

const YEAR_END: &str = "year-end";

fn expiry(text: &str) -> Result<Expiry, Problem> {
    let wrong = || Problem::invalid("expiry", "写成 2 years、6 months、31 days 或 year-end");
    let span = |text: &str| text.parse().map_err(|()| wrong());
    match text.split_once('+') {
        None if text == YEAR_END => Ok(Expiry::YearEnd { grace: None }),
        Some((YEAR_END, grace)) => Ok(Expiry::YearEnd { grace: Some(span(grace)?) }),
        _ => span(text).map(Expiry::After),
    }
}

fn span(span: kangji_core::Span) -> String {
    match span {
        kangji_core::Span::Days(number) => format!("{number} days"),
        kangji_core::Span::Months(number) => format!("{number} months"),
        kangji_core::Span::Years(number) => format!("{number} years"),
    }
}
