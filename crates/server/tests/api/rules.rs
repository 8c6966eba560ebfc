//! `/rules`

use std::collections::BTreeSet;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};

use crate::{
    schemes::{SCHEME, publish},
    support::{COMMUNITY, Caller, Server, on_both},
};

on_both! {
    everybody_reads_the_rules;
    every_award_has_its_place;
    a_page_without_a_secret_is_sent_compressed;
}

async fn everybody_reads_the_rules(server: &Server) {
    let nobody = Caller::default();
    let empty = server.page(&nobody, "/rules").await;
    assert!(empty.status == StatusCode::OK && empty.text.contains("还没有公布"), "{empty:?}");
    server.publish().await;
    let resident = server.resident("generated-1", COMMUNITY).await;
    let resident = server.as_resident(resident).await;
    let auditor = server.staff("auditor", &[("auditor", "")]).await;
    for who in [&nobody, &resident, &auditor] {
        let all = server.page(who, "/rules").await;
        assert_eq!(all.status, StatusCode::OK);
        for scheme in ["panzhihua-xiqu", "tonghui", "shenzhen"] {
            assert!(all.text.contains(&format!("href=\"/rules/{scheme}\"")), "{scheme}");
        }
        let one = server.page(who, &format!("/rules/{SCHEME}")).await;
        assert_eq!(one.status, StatusCode::OK);
        assert!(one.text.contains("施行中") && one.text.contains("参加健康教育讲座"));
    }
    // A version that is not in force is told to be so, instead of a dead end.
    server.wait_millis(366 * 86_400_000);
    let past = server.page(&nobody, &format!("/rules/{SCHEME}?on=2026-03-01")).await;
    assert!(past.text.contains("不再施行") && past.text.contains("看现在的版本"), "{past:?}");
    assert!(server.page(&nobody, &format!("/rules/{SCHEME}")).await.text.contains("不再施行"));
    for none in ["/rules/none", "/rules/panzhihua-xiqu?on=x", "/rules/panzhihua-xiqu?on=%00"] {
        let status = server.page(&nobody, none).await.status;
        assert!(status.is_client_error(), "{none}: {status}");
    }
}

async fn every_award_has_its_place(server: &Server) {
    publish(server).await;
    let page = server.page(&Caller::default(), &format!("/rules/{SCHEME}")).await.text;
    let values = |before: &str| -> Vec<String> {
        let rest = page.split(before).skip(1);
        rest.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let ids = values(" id=\"");
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len());
    let links = values("href=\"#");
    assert!(links.iter().filter(|link| link.starts_with("award-")).count() > 20);
    for link in links {
        assert!(distinct.contains(&link), "{link}");
    }
    assert_eq!(page.matches("<h1").count(), 1);
    for bad in [" style=", "<style", " onclick", "javascript:"] {
        assert!(!page.contains(bad), "{bad}");
    }
}

async fn a_page_without_a_secret_is_sent_compressed(server: &Server) {
    publish(server).await;
    let address = format!("/rules/{SCHEME}");
    let resident = server.resident("generated-1", COMMUNITY).await;
    let resident = server.as_resident(resident).await;
    let officer = server.staff("officer", &[("officer", "510403")]).await;
    let mut sent = Vec::new();
    for (who, path) in [
        (&Caller::default(), address.as_str()),
        (&resident, &address),
        (&officer, &address),
        (&resident, "/my"),
    ] {
        let request = Request::get(path).header(header::ACCEPT_ENCODING, "gzip, br");
        let response = server.response(who, request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let zipped = response.headers().get(header::CONTENT_ENCODING).cloned();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap().len();
        sent.push((zipped.is_some_and(|kind| kind == "gzip"), bytes));
    }
    let zipped: Vec<bool> = sent.iter().map(|(zipped, _)| *zipped).collect();
    assert_eq!(zipped, [true, true, false, false], "{sent:?}");
    assert!(sent[0].1 < 60_000 && sent[1].1 < 60_000, "{sent:?}");
}
