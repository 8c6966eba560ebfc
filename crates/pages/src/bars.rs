//! Bars that show at a glance what the numbers beside them say. Decoration for the eye: screen
//! readers get the numbers.

use kangji_core::Day;
use maud::{Markup, html};

/// `part` of `whole` as thousandths, at least 1 where there is anything at all.
fn thousandths(part: i64, whole: i64) -> i64 {
    if part <= 0 || whole <= 0 {
        return 0;
    }
    let share = i128::from(part) * 1000 / i128::from(whole);
    i64::try_from(share).unwrap_or(1000).clamp(1, 1000)
}

/// A bar as long as `part` of the longest, which is `most`.
pub(super) fn bar(part: i64, most: i64) -> Markup {
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.track width="1000" height="10" {}
            rect.fill width=(thousandths(part, most)) height="10" {}
        }
    }
}

/// Columns over months, with the number of the month under each where there is room.
pub(super) fn columns(months: &[(Day, i64)]) -> Markup {
    const STEP: usize = 100;
    const ROOM_FOR_NUMBERS: usize = 14;
    let most = months.iter().map(|(_, value)| *value).max().unwrap_or_default();
    let width = months.len() * STEP;
    html! {
        div.columns aria-hidden="true" {
            svg viewBox=(format!("0 0 {width} 1000")) preserveAspectRatio="none" {
                @for (place, (_, value)) in months.iter().enumerate() {
                    @let height = thousandths(*value, most);
                    rect.fill x=(place * STEP + 15) y=(1000 - height) width="70" height=(height) {}
                }
            }
            div.months {
                @for (place, (day, _)) in months.iter().enumerate() {
                    @let shown = months.len() <= ROOM_FOR_NUMBERS
                        || place == 0 || day.month() == 1 || day.month() == 7;
                    span {
                        @if shown && (place == 0 || day.month() == 1) {
                            (day.month()) br; (day.year())
                        } @else if shown { (day.month()) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_in_their_track() {
        assert_eq!(thousandths(1, 3), 333);
        assert_eq!(thousandths(1, i64::MAX), 1);
        assert_eq!(thousandths(0, 5), 0);
        assert_eq!(thousandths(5, 0), 0);
        assert_eq!(thousandths(i64::MAX, i64::MAX), 1000);
        assert_eq!(thousandths(9, 3), 1000);
    }
}
