//! Keys are rotated while guests book and desks search.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::common::{Server, booking};
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
        let visits = s.get("/api/v1/reservations?property=SH01&limit=50").await["items"].clone();
        let noted = |i: usize| visits[i]["number"].as_str().unwrap().replace('-', "");
        for i in 0..30 {
            let note = json!({ "kind": "note", "text": format!("flight MU{}", 7_000 + i) });
            s.post(&format!("/api/v1/visits/{}/notes", noted(i)), note).await;
        }
        let is_noted = async |i: usize| {
            let found = s.get(&format!("/api/v1/search?q=MU{}", 7_000 + i)).await;
            found["visits"].as_array().unwrap().len() == 1 && found["visits"][0]["number"].as_str().unwrap().replace('-', "") == noted(i)
        };
        let vault = s.app.store().vault().clone();
        let mut ring = s.db.ring();
        assert_eq!(ring.rotate(&*vault.rng), 2);
        ring.save(&s.db.key_file()).unwrap();
        s.app.use_ring(ring).await.unwrap();

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
                assert!(is_noted((searched % 30) as usize).await, "note {searched}");
                searched += 1;
            }
            searched
        };
        let ((report, progress), (), searched) =
            futures_util::future::join3(rotation, bookings, searches).await;
        assert!(searched > 10, "{searched} searches");
        assert_eq!(report.version, 2);
        assert!(report.reindexed >= 150 && report.rewrapped >= 120, "{report:?}");
        assert_eq!(progress.last().map(|p| (p.rewrapped, p.reindexed)), Some((report.rewrapped, report.reindexed)));
        let again = s.app.rotate_keys(|_| ()).await.unwrap();
        assert_eq!((again.rewrapped, again.reindexed), (0, 0), "nothing is behind");
        assert!(s.app.sequence().await.unwrap() > 0);
        let journal = s.get("/api/v1/journal?limit=500").await.to_string();
        assert!(["keys.rewrap", "keys.reindex\"", "keys.reindex_notes"].iter().all(|action| journal.contains(action)));

        // The former version is retired; everything is found and opens, also after a new start.
        let mut ring = s.db.ring();
        ring.retire(1).unwrap();
        assert_eq!(ring.live(), [2]);
        ring.save(&s.db.key_file()).unwrap();
        s.app.use_ring(ring).await.unwrap();
        let booked = booked.load(Relaxed);
        for i in 0..booked {
            assert!(is_found(&s, i).await, "guest {i}");
        }
        for i in 0..30 {
            assert!(is_noted(i).await, "note {i}");
        }
        let db = only_db(s).reopen().await;
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        for i in [0, 60, booked - 1] {
            let query = hefu_app::search::SearchQuery { q: phone(i), limit: 5, ..Default::default() };
            let found = app.search(&query).await.unwrap();
            assert_eq!(found.guests[0].name, format!("孙{i}"));
        }
    }

    async fn nothing_in_the_database_talks_a_rotation_out_of_its_work(db: TestDb) {
        let s = Server::new(db).await;
        s.is_tampered_with();
        // The keys of the guests who were made last are tried whenever Hefu takes a ring; these are among the others.
        let (guests, others) = (24, 18);
        for i in 0..guests {
            book(&s, i).await;
        }
        // Guests and keys as they are before the rotation, to be put back.
        s.db.tamper("CREATE TABLE guests AS SELECT * FROM guest").await;
        s.db.tamper("CREATE TABLE tokens AS SELECT * FROM token").await;
        s.db.tamper("CREATE TABLE wrapped AS SELECT * FROM keys.data_key").await;
        // Keys that say they are wrapped by the version that is to come, and by one that never will.
        let newest = |offset: u32| format!("owner = (SELECT id FROM guest ORDER BY id DESC LIMIT 1 OFFSET {})", others + offset);
        for (offset, version) in [(0, "0002"), (1, "0007")] {
            let named = if s.db.address().starts_with("postgres") {
                format!("overlay(wrapped PLACING '\\x{version}'::bytea FROM 2)")
            } else {
                format!("CAST(substr(wrapped, 1, 1) || x'{version}' || substr(wrapped, 4) AS BLOB)")
            };
            s.db.tamper(&format!("UPDATE keys.data_key SET wrapped = {named} WHERE {}", newest(offset))).await;
        }
        let vault = s.app.store().vault().clone();
        let mut ring = s.db.ring();
        ring.rotate(&*vault.rng);
        ring.save(&s.db.key_file()).unwrap();
        s.app.use_ring(s.db.ring()).await.unwrap();
        let report = s.app.rotate_keys(|_| ()).await.unwrap();
        assert_eq!((report.version, report.reindexed, report.unreadable), (2, guests, 0));
        assert!(report.rewrapped > guests, "{report:?}");

        // Everything is put back to what it was before; the database says so nowhere.
        s.db.tamper("UPDATE guest SET profile = (SELECT o.profile FROM guests o WHERE o.id = guest.id)").await;
        s.db.tamper("DELETE FROM token").await;
        s.db.tamper("INSERT INTO token SELECT * FROM tokens").await;
        s.db.tamper(&format!("UPDATE keys.data_key SET wrapped = (SELECT o.wrapped FROM wrapped o WHERE o.owner = keys.data_key.owner)
            WHERE {}", newest(2))).await;
        // One that nobody can read any more does not stop the rest.
        s.db.tamper(&format!("UPDATE keys.data_key SET wrapped = (SELECT o.wrapped FROM wrapped o WHERE {}) WHERE {}",
            newest(4).replace("owner", "o.owner"), newest(3))).await;
        let again = s.app.rotate_keys(|_| ()).await.unwrap();
        assert_eq!((again.rewrapped, again.reindexed, again.unreadable), (1, guests - 1, 2), "a key, and the guest whose it was");

        let mut ring = s.db.ring();
        ring.retire(1).unwrap();
        s.app.use_ring(ring).await.unwrap();
        let wrapped = s.db.store.read().await.unwrap();
        let mut wrapped = wrapped;
        let keys = hefu_store::keys::page(&mut wrapped, uuid::Uuid::nil(), 100).await.unwrap();
        let ring = vault.ring();
        let left: Vec<_> =
            keys.iter().filter(|(owner, key)| ring.opened_by(*owner, key).is_ok_and(|version| version != 2)).collect();
        assert!(left.is_empty(), "{left:?}");
        for i in (0..guests).filter(|i| *i != 2) {
            assert!(is_found(&s, i).await, "guest {i}");
        }
    }
}
