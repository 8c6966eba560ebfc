//! `/api/v1/sign-in` and `/api/v1/sign-out`

use axum::http::{StatusCode, header};
use serde_json::json;

use crate::support::{Caller, PASSWORD, Server, on_both};

on_both! {
    a_session_begins_and_ends;
    a_wrong_name_and_a_wrong_password_look_the_same;
    failures_make_everybody_wait;
    a_cookie_alone_writes_nothing;
    an_idle_session_ends;
}

async fn attempt(server: &Server, name: &str, password: &str) -> crate::support::Answer {
    let body = json!({"name": name, "password": password});
    server.send(&Caller::default(), "POST", "/api/v1/sign-in", Some(body)).await
}

const FIGURES: &str = "/api/v1/metrics?area=510403&year=2026";

async fn a_session_begins_and_ends(server: &Server) {
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    assert_eq!(server.get(&officer, FIGURES).await.status, StatusCode::OK);
    let out = server.send(&officer, "POST", "/api/v1/sign-out", None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT, "{out:?}");
    let after = server.get(&officer, FIGURES).await;
    assert_eq!(after.code(), "not_signed_in");
}

async fn a_wrong_name_and_a_wrong_password_look_the_same(server: &Server) {
    server.make_staff("officer", &[]).await;
    let wrong = attempt(server, "officer", "wrong").await;
    let unknown = attempt(server, "nobody", PASSWORD).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.text, unknown.text);
    assert!(!wrong.headers.contains_key(header::SET_COOKIE));
}

async fn failures_make_everybody_wait(server: &Server) {
    server.make_staff("officer", &[]).await;
    for _ in 0..5 {
        assert_eq!(attempt(server, "officer", "wrong").await.code(), "sign_in_failed");
    }
    let blocked = attempt(server, "officer", PASSWORD).await;
    assert_eq!(blocked.code(), "too_many_attempts", "even with the right password");
    let seconds: i64 = blocked.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    server.wait_millis(seconds * 1000);
    assert_eq!(attempt(server, "officer", PASSWORD).await.status, StatusCode::OK);
}

async fn a_cookie_alone_writes_nothing(server: &Server) {
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    for csrf in [None, Some("0".repeat(64))] {
        let forged = Caller { csrf, ..officer.clone() };
        let answer = server.send(&forged, "PUT", "/api/v1/metrics", Some(json!([]))).await;
        assert_eq!(answer.code(), "csrf_token_missing");
    }
}

async fn an_idle_session_ends(server: &Server) {
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    server.wait_millis(29 * 60_000);
    assert_eq!(server.get(&officer, FIGURES).await.status, StatusCode::OK);
    server.wait_millis(31 * 60_000);
    assert_eq!(server.get(&officer, FIGURES).await.code(), "not_signed_in");
}
