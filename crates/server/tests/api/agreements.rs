//! `/api/v1/agreements` and the pages `/agreements`, `/shops`: a ratio is drawn up by one,
//! published by another, and public (P1, P7)

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    deductions::{SHOP, SHOP_NAME, open_shop},
    rights::Case,
    support::{Caller, Server, on_both},
};

on_both! {
    a_ratio_is_drawn_up_published_and_ended_on_pages;
    what_is_wrong_is_told_at_its_field;
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path: &'static str, id: &str, body, elsewhere| Case {
        method,
        path,
        request: path.replace("{id}", id),
        body,
        role: "officer",
        other: "nurse",
        elsewhere,
    };
    let (gone, far) = (Some(StatusCode::NOT_FOUND), Some(StatusCode::FORBIDDEN));
    let paper = || Some(json!({"document": "西卫〔2026〕9号"}));
    let one = "/api/v1/agreements/{id}";
    vec![
        case("get", "/api/v1/agreements", "", None, None),
        case("post", "/api/v1/agreements", "", Some(wanted()), far),
        case("get", one, "{agreement}", None, gone),
        case("post", "/api/v1/agreements/{id}/publication", "{agreement}", paper(), gone),
        case("post", "/api/v1/agreements/{id}/end", "{second_agreement}", paper(), gone),
    ]
}

/// 20 points take a yuan off, at most 30 % of a bill.
pub(crate) fn wanted() -> Value {
    json!({
        "shop": SHOP, "scheme": "panzhihua-xiqu", "first_day": "2026-01-01",
        "points_per_yuan": 20, "share": 30, "bears": "shop",
    })
}

/// The fields of the form for the same.
const TYPED: [(&str, &str); 6] = [
    ("shop", SHOP),
    ("scheme", "panzhihua-xiqu"),
    ("first_day", "2026-01-01"),
    ("points_per_yuan", "20"),
    ("share", "30"),
    ("bears", "shop"),
];

async fn a_ratio_is_drawn_up_published_and_ended_on_pages(server: &Server) {
    server.publish().await;
    open_shop(server).await;
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let second = server.staff("second", &[("officer", "510403")]).await;
    let nobody = Caller::default();
    let in_force = async || server.get(&nobody, "/api/v1/agreements/in-force").await.text;
    let kept = server.submit(&officer, "/agreements/new", &TYPED).await;
    let page = kept.on().split('?').next().unwrap().to_owned();
    let shown = server.page(&officer, &page).await.text;
    assert!(shown.contains("20 分抵 1 元，最多抵一单的 30 %"), "{shown}");
    assert!(shown.contains("要由另一位工作人员公布"), "{shown}");
    assert_eq!(in_force().await, "[]");
    let paper = [("do", "publish"), ("document", "西卫健〔2026〕9号")];
    let own = server.submit(&officer, &page, &paper).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let by_another = server.submit(&second, &page, &paper).await;
    assert!(by_another.on().ends_with("done=publish"));
    // What is public names the document and nobody who signed it.
    let public = in_force().await;
    assert!(public.contains("西卫健〔2026〕9号") && public.contains("30 %"), "{public}");
    assert!(!public.contains("second") && !public.contains("officer"), "{public}");
    let open = server.page(&nobody, "/shops").await;
    assert!(open.text.contains(SHOP_NAME) && open.text.contains("西卫健〔2026〕9号"), "{open:?}");
    // The shop sees its own, on paper too; not another one.
    let keeper = server.staff_of("keeper", "shopkeeper", "510403", SHOP).await;
    let sheet = server.page(&keeper, &format!("{page}/sheet")).await;
    assert!(sheet.status == StatusCode::OK && sheet.text.contains("商户承担"), "{sheet:?}");
    let other = server.staff_of("other", "shopkeeper", "510403", "shop-2").await;
    assert_eq!(server.page(&other, &page).await.status, StatusCode::NOT_FOUND);
    assert!(!server.page(&other, "/agreements").await.text.contains(SHOP_NAME));
    let ended = [("do", "end"), ("document", "终止〔2026〕1号")];
    assert!(server.submit(&officer, &page, &ended).await.on().ends_with("done=end"));
    assert_eq!(in_force().await, "[]");
    assert!(server.page(&nobody, "/shops").await.text.contains("现在没有公布抵扣比例的商户"));
}

async fn what_is_wrong_is_told_at_its_field(server: &Server) {
    server.publish().await;
    open_shop(server).await;
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let wrong = [
        ("share", json!(100), "share"),
        ("share", json!(0), "share"),
        ("points_per_yuan", json!(0), "points_per_yuan"),
        ("shop", json!("nobody"), "shop"),
        ("scheme", json!("nothing"), "scheme"),
        ("area", json!("44"), "area"),
        ("area", json!("x"), "area"),
        ("last_day", json!("2025-12-31"), "last_day"),
        ("first_day", json!("soon"), "first_day"),
        ("day_limit", json!(0), "day_limit"),
    ];
    for (field, value, place) in wrong {
        let mut body = wanted();
        body[field] = value;
        let answer = server.send(&officer, "POST", "/api/v1/agreements", Some(body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {answer:?}");
        assert_eq!(answer.json()["place"], place, "{answer:?}");
    }
    // What was typed stays, and is only text.
    let mut typed = TYPED.to_vec();
    typed[4] = ("share", "<script>");
    let again = server.submit(&officer, "/agreements/new", &typed).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("&lt;script&gt;") && !again.text.contains("<script>"), "{again:?}");
    assert!(again.text.contains("1 到 99"), "{again:?}");
}
