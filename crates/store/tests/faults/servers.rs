//! Two servers on one PostgreSQL database.

use std::{thread, time::Duration};

use kangji_core::Moment;
use kangji_store::Store;

use crate::{
    ask::{ACCOUNTS, Ask, DAY, SCHEME, What, holder, told},
    cut,
    desks::Other,
    model::Model,
    place, postgres, stored, through,
};

#[test]
fn two_servers_on_one_database_agree() {
    let location = postgres();
    place::prepare(&location);
    let game = through(&location, 2, || thread::sleep(Duration::from_secs(1)));
    assert!(game.counts.twins > 0, "no command went to both");
}

#[test]
fn two_servers_agree_while_their_connections_are_cut() {
    let location = postgres();
    place::prepare(&location);
    through(&location, 2, || cut(&location, 40));
}

#[test]
fn a_command_sent_to_two_servers_at_once_gets_one_answer() {
    let location = postgres();
    place::prepare(&location);
    let [one, two] = [
        Store::open(&location, kangji_core::vocabulary::Vocabulary::national()).unwrap(),
        Store::open(&location, kangji_core::vocabulary::Vocabulary::national()).unwrap(),
    ];
    let now = Moment::start_of(DAY);
    let mut model = Model::new();
    for round in 0..200 {
        // Whether there are points for the hold depends on which server is first.
        let account = 1 + usize::try_from(round).unwrap() % (ACCOUNTS - 1);
        let credit = Ask { key: 2 * round, account, what: What::Credit(5) };
        let hold = Ask { key: 2 * round + 1, account, what: What::Hold(5) };
        let mut pending = vec![
            (credit, one.execute(credit.command(), now)),
            (hold, one.execute(hold.command(), now)),
            (hold, two.execute(hold.command(), now)),
        ];
        if round % 2 == 0 {
            pending.rotate_left(1);
        }
        let answers = pending.into_iter().map(|(ask, pending)| (ask.key, told(pending.wait())));
        let mut answers: Vec<(u64, String)> = answers.collect();
        answers.sort();
        answers.dedup();
        assert_eq!(answers.len(), 2, "different answers to one command: {answers:?}");
        model.hear(&credit, &answers[0].1);
        model.hear(&hold, &answers[1].1);
    }
    stored::check(&location, &model);
}

#[test]
fn two_servers_may_open_the_same_accounts_at_once() {
    let location = postgres();
    place::prepare_holders(&location);
    let stores = [
        Store::open(&location, kangji_core::vocabulary::Vocabulary::national()).unwrap(),
        Store::open(&location, kangji_core::vocabulary::Vocabulary::national()).unwrap(),
    ];
    let other = Other::open(&location);
    other.block();
    let holders: Vec<_> = (0..ACCOUNTS).map(|account| (holder(account), false)).collect();
    // In opposite orders, so that each waits for what the other has.
    let backwards = holders.iter().rev().copied().collect();
    let pending =
        [stores[0].open_accounts(SCHEME, holders), stores[1].open_accounts(SCHEME, backwards)];
    // Time to come to the lock.
    thread::sleep(Duration::from_millis(300));
    other.let_go();
    for pending in pending {
        pending.wait().unwrap();
    }
    stored::check(&location, &Model::new());
}
