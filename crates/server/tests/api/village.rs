//! `/api/v1/reports`, `/village`, `/targets`, `/registers`, the village's second person, figures
//! with evidence, and their pages (T6, T7, T9, T10, T11, T16, P16, A1, A2).

use axum::http::StatusCode;
use kangji_core::ids::HolderId;
use serde_json::{Value, json};

use crate::{
    residents::{self, number},
    rights::Case,
    support::{Answer, COMMUNITY, Caller, ELSEWHERE, PASSWORD, Server, on_both},
    town::{ALWAYS, person, record},
};

on_both! {
    t9_t10_a_report_is_answered_alike_whoever_it_is;
    t9_what_cannot_be_reported_is_told_at_its_field;
    t10_the_earliest_confirmed_earns_and_nobody_sets_it_back;
    t6_a2_the_village_checks_what_others_reported;
    p6_the_village_confirms_nothing_that_needs_a_doctor;
    a_report_that_comes_to_nothing_is_closed_once;
    t10_a_newborn_without_a_number_is_found_again;
    t9_t11_t16_a1_the_village_reads_how_far_it_is;
    t16_parts_that_do_not_add_up_are_told;
    figures_take_evidence_and_two_people;
    t6_t7_p16_registers_are_kept_and_answered;
    helpers_go_by_their_phones;
}

mod often {
    use crate::support::{Server, run};

    #[test]
    fn on_sqlite() {
        run(&Server::on_sqlite(super::TWO_A_DAY), super::t10_nobody_reports_without_end);
    }
}

const TWO_A_DAY: &str = "[village]\nreports_per_day = 2\n";
const REPORTS: &str = "/api/v1/reports";
const CONFIRMATIONS: &str = "/api/v1/confirmations";
/// Two villages of the street of Tonghui.
const VILLAGE: &str = "500110007001";
const OTHER: &str = "500110007002";

/// What names an illness, or that somebody is expecting.
const ILLNESSES: [&str; 8] =
    ["高血压", "糖尿病", "孕产妇", "传染病", "hypertension", "diabetes", "maternal", "infectious"];

fn report(kind: &str, sequence: u32) -> Value {
    json!({
        "kind": kind,
        "name": "测试甲",
        "document": {"kind": "resident-card", "number": number("19600203", sequence)},
        "phone": "13912345678",
        "community": VILLAGE,
        "agreed": true,
    })
}

/// A helper with a code who lives in the village and may hold points there.
async fn helper(server: &Server, name: &str, role: &str) -> (Caller, HolderId) {
    let code = format!("generated-{name}");
    let mut fact = person(&code, VILLAGE, 1980);
    fact.groups = vec![("grid_worker".to_owned(), ALWAYS)];
    let id = server.resident_with(fact).await;
    (server.worker(name, &code, &[(role, VILLAGE)]).await, id)
}

async fn nurse(server: &Server) -> Caller {
    server.staff("nurse", &[("nurse", "500110007")]).await
}

async fn send(server: &Server, who: &Caller, body: Value) -> Answer {
    server.send(who, "POST", REPORTS, Some(body)).await
}

/// Reports what must be taken, and gives its number.
async fn sent(server: &Server, who: &Caller, body: Value) -> String {
    let answer = send(server, who, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()["number"].as_str().unwrap().to_owned()
}

async fn completed(server: &Server, who: &Caller, number: &str, complete: bool) -> Answer {
    let body = json!({"attributes": {"complete": complete}});
    server.send(who, "POST", &format!("{REPORTS}/{number}/completion"), Some(body)).await
}

async fn total(server: &Server, nurse: &Caller, holder: HolderId) -> i64 {
    let accounts = server.get(nurse, &format!("/api/v1/residents/{holder}/accounts")).await;
    let items = accounts.json()["items"].as_array().unwrap().clone();
    items
        .iter()
        .filter(|one| one["scheme"] == "tonghui")
        .map(|one| one["total"].as_i64().unwrap())
        .sum()
}

/// The decision of the second person, by the record alone.
async fn check(server: &Server, who: &Caller, record: &Value, accept: bool) -> Answer {
    let body = json!({"record": record, "accept": accept, "reason": "核对过"});
    server.send(who, "POST", CONFIRMATIONS, Some(body)).await
}

async fn waiting(server: &Server, who: &Caller) -> Vec<Value> {
    let list = server.get(who, CONFIRMATIONS).await;
    list.json()["items"].as_array().unwrap_or_else(|| panic!("{list:?}")).clone()
}

fn says_no_illness(answer: &Answer) {
    let said = ILLNESSES.iter().find(|word| answer.text.contains(*word));
    assert_eq!(said, None, "{answer:?}");
}

async fn t9_t10_a_report_is_answered_alike_whoever_it_is(server: &Server) {
    server.publish().await;
    let (grid, _) = helper(server, "grid", "grid-worker").await;
    let nurse = nurse(server).await;
    let mut known = residents::person("generated-known", "测试乙", "19600203", 2);
    known["communities"] = json!([{"value": OTHER, "from": "2020-01-01"}]);
    let known = residents::register(server, &nurse, known).await;

    let mut answers = Vec::new();
    for (kind, sequence) in
        [("hypertension.found", 1), ("hypertension.found", 1), ("diabetes.found", 2)]
    {
        let answer = send(server, &grid, report(kind, sequence)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let keys: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["number"], "nothing else is told");
        answers.push(answer.json()["number"].as_str().unwrap().to_owned());
    }
    assert!(answers.iter().all(|number| number.starts_with("B20260921-")), "{answers:?}");

    // The clinic sees all three: two of one new person, and one of somebody it knows, who is
    // registered in another village.
    let list = server.get(&nurse, REPORTS).await.json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{list}");
    let of = |number: &String| items.iter().find(|one| one["number"] == **number).unwrap();
    let [first, second, third] = [&answers[0], &answers[1], &answers[2]].map(of);
    assert_eq!(first["resident"], second["resident"]);
    assert_eq!(third["resident"], known, "found by the document, whatever name was typed");
    assert_eq!((&first["kind"], &first["name"]), (&json!("hypertension.found"), &json!("测**")));
    assert_eq!((&first["date"], &first["agreed"]), (&json!("2026-09-21"), &json!(true)));

    // Whoever reported can neither look the person up nor see what came of it.
    let person = first["resident"].as_str().unwrap();
    let record = first["record"].as_str().unwrap();
    for path in [
        format!("/api/v1/residents/{person}"),
        format!("/api/v1/residents/{person}/accounts"),
        format!("/api/v1/records/{record}"),
        "/api/v1/residents".to_owned(),
        REPORTS.to_owned(),
        format!("{REPORTS}/{}", answers[0]),
    ] {
        let answer = server.get(&grid, &path).await;
        assert_eq!(answer.code(), "forbidden", "{path}: {answer:?}");
    }
    let search = json!({"document": report("", 1)["document"]});
    let search = server.send(&grid, "POST", "/api/v1/residents/search", Some(search)).await;
    assert_eq!(search.code(), "forbidden");
    let before = server.get(&grid, "/api/v1/reports/mine").await;
    let mine = before.json();
    assert_eq!(mine.as_array().unwrap().len(), 3);
    let receipt = json!({
        "number": answers[2], "date": "2026-09-21", "title": "公共卫生协助", "state": "received",
    });
    assert!(mine.as_array().unwrap().contains(&receipt), "{mine}");
    says_no_illness(&before);
    let done = completed(server, &nurse, &answers[0], true).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let closing = json!({"reason": "早已在管理"});
    let path = format!("{REPORTS}/{}/closing", answers[1]);
    assert_eq!(server.send(&nurse, "POST", &path, Some(closing)).await.status, StatusCode::OK);
    // Even one who is registered elsewhere is completed by the clinic of the report.
    let done = completed(server, &nurse, &answers[2], false).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let after = server.get(&grid, "/api/v1/reports/mine").await;
    assert_eq!(before.text, after.text, "it looks the same whatever came of it");
    assert_eq!(server.get(&nurse, REPORTS).await.json()["items"], json!([]));
}

async fn t9_what_cannot_be_reported_is_told_at_its_field(server: &Server) {
    server.publish().await;
    let (grid, _) = helper(server, "grid", "social-worker").await;
    let with = |name: &str, value: Value| {
        let mut body = report("hypertension.found", 1);
        body[name] = value;
        body
    };
    let cases = [
        // The other two of the seven behaviours are recorded where the work is done.
        (with("kind", json!("record.established")), "invalid", "kind"),
        (with("kind", json!("elderly.checkup")), "invalid", "kind"),
        (with("kind", json!("fever.found")), "invalid", "kind"),
        (with("agreed", json!(false)), "invalid", "agreed"),
        (with("name", json!("")), "invalid", "name"),
        (with("phone", json!("12")), "invalid", "phone"),
        (
            with("document", json!({"kind": "resident-card", "number": "510403196002031234"})),
            "invalid",
            "document.number",
        ),
        (with("community", json!(OTHER)), "out_of_area", "community"),
        // The day is that on which it was received: there is no field for another one.
        (with("date", json!("2026-09-01")), "invalid", "date"),
    ];
    for (body, code, place) in cases {
        let answer = send(server, &grid, body.clone()).await.json();
        assert_eq!((&answer["code"], &answer["place"]), (&json!(code), &json!(place)), "{body}");
    }
    let mut unasked = report("infectious.assisted", 1);
    unasked["agreed"] = json!(false);
    sent(server, &grid, unasked).await;
    let nobody = server.worker("nobody", "", &[("grid-worker", VILLAGE)]).await;
    let answer = send(server, &nobody, report("hypertension.found", 1)).await;
    assert_eq!(answer.code(), "forbidden", "without a code nobody holds the points: {answer:?}");
    let mine = server.get(&grid, "/api/v1/reports/mine").await.json();
    assert_eq!(mine.as_array().unwrap().len(), 1, "what was refused left nothing");
}

async fn t10_nobody_reports_without_end(server: &Server) {
    server.publish().await;
    let (grid, _) = helper(server, "grid", "grid-worker").await;
    for sequence in 1..=2 {
        sent(server, &grid, report("diabetes.found", sequence)).await;
    }
    let third = send(server, &grid, report("diabetes.found", 3)).await;
    assert_eq!((third.status.as_u16(), third.code().as_str()), (429, "too_many_reports"));
    server.wait_millis(86_400_000);
    let grid = server.sign_in("grid", PASSWORD).await;
    sent(server, &grid, report("diabetes.found", 3)).await;
}

async fn t10_the_earliest_confirmed_earns_and_nobody_sets_it_back(server: &Server) {
    server.publish().await;
    let (grid, first) = helper(server, "grid", "grid-worker").await;
    let (_, second) = helper(server, "leader", "group-leader").await;
    nurse(server).await;
    server.worker("checker", "generated-checker", &[("cadre", VILLAGE)]).await;
    let early = sent(server, &grid, report("hypertension.found", 1)).await;
    server.wait_millis(86_400_000);
    let nurse = server.sign_in("nurse", PASSWORD).await;
    let leader = server.sign_in("leader", PASSWORD).await;
    let late = sent(server, &leader, report("hypertension.found", 1)).await;
    assert_eq!([total(server, &nurse, first).await, total(server, &nurse, second).await], [0, 0]);

    // The later one cannot be made the earlier one, nor somebody else's.
    let shown = server.get(&nurse, &format!("{REPORTS}/{late}")).await.json();
    let path = format!("/api/v1/records/{}", shown["record"].as_str().unwrap());
    for (name, value) in [("date", "2026-09-01"), ("worker", "generated-other")] {
        let mut row =
            record(&late, shown["resident"].as_str().unwrap(), "hypertension.found", "2026-09-22");
        row["worker"] = json!("generated-leader");
        row["attributes"] = json!({"complete": true});
        row[name] = json!(value);
        let body = json!({"record": row, "reason": "补登"});
        let refused = server.send(&nurse, "PUT", &path, Some(body)).await;
        assert_eq!(
            (refused.code().as_str(), &refused.json()["place"]),
            ("conflict", &json!("record.date"))
        );
        let upload = server.upload(&nurse, row).await;
        assert_eq!(upload.code(), "conflict", "{upload:?}");
    }
    for number in [&late, &early] {
        let done = completed(server, &nurse, number, true).await;
        assert_eq!(done.status, StatusCode::OK, "{done:?}");
    }
    let checker = server.sign_in("checker", PASSWORD).await;
    let items = waiting(server, &checker).await;
    assert_eq!(items.len(), 2, "{items:?}");
    for item in &items {
        let done = check(server, &checker, &item["record"], true).await;
        assert_eq!(done.status, StatusCode::OK, "{done:?}");
    }
    assert_eq!(
        [total(server, &nurse, first).await, total(server, &nurse, second).await],
        [2000, 0]
    );
    // Where the first one is declared void, the second one earns.
    let shown = server.get(&nurse, &format!("{REPORTS}/{early}")).await.json();
    let path = format!("/api/v1/records/{}/void", shown["record"].as_str().unwrap());
    let void = server.send(&nurse, "POST", &path, Some(json!({"reason": "报错了人"}))).await;
    assert_eq!(void.status, StatusCode::OK, "{void:?}");
    assert_eq!(
        [total(server, &nurse, first).await, total(server, &nurse, second).await],
        [0, 2000]
    );
}

async fn t6_a2_the_village_checks_what_others_reported(server: &Server) {
    server.publish().await;
    let (own, id) = helper(server, "own", "cadre").await;
    let (other, _) = helper(server, "other", "cadre").await;
    let nurse = nurse(server).await;
    let number = sent(server, &own, report("maternal.found", 1)).await;
    let shown = server.get(&nurse, &format!("{REPORTS}/{number}")).await.json();
    let record = &shown["record"];
    // Before and after the clinic confirmed it, whoever reported it reads the same.
    let before = check(server, &own, record, true).await;
    assert!(waiting(server, &other).await.is_empty(), "nothing to check yet");
    assert_eq!(completed(server, &nurse, &number, true).await.status, StatusCode::OK);
    assert!(waiting(server, &own).await.is_empty(), "T10: not even that it waits");
    let after = check(server, &own, record, true).await;
    assert_eq!(before.code(), "same_person", "{before:?}");
    assert_eq!(
        (before.status, before.json()["detail"].clone()),
        (after.status, after.json()["detail"].clone())
    );

    let list = server.get(&other, CONFIRMATIONS).await;
    says_no_illness(&list);
    let item = &list.json()["items"][0];
    assert_eq!((&item["award"], &item["title"]), (&Value::Null, &json!("公共卫生协助")));
    assert_eq!(
        (&item["records"][0]["code"], &item["records"][0]["kind"]),
        (&json!(number), &Value::Null)
    );
    let page = server.page(&other, "/confirmations").await;
    assert_eq!(page.status, StatusCode::OK);
    says_no_illness(&page);
    for part in [&*number, "2026-09-21 收到", "generated-own", "公共卫生协助", "由核对人确认"]
    {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("测**") && !page.text.contains("/residents/"), "{}", page.text);
    let record = record.as_str().unwrap();
    let done =
        server.submit(&other, "/confirmations", &[("record", record), ("accept", "true")]).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    assert!(done.text.contains("已确认"), "{done:?}");
    says_no_illness(&done);
    assert_eq!(total(server, &nurse, id).await, 500);
    let again = check(server, &other, &json!(record), true).await;
    assert_eq!(again.json()["already"], true, "{again:?}");
    // A helper without the right checks nothing.
    let (grid, _) = helper(server, "grid", "grid-worker").await;
    assert_eq!(server.get(&grid, CONFIRMATIONS).await.code(), "forbidden");
    assert_eq!(check(server, &grid, &json!(record), true).await.code(), "forbidden");
}

async fn p6_the_village_confirms_nothing_that_needs_a_doctor(server: &Server) {
    server.publish().await;
    server.villager("generated-1").await;
    let nurse = server.staff("nurse", &[("nurse", "510403")]).await;
    let row = record("M1", "generated-1", "selfmonitoring.verified", "2026-06-15");
    let id = server.uploaded(&nurse, row).await.to_string();
    let cadre = server.worker("cadre", "generated-cadre", &[("cadre", "510403")]).await;
    assert!(waiting(server, &cadre).await.is_empty());
    let body = json!({"award": "self-monitoring", "record": id, "accept": true});
    let refused = server.send(&cadre, "POST", CONFIRMATIONS, Some(body.clone())).await;
    assert_eq!(refused.code(), "not_found", "{refused:?}");
    let doctor = server.worker("doctor", "generated-doctor", &[("doctor", "510403")]).await;
    assert_eq!(
        server.send(&doctor, "POST", CONFIRMATIONS, Some(body)).await.status,
        StatusCode::OK
    );
}

async fn a_report_that_comes_to_nothing_is_closed_once(server: &Server) {
    server.publish().await;
    let (grid, id) = helper(server, "grid", "grid-worker").await;
    let nurse = nurse(server).await;
    let number = sent(server, &grid, report("diabetes.found", 1)).await;
    let close = async |who: &Caller, reason: &str| {
        let path = format!("{REPORTS}/{number}/closing");
        server.send(who, "POST", &path, Some(json!({"reason": reason}))).await
    };
    assert_eq!(close(&nurse, " ").await.code(), "invalid");
    let far = server.staff("far", &[("nurse", "440300")]).await;
    assert_eq!(close(&far, "不是").await.code(), "not_found");
    let missing = json!({"attributes": {"glucose": "7.1"}});
    let path = format!("{REPORTS}/{number}/completion");
    let missing = server.send(&nurse, "POST", &path, Some(missing)).await;
    assert_eq!(missing.json()["place"], "attributes.complete", "{missing:?}");
    assert_eq!(close(&nurse, "血糖正常").await.status, StatusCode::OK);
    assert_eq!(close(&nurse, "再关一次").await.code(), "conflict");
    assert_eq!(completed(server, &nurse, &number, true).await.code(), "conflict");
    assert_eq!(total(server, &nurse, id).await, 0);
}

async fn t10_a_newborn_without_a_number_is_found_again(server: &Server) {
    server.publish().await;
    let (grid, _) = helper(server, "grid", "grid-worker").await;
    let child = |name: &str, birth: &str| {
        let mut body = report("child.found", 1);
        body["document"] = json!({"kind": "newborn"});
        body["name"] = json!(name);
        body["birth_date"] = json!(birth);
        body
    };
    for (name, birth) in [
        ("测试宝", "2026-09-01"),
        ("测试宝", "2026-09-01"),
        ("测试宝", "2026-08-01"),
        ("测试贝", "2026-09-01"),
    ] {
        sent(server, &grid, child(name, birth)).await;
    }
    let nurse = nurse(server).await;
    let list = server.get(&nurse, REPORTS).await.json();
    let mut people: Vec<String> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["resident"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(people.len(), 4);
    people.sort();
    people.dedup();
    assert_eq!(people.len(), 3, "the same name, day of birth and village are one child");
}

async fn t9_t11_t16_a1_the_village_reads_how_far_it_is(server: &Server) {
    server.publish().await;
    let (grid, _) = helper(server, "grid", "grid-worker").await;
    let officer = server.staff("officer", &[("officer", "500110")]).await;
    let figure = |name: &str, value: &str| json!({"community": VILLAGE, "year": 2026, "name": name, "value": value});
    let figures = json!([figure("awareness_rate", "0.89"), figure("elderly_checkup_rate", "0.65")]);
    assert_eq!(
        server.send(&officer, "PUT", "/api/v1/metrics", Some(figures)).await.status,
        StatusCode::OK
    );
    let target = |name: &str, number: u32| json!({"area": VILLAGE, "year": 2026, "name": name, "number": number});
    let targets = json!([target("两癌筛查人数", 120), target("独居老人", 9)]);
    assert_eq!(
        server.send(&officer, "PUT", "/api/v1/targets", Some(targets)).await.status,
        StatusCode::OK
    );
    let number = sent(server, &grid, report("hypertension.found", 1)).await;
    let nurse = nurse(server).await;
    assert_eq!(completed(server, &nurse, &number, true).await.status, StatusCode::OK);
    let checker = server.worker("checker", "generated-checker", &[("cadre", VILLAGE)]).await;
    let record = waiting(server, &checker).await[0]["record"].clone();
    assert_eq!(check(server, &checker, &record, true).await.status, StatusCode::OK);

    let read = server.get(&grid, "/api/v1/village").await;
    says_no_illness(&read);
    let village = &read.json()["villages"][0];
    assert_eq!(village["community"], VILLAGE);
    let figures = village["figures"].as_array().unwrap();
    let told = |name: &str| {
        let one =
            figures.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{village}"));
        (one["value"].clone(), one["needed"].clone(), one["reached"].clone())
    };
    assert_eq!(told("awareness_rate"), (json!("89%"), json!("90%"), json!(false)), "T9");
    assert_eq!(told("elderly_checkup_rate"), (json!("65%"), json!("65%"), json!(true)), "T11");
    assert_eq!(told("two_cancer_screening_rate"), (Value::Null, json!("100%"), Value::Null));
    assert_eq!(
        village["targets"],
        json!([{"name": "两癌筛查人数", "number": 120}, {"name": "独居老人", "number": null}]),
        "A1: under ten people"
    );
    // The running month tells nothing yet; the month that is over tells its total.
    let own = &read.json()["own"][0];
    assert_eq!(own["helping"]["months"], json!([]), "{own}");
    server.wait_millis(10 * 86_400_000);
    let grid = server.sign_in("grid", PASSWORD).await;
    let own = server.get(&grid, "/api/v1/village").await.json()["own"][0].clone();
    assert_eq!(own["helping"]["months"], json!([{"month": "2026-09-01", "points": 2000}]), "{own}");
    let page = server.page(&grid, "/village").await;
    says_no_illness(&page);
    for part in ["2026-09", "还没达到", "已达到", "等公布", "少于 10"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
}

async fn t16_parts_that_do_not_add_up_are_told(server: &Server) {
    let officer = server.staff("officer", &[("officer", "500110")]).await;
    let put = async |rows: &[(&str, u32)]| {
        let row = |(area, number): &(&str, u32)| json!({"area": area, "year": 2026, "name": "两癌筛查人数", "number": number});
        let rows: Vec<Value> = rows.iter().map(row).collect();
        server.send(&officer, "PUT", "/api/v1/targets", Some(json!(rows))).await
    };
    let first = put(&[("500110007", 100), (VILLAGE, 60)]).await;
    assert_eq!((&first.json()[0]["number"], &first.json()[0]["parts"]), (&json!(100), &json!(60)));
    assert_eq!(put(&[(OTHER, 40)]).await.json(), json!([]), "sixty and forty");
    assert_eq!(put(&[(OTHER, 41)]).await.json()[0]["parts"], 101);
    assert_eq!(put(&[(ELSEWHERE, 1)]).await.code(), "out_of_area");
    let read = server.get(&officer, "/api/v1/targets?area=500110007&year=2026").await.json();
    assert_eq!(
        (read["items"].as_array().unwrap().len(), &read["uneven"][0]["parts"]),
        (3, &json!(101))
    );
    let page = server.page(&officer, "/targets?area=500110007").await;
    assert!(page.text.contains("分解数加起来不等于上级任务数"), "{page:?}");
    let fields = [("area", OTHER), ("year", "2026"), ("name", "两癌筛查人数"), ("number", "40")];
    let done = server.submit(&officer, "/targets", &fields).await;
    assert!(done.status.is_success() && !done.text.contains("加起来不等于"), "{done:?}");
    let wrong = server
        .submit(
            &officer,
            "/targets",
            &[("area", "<script>"), ("year", "2026"), ("name", "x"), ("number", "1")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("&lt;script&gt;") && !wrong.text.contains("<script>"), "{wrong:?}");
}

async fn figures_take_evidence_and_two_people(server: &Server) {
    server.publish().await;
    let one = server.staff("doctor", &[("doctor", "500110007")]).await;
    let two = server.staff("manager", &[("manager", "500110007")]).await;
    let figure = |value: &str, evidence: &str| {
        json!({"metric": {"community": VILLAGE, "year": 2026, "name": "awareness_rate",
            "value": value, "evidence": evidence}})
    };
    let propose =
        async |body: Value| server.send(&one, "POST", "/api/v1/proposals", Some(body)).await;
    for (body, place) in
        [(figure("0.9", " "), "metric.evidence"), (figure("many", "抽查"), "metric.value")]
    {
        assert_eq!(propose(body).await.json()["place"], place);
    }
    let made = propose(figure("0.9", "抽查 200 户")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(made.json()["content"], figure("0.9", "抽查 200 户"));
    let path = format!("/api/v1/proposals/{}/decision", made.json()["id"].as_str().unwrap());
    let accept =
        async |who: &Caller| server.send(who, "POST", &path, Some(json!({"accept": true}))).await;
    assert_eq!(accept(&one).await.code(), "same_person");
    let read = async || server.get(&one, "/api/v1/metrics?area=500110007&year=2026").await.json();
    assert_eq!(read().await, json!([]), "one person publishes nothing");
    assert_eq!(accept(&two).await.status, StatusCode::OK);
    assert_eq!(read().await[0]["value"], "0.9");

    // The same by pages.
    let fields = [
        ("community", VILLAGE),
        ("year", "2026"),
        ("name", "elderly_residents"),
        ("value", "40"),
        ("evidence", "<script>派出所名册</script>"),
    ];
    let made = server.submit(&one, "/metrics", &fields).await;
    let here = made.on().to_owned();
    let page = server.page(&one, &here).await;
    assert!(page.text.contains("等待第二人核对") && !page.text.contains("<script>派"), "{page:?}");
    let own = server.submit(&one, &here, &[("accept", "true")]).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN, "{own:?}");
    let without = server.submit(&two, &here, &[("accept", "false")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.submit(&two, &here, &[("accept", "true")]).await.on(), here);
    let list = server.page(&two, "/metrics").await;
    assert!(list.text.contains("档案知晓率") && list.text.contains("90%"), "{list:?}");
    let wrong = server
        .submit(
            &one,
            "/metrics",
            &[
                ("community", "<script>"),
                ("year", "2026"),
                ("name", "x"),
                ("value", "1"),
                ("evidence", "x"),
            ],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("&lt;script&gt;"), "what was typed stands there");
}

#[expect(clippy::too_many_lines, reason = "three registers, by the API and by pages")]
async fn t6_t7_p16_registers_are_kept_and_answered(server: &Server) {
    let cadre = server.staff("cadre", &[("cadre", VILLAGE)]).await;
    let street = server.staff("street", &[("officer", "500110007")]).await;
    let other = server.staff("other", &[("cadre", OTHER)]).await;
    let enter = async |register: &str, body: Value| {
        server.send(&cadre, "POST", &format!("/api/v1/registers/{register}"), Some(body)).await
    };
    let opinion =
        json!({"area": VILLAGE, "day": "2026-09-20", "content": "希望周末体检", "channel": "入户"});
    let made = enter("opinions", opinion).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let publicity = json!({"area": VILLAGE, "day": "2026-09-20", "content": "张贴积分办法",
        "channel": "公开栏", "reached": 300});
    let publicity = enter("publicity", publicity).await;
    assert_eq!(
        (&publicity.json()["reached"], &publicity.json()["channel"]),
        (&json!(300), &json!("公开栏")),
        "P16"
    );
    let issue = json!({"area": VILLAGE, "day": "2026-09-01", "content": "体检车撞了日子",
        "owner": "卫生服务中心", "due": "2026-09-10"});
    let issue = enter("issues", issue).await;
    assert_eq!(issue.json()["overdue"], true, "T7: {issue:?}");
    let wrong = [
        (
            "issues",
            json!({"area": VILLAGE, "day": "2026-09-01", "content": "x", "owner": "y"}),
            "due",
        ),
        (
            "publicity",
            json!({"area": VILLAGE, "day": "2026-09-01", "content": "x", "channel": "y"}),
            "reached",
        ),
        (
            "opinions",
            json!({"area": VILLAGE, "day": "2026-12-01", "content": "x", "channel": "y"}),
            "day",
        ),
        (
            "opinions",
            json!({"area": VILLAGE, "day": "2026-09-01", "channel": "y",
            "content": format!("{} 说的", number("19600203", 1))}),
            "content",
        ),
        ("opinions", json!({"area": VILLAGE, "day": "2026-09-01", "content": "x"}), "channel"),
    ];
    for (register, body, place) in wrong {
        assert_eq!(enter(register, body.clone()).await.json()["place"], place, "{body}");
    }
    let nothing =
        enter("gossip", json!({"area": VILLAGE, "day": "2026-09-01", "content": "x"})).await;
    assert_eq!(nothing.code(), "not_found");
    let list = async |who: &Caller, register: &str| {
        let list = server.get(who, &format!("/api/v1/registers/{register}")).await.json();
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(
        [
            list(&cadre, "opinions").await,
            list(&street, "issues").await,
            list(&other, "opinions").await
        ],
        [1, 1, 0]
    );
    let here = format!("/api/v1/registers/opinions/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(server.get(&other, &here).await.code(), "not_found");
    let reply = json!({"answer": "十月起周六开放"});
    let answered =
        server.send(&street, "POST", &format!("{here}/answer"), Some(reply.clone())).await;
    assert_eq!(answered.json()["answer"]["text"], "十月起周六开放", "T6: {answered:?}");
    let again = server.send(&street, "POST", &format!("{here}/answer"), Some(reply)).await;
    assert_eq!(again.code(), "conflict");

    let page = server.page(&cadre, "/registers/opinions").await;
    assert!(page.text.contains("希望周末体检") && page.text.contains("十月起周六开放"), "{page:?}");
    let fields = [
        ("area", VILLAGE),
        ("day", "2026-09-20"),
        ("content", "<script>"),
        ("owner", "社区"),
        ("due", "2026-10-01"),
    ];
    assert_eq!(server.submit(&cadre, "/registers/issues", &fields).await.on(), "/registers/issues");
    let page = server.page(&street, "/registers/issues").await;
    assert!(page.text.contains("&lt;script&gt;") && page.text.contains("已过期限"), "{page:?}");
    let issue = format!("/registers/issues/{}", issue.json()["id"].as_str().unwrap());
    assert_eq!(server.submit(&street, &issue, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.submit(&street, &issue, &[("answer", "错开了")]).await.on(), issue);
    let without = server.submit(&cadre, "/registers/issues", &fields[..4]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        without.text.contains("请写明什么时候解决") && without.text.contains("社区"),
        "{without:?}"
    );
}

async fn helpers_go_by_their_phones(server: &Server) {
    server.publish().await;
    let (leader, _) = helper(server, "leader", "group-leader").await;
    let nurse = nurse(server).await;
    assert_eq!(server.page(&leader, "/").await.on(), "/village");
    let card = number("19600203", 1);
    let fields = [
        ("kind", "hypertension.found"),
        ("name", "<script>"),
        ("document.number", &card),
        ("phone", "13912345678"),
        ("community", VILLAGE),
    ];
    let without = server.submit(&leader, "/report", &fields).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        without.text.contains("请先征得本人同意") && without.text.contains("&lt;script&gt;"),
        "{without:?}"
    );
    let agreed = [&fields[..], &[("agreed", "true")]].concat();
    let received = server.submit(&leader, "/report", &agreed).await;
    assert_eq!(received.status, StatusCode::CREATED, "{received:?}");
    assert!(received.text.contains("已收到"));
    let mine = server.page(&leader, "/report").await;
    let list = mine.text.split("<tbody>").nth(1).unwrap();
    assert!(list.contains("公共卫生协助") && !list.contains("高血压"), "{list}");

    let desk = server.page(&nurse, "/reports").await;
    assert!(desk.text.contains("新发现高血压"), "{desk:?}");
    let here = desk.text.split("href=\"/reports/").nth(1).unwrap().split('"').next().unwrap();
    let here = format!("/reports/{here}");
    let empty = server.submit(&nurse, &here, &[("step", "complete")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = [("step", "complete"), ("attributes.complete", "true"), ("org", "center-1")];
    let done = server.submit(&nurse, &here, &done).await;
    assert!(done.status.is_success() && done.text.contains("结果已登记"), "{done:?}");
    let late = server.submit(&nurse, &here, &[("step", "close"), ("reason", "<script>")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{late:?}");
    assert!(server.page(&nurse, "/reports").await.text.contains("没有待核实的上报"));
}

/// Reports that wait, an entry of a register, and a figure that waits for its second person.
pub(crate) struct Staged {
    reports: [String; 2],
    entry: String,
    metric: String,
}

impl Staged {
    pub(crate) async fn new(server: &Server) -> Self {
        let grants = [("grid-worker", COMMUNITY), ("cadre", COMMUNITY), ("doctor", COMMUNITY)];
        let helper = server.worker("stage-helper", "generated-stage-helper", &grants).await;
        let made = async |sequence| {
            let mut body = report("diabetes.found", sequence);
            body["community"] = json!(COMMUNITY);
            sent(server, &helper, body).await
        };
        let reports = [made(901).await, made(902).await];
        let entry =
            json!({"area": COMMUNITY, "day": "2026-09-20", "content": "测试", "channel": "入户"});
        let entry = server.send(&helper, "POST", "/api/v1/registers/opinions", Some(entry)).await;
        let metric = json!({"metric": {"community": COMMUNITY, "year": 2026, "name": "coverage",
            "value": "1", "evidence": "测试"}});
        let metric = server.send(&helper, "POST", "/api/v1/proposals", Some(metric)).await;
        let id = |answer: &Answer| answer.json()["id"].as_str().unwrap().to_owned();
        Self { reports, entry: id(&entry), metric: id(&metric) }
    }

    pub(crate) fn fill(&self, address: &str) -> String {
        address
            .replace("{report}", &self.reports[0])
            .replace("{second_report}", &self.reports[1])
            .replace("{entry}", &self.entry)
            .replace("{metric}", &self.metric)
    }
}

#[expect(clippy::too_many_lines, reason = "a row for each address")]
pub(crate) fn cases() -> Vec<Case> {
    let case =
        |method, path: &'static str, request: &str, body, roles: [&'static str; 2], elsewhere| {
            Case {
                method,
                path,
                request: request.to_owned(),
                body,
                role: roles[0],
                other: roles[1],
                elsewhere,
            }
        };
    let (forbidden, hidden) = (Some(StatusCode::FORBIDDEN), Some(StatusCode::NOT_FOUND));
    let mut body = report("diabetes.found", 903);
    body["community"] = json!(COMMUNITY);
    let helper = ["grid-worker", "nurse"];
    let clinic = ["nurse", "clerk"];
    let register = ["cadre", "nurse"];
    let one = "/api/v1/reports/{number}";
    let entry =
        json!({"area": COMMUNITY, "day": "2026-09-20", "content": "测试", "channel": "入户"});
    let target = json!([{"area": COMMUNITY, "year": 2026, "name": "x", "number": 1}]);
    let kept = "/api/v1/registers/{register}";
    let opinions = "/api/v1/registers/opinions";
    vec![
        case("post", REPORTS, REPORTS, Some(body), helper, forbidden),
        case("get", REPORTS, REPORTS, None, clinic, None),
        case("get", "/api/v1/reports/mine", "/api/v1/reports/mine", None, helper, None),
        case("get", one, "/api/v1/reports/{report}", None, clinic, hidden),
        case(
            "post",
            "/api/v1/reports/{number}/completion",
            "/api/v1/reports/{report}/completion",
            Some(json!({"attributes": {"complete": true}})),
            clinic,
            hidden,
        ),
        case(
            "post",
            "/api/v1/reports/{number}/closing",
            "/api/v1/reports/{second_report}/closing",
            Some(json!({"reason": "测试"})),
            clinic,
            hidden,
        ),
        case("get", "/api/v1/village", "/api/v1/village", None, helper, None),
        case(
            "get",
            "/api/v1/targets",
            "/api/v1/targets?area=510403&year=2026",
            None,
            ["nurse", "auditor"],
            forbidden,
        ),
        case(
            "put",
            "/api/v1/targets",
            "/api/v1/targets",
            Some(target),
            ["officer", "nurse"],
            forbidden,
        ),
        case("get", kept, opinions, None, register, None),
        case("post", kept, opinions, Some(entry), register, forbidden),
        case(
            "get",
            "/api/v1/registers/{register}/{id}",
            "/api/v1/registers/opinions/{entry}",
            None,
            register,
            hidden,
        ),
        case(
            "post",
            "/api/v1/registers/{register}/{id}/answer",
            "/api/v1/registers/opinions/{entry}/answer",
            Some(json!({"answer": "好"})),
            register,
            hidden,
        ),
    ]
}
