//! `/api/v1/confirmations`

use axum::http::StatusCode;
use kangji_core::ids::{HolderId, RecordId};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    support::{Answer, COMMUNITY, Caller, ELSEWHERE, Server, on_both},
    town::{ALWAYS, SECRETS, kept, person, record, record_fact},
};

on_both! {
    what_waits_is_listed_and_accepted_once;
    who_recorded_or_helped_does_not_confirm;
    who_earns_or_is_close_does_not_confirm;
    a_period_is_confirmed_when_it_is_over;
    candidates_come_page_by_page;
    a_rejection_brings_nothing_and_stays;
}

const PATH: &str = "/api/v1/confirmations";

/// A record that waits, and a doctor who did not record it.
async fn town(server: &Server) -> (HolderId, RecordId, Caller) {
    server.publish().await;
    let resident = server.villager("generated-1").await;
    let nurse = server.staff("nurse", &[("nurse", "510403")]).await;
    let mut row = record("M1", "generated-1", "selfmonitoring.verified", "2026-06-15");
    row["worker"] = json!("generated-helper");
    let id = server.uploaded(&nurse, row).await;
    let doctor = doctor(server, "doctor").await;
    (resident, id, doctor)
}

/// A doctor whose code is `generated-` and the name.
async fn doctor(server: &Server, name: &str) -> Caller {
    server.worker(name, &format!("generated-{name}"), &[("doctor", "510403")]).await
}

async fn decide(server: &Server, caller: &Caller, record: RecordId, accept: bool) -> Answer {
    let body = json!({"award": "self-monitoring", "record": record.to_string(), "accept": accept});
    server.send(caller, "POST", PATH, Some(body)).await
}

async fn what_waits_is_listed_and_accepted_once(server: &Server) {
    let (_, id, doctor) = town(server).await;
    let waiting = format!("{PATH}?waiting=true&award=self-monitoring");
    let list = server.get(&doctor, &waiting).await;
    insta::assert_snapshot!("waiting", kept(&list));
    let other = server.get(&doctor, &format!("{PATH}?award=health-improved")).await;
    assert_eq!(other.json(), json!({"items": [], "next": null}));
    let far = server.worker("far", "", &[("doctor", "440300")]).await;
    assert_eq!(server.get(&far, PATH).await.json()["items"], json!([]));

    assert_eq!(decide(server, &far, id, true).await.code(), "forbidden", "without a code");
    let far = server.worker("far-doctor", "generated-far", &[("doctor", "440300")]).await;
    assert_eq!(decide(server, &far, id, true).await.code(), "not_found");
    let accepted = decide(server, &doctor, id, true).await;
    assert_eq!(accepted.status, StatusCode::OK, "{accepted:?}");
    insta::assert_snapshot!("accepted", kept(&accepted));
    assert_eq!(server.get(&doctor, &waiting).await.json()["items"], json!([]));
    let again = decide(server, &doctor, id, true).await;
    assert_eq!(again.json(), json!({"already": true, "changes": []}));
    assert_eq!(decide(server, &doctor, id, false).await.code(), "conflict");
}

async fn who_recorded_or_helped_does_not_confirm(server: &Server) {
    let (_, id, _) = town(server).await;
    let helper = doctor(server, "helper").await;
    let refused = decide(server, &helper, id, true).await;
    assert_eq!(refused.code(), "same_person", "{refused:?}");
    let author = doctor(server, "author").await;
    let row = record("M2", "generated-1", "selfmonitoring.verified", "2026-06-16");
    let own = server.uploaded(&author, row).await;
    assert_eq!(decide(server, &author, own, true).await.code(), "same_person");
    assert_eq!(decide(server, &author, id, true).await.status, StatusCode::OK);
}

async fn who_earns_or_is_close_does_not_confirm(server: &Server) {
    let (_, id, _) = town(server).await;
    let mut mother = person("generated-1", COMMUNITY, 1950);
    mother.guardians = vec![("generated-guardian".to_owned(), ALWAYS)];
    server.resident_with(mother).await;
    for (name, guardian) in [("ward", "generated-1"), ("sibling", "generated-guardian")] {
        let mut relative = person(&format!("generated-{name}"), COMMUNITY, 1980);
        relative.guardians = vec![(guardian.to_owned(), ALWAYS)];
        server.resident_with(relative).await;
    }
    for name in ["1", "guardian", "ward", "sibling"] {
        let worker = format!("generated-{name}");
        let close =
            server.worker(&format!("doctor-{name}"), &worker, &[("doctor", "510403")]).await;
        assert_eq!(decide(server, &close, id, true).await.code(), "same_person", "{name}");
    }
    let stranger = doctor(server, "stranger").await;
    assert_eq!(decide(server, &stranger, id, true).await.status, StatusCode::OK);
}

async fn a_period_is_confirmed_when_it_is_over(server: &Server) {
    let (resident, _, _) = town(server).await;
    let improved = |code: &str, day: &str| {
        let mut fact = record_fact(code, "generated-1", "health.improved", day);
        if let kangji_store::Fact::Record(record) = &mut fact {
            let yes = kangji_store::AttributeValue::Bool(true);
            record.attributes = vec![("improved".to_owned(), yes)];
        }
        fact
    };
    server.enter(vec![improved("I1", "2026-05-15")]).await;
    let decide = async |caller: &Caller, period: &str| {
        let resident = resident.to_string();
        let body = json!({
            "award": "health-improved", "resident": resident, "period": period, "accept": true,
        });
        server.send(caller, "POST", PATH, Some(body)).await
    };
    let early = doctor(server, "early").await;
    assert_eq!(decide(&early, "2026").await.code(), "not_found", "the year is not over");
    assert_eq!(decide(&early, "soon").await.code(), "invalid");
    server.wait_millis(110 * 86_400_000);
    let doctor = doctor(server, "late").await;
    let list = server.get(&doctor, &format!("{PATH}?award=health-improved")).await;
    let item = &list.json()["items"][0];
    assert_eq!((&item["period"], &item["record"]), (&json!("2026"), &Value::Null), "{list:?}");
    assert_eq!(item["records"][0]["code"], "I1");
    let accepted = decide(&doctor, "2026").await;
    assert_eq!(accepted.json()["changes"][0]["after"], 50, "{accepted:?}");
}

async fn candidates_come_page_by_page(server: &Server) {
    server.publish().await;
    let mut facts = Vec::new();
    for number in 0..5 {
        let code = format!("generated-{number}");
        facts.push(kangji_store::Fact::Resident(person(&code, COMMUNITY, 1950)));
        for day in 1..=number {
            let (record, day) = (format!("M{number}{day}"), format!("2026-06-0{day}"));
            facts.push(record_fact(&record, &code, "selfmonitoring.verified", &day));
        }
    }
    facts.push(kangji_store::Fact::Resident(person("generated-far", ELSEWHERE, 1950)));
    facts.push(record_fact("F1", "generated-far", "selfmonitoring.verified", "2026-06-01"));
    server.enter(facts).await;
    let doctor = doctor(server, "doctor").await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.get(&doctor, &format!("{PATH}?limit=3{after}")).await.json();
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["record"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen.len(), 10, "{seen:?}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 10);
    assert_eq!(server.get(&doctor, &format!("{PATH}?after=x")).await.code(), "invalid");
    assert_eq!(server.get(&doctor, &format!("{PATH}?waiting=false")).await.code(), "malformed");
}

async fn a_rejection_brings_nothing_and_stays(server: &Server) {
    let (resident, id, doctor) = town(server).await;
    let body = json!({
        "award": "self-monitoring", "record": id.to_string(), "accept": false,
        "reason": "记录本缺页",
    });
    let rejected = server.send(&doctor, "POST", PATH, Some(body)).await;
    assert_eq!(rejected.json(), json!({"already": false, "changes": []}), "{rejected:?}");
    let statement = format!("/api/v1/residents/{resident}/accounts/panzhihua-xiqu/statement");
    let statement = server.get(&doctor, &statement).await;
    assert_eq!(statement.json()["not_counted"][0]["outcome"], "rejected", "{statement:?}");
    assert_eq!(decide(server, &doctor, id, true).await.code(), "conflict");
    assert!(!SECRETS.iter().any(|word| rejected.text.contains(word)));
    for wrong in [
        json!({"award": "self-monitoring", "accept": true}),
        json!({"award": "self-monitoring", "record": id.to_string(), "period": "2026",
            "accept": true}),
    ] {
        let answer = server.send(&doctor, "POST", PATH, Some(wrong)).await;
        assert_eq!(
            (answer.code().as_str(), &answer.json()["place"]),
            ("invalid", &json!("record"))
        );
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, body, elsewhere| Case {
        method,
        path: PATH,
        request: PATH.to_owned(),
        body,
        role: "doctor",
        other: "nurse",
        elsewhere,
    };
    let decision =
        json!({"award": "self-monitoring", "record": "{waiting_record}", "accept": true});
    vec![case("get", None, None), case("post", Some(decision), Some(StatusCode::NOT_FOUND))]
}
