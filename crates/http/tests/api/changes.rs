//! Changes as they happen, over HTTP on both engines: in order, without a gap, from any server, to whoever may see them, and until it is time to end.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, BodyDataStream},
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use hefu_app::{
    App,
    changes::{ChangeHub, FollowLimits, TellChanges},
};
use hefu_http::{
    connection::{Limits, Peer, serve},
    door::Doorway,
};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::timeout,
};
use tower::ServiceExt as _;

use crate::{
    accounts::{Browser, Hotel},
    common::Server,
};

const PATH: &str = "/api/v1/properties/SH01/changes";

/// Longest wait for an event. A stream that hangs fails its test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(20);

/// An event as a page gets it.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    name: String,
    id: i64,
    data: Value,
}

impl Event {
    /// Kind, visit and room of each change, as one text each.
    fn changes(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let changes = self.data["changes"].as_array().unwrap();
        changes.iter().map(|c| [&c["kind"], &c["visit"], &c["room"]].map(text).join(" ")).collect()
    }
}

/// A stream as a browser reads it.
struct Stream {
    body: BodyDataStream,
    text: String,
    /// What a browser would say when it opens the stream again.
    last_id: i64,
    heartbeats: usize,
}

impl Stream {
    fn of(answer: Response) -> Self {
        assert_eq!(answer.status(), StatusCode::OK);
        let media = answer.headers()[header::CONTENT_TYPE].to_str().unwrap();
        assert!(media.starts_with("text/event-stream"), "{media}");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        assert!(answer.headers().get(header::CONTENT_ENCODING).is_none());
        Self { body: answer.into_body().into_data_stream(), text: String::new(), last_id: -1, heartbeats: 0 }
    }

    /// The next event; none when the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let Some((block, rest)) = self.text.split_once("\n\n") else {
                let more = timeout(PATIENCE, self.body.next()).await.unwrap()?.unwrap();
                self.text.push_str(std::str::from_utf8(&more).unwrap());
                continue;
            };
            let field = |name: &str| {
                block.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
            };
            let (name, id, data) = (field("event:"), field("id:"), field("data:"));
            self.text = rest.to_owned();
            let id = id.map(|id| id.parse().unwrap());
            if let Some(id) = id {
                assert!(id >= self.last_id, "{id} after {}", self.last_id);
                self.last_id = id;
            }
            match data {
                Some(data) => {
                    let data: Value = serde_json::from_str(&data).unwrap();
                    assert!(id.is_none_or(|id| data["until"] == id), "{data}");
                    return Some(Event { name: name.unwrap(), id: self.last_id, data });
                }
                None => self.heartbeats += 1,
            }
        }
    }

    /// The next event, which has this name.
    async fn next_is(&mut self, name: &str) -> Event {
        let event = self.next().await.unwrap();
        assert_eq!(event.name, name, "{event:?}");
        event
    }

    /// Whether nothing but heartbeats comes before the stream ends.
    async fn ends(&mut self) -> bool {
        self.next().await.is_none()
    }
}

async fn asked(router: &Router, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::get(path).extension(Peer("192.0.2.7".parse().unwrap()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

const STREAM: (&str, &str) = ("accept", "text/event-stream");

async fn follow(router: &Router, path: &str) -> Stream {
    Stream::of(asked(router, path, &[STREAM]).await)
}

/// Opens a stream again, as a browser does.
async fn again(router: &Router, path: &str, last: &str) -> Stream {
    Stream::of(asked(router, path, &[STREAM, ("last-event-id", last)]).await)
}

/// Opens a stream with a cookie.
async fn as_browser(router: &Router, browser: &Browser) -> Response {
    let cookie = format!("hefu={}", browser.cookie.as_deref().unwrap());
    asked(router, PATH, &[STREAM, ("cookie", cookie.as_str())]).await
}

/// What a server does every second.
async fn a_second_passes(app: &App) {
    app.sequence().await.unwrap();
    app.run(TellChanges).await.unwrap();
}

/// The visit's number, as it is shown.
async fn number(s: &Server, visit: &str) -> String {
    s.get(&format!("/api/v1/visits/{visit}")).await["number"].as_str().unwrap().to_owned()
}

/// A router over the same application with other limits, where everybody has to sign in.
fn door(app: &App, following: FollowLimits) -> Router {
    let limits = Limits { following, ..Limits::default() };
    hefu_http::router_with(app.clone(), &limits, Doorway { accounts: true, ..Doorway::default() }, &[])
}

/// Limits under which it is looked at streams all the time.
fn watchful() -> FollowLimits {
    FollowLimits { look: Duration::from_millis(50), ..FollowLimits::default() }
}

both_engines! {
    async fn what_changes_is_told_in_order_and_nothing_of_anybody(db: TestDb) {
        let s = Server::new(db).await;
        // As long as nobody listens nothing is read, and nothing of before is told.
        a_second_passes(&s.app).await;
        let mut stream = follow(&s.router, PATH).await;
        let ready = stream.next_is("ready").await;
        assert_eq!(ready.data, json!({ "until": ready.id, "reload": false, "changes": [] }));
        let visit = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let number = number(&s, &visit).await;
        a_second_passes(&s.app).await;
        let booked = stream.next_is("changes").await;
        assert_eq!(booked.changes(), [format!("booking {number} -")]);
        s.post(&format!("/api/v1/visits/{visit}/check-in"), json!({ "room": "0401" })).await;
        s.post(&format!("/api/v1/visits/{visit}/charges"), json!({ "code": "MINI", "amount": 10_00 })).await;
        s.post(&format!("/api/v1/visits/{visit}/charges"), json!({ "code": "MINI", "amount": 20_00 })).await;
        s.post("/api/v1/properties/SH01/rooms/0404/state", json!({ "state": "dirty" })).await;
        a_second_passes(&s.app).await;
        let more = stream.next_is("changes").await;
        let (mut told, bill) = (more.changes(), format!("bill {number} -"));
        told.retain(|change| !change.starts_with("finding "));
        assert_eq!(told.iter().filter(|change| **change == bill).count(), 1, "each once: {told:?}");
        assert!(told.contains(&format!("stay {number} -")) && told.contains(&"room - 0404".to_owned()), "{told:?}");
        // What changes in no property, or in another one, is not told here.
        s.post("/api/v1/guests", json!({ "full_name": "王芳" })).await;
        let other = json!({ "name": "合符西湖酒店", "name_en": "Hefu West Lake", "time_zone": "Asia/Shanghai", "currency": "CNY", "business_date": "2026-10-03" });
        s.send(Method::PUT, "/api/v1/properties/HZ01", Some(other), &[]).await;
        a_second_passes(&s.app).await;
        s.post("/api/v1/properties/SH01/rooms/0403/state", json!({ "state": "dirty" })).await;
        a_second_passes(&s.app).await;
        let last = stream.next_is("changes").await;
        assert_eq!(last.changes(), ["room - 0403"]);
        assert!(ready.id < booked.id && booked.id < more.id && more.id < last.id);
        for event in [booked, more, last] {
            let text = event.data.to_string();
            assert!(!text.contains("张伟") && !text.contains("138") && !text.contains("11010519"), "{text}");
        }
    }

    async fn whoever_was_away_goes_on_without_a_gap_or_loads_everything_again(db: TestDb) {
        let s = Server::new(db).await;
        let mut stream = follow(&s.router, PATH).await;
        stream.next_is("ready").await;
        let state = async |room: &str| s.post(&format!("/api/v1/properties/SH01/rooms/{room}/state"), json!({ "state": "dirty" })).await;
        state("0401").await;
        a_second_passes(&s.app).await;
        let seen = stream.next_is("changes").await;
        drop(stream);
        assert_eq!(s.app.service::<ChangeHub>().listening(), 0);
        state("0402").await;
        s.app.sequence().await.unwrap();
        state("0403").await;
        s.app.sequence().await.unwrap();
        // By the header of a browser, by the address, and by both, where the header counts.
        let address = format!("{PATH}?after={}", seen.id);
        let (first, second, third) = (
            again(&s.router, PATH, &seen.id.to_string()).await,
            follow(&s.router, &address).await,
            again(&s.router, &format!("{PATH}?after=0"), &seen.id.to_string()).await,
        );
        for mut stream in [first, second, third] {
            stream.next_is("ready").await;
            assert_eq!(stream.next_is("changes").await.changes(), ["room - 0402", "room - 0403"]);
            state("0404").await;
            a_second_passes(&s.app).await;
            assert_eq!(stream.next_is("changes").await.changes(), ["room - 0404"]);
            s.post("/api/v1/properties/SH01/rooms/0404/state", json!({ "state": "clean" })).await;
            s.app.sequence().await.unwrap();
        }
        // The same once, as JSON.
        let once = s.get(&address).await;
        assert_eq!(once["reload"], false);
        assert_eq!(once["changes"][0], json!({ "kind": "room", "visit": null, "room": "0402" }));
        assert_eq!(once["changes"].as_array().unwrap().len(), 3);
        let now = s.get(PATH).await;
        assert_eq!((&now["until"], &now["changes"]), (&once["until"], &json!([])));
        // From nowhere.
        for last in ["999999", "-7", "x", ""] {
            let mut stream = again(&s.router, PATH, last).await;
            stream.next_is("ready").await;
            let reload = stream.next_is("reload").await;
            assert_eq!((reload.id, reload.data["reload"].as_bool()), (now["until"].as_i64().unwrap(), Some(true)), "{last}");
        }
        let (status, refused) = s.send(Method::GET, &format!("{PATH}?after=x"), None, &[]).await;
        assert_eq!((status, &refused["parameter"]), (StatusCode::BAD_REQUEST, &json!("after")));
        assert_eq!(asked(&s.router, "/api/v1/properties/NONE/changes", &[STREAM]).await.status(), StatusCode::NOT_FOUND);
    }

    async fn too_much_at_once_is_loaded_again(db: TestDb) {
        let s = Server::new(db).await;
        let mut stream = follow(&s.router, PATH).await;
        let ready = stream.next_is("ready").await;
        let rooms: Vec<Value> = (0..120).map(|n| json!({ "number": format!("9{n:03}"), "room_type": "DBL", "floor": "9" })).collect();
        s.send(Method::PUT, "/api/v1/properties/SH01/rooms", Some(json!(rooms)), &[]).await;
        a_second_passes(&s.app).await;
        assert_eq!(stream.next_is("changes").await.changes(), ["setup - -"]);
        for n in 0..101 {
            let path = format!("/api/v1/properties/SH01/rooms/9{n:03}/state");
            let (status, answer) = s.send(Method::POST, &path, Some(json!({ "state": "dirty" })), &[("idempotency-key", path.as_str())]).await;
            assert!(status.is_success(), "{answer}");
        }
        a_second_passes(&s.app).await;
        stream.next_is("reload").await;
        let mut again = again(&s.router, PATH, &ready.id.to_string()).await;
        again.next_is("ready").await;
        again.next_is("reload").await;
    }

    async fn every_server_tells_what_another_has_written(db: TestDb) {
        let s = Server::new(db).await;
        let visit = s.book("DBL", "2026-10-04", "2026-10-06").await;
        s.app.sequence().await.unwrap();
        // The embedded engine has one writer, so the other server only reads.
        let store = s.db.another_store().await;
        let other = hefu_app::open(store.clone(), s.db.clock.clone(), hefu_app::Options::default());
        let router = hefu_http::router(other.clone());
        let mut stream = follow(&router, PATH).await;
        let ready = stream.next_is("ready").await;
        let path = format!("/api/v1/visits/{visit}");
        for segment in ["corporate", "leisure"] {
            // In memory there, as it was.
            let before = asked(&router, &path, &[]).await;
            assert_eq!(before.status(), StatusCode::OK);
            s.post(&format!("{path}/change"), json!({ "segment": segment })).await;
            s.app.sequence().await.unwrap();
            other.run(TellChanges).await.unwrap();
            let told = stream.next_is("changes").await;
            assert_eq!(told.changes(), [format!("booking {} -", number(&s, &visit).await)]);
            // Whoever is told and asks is answered by what was told of.
            let after = asked(&router, &path, &[]).await;
            let bytes = axum::body::to_bytes(after.into_body(), usize::MAX).await.unwrap();
            let view: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(view["booking"]["reservation"]["segment"], segment);
        }
        // A stream that was opened at one goes on at the other.
        let mut here = again(&s.router, PATH, &ready.id.to_string()).await;
        here.next_is("ready").await;
        assert_eq!(here.next_is("changes").await.changes().len(), 1);
        drop(stream);
        store.close().await;
    }

    async fn a_stream_ends_with_the_session_and_with_the_right_to_it(db: TestDb) {
        let h = Hotel::new(db).await;
        let door = door(&h.s.app, watchful());
        let desk = h.signed_in("wang.fang", &[("front_desk", Some("SH01"))]).await;
        let account = h.account("li.na", &[]).await;
        let grant = json!({ "role": "housekeeping", "property": "SH01" });
        let grant = h.s.post(&format!("/api/v1/accounts/{account}/grants"), grant).await["id"].as_str().unwrap().to_owned();
        let maid = h.sign_in("li.na").await;
        let elsewhere = h.signed_in("zhao.min", &[("front_desk", Some("HZ01"))]).await;
        assert_eq!(asked(&door, PATH, &[STREAM]).await.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(as_browser(&door, &elsewhere).await.status(), StatusCode::FORBIDDEN);
        // Nothing is told of how the house was set up.
        h.s.app.sequence().await.unwrap();
        let mut at_desk = Stream::of(as_browser(&door, &desk).await);
        let mut of_maid = Stream::of(as_browser(&door, &maid).await);
        at_desk.next_is("ready").await;
        of_maid.next_is("ready").await;
        let visit = h.s.book("DBL", "2026-10-03", "2026-10-05").await;
        h.s.post(&format!("/api/v1/visits/{visit}/charges"), json!({ "code": "MINI", "amount": 10_00 })).await;
        h.s.post("/api/v1/properties/SH01/rooms/0404/state", json!({ "state": "dirty" })).await;
        a_second_passes(&h.s.app).await;
        let number = number(&h.s, &visit).await;
        let mut told = at_desk.next_is("changes").await.changes();
        told.retain(|change| !change.starts_with("finding "));
        assert_eq!(told, [format!("booking {number} -"), format!("bill {number} -"), "room - 0404".into()]);
        // Rooms, and neither visits nor bills.
        assert_eq!(of_maid.next_is("changes").await.changes(), ["booking - -", "room - 0404"]);

        let ended = h.s.send(Method::DELETE, &format!("/api/v1/accounts/{account}/grants/{grant}"), None, &[]).await;
        assert!(ended.0.is_success(), "{}", ended.1);
        assert!(of_maid.ends().await);
        assert_eq!(as_browser(&door, &maid).await.status(), StatusCode::FORBIDDEN);
        let before = at_desk.heartbeats;
        let signed_out = h.ask(&desk, Method::DELETE, "/api/v1/session", None).await;
        assert!(signed_out.status < 300, "{}", signed_out.text);
        assert!(at_desk.ends().await);
        assert!(at_desk.heartbeats >= before);
        assert_eq!(as_browser(&door, &desk).await.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(h.s.app.service::<ChangeHub>().listening(), 0);
    }

    async fn a_stream_does_not_keep_a_session_from_ending(db: TestDb) {
        let h = Hotel::new(db).await;
        let door = door(&h.s.app, watchful());
        let desk = h.signed_in("wang.fang", &[("front_desk", Some("SH01"))]).await;
        let cookie = format!("hefu={}", desk.cookie.as_deref().unwrap());
        // Somebody asks for something every few minutes, and a page that nobody looks at loads what it is told of.
        let is_in = async |attended: bool| {
            let headers = [("cookie", cookie.as_str()), ("hefu-unattended", "1")];
            let answer = asked(&door, "/api/v1/properties/SH01/today", &headers[..2 - usize::from(attended)]).await;
            answer.status() == StatusCode::OK
        };
        for _ in 0..12 {
            h.later(TimeDelta::minutes(10));
            assert!(is_in(true).await);
        }
        let mut stream = Stream::of(as_browser(&door, &desk).await);
        stream.next_is("ready").await;
        let mut minutes = 0;
        while is_in(false).await {
            minutes += 10;
            assert!(minutes < 48 * 60, "the session never ends");
            h.later(TimeDelta::minutes(10));
            // Nor does one that is opened again and again.
            drop(as_browser(&door, &desk).await);
        }
        assert!(stream.ends().await);
    }

    async fn there_are_so_many_streams_and_of_one_session_fewer(db: TestDb) {
        let h = Hotel::new(db).await;
        let limits = FollowLimits { all: 6, each: 3, ..FollowLimits::default() };
        let door = door(&h.s.app, limits);
        let first = h.signed_in("wang.fang", &[("front_desk", Some("SH01"))]).await;
        let second = h.signed_in("li.na", &[("front_desk", Some("SH01"))]).await;
        let third = h.signed_in("zhao.min", &[("front_desk", Some("SH01"))]).await;
        let mut open = Vec::new();
        for browser in [&first, &second] {
            for _ in 0..3 {
                open.push(Stream::of(as_browser(&door, browser).await));
            }
        }
        let refused = as_browser(&door, &third).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        open.pop();
        let refused = as_browser(&door, &first).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers().get(header::RETRY_AFTER).is_some());
        let bytes = axum::body::to_bytes(refused.into_body(), usize::MAX).await.unwrap();
        let problem: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((problem["code"].as_str(), problem["title"].as_str()), (Some("too_many_streams"), Some("实时更新连接过多")));
        open.push(Stream::of(as_browser(&door, &third).await));
        assert_eq!(as_browser(&door, &third).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        // Once is no stream.
        assert_eq!(h.get(&first, PATH).await.status, 200);
        drop(open);
        assert_eq!(h.s.app.service::<ChangeHub>().listening(), 0);
    }

    async fn whoever_does_not_read_is_dropped_and_comes_again(db: TestDb) {
        let s = Server::new(db).await;
        let (mut slow, mut quick) = (follow(&s.router, PATH).await, follow(&s.router, PATH).await);
        quick.next_is("ready").await;
        let hub = s.app.service::<ChangeHub>();
        let mut turns = 0;
        while hub.listening() == 2 {
            let state = ["dirty", "clean"][turns % 2];
            s.post("/api/v1/properties/SH01/rooms/0404/state", json!({ "state": state })).await;
            a_second_passes(&s.app).await;
            quick.next_is("changes").await;
            turns += 1;
            assert!(turns < 100, "kept for one who does not read");
        }
        let mut read = 0;
        while slow.next().await.is_some() {
            read += 1;
        }
        assert!(read <= turns, "{read} of {turns}");
        let mut again = again(&s.router, PATH, &slow.last_id.to_string()).await;
        again.next_is("ready").await;
        assert_eq!(again.next_is("changes").await.changes(), ["room - 0404"]);
    }

    async fn a_server_that_stops_ends_its_streams(db: TestDb) {
        let s = Server::new(db).await;
        let limits = Limits { last_requests: Duration::from_secs(10), ..Limits::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, told) = oneshot::channel::<()>();
        let router = hefu_http::router_within(s.app.clone(), &limits);
        let ended = tokio::spawn(async move { serve(listener, router, &limits, async { drop(told.await) }).await });
        let mut connection = TcpStream::connect(address).await.unwrap();
        let get = format!("GET {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n\r\n");
        connection.write_all(get.as_bytes()).await.unwrap();
        let mut text = Vec::new();
        while !String::from_utf8_lossy(&text).contains("event: ready") {
            assert!(timeout(PATIENCE, connection.read_buf(&mut text)).await.unwrap().unwrap() > 0);
        }
        let _ = stop.send(());
        // By itself, and not because its time has run out.
        timeout(Duration::from_secs(5), ended).await.unwrap().unwrap();
        timeout(PATIENCE, connection.read_to_end(&mut text)).await.unwrap().unwrap();
        // The last chunk: it ended as a whole.
        assert!(text.ends_with(b"\r\n0\r\n\r\n"), "{}", String::from_utf8_lossy(&text));
        assert_eq!(s.app.service::<ChangeHub>().listening(), 0);
    }
}
