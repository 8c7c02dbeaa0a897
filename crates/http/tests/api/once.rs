//! Every POST of the API's description, sent three times at once and once more later: one effect, the same answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    channels::Booking,
    common::{Server, booking, digits, operations},
};
use axum::http::Method;
use hefu_app::{Context, import::RunImportFiles};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// POSTs that change nothing or only what follows from the records, and so have no idempotency key.
const READING: [&str; 6] = [
    "/api/v1/properties/{property}/settlements",
    "/api/v1/search",
    "/api/v1/identity/match",
    "/api/v1/properties/{property}/quote",
    "/api/v1/properties/{property}/findings/refresh",
    "/api/v1/properties/{property}/channel-messages/{id}/replay",
];

/// What is asked of one's own account, and by the setup link: shown once on purpose, so that no answer is kept. `accounts.rs` and
/// `passkeys.rs` ask for them.
const UNREPEATED: [&str; 11] = [
    "/api/v1/session",
    "/api/v1/session/passkey",
    "/api/v1/session/passkey/options",
    "/api/v1/session/recovery",
    "/api/v1/me/passkeys",
    "/api/v1/me/passkeys/options",
    "/api/v1/session/second-factor",
    "/api/v1/me/sessions/end",
    "/api/v1/me/totp",
    "/api/v1/me/totp/confirm",
    "/api/v1/setup",
];

/// What needs somebody who has signed in; `watch.rs` repeats them.
const OF_ACCOUNTS: [&str; 2] = ["/api/v1/me/emergency", "/api/v1/alarms/{id}/seen"];

/// How many entries of one action a request that is made four times writes: one, but for the steps of a night audit, and for a guest who is shown
/// unmasked four times.
fn entries(action: &str) -> usize {
    match action {
        "night_audit.step" => 6,
        "guest.reveal" | "channel.text" => 4,
        // Of each of four times the rows, and that there are no more.
        "import.export" => 8,
        _ => 1,
    }
}

fn in_a_key(path: &str) -> String {
    path.replace(['/', '{', '}'], ".")
}

/// A client who gets no answer soon enough, and what it has asked for.
struct Impatient<'s> {
    s: &'s Server,
    asked: BTreeSet<String>,
    requests: usize,
}

impl Impatient<'_> {
    /// Asks for what the description calls `path`, with `of` in place of its parameters.
    async fn post(&mut self, path: &str, of: &[&str], mut body: Value) -> Value {
        self.requests += 1;
        let key = format!("request-{}{}", self.requests, in_a_key(path));
        let mut of = of.iter();
        // Every second part is a parameter's name.
        let parts = path.split(['{', '}']).enumerate();
        let at: String = parts.map(|(i, part)| if i % 2 == 0 { part } else { of.next().unwrap() }).collect();
        // A reveal has its reason in the body.
        if body.get("reason") == Some(&Value::Null) {
            body["reason"] = json!(key);
        }
        let headers = [("idempotency-key", key.as_str()), ("hefu-reason", key.as_str())];
        let once = || self.s.send(Method::POST, &at, Some(body.clone()), &headers);
        let (first, second, third) = tokio::join!(once(), once(), once());
        assert!(first.0.is_success(), "{at}: {first:?}");
        assert_eq!([&second, &third, &once().await], [&first; 3], "{at}");
        self.asked.insert(path.to_owned());
        first.1
    }

    async fn visit(&mut self, action: &str, number: &str, body: Value) -> Value {
        self.post(&format!("/api/v1/visits/{{number}}/{action}"), &[number], body).await
    }

    async fn book(&mut self, room_type: &str, arrival: &str, departure: &str, more: Value) -> String {
        let mut body = booking(room_type, arrival, departure);
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        digits(&self.post("/api/v1/reservations", &[], body).await)
    }

    async fn guest(&mut self, profile: Value) -> String {
        self.post("/api/v1/guests", &[], profile).await["id"].as_str().unwrap().to_owned()
    }
}

/// The id of the last line of a code on the visit's bill.
async fn line(s: &Server, number: &str, code: &str) -> Value {
    let bill = s.get(&format!("/api/v1/visits/{number}")).await["consumption"]["postings"].clone();
    bill.as_array().unwrap().iter().rfind(|line| line["code"] == code).unwrap()["id"].clone()
}

async fn guests(client: &mut Impatient<'_>) {
    let phone = json!(["+49 151 23456789"]);
    let one = client.guest(json!({ "full_name": "Anna Schmidt", "phones": phone })).await;
    let two = client.guest(json!({ "full_name": "Anne Schmitt", "phones": phone })).await;
    // How long it took is another each time.
    let sought = json!({ "q": "Anna Schmidt" });
    let (status, found) = client.s.send(Method::POST, "/api/v1/search", Some(sought), &[]).await;
    assert!(status.is_success() && !found["guests"].as_array().unwrap().is_empty(), "{found}");
    client.asked.insert("/api/v1/search".into());
    client.post("/api/v1/identity/match", &[], json!({ "full_name": "Anna Schmidt", "phones": phone })).await;
    client.post("/api/v1/identity/decisions", &[], json!({ "one": one, "two": two, "same": false })).await;
    client.post("/api/v1/guests/{id}/reveal", &[&one], json!({ "reason": null })).await;
    let merged = client.post("/api/v1/guests/{id}/merge", &[&one], json!({ "merged": two })).await;
    let merge = merged["merge"]["id"].as_str().unwrap();
    client.post("/api/v1/identity/merges/{id}/undo", &[merge], json!({})).await;
}

async fn reservations(client: &mut Impatient<'_>) {
    let asked = client.book("DBL", "2026-11-03", "2026-11-05", json!({ "state": "requested" })).await;
    client.visit("confirm", &asked, json!({})).await;
    client.visit("change", &asked, json!({ "segment": "A" })).await;
    client.visit("assign-room", &asked, json!({ "line": 1, "room": "0401" })).await;
    client.visit("numbers", &asked, json!({ "system": "pms", "number": "77" })).await;

    let room = json!({ "room": { "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-11-03", "departure": "2026-11-04" } });
    client.visit("add-room", &asked, room.clone()).await;
    client.visit("split-room", &asked, json!({ "line": 2 })).await;
    let other = client.book("DBL", "2026-11-20", "2026-11-21", json!({})).await;
    client.visit("add-room", &other, room).await;
    client.visit("move-room", &other, json!({ "line": 2, "to": asked })).await;

    let due = |amount: i64| json!({ "due": "2026-10-03", "amount": amount });
    let deposits = json!({ "deposits": [due(100), due(200), due(300), due(400)] });
    let paying = client.book("DBL", "2026-11-10", "2026-11-12", deposits).await;
    for instalment in 1..=3 {
        client.visit("deposits/pay", &paying, json!({ "instalment": instalment, "code": "CARD" })).await;
    }
    client.visit("deposits", &paying, due(500)).await;
    for (action, amount) in [("forfeit", 100), ("refund", 200)] {
        client.visit(&format!("deposits/{action}"), &paying, json!({ "amount": amount })).await;
    }
    client.visit("deposits/waive", &paying, json!({ "instalment": 4 })).await;
    let ledger =
        client.s.get(&format!("/api/v1/visits/{paying}")).await["booking"]["deposit_entries"].clone();
    let refund = ledger.as_array().unwrap().iter().find(|entry| entry["kind"] == "refunded").unwrap();
    client.visit("deposits/reverse", &paying, json!({ "entry_id": refund["id"] })).await;
    client.visit("deposits/apply", &paying, json!({})).await;
    client.visit("cancel", &paying, json!({})).await;
    client.visit("deposits/settle-cancellation", &paying, json!({})).await;
    client.visit("reinstate", &paying, json!({})).await;

    let late = client.book("DBL", "2026-10-03", "2026-10-04", json!({})).await;
    client.visit("no-show", &late, json!({})).await;
}

async fn stays(client: &mut Impatient<'_>) {
    let s = client.s;
    let number = &client.book("DBL", "2026-10-03", "2026-10-06", json!({})).await;
    client.visit("check-in", number, json!({ "room": "0401" })).await;
    client.visit("undo-check-in", number, json!({})).await;
    client.visit("check-in", number, json!({ "room": "0401" })).await;
    client.visit("move", number, json!({ "room": "0402", "reason": null })).await;
    client.visit("extend", number, json!({ "departure": "2026-10-07" })).await;
    client.visit("early-departure", number, json!({ "departure": "2026-10-04" })).await;
    let along = json!({ "guest": { "profile": { "full_name": "王芳", "phones": ["13712345678"] } } });
    client.visit("add-guest", number, along.clone()).await;
    let stays = s.get(&format!("/api/v1/visits/{number}")).await["stay"].clone();
    let mut people = stays.as_array().unwrap().iter().flat_map(|stay| stay["guests"].as_array().unwrap());
    let along_id = people.find(|person| person["role"] == "accompanying").unwrap()["guest"]["id"].clone();
    client.visit("remove-guest", number, json!({ "guest": along_id })).await;
    client.visit("keys", number, json!({ "count": 2 })).await;
    let key = s.get(&format!("/api/v1/visits/{number}/keys")).await[0]["id"].clone();
    client.visit("cancel-key", number, json!({ "key_id": key })).await;
    client.visit("nights", number, json!({})).await;
    client.visit("check-out", number, json!({ "allow_balance": true })).await;
    client.visit("undo-check-out", number, json!({})).await;
    client.visit("share", number, along).await;
}

async fn bills(client: &mut Impatient<'_>) {
    let s = client.s;
    let account = json!({ "name": "Acme (invented)", "credit_limit": 1_000_00 });
    s.send(Method::PUT, "/api/v1/properties/SH01/city-accounts/ACME", Some(account), &[]).await;
    let number = &client.book("STE", "2026-10-03", "2026-10-05", json!({})).await;
    client.visit("window", number, json!({ "window": 2, "company": "Acme (invented)" })).await;
    client.visit("routing", number, json!({ "code_group": "laundry", "window": 2 })).await;
    client.visit("charges", number, json!({ "code": "LAUN", "amount": 50_00 })).await;
    client.visit("city-ledger", number, json!({ "account": "ACME", "window": 2 })).await;
    let payments = "/api/v1/properties/{property}/city-accounts/{code}/payments";
    client.post(payments, &["SH01", "ACME"], json!({ "amount": 10_00, "reference": "INV-1" })).await;
    let account = "/api/v1/properties/SH01/city-accounts/ACME";
    let payment = s.get(account).await["entries"][0]["id"].clone();
    let on_account = |what: &str| format!("/api/v1/properties/{{property}}/city-accounts/{{code}}/{what}");
    let at = ["SH01", "ACME"];
    let made = client.post(&on_account("allocations"), &at, json!({ "payment_id": payment })).await;
    let allocation = json!({ "allocation_id": made[0]["id"] });
    client.post(&on_account("allocations/reverse"), &at, allocation).await;
    client.post(&on_account("payments/reverse"), &at, json!({ "payment_id": payment })).await;
    let shift = client
        .post("/api/v1/properties/{property}/shifts", &["SH01"], json!({ "float": [{ "amount": 50_00 }] }))
        .await;
    assert_eq!(shift["number"], 1);
    let at_shift = |what: &str| format!("/api/v1/properties/{{property}}/shifts/{{number}}/{what}");
    client.visit("paid-outs", number, json!({ "amount": 1_00 })).await;
    client.post(&at_shift("drops"), &["SH01", "1"], json!({ "amount": 40_00 })).await;
    let counts = json!({ "counts": [{ "method": "CASH", "counted": 9_00 }] });
    client.post(&at_shift("close"), &["SH01", "1"], counts).await;
    client.visit("charges", number, json!({ "code": "DMG", "amount": 7_00 })).await;
    client.visit("invoices", number, json!({ "window": 1 })).await;
    let invoice =
        |what: &str| format!("/api/v1/properties/{{property}}/invoices/{{series}}/{{number}}/{what}");
    let copied = client.post(&invoice("copies"), &["SH01", "INV", "1"], json!({})).await;
    assert_eq!(copied["copy"], 1);
    client.post(&invoice("credit-notes"), &["SH01", "INV", "1"], json!({})).await;
    client.visit("charges", number, json!({ "code": "FB", "amount": 50_000_00 })).await;
    client.visit("payments", number, json!({ "code": "CASH", "amount": 100_00 })).await;
    client.visit("refunds", number, json!({ "code": "CASH", "amount": 1_00 })).await;
    client.visit("charges", number, json!({ "code": "MINI", "amount": 5_00 })).await;
    let mini = line(s, number, "MINI").await;
    client.visit("transfers", number, json!({ "posting_ids": [mini], "to_window": 3 })).await;
    client.visit("reversals", number, json!({ "posting_id": mini })).await;
    let food = line(s, number, "FB").await;
    let half = json!({ "posting_id": food, "to_window": 4, "share": 5_000 });
    client.visit("splits", number, half).await;
    client.visit("allowances", number, json!({ "posting_id": food, "amount": 10_00 })).await;
    client.visit("corrections", number, json!({ "posting_id": food, "amount": 40_000_00 })).await;
    client.visit("window/close", number, json!({ "window": 2 })).await;
    client.visit("window/reopen", number, json!({ "window": 2 })).await;

    let guest = s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].as_str().unwrap().to_owned();
    let member = client.post("/api/v1/guests/{id}/membership", &[&guest], json!({})).await;
    let member = member["number"].as_str().unwrap();
    let adjustment = json!({ "points": 1_000, "reason": null });
    client.post("/api/v1/members/{number}/adjust", &[member], adjustment).await;
    client.visit("accrue-points", number, json!({})).await;
    client
        .post(
            "/api/v1/members/{number}/vouchers",
            &[member],
            json!({ "expires": "2027-12-31", "count": 2, "reason": null }),
        )
        .await;
    let vouchers = s.get(&format!("/api/v1/members/{member}/vouchers")).await;
    client
        .visit("free-nights", number, json!({ "voucher_id": vouchers[0]["id"], "night": "2026-10-04" }))
        .await;
    client.visit("free-nights/return", number, json!({ "night": "2026-10-04" })).await;
    let cancelled = json!({ "voucher_id": vouchers[1]["id"], "reason": null });
    client.post("/api/v1/members/{number}/cancel-voucher", &[member], cancelled).await;
    client.visit("late-check-out", number, json!({ "minute": 840 })).await;
    let upgrades = json!({ "tiers": [{ "tier": "classic", "upgrade": true }, { "tier": "silver", "upgrade": true }, { "tier": "gold", "upgrade": true }] });
    s.send(Method::PUT, "/api/v1/properties/SH01/member-programme", Some(upgrades), &[]).await;
    let better = client.book("DBL", "2026-11-24", "2026-11-25", json!({ "guest": { "id": guest } })).await;
    client.visit("upgrade", &better, json!({})).await;
    client.visit("redeem-points", number, json!({ "points": 100 })).await;
    client.visit("apply-member-discount", number, json!({})).await;

    for last in [["confirm", "capture"].as_slice(), &["confirm", "release"], &["fail"]] {
        let taken = json!({ "amount": 10_00, "card_token": "tok", "last_four": "1111", "expires": "2026-10-20", "pending": true });
        client.visit("pre-authorisations", number, taken).await;
        let cards =
            s.get(&format!("/api/v1/visits/{number}")).await["consumption"]["pre_authorisations"].clone();
        let card =
            cards.as_array().unwrap().iter().find(|card| card["state"] == "pending").unwrap()["id"].clone();
        for action in last {
            let mut body = json!({ "pre_auth_id": card });
            if *action == "capture" {
                body["amount"] = json!(5_00);
            }
            client.visit(&format!("pre-authorisations/{action}"), number, body).await;
        }
    }
}

async fn groups(client: &mut Impatient<'_>) {
    let s = client.s;
    let put = async |path: &str, body: Value| {
        let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
        assert!(status.is_success(), "{path}: {answer}");
    };
    put("/api/v1/groups/EXPO", json!({ "name": "Expo" })).await;
    put("/api/v1/companies/YUNFAN", json!({ "name": "Yunfan (invented)" })).await;
    let rooms = json!([{ "room_type": "DBL", "from": "2026-10-03", "until": "2026-10-04", "rooms": 2 }]);
    put("/api/v1/properties/SH01/blocks/EXPO", json!({ "rate_plan": "BAR", "rooms": rooms })).await;
    // Names that have nothing in common: nobody is to be asked whether two are one.
    let guest = |phone: &str| {
        let name = ["赵六", "Olga Petrova", "John Smith", "渡辺健"][usize::from(phone.as_bytes()[10] - b'1')];
        json!({ "profile": { "full_name": name, "phones": [phone] } })
    };
    let row = json!({ "guest": guest("13700000001"), "room_type": "DBL", "arrival": "2026-10-03", "departure": "2026-10-04" });
    let blocks = |action: &str| format!("/api/v1/properties/{{property}}/blocks/{{group}}/{action}");
    let told = client.post(&blocks("rooming-list"), &["SH01", "EXPO"], json!({ "rows": [row] })).await;
    let number = &digits(&told["reservations"][0]);
    client.post(&blocks("release"), &["SH01", "EXPO"], json!({})).await;
    let all = json!({ "property": "SH01", "accept_early": true, "accept_dirty": true });
    client.post("/api/v1/groups/{code}/check-in", &["EXPO"], all).await;
    client.visit("companies", number, json!({ "company": "YUNFAN" })).await;
    client.visit("booker", number, json!({ "guest": guest("13700000002") })).await;
    client.visit("primary-guest", number, json!({ "guest": guest("13700000003"), "replace": true })).await;
    client.visit("reprice", number, json!({ "prices": [100_00] })).await;
    client.visit("charges", number, json!({ "code": "MINI", "amount": 5_00 })).await;
    let mini = line(s, number, "MINI").await;
    let mut accounts = Vec::new();
    for name in ["One", "Two"] {
        let asked = json!({ "name": name, "guest": guest("13700000004") });
        accounts.push(digits(
            &client.post("/api/v1/properties/{property}/house-accounts", &["SH01"], asked).await,
        ));
    }
    client.visit("transfers-to-visit", number, json!({ "posting_ids": [mini], "to": accounts[0] })).await;
    client.visit("close-account", &accounts[1], json!({})).await;
    client.visit("reopen-account", &accounts[1], json!({})).await;
    let leaving = json!({ "property": "SH01", "allow_balance": true });
    client.post("/api/v1/groups/{code}/check-out", &["EXPO"], leaving).await;
    let aside = |room: &str| json!({ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-12-03", "departure": "2026-12-04", "room": room });
    let two = json!({ "rooms": [aside("0401"), aside("0402")] });
    let number = client.book("DBL", "2026-12-03", "2026-12-04", two).await;
    client.visit("swap", &number, json!({ "with_line": 2 })).await;
}

/// Files that are sent to be imported: two rows of one cannot be taken.
async fn files(client: &mut Impatient<'_>) {
    let lines = [
        "no,state,from,to,adults,rate,type,name",
        "O1,O,2026-01-01,2026-01-03,2,300,DBL,Test One",
        "O2,O,soon,2026-01-03,2,300,DBL,Test Two",
        "O3,O,later,2026-01-03,2,300,DBL,Test Three",
    ];
    let file = json!({ "name": "old.csv", "lines": lines });
    let sent = client.post("/api/v1/import-files", &[], file.clone()).await;
    let id = sent["id"].as_str().unwrap();
    let column = |name: &str| json!({ "column": name });
    let map = json!({ "name": "old", "property": { "value": "OLD", "time_zone": "Asia/Shanghai" },
        "fields": { "source_key": column("no"), "status": { "value": "checked_out" }, "arrival": column("from"), "departure": column("to"),
            "adults": column("adults"), "rate": column("rate"), "currency": { "value": "CNY" }, "room_type_booked": column("type") },
        "person": { "full_name": column("name") } });
    let kept = client.post("/api/v1/import-files/{id}/map", &[id], json!({ "map": map })).await;
    assert_eq!((&kept["kept"], &kept["problem"]), (&json!(true), &Value::Null), "{kept}");
    client.post("/api/v1/import-files/{id}/start", &[id], json!({})).await;
    assert!(client.s.app.operate(&Context::job("import"), RunImportFiles).await.unwrap());
    let cells = json!({ "cells": { "from": "2026-01-01" } });
    let mended = client.post("/api/v1/import-files/{id}/quarantine/{row}/mend", &[id, "2"], cells).await;
    assert_eq!(mended["state"], "mended", "{mended}");
    client.post("/api/v1/import-files/{id}/quarantine/{row}/leave-out", &[id, "3"], json!({})).await;
    client.post("/api/v1/import-files/{id}/quarantine/export", &[id], json!({ "reason": null })).await;
    let other = client.post("/api/v1/import-files", &[], file).await;
    client.post("/api/v1/import-files/{id}/withdraw", &[other["id"].as_str().unwrap()], json!({})).await;
}

/// What a desk writes down, and what becomes of it.
async fn desk(client: &mut Impatient<'_>) {
    let s = client.s;
    let number = &client.book("DBL", "2026-12-08", "2026-12-10", json!({})).await;
    let first = async |path: String| s.get(&path).await[0]["id"].clone();
    client
        .visit("notes", number, json!({ "kind": "trace", "department": "housekeeping", "text": "cot" }))
        .await;
    let note = json!({ "note_id": first(format!("/api/v1/visits/{number}/notes")).await });
    let mut changed = note.clone();
    changed["text"] = json!("two cots");
    client.visit("change-note", number, changed).await;
    for action in ["finish-note", "reopen-note", "remove-note"] {
        client.visit(action, number, note.clone()).await;
    }
    client.visit("wake-ups", number, json!({ "date": "2026-12-09", "minute": 390 })).await;
    let call = first("/api/v1/properties/SH01/wake-ups?date=2026-12-09".into()).await;
    client.visit("end-wake-up", number, json!({ "wake_up_id": call, "state": "answered" })).await;
    client.visit("wishes", number, json!({ "arrival_minute": 900 })).await;
    let guest = s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].as_str().unwrap().to_owned();
    let flag = format!("/api/v1/guests/{guest}/flags/vip");
    assert!(s.send(Method::PUT, &flag, Some(json!({ "reason": "regular" })), &[]).await.0.is_success());
    client.post("/api/v1/guests/{id}/flags/{kind}/remove", &[&guest, "vip"], json!({ "reason": null })).await;
}

/// What housekeeping does in a day.
async fn housekeeping(client: &mut Impatient<'_>) {
    let house = |path: &str| format!("/api/v1/properties/{{property}}/{path}");
    let room = ["SH01", "0404"];
    client.post(&house("rooms/{number}/seen"), &room, json!({ "occupied": false })).await;
    client.post(&house("tasks/plan"), &["SH01"], json!({ "attendants": ["LI"] })).await;
    client.post(&house("rooms/{number}/task"), &room, json!({ "attendant": "WANG" })).await;
    client.post(&house("rooms/{number}/task/step"), &room, json!({ "step": "start" })).await;
    for (things, body, end) in [
        ("found-items", json!({ "item": "wallet" }), json!({ "state": "returned", "owner": "the guest" })),
        ("faults", json!({ "fault": "lamp", "room": "0404" }), json!({ "state": "done" })),
    ] {
        let made = client.post(&house(things), &["SH01"], body).await["id"].as_str().unwrap().to_owned();
        client.post(&house(&format!("{things}/{{id}}")), &["SH01", &made], end).await;
    }
}

/// Two guests who booked twice: that one stays as it is, and of the other one booking is cancelled.
async fn findings(client: &mut Impatient<'_>) {
    let mut visits = Vec::new();
    for (name, phone) in [("周杰", "13800000021"), ("吴敏", "13800000022")] {
        let guest = client.guest(json!({ "full_name": name, "phones": [phone] })).await;
        for room_type in ["DBL", "DBL"] {
            let of = json!({ "guest": { "id": guest } });
            visits.push(client.book(room_type, "2027-02-10", "2027-02-12", of).await);
        }
    }
    let period = json!({ "from": "2027-02-01", "to": "2027-02-28" });
    client.post("/api/v1/properties/{property}/findings/refresh", &["SH01"], period).await;
    let found = client.s.get("/api/v1/findings?property=SH01&kind=duplicate_booking").await["items"].clone();
    let is_of = |finding: &&Value| visits.contains(&finding["visit"].as_str().unwrap().replace('-', ""));
    let found: Vec<&Value> = found.as_array().unwrap().iter().filter(is_of).collect();
    assert_eq!(found.len(), 2);
    for (finding, what, body) in
        [(found[0], "decide", json!({ "reason": null })), (found[1], "correct", json!({}))]
    {
        let path = format!("/api/v1/properties/{{property}}/findings/{{id}}/{what}");
        client.post(&path, &["SH01", finding["id"].as_str().unwrap()], body).await;
    }
    let two = json!({ "other": visits[1], "text": "the guest shows two confirmations" });
    client.post("/api/v1/visits/{number}/double-record", &[&visits[0]], two).await;
    // T1, 2026-01-05, 100.00, X100001
    let file = json!({ "code": "ALIPAY", "file": "aWQsZGF5LGFtb3VudCxvcmRlcgpUMSwyMDI2LTAxLTA1LDEwMC4wMCxYMTAwMDAxCg==",
        "map": "id = 'id'\ndate = 'day'\namount = 'amount'\nreference = 'order'" });
    let taken = client.post("/api/v1/properties/{property}/settlements", &["SH01"], file).await;
    assert_eq!(taken["counts"]["unknown"], 1);
}

/// Two messages of a channel that wait for a code: one is tried again, one is dropped.
async fn channels(client: &mut Impatient<'_>) {
    let channel = "/api/v1/properties/SH01/channels/ctrip";
    client.s.send(Method::PUT, channel, Some(json!({ "name": "携程" })), &[]).await;
    for id in ["R-1", "R-2"] {
        let message = Booking { id, arrival: "2027-03-10", departure: "2027-03-12", ..Booking::default() };
        client.s.xml("/channels/SH01/ctrip", &message.new_one(), &[]).await;
    }
    let waiting = client.s.get("/api/v1/properties/SH01/channel-messages").await["items"].clone();
    let id = |at: usize| waiting[at]["id"].as_str().unwrap().to_owned();
    let path = |what: &str| format!("/api/v1/properties/{{property}}/channel-messages/{{id}}/{what}");
    client.post(&path("drop"), &["SH01", &id(1)], json!({ "reason": null })).await;
    let again = client.post(&path("replay"), &["SH01", &id(0)], json!({})).await;
    assert_eq!(again["state"], "waiting");
    let text = client.post(&path("text"), &["SH01", &id(0)], json!({ "reason": null })).await["text"].clone();
    let longer = text.as_str().unwrap().replace("2027-03-12", "2027-03-13");
    let mended = client.post(&path("mend"), &["SH01", &id(0)], json!({ "text": longer })).await;
    assert_eq!(mended["state"], "waiting");
    let key = "/api/v1/properties/{property}/channels/{code}/key";
    client.post(key, &["SH01", "ctrip"], json!({ "days": 30 })).await;
}

async fn property(client: &mut Impatient<'_>) {
    findings(client).await;
    channels(client).await;
    let room = |action: &str| format!("/api/v1/properties/{{property}}/rooms/{{number}}/{action}");
    let at = ["SH01", "0404"];
    client.post(&room("state"), &at, json!({ "state": "dirty" })).await;
    housekeeping(client).await;
    client.post(&room("state"), &at, json!({ "state": "clean" })).await;
    let period = json!({ "from": "2026-12-20", "until": "2026-12-21" });
    let mut closed = period.clone();
    closed["reason"] = Value::Null;
    client.post(&room("out-of-order"), &at, closed).await;
    client.post(&room("back-in-order"), &at, period).await;
    let spare = json!([{ "number": "0499", "room_type": "DBL" }]);
    client.s.send(Method::PUT, "/api/v1/properties/SH01/rooms", Some(spare), &[]).await;
    let setup = |action: &str| format!("/api/v1/properties/{{property}}/setup/{action}");
    let room = json!({ "kind": "room", "code": "0499", "from": "2027-01-01" });
    client.post(&setup("close"), &["SH01"], room).await;
    client.post(&setup("delete"), &["SH01"], json!({ "kind": "room", "code": "0499" })).await;
    let wanted = json!({ "arrival": "2026-12-11", "departure": "2026-12-13" });
    client.post("/api/v1/properties/{property}/quote", &["SH01"], wanted).await;
    let audit = json!({ "force": true, "no_shows": "mark" });
    client.post("/api/v1/properties/{property}/night-audit", &["SH01"], audit).await;
    // The second and the third have not closed another date.
    assert_eq!(client.s.get("/api/v1/properties/SH01").await["property"]["business_date"], "2026-10-04");
}

async fn jobs(client: &mut Impatient<'_>) {
    let s = client.s;
    let guest = s.post("/api/v1/guests", json!({ "full_name": "孙二", "phones": ["13900000011"] })).await;
    let edited = json!({ "full_name": "孙二", "phones": ["13900000012"] });
    let path = format!("/api/v1/guests/{}", guest["id"].as_str().unwrap());
    s.send(Method::PUT, &path, Some(edited), &[]).await;
    s.db.tamper("UPDATE job SET state = 'dead' WHERE state = 'done'").await;
    let dead = s.get("/api/v1/jobs").await;
    let job = dead["items"][0]["id"].as_str().unwrap().to_owned();
    client.post("/api/v1/jobs/{id}/retry", &[&job], json!({})).await;
}

async fn accounts(client: &mut Impatient<'_>) {
    let account = json!({ "login": "li.na", "name": "李娜", "password": "tide-lantern-47-orchid" });
    let account = client.post("/api/v1/accounts", &[], account).await["id"].as_str().unwrap().to_owned();
    let grant = json!({ "role": "front_desk", "property": "SH01" });
    client.post("/api/v1/accounts/{id}/grants", &[&account], grant.clone()).await;
    let made = client.post("/api/v1/api-clients", &[], json!({ "name": "channel manager" })).await;
    let program = made["client"]["id"].as_str().unwrap();
    client.post("/api/v1/api-clients/{id}/rotate", &[program], json!({})).await;
    client.post("/api/v1/api-clients/{id}/grants", &[program], grant).await;
}

both_engines! {
    async fn every_post_has_one_effect_and_one_answer(db: TestDb) {
        let s = Server::new(db).await;
        let mut client = Impatient { s: &s, asked: BTreeSet::new(), requests: 0 };
        guests(&mut client).await;
        reservations(&mut client).await;
        stays(&mut client).await;
        bills(&mut client).await;
        groups(&mut client).await;
        desk(&mut client).await;
        files(&mut client).await;
        property(&mut client).await;
        jobs(&mut client).await;

        accounts(&mut client).await;

        let described: BTreeSet<String> = operations()
            .into_iter()
            .filter(|(method, path)| *method == Method::POST && !UNREPEATED.contains(&path.as_str()))
            .filter(|(_, path)| !OF_ACCOUNTS.contains(&path.as_str()))
            .map(|(_, path)| path)
            .collect();
        assert_eq!(client.asked, described, "each POST of the description, asked for here");
        s.app.sequence().await.unwrap();
        let (mut told, mut after) = (BTreeMap::<(String, String), usize>::new(), -1);
        loop {
            let page = s.get(&format!("/api/v1/journal?after={after}&limit=500")).await;
            for entry in page["items"].as_array().unwrap() {
                let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
                *told.entry((text("reason"), text("action"))).or_default() += 1;
                after = entry["log_index"].as_i64().unwrap();
            }
            if page["next"].is_null() {
                break;
            }
        }
        told.retain(|(reason, _), _| reason.starts_with("request-"));
        for ((reason, action), count) in &told {
            assert_eq!(*count, entries(action), "{action} for {reason}");
        }
        for path in described.iter().filter(|path| !READING.contains(&path.as_str())) {
            let is_told = told.keys().any(|(reason, _)| reason.ends_with(&in_a_key(path)));
            assert!(is_told, "{path} left no entry");
        }
    }
}
