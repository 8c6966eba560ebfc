//! What goes wrong around a store, under load of 256 clients, and what it does about it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

#[path = "../crash/ask.rs"]
mod ask;
mod clock;
#[path = "../crash/desk.rs"]
mod desk;
mod desks;
mod disk;
#[path = "../crash/game.rs"]
mod game;
mod groups;
#[path = "../crash/model.rs"]
mod model;
#[path = "../crash/place.rs"]
mod place;
mod servers;
#[path = "../crash/stored.rs"]
mod stored;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use desks::{Desks, Other};
use game::Game;
use kangji_store::Location;
use kangji_testdb::Cluster;

/// A fresh database of each kind.
fn both(test: impl Fn(&Location)) {
    let folder = place::Folder::new();
    test(&folder.database("ledger.db"));
    test(&postgres());
}

fn postgres() -> Location {
    kangji_testdb::fresh_database().parse().unwrap()
}

/// Traffic while `fault` runs, and after it; then everything is answered and right.
fn through(location: &Location, servers: usize, fault: impl FnOnce() + Send) -> Game {
    let mut game = Game::new();
    let mut desks = Desks::open(location, servers);
    game.play(&mut desks, Duration::from_millis(100));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // Also when it panics, so that the traffic ends.
            let _over = Over(&over);
            fault();
        });
        while !over.load(Ordering::Relaxed) {
            game.play(&mut desks, Duration::from_millis(20));
        }
    });
    game.play(&mut desks, Duration::from_millis(200));
    game.drain(&mut desks);
    drop(desks);
    stored::check(location, &game.model);
    eprintln!("{:?}", game.counts);
    game
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn while_postgres_restarts_commands_wait_and_are_answered_once() {
    let cluster = Cluster::start(&[]).unwrap();
    let location: Location = cluster.fresh_database().unwrap().parse().unwrap();
    place::prepare(&location);
    through(&location, 1, || {
        cluster.restart().unwrap();
        thread::sleep(Duration::from_millis(300));
        cluster.stop_immediate().unwrap();
        cluster.start_again().unwrap();
        thread::sleep(Duration::from_millis(300));
        cluster.restart().unwrap();
    });
}

#[test]
fn when_connections_are_cut_again_and_again_nobody_notices() {
    let location = postgres();
    place::prepare(&location);
    through(&location, 1, || cut(&location, 40));
}

/// Cuts all connections of servers so many times.
fn cut(location: &Location, times: u32) {
    let other = Other::open(location);
    for time in 0..times {
        other.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        // Now in the middle of a group, now when it has just connected.
        thread::sleep(Duration::from_millis(u64::from(5 + 7 * time % 60)));
    }
}
