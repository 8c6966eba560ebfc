//! Whole journeys in a real browser, on both databases, in the districts of the demonstration.
//! Needs Debian's packages `nodejs`, `npm` and `chromium`, which `cargo xtask test` installs, and
//! npm's registry or cache.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    env, fs,
    path::Path,
    path::PathBuf,
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use kangji_core::{Day, Moment, vocabulary::Vocabulary};
use kangji_ledger::key::{FileKey, PublicKey};
use kangji_redemption::voucher::Face;
use kangji_rights::Roles;
use kangji_server::{
    app::App, config::Config, demo, listen, router, serve, tasks::attend::attend_all,
};
use kangji_store::{Location, Store};
use kangji_vault::FileKeys;
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use tokio::sync::oneshot;

/// People of each district: enough for everything that the journeys need.
const PEOPLE: u32 = 240;

#[test]
fn people_find_their_way_on_sqlite() {
    let folder = Folder::new("sqlite");
    let location = Location::File(folder.0.join("kangji.db"));
    browse_to(&folder, &location);
}

#[test]
fn people_find_their_way_on_postgres() {
    let folder = Folder::new("postgres");
    browse_to(&folder, &Location::Postgres(kangji_testdb::fresh_database()));
}

#[test]
fn no_page_names_an_illness_to_whom_it_is_no_business() {
    let folder = Folder::new("secrets");
    browse(&Location::File(folder.0.join("kangji.db")), "secrets.mjs", &[]);
}

#[test]
fn every_page_can_be_read() {
    let folder = Folder::new("walk");
    let location = Location::File(folder.0.join("kangji.db"));
    let pictures = env::var("KANGJI_SCREENS").ok();
    browse(&location, "walk.mjs", &pictures.iter().map(String::as_str).collect::<Vec<_>>());
}

/// Goes all journeys, and checks the square code that one of them photographed with nothing but the
/// public key.
fn browse_to(folder: &Folder, location: &Location) {
    browse(location, "journeys.mjs", &[folder.0.to_str().unwrap()]);
    let text = fs::read_to_string(folder.0.join("voucher.txt")).unwrap();
    let pem = fs::read_to_string(folder.0.join("voucher.pem")).unwrap();
    let key = PublicKey::from_pem(&pem).unwrap();
    let face = Face::verified(&text, &key).unwrap();
    assert_eq!(face.scheme, "panzhihua-xiqu");
    for place in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[place] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert!(Face::verified(&changed, &key).is_err(), "{changed}");
    }
    let pdf = fs::read(folder.0.join("voucher.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-"), "the sheet was printed");
}

/// A folder of one test's own, removed at its end even when it fails.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("kangji-browser-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a script of this folder against a server with the demonstration's districts; one at a time,
/// so that no page is slow because of another browser.
fn browse(location: &Location, script: &str, arguments: &[&str]) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let scripts = installed();
    let app = demonstration(location);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(listen("127.0.0.1:0".parse().unwrap())).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let told = async {
        let _ = stopped.await;
    };
    let settings = app.config().server.clone();
    let worker = Worker::start(&app);
    let served = runtime.spawn(serve(listener, router(app.clone()), settings, told));
    let over = Arc::new(AtomicBool::new(false));
    let (own, is_over) = (app.clone(), Arc::clone(&over));
    let tasks = thread::spawn(move || {
        while !is_over.load(Ordering::Relaxed) {
            attend_all(&own).unwrap();
            thread::sleep(Duration::from_millis(50));
        }
    });
    let ended = Command::new("node")
        .arg(scripts.join(script))
        .arg(&address)
        .args(arguments)
        .current_dir(&scripts)
        .status();
    let _ = stop.send(());
    over.store(true, Ordering::Relaxed);
    tasks.join().unwrap();
    runtime.block_on(served).unwrap();
    worker.stop();
    // The store's own connections end outside of the runtime.
    drop(runtime);
    drop(app);
    assert!(ended.unwrap().success(), "{script} found something: see above");
}

/// What does the long work that people ask for, as a server has it.
struct Worker {
    over: Arc<AtomicBool>,
    thread: thread::JoinHandle<()>,
}

impl Worker {
    fn start(app: &App) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (told, app) = (Arc::clone(&over), app.clone());
        let thread = thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                attend_all(&app).unwrap();
                thread::sleep(Duration::from_millis(100));
            }
        });
        Self { over, thread }
    }

    fn stop(self) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

fn demonstration(location: &Location) -> App {
    let first = Day::from_number(demo::FIRST_DAY).unwrap();
    let now = Moment::start_of(first).plus_millis(9 * 3_600_000);
    Store::migrate(location, now).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    let one_factor =
        |name: &str| (name == "KANGJI_SIGN_IN_SECOND_FACTOR").then(|| "false".to_owned());
    let config = Config::read("", one_factor).unwrap();
    let roles = Roles::parse(Roles::SHIPPED).unwrap();
    let keys = Arc::new(FileKeys::generate(&mut UnwrapErr(SysRng)));
    let voucher_key = Arc::new(FileKey::generate(&[7; 32]).unwrap());
    let began = std::time::Instant::now();
    let clock =
        Arc::new(move || now.plus_millis(i64::try_from(began.elapsed().as_millis()).unwrap()));
    let app = App::new(store, config, roles, keys, clock).with_voucher_key(voucher_key);
    demo::prepare(app, PEOPLE, &|_| {}).unwrap()
}

/// The folder of the scripts, with what they need from npm.
fn installed() -> PathBuf {
    static ONCE: std::sync::Once = std::sync::Once::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    ONCE.call_once(|| {
        let missing = "install Debian's packages: apt-get install nodejs npm chromium";
        let install = ["ci", "--no-audit", "--no-fund", "--prefer-offline", "--silent"];
        let status = Command::new("npm").args(install).current_dir(&folder).status();
        assert!(status.expect(missing).success(), "npm ci");
    });
    folder
}
