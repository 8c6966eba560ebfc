//! Institutions: who may register and change them, and the pages on which officers do.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    rights::Case,
    shop::{CLINIC, OTHER_CLINIC},
    support::{Server, on_both},
};

on_both! {
    an_institution_is_registered_changed_and_closed;
    what_is_wrong_is_told_at_its_place;
    officers_keep_institutions_on_pages;
    what_is_typed_comes_back_and_is_escaped;
}

pub(crate) fn cases() -> Vec<Case> {
    vec![Case {
        method: "put",
        path: "/api/v1/institutions/{code}",
        request: "/api/v1/institutions/clinic-9".to_owned(),
        body: Some(facts("510403001")),
        role: "officer",
        other: "manager",
        elsewhere: Some(StatusCode::FORBIDDEN),
    }]
}

fn facts(area: &str) -> Value {
    json!({"name": "生成的服务站", "level": "institution", "area": area})
}

async fn an_institution_is_registered_changed_and_closed(server: &Server) {
    let officer = server.staff("officer", &[("officer", "5104")]).await;
    let path = "/api/v1/institutions/clinic-9";
    let mut body = facts("510403001");
    let put = server.send(&officer, "PUT", path, Some(body.clone())).await;
    assert_eq!(put.status, StatusCode::OK, "{put:?}");
    body["closed"] = json!(true);
    body["hours"] = json!("全天");
    let put = server.send(&officer, "PUT", path, Some(body)).await.json();
    assert_eq!((&put["closed"], &put["hours"]), (&json!(true), &json!("全天")));
    let resident = server.resident("generated-1", "510403001001").await;
    let resident = server.as_resident(resident).await;
    assert_eq!(server.get(&resident, path).await.json(), put);
    let listed = async |query: &str| {
        let answer = server.get(&resident, &format!("/api/v1/institutions{query}")).await;
        answer.json().as_array().unwrap().len()
    };
    assert_eq!(listed("?area=510403").await, 1);
    assert_eq!(listed("?area=4403").await, 0);
    let nowhere = server.get(&resident, "/api/v1/institutions/nobody").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

async fn what_is_wrong_is_told_at_its_place(server: &Server) {
    server.open_institutions().await;
    let officer = server.staff("officer", &[("officer", "5104")]).await;
    let put = async |code: &str, body: Value| {
        let path = format!("/api/v1/institutions/{code}");
        server.send(&officer, "PUT", &path, Some(body)).await
    };
    let mut long = facts("510403");
    long["phone"] = json!("9".repeat(121));
    let mut line = facts("510403");
    line["name"] = json!("一\n二");
    for (code, body, place) in [
        ("%E4%B8%80", facts("510403"), "code"),
        ("a", facts("5"), "area"),
        ("a", long, "phone"),
        ("a", line, "name"),
    ] {
        let answer = put(code, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
        assert_eq!(answer.json()["place"], place);
    }
    // One that lies elsewhere is not taken over.
    let taken = put(OTHER_CLINIC, facts("510403")).await;
    assert_eq!((taken.status, taken.code()), (StatusCode::FORBIDDEN, "out_of_area".to_owned()));
}

async fn officers_keep_institutions_on_pages(server: &Server) {
    server.open_institutions().await;
    let officer = server.staff("officer", &[("officer", "5104")]).await;
    let list = server.page(&officer, "/institutions").await;
    assert!(list.text.contains("生成的社区卫生服务中心"), "{list:?}");
    assert!(!list.text.contains("生成的另一家"), "one of elsewhere is not theirs");
    let typed = [
        ("code", "shop-1"),
        ("name", "生成的共富超市"),
        ("level", "shop"),
        ("area", "510403001"),
        ("phone", "0812-1111111"),
    ];
    let done = server.submit(&officer, "/institutions/new", &typed).await;
    assert_eq!(done.on(), "/institutions?done=true");
    let again = server.submit(&officer, "/institutions/new", &typed).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("这个代码已经登记过"), "{again:?}");
    let form = server.page(&officer, "/institutions/shop-1/change").await;
    assert!(form.text.contains("value=\"0812-1111111\""), "{form:?}");
    let mut changed = typed.to_vec();
    changed.extend([("hours", "每天"), ("closed", "true")]);
    let done = server.submit(&officer, "/institutions/shop-1/change", &changed).await;
    assert_eq!(done.on(), "/institutions?done=true");
    let list = server.page(&officer, "/institutions?done=true").await;
    assert!(list.text.contains("已停办") && list.text.contains("已经保存"), "{list:?}");
    let none = server.submit(&officer, "/institutions/nobody/change", &typed).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

async fn what_is_typed_comes_back_and_is_escaped(server: &Server) {
    server.open_institutions().await;
    let officer = server.staff("officer", &[("officer", "5104")]).await;
    let script = "<script>alert(1)</script>";
    let typed = [
        ("name", script),
        ("level", "institution"),
        ("area", "4403"),
        ("address", script),
        ("phone", script),
        ("hours", script),
    ];
    let path = format!("/institutions/{CLINIC}/change");
    let outside = server.submit(&officer, &path, &typed).await;
    assert_eq!(outside.status, StatusCode::FORBIDDEN);
    assert!(outside.text.contains("value=\"4403\""), "{outside:?}");
    assert_eq!(outside.text.matches("&lt;script&gt;alert").count(), 4, "{outside:?}");
    assert!(!outside.text.contains(script));
    let mut typed = typed.to_vec();
    typed[2] = ("area", "510403");
    assert_eq!(server.submit(&officer, &path, &typed).await.on(), "/institutions?done=true");
    let list = server.page(&officer, "/institutions").await;
    assert_eq!(list.text.matches("&lt;script&gt;alert").count(), 4, "{list:?}");
    assert!(!list.text.contains(script));
}
