//! `/api/v1/metrics`

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    rights::Case,
    support::{COMMUNITY, ELSEWHERE, Server, on_both},
};

on_both! {
    figures_are_entered_corrected_and_read;
    a_write_that_comes_again_changes_nothing;
    what_cannot_be_is_told_with_its_place;
}

fn figure(value: &str) -> Value {
    json!({"community": COMMUNITY, "year": 2026, "name": "coverage", "value": value})
}

async fn figures_are_entered_corrected_and_read(server: &Server) {
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let path = "/api/v1/metrics";
    let first = server.send(&officer, "PUT", path, Some(json!([figure("80")]))).await;
    assert_eq!(first.json(), json!({"new": 1, "corrected": 0, "unchanged": 0}), "{first:?}");
    let again = server.send(&officer, "PUT", path, Some(json!([figure("81.5")]))).await;
    assert_eq!(again.json(), json!({"new": 0, "corrected": 1, "unchanged": 0}));
    let read = server.get(&officer, "/api/v1/metrics?area=510403&year=2026").await;
    assert_eq!(read.json(), json!([figure("81.5")]));
    let other = server.get(&officer, "/api/v1/metrics?area=440300&year=2026").await;
    assert_eq!((other.status, other.code()), (StatusCode::FORBIDDEN, "out_of_area".into()));
}

async fn a_write_that_comes_again_changes_nothing(server: &Server) {
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let put = async |value| {
        let body = Some(json!([figure(value)]));
        server.send_under("key", &officer, "PUT", "/api/v1/metrics", body).await
    };
    let (first, again) = (put("80").await, put("80").await);
    assert_eq!((again.status, &again.text), (StatusCode::OK, &first.text));
    let other = put("81").await;
    assert_eq!(other.code(), "idempotency_key_used");
}

async fn what_cannot_be_is_told_with_its_place(server: &Server) {
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let cases = [
        (json!([figure("80"), figure("many")]), "invalid", "[1].value"),
        (
            json!([{"community": "51", "year": 2026, "name": "x", "value": "1"}]),
            "invalid",
            "[0].community",
        ),
        (
            json!([{"community": ELSEWHERE, "year": 2026, "name": "x", "value": "1"}]),
            "out_of_area",
            "",
        ),
        (json!([{"community": COMMUNITY, "year": "2026"}]), "invalid", "[0].year"),
        (json!([{"points": 10}]), "invalid", "[0].points"),
        (json!({}), "invalid", ""),
    ];
    for (body, code, place) in cases {
        let answer = server.send(&officer, "PUT", "/api/v1/metrics", Some(body.clone())).await;
        let found = answer.json();
        assert_eq!(found["code"], code, "{body}");
        assert_eq!(found["place"].as_str().unwrap_or_default(), place, "{body}: {found}");
    }
    let read = server.get(&officer, "/api/v1/metrics?area=510403&year=2026").await;
    assert_eq!(read.json(), json!([]), "nothing was half applied");
}

pub(crate) fn cases() -> Vec<Case> {
    let read = Case {
        method: "get",
        path: "/api/v1/metrics",
        request: "/api/v1/metrics?area=510403&year=2026".to_owned(),
        body: None,
        role: "nurse",
        other: "auditor",
        elsewhere: Some(StatusCode::FORBIDDEN),
    };
    let write = Case {
        method: "put",
        request: "/api/v1/metrics".to_owned(),
        body: Some(json!([figure("1")])),
        role: "officer",
        other: "nurse",
        path: read.path,
        elsewhere: read.elsewhere,
    };
    vec![read, write]
}
