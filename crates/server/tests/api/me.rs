//! `/api/v1/me` and `/api/v1/sign-in/totp`

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::support::{Answer, Caller, PASSWORD, Server, on_both};

mod without {
    use super::*;

    on_both! {
        a_password_is_changed_and_every_session_ends;
        whoever_is_signed_in_learns_who_they_are;
    }

    async fn a_password_is_changed_and_every_session_ends(server: &Server) {
        let here = server.staff("nurse", &[("nurse", "510403")]).await;
        let there = server.sign_in("nurse", PASSWORD).await;
        let new = "generated-Red-Teapot-37";
        let change = async |old: &str, new: &str| {
            let body = json!({"old": old, "new": new});
            server.send(&here, "PUT", "/api/v1/me/password", Some(body)).await
        };
        assert_eq!(change("wrong", new).await.code(), "sign_in_failed");
        let weak = change(PASSWORD, "nurse2026").await;
        assert_eq!((weak.code(), weak.json()["place"].clone()), ("invalid".into(), "new".into()));
        let changed = change(PASSWORD, new).await;
        assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
        for old in [&here, &there] {
            assert_eq!(server.get(old, ME).await.code(), "not_signed_in");
        }
        assert_eq!(server.get(&changed.caller(), ME).await.status, StatusCode::OK);
        assert_eq!(attempt(server, "nurse", PASSWORD).await.code(), "sign_in_failed");
        server.sign_in("nurse", new).await;
    }

    async fn whoever_is_signed_in_learns_who_they_are(server: &Server) {
        let clerk = server.staff("clerk", &[("clerk", "510403")]).await;
        let me = server.get(&clerk, ME).await.json();
        let expected = json!({
            "kind": "staff", "id": crate::support::id_of("clerk").to_string(), "name": "clerk",
            "display_name": null, "next": "done", "second_factor": false, "people": [],
            "roles": [{"role": "clerk", "area": "510403", "institution": null}],
            "actions": [
                "residents:read", "residents:admit", "points:read", "orders:read", "orders:handle",
                "stock:read", "stock:write", "vouchers:issue", "vouchers:check",
            ],
            "csrf": clerk.csrf,
        });
        assert_eq!(me, expected);
        assert_eq!(server.get(&Caller::default(), ME).await.code(), "not_signed_in");
    }
}

on_both! {
    with "[sign_in]\nsecond_factor = true";
    staff_set_up_codes_before_anything_else;
    a_code_is_good_once;
    wrong_codes_make_everybody_wait;
    a_recovery_code_is_good_once;
    half_a_session_replaces_no_device;
    a_lost_device_is_forgotten_with_an_invitation;
    codes_can_be_ended;
}

const ME: &str = "/api/v1/me";
const TOTP: &str = "/api/v1/me/totp";
const FIGURES: &str = "/api/v1/metrics?area=510403&year=2026";

async fn attempt(server: &Server, name: &str, password: &str) -> Answer {
    let body = json!({"name": name, "password": password});
    server.send(&Caller::default(), "POST", "/api/v1/sign-in", Some(body)).await
}

/// The code that a device shows now.
pub(crate) fn shown(server: &Server, secret: &Value) -> String {
    let secret = Secret::try_from_base32(secret.as_str().unwrap()).unwrap();
    let seconds = u64::try_from(server.app.now().millis() / 1000).unwrap();
    let totp = Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    totp.generate(seconds).to_string()
}

async fn prove(server: &Server, half: &Caller, proof: Value) -> Answer {
    server.send(half, "POST", "/api/v1/sign-in/totp", Some(proof)).await
}

/// Sets codes up for somebody who has none: the secret, and the answer.
async fn set_up(server: &Server, half: &Caller) -> (Value, Answer) {
    let begun = server.send(half, "POST", TOTP, None).await;
    assert_eq!(begun.status, StatusCode::OK, "{begun:?}");
    let secret = begun.json()["secret"].clone();
    let body = json!({"code": shown(server, &secret)});
    (secret, server.send(half, "PUT", TOTP, Some(body)).await)
}

async fn nurse(server: &Server) -> (Value, Answer) {
    let half = server.staff("nurse", &[("nurse", "510403")]).await;
    let (secret, done) = set_up(server, &half).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    server.wait_millis(30_000);
    (secret, done)
}

async fn staff_set_up_codes_before_anything_else(server: &Server) {
    server.make_staff("nurse", &[("nurse", "510403")]).await;
    let signed = attempt(server, "nurse", PASSWORD).await;
    assert_eq!(signed.json()["next"], "set_up_totp");
    let half = signed.caller();
    let me = server.get(&half, ME).await.json();
    assert_eq!((&me["next"], &me["actions"]), (&"set_up_totp".into(), &json!([])));
    let body = json!({"old": PASSWORD, "new": "generated-Red-Teapot-37"});
    let elsewhere = [
        server.get(&half, FIGURES).await,
        server.send(&half, "PUT", "/api/v1/me/password", Some(body)).await,
        server.send(&half, "DELETE", TOTP, None).await,
        server.get(&half, "/api/v1/users").await,
    ];
    for answer in elsewhere {
        assert_eq!(answer.code(), "second_factor_needed", "{answer:?}");
    }
    let early = server.send(&half, "PUT", TOTP, Some(json!({"code": "123456"}))).await;
    assert_eq!(early.code(), "conflict", "nothing was begun");
    let begun = server.send(&half, "POST", TOTP, None).await.json();
    let address = begun["address"].as_str().unwrap();
    assert!(address.starts_with("otpauth://totp/Kangji:nurse?secret="), "{address}");
    let wrong = server.send(&half, "PUT", TOTP, Some(json!({"code": "000000"}))).await;
    assert_eq!(wrong.code(), "sign_in_failed");
    let code = shown(server, &begun["secret"]);
    let done = server.send(&half, "PUT", TOTP, Some(json!({"code": code}))).await;
    assert_eq!(done.json()["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(server.get(&half, ME).await.code(), "not_signed_in", "the old token is gone");
    assert_eq!(server.get(&done.caller(), FIGURES).await.status, StatusCode::OK);
    let used = attempt(server, "nurse", PASSWORD).await.caller();
    let replayed = prove(server, &used, json!({"code": code})).await;
    assert_eq!(replayed.code(), "sign_in_failed", "the code that confirmed was used");
}

async fn a_code_is_good_once(server: &Server) {
    let (secret, _) = nurse(server).await;
    let signed = attempt(server, "nurse", PASSWORD).await;
    assert_eq!(signed.json()["next"], "totp");
    let half = signed.caller();
    assert_eq!(server.get(&half, FIGURES).await.code(), "second_factor_needed");
    let code = json!({"code": shown(server, &secret)});
    let forged = Caller { csrf: None, ..half.clone() };
    assert_eq!(prove(server, &forged, code.clone()).await.code(), "csrf_token_missing");
    let full = prove(server, &half, code.clone()).await;
    assert_eq!((full.status, &full.json()["next"]), (StatusCode::OK, &"done".into()));
    assert_eq!(server.get(&half, ME).await.code(), "not_signed_in", "the old token is gone");
    assert_eq!(server.get(&full.caller(), FIGURES).await.status, StatusCode::OK);
    assert_eq!(prove(server, &full.caller(), code.clone()).await.code(), "conflict");
    let other = attempt(server, "nurse", PASSWORD).await.caller();
    assert_eq!(prove(server, &other, code).await.code(), "sign_in_failed", "replayed");
    server.wait_millis(30_000);
    let next = json!({"code": shown(server, &secret)});
    assert_eq!(prove(server, &other, next).await.status, StatusCode::OK);
}

async fn wrong_codes_make_everybody_wait(server: &Server) {
    let (secret, _) = nurse(server).await;
    let half = attempt(server, "nurse", PASSWORD).await.caller();
    let device = json!({"code": "12345"});
    let kept = json!({"recovery_code": "0000-0000-0000-0000"});
    for wrong in [&device, &kept, &device, &kept, &device] {
        assert_eq!(prove(server, &half, wrong.clone()).await.code(), "sign_in_failed");
    }
    let other = attempt(server, "nurse", PASSWORD).await.caller();
    let right = json!({"code": shown(server, &secret)});
    let blocked = prove(server, &other, right).await;
    assert_eq!(blocked.code(), "too_many_attempts", "in another session as well");
    assert_eq!(blocked.headers[header::RETRY_AFTER], "1");
}

async fn a_recovery_code_is_good_once(server: &Server) {
    let (_, done) = nurse(server).await;
    let codes = done.json()["recovery_codes"].clone();
    let half = attempt(server, "nurse", PASSWORD).await.caller();
    let typed = codes[3].as_str().unwrap().to_lowercase().replace('-', "");
    let full = prove(server, &half, json!({"recovery_code": typed})).await;
    assert_eq!(full.status, StatusCode::OK, "{full:?}");
    let half = attempt(server, "nurse", PASSWORD).await.caller();
    let again = prove(server, &half, json!({"recovery_code": codes[3]})).await;
    assert_eq!(again.code(), "sign_in_failed");
    let other = prove(server, &half, json!({"recovery_code": codes[4]})).await;
    assert_eq!(other.status, StatusCode::OK);
}

async fn half_a_session_replaces_no_device(server: &Server) {
    nurse(server).await;
    let half = attempt(server, "nurse", PASSWORD).await.caller();
    for (method, body) in [("POST", None), ("PUT", Some(json!({"code": "123456"})))] {
        let answer = server.send(&half, method, TOTP, body).await;
        assert_eq!(answer.code(), "second_factor_needed", "{method}");
    }
}

async fn a_lost_device_is_forgotten_with_an_invitation(server: &Server) {
    let (_, done) = nurse(server).await;
    let admin = server.staff("keeper", &[("security-admin", "")]).await;
    let (_, admin) = set_up(server, &admin).await;
    let path = format!("/api/v1/users/{}/invitation", crate::support::id_of("nurse"));
    let new = "generated-Red-Teapot-37";
    for (forget, next) in [(false, "totp"), (true, "set_up_totp")] {
        let body = json!({"forget_second_factor": forget});
        let invited = server.send(&admin.caller(), "POST", &path, Some(body)).await;
        let token = crate::invitations::token(&invited.json()["link"]);
        let accepted = crate::invitations::accept(server, &token, new).await;
        assert_eq!(accepted.status, StatusCode::NO_CONTENT, "{accepted:?}");
        assert_eq!(server.get(&done.caller(), ME).await.code(), "not_signed_in");
        assert_eq!(attempt(server, "nurse", new).await.json()["next"], next);
    }
    let half = attempt(server, "nurse", new).await.caller();
    let code = done.json()["recovery_codes"][0].clone();
    let old = prove(server, &half, json!({"recovery_code": code})).await;
    assert_eq!(old.code(), "sign_in_failed", "recovery codes went with the device");
}

async fn codes_can_be_ended(server: &Server) {
    let (_, done) = nurse(server).await;
    let ended = server.send(&done.caller(), "DELETE", TOTP, None).await;
    assert_eq!(ended.status, StatusCode::OK, "{ended:?}");
    assert_eq!(server.get(&done.caller(), ME).await.code(), "not_signed_in");
    assert_eq!(server.get(&ended.caller(), ME).await.json()["second_factor"], false);
    assert_eq!(attempt(server, "nurse", PASSWORD).await.json()["next"], "set_up_totp");
}
