//! Finding PostgreSQL's programs, installing them where that is possible, and running them as
//! somebody who is not root, since the server refuses root.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The user of the server if the tests run as root.
const USER: &str = "postgres";

/// Where Debian keeps one folder for each major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// PostgreSQL's programs.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
    root: bool,
}

impl Programs {
    /// The installed programs. Root on Debian gets them installed.
    pub(crate) fn find() -> Result<Self, String> {
        let root = said("id", &["-u"])?.trim() == "0";
        if let Some(folder) = installed() {
            return Ok(Self { folder, root });
        }
        if !root {
            return Err("these tests need PostgreSQL: install the package `postgresql`".to_owned());
        }
        eprintln!("testdb: no PostgreSQL here, installing the package `postgresql`");
        let waiting = "DPkg::Lock::Timeout=300";
        said("apt-get", &["-o", waiting, "update"])?;
        let install = ["-o", waiting, "install", "--yes", "--no-install-recommends", "postgresql"];
        said("apt-get", &install)?;
        let folder = installed()
            .ok_or("the package `postgresql` is installed, yet `initdb` is not to be found")?;
        Ok(Self { folder, root })
    }

    /// Makes an empty folder that belongs to the user of the server.
    pub(crate) fn make_folder(&self, path: &Path) -> Result<(), String> {
        let path = path.to_string_lossy();
        let owned = ["-d", "-m", "0700", "-o", USER, "-g", USER, &path];
        let own = ["-d", "-m", "0700", &path];
        said("install", if self.root { &owned } else { &own }).map(|_| ())
    }

    /// Runs a program to its end; what goes wrong names it.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.command(program);
        // A server that stays behind must not hold a pipe open that somebody reads to its end.
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("`{program} {}`: {status}", arguments.join(" "))),
            Err(error) => Err(format!("cannot run `{program}`: {error}")),
        }
    }

    /// The words that run a program as the right user.
    pub(crate) fn words(&self, program: &str) -> Vec<String> {
        let path = self.folder.join(program).to_string_lossy().into_owned();
        if !self.root {
            return vec![path];
        }
        let user = [format!("--reuid={USER}"), format!("--regid={USER}")];
        let mut words = vec!["setpriv".to_owned()];
        words.extend(user);
        words.extend(["--init-groups".to_owned(), "--".to_owned(), path]);
        words
    }

    /// What a program prints.
    pub(crate) fn said(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let mut command = self.command(program);
        output_of(command.args(arguments), program)
    }

    fn command(&self, program: &str) -> Command {
        let mut words = self.words(program).into_iter();
        let mut command = Command::new(words.next().unwrap_or_default());
        // The server's user may not enter the folder that the tests run in.
        command.args(words).current_dir("/");
        command
    }
}

/// The folder of `initdb`: that on the path, with links followed, or Debian's newest.
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path)
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .find_map(|file| complete(file.parent()?));
    on_path.or_else(|| {
        let versions = fs::read_dir(DEBIAN).ok()?.filter_map(Result::ok);
        let mut folders: Vec<(u32, PathBuf)> = versions
            .filter_map(|entry| {
                let version = entry.file_name().to_str()?.parse().ok()?;
                Some((version, complete(&entry.path().join("bin"))?))
            })
            .collect();
        folders.sort();
        folders.pop().map(|(_, folder)| folder)
    })
}

fn complete(folder: &Path) -> Option<PathBuf> {
    let all = ["initdb", "pg_ctl", "postgres", "createdb", "dropdb"];
    all.iter().all(|name| folder.join(name).exists()).then(|| folder.to_owned())
}

/// What a command of the system prints.
fn said(program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    output_of(&mut command, &format!("{program} {}", arguments.join(" ")))
}

fn output_of(command: &mut Command, shown: &str) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("`{shown}`: {}: {told}", output.status))
}
