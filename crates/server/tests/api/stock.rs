//! `/api/v1/institutions/{code}/stock` and the pages of stock.

use axum::http::StatusCode;
use kangji_core::{
    Day, Fen, Points,
    ids::{CatalogueId, HolderId, OrderId},
};
use kangji_ledger::{Act, Answer as Says, Command, Source as Earned, account_of};
use kangji_redemption::{cost::Source, order::NewOrder};
use kangji_server::app::App;
use kangji_store::{OrderAct, OrderCommand, Receipt, new_id};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    shop::{CLINIC, OTHER_CLINIC},
    support::{Answer, Caller, Server, id_of, on_both},
};

on_both! {
    goods_come_are_counted_and_written_off_and_the_register_tells;
    p8_a_bundle_takes_each_component_out_of_stock;
    what_cannot_be_is_told_with_its_place;
    a_receipt_that_comes_again_is_one_batch;
    a_count_that_somebody_overtook_is_not_taken;
    nobody_reaches_the_stock_of_others;
    clerks_keep_their_stock_on_pages;
    what_was_typed_stays_and_is_escaped;
    officers_look_and_change_nothing;
}

pub(crate) const SCHEME: &str = "panzhihua-xiqu";
const BUNDLE: &str = "oil-pot-tape-masks";
const GOODS: [&str; 3] = ["控油壶", "体重指数腰围尺", "医用口罩"];
const STOCK: &str = "/api/v1/institutions/clinic-1/stock";

fn came(good: &str, pieces: u32) -> Value {
    json!({
        "good": good, "supplier": "生成的供货商", "lot": "L-1", "certificate": "川械备20260001",
        "valid_until": "2026-12-31", "pieces": pieces, "piece_fen": 150, "source": "subsidy",
    })
}

impl Server {
    /// A clerk of [`CLINIC`].
    pub(crate) async fn clerk(&self) -> Caller {
        self.staff_of("clerk", "clerk", "510403", CLINIC).await
    }

    /// Puts goods on the shelf of [`CLINIC`]; the batch's id.
    pub(crate) async fn receive(&self, good: &str, pieces: u32, source: Source) -> String {
        let receipt = Receipt {
            institution: CLINIC.to_owned(),
            good: good.to_owned(),
            supplier: "生成的供货商".to_owned(),
            lot: "L-1".to_owned(),
            certificate: "川械备20260001".to_owned(),
            expires_on: Day::new(2027, 1, 1),
            pieces,
            piece: Fen(150),
            source,
        };
        let receive = move |app: &App| {
            let by = *id_of("receiver").bytes();
            Ok(app.store().receive_goods(receipt, by, app.now()).wait()?.unwrap())
        };
        let id = self.app.blocking(receive).await.unwrap();
        HolderId::from_bytes(id).to_string()
    }

    /// Gives somebody points.
    pub(crate) async fn credit(&self, person: HolderId, points: i64) {
        let give = move |app: &App| {
            let (now, store) = (app.now(), app.store());
            store.open_accounts(SCHEME, vec![(person, false)]).wait()?;
            let source = Earned {
                award: "record-established".to_owned(),
                resident: person,
                record: None,
                period: None,
                version: now.day(),
            };
            let act = Act::Credit { points: Points(points), expires_on: None, source };
            let (account, day) = (account_of(person, SCHEME), now.day());
            let command = Command { key: None, account, day, act, answer: Says::default() };
            store.execute(command, now).wait()?.unwrap();
            Ok(())
        };
        self.app.blocking(give).await.unwrap();
    }

    /// The scheme's own catalogue, in force.
    pub(crate) async fn own_catalogue(&self) -> CatalogueId {
        self.publish().await;
        let all = self.open_shop().await;
        all.into_iter().find(|(scheme, _)| scheme == SCHEME).unwrap().1
    }

    /// Somebody orders so many sets of an item at [`CLINIC`], to be fetched or handed over at once.
    pub(crate) async fn ordered(
        &self,
        catalogue: CatalogueId,
        person: HolderId,
        (item, sets): (&str, u32),
        hand_over: bool,
    ) -> OrderId {
        let id = OrderId::from_bytes(new_id(self.app.now()));
        let (item, institution) = (item.to_owned(), CLINIC.to_owned());
        let new = NewOrder {
            catalogue,
            item,
            sets,
            chosen: Vec::new(),
            institution,
            vouchers: Vec::new(),
        };
        let code = "12345678".to_owned();
        self.order(OrderAct::Place { id, person, code, new, hand_over, proxy: None }).await;
        id
    }

    pub(crate) async fn order(&self, act: OrderAct) {
        let by = Some(*id_of("clerk").bytes());
        let command = OrderCommand { act, by, now: self.app.now() };
        self.app.store().order(command).answer().await.unwrap().unwrap();
    }
}

/// A batch that somebody may count and write off.
pub(crate) async fn received(server: &Server) -> String {
    server.open_institutions().await;
    server.receive("香皂", 9, Source::Subsidy).await
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
    let at = |rest: &str| format!("{STOCK}{rest}");
    let count = json!({"good": "香皂", "batches": [{"batch": "{batch}", "seen": 9, "counted": 9}]});
    let gone = json!({"batch": "{batch}", "pieces": 1, "cause": "damaged"});
    let whole = "/api/v1/institutions/{code}/stock";
    let of = "/api/v1/institutions/{code}/stock/batches";
    let one = "/api/v1/institutions/{code}/stock/batches/{id}";
    let entries = "/api/v1/institutions/{code}/stock/entries";
    let receipts = "/api/v1/institutions/{code}/stock/receipts";
    let counts = "/api/v1/institutions/{code}/stock/counts";
    let write_offs = "/api/v1/institutions/{code}/stock/write-offs";
    vec![
        case("get", whole, STOCK, None, "officer", "nurse"),
        case("get", of, &at("/batches"), None, "clerk", "nurse"),
        case("get", one, &at("/batches/{batch}"), None, "clerk", "nurse"),
        case("get", entries, &at("/entries"), None, "manager", "nurse"),
        case("post", receipts, &at("/receipts"), Some(came("香皂", 2)), "clerk", "officer"),
        case("post", counts, &at("/counts"), Some(count), "clerk", "officer"),
        case("post", write_offs, &at("/write-offs"), Some(gone), "clerk", "officer"),
    ]
}

async fn stands(server: &Server, caller: &Caller, good: &str) -> Value {
    let answer = server.get(caller, STOCK).await.json();
    let goods = answer["goods"].as_array().unwrap();
    goods.iter().find(|one| one["good"] == good).unwrap().clone()
}

async fn goods_come_are_counted_and_written_off_and_the_register_tells(server: &Server) {
    server.open_institutions().await;
    let clerk = server.clerk().await;
    let post = async |rest: &str, body: Value| {
        server.wait_millis(1000);
        server.send(&clerk, "POST", &format!("{STOCK}/{rest}"), Some(body)).await
    };
    let answer = post("receipts", came(GOODS[2], 20)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let batch = answer.json()["id"].as_str().unwrap().to_owned();
    let count = |seen: u32, counted: u32, reason: Option<&str>| {
        let one = json!({"batch": batch, "seen": seen, "counted": counted, "reason": reason});
        json!({"good": GOODS[2], "batches": [one]})
    };
    let told = post("counts", count(20, 18, Some("运输破损"))).await;
    assert_eq!(told.json(), json!({"differences": [-2]}), "{told:?}");
    let gone = json!({"batch": batch, "pieces": 3, "cause": "recalled", "note": "厂家通知"});
    let left = post("write-offs", gone).await.json();
    assert_eq!((&left["left"], &left["received"]), (&json!(15), &json!(20)));
    assert_eq!((&left["valid_until"], &left["expired"]), (&json!("2026-12-31"), &json!(false)));
    let one = server.get(&clerk, &format!("{STOCK}/batches/{batch}")).await.json();
    assert_eq!(one, left);
    assert_eq!(server.get(&clerk, &format!("{STOCK}/batches")).await.json(), json!([left]));
    let good = stands(server, &clerk, GOODS[2]).await;
    assert_eq!(
        (&good["free"], &good["reserved"], &good["offered"]),
        (&json!(15), &json!(0), &json!(false))
    );
    let entries = server.get(&clerk, &format!("{STOCK}/entries?limit=2")).await.json();
    let told = |entries: &Value| {
        let items = entries["items"].as_array().unwrap();
        let one =
            |one: &Value| (one["movement"].clone(), one["pieces"].clone(), one["reason"].clone());
        items.iter().map(one).collect::<Vec<_>>()
    };
    let newest = [
        (json!("write_off"), json!(-3), json!("召回：厂家通知")),
        (json!("count"), json!(-2), json!("运输破损")),
    ];
    assert_eq!(told(&entries), newest);
    assert_eq!(entries["items"][0]["by"], id_of("clerk").to_string());
    let next = entries["next"].as_str().unwrap();
    let rest = server.get(&clerk, &format!("{STOCK}/entries?after={next}")).await.json();
    assert_eq!(told(&rest), [(json!("receipt"), json!(20), Value::Null)]);
    assert_eq!(rest["next"], Value::Null);
}

async fn p8_a_bundle_takes_each_component_out_of_stock(server: &Server) {
    let catalogue = server.own_catalogue().await;
    let clerk = server.clerk().await;
    let person = server.villager("generated-1").await;
    server.credit(person, 1000).await;
    for good in GOODS {
        server.receive(good, 5, Source::Subsidy).await;
    }
    server.ordered(catalogue, person, (BUNDLE, 1), false).await;
    server.ordered(catalogue, person, (BUNDLE, 2), true).await;
    for good in GOODS {
        let found = stands(server, &clerk, good).await;
        let expected = json!({
            "good": good, "free": 2, "reserved": 1, "missing": 0, "expired": 0,
            "next_valid_until": "2026-12-31", "handed_over": 2, "lasts_days": 28, "low": false,
            "wanted": 0, "offered": true,
        });
        assert_eq!(found, expected, "{good}");
    }
    // What a catalogue wants and nobody received is told as well.
    let soap = stands(server, &clerk, "香皂或肥皂").await;
    assert_eq!(
        (&soap["free"], &soap["low"], &soap["offered"]),
        (&json!(0), &json!(true), &json!(true))
    );
}

async fn what_cannot_be_is_told_with_its_place(server: &Server) {
    let batch = received(server).await;
    let clerk = server.clerk().await;
    let with = |field: &str, value: Value| {
        let mut body = came("香皂", 2);
        body[field] = value;
        ("receipts", body, field.to_owned())
    };
    let count = |seen: u32, counted: u32, reason: Value, place: &str| {
        let one = json!({"batch": batch, "seen": seen, "counted": counted, "reason": reason});
        ("counts", json!({"good": "香皂", "batches": [one]}), place.to_owned())
    };
    let gone = |batch: &str, pieces: u32, cause: &str, place: &str| {
        let body = json!({"batch": batch, "pieces": pieces, "cause": cause});
        ("write-offs", body, place.to_owned())
    };
    let nothing = "00000000-0000-4000-8000-000000000000";
    let mut of_another = count(9, 8, json!("x"), "batches[0].batch");
    of_another.1["good"] = json!("牙膏");
    let cases = [
        with("good", json!(" ")),
        with("supplier", json!("")),
        with("lot", json!("a\nb")),
        with("certificate", json!("证".repeat(101))),
        with("valid_until", json!("2026-09-20")),
        with("valid_until", json!("明天")),
        with("pieces", json!(0)),
        with("pieces", json!(1_000_000_001)),
        with("piece_fen", json!(100_000_001)),
        with("source", json!("gift")),
        count(9, 8, Value::Null, "batches[0].reason"),
        count(9, 8, json!(""), "batches[0].reason"),
        ("counts", json!({"good": "香皂", "batches": []}), "batches".to_owned()),
        of_another,
        gone(nothing, 1, "damaged", "batch"),
        gone(&batch, 10, "damaged", "pieces"),
        gone(&batch, 0, "damaged", "pieces"),
        gone(&batch, 1, "eaten", "cause"),
    ];
    for (rest, body, place) in cases {
        let path = format!("{STOCK}/{rest}");
        let answer = server.send(&clerk, "POST", &path, Some(body.clone())).await;
        let found = answer.json();
        assert_eq!(
            (&found["code"], &found["place"]),
            (&json!("invalid"), &json!(place)),
            "{body}: {found}"
        );
    }
    let entries = server.get(&clerk, &format!("{STOCK}/entries")).await.json();
    assert_eq!(entries["items"].as_array().unwrap().len(), 1, "what is refused changes nothing");
}

async fn a_receipt_that_comes_again_is_one_batch(server: &Server) {
    server.open_institutions().await;
    let clerk = server.clerk().await;
    let path = format!("{STOCK}/receipts");
    let send = async |pieces| {
        server.send_under("once", &clerk, "POST", &path, Some(came("香皂", pieces))).await
    };
    let (first, again) = (send(2).await, send(2).await);
    assert_eq!((first.status, &first.text), (StatusCode::CREATED, &again.text));
    assert_eq!(stands(server, &clerk, "香皂").await["free"], 2);
    assert_eq!(send(3).await.code(), "idempotency_key_used");
}

async fn a_count_that_somebody_overtook_is_not_taken(server: &Server) {
    let batch = received(server).await;
    let clerk = server.clerk().await;
    let count = |seen: u32| {
        let one = json!({"batch": batch, "seen": seen, "counted": 5, "reason": "少了"});
        json!({"good": "香皂", "batches": [one]})
    };
    let path = format!("{STOCK}/counts");
    let first = server.send(&clerk, "POST", &path, Some(count(9))).await;
    assert_eq!(first.json(), json!({"differences": [-4]}));
    let stale = server.send(&clerk, "POST", &path, Some(count(9))).await;
    assert_eq!(
        (stale.status, stale.code()),
        (StatusCode::PRECONDITION_FAILED, "changed_meanwhile".into())
    );
    let seen = format!("seen-{batch}");
    let counted = format!("counted-{batch}");
    let fields = [("good", "香皂"), (seen.as_str(), "9"), (counted.as_str(), "7")];
    let page = server.submit(&clerk, "/stock/clinic-1/good", &fields).await;
    assert_eq!(page.status, StatusCode::PRECONDITION_FAILED);
    assert!(
        page.text.contains("盘点期间有出入库") && page.text.contains("账面 5 件"),
        "{}",
        page.text
    );
    assert!(page.text.contains("value=\"7\""), "what was typed stays");
}

async fn nobody_reaches_the_stock_of_others(server: &Server) {
    let batch = received(server).await;
    let other = server.staff_of("other", "clerk", "510403", "clinic-9").await;
    let far = server.staff_of("far", "clerk", "440300", OTHER_CLINIC).await;
    for (caller, name) in [(&other, "another institution"), (&far, "another area")] {
        for path in
            [STOCK.to_owned(), format!("{STOCK}/entries"), format!("{STOCK}/batches/{batch}")]
        {
            let answer = server.get(caller, &path).await;
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::FORBIDDEN, "out_of_area".into()),
                "{name}"
            );
        }
        let path = format!("{STOCK}/receipts");
        let answer = server.send(caller, "POST", &path, Some(came("香皂", 1))).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(server.page(caller, "/stock/clinic-1").await.status, StatusCode::FORBIDDEN);
    }
    // A batch is found below its own institution only, and nobody is told which ones there are.
    let path = format!("/api/v1/institutions/{OTHER_CLINIC}/stock/batches/{batch}");
    assert_eq!(server.get(&far, &path).await.status, StatusCode::NOT_FOUND);
    let nowhere = server.get(&far, "/api/v1/institutions/clinic-0/stock").await;
    assert_eq!(nowhere.code(), "out_of_area");
}

fn holds(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(answer.text.contains(text), "`{text}` is not in {}", answer.text);
    }
}

async fn clerks_keep_their_stock_on_pages(server: &Server) {
    let catalogue = server.own_catalogue().await;
    let clerk = server.clerk().await;
    let fields = [
        ("good", GOODS[2]),
        ("pieces", "20"),
        ("piece_fen", "1.5"),
        ("source", "sponsor"),
        ("supplier", "生成的供货商"),
        ("lot", "L-7"),
        ("certificate", "无"),
        ("valid_until", "2026-12-31"),
    ];
    holds(&server.page(&clerk, "/stock/clinic-1/receive").await, &["物品入库", GOODS[1]]);
    let done = server.submit(&clerk, "/stock/clinic-1/receive", &fields).await;
    let good = done.on().to_owned();
    assert!(good.starts_with("/stock/clinic-1/good?good="), "{good}");
    let person = server.villager("generated-1").await;
    server.credit(person, 1000).await;
    for other in [GOODS[0], GOODS[1]] {
        server.receive(other, 1, Source::Subsidy).await;
    }
    server.wait_millis(1000);
    server.ordered(catalogue, person, (BUNDLE, 1), true).await;
    // The clerk has one institution and sees its stock at once.
    let table = server.page(&clerk, "/stock").await;
    let shown =
        [GOODS[2], "生成的社区卫生服务中心", "约 532 天", "无货", "种物品需要补货", "2026-12-31"];
    holds(&table, &shown);
    let page = server.page(&clerk, &good).await;
    holds(
        &page,
        &["L-7", "1.50", "企业赞助", "账面 19 件", "兑换发放", "控油壶＋体重指数腰围尺＋医用口罩"],
    );
    let batch = page.text.split("/batches/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let names = ["seen", "counted", "reason"].map(|field| format!("{field}-{batch}"));
    let count = |counted: &'static str, reason: &'static str| {
        [
            ("good", GOODS[2]),
            (names[0].as_str(), "19"),
            (names[1].as_str(), counted),
            (names[2].as_str(), reason),
        ]
    };
    let silent = server.submit(&clerk, "/stock/clinic-1/good", &count("17", "")).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&silent, &["请写明原因", "value=\"17\"", &format!("href=\"#f-reason-{batch}\"")]);
    server.wait_millis(1000);
    let done = server.submit(&clerk, "/stock/clinic-1/good", &count("17", "破损")).await;
    assert_eq!(done.on(), good);
    let here = format!("/stock/clinic-1/batches/{batch}");
    let gone = [("pieces", "18"), ("cause", "damaged")];
    let many = server.submit(&clerk, &here, &gone).await;
    assert_eq!(many.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&many, &["这一批只剩 17 件", "value=\"18\""]);
    server.wait_millis(1000);
    let gone = [("pieces", "7"), ("cause", "damaged"), ("note", "受潮")];
    assert_eq!(server.submit(&clerk, &here, &gone).await.on(), here);
    holds(
        &server.page(&clerk, &here).await,
        &["10 件，入库 20 件", "破损：受潮", "/counter/orders/"],
    );
    let register = server.page(&clerk, "/stock/clinic-1/entries").await;
    holds(&register, &["+20", "-1", "-2", "-7", "clerk", "报损"]);
    holds(&server.page(&clerk, "/stock/clinic-1/sheet").await, &["盘点表", "L-7", "监盘人"]);
}

async fn what_was_typed_stays_and_is_escaped(server: &Server) {
    server.open_institutions().await;
    let clerk = server.clerk().await;
    let script = "<script>alert(1)</script>";
    let mut fields = vec![
        ("good", script),
        ("pieces", "many"),
        ("piece_fen", "1.5"),
        ("source", "sponsor"),
        ("supplier", script),
        ("lot", script),
        ("certificate", script),
    ];
    let page = server.submit(&clerk, "/stock/clinic-1/receive", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&page, &["请填写整数", "value=\"many\"", "&lt;script&gt;"]);
    assert!(!page.text.contains(script));
    fields[1].1 = "2";
    let good = server.submit(&clerk, "/stock/clinic-1/receive", &fields).await.on().to_owned();
    for path in [good.as_str(), "/stock", "/stock/clinic-1/entries", "/stock/clinic-1/sheet"] {
        let page = server.page(&clerk, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.contains("&lt;script&gt;") && !page.text.contains(script), "{path}");
    }
    for (field, typed, says) in [
        ("pieces", "0", "件数是 1 到"),
        ("piece_fen", "1.234", "最多两位小数"),
        ("valid_until", "2026-01-01", "已经过期"),
    ] {
        let mut fields = fields.clone();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, typed));
        let page = server.submit(&clerk, "/stock/clinic-1/receive", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        holds(&page, &[says, &format!("href=\"#f-{field}\""), &format!("value=\"{typed}\"")]);
    }
}

async fn officers_look_and_change_nothing(server: &Server) {
    let batch = received(server).await;
    let officer = server.staff("officer", &[("officer", "5104"), ("officer", "4403")]).await;
    let page = server.page(&officer, "/stock").await;
    holds(&page, &["请选择机构", "/stock/clinic-1", "/stock/clinic-2"]);
    for path in [
        "/stock/clinic-1".to_owned(),
        "/stock/clinic-1/good?good=%E9%A6%99%E7%9A%82".to_owned(),
        format!("/stock/clinic-1/batches/{batch}"),
    ] {
        let page = server.page(&officer, &path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text.contains("物品入库") && !page.text.contains("报损出库"), "{path}");
        assert!(!page.text.contains("提交盘点"), "{path}");
    }
    let nobody = server.page(&officer, "/stock/clinic-1/good").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}
