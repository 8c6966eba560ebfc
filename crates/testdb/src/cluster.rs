//! One cluster: made, started, stopped, started again, and removed.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::programs::Programs;

/// Waits for the end of its input, which comes when the tests' process ends in whatever way; then
/// stops the server and removes its folder. `$1` is the folder, what follows runs `pg_ctl`.
const GUARD: &str = "cat; folder=$1; shift; cd /
\"$@\" stop -D \"$folder/data\" -m immediate; rm -rf \"$folder\"";

/// A running server of its own; it ends with this value or with the process.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    folder: PathBuf,
    databases: AtomicU32,
    guard: Child,
}

impl Cluster {
    /// Starts a new cluster with more settings of `postgresql.conf`, such as
    /// `("max_connections", "20")`.
    ///
    /// # Errors
    ///
    /// A sentence for people: there is no PostgreSQL, or it does not start.
    pub fn start(settings: &[(&str, &str)]) -> Result<Self, String> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let programs = Programs::find()?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("kangji-testdb-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        programs.make_folder(&folder)?;
        let guard = guard(&programs, &folder)?;
        let cluster = Self { programs, folder, databases: AtomicU32::new(0), guard };
        let data = cluster.data();
        let new = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"];
        cluster.run("initdb", &[&["-D", &data, "--no-sync"], new.as_slice()].concat())?;
        cluster.configure(settings)?;
        cluster.start_again()?;
        Ok(cluster)
    }

    /// The address of a new, empty database.
    ///
    /// # Errors
    ///
    /// A sentence for people: the server is stopped, or its disk is full.
    pub fn fresh_database(&self) -> Result<String, String> {
        let name = format!("fresh{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let folder = self.folder.to_string_lossy();
        self.run("createdb", &["--host", &folder, "--username", "postgres", &name])?;
        Ok(format!("postgres:///{name}?user=postgres&host={folder}"))
    }

    /// Removes a database of this cluster and cuts what is connected to it.
    ///
    /// # Errors
    ///
    /// A sentence for people: it is not there, or the server is stopped.
    pub fn drop_database(&self, address: &str) -> Result<(), String> {
        let name = address.strip_prefix("postgres:///").and_then(|rest| rest.split('?').next());
        let name = name.ok_or_else(|| format!("not a database of this cluster: {address}"))?;
        let folder = self.folder.to_string_lossy();
        self.run("dropdb", &["--force", "--host", &folder, "--username", "postgres", name])
    }

    /// Stops the server as after a power cut: nothing is told to anybody, nothing is finished.
    ///
    /// # Errors
    ///
    /// A sentence for people: it was not running.
    pub fn stop_immediate(&self) -> Result<(), String> {
        self.run("pg_ctl", &["stop", "-D", &self.data(), "-m", "immediate", "-w"])
    }

    /// Starts the stopped server and waits until it answers.
    ///
    /// # Errors
    ///
    /// A sentence for people with what the server wrote.
    pub fn start_again(&self) -> Result<(), String> {
        let (data, log) = (self.data(), self.log());
        self.run("pg_ctl", &["start", "-D", &data, "-w", "-t", "120", "-l", &log])
    }

    /// Stops the server in order and starts it again; connections are cut.
    ///
    /// # Errors
    ///
    /// A sentence for people with what the server wrote.
    pub fn restart(&self) -> Result<(), String> {
        self.run("pg_ctl", &["stop", "-D", &self.data(), "-m", "fast", "-w"])?;
        self.start_again()
    }

    fn configure(&self, settings: &[(&str, &str)]) -> Result<(), String> {
        let path = self.folder.join("data/postgresql.conf");
        let told = |error| format!("{}: {error}", path.display());
        let mut file = OpenOptions::new().append(true).open(&path).map_err(told)?;
        let folder = self.folder.to_string_lossy();
        let own = [("listen_addresses", ""), ("unix_socket_directories", &*folder)];
        for (name, value) in own.iter().chain(settings) {
            writeln!(file, "{name} = '{value}'").map_err(told)?;
        }
        Ok(())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        self.programs.run(program, arguments).map_err(|problem| {
            let log = fs::read_to_string(self.log()).unwrap_or_default();
            format!("{problem}\n{log}")
        })
    }

    fn data(&self) -> String {
        self.folder.join("data").to_string_lossy().into_owned()
    }

    fn log(&self) -> String {
        self.folder.join("log").to_string_lossy().into_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Nobody is left to tell; the guard has done what could be done.
        let _ = self.guard.wait();
    }
}

/// The process that outlives this one by a moment.
fn guard(programs: &Programs, folder: &std::path::Path) -> Result<Child, String> {
    let mut command = Command::new("sh");
    command.args(["-c", GUARD, "guard"]).arg(folder).args(programs.words("pg_ctl"));
    // An interrupt from the terminal goes to the tests' group and must not end the guard.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map_err(|error| format!("cannot run `sh`: {error}"))
}
