//! `/api/openapi.json`, `/api/docs`, and tags of what is read.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use serde_json::Value;

use crate::support::{Caller, Server, on_both};

on_both! {
    the_description_says_what_holds_for_all;
    the_page_runs_nothing_that_is_not_its_own;
    what_somebody_has_is_not_sent_again;
}

async fn the_description_says_what_holds_for_all(server: &Server) {
    let api = server.get(&Caller::default(), "/api/openapi.json").await.json();
    assert_eq!(api["openapi"], "3.1.0");
    assert_eq!(api["servers"][0]["url"], "/");
    let tags = api["tags"].as_array().unwrap();
    let known: Vec<&str> = tags.iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let tag = operation["tags"][0].as_str().unwrap();
            assert!(known.contains(&tag), "{method} {path}: the tag {tag} is not described");
            assert!(operation["summary"].is_string(), "{method} {path} says nothing");
            assert_eq!(method == "get", operation["responses"]["304"].is_object(), "{path}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                let in_path = path.contains(&format!("{{{name}}}"));
                assert_eq!(parameter["in"] == "path", in_path, "{method} {path}: {name}");
            }
        }
    }
    for reference in references(&api) {
        let pointer = reference.trim_start_matches('#');
        assert!(api.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let schemes = &api["components"]["securitySchemes"];
    assert_eq!(schemes["csrf"]["name"], "x-csrf-token");
    let flow = &schemes["system"]["flows"]["clientCredentials"];
    assert_eq!(flow["scopes"]["records:write"], "记录、更正和作废服务");
}

/// All references within a value.
fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            own.into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

async fn the_page_runs_nothing_that_is_not_its_own(server: &Server) {
    let page = server.get(&Caller::default(), "/api/docs/").await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    for script in page.text.split("<script").skip(1) {
        assert!(script.contains("src=\"./"), "an inline script would not run: {script}");
        let path = script.split("src=\"./").nth(1).unwrap().split('"').next().unwrap();
        let answer = server.get(&Caller::default(), &format!("/api/docs/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.text.contains("http://petstore"), "{path}");
    }
    assert!(!page.text.contains("https://"), "nothing is loaded from elsewhere");
}

async fn what_somebody_has_is_not_sent_again(server: &Server) {
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let path = "/api/v1/metrics?area=510403&year=2026";
    let first = server.get(&officer, path).await;
    let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    let ask = async |tag: &str, method: &str| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
        server.raw(&officer, request).await
    };
    let again = ask(&format!("\"other\", W/{tag}"), "GET").await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(ask("\"other\"", "GET").await.text, first.text);
    let nobody = server.get(&Caller::default(), path).await;
    assert!(!nobody.headers.contains_key(header::ETAG), "a problem has no tag");
}
