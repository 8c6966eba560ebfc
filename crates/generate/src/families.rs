//! Services for pregnancies and for children up to six years.

use kangji_core::{Day, Span};

use crate::{
    chance::PerMille,
    diary::Diary,
    people::Pregnancy,
    readings::{body, child_weight},
    rows::Attributes,
    year::{ALL_YEAR, INFLUENZA},
};

/// The national 5+2 visits of a pregnancy, in days from its beginning and from the birth.
const BEFORE_BIRTH: [(&str, u32); 5] =
    [("w12", 84), ("w16", 112), ("w21", 147), ("w28", 196), ("w37", 259)];
const AFTER_BIRTH: [(&str, u32); 2] = [("pp7", 7), ("pp42", 42)];
const MATERNAL_VISIT: PerMille = 900;
const MATERNAL_FOUND: PerMille = 800;

/// The national 13 check-ups of a child by age in months; the first is at home.
const CHECKUPS: [(&str, u16); 13] = [
    ("newborn", 0),
    ("1", 1),
    ("3", 3),
    ("6", 6),
    ("8", 8),
    ("12", 12),
    ("18", 18),
    ("24", 24),
    ("30", 30),
    ("36", 36),
    ("48", 48),
    ("60", 60),
    ("72", 72),
];
/// Guidance in Chinese medicine at five of them.
const TCM_STAGES: [&str; 5] = ["12", "18", "24", "30", "36"];
const CHECKUP: PerMille = 890;
const TCM: PerMille = 760;

/// Doses at each age in months of the National Immunisation Programme (2021 schedule).
const DOSES: [(u16, u32); 14] = [
    (0, 2),
    (1, 1),
    (2, 1),
    (3, 2),
    (4, 2),
    (5, 1),
    (6, 2),
    (8, 2),
    (9, 1),
    (18, 3),
    (24, 1),
    (36, 1),
    (48, 1),
    (72, 2),
];
const VACCINATED: PerMille = 970;
/// Against influenza, which parents pay for.
const INFLUENZA_VACCINATED: PerMille = 130;

/// Young children nobody had on the list: newborns, and families new here.
const NEWBORN_FOUND: PerMille = 620;
const CHILD_FOUND: PerMille = 22;
/// Children whose guardian takes part in classes for parents, and how often.
const IN_CLASSES: PerMille = 170;
const CLASSES: [(u32, u32); 4] = [(1, 45), (2, 25), (4, 20), (8, 10)];

/// Puts down the services of a pregnancy.
pub(crate) fn maternity(diary: &mut Diary<'_>) {
    let Some(Pregnancy { began, delivery }) = diary.person.pregnancy else { return };
    let Some(known) = diary.person.days_in("pregnant") else { return };
    if diary.happens(MATERNAL_FOUND) {
        let complete = diary.yes(930);
        diary.add("maternal.found", known.from, Attributes { complete, ..Attributes::default() });
    }
    let before = BEFORE_BIRTH.map(|(stage, days)| (began, stage, days));
    let after = AFTER_BIRTH.map(|(stage, days)| (delivery, stage, days));
    for (from, stage, days) in before.into_iter().chain(after) {
        if !diary.happens(MATERNAL_VISIT) {
            continue;
        }
        let day = diary.chance.days_after(from, days, days + 6);
        let weight_kg = body(&mut diary.chance, true).weight_kg;
        let (complete, abnormal) = (diary.yes(940), diary.yes(140));
        let stage = Some(stage);
        let held = Attributes { complete, abnormal, stage, weight_kg, ..Attributes::default() };
        diary.add("maternal.visit", day, held);
    }
}

/// Puts down the services for a child up to six years.
pub(crate) fn early_childhood(diary: &mut Diary<'_>) {
    if diary.person.age(diary.year.first()) > 6 {
        return;
    }
    checkups(diary);
    vaccinations(diary);
    found(diary);
    classes(diary);
}

/// A day shortly after an age in months is reached, before the next month is.
fn at_months(diary: &mut Diary<'_>, months: u16) -> Day {
    let reached = diary.person.birth.plus(Span::Months(months));
    diary.chance.days_after(reached, 4, 24)
}

fn checkups(diary: &mut Diary<'_>) {
    for (stage, months) in CHECKUPS {
        let day = at_months(diary, months);
        if !diary.happens(CHECKUP) {
            continue;
        }
        let weight = child_weight(&mut diary.chance, u32::from(months));
        let (complete, abnormal) = (diary.yes(950), diary.yes(120));
        let held = Attributes { complete, abnormal, stage: Some(stage), ..weight };
        diary.add("child.checkup", day, held);
        if TCM_STAGES.contains(&stage) && diary.happens(TCM) {
            let standard = diary.yes(950);
            let held = Attributes { standard, stage: Some(stage), ..Attributes::default() };
            diary.add("child.tcm", day, held);
        }
    }
}

fn vaccinations(diary: &mut Diary<'_>) {
    for (months, doses) in DOSES {
        let day = if months == 0 { diary.person.birth } else { at_months(diary, months) };
        for _ in 0..doses {
            if diary.happens(VACCINATED) {
                let standard = diary.yes(960);
                let held = Attributes { standard, ..Attributes::default() };
                diary.add("vaccination.given", day, held);
            }
        }
    }
    if diary.happens(INFLUENZA_VACCINATED) {
        let day = diary.day_in(&INFLUENZA);
        let standard = diary.yes(970);
        diary.add("vaccination.given", day, Attributes { standard, ..Attributes::default() });
    }
}

fn found(diary: &mut Diary<'_>) {
    let newborn = diary.person.birth >= diary.year.first();
    if diary.happens(if newborn { NEWBORN_FOUND } else { CHILD_FOUND }) {
        let day = if newborn {
            diary.chance.days_after(diary.person.birth, 2, 40)
        } else {
            diary.day_in(&ALL_YEAR)
        };
        let complete = diary.yes(920);
        diary.add("child.found", day, Attributes { complete, ..Attributes::default() });
    }
}

fn classes(diary: &mut Diary<'_>) {
    if !diary.happens(IN_CLASSES) {
        return;
    }
    for _ in 0..diary.chance.weighted(&CLASSES) {
        let day = diary.day_in(&ALL_YEAR);
        let complete = diary.yes(970);
        diary.add("mothersclass.attended", day, Attributes { complete, ..Attributes::default() });
    }
}
