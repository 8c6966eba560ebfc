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
    the_wait_doubles;
    an_address_waits_as_well;
    a_token_of_before_is_not_good_after;
    every_write_needs_the_pages_token;
}

mod encrypted {
    use super::*;

    on_both! {
        with "[server]\npublic_url = 'https://kangji.example'";
        cookies_are_kept_from_scripts_and_other_sites;
    }

    async fn cookies_are_kept_from_scripts_and_other_sites(server: &Server) {
        server.make_staff("officer", &[]).await;
        let signed = attempt(server, "officer", PASSWORD).await;
        let (name, rest) = signed.cookie().split_once('=').unwrap();
        let (token, attributes) = rest.split_once("; ").unwrap();
        assert_eq!((name, token.len()), ("__Host-kangji", 64));
        assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict; Secure");
        assert!(signed.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        let plain = Caller { cookie: Some(format!("kangji={token}")), ..signed.caller() };
        assert_eq!(server.get(&plain, "/api/v1/me").await.code(), "not_signed_in");
        let out = server.send(&signed.caller(), "POST", "/api/v1/sign-out", None).await;
        let gone = "__Host-kangji=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0";
        assert_eq!(out.cookie(), gone);
    }
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

async fn the_wait_doubles(server: &Server) {
    server.make_staff("officer", &[]).await;
    for _ in 0..5 {
        attempt(server, "officer", "wrong").await;
    }
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        for password in ["wrong", PASSWORD] {
            let blocked = attempt(server, "officer", password).await;
            assert_eq!(blocked.headers[header::RETRY_AFTER], seconds.to_string().as_str());
        }
        server.wait_millis(seconds * 1000);
        assert_eq!(attempt(server, "officer", "wrong").await.code(), "sign_in_failed");
    }
    server.wait_millis(900_000);
    assert_eq!(attempt(server, "officer", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(attempt(server, "officer", "wrong").await.code(), "sign_in_failed", "from anew");
}

async fn an_address_waits_as_well(server: &Server) {
    server.make_staff("officer", &[]).await;
    for name in 0..50 {
        let tried = attempt(server, &format!("generated-{name}"), "wrong").await;
        assert_eq!(tried.code(), "sign_in_failed");
        if name % 10 == 0 {
            assert_eq!(attempt(server, "officer", PASSWORD).await.status, StatusCode::OK);
        }
    }
    assert_eq!(attempt(server, "officer", PASSWORD).await.code(), "too_many_attempts");
}

async fn a_token_of_before_is_not_good_after(server: &Server) {
    let before = server.staff("officer", &[("officer", "510403")]).await;
    let planted =
        Caller { cookie: Some(format!("kangji={}", "0".repeat(64))), csrf: None, bearer: None };
    let body = json!({"name": "officer", "password": PASSWORD});
    for shown in [&planted, &before] {
        let signed = server.send(shown, "POST", "/api/v1/sign-in", Some(body.clone())).await;
        assert_eq!(signed.status, StatusCode::OK);
        assert_ne!(signed.caller().cookie, shown.cookie);
        assert_eq!(server.get(shown, FIGURES).await.code(), "not_signed_in");
        assert_eq!(server.get(&signed.caller(), FIGURES).await.status, StatusCode::OK);
    }
}

/// Whatever is written by a cookie, by the description of the API.
async fn every_write_needs_the_pages_token(server: &Server) {
    let admin = server.staff("admin", &[("security-admin", "")]).await;
    let forged = Caller { csrf: None, ..admin.clone() };
    let without = ["/api/v1/sign-in", "/api/v1/invitations/accept", "/oauth/token"];
    let api = serde_json::to_value(kangji_server::api()).unwrap();
    let mut writes = 0;
    for (path, item) in api["paths"].as_object().unwrap() {
        let open = without.contains(&path.as_str()) || path.starts_with("/api/v1/sign-in/resident");
        for method in item.as_object().unwrap().keys().filter(|method| *method != "get" && !open) {
            let id = crate::support::id_of("admin").to_string();
            let request = path.replace("{id}", &id);
            let answer =
                server.send(&forged, &method.to_uppercase(), &request, Some(json!({}))).await;
            assert_eq!(answer.code(), "csrf_token_missing", "{method} {path}");
            writes += 1;
        }
    }
    assert!(writes >= 12, "{writes}");
    assert_eq!(server.get(&admin, "/api/v1/me").await.status, StatusCode::OK);
}
