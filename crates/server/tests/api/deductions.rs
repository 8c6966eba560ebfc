//! `/api/v1/deductions`, `/api/v1/me/pay-code` and the pages `/shop`, `/my/pay-code`, `/my/shops`:
//! points take a part of a bill off, and a cashier learns nothing else (P7, A1)

use axum::http::StatusCode;
use kangji_core::{DivisionPrefix, Points, ids::HolderId};
use kangji_ledger::{Act, Answer as Entered, Command, Seq, Source, account_of};
use kangji_redemption::{Level, voucher::Serial};
use kangji_rights::Action;
use kangji_server::app::App;
use kangji_store::{Institution, Issuing, VoucherAct, VoucherCommand};
use serde_json::{Value, json};

use crate::{
    agreements,
    residents::{person, register},
    rights::Case,
    shop::{CLINIC, everywhere},
    support::{Answer, COMMUNITY, Caller, ELSEWHERE, Server, on_both},
    town::SECRETS,
};

on_both! {
    a_bill_is_paid_in_part_and_called_off;
    the_same_receipt_and_the_same_call_are_one_deduction;
    a_pay_code_pays_once_in_the_place_of_a_document;
    whoever_tries_documents_has_to_wait;
    a_cashier_reads_no_name_and_no_illness;
    a_shop_deducts_on_pages;
    a_resident_sees_where_points_can_be_used;
}

pub(crate) const SHOP: &str = "shop-1";
pub(crate) const SHOP_NAME: &str = "生成的共富超市";
const SCHEME: &str = "panzhihua-xiqu";
const PATH: &str = "/api/v1/deductions";
const QUOTE: &str = "/api/v1/deductions/quote";

/// Addresses whose rights are tested in this file.
pub(crate) const TESTED: [(&str, &str); 1] = [("post", "/api/v1/me/pay-code")];

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path: &'static str, query: &str, body, elsewhere| Case {
        method,
        path,
        request: format!("{}{query}", path.replace("{id}", "{deduction}")),
        body,
        role: "cashier",
        other: "nurse",
        elsewhere: Some(elsewhere),
    };
    let (gone, far) = (StatusCode::NOT_FOUND, StatusCode::FORBIDDEN);
    let mut wanted = bill("rights", 2_000, 5);
    wanted["document"] = document(STAGED);
    let reason = || Some(json!({"reason": "金额输错"}));
    vec![
        case("get", PATH, "?shop=shop-1", None, far),
        case("get", "/api/v1/deductions/totals", "?shop=shop-1", None, far),
        case("get", "/api/v1/deductions/{id}", "", None, gone),
        case("post", QUOTE, "", Some(wanted.clone()), far),
        case("post", PATH, "", Some(wanted), far),
        case("post", "/api/v1/deductions/{id}/cancel", "", reason(), gone),
    ]
}

/// What the lists of addresses are asked about.
pub(crate) struct Staged {
    pub(crate) agreements: [String; 2],
    pub(crate) deduction: String,
}

/// The sequence of the identity card of whoever pays there.
const STAGED: u32 = 801;

pub(crate) async fn staged(server: &Server) -> Staged {
    let officer = server.staff("stage-officer", &[("officer", "510403")]).await;
    agreed(server).await;
    let mut drafts = Vec::new();
    for _ in 0..2 {
        let drawn = server.send(&officer, "POST", "/api/v1/agreements", Some(agreements::wanted()));
        drafts.push(drawn.await.json()["id"].as_str().unwrap().to_owned());
    }
    resident(server, STAGED, COMMUNITY, &[500]).await;
    let cashier = cashier(server, "stage-cashier").await;
    let made = make(server, &cashier, "staged", STAGED, 5).await;
    let deduction = made.json()["id"].as_str().unwrap().to_owned();
    Staged { agreements: drafts.try_into().unwrap(), deduction }
}

/// Registers [`SHOP`].
pub(crate) async fn open_shop(server: &Server) {
    let open = move |app: &App| {
        let shop = Institution {
            code: SHOP.to_owned(),
            name: SHOP_NAME.to_owned(),
            level: Level::Shop,
            area: DivisionPrefix::parse("510403").unwrap(),
            address: "生成的地址9号".to_owned(),
            phone: "0812-0000009".to_owned(),
            hours: "每天 8:00—21:00".to_owned(),
            changed_at: app.now(),
            closed_at: None,
        };
        let permit = everywhere(Action::InstitutionsWrite);
        assert!(app.store().put_institution(&permit, shop).wait()?);
        Ok(())
    };
    server.app.blocking(open).await.unwrap();
}

/// A shop with a published ratio: 20 points take a yuan off, at most 30 % of a bill.
async fn agreed(server: &Server) {
    open_shop(server).await;
    let first = server.staff("agree-1", &[("officer", "510403")]).await;
    let second = server.staff("agree-2", &[("officer", "510403")]).await;
    let drawn = server.send(&first, "POST", "/api/v1/agreements", Some(agreements::wanted())).await;
    let id = drawn.json()["id"].as_str().unwrap().to_owned();
    let paper = json!({"document": "西卫健〔2026〕9号"});
    let path = format!("/api/v1/agreements/{id}/publication");
    let published = server.send(&second, "POST", &path, Some(paper)).await;
    assert_eq!(published.status, StatusCode::OK, "{published:?}");
}

async fn town(server: &Server) -> Caller {
    server.publish().await;
    server.open_institutions().await;
    agreed(server).await;
    cashier(server, "cashier").await
}

async fn cashier(server: &Server, name: &str) -> Caller {
    server.staff_of(name, "cashier", "510403", SHOP).await
}

/// Somebody with an identity card and credits of so many points, earned with what nobody needs
/// to know.
async fn resident(
    server: &Server,
    sequence: u32,
    community: &str,
    credits: &[i64],
) -> (HolderId, Vec<Seq>) {
    let nurse = server.staff("register", &[("nurse", "")]).await;
    let mut body = person(&format!("generated-{sequence}"), "测试甲", "19600203", sequence);
    body["communities"][0]["value"] = json!(community);
    let id: HolderId = register(server, &nurse, body).await.parse().unwrap();
    let credits = credits.to_vec();
    let credit = move |app: &App| {
        app.store().open_accounts(SCHEME, vec![(id, false)]).wait()?;
        let mut lots = Vec::new();
        for points in credits {
            let source = Source {
                award: "smi-followup".to_owned(),
                resident: id,
                record: None,
                period: None,
                version: app.now().day(),
            };
            let act = Act::Credit { points: Points(points), expires_on: None, source };
            let account = account_of(id, SCHEME);
            let (day, answer) = (app.now().day(), Entered::default());
            let command = Command { key: None, account, day, act, answer };
            lots.push(app.store().execute(command, app.now()).wait()?.unwrap().seq);
        }
        Ok(lots)
    };
    (id, server.app.blocking(credit).await.unwrap())
}

/// A voucher on a credit.
async fn voucher(server: &Server, person: HolderId, lot: Seq) -> Serial {
    let issue = move |app: &App| {
        let (store, now, by) = (app.store(), app.now(), [7; 16]);
        let printed = store.print_vouchers(SCHEME, 1, by, now).wait()?.unwrap();
        store.stock_vouchers(SCHEME, CLINIC, 1, by, now).wait()?.unwrap();
        let serial: Serial = printed.first.parse().unwrap();
        let issuing = Issuing {
            person,
            scheme: SCHEME.to_owned(),
            lot,
            institution: CLINIC.to_owned(),
            day: now.day(),
            authority: "测试".to_owned(),
            or_next: false,
            proxy: None,
        };
        let act = VoucherAct::Issue(issuing);
        let command = VoucherCommand { serial: serial.clone(), act, by, now };
        store.voucher_act(command).wait()?.unwrap();
        Ok(serial)
    };
    server.app.blocking(issue).await.unwrap()
}

async fn redeemable(server: &Server, id: HolderId) -> i64 {
    let read = move |app: &App| Ok(app.store().account(account_of(id, SCHEME))?.unwrap());
    server.app.blocking(read).await.unwrap().balance().0
}

fn bill(receipt: &str, fen: u32, points: u32) -> Value {
    json!({"shop": SHOP, "receipt": receipt, "bill_fen": fen, "points": points})
}

fn card(sequence: u32) -> String {
    person("", "", "19600203", sequence)["document"]["number"].as_str().unwrap().to_owned()
}

fn document(sequence: u32) -> Value {
    json!({"kind": "resident-card", "number": card(sequence)})
}

async fn make(
    server: &Server,
    cashier: &Caller,
    receipt: &str,
    sequence: u32,
    points: u32,
) -> Answer {
    let mut body = bill(receipt, 10_000, points);
    body["document"] = document(sequence);
    server.send(cashier, "POST", PATH, Some(body)).await
}

fn reason(answer: &Answer) -> String {
    answer.json()["reasons"][0]["code"].as_str().unwrap_or_default().to_owned()
}

async fn a_bill_is_paid_in_part_and_called_off(server: &Server) {
    let cashier = town(server).await;
    let (id, lots) = resident(server, 1, COMMUNITY, &[5_000, 200]).await;
    let serial = voucher(server, id, lots[1]).await;
    let mut body = bill("1", 10_000, 100);
    body["document"] = document(1);
    body["vouchers"] = json!([format!("KJ1.{SCHEME}.{serial}.200.x.MEUC")]);
    let mut asked = body.clone();
    asked.as_object_mut().unwrap().remove("points");
    let offer = server.send(&cashier, "POST", QUOTE, Some(asked)).await.json();
    let expected = json!({
        "possible": true, "reasons": [], "usable": 600, "electronic": 400, "points": 600,
        "decimals": 0, "off_fen": 3_000, "rest_fen": 7_000,
    });
    assert_eq!(offer, expected);
    let made = server.send(&cashier, "POST", PATH, Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let told = made.json();
    assert_eq!((&told["off_fen"], &told["rest_fen"]), (&json!(1_500), &json!(8_500)));
    assert_eq!(redeemable(server, id).await, 4_900);
    // The whole bill, and a shop elsewhere.
    let whole = make(server, &cashier, "2", 1, 2_000).await;
    assert_eq!((whole.status, reason(&whole)), (StatusCode::CONFLICT, "too_much".to_owned()));
    let totals = server.get(&cashier, &format!("{PATH}/totals?shop={SHOP}")).await.json();
    assert_eq!((&totals["count"], &totals["off_fen"]), (&json!(1), &json!(1_500)));
    assert_eq!(totals["cashiers"][0]["cashier"], "cashier");
    let one = format!("{PATH}/{}", told["id"].as_str().unwrap());
    let cancel = format!("{one}/cancel");
    let why = json!({"reason": "退货"});
    let cancelled = server.send(&cashier, "POST", &cancel, Some(why.clone())).await.json();
    assert_eq!(
        (&cancelled["state"], &cancelled["may_cancel"]),
        (&json!("cancelled"), &json!(false))
    );
    assert_eq!(redeemable(server, id).await, 5_000);
    let again = server.send(&cashier, "POST", &cancel, Some(why.clone())).await;
    assert_eq!(reason(&again), "cancelled");
    // The next day nothing is called off.
    server.wait_millis(10);
    let late = make(server, &cashier, "3", 1, 40).await.json();
    server.wait_millis(86_400_000);
    let cashier = server.sign_in("cashier", crate::support::PASSWORD).await;
    let path = format!("{PATH}/{}/cancel", late["id"].as_str().unwrap());
    assert_eq!(reason(&server.send(&cashier, "POST", &path, Some(why)).await), "not_same_day");
    let list = server.get(&cashier, &format!("{PATH}?shop={SHOP}&day=2026-09-21")).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(list["items"][0]["receipt"], "3");
}

async fn the_same_receipt_and_the_same_call_are_one_deduction(server: &Server) {
    let cashier = town(server).await;
    let (id, _) = resident(server, 1, COMMUNITY, &[500]).await;
    resident(server, 2, COMMUNITY, &[500]).await;
    let first = make(server, &cashier, "1", 1, 40).await;
    let again = make(server, &cashier, "1", 1, 40).await;
    assert_eq!((first.status, first.text), (again.status, again.text));
    let other = make(server, &cashier, "1", 1, 60).await;
    assert_eq!(
        (reason(&other), &other.json()["place"]),
        ("receipt_used".to_owned(), &json!("receipt"))
    );
    assert_eq!(reason(&make(server, &cashier, "1", 2, 40).await), "receipt_used");
    let mut body = bill("2", 10_000, 40);
    body["document"] = document(1);
    let send = async |body: &Value| {
        server.send_under("one-key", &cashier, "POST", PATH, Some(body.clone())).await
    };
    let (one, same) = (send(&body).await, send(&body).await);
    assert_eq!(one.text, same.text);
    body["points"] = json!(60);
    assert_eq!(send(&body).await.code(), "idempotency_key_used");
    assert_eq!(redeemable(server, id).await, 420);
}

async fn pay_code(server: &Server, caller: &Caller) -> String {
    let answer = server.send(caller, "POST", "/api/v1/me/pay-code", Some(json!({}))).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()["code"].as_str().unwrap().to_owned()
}

async fn a_pay_code_pays_once_in_the_place_of_a_document(server: &Server) {
    let cashier = town(server).await;
    let (id, _) = resident(server, 1, COMMUNITY, &[500]).await;
    let me = server.as_resident(id).await;
    // The right is a resident's alone.
    let wanted = || Some(json!({}));
    for (who, status) in
        [(&Caller::default(), StatusCode::UNAUTHORIZED), (&cashier, StatusCode::FORBIDDEN)]
    {
        let refused = server.send(who, "POST", "/api/v1/me/pay-code", wanted()).await;
        assert_eq!(refused.status, status);
    }
    let old = pay_code(server, &me).await;
    let code = pay_code(server, &me).await;
    let pay = async |receipt: &str, code: &str| {
        let mut body = bill(receipt, 10_000, 40);
        body["pay_code"] = json!(code);
        server.send(&cashier, "POST", PATH, Some(body)).await
    };
    assert_eq!(reason(&pay("1", &old).await), "pay_code", "a new one takes its place");
    let first = pay("1", &code).await;
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    assert_eq!(reason(&pay("2", &code).await), "pay_code", "it pays for one receipt");
    assert_eq!(pay("1", &code).await.text, first.text, "the same receipt again");
    server.wait_millis(300_001);
    assert_eq!(pay("1", &code).await.text, first.text, "even later");
    let late = pay_code(server, &me).await;
    server.wait_millis(300_001);
    assert_eq!(reason(&pay("3", &late).await), "pay_code", "five minutes");
    assert_eq!(redeemable(server, id).await, 460);
    let both = json!({"pay_code": "12345678", "document": document(1)});
    for wrong in [json!({"pay_code": "1234567x"}), both, json!({})] {
        let mut body = bill("4", 10_000, 40);
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let answer = server.send(&cashier, "POST", PATH, Some(body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
    }
}

async fn whoever_tries_documents_has_to_wait(server: &Server) {
    let cashier = town(server).await;
    resident(server, 1, COMMUNITY, &[500]).await;
    resident(server, 2, ELSEWHERE, &[500]).await;
    // Nobody's card and that of somebody elsewhere are told alike.
    let (far, nobody) =
        (make(server, &cashier, "1", 2, 40).await, make(server, &cashier, "1", 99, 40).await);
    assert_eq!((far.status, reason(&far)), (StatusCode::CONFLICT, "not_resident".to_owned()));
    assert_eq!(far.text, nobody.text);
    let mut asked = bill("1", 10_000, 40);
    asked["document"] = document(98);
    let offer = server.send(&cashier, "POST", QUOTE, Some(asked)).await.json();
    assert_eq!((&offer["possible"], &offer["usable"]), (&json!(false), &json!(0)));
    for sequence in 30..32 {
        assert_eq!(reason(&make(server, &cashier, "1", sequence, 40).await), "not_resident");
    }
    // The sixth has to wait, whoever it is; another cashier does not.
    let waits = make(server, &cashier, "1", 1, 40).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS, "{waits:?}");
    let other = self::cashier(server, "other").await;
    assert_eq!(make(server, &other, "1", 1, 40).await.status, StatusCode::CREATED);
    server.wait_millis(2_000);
    assert_eq!(make(server, &cashier, "2", 1, 40).await.status, StatusCode::CREATED);
    // One that went well makes up for one in vain, so that a mistake is no matter.
    assert_eq!(reason(&make(server, &cashier, "3", 50, 40).await), "not_resident");
    // The line of a refusal is written before whatever is written next.
    server.make_staff("next", &[]).await;
    let line = server
        .app
        .ask(|store| {
            store.audit(&kangji_store::AuditQuery {
                action: Some("deductions:make".to_owned()),
                limit: 1,
                ..Default::default()
            })
        })
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(line.result, "not_resident");
}

/// Whatever a cashier or shopkeeper can read: nobody's name, number or birth date, no award and
/// no illness.
async fn a_cashier_reads_no_name_and_no_illness(server: &Server) {
    let cashier = town(server).await;
    let (id, lots) = resident(server, 1, COMMUNITY, &[500, 100]).await;
    let serial = voucher(server, id, lots[1]).await;
    let mut wanted = bill("1", 10_000, 40);
    wanted["document"] = document(1);
    wanted["vouchers"] = json!([serial.to_string()]);
    let mut answers = vec![
        server.send(&cashier, "POST", QUOTE, Some(wanted.clone())).await,
        server.send(&cashier, "POST", PATH, Some(wanted.clone())).await,
    ];
    let one = answers[1].json()["id"].as_str().unwrap().to_owned();
    // A voucher that comes again, points that are not there, the whole bill.
    wanted["receipt"] = json!("2");
    for path in [QUOTE, PATH] {
        answers.push(server.send(&cashier, "POST", path, Some(wanted.clone())).await);
    }
    answers.push(make(server, &cashier, "3", 1, 590).await);
    answers.push(make(server, &cashier, "4", 1, 9_000).await);
    let number = card(1);
    let fields =
        [("at", SHOP), ("receipt", "5"), ("bill", "100"), ("by", "card"), ("number", &number)];
    answers.push(server.submit(&cashier, "/shop", &fields).await);
    let keeper = server.staff_of("keeper", "shopkeeper", "510403", SHOP).await;
    let agreement = server.get(&keeper, "/api/v1/agreements").await.json();
    let agreement = agreement["items"][0]["id"].as_str().unwrap().to_owned();
    let addresses = [
        format!("{PATH}?shop={SHOP}"),
        format!("{PATH}/totals?shop={SHOP}"),
        format!("{PATH}/{one}"),
        "/api/v1/agreements".to_owned(),
        format!("/api/v1/agreements/{agreement}"),
        "/api/v1/agreements/in-force".to_owned(),
        "/shop".to_owned(),
        "/shop/today".to_owned(),
        format!("/shop/deductions/{one}"),
        "/agreements".to_owned(),
        format!("/agreements/{agreement}"),
        format!("/agreements/{agreement}/sheet"),
        "/shops".to_owned(),
    ];
    for who in [&cashier, &keeper] {
        for address in &addresses {
            let answer = match address.starts_with("/api") {
                true => server.get(who, address).await,
                false => server.page(who, address).await,
            };
            assert_eq!(answer.status, StatusCode::OK, "{address}: {answer:?}");
            answers.push(answer);
        }
    }
    // Nothing else of residents is theirs.
    for path in ["/residents", "/counter", "/audit", "/ledger", "/my", "/opinions", "/stock"] {
        assert_eq!(server.page(&cashier, path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let pages = answers.iter().filter(|answer| answer.text.contains("<h1>")).count();
    assert!(pages >= 13, "{pages}");
    let id = id.to_string();
    let never = ["测试", "测**", "19600203", "1960-02-03", "generated-1", &id, "随访", "smi"];
    for answer in &answers {
        for secret in SECRETS.iter().chain(&never) {
            // What was typed may stand in the form that is sent on.
            let text = answer.text.replace(&number, "");
            assert!(!text.contains(secret), "{secret}: {answer:?}");
        }
    }
}

async fn a_shop_deducts_on_pages(server: &Server) {
    let cashier = town(server).await;
    let (id, lots) = resident(server, 1, COMMUNITY, &[5_000, 100, 200]).await;
    let paper = [voucher(server, id, lots[1]).await, voucher(server, id, lots[2]).await];
    let (serials, number) = (format!("{}\n{}\n", paper[0], paper[1]), card(1));
    let typed = [
        ("at", SHOP),
        ("receipt", "R-1"),
        ("bill", "１００．００"),
        ("by", "card"),
        ("number", &*number),
        ("vouchers", &*serials),
    ];
    let with = |more: &[(&'static str, &'static str)]| {
        let kept = typed.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        kept.copied().chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let begin = server.page(&cashier, "/shop").await.text;
    assert!(
        begin.contains("20 分抵 1 元，最多抵一单的 30 %") && begin.contains("data-retry"),
        "{begin}"
    );
    let checked = server.submit(&cashier, "/shop", &with(&[("do", "check")])).await;
    assert!(checked.text.contains("可以抵扣，还没有扣"), "{checked:?}");
    assert!(checked.text.contains("70.00") && checked.text.contains("600 分"), "{checked:?}");
    assert_eq!(redeemable(server, id).await, 5_000);
    // What is wrong stays in the form, at its field.
    let wrong = server.submit(&cashier, "/shop", &with(&[("bill", "<script>")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("&lt;script&gt;") && !wrong.text.contains("<script>"), "{wrong:?}");
    assert!(wrong.text.contains(paper[0].as_str()) && wrong.text.contains("R-1"), "{wrong:?}");
    let few = server.submit(&cashier, "/shop", &with(&[("points", "0")])).await;
    assert!(few.text.contains("85.00"), "{few:?}");
    let edit = server.submit(&cashier, "/shop", &with(&[("do", "edit")])).await;
    assert!(edit.text.contains("R-1") && edit.text.contains("查一查"), "{edit:?}");
    let make = with(&[("do", "make"), ("electronic", "300")]);
    let made = server.submit(&cashier, "/shop", &make).await;
    let page = made.on().to_owned();
    // Pressed twice, or sent again from a page that got no answer, it is one.
    assert_eq!(server.submit(&cashier, "/shop", &make).await.on(), page);
    assert_eq!(redeemable(server, id).await, 4_700);
    let shown = server.page(&cashier, &page).await.text;
    assert!(shown.contains("已抵扣 30.00 元") && shown.contains("70.00"), "{shown}");
    assert!(shown.contains("请收下积分券正券 <strong>2</strong> 张"), "{shown}");
    let used = with(&[("do", "check"), ("receipt", "R-2")]);
    let refused = server.submit(&cashier, "/shop", &used).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text.contains("不能抵扣") && refused.text.contains("已经兑换过"),
        "{refused:?}"
    );
    let today = server.page(&cashier, "/shop/today").await.text;
    assert!(today.contains("R-1") && today.contains("30.00"), "{today}");
    let cancel = format!("{page}/cancel");
    let empty = server.submit(&cashier, &cancel, &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let cancelled = server.submit(&cashier, &cancel, &[("reason", "退货")]).await;
    assert_eq!(cancelled.on(), page);
    let shown = server.page(&cashier, &page).await.text;
    assert!(shown.contains("已撤销") && shown.contains("还给居民"), "{shown}");
    assert_eq!(redeemable(server, id).await, 5_000);
}

async fn a_resident_sees_where_points_can_be_used(server: &Server) {
    let cashier = town(server).await;
    let (id, _) = resident(server, 1, COMMUNITY, &[500]).await;
    let (far, _) = resident(server, 2, ELSEWHERE, &[500]).await;
    let (me, other) = (server.as_resident(id).await, server.as_resident(far).await);
    let shops = server.page(&me, "/my/shops").await.text;
    assert!(shops.contains(SHOP_NAME) && shops.contains("20 分抵 1 元"), "{shops}");
    assert!(!server.page(&other, "/my/shops").await.text.contains(SHOP_NAME));
    assert!(server.page(&me, "/my/pay-code").await.text.contains("显示付款码"));
    let shown = server.submit(&me, "/my/pay-code", &[]).await.text;
    let place = shown.find("class=\"code\">").unwrap() + 13;
    let code = shown[place..place + 9].replace(' ', "");
    assert!(shown.contains("<svg") && shown.contains("以前有效"), "{shown}");
    let typed = [
        ("at", SHOP),
        ("receipt", "1"),
        ("bill", "100"),
        ("by", "card"),
        ("number", &code),
        ("do", "make"),
        ("electronic", "40"),
    ];
    let made = server.submit(&cashier, "/shop", &typed).await;
    assert!(made.on().starts_with("/shop/deductions/"), "{made:?}");
    assert_eq!(redeemable(server, id).await, 460);
    let stranger = HolderId::from_bytes([9; 16]).to_string();
    let refused = server.submit(&me, "/my/pay-code", &[("person", &stranger)]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}
