//! `/api/v1/me`

use axum::http::{StatusCode, header};
use kangji_core::ids::HolderId;
use serde_json::{Value, json};

use crate::{
    residents::{number, nurse, person, register},
    support::{Caller, Server, on_both},
};

on_both! {
    own_data_is_for_residents_only;
    residents_see_all_that_is_held_about_them_and_their_wards;
    a_ward_of_fourteen_acts_for_themselves;
    consents_are_given_and_withdrawn;
    a_correction_is_asked_for_seen_by_staff_and_answered;
}

async fn signed_in(server: &Server, id: &str) -> Caller {
    let id: HolderId = id.parse().unwrap();
    server.as_resident(id).await
}

/// A parent with a child of six.
async fn family(server: &Server, nurse: &Caller) -> (String, String) {
    let parent = person("generated-parent", "测试大", "19900203", 15);
    let parent = register(server, nurse, parent).await;
    let mut child = person("generated-child", "测试小", "20200203", 13);
    child["guardians"] = json!([{"value": "generated-parent", "from": "2026-01-01"}]);
    (parent, register(server, nurse, child).await)
}

const CONSENT: &str = "/api/v1/me/consents/rank";

async fn own_data_is_for_residents_only(server: &Server) {
    let nurse = nurse(server).await;
    let (parent, _) = family(server, &nurse).await;
    let parent = signed_in(server, &parent).await;
    let text = json!({"field": "name", "text": "测试"});
    let requests = [
        ("GET", "/api/v1/me/data", None),
        ("GET", "/api/v1/me/data/export", None),
        ("GET", "/api/v1/me/consents", None),
        ("PUT", CONSENT, Some(json!({"given": true}))),
        ("POST", "/api/v1/me/corrections", Some(text)),
    ];
    for (method, path, body) in requests {
        let ask = async |who: &Caller| server.send(who, method, path, body.clone()).await.status;
        assert_eq!(ask(&Caller::default()).await, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(ask(&nurse).await, StatusCode::FORBIDDEN, "{method} {path}");
        assert!(ask(&parent).await.is_success(), "{method} {path}");
    }
}

async fn residents_see_all_that_is_held_about_them_and_their_wards(server: &Server) {
    let nurse = nurse(server).await;
    let (parent, child) = family(server, &nurse).await;
    let stranger = person("generated-other", "测试他", "19600203", 12);
    let stranger = register(server, &nurse, stranger).await;
    let parent_signed = signed_in(server, &parent).await;
    let data = server.get(&parent_signed, "/api/v1/me/data").await;
    let people = data.json()["people"].clone();
    let ids: Vec<&Value> = people.as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(parent), &json!(child)]);
    assert_eq!(people[0]["name"], "测试大");
    assert_eq!(people[1]["document"]["number"], json!(number("20200203", 13)));
    assert_eq!(people[0]["phone"], "13910000015");
    assert!(!data.text.contains("测试他"));
    let file = server.get(&parent_signed, "/api/v1/me/data/export").await;
    assert_eq!(file.text, data.text);
    let name = file.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(name.starts_with("attachment"), "{name}");
    for (id, status) in [(&child, StatusCode::OK), (&stranger, StatusCode::NOT_FOUND)] {
        let shown = server.get(&parent_signed, &format!("/api/v1/residents/{id}")).await;
        assert_eq!(shown.status, status);
    }
    let child_signed = signed_in(server, &child).await;
    let data = server.get(&child_signed, "/api/v1/me/data").await.json();
    assert_eq!(data["people"].as_array().unwrap().len(), 1);
}

async fn a_ward_of_fourteen_acts_for_themselves(server: &Server) {
    let nurse = nurse(server).await;
    register(server, &nurse, person("generated-parent", "测试大", "19700203", 15)).await;
    // One is fourteen today, the other one tomorrow.
    let mut ids = Vec::new();
    for (code, birth, sequence) in
        [("generated-14", "20120921", 11), ("generated-13", "20120922", 13)]
    {
        let mut child = person(code, "测试小", birth, sequence);
        child["guardians"] = json!([{"value": "generated-parent"}]);
        ids.push(register(server, &nurse, child).await);
    }
    let found =
        server.send(&nurse, "POST", "/api/v1/residents/search", Some(json!({"name": "测试大"})));
    let parent = found.await.json()[0]["id"].as_str().unwrap().to_owned();
    let parent = signed_in(server, &parent).await;
    let shown =
        async |id: &String| server.get(&parent, &format!("/api/v1/residents/{id}")).await.status;
    assert_eq!(shown(&ids[0]).await, StatusCode::NOT_FOUND);
    assert_eq!(shown(&ids[1]).await, StatusCode::OK);
    let consent = async |who: &Caller, person: Option<&String>| {
        let body = json!({"given": true, "person": person});
        server.send(who, "PUT", CONSENT, Some(body)).await.status
    };
    assert_eq!(consent(&parent, Some(&ids[0])).await, StatusCode::NOT_FOUND);
    assert_eq!(consent(&parent, Some(&ids[1])).await, StatusCode::OK);
    let [grown, child] = [signed_in(server, &ids[0]).await, signed_in(server, &ids[1]).await];
    assert_eq!(consent(&grown, None).await, StatusCode::OK);
    assert_eq!(consent(&child, None).await, StatusCode::FORBIDDEN);
}

async fn consents_are_given_and_withdrawn(server: &Server) {
    let nurse = nurse(server).await;
    let (parent, child) = family(server, &nurse).await;
    let signed = signed_in(server, &parent).await;
    let choose = async |given: bool| {
        server.send(&signed, "PUT", CONSENT, Some(json!({"given": given}))).await.json()
    };
    let given = choose(true).await;
    assert_eq!(given["consents"][0]["withdrawn_at"], Value::Null);
    assert_eq!(choose(true).await, given, "given is given");
    server.wait_millis(1000);
    let withdrawn = choose(false).await;
    assert!(withdrawn["consents"][0]["withdrawn_at"].is_i64(), "{withdrawn}");
    assert_eq!(choose(false).await, withdrawn);
    server.wait_millis(1000);
    assert_eq!(choose(true).await["consents"].as_array().unwrap().len(), 2);
    let all = server.get(&signed, "/api/v1/me/consents").await.json();
    assert_eq!((&all[1]["person"], &all[1]["consents"]), (&json!(child), &json!([])));
    let unknown =
        server.send(&signed, "PUT", "/api/v1/me/consents/all", Some(json!({"given": true})));
    assert_eq!(unknown.await.code(), "not_found");
}

async fn a_correction_is_asked_for_seen_by_staff_and_answered(server: &Server) {
    let nurse = nurse(server).await;
    let there = server.staff("there", &[("nurse", "440300")]).await;
    let (parent, child) = family(server, &nurse).await;
    let signed = signed_in(server, &parent).await;
    let body = json!({"field": "name", "text": "孩子叫测试晓", "person": child});
    let asked = server.send(&signed, "POST", "/api/v1/me/corrections", Some(body)).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{asked:?}");
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    let waiting = server.get(&nurse, "/api/v1/corrections").await.json();
    assert_eq!(waiting["items"][0]["text"], "孩子叫测试晓");
    assert_eq!(waiting["items"][0]["person"], json!(child));
    assert_eq!(server.get(&there, "/api/v1/corrections").await.json()["items"], json!([]));
    let path = format!("/api/v1/corrections/{id}/decision");
    let answer = Some(json!({"accept": true, "answer": "已更正"}));
    assert_eq!(server.send(&there, "POST", &path, answer.clone()).await.code(), "not_found");
    let decided = server.send(&nurse, "POST", &path, answer.clone()).await;
    assert_eq!(decided.json()["answer"], "已更正", "{decided:?}");
    assert_eq!(server.send(&nurse, "POST", &path, answer).await.code(), "conflict");
    assert_eq!(server.get(&nurse, "/api/v1/corrections").await.json()["items"], json!([]));
    let data = server.get(&signed, "/api/v1/me/data").await.json();
    assert_eq!(data["people"][1]["corrections"][0]["accepted"], json!(true));
}
