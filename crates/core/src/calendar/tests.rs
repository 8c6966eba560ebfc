//! Days, spans and periods.

use super::*;
use proptest::prelude::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn only_days_of_the_calendar_parse() {
    assert_eq!("2026-02-29".parse::<Day>(), Err(DayError::NoSuchDay));
    assert_eq!(day("2024-02-29").next(), day("2024-03-01"));
    assert_eq!("2100-02-29".parse::<Day>(), Err(DayError::NoSuchDay));
    for text in ["2026-1-1", "2026/01/01", "", "2026-01-0x", "+026-01-01", "二〇二六-01-01"] {
        assert_eq!(text.parse::<Day>(), Err(DayError::Syntax), "{text}");
    }
}

#[test]
fn years_of_age_turn_on_the_birthday() {
    let leap = day("1960-02-29");
    assert_eq!(leap.age_years(day("2025-02-28")), Some(64));
    assert_eq!(leap.age_years(day("2025-03-01")), Some(65));
    assert_eq!(leap.age_years(day("2024-02-29")), Some(64));
    assert_eq!(leap.age_years(day("1960-02-28")), None);
    assert_eq!(leap.age_years(leap), Some(0));
    assert_eq!(day("2025-01-31").age_months(day("2025-02-28")), Some(0));
    assert_eq!(day("2025-01-31").age_months(day("2025-03-31")), Some(2));
}

#[test]
fn spans_are_clipped_to_the_month() {
    assert_eq!(day("2024-02-29").plus(Span::Years(1)), day("2025-02-28"));
    assert_eq!(day("2026-01-31").plus(Span::Months(1)), day("2026-02-28"));
    assert_eq!(day("2026-12-31").plus(Span::Days(31)), day("2027-01-31"));
    assert_eq!(day("9999-12-31").next(), Day::LAST);
    assert_eq!("2 years".parse(), Ok(Span::Years(2)));
    for text in ["0 days", "two years", "2years", "2 weeks", "-1 days", "10000 days"] {
        assert_eq!(text.parse::<Span>(), Err(()), "{text}");
    }
}

#[test]
fn periods_read_what_they_write() {
    for text in ["2026", "2026-Q3", "2026-07", "2026-07-31", "life"] {
        assert_eq!(Period::parse(text).unwrap().to_string(), text);
    }
    for text in ["2026-Q5", "2026-7", "26", "2026-13", "", "0000"] {
        assert_eq!(Period::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn a_period_contains_its_days_and_no_others(
        year in 2_u32..9998, month in 1_u32..=12, number in 1_u32..=28,
    ) {
        let day = Day::new(year, month, number).unwrap();
        prop_assert_eq!(day.next().previous(), day);
        prop_assert_eq!(day.next().days_since(day), 1);
        for kind in PeriodKind::ALL {
            let period = Period::containing(kind, day);
            let days = period.days();
            prop_assert!(days.contains(day));
            prop_assert_eq!(Period::containing(kind, days.from), period);
            prop_assert_eq!(Period::containing(kind, days.to), period);
            if kind != PeriodKind::Life {
                let later = Period::containing(kind, days.to.next());
                prop_assert!(later.number() > period.number());
                prop_assert!(period.is_followed_by(later));
                prop_assert!(!later.is_followed_by(period));
            }
        }
    }
}
