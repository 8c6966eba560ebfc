//! `/api/v1/proposals`

use axum::http::StatusCode;
use kangji_core::{
    Day, DayRange, Division, DivisionPrefix, Points,
    ids::{AccountId, HolderId, OfficerId, ProposalId, RecordId},
};
use kangji_ledger::{Act, Command, Source, account_of};
use kangji_server::app::App;
use kangji_store::{Entered, Fact, Proposal, Proposed, ResidentFact, SealedPerson, new_id};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    schemes::{SCHEME, document, publish},
    support::{COMMUNITY, Caller, ELSEWHERE, NOW, Server, on_both},
};

on_both! {
    a_scheme_is_published_by_two;
    a_document_with_problems_is_refused_with_them;
    a_sanction_is_decided_by_another_person_once;
    who_is_erased_is_erased;
    a_balance_is_changed_by_two;
    what_is_short_is_borne_by_an_institution;
    what_is_out_of_reach_is_not_there;
    what_cannot_be_proposed_is_told;
    the_same_key_proposes_once;
}

const PATH: &str = "/api/v1/proposals";

/// Two officers of the district.
async fn two(server: &Server) -> [Caller; 2] {
    let one = server.staff("one", &[("officer", "510403")]).await;
    [one, server.staff("two", &[("officer", "510403")]).await]
}

/// Proposes, and gives the id.
async fn propose(server: &Server, who: &Caller, body: Value) -> String {
    let answer = server.send(who, "POST", PATH, Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn decide(server: &Server, who: &Caller, id: &str, accept: bool) -> crate::support::Answer {
    let body = json!({"accept": accept, "reason": "测试"});
    server.send(who, "POST", &format!("{PATH}/{id}/decision"), Some(body)).await
}

/// A resident of a community, and their account under the published scheme.
async fn resident(server: &Server, code: &'static str, community: &str) -> (HolderId, AccountId) {
    let communities = vec![(community.to_owned(), DayRange::ALWAYS)];
    let enter = move |app: &App| {
        let fact = Fact::Resident(ResidentFact {
            code: code.to_owned(),
            birth_date: Day::new(1950, 1, 1),
            sex: None,
            communities,
            guardians: Vec::new(),
            groups: Vec::new(),
        });
        let store = app.store();
        store.enter(vec![fact], Entered { now: app.now(), reason: None }).wait()?;
        let id = store.holder(code)?.unwrap();
        store.open_accounts(SCHEME, vec![(id, false)]).wait()?;
        Ok(id)
    };
    let id = server.app.blocking(enter).await.unwrap();
    (id, account_of(id, SCHEME))
}

async fn balance(server: &Server, account: AccountId) -> i64 {
    let read = move |app: &App| Ok(app.store().account(account)?.unwrap().balance());
    server.app.blocking(read).await.unwrap().0
}

async fn a_scheme_is_published_by_two(server: &Server) {
    let [one, two] = two(server).await;
    let body = json!({"publish_scheme": {"document": document()}});
    let id = propose(server, &one, body.clone()).await;
    let open = server.get(&two, &format!("{PATH}?open=true")).await.json();
    assert_eq!(open["items"][0]["id"], id.as_str());
    assert_eq!(open["items"][0]["action"], "schemes:publish");
    assert_eq!(server.get(&two, "/api/v1/schemes").await.text, "[]", "not yet");
    let done = decide(server, &two, &id, true).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    assert_eq!(done.json()["decision"]["accepted"], true);
    assert_eq!(server.get(&two, "/api/v1/schemes").await.json()[0]["id"], SCHEME);
    let open = server.get(&two, &format!("{PATH}?open=true")).await.json();
    assert_eq!(open["items"], json!([]));
    let again = server.send(&one, "POST", PATH, Some(body)).await;
    assert_eq!(again.code(), "conflict", "it is published");
}

async fn a_document_with_problems_is_refused_with_them(server: &Server) {
    let [one, _] = two(server).await;
    let wrong = document().replace("in_force = {", "in_farce = {");
    let body = json!({"publish_scheme": {"document": wrong}});
    let answer = server.send(&one, "POST", PATH, Some(body)).await;
    let found = answer.json();
    assert_eq!(
        (&found["code"], &found["place"]),
        (&json!("invalid"), &json!("publish_scheme.document"))
    );
    assert!(found["detail"].as_str().unwrap().contains("in_farce"), "{found}");
}

fn community_sanction() -> Value {
    json!({"sanction": {
        "community": COMMUNITY, "from": "2026-10-01", "to": "2026-10-31", "reason": "测试",
    }})
}

async fn a_sanction_is_decided_by_another_person_once(server: &Server) {
    publish(server).await;
    let [one, two] = two(server).await;
    let (person, _) = resident(server, "generated-1", COMMUNITY).await;
    let body = json!({"sanction": {
        "resident": person.to_string(), "from": "2026-10-01", "to": "2026-10-31", "reason": "测试",
    }});
    let id = propose(server, &one, body).await;
    assert_eq!(decide(server, &one, &id, true).await.code(), "same_person");
    let done = decide(server, &two, &id, true).await;
    assert_eq!(done.json()["content"]["sanction"]["holder"], "generated-1", "{done:?}");
    assert_eq!(decide(server, &two, &id, false).await.code(), "conflict", "decided");
    let rejected = propose(server, &one, community_sanction()).await;
    assert_eq!(decide(server, &two, &rejected, false).await.json()["decision"]["accepted"], false);
    let [from, to] = [1, 31].map(|day| Day::new(2026, 10, day).unwrap());
    for (holder, unchanged) in [("generated-1", 1), (COMMUNITY, 0)] {
        let again = move |app: &App| {
            let fact = Fact::Sanction { holder: holder.to_owned(), days: DayRange { from, to } };
            let entered = Entered { now: app.now(), reason: None };
            Ok(app.store().enter(vec![fact], entered).wait()?)
        };
        let changes = server.app.blocking(again).await.unwrap();
        assert_eq!(changes.unchanged, unchanged, "{holder}: what was accepted is a fact");
    }
}

async fn who_is_erased_is_erased(server: &Server) {
    publish(server).await;
    let [one, two] = two(server).await;
    let (person, _) = resident(server, "generated-1", COMMUNITY).await;
    let keep = move |app: &App| {
        let sealed = SealedPerson {
            id: person,
            master: 1,
            wrapped_key: vec![1],
            name: Some(vec![2]),
            document: None,
            phone: None,
            changed_at: NOW,
        };
        Ok(app.store().put_person(sealed, vec![(1, [3; 32])]).wait()?)
    };
    server.app.blocking(keep).await.unwrap();
    let body = json!({"erase": {"resident": person.to_string(), "reason": "本人申请"}});
    let id = propose(server, &one, body).await;
    let known = async || {
        let read = move |app: &App| Ok(app.store().person(person)?.is_some());
        server.app.blocking(read).await.unwrap()
    };
    assert!(known().await, "a proposal changes nothing");
    assert_eq!(decide(server, &two, &id, true).await.status, StatusCode::OK);
    assert!(!known().await);
}

async fn a_balance_is_changed_by_two(server: &Server) {
    publish(server).await;
    let [one, two] = two(server).await;
    let (_, account) = resident(server, "generated-1", COMMUNITY).await;
    let adjust = |points: &str| json!({"adjust": {"account": account.to_string(), "points": points, "reason": "测试"}});
    let given = propose(server, &one, adjust("20")).await;
    assert_eq!(balance(server, account).await, 0);
    assert_eq!(decide(server, &two, &given, true).await.status, StatusCode::OK);
    assert_eq!(balance(server, account).await, 20);
    let too_much = propose(server, &one, adjust("-30")).await;
    let refused = decide(server, &two, &too_much, true).await;
    assert_eq!(refused.code(), "conflict", "{refused:?}");
    assert_eq!(balance(server, account).await, 20);
    let open = server.get(&two, &format!("{PATH}?open=true")).await.json();
    assert_eq!(open["items"][0]["id"], too_much.as_str(), "what is refused waits on");
    let entries = move |app: &App| Ok(app.store().statements("generated-1")?.unwrap());
    let statements = server.app.blocking(entries).await.unwrap();
    let entry = &statements[0].entries[0];
    assert!(entry.answer.officer.is_some() && entry.answer.second.is_some());
    assert_ne!(entry.answer.officer, entry.answer.second);
    assert_eq!(entry.expires_on, Day::new(2028, 9, 21), "as the scheme says");
}

async fn what_is_short_is_borne_by_an_institution(server: &Server) {
    publish(server).await;
    let [one, two] = two(server).await;
    let (person, account) = resident(server, "generated-1", COMMUNITY).await;
    let short = move |app: &App| {
        let source = Source {
            award: "generated".to_owned(),
            resident: person,
            record: Some(RecordId::from_bytes([1; 16])),
            period: None,
            version: app.now().day(),
        };
        let credit = Act::Credit { points: Points(10), expires_on: None, source };
        let hold = Act::Hold { points: Points(10), until: None };
        let acts = [credit, hold, Act::Capture { hold: kangji_ledger::Seq(2) }];
        let reverse = Act::Reverse { credit: kangji_ledger::Seq(1) };
        for act in acts.into_iter().chain([reverse]) {
            let (day, answer) = (app.now().day(), kangji_ledger::Answer::default());
            let command = Command { key: None, account, day, act, answer };
            app.store().execute(command, app.now()).wait()?.unwrap();
        }
        Ok(())
    };
    server.app.blocking(short).await.unwrap();
    assert_eq!(balance(server, account).await, -10);
    let body = json!({"write_off": {
        "account": account.to_string(), "institution": "generated-clinic", "reason": "测试",
    }});
    let id = propose(server, &one, body).await;
    let done = decide(server, &two, &id, true).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    assert_eq!(balance(server, account).await, 0);
}

async fn what_is_out_of_reach_is_not_there(server: &Server) {
    publish(server).await;
    let [one, _] = two(server).await;
    let there = server.staff("there", &[("officer", "440300")]).await;
    let (person, account) = resident(server, "generated-2", ELSEWHERE).await;
    let reason = "测试";
    for body in [
        json!({"erase": {"resident": person.to_string(), "reason": reason}}),
        json!({"adjust": {"account": account.to_string(), "points": "1", "reason": reason}}),
        json!({"erase": {"resident": HolderId::from_bytes([9; 16]).to_string(), "reason": reason}}),
    ] {
        assert_eq!(server.send(&one, "POST", PATH, Some(body)).await.code(), "not_found");
    }
    let id = propose(server, &one, community_sanction()).await;
    assert_eq!(decide(server, &there, &id, true).await.code(), "not_found");
    assert_eq!(server.get(&there, &format!("{PATH}/{id}")).await.code(), "not_found");
    assert_eq!(server.get(&there, PATH).await.json()["items"], json!([]));
    let part = server.staff("part", &[("officer", COMMUNITY)]).await;
    let body = json!({"publish_scheme": {"document": document().replace("2026-01-01, to = 2026-12-31", "2027-01-01, to = 2027-12-31")}});
    let answer = server.send(&part, "POST", PATH, Some(body)).await;
    assert!(["out_of_area", "invalid"].contains(&answer.code().as_str()), "{answer:?}");
}

async fn what_cannot_be_proposed_is_told(server: &Server) {
    publish(server).await;
    let [one, _] = two(server).await;
    let (_, account) = resident(server, "generated-1", COMMUNITY).await;
    let sanction = |from: &str, to: &str, reason: &str| json!({"sanction": {"community": COMMUNITY, "from": from, "to": to, "reason": reason}});
    let adjust = |points: &str| json!({"adjust": {"account": account.to_string(), "points": points, "reason": "测试"}});
    for (body, place) in [
        (sanction("2026-10-02", "2026-10-01", "测试"), "sanction.to"),
        (sanction("2026-02-30", "2026-10-01", "测试"), "sanction.from"),
        (sanction("2026-10-01", "2026-10-01", " "), "sanction.reason"),
        (
            json!({"sanction": {"from": "2026-10-01", "to": "2026-10-01", "reason": "x"}}),
            "sanction",
        ),
        (adjust("0"), "adjust.points"),
        (adjust("1.5"), "adjust.points"),
    ] {
        let found = server.send(&one, "POST", PATH, Some(body.clone())).await.json();
        assert_eq!((&found["code"], &found["place"]), (&json!("invalid"), &json!(place)), "{body}");
    }
    let credit = json!({"credit": {"account": account.to_string(), "points": "1"}});
    assert_eq!(server.send(&one, "POST", PATH, Some(credit)).await.code(), "invalid");
}

async fn the_same_key_proposes_once(server: &Server) {
    let [one, _] = two(server).await;
    let send =
        async || server.send_under("key", &one, "POST", PATH, Some(community_sanction())).await;
    let (first, again) = (send().await, send().await);
    assert_eq!(first.text, again.text);
    let all = server.get(&one, PATH).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
}

/// What the cases are about.
const PREPARED: ProposalId = ProposalId::from_bytes([7; 16]);

/// Makes the proposal that the cases name.
pub(crate) async fn prepare(server: &Server) {
    let propose = |app: &App| {
        let days = DayRange { from: app.now().day(), to: app.now().day() };
        let holder = Division::parse(COMMUNITY).unwrap().to_string();
        let proposal = Proposal {
            id: PREPARED,
            area: DivisionPrefix::parse(COMMUNITY).unwrap(),
            content: Proposed::Sanction {
                holder,
                days,
                article: None,
                referred_to: None,
                reason: "测试".to_owned(),
            },
            proposed_by: OfficerId::from_bytes(new_id(NOW)),
            proposed_at: app.now(),
            decision: None,
        };
        Ok(app.store().propose(proposal).wait()?)
    };
    server.app.blocking(propose).await.unwrap();
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path, request: String, body, elsewhere| Case {
        method,
        path,
        request,
        body,
        role: "officer",
        other: "clerk",
        elsewhere,
    };
    let (forbidden, hidden) = (Some(StatusCode::FORBIDDEN), Some(StatusCode::NOT_FOUND));
    let one = format!("{PATH}/{PREPARED}");
    let accept = Some(json!({"accept": true}));
    vec![
        case("get", PATH, PATH.to_owned(), None, None),
        case("post", PATH, PATH.to_owned(), Some(community_sanction()), forbidden),
        case("get", "/api/v1/proposals/{id}", one.clone(), None, hidden),
        case("post", "/api/v1/proposals/{id}/decision", format!("{one}/decision"), accept, hidden),
    ]
}
