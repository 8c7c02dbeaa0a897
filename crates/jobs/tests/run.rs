//! What runs by itself, on both engines.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use chrono::TimeDelta;
use hefu_app::{
    App, Ctx, IdempotencyKey,
    guest::{CreateGuest, GuestInput},
    ledger::JournalQuery,
    search::SearchQuery,
};
use hefu_test_kit::{TestDb, both_engines};

fn guest(name: &str) -> CreateGuest {
    CreateGuest(GuestInput { full_name: name.into(), ..GuestInput::default() })
}

fn keyed(request: u8) -> Ctx {
    let idempotency = Some(IdempotencyKey { key: "click".into(), request: [request; 32] });
    Ctx { idempotency, ..Ctx::of("desk") }
}

/// Waits until `check` holds, a few seconds at most.
async fn until(mut check: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not come to pass");
}

both_engines! {
    async fn entries_are_placed_and_old_answers_forgotten(db: TestDb) {
        let app = App::new(db.store.clone(), db.clock.clone());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(hefu_jobs::run(app.clone(), async move {
            let _ = stopped.await;
        }));
        app.execute(keyed(1), guest("孙一")).await.unwrap();
        app.execute(Ctx::of("desk"), guest("孙二")).await.unwrap();
        let placed = async || {
            let asked = JournalQuery { after: Some(-1), limit: 10, ..JournalQuery::default() };
            app.journal(&asked).await.unwrap().iter().filter_map(|entry| entry.log_index).collect::<Vec<_>>()
        };
        until(async || placed().await.len() == 2).await;
        assert_eq!(placed().await, [0, 1]);

        let reused = app.execute(keyed(2), guest("孙三")).await.unwrap_err();
        assert_eq!(reused.code(), "idempotency_key_reused");
        db.clock.advance(TimeDelta::hours(25));
        until(async || app.execute(keyed(2), guest("孙三")).await.is_ok()).await;

        // What stands in the sequencer's way keeps nothing else from being done.
        db.tamper("INSERT INTO journal (id, at, actor, action, subject_kind, subject_id, commitment, log_index)
            SELECT subject_id, at, 'nobody', action, subject_kind, subject_id, commitment, 1000000000000 FROM journal WHERE log_index = 0").await;
        db.clock.advance(TimeDelta::hours(25));
        until(async || app.execute(keyed(3), guest("孙四")).await.is_ok()).await;
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), running).await.unwrap().unwrap();
    }

    async fn guests_of_a_killed_import_are_found(db: TestDb) {
        let app = App::new(db.store.clone(), db.clock.clone());
        let input = GuestInput { full_name: "孙一".into(), phones: vec!["13900000001".into()], ..GuestInput::default() };
        app.execute(Ctx::of("import"), CreateGuest(input)).await.unwrap();
        let is_found = async || {
            let asked = SearchQuery { q: "13900000001".into(), limit: 10, ..SearchQuery::default() };
            !app.search(&asked).await.unwrap().guests.is_empty()
        };
        assert!(is_found().await);
        // As an import leaves it that has not come to sort in its tokens.
        let staged = "INSERT INTO token_staged SELECT token, guest_id FROM token; DELETE FROM token";
        db.tamper(staged).await;
        db.tamper("INSERT INTO import_run (id, map, digest, state, started_at, report, version)
            SELECT id, 'desk', '', 'running', at, '{}', 1 FROM journal").await;
        assert!(!is_found().await);

        // One that is at work is left to it.
        let now = app.sort_in_left(Some(&[])).await.unwrap();
        assert!(!is_found().await);
        let earlier: Vec<_> = now.iter().map(|(run, version)| (*run, version - 1)).collect();
        app.sort_in_left(Some(&earlier)).await.unwrap();
        assert!(!is_found().await);
        app.sort_in_left(Some(&now)).await.unwrap();
        assert!(is_found().await);

        db.tamper(staged).await;
        assert!(!is_found().await);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(hefu_jobs::run(app.clone(), async move {
            let _ = stopped.await;
        }));
        until(&is_found).await;
        // And whenever one is killed later.
        db.tamper(staged).await;
        db.clock.advance(TimeDelta::minutes(1));
        until(&is_found).await;
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), running).await.unwrap().unwrap();
        assert!(app.verify(None, &mut |_, _| ()).await.unwrap().counts.keys().copied().eq(["row_unknown"]), "only the run is made up");
    }
}
