//! Services for people of 65 and over: the yearly check-up and what follows from it.

use crate::{
    chance::PerMille,
    diary::Diary,
    people::at_age,
    readings::{blood_pressure, body},
    rows::Attributes,
    year::{ALL_YEAR, CHECKUPS},
};

/// Visitors of the check-up of the elderly who are not yet 65.
const EARLY: PerMille = 12;
/// The very old and frail come less often, in thousandths of the community's turnout.
const COMING: [(u32, u32); 3] = [(75, 1040), (85, 980), (120, 800)];
/// Check-ups that find something: high pressure, glucose or lipids are common at that age.
const ABNORMAL: PerMille = 580;
const COMPLETE: PerMille = 935;
/// Identification of the constitution in Chinese medicine, mostly on the day of the check-up
/// (national target about 70 % of the elderly, fewer in practice).
const TCM: PerMille = 720;
/// Advice: to those with a finding, and to others.
const EDUCATION_AFTER_FINDING: PerMille = 560;
const EDUCATION: PerMille = 40;
/// A second check-up in the year, which no norm asks for.
const SECOND: PerMille = 15;

/// Puts down the services for the elderly.
pub(crate) fn elderly(diary: &mut Diary<'_>) {
    let age = diary.age();
    if age < 60 {
        return;
    }
    let turnout = diary.home_on(diary.year.middle()).turnout;
    let rate = if age < 65 { EARLY } else { turnout * at_age(&COMING, age) / 1000 };
    if diary.happens(rate) {
        checkup(diary);
        if diary.happens(SECOND) {
            checkup(diary);
        }
    } else if age >= 65 && diary.happens(EDUCATION) {
        let day = diary.day_in(&ALL_YEAR);
        let complete = diary.yes(950);
        diary.add("health.education", day, Attributes { complete, ..Attributes::default() });
    }
}

fn checkup(diary: &mut Diary<'_>) {
    let day = diary.day_in(&CHECKUPS);
    let (complete, abnormal) = (diary.yes(COMPLETE), diary.yes(ABNORMAL));
    let age = diary.person.age(day);
    let calm = diary.happens(600);
    let pressure = blood_pressure(&mut diary.chance, age, calm);
    let body = body(&mut diary.chance, diary.person.is_woman());
    let (systolic, diastolic) = (pressure.systolic, pressure.diastolic);
    diary.add(
        "elderly.checkup",
        day,
        Attributes { complete, abnormal, systolic, diastolic, ..body },
    );
    if diary.happens(TCM) {
        let standard = diary.yes(930);
        let later = if diary.happens(850) { 0 } else { 60 };
        let day = diary.chance.days_after(day, 0, later);
        diary.add("elderly.tcm", day, Attributes { standard, ..Attributes::default() });
    }
    if abnormal == Some(true) && diary.happens(EDUCATION_AFTER_FINDING) {
        let complete = diary.yes(950);
        let day = diary.chance.days_after(day, 3, 45);
        diary.add("health.education", day, Attributes { complete, ..Attributes::default() });
    }
}
