//! `hefu identity` over the records of a house, as somebody types it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    path::Path,
    process::{Command, Output},
};

use common::Site;
use hefu_resolve::Model;
use hefu_synthetic::People;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const PEOPLE: u64 = 40;

fn model(path: &Path, model: &Model) -> String {
    hefu_resolve::write_model(path, model).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What it printed, if it did what it was told.
fn printed(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// The number behind a word of a report.
fn number(text: &str, word: &str) -> u64 {
    let line = text.lines().find(|line| line.starts_with(word));
    let number = line.and_then(|line| line[word.len()..].split_whitespace().next());
    number.unwrap_or_else(|| panic!("no {word} in {text}")).parse().unwrap()
}

both_engines! {
    async fn guests_are_joined_told_of_and_learnt_from(db: TestDb) {
        let site = Site::of(db).await;
        // With a model that is never sure the desk recognises nobody: as if the guests had come from several systems.
        let sure = 0.999_999_999_999_999;
        let strict = Model { link_from: sure, link_contradicting_from: sure, review_from: sure - 1e-14, ..Model::default() };
        let strict = model(&site.dir().join("strict.toml"), &strict);
        let usual = model(&site.dir().join("usual.toml"), &Model::default());
        let mut serve = site.hefu(&["serve", "--listen", "127.0.0.1:0"]);
        serve.env("HEFU_IDENTITY_MODEL", &strict);
        let serving = common::Serving::start(serve, &site.log);
        let mut client = serving.client();
        let people = People::new(5);
        for again in [false, true] {
            for index in 0..PEOPLE {
                let person = people.person(index, Some("CHN"));
                let name = if again { format!("{} {}", person.surname, person.given) } else { person.full_name };
                let body = json!({ "full_name": name, "birth": person.birth, "phones": [person.phone] });
                let key = format!("{index}-{again}");
                let headers = [("Idempotency-Key", key.as_str())];
                let answer = client.send("POST", "/api/v1/guests", &headers, Some(&body)).await.unwrap();
                assert!(answer.is_done(), "{:?}", answer.code());
            }
        }
        drop(serving);

        let report = |what: &str| -> Value {
            let told = printed(site.hefu(&["identity", "report", "--json"]));
            let told: Value = serde_json::from_str(&told).unwrap();
            told[what].clone()
        };
        assert_eq!(report("guests"), 2 * PEOPLE);
        let first = printed(site.hefu(&["identity", "resolve", "--model", &usual]));
        assert!(first.contains("(all)") && number(&first, "guests") == 2 * PEOPLE, "{first}");
        assert_eq!(number(&first, "joined"), PEOPLE, "{first}");
        let second = printed(site.hefu(&["identity", "resolve", "--model", &usual]));
        assert!(second.contains("made since the last run") && number(&second, "joined") == 0, "{second}");
        assert_eq!((report("guests"), report("merged"), report("joined_by_model")), (json!(PEOPLE), json!(PEOPLE), json!(PEOPLE)));
        let told = printed(site.hefu(&["identity", "report"]));
        assert_eq!(number(&told, "guests"), PEOPLE, "{told}");

        let learnt = site.dir().join("learnt.toml");
        printed(site.hefu(&["identity", "train", "--model", learnt.to_str().unwrap()]));
        assert!(hefu_resolve::read_model(&learnt).is_ok());

        // What is no model is told, and nothing is joined by it.
        std::fs::write(&learnt, "link_from = \"often\"").unwrap();
        let refused = site.hefu(&["identity", "resolve", "--model", learnt.to_str().unwrap()]).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("learnt.toml") && said.contains('['), "{said}");
        site.verify();
        common::assert_no_panic(&site.log);
    }
}
