//! `/api/v1/vouchers`, and the vouchers of residents

use axum::http::StatusCode;
use kangji_ledger::key::{FileKey, Signer};
use kangji_redemption::voucher::{Face, Serial};
use serde_json::{Value, json};

use crate::{
    residents::{nurse, person, register},
    rights::Case,
    shop::{CLINIC, OTHER_CLINIC},
    support::{Answer, Caller, Server, on_both},
    town::{SECRETS, record},
};

on_both! {
    a_credit_goes_onto_the_next_voucher_of_the_stock_p5_p10;
    stock_is_printed_and_given_out_and_adds_up_p4;
    effect_points_wait_for_the_doctor_p6;
    the_main_part_names_no_illness_p7;
    taken_back_lost_and_spoiled_p9;
    a_handwritten_voucher_is_taken_over_p4;
    stubs_are_reconciled_p4;
    who_receives_one_for_somebody_is_sealed;
    nobody_issues_to_themselves;
    somebody_elsewhere_reaches_nothing;
    a_resident_sees_their_own;
    the_square_code_is_verified_with_the_public_key;
}

const PATH: &str = "/api/v1/vouchers";
pub(crate) const SCHEME: &str = "panzhihua-xiqu";

/// Addresses whose rights are tested in this file.
pub(crate) const TESTED: [(&str, &str); 1] = [("get", "/api/v1/me/vouchers")];

/// The serial of the voucher with a number.
pub(crate) fn serial(number: u32) -> String {
    Serial::numbered("XQ", number).unwrap().to_string()
}

fn at(rest: &str) -> String {
    format!("{PATH}/{rest}")
}

fn case(
    method: &'static str,
    path: &'static str,
    request: &str,
    body: Option<Value>,
    (role, elsewhere): (&'static str, StatusCode),
) -> Case {
    let request = request.to_owned();
    Case { method, path, request, body, role, other: "cadre", elsewhere: Some(elsewhere) }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = of_stock();
    cases.extend(of_one());
    cases
}

fn of_stock() -> Vec<Case> {
    let outside = StatusCode::FORBIDDEN;
    let issue = json!({"person": "{holder}", "scheme": SCHEME, "lot": 6, "institution": CLINIC});
    let over = json!({"person": "{holder}", "scheme": SCHEME, "lot": 5, "institution": CLINIC,
        "number": "西0007", "stub": 5, "date": "2026-09-15"});
    let print = json!({"scheme": SCHEME, "count": 2});
    let stock = json!({"scheme": SCHEME, "institution": CLINIC, "count": 2});
    vec![
        case(
            "get",
            PATH,
            &at("?institution=clinic-1").replace("/?", "?"),
            None,
            ("auditor", outside),
        ),
        case("post", PATH, PATH, Some(issue), ("organiser", outside)),
        case(
            "get",
            "/api/v1/vouchers/counts",
            &at("counts?scheme=panzhihua-xiqu"),
            None,
            ("clerk", StatusCode::OK),
        ),
        case("post", "/api/v1/vouchers/print", &at("print"), Some(print), ("officer", outside)),
        case("post", "/api/v1/vouchers/stock", &at("stock"), Some(stock), ("officer", outside)),
        case(
            "get",
            "/api/v1/vouchers/differences",
            &at("differences?institution=clinic-1"),
            None,
            ("manager", outside),
        ),
        case(
            "post",
            "/api/v1/vouchers/take-over",
            &at("take-over"),
            Some(over),
            ("clerk", outside),
        ),
    ]
}

fn of_one() -> Vec<Case> {
    let hidden = StatusCode::NOT_FOUND;
    let reason = || Some(json!({"reason": "生成的原因"}));
    vec![
        case("get", "/api/v1/vouchers/{serial}", &at("{voucher_kept}"), None, ("doctor", hidden)),
        case(
            "post",
            "/api/v1/vouchers/{serial}/take-back",
            &at("{voucher_to_take_back}/take-back"),
            reason(),
            ("manager", hidden),
        ),
        case(
            "post",
            "/api/v1/vouchers/{serial}/lose",
            &at("{voucher_to_lose}/lose"),
            reason(),
            ("nurse", hidden),
        ),
        case(
            "post",
            "/api/v1/vouchers/{serial}/spoil",
            &at("{voucher_blank}/spoil"),
            reason(),
            ("clerk", hidden),
        ),
        case(
            "post",
            "/api/v1/vouchers/{serial}/stub",
            &at("{voucher_kept}/stub"),
            Some(json!({"points": 5})),
            ("auditor", hidden),
        ),
        case(
            "get",
            "/api/v1/residents/{id}/vouchers",
            "/api/v1/residents/{holder}/vouchers",
            None,
            ("nurse", hidden),
        ),
        case(
            "get",
            "/api/v1/residents/{id}/voucher-credits",
            "/api/v1/residents/{holder}/voucher-credits",
            None,
            ("organiser", hidden),
        ),
    ]
}

/// Somebody with six credits of 5 points, three of them on vouchers.
pub(crate) struct Staged {
    holder: String,
}

impl Staged {
    pub(crate) async fn new(server: &Server, nurse: &Caller) -> Self {
        let holder = server.villager("generated-voucher").await.to_string();
        lectures(server, nurse, "generated-voucher", 6).await;
        stocked(server, 20).await;
        for lot in 1..=3 {
            issue(server, nurse, &holder, lot).await;
        }
        Self { holder }
    }

    pub(crate) fn fill(&self, address: &str) -> String {
        address
            .replace("{holder}", &self.holder)
            .replace("{voucher_to_take_back}", &serial(1))
            .replace("{voucher_to_lose}", &serial(2))
            .replace("{voucher_kept}", &serial(3))
            .replace("{voucher_blank}", &serial(20))
    }
}

/// Lectures that bring 5 points each: two a month count, from July on.
pub(crate) async fn lectures(server: &Server, who: &Caller, resident: &str, number: u32) {
    for lecture in 0..number {
        let day = format!("2026-{:02}-{:02}", 7 + lecture / 2, 2 + lecture % 2 * 10);
        let code = format!("{resident}-L{lecture}");
        server.uploaded(who, record(&code, resident, "lecture.attended", &day)).await;
    }
}

/// Prints vouchers and gives as many to [`CLINIC`].
pub(crate) async fn stocked(server: &Server, count: u32) {
    let officer = server.staff("stock-officer", &[("officer", "510403")]).await;
    let print = json!({"scheme": SCHEME, "count": count});
    let printed = server.send(&officer, "POST", &format!("{PATH}/print"), Some(print)).await;
    assert_eq!(printed.status, StatusCode::CREATED, "{printed:?}");
    let stock = json!({"scheme": SCHEME, "institution": CLINIC, "count": count});
    let given = server.send(&officer, "POST", &format!("{PATH}/stock"), Some(stock)).await;
    assert_eq!(given.status, StatusCode::CREATED, "{given:?}");
}

pub(crate) fn wanted(person: &str, lot: u32) -> Value {
    json!({"person": person, "scheme": SCHEME, "lot": lot, "institution": CLINIC})
}

/// Issues a voucher on a credit, which has to be possible.
pub(crate) async fn issue(server: &Server, who: &Caller, person: &str, lot: u32) -> Value {
    let answer = server.send(who, "POST", PATH, Some(wanted(person, lot))).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

/// A nurse of [`CLINIC`], a registered resident with credits of 5 points, and 20 blank vouchers.
pub(crate) struct Desk {
    pub(crate) nurse: Caller,
    /// Records what others did anywhere in the district.
    pub(crate) recorder: Caller,
    pub(crate) resident: String,
}

impl Desk {
    pub(crate) async fn new(server: &Server, credits: u32) -> Self {
        server.publish().await;
        server.open_institutions().await;
        let everywhere = nurse(server).await;
        let body = person("generated-1", "测试甲", "19500203", 1);
        let resident = register(server, &everywhere, body).await;
        lectures(server, &everywhere, "generated-1", credits).await;
        stocked(server, 20).await;
        let nurse = server.staff_of("desk-nurse", "nurse", "510403", CLINIC).await;
        Self { nurse, recorder: everywhere, resident }
    }

    async fn act(&self, server: &Server, serial: &str, act: &str, body: Value) -> Answer {
        server.send(&self.nurse, "POST", &format!("{PATH}/{serial}/{act}"), Some(body)).await
    }

    async fn balance(&self, server: &Server) -> (i64, i64) {
        let path = format!("/api/v1/residents/{}/accounts", self.resident);
        let account = server.get(&self.nurse, &path).await.json()["items"][0].clone();
        (account["redeemable"].as_i64().unwrap(), account["on_vouchers"].as_i64().unwrap())
    }

    async fn credits(&self, server: &Server) -> Vec<Value> {
        let path = format!("/api/v1/residents/{}/voucher-credits", self.resident);
        server.get(&self.nurse, &path).await.json()["items"].as_array().unwrap().clone()
    }
}

/// The code of the only reason for which something was refused.
fn refused(answer: &Answer) -> String {
    assert_eq!(answer.code(), "refused", "{answer:?}");
    answer.json()["reasons"][0]["code"].as_str().unwrap().to_owned()
}

async fn a_credit_goes_onto_the_next_voucher_of_the_stock_p5_p10(server: &Server) {
    let desk = Desk::new(server, 3).await;
    let credits = desk.credits(server).await;
    assert_eq!(credits.len(), 3);
    assert_eq!((&credits[0]["lot"], &credits[0]["points"]), (&json!(1), &json!(5)));
    let told = issue(server, &desk.nurse, &desk.resident, 1).await;
    assert_eq!((&told["serial"], &told["state"]), (&json!(serial(1)), &json!("issued")));
    let paper = &told["issue"];
    assert_eq!(paper["authority"], "护士（生成的社区卫生服务中心）");
    assert_eq!((&paper["name"], &paper["date"]), (&json!("测**"), &json!("2026-09-21")));
    assert_eq!((&paper["points"], &paper["expires_on"]), (&json!(5), &json!("2028-07-02")));
    assert_eq!(desk.balance(server).await, (10, 5));
    assert_eq!(desk.credits(server).await.len(), 2);
    let again = server.send(&desk.nurse, "POST", PATH, Some(wanted(&desk.resident, 1))).await;
    assert_eq!(refused(&again), "not_left");
    // A form at hand, and one that is not there.
    let mut body = wanted(&desk.resident, 2);
    body["serial"] = json!(serial(9).to_lowercase());
    let told = server.send(&desk.nurse, "POST", PATH, Some(body.clone())).await;
    assert_eq!(told.json()["serial"], json!(serial(9)), "{told:?}");
    body["lot"] = json!(3);
    let taken = server.send(&desk.nurse, "POST", PATH, Some(body.clone())).await;
    assert_eq!(refused(&taken), "voucher_state");
    body["serial"] = json!("XQ000000001");
    let typo = server.send(&desk.nurse, "POST", PATH, Some(body)).await;
    assert_eq!((typo.code(), typo.json()["place"].clone()), ("invalid".into(), json!("serial")));
    let list = format!("/api/v1/residents/{}/vouchers", desk.resident);
    assert_eq!(server.get(&desk.nurse, &list).await.json()["items"].as_array().unwrap().len(), 2);
    // The same call is done once, though the next of the stock is another one now.
    let body = Some(wanted(&desk.resident, 3));
    let first = server.send_under("twice", &desk.nurse, "POST", PATH, body.clone()).await;
    let second = server.send_under("twice", &desk.nurse, "POST", PATH, body).await;
    assert_eq!(first.json()["serial"], second.json()["serial"], "{first:?} {second:?}");
    assert_eq!(desk.balance(server).await, (0, 15));
}

async fn stock_is_printed_and_given_out_and_adds_up_p4(server: &Server) {
    let desk = Desk::new(server, 1).await;
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let print = json!({"scheme": SCHEME, "count": 5});
    let printed = server.send(&officer, "POST", &format!("{PATH}/print"), Some(print)).await;
    let range = json!({"first": serial(21), "last": serial(25), "count": 5});
    assert_eq!(printed.json(), range);
    issue(server, &desk.nurse, &desk.resident, 1).await;
    let counts = server.get(&officer, &format!("{PATH}/counts?scheme={SCHEME}")).await.json();
    let items = counts["items"].as_array().unwrap();
    assert_eq!(counts["total"], 25);
    let sum: u64 = items.iter().map(|item| item["count"].as_u64().unwrap()).sum();
    assert_eq!(sum, 25);
    let printed = json!({"institution": null, "state": "printed", "count": 5, "points": 0});
    let issued = json!({"institution": CLINIC, "state": "issued", "count": 1, "points": 5});
    assert!(items.contains(&printed) && items.contains(&issued), "{items:?}");
    // An institution is told of its own.
    let clerk = server.staff_of("clerk", "clerk", "510403", CLINIC).await;
    let own = server.get(&clerk, &format!("{PATH}/counts?scheme={SCHEME}")).await.json();
    assert_eq!(own["total"], 20);
    for (count, code) in [(0, "invalid"), (10_001, "invalid")] {
        let body = json!({"scheme": SCHEME, "count": count});
        let answer = server.send(&officer, "POST", &format!("{PATH}/print"), Some(body)).await;
        assert_eq!(answer.code(), code);
    }
    let none = json!({"scheme": "tonghui", "count": 1});
    let none = server.send(&officer, "POST", &format!("{PATH}/print"), Some(none)).await;
    assert_eq!(none.code(), "out_of_area", "another district's");
    let elsewhere = json!({"scheme": SCHEME, "institution": OTHER_CLINIC, "count": 1});
    let answer = server.send(&officer, "POST", &format!("{PATH}/stock"), Some(elsewhere)).await;
    assert_eq!(answer.code(), "out_of_area");
    for _ in 0..2 {
        let rest = json!({"scheme": SCHEME, "institution": CLINIC, "count": 10});
        let rest = server.send(&officer, "POST", &format!("{PATH}/stock"), Some(rest)).await;
        if rest.status == StatusCode::CREATED {
            assert_eq!(rest.json()["count"], 5);
        } else {
            assert_eq!(refused(&rest), "none_printed");
        }
    }
}

/// P6: before the family doctor has confirmed there is no credit, so nothing can go onto paper.
async fn effect_points_wait_for_the_doctor_p6(server: &Server) {
    let desk = Desk::new(server, 0).await;
    let row = record("M1", "generated-1", "selfmonitoring.verified", "2026-06-15");
    let record = server.uploaded(&desk.recorder, row).await;
    assert!(desk.credits(server).await.is_empty());
    let early = server.send(&desk.nurse, "POST", PATH, Some(wanted(&desk.resident, 1))).await;
    assert_eq!(refused(&early), "not_credited");
    let doctor = server.worker("doctor", "generated-doctor", &[("doctor", "510403")]).await;
    let body = json!({"award": "self-monitoring", "record": record.to_string(), "accept": true});
    let accepted = server.send(&doctor, "POST", "/api/v1/confirmations", Some(body)).await;
    assert_eq!(accepted.status, StatusCode::OK, "{accepted:?}");
    assert_eq!(issue(server, &desk.nurse, &desk.resident, 1).await["issue"]["points"], 20);
}

/// P7, A1: the main part has the public name; the full one is for the stub, and for whoever may
/// know of illnesses.
async fn the_main_part_names_no_illness_p7(server: &Server) {
    let desk = Desk::new(server, 0).await;
    let holder = server.villager("generated-ill").await;
    let doctor = server.staff("ill-doctor", &[("doctor", "510403")]).await;
    let row = record("S1", "generated-ill", "smi.followup", "2026-09-15");
    server.uploaded(&doctor, row).await;
    let holder = holder.to_string();
    let told = issue(server, &desk.nurse, &holder, 1).await;
    assert_eq!(told["issue"]["title"], "健康管理服务");
    assert_eq!(told["issue"]["full_title"], "严重精神障碍患者随访");
    let clerk = server.staff_of("clerk", "clerk", "510403", CLINIC).await;
    let one = format!("{PATH}/{}", serial(1));
    for path in [
        one.clone(),
        format!("{PATH}?institution={CLINIC}"),
        format!("{PATH}/differences?institution={CLINIC}"),
        format!("/api/v1/residents/{holder}/vouchers"),
        format!("/api/v1/residents/{holder}/voucher-credits"),
    ] {
        let answer = server.get(&clerk, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert!(!SECRETS.iter().any(|secret| answer.text.contains(secret)), "{answer:?}");
    }
    assert_eq!(server.get(&clerk, &one).await.json()["issue"]["full_title"], Value::Null);
    let me = server.as_resident(holder.parse().unwrap()).await;
    let mine = server.get(&me, "/api/v1/me/vouchers").await;
    assert_eq!(mine.json()["items"][0]["title"], "健康管理服务");
    assert!(!SECRETS.iter().any(|secret| mine.text.contains(secret)), "{mine:?}");
}

async fn taken_back_lost_and_spoiled_p9(server: &Server) {
    let desk = Desk::new(server, 2).await;
    for lot in [1, 2] {
        issue(server, &desk.nurse, &desk.resident, lot).await;
    }
    let reason = || json!({"reason": "生成的原因"});
    let back = desk.act(server, &serial(1), "take-back", reason()).await;
    assert_eq!(back.json()["void"], "taken_back", "{back:?}");
    assert_eq!(desk.balance(server).await, (5, 5));
    let again = desk.act(server, &serial(1), "take-back", reason()).await;
    assert_eq!(refused(&again), "voucher_void");
    let lost = desk.act(server, &serial(2), "lose", reason()).await;
    assert_eq!(lost.json()["state"], "lost");
    assert_eq!(desk.balance(server).await, (5, 5), "its points stay bound");
    let back = desk.act(server, &serial(2), "take-back", reason()).await;
    assert_eq!(refused(&back), "voucher_state");
    assert!(back.json()["detail"].as_str().unwrap().contains("遗失不补"), "{back:?}");
    let spoilt = desk.act(server, &serial(3), "spoil", reason()).await;
    assert_eq!(spoilt.json()["void"], "spoiled");
    // The number of a person is no reason.
    let number = json!({"reason": "本人510403195002030014挂失"});
    let number = desk.act(server, &serial(4), "spoil", number).await;
    assert_eq!(
        (number.code(), number.json()["place"].clone()),
        ("invalid".into(), json!("reason"))
    );
    let none = desk.act(server, "XQ99", "lose", reason()).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

async fn a_handwritten_voucher_is_taken_over_p4(server: &Server) {
    let desk = Desk::new(server, 1).await;
    let mut body = wanted(&desk.resident, 1);
    body["number"] = json!("西0012");
    body["stub"] = json!(6);
    body["date"] = json!("2026-08-01");
    let path = format!("{PATH}/take-over");
    let differs = server.send(&desk.nurse, "POST", &path, Some(body.clone())).await;
    assert_eq!(refused(&differs), "stub_differs");
    body["stub"] = json!(5);
    let told = server.send(&desk.nurse, "POST", &path, Some(body.clone())).await;
    assert_eq!(told.status, StatusCode::CREATED, "{told:?}");
    assert_eq!(
        (&told.json()["serial"], &told.json()["by_hand"]),
        (&json!("H-西0012"), &json!(true))
    );
    assert_eq!(desk.balance(server).await, (0, 5), "nothing is earned anew");
    let again = server.send(&desk.nurse, "POST", &path, Some(body.clone())).await;
    assert_eq!(refused(&again), "voucher_known");
    for (field, wrong) in [("number", json!("a/b")), ("date", json!("2026-02-30"))] {
        let mut body = body.clone();
        body[field] = wrong;
        let answer = server.send(&desk.nurse, "POST", &path, Some(body)).await;
        assert_eq!(answer.json()["place"], field, "{answer:?}");
    }
    let one = server.get(&desk.nurse, &format!("{PATH}/H-%E8%A5%BF0012")).await;
    assert_eq!(one.json()["issue"]["date"], "2026-08-01", "{one:?}");
}

async fn stubs_are_reconciled_p4(server: &Server) {
    let desk = Desk::new(server, 2).await;
    for lot in [1, 2] {
        issue(server, &desk.nurse, &desk.resident, lot).await;
    }
    let clerk = server.staff_of("clerk", "clerk", "510403", CLINIC).await;
    let list = async || {
        let path = format!("{PATH}/differences?institution={CLINIC}");
        let found = server.get(&clerk, &path).await.json();
        let items = found["items"].as_array().unwrap().clone();
        let told = |item: &Value| {
            let serial = item["voucher"]["serial"].as_str().unwrap().to_owned();
            (serial, item["differs"].as_str().unwrap().to_owned())
        };
        items.iter().map(told).collect::<Vec<_>>()
    };
    let check = async |number, points| {
        let path = format!("{PATH}/{}/stub", serial(number));
        let answer = server.send(&clerk, "POST", &path, Some(json!({"points": points}))).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    };
    let named = |number, differs: &str| (serial(number), differs.to_owned());
    assert_eq!(list().await, [named(1, "not_seen"), named(2, "not_seen")]);
    check(1, 5).await;
    check(2, 50).await;
    check(3, 5).await;
    assert_eq!(list().await, [named(2, "points"), named(3, "never_issued")]);
    // Who issues does not check the stubs.
    let body = Some(json!({"points": 5}));
    let path = format!("{PATH}/{}/stub", serial(2));
    let nurse = server.send(&desk.nurse, "POST", &path, body).await;
    assert_eq!(nurse.status, StatusCode::FORBIDDEN);
}

async fn who_receives_one_for_somebody_is_sealed(server: &Server) {
    let desk = Desk::new(server, 1).await;
    let mut body = wanted(&desk.resident, 1);
    body["proxy"] = json!({"name": "李测代", "relation": "儿子", "authorisation": "written",
        "document": "510403198001010011"});
    let told = server.send(&desk.nurse, "POST", PATH, Some(body)).await;
    assert_eq!(told.status, StatusCode::CREATED, "{told:?}");
    let proxy = &told.json()["issue"]["proxy"];
    assert_eq!((&proxy["name"], &proxy["relation"]), (&json!("李**"), &json!("儿子")));
    let kept = server.app.ask(|store| store.voucher(&serial(1).parse().unwrap())).await.unwrap();
    let sealed = kept.unwrap().issue.unwrap().proxy.unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("李测代"));
}

async fn nobody_issues_to_themselves(server: &Server) {
    let desk = Desk::new(server, 1).await;
    let own = server.worker("own", "generated-1", &[("nurse", "510403")]).await;
    let answer = server.send(&own, "POST", PATH, Some(wanted(&desk.resident, 1))).await;
    assert_eq!(answer.code(), "same_person", "{answer:?}");
    issue(server, &desk.nurse, &desk.resident, 1).await;
    let path = format!("{PATH}/{}/take-back", serial(1));
    let body = Some(json!({"reason": "自己收回"}));
    assert_eq!(server.send(&own, "POST", &path, body).await.code(), "same_person");
}

/// A permit has to reach the institution and the resident.
async fn somebody_elsewhere_reaches_nothing(server: &Server) {
    let desk = Desk::new(server, 1).await;
    let other = server.staff_of("other", "nurse", "510403", "clinic-9").await;
    let answer = server.send(&other, "POST", PATH, Some(wanted(&desk.resident, 1))).await;
    assert_eq!(answer.code(), "out_of_area", "{answer:?}");
    let far = server.resident("generated-far", crate::support::ELSEWHERE).await.to_string();
    let answer = server.send(&desk.nurse, "POST", PATH, Some(wanted(&far, 1))).await;
    assert_eq!(answer.code(), "not_found", "{answer:?}");
    issue(server, &desk.nurse, &desk.resident, 1).await;
    for (path, status) in [
        (format!("{PATH}/{}", serial(1)), StatusCode::NOT_FOUND),
        (format!("{PATH}?institution={CLINIC}"), StatusCode::FORBIDDEN),
    ] {
        assert_eq!(server.get(&other, &path).await.status, status, "{path}");
    }
}

async fn a_resident_sees_their_own(server: &Server) {
    let desk = Desk::new(server, 2).await;
    issue(server, &desk.nurse, &desk.resident, 1).await;
    let path = "/api/v1/me/vouchers";
    let me = server.as_resident(desk.resident.parse().unwrap()).await;
    let mine = server.get(&me, path).await.json();
    let expected = json!({"items": [{
        "serial": serial(1), "scheme": SCHEME, "decimals": 0, "state": "issued",
        "state_says": "已发放", "points": 5, "title": "参加健康教育讲座",
        "expires_on": "2028-07-02", "date": "2026-09-21", "spent_at": null, "ended_at": null,
    }], "next": null});
    assert_eq!(mine, expected);
    let other = server.villager("generated-2").await;
    let stranger = server.as_resident(other).await;
    assert_eq!(server.get(&stranger, path).await.json()["items"], json!([]));
    let theirs = format!("{path}?person={}", desk.resident);
    assert_eq!(server.get(&stranger, &theirs).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get(&Caller::default(), path).await.status, StatusCode::UNAUTHORIZED);
    let nurse = server.get(&desk.nurse, path).await;
    assert_eq!(nurse.status, StatusCode::FORBIDDEN, "{nurse:?}");
}

async fn the_square_code_is_verified_with_the_public_key(server: &Server) {
    let desk = Desk::new(server, 0).await;
    let holder = server.villager("generated-2").await.to_string();
    lectures(server, &desk.recorder, "generated-2", 1).await;
    let told = issue(server, &desk.nurse, &holder, 1).await;
    assert_eq!(told["code"], Value::Null, "this server has no key");
    let none = server.get(&Caller::default(), &format!("{PATH}/key")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let key = FileKey::generate(&[5; 32]).unwrap();
    let signing = server.with_voucher_key(key.clone());
    let pem = signing.get(&Caller::default(), &format!("{PATH}/key")).await;
    assert_eq!(pem.text, key.public_key().to_pem());
    let told = signing.get(&desk.nurse, &format!("{PATH}/{}", serial(1))).await.json();
    let text = told["code"].as_str().unwrap();
    let face = Face::verified(text, &key.public_key()).unwrap();
    assert_eq!((face.serial.to_string(), face.points.0), (serial(1), 5));
    assert!(!text.contains(&holder) && !text.contains("generated"), "{text}");
    assert!(Face::verified(&text.replace(".5.0.", ".6.0."), &key.public_key()).is_err());
}
