//! Services anybody may have: the health record, the family doctor's contract, consultations,
//! lectures, screening, voluntary work.

use kangji_core::Day;

use crate::{
    chance::PerMille,
    diary::Diary,
    people::at_age,
    readings::blood_pressure,
    rows::{Attributes, Number},
    year::{ALL_YEAR, CHECKUPS, INFLUENZA, YEAR_END},
};

/// Consultations at the centre or a station in a year, in tenths for each one of
/// [`SKEW`], by age.
/// More than half of some 6 to 7 consultations a head (national statistics) are in primary care.
const CONSULTATIONS: [(u32, u32); 6] = [(7, 20), (18, 8), (45, 10), (60, 20), (75, 33), (120, 38)];
/// Few people have most of the consultations; the mean is 2.4.
const SKEW: [u32; 12] = [0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 6, 10];
const PRESSURE_TAKEN: PerMille = 330;

/// People whose health record is brought up to date in a year, and how often.
const UPDATES: [(u32, u32); 4] = [(0, 480), (1, 320), (2, 140), (4, 60)];
const UPDATES_FROM_65: [(u32, u32); 4] = [(0, 180), (1, 470), (2, 250), (4, 100)];
/// Residents under contract are about a third; so many sign for the first time in a year.
const SIGNED: [(u32, PerMille); 3] = [(7, 150), (65, 60), (120, 140)];
/// Those who get in touch with their family doctor and have the record updated, and those whose
/// record stays as it was.
const CONTACTED: [(u32, PerMille); 3] = [(7, 100), (65, 180), (120, 300)];
const CONTACT_WITH_UPDATE: PerMille = 780;

/// Lectures in a year of those who go at all; the old go most.
const LISTENERS: [(u32, PerMille); 4] = [(18, 15), (45, 90), (65, 240), (120, 400)];
const LECTURES: [(u32, u32); 6] = [(1, 34), (2, 24), (3, 16), (6, 14), (12, 9), (20, 3)];
/// Volunteers are few and serve often.
const VOLUNTEERS: [(u32, PerMille); 4] = [(16, 0), (40, 10), (75, 22), (120, 4)];
const TIMES_SERVED: [(u32, u32); 4] = [(2, 25), (6, 30), (15, 30), (36, 15)];
/// Tenths of an hour.
const HOURS: [u32; 8] = [5, 10, 10, 15, 20, 20, 25, 40];

/// Screening: women from 35 to 64 for breast and cervical cancer, others for lung or bowel.
const TWO_CANCERS: PerMille = 170;
const OTHER_CANCERS: [(u32, PerMille); 3] = [(45, 0), (75, 30), (120, 0)];
/// Influenza vaccination of adults.
const INFLUENZA_VACCINATED: [(u32, PerMille); 3] = [(18, 30), (60, 25), (120, 240)];
/// Help with an infectious patient: notified cases of the statutory classes A and B are about 2
/// in a thousand a year.
const INFECTIOUS: PerMille = 2;
/// Health improvement shown by people without a chronic illness.
const IMPROVEMENT_ASSESSED: PerMille = 6;

/// Puts down the services anybody may have.
pub(crate) fn everyday(diary: &mut Diary<'_>) {
    health_record(diary);
    family_doctor(diary);
    consultations(diary);
    lectures(diary);
    voluntary_work(diary);
    prevention(diary);
}

fn complete(diary: &mut Diary<'_>, rate: PerMille) -> Attributes {
    Attributes { complete: diary.yes(rate), ..Attributes::default() }
}

fn health_record(diary: &mut Diary<'_>) {
    let opened = diary.person.days_in("ehr").map(|days| days.from);
    if let Some(opened) = opened.filter(|opened| *opened != Day::FIRST) {
        let standard = diary.yes(920);
        diary.add("record.established", opened, Attributes { standard, ..Attributes::default() });
    }
    let times = if diary.age() >= 65 { &UPDATES_FROM_65 } else { &UPDATES };
    for _ in 0..diary.chance.weighted(times) {
        let day = diary.day_in(&ALL_YEAR);
        let held = complete(diary, 970);
        diary.add("record.updated", day, held);
    }
}

fn family_doctor(diary: &mut Diary<'_>) {
    let age = diary.age();
    if diary.happens(at_age(&SIGNED, age)) {
        let day = diary.day_in(&ALL_YEAR);
        let held = complete(diary, 890);
        diary.add("contract.signed", day, held);
    }
    if diary.happens(at_age(&CONTACTED, age)) {
        let day = diary.day_in(&ALL_YEAR);
        let held = complete(diary, 970);
        diary.add("contract.contacted", day, held);
        if diary.happens(CONTACT_WITH_UPDATE) {
            let day = diary.chance.days_after(day, 0, 30);
            let held = complete(diary, 970);
            diary.add("record.updated", day, held);
        }
    }
}

fn consultations(diary: &mut Diary<'_>) {
    let age = diary.age();
    let times = diary.chance.pick(&SKEW) * at_age(&CONSULTATIONS, age);
    let rest = diary.happens(times % 10 * 100);
    for _ in 0..times / 10 + u32::from(rest) {
        let day = diary.day_in(&ALL_YEAR);
        let pressure_taken = age >= 35 && diary.happens(PRESSURE_TAKEN);
        let held = if pressure_taken {
            let calm = diary.happens(700);
            blood_pressure(&mut diary.chance, age, calm)
        } else {
            Attributes::default()
        };
        diary.add("outpatient.visited", day, held);
    }
}

/// Every community has a lecture in the first and in the second half of each month.
fn lectures(diary: &mut Diary<'_>) {
    let age = diary.age();
    if !diary.happens(at_age(&LISTENERS, age)) {
        return;
    }
    for _ in 0..diary.chance.weighted(&LECTURES) {
        let some_day = diary.day_in(&ALL_YEAR);
        let half = if diary.happens(500) { 14 } else { 0 };
        let lecture = 3 + (diary.home_on(some_day).place * 7 + some_day.month() * 3) % 10 + half;
        let day = Day::new(some_day.year(), some_day.month(), lecture).unwrap_or(some_day);
        let held = complete(diary, 980);
        diary.add("lecture.attended", day, held);
    }
}

fn voluntary_work(diary: &mut Diary<'_>) {
    let age = diary.age();
    if !diary.happens(at_age(&VOLUNTEERS, age)) {
        return;
    }
    for _ in 0..diary.chance.weighted(&TIMES_SERVED) {
        let day = diary.day_in(&ALL_YEAR);
        let hours = diary.chance.pick(&HOURS);
        let recorded = diary.happens(985);
        let hours = recorded.then_some(Number::tenths(hours));
        diary.add("volunteer.served", day, Attributes { hours, ..Attributes::default() });
    }
}

fn prevention(diary: &mut Diary<'_>) {
    let age = diary.age();
    let two_cancers = diary.person.is_woman() && (35..65).contains(&age);
    let rate = if two_cancers { TWO_CANCERS } else { at_age(&OTHER_CANCERS, age) };
    if diary.happens(rate) {
        let day = diary.day_in(&CHECKUPS);
        let (complete, abnormal) = (diary.yes(950), diary.yes(70));
        let held = Attributes { complete, abnormal, ..Attributes::default() };
        diary.add("cancer.screened", day, held);
    }
    let rate = if age > 6 { at_age(&INFLUENZA_VACCINATED, age) } else { 0 };
    if diary.happens(rate) {
        let day = diary.day_in(&INFLUENZA);
        let standard = diary.yes(970);
        diary.add("vaccination.given", day, Attributes { standard, ..Attributes::default() });
    }
    if diary.happens(INFECTIOUS) {
        let day = diary.day_in(&ALL_YEAR);
        let held = complete(diary, 900);
        diary.add("infectious.assisted", day, held);
    }
    if age >= 18 && diary.happens(IMPROVEMENT_ASSESSED) {
        let day = diary.day_in(&YEAR_END);
        let improved = diary.yes(650);
        diary.add("health.improved", day, Attributes { improved, ..Attributes::default() });
    }
}
