//! `/api/v1/cases` and its pages (P13).

use axum::http::StatusCode;
use kangji_core::ids::CaseId;
use kangji_redemption::fraud::CaseKind;
use kangji_store::{NewCase, new_id};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    statements::SHOP,
    stock::SCHEME,
    support::{Answer, Caller, Server, id_of, on_both},
};

on_both! {
    p13_a_case_is_opened_by_one_and_decided_by_another;
    what_cannot_be_is_told_with_its_place;
    officers_open_and_decide_on_pages;
}

const PATH: &str = "/api/v1/cases";

/// A case that somebody opened by hand.
pub(crate) async fn staged(server: &Server) -> String {
    let new = NewCase {
        id: CaseId::from_bytes(new_id(server.app.now())),
        kind: CaseKind::Forged,
        scheme: SCHEME.to_owned(),
        place: SHOP.to_owned(),
        serial: Some("PX00000001".to_owned()),
        deduction: None,
        note: "印章不清".to_owned(),
    };
    let opened = server.app.store().open_case(new, id_of("stage-opener"), server.app.now());
    opened.answer().await.unwrap()
}

fn about_a_voucher() -> Value {
    json!({
        "kind": "forged", "serial": "PX00000002", "place": SHOP, "scheme": SCHEME,
        "note": "印章不清",
    })
}

fn decided(party: &str, code: &str) -> Value {
    json!({
        "party": party, "party_code": code, "loss_fen": 500, "decision": "券面系伪造",
        "consequence": "从下月结算中扣回",
    })
}

pub(crate) fn cases() -> Vec<Case> {
    let case =
        |method, path, request: String, body, [role, other]: [&'static str; 2], elsewhere| Case {
            method,
            path,
            request,
            body,
            role,
            other,
            elsewhere,
        };
    let (hidden, outside) = (Some(StatusCode::NOT_FOUND), Some(StatusCode::FORBIDDEN));
    let one = format!("{PATH}/{{case}}");
    let new = Some(about_a_voucher());
    let decision = Some(decided("nobody", ""));
    let decide = format!("{one}/decision");
    vec![
        case("get", PATH, PATH.to_owned(), None, ["auditor", "nurse"], None),
        case("post", PATH, PATH.to_owned(), new, ["officer", "manager"], outside),
        case("get", "/api/v1/cases/{id}", one, None, ["manager", "nurse"], hidden),
        case(
            "post",
            "/api/v1/cases/{id}/decision",
            decide,
            decision,
            ["officer", "manager"],
            hidden,
        ),
    ]
}

/// Two officers, with a shop in their district.
async fn two(server: &Server) -> [Caller; 2] {
    server.publish().await;
    server.open_partner().await;
    let one = server.staff("officer-1", &[("officer", "510403")]).await;
    [one, server.staff("officer-2", &[("officer", "510403")]).await]
}

async fn post(server: &Server, who: &Caller, path: &str, body: Value) -> Answer {
    server.send(who, "POST", &format!("{PATH}{path}"), Some(body)).await
}

async fn p13_a_case_is_opened_by_one_and_decided_by_another(server: &Server) {
    let [one, two] = two(server).await;
    let opened = post(server, &one, "", about_a_voucher()).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{opened:?}");
    let opened = opened.json();
    assert_eq!((&opened["bears"], &opened["outcome"]), (&json!("shop"), &Value::Null));
    let id = opened["id"].as_str().unwrap().to_owned();
    let decide = format!("/{id}/decision");
    assert_eq!(post(server, &one, &decide, decided("partner", SHOP)).await.code(), "same_person");
    let done = post(server, &two, &decide, decided("partner", SHOP)).await.json();
    assert_eq!(
        (&done["outcome"]["party"], &done["outcome"]["loss_fen"]),
        (&json!("partner"), &json!(500))
    );
    assert_eq!(post(server, &two, &decide, decided("nobody", "")).await.code(), "conflict");
    let waiting = server.get(&two, &format!("{PATH}?open=true")).await.json();
    assert_eq!(waiting["items"], json!([]));

    // A deduction tells where it was made; a resident is named by id alone.
    let person = server.customer("generated-1").await;
    server.deducted(person, "0001", 50, (8, 5)).await;
    let statement = server.drawn("2026-08").await;
    let lines = server.get(&one, &format!("/api/v1/statements/{statement}")).await.json();
    let deduction = lines["lines"][0]["deduction"].clone();
    let body = json!({"kind": "other", "deduction": deduction, "note": "小票和金额不符"});
    server.wait_millis(1000);
    let about = post(server, &one, "", body).await.json();
    assert_eq!((&about["place"], &about["scheme"]), (&json!(SHOP), &json!(SCHEME)), "{about}");
    let decide = format!("/{}/decision", about["id"].as_str().unwrap());
    let done = post(server, &two, &decide, decided("resident", "generated-1")).await.json();
    assert_eq!(done["outcome"]["party_code"], person.to_string());
    let listed = server.get(&one, &format!("{PATH}?limit=1")).await.json();
    let next = listed["next"].as_str().unwrap();
    let rest = server.get(&one, &format!("{PATH}?limit=1&after={next}")).await.json();
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&json!(id), &Value::Null));
}

async fn what_cannot_be_is_told_with_its_place(server: &Server) {
    let [one, two] = two(server).await;
    let with = |field: &str, value: Value| {
        let mut body = about_a_voucher();
        body[field] = value;
        body
    };
    for (body, place) in [
        (with("kind", json!("theft")), "kind"),
        (with("note", json!("")), "note"),
        (with("serial", Value::Null), "serial"),
        (with("scheme", json!("nothing")), "scheme"),
        (with("scheme", Value::Null), "scheme"),
        (with("place", Value::Null), "place"),
        (json!({"kind": "other", "deduction": SHOP, "note": "x"}), "deduction"),
    ] {
        let found = post(server, &one, "", body.clone()).await.json();
        assert_eq!((&found["code"], &found["place"]), (&json!("invalid"), &json!(place)), "{body}");
    }
    let id =
        post(server, &one, "", about_a_voucher()).await.json()["id"].as_str().unwrap().to_owned();
    for (body, place) in [
        (decided("shop", SHOP), "party"),
        (decided("partner", ""), "party_code"),
        (decided("staff", "nobody"), "party_code"),
        (decided("nobody", SHOP), "party_code"),
    ] {
        let found = post(server, &two, &format!("/{id}/decision"), body.clone()).await.json();
        assert_eq!((&found["code"], &found["place"]), (&json!("invalid"), &json!(place)), "{body}");
    }
}

fn holds(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(answer.text.contains(text), "`{text}` is not in {}", answer.text);
    }
}

async fn officers_open_and_decide_on_pages(server: &Server) {
    let [one, two] = two(server).await;
    let script = "<script>alert(1)</script>";
    let mut fields = vec![
        ("kind", "forged"),
        ("serial", "PX00000002"),
        ("place", SHOP),
        ("scheme", ""),
        ("note", script),
    ];
    let wrong = server.submit(&one, "/cases/new", &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&wrong, &["href=\"#f-scheme\"", "value=\"PX00000002\"", "&lt;script&gt;"]);
    fields[3].1 = SCHEME;
    let here = server.submit(&one, "/cases/new", &fields).await.on().to_owned();
    let own = server.page(&one, &here).await;
    holds(&own, &["疑似伪造的积分券", "商户承担", "生成的共富超市", "要由另一位工作人员处理"]);
    let list = server.page(&two, "/cases?open=true").await;
    holds(&list, &["PX00000002", "待处理"]);
    let mut fields = vec![
        ("party", "partner"),
        ("party_code", "nobody"),
        ("loss_fen", "5"),
        ("decision", "券面系伪造"),
        ("consequence", ""),
    ];
    let wrong = server.submit(&two, &here, &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&wrong, &["href=\"#f-party_code\"", "value=\"nobody\""]);
    fields[1].1 = SHOP;
    assert_eq!(server.submit(&two, &here, &fields).await.on(), here);
    let page = server.page(&one, &here).await;
    holds(&page, &["已处理", "合作商户", "5.00", "处理人签字", "&lt;script&gt;"]);
    assert!(!page.text.contains(script));
}
