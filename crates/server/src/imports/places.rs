//! Divisions and institutions from a file.

use std::collections::HashMap;

use kangji_core::{Day, DayRange, Division, DivisionPrefix};
use kangji_exchange::{Line, cells};
use kangji_redemption::Level;
use kangji_store::{Institution, NamedDivision};

use super::{
    desk::{Desk, Reader, Rows, said, told},
    fate::{Fate, Judged},
};
use crate::{
    input::line as is_line,
    institutions::{LINE_MAX, is_code},
    problem::Problem,
};

/// What is told of a place outside of what somebody may change.
const OUTSIDE: &str = "不在您负责的区划内。请由负责的人导入。";

/// The rows of divisions.
pub(super) struct Divisions;

/// What a row says of a division: from when on, if it says so.
struct Named {
    code: Division,
    name: String,
    from: Option<Day>,
    to: Option<Day>,
    successor: Option<Division>,
}

impl Rows for Divisions {
    fn key(&self, line: &Line<'_>) -> Option<String> {
        Some(format!("{}\n{}", line.text("code")?, line.text("from").unwrap_or_default()))
    }

    fn about(&self, line: &Line<'_>) -> String {
        let said = ["code", "name"].map(|column| line.text(column));
        said.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn take(
        &mut self,
        desk: &Desk<'_>,
        lines: &[Line<'_>],
        apply: bool,
    ) -> Result<Vec<Judged>, Problem> {
        let read: Vec<_> = lines.iter().map(|line| named(desk, line)).collect();
        let codes: Vec<Division> = read.iter().flatten().map(|one| one.code).collect();
        let mut known: HashMap<Division, Vec<NamedDivision>> = HashMap::new();
        for one in desk.store.divisions_of(&codes)? {
            known.entry(one.code).or_default().push(one);
        }
        let (mut all, mut changed) = (Vec::with_capacity(lines.len()), Vec::new());
        for one in read {
            let judged = match one {
                Ok(one) => {
                    placed(known.entry(one.code).or_default(), one, desk.today(), &mut changed)
                }
                Err(why) => Judged::refused(why),
            };
            all.push(judged);
        }
        if apply && !changed.is_empty() {
            desk.store.put_divisions(changed, desk.now).wait()?;
        }
        Ok(all)
    }
}

fn named(desk: &Desk<'_>, line: &Line<'_>) -> Result<Named, String> {
    let mut row = Reader::new(line);
    let code = row.need("code", |cell| {
        let code = told(cells::division(cell))?;
        let area = DivisionPrefix::parse(cell).ok_or_else(|| OUTSIDE.to_owned())?;
        desk.permit.includes(area, None).then_some(code).ok_or_else(|| OUTSIDE.to_owned())
    });
    let name = row.need("name", |cell| {
        is_line("name", cell, LINE_MAX).map_err(|problem| said(&problem))?;
        Ok(cell.to_owned())
    });
    let (from, to) = (row.day("from"), row.day("to"));
    if let Err(reason) = cells::days(from, to) {
        row.fault("to", &reason.chinese());
    }
    let successor = row.get("successor", |cell| told(cells::division(cell)));
    let one = code.zip(name).map(|(code, name)| Named { code, name, from, to, successor });
    row.finished(one)
}

/// Puts what a row says among what is known of its code.
fn placed(
    known: &mut Vec<NamedDivision>,
    new: Named,
    today: Day,
    changed: &mut Vec<NamedDivision>,
) -> Judged {
    let same = known.iter_mut().find(|one| match new.from {
        Some(from) => one.days.from == from,
        None => one.days.contains(today),
    });
    if let Some(one) = same {
        let days = DayRange { from: one.days.from, to: new.to.unwrap_or(one.days.to) };
        let successor = new.successor.or(one.successor);
        let then = NamedDivision { code: new.code, days, name: new.name, successor };
        let what = [
            ("名称", one.name != then.name),
            ("终止日期", one.days != then.days),
            ("变更后代码", one.successor != then.successor),
        ];
        let what: Vec<&str> = what.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        if !what.is_empty() {
            changed.push(then.clone());
            *one = then;
        }
        return Judged::changed(&what);
    }
    let days = DayRange { from: new.from.unwrap_or(Day::FIRST), to: new.to.unwrap_or(Day::LAST) };
    let meets = |one: &&mut NamedDivision| !one.days.intersect(days).is_empty();
    let mut says = String::new();
    for one in known.iter_mut().filter(meets) {
        // Whatever the code meant until further notice ends where it means something else.
        if one.days.to != Day::LAST || one.days.from >= days.from {
            return Judged::refused("有效期与已登记的重叠。请核对起止日期。");
        }
        one.days.to = days.from.previous();
        says = format!("“{}”到 {} 为止", one.name, one.days.to);
        changed.push(one.clone());
    }
    let one = NamedDivision { code: new.code, days, name: new.name, successor: new.successor };
    changed.push(one.clone());
    known.push(one);
    Judged { fate: Fate::New, says }
}

/// The rows of institutions.
pub(super) struct Institutions;

impl Rows for Institutions {
    fn key(&self, line: &Line<'_>) -> Option<String> {
        line.text("code")
    }

    fn about(&self, line: &Line<'_>) -> String {
        let said = ["code", "name"].map(|column| line.text(column));
        said.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn take(
        &mut self,
        desk: &Desk<'_>,
        lines: &[Line<'_>],
        apply: bool,
    ) -> Result<Vec<Judged>, Problem> {
        let mut all = Vec::with_capacity(lines.len());
        for line in lines {
            all.push(match institution(desk, line)? {
                Ok((judged, Some(new))) if apply => {
                    match desk.store.put_institution(&desk.permit, new).wait()? {
                        true => judged,
                        false => Judged::refused(OUTSIDE),
                    }
                }
                Ok((judged, _)) => judged,
                Err(why) => Judged::refused(why),
            });
        }
        Ok(all)
    }
}

/// What becomes of a row, and the institution it makes.
type Made = Result<(Judged, Option<Institution>), String>;

fn institution(desk: &Desk<'_>, line: &Line<'_>) -> Result<Made, Problem> {
    let mut row = Reader::new(line);
    let text = |cell: &str| {
        is_line("", cell, LINE_MAX).map_err(|problem| said(&problem))?;
        Ok(cell.to_owned())
    };
    let code = row.need("code", |cell| {
        is_code(cell).map_err(|problem| said(&problem))?;
        Ok(cell.to_owned())
    });
    let name = row.need("name", text);
    let level = row.need("level", |cell| {
        let found = Level::ALL.iter().copied().find(|one| {
            one.word() == cell || one.chinese() == cell || one.chinese().starts_with(cell)
        });
        let names: Vec<&str> = Level::ALL.iter().map(|one| one.chinese()).collect();
        found.ok_or_else(|| format!("没有这个层级。请填：{}。", names.join("、")))
    });
    let area = row.need("area", |cell| told(cells::area(cell)));
    let [address, phone, hours] = ["address", "phone", "hours"].map(|column| row.get(column, text));
    let made = match row.finished(code.zip(name).zip(level.zip(area))) {
        Ok(made) => made,
        Err(why) => return Ok(Err(why)),
    };
    let ((code, name), (level, area)) = made;
    let known = desk.store.institution(&code)?;
    let kept = |new: Option<String>, old: fn(&Institution) -> &String| {
        new.or_else(|| known.as_ref().map(|known| old(known).clone())).unwrap_or_default()
    };
    let new = Institution {
        code,
        name,
        level,
        area,
        address: kept(address, |one| &one.address),
        phone: kept(phone, |one| &one.phone),
        hours: kept(hours, |one| &one.hours),
        changed_at: desk.now,
        closed_at: known.as_ref().and_then(|known| known.closed_at),
    };
    if !known.iter().chain([&new]).all(|one| one.is_under(&desk.permit)) {
        return Ok(Err(OUTSIDE.to_owned()));
    }
    let judged = known.as_ref().map_or_else(
        || Judged::new(Fate::New),
        |known| {
            let what = [
                ("名称", known.name != new.name),
                ("层级", known.level != new.level),
                ("负责的区划", known.area != new.area),
                ("地址", known.address != new.address),
                ("电话", known.phone != new.phone),
                ("办理时间", known.hours != new.hours),
            ];
            Judged::changed(
                &what.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect::<Vec<_>>(),
            )
        },
    );
    let changes = judged.fate != Fate::Same;
    Ok(Ok((judged, changes.then_some(new))))
}
