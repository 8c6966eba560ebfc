//! The staff's pages about people: `/residents`, `/corrections`

use axum::http::{StatusCode, header};
use kangji_core::ids::HolderId;
use serde_json::json;

use crate::{
    residents::{number, nurse, person, register},
    support::{Answer, COMMUNITY, Caller, ELSEWHERE, Server, on_both},
    town::{SECRETS, record},
};

on_both! {
    every_page_asks_for_its_right;
    whoever_is_unknown_is_registered_with_what_was_typed;
    somebody_is_found_by_whatever_is_at_hand;
    a_form_that_is_refused_keeps_what_was_typed;
    a_child_is_registered_with_a_guardian_found_by_number;
    a_change_meanwhile_is_told_before_it_is_overwritten;
    who_moves_lived_elsewhere_until_the_day_before;
    names_are_seen_whole_after_a_reason;
    a_request_for_correction_is_seen_and_answered;
    a_code_on_paper_lets_a_resident_in;
    a_statement_says_why_and_leads_to_the_article;
    whoever_need_not_know_reads_of_no_illness;
    what_was_typed_is_never_a_script;
}

const SCRIPT: &str = "<script>alert(1)</script>";

fn to(answer: &Answer) -> &str {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    answer.headers[header::LOCATION].to_str().unwrap()
}

/// What a hidden field of a page holds.
fn hidden<'a>(page: &'a Answer, name: &str) -> &'a str {
    let field = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.text.split_once(&field).unwrap_or_else(|| panic!("{name}: {page:?}"));
    rest.split_once('"').unwrap().0
}

fn contains(page: &Answer, all: &[&str]) {
    for one in all {
        assert!(page.text.contains(one), "{one} is not in {}", page.text);
    }
}

/// The fields of somebody who can be registered.
fn fields<'a>(number: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("document.kind", "resident-card"),
        ("document.number", number),
        ("name", name),
        ("community", COMMUNITY),
    ]
}

async fn every_page_asks_for_its_right(server: &Server) {
    server.publish().await;
    let right = nurse(server).await;
    let id = register(server, &right, person("generated-1", "测试甲", "19600203", 12)).await;
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    let cadre = server.staff("cadre", &[("cadre", "510403")]).await;
    let far = server.staff("far", &[("nurse", "440300")]).await;
    let resident = server.as_resident(id.parse().unwrap()).await;
    let at = |rest: &str| format!("/residents/{id}{rest}");
    let pages = [
        ("/residents".to_owned(), &auditor, StatusCode::OK),
        ("/residents/new".to_owned(), &clerk, StatusCode::OK),
        ("/corrections".to_owned(), &clerk, StatusCode::OK),
        (at(""), &auditor, StatusCode::NOT_FOUND),
        (at("/change"), &clerk, StatusCode::NOT_FOUND),
        (at("/reveal"), &clerk, StatusCode::NOT_FOUND),
        (at("/statement"), &auditor, StatusCode::NOT_FOUND),
        (at("/paper"), &auditor, StatusCode::NOT_FOUND),
    ];
    for (path, wrong, elsewhere) in &pages {
        let nobody = server.page(&Caller::default(), path).await;
        assert!(to(&nobody).starts_with("/sign-in?to="), "{path}");
        let wrong = server.page(wrong, path).await;
        assert_eq!(wrong.status, StatusCode::FORBIDDEN, "{path}");
        contains(&wrong, &["没有权限", "</html>"]);
        let own = server.page(&resident, path).await;
        assert_eq!(own.status, StatusCode::FORBIDDEN, "{path}: a resident");
        assert_eq!(server.page(&far, path).await.status, *elsewhere, "{path}: elsewhere");
        assert_eq!(server.page(&right, path).await.status, StatusCode::OK, "{path}");
    }
    let decide = format!("/corrections/{id}");
    let forms = [
        ("/residents/search".to_owned(), &auditor, vec![("q", "测试甲")]),
        ("/residents/new".to_owned(), &cadre, fields("", "测试")),
        (at("/change"), &clerk, vec![]),
        (at("/reveal"), &clerk, vec![("fields", "name"), ("reason", "核对")]),
        (at("/sign-in-code"), &cadre, vec![]),
        (decide, &cadre, vec![("accept", "yes"), ("answer", "好")]),
    ];
    for (path, wrong, fields) in &forms {
        let nobody = server.submit(&Caller::default(), path, fields).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{path}");
        let forged = Caller { csrf: None, ..right.clone() };
        let forged = server.submit(&forged, path, fields).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{path}");
        contains(&forged, &["请求缺少页面凭证"]);
        assert_eq!(
            server.submit(wrong, path, fields).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
        let own = server.submit(&resident, path, fields).await;
        assert_eq!(own.status, StatusCode::FORBIDDEN, "{path}: a resident");
    }
    for path in [at("/change"), at("/reveal"), at("/sign-in-code")] {
        let fields = [("fields", "name"), ("reason", "核对")];
        assert_eq!(server.submit(&far, &path, &fields).await.status, StatusCode::NOT_FOUND);
    }
}

async fn whoever_is_unknown_is_registered_with_what_was_typed(server: &Server) {
    server.publish().await;
    let nurse = nurse(server).await;
    let empty = server.page(&nurse, "/residents").await;
    contains(&empty, &["autofocus", "这里没有居民", "/residents/new"]);
    let number = number("19600203", 12);
    let nobody = server.submit(&nurse, "/residents/search", &[("q", &number)]).await;
    assert_eq!(nobody.status, StatusCode::OK);
    let carried = format!("name=\"document.number\" type=\"text\" value=\"{number}\"");
    contains(&nobody, &["没有找到", &carried, "action=\"/residents/new\""]);
    let added = server.submit(&nurse, "/residents/new", &fields(&number, "测试甲")).await;
    let person = to(&added).to_owned();
    assert!(!person.contains(&number));
    let shown = server.page(&nurse, &person).await;
    contains(&shown, &["已登记", "测**", "1960年2月3日", "女", "登记服务", "/records/new"]);
    contains(&shown, &["接下来可以得分", "建立居民健康档案", "还没有得分的记录", "还没有服务记录"]);
    assert!(!shown.text.contains(&number), "masked");
    let found = server.submit(&nurse, "/residents/search", &[("q", &number)]).await;
    assert_eq!(to(&found), person.split_once('?').unwrap().0);
}

async fn somebody_is_found_by_whatever_is_at_hand(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    register(server, &nurse, person("generated-2", "测试甲", "19610203", 14)).await;
    let number = number("19600203", 12);
    let spaced = format!("{} {} {}", &number[..6], &number[6..14], &number[14..]);
    for typed in [&number, &spaced, "13910000012", "139 1000 0012", "generated-1", &id] {
        let found = server.submit(&nurse, "/residents/search", &[("q", typed)]).await;
        assert_eq!(to(&found), format!("/residents/{id}"), "{typed}");
    }
    let two = server.submit(&nurse, "/residents/search", &[("q", "测试甲")]).await;
    contains(&two, &["找到 2 人", "测**", &format!("href=\"/residents/{id}\"")]);
    let permit = [("q", "12345678"), ("kind", "taiwan-permit")];
    let unknown = server.submit(&nurse, "/residents/search", &permit).await;
    contains(&unknown, &["没有找到", "option value=\"taiwan-permit\" selected"]);
    let mut wrong = number.clone();
    wrong.replace_range(17.., if number.ends_with('1') { "2" } else { "1" });
    let wrong = server.submit(&nurse, "/residents/search", &[("q", &wrong)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&wrong, &["校验", "aria-invalid=\"true\""]);
    let none = server.submit(&nurse, "/residents/search", &[("q", " ")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let nobody = server.submit(&clerk, "/residents/search", &[("q", "测试乙")]).await;
    assert!(nobody.text.contains("没有找到") && !nobody.text.contains("/residents/new"));
    let list = server.page(&nurse, "/residents?limit=1").await;
    contains(&list, &["下一页", "after="]);
    let list = server.page(&nurse, &format!("/residents?area={ELSEWHERE}")).await;
    assert_eq!(list.status, StatusCode::FORBIDDEN);
    contains(&list, &["不在您的辖区", ELSEWHERE]);
}

async fn a_form_that_is_refused_keeps_what_was_typed(server: &Server) {
    let nurse = nurse(server).await;
    let number = number("19600203", 12);
    let send = async |change: (&'static str, &'static str)| {
        let mut fields = fields(&number, "测试甲");
        fields.retain(|(name, _)| *name != change.0);
        fields.push(change);
        server.submit(&nurse, "/residents/new", &fields).await
    };
    let wrong = [
        (("name", ""), "name", "请填写这一项"),
        (("community", ELSEWHERE), "community", "不在您的辖区内"),
        (("community", "1"), "community", "区划代码是 12 位数字"),
        (("phone", "1"), "phone", ""),
        (("birth_date", "1960-02-04"), "birth_date", "不一致"),
        (("guardian", "无此人"), "guardian", "请先登记监护人"),
        (("groups", "none"), "groups", "没有这个人群"),
        (("document.kind", "newborn"), "document.number", ""),
        (("code", "13912345678"), "code", "请另编代码"),
    ];
    for (change, place, says) in wrong {
        let answer = send(change).await;
        assert!(answer.status.is_client_error(), "{change:?} {answer:?}");
        contains(&answer, &[&number, &format!("href=\"#f-{place}\""), says]);
        assert!(answer.text.contains("测试甲") || place == "name");
    }
    assert!(to(&send(("phone", "13912345678")).await).contains("done=registered"));
    let again = send(("phone", "13912345678")).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    contains(&again, &["这个证件已经登记过", "测试甲"]);
}

async fn a_child_is_registered_with_a_guardian_found_by_number(server: &Server) {
    let nurse = nurse(server).await;
    register(server, &nurse, person("generated-1", "测试甲", "19900203", 12)).await;
    let child = number("20200203", 13);
    let mut sent = fields(&child, "测试小");
    let alone = server.submit(&nurse, "/residents/new", &sent).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&alone, &["未满 14 岁", "<details open>"]);
    let guardian = number("19900203", 12);
    sent.push(("guardian", &guardian));
    let added = server.submit(&nurse, "/residents/new", &sent).await;
    let shown = server.page(&nurse, to(&added)).await;
    contains(&shown, &["监护人", "generated-1"]);
    let baby = [
        ("document.kind", "newborn"),
        ("name", "测试新生儿"),
        ("community", COMMUNITY),
        ("birth_date", "2026-09-20"),
        ("guardian", "13910000012"),
    ];
    let added = server.submit(&nurse, "/residents/new", &baby).await;
    contains(&server.page(&nurse, to(&added)).await, &["出生医学证明", "2026年9月20日"]);
}

async fn a_change_meanwhile_is_told_before_it_is_overwritten(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let path = format!("/residents/{id}/change");
    let form = server.page(&nurse, &path).await;
    let tag = hidden(&form, "tag").replace("&quot;", "\"");
    let send = async |tag: &str, phone: &str| {
        let fields =
            [("tag", tag), ("community", COMMUNITY), ("from", "2026-09-21"), ("phone", phone)];
        server.submit(&nurse, &path, &fields).await
    };
    let wrong = send(&tag, "12").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&wrong, &["value=\"12\""]);
    assert_eq!(to(&send(&tag, "13911111111").await), format!("/residents/{id}?done=changed"));
    let late = send(&tag, "13922222222").await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    contains(&late, &["资料刚被他人修改", "139****1111", "value=\"13922222222\""]);
    let now = hidden(&late, "tag").replace("&quot;", "\"");
    assert_ne!(now, tag);
    to(&send(&now, "13922222222").await);
    contains(&server.page(&nurse, &format!("/residents/{id}")).await, &["139****2222"]);
}

async fn who_moves_lived_elsewhere_until_the_day_before(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let path = format!("/residents/{id}/change");
    let form = server.page(&nurse, &path).await;
    let tag = hidden(&form, "tag").replace("&quot;", "\"");
    let moved = "510403001002";
    let fields = [
        ("tag", tag.as_str()),
        ("community", moved),
        ("from", "2026-09-01"),
        ("groups_shown", "yes"),
        ("groups", "hypertension"),
    ];
    to(&server.submit(&nurse, &path, &fields).await);
    let known = server.get(&nurse, &format!("/api/v1/residents/{id}")).await.json();
    assert_eq!(
        known["communities"],
        json!([
            {"value": COMMUNITY, "from": "2020-01-01", "to": "2026-08-31"},
            {"value": moved, "from": "2026-09-01", "to": null},
        ])
    );
    let group = json!([{"value": "hypertension", "from": "2026-09-01", "to": null}]);
    assert_eq!(known["groups"], group);
    assert_eq!(
        (&known["birth_date"], &known["phone"]),
        (&json!("1960-02-03"), &json!("139****0012"))
    );
}

async fn names_are_seen_whole_after_a_reason(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let path = format!("/residents/{id}/reveal");
    let none = server.submit(&nurse, &path, &[("fields", "name")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&none, &["请写明理由", "value=\"name\" checked"]);
    assert!(!none.text.contains("测试甲"));
    let sent = [("fields", "name"), ("fields", "document"), ("reason", "与本人核对")];
    let whole = server.submit(&nurse, &path, &sent).await;
    contains(&whole, &["测试甲", &number("19600203", 12), "已记入操作日志"]);
    assert!(!whole.text.contains("13910000012"), "not asked for");
}

async fn a_request_for_correction_is_seen_and_answered(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let other = register(server, &nurse, person("generated-2", "测试乙", "19610203", 14)).await;
    let resident = server.as_resident(id.parse().unwrap()).await;
    let asked = json!({"field": "phone", "text": format!("换号了{SCRIPT}")});
    let kept = server.send(&resident, "POST", "/api/v1/me/corrections", Some(asked)).await;
    let correction = kept.json()["id"].as_str().unwrap().to_owned();
    let shown = server.page(&nurse, &format!("/residents/{id}")).await;
    contains(&shown, &["居民申请更正电话", "换号了&lt;script&gt;"]);
    let not_theirs = server.page(&nurse, &format!("/residents/{other}")).await;
    assert!(!not_theirs.text.contains("居民申请更正"), "somebody else's");
    contains(&server.page(&nurse, "/corrections").await, &["换号了&lt;script&gt;", "不予更正"]);
    let path = format!("/corrections/{correction}");
    let empty = server.submit(&nurse, &path, &[("accept", "yes")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&empty, &["请填写，不超过 1000 字"]);
    let answer = [("accept", "yes"), ("answer", "已更正")];
    let done = server.submit(&nurse, &path, &answer).await;
    assert_eq!(to(&done), format!("/residents/{id}?done=decided"));
    contains(&server.page(&nurse, "/corrections").await, &["没有等待处理的申请"]);
    assert_eq!(server.submit(&nurse, &path, &answer).await.status, StatusCode::CONFLICT);
}

async fn a_code_on_paper_lets_a_resident_in(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let slip = server.submit(&clerk, &format!("/residents/{id}/sign-in-code"), &[]).await;
    contains(&slip, &["分钟内有效", "/sign-in/resident", "data-print", "测**"]);
    let (_, code) = slip.text.split_once("class=\"code\">").unwrap();
    let code: String =
        code.chars().take_while(|one| *one != '<').filter(|one| *one != ' ').collect();
    let shown = json!({"code": code});
    let nobody = Caller::default();
    let entered = server.send(&nobody, "POST", "/api/v1/sign-in/resident", Some(shown)).await;
    assert_eq!(entered.status, StatusCode::OK, "{entered:?}");
}

/// Somebody with records, of which one did not count and one waits.
async fn with_records(server: &Server) -> (HolderId, Caller) {
    server.publish().await;
    let resident = server.villager("generated-1").await;
    let nurse = nurse(server).await;
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
        row("M1", "selfmonitoring.verified", "2026-06-15"),
    ]);
    let answer = server.upload(&nurse, rows).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    (resident, nurse)
}

async fn a_statement_says_why_and_leads_to_the_article(server: &Server) {
    let (resident, nurse) = with_records(server).await;
    let person = server.page(&nurse, &format!("/residents/{resident}")).await;
    contains(&person, &["总积分", "130", "可兑换", "最近的服务", "全部记录", "参加健康教育讲座"]);
    let latest = person.text.find("2026年9月15日").unwrap();
    assert!(latest < person.text.find("2026年3月2日").unwrap(), "the newest first");
    let statement = server.page(&nurse, &format!("/residents/{resident}/statement")).await;
    contains(
        &statement,
        &[
            "可兑换",
            "本月“参加健康教育讲座”积分已达上限（2次/月，依据附件1·参加健康教育讲座）",
            "10月1日起可再次获得",
            "href=\"/rules/panzhihua-xiqu#award-lecture\"",
            "附件1·老年人健康管理",
            "等待家庭医生确认",
            "接下来可以得分",
        ],
    );
    let paper = server.page(&nurse, &format!("/residents/{resident}/paper")).await;
    contains(&paper, &["class=\"paper\"", "总积分 <strong>130</strong>", "二维码", "没有计分的"]);
    let none = server.page(&nurse, &format!("/residents/{resident}/paper?scheme=none")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

async fn whoever_need_not_know_reads_of_no_illness(server: &Server) {
    let (resident, nurse) = with_records(server).await;
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let manager = server.staff("manager", &[("manager", "510403")]).await;
    let pages = ["", "/statement", "/paper"].map(|rest| format!("/residents/{resident}{rest}"));
    for caller in [&clerk, &manager] {
        for path in pages.iter().map(String::as_str).chain(["/residents"]) {
            let page = server.page(caller, path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            for secret in SECRETS {
                assert!(!page.text.contains(secret), "{path} says {secret}: {}", page.text);
            }
        }
    }
    let whole = server.page(&nurse, &pages[1]).await;
    assert!(SECRETS.iter().any(|secret| whole.text.contains(secret)));
    let told = server.page(&clerk, &pages[1]).await;
    contains(&told, &["明细只给本人、监护人和当班工作人员看"]);
}

async fn what_was_typed_is_never_a_script(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let all = [
        "q",
        "kind",
        "document.number",
        "document.kind",
        "name",
        "phone",
        "community",
        "birth_date",
        "sex",
        "guardian",
        "reason",
        "code",
        "groups",
        "from",
        "answer",
        "fields",
        "tag",
        "area",
    ];
    let every: Vec<(&str, &str)> = all.iter().map(|name| (*name, SCRIPT)).collect();
    let forms = [
        "/residents/search".to_owned(),
        "/residents/new".to_owned(),
        format!("/residents/{id}/change"),
        format!("/residents/{id}/reveal"),
    ];
    for path in &forms {
        let answer = server.submit(&nurse, path, &every).await;
        assert!(!answer.text.contains(SCRIPT), "{path}: {}", answer.text);
        // One field at a time, the others as they should be.
        let number = number("19600203", 14);
        for name in all {
            let good = [
                ("document.kind", "resident-card"),
                ("document.number", number.as_str()),
                ("name", "测试"),
                ("community", COMMUNITY),
                ("from", "2026-09-21"),
                ("q", "测试"),
                ("reason", "核对"),
                ("fields", "name"),
            ];
            let mut fields = good.to_vec();
            fields.retain(|(field, _)| *field != name);
            fields.push((name, SCRIPT));
            let answer = server.submit(&nurse, path, &fields).await;
            assert!(!answer.text.contains(SCRIPT), "{path} {name}: {}", answer.text);
            assert!(!answer.status.is_server_error(), "{path} {name}");
        }
    }
    let area = server.page(&nurse, "/residents?area=%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(!area.text.contains(SCRIPT) && area.status == StatusCode::UNPROCESSABLE_ENTITY);
}
