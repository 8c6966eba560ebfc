//! Checks of the tree that no compiler makes. They only ever tighten.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Which crates of the project a crate may use; the arrows of ARCHITECTURE.md.
const MAY_USE: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("rights", &["core"]),
    ("rules", &["core"]),
    ("exchange", &["core"]),
    ("generate", &["core"]),
    ("ledger", &["core"]),
    ("pages", &["core", "rules"]),
    ("vault", &["core"]),
    ("testdb", &[]),
    ("redemption", &["core", "rules", "ledger"]),
    ("store", &["core", "rules", "ledger", "redemption", "rights"]),
    (
        "server",
        &[
            "core",
            "rules",
            "exchange",
            "generate",
            "ledger",
            "pages",
            "redemption",
            "rights",
            "vault",
            "store",
        ],
    ),
    (
        "cli",
        &[
            "core",
            "rules",
            "exchange",
            "generate",
            "ledger",
            "redemption",
            "pages",
            "store",
            "server",
        ],
    ),
];

/// The longest a source file may be; tests may be longer.
const FILE_LINES_MAX: usize = 500;

pub(crate) fn run() -> Result<(), String> {
    let mut problems = Vec::new();
    dependencies(&mut problems)?;
    let mut sources = Vec::new();
    for folder in ["crates", "xtask"] {
        find(Path::new(folder), "rs", &mut sources)?;
    }
    for path in &sources {
        let text = read(path)?;
        let lines = text.lines().count();
        if !is_test(path) && lines > FILE_LINES_MAX {
            problems.push(format!("{}: {lines} lines, at most {FILE_LINES_MAX}", path.display()));
        }
        if !is_test(path) && !text.starts_with("//!") && !text.trim().is_empty() {
            problems.push(format!("{}: does not say what it is for", path.display()));
        }
    }
    if problems.is_empty() {
        println!("xtask: {} files are tidy", sources.len());
        return Ok(());
    }
    Err(problems.join("\n"))
}

/// Every crate uses only those the map allows, outside its tests and benchmarks.
fn dependencies(problems: &mut Vec<String>) -> Result<(), String> {
    for entry in list(Path::new("crates"))? {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == name) else {
            problems.push(format!("crates/{name}: not on the map; add it to xtask/src/tidy.rs"));
            continue;
        };
        let manifest = read(&entry.join("Cargo.toml"))?;
        let mut section = "";
        for line in manifest.lines() {
            if line.starts_with('[') {
                section = line;
            }
            let used = line.strip_prefix("kangji-").and_then(|rest| rest.split('.').next());
            if let Some(used) = used.filter(|_| section == "[dependencies]")
                && !allowed.contains(&used)
            {
                problems.push(format!("crates/{name} may not use crates/{used}"));
            }
        }
    }
    Ok(())
}

fn is_test(path: &Path) -> bool {
    let inside = |name| path.components().any(|part| part.as_os_str() == name);
    inside("tests") || inside("benches") || path.ends_with("tests.rs")
}

fn find(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) -> Result<(), String> {
    for path in list(folder)? {
        if path.is_dir() {
            find(&path, ending, found)?;
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    Ok(())
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let told = |error| format!("{}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(told)?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(told)?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
