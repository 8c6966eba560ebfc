//! Looking things up: many at once, what another server changed, and readings that go wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{available_parallelism, sleep},
    time::Duration,
};

use axum::{
    extract::FromRequestParts,
    http::{Request, StatusCode},
};
use kangji_rights::Action;
use kangji_server::{problem::Problem, signed::Signed};
use kangji_store::{Actor, AuditQuery, Subject};

use crate::support::{Server, id_of, on_both, run};

on_both! {
    many_take_turns;
    a_reading_that_panics_stands_in_the_log;
}

const FIGURES: &str = "/api/v1/metrics?area=510403&year=2026";

async fn many_take_turns(server: &Server) {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let look = |_| {
        let (app, now, most) = (server.app.clone(), Arc::clone(&now), Arc::clone(&most));
        tokio::spawn(async move {
            let read = move |store: &kangji_store::Store| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(Duration::from_millis(1));
                let schemes = store.schemes();
                now.fetch_sub(1, Ordering::SeqCst);
                schemes
            };
            app.ask(read).await
        })
    };
    let all: Vec<_> = (0..200).map(look).collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    let most = most.load(Ordering::SeqCst);
    assert!((2..=4 * available_parallelism().unwrap().get()).contains(&most), "{most} at once");
}

async fn a_reading_that_panics_stands_in_the_log(server: &Server) {
    let nurse = server.staff("nurse", &[("nurse", "510403")]).await;
    let request = Request::get("/").header("cookie", nurse.cookie.unwrap()).body(()).unwrap();
    let mut parts = request.into_parts().0;
    let who = <Signed as FromRequestParts<_>>::from_request_parts(&mut parts, &server.app);
    let who = who.await.unwrap();
    let read = |_: &_, _: &_| -> Result<(), Problem> { panic!("generated") };
    let read = server.app.reading(&who, Action::MetricsRead, Subject::None, read).await;
    assert_eq!(read.unwrap_err().code.status(), StatusCode::INTERNAL_SERVER_ERROR);
    crate::audit::written(server).await;
    let query = AuditQuery {
        actor: Some(Actor::Staff(id_of("nurse"))),
        limit: 10,
        ..AuditQuery::default()
    };
    let lines = server.app.ask(move |store| store.audit(&query)).await.unwrap();
    let results: Vec<_> = lines.iter().map(|line| (&*line.deed.action, &*line.result)).collect();
    assert!(results.contains(&("metrics:read", "internal")), "{results:?}");
}

/// Nobody waits for a time to pass: the next request already is refused, on every server.
async fn what_one_server_takes_away_no_other_gives(server: &Server, other: &Server) {
    let keeper = server.staff("keeper", &[("security-admin", "")]).await;
    let nurse = server.staff("nurse", &[("nurse", "510403")]).await;
    assert_eq!(other.get(&nurse, FIGURES).await.status, StatusCode::OK);
    let address = format!("/api/v1/users/{}", id_of("nurse"));
    let none = Some(serde_json::json!([]));
    let taken = server.send(&keeper, "PUT", &format!("{address}/grants"), none).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT, "{taken:?}");
    assert_eq!(other.get(&nurse, FIGURES).await.code(), "forbidden");
    let ended = server.send(&keeper, "DELETE", &format!("{address}/sessions"), None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT, "{ended:?}");
    assert_eq!(other.get(&nurse, FIGURES).await.code(), "not_signed_in");
}

mod what_one_server_takes_away_no_other_gives {
    use super::{Server, run};

    fn on(server: &Server) {
        let other = server.beside();
        run(server, async |server: &Server| {
            super::what_one_server_takes_away_no_other_gives(server, &other).await;
        });
    }

    #[test]
    fn on_sqlite() {
        on(&Server::on_sqlite(""));
    }

    #[test]
    fn on_postgres() {
        on(&Server::on_postgres(""));
    }
}
