//! The jobs that a server does by itself.

use std::sync::Arc;

use kangji_ledger::key::FileKey;
use kangji_server::{app::App, scheduler::Scheduler};
use kangji_store::{Actor, Session, Strength, outside};

use crate::support::{NOW, Server, on_both};

on_both! {
    one_of_two_works_and_the_other_takes_over;
    a_clock_that_is_put_back_stops_nobody;
    checkpoints_are_made_once_a_day_and_kept_outside;
    what_is_over_is_removed;
}

fn plain(app: &App) -> Scheduler {
    Scheduler::new(app.clone(), None, None)
}

/// Whether it was its turn.
fn works(scheduler: &mut Scheduler) -> bool {
    scheduler.turn().unwrap().is_some()
}

async fn one_of_two_works_and_the_other_takes_over(server: &Server) {
    let [mut one, mut other] = [0; 2].map(|_| plain(&server.app));
    // Each step: how much time goes by, and who is to work then.
    let steps = [(0, true), (100_000, true), (100_000, true), (119_999, true), (240_000, false)];
    for (millis, by_one) in steps {
        server.wait_millis(millis);
        (one, other) = server
            .app
            .blocking(move |_| {
                if by_one {
                    assert!(works(&mut one), "who holds the lease renews it");
                    assert!(!works(&mut other));
                } else {
                    assert!(works(&mut other), "a lease nobody renewed is taken over");
                    assert!(!works(&mut one));
                }
                Ok((one, other))
            })
            .await
            .unwrap();
    }
    let given_up = move |_: &App| {
        other.end();
        assert!(works(&mut one), "nobody waits for a lease that was given up");
        Ok(())
    };
    server.app.blocking(given_up).await.unwrap();
}

async fn a_clock_that_is_put_back_stops_nobody(server: &Server) {
    let [mut gone, mut other] = [0; 2].map(|_| plain(&server.app));
    gone = turn(server, gone, true).await;
    other = turn(server, other, false).await;
    server.wait_millis(-10_000);
    let other = turn(server, other, false).await;
    let gone = turn(server, gone, true).await;
    server.wait_millis(-86_400_000);
    let _other = turn(server, other, true).await;
    turn(server, gone, false).await;
}

async fn turn(server: &Server, mut scheduler: Scheduler, works_now: bool) -> Scheduler {
    let take = move |_: &App| {
        assert_eq!(works(&mut scheduler), works_now);
        Ok(scheduler)
    };
    server.app.blocking(take).await.unwrap()
}

async fn checkpoints_are_made_once_a_day_and_kept_outside(server: &Server) {
    let key = Arc::new(FileKey::generate(&[7; 32]).unwrap());
    let path = server.folder().join("checkpoints");
    let file = Some(path.clone());
    let mut scheduler = Scheduler::new(server.app.clone(), Some(key), file);
    for (millis, lines) in [(0, 1), (60_000, 1), (86_400_000, 2)] {
        server.wait_millis(millis);
        scheduler = turn(server, scheduler, true).await;
        assert_eq!(outside::read(&path).unwrap().len(), lines);
    }
    // Somebody was stopped before the line was kept: the next server to start catches up.
    std::fs::remove_file(&path).unwrap();
    scheduler = turn(server, scheduler, true).await;
    assert!(!path.exists());
    drop(turn(server, Scheduler::new(server.app.clone(), None, Some(path.clone())), false).await);
    let given_up = move |_: &App| {
        scheduler.end();
        Ok(())
    };
    server.app.blocking(given_up).await.unwrap();
    turn(server, Scheduler::new(server.app.clone(), None, Some(path.clone())), true).await;
    assert_eq!(outside::read(&path).unwrap().len(), 2);
}

async fn what_is_over_is_removed(server: &Server) {
    let session = |token: &str, ends_in: i64| Session {
        token: kangji_server::token::hash(token),
        principal: Actor::Resident(kangji_core::ids::HolderId::from_bytes([1; 16])),
        scopes: Default::default(),
        strength: Strength::Full,
        started_at: NOW,
        used_at: NOW,
        ends_at: NOW.plus_millis(ends_in),
    };
    let [over, there] = [session("over", 1_000), session("there", 9_000_000_000)];
    let tokens = [over.token, there.token];
    let begin = move |app: &App| {
        app.store().start_session(over, None).wait()?;
        Ok(app.store().start_session(there, None).wait()?)
    };
    server.app.blocking(begin).await.unwrap();
    let found = async || {
        let today = server.app.now().day();
        let read = move |app: &App| {
            Ok(tokens.map(|token| app.store().signed_in(token, today).unwrap().is_some()))
        };
        server.app.blocking(read).await.unwrap()
    };
    server.wait_millis(2_000);
    let scheduler = turn(server, plain(&server.app), true).await;
    assert_eq!(found().await, [false, true]);
    server.wait_millis(31 * 86_400_000);
    turn(server, scheduler, true).await;
    assert_eq!(found().await, [false, false], "who stayed away for a resident's time is gone");
}
