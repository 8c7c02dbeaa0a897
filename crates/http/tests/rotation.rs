//! Keys are rotated while guests book and desks search.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use common::{Server, booking};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

fn phone(i: u64) -> String {
    format!("136{:08}", 20_000_000 + i)
}

async fn book(s: &Server, i: u64) {
    let mut body = booking("DBL", "2026-10-03", "2026-10-04");
    let day = chrono::NaiveDate::from_ymd_opt(2027, 1, 1).unwrap() + chrono::Days::new(i / 4);
    body["rooms"][0]["arrival"] = json!(day);
    body["rooms"][0]["departure"] = json!(day + chrono::Days::new(1));
    body["guest"]["profile"] = json!({ "full_name": format!("孙{i}"), "phones": [phone(i)] });
    s.post("/api/v1/reservations", body).await;
}

/// The database of a server that is gone with everything else that holds the store.
fn only_db(s: Server) -> TestDb {
    s.db
}

async fn is_found(s: &Server, i: u64) -> bool {
    let found = s.get(&format!("/api/v1/search?q={}", phone(i))).await;
    found["guests"].as_array().unwrap().len() == 1 && found["visits"].as_array().unwrap().len() == 1
}

both_engines! {
    async fn every_guest_is_found_at_every_moment(db: TestDb) {
        let s = Server::new(db).await;
        for i in 0..120 {
            book(&s, i).await;
        }
        let vault = s.app.store().vault().clone();
        let mut ring = s.db.ring();
        assert_eq!(ring.rotate(&*vault.rng), 2);
        ring.save(&s.db.key_file()).unwrap();
        vault.replace_ring(ring);

        let (booked, done) = (AtomicU64::new(120), AtomicBool::new(false));
        let rotation = async {
            let reports = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
            let told = reports.clone();
            let report = s.app.rotate_keys(move |progress| told.lock().unwrap().push(progress)).await.unwrap();
            done.store(true, Relaxed);
            let reports = reports.lock().unwrap().clone();
            (report, reports)
        };
        let bookings = async {
            while !done.load(Relaxed) {
                book(&s, booked.load(Relaxed)).await;
                booked.fetch_add(1, Relaxed);
            }
        };
        let searches = async {
            let mut searched = 0;
            while !done.load(Relaxed) {
                let i = searched * 37 % booked.load(Relaxed);
                assert!(is_found(&s, i).await, "guest {i}");
                searched += 1;
            }
            searched
        };
        let ((report, progress), (), searched) =
            futures_util::future::join3(rotation, bookings, searches).await;
        assert!(searched > 10, "{searched} searches");
        assert_eq!(report.version, 2);
        assert!(report.reindexed >= 120 && report.rewrapped >= 120, "{report:?}");
        assert_eq!(progress.last().map(|p| (p.rewrapped, p.reindexed)), Some((report.rewrapped, report.reindexed)));
        let again = s.app.rotate_keys(|_| ()).await.unwrap();
        assert_eq!((again.rewrapped, again.reindexed), (0, 0), "nothing is behind");
        assert!(s.app.sequence().await.unwrap() > 0);
        let journal = s.get("/api/v1/journal?limit=500").await.to_string();
        assert!(journal.contains("keys.rewrap") && journal.contains("keys.reindex"));

        // The former version is retired; everything is found and opens, also after a new start.
        let mut ring = s.db.ring();
        ring.retire(1).unwrap();
        assert_eq!(ring.live(), [2]);
        ring.save(&s.db.key_file()).unwrap();
        vault.replace_ring(ring);
        let booked = booked.load(Relaxed);
        for i in 0..booked {
            assert!(is_found(&s, i).await, "guest {i}");
        }
        let db = only_db(s).reopen().await;
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        for i in [0, 60, booked - 1] {
            let query = hefu_app::search::SearchQuery { q: phone(i), limit: 5, ..Default::default() };
            let found = app.search(&query).await.unwrap();
            assert_eq!(found.guests[0].name, format!("孙{i}"));
        }
    }
}
