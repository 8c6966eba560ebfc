//! A generated district on a database of its own, served by `kangji serve`, with somebody of each
//! role.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use kangji_rights::{Action, Roles};
use serde_json::{Value, json};
use ureq::http::Method;

use super::api::{Answer, Api, Caller};

/// The resident among the roles.
pub(super) const RESIDENT: &str = "resident";
/// The connected system among them.
pub(super) const SYSTEM: &str = "system";

/// Whoever is made here comes in by this.
const PASSWORD: &str = "generated-Blue-Kettle-91";
/// Where everybody works.
pub(super) const AREA: &str = "510403";
const COMMUNITY: &str = "510403001001";
const SCHEME: &str = "schemes/panzhihua-xiqu.md";
pub(super) const SCHEME_ID: &str = "panzhihua-xiqu";

/// Ids that name something, by what they name.
pub(super) type Known = Vec<(&'static str, Vec<String>)>;

/// A running server, stopped when it is dropped.
pub(super) struct Town {
    process: Child,
    api: Api,
    address: String,
    log: PathBuf,
    admin: Caller,
    /// The resident who calls.
    resident: String,
    client: (String, String),
    /// Ids for the addresses that take one.
    known: Known,
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Town {
    /// Makes one in a folder, in the place of the one before.
    pub(super) fn open(folder: &Path) -> Result<Self, String> {
        let data = folder.join("data");
        if data.exists() {
            fs::remove_dir_all(&data).map_err(told(&data))?;
        }
        fs::create_dir_all(&data).map_err(told(&data))?;
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let (tables, database) = (text(data.join("tables")), text(data.join("kangji.db")));
        kangji(&["generate", &tables, "--people", "200"])?;
        kangji(&["init", "--database", &database, "--scheme", SCHEME])?;
        kangji(&["import", "--database", &database, "--tables", &tables])?;
        let (listen, operations) = (free_address()?, free_address()?);
        let address = format!("http://{listen}");
        let log = data.join("log");
        let settings = [
            ("SERVER_LISTEN", listen),
            ("SERVER_OPERATIONS", operations),
            // The cookie has the name that the description gives it.
            ("SERVER_PUBLIC_URL", "https://kangji.example".to_owned()),
            ("DATA_DATABASE", database),
            ("DATA_KEYS", text(data.join("people.key"))),
            ("DATA_CHECKPOINT_KEY", text(data.join("kangji.db.key.pem"))),
            ("DATA_CHECKPOINTS", text(data.join("checkpoints"))),
            ("DATA_VOUCHER_KEY", text(data.join("vouchers.key.pem"))),
            ("SIGN_IN_SECOND_FACTOR", "false".to_owned()),
            // Whoever had to wait would be asked nothing but to wait.
            ("SIGN_IN_FREE_ATTEMPTS", "1000000".to_owned()),
            // Nobody listens there: a message that fails is no matter of whoever asked for it.
            ("SMS_URL", "http://127.0.0.1:9/".to_owned()),
            ("LOG_LEVEL", "error".to_owned()),
        ];
        let variables = settings.map(|(name, value)| (format!("KANGJI_{name}"), value));
        let errors = File::create(&log).map_err(told(&log))?;
        let mut process = Command::new(program()?)
            .arg("serve")
            .envs(variables)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("kangji serve: {error}"))?;
        let link = first_link(&mut process);
        let mut town = Self {
            process,
            api: Api::at(&address),
            address,
            log,
            admin: Caller::Nobody,
            resident: String::new(),
            client: <_>::default(),
            known: Vec::new(),
        };
        town.settle(&link?)?;
        Ok(town)
    }

    /// Where the description of its API is.
    pub(super) fn description(&self) -> String {
        format!("{}/api/openapi.json", self.address)
    }

    /// What the server had to say of itself.
    pub(super) fn errors(&self) -> Result<String, String> {
        fs::read_to_string(&self.log).map_err(told(&self.log))
    }

    /// Whether somebody is signed in.
    pub(super) fn knows(&self, caller: &Caller) -> Result<bool, String> {
        Ok(self.api.ask(caller, Method::GET, "/api/v1/me", None)?.status == 200)
    }

    /// Signs in somebody of a role.
    pub(super) fn caller(&self, role: &str) -> Result<Caller, String> {
        match role {
            RESIDENT => self.resident(),
            SYSTEM => self.system(),
            role => self.staff(role),
        }
    }

    pub(super) fn staff(&self, role: &str) -> Result<Caller, String> {
        self.signed_in(&name_of(role))
    }

    /// Somebody whom [`Town::employ`] made.
    pub(super) fn signed_in(&self, name: &str) -> Result<Caller, String> {
        let shown = json!({"name": name, "password": PASSWORD});
        self.post(&Caller::Nobody, "/sign-in", &shown)?.caller()
    }

    /// By a code from the counter.
    pub(super) fn resident(&self) -> Result<Caller, String> {
        let path = format!("/residents/{}/sign-in-codes", self.resident);
        let code = self.post(&self.staff("doctor")?, &path, &Value::Null)?.text("/code")?;
        self.post(&Caller::Nobody, "/sign-in/resident", &json!({"code": code}))?.caller()
    }

    fn system(&self) -> Result<Caller, String> {
        self.api.token(&self.client.0, &self.client.1)
    }

    pub(super) fn post(&self, caller: &Caller, path: &str, body: &Value) -> Result<Answer, String> {
        let body = Some(body).filter(|body| !body.is_null());
        self.api.done(caller, Method::POST, &format!("/api/v1{path}"), body)
    }

    pub(super) fn put(&self, caller: &Caller, path: &str, body: &Value) -> Result<Answer, String> {
        self.api.done(caller, Method::PUT, &format!("/api/v1{path}"), Some(body))
    }

    pub(super) fn get(&self, caller: &Caller, path: &str) -> Result<Answer, String> {
        self.api.done(caller, Method::GET, &format!("/api/v1{path}"), None)
    }

    /// Lets the first administrator in by the link, makes somebody of each role, and looks up what
    /// addresses are called with.
    fn settle(&mut self, link: &str) -> Result<(), String> {
        self.api.wait("/-/ready")?;
        self.accept(link)?;
        self.admin = self.signed_in("admin")?;
        let roles = Roles::parse(Roles::SHIPPED).map_err(|error| error.to_string())?;
        for role in roles.all() {
            self.employ(&name_of(&role.id), &role.id)?;
        }
        // Somebody whom the security administrator may change as they like.
        let other = self.employ("generated-other", "cadre")?;
        self.client = self.connect("测试平台")?;
        let client = self.connect("测试平台二")?.0;
        let doctor = self.staff("doctor")?;
        let residents = self.get(&doctor, "/residents?limit=5")?;
        let mut residents = residents.texts("/items", "/id");
        // The first one has records and points, the last one names and numbers.
        self.resident = residents.first().cloned().ok_or("nobody was generated")?;
        residents.push(self.register(&doctor)?);
        let records = self.get(&doctor, "/records?limit=5")?.texts("/items", "/id");
        self.known = vec![
            ("residents", residents),
            ("records", records),
            ("users", vec![other]),
            ("clients", vec![client]),
            ("schemes", vec![SCHEME_ID.to_owned()]),
            ("areas", vec![AREA.to_owned()]),
            ("communities", vec![COMMUNITY.to_owned()]),
            ("roles", roles.all().iter().map(|role| role.id.clone()).collect()),
        ];
        let shop = self.open_shop(&self.resident)?;
        self.known.extend(shop);
        Ok(())
    }

    fn accept(&self, link: &str) -> Result<(), String> {
        let token = link.split_once('#').map(|(_, token)| token.trim());
        let token = token.ok_or_else(|| format!("`{link}` is no link"))?;
        let accepted = json!({"token": token, "password": PASSWORD});
        self.post(&Caller::Nobody, "/invitations/accept", &accepted).map(drop)
    }

    /// Makes somebody of a role; their id.
    pub(super) fn employ(&self, name: &str, role: &str) -> Result<String, String> {
        let new = json!({"name": name, "worker": name, "display_name": "测试人员"});
        let added = self.post(&self.admin, "/users", &new)?;
        let id = added.text("/id")?;
        let granted = json!([{"role": role, "area": AREA}]);
        self.put(&self.admin, &format!("/users/{id}/grants"), &granted)?;
        self.accept(&added.text("/link")?)?;
        Ok(id)
    }

    /// Connects a system that may do whatever systems may; its id and secret.
    fn connect(&self, name: &str) -> Result<(String, String), String> {
        let keeps = [Action::UsersManage, Action::ClientsManage, Action::SystemManage];
        let may = |action: &&Action| !action.takes_two() && !keeps.contains(action);
        let scopes: Vec<&str> =
            Action::ALL.iter().filter(may).map(|action| action.code()).collect();
        let calls = 1_000_000;
        let new = json!({"name": name, "scopes": scopes, "area": AREA, "calls_per_minute": calls});
        let secret = self.post(&self.admin, "/clients", &new)?;
        Ok((secret.text("/id")?, secret.text("/secret")?))
    }

    fn register(&self, doctor: &Caller) -> Result<String, String> {
        let new = json!({
            "code": "generated-resident",
            "name": "测试居民",
            "document": {"kind": "hk-macao-permit", "number": "H00000001"},
            "birth_date": "1960-02-03",
            "communities": [{"value": COMMUNITY}],
        });
        self.post(doctor, "/residents", &new)?.text("/id")
    }

    /// Settings of schemathesis: ids that name something.
    pub(super) fn dictionaries(&self) -> String {
        let table = |(name, ids): &(&str, Vec<String>)| {
            format!("[dictionaries.{name}]\nvalues = {ids:?}\n")
        };
        self.known.iter().map(table).collect()
    }
}

/// The name by which somebody of a role signs in.
fn name_of(role: &str) -> String {
    format!("generated-{role}")
}

/// What was built, beside this program.
fn program() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    Ok(own.with_file_name("kangji"))
}

fn kangji(arguments: &[&str]) -> Result<(), String> {
    crate::run(&program()?.to_string_lossy(), arguments, &[])
}

/// An address of this machine that nobody listens at.
fn free_address() -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    listener.map(|address| address.to_string()).map_err(|error| error.to_string())
}

/// The link of the first administrator, which the server prints.
fn first_link(process: &mut Child) -> Result<String, String> {
    let output = process.stdout.take().ok_or("the server says nothing")?;
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    lines.find(|line| line.contains('#')).ok_or_else(|| "the server gave no first link".to_owned())
}

fn told(path: &Path) -> impl Fn(std::io::Error) -> String {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}
