//! A disk that is full: clear errors, nothing acknowledged that is not kept, reads go on, and writes go on by
//! themselves when there is space again. The disk is a small one of its own, in a mount namespace.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use common::{
    Serving, Site, assert_no_panic,
    cluster::{Cluster, User, command, run},
    day,
    http::{Answer, Client},
    make_property, tail,
};
use hefu_test_kit::TestDb;
use serde_json::{Value, json};

const CLIENTS: usize = 12;

/// How often each client is refused before it gives up.
const REFUSALS: usize = 12;

fn booking(key: &str) -> Value {
    json!({ "property": "FULL", "segment": key,
        "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": day(0), "departure": day(1) }],
        "guest": { "profile": { "full_name": "王芳", "preferences": ["quiet room ".repeat(40)] } } })
}

async fn book(client: &mut Client, key: &str) -> Answer {
    let headers = [("Idempotency-Key", key)];
    client.send("POST", "/api/v1/reservations", &headers, Some(&booking(key))).await.unwrap()
}

/// How often each of the keys was booked.
async fn booked(client: &mut Client, keys: &[String]) -> Vec<usize> {
    let all = client.all("/api/v1/reservations?property=FULL&limit=500", "cursor", None).await;
    keys.iter().map(|key| all.iter().filter(|r| r["segment"] == key.as_str()).count()).collect()
}

/// A disk as its user sees it, who alone may write there.
struct Disk {
    /// A directory of the test, where everybody may look.
    home: PathBuf,
    /// The disk, seen from this mount namespace.
    path: PathBuf,
    user: User,
}

impl Disk {
    /// Takes all the space there is.
    fn fill(&self) {
        let fill = format!("cat /dev/zero > {}/ballast", self.path.display());
        let said = String::from_utf8(self.user.shell(&self.home, &fill).output().unwrap().stderr).unwrap();
        assert!(said.contains("No space left"), "{said}");
    }

    fn free(&self) {
        run(self.user.shell(&self.home, &format!("rm {}/ballast", self.path.display())));
    }
}

/// Everything that is asked of a server whose records lie on `disk`.
async fn on_a_full_disk(serving: &Serving, log: &Path, disk: &Disk) {
    let client = &mut serving.client();
    make_property(client, "FULL", 900).await;
    let first = book(client, "before").await;
    assert_eq!(first.status, 201, "{}", first.body);
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let mut client = serving.client();
            tokio::spawn(async move {
                let (mut answers, mut refused) = (Vec::new(), 0);
                // The disk fills up while they book.
                for attempt in 0..2_000 {
                    let key = format!("full-{number}-{attempt}");
                    let answer = book(&mut client, &key).await;
                    refused += usize::from(!answer.is_done());
                    answers.push((key, answer));
                    if refused == REFUSALS {
                        break;
                    }
                }
                answers
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(400)).await;
    disk.fill();
    let (mut done, mut refused) = (vec!["before".to_owned()], Vec::new());
    for task in tasks {
        for (key, answer) in task.await.unwrap() {
            if answer.is_done() {
                done.push(key);
            } else {
                assert_eq!(
                    (answer.status, answer.code()),
                    (507, "storage_full"),
                    "{}\n{}",
                    answer.body,
                    tail(log)
                );
                assert_eq!(answer.media, "application/problem+json");
                refused.push(key);
            }
        }
    }
    eprintln!("{} acknowledged, {} refused for want of space", done.len(), refused.len());
    assert_eq!(refused.len(), CLIENTS * REFUSALS, "the disk was not full");
    assert!(done.len() > 1, "the disk was full before anything was written");

    // Nothing was acknowledged that is not there, nothing is there that was refused, and reads go on.
    assert_eq!(booked(client, &done).await, vec![1; done.len()]);
    assert_eq!(booked(client, &refused).await, vec![0; refused.len()]);
    let view = client.get(&format!("/api/v1/visits/{}", first.number())).await;
    assert_eq!(view["booking"]["reservation"]["segment"], "before");
    assert_eq!(client.get("/healthz").await["status"], "ok");

    disk.free();
    let freed = Instant::now();
    for key in &refused {
        let answer = loop {
            let answer = book(client, key).await;
            if answer.is_done() || freed.elapsed() > Duration::from_secs(20) {
                break answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert_eq!(answer.status, 201, "writes do not go on: {}\n{}", answer.body, tail(log));
        assert_eq!(book(client, key).await, answer, "the same key, another answer");
    }
    done.extend(refused);
    assert_eq!(booked(client, &done).await, vec![1; done.len()]);
    // The journal has a place for every booking, without a gap.
    let mut journal = Vec::new();
    for _ in 0..100 {
        journal = client.all("/api/v1/journal?limit=500", "after", Some("-1")).await;
        if journal.iter().filter(|entry| entry["action"] == "reservation.book").count() == done.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(journal.iter().filter(|entry| entry["action"] == "reservation.book").count(), done.len());
    assert!(journal.iter().enumerate().all(|(index, entry)| entry["log_index"] == index));
    assert_no_panic(log);
}

/// The command that gives a process a small disk of its own at `disk` and then does what `then` says.
fn with_small_disk(disk: &Path, mebibytes: u32, map: &str, then: &str) -> String {
    format!(
        "unshare --user {map} --mount sh -c 'mount -t tmpfs -o size={mebibytes}m tmpfs {} && {then}'",
        disk.display()
    )
}

/// A directory as a process in another mount namespace sees it.
fn seen_by(pid: u32, dir: &Path) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/root")).join(dir.strip_prefix("/").unwrap())
}

/// Whether the kernel lets these tests have a disk of their own. Without one they fail, rather than pass.
fn require_namespaces() {
    let tried = Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]).status();
    assert!(
        tried.is_ok_and(|status| status.success()),
        "`unshare --user --mount` is needed here (util-linux, and unprivileged user namespaces)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_survived_by_sqlite() {
    require_namespaces();
    let site = Site::of(TestDb::sqlite().await).await;
    let disk = site.dir().join("small");
    std::fs::create_dir(&disk).unwrap();
    // Nobody looks through a process that holds keys: the disk is seen by one that stays beside it as long as there is the file with its id.
    let witness = site.dir().join("witness");
    let hefu = format!(
        "{{ : > {0}; (while [ -e {0} ]; do sleep 1; done) & echo $! > {0}; exec {1} serve --listen 127.0.0.1:0; }}",
        witness.display(),
        env!("CARGO_BIN_EXE_hefu")
    );
    // Large enough for the log of changes, which grows to 64 MiB before it is worked in.
    let shell = with_small_disk(&disk, 128, "--map-root-user", &hefu);
    let mut command = site.settings(Command::new("sh"));
    command.args(["-c", &format!("exec {shell}")]).env("HEFU_DATA", &disk);
    let serving = Serving::start(command, &site.log);
    let witness = std::fs::read_to_string(witness).unwrap().trim().parse().unwrap();
    let disk = Disk { home: site.dir().into(), path: seen_by(witness, &disk), user: User::Own };
    on_a_full_disk(&serving, &site.log, &disk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_survived_by_postgres() {
    require_namespaces();
    let site = Site::of(TestDb::sqlite().await).await;
    let home = site.dir().join("cluster");
    let disk = home.join("small");
    std::fs::create_dir_all(&disk).unwrap();
    // Of no effect but for root, and only root needs it.
    let _ = command("chown", &["-R", "postgres", home.to_str().unwrap()]).output();
    let cluster = Cluster::start(&home, "", |program| {
        format!("exec {}", with_small_disk(&disk, 64, "--map-current-user --keep-caps", program))
    });
    // What is written first to a log lies elsewhere: without it PostgreSQL could only stop.
    cluster.psql(&format!("CREATE TABLESPACE small LOCATION '{}'", disk.display())).unwrap();
    cluster.psql("CREATE DATABASE hefu TABLESPACE small").unwrap();
    let mut command = site.hefu(&["serve", "--listen", "127.0.0.1:0"]);
    command.env_remove("HEFU_DATA").env("HEFU_DATABASE_URL", cluster.url("hefu"));
    let serving = Serving::start(command, &site.log);
    let path = seen_by(cluster.pid().unwrap(), &disk);
    on_a_full_disk(&serving, &site.log, &Disk { home, path, user: User::Postgres }).await;
}
