//! `/api/v1/pools`, the lists by which they are handed on, and their pages (T2).

use axum::http::StatusCode;
use kangji_core::{
    Day, DivisionPrefix, Points,
    ids::{AccountId, HolderId, OrderId, ProposalId},
};
use kangji_ledger::{Act, Answer as Says, Command, Source, account_of};
use kangji_redemption::{Level, order::NewOrder};
use kangji_rights::Action;
use kangji_server::app::App;
use kangji_store::{
    Institution, OrderAct, OrderCommand, Proposal, ProposalDecision, Proposed, new_id,
};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    shop::everywhere,
    support::{Answer, COMMUNITY, Caller, Server, id_of, on_both},
    town::{ALWAYS, person},
};

on_both! {
    t2_two_cadres_hand_a_pool_on_and_helpers_redeem_at_the_centre;
    t2_there_is_no_way_from_person_to_person;
    what_cannot_be_handed_on_is_told_at_its_field;
    cadres_sign_a_list_on_pages;
}

const PATH: &str = "/api/v1/pools";
const LISTS: &str = "/api/v1/proposals";
const SCHEME: &str = "tonghui";
/// The health centre of the street.
const CENTRE: &str = "centre-1";

impl Server {
    /// The pool of [`COMMUNITY`] with 200 points.
    async fn pool(&self) -> AccountId {
        let open = |app: &App| Ok(app.store().open_pool(COMMUNITY, SCHEME, app.now()).wait()?);
        let pool = self.app.blocking(open).await.unwrap();
        let elder = self.villager("generated-elder").await;
        self.give(pool, elder, 20_000).await;
        pool
    }

    async fn give(&self, account: AccountId, resident: HolderId, points: i64) {
        let give = move |app: &App| {
            let now = app.now();
            let source = Source {
                award: "elderly-checkup-organised".to_owned(),
                resident,
                record: None,
                period: None,
                version: now.day(),
            };
            let act =
                Act::Credit { points: Points(points), expires_on: Day::new(2027, 1, 1), source };
            let command =
                Command { key: None, account, day: now.day(), act, answer: Says::default() };
            app.store().execute(command, now).wait()?.unwrap();
            Ok(())
        };
        self.app.blocking(give).await.unwrap();
    }

    async fn open_centre(&self) {
        let open = |app: &App| {
            let centre = Institution {
                code: CENTRE.to_owned(),
                name: "生成的街道卫生服务中心".to_owned(),
                level: Level::Institution,
                area: DivisionPrefix::parse("500110007").unwrap(),
                address: String::new(),
                phone: String::new(),
                hours: String::new(),
                changed_at: app.now(),
                closed_at: None,
            };
            let permit = everywhere(Action::InstitutionsWrite);
            assert!(app.store().put_institution(&permit, centre).wait()?);
            Ok(())
        };
        self.app.blocking(open).await.unwrap();
    }

    /// Somebody of [`COMMUNITY`] in a group.
    async fn member(&self, code: &str, group: &str) -> HolderId {
        let mut fact = person(code, COMMUNITY, 1970);
        fact.groups.push((group.to_owned(), ALWAYS));
        self.resident_with(fact).await
    }
}

/// A pool, and a list that waits.
pub(crate) async fn staged(server: &Server, resident: HolderId) -> [String; 2] {
    let pool = server.pool().await;
    let id = ProposalId::from_bytes(new_id(server.app.now()));
    let proposal = Proposal {
        id,
        area: DivisionPrefix::parse(COMMUNITY).unwrap(),
        content: Proposed::HandOn {
            pool,
            list: vec![(resident, Points(100))],
            reason: "测试".to_owned(),
        },
        proposed_by: id_of("stage-cadre"),
        proposed_at: server.app.now(),
        decision: None::<ProposalDecision>,
    };
    server.app.store().propose(proposal).answer().await.unwrap();
    [pool.to_string(), id.to_string()]
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |path, request: &str, elsewhere| Case {
        method: "get",
        path,
        request: request.to_owned(),
        body: None,
        role: "cadre",
        other: "nurse",
        elsewhere,
    };
    let hidden = Some(StatusCode::NOT_FOUND);
    vec![case(PATH, PATH, None), case("/api/v1/pools/{account}", "/api/v1/pools/{pool}", hidden)]
}

async fn two(server: &Server) -> [Caller; 2] {
    let one = server.staff("cadre-1", &[("cadre", COMMUNITY)]).await;
    [one, server.staff("cadre-2", &[("cadre", COMMUNITY)]).await]
}

fn wanted(pool: &str, list: &[(&str, &str)]) -> Value {
    let list: Vec<Value> = list
        .iter()
        .map(|(resident, points)| json!({"resident": resident, "points": points}))
        .collect();
    json!({"hand_on": {"pool": pool, "list": list, "reason": "三季度组织体检"}})
}

async fn propose(server: &Server, who: &Caller, body: Value) -> Answer {
    server.send(who, "POST", LISTS, Some(body)).await
}

async fn accept(server: &Server, who: &Caller, list: &Answer) -> Answer {
    let id = list.json()["id"].as_str().unwrap_or_else(|| panic!("{list:?}")).to_owned();
    server.send(who, "POST", &format!("{LISTS}/{id}/decision"), Some(json!({"accept": true}))).await
}

async fn t2_two_cadres_hand_a_pool_on_and_helpers_redeem_at_the_centre(server: &Server) {
    server.publish().await;
    let pool = server.pool().await.to_string();
    let helper = server.member("generated-helper", "grid_worker").await;
    server.member("generated-neighbour", "hypertension").await;
    let [one, two] = two(server).await;
    let all = server.get(&one, PATH).await.json();
    assert_eq!((&all[0]["account"], &all[0]["redeemable"]), (&json!(pool), &json!(20_000)));
    let known = server.get(&one, &format!("{PATH}/{pool}")).await;
    assert!(!known.text.contains("smi") && !known.text.contains("hypertension"), "{known:?}");
    let known = known.json();
    let helpers = known["helpers"].as_array().unwrap();
    assert_eq!(helpers.len(), 1);
    assert_eq!(
        (&helpers[0]["resident"], &helpers[0]["groups"]),
        (&json!(helper.to_string()), &json!(["grid_worker"]))
    );
    let list = propose(server, &one, wanted(&pool, &[(&helper.to_string(), "140")])).await;
    assert_eq!(list.status, StatusCode::CREATED, "{list:?}");
    assert_eq!(accept(server, &one, &list).await.code(), "same_person");
    let done = accept(server, &two, &list).await;
    assert_eq!(done.json()["decision"]["accepted"], true, "{done:?}");
    let known = server.get(&two, &format!("{PATH}/{pool}")).await.json();
    assert_eq!(
        (&known["redeemable"], &known["lists"][0]["accepted"]),
        (&json!(6_000), &json!(true))
    );
    assert_eq!(known["lists"][0]["points"], 14_000);
    server.open_centre().await;
    // What the village earned, the helper redeems at the street's health centre.
    let shops = server.open_shop().await;
    let catalogue = shops.into_iter().find(|(scheme, _)| scheme == SCHEME).unwrap().1;
    let new = NewOrder {
        catalogue,
        item: "rehabilitation-pack".to_owned(),
        sets: 1,
        chosen: Vec::new(),
        institution: CENTRE.to_owned(),
        vouchers: Vec::new(),
    };
    let id = OrderId::from_bytes(new_id(server.app.now()));
    let act = OrderAct::Place {
        id,
        person: helper,
        code: "12345678".to_owned(),
        new,
        hand_over: true,
        proxy: None,
    };
    let command = OrderCommand { act, by: Some(*id_of("clerk").bytes()), now: server.app.now() };
    let told = server.app.store().order(command).answer().await.unwrap().unwrap();
    assert_eq!(told.points, Points(14_000));
}

async fn t2_there_is_no_way_from_person_to_person(server: &Server) {
    server.publish().await;
    server.pool().await;
    let helper = server.member("generated-helper", "grid_worker").await;
    let other = server.member("generated-other", "group_leader").await;
    let own = account_of(helper, SCHEME);
    let open =
        move |app: &App| Ok(app.store().open_accounts(SCHEME, vec![(helper, false)]).wait()?);
    server.app.blocking(open).await.unwrap();
    server.give(own, helper, 5_000).await;
    let officer = server.staff("officer", &[("officer", "")]).await;
    let list = wanted(&own.to_string(), &[(&other.to_string(), "10")]);
    let found = propose(server, &officer, list).await.json();
    assert_eq!((&found["code"], &found["place"]), (&json!("invalid"), &json!("hand_on.pool")));
    assert_eq!(server.get(&officer, &format!("{PATH}/{own}")).await.status, StatusCode::NOT_FOUND);
    // The helper themselves cannot even ask.
    let resident = server.as_resident(helper).await;
    let list = wanted(&own.to_string(), &[(&other.to_string(), "10")]);
    assert_eq!(propose(server, &resident, list).await.status, StatusCode::FORBIDDEN);
}

async fn what_cannot_be_handed_on_is_told_at_its_field(server: &Server) {
    server.publish().await;
    let pool = server.pool().await.to_string();
    let helper = server.member("generated-helper", "village_cadre").await.to_string();
    let neighbour = server.member("generated-neighbour", "hypertension").await.to_string();
    let [one, _] = two(server).await;
    let list = |list: &[(&str, &str)]| wanted(&pool, list);
    for (body, place) in [
        (list(&[]), "hand_on.list"),
        (list(&[(&helper, "200.01")]), "hand_on.list"),
        (list(&[(&helper, "0")]), "hand_on.list[0].points"),
        (list(&[(&helper, "1.234")]), "hand_on.list[0].points"),
        (list(&[(&helper, "-1")]), "hand_on.list[0].points"),
        (list(&[(&helper, "1"), (&neighbour, "1")]), "hand_on.list[1].resident"),
        (list(&[(&helper, "1"), (&helper, "1")]), "hand_on.list[1].resident"),
        (list(&[("nobody", "1")]), "hand_on.list[0].resident"),
    ] {
        let found = propose(server, &one, body.clone()).await.json();
        assert_eq!((&found["code"], &found["place"]), (&json!("invalid"), &json!(place)), "{body}");
    }
    let elsewhere = server.staff("elsewhere", &[("cadre", "440300")]).await;
    let hidden = propose(server, &elsewhere, list(&[(&helper, "1")])).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

fn holds(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(answer.text.contains(text), "`{text}` is not in {}", answer.text);
    }
}

async fn cadres_sign_a_list_on_pages(server: &Server) {
    server.publish().await;
    let pool = server.pool().await;
    let helper = server.member("generated-helper", "grid_worker").await;
    let [one, two] = two(server).await;
    holds(&server.page(&one, "/pools").await, &[COMMUNITY, "200"]);
    let here = format!("/pools/{pool}");
    let field = format!("points-{helper}");
    holds(&server.page(&one, &here).await, &[&field, "generated-helper", "网格员", "200"]);
    let script = "<script>alert(1)</script>";
    let much = [(field.as_str(), "200.01"), ("reason", script)];
    let wrong = server.submit(&one, &here, &much).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&wrong, &["合计 200.01 分，池里只有 200 分", "value=\"200.01\"", "&lt;script&gt;"]);
    let odd = server.submit(&one, &here, &[(field.as_str(), "十"), ("reason", "x")]).await;
    holds(&odd, &[&format!("href=\"#f-{field}\"")]);
    let fields = [(field.as_str(), "35.5"), ("reason", script)];
    let list = server.submit(&one, &here, &fields).await.on().to_owned();
    holds(&server.page(&one, &list).await, &["等待第二人签字", "35.5", "领取人签字", "盖章"]);
    let silent = server.submit(&two, &list, &[("accept", "false"), ("reason", "")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.submit(&two, &list, &[("accept", "true")]).await.on(), list);
    let page = server.page(&two, &list).await;
    holds(&page, &["已分发", "cadre-1", "cadre-2", "&lt;script&gt;"]);
    assert!(!page.text.contains(script));
    holds(&server.page(&one, &here).await, &["164.5"]);
}
