//! `/api/v1/statements` and the pages of settlement (P14).

use std::io::Cursor;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use calamine::{Data, Reader, Xlsx};
use kangji_core::{
    Day, DayRange, DivisionPrefix, Fen, Moment, Period, Points,
    ids::{AgreementId, DeductionId, HolderId, OfficerId, StatementId},
};
use kangji_ledger::{Act, Answer as Says, Command, Source, account_of};
use kangji_redemption::{
    Level, Signature,
    partner::{Bears, NewDeduction},
};
use kangji_rights::{Action, Cover, Permit};
use kangji_server::app::App;
use kangji_store::{
    AgreementStep, DeductionAct, DeductionCommand, Institution, NewAgreement, StatementStep, new_id,
};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    stock::SCHEME,
    support::{Answer, Caller, PASSWORD, Server, id_of, on_both},
    town::SECRETS,
};

on_both! {
    p14_a_month_is_settled_with_one_objection;
    what_cannot_be_is_told_at_its_place;
    nobody_reaches_the_statements_of_others;
    p14_the_same_figures_stand_in_the_workbook;
    a_shop_objects_on_a_phone_and_two_officers_settle;
    what_is_wrong_in_a_form_is_told_at_its_field;
}

const PATH: &str = "/api/v1/statements";
/// A partner shop of the callers' own district.
pub(crate) const SHOP: &str = "shop-1";

fn everywhere(action: Action) -> Permit {
    let cover = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    Permit::covering(action, vec![cover]).unwrap()
}

fn at(month: u32, day: u32) -> Moment {
    Moment::start_of(Day::new(2026, month, day).unwrap()).plus_millis(9 * 3_600_000)
}

impl Server {
    /// Opens [`SHOP`], which takes points of [`SCHEME`]; the scheme has to be published before.
    pub(crate) async fn open_partner(&self) {
        let open = |app: &App| {
            let shop = Institution {
                code: SHOP.to_owned(),
                name: "生成的共富超市".to_owned(),
                level: Level::Shop,
                area: DivisionPrefix::parse("510403").unwrap(),
                address: "生成的地址2号".to_owned(),
                phone: "0812-0000001".to_owned(),
                hours: "每天 8:00—20:00".to_owned(),
                changed_at: app.now(),
                closed_at: None,
            };
            let store = app.store();
            let permit = everywhere(Action::InstitutionsWrite);
            assert!(store.put_institution(&permit, shop).wait()?);
            let permit = everywhere(Action::AgreementsWrite);
            let id = AgreementId::from_bytes(new_id(app.now()));
            let new = NewAgreement {
                id,
                shop: SHOP.to_owned(),
                scheme: SCHEME.to_owned(),
                days: DayRange::ALWAYS,
                area: None,
                points_per_yuan: Points(10),
                share: 50,
                day_limit: None,
                month_limit: None,
                bears: Bears::Shop,
                by: id_of("agreement-1"),
            };
            let opened = at(1, 1);
            store.propose_agreement(&permit, new, opened).wait()?.unwrap();
            let (by, document) = (id_of("agreement-2"), "公布1号".to_owned());
            let signature = Signature { by, day: opened.day(), document };
            let publish = AgreementStep::Publish;
            let done = store.decide_agreement(&permit, id, publish, signature, opened).wait()?;
            assert_eq!(done, Some(Ok(())));
            Ok(())
        };
        self.app.blocking(open).await.unwrap();
    }

    /// Somebody of the district who had points since January.
    pub(crate) async fn customer(&self, code: &str) -> HolderId {
        let person = self.villager(code).await;
        let give = move |app: &App| {
            let (now, store) = (at(1, 2), app.store());
            store.open_accounts(SCHEME, vec![(person, false)]).wait()?;
            let source = Source {
                award: "smi-followup".to_owned(),
                resident: person,
                record: None,
                period: None,
                version: now.day(),
            };
            let act = Act::Credit { points: Points(10_000), expires_on: None, source };
            let (account, day) = (account_of(person, SCHEME), now.day());
            let command = Command { key: None, account, day, act, answer: Says::default() };
            store.execute(command, now).wait()?.unwrap();
            Ok(())
        };
        self.app.blocking(give).await.unwrap();
        person
    }

    /// Points take something off a bill of twenty yuan at [`SHOP`]: half a yuan for five points.
    pub(crate) async fn deducted(
        &self,
        person: HolderId,
        receipt: &str,
        points: i64,
        on: (u32, u32),
    ) {
        let (month, day) = on;
        let new = NewDeduction {
            shop: SHOP.to_owned(),
            receipt: receipt.to_owned(),
            scheme: SCHEME.to_owned(),
            person,
            bill: Fen(2000),
            points: Points(points),
            vouchers: Vec::new(),
        };
        // One after the other, so that lines are in this order.
        let now = at(month, day).plus_millis(points * 1000);
        let id = DeductionId::from_bytes(new_id(now));
        let act = DeductionAct::Make { id, new, pay_code: None };
        let command = DeductionCommand { act, by: *id_of("cashier").bytes(), now };
        self.app.store().deduct(command).answer().await.unwrap().unwrap();
    }

    pub(crate) async fn drawn(&self, month: &str) -> StatementId {
        let (period, by) = (Period::parse(month).unwrap(), id_of("drawer"));
        let (store, now) = (self.app.store(), self.app.now());
        let drawn = store.draw_statements(period, vec![SHOP.to_owned()], by, now);
        drawn.answer().await.unwrap().unwrap()[0].parse().unwrap()
    }

    pub(crate) async fn step_statement(&self, id: StatementId, by: OfficerId, step: StatementStep) {
        let now = self.app.now();
        self.app.store().step_statement(id, step, by, now).answer().await.unwrap().unwrap();
    }
}

/// A statement that waits for the shop, one with an objection, one that is confirmed, one that is
/// reviewed; August is still to be drawn.
pub(crate) async fn staged(server: &Server) -> [String; 4] {
    server.open_partner().await;
    let person = server.customer("generated-customer").await;
    for month in 4..=8 {
        server.deducted(person, &format!("R-{month}"), 50, (month, 6)).await;
    }
    let mut ids = Vec::new();
    for month in ["2026-04", "2026-05", "2026-06", "2026-07"] {
        ids.push(server.drawn(month).await);
    }
    let shop = id_of("stage-shop");
    let answer = |objections| StatementStep::Answer { objections };
    let wrong = vec![(Some(1), "多扣了".to_owned())];
    server.step_statement(ids[1], shop, answer(wrong)).await;
    server.step_statement(ids[2], shop, answer(Vec::new())).await;
    server.step_statement(ids[3], shop, answer(Vec::new())).await;
    server.step_statement(ids[3], id_of("stage-reviewer"), StatementStep::Review).await;
    [0, 1, 2, 3].map(|place: usize| ids[place].to_string())
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path, request: &str, body, [role, other]: [&'static str; 2], elsewhere| {
        Case { method, path, request: request.to_owned(), body, role, other, elsewhere }
    };
    let hidden = Some(StatusCode::NOT_FOUND);
    let one = |rest: &str, which: &str| format!("{PATH}/{which}{rest}");
    let month = Some(json!({"period": "2026-08", "shop": SHOP}));
    let none = Some(json!({"objections": []}));
    let ruling = Some(json!({"upheld": true, "off_fen": 100, "points": 10, "text": "核对属实"}));
    let paid = Some(json!({"document": "付〔2026〕8号"}));
    let bureau = ["officer", "shopkeeper"];
    vec![
        case("get", PATH, PATH, None, ["cashier", "nurse"], None),
        case("post", PATH, PATH, month, bureau, Some(StatusCode::FORBIDDEN)),
        case(
            "get",
            "/api/v1/statements/{id}",
            &one("", "{statement}"),
            None,
            ["cashier", "nurse"],
            hidden,
        ),
        case(
            "get",
            "/api/v1/statements/{id}/xlsx",
            &one("/xlsx", "{statement}"),
            None,
            ["shopkeeper", "nurse"],
            hidden,
        ),
        case(
            "post",
            "/api/v1/statements/{id}/answer",
            &one("/answer", "{statement}"),
            none,
            ["shopkeeper", "cashier"],
            hidden,
        ),
        case(
            "post",
            "/api/v1/statements/{id}/objections/{number}",
            &one("/objections/1", "{objected}"),
            ruling,
            bureau,
            hidden,
        ),
        case(
            "post",
            "/api/v1/statements/{id}/review",
            &one("/review", "{confirmed}"),
            None,
            bureau,
            hidden,
        ),
        case(
            "post",
            "/api/v1/statements/{id}/settlement",
            &one("/settlement", "{reviewed}"),
            paid,
            bureau,
            hidden,
        ),
    ]
}

/// The shop's head, and two officers.
async fn sides(server: &Server) -> [Caller; 3] {
    let shop = server.staff_of("shop", "shopkeeper", "510403", SHOP).await;
    let one = server.staff("officer-1", &[("officer", "510403")]).await;
    [shop, one, server.staff("officer-2", &[("officer", "510403")]).await]
}

async fn three_deductions(server: &Server) -> [Caller; 3] {
    server.publish().await;
    server.open_partner().await;
    let person = server.customer("generated-1").await;
    for (receipt, points, day) in [("0001", 50, 5), ("0002", 60, 5), ("0003", 70, 9)] {
        server.deducted(person, receipt, points, (8, day)).await;
    }
    sides(server).await
}

async fn post(server: &Server, who: &Caller, path: &str, body: Value) -> Answer {
    server.send(who, "POST", &format!("{PATH}{path}"), Some(body)).await
}

/// Draws up August; the statement's id.
async fn august(server: &Server, who: &Caller) -> String {
    let answer = post(server, who, "", json!({"period": "2026-08"})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()["items"][0]["id"].as_str().unwrap().to_owned()
}

async fn p14_a_month_is_settled_with_one_objection(server: &Server) {
    let [shop, one, two] = three_deductions(server).await;
    let id = august(server, &one).await;
    let known = server.get(&shop, &format!("{PATH}/{id}")).await.json();
    assert_eq!(known, server.get(&one, &format!("{PATH}/{id}")).await.json(), "the same figures");
    let totals = json!({"lines": 3, "bill_fen": 6000, "off_fen": 1800, "points": 180});
    assert_eq!((&known["totals"], &known["state"]), (&totals, &json!("drawn")));
    assert_eq!(known["days"][0]["off_fen"], 1100);
    assert_eq!(
        (&known["lines"][1]["receipt"], &known["lines"][1]["number"]),
        (&json!("0002"), &json!(2))
    );
    for secret in SECRETS {
        assert!(!known.to_string().contains(secret), "{secret}");
    }
    let objections = json!({"objections": [{"line": 2, "text": "这一单抵了 50 分"}]});
    let objected = post(server, &shop, &format!("/{id}/answer"), objections).await.json();
    assert_eq!(objected["state"], "objected");
    let early = server.send(&one, "POST", &format!("{PATH}/{id}/review"), None).await;
    assert_eq!(early.code(), "conflict", "an objection is open");
    let ruling = json!({"upheld": true, "off_fen": 100, "points": 10, "text": "小票是 50 分"});
    let judged = post(server, &one, &format!("/{id}/objections/1"), ruling).await.json();
    assert_eq!(judged["objections"][0]["verdict"]["off_fen"], -100);
    let reviewed = server.send(&one, "POST", &format!("{PATH}/{id}/review"), None).await;
    assert_eq!(reviewed.json()["state"], "reviewed", "{reviewed:?}");
    let paid = json!({"document": "付〔2026〕8号"});
    let same = post(server, &one, &format!("/{id}/settlement"), paid.clone()).await;
    assert_eq!(same.code(), "same_person");
    let settled = post(server, &two, &format!("/{id}/settlement"), paid).await.json();
    assert_eq!((&settled["state"], &settled["totals"]), (&json!("settled"), &totals));
    assert_eq!(settled["settled"]["document"], "付〔2026〕8号");
    // The month after has the correction, and names what it corrects.
    server.wait_millis(40 * 86_400_000);
    let [one, shop] =
        [server.sign_in("officer-1", PASSWORD).await, server.sign_in("shop", PASSWORD).await];
    let next = post(server, &one, "", json!({"period": "2026-09", "shop": SHOP})).await;
    let next = next.json()["items"][0].clone();
    assert_eq!(next["totals"]["off_fen"], -100);
    let next = server.get(&shop, &format!("{PATH}/{}", next["id"].as_str().unwrap())).await.json();
    let corrects = json!({"statement": id, "period": "2026-08", "line": 2, "objection": 1});
    assert_eq!(next["lines"][0]["corrects"], corrects);
    let listed = server.get(&shop, &format!("{PATH}?period=2026-08&state=settled")).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

async fn what_cannot_be_is_told_at_its_place(server: &Server) {
    let [shop, one, _] = three_deductions(server).await;
    for (body, place) in [
        (json!({"period": "2026-09"}), "period"),
        (json!({"period": "2026"}), "period"),
        (json!({"period": "8月"}), "period"),
    ] {
        let found = post(server, &one, "", body.clone()).await.json();
        assert_eq!((&found["code"], &found["place"]), (&json!("invalid"), &json!(place)), "{body}");
    }
    let none = post(server, &one, "", json!({"period": "2026-02"})).await;
    assert_eq!(none.code(), "conflict");
    let id = august(server, &one).await;
    assert_eq!(post(server, &one, "", json!({"period": "2026-08"})).await.code(), "conflict");
    let says = |line: Value, text: &str| json!({"objections": [{"line": line, "text": text}]});
    for (body, place) in [
        (says(json!(4), "x"), "objections[0].line"),
        (says(json!(1), ""), "objections[0].text"),
        (says(json!(1), " "), "objections[0].text"),
    ] {
        let found = post(server, &shop, &format!("/{id}/answer"), body.clone()).await.json();
        assert_eq!(found["place"], place, "{body}");
    }
    post(server, &shop, &format!("/{id}/answer"), says(json!(1), "不对")).await;
    for (body, place) in [
        (json!({"upheld": true, "text": "x"}), "off_fen"),
        (json!({"upheld": true, "off_fen": 501, "text": "x"}), "off_fen"),
        (json!({"upheld": false, "text": ""}), "text"),
    ] {
        let found = post(server, &one, &format!("/{id}/objections/1"), body.clone()).await.json();
        assert_eq!(found["place"], place, "{body}");
    }
    let missing =
        post(server, &one, &format!("/{id}/objections/2"), json!({"upheld": false, "text": "x"}))
            .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let wrong = server.get(&one, &format!("{PATH}?state=lost")).await.json();
    assert_eq!(wrong["place"], "state");
}

async fn nobody_reaches_the_statements_of_others(server: &Server) {
    let [_, one, _] = three_deductions(server).await;
    let id = august(server, &one).await;
    let other = server.staff_of("other", "shopkeeper", "510403", "shop-2").await;
    let listed = server.get(&other, PATH).await.json();
    assert_eq!(listed["items"], json!([]));
    for path in [format!("{PATH}/{id}"), format!("{PATH}/{id}/xlsx")] {
        assert_eq!(server.get(&other, &path).await.status, StatusCode::NOT_FOUND);
    }
    let answer = post(server, &other, &format!("/{id}/answer"), json!({"objections": []})).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

async fn p14_the_same_figures_stand_in_the_workbook(server: &Server) {
    let [shop, one, _] = three_deductions(server).await;
    let id = august(server, &one).await;
    let objections = json!({"objections": [{"line": 3, "text": "=1+1"}, {"text": "漏了一单"}]});
    post(server, &shop, &format!("/{id}/answer"), objections).await;
    let request = Request::get(format!("{PATH}/{id}/xlsx")).body(Body::empty()).unwrap();
    let response = server.response(&shop, request).await;
    let named = response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    assert_eq!(named, "attachment; filename=\"statement-2026-08-shop-1.xlsx\"");
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let lines = book.worksheet_range("明细").unwrap();
    let text = |row: u32, column: u32| lines.get_value((row, column)).cloned().unwrap();
    // Receipts keep their zeros, and money its two places.
    assert_eq!(text(3, 2), Data::String("0001".to_owned()));
    assert_eq!((text(5, 4), text(5, 5)), (Data::Float(7.0), Data::Float(70.0)));
    assert_eq!((text(6, 2), text(6, 4)), (Data::String("合计".to_owned()), Data::Float(18.0)));
    let days = book.worksheet_range("每日合计").unwrap();
    assert_eq!(days.get_value((3, 3)), Some(&Data::Float(11.0)));
    let said = book.worksheet_range("异议").unwrap();
    assert_eq!(said.get_value((3, 2)), Some(&Data::String("=1+1".to_owned())), "no formula");
    assert_eq!(said.get_value((4, 1)), Some(&Data::String("漏记".to_owned())));
}

fn holds(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(answer.text.contains(text), "`{text}` is not in {}", answer.text);
    }
}

async fn a_shop_objects_on_a_phone_and_two_officers_settle(server: &Server) {
    let [shop, one, two] = three_deductions(server).await;
    let drawn = server.submit(&one, "/statements", &[("period", "2026-08"), ("shop", "")]).await;
    assert_eq!(drawn.on(), "/statements?period=2026-08");
    let list = server.page(&shop, "/statements").await;
    holds(&list, &["2026年8月", "生成的共富超市", "18.00", "待商户确认"]);
    assert!(!list.text.contains("生成一个月的结算单"));
    let id = server.get(&shop, PATH).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let here = format!("/statements/{id}");
    holds(
        &server.page(&shop, &here).await,
        &["2026年8月5日", "2 笔", "11.00", "name=\"line\" value=\"2\""],
    );
    let asked = server.page(&shop, &format!("{here}/answer?line=2")).await;
    holds(&asked, &["第 2 行哪里不对", "提出 1 条异议，确认其余 2 笔"]);
    let whole = server.page(&shop, &format!("{here}/answer")).await;
    holds(&whole, &["确认全部 3 笔"]);
    let empty = server.submit(&shop, &format!("{here}/answer"), &[("line", "2")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&empty, &["href=\"#f-text-2\"", "确认其余 2 笔"]);
    let script = "<script>alert(1)</script>";
    let objects = [("line", "2"), ("text-2", script), ("missing", "")];
    assert_eq!(server.submit(&shop, &format!("{here}/answer"), &objects).await.on(), here);
    let page = server.page(&one, &here).await;
    holds(&page, &["商户有异议", "&lt;script&gt;", "先答复下面的每一条异议", "答复这一条"]);
    assert!(!page.text.contains(script));
    let verdict = [
        ("do", "judge"),
        ("number", "1"),
        ("ruling", "less"),
        ("off_fen", "1"),
        ("points", "10"),
        ("text", "小票是 50 分"),
    ];
    assert_eq!(server.submit(&one, &here, &verdict).await.on(), here);
    assert_eq!(server.submit(&one, &here, &[("do", "review")]).await.on(), here);
    holds(&server.page(&one, &here).await, &["结算要由另一位工作人员办理", "-1.00"]);
    holds(&server.page(&two, &here).await, &["付款凭证号", "officer-1"]);
    let paid = [("do", "settle"), ("document", "付〔2026〕8号")];
    assert_eq!(server.submit(&two, &here, &paid).await.on(), here);
    let page = server.page(&shop, &here).await;
    holds(&page, &["已结算", "付〔2026〕8号", "下载表格"]);
    assert!(!page.text.contains("officer-1"), "the shop reads when, not by whom");
    let sheet = server.page(&shop, &format!("{here}/sheet")).await;
    holds(&sheet, &["商户（盖章）", "主管部门（盖章）", "0003", "18.00", "成立，小票是 50 分"]);
    for secret in SECRETS {
        assert!(!sheet.text.contains(secret), "{secret}");
    }
}

async fn what_is_wrong_in_a_form_is_told_at_its_field(server: &Server) {
    let [shop, one, _] = three_deductions(server).await;
    let wrong = server.submit(&one, "/statements", &[("period", "八月"), ("shop", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&wrong, &["href=\"#f-period\"", "value=\"八月\""]);
    let id = august(server, &one).await;
    let here = format!("/statements/{id}");
    let objection = json!({"objections": [{"line": 1, "text": "不对"}]});
    post(server, &shop, &format!("/{id}/answer"), objection).await;
    let ruling = |off: &'static str, text: &'static str| {
        [
            ("do", "judge"),
            ("number", "1"),
            ("ruling", "less"),
            ("off_fen", off),
            ("points", ""),
            ("text", text),
        ]
    };
    for (fields, place) in [
        (ruling("1.234", "x"), "f-off_fen"),
        (ruling("6", "x"), "f-off_fen"),
        (ruling("1", ""), "f-text"),
    ] {
        let page = server.submit(&one, &here, &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        holds(&page, &[&format!("href=\"#{place}\""), fields[3].1]);
    }
    let early = server.submit(&one, &here, &[("do", "review")]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    holds(&early, &["还有 1 条异议没有答复"]);
}
