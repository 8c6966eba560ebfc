//! `/api/v1/records`

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use kangji_store::Actor;
use serde_json::{Value, json};

use crate::{
    rights::Case,
    support::{Answer, Caller, ELSEWHERE, Server, on_both},
    town::{SECRETS, kept, person, record},
};

on_both! {
    an_upload_says_what_it_brings_and_why;
    the_same_code_is_the_same_record;
    one_bad_record_refuses_all_at_its_place;
    a_third_lecture_in_a_month_says_when_it_counts_again;
    a_correction_needs_the_version_that_was_seen;
    what_is_void_takes_its_points_back;
    nobody_writes_beyond_area_and_institution;
    nobody_overwrites_what_is_out_of_reach;
    records_are_listed_page_by_page;
    illnesses_are_hidden_from_who_need_not_know;
    a_stream_answers_every_line;
    each_touched_resident_is_in_the_audit_log;
    what_a_record_is_worth_can_be_read_again;
}

const PATH: &str = "/api/v1/records";

/// A nurse of the district, and a resident with the code `generated-1`.
async fn town(server: &Server) -> Caller {
    server.publish().await;
    server.villager("generated-1").await;
    server.staff("nurse", &[("nurse", "510403")]).await
}

fn lecture(code: &str, day: &str) -> Value {
    record(code, "generated-1", "lecture.attended", day)
}

async fn an_upload_says_what_it_brings_and_why(server: &Server) {
    let nurse = town(server).await;
    let mut checkup = record("C1", "generated-1", "elderly.checkup", "2026-03-02");
    checkup["attributes"] = json!({"complete": true, "systolic": 128.5, "weight_kg": "61.25"});
    let rows = json!([checkup, lecture("L1", "2026-07-15")]);
    let answer = server.upload(&nurse, rows).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    insta::assert_snapshot!("upload", kept(&answer));
    let id = answer.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let read = server.get(&nurse, &format!("{PATH}/{id}")).await;
    assert_eq!(read.headers[header::ETAG], "\"1\"");
    insta::assert_snapshot!("record", kept(&read));
}

async fn the_same_code_is_the_same_record(server: &Server) {
    let nurse = town(server).await;
    let result = |answer: &Answer| {
        let item = &answer.json()["items"][0];
        (item["result"].clone(), item["version"].clone(), item["points"][0]["points"].clone())
    };
    let first = server.upload(&nurse, lecture("L1", "2026-07-15")).await;
    assert_eq!(result(&first), (json!("new"), json!(1), json!(5)));
    let again = server.upload(&nurse, lecture("L1", "2026-07-15")).await;
    assert_eq!(result(&again), (json!("unchanged"), json!(1), json!(5)));
    let other = server.upload(&nurse, lecture("L1", "2026-07-16")).await;
    assert_eq!(result(&other), (json!("corrected"), json!(2), json!(5)));
    let list = server.get(&nurse, PATH).await;
    assert_eq!(list.json()["items"].as_array().unwrap().len(), 1);
}

async fn one_bad_record_refuses_all_at_its_place(server: &Server) {
    let nurse = town(server).await;
    let good = lecture("L1", "2026-07-15");
    let with = |field: &str, value: Value| {
        let mut bad = lecture("L2", "2026-07-15");
        bad[field] = value;
        bad
    };
    let cases = [
        (with("kind", json!("sleeping")), "invalid", "[1].kind"),
        (with("date", json!("2026-02-30")), "invalid", "[1].date"),
        (with("date", json!("2026-09-23")), "invalid", "[1].date"),
        (with("code", json!("L1")), "invalid", "[1].code"),
        (with("code", json!("510403195002031234")), "invalid", "[1].code"),
        (with("code", json!("R1/2026")), "invalid", "[1].code"),
        (with("code", json!("a\u{200B}b")), "invalid", "[1].code"),
        (with("resident", json!("generated-2")), "not_found", "[1].resident"),
        (with("attributes", json!({"systolic": "high"})), "invalid", "[1].attributes.systolic"),
        (with("attributes", json!({"systolic": -1})), "invalid", "[1].attributes.systolic"),
        (with("attributes", json!({"systolic": true})), "invalid", "[1].attributes.systolic"),
        (with("attributes", json!({"systolic": [1]})), "invalid", "[1].attributes.systolic"),
        (with("attributes", json!({"systolic": 301})), "invalid", "[1].attributes.systolic"),
        (with("attributes", json!({"glucose": "0.4"})), "invalid", "[1].attributes.glucose"),
        (with("attributes", json!({"complete": "yes"})), "invalid", "[1].attributes.complete"),
        (with("attributes", json!({"height": 1})), "invalid", "[1].attributes.height"),
        (with("points", json!(100)), "invalid", "[1].points"),
    ];
    for (bad, code, place) in cases {
        let answer = server.upload(&nurse, json!([good, bad])).await;
        let found = (answer.code(), answer.json()["place"].clone());
        assert_eq!(found, (code.to_owned(), json!(place)), "{answer:?}");
    }
    let many: Vec<Value> = (0..1001).map(|row| lecture(&format!("M{row}"), "2026-07-15")).collect();
    assert_eq!(server.upload(&nurse, json!(many)).await.code(), "too_large");
    let list = server.get(&nurse, PATH).await;
    assert_eq!(list.json()["items"], json!([]), "nothing is half applied");
}

async fn a_third_lecture_in_a_month_says_when_it_counts_again(server: &Server) {
    let nurse = town(server).await;
    let days = ["2026-09-01", "2026-09-08", "2026-09-15"];
    let rows: Vec<Value> = days.iter().map(|day| lecture(&format!("L-{day}"), day)).collect();
    let answer = server.upload(&nurse, json!(rows)).await;
    let third = &answer.json()["items"][2]["points"][0];
    assert_eq!(third["outcome"], "capped");
    assert_eq!(
        third["reason"],
        "本月“参加健康教育讲座”积分已达上限（2次/月，依据附件1·参加健康教育讲座），\
        本次已记录但不计分，10月1日起可再次获得。"
    );
}

async fn a_correction_needs_the_version_that_was_seen(server: &Server) {
    let nurse = town(server).await;
    let id = server.uploaded(&nurse, lecture("L1", "2026-07-15")).await;
    let correct = async |key: &str, tag: Option<&str>, row: Value| {
        let body = json!({"record": row, "reason": "日期写错"}).to_string();
        let mut request = Request::put(format!("{PATH}/{id}"))
            .header("idempotency-key", key)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(tag) = tag {
            request = request.header(header::IF_MATCH, tag);
        }
        server.raw(&nurse, request.body(Body::from(body)).unwrap()).await
    };
    let right = lecture("L1", "2025-07-15");
    assert_eq!(correct("a", None, right.clone()).await.code(), "malformed");
    assert_eq!(correct("b", Some("\"7\""), right.clone()).await.code(), "changed_meanwhile");
    let renamed = correct("c", Some("\"1\""), lecture("L2", "2026-07-15")).await;
    assert_eq!(renamed.json()["place"], "record.code");
    let done = correct("d", Some("\"1\""), right.clone()).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    insta::assert_snapshot!("correction", kept(&done));
    let again = correct("d", Some("\"1\""), right).await;
    assert_eq!(again.text, done.text, "the same key has the same answer");
}

async fn what_is_void_takes_its_points_back(server: &Server) {
    let nurse = town(server).await;
    let days = ["2026-09-01", "2026-09-08", "2026-09-15"];
    let rows: Vec<Value> = days.iter().map(|day| lecture(&format!("L-{day}"), day)).collect();
    let first = server.upload(&nurse, json!(rows)).await.json()["items"][0]["id"].clone();
    let path = format!("{PATH}/{}/void", first.as_str().unwrap());
    let none = server.send(&nurse, "POST", &path, Some(json!({"reason": " "}))).await;
    assert_eq!(none.json()["place"], "reason");
    let void = server.send(&nurse, "POST", &path, Some(json!({"reason": "重复登记"}))).await;
    assert_eq!(void.status, StatusCode::OK, "{void:?}");
    // The third lecture takes the place that came free.
    insta::assert_snapshot!("void", kept(&void));
    let again = server.send(&nurse, "POST", &path, Some(json!({"reason": "重复登记"}))).await;
    assert_eq!(again.json()["record"]["result"], "unchanged");
    let same = server.upload(&nurse, lecture("L-2026-09-01", "2026-09-01")).await;
    assert_eq!(same.json()["items"][0]["points"][0]["outcome"], "void", "{same:?}");
    let other = server.upload(&nurse, lecture("L-2026-09-01", "2026-09-02")).await;
    assert_eq!(other.code(), "conflict", "what is void stays void: {other:?}");
}

async fn nobody_writes_beyond_area_and_institution(server: &Server) {
    town(server).await;
    server.resident_with(person("generated-far", ELSEWHERE, 1950)).await;
    let nurse = server.staff_of("clinic-nurse", "nurse", "510403", "clinic-1").await;
    let at = |org: &str| {
        let mut row = lecture("L1", "2026-07-15");
        row["org"] = json!(org);
        row
    };
    let mut far = at("clinic-1");
    far["resident"] = json!("generated-far");
    let cases = [
        (far, "not_found", json!("resident")),
        (at("clinic-2"), "out_of_area", json!("org")),
        (at(""), "out_of_area", json!("org")),
        (at("clinic-1"), "", json!(null)),
    ];
    for (row, code, place) in cases {
        let answer = server.upload(&nurse, row).await;
        assert_eq!((answer.code().as_str(), &answer.json()["place"]), (code, &place), "{answer:?}");
    }
    let everywhere = server.staff("everywhere", &[("nurse", "")]).await;
    let unknown = record("U1", "generated-unknown", "lecture.attended", "2026-07-15");
    let answer = server.upload(&everywhere, unknown).await;
    assert_eq!(answer.json()["items"][0]["points"][0]["outcome"], "out_of_scope", "{answer:?}");
}

async fn nobody_overwrites_what_is_out_of_reach(server: &Server) {
    let nurse = town(server).await;
    server.resident_with(person("generated-far", ELSEWHERE, 1950)).await;
    let far = server.staff("far", &[("nurse", "440300")]).await;
    let theirs = record("L1", "generated-far", "lecture.attended", "2026-07-15");
    let id = server.uploaded(&far, theirs).await;
    let taken = server.upload(&nurse, lecture("L1", "2026-07-15")).await;
    assert_eq!((taken.code().as_str(), &taken.json()["place"]), ("conflict", &json!("code")));
    for path in [format!("{PATH}/{id}"), format!("{PATH}/{}", "0".repeat(32))] {
        assert_eq!(server.get(&nurse, &path).await.code(), "not_found");
    }
    let void = format!("{PATH}/{id}/void");
    let void = server.send(&nurse, "POST", &void, Some(json!({"reason": "不是我的"}))).await;
    assert_eq!(void.code(), "not_found");
    let list = server.get(&nurse, PATH).await;
    assert_eq!(list.json()["items"], json!([]));
}

async fn records_are_listed_page_by_page(server: &Server) {
    let nurse = town(server).await;
    let rows: Vec<Value> =
        (1..=7).map(|day| lecture(&format!("L{day}"), &format!("2026-07-0{}", day / 2))).collect();
    let rows: Vec<Value> = rows.into_iter().filter(|row| row["date"] != "2026-07-00").collect();
    assert_eq!(server.upload(&nurse, json!(rows)).await.status, StatusCode::OK);
    let (mut codes, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.get(&nurse, &format!("{PATH}?limit=2{after}")).await.json();
        codes.extend(page["items"].as_array().unwrap().iter().map(|row| row["code"].to_string()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 6);
    let mut turned = Vec::new();
    let mut after = String::new();
    loop {
        let asked = format!("{PATH}?latest_first=true&limit=4{after}");
        let page = server.get(&nurse, &asked).await.json();
        turned.extend(page["items"].as_array().unwrap().iter().map(|row| row["date"].to_string()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert!(turned.len() == 6 && turned.is_sorted_by(|one, next| one >= next), "{turned:?}");
    let some = server.get(&nurse, &format!("{PATH}?from=2026-07-02&to=2026-07-02")).await;
    assert_eq!(some.json()["items"].as_array().unwrap().len(), 2);
    for wrong in ["limit=0", "limit=201", "after=x", "from=x", "resident=x"] {
        let answer = server.get(&nurse, &format!("{PATH}?{wrong}")).await;
        assert_eq!(answer.code(), "invalid", "{wrong}");
    }
    assert_eq!(server.get(&nurse, &format!("{PATH}?who=x")).await.code(), "malformed");
}

async fn illnesses_are_hidden_from_who_need_not_know(server: &Server) {
    let nurse = town(server).await;
    let visit = record("S1", "generated-1", "smi.followup", "2026-07-15");
    let answer = server.upload(&nurse, visit).await;
    assert_eq!(answer.json()["items"][0]["points"][0]["award"], "smi-followup", "{answer:?}");
    let id = answer.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let manager = server.staff("manager", &[("manager", "510403")]).await;
    for path in [PATH.to_owned(), format!("{PATH}/{id}")] {
        let full = server.get(&nurse, &path).await;
        assert!(full.text.contains("smi.followup"), "{full:?}");
        let hidden = server.get(&manager, &path).await;
        assert_eq!(hidden.status, StatusCode::OK);
        assert!(!SECRETS.iter().any(|word| hidden.text.contains(word)), "{hidden:?}");
        assert!(hidden.text.contains("S1"));
    }
    let asked = server.get(&manager, &format!("{PATH}?kind=smi.followup")).await;
    assert_eq!(asked.json()["items"], json!([]), "nor is it found by asking for it");
}

async fn a_stream_answers_every_line(server: &Server) {
    let nurse = town(server).await;
    let lines = [
        lecture("L1", "2026-07-15").to_string(),
        "{\"code\": ".to_owned(),
        String::new(),
        lecture("L1", "2026-07-16").to_string(),
        record("L2", "generated-2", "lecture.attended", "2026-07-15").to_string(),
        lecture("L3", "2026-07-17").to_string(),
    ];
    let send = async |kind: &str| {
        let request = Request::post("/api/v1/records/stream").header(header::CONTENT_TYPE, kind);
        server.raw(&nurse, request.body(Body::from(lines.join("\n"))).unwrap()).await
    };
    assert_eq!(send("application/json").await.code(), "unsupported_media_type");
    let answer = send("application/x-ndjson").await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/x-ndjson");
    let answers: Vec<Value> =
        answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<(u64, String)> = answers
        .iter()
        .map(|line| {
            let word = line["record"]["result"].as_str().or(line["problem"]["code"].as_str());
            (line["line"].as_u64().unwrap(), word.unwrap().to_owned())
        })
        .collect();
    let expected = [(1, "new"), (2, "malformed"), (4, "corrected"), (5, "not_found"), (6, "new")];
    assert_eq!(told, expected.map(|(line, word)| (line, word.to_owned())));
}

async fn each_touched_resident_is_in_the_audit_log(server: &Server) {
    let nurse = town(server).await;
    server.villager("generated-2").await;
    let other = record("O1", "generated-2", "lecture.attended", "2026-07-15");
    let rows = json!([lecture("L1", "2026-07-15"), lecture("L2", "2026-07-16"), other]);
    assert_eq!(server.upload(&nurse, rows).await.status, StatusCode::OK);
    let lines = server.app.ask(|store| {
        store.audit(&kangji_store::AuditQuery {
            action: Some("records:write".to_owned()),
            limit: 10,
            ..kangji_store::AuditQuery::default()
        })
    });
    let lines = lines.await.unwrap();
    assert_eq!(lines.len(), 2, "one for each resident: {lines:?}");
    assert!(lines.iter().all(|line| matches!(line.deed.actor, Actor::Staff(_))));
}

async fn what_a_record_is_worth_can_be_read_again(server: &Server) {
    let nurse = town(server).await;
    let days = ["2026-09-01", "2026-09-08", "2026-09-15"];
    let rows: Vec<Value> = days.iter().map(|day| lecture(&format!("L-{day}"), day)).collect();
    let written = server.upload(&nurse, json!(rows)).await.json();
    let visit = record("S1", "generated-1", "smi.followup", "2026-07-15");
    let secret = server.upload(&nurse, visit).await.json();
    for item in written["items"].as_array().unwrap().iter().chain([&secret["items"][0]]) {
        let path = format!("{PATH}/{}/points", item["id"].as_str().unwrap());
        assert_eq!(server.get(&nurse, &path).await.json()["items"], item["points"]);
    }
    let path = format!("{PATH}/{}/points", secret["items"][0]["id"].as_str().unwrap());
    let manager = server.staff("manager", &[("manager", "510403")]).await;
    let hidden = server.get(&manager, &path).await;
    assert_eq!(hidden.status, StatusCode::OK, "{hidden:?}");
    assert!(!SECRETS.iter().any(|word| hidden.text.contains(word)), "{hidden:?}");
    let id = server.app.ask(|store| store.holder("generated-1")).await.unwrap().unwrap();
    let own = server.as_resident(id).await;
    assert_eq!(server.get(&own, &path).await.code(), "forbidden");
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path, request: &str, body, role, elsewhere| Case {
        method,
        path,
        request: request.to_owned(),
        body,
        role,
        // Cadres read points, and no record.
        other: if path.ends_with("/points") { "auditor" } else { "cadre" },
        elsewhere,
    };
    let missing = Some(StatusCode::NOT_FOUND);
    let (id, void) = ("/api/v1/records/{id}", "/api/v1/records/{id}/void");
    let (record_id, void_id) = ("/api/v1/records/{record}", "/api/v1/records/{second_record}/void");
    let stream = "/api/v1/records/stream";
    let (points, points_id) = ("/api/v1/records/{id}/points", "/api/v1/records/{record}/points");
    let row = |code| record(code, "generated-stage", "lecture.attended", "2026-07-15");
    let correction = json!({"record": row("stage-1"), "reason": "补登"});
    vec![
        case("get", PATH, PATH, None, "manager", None),
        case("post", PATH, PATH, Some(row("stage-3")), "nurse", missing),
        // Who has the right role elsewhere is refused line by line.
        case("post", stream, stream, Some(json!(row("stage-4").to_string())), "nurse", None),
        case("get", id, record_id, None, "manager", missing),
        case("put", id, record_id, Some(correction), "nurse", missing),
        case("get", points, points_id, None, "manager", missing),
        case("post", void, void_id, Some(json!({"reason": "重复"})), "nurse", missing),
    ]
}
