//! Paper vouchers at the counter (P7, P10): the API, the pages, and what people read of them.

use axum::http::StatusCode;
use kangji_core::ids::HolderId;
use kangji_ledger::Seq;
use kangji_server::app::App;
use kangji_store::{Issuing, VoucherAct, VoucherCommand};
use serde_json::{Value, json};

use crate::{
    counter::{Stall, placed, wanted},
    mall::put_institution,
    shop::CLINIC,
    support::{Answer, Caller, Server, id_of, on_both},
};

on_both! {
    vouchers_and_the_balance_pay_together_p10;
    what_cannot_be_taken_is_told_for_each_voucher_p9;
    a_second_presentation_is_refused_at_another_counter_p13;
    what_is_brought_back_goes_to_the_account;
    the_counter_takes_vouchers_on_its_page_p7;
    people_read_what_stands_on_vouchers_a4;
    the_export_holds_orders_and_vouchers;
}

const SCHEME: &str = "panzhihua-xiqu";
const ORDERS: &str = "/api/v1/orders";

/// A voucher of [`CLINIC`] that bears what is left of a credit: its serial.
pub(crate) async fn issued(server: &Server, person: &str, lot: u64) -> String {
    let (person, now) = (person.parse::<HolderId>().unwrap(), server.app.now());
    let by = *id_of("voucher-issuer").bytes();
    let issue = move |app: &App| {
        let store = app.store();
        store.print_vouchers(SCHEME, 1, by, now).wait()?.unwrap();
        let stocked = store.stock_vouchers(SCHEME, CLINIC, 1, by, now).wait()?.unwrap();
        let issuing = Issuing {
            person,
            scheme: SCHEME.to_owned(),
            lot: Seq(lot),
            institution: CLINIC.to_owned(),
            day: now.day(),
            authority: "护士".to_owned(),
            or_next: false,
            proxy: None,
        };
        let (serial, act) = (stocked.first.parse().unwrap(), VoucherAct::Issue(issuing));
        store.voucher_act(VoucherCommand { serial, act, by, now }).wait()?.unwrap();
        Ok(stocked.first)
    };
    server.app.blocking(issue).await.unwrap()
}

fn paid(stall: &Stall, item: &str, vouchers: &Value) -> Value {
    let mut body = wanted(&stall.catalogue, &stall.resident, item, true);
    body["wish"]["vouchers"] = vouchers.clone();
    body
}

async fn account(server: &Server, caller: &Caller, resident: &str) -> Value {
    let path = format!("/api/v1/residents/{resident}/accounts");
    server.get(caller, &path).await.json()["items"][0].clone()
}

fn amounts(account: &Value) -> [i64; 3] {
    ["redeemable", "held", "on_vouchers"].map(|name| account[name].as_i64().unwrap())
}

fn codes(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let all = json["reasons"].as_array().or(json["refusals"].as_array()).unwrap();
    all.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

/// P10: whole vouchers, several together, and what they lack from the electronic balance.
async fn vouchers_and_the_balance_pay_together_p10(server: &Server) {
    let stall = Stall::new(server).await;
    let first = issued(server, &stall.resident, 1).await;
    assert_eq!(amounts(&account(server, &stall.clerk, &stall.resident).await), [5, 0, 5]);
    let scanned = format!("KJ1.{SCHEME}.{first}.5.20280805.c2lnbmF0dXJl");
    let mut two = paid(&stall, "eggs", &json!([scanned]));
    two["wish"]["sets"] = json!(2);
    let quote = format!("/api/v1/residents/{}/quote", stall.resident);
    let quote = server.send(&stall.clerk, "POST", &quote, Some(two["wish"].clone())).await;
    assert_eq!(quote.json()["refusals"], json!([]), "{quote:?}");
    assert_eq!(quote.json()["vouchers"], json!([{"serial": first, "points": 5}]));
    assert_eq!(
        (&quote.json()["bill"]["points"], &quote.json()["electronic"]),
        (&json!(10), &json!(5))
    );
    assert_eq!(amounts(&account(server, &stall.clerk, &stall.resident).await), [5, 0, 5]);
    let order = placed(server.send(&stall.clerk, "POST", ORDERS, Some(two)).await);
    let shown = stall.shown(server, &order).await;
    assert_eq!(shown["vouchers"], json!([{"serial": first, "points": 5}]));
    assert_eq!((&shown["state"], &shown["points"]), (&json!("handed_over"), &json!(10)));
    assert_eq!(amounts(&account(server, &stall.clerk, &stall.resident).await), [0, 0, 0]);
}

async fn what_cannot_be_taken_is_told_for_each_voucher_p9(server: &Server) {
    let stall = Stall::new(server).await;
    let [one, two] =
        [issued(server, &stall.resident, 1).await, issued(server, &stall.resident, 2).await];
    let send = async |vouchers: Value| {
        let body = paid(&stall, "eggs", &vouchers);
        server.send(&stall.clerk, "POST", ORDERS, Some(body)).await
    };
    let answer = send(json!([one, "XQ000000990", "H-七"])).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["place"], "vouchers");
    assert!(answer.json()["detail"].as_str().unwrap().contains("第 2 张"), "{answer:?}");
    let answer = send(json!([one, one, "H-七"])).await;
    assert_eq!(codes(&answer), ["voucher_twice", "unknown_voucher"]);
    let answer = send(json!([one, two])).await;
    assert_eq!(codes(&answer), ["voucher_too_much"]);
    let says = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(says.contains("不找零") && says.contains("存回账户"), "{says}");
    let mut later = paid(&stall, "eggs", &json!([one]));
    later["hand_over"] = json!(false);
    let answer = server.send(&stall.clerk, "POST", ORDERS, Some(later)).await;
    assert_eq!(codes(&answer), ["voucher_at_counter"]);
    assert_eq!(amounts(&account(server, &stall.clerk, &stall.resident).await), [0, 0, 10]);
}

/// P13: another counter refuses what was spent, and says to keep the paper.
async fn a_second_presentation_is_refused_at_another_counter_p13(server: &Server) {
    let stall = Stall::new(server).await;
    put_institution(server, "clinic-3", "生成的卫生院", "510403", None).await;
    let own = "[[item]]\nid = \"pressure\"\nname = \"量血压\"\npoints = 5\nservice = true\n";
    let there = server.file_catalogue(SCHEME, Some("clinic-3"), own.to_owned()).await.to_string();
    let serial = issued(server, &stall.resident, 1).await;
    let first =
        server.send(&stall.clerk, "POST", ORDERS, Some(paid(&stall, "eggs", &json!([serial]))));
    placed(first.await);
    let clerk = server.staff_of("clerk-3", "clerk", "510403", "clinic-3").await;
    let mut body = paid(&stall, "pressure", &json!([serial]));
    body["wish"]["catalogue"] = json!(there);
    body["wish"]["institution"] = json!("clinic-3");
    let answer = server.send(&clerk, "POST", ORDERS, Some(body.clone())).await;
    assert_eq!(codes(&answer), ["voucher_redeemed"]);
    let says = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(says.contains("已经兑换过") && says.contains("请留下正券"), "{says}");
    let quote = format!("/api/v1/residents/{}/quote", stall.resident);
    let asked = server.send(&clerk, "POST", &quote, Some(body["wish"].clone())).await;
    assert_eq!(codes(&asked), ["voucher_redeemed"]);
    assert_eq!(asked.json()["vouchers"], json!([]));
    assert_eq!(amounts(&account(server, &stall.clerk, &stall.resident).await), [5, 0, 0]);
}

async fn what_is_brought_back_goes_to_the_account(server: &Server) {
    let stall = Stall::new(server).await;
    let serial = issued(server, &stall.resident, 1).await;
    let body = paid(&stall, "eggs", &json!([serial]));
    let order = placed(server.send(&stall.clerk, "POST", ORDERS, Some(body)).await);
    let back = format!("/counter/orders/{order}/return");
    let asked = server.page(&stall.clerk, &back).await;
    assert!(asked.text.contains("退到居民的电子账户") && asked.text.contains(&serial));
    let fields = [("at", CLINIC), ("reason", "破了"), ("restock", "false")];
    let done = server.submit(&stall.clerk, &back, &fields).await;
    let shown = server.page(&stall.clerk, done.on()).await;
    assert!(shown.text.contains("收下的正券不退"), "{}", shown.text);
    assert_eq!(amounts(&account(server, &stall.clerk, &stall.resident).await), [10, 0, 0]);
}

/// P7: scanned a line for each, shown before anything is charged, and kept with the receipt.
async fn the_counter_takes_vouchers_on_its_page_p7(server: &Server) {
    let stall = Stall::new(server).await;
    let [one, two] =
        [issued(server, &stall.resident, 1).await, issued(server, &stall.resident, 2).await];
    let at = format!("/counter/{}?at={CLINIC}", stall.resident);
    let person = server.page(&stall.clerk, &at).await;
    for says in ["在积分券上", "还差 5 分", "用积分券兑换"] {
        assert!(person.text.contains(says), "{says} is not in {}", person.text);
    }
    let order = format!("/counter/{}/order", stall.resident);
    let send = async |more: &[(&str, &str)]| {
        let wish = [("at", CLINIC), ("catalogue", &*stall.catalogue), ("item", "eggs")];
        server.submit(&stall.clerk, &order, &[wish.as_slice(), more].concat()).await
    };
    let wrong = send(&[("do", "quote"), ("vouchers", "XQ000000990\n<script>")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("f-vouchers-fault") && wrong.text.contains("第 1 张"));
    assert!(!wrong.text.contains("<script>"));
    let both = format!("{one}\r\n KJ1.{SCHEME}.{two}.5.20280905.c2ln \r\n");
    let told = send(&[("do", "quote"), ("sets", "1"), ("vouchers", &both)]).await;
    assert!(told.text.contains("不找零") && told.text.contains("存回账户"), "{}", told.text);
    let told = send(&[("do", "quote"), ("sets", "2"), ("vouchers", &both)]).await;
    assert!(told.text.contains("name=\"seen\" value=\"10-0\""), "{}", told.text);
    assert!(told.text.contains("请收下正券") && !told.text.contains("先留着"));
    let unseen = [("do", "hand_over"), ("sets", "2"), ("vouchers", &*both), ("seen", "10")];
    let unseen = send(&[&unseen[..], &[("comes", "self")]].concat()).await;
    assert_eq!(unseen.status, StatusCode::CONFLICT);
    let seen = [("do", "hand_over"), ("sets", "2"), ("vouchers", &*both), ("seen", "10-0")];
    let done = send(&[&seen[..], &[("comes", "self")]].concat()).await;
    let receipt = server.page(&stall.clerk, done.on()).await;
    for says in [&one, &two, "正券由兑换点保存", "不再发券"] {
        assert!(receipt.text.contains(says), "{says} is not in {}", receipt.text);
    }
    let again = send(&[("do", "quote"), ("sets", "1"), ("vouchers", &one)]).await;
    assert!(again.text.contains("请留下正券，已经登记待查"), "{}", again.text);
}

/// A4: on the phone, on paper and at the desk people read what stands on vouchers.
async fn people_read_what_stands_on_vouchers_a4(server: &Server) {
    let stall = Stall::new(server).await;
    let serial = issued(server, &stall.resident, 1).await;
    let resident = server.as_resident(stall.resident.parse().unwrap()).await;
    let account = account(server, &resident, &stall.resident).await;
    assert_eq!(amounts(&account), [5, 0, 5]);
    let path = format!("/api/v1/residents/{}/accounts/{SCHEME}/entries", stall.resident);
    let entries = server.get(&resident, &path).await.json()["items"].clone();
    let last = entries.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["voucher"]), (&json!("bind"), &json!(serial)));
    for (path, says) in [
        ("/my", "<strong>5分</strong>印在积分券上"),
        ("/my/statement", "<strong>5分</strong>印在积分券上"),
        ("/my/entries", "制券：5分已印在积分券上"),
        ("/my/entries", serial.as_str()),
    ] {
        let page = server.page(&resident, path).await;
        assert!(page.text.contains(says), "{path}: {says} is not in {}", page.text);
    }
    let nurse = server.sign_in("nurse", crate::support::PASSWORD).await;
    for path in ["paper", "statement"] {
        let page = server.page(&nurse, &format!("/residents/{}/{path}", stall.resident)).await;
        assert!(page.text.contains("<strong>5分</strong>印在积分券上"), "{path}: {}", page.text);
    }
}

/// Whoever takes their data with them finds what became of their points.
async fn the_export_holds_orders_and_vouchers(server: &Server) {
    let stall = Stall::new(server).await;
    let [kept, spent] =
        [issued(server, &stall.resident, 1).await, issued(server, &stall.resident, 2).await];
    let body = paid(&stall, "eggs", &json!([spent]));
    let order = placed(server.send(&stall.clerk, "POST", ORDERS, Some(body)).await);
    let resident = server.as_resident(stall.resident.parse().unwrap()).await;
    let data = server.get(&resident, "/api/v1/me/data/export").await.json();
    let me = &data["people"][0];
    assert_eq!(me["orders"][0]["id"], json!(order), "{me}");
    let vouchers = me["vouchers"].as_array().unwrap();
    let told: Vec<_> = vouchers.iter().map(|one| (&one["serial"], &one["state"])).collect();
    assert_eq!(told, [(&json!(kept), &json!("issued")), (&json!(spent), &json!("redeemed"))]);
    assert_eq!(vouchers[1]["spent_at_place"], CLINIC);
    assert_eq!(me["deductions"], json!([]));
    assert_eq!(me["accounts"][0]["on_vouchers"], 5);
}
