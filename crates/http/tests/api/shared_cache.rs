//! Two servers over the same records with a cache in Redis, on both engines: never stale on the server that wrote, and
//! soon not on the other.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::common::{Server, booking};
use hefu_app::{
    App, AppError,
    record::RecordCache,
    shared::SharedCache,
    visit::{action::OnVisit, change::ChangeReservation},
};
use hefu_store::Store;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

fn redis() -> String {
    std::env::var("HEFU_TEST_REDIS").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned())
}

fn cache(store: &Store, url: &str) -> Arc<SharedCache> {
    Arc::new(SharedCache::new(url, store.vault().clone()).unwrap())
}

async fn sharing(db: TestDb, url: &str) -> Server {
    let cache = cache(&db.store, url);
    Server::sharing(db, Some(cache)).await
}

/// Another server over the same records.
async fn other(db: &TestDb, url: &str) -> App {
    let store = db.another_store().await;
    let shared = Some(cache(&store, url));
    hefu_app::open(store, db.clock.clone(), hefu_app::Options { shared, ..hefu_app::Options::default() })
}

fn hits_of(app: &App) -> u64 {
    app.service::<RecordCache>().shared().unwrap().hits()
}

async fn segment(app: &App, number: &str) -> Value {
    let json = app.visit_json(number, None).await.unwrap().json;
    serde_json::from_slice::<Value>(&json).unwrap()["booking"]["reservation"]["segment"].clone()
}

both_engines! {
    async fn servers_share_what_one_has_rendered(db: TestDb) {
        let s = sharing(db, &redis()).await;
        // The embedded engine has one writer, so the other server only reads.
        let other = other(&s.db, &redis()).await;
        let number = s.book("DBL", "2026-10-04", "2026-10-06").await;
        let path = format!("/api/v1/visits/{number}");
        let (mut most, mut from_redis) = (Duration::ZERO, 0);
        for i in 1..=8 {
            let wanted = json!(format!("segment-{i}"));
            s.post(&format!("{path}/change"), json!({ "segment": wanted })).await;
            let began = Instant::now();
            // On the server that wrote: at once.
            assert_eq!(s.get(&path).await["booking"]["reservation"]["segment"], wanted);
            // On the other: as soon as what it has in its own memory has run out.
            let hits = hits_of(&other);
            while segment(&other, &number).await != wanted {
                assert!(began.elapsed() < Duration::from_secs(5), "the other server does not see it");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            from_redis += hits_of(&other) - hits;
            most = most.max(began.elapsed());
        }
        assert!(from_redis > 0, "the other server found nothing that this one had rendered");
        // A second in memory, and what a busy machine adds.
        assert!(most < Duration::from_secs(3), "{most:?}");
        other.store().clone().close().await;
    }

    async fn a_read_after_an_answered_write_is_never_stale(db: TestDb) {
        let s = sharing(db, &redis()).await;
        let number = s.book("DBL", "2026-10-04", "2026-10-06").await;
        let path = format!("/api/v1/visits/{number}");
        let other = other(&s.db, &redis()).await;
        let write = async {
            for i in 1..=25 {
                let wanted = json!(format!("segment-{i}"));
                s.post(&format!("{path}/change"), json!({ "segment": wanted })).await;
                assert_eq!(s.get(&path).await["booking"]["reservation"]["segment"], wanted);
                s.app.sequence().await.unwrap();
            }
        };
        // Readers fill both caches all the while, here and on the other server.
        let here = async {
            for _ in 0..300 {
                s.get(&path).await;
            }
        };
        let there = async {
            for _ in 0..300 {
                segment(&other, &number).await;
            }
        };
        futures_util::future::join3(write, here, there).await;
        other.store().clone().close().await;
    }

    async fn an_outside_number_is_not_shared(db: TestDb) {
        let s = sharing(db, &redis()).await;
        let other = other(&s.db, &redis()).await;
        let book = async |system: &str| {
            let mut body = booking("DBL", "2026-10-04", "2026-10-06");
            body["numbers"] = json!([{ "system": system, "number": "BK77" }]);
            s.post("/api/v1/reservations", body).await["number"].as_str().unwrap().to_owned()
        };
        let one = book("ctrip").await;
        s.get("/api/v1/visits/BK77").await;
        let two = book("meituan").await;
        let answer = other.visit_json("BK77", None).await;
        // Of one property: whoever asks is told which visits there are.
        let Err(AppError::Ambiguous { properties, mut visits }) = answer else { panic!("{answer:?}") };
        visits.sort_unstable();
        let mut expected = [one, two];
        expected.sort_unstable();
        assert_eq!((properties, visits), (vec!["SH01".to_owned()], expected.to_vec()));
        other.store().clone().close().await;
    }

    async fn what_nobody_told_redis_of_its_follower_of_the_journal_does(db: TestDb) {
        let s = sharing(db, &redis()).await;
        let number = s.book("DBL", "2026-10-04", "2026-10-06").await;
        let path = format!("/api/v1/visits/{number}");
        s.post(&format!("{path}/change"), json!({ "segment": "leisure" })).await;
        let cache = s.app.service::<RecordCache>().shared().unwrap().clone();
        let follow = async || {
            s.app.sequence().await.unwrap();
            while s.app.follow(&cache).await.unwrap() {}
        };
        follow().await;
        s.get(&path).await;
        // A server that commits and dies before it can tell Redis.
        let store = s.db.another_store().await;
        let dead = hefu_app::open(store, s.db.clock.clone(), hefu_app::Options::default());
        let action = ChangeReservation { segment: Some("business".into()), ..ChangeReservation::default() };
        let change = OnVisit { number: number.clone(), if_match: None, if_revision: None, action };
        dead.execute(hefu_test_app::context(), change).await.unwrap();
        dead.close().await;
        follow().await;
        // Another, with nothing in its own memory.
        let other = other(&s.db, &redis()).await;
        assert_eq!(segment(&other, &number).await, "business");
        // The follower's cursor stays where Redis cannot be told.
        s.post(&format!("{path}/change"), json!({ "segment": "groups" })).await;
        s.app.sequence().await.unwrap();
        let deaf = self::cache(&s.db.store, "redis://127.0.0.1:1");
        assert_eq!(s.app.follow(&deaf).await.unwrap_err().code(), "storage_unreachable");
        assert!(!s.app.follow(&cache).await.unwrap());
        other.close().await;
    }

    async fn nothing_needs_redis(db: TestDb) {
        // Nobody listens there.
        let s = sharing(db, "redis://127.0.0.1:1").await;
        let number = s.book("DBL", "2026-10-04", "2026-10-06").await;
        let path = format!("/api/v1/visits/{number}");
        s.post(&format!("{path}/change"), json!({ "segment": "leisure" })).await;
        assert_eq!(s.get(&path).await["booking"]["reservation"]["segment"], "leisure");
        assert_eq!(hits_of(&s.app), 0);
        assert!(SharedCache::new("http://x", s.db.store.vault().clone()).is_err());
        let refused = s.refused("/api/v1/reservations", booking("NONE", "2026-10-04", "2026-10-05")).await;
        assert_eq!(refused.0, 404);
    }
}
