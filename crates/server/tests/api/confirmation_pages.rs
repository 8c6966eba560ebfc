//! The page on which awards are confirmed.

use axum::http::StatusCode;
use kangji_core::ids::{HolderId, RecordId};
use serde_json::json;

use crate::{
    support::{COMMUNITY, Caller, Server, on_both},
    town::{ALWAYS, person, record, record_fact},
};

on_both! {
    the_page_is_for_who_confirms;
    one_press_accepts_and_the_next_stands_there;
    a_rejection_says_why;
    who_recorded_it_is_told_why_not;
    a_period_is_decided_by_its_resident;
    candidates_are_filtered_and_turned_over;
}

const PATH: &str = "/confirmations";

/// Two measurements that wait, and a doctor who did not record them.
async fn town(server: &Server) -> (HolderId, [RecordId; 2], Caller) {
    server.publish().await;
    let resident = server.villager("generated-1").await;
    let nurse = server.staff("nurse", &[("nurse", "510403")]).await;
    let mut row = record("M1", "generated-1", "selfmonitoring.verified", "2026-06-15");
    row["attributes"] = json!({"systolic": "128", "diastolic": "82"});
    let first = server.uploaded(&nurse, row.clone()).await;
    (row["code"], row["date"]) = (json!("M2"), json!("2026-07-15"));
    let second = server.uploaded(&nurse, row).await;
    (resident, [first, second], doctor(server, "doctor").await)
}

async fn doctor(server: &Server, name: &str) -> Caller {
    server.worker(name, &format!("generated-{name}"), &[("doctor", "510403")]).await
}

fn decision<'a>(record: &'a str, accept: &'a str) -> [(&'a str, &'a str); 3] {
    [("award", "self-monitoring"), ("record", record), ("accept", accept)]
}

async fn the_page_is_for_who_confirms(server: &Server) {
    let (_, [first, _], doctor) = town(server).await;
    let nobody = server.page(&Caller::default(), PATH).await;
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
    let nurse = server.staff("other-nurse", &[("nurse", "510403")]).await;
    assert_eq!(server.page(&nurse, PATH).await.status, StatusCode::FORBIDDEN);
    let id = first.to_string();
    let refused = server.submit(&nurse, PATH, &decision(&id, "true")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    let far = server.worker("far", "generated-far", &[("doctor", "440300")]).await;
    assert!(server.page(&far, PATH).await.text.contains("没有等待确认的积分"));
    let missing = server.submit(&far, PATH, &decision(&id, "true")).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "{missing:?}");
    let stranger = Caller { csrf: None, ..doctor.clone() };
    let without = server.submit(&stranger, PATH, &decision(&id, "true")).await;
    assert_eq!(without.status, StatusCode::FORBIDDEN, "{without:?}");
    let page = server.page(&doctor, PATH).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "generated-1",
        "2026-06-15 家庭自测核实",
        "收缩压 128 毫米汞柱，舒张压 82 毫米汞柱",
        "由家庭医生确认",
        "确认计分",
        "驳回",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
}

async fn one_press_accepts_and_the_next_stands_there(server: &Server) {
    let (_, [first, second], doctor) = town(server).await;
    let (first, second) = (first.to_string(), second.to_string());
    let done = server.submit(&doctor, PATH, &decision(&first, "true")).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let text = &done.text;
    assert!(text.contains("已确认") && text.contains("data-name=\"原来\">0<"), "{text}");
    let rest = text.split("变了的积分").nth(1).unwrap().split("</table>").nth(1).unwrap();
    assert!(!rest.contains(&first) && rest.contains(&second), "{text}");
    let otherwise = [decision(&first, "false").as_slice(), &[("reason", "缺页")]].concat();
    let otherwise = server.submit(&doctor, PATH, &otherwise).await;
    assert_eq!(otherwise.status, StatusCode::CONFLICT, "{otherwise:?}");
    assert!(otherwise.text.contains("已有相反的决定"), "{otherwise:?}");
    let last = server.submit(&doctor, PATH, &decision(&second, "true")).await;
    assert!(last.text.contains("没有等待确认的积分"), "{last:?}");
}

async fn a_rejection_says_why(server: &Server) {
    let (resident, [first, _], doctor) = town(server).await;
    let first = first.to_string();
    let without = server.submit(&doctor, PATH, &decision(&first, "false")).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY, "{without:?}");
    assert!(without.text.contains("请写明为什么驳回") && without.text.contains("<details open>"));
    let long = "<script>".repeat(100);
    let typed = [decision(&first, "false").as_slice(), &[("reason", &long)]].concat();
    let refused = server.submit(&doctor, PATH, &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
    assert!(refused.text.contains("&lt;script&gt;") && !refused.text.contains("<script>"));
    let typed = [decision(&first, "false").as_slice(), &[("reason", "记录本缺页")]].concat();
    let done = server.submit(&doctor, PATH, &typed).await;
    assert!(done.text.contains("已驳回，不计分") && !done.text.contains(&first), "{done:?}");
    let statement = format!("/api/v1/residents/{resident}/accounts/panzhihua-xiqu/statement");
    let statement = server.get(&doctor, &statement).await.json();
    assert_eq!(statement["not_counted"][0]["outcome"], "rejected", "{statement}");
}

async fn who_recorded_it_is_told_why_not(server: &Server) {
    let (..) = town(server).await;
    let author = doctor(server, "author").await;
    let row = record("M3", "generated-1", "selfmonitoring.verified", "2026-08-15");
    let own = server.uploaded(&author, row).await.to_string();
    let refused = server.submit(&author, PATH, &decision(&own, "true")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    let says = "登记、更正或协助这项服务的人不能确认它";
    let before = refused.text.split(says).next().unwrap();
    assert!(
        refused.text.contains(says) && before.contains("2026-08-15"),
        "in its row: {refused:?}"
    );
}

async fn a_period_is_decided_by_its_resident(server: &Server) {
    let (resident, ..) = town(server).await;
    let mut fact = record_fact("I1", "generated-1", "health.improved", "2026-05-15");
    if let kangji_store::Fact::Record(record) = &mut fact {
        record.attributes = vec![("improved".to_owned(), kangji_store::AttributeValue::Bool(true))];
    }
    server.enter(vec![fact]).await;
    server.wait_millis(110 * 86_400_000);
    let doctor = doctor(server, "late").await;
    let page = server.page(&doctor, &format!("{PATH}?award=health-improved")).await;
    assert!(page.text.contains("健康改善评估</a>：明显改善 是"), "{page:?}");
    let resident = resident.to_string();
    let fields = [
        ("award", "health-improved"),
        ("resident", &resident),
        ("period", "2026"),
        ("accept", "true"),
        ("filter", "health-improved"),
    ];
    let done = server.submit(&doctor, PATH, &fields).await;
    assert!(done.text.contains("data-name=\"现在\">50<"), "{done:?}");
    assert!(done.text.contains("没有等待确认的积分") && done.text.contains("看全部"), "{done:?}");
}

async fn candidates_are_filtered_and_turned_over(server: &Server) {
    server.publish().await;
    let mut facts = Vec::new();
    for number in 0..23 {
        let code = format!("generated-{number}");
        let resident = kangji_store::ResidentFact {
            guardians: vec![("generated-mother".to_owned(), ALWAYS)],
            ..person(&code, COMMUNITY, 1950)
        };
        facts.push(kangji_store::Fact::Resident(resident));
        facts.push(record_fact(
            &format!("M{number}"),
            &code,
            "selfmonitoring.verified",
            "2026-06-01",
        ));
    }
    server.enter(facts).await;
    let doctor = doctor(server, "doctor").await;
    let page = server.page(&doctor, &format!("{PATH}?award=self-monitoring")).await;
    assert_eq!(page.text.matches("确认计分").count(), 20);
    assert!(page.text.contains("<option value=\"self-monitoring\" selected>"), "{page:?}");
    let next = page.text.split("下一页").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    assert!(next.contains("award=self-monitoring"), "{next}");
    assert_eq!(server.page(&doctor, &next).await.text.matches("确认计分").count(), 3);
    let other = server.page(&doctor, &format!("{PATH}?award=health-improved")).await;
    assert!(other.text.contains("没有等待确认的积分"), "{other:?}");
}
