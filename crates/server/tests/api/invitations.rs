//! `/api/v1/invitations`, and the first administrator

use axum::http::{StatusCode, header};
use kangji_server::first_administrator;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, PASSWORD, Server, on_both};

on_both! {
    the_first_administrator_comes_in_by_a_link;
    a_link_is_good_once_and_not_for_ever;
    what_is_no_link_says_nothing;
    a_link_that_is_sent_again_is_the_same;
}

const NEW: &str = "generated-Red-Teapot-37";

pub(crate) async fn accept(server: &Server, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    server.send(&Caller::default(), "POST", "/api/v1/invitations/accept", Some(body)).await
}

/// What follows the `#` of a link.
pub(crate) fn token(link: &Value) -> String {
    let link = link.as_str().unwrap();
    let (address, token) = link.split_once('#').unwrap();
    assert_eq!(address, "http://127.0.0.1:8080/invitation");
    assert!(token.len() == 64, "{token}");
    token.to_owned()
}

async fn first(server: &Server) -> Option<String> {
    server.app.blocking(first_administrator).await.unwrap()
}

async fn the_first_administrator_comes_in_by_a_link(server: &Server) {
    let link = first(server).await.unwrap();
    assert_eq!(first(server).await, None, "there is one");
    let token = token(&Value::from(link));
    assert_eq!(accept(server, &token, NEW).await.status, StatusCode::NO_CONTENT);
    let admin = server.sign_in("admin", NEW).await;
    let me = server.get(&admin, "/api/v1/me").await.json();
    assert_eq!(me["roles"], json!([{"role": "security-admin", "area": "", "institution": null}]));
    assert_eq!(me["actions"], json!(["users:manage", "clients:manage"]));
    assert_eq!(server.get(&admin, "/api/v1/users").await.status, StatusCode::OK);
}

async fn a_link_is_good_once_and_not_for_ever(server: &Server) {
    let token = token(&Value::from(first(server).await.unwrap()));
    let weak = accept(server, &token, "password123").await;
    assert_eq!((weak.code(), weak.json()["place"].clone()), ("invalid".into(), "password".into()));
    assert_eq!(accept(server, &token, NEW).await.status, StatusCode::NO_CONTENT);
    assert_eq!(accept(server, &token, PASSWORD).await.code(), "sign_in_failed", "again");
    let admin = server.sign_in("admin", NEW).await;
    let body = json!({"name": "nurse-1", "display_name": "测试一"});
    let invited = server.send(&admin, "POST", "/api/v1/users", Some(body)).await;
    assert_eq!(invited.status, StatusCode::CREATED, "{invited:?}");
    server.wait_millis(72 * 3_600_000);
    let late = self::token(&invited.json()["link"]);
    assert_eq!(accept(server, &late, NEW).await.code(), "sign_in_failed", "too late");
}

async fn what_is_no_link_says_nothing(server: &Server) {
    let admin = server.staff("keeper", &[("security-admin", "")]).await;
    let add = async |name: &str| {
        let body = Some(json!({"name": name}));
        server.send(&admin, "POST", "/api/v1/users", body).await.json()
    };
    let [used, disabled, replaced] = [add("a1").await, add("a2").await, add("a3").await];
    accept(server, &token(&used["link"]), NEW).await;
    let path =
        |user: &Value, rest: &str| format!("/api/v1/users/{}{rest}", user["id"].as_str().unwrap());
    let body = Some(json!({"disabled": true}));
    let done = server.send(&admin, "PATCH", &path(&disabled, ""), body).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{done:?}");
    let body = Some(json!({}));
    let again = server.send(&admin, "POST", &path(&replaced, "/invitation"), body).await;
    let unknown = accept(server, &"0".repeat(64), NEW).await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
    for gone in [&used, &disabled, &replaced] {
        let answer = accept(server, &token(&gone["link"]), NEW).await;
        assert_eq!((answer.status, &answer.text), (unknown.status, &unknown.text), "{gone}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
    let good = accept(server, &token(&again.json()["link"]), NEW).await;
    assert_eq!(good.status, StatusCode::NO_CONTENT);
}

async fn a_link_that_is_sent_again_is_the_same(server: &Server) {
    let admin = server.staff("keeper", &[("security-admin", "")]).await;
    let add = async |key: &str, name: &str| {
        let body = Some(json!({"name": name}));
        server.send_under(key, &admin, "POST", "/api/v1/users", body).await
    };
    let (first, again) = (add("one", "ann").await, add("one", "ann").await);
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert_eq!(accept(server, &token(&first.json()["link"]), NEW).await.status, 204);
    assert_eq!(add("one", "ben").await.code(), "idempotency_key_used");
    assert_eq!(add("two", "ann").await.code(), "conflict");
    let path = format!("/api/v1/users/{}/invitation", first.json()["id"].as_str().unwrap());
    let invite =
        async |key: &str| server.send_under(key, &admin, "POST", &path, Some(json!({}))).await;
    let (second, same) = (invite("three").await, invite("three").await);
    assert_eq!((second.status, &second.text), (StatusCode::OK, &same.text), "{second:?}");
    assert_ne!(second.json()["link"], first.json()["link"]);
    assert_eq!(accept(server, &token(&same.json()["link"]), NEW).await.status, 204);
}
