//! What runs by itself, on both engines.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use chrono::TimeDelta;
use hefu_app::{
    App, Ctx, IdempotencyKey,
    guest::{CreateGuest, GuestInput},
    ledger::JournalQuery,
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
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), running).await.unwrap().unwrap();
    }
}
