//! What an agreement allows: its steps from draft to end, when it holds, what points take off.

use kangji_core::{Day, Fen, Period, PeriodKind, Points};
use serde::{Deserialize, Serialize};

use super::{Agreement, ShopRefusal, Used};
use crate::catalogue::Signature;

/// Why a step of an agreement is refused, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AgreementRefusal {
    /// It was given back or ended.
    #[error("it was ended")]
    Ended,
    /// Its ratio is published already.
    #[error("it was published")]
    Published,
    /// Whoever drew it up does not publish.
    #[error("whoever drew it up does not publish")]
    SamePerson,
    /// The document has no number, or nothing was given as the reason.
    #[error("there is no document number")]
    NoDocument,
    /// Published in the future, or ended in the past.
    #[error("the day does not fit")]
    Day,
}

impl AgreementRefusal {
    /// The sentence for people.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Ended => "这份协议已经退回或终止，请另拟一份",
            Self::Published => "这份协议已经公布，不能再改，请另拟一份",
            Self::SamePerson => "拟定的人不能自己公布，请换一位",
            Self::NoDocument => "请写明文号（退回、终止的写明原因或文号）",
            Self::Day => "公布的日期不能晚于今天，终止的日期不能早于今天",
        }
    }
}

/// Those under which something can be deducted on a day: of each shop and scheme the one that
/// began last, if it was not ended. One that it has replaced does not come back.
pub fn in_force(agreements: &[Agreement], day: Day) -> impl Iterator<Item = &Agreement> {
    let is_latest = move |one: &&Agreement| {
        let same = agreements
            .iter()
            .filter(|other| other.shop == one.shop && other.scheme == one.scheme)
            .filter(|other| other.has_begun_by(day));
        same.map(|other| (other.days.from, other.id)).max() == Some((one.days.from, one.id))
    };
    agreements.iter().filter(move |one| one.holds_on(day)).filter(is_latest)
}

impl Agreement {
    /// Publishes its ratio: it counts from the day of the document on (P7).
    ///
    /// # Errors
    /// The first refusal; nothing has changed then.
    pub fn publish(&mut self, signature: Signature, today: Day) -> Result<(), AgreementRefusal> {
        if self.ended.is_some() {
            return Err(AgreementRefusal::Ended);
        }
        if self.published.is_some() {
            return Err(AgreementRefusal::Published);
        }
        if signature.by == self.proposed_by {
            return Err(AgreementRefusal::SamePerson);
        }
        if signature.document.trim().is_empty() {
            return Err(AgreementRefusal::NoDocument);
        }
        if signature.day > today {
            return Err(AgreementRefusal::Day);
        }
        self.published = Some(signature);
        Ok(())
    }

    /// Gives a draft back, or ends what was published: from its day on nothing is deducted under
    /// it. One person may do so, even who drew it up, since it takes nothing from residents and
    /// a shop that cheats is stopped at once.
    ///
    /// # Errors
    /// As [`Agreement::publish`].
    pub fn end(&mut self, signature: Signature, today: Day) -> Result<(), AgreementRefusal> {
        if self.ended.is_some() {
            return Err(AgreementRefusal::Ended);
        }
        if signature.document.trim().is_empty() {
            return Err(AgreementRefusal::NoDocument);
        }
        // What was deducted before stays as it was.
        if signature.day < today {
            return Err(AgreementRefusal::Day);
        }
        self.ended = Some(signature);
        Ok(())
    }

    /// Whether deductions are possible under it on a day: its ratio is published and it holds.
    #[must_use]
    pub fn holds_on(&self, day: Day) -> bool {
        let ended = self.ended.as_ref().is_some_and(|signed| signed.day <= day);
        self.has_begun_by(day) && !ended && self.days.contains(day)
    }

    /// Whether its ratio was published and its first day has come.
    fn has_begun_by(&self, day: Day) -> bool {
        let published = self.published.as_ref().is_some_and(|signed| signed.day <= day);
        published && self.days.from <= day
    }

    /// The ratio in plain words; `points` writes amounts.
    #[must_use]
    pub fn chinese(&self, points: impl Fn(Points) -> String) -> String {
        let ratio =
            format!("{} 分抵 1 元，最多抵一单的 {} %", points(self.points_per_yuan), self.share);
        let limit = |limit: Option<Points>, time: &str| {
            let limit = limit.map(|limit| format!("每人每{time}最多用 {} 分", points(limit)));
            limit.into_iter()
        };
        let limits = limit(self.day_limit, "天").chain(limit(self.month_limit, "月"));
        std::iter::once(ratio).chain(limits).collect::<Vec<_>>().join("，")
    }

    /// What points take off a bill: whole fen, rounded down.
    #[must_use]
    pub fn worth(&self, points: Points) -> Fen {
        let worth = i128::from(points.0) * 100 / i128::from(self.points_per_yuan.0.max(1));
        Fen(i64::try_from(worth).unwrap_or(i64::MAX))
    }

    /// The most that points take off a bill, always less than all of it, and the most points that
    /// are worth it.
    #[must_use]
    pub fn most(&self, bill: Fen) -> (Fen, Points) {
        let share = i128::from(bill.0) * i128::from(self.share.min(99)) / 100;
        let most = share.clamp(0, i128::from(bill.0.saturating_sub(1).max(0)));
        // The most points whose worth, rounded down, is not more than `most`.
        let points = ((most + 1) * i128::from(self.points_per_yuan.0.max(1)) - 1) / 100;
        let most = Fen(i64::try_from(most).unwrap_or(i64::MAX));
        (most, Points(i64::try_from(points).unwrap_or(i64::MAX)))
    }

    /// How many points of an electronic balance are best added to those on vouchers: they take the
    /// most off the bill, and none is spent for less than a fen.
    #[must_use]
    pub fn best(&self, bill: Fen, on_vouchers: Points, balance: Points, used: Used) -> Points {
        let (_, worth) = self.most(bill);
        let day = self.day_limit.map(|limit| limit.left_after(used.today));
        let month = self.month_limit.map(|limit| limit.left_after(used.month));
        let all = Points(on_vouchers.0.saturating_add(balance.0.max(0)));
        let all = [Some(worth), day, month].into_iter().flatten().fold(all, Points::min);
        // The fewest that are worth as much.
        let off = i128::from(self.worth(all).0);
        let fewest = (off * i128::from(self.points_per_yuan.0.max(1)) + 99) / 100;
        let fewest = Points(i64::try_from(fewest).unwrap_or(i64::MAX)).min(all);
        fewest.left_after(on_vouchers)
    }

    /// Why none of an electronic balance takes anything off a bill.
    #[must_use]
    pub fn why_none(&self, balance: Points, used: Used, today: Day) -> ShopRefusal {
        match self.beyond(Points(1), used, today) {
            Some(limit) => limit,
            None if balance <= Points::ZERO => ShopRefusal::NoPoints,
            None => ShopRefusal::TooLittle,
        }
    }

    /// What `points` take off `bill` on a day.
    ///
    /// # Errors
    /// The first refusal.
    pub fn off(
        &self,
        bill: Fen,
        points: Points,
        used: Used,
        today: Day,
    ) -> Result<Fen, ShopRefusal> {
        if bill <= Fen::ZERO || points <= Points::ZERO {
            return Err(ShopRefusal::Nothing);
        }
        let (off, (most, worth)) = (self.worth(points), self.most(bill));
        if off > most {
            return Err(ShopRefusal::TooMuch { most, points: worth });
        }
        if off == Fen::ZERO {
            return Err(ShopRefusal::TooLittle);
        }
        self.beyond(points, used, today).map_or(Ok(off), Err)
    }

    /// That points go beyond a limit: the day's before the month's.
    fn beyond(&self, points: Points, used: Used, today: Day) -> Option<ShopRefusal> {
        let month = Period::containing(PeriodKind::Month, today);
        let limits = [
            (self.day_limit, used.today, today.next()),
            (self.month_limit, used.month, month.days().to.next()),
        ];
        limits.into_iter().find_map(|(limit, used, again_on)| {
            let left = limit?.left_after(used);
            (left < points).then_some(ShopRefusal::Limit { left, again_on })
        })
    }
}
