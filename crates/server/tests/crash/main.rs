//! Nothing lost, nothing double through HTTP: many clients upload records under idempotency keys
//! to a server that is killed at random moments; whatever was not answered is sent again.
//!
//! `KANGJI_CRASH_HTTP_ROUNDS` says how long.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod child;
mod place;
mod upload;

use std::{
    collections::HashMap,
    env,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use kangji_store::Location;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use child::Child;
use upload::Upload;

const CLIENTS: u32 = 64;

#[test]
fn nothing_is_lost_or_double_on_sqlite() {
    let folder = place::Folder::new();
    let location = folder.sqlite();
    play(&location, rounds(6), "child_on_sqlite");
}

#[test]
fn nothing_is_lost_or_double_on_postgres() {
    let location = Location::Postgres(kangji_testdb::fresh_database());
    play(&location, rounds(3), "child_on_postgres");
}

/// Not tests: the server that is killed.
#[test]
#[ignore = "started by the tests above"]
fn child_on_sqlite() {
    child::serve();
}

#[test]
#[ignore = "started by the tests above"]
fn child_on_postgres() {
    child::serve();
}

fn rounds(default: u32) -> u32 {
    env::var("KANGJI_CRASH_HTTP_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// What the clients know: every upload, with the answer they got.
type Known = Mutex<HashMap<u32, Option<String>>>;

fn play(location: &Location, rounds: u32, child: &str) {
    place::prepare(location);
    let known = Known::default();
    let next = AtomicU32::new(0);
    let mut dice = ChaCha8Rng::seed_from_u64(11);
    let mut again = 0;
    for round in 0..rounds {
        let mut server = Child::start(child, location);
        again += ask_again(&known, &server);
        let (stop, address) = (AtomicBool::new(false), server.address.clone());
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| client(&known, &next, &address, &stop));
            }
            thread::sleep(Duration::from_millis(dice.random_range(200..1500)));
            server.kill();
            stop.store(true, Ordering::Relaxed);
        });
        eprintln!("round {round}: {} uploads", next.load(Ordering::Relaxed));
    }
    let server = Child::start(child, location);
    again += ask_again(&known, &server);
    drop(server);
    let known = known.into_inner().unwrap();
    assert!(known.len() > 100, "only {} uploads", known.len());
    eprintln!("{} uploads, {again} sent again after a kill", known.len());
    place::check(location, &known.into_keys().map(Upload::number).collect::<Vec<_>>());
}

/// One upload after the other until the server is gone.
fn client(known: &Known, next: &AtomicU32, address: &str, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let answer = Upload::number(number).send(address);
        let gone = answer.is_none();
        known.lock().unwrap().insert(number, answer);
        if gone {
            return;
        }
    }
}

/// Sends again what was not answered, and some of what was: these must get the first answer.
fn ask_again(known: &Known, server: &Child) -> usize {
    let mut known = known.lock().unwrap();
    let mut again = 0;
    for (number, first) in known.iter_mut() {
        if first.is_some() && number % 10 != 0 {
            continue;
        }
        let answer = Upload::number(*number).send(&server.address);
        let answer = answer.unwrap_or_else(|| panic!("upload {number} is not answered"));
        match first {
            Some(first) => assert_eq!(answer, *first, "upload {number} is answered otherwise"),
            None => {
                *first = Some(answer);
                again += 1;
            }
        }
    }
    again
}
