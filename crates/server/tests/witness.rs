//! Hotels witness each other's ledgers: what a hotel cannot change, it cannot forge.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use common::{Serving, Site, tail};
use hefu_ledger::{Note, Verifier};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// What a command says, and whether it is content.
fn says(site: &Site, arguments: &[&str]) -> (bool, String) {
    let done = site.hefu(arguments).output().unwrap();
    let said = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (done.status.success(), said.concat())
}

fn key_of(site: &Site) -> String {
    says(site, &["ledger", "show"]).1.split_whitespace().next().unwrap().to_owned()
}

/// A witness of one ledger, a process of its own; its key.
fn witness(site: &Site, listen: &str, ledger: &str) -> (Serving, String) {
    let mut command =
        site.hefu(&["witness", "--listen", listen, "--name", "witness.example/w1", "--ledger", ledger]);
    command.arg("--data").arg(site.dir().join("elsewhere"));
    let serving = Serving::start(command, &site.log);
    let secret = std::fs::read_to_string(site.dir().join("elsewhere/witness/witness.key")).unwrap();
    let key = hefu_ledger::Signer::of_secret(secret.trim()).unwrap().verifier().to_string();
    (serving, key)
}

fn configure(site: &Site, witnesses: &[(String, &str)], more: &str) {
    let list: Vec<String> =
        witnesses.iter().map(|(url, key)| format!("{{ url = \"{url}\", key = \"{key}\" }}")).collect();
    std::fs::write(
        site.dir().join("hefu.toml"),
        format!("[ledger]\nwitness = [{}]\n{more}", list.join(", ")),
    )
    .unwrap();
}

async fn enter(serving: &Serving) {
    // Nobody who could be somebody else: that would be a question to answer.
    static GUESTS: AtomicU64 = AtomicU64::new(0);
    let body = json!({ "full_name": format!("客{}", GUESTS.fetch_add(1, Ordering::Relaxed)) });
    let answer = serving.client().send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap();
    assert!(answer.is_done(), "{answer:?}");
}

async fn status(serving: &Serving) -> Value {
    serving.client().get("/api/v1/journal/witnesses").await
}

/// The lines about the ledger.
async fn metrics(serving: &Serving) -> String {
    let text = serving.client().get("/metrics").await;
    text.as_str().unwrap().lines().filter(|line| line.contains("ledger_")).collect::<Vec<_>>().join("\n")
}

/// Waits until everything there is has been cosigned; answers how long that took.
async fn cosigned(site: &Site, serving: &Serving, size: u64) -> Duration {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(40) {
        let now = status(serving).await;
        if now["size"].as_u64().unwrap() >= size
            && now["is_cosigned"] == true
            && now["witnesses"][0]["cosigned"] == now["size"]
        {
            return began.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it was not cosigned: {}\n{}", status(serving).await, tail(&site.log));
}

async fn size(serving: &Serving) -> u64 {
    status(serving).await["size"].as_u64().unwrap()
}

both_engines! {
    async fn a_change_is_cosigned_within_two_seconds_and_a_forger_is_told(db: TestDb) {
        let site = Site::of(db).await;
        let (watching, key) = witness(&site, "127.0.0.1:0", &key_of(&site));
        let url = format!("http://{}", watching.address);
        configure(&site, &[(url.clone(), &key)], "");
        let serving = site.serve();
        enter(&serving).await;
        cosigned(&site, &serving, 1).await;
        let mut slowest = Duration::ZERO;
        for _ in 0..3 {
            let before = size(&serving).await;
            enter(&serving).await;
            slowest = slowest.max(cosigned(&site, &serving, before + 1).await);
        }
        assert!(slowest < Duration::from_secs(2), "{slowest:?}");
        let note = serving.client().get("/log/checkpoint").await;
        let read: Note = note.as_str().unwrap().parse().unwrap();
        assert!(key.parse::<Verifier>().unwrap().signed(&read).is_ok(), "{note}");
        let (is_clean, said) = says(&site, &["verify"]);
        assert!(is_clean && said.contains("witnessed by witness.example/w1"), "{said}");

        // The witness goes away: the desk goes on, and it shows.
        let address = watching.address.to_string();
        drop(watching);
        let before = size(&serving).await;
        for _ in 0..20 {
            enter(&serving).await;
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(size(&serving).await > before, "it is signed all the same");
        let shown = status(&serving).await;
        assert!(shown["witnesses"][0]["failing_since"].is_string(), "{shown}");
        let metrics = metrics(&serving).await;
        assert!(metrics.contains("hefu_ledger_witness_failing{witness=\"witness.example/w1\"} 1"), "{metrics}");
        let (is_content, said) = says(&site, &["doctor"]);
        assert!(said.contains("witness.example/w1: it cannot be reached"), "{said}");
        let (is_clean, said_verify) = says(&site, &["verify"]);
        assert!(!is_clean && said_verify.contains("unwitnessed"), "{said_verify}");
        let _ = is_content;
        // And comes back.
        let (watching, _) = witness(&site, &address, &key_of(&site));
        cosigned(&site, &serving, before + 1).await;
        assert!(says(&site, &["verify"]).0);
        serving.stop();

        // Who owns database, key and memory makes everything agree here, without the last entry.
        let last = last_index(&site).await;
        site.tamper(&format!("BEGIN;
            DELETE FROM token WHERE guest_id = (SELECT subject_id FROM journal WHERE log_index = {last});
            DELETE FROM source_profile WHERE guest_id = (SELECT subject_id FROM journal WHERE log_index = {last});
            DELETE FROM guest WHERE id = (SELECT subject_id FROM journal WHERE log_index = {last});
            DELETE FROM journal_change WHERE entry_id = (SELECT id FROM journal WHERE log_index = {last});
            DELETE FROM journal WHERE log_index = {last};
            DELETE FROM ledger_tile; DELETE FROM ledger_checkpoint; UPDATE ledger_tree SET size = 0;
            COMMIT")).await;
        std::fs::remove_file(site.dir().join("hefu.checkpoint")).unwrap();
        let serving = site.serve();
        enter(&serving).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let shown = status(&serving).await;
        assert!(shown["unsigned"].as_str().unwrap().contains("the witness witness.example/w1"), "{shown}");
        drop(serving);
        for command in ["verify", "doctor"] {
            let (is_content, said) = says(&site, &[command]);
            assert!(!is_content && said.contains("witness.example/w1"), "{command}: {said}");
        }
        // With what lies here alone, nobody could tell.
        std::fs::write(site.dir().join("hefu.toml"), "").unwrap();
        assert!(says(&site, &["ledger", "accept", "--reason", "a forger says so"]).0);
        assert!(says(&site, &["verify"]).0);
        configure(&site, &[(url, &key)], "");
        let (is_clean, said) = says(&site, &["verify"]);
        assert!(!is_clean && said.contains("the checkpoint of the witness witness.example/w1"), "{said}");
        drop(watching);
    }

    async fn hotels_of_a_chain_witness_each_other(db: TestDb) {
        let one = Site::of(db).await;
        let other = Site::of(TestDb::sqlite().await).await;
        let keys = [&one, &other].map(key_of);
        // Each begins as a witness of the other, which makes its witness's key, and learns where the other is and its key.
        let watch = |ledger: &str, name: &str| format!("[witness]\nname = \"{name}\"\nledgers = [\"{ledger}\"]\n");
        let settings = [watch(&keys[1], "chain.example/one"), watch(&keys[0], "chain.example/other")];
        let addresses = ["127.0.0.1:0".to_owned(), "127.0.0.1:0".to_owned()];
        for (site, settings) in [&one, &other].into_iter().zip(&settings) {
            std::fs::write(site.dir().join("hefu.toml"), settings).unwrap();
        }
        let up = |site: &Site, address: &str| Serving::start(site.hefu(&["serve", "--listen", address]), &site.log);
        let serving = [up(&one, &addresses[0]), up(&other, &addresses[1])];
        let addresses = serving.each_ref().map(|serving| serving.address.to_string());
        let witness_keys = [&one, &other].map(|site| {
            let secret = std::fs::read_to_string(site.dir().join("witness/witness.key")).unwrap();
            hefu_ledger::Signer::of_secret(secret.trim()).unwrap().verifier().to_string()
        });
        for serving in serving {
            serving.stop();
        }
        configure(&one, &[(format!("http://{}/witness", addresses[1]), &witness_keys[1])], &settings[0]);
        configure(&other, &[(format!("http://{}/witness", addresses[0]), &witness_keys[0])], &settings[1]);

        let serving = [up(&one, &addresses[0]), up(&other, &addresses[1])];
        for (site, serving) in [&one, &other].into_iter().zip(&serving) {
            enter(serving).await;
            cosigned(site, serving, 1).await;
            let (is_clean, said) = says(site, &["verify"]);
            assert!(is_clean && said.contains("witnessed by chain.example/"), "{said}");
        }
        // A key that takes over is refused by a witness until its operator knows it.
        assert!(says(&one, &["keys", "rotate-ledger"]).0);
        enter(&serving[0]).await;
        let mut shown = Value::Null;
        for _ in 0..200 {
            shown = status(&serving[0]).await;
            // At first the server has not read the changed key file itself.
            if shown["witnesses"][0]["failure"].as_str().is_some_and(|why| why.contains("does not know the key")) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(shown["witnesses"][0]["failure"].as_str().unwrap().contains("does not know the key"), "{shown}");
    }
}

/// The place of the last entry.
async fn last_index(site: &Site) -> i64 {
    let store = site.records().await;
    let size = hefu_store::query::ledger::size(&mut store.read().await.unwrap()).await.unwrap();
    store.close().await;
    size - 1
}
