//! Backups in S3-compatible storage: a server of others (`s3s`), which checks signatures and keeps its objects in a directory.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Output},
};

use common::{Site, make_property};
use hefu_test_kit::TestDb;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use serde_json::json;

const KEY: &str = "hotel";
const SECRET: &str = "a secret of the storage";

/// Serves `dir`, a directory for each bucket, until the test ends.
async fn storage(dir: &Path) -> SocketAddr {
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(dir).unwrap());
    service.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let _ =
                    Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn said(done: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

async fn succeed(command: Command) -> String {
    let done = output(command).await;
    assert!(done.status.success(), "{}", said(&done));
    said(&done)
}

async fn fail(command: Command, expected: &str) {
    let done = output(command).await;
    assert!(!done.status.success() && said(&done).contains(expected), "{expected:?} in {}", said(&done));
    assert!(!said(&done).contains(SECRET), "{}", said(&done));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_comes_back_from_s3_compatible_storage() {
    let site = Site::of(TestDb::sqlite().await).await;
    let serving = site.serve();
    make_property(&mut serving.client(), "BACK", 20).await;
    let body = json!({ "full_name": "王芳" });
    assert!(serving.client().send("POST", "/api/v1/guests", &[], Some(&body)).await.unwrap().is_done());

    let objects = site.dir().join("objects");
    fs::create_dir_all(objects.join("hotel-backups")).unwrap();
    let address = storage(&objects).await;
    let target = format!("s3:http://{address}/hotel-backups/chain/first");
    let hefu = |arguments: &[&str]| {
        let mut command = site.hefu(arguments);
        command.env("HEFU_BACKUP_S3_ACCESS_KEY_ID", KEY).env("HEFU_BACKUP_S3_SECRET_ACCESS_KEY", SECRET);
        command.env("HEFU_BACKUP_TARGET", &target);
        command
    };
    fail(hefu(&["backup", "--list"]), "there is no backup repository").await;
    fail(hefu(&["backup", &format!("s3:http://{address}/nobody/x")]), "NoSuchBucket").await;
    let mut wrong = hefu(&["backup"]);
    wrong.env("HEFU_BACKUP_S3_SECRET_ACCESS_KEY", "guessed");
    fail(wrong, "SignatureDoesNotMatch").await;
    // Nobody listens there: refused at once, or after some tries.
    fail(hefu(&["backup", "s3:http://127.0.0.1:9/hotel-backups"]), "s3:http://127.0.0.1:9").await;

    succeed(hefu(&["backup"])).await;
    succeed(hefu(&["backup"])).await;
    assert!(succeed(hefu(&["backup", "--list"])).await.contains("2 backups"));
    assert!(succeed(hefu(&["backup", "--check"])).await.contains("clean"));
    assert!(succeed(hefu(&["doctor"])).await.contains("the last of 2 was made at"));

    let again = site.dir().join("again");
    let mut restore = hefu(&["restore", "--data", again.to_str().unwrap()]);
    restore.env("HEFU_KEYS_FILE", site.dir().join("hefu.key"));
    assert!(succeed(restore).await.contains("clean"));
    assert!(again.join("hefu.db").exists());

    // Another program, over the same protocol. (Its check lists with an empty delimiter, which this server misunderstands.)
    let password = site.dir().join("password");
    fs::write(&password, output(hefu(&["backup", "--print-password"])).await.stdout).unwrap();
    let by_restic = site.dir().join("by_restic");
    let mut restic = Command::new("restic");
    restic.args(["--no-cache", "-r", &target, "--password-file"]).arg(&password);
    restic.args(["restore", "latest", "--target"]).arg(&by_restic);
    restic.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET).env("HOME", site.dir());
    succeed(restic).await;
    let mut verify = hefu(&["verify", "--data", by_restic.to_str().unwrap()]);
    verify.env("HEFU_KEYS_FILE", site.dir().join("hefu.key"));
    succeed(verify).await;

    // What somebody changed there is found.
    let damaged =
        fs::read_dir(objects.join("hotel-backups/chain/first/snapshots")).unwrap().next().unwrap().unwrap();
    let mut content = fs::read(damaged.path()).unwrap();
    content[40] ^= 1;
    fs::write(damaged.path(), content).unwrap();
    fail(hefu(&["backup", "--check"]), "the backups are damaged").await;
    serving.stop();
}
