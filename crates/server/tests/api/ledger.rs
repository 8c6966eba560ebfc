//! `/api/v1/ledger/verification`, `/api/v1/checkpoints`

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use kangji_ledger::key::FileKey;
use kangji_server::app::App;
use serde_json::Value;

use crate::{
    rights::Case,
    support::{Server, on_both},
};

on_both! {
    a_verification_runs_in_the_background;
    checkpoints_are_listed;
}

const VERIFICATION: &str = "/api/v1/ledger/verification";

async fn checkpoint(server: &Server, number: i64) {
    let make = move |app: &App| {
        let key = Arc::new(FileKey::generate(&[7; 32]).unwrap());
        Ok(app.store().checkpoint(key, app.now().plus_millis(number)).wait()?.unwrap())
    };
    server.app.blocking(make).await.unwrap();
}

async fn a_verification_runs_in_the_background(server: &Server) {
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    let before = server.get(&auditor, VERIFICATION).await.json();
    assert_eq!((&before["running"], &before["last"]), (&Value::Null, &Value::Null));
    checkpoint(server, 1).await;
    let started = server.send(&auditor, "POST", VERIFICATION, None).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{started:?}");
    let report = finished(server).await;
    assert_eq!(report["outcome"], "sound", "{report}");
    assert_eq!(report["checkpoints"], 1);
    assert!(report["audit_lines"].as_i64().unwrap() > 0);
    assert!(report["text"].as_str().unwrap().contains("未发现问题"));
}

/// The report of the verification under way.
async fn finished(server: &Server) -> Value {
    let auditor = server.sign_in("auditor", crate::support::PASSWORD).await;
    loop {
        let progress = server.get(&auditor, VERIFICATION).await.json();
        if progress["running"].is_null() {
            return progress["last"].clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn checkpoints_are_listed(server: &Server) {
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    for number in 1..=3 {
        checkpoint(server, number).await;
    }
    let first = server.get(&auditor, "/api/v1/checkpoints?limit=2").await.json();
    let numbers = |page: &Value| -> Vec<i64> {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|item| item["number"].as_i64().unwrap()).collect()
    };
    assert_eq!((numbers(&first), &first["next"]), (vec![1, 2], &Value::from(2)));
    assert!(first["items"][0]["line"].as_str().unwrap().starts_with("kangji-checkpoint 2 1 "));
    assert!(first["items"][0]["audit_lines"].as_u64().unwrap() > 0, "{first}");
    assert_eq!(first["items"][0]["audit_hash"].as_str().unwrap().len(), 64);
    let rest = server.get(&auditor, "/api/v1/checkpoints?limit=2&after=2").await.json();
    assert_eq!((numbers(&rest), &rest["next"]), (vec![3], &Value::Null));
    let none = server.get(&auditor, "/api/v1/checkpoints?limit=0").await;
    assert_eq!(none.code(), "invalid");
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path: &'static str| Case {
        method,
        path,
        request: path.to_owned(),
        body: None,
        role: "officer",
        other: "nurse",
        elsewhere: None,
    };
    let watched = |path: &'static str, id: &str| Case {
        request: path.replace("{id}", id),
        role: "auditor",
        elsewhere: (!id.is_empty()).then_some(StatusCode::NOT_FOUND),
        ..case("get", path)
    };
    vec![
        case("post", VERIFICATION),
        case("get", VERIFICATION),
        case("get", "/api/v1/checkpoints"),
        case("get", "/api/v1/ledger/books"),
        watched("/api/v1/ledger/accounts", ""),
        watched("/api/v1/ledger/accounts/{id}/entries", "{account}"),
        watched("/api/v1/ledger/records/{id}", "{record}"),
    ]
}
