//! `cargo xtask schemathesis`: every address of the API is called with what its description allows
//! and with what it does not, by somebody of each role, on a server of its own.

mod api;
mod shop;
mod town;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use kangji_rights::Roles;

use town::{RESIDENT, SYSTEM, Town};

/// What is installed from PyPI.
const PACKAGE: &str = "schemathesis==4.32.5";
/// What the checks are told of this API.
const CONFIG: &str = include_str!("../schemathesis/config.toml");
/// Where the environment with it, its settings and its reports lie.
const FOLDER: &str = "target/schemathesis";
/// Roles that call at once.
const LANES: usize = 4;
/// The role that may take from others what they may do, and so calls when they are done.
const CHANGES_OTHERS: &str = "security-admin";
/// What ends the session of whoever calls it, or may, so that each is called in a session of its
/// own.
const LEAVING: [&str; 3] =
    ["POST /api/v1/sign-out", "DELETE /api/v1/me/totp", "DELETE /api/v1/users/{id}/sessions"];
/// Cases for each address unless `SCHEMATHESIS_EXAMPLES` says otherwise.
const EXAMPLES: &str = "10";
/// The same cases each time unless `SCHEMATHESIS_SEED` says otherwise.
const SEED: &str = "4";

/// Calls the API as each of `roles`, as all of them if there are none.
pub(crate) fn run(roles: &[String]) -> Result<(), String> {
    let (last, roles) = chosen(roles)?;
    fs::create_dir_all(FOLDER).map_err(|error| format!("{FOLDER}: {error}"))?;
    let program = installed()?;
    super::run("cargo", &["build", "--package", "kangji"], &[])?;
    let town = Town::open(Path::new(FOLDER))?;
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let keep = |findings: Vec<String>| {
        found.lock().unwrap_or_else(PoisonError::into_inner).extend(findings);
    };
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                while let Some(role) = roles.get(next.fetch_add(1, Ordering::Relaxed)) {
                    keep(findings(&program, &town, role));
                }
            });
        }
    });
    last.iter().for_each(|role| keep(findings(&program, &town, role)));
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let errors = town.errors()?;
    if !errors.is_empty() {
        found.push(format!("the server's log has errors:\n{errors}"));
    }
    if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
}

/// What is wrong with what somebody of a role is answered.
fn findings(program: &Path, town: &Town, role: &str) -> Vec<String> {
    let begun = Instant::now();
    let mut found = Vec::new();
    let staying = LEAVING.map(|name| ["--exclude-name", name]);
    let parts = [staying.as_flattened()].into_iter();
    let leaving = LEAVING.map(|name| ["--include-name", name]);
    for which in parts.chain(leaving.iter().map(<[_; 2]>::as_slice)) {
        match tried(program, town, role, which) {
            Ok(true) => {}
            Ok(false) => found.push(format!("{role}: see above")),
            Err(error) => found.push(format!("{role}: {error}")),
        }
    }
    println!("xtask: {role} took {} s", begun.elapsed().as_secs());
    found
}

/// The roles to call as: the one that changes what others may do, if it is wanted, and the others:
/// those that are shipped, a resident and a connected system.
fn chosen(wanted: &[String]) -> Result<(Option<String>, Vec<String>), String> {
    let shipped = Roles::parse(Roles::SHIPPED).map_err(|error| error.to_string())?;
    let staff = shipped.all().iter().map(|role| role.id.clone());
    let mut roles: Vec<String> =
        [RESIDENT, SYSTEM].map(ToOwned::to_owned).into_iter().chain(staff).collect();
    if let Some(unknown) = wanted.iter().find(|role| !roles.contains(role)) {
        return Err(format!("`{unknown}` is no role; there are {}", roles.join(", ")));
    }
    roles.retain(|role| wanted.is_empty() || wanted.contains(role));
    let last = roles.iter().position(|role| role == CHANGES_OTHERS);
    Ok((last.map(|at| roles.remove(at)), roles))
}

/// The program, installed if it is missing.
fn installed() -> Result<PathBuf, String> {
    let environment = Path::new(FOLDER).join("venv");
    let program = environment.join("bin/schemathesis");
    let version = Command::new(&program).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let (_, wanted) = PACKAGE.split_once("==").unwrap_or_default();
    if !version.is_ok_and(|version| version.trim_end().ends_with(wanted)) {
        println!("xtask: installing {PACKAGE} into {}", environment.display());
        let environment = environment.to_string_lossy();
        super::run("python3", &["-m", "venv", &environment], &[])?;
        let pip = format!("{environment}/bin/pip");
        super::run(&pip, &["install", "--quiet", PACKAGE], &[])?;
    }
    Ok(program)
}

/// Whether all that was tried as somebody was answered as described. What was found is printed
/// in one piece.
fn tried(program: &Path, town: &Town, role: &str, which: &[&str]) -> Result<bool, String> {
    let caller = town.caller(role)?;
    let settings = Path::new(FOLDER).join(format!("{role}.toml"));
    let text = format!("{CONFIG}\n{}\n{}", town.dictionaries(), caller.settings());
    fs::write(&settings, text).map_err(|error| format!("{}: {error}", settings.display()))?;
    let set = |name: &str, value: &str| env::var(name).unwrap_or_else(|_| value.to_owned());
    let mut command = Command::new(program);
    command.arg("--config-file").arg(&settings).arg("--no-color");
    command.arg("run").args(which);
    command.args(["--max-examples", &set("SCHEMATHESIS_EXAMPLES", EXAMPLES)]);
    command.args(["--seed", &set("SCHEMATHESIS_SEED", SEED)]);
    // How fast it invents requests is a matter of this machine.
    command.arg("--suppress-health-check=too_slow");
    command.arg(town.description());
    command.env("SCHEMATHESIS_HOOKS", "xtask/schemathesis/hooks.py");
    let output = command.output().map_err(|error| format!("schemathesis: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    println!("xtask: as {role}, {}\n{said}", which.join(" "));
    // Whoever is signed out in the middle tries nothing but the door.
    let stayed = which.contains(&"--include-name") || town.knows(&caller)?;
    match output.status.code() {
        Some(0 | 1) if !stayed => Err("the session ended in the middle".to_owned()),
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(format!("schemathesis: {}", String::from_utf8_lossy(&output.stderr))),
    }
}
