//! New awards: a form as the three notices have them, with an example that the rules themselves
//! fill in.

use kangji_core::{PeriodKind, Points};
use kangji_rules::{
    edit::Edit,
    scheme::{
        Award, Bound, HolderType, KeyPart, Limit, Occasion, Requirement, RequirementShape, Scheme,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::form::AwardForm;
use crate::{app::App, problem::Problem};

/// How a new award counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Template {
    /// Points for each record, so often in a period.
    EachTime,
    /// Points for each hour of a record.
    EachHour,
    /// Points at the end of a year in which there were so many records.
    YearReached,
}

impl Template {
    /// All of them: the word that is sent, and what people read.
    pub(crate) const ALL: [(&str, &str, Self); 3] = [
        ("each_time", "做一次得一次分（可限次数），如听讲座", Self::EachTime),
        ("each_hour", "按小时计分，如志愿服务", Self::EachHour),
        ("year_reached", "一年里做满几次，年底得一次分，如坚持随访", Self::YearReached),
    ];
}

/// A new award.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAward {
    /// How it counts.
    pub(crate) template: Template,
    /// Its id: lower-case letters, digits and hyphens.
    #[schema(pattern = "^[a-z0-9-]{1,64}$")]
    pub(crate) id: String,
    /// The name residents read, which is its heading too.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) name: String,
    /// The headings it stands under, outermost first.
    #[schema(min_items = 1, max_items = 6)]
    pub(crate) under: Vec<String>,
    /// The kind of record.
    #[schema(max_length = 64)]
    pub(crate) kind: String,
    /// Points, a decimal number.
    #[schema(pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    pub(crate) points: String,
    /// How often in a year, or how many records make a year full.
    #[schema(pattern = "^[0-9]{1,9}$")]
    pub(crate) times: String,
    /// What residents read about it: how to do it, and on which article it rests.
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) prose: String,
}

impl NewAward {
    /// The edit that brings it into a scheme.
    pub(super) fn edit(&self, app: &App, scheme: &Scheme) -> Result<Edit, Problem> {
        let words = app.store().words();
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.id.is_empty() || self.id.len() > 64 || !self.id.bytes().all(legal) {
            let says = "用小写字母、数字和连字符，例如 walking-day";
            return Err(Problem::invalid("id", says));
        }
        let kind = words.kind(&self.kind);
        let kind = kind.ok_or_else(|| Problem::invalid("kind", "从列表中选一种服务记录"))?;
        let times = self.times.parse().ok().filter(|times| (1..=366).contains(times));
        let times: u32 = times.ok_or_else(|| Problem::invalid("times", "写 1 到 366 的整数"))?;
        let prose = self.prose.trim();
        if prose.is_empty() || prose.chars().count() > 2000 {
            return Err(Problem::invalid("prose", "写给居民看的话，1 到 2000 字"));
        }
        let hours = words.attribute("hours").map(|known| kangji_rules::scheme::AttributeRef {
            name: "hours".to_owned(),
            holds: known.holds,
        });
        let year = PeriodKind::Year;
        let full = Requirement {
            on: vec![kind],
            when: Vec::new(),
            within: year,
            shape: RequirementShape::Times(times),
        };
        let limit = Limit { bound: Bound::Times(times), per: year, by: vec![KeyPart::Holder] };
        let by_year = self.template == Template::YearReached;
        let basis = self.under.iter().chain([&self.name]);
        let plain = Award {
            id: self.id.clone(),
            name: self.name.trim().to_owned(),
            category: scheme_category(scheme, &self.under),
            basis: basis.map(|title| title.trim().to_owned()).collect(),
            occasion: if by_year { Occasion::Period(year) } else { Occasion::Record(vec![kind]) },
            when: Vec::new(),
            points: Points::ZERO,
            per_unit: hours.filter(|_| self.template == Template::EachHour),
            to: HolderType::Resident,
            public_name: None,
            limits: if by_year { Vec::new() } else { vec![limit] },
            yields_to: Vec::new(),
            requires: if by_year { vec![full] } else { Vec::new() },
            requires_any: Vec::new(),
            given: Vec::new(),
            beyond: None,
            confirm: None,
            counts: None,
        };
        let decimals = scheme.decimals;
        let form =
            AwardForm { points: self.points.clone(), ..AwardForm::of(&plain, decimals, words) };
        let award = Box::new(form.onto(&plain, decimals, words)?);
        Ok(Edit::NewAward { award, prose: prose.to_owned() })
    }
}

/// The category of the awards that stand under the same heading.
fn scheme_category(scheme: &Scheme, under: &[String]) -> Option<String> {
    let beside = scheme.awards.iter().find(|award| award.basis.starts_with(under));
    beside.and_then(|award| award.category.clone())
}
