//! The Chinese words of the pages for codes, days and amounts. Knows no page.

use kangji_core::{Decimals, Period, PeriodKind, Points, vocabulary::Vocabulary};
use kangji_rules::{
    scheme::{Award, Expiry},
    score::{OutOfScope, OutcomeKind},
    words::{date, span, year_month},
};

/// What became of a candidate, in a few words.
pub(super) const fn outcome_label(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Void => "记录已作废",
        OutcomeKind::OutOfScope => "不在方案范围内",
        OutcomeKind::NotEligible => "不符合参加条件",
        OutcomeKind::NotMet => "条件没有达到",
        OutcomeKind::Pending => "等待确认或公布",
        OutcomeKind::BelowThreshold => "没有超过起算的比例",
        OutcomeKind::NoHolder => "没有可以得分的人",
        OutcomeKind::Sanctioned => "正在停止计分期间",
        OutcomeKind::Rejected => "审核没有通过",
        OutcomeKind::Capped => "已到上限",
        OutcomeKind::Superseded => "让给另一个项目，不叠加",
        OutcomeKind::Credited => "计分",
    }
}

/// Why a record is out of scope.
pub(super) const fn out_of_scope_label(why: OutOfScope) -> &'static str {
    match why {
        OutOfScope::UnknownResident => "居民表里没有这个人",
        OutOfScope::Later => "日期晚于计算日",
        OutOfScope::NotInForce => "日期不在方案施行期内",
        OutOfScope::OutsideDivision => "当天不住在方案的辖区",
    }
}

/// A year, quarter or month in words.
pub(super) fn period_text(period: Period) -> String {
    let first = period.days().from;
    match period.kind() {
        PeriodKind::Day => date(first),
        PeriodKind::Month => year_month(first),
        PeriodKind::Quarter => format!("{}年第{}季度", first.year(), first.month().div_ceil(3)),
        PeriodKind::Year => format!("{}年度", first.year()),
        PeriodKind::Life => "到目前为止".to_owned(),
    }
}

/// How long points are valid.
pub(super) fn expiry_text(expiry: Option<Expiry>) -> String {
    match expiry {
        None => "长期有效".to_owned(),
        Some(Expiry::After(length)) => format!("从得分那天起{}", span(length)),
        Some(Expiry::YearEnd { grace: None }) => "当年有效，年底清零".to_owned(),
        Some(Expiry::YearEnd { grace: Some(grace) }) => {
            format!("用到第二年，年底后再过{}清零", span(grace))
        }
    }
}

/// The points of an award: `10分` or `10分／小时`.
pub(super) fn award_points(award: &Award, decimals: Decimals, words: &Vocabulary) -> String {
    let points = decimals.short(award.points);
    match &award.per_unit {
        None => format!("{points}分"),
        Some(attribute) => {
            let declared = words.attribute(&attribute.name);
            let unit = declared.map(|declared| declared.unit.as_str()).filter(|u| !u.is_empty());
            format!("{points}分／{}", unit.unwrap_or("单位"))
        }
    }
}

/// A count with a comma before every three digits.
pub(super) fn count_text(count: impl TryInto<u64>) -> String {
    grouped(&count.try_into().unwrap_or(u64::MAX).to_string())
}

/// An amount of points with a comma before every three digits.
pub(super) fn points_text(points: Points, decimals: Decimals) -> String {
    grouped(&decimals.text(points))
}

fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let digits = whole.trim_start_matches('-').len();
    let mut text = whole.get(..whole.len() - digits).unwrap_or_default().to_owned();
    for (place, digit) in whole.chars().skip(whole.len() - digits).enumerate() {
        if place > 0 && (digits - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(count_text(7_u64), "7");
        assert_eq!(count_text(123_usize), "123");
        assert_eq!(count_text(1_234_567_u64), "1,234,567");
        let two = Decimals::new(2).unwrap();
        assert_eq!(points_text(Points(-123_456), two), "-1,234.56");
        assert_eq!(points_text(Points(100), Decimals::default()), "100");
    }

    #[test]
    fn periods_are_read_aloud() {
        for (text, said) in
            [("2026", "2026年度"), ("2026-Q3", "2026年第3季度"), ("2026-07", "2026年7月")]
        {
            assert_eq!(period_text(Period::parse(text).unwrap()), said);
        }
    }
}
