//! Backups that come back: made beside a server that writes at full speed, read by another program, damaged, interrupted, in storage of others.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use common::{Serving, Site, day, http::Client, make_property, setting, tail};
use hefu_crypto::OsRng;
use hefu_kernel::Rng as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// An empty place of the same engine, to put a backup back at.
struct Again {
    dir: PathBuf,
    /// The database's name, on PostgreSQL.
    database: Option<String>,
    key_file: PathBuf,
    engine_url: String,
}

fn psql(url: &str, sql: &str) {
    let done = Command::new("psql").args([url, "-qAtc", sql]).output().unwrap();
    assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
}

impl Again {
    /// At another place, with nothing of the old one but its key file.
    fn of(site: &Site) -> Self {
        let name = format!("hefu_again_{:016x}", OsRng.next_u64());
        let dir = site.dir().join(&name);
        fs::create_dir(&dir).unwrap();
        let key_file = dir.join("hefu.key");
        fs::copy(site.dir().join("hefu.key"), &key_file).unwrap();
        let engine_url = site.address();
        let database = (site.engine() == "postgres").then(|| {
            psql(&engine_url, &format!("CREATE DATABASE {name}"));
            name
        });
        Self { dir, database, key_file, engine_url }
    }

    fn url(&self) -> Option<String> {
        let (server, _) = self.engine_url.rsplit_once('/').unwrap();
        self.database.as_ref().map(|database| format!("{server}/{database}"))
    }

    fn hefu(&self, site: &Site, arguments: &[&str]) -> Command {
        let mut command = site.hefu(arguments);
        command.current_dir(&self.dir).env("HEFU_KEYS_FILE", &self.key_file).env("HEFU_DATA", &self.dir);
        match self.url() {
            Some(url) => command.env("HEFU_DATABASE_URL", url),
            None => command.env_remove("HEFU_DATABASE_URL"),
        };
        command
    }

    fn serve(&self, site: &Site) -> Serving {
        Serving::start(self.hefu(site, &["serve", "--listen", "127.0.0.1:0"]), &site.log)
    }
}

impl Drop for Again {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
        if let Some(database) = &self.database {
            psql(&self.engine_url, &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
        }
    }
}

fn said(done: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

/// Runs a command that has to succeed; answers what it said.
fn succeed(mut command: Command) -> String {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", said(&done));
    said(&done)
}

/// Runs a command that has to fail, saying `expected`; answers what it said.
fn fail(mut command: Command, expected: &str) -> String {
    let done = command.output().unwrap();
    let said = said(&done);
    assert!(!done.status.success() && said.contains(expected), "{command:?}: {expected:?} in {said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

fn target(site: &Site) -> String {
    site.dir().join("backups").to_str().unwrap().to_owned()
}

fn booking(number: u64, is_member: bool) -> Value {
    let night = number % 28;
    json!({ "property": "BACK", "segment": format!("b{number}"),
        "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": day(night), "departure": day(night + 1) }],
        "guest": { "profile": { "full_name": if is_member { "王芳" } else { "Wang Fang" },
            "phones": [format!("139{:08}", (number * 48_271 + 21_718_281) % 100_000_000)] } } })
}

async fn book(client: &mut Client, number: u64) -> Option<String> {
    let answer = client.send("POST", "/api/v1/reservations", &[], Some(&booking(number, true))).await.ok()?;
    answer.is_done().then(|| answer.number())
}

/// Some records to copy.
async fn some_records(site: &Site, bookings: u64) -> Vec<String> {
    let serving = site.serve();
    let client = &mut serving.client();
    make_property(client, "BACK", 200).await;
    let mut numbers = Vec::new();
    for number in 0..bookings {
        numbers.push(book(client, number).await.unwrap());
    }
    serving.stop();
    numbers
}

/// Every one of these visits is there and can be read, its guest's name too.
async fn assert_all_there(serving: &Serving, numbers: &[String]) {
    let share = numbers.len().div_ceil(4).max(1);
    let reading: Vec<_> = numbers
        .chunks(share)
        .map(|numbers| {
            let (mut client, numbers) = (serving.client(), numbers.to_vec());
            tokio::spawn(async move {
                for number in numbers {
                    let visit = client.get(&format!("/api/v1/visits/{number}")).await;
                    assert_eq!(visit["number"].as_str().unwrap_or_default().replace('-', ""), number);
                }
            })
        })
        .collect();
    for task in reading {
        task.await.unwrap();
    }
}

both_engines! {
    async fn copies_made_while_writing_at_full_speed_lose_nothing(db: TestDb) {
        let site = Site::of(db).await;
        let serving = site.serve();
        make_property(&mut serving.client(), "BACK", 800).await;
        let (acknowledged, next) = (Arc::new(Mutex::new(Vec::<String>::new())), Arc::new(AtomicU64::new(0)));
        for round in 0..setting("HEFU_BACKUP_ROUNDS", 4) {
            let is_over = Arc::new(AtomicBool::new(false));
            let writing: Vec<_> = (0..8)
                .map(|_| {
                    let (mut client, acknowledged) = (serving.client(), acknowledged.clone());
                    let (next, is_over) = (next.clone(), is_over.clone());
                    tokio::spawn(async move {
                        while !is_over.load(Ordering::SeqCst) {
                            let number = book(&mut client, next.fetch_add(1, Ordering::SeqCst)).await;
                            acknowledged.lock().unwrap().extend(number);
                        }
                    })
                })
                .collect();
            tokio::time::sleep(Duration::from_millis(150)).await;
            let before = acknowledged.lock().unwrap().clone();
            let mut command = site.hefu(&["backup", &target(&site)]);
            let told = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
            assert!(told.status.success(), "{}\n{}", said(&told), tail(&site.log));
            let during = acknowledged.lock().unwrap().len() - before.len();
            is_over.store(true, Ordering::SeqCst);
            for task in writing {
                task.await.unwrap();
            }
            assert!(during > 0, "nothing was written meanwhile");
            // It verifies what it puts back, and opens everything that is sealed.
            let again = Again::of(&site);
            let restored = succeed(again.hefu(&site, &["restore", &target(&site)]));
            assert!(restored.contains("clean"), "{restored}");
            let restored = again.serve(&site);
            assert_all_there(&restored, &before).await;
            restored.stop();
            eprintln!("round {round}: {} bookings before, {during} during the backup", before.len());
        }
        serving.stop();
        let list = succeed(site.hefu(&["backup", &target(&site), "--list"]));
        assert!(list.contains(site.engine()), "{list}");
        assert!(succeed(site.hefu(&["backup", &target(&site), "--check"])).contains("clean"));
    }

    async fn restic_reads_what_hefu_wrote(db: TestDb) {
        let site = Site::of(db).await;
        let numbers = some_records(&site, 30).await;
        succeed(site.hefu(&["backup", &target(&site)]));
        let password = site.dir().join("password");
        fs::write(&password, site.hefu(&["backup", "--print-password"]).output().unwrap().stdout).unwrap();
        let restic = |arguments: &[&str]| {
            let mut command = Command::new("restic");
            command.args(["--no-cache", "-r", &target(&site), "--password-file"]).arg(&password).args(arguments);
            command.env("HOME", site.dir());
            command
        };
        succeed(restic(&["check", "--read-data"]));
        assert!(succeed(restic(&["snapshots"])).contains(site.engine()));
        let again = Again::of(&site);
        let files = again.dir.join("files");
        succeed(restic(&["restore", "latest", "--target", files.to_str().unwrap()]));
        assert!(files.join("hefu.checkpoint").exists());
        match again.url() {
            None => ["hefu.db", "keys.db"].iter().for_each(|name| fs::rename(files.join(name), again.dir.join(name)).unwrap()),
            // By PostgreSQL's own tool, without Hefu.
            Some(url) => {
                for name in ["keys.dump", "hefu.dump"] {
                    let shell = format!("cat {name}.* | pg_restore --exit-on-error --no-owner -d '{url}'");
                    let mut restore = Command::new("sh");
                    restore.args(["-c", &shell]).current_dir(&files);
                    succeed(restore);
                }
            }
        }
        let checkpoint = files.join("hefu.checkpoint");
        succeed(again.hefu(&site, &["verify", "--checkpoint", checkpoint.to_str().unwrap()]));
        let serving = again.serve(&site);
        assert_all_there(&serving, &numbers).await;
        serving.stop();
        // And what restic did there is no obstacle.
        succeed(site.hefu(&["backup", &target(&site)]));
    }

    async fn a_byte_flipped_in_any_kind_of_file_is_found(db: TestDb) {
        let site = Site::of(db).await;
        some_records(&site, 5).await;
        succeed(site.hefu(&["backup", &target(&site)]));
        let files = files_by_kind(Path::new(&target(&site)));
        let kinds: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(kinds, ["config", "data", "index", "keys", "snapshots"]);
        let again = Again::of(&site);
        for (kind, files) in &files {
            for file in files {
                let whole = fs::read(file).unwrap();
                for at in [0, whole.len() / 2, whole.len() - 1] {
                    let mut damaged = whole.clone();
                    damaged[at] ^= 1;
                    fs::write(file, &damaged).unwrap();
                    let check = fail(site.hefu(&["backup", &target(&site), "--check"]), "the backups are damaged");
                    let name = file.file_name().unwrap().to_str().unwrap();
                    assert!(kind == "config" || check.contains(name), "{kind}, byte {at}: {check}");
                    // The end of a pack is its own list of what is in it, which only repairs read.
                    if kind != "data" || at + 1 < whole.len() {
                        fail(again.hefu(&site, &["restore", &target(&site)]), "");
                        assert!(!again.dir.join("hefu.db").exists(), "{kind}, byte {at}");
                        if let Some(url) = again.url() {
                            psql(&url, "SELECT 1 / (count(*) = 0)::int FROM pg_tables WHERE schemaname = 'public'");
                            psql(&url, "DROP SCHEMA IF EXISTS keys CASCADE");
                        }
                    }
                    fs::write(file, &whole).unwrap();
                }
                // A file that is not there at all, and one that is cut off.
                for shorter in [None, Some(&whole[..whole.len() / 2])] {
                    fs::remove_file(file).unwrap();
                    if let Some(shorter) = shorter {
                        fs::write(file, shorter).unwrap();
                    }
                    // What no snapshot tells of is missed by nobody.
                    if kind != "snapshots" || shorter.is_some() {
                        fail(site.hefu(&["backup", &target(&site), "--check"]), "");
                    }
                    fs::write(file, &whole).unwrap();
                }
            }
        }
        succeed(site.hefu(&["backup", &target(&site), "--check"]));
        succeed(again.hefu(&site, &["restore", &target(&site)]));
    }

    async fn what_cannot_be_done_is_said_and_changes_nothing(db: TestDb) {
        let site = Site::of(db).await;
        some_records(&site, 3).await;
        let backups = target(&site);
        fail(site.hefu(&["backup"]), "name a target");
        fail(site.hefu(&["backup", "https://host/bucket"]), "s3:https://host/bucket/prefix");
        fail(site.hefu(&["backup", "s3:https://host/bucket"]), "backup.s3.access_key_id");
        fail(site.hefu(&["backup", &backups, "--list"]), "there is no backup repository");
        fail(site.hefu(&["restore", &backups]), if site.engine() == "sqlite" { "is not empty" } else { "empty" });
        fail(site.hefu(&["backup", "/dev/null/below"]), "/dev/null/below");
        let doctor = {
            let mut doctor = site.hefu(&["doctor"]);
            doctor.env("HEFU_BACKUP_TARGET", &backups);
            doctor
        };
        fail(doctor, "there is no backup repository");

        let id = |text: &str| text.split_whitespace().nth(1).unwrap().to_owned();
        let first = id(&succeed(site.hefu(&["backup", &backups])));
        let mut doctor = site.hefu(&["doctor"]);
        doctor.env("HEFU_BACKUP_TARGET", &backups);
        assert!(succeed(doctor).contains("the last of 1 was made at"));
        fail(site.hefu(&["restore", &backups]), "empty");

        let again = Again::of(&site);
        fail(again.hefu(&site, &["restore", &backups, "--snapshot", "ffffffffff"]), "has 0 backups whose id begins");
        // Neither the key file of others, nor none.
        let key = fs::read(&again.key_file).unwrap();
        fs::remove_file(&again.key_file).unwrap();
        fail(again.hefu(&site, &["restore", &backups]), "needs the key file");
        hefu_crypto::KeyRing::create(&again.key_file, &OsRng).unwrap();
        fail(again.hefu(&site, &["restore", &backups]), "does not open the backup repository");
        fs::write(&again.key_file, &key).unwrap();
        // The other engine.
        let other = match site.engine() {
            "sqlite" => Site::of(TestDb::postgres().await).await,
            _ => Site::of(TestDb::sqlite().await).await,
        };
        let elsewhere = Again::of(&other);
        fs::write(&elsewhere.key_file, &key).unwrap();
        fail(elsewhere.hefu(&other, &["restore", &backups]), "the backup is of");

        // Something of the directory's owner.
        fs::write(again.dir.join("letter.txt"), "dear").unwrap();
        if site.engine() == "sqlite" {
            fail(again.hefu(&site, &["restore", &backups]), "letter.txt");
        }
        fs::remove_file(again.dir.join("letter.txt")).unwrap();
        succeed(again.hefu(&site, &["restore", &backups, "--snapshot", &first]));
        let said = fail(again.hefu(&site, &["restore", &backups]), "empty");
        assert!(!said.contains("restored"), "{said}");
    }

    async fn after_a_rotation_of_keys_older_backups_come_back_too(db: TestDb) {
        let site = Site::of(db).await;
        let numbers = some_records(&site, 5).await;
        let old_key = fs::read(site.dir().join("hefu.key")).unwrap();
        let id = |text: &str| text.split_whitespace().nth(1).unwrap().to_owned();
        let first = id(&succeed(site.hefu(&["backup", &target(&site)])));
        succeed(site.hefu(&["keys", "rotate"]));
        succeed(site.hefu(&["backup", &target(&site)]));
        for snapshot in [&["--snapshot", &first][..], &[]] {
            let again = Again::of(&site);
            let mut arguments = vec!["restore".to_owned(), target(&site)];
            arguments.extend(snapshot.iter().map(|argument| (*argument).to_owned()));
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            succeed(again.hefu(&site, &arguments));
            let serving = again.serve(&site);
            assert_all_there(&serving, &numbers).await;
            serving.stop();
        }
        // Whoever has the old key file alone gets at nothing that was backed up since.
        let again = Again::of(&site);
        fs::write(&again.key_file, old_key).unwrap();
        fail(again.hefu(&site, &["restore", &target(&site)]), "does not open the backup repository");
    }

    async fn killed_at_any_moment_it_leaves_a_repository_that_goes_on(db: TestDb) {
        let site = Site::of(db).await;
        let numbers = some_records(&site, 20).await;
        let mut killed = 0;
        for round in 0..setting("HEFU_BACKUP_KILLS", 10) {
            let mut backup = site.hefu(&["backup", &target(&site)]).spawn().unwrap();
            tokio::time::sleep(Duration::from_millis(40 + 90 * round)).await;
            killed += u64::from(backup.try_wait().unwrap().is_none());
            let _ = backup.kill();
            backup.wait().unwrap();
        }
        assert!(killed > 0, "every backup was quicker");
        succeed(site.hefu(&["backup", &target(&site)]));
        succeed(site.hefu(&["backup", &target(&site), "--check"]));
        let again = Again::of(&site);
        succeed(again.hefu(&site, &["restore", &target(&site)]));
        let serving = again.serve(&site);
        assert_all_there(&serving, &numbers).await;
        serving.stop();
        if site.engine() == "sqlite" {
            // A restore that was killed can be repeated.
            let again = Again::of(&site);
            fs::create_dir(again.dir.join("restore.part")).unwrap();
            fs::write(again.dir.join("restore.part/hefu.db"), "half of it").unwrap();
            succeed(again.hefu(&site, &["restore", &target(&site)]));
            assert!(!again.dir.join("restore.part").exists());
        }
    }

    async fn a_checkpoint_that_tells_of_more_than_the_backup_is_kept_and_told(db: TestDb) {
        let site = Site::of(db).await;
        some_records(&site, 3).await;
        succeed(site.hefu(&["backup", &target(&site)]));
        let serving = site.serve();
        assert!(book(&mut serving.client(), 77).await.is_some());
        tokio::time::sleep(Duration::from_secs(3)).await;
        serving.stop();
        let newest = fs::read(site.dir().join("hefu.checkpoint")).unwrap();
        let again = Again::of(&site);
        fs::write(again.dir.join("hefu.checkpoint"), &newest).unwrap();
        let restored = fail(again.hefu(&site, &["restore", &target(&site)]), "not in this backup");
        assert!(restored.contains("hefu ledger accept"), "{restored}");
        assert_eq!(fs::read(again.dir.join("hefu.checkpoint")).unwrap(), newest, "it is evidence");
        succeed(again.hefu(&site, &["ledger", "accept", "--reason", "restored after a disk failure"]));
        succeed(again.hefu(&site, &["verify"]));
    }
}

/// The files of a repository, by the directory they lie in.
fn files_by_kind(dir: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, files) } else { files.push(path) }
        }
    }
    let mut all = Vec::new();
    collect(dir, &mut all);
    let mut kinds = BTreeMap::<String, Vec<PathBuf>>::new();
    for file in all {
        let kind = file.strip_prefix(dir).unwrap().iter().next().unwrap().to_str().unwrap().to_owned();
        kinds.entry(kind).or_default().push(file);
    }
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn its_owner_alone_may_read_what_is_written() {
    let site = Site::of(TestDb::sqlite().await).await;
    some_records(&site, 2).await;
    succeed(site.hefu(&["backup", &target(&site)]));
    let again = Again::of(&site);
    let place = again.dir.join("new/place");
    let mut restore = again.hefu(&site, &["restore", &target(&site), "--data", place.to_str().unwrap()]);
    restore.env("HEFU_KEYS_FILE", place.with_file_name("hefu.key"));
    fs::create_dir(place.parent().unwrap()).unwrap();
    fs::copy(&again.key_file, place.with_file_name("hefu.key")).unwrap();
    succeed(restore);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place), 0o700);
    for file in [place.join("hefu.db"), place.join("keys.db"), place.with_file_name("hefu.checkpoint")] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    for files in files_by_kind(Path::new(&target(&site))).values() {
        assert!(files.iter().all(|file| mode(file) == 0o600 && mode(file.parent().unwrap()) == 0o700));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_what_was_there_stays() {
    let site = Site::of(TestDb::sqlite().await).await;
    some_records(&site, 5).await;
    let disk = site.dir().join("small");
    fs::create_dir(&disk).unwrap();
    let hefu = env!("CARGO_BIN_EXE_hefu");
    // As many bytes as a backup takes are left, less half: the second one does not fit.
    let script = format!(
        "mount -t tmpfs -o size=64m tmpfs {disk} && cd {disk} && {hefu} backup backups || exit 3
         dd if=/dev/urandom of=ballast bs=1k count=$(($(df -k --output=avail . | tail -1) - 40)) 2>&1
         {hefu} import {csv} --map {map} --people synthetic --batch 200 || exit 4
         {hefu} backup backups && exit 5
         du -sk backups > used-after; {hefu} backup backups --check || exit 6
         rm ballast; {hefu} backup backups || exit 7; {hefu} backup backups --list",
        disk = disk.display(),
        csv = site.dir().join("history.csv").display(),
        map = site.dir().join("desk.toml").display(),
    );
    let mut rows = "property,status,arrival,departure,adults,rate,currency,type\n".to_owned();
    (0..400).for_each(|_| rows.push_str("OLD,checked_out,2015-01-01,2015-01-02,2,100,EUR,A\n"));
    fs::write(site.dir().join("history.csv"), rows).unwrap();
    fs::write(site.dir().join("desk.toml"), MAP).unwrap();
    let mut command = site.settings(Command::new("unshare"));
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    let done = command.output().unwrap();
    let said = said(&done);
    assert!(done.status.success(), "{:?} {said}", done.status);
    assert!(said.contains("has no space left"), "{said}");
    assert!(said.contains("2 backups"), "{said}");
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

#[tokio::test(flavor = "multi_thread")]
async fn without_the_tools_of_postgresql_it_says_what_to_install() {
    let site = Site::of(TestDb::postgres().await).await;
    some_records(&site, 1).await;
    let mut backup = site.hefu(&["backup", &target(&site)]);
    backup.env("PATH", site.dir());
    fail(backup, "pg_dump failed: it is not installed");
    succeed(site.hefu(&["backup", &target(&site)]));
    let again = Again::of(&site);
    let mut restore = again.hefu(&site, &["restore", &target(&site)]);
    restore.env("PATH", site.dir());
    fail(restore, "postgresql-client");
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_ends_without_a_snapshot() {
    let site = Site::of(TestDb::postgres().await).await;
    some_records(&site, 3).await;
    succeed(site.hefu(&["backup", &target(&site)]));
    // Somebody keeps a table for himself, so that the copy has to wait.
    let lock = "BEGIN; LOCK TABLE guest IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(6); COMMIT";
    let mut keeper = Command::new("psql").args([&site.address(), "-qAtc", lock]).spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut backup = site.hefu(&["backup", &target(&site)]);
    let backup = backup.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let told = Command::new("kill").args(["-INT", &backup.id().to_string()]).status().unwrap();
    assert!(told.success());
    let done = backup.wait_with_output().unwrap();
    assert!(!done.status.success() && said(&done).contains("interrupted"), "{}", said(&done));
    keeper.wait().unwrap();
    assert!(succeed(site.hefu(&["backup", &target(&site), "--list"])).contains("1 backups"));
    succeed(site.hefu(&["backup", &target(&site)]));
    succeed(site.hefu(&["backup", &target(&site), "--check"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_both_made() {
    let site = Site::of(TestDb::sqlite().await).await;
    some_records(&site, 5).await;
    let backups: Vec<_> = (0..3).map(|_| site.hefu(&["backup", &target(&site)]).spawn().unwrap()).collect();
    for mut backup in backups {
        assert!(backup.wait().unwrap().success());
    }
    assert!(succeed(site.hefu(&["backup", &target(&site), "--list"])).contains("3 backups"));
    succeed(site.hefu(&["backup", &target(&site), "--check"]));
}

/// The page says how to come by the password with the key file alone, without Hefu.
#[tokio::test(flavor = "multi_thread")]
async fn the_password_follows_from_the_key_file_as_the_page_says() {
    let site = Site::of(TestDb::sqlite().await).await;
    let page = include_str!("../../../docs/backup.md");
    let (_, script) = page.split_once("```python").unwrap();
    let (script, _) = script.split_once("```").unwrap();
    for _ in 0..2 {
        let mut python = Command::new("python3");
        python.args(["-c", script]).current_dir(site.dir());
        assert_eq!(succeed(python), succeed(site.hefu(&["backup", "--print-password"])));
        succeed(site.hefu(&["keys", "rotate"]));
    }
}
