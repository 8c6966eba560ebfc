//! `/api/v1/sign-in/oidc`, against a real provider: npm's `oidc-provider` in a Node process. It
//! needs Debian's packages `nodejs` and `npm`, and npm's registry or cache.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use kangji_core::ids::HolderId;
use serde_json::json;
use ureq::Agent;

use crate::support::{Answer, COMMUNITY, Caller, Server, id_of, run};

/// The provider, which ends with the test.
struct Provider {
    issuer: String,
    process: Child,
    folder: PathBuf,
    /// Open as long as it runs, since it fails where it cannot write.
    _output: BufReader<ChildStdout>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Provider {
    fn start() -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        // Several tests of a process have a provider each.
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("kangji-oidc-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        for file in ["package.json", "package-lock.json", "provider.mjs"] {
            fs::copy(from.join(file), folder.join(file)).unwrap();
        }
        let missing = "install Debian's packages: apt-get install nodejs npm";
        let install = ["ci", "--no-audit", "--no-fund", "--prefer-offline", "--silent"];
        let installed = Command::new("npm").args(install).current_dir(&folder).status();
        assert!(installed.expect(missing).success(), "npm ci");
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect(missing);
        let mut issuer = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut issuer).unwrap();
        Self { issuer: issuer.trim().to_owned(), process, folder, _output: output }
    }

    fn settings(&self) -> String {
        let one = |audience: &str| {
            format!(
                "[oidc.{audience}]\nissuer = '{}'\nclient_id = 'kangji'\n\
                client_secret = 'generated'\n",
                self.issuer
            )
        };
        one("staff") + &one("residents")
    }

    /// What a browser does that was sent there: it comes back to the address of our own.
    fn visit(&self, account: &str, address: &str) -> String {
        let agent: Agent = Agent::config_builder().max_redirects(0).build().into();
        agent.get(format!("{}/as/{account}", self.issuer)).call().unwrap();
        let mut cookies = BTreeMap::new();
        let mut address = address.to_owned();
        for _ in 0..10 {
            let shown: Vec<String> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let request = agent.get(&address).header("cookie", shown.join("; "));
            let answer = request.call().unwrap();
            for cookie in answer.headers().get_all("set-cookie") {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
                let (name, value) = pair.split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let next = answer.headers()["location"].to_str().unwrap();
            if let Some(own) = next.strip_prefix("http://127.0.0.1:8080") {
                return own.to_owned();
            }
            let is_whole = next.starts_with("http");
            address = if is_whole { next.to_owned() } else { format!("{}{next}", self.issuer) };
        }
        panic!("the provider sends nobody back");
    }
}

async fn get(server: &Server, caller: &Caller, path: &str) -> Answer {
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    server.raw(caller, request).await
}

/// Goes away: the browser's own cookie, and where it is sent.
async fn away(server: &Server, caller: &Caller, audience: &str) -> (Caller, String) {
    let sent = get(server, caller, &format!("/api/v1/sign-in/oidc/{audience}")).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
    let (cookie, attributes) = sent.cookie().split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Max-Age=600");
    let browser = Caller { cookie: Some(cookie.to_owned()), ..Caller::default() };
    (browser, sent.headers[header::LOCATION].to_str().unwrap().to_owned())
}

/// Signs in as the provider's account.
async fn sign_in(
    server: &Server,
    provider: &Provider,
    caller: &Caller,
    audience: &str,
    account: &str,
) -> Answer {
    let (browser, address) = away(server, caller, audience).await;
    let path = provider.visit(account, &address);
    get(server, &browser, &path).await
}

fn signed(answer: &Answer) -> Caller {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert!(answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    let cookie = answer.cookie().split(';').next().unwrap().to_owned();
    Caller { cookie: Some(cookie), ..Caller::default() }
}

async fn staff_sign_in(server: &Server, provider: &Provider) {
    let keeper = server.staff("keeper", &[("security-admin", "")]).await;
    server.make_staff("nurse", &[("nurse", "510403")]).await;
    let nobody = Caller::default();
    let unknown = sign_in(server, provider, &nobody, "staff", "wang").await;
    assert_eq!(unknown.code(), "sign_in_failed");
    let user = format!("/api/v1/users/{}", id_of("nurse"));
    let body = json!({"subject": format!("{} wang", provider.issuer)});
    let linked = server.send(&keeper, "PATCH", &user, Some(body)).await;
    assert_eq!(linked.status, StatusCode::NO_CONTENT, "{linked:?}");
    let nurse = signed(&sign_in(server, provider, &nobody, "staff", "wang").await);
    let me = server.get(&nurse, "/api/v1/me").await.json();
    assert_eq!((&me["name"], &me["next"]), (&"nurse".into(), &"done".into()));
    for account in ["zhang", "nobody"] {
        let other = sign_in(server, provider, &nobody, "staff", account).await;
        assert_eq!(other.text, unknown.text, "{account}");
        assert!(!other.headers.contains_key(header::SET_COOKIE));
    }
    let disabled = Some(json!({"disabled": true}));
    server.send(&keeper, "PATCH", &user, disabled).await;
    let out = sign_in(server, provider, &nobody, "staff", "wang").await;
    assert_eq!(out.text, unknown.text);
}

async fn only_who_went_away_comes_back_once(server: &Server, provider: &Provider) {
    let keeper = server.staff("keeper", &[("security-admin", "")]).await;
    server.make_staff("nurse", &[]).await;
    let body = json!({"subject": format!("{} wang", provider.issuer)});
    server.send(&keeper, "PATCH", &format!("/api/v1/users/{}", id_of("nurse")), Some(body)).await;
    let (browser, address) = away(server, &Caller::default(), "staff").await;
    for part in ["code_challenge_method=S256", "nonce=", "state=", "scope=openid"] {
        assert!(address.contains(part), "{part}: {address}");
    }
    let path = provider.visit("wang", &address);
    let (other, _) = away(server, &Caller::default(), "staff").await;
    for thief in [&Caller::default(), &other] {
        assert_eq!(get(server, thief, &path).await.code(), "sign_in_failed");
    }
    let elsewhere = path.replace("/staff/", "/residents/");
    let forged = path.replace("code=", "code=x");
    signed(&get(server, &browser, &path).await);
    assert_eq!(get(server, &browser, &path).await.code(), "sign_in_failed", "again");
    for changed in [elsewhere, forged] {
        assert_eq!(get(server, &browser, &changed).await.code(), "sign_in_failed");
    }
    let (browser, address) = away(server, &Caller::default(), "staff").await;
    let path = provider.visit("wang", &address).replace("code=", "code=x");
    assert_eq!(get(server, &browser, &path).await.code(), "sign_in_failed", "another code");
    let (browser, address) = away(server, &Caller::default(), "staff").await;
    let path = provider.visit("wang", &address);
    server.wait_millis(600_000);
    assert_eq!(get(server, &browser, &path).await.code(), "sign_in_failed", "too late");
}

async fn residents_link_and_sign_in(server: &Server, provider: &Provider) {
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let nobody = Caller::default();
    let unknown = sign_in(server, provider, &nobody, "residents", "li").await;
    assert_eq!(unknown.code(), "sign_in_failed");
    let [one, two] = [
        server.resident("generated-1", COMMUNITY).await,
        server.resident("generated-2", COMMUNITY).await,
    ];
    let by_code = async |id: HolderId| {
        let path = format!("/api/v1/residents/{id}/sign-in-codes");
        let body = json!({"code": server.send(&clerk, "POST", &path, None).await.json()["code"]});
        let path = "/api/v1/sign-in/resident";
        server.send(&Caller::default(), "POST", path, Some(body)).await.caller()
    };
    let first = by_code(one).await;
    signed(&sign_in(server, provider, &first, "residents", "li").await);
    let again = signed(&sign_in(server, provider, &nobody, "residents", "li").await);
    let me = server.get(&again, "/api/v1/me").await.json();
    assert_eq!((&me["kind"], &me["id"]), (&"resident".into(), &one.to_string().into()));
    let second = by_code(two).await;
    let taken = sign_in(server, provider, &second, "residents", "li").await;
    assert_eq!(taken.code(), "conflict");
    let staff = sign_in(server, provider, &clerk, "residents", "zhao").await;
    assert_eq!(staff.text, unknown.text, "staff link nobody");
}

async fn without_a_provider_nobody_goes_away(server: &Server) {
    for path in ["staff", "residents", "everybody", "staff/callback?state=x&code=y"] {
        let path = format!("/api/v1/sign-in/oidc/{path}");
        let answer = get(server, &Caller::default(), &path).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
    }
}

async fn all(server: &Server, provider: &Provider) {
    staff_sign_in(server, provider).await;
    residents_link_and_sign_in(server, provider).await;
}

#[test]
fn people_sign_in_at_a_provider_on_sqlite() {
    let provider = Provider::start();
    let settings = provider.settings();
    run(&Server::on_sqlite(&settings), async |server: &Server| all(server, &provider).await);
    run(&Server::on_sqlite(&settings), async |server: &Server| {
        only_who_went_away_comes_back_once(server, &provider).await;
    });
    run(&Server::on_sqlite(""), without_a_provider_nobody_goes_away);
}

#[test]
fn people_sign_in_at_a_provider_on_postgres() {
    let provider = Provider::start();
    let settings = provider.settings();
    run(&Server::on_postgres(&settings), async |server: &Server| all(server, &provider).await);
    run(&Server::on_postgres(&settings), async |server: &Server| {
        only_who_went_away_comes_back_once(server, &provider).await;
    });
}
