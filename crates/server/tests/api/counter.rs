//! `/api/v1/orders`, and what residents can have at a counter

use axum::http::StatusCode;
use kangji_core::{Day, Fen, ids::HolderId};
use kangji_redemption::cost::Source;
use kangji_server::app::App;
use kangji_store::{Entered, Receipt};
use serde_json::{Value, json};

use crate::{
    residents::{nurse, person, register},
    rights::Case,
    shop::{CLINIC, OTHER_CLINIC},
    support::{Answer, Caller, Server, id_of, on_both},
    town::record,
};

on_both! {
    what_is_ordered_is_found_by_its_code_and_handed_over_once;
    an_order_of_another_institution_is_refused_with_the_place;
    a_clerk_reaches_their_own_counter_only;
    who_fetches_it_for_somebody_is_sealed_with_their_key;
    what_is_brought_back_in_time_brings_back_the_points;
    nobody_hands_over_to_themselves;
    what_cannot_be_had_is_refused_with_all_reasons;
    a_connected_system_redeems_within_its_scope;
    the_register_is_by_the_day_of_the_hand_over_t5;
}

/// What the staged resident could order.
pub(crate) const WANTED: &str = "?at=clinic-1&catalogue={filed_catalogue}&item=pressure";

/// A pack that costs nothing and a service that does, provided by the institution itself.
const OWN: &str = r#"
[[item]]
id = "pressure"
name = "测血压"
free = true
service = true

[[item]]
id = "eggs"
name = "鸡蛋"
points = 5
contents = [{ name = "鸡蛋", quantity = "10 个" }]

[[item]]
id = "glucose"
name = "血糖检测"
points = 900
service = true

[[item]]
id = "pack"
name = "自选检查包"
by_content = true
service = true
contents = [
    { name = "静脉血糖", points = 3 },
    { name = "血糖试纸", points = 2, includes = 2, each_further = 1 },
]
"#;

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path: &'static str, request: &str, body, elsewhere| Case {
        method,
        path,
        request: request.to_owned(),
        body,
        role: "clerk",
        other: "nurse",
        elsewhere: Some(elsewhere),
    };
    let (hidden, outside) = (StatusCode::NOT_FOUND, StatusCode::FORBIDDEN);
    let wish = json!({"catalogue": "{filed_catalogue}", "item": "pressure", "institution": CLINIC});
    let order = json!({"person": "{resident}", "wish": wish, "hand_over": true, "proxy": null});
    let at = json!({"institution": CLINIC, "proxy": null});
    let back = json!({"institution": CLINIC, "reason": "不合适", "restock": false});
    let of = |rest: &str| format!("/api/v1/residents/{{resident}}/{rest}");
    vec![
        case("get", ORDERS, "/api/v1/orders?institution=clinic-1", None, outside),
        case("post", ORDERS, ORDERS, Some(order), outside),
        case("get", "/api/v1/orders/{id}", "/api/v1/orders/{order}", None, hidden),
        case(
            "post",
            "/api/v1/orders/{id}/hand-over",
            "/api/v1/orders/{order}/hand-over",
            Some(at),
            outside,
        ),
        case(
            "post",
            "/api/v1/orders/{id}/cancel",
            "/api/v1/orders/{second_order}/cancel",
            Some(json!({"reason": "改主意了"})),
            hidden,
        ),
        case(
            "post",
            "/api/v1/orders/{id}/return",
            "/api/v1/orders/{order_handed_over}/return",
            Some(back),
            outside,
        ),
        case(
            "get",
            "/api/v1/residents/{id}/offers",
            &of("offers?institution=clinic-1"),
            None,
            outside,
        ),
        case("get", "/api/v1/residents/{id}/orders", &of("orders"), None, hidden),
        case("post", "/api/v1/residents/{id}/quote", &of("quote"), Some(wish.clone()), outside),
    ]
}

const ORDERS: &str = "/api/v1/orders";

/// Two orders of a resident that wait, and one that was handed over, with the catalogue.
pub(crate) async fn staged(server: &Server, resident: HolderId) -> (String, [String; 3]) {
    let catalogue = open(server).await;
    let clerk = server.staff("stage-clerk", &[("clerk", "510403")]).await;
    let order = async |hand_over| {
        let body = wanted(&catalogue, &resident.to_string(), "pressure", hand_over);
        placed(server.send(&clerk, "POST", ORDERS, Some(body)).await)
    };
    let orders = [order(false).await, order(false).await, order(true).await];
    (catalogue, orders)
}

/// Opens [`CLINIC`] with its own catalogue and twenty pieces on the shelf; the catalogue's id.
pub(crate) async fn open(server: &Server) -> String {
    server.open_institutions().await;
    receive(server, "鸡蛋", 20).await;
    server.file_catalogue("panzhihua-xiqu", Some(CLINIC), OWN.to_owned()).await.to_string()
}

pub(crate) async fn receive(server: &Server, good: &str, pieces: u32) {
    let receipt = Receipt {
        institution: CLINIC.to_owned(),
        good: good.to_owned(),
        supplier: "生成的供货商".to_owned(),
        lot: "L1".to_owned(),
        certificate: "C1".to_owned(),
        expires_on: Day::new(2027, 9, 21),
        pieces,
        piece: Fen(900),
        source: Source::ALL[0],
    };
    let now = server.app.now();
    let by = *id_of("storekeeper").bytes();
    let take = move |app: &App| Ok(app.store().receive_goods(receipt, by, now).wait()?);
    server.app.blocking(take).await.unwrap().unwrap();
}

pub(crate) fn wanted(catalogue: &str, person: &str, item: &str, hand_over: bool) -> Value {
    let wish = json!({"catalogue": catalogue, "item": item, "institution": CLINIC});
    json!({"person": person, "wish": wish, "hand_over": hand_over})
}

/// The id of an order that was placed.
pub(crate) fn placed(answer: Answer) -> String {
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// A counter, a clerk, and a registered resident with 10 points.
pub(crate) struct Stall {
    pub(crate) catalogue: String,
    pub(crate) clerk: Caller,
    pub(crate) resident: String,
}

impl Stall {
    pub(crate) async fn new(server: &Server) -> Self {
        server.publish().await;
        let catalogue = open(server).await;
        let nurse = nurse(server).await;
        let body = person("generated-1", "测试甲", "19500203", 1);
        let resident = register(server, &nurse, body).await;
        for (code, day) in [("R1", "2026-08-05"), ("R2", "2026-09-05")] {
            server.uploaded(&nurse, record(code, "generated-1", "lecture.attended", day)).await;
        }
        let clerk = server.staff_of("clerk", "clerk", "510403", CLINIC).await;
        Self { catalogue, clerk, resident }
    }

    pub(crate) async fn order(&self, server: &Server, item: &str, hand_over: bool) -> String {
        let body = wanted(&self.catalogue, &self.resident, item, hand_over);
        placed(server.send(&self.clerk, "POST", ORDERS, Some(body)).await)
    }

    pub(crate) async fn shown(&self, server: &Server, order: &str) -> Value {
        server.get(&self.clerk, &format!("{ORDERS}/{order}")).await.json()
    }

    async fn step(&self, server: &Server, order: &str, step: &str, body: Value) -> Answer {
        server.send(&self.clerk, "POST", &format!("{ORDERS}/{order}/{step}"), Some(body)).await
    }

    async fn points(&self, server: &Server) -> (i64, i64) {
        let path = format!("/api/v1/residents/{}/accounts", self.resident);
        let account = server.get(&self.clerk, &path).await.json()["items"][0].clone();
        (account["redeemable"].as_i64().unwrap(), account["held"].as_i64().unwrap())
    }
}

fn refused(answer: &Answer, code: &str, says: &str) {
    assert_eq!(answer.code(), code, "{answer:?}");
    assert!(answer.json()["detail"].as_str().unwrap().contains(says), "{answer:?}");
}

async fn what_is_ordered_is_found_by_its_code_and_handed_over_once(server: &Server) {
    let stall = Stall::new(server).await;
    let order = stall.order(server, "eggs", false).await;
    assert_eq!(stall.points(server).await, (5, 5));
    let shown = stall.shown(server, &order).await;
    let code = shown["code"].as_str().unwrap();
    assert_eq!(code.len(), 8);
    let find = async |code: &str| {
        let path = format!("{ORDERS}?institution={CLINIC}&code={code}");
        server.get(&stall.clerk, &path).await.json()
    };
    let found = find(code).await;
    assert_eq!(found["items"][0]["id"], order.as_str());
    // Names are masked, and nobody reads codes from a list.
    assert_eq!(found["items"][0]["name"], "测**");
    assert_eq!(found["items"][0]["code"], Value::Null);
    let other = if code == "00000000" { "00000001" } else { "00000000" };
    assert_eq!(find(other).await["items"], json!([]));
    let wrong = server.get(&stall.clerk, &format!("{ORDERS}?institution={CLINIC}&code=12")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

    let at = json!({"institution": CLINIC});
    let done = stall.step(server, &order, "hand-over", at.clone()).await;
    assert_eq!(done.json()["state"], "handed_over", "{done:?}");
    assert_eq!(done.json()["return_by"], "2026-09-28");
    assert_eq!(stall.points(server).await, (5, 0));
    let again = stall.step(server, &order, "hand-over", at).await;
    refused(&again, "conflict", "已领取");
    assert_eq!(find(code).await["items"], json!([]));
    assert_eq!(stall.points(server).await, (5, 0));
}

async fn an_order_of_another_institution_is_refused_with_the_place(server: &Server) {
    let stall = Stall::new(server).await;
    let order = stall.order(server, "eggs", false).await;
    let there = server.staff("there", &[("clerk", "440300")]).await;
    let path = format!("{ORDERS}/{order}/hand-over");
    let body = json!({"institution": OTHER_CLINIC});
    let answer = server.send(&there, "POST", &path, Some(body)).await;
    refused(&answer, "conflict", "请到生成的社区卫生服务中心（生成的地址1号）");
    assert_eq!(stall.shown(server, &order).await["state"], "waiting");
}

async fn a_clerk_reaches_their_own_counter_only(server: &Server) {
    let stall = Stall::new(server).await;
    let order = stall.order(server, "eggs", false).await;
    let other = server.staff_of("other", "clerk", "510403", "clinic-9").await;
    for (path, status) in [
        (format!("{ORDERS}?institution={CLINIC}"), StatusCode::FORBIDDEN),
        (format!("{ORDERS}?institution=none"), StatusCode::FORBIDDEN),
        (format!("{ORDERS}/{order}"), StatusCode::NOT_FOUND),
        (
            format!("/api/v1/residents/{}/offers?institution={CLINIC}", stall.resident),
            StatusCode::FORBIDDEN,
        ),
    ] {
        assert_eq!(server.get(&other, &path).await.status, status, "{path}");
    }
    for (step, body) in [
        ("hand-over", json!({"institution": CLINIC})),
        ("cancel", json!({"reason": "试试"})),
        ("return", json!({"institution": CLINIC, "reason": "试试", "restock": false})),
    ] {
        let path = format!("{ORDERS}/{order}/{step}");
        let answer = server.send(&other, "POST", &path, Some(body)).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
    }
    assert_eq!(stall.shown(server, &order).await["state"], "waiting");
}

async fn who_fetches_it_for_somebody_is_sealed_with_their_key(server: &Server) {
    let stall = Stall::new(server).await;
    let order = stall.order(server, "eggs", false).await;
    let proxy = |name: &str, document: Value| {
        let proxy = json!({
            "name": name, "relation": "女儿", "authorisation": "phone", "document": document,
        });
        json!({"institution": CLINIC, "proxy": proxy})
    };
    for bad in [proxy("", Value::Null), proxy("测试乙", json!("")), proxy("乙1", Value::Null)] {
        let answer = stall.step(server, &order, "hand-over", bad).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
    }
    let given = proxy("代办人乙", json!("99010119800101001X"));
    let done = stall.step(server, &order, "hand-over", given).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let shown = stall.shown(server, &order).await;
    let told = json!({
        "name": "代***", "relation": "女儿", "authorisation": "phone",
        "document": "990101********001X",
    });
    assert_eq!(shown["proxy"], told);
    // In lists there is only that somebody came for them.
    let list = server.get(&stall.clerk, &format!("{ORDERS}?institution={CLINIC}")).await;
    assert_eq!(list.json()["items"][0]["by_proxy"], true);
    assert_eq!(list.json()["items"][0]["proxy"], Value::Null);
    let id = order.parse().unwrap();
    let kept = server.app.ask(move |store| store.order_by_id(id)).await.unwrap().unwrap();
    let sealed = kept.proxy.unwrap();
    let bare = "代办人乙".as_bytes();
    assert!(!sealed.windows(bare.len()).any(|part| part == bare));

    let person: HolderId = stall.resident.parse().unwrap();
    let entered = Entered { now: server.app.now(), reason: None };
    let erase = move |app: &App| Ok(app.store().erase_person(person, entered).wait()?);
    assert!(server.app.blocking(erase).await.unwrap());
    let shown = stall.shown(server, &order).await;
    assert_eq!((&shown["name"], &shown["proxy"]), (&Value::Null, &Value::Null), "{shown}");
    assert_eq!(shown["by_proxy"], true);
}

async fn what_is_brought_back_in_time_brings_back_the_points(server: &Server) {
    let stall = Stall::new(server).await;
    let [late, early] =
        [stall.order(server, "eggs", true).await, stall.order(server, "eggs", true).await];
    assert_eq!(stall.points(server).await, (0, 0));
    let back = |reason: &str| json!({"institution": CLINIC, "reason": reason, "restock": true});
    for reason in ["", " ", "99010119500203001X 的东西"] {
        let answer = stall.step(server, &early, "return", back(reason)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
    }
    let done = stall.step(server, &early, "return", back("鸡蛋破了")).await;
    assert_eq!(done.json()["state"], "returned", "{done:?}");
    assert_eq!(done.json()["reason"], "鸡蛋破了");
    assert_eq!(stall.points(server).await, (5, 0));
    let again = stall.step(server, &early, "return", back("再退一次")).await;
    refused(&again, "conflict", "已退回");
    // The last day is the seventh after the hand-over.
    server.wait_millis(8 * 86_400_000);
    let clerk = server.sign_in("clerk", crate::support::PASSWORD).await;
    let path = format!("{ORDERS}/{late}/return");
    let answer = server.send(&clerk, "POST", &path, Some(back("不喜欢"))).await;
    refused(&answer, "conflict", "2026年9月29日起不能再退");
}

async fn nobody_hands_over_to_themselves(server: &Server) {
    let stall = Stall::new(server).await;
    let order = stall.order(server, "eggs", false).await;
    let own = server.worker("own", "generated-1", &[("clerk", "510403")]).await;
    let path = format!("{ORDERS}/{order}/hand-over");
    let body = json!({"institution": CLINIC});
    let answer = server.send(&own, "POST", &path, Some(body)).await;
    refused(&answer, "same_person", "不能给自己办理");
    let body = wanted(&stall.catalogue, &stall.resident, "eggs", true);
    let answer = server.send(&own, "POST", ORDERS, Some(body)).await;
    refused(&answer, "same_person", "不能给自己办理");
    assert_eq!(stall.shown(server, &order).await["state"], "waiting");
}

async fn what_cannot_be_had_is_refused_with_all_reasons(server: &Server) {
    let stall = Stall::new(server).await;
    let offers = format!("/api/v1/residents/{}/offers?institution={CLINIC}", stall.resident);
    let offers = server.get(&stall.clerk, &offers).await.json();
    let scheme = &offers["items"][0];
    assert_eq!(scheme["redeemable"], 10);
    let near = |item: &str| {
        let all = scheme["offers"].as_array().unwrap();
        all.iter().find(|one| one["item"] == item).unwrap()["nearness"].clone()
    };
    assert_eq!([near("eggs"), near("pressure"), near("glucose")], ["now", "now", "close"]);
    let body = wanted(&stall.catalogue, &stall.resident, "glucose", true);
    let quote = format!("/api/v1/residents/{}/quote", stall.resident);
    let quote = server.send(&stall.clerk, "POST", &quote, Some(body["wish"].clone())).await;
    assert_eq!(quote.json()["bill"]["points"], 900, "{quote:?}");
    assert_eq!(quote.json()["refusals"][0]["missing"], 890);
    let answer = server.send(&stall.clerk, "POST", ORDERS, Some(body)).await;
    refused(&answer, "refused", "要 900 分，还差 890 分");
    assert_eq!(answer.json()["reasons"][0]["code"], "insufficient");
    let mut none = wanted(&stall.catalogue, &stall.resident, "none", true);
    let answer = server.send(&stall.clerk, "POST", ORDERS, Some(none.clone())).await;
    refused(&answer, "refused", "现在没有这一项");
    none["wish"]["item"] = json!("eggs");
    none["wish"]["sets"] = json!(100);
    let answer = server.send(&stall.clerk, "POST", ORDERS, Some(none)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
    assert_eq!(answer.json()["place"], "sets");
    assert_eq!(stall.points(server).await, (10, 0));
}

async fn a_connected_system_redeems_within_its_scope(server: &Server) {
    let stall = Stall::new(server).await;
    let keeper = server.staff("keeper", &[("security-admin", "")]).await;
    let connected = async |scopes: &[&str]| {
        let body = json!({
            "name": "generated kiosk", "scopes": scopes, "area": "510403", "institution": CLINIC,
            "calls_per_minute": 600,
        });
        let client = server.send(&keeper, "POST", "/api/v1/clients", Some(body)).await;
        crate::clients::signed_in(server, &client.json()).await
    };
    let body = wanted(&stall.catalogue, &stall.resident, "eggs", true);
    let reads = connected(&["orders:read"]).await;
    let answer = server.send(&reads, "POST", ORDERS, Some(body.clone())).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let handles = connected(&["orders:read", "orders:handle"]).await;
    let answer = server.send(&handles, "POST", ORDERS, Some(body)).await;
    assert_eq!(answer.json()["state"], "handed_over", "{answer:?}");
    assert_eq!(stall.points(server).await, (5, 0));
}

/// T5: what is handed over stands in the register of its day, with who did it in the audit log.
async fn the_register_is_by_the_day_of_the_hand_over_t5(server: &Server) {
    let stall = Stall::new(server).await;
    let order = stall.order(server, "eggs", false).await;
    server.wait_millis(86_400_000);
    let clerk = server.sign_in("clerk", crate::support::PASSWORD).await;
    let stall = Stall { clerk, ..stall };
    stall.order(server, "pressure", false).await;
    stall.step(server, &order, "hand-over", json!({"institution": CLINIC})).await;
    let listed = async |query: &str| -> Vec<String> {
        let path = format!("{ORDERS}?institution={CLINIC}&{query}");
        let answer = server.get(&stall.clerk, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let items = answer.json()["items"].as_array().unwrap().clone();
        items.iter().map(|one| one["item"].as_str().unwrap().to_owned()).collect()
    };
    let day = "from=2026-09-22&to=2026-09-22";
    assert_eq!(listed(&format!("dated=handed_over&{day}")).await, ["eggs"]);
    assert_eq!(listed(day).await, ["pressure"]);
    assert_eq!(listed("from=2026-09-21&to=2026-09-21").await, ["eggs"]);
    assert_eq!(listed("state=waiting").await, ["pressure"]);
    assert_eq!(listed("limit=1").await, ["pressure"]);
    for query in ["from=2026-02-30", "from=2026-09-22&to=2026-09-21", "state=gone", "limit=0"] {
        let path = format!("{ORDERS}?institution={CLINIC}&{query}");
        let answer = server.get(&stall.clerk, &path).await;
        assert!(answer.status.is_client_error(), "{query}");
    }
    let auditor = server.staff("auditor", &[("auditor", "510403")]).await;
    let path = format!("/api/v1/audit?subject=resident:{}&action=orders:handle", stall.resident);
    let log = server.get(&auditor, &path).await;
    assert!(log.text.contains(&id_of("clerk").to_string()), "{log:?}");
}
