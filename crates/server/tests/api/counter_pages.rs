//! The pages of the counter: `/counter`

use axum::http::StatusCode;

use crate::{
    counter::{Stall, open},
    mall::put_institution,
    residents::{number, nurse, person, register},
    shop::CLINIC,
    support::{Answer, Caller, Server, on_both},
    town::record,
};

on_both! {
    from_scan_to_receipt_are_two_forms;
    somebody_without_a_phone_orders_at_the_counter_a4;
    what_is_chosen_from_is_summed_before_it_is_charged;
    a_proxy_is_asked_for_what_is_missing;
    an_item_that_runs_out_is_refused_with_what_was_typed;
    what_is_brought_back_says_why_and_where_it_goes;
    what_is_kept_for_somebody_has_a_slip_with_its_code;
    goods_that_a_scheme_discourages_are_warned_of_t3;
    a_clerk_of_several_counters_chooses_one;
    the_register_is_filtered_and_printed;
    what_was_typed_is_never_a_script;
}

const SCRIPT: &str = "<script>alert(1)</script>";

fn contains(page: &Answer, all: &[&str]) {
    for one in all {
        assert!(page.text.contains(one), "{one} is not in {}", page.text);
    }
}

fn lacks(page: &Answer, all: &[&str]) {
    for one in all {
        assert!(!page.text.contains(one), "{one} is in {}", page.text);
    }
}

/// What is wanted, as the hidden fields of its form have it.
fn wish<'a>(stall: &'a Stall, item: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("at", CLINIC), ("catalogue", &stall.catalogue), ("item", item)]
}

async fn from_scan_to_receipt_are_two_forms(server: &Server) {
    let stall = Stall::new(server).await;
    let order = stall.order(server, "eggs", false).await;
    let code = stall.shown(server, &order).await["code"].as_str().unwrap().to_owned();
    let desk = server.page(&stall.clerk, "/counter").await;
    contains(
        &desk,
        &["扫取货码，或输入身份证号、手机号、姓名", "autofocus", "生成的社区卫生服务中心"],
    );
    // The scanner types the code and Enter.
    let found = server.submit(&stall.clerk, "/counter", &[("at", CLINIC), ("q", &code)]).await;
    let address = format!("/counter/orders/{order}");
    assert_eq!(found.on(), address);
    let shown = server.page(&stall.clerk, &address).await;
    contains(&shown, &["测**的兑换单", "990101********", "鸡蛋", "10 个", "5 分", "确认已交付"]);
    let done = server.submit(&stall.clerk, &address, &[("at", CLINIC), ("comes", "self")]).await;
    let receipt = server.page(&stall.clerk, done.on()).await;
    contains(
        &receipt,
        &[
            "积分兑换凭据",
            "鸡蛋",
            "用去",
            "还剩",
            "领取人：本人",
            "2026年9月28日",
            "经办人签名",
            "领取人签名",
        ],
    );
    // Nothing is handed over twice.
    let again = server.submit(&stall.clerk, &address, &[("at", CLINIC), ("comes", "self")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    contains(&again, &["这张兑换单已领取"]);
    let gone = server.submit(&stall.clerk, "/counter", &[("q", &code)]).await;
    contains(&gone, &["这里没有用这个取货码等待领取的"]);
    lacks(&gone, &[&code]);
    // The square on the receipt leads back to the order.
    let scanned = server.submit(&stall.clerk, "/counter", &[("q", &order)]).await;
    assert_eq!(scanned.on(), address);
    // P11: what every order cost, by who paid.
    let shown = server.page(&stall.clerk, &address).await;
    contains(&shown, &["物品成本", "基本公共卫生服务补助 9.00 元"]);
}

/// A4: whoever has no phone is found by card, number or name, and gets it on paper.
async fn somebody_without_a_phone_orders_at_the_counter_a4(server: &Server) {
    let stall = Stall::new(server).await;
    let at = format!("/counter/{}?at={CLINIC}", stall.resident);
    for q in [number("19500203", 1).as_str(), "测试甲", "13910000001"] {
        let found = server.submit(&stall.clerk, "/counter", &[("at", CLINIC), ("q", q)]).await;
        assert_eq!(found.on(), at, "{q}");
    }
    let none = server.submit(&stall.clerk, "/counter", &[("q", "测试丙")]).await;
    contains(&none, &["没有找到", "value=\"测试丙\""]);
    let person = server.page(&stall.clerk, &at).await;
    contains(&person, &["现在能换", "鸡蛋", "测血压", "还差一点积分", "还差 890 分"]);
    let sheet = format!("/counter/{}/sheet?at={CLINIC}", stall.resident);
    let sheet = server.page(&stall.clerk, &sheet).await;
    contains(&sheet, &["您现在能换的", "鸡蛋", "再攒一点就能换", "生成的地址1号", "周一到周五"]);
    let order = format!("/counter/{}/order", stall.resident);
    let ask = format!("{order}?at={CLINIC}&catalogue={}&item=eggs", stall.catalogue);
    let asked = server.page(&stall.clerk, &ask).await;
    contains(&asked, &["当场兑换", "兑换后还剩", "name=\"seen\" value=\"5\""]);
    // Two sets cost more than what was shown: nothing is charged before it is seen.
    let fields = [("do", "hand_over"), ("comes", "self"), ("sets", "2"), ("seen", "5")];
    let more = [wish(&stall, "eggs"), fields.to_vec()].concat();
    let told = server.submit(&stall.clerk, &order, &more).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    contains(&told, &["价钱和刚才显示的不同", "name=\"seen\" value=\"10\""]);
    let fields = [("do", "hand_over"), ("comes", "self"), ("sets", "2"), ("seen", "10")];
    let more = [wish(&stall, "eggs"), fields.to_vec()].concat();
    let done = server.submit(&stall.clerk, &order, &more).await;
    contains(
        &server.page(&stall.clerk, done.on()).await,
        &["鸡蛋 10 个", "×2", "用去 <strong>10 分"],
    );
    let bad = [wish(&stall, "eggs"), vec![("sets", "<b>")]].concat();
    let bad = server.submit(&stall.clerk, &order, &bad).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&bad, &["请填 1 到 99 的整数", "value=\"&lt;b&gt;\""]);
}

async fn what_is_chosen_from_is_summed_before_it_is_charged(server: &Server) {
    let stall = Stall::new(server).await;
    let order = format!("/counter/{}/order", stall.resident);
    let ask = format!("{order}?at={CLINIC}&catalogue={}&item=pack", stall.catalogue);
    let asked = server.page(&stall.clerk, &ask).await;
    contains(&asked, &["静脉血糖", "含 2 份，每多一份加 1 分", "算一算"]);
    lacks(&asked, &["当场兑换", "name=\"seen\""]);
    let send = async |more: &[(&str, &str)]| {
        let fields = [wish(&stall, "pack"), more.to_vec()].concat();
        server.submit(&stall.clerk, &order, &fields).await
    };
    let none = send(&[("do", "quote")]).await;
    contains(&none, &["还没有选项目，请至少选一项"]);
    let chosen = [("chosen.0", "1"), ("chosen.1", "4")];
    let summed = send(&[&chosen[..], &[("do", "quote")]].concat()).await;
    contains(&summed, &["name=\"seen\" value=\"7\"", "兑换后还剩 <strong>3", "当场兑换"]);
    let unseen = send(&[&chosen[..], &[("do", "hand_over"), ("comes", "self")]].concat()).await;
    assert_eq!(unseen.status, StatusCode::CONFLICT);
    let seen = [("do", "hand_over"), ("comes", "self"), ("seen", "7")];
    let done = send(&[&chosen[..], &seen].concat()).await;
    contains(&server.page(&stall.clerk, done.on()).await, &["静脉血糖", "血糖试纸", "7 分"]);
}

async fn a_proxy_is_asked_for_what_is_missing(server: &Server) {
    let stall = Stall::new(server).await;
    let order = stall.order(server, "eggs", false).await;
    let address = format!("/counter/orders/{order}");
    let fields = [("at", CLINIC), ("comes", "proxy"), ("proxy.name", "测试丁")];
    let missing = server.submit(&stall.clerk, &address, &fields).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&missing, &["value=\"测试丁\"", "f-proxy.relation-fault"]);
    let more = [("proxy.relation", "女儿"), ("proxy.authorisation", "written")];
    let done = server.submit(&stall.clerk, &address, &[&fields[..], &more[..]].concat()).await;
    let receipt = server.page(&stall.clerk, done.on()).await;
    contains(&receipt, &["领取人：测**（女儿，书面委托）代领"]);
    lacks(&receipt, &["测试丁"]);
}

async fn an_item_that_runs_out_is_refused_with_what_was_typed(server: &Server) {
    let stall = Stall::new(server).await;
    let order = format!("/counter/{}/order", stall.resident);
    let fields = [("do", "hand_over"), ("comes", "self"), ("sets", "99"), ("seen", "5")];
    let all = [wish(&stall, "eggs"), fields.to_vec()].concat();
    let told = server.submit(&stall.clerk, &order, &all).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    contains(&told, &["现在不能换", "只剩 20 件", "还差 485 分", "value=\"99\""]);
}

async fn what_is_brought_back_says_why_and_where_it_goes(server: &Server) {
    let stall = Stall::new(server).await;
    let order = stall.order(server, "eggs", true).await;
    let address = format!("/counter/orders/{order}");
    contains(&server.page(&stall.clerk, &address).await, &["办理退回", "打印凭据"]);
    let back = format!("{address}/return");
    contains(&server.page(&stall.clerk, &back).await, &["东西放回货架", "2026年9月28日以前可以退"]);
    let bare = server.submit(&stall.clerk, &back, &[("at", CLINIC), ("reason", "破了")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&bare, &["f-restock-fault", "破了</textarea>"]);
    let fields = [("at", CLINIC), ("reason", "破了"), ("restock", "false")];
    let done = server.submit(&stall.clerk, &back, &fields).await;
    let shown = server.page(&stall.clerk, done.on()).await;
    contains(&shown, &["没有过期的积分已经退还", "已退回", "破了"]);
    let again = server.submit(&stall.clerk, &back, &fields).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

async fn what_is_kept_for_somebody_has_a_slip_with_its_code(server: &Server) {
    let stall = Stall::new(server).await;
    let order = format!("/counter/{}/order", stall.resident);
    let fields = [("do", "keep"), ("comes", "self"), ("sets", "1"), ("seen", "5")];
    let kept = server
        .submit(&stall.clerk, &order, &[wish(&stall, "eggs"), fields.to_vec()].concat())
        .await;
    let shown = server.page(&stall.clerk, kept.on()).await;
    contains(&shown, &["已经留好", "取货码", "打印取货单"]);
    let address = kept.on().split('?').next().unwrap();
    let slip = server.page(&stall.clerk, &format!("{address}/receipt")).await;
    contains(&slip, &["积分兑换取货单", "取货码", "最晚 <strong>2026年9月28日</strong> 来取"]);
    let person = format!("/counter/{}?at={CLINIC}", stall.resident);
    contains(&server.page(&stall.clerk, &person).await, &["等待领取", "交付"]);
    let cancel = format!("{address}/cancel");
    contains(&server.page(&stall.clerk, &cancel).await, &["为什么取消"]);
    let bare = server.submit(&stall.clerk, &cancel, &[("reason", " ")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = server.submit(&stall.clerk, &cancel, &[("reason", "改主意了")]).await;
    let shown = server.page(&stall.clerk, done.on()).await;
    contains(&shown, &["积分和库存已经放回", "已取消", "改主意了"]);
    lacks(&shown, &["取货码"]);
}

/// T3: whoever orders goods under a scheme that discourages them reads so first, with the article.
async fn goods_that_a_scheme_discourages_are_warned_of_t3(server: &Server) {
    server.publish().await;
    open(server).await;
    let items = "[[item]]\nid = \"soap\"\nname = \"香皂\"\nfree = true\n\
        [[item]]\nid = \"weight\"\nname = \"称体重\"\nfree = true\nservice = true\n";
    let catalogue = server.file_catalogue("tonghui", None, items.to_owned()).await;
    put_institution(server, CLINIC, "生成的街道卫生服务中心", "500110007", None).await;
    crate::counter::receive(server, "香皂", 3).await;
    let resident = server.resident("generated-t3", "500110007001").await;
    let clerk = server.staff("clerk", &[("clerk", "51"), ("clerk", "50")]).await;
    let asked = async |item: &str| {
        let path =
            format!("/counter/{resident}/order?at={CLINIC}&catalogue={catalogue}&item={item}");
        server.page(&clerk, &path).await
    };
    let warns = "办法不鼓励用积分兑换实物（依据";
    let person = server.page(&clerk, &format!("/counter/{resident}?at={CLINIC}")).await;
    contains(&person, &[warns, "实物，不鼓励"]);
    contains(&asked("soap").await, &[warns, "当场兑换"]);
    lacks(&asked("weight").await, &[warns]);
}

async fn a_clerk_of_several_counters_chooses_one(server: &Server) {
    let stall = Stall::new(server).await;
    let both = server.staff("both", &[("clerk", "510403"), ("clerk", "440300")]).await;
    let choice = server.page(&both, "/counter").await;
    contains(&choice, &["/counter?at=clinic-1", "/counter?at=clinic-2"]);
    lacks(&choice, &["扫取货码"]);
    contains(&server.page(&both, "/counter?at=clinic-2").await, &["扫取货码", "换一个兑换点"]);
    let person = format!("/counter/{}", stall.resident);
    let link = format!("{person}?at=clinic-1");
    contains(&server.page(&both, &person).await, &[&link]);
    let outside = server.page(&stall.clerk, "/counter?at=clinic-2").await;
    assert_eq!(outside.status, StatusCode::FORBIDDEN);
    let nowhere = server.staff_of("nowhere", "clerk", "510403", "clinic-9").await;
    contains(&server.page(&nowhere, "/counter").await, &["还没有登记兑换点"]);
    // What waits elsewhere says where.
    stall.order(server, "eggs", false).await;
    let there = server.page(&both, &format!("{person}?at=clinic-2")).await;
    contains(&there, &["在<strong>生成的社区卫生服务中心</strong>领取"]);
}

async fn the_register_is_filtered_and_printed(server: &Server) {
    let stall = Stall::new(server).await;
    stall.order(server, "eggs", true).await;
    stall.order(server, "pressure", false).await;
    let list = async |who: &Caller, query: &str| {
        server.page(who, &format!("/counter/orders?at={CLINIC}{query}")).await
    };
    let register = list(&stall.clerk, "").await;
    contains(
        &register,
        &["交付登记", "2026年9月21日", "鸡蛋", "测**", "用去 <strong>5", "打印登记簿"],
    );
    lacks(&register, &["测血压"]);
    let waiting = list(&stall.clerk, "&view=waiting").await;
    contains(&waiting, &["测血压"]);
    lacks(&waiting, &["<td data-name=\"物品或服务\">鸡蛋"]);
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    contains(&list(&officer, "&view=all").await, &["测血压", "鸡蛋"]);
    contains(&list(&officer, "&view=all&state=handed_over").await, &["鸡蛋"]);
    let wrong = list(&officer, "&from=2026-09-21&to=2026-09-20").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&wrong, &["最后一天不能早于第一天", "value=\"2026-09-20\""]);
}

async fn what_was_typed_is_never_a_script(server: &Server) {
    let stall = Stall::new(server).await;
    let nurse = nurse(server).await;
    register(server, &nurse, person("generated-2", "测试乙", "19600101", 2)).await;
    server.uploaded(&nurse, record("R3", "generated-2", "lecture.attended", "2026-09-05")).await;
    let waiting = format!("/counter/orders/{}", stall.order(server, "eggs", false).await);
    let handed_over = format!("/counter/orders/{}", stall.order(server, "eggs", true).await);
    let proxy = [
        ("at", CLINIC),
        ("comes", "proxy"),
        ("proxy.name", SCRIPT),
        ("proxy.relation", SCRIPT),
        ("proxy.document", SCRIPT),
    ];
    let order = format!("/counter/{}/order", stall.resident);
    let proxied =
        [wish(&stall, "pressure"), vec![("do", "keep"), ("seen", "0")], proxy.to_vec()].concat();
    for (address, fields) in [
        ("/counter".to_owned(), vec![("q", SCRIPT)]),
        (waiting.clone(), proxy.to_vec()),
        (order, proxied),
        (format!("{waiting}/cancel"), vec![("reason", SCRIPT)]),
        (format!("{handed_over}/return"), vec![("reason", SCRIPT)]),
    ] {
        let answer = server.submit(&stall.clerk, &address, &fields).await;
        let page = match answer.status {
            StatusCode::SEE_OTHER => server.page(&stall.clerk, answer.on()).await,
            _ => answer,
        };
        lacks(&page, &[SCRIPT]);
        contains(&page, &["&lt;script&gt;"]);
    }
}
