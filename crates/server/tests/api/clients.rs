//! `/api/v1/clients` and `/oauth/token`

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kangji_core::{DivisionPrefix, ids::ClientId};
use kangji_rights::Action;
use kangji_store::Client;
use serde_json::{Value, json};

use crate::{
    rights::Case,
    support::{Answer, Caller, Server, on_both},
};

on_both! {
    a_system_gets_a_token_and_is_held_to_it;
    a_secret_is_shown_once_and_can_be_changed;
    whoever_is_no_client_is_told_as_the_standard_says;
    wrong_secrets_make_everybody_wait;
    a_system_calls_no_oftener_than_it_may;
    a_token_is_not_for_browsers_and_a_cookie_not_for_systems;
    what_no_system_can_be_given_is_refused;
}

const FIGURES: &str = "/api/v1/metrics?area=510403&year=2026";

async fn keeper(server: &Server) -> Caller {
    server.staff("keeper", &[("security-admin", "")]).await
}

/// A system that reads and writes figures in the callers' district: its id and secret.
async fn connected(server: &Server, keeper: &Caller, calls: u32) -> Value {
    let body = json!({
        "name": "generated platform", "scopes": ["metrics:read", "metrics:write"],
        "area": "510403", "calls_per_minute": calls,
    });
    let added = server.send(keeper, "POST", "/api/v1/clients", Some(body)).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    added.json()
}

async fn form(server: &Server, basic: Option<&str>, form: String) -> Answer {
    let mut request = Request::builder()
        .method("POST")
        .uri("/oauth/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(basic) = basic {
        let coded = BASE64_STANDARD.encode(basic);
        request = request.header(header::AUTHORIZATION, format!("Basic {coded}"));
    }
    server.raw(&Caller::default(), request.body(Body::from(form)).unwrap()).await
}

fn pair(secret: &Value) -> (String, String) {
    let text = |name: &str| secret[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

async fn token(server: &Server, secret: &Value, more: &str) -> Answer {
    let (id, secret) = pair(secret);
    form(server, Some(&format!("{id}:{secret}")), format!("grant_type=client_credentials{more}"))
        .await
}

/// A connected system that came in by its secret.
pub(crate) async fn signed_in(server: &Server, secret: &Value) -> Caller {
    bearer(&token(server, secret, "").await)
}

fn bearer(answer: &Answer) -> Caller {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    Caller { bearer: Some(token), ..Caller::default() }
}

async fn a_system_gets_a_token_and_is_held_to_it(server: &Server) {
    let keeper = keeper(server).await;
    let secret = connected(server, &keeper, 600).await;
    let answer = token(server, &secret, "").await;
    let expected = json!({
        "token_type": "Bearer", "expires_in": 900, "scope": "metrics:read metrics:write",
        "access_token": answer.json()["access_token"],
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let system = bearer(&answer);
    assert_eq!(server.get(&system, FIGURES).await.status, StatusCode::OK);
    let elsewhere = server.get(&system, "/api/v1/metrics?area=440300&year=2026").await;
    assert_eq!(elsewhere.code(), "out_of_area");
    assert_eq!(server.get(&system, "/api/v1/users").await.code(), "forbidden");
    let me = server.get(&system, "/api/v1/me").await.json();
    assert_eq!(
        (&me["kind"], &me["id"], &me["csrf"]),
        (&"client".into(), &secret["id"], &json!(null))
    );
    let reading = bearer(&token(server, &secret, "&scope=metrics%3Aread").await);
    assert_eq!(server.get(&reading, FIGURES).await.status, StatusCode::OK);
    let write = server.send(&reading, "PUT", "/api/v1/metrics", Some(json!([]))).await;
    assert_eq!(write.code(), "forbidden");
    server.wait_millis(900_000);
    assert_eq!(server.get(&system, FIGURES).await.code(), "not_signed_in", "its time is over");
}

async fn a_secret_is_shown_once_and_can_be_changed(server: &Server) {
    let keeper = keeper(server).await;
    let first = connected(server, &keeper, 600).await;
    let system = bearer(&token(server, &first, "").await);
    let list = server.get(&keeper, "/api/v1/clients").await;
    assert!(!list.text.contains(first["secret"].as_str().unwrap()));
    let expected = json!([{
        "id": first["id"], "name": "generated platform", "area": "510403", "institution": null,
        "scopes": ["metrics:read", "metrics:write"], "calls_per_minute": 600, "disabled_at": null,
    }]);
    assert_eq!(list.json(), expected);
    let path = format!("/api/v1/clients/{}", first["id"].as_str().unwrap());
    let renew = async |key: &str| {
        let path = format!("{path}/secret");
        server.send_under(key, &keeper, "POST", &path, None).await
    };
    let (second, same) = (renew("one").await, renew("one").await);
    assert_eq!((second.status, &second.text), (StatusCode::OK, &same.text), "{second:?}");
    assert_ne!(second.json()["secret"], first["secret"]);
    assert_eq!(server.get(&system, FIGURES).await.code(), "not_signed_in");
    assert_eq!(token(server, &first, "").await.json()["error"], "invalid_client");
    let system = bearer(&token(server, &second.json(), "").await);
    let patch = async |body| server.send(&keeper, "PATCH", &path, Some(body)).await.status;
    assert_eq!(patch(json!({"scopes": ["metrics:write"]})).await, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&system, FIGURES).await.code(), "forbidden", "at once");
    assert_eq!(patch(json!({"disabled": true})).await, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&system, FIGURES).await.code(), "not_signed_in");
    let disabled = token(server, &second.json(), "").await;
    assert_eq!(disabled.json()["error"], "invalid_client");
}

async fn whoever_is_no_client_is_told_as_the_standard_says(server: &Server) {
    let keeper = keeper(server).await;
    let secret = connected(server, &keeper, 600).await;
    let (id, right) = pair(&secret);
    let basic = format!("{id}:{right}");
    let grant = "grant_type=client_credentials";
    let cases = [
        (Some(basic.clone()), "grant_type=password".to_owned(), 400, "unsupported_grant_type"),
        (Some(basic.clone()), String::new(), 400, "invalid_request"),
        (Some(basic.clone()), format!("{grant}&{grant}"), 400, "invalid_request"),
        (Some(basic.clone()), format!("{grant}&client_secret=x"), 400, "invalid_request"),
        (Some(basic.clone()), format!("{grant}&scope=users:manage"), 400, "invalid_scope"),
        (Some(basic), format!("{grant}&scope=metrics:read+fly"), 400, "invalid_scope"),
        (None, grant.to_owned(), 401, "invalid_client"),
        (Some(format!("{id}:wrong")), grant.to_owned(), 401, "invalid_client"),
        (Some(format!("nobody:{right}")), grant.to_owned(), 401, "invalid_client"),
        (None, format!("{grant}&client_id={id}&client_secret=wrong"), 401, "invalid_client"),
    ];
    for (basic, body, status, error) in cases {
        let answer = form(server, basic.as_deref(), body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (status, &error.into()));
        let asks = answer.headers.get(header::WWW_AUTHENTICATE);
        assert_eq!(asks.is_some(), status == 401, "{body}");
    }
    let in_body = format!("{grant}&client_id={id}&client_secret={right}&unknown=1");
    assert_eq!(form(server, None, in_body).await.status, StatusCode::OK);
    let json = server.send(&Caller::default(), "POST", "/oauth/token", Some(json!({}))).await;
    assert_eq!(json.code(), "unsupported_media_type");
}

async fn wrong_secrets_make_everybody_wait(server: &Server) {
    let keeper = keeper(server).await;
    let secret = connected(server, &keeper, 600).await;
    let wrong = json!({"id": secret["id"], "secret": "wrong"});
    for _ in 0..5 {
        assert_eq!(token(server, &wrong, "").await.json()["error"], "invalid_client");
    }
    let blocked = token(server, &secret, "").await;
    assert_eq!(
        (blocked.status, blocked.code()),
        (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts".into())
    );
    server.wait_millis(1000);
    assert_eq!(token(server, &secret, "").await.status, StatusCode::OK);
}

async fn a_system_calls_no_oftener_than_it_may(server: &Server) {
    let keeper = keeper(server).await;
    let secret = connected(server, &keeper, 6).await;
    let system = bearer(&token(server, &secret, "").await);
    for _ in 0..5 {
        assert_eq!(server.get(&system, FIGURES).await.status, StatusCode::OK);
    }
    let refused = server.get(&system, FIGURES).await;
    assert_eq!(refused.code(), "too_many_calls");
    assert_eq!(refused.headers[header::RETRY_AFTER], "10");
    assert_eq!(token(server, &secret, "").await.code(), "too_many_calls", "tokens count as well");
    server.wait_millis(10_000);
    assert_eq!(server.get(&system, FIGURES).await.status, StatusCode::OK);
}

async fn a_token_is_not_for_browsers_and_a_cookie_not_for_systems(server: &Server) {
    let keeper = keeper(server).await;
    let secret = connected(server, &keeper, 600).await;
    let token = bearer(&token(server, &secret, "").await).bearer.unwrap();
    let cookie = Caller { cookie: Some(format!("kangji={token}")), ..Caller::default() };
    assert_eq!(server.get(&cookie, FIGURES).await.code(), "not_signed_in");
    let stolen = keeper.cookie.unwrap().strip_prefix("kangji=").unwrap().to_owned();
    let bearer = Caller { bearer: Some(stolen), ..Caller::default() };
    assert_eq!(server.get(&bearer, "/api/v1/users").await.code(), "not_signed_in");
}

async fn what_no_system_can_be_given_is_refused(server: &Server) {
    let keeper = keeper(server).await;
    let add = async |scope: &str, area: &str, calls: u32| {
        let body = json!({
            "name": "generated", "scopes": [scope], "area": area, "calls_per_minute": calls,
        });
        server.send(&keeper, "POST", "/api/v1/clients", Some(body)).await.json()["place"].clone()
    };
    for scope in ["users:manage", "clients:manage", "ledger:adjust", "schemes:publish", "fly"] {
        assert_eq!(add(scope, "51", 1).await, "scopes[0]", "{scope}");
    }
    assert_eq!(add("metrics:read", "5", 1).await, "area");
    assert_eq!(add("metrics:read", "51", 0).await, "calls_per_minute");
    let district = server.staff("district", &[("security-admin", "510403")]).await;
    let body = json!({"name": "generated", "scopes": ["metrics:read"], "area": "51"});
    let more = server.send(&district, "POST", "/api/v1/clients", Some(body)).await;
    assert_eq!(more.code(), "out_of_area");
}

/// The system that the table of rights is about.
pub(crate) const TARGET: ClientId = ClientId::from_bytes([7; 16]);

pub(crate) async fn make_target(server: &Server) {
    let client = Client {
        id: TARGET,
        name: "generated".to_owned(),
        secret: kangji_server::token::hash("generated"),
        scopes: [Action::MetricsRead].into(),
        area: DivisionPrefix::parse("510403").unwrap(),
        institution: None,
        calls_per_minute: 60,
        disabled_at: None,
    };
    server.app.ask(move |store| store.add_client(client).wait()).await.unwrap();
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path: &'static str, body, elsewhere| Case {
        method,
        path,
        request: path.replace("{id}", &TARGET.to_string()),
        body,
        role: "security-admin",
        other: "auditor",
        elsewhere,
    };
    let new = json!({"name": "generated", "scopes": ["metrics:read"], "area": "510403"});
    let away = Some(StatusCode::FORBIDDEN);
    vec![
        case("get", "/api/v1/clients", None, None),
        case("post", "/api/v1/clients", Some(new), away),
        case("patch", "/api/v1/clients/{id}", Some(json!({"name": "generated 2"})), away),
        case("post", "/api/v1/clients/{id}/secret", None, away),
    ]
}
