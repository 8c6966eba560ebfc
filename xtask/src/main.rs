//! The developer's commands. `cargo xtask test` runs every test; `cargo xtask tidy` checks what
//! no compiler does: crate dependencies, file and function lengths, words that do not belong;
//! `cargo xtask crash` kills the store and the server for minutes.

mod tidy;

use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask test | tidy | mutants | fuzz [SECONDS] | \
    crash [SQLITE_ROUNDS] [POSTGRES_ROUNDS]";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let result = match words.next().as_deref() {
        Some("test") => test(),
        Some("tidy") => tidy::run(),
        Some("mutants") => mutants(),
        Some("fuzz") => fuzz(&words.next().unwrap_or_else(|| "600".to_owned())),
        Some("crash") => crash(words.next(), words.next()),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Every test: unit, integration, property, worked examples, documentation.
/// PostgreSQL is installed by the tests that need it, Node for the identity provider here.
fn test() -> Result<(), String> {
    need_program("npm", &["nodejs", "npm"])?;
    run("cargo", &["test", "--workspace", "--lib", "--bins", "--tests", "--quiet"], &[])?;
    run("cargo", &["test", "--workspace", "--doc", "--quiet"], &[])
}

/// The files of the evaluator proper.
const EVALUATOR: [&str; 8] =
    ["evaluate", "judge", "across", "meter", "requirement", "condition", "decisions", "known"];

/// Mutation test of the evaluator against its laws and the worked examples; installs
/// cargo-mutants if it is missing. About 40 minutes on two cores, so it is no part of `test`.
fn mutants() -> Result<(), String> {
    need_subcommand("mutants", "cargo-mutants")?;
    let files = EVALUATOR.map(|file| format!("crates/rules/src/score/{file}.rs"));
    let mut arguments = vec!["mutants", "--package", "kangji-rules", "--jobs", "2"];
    arguments.extend(["--profile", "mutants", "--timeout", "60"]);
    for file in &files {
        arguments.extend(["--file", file]);
    }
    // Passed to the build as well, so that no other test is built for each mutant.
    arguments.extend(["--cargo-arg=--test=laws", "--cargo-arg=--test=schemes"]);
    run("cargo", &arguments, &[("PROPTEST_CASES", "48")])
}

/// Each fuzz target for so many seconds; installs cargo-fuzz if it is missing. The sanitizers
/// need the compiler's unstable flags, which `RUSTC_BOOTSTRAP` allows.
fn fuzz(seconds: &str) -> Result<(), String> {
    need_subcommand("fuzz", "cargo-fuzz")?;
    for target in ["document", "tables"] {
        let corpus = format!("fuzz/corpus/{target}");
        std::fs::create_dir_all(&corpus).map_err(|error| format!("{corpus}: {error}"))?;
        let seeds = format!("fuzz/corpus-seeds/{target}");
        let limit = format!("-max_total_time={seconds}");
        let arguments = ["fuzz", "run", target, &corpus, &seeds, "--", &limit];
        run("cargo", &arguments, &[("RUSTC_BOOTSTRAP", "1")])?;
    }
    Ok(())
}

/// The long run of the tests that kill the store's process and the server, optimized and with what
/// they counted.
fn crash(sqlite: Option<String>, postgres: Option<String>) -> Result<(), String> {
    let sqlite = sqlite.unwrap_or_else(|| "200".to_owned());
    let postgres = postgres.unwrap_or_else(|| "50".to_owned());
    let rounds = [
        ("KANGJI_CRASH_SQLITE_ROUNDS", sqlite.as_str()),
        ("KANGJI_CRASH_POSTGRES_ROUNDS", postgres.as_str()),
        ("KANGJI_CRASH_HTTP_ROUNDS", postgres.as_str()),
    ];
    let shown = ["--", "--nocapture", "--test-threads=1"];
    for package in ["kangji-store", "kangji-server"] {
        let arguments = ["test", "--release", "--package", package, "--test", "crash"];
        run("cargo", &[arguments.as_slice(), &shown].concat(), &rounds)?;
    }
    Ok(())
}

/// Installs Debian's packages where a program is missing.
fn need_program(program: &str, packages: &[&str]) -> Result<(), String> {
    let found = Command::new(program).arg("--version").output();
    if found.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    println!("xtask: installing {}", packages.join(" "));
    run("apt-get", &[&["install", "--yes", "--no-install-recommends"], packages].concat(), &[])
}

fn need_subcommand(name: &str, package: &str) -> Result<(), String> {
    let found = Command::new("cargo").args([name, "--version"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    println!("xtask: installing {package}");
    run("cargo", &["install", package, "--locked"], &[])
}

fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    println!("xtask: {program} {}", arguments.join(" "));
    let status = Command::new(program).args(arguments).envs(environment.iter().copied()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{program} {}` ended with {status}", arguments.join(" "))),
        Err(error) => Err(format!("cannot run `{program}`: {error}")),
    }
}
