//! A disk that is full: the tests of this file run once more in a process of their own, which
//! alone sees a small disk in memory as the folder for temporary files.

use std::{
    env, fs,
    fs::OpenOptions,
    io::Write,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use kangji_store::Location;
use kangji_testdb::Cluster;

use crate::{
    desks::{Desks, Other},
    game::Game,
    place::{self, Folder},
    stored,
};

/// Set in the process that sees the small disk.
const INSIDE: &str = "KANGJI_TEST_SMALL_DISK";

/// What the process that becomes the test does first. `$1` is the folder, `$2` the size, `$3` who
/// the tests run as.
const MOUNT: &str = "mount -t tmpfs -o mode=1777,size=$2 kangji \"$1\" || exit
    user=$3; shift 3
    if [ \"$user\" = 0 ]; then exec \"$@\"; fi
    exec unshare --user --map-user=\"$user\" -- \"$@\"";

/// Plays until so many commands have failed, all of them because the disk is full.
fn play_until_full(game: &mut Game, desks: &mut Desks, errors: u64, at_a_time: Duration) {
    let start = Instant::now();
    while game.counts.errors < errors {
        game.play(desks, at_a_time);
        game.settle(desks);
        game.resend(desks);
        assert!(start.elapsed() < Duration::from_secs(20), "the disk is not full yet");
    }
    game.settle(desks);
    assert_eq!(game.errors, ["Full".to_owned()].into());
}

#[test]
fn on_a_full_sqlite_disk_commands_fail_whole_and_succeed_when_there_is_space() {
    let test = "disk::on_a_full_sqlite_disk_commands_fail_whole_and_succeed_when_there_is_space";
    if is_outside(test, "48m") {
        return;
    }
    let folder = Folder::new();
    let location = folder.database("ledger.db");
    place::prepare(&location);
    let mut desks = Desks::open(&location, 1);
    let mut game = Game::new();
    game.forgiving = true;
    let ballast = Ballast::leave(2 << 20);
    // Failed commands again and again, so that there is not even space for one of them alone.
    play_until_full(&mut game, &mut desks, 1000, Duration::from_millis(10));
    // Of what failed nothing is there.
    stored::check(&location, &game.model);
    assert_eq!(game.counts.committed_before, 0);
    drop(ballast);
    finish(game, desks, &location);
}

#[test]
fn on_a_full_postgres_disk_nothing_is_lost_and_all_goes_on_when_there_is_space() {
    let test = "disk::on_a_full_postgres_disk_nothing_is_lost_and_all_goes_on_when_there_is_space";
    if is_outside(test, "192m") {
        return;
    }
    let cluster = Cluster::start(&[("shared_buffers", "16MB")]).unwrap();
    let location: Location = cluster.fresh_database().unwrap().parse().unwrap();
    place::prepare(&location);
    let mut desks = Desks::open(&location, 1);
    let mut game = Game::new();
    game.forgiving = true;
    let ballast = Ballast::leave(1 << 20);
    // First a table finds no space, which the server says of each group.
    let start = Instant::now();
    play_until_full(&mut game, &mut desks, 500, Duration::from_millis(100));
    stored::check(&location, &game.model);
    // Then the log of the server finds none, and the server stops itself.
    let other = Other::open(&location);
    let stopped = loop {
        let tried = other.try_run("SELECT pg_switch_wal()");
        game.resend(&mut desks);
        game.play(&mut desks, Duration::from_millis(200));
        if let Err(problem) = tried {
            break problem;
        }
        assert!(start.elapsed() < Duration::from_secs(40), "the server does not stop");
    };
    eprintln!("the server stopped ({stopped}): {:?}", game.counts);
    drop(ballast);
    // Where it has not stopped there is nothing to start.
    let _ = cluster.start_again();
    finish(game, desks, &location);
}

/// With space again, all that was asked is answered, and the traffic goes on.
fn finish(mut game: Game, mut desks: Desks, location: &Location) {
    let full = Instant::now();
    game.settle(&mut desks);
    game.forgiving = false;
    game.resend(&mut desks);
    game.play(&mut desks, Duration::from_millis(50));
    game.drain(&mut desks);
    stored::check(location, &game.model);
    eprintln!("{:?}; went on after {:?}", game.counts, full.elapsed());
}

/// Whether this process is not the one with the small disk; then that one runs and must succeed.
fn is_outside(test: &str, size: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return false;
    }
    let folder = Folder::new();
    let user = Command::new("id").arg("-u").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap().trim().to_owned();
    let mut command = Command::new("unshare");
    if user != "0" {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "sh", "-c", MOUNT, "mount"]).arg(&folder.0).args([size, &user]);
    command.arg(env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    let output = command.env("TMPDIR", &folder.0).env(INSIDE, "1").output().unwrap();
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    eprintln!("{}{}", told(&output.stdout), told(&output.stderr));
    assert!(output.status.success(), "it fails on the small disk, or nobody here may mount one");
    true
}

/// A file that leaves little space on the disk; it goes with this value.
struct Ballast(PathBuf);

impl Ballast {
    fn leave(space: u64) -> Self {
        let path = env::temp_dir().join("ballast");
        let mut file = OpenOptions::new().create_new(true).append(true).open(&path).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        let length = file.metadata().unwrap().len();
        file.set_len(length - space).unwrap();
        Self(path)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
