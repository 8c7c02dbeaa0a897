//! Refusals as people read them: in their language, pointing at what is meant, with what to do next, and without
//! anything that was sent.

use crate::common::{Server, booking, digits};
use axum::{
    body::Body,
    http::{Method, Request},
};
use hefu_identity::document::DocumentType;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Where a problem document says the fault is.
#[derive(Debug, PartialEq, Eq)]
enum At {
    Request,
    Pointer(&'static str),
    Parameter(&'static str),
    Header(&'static str),
}
use At::{Header, Parameter, Pointer};

/// A request that is refused, and how.
struct Case {
    method: Method,
    path: String,
    body: String,
    headers: Vec<(&'static str, String)>,
    code: &'static str,
    at: At,
    /// What the English text must hold: amounts, limits, what to do.
    says: &'static str,
    /// The text names the date that was asked for: it says which of several is meant.
    names_dates: bool,
}

fn case(method: Method, path: &str, body: &Value, code: &'static str, at: At, says: &'static str) -> Case {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    Case { method, path: path.to_owned(), body, headers: Vec::new(), code, at, says, names_dates: false }
}

fn post(path: &str, body: &Value, code: &'static str, at: At, says: &'static str) -> Case {
    case(Method::POST, path, body, code, at, says)
}

fn put(path: &str, body: &Value, code: &'static str, at: At, says: &'static str) -> Case {
    case(Method::PUT, path, body, code, at, says)
}

fn get(path: &str, code: &'static str, at: At, says: &'static str) -> Case {
    case(Method::GET, path, &Value::Null, code, at, says)
}

/// A booking with one value replaced.
fn with(place: &str, value: Value) -> Value {
    let mut body = booking("DBL", "2026-11-20", "2026-11-22");
    let (parent, name) = place.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        fields => fields[name] = value,
    }
    body
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}'))
}

/// The texts and numbers of a document.
fn leaves(of: &Value, found: &mut Vec<String>) {
    match of {
        Value::Object(fields) => fields.values().for_each(|value| leaves(value, found)),
        Value::Array(items) => items.iter().for_each(|value| leaves(value, found)),
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        _ => {}
    }
}

/// What of a text gives away how the records are stored: every name in it is to be one of the API's.
fn inner_names(text: &str, api: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words = words.filter(|word| word.contains('_') && word.len() > 1);
    let is_known = |word: &str| {
        api.contains(&format!("\"{word}\"")) || DocumentType::ALL.iter().any(|kind| kind.as_str() == word)
    };
    let unknown = words.filter(|word| !is_known(word)).map(str::to_owned);
    let inner = ["SQL", "sqlite", "postgres", "constraint", "visit_alias", "room_night", "serde", "struct "];
    unknown.chain(inner.iter().filter(|name| text.contains(**name)).map(|name| (*name).to_owned())).collect()
}

async fn ask(s: &Server, case: &Case, language: &str) -> (u16, Value) {
    let mut request =
        Request::builder().method(case.method.clone()).uri(&case.path).header("accept-language", language);
    if !case.body.is_empty() && !case.headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in &case.headers {
        request = request.header(*name, value);
    }
    let response =
        s.router.clone().oneshot(request.body(Body::from(case.body.clone())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Asks in both languages; answers what is wrong with the refusals.
async fn faults(s: &Server, case: &Case, api: &str) -> Vec<String> {
    let mut received = Vec::new();
    leaves(&serde_json::from_str(&case.body).unwrap_or_default(), &mut received);
    received.extend(case.headers.iter().map(|(_, value)| value.clone()));
    received.extend(
        case.path.split(['?', '&']).skip(1).filter_map(|pair| Some(pair.split_once('=')?.1.to_owned())),
    );
    received.retain(|value| value.chars().count() > 3);
    let is_date = |value: &String| value.parse::<chrono::NaiveDate>().is_ok();
    received.retain(|value| !(case.names_dates && is_date(value)));
    let mut faults = Vec::new();
    for language in ["zh-CN", "en"] {
        let (status, problem) = ask(s, case, language).await;
        let mut check = |is_right: bool, what: &str| {
            if !is_right {
                faults
                    .push(format!("{} {} {}: {what}: {status} {problem}", case.method, case.path, case.body));
            }
        };
        let text = |member: &str| problem[member].as_str();
        check((400..500).contains(&status) && text("code") == Some(case.code), case.code);
        let at = match &case.at {
            At::Request => (None, None, None),
            Pointer(pointer) => (Some(*pointer), None, None),
            Parameter(parameter) => (None, Some(*parameter), None),
            Header(header) => (None, None, Some(*header)),
        };
        check((text("pointer"), text("parameter"), text("header")) == at, &format!("{:?}", case.at));
        let (title, detail) = (text("title").unwrap_or_default(), text("detail").unwrap_or_default());
        let is_zh = language == "zh-CN";
        check(is_chinese(title) == is_zh && is_chinese(detail) == is_zh, language);
        if is_zh {
            check(detail.ends_with('。') && !detail.contains(';') && !detail.contains(", "), "punctuation");
        } else {
            check(detail.ends_with('.') && detail.contains(case.says), case.says);
        }
        check(inner_names(detail, api).is_empty(), "inner names");
        for value in &received {
            check(!detail.contains(value.as_str()), &format!("repeats {value}"));
        }
    }
    faults
}

both_engines! {
    async fn every_refusal_is_said_in_the_askers_language(db: TestDb) {
        let s = Server::new(db).await;
        let api = serde_json::to_string(&hefu_http::openapi()).unwrap();
        let visit = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let in_house = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let cancelled = s.book("DBL", "2026-12-03", "2026-12-05").await;
        let of = |number: &str, what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&of(&cancelled, "cancel"), json!({})).await;
        s.post(&of(&in_house, "check-in"), json!({ "room": "0402" })).await;
        s.post(&of(&in_house, "charges"), json!({ "code": "MINI", "amount": 615_65 })).await;
        s.post(&of(&in_house, "numbers"), json!({ "system": "ctrip", "number": "CT-90817263" })).await;
        s.post(&of(&in_house, "add-guest"), json!({ "guest": { "profile": { "full_name": "李娜" } } })).await;
        let mut next = booking("DBL", "2026-10-05", "2026-10-06");
        next["rooms"][0]["room"] = json!("0402");
        s.post("/api/v1/reservations", next).await;
        // The last date that can be booked.
        s.book("DBL", "2031-10-03", "2031-10-04").await;
        s.post("/api/v1/properties/SH01/rooms/0404/state", json!({ "state": "dirty" })).await;
        let lock = [("idempotency-key", "used-before")];
        s.send(Method::POST, &of(&visit, "charges"), Some(json!({ "code": "MINI", "amount": 7 })), &lock).await;
        for _ in 0..4 {
            s.book("DBL", "2026-11-01", "2026-11-02").await;
        }
        let guest = s.get(&format!("/api/v1/visits/{visit}")).await["guest"]["id"].as_str().unwrap().to_owned();
        let mut mistyped = visit.clone();
        let last = mistyped.pop().unwrap().to_digit(10).unwrap();
        mistyped.push(char::from_digit((last + 1) % 10, 10).unwrap());
        let book = "/api/v1/reservations";
        let id = "01890000-0000-7000-8000-000000000000";
        let raw = |text: &str, says| Case { body: text.to_owned(), ..post(book, &Value::Null, "malformed_request", At::Request, says) };
        let headed = |name, value: &str, case: Case| Case { headers: vec![(name, value.to_owned())], ..case };
        let charge = json!({ "code": "MINI", "amount": 1 });
        let property = json!({ "name": "一", "name_en": "One", "time_zone": "Asia/Shanghai", "currency": "CNY", "business_date": "2026-10-03" });
        let with_field = |mut body: Value, name: &str, value: Value| { body[name] = value; body };
        let profile = |name: &str, value: Value| with(&format!("/guest/profile/{name}"), value);
        let cases = vec![
            // The form of the request.
            raw("{\"property\": \"SH01\", \"rooms\": [", "ends too early"),
            raw("{\"property\": nonsense}", "line 1"),
            post(book, &json!([]), "malformed_request", Pointer(""), "an object with fields"),
            post(book, &profile("phones", json!(["138 1234 5678", 13_987_654_321_i64])), "malformed_request", Pointer("/guest/profile/phones/1"), "text, in quotes"),
            post(book, &with("/rooms/0/arrival", json!("2026-02-30")), "malformed_request", Pointer("/rooms/0/arrival"), "a valid date"),
            post(book, &with("/rooms/0/adults", json!("twenty")), "malformed_request", Pointer("/rooms/0/adults"), "a whole number"),
            post(book, &with("/rooms/0/arival", json!("2026-11-20")), "malformed_request", Pointer("/rooms/0/arival"), "room_type, rate_plan"),
            post(book, &with("/rooms/0", json!({ "rate_plan": "BAR" })), "malformed_request", Pointer("/rooms/0/room_type"), "required"),
            post(book, &with("/state", json!("promised")), "malformed_request", Pointer("/state"), "requested, reserved"),
            post(book, &with("/guest", json!({ "person": {} })), "malformed_request", Pointer("/guest"), "id, profile"),
            post(book, &with("/deposits", json!([{ "due": "2026-11-01", "amount": 1.55555 }])), "malformed_request", Pointer("/deposits/0/amount"), "a whole number"),
            post(&of(&visit, "payments"), &json!({ "code": "CASH", "foreign": { "currency": "usdollar", "amount": 1, "rate": "7" } }), "malformed_request", Pointer("/foreign/currency"), "ISO 4217"),
            post(&format!("/api/v1/guests/{guest}/merge"), &json!({ "merged": "somebody" }), "malformed_request", Pointer("/merged"), "an id (UUID)"),
            get("/api/v1/search?q=a&limit=many", "malformed_request", Parameter("limit"), "a whole number"),
            get("/api/v1/search?q=a&from=yesterday", "malformed_request", Parameter("from"), "a valid date"),
            get("/api/v1/search?q=a&cursor=backwards", "invalid", Parameter("cursor"), "`next`"),
            get("/api/v1/search?q=a&state=sleeping", "invalid", Parameter("state"), "no_show"),
            get("/api/v1/search?q=a&property=NOWHERE", "not_found", Parameter("property"), "check its code"),
            headed("if-match", "\"newest\"", post(&of(&visit, "charges"), &charge, "malformed_request", Header("If-Match"), "ETag")),
            headed("idempotency-key", "", post(&of(&visit, "charges"), &charge, "malformed_request", Header("Idempotency-Key"), "1 to 200")),
            headed("hefu-reason", "%zz-guest", post(&of(&visit, "charges"), &charge, "malformed_request", Header("Hefu-Reason"), "limited to 200")),
            headed("content-type", "text/plain", post(book, &charge, "unsupported_media_type", Header("Content-Type"), "application/json")),
            headed("content-length", "3000000", post(book, &json!({}), "too_large", At::Request, "2,097,152 bytes")),
            headed("origin", "https://elsewhere.example", post(book, &charge, "foreign_origin", At::Request, "this machine")),
            headed("idempotency-key", "used-before", post(&of(&visit, "charges"), &json!({ "code": "MINI", "amount": 8 }), "idempotency_key_reused", Header("Idempotency-Key"), "new key")),
            headed("if-match", "\"4711\"", post(&of(&visit, "change"), &json!({ "company": "A" }), "stale", Header("If-Match"), "read it again")),
            get("/api/v1/nowhere", "no_such_path", At::Request, "/docs"),
            case(Method::DELETE, "/api/v1/guests", &Value::Null, "no_such_method", At::Request, "/docs"),
            get("/api/v1/guests/not-an-id", "not_found", At::Request, "malformed"),
            get(&format!("/api/v1/guests/{id}"), "not_found", At::Request, "no such guest"),
            // Numbers.
            get(&format!("/api/v1/visits/{mistyped}"), "mistyped_number", At::Request, "check digit"),
            get("/api/v1/visits/ZZ-998877", "not_found", At::Request, "No visit"),
            post(&of(&visit, "numbers"), &json!({ "system": "ctrip", "number": "CT-90817263" }), "already_exists", At::Request, "another visit"),
            post(&of(&visit, "numbers"), &json!({ "system": "hefu", "number": "CT-1" }), "invalid", Pointer("/system"), "Hefu's own"),
            // Booking.
            post(book, &with("/property", json!("NOWHERE")), "not_found", Pointer("/property"), "no such property"),
            post(book, &with("/rooms/0/room_type", json!("CASTLE")), "not_found", Pointer("/rooms/0/room_type"), "room type"),
            post(book, &with("/rooms/0/rate_plan", json!("GIFT")), "not_found", Pointer("/rooms/0/rate_plan"), "rate plan"),
            post(book, &with("/rooms/0/room", json!("9999")), "not_found", Pointer("/rooms/0/room"), "no such room"),
            post(book, &with("/group", json!("TOURISTS")), "not_found", Pointer("/group"), "no such group"),
            post(book, &booking("DBL", "2026-10-31", "2026-11-03"), "no_inventory", Pointer("/rooms/0"), "sold out for 2026-11-01"),
            post(book, &with("/rooms/0/adults", json!(3)), "too_many_people", Pointer("/rooms/0/adults"), "at most 2"),
            post(book, &with("/rooms/0/departure", json!("2026-11-19")), "bad_dates", Pointer("/rooms/0/departure"), "before the arrival"),
            post(book, &with("/rooms/0/departure", json!("2029-11-19")), "bad_dates", Pointer("/rooms/0/departure"), "731 nights"),
            post(book, &with("/rooms/0/arrival", json!("2026-10-01")), "bad_dates", Pointer("/rooms/0/arrival"), "business date 2026-10-03"),
            post(book, &with("/rooms/0/arrival", json!("9999-12-30")), "bad_dates", Pointer("/rooms/0/arrival"), "until 2031-10-03"),
            post(book, &booking("DBL", "2031-10-04", "2031-10-05"), "bad_dates", Pointer("/rooms/0/arrival"), "until 2031-10-03"),
            post(&of(&visit, "change"), &json!({ "rooms": [{ "line": 1, "arrival": "9999-12-30" }] }), "bad_dates", Pointer("/rooms/0/arrival"), "until 2031-10-03"),
            post(&of(&visit, "add-room"), &json!({ "room": booking("DBL", "9999-12-30", "9999-12-31")["rooms"][0] }), "bad_dates", Pointer("/room/arrival"), "until 2031-10-03"),
            post("/api/v1/properties/SH01/quote", &json!({ "arrival": "9999-12-30", "departure": "9999-12-31", "adults": 1 }), "bad_dates", Pointer("/arrival"), "until 2031-10-03"),
            post(book, &with("/rooms/0/prices", json!([30_000])), "bad_amount", Pointer("/rooms/0/prices"), "2 in all, each between 0.00 CNY and 10,000,000.00 CNY"),
            post(book, &with("/rooms/0/rate_plan", json!("DAY4")), "bad_dates", Pointer("/rooms/0/departure"), "part-day stays"),
            post(book, &with("/deposits", json!([{ "due": "2026-11-01", "amount": 0 }])), "bad_amount", Pointer("/deposits/0/amount"), "between 0.01 CNY and 10,000,000,000.00 CNY"),
            post(book, &with("/rooms", json!([])), "invalid", Pointer("/rooms"), "1 to 100 items"),
            // Guests.
            post(book, &profile("phones", json!(["12"])), "invalid", Pointer("/guest/profile/phones/0"), "phone number"),
            post(book, &profile("phones", json!(["138 1234 5678", "11111111"])), "invalid", Pointer("/guest/profile/phones/1"), "phone number"),
            post(book, &profile("phones", json!(vec!["138 1234 5678"; 21])), "invalid", Pointer("/guest/profile/phones"), "0 to 20 items"),
            post(book, &profile("emails", json!(vec!["wei@example.com"; 21])), "invalid", Pointer("/guest/profile/emails"), "0 to 20 items"),
            post(book, &profile("documents", json!(vec![json!({ "number": "E12345678" }); 21])), "invalid", Pointer("/guest/profile/documents"), "0 to 20 items"),
            post(book, &profile("other_names", json!(vec!["张伟"; 21])), "invalid", Pointer("/guest/profile/other_names"), "0 to 20 items"),
            post(book, &profile("preferences", json!(vec!["高楼层"; 101])), "invalid", Pointer("/guest/profile/preferences"), "0 to 100 items"),
            post(book, &profile("full_name", json!("张".repeat(201))), "invalid", Pointer("/guest/profile/full_name"), "At most 200 characters"),
            post(book, &profile("address", json!("路".repeat(501))), "invalid", Pointer("/guest/profile/address"), "At most 500 characters"),
            post(book, &profile("emergency_contact", json!("王".repeat(501))), "invalid", Pointer("/guest/profile/emergency_contact"), "At most 500 characters"),
            post(book, &profile("city", json!("市".repeat(201))), "invalid", Pointer("/guest/profile/city"), "At most 200 characters"),
            post(book, &profile("language", json!("z".repeat(41))), "invalid", Pointer("/guest/profile/language"), "At most 40 characters"),
            post(book, &profile("phones", json!(["1".repeat(255)])), "invalid", Pointer("/guest/profile/phones/0"), "At most 254 characters"),
            post(book, &profile("emails", json!([format!("{}@example.com", "w".repeat(254))])), "invalid", Pointer("/guest/profile/emails/0"), "At most 254 characters"),
            post(book, &profile("documents", json!([{ "number": "9".repeat(255) }])), "invalid", Pointer("/guest/profile/documents/0/number"), "At most 254 characters"),
            post(book, &profile("preferences", json!(["高".repeat(501)])), "invalid", Pointer("/guest/profile/preferences/0"), "At most 500 characters"),
            // Any other text.
            post(book, &with("/segment", json!("A".repeat(1_001))), "invalid", Pointer("/segment"), "At most 1,000 characters"),
            put("/api/v1/properties/SH01/city-accounts/ACME", &json!({ "name": "公".repeat(1_001), "credit_limit": 1 }), "invalid", Pointer("/name"), "At most 1,000 characters"),
            post(book, &profile("emails", json!(["wei.example.com"])), "invalid", Pointer("/guest/profile/emails/0"), "exactly one @"),
            post(book, &profile("documents", json!([{ "type": "resident_id", "number": "110105194912310021" }])), "invalid", Pointer("/guest/profile/documents/0/number"), "check digit"),
            post("/api/v1/guests", &json!({ "full_name": "王芳", "documents": [{ "type": "loyalty", "number": "E12345678" }] }), "invalid", Pointer("/documents/0/type"), "hk_macau_permit"),
            post("/api/v1/guests", &json!({ "full_name": " " }), "invalid", Pointer("/full_name"), "needs a name"),
            post("/api/v1/guests", &json!({ "full_name": "王芳", "source": { "system": "hefu", "external_id": "7" } }), "invalid", Pointer("/source/system"), "reserved for Hefu"),
            post(&format!("/api/v1/guests/{guest}/reveal"), &json!({ "reason": " " }), "invalid", Pointer("/reason"), "Hefu-Reason"),
            post(&format!("/api/v1/guests/{guest}/merge"), &json!({ "merged": guest }), "wrong_state", Pointer("/merged"), "already one guest"),
            // Stays.
            post(&of(&cancelled, "check-in"), &json!({}), "wrong_state", At::Request, "cancelled; this needs one that is reserved"),
            post(&of(&cancelled, "assign-room"), &json!({ "room": "0401" }), "wrong_state", At::Request, "reinstate"),
            post(&of(&in_house, "check-in"), &json!({}), "wrong_state", Pointer("/line"), "already been checked in"),
            post(&of(&visit, "check-in"), &json!({ "line": 4 }), "not_found", Pointer("/line"), "rooms are numbered from 1"),
            post(&of(&visit, "check-in"), &json!({ "room": "9999" }), "not_found", Pointer("/room"), "list of rooms"),
            post(&of(&visit, "check-in"), &json!({ "room": "0404" }), "room_not_ready", Pointer("/room"), "The room is dirty; choose another, or send accept_dirty"),
            post(&of(&visit, "check-in"), &json!({ "room": "0402" }), "room_taken", Pointer("/room"), "occupied"),
            post(&of(&visit, "check-in"), &json!({ "room": "0401", "guests": [{ "guest": { "profile": { "full_name": "王芳", "emails": ["wang@"] } } }] }), "invalid", Pointer("/guests/0/guest/profile/emails/0"), "domain name"),
            post(&of(&visit, "check-out"), &json!({}), "wrong_state", At::Request, "in house"),
            // What the room does not allow is said at a field of the request.
            post(&of(&in_house, "add-guest"), &json!({ "guest": { "profile": { "full_name": "王芳" } } }), "too_many_people", Pointer("/guest"), "at most 2"),
            post(&of(&in_house, "share"), &json!({ "guest": { "profile": { "full_name": "王芳" } } }), "too_many_people", Pointer("/guest"), "at most 2"),
            post(&of(&in_house, "primary-guest"), &json!({ "guest": { "profile": { "full_name": "王芳" } } }), "too_many_people", Pointer("/guest"), "at most 2"),
            post(&of(&in_house, "extend"), &json!({ "departure": "2026-10-06" }), "room_taken", Pointer("/departure"), "taken"),
            post(&of(&in_house, "check-out"), &json!({}), "balance_due", Pointer("/allow_balance"), "CNY; take a payment or refund the excess, or send allow_balance."),
            post(&of(&in_house, "extend"), &json!({ "departure": "2026-10-04" }), "bad_dates", Pointer("/departure"), "after 2026-10-05"),
            post(&of(&in_house, "move"), &json!({ "room": "0402", "reason": "noise" }), "wrong_state", Pointer("/room"), "already"),
            post(&of(&in_house, "move"), &json!({ "room": "0403", "reason": "" }), "invalid", Pointer("/reason"), "Give a reason"),
            post(&of(&in_house, "cancel"), &json!({}), "wrong_state", At::Request, "undo the check-in"),
            post(&of(&cancelled, "no-show"), &json!({}), "bad_dates", At::Request, "2026-12-03"),
            // Bills.
            post(&of(&in_house, "charges"), &json!({ "code": "SAUNA", "amount": 1 }), "not_found", Pointer("/code"), "list of codes"),
            post(&of(&in_house, "charges"), &json!({ "code": "CASH", "amount": 1 }), "invalid", Pointer("/code"), "revenue code"),
            post(&of(&in_house, "charges"), &json!({ "code": "MINI", "amount": 0 }), "bad_amount", Pointer("/amount"), "between 0.01 CNY"),
            post(&of(&in_house, "charges"), &json!({ "code": "MINI", "amount": 1, "window": 9 }), "invalid", Pointer("/window"), "from 1 to 8"),
            post(&of(&in_house, "charges"), &json!({ "code": "MINI", "amount": 1, "quantity": 0 }), "invalid", Pointer("/quantity"), "from 1 to 1,000"),
            post(&of(&in_house, "payments"), &json!({ "code": "CASH" }), "bad_amount", Pointer("/amount"), "amount paid"),
            post(&of(&in_house, "payments"), &json!({ "code": "CARD", "amount": 1, "reference": "4111 1111 1111 1111" }), "invalid", Pointer("/reference"), "Card numbers are not accepted"),
            post(&of(&in_house, "payments"), &json!({ "code": "CASH", "foreign": { "currency": "CNY", "amount": 1, "rate": "1" } }), "wrong_currency", Pointer("/foreign/currency"), "own currency"),
            post(&of(&in_house, "payments"), &json!({ "code": "CASH", "amount": 5, "foreign": { "currency": "USD", "amount": 200, "rate": "7.1" } }), "bad_amount", Pointer("/amount"), "worth 14.20 CNY"),
            post(&of(&in_house, "payments"), &json!({ "code": "CASH", "foreign": { "currency": "USD", "amount": 100, "rate": "seven" } }), "bad_amount", Pointer("/foreign/rate"), "decimal"),
            post(&of(&in_house, "refunds"), &json!({ "code": "CASH", "amount": 99_900 }), "bad_amount", Pointer("/amount"), "Only 0.00 CNY"),
            post(&of(&in_house, "reversals"), &json!({ "posting_id": id }), "not_found", Pointer("/posting_id"), "no such line"),
            post(&of(&in_house, "transfers"), &json!({ "posting_ids": [id], "to_window": 2 }), "not_found", Pointer("/posting_ids/0"), "no such line"),
            post(&of(&in_house, "splits"), &json!({ "posting_id": id, "to_window": 2, "total": 1 }), "not_found", Pointer("/posting_id"), "no such line"),
            post(&of(&in_house, "splits"), &json!({ "posting_id": id, "to_window": 9, "total": 1 }), "invalid", Pointer("/to_window"), "from 1 to 8"),
            post(&of(&in_house, "splits"), &json!({ "posting_id": id, "to_window": 2 }), "invalid", Pointer("/total"), "Give either total"),
            post(&of(&in_house, "city-ledger"), &json!({ "account": "NOBODY", "window": 1 }), "not_found", Pointer("/account"), "city-ledger account"),
            post(&of(&in_house, "deposits/pay"), &json!({ "instalment": 1, "code": "CASH" }), "not_found", Pointer("/instalment"), "instalment"),
            post(&of(&in_house, "pre-authorisations/confirm"), &json!({ "pre_auth_id": id }), "not_found", Pointer("/pre_auth_id"), "pre-authorisation"),
            post(&of(&in_house, "redeem-points"), &json!({ "points": 100 }), "not_found", At::Request, "enrol the booker"),
            // Settings, housekeeping, audit.
            put("/api/v1/properties/SH02", &with_field(property.clone(), "time_zone", json!("Shanghai time")), "invalid", Pointer("/time_zone"), "Asia/Shanghai"),
            put("/api/v1/properties/SH01", &with_field(property.clone(), "currency", json!("EUR")), "invalid", Pointer("/currency"), "give CNY"),
            put("/api/v1/properties/SH01", &with_field(property.clone(), "check_out_minute", json!(1_440)), "invalid", Pointer("/check_out_minute"), "from 0 to 1,439"),
            put("/api/v1/properties/S%20H", &property, "invalid", Parameter("property"), "1 to 32"),
            put("/api/v1/properties/SH01/room-types/DBL", &json!({ "name": "双", "name_en": "Twin", "capacity": 65 }), "invalid", Pointer("/capacity"), "from 1 to 64"),
            put("/api/v1/properties/SH01/rooms", &json!([{ "number": "0409", "room_type": "CASTLE", "floor": "4" }]), "not_found", Pointer("/0/room_type"), "room type"),
            post("/api/v1/properties/SH01/rooms/0401/state", &json!({ "state": "out_of_order" }), "invalid", Pointer("/state"), "from and until"),
            post("/api/v1/properties/SH01/rooms/0401/out-of-order", &json!({ "from": "2026-09-01", "until": "2026-09-02", "reason": "paint" }), "bad_dates", Pointer("/from"), "2026-10-03"),
            post("/api/v1/properties/SH01/rooms/0401/back-in-order", &json!({ "from": "2027-01-01", "until": "2027-01-02" }), "wrong_state", At::Request, "in order"),
            post(&of(&visit, "notes"), &json!({ "kind": "request", "text": "x", "due": "2026-10-02" }), "bad_dates", Pointer("/due"), "2026-10-03"),
            post(&of(&visit, "finish-note"), &json!({ "note_id": id }), "not_found", Pointer("/note_id"), "list of notes"),
            post(&of(&visit, "wishes"), &json!({ "features": ["helipad"] }), "invalid", Pointer("/features"), "No room of the type"),
            post(&of(&visit, "wake-ups"), &json!({ "date": "2026-10-09", "minute": 390 }), "bad_dates", Pointer("/date"), "from 2026-10-03 to 2026-10-05"),
            post("/api/v1/properties/SH01/rooms/0401/task/step", &json!({ "step": "start" }), "not_found", At::Request, "plan the day's work"),
            post("/api/v1/properties/SH01/found-items", &json!({ "item": "x", "found_on": "2026-10-09" }), "bad_dates", Pointer("/found_on"), "2026-10-03"),
            post(&format!("/api/v1/properties/SH01/faults/{id}"), &json!({ "state": "done" }), "not_found", At::Request, "list of faults"),
            get("/api/v1/properties/SH01/lists/in_house?date=2026-10-05", "bad_dates", Parameter("date"), "from 2026-10-03 to 2026-10-03; choose"),
            put(&format!("/api/v1/guests/{guest}/flags/vip"), &json!({}), "invalid", Pointer("/reason"), "reason"),
            post("/api/v1/properties/SH01/night-audit", &json!({}), "wrong_state", Pointer("/force"), "send force"),
            get("/api/v1/properties/SH01/night-audits/2026-10-01", "not_found", At::Request, "night audit"),
            post("/api/v1/members/111111111/adjust", &json!({ "points": 0, "reason": "service" }), "bad_amount", Pointer("/points"), "1,000,000,000"),
        ];
        assert!(cases.len() >= 40);
        let mut wrong = Vec::new();
        for case in &cases {
            wrong.extend(faults(&s, case, &api).await);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn what_rates_groups_cashiers_and_benefits_refuse_is_said_as_well(db: TestDb) {
        let s = Server::new(db).await;
        let api = serde_json::to_string(&hefu_http::openapi()).unwrap();
        let sh01 = |what: &str| format!("/api/v1/properties/SH01/{what}");
        let of = |number: &str, what: &str| format!("/api/v1/visits/{number}/{what}");
        let set = async |path: &str, body: Value| {
            let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
            assert!(status.is_success(), "{path}: {answer}");
        };
        let on = |from: &str, until: &str, field: &str, value: Value| {
            let mut body = json!({ "room_type": "STE", "from": from, "until": until });
            body[field] = value;
            body
        };
        for (from, until, field, value) in [
            ("2027-02-01", "2027-02-02", "stop_sell", json!(true)),
            ("2027-02-05", "2027-02-06", "closed_to_arrival", json!(true)),
            ("2027-02-10", "2027-02-11", "closed_to_departure", json!(true)),
            ("2027-02-15", "2027-02-16", "minimum_stay", json!(3)),
            ("2027-02-20", "2027-02-21", "maximum_stay", json!(1)),
        ] {
            set(&sh01("rate-calendar/restrictions"), on(from, until, field, value)).await;
        }
        for plan in ["CORP", "PROMO"] {
            set(&sh01(&format!("rate-plans/{plan}")), json!({ "name": plan, "name_en": plan, "kind": "nightly",
                "rates": [{ "room_type": "STE", "valid_from": "2026-01-01", "amount": 500_00 }] })).await;
        }
        set("/api/v1/companies/YUNFAN", json!({ "name": "Yunfan (invented)", "tax_id": "91310000MA1FL0000X" })).await;
        set(&sh01("rate-plans/CORP/access"), json!({ "companies": ["YUNFAN"] })).await;
        set(&sh01("rate-plans/PROMO/access"), json!({ "promotion_code": "SPRING26" })).await;
        set(&sh01("city-accounts/ACME"), json!({ "name": "Acme (invented)", "credit_limit": 10_00 })).await;
        set("/api/v1/groups/EXPO", json!({ "name": "Expo" })).await;
        set(&sh01("blocks/EXPO"), json!({ "rate_plan": "BAR", "rooms": [{ "room_type": "DBL", "from": "2027-03-01", "until": "2027-03-03", "rooms": 1 }] })).await;
        let black = s.post("/api/v1/guests", json!({ "full_name": "赵六", "phones": ["139 0000 6666"] })).await["id"].as_str().unwrap().to_owned();
        set(&format!("/api/v1/guests/{black}/flags/blacklist"), json!({ "reason": "打架" })).await;
        let visit = s.book("DBL", "2026-10-03", "2026-10-05").await;
        s.post(&of(&visit, "check-in"), json!({ "room": "0401" })).await;
        s.post(&of(&visit, "charges"), json!({ "code": "MINI", "amount": 100_00 })).await;
        let view = s.get(&format!("/api/v1/visits/{visit}")).await;
        let line = view["consumption"]["postings"][0]["id"].clone();
        s.post(&of(&visit, "reversals"), json!({ "posting_id": line })).await;
        s.post(&of(&visit, "charges"), json!({ "code": "MINI", "amount": 100_00 })).await;
        let guest = view["guest"]["id"].as_str().unwrap();
        s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
        s.post(&sh01("shifts"), json!({ "float": [{ "amount": 500_00 }] })).await;
        s.post(&of(&visit, "keys"), json!({})).await;
        let key = s.get(&of(&visit, "keys")).await[0]["id"].clone();
        s.post(&of(&visit, "cancel-key"), json!({ "key_id": key })).await;
        let hours = |minute: i64| json!({ "property": "SH01", "guest": { "id": guest }, "rooms": [{ "room_type": "DBL", "rate_plan": "DAY4",
            "arrival": "2026-12-24", "departure": "2026-12-24", "arrival_minute": minute, "room": "0401" }] });
        s.post("/api/v1/reservations", hours(600)).await;
        let book = "/api/v1/reservations";
        let suite = |arrival: &str, departure: &str, plan: &str| {
            let mut body = booking("STE", arrival, departure);
            body["rooms"][0]["rate_plan"] = json!(plan);
            body
        };
        let dated = |case: Case| Case { names_dates: true, ..case };
        let mut unwelcome = booking("DBL", "2027-01-05", "2027-01-06");
        unwelcome["guest"] = json!({ "id": black });
        let cases = vec![
            // Rates and seasons.
            dated(post(book, &suite("2027-01-31", "2027-02-02", "BAR"), "stop_sell", Pointer("/rooms/0/rate_plan"), "2027-02-01 is not sold")),
            dated(post(book, &suite("2027-02-05", "2027-02-06", "BAR"), "closed_to_arrival", Pointer("/rooms/0/arrival"), "another arrival")),
            dated(post(book, &suite("2027-02-09", "2027-02-10", "BAR"), "closed_to_departure", Pointer("/rooms/0/departure"), "another departure")),
            dated(post(book, &suite("2027-02-15", "2027-02-16", "BAR"), "minimum_stay", Pointer("/rooms/0/departure"), "at least 3 nights")),
            dated(post(book, &suite("2027-02-20", "2027-02-22", "BAR"), "maximum_stay", Pointer("/rooms/0/departure"), "at most 1 nights")),
            post(book, &suite("2027-04-01", "2027-04-02", "CORP"), "plan_restricted", Pointer("/rooms/0/rate_plan"), "code of the company"),
            post(book, &suite("2027-04-01", "2027-04-02", "PROMO"), "plan_restricted", Pointer("/rooms/0/rate_plan"), "promotion code"),
            put(&sh01("seasons/XMAS"), &json!({ "name": "X", "name_en": "X", "dates": [{ "from": "2026-12-26", "until": "2026-12-24" }] }), "bad_dates", Pointer("/dates/0/until"), "1 to 100 ranges"),
            post(&sh01("setup/delete"), &json!({ "kind": "rate_plan", "code": "BAR" }), "wrong_state", Pointer("/code"), "close it instead"),
            post(&sh01("setup/delete"), &json!({ "kind": "code", "code": "ROOM" }), "invalid", Pointer("/code"), "every property has"),
            put(&sh01("rate-plans/BAR"), &json!({ "overrun": { "price": 1 } }), "invalid", Pointer("/overrun"), "part-day plan"),
            // By the hour.
            post(book, &hours(700), "room_taken", Pointer("/rooms/0/room"), "from 10:00 until 14:00"),
            get(&sh01("free-rooms?minute=600"), "invalid", Parameter("hours"), "from 1 to 23"),
            // Guests and members.
            post(book, &unwelcome, "guest_blacklisted", Pointer("/accept_blacklisted"), "with a reason"),
            post(&of(&visit, "redeem-points"), &json!({ "points": 100_000 }), "not_enough_points", Pointer("/points"), "are available"),
            post(&of(&visit, "late-check-out"), &json!({}), "wrong_state", At::Request, "do not have this benefit"),
            // Bills, companies, cashiers and invoices.
            post(&of(&visit, "reversals"), &json!({ "posting_id": line }), "already_reversed", Pointer("/posting_id"), "choose another line"),
            post(&of(&visit, "city-ledger"), &json!({ "account": "ACME", "window": 1, "amount": 50_00 }), "credit_exceeded", Pointer("/account"), "10.00 CNY of credit left"),
            put("/api/v1/companies/OTHER", &json!({ "name": "Other (invented)", "tax_id": "91310000MA1FL0000X" }), "already_exists", Pointer("/tax_id"), "another company"),
            post(&sh01("shifts"), &json!({}), "already_exists", At::Request, "close it first"),
            post(&sh01("shifts/1/drops"), &json!({ "amount": 900_00 }), "bad_amount", Pointer("/amount"), "should hold 500.00 CNY"),
            post(&of(&visit, "invoices"), &json!({ "window": 3 }), "wrong_state", Pointer("/window"), "nothing to invoice"),
            post(&sh01("invoices/INV/9/credit-notes"), &json!({ "reason": "x" }), "not_found", Parameter("number"), "invoice"),
            post(&of(&visit, "charges"), &json!({ "code": "MINI", "amount": 1, "line": 4 }), "not_found", Pointer("/line"), "numbered from 1"),
            // Groups, notes and keys.
            put(&sh01("blocks/EXPO"), &json!({ "rate_plan": "BAR", "rooms": [{ "room_type": "DBL", "from": "9999-12-30", "until": "9999-12-31", "rooms": 1 }] }), "bad_dates", Pointer("/rooms/0/from"), "until 2031-10-03"),
            put(&sh01("blocks/NOBODY"), &json!({ "rate_plan": "BAR", "rooms": [] }), "not_found", At::Request, "group"),
            post(&of(&visit, "notes"), &json!({ "kind": "note", "text": "x", "due": "2026-12-01" }), "invalid", Pointer("/due"), "has no date"),
            post(&of(&visit, "notes"), &json!({ "kind": "trace", "text": "x" }), "invalid", Pointer("/department"), "required"),
            post(&of(&visit, "cancel-key"), &json!({ "key_id": key }), "wrong_state", Pointer("/key_id"), "opens nothing any more"),
            post(&of(&visit, "keys"), &json!({ "count": 9 }), "invalid", Pointer("/count"), "from 1 to 8"),
        ];
        let mut wrong = Vec::new();
        for case in &cases {
            wrong.extend(faults(&s, case, &api).await);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn what_channels_findings_files_and_accounts_refuse_is_said_as_well(db: TestDb) {
        const NONE: &str = "01890000-0000-7000-8000-000000000000";
        let s = Server::new(db).await;
        let api = serde_json::to_string(&hefu_http::openapi()).unwrap();
        let sh01 = |what: &str| format!("/api/v1/properties/SH01/{what}");
        let channel = json!({ "name": "携程", "room_types": { "TWIN": "DBL" } });
        s.send(Method::PUT, &sh01("channels/ctrip"), Some(channel), &[]).await;
        let account = json!({ "login": "wang.fang", "name": "王芳", "password": "tide-lantern-47-orchid" });
        let id = s.post("/api/v1/accounts", account).await["id"].as_str().unwrap().to_owned();
        let grants = format!("/api/v1/accounts/{id}/grants");
        let settlement = |code: &str, map: &str, file: &str| json!({ "code": code, "map": map, "file": file });
        let map = "id = 'id'\ndate = 'day'\namount = 'amount'\nreference = 'order'";
        // A line whose amount is "abc".
        let unread = "aWQsZGF5LGFtb3VudCxvcmRlcgpUMSwyMDI2LTEwLTAzLGFiYyxYMQo=";
        let cases = vec![
            // Channels.
            put(&sh01("channels/ctrip"), &json!({ "room_types": { "TWIN": "NONE" } }), "not_found", Pointer("/room_types/TWIN"), "list of room types"),
            put(&sh01("channels/fliggy"), &json!({}), "invalid", Pointer("/name"), "required"),
            put(&sh01("channels/nobody/calendars/twin"), &json!({ "room_type": "DBL" }), "not_found", At::Request, "no such channel"),
            put(&sh01("channels/ctrip/calendars/twin"), &json!({ "room_type": "DBL", "url": "http://example.com/twin.ics" }), "invalid", Pointer("/url"), "begins with https://"),
            post(&sh01(&format!("channel-messages/{NONE}/drop")), &json!({ "reason": "x" }), "not_found", At::Request, "messages that wait"),
            // Findings and settlement files.
            get("/api/v1/findings?cursor=nonsense", "invalid", Parameter("cursor"), "previous page"),
            get(&sh01(&format!("findings/{NONE}")), "not_found", At::Request, "list of findings"),
            put(&sh01("finding-rules/double_record"), &json!({ "enabled": true }), "invalid", Parameter("kind"), "need a person"),
            post(&sh01("settlements"), &settlement("NOPE", "alipay", ""), "not_found", Pointer("/code"), "no such transaction code"),
            post(&sh01("settlements"), &settlement("ALIPAY", "nonsense", ""), "invalid", Pointer("/map"), "docs/reconcile.md"),
            post(&sh01("settlements"), &settlement("ALIPAY", map, "!!!!"), "invalid", Pointer("/file"), "Base64"),
            post(&sh01("settlements"), &settlement("ALIPAY", map, unread), "invalid", Pointer("/file"), "The amount in line"),
            // Files to import.
            get(&format!("/api/v1/import-files/{NONE}"), "not_found", At::Request, "list of files"),
            // Accounts and programs.
            post("/api/v1/accounts", &json!({ "login": "li na", "name": "李娜", "password": "tide-lantern-47-orchid" }), "invalid", Pointer("/login"), "choose another"),
            post("/api/v1/accounts", &json!({ "login": "li.na", "name": "李娜", "password": "short" }), "invalid", Pointer("/password"), "10 to 128 characters"),
            post(&grants, &json!({ "role": "nobody" }), "not_found", Pointer("/role"), "list of roles"),
            post(&grants, &json!({ "role": "front_desk", "until": "2020-01-01T00:00:00Z" }), "invalid", Pointer("/until"), "later than now"),
            post("/api/v1/api-clients", &json!({ "name": "reports", "days": 9999 }), "invalid", Pointer("/days"), "1 to 400 days"),
        ];
        let mut wrong = Vec::new();
        for case in &cases {
            wrong.extend(faults(&s, case, &api).await);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn what_a_bill_owes_is_said_with_its_currency(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&at("check-in"), json!({})).await;
        s.post(&at("charges"), json!({ "code": "DMG", "amount": 5_00, "window": 2 })).await;
        s.post(&at("payments"), json!({ "code": "CASH", "amount": 1_234_50, "window": 3 })).await;
        let owed = |language: &'static str| {
            let (s, path) = (&s, at("check-out"));
            async move { s.send(Method::POST, &path, Some(json!({})), &[("accept-language", language)]).await.1 }
        };
        let (zh, en) = (owed("zh").await, owed("en").await);
        let (zh, en) = (zh["detail"].as_str().unwrap(), en["detail"].as_str().unwrap());
        for text in ["窗口 2 欠 5", "窗口 3 多付 1,234.50 CNY", "；请收款或退款结清，或发送 allow_balance"] {
            assert!(zh.contains(text), "{zh}");
        }
        for text in ["window 2 owes 5", "window 3 is overpaid by 1,234.50 CNY", "send allow_balance"] {
            assert!(en.contains(text), "{en}");
        }
    }

    async fn no_refusal_repeats_what_was_sent(db: TestDb) {
        let s = Server::new(db).await;
        let visit = digits(&s.post("/api/v1/reservations", booking("DBL", "2026-10-03", "2026-10-05")).await);
        let profile = json!({ "full_name": "李娜", "surname": "李", "birth": "1990-01-01", "phones": ["138 0013 8000"],
            "emails": ["li@example.com"], "documents": [{ "type": "passport", "number": "E12345678", "country": "CHN", "expires": "2030-01-01" }],
            "source": { "system": "pms", "external_id": "7" }, "consents": [{ "purpose": "marketing", "given": true, "on": "2026-01-01" }] });
        let mut book = booking("DBL", "2026-12-01", "2026-12-03");
        book["guest"]["profile"] = profile.clone();
        book["deposits"] = json!([{ "due": "2026-11-01", "amount": 1 }]);
        book["numbers"] = json!([{ "system": "ota", "number": "X-1" }]);
        let on = |what: &str| format!("/api/v1/visits/{visit}/{what}");
        let requests = [
            ("/api/v1/reservations".to_owned(), book),
            ("/api/v1/guests".to_owned(), profile),
            (on("charges"), json!({ "code": "MINI", "amount": 1, "quantity": 1, "window": 1, "reference": "1" })),
            (on("payments"), json!({ "code": "CASH", "amount": 700, "foreign": { "currency": "USD", "amount": 100, "rate": "7" } })),
            (on("pre-authorisations"), json!({ "amount": 1, "card_token": "tok", "last_four": "1111", "expires": "2026-12-01" })),
            (on("extend"), json!({ "departure": "2026-10-06", "line": 1, "prices": [1] })),
            (on("check-in"), json!({ "line": 1, "room": "auto", "guests": [{ "guest": { "profile": { "full_name": "王芳" } }, "role": "primary" }] })),
            (on("city-ledger"), json!({ "account": "ACME", "window": 1, "amount": 1 })),
        ];
        let secrets = [json!("S3CR3T-77"), json!("2077-07-17"), json!(77_123_456), json!(-77_123_456), json!("77123456 at line 1"),
            json!("S3CR3T@77"), json!(7.712_345_6), json!("`S3CR3T`, expected `77123456`"), json!("S3CR3T\0"), json!("+86 771 2345 677"),
            json!("秘密七七"), json!(["S3CR3T-77"]), json!({ "S3CR3T-77": "S3CR3T-77" })];
        let mut refused = 0;
        for (path, body) in requests {
            let mut places = Vec::new();
            places_of(&body, "", &mut places);
            for place in places {
                for secret in &secrets {
                    let mut sent = body.clone();
                    *sent.pointer_mut(&place).unwrap() = secret.clone();
                    for language in ["zh-CN", "en"] {
                        let (status, problem) = s.send(Method::POST, &path, Some(sent.clone()), &[("accept-language", language)]).await;
                        if status.is_success() {
                            break;
                        }
                        refused += 1;
                        let said = format!("{} {} {}", problem["detail"], problem["pointer"], problem["title"]);
                        for part in ["S3CR3T", "2077", "77123456", "77,123,456", "7712", "771,2", "秘密"] {
                            assert!(!said.contains(part), "{path} {place} = {secret}: {said}");
                        }
                    }
                }
            }
        }
        assert!(refused > 500, "{refused}");
    }
}

/// The places of a document's values, as JSON pointers.
fn places_of(of: &Value, at: &str, found: &mut Vec<String>) {
    if !at.is_empty() {
        found.push(at.to_owned());
    }
    match of {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| places_of(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| places_of(value, &format!("{at}/{i}"), found));
        }
        _ => {}
    }
}
