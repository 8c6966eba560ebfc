//! Servers in this process, and somebody who stands in their way.

use std::{sync::mpsc, time::Duration};

use kangji_store::{Location, Store};
use tokio_postgres::NoTls;

use crate::{desk::Desk, game::Servers};

/// One or more servers on one database.
pub(crate) struct Desks {
    desks: Vec<Desk>,
    answers: mpsc::Receiver<String>,
}

impl Desks {
    pub(crate) fn open(location: &Location, count: usize) -> Self {
        let (sender, answers) = mpsc::channel();
        let desk = |_| {
            let sender = sender.clone();
            Desk::new(
                Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap(),
                move |line| {
                    // Nobody listens any more when a test ends early.
                    let _ = sender.send(line);
                },
            )
        };
        Self { desks: (0..count).map(desk).collect(), answers }
    }
}

impl Servers for Desks {
    fn send(&mut self, copy: usize, line: &str) {
        // Clients spread over the servers by what they ask.
        self.desks[(copy + line.len()) % self.desks.len()].take(line);
    }

    fn next(&mut self, wait: Duration) -> Option<String> {
        self.answers.recv_timeout(wait).ok()
    }
}

/// Another connection to a database.
pub(crate) enum Other {
    Sqlite(rusqlite::Connection),
    Postgres(tokio::runtime::Runtime, tokio_postgres::Client),
}

impl Other {
    pub(crate) fn open(location: &Location) -> Self {
        match location {
            Location::File(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.busy_timeout(Duration::from_secs(10)).unwrap();
                Self::Sqlite(connection)
            }
            Location::Postgres(url) => {
                let runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = { runtime }.enable_all().build().unwrap();
                let client = runtime.block_on(async {
                    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
                    tokio::spawn(connection);
                    client
                });
                Self::Postgres(runtime, client)
            }
        }
    }

    /// Runs statements.
    pub(crate) fn run(&self, sql: &str) {
        self.try_run(sql).unwrap();
    }

    /// Runs statements that may fail.
    pub(crate) fn try_run(&self, sql: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql).map_err(|it| it.to_string()),
            Self::Postgres(runtime, client) => {
                runtime.block_on(client.batch_execute(sql)).map_err(|it| format!("{it:?}"))
            }
        }
    }

    /// Nobody else can write from now until [`Other::let_go`].
    pub(crate) fn block(&self) {
        self.run(match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(..) => "BEGIN; LOCK TABLE accounts IN EXCLUSIVE MODE",
        });
    }

    pub(crate) fn let_go(&self) {
        self.run("COMMIT");
    }
}
