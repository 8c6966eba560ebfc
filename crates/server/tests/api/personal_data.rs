//! Names and numbers lie nowhere as they are: not in the database, its log, a backup or the
//! program's log; and an erased person is gone from what is left.

use std::{
    collections::HashMap,
    io::{self, Write},
    path::Path,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use axum::http::StatusCode;
use kangji_core::ids::HolderId;
use kangji_server::{
    key_files::{Change, Missing, WatchedKeys},
    people,
};
use kangji_store::{
    Entered, Fact, Location, RecordFact,
    backup::{Proof, backup},
};
use kangji_vault::{FileKeys, MasterKeys};
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use serde_json::{Value, json};

use crate::{
    residents::{number, nurse, person, register},
    support::{Caller, NOW, Server, on_both},
};

on_both! {
    nothing_that_is_kept_tells_who_somebody_is;
    keys_are_changed_while_everybody_stays_found;
    a_running_server_reads_changed_keys;
    an_erased_person_is_found_by_nothing;
}

/// What the program logs, kept.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

/// The log of this process: there is one for all tests in it.
static LOGS: LazyLock<Logs> = LazyLock::new(|| {
    let logs = Logs::default();
    let made = logs.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || made.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    logs
});

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 of bytes as far as it does not depend on what stands before and after them, `before`
/// bytes behind the beginning of a group of three.
fn base64(bytes: &[u8], before: usize) -> Vec<u8> {
    let skipped = (3 - before) % 3;
    let groups = bytes.get(skipped..).unwrap_or_default().chunks_exact(3);
    groups
        .flat_map(|group| {
            let bits = group.iter().fold(0, |bits: usize, byte| bits << 8 | usize::from(*byte));
            [18, 12, 6, 0].map(|shift| BASE64[bits >> shift & 63])
        })
        .collect()
}

/// Every form in which a text might lie about.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let utf16: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let escaped: String = utf16.iter().map(|unit| format!("\\u{unit:04x}")).collect();
    let plain = text.as_bytes();
    let mut forms = vec![plain.to_vec(), little.clone(), big.clone(), escaped.into_bytes()];
    for bytes in [plain, &little, &big] {
        forms.extend([hex(bytes).into_bytes(), hex(bytes).to_uppercase().into_bytes()]);
        forms.extend([0, 1, 2].map(|before| base64(bytes, before)));
    }
    forms
}

fn holds(bytes: &[u8], form: &[u8]) -> bool {
    !Sought::new(&[form.to_vec()]).in_bytes(bytes).is_empty()
}

/// Texts that are looked for together.
struct Sought<'f> {
    /// Of which pairs of bytes some text begins with.
    pairs: Vec<bool>,
    starts: HashMap<[u8; 8], Vec<&'f Vec<u8>>>,
}

impl<'f> Sought<'f> {
    /// None is shorter than eight bytes.
    fn new(forms: &'f [Vec<u8>]) -> Self {
        let mut starts: HashMap<[u8; 8], Vec<&Vec<u8>>> = HashMap::new();
        for form in forms {
            starts.entry(*form.first_chunk().unwrap()).or_default().push(form);
        }
        let mut pairs = vec![false; 1 << 16];
        forms.iter().for_each(|form| pairs[pair(form[0], form[1])] = true);
        Self { pairs, starts }
    }

    fn in_bytes(&self, bytes: &[u8]) -> Vec<&'f Vec<u8>> {
        let likely = bytes
            .array_windows()
            .enumerate()
            .filter(|(_, [one, other])| self.pairs[pair(*one, *other)]);
        let found = likely.filter_map(|(at, _)| {
            let rest = &bytes[at..];
            let forms = self.starts.get(rest.first_chunk::<8>()?)?;
            forms.iter().find(|form| rest.starts_with(form)).copied()
        });
        found.collect()
    }
}

fn pair(one: u8, other: u8) -> usize {
    usize::from(one) << 8 | usize::from(other)
}

/// All files of a folder, and what a PostgreSQL database holds.
fn everything(folder: &Path, location: &Location) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
    }
    if let Location::Postgres(url) = location {
        all.push(("pg_dump".to_owned(), kangji_testdb::dump(url).into_bytes()));
    }
    all
}

fn generated_name(place: u32) -> String {
    let letter = |place: u32| char::from_u32(0x4E00 + place).unwrap();
    format!("测试{}{}", letter(place * 61), letter(place * 83 + 7))
}

/// Every way in which a name or number comes along, also wrong and refused ones.
async fn bring_along(
    server: &Server,
    nurse: &Caller,
    id: &str,
    body: Value,
    [name, phone]: [&str; 2],
) {
    let again = server.send(nurse, "POST", "/api/v1/residents", Some(body)).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    for sought in [json!({"name": name}), json!({"phone": phone})] {
        server.send(nurse, "POST", "/api/v1/residents/search", Some(sought)).await;
    }
    let wrong = json!({"name": format!("{name}1"), "phone": 1, "document": phone});
    server.send(nurse, "POST", "/api/v1/residents", Some(wrong)).await;
    server.get(nurse, &format!("/api/v1/residents/{name}?phone={phone}")).await;
    let reveal = json!({"fields": ["name", "document", "phone"], "reason": "随访"});
    let path = format!("/api/v1/residents/{id}/reveal");
    let seen = server.send(nurse, "POST", &path, Some(reveal)).await;
    assert!(seen.text.contains(name) && seen.text.contains(phone), "{seen:?}");
    let resident = server.as_resident(id.parse().unwrap()).await;
    let correction = json!({"field": "name", "text": format!("不叫{name}，电话{phone}")});
    let asked = server.send(&resident, "POST", "/api/v1/me/corrections", Some(correction)).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{asked:?}");
}

async fn nothing_that_is_kept_tells_who_somebody_is(server: &Server) {
    let logs = &*LOGS;
    tracing::info!("the log is kept");
    let nurse = nurse(server).await;
    let mut secrets = Vec::new();
    let mut records = Vec::new();
    for place in 0..50 {
        let (code, name) = (format!("generated-{place}"), generated_name(place));
        let body = person(&code, &name, "19600203", 100 + place);
        let phone = body["phone"].as_str().unwrap().to_owned();
        let id = register(server, &nurse, body.clone()).await;
        secrets.extend([name.clone(), number("19600203", 100 + place), phone.clone()]);
        records.push(Fact::Record(RecordFact {
            code: format!("generated-record-{place}"),
            resident: code.clone(),
            kind: "lecture.attended".to_owned(),
            day: NOW.day(),
            org: "generated-clinic".to_owned(),
            worker: String::new(),
            void: false,
            attributes: Vec::new(),
        }));
        bring_along(server, &nurse, &id, body, [&name, &phone]).await;
    }
    let entered = Entered { now: NOW, reason: None };
    server.app.ask(move |store| store.record(records, entered).wait()).await.unwrap();
    let (folder, location) = (server.folder().to_owned(), server.location.clone());
    let logged = logs.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let search = move |_: &kangji_server::app::App| {
        let path = folder.join("backup");
        backup(&location, &path, Proof::default(), NOW).unwrap();
        let mut all = everything(&folder, &location);
        // The search finds what is there.
        for (name, bytes) in &all {
            let known = forms("generated-record-7").iter().any(|form| holds(bytes, form));
            assert!(known || name.ends_with("-shm") || name.ends_with("kangji.db"), "{name}");
        }
        assert!(all.iter().any(|(name, _)| name.ends_with("backup")));
        assert!(holds(&logged, b"the log is kept") && holds(&logged, b"answered"));
        all.push(("log".to_owned(), logged));
        let forms: Vec<Vec<u8>> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        let sought = Sought::new(&forms);
        for (name, bytes) in &all {
            let found = sought.in_bytes(bytes);
            let first = found.first().map(|form| String::from_utf8_lossy(form));
            assert_eq!(first, None, "in {name}");
        }
        Ok(())
    };
    server.app.blocking(search).await.unwrap();
}

async fn keys_are_changed_while_everybody_stays_found(server: &Server) {
    let mut keys = FileKeys::generate(&mut UnwrapErr(SysRng));
    let app = |keys: &FileKeys| {
        let keys = FileKeys::parse(&keys.to_text()).unwrap();
        server.with_keys(Arc::new(keys))
    };
    let first = app(&keys);
    let nurse = nurse(&first).await;
    for place in 0..7 {
        let body = person(&format!("generated-{place}"), "测试甲", "19600203", 100 + place);
        register(&first, &nurse, body).await;
    }
    people::rotate(&mut keys, true).unwrap();
    let second = app(&keys);
    let found = async |server: &Server| {
        let body = json!({"name": "测试甲"});
        let answer = server.send(&nurse, "POST", "/api/v1/residents/search", Some(body)).await;
        answer.json().as_array().unwrap().len()
    };
    let late = person("generated-late", "测试甲", "19600203", 200);
    register(&second, &nurse, late).await;
    assert_eq!(found(&second).await, 8, "under old and new keys");
    let known = person("generated-again", "测试乙", "19600203", 103);
    let known = second.send(&nurse, "POST", "/api/v1/residents", Some(known)).await;
    assert_eq!(known.code(), "conflict", "a document is known under the old key");
    let rewrap = async |server: &Server| {
        let run = |app: &kangji_server::app::App| {
            Ok(people::rewrap(app.store(), app.keys(), NOW, &mut |_| ()).unwrap())
        };
        server.app.blocking(run).await.unwrap()
    };
    let rotation = rewrap(&second).await;
    assert_eq!((rotation.rewrapped, rotation.retagged), (7, 7));
    let again = rewrap(&second).await;
    assert_eq!((again.rewrapped, again.retagged), (0, 0), "nothing is left");
    for version in keys.versions().collect::<Vec<_>>() {
        let _ = keys.destroy(version);
    }
    for version in keys.index_versions().collect::<Vec<_>>() {
        let _ = keys.destroy_index(version);
    }
    assert_eq!((keys.current().number(), keys.versions().count()), (2, 1));
    let third = app(&keys);
    assert_eq!(found(&third).await, 8, "without the old keys");
}

async fn a_running_server_reads_changed_keys(server: &Server) {
    let path = server.folder().join("keys");
    let (keys, _) = WatchedKeys::read(&path, Missing::Make).unwrap();
    let server = &server.with_keys(Arc::new(keys));
    let nurse = nurse(server).await;
    let found = async || {
        let body = json!({"name": "测试甲"});
        let answer = server.send(&nurse, "POST", "/api/v1/residents/search", Some(body)).await;
        answer.json().as_array().unwrap().len()
    };
    let under = async || {
        let under = server.app.ask(|store| store.people_under()).await.unwrap();
        under.into_iter().collect::<Vec<_>>()
    };
    register(server, &nurse, person("generated-1", "测试甲", "19600203", 101)).await;
    let before = under().await;
    assert_eq!((before.len(), before[0].0), (1, 1));
    let mut change = Change::begin(&path).unwrap();
    people::rotate(&mut change.keys, true).unwrap();
    change.write().unwrap();
    register(server, &nurse, person("generated-2", "测试甲", "19600203", 102)).await;
    assert_eq!(under().await, [before[0], (2, 1)]);
    assert_eq!(found().await, 2);
    let keys = FileKeys::parse(&change.keys.to_text()).unwrap();
    let rewrap = move |app: &kangji_server::app::App| {
        people::check_keys(app.store(), &keys, NOW).unwrap();
        Ok(people::rewrap(app.store(), &keys, NOW, &mut |_| ()).unwrap())
    };
    assert_eq!(server.app.blocking(rewrap).await.unwrap().retagged, 1);
    people::destroy_old(&mut change.keys).unwrap();
    change.write().unwrap();
    assert_eq!(found().await, 2);
    assert_eq!(under().await, [(2, before[0].1 + 1)]);
}

async fn an_erased_person_is_found_by_nothing(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 100)).await;
    let id: HolderId = id.parse().unwrap();
    let resident = server.as_resident(id).await;
    assert_eq!(server.get(&resident, "/api/v1/me/data").await.status, StatusCode::OK);
    let erase = move |app: &kangji_server::app::App| {
        let entered = Entered { now: NOW, reason: None };
        let known = app.store().erase_person(id, entered).wait()?;
        assert!(app.store().forget_deleted()?);
        Ok(known)
    };
    assert!(server.app.blocking(erase).await.unwrap());
    assert!(server.app.blocking(erase).await.unwrap(), "whoever is erased stays so");
    let gone = server.get(&resident, "/api/v1/me/data").await;
    assert_eq!(gone.code(), "not_signed_in");
    for sought in [json!({"name": "测试甲"}), json!({"phone": "13910000100"})] {
        let found = server.send(&nurse, "POST", "/api/v1/residents/search", Some(sought)).await;
        assert_eq!(found.json(), json!([]));
    }
    let shown = server.get(&nurse, &format!("/api/v1/residents/{id}")).await.json();
    assert_eq!((&shown["name"], &shown["code"]), (&json!(null), &json!(id.to_string())));
    assert_eq!(shown["birth_date"], "1960-01-01");
    server.wait_millis(86_400_000);
    let nurse = server.sign_in("nurse", crate::support::PASSWORD).await;
    let tomorrow = server.get(&nurse, &format!("/api/v1/residents/{id}")).await;
    assert_eq!(tomorrow.code(), "not_found", "lives nowhere");
    // The document may be registered again.
    register(server, &nurse, person("generated-1", "测试甲", "19600203", 100)).await;
    let unknown = HolderId::from_bytes([9; 16]);
    let erase = move |app: &kangji_server::app::App| {
        Ok(app.store().erase_person(unknown, Entered { now: NOW, reason: None }).wait()?)
    };
    assert!(!server.app.blocking(erase).await.unwrap());
}
