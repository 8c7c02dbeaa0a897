//! A server over a store of its own, spoken to as a client would.
#![expect(unreachable_pub, reason = "used by the test modules of one program")]

pub mod money;
pub mod screens;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures_util::future::BoxFuture;
use hefu_app::{
    App,
    channel::replay::ReplayWaiting,
    import::received::ReceivedFiles,
    lock::{LockAnswer, LockFault, LockOrder, LockSystem, Locks, TellLock},
    people::reconsider::ReconsiderGuest,
    shared::SharedCache,
};
use hefu_exchange::desk::Folder;
use hefu_test_app::TestApp as _;
use hefu_test_kit::TestDb;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// The largest file that is received, bytes.
pub const MOST_OF_A_FILE: u64 = 4 << 20;

/// A lock system that does everything it is told.
struct Obedient;

impl LockSystem for Obedient {
    fn carry_out<'a>(&'a self, _: &'a LockOrder) -> BoxFuture<'a, Result<LockAnswer, LockFault>> {
        Box::pin(async { Ok(LockAnswer::Done) })
    }
}

/// A server and its store.
pub struct Server {
    /// First, because it looks at what the others leave.
    pub end: AsJournalled,
    /// The store, its clock at 2026-10-03T08:00:00Z (16:00 in Shanghai).
    pub db: TestDb,
    /// The application behind the server.
    pub app: App,
    /// What it answers with.
    pub router: Router,
    /// Idempotency keys given out.
    keys: AtomicU64,
}

/// Looks, when a test ends, whether every row is as the journal says and every entry is in the ledger.
pub struct AsJournalled {
    app: App,
    is_tampered_with: AtomicBool,
}

impl Drop for AsJournalled {
    fn drop(&mut self) {
        if std::thread::panicking() || self.is_tampered_with.load(Ordering::Relaxed) {
            return;
        }
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                self.app.sequence().await.unwrap();
                let verified = self.app.verify(None).await.unwrap();
                assert_eq!(verified.findings, [], "the records are not as the journal says");
                assert!(verified.rows > 0 && verified.entries > 0);
            });
        });
    }
}

impl Server {
    /// A server over `db` with one property: `SH01` in Shanghai at business date 2026-10-03; room types `DBL`
    /// (2 people; rooms 0401 to 0404) and `STE` (4 people; room 0501); rate plan `BAR` (300.00 and 800.00
    /// a night, service fee 10 %, tax 6 % on top, policy `FLEX`: one night within 24 h, everything when
    /// not coming) and part-day plan `DAY4` (120.00).
    pub async fn new(db: TestDb) -> Self {
        Self::sharing(db, None).await
    }

    /// The same with a cache that other servers share.
    pub async fn sharing(db: TestDb, cache: Option<Arc<SharedCache>>) -> Self {
        let server = Self::with(db, cache);
        server.set_up().await;
        server
    }

    /// A server over records that are there.
    pub fn over(db: TestDb) -> Self {
        Self::with(db, None)
    }

    fn with(db: TestDb, cache: Option<Arc<SharedCache>>) -> Self {
        let locks = Locks::default().with("SH01", Arc::new(Obedient));
        Self::opened(db, hefu_app::Options { shared: cache, locks, ..hefu_app::Options::default() })
    }

    /// As [`Server::new`], with these lock systems.
    pub async fn with_locks(db: TestDb, locks: Locks) -> Self {
        let server = Self::opened(db, hefu_app::Options { locks, ..hefu_app::Options::default() });
        server.set_up().await;
        server
    }

    /// As [`Server::new`], opened with these options and a lock system that does what it is told.
    pub async fn with_options(db: TestDb, options: hefu_app::Options) -> Self {
        let locks = Locks::default().with("SH01", Arc::new(Obedient));
        let server = Self::opened(db, hefu_app::Options { locks, ..options });
        server.set_up().await;
        server
    }

    fn opened(db: TestDb, options: hefu_app::Options) -> Self {
        let folder = Folder::new(db.key_file().with_file_name("imports"), MOST_OF_A_FILE);
        let options = hefu_app::Options { files: ReceivedFiles::by(Some(Arc::new(folder))), ..options };
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), options);
        let router = hefu_http::router(app.clone());
        let end = AsJournalled { app: app.clone(), is_tampered_with: AtomicBool::default() };
        Self { end, db, app, router, keys: AtomicU64::default() }
    }

    /// The test alters records behind Hefu's back, so they are not to be as the journal says.
    pub fn is_tampered_with(&self) {
        self.end.is_tampered_with.store(true, Ordering::Relaxed);
    }

    async fn set_up(&self) {
        let property = "/api/v1/properties/SH01";
        let put = async |path: String, body: Value| {
            let (status, answer) = self.send(Method::PUT, &path, Some(body), &[]).await;
            assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        };
        put(
            property.into(),
            json!({ "name": "合符外滩酒店", "name_en": "Hefu on the Bund", "time_zone": "Asia/Shanghai",
            "currency": "CNY", "business_date": "2026-10-03" }),
        )
        .await;
        for (code, name, en, capacity) in [("DBL", "双床房", "Twin", 2), ("STE", "套房", "Suite", 4)] {
            put(
                format!("{property}/room-types/{code}"),
                json!({ "name": name, "name_en": en, "capacity": capacity }),
            )
            .await;
        }
        let rooms: Vec<Value> = ["0401", "0402", "0403", "0404"]
            .map(|number| json!({ "number": number, "room_type": "DBL", "floor": "4" }))
            .into_iter()
            .chain([json!({ "number": "0501", "room_type": "STE", "floor": "5", "accessible": true })])
            .collect();
        put(format!("{property}/rooms"), json!(rooms)).await;
        put(
            format!("{property}/cancellation-policies/FLEX"),
            json!({ "name": "灵活", "name_en": "Flexible",
            "rules": [{ "within_hours": 24, "penalty": { "kind": "nights", "value": 1 } }],
            "no_show": { "kind": "share", "value": 10000 } }),
        )
        .await;
        put(
            format!("{property}/rate-plans/BAR"),
            json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
            "tax": 600, "service_fee": 1000, "policy": "FLEX", "rates": [
                { "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 },
                { "room_type": "STE", "valid_from": "2026-01-01", "amount": 800_00 }] }),
        )
        .await;
        put(format!("{property}/rate-plans/DAY4"), json!({ "name": "四小时钟点房", "name_en": "Four hours", "kind": "part_day",
            "hours": 4, "tax": 600, "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 120_00 }] })).await;
    }

    /// Sends a request; answers status and JSON.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> (StatusCode, Value) {
        let is_write = method != Method::GET;
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        if is_write {
            // Apart from the stack: tests send three requests at once.
            Box::pin(self.run_jobs()).await;
        }
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Gets a path that answers text.
    pub async fn text(&self, path: &str) -> (StatusCode, String) {
        let (status, _, bytes) = self.bytes(path).await;
        (status, String::from_utf8(bytes).unwrap())
    }

    /// Gets what is no text; answers status, media type and content.
    pub async fn bytes(&self, path: &str) -> (StatusCode, String, Vec<u8>) {
        let request = Request::get(path).header(header::HOST, "127.0.0.1").body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, kind) = (answer.status(), answer.headers().get(header::CONTENT_TYPE).cloned());
        let kind = kind.and_then(|kind| kind.to_str().map(str::to_owned).ok()).unwrap_or_default();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, kind, bytes.to_vec())
    }

    /// Sends a channel's message; answers status and XML.
    pub async fn xml(&self, path: &str, message: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/xml");
        }
        let answer = self.router.clone().oneshot(request.body(Body::from(message.to_owned())).unwrap()).await;
        let answer = answer.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        Box::pin(self.run_jobs()).await;
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Runs what writes have left to be done, as the server does beside them a moment later.
    pub async fn run_jobs(&self) {
        while self.app.run_jobs::<ReconsiderGuest>().await.unwrap() > 0 {}
        while self.app.run_jobs::<TellLock>().await.unwrap() > 0 {}
        while self.app.run_jobs::<ReplayWaiting>().await.unwrap() > 0 {}
    }

    /// GET that must answer 200.
    pub async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.send(Method::GET, path, None, &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    /// POST as an impatient client sends it: three times at once, under one key. All three must get the same
    /// answer, so whoever calls this and looks at what came of it sees that it came once.
    async fn insist(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let key = format!("insist-{}", self.keys.fetch_add(1, Ordering::Relaxed));
        let headers = [("idempotency-key", key.as_str())];
        let once = || self.send(Method::POST, path, Some(body.clone()), &headers);
        let (first, second, third) = tokio::join!(once(), once(), once());
        assert_eq!(first, second, "{path}");
        assert_eq!(first, third, "{path}");
        first
    }

    /// POST that must answer 200 or 201, each of three times.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.insist(path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// POST that must be refused, each of three times; answers status and code.
    pub async fn refused(&self, path: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.insist(path, body).await;
        assert!(!status.is_success(), "{path} was not refused: {answer}");
        (status.as_u16(), answer["code"].as_str().unwrap().to_owned())
    }

    /// Books `room_type` under `BAR` for 张伟 (invented); answers the number's digits.
    pub async fn book(&self, room_type: &str, arrival: &str, departure: &str) -> String {
        let booked = self.post("/api/v1/reservations", booking(room_type, arrival, departure)).await;
        digits(&booked)
    }
}

/// A booking of one room under `BAR` for an invented guest.
pub fn booking(room_type: &str, arrival: &str, departure: &str) -> Value {
    json!({
        "property": "SH01",
        "guest": { "profile": { "full_name": "张伟", "phones": ["138 1234 5678"],
            "documents": [{ "type": "resident_id", "number": "11010519491231002X" }] } },
        "rooms": [{ "room_type": room_type, "rate_plan": "BAR", "arrival": arrival, "departure": departure }],
    })
}

/// Method and path of every operation of the API's description that takes a body.
pub fn operations() -> Vec<(Method, String)> {
    let api = serde_json::to_value(hefu_http::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        let methods =
            item.as_object().unwrap().iter().filter(|(_, operation)| operation.get("requestBody").is_some());
        found.extend(methods.map(|(method, _)| (method.to_uppercase().parse().unwrap(), path.clone())));
    }
    found
}

/// The digits of an answer's visit number.
pub fn digits(answer: &Value) -> String {
    answer["number"].as_str().unwrap().replace('-', "")
}
