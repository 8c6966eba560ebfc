//! `kangji keys …` on both databases: interrupted, with wrong files, and to its end. All people are
//! generated.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread::sleep,
    time::Duration,
};

use kangji_core::{Moment, identity::PersonName, ids::HolderId, vocabulary::Vocabulary};
use kangji_server::key_files::{self, Change, Missing};
use kangji_store::{AuditQuery, Location, SealedPerson, Store};
use kangji_vault::{FileKeys, Lookup, MasterKeys, PersonKey, WrappedKey};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

const NOW: Moment = Moment::from_millis(1_790_000_000_000);
/// The kind of the keyed hash of a name.
const NAME: i64 = 3;

/// A folder of a test's own, with a database and its keys.
struct Place {
    folder: PathBuf,
    database: String,
}

impl Place {
    fn new(name: &str, database: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let place = Self { folder, database: database.to_owned() };
        place.done(&["init"]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kangji"));
        command.args(arguments).current_dir(&self.folder);
        command.env("KANGJI_DATABASE", &self.database).env_remove("KANGJI_DATA_KEYS");
        command
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {}", said(&output));
        said(&output)
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], part: &str) {
        let output = self.command(arguments).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {said}");
        assert!(said.contains(part), "{arguments:?}: {part}: {said}");
    }

    fn store(&self) -> Store {
        let location = match self.database.parse() {
            Ok(Location::File(name)) => Location::File(self.folder.join(name)),
            Ok(location) => location,
        };
        Store::open(&location, Vocabulary::national()).unwrap()
    }

    fn keys(&self) -> FileKeys {
        key_files::sealing(&self.path("kangji.people.key"), Missing::Make).unwrap().0
    }

    /// Residents, and somebody of the staff, who is found by nothing.
    fn people(&self, number: u32) {
        let (store, keys) = (self.store(), self.keys());
        let put = (0..=number).map(|place| {
            let id = id(place);
            let mut random = UnwrapErr(SysRng);
            let key = PersonKey::generate(&mut random);
            let wrapped = keys.wrap(id, &key, &mut random).unwrap();
            let name = name(place);
            let is_staff = place == number;
            let shown = if is_staff { "admin" } else { name.full() };
            let person = SealedPerson {
                id,
                master: wrapped.version().number(),
                wrapped_key: wrapped.to_bytes(),
                name: Some(key.seal(id, "name", shown.as_bytes(), &mut random).unwrap()),
                document: None,
                phone: None,
                changed_at: NOW,
            };
            let tag = (NAME, *Lookup::name(&name).tag(&keys).unwrap().1.bytes());
            store.put_person(person, if is_staff { vec![] } else { vec![tag] })
        });
        let waiting: Vec<_> = put.collect();
        waiting.into_iter().for_each(|pending| pending.wait().unwrap());
    }

    /// Everybody opens with the keys of the file, and is found under one of them.
    #[track_caller]
    fn everybody_opens(&self, number: u32) -> BTreeMap<u32, u64> {
        let (store, keys) = (self.store(), self.keys());
        let mut people = store.people_after(HolderId::from_bytes([0; 16]), number + 2).unwrap();
        people.sort_by_key(|(person, _)| person.id);
        assert_eq!(people.len(), number as usize + 1);
        for ((person, known), place) in people.into_iter().zip(0..) {
            assert_eq!(person.id, id(place));
            let wrapped = WrappedKey::from_bytes(&person.wrapped_key).unwrap();
            let key = keys.open(person.id, &wrapped).unwrap();
            key.open(person.id, "name", &person.name.unwrap()).unwrap();
            let tag = |version| Lookup::name(&name(place)).tag_under(&keys, version).unwrap();
            let mut tags = keys.index_versions().map(|version| (NAME, *tag(version).bytes()));
            let found = (known.len(), tags.any(|tag| known.contains(&tag)));
            let is_resident = place < number;
            assert_eq!(found, (usize::from(is_resident), is_resident), "{place}");
        }
        store.people_under().unwrap()
    }
}

fn id(place: u32) -> HolderId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&place.to_be_bytes());
    HolderId::from_bytes(bytes)
}

fn name(place: u32) -> PersonName {
    let letter = |number| char::from_u32(0x4E00 + number).unwrap();
    PersonName::parse(&format!("测试{}{}", letter(place % 97), letter(place / 97))).unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// Kills a command at a moment nobody chose; whether it was before its end.
fn killed(place: &Place, arguments: &[&str], millis: u32) -> bool {
    let mut command = place.command(arguments);
    let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    sleep(Duration::from_millis(u64::from(getrandom::u32().unwrap() % millis)));
    running.kill().unwrap();
    !running.wait().unwrap().success()
}

#[track_caller]
fn keys_are_changed(place: &Place) {
    const PEOPLE: u32 = 1100;
    place.people(PEOPLE);
    let all = u64::from(PEOPLE) + 1;
    assert_eq!(place.everybody_opens(PEOPLE), BTreeMap::from([(1, all)]));
    // Whenever it is killed, the file holds the old keys, or the old ones and a new one.
    for _ in 0..3 {
        killed(place, &["keys", "rotate"], 60);
        place.everybody_opens(PEOPLE);
    }
    let said = place.done(&["keys", "rotate", "--index"]);
    assert!(said.contains("旧的还在") && said.contains("kangji keys rewrap"), "{said}");
    let current = place.keys().current().number();
    assert!(current >= 2 && place.keys().index_current().number() == 2);
    let mut interrupted = 0;
    for _ in 0..12 {
        interrupted += u32::from(killed(place, &["keys", "rewrap", "--destroy-old"], 400));
        let under = place.everybody_opens(PEOPLE);
        if !under.contains_key(&1) || interrupted == 3 {
            break;
        }
        assert!(place.keys().versions().count() > 1, "old keys stay while they are needed");
    }
    assert!(interrupted > 0, "it was never interrupted");
    place.done(&["keys", "rewrap"]);
    assert_eq!(place.everybody_opens(PEOPLE), BTreeMap::from([(current, all)]));
    let said = place.done(&["keys", "rewrap"]);
    assert!(said.contains("换到新密钥之下 0 人，换新检索标记 0 人"), "{said}");
    place.done(&["keys", "rewrap", "--destroy-old"]);
    let keys = place.keys();
    assert_eq!((keys.versions().count(), keys.index_versions().count()), (1, 1));
    assert_eq!(place.everybody_opens(PEOPLE), BTreeMap::from([(current, all)]));
    assert!(place.done(&["keys", "rewrap", "--destroy-old"]).contains("没有旧密钥"));
    let query = AuditQuery { limit: 200, ..AuditQuery::default() };
    let lines = place.store().audit(&query).unwrap();
    for action in ["keys:rotate", "keys:rewrap", "keys:destroy"] {
        let line = lines.iter().find(|line| line.deed.action == action).unwrap();
        assert_eq!(line.deed.origin, format!("cli:{}", whoami::username().unwrap()));
        assert_eq!(line.result, "begun");
    }
}

#[test]
fn keys_are_changed_on_sqlite() {
    keys_are_changed(&Place::new("sqlite", "kangji.db"));
}

#[test]
fn keys_are_changed_on_postgresql() {
    keys_are_changed(&Place::new("postgresql", &kangji_testdb::fresh_database()));
}

#[test]
fn missing_wrong_and_old_key_files_are_refused() {
    let place = Place::new("refused", "kangji.db");
    let file = place.path("kangji.people.key");
    for command in [["keys", "rotate"], ["keys", "rewrap"]] {
        place.refused(&command, "密钥文件不见了");
        assert!(!file.exists());
    }
    place.people(30);
    let old = fs::read(&file).unwrap();
    place.done(&["keys", "rotate"]);
    place.done(&["keys", "rewrap"]);
    let new = fs::read(&file).unwrap();
    key_files::sealing(&place.path("other"), Missing::Make).unwrap();
    fs::write(place.path("old"), &old).unwrap();
    fs::write(place.path("cut"), &new[..new.len() - 20]).unwrap();
    for (name, part) in [
        ("other", "缺少第 2 版密钥"),
        ("old", "缺少第 2 版密钥"),
        ("cut", "不是保护姓名和号码的密钥文件"),
        ("nothing", "密钥文件不见了"),
    ] {
        let before = fs::read(place.path(name)).ok();
        for command in ["rotate", "rewrap"] {
            place.refused(&["keys", command, "--keys", name], part);
        }
        assert_eq!(fs::read(place.path(name)).ok(), before);
    }
    // Two of the same version.
    let mut other = Change::begin(&place.path("other")).unwrap();
    place.refused(&["keys", "rotate"], "另一个命令正在更换");
    kangji_server::people::rotate(&mut other.keys, false).unwrap();
    other.write().unwrap();
    drop(other);
    for command in ["rotate", "rewrap"] {
        place.refused(&["keys", command, "--keys", "other"], "不是数据库 kangji.db 的密钥文件");
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut serve = place.command(&["serve"]);
    serve.env("KANGJI_SERVER_LISTEN", taken.local_addr().unwrap().to_string());
    serve.env("KANGJI_DATA_DATABASE", "kangji.db").env("KANGJI_DATA_KEYS", "other");
    let output = serve.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("打不开里面的姓名和号码"), "{}", said(&output));
    assert_eq!(fs::read(&file).unwrap(), new);
}
