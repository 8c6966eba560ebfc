//! `kangji serve` as a process: it makes what is missing, answers, and stops when told to.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("kangji-serve-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn kangji(folder: &PathBuf) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kangji"));
    command.current_dir(folder).env_remove("KANGJI_DATABASE").arg("serve");
    command
}

/// An address nobody listens at.
fn address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Reads the log until a line says this.
fn read_until(log: &mut impl BufRead, message: &str) -> Value {
    let mut seen = String::new();
    loop {
        let mut line = String::new();
        assert!(log.read_line(&mut line).unwrap() > 0, "`{message}` is not in: {seen}");
        let value: Value = serde_json::from_str(&line).unwrap();
        if value["message"] == message {
            return value;
        }
        seen.push_str(&line);
    }
}

/// A server that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

impl Running {
    fn terminate(&self) {
        let kill = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }
}

#[test]
fn it_makes_what_is_missing_answers_and_stops() {
    let folder = folder("stops");
    let [main, operations] = [address(), address()];
    let mut child = kangji(&folder)
        .env("KANGJI_SERVER_LISTEN", &main)
        .env("KANGJI_SERVER_OPERATIONS", &operations)
        .env("KANGJI_JOBS_SECONDS", "1")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut running = Running(child);
    let line = read_until(&mut log, "listening");
    assert_eq!(line["address"], main.as_str());
    for path in ["kangji.db", "kangji.db.key.pem", "kangji.people.key", "kangji.vouchers.key.pem"] {
        assert!(folder.join(path).exists(), "{path}");
    }
    assert!(get(&main, "/-/health").starts_with("HTTP/1.1 204"));
    assert!(get(&operations, "/-/ready").starts_with("HTTP/1.1 204"));
    let figures = get(&operations, "/-/metrics");
    assert!(figures.contains("kangji_requests_total{method=\"GET\",path=\"/-/health\""));
    assert!(get(&main, "/-/metrics").starts_with("HTTP/1.1 404"), "not for everybody");
    let answered = read_until(&mut log, "answered");
    assert_eq!(answered["span"]["trace"].as_str().unwrap().len(), 36, "{answered}");
    // A connection that asked for nothing yet does not keep the server.
    let idle = TcpStream::connect(&main).unwrap();
    running.terminate();
    read_until(&mut log, "stopped");
    assert!(running.0.wait().unwrap().success());
    idle.shutdown(Shutdown::Both).ok();
    assert!(folder.join("kangji.db.checkpoints").exists(), "the day's checkpoint is kept outside");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn settings_are_printed_and_mistakes_are_told() {
    let folder = folder("settings");
    let printed = kangji(&folder).arg("--settings").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains("operations = \"127.0.0.1:9464\""), "{printed}");
    std::fs::write(folder.join("own.toml"), "[server]\nport = 1\n").unwrap();
    let cases = [
        (vec!["--config", "own.toml"], ("X", ""), "port"),
        (vec![], ("KANGJI_LOG_LEVEL", "loud"), "loud"),
        (vec![], ("KANGJI_SERVER_LISTEN", "192.0.2.7:1"), "不能监听"),
    ];
    for (arguments, (name, value), expected) in cases {
        let run = kangji(&folder).args(arguments).env(name, value).output().unwrap();
        let text = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(2), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// The address is printed when everything is made; the listener follows at once.
fn get_soon(address: &str, path: &str) -> String {
    let listens = || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        TcpStream::connect(address).is_ok()
    };
    assert!((0..200).any(|_| listens()), "nobody listens at {address}");
    get(address, path)
}

#[test]
fn a_demonstration_is_made_once_and_is_for_this_machine_alone() {
    let folder = folder("demo");
    let demo = |listen: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kangji"));
        command.current_dir(&folder).args(["demo", "--people", "100", "--listen", listen]);
        command
    };
    for is_first in [true, false] {
        let main = address();
        let mut child = demo(&main).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut running = Running(child);
        let before: Vec<String> = said
            .by_ref()
            .map(Result::unwrap)
            .take_while(|line| !line.contains("演示已就绪"))
            .collect();
        assert_eq!(before.iter().any(|line| line.contains("虚构的居民")), is_first, "{before:?}");
        assert!(said.next().unwrap().unwrap().contains("p-nurse / "));
        assert!(get_soon(&main, "/").contains("location: /demo"));
        let page = get(&main, "/demo");
        assert!(page.contains("均为虚构") && page.contains("审计员"), "{page}");
        running.terminate();
        assert!(running.0.wait().unwrap().success());
    }
    let refused = demo("0.0.0.0:1").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("只能监听本机地址"));
    std::fs::remove_dir_all(folder).unwrap();
}
