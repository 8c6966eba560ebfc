//! How each kind of service is usually done: where, and how often with somebody's help.

use crate::chance::PerMille;

/// What is usual for a kind of service.
pub(crate) struct Habit {
    pub(crate) kind: &'static str,
    /// At the street's centre, not at the community's station.
    pub(crate) at_the_centre: bool,
    /// Records that name who assisted, organised or reported.
    pub(crate) helped: PerMille,
}

const fn centre(kind: &'static str, helped: PerMille) -> Habit {
    Habit { kind, at_the_centre: true, helped }
}

const fn station(kind: &'static str, helped: PerMille) -> Habit {
    Habit { kind, at_the_centre: false, helped }
}

/// All kinds of the vocabulary, the most frequent first because they are looked up in this order.
/// People are found and brought by others, hardly ever accompanied to a consultation.
const HABITS: [Habit; 30] = [
    station("outpatient.visited", 5),
    station("hypertension.followup", 60),
    station("record.updated", 40),
    station("lecture.attended", 120),
    station("contract.contacted", 20),
    station("diabetes.followup", 60),
    centre("vaccination.given", 30),
    station("volunteer.served", 300),
    centre("elderly.checkup", 620),
    station("chronic.checkup", 250),
    station("contract.signed", 200),
    station("elderly.tcm", 150),
    station("health.education", 40),
    station("copd.followup", 60),
    centre("child.checkup", 30),
    station("selfmonitoring.verified", 40),
    centre("cancer.screened", 400),
    station("health.improved", 10),
    station("record.established", 550),
    centre("maternal.visit", 30),
    station("mothersclass.attended", 150),
    station("hypertension.found", 800),
    centre("child.tcm", 20),
    station("diabetes.found", 780),
    station("smi.followup", 350),
    centre("smi.checkup", 400),
    station("child.found", 850),
    station("maternal.found", 850),
    station("infectious.assisted", 930),
    centre("tb.completed", 300),
];

/// What is usual for a kind; a station and nobody's help for an unknown one.
pub(crate) fn habit(kind: &str) -> &'static Habit {
    const UNKNOWN: Habit = station("", 0);
    HABITS.iter().find(|habit| habit.kind == kind).unwrap_or(&UNKNOWN)
}

#[cfg(test)]
mod tests {
    use kangji_core::vocabulary::Vocabulary;

    use super::*;

    #[test]
    fn every_kind_of_the_vocabulary_has_its_habit() {
        let words = Vocabulary::national();
        for kind in words.kinds() {
            assert_eq!(habit(&kind.id).kind, kind.id);
        }
        assert_eq!(HABITS.len(), words.kinds().len());
    }
}
