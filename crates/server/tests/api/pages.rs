//! Every page and form for nobody, for the wrong role, for a forged form and for the right role.
//! An address that is in no list fails the test.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use crate::{
    counter, imports,
    shop::CLINIC,
    support::{Caller, Server, on_both},
    town::Stage,
};

on_both! {
    every_page_asks_for_its_right;
}

/// An address of a page or form, a role that may and one that may not; the ids of [`Stage`].
type Row = (&'static str, &'static str, &'static str, &'static str);

const RESIDENT: &str = "a resident";

/// Pages and forms that ask for a right, or for a resident.
const PAGES: [Row; 198] = [
    ("GET", "/account", "nurse", RESIDENT),
    ("POST", "/account/password", "nurse", RESIDENT),
    ("POST", "/account/second-factor/end", "nurse", RESIDENT),
    ("GET", "/agreements", "officer", "nurse"),
    ("GET", "/agreements/new", "officer", "cashier"),
    ("POST", "/agreements/new", "officer", "cashier"),
    ("GET", "/agreements/{id}", "shopkeeper", "nurse"),
    ("POST", "/agreements/{id}", "officer", "shopkeeper"),
    ("GET", "/agreements/{id}/sheet", "cashier", "nurse"),
    ("GET", "/shop", "cashier", "officer"),
    ("POST", "/shop", "shopkeeper", "officer"),
    ("GET", "/shop/today", "officer", "nurse"),
    ("GET", "/shop/deductions/{id}", "cashier", "nurse"),
    ("POST", "/shop/deductions/{id}/cancel", "cashier", "officer"),
    ("GET", "/audit", "auditor", "nurse"),
    ("POST", "/audit/verification", "auditor", "nurse"),
    ("GET", "/catalogues", "manager", "nurse"),
    ("GET", "/catalogues/new", "manager", "nurse"),
    ("POST", "/catalogues/new", "manager", "nurse"),
    ("GET", "/catalogues/{id}", "manager", "nurse"),
    ("POST", "/catalogues/{id}", "officer", "manager"),
    ("GET", "/confirmations", "doctor", "nurse"),
    ("POST", "/confirmations", "doctor", "nurse"),
    ("GET", "/corrections", "nurse", "auditor"),
    ("GET", "/costs", "manager", "nurse"),
    ("GET", "/costs/{code}", "clerk", "nurse"),
    ("POST", "/costs/{code}", "manager", "clerk"),
    ("GET", "/drafts/{id}", "officer", "nurse"),
    ("POST", "/drafts/{id}", "officer", "nurse"),
    ("GET", "/drafts/{id}/awards/new", "officer", "nurse"),
    ("POST", "/drafts/{id}/awards/new", "officer", "nurse"),
    ("GET", "/drafts/{id}/awards/{award}", "officer", "nurse"),
    ("POST", "/drafts/{id}/awards/{award}", "officer", "nurse"),
    ("POST", "/drafts/{id}/awards/{award}/example", "officer", "nurse"),
    ("GET", "/drafts/{id}/preview", "officer", "nurse"),
    ("GET", "/drafts/{id}/terms", "officer", "nurse"),
    ("POST", "/drafts/{id}/terms", "officer", "nurse"),
    ("GET", "/drafts/{id}/text", "officer", "nurse"),
    ("POST", "/drafts/{id}/text", "officer", "nurse"),
    ("POST", "/notes/{id}/withdraw", "officer", "nurse"),
    ("GET", "/proposals", "officer", "clerk"),
    ("GET", "/proposals/{id}", "officer", "nurse"),
    ("POST", "/proposals/{id}", "officer", "nurse"),
    ("GET", "/schemes", "officer", "nurse"),
    ("GET", "/schemes/{id}", "officer", "nurse"),
    ("POST", "/schemes/{id}/drafts", "officer", "nurse"),
    ("POST", "/schemes/{id}/notes", "officer", "nurse"),
    ("GET", "/figures", "manager", "nurse"),
    ("POST", "/corrections/{id}", "nurse", "auditor"),
    ("GET", "/imports", "nurse", "clerk"),
    ("POST", "/imports", "nurse", "clerk"),
    ("GET", "/institutions", "officer", "manager"),
    ("GET", "/institutions/new", "officer", "manager"),
    ("POST", "/institutions/new", "officer", "manager"),
    ("GET", "/institutions/{code}/change", "officer", "manager"),
    ("POST", "/institutions/{code}/change", "officer", "manager"),
    ("GET", "/counter", "clerk", "officer"),
    ("POST", "/counter", "clerk", "officer"),
    ("GET", "/counter/{resident}", "clerk", "officer"),
    ("GET", "/counter/{resident}/order", "clerk", "officer"),
    ("POST", "/counter/{resident}/order", "clerk", "officer"),
    ("GET", "/counter/{resident}/sheet", "clerk", "officer"),
    ("GET", "/counter/orders", "officer", "nurse"),
    ("GET", "/counter/orders/{id}", "officer", "nurse"),
    ("POST", "/counter/orders/{id}", "clerk", "officer"),
    ("GET", "/counter/orders/{id}/receipt", "officer", "nurse"),
    ("GET", "/counter/orders/{id}/cancel", "clerk", "officer"),
    ("POST", "/counter/orders/{id}/cancel", "clerk", "officer"),
    ("GET", "/counter/orders/{id}/return", "clerk", "officer"),
    ("POST", "/counter/orders/{id}/return", "clerk", "officer"),
    ("GET", "/ledger", "officer", "nurse"),
    ("POST", "/ledger/verification", "officer", "nurse"),
    ("GET", "/ledger/accounts", "auditor", "nurse"),
    ("GET", "/ledger/books", "officer", "nurse"),
    ("GET", "/ledger/accounts/{id}", "auditor", "nurse"),
    ("GET", "/ledger/records/{id}", "auditor", "nurse"),
    ("GET", "/my", RESIDENT, "nurse"),
    ("GET", "/my/account", RESIDENT, "nurse"),
    ("GET", "/my/consents", RESIDENT, "nurse"),
    ("POST", "/my/consents", RESIDENT, "nurse"),
    ("GET", "/my/data", RESIDENT, "nurse"),
    ("POST", "/my/data", RESIDENT, "nurse"),
    ("GET", "/my/entries", RESIDENT, "nurse"),
    ("GET", "/my/family", RESIDENT, "nurse"),
    ("GET", "/my/mall", RESIDENT, "nurse"),
    ("GET", "/my/mall/{catalogue}/{item}", RESIDENT, "nurse"),
    ("POST", "/my/mall/{catalogue}/{item}", RESIDENT, "nurse"),
    ("GET", "/my/opinion", RESIDENT, "nurse"),
    ("POST", "/my/opinion", RESIDENT, "nurse"),
    ("GET", "/my/orders", RESIDENT, "nurse"),
    ("POST", "/my/orders", RESIDENT, "nurse"),
    ("GET", "/my/orders/{id}", RESIDENT, "nurse"),
    ("POST", "/my/orders/{id}/cancel", RESIDENT, "nurse"),
    ("POST", "/my/orders/{id}/rating", RESIDENT, "nurse"),
    ("GET", "/my/pay-code", RESIDENT, "nurse"),
    ("POST", "/my/pay-code", RESIDENT, "nurse"),
    ("GET", "/my/shops", RESIDENT, "nurse"),
    ("GET", "/my/rank", RESIDENT, "nurse"),
    ("POST", "/my/rank", RESIDENT, "nurse"),
    ("GET", "/my/statement", RESIDENT, "nurse"),
    ("GET", "/opinions", "doctor", "clerk"),
    ("GET", "/opinions/{id}", "doctor", "clerk"),
    ("POST", "/opinions/{id}", "doctor", "clerk"),
    ("GET", "/records/{id}", "nurse", "clerk"),
    ("GET", "/records/{id}/correct", "nurse", "manager"),
    ("POST", "/records/{id}/correct", "nurse", "manager"),
    ("GET", "/records/{id}/void", "nurse", "manager"),
    ("POST", "/records/{id}/void", "nurse", "manager"),
    ("GET", "/residents", "clerk", "auditor"),
    ("POST", "/residents/search", "clerk", "auditor"),
    ("POST", "/residents/export", "clerk", "auditor"),
    ("GET", "/residents/new", "nurse", "clerk"),
    ("POST", "/residents/new", "nurse", "clerk"),
    ("GET", "/residents/{id}", "clerk", "auditor"),
    ("GET", "/residents/{id}/change", "nurse", "clerk"),
    ("POST", "/residents/{id}/change", "nurse", "clerk"),
    ("GET", "/residents/{id}/paper", "clerk", "auditor"),
    ("GET", "/residents/{id}/records", "manager", "clerk"),
    ("GET", "/residents/{id}/records/new", "nurse", "manager"),
    ("GET", "/residents/{id}/records/new/{kind}", "nurse", "manager"),
    ("POST", "/residents/{id}/records/new/{kind}", "nurse", "manager"),
    ("GET", "/residents/{id}/reveal", "nurse", "clerk"),
    ("POST", "/residents/{id}/reveal", "nurse", "clerk"),
    ("GET", "/residents/{id}/statement", "clerk", "auditor"),
    ("GET", "/residents/{id}/vouchers", "organiser", "cadre"),
    ("POST", "/residents/{id}/vouchers", "nurse", "cadre"),
    ("GET", "/residents/{id}/vouchers/take-over", "doctor", "cadre"),
    ("POST", "/residents/{id}/vouchers/take-over", "nurse", "cadre"),
    ("POST", "/residents/{id}/sign-in-code", "clerk", "auditor"),
    ("GET", "/stock", "clerk", "nurse"),
    ("GET", "/stock/{code}", "officer", "nurse"),
    ("GET", "/stock/{code}/receive", "clerk", "officer"),
    ("POST", "/stock/{code}/receive", "clerk", "officer"),
    ("GET", "/stock/{code}/good", "clerk", "nurse"),
    ("POST", "/stock/{code}/good", "clerk", "officer"),
    ("GET", "/stock/{code}/sheet", "clerk", "nurse"),
    ("GET", "/stock/{code}/entries", "officer", "nurse"),
    ("GET", "/stock/{code}/batches/{id}", "clerk", "nurse"),
    ("POST", "/stock/{code}/batches/{id}", "clerk", "officer"),
    ("GET", "/statements", "cashier", "nurse"),
    ("POST", "/statements", "officer", "cashier"),
    ("GET", "/statements/{id}", "cashier", "nurse"),
    ("POST", "/statements/{id}", "officer", "cashier"),
    ("GET", "/statements/{id}/answer", "shopkeeper", "cashier"),
    ("POST", "/statements/{id}/answer", "shopkeeper", "cashier"),
    ("GET", "/statements/{id}/sheet", "cashier", "nurse"),
    ("GET", "/cases", "manager", "nurse"),
    ("GET", "/cases/new", "officer", "manager"),
    ("POST", "/cases/new", "officer", "manager"),
    ("GET", "/cases/{id}", "manager", "nurse"),
    ("POST", "/cases/{id}", "officer", "manager"),
    ("GET", "/simulations/new", "officer", "nurse"),
    ("POST", "/simulations/new", "officer", "nurse"),
    ("GET", "/simulations/{task}", "officer", "nurse"),
    ("GET", "/tasks", "nurse", RESIDENT),
    ("GET", "/tasks/{id}", "officer", RESIDENT),
    ("POST", "/tasks/{id}", "officer", RESIDENT),
    ("GET", "/pools", "cadre", "nurse"),
    ("GET", "/pools/{account}", "cadre", "nurse"),
    ("POST", "/pools/{account}", "cadre", "nurse"),
    ("GET", "/pools/{account}/lists/{id}", "cadre", "nurse"),
    ("POST", "/pools/{account}/lists/{id}", "cadre", "nurse"),
    ("GET", "/report", "grid-worker", "nurse"),
    ("POST", "/report", "grid-worker", "nurse"),
    ("GET", "/reports", "nurse", "clerk"),
    ("GET", "/reports/{number}", "nurse", "clerk"),
    ("POST", "/reports/{number}", "nurse", "clerk"),
    ("GET", "/village", "cadre", "nurse"),
    ("GET", "/metrics", "nurse", "auditor"),
    ("POST", "/metrics", "manager", "cadre"),
    ("GET", "/metrics/{id}", "doctor", "cadre"),
    ("POST", "/metrics/{id}", "doctor", "cadre"),
    ("GET", "/targets", "nurse", "auditor"),
    ("POST", "/targets", "officer", "nurse"),
    ("GET", "/registers/{register}", "cadre", "nurse"),
    ("POST", "/registers/{register}", "cadre", "nurse"),
    ("GET", "/registers/{register}/{id}", "cadre", "nurse"),
    ("POST", "/registers/{register}/{id}", "cadre", "nurse"),
    ("GET", "/my/vouchers", RESIDENT, "nurse"),
    ("GET", "/vouchers", "auditor", "nurse"),
    ("GET", "/vouchers/at/{code}", "clerk", "nurse"),
    ("GET", "/vouchers/at/{code}/stubs", "manager", "nurse"),
    ("POST", "/vouchers/at/{code}/stubs", "auditor", "nurse"),
    ("GET", "/vouchers/print", "officer", "manager"),
    ("POST", "/vouchers/print", "officer", "manager"),
    ("GET", "/vouchers/sheets", "nurse", "officer"),
    ("POST", "/vouchers/stock", "officer", "manager"),
    ("GET", "/vouchers/{serial}", "officer", "cadre"),
    ("GET", "/vouchers/{serial}/{act}", "nurse", "officer"),
    ("POST", "/vouchers/{serial}/{act}", "nurse", "officer"),
    ("GET", "/sanctions", "officer", "nurse"),
    ("GET", "/sanctions/forged", "officer", "nurse"),
    ("POST", "/sanctions/forged", "officer", "nurse"),
    ("GET", "/sanctions/{id}", "officer", "nurse"),
    ("POST", "/sanctions/{id}", "officer", "nurse"),
    ("GET", "/residents/{id}/sanction", "officer", "nurse"),
    ("POST", "/residents/{id}/sanction", "officer", "nurse"),
    ("GET", "/my/sanctions", RESIDENT, "nurse"),
];

/// Pages and forms for everybody, or for whoever is on the way in.
const OPEN: [(&str, &str); 23] = [
    ("GET", "/"),
    ("GET", "/design"),
    ("POST", "/edition"),
    ("GET", "/invitation"),
    ("POST", "/invitation"),
    ("GET", "/mall/catalogue"),
    ("GET", "/rules"),
    ("GET", "/shops"),
    ("GET", "/rules/{id}"),
    ("GET", "/sign-in"),
    ("GET", "/vouchers/check"),
    ("POST", "/vouchers/check"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/resident"),
    ("POST", "/sign-in/resident"),
    ("POST", "/sign-in/resident/sms"),
    ("GET", "/sign-in/totp"),
    ("POST", "/sign-in/totp"),
    ("POST", "/sign-out"),
    // Of the second factor, whoever still owes it is asked.
    ("GET", "/account/second-factor"),
    ("POST", "/account/second-factor"),
    ("POST", "/account/second-factor/confirm"),
    // A file is no page; `tasks.rs` asks for it.
    ("GET", "/tasks/{id}/files/{name}"),
];

async fn every_page_asks_for_its_right(server: &Server) {
    let stage = Stage::new(server).await;
    let resident = stage.fill("{resident}").parse().unwrap();
    let mut wrong = Vec::new();
    for (method, path, may, may_not) in PAGES {
        let as_one = async |role: &str| match role {
            RESIDENT => server.as_resident(resident).await,
            role => server.staff(&format!("p-{role}"), &[(role, "510403")]).await,
        };
        let address = address(&stage, path);
        let ask = async |caller: &Caller| match method {
            "GET" => server.page(caller, &address).await,
            _ => server.submit(caller, &address, &[]).await,
        };
        let right = as_one(may).await;
        let forged = Caller { csrf: None, ..right.clone() };
        let nobody = ask(&Caller::default()).await.status;
        let other = ask(&as_one(may_not).await).await.status;
        let (forged, answer) = (ask(&forged).await.status, ask(&right).await);
        let is_asked_in = match method {
            "GET" => nobody == StatusCode::SEE_OTHER,
            _ => nobody == StatusCode::UNAUTHORIZED && forged == StatusCode::FORBIDDEN,
        };
        // Residents have an account of their own, and are led there.
        let is_kept_out =
            other == StatusCode::FORBIDDEN || path == "/account" && other == StatusCode::SEE_OTHER;
        // An empty form is refused for what is missing in it, or does what takes no fields.
        let is_let_in = match method {
            "GET" => answer.status == StatusCode::OK && answer.text.contains("<h1>"),
            _ => answer.status != StatusCode::FORBIDDEN && !answer.status.is_server_error(),
        };
        if !(is_asked_in && is_kept_out && is_let_in) {
            let statuses = (nobody, other, forged, answer.status);
            wrong.push(format!("{method} {path}: {statuses:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// An address with the ids of what is there.
fn address(stage: &Stage, path: &str) -> String {
    let id = match path {
        _ if path.starts_with("/ledger/accounts") => "{account}",
        _ if path.contains("/records/{id}") => "{record}",
        _ if path.starts_with("/opinions") => "{opinion}",
        _ if path.starts_with("/catalogues") => "{catalogue}",
        _ if path.starts_with("/agreements") => "{agreement}",
        _ if path.starts_with("/shop/deductions") => "{deduction}",
        _ if path.starts_with("/counter/orders") => "{order}",
        _ if path.starts_with("/stock") => "{batch}",
        _ if path.starts_with("/statements") => "{statement}",
        _ if path.starts_with("/cases") => "{case}",
        _ if path.starts_with("/sanctions") => "{sanction}",
        _ if path.starts_with("/tasks") => "{task}",
        _ if path.starts_with("/pools") => "{list}",
        _ if path.starts_with("/drafts") => "{draft}",
        _ if path.starts_with("/notes") => "{note}",
        _ if path.starts_with("/proposals") => "{draft_proposal}",
        _ if path.starts_with("/schemes") => "panzhihua-xiqu",
        _ if path.starts_with("/my/orders") => "{order}",
        _ if path.starts_with("/metrics") => "{metric}",
        _ if path.starts_with("/registers") => "{entry}",
        _ => "{resident}",
    };
    // What is ordered and which good it is stand in the query.
    let query = if path == "/counter/{resident}/order" { counter::WANTED } else { "" };
    let good = "/good?good=%E9%A6%99%E7%9A%82";
    let path = path.replace("/pools/{account}", "/pools/{pool}");
    let path = path.replace("{award}", "lecture");
    let path = path.replace("{code}", CLINIC).replace("/good", good);
    let path = path.replace("{id}", id).replace("{kind}", "lecture.attended");
    let path = path.replace("{number}", "{report}").replace("{register}", "opinions");
    let path = path.replace("{serial}", "{voucher_to_lose}").replace("{act}", "lose");
    stage.fill(&format!("{path}{query}"))
}

#[test]
fn no_page_is_without_its_test() {
    let rights = PAGES.iter().map(|(method, path, ..)| (*method, *path));
    let tested: BTreeSet<(&str, &str)> = rights.chain(OPEN).chain(imports::PAGES).collect();
    let all = kangji_server::page_addresses();
    let all: BTreeSet<(&str, &str)> =
        all.iter().map(|(method, path)| (method.as_str(), *path)).collect();
    assert_eq!(all, tested);
}
