//! Numbers, days and periods as people read them: `65%`, `2026年5月6日`, `每月`.

use kangji_core::{Day, DayRange, Decimal, Decimals, Period, PeriodKind, Points, Span};

/// `2026年5月6日`.
#[must_use]
pub fn date(day: Day) -> String {
    format!("{}年{}", day.year(), month_day(day))
}

/// `5月6日`.
#[must_use]
pub fn month_day(day: Day) -> String {
    format!("{}月{}日", day.month(), day.day())
}

/// `2026年5月`.
#[must_use]
pub fn year_month(day: Day) -> String {
    format!("{}年{}月", day.year(), day.month())
}

/// `2026年1月1日到2026年12月31日`, `2026年1月1日起`.
#[must_use]
pub fn day_range(days: DayRange) -> String {
    match days.to {
        Day::LAST => format!("{}起", date(days.from)),
        to => format!("{}到{}", date(days.from), date(to)),
    }
}

/// A length of time: `7天`, `6个月`, `2年`.
#[must_use]
pub fn span(span: Span) -> String {
    match span {
        Span::Days(number) => format!("{number}天"),
        Span::Months(number) => format!("{number}个月"),
        Span::Years(number) => format!("{number}年"),
    }
}

/// A share as a percentage, `0.65` as `65%`; the plain number where that is not exact to two
/// places.
#[must_use]
pub fn percent(share: Decimal) -> String {
    let places = Decimals::new(2).expect("two places are allowed");
    let hundredths = share.to_scaled(4).map(Points);
    hundredths.map_or(share.to_string(), |number| format!("{}%", places.short(number)))
}

/// A kind of period as something that comes round again: `每年`.
#[must_use]
pub const fn period_word(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Day => "每天",
        PeriodKind::Month => "每月",
        PeriodKind::Quarter => "每季度",
        PeriodKind::Year => "每年",
        PeriodKind::Life => "总共",
    }
}

/// A kind of period to count in: `2个季度`.
#[must_use]
pub const fn sub_period_word(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Day => "天",
        PeriodKind::Month => "个月",
        PeriodKind::Quarter => "个季度",
        PeriodKind::Year => "年",
        PeriodKind::Life => "次全程",
    }
}

/// The period of this kind that contains `day`, said on `today`: `今年`, `本月`; with its number
/// where it is not the present one: `2025年`, `11月`.
#[must_use]
pub fn this_period(kind: PeriodKind, day: Day, today: Day) -> String {
    let is_present = Period::containing(kind, day) == Period::containing(kind, today);
    match (kind, is_present) {
        (PeriodKind::Day, true) => "今天".to_owned(),
        (PeriodKind::Month, true) => "本月".to_owned(),
        (PeriodKind::Quarter, true) => "本季度".to_owned(),
        (PeriodKind::Year, true) => "今年".to_owned(),
        (PeriodKind::Life, _) => "到目前为止".to_owned(),
        (PeriodKind::Day, false) => date(day),
        (PeriodKind::Month, false) => year_month(day),
        (PeriodKind::Quarter, false) => {
            format!("{}年第{}季度", day.year(), (day.month() - 1) / 3 + 1)
        }
        (PeriodKind::Year, false) => format!("{}年", day.year()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_shares_read_well() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(date(day("2026-05-06")), "2026年5月6日");
        assert_eq!(percent("0.65".parse().unwrap()), "65%");
        assert_eq!(percent("0.6525".parse().unwrap()), "65.25%");
        assert_eq!(percent("0.66666".parse().unwrap()), "0.66666");
        let said = |kind, on| this_period(kind, day(on), day("2026-11-20"));
        assert_eq!(said(PeriodKind::Month, "2026-11-02"), "本月");
        assert_eq!(said(PeriodKind::Month, "2026-10-31"), "2026年10月");
        assert_eq!(said(PeriodKind::Quarter, "2026-07-01"), "2026年第3季度");
        assert_eq!(said(PeriodKind::Year, "2025-11-20"), "2025年");
    }
}
