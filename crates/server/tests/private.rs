//! What Hefu writes is its own user's alone, and its memory is nobody's to read.
#![expect(clippy::unwrap_used, reason = "tests")]
#![cfg(target_os = "linux")]

mod common;

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
};

use common::{Serving, Site, cluster::run};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

/// Every file and directory below this one, and itself.
fn all(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(all(&path)) } else { found.push(path) }
    }
    found
}

fn is_private(path: &Path) -> bool {
    fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0
}

/// The same command under a mask that hides nothing.
fn unmasked(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$@\"", "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(command.get_current_dir().unwrap());
    shell
}

const PEOPLE: &str = "id,name,phone\n1,孙一,13900000001\n2,孙一,13900000001\n";
const PEOPLE_MAP: &str = "[fields]\nid = \"id\"\nfull_name = \"name\"\nphones = \"phone\"\n";
const HISTORY: &str = "property,status,arrival,departure,adults,rate,currency,type
OLD,checked_out,2015-01-01,2015-01-02,1,100,EUR,A
OLD,checked_out,never,2015-01-02,1,100,EUR,A
";
const MAP: &str = "name = \"desk\"\n[property]\ncolumn = \"property\"\n[fields]\nstatus = { column = \"status\" }
status_date = { column = \"arrival\" }\narrival = { column = \"arrival\" }\ndeparture = { column = \"departure\" }
adults = { column = \"adults\" }\nrate = { column = \"rate\" }\ncurrency = { column = \"currency\" }
room_type_booked = { column = \"type\" }\n";

both_engines! {
    async fn whatever_is_written_is_private_whatever_the_mask(db: TestDb) {
        let site = Site::of(db).await;
        let (given, own) = (site.dir().join("given"), site.dir().join("own"));
        fs::create_dir(&given).unwrap();
        let put = |name: &str, text: &str| {
            let path = given.join(name);
            fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let at = |name: &str| own.join(name).display().to_string();
        // The key file is made by the first start where there is a database of its own for it, and copied elsewhere.
        let hefu = |arguments: &[&str]| {
            let mut command = site.hefu(arguments);
            if site.engine() == "sqlite" {
                command.env("HEFU_DATA", own.join("records")).env_remove("HEFU_KEYS_FILE");
            } else {
                command.env("HEFU_KEYS_FILE", own.join("keys/hefu.key"));
            }
            unmasked(&command)
        };
        fs::create_dir(&own).unwrap();
        fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).unwrap();
        if site.engine() == "postgres" {
            fs::create_dir(own.join("keys")).unwrap();
            fs::set_permissions(own.join("keys"), fs::Permissions::from_mode(0o700)).unwrap();
            fs::copy(site.db().key_file(), own.join("keys/hefu.key")).unwrap();
        }

        let serving = Serving::start(hefu(&["serve", "--demo", "--listen", "127.0.0.1:0"]), &site.log);
        let body = json!({ "full_name": "孙一" });
        assert!(serving.client().send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap().is_done());
        // While it runs there are logs of the engine and a lock.
        let open: Vec<_> = all(&own).into_iter().filter(|path| !is_private(path)).collect();
        assert_eq!(open, Vec::<PathBuf>::new());
        if site.engine() == "sqlite" {
            for name in ["hefu.db", "hefu.db-wal", "hefu.db-shm", "keys.db", "keys.db-wal", "hefu.lock", "hefu.key"] {
                assert!(own.join("records").join(name).exists(), "{name}");
            }
        }
        serving.stop();

        let (history, map) = (put("history.csv", HISTORY), put("desk.toml", MAP));
        let people = [put("people.csv", PEOPLE), put("people.toml", PEOPLE_MAP)];
        // A file that was there before, and open to others, does not stay so.
        fs::write(own.join("report.json"), "of last week").unwrap();
        fs::set_permissions(own.join("report.json"), fs::Permissions::from_mode(0o644)).unwrap();
        run(hefu(&["import", &history, "--map", &map, "--report", &at("report.json"), "--export-quarantine", &at("quarantine.csv")]));
        run(hefu(&["identity", "resolve", "--input", &people[0], "--map", &people[1], "--output", &at("clusters.csv"), "--pairs", &at("pairs.csv")]));
        run(hefu(&["keys", "rotate"]));
        run(hefu(&["verify"]));
        run(hefu(&["doctor"]));
        let found = all(&own);
        let open: Vec<_> = found.iter().filter(|path| !is_private(path)).collect();
        assert_eq!(open, Vec::<&PathBuf>::new());
        for name in ["report.json", "quarantine.csv", "clusters.csv", "pairs.csv", "hefu.checkpoint"] {
            assert!(found.iter().any(|path| path.ends_with(name)), "{name}: {found:?}");
        }
    }

    async fn nobody_reads_the_memory_with_the_keys(db: TestDb) {
        let site = Site::of(db).await;
        let mut command = site.hefu(&["serve", "--listen", "127.0.0.1:0"]);
        // What belongs to root belongs to it dumpable or not.
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        if is_root {
            run(common::cluster::command("chown", &["-R", "65534", site.dir().to_str().unwrap()]));
            command.uid(65_534);
        }
        let serving = Serving::start(command, &site.log);
        let of = |name: &str| PathBuf::from(format!("/proc/{}/{name}", serving.pid()));
        // The kernel gives them to root where no core may be written.
        for name in ["mem", "environ", "maps"] {
            assert_eq!(fs::metadata(of(name)).unwrap().uid(), 0, "{name}");
        }
        let limits = fs::read_to_string(of("limits")).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
        serving.stop();
    }
}
