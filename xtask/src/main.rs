//! The developer's commands. `cargo xtask test` runs every test; `cargo xtask tidy` checks what
//! no compiler does: crate dependencies, file and function lengths, words that do not belong;
//! `cargo xtask crash` kills the store and the server for minutes; `cargo xtask year` plays a year of
//! a district and adds everything up; `cargo xtask schemathesis` calls
//! every address of the API with what its description allows and what it does not.

mod schemathesis;
mod tidy;

use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask test | tidy | mutants | fuzz [SECONDS] | \
    crash [SQLITE_ROUNDS] [POSTGRES_ROUNDS] | year [PEOPLE] | schemathesis [ROLE…] | \
    assets | screens [FOLDER]";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let result = match words.next().as_deref() {
        Some("test") => test(),
        Some("tidy") => tidy::run(),
        Some("mutants") => mutants(),
        Some("fuzz") => fuzz(&words.next().unwrap_or_else(|| "600".to_owned())),
        Some("assets") => assets(),
        Some("screens") => screens(&words.next().unwrap_or_else(|| "target/screens".to_owned())),
        Some("year") => year(&words.next().unwrap_or_else(|| "50000".to_owned())),
        Some("crash") => crash(words.next(), words.next()),
        Some("schemathesis") => schemathesis::run(&words.collect::<Vec<_>>()),
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
/// PostgreSQL is installed by the tests that need it, Node and a browser here.
fn test() -> Result<(), String> {
    need_browser()?;
    is_bundled()?;
    run("cargo", &["test", "--workspace", "--lib", "--bins", "--tests", "--quiet"], &[])?;
    run("cargo", &["test", "--workspace", "--doc", "--quiet"], &[])
}

/// What the browser tests and the identity provider need.
fn need_browser() -> Result<(), String> {
    need_program("npm", &["nodejs", "npm"])?;
    need_program("chromium", &["chromium", "fonts-noto-cjk"])
}

const ASSETS: &str = "crates/server/assets";

/// Bundles style and script of the pages, which are part of the program, into `dist/`.
fn assets() -> Result<(), String> {
    need_program("npm", &["nodejs", "npm"])?;
    bundle("dist")
}

fn bundle(folder: &str) -> Result<(), String> {
    let quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--silent", "--prefix", ASSETS];
    run("npm", &[&["ci"], quiet.as_slice()].concat(), &[])?;
    let to = format!("--outdir={folder}");
    run("npm", &["run", "build", "--silent", "--prefix", ASSETS, "--", &to], &[])
}

/// That `dist/` is what its sources give.
fn is_bundled() -> Result<(), String> {
    let fresh = "../../../target/assets";
    bundle(fresh)?;
    for name in ["kangji.css", "kangji.js", "charts.js"] {
        let read = |folder: &str| std::fs::read(format!("{ASSETS}/{folder}/{name}")).ok();
        if read(fresh).is_none() || read(fresh) != read("dist") {
            return Err(format!("{ASSETS}/dist/{name} is not what its sources give: assets"));
        }
    }
    Ok(())
}

/// Pictures of every page as everybody sees it, at two sizes, in both editions and on paper.
fn screens(folder: &str) -> Result<(), String> {
    need_browser()?;
    let there = std::env::current_dir().map_err(|error| error.to_string())?.join(folder);
    let there = there.display().to_string();
    let arguments = ["test", "--package", "kangji-server", "--test", "browser", "every_page"];
    run("cargo", &arguments, &[("KANGJI_SCREENS", &there)])?;
    println!("xtask: the pictures are in {there}");
    Ok(())
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

/// Plays a year of a generated district on both databases.
fn year(people: &str) -> Result<(), String> {
    let arguments = ["test", "--release", "--package", "kangji-store", "--test", "year"];
    let shown = ["--", "--nocapture", "--test-threads=1"];
    run("cargo", &[arguments.as_slice(), &shown].concat(), &[("KANGJI_YEAR_PEOPLE", people)])
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
