//! Laws that hold whatever is asked, in whatever order. `PROPTEST_CASES` sets how many stories
//! are tried.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{
    Day, Points,
    ids::{AccountId, CauseId, CommandKey, HolderId, OfficerId, ReasonId, RecordId},
};
use kangji_ledger::{
    Account, Act, Answer, Command, Entry, EntryKind, Hash, Hold, Part, Refusal, Seq, Source,
    snapshot,
};
use proptest::{collection::vec, prelude::*, test_runner::Config};

use crate::{
    dice::{Dice, PEOPLE},
    town::{Memory, Town, answered, credit, id, told},
};

/// So many stories unless `PROPTEST_CASES` says otherwise.
fn cases(number: u32) -> Config {
    let told = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    Config { cases: told.unwrap_or(number), failure_persistence: None, ..Config::default() }
}

fn story(length: usize) -> impl Strategy<Value = Vec<[u8; 9]>> {
    vec(any::<[u8; 9]>(), 1..length)
}

fn sum(points: impl Iterator<Item = Points>) -> i64 {
    points.map(|points| points.0).sum()
}

/// Balances are the sums of entries, and of lots and holds (S7).
fn assert_sums(town: &Town, number: u8) {
    let account = town.account(number);
    let entries = || town.entries_of(number);
    assert_eq!(account.total.0, sum(entries().map(|entry| entry.total)));
    assert_eq!(account.balance().0, sum(entries().map(|entry| entry.redeemable)));
    assert_eq!(account.held.0, sum(entries().map(|entry| entry.held)));
    let lots = sum(account.lots.iter().map(|lot| lot.points));
    assert_eq!(account.balance().0, lots - account.shortfall.0);
    let holds = account.holds.iter().flat_map(|hold| &hold.parts);
    assert_eq!(account.held.0, sum(holds.map(|lot| lot.points)) + account.on_vouchers().0);
    assert!(account.shortfall >= Points::ZERO);
    assert!(account.lots.iter().all(|lot| lot.points > Points::ZERO));
    assert_eq!(account.latest_day, entries().map(|entry| entry.day).max());
}

/// A point is on one carrier (P10): what can be spent of a lot, what is set aside of it and what
/// vouchers bear of it are together never more than came.
fn assert_one_carrier(town: &Town, number: u8) {
    let account = town.account(number);
    let mut there: BTreeMap<Seq, i64> = BTreeMap::new();
    let holds = account.holds.iter().chain(&account.vouchers);
    for lot in account.lots.iter().chain(holds.flat_map(|hold| &hold.parts)) {
        *there.entry(lot.seq).or_default() += lot.points.0;
    }
    for (lot, points) in there {
        let made = town.entries_of(number).find(|entry| entry.seq == lot).unwrap();
        assert!(points <= made.redeemable.0, "{points} of lot {} are there", lot.0);
    }
    // A voucher bears points of one lot, and no number is that of two carriers.
    assert!(account.vouchers.iter().all(|voucher| voucher.parts.len() == 1));
    let numbers = account.holds.iter().chain(&account.vouchers).map(|hold| hold.seq);
    let numbers: Vec<Seq> = numbers.collect();
    let different: BTreeSet<Seq> = numbers.iter().copied().collect();
    assert_eq!(numbers.len(), different.len());
}

/// What a command has to leave of vouchers: none with points of the credit it takes back, none
/// whose day has come when points expire, none under a sanction.
fn assert_vouchers_end(account: &Account, command: &Command) {
    let ended = |voucher: &Hold| match &command.act {
        Act::Reverse { credit } => voucher.parts.iter().any(|part| part.seq == *credit),
        Act::Expire { .. } => voucher.has_expired_by(command.day),
        Act::Forfeit { .. } => true,
        _ => false,
    };
    assert!(!account.vouchers.iter().any(ended), "{:?} after {:?}", account.vouchers, command.act);
}

/// Who is short has nothing left that could be spent (S12).
fn assert_short_is_empty(account: &Account, latest: Day) {
    let covered = account.lots.iter().any(|lot| !lot.has_expired_by(latest));
    assert!(account.shortfall == Points::ZERO || !covered, "{account:?}");
}

/// What was taken from a lot and not given back is never more than it was.
fn assert_nothing_is_spent_twice(town: &Town, number: u8) {
    use EntryKind as Kind;
    let mut made: BTreeMap<Seq, i64> = BTreeMap::new();
    let mut taken: BTreeMap<Seq, i64> = BTreeMap::new();
    let (mut earned, mut spent) = (0, 0);
    let mut captured: BTreeMap<Option<Seq>, i64> = BTreeMap::new();
    let mut closed = Vec::new();
    for entry in town.entries_of(number) {
        let back = matches!(entry.kind, Kind::Release | Kind::Refund | Kind::Restore);
        for part in &entry.parts {
            let points = if back { -part.points.0 } else { part.points.0 };
            let taken = taken.entry(part.lot).or_default();
            *taken += points;
            assert!((0..=made[&part.lot]).contains(taken), "lot {} of {entry:?}", part.lot.0);
        }
        match entry.kind {
            Kind::Credit | Kind::Receive => earned += entry.redeemable.0,
            Kind::Adjust if entry.redeemable > Points::ZERO => earned += entry.redeemable.0,
            Kind::Adjust | Kind::HandOn => spent -= entry.redeemable.0,
            Kind::Capture => {
                spent -= entry.held.0;
                captured.insert(Some(entry.seq), -entry.held.0);
            }
            // Once: a capture that is gone from here was never there or came back before.
            Kind::Refund => {
                let points = captured.remove(&entry.refers).unwrap();
                assert!((0..=points).contains(&entry.redeemable.0), "{entry:?} of {points}");
                assert_eq!((entry.total, entry.held), (Points::ZERO, Points::ZERO), "S7");
                spent -= points;
            }
            _ => {}
        }
        if matches!(entry.kind, Kind::Capture | Kind::Release | Kind::Lapse) {
            assert!(!closed.contains(&entry.refers), "{:?} ends twice", entry.refers);
            closed.push(entry.refers);
        }
        if entry.parts.is_empty() && entry.redeemable > Points::ZERO {
            made.insert(entry.seq, entry.redeemable.0);
        }
    }
    assert!(spent <= earned, "{spent} spent of {earned}");
}

fn without_history(account: Account) -> Account {
    Account { history: None, ..account }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn balances_are_sums_nothing_is_spent_twice_and_a_refusal_changes_nothing(
        story in story(70),
    ) {
        let mut town = Town::new(PEOPLE, Memory::OnDemand);
        let mut latest = town.today();
        for bytes in story {
            let dice = Dice::of(bytes);
            dice.move_clock(&mut town);
            latest = latest.max(town.today());
            let command = dice.command(&town);
            let before = (town.accounts.clone(), town.entries.clone());
            if town.run(&command).is_err() {
                prop_assert_eq!(&before, &(town.accounts.clone(), town.entries.clone()));
                continue;
            }
            prop_assert!(town.entries.starts_with(&before.1), "entries are only appended");
            for number in 0..PEOPLE {
                assert_sums(&town, number);
                assert_one_carrier(&town, number);
                assert_short_is_empty(town.account(number), latest);
            }
            assert_vouchers_end(&town.accounts[&command.account], &command);
        }
        for number in 0..PEOPLE {
            assert_nothing_is_spent_twice(&town, number);
            let replayed = without_history(town.replayed(number));
            prop_assert_eq!(town.account(number), &replayed);
            let mut recorded = town.entries_of(number).map(|entry| entry.recorded_at);
            prop_assert!(recorded.by_ref().is_sorted());
        }
    }

    #[test]
    fn answers_do_not_depend_on_restarts_or_on_when_a_history_is_read(
        story in story(70),
        restarts in any::<u64>(),
    ) {
        let mut kept = Town::new(PEOPLE, Memory::Always);
        let mut read = Town::new(PEOPLE, Memory::OnDemand);
        for (number, bytes) in story.into_iter().enumerate() {
            if restarts >> (number % 64) & 1 == 1 {
                read.restart();
            }
            let dice = Dice::of(bytes);
            dice.move_clock(&mut kept);
            dice.move_clock(&mut read);
            let command = dice.command(&kept);
            prop_assert_eq!(&command, &dice.command(&read));
            prop_assert_eq!(kept.run(&command), read.run(&command));
        }
        prop_assert_eq!(&kept.entries, &read.entries);
        for number in 0..PEOPLE {
            let account = kept.account(number);
            prop_assert_eq!(account, &kept.replayed(number));
            prop_assert_eq!(&without_history(account.clone()), read.account(number));
        }
    }

    #[test]
    fn an_order_that_is_returned_at_once_leaves_what_a_release_leaves(story in story(60)) {
        let mut town = Town::new(PEOPLE, Memory::OnDemand);
        for bytes in story {
            let dice = Dice::of(bytes);
            dice.move_clock(&mut town);
            let _ = town.run(&dice.command(&town));
        }
        let today = town.today();
        for number in 0..PEOPLE {
            // Who is short can be given nothing for points that are set aside (S12).
            let account = town.account(number);
            let vouchers = account.vouchers.iter();
            let valid = vouchers.filter(|voucher| !voucher.has_expired_by(today));
            let open = account.holds.iter().chain(valid);
            let open = open.filter(|_| account.shortfall == Points::ZERO);
            for hold in open.map(|hold| hold.seq) {
                let (mut released, mut returned) = (town.clone(), town.clone());
                released.run(&answered(number, today, Act::Release { hold })).unwrap();
                returned.run(&answered(number, today, Act::Capture { hold })).unwrap();
                let capture = returned.account(number).seq;
                returned.run(&answered(number, today, Act::Refund { capture })).unwrap();
                let (released, returned) = (&released, &returned);
                prop_assert_eq!(what_is_left(returned, number), what_is_left(released, number));
            }
        }
    }

    #[test]
    fn the_days_on_which_the_expiry_job_runs_make_no_difference_in_the_end(
        story in story(60),
        runs in any::<u64>(),
    ) {
        let mut daily = Town::new(PEOPLE, Memory::OnDemand);
        let mut rarely = daily.clone();
        for (number, bytes) in story.into_iter().enumerate() {
            let dice = plain(Dice::of(bytes));
            dice.move_clock(&mut daily);
            dice.move_clock(&mut rarely);
            run_expiry(&mut daily);
            if runs >> (number % 64) & 1 == 1 {
                run_expiry(&mut rarely);
            }
            let (one, other) = (dice.command(&daily), dice.command(&rarely));
            if matches!(one.act, Act::Expire { .. }) {
                continue;
            }
            let (one, other) = (daily.run(&one), rarely.run(&other));
            // A sanction finds nothing where all has expired and takes it where it only lapsed.
            if one == Err(Refusal::NothingToDo) && other.is_ok() {
                return Ok(());
            }
            prop_assert_eq!(one.is_ok(), other.is_ok(), "{:?}, {:?}", one, other);
        }
        run_expiry(&mut daily);
        run_expiry(&mut rarely);
        for number in 0..PEOPLE {
            prop_assert_eq!(what_is_left(&daily, number), what_is_left(&rarely, number));
        }
    }
}

/// Days only go forward and everything counts for today. Numbers are not made up, as they differ
/// where the job wrote other entries; where none is left to be about, all are refused.
fn plain(dice: Dice) -> Dice {
    Dice { clock: dice.clock.min(250), day: 0, pick: dice.pick % 200, ..dice }
}

fn run_expiry(town: &mut Town) {
    for number in 0..PEOPLE {
        let article = "第一条".to_owned();
        let act = Act::Expire { year_end: false, article };
        let _ = town.run(&answered(number, town.today(), act));
    }
}

type Left = (Points, Points, Points, Points, Vec<(Day, Option<Day>, Points)>);

fn what_is_left(town: &Town, number: u8) -> Left {
    let account = town.account(number);
    let lots = account.lots.iter().map(|lot| (lot.day, lot.expires_on, lot.points)).collect();
    (account.total, account.balance(), account.held, account.shortfall, lots)
}

type Change = fn(&mut Entry);

fn other<T>(id: &mut Option<T>, new: T) {
    *id = if id.is_some() { None } else { Some(new) };
}

/// A change of every field, so named that a field added later does not go unnoticed.
fn changes(entry: &Entry) -> Vec<(&'static str, Change)> {
    let Entry { account: _, seq: _, epoch: _, kind: _, day: _, recorded_at: _, .. } = entry;
    let Entry { total: _, redeemable: _, held: _, refers: _, expires_on: _, due_at: _, .. } = entry;
    let Entry { parts, source, answer, article, key: _, input: _, hash: _, .. } = entry;
    let Answer { officer: _, second: _, reason: _, cause: _ } = answer;
    let mut changes: Vec<(&'static str, Change)> = vec![
        ("account", |entry| entry.account = AccountId::from_bytes([77; 16])),
        ("seq", |entry| entry.seq.0 += 1),
        ("epoch", |entry| entry.epoch += 1),
        ("kind", |entry| {
            let kinds = EntryKind::ALL.map(|(kind, ..)| kind);
            entry.kind = kinds[usize::from(entry.kind.code()) % kinds.len()];
        }),
        ("day", |entry| entry.day = entry.day.next()),
        ("recorded_at", |entry| entry.recorded_at = entry.recorded_at.plus_millis(1)),
        ("total", |entry| entry.total.0 += 1),
        ("redeemable", |entry| entry.redeemable.0 += 1),
        ("held", |entry| entry.held.0 += 1),
        ("refers", |entry| other(&mut entry.refers, Seq(1))),
        ("expires_on", |entry| other(&mut entry.expires_on, entry.day)),
        ("due_at", |entry| other(&mut entry.due_at, entry.recorded_at)),
        ("parts", |entry| entry.parts.push(Part { lot: Seq(1), points: Points(1) })),
        ("officer", |entry| other(&mut entry.answer.officer, OfficerId::from_bytes([9; 16]))),
        ("second", |entry| other(&mut entry.answer.second, OfficerId::from_bytes([9; 16]))),
        ("reason", |entry| other(&mut entry.answer.reason, ReasonId::from_bytes([9; 16]))),
        ("cause", |entry| other(&mut entry.answer.cause, CauseId::from_bytes([9; 16]))),
        ("exchanged", |entry| {
            let answer = &mut entry.answer;
            std::mem::swap(&mut answer.officer, &mut answer.second);
            answer.officer = answer.officer.or(Some(OfficerId::from_bytes([8; 16])));
            answer.second = None;
        }),
        ("article", |entry| entry.article = Some("第九十九条".to_owned())),
        ("key", |entry| other(&mut entry.key, CommandKey::from_bytes([9; 16]))),
        ("input", |entry| entry.input = Hash::of(&[b"other"])),
    ];
    if !parts.is_empty() {
        let Part { lot: _, points: _ } = &parts[0];
        changes.push(("part's lot", |entry| entry.parts[0].lot.0 += 1));
        changes.push(("part's points", |entry| entry.parts[0].points.0 += 1));
        changes.push(("no part", |entry| entry.parts.truncate(0)));
    }
    if let Some(Source { award: _, resident: _, record: _, period: _, version: _ }) = source {
        let more: [(&'static str, Change); 6] = [
            ("source", |entry| entry.source = None),
            ("award", |entry| entry.source.as_mut().unwrap().award.push('2')),
            ("resident", |entry| {
                entry.source.as_mut().unwrap().resident = HolderId::from_bytes([9; 16]);
            }),
            ("record", |entry| {
                entry.source.as_mut().unwrap().record = Some(RecordId::from_bytes([9; 16]));
            }),
            ("period", |entry| entry.source.as_mut().unwrap().period = None),
            ("version", |entry| entry.source.as_mut().unwrap().version = Day::FIRST),
        ];
        changes.extend(more);
    } else {
        changes.push(("source", |entry| entry.source = Some(crate::town::source(entry.day))));
    }
    if article.is_some() {
        changes.push(("no article", |entry| entry.article = None));
    }
    changes
}

/// The index of the first entry that does not follow, or the head where all do.
fn followed(account: &Account, entries: &[Entry]) -> Result<Hash, usize> {
    let mut account = account.clone();
    for (index, entry) in entries.iter().enumerate() {
        account.follow(entry).map_err(|_| index)?;
    }
    Ok(account.hash)
}

fn chain(story: Vec<[u8; 9]>) -> Vec<Entry> {
    let mut town = Town::new(PEOPLE, Memory::Always);
    for bytes in story {
        // All of one account, or the chains would be short.
        let dice = Dice { account: 1, ..Dice::of(bytes) };
        dice.move_clock(&mut town);
        let _ = town.run(&dice.command(&town));
    }
    town.entries_of(1).cloned().collect()
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn a_change_of_any_field_of_any_entry_is_found_there_or_at_the_next(story in story(40)) {
        let entries = chain(story);
        let mut before = Account::with_history(id(1), false);
        for (index, entry) in entries.iter().enumerate() {
            let rest = &entries[index..];
            let head = followed(&before, rest);
            prop_assert_eq!(head, Ok(entries[entries.len() - 1].hash));
            for (field, change) in changes(entry) {
                let mut forged = rest.to_vec();
                change(&mut forged[0]);
                prop_assert_ne!(&forged[0], entry, "{} is unchanged", field);
                prop_assert_eq!(followed(&before, &forged), Err(0), "{}", field);
                // With a new hash of its own it breaks the chain behind it.
                forged[0].hash = forged[0].chained(before.hash);
                match followed(&before, &forged) {
                    Err(place) => prop_assert!(place <= 1, "{} found at {}", field, place),
                    Ok(other) => {
                        let found = rest.len() == 1 && Ok(other) != head;
                        prop_assert!(found, "{} is not found", field);
                    }
                }
            }
            let mut forged = rest.to_vec();
            forged[0].hash = Hash::of(&[b"other"]);
            prop_assert_eq!(followed(&before, &forged), Err(0));
            before.follow(entry).unwrap();
        }
    }

    #[test]
    fn entries_that_are_missing_or_in_another_order_are_found(
        story in story(40),
        one in any::<prop::sample::Index>(),
        two in any::<prop::sample::Index>(),
    ) {
        let entries = chain(story);
        if entries.len() < 2 {
            return Ok(());
        }
        let account = Account::with_history(id(1), false);
        let mut missing = entries.clone();
        let place = one.index(entries.len() - 1);
        missing.remove(place);
        prop_assert_eq!(followed(&account, &missing), Err(place));
        let mut twice = entries.clone();
        twice.insert(place + 1, entries[place].clone());
        prop_assert_eq!(followed(&account, &twice), Err(place + 1));
        let (first, last) = (one.index(entries.len()), two.index(entries.len()));
        if first != last {
            let mut swapped = entries.clone();
            swapped.swap(first, last);
            prop_assert_eq!(followed(&account, &swapped), Err(first.min(last)));
        }
        let cut = followed(&account, &entries[..entries.len() - 1]);
        prop_assert_ne!(cut, Ok(entries[entries.len() - 1].hash), "a cut end has another head");
    }

    #[test]
    fn stored_bytes_give_what_was_stored_and_no_other_bytes_do(story in story(40)) {
        let entries = chain(story);
        for entry in &entries {
            let bytes = snapshot::parts(&entry.parts);
            prop_assert_eq!(snapshot::parts_from(&bytes), Ok(entry.parts.clone()));
            let longer = [&bytes[..], &[0]].concat();
            prop_assert!(snapshot::parts_from(&longer).is_err());
            prop_assert!(snapshot::parts_from(&bytes[..bytes.len() - 1]).is_err());
        }
    }
}

/// A key that comes again is the same command only if all of it is the same.
#[test]
fn every_part_of_a_command_but_its_key_is_in_its_input() {
    let day = Day::new(2026, 3, 1).unwrap();
    let moment = kangji_core::Moment::from_millis(5);
    let seq = Seq(1);
    let article = || "第八条".to_owned();
    let mut acts = vec![Act::WriteOff];
    for points in [1, 2] {
        acts.push(credit(day, points, None));
        acts.push(credit(day, points, Some(day)));
        acts.push(credit(day.next(), points, None));
        acts.push(Act::Hold { points: Points(points), until: None });
        acts.push(Act::Hold { points: Points(points), until: Some(moment) });
        acts.push(Act::Bind { lot: Seq(1), points: Points(points) });
        acts.push(Act::Bind { lot: Seq(2), points: Points(points) });
        acts.push(Act::HandOn { list: vec![(id(1), Points(points))] });
        acts.push(Act::HandOn { list: vec![(id(1), Points(points)), (id(2), Points(1))] });
        acts.push(Act::Adjust { points: Points(points), expires_on: None });
        acts.push(Act::Adjust { points: Points(points), expires_on: Some(day) });
    }
    for seq in [seq, Seq(2)] {
        acts.push(Act::Reverse { credit: seq });
        acts.push(Act::Capture { hold: seq });
        acts.push(Act::Release { hold: seq });
        acts.push(Act::Refund { capture: seq });
        acts.push(Act::TimeOut { hold: seq });
        acts.push(Act::Restore { forfeit: seq });
    }
    acts.push(Act::Forfeit { article: article() });
    acts.push(Act::Forfeit { article: "第九条".to_owned() });
    acts.push(Act::Expire { year_end: true, article: article() });
    acts.push(Act::Expire { year_end: false, article: article() });
    let mut commands: Vec<Command> = acts.into_iter().map(|act| answered(1, day, act)).collect();
    let known = commands[0].clone();
    let answers: [fn(&mut Answer); 4] = [
        |answer| answer.officer = None,
        |answer| answer.second = None,
        |answer| answer.reason = None,
        |answer| answer.cause = None,
    ];
    for change in answers {
        let mut other = known.clone();
        change(&mut other.answer);
        commands.push(other);
    }
    commands.push(Command { account: id(2), ..known.clone() });
    commands.push(Command { day: day.next(), ..known.clone() });
    let mut inputs: Vec<Hash> = commands.iter().map(Command::input).collect();
    inputs.sort_unstable();
    inputs.dedup();
    assert_eq!(inputs.len(), commands.len());
    let keyed = Command { key: Some(CommandKey::from_bytes([1; 16])), ..known.clone() };
    assert_eq!(keyed.input(), known.input());
}

/// A stored state that lost its holds is not made worse.
#[test]
fn an_account_that_contradicts_itself_is_refused_as_such() {
    let mut town = Town::new(PEOPLE, Memory::OnDemand);
    let today = town.today();
    town.run(&answered(1, today, credit(today, 5, None))).unwrap();
    let hold = Act::Hold { points: Points(5), until: None };
    town.run(&answered(1, today, hold)).unwrap();
    town.accounts.get_mut(&id(1)).unwrap().held = Points(3);
    let capture = Act::Capture { hold: Seq(2) };
    let refusal = town.run(&answered(1, today, capture)).unwrap_err();
    assert_eq!(told(&refusal), "inconsistent");
    assert_eq!(town.entries.len(), 2);
}
