//! `/api/v1/drafts`, and what becomes of drafts: published by two, in force from their day.

use axum::http::StatusCode;
use kangji_server::app::App;
use kangji_store::{Entered, Fact};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    schemes::{SCHEME, document},
    support::{Answer, Caller, Server, on_both},
    town::record_fact,
};

on_both! {
    a_form_writes_only_its_line;
    what_is_wrong_is_told_by_line_and_column;
    somebody_elses_change_is_not_overwritten;
    s12_a_changed_limit_counts_from_its_day;
    what_is_returned_is_open_again;
    p16_notes_are_public_until_they_are_withdrawn;
    a_new_award_comes_from_a_template;
}

const PATH: &str = "/api/v1/drafts";

async fn officer(server: &Server, name: &str) -> Caller {
    server.staff(name, &[("officer", "510403")]).await
}

/// Begins a draft of the scheme that is published.
async fn begun(server: &Server, who: &Caller, first_day: &str) -> Value {
    let body = json!({"scheme": SCHEME, "first_day": first_day});
    let answer = server.send(who, "POST", PATH, Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

fn path(draft: &Value, rest: &str) -> String {
    format!("{PATH}/{}{rest}", draft["id"].as_str().unwrap())
}

async fn edited(server: &Server, who: &Caller, draft: &Value, edits: Value) -> Answer {
    let body = json!({"revision": draft["revision"], "edits": edits});
    server.send(who, "POST", &path(draft, "/edits"), Some(body)).await
}

/// The form of the award about lectures, with another limit.
fn lecture(draft: &Value, times: &str) -> Value {
    let awards = draft["awards"].as_array().unwrap();
    let mut form = awards.iter().find(|award| award["id"] == "lecture").unwrap().clone();
    form["limits"][0]["times"] = json!(times);
    form
}

fn with_three_lectures(draft: &Value) -> Value {
    let sentence = "王奶奶11月听了三次讲座，每次得5分；12月又得5分。";
    json!([
        {"award": lecture(draft, "3")},
        {"example": {"award": "lecture", "number": 0, "title": sentence, "as_scored": true}},
    ])
}

async fn a_form_writes_only_its_line(server: &Server) {
    server.publish().await;
    let one = officer(server, "one").await;
    let draft = begun(server, &one, "2026-10-01").await;
    let begun_text = draft["document"].as_str().unwrap().to_owned();
    let added: Vec<&str> =
        begun_text.lines().filter(|line| !document().lines().any(|was| was == *line)).collect();
    assert_eq!(added, ["revised_from = 2026-10-01"]);
    let changed = edited(server, &one, &draft, json!([{"award": lecture(&draft, "3")}])).await;
    let text = changed.json()["document"].as_str().unwrap().to_owned();
    let lines = begun_text.lines().zip(text.lines()).filter(|(was, is)| was != is);
    let line = "limit = [{ times = 2, per = \"month\" }]";
    assert_eq!(lines.collect::<Vec<_>>(), [(line, line.replace('2', "3").as_str())]);
    // The example that shows the old limit is told, and what prose still says.
    let found = server.get(&one, &path(&draft, "/check")).await.json();
    assert_eq!(found["publishable"], false);
    assert_eq!(found["problems"][0]["code"], "example-fails");
    assert!(found["still_said"].to_string().contains("两次"), "{}", found["still_said"]);
    let changes = found["changes"].to_string();
    assert!(changes.contains("\"looser\"") && changes.contains("lecture"), "{changes}");
    assert!(found["force"][0].as_str().unwrap().contains("2026年10月1日"), "{}", found["force"]);
    let rules = found["scheme"]["awards"].to_string();
    assert!(rules.contains("3次"), "the sentences are those of the draft");
}

async fn what_is_wrong_is_told_by_line_and_column(server: &Server) {
    server.publish().await;
    let one = officer(server, "one").await;
    let draft = begun(server, &one, "2026-10-01").await;
    let text = draft["document"].as_str().unwrap().replace("points = 5\n", "points = -5\n");
    let body = json!({"document": text});
    let found = server.send(&one, "POST", &path(&draft, "/check"), Some(body)).await.json();
    let problem = &found["problems"][0];
    assert_eq!((&problem["code"], &problem["column"]), (&json!("bad-value"), &json!(10)));
    let line = usize::try_from(problem["line"].as_u64().unwrap()).unwrap();
    assert_eq!(text.lines().nth(line - 1), Some("points = -5"));
    let kept = server.get(&one, &path(&draft, "")).await.json();
    assert_eq!(kept["document"], draft["document"], "nothing is kept");
    let other =
        text.replace("id = \"panzhihua-xiqu\"", "id = \"other\"").replace("= -5\n", "= 5\n");
    let body = json!({"document": other});
    let found = server.send(&one, "POST", &path(&draft, "/check"), Some(body)).await.json();
    assert!(found["obstacle"].as_str().unwrap().contains("other"), "{found}");
    for (body, place) in [
        (json!({"scheme": SCHEME, "first_day": "2026-01-01"}), "first_day"),
        (json!({"scheme": SCHEME, "first_day": "2027-01-01"}), "last_day"),
        (json!({"scheme": SCHEME, "first_day": "morgen"}), "first_day"),
    ] {
        let answer = server.send(&one, "POST", PATH, Some(body)).await.json();
        assert_eq!(answer["place"], place, "{answer}");
    }
}

async fn somebody_elses_change_is_not_overwritten(server: &Server) {
    server.publish().await;
    let [one, two] = [officer(server, "one").await, officer(server, "two").await];
    let draft = begun(server, &one, "2026-10-01").await;
    let edits = json!([{"award": lecture(&draft, "3")}]);
    let first = edited(server, &one, &draft, edits.clone()).await;
    assert_eq!(first.json()["revision"], 2);
    let late = edited(server, &two, &draft, edits).await;
    assert_eq!(late.code(), "conflict", "{late:?}");
    let body = json!({"revision": 1, "document": "另一份"});
    let late = server.send(&two, "PUT", &path(&draft, ""), Some(body)).await;
    assert_eq!(late.code(), "conflict");
    let there = server.staff("there", &[("officer", "440300")]).await;
    assert_eq!(server.get(&there, &path(&draft, "")).await.code(), "not_found");
    assert_eq!(server.get(&there, PATH).await.json()["items"], json!([]));
    let listed = server.get(&two, &format!("{PATH}?scheme={SCHEME}")).await.json();
    assert_eq!(listed["items"][0]["id"], draft["id"]);
    let body = Some(json!({"revision": 2}));
    let dropped = server.send(&two, "POST", &path(&draft, "/drop"), body).await;
    assert_eq!(dropped.json()["state"], "dropped");
    let over = edited(server, &one, &first.json(), json!([{"gone_award": "lecture"}])).await;
    assert_eq!(over.code(), "conflict");
}

/// Posts whatever waits.
async fn post(server: &Server) {
    let post = |app: &App| {
        let entered = Entered { now: app.now(), reason: None };
        Ok(app.store().post_some(1000, app.now().day(), entered).wait()?.0)
    };
    server.app.blocking(post).await.unwrap();
}

async fn balance(server: &Server) -> i64 {
    let read = |app: &App| {
        let statements = app.store().statements("generated-1")?.unwrap();
        let own = statements.iter().find(|one| one.scheme == SCHEME).unwrap();
        let account =
            kangji_ledger::account_of(app.store().holder("generated-1")?.unwrap(), SCHEME);
        assert!(!own.entries.is_empty());
        Ok(app.store().account(account)?.unwrap().balance())
    };
    server.app.blocking(read).await.unwrap().0
}

/// Proposes what a draft says, and gives the proposal's id.
async fn proposed(server: &Server, who: &Caller, draft: &Value) -> String {
    let body = json!({"revision": draft["revision"]});
    let answer = server.send(who, "POST", &path(draft, "/proposal"), Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()["proposal"].as_str().unwrap().to_owned()
}

async fn decide(server: &Server, who: &Caller, id: &str, accept: bool) -> Answer {
    let body = json!({"accept": accept, "reason": "测试"});
    server.send(who, "POST", &format!("/api/v1/proposals/{id}/decision"), Some(body)).await
}

/// S12: the limit of lectures goes from two to three by two people; statements change from the
/// day of force only, whenever the records come.
async fn s12_a_changed_limit_counts_from_its_day(server: &Server) {
    server.publish().await;
    server.villager("generated-1").await;
    let lectures = |days: &[&str]| -> Vec<Fact> {
        let each = |day: &&str| record_fact(day, "generated-1", "lecture.attended", day);
        days.iter().map(each).collect()
    };
    server.enter(lectures(&["2026-09-02", "2026-09-09", "2026-09-16"])).await;
    assert_eq!(balance(server).await, 10, "the third one of the month earns nothing");
    let [one, two] = [officer(server, "one").await, officer(server, "two").await];
    let draft = begun(server, &one, "2026-10-01").await;
    let draft = edited(server, &one, &draft, with_three_lectures(&draft)).await.json();
    let id = proposed(server, &one, &draft).await;
    assert_eq!(decide(server, &one, &id, true).await.code(), "same_person");
    let done = decide(server, &two, &id, true).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let after = server.get(&one, &path(&draft, "")).await.json();
    assert_eq!(after["state"], "published");
    post(server).await;
    assert_eq!(balance(server).await, 10, "what was before stays as it was");
    server.wait_millis(30 * 86_400_000);
    server.enter(lectures(&["2026-10-02", "2026-10-09", "2026-10-16", "2026-10-20"])).await;
    post(server).await;
    assert_eq!(balance(server).await, 25, "three of October, not the fourth");
    server.enter(lectures(&["2026-09-30"])).await;
    assert_eq!(balance(server).await, 25, "September is counted as it was, though told later");
    let nobody = Caller::default();
    let rule = async |on: &str| {
        let found = server.get(&nobody, &format!("/api/v1/schemes/{SCHEME}?on={on}")).await.json();
        let awards = found["awards"].as_array().unwrap().clone();
        awards.iter().find(|award| award["id"] == "lecture").unwrap()["rule"].to_string()
    };
    assert!(rule("2026-09-30").await.contains("2次"));
    assert!(rule("2026-10-01").await.contains("3次"));
    let between = format!("/api/v1/schemes/{SCHEME}/changes?old=2026-01-01&new=2026-10-01");
    let changes = server.get(&nobody, &between).await.text;
    assert!(changes.contains("looser"), "{changes}");
}

async fn what_is_returned_is_open_again(server: &Server) {
    server.publish().await;
    let [one, two] = [officer(server, "one").await, officer(server, "two").await];
    let draft = begun(server, &one, "2026-10-01").await;
    let wrong = edited(server, &one, &draft, json!([{"award": lecture(&draft, "3")}])).await.json();
    let body = json!({"revision": 2});
    let refused = server.send(&one, "POST", &path(&wrong, "/proposal"), Some(body)).await;
    assert_eq!(refused.code(), "conflict", "an example fails");
    let edits = json!([{"example": {"award": "lecture", "number": 0, "as_scored": true}}]);
    let draft = edited(server, &one, &wrong, edits).await.json();
    let id = proposed(server, &one, &draft).await;
    let waits = edited(server, &one, &draft, json!([{"gone_award": "lecture"}])).await;
    assert_eq!(waits.code(), "conflict", "it waits for the second person");
    assert_eq!(decide(server, &two, &id, false).await.status, StatusCode::OK);
    let open = server.get(&one, &path(&draft, "")).await.json();
    assert_eq!(open["state"], "open");
    let again = edited(server, &one, &open, json!([{"award": lecture(&open, "4")}])).await;
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
}

/// P16: what the bureau says of how a rule is read is public with the scheme.
async fn p16_notes_are_public_until_they_are_withdrawn(server: &Server) {
    server.publish().await;
    let one = officer(server, "one").await;
    let notes = format!("/api/v1/schemes/{SCHEME}/notes");
    let body = json!({"award": "lecture", "title": "线上讲座", "text": "<b>线上</b>讲座也算。"});
    let note = server.send(&one, "POST", &notes, Some(body)).await;
    assert_eq!(note.status, StatusCode::CREATED, "{note:?}");
    let nobody = Caller::default();
    assert_eq!(server.get(&nobody, &notes).await.json()[0]["title"], "线上讲座");
    let page = server.page(&nobody, &format!("/rules/{SCHEME}")).await.text;
    assert!(page.contains("线上讲座") && page.contains("&lt;b&gt;线上"), "with the scheme");
    let unknown = json!({"award": "none", "title": "x", "text": "y"});
    assert_eq!(server.send(&one, "POST", &notes, Some(unknown)).await.json()["place"], "award");
    let id = note.json()["id"].as_str().unwrap().to_owned();
    let withdraw = async |who: &Caller| {
        server.send(who, "POST", &format!("/api/v1/notes/{id}/withdrawal"), None).await
    };
    let there = server.staff("there", &[("officer", "440300")]).await;
    assert_eq!(withdraw(&there).await.code(), "not_found");
    assert_eq!(withdraw(&one).await.status, StatusCode::OK);
    assert_eq!(withdraw(&one).await.code(), "conflict");
    assert_eq!(server.get(&nobody, &notes).await.text, "[]");
}

async fn a_new_award_comes_from_a_template(server: &Server) {
    server.publish().await;
    let one = officer(server, "one").await;
    let draft = begun(server, &one, "2026-10-01").await;
    let new = json!({
        "template": "each_time", "id": "walking-day", "name": "参加健走活动",
        "under": ["附件1", "主动参与积分"], "kind": "lecture.attended", "points": "5",
        "times": "4", "prose": "每次健走请签到（依据：附件1）。",
    });
    let added = edited(server, &one, &draft, json!([{"new_award": new.clone()}])).await;
    assert_eq!(added.status, StatusCode::OK, "{added:?}");
    let added = added.json();
    let text = added["document"].as_str().unwrap();
    assert!(text.contains("#### 参加健走活动\n\n每次健走请签到"), "{text}");
    let found = server.get(&one, &path(&draft, "/check")).await.json();
    let changes = found["changes"].to_string();
    assert!(changes.contains("new_award") && changes.contains("walking-day"), "{changes}");
    let twice = edited(server, &one, &added, json!([{"new_award": new}])).await;
    assert_eq!(twice.code(), "conflict");
    let gone = edited(server, &one, &added, json!([{"gone_award": "walking-day"}])).await.json();
    assert!(!gone["document"].as_str().unwrap().contains("walking-day"));
}

/// What the tests of rights and pages name.
pub(crate) struct Staged {
    draft: String,
    spare: String,
    proposal: String,
    note: String,
}

impl Staged {
    pub(crate) async fn new(server: &Server) -> Self {
        let one = officer(server, "stage-drafter").await;
        let draft = begun(server, &one, "2026-11-01").await;
        let spare = begun(server, &one, "2026-11-20").await;
        let other = begun(server, &one, "2026-12-01").await;
        let proposal = proposed(server, &one, &other).await;
        let body = json!({"title": "说明", "text": "按规定读作。"});
        let path = format!("/api/v1/schemes/{SCHEME}/notes");
        let note = server.send(&one, "POST", &path, Some(body)).await.json();
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        Self { draft: id(&draft), spare: id(&spare), proposal, note: id(&note) }
    }

    pub(crate) fn fill(&self, address: &str) -> String {
        address
            .replace("{draft}", &self.draft)
            .replace("{spare_draft}", &self.spare)
            .replace("{draft_proposal}", &self.proposal)
            .replace("{note}", &self.note)
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path, request: &str, body, elsewhere| Case {
        method,
        path,
        request: request.to_owned(),
        body,
        role: "officer",
        other: "nurse",
        elsewhere,
    };
    let hidden = Some(StatusCode::NOT_FOUND);
    let at = |rest: &str| format!("{PATH}/{{draft}}{rest}");
    let spare = |rest: &str| format!("{PATH}/{{spare_draft}}{rest}");
    let new = json!({"scheme": SCHEME, "first_day": "2026-11-15"});
    let terms = json!({
        "title": "新的办法", "first_day": "2026-11-02", "last_day": "2026-12-31",
        "redeem_minimum": null, "expiry": "2 years",
    });
    let edits = json!({"revision": 1, "edits": [{"terms": terms}]});
    let text = json!({"document": document()});
    let rewritten = json!({"revision": 1, "document": document()});
    let seen = |revision: u32| Some(json!({"revision": revision}));
    let note = json!({"title": "说明", "text": "按规定读作。"});
    let notes = format!("/api/v1/schemes/{SCHEME}/notes");
    let of_notes = "/api/v1/schemes/{id}/notes";
    vec![
        case("get", PATH, PATH, None, None),
        case("post", PATH, PATH, Some(new), hidden),
        case("get", "/api/v1/drafts/{id}", &at(""), None, hidden),
        case("get", "/api/v1/drafts/{id}/check", &at("/check"), None, hidden),
        case("post", "/api/v1/drafts/{id}/check", &at("/check"), Some(text), hidden),
        case("post", "/api/v1/drafts/{id}/edits", &at("/edits"), Some(edits), hidden),
        case("post", "/api/v1/drafts/{id}/proposal", &at("/proposal"), seen(2), hidden),
        case("put", "/api/v1/drafts/{id}", &spare(""), Some(rewritten), hidden),
        case("post", "/api/v1/drafts/{id}/drop", &spare("/drop"), seen(2), hidden),
        case("post", of_notes, &notes, Some(note), hidden),
        case(
            "post",
            "/api/v1/notes/{id}/withdrawal",
            "/api/v1/notes/{note}/withdrawal",
            None,
            hidden,
        ),
    ]
}
