//! `/api/v1/sign-in/resident` and `/api/v1/residents/{id}/sign-in-codes`

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
    time::Duration,
};

use axum::http::{StatusCode, header};
use kangji_core::{DayRange, identity::Phone, ids::HolderId};
use kangji_store::{Entered, Fact, ResidentFact, SealedPerson};
use kangji_vault::Lookup;
use serde_json::{Value, json};

use crate::{
    rights::Case,
    support::{Answer, COMMUNITY, Caller, ELSEWHERE, Server, on_both},
};

on_both! {
    a_code_from_the_counter_is_good_once;
    staff_give_codes_to_whom_they_see;
    codes_that_are_guessed_make_everybody_wait;
    without_a_gateway_there_are_no_messages;
    whoever_signs_in_is_nobody_else_any_more;
}

async fn show(server: &Server, code: &Value) -> Answer {
    let body = json!({"code": code});
    server.send(&Caller::default(), "POST", "/api/v1/sign-in/resident", Some(body)).await
}

async fn code_for(server: &Server, clerk: &Caller, id: HolderId) -> Value {
    let path = format!("/api/v1/residents/{id}/sign-in-codes");
    let given = server.send(clerk, "POST", &path, None).await;
    assert_eq!(given.status, StatusCode::OK, "{given:?}");
    given.json()["code"].clone()
}

async fn a_code_from_the_counter_is_good_once(server: &Server) {
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let id = server.resident("generated-1", COMMUNITY).await;
    let path = format!("/api/v1/residents/{id}/sign-in-codes");
    let give = async |key: &str| server.send_under(key, &clerk, "POST", &path, None).await;
    let (given, same) = (give("one").await, give("one").await);
    assert_eq!((given.status, &given.text), (StatusCode::OK, &same.text), "{given:?}");
    let code = given.json()["code"].clone();
    let digits = code.as_str().unwrap();
    assert!(digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{digits}");
    let signed = show(server, &code).await;
    assert_eq!((signed.status, &signed.json()["next"]), (StatusCode::OK, &"done".into()));
    let me = server.get(&signed.caller(), "/api/v1/me").await.json();
    assert_eq!((&me["kind"], &me["people"]), (&"resident".into(), &json!([id.to_string()])));
    assert_eq!(show(server, &code).await.code(), "sign_in_failed", "again");
    let old = code_for(server, &clerk, id).await;
    let new = code_for(server, &clerk, id).await;
    assert_eq!(show(server, &old).await.code(), "sign_in_failed", "replaced");
    server.wait_millis(10 * 60_000);
    assert_eq!(show(server, &new).await.code(), "sign_in_failed", "too late");
    server.wait_millis(15 * 24 * 3_600_000);
    assert_eq!(server.get(&signed.caller(), "/api/v1/me").await.status, StatusCode::OK);
    server.wait_millis(15 * 24 * 3_600_000);
    assert_eq!(server.get(&signed.caller(), "/api/v1/me").await.code(), "not_signed_in");
}

async fn staff_give_codes_to_whom_they_see(server: &Server) {
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let elsewhere = server.resident("generated-1", ELSEWHERE).await;
    let everywhere = server.staff("all", &[("clerk", "")]).await;
    let nobody = HolderId::from_bytes([9; 16]);
    for (who, id) in [(&clerk, elsewhere), (&clerk, nobody), (&everywhere, nobody)] {
        let path = format!("/api/v1/residents/{id}/sign-in-codes");
        assert_eq!(server.send(who, "POST", &path, None).await.code(), "not_found");
    }
}

async fn codes_that_are_guessed_make_everybody_wait(server: &Server) {
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let id = server.resident("generated-1", COMMUNITY).await;
    let code = code_for(server, &clerk, id).await;
    for guess in 0..5 {
        assert_eq!(show(server, &format!("{guess:08}").into()).await.code(), "sign_in_failed");
    }
    let blocked = show(server, &code).await;
    assert_eq!(blocked.code(), "too_many_attempts");
    assert_eq!(blocked.headers[header::RETRY_AFTER], "1");
    server.wait_millis(1000);
    assert_eq!(show(server, &code).await.status, StatusCode::OK);
}

async fn without_a_gateway_there_are_no_messages(server: &Server) {
    assert_eq!(text(server, "13800138000").await.code(), "not_found");
}

async fn whoever_signs_in_is_nobody_else_any_more(server: &Server) {
    let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
    let id = server.resident("generated-1", COMMUNITY).await;
    let body = json!({"code": code_for(server, &clerk, id).await});
    let cookie = Caller { cookie: clerk.cookie.clone(), ..Caller::default() };
    let signed = server.send(&cookie, "POST", "/api/v1/sign-in/resident", Some(body)).await;
    assert_ne!(signed.caller().cookie, clerk.cookie);
    assert_eq!(server.get(&clerk, "/api/v1/me").await.code(), "not_signed_in");
}

async fn text(server: &Server, phone: &str) -> Answer {
    let body = json!({"phone": phone});
    server.send(&Caller::default(), "POST", "/api/v1/sign-in/resident/sms", Some(body)).await
}

/// A gateway on this machine: the settings that name it, and the requests it gets.
fn gateway() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/send", listener.local_addr().unwrap());
    let (requests, got) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap() > 0 {
                let line = head.lines().last().unwrap_or_default().to_lowercase();
                length =
                    line.strip_prefix("content-length: ").map_or(length, |n| n.parse().unwrap());
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
            let request = head.to_lowercase() + &String::from_utf8(body).unwrap();
            if requests.send(request).is_err() {
                break;
            }
        }
    });
    (format!("[sms]\nurl = '{url}'\ntoken = 'generated'"), got)
}

/// Gives residents a telephone number by which they are found.
async fn has_phone(server: &Server, id: HolderId, number: &'static str) {
    server
        .app
        .blocking(move |app| {
            let person = SealedPerson {
                id,
                master: 1,
                wrapped_key: vec![1; 44],
                name: None,
                document: None,
                phone: None,
                changed_at: app.now(),
            };
            let phone = Phone::parse(number).unwrap();
            let (_, tag) = Lookup::phone(&phone).tag(app.keys()).unwrap();
            Ok(app.store().put_person(person, vec![(2, *tag.bytes())]).wait()?)
        })
        .await
        .unwrap();
}

async fn is_guardian(server: &Server, guardian: &'static str, ward: &'static str) {
    let entered = Entered { now: server.app.now(), reason: None };
    let fact = Fact::Resident(ResidentFact {
        code: ward.to_owned(),
        birth_date: Some(kangji_core::Day::new(2020, 5, 1).unwrap()),
        sex: None,
        communities: vec![(COMMUNITY.to_owned(), DayRange::ALWAYS)],
        guardians: vec![(guardian.to_owned(), DayRange::ALWAYS)],
        groups: Vec::new(),
    });
    server.app.ask(move |store| store.enter(vec![fact], entered).wait()).await.unwrap();
}

async fn codes_are_sent_to_whom_the_number_belongs(server: &Server, got: &mpsc::Receiver<String>) {
    let [known, shared, unknown] = ["13800138000", "13900139000", "13700137000"];
    let mother = server.resident("generated-1", COMMUNITY).await;
    is_guardian(server, "generated-1", "generated-2").await;
    let child = server.app.ask(|store| store.holder("generated-2")).await.unwrap().unwrap();
    let [one, other] = [
        server.resident("generated-3", COMMUNITY).await,
        server.resident("generated-4", COMMUNITY).await,
    ];
    for (id, phone) in [(mother, known), (child, known), (one, shared), (other, shared)] {
        has_phone(server, id, phone).await;
    }
    let answers = [
        text(server, unknown).await,
        text(server, shared).await,
        text(server, "+86 138-0013-8000").await,
    ];
    for answer in &answers {
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::ACCEPTED, ""));
    }
    let request = got.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(request.starts_with("post /send http/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nauthorization: bearer generated\r\n"), "{request}");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let sent: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&sent["phone"], &sent["minutes"]), (&known.into(), &10.into()));
    let signed = show(server, &sent["code"]).await;
    assert_eq!(signed.status, StatusCode::OK, "{signed:?}");
    let me = server.get(&signed.caller(), "/api/v1/me").await.json();
    assert_eq!(me["people"], json!([mother.to_string(), child.to_string()]));
    assert!(got.recv_timeout(Duration::from_millis(200)).is_err(), "nobody else gets one");
    for wrong in ["", "12345", "010-62221234", "+1 202 555 0100"] {
        assert_eq!(text(server, wrong).await.code(), "invalid", "{wrong}");
    }
    for phone in [unknown, known] {
        for _ in 0..4 {
            assert_eq!(text(server, phone).await.status, StatusCode::ACCEPTED, "{phone}");
        }
        assert_eq!(text(server, phone).await.code(), "too_many_attempts", "{phone}");
    }
}

#[test]
fn codes_are_sent_to_whom_the_number_belongs_on_sqlite() {
    let (settings, got) = gateway();
    crate::support::run(&Server::on_sqlite(&settings), async |server: &Server| {
        codes_are_sent_to_whom_the_number_belongs(server, &got).await;
    });
}

#[test]
fn codes_are_sent_to_whom_the_number_belongs_on_postgres() {
    let (settings, got) = gateway();
    crate::support::run(&Server::on_postgres(&settings), async |server: &Server| {
        codes_are_sent_to_whom_the_number_belongs(server, &got).await;
    });
}

pub(crate) fn cases() -> Vec<Case> {
    vec![Case {
        method: "post",
        path: "/api/v1/residents/{id}/sign-in-codes",
        request: "/api/v1/residents/{resident}/sign-in-codes".to_owned(),
        body: None,
        role: "clerk",
        other: "cadre",
        elsewhere: Some(StatusCode::NOT_FOUND),
    }]
}
