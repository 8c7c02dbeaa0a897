//! What is answered: no record as it lies in the database, and nobody's personal data unmasked.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{Server, booking, digits};
use axum::{
    body::Body,
    http::{Method, Request},
};
use chrono::{Days, NaiveDate};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Types of the domain that are rows of tables.
const ROWS: &[&str] = &[
    "Billing",
    "CancellationPolicy",
    "CashierShift",
    "Channel",
    "ChannelCalendar",
    "ChannelFeed",
    "ChannelMessage",
    "ChannelSaid",
    "CityAccount",
    "CityAllocation",
    "CityEntry",
    "CityItem",
    "DayLedger",
    "Deposit",
    "DepositAccount",
    "DepositEntry",
    "Document",
    "ExchangeRate",
    "Finding",
    "FindingRule",
    "Folio",
    "FoundItem",
    "GuestFlag",
    "GuestMerge",
    "GuestPair",
    "Invoice",
    "InvoiceCopy",
    "InvoiceLine",
    "MaintenanceOrder",
    "Membership",
    "NightAudit",
    "NumberSeries",
    "PointsEntry",
    "Posting",
    "PreAuth",
    "Profile",
    "Property",
    "RatePlan",
    "Reservation",
    "ReservationRoom",
    "ReservationVersion",
    "Room",
    "RoomSeen",
    "RoomTask",
    "RoomType",
    "Routing",
    "SettlementLine",
    "ShiftCount",
    "ShiftEntry",
    "Stay",
    "StayRoom",
    "TransactionCode",
    "VisitAlias",
    "VisitGroup",
    "VisitNote",
    "WakeUp",
];

/// Properties that no answer has: inner keys, rows in a string, what a terminal gave us for a card.
const NEVER: &[&str] =
    &["card_token", "once", "snapshot", "property_id", "room_id", "room_type_id", "rate_plan_id"];

/// Ids that are shown without a name, number or code beside them, and why.
const IDS: &[(&str, &str)] = &[
    (
        "*.guest_id",
        "a guest has no number: the id is how calls name one, and the name would be opened for nothing",
    ),
    (
        "*.stay_id",
        "calls name a stay by it where several share a line; the room's number stands beside it where there is one",
    ),
    ("*.tax_id", "a tax number is read and written by people"),
    ("AccountView.id", "an account is named by it; login and name stand beside it"),
    ("Page_AccountView.id", "as AccountView"),
    ("MeView.id", "an account is named by it; login and name stand beside it"),
    ("ApiKeyView.id", "a key is named by it; its secret is shown once and stands nowhere"),
    ("ClientView.id", "a program is named by it; its name stands beside it"),
    ("Page_ClientView.id", "as ClientView"),
    ("GrantView.id", "a grant is ended by it; role and property stand beside it"),
    ("PasskeyOwner.id", "what an authenticator is to know the account by; the login stands beside it"),
    ("PasskeySite.id", "the name of this server"),
    ("KnownPasskey.id", "what an authenticator knows a passkey by"),
    ("ProviderView.id", "a provider is named by it in addresses; its name stands beside it"),
    ("PasskeyView.id", "a passkey is taken away by it; its name stands beside it"),
    ("SessionView.id", "a session is ended by it; address and time stand beside it"),
    ("AlarmView.id", "an alarm is seen by it; kind, time and account stand beside it"),
    ("Page_AlarmView.id", "as AlarmView"),
    (
        "ChannelMessageView.id",
        "a message is replayed or dropped by it; channel and number of the booking stand beside it",
    ),
    ("Page_ChannelMessageView.id", "as ChannelMessageView"),
    ("FindingView.id", "a finding is decided by it; kind, visit and evidence stand beside it"),
    ("Page_FindingView.id", "as FindingView"),
    ("GuestView.id", "a guest is named by it; the profile stands beside it"),
    ("GuestShort.id", "a guest is named by it; the name stands beside it"),
    ("Hit_GuestHit.id", "a guest is named by it; the name stands beside it"),
    ("StayView.id", "a stay is named by it; line and room number stand beside it"),
    ("PostingView.id", "a line of a bill is reversed or moved by it"),
    ("DepositEntryView.id", "a movement of a deposit is taken back by it"),
    ("CityEntryView.id", "a payment is allocated or taken back by it"),
    ("AllocationView.id", "an allocation is taken back by it"),
    ("AllocationView.payment_id", "the payment, as it stands among the movements"),
    ("AllocationView.item_id", "the transfer, as it stands among the movements"),
    ("InvoiceLineView.posting_id", "the line of the bill it is of; code, date and name stand beside it"),
    ("OpenLineView.posting_id", "a line of a bill is invoiced by it"),
    ("DepositEntryView.posting_id", "the line of the bill it went to"),
    ("FreeNightView.id", "a free night is given back by it"),
    ("FreeNightView.voucher_id", "the voucher it was taken by"),
    ("VoucherView.id", "a night is redeemed by it"),
    ("KeyView.id", "a key is extended and cancelled by it"),
    ("KeyOrderView.id", "what is told to the lock system"),
    ("KeyOrderView.key_id", "the key it is about"),
    ("Page_KeyOrderView.id", "what is told to the lock system"),
    ("Page_KeyOrderView.key_id", "the key it is about"),
    ("FoundView.id", "what became of a thing is said by it"),
    ("Page_FoundView.id", "what became of a thing is said by it"),
    ("FaultView.id", "what became of a fault is said by it"),
    ("Page_FaultView.id", "what became of a fault is said by it"),
    ("WakeUpView.id", "what became of a call is said by it"),
    ("NoteView.id", "a note is changed or done by it"),
    ("PreAuthView.id", "an amount set aside is captured or released by it"),
    ("MergeView.id", "a join is undone by it"),
    ("ImportRunView.id", "a run of the import is named by it"),
    ("ImportFileView.id", "a file that was sent is named by it"),
    ("JobView.id", "a job is run again by it"),
    ("Page_JobView.id", "a job is run again by it"),
    ("DifferenceView.id", "a difference is named by it; the field and what either side says stand beside it"),
];

/// Schemas of the journal, whose views are reviewed with it.
const OF_THE_JOURNAL: &[&str] = &["JournalEntryView", "Page_JournalEntryView"];

fn refs<'a>(schema: &'a Value, found: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str);
            found.extend(name.and_then(|name| name.strip_prefix("#/components/schemas/")));
            fields.values().for_each(|value| refs(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| refs(item, found)),
        _ => {}
    }
}

/// The schemas that answers are made of.
fn answered(api: &Value) -> BTreeMap<&str, &Value> {
    let mut names = BTreeSet::new();
    refs(&api["components"]["responses"], &mut names);
    for item in api["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            refs(&operation["responses"], &mut names);
        }
    }
    let schemas = api["components"]["schemas"].as_object().unwrap();
    loop {
        let mut more = names.clone();
        names.iter().for_each(|name| refs(&schemas[*name], &mut more));
        if more.len() == names.len() {
            return names.into_iter().map(|name| (name, &schemas[name])).collect();
        }
        names = more;
    }
}

/// The properties of a schema, those of its parts among them; not of schemas it names.
fn properties<'a>(schema: &'a Value, found: &mut BTreeMap<&'a str, &'a Value>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(own)) = fields.get("properties") {
                found.extend(own.iter().map(|(name, schema)| (name.as_str(), schema)));
            }
            fields.values().for_each(|value| properties(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, found)),
        _ => {}
    }
}

#[test]
fn no_answer_is_a_record_as_it_lies_in_the_database() {
    let api = serde_json::to_value(hefu_http::openapi()).unwrap();
    let answered = answered(&api);
    assert!(answered.contains_key("VisitView") && answered.contains_key("Problem"));
    let mut wrong = Vec::new();
    for (name, schema) in &answered {
        if ROWS.contains(name) {
            wrong.push(format!("{name} is a row"));
        }
        if OF_THE_JOURNAL.contains(name) {
            continue;
        }
        let mut found = BTreeMap::new();
        properties(schema, &mut found);
        for property in found.keys() {
            if NEVER.contains(property) || property.ends_with("commitment") {
                wrong.push(format!("{name}.{property}"));
            }
            let is_id = *property == "id" || property.ends_with("_id");
            let readable = property.strip_suffix("_id").unwrap_or_default();
            let has_companion = ["", "_number", "_code", "_name"].iter().any(|ending| {
                !readable.is_empty() && found.contains_key(format!("{readable}{ending}").as_str())
            });
            let excepted = IDS.iter().any(|(known, _)| {
                *known == format!("{name}.{property}") || *known == format!("*.{property}")
            });
            if is_id && !has_companion && !excepted && !is_key_of_another_system(property) {
                wrong.push(format!("{name}.{property} has nothing readable beside it"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The key a record has in another system is what people there read.
fn is_key_of_another_system(property: &str) -> bool {
    property == "external_id"
}

/// Somebody invented, and what of them no masked answer may hold.
struct Somebody {
    profile: Value,
    secrets: Vec<String>,
}

fn somebody(n: u32) -> Somebody {
    let birth = NaiveDate::from_ymd_opt(1951, 2, 3).unwrap() + Days::new(u64::from(n) * 1_234);
    let local = format!("1{}{:08}", 35 + n, 47_110_000 + n * 7_919);
    let email = format!("someone.of.{n}@mail{n}.example.com");
    let passport = format!("E{:08}", 51_234_567 + n * 1_001);
    let address = format!("{}弄{n}号1204室", 300 + n);
    let contact = format!("母亲 139{:08}", 22_334_455 + n * 13);
    let profile = json!({
        "full_name": format!("{}建{}", ["欧阳", "司马", "诸葛", "令狐"][n as usize % 4], ["华", "明", "军", "芳"][n as usize % 4]),
        "sex": "female", "birth": birth, "nationality": "CHN", "language": "zh-CN", "city": "上海",
        "phones": [local], "emails": [email],
        "documents": [{ "type": "passport", "number": passport, "country": "CHN" }],
        "address": address, "emergency_contact": contact, "preferences": ["高楼层"],
        "source": { "system": "phonebook", "external_id": local },
    });
    let secrets = vec![local, email, passport, address, contact, birth.to_string()];
    Somebody { profile, secrets }
}

async fn text(s: &Server, method: Method, path: &str, body: Option<&Value>) -> (u16, String) {
    let mut request = Request::builder().method(method).uri(path);
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let response = s.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// The tag of a visit's record.
async fn etag(app: &axum::Router, number: &str) -> String {
    let request = Request::builder().uri(format!("/api/v1/visits/{number}")).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    response.headers()["etag"].to_str().unwrap().to_owned()
}

/// The tag when nothing is left to be given its place in the journal, which the record shows.
async fn settled(s: &Server, number: &str) -> String {
    while s.app.sequence().await.unwrap() > 0 {}
    // The record that shows the entry without its place is used for a second at most.
    tokio::time::sleep(hefu_app::record::KEPT + std::time::Duration::from_millis(200)).await;
    etag(&s.router, number).await
}

both_engines! {
    async fn no_masked_answer_holds_what_is_masked(db: TestDb) {
        let s = Server::new(db).await;
        let people: Vec<Somebody> = (0..4).map(somebody).collect();
        let mut asked: Vec<(Method, String, Option<Value>)> = Vec::new();
        let mut answers: Vec<(String, String)> = Vec::new();
        let mut guests = Vec::new();
        let mut numbers = Vec::new();
        for (n, person) in people.iter().enumerate() {
            let (status, made) = text(&s, Method::POST, "/api/v1/guests", Some(&person.profile)).await;
            assert_eq!(status, 201, "{made}");
            let guest = serde_json::from_str::<Value>(&made).unwrap()["id"].as_str().unwrap().to_owned();
            answers.push(("create".into(), made));
            // The rest of what is known of the person, as the desk edits it.
            let mut edited = person.profile.clone();
            edited.as_object_mut().unwrap().remove("source");
            answers.push(("update".into(), text(&s, Method::PUT, &format!("/api/v1/guests/{guest}"), Some(&edited)).await.1));
            let mut body = booking("DBL", "2026-10-03", "2026-10-05");
            body["guest"] = json!({ "id": guest });
            body["deposits"] = json!([{ "due": "2026-10-03", "amount": 50_00 }]);
            body["numbers"] = json!([{ "system": "ctrip", "number": format!("CT-{n}7781") }]);
            let number = digits(&s.post("/api/v1/reservations", body).await);
            let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
            s.post(&at("check-in"), json!({ "room": format!("040{}", n + 1) })).await;
            s.post(&at("pre-authorisations"), json!({ "amount": 10_00, "card_token": "tok_secret_of_the_terminal", "last_four": "1111", "expires": "2026-12-01" })).await;
            s.post(&at("charges"), json!({ "code": "MINI", "amount": 30_00 })).await;
            answers.push(("enrol".into(), text(&s, Method::POST, &format!("/api/v1/guests/{guest}/membership"), Some(&json!({}))).await.1));
            s.post(&at("accrue-points"), json!({})).await;
            s.post(&at("invoices"), json!({ "window": 1 })).await;
            guests.push(guest);
            numbers.push(number);
        }
        s.post(&format!("/api/v1/visits/{}/change", numbers[0]), json!({ "segment": "corporate" })).await;
        let card = s.get(&format!("/api/v1/guests/{}/membership", guests[0])).await["membership"]["number"].as_str().unwrap().to_owned();
        s.send(Method::PUT, "/api/v1/properties/SH01/city-accounts/ACME", Some(json!({ "name": "Acme", "credit_limit": 100 })), &[]).await;
        s.send(Method::PUT, "/api/v1/groups/EXPO", Some(json!({ "name": "Expo" })), &[]).await;
        s.post("/api/v1/properties/SH01/shifts", json!({})).await;
        while s.app.sequence().await.unwrap() > 0 {}

        // Every GET of the API.
        let api = serde_json::to_value(hefu_http::openapi()).unwrap();
        for (path, item) in api["paths"].as_object().unwrap() {
            if item.get("get").is_none() {
                continue;
            }
            for (guest, number) in guests.iter().zip(&numbers) {
                let other = guests.iter().find(|other| *other != guest).unwrap();
                let mut path = path.replace("{merged}", other).replace("{property}", "SH01").replace("{date}", "2026-10-03");
                path = path.replace("/city-accounts/{code}", "/city-accounts/ACME").replace("/groups/{code}", "/groups/EXPO");
                path = path.replace("{currency}", "USD").replace("{series}/{number}", "INV/1").replace("/shifts/{number}", "/shifts/1");
                path = path.replace("/members/{number}", &format!("/members/{card}")).replace("{number}", number);
                path = path.replace("/journal/{index}", "/journal/3").replace("{id}", guest);
                let query = match path.as_str() {
                    "/api/v1/reservations" => "?property=SH01",
                    path if path.ends_with("/rate-calendar") => "?from=2026-10-03&until=2026-10-05",
                    path if path.ends_with("/availability") => "?from=2026-10-03&to=2026-10-05",
                    _ => "",
                };
                asked.push((Method::GET, format!("{path}{query}"), None));
            }
        }
        for person in &people {
            let local = person.profile["phones"][0].as_str().unwrap();
            let words = [local, person.profile["emails"][0].as_str().unwrap(), person.profile["documents"][0]["number"].as_str().unwrap(), &local[7..]];
            for word in words {
                asked.push((Method::GET, format!("/api/v1/search?q={word}"), None));
            }
            let mut known = person.profile.clone();
            known.as_object_mut().unwrap().remove("source");
            asked.push((Method::POST, "/api/v1/identity/match".into(), Some(known)));
        }
        let mut reached = BTreeSet::new();
        for (method, path, body) in asked {
            let (status, answer) = text(&s, method, &path, body.as_ref()).await;
            assert!(status < 500, "{path}: {answer}");
            assert!(body.is_none() || status == 200, "{path}: {answer}");
            if status == 200 {
                reached.insert(path.split('?').next().unwrap().replace(|c: char| c.is_ascii_digit(), "0"));
            }
            answers.push((path, answer));
        }
        assert!(reached.len() > 25, "{reached:#?}");
        for (path, answer) in &answers {
            assert!(!answer.contains("tok_secret"), "{path} shows the token of a card");
            for secret in people.iter().flat_map(|person| &person.secrets) {
                assert!(!answer.contains(secret.as_str()), "{path} shows {secret}");
            }
        }
        let found = answers.iter().filter(|(path, answer)| path.starts_with("/api/v1/search") && answer.contains("****")).count();
        assert!(found > 0, "the search found nobody");

        // Only what discloses shows it, and leaves an entry.
        for (guest, person) in guests.iter().zip(&people) {
            let path = format!("/api/v1/guests/{guest}/reveal");
            assert_eq!(text(&s, Method::POST, &path, Some(&json!({ "reason": " " }))).await.0, 422);
            let (status, shown) = text(&s, Method::POST, &path, Some(&json!({ "reason": "call back" }))).await;
            assert_eq!(status, 200);
            let absent: Vec<&String> = person.secrets.iter().filter(|secret| !shown.contains(secret.as_str())).collect();
            assert_eq!(absent, Vec::<&String>::new());
        }
        while s.app.sequence().await.unwrap() > 0 {}
        let journal = text(&s, Method::GET, "/api/v1/journal?after=-1&limit=500", None).await.1;
        assert_eq!(journal.matches("guest.reveal").count(), people.len());
    }

    async fn earlier_versions_say_what_was_agreed_then(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-10", "2026-10-12").await;
        s.send(Method::PUT, "/api/v1/groups/EXPO", Some(json!({ "name": "Expo" })), &[]).await;
        s.post(&format!("/api/v1/visits/{number}/assign-room"), json!({ "line": 1, "room": "0402" })).await;
        s.post(&format!("/api/v1/visits/{number}/change"), json!({ "group": "EXPO", "rooms": [{ "line": 1, "room_type": "STE",
            "arrival": "2026-10-11", "departure": "2026-10-12" }] })).await;
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        let booking = &view["booking"];
        let now = &booking["reservation"];
        assert_eq!((&now["property"], &now["group"]), (&json!("SH01"), &json!("EXPO")));
        assert_eq!(booking["rooms"][0]["room_type"], "STE");
        assert_eq!(booking["rooms"][0]["terms"]["policy"]["code"], "FLEX");
        let last = booking["versions"].as_array().unwrap().last().unwrap();
        assert_eq!(last["reservation"]["arrival"], "2026-10-10");
        assert_eq!(last["reservation"]["group"], Value::Null);
        let room = &last["rooms"][0];
        assert_eq!(room["terms"]["policy"]["code"], "FLEX");
        assert_eq!((&room["room_type"], &room["rate_plan"], &room["room_number"]), (&json!("DBL"), &json!("BAR"), &json!("0402")));
        assert_eq!(room["prices"], json!([300_00, 300_00]));
    }

    async fn the_tag_of_a_record_changes_with_everything_in_it(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-06").await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&at("check-in"), json!({ "room": "0402" })).await;
        let guest = s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].as_str().unwrap().to_owned();
        s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
        let card = s.get(&format!("/api/v1/guests/{guest}/membership")).await["membership"]["number"].as_str().unwrap().to_owned();
        let profile = json!({ "full_name": "张伟", "phones": ["138 1234 5678"], "city": "杭州" });
        let changes: Vec<(Method, String, Value)> = vec![
            (Method::POST, at("charges"), json!({ "code": "MINI", "amount": 30_00 })),
            (Method::POST, at("payments"), json!({ "code": "CASH", "amount": 10_00 })),
            (Method::POST, at("accrue-points"), json!({})),
            (Method::POST, at("add-guest"), json!({ "guest": { "profile": { "full_name": "李娜", "phones": ["13912345678"] } } })),
            (Method::POST, at("numbers"), json!({ "system": "ctrip", "number": "X-1" })),
            (Method::POST, at("routing"), json!({ "code_group": "minibar", "window": 2 })),
            (Method::POST, at("change"), json!({ "segment": "corporate" })),
            (Method::POST, at("move"), json!({ "room": "0403", "reason": "noise" })),
        ];
        for (method, path, body) in changes {
            let before = etag(&s.router, &number).await;
            let (status, answer) = s.send(method, &path, Some(body), &[]).await;
            assert!(status.is_success(), "{path}: {answer}");
            let after = etag(&s.router, &number).await;
            assert_ne!(before, after, "{path}");
            // Whoever holds the record as it was changes nothing.
            let charge = json!({ "code": "LAUN", "amount": 1_00 });
            let (status, answer) = s.send(Method::POST, &at("charges"), Some(charge.clone()), &[("if-match", &before)]).await;
            assert_eq!((status.as_u16(), &answer["code"]), (412, &json!("stale")), "{path}");
            let (status, answer) = s.send(Method::POST, &at("charges"), Some(charge), &[("if-match", &after)]).await;
            assert_eq!(status.as_u16(), 200, "{path}: {answer}");
            // What a change answers is as good as the record's tag.
            let next = format!("\"{}\"", answer["etag"].as_str().unwrap());
            let (status, answer) = s.send(Method::POST, &at("charges"), Some(json!({ "code": "LAUN", "amount": 2_00 })), &[("if-match", &next)]).await;
            assert_eq!(status.as_u16(), 200, "{path}: {answer}");
            assert_eq!(s.send(Method::POST, &at("charges"), Some(json!({ "code": "LAUN", "amount": 2_00 })), &[("if-match", &next)]).await.0.as_u16(), 412);
            // The version alone speaks of the reservation, as ever.
            let version = format!("\"{}\"", answer["version"]);
            assert_eq!(s.send(Method::POST, &at("charges"), Some(json!({ "code": "LAUN", "amount": 3_00 })), &[("if-match", &version)]).await.0.as_u16(), 200);
        }
        // Its guest and the guest's membership are shown in it and have tags of their own: the record's tag changes with them, and refuses nobody. So who is
        // recognised behind a desk's back takes no form out of its hands.
        let beside = [
            (Method::PUT, format!("/api/v1/guests/{guest}"), profile),
            (Method::POST, format!("/api/v1/members/{card}/adjust"), json!({ "points": 5, "reason": "complaint" })),
        ];
        for (method, path, body) in beside {
            let before = etag(&s.router, &number).await;
            let (status, answer) = s.send(method, &path, Some(body), &[]).await;
            assert!(status.is_success(), "{path}: {answer}");
            assert_ne!(before, etag(&s.router, &number).await, "{path}");
            let charge = json!({ "code": "LAUN", "amount": 1_00 });
            assert_eq!(s.send(Method::POST, &at("charges"), Some(charge), &[("if-match", &before)]).await.0.as_u16(), 200, "{path}");
        }
        for tag in ["\"1-2\"", "\"1-zz\"", "\"1-00112233445566zz\"", "\"1-0011223344556677-\"", "\"-1-0011223344556677\""] {
            let (status, _) = s.send(Method::POST, &at("charges"), Some(json!({ "code": "LAUN", "amount": 1_00 })), &[("if-match", tag)]).await;
            assert_eq!(status.as_u16(), 400, "{tag}");
        }
    }

    async fn a_record_that_is_kept_follows_whoever_it_names(db: TestDb) {
        let s = Server::new(db).await;
        let guest = async |name: &str, phone: &str| {
            let made = s.post("/api/v1/guests", json!({ "full_name": name, "phones": [phone] })).await;
            made["id"].as_str().unwrap().to_owned()
        };
        let (a, b) = (guest("孙丽", "13412345801").await, guest("马文龙", "13598127634").await);
        let put = async |path: &str, body: Value| {
            let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
            assert!(status.is_success(), "{answer}");
        };
        put("/api/v1/companies/ACME", json!({ "name": "Acme" })).await;
        let of_b = s.post(&format!("/api/v1/guests/{b}/membership"), json!({})).await["number"].as_str().unwrap().to_owned();
        let rooms = json!([{ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-10", "departure": "2026-10-11" }]);
        let number = digits(&s.post("/api/v1/reservations", json!({ "property": "SH01", "guest": { "id": b }, "rooms": rooms })).await);
        s.post(&format!("/api/v1/visits/{number}/companies"), json!({ "company": "ACME" })).await;
        let merged = s.post(&format!("/api/v1/guests/{a}/merge"), json!({ "merged": b })).await;
        // From now on it is out of memory, as long as nothing it names is changed.
        settled(&s, &number).await;
        let shown = async |at: &str| s.get(&format!("/api/v1/visits/{number}")).await.pointer(at).unwrap().clone();
        let (who, city, company) = ("/guest/id", "/guest/profile/city", "/booking/companies/0/name");
        assert_eq!((shown(who).await, shown(company).await), (json!(a), json!("Acme")));
        put("/api/v1/companies/ACME", json!({ "name": "Acme Travel" })).await;
        assert_eq!(shown(company).await, "Acme Travel");
        put(&format!("/api/v1/guests/{a}"), json!({ "full_name": "孙丽", "phones": ["13412345801"], "city": "杭州" })).await;
        assert_eq!(shown(city).await, "杭州");
        assert_eq!(shown("/points/membership/points").await, 0);
        s.post(&format!("/api/v1/members/{of_b}/adjust"), json!({ "points": 5, "reason": "complaint" })).await;
        assert_eq!(shown("/points/membership/points").await, 5);
        let merge = merged["merge"]["id"].as_str().unwrap();
        s.post(&format!("/api/v1/identity/merges/{merge}/undo"), json!({})).await;
        assert_eq!(shown(who).await, json!(b));
        put(&format!("/api/v1/guests/{b}"), json!({ "full_name": "马文龙", "phones": ["13598127634"], "city": "苏州" })).await;
        assert_eq!(shown(city).await, "苏州");
    }

    async fn the_tag_of_an_unchanged_record_stays(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-10", "2026-10-12").await;
        let first = settled(&s, &number).await;
        // Out of memory, and out of the records again.
        assert_eq!(etag(&s.router, &number).await, first);
        assert_eq!(settled(&s, &number).await, first);
        // On a server that knows nothing yet.
        let store = s.db.another_store().await;
        let other = hefu_app::open(store, s.db.clock.clone(), hefu_app::Options::default());
        assert_eq!(etag(&hefu_http::router(other.clone()), &number).await, first);
        other.store().clone().close().await;
        let ask = async |tag: &str| {
            let request = Request::builder().uri(format!("/api/v1/visits/{number}")).header("if-none-match", tag);
            let response = s.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let (status, tag) = (response.status().as_u16(), response.headers()["etag"].to_str().unwrap().to_owned());
            (status, tag, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().len())
        };
        assert_eq!(ask(&first).await, (304, first.clone(), 0));
        assert_eq!(ask(&format!("\"x\", W/{first}")).await.0, 304);
        let (status, tag, length) = ask("\"1\"").await;
        assert_eq!((status, tag), (200, first.clone()));
        assert!(length > 100);
        s.post(&format!("/api/v1/visits/{number}/charges"), json!({ "code": "MINI", "amount": 1_00 })).await;
        assert_eq!(ask(&first).await.0, 200);
    }
}
