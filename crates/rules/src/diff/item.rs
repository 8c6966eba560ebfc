//! What points are good for compared: items, benefits, deductions.

use kangji_core::DayRange;

use super::{
    About, Change, ChangeKind, Versions, award::ranges, condition, direction::Direction, limit,
    matched, quoted,
};
use crate::{
    scheme::{Benefit, Content, Deduction, Item, Price, Season},
    words,
};

/// All items, benefits and deductions of both versions.
pub(super) fn compare_all(versions: &Versions<'_>, changes: &mut Vec<Change>) {
    items(versions, changes);
    benefits(versions, changes);
    deductions(versions, changes);
}

/// Says that the writing changed where nothing else was found.
fn settle(about: &mut About<'_>, before: usize) {
    if about.changes.len() == before {
        about.add(ChangeKind::Wording, "写法或顺序有调整，意思没有变。");
    }
}

fn items(versions: &Versions<'_>, changes: &mut Vec<Change>) {
    let found = matched(&versions.old.items, &versions.new.items, |old, new| old.id == new.id);
    for gone in found.gone {
        let said = words::item_sentence(gone, versions.old, versions.words);
        let mut about = About { id: &gone.id, name: &gone.name, changes };
        about.add(ChangeKind::GoneItem, format!("不再可以兑换，原来是：{said}"));
    }
    for new in found.new {
        let said = words::item_sentence(new, versions.new, versions.words);
        let mut about = About { id: &new.id, name: &new.name, changes };
        about.add(ChangeKind::NewItem, format!("新增可以兑换：{said}"));
    }
    for (old, new) in found.changed {
        let before = changes.len();
        let mut about = About { id: &new.id, name: &new.name, changes };
        item(versions, old, new, &mut about);
        settle(&mut about, before);
    }
}

fn item(versions: &Versions<'_>, old: &Item, new: &Item, about: &mut About<'_>) {
    price(versions, old.price, new.price, about);
    contents(versions, &old.contents, &new.contents, about);
    let old_text = |limit: &_| words::limit_short(limit, versions.old.decimals);
    let new_text = |limit: &_| words::limit_short(limit, versions.new.decimals);
    limit::compare(versions, (&old.limits, &new.limits), &old_text, &new_text, about);
    condition::compare_given(&old.given, &new.given, about);
    condition::compare(versions, "兑换对象", &old.when, &new.when, about);
    if old.signed != new.signed {
        let said = |signed| if signed { "要" } else { "不要" };
        let direction = Direction::of_less(&old.signed, &new.signed);
        about.turn(direction, "先和办理的机构签约", said(old.signed), said(new.signed));
    }
    season(old.season.as_ref(), new.season.as_ref(), about);
    offered(old.offered, new.offered, about);
    places(&old.at, &new.at, about);
    amounts(versions, old, new, about);
    about.party("提供的单位", old.provider.as_deref(), new.provider.as_deref());
    if old.face_value != new.face_value {
        let said = |value: Option<String>| value.unwrap_or("未写明".to_owned());
        let before = said(old.face_value.map(|value| versions.old_points(value)));
        let after = said(new.face_value.map(|value| versions.new_points(value)));
        about.turn(ChangeKind::Wording, "写明的价值", &before, &after);
    }
    about.wording((&old.name, &new.name), (&old.basis, &new.basis));
}

fn price(versions: &Versions<'_>, old: Price, new: Price, about: &mut About<'_>) {
    let said = |price: Price, points: &dyn Fn(_) -> String| match price {
        Price::Points(amount) => points(amount),
        Price::Free => "不用积分".to_owned(),
        Price::ByContent => "按选的内容算".to_owned(),
    };
    let before = said(old, &|points| versions.old_points(points));
    let after = said(new, &|points| versions.new_points(points));
    let what = match (old, new) {
        (Price::Points(old), Price::Points(new)) => match versions.points(old, new) {
            Direction::Looser => ChangeKind::Dearer,
            Direction::Tighter => ChangeKind::Cheaper,
            Direction::Same | Direction::Unclear => return,
        },
        _ if old == new => return,
        (Price::Free, _) => ChangeKind::Dearer,
        (_, Price::Free) => ChangeKind::Cheaper,
        _ => ChangeKind::Changed,
    };
    about.turn(what, "价格", &before, &after);
}

/// What is handed over or can be chosen.
fn contents(versions: &Versions<'_>, old: &[Content], new: &[Content], about: &mut About<'_>) {
    let found = matched(old, new, |old, new| old.name == new.name);
    for gone in found.gone {
        about.add(ChangeKind::Tighter, format!("内容少了{}。", quoted(&gone.name)));
    }
    for new in found.new {
        about.add(ChangeKind::Looser, format!("内容多了{}。", quoted(&new.name)));
    }
    for (old, new) in found.changed {
        let name = &new.name;
        let prices = [
            ("价格", old.points, new.points),
            ("每多一个的价格", old.each_further, new.each_further),
        ];
        for (label, before, after) in prices {
            let (zero, label) = (Default::default(), format!("{}的{label}", quoted(name)));
            let what = match versions.points(before.unwrap_or(zero), after.unwrap_or(zero)) {
                // No price for further ones means that there are none.
                _ if before == after => continue,
                _ if before.is_none() || after.is_none() => ChangeKind::Changed,
                Direction::Looser => ChangeKind::Dearer,
                Direction::Tighter => ChangeKind::Cheaper,
                Direction::Same | Direction::Unclear => continue,
            };
            let none = || "不单算".to_owned();
            let before = before.map_or_else(none, |points| versions.old_points(points));
            let after = after.map_or_else(none, |points| versions.new_points(points));
            about.turn(what, &label, &before, &after);
        }
        if old.includes != new.includes {
            let direction = Direction::of_more(&old.includes, &new.includes);
            let said = |content: &Content| format!("{}个", content.includes);
            about.turn(
                direction,
                &format!("{}的价格所含的数量", quoted(name)),
                &said(old),
                &said(new),
            );
        }
        pieces(name, old.pieces, new.pieces, about);
        let said = |content: &'_ Content| content.quantity.clone();
        about.party(&format!("{}的数量", quoted(name)), said(old).as_deref(), said(new).as_deref());
    }
}

/// How many pieces a content is; none of a service.
fn pieces(name: &str, old: u32, new: u32, about: &mut About<'_>) {
    if old != new {
        let direction = match (old, new) {
            (0, _) | (_, 0) => Direction::Unclear,
            _ => Direction::of_more(&old, &new),
        };
        let said = |pieces: u32| match pieces {
            0 => "服务".to_owned(),
            pieces => format!("实物{pieces}件"),
        };
        about.turn(direction, &format!("{}发的", quoted(name)), &said(old), &said(new));
    }
}

/// The days on which an item is offered; none named means all.
fn offered(old: Option<DayRange>, new: Option<DayRange>, about: &mut About<'_>) {
    if old != new {
        let days = |offered: Option<DayRange>| offered.unwrap_or(DayRange::ALWAYS);
        let said = |offered: Option<DayRange>| offered.map_or("不限".to_owned(), words::day_range);
        about.turn(ranges(days(old), days(new)), "可以换的日期", &said(old), &said(new));
    }
}

/// The institutions that hand an item over; none named means every one.
fn places(old: &[String], new: &[String], about: &mut About<'_>) {
    if old == new {
        return;
    }
    let direction = match (old.is_empty(), new.is_empty()) {
        (true, _) => Direction::Tighter,
        (_, true) => Direction::Looser,
        _ => Direction::of_sets(old, new),
    };
    let said = |codes: &[String]| match codes {
        [] => "不限".to_owned(),
        codes => words::joined(codes, "和"),
    };
    about.turn(direction, "办理机构的代码", &said(old), &said(new));
}

/// How many there are, and how much one must have.
fn amounts(versions: &Versions<'_>, old: &Item, new: &Item, about: &mut About<'_>) {
    let unlimited = || "不限".to_owned();
    if old.quantity != new.quantity {
        let all = |quantity: Option<u32>| quantity.unwrap_or(u32::MAX);
        let direction = Direction::of_more(&all(old.quantity), &all(new.quantity));
        let said =
            |quantity: Option<u32>| quantity.map_or_else(unlimited, |all| format!("{all}份"));
        about.turn(direction, "总数", &said(old.quantity), &said(new.quantity));
    }
    if old.balance_min != new.balance_min {
        let least = |item: &Item| item.balance_min.unwrap_or_default();
        let direction = versions.points(least(old), least(new)).reversed();
        let before = old.balance_min.map_or_else(unlimited, |least| versions.old_points(least));
        let after = new.balance_min.map_or_else(unlimited, |least| versions.new_points(least));
        about.turn(direction, "至少要有的可兑换积分", &before, &after);
    }
}

/// The part of the year in which an item is offered; none means all of it.
fn season(old: Option<&Season>, new: Option<&Season>, about: &mut About<'_>) {
    if old == new {
        return;
    }
    let direction = match (old, new) {
        (None, _) => Direction::Tighter,
        (_, None) => Direction::Looser,
        (Some(old), Some(new)) => {
            let within = |some: &Season, all: &Season| all.from <= some.from && some.to <= all.to;
            // A season over New Year begins after it ends.
            let plain = |season: &Season| season.from <= season.to;
            if (old.from, old.to) == (new.from, new.to) {
                Direction::Same
            } else if plain(old) && plain(new) {
                Direction::of(within(old, new), within(new, old))
            } else {
                Direction::Unclear
            }
        }
    };
    let day = |(month, day): (u32, u32)| format!("{month}月{day}日");
    let said = |season: Option<&Season>| {
        season.map_or("全年".to_owned(), |season| {
            format!("{}（{}到{}）", season.name, day(season.from), day(season.to))
        })
    };
    about.turn(direction, "办理时间", &said(old), &said(new));
}

fn benefits(versions: &Versions<'_>, changes: &mut Vec<Change>) {
    let (old, new) = (&versions.old.benefits, &versions.new.benefits);
    let found = matched(old, new, |old: &Benefit, new| old.id == new.id);
    for gone in found.gone {
        let least = versions.old_points(gone.total_min);
        let mut about = About { id: &gone.id, name: &gone.name, changes };
        about.add(ChangeKind::GoneItem, format!("总积分到{least}不再有这项好处。"));
    }
    for new in found.new {
        let least = versions.new_points(new.total_min);
        let mut about = About { id: &new.id, name: &new.name, changes };
        about.add(ChangeKind::NewItem, format!("总积分到{least}新增这项好处。"));
    }
    for (old, new) in found.changed {
        let before = changes.len();
        let mut about = About { id: &new.id, name: &new.name, changes };
        let (was, is) = (versions.old_points(old.total_min), versions.new_points(new.total_min));
        let direction = versions.points(old.total_min, new.total_min).reversed();
        if direction != Direction::Same {
            about.turn(direction, "要的总积分", &was, &is);
        }
        about.party("办理的单位", old.provider.as_deref(), new.provider.as_deref());
        about.wording((&old.name, &new.name), (&old.basis, &new.basis));
        settle(&mut about, before);
    }
}

fn deductions(versions: &Versions<'_>, changes: &mut Vec<Change>) {
    let (old, new) = (&versions.old.deductions, &versions.new.deductions);
    let found = matched(old, new, |old: &Deduction, new| old.id == new.id);
    let worth = |row: &Deduction| {
        format!("每分抵{}.{:02}元", row.fen_per_point / 100, row.fen_per_point % 100)
    };
    let share = |row: &Deduction| format!("最多抵货款的{}", words::percent(row.share_max));
    for gone in found.gone {
        let mut about = About { id: &gone.id, name: &gone.name, changes };
        about.add(ChangeKind::GoneItem, format!("不再可以抵货款，原来{}。", worth(gone)));
    }
    for new in found.new {
        let mut about = About { id: &new.id, name: &new.name, changes };
        let sentence = format!("新增可以抵货款：{}，{}。", worth(new), share(new));
        about.add(ChangeKind::NewItem, sentence);
    }
    for (old, new) in found.changed {
        let before = changes.len();
        let mut about = About { id: &new.id, name: &new.name, changes };
        if old.fen_per_point != new.fen_per_point {
            let cheaper = old.fen_per_point < new.fen_per_point;
            let what = if cheaper { ChangeKind::Cheaper } else { ChangeKind::Dearer };
            about.turn(what, "积分抵货款", &worth(old), &worth(new));
        }
        if old.share_max != new.share_max {
            let direction = Direction::of_more(&old.share_max, &new.share_max);
            about.turn(direction, "抵扣比例", &share(old), &share(new));
        }
        about.wording((&old.name, &new.name), (&old.basis, &new.basis));
        settle(&mut about, before);
    }
}
