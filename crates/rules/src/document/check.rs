//! The checks that need more than one key, one award or one table at a time.

use std::ops::Range;

use kangji_core::{Day, DayRange};

use super::{
    award::Places,
    example::Example,
    fields::Sink,
    front::Front,
    never::contradiction,
    problem::{Code, use_one_of},
};
use crate::scheme::{Award, Condition, HolderType, KeyPart, Occasion};

/// An award with the places of its parts.
pub(super) type Placed = (Award, Places);

/// Runs all checks over the awards of a document.
pub(super) fn check(front: &Front, awards: &[Placed], sink: &Sink) {
    duplicate_ids(awards.iter().map(|(award, at)| (award.id.as_str(), at.of_key("id"))), sink);
    references(awards, sink);
    cycles(awards, sink);
    let mut open_window_reported = false;
    for (award, places) in awards {
        match award.occasion {
            Occasion::Record(_) => {}
            Occasion::Period(_) => period_award(award, places, sink),
        }
        never(front, award, places, sink);
        window(front, award, places, &mut open_window_reported, sink);
    }
}

/// Reports every id that was used before.
pub(super) fn duplicate_ids<'a>(
    ids: impl Iterator<Item = (&'a str, &'a Range<usize>)>,
    sink: &Sink,
) {
    let mut seen = std::collections::BTreeSet::new();
    for (id, range) in ids {
        if !seen.insert(id) {
            let message = format!("编号 `{id}` 已经用过");
            sink.report(Code::Duplicate, range, message, "换一个编号，每个编号只用一次");
        }
    }
}

fn references(awards: &[Placed], sink: &Sink) {
    let ids = awards.iter().map(|(award, _)| award.id.as_str());
    for (award, places) in awards {
        for (winner, range) in award.yields_to.iter().zip(&places.yields_to) {
            if !ids.clone().any(|id| id == winner.award) {
                let message = format!("没有编号为 `{}` 的项目", winner.award);
                sink.report(Code::Dangling, range, message, use_one_of(&winner.award, ids.clone()));
            }
        }
    }
}

/// Reports examples that name awards nobody declared.
pub(super) fn examples(examples: &[Example], awards: &[Placed], sink: &Sink) {
    let ids = awards.iter().map(|(award, _)| award.id.as_str());
    for example in examples {
        let about = std::iter::once((&example.award, &example.range));
        let expected = example.expect.iter().map(|expected| (&expected.award, &expected.range));
        let mut wrong: Vec<&str> = Vec::new();
        for (award, range) in about.chain(expected) {
            if !ids.clone().any(|id| id == award) && !wrong.contains(&award.as_str()) {
                wrong.push(award);
                let message = format!("例子里的项目 `{award}` 不存在");
                sink.report(Code::Dangling, range, message, use_one_of(award, ids.clone()));
            }
        }
    }
}

/// Reports each circle of `yields_to` once, at the award where it is first met.
fn cycles(awards: &[Placed], sink: &Sink) {
    let find = |id: &str| awards.iter().position(|(award, _)| award.id == id);
    // 0: not seen, 1: on the path, 2: done.
    let mut state = vec![0_u8; awards.len()];
    for start in 0..awards.len() {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        if state.get(start).copied() != Some(0) {
            continue;
        }
        while let Some((at, next)) = path.pop() {
            let Some((award, places)) = awards.get(at) else { break };
            if let Some(place) = state.get_mut(at) {
                *place = 1;
            }
            let Some(winner) = award.yields_to.get(next) else {
                if let Some(place) = state.get_mut(at) {
                    *place = 2;
                }
                continue;
            };
            path.push((at, next + 1));
            let Some(to) = find(&winner.award) else { continue };
            match state.get(to) {
                Some(0) => path.push((to, 0)),
                Some(1) => {
                    let circle = path.iter().skip_while(|(on, _)| *on != to);
                    let mut names: Vec<&str> = circle
                        .filter_map(|(on, _)| awards.get(*on))
                        .map(|(award, _)| award.id.as_str())
                        .collect();
                    names.push(&winner.award);
                    let message = format!("互相让位成圈：{}", names.join(" → "));
                    let range = places.yields_to.get(next).unwrap_or(places.of_key("yields_to"));
                    sink.report(
                        Code::Cycle,
                        range,
                        message,
                        "决定哪一项优先，删去另一项的 yields_to",
                    );
                }
                _ => {}
            }
        }
    }
}

/// A period award is about no single record: what only a record has cannot be asked of it.
fn period_award(award: &Award, places: &Places, sink: &Sink) {
    if award.requires.is_empty() && award.requires_any.is_empty() {
        let message = "按周期计分的项目没有写要求哪些记录，永远不会计分";
        let remedy = "写 requires 或 requires_any";
        sink.report(Code::NeverMatches, places.of_key("every"), message, remedy);
    }
    let asks_a_record = |condition: &&Condition| match condition {
        Condition::Flag(_, test) => test.recorded != Some(false),
        Condition::Text(_, test) => test.recorded != Some(false),
        Condition::Number(_, test) => test.recorded != Some(false),
        _ => false,
    };
    if award.when.iter().any(|condition| asks_a_record(&condition)) {
        let message = "按周期计分的项目不能要求记录的属性，永远不会成立";
        let remedy = "把属性写到 requires 的 when 里";
        sink.report(Code::NeverMatches, places.of_key("when"), message, remedy);
    }
    let misplaced = |key, message: &str, remedy: &str| {
        sink.report(Code::Misplaced, places.of_key(key), message, remedy);
    };
    if award.per_unit.is_some() {
        misplaced("per_unit", "按周期计分的项目没有可乘的属性", "删去 per_unit");
    }
    if award.beyond.is_some() {
        misplaced("beyond", "按周期计分的项目不能按名次计分", "改用 on，或删去 beyond");
    }
    if award.to == HolderType::Worker {
        misplaced("to", "按周期计分的项目没有协助人", "改用 resident、guardian 或 community");
    }
    let keys = award.limits.iter().flat_map(|limit| &limit.by);
    if keys.clone().any(|part| matches!(part, KeyPart::Attribute(_))) {
        misplaced("limit", "按周期计分的项目没有可分别计数的属性", "从 by 中删去属性");
    }
}

/// Reports an award whose conditions, with those of the scheme, nobody can satisfy.
fn never(front: &Front, award: &Award, places: &Places, sink: &Sink) {
    let all: Vec<&Condition> = front.eligible.iter().chain(&award.when).collect();
    if let Some(why) = contradiction(&all, front.division) {
        let message = format!("这个项目永远不会计分：{why}");
        sink.report(Code::NeverMatches, places.of_key("when"), message, "改其中一个条件");
    }
    for (key, list) in [("requires", &award.requires), ("requires_any", &award.requires_any)] {
        for requirement in list {
            let all: Vec<&Condition> = requirement.when.iter().collect();
            if let Some(why) = contradiction(&all, front.division) {
                let message = format!("所要求的记录不可能有：{why}");
                sink.report(Code::NeverMatches, places.of_key(key), message, "改其中一个条件");
            }
        }
    }
    if let (Some(counts), Some(in_force)) = (award.counts, front.in_force)
        && counts.intersect(in_force).is_empty()
    {
        let message = "计分日期全在办法施行日期之外，永远不会计分";
        let remedy = "让 counts 落在 in_force 之内";
        sink.report(Code::NeverMatches, places.of_key("counts"), message, remedy);
    }
}

/// Reports activities that count for longer than `max_window` (S3).
fn window(front: &Front, award: &Award, places: &Places, front_reported: &mut bool, sink: &Sink) {
    let (Some(longest), Some(in_force)) = (front.max_window, front.in_force) else { return };
    let too_long = |days: DayRange| days.to == Day::LAST || days.to >= days.from.plus(longest);
    let remedy = "缩短日期，或由发布机关写明理由后放宽 max_window";
    match award.counts {
        Some(counts) if too_long(counts.intersect(in_force)) => {
            let message = "计分日期超过 max_window 允许的长度";
            sink.report(Code::WindowTooLong, places.of_key("counts"), message, remedy);
        }
        None if too_long(in_force) && !*front_reported => {
            *front_reported = true;
            let message =
                format!("施行日期超过 max_window，而 `{}` 等项目没有另写 counts", award.id);
            sink.report(Code::WindowTooLong, &front.in_force_place, message, remedy);
        }
        _ => {}
    }
}
