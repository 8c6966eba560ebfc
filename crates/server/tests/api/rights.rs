//! Every address for nobody, for the wrong role, for the right role elsewhere, and for the right
//! one. An address that is in no list fails the test.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;

use crate::{
    agreements, audit, cases as fraud, catalogues, clients, confirmations, costs, counter,
    deductions, drafts, imports, institutions, ledger, mall, metrics, opinions, points, pools,
    proposals, records, residents, sanctions, sign_in_resident, simulations, statements, stock,
    support::{Caller, Server, on_both},
    tasks,
    town::Stage,
    users, village, vouchers,
};

on_both! {
    every_address_asks_for_its_right;
}

/// What an address needs, and a request that is possible.
pub(crate) struct Case {
    pub(crate) method: &'static str,
    /// As in the description of the API.
    pub(crate) path: &'static str,
    /// With ids and a query; `{resident}` stands for a resident of the right area.
    pub(crate) request: String,
    pub(crate) body: Option<Value>,
    /// A role that may.
    pub(crate) role: &'static str,
    /// A role that may not.
    pub(crate) other: &'static str,
    /// What somebody with the right role gets outside their area; `None` where there is no area.
    pub(crate) elsewhere: Option<StatusCode>,
}

/// Addresses for whoever is signed in, or for everybody.
const OPEN: [(&str, &str); 23] = [
    ("post", "/api/v1/sign-in"),
    ("post", "/api/v1/sign-in/totp"),
    ("post", "/api/v1/sign-in/resident"),
    ("post", "/api/v1/sign-in/resident/sms"),
    ("get", "/api/v1/sign-in/oidc/{audience}"),
    ("get", "/api/v1/sign-in/oidc/{audience}/callback"),
    ("post", "/api/v1/sign-out"),
    ("post", "/api/v1/invitations/accept"),
    ("get", "/api/v1/me"),
    ("put", "/api/v1/me/password"),
    ("post", "/api/v1/me/totp"),
    ("put", "/api/v1/me/totp"),
    ("delete", "/api/v1/me/totp"),
    ("post", "/oauth/token"),
    ("get", "/api/v1/schemes"),
    ("get", "/api/v1/schemes/{id}"),
    ("get", "/api/v1/schemes/{id}/changes"),
    ("get", "/api/v1/schemes/{id}/notes"),
    ("get", "/api/v1/institutions"),
    ("get", "/api/v1/institutions/{code}"),
    ("get", "/api/v1/catalogues/in-force"),
    ("get", "/api/v1/agreements/in-force"),
    ("get", "/api/v1/vouchers/key"),
];

/// One for each address that asks for a right; each file has those of its addresses.
fn cases() -> Vec<Case> {
    [
        metrics::cases(),
        users::cases(),
        clients::cases(),
        sign_in_resident::cases(),
        residents::cases(),
        records::cases(),
        points::cases(),
        confirmations::cases(),
        opinions::cases(),
        counter::cases(),
        audit::cases(),
        ledger::cases(),
        proposals::cases(),
        institutions::cases(),
        catalogues::cases(),
        stock::cases(),
        costs::cases(),
        agreements::cases(),
        deductions::cases(),
        statements::cases(),
        fraud::cases(),
        pools::cases(),
        drafts::cases(),
        vouchers::cases(),
        sanctions::cases(),
        simulations::cases(),
        village::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn every_address_asks_for_its_right(server: &Server) {
    server.make_staff("target", &[("nurse", "510403")]).await;
    clients::make_target(server).await;
    residents::given(server).await;
    let stage = Stage::new(server).await;
    proposals::prepare(server).await;
    for Case { method, path, request, body, role, other, elsewhere } in cases() {
        let (method, request) = (method.to_uppercase(), stage.fill(&request));
        let body = body.map(|body| stage.fill_body(&body));
        let ask =
            async |caller: &Caller| server.send(caller, &method, &request, body.clone()).await;
        let nobody = ask(&Caller::default()).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{method} {path}: nobody");
        let wrong = server.staff(&format!("w-{other}"), &[(other, "510403")]).await;
        assert_eq!(ask(&wrong).await.status, StatusCode::FORBIDDEN, "{method} {path}: {other}");
        if let Some(status) = elsewhere {
            let there = server.staff(&format!("e-{role}"), &[(role, "440300")]).await;
            assert_eq!(ask(&there).await.status, status, "{method} {path}: elsewhere");
        }
        let right = server.staff(&format!("r-{role}"), &[(role, "510403")]).await;
        let answer = ask(&right).await;
        assert!(answer.status.is_success(), "{method} {path}: {role}: {answer:?}");
    }
}

#[test]
fn no_address_is_without_its_test() {
    let tested: BTreeSet<(String, String)> = cases()
        .iter()
        .map(|case| (case.method, case.path))
        .chain(OPEN)
        .chain(residents::TESTED)
        .chain(opinions::TESTED)
        .chain(mall::TESTED)
        .chain(deductions::TESTED)
        .chain(vouchers::TESTED)
        .chain(sanctions::TESTED)
        .chain(tasks::TESTED)
        .chain(imports::TESTED)
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    let api = serde_json::to_value(kangji_server::api()).unwrap();
    let paths = api["paths"].as_object().unwrap();
    let documented: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| (method.clone(), path.clone()))
        })
        .collect();
    assert_eq!(documented, tested);
}
