//! What holds for all awards compared: dates, area, who may take part, how long points last.

use kangji_core::Day;

use super::{About, Change, ChangeKind, Versions, award::ranges, condition, direction::Direction};
use crate::{
    scheme::{Expiry, Scheme, Vouchers},
    words,
};

/// The front matter of both versions.
pub(super) fn compare(versions: &Versions<'_>, changes: &mut Vec<Change>) {
    let (old, new) = (versions.old, versions.new);
    let mut about = About { id: &new.id, name: &new.title, changes };
    if old.since != new.since {
        let (was, is) = (words::date(old.since), words::date(new.since));
        about.turn(ChangeKind::Changed, "办法最早的施行日期", &was, &is);
    }
    in_force(old, new, &mut about);
    if old.division != new.division {
        let (is, was) = (new.division, old.division);
        let direction = Direction::of(condition::lies_in(was, is), condition::lies_in(is, was));
        about.turn(direction, "辖区代码", &was.to_string(), &is.to_string());
    }
    condition::compare(versions, "参加条件", &old.eligible, &new.eligible, &mut about);
    if old.expiry != new.expiry {
        about.turn(
            lasting(old.expiry, new.expiry),
            "积分有效期",
            &lasts(old.expiry),
            &lasts(new.expiry),
        );
    }
    redeeming(versions, &mut about);
    handing_over(old, new, &mut about);
    on_paper(old.vouchers.as_ref(), new.vouchers.as_ref(), &mut about);
    keeping(old, new, &mut about);
}

/// The days of both. A revision leaves those before it to the versions before it.
fn in_force(old: &Scheme, new: &Scheme, about: &mut About<'_>) {
    let (was, is) = (old.in_force, new.in_force);
    let revises = old.revised_from().is_some() || new.revised_from().is_some();
    if was.from == is.from || !revises {
        if was != is {
            let (old, new) = (words::day_range(was), words::day_range(is));
            about.turn(ranges(was, is), "施行日期", &old, &new);
        }
        return;
    }
    let from = words::date(is.from);
    let sentence = format!("这一版从{from}起施行，{from}以前的服务仍按以前的版本计分。");
    about.add(ChangeKind::Changed, sentence);
    if was.to != is.to {
        let said = |day: Day| match day {
            Day::LAST => "不限".to_owned(),
            day => words::date(day),
        };
        let direction = Direction::of_more(&was.to, &is.to);
        about.turn(direction, "施行的最后一天", &said(was.to), &said(is.to));
    }
}

/// The least amount to redeem, and the unit of points.
fn redeeming(versions: &Versions<'_>, about: &mut About<'_>) {
    let (old, new) = (versions.old, versions.new);
    let least = |scheme: &Scheme| scheme.redeem_minimum.unwrap_or_default();
    if old.redeem_minimum != new.redeem_minimum {
        let direction = versions.points(least(old), least(new)).reversed();
        let said = |scheme: &Scheme| {
            let least = scheme.redeem_minimum.map(|least| scheme.decimals.short(least));
            least.map_or("不限".to_owned(), |least| format!("{least}分"))
        };
        about.turn(direction, "满多少分才能兑换", &said(old), &said(new));
    }
    if old.decimals != new.decimals {
        let said = |scheme: &Scheme| format!("{}位小数", scheme.decimals.places());
        about.turn(ChangeKind::Changed, "积分的小数位", &said(old), &said(new));
    }
}

/// What is handed over, how long it waits, how long it can be returned.
fn handing_over(old: &Scheme, new: &Scheme, about: &mut About<'_>) {
    let (old, new) = (&old.redemption, &new.redemption);
    if old.goods_discouraged != new.goods_discouraged {
        let said = |discouraged| if discouraged { "原则上不换" } else { "可以换" };
        let (was, is) = (said(old.goods_discouraged), said(new.goods_discouraged));
        about.turn(ChangeKind::Changed, "换实物", was, is);
    }
    let spans = [
        ("订了以后来取的期限", old.wait, new.wait),
        ("换错了退回的期限", old.return_within, new.return_within),
    ];
    for (label, old, new) in spans.into_iter().filter(|(_, old, new)| old != new) {
        let direction = lasting(Some(Expiry::After(old)), Some(Expiry::After(new)));
        about.turn(direction, label, &words::span(old), &words::span(new));
    }
    about.headings("兑换办法的依据", &old.basis, &new.basis);
}

/// The vouchers that points stand on.
fn on_paper(old: Option<&Vouchers>, new: Option<&Vouchers>, about: &mut About<'_>) {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, None) => return,
        (old, _) => {
            let said = |is_there| if is_there { "发" } else { "不发" };
            return about.turn(
                ChangeKind::Changed,
                "纸质积分券",
                said(old.is_some()),
                said(old.is_none()),
            );
        }
    };
    if old.letters != new.letters {
        about.turn(ChangeKind::Changed, "积分券的券号开头", &old.letters, &new.letters);
    }
    if old.title != new.title {
        about.turn(ChangeKind::Wording, "积分券的名称", &old.title, &new.title);
    }
    about.party("积分券的监制单位", old.supervisor.as_deref(), new.supervisor.as_deref());
    about.headings("积分券的依据", &old.basis, &new.basis);
}

/// How the scheme itself is kept.
fn keeping(old: &Scheme, new: &Scheme, about: &mut About<'_>) {
    if old.adjustments != new.adjustments {
        let said = |scheme: &Scheme| if scheme.adjustments { "可以" } else { "不可以" };
        about.turn(ChangeKind::Changed, "两人一起人工更正余额", said(old), said(new));
    }
    if old.max_window != new.max_window {
        let said = |scheme: &Scheme| scheme.max_window.map_or("不限".to_owned(), words::span);
        about.turn(ChangeKind::Changed, "项目计分的最长时间", &said(old), &said(new));
    }
    if old.id != new.id {
        about.turn(ChangeKind::Changed, "方案编号", &old.id, &new.id);
    }
    about.party("发布机关", Some(&old.issuer), Some(&new.issuer));
    about.wording((&old.title, &new.title), (&[], &[]));
}

/// Tries every day of four years, a leap year among them: the rules may count in days, months or
/// to the end of the year.
fn lasting(old: Option<Expiry>, new: Option<Expiry>) -> Direction {
    let first = Day::new(2024, 1, 1).unwrap_or(Day::FIRST);
    let days = std::iter::successors(Some(first), |day| Some(day.next())).take(4 * 366);
    let each = days.map(|day| Direction::of_more(&lapses(old, day), &lapses(new, day)));
    each.fold(Direction::Same, Direction::and)
}

/// The first day on which points of `day` are no longer valid.
fn lapses(expiry: Option<Expiry>, day: Day) -> Day {
    expiry.map_or(Day::LAST, |expiry| expiry.ends(day))
}

fn lasts(expiry: Option<Expiry>) -> String {
    match expiry {
        None => "长期有效".to_owned(),
        Some(Expiry::After(span)) => format!("从得分那天起{}", words::span(span)),
        Some(Expiry::YearEnd { grace: None }) => "到当年年底".to_owned(),
        Some(Expiry::YearEnd { grace: Some(grace) }) => {
            format!("到当年年底再过{}", words::span(grace))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_compared_by_the_days_they_reach() {
        let after = |text: &str| Some(Expiry::After(text.parse().unwrap()));
        let year_end = |grace: Option<&str>| {
            Some(Expiry::YearEnd { grace: grace.map(|grace| grace.parse().unwrap()) })
        };
        assert_eq!(lasting(after("1 year"), after("12 months")), Direction::Same);
        assert_eq!(lasting(after("1 year"), after("366 days")), Direction::Looser);
        assert_eq!(lasting(after("1 year"), after("365 days")), Direction::Tighter);
        assert_eq!(lasting(after("6 months"), year_end(None)), Direction::Unclear);
        assert_eq!(lasting(year_end(None), year_end(Some("31 days"))), Direction::Looser);
        assert_eq!(lasting(after("2 years"), year_end(None)), Direction::Tighter);
        assert_eq!(lasting(year_end(None), None), Direction::Looser);
    }
}
