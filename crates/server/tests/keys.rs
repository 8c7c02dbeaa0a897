//! Keys that are not those of the records, on both engines: every command refuses them by name, and nothing is written.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use common::Site;
use hefu_app::{
    App, Context,
    people::{guest::CreateGuest, profile::GuestInput},
};
use hefu_crypto::{KeyRing, OsRng};
use hefu_store::{KeyFault, Location, StoreError};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};

/// What happens to keys and records of a hotel, and what Hefu says of it.
const HARMS: [(&str, &str); 14] = [
    ("the key file is gone", "is missing, but there are records in"),
    ("the key file is another hotel's", "is of another installation than these records"),
    ("the secret is another hotel's", "is of another installation than these records"),
    ("the key file is an older copy", "has no version 2, and these records are under it"),
    ("the wrapping key is another", "the wrapping key of version 1"),
    ("the search key is another", "the search key of version 1"),
    ("the key file is open to others", "chmod 600"),
    ("the data keys are gone", "of these records (keys.db; on PostgreSQL the schema `keys`) are missing"),
    ("the data keys are empty", "of these records (keys.db; on PostgreSQL the schema `keys`) are missing"),
    ("the data keys are another hotel's", "belong to other records than these"),
    ("the data keys were exchanged", "belong to other records than these"),
    ("the data keys are an older copy", "are an older copy: guest"),
    ("what binds the keys is gone", "what says under which keys they are was removed"),
    ("the records are gone", "there are data keys, but no records"),
];

fn app(db: &TestDb) -> App {
    hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default())
}

async fn guest(db: &TestDb, name: &str) {
    let guest = GuestInput { full_name: name.into(), ..GuestInput::default() };
    app(db).execute(Context::job("desk"), CreateGuest(guest)).await.unwrap();
}

/// A hotel with two guests and two versions of its keys, and what an earlier day left: the key file, and the data keys.
async fn hotel(db: TestDb) -> Site {
    guest(&db, "李一").await;
    db.tamper("CREATE TABLE earlier AS SELECT * FROM keys.data_key").await;
    fs::copy(db.key_file(), db.key_file().with_extension("earlier")).unwrap();
    let mut ring = db.ring();
    ring.rotate(&OsRng);
    ring.save(&db.key_file()).unwrap();
    db.store.use_ring(db.ring()).await.unwrap();
    db.clock.advance(chrono::TimeDelta::minutes(1));
    guest(&db, "李二").await;
    app(&db).sequence().await.unwrap();
    Site::of(db).await
}

/// Exchanges a key of version 1 in the key file.
fn exchange(file: &Path, name: &str) {
    let text = fs::read_to_string(file).unwrap();
    let other = KeyRing::create(&file.with_extension("other"), &OsRng).map(|_| file.with_extension("other"));
    let other = fs::read_to_string(other.unwrap()).unwrap();
    let line = |text: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    fs::write(file, text.replacen(&line(&text), &line(&other), 1)).unwrap();
}

async fn harm(site: &Site, harm: &str) {
    let (db, file) = (site.db(), site.db().key_file());
    let records: Option<PathBuf> = match &db.location {
        Location::Embedded(dir) => Some(dir.clone()),
        Location::Postgres(_) => None,
    };
    match harm {
        "the key file is gone" => fs::rename(&file, file.with_extension("away")).unwrap(),
        "the key file is another hotel's" => {
            fs::remove_file(&file).unwrap();
            drop(KeyRing::create(&file, &OsRng).unwrap());
        }
        "the secret is another hotel's" => {
            drop(KeyRing::create(&file.with_extension("other"), &OsRng).unwrap())
        }
        "the key file is an older copy" => drop(fs::copy(file.with_extension("earlier"), file).unwrap()),
        "the wrapping key is another" => exchange(&file, "kek"),
        "the search key is another" => exchange(&file, "index"),
        "the key file is open to others" => {
            common::cluster::run(common::cluster::command("chmod", &["644", file.to_str().unwrap()]))
        }
        "the data keys are gone" => match &records {
            Some(dir) => fs::remove_file(dir.join("keys.db")).unwrap(),
            None => db.tamper("DROP TABLE keys.data_key, keys.key_store").await,
        },
        "the data keys are empty" => db.tamper("DELETE FROM keys.data_key; DELETE FROM keys.key_store").await,
        "the data keys are another hotel's" => match &records {
            Some(dir) => {
                let other = TestDb::sqlite().await;
                guest(&other, "王一").await;
                other.store.close().await;
                fs::copy(Path::new(&other.address()).join("keys.db"), dir.join("keys.db")).unwrap();
            }
            None => db.tamper("UPDATE keys.key_store SET id = gen_random_uuid()").await,
        },
        // With the right name, but each guest's key is another's.
        "the data keys were exchanged" => {
            db.tamper(
                "UPDATE keys.data_key SET wrapped = (SELECT o.wrapped FROM keys.data_key o
                    WHERE o.owner <> keys.data_key.owner ORDER BY o.owner DESC LIMIT 1)",
            )
            .await;
        }
        "the data keys are an older copy" => {
            db.tamper("DELETE FROM keys.data_key WHERE owner NOT IN (SELECT owner FROM earlier)").await;
        }
        "what binds the keys is gone" => db.tamper("DELETE FROM key_check").await,
        "the records are gone" => match &records {
            Some(dir) => fs::remove_file(dir.join("hefu.db")).unwrap(),
            None => db.tamper("DELETE FROM key_check; DELETE FROM journal").await,
        },
        other => panic!("{other}"),
    }
}

/// Runs a command that must not go on for long.
fn ended(mut command: Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

/// All that is in the database.
fn contents(site: &Site) -> Vec<u8> {
    match &site.db().location {
        Location::Embedded(dir) => {
            let read = |name: &str| fs::read(dir.join(name)).unwrap_or_default();
            [read("hefu.db"), read("keys.db")].concat()
        }
        Location::Postgres(url) => {
            let dump = Command::new("pg_dump").arg(url).output().unwrap();
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            // Newer ones say a random word.
            let text = String::from_utf8_lossy(&dump.stdout).into_owned();
            text.lines().filter(|line| !line.contains("restrict ")).flat_map(str::bytes).collect()
        }
    }
}

fn import(site: &Site) -> [String; 4] {
    let (file, map) = (site.dir().join("history.csv"), site.dir().join("desk.toml"));
    fs::write(&file, "property,status,arrival,departure,adults,rate,currency,type\nOLD,checked_out,2015-01-01,2015-01-02,1,100,EUR,A\n").unwrap();
    let map_text = "name = \"desk\"\n[property]\ncolumn = \"property\"\n[fields]\n\
        status = { column = \"status\" }\nstatus_date = { column = \"arrival\" }\narrival = { column = \"arrival\" }\n\
        departure = { column = \"departure\" }\nadults = { column = \"adults\" }\nrate = { column = \"rate\" }\n\
        currency = { column = \"currency\" }\nroom_type_booked = { column = \"type\" }\n";
    fs::write(&map, map_text).unwrap();
    ["import".into(), file.display().to_string(), "--map".into(), map.display().to_string()]
}

both_engines! {
    async fn other_keys_are_refused_by_name_and_nothing_is_written(db: TestDb) {
        let is_sqlite = matches!(db.location, Location::Embedded(_));
        drop(db);
        for (harmed, said) in HARMS {
            let db = if is_sqlite { TestDb::sqlite().await } else { TestDb::postgres().await };
            let site = hotel(db).await;
            harm(&site, harmed).await;
            let before = contents(&site);
            let key_file = fs::read(site.db().key_file()).ok();
            let import = import(&site);
            let import: Vec<&str> = import.iter().map(String::as_str).collect();
            for arguments in [
                &["serve", "--listen", "127.0.0.1:0"][..],
                &import,
                &["verify"],
                &["identity", "report"],
                &["keys", "rotate"],
                &["doctor"],
            ] {
                if harmed.contains("secret") && arguments[0] == "keys" {
                    continue;
                }
                let mut command = site.hefu(arguments);
                if harmed.contains("secret") {
                    let secret = fs::read_to_string(site.db().key_file().with_extension("other")).unwrap();
                    command.env("HEFU_KEYS_SECRET", secret);
                }
                let done = ended(command);
                let told = [&done.stdout, &done.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
                assert!(!done.status.success(), "{harmed}: {arguments:?}: {told:?}");
                let (place, expected) = match arguments[0] {
                    // It says what is missing, and what to do.
                    "doctor" if harmed == "the key file is gone" => (&told[0], "there are records: put the key file back"),
                    "doctor" => (&told[0], said),
                    _ => (&told[1], said),
                };
                assert!(place.contains(expected), "{harmed}: {arguments:?}: {told:#?}");
                if arguments[0] == "doctor" {
                    assert!(told[0].contains("PROBLEM  keys "), "{harmed}: {told:?}");
                }
            }
            assert!(contents(&site) == before, "{harmed}: something was written");
            // Who has no newer copy says so, and goes on with what can be read.
            if harmed == "the data keys are an older copy" {
                let mut command = site.hefu(&["serve", "--listen", "127.0.0.1:0"]);
                command.env("HEFU_KEYS_ACCEPT_LOSS", "true");
                let serving = common::Serving::start(command, &site.log);
                let search = serving.client().get(&format!("/api/v1/search?q={}", "%E6%9D%8E%E4%B8%80")).await;
                assert_eq!(search["guests"].as_array().map(Vec::len), Some(1), "{search}");
                serving.stop();
                let doctor = ended(site.hefu(&["doctor"]));
                assert!(!doctor.status.success(), "it is said as long as it is so");
                continue;
            }
            assert_eq!(fs::read(site.db().key_file()).ok(), key_file, "{harmed}");
        }
    }

    async fn only_an_empty_database_gets_a_new_key_file(db: TestDb) {
        db.emptied().await;
        fs::remove_file(db.key_file()).unwrap();
        let site = Site::of(db).await;
        let verify = ended(site.hefu(&["verify"]));
        assert!(String::from_utf8_lossy(&verify.stderr).contains("there are no records in"), "{verify:?}");
        let doctor = ended(site.hefu(&["doctor"]));
        let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(said.contains("PROBLEM  keys ") && said.contains("a first `hefu serve` makes"), "{said}");
        assert!(!site.db().key_file().exists(), "neither made one");
        site.serve().stop();
        assert!(site.db().key_file().exists());
        site.verify();
        // Nothing was recorded yet, but the database knows its keys from now on.
        fs::rename(site.db().key_file(), site.db().key_file().with_extension("away")).unwrap();
        drop(KeyRing::create(&site.db().key_file(), &OsRng).unwrap());
        let refused = ended(site.hefu(&["serve", "--listen", "127.0.0.1:0"]));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("of another installation"), "{refused:?}");
    }

    async fn a_running_server_does_not_take_another_hotels_key_file(db: TestDb) {
        let site = Site::of(db).await;
        let serving = site.serve();
        let file = site.db().key_file();
        let own = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        drop(KeyRing::create(&file, &OsRng).unwrap());
        let began = Instant::now();
        while !common::tail(&site.log).contains("the keys it held before stay in use") {
            assert!(began.elapsed() < Duration::from_secs(10), "{}", common::tail(&site.log));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let body = serde_json::json!({ "full_name": "李二" });
        let answer = serving.client().send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap();
        assert!(answer.is_done(), "{answer:?}");
        fs::write(&file, own).unwrap();
        serving.stop();
        site.verify();
    }

    async fn two_servers_that_begin_at_once_with_two_rings_do_not_both_get_their_way(db: TestDb) {
        db.emptied().await;
        let open = || async {
            let ids = hefu_kernel::Ids::new(db.clock.clone(), std::sync::Arc::new(OsRng));
            let vault = hefu_store::Vault::new(KeyRing::generate(&OsRng), std::sync::Arc::new(OsRng), ids);
            hefu_store::Store::open(&db.location, vault).await
        };
        let (one, two) = tokio::join!(open(), open());
        let refused: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
        assert!(
            matches!(&refused[..], [StoreError::Keys(KeyFault::OtherRing { .. })]),
            "{refused:?}"
        );
    }
}
