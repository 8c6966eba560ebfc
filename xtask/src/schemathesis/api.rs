//! A client of the server: somebody who is signed in, and what they ask for.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use serde_json::Value;
use ureq::{
    Agent,
    http::{Method, Request, Response},
};

/// The cookie of a server that browsers reach by https.
const COOKIE: &str = "__Host-kangji";

/// Somebody who calls.
#[derive(Clone, Debug, Default)]
pub(super) enum Caller {
    /// Nobody in particular.
    #[default]
    Nobody,
    /// A person, with the token of their cookie and that of their page.
    Person { session: String, csrf: String },
    /// A connected system, with its access token.
    System(String),
}

impl Caller {
    /// The headers by which they are known.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Nobody => Vec::new(),
            Self::Person { session, csrf } => {
                vec![("Cookie", format!("{COOKIE}={session}")), ("X-CSRF-Token", csrf.clone())]
            }
            Self::System(token) => vec![("Authorization", format!("Bearer {token}"))],
        }
    }

    /// Settings of schemathesis: how the description says that they are known.
    pub(super) fn settings(&self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::Person { session, csrf } => format!(
                "[auth.openapi.session]\napi_key = \"{session}\"\n\
                [auth.openapi.csrf]\napi_key = \"{csrf}\"\n"
            ),
            // The check of what is asked for without a token leaves tokens of OAuth 2.0 in the
            // request; the tests of rights hold that nobody gets anything without one.
            Self::System(token) => format!(
                "[checks.ignored_auth]\nenabled = false\n\
                [auth.openapi.system]\nbearer = \"{token}\"\n"
            ),
        }
    }
}

/// The server.
pub(super) struct Api {
    agent: Agent,
    address: String,
    /// How often it was asked: each write has a key of its own.
    asked: AtomicU32,
}

/// What it answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    cookie: Option<String>,
}

impl Api {
    pub(super) fn at(address: &str) -> Self {
        // What is refused says why.
        let config = Agent::config_builder().http_status_as_error(false).build();
        Self { agent: config.into(), address: address.to_owned(), asked: AtomicU32::new(0) }
    }

    /// Asks for something as somebody.
    pub(super) fn ask(
        &self,
        caller: &Caller,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("Idempotency-Key", format!("xtask-{number}"))
            .header("Content-Type", "application/json");
        for (name, value) in caller.headers() {
            request = request.header(name, value);
        }
        let request = request.body(body.map(Value::to_string).unwrap_or_default());
        let request = request.map_err(|error| error.to_string())?;
        let answer = self.agent.run(request).map_err(|error| format!("{path}: {error}"))?;
        Answer::read(answer)
    }

    /// The same, where nothing may be in the way.
    pub(super) fn done(
        &self,
        caller: &Caller,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let answer = self.ask(caller, method, path, body)?;
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        Err(format!("{path} is answered with {}: {}", answer.status, answer.body))
    }
}

impl Api {
    /// Waits until something is there.
    pub(super) fn wait(&self, path: &str) -> Result<(), String> {
        for _ in 0..100 {
            if self.done(&Caller::Nobody, Method::GET, path, None).is_ok() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        self.done(&Caller::Nobody, Method::GET, path, None).map(drop)
    }

    /// A connected system with a new access token.
    pub(super) fn token(&self, id: &str, secret: &str) -> Result<Caller, String> {
        let form = [("grant_type", "client_credentials"), ("client_id", id)];
        let form = form.into_iter().chain([("client_secret", secret)]);
        let answer = self.agent.post(format!("{}/oauth/token", self.address));
        let answer = answer.send_form(form).map_err(|error| error.to_string())?;
        Ok(Caller::System(Answer::read(answer)?.text("/access_token")?))
    }
}

impl Answer {
    fn read(mut answer: Response<ureq::Body>) -> Result<Self, String> {
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(['=', ';']).nth(1));
        let cookie = cookie.map(ToOwned::to_owned);
        let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Self { status: answer.status().as_u16(), body, cookie })
    }

    /// The text at a place of what was answered.
    pub(super) fn text(&self, pointer: &str) -> Result<String, String> {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.map(ToOwned::to_owned).ok_or_else(|| format!("no {pointer} in {}", self.body))
    }

    /// The texts at a place of each item of a list.
    pub(super) fn texts(&self, list: &str, pointer: &str) -> Vec<String> {
        let items = self.body.pointer(list).and_then(Value::as_array).into_iter().flatten();
        let texts = items.filter_map(|item| item.pointer(pointer)?.as_str());
        texts.map(ToOwned::to_owned).collect()
    }

    /// Who signed in by it.
    pub(super) fn caller(&self) -> Result<Caller, String> {
        let session = self.cookie.clone().ok_or("the answer sets no cookie")?;
        Ok(Caller::Person { session, csrf: self.text("/csrf")? })
    }
}
