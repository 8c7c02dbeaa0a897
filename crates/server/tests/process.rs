//! The binary as a process among others: told to stop in the middle of much work, beside another on the same records, read by `head`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use common::{Site, assert_no_panic, tail};
use hefu_store::query;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

/// Journal entries as a huge import leaves them: without a place. (Of what was changed in fact there is one.)
const BACKLOG: usize = 400_000;

async fn waiting(site: &Site) -> i64 {
    let store = site.records().await;
    let waiting = query::journal::pending(&mut store.read().await.unwrap()).await.unwrap();
    store.close().await;
    waiting
}

const MAP: &str = r#"
name = "desk"
[property]
column = "property"
[fields]
status = { column = "status" }
status_date = { column = "arrival" }
arrival = { column = "arrival" }
departure = { column = "departure" }
adults = { column = "adults" }
rate = { column = "rate" }
currency = { column = "currency" }
room_type_booked = { column = "type" }
"#;

/// `hefu import` of some bookings of a property of its own.
fn import(site: &Site, rows: u64) -> Command {
    let mut text = "property,status,arrival,departure,adults,rate,currency,type\n".to_owned();
    let first: chrono::NaiveDate = "2015-01-01".parse().unwrap();
    for row in 0..rows {
        let arrival = first + chrono::Days::new(row / 4);
        let departure = arrival + chrono::Days::new(2);
        let _ = writeln!(text, "OLD,checked_out,{arrival},{departure},2,100,EUR,A");
    }
    let (file, map) = (site.dir().join("history.csv"), site.dir().join("desk.toml"));
    std::fs::write(&file, text).unwrap();
    std::fs::write(&map, MAP).unwrap();
    let mut command = site.hefu(&["import", "--people", "synthetic", "--batch", "200"]);
    command.arg(file).arg("--map").arg(map);
    command
}

both_engines! {
    async fn a_file_without_a_map_is_shown_first_and_imported_when_told(db: TestDb) {
        let site = Site::of(db).await;
        let file = site.dir().join("orders.csv");
        let text = "订单号,订单状态,入住日期,离店日期,房型,间数,客人姓名,手机号,订单金额\n\
            A1,已离店,2026/1/1,2026/1/3,豪华大床房,1,张三丰,13812345678,600\n\
            A2,已离店,2026/1/4,2026/1/5,豪华大床房,1,李四光,13912345678,300\n";
        std::fs::write(&file, text).unwrap();
        let run = |more: &[&str]| {
            let mut command = site.hefu(&["import"]);
            command.arg(&file).args(["--property", "MAIN", "--time-zone", "Asia/Shanghai", "--currency", "CNY"]);
            let output = command.args(more).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let shown = run(&[]);
        let map = site.dir().join("orders.csv.map.toml");
        assert!(map.exists() && shown.contains("Nothing was imported"), "{shown}");
        assert!(shown.contains("2 rows in the file") && shown.contains("2026-01-03"), "{shown}");
        let explained = run(&["--explain", map.to_str().unwrap()]);
        assert!(explained.contains("from 入住日期 `2026/1/1`"), "{explained}");
        let told = run(&["--yes"]);
        assert!(told.contains("imported       2") && told.contains("quarantined    0"), "{told}");
        let again = run(&["--yes"]);
        assert!(again.contains("imported       0") && again.contains("already there  2"), "{again}");
        site.verify();
    }

    async fn a_server_told_to_stop_does_not_finish_the_journal_first(db: TestDb) {
        let site = Site::of(db).await;
        let serving = site.serve();
        let body = json!({ "full_name": "孙一" });
        assert!(serving.client().send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap().is_done());
        serving.stop();
        let id = match site.engine() {
            "sqlite" => "randomblob(16)",
            _ => "gen_random_uuid()",
        };
        site.tamper(&format!(
            "INSERT INTO journal (id, at, actor, action, subject_kind, subject_id, commitment)
            WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {BACKLOG})
            SELECT {id}, at, actor, action, subject_kind, subject_id, commitment
            FROM many, (SELECT * FROM journal WHERE action = 'guest.create' LIMIT 1) AS one"
        )).await;
        let before = waiting(&site).await;
        assert!(before >= BACKLOG as i64);
        let serving = site.serve();
        // It is at work.
        let mut client = serving.client();
        while client.get("/api/v1/journal?limit=1").await["items"][0]["log_index"].as_i64().unwrap_or(-1) < 10_000 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Beside it, it serves.
        let began = Instant::now();
        assert!(client.send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap().is_done());
        let took = began.elapsed();
        assert!(took < Duration::from_secs(5), "a guest was entered in {took:?}");
        let took = serving.stop();
        assert!(took < Duration::from_secs(5), "it stopped in {took:?}\n{}", tail(&site.log));
        let left = waiting(&site).await;
        assert!(0 < left && left < before, "{left} of {before}: nothing was interrupted");
        assert_no_panic(&site.log);
    }

    async fn commands_work_beside_a_server_that_writes_all_the_time(db: TestDb) {
        let site = Site::of(db).await;
        let serving = site.serve();
        let (is_over, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let writing: Vec<_> = (0..8)
            .map(|desk| {
                let (mut client, is_over, written) = (serving.client(), is_over.clone(), written.clone());
                tokio::spawn(async move {
                    for n in 0_u64.. {
                        if is_over.load(Ordering::SeqCst) {
                            return;
                        }
                        let body = json!({ "full_name": "李娜", "phones": [format!("139{:08}", 24_681_357 + desk * 1_000_000 + 13 * n)] });
                        let answer = client.send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap();
                        assert!(answer.is_done(), "{answer:?}");
                        written.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        for mut command in [import(&site, 2_000), site.hefu(&["verify"]), site.hefu(&["doctor"]), site.hefu(&["identity", "report"])] {
            let (before, began) = (written.load(Ordering::SeqCst), Instant::now());
            let done = tokio::task::spawn_blocking(move || (command.output().unwrap(), command)).await.unwrap();
            let (done, command) = done;
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(done.status.success(), "{command:?}: {said}\n{}", tail(&site.log));
            assert!(!said.contains("changed at the same time"), "{said}");
            let during = written.load(Ordering::SeqCst) - before;
            let took = began.elapsed();
            eprintln!("{during} guests entered beside {:?} in {took:?}", command.get_args());
            // Some commands are quicker than a guest.
            assert!(during > 0 || took < Duration::from_secs(3), "the server stood still for {took:?}");
        }
        is_over.store(true, Ordering::SeqCst);
        for desk in writing {
            desk.await.unwrap();
        }
        // The server gives the import's entries their places, too.
        let mut client = serving.client();
        let began = Instant::now();
        loop {
            let entries = client.all("/api/v1/journal?limit=500", "after", Some("-1")).await;
            if entries.iter().filter(|entry| entry["action"].as_str().unwrap().starts_with("import.")).count() > 0
                && client.get("/api/v1/imports").await[0]["state"] == "finished"
            {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{:?}", entries.last());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        drop(client);
        assert!(serving.stop() < Duration::from_secs(10));
        site.verify();
        assert_no_panic(&site.log);
    }

    async fn a_second_server_on_a_directory_is_told_who_has_it(db: TestDb) {
        let site = Site::of(db).await;
        let serving = site.serve();
        if site.engine() == "postgres" {
            // PostgreSQL is shared by any number.
            let other = site.serve();
            other.client().get("/api/v1/jobs").await;
            other.stop();
        } else {
            let refused = site.hefu(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(!refused.status.success());
            assert!(said.contains(&format!("served by process {}", serving.pid())), "{said}");
            assert!(said.contains("--data") && said.contains("may run beside"), "{said}");
        }
        serving.client().get("/api/v1/jobs").await;
        // A killed one has nothing any more.
        drop(serving);
        site.serve().stop();
        assert_no_panic(&site.log);
    }
}

/// Runs a command whose reader has enough after one line (or none).
fn head(mut command: Command, lines: usize) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..lines {
        reader.read_line(&mut String::new()).unwrap();
    }
    drop(reader);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let status = child.wait().unwrap();
    assert!(status.success(), "{command:?}: {status}: {said}");
    assert!(!said.contains("panicked") && !said.to_lowercase().contains("pipe"), "{command:?}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_read_enough_ends_no_command_with_an_error() {
    let site = Site::of(TestDb::sqlite().await).await;
    let serving = site.serve();
    let body = json!({ "full_name": "孙一" });
    assert!(serving.client().send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap().is_done());
    serving.stop();
    for lines in [1, 0] {
        for arguments in [
            &["openapi"][..],
            &["doctor"],
            &["doctor", "--json"],
            &["verify"],
            &["verify", "--json"],
            &["keys", "show"],
            &["import", "--list-maps"],
            &["identity", "report"],
            &["identity", "report", "--json"],
            &["identity", "resolve"],
            &["--help"],
            &["--version"],
        ] {
            head(site.hefu(arguments), lines);
        }
        head(import(&site, 20), lines);
    }
    head(site.hefu(&["keys", "rotate"]), 1);
    site.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn other_databases_are_refused_by_name() {
    let site = Site::of(TestDb::sqlite().await).await;
    for scheme in ["mysql", "mariadb"] {
        let mut command = site.hefu(&["doctor"]);
        let refused = command
            .env("HEFU_DATABASE_URL", format!("{scheme}://root:secret@127.0.0.1/hefu"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success());
        assert!(
            said.contains(&format!(
                "Hefu stores its records in SQLite or PostgreSQL; {scheme}:// is not supported"
            )),
            "{said}"
        );
        assert!(!said.contains("secret"), "{said}");
    }
}
