//! What lies in the database's files shows nobody: no name, phone, document or e-mail address, and nothing that people wrote as a reason.

use std::{collections::HashMap, path::Path, process::Command, time::Duration};

use crate::common::{Server, booking, digits};
use hefu_synthetic::{People, Person};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;
use tower::ServiceExt as _;

const PEOPLE: u64 = 200;

/// Stored plainly on purpose: what is looked for in the same way must be found.
const COMPANY: &str = "云帆会展服务有限公司";

/// What people write as reasons, in the body or beside it.
const REASONS: [&str; 7] = [
    "打鼾影响邻客",
    "客人突发急病",
    "母亲住院陪护",
    "与前台发生争执",
    "生日蛋糕弄脏地毯",
    "空调漏水伤及住客",
    "snoring next door",
];

/// Texts to look for in bytes, in every form they could lie there.
struct Needles {
    by_start: HashMap<[u8; 6], Vec<(Vec<u8>, String)>>,
    /// Whether one of them begins with these two bytes: most places in a file are passed by this alone.
    begins: Vec<bool>,
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

impl Needles {
    fn of(texts: impl IntoIterator<Item = String>) -> Self {
        let mut needles = Self { by_start: HashMap::new(), begins: vec![false; 1 << 16] };
        for text in texts {
            let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
            // Fewer bytes than six come about by chance in ciphertexts: as digits, the four of two characters in UTF-16 once did.
            let mut plain = vec![text.as_bytes().to_vec(), utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)];
            plain.retain(|form| form.len() >= 6);
            // A dump writes bytes as hexadecimal digits.
            let hex =
                plain.iter().map(|b| b.iter().map(|b| format!("{b:02x}")).collect::<String>().into_bytes());
            for form in plain.iter().cloned().chain(hex) {
                let start = form[..6].try_into().unwrap();
                needles.begins[pair(&form)] = true;
                needles.by_start.entry(start).or_default().push((form, text.clone()));
            }
        }
        needles
    }

    fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, window) in bytes.windows(6).enumerate() {
            if !self.begins[pair(window)] {
                continue;
            }
            let start: [u8; 6] = window.try_into().unwrap();
            let forms = self.by_start.get(&start).map(Vec::as_slice).unwrap_or_default();
            found.extend(
                forms.iter().filter(|(form, _)| bytes[at..].starts_with(form)).map(|(_, text)| text.clone()),
            );
        }
        found
    }
}

fn personal(person: &Person) -> Vec<String> {
    let mut texts = vec![
        person.full_name.clone(),
        person.document_number.clone(),
        person.phone.clone(),
        person.phone.trim_start_matches('+').to_owned(),
    ];
    texts.extend(person.email.clone());
    texts
}

/// The database of a server that is gone with everything else that holds the store.
fn only_db(s: Server) -> TestDb {
    s.db
}

fn files(dir: &Path) -> Vec<u8> {
    std::fs::read_dir(dir).unwrap().flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

/// Everything the ledger tells outsiders of its entries.
async fn leaves(s: &Server) -> Vec<u8> {
    let latest = s.get("/api/v1/journal?limit=1").await;
    let size = latest["items"][0]["log_index"].as_u64().unwrap() + 1;
    let mut all = Vec::new();
    for tile in 0..=size / 256 {
        let width = (size - tile * 256).min(256);
        let path = match width {
            0 => continue,
            256 => format!("/log/tile/entries/{tile:03}"),
            width => format!("/log/tile/entries/{tile:03}.p/{width}"),
        };
        let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        let response = s.router.clone().oneshot(request).await.unwrap();
        all.extend_from_slice(&axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap());
    }
    assert!(all.windows(12).any(|bytes| bytes == b"\"commitment\""));
    all
}

/// Everything the database keeps.
fn kept(address: &str) -> Vec<u8> {
    if !address.starts_with("postgres") {
        return files(Path::new(address));
    }
    let dump = Command::new("pg_dump").args(["--data-only", "--dbname", address]).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    dump.stdout
}

both_engines! {
    async fn nobody_can_be_read_in_what_is_kept(db: TestDb) {
        let s = Server::new(db).await;
        let people: Vec<Person> = (0..PEOPLE).map(|i| People::new(7).person(i, None)).collect();
        for (i, person) in people.iter().enumerate() {
            let day = chrono::NaiveDate::from_ymd_opt(2027, 1, 1).unwrap() + chrono::Days::new(i as u64 / 4);
            let mut body = booking("DBL", "2026-10-03", "2026-10-04");
            body["company"] = json!(COMPANY);
            body["rooms"][0]["arrival"] = json!(day);
            body["rooms"][0]["departure"] = json!(day + chrono::Days::new(1));
            body["guest"]["profile"] = json!({
                "full_name": person.full_name, "phones": [person.phone], "emails": person.email.iter().collect::<Vec<_>>(),
                "documents": [{ "type": person.document_type, "number": person.document_number, "country": person.nationality }],
                "birth": person.birth, "nationality": person.nationality, "city": person.city,
            });
            let key = format!("key-{i}");
            let (status, answer) =
                s.send(axum::http::Method::POST, "/api/v1/reservations", Some(body), &[("idempotency-key", &key)]).await;
            assert_eq!(status.as_u16(), 201, "person {i}: {answer}");
            if i < 3 {
                // Who buys stands on invoices: by the window, or as it was written.
                let at = format!("/api/v1/visits/{}", digits(&answer));
                s.post(&format!("{at}/charges"), json!({ "code": "MINI", "amount": 10_00 })).await;
                let buyer = (i > 0).then(|| json!({ "title": person.full_name, "phone": person.phone, "address": person.phone }));
                let invoice = s.post(&format!("{at}/invoices"), json!({ "window": 1, "buyer": buyer })).await;
                let path = format!("/api/v1/properties/SH01/invoices/INV/{}", invoice["number"]);
                assert_eq!(s.get(&path).await["buyer"]["title"], person.full_name);
            }
        }
        let at = |number: &str, what: &str| format!("/api/v1/visits/{number}/{what}");
        let living = s.book("DBL", "2026-10-03", "2026-10-05").await;
        s.post(&at(&living, "check-in"), json!({ "room": "0401" })).await;
        s.post(&at(&living, "move"), json!({ "line": 1, "room": "0402", "reason": REASONS[0] })).await;
        s.post(&at(&living, "charges"), json!({ "code": "MINI", "amount": 10_00 })).await;
        let view = s.get(&format!("/api/v1/visits/{living}")).await;
        let (line, guest) = (view["consumption"]["postings"][0]["id"].clone(), view["guest"]["id"].as_str().unwrap().to_owned());
        s.post(&at(&living, "reversals"), json!({ "posting_id": line, "reason": REASONS[4] })).await;
        let called_off = s.book("DBL", "2026-12-01", "2026-12-02").await;
        s.post(&at(&called_off, "cancel"), json!({ "reason": REASONS[1] })).await;
        s.post(&at(&called_off, "reinstate"), json!({ "reason": REASONS[2] })).await;
        s.post(&format!("/api/v1/guests/{guest}/reveal"), json!({ "reason": REASONS[3] })).await;
        let closed = json!({ "from": "2026-12-10", "until": "2026-12-12", "reason": REASONS[5] });
        s.post("/api/v1/properties/SH01/rooms/0404/out-of-order", closed).await;
        let header = [("hefu-reason", "snoring%20next%20door"), ("idempotency-key", "with a reason")];
        let (status, answer) =
            s.send(axum::http::Method::POST, &at(&called_off, "cancel"), Some(json!({})), &header).await;
        assert!(status.is_success(), "{answer}");
        s.app.sequence().await.unwrap();
        let journal = s.get("/api/v1/journal?limit=500").await.to_string();
        assert!(REASONS.iter().all(|reason| journal.contains(reason)), "{journal}");
        let leaves = leaves(&s).await;
        assert!(Needles::of(REASONS.map(str::to_owned)).found_in(&leaves).is_empty(), "a leaf tells a reason");

        let needles = Needles::of(people.iter().flat_map(personal).chain(REASONS.map(str::to_owned)));
        let control = Needles::of([COMPANY.to_owned()]);
        let address = s.db.address();
        let check = |when: &str| {
            let bytes = kept(&address);
            assert!(!control.found_in(&bytes).is_empty(), "{when}: the check finds nothing at all");
            assert_eq!(needles.found_in(&bytes), Vec::<String>::new(), "{when}");
            // The search itself: a name put there is found.
            let mut told = bytes;
            told.extend_from_slice(people[0].phone.as_bytes());
            assert!(!needles.found_in(&told).is_empty());
        };
        check("while open");
        if !address.starts_with("postgres") {
            let db = only_db(s);
            db.store.close().await;
            // The last connections work the logs into the files and remove them.
            let logs = || {
                let files = std::fs::read_dir(&address).unwrap();
                files.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains('-')).count()
            };
            for _ in 0..200 {
                if logs() == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            assert_eq!(logs(), 0, "a log is still there");
            check("after the log was worked in");
        }
    }
}
