//! `/api/v1/audit`

use axum::http::StatusCode;
use kangji_core::ids::TraceId;
use kangji_server::app::App;
use kangji_store::{Actor, Deed, Subject};
use serde_json::json;

use crate::{
    rights::Case,
    support::{COMMUNITY, Server, on_both},
};

on_both! {
    what_was_done_and_refused_is_found;
    lines_come_in_pages;
    the_log_proves_itself;
    what_cannot_be_asked_is_told;
}

const METRICS: &str = "/api/v1/metrics?area=510403&year=2026";

async fn what_was_done_and_refused_is_found(server: &Server) {
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    let figure = json!([{"community": COMMUNITY, "year": 2026, "name": "coverage", "value": "1"}]);
    server.send(&officer, "PUT", "/api/v1/metrics", Some(figure)).await;
    server.get(&auditor, METRICS).await;
    written(server).await;
    let search = async |query: &str| {
        let found = server.get(&auditor, &format!("/api/v1/audit?{query}")).await.json();
        let items = found["items"].as_array().unwrap().clone();
        items.into_iter().map(|line| (line["action"].clone(), line["result"].clone()))
    };
    let written: Vec<_> = search("action=metrics:write").await.collect();
    assert_eq!(written, [(json!("metrics:write"), json!("done"))]);
    let refused: Vec<_> = search("action=metrics:read").await.collect();
    assert_eq!(refused, [(json!("metrics:read"), json!("forbidden"))]);
    let all = server.get(&auditor, "/api/v1/audit?limit=200").await.json();
    let line = all["items"].as_array().unwrap().iter().find(|line| line["origin"] != "").unwrap();
    assert_eq!(line["origin"], "192.0.2.1");
    let actor = line["actor"].as_str().unwrap();
    let by_actor: Vec<_> = search(&format!("actor={actor}&until={}", i64::MAX)).await.collect();
    assert!(by_actor.len() >= 2, "{by_actor:?}");
    assert_eq!(search("from=1790000000001").await.count(), 0);
}

async fn lines_come_in_pages(server: &Server) {
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    for _ in 0..5 {
        server.get(&auditor, METRICS).await;
    }
    written(server).await;
    let mut numbers = Vec::new();
    let mut address = "/api/v1/audit?action=metrics:read&limit=2".to_owned();
    loop {
        let page = server.get(&auditor, &address).await.json();
        let items = page["items"].as_array().unwrap();
        numbers.extend(items.iter().map(|line| line["number"].as_i64().unwrap()));
        let Some(next) = page["next"].as_i64() else { break };
        address = format!("/api/v1/audit?action=metrics:read&limit=2&before={next}");
    }
    assert_eq!(numbers.len(), 5);
    assert!(numbers.is_sorted_by(|one, next| one > next), "{numbers:?}");
}

async fn the_log_proves_itself(server: &Server) {
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    let proof = server.send(&auditor, "POST", "/api/v1/audit/verification", None).await;
    assert_eq!(proof.status, StatusCode::OK, "{proof:?}");
    let found = proof.json();
    assert_eq!(found["whole"], true);
    assert!(found["lines"].as_i64().unwrap() > 0);
}

async fn what_cannot_be_asked_is_told(server: &Server) {
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    for (query, code) in [
        ("actor=staff", "invalid"),
        ("actor=program:01", "invalid"),
        ("subject=resident:7", "invalid"),
        ("limit=0", "invalid"),
        ("limit=201", "invalid"),
        ("action=%00", "malformed"),
        ("limit=many", "malformed"),
        ("colour=red", "malformed"),
    ] {
        let answer = server.get(&auditor, &format!("/api/v1/audit?{query}")).await;
        assert_eq!(answer.code(), code, "{query}: {answer:?}");
    }
}

/// Waits until what was logged before is written.
pub(crate) async fn written(server: &Server) {
    let deed = |app: &App| {
        let action = "test".to_owned();
        let trace = TraceId::from_bytes([0; 16]);
        let deed = Deed { actor: Actor::Program, action, origin: String::new(), trace };
        Ok(app.store().log(deed, Subject::None, "done", app.now()).wait()?)
    };
    server.app.blocking(deed).await.unwrap();
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path: &'static str| Case {
        method,
        path,
        request: path.to_owned(),
        body: None,
        role: "auditor",
        other: "officer",
        elsewhere: None,
    };
    vec![case("get", "/api/v1/audit"), case("post", "/api/v1/audit/verification")]
}
