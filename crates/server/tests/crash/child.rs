//! The server that is killed: this test's own program, started again.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{self, Command, Stdio},
    sync::Arc,
};

use kangji_core::vocabulary::Vocabulary;
use kangji_rights::Roles;
use kangji_server::{app::App, config::Config, listen, router};
use kangji_store::{Location, Store};
use kangji_vault::FileKeys;
use rand::{rand_core::UnwrapErr, rngs::SysRng};

use crate::place::NOW;

/// Where the child finds its database; without it the child has nothing to do.
const DATABASE: &str = "KANGJI_TEST_CHILD_DATABASE";
/// What the line with the address begins with.
const MARK: &str = "> ";

/// A running server.
pub(crate) struct Child {
    process: process::Child,
    pub(crate) address: String,
}

impl Child {
    /// Starts the ignored test `test` of this program, and waits until it listens.
    pub(crate) fn start(test: &str, location: &Location) -> Self {
        let database = match location {
            Location::File(path) => path.to_str().unwrap().to_owned(),
            Location::Postgres(url) => url.clone(),
        };
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
            .env(DATABASE, database)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| line.ok()?.strip_prefix(MARK).map(ToOwned::to_owned));
        Self { process, address: address.unwrap() }
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Serves the database until it is killed.
pub(crate) fn serve() {
    let Ok(database) = env::var(DATABASE) else { return };
    let location: Location = database.parse().unwrap();
    let store = Store::open(&location, Vocabulary::national()).unwrap();
    let config = Config::read("", |_| None).unwrap();
    let roles = Roles::parse(Roles::SHIPPED).unwrap();
    let keys = Arc::new(FileKeys::generate(&mut UnwrapErr(SysRng)));
    let settings = config.server.clone();
    let app = App::new(store, config, roles, keys, Arc::new(|| NOW));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        std::io::stdout().write_all(format!("\n{MARK}{address}\n").as_bytes()).unwrap();
        let for_ever = std::future::pending::<()>();
        kangji_server::serve(listener, router(app), settings, for_ever).await;
    });
}
