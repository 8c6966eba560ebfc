//! `/api/v1/residents/{id}/accounts` and `/rank`

use std::collections::BTreeSet;

use axum::http::StatusCode;
use kangji_core::ids::HolderId;
use kangji_server::token;
use kangji_store::{Actor, Fact, Session, Strength};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    support::{COMMUNITY, Caller, Server, on_both},
    town::{ALWAYS, SECRETS, kept, person, record, record_fact},
};

on_both! {
    a_resident_has_balances_entries_and_a_statement;
    nobody_learns_who_exists_elsewhere;
    illnesses_are_read_by_the_person_and_those_in_whose_care_they_are;
    a_guardian_reads_what_a_child_brought;
    what_comes_of_a_report_is_not_told;
    a_rank_says_what_it_lacks;
}

/// Uploads a year of records, also such as name an illness.
async fn town(server: &Server) -> (HolderId, Caller) {
    server.publish().await;
    let resident = server.villager("generated-1").await;
    let nurse = server.staff("nurse", &[("nurse", "510403")]).await;
    let row = |code: &str, kind: &str, day: &str| {
        let mut row = record(code, "generated-1", kind, day);
        row["attributes"] = json!({"complete": true});
        row
    };
    let rows = json!([
        row("C1", "elderly.checkup", "2026-03-02"),
        row("L1", "lecture.attended", "2026-09-01"),
        row("L2", "lecture.attended", "2026-09-08"),
        row("L3", "lecture.attended", "2026-09-15"),
        row("S1", "smi.followup", "2026-04-15"),
        row("T1", "tb.completed", "2026-05-15"),
        row("M1", "selfmonitoring.verified", "2026-06-15"),
    ]);
    let answer = server.upload(&nurse, rows).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    (resident, nurse)
}

fn at(resident: HolderId, rest: &str) -> String {
    format!("/api/v1/residents/{resident}/{rest}")
}

/// Everything that is told of a resident.
fn all(resident: HolderId) -> [String; 5] {
    [
        at(resident, "accounts"),
        at(resident, "accounts/panzhihua-xiqu/entries"),
        at(resident, "accounts/panzhihua-xiqu/statement"),
        at(resident, "rank?scheme=panzhihua-xiqu"),
        "/api/v1/records".to_owned(),
    ]
}

/// Lets a resident sign in.
async fn resident_session(server: &Server, resident: HolderId) -> Caller {
    let shown = token::new().unwrap();
    let (hash, now) = (token::hash(&shown), server.app.now());
    let session = Session {
        token: hash,
        principal: Actor::Resident(resident),
        scopes: BTreeSet::new(),
        strength: Strength::Full,
        started_at: now,
        used_at: now,
        ends_at: now.plus_millis(86_400_000),
    };
    let start =
        move |app: &kangji_server::app::App| Ok(app.store().start_session(session, None).wait()?);
    server.app.blocking(start).await.unwrap();
    Caller {
        cookie: Some(format!("kangji={shown}")),
        csrf: Some(token::csrf(&shown)),
        bearer: None,
    }
}

async fn a_resident_has_balances_entries_and_a_statement(server: &Server) {
    let (resident, nurse) = town(server).await;
    let [accounts, entries, statement, ..] = all(resident);
    insta::assert_snapshot!("accounts", kept(&server.get(&nurse, &accounts).await));
    insta::assert_snapshot!("statement", kept(&server.get(&nurse, &statement).await));
    let (mut pages, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.get(&nurse, &format!("{entries}?limit=2{after}")).await.json();
        pages.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_u64() else { break };
        after = format!("&after={next}");
    }
    let sum: i64 = pages.iter().map(|entry| entry["redeemable"].as_i64().unwrap()).sum();
    assert_eq!((pages.len(), &pages[4]["redeemable_after"]), (5, &json!(sum)), "{pages:?}");
    assert_eq!(sum, 150);
    let all = server.get(&nurse, &entries).await.json()["items"].clone();
    assert_eq!(all, json!(pages));
    assert_eq!(pages[0]["award"], "elderly-checkup");
}

async fn nobody_learns_who_exists_elsewhere(server: &Server) {
    let (resident, _) = town(server).await;
    let far = server.staff("far", &[("nurse", "440300")]).await;
    for path in all(resident)
        .into_iter()
        .take(4)
        .chain(all(HolderId::from_bytes([7; 16])).into_iter().take(4))
    {
        let answer = server.get(&far, &path).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "not_found"));
    }
    let everywhere = server.staff("everywhere", &[("nurse", "")]).await;
    for path in all(HolderId::from_bytes([7; 16])).into_iter().take(3) {
        assert_eq!(server.get(&everywhere, &path).await.code(), "not_found", "{path}");
    }
}

async fn illnesses_are_read_by_the_person_and_those_in_whose_care_they_are(server: &Server) {
    let (resident, nurse) = town(server).await;
    let own = resident_session(server, resident).await;
    for role in ["clerk", "organiser", "manager", "officer"] {
        let caller = server.staff(role, &[(role, "510403")]).await;
        for path in all(resident) {
            let answer = server.get(&caller, &path).await;
            let known = SECRETS.iter().find(|word| answer.text.contains(*word));
            assert_eq!(known, None, "{role} {path}: {answer:?}");
        }
        let entries = server.get(&caller, &all(resident)[1]).await;
        assert!(entries.text.contains("健康管理服务"), "{entries:?}");
    }
    for caller in [&nurse, &own] {
        for path in [&all(resident)[1], &all(resident)[2], &all(resident)[4]] {
            let answer = server.get(caller, path).await;
            let told = SECRETS.iter().any(|word| answer.text.contains(word));
            assert!(told, "{path}: {answer:?}");
        }
    }
    let other = server.villager("generated-2").await;
    let other = resident_session(server, other).await;
    for path in all(resident).into_iter().take(4) {
        assert_eq!(server.get(&other, &path).await.code(), "not_found", "{path}");
    }
    assert_eq!(server.get(&other, "/api/v1/records").await.json()["items"], json!([]));
}

async fn a_guardian_reads_what_a_child_brought(server: &Server) {
    let (guardian, nurse) = town(server).await;
    let mut child = person("generated-child", COMMUNITY, 2024);
    child.guardians = vec![("generated-1".to_owned(), ALWAYS)];
    child.groups.clear();
    let child = server.resident_with(child).await;
    let mut visit = record("K1", "generated-child", "child.checkup", "2026-08-03");
    visit["attributes"] = json!({"stage": "30"});
    let answer = server.upload(&nurse, visit).await;
    assert_eq!(answer.json()["items"][0]["points"][0]["points"], 10, "{answer:?}");
    let own = resident_session(server, guardian).await;
    let statement = server.get(&own, &all(guardian)[2]).await.json();
    let lines = statement["counted"].as_array().unwrap().iter();
    let lines: Vec<&Value> = lines.flat_map(|group| group["lines"].as_array().unwrap()).collect();
    assert!(lines.iter().any(|line| line["ward"] == child.to_string()), "{statement}");
    assert_eq!(server.get(&own, &all(child)[2]).await.status, StatusCode::OK);
}

/// A helper of Tonghui reads that a report was received and totals of months (T10).
async fn what_comes_of_a_report_is_not_told(server: &Server) {
    server.publish().await;
    let village = "500110007001";
    let mut helper = person("generated-helper", village, 1970);
    helper.groups.clear();
    let helper = server.resident_with(helper).await;
    server.resident_with(person("generated-ill", village, 1950)).await;
    let mut facts = Vec::new();
    for (code, day) in [("H1", "2026-07-10"), ("H2", "2026-09-10")] {
        let kind = if code == "H1" { "hypertension.found" } else { "diabetes.found" };
        let mut fact = record_fact(code, "generated-ill", kind, day);
        if let Fact::Record(record) = &mut fact {
            record.worker = "generated-helper".to_owned();
        }
        facts.push(fact);
        let award = kind.replace('.', "-");
        facts.push(Fact::Confirmation {
            award,
            subject: code.to_owned(),
            accept: true,
            by: "checker".to_owned(),
            day: day.parse().unwrap(),
        });
    }
    server.enter(facts).await;
    let own = resident_session(server, helper).await;
    let clerk = server.staff("clerk", &[("clerk", "500110007")]).await;
    let nurse = server.staff("nurse", &[("nurse", "500110007")]).await;
    for (caller, total) in [(&own, 2000), (&clerk, 2000), (&nurse, 4000)] {
        let accounts = server.get(caller, &at(helper, "accounts")).await;
        assert_eq!(accounts.json()["items"][0]["total"], total, "{accounts:?}");
    }
    let entries = at(helper, "accounts/tonghui/entries");
    assert_eq!(server.get(&own, &entries).await.code(), "forbidden");
    assert_eq!(server.get(&clerk, &entries).await.code(), "forbidden");
    assert_eq!(server.get(&nurse, &entries).await.json()["items"].as_array().unwrap().len(), 2);
    let statement = server.get(&own, &at(helper, "accounts/tonghui/statement")).await;
    insta::assert_snapshot!("helper", kept(&statement));
    assert!(!statement.text.contains("高血压") && !statement.text.contains("糖尿病"));
}

async fn a_rank_says_what_it_lacks(server: &Server) {
    let (resident, nurse) = town(server).await;
    let own = resident_session(server, resident).await;
    for caller in [&nurse, &own] {
        insta::assert_snapshot!("rank", kept(&server.get(caller, &all(resident)[3]).await));
    }
    let unknown = server.get(&own, &at(resident, "rank?scheme=unknown")).await;
    assert_eq!(unknown.code(), "not_found");
    assert_eq!(server.get(&own, &at(resident, "rank")).await.code(), "malformed");
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |path, rest: &str| Case {
        method: "get",
        path,
        request: format!("/api/v1/residents/{{resident}}/{rest}"),
        body: None,
        role: "clerk",
        other: "auditor",
        elsewhere: Some(StatusCode::NOT_FOUND),
    };
    vec![
        case("/api/v1/residents/{id}/accounts", "accounts"),
        case("/api/v1/residents/{id}/accounts/{scheme}/entries", "accounts/panzhihua-xiqu/entries"),
        case(
            "/api/v1/residents/{id}/accounts/{scheme}/statement",
            "accounts/panzhihua-xiqu/statement",
        ),
        case("/api/v1/residents/{id}/rank", "rank?scheme=panzhihua-xiqu"),
    ]
}
