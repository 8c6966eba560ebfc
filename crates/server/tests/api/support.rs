//! A server in the test's own process, and callers of every role.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use kangji_core::{
    DayRange, DivisionPrefix, Moment,
    ids::{HolderId, OfficerId},
    vocabulary::Vocabulary,
};
use kangji_ledger::key::FileKey;
use kangji_rights::{Grant, Roles};
use kangji_server::{
    app::{App, Clock},
    config::Config,
    password, router, token,
};
use kangji_store::{Actor, Entered, Fact, Location, ResidentFact, Session, Store, Strength, User};
use kangji_vault::{FileKeys, MasterKeys};
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use serde_json::Value;
use tower::ServiceExt;

/// 2026-09-21 on the clocks of Asia/Shanghai.
pub(crate) const NOW: Moment = Moment::from_millis(1_790_000_000_000);
pub(crate) const PASSWORD: &str = "generated-Blue-Kettle-91";
/// A community of the callers' own district, and one of another.
pub(crate) const COMMUNITY: &str = "510403001001";
pub(crate) const ELSEWHERE: &str = "440300001001";

/// A server with its database, which is gone when the test is over.
pub(crate) struct Server {
    pub(crate) app: App,
    router: Router,
    clock: Arc<AtomicI64>,
    pub(crate) location: Location,
    pub(crate) home: Arc<Home>,
}

/// What is gone from the machine with the last server of a test.
pub(crate) struct Home {
    pub(crate) folder: PathBuf,
    postgres: Option<String>,
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(address) = &self.postgres {
            kangji_testdb::drop_database(address);
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Answer {
    /// Where the browser is sent on to; the answer has to send it somewhere.
    pub(crate) fn on(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{self:?}");
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The whole cookie that is set.
    pub(crate) fn cookie(&self) -> &str {
        self.headers[header::SET_COOKIE].to_str().unwrap()
    }

    /// Whoever has signed in by this answer.
    pub(crate) fn caller(&self) -> Caller {
        let cookie = self.cookie().split(';').next().unwrap().to_owned();
        let csrf = self.json()["csrf"].as_str().unwrap().to_owned();
        Caller { cookie: Some(cookie), csrf: Some(csrf), bearer: None }
    }
}

/// The id of a member of staff whom a test makes.
pub(crate) fn id_of(name: &str) -> OfficerId {
    let mut id = [0; 16];
    id.iter_mut().zip(name.bytes()).for_each(|(byte, letter)| *byte = letter);
    OfficerId::from_bytes(id)
}

/// Somebody who calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) cookie: Option<String>,
    pub(crate) csrf: Option<String>,
    pub(crate) bearer: Option<String>,
}

impl Server {
    pub(crate) fn on_sqlite(settings: &str) -> Self {
        Self::with(settings, None)
    }

    pub(crate) fn on_postgres(settings: &str) -> Self {
        Self::with(settings, Some(kangji_testdb::fresh_database()))
    }

    /// With settings other than the defaults; without a second factor unless they say so.
    pub(crate) fn with(settings: &str, postgres: Option<String>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("kangji-server-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let location = match &postgres {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::File(folder.join("kangji.db")),
        };
        let home = Arc::new(Home { folder, postgres });
        Store::migrate(&location, NOW).unwrap();
        let store = Store::open(&location, Vocabulary::national()).unwrap();
        let one_factor = |name: &str| {
            let asked = settings.contains("second_factor");
            (name == "KANGJI_SIGN_IN_SECOND_FACTOR" && !asked).then(|| "false".to_owned())
        };
        let config = Config::read(settings, one_factor).unwrap();
        let clock = Arc::new(AtomicI64::new(NOW.millis()));
        let read = Arc::clone(&clock);
        let told: Clock = Arc::new(move || Moment::from_millis(read.load(Ordering::Relaxed)));
        let roles = Roles::parse(Roles::SHIPPED).unwrap();
        let keys = FileKeys::generate(&mut UnwrapErr(SysRng));
        let app = App::new(store, config, roles, Arc::new(keys), told);
        Self { router: router(app.clone()), app, clock, location, home }
    }

    /// Another server on the same database, with other keys for names and numbers.
    pub(crate) fn with_keys(&self, keys: Arc<dyn MasterKeys>) -> Self {
        let (clock, location) = (Arc::clone(&self.clock), self.location.clone());
        let read = Arc::clone(&clock);
        let told: Clock = Arc::new(move || Moment::from_millis(read.load(Ordering::Relaxed)));
        let (store, config) = (self.app.store().clone(), self.app.config().clone());
        let app = App::new(store, config, self.app.roles().clone(), keys, told);
        let home = Arc::clone(&self.home);
        Self { router: router(app.clone()), app, clock, location, home }
    }

    /// Another server on the same database, with a store of its own.
    pub(crate) fn beside(&self) -> Self {
        let store = Store::open(&self.location, Vocabulary::national()).unwrap();
        let (clock, location) = (Arc::clone(&self.clock), self.location.clone());
        let read = Arc::clone(&clock);
        let told: Clock = Arc::new(move || Moment::from_millis(read.load(Ordering::Relaxed)));
        let (config, roles) = (self.app.config().clone(), self.app.roles().clone());
        let keys = FileKeys::generate(&mut UnwrapErr(SysRng));
        let app = App::new(store, config, roles, Arc::new(keys), told);
        let home = Arc::clone(&self.home);
        Self { router: router(app.clone()), app, clock, location, home }
    }

    /// The same server with a key that signs vouchers.
    pub(crate) fn with_voucher_key(&self, key: FileKey) -> Self {
        let (clock, location) = (Arc::clone(&self.clock), self.location.clone());
        let read = Arc::clone(&clock);
        let told: Clock = Arc::new(move || Moment::from_millis(read.load(Ordering::Relaxed)));
        let (store, config) = (self.app.store().clone(), self.app.config().clone());
        let keys = FileKeys::generate(&mut UnwrapErr(SysRng));
        let app = App::new(store, config, self.app.roles().clone(), Arc::new(keys), told);
        let app = app.with_voucher_key(Arc::new(key));
        let home = Arc::clone(&self.home);
        Self { router: router(app.clone()), app, clock, location, home }
    }

    /// A folder that is gone when the test is over.
    pub(crate) fn folder(&self) -> &Path {
        &self.home.folder
    }

    /// Lets time pass.
    pub(crate) fn wait_millis(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::Relaxed);
    }

    /// Makes a member of staff with roles on areas and signs them in.
    pub(crate) async fn staff(&self, name: &str, grants: &[(&str, &str)]) -> Caller {
        self.make_staff(name, grants).await;
        self.sign_in(name, PASSWORD).await
    }

    /// The same with one role at one institution.
    pub(crate) async fn staff_of(
        &self,
        name: &str,
        role: &str,
        area: &str,
        institution: &str,
    ) -> Caller {
        let id = self.make_staff(name, &[]).await;
        let (role, area) = (role.to_owned(), DivisionPrefix::parse(area).unwrap());
        let grants = vec![Grant { role, area, institution: Some(institution.to_owned()) }];
        let now = self.app.now();
        let set = move |app: &App| Ok(app.store().set_grants(id, grants, id, now).wait()?);
        self.app.blocking(set).await.unwrap();
        self.sign_in(name, PASSWORD).await
    }

    /// The same with the code others know them by.
    pub(crate) async fn worker(&self, name: &str, worker: &str, grants: &[(&str, &str)]) -> Caller {
        let id = self.make_staff(name, grants).await;
        let worker = worker.to_owned();
        let put = move |app: &App| {
            let user = app.store().user(id)?.unwrap();
            app.store().put_user(User { worker, ..user }).wait()?.unwrap();
            Ok(())
        };
        self.app.blocking(put).await.unwrap();
        self.sign_in(name, PASSWORD).await
    }

    pub(crate) async fn make_staff(&self, name: &str, grants: &[(&str, &str)]) -> OfficerId {
        let id = id_of(name);
        let (name, now) = (name.to_owned(), self.app.now());
        let grants = grants.iter().map(|(role, area)| Grant {
            role: (*role).to_owned(),
            area: DivisionPrefix::parse(area).unwrap_or(DivisionPrefix::EVERYWHERE),
            institution: None,
        });
        let grants: Vec<Grant> = grants.collect();
        self.app
            .blocking(move |app| {
                let user = User {
                    id,
                    worker: format!("generated-{name}"),
                    name,
                    password: password::hash(PASSWORD)?,
                    password_at: now,
                    totp: None,
                    totp_step: 0,
                    subject: String::new(),
                    disabled_at: None,
                };
                app.store().put_user(user).wait()?.unwrap();
                Ok(app.store().set_grants(id, grants, id, now).wait()?)
            })
            .await
            .unwrap();
        id
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Caller {
        let body = serde_json::json!({"name": name, "password": password});
        let nobody = Caller::default();
        let answer = self.send(&nobody, "POST", "/api/v1/sign-in", Some(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.caller()
    }

    /// Puts a resident there who lives in a community.
    pub(crate) async fn resident(&self, code: &str, community: &str) -> HolderId {
        let entered = Entered { now: self.app.now(), reason: None };
        let fact = Fact::Resident(ResidentFact {
            code: code.to_owned(),
            birth_date: None,
            sex: None,
            communities: vec![(community.to_owned(), DayRange::ALWAYS)],
            guardians: Vec::new(),
            groups: Vec::new(),
        });
        self.app.ask(move |store| store.enter(vec![fact], entered).wait()).await.unwrap();
        let code = code.to_owned();
        self.app.ask(move |store| store.holder(&code)).await.unwrap().unwrap()
    }

    /// Signs a resident in.
    pub(crate) async fn as_resident(&self, id: HolderId) -> Caller {
        let shown = token::new().unwrap();
        let now = self.app.now();
        let session = Session {
            token: token::hash(&shown),
            principal: Actor::Resident(id),
            scopes: BTreeSet::new(),
            strength: Strength::Full,
            started_at: now,
            used_at: now,
            ends_at: now.plus_millis(86_400_000),
        };
        self.app.store().start_session(session, None).answer().await.unwrap();
        let csrf = token::csrf(&shown);
        Caller { cookie: Some(format!("kangji={shown}")), csrf: Some(csrf), bearer: None }
    }

    pub(crate) async fn get(&self, caller: &Caller, path: &str) -> Answer {
        self.send(caller, "GET", path, None).await
    }

    /// Sends a request; a write gets a new idempotency key. A text is sent as lines of JSON, and
    /// what is put replaces the first version.
    pub(crate) async fn send(
        &self,
        caller: &Caller,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        static KEY: AtomicU32 = AtomicU32::new(0);
        let key = format!("test-{}", KEY.fetch_add(1, Ordering::Relaxed));
        self.send_under(&key, caller, method, path, body).await
    }

    pub(crate) async fn send_under(
        &self,
        key: &str,
        caller: &Caller,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header("idempotency-key", key);
        if method == "PUT" {
            request = request.header(header::IF_MATCH, "\"1\"");
        }
        let (kind, body) = match body {
            None => (None, Body::empty()),
            Some(Value::String(lines)) => (Some("application/x-ndjson"), Body::from(lines)),
            Some(body) => (Some("application/json"), Body::from(body.to_string())),
        };
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        self.raw(caller, request.body(body).unwrap()).await
    }

    /// Opens a page as a browser does.
    pub(crate) async fn page(&self, caller: &Caller, path: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT, "text/html");
        self.raw(caller, request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form as its page would: with the caller's token and a key of its own.
    pub(crate) async fn submit(
        &self,
        caller: &Caller,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        static KEY: AtomicU32 = AtomicU32::new(0);
        let key = format!("form-{}", KEY.fetch_add(1, Ordering::Relaxed));
        let csrf = caller.csrf.clone().unwrap_or_default();
        let sealed = [("csrf", csrf.as_str()), ("key", &key)];
        let fields: Vec<_> = fields.iter().chain(&sealed).collect();
        let form = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form));
        self.raw(caller, request.unwrap()).await
    }

    /// Sends a request as it is, with what the caller shows.
    pub(crate) async fn raw(&self, caller: &Caller, request: Request<Body>) -> Answer {
        let response = self.response(caller, request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        // A file that is no text is looked at elsewhere.
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// The answer before anything of it is read.
    pub(crate) async fn response(&self, caller: &Caller, mut request: Request<Body>) -> Response {
        let headers = request.headers_mut();
        for (name, value) in [
            (header::COOKIE, caller.cookie.clone()),
            ("x-csrf-token".parse().unwrap(), caller.csrf.clone()),
            (header::AUTHORIZATION, caller.bearer.as_ref().map(|token| format!("Bearer {token}"))),
        ] {
            if let Some(value) = value {
                headers.insert(name, value.parse().unwrap());
            }
        }
        let peer: SocketAddr = "192.0.2.1:4000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router.clone().oneshot(request).await.unwrap()
    }
}

/// Runs a test outside the runtime's own threads where the server is opened and dropped, since a
/// connection to PostgreSQL drives a runtime of its own.
pub(crate) fn run<F: AsyncFnOnce(&Server)>(server: &Server, test: F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(test(server));
}

/// Makes two tests of each function that takes a server: one for each database.
macro_rules! on_both {
    ($($name:ident;)*) => {
        crate::support::on_both! { with ""; $($name;)* }
    };
    (with $settings:expr; $($name:ident;)*) => {$(
        mod $name {
            use crate::support::{Server, run};

            #[test]
            fn on_sqlite() {
                run(&Server::on_sqlite($settings), super::$name);
            }

            #[test]
            fn on_postgres() {
                run(&Server::on_postgres($settings), super::$name);
            }
        }
    )*};
}
pub(crate) use on_both;
