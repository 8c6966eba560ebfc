//! How long stock lasts.

use kangji_core::Day;

use super::{Forecast, forecast};

#[test]
fn stock_lasts_as_long_as_it_went_lately() {
    let today: Day = "2026-09-21".parse().unwrap();
    let cases = [
        // Half of it went in four weeks: eight weeks are left.
        (56, 28, Some(56), Some("2026-11-16"), false, 0),
        (14, 28, Some(14), Some("2026-10-05"), false, 14),
        (13, 28, Some(13), Some("2026-10-04"), true, 15),
        (1, 40, Some(0), Some("2026-09-21"), true, 39),
        (0, 40, Some(0), Some("2026-09-21"), true, 40),
        (5, 0, None, None, false, 0),
        (0, 0, None, None, true, 0),
    ];
    for (available, handed_over, days, gone_on, low, wanted) in cases {
        let gone_on = gone_on.map(|text| text.parse().unwrap());
        let expected = Forecast { days, gone_on, low, wanted };
        assert_eq!(forecast(available, handed_over, today), expected, "{available}, {handed_over}");
    }
    let endless = forecast(u32::MAX, 1, today);
    assert_eq!((endless.days, endless.gone_on), (Some(u32::MAX), Some(Day::LAST)));
}
