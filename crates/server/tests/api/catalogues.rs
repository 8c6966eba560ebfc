//! Redemption catalogues: proposed by one, reviewed and filed by another, published for all.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    rights::Case,
    shop::{CLINIC, OTHER_CLINIC},
    support::{Caller, Server, on_both},
};

on_both! {
    t4_a_version_counts_after_review_and_filing_by_somebody_else;
    t4_after_a_year_the_next_version_is_due;
    t3_goods_give_a_warning_where_the_scheme_discourages_them;
    p8_the_twelve_bundles_are_published_with_prices_and_components;
    s9_providers_set_what_they_offer_and_answer_for_it;
    wrong_text_is_told_with_its_place;
    what_changes_from_the_version_before_is_told;
    what_is_checked_is_not_kept;
}

pub(crate) const SOAP: &str = "[[item]]\nid = \"soap\"\nname = \"香皂\"\npoints = 20\n";

pub(crate) fn cases() -> Vec<Case> {
    let paper = || Some(json!({"document": "区卫审〔2026〕1号"}));
    let case = |method, path: &'static str, body, role, other, elsewhere| Case {
        method,
        path,
        request: path.replace("{id}", "{catalogue}"),
        body,
        role,
        other,
        elsewhere,
    };
    let on = |path, id: &str, body| Case {
        request: str::replace(path, "{id}", id),
        ..case("post", path, body, "officer", "manager", Some(StatusCode::NOT_FOUND))
    };
    let far = Some(StatusCode::FORBIDDEN);
    vec![
        case("get", "/api/v1/catalogues", None, "manager", "nurse", None),
        case("post", "/api/v1/catalogues", Some(wanted(SOAP)), "manager", "nurse", far),
        case("post", "/api/v1/catalogues/check", Some(wanted(SOAP)), "manager", "nurse", far),
        case(
            "get",
            "/api/v1/catalogues/{id}",
            None,
            "manager",
            "nurse",
            Some(StatusCode::NOT_FOUND),
        ),
        on("/api/v1/catalogues/{id}/review", "{catalogue}", paper()),
        on("/api/v1/catalogues/{id}/filing", "{reviewed_catalogue}", paper()),
        on(
            "/api/v1/catalogues/{id}/return",
            "{second_catalogue}",
            Some(json!({"reason": "价格与办法不符"})),
        ),
    ]
}

fn wanted(content: &str) -> Value {
    json!({"scheme": "panzhihua-xiqu", "first_day": "2026-01-01", "content": content})
}

async fn proposed(server: &Server, by: &Caller, body: Value) -> String {
    let answer = server.send(by, "POST", "/api/v1/catalogues", Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Takes a step; gives the status, and the code or else the state.
async fn step(
    server: &Server,
    by: &Caller,
    id: &str,
    step: &str,
    body: Value,
) -> (StatusCode, String) {
    let path = format!("/api/v1/catalogues/{id}/{step}");
    let answer = server.send(by, "POST", &path, Some(body)).await;
    let body = answer.json();
    let word = [&body["code"], &body["state"]].into_iter().find_map(Value::as_str);
    (answer.status, word.unwrap_or_default().to_owned())
}

async fn filed(server: &Server, reviewer: &Caller, id: &str) {
    for name in ["review", "filing"] {
        let paper = json!({"document": format!("文号-{name}"), "day": "2026-09-20"});
        assert_eq!(step(server, reviewer, id, name, paper).await.0, StatusCode::OK);
    }
}

async fn in_force(server: &Server) -> Vec<Value> {
    let answer = server.get(&Caller::default(), "/api/v1/catalogues/in-force").await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json().as_array().unwrap().clone()
}

async fn t4_a_version_counts_after_review_and_filing_by_somebody_else(server: &Server) {
    server.publish().await;
    let ann = server.staff("generated-ann", &[("officer", "510403")]).await;
    let ben = server.staff("generated-ben", &[("officer", "5104")]).await;
    let id = proposed(server, &ann, wanted(SOAP)).await;
    let paper = |day: &str| json!({"document": "区卫审〔2026〕7号", "day": day});
    let refused = |status, code: &str| (status, code.to_owned());
    let own = step(server, &ann, &id, "review", paper("2026-09-20")).await;
    assert_eq!(own, refused(StatusCode::FORBIDDEN, "same_person"));
    let early = step(server, &ben, &id, "filing", paper("2026-09-20")).await;
    assert_eq!(early, refused(StatusCode::CONFLICT, "conflict"));
    for wrong in [json!({"document": ""}), json!({"document": "  "}), paper("2026-09-22")] {
        let answer = step(server, &ben, &id, "review", wrong).await;
        assert_eq!(answer, refused(StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    }
    let reviewed = step(server, &ben, &id, "review", paper("2026-09-20")).await;
    assert_eq!(reviewed, (StatusCode::OK, "reviewed".to_owned()));
    assert!(in_force(server).await.is_empty(), "it was not filed");
    let before = step(server, &ben, &id, "filing", paper("2026-09-19")).await;
    assert_eq!(before, refused(StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    let filed = step(server, &ben, &id, "filing", json!({"document": "区社备〔2026〕3号"})).await;
    assert_eq!(filed, (StatusCode::OK, "filed".to_owned()));
    let late = step(server, &ben, &id, "return", json!({"reason": "太贵"})).await;
    assert_eq!(late, refused(StatusCode::CONFLICT, "conflict"));
    let shown = server.get(&ann, &format!("/api/v1/catalogues/{id}")).await.json();
    assert_eq!(shown["reviewed"]["document"], "区卫审〔2026〕7号");
    assert_eq!(shown["reviewed"]["day"], "2026-09-20");
    assert_eq!(shown["reviewed"]["name"], "generated-ben");
    assert_eq!((&shown["filed"]["day"], &shown["in_force"]), (&json!("2026-09-21"), &json!(true)));
    let all = in_force(server).await;
    assert_eq!(all[0]["reviewed"]["document"], "区卫审〔2026〕7号");
    assert_eq!(all[0]["filed"]["document"], "区社备〔2026〕3号");
    assert!(!json!(all).to_string().contains("generated-"), "everybody reads no names of staff");
}

async fn t4_after_a_year_the_next_version_is_due(server: &Server) {
    server.publish().await;
    let ann = server.staff("ann", &[("officer", "510403")]).await;
    let id = server.file_catalogue("panzhihua-xiqu", None, SOAP.to_owned()).await;
    let path = format!("/api/v1/catalogues/{id}");
    assert_eq!(server.get(&ann, &path).await.json()["due"], false);
    // From 2026-09-21 to 2027-01-01.
    server.wait_millis(102 * 86_400_000);
    let ann = server.sign_in("ann", crate::support::PASSWORD).await;
    assert_eq!(server.get(&ann, &path).await.json()["due"], true);
    let page = server.page(&ann, "/catalogues").await;
    assert!(page.text.contains("满一年，请拟定新版本"), "{page:?}");
    // The next version takes its place, and the old one is due no longer.
    let next = SOAP.replace("20", "30");
    let mut next = wanted(&next);
    next["first_day"] = json!("2027-01-01");
    let next = proposed(server, &ann, next).await;
    let ben = server.staff("ben", &[("officer", "510403")]).await;
    filed(server, &ben, &next).await;
    let old = server.get(&ann, &path).await.json();
    assert_eq!((&old["due"], &old["in_force"]), (&json!(false), &json!(false)));
}

async fn t3_goods_give_a_warning_where_the_scheme_discourages_them(server: &Server) {
    server.publish().await;
    let all = server.staff("ann", &[("officer", "")]).await;
    let check = async |scheme: &str, content: &str| {
        let mut body = wanted(content);
        body["scheme"] = json!(scheme);
        server.send(&all, "POST", "/api/v1/catalogues/check", Some(body)).await.json()
    };
    let service = format!("{SOAP}service = true\ncontents = [{{ name = \"针灸\" }}]\n");
    let goods = check("tonghui", SOAP).await;
    let warning = goods["warning"].as_str().unwrap_or_default();
    assert!(warning.contains("香皂") && warning.contains("依据："), "{goods}");
    assert_eq!(goods["items"][0]["discouraged"], true);
    assert_eq!(check("tonghui", &service).await["warning"], Value::Null);
    assert_eq!(check("panzhihua-xiqu", SOAP).await["warning"], Value::Null);
    // It is a warning: it can be proposed.
    let mut body = wanted(SOAP);
    body["scheme"] = json!("tonghui");
    let id = proposed(server, &all, body).await;
    let shown = server.get(&all, &format!("/api/v1/catalogues/{id}")).await.json();
    assert!(shown["warning"].is_string(), "{shown}");
}

async fn p8_the_twelve_bundles_are_published_with_prices_and_components(server: &Server) {
    server.publish().await;
    server.open_shop().await;
    let all = in_force(server).await;
    let own = all.iter().find(|one| one["scheme"] == "panzhihua-xiqu").unwrap();
    let items = own["items"].as_array().unwrap();
    let sentences: Vec<&str> =
        items.iter().map(|item| item["sentence"].as_str().unwrap()).collect();
    let prices: Vec<u32> = sentences
        .iter()
        .map(|sentence| sentence.split('分').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(prices, [5, 10, 20, 50, 100, 200, 200, 200, 300, 600, 700, 1000]);
    assert!(sentences[4].contains("定量勺、体重指数腰围尺、医用棉签"), "{}", sentences[4]);
    assert!(items.iter().all(|item| item["basis"].to_string().contains("附件2")), "{own}");
}

async fn s9_providers_set_what_they_offer_and_answer_for_it(server: &Server) {
    server.publish().await;
    server.open_institutions().await;
    let manager = server.staff_of("manager", "manager", "510403", CLINIC).await;
    let officer = server.staff("officer", &[("officer", "5104")]).await;
    let refused = async |provider: Value| {
        let mut body = wanted(SOAP);
        body["provider"] = provider;
        server.send(&manager, "POST", "/api/v1/catalogues", Some(body)).await
    };
    assert_eq!(refused(Value::Null).await.code(), "out_of_area", "the scheme's own");
    assert_eq!(refused(json!(OTHER_CLINIC)).await.json()["place"], "area");
    assert_eq!(refused(json!("nobody")).await.json()["place"], "provider");
    // Points, scope, quantity, validity, and only for those who signed: the provider's to set.
    let content = format!(
        "{SOAP}signed = true\nquantity = 40\noffered = {{ from = 2026-01-01, to = 2026-12-31 }}\n"
    );
    let mut body = wanted(&content);
    body["provider"] = json!(CLINIC);
    body["area"] = json!("510403001");
    let id = proposed(server, &manager, body).await;
    proposed(server, &officer, wanted(SOAP)).await;
    let listed = server.get(&manager, "/api/v1/catalogues").await.json();
    let listed: Vec<&Value> = listed["items"].as_array().unwrap().iter().collect();
    assert_eq!(listed.len(), 1, "a manager sees those of the own institution");
    assert_eq!((&listed[0]["id"], &listed[0]["level"]), (&json!(id), &json!("institution")));
    filed(server, &officer, &id).await;
    let all = in_force(server).await;
    assert_eq!(all[0]["provider_name"], "生成的社区卫生服务中心");
    assert!(all[0]["contact"].as_str().unwrap().contains("0812-0000000"), "who answers for it");
    let sentence = all[0]["items"][0]["sentence"].as_str().unwrap();
    for said in ["20分", "签约", "40份", "12月31日"] {
        assert!(sentence.contains(said), "{said}: {sentence}");
    }
}

async fn wrong_text_is_told_with_its_place(server: &Server) {
    server.publish().await;
    let ann = server.staff("ann", &[("officer", "510403")]).await;
    let body = wanted("[[item]]\nid = \"a\"\nname = \"甲\"\npoints = \"多\"\n");
    let answer = server.send(&ann, "POST", "/api/v1/catalogues", Some(body.clone())).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["place"], "content");
    assert!(answer.json()["detail"].as_str().unwrap().contains("第 4 行第 10 个字符"));
    let checked = server.send(&ann, "POST", "/api/v1/catalogues/check", Some(body)).await.json();
    let problem = &checked["problems"][0];
    assert_eq!((&problem["line"], &problem["column"]), (&json!(4), &json!(10)));
    for (field, value) in [
        ("scheme", "other"),
        ("area", "5104"),
        ("area", "x"),
        ("first_day", "tomorrow"),
        ("last_day", "2025-12-31"),
    ] {
        let mut body = wanted(SOAP);
        body[field] = json!(value);
        let answer = server.send(&ann, "POST", "/api/v1/catalogues", Some(body)).await;
        assert_eq!(answer.json()["place"], field, "{value}: {answer:?}");
    }
}

async fn what_changes_from_the_version_before_is_told(server: &Server) {
    server.publish().await;
    let ann = server.staff("ann", &[("officer", "510403")]).await;
    let brush = "[[item]]\nid = \"brush\"\nname = \"牙刷\"\npoints = 5\n";
    let towel = "[[item]]\nid = \"towel\"\nname = \"毛巾\"\npoints = 9\n";
    let before = format!("{SOAP}\n{brush}");
    let first = server.file_catalogue("panzhihua-xiqu", None, before).await.to_string();
    let mut body = wanted(&format!("{}\n{towel}", SOAP.replace("20", "25")));
    body["first_day"] = json!("2026-10-01");
    let id = proposed(server, &ann, body).await;
    let shown = server.get(&ann, &format!("/api/v1/catalogues/{id}")).await.json();
    assert_eq!(shown["before"], first);
    let changes = shown["changes"].as_array().unwrap();
    let changes: Vec<_> = changes
        .iter()
        .map(|change| (change["what"].as_str().unwrap(), change["name"].as_str().unwrap()))
        .collect();
    assert_eq!(changes, [("gone_item", "牙刷"), ("dearer", "香皂"), ("new_item", "毛巾")]);
}

async fn what_is_checked_is_not_kept(server: &Server) {
    server.publish().await;
    let ann = server.staff("ann", &[("officer", "510403")]).await;
    let checked = server.send(&ann, "POST", "/api/v1/catalogues/check", Some(wanted(SOAP))).await;
    assert_eq!(checked.json()["items"][0]["sentence"], "20分。");
    let listed = server.get(&ann, "/api/v1/catalogues").await.json();
    assert_eq!(listed["items"], json!([]));
    let id = proposed(server, &ann, wanted(SOAP)).await;
    for (query, found) in [
        ("?state=proposed", 1),
        ("?state=filed", 0),
        ("?scheme=panzhihua-xiqu&provider=-", 1),
        ("?scheme=tonghui", 0),
        ("?provider=clinic-1", 0),
        (&format!("?after={id}"), 0),
    ] {
        let listed = server.get(&ann, &format!("/api/v1/catalogues{query}")).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), found, "{query}");
    }
    let full = server.get(&ann, "/api/v1/catalogues?limit=1").await.json();
    assert_eq!(full["next"], id);
}
