//! Evidence of a visit is checked by what a browser has, and by nothing of ours: the script of the page, run by Node.js.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use common::{Serving, Site, make_property};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

both_engines! {
    async fn a_visit_is_proven_to_whoever_has_a_browser(db: TestDb) {
        // Whoever is to trust the page reads what checks it.
        assert!(include_str!("../src/evidence/check.js").lines().count() <= 200);
        let site = Site::of(db).await;
        let key = String::from_utf8(site.hefu(&["ledger", "show"]).output().unwrap().stdout).unwrap();
        let mut command = site.hefu(&["witness", "--listen", "127.0.0.1:0", "--name", "witness.example/w1", "--ledger"]);
        command.arg(key.split_whitespace().next().unwrap()).arg("--data").arg(site.dir().join("elsewhere"));
        let watching = Serving::start(command, &site.log);
        let secret = std::fs::read_to_string(site.dir().join("elsewhere/witness/witness.key")).unwrap();
        let witness = hefu_ledger::Signer::of_secret(secret.trim()).unwrap().verifier();
        let url = format!("http://{}", watching.address);
        std::fs::write(site.dir().join("hefu.toml"), format!("[ledger]\nwitness = [{{ url = \"{url}\", key = \"{witness}\" }}]\n")).unwrap();

        let serving = site.serve();
        let mut client = serving.client();
        make_property(&mut client, "SH01", 4).await;
        let booking = json!({ "property": "SH01", "guest": { "profile": { "full_name": "张伟" } },
            "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": common::TODAY, "departure": common::day(2) }] });
        let booked = client.send("POST", "/api/v1/reservations", &[], Some(&booking)).await.unwrap();
        assert!(booked.is_done(), "{booked:?}");
        let visit = format!("/api/v1/visits/{}", booked.number());
        for (action, body) in [
            ("check-in", json!({ "room": "0100", "accept_early": true })),
            ("move", json!({ "line": 1, "room": "0101", "reason": "空调漏水" })),
            ("charges", json!({ "code": "MINI", "amount": 25_00, "reference": "slip-7" })),
        ] {
            let done = client.send("POST", &format!("{visit}/{action}"), &[], Some(&body)).await.unwrap();
            assert!(done.is_done(), "{action}: {done:?}");
        }
        // Cosigned within two seconds.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let file = site.dir().join("evidence.html");
        let arguments = |reason| ["evidence".to_owned(), booked.number(), "--output".into(), file.display().to_string(), "--reason".into(), reason];
        let run = |reason: &str| {
            let arguments = arguments(reason.to_owned());
            site.hefu(&arguments.each_ref().map(String::as_str)).output().unwrap()
        };
        assert!(!run(" ").status.success(), "it takes a reason");
        let done = run("法院调取");
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && said.contains("1 witnesses") && !said.contains("warning"), "{said}");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let journal = client.get("/api/v1/journal?limit=20").await.to_string();
        assert!(journal.contains("guest.reveal") && journal.contains("法院调取"), "{journal}");

        let node = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evidence.mjs"))
            .arg(&file)
            .args(["stay.move", "空调漏水", "stay", "posting", "MINI", &booked.number()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .expect("Node.js 20, which the check of openapi.json needs too");
        let said = String::from_utf8_lossy(&node.stdout).into_owned() + &String::from_utf8_lossy(&node.stderr);
        assert!(node.status.success() && said.contains("alterations are told"), "{said}");
        if let Ok(kept) = std::env::var("HEFU_TEST_EVIDENCE") {
            std::fs::copy(&file, kept).unwrap();
        }
    }
}
