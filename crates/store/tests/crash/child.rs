//! The process that serves and is killed: this test's own program, started again.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    process::{self, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use kangji_store::{Location, Store};

use crate::{desk::Desk, game::Servers};

/// Where the child finds its database; without it the child's test has nothing to do.
pub(crate) const DATABASE: &str = "KANGJI_TEST_CHILD_DATABASE";
/// What an answer begins with, to tell it from what the test program itself prints.
const MARK: &str = "> ";

/// A serving process.
pub(crate) struct Child {
    process: process::Child,
    input: Option<ChildStdin>,
    answers: mpsc::Receiver<String>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Child {
    /// Starts the ignored test `test` of this program with `database`.
    pub(crate) fn start(test: &str, database: &str) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
            .env(DATABASE, database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (process.stdin.take(), process.stdout.take().unwrap());
        let (sender, answers) = mpsc::channel();
        let reader = thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = String::new();
            // A line that ends in the middle was never told to anybody.
            while output.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
                if let Some(answer) = line.trim_end_matches('\n').strip_prefix(MARK) {
                    let _ = sender.send(answer.to_owned());
                }
                line.clear();
            }
        });
        Self { process, input, answers, reader: Some(reader) }
    }

    /// `kill -9`. What it had said before is still to be read.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.input = None;
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }

    /// Ends its input and waits until it has ended in order.
    pub(crate) fn finish(&mut self) {
        self.input = None;
        assert!(self.process.wait().unwrap().success(), "the serving process failed");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Servers for Child {
    fn send(&mut self, _: usize, line: &str) {
        if let Some(input) = &mut self.input {
            // A process that was killed reads no more.
            let _ = input.write_all(format!("{line}\n").as_bytes());
        }
    }

    fn next(&mut self, wait: Duration) -> Option<String> {
        self.answers.recv_timeout(wait).ok()
    }
}

/// Serves `location` until the end of the input.
pub(crate) fn serve(location: &Location) {
    let desk = Desk::new(
        Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap(),
        |line| write(&line),
    );
    // The test program has begun a line of its own.
    io::stdout().write_all(b"\n").unwrap();
    for line in io::stdin().lines() {
        let Ok(line) = line else { break };
        desk.take(&line);
    }
}

/// Writes an answer, past what the test program captures.
fn write(line: &str) {
    // Nobody reads any more when the parent is gone.
    let _ = io::stdout().write_all(format!("{MARK}{line}\n").as_bytes());
}
