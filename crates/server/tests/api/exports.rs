//! Tables that leave as files: what the page shows, with a reason and a watermark where they tell
//! who somebody is.

use std::io::Cursor;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use calamine::{Data, Reader, Xlsx};

use crate::{
    residents::{nurse, person, register},
    support::{Server, on_both},
};

on_both! {
    the_list_of_residents_leaves_with_a_reason_and_a_watermark;
    the_audit_log_leaves_as_it_is_filtered;
}

async fn the_list_of_residents_leaves_with_a_reason_and_a_watermark(server: &Server) {
    let nurse = nurse(server).await;
    for sequence in 0..3 {
        let code = format!("generated-{sequence}");
        register(server, &nurse, person(&code, "测试甲", "19600203", 20 + sequence)).await;
    }
    let take = async |reason, format, area| {
        let fields = [("reason", reason), ("format", format), ("area", area)];
        server.submit(&nurse, "/residents/export", &fields).await
    };
    let none = take("", "csv", "").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.text.contains("请写明理由"), "{}", none.text);
    let file = take("核对名册", "csv", "").await;
    assert_eq!(file.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert!(file.text.starts_with("\u{FEFF}姓名,证件,电话,"), "{}", file.text);
    assert_eq!(file.text.lines().count(), 5, "{}", file.text);
    assert!(file.text.contains("测**,990101********"), "masked as on the page: {}", file.text);
    let mark = file.text.lines().last().unwrap();
    for says in ["含个人信息", "导出人：nurse", "时间：2026", "理由：核对名册"] {
        assert!(mark.contains(says), "{says}: {mark}");
    }
    let none = take("核对名册", "csv", "510403002").await;
    assert_eq!(none.text.lines().count(), 2, "filtered as the page is: {}", none.text);
    let elsewhere = take("核对名册", "csv", "4403").await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    let log = server.get(&auditor, "/api/v1/audit?action=residents:read").await;
    assert!(log.text.contains("\"exported\""), "{}", log.text);
}

async fn the_audit_log_leaves_as_it_is_filtered(server: &Server) {
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    for _ in 0..3 {
        server.page(&auditor, "/audit").await;
    }
    let page = server.page(&auditor, "/audit?action=audit:read").await;
    assert!(page.text.contains("/audit?action=audit%3Aread&amp;format=csv"), "{}", page.text);
    let file = server.page(&auditor, "/audit?action=audit%3Aread&format=csv").await;
    assert!(file.text.lines().count() >= 5, "{}", file.text);
    assert!(!file.text.contains("登录,"), "only what is asked for: {}", file.text);
    let path = "/audit?action=sign-in&format=xlsx";
    let response = server.response(&auditor, Request::get(path).body(Body::empty()).unwrap()).await;
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let cells = book.worksheet_range("audit").unwrap();
    assert_eq!(cells.get_value((0, 1)), Some(&Data::String("谁".to_owned())));
    assert_eq!(cells.get_value((1, 1)), Some(&Data::String("auditor".to_owned())));
    let wrong = server.page(&auditor, "/audit?format=exe").await;
    assert!(wrong.status.is_client_error());
    let nurse = nurse(server).await;
    let other = server.page(&nurse, "/audit?format=csv").await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}
