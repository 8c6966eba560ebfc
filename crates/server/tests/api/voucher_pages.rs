//! Pages of paper vouchers: issuing and its sheet, one voucher, stock, printing, stubs, the check
//! of a square code, and a resident's own.

use axum::http::StatusCode;
use kangji_ledger::key::FileKey;

use crate::{
    shop::CLINIC,
    support::{Caller, Server, on_both},
    town::{SECRETS, record},
    vouchers::{Desk, SCHEME, issue, lectures, serial},
};

on_both! {
    what_is_ticked_is_issued_and_printed_p5_p7;
    a_voucher_is_taken_back_and_lost_on_its_page_p9;
    the_bureau_prints_and_gives_out_p4;
    a_manager_reconciles_stubs_p4;
    a_handwritten_voucher_is_typed_again_where_it_is_wrong;
    anybody_checks_a_square_code;
    a_resident_reads_theirs;
    what_is_typed_stays_text;
}

const SCRIPT: &str = "<script>alert(1)</script>";

async fn what_is_ticked_is_issued_and_printed_p5_p7(server: &Server) {
    let desk = Desk::new(server, 2).await;
    let row = record("M1", "generated-1", "tb.completed", "2026-09-15");
    let mut row = row;
    row["attributes"] = serde_json::json!({"complete": true});
    server.uploaded(&desk.recorder, row).await;
    let path = format!("/residents/{}/vouchers", desk.resident);
    let page = server.page(&desk.nurse, &path).await;
    for says in ["参加健康教育讲座", "5 分", "肺结核患者规范治疗", "有效至2028年7月1日"]
    {
        assert!(page.text.contains(says), "{says}: {}", page.text);
    }
    let nothing = server.submit(&desk.nurse, &path, &[("comes", "self")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text.contains("请至少勾选一项积分"), "{}", nothing.text);
    let third = format!("{SCHEME} 3");
    let first = format!("{SCHEME} 1");
    let fields = [("comes", "self"), ("lot", first.as_str()), ("lot", third.as_str())];
    let done = server.submit(&desk.nurse, &path, &fields).await;
    let sheets = done.on().to_owned();
    assert_eq!(sheets, format!("/vouchers/sheets?of={}%2C{}", serial(1), serial(2)));
    let printed = server.page(&desk.nurse, &sheets).await.text;
    assert_eq!(printed.matches("沿此线裁开").count(), 2);
    for says in [
        "攀枝花市西区居民健康积分券",
        "不得转让、出售、套现；遗失不补。",
        "发放人签名：",
        "领取人签名：",
        "（专用章）",
        "护士（生成的社区卫生服务中心）",
        "二维码没有签名",
    ] {
        assert!(printed.contains(says), "{says}");
    }
    // The main part has the public name, the stub the full one.
    let (main, stub) = printed.split_once("肺结核患者规范治疗").unwrap();
    assert!(main.contains("健康管理服务") && !stub.contains("肺结核"), "{printed}");
    // Whoever may not know of illnesses prints the public name on both.
    let clerk = server.staff_of("clerk", "clerk", "510403", CLINIC).await;
    for path in [&sheets, &format!("/vouchers/{}", serial(2)), &path] {
        let page = server.page(&clerk, path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!SECRETS.iter().any(|secret| page.text.contains(secret)), "{path}");
    }
    // A name is nowhere in full.
    assert!(printed.contains("测**") && !printed.contains("测试甲"));
}

async fn a_voucher_is_taken_back_and_lost_on_its_page_p9(server: &Server) {
    let desk = Desk::new(server, 2).await;
    for lot in [1, 2] {
        issue(server, &desk.nurse, &desk.resident, lot).await;
    }
    let one = format!("/vouchers/{}", serial(1));
    let page = server.page(&desk.nurse, &one).await.text;
    assert!(page.contains("收回，积分存回账户") && page.contains("挂失"), "{page}");
    // Whoever may not look at residents is not led to them.
    let way = format!("href=\"/residents/{}\"", desk.resident);
    let auditor = server.staff("auditor", &[("auditor", "510403")]).await;
    assert!(page.contains(&way));
    assert!(!server.page(&auditor, &one).await.text.contains(&way));
    let back = format!("{one}/take-back");
    let silent = server.submit(&desk.nurse, &back, &[("reason", " ")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = server.submit(&desk.nurse, &back, &[("reason", "想在手机上用")]).await;
    assert_eq!(done.on(), format!("{one}?done=take-back"));
    let page = server.page(&desk.nurse, done.on()).await.text;
    assert!(page.contains("积分已退回电子余额") && page.contains("想在手机上用"), "{page}");
    let again = server.submit(&desk.nurse, &back, &[("reason", "再来一次")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text.contains("已作废") && again.text.contains("再来一次"), "{}", again.text);
    let lost = format!("/vouchers/{}/lose", serial(2));
    assert!(server.page(&desk.nurse, &lost).await.text.contains("遗失不补"));
    let done = server.submit(&desk.nurse, &lost, &[("reason", "买菜时丢了")]).await;
    let page = server.page(&desk.nurse, done.on()).await.text;
    assert!(page.contains("已挂失"), "{page}");
    // What is no longer valid is not printed anew.
    let sheets = server.page(&desk.nurse, &format!("/vouchers/sheets?of={}", serial(2))).await;
    assert!(sheets.text.contains("没有可以打印的券"), "{}", sheets.text);
    let nothing = server.page(&desk.nurse, &format!("{one}/burn")).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

async fn the_bureau_prints_and_gives_out_p4(server: &Server) {
    let desk = Desk::new(server, 1).await;
    issue(server, &desk.nurse, &desk.resident, 1).await;
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let fields = [("scheme", SCHEME), ("count", "0")];
    let wrong = server.submit(&officer, "/vouchers/print", &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("scheme", SCHEME), ("count", "30")];
    let done = server.submit(&officer, "/vouchers/print", &fields).await.text;
    let says = format!("{} 到 {}", serial(21), serial(50));
    assert!(done.contains("已印制 30 张") && done.contains(&says), "{done}");
    let fields = [("scheme", SCHEME), ("institution", CLINIC), ("count", "10")];
    let done = server.submit(&officer, "/vouchers/stock", &fields).await.text;
    assert!(done.contains("已调拨 10 张"), "{done}");
    let all = server.page(&officer, "/vouchers").await.text;
    for says in ["还没有调拨", "生成的社区卫生服务中心", "<strong>50</strong>"] {
        assert!(all.contains(says), "{says}: {all}");
    }
}

async fn a_manager_reconciles_stubs_p4(server: &Server) {
    let desk = Desk::new(server, 2).await;
    for lot in [1, 2] {
        issue(server, &desk.nurse, &desk.resident, lot).await;
    }
    let manager = server.staff_of("manager", "manager", "510403", CLINIC).await;
    let list = server.page(&manager, &format!("/vouchers/at/{CLINIC}?state=issued")).await.text;
    assert!(list.contains(&serial(1)) && !list.contains(&serial(3)), "{list}");
    let found = format!("/vouchers/at/{CLINIC}?prefix={}&state=", serial(7).to_lowercase());
    let found = server.page(&manager, &found).await.text;
    assert!(found.contains(&serial(7)) && !found.contains(&serial(8)), "{found}");
    let path = format!("/vouchers/at/{CLINIC}/stubs");
    assert!(server.page(&manager, &path).await.text.contains("已发放，副券还没核对"));
    let enter = async |number: &str, points: &str| {
        let fields = [("serial", number), ("points", points)];
        server.submit(&manager, &path, &fields).await
    };
    assert!(enter(&serial(1), "5").await.text.contains("一致，5 分"));
    let differs = enter(&serial(2), "6").await.text;
    assert!(differs.contains("分值不同，账上是 5 分"), "{differs}");
    assert!(differs.contains("副券分值与账上不同"), "{differs}");
    assert!(enter(&serial(3), "5").await.text.contains("账上没有发放"));
    for (number, points, status) in [
        ("XQ000000001", "5", StatusCode::NOT_FOUND),
        (serial(1).as_str(), "五", StatusCode::UNPROCESSABLE_ENTITY),
        ("", "5", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let answer = enter(number, points).await;
        assert_eq!(answer.status, status, "{number} {points}");
        assert!(answer.text.contains(number) && answer.text.contains("<form"), "{number}");
    }
    // Of the square code on the main part the serial is read.
    let code = format!("KJ1.{SCHEME}.{}.5.0.20280702.20260921.x", serial(2));
    assert!(enter(&code, "5").await.text.contains("一致，5 分"));
}

async fn a_handwritten_voucher_is_typed_again_where_it_is_wrong(server: &Server) {
    let desk = Desk::new(server, 1).await;
    let path = format!("/residents/{}/vouchers/take-over", desk.resident);
    let page = server.page(&desk.nurse, &path).await.text;
    assert!(page.contains("参加健康教育讲座 5 分"), "{page}");
    let lot = format!("{SCHEME} 1 0");
    let send = async |stub: &str| {
        let fields =
            [("number", "西0012"), ("date", "2026-08-01"), ("stub", stub), ("lot", lot.as_str())];
        server.submit(&desk.nurse, &path, &fields).await
    };
    let wrong = send("7").await;
    assert_eq!(wrong.status, StatusCode::CONFLICT);
    assert!(wrong.text.contains("副券写的是 7 分") && wrong.text.contains("西0012"));
    let done = send("5").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{done:?}");
}

/// A sheet that is offered to somebody is checked by them, signed in or not.
async fn anybody_checks_a_square_code(server: &Server) {
    let desk = Desk::new(server, 0).await;
    let holder = server.villager("generated-2").await.to_string();
    lectures(server, &desk.recorder, "generated-2", 1).await;
    issue(server, &desk.nurse, &holder, 1).await;
    let signing = server.with_voucher_key(FileKey::generate(&[5; 32]).unwrap());
    let one = signing.get(&desk.nurse, &format!("/api/v1/vouchers/{}", serial(1))).await.json();
    let text = one["code"].as_str().unwrap();
    let check = async |text: &str| {
        let nobody = Caller::default();
        signing.submit(&nobody, "/vouchers/check", &[("text", text)]).await.text
    };
    let good = check(text).await;
    assert!(good.contains("这张券可以使用") && good.contains(&serial(1)), "{good}");
    let forged = check(&text.replace(".5.0.", ".9.0.")).await;
    assert!(forged.contains("验证不通过"), "{forged}");
    let path = format!("/api/v1/vouchers/{}/lose", serial(1));
    let body = Some(serde_json::json!({"reason": "丢了"}));
    assert_eq!(server.send(&desk.nurse, "POST", &path, body).await.status, StatusCode::OK);
    assert!(check(text).await.contains("已挂失，不能再用"));
    let sheets = format!("/vouchers/sheets?of={}", serial(1));
    assert!(!signing.page(&desk.nurse, &sheets).await.text.contains("没有签名"));
    let none = server.page(&Caller::default(), "/vouchers/check").await.text;
    assert!(none.contains("本系统的积分券没有签名"), "{none}");
}

async fn a_resident_reads_theirs(server: &Server) {
    let desk = Desk::new(server, 2).await;
    let me = server.as_resident(desk.resident.parse().unwrap()).await;
    assert!(server.page(&me, "/my/vouchers").await.text.contains("还没有纸质积分券"));
    for lot in [1, 2] {
        issue(server, &desk.nurse, &desk.resident, lot).await;
    }
    let path = format!("/api/v1/vouchers/{}/take-back", serial(1));
    let body = Some(serde_json::json!({"reason": "存回"}));
    assert_eq!(server.send(&desk.nurse, "POST", &path, body).await.status, StatusCode::OK);
    let page = server.page(&me, "/my/vouchers").await.text;
    for says in ["1 张券上共有", "有效至2028年7月11日", "已作废：收回，积分退回账户", "哪里能用"]
    {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert!(server.page(&me, "/my").await.text.contains("纸质积分券"));
}

async fn what_is_typed_stays_text(server: &Server) {
    let desk = Desk::new(server, 1).await;
    issue(server, &desk.nurse, &desk.resident, 1).await;
    let manager = server.staff_of("manager", "manager", "510403", CLINIC).await;
    let lose = format!("/vouchers/{}/lose", serial(1));
    let stubs = format!("/vouchers/at/{CLINIC}/stubs");
    let query = serde_urlencoded::to_string([("prefix", SCRIPT)]).unwrap();
    let over = format!("/residents/{}/vouchers/take-over", desk.resident);
    for answer in [
        server.submit(&manager, &stubs, &[("serial", SCRIPT), ("points", "5")]).await,
        server.submit(&desk.nurse, &over, &[("number", SCRIPT)]).await,
        server.page(&manager, &format!("/vouchers/at/{CLINIC}?{query}")).await,
        server.page(&desk.nurse, &format!("/vouchers/{query}")).await,
    ] {
        assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
    }
    let done = server.submit(&desk.nurse, &lose, &[("reason", SCRIPT)]).await;
    let page = server.page(&desk.nurse, done.on()).await.text;
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>alert"), "{page}");
}
