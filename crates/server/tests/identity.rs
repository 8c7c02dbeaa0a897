//! `hefu identity` over the records of a property, as somebody types it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::Path,
    process::{Command, Output, Stdio},
    sync::Arc,
    time::Instant,
};

use common::Site;
use hefu_app::{App, Context, people::guest::CreateGuest};
use hefu_kernel::SystemClock;
use hefu_resolve::Model;
use hefu_store::{Location, query};
use hefu_synthetic::People;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const PEOPLE: u64 = 40;

fn model(path: &Path, model: &Model) -> String {
    hefu_resolve::write_model(path, model).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A model that is never sure, so that the desk recognises nobody: as if the guests had come from several systems.
fn strict() -> Model {
    let sure = 0.999_999_999_999_999;
    Model { link_from: sure, link_contradicting_from: sure, review_from: sure - 1e-14, ..Model::default() }
}

async fn app(site: &Site) -> App {
    App::new(site.records().await, Arc::new(SystemClock))
}

/// So many people, each twice, and as many in doubt: of one phone and nearly one name.
async fn make_people(site: &Site, count: u64) {
    let app = app(site).await;
    app.learn_frequencies(Some(&strict())).await.unwrap();
    let people = People::new(7);
    for index in 0..count {
        let person = people.person(index, Some("CHN"));
        let (full, other) = (person.full_name, format!("{} {}", person.surname, person.given));
        let of = |name: &str, key: &str, phone: &str, birth: bool| {
            json!({ "full_name": name, "birth": birth.then_some(person.birth), "phones": [phone],
                "source": { "system": key, "external_id": index.to_string() } })
        };
        let (doubt, phone) =
            (format!("Anna Schmidt{}", "e".repeat(index as usize % 3)), format!("+49 151 2{index:07}"));
        for guest in [
            of(&full, "crs", &person.phone, true),
            of(&other, "pms", &person.phone, true),
            of(&doubt, "ota", &phone, false),
            of("Anne Schmitt", "desk-file", &phone, false),
        ] {
            let input = serde_json::from_value(guest).unwrap();
            app.execute(Context::job("test"), CreateGuest(input)).await.unwrap();
        }
    }
    app.close().await;
}

/// Who is read as one guest and who is asked about, by the keys of their records; and how often each thing was done.
async fn outcome(
    site: &Site,
) -> (BTreeSet<BTreeSet<String>>, BTreeSet<BTreeSet<String>>, query::identity::Counts) {
    let app = app(site).await;
    let mut c = app.store().read().await.unwrap();
    let (mut groups, mut names) = (BTreeMap::<_, BTreeSet<String>>::new(), BTreeMap::new());
    for guest in query::identity::guests(&mut c, hefu_domain::ids::GuestId::NIL, i64::MAX).await.unwrap() {
        let sources = query::guest::sources(&mut c, guest.id).await.unwrap();
        let keys = sources.into_iter().map(|source| format!("{} {}", source.system, source.external_id));
        let name: Vec<String> = keys.collect();
        groups.entry(guest.merged_into.unwrap_or(guest.id)).or_default().extend(name.iter().cloned());
        names.insert(guest.id, name.join(" "));
    }
    let mut asked = BTreeSet::new();
    for pair in query::identity::queue(&mut c, None, i64::MAX).await.unwrap() {
        asked.insert(BTreeSet::from([names[&pair.one].clone(), names[&pair.two].clone()]));
    }
    let counts = query::identity::counts(&mut c).await.unwrap();
    assert_eq!(query::identity::plans(&mut c).await.unwrap(), []);
    assert_eq!(query::identity::uncompared(&mut c).await.unwrap(), []);
    drop(c);
    app.close().await;
    (groups.into_values().collect(), asked, counts)
}

/// How many steps of a whole plan are left, if there is one.
async fn left(site: &Site) -> Option<i64> {
    let app = app(site).await;
    let mut c = app.store().read().await.unwrap();
    let plan = query::identity::plans(&mut c).await.unwrap().into_iter().find(|plan| plan.whole);
    let left = match plan {
        Some(plan) => Some(query::identity::steps_left(&mut c, plan.id).await.unwrap()),
        None => None,
    };
    drop(c);
    app.close().await;
    left
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
        let strict = model(&site.dir().join("strict.toml"), &strict());
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
        assert_eq!(number(&first, "merged"), PEOPLE, "{first}");
        let second = printed(site.hefu(&["identity", "resolve", "--model", &usual]));
        assert!(second.contains("created since the last run") && number(&second, "merged") == 0, "{second}");
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
    async fn a_killed_run_goes_on_where_it_was(db: TestDb) {
        const EACH: u64 = 160;
        let other = match &db.location {
            Location::Embedded(_) => TestDb::sqlite().await,
            Location::Postgres(_) => TestDb::postgres().await,
        };
        let (site, undisturbed) = (Site::of(db).await, Site::of(other).await);
        let resolve = |site: &Site| {
            let usual = model(&site.dir().join("usual.toml"), &Model::default());
            site.hefu(&["identity", "resolve", "--model", &usual])
        };
        for site in [&site, &undisturbed] {
            site.begin();
            make_people(site, EACH).await;
        }
        let began = Instant::now();
        let expected = printed(resolve(&undisturbed));
        let mut wait = began.elapsed().mul_f64(0.3);
        assert!(number(&expected, "merged") > EACH && number(&expected, "to review") > 50, "{expected}");

        let (mut kills, mut in_the_middle) = (0, 0);
        while in_the_middle < 2 {
            let log = File::options().create(true).append(true).open(&site.log).unwrap();
            let mut process = resolve(&site).stdout(Stdio::null()).stderr(log).spawn().unwrap();
            tokio::time::sleep(wait).await;
            assert!(process.try_wait().unwrap().is_none(), "it was done before it was killed in the middle of deciding");
            process.kill().unwrap();
            process.wait().unwrap();
            kills += 1;
            match left(&site).await {
                // The second kill comes before or after the next steps are done.
                Some(left) => {
                    assert!(left > 0);
                    in_the_middle += 1;
                    wait = wait.mul_f64(0.7);
                }
                None => wait = wait.mul_f64(1.2),
            }
        }
        eprintln!("killed {kills} times");
        let resumed = printed(resolve(&site));
        for word in ["guests", "pairs compared", "merged", "kept separate", "to review"] {
            assert_eq!(number(&resumed, word), number(&expected, word), "{word}: {resumed}\n{expected}");
        }
        let (resumed, expected) = (outcome(&site).await, outcome(&undisturbed).await);
        assert!(!expected.1.is_empty(), "nobody was asked about");
        assert_eq!(resumed, expected);
        site.verify();
        common::assert_no_panic(&site.log);
    }
}
