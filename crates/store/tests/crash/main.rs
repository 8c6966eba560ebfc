//! Nothing lost, nothing double: 256 clients against a process that is killed at random moments.
//!
//! `KANGJI_CRASH_SQLITE_ROUNDS` and `KANGJI_CRASH_POSTGRES_ROUNDS` say how long; a seed from
//! `KANGJI_CRASH_SEED` makes the clients ask the same, though not at the same moments.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod ask;
mod child;
mod desk;
mod game;
mod model;
mod orders;
mod place;
mod stored;

use std::{env, thread, time::Duration};

use child::Child;
use game::{Game, Servers};
use kangji_store::Location;
use kangji_testdb::Cluster;
use model::Model;
use place::Folder;

/// How many rounds one database takes: so many that the log of SQLite goes back into the file.
const ROUNDS_OF_A_DATABASE: u32 = 25;

/// What ends in a round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Crash {
    /// The serving process, by `kill -9`.
    Process,
    /// The database server, as after a power cut; the serving process goes on.
    Server,
    /// Both.
    Both,
}

/// How often what ended.
#[derive(Debug, Default)]
struct Ended {
    processes: u32,
    servers: u32,
}

#[test]
fn nothing_is_lost_or_double_when_the_process_is_killed_on_sqlite() {
    let rounds = rounds("KANGJI_CRASH_SQLITE_ROUNDS", 6);
    let folder = Folder::new();
    let (mut game, mut ended) = (Game::new(), Ended::default());
    for first in (0..rounds).step_by(ROUNDS_OF_A_DATABASE as usize) {
        let location = folder.database(&format!("{first}.db"));
        place::prepare(&location);
        let mut child = start(&location);
        for _ in first..rounds.min(first + ROUNDS_OF_A_DATABASE) {
            round(&mut game, &mut child, &location, Crash::Process, None, &mut ended);
        }
        child.finish();
        game.move_on();
        eprintln!("SQLite, from round {first} of {rounds}: {ended:?} {:?}", game.counts);
    }
}

#[test]
fn nothing_is_lost_or_double_when_process_and_server_are_killed_on_postgres() {
    let rounds = rounds("KANGJI_CRASH_POSTGRES_ROUNDS", 3);
    let cluster = Cluster::start(&[]).unwrap();
    let (mut game, mut ended) = (Game::new(), Ended::default());
    for first in (0..rounds).step_by(ROUNDS_OF_A_DATABASE as usize) {
        let location: Location = cluster.fresh_database().unwrap().parse().unwrap();
        place::prepare(&location);
        let mut child = start(&location);
        for number in first..rounds.min(first + ROUNDS_OF_A_DATABASE) {
            let crash = match number % 4 {
                1 => Crash::Server,
                2 => Crash::Both,
                _ => Crash::Process,
            };
            round(&mut game, &mut child, &location, crash, Some(&cluster), &mut ended);
        }
        child.finish();
        game.move_on();
        eprintln!("PostgreSQL, from round {first} of {rounds}: {ended:?} {:?}", game.counts);
    }
}

#[test]
#[ignore = "the process that the other tests start and kill"]
fn child_process() {
    if let Ok(database) = env::var(child::DATABASE) {
        child::serve(&database.parse().unwrap());
    }
}

#[test]
fn the_last_pieces_are_ordered_once_when_the_process_is_killed_on_sqlite() {
    let folder = Folder::new();
    let mut game = Game::new();
    orders::the_last_pieces(&folder.database("shop.db"), || 5 + game.draw(400));
}

#[test]
fn the_last_pieces_are_ordered_once_when_the_process_is_killed_on_postgres() {
    let location: Location = kangji_testdb::fresh_database().parse().unwrap();
    let mut game = Game::new();
    orders::the_last_pieces(&location, || 5 + game.draw(400));
}

#[test]
#[ignore = "the process that the tests of orders start and kill"]
fn child_shop() {
    if let Ok(database) = env::var(child::DATABASE) {
        orders::serve(&database.parse().unwrap());
    }
}

impl Game {
    /// The clients go to another, empty database.
    pub(crate) fn move_on(&mut self) {
        assert!(self.is_quiet());
        self.model = Model::new();
        self.answered.clear();
    }

    /// What was still said before the servers went away; from then on nobody knows of anything.
    pub(crate) fn hear_the_last(&mut self, servers: &mut dyn Servers) {
        while let Some(answer) = servers.next(Duration::ZERO) {
            self.hear(&answer);
        }
        self.flights.iter_mut().flatten().for_each(|flight| flight.sent = 0);
    }
}

fn rounds(variable: &str, default: u32) -> u32 {
    env::var(variable).map_or(default, |rounds| rounds.parse().unwrap())
}

fn start(location: &Location) -> Child {
    let database = match location {
        Location::File(path) => path.to_string_lossy().into_owned(),
        Location::Postgres(url) => url.clone(),
    };
    Child::start("child_process", &database)
}

/// Traffic, a crash, everything unanswered again, more traffic, and a look at what is stored.
fn round(
    game: &mut Game,
    child: &mut Child,
    location: &Location,
    crash: Crash,
    cluster: Option<&Cluster>,
    ended: &mut Ended,
) {
    let time = 5 + game.draw(296);
    game.play(child, Duration::from_millis(time));
    if crash == Crash::Process {
        kill(game, child, location, ended);
    } else if let Some(cluster) = cluster {
        thread::scope(|scope| {
            // The traffic goes on while the server goes down.
            let down = scope.spawn(|| cluster.stop_immediate().unwrap());
            game.play(child, Duration::from_millis(50));
            down.join().unwrap();
        });
        ended.servers += 1;
        if crash == Crash::Both {
            child.kill();
            game.hear_the_last(child);
            ended.processes += 1;
        }
        cluster.start_again().unwrap();
        if crash == Crash::Both {
            *child = start(location);
        }
    }
    game.resend(child);
    if game.draw(4) == 0 {
        // Again, while what was unanswered is being repeated.
        let time = game.draw(60);
        game.play(child, Duration::from_millis(time));
        kill(game, child, location, ended);
        game.resend(child);
    }
    let time = game.draw(50);
    game.play(child, Duration::from_millis(time));
    game.drain(child);
    stored::check(location, &game.model);
}

fn kill(game: &mut Game, child: &mut Child, location: &Location, ended: &mut Ended) {
    child.kill();
    game.hear_the_last(child);
    ended.processes += 1;
    *child = start(location);
}
