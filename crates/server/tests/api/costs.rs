//! `/api/v1/institutions/{code}/costs`, figures, and their pages.

use axum::http::StatusCode;
use kangji_core::ids::CatalogueId;
use kangji_redemption::cost::Source;
use kangji_store::OrderAct;
use serde_json::{Value, json};

use crate::{
    rights::Case,
    shop::CLINIC,
    stock::SCHEME,
    support::{Answer, Caller, Server, on_both},
};

on_both! {
    costs_are_entered_taken_back_and_listed;
    what_cannot_be_spent_is_told_with_its_place;
    p11_costs_are_told_by_source_and_use;
    p12_few_ratings_stay_inside;
    p11_points_are_valued_by_a_stated_assumption_only;
    figures_ask_for_both_rights_and_the_whole_area;
    managers_enter_costs_on_a_page;
    the_page_of_figures_draws_and_lists;
}

const COSTS: &str = "/api/v1/institutions/clinic-1/costs";
const FIGURES: &str = "/api/v1/institutions/clinic-1/figures";

fn spending(fen: u32, source: &str, used_for: &str) -> Value {
    json!({"day": "2026-09-20", "source": source, "used_for": used_for, "fen": fen, "note": "生成的支出"})
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path, request: &str, body, role, other| Case {
        method,
        path,
        request: request.to_owned(),
        body,
        role,
        other,
        elsewhere: Some(StatusCode::FORBIDDEN),
    };
    let costs = "/api/v1/institutions/{code}/costs";
    let body = Some(spending(100, "pledge", "labour"));
    vec![
        case("get", costs, COSTS, None, "clerk", "nurse"),
        case("post", costs, COSTS, body, "manager", "clerk"),
        case("get", "/api/v1/institutions/{code}/figures", FIGURES, None, "manager", "nurse"),
        case(
            "get",
            "/api/v1/areas/{area}/figures",
            "/api/v1/areas/510403/figures",
            None,
            "officer",
            "nurse",
        ),
    ]
}

async fn manager(server: &Server) -> Caller {
    server.staff_of("manager", "manager", "510403", CLINIC).await
}

fn holds(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(answer.text.contains(text), "`{text}` is not in {}", answer.text);
    }
}

async fn costs_are_entered_taken_back_and_listed(server: &Server) {
    server.open_institutions().await;
    let manager = manager(server).await;
    let first =
        server.send(&manager, "POST", COSTS, Some(spending(10_000, "subsidy", "printing"))).await;
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    server.wait_millis(1000);
    let mut back = spending(500, "subsidy", "printing");
    back["takes_back"] = json!(true);
    assert_eq!(server.send(&manager, "POST", COSTS, Some(back)).await.status, StatusCode::CREATED);
    let listed = server.get(&manager, &format!("{COSTS}?limit=1")).await.json();
    assert_eq!(listed["items"][0]["fen"], -500);
    let next = listed["next"].as_str().unwrap();
    let rest = server.get(&manager, &format!("{COSTS}?after={next}")).await.json();
    assert_eq!((&rest["items"][0]["fen"], &rest["next"]), (&json!(10_000), &Value::Null));
    let none = server.get(&manager, &format!("{COSTS}?until=2026-09-19")).await.json();
    assert_eq!(none["items"], json!([]));
}

async fn what_cannot_be_spent_is_told_with_its_place(server: &Server) {
    server.open_institutions().await;
    let manager = manager(server).await;
    let cases = [
        ("day", json!("2026-09-22")),
        ("day", json!("20日")),
        ("source", json!("gift")),
        ("used_for", json!("goods")),
        ("fen", json!(0)),
        ("fen", json!(1_000_000_001)),
        ("note", json!("")),
    ];
    for (field, value) in cases {
        let mut body = spending(100, "pledge", "labour");
        body[field] = value;
        let found = server.send(&manager, "POST", COSTS, Some(body)).await.json();
        assert_eq!(
            (&found["code"], &found["place"]),
            (&json!("invalid"), &json!(field)),
            "{found}"
        );
    }
    for (query, place) in [("from=2026-09-02&until=2026-09-01", "until"), ("from=x", "from")] {
        for path in [COSTS, FIGURES] {
            let found = server.get(&manager, &format!("{path}?{query}")).await.json();
            assert_eq!(
                (&found["code"], &found["place"]),
                (&json!("invalid"), &json!(place)),
                "{path}"
            );
        }
    }
}

async fn p11_costs_are_told_by_source_and_use(server: &Server) {
    let catalogue = server.own_catalogue().await;
    let manager = manager(server).await;
    let person = server.villager("generated-1").await;
    server.credit(person, 1000).await;
    server.receive("抽纸", 2, Source::Pledge).await;
    server.wait_millis(1000);
    server.receive("抽纸", 9, Source::Sponsor).await;
    server.ordered(catalogue, person, ("tissues", 3), true).await;
    let order = server.ordered(catalogue, person, ("tissues", 4), true).await;
    let (institution, reason) = (CLINIC.to_owned(), "包装破损".to_owned());
    server.order(OrderAct::Return { order, institution, reason, restock: true }).await;
    server.send(&manager, "POST", COSTS, Some(spending(990, "pledge", "publicity"))).await;
    let figures = server.get(&manager, FIGURES).await.json();
    let spent = json!([
        {"source": "pledge", "used_for": "goods", "fen": 300},
        {"source": "pledge", "used_for": "publicity", "fen": 990},
        {"source": "sponsor", "used_for": "goods", "fen": 150},
    ]);
    assert_eq!((&figures["spent"], &figures["lost"]), (&spent, &json!([])));
    let item = &figures["items"][0];
    assert_eq!(
        (&item["name"], &item["sets"], &item["points"]),
        (&json!("抽纸"), &json!(3), &json!(30))
    );
    assert_eq!(
        (&item["placed"], &item["handed_over"], &item["returned"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let officer = server.staff("officer", &[("officer", "5104")]).await;
    let area = server.get(&officer, "/api/v1/areas/510403/figures").await.json();
    assert_eq!(area["spent"], spent);
    let early = server.get(&manager, &format!("{FIGURES}?until=2026-09-01")).await.json();
    assert_eq!((&early["spent"], &early["items"]), (&json!([]), &json!([])));
}

/// So many people each fetch something and rate it.
async fn rated(server: &Server, people: u8) -> CatalogueId {
    let catalogue = server.own_catalogue().await;
    server.receive("抽纸", 50, Source::Sponsor).await;
    for number in 0..people {
        let person = server.villager(&format!("generated-{number}")).await;
        server.credit(person, 10).await;
        let order = server.ordered(catalogue, person, ("tissues", 1), true).await;
        server.order(OrderAct::Rate { order, stars: 4 + number % 2 }).await;
    }
    catalogue
}

async fn p12_few_ratings_stay_inside(server: &Server) {
    let catalogue = rated(server, 9).await;
    let manager = manager(server).await;
    let rating = server.get(&manager, FIGURES).await.json()["rating"].clone();
    let expected =
        json!({"average_hundredths": 444, "ratings": 9, "raters": 9, "is_public": false});
    assert_eq!(rating, expected);
    // The institution sees it; the printed sheet, which goes elsewhere, does not say it.
    let page = server.page(&manager, "/figures").await;
    holds(
        &page,
        &["<span class=\"no-print\">4.44 分", "不足10人，不对外公布", "评价不足10人，不公布"],
    );
    let person = server.villager("generated-tenth").await;
    server.credit(person, 10).await;
    let order = server.ordered(catalogue, person, ("tissues", 1), true).await;
    server.order(OrderAct::Rate { order, stars: 5 }).await;
    let rating = server.get(&manager, FIGURES).await.json()["rating"].clone();
    assert_eq!((&rating["average_hundredths"], &rating["is_public"]), (&json!(450), &json!(true)));
    let page = server.page(&manager, "/figures").await;
    holds(&page, &["4.50<small>分（10 人）"]);
    assert!(!page.text.contains("不足10人"));
}

async fn p11_points_are_valued_by_a_stated_assumption_only(server: &Server) {
    server.publish().await;
    server.open_institutions().await;
    let manager = manager(server).await;
    let person = server.villager("generated-1").await;
    server.credit(person, 70).await;
    let silent = server.get(&manager, FIGURES).await.json();
    let out = &silent["outstanding"][0];
    assert_eq!(
        (&out["scheme"], &out["redeemable"], &out["held"]),
        (&json!(SCHEME), &json!(70), &json!(0))
    );
    assert_eq!((&out["fen"], &silent["fen_per_point"]), (&Value::Null, &Value::Null));
    let valued = server.get(&manager, &format!("{FIGURES}?fen_per_point=5")).await.json();
    assert_eq!(
        (&valued["outstanding"][0]["fen"], &valued["fen_per_point"]),
        (&json!(350), &json!(5))
    );
    let page =
        server.page(&manager, "/figures?place=institution:clinic-1&fen_per_point=0.05").await;
    holds(&page, &["按每分 0.05 元估算", "3.50"]);
    let page = server.page(&manager, "/figures").await;
    assert!(!page.text.contains("元估算，"), "no assumption is made for anybody");
    let wrong = server.page(&manager, "/figures?fen_per_point=5fen").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&wrong, &["最多两位小数", "value=\"5fen\"", "href=\"#f-fen_per_point\""]);
}

async fn figures_ask_for_both_rights_and_the_whole_area(server: &Server) {
    server.open_institutions().await;
    let manager = manager(server).await;
    let area = server.get(&manager, "/api/v1/areas/510403/figures").await;
    assert_eq!(area.code(), "out_of_area", "one institution is not the area");
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    assert_eq!(server.get(&officer, "/api/v1/areas/5104/figures").await.code(), "out_of_area");
    assert_eq!(server.get(&officer, "/api/v1/areas/5/figures").await.status, StatusCode::NOT_FOUND);
    let other = "/api/v1/institutions/clinic-2/figures";
    assert_eq!(server.get(&officer, other).await.code(), "out_of_area");
    let page = server.page(&officer, "/figures?place=institution:clinic-2").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let page = server.page(&officer, "/figures?place=clinic-2").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

async fn managers_enter_costs_on_a_page(server: &Server) {
    server.open_institutions().await;
    let manager = manager(server).await;
    let script = "<script>alert(1)</script>";
    let mut fields = vec![
        ("day", "2026-09-20"),
        ("fen", "12.345"),
        ("source", "pledge"),
        ("used_for", "printing"),
        ("note", script),
    ];
    let page = server.submit(&manager, "/costs/clinic-1", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&page, &["最多两位小数", "value=\"12.345\"", "&lt;script&gt;", "href=\"#f-fen\""]);
    fields[1].1 = "12.34";
    assert_eq!(server.submit(&manager, "/costs/clinic-1", &fields).await.on(), "/costs/clinic-1");
    fields.push(("takes_back", "true"));
    server.wait_millis(1000);
    assert_eq!(server.submit(&manager, "/costs/clinic-1", &fields).await.on(), "/costs/clinic-1");
    let page = server.page(&manager, "/costs").await;
    holds(&page, &["12.34", "-12.34", "社会认捐", "印制", "manager", "&lt;script&gt;"]);
    assert!(!page.text.contains(script));
    let clerk = server.clerk().await;
    let page = server.page(&clerk, "/costs").await;
    assert!(page.status == StatusCode::OK && !page.text.contains("登记支出</button>"));
}

async fn the_page_of_figures_draws_and_lists(server: &Server) {
    rated(server, 3).await;
    let officer = server.staff("officer", &[("officer", "5104")]).await;
    let page = server.page(&officer, "/figures").await;
    let shown = [
        "辖区 5104",
        "辖区 510403",
        "生成的社区卫生服务中心",
        "兑换最多的项目",
        "抽纸",
        "3 份",
        "企业赞助",
        "4.50",
        "未兑换的积分",
    ];
    holds(&page, &shown);
    let nobody = server.staff("nobody", &[("officer", "3301")]).await;
    holds(&server.page(&nobody, "/figures").await, &["辖区 3301", "这段时间没有兑换"]);
}
