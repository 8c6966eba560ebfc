//! `/api/v1/me/mall`, `/api/v1/me/orders` and the pages `/my/mall`, `/my/orders`: what residents
//! can have for their points

use axum::http::StatusCode;
use kangji_core::{
    DivisionPrefix, Fen, Points,
    ids::{CatalogueId, HolderId, OrderId},
};
use kangji_ledger::{Act, Answer as Entered, Command, Source, account_of};
use kangji_redemption::{Level, cost};
use kangji_rights::Action;
use kangji_server::app::App;
use kangji_store::{Fact, Institution, OrderAct, OrderCommand, Receipt, ResidentFact};
use serde_json::{Value, json};

use crate::{
    residents::{nurse, person, register},
    shop::{CLINIC, everywhere},
    support::{Answer, Caller, Server, on_both},
    town,
};

on_both! {
    every_address_is_for_residents_about_their_own;
    a_check_up_and_rehabilitation_by_content_cost_36_33;
    a_basic_pack_asks_for_the_figures_of_the_village;
    a_rehabilitation_pack_is_had_once_a_year;
    a_sanfu_patch_is_for_helpers_in_the_season;
    redeeming_lowers_only_what_can_be_redeemed;
    a_benefit_rests_on_the_total;
    what_a_report_brought_is_not_told_by_what_can_be_had;
    a_bundle_takes_each_of_its_components;
    goods_are_warned_of_where_the_scheme_discourages_them;
    a_guardian_orders_for_a_child;
    an_order_is_placed_once_and_cancelled;
    what_is_handed_over_is_rated_once;
    what_is_wrong_is_told_with_its_place;
    a_place_is_near_and_open;
    a_resident_orders_on_pages;
    a_choice_is_typed_again_where_it_is_wrong;
    what_ran_out_is_told_with_other_ways;
    goods_that_ran_out_are_found_elsewhere;
    pages_of_others_are_not_there;
}

/// Addresses whose rights are tested in this file.
pub(crate) const TESTED: [(&str, &str); 7] = [
    ("get", "/api/v1/me/mall"),
    ("post", "/api/v1/me/mall/quote"),
    ("get", "/api/v1/me/orders"),
    ("post", "/api/v1/me/orders"),
    ("get", "/api/v1/me/orders/{id}"),
    ("post", "/api/v1/me/orders/{id}/cancel"),
    ("post", "/api/v1/me/orders/{id}/rating"),
];

const MALL: &str = "/api/v1/me/mall";
const QUOTE: &str = "/api/v1/me/mall/quote";
const ORDERS: &str = "/api/v1/me/orders";

const TONGHUI: &str = "tonghui";
const XIQU: &str = "panzhihua-xiqu";
/// A village of Tonghui, and the health centre there.
const VILLAGE: &str = "500110007001";
const CENTRE: &str = "centre";

const DAY: i64 = 86_400_000;

/// The published schemes with their catalogues in force, and two health centres in Tonghui.
struct Shop {
    tonghui: CatalogueId,
    xiqu: CatalogueId,
}

impl Shop {
    async fn open(server: &Server) -> Self {
        server.publish().await;
        let filed = server.open_shop().await;
        let of = |scheme: &str| filed.iter().find(|(id, _)| id == scheme).unwrap().1;
        put_institution(server, CENTRE, "生成的街道卫生服务中心", "500110007", None).await;
        Self { tonghui: of(TONGHUI), xiqu: of(XIQU) }
    }

    /// A wish for something of Tonghui.
    fn wish(&self, item: &str, chosen: &[(&str, u32)]) -> Value {
        wish(self.tonghui, CENTRE, item, chosen)
    }
}

fn wish(catalogue: CatalogueId, at: &str, item: &str, chosen: &[(&str, u32)]) -> Value {
    let chosen = chosen.iter().map(|(content, units)| json!({"content": content, "units": units}));
    json!({
        "catalogue": catalogue.to_string(), "item": item, "institution": at,
        "chosen": chosen.collect::<Vec<_>>(),
    })
}

pub(crate) async fn put_institution(
    server: &Server,
    code: &str,
    name: &str,
    area: &str,
    closed: Option<bool>,
) {
    let now = server.app.now();
    let new = Institution {
        code: code.to_owned(),
        name: name.to_owned(),
        level: Level::Institution,
        area: DivisionPrefix::parse(area).unwrap(),
        address: format!("{name}的地址"),
        phone: "023-0000000".to_owned(),
        hours: "每天 8:00—17:00".to_owned(),
        changed_at: now,
        closed_at: closed.map(|_| now),
    };
    let put = move |app: &App| {
        let permit = everywhere(Action::InstitutionsWrite);
        assert!(app.store().put_institution(&permit, new).wait()?);
        Ok(())
    };
    server.app.blocking(put).await.unwrap();
}

/// A resident of Tonghui with points in hundredths.
async fn helper(server: &Server, code: &str, points: i64) -> (HolderId, Caller) {
    helper_in(server, code, &[], points).await
}

/// The same who belongs to groups.
async fn helper_in(
    server: &Server,
    code: &str,
    groups: &[&str],
    points: i64,
) -> (HolderId, Caller) {
    let groups = groups.iter().map(|group| ((*group).to_owned(), town::ALWAYS)).collect();
    let id = server.resident_with(ResidentFact { groups, ..town::person(code, VILLAGE, 1954) });
    let id = id.await;
    give(server, id, TONGHUI, points).await;
    (id, server.as_resident(id).await)
}

/// Credits points.
async fn give(server: &Server, person: HolderId, scheme: &'static str, points: i64) {
    give_for(server, person, (scheme, "generated"), points).await;
}

/// Credits points for an award.
async fn give_for(
    server: &Server,
    person: HolderId,
    (scheme, award): (&'static str, &'static str),
    points: i64,
) {
    let credit = move |app: &App| {
        app.store().open_accounts(scheme, vec![(person, false)]).wait()?;
        if points > 0 {
            let source = Source {
                award: award.to_owned(),
                resident: person,
                record: None,
                period: None,
                version: app.now().day(),
            };
            let act = Act::Credit { points: Points(points), expires_on: None, source };
            let (account, day) = (account_of(person, scheme), app.now().day());
            let command = Command { key: None, account, day, act, answer: Entered::default() };
            app.store().execute(command, app.now()).wait()?.unwrap();
        }
        Ok(())
    };
    server.app.blocking(credit).await.unwrap();
}

/// Puts goods on a shelf.
async fn receive(server: &Server, at: &str, good: &str, pieces: u32) {
    let receipt = Receipt {
        institution: at.to_owned(),
        good: good.to_owned(),
        supplier: "生成的供货商".to_owned(),
        lot: "L1".to_owned(),
        certificate: "C1".to_owned(),
        expires_on: None,
        pieces,
        piece: Fen(900),
        source: cost::Source::Subsidy,
    };
    let now = server.app.now();
    let take = move |app: &App| Ok(app.store().receive_goods(receipt, [7; 16], now).wait()?);
    server.app.blocking(take).await.unwrap().unwrap();
}

async fn mall(server: &Server, who: &Caller, at: &str) -> Value {
    let answer = server.get(who, &format!("{MALL}?institution={at}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

/// What a scheme's points bring.
fn counter(mall: &Value, scheme: &str) -> Value {
    let counters = mall["counters"].as_array().unwrap();
    counters.iter().find(|one| one["scheme"] == scheme).unwrap().clone()
}

fn offer(counter: &Value, item: &str) -> Value {
    let offers = counter["offers"].as_array().unwrap();
    offers.iter().find(|one| one["item"] == item).unwrap().clone()
}

async fn quote(server: &Server, who: &Caller, wish: &Value) -> Value {
    let answer = server.send(who, "POST", QUOTE, Some(wish.clone())).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

async fn order(server: &Server, who: &Caller, wish: &Value) -> Answer {
    server.send(who, "POST", ORDERS, Some(wish.clone())).await
}

/// Places an order that has to be possible; its id.
async fn ordered(server: &Server, who: &Caller, wish: &Value) -> String {
    let answer = order(server, who, wish).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn hand_over(server: &Server, id: &str, at: &'static str) {
    let order: OrderId = id.parse().unwrap();
    let hand = move |app: &App| {
        let act = OrderAct::HandOver { order, institution: at.to_owned(), proxy: None };
        let command = OrderCommand { act, by: Some([7; 16]), now: app.now() };
        assert!(app.store().order(command).wait()?.is_ok());
        Ok(())
    };
    server.app.blocking(hand).await.unwrap();
}

/// The codes of what is in the way.
fn codes(reasons: &Value) -> Vec<&str> {
    reasons.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

fn says(reasons: &Value, place: usize) -> &str {
    reasons[place]["says"].as_str().unwrap()
}

fn has(page: &Answer, parts: &[&str]) {
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    shows(page, parts);
}

fn shows(page: &Answer, parts: &[&str]) {
    for part in parts {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
}

async fn every_address_is_for_residents_about_their_own(server: &Server) {
    let shop = Shop::open(server).await;
    let (_, own) = helper(server, "generated-1", 20_000).await;
    let (_, other) = helper(server, "generated-2", 0).await;
    let nurse = server.staff("nurse", &[("nurse", "")]).await;
    let wish = shop.wish("rehabilitation-pack", &[]);
    let id = ordered(server, &own, &wish).await;
    let one = format!("{ORDERS}/{id}");
    let [cancel, rating] = [format!("{one}/cancel"), format!("{one}/rating")];
    let stars = json!({"stars": 5});
    let requests = [
        ("GET", MALL, None),
        ("GET", ORDERS, None),
        ("GET", &*one, None),
        ("POST", QUOTE, Some(&wish)),
        ("POST", ORDERS, Some(&wish)),
        ("POST", &*rating, Some(&stars)),
        ("POST", &*cancel, None),
    ];
    for (method, path, body) in requests {
        let ask = async |who: &Caller| server.send(who, method, path, body.cloned()).await;
        let place = format!("{method} {path}");
        assert_eq!(ask(&Caller::default()).await.status, StatusCode::UNAUTHORIZED, "{place}");
        assert_eq!(ask(&nurse).await.status, StatusCode::FORBIDDEN, "{place}");
        if path.contains(&id) {
            assert_eq!(ask(&other).await.status, StatusCode::NOT_FOUND, "{place}: another one");
        }
        let own = ask(&own).await.status;
        assert!(own.is_success() || own == StatusCode::CONFLICT, "{place}: {own}");
    }
    let stranger = HolderId::from_bytes([9; 16]);
    for path in [format!("{MALL}?person={stranger}"), format!("{ORDERS}?person={stranger}")] {
        assert_eq!(server.get(&own, &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let mut for_another = wish;
    for_another["person"] = json!(stranger.to_string());
    assert_eq!(order(server, &own, &for_another).await.status, StatusCode::NOT_FOUND);
    let asked = server.send(&own, "POST", QUOTE, Some(for_another)).await;
    assert_eq!(asked.status, StatusCode::NOT_FOUND);
}

/// T14, T15: venous glucose, three tubes, an ECG and five cups, exact to a hundredth.
async fn a_check_up_and_rehabilitation_by_content_cost_36_33(server: &Server) {
    let shop = Shop::open(server).await;
    let (_, own) = helper(server, "generated-1", 3633).await;
    let chosen = [("血糖（静脉）", 1), ("真空采血管", 3), ("十二通道常规心电图检查", 1)];
    let check_up = shop.wish("checkup-personal", &chosen);
    let cups = shop.wish("rehabilitation-personal", &[("拔罐", 5)]);
    let quoted = quote(server, &own, &check_up).await;
    assert_eq!((&quoted["points"], &quoted["can"]), (&json!(2763), &json!(true)));
    assert_eq!(quoted["decimals"], 2);
    // In the order of the catalogue, each line with its own sum.
    let lines = quoted["lines"].as_array().unwrap();
    let line = |line: &Value| (line["name"].as_str().unwrap().to_owned(), line["points"].clone());
    let lines: Vec<_> = lines.iter().map(line).collect();
    let expected = [("血糖（静脉）", 760), ("十二通道常规心电图检查", 1760), ("真空采血管", 243)];
    let expected = expected.map(|(name, points)| (name.to_owned(), json!(points)));
    assert_eq!(lines, expected);
    assert_eq!(quote(server, &own, &cups).await["points"], 870);
    // Three cups are included; each further one costs 1.50.
    for (units, points) in [(1, 570), (3, 570), (4, 720), (5, 870), (99, 570 + 96 * 150)] {
        let cups = shop.wish("rehabilitation-personal", &[("拔罐", units)]);
        assert_eq!(quote(server, &own, &cups).await["points"], points, "{units} cups");
    }
    let first = ordered(server, &own, &check_up).await;
    server.wait_millis(1_000);
    let second = ordered(server, &own, &cups).await;
    let orders = server.get(&own, ORDERS).await.json();
    let points = orders["items"].as_array().unwrap().iter().map(|one| one["points"].as_i64());
    assert_eq!(points.collect::<Option<Vec<_>>>().unwrap(), [870, 2763], "the newest first");
    assert_eq!(orders["items"][0]["id"], json!(second));
    has(
        &server.page(&own, "/my/orders").await,
        &["2 件，共留了 <strong>36.33</strong> 分", &first],
    );
    let spent = counter(&mall(server, &own, CENTRE).await, TONGHUI);
    assert_eq!((&spent["redeemable"], &spent["total"]), (&json!(0), &json!(3633)));
    // Not even a tube any more.
    let refused = order(server, &own, &shop.wish("checkup-personal", &[("真空采血管", 1)])).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "refused".to_owned()));
    let reasons = refused.json()["reasons"].clone();
    assert_eq!((codes(&reasons), &reasons[0]["missing"]), (vec!["insufficient"], &json!(81)));
    assert_eq!(says(&reasons, 0), "要 0.81 分，还差 0.81 分");
}

/// T11: its condition takes the place of a price.
async fn a_basic_pack_asks_for_the_figures_of_the_village(server: &Server) {
    let shop = Shop::open(server).await;
    let (_, own) = helper(server, "generated-1", 0).await;
    let wish = shop.wish("checkup-basic", &[]);
    let metric = |name: &str, value: &str| Fact::Metric {
        community: VILLAGE.to_owned(),
        year: 2026,
        name: name.to_owned(),
        value: value.parse().unwrap(),
    };
    let missing = quote(server, &own, &wish).await;
    assert_eq!(codes(&missing["reasons"]), ["given", "given"]);
    assert!(says(&missing["reasons"], 0).contains("还没有公布"), "{missing}");
    assert_eq!((&missing["points"], missing["lines"].as_array().unwrap().len()), (&json!(0), 12));
    let rate = "elderly_checkup_rate";
    server.enter(vec![metric(rate, "0.6499"), metric("two_cancer_screening_rate", "1")]).await;
    let below = quote(server, &own, &wish).await;
    assert_eq!(codes(&below["reasons"]), ["given"]);
    assert!(says(&below["reasons"], 0).contains("64.99%"), "{below}");
    let refused = order(server, &own, &wish).await;
    assert_eq!(codes(&refused.json()["reasons"]), ["given"]);
    server.enter(vec![metric(rate, "0.65")]).await;
    let pack = offer(&counter(&mall(server, &own, CENTRE).await, TONGHUI), "checkup-basic");
    assert_eq!((&pack["state"], &pack["price"]), (&json!("now"), &json!("free")));
    assert!(pack["terms"].to_string().contains("价值283.47分"), "{pack}");
    let order = ordered(server, &own, &wish).await;
    let order = server.get(&own, &format!("{ORDERS}/{order}")).await.json();
    assert_eq!((&order["points"], &order["state"]), (&json!(0), &json!("waiting")));
}

/// T12
async fn a_rehabilitation_pack_is_had_once_a_year(server: &Server) {
    let shop = Shop::open(server).await;
    let (id, own) = helper(server, "generated-1", 30_000).await;
    let wish = shop.wish("rehabilitation-pack", &[]);
    let first = ordered(server, &own, &wish).await;
    let again = order(server, &own, &wish).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let reasons = again.json()["reasons"].clone();
    assert_eq!(codes(&reasons), ["limit"]);
    assert!(says(&reasons, 0).ends_with("2027年1月1日起可以再换"), "{reasons}");
    // What was cancelled does not count.
    let cancel = format!("{ORDERS}/{first}/cancel");
    assert_eq!(server.send(&own, "POST", &cancel, None).await.status, StatusCode::OK);
    let order = ordered(server, &own, &wish).await;
    hand_over(server, &order, CENTRE).await;
    assert_eq!(codes(&quote(server, &own, &wish).await["reasons"]), ["limit"]);
    // The first day of the next year.
    server.wait_millis(102 * DAY);
    let own = server.as_resident(id).await;
    assert_eq!(quote(server, &own, &wish).await["can"], true);
}

/// T13
async fn a_sanfu_patch_is_for_helpers_in_the_season(server: &Server) {
    let shop = Shop::open(server).await;
    let wish = shop.wish("sanfu-patch", &[]);
    let (grid, own) = helper_in(server, "generated-1", &["grid_worker"], 0).await;
    let (villager, other) = helper(server, "generated-2", 0).await;
    let quoted = quote(server, &own, &wish).await;
    assert_eq!(codes(&quoted["reasons"]), ["not_today"]);
    assert_eq!(says(&quoted["reasons"], 0), "只在三伏天办理，2027年7月11日起可以兑换");
    let reasons = quote(server, &other, &wish).await["reasons"].clone();
    assert_eq!(codes(&reasons), ["not_today", "not_for_you"]);
    assert!(says(&reasons, 1).contains("网格员"), "{reasons}");
    // 11 July 2027.
    server.wait_millis(293 * DAY);
    let (own, other) = (server.as_resident(grid).await, server.as_resident(villager).await);
    assert_eq!(codes(&order(server, &other, &wish).await.json()["reasons"]), ["not_for_you"]);
    let placed = order(server, &own, &wish).await;
    assert_eq!((placed.status, &placed.json()["points"]), (StatusCode::CREATED, &json!(0)));
    assert_eq!(codes(&order(server, &own, &wish).await.json()["reasons"]), ["limit"]);
}

/// S7
async fn redeeming_lowers_only_what_can_be_redeemed(server: &Server) {
    let shop = Shop::open(server).await;
    let (_, own) = helper(server, "generated-1", 20_000).await;
    let id = ordered(server, &own, &shop.wish("rehabilitation-pack", &[])).await;
    hand_over(server, &id, CENTRE).await;
    let counter = counter(&mall(server, &own, CENTRE).await, TONGHUI);
    assert_eq!((&counter["total"], &counter["redeemable"]), (&json!(20_000), &json!(6_000)));
    let order = server.get(&own, &format!("{ORDERS}/{id}")).await.json();
    assert_eq!((&order["state"], &order["code"]), (&json!("handed_over"), &Value::Null));
}

/// S8: what the total brings costs nothing, and redeeming does not take it away.
async fn a_benefit_rests_on_the_total(server: &Server) {
    let blocks = "\n```toml\n[[benefit]]\nid = \"first\"\nname = \"免挂号排队\"\ntotal_min = 100\n\
        provider = \"社区卫生服务中心\"\n[[benefit]]\nid = \"second\"\nname = \"体检八折\"\n\
        total_min = 300\n```\n";
    let shipped = include_str!("../../../../schemes/tonghui.md");
    let (before, after) = shipped.split_once("## 解释说明").unwrap();
    let scheme = format!("{before}{blocks}\n## 解释说明{after}");
    let publish = move |app: &App| {
        let published = app.store().publish(&scheme, app.now()).wait()?;
        assert_eq!(published, Ok(true));
        Ok(())
    };
    server.app.blocking(publish).await.unwrap();
    let filed = server.open_shop().await;
    put_institution(server, CENTRE, "生成的街道卫生服务中心", "500110007", None).await;
    let (_, own) = helper(server, "generated-1", 14_000).await;
    let benefits = async || {
        let counter = counter(&mall(server, &own, CENTRE).await, TONGHUI);
        let all = counter["benefits"].as_array().unwrap().clone();
        let missing = all.iter().map(|one| (one["id"].clone(), one["missing"].clone()));
        missing.collect::<Vec<_>>()
    };
    let expected = [(json!("first"), json!(0)), (json!("second"), json!(16_000))];
    assert_eq!(benefits().await, expected);
    ordered(server, &own, &wish(filed[0].1, CENTRE, "rehabilitation-pack", &[])).await;
    assert_eq!(benefits().await, expected);
    let page = server.page(&own, "/my/mall").await;
    has(&page, &["免挂号排队", "已经有了", "总积分满 300 分，还差 160 分", "不扣积分"]);
}

/// T10: whoever reports somebody learns a monthly total, and nothing earlier by ordering.
async fn what_a_report_brought_is_not_told_by_what_can_be_had(server: &Server) {
    let shop = Shop::open(server).await;
    let (id, own) = helper(server, "generated-1", 0).await;
    give_for(server, id, (TONGHUI, "hypertension-found"), 2_000).await;
    let tube = shop.wish("checkup-personal", &[("真空采血管", 1)]);
    let before = counter(&mall(server, &own, CENTRE).await, TONGHUI);
    assert_eq!((&before["redeemable"], &before["total"]), (&json!(0), &json!(0)));
    assert_eq!(offer(&before, "rehabilitation-pack")["reasons"][0]["missing"], 14_000);
    assert_eq!(quote(server, &own, &tube).await["reasons"][0]["missing"], 81);
    assert_eq!(codes(&order(server, &own, &tube).await.json()["reasons"]), ["insufficient"]);
    // The first of October.
    server.wait_millis(10 * DAY);
    let own = server.as_resident(id).await;
    let after = counter(&mall(server, &own, CENTRE).await, TONGHUI);
    assert_eq!((&after["redeemable"], &after["total"]), (&json!(2_000), &json!(2_000)));
    assert_eq!(offer(&after, "rehabilitation-pack")["reasons"][0]["missing"], 12_000);
    ordered(server, &own, &tube).await;
}

/// P8: three goods stand on three shelves, and what lacks one of them cannot be had.
async fn a_bundle_takes_each_of_its_components(server: &Server) {
    let shop = Shop::open(server).await;
    let id = server.villager("generated-1").await;
    give(server, id, XIQU, 400).await;
    let own = server.as_resident(id).await;
    let bundle = wish(shop.xiqu, CLINIC, "oil-pot-tape-masks", &[]);
    let quoted = quote(server, &own, &bundle).await;
    assert_eq!(quoted["points"], 200);
    let lines = quoted["lines"].as_array().unwrap();
    let names: Vec<&Value> = lines.iter().map(|line| &line["name"]).collect();
    assert_eq!(names, ["控油壶", "体重指数腰围尺", "医用口罩"]);
    assert!(lines.iter().all(|line| line["service"] == false && line["points"] == 0));
    assert_eq!(codes(&quoted["reasons"]), ["out_of_stock"; 3], "nothing was received yet");
    for (good, pieces) in [("控油壶", 1), ("体重指数腰围尺", 2)] {
        receive(server, CLINIC, good, pieces).await;
    }
    let refused = order(server, &own, &bundle).await;
    assert_eq!(codes(&refused.json()["reasons"]), ["out_of_stock"]);
    assert!(says(&refused.json()["reasons"], 0).contains("医用口罩"));
    receive(server, CLINIC, "医用口罩", 5).await;
    let redeemable =
        async || counter(&mall(server, &own, CLINIC).await, XIQU)["redeemable"].clone();
    assert_eq!(redeemable().await, 400, "nothing was done by halves");
    let first = ordered(server, &own, &bundle).await;
    assert_eq!(redeemable().await, 200);
    // The pot was the only one; it is free again when the order is called off.
    let again = order(server, &own, &bundle).await.json();
    assert_eq!(codes(&again["reasons"]), ["out_of_stock"]);
    let cancel = format!("{ORDERS}/{first}/cancel");
    assert_eq!(server.send(&own, "POST", &cancel, None).await.status, StatusCode::OK);
    let mut two = bundle.clone();
    two["sets"] = json!(2);
    let reasons = quote(server, &own, &two).await["reasons"].clone();
    assert_eq!(says(&reasons, 0), "“控油壶”只剩 1 件，请减少数量");
    ordered(server, &own, &bundle).await;
}

/// The last piece goes between the bill and the order; another clinic still has one.
async fn goods_that_ran_out_are_found_elsewhere(server: &Server) {
    let shop = Shop::open(server).await;
    put_institution(server, "clinic-3", "生成的第三卫生服务中心", "510403", None).await;
    receive(server, CLINIC, "牙刷", 1).await;
    receive(server, "clinic-3", "牙刷", 1).await;
    let (one, two) = (server.villager("generated-1").await, server.villager("generated-2").await);
    give(server, one, XIQU, 20).await;
    give(server, two, XIQU, 20).await;
    let (own, other) = (server.as_resident(one).await, server.as_resident(two).await);
    let catalogue = shop.xiqu.to_string();
    let item = format!("/my/mall/{catalogue}/toothbrush");
    has(&server.page(&own, "/my/mall").await, &["现在可以换（1）", &item]);
    has(&server.page(&own, &format!("{item}?at={CLINIC}")).await, &["要几份", "在哪里领"]);
    let bill = server.submit(&own, &item, &[("at", CLINIC), ("sets", "1")]).await;
    has(&bill, &["换完还剩", "15 分", "action=\"/my/orders\""]);
    ordered(server, &other, &wish(shop.xiqu, CLINIC, "toothbrush", &[])).await;
    let fields =
        [("at", CLINIC), ("catalogue", &*catalogue), ("item", "toothbrush"), ("sets", "1")];
    let late = server.submit(&own, "/my/orders", &fields).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let there = format!("{item}?at=clinic-3");
    shows(&late, &["积分没有动", "“牙刷”暂时没有货", "这些地方现在有", &there, "改一改"]);
    let none = server.submit(&own, &item, &[("at", "clinic-3"), ("sets", "0")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&none, &["一次可选 1 到 99 份", "href=\"#f-sets\"", "value=\"0\""]);
    // Two sets are more than there are anywhere.
    let many = server.submit(&own, &item, &[("at", "clinic-3"), ("sets", "2")]).await;
    has(&many, &["“牙刷”只剩 1 件", "改一改"]);
    let fields = [("at", "clinic-3"), ("catalogue", &*catalogue), ("item", "toothbrush")];
    assert!(server.submit(&own, "/my/orders", &fields).await.on().starts_with("/my/orders/"));
}

/// T3: a warning, not a refusal.
async fn goods_are_warned_of_where_the_scheme_discourages_them(server: &Server) {
    Shop::open(server).await;
    let goods = "[[item]]\nid = \"soap\"\nname = \"香皂\"\npoints = 1\n".to_owned();
    let catalogue = server.file_catalogue(TONGHUI, Some(CENTRE), goods).await;
    let (_, own) = helper(server, "generated-1", 200).await;
    let counter = counter(&mall(server, &own, CENTRE).await, TONGHUI);
    assert_eq!(offer(&counter, "soap")["discouraged"], true);
    assert_eq!(offer(&counter, "rehabilitation-pack")["discouraged"], false);
    let page = server.page(&own, &format!("/my/mall/{catalogue}/soap?at={CENTRE}")).await;
    has(&page, &["不鼓励换实物", "暂时没有货"]);
}

async fn a_guardian_orders_for_a_child(server: &Server) {
    let shop = Shop::open(server).await;
    let nurse = nurse(server).await;
    let parent = person("generated-parent", "测试大", "19900203", 15);
    let parent = register(server, &nurse, parent).await;
    let mut child = person("generated-child", "测试小", "20200203", 13);
    child["guardians"] = json!([{"value": "generated-parent", "from": "2026-01-01"}]);
    let child = register(server, &nurse, child).await;
    give(server, child.parse().unwrap(), TONGHUI, 20_000).await;
    let signed = server.as_resident(parent.parse().unwrap()).await;
    let grown = server.as_resident(child.parse().unwrap()).await;
    let mut wish = shop.wish("rehabilitation-pack", &[]);
    assert_eq!(codes(&order(server, &signed, &wish).await.json()["reasons"]), ["insufficient"]);
    // Children under 14 see what there is and do not order by themselves.
    assert_eq!(order(server, &grown, &wish).await.status, StatusCode::FORBIDDEN);
    wish["person"] = json!(child);
    let id = ordered(server, &signed, &wish).await;
    let own = server.get(&signed, ORDERS).await.json();
    assert_eq!(own["items"], json!([]), "it is the child's");
    let theirs = server.get(&signed, &format!("{ORDERS}?person={child}")).await.json();
    assert_eq!(theirs["items"][0]["id"], json!(id));
    let link = format!("/my/orders?person={child}");
    has(&server.page(&signed, &format!("/my?person={child}")).await, &["有 1 件待领取", &link]);
    has(&server.page(&signed, &link).await, &["孩子的兑换单", &id]);
    let cancel = format!("{ORDERS}/{id}/cancel");
    assert_eq!(server.get(&grown, &format!("{ORDERS}/{id}")).await.status, StatusCode::OK);
    assert_eq!(server.send(&grown, "POST", &cancel, None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(server.send(&signed, "POST", &cancel, None).await.status, StatusCode::OK);
}

async fn an_order_is_placed_once_and_cancelled(server: &Server) {
    let shop = Shop::open(server).await;
    let (_, own) = helper(server, "generated-1", 40_000).await;
    let wish = shop.wish("rehabilitation-pack", &[]);
    let send = async |wish: &Value| {
        server.send_under("key", &own, "POST", ORDERS, Some(wish.clone())).await
    };
    let (first, again) = (send(&wish).await, send(&wish).await);
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    let other = send(&shop.wish("checkup-basic", &[])).await;
    assert_eq!(other.code(), "idempotency_key_used");
    let first = first.json();
    let code = first["code"].as_str().unwrap();
    assert!(code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    // Ordered on 21 September, to be fetched within a week.
    assert_eq!((&first["due_on"], &first["place"]["code"]), (&json!("2026-09-28"), &json!(CENTRE)));
    let redeemable =
        async || counter(&mall(server, &own, CENTRE).await, TONGHUI)["redeemable"].clone();
    assert_eq!(redeemable().await, 26_000);
    let cancel = format!("{ORDERS}/{}/cancel", first["id"].as_str().unwrap());
    let cancelled = server.send(&own, "POST", &cancel, None).await.json();
    assert_eq!((&cancelled["state"], &cancelled["code"]), (&json!("cancelled"), &Value::Null));
    assert_eq!(redeemable().await, 40_000, "all is as it was");
    let again = server.send(&own, "POST", &cancel, None).await;
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "refused".to_owned()));
    assert_eq!(codes(&again.json()["reasons"]), ["state"]);
}

async fn what_is_handed_over_is_rated_once(server: &Server) {
    let shop = Shop::open(server).await;
    let (_, own) = helper(server, "generated-1", 20_000).await;
    let id = ordered(server, &own, &shop.wish("rehabilitation-pack", &[])).await;
    let rate = async |stars: u32| {
        let path = format!("{ORDERS}/{id}/rating");
        server.send(&own, "POST", &path, Some(json!({"stars": stars}))).await
    };
    assert_eq!(codes(&rate(5).await.json()["reasons"]), ["state"], "not handed over yet");
    hand_over(server, &id, CENTRE).await;
    for stars in [0, 6, 300] {
        let wrong = rate(stars).await;
        assert_eq!((wrong.code(), &wrong.json()["place"]), ("invalid".into(), &json!("stars")));
    }
    let rated = rate(4).await.json();
    assert_eq!((&rated["stars"], &rated["may_rate"]), (&json!(4), &json!(false)));
    assert_eq!(codes(&rate(1).await.json()["reasons"]), ["state"]);
}

async fn what_is_wrong_is_told_with_its_place(server: &Server) {
    let shop = Shop::open(server).await;
    let (_, own) = helper(server, "generated-1", 20_000).await;
    let with = |field: &str, value: Value| {
        let mut wish = shop.wish("checkup-personal", &[("真空采血管", 1)]);
        wish[field] = value;
        wish
    };
    let invalid = [
        ("catalogue", json!("none"), "catalogue"),
        ("item", json!(""), "item"),
        ("institution", json!("字".repeat(65)), "institution"),
        ("sets", json!(0), "sets"),
        ("sets", json!(100), "sets"),
        ("chosen", json!([]), "chosen"),
        ("chosen", json!([{"content": "<script>", "units": 1}]), "chosen"),
        ("chosen", json!([{"content": "肾功能", "units": 2}]), "chosen[0].units"),
        ("chosen", json!([{"content": "肾功能", "units": -1}]), "chosen[0].units"),
        ("price", json!(1), "price"),
    ];
    for (field, value, place) in invalid {
        let answer = order(server, &own, &with(field, value.clone())).await;
        let told = (answer.code(), answer.json()["place"].as_str().map(ToOwned::to_owned));
        assert_eq!(told, ("invalid".to_owned(), Some(place.to_owned())), "{field} {value}");
    }
    let stranger = HolderId::from_bytes([9; 16]).to_string();
    let refused = [
        ("catalogue", json!(stranger), "not_offered"),
        ("item", json!("none"), "not_offered"),
        ("institution", json!("none"), "not_here"),
    ];
    for (field, value, code) in refused {
        let answer = order(server, &own, &with(field, value.clone())).await;
        assert_eq!(codes(&answer.json()["reasons"]), [code], "{field} {value}");
        let quoted = quote(server, &own, &with(field, value)).await;
        assert_eq!((codes(&quoted["reasons"]), &quoted["can"]), (vec![code], &json!(false)));
    }
    assert_eq!(server.get(&own, &format!("{ORDERS}/none")).await.status, StatusCode::NOT_FOUND);
    let unknown = server.get(&own, &format!("{MALL}?institution=none")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

async fn a_place_is_near_and_open(server: &Server) {
    Shop::open(server).await;
    put_institution(server, "near", "生成的村卫生室", VILLAGE, None).await;
    put_institution(server, "neighbour", "生成的邻村卫生室", "500110007002", None).await;
    put_institution(server, "closed", "生成的关门的卫生室", VILLAGE, Some(true)).await;
    let (_, own) = helper(server, "generated-1", 100).await;
    let found = server.get(&own, MALL).await.json();
    let places = found["places"].as_array().unwrap();
    let places: Vec<&str> = places.iter().map(|place| place["code"].as_str().unwrap()).collect();
    assert_eq!(places, ["near", CENTRE, "neighbour"], "{found}");
    assert_eq!(found["institution"]["code"], "near");
    assert_eq!(found["institution"]["hours"], "每天 8:00—17:00");
    let closed = server.get(&own, &format!("{MALL}?institution=closed")).await;
    assert_eq!(closed.status, StatusCode::NOT_FOUND);
    // An institution of another district hands over nothing of this scheme.
    let there = counter(&mall(server, &own, CLINIC).await, TONGHUI);
    assert_eq!(there["offers"], json!([]));
    assert!(!found["counters"].to_string().contains(XIQU), "{found}");
    // Whoever lives where no scheme is in force has nowhere to go.
    let nowhere = server.resident("generated-3", "110101001001").await;
    let nowhere = server.as_resident(nowhere).await;
    let found = server.get(&nowhere, MALL).await.json();
    assert_eq!((&found["institution"], &found["counters"]), (&Value::Null, &json!([])));
    has(&server.page(&nowhere, "/my/mall").await, &["没有施行中的积分办法", "href=\"/rules\""]);
}

async fn a_resident_orders_on_pages(server: &Server) {
    let shop = Shop::open(server).await;
    put_institution(server, "second", "生成的分中心", "500110007", None).await;
    let (_, own) = helper(server, "generated-1", 5_000).await;
    let first = server.page(&own, "/my/mall").await;
    let item = format!("/my/mall/{}/checkup-personal", shop.tonghui);
    has(&first, &["可兑换积分", "现在可以换（2）", "还差一点（1）", "还差 90 分", &item]);
    has(&first, &["其他（2）", "三伏天", "换一个地方（还有1处）", "/my/mall?at=second"]);
    assert!(first.text.len() < 60_000, "{} bytes", first.text.len());
    let opened = server.page(&own, &format!("{item}?at={CENTRE}")).await;
    has(&opened, &["血糖（静脉）　7.6 分", "每份 0.81 分", "算一算", "#item-checkup-personal"]);
    let typed = [("at", CENTRE), ("units.4", "true"), ("units.8", "true"), ("units.10", "３")];
    let bill = server.submit(&own, &item, &typed).await;
    has(&bill, &["27.63", "换完还剩", "22.37", "生成的街道卫生服务中心", "action=\"/my/orders\""]);
    assert_eq!(server.get(&own, ORDERS).await.json()["items"], json!([]), "nothing is set aside");
    // A look back finds everything as it was typed.
    let change = [&typed[..], &[("step", "change")]].concat();
    let again = server.submit(&own, &item, &change).await;
    assert_eq!(again.text.matches(" checked").count(), 2, "{again:?}");
    let catalogue = shop.tonghui.to_string();
    let fields = [
        ("at", CENTRE),
        ("catalogue", &*catalogue),
        ("item", "checkup-personal"),
        ("content", "血糖（静脉）"),
        ("units", "1"),
        ("content", "真空采血管"),
        ("units", "3"),
    ];
    let placed = server.submit(&own, "/my/orders", &fields).await;
    let path = placed.on().to_owned();
    let order = server.page(&own, &path).await;
    let id = path.trim_start_matches("/my/orders/");
    let code = server.get(&own, &format!("{ORDERS}/{id}")).await.json()["code"].clone();
    let (start, end) = code.as_str().unwrap().split_at(4);
    let grouped = format!("{start} {end}");
    has(
        &order,
        &[&grouped, "svg class=\"qr\"", "2026年9月28日", "真空采血管（1 根） × 3", "10.03"],
    );
    has(&server.page(&own, "/my").await, &["有 1 件待领取"]);
    let cancelled = server.submit(&own, &format!("{path}/cancel"), &[]).await;
    assert_eq!(cancelled.on(), path);
    has(&server.page(&own, &path).await, &["已取消", "积分已经退回"]);
    let again = server.submit(&own, &format!("{path}/cancel"), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    shows(&again, &["已取消，不能再这样办"]);
    let path = server.submit(&own, "/my/orders", &fields).await.on().to_owned();
    hand_over(server, path.trim_start_matches("/my/orders/"), CENTRE).await;
    has(&server.page(&own, &path).await, &["您满意吗？", "value=\"5\"", "很不满意"]);
    let rating = format!("{path}/rating");
    assert_eq!(
        server.submit(&own, &rating, &[("stars", "x")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(server.submit(&own, &rating, &[("stars", "5")]).await.on(), path);
    has(&server.page(&own, &path).await, &["您评了 5 分"]);
}

async fn a_choice_is_typed_again_where_it_is_wrong(server: &Server) {
    let shop = Shop::open(server).await;
    let (_, own) = helper(server, "generated-1", 5_000).await;
    let item = format!("/my/mall/{}/checkup-personal", shop.tonghui);
    let typed = [("at", CENTRE), ("units.4", "true"), ("units.10", "<script>alert(1)</script>")];
    let again = server.submit(&own, &item, &typed).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&again, &["&lt;script&gt;alert(1)", "href=\"#f-units.10\"", "请填 0 到 99 的整数"]);
    assert!(!again.text.contains("<script>alert"), "{again:?}");
    assert_eq!(again.text.matches(" checked").count(), 1);
    let nothing = server.submit(&own, &item, &[("at", CENTRE)]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&nothing, &["还没有选，请至少选一样", "id=\"f-chosen\""]);
    // What a form cannot send is refused like anything else, and nothing is a dead end.
    let forged = [("at", CENTRE), ("catalogue", "x"), ("item", "checkup-personal")];
    let forged = server.submit(&own, "/my/orders", &forged).await;
    assert_eq!(forged.status, StatusCode::UNPROCESSABLE_ENTITY);
    let gone = server.page(&own, &format!("/my/mall/{}/none?at={CENTRE}", shop.tonghui)).await;
    has(&gone, &["这里现在没有这一项", "看看现在能换什么"]);
    // What is missing is told to the hundredth.
    let dear = [("at", CENTRE), ("units.7", "true")];
    let dear = server.submit(&own, &item, &dear).await;
    has(&dear, &["现在还换不了", "要 121.6 分，还差 71.6 分", "看看做什么能得分", "改一改"]);
    assert!(!dear.text.contains("action=\"/my/orders\""), "{dear:?}");
}

/// Between the bill and the order somebody else took the last one.
async fn what_ran_out_is_told_with_other_ways(server: &Server) {
    let shop = Shop::open(server).await;
    put_institution(server, "second", "生成的分中心", "500110007", None).await;
    let last = "[[item]]\nid = \"bath\"\nname = \"足浴一次\"\npoints = 2\nservice = true\n\
        quantity = 1\n";
    let soap = "[[item]]\nid = \"talk\"\nname = \"健康咨询一次\"\npoints = 3\nservice = true\n";
    let catalogue = server.file_catalogue(TONGHUI, Some(CENTRE), format!("{last}{soap}")).await;
    let (_, own) = helper(server, "generated-1", 1_000).await;
    let (_, other) = helper(server, "generated-2", 1_000).await;
    let id = catalogue.to_string();
    let bill = server.submit(&own, &format!("/my/mall/{id}/bath"), &[("at", CENTRE)]).await;
    has(&bill, &["换完还剩", "action=\"/my/orders\""]);
    ordered(server, &other, &wish(catalogue, CENTRE, "bath", &[])).await;
    let fields = [("at", CENTRE), ("catalogue", &*id), ("item", "bath")];
    let late = server.submit(&own, "/my/orders", &fields).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let other_way = format!("/my/mall/{id}/talk?at={CENTRE}");
    shows(&late, &["情况变了，没有换成，积分没有动", "总数已经换完了", "健康咨询一次", &other_way]);
    assert_eq!(server.get(&own, ORDERS).await.json()["items"], json!([]));
    assert_eq!(counter(&mall(server, &own, CENTRE).await, TONGHUI)["redeemable"], 1_000);
    // The place itself is closed meanwhile: another one has it.
    let tonghui = shop.tonghui.to_string();
    let check_up = format!("/my/mall/{tonghui}/checkup-personal");
    put_institution(server, CENTRE, "生成的街道卫生服务中心", "500110007", Some(true)).await;
    let fields = [
        ("at", CENTRE),
        ("catalogue", &*tonghui),
        ("item", "checkup-personal"),
        ("content", "真空采血管"),
        ("units", "2"),
    ];
    let closed = server.submit(&own, "/my/orders", &fields).await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    let there = format!("{check_up}?at=second");
    shows(&closed, &["这里不办这一项", "这些地方现在有", "生成的分中心的地址", &there]);
    has(&server.page(&own, &format!("/my/mall?at={CENTRE}")).await, &["生成的分中心"]);
}

async fn pages_of_others_are_not_there(server: &Server) {
    let shop = Shop::open(server).await;
    let (_, own) = helper(server, "generated-1", 20_000).await;
    let (id, other) = helper(server, "generated-2", 20_000).await;
    let order = ordered(server, &own, &shop.wish("rehabilitation-pack", &[])).await;
    let path = format!("/my/orders/{order}");
    assert_eq!(server.page(&other, &path).await.status, StatusCode::NOT_FOUND);
    for way in ["cancel", "rating"] {
        let form = [("stars", "1")];
        let taken = server.submit(&other, &format!("{path}/{way}"), &form).await;
        assert_eq!(taken.status, StatusCode::NOT_FOUND, "{way}");
    }
    for path in ["/my/mall", "/my/orders"] {
        let asked = server.page(&own, &format!("{path}?person={id}")).await;
        assert_eq!(asked.status, StatusCode::NOT_FOUND, "{path}");
    }
    let (id, catalogue) = (id.to_string(), shop.tonghui.to_string());
    let form = [("at", CENTRE), ("person", &*id), ("catalogue", &*catalogue), ("item", "x")];
    assert_eq!(server.submit(&own, "/my/orders", &form).await.status, StatusCode::NOT_FOUND);
}
