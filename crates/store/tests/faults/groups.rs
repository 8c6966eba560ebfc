//! Commands that wait together: one that the database refuses, and a store that goes.

use std::thread;

use kangji_core::Moment;
use kangji_ledger::{Act, Command};
use kangji_store::{Answer, Class, Location, Pending, Store, StoreError};

use crate::{
    ask::{ACCOUNTS, Ask, DAY, What, told},
    both,
    desks::Other,
    model::Model,
    place, stored,
};

/// Commands with these keys, all over the accounts.
fn asks(keys: std::ops::Range<u64>) -> Vec<Ask> {
    let ask = |key| {
        let account = usize::try_from(key).unwrap() % ACCOUNTS;
        Ask { key, account, what: What::Credit(7) }
    };
    keys.map(ask).collect()
}

fn now() -> Moment {
    Moment::start_of(DAY)
}

/// What waits behind the first command will be one group.
fn ask_while_blocked(
    store: &Store,
    commands: impl Iterator<Item = Command>,
) -> Vec<Pending<Answer>> {
    commands.map(|command| store.execute(command, now())).collect()
}

/// The command with an award that the database does not take: PostgreSQL has no U+0000 in texts,
/// and SQLite has learnt to refuse it.
fn poisoned(ask: &Ask) -> Command {
    let mut command = ask.command();
    if let Act::Credit { source, .. } = &mut command.act {
        source.award = "poison\0".to_owned();
    }
    command
}

#[test]
fn of_a_group_only_the_poisonous_commands_fail() {
    both(|location| {
        place::prepare(location);
        let other = Other::open(location);
        if let Location::File(_) = location {
            other.run(
                "CREATE TRIGGER poison BEFORE INSERT ON entries WHEN hex(NEW.award) LIKE '%00'
                    BEGIN SELECT RAISE(ABORT, 'poison'); END",
            );
        }
        let store = Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
        let is_poisonous = |ask: &Ask| matches!(ask.key, 1 | 77 | 78 | 200);
        let asks = asks(0..300);
        other.block();
        let commands =
            asks.iter().map(|ask| if is_poisonous(ask) { poisoned(ask) } else { ask.command() });
        let pending = ask_while_blocked(&store, commands);
        other.let_go();
        let mut model = Model::new();
        for (ask, pending) in asks.iter().zip(pending) {
            let answer = pending.wait();
            if is_poisonous(ask) {
                let Err(StoreError::Sql(error)) = answer else { panic!("{ask:?}: {answer:?}") };
                assert_eq!(error.class(), Class::Other);
            } else {
                model.hear(ask, &told(answer));
            }
        }
        stored::check(location, &model);
        // The keys of what failed are still free.
        for ask in asks.iter().filter(|ask| is_poisonous(ask)) {
            model.hear(ask, &told(store.execute(ask.command(), now()).wait()));
        }
        stored::check(location, &model);
    });
}

#[test]
fn a_store_that_goes_answers_what_waits() {
    both(|location| {
        place::prepare(location);
        let other = Other::open(location);
        let store = Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
        let asks = asks(0..3000);
        other.block();
        let pending = ask_while_blocked(&store, asks.iter().map(Ask::command));
        let going = thread::spawn(move || drop(store));
        other.let_go();
        let mut model = Model::new();
        for (ask, pending) in asks.iter().zip(pending) {
            model.hear(ask, &told(pending.wait()));
        }
        going.join().unwrap();
        stored::check(location, &model);
    });
}

#[test]
fn one_key_many_times_in_one_group_is_one_command() {
    both(|location| {
        place::prepare(location);
        let other = Other::open(location);
        let store = Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
        let ask = Ask { key: 5, account: 0, what: What::Credit(7) };
        let misused = Ask { what: What::Hold(7), ..ask };
        other.block();
        let commands = (0..100).map(|at| if at % 10 == 9 { misused } else { ask });
        let pending = ask_while_blocked(&store, commands.map(|ask| ask.command()));
        other.let_go();
        let answers: Vec<String> = pending.into_iter().map(|it| told(it.wait())).collect();
        let mut model = Model::new();
        model.hear(&ask, &answers[0]);
        for (at, answer) in answers.iter().enumerate() {
            let expected = if at % 10 == 9 { "no \"key_used\"" } else { &answers[0] };
            assert_eq!(answer, expected);
        }
        stored::check(location, &model);
    });
}
