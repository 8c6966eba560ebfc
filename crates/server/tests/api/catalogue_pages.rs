//! The pages of catalogues: drafting, deciding, and what is in force for everybody.

use axum::http::StatusCode;

use crate::{
    catalogues::SOAP,
    shop::CLINIC,
    support::{Answer, Caller, Server, on_both},
};

on_both! {
    t4_a_catalogue_is_drafted_reviewed_and_filed_on_pages;
    t3_the_draft_warns_of_goods;
    p8_all_bundles_are_taken_over_by_one_button;
    s9_a_simple_thing_is_typed_into_a_small_form;
    wrong_text_comes_back_with_its_place;
    text_is_escaped_wherever_it_is_shown;
    p1_the_catalogue_is_public_with_its_documents;
}

const NEW: &str = "/catalogues/new";

async fn draft(server: &Server, by: &Caller, fields: &[(&str, &str)]) -> Answer {
    let mut all =
        vec![("scheme", "panzhihua-xiqu"), ("provider", "-"), ("first_day", "2026-01-01")];
    all.retain(|(name, _)| fields.iter().all(|(given, _)| given != name));
    all.extend(fields);
    server.submit(by, NEW, &all).await
}

/// What stands in the text area of a draft.
fn content(answer: &Answer) -> String {
    let (_, rest) = answer.text.split_once("name=\"content\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let (text, _) = rest.split_once("</textarea>").unwrap();
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

async fn t4_a_catalogue_is_drafted_reviewed_and_filed_on_pages(server: &Server) {
    server.publish().await;
    let ann = server.staff("generated-ann", &[("officer", "510403")]).await;
    let ben = server.staff("generated-ben", &[("officer", "510403")]).await;
    let looked = draft(server, &ann, &[("content", SOAP), ("do", "check")]).await;
    assert_eq!(looked.status, StatusCode::OK);
    assert!(looked.text.contains("20分。") && looked.text.contains("value=\"propose\""));
    let sent = draft(server, &ann, &[("content", SOAP), ("do", "propose")]).await;
    let path = sent.on().split('?').next().unwrap().to_owned();
    let own = server.page(&ann, sent.on()).await;
    assert!(own.text.contains("这一版是您拟定的"), "{own:?}");
    assert!(!own.text.contains("value=\"review\""));
    let forced = server.submit(&ann, &path, &[("do", "review"), ("document", "1号")]).await;
    assert_eq!(forced.status, StatusCode::FORBIDDEN);
    let missing = [("do", "review"), ("day", "2026-09-01")];
    let missing = server.submit(&ben, &path, &missing).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(missing.text.contains("value=\"2026-09-01\""), "what was typed stays");
    for (step, document) in [("review", "区卫审〔2026〕7号"), ("filing", "区社备〔2026〕3号")]
    {
        let page = server.page(&ben, &path).await;
        assert!(page.text.contains(&format!("value=\"{step}\"")), "{page:?}");
        let done = server.submit(&ben, &path, &[("do", step), ("document", document)]).await;
        assert_eq!(done.on(), format!("{path}?done={step}"));
    }
    let page = server.page(&ann, &path).await;
    for said in ["区卫审〔2026〕7号", "区社备〔2026〕3号", "generated-ben", "施行中"]
    {
        assert!(page.text.contains(said), "{said}: {page:?}");
    }
    let list = server.page(&ann, "/catalogues?state=filed&provider=-&scheme=panzhihua-xiqu").await;
    assert!(list.text.contains(&path) && list.text.contains("区社备〔2026〕3号"), "{list:?}");
    let next = server.page(&ann, &format!("/catalogues/new?from={}", &path[12..])).await;
    assert_eq!(content(&next), SOAP);
}

async fn t3_the_draft_warns_of_goods(server: &Server) {
    server.publish().await;
    let all = server.staff("ann", &[("officer", "")]).await;
    let fields = [("scheme", "tonghui"), ("content", SOAP), ("do", "check")];
    let looked = draft(server, &all, &fields).await;
    assert!(looked.text.contains("原则上不换实物商品"), "{looked:?}");
    assert!(looked.text.contains("value=\"propose\""), "a warning is no refusal");
    let sent = draft(server, &all, &[("scheme", "tonghui"), ("content", SOAP), ("do", "propose")]);
    let shown = server.page(&all, sent.await.on()).await;
    assert!(shown.text.contains("原则上不换实物商品"), "the reviewer reads it, too");
}

async fn p8_all_bundles_are_taken_over_by_one_button(server: &Server) {
    server.publish().await;
    let ann = server.staff("ann", &[("officer", "510403")]).await;
    let taken = draft(server, &ann, &[("do", "take")]).await;
    assert_eq!(taken.status, StatusCode::OK);
    let text = content(&taken);
    assert_eq!(text.matches("[[item]]").count(), 12, "{text}");
    assert!(taken.text.contains("1000分"), "{taken:?}");
    // Pressed again, nothing is there twice; what is there already stays as it was typed.
    let again = draft(server, &ann, &[("content", &text), ("do", "take")]).await;
    assert_eq!(content(&again).trim(), text.trim());
    let own = text.replace("points = 1000", "points = 900");
    let again = draft(server, &ann, &[("content", &own), ("do", "take")]).await;
    assert_eq!(content(&again).trim(), own.trim());
}

async fn s9_a_simple_thing_is_typed_into_a_small_form(server: &Server) {
    server.publish().await;
    server.open_institutions().await;
    let manager = server.staff_of("manager", "manager", "510403", CLINIC).await;
    let form = server.page(&manager, NEW).await;
    assert!(!form.text.contains("统一目录（各机构"), "a manager proposes for the own one");
    let typed = [
        ("provider", CLINIC),
        ("add_name", "\"量血压\"杯"),
        ("add_points", "15"),
        ("add_kind", "goods"),
        ("add_pieces", "2"),
        ("add_times", "3"),
        ("add_per", "month"),
        ("add_total", "40"),
        ("add_until", "2026-12-31"),
        ("add_signed", "true"),
        ("do", "add"),
    ];
    let added = draft(server, &manager, &typed).await;
    assert_eq!(added.status, StatusCode::OK, "{added:?}");
    let text = content(&added);
    for said in ["15分", "每人每月至多3次", "40份", "12月31日", "签约", "2件"] {
        assert!(added.text.contains(said), "{said}: {text}");
    }
    assert!(!added.text.contains("value=\"15\""), "the small form is empty again");
    let more = [
        ("provider", CLINIC),
        ("content", &text),
        ("add_name", "推拿"),
        ("add_points", "0"),
        ("add_kind", "service"),
        ("do", "add"),
    ];
    let more = draft(server, &manager, &more).await;
    assert!(content(&more).contains("id = \"item-2\""), "{more:?}");
    assert!(more.text.contains("不用积分"), "{more:?}");
    for (field, value) in
        [("add_points", "1.5"), ("add_times", "0"), ("add_until", "2025-12-31"), ("add_name", "")]
    {
        let mut wrong = typed.to_vec();
        wrong.retain(|(name, _)| *name != field);
        wrong.push((field, value));
        let answer = draft(server, &manager, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(answer.text.contains(&format!("href=\"#f-{field}\"")), "{field}: {answer:?}");
        assert!(answer.text.contains("value=\"40\""), "what was typed stays");
    }
}

async fn wrong_text_comes_back_with_its_place(server: &Server) {
    server.publish().await;
    let ann = server.staff("ann", &[("officer", "510403")]).await;
    let wrong = "[[item]]\nid = \"a\"\nname = \"甲\"\npoints = \"多\"\n";
    for (button, status) in
        [("check", StatusCode::OK), ("propose", StatusCode::UNPROCESSABLE_ENTITY)]
    {
        let answer = draft(server, &ann, &[("content", wrong), ("do", button)]).await;
        assert_eq!(answer.status, status);
        assert!(answer.text.contains("第 4 行第 10 个字符"), "{answer:?}");
        assert_eq!(content(&answer), wrong);
        assert!(!answer.text.contains("value=\"propose\""));
    }
    let empty = server.submit(&ann, NEW, &[("do", "check"), ("content", SOAP)]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(content(&empty), SOAP);
}

async fn text_is_escaped_wherever_it_is_shown(server: &Server) {
    server.publish().await;
    let ann = server.staff("ann", &[("officer", "510403")]).await;
    let ben = server.staff("ben", &[("officer", "510403")]).await;
    let script = "<script>alert(1)</script>";
    let text = SOAP.replace("香皂", script);
    let typed = [("content", text.as_str()), ("area", script), ("add_name", script)];
    let mut checked = typed.to_vec();
    checked.push(("do", "check"));
    let wrong = draft(server, &ann, &checked).await;
    let small = [("content", ""), ("add_name", script), ("add_points", "1"), ("do", "add")];
    let added = draft(server, &ann, &small).await;
    let sent = draft(server, &ann, &[("content", &text), ("do", "propose")]).await;
    let path = sent.on().split('?').next().unwrap().to_owned();
    let shown = server.page(&ann, &path).await;
    let future = [("do", "review"), ("document", script), ("day", "2027-01-01")];
    let refused = server.submit(&ben, &path, &future).await;
    for step in ["review", "filing"] {
        let done = server.submit(&ben, &path, &[("do", step), ("document", script)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{done:?}");
    }
    let filed = server.page(&ann, &path).await;
    let list = server.page(&ann, "/catalogues").await;
    let public = server.page(&Caller::default(), "/mall/catalogue").await;
    let paper = server.page(&Caller::default(), "/mall/catalogue?paper=true").await;
    let other = draft(server, &ann, &[("content", SOAP), ("do", "propose")]).await;
    let other = other.on().split('?').next().unwrap().to_owned();
    let returned = server.submit(&ben, &other, &[("do", "return"), ("reason", script)]).await;
    let returned = server.page(&ann, returned.on()).await;
    for answer in [wrong, added, shown, refused, filed, list, public, paper, returned] {
        assert!(answer.text.contains("&lt;script&gt;alert(1)"), "{answer:?}");
        assert!(!answer.text.contains(script), "{answer:?}");
    }
}

async fn p1_the_catalogue_is_public_with_its_documents(server: &Server) {
    server.publish().await;
    let nobody = Caller::default();
    let empty = server.page(&nobody, "/mall/catalogue").await;
    assert!(empty.text.contains("没有施行的兑换目录"), "{empty:?}");
    server.open_shop().await;
    server.file_catalogue("panzhihua-xiqu", Some(CLINIC), SOAP.to_owned()).await;
    let all = server.page(&nobody, "/mall/catalogue").await;
    for said in ["区卫审〔2026〕1号", "区社备〔2026〕1号", "生成的社区卫生服务中心", "0812-0000000"]
    {
        assert!(all.text.contains(said), "{said}: {all:?}");
    }
    let paper = server.page(&nobody, "/mall/catalogue?scheme=tonghui&paper=true").await;
    assert!(paper.text.contains("class=\"paper\"") && paper.text.contains("隔物灸"), "{paper:?}");
    assert!(!paper.text.contains("电子血压计"), "another scheme's");
    let home = server.page(&nobody, "/").await;
    assert!(home.text.contains("href=\"/mall/catalogue\""), "{home:?}");
}
