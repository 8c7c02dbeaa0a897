//! The binary as others meet it: a process that is started, asked over HTTP, and killed.
#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "each test file uses its part")]

pub mod cluster;
pub mod http;

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use hefu_crypto::OsRng;
use hefu_kernel::Ids;
use hefu_store::{Location, Store, Vault};
use hefu_test_kit::TestDb;
use http::Client;
use serde_json::{Value, json};

/// A place with records that no process of ours has open, so that the binary has them to itself.
pub struct Site {
    /// Keeps database, directory and key file for as long as the test lasts.
    db: TestDb,
    /// Where the server writes what it has to say, of all its starts.
    pub log: PathBuf,
}

impl Site {
    /// The place of `db`, with its migrations applied.
    pub async fn of(db: TestDb) -> Self {
        db.store.clone().close().await;
        let log = db.key_file().with_file_name("log");
        Self { db, log }
    }

    /// Its database, seen from outside.
    pub const fn db(&self) -> &TestDb {
        &self.db
    }

    /// A directory that goes with the test.
    pub fn dir(&self) -> &Path {
        self.log.parent().unwrap()
    }

    /// `hefu` with this place for its records.
    pub fn hefu(&self, arguments: &[&str]) -> Command {
        let mut command = self.settings(Command::new(env!("CARGO_BIN_EXE_hefu")));
        command.args(arguments);
        command
    }

    /// A command with this place for its records, and none of the environment's own settings.
    pub fn settings(&self, mut command: Command) -> Command {
        command.current_dir(self.dir());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HEFU_")) {
            command.env_remove(name);
        }
        match &self.db.location {
            Location::Embedded(dir) => command.env("HEFU_DATA", dir),
            Location::Postgres(url) => command.env("HEFU_DATABASE_URL", url),
        };
        command.env("HEFU_KEYS_FILE", self.db.key_file());
        command
    }

    /// Starts `hefu serve` and waits until it is up.
    pub fn serve(&self) -> Serving {
        Serving::start(self.hefu(&["serve", "--listen", "127.0.0.1:0"]), &self.log)
    }

    /// The directory of the embedded engine, or the URL of the database.
    pub fn address(&self) -> String {
        self.db.address()
    }

    /// The engine of the records.
    pub const fn engine(&self) -> &'static str {
        match self.db.location {
            Location::Embedded(_) => "sqlite",
            Location::Postgres(_) => "postgres",
        }
    }

    /// Runs SQL behind Hefu's back.
    pub async fn tamper(&self, sql: &str) {
        self.db.tamper(sql).await;
    }

    /// Has the binary remember the ledger while it is empty: one that has entries before is signed by nobody who does not remember it.
    pub fn begin(&self) {
        let done = self.hefu(&["ledger", "show"]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// `hefu verify` finds every record as the journal last bound it.
    pub fn verify(&self) {
        let done = self.hefu(&["verify"]).output().unwrap();
        let said = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(done.status.success(), "hefu verify: {}", said.join("\n"));
    }

    /// The records as the binary left them.
    pub async fn records(&self) -> Store {
        let ids = Ids::new(self.db.clock.clone(), Arc::new(OsRng));
        let vault = Vault::new(self.db.ring(), Arc::new(OsRng), ids);
        Store::open(&self.db.location, vault).await.unwrap()
    }
}

/// A running `hefu serve`. Dropping it kills it, as a power cut would.
pub struct Serving {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Serving {
    /// Starts the server; answers when it says where it listens.
    pub fn start(mut command: Command, log: &Path) -> Self {
        let error_log = File::options().create(true).append(true).open(log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(error_log).spawn().unwrap();
        let mut up = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut up).unwrap();
        let address = up.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let Some(address) = address.and_then(|address| address.parse().ok()) else {
            let _ = child.kill();
            panic!("the server did not start: {up:?}\n{}", tail(log));
        };
        Self { child, address }
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop, and waits until it has; answers how long that took.
    pub fn stop(mut self) -> std::time::Duration {
        let began = std::time::Instant::now();
        let told = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(told.success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        began.elapsed()
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::of(self.address)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // SIGKILL. It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of a log.
pub fn tail(log: &Path) -> String {
    let mut text = String::new();
    let _ = File::open(log).and_then(|mut file| file.read_to_string(&mut text));
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// What must not stand in any log, whatever clients sent.
pub fn assert_no_panic(log: &Path) {
    let text = std::fs::read_to_string(log).unwrap();
    let panics: Vec<&str> = text.lines().filter(|line| line.contains("panicked")).collect();
    assert!(panics.is_empty(), "{panics:#?}");
}

/// A number from an environment variable.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// The business date of every property here. Far ahead, so that no night audit is due in between.
pub const TODAY: &str = "2031-05-01";

/// The date so many days after [`TODAY`].
pub fn day(after: u64) -> String {
    format!("2031-05-{:02}", 1 + after)
}

/// Makes a property: room types `DBL` and `STE` (2 and 4 people) with `doubles` and two rooms, rate plan `BAR`.
pub async fn make_property(client: &mut Client, code: &str, doubles: u64) {
    let property = format!("/api/v1/properties/{code}");
    client
        .put(
            &property,
            json!({ "name": "合符", "name_en": "Hefu", "time_zone": "Asia/Shanghai", "currency": "CNY",
                "business_date": TODAY }),
        )
        .await;
    for (kind, capacity) in [("DBL", 2), ("STE", 4)] {
        let body = json!({ "name": kind, "name_en": kind, "capacity": capacity });
        client.put(&format!("{property}/room-types/{kind}"), body).await;
    }
    let room = |number: u64, kind: &str| json!({ "number": format!("{number:04}"), "room_type": kind, "floor": "1" });
    let rooms: Vec<Value> =
        (0..doubles).map(|n| room(100 + n, "DBL")).chain((0..2).map(|n| room(5_000 + n, "STE"))).collect();
    client.put(&format!("{property}/rooms"), json!(rooms)).await;
    client
        .put(
            &format!("{property}/rate-plans/BAR"),
            json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly", "tax": 600, "rates": [
                { "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 },
                { "room_type": "STE", "valid_from": "2026-01-01", "amount": 800_00 }] }),
        )
        .await;
}
