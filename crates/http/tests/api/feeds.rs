//! Other hotel systems asked over a real connection, on both engines: page by page, slowed down, cut off, begun again in another process; and as the vendors' own
//! specifications describe them, by a server that is not ours (`tests/vendor-specs`).

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use hefu_app::{
    App, Context,
    channel::{
        client::{FeedAnswer, FeedClient, FeedFault, FeedRequest, Feeds},
        poll::PollDueFeeds,
    },
};
use hefu_exchange::feeds::HttpFeeds;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

use crate::common::Server;

/// What another system answers in place of what it was asked for.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// It was asked too much, and wants to be left alone for so many seconds.
    Busy(u32),
    /// The connection ends in the middle of the answer.
    Cut,
    /// An error.
    Broken,
    /// A page of something else.
    Page,
    /// It does not know whoever asks.
    Stranger,
}

/// Another hotel system.
#[derive(Default)]
struct Hotel {
    /// Reservations by id, as Mews tells them.
    reservations: BTreeMap<String, Value>,
    /// Reservations as OHIP tells them.
    listed: Vec<Value>,
    /// What goes wrong with the next requests; none: nothing.
    troubles: VecDeque<Option<Trouble>>,
    /// What was asked: the path with the query, and the body.
    asked: Vec<(String, String)>,
    /// How many tokens were given.
    tokens: usize,
}

/// Another hotel system that listens.
#[derive(Clone)]
struct Listening {
    hotel: Arc<Mutex<Hotel>>,
    url: String,
}

impl Listening {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let hotel = Arc::new(Mutex::new(Hotel::default()));
        let router = Router::new().fallback(answer).with_state(hotel.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { hotel, url }
    }

    fn hotel(&self) -> MutexGuard<'_, Hotel> {
        self.hotel.lock().unwrap()
    }

    /// The bodies of the requests whose address contains this.
    fn asked(&self, part: &str) -> Vec<Value> {
        let asked = self.hotel().asked.clone();
        let bodies = asked.into_iter().filter(|(path, _)| path.contains(part));
        bodies.map(|(path, body)| serde_json::from_str(&body).unwrap_or(Value::String(path))).collect()
    }
}

async fn answer(State(hotel): State<Arc<Mutex<Hotel>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let path = parts.uri.to_string();
    let mut hotel = hotel.lock().unwrap();
    hotel.asked.push((path.clone(), body.clone()));
    if let Some(trouble) = hotel.troubles.pop_front().flatten() {
        return match trouble {
            Trouble::Busy(seconds) => {
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
            }
            Trouble::Cut => {
                let pieces =
                    [Ok("{\"Reservations\":[{\"Id\":\"".to_owned()), Err(std::io::Error::other("cut"))];
                Body::from_stream(futures_util::stream::iter(pieces)).into_response()
            }
            Trouble::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Trouble::Page => "<html>".into_response(),
            Trouble::Stranger => StatusCode::UNAUTHORIZED.into_response(),
        };
    }
    let header =
        |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if path.starts_with("/oauth/v1/tokens") {
        let is_known = header("authorization") == "Basic aWQ6c2VjcmV0LWNsaWVudA=="
            && header("x-app-key") == "secret-app";
        assert!(
            is_known && body == "grant_type=client_credentials&scope=urn%3Aopc%3Ahgbu%3Aws%3A__myscopes__",
            "{body}"
        );
        hotel.tokens += 1;
        let token = format!("secret-token-{}", hotel.tokens);
        return axum::Json(json!({ "access_token": token, "expires_in": 3600, "token_type": "Bearer" }))
            .into_response();
    }
    if path.starts_with("/rsv/v1/hotels/HOTEL1/reservations?") {
        if header("authorization") != format!("Bearer secret-token-{}", hotel.tokens) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        assert_eq!((header("x-hotelid"), header("x-app-key")), ("HOTEL1", "secret-app"));
        let said = |name: &str| {
            let value = path.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.map(str::to_owned)
        };
        let number = |name: &str| said(name).unwrap().parse::<usize>().unwrap();
        let is_of = |told: &&Value| {
            let is_on = |field: &str, date: &str| told[field].as_str().unwrap().starts_with(date);
            match (said("arrivalStartDate"), said("createdOnStartDate"), said("cancelledOn")) {
                (Some(from), None, None) => {
                    let (until, arrival) =
                        (said("arrivalEndDate").unwrap(), &told["roomStay"]["arrivalDate"]);
                    (from.as_str()..=until.as_str()).contains(&arrival.as_str().unwrap())
                }
                (None, Some(date), None) => is_on("createDateTime", &date),
                (None, None, Some(date)) => {
                    told["reservationStatus"] == "Cancelled" && is_on("lastModifyDateTime", &date)
                }
                _ => panic!("nobody asks for {path}"),
            }
        };
        let (offset, limit) = (number("offset"), number("limit").min(2));
        let of: Vec<&Value> = hotel.listed.iter().filter(is_of).collect();
        let page: Vec<&Value> = of.iter().skip(offset).take(limit).copied().collect();
        if page.is_empty() {
            return StatusCode::NO_CONTENT.into_response();
        }
        let has_more = offset + page.len() < of.len();
        return axum::Json(
            json!({ "reservations": { "reservationInfo": page, "hasMore": has_more, "offset": offset } }),
        )
        .into_response();
    }
    let asked: Value = serde_json::from_str(&body).unwrap();
    if (&asked["ClientToken"], &asked["AccessToken"]) != (&json!("secret-client"), &json!("secret-access")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    assert!(asked["Client"].as_str().is_some_and(|client| client.starts_with("Hefu ")));
    let ids = |name: &str| -> Vec<String> { serde_json::from_value(asked[name].clone()).unwrap() };
    axum::Json(match path.as_str() {
        "/api/connector/v1/reservations/getAll/2023-06-06" => page(&hotel, &asked),
        "/api/connector/v1/customers/getAll" => {
            assert_eq!(asked["Extent"], json!({ "Customers": true, "Addresses": false }));
            let customer = |id: String| json!({ "Id": id, "FirstName": "Erika", "LastName": "Musterfrau",
                "Email": "erika@example.com", "Phone": "+4915123456789", "LanguageCode": "de-DE", "Notes": "not to be kept" });
            json!({ "Customers": ids("CustomerIds").into_iter().map(customer).collect::<Vec<_>>(), "Cursor": null })
        }
        "/api/connector/v1/orderItems/getAll" => {
            assert_eq!(asked["Types"], json!(["SpaceOrder"]));
            let amount = |value: f64| json!({ "Currency": "CNY", "NetValue": value / 1.06, "GrossValue": value });
            let nights = |id: String| {
                let item = |amount: Value, cancelled: Value| json!({ "ServiceOrderId": id, "Type": "SpaceOrder", "AccountingState": "Open",
                    "CanceledUtc": cancelled, "Amount": amount });
                [item(amount(300.5), Value::Null), item(amount(999.0), json!("2026-10-01T08:00:00Z"))]
            };
            json!({ "OrderItems": ids("ServiceOrderIds").into_iter().flat_map(nights).collect::<Vec<_>>(), "Cursor": "x" })
        }
        "/api/connector/v1/ageCategories/getAll" => json!({ "AgeCategories": [
            { "Id": "adults", "Classification": "Adult" }, { "Id": "children", "Classification": "Child", "MinimalAge": 3 }], "Cursor": "children" }),
        other => panic!("nobody asks for {other}"),
    })
    .into_response()
}

/// A page of Mews' reservations: the latest first, from the one behind the cursor on.
fn page(hotel: &Hotel, asked: &Value) -> Value {
    let moment = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let updated = &asked["UpdatedUtc"];
    let (from, until) = (moment(&updated["StartUtc"]), moment(&updated["EndUtc"]));
    assert!(
        until - from <= TimeDelta::days(90)
            && asked["Limitation"]["Count"].as_u64().is_some_and(|count| count <= 1_000)
    );
    let mut all: Vec<&Value> = hotel
        .reservations
        .values()
        .filter(|told| (from..until).contains(&moment(&told["UpdatedUtc"])))
        .collect();
    all.sort_by_key(|told| (std::cmp::Reverse(moment(&told["UpdatedUtc"])), told["Id"].to_string()));
    let begin = match asked["Limitation"]["Cursor"].as_str() {
        Some(cursor) => all.iter().position(|told| told["Id"] == cursor).unwrap() + 1,
        None => 0,
    };
    let count = usize::try_from(asked["Limitation"]["Count"].as_u64().unwrap()).unwrap();
    let page: Vec<&Value> = all.into_iter().skip(begin).take(count).collect();
    json!({ "Reservations": page, "Cursor": page.last().map(|last| last["Id"].clone()) })
}

/// A reservation of one night, as Mews tells it.
fn reservation(n: u64, state: &str, updated: &str) -> (String, Value) {
    let id = format!("mews-{n:04}");
    let day = NaiveDate::from_ymd_opt(2026, 10, 10).unwrap() + Days::new(n);
    let told = json!({
        "Id": id, "ServiceId": "stay", "AccountId": format!("c{n}"), "AccountType": "Customer", "Number": n.to_string(), "State": state,
        "CreatedUtc": "2026-10-01T08:00:00Z", "UpdatedUtc": updated, "RateId": "rate", "RequestedResourceCategoryId": "twin",
        "ScheduledStartUtc": format!("{day}T07:00:00Z"), "ScheduledEndUtc": format!("{}T04:00:00Z", day + Days::new(1)),
        "PersonCounts": [{ "AgeCategoryId": "adults", "Count": 1 }, { "AgeCategoryId": "children", "Count": 1 }],
        "QrCodeData": "not to be kept",
    });
    (id, told)
}

/// A reservation as OHIP lists it: its number, its days, its state, and when it was made and changed.
fn listed(n: u64, days: [&str; 2], status: &str, [made, changed]: [&str; 2]) -> Value {
    json!({
        "reservationIdList": [{ "id": format!("57100{n}"), "type": "Reservation" }, { "id": "813595", "type": "Confirmation" }],
        "roomStay": { "arrivalDate": days[0], "departureDate": days[1], "adultCount": "2", "childCount": 1, "childAges": [{ "age": 4 }],
            "roomType": "TWIN", "ratePlanCode": "rate", "numberOfRooms": "1", "rateAmount": { "amount": "300", "currencyCode": "CNY" }, "fixedRate": true },
        "reservationGuest": { "givenName": "Jennifer", "surname": "Clarke", "phoneNumber": "+1 415 555 0100", "email": "jennifer@example.com" },
        "reservationPaymentMethod": { "paymentMethod": "VA", "paymentCard": { "cardNumberMasked": "not to be kept" } },
        "hotelId": "HOTEL1", "reservationStatus": status, "createDateTime": made, "lastModifyDateTime": changed,
    })
}

/// How OHIP is asked.
fn ohip(url: &str) -> Value {
    let credentials = json!({ "app_key": "secret-app", "client_id": "id", "client_secret": "secret-client", "scope": "urn:opc:hgbu:ws:__myscopes__" });
    json!({ "kind": "ohip", "url": format!("{url}/"), "hotel": "HOTEL1", "credentials": credentials })
}

/// What an application is opened with that asks over real connections; none on a machine without certificates.
fn options() -> Option<hefu_app::Options> {
    let feeds = Feeds::by(Arc::new(HttpFeeds::new(true).ok()?));
    Some(hefu_app::Options { feeds, ..hefu_app::Options::default() })
}

async fn put(s: &Server, path: &str, body: Value) -> Value {
    let (status, answer) =
        s.send(Method::PUT, &format!("/api/v1/properties/SH01/channels{path}"), Some(body), &[]).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

/// A server whose channel asks another hotel system.
async fn asking(db: TestDb, feed: Value) -> Option<Server> {
    let s = Server::with_options(db, options()?).await;
    let codes = json!({ "name": "Mews", "room_types": { "twin": "DBL", "TWIN": "DBL" }, "rate_plans": { "rate": "BAR" } });
    put(&s, "/pms", codes).await;
    put(&s, "/pms/feed", feed).await;
    Some(s)
}

fn mews(url: &str) -> Value {
    json!({ "kind": "mews", "url": url, "credentials": { "client_token": "secret-client", "access_token": "secret-access" } })
}

async fn poll(app: &App) -> usize {
    app.operate(&Context::job("feeds"), PollDueFeeds).await.unwrap()
}

/// Asks until nothing is due.
async fn poll_all(app: &App) {
    for _ in 0..100 {
        if poll(app).await == 0 {
            return;
        }
    }
    panic!("it never ends");
}

async fn feed(s: &Server) -> Value {
    let feeds = s.get("/api/v1/properties/SH01/channel-feeds").await;
    assert!(!feeds.to_string().contains("secret"), "{feeds}");
    feeds[0].clone()
}

async fn count(s: &Server) -> usize {
    s.get("/api/v1/reservations?property=SH01&limit=500").await["items"].as_array().unwrap().len()
}

async fn waiting(s: &Server) -> Vec<Value> {
    s.get("/api/v1/properties/SH01/channel-messages").await["items"].as_array().unwrap().clone()
}

both_engines! {
    async fn mews_is_read_page_by_page_through_every_trouble(db: TestDb) {
        let other = Listening::start().await;
        let Some(s) = asking(db, mews(&other.url)).await else { return };
        for n in 0..60 {
            let (id, told) = reservation(n, "Confirmed", &format!("2026-10-02T08:00:{n:02}Z"));
            other.hotel().reservations.insert(id, told);
        }
        // It wants to be left alone for longer than the first pause.
        other.hotel().troubles = VecDeque::from([Some(Trouble::Busy(120))]);
        assert_eq!(poll(&s.app).await, 1);
        let now = feed(&s).await;
        assert_eq!((&now["state"], &now["failed"], &now["next_at"]), (&json!("failing"), &json!("throttled"), &json!("2026-10-03T08:02:00Z")));
        assert_eq!(poll(&s.app).await, 0, "not before it wants to be asked");

        // Four rounds catch up; in the fifth the second page is cut off, and then is an error, and then is something else.
        s.db.clock.advance(TimeDelta::minutes(2));
        for _ in 0..5 {
            assert_eq!(poll(&s.app).await, 1);
        }
        assert_eq!(count(&s).await, 50);
        let page = feed(&s).await;
        assert_eq!((&page["state"], &page["failed"]), (&json!("reading"), &Value::Null));
        assert!(page["cursor"].as_str().unwrap().ends_with("/mews-0010"), "{page}");
        for (trouble, code) in [(Trouble::Cut, "unreachable"), (Trouble::Broken, "refused"), (Trouble::Page, "malformed"), (Trouble::Stranger, "unauthorised")] {
            other.hotel().troubles = VecDeque::from([Some(trouble)]);
            assert_eq!(poll(&s.app).await, 1);
            let now = feed(&s).await;
            assert_eq!((&now["failed"], &now["cursor"]), (&json!(code), &page["cursor"]));
            s.db.clock.advance(TimeDelta::hours(1));
        }
        // What belongs to the page is cut off: nothing of it was taken.
        other.hotel().troubles = VecDeque::from([None, None, Some(Trouble::Cut)]);
        assert_eq!((poll(&s.app).await, count(&s).await), (1, 50));
        s.db.clock.advance(TimeDelta::hours(1));

        // Another process goes on from where this one was.
        let again = hefu_app::open(s.db.store.clone(), s.db.clock.clone(), options().unwrap());
        other.hotel().asked.clear();
        poll_all(&again).await;
        assert_eq!(other.asked("reservations/getAll")[0]["Limitation"]["Cursor"], "mews-0010");
        assert_eq!(count(&s).await, 60);
        let now = feed(&s).await;
        assert_eq!((&now["state"], &now["cursor"], &now["failures"]), (&json!("waiting"), &Value::Null, &json!(0)));
        let visit = s.get("/api/v1/visits/MEWS-0007").await;
        let room = &visit["booking"]["rooms"][0];
        assert_eq!((&room["arrival"], &room["room_type"], &room["prices"]), (&json!("2026-10-17"), &json!("DBL"), &json!([300_50])));
        assert!(!visit.to_string().contains("not to be kept"));
        assert!(waiting(&s).await.is_empty());

        // What changes is read with the next round, and nothing else.
        let (id, mut moved) = reservation(7, "Confirmed", "2026-10-03T13:00:00Z");
        moved["ScheduledEndUtc"] = json!("2026-10-19T04:00:00Z");
        other.hotel().reservations.insert(id, moved);
        let (id, called_off) = reservation(8, "Canceled", "2026-10-03T13:00:00Z");
        other.hotel().reservations.insert(id, called_off);
        s.post("/api/v1/visits/MEWS-0009/change", json!({ "segment": "leisure" })).await;
        let (id, mut touched) = reservation(9, "Confirmed", "2026-10-03T13:00:00Z");
        touched["ScheduledEndUtc"] = json!("2026-10-21T04:00:00Z");
        other.hotel().reservations.insert(id, touched);
        s.db.clock.advance(TimeDelta::hours(1));
        poll_all(&s.app).await;
        assert_eq!(s.get("/api/v1/visits/MEWS-0007").await["booking"]["reservation"]["departure"], "2026-10-19");
        assert_eq!(s.get("/api/v1/visits/MEWS-0008").await["booking"]["reservation"]["state"], "cancelled");
        let touched = s.get("/api/v1/visits/MEWS-0009").await;
        assert_eq!(touched["booking"]["reservation"]["departure"], "2026-10-20", "what was worked on here stays");
        assert!(touched.to_string().contains("2026-10-21"), "and the other system's word is an open difference");
        assert_eq!(count(&s).await, 60);
    }

    async fn what_cannot_be_taken_waits_once_and_is_taken_when_it_can_be(db: TestDb) {
        let other = Listening::start().await;
        let Some(s) = asking(db, mews(&other.url)).await else { return };
        let codes = async |types: Value| put(&s, "/pms", json!({ "room_types": types })).await;
        codes(json!({})).await;
        for (n, state) in [(1, "Confirmed"), (2, "Requested"), (3, "Somehow")] {
            let (id, told) = reservation(n, state, "2026-10-02T08:00:00Z");
            other.hotel().reservations.insert(id, told);
        }
        let (id, mut company) = reservation(4, "Confirmed", "2026-10-02T08:00:00Z");
        company["AccountType"] = json!("Company");
        other.hotel().reservations.insert(id, company);
        poll_all(&s.app).await;
        let reasons = async || {
            let held = waiting(&s).await;
            let mut reasons: Vec<(String, String, i64)> =
                held.iter().map(|held| (held["number"].as_str().unwrap().into(), held["reason"].as_str().unwrap().into(), held["times"].as_i64().unwrap())).collect();
            reasons.sort();
            reasons
        };
        let held = |number: &str, reason: &str| (number.to_owned(), reason.to_owned(), 1);
        let first = [held("MEWS-0001", "unknown_code"), held("MEWS-0002", "request"), held("MEWS-0003", "malformed"), held("MEWS-0004", "malformed")];
        assert_eq!(reasons().await, first);
        for (language, enquiry, unknown) in [("zh-CN", "尚未预订；请由前台答复。", "对应哪个房型还没有设"), ("en", "has not booked; answer at the desk.", "No room type is set up for")] {
            let headers = [("accept-language", language)];
            let (_, told) = s.send(Method::GET, "/api/v1/properties/SH01/channel-messages", None, &headers).await;
            assert!(told.to_string().contains(enquiry) && told.to_string().contains(unknown), "{told}");
        }

        // What is dropped is not brought back by reading it again, nor is anything counted.
        let company = waiting(&s).await.into_iter().find(|held| held["number"] == "MEWS-0004").unwrap();
        let drop = format!("/api/v1/properties/SH01/channel-messages/{}/drop", company["id"].as_str().unwrap());
        s.post(&drop, json!({ "reason": "billed to the company" })).await;
        put(&s, "/pms/feed", json!({ "service": "stay" })).await;
        poll_all(&s.app).await;
        assert_eq!(reasons().await, first[..3]);
        assert_eq!(other.asked("reservations/getAll").last().unwrap()["ServiceIds"], json!(["stay"]));

        codes(json!({ "twin": "DBL" })).await;
        assert_eq!(reasons().await, first[1..3]);
        assert_eq!(s.get("/api/v1/visits/MEWS-0001").await["booking"]["reservation"]["state"], "reserved");
        // Whoever was only asking has booked, and the other one is understood now.
        for n in [2, 3] {
            let (id, told) = reservation(n, "Confirmed", "2026-10-03T08:30:00Z");
            other.hotel().reservations.insert(id, told);
        }
        s.db.clock.advance(TimeDelta::hours(1));
        poll_all(&s.app).await;
        assert_eq!((reasons().await.len(), count(&s).await), (0, 3));
    }

    async fn ohip_is_read_with_a_token_and_from_its_place(db: TestDb) {
        let other = Listening::start().await;
        let Some(s) = asking(db, ohip(&other.url)).await else { return };
        let told = |n: u64, status: &str, changed: &str| listed(n, ["2026-10-10", "2026-10-12"], status, ["2026-10-01 10:00:00.0", changed]);
        other.hotel().listed = (0..3).map(|n| told(n, "Reserved", "2026-10-01 10:00:00.0")).collect();
        poll_all(&s.app).await;
        assert_eq!((count(&s).await, other.hotel().tokens), (3, 1));
        let query = other.asked("/rsv/v1/")[1].to_string();
        assert!(query.contains("offset=2") && query.contains("arrivalStartDate=2026-09-02") && query.contains("arrivalEndDate=2028-02-15"), "{query}");
        let room = s.get("/api/v1/visits/571001").await["booking"]["rooms"][0].clone();
        assert_eq!((&room["departure"], &room["prices"], &room["adults"]), (&json!("2026-10-12"), &json!([300_00, 300_00]), &json!(2)));
        assert!(!s.get("/api/v1/visits/571001").await.to_string().contains("not to be kept"));

        // The token is taken back: it asks for another one, and goes on.
        other.hotel().listed[0] = told(0, "Cancelled", "2026-10-03 17:00:00.0");
        other.hotel().troubles = VecDeque::from([None, Some(Trouble::Stranger)]);
        s.db.clock.advance(TimeDelta::minutes(16));
        assert_eq!(poll(&s.app).await, 1);
        assert_eq!(poll(&s.app).await, 1);
        assert_eq!(feed(&s).await["failed"], "unauthorised");
        assert!(feed(&s).await["cursor"].as_str().unwrap().ends_with("/1/0"), "the first of its lists was read");
        s.db.clock.advance(TimeDelta::minutes(5));
        poll_all(&s.app).await;
        assert_eq!(other.hotel().tokens, 2);
        assert_eq!(feed(&s).await["state"], "waiting");
        assert_eq!(s.get("/api/v1/visits/571000").await["booking"]["reservation"]["state"], "cancelled");
        assert_eq!(count(&s).await, 3);
    }

    async fn ohip_is_asked_for_what_is_new_and_near_and_for_all_others_within_a_day(db: TestDb) {
        let other = Listening::start().await;
        let Some(s) = asking(db, ohip(&other.url)).await else { return };
        let long_ago = "2026-09-01 10:00:00.0";
        let (near, far, later) = (["2026-10-08", "2026-10-10"], ["2026-12-20", "2026-12-22"], ["2026-12-28", "2026-12-29"]);
        other.hotel().listed =
            vec![listed(1, near, "Reserved", [long_ago; 2]), listed(2, far, "Reserved", [long_ago; 2]), listed(3, later, "Reserved", [long_ago; 2])];
        poll_all(&s.app).await;
        assert_eq!(count(&s).await, 3);
        let queries = || other.asked("/rsv/v1/").iter().map(|query| query.as_str().unwrap().to_owned()).collect::<Vec<String>>();
        assert!(queries().iter().all(|query| query.contains("arrivalEndDate=2028-02-15")), "the first round reads everything: {:?}", queries());

        // One changes that is near and one that is far, one that is far is called off, and one is made.
        let now = "2026-10-03 16:10:00.0";
        other.hotel().listed = vec![
            listed(1, ["2026-10-08", "2026-10-11"], "Reserved", [long_ago, now]),
            listed(2, ["2026-12-20", "2026-12-23"], "Reserved", [long_ago, now]),
            listed(3, later, "Cancelled", [long_ago, now]),
            listed(4, later, "Reserved", [now; 2]),
        ];
        other.hotel().asked.clear();
        s.db.clock.advance(TimeDelta::minutes(16));
        poll_all(&s.app).await;
        let of = async |n: u64, field: &str| s.get(&format!("/api/v1/visits/57100{n}")).await["booking"]["reservation"][field].clone();
        assert_eq!((of(1, "departure").await, of(3, "state").await, of(4, "state").await), (json!("2026-10-11"), json!("cancelled"), json!("reserved")));
        assert_eq!(of(2, "departure").await, "2026-12-22", "nothing says on which day it changed");
        let asked = queries();
        for part in ["createdOnStartDate=2026-10-02", "createdOnStartDate=2026-10-03", "cancelledOn=2026-10-02", "cancelledOn=2026-10-03",
            "arrivalStartDate=2026-10-01&arrivalEndDate=2026-10-10"] {
            assert_eq!(asked.iter().filter(|query| query.contains(part)).count(), 1, "{part}: {asked:?}");
        }
        assert_eq!(asked.len(), 5, "and nothing else: {asked:?}");

        // A slice in each hour.
        for _ in 0..24 {
            s.db.clock.advance(TimeDelta::hours(1));
            poll_all(&s.app).await;
        }
        assert_eq!(of(2, "departure").await, "2026-12-23");
        assert!(!queries().iter().any(|query| query.contains("arrivalEndDate=2028-02-15") && query.contains("arrivalStartDate=2026-09-02")));
        // Of a whole day of which nothing is known everything is read anew.
        other.hotel().asked.clear();
        s.db.clock.advance(TimeDelta::hours(25));
        poll_all(&s.app).await;
        assert!(queries().iter().all(|query| query.contains("arrivalStartDate=2026-09-02&arrivalEndDate=2028-02-15")), "{:?}", queries());
        assert_eq!((count(&s).await, waiting(&s).await.len()), (4, 0));
    }

    /// Whoever writes another address into the database is told nothing, and the other hotel systems are asked as before.
    async fn what_we_are_known_by_goes_to_its_address_and_no_other(db: TestDb) {
        let (other, thief) = (Listening::start().await, Listening::start().await);
        let Some(s) = asking(db, mews(&other.url)).await else { return };
        put(&s, "/second", json!({ "name": "Mews", "room_types": { "twin": "DBL" }, "rate_plans": { "rate": "BAR" } })).await;
        put(&s, "/second/feed", mews(&other.url)).await;
        poll_all(&s.app).await;
        let asked = other.asked("").len();
        assert!(asked >= 2, "{asked}");
        s.is_tampered_with();
        let of_first = "channel_id = (SELECT id FROM channel WHERE code = 'pms')";
        for change in [
            format!("url = '{}'", thief.url),
            format!("kind = 'ohip', hotel = 'HOTEL1', url = '{}'", thief.url),
            format!("url = '{}', credentials = (SELECT f.credentials FROM channel_feed f WHERE f.channel_id <> channel_feed.channel_id)", thief.url),
        ] {
            s.db.tamper(&format!("UPDATE channel_feed SET {change} WHERE {of_first}")).await;
            s.db.clock.advance(TimeDelta::hours(1));
            let before = other.asked("").len();
            poll_all(&s.app).await;
            assert_eq!(thief.asked("").len(), 0, "{change}");
            assert!(other.asked("").len() > before, "the second one is asked as before");
        }
    }

    async fn what_is_set_up_is_looked_at_and_kept_to_itself(db: TestDb) {
        let Some(s) = asking(db, mews("https://api.example.com")).await else { return };
        let path = "/api/v1/properties/SH01/channels/pms/feed";
        for (body, at) in [
            (json!({ "url": "http://api.example.com" }), "/url"),
            (json!({ "url": "https://user:word@api.example.com" }), "/url"),
            (json!({ "url": "https://elsewhere.example.com" }), "/credentials"),
            (json!({ "kind": "ohip" }), "/hotel"),
            (json!({ "kind": "ohip", "hotel": "H", "credentials": { "app_key": "a", "client_id": "b" } }), "/credentials/client_secret"),
            (json!({ "hotel": "../../secret" }), "/hotel"),
            (json!({ "every_minutes": 1 }), "/every_minutes"),
            (json!({ "credentials": { "client_token": "a\r\nb", "access_token": "c" } }), "/credentials/client_token"),
        ] {
            let (status, problem) = s.send(Method::PUT, path, Some(body.clone()), &[]).await;
            assert_eq!((status, &problem["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(at)), "{body}: {problem}");
        }
        let (status, _) = s.send(Method::PUT, "/api/v1/properties/SH01/channels/none/feed", Some(mews("https://api.example.com")), &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(feed(&s).await["state"], "reading");
        let off = put(&s, "/pms/feed", json!({ "is_on": false })).await;
        assert_eq!((&off["state"], &off["next_at"], poll(&s.app).await), (&json!("off"), &Value::Null, 0));
        while s.app.sequence().await.unwrap() > 0 {}
        let journal = s.get("/api/v1/journal?after=-1&limit=500").await.to_string();
        assert!(journal.contains("channel.feed") && !journal.contains("secret-client"), "{journal}");
    }

    async fn the_vendors_own_specifications_are_asked_as_they_say(db: TestDb) {
        let Some(mocks) = Mocks::start() else { return };
        let feeds = Feeds::by(Arc::new(mocks.clone()));
        let s = Server::with_options(db, hefu_app::Options { feeds, ..hefu_app::Options::default() }).await;
        put(&s, "/opera", json!({ "name": "OPERA", "room_types": { "*": "DBL" } })).await;
        put(&s, "/mews", json!({ "name": "Mews", "room_types": { "*": "DBL" } })).await;
        let key = "41ecd082-8997-4c69-af34-2f72b83645ff";
        let opera = json!({ "kind": "ohip", "url": "https://opera.example.com", "hotel": "HOTEL1",
            "credentials": { "app_key": key, "client_id": "a", "client_secret": "b", "scope": "c" } });
        put(&s, "/opera/feed", opera).await;
        put(&s, "/mews/feed", mews("https://mews.example.com")).await;
        // The mocks answer the same page for ever; a few of each are enough.
        for _ in 0..4 {
            poll(&s.app).await;
        }
        // The next round of OPERA asks for what is new and near.
        s.db.clock.advance(TimeDelta::minutes(16));
        for _ in 0..6 {
            poll(&s.app).await;
        }
        let feeds = s.get("/api/v1/properties/SH01/channel-feeds").await;
        for feed in feeds.as_array().unwrap() {
            assert_eq!((&feed["failed"], feed["read_at"].is_string()), (&Value::Null, true), "{feed}");
        }
        let refused: Vec<(String, u16)> = mocks.seen().into_iter().filter(|(_, status)| *status != 200).collect();
        assert_eq!(refused, [], "a request is not as the specification says");
        for operation in ["/oauth/v1/tokens", "/rsv/v1/hotels/HOTEL1/reservations", "createdOnStartDate=", "cancelledOn=", "arrivalStartDate=",
            "/reservations/getAll/2023-06-06", "/customers/getAll", "/orderItems/getAll", "/ageCategories/getAll"] {
            assert!(mocks.seen().iter().any(|(url, _)| url.contains(operation)), "nobody asked for {operation}");
        }
        // Every reservation of theirs was taken, or waits with its reason.
        let (booked, held) = (count(&s).await, waiting(&s).await);
        assert!(booked + held.len() >= 2, "{held:?}");
        for held in held {
            assert!(held["reason"].is_string() && held["field"].is_string(), "{held}");
        }
    }
}

/// Servers that answer as the vendors' specifications say, one for each file, and what they were asked. A request that is not as its specification says is refused.
#[derive(Clone)]
struct Mocks {
    /// The beginning of a path, and where what is behind it is answered.
    at: Arc<Vec<(&'static str, String)>>,
    client: HttpFeeds,
    seen: Arc<Mutex<Vec<(String, u16)>>>,
    _processes: Arc<Vec<Process>>,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Operations, and the file that describes them. Paths of OHIP stand behind a base path, which is none of the paths that are mocked.
const SPECIFIED: [(&str, &str, bool); 6] = [
    ("/oauth/v1", "oauth.json", true),
    ("/rsv/v1", "rsv.json", true),
    ("/api/connector/v1/reservations", "mews-connector-api-reservations-openapi.yml", false),
    ("/api/connector/v1/customers", "mews-connector-api-customers-openapi.yml", false),
    ("/api/connector/v1/ageCategories", "mews-connector-api-customers-openapi.yml", false),
    ("/api/connector/v1/orderItems", "mews-connector-api-billing-openapi.yml", false),
];

impl Mocks {
    /// None where there are no specifications, or no certificates.
    #[expect(clippy::print_stderr, reason = "whoever runs it is to know what was not looked at")]
    fn start() -> Option<Self> {
        let Some(folder) = std::env::var_os("HEFU_VENDOR_SPECS").map(PathBuf::from) else {
            eprintln!("HEFU_VENDOR_SPECS names no folder with the vendors' specifications: skipped");
            return None;
        };
        let client = HttpFeeds::new(true).ok()?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vendor-specs/start.sh");
        let (mut at, mut processes, mut known) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (prefix, file, _) in SPECIFIED {
            let url = known.entry(file).or_insert_with(|| {
                let path = folder.join(file);
                assert!(path.is_file(), "{} is not there", path.display());
                let mut command = Command::new(script);
                let mut process =
                    command.arg(path).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
                let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
                let url = lines.find_map(|line| {
                    let line = line.ok()?;
                    let (_, url) = line.split_once("Prism is listening on ")?;
                    // Behind it colours may be switched off.
                    let end = url.find(|c: char| c.is_control() || c.is_whitespace()).unwrap_or(url.len());
                    Some(url[..end].to_owned())
                });
                // Whatever it says later is read, so that it never waits for a reader.
                std::thread::spawn(move || lines.for_each(drop));
                processes.push(Process(process));
                url.unwrap()
            });
            at.push((prefix, url.clone()));
        }
        let seen = Arc::default();
        Some(Self { at: Arc::new(at), client, seen, _processes: Arc::new(processes) })
    }

    fn seen(&self) -> Vec<(String, u16)> {
        self.seen.lock().unwrap().clone()
    }
}

impl FeedClient for Mocks {
    fn ask<'a>(&'a self, request: &'a FeedRequest) -> BoxFuture<'a, Result<FeedAnswer, FeedFault>> {
        Box::pin(async move {
            let path = &request.url[request.url.find(".com").unwrap() + 4..];
            let (prefix, url) = self.at.iter().find(|(prefix, _)| path.starts_with(prefix)).unwrap();
            let is_based = SPECIFIED.iter().any(|(known, _, is_based)| known == prefix && *is_based);
            let path = if is_based { &path[prefix.len()..] } else { path };
            let mut headers = request.headers.clone();
            // Mews is told its tokens in the body, as its documentation says; the published descriptions write them down as headers, since OpenAPI has no other word.
            if let Some((_, body)) = &request.body
                && let Ok(told) = serde_json::from_str::<Value>(body)
            {
                for name in ["ClientToken", "AccessToken"] {
                    headers.extend(told[name].as_str().map(|token| (name, token.to_owned())));
                }
            }
            let asked = FeedRequest { url: format!("{url}{path}"), headers, body: request.body.clone() };
            let mut answer = self.client.ask(&asked).await?;
            // OPERA's would answer the same page for ever: it is the last one.
            if let Ok(mut told) = serde_json::from_str::<Value>(&answer.body)
                && let Some(has_more) = told.pointer_mut("/reservations/hasMore")
            {
                *has_more = json!(false);
                answer.body = told.to_string();
            }
            self.seen.lock().unwrap().push((request.url.clone(), answer.status));
            Ok(answer)
        })
    }
}
