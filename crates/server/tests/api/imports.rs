//! `/api/v1/imports`: files as grass-roots staff have them, judged row by row, done when they say so.

use std::io::{Cursor, Write};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use kangji_server::tasks::attend::attend_all;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    residents::{number, nurse},
    support::{Answer, COMMUNITY, Caller, ELSEWHERE, Server, on_both},
};

on_both! {
    a_dirty_gbk_file_is_imported_and_what_is_wrong_comes_back;
    a_dirty_workbook_is_imported_and_what_is_wrong_comes_back;
    records_are_imported_by_document_and_by_kind_in_words;
    groups_take_the_right_to_know_of_illnesses;
    the_other_tables_are_imported_and_again_change_nothing;
    a_resident_is_changed_and_not_doubled;
    a_long_import_is_stopped_and_goes_on;
    what_is_no_file_of_the_kind_is_refused_with_a_reason;
    nobody_imports_what_they_may_not_or_sees_that_of_others;
    the_pages_work_without_script;
}

/// Addresses whose rights depend on the table: tested here.
pub(crate) const TESTED: [(&str, &str); 4] = [
    ("post", "/api/v1/imports"),
    ("get", "/api/v1/imports/{id}"),
    ("post", "/api/v1/imports/{id}/apply"),
    ("get", "/api/v1/imports/{id}/refused"),
];

/// Pages of what one uploaded oneself, and files: tested here.
pub(crate) const PAGES: [(&str, &str); 4] = [
    ("GET", "/imports/{id}"),
    ("POST", "/imports/{id}"),
    ("GET", "/imports/{id}/refused"),
    ("GET", "/imports/template/{name}"),
];

async fn upload(server: &Server, who: &Caller, table: &str, file: impl Into<Vec<u8>>) -> Answer {
    let file = file.into();
    static KEY: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let key = KEY.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let request = Request::post(format!("/api/v1/imports?table={table}"))
        .header("idempotency-key", format!("import-{key}"))
        .header(header::CONTENT_TYPE, "application/octet-stream");
    server.raw(who, request.body(Body::from(file)).unwrap()).await
}

/// Does all that waits.
async fn attend(server: &Server) {
    let app = server.app.clone();
    tokio::task::spawn_blocking(move || attend_all(&app).unwrap()).await.unwrap();
}

/// The preview of a file.
async fn previewed(server: &Server, who: &Caller, table: &str, file: impl Into<Vec<u8>>) -> Value {
    let asked = upload(server, who, table, file).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{asked:?}");
    attend(server).await;
    shown(server, who, asked.json()["id"].as_str().unwrap(), "").await
}

async fn shown(server: &Server, who: &Caller, id: &str, query: &str) -> Value {
    let shown = server.get(who, &format!("/api/v1/imports/{id}?limit=200{query}")).await;
    assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
    shown.json()
}

/// Does what a preview says.
async fn applied(server: &Server, who: &Caller, preview: &Value) -> Value {
    let path = format!("/api/v1/imports/{}/apply", preview["task"]["id"].as_str().unwrap());
    let asked = server.send(who, "POST", &path, None).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{asked:?}");
    attend(server).await;
    shown(server, who, asked.json()["id"].as_str().unwrap(), "").await
}

fn counts(new: u64, changed: u64, same: u64, refused: u64) -> Value {
    json!({"new": new, "changed": changed, "same": same, "refused": refused})
}

/// What is said of a line.
fn said(shown: &Value, line: u64) -> String {
    let items = shown["items"].as_array().unwrap();
    let row = items.iter().find(|row| row["line"] == line).unwrap_or(&Value::Null);
    format!("{} {}", row["fate"].as_str().unwrap_or("-"), row["says"].as_str().unwrap_or("-"))
}

async fn refused_file(server: &Server, who: &Caller, shown: &Value) -> Vec<u8> {
    let path = format!("/api/v1/imports/{}/refused", shown["task"]["id"].as_str().unwrap());
    let response = server.response(who, Request::get(path).body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
}

/// How many residents somebody reaches.
async fn people(server: &Server, who: &Caller) -> usize {
    let found = server.get(who, "/api/v1/residents?limit=200").await.json();
    found["items"].as_array().unwrap().len()
}

/// A sheet that a village kept by hand: a title above the header, every usual way of writing a
/// date, and everything that goes wrong with one.
fn by_hand() -> String {
    let id = |sequence| number("19600203", sequence);
    let wide: String =
        id(101).chars().map(|one| char::from_u32(u32::from(one) + 0xFEE0).unwrap()).collect();
    let rounded = format!("{}000", &id(105)[..15]);
    let rows = [
        "生成的村居民登记表,,,,,,,".to_owned(),
        "姓名*,身份证号,联系电话,出生日期,性别,社区,入住日期,备注".to_owned(),
        format!("测试甲,{wide},１３９００００００１１,1960年2月3日,男,{COMMUNITY},2020年1月1日,好"),
        format!("测试乙,'{},139-0000-0012,1960.2.3,,{COMMUNITY},2020/1/1,", id(103)),
        format!("测试丙,\"=\"\"{}\"\"\",,21949,,{COMMUNITY},2020.1.1,", id(104)),
        format!("测试丁,5.10403E+17,,,,{COMMUNITY},,"),
        format!("测试戊,{rounded},,,,{COMMUNITY},,"),
        format!("测试己,{},,,,{ELSEWHERE},,", id(106)),
        format!("测试庚,{},,1960-02-30,,{COMMUNITY},,", id(107)),
        format!("测试辛,{},,1961-01-01,,{COMMUNITY},,", id(108)),
        format!("测试甲,{},,,,{COMMUNITY},,", id(101)),
        format!("=HYPERLINK(1),{},,,,{COMMUNITY},,", id(109)),
        format!("测试壬,{},12345,,,51040,明天,", id(110)),
        ",,,,,,,".to_owned(),
        format!("测试癸,{},,,,,,", id(111)),
        format!("测试子,{},,,未知,{COMMUNITY},,,多出来的", id(112)),
    ];
    rows.join("\r\n") + "\r\n"
}

async fn a_dirty_gbk_file_is_imported_and_what_is_wrong_comes_back(server: &Server) {
    let nurse = nurse(server).await;
    let text = by_hand();
    let (gbk, _, lossy) = encoding_rs::GB18030.encode(&text);
    let gbk = gbk.into_owned();
    assert!(!lossy);
    let preview = previewed(server, &nurse, "residents", gbk.clone()).await;
    assert_eq!(preview["counts"], counts(3, 0, 0, 10), "{preview:#}");
    assert_eq!(preview["unknown"], json!(["备注"]));
    for (line, says) in [
        (6, "末尾的数字已经丢失"),
        (7, "末尾的数字已经丢失"),
        (8, "不在您可以登记的范围内"),
        (9, "日历上没有这一天"),
        (10, "与证件号码中的出生日期不一致"),
        (11, "与第 3 行说的是同一件事"),
        (13, "区划代码"),
        (15, "「区划代码」没有填写"),
        (16, "格数多于列数"),
    ] {
        assert!(said(&preview, line).contains(says), "{line}: {}", said(&preview, line));
    }
    assert!(said(&preview, 13).contains("日期写法不对"), "every fault at once");
    assert_eq!(people(server, &nurse).await, 0, "a preview changes nothing");
    let text = preview.to_string();
    assert!(text.contains("测*") && !text.contains(&number("19600203", 101)), "{text}");

    let done = applied(server, &nurse, &preview).await;
    assert_eq!(done["counts"], counts(3, 0, 0, 10), "{done:#}");
    assert_eq!(people(server, &nurse).await, 3);
    let body = json!({"document": {"kind": "resident-card", "number": number("19600203", 104)}});
    let found = server.send(&nurse, "POST", "/api/v1/residents/search", Some(body)).await.json();
    assert_eq!(found[0]["communities"][0]["from"], "2020-01-01", "{found}");
    assert_eq!(found[0]["birth_date"], "1960-02-03");

    // The same file once more, and what came back, change nothing.
    let again = previewed(server, &nurse, "residents", gbk).await;
    assert_eq!(again["counts"], counts(0, 0, 3, 10));
    let again = applied(server, &nurse, &again).await;
    assert_eq!((&again["counts"], people(server, &nurse).await), (&counts(0, 0, 3, 10), 3));
    let back = refused_file(server, &nurse, &done).await;
    let text = String::from_utf8(back.clone()).unwrap();
    assert!(text.starts_with("\u{FEFF}姓名*,身份证号,"), "{text}");
    assert!(text.lines().next().unwrap().ends_with(",退回原因"));
    assert!(text.contains("'=HYPERLINK(1)"), "no formula goes out: {text}");
    assert_eq!(text.lines().count(), 11);
    let mended = text.replace("1961-01-01", "1960-02-03");
    let mended = previewed(server, &nurse, "residents", mended).await;
    assert_eq!(mended["counts"]["new"], 1, "{mended:#}");
}

async fn a_dirty_workbook_is_imported_and_what_is_wrong_comes_back(server: &Server) {
    let nurse = nurse(server).await;
    let id = |sequence| number("19600203", sequence);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let day = Format::new().set_num_format("yyyy/m/d");
    sheet.write_string(0, 0, "生成的登记表").unwrap();
    for (column, head) in
        (0..).zip(["姓名", "证件号码", "手机", "出生日期", "性别", "区划代码", "起始日期"])
    {
        sheet.write_string(2, column, head).unwrap();
    }
    let born = ExcelDateTime::from_ymd(1960, 2, 3).unwrap();
    let row = |sheet: &mut rust_xlsxwriter::Worksheet, row, name: &str, number: &str| {
        sheet.write_string(row, 0, name).unwrap();
        sheet.write_string(row, 1, number).unwrap();
        sheet.write_number(row, 5, 510_403_001_001.0_f64).unwrap();
    };
    row(sheet, 3, "测试甲", &id(201));
    sheet.write_number(3, 2, 13_900_000_021.0_f64).unwrap();
    sheet.write_datetime_with_format(3, 3, &born, &day).unwrap();
    sheet.write_number(3, 6, 43_831).unwrap();
    row(sheet, 4, "测试乙", "");
    sheet.write_number(4, 1, id(202).parse::<f64>().unwrap()).unwrap();
    row(sheet, 5, "", &id(203));
    sheet.write_formula(5, 0, Formula::new("=CONCAT(A1)").set_result("测试丙")).unwrap();
    row(sheet, 6, "测试丁", &id(204));
    sheet.write_formula(6, 3, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    row(sheet, 8, "测试戊", &id(205));
    sheet.write_string(8, 6, "２０２０年１月１日").unwrap();
    let file = book.save_to_buffer().unwrap();
    let preview = previewed(server, &nurse, "residents", file.clone()).await;
    assert_eq!(preview["counts"], counts(3, 0, 0, 2), "{preview:#}");
    assert!(said(&preview, 5).contains("末尾的数字已经丢失"), "{preview:#}");
    assert!(said(&preview, 7).contains("日期写法不对"), "{preview:#}");
    let done = applied(server, &nurse, &preview).await;
    assert_eq!(done["counts"], counts(3, 0, 0, 2));
    let again = previewed(server, &nurse, "residents", file).await;
    assert_eq!(again["counts"], counts(0, 0, 3, 2));
    let back = refused_file(server, &nurse, &done).await;
    let back = previewed(server, &nurse, "residents", back).await;
    assert_eq!(back["counts"], counts(0, 0, 0, 2), "what came back comes again: {back:#}");
}

async fn records_are_imported_by_document_and_by_kind_in_words(server: &Server) {
    let nurse = nurse(server).await;
    let card = number("19600203", 301);
    let residents = format!("姓名,证件号码,区划代码\n测试甲,{card},{COMMUNITY}\n");
    let preview = previewed(server, &nurse, "residents", residents).await;
    applied(server, &nurse, &preview).await;
    let records = format!(
        "证件号码,服务项目,服务日期,机构,人员\n\
         {card},健康教育讲座,2026.3.1,ORG1,W1\n\
         {card},lecture.attended,2026年3月2日,ORG1,\n\
         {card},健康教育讲坐,2026-03-03,ORG1,\n\
         {card},健康教育讲座,2099-01-01,ORG1,\n\
         {},健康教育讲座,2026-03-01,ORG1,\n\
         {card},健康教育讲座,2026.3.1,ORG1,W1\n",
        number("19600203", 399),
    );
    let preview = previewed(server, &nurse, "records", records.clone()).await;
    assert_eq!(preview["counts"], counts(2, 0, 0, 4), "{preview:#}");
    assert!(said(&preview, 4).contains("是否应为「健康教育讲座」"), "{preview:#}");
    assert!(said(&preview, 5).contains("不能晚于今天"), "{preview:#}");
    assert!(said(&preview, 6).contains("没有登记过这位居民"), "{preview:#}");
    assert!(said(&preview, 7).contains("与第 2 行"), "{preview:#}");
    let done = applied(server, &nurse, &preview).await;
    assert_eq!(done["counts"], counts(2, 0, 0, 4), "{done:#}");
    let again = previewed(server, &nurse, "records", records).await;
    assert_eq!(again["counts"], counts(0, 0, 2, 4), "{again:#}");
}

async fn groups_take_the_right_to_know_of_illnesses(server: &Server) {
    let nurse = nurse(server).await;
    let card = number("19600203", 401);
    let residents = format!("姓名,证件号码,区划代码\n测试甲,{card},{COMMUNITY}\n");
    let preview = previewed(server, &nurse, "residents", residents).await;
    applied(server, &nurse, &preview).await;
    let groups = format!(
        "身份证号,人群,开始日期,结束日期\n\
         {card},高血压患者,2026-01-01,\n\
         {card},糖尿病患者,,\n\
         {card},没有的人群,,\n\
         {card},高血压患者,2026-05-01,2026-01-01\n"
    );
    let preview = previewed(server, &nurse, "groups", groups.clone()).await;
    assert_eq!(preview["counts"], counts(2, 0, 0, 2), "{preview:#}");
    let done = applied(server, &nurse, &preview).await;
    assert_eq!(done["counts"], counts(2, 0, 0, 2), "{done:#}");
    let again = previewed(server, &nurse, "groups", groups).await;
    assert_eq!(again["counts"], counts(0, 0, 2, 2), "{again:#}");
    let found = server.get(&nurse, "/api/v1/residents?group=hypertension").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
}

async fn the_other_tables_are_imported_and_again_change_nothing(server: &Server) {
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let keeper = server.staff("keeper", &[("security-admin", "5104")]).await;
    let files = [
        (
            &officer,
            "divisions",
            "区划代码,名称,有效期起\n510403001001,生成的社区,2020-01-01\n440300001001,外地,\n",
        ),
        (
            &officer,
            "metrics",
            "社区,年度,指标,数值\n生成的社区,2026年,coverage,0.9\n440300001001,2026,coverage,1\n",
        ),
        (
            &officer,
            "institutions",
            "机构代码,机构名称,层级,区划代码\nORG-9,生成的站,机构,510403001\nORG-8,外地站,机构,4403\n",
        ),
        (
            &keeper,
            "staff",
            "登录名,姓名,角色,区划代码,工号\ngen.nurse,测试护士,护士,510403,W9\ngen.far,测试,护士,4403,\n",
        ),
    ];
    for (who, table, file) in files {
        let preview = previewed(server, who, table, file).await;
        assert_eq!(preview["counts"], counts(1, 0, 0, 1), "{table}: {preview:#}");
        let done = applied(server, who, &preview).await;
        assert_eq!(done["counts"], counts(1, 0, 0, 1), "{table}: {done:#}");
        let again = previewed(server, who, table, file).await;
        assert_eq!(again["counts"], counts(0, 0, 1, 1), "{table}: {again:#}");
        let changed = file.replace("生成的", "改名的").replace("0.9", "0.95").replace("W9", "W10");
        let changed = changed.replace("改名的社区,2026年", "510403001001,2026年");
        let changed = previewed(server, who, table, changed).await;
        assert_eq!(changed["counts"], counts(0, 1, 0, 1), "{table}: {changed:#}");
    }
    let read = server.get(&officer, "/api/v1/metrics?area=510403&year=2026").await.json();
    assert_eq!(read[0]["value"], "0.9");
    let successor = "区划代码,名称,有效期起\n510403001001,改名的社区,2026-06-01\n";
    let preview = previewed(server, &officer, "divisions", successor).await;
    assert_eq!(said(&preview, 2), "new “生成的社区”到 2026-05-31 为止");
}

async fn a_resident_is_changed_and_not_doubled(server: &Server) {
    let nurse = nurse(server).await;
    let card = number("19600203", 501);
    let first = format!("姓名,证件号码,区划代码,电话\n测试甲,{card},{COMMUNITY},13900000051\n");
    let preview = previewed(server, &nurse, "residents", first).await;
    applied(server, &nurse, &preview).await;
    let then = format!("姓名,证件号码,社区,电话\n测试甲,{card},510403001002,13900000052\n");
    let preview = previewed(server, &nurse, "residents", then).await;
    assert_eq!(said(&preview, 2), "changed 更改：电话、居住社区");
    let done = applied(server, &nurse, &preview).await;
    assert_eq!((&done["counts"], people(server, &nurse).await), (&counts(0, 1, 0, 0), 1));
    // Whoever has moved away is not changed from elsewhere, and it is not told that they are known.
    let there = server.staff("there", &[("nurse", "440300")]).await;
    let theirs = format!("姓名,证件号码,社区\n测试甲,{card},{ELSEWHERE}\n");
    let preview = previewed(server, &there, "residents", theirs).await;
    assert!(said(&preview, 2).contains("不在您可以登记的范围内"), "{preview:#}");
}

async fn a_long_import_is_stopped_and_goes_on(server: &Server) {
    let officer = server.staff("officer", &[("officer", "5104")]).await;
    const ROWS: u64 = 20_000;
    let mut file = "区划代码,名称\n".to_owned();
    for row in 0..ROWS {
        file.push_str(&format!("5104{row:08},生成的社区\n"));
    }
    let preview = previewed(server, &officer, "divisions", file.clone()).await;
    assert_eq!(preview["counts"], counts(ROWS, 0, 0, 0));
    let id = preview["task"]["id"].as_str().unwrap();
    let asked = server.send(&officer, "POST", &format!("/api/v1/imports/{id}/apply"), None).await;
    let task = format!("/api/v1/tasks/{}", asked.json()["id"].as_str().unwrap());
    let app = server.app.clone();
    let work = tokio::task::spawn_blocking(move || attend_all(&app).unwrap());
    let step =
        async |step| server.send(&officer, "POST", &task, Some(json!({"step": step}))).await.status;
    while server.get(&officer, &task).await.json()["done"] == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(step("stop").await, StatusCode::OK);
    work.await.unwrap();
    let stopped = server.get(&officer, &task).await.json();
    let done = stopped["done"].as_u64().unwrap();
    assert_eq!(stopped["state"], "stopped", "{stopped}");
    assert!((1..ROWS).contains(&done), "in the middle: {done}");
    assert_eq!(step("resume").await, StatusCode::OK);
    attend(server).await;
    let ended = server.get(&officer, &task).await.json();
    assert_eq!((&ended["state"], &ended["done"]), (&json!("done"), &json!(ROWS)), "{ended}");
    let shown = shown(server, &officer, asked.json()["id"].as_str().unwrap(), "").await;
    assert_eq!(shown["counts"], counts(ROWS, 0, 0, 0), "each row is counted once");
    let again = previewed(server, &officer, "divisions", file).await;
    assert_eq!(again["counts"], counts(0, 0, ROWS, 0));
}

/// A workbook of these parts.
fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        file.start_file(*name, SimpleFileOptions::default()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
    file.finish().unwrap().into_inner()
}

async fn what_is_no_file_of_the_kind_is_refused_with_a_reason(server: &Server) {
    let nurse = nurse(server).await;
    let entity = "<?xml version=\"1.0\"?><!DOCTYPE w [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\
        <workbook>&x;</workbook>";
    let cases: [(Vec<u8>, &str); 7] = [
        (Vec::new(), "文件是空的"),
        (packed(&[("xl/workbook.xml", entity)]), "声明了外部内容"),
        (packed(&[("a.txt", "a")]), "工作簿已损坏"),
        (b"PK\x03\x04 broken".to_vec(), "工作簿已损坏"),
        (b"%PDF-1.7".to_vec(), "PDF"),
        ("姓名;证件号码\n".into(), "用分号分隔"),
        ("姓名,证件号吗\n测试甲,1\n".into(), "证件号码"),
    ];
    for (file, says) in cases {
        let answer = upload(server, &nurse, "residents", file).await;
        assert_eq!(
            (answer.code(), &answer.json()["place"]),
            ("invalid".into(), &json!("file")),
            "{answer:?}"
        );
        assert!(answer.text.contains(says), "{says}: {answer:?}");
    }
    let large = upload(server, &nurse, "residents", vec![b'a'; (32 << 20) + 1]).await;
    assert_eq!(large.code(), "too_large", "{large:?}");
    let other = upload(server, &nurse, "everything", "a,b\n").await;
    assert_eq!((other.code(), &other.json()["place"]), ("invalid".into(), &json!("table")));
}

async fn nobody_imports_what_they_may_not_or_sees_that_of_others(server: &Server) {
    let (nurse, clerk) = (nurse(server).await, server.staff("clerk", &[("clerk", "510403")]).await);
    let file = "区划代码,名称\n";
    for (who, table) in [
        (&nurse, "metrics"),
        (&nurse, "divisions"),
        (&nurse, "institutions"),
        (&nurse, "staff"),
        (&clerk, "residents"),
        (&clerk, "groups"),
        (&clerk, "records"),
    ] {
        let answer = upload(server, who, table, file).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{table}: {answer:?}");
    }
    let nobody = upload(server, &Caller::default(), "residents", file).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let file = format!("姓名,证件号码,区划代码\n测试甲,{},{COMMUNITY}\n", number("19600203", 601));
    let preview = previewed(server, &nurse, "residents", file).await;
    let other = server.staff("other", &[("nurse", "510403")]).await;
    let id = preview["task"]["id"].as_str().unwrap();
    for (method, rest) in [("GET", ""), ("POST", "/apply"), ("GET", "/refused")] {
        let path = format!("/api/v1/imports/{id}{rest}");
        let answer = server.send(&other, method, &path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {rest}: {answer:?}");
        let nobody = server.send(&Caller::default(), method, &path, None).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{method} {rest}: {nobody:?}");
    }
}

/// Sends the form of the page, as a browser does without script.
async fn submit(server: &Server, who: &Caller, csrf: &str, table: &str, file: &str) -> Answer {
    let field = |name: &str, text: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let body = [field("csrf", csrf), field("key", "k-1"), field("table", table)].concat()
        + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\
           Content-Type: text/csv\r\n\r\n"
        + file
        + "\r\n--b--\r\n";
    let request = Request::post("/imports")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body));
    let bare = Caller { csrf: None, ..who.clone() };
    server.raw(&bare, request.unwrap()).await
}

async fn the_pages_work_without_script(server: &Server) {
    let nurse = nurse(server).await;
    let csrf = nurse.csrf.clone().unwrap();
    let page = server.page(&nurse, "/imports").await;
    assert!(page.text.contains("multipart/form-data") && !page.text.contains("value=\"staff\""));
    let file = format!(
        "姓名,证件号码,区划代码,<script>\n测试甲,{},{COMMUNITY},a\n测试乙,1,<script>,a\n",
        number("19600203", 701)
    );
    let forged = submit(server, &nurse, "forged", "residents", &file).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "{forged:?}");
    let empty = submit(server, &nurse, &csrf, "residents", "").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text.contains("请选择一个文件"), "{}", empty.text);
    let wrong = submit(server, &nurse, &csrf, "residents", "a,b\n").await;
    assert!(wrong.text.contains("缺少列：「姓名」"), "{}", wrong.text);
    let sent = submit(server, &nurse, &csrf, "residents", &file).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
    let to = sent.headers[header::LOCATION].to_str().unwrap().to_owned();
    let waiting = server.page(&nurse, &to).await;
    assert!(waiting.headers.contains_key("refresh"), "it looks again by itself");
    attend(server).await;
    let shown = server.page(&nurse, &to).await;
    assert!(shown.text.contains("确认导入 1 行") && !shown.headers.contains_key("refresh"));
    assert!(shown.text.contains("&lt;script&gt;") && !shown.text.contains("<script>a"));
    let only = server.page(&nurse, &format!("{to}?fate=refused")).await;
    assert!(only.text.contains("退回的行") && !only.text.contains(">新增</span>"), "{}", only.text);
    let done = server.submit(&nurse, &to, &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{done:?}");
    attend(server).await;
    assert_eq!(people(server, &nurse).await, 1);
    let after = server.page(&nurse, &to).await;
    assert!(after.text.contains("已经确认导入"), "{}", after.text);
    for name in ["residents.xlsx", "residents.csv"] {
        let template = server.page(&nurse, &format!("/imports/template/{name}")).await;
        assert_eq!(template.status, StatusCode::OK, "{name}");
    }
    let other = server.page(&nurse, "/imports/template/staff.csv").await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}
