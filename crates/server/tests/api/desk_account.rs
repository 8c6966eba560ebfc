//! The pages of staff about themselves: `/account`, `/account/second-factor`, `/invitation`

use axum::http::{StatusCode, header};
use kangji_server::first_administrator;

use crate::support::{Answer, Caller, PASSWORD, Server, on_both};

on_both! {
    staff_see_who_they_are_and_change_their_password;
    an_invitation_leads_to_a_page_that_sets_the_password;
}

mod asked {
    use crate::support::on_both;

    use super::a_second_factor_is_set_up_on_its_page;

    on_both! { with "[sign_in]\nsecond_factor = true\n"; a_second_factor_is_set_up_on_its_page; }
}

const NEW: &str = "generated-Red-Teapot-37";

fn contains(page: &Answer, all: &[&str]) {
    for one in all {
        assert!(page.text.contains(one), "{one} is not in {}", page.text);
    }
}

async fn staff_see_who_they_are_and_change_their_password(server: &Server) {
    let nurse = server.staff("nurse", &[("nurse", "510403"), ("cadre", "")]).await;
    let nobody = server.page(&Caller::default(), "/account").await;
    assert_eq!(nobody.headers[header::LOCATION], "/sign-in?to=%2Faccount");
    let shown = server.page(&nurse, "/account").await;
    contains(&shown, &["护士（区划 510403）", "村（社区）干部（全部区划）", "nurse", "更换密码"]);
    let resident = server.villager("generated-1").await;
    let resident = server.as_resident(resident).await;
    assert_eq!(server.page(&resident, "/account").await.headers[header::LOCATION], "/my/account");
    let send = async |caller: &Caller, old: &str, new: &str, again: &str| {
        let fields = [("old", old), ("new", new), ("again", again)];
        server.submit(caller, "/account/password", &fields).await
    };
    let forged = Caller { csrf: None, ..nurse.clone() };
    assert_eq!(send(&forged, PASSWORD, NEW, NEW).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(&resident, PASSWORD, NEW, NEW).await.status, StatusCode::FORBIDDEN);
    let wrong = [
        ("wrong", NEW, NEW, "现在的密码不对", "old"),
        (PASSWORD, NEW, "other", "两次输入的新密码不一样", "again"),
        (PASSWORD, "password123", "password123", "", "new"),
    ];
    for (old, new, again, says, place) in wrong {
        let answer = send(&nurse, old, new, again).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{place}");
        contains(&answer, &[says, &format!("href=\"#f-{place}\"")]);
        assert!(!answer.text.contains(NEW), "what was typed is not sent back");
    }
    let done = send(&nurse, PASSWORD, NEW, NEW).await;
    assert_eq!(done.headers[header::LOCATION], "/account?done=password");
    assert!(done.cookie().contains("kangji="));
    assert_eq!(server.page(&nurse, "/account").await.status, StatusCode::SEE_OTHER);
    server.sign_in("nurse", NEW).await;
}

async fn an_invitation_leads_to_a_page_that_sets_the_password(server: &Server) {
    let link = server.app.blocking(first_administrator).await.unwrap().unwrap();
    let (page, token) = link.split_once('#').unwrap();
    let path = page.strip_prefix("http://127.0.0.1:8080").unwrap();
    let nobody = Caller::default();
    let form = server.page(&nobody, path).await;
    assert_eq!(form.status, StatusCode::OK);
    contains(&form, &["data-from-hash", "name=\"token\"", "action=\"/invitation\""]);
    let send = async |token: &str, password: &str, again: &str| {
        let fields = [("token", token), ("password", password), ("again", again)];
        server.submit(&nobody, "/invitation", &fields).await
    };
    let script = "<script>alert(1)</script>";
    for (token, password, again, place) in [
        (token, NEW, "other", "again"),
        (token, "password123", "password123", "password"),
        (script, NEW, NEW, "token"),
    ] {
        let answer = send(token, password, again).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{place}");
        contains(&answer, &[&format!("href=\"#f-{place}\"")]);
        assert!(!answer.text.contains(script));
    }
    contains(&send(token, NEW, NEW).await, &["密码已设置", "href=\"/sign-in\""]);
    server.sign_in("admin", NEW).await;
    assert_eq!(send(token, NEW, NEW).await.status, StatusCode::UNPROCESSABLE_ENTITY, "once");
}

async fn a_second_factor_is_set_up_on_its_page(server: &Server) {
    server.make_staff("nurse", &[("nurse", "510403")]).await;
    let half = server.sign_in("nurse", PASSWORD).await;
    let path = "/account/second-factor";
    let nobody = server.page(&Caller::default(), path).await;
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
    contains(&server.page(&half, path).await, &["开始设置", "action=\"/account/second-factor\""]);
    for form in [path.to_owned(), format!("{path}/confirm"), format!("{path}/end")] {
        let forged = Caller { csrf: None, ..half.clone() };
        let forged = server.submit(&forged, &form, &[]).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{form}");
        let nobody = server.submit(&Caller::default(), &form, &[]).await;
        assert!([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&nobody.status));
    }
    let ended = server.submit(&half, &format!("{path}/end"), &[]).await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED, "half a session ends nothing");
    let begun = server.submit(&half, path, &[]).await;
    contains(&begun, &["<svg class=\"qr\"", "手动输入密钥", "autofocus"]);
    let (_, secret) = begun.text.split_once("class=\"code\">").unwrap();
    let secret: String =
        secret.chars().take_while(|one| *one != '<').filter(|one| *one != ' ').collect();
    let confirm = format!("{path}/confirm");
    let wrong = server.submit(&half, &confirm, &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    contains(&wrong, &["验证码不对", "重新扫码"]);
    let code = crate::me::shown(server, &secret.into());
    let done = server.submit(&half, &confirm, &[("code", &code)]).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    contains(&done, &["恢复码", "data-print"]);
    assert_eq!(done.text.matches("<li>").count(), 10);
    let cookie = done.cookie().split(';').next().unwrap().to_owned();
    let full = Caller { cookie: Some(cookie), csrf: None, bearer: None };
    let account = server.page(&full, "/account").await;
    contains(&account, &["已启用", "换一台设备"]);
    assert!(!account.text.contains("停用"), "where everybody has to have one, nobody ends theirs");
}
