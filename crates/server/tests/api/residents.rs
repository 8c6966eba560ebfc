//! `/api/v1/residents` and `/api/v1/corrections`

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use kangji_core::{Day, DayRange, identity::check_character, ids::HolderId};
use kangji_store::{
    AuditQuery, Correction, Entered, Registered, Registration, ResidentFact, SealedPerson, Subject,
};
use kangji_vault::PersonKey;
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use serde_json::{Value, json};

use crate::{
    rights::Case,
    support::{Answer, COMMUNITY, Caller, ELSEWHERE, Server, on_both},
};

on_both! {
    a_resident_is_registered_and_shown_masked;
    what_contradicts_itself_is_refused_with_its_place;
    a_known_document_or_code_is_a_conflict_that_tells_nothing;
    a_repeated_registration_registers_once;
    a_child_needs_a_guardian_or_a_reason;
    nobody_sees_residents_of_elsewhere;
    groups_are_for_those_who_may_know_illnesses;
    lists_go_on_where_they_ended;
    a_change_takes_the_place_of_what_was_seen;
    somebody_is_found_by_a_whole_number_only;
    communities_are_told_within_the_permit;
    whoever_sees_a_number_whole_stands_in_the_log_with_the_reason;
}

/// A document number of nobody: invented ones begin with 99.
pub(crate) fn number(birth: &str, sequence: u32) -> String {
    let body = format!("990101{birth}{sequence:03}");
    format!("{body}{}", check_character(&body).unwrap())
}

pub(crate) fn person(code: &str, name: &str, birth: &str, sequence: u32) -> Value {
    json!({
        "code": code,
        "name": name,
        "document": {"kind": "resident-card", "number": number(birth, sequence)},
        "phone": format!("139{:08}", 10_000_000 + sequence),
        "communities": [{"value": COMMUNITY, "from": "2020-01-01"}],
    })
}

pub(crate) async fn register(server: &Server, who: &Caller, body: Value) -> String {
    let answer = server.send(who, "POST", PATH, Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn nurse(server: &Server) -> Caller {
    server.staff("nurse", &[("nurse", "510403")]).await
}

const PATH: &str = "/api/v1/residents";

async fn put(server: &Server, who: &Caller, id: &str, etag: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method("PUT")
        .uri(format!("{PATH}/{id}"))
        .header("idempotency-key", format!("put-{etag}-{}", body.to_string().len()))
        .header(header::IF_MATCH, etag)
        .header(header::CONTENT_TYPE, "application/json");
    server.raw(who, request.body(Body::from(body.to_string())).unwrap()).await
}

async fn a_resident_is_registered_and_shown_masked(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let shown = server.get(&nurse, &format!("{PATH}/{id}")).await;
    let expected = json!({
        "id": id,
        "code": "generated-1",
        "name": "测**",
        "document": {"kind": "resident-card", "number": format!("990101********{}", &number("19600203", 12)[14..])},
        "phone": "139****0012",
        "birth_date": "1960-02-03",
        "sex": "female",
        "communities": [{"value": COMMUNITY, "from": "2020-01-01", "to": null}],
        "guardians": [],
        "groups": [],
    });
    assert_eq!(shown.json(), expected);
    assert!(shown.headers.contains_key(header::ETAG));
    let newborn = json!({
        "name": "测试新生儿", "document": {"kind": "newborn"}, "birth_date": "2026-09-20",
        "communities": [{"value": COMMUNITY}], "reason": "刚出生，监护人待登记",
    });
    let mut old = newborn.clone();
    old["birth_date"] = json!("1960-02-03");
    let old = server.send(&nurse, "POST", "/api/v1/residents", Some(old)).await;
    assert_eq!((old.code(), &old.json()["place"]), ("invalid".into(), &json!("document.kind")));
    let id = register(server, &nurse, newborn).await;
    let shown = server.get(&nurse, &format!("{PATH}/{id}")).await.json();
    assert_eq!((&shown["code"], &shown["document"]["number"]), (&json!(id), &json!("")));
}

async fn what_contradicts_itself_is_refused_with_its_place(server: &Server) {
    let nurse = nurse(server).await;
    let with = |field: &str, value: Value| {
        let mut body = person("generated-1", "测试甲", "19600203", 12);
        body[field] = value;
        body
    };
    let today = json!([{"value": COMMUNITY, "from": "2026-01-01"}]);
    let cases = [
        (with("birth_date", json!("1960-02-04")), "birth_date"),
        (with("sex", json!("male")), "sex"),
        (with("name", json!("测试1")), "name"),
        (with("phone", json!("12345")), "phone"),
        (with("document", json!({"kind": "taiwan-permit", "number": "1"})), "document.number"),
        (with("document", json!({"kind": "passport"})), "document.kind"),
        (with("code", json!("x110101199003070032")), "code"),
        (with("code", json!("13912345678")), "code"),
        (with("code", json!(COMMUNITY)), "code"),
        (with("code", json!("测试")), "code"),
        (with("groups", json!([{"value": "tall"}])), "groups[0].value"),
        (with("communities", json!([{"value": "51"}])), "communities[0].value"),
        (with("communities", json!([today[0], {"value": ELSEWHERE}])), "communities[1].from"),
        (
            with(
                "communities",
                json!([{"value": COMMUNITY, "from": "2026-01-02", "to": "2026-01-01"}]),
            ),
            "communities[0].to",
        ),
        (with("guardians", json!([{"value": "generated-1"}])), "guardians[0].value"),
        (with("points", json!(10)), "points"),
    ];
    for (body, place) in cases {
        let answer = server.send(&nurse, "POST", PATH, Some(body.clone())).await;
        let found = answer.json();
        assert_eq!((&found["code"], &found["place"]), (&json!("invalid"), &json!(place)), "{body}");
    }
    let away = with("communities", json!([{"value": ELSEWHERE}]));
    assert_eq!(server.send(&nurse, "POST", PATH, Some(away)).await.code(), "out_of_area");
    let none = server.get(&nurse, PATH).await.json();
    assert_eq!(none["items"], json!([]), "nothing was half registered");
}

async fn a_known_document_or_code_is_a_conflict_that_tells_nothing(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let same = server
        .send(&nurse, "POST", PATH, Some(person("generated-2", "测试乙", "19600203", 12)))
        .await;
    assert_eq!((same.status, same.code()), (StatusCode::CONFLICT, "conflict".into()));
    for told in [&id, "generated-1", "测试甲", "测**", "990101"] {
        assert!(!same.text.contains(told), "{}", same.text);
    }
    let code = server
        .send(&nurse, "POST", PATH, Some(person("generated-1", "测试乙", "19610203", 14)))
        .await;
    assert_eq!(code.code(), "conflict");
    let found = server.get(&nurse, PATH).await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "and nobody else was registered");
}

async fn a_repeated_registration_registers_once(server: &Server) {
    let nurse = nurse(server).await;
    let mut body = person("", "测试甲", "19600203", 12);
    body.as_object_mut().unwrap().remove("code");
    let send = async || server.send_under("one", &nurse, "POST", PATH, Some(body.clone())).await;
    let (first, again) = (send().await, send().await);
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    assert_eq!((again.status, again.text), (first.status, first.text));
}

async fn a_child_needs_a_guardian_or_a_reason(server: &Server) {
    let nurse = nurse(server).await;
    let child = person("generated-child", "测试小", "20200203", 13);
    let alone = server.send(&nurse, "POST", PATH, Some(child.clone())).await;
    assert_eq!((alone.code(), &alone.json()["place"]), ("invalid".into(), &json!("guardians")));
    register(server, &nurse, person("generated-parent", "测试大", "19900203", 15)).await;
    let mut guarded = child.clone();
    guarded["guardians"] = json!([{"value": "generated-parent", "from": "2026-01-01"}]);
    register(server, &nurse, guarded).await;
    let mut minor = person("generated-2", "测试中", "20200203", 17);
    minor["guardians"] = json!([{"value": "generated-child"}]);
    let minor = server.send(&nurse, "POST", PATH, Some(minor)).await;
    assert_eq!(minor.json()["place"], "guardians[0].value");
    let mut reasoned = person("generated-3", "测试孤", "20200203", 19);
    reasoned["reason"] = json!("福利院代管，尚无监护人");
    register(server, &nurse, reasoned).await;
}

async fn nobody_sees_residents_of_elsewhere(server: &Server) {
    let here = nurse(server).await;
    let there = server.staff("there", &[("nurse", "440300")]).await;
    let id = register(server, &here, person("generated-1", "测试甲", "19600203", 12)).await;
    let path = format!("{PATH}/{id}");
    assert_eq!(server.get(&there, &path).await.code(), "not_found");
    let known = server.get(&here, &path).await;
    let etag = known.headers[header::ETAG].to_str().unwrap();
    let moved = json!({"communities": [{"value": ELSEWHERE}], "guardians": []});
    assert_eq!(put(server, &there, &id, etag, &moved).await.code(), "not_found");
    let reveal = json!({"fields": ["name"], "reason": "好奇"});
    let revealed = server.send(&there, "POST", &format!("{path}/reveal"), Some(reveal)).await;
    assert_eq!(revealed.code(), "not_found");
    let search = Some(json!({"name": "测试甲"}));
    let found = server.send(&there, "POST", "/api/v1/residents/search", search).await;
    assert_eq!(found.json(), json!([]));
    assert_eq!(server.get(&there, PATH).await.json()["items"], json!([]));
    let area = server.get(&there, &format!("{PATH}?area=510403")).await;
    assert_eq!(area.code(), "out_of_area");
}

async fn groups_are_for_those_who_may_know_illnesses(server: &Server) {
    let nurse = nurse(server).await;
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let mut body = person("generated-1", "测试甲", "19600203", 12);
    body["groups"] = json!([{"value": "hypertension", "from": "2026-01-01"}]);
    let id = register(server, &nurse, body).await;
    let path = format!("{PATH}/{id}");
    let groups = server.get(&nurse, &path).await.json()["groups"].clone();
    assert_eq!(groups, json!([{"value": "hypertension", "from": "2026-01-01", "to": null}]));
    assert_eq!(server.get(&clerk, &path).await.json()["groups"], Value::Null);
    let by_group = format!("{PATH}?group=hypertension");
    assert_eq!(server.get(&clerk, &by_group).await.code(), "forbidden");
    let found = server.get(&nurse, &by_group).await.json();
    assert_eq!(found["items"][0]["id"], json!(id));
    let none = server.get(&nurse, &format!("{PATH}?group=diabetes&area=510403")).await.json();
    assert_eq!(none["items"], json!([]));
}

async fn lists_go_on_where_they_ended(server: &Server) {
    let nurse = nurse(server).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let code = format!("generated-{number}");
        ids.push(register(server, &nurse, person(&code, "测试甲", "19600203", number * 2)).await);
    }
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.get(&nurse, &format!("{PATH}?limit=2{after}")).await.json();
        let items = page["items"].as_array().unwrap();
        assert!((1..=2).contains(&items.len()), "{page}");
        found.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    found.sort();
    ids.sort();
    assert_eq!(found, ids);
    for wrong in ["limit=0", "limit=201", "after=x"] {
        assert_eq!(
            server.get(&nurse, &format!("{PATH}?{wrong}")).await.code(),
            "invalid",
            "{wrong}"
        );
    }
}

async fn a_change_takes_the_place_of_what_was_seen(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let path = format!("{PATH}/{id}");
    let first = server.get(&nurse, &path).await;
    let etag = first.headers[header::ETAG].to_str().unwrap();
    let communities = json!([{"value": COMMUNITY, "from": "2020-01-01"}]);
    let renamed = json!({"name": "司马测试", "communities": communities, "guardians": []});
    let unseen = server.send(&nurse, "PUT", &path, Some(renamed.clone())).await;
    assert_eq!(unseen.code(), "changed_meanwhile");
    let changed = put(server, &nurse, &id, etag, &renamed).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let now = changed.json();
    assert_eq!((&now["name"], &now["phone"]), (&json!("司马**"), &json!("139****0012")));
    assert_eq!((&now["sex"], &now["birth_date"]), (&json!("female"), &json!("1960-02-03")));
    let late = json!({"phone": "", "communities": communities, "guardians": []});
    assert_eq!(put(server, &nurse, &id, etag, &late).await.status, StatusCode::PRECONDITION_FAILED);
    let etag = changed.headers[header::ETAG].to_str().unwrap();
    assert_eq!(put(server, &nurse, &id, etag, &late).await.json()["phone"], Value::Null);
    let search = async |body: Value| {
        server.send(&nurse, "POST", "/api/v1/residents/search", Some(body)).await.json()
    };
    assert_eq!(search(json!({"name": "测试甲"})).await, json!([]));
    assert_eq!(search(json!({"phone": "13910000012"})).await, json!([]));
    assert_eq!(search(json!({"name": "司马测试"})).await[0]["id"], json!(id));
}

async fn somebody_is_found_by_a_whole_number_only(server: &Server) {
    let nurse = nurse(server).await;
    let whole = number("19600203", 12);
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    register(server, &nurse, person("generated-2", "测试乙", "19600203", 14)).await;
    let card = |number: &str| json!({"document": {"kind": "resident-card", "number": number}});
    let cases = [
        card(&whole),
        card(&whole.to_lowercase()),
        json!({"phone": "+86 139-1000-0012"}),
        json!({"name": "测试甲"}),
    ];
    for sought in cases {
        let found =
            server.send(&nurse, "POST", "/api/v1/residents/search", Some(sought.clone())).await;
        let found = found.json();
        assert_eq!(found.as_array().map(Vec::len), Some(1), "{sought}: {found}");
        assert_eq!((&found[0]["id"], &found[0]["name"]), (&json!(id), &json!("测**")));
    }
    for none in [card(&number("19600203", 16)), json!({"name": "测试"})] {
        let found = server.send(&nurse, "POST", "/api/v1/residents/search", Some(none)).await;
        assert_eq!(found.json(), json!([]));
    }
    for wrong in [card("9901"), json!({}), json!({"name": "测试甲", "phone": "13910000012"})] {
        let found = server.send(&nurse, "POST", "/api/v1/residents/search", Some(wrong)).await;
        assert_eq!(found.code(), "invalid");
    }
}

async fn whoever_sees_a_number_whole_stands_in_the_log_with_the_reason(server: &Server) {
    let nurse = nurse(server).await;
    let id = register(server, &nurse, person("generated-1", "测试甲", "19600203", 12)).await;
    let reveal = format!("{PATH}/{id}/reveal");
    let ask = async |body: Value| server.send(&nurse, "POST", &reveal, Some(body)).await;
    let seen = ask(json!({"fields": ["document", "phone"], "reason": "电话随访"})).await;
    let expected = json!({
        "name": null,
        "document": {"kind": "resident-card", "number": number("19600203", 12)},
        "phone": "13910000012",
    });
    assert_eq!(seen.json(), expected);
    for (fields, reason) in [(json!([]), "随访"), (json!(["name"]), " "), (json!(["name"]), "")] {
        let answer = ask(json!({"fields": fields, "reason": reason})).await;
        assert_eq!(answer.code(), "invalid");
    }
    let number = ask(json!({"fields": ["name"], "reason": number("19600203", 12)})).await;
    assert_eq!(number.code(), "invalid", "numbers do not lie about in reasons");
    let subject: HolderId = id.parse().unwrap();
    let lines = server
        .app
        .ask(move |store| store.audit(&AuditQuery { limit: 100, ..AuditQuery::default() }))
        .await
        .unwrap();
    let lines: Vec<_> = lines
        .iter()
        .filter(|line| line.deed.action == "residents:reveal" && line.result == "done")
        .collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].subject, Subject::Resident(subject));
}

/// A resident, and a request of theirs, for the table of rights.
pub(crate) const GIVEN: HolderId = HolderId::from_bytes([0x11; 16]);

pub(crate) async fn given(server: &Server) {
    let make = |app: &kangji_server::app::App| {
        let (keys, now) = (app.keys(), app.now());
        let mut random = UnwrapErr(SysRng);
        let key = PersonKey::generate(&mut random);
        let wrapped = keys.wrap(GIVEN, &key, &mut random)?;
        let mut seal =
            |field: &str, text: &str| key.seal(GIVEN, field, text.as_bytes(), &mut random);
        let correction = Correction {
            id: *GIVEN.bytes(),
            person: GIVEN,
            asked_by: GIVEN,
            field: "name".to_owned(),
            content: seal(&format!("correction {GIVEN}"), "测试")?,
            asked_at: now,
            decision: None,
        };
        let person = SealedPerson {
            id: GIVEN,
            master: wrapped.version().number(),
            wrapped_key: wrapped.to_bytes(),
            name: Some(seal("name", "测试甲")?),
            document: None,
            phone: None,
            changed_at: now,
        };
        let always = DayRange { from: Day::FIRST, to: Day::LAST };
        let fact = ResidentFact {
            code: "generated-given".to_owned(),
            birth_date: None,
            sex: None,
            communities: vec![(COMMUNITY.to_owned(), always)],
            guardians: Vec::new(),
            groups: Vec::new(),
        };
        let new =
            Registration { fact, person, keys: Vec::new(), document: Vec::new(), instead_of: None };
        let entered = Entered { now, reason: None };
        let registered = app.store().register(new, entered).wait()?;
        assert_eq!(registered, Registered::Done(*GIVEN.bytes()));
        app.store().ask_correction(correction, None).wait()?;
        Ok(())
    };
    server.app.blocking(make).await.unwrap();
}

async fn communities_are_told_within_the_permit(server: &Server) {
    let nurse = nurse(server).await;
    let communities = async |who: &Caller| server.get(who, "/api/v1/communities").await.json();
    assert_eq!(communities(&nurse).await, json!([]));
    for (code, community) in [("1", "510403001002"), ("2", COMMUNITY), ("3", ELSEWHERE)] {
        server.resident(&format!("generated-{code}"), community).await;
        server.resident(&format!("generated-{code}-too"), community).await;
    }
    assert_eq!(communities(&nurse).await, json!([COMMUNITY, "510403001002"]));
    let everywhere = server.staff("all", &[("nurse", "")]).await;
    assert_eq!(communities(&everywhere).await, json!([ELSEWHERE, COMMUNITY, "510403001002"]));
    let own = server.staff("one", &[("nurse", "510403001009")]).await;
    assert_eq!(communities(&own).await, json!(["510403001009"]), "before anybody lives there");
}

/// Addresses whose rights are tested in this file and in `own`.
pub(crate) const TESTED: [(&str, &str); 6] = [
    ("put", "/api/v1/residents/{id}"),
    ("get", "/api/v1/me/data"),
    ("get", "/api/v1/me/data/export"),
    ("get", "/api/v1/me/consents"),
    ("put", "/api/v1/me/consents/{purpose}"),
    ("post", "/api/v1/me/corrections"),
];

pub(crate) fn cases() -> Vec<Case> {
    let case = |method, path: &'static str, body| Case {
        method,
        path,
        request: path.replace("{id}", &GIVEN.to_string()),
        body,
        role: "nurse",
        other: "auditor",
        elsewhere: Some(StatusCode::NOT_FOUND),
    };
    let list = case("get", PATH, None);
    let list = Case {
        request: format!("{PATH}?area=510403"),
        elsewhere: Some(StatusCode::FORBIDDEN),
        role: "clerk",
        ..list
    };
    let new = person("generated-new", "测试新", "19600203", 12);
    let add = case("post", PATH, Some(new));
    let add = Case { other: "cadre", elsewhere: Some(StatusCode::FORBIDDEN), ..add };
    let search = case("post", "/api/v1/residents/search", Some(json!({"name": "测试甲"})));
    let reveal = json!({"fields": ["name"], "reason": "随访"});
    let answer = json!({"accept": true, "answer": "已更正"});
    let waiting = case("get", "/api/v1/corrections", None);
    let communities = case("get", "/api/v1/communities", None);
    vec![
        list,
        add,
        Case { role: "clerk", ..case("get", "/api/v1/residents/{id}", None) },
        Case { elsewhere: None, ..search },
        Case { elsewhere: None, ..communities },
        Case { other: "clerk", ..case("post", "/api/v1/residents/{id}/reveal", Some(reveal)) },
        Case { elsewhere: None, other: "clerk", ..waiting },
        Case {
            other: "officer",
            ..case("post", "/api/v1/corrections/{id}/decision", Some(answer))
        },
    ]
}
