//! What a statement promises is what the evaluator gives: a record of the next day is added, and
//! must be credited exactly where the statement said there was room.

use std::sync::OnceLock;

use kangji_core::{
    Day, Period, PeriodKind, Points, Sym,
    tables::{Confirmation, Record, Tables},
    vocabulary::{AttributeType, KindId, Vocabulary},
};
use kangji_rules::{
    explain::{Prospect, Statement, Viewer},
    scheme::{Award, Bound, Condition, HolderType, Occasion, Scheme},
    score::{Outcome, OutcomeKind, Subject},
};
use proptest::prelude::*;

use crate::support::{SHIPPED, World, day, scheme, tables};

const PEOPLE: &str = r#"
residents = [
  { id = "老人", birth_date = 1950-02-01, groups = ["hypertension", "diabetes", "copd", "smi", "tb", "pregnant", "ehr"] },
  { id = "青年", birth_date = 1990-02-01, groups = ["hypertension", "tb", "pregnant", "ehr"] },
  { id = "孩子", birth_date = 2024-02-01, guardian = "青年", groups = ["hypertension", "tb", "pregnant", "ehr"] },
]
"#;

/// What differs between records: who, what, when, at which stage, for how long.
type Made = (usize, u16, u32, usize, i64);

const STAGES: [&str; 6] = ["24", "30", "36", "w12", "w16", "pp7"];

fn add(
    tables: &mut Tables,
    id: &str,
    person: Sym,
    kind: KindId,
    date: Day,
    stage: &str,
    hours: i64,
) {
    let words = Vocabulary::national();
    let (id, stage) = (tables.symbols.intern(id), tables.symbols.intern(stage));
    let bits = |name: &str| match words.attribute(name).unwrap().holds {
        AttributeType::Bool(bit) => 1 << bit,
        _ => 0,
    };
    let flags = bits("complete") | bits("standard") | bits("abnormal") | bits("improved");
    let row = tables.records.rows.len();
    tables.records.rows.push(Record {
        id,
        resident: person,
        org: Sym::EMPTY,
        worker: Sym::EMPTY,
        date,
        kind,
        void: false,
        flags_recorded: flags,
        flags_true: flags,
    });
    for (name, is_text) in [("stage", true), ("hours", false)] {
        match words.attribute(name).unwrap().holds {
            AttributeType::Text(slot) if is_text => tables.records.set_text(slot, row, stage),
            AttributeType::Decimal(slot) => {
                let hours = kangji_core::Decimal::from_integer(hours).unwrap();
                tables.records.set_decimal(slot, row, hours);
            }
            _ => {}
        }
    }
}

fn accept(tables: &mut Tables, award: &str, subject: &str) {
    let (award, subject) = (tables.symbols.intern(award), tables.symbols.intern(subject));
    let (by, date) = (Sym::EMPTY, day("2026-01-01"));
    tables.confirmations.push(Confirmation { award, subject, accept: true, by, date });
}

fn history(name: &str, made: &[Made], as_of: Day) -> Tables {
    static READ: OnceLock<Vec<Tables>> = OnceLock::new();
    let read = READ.get_or_init(|| SHIPPED.map(|name| tables(name, PEOPLE)).to_vec());
    let place = SHIPPED.iter().position(|known| *known == name).unwrap();
    let mut all = read[place].clone();
    let people: Vec<Sym> = all.residents.iter().map(|resident| resident.id).collect();
    for (number, (person, kind, ago, stage, hours)) in made.iter().enumerate() {
        let date = (0..*ago).fold(as_of, |day, _| day.previous());
        let id = format!("r{number:03}");
        add(&mut all, &id, people[*person], KindId(*kind), date, STAGES[*stage], *hours);
        accept(&mut all, "self-monitoring", &id);
    }
    all
}

/// What becomes of one more record, for one award.
fn tried(
    name: &str,
    before: &Tables,
    award: &Award,
    person: Sym,
    next: Day,
    stage: &str,
) -> Option<Outcome> {
    let Occasion::Record(kinds) = &award.occasion else { return None };
    let mut after = before.clone();
    add(&mut after, "zzz", person, kinds[0], next, stage, 1);
    accept(&mut after, &award.id, "zzz");
    let world = World::new(name, after, next);
    let ix = world.program.award_ix(&award.id);
    let is_new = |outcome: &&Outcome| match outcome.subject {
        Subject::Record(row) => world.facts.text(world.facts.record(row).unwrap().id) == "zzz",
        Subject::Period(_) => false,
    };
    world.outcomes.iter().filter(is_new).find(|outcome| outcome.award == ix).copied()
}

fn promised<'s>(
    made: &'s Statement,
    award: &Award,
    person: Sym,
    world: &World,
) -> Option<&'s Prospect> {
    let ix = world.program.award_ix(&award.id).unwrap();
    made.prospects.iter().find(|one| one.award == ix && one.resident == person)
}

/// The stages to try: those a statement calls open. Where it names none, the last one, since a
/// statement says nothing of ages that a child has left behind.
fn stages(award: &Award, promise: Option<&Prospect>) -> Vec<String> {
    let listed = award.when.iter().find_map(|test| match test {
        Condition::Text(_, asked) => asked.one_of.clone(),
        _ => None,
    });
    match (listed, promise) {
        (Some(_), Some(promise)) => promise.open.clone(),
        (Some(listed), None) => listed.into_iter().next_back().into_iter().collect(),
        (None, _) => vec!["never-seen".to_owned()],
    }
}

fn most(promise: &Prospect, next: Day, as_of: Day) -> Points {
    let still = |per| Period::containing(per, as_of) == Period::containing(per, next);
    let limits = promise.room.iter().filter(|room| still(room.per));
    let left = limits.filter_map(|room| match room.left {
        Bound::Points(left) => Some(left),
        Bound::Times(_) => None,
    });
    left.min().map_or(promise.points, |left| left.min(promise.points))
}

/// How many promises were kept, and how many refusals.
fn compare(name: &str, made: &[Made], as_of: Day) -> (u32, u32) {
    let (next, tables) = (as_of.next(), history(name, made, as_of));
    let world = World::new(name, tables.clone(), as_of);
    let (mut kept, mut refused) = (0, 0);
    for resident in &tables.residents {
        let person = resident.id;
        for award in &scheme(name).awards {
            let holder = match award.to {
                HolderType::Resident => person,
                HolderType::Guardian => tables.standing_on(resident, as_of).unwrap().guardian,
                HolderType::Worker | HolderType::Community => continue,
            };
            if holder.is_empty() || !matches!(award.occasion, Occasion::Record(_)) {
                continue;
            }
            let made = world.statement(world.facts.text(holder), Viewer::Staff);
            let promise = promised(&made, award, person, &world);
            for stage in stages(award, promise) {
                let outcome = tried(name, &tables, award, person, next, &stage);
                let open = promise.filter(|one| {
                    one.missing.is_empty() && one.again_on.is_none_or(|from| from <= next)
                });
                let got = outcome.filter(|outcome| outcome.kind == OutcomeKind::Credited);
                let why = format!("{} {stage} {promise:?} {outcome:?}", award.id);
                match (open, got) {
                    (Some(open), Some(got)) => {
                        assert_eq!(got.points, most(open, next, as_of), "{why}");
                        kept += 1;
                    }
                    (None, None) => refused += 1,
                    _ => panic!("promised and given differ: {why}"),
                }
            }
        }
    }
    (kept, refused)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_promised_is_given(
        scheme in 0_usize..3,
        // Not the last day of a month: the next day must lie in the same periods.
        as_of in prop_oneof![Just("2026-11-20"), Just("2026-03-02"), Just("2026-07-01")],
        made in prop::collection::vec((0_usize..3, 0_u16..30, 0_u32..60, 0_usize..6, 1_i64..4), 0..60),
    ) {
        compare(SHIPPED[scheme], &made, day(as_of));
    }
}

#[test]
fn a_crowded_month_keeps_and_refuses() {
    // Every kind for everybody, twice, so that limits of every sort are reached.
    let made: Vec<Made> = (0..180_u16)
        .map(|n| (usize::from(n % 3), n / 3 % 30, u32::from(n / 90), usize::from(n / 3) % 6, 2))
        .collect();
    for name in ["panzhihua-xiqu", "shenzhen"] {
        let (kept, refused) = compare(name, &made, day("2026-11-20"));
        assert!(kept >= 8 && refused >= 15, "{name}: {kept} kept, {refused} refused");
    }
}

#[test]
fn a_streak_is_promised_only_while_it_can_be_had() {
    let followed = |days: &[&str], as_of: &str| {
        let rows: Vec<String> = (0..)
            .zip(days)
            .map(|(n, day): (u32, _)| {
                format!(
                    "{{ id = \"{n}\", kind = \"copd.followup\", date = {day}, controlled = true }}"
                )
            })
            .collect();
        let body = format!(
            "residents = [{{ id = \"甲\", birth_date = 1990-01-01, groups = [\"copd\"] }}]\nrecords = [{}]",
            rows.join(", ")
        );
        let world = World::read("panzhihua-xiqu", as_of, &body);
        let made = world.statement("甲", Viewer::Staff);
        made.prospects.into_iter().find(|one| one.title == "慢性病规范管理奖")
    };
    // In November one quarter is left, so the third must have been good already.
    assert_eq!(followed(&["2026-02-01"], "2026-11-20"), None);
    assert!(!followed(&["2026-08-01"], "2026-11-20").unwrap().missing.is_empty());
    assert!(followed(&["2026-08-01", "2026-11-01"], "2026-11-20").unwrap().missing.is_empty());
    assert!(followed(&[], "2026-06-20").is_some());
    let counted = followed(&["2026-08-01"], "2026-11-20").unwrap().counted_on;
    assert_eq!(counted, Some(Period::containing(PeriodKind::Year, day("2026-11-20")).days().to));
}

/// The statement of one person, and what becomes of a check-up of theirs the next day.
fn check_up(
    versions: Vec<Scheme>,
    records: &str,
    as_of: &str,
    kind: &str,
) -> (Statement, OutcomeKind) {
    let body = format!(
        "residents = [{{ id = \"甲\", birth_date = 1950-01-01, groups = [\"hypertension\"] }}]\n\
         records = [{records}]"
    );
    let mut all = tables("panzhihua-xiqu", &body);
    let made = World::under(versions.clone(), all.clone(), day(as_of));
    let kind = Vocabulary::national().kind(kind).unwrap();
    let person = all.residents[0].id;
    add(&mut all, "zzz", person, kind, day(as_of).next(), "", 1);
    let later = World::under(versions, all, day(as_of).next());
    let last = later.outcomes.iter().max_by_key(|outcome| outcome.date).unwrap().kind;
    (made.statement("甲", Viewer::Staff), last)
}

#[test]
fn a_superseded_record_keeps_its_place() {
    let mut scheme = scheme("panzhihua-xiqu");
    for award in &mut scheme.awards {
        for winner in &mut award.yields_to {
            winner.per = PeriodKind::Day;
        }
    }
    let chronic = r#"{ id = "1", kind = "chronic.checkup", date = 2026-03-05 }"#;
    let elderly = r#"{ id = "2", kind = "elderly.checkup", date = 2026-03-05, complete = true }"#;
    let both = format!("{chronic}, {elderly}");
    let (made, then) = check_up(vec![scheme.clone()], &both, "2026-06-10", "chronic.checkup");
    assert_eq!(then, OutcomeKind::Capped);
    assert!(made.full_this_year.contains(&"慢性病年度体检".to_owned()), "{made:?}");
    let (made, then) = check_up(vec![scheme], elderly, "2026-06-10", "chronic.checkup");
    assert_eq!(then, OutcomeKind::Credited);
    assert!(made.prospects.iter().any(|one| one.title == "慢性病年度体检"), "{made:?}");
}

#[test]
fn versions_count_together() {
    let (mut first, mut second) = (scheme("panzhihua-xiqu"), scheme("panzhihua-xiqu"));
    first.in_force.to = day("2026-06-30");
    second.in_force.from = day("2026-07-01");
    let versions = vec![first, second];
    let followups = |days: &[&str]| {
        let row = |day: &&str| {
            format!(r#"{{ id = "{day}", kind = "hypertension.followup", date = {day} }}"#)
        };
        days.iter().map(row).collect::<Vec<_>>().join(", ")
    };
    let kind = "hypertension.followup";
    let days = ["2026-01-05", "2026-02-05", "2026-03-05", "2026-04-05", "2026-08-05", "2026-09-05"];
    let (made, then) = check_up(versions.clone(), &followups(&days[..5]), "2026-10-10", kind);
    let found = made.prospects.iter().find(|one| one.title == "慢性病随访").unwrap();
    assert_eq!((found.room[0].left, then), (Bound::Times(1), OutcomeKind::Credited));
    let (made, then) = check_up(versions, &followups(&days), "2026-10-10", kind);
    assert_eq!(then, OutcomeKind::Capped);
    assert!(made.full_this_year.contains(&"慢性病随访".to_owned()));
}
