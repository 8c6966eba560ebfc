//! The pages on which services are recorded, read, corrected and declared void.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use kangji_core::ids::HolderId;
use kangji_store::ResidentFact;
use serde_json::json;

use crate::{
    support::{Answer, COMMUNITY, Caller, ELSEWHERE, Server, on_both},
    town::{ALWAYS, SECRETS, person, record},
};

on_both! {
    every_page_asks_for_its_right;
    what_a_person_needs_stands_first;
    a_form_is_what_its_kind_declares;
    what_was_typed_wrong_is_shown_again;
    what_is_unusual_is_asked_once_more;
    what_was_saved_says_what_it_brought;
    a_button_pressed_twice_saves_once;
    a_third_lecture_says_when_it_counts_again;
    a_correction_shows_before_and_after;
    a_correction_of_what_somebody_else_changed_is_not_saved;
    what_a_form_has_no_field_for_survives_a_correction;
    what_is_void_takes_its_points_back;
    records_are_found_by_kind_and_day;
    no_page_names_an_illness_to_who_need_not_know;
    nothing_is_saved_without_the_pages_token;
}

/// A nurse with a code of her own, and a woman of 76 with high blood pressure.
async fn town(server: &Server) -> (Caller, HolderId) {
    server.publish().await;
    let groups = vec![("hypertension".to_owned(), ALWAYS)];
    let patient = ResidentFact { groups, ..person("generated-1", COMMUNITY, 1950) };
    let id = server.resident_with(patient).await;
    (server.worker("nurse", "generated-nurse", &[("nurse", "510403")]).await, id)
}

fn new(resident: HolderId, kind: &str) -> String {
    format!("/residents/{resident}/records/new/{kind}")
}

const VISIT: [(&str, &str); 4] = [
    ("date", "2026-09-01"),
    ("attributes.systolic", "128"),
    ("attributes.diastolic", "82"),
    ("attributes.controlled", "true"),
];

/// The same fields with one of them otherwise.
fn with<'a>(
    fields: &[(&'a str, &'a str)],
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<_> = fields.iter().copied().filter(|(known, _)| *known != name).collect();
    fields.push((name, value));
    fields
}

/// The id of the record that a page leads to.
fn record_of(answer: &Answer) -> String {
    let rest = answer.text.split("/records/").filter_map(|rest| rest.get(..36));
    let mut ids = rest.filter(|id| id.parse::<HolderId>().is_ok());
    ids.next().unwrap_or_else(|| panic!("no record: {}", answer.text)).to_owned()
}

async fn lectures(server: &Server, nurse: &Caller, days: &[&str]) -> Vec<String> {
    let row = |day: &&str| record(&format!("L-{day}"), "generated-1", "lecture.attended", day);
    let rows: Vec<_> = days.iter().map(row).collect();
    let written = server.upload(nurse, json!(rows)).await.json();
    let items = written["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn every_page_asks_for_its_right(server: &Server) {
    let (nurse, id) = town(server).await;
    let record = lectures(server, &nurse, &["2026-09-01"]).await.remove(0);
    let cadre = server.staff("cadre", &[("cadre", "510403")]).await;
    let manager = server.staff("manager", &[("manager", "510403")]).await;
    let far = server.staff("far", &[("nurse", "440300")]).await;
    let reading = [format!("/residents/{id}/records"), format!("/records/{record}")];
    let writing = [
        format!("/residents/{id}/records/new"),
        new(id, "lecture.attended"),
        format!("/records/{record}/correct"),
        format!("/records/{record}/void"),
    ];
    for path in reading.iter().chain(&writing) {
        let nobody = server.page(&Caller::default(), path).await;
        assert_eq!(nobody.status, StatusCode::SEE_OTHER, "{path}");
        let to = nobody.headers[header::LOCATION].to_str().unwrap();
        assert!(to.starts_with("/sign-in?to=%2F"), "{to}");
        assert_eq!(server.page(&cadre, path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(server.page(&far, path).await.status, StatusCode::NOT_FOUND, "{path}");
        let right = server.page(&nurse, path).await;
        assert_eq!(right.status, StatusCode::OK, "{path}: {right:?}");
        assert!(right.text.contains("generated-1") && right.text.contains("76 岁"), "{path}");
        let reads = reading.contains(path);
        let status = if reads { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(server.page(&manager, path).await.status, status, "{path}");
    }
    for path in &writing[1..] {
        let fields = [("date", "2026-09-01"), ("reason", "重复"), ("version", "1")];
        let nobody = server.submit(&Caller::default(), path, &fields).await;
        assert!(nobody.status.is_client_error(), "{path}: {nobody:?}");
        assert_eq!(server.submit(&cadre, path, &fields).await.status, StatusCode::FORBIDDEN);
        assert_eq!(server.submit(&far, path, &fields).await.status, StatusCode::NOT_FOUND);
    }
    for missing in [new(id, "sleeping"), format!("/records/{}", "0".repeat(32))] {
        assert_eq!(server.page(&nurse, &missing).await.status, StatusCode::NOT_FOUND);
    }
}

async fn what_a_person_needs_stands_first(server: &Server) {
    let (nurse, id) = town(server).await;
    let page = server.page(&nurse, &format!("/residents/{id}/records/new")).await;
    let first = |text: &str| {
        let first = text.split("先看这些").nth(1).unwrap().split("<h2>").next().unwrap();
        first.matches("records/new/").count()
    };
    // Follow-up and check-up of the illness, two check-ups of her age, her own measurements.
    assert_eq!(first(&page.text), 5, "{page:?}");
    for heading in ["随访", "体检与筛查", "孕产妇、儿童与接种", "档案、签约与门诊"]
    {
        assert!(page.text.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    let saved =
        server.submit(&nurse, &new(id, "lecture.attended"), &[("date", "2026-09-01")]).await;
    let cookie = saved.cookie().split(';').next().unwrap();
    assert_eq!(cookie, "kinds=lecture.attended");
    let both = format!("{}; {cookie}", nurse.cookie.clone().unwrap());
    let again = Caller { cookie: Some(both), ..nurse.clone() };
    let page = server.page(&again, &format!("/residents/{id}/records/new")).await;
    assert_eq!(first(&page.text), 6, "what was recorded last is added");
}

async fn a_form_is_what_its_kind_declares(server: &Server) {
    let (nurse, id) = town(server).await;
    server.submit(&nurse, &new(id, "hypertension.followup"), &VISIT).await;
    let page = server.page(&nurse, &new(id, "hypertension.followup")).await;
    for part in [
        "name=\"attributes.systolic\" type=\"text\" inputmode=\"decimal\" autocomplete=\"off\" \
        required",
        "data-low=\"90\" data-high=\"179\"",
        "毫米汞柱",
        "上次 128（2026-09-01）",
        "上次 是（2026-09-01）",
        "name=\"attributes.controlled\" value=\"true\" required",
        "体重<span class=\"optional\">（可不填）</span>",
        "name=\"date\" type=\"date\" value=\"2026-09-21\"",
        "name=\"worker\" type=\"text\" value=\"generated-nurse\"",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let visit = server.page(&nurse, &new(id, "maternal.visit")).await;
    assert!(visit.text.contains("<option value=\"w12\">孕12周</option>"), "{visit:?}");
    assert!(visit.text.contains("资料齐全"), "complete says what it means for the kind");
    let report = server.page(&nurse, &new(id, "diabetes.found")).await;
    assert!(!report.text.contains("generated-nurse"), "points are for who reported: {report:?}");
    let clinic = server.staff_of("clinic", "nurse", "510403", "clinic-1").await;
    let page = server.page(&clinic, &new(id, "lecture.attended")).await;
    assert!(page.text.contains("name=\"org\" type=\"text\" value=\"clinic-1\""), "{page:?}");
}

async fn what_was_typed_wrong_is_shown_again(server: &Server) {
    let (nurse, id) = town(server).await;
    let path = new(id, "hypertension.followup");
    let script = "<script>alert(1)</script>";
    let cases = [
        ("attributes.diastolic", "", "请填写“舒张压”"),
        ("attributes.systolic", "301", "收缩压 301 毫米汞柱不可能出现，应在 40～300 之间"),
        ("attributes.systolic", script, "不是数字"),
        ("attributes.controlled", script, "要写 true 或 false"),
        ("date", "2026-09-22", "服务日期不能晚于今天"),
        ("date", "", "请填写这一项"),
        ("worker", "510403195002031234", "看起来是身份证号码"),
    ];
    for (name, value, says) in cases {
        let fields = with(&with(&VISIT, name, value), "org", "<b>clinic</b>");
        let answer = server.submit(&nurse, &path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {answer:?}");
        assert!(answer.text.contains(says), "{says}: {}", answer.text);
        let place = format!("href=\"#f-{name}\"");
        assert!(answer.text.contains(&place), "{place}: {}", answer.text);
        assert!(answer.text.contains("&lt;b&gt;clinic") && !answer.text.contains("<b>clinic"));
        assert!(!answer.text.contains("<script>"), "{answer:?}");
    }
    let stage =
        [("date", "2026-09-01"), ("attributes.stage", "w99"), ("attributes.complete", "true")];
    let answer = server.submit(&nurse, &new(id, "maternal.visit"), &stage).await;
    assert!(answer.text.contains("请从列出的选项里选一个"), "{answer:?}");
    let clinic = server.staff_of("clinic", "nurse", "510403", "clinic-1").await;
    let answer = server.submit(&clinic, &path, &with(&VISIT, "org", "clinic-2")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    assert!(answer.text.contains("value=\"clinic-2\"") && answer.text.contains("只能登记本机构"));
    let list = server.get(&nurse, "/api/v1/records").await;
    assert_eq!(list.json()["items"], json!([]), "nothing was saved");
}

async fn what_is_unusual_is_asked_once_more(server: &Server) {
    let (nurse, id) = town(server).await;
    let path = new(id, "hypertension.followup");
    // Digits as a Chinese keyboard may send them.
    let high = with(&VISIT, "attributes.systolic", "２６０");
    let asked = server.submit(&nurse, &path, &high).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{asked:?}");
    let says = "收缩压 260 不在常见范围（90～179 毫米汞柱），请核对后再次保存。";
    assert!(asked.text.contains(says), "{}", asked.text);
    assert!(asked.text.contains("value=\"systolic=260\""), "{}", asked.text);
    let other = with(&high, "attributes.systolic", "261");
    let again = server.submit(&nurse, &path, &with(&other, "sure", "systolic=260")).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "the tick was for another value");
    let saved = server.submit(&nurse, &path, &with(&high, "sure", "systolic=260")).await;
    assert_eq!(saved.status, StatusCode::OK, "{saved:?}");
    let stored = server.get(&nurse, "/api/v1/records").await.json();
    assert_eq!(stored["items"].as_array().unwrap().len(), 1);
    assert_eq!(stored["items"][0]["attributes"]["systolic"], "260");
}

async fn what_was_saved_says_what_it_brought(server: &Server) {
    let (nurse, id) = town(server).await;
    let path = new(id, "hypertension.followup");
    let saved = server.submit(&nurse, &path, &VISIT).await;
    assert_eq!(saved.status, StatusCode::OK, "{saved:?}");
    for part in [
        "高血压随访已登记，得 10 分",
        "已计分",
        "href=\"/rules/panzhihua-xiqu#award-chronic-followup\"",
        "接下来可以得分",
        "再登记一项",
        "href=\"/residents\"",
    ] {
        assert!(saved.text.contains(part), "{part}: {}", saved.text);
    }
    let stored = server.get(&nurse, "/api/v1/records").await.json();
    let record = &stored["items"][0];
    assert_eq!((&record["worker"], &record["kind"]), (&json!(""), &json!("hypertension.followup")));
    let one = server.page(&nurse, &format!("/records/{}", record_of(&saved))).await;
    for part in ["高血压随访", "128 毫米汞柱", "已计分", "award-chronic-followup", "/correct"]
    {
        assert!(one.text.contains(part), "{part}: {}", one.text);
    }
}

async fn a_button_pressed_twice_saves_once(server: &Server) {
    let (nurse, id) = town(server).await;
    let csrf = nurse.csrf.clone().unwrap();
    let press = async |day: &str| {
        let text = format!("csrf={csrf}&key=of-the-page&date={day}");
        let request = Request::post(new(id, "lecture.attended"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(text));
        server.raw(&nurse, request.unwrap()).await
    };
    let (first, second) = (press("2026-09-01").await, press("2026-09-01").await);
    assert_eq!(record_of(&first), record_of(&second));
    let another = press("2026-09-02").await;
    assert_ne!(record_of(&first), record_of(&another), "a changed form is another service");
    let list = server.get(&nurse, "/api/v1/records").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
}

async fn a_third_lecture_says_when_it_counts_again(server: &Server) {
    let (nurse, id) = town(server).await;
    lectures(server, &nurse, &["2026-09-01", "2026-09-08"]).await;
    let saved =
        server.submit(&nurse, &new(id, "lecture.attended"), &[("date", "2026-09-15")]).await;
    assert!(
        saved.text.contains("这次不计分") && saved.text.contains("10月1日起可再次获得"),
        "{saved:?}"
    );
}

async fn a_correction_shows_before_and_after(server: &Server) {
    let (nurse, id) = town(server).await;
    let saved = server.submit(&nurse, &new(id, "hypertension.followup"), &VISIT).await;
    let path = format!("/records/{}/correct", record_of(&saved));
    let page = server.page(&nurse, &path).await;
    assert!(page.text.contains("name=\"attributes.systolic\" type=\"text\" value=\"128\""));
    let right = with(&with(&VISIT, "date", "2025-01-05"), "version", "1");
    let without = server.submit(&nurse, &path, &right).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY, "{without:?}");
    assert!(without.text.contains("请写明原因") && without.text.contains("value=\"2025-01-05\""));
    let wild = with(&with(&right, "reason", "抄错"), "attributes.diastolic", "500");
    let wild = server.submit(&nurse, &path, &wild).await;
    assert!(wild.text.contains("href=\"#f-attributes.diastolic\""), "{wild:?}");
    let high = with(&with(&right, "reason", "抄错"), "attributes.diastolic", "130");
    let asked = server.submit(&nurse, &path, &high).await;
    assert!(asked.text.contains("value=\"diastolic=130\""), "{asked:?}");
    let done = server.submit(&nurse, &path, &with(&right, "reason", "日期抄错")).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let changed = done.text.split("变了的积分").nth(1).unwrap();
    assert!(
        changed.contains("data-name=\"原来\">10<") && changed.contains("data-name=\"现在\">0<"),
        "{done:?}"
    );
    let one = server.page(&nurse, path.trim_end_matches("/correct")).await;
    assert!(one.text.contains("第 2 版"), "{one:?}");
}

async fn a_correction_of_what_somebody_else_changed_is_not_saved(server: &Server) {
    let (nurse, id) = town(server).await;
    let saved = server.submit(&nurse, &new(id, "hypertension.followup"), &VISIT).await;
    let path = format!("/records/{}/correct", record_of(&saved));
    let first = with(&with(&VISIT, "version", "1"), "reason", "更正");
    let first = with(&first, "attributes.systolic", "130");
    assert_eq!(server.submit(&nurse, &path, &first).await.status, StatusCode::OK);
    let second = with(&first, "attributes.systolic", "131");
    let refused = server.submit(&nurse, &path, &second).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{refused:?}");
    assert!(refused.text.contains("value=\"131\"") && refused.text.contains("重新读取这条记录"));
}

async fn what_a_form_has_no_field_for_survives_a_correction(server: &Server) {
    let (nurse, _) = town(server).await;
    let mut row = record("X1", "generated-1", "lecture.attended", "2026-07-15");
    row["attributes"] = json!({"hours": "1.5", "improved": false});
    let id = server.uploaded(&nurse, row).await;
    let path = format!("/records/{id}/correct");
    let page = server.page(&nurse, &path).await;
    assert!(page.text.contains("时长 1.5") && page.text.contains("明显改善 否"), "{page:?}");
    let fields = [("date", "2026-07-16"), ("version", "1"), ("reason", "日期")];
    assert_eq!(server.submit(&nurse, &path, &fields).await.status, StatusCode::OK);
    let stored = server.get(&nurse, &format!("/api/v1/records/{id}")).await.json();
    assert_eq!(stored["date"], "2026-07-16");
    assert_eq!(stored["attributes"], json!({"hours": "1.5", "improved": false}));
}

async fn what_is_void_takes_its_points_back(server: &Server) {
    let (nurse, _) = town(server).await;
    let days = ["2026-09-01", "2026-09-08", "2026-09-15"];
    let first = lectures(server, &nurse, &days).await.remove(0);
    let path = format!("/records/{first}/void");
    assert!(server.page(&nurse, &path).await.text.contains("作废后不能恢复"));
    let without = server.submit(&nurse, &path, &[("reason", "  ")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY, "{without:?}");
    let done = server.submit(&nurse, &path, &[("reason", "<i>重复</i>")]).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    // The third lecture takes the place that came free.
    let text = &done.text;
    assert!(
        text.contains("data-name=\"原来\">5<") && text.contains("data-name=\"现在\">5<"),
        "{text}"
    );
    assert!(text.contains("已作废"), "{text}");
    let again = server.page(&nurse, &path).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{again:?}");
    let one = server.page(&nurse, &format!("/records/{first}")).await;
    assert!(one.text.contains("已作废") && !one.text.contains("/void\""), "{one:?}");
}

async fn records_are_found_by_kind_and_day(server: &Server) {
    let (nurse, id) = town(server).await;
    let path = format!("/residents/{id}/records");
    let empty = server.page(&nurse, &path).await;
    assert!(empty.text.contains("还没有记录") && empty.text.contains("登记服务"), "{empty:?}");
    let days: Vec<String> =
        (0..53).map(|day| format!("2026-0{}-{:02}", day / 28 + 7, day % 28 + 1)).collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    lectures(server, &nurse, &days).await;
    server.submit(&nurse, &new(id, "hypertension.followup"), &VISIT).await;
    let page = server.page(&nurse, &path).await;
    let rows = |answer: &Answer| answer.text.matches("data-name=\"日期\"").count();
    assert_eq!(rows(&page), 50);
    let (first, last) = (page.text.find("2026-09-01"), page.text.find("2026-07-28"));
    assert!(first < last, "the latest first");
    assert!(page.text.contains("收缩压 128 毫米汞柱，舒张压 82 毫米汞柱"), "{page:?}");
    let next = page.text.split("下一页").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    assert_eq!(rows(&server.page(&nurse, &next).await), 4);
    let some = format!("{path}?kind=lecture.attended&from=2026-07-05&to=2026-07-06");
    assert_eq!(rows(&server.page(&nurse, &some).await), 2);
    let none = server.page(&nurse, &format!("{path}?kind=tb.completed&from=&to=")).await;
    assert!(none.text.contains("没有符合条件的记录"), "{none:?}");
    let wrong = server.page(&nurse, &format!("{path}?from=%3Cscript%3E")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("href=\"#f-from\"") && !wrong.text.contains("<script>"),
        "{wrong:?}"
    );
}

async fn no_page_names_an_illness_to_who_need_not_know(server: &Server) {
    let (nurse, _) = town(server).await;
    let ill = server.resident_with(person("generated-2", COMMUNITY, 1960)).await;
    let far = server.resident_with(person("generated-far", ELSEWHERE, 1960)).await;
    let visit = record("S1", "generated-2", "smi.followup", "2026-07-15");
    let id = server.uploaded(&nurse, visit).await;
    let manager = server.staff("manager", &[("manager", "510403")]).await;
    for path in [format!("/residents/{ill}/records"), format!("/records/{id}")] {
        assert!(server.page(&nurse, &path).await.text.contains("严重精神障碍随访"));
        let hidden = server.page(&manager, &path).await;
        assert_eq!(hidden.status, StatusCode::OK);
        // The filter offers every kind there is; what was recorded is beneath it.
        let shown = hidden.text.rsplit("</form>").next().unwrap();
        assert!(!SECRETS.iter().any(|word| shown.contains(word)), "{path}: {shown}");
        assert!(shown.contains("涉及病情的服务"), "{path}: {shown}");
    }
    let path = format!("/residents/{far}/records/new");
    assert_eq!(server.page(&nurse, &path).await.status, StatusCode::NOT_FOUND);
}

async fn nothing_is_saved_without_the_pages_token(server: &Server) {
    let (nurse, id) = town(server).await;
    let record = lectures(server, &nurse, &["2026-09-01"]).await.remove(0);
    let stranger = Caller { csrf: None, ..nurse.clone() };
    let fields = [("date", "2026-09-02"), ("reason", "重复"), ("version", "1")];
    for path in [
        new(id, "lecture.attended"),
        format!("/records/{record}/correct"),
        format!("/records/{record}/void"),
    ] {
        let answer = server.submit(&stranger, &path, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {answer:?}");
    }
    let list = server.get(&nurse, "/api/v1/records").await.json();
    assert_eq!(
        (list["items"].as_array().unwrap().len(), &list["items"][0]["version"]),
        (1, &json!(1))
    );
}
