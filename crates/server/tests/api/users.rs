//! `/api/v1/users` and `/api/v1/roles`

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    rights::Case,
    support::{Caller, PASSWORD, Server, id_of, on_both},
};

on_both! {
    staff_are_listed_page_by_page;
    a_name_is_sealed_and_shown;
    whoever_is_disabled_is_out_at_once;
    sessions_are_ended;
    what_cannot_be_granted_is_told;
    nobody_grants_more_than_they_have;
    somebody_is_left_who_grants;
    a_subject_belongs_to_one;
}

fn of(name: &str, rest: &str) -> String {
    format!("/api/v1/users/{}{rest}", id_of(name))
}

async fn keeper(server: &Server) -> Caller {
    server.staff("keeper", &[("security-admin", "")]).await
}

async fn staff_are_listed_page_by_page(server: &Server) {
    let keeper = keeper(server).await;
    for name in ["ann", "ben", "cai"] {
        server.make_staff(name, &[]).await;
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/users?limit=3".to_owned();
    loop {
        let page = server.get(&keeper, &path).await.json();
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/users?limit=3&after={next}");
    }
    assert_eq!(names, ["ann", "ben", "cai", "keeper"]);
    for wrong in ["limit=0", "limit=201", "after=A%00", "limit=x", "page=2"] {
        let answer = server.get(&keeper, &format!("/api/v1/users?{wrong}")).await;
        assert!(answer.status.is_client_error(), "{wrong}: {answer:?}");
    }
}

async fn a_name_is_sealed_and_shown(server: &Server) {
    let keeper = keeper(server).await;
    let add = async |body| server.send(&keeper, "POST", "/api/v1/users", Some(body)).await;
    let body = json!({"name": "nurse-1", "worker": "generated-7", "display_name": "测试 护士"});
    assert_eq!(add(body).await.status, StatusCode::CREATED);
    let items = server.get(&keeper, "/api/v1/users").await.json()["items"].clone();
    let nurse = &items[1];
    assert_eq!(nurse["display_name"], "测试护士", "{items}");
    assert_eq!((&nurse["worker"], &nurse["has_password"]), (&"generated-7".into(), &false.into()));
    let cases = [
        (json!({"name": "Nurse"}), "name"),
        (json!({"name": "a\u{1}b"}), "name"),
        (json!({"name": "ann", "worker": "a\u{1}b"}), "worker"),
        (json!({"name": "ann", "display_name": ""}), "display_name"),
        (json!({"name": "ann", "role": "nurse"}), "role"),
    ];
    for (body, place) in cases {
        let answer = add(body.clone()).await;
        assert_eq!((answer.code(), &answer.json()["place"]), ("invalid".into(), &place.into()));
    }
}

async fn whoever_is_disabled_is_out_at_once(server: &Server) {
    let keeper = keeper(server).await;
    let nurse = server.staff("nurse", &[("nurse", "510403")]).await;
    let disable = async |disabled: bool| {
        let body = Some(json!({"disabled": disabled}));
        server.send(&keeper, "PATCH", &of("nurse", ""), body).await.status
    };
    assert_eq!(disable(true).await, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&nurse, "/api/v1/me").await.code(), "not_signed_in");
    let attempt = async |name: &str, password: &str| {
        let body = json!({"name": name, "password": password});
        server.send(&Caller::default(), "POST", "/api/v1/sign-in", Some(body)).await
    };
    let disabled = attempt("nurse", PASSWORD).await;
    let unknown = attempt("nobody", PASSWORD).await;
    let impossible = attempt("no\u{1}body", PASSWORD).await;
    assert_eq!(disabled.code(), "sign_in_failed");
    assert!(disabled.text == unknown.text && unknown.text == impossible.text);
    assert_eq!(disable(false).await, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&nurse, "/api/v1/me").await.code(), "not_signed_in", "stays out");
    server.sign_in("nurse", PASSWORD).await;
}

async fn sessions_are_ended(server: &Server) {
    let keeper = keeper(server).await;
    let nurse = server.staff("nurse", &[("nurse", "510403")]).await;
    let ended = server.send(&keeper, "DELETE", &of("nurse", "/sessions"), None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT, "{ended:?}");
    assert_eq!(server.get(&nurse, "/api/v1/me").await.code(), "not_signed_in");
    let nobody = server.send(&keeper, "DELETE", "/api/v1/users/7/sessions", None).await;
    assert_eq!(nobody.code(), "not_found");
}

fn granted(role: &str, area: &str) -> Value {
    json!({"role": role, "area": area, "institution": null})
}

async fn what_cannot_be_granted_is_told(server: &Server) {
    let keeper = keeper(server).await;
    server.make_staff("nurse", &[]).await;
    let grant = async |grants: Value| {
        server.send(&keeper, "PUT", &of("nurse", "/grants"), Some(grants)).await
    };
    let good = json!([granted("nurse", "510403"), granted("doctor", "51")]);
    assert_eq!(grant(good.clone()).await.status, StatusCode::NO_CONTENT);
    let read = server.get(&keeper, &of("nurse", "/grants")).await.json();
    assert_eq!(read, json!([granted("doctor", "51"), granted("nurse", "510403")]));
    let unknown = grant(json!([granted("nurse", "51"), granted("queen", "51")])).await.json();
    assert_eq!((&unknown["code"], &unknown["place"]), (&"invalid".into(), &"[1].role".into()));
    let nowhere = grant(json!([granted("nurse", "5")])).await.json();
    assert_eq!((&nowhere["code"], &nowhere["place"]), (&"invalid".into(), &"[0].area".into()));
    let both = grant(json!([granted("nurse", "51"), granted("auditor", "51")])).await.json();
    assert_eq!(both["code"], "conflict");
    assert_eq!(both["detail"], "“审计员”不能与“护士”由同一人担任");
    assert_eq!(server.get(&keeper, &of("nurse", "/grants")).await.json(), read);
}

async fn nobody_grants_more_than_they_have(server: &Server) {
    keeper(server).await;
    let district = server.staff("district", &[("security-admin", "510403")]).await;
    server.make_staff("nurse", &[("nurse", "510403001")]).await;
    server.make_staff("city", &[("nurse", "5104")]).await;
    let grant = async |whom: &str, area: &str| {
        let body = Some(json!([granted("nurse", area)]));
        server.send(&district, "PUT", &of(whom, "/grants"), body).await
    };
    assert_eq!(grant("nurse", "510403002").await.status, StatusCode::NO_CONTENT);
    for (whom, area) in [("nurse", "5104"), ("nurse", ""), ("city", "510403"), ("keeper", "510403")]
    {
        assert_eq!(grant(whom, area).await.code(), "out_of_area", "{whom} {area}");
    }
    assert_eq!(grant("district", "510403").await.code(), "same_person");
    for (method, rest) in [("PATCH", ""), ("POST", "/invitation"), ("DELETE", "/sessions")] {
        let body = (method != "DELETE").then(|| json!({}));
        let answer = server.send(&district, method, &of("keeper", rest), body).await;
        assert_eq!(answer.code(), "out_of_area", "{method}");
    }
    let seen = server.get(&district, "/api/v1/users").await.json();
    let names: Vec<&Value> =
        seen["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["district", "nurse"]);
}

async fn somebody_is_left_who_grants(server: &Server) {
    let one = keeper(server).await;
    server.make_staff("other", &[("security-admin", "")]).await;
    let own = server.send(&one, "PATCH", &of("keeper", ""), Some(json!({"disabled": true}))).await;
    assert_eq!(own.code(), "same_person");
    let none = server.send(&one, "PUT", &of("other", "/grants"), Some(json!([]))).await;
    assert_eq!(none.status, StatusCode::NO_CONTENT);
    let own = server.send(&one, "PUT", &of("keeper", "/grants"), Some(json!([]))).await;
    assert_eq!(own.code(), "same_person");
}

async fn a_subject_belongs_to_one(server: &Server) {
    let keeper = keeper(server).await;
    for name in ["ann", "ben"] {
        server.make_staff(name, &[]).await;
    }
    let link = async |name: &str, subject: &str| {
        let body = Some(json!({"subject": subject}));
        server.send(&keeper, "PATCH", &of(name, ""), body).await
    };
    assert_eq!(link("ann", "https://id.example 7").await.status, StatusCode::NO_CONTENT);
    let taken = link("ben", "https://id.example 7").await;
    assert_eq!((taken.code(), &taken.json()["place"]), ("conflict".into(), &"subject".into()));
    assert_eq!(link("ann", "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(link("ben", "https://id.example 7").await.status, StatusCode::NO_CONTENT);
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path: &'static str, body, elsewhere| Case {
        method,
        path,
        request: path.replace("{id}", &id_of("target").to_string()),
        body,
        role: "security-admin",
        other: "system-admin",
        elsewhere,
    };
    let [user, grants] = ["/api/v1/users/{id}", "/api/v1/users/{id}/grants"];
    let away = Some(StatusCode::FORBIDDEN);
    vec![
        case("get", "/api/v1/users", None, None),
        case("post", "/api/v1/users", Some(json!({"name": "generated-new"})), None),
        case("patch", user, Some(json!({"worker": "generated-1"})), away),
        case("post", "/api/v1/users/{id}/invitation", Some(json!({})), away),
        case("delete", "/api/v1/users/{id}/sessions", None, away),
        case("get", grants, None, away),
        case("put", grants, Some(json!([granted("nurse", "510403")])), away),
        case("get", "/api/v1/roles", None, None),
    ]
}
