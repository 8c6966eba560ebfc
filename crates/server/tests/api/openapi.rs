//! `/api/openapi.json`, `/api/docs`, and tags of what is read.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use serde_json::{Value, json};

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

#[test]
fn requests_are_described_exactly() {
    let api = serde_json::to_value(kangji_server::api()).unwrap();
    let schema = |name: &str| api["components"]["schemas"][name].clone();
    let forms = |name: &str| -> Vec<Vec<String>> {
        let forms = schema(name)["oneOf"].as_array().cloned().unwrap_or_default();
        let fields = |form: &Value| {
            assert_eq!(form["additionalProperties"], false, "{name}");
            form["properties"].as_object().unwrap().keys().cloned().collect()
        };
        forms.iter().map(fields).collect()
    };
    assert_eq!(forms("Sought"), [["document"], ["phone"], ["name"], ["code"]]);
    assert_eq!(forms("Proof"), [["code"], ["recovery_code"]]);
    let terms = ["article", "from", "reason", "referred_to", "to"];
    let sanction = |who: &str| {
        let fields = [who].into_iter().chain(terms).map(ToOwned::to_owned);
        fields.collect::<Vec<_>>()
    };
    let mut sanctions = [sanction("resident"), sanction("community")];
    sanctions.iter_mut().for_each(|fields| fields.sort());
    assert_eq!(forms("SanctionWanted"), sanctions);
    let confirmation = &schema("Confirmation")["oneOf"][1];
    assert_eq!(confirmation["required"], json!(["accept", "award", "resident", "period"]));
    assert_eq!(confirmation["properties"]["resident"]["type"], "string");
    assert_eq!(confirmation["properties"]["record"], Value::Null);
    let record = schema("RecordUpload");
    assert_eq!(record["properties"]["org"]["pattern"], "^[^\\u0000]*$");
    assert_eq!(record["properties"]["attributes"]["propertyNames"]["pattern"], "^[^\\u0000]*$");
    let scopes = schema("Scope")["enum"].to_string();
    assert!(scopes.contains("records:write") && !scopes.contains("users:manage"), "{scopes}");
}

/// Everything else takes somebody who is signed in.
#[test]
fn what_is_open_to_everybody_says_so() {
    let api = serde_json::to_value(kangji_server::api()).unwrap();
    let tokens = &api["components"]["securitySchemes"]["system"]["flows"]["clientCredentials"];
    assert!(api["paths"][tokens["tokenUrl"].as_str().unwrap()]["post"].is_object(), "{tokens}");
    let mut open = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["security"][0] == json!({}) {
                open.push(format!("{method} {path}"));
            }
        }
    }
    open.sort();
    let expected = [
        "get /api/v1/agreements/in-force",
        "get /api/v1/catalogues/in-force",
        "get /api/v1/schemes",
        "get /api/v1/schemes/{id}",
        "get /api/v1/schemes/{id}/changes",
        "get /api/v1/schemes/{id}/notes",
        "get /api/v1/sign-in/oidc/{audience}",
        "get /api/v1/sign-in/oidc/{audience}/callback",
        "get /api/v1/vouchers/key",
        "post /api/v1/invitations/accept",
        "post /api/v1/sign-in",
        "post /api/v1/sign-in/resident",
        "post /api/v1/sign-in/resident/sms",
        "post /oauth/token",
    ];
    assert_eq!(open, expected);
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
