//! Decisions of the second person about what needs one: who decides, when and how.

use crate::{
    chance::Chance,
    chronic::is_well_controlled,
    diary::{Diary, Service},
    people::Person,
    places::Community,
    rows::{ConfirmationRow, RecordRow, Subject},
    year::Year,
};

/// Who decides about an award.
#[derive(Clone, Copy)]
enum Decider {
    FamilyDoctor,
    Checker,
}

/// What must hold of a record for anybody to claim the award for it.
#[derive(Clone, Copy, PartialEq)]
enum Claim {
    /// Nothing more.
    Always,
    /// Somebody else than the resident helped, and asks for the points.
    Helped,
    /// The resident is 65 or older.
    Elderly,
}

/// Awards of the shipped schemes that wait for a decision about a record.
const RECORD_AWARDS: [(&str, &str, Decider, Claim); 8] = [
    ("selfmonitoring.verified", "self-monitoring", Decider::FamilyDoctor, Claim::Always),
    ("record.established", "record-assisted", Decider::Checker, Claim::Helped),
    ("hypertension.found", "hypertension-found", Decider::Checker, Claim::Helped),
    ("diabetes.found", "diabetes-found", Decider::Checker, Claim::Helped),
    ("elderly.checkup", "elderly-checkup-organised", Decider::Checker, Claim::Elderly),
    ("maternal.found", "maternal-found", Decider::Checker, Claim::Helped),
    ("child.found", "child-found", Decider::Checker, Claim::Helped),
    ("infectious.assisted", "infectious-assisted", Decider::Checker, Claim::Helped),
];

/// What becomes of a claim: accepted, rejected, first rejected and accepted on review, undecided.
const DECISIONS: [(&[bool], u32); 4] =
    [(&[true], 850), (&[false], 42), (&[false, true], 8), (&[], 100)];
/// Days until a decision about a record, and until the review of one.
const DECIDED_AFTER: (u32, u32) = (1, 25);
const REVIEWED_AFTER: (u32, u32) = (5, 20);
/// Days into the next year until awards of the whole year are decided.
const YEAR_DECIDED_AFTER: (u32, u32) = (4, 45);

fn decide<E>(
    chance: &mut Chance,
    first: ConfirmationRow,
    mut take: impl FnMut(&ConfirmationRow) -> Result<(), E>,
) -> Result<(), E> {
    let mut row = first;
    for &accept in chance.weighted(&DECISIONS) {
        row.accept = accept;
        take(&row)?;
        row.date = chance.days_after(row.date, REVIEWED_AFTER.0, REVIEWED_AFTER.1);
    }
    Ok(())
}

/// Decides about the awards a record may bring.
pub(crate) fn decide_record<E>(
    chance: &mut Chance,
    row: &RecordRow<'_>,
    person: &Person,
    home: &Community,
    take: impl FnMut(&ConfirmationRow) -> Result<(), E>,
) -> Result<(), E> {
    let award = RECORD_AWARDS.iter().find(|award| award.0 == row.kind);
    let Some(&(_, award, decider, claim)) = award.filter(|_| !row.void) else { return Ok(()) };
    let claimed = match claim {
        Claim::Always => true,
        Claim::Helped => row.worker.is_some_and(|worker| worker != person.id()),
        Claim::Elderly => person.age(row.date) >= 65,
    };
    if !claimed {
        return Ok(());
    }
    let by = match decider {
        Decider::FamilyDoctor => home.doctor(chance),
        Decider::Checker => home.checker(),
    };
    let date = chance.days_after(row.id.entered, DECIDED_AFTER.0, DECIDED_AFTER.1);
    let subject = Subject::Record(row.id);
    decide(chance, ConfirmationRow { award, subject, accept: true, by, date }, take)
}

/// Decides about the awards for the whole year, in the first weeks of the next.
pub(crate) fn decide_year<E>(
    diary: &mut Diary<'_>,
    mut take: impl FnMut(&ConfirmationRow) -> Result<(), E>,
) -> Result<(), E> {
    let Year(year) = diary.year;
    let improved = |service: &Service| {
        service.kind == "health.improved"
            && service.attributes.improved == Some(true)
            && service.date.year() == year
            && service.is_valid()
    };
    let awards = [
        ("chronic-controlled", is_well_controlled(diary.services(), year)),
        ("health-improved", diary.services().iter().any(improved)),
    ];
    for (award, _) in awards.into_iter().filter(|(_, due)| *due) {
        let last = diary.year.last();
        let by = diary.home_on(last).doctor(&mut diary.chance);
        let date = diary.chance.days_after(last, YEAR_DECIDED_AFTER.0, YEAR_DECIDED_AFTER.1);
        let subject = Subject::Period(diary.person.id(), diary.year.period());
        let row = ConfirmationRow { award, subject, accept: true, by, date };
        decide(&mut diary.chance, row, &mut take)?;
    }
    Ok(())
}
