//! `/api/v1/opinions` and the pages on which staff answer them

use axum::http::StatusCode;
use kangji_core::ids::HolderId;
use kangji_store::Entered;
use serde_json::{Value, json};

use crate::{
    residents::{nurse, person, register},
    rights::Case,
    support::{COMMUNITY, Caller, ELSEWHERE, Server, on_both},
    town::{self, SECRETS, record},
};

on_both! {
    opinions_are_given_by_residents_about_what_is_theirs;
    an_opinion_is_answered_once_by_whom_it_concerns;
    an_opinion_names_an_illness_only_to_those_in_whose_care_the_person_is;
    nothing_is_read_of_the_erased;
    staff_answer_on_pages;
}

/// Addresses whose rights are tested in this file.
pub(crate) const TESTED: [(&str, &str); 2] =
    [("post", "/api/v1/opinions"), ("get", "/api/v1/me/opinions")];

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path: &'static str, body, elsewhere| Case {
        method,
        path,
        request: path.replace("{id}", "{opinion}"),
        body,
        role: "manager",
        other: "nurse",
        elsewhere,
    };
    let there = Some(StatusCode::NOT_FOUND);
    let answer = json!({"answer": "已补记"});
    vec![
        case("get", PATH, None, None),
        case("get", "/api/v1/opinions/{id}", None, there),
        case("post", "/api/v1/opinions/{id}/answer", Some(answer), there),
    ]
}

const PATH: &str = "/api/v1/opinions";

/// An opinion of a resident about their points; its id.
pub(crate) async fn given(server: &Server, resident: HolderId, body: Value) -> String {
    let resident = server.as_resident(resident).await;
    let given = server.send(&resident, "POST", PATH, Some(body)).await;
    assert_eq!(given.status, StatusCode::CREATED, "{given:?}");
    given.json()["id"].as_str().unwrap().to_owned()
}

async fn officer(server: &Server) -> Caller {
    server.staff("officer", &[("officer", "510403")]).await
}

async fn opinions_are_given_by_residents_about_what_is_theirs(server: &Server) {
    server.publish().await;
    let nurse = nurse(server).await;
    let own = server.villager("generated-1").await;
    server.villager("generated-2").await;
    let row = |code, who| record(code, who, "lecture.attended", "2026-07-15");
    let mine = server.uploaded(&nurse, row("R1", "generated-1")).await.to_string();
    let other = server.uploaded(&nurse, row("R2", "generated-2")).await.to_string();
    let resident = server.as_resident(own).await;
    let give =
        async |who: &Caller, body: &Value| server.send(who, "POST", PATH, Some(body.clone())).await;
    let body = json!({"text": " 多记了一次 ", "record": mine, "award": "lecture"});
    assert_eq!(give(&Caller::default(), &body).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(give(&nurse, &body).await.status, StatusCode::FORBIDDEN);
    assert_eq!(give(&resident, &body).await.status, StatusCode::CREATED);
    for (field, value) in [
        ("text", json!(" ")),
        ("text", json!("字".repeat(1001))),
        ("record", json!(other)),
        ("record", json!("R1")),
        ("award", json!("none")),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let refused = give(&resident, &wrong).await;
        assert_eq!((refused.code(), &refused.json()["place"]), ("invalid".into(), &json!(field)));
    }
    let mut stranger = body.clone();
    stranger["person"] = json!(HolderId::from_bytes([9; 16]).to_string());
    assert_eq!(give(&resident, &stranger).await.code(), "not_found");
    let read = server.get(&resident, "/api/v1/me/opinions").await.json();
    assert_eq!(read.as_array().unwrap().len(), 1);
    assert_eq!((&read[0]["text"], &read[0]["record"]), (&json!("多记了一次"), &json!(mine)));
    assert_eq!((&read[0]["answered_at"], &read[0]["community"]), (&Value::Null, &json!(COMMUNITY)));
    assert_eq!(server.get(&nurse, "/api/v1/me/opinions").await.status, StatusCode::FORBIDDEN);
    let data = server.get(&resident, "/api/v1/me/data").await.json();
    assert_eq!(data["people"][0]["opinions"], read);
}

async fn an_opinion_is_answered_once_by_whom_it_concerns(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let id: HolderId = id.parse().unwrap();
    let opinion = given(server, id, json!({"text": "漏记了"})).await;
    let officer = officer(server).await;
    let there = server.staff("there", &[("officer", "440300")]).await;
    let open = server.get(&officer, PATH).await.json();
    assert_eq!(
        (&open["items"][0]["text"], &open["items"][0]["name"]),
        (&json!("漏记了"), &json!("测**"))
    );
    assert_eq!(server.get(&there, PATH).await.json()["items"], json!([]));
    let path = format!("{PATH}/{opinion}/answer");
    let answer = async |who: &Caller, text: &str| {
        server.send(who, "POST", &path, Some(json!({"answer": text}))).await
    };
    assert_eq!(answer(&there, "已补记").await.code(), "not_found");
    assert_eq!(answer(&officer, " ").await.code(), "invalid");
    let answered = answer(&officer, "已补记").await.json();
    assert_eq!(answered["answer"], "已补记");
    assert_eq!(answer(&officer, "又").await.code(), "conflict");
    assert_eq!(server.get(&officer, PATH).await.json()["items"], json!([]));
    let done = server.get(&officer, &format!("{PATH}?answered=true")).await.json();
    assert_eq!(done["items"], json!([answered]));
    let resident = server.as_resident(id).await;
    let mine = server.get(&resident, "/api/v1/me/opinions").await.json();
    assert_eq!(mine[0]["answer"], "已补记");
}

async fn an_opinion_names_an_illness_only_to_those_in_whose_care_the_person_is(server: &Server) {
    server.publish().await;
    let id = server.villager("generated-1").await;
    let opinion = given(server, id, json!({"text": "少了一次", "award": "smi-followup"})).await;
    let officer = officer(server).await;
    let doctor = server.staff("doctor", &[("doctor", "510403")]).await;
    for path in [PATH.to_owned(), format!("{PATH}/{opinion}"), format!("/opinions/{opinion}")] {
        let hidden = server.get(&officer, &path).await;
        assert_eq!(hidden.status, StatusCode::OK);
        assert!(!SECRETS.iter().any(|word| hidden.text.contains(word)), "{hidden:?}");
        let full = server.get(&doctor, &path).await;
        assert!(full.text.contains("精神"), "{full:?}");
    }
}

async fn nothing_is_read_of_the_erased(server: &Server) {
    let id = server.resident_with(town::person("generated-1", COMMUNITY, 1950)).await;
    let everywhere = server.staff("all", &[("officer", "")]).await;
    let opinion = given(server, id, json!({"text": "漏记了"})).await;
    assert_eq!(server.get(&everywhere, &format!("{PATH}/{opinion}")).await.status, StatusCode::OK);
    let entered = Entered { now: server.app.now(), reason: None };
    let erase =
        move |app: &kangji_server::app::App| Ok(app.store().erase_person(id, entered).wait()?);
    assert!(server.app.blocking(erase).await.unwrap());
    assert_eq!(server.get(&everywhere, PATH).await.json()["items"], json!([]));
    let path = format!("{PATH}/{opinion}");
    assert_eq!(server.get(&everywhere, &path).await.code(), "not_found");
    let answer = Some(json!({"answer": "已补记"}));
    let answered = server.send(&everywhere, "POST", &format!("{path}/answer"), answer).await;
    assert_eq!(answered.code(), "not_found");
}

async fn staff_answer_on_pages(server: &Server) {
    let nurse = nurse(server).await;
    let id = server.resident_with(town::person("generated-1", COMMUNITY, 1950)).await;
    let far = server.resident_with(town::person("generated-2", ELSEWHERE, 1950)).await;
    given(server, far, json!({"text": "别处的意见"})).await;
    let text = "<script>alert(1)</script>漏记了";
    let opinion = given(server, id, json!({"text": text})).await;
    let officer = officer(server).await;
    let there = server.staff("there", &[("officer", "440300")]).await;
    let page = format!("/opinions/{opinion}");
    for path in ["/opinions", &page] {
        let nobody = server.page(&Caller::default(), path).await;
        assert!(nobody.on().starts_with("/sign-in?to=%2Fopinions"), "{nobody:?}");
        assert_eq!(server.page(&nurse, path).await.status, StatusCode::FORBIDDEN);
        let shown = server.page(&officer, path).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(shown.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;漏记了"), "{shown:?}");
        assert!(!shown.text.contains("<script>alert") && !shown.text.contains("别处的意见"));
    }
    assert_eq!(server.page(&there, &page).await.status, StatusCode::NOT_FOUND);
    let forged = Caller { csrf: None, ..officer.clone() };
    let fields = [("answer", "已补记</textarea><script>")];
    assert_eq!(server.submit(&forged, &page, &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(server.submit(&there, &page, &fields).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.submit(&nurse, &page, &fields).await.status, StatusCode::FORBIDDEN);
    let long = "<b>".repeat(400);
    let again = server.submit(&officer, &page, &[("answer", &long)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("&lt;b&gt;&lt;b&gt;") && again.text.contains("不超过 1000 字"));
    assert_eq!(server.submit(&officer, &page, &fields).await.on(), page);
    let shown = server.page(&officer, &page).await.text;
    assert!(shown.contains("已补记&lt;/textarea&gt;") && !shown.contains("答复并办结"), "{shown}");
    assert!(server.page(&officer, "/opinions?answered=true").await.text.contains("查看"));
}
