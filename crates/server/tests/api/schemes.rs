//! `/api/v1/schemes`

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use kangji_server::app::App;

use crate::support::{Answer, Caller, Server, on_both};

on_both! {
    everybody_reads_what_is_published;
    a_scheme_is_read_as_it_holds_on_a_day;
    what_somebody_has_is_not_sent_again;
}

pub(crate) const SCHEME: &str = "panzhihua-xiqu";

pub(crate) fn document() -> String {
    let path = format!("{}/../../schemes/{SCHEME}.md", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

pub(crate) async fn publish(server: &Server) {
    let publish = |app: &App| Ok(app.store().publish(&document(), app.now()).wait()?.unwrap());
    assert!(server.app.blocking(publish).await.unwrap());
}

async fn get(server: &Server, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.raw(&Caller::default(), request.body(Body::empty()).unwrap()).await
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

async fn everybody_reads_what_is_published(server: &Server) {
    let none = get(server, "/api/v1/schemes", &[]).await;
    assert_eq!((none.status, none.text.as_str()), (StatusCode::OK, "[]"));
    publish(server).await;
    let found = get(server, "/api/v1/schemes", &[]).await.json();
    assert_eq!(found[0]["id"], SCHEME);
    assert_eq!(found[0]["versions"][0]["first_day"], "2026-01-01");
    assert_eq!(found[0]["versions"][0]["last_day"], "2026-12-31");
}

async fn a_scheme_is_read_as_it_holds_on_a_day(server: &Server) {
    publish(server).await;
    let path = format!("/api/v1/schemes/{SCHEME}");
    let data = get(server, &path, &[]).await;
    assert_eq!(header(&data.headers, "content-type"), "application/json");
    let data = data.json();
    assert_eq!(data["division"], "510403");
    let award = &data["awards"][0];
    assert!(award["rule"].as_str().unwrap().ends_with('。'), "{award}");
    let text = get(server, &format!("{path}?on=2026-01-01"), &[("accept", "text/markdown")]).await;
    assert_eq!(text.text, document(), "to the byte what was published");
    let page = get(server, &path, &[("accept", "text/html")]).await;
    assert!(page.text.starts_with("<!DOCTYPE html>"));
    let policy = header(&page.headers, "content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script"), "{policy}");
    assert_eq!(header(&page.headers, "cache-control"), "public, max-age=300");
    for (on, code) in [("2025-12-31", "not_found"), ("2027-01-01", "not_found"), ("x", "invalid")] {
        assert_eq!(get(server, &format!("{path}?on={on}"), &[]).await.code(), code, "{on}");
    }
    assert_eq!(get(server, "/api/v1/schemes/none", &[]).await.code(), "not_found");
}

async fn what_somebody_has_is_not_sent_again(server: &Server) {
    publish(server).await;
    let path = format!("/api/v1/schemes/{SCHEME}");
    let page = get(server, &path, &[("accept", "text/html")]).await;
    let tag = header(&page.headers, "etag").to_owned();
    let have = [("accept", "text/html"), ("if-none-match", tag.as_str())];
    let again = get(server, &path, &have).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let other = get(server, &path, &[("if-none-match", tag.as_str())]).await;
    assert_eq!(other.status, StatusCode::OK, "the page is not the data");
}
