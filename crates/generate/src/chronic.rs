//! Services for chronic illness: cases found, follow-ups, check-ups, monitoring at home.

use kangji_core::Day;

use crate::{
    chance::PerMille,
    diary::{Diary, Service},
    readings::{blood_pressure, body, glucose, oxygen},
    rows::Attributes,
    year::{ALL_YEAR, CHECKUPS, YEAR_END},
};

/// Chronic illnesses and the follow-up of each.
const FOLLOWUPS: [(&str, &str); 3] = [
    ("hypertension", "hypertension.followup"),
    ("diabetes", "diabetes.followup"),
    ("copd", "copd.followup"),
];
/// Follow-ups in a year: the norm wants four, more where treatment changes; some people are
/// seldom reached.
const FOLLOWUPS_A_YEAR: [(u32, u32); 7] =
    [(0, 60), (1, 40), (2, 120), (3, 100), (4, 500), (6, 100), (8, 80)];
/// Patients who are under control nearly always, and how often they and the others are.
const WELL_MANAGED: PerMille = 620;
const CONTROLLED: (PerMille, PerMille) = (900, 280);
/// Yearly check-up of the chronically ill; the old mostly have the one for the elderly instead.
const CHECKUP_UNDER_65: PerMille = 640;
const CHECKUP_FROM_65: PerMille = 220;
/// Found cases that are taken into management, which is what "complete" says of them.
const TAKEN_INTO_MANAGEMENT: PerMille = 900;
/// Patients whose measuring at home a doctor looks at, and those who got clearly better.
const SELF_MONITORING: PerMille = 260;
const IMPROVEMENT_ASSESSED: PerMille = 110;
const IMPROVED: PerMille = 720;
/// Follow-ups of severe mental illness: at least four a year.
const SMI_FOLLOWUPS: [(u32, u32); 5] = [(1, 5), (3, 10), (4, 55), (6, 20), (12, 10)];
const SMI_CHECKUP: PerMille = 740;
/// Treatments of tuberculosis carried through to the end (national target 90 %).
const TB_COMPLETED: PerMille = 910;

/// Puts down the services for the person's chronic illnesses; `found` are this year's new cases.
pub(crate) fn chronic(diary: &mut Diary<'_>, found: &[(&'static str, Day)]) {
    for &(kind, day) in found {
        let complete = diary.yes(TAKEN_INTO_MANAGEMENT);
        diary.add(kind, day, Attributes { complete, ..Attributes::default() });
    }
    if FOLLOWUPS.iter().any(|(group, _)| diary.days_in(group).is_some()) {
        followups(diary);
        checkup(diary);
        at_home(diary);
    }
    mental_illness(diary);
    tuberculosis(diary);
}

/// Somebody with two illnesses is asked about both on the same day.
fn followups(diary: &mut Diary<'_>) {
    let well_managed = diary.happens(WELL_MANAGED);
    let control = if well_managed { CONTROLLED.0 } else { CONTROLLED.1 };
    let times = diary.chance.weighted(&FOLLOWUPS_A_YEAR);
    let age = diary.age();
    for day in diary.year.spread(&mut diary.chance, times) {
        for (group, kind) in FOLLOWUPS {
            if !diary.days_in(group).is_some_and(|days| days.contains(day)) {
                continue;
            }
            let controlled = diary.happens(control);
            let reading = match group {
                "hypertension" => blood_pressure(&mut diary.chance, age, controlled),
                "diabetes" => glucose(&mut diary.chance, controlled),
                _ => oxygen(&mut diary.chance, controlled),
            };
            let measured = diary.happens(965);
            let reading = if measured { reading } else { Attributes::default() };
            let controlled = measured.then_some(controlled);
            let complete = diary.yes(960);
            diary.add(kind, day, Attributes { complete, controlled, ..reading });
        }
    }
}

fn checkup(diary: &mut Diary<'_>) {
    let rate = if diary.age() >= 65 { CHECKUP_FROM_65 } else { CHECKUP_UNDER_65 };
    if diary.happens(rate) {
        let day = diary.day_in(&CHECKUPS);
        let body = body(&mut diary.chance, diary.person.is_woman());
        let (complete, abnormal) = (diary.yes(930), diary.yes(480));
        diary.add("chronic.checkup", day, Attributes { complete, abnormal, ..body });
    }
}

fn at_home(diary: &mut Diary<'_>) {
    if diary.happens(SELF_MONITORING) {
        let day = diary.day_in(&ALL_YEAR);
        let controlled = diary.happens(650);
        let reading = if diary.days_in("hypertension").is_some() {
            blood_pressure(&mut diary.chance, diary.person.age(day), controlled)
        } else {
            glucose(&mut diary.chance, controlled)
        };
        let complete = diary.yes(940);
        diary.add("selfmonitoring.verified", day, Attributes { complete, ..reading });
    }
    if diary.happens(IMPROVEMENT_ASSESSED) {
        let day = diary.day_in(&YEAR_END);
        let body = body(&mut diary.chance, diary.person.is_woman());
        let improved = diary.yes(IMPROVED);
        diary.add("health.improved", day, Attributes { improved, ..body });
    }
}

fn mental_illness(diary: &mut Diary<'_>) {
    if diary.days_in("smi").is_none() {
        return;
    }
    let times = diary.chance.weighted(&SMI_FOLLOWUPS);
    for day in diary.year.spread(&mut diary.chance, times) {
        let (complete, controlled) = (diary.yes(950), diary.yes(780));
        diary.add(
            "smi.followup",
            day,
            Attributes { complete, controlled, ..Attributes::default() },
        );
    }
    if diary.happens(SMI_CHECKUP) {
        let day = diary.day_in(&CHECKUPS);
        let (complete, abnormal) = (diary.yes(900), diary.yes(350));
        diary.add("smi.checkup", day, Attributes { complete, abnormal, ..Attributes::default() });
    }
}

fn tuberculosis(diary: &mut Diary<'_>) {
    if let Some(days) = diary.person.days_in("tb") {
        let complete = diary.yes(TB_COMPLETED);
        diary.add("tb.completed", days.to, Attributes { complete, ..Attributes::default() });
    }
}

/// Whether, of one illness, the last follow-up was under control in each of two adjacent quarters
/// of the year: what a doctor looks at before confirming the award for it.
pub(crate) fn is_well_controlled(services: &[Service], year: u32) -> bool {
    FOLLOWUPS.iter().any(|(_, kind)| {
        let mut last = [None; 4];
        let counted = |service: &&Service| {
            service.kind == *kind && service.date.year() == year && service.is_valid()
        };
        for service in services.iter().filter(counted) {
            let quarter = (service.date.month() as usize - 1) / 3;
            if let Some(place) = last.get_mut(quarter) {
                let later = (service.date, service.attributes.controlled == Some(true));
                *place = (*place).max(Some(later));
            }
        }
        last.windows(2).any(|pair| pair.iter().all(|last| last.is_some_and(|(_, held)| held)))
    })
}
