//! Sanctions, appeals and forged records over HTTP and on pages (S11).

use axum::http::StatusCode;
use kangji_core::ids::HolderId;
use kangji_server::tasks::attend::attend_all;
use serde_json::{Value, json};

use crate::{
    rights::Case,
    shop::CLINIC,
    support::{Caller, Server, on_both},
    town::record,
};

on_both! {
    s11_two_people_take_the_points_and_an_appeal_gives_them_back;
    s11_forged_records_of_an_institution_are_void_after_a_preview;
    what_cannot_be_sanctioned_is_told_at_its_field;
    who_decides_sees_no_name_and_residents_see_only_theirs;
}

const PATH: &str = "/api/v1/sanctions";
const PROPOSALS: &str = "/api/v1/proposals";

pub(crate) fn cases() -> Vec<Case> {
    let case = |path, request: &str, elsewhere| Case {
        method: "get",
        path,
        request: request.to_owned(),
        body: None,
        role: "officer",
        other: "nurse",
        elsewhere,
    };
    let forged = format!("{PATH}/forged?institution={CLINIC}&from=2026-01-01&to=2026-02-01");
    vec![
        case(PATH, PATH, None),
        case("/api/v1/sanctions/{id}", "/api/v1/sanctions/{sanction}", Some(StatusCode::NOT_FOUND)),
        case("/api/v1/sanctions/forged", &forged, Some(StatusCode::UNPROCESSABLE_ENTITY)),
    ]
}

/// Addresses with tests of their own here.
pub(crate) const TESTED: [(&str, &str); 1] = [("get", "/api/v1/me/sanctions")];

/// A sanction that stands, on somebody whom nothing else is about.
pub(crate) async fn staged(server: &Server) -> String {
    server.villager("generated-sanctioned").await;
    let one = server.staff("stage-sanction-1", &[("officer", "510403")]).await;
    let two = server.staff("stage-sanction-2", &[("officer", "510403")]).await;
    let resident = server.holder("generated-sanctioned").await;
    propose(server, [&one, &two], json!({"sanction": sanction(resident, None)})).await
}

fn sanction(resident: HolderId, article: Option<&str>) -> Value {
    json!({
        "resident": resident.to_string(), "from": "2026-09-21", "to": "2027-09-20",
        "article": article, "referred_to": "卫生监督所", "reason": "伪造随访记录",
    })
}

/// One proposes, another accepts.
async fn propose(server: &Server, [one, two]: [&Caller; 2], body: Value) -> String {
    let answer = server.send(one, "POST", PROPOSALS, Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let accept = Some(json!({"accept": true}));
    let answer = server.send(two, "POST", &format!("{PROPOSALS}/{id}/decision"), accept).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    id
}

impl Server {
    async fn holder(&self, code: &'static str) -> HolderId {
        let found = self.app.blocking(move |app| Ok(app.store().holder(code)?)).await;
        found.unwrap().unwrap()
    }

    async fn officers(&self) -> [Caller; 2] {
        let one = self.staff("officer-1", &[("officer", "510403")]).await;
        [one, self.staff("officer-2", &[("officer", "510403")]).await]
    }
}

async fn total(server: &Server, who: &Caller) -> Value {
    let me = server.get(who, "/api/v1/me").await.json();
    let me = me["people"][0].as_str().unwrap().to_owned();
    let path = format!("/api/v1/residents/{me}/accounts");
    let accounts = server.get(who, &path).await.json();
    let own = accounts.as_array().or(accounts["items"].as_array()).unwrap();
    let own = own.iter().find(|one| one["scheme"] == "panzhihua-xiqu").unwrap();
    json!([own["total"], own["redeemable"]])
}

/// Somebody with a check-up of 100 points and a lecture of 5.
async fn earned(server: &Server) -> (HolderId, Caller) {
    server.publish().await;
    let resident = server.villager("generated-1").await;
    let nurse = server.staff("nurse", &[("nurse", "510403")]).await;
    for (code, kind) in [("r-1", "elderly.checkup"), ("r-2", "lecture.attended")] {
        let mut row = record(code, "generated-1", kind, "2026-07-15");
        row["org"] = json!(if code == "r-1" { CLINIC } else { "" });
        row["attributes"] = json!({"complete": true});
        server.uploaded(&nurse, row).await;
    }
    let me = server.as_resident(resident).await;
    (resident, me)
}

async fn s11_two_people_take_the_points_and_an_appeal_gives_them_back(server: &Server) {
    let (resident, me) = earned(server).await;
    let before = total(server, &me).await;
    assert_eq!(before[0], before[1]);
    let [one, two] = server.officers().await;
    assert!(!server.page(&me, "/my").await.text.contains("/my/sanctions"), "nothing yet");
    let article = Some("第十二条");
    let id = propose(server, [&one, &two], json!({"sanction": sanction(resident, article)})).await;
    let after = total(server, &me).await;
    assert_ne!(after, before);
    assert_eq!(after[0], after[1]);

    let own = server.get(&me, "/api/v1/me/sanctions").await.json();
    assert_eq!(own[0]["id"], id.as_str());
    assert_eq!((&own[0]["article"], &own[0]["reason"]), (&json!(article), &json!("伪造随访记录")));
    assert!(server.page(&me, "/my").await.text.contains("/my/sanctions"));
    let page = server.page(&me, "/my/sanctions").await.text;
    assert!(page.contains("第十二条") && page.contains("申诉"), "{page}");

    let appeal = json!({"text": "那天我在外地", "sanction": id});
    let given = server.send(&me, "POST", "/api/v1/opinions", Some(appeal)).await;
    assert_eq!(given.status, StatusCode::CREATED, "{given:?}");
    let doctor = server.staff("doctor", &[("doctor", "510403")]).await;
    let open = server.get(&doctor, "/api/v1/opinions").await.json();
    assert_eq!(open["items"][0]["sanction"], id.as_str());
    let page = server.page(&doctor, "/opinions").await.text;
    assert!(page.contains("申诉"), "{page}");

    // On its page somebody proposes to lift it; another one accepts.
    let sent = server.submit(&one, &format!("/sanctions/{id}"), &[("reason", "申诉成立")]).await;
    let lift = sent.on().rsplit('/').next().unwrap().to_owned();
    let path = format!("{PROPOSALS}/{lift}/decision");
    let own = server.send(&one, "POST", &path, Some(json!({"accept": true}))).await;
    assert_eq!(own.code(), "same_person");
    let done = server.send(&two, "POST", &path, Some(json!({"accept": true}))).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    assert_eq!(total(server, &me).await, before);
    let one_ = server.get(&one, &format!("{PATH}/{id}")).await.json();
    assert_eq!(one_["lifted_because"], "申诉成立");
    let again = json!({"text": "再申诉", "sanction": id});
    let refused = server.send(&me, "POST", "/api/v1/opinions", Some(again)).await;
    assert_eq!(refused.code(), "invalid");
    let twice = json!({"lift": {"sanction": id, "reason": "再撤销"}});
    assert_eq!(server.send(&one, "POST", PROPOSALS, Some(twice)).await.code(), "conflict");
    assert!(!server.page(&me, "/my").await.text.contains("/my/sanctions"));
}

async fn s11_forged_records_of_an_institution_are_void_after_a_preview(server: &Server) {
    let (_, me) = earned(server).await;
    server.open_institutions().await;
    let [one, two] = server.officers().await;
    let before = total(server, &me).await;
    let asked = format!("institution={CLINIC}&from=2026-07-01&to=2026-07-31");
    let told = server.get(&one, &format!("{PATH}/forged?{asked}")).await.json();
    assert_eq!(told["kinds"], json!([{"kind": "elderly.checkup", "records": 1}]));
    assert_eq!((&told["residents"], &told["short"]), (&json!(1), &json!(0)));
    let change = told["changes"].as_array().unwrap().iter();
    let own: Vec<_> = change.filter(|one| one["scheme"] == "panzhihua-xiqu").collect();
    assert_eq!(own[0]["points"], "-100");
    let page = server.page(&one, &format!("/sanctions/forged?{asked}")).await.text;
    assert!(page.contains("提出作废 1 条记录"), "{page}");
    assert_eq!(total(server, &me).await, before, "nothing is written");

    let fields = [
        ("institution", CLINIC),
        ("from", "2026-07-01"),
        ("to", "2026-07-31"),
        ("reason", "现场检查没有这次体检"),
    ];
    let sent = server.submit(&one, "/sanctions/forged", &fields).await;
    let id = sent.on().rsplit('/').next().unwrap().to_owned();
    let path = format!("{PROPOSALS}/{id}/decision");
    let done = server.send(&two, "POST", &path, Some(json!({"accept": true}))).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let tasks = server.get(&two, "/api/v1/tasks").await.json();
    assert_eq!(tasks["items"][0]["state"], "waiting", "{tasks}");
    let attend = |app: &kangji_server::app::App| Ok(attend_all(app)?);
    assert_eq!(server.app.blocking(attend).await.unwrap(), 1);
    let task = tasks["items"][0]["id"].as_str().unwrap();
    let task = server.get(&two, &format!("/api/v1/tasks/{task}")).await.json();
    assert_eq!((&task["state"], &task["done"]), (&json!("done"), &json!(1)), "{task}");
    assert_ne!(total(server, &me).await, before);
    let told = server.get(&one, &format!("{PATH}/forged?{asked}")).await.json();
    assert_eq!(told["kinds"], json!([]), "nothing is left to be void");
}

async fn what_cannot_be_sanctioned_is_told_at_its_field(server: &Server) {
    let (resident, _) = earned(server).await;
    let [one, _] = server.officers().await;
    let path = format!("/residents/{resident}/sanction");
    let good = [("from", "2026-09-21"), ("to", "2027-09-20"), ("reason", "查实")];
    for (field, value) in [("from", "昨天"), ("to", "2026-01-01"), ("reason", "")] {
        let fields: Vec<_> = good
            .iter()
            .map(|(name, text)| (*name, if *name == field { value } else { *text }))
            .collect();
        let answer = server.submit(&one, &path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(answer.text.contains(&format!("href=\"#f-{field}\"")), "{field}: {}", answer.text);
    }
    let unknown = json!({"lift": {"sanction": resident.to_string(), "reason": "x"}});
    assert_eq!(server.send(&one, "POST", PROPOSALS, Some(unknown)).await.code(), "invalid");
    let nowhere = json!({"void_records": {
        "institution": "nowhere", "from": "2026-07-01", "to": "2026-07-02", "reason": "x",
    }});
    let answer = server.send(&one, "POST", PROPOSALS, Some(nowhere)).await;
    assert_eq!(answer.json()["place"], "void_records.institution");
    let asked = "/sanctions/forged?institution=nowhere&from=x&to=y";
    let answer = server.page(&one, asked).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn who_decides_sees_no_name_and_residents_see_only_theirs(server: &Server) {
    let (resident, me) = earned(server).await;
    let other = server.villager("generated-2").await;
    let other = server.as_resident(other).await;
    let [one, two] = server.officers().await;
    let id = propose(server, [&one, &two], json!({"sanction": sanction(resident, None)})).await;
    assert_eq!(server.get(&other, "/api/v1/me/sanctions").await.json(), json!([]));
    let appeal = json!({"text": "不是我的", "sanction": id});
    let refused = server.send(&other, "POST", "/api/v1/opinions", Some(appeal)).await;
    assert_eq!(refused.json()["place"], "sanction");
    assert_eq!(server.get(&me, PATH).await.status, StatusCode::FORBIDDEN);
    assert_eq!(server.get(&one, "/api/v1/me/sanctions").await.status, StatusCode::FORBIDDEN);
    let nobody = server.get(&Caller::default(), "/api/v1/me/sanctions").await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let listed = server.get(&one, &format!("{PATH}?lifted=false")).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(server.get(&one, &format!("{PATH}?lifted=true")).await.json()["items"], json!([]));
    let elsewhere = server.staff("elsewhere", &[("officer", "440300")]).await;
    assert_eq!(server.get(&elsewhere, PATH).await.json()["items"], json!([]));
}
