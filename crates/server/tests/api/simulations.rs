//! `/api/v1/simulations`, and their pages.

use axum::http::StatusCode;
use kangji_core::{DayRange, ids::HolderId};
use kangji_server::{app::App, tasks::attend::attend_all};
use kangji_store::{Fact, ResidentFact};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    schemes::{document, publish},
    support::{COMMUNITY, Caller, ELSEWHERE, Server, on_both},
    town::{ALWAYS, person, record_fact},
};

on_both! {
    t4_a_changed_limit_is_simulated_before_it_is_published;
    what_cannot_be_simulated_is_told_with_its_place;
    the_pages_ask_and_answer;
}

const PATH: &str = "/api/v1/simulations";
const LIMIT: &str = "limit = [{ times = 2, per = \"month\" }]";

/// The document with three lectures a month instead of two; its examples still expect two.
pub(crate) fn draft() -> String {
    let draft = document().replace(LIMIT, &LIMIT.replace('2', "3"));
    assert_ne!(draft, document());
    draft
}

pub(crate) fn wanted(document: &str) -> Value {
    json!({"document": document, "from": "2026-07-01", "to": "2026-09-21"})
}

/// Asks for a simulation, and gives the id of its task.
pub(crate) async fn asked(server: &Server, who: &Caller) -> String {
    let answer = server.send(who, "POST", PATH, Some(wanted(&draft()))).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(answer.json()["state"], "waiting");
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Has all work that waits done.
pub(crate) async fn attended(server: &Server) {
    server.app.blocking(|app: &App| Ok(attend_all(app)?)).await.unwrap();
}

/// Simulations that are done, of the officers of the tests of rights and of pages.
pub(crate) async fn staged(server: &Server) -> [String; 2] {
    let mut tasks = Vec::new();
    for name in ["r-officer", "p-officer"] {
        let officer = server.staff(name, &[("officer", "510403")]).await;
        tasks.push(asked(server, &officer).await);
    }
    attended(server).await;
    tasks.try_into().unwrap()
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path, request: &str, body, elsewhere| Case {
        method,
        path,
        request: request.to_owned(),
        body,
        role: "officer",
        other: "nurse",
        elsewhere: Some(elsewhere),
    };
    vec![
        case("post", PATH, PATH, Some(wanted(&draft())), StatusCode::FORBIDDEN),
        case(
            "get",
            "/api/v1/simulations/{task}",
            "/api/v1/simulations/{own_task}",
            None,
            StatusCode::NOT_FOUND,
        ),
    ]
}

/// Twelve people who were at three lectures in July, one of whom moved away since, and one with
/// another illness who was at one.
async fn village(server: &Server) -> Vec<HolderId> {
    publish(server).await;
    let mut ids = Vec::new();
    for number in 1..=12 {
        let code = format!("generated-{number}");
        let mut resident = person(&code, COMMUNITY, 1950);
        if number == 12 {
            let until = |days: &str| DayRange::parse(days).unwrap();
            resident.communities = vec![
                (COMMUNITY.to_owned(), until("..2026-08-31")),
                (ELSEWHERE.to_owned(), until("2026-09-01")),
            ];
        }
        ids.push(server.resident_with(resident).await);
        let lecture = |at: u32| {
            let record = format!("lecture-{number}-{at}");
            record_fact(&record, &code, "lecture.attended", &format!("2026-07-1{at}"))
        };
        server.enter((1..=3).map(lecture).collect()).await;
    }
    let other = ResidentFact {
        groups: vec![("hypertension".to_owned(), ALWAYS)],
        ..person("generated-13", COMMUNITY, 1990)
    };
    let lecture = record_fact("lecture-13", "generated-13", "lecture.attended", "2026-07-15");
    server.enter(vec![Fact::Resident(other), lecture]).await;
    ids
}

fn part<'r>(report: &'r Value, of: &str, id: Option<&str>) -> &'r Value {
    let parts = report[of].as_array().unwrap();
    let found = parts.iter().find(|part| part["id"].as_str() == id);
    found.unwrap_or_else(|| panic!("{of} has no {id:?}: {report:#}"))
}

async fn t4_a_changed_limit_is_simulated_before_it_is_published(server: &Server) {
    let ids = village(server).await;
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let task = asked(server, &officer).await;
    let path = format!("{PATH}/{task}");
    let early = server.get(&officer, &path).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND, "{early:?}");
    attended(server).await;

    let done = server.get(&officer, &format!("/api/v1/tasks/{task}")).await.json();
    assert_eq!((&done["state"], &done["kind"]), (&json!("done"), &json!("simulation")), "{done}");
    let says = "积分总量从 125 变为 185，+60 分（+48.0%）；多得 12 人，少得 0 人，不变 1 人";
    assert_eq!(done["message"], says);
    let answer = server.get(&officer, &path).await;
    let report = answer.json();
    assert_eq!(answer.status, StatusCode::OK, "{report}");
    assert_eq!(report["total"]["before"], json!({"points": 125, "credited": 25, "holders": 13}));
    assert_eq!(report["total"]["after"], json!({"points": 185, "credited": 37, "holders": 13}));
    assert_eq!((&report["residents"], &report["records"]), (&json!(13), &json!(37)));
    assert_eq!(report["replaced"], json!(["2026-01-01"]));
    let lecture = part(&report, "awards", Some("lecture"));
    assert_eq!(lecture["line"], report["total"], "nothing else was earned");
    assert_eq!(part(&report, "communities", Some(COMMUNITY))["line"], report["total"]);
    assert_eq!(part(&report, "ages", Some("65"))["line"]["gained"], 12);
    assert_eq!(part(&report, "ages", Some("35"))["line"]["unchanged"], 1);
    assert_eq!(part(&report, "groups", Some("smi"))["line"]["gained"], 12);
    // What is about fewer than ten people would name an illness.
    assert_eq!(part(&report, "groups", Some("hypertension"))["line"], Value::Null);
    let most = report["most_gained"].as_array().unwrap();
    assert_eq!(most.len(), 12);
    let named = |id: &HolderId| most.iter().any(|change| change["resident"] == id.to_string());
    assert!(ids.iter().take(11).all(named), "{most:#?}");
    // Who lives elsewhere today is out of the officer's sight.
    assert!(!named(&ids[11]));
    assert_eq!(most.iter().filter(|change| change["code"] == Value::Null).count(), 1);
    assert_eq!(report["most_lost"], json!([]));

    let file = |name: &str| format!("/api/v1/tasks/{task}/files/{name}");
    let csv = server.get(&officer, &file("simulation.csv")).await;
    assert!(
        csv.text.contains("项目,参加健康教育讲座,125,185,60,25,37,13,13,12,0,1\r\n"),
        "{csv:?}"
    );
    assert!(csv.text.contains("不足 10 人"), "{csv:?}");
    assert!(!csv.text.contains("generated-"), "files name nobody");
    let xlsx = server.get(&officer, &file("simulation.xlsx")).await;
    assert!(xlsx.text.starts_with("PK"));

    let other = server.staff("other", &[("officer", "510403")]).await;
    assert_eq!(server.get(&other, &path).await.status, StatusCode::NOT_FOUND);
    let schemes = server.get(&other, "/api/v1/schemes").await.json();
    assert_eq!(schemes[0]["versions"].as_array().unwrap().len(), 1, "nothing is published");
}

async fn what_cannot_be_simulated_is_told_with_its_place(server: &Server) {
    publish(server).await;
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let mut wrong = vec![("document", wanted("没有规则"))];
    for (place, from, to) in [
        ("to", "2026-07-01", "2026-09-22"),
        ("to", "2026-07-02", "2026-07-01"),
        ("from", "2026-07", "2026-07-01"),
    ] {
        wrong.push((place, json!({"document": draft(), "from": from, "to": to})));
    }
    for (place, body) in wrong {
        let answer = server.send(&officer, "POST", PATH, Some(body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
        assert_eq!(answer.json()["place"], place);
    }
    // A draft that reaches further than the officer does.
    let wide = draft().replace("division = \"510403\"", "division = \"51\"");
    assert_ne!(wide, draft());
    let answer = server.send(&officer, "POST", PATH, Some(wanted(&wide))).await;
    assert_eq!(answer.code(), "out_of_area", "{answer:?}");
    let tasks = server.get(&officer, "/api/v1/tasks").await.json();
    assert_eq!(tasks["items"], json!([]), "nothing is kept of what is refused");
}

async fn the_pages_ask_and_answer(server: &Server) {
    let ids = village(server).await;
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let form = server.page(&officer, "/simulations/new").await;
    assert!(form.text.contains("panzhihua-xiqu@2026-01-01"), "{form:?}");
    assert!(form.text.contains("value=\"2026-09-21\""), "until today");

    let wrong = [("document", "<script>"), ("from", "2026-07-01"), ("to", "2026-09-21")];
    let again = server.submit(&officer, "/simulations/new", &wrong).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("&lt;script&gt;") && !again.text.contains("<script>"));

    let pasted = draft().replace('\n', "\r\n");
    let fields = [("document", pasted.as_str()), ("from", "2026-07-01"), ("to", "2026-09-21")];
    let sent = server.submit(&officer, "/simulations/new", &fields).await;
    let task = sent.on().to_owned();
    let page = task.replace("/tasks/", "/simulations/");
    assert_eq!(server.page(&officer, &page).await.on(), task, "it is not done yet");
    attended(server).await;
    let told = server.page(&officer, &task).await.text;
    assert!(told.contains(&page), "the way to the answer");
    let answer = server.page(&officer, &page).await;
    assert_eq!(answer.status, StatusCode::OK);
    for text in [
        "+60 分（+48.0%）",
        "data-value=\"185\"",
        "不足 10 人",
        "2026-01-01 起施行的版本",
        "/assets/charts-",
    ] {
        assert!(answer.text.contains(text), "`{text}` is not in {}", answer.text);
    }
    assert!(answer.text.contains(&format!("/residents/{}", ids[0])));
    assert!(!answer.text.contains(&format!("/residents/{}", ids[11])));

    let published =
        [("version", "panzhihua-xiqu@2026-01-01"), ("from", "2026-07-01"), ("to", "2026-09-21")];
    let sent = server.submit(&officer, "/simulations/new", &published).await;
    attended(server).await;
    let page = sent.on().replace("/tasks/", "/simulations/");
    let answer = server.page(&officer, &page).await;
    assert!(answer.text.contains("多得 0 人，少得 0 人，不变 13 人"), "{answer:?}");
}
