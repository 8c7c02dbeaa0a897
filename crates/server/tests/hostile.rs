//! Every operation of the API's description gets requests that nobody would send, and answers as described:
//! schemathesis invents them against a running server. `HEFU_HOSTILE_SECONDS` says for how long on each
//! engine, `HEFU_HOSTILE_SEED` repeats a run.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use common::{Serving, Site, assert_no_panic, http::Client, setting, tail};
use hefu_crypto::OsRng;
use hefu_kernel::Rng as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// What an answer is held to. That a well-formed request is accepted cannot be asked for: what is well formed may
/// still be sold out.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,unsupported_method,allow_header_conformance";

/// Where in a request values that lead somewhere are put, and of which kind.
const PLACES: &[(&str, &str)] = &[
    ("path.property", "properties"),
    ("query.property", "properties"),
    ("body.property", "properties"),
    ("path.number", "numbers"),
    ("query.visit", "numbers"),
    ("query.q", "words"),
    ("path.id", "ids"),
    ("body.guest.id", "ids"),
    ("path.code", "codes"),
    ("body.code", "codes"),
    ("body.rooms[*].room_type", "codes"),
    ("body.rooms[*].rate_plan", "codes"),
    ("body.rooms[*].arrival", "days"),
    ("body.rooms[*].departure", "days"),
    ("body.departure", "days"),
    ("body.from", "days"),
    ("body.until", "days"),
    ("query.from", "days"),
    ("query.to", "days"),
    ("body.room", "rooms"),
    ("body.posting_id", "postings"),
];

/// What is answered to people who signed in, and here nobody does; `accounts.rs` of the API's tests asks it.
const OWN_ACCOUNT: [&str; 7] = [
    "GET /api/v1/me",
    "GET /api/v1/me/sessions",
    "POST /api/v1/me/sessions/end",
    "PUT /api/v1/me/password",
    "GET /api/v1/me/passkeys",
    "DELETE /api/v1/me/passkeys/{id}",
    "POST /api/v1/session/passkey/options",
];

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts")
}

/// The Python that has schemathesis, installed beside what was built.
fn python() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_hefu")).ancestors().nth(2).unwrap();
    let done = Command::new(scripts().join("schemathesis.sh")).arg(built.join("tools")).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().into()
}

/// The texts under a name, wherever they stand in a document.
fn texts(of: &Value, name: &str, found: &mut Vec<String>) {
    match of {
        Value::Object(fields) => {
            for (field, value) in fields {
                match value.as_str() {
                    Some(text) if field == name => found.push(text.to_owned()),
                    _ => texts(value, name, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, name, found)),
        _ => {}
    }
}

/// The operations of a description, as schemathesis calls them.
fn operations(api: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys();
        found.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    found
}

/// schemathesis's settings: values of the records there are, so that requests get further than "not found".
async fn settings(client: &mut Client) -> String {
    let property = client.get("/api/v1/properties/SH01").await;
    let reservations = client.all("/api/v1/reservations?property=SH01&limit=500", "cursor", None).await;
    let (mut numbers, mut ids, mut postings) = (Vec::new(), Vec::new(), Vec::new());
    for reservation in reservations.iter().rev().take(24) {
        let number = reservation["number"].as_str().unwrap().to_owned();
        let view = client.get(&format!("/api/v1/visits/{number}")).await;
        ids.push(view["guest"]["id"].as_str().unwrap().to_owned());
        texts(&view["consumption"]["postings"], "id", &mut postings);
        numbers.push(number);
    }
    let mut rooms = Vec::new();
    texts(&property["rooms"], "number", &mut rooms);
    for id in ids.iter().take(6) {
        let path = format!("/api/v1/guests/{id}/membership");
        let member = client.send("POST", &path, &[], Some(&json!({}))).await.unwrap();
        numbers.extend(member.body["number"].as_str().map(str::to_owned));
    }
    numbers.extend(rooms.iter().take(6).cloned());
    rooms.push("auto".into());
    let today = property["property"]["business_date"].as_str().unwrap();
    let day =
        |after: u64| (today.parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(after)).to_string();
    let mut codes = Vec::new();
    texts(&property, "code", &mut codes);
    let kinds = [
        ("properties", vec!["SH01".to_owned(), "HZ01".to_owned()]),
        ("numbers", numbers),
        ("ids", ids),
        ("postings", postings),
        ("rooms", rooms),
        ("codes", codes),
        ("days", (0..6).map(day).collect()),
        (
            "words",
            ["张伟", "zhang", "8000", "SH01", "0301", "今天", "138 1234 5678"].map(String::from).to_vec(),
        ),
    ];
    // JSON's strings and lists are TOML's too.
    let mut toml = String::new();
    for (name, values) in kinds {
        let _ = writeln!(toml, "[dictionaries.{name}]\nvalues = {}", json!(values));
    }
    toml.push_str("[parameters]\n");
    for (place, kind) in PLACES {
        let _ = writeln!(toml, "\"{place}\" = {{ dictionary = \"{kind}\", probability = 0.8 }}");
    }
    toml
}

both_engines! {
    async fn whatever_is_sent_gets_an_answer_as_described(db: TestDb) {
        let python = python();
        // Half of it passes before anything is invented: there are more than three hundred operations.
        let seconds = setting("HEFU_HOSTILE_SECONDS", 110);
        let seed = setting("HEFU_HOSTILE_SEED", OsRng.next_u64() >> 32);
        let site = Site::of(db).await;
        let serving = Serving::start(site.hefu(&["serve", "--demo", "--listen", "127.0.0.1:0"]), &site.log);
        let config = site.dir().join("schemathesis.toml");
        std::fs::write(&config, settings(&mut serving.client()).await).unwrap();
        let mut command = Command::new(python);
        command.args(["-m", "schemathesis.cli", "--config-file"]).arg(&config).arg("run");
        command.arg(format!("http://{}/openapi.json", serving.address));
        command.args(["--checks", CHECKS, "--max-time", &seconds.to_string(), "--seed", &seed.to_string()]);
        command.args(["--no-color", "--generation-database", "none", "--warnings", "off"]);
        command.args(["--continue-on-failure", "--request-timeout", "70"]).current_dir(site.dir());
        command.args(["--report", "json", "--report-json-path", "report.json"]);
        let done = command.output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        eprintln!("HEFU_HOSTILE_SEED={seed}\n{said}\n{}", String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{}", tail(&site.log));
        assert_no_panic(&site.log);
        let log = std::fs::read_to_string(&site.log).unwrap();
        assert!(!log.contains("a request failed"), "{}", tail(&site.log));
        let report: Value = serde_json::from_slice(&std::fs::read(site.dir().join("report.json")).unwrap()).unwrap();
        let called: BTreeSet<String> = report["valid_rates"].as_object().unwrap().keys().cloned().collect();
        let mut described = operations(&serving.client().get("/openapi.json").await);
        // Of nobody's own account there is nothing to answer, and schemathesis counts only what was answered.
        described.retain(|operation| !OWN_ACCOUNT.contains(&operation.as_str()));
        assert!(described.is_subset(&called), "not called: {:?}", described.difference(&called));
        // The server is none the worse for it.
        assert_eq!(serving.client().get("/healthz").await["status"], "ok");
    }

    /// Two programs with the same role at different properties: what one has written, the other is not shown, whatever it asks.
    async fn whoever_asks_as_one_property_finds_nothing_of_another(db: TestDb) {
        let python = python();
        let seconds = setting("HEFU_HOSTILE_SECONDS", 30).div_ceil(2);
        let seed = setting("HEFU_HOSTILE_SEED", OsRng.next_u64() >> 32);
        let site = Site::of(db).await;
        let serving = Serving::start(site.hefu(&["serve", "--demo", "--listen", "127.0.0.1:0"]), &site.log);
        let mut client = serving.client();
        let mut keys = Vec::new();
        for property in ["SH01", "HZ01"] {
            let program = json!({ "name": property });
            let made = client.send("POST", "/api/v1/api-clients", &[], Some(&program)).await.unwrap().body;
            let grants = format!("/api/v1/api-clients/{}/grants", made["client"]["id"].as_str().unwrap());
            let grant = json!({ "role": "front_desk", "property": property });
            assert_eq!(client.send("POST", &grants, &[], Some(&grant)).await.unwrap().status, 201);
            keys.push(made["key"].as_str().unwrap().to_owned());
        }
        // What leads somewhere leads to the first property's records, for both.
        let config = site.dir().join("schemathesis.toml");
        std::fs::write(&config, settings(&mut client).await).unwrap();
        drop((client, serving));
        let mut start = site.hefu(&["serve", "--listen", "127.0.0.1:0"]);
        start.env("HEFU_ACCOUNTS_REQUIRED", "true").env("HEFU_ACCOUNTS_LOOK_UPS_AN_HOUR", "1000000");
        let serving = Serving::start(start, &site.log);
        let run = |key: &str, report: &str| {
            let mut command = Command::new(&python);
            command.args(["-m", "schemathesis.cli", "--config-file"]).arg(&config).arg("run");
            command.arg(format!("http://{}/openapi.json", serving.address));
            command.args(["--header", &format!("Authorization: Bearer {key}"), "--checks", "not_a_server_error"]);
            command.args(["--max-time", &seconds.to_string(), "--seed", &seed.to_string()]);
            command.args(["--no-color", "--generation-database", "none", "--warnings", "off"]);
            command.args(["--continue-on-failure", "--request-timeout", "70"]).current_dir(site.dir());
            command.args(["--report", "har", "--report-har-path", report]);
            let done = command.output().unwrap();
            let said = String::from_utf8_lossy(&done.stdout).into_owned();
            assert!(done.status.success(), "HEFU_HOSTILE_SEED={seed}\n{said}\n{}", String::from_utf8_lossy(&done.stderr));
            let report = std::fs::read(site.dir().join(report)).unwrap();
            let report: Value = serde_json::from_slice(&report).unwrap();
            report["log"]["entries"].as_array().unwrap().clone()
        };
        let answers = |entries: &[Value]| -> Vec<(String, u64, String)> {
            let of = |entry: &Value| {
                let (asked, answer) = (&entry["request"], &entry["response"]);
                let what = format!("{} {}", asked["method"].as_str().unwrap_or_default(), asked["url"].as_str().unwrap_or_default());
                (what, answer["status"].as_u64().unwrap_or_default(), answer["content"]["text"].as_str().unwrap_or_default().to_owned())
            };
            entries.iter().map(of).collect()
        };
        let first = answers(&run(&keys[0], "first.har"));
        let second = answers(&run(&keys[1], "second.har"));
        // All visits of the first property, as the first program sees them.
        let mut numbers = BTreeSet::new();
        let mut cursor = String::new();
        let as_first = [("authorization", format!("Bearer {}", keys[0]))];
        let as_first: Vec<(&str, &str)> = as_first.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut client = serving.client();
        loop {
            let path = format!("/api/v1/reservations?property=SH01&limit=500{cursor}");
            let page = client.send("GET", &path, &as_first, None).await.unwrap().body;
            let mut some = Vec::new();
            texts(&page["items"], "number", &mut some);
            numbers.extend(some);
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert!(numbers.len() > 20, "{numbers:?}");
        let tells = |text: &str| numbers.iter().find(|number| text.contains(*number) || text.contains(&number.replace('-', ""))).cloned();
        let seen = first.iter().filter(|(_, status, text)| *status == 200 && tells(text).is_some()).count();
        assert!(seen > 0, "the first program found nothing, so the second proves nothing");
        let done = second.iter().filter(|(_, status, _)| *status < 300).count();
        assert!(done > 0, "the second program may do nothing at all");
        let told: Vec<String> = second
            .iter()
            .filter_map(|(what, status, text)| tells(text).map(|number| format!("{what}: {status} tells {number}")))
            .collect();
        assert!(told.is_empty(), "HEFU_HOSTILE_SEED={seed}\n{}", told.join("\n"));
        eprintln!("{} answers to the first, {seen} of them with its visits; {} to the second, {done} done", first.len(), second.len());
        assert_no_panic(&site.log);
    }
}
