//! The clients: each has one command in flight, remembers what it asked, and asks again with the
//! same key if it was not answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use kangji_core::Moment;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::{
    ask::{ACCOUNTS, Ask, DAY, Said, What},
    model::{Model, Purse},
};

pub(crate) const CLIENTS: usize = 256;
/// How long an answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many answered commands are remembered to be asked again.
const REMEMBERED: usize = 4096;

/// Whoever takes commands and answers them.
pub(crate) trait Servers {
    /// Hands a command over. Copies of one command go to different servers, where there are some.
    fn send(&mut self, copy: usize, line: &str);

    /// The next answer, if it comes in time.
    fn next(&mut self, wait: Duration) -> Option<String>;
}

/// What happened.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    /// Commands asked again although they were answered.
    pub(crate) asked_again: u64,
    /// Keys used for another command.
    pub(crate) keys_misused: u64,
    /// Commands sent twice at once.
    pub(crate) twins: u64,
    /// Commands sent again because nobody answered.
    pub(crate) resent: u64,
    /// Of these, those that were committed before.
    pub(crate) committed_before: u64,
    /// Answers that said that the database fails.
    pub(crate) errors: u64,
}

/// What the answer must be.
enum Expect {
    /// The first one to this key.
    First,
    /// The same as before.
    Same(String),
}

/// A command in flight.
pub(crate) struct Flight {
    ask: Ask,
    expect: Expect,
    /// How many answers are to come, and how many of them the servers know of.
    wanted: usize,
    pub(crate) sent: usize,
    /// When it was sent again.
    resent_at: Option<i64>,
}

/// The clients and all they know.
pub(crate) struct Game {
    seed: u64,
    chance: ChaCha8Rng,
    pub(crate) flights: Vec<Option<Flight>>,
    pub(crate) model: Model,
    pub(crate) answered: Vec<(Ask, String)>,
    keys: u64,
    now: i64,
    /// The most that the clock may step back at each command.
    pub(crate) back: i64,
    /// Whether an answer may be that the database fails.
    pub(crate) forgiving: bool,
    /// The classes of such answers.
    pub(crate) errors: BTreeSet<String>,
    pub(crate) counts: Counts,
}

impl Game {
    /// A game with the seed of the environment, or any.
    pub(crate) fn new() -> Self {
        let given = std::env::var("KANGJI_CRASH_SEED").ok();
        let seed = given.map_or_else(|| RandomState::new().hash_one(0), |it| it.parse().unwrap());
        eprintln!("KANGJI_CRASH_SEED={seed}");
        Self {
            seed,
            chance: ChaCha8Rng::seed_from_u64(seed),
            flights: (0..CLIENTS).map(|_| None).collect(),
            model: Model::new(),
            answered: Vec::new(),
            keys: 0,
            // The first days are for a clock that steps back.
            now: Moment::start_of(DAY.plus_days(2)).millis(),
            back: 0,
            forgiving: false,
            errors: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    /// A number from 0 to `end` − 1.
    pub(crate) fn draw(&mut self, end: u64) -> u64 {
        self.chance.next_u64() % end.max(1)
    }

    fn place(&mut self, end: usize) -> usize {
        usize::try_from(self.draw(end as u64)).unwrap()
    }

    fn tick(&mut self) -> i64 {
        self.now += 1;
        let back = self.draw(self.back.unsigned_abs());
        self.now - i64::try_from(back).unwrap()
    }

    /// Everybody asks one thing after the other until the time is over.
    pub(crate) fn play(&mut self, servers: &mut dyn Servers, time: Duration) {
        let until = Instant::now() + time;
        for client in 0..CLIENTS {
            self.go_on(client, servers);
        }
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Some(answer) = servers.next(left) else { break };
            let client = self.hear(&answer);
            self.go_on(client, servers);
            if left.is_zero() {
                break;
            }
        }
    }

    /// Nobody asks anything new until nothing is on its way.
    pub(crate) fn settle(&mut self, servers: &mut dyn Servers) {
        let until = Instant::now() + PATIENCE;
        while self.flights.iter().flatten().any(|flight| flight.sent > 0) {
            let answer = servers.next(until.saturating_duration_since(Instant::now()));
            let answer = answer.unwrap_or_else(|| panic!("no answers; seed {}", self.seed));
            self.hear(&answer);
        }
    }

    /// As [`Game::settle`], and everybody has an answer.
    pub(crate) fn drain(&mut self, servers: &mut dyn Servers) {
        self.settle(servers);
        assert!(self.is_quiet(), "somebody was told of an error; seed {}", self.seed);
    }

    /// Every unanswered command again, with its key.
    pub(crate) fn resend(&mut self, servers: &mut dyn Servers) {
        for client in 0..CLIENTS {
            let now = self.tick();
            let Some(flight) = &mut self.flights[client] else { continue };
            if flight.sent < flight.wanted {
                flight.resent_at = flight.resent_at.or(Some(now));
                self.counts.resent += 1;
            }
            while flight.sent < flight.wanted {
                servers.send(flight.sent, &flight.ask.line(client, now));
                flight.sent += 1;
            }
        }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.flights.iter().all(Option::is_none)
    }

    /// Takes an answer; the client it is for.
    pub(crate) fn hear(&mut self, line: &str) -> usize {
        let (client, answer) = line.split_once(' ').unwrap();
        let client: usize = client.parse().unwrap();
        let place = &mut self.flights[client];
        let flight = place.as_mut().unwrap_or_else(|| panic!("nobody asked: {line}"));
        flight.sent -= 1;
        if let Some(error) = answer.strip_prefix("error ") {
            assert!(self.forgiving, "{answer}; seed {}", self.seed);
            self.errors.extend(error.split(' ').next().map(str::to_owned));
            self.counts.errors += 1;
            return client;
        }
        flight.wanted -= 1;
        match &flight.expect {
            Expect::Same(expected) => {
                assert_eq!(answer, expected, "{:?}; seed {}", flight.ask, self.seed);
            }
            Expect::First => {
                self.model.hear(&flight.ask, answer);
                let said = Said::parse(answer);
                let counted = if said.is_some() {
                    &mut self.counts.accepted
                } else {
                    &mut self.counts.refused
                };
                *counted += 1;
                let before = said.is_some_and(|said| Some(said.recorded_at) < flight.resent_at);
                self.counts.committed_before += u64::from(before && self.back == 0);
                let known = (flight.ask, answer.to_owned());
                flight.expect = Expect::Same(answer.to_owned());
                let done = flight.wanted == 0;
                self.remember(known);
                if done {
                    self.flights[client] = None;
                }
                return client;
            }
        }
        if flight.wanted == 0 {
            *place = None;
        }
        client
    }

    fn remember(&mut self, known: (Ask, String)) {
        if self.answered.len() < REMEMBERED {
            self.answered.push(known);
        } else {
            let place = self.place(REMEMBERED);
            self.answered[place] = known;
        }
    }

    /// The client asks something if it waits for nothing.
    fn go_on(&mut self, client: usize, servers: &mut dyn Servers) {
        if self.flights[client].is_some() {
            return;
        }
        let kind = self.draw(100);
        let (ask, expect, wanted) = match kind {
            0..5 if !self.answered.is_empty() => {
                let place = self.place(self.answered.len());
                let (ask, answer) = self.answered[place].clone();
                self.counts.asked_again += 1;
                (ask, Expect::Same(answer), 1)
            }
            5..7 if !self.answered.is_empty() => {
                let place = self.place(self.answered.len());
                let (ask, _) = self.answered[place];
                let what = match ask.what {
                    What::Credit(points) => What::Credit(points + 1),
                    _ => What::Credit(1),
                };
                self.counts.keys_misused += 1;
                (Ask { what, ..ask }, Expect::Same("no \"key_used\"".to_owned()), 1)
            }
            7..12 => {
                self.counts.twins += 1;
                (self.something(), Expect::First, 2)
            }
            _ => (self.something(), Expect::First, 1),
        };
        for copy in 0..wanted {
            let now = self.tick();
            servers.send(copy, &ask.line(client, now));
        }
        self.flights[client] = Some(Flight { ask, expect, wanted, sent: wanted, resent_at: None });
    }

    /// A command with a key of its own. More is asked for than is given, so that purses are often
    /// empty.
    fn something(&mut self) -> Ask {
        let hot = self.draw(5) == 0;
        let account = if hot { 0 } else { 1 + self.place(ACCOUNTS - 1) };
        let kind = self.draw(100);
        let amount = |drawn: u64| i64::try_from(drawn).unwrap() + 1;
        let what = match kind {
            0..30 => What::Credit(amount(self.draw(100))),
            30..65 => What::Hold(amount(self.draw(150))),
            65..83 => What::Capture(self.some(account, |purse| &purse.open)),
            83..94 => What::Release(self.some(account, |purse| &purse.open)),
            _ => What::Refund(self.some(account, |purse| &purse.spent)),
        };
        self.keys += 1;
        Ask { key: self.keys, account, what }
    }

    /// One of an account's open holds, or captures, as far as is known; once in a while any number.
    fn some(&mut self, account: usize, of: impl Fn(&Purse) -> &BTreeMap<u64, i64>) -> u64 {
        let known = of(&self.model.purses[account]).len();
        if known == 0 || self.draw(20) == 0 {
            return self.draw(50);
        }
        let place = self.place(known);
        of(&self.model.purses[account]).keys().nth(place).copied().unwrap_or_default()
    }
}
