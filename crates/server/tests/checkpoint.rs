//! Somebody puts the records back, or forges the ledger and takes away what is remembered of it: it is told, and not signed, until a person
//! says so.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use common::{Serving, Site, tail};
use hefu_ledger::Verifier;
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

fn size(note: &str) -> Option<u64> {
    note.lines().nth(1)?.parse().ok()
}

/// Enters a guest.
async fn enter(serving: &Serving) {
    // Nobody who could be somebody else: that would be a question to answer.
    static GUESTS: AtomicU64 = AtomicU64::new(0);
    let body = json!({ "full_name": format!("客{}", GUESTS.fetch_add(1, Ordering::Relaxed)) });
    let answer = serving.client().send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap();
    assert!(answer.is_done(), "{answer:?}");
}

/// Enters a guest, and waits until a checkpoint is kept that tells of everything; answers of how many entries.
async fn enter_and_keep(site: &Site, serving: &Serving) -> u64 {
    let before = kept(site).and_then(|note| size(&note)).unwrap_or_default();
    enter(serving).await;
    // Longer than a checkpoint takes: the start of the server may have an entry of its own.
    for _ in 0..20 {
        let now = kept(site).and_then(|note| size(&note));
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        if now > Some(before) && now == kept(site).and_then(|note| size(&note)) {
            return now.unwrap();
        }
    }
    panic!("it is not kept: {:?}\n{}", kept(site), tail(&site.log));
}

/// What a command says, and whether it is content.
fn says(site: &Site, arguments: &[&str]) -> (bool, String) {
    let done = site.hefu(arguments).output().unwrap();
    let said = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (done.status.success(), said.concat())
}

/// The last entry goes, and with it everything that tells of it.
fn cut(last: u64) -> String {
    format!(
        "BEGIN;
    DELETE FROM token WHERE guest_id = (SELECT subject_id FROM journal WHERE log_index = {last});
    DELETE FROM source_profile WHERE guest_id = (SELECT subject_id FROM journal WHERE log_index = {last});
    DELETE FROM guest WHERE id = (SELECT subject_id FROM journal WHERE log_index = {last});
    DELETE FROM journal_change WHERE entry_id = (SELECT id FROM journal WHERE log_index = {last});
    DELETE FROM journal WHERE log_index = {last};
    UPDATE ledger_tree SET size = {last};
    DELETE FROM ledger_checkpoint WHERE size > {last};
    COMMIT"
    )
}

/// The tree is to be built anew over what entries there are.
const EMPTY_THE_TREE: &str =
    "BEGIN; DELETE FROM ledger_checkpoint; DELETE FROM ledger_tile; UPDATE ledger_tree SET size = 0; COMMIT";

both_engines! {
    async fn records_put_back_while_serving_are_told_and_go_on_under_another_name_when_accepted(db: TestDb) {
        let site = Site::of(db).await;
        let serving = site.serve();
        enter_and_keep(&site, &serving).await;
        let last = enter_and_keep(&site, &serving).await;
        let before = kept(&site).unwrap();
        let old_key: Verifier = says(&site, &["ledger", "show"]).1.split_whitespace().next().unwrap().parse().unwrap();
        site.tamper(&cut(last - 1)).await;

        let is_told = || std::fs::read_to_string(&site.log).unwrap().contains("checkpoint_contradicts");
        until(&site, is_told).await;
        // Also when the ledger has grown as far again; the desk goes on.
        enter(&serving).await;
        enter(&serving).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(kept(&site).unwrap(), before, "it is evidence");
        let metrics = serving.client().send("GET", "/api/v1/journal/witnesses", &[], None).await.unwrap();
        assert!(format!("{metrics:?}").contains("does not hold"), "{metrics:?}");
        for command in ["verify", "doctor"] {
            let (is_content, said) = says(&site, &[command]);
            assert!(!is_content && said.contains("hefu.checkpoint"), "{command}: {said}");
        }
        drop(serving);

        // As after a backup was restored on purpose.
        assert!(!says(&site, &["ledger", "accept", "--reason", " "]).0);
        let (is_done, said) = says(&site, &["ledger", "accept", "--reason", "restored the backup of Monday"]);
        assert!(is_done && said.contains("/2+"), "{said}");
        let (is_clean, said) = says(&site, &["verify"]);
        assert!(is_clean, "{said}");
        assert!(says(&site, &["doctor"]).1.contains("holds what is remembered"));
        let aside: Vec<_> = std::fs::read_dir(site.dir()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("hefu.checkpoint.before-")).collect();
        assert_eq!(std::fs::read_to_string(site.dir().join(&aside[0])).unwrap(), before, "{aside:?}");
        // Whoever kept the checkpoint of what is gone can still show it, and nobody signs under that name any more.
        assert!(old_key.open(&before).is_ok());
        let shown = says(&site, &["verify", "--checkpoint", &aside[0]]);
        assert!(!shown.0 && shown.1.contains("checkpoint_"), "{}", shown.1);
        let serving = site.serve();
        enter_and_keep(&site, &serving).await;
        assert_eq!(old_key.open(&kept(&site).unwrap()), Err(hefu_ledger::NoteError::OtherOrigin));
        let journal = serving.client().send("GET", "/api/v1/journal?limit=50", &[], None).await.unwrap();
        let journal = format!("{journal:?}");
        assert!(journal.contains("ledger.accept") && journal.contains("restored the backup of Monday"), "{journal}");
        drop(serving);
        assert!(says(&site, &["verify"]).0);
    }

    async fn a_forged_history_is_not_signed_when_what_was_remembered_is_taken_away(db: TestDb) {
        let site = Site::of(db).await;
        let serving = site.serve();
        enter_and_keep(&site, &serving).await;
        let last = enter_and_keep(&site, &serving).await;
        serving.stop();
        let before = kept(&site).unwrap();

        // An entry that nobody is to know of goes; the tree is to be built over the rest.
        site.tamper(&cut(last - 1)).await;
        site.tamper(EMPTY_THE_TREE).await;
        std::fs::remove_file(site.dir().join("hefu.checkpoint")).unwrap();
        let serving = site.serve();
        enter(&serving).await;
        let is_told = || std::fs::read_to_string(&site.log).unwrap().contains("checkpoint_forgotten");
        until(&site, is_told).await;
        enter(&serving).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let checkpoint = serving.client().send("GET", "/log/checkpoint", &[], None).await.unwrap();
        assert!(!checkpoint.is_done(), "it is not signed: {checkpoint:?}");
        drop(serving);
        assert_eq!(kept(&site), None);
        for command in ["verify", "doctor"] {
            let (is_content, said) = says(&site, &[command]);
            assert!(!is_content && said.contains("remembered"), "{command}: {said}");
        }
        // A person may say so, and the journal tells; whoever has a checkpoint from before still knows better.
        let (is_done, said) = says(&site, &["ledger", "accept", "--reason", "the file was lost"]);
        assert!(is_done && !said.contains("/2+"), "{said}");
        assert!(says(&site, &["verify"]).0);
        assert!(says(&site, &["ledger", "accept", "--reason", "again"]).1.contains("nothing to accept"));
        std::fs::write(site.dir().join("auditor"), &before).unwrap();
        let (is_content, said) = says(&site, &["verify", "--checkpoint", "auditor"]);
        assert!(!is_content && said.contains("the checkpoint of auditor"), "{said}");
    }

    async fn another_key_takes_over_while_serving_and_old_checkpoints_stay_verifiable(db: TestDb) {
        let site = Site::of(db).await;
        let serving = site.serve();
        enter_and_keep(&site, &serving).await;
        let key = |at: usize| -> Verifier {
            let shown = says(&site, &["ledger", "show"]).1;
            shown.lines().nth(at).unwrap().split_whitespace().next().unwrap().parse().unwrap()
        };
        let (first, before) = (key(0), kept(&site).unwrap());
        let secret = std::fs::read_to_string(site.dir().join("hefu.key")).unwrap();
        let secret = secret.lines().find(|line| line.starts_with("secret = ")).unwrap().to_owned();
        let (is_done, said) = says(&site, &["keys", "rotate-ledger"]);
        assert!(is_done, "{said}\n{}", tail(&site.log));
        let second = key(1);
        assert!(first != second && key(0) == first && first.name() == second.name());
        assert!(!std::fs::read_to_string(site.dir().join("hefu.key")).unwrap().contains(&secret), "the secret is gone");

        // Where they meet, both signed; the server goes on with the new one by itself.
        let meeting = serving.client().get("/log/checkpoint").await.as_str().unwrap().to_owned();
        assert!(first.open(&meeting).is_ok() && second.open(&meeting).is_ok(), "{meeting}");
        enter_and_keep(&site, &serving).await;
        let after = kept(&site).unwrap();
        assert!(second.open(&after).is_ok() && first.open(&after) == Err(hefu_ledger::NoteError::Unsigned));
        let keys = serving.client().send("GET", "/log/keys", &[], None).await.unwrap();
        let (meets, keys) = (size(&meeting).unwrap(), format!("{keys:?}"));
        assert!(keys.contains(&format!("0 {meets} {first}")) && keys.contains(&format!("{meets} - {second}")), "{keys}");
        let journal = serving.client().send("GET", "/api/v1/journal?limit=50", &[], None).await.unwrap();
        assert!(format!("{journal:?}").contains("keys.rotate_ledger"));
        drop(serving);

        for note in [&before, &meeting] {
            std::fs::write(site.dir().join("auditor"), note).unwrap();
            let (is_clean, said) = says(&site, &["verify", "--checkpoint", "auditor"]);
            assert!(is_clean, "{said}");
        }
        // The ring's own rotation leaves the ledger's key alone.
        assert!(says(&site, &["keys", "rotate"]).0);
        assert_eq!(key(1), second);
        assert!(says(&site, &["verify"]).0);
    }
}
