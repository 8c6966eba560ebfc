//! How long stock will last, from what was handed over lately.

use kangji_core::Day;

#[cfg(test)]
mod tests;

/// The days that are looked back on.
pub const LOOK_BACK_DAYS: u32 = 28;
/// Stock that will not last so many days is low.
pub const LOW_DAYS: u32 = 14;

/// How long a good will last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// How many days it will last; `None` where nothing was handed over lately.
    pub days: Option<u32>,
    /// The first day on which it is expected to be gone.
    pub gone_on: Option<Day>,
    /// Whether somebody should order more: too little for [`LOW_DAYS`], or none.
    pub low: bool,
    /// How many pieces would last [`LOOK_BACK_DAYS`] days more.
    pub wanted: u32,
}

/// The forecast for `available` pieces, of which `handed_over` went in the last
/// [`LOOK_BACK_DAYS`] days.
#[must_use]
pub fn forecast(available: u32, handed_over: u32, today: Day) -> Forecast {
    let days =
        (u64::from(available) * u64::from(LOOK_BACK_DAYS)).checked_div(u64::from(handed_over));
    let days = days.map(|days| u32::try_from(days).unwrap_or(u32::MAX));
    Forecast {
        days,
        gone_on: days.map(|days| today.plus_days(i64::from(days))),
        low: available == 0 || days.is_some_and(|days| days < LOW_DAYS),
        wanted: handed_over.saturating_sub(available),
    }
}
