//! Background work, on both engines.
#![expect(clippy::unwrap_used, reason = "tests")]

use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use hefu_app::authz::{Action, Resource, ResourceKind};
use hefu_app::{
    Command, Context, IdempotencyKey, Unit,
    people::{guest::CreateGuest, profile::GuestInput},
    search::SearchQuery,
    setup::{PropertyInput, PutProperty},
};
use hefu_test_app::{JournalQuery, TestApp as _};
use hefu_test_kit::{TestDb, both_engines};
use tokio::sync::Notify;

fn guest(name: &str) -> CreateGuest {
    CreateGuest(GuestInput { full_name: name.into(), ..GuestInput::default() })
}

fn keyed(request: u8) -> Context {
    let idempotency = Some(IdempotencyKey { key: "click".into(), request: [request; 32] });
    Context { idempotency, ..Context::job("desk") }
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

/// Locks the property until it is told to stop, as a slow action does.
struct Keep {
    kept: Arc<Notify>,
    done: Arc<Notify>,
}

#[async_trait]
impl Command for Keep {
    const ACTION: Action = Action::HealthShow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> hefu_app::Result<()> {
        u.property("SH01").await?;
        self.kept.notify_one();
        self.done.notified().await;
        Ok(())
    }
}

both_engines! {
    async fn entries_are_placed_and_old_answers_forgotten(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(hefu_jobs::run(app.clone(), async move {
            let _ = stopped.await;
        }));
        app.execute(keyed(1), guest("孙一")).await.unwrap();
        app.execute(Context::job("desk"), guest("孙二")).await.unwrap();
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

        // What blocks the sequencer must not block anything else.
        db.tamper("INSERT INTO journal (id, at, actor, action, subject_kind, subject_id, commitment, log_index)
            SELECT subject_id, at, 'nobody', action, subject_kind, subject_id, commitment, 1000000000000 FROM journal WHERE log_index = 0").await;
        db.clock.advance(TimeDelta::hours(25));
        until(async || app.execute(keyed(3), guest("孙四")).await.is_ok()).await;
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), running).await.unwrap().unwrap();
    }

    /// An audit waits for writers in its property, and the journal for no audit. (The embedded engine has one writer: there both wait.)
    async fn a_due_date_is_closed_beside_the_journal(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let input = PropertyInput {
            name: "合符外滩".into(),
            name_en: "Hefu Bund".into(),
            time_zone: "Asia/Shanghai".into(),
            currency: "CNY".parse().unwrap(),
            business_date: Some("2026-10-03".parse().unwrap()),
            check_in_minute: Some(14 * 60),
            check_out_minute: Some(12 * 60),
            audit_minute: None,
            audit_automatic: None,
            overstay: None,
        };
        app.execute(Context::job("desk"), PutProperty { code: "SH01".into(), input, if_match: None }).await.unwrap();
        db.clock.set("2026-10-03T20:00:00Z".parse().unwrap());
        let date = async || app.property("SH01").await.unwrap().property.business_date.to_string();
        let (kept, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let keeping = (db.store.engine_name() == "postgres").then(|| {
            let (app, keep) = (app.clone(), Keep { kept: kept.clone(), done: done.clone() });
            tokio::spawn(async move { app.execute(Context::job("desk"), keep).await })
        });
        if keeping.is_some() {
            kept.notified().await;
        }
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(hefu_jobs::run(app.clone(), async move {
            let _ = stopped.await;
        }));
        if let Some(keeping) = keeping {
            // Until only the audit's last step is left, which waits.
            until(async || app.night_audits("SH01", 1).await.unwrap().first().is_some_and(|audit| audit.step.code() == "roll_date")).await;
            app.execute(Context::job("desk"), guest("孙五")).await.unwrap();
            let asked = JournalQuery { after: Some(-1), limit: 100, ..JournalQuery::default() };
            until(async || app.journal(&asked).await.unwrap().iter().any(|entry| entry.subject_kind == "guest" && entry.log_index.is_some())).await;
            assert_eq!(date().await, "2026-10-03");
            done.notify_one();
            keeping.await.unwrap().unwrap();
        }
        until(async || date().await == "2026-10-04").await;
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), running).await.unwrap().unwrap();
    }

    async fn guests_of_a_killed_import_are_found(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let input = GuestInput { full_name: "孙一".into(), phones: vec!["13900000001".into()], ..GuestInput::default() };
        app.execute(Context::job("import"), CreateGuest(input)).await.unwrap();
        let is_found = async || {
            let asked = SearchQuery { q: "13900000001".into(), limit: 10, ..SearchQuery::default() };
            !app.search(&asked).await.unwrap().guests.is_empty()
        };
        assert!(is_found().await);
        // As an interrupted import leaves it, before merging its tokens.
        let staged = "INSERT INTO token_staged SELECT token, guest_id FROM token; DELETE FROM token";
        db.tamper(staged).await;
        db.tamper("INSERT INTO import_run (id, map, digest, state, started_at, report, version)
            SELECT id, 'desk', '', 'running', at, '{}', 1 FROM journal").await;
        assert!(!is_found().await);

        // A running import is left alone.
        let now = app.merge_tokens_left_staged(Some(&[])).await.unwrap();
        assert!(!is_found().await);
        let earlier: Vec<_> = now.iter().map(|(run, version)| (*run, version - 1)).collect();
        app.merge_tokens_left_staged(Some(&earlier)).await.unwrap();
        assert!(!is_found().await);
        app.merge_tokens_left_staged(Some(&now)).await.unwrap();
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
        assert!(app.verify(None).await.unwrap().counts.keys().copied().eq(["row_unknown"]), "only the run is made up");
    }
}
