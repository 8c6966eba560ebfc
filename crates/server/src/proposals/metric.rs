//! A figure of a community with what shows it: as it is sent, checked, and shown again.

use kangji_core::{Decimal, Division, DivisionPrefix};
use kangji_rights::Permit;
use kangji_store::{Proposed, reaches};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::content::given;
use crate::{
    input::{Whole, line},
    problem::{Code, Problem},
};

/// A figure of a community and year, and what shows it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricWanted {
    /// The community's division code of twelve digits.
    #[schema(pattern = "^[0-9]{12}$")]
    pub(crate) community: String,
    /// The year.
    #[schema(value_type = u32, minimum = 1900, maximum = 9998)]
    pub(crate) year: Whole,
    /// The figure's name, as in the scheme.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) name: String,
    /// The figure: a decimal number, a share as in `0.9`.
    #[schema(pattern = "^-?[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    pub(crate) value: String,
    /// What shows it: a survey, a document and its number.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(crate) evidence: String,
}

/// The years that a figure can be of.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=9998;

impl MetricWanted {
    pub(super) fn checked(self, permit: &Permit) -> Result<(DivisionPrefix, Proposed), Problem> {
        let Self { community, year: Whole(year), name, value, evidence } = self;
        let wrong = || Problem::invalid("metric.community", "区划代码是 12 位数字");
        let division = Division::parse(&community).ok_or_else(wrong)?;
        let area = DivisionPrefix::parse(&community).ok_or_else(wrong)?;
        if !reaches(permit, area) {
            return Err(Code::OutOfArea.into());
        }
        if !YEARS.contains(&year) {
            return Err(Problem::invalid("metric.year", "年份写成 2026 这样"));
        }
        line("metric.name", &name, 64)?;
        let value: Decimal = value
            .parse()
            .map_err(|_| Problem::invalid("metric.value", "不是数字，例如 85 或 0.85"))?;
        let evidence = given(evidence, "metric.evidence")?;
        Ok((area, Proposed::Metric { community: division, year, name, value, evidence }))
    }
}
