//! `/api/v1/tasks`, and their pages: only whoever asked sees a task, stops it and has it go on.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{
    schemes::publish,
    simulations::{asked, attended},
    support::{COMMUNITY, Caller, Server, on_both},
};

on_both! {
    one_sees_ones_own_tasks_only;
    a_task_is_stopped_and_goes_on;
    the_pages_tell_how_far_it_is;
}

/// Addresses that are everybody's of the staff, who see their own there: tested here.
pub(crate) const TESTED: [(&str, &str); 4] = [
    ("get", "/api/v1/tasks"),
    ("get", "/api/v1/tasks/{id}"),
    ("post", "/api/v1/tasks/{id}"),
    ("get", "/api/v1/tasks/{id}/files/{name}"),
];

const PATH: &str = "/api/v1/tasks";

async fn officer(server: &Server, name: &str) -> Caller {
    server.staff(name, &[("officer", "510403")]).await
}

async fn step(server: &Server, who: &Caller, path: &str, step: &str) -> (StatusCode, Value) {
    let answer = server.send(who, "POST", path, Some(json!({"step": step}))).await;
    (answer.status, answer.json()["state"].clone())
}

async fn one_sees_ones_own_tasks_only(server: &Server) {
    publish(server).await;
    let (one, other) = (officer(server, "one").await, officer(server, "other").await);
    let resident = server.resident("generated-1", COMMUNITY).await;
    let resident = server.as_resident(resident).await;
    let first = asked(server, &one).await;
    server.wait_millis(10);
    let second = asked(server, &one).await;
    attended(server).await;

    let path = format!("{PATH}/{second}");
    let file = format!("{path}/files/simulation.csv");
    for (address, own) in [(PATH, &one), (path.as_str(), &one), (file.as_str(), &one)] {
        let status = async |who: &Caller| server.get(who, address).await.status;
        assert_eq!(status(&Caller::default()).await, StatusCode::UNAUTHORIZED, "{address}");
        assert_eq!(status(&resident).await, StatusCode::FORBIDDEN, "{address}");
        assert_eq!(status(own).await, StatusCode::OK, "{address}");
    }
    for address in [&path, &file] {
        assert_eq!(server.get(&other, address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    let none = server.get(&one, &format!("{path}/files/simulation.json")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "only what it gives is given");
    for who in [&other, &resident, &Caller::default()] {
        let (status, _) = step(server, who, &path, "stop").await;
        assert!([401, 403, 404].contains(&status.as_u16()), "{status}");
    }
    assert_eq!(server.get(&other, PATH).await.json()["items"], json!([]));
    let page = server.get(&one, &format!("{PATH}?limit=1")).await.json();
    assert_eq!(page["items"][0]["id"], second.as_str(), "the last one first");
    let next = page["next"].as_str().unwrap();
    let page = server.get(&one, &format!("{PATH}?before={next}")).await.json();
    assert_eq!((&page["items"][0]["id"], &page["next"]), (&json!(first), &Value::Null));
    assert_eq!(page["items"][0]["files"], json!(["simulation.xlsx", "simulation.csv"]));
    for wrong in ["before=x", "limit=0", "limit=201"] {
        let answer = server.get(&one, &format!("{PATH}?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

async fn a_task_is_stopped_and_goes_on(server: &Server) {
    publish(server).await;
    let one = officer(server, "one").await;
    let path = format!("{PATH}/{}", asked(server, &one).await);
    assert_eq!(step(server, &one, &path, "stop").await, (StatusCode::OK, json!("stopped")));
    attended(server).await;
    let stopped = server.get(&one, &path).await.json();
    assert_eq!((&stopped["state"], &stopped["message"]), (&json!("stopped"), &json!("")));
    assert_eq!(step(server, &one, &path, "resume").await, (StatusCode::OK, json!("waiting")));
    attended(server).await;
    assert_eq!(server.get(&one, &path).await.json()["state"], "done");
    let (status, _) = step(server, &one, &path, "stop").await;
    assert_eq!(status, StatusCode::CONFLICT, "what is over is not stopped");
    let (status, _) = step(server, &one, &path, "resume").await;
    assert_eq!(status, StatusCode::CONFLICT);

    // Whoever may no longer do it does not get it done.
    let path = format!("{PATH}/{}", asked(server, &one).await);
    server.make_staff("one", &[("nurse", "510403")]).await;
    attended(server).await;
    let one = server.sign_in("one", crate::support::PASSWORD).await;
    let failed = server.get(&one, &path).await.json();
    assert_eq!(failed["state"], "failed", "{failed}");
    assert!(failed["message"].as_str().unwrap().contains("没有权限"), "{failed}");
}

async fn the_pages_tell_how_far_it_is(server: &Server) {
    publish(server).await;
    let one = officer(server, "one").await;
    let page = format!("/tasks/{}", asked(server, &one).await);
    let waiting = server.page(&one, &page).await;
    assert!(waiting.headers.contains_key("refresh"), "it looks again by itself");
    let stopped = server.submit(&one, &page, &[("step", "stop")]).await;
    assert_eq!(stopped.on(), page);
    let stopped = server.page(&one, &page).await;
    assert!(!stopped.headers.contains_key("refresh") && stopped.text.contains("已停止"));
    server.submit(&one, &page, &[("step", "resume")]).await;
    attended(server).await;
    let done = server.page(&one, &page).await;
    assert!(done.text.contains("已完成") && done.text.contains("simulation.xlsx"), "{done:?}");
    assert!(server.page(&one, "/tasks").await.text.contains(&page));
    let wrong = server.submit(&one, &page, &[("step", "begin")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

    let file = format!("{page}/files/simulation.csv");
    let given = server.page(&one, &file).await;
    assert_eq!(
        given.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"simulation.csv\""
    );
    assert_eq!(server.page(&Caller::default(), &file).await.status, StatusCode::SEE_OTHER);
    let other = officer(server, "other").await;
    assert_eq!(server.page(&other, &file).await.status, StatusCode::NOT_FOUND);
}
