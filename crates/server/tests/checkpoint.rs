//! Somebody puts the records back while the server runs: the checkpoint kept beside the key file goes on telling.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::time::Duration;

use common::{Serving, Site, tail};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

fn kept(site: &Site) -> Option<String> {
    std::fs::read_to_string(site.dir().join("hefu.checkpoint")).ok()
}

/// Waits until `check` holds, half a minute at most.
async fn until(site: &Site, check: impl Fn() -> bool) {
    for _ in 0..600 {
        if check() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not come to pass: {:?}\n{}", kept(site), tail(&site.log));
}

/// Enters a guest, and waits until the kept checkpoint tells of `size` entries.
async fn enter(site: &Site, serving: &Serving, size: u64) {
    let body = json!({ "full_name": format!("客{size}") });
    let answer = serving.client().send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap();
    assert!(answer.is_done(), "{answer:?}");
    until(site, || kept(site).is_some_and(|note| note.lines().nth(1) == Some(&size.to_string()))).await;
}

/// The last entry goes, and with it everything that tells of it.
const CUT: &str = "BEGIN;
    DELETE FROM token WHERE guest_id = (SELECT subject_id FROM journal WHERE log_index = 1);
    DELETE FROM source_profile WHERE guest_id = (SELECT subject_id FROM journal WHERE log_index = 1);
    DELETE FROM guest WHERE id = (SELECT subject_id FROM journal WHERE log_index = 1);
    DELETE FROM journal_change WHERE entry_id = (SELECT id FROM journal WHERE log_index = 1);
    DELETE FROM journal WHERE log_index = 1;
    UPDATE ledger_tree SET size = 1;
    DELETE FROM ledger_checkpoint WHERE size > 1;
    COMMIT";

both_engines! {
    async fn records_put_back_while_serving_are_told(db: TestDb) {
        let site = Site::of(db).await;
        let serving = site.serve();
        enter(&site, &serving, 1).await;
        enter(&site, &serving, 2).await;
        let before = kept(&site);
        site.tamper(CUT).await;

        let is_told = || std::fs::read_to_string(&site.log).unwrap().contains("checkpoint_contradicts");
        until(&site, || is_told() || kept(&site) != before).await;
        assert_eq!(kept(&site), before, "it is evidence");
        // Also when the ledger has grown as far again.
        let body = json!({ "full_name": "客三" });
        assert!(serving.client().send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap().is_done());
        drop(serving);
        let done = site.hefu(&["verify"]).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(!done.status.success() && said.contains("the checkpoint kept elsewhere"), "{said}");
        assert_eq!(kept(&site), before);
    }
}
