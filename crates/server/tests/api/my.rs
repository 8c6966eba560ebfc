//! `/my` and what lies below it, and how residents come in: pages for phones, without script

use axum::http::StatusCode;
use kangji_core::{
    Points,
    ids::{CauseId, HolderId},
};
use kangji_ledger::{Act, Command, Seq, account_of};
use kangji_server::app::App;
use serde_json::json;

use crate::{
    residents::{nurse, person, register},
    support::{Answer, COMMUNITY, Caller, Server, on_both},
    town::record,
};

on_both! {
    every_page_of_residents_asks_who_looks;
    a_resident_signs_in_by_the_code_on_paper;
    a_resident_reads_what_there_is_and_why;
    a_resident_reads_what_came_back_of_a_returned_order;
    a_guardian_looks_after_a_child;
    a_rank_is_joined_and_left;
    a_correction_is_asked_for_and_stands_there;
    an_opinion_is_given_and_answered;
}

/// Every page of residents, and what can be sent to them.
const PAGES: [&str; 11] = [
    "/my",
    "/my/statement",
    "/my/entries",
    "/my/rank",
    "/my/mall",
    "/my/orders",
    "/my/opinion",
    "/my/account",
    "/my/family",
    "/my/data",
    "/my/consents",
];
const FORMS: [(&str, &[(&str, &str)]); 4] = [
    ("/my/rank", &[("given", "true")]),
    ("/my/opinion", &[("text", "漏记了")]),
    ("/my/data", &[("field", "name"), ("text", "写错了")]),
    ("/my/consents", &[("purpose", "name_list"), ("given", "true")]),
];

/// A resident with two lectures that counted this month and one that did not.
async fn villager(server: &Server) -> (HolderId, Caller) {
    server.publish().await;
    let id = server.villager("generated-1").await;
    let nurse = server.staff("uploader", &[("nurse", "510403")]).await;
    let row = |code, day| record(code, "generated-1", "lecture.attended", day);
    let rows = json!([row("L1", "2026-09-01"), row("L2", "2026-09-08"), row("L3", "2026-09-15")]);
    assert_eq!(server.upload(&nurse, rows).await.status, StatusCode::OK);
    (id, server.as_resident(id).await)
}

fn has(page: &Answer, parts: &[&str]) {
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    for part in parts {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
}

async fn every_page_of_residents_asks_who_looks(server: &Server) {
    let nurse = nurse(server).await;
    let (_, resident) = villager(server).await;
    for path in PAGES {
        let nobody = server.page(&Caller::default(), path).await;
        let door = format!("/sign-in/resident?to={}", path.replace('/', "%2F"));
        assert_eq!(nobody.on(), door);
        assert_eq!(server.page(&nurse, path).await.status, StatusCode::FORBIDDEN, "{path}");
        let shown = server.page(&resident, path).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}: {shown:?}");
        assert!(shown.text.len() < 80_000, "{path}: {} bytes", shown.text.len());
        let stranger = HolderId::from_bytes([9; 16]);
        if !["/my/rank", "/my/account", "/my/family", "/my/consents"].contains(&path) {
            let other = server.page(&resident, &format!("{path}?person={stranger}")).await;
            assert_eq!(other.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    for (path, fields) in FORMS {
        let forged = Caller { csrf: None, ..resident.clone() };
        let send = async |who: &Caller| server.submit(who, path, fields).await;
        assert_eq!(send(&Caller::default()).await.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(send(&forged).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(send(&nurse).await.status, StatusCode::FORBIDDEN, "{path}");
        assert!(send(&resident).await.on().starts_with(path), "{path}");
        let other = HolderId::from_bytes([9; 16]).to_string();
        let fields: Vec<_> = fields.iter().copied().chain([("person", &*other)]).collect();
        let other = server.submit(&resident, path, &fields).await;
        assert!(path == "/my/rank" || other.status == StatusCode::NOT_FOUND, "{path}: {other:?}");
    }
}

async fn a_resident_signs_in_by_the_code_on_paper(server: &Server) {
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let id = server.resident("generated-1", COMMUNITY).await;
    let path = format!("/api/v1/residents/{id}/sign-in-codes");
    let given = server.send(&clerk, "POST", &path, None).await.json();
    let code = given["code"].as_str().unwrap();
    let nobody = Caller::default();
    has(&server.page(&nobody, "/sign-in/resident").await, &["登录码", "没有登录码？"]);
    let wrong = [("code", "1234"), ("to", "/my/data")];
    let again = server.submit(&nobody, "/sign-in/resident", &wrong).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert!(again.text.contains("到柜台再领一个") && again.text.contains("value=\"/my/data\""));
    let empty = server.submit(&nobody, "/sign-in/resident", &[("code", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A browser that still has an old cookie gets in all the same; blanks do no harm.
    let stale = Caller { cookie: clerk.cookie.clone(), ..Caller::default() };
    let (start, end) = code.split_at(4);
    let typed = format!("{start} {end}");
    let form = [("code", &*typed), ("to", "/my/statement")];
    let entered = server.submit(&stale, "/sign-in/resident", &form).await;
    assert_eq!(entered.on(), "/my/statement");
    let cookie = entered.cookie().split(';').next().unwrap().to_owned();
    let resident = Caller { cookie: Some(cookie), ..Caller::default() };
    has(&server.page(&resident, "/my").await, &["我的积分"]);
    assert_eq!(server.page(&resident, "/sign-in/resident").await.on(), "/my");
    let sms = server.submit(&nobody, "/sign-in/resident/sms", &[("phone", "13800138000")]).await;
    assert_eq!(sms.status, StatusCode::NOT_FOUND);
    let back = "/api/v1/sign-in/oidc/residents/callback?state=x";
    let door = server.page(&nobody, back).await.on().to_owned();
    has(&server.page(&nobody, &door).await, &["没有登录成功", "登录码"]);
    let elsewhere = [("code", "1"), ("to", "//evil.example")];
    let there = server.submit(&nobody, "/sign-in/resident", &elsewhere).await;
    assert!(!there.text.contains("href=\"//evil"), "{there:?}");
}

async fn a_resident_reads_what_there_is_and_why(server: &Server) {
    let (_, resident) = villager(server).await;
    has(&server.page(&resident, "/my").await, &["总积分", "可兑换", "接下来做什么能得分"]);
    let statement = server.page(&resident, "/my/statement").await;
    let article = "href=\"/rules/panzhihua-xiqu#award-";
    has(&statement, &[article, "起可再次获得", "依据", "哪里不对？"]);
    let entries = server.page(&resident, "/my/entries").await;
    has(&entries, &["每月得分", "2026年9月", "参加健康教育讲座", article]);
    let link = entries.text.split("href=\"/my/opinion?").nth(1).unwrap();
    let link = format!("/my/opinion?{}", link.split('"').next().unwrap().replace("&amp;", "&"));
    assert!(!link.contains("lecture"), "{link}");
    has(&server.page(&resident, &link).await, &["关于：", "参加健康教育讲座", "name=\"record\""]);
    has(&server.page(&resident, "/my/entries?year=2020").await, &["2020年没有收支"]);
    for bad in ["/my/statement?scheme=none", "/my/entries?scheme=none", "/my?person=x"] {
        assert_eq!(server.page(&resident, bad).await.status, StatusCode::NOT_FOUND, "{bad}");
    }
    // Somebody without any record reads what would earn.
    let fresh = server.villager("generated-2").await;
    let fresh = server.as_resident(fresh).await;
    has(&server.page(&fresh, "/my").await, &["能得分"]);
    has(&server.page(&fresh, "/my/entries").await, &["还没有收支"]);
    let nowhere = server.resident("generated-3", "110101001001").await;
    let nowhere = server.as_resident(nowhere).await;
    for path in ["/my", "/my/statement", "/my/entries"] {
        has(&server.page(&nowhere, path).await, &["没有施行中的积分办法", "href=\"/rules\""]);
    }
}

async fn a_resident_reads_what_came_back_of_a_returned_order(server: &Server) {
    let (id, resident) = villager(server).await;
    let does = async |acts: Vec<Act>| {
        let done = move |app: &App| {
            for act in acts {
                let cause = Some(CauseId::from_bytes([4; 16]));
                let answer = kangji_ledger::Answer { cause, ..Default::default() };
                let (account, day) = (account_of(id, "panzhihua-xiqu"), app.now().day());
                let command = Command { key: None, account, day, act, answer };
                app.store().execute(command, app.now()).wait()?.unwrap();
            }
            Ok(())
        };
        server.app.blocking(done).await.unwrap();
    };
    // Two entries are the lectures'.
    let hold = || Act::Hold { points: Points(2), until: None };
    let returned = vec![hold(), Act::Capture { hold: Seq(3) }, Act::Refund { capture: Seq(4) }];
    does(returned).await;
    let shown = server.page(&resident, "/my/entries").await;
    has(&shown, &["兑付", "退还", "+2分"]);
    assert!(!shown.text.contains("没有退回"));
    let path = format!("/api/v1/residents/{id}/accounts/panzhihua-xiqu/entries?after=4");
    let entries = server.get(&resident, &path).await.json();
    let told = &entries["items"][0];
    assert_eq!((&told["kind"], &told["label"]), (&json!("refund"), &json!("退还")));
    assert_eq!((&told["refers"], &told["redeemable"]), (&json!(4), &json!(2)));
    assert_eq!((&told["total"], &told["held"]), (&json!(0), &json!(0)));
    let sanction = Act::Forfeit { article: "第九条".to_owned() };
    let capture = Act::Capture { hold: Seq(6) };
    does(vec![hold(), capture, sanction, Act::Refund { capture: Seq(7) }]).await;
    has(&server.page(&resident, "/my/entries").await, &["这些积分已过期或已清零，没有退回"]);
}

async fn a_guardian_looks_after_a_child(server: &Server) {
    server.publish().await;
    let nurse = nurse(server).await;
    let parent = person("generated-parent", "测试大", "19900203", 15);
    let parent = register(server, &nurse, parent).await;
    let mut child = person("generated-child", "测试小", "20200203", 13);
    child["guardians"] = json!([{"value": "generated-parent", "from": "2026-01-01"}]);
    let child = register(server, &nurse, child).await;
    let signed = server.as_resident(parent.parse().unwrap()).await;
    let link = format!("href=\"/my?person={child}\"");
    has(&server.page(&signed, "/my").await, &[&link, "测**（6岁）"]);
    has(&server.page(&signed, "/my/family").await, &[&link, "测**（6岁）", "满 14 岁"]);
    let own = format!("/my/data?person={child}");
    has(&server.page(&signed, &own).await, &["测试小", "孩子的信息"]);
    has(&server.page(&signed, &format!("/my?person={child}")).await, &["孩子的积分"]);
    let form = [("purpose", "name_list"), ("given", "true"), ("person", &*child)];
    assert_eq!(server.submit(&signed, "/my/consents", &form).await.on(), "/my/consents");
    let agreed = server.page(&signed, "/my/consents").await;
    assert_eq!(agreed.text.matches("撤回同意").count(), 1, "{agreed:?}");
    assert_eq!(agreed.text.matches("参加排名").count(), 1, "a child has no rank");
    let grown = server.as_resident(child.parse().unwrap()).await;
    has(&server.page(&grown, "/my").await, &["我的积分"]);
    let refused = server.submit(&grown, "/my/consents", &form[..2]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let parents = server.page(&grown, &format!("/my?person={parent}")).await;
    assert_eq!(parents.status, StatusCode::NOT_FOUND);
}

async fn a_rank_is_joined_and_left(server: &Server) {
    let (_, resident) = villager(server).await;
    let before = server.page(&resident, "/my/rank").await;
    has(&before, &["参加排名", "只有您自己看得到自己的名次"]);
    let choose = async |given| server.submit(&resident, "/my/rank", &[("given", given)]).await;
    assert_eq!(choose("true").await.on(), "/my/rank");
    has(&server.page(&resident, "/my/rank").await, &["退出排名", "不到 50 人"]);
    assert_eq!(choose("false").await.on(), "/my/rank");
    assert!(!server.page(&resident, "/my/rank").await.text.contains("不到 50 人"));
}

async fn a_correction_is_asked_for_and_stands_there(server: &Server) {
    let (_, resident) = villager(server).await;
    let typed = "<script>alert(1)</script>";
    let long = format!("{typed}{}", "字".repeat(1000));
    let form = [("field", "phone"), ("text", &*long)];
    let again = server.submit(&resident, "/my/data", &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("&lt;script&gt;") && again.text.contains("selected"));
    assert!(again.text.contains("href=\"#f-text\""), "the fault leads to its field");
    let none = server.submit(&resident, "/my/data", &[("text", "写错了")]).await;
    assert!(none.text.contains("href=\"#f-field\"") && none.text.contains("写错了"));
    let form = [("field", "phone"), ("text", typed)];
    assert_eq!(server.submit(&resident, "/my/data", &form).await.on(), "/my/data#correct");
    let shown = server.page(&resident, "/my/data").await;
    has(&shown, &["处理中", "&lt;script&gt;alert(1)", "没有登记", "服务记录"]);
    assert!(!shown.text.contains("<script>alert"));
}

async fn an_opinion_is_given_and_answered(server: &Server) {
    let (_, resident) = villager(server).await;
    let typed = "<script>alert(1)</script>少记一次";
    let wrong = [("award", "none"), ("text", typed)];
    let again = server.submit(&resident, "/my/opinion", &wrong).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("没有这个得分项目") && again.text.contains("少记一次"));
    let empty = server.submit(&resident, "/my/opinion", &[("text", "")]).await;
    assert!(empty.text.contains("href=\"#f-text\""), "{empty:?}");
    let shown = server.page(&resident, "/my/opinion").await.text;
    let award = shown.split("<option value=\"").find(|rest| rest.contains("参加健康教育讲座"));
    let award = award.unwrap().split('"').next().unwrap();
    let form = [("award", award), ("text", typed)];
    assert_eq!(server.submit(&resident, "/my/opinion", &form).await.on(), "/my/opinion#given");
    let shown = server.page(&resident, "/my/opinion").await;
    has(&shown, &["等待答复", "&lt;script&gt;alert(1)", "参加健康教育讲座"]);
    assert!(!shown.text.contains("<script>alert"));
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let open = server.get(&officer, "/api/v1/opinions").await.json();
    let page = format!("/opinions/{}", open["items"][0]["id"].as_str().unwrap());
    let answer = [("answer", "<b>已补记</b>")];
    assert_eq!(server.submit(&officer, &page, &answer).await.on(), page);
    let answered = server.page(&resident, "/my/opinion").await;
    has(&answered, &["已答复", "&lt;b&gt;已补记&lt;/b&gt;"]);
}
