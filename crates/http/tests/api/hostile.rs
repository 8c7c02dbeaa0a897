//! Well-formed requests with one value replaced by one nobody would send: every one is answered, none by a
//! failure of the server.

use crate::common::{Server, booking, digits, operations};
use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// What every value of a request is replaced by.
fn spoilt() -> Vec<Value> {
    let texts =
        ["", " ", "\0", "a\0b", "\u{202e}\u{feff}", "😀", "'; --", "%00", "../..", "NaN", "-0", "0000-00-00"];
    let dates = [
        "+262142-12-31",
        "-262143-01-01",
        "0000-01-01",
        "0001-01-01",
        "9999-12-30",
        "9999-12-31",
        "1970-01-01",
    ];
    let numbers = json!([i64::MAX, i64::MIN, u64::MAX, -1, 0, 1, 9.5, 1e308]);
    let others = json!([null, true, [], {}, [[[]]], { "id": {} }]);
    let mut values: Vec<Value> = texts.into_iter().chain(dates).map(Value::from).collect();
    values.push("长".repeat(5_000).into());
    values.extend([numbers, others].iter().flat_map(|list| list.as_array().unwrap().clone()));
    values
}

/// The places of a document's values, as JSON pointers.
fn places(of: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match of {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| places(value, &format!("{at}/{i}"), found));
        }
        _ => {}
    }
}

fn profile() -> Value {
    json!({ "full_name": "李娜", "surname": "李", "given_name": "娜", "sex": "female", "birth": "1990-01-01",
        "nationality": "CHN", "language": "zh", "phones": ["138 0013 8000"], "emails": ["li@example.com"],
        "documents": [{ "type": "passport", "number": "E12345678", "country": "CHN", "expires": "2030-01-01" }],
        "city": "北京", "address": "1", "emergency_contact": "1", "preferences": ["quiet"],
        "consents": [{ "purpose": "marketing", "given": true, "on": "2026-01-01" }] })
}

/// Whether a path is one of those that the description writes so.
fn is_of(described: &str, path: &str) -> bool {
    path.split('/').count() == described.split('/').count()
        && described.split('/').zip(path.split('/')).all(|(is, part)| is.starts_with('{') || is == part)
}

/// A request of every kind; `{}` stands for the visit, `{guest}` for its guest.
fn requests() -> Vec<(Method, String, Value)> {
    let room = json!({ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-12-01", "departure": "2026-12-03",
        "adults": 1, "children": 0, "prices": [1, 2], "room": "0401" });
    let added =
        json!({ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-12-05", "departure": "2026-12-06" });
    let mut book = booking("DBL", "2026-12-01", "2026-12-03");
    book["rooms"] = json!([room]);
    for (field, value) in [
        ("channel", json!("direct")),
        ("segment", json!("A")),
        ("guarantee", json!("none")),
        ("group", json!("TOUR")),
        ("company", json!("A")),
        ("numbers", json!([{ "system": "ota", "number": "X-1", "per_property": true }])),
        ("deposits", json!([{ "due": "2026-11-01", "amount": 1 }, { "due": "2026-11-01", "amount": 1 }])),
        ("walk_in", json!(false)),
        ("state", json!("reserved")),
    ] {
        book[field] = value;
    }
    let id = "01890000-0000-7000-8000-000000000000";
    let post = |path: &str, body| (Method::POST, path.to_owned(), body);
    let put = |path: &str, body| (Method::PUT, path.to_owned(), body);
    let patch = |path: &str, body| (Method::PATCH, path.to_owned(), body);
    let passkey = json!({ "id": "AQID", "client_data": "e30", "authenticator_data": "AQID", "signature": "AQID",
        "user_handle": null });
    let grant =
        json!({ "role": "front_desk", "property": "SH01", "until": "2030-01-01T00:00:00Z", "reason": "1" });
    vec![
        post("/api/v1/session", json!({ "login": "a", "password": "b" })),
        post(
            "/api/v1/session/second-factor",
            json!({ "code": "123456", "recovery_code": null, "passkey": null }),
        ),
        post("/api/v1/session/second-factor", json!({ "passkey": passkey })),
        post("/api/v1/session/passkey/options", json!({})),
        post("/api/v1/session/passkey", json!({ "passkey": passkey })),
        post(
            "/api/v1/session/recovery",
            json!({ "login": "a", "recovery_code": "0000-0000-0000-0000", "new": "tide-lantern-47-orchid" }),
        ),
        post("/api/v1/me/passkeys/options", json!({ "password": "a" })),
        post("/api/v1/me/passkeys", json!({ "name": "1", "client_data": "e30", "attestation_object": "oA" })),
        put("/api/v1/me/password", json!({ "current": "a", "new": "b" })),
        post("/api/v1/me/sessions/end", json!({ "session": id, "password": "a" })),
        post("/api/v1/me/totp", json!({ "password": "a" })),
        post("/api/v1/me/totp/confirm", json!({ "code": "123456" })),
        post(
            "/api/v1/setup",
            json!({ "token": "a", "login": "admin", "name": "1", "password": "tide-lantern-47-orchid" }),
        ),
        post(
            "/api/v1/accounts",
            json!({ "login": "li.na", "name": "1", "password": "tide-lantern-47-orchid" }),
        ),
        patch(
            &format!("/api/v1/accounts/{id}"),
            json!({ "state": "active", "name": "1", "password": null, "remove_second_factor": false, "reason": "1" }),
        ),
        post(&format!("/api/v1/accounts/{id}/grants"), grant.clone()),
        post(
            "/api/v1/me/emergency",
            json!({ "role": "front_desk", "property": "SH01", "minutes": 5, "reason": "1" }),
        ),
        post(&format!("/api/v1/alarms/{id}/seen"), json!({})),
        put("/api/v1/canaries/{guest}", json!({})),
        post("/api/v1/api-clients", json!({ "name": "1", "days": 90 })),
        post(
            &format!("/api/v1/api-clients/{id}/rotate"),
            json!({ "days": 90, "at_once": false, "reason": "1" }),
        ),
        post(&format!("/api/v1/api-clients/{id}/grants"), grant),
        put("/api/v1/groups/TOUR", json!({ "name": "Tour" })),
        post("/api/v1/reservations", book),
        post("/api/v1/guests", profile()),
        put("/api/v1/guests/{guest}", profile()),
        post("/api/v1/guests/{guest}/membership", json!({})),
        put("/api/v1/guests/{guest}/flags/vip", json!({ "reason": "1" })),
        post("/api/v1/guests/{guest}/flags/vip/remove", json!({ "reason": "1" })),
        post("/api/v1/guests/{guest}/merge", json!({ "merged": id })),
        post("/api/v1/guests/{guest}/reveal", json!({ "reason": "1", "classes": ["phone"] })),
        post("/api/v1/identity/match", profile()),
        post(
            "/api/v1/search",
            json!({ "q": "李娜 8000", "property": "SH01", "from": "2026-12-01", "to": "2026-12-03", "state": "reserved", "limit": 5, "cursor": null }),
        ),
        post("/api/v1/identity/decisions", json!({ "one": id, "two": id, "same": false })),
        post(&format!("/api/v1/identity/merges/{id}/undo"), json!({})),
        put(
            "/api/v1/properties/SH02",
            json!({ "name": "二", "name_en": "Two", "time_zone": "Asia/Shanghai", "currency": "CNY",
            "business_date": "2026-10-03", "check_in_minute": 840, "check_out_minute": 720 }),
        ),
        put(
            "/api/v1/properties/SH01/room-types/DBL",
            json!({ "name": "双", "name_en": "Twin", "capacity": 2, "overbooking": 0 }),
        ),
        put(
            "/api/v1/properties/SH01/room-types/DBL/overbooking",
            json!({ "from": "2027-01-01", "until": "2027-01-02", "beyond": 1 }),
        ),
        put(
            "/api/v1/properties/SH01/rooms",
            json!([{ "number": "0409", "room_type": "DBL", "floor": "4", "accessible": true, "features": ["quiet"] }]),
        ),
        put(
            "/api/v1/properties/SH01/cancellation-policies/FLEX",
            json!({ "name": "灵", "name_en": "Flexible",
            "rules": [{ "within_hours": 24, "penalty": { "kind": "nights", "value": 1 } }],
            "no_show": { "kind": "share", "value": 10000 } }),
        ),
        put(
            "/api/v1/properties/SH01/rate-plans/BAR2",
            json!({ "name": "价", "name_en": "Price", "kind": "nightly", "tax": 600, "service_fee": 1000,
            "inclusive": false, "policy": "FLEX", "hours": null,
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 100 }] }),
        ),
        put(
            "/api/v1/properties/SH01/rate-plans/BAR3",
            json!({ "name": "含早", "name_en": "With breakfast", "kind": "nightly",
            "derived": { "from": "BAR", "share": -1_500, "amount": 0, "round_to": 1_00 },
            "people": { "included": 2, "fewer": 50_00, "more": 100_00, "extra_bed": 80_00, "children": [{ "until_age": 6, "amount": 0 }] },
            "inclusions": [{ "code": "MINI", "adult": 10_00, "child": 5_00, "pricing": "within" }] }),
        ),
        put(
            "/api/v1/properties/SH01/rate-calendar/prices",
            json!({ "rate_plan": "BAR", "room_types": ["DBL"], "from": "2026-12-24", "until": "2026-12-27", "weekdays": [5, 6], "amount": 400_00 }),
        ),
        put(
            "/api/v1/properties/SH01/rate-calendar/restrictions",
            json!({ "rate_plan": "BAR", "room_type": "DBL", "channel": "ctrip", "from": "2026-12-24", "until": "2026-12-27", "weekdays": [5],
            "minimum_stay": 2, "maximum_stay": 9, "closed_to_arrival": true, "closed_to_departure": true, "stop_sell": true }),
        ),
        put(
            "/api/v1/properties/SH01/seasons/XMAS",
            json!({ "name": "圣", "name_en": "Christmas", "dates": [{ "from": "2026-12-24", "until": "2026-12-27" }] }),
        ),
        put(
            "/api/v1/properties/SH01/seasons/XMAS/prices",
            json!({ "rate_plan": "BAR", "room_types": ["DBL"], "weekdays": [5], "amount": 400_00 }),
        ),
        put(
            "/api/v1/properties/SH01/rate-plans/BAR2/access",
            json!({ "companies": ["ACME"], "promotion_code": "SPRING" }),
        ),
        post(
            "/api/v1/properties/SH01/setup/close",
            json!({ "kind": "policy", "code": "OLD", "from": "2027-01-01" }),
        ),
        post(
            "/api/v1/properties/SH01/setup/delete",
            json!({ "kind": "price", "code": "BAR2", "room_type": "DBL", "valid_from": "2026-01-01" }),
        ),
        post(
            "/api/v1/properties/SH01/quote",
            json!({ "arrival": "2026-12-11", "departure": "2026-12-13", "adults": 2, "children": 1, "child_ages": [7], "extra_beds": 1,
            "room_types": ["DBL"], "rate_plans": ["BAR"], "channel": "direct", "guest_id": id }),
        ),
        put(
            "/api/v1/properties/SH01/transaction-codes/SPA",
            json!({ "name": "水疗", "name_en": "Spa", "group": "spa", "kind": "revenue", "tax": 600 }),
        ),
        put("/api/v1/properties/SH01/city-accounts/ACME", json!({ "name": "A", "credit_limit": 100 })),
        post("/api/v1/properties/SH01/city-accounts/ACME/payments", json!({ "amount": 1, "reference": "1" })),
        post("/api/v1/properties/SH01/rooms/0404/state", json!({ "state": "clean" })),
        post(
            "/api/v1/properties/SH01/rooms/0404/out-of-order",
            json!({ "from": "2027-01-01", "until": "2027-01-02", "reason": "paint" }),
        ),
        post(
            "/api/v1/properties/SH01/rooms/0404/back-in-order",
            json!({ "from": "2027-01-01", "until": "2027-01-02" }),
        ),
        post("/api/v1/properties/SH01/tasks/plan", json!({ "attendants": ["LI"] })),
        post(
            "/api/v1/properties/SH01/rooms/0404/task",
            json!({ "attendant": "LI", "credits": 1, "place": 1 }),
        ),
        post("/api/v1/properties/SH01/rooms/0404/task/step", json!({ "step": "start" })),
        post("/api/v1/properties/SH01/rooms/0404/seen", json!({ "occupied": true, "people": 1 })),
        post(
            "/api/v1/properties/SH01/found-items",
            json!({ "item": "1", "room": "0404", "place": "1", "finder": "1", "owner": "1", "found_on": "2026-10-03" }),
        ),
        post(
            &format!("/api/v1/properties/SH01/found-items/{id}"),
            json!({ "state": "returned", "owner": "1" }),
        ),
        post(
            "/api/v1/properties/SH01/faults",
            json!({ "fault": "1", "room": "0404", "urgent": true,
            "out_of_order": { "from": "2027-02-01", "until": "2027-02-02" } }),
        ),
        post(&format!("/api/v1/properties/SH01/faults/{id}"), json!({ "state": "done" })),
        post("/api/v1/import-files", json!({ "name": "a.csv", "lines": ["name,phone", "1,2"] })),
        post(
            &format!("/api/v1/import-files/{id}/map"),
            json!({ "builtin": "airbnb", "map": { "name": "1", "property": { "value": "SH01" } }, "lines": ["name = 1"],
            "property": "SH01", "time_zone": "Asia/Shanghai", "currency": "CNY" }),
        ),
        post(&format!("/api/v1/import-files/{id}/start"), json!({})),
        post(&format!("/api/v1/import-files/{id}/withdraw"), json!({})),
        post(&format!("/api/v1/import-files/{id}/quarantine/1/mend"), json!({ "cells": { "a": "1" } })),
        post(&format!("/api/v1/import-files/{id}/quarantine/1/leave-out"), json!({ "reason": "1" })),
        post(&format!("/api/v1/import-files/{id}/quarantine/export"), json!({ "reason": "1" })),
        post("/api/v1/properties/SH01/findings/refresh", json!({ "from": "2026-10-03", "to": "2026-10-04" })),
        put(
            "/api/v1/properties/SH01/channels/ctrip",
            json!({ "name": "1", "hotel": "1", "room_types": { "1": "DBL" }, "rate_plans": { "1": "BAR" } }),
        ),
        put(
            "/api/v1/properties/SH01/channels/ctrip/calendars/loft",
            json!({ "room_type": "DBL", "url": "https://example.com/a.ics" }),
        ),
        put(
            "/api/v1/properties/SH01/channels/ctrip/feed",
            json!({ "kind": "mews", "url": "https://example.com", "hotel": "1", "service": "1", "every_minutes": 15, "is_on": true,
            "credentials": { "client_token": "1", "access_token": "1" } }),
        ),
        post(&format!("/api/v1/properties/SH01/channel-messages/{id}/replay"), json!({})),
        post(&format!("/api/v1/properties/SH01/channel-messages/{id}/drop"), json!({ "reason": "1" })),
        post(&format!("/api/v1/properties/SH01/channel-messages/{id}/text"), json!({ "reason": "1" })),
        post(
            &format!("/api/v1/properties/SH01/channel-messages/{id}/mend"),
            json!({ "text": "<OTA_HotelResNotifRQ/>", "reason": "1" }),
        ),
        post(
            "/api/v1/properties/SH01/channels/ctrip/key",
            json!({ "days": 30, "at_once": false, "reason": "1" }),
        ),
        post(&format!("/api/v1/properties/SH01/findings/{id}/decide"), json!({ "reason": "1" })),
        post(&format!("/api/v1/properties/SH01/findings/{id}/correct"), json!({ "reason": "1" })),
        post("/api/v1/visits/{}/double-record", json!({ "other": "1000000009", "text": "1" })),
        post(
            "/api/v1/properties/SH01/settlements",
            json!({ "code": "ALIPAY", "map": "alipay", "file": "aWQK", "until": "2026-10-03" }),
        ),
        put("/api/v1/properties/SH01/finding-rules/points_missing", json!({ "enabled": true })),
        post("/api/v1/visits/{}/keys", json!({ "line": 1, "stay": null, "count": 1 })),
        post("/api/v1/visits/{}/cancel-key", json!({ "key_id": id })),
        post("/api/v1/visits/{}/wake-ups", json!({ "line": 1, "date": "2026-10-04", "minute": 390 })),
        post("/api/v1/visits/{}/end-wake-up", json!({ "wake_up_id": id, "state": "answered" })),
        post("/api/v1/members/123456789/adjust", json!({ "points": 1, "reason": "1", "key": "1" })),
        post(
            "/api/v1/visits/{}/notes",
            json!({ "kind": "trace", "text": "1", "line": 1, "department": "housekeeping", "due": "2026-12-01" }),
        ),
        post(
            "/api/v1/visits/{}/change-note",
            json!({ "note_id": id, "text": "1", "department": "food", "due": "2026-12-01" }),
        ),
        post("/api/v1/visits/{}/finish-note", json!({ "note_id": id })),
        post("/api/v1/visits/{}/reopen-note", json!({ "note_id": id })),
        post("/api/v1/visits/{}/remove-note", json!({ "note_id": id })),
        post(
            "/api/v1/visits/{}/wishes",
            json!({ "line": 1, "features": ["accessible"], "arrival_minute": 1_320 }),
        ),
        post(
            "/api/v1/visits/{}/add-guest",
            json!({ "guest": { "profile": { "full_name": "王芳" } }, "line": 1, "stay": null }),
        ),
        post("/api/v1/visits/{}/assign-room", json!({ "line": 1, "room": "0402" })),
        post(
            "/api/v1/visits/{}/change",
            json!({ "rooms": [{ "line": 1, "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-03",
            "departure": "2026-10-05", "adults": 1, "children": 0, "prices": [1, 2], "room": "0402" }], "company": "A",
            "segment": "A", "group": "TOUR", "guarantee": "none", "preview": false, "oversell": true, "reason": "A" }),
        ),
        post(
            "/api/v1/visits/{}/charges",
            json!({ "code": "MINI", "amount": 1, "quantity": 1, "window": 1, "reference": "1" }),
        ),
        post(
            "/api/v1/visits/{}/payments",
            json!({ "code": "CASH", "amount": 700, "window": 1, "reference": "1",
            "foreign": { "currency": "USD", "amount": 100, "rate": "7" } }),
        ),
        post(
            "/api/v1/visits/{}/refunds",
            json!({ "code": "CASH", "amount": 1, "window": 1, "reference": "1" }),
        ),
        post("/api/v1/visits/{}/reversals", json!({ "posting_id": id, "reason": "1" })),
        post("/api/v1/visits/{}/transfers", json!({ "posting_ids": [id], "to_window": 2 })),
        post(
            "/api/v1/visits/{}/splits",
            json!({ "posting_id": id, "to_window": 2, "total": 1, "share": 1, "preview": false }),
        ),
        post("/api/v1/visits/{}/routing", json!({ "code_group": "minibar", "window": 2 })),
        post("/api/v1/visits/{}/window", json!({ "window": 2, "company": "A" })),
        post("/api/v1/visits/{}/city-ledger", json!({ "account": "ACME", "window": 1, "amount": 1 })),
        post(
            "/api/v1/visits/{}/deposits/pay",
            json!({ "instalment": 1, "code": "CASH", "amount": 700, "reference": "1",
            "foreign": { "currency": "USD", "amount": 100, "rate": "7" } }),
        ),
        post("/api/v1/visits/{}/allowances", json!({ "posting_id": id, "amount": 1, "reason": "1" })),
        post("/api/v1/visits/{}/corrections", json!({ "posting_id": id, "amount": 1, "reason": "1" })),
        post("/api/v1/visits/{}/nights", json!({ "line": 1 })),
        post("/api/v1/visits/{}/window/close", json!({ "window": 1 })),
        post("/api/v1/visits/{}/window/reopen", json!({ "window": 1 })),
        post("/api/v1/visits/{}/deposits", json!({ "due": "2026-12-01", "amount": 1 })),
        post("/api/v1/visits/{}/deposits/refund", json!({ "amount": 1, "code": "CASH", "reference": "1" })),
        post("/api/v1/visits/{}/deposits/reverse", json!({ "entry_id": id, "reason": "1" })),
        post("/api/v1/visits/{}/deposits/forfeit", json!({ "amount": 1 })),
        post("/api/v1/visits/{}/deposits/waive", json!({ "instalment": 1 })),
        post("/api/v1/visits/{}/deposits/apply", json!({ "amount": 1, "window": 1 })),
        post("/api/v1/visits/{}/deposits/settle-cancellation", json!({ "code": "CASH", "reason": "1" })),
        post(
            "/api/v1/visits/{}/pre-authorisations",
            json!({ "amount": 1, "card_token": "tok", "last_four": "1111", "expires": "2026-12-01", "pending": true }),
        ),
        post(
            "/api/v1/visits/{}/pre-authorisations/capture",
            json!({ "pre_auth_id": id, "amount": 1, "window": 1 }),
        ),
        post("/api/v1/visits/{}/pre-authorisations/confirm", json!({ "pre_auth_id": id })),
        post("/api/v1/visits/{}/pre-authorisations/fail", json!({ "pre_auth_id": id })),
        post("/api/v1/visits/{}/pre-authorisations/release", json!({ "pre_auth_id": id })),
        put(
            "/api/v1/member-programme",
            json!({ "counts": ["room"], "night_points": 1, "tiers": [{ "tier": "gold", "from_points": 50_000, "discount": 1,
            "earning": 1, "late_check_out": 1, "upgrade": true }] }),
        ),
        put(
            "/api/v1/properties/SH01/member-programme",
            json!({ "counts": ["room"], "night_points": 1, "as_chain": false, "tiers": [{ "tier": "gold", "discount": 1, "earning": 1,
            "late_check_out": 1, "upgrade": true }] }),
        ),
        post(
            "/api/v1/members/123456789/vouchers",
            json!({ "count": 1, "expires": "2027-01-01", "property": "SH01", "reason": "1" }),
        ),
        post("/api/v1/members/123456789/cancel-voucher", json!({ "voucher_id": id, "reason": "1" })),
        post("/api/v1/visits/{}/free-nights", json!({ "line": 1, "night": "2026-12-01", "voucher_id": id })),
        post("/api/v1/visits/{}/free-nights/return", json!({ "line": 1, "night": "2026-12-01" })),
        post("/api/v1/visits/{}/late-check-out", json!({ "line": 1, "minute": 840, "reason": "1" })),
        post("/api/v1/visits/{}/upgrade", json!({ "line": 1, "room": "0501" })),
        post("/api/v1/visits/{}/redeem-points", json!({ "points": 100, "window": 1 })),
        post("/api/v1/visits/{}/accrue-points", json!({})),
        post("/api/v1/visits/{}/apply-member-discount", json!({})),
        post("/api/v1/visits/{}/numbers", json!({ "system": "pms", "number": "77", "per_property": true })),
        post(
            "/api/v1/visits/{}/extend",
            json!({ "departure": "2026-10-06", "line": 1, "stay": null, "prices": [1] }),
        ),
        post(
            "/api/v1/visits/{}/early-departure",
            json!({ "departure": "2026-10-05", "line": 1, "stay": null, "reason": "1" }),
        ),
        post(
            "/api/v1/visits/{}/move",
            json!({ "room": "0403", "reason": "1", "line": 1, "accept_dirty": true }),
        ),
        post(
            "/api/v1/visits/{}/share",
            json!({ "guest": { "profile": { "full_name": "王芳" } }, "line": 1, "window": 2,
            "departure": "2026-10-05", "prices": [1, 2] }),
        ),
        post("/api/v1/visits/{}/remove-guest", json!({ "guest": id, "line": 1, "stay": id, "reason": "1" })),
        post("/api/v1/visits/{}/undo-check-out", json!({ "line": 1 })),
        post("/api/v1/visits/{}/undo-check-in", json!({ "line": 1, "oversell": true, "reason": "1" })),
        post(
            "/api/v1/visits/{}/check-in",
            json!({ "line": 1, "room": "auto", "accept_dirty": true, "accept_early": true, "first_night": "2026-10-03", "preview": true,
            "guests": [{ "guest": { "profile": { "full_name": "王芳" } }, "role": "primary" }] }),
        ),
        post("/api/v1/visits/{}/check-out", json!({ "line": 1, "stay": id, "allow_balance": false })),
        post("/api/v1/visits/{}/no-show", json!({ "reason": "1", "waive_penalty": false, "line": 1 })),
        post(
            "/api/v1/visits/{}/cancel",
            json!({ "reason": "1", "waive_penalty": false, "line": 1, "preview": false }),
        ),
        post("/api/v1/visits/{}/reinstate", json!({ "reason": "1", "line": 1, "oversell": true })),
        post("/api/v1/visits/{}/confirm", json!({ "line": 1, "oversell": true, "reason": "1" })),
        post(
            "/api/v1/visits/{}/add-room",
            json!({ "room": added, "state": "reserved", "oversell": true, "reason": "1" }),
        ),
        post(
            "/api/v1/visits/{}/split-room",
            json!({ "line": 2, "guest": { "profile": { "full_name": "王芳" } }, "reason": "1" }),
        ),
        post("/api/v1/visits/{}/move-room", json!({ "line": 2, "to": "1", "reason": "1" })),
        put(
            "/api/v1/companies/ACME",
            json!({ "kind": "company", "name": "A", "tax_id": "12345", "address": "1", "contract": "1", "commission": 1,
            "credit_limit": 1, "currency": "CNY", "parent": "B", "contact": { "profile": { "full_name": "王芳" } } }),
        ),
        put("/api/v1/properties/SH01/city-accounts/ACME/company", json!({ "company": "ACME" })),
        post("/api/v1/visits/{}/companies", json!({ "company": "ACME", "agent": "ACME" })),
        put(
            "/api/v1/properties/SH01/blocks/TOUR",
            json!({ "rate_plan": "BAR", "release_on": "2026-12-01", "oversell": true, "reason": "1",
            "rooms": [{ "room_type": "DBL", "from": "2026-12-10", "until": "2026-12-12", "rooms": 1, "price": 1 }] }),
        ),
        post(
            "/api/v1/properties/SH01/blocks/TOUR/rooming-list",
            json!({ "rows": [{ "guest": { "profile": { "full_name": "王芳" } }, "room_type": "DBL", "arrival": "2026-12-10",
            "departure": "2026-12-12", "adults": 1, "children": 0 }], "company": "A", "preview": false }),
        ),
        post("/api/v1/properties/SH01/blocks/TOUR/release", json!({})),
        post(
            "/api/v1/groups/TOUR/check-in",
            json!({ "property": "SH01", "accept_dirty": true, "accept_early": true }),
        ),
        post("/api/v1/groups/TOUR/check-out", json!({ "property": "SH01", "allow_balance": true })),
        put(
            "/api/v1/groups/TOUR/routing",
            json!({ "property": "SH01", "code_group": "room", "master": "1", "window": 1 }),
        ),
        post(
            "/api/v1/properties/SH01/house-accounts",
            json!({ "name": "A", "guest": { "profile": { "full_name": "王芳" } }, "group": "TOUR" }),
        ),
        post("/api/v1/visits/{}/close-account", json!({ "reason": "1" })),
        post("/api/v1/visits/{}/reopen-account", json!({ "reason": "1" })),
        post(
            "/api/v1/visits/{}/transfers-to-visit",
            json!({ "posting_ids": [id], "to": "1", "to_window": 1, "reason": "1" }),
        ),
        post(
            "/api/v1/visits/{}/swap",
            json!({ "line": 1, "with": "1", "with_line": 1, "reason": "1", "oversell": true }),
        ),
        post(
            "/api/v1/visits/{}/reprice",
            json!({ "line": 1, "rate_plan": "BAR", "prices": [1, 2], "preview": true, "reason": "1" }),
        ),
        post(
            "/api/v1/visits/{}/primary-guest",
            json!({ "line": 1, "stay": id, "guest": { "profile": { "full_name": "王芳" } }, "replace": true, "reason": "1" }),
        ),
        post(
            "/api/v1/visits/{}/booker",
            json!({ "guest": { "profile": { "full_name": "王芳" } }, "reason": "1" }),
        ),
        post(&format!("/api/v1/jobs/{id}/retry"), json!({})),
        put(
            "/api/v1/properties/SH01/billing",
            json!({ "cash_needs_shift": false, "title": "A", "tax_id": "12345", "address": "1", "phone": "1", "bank": "1", "bank_account": "1" }),
        ),
        put(
            "/api/v1/properties/SH01/exchange-rates/USD",
            json!({ "rate": "7.1", "valid_from": "2026-12-01", "confirm": true }),
        ),
        post("/api/v1/properties/SH01/shifts", json!({ "float": [{ "currency": "CNY", "amount": 1 }] })),
        post(
            "/api/v1/properties/SH01/shifts/1/drops",
            json!({ "amount": 1, "currency": "CNY", "reference": "1" }),
        ),
        post(
            "/api/v1/visits/{}/paid-outs",
            json!({ "code": "CASH", "amount": 1, "window": 1, "reference": "1", "reason": "1" }),
        ),
        post(
            "/api/v1/properties/SH01/shifts/1/close",
            json!({ "counts": [{ "method": "CASH", "currency": "CNY", "counted": 1 }], "reason": "1" }),
        ),
        post(
            "/api/v1/visits/{}/invoices",
            json!({ "window": 1, "series": "INV", "posting_ids": [id], "amount": 1,
            "buyer": { "title": "A", "tax_id": "12345", "address": "1", "phone": "1", "bank": "1", "bank_account": "1" } }),
        ),
        post("/api/v1/properties/SH01/invoices/INV/1/copies", json!({})),
        post(
            "/api/v1/properties/SH01/invoices/INV/1/credit-notes",
            json!({ "series": "CN", "lines": [{ "line": 1, "amount": 1 }], "reason": "1" }),
        ),
        post(
            "/api/v1/properties/SH01/city-accounts/ACME/payments/reverse",
            json!({ "payment_id": id, "reason": "1" }),
        ),
        post(
            "/api/v1/properties/SH01/city-accounts/ACME/allocations",
            json!({ "payment_id": id, "to": [{ "id": id, "amount": 1, "invoice": { "series": "INV", "number": 1 } }] }),
        ),
        post(
            "/api/v1/properties/SH01/city-accounts/ACME/allocations/reverse",
            json!({ "allocation_id": id, "reason": "1" }),
        ),
        // Last, as it moves the date.
        post(
            "/api/v1/properties/SH01/night-audit",
            json!({ "force": false, "no_shows": { "only": [{ "visit": "1", "line": 1 }] } }),
        ),
    ]
}

both_engines! {
    async fn no_value_in_a_body_breaks_the_server(db: TestDb) {
        let s = Server::new(db).await;
        let visit = digits(&s.post("/api/v1/reservations", booking("DBL", "2026-10-03", "2026-10-05")).await);
        s.post(&format!("/api/v1/visits/{visit}/check-in"), json!({ "room": "auto", "accept_early": true })).await;
        let guest = s.get(&format!("/api/v1/visits/{visit}")).await["guest"]["id"].as_str().unwrap().to_owned();
        for (method, described) in operations() {
            let is_there = requests().iter().any(|(asked, path, _)| *asked == method && is_of(&described, path));
            assert!(is_there, "no request for {method} {described}");
        }
        let mut broken = Vec::new();
        for (method, path, body) in requests() {
            let path = path.replace("{}", &visit).replace("{guest}", &guest);
            let mut at = Vec::new();
            places(&body, "", &mut at);
            for place in at {
                for value in spoilt() {
                    let mut sent = body.clone();
                    *sent.pointer_mut(&place).unwrap() = value.clone();
                    let (status, answer) = s.send(method.clone(), &path, Some(sent), &[]).await;
                    if status.is_server_error() || (!status.is_success() && answer["code"].is_null()) {
                        let value: String = value.to_string().chars().take(40).collect();
                        broken.push(format!("{method} {path} {place} = {value}: {status} {}", answer["code"]));
                    }
                }
            }
        }
        assert!(broken.is_empty(), "{} failed:\n{}", broken.len(), broken.join("\n"));
    }

    async fn no_path_query_or_header_breaks_the_server(db: TestDb) {
        let s = Server::new(db).await;
        let api = serde_json::to_value(hefu_http::openapi()).unwrap();
        let long = "9".repeat(4_000);
        let values = ["%00", "a%00b", "%F0%9F%98%80", "%ff", "%2e%2e%2f", "-1", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "1e9", "%2B262142-12-31", "-262143-01-01", "9999-12-31", "0000-00-00", "0.x", "18446744073709551615.0", long.as_str()];
        let mut broken = Vec::new();
        for (path, item) in api["paths"].as_object().unwrap() {
            let Some(operation) = item.get("get") else { continue };
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let fill = |path: &str, value: &str| {
                let name = path.find('{').zip(path.find('}'));
                name.map_or_else(|| path.to_owned(), |(from, to)| path.replace(&path[from..=to], value))
            };
            let known = path.replace("{property}", "SH01");
            for value in values {
                for place in parameters.iter().filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap()).chain([""]) {
                    let mut asked = fill(&fill(&known, if place.is_empty() { value } else { "1" }), "1");
                    let needed = ["property=SH01", "from=2026-10-01", "to=2026-10-09"].into_iter();
                    let needed = needed.filter(|pair| {
                        let name = pair.split('=').next().unwrap();
                        name != place && parameters.iter().any(|p| p["name"] == name && p["in"] == "query")
                    });
                    let mut query: Vec<String> = needed.map(str::to_owned).collect();
                    if !place.is_empty() {
                        query.push(format!("{place}={value}"));
                    }
                    asked = format!("{asked}?{}", query.join("&"));
                    let (status, answer) = s.send(Method::GET, &asked, None, &[]).await;
                    if status.is_server_error() || (!status.is_success() && answer["code"].is_null()) {
                        broken.push(format!("{}: {status} {}", asked.chars().take(120).collect::<String>(), answer["code"]));
                    }
                }
            }
        }
        for (name, value) in [("if-match", "\"9223372036854775808\""), ("if-match", "\"x"), ("idempotency-key", ""),
            ("idempotency-key", long.as_str()), ("hefu-reason", "%00"), ("hefu-reason", "%"), ("hefu-reason", "%ff"),
            ("accept-language", "q;q=;,;zh;q=nan"), ("content-type", "text/plain"), ("content-type", ";")] {
            let (status, answer) = s.send(Method::POST, "/api/v1/guests", Some(json!({ "full_name": "王芳" })), &[(name, value)]).await;
            if status.is_server_error() || (!status.is_success() && answer["code"].is_null()) {
                broken.push(format!("{name} {value}: {status} {answer}"));
            }
        }
        assert!(broken.is_empty(), "{} failed:\n{}", broken.len(), broken.join("\n"));
        let length = [("content-length", "3000000")];
        let (status, answer) = s.send(Method::POST, "/api/v1/guests", Some(json!({})), &length).await;
        assert_eq!((status.as_u16(), answer["code"].as_str()), (413, Some("too_large")), "{answer}");
    }
}

both_engines! {
    async fn no_change_is_made_by_what_a_page_of_another_site_can_send(db: TestDb) {
        let s = Server::new(db).await;
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let text = [("content-type", "text/plain;charset=UTF-8")];
        for (method, path) in operations() {
            let id = "01890000-0000-7000-8000-000000000000";
            let path = path.replace("/finding-rules/{kind}", "/finding-rules/points_missing");
            let path = path.replace("{row}", "1");
            let path = path.replace("{id}", id).replace("{guest}", id).replace("{property}", "SH01").replace("{currency}", "USD").replace("{kind}", "vip");
            let path = path.replace("/shifts/{number}", "/shifts/1").replace("{series}/{number}", "INV/1");
            let path = path.replace(['{', '}'], "");
            // Without a media type, with those that a form can have, with nothing in it and with something.
            for headers in [&[][..], &form, &text] {
                for body in ["", "{}"] {
                    let mut request = axum::http::Request::builder().method(method.clone()).uri(&path);
                    for (name, value) in headers {
                        request = request.header(*name, *value);
                    }
                    let request = request.body(axum::body::Body::from(body)).unwrap();
                    let answer = tower::ServiceExt::oneshot(s.router.clone(), request).await.unwrap();
                    assert_eq!(answer.status().as_u16(), 415, "{method} {path} {headers:?} {body:?}");
                }
            }
        }
        // A header that a browser asks for first is as good as the media type, for an empty body.
        let guest = s.post("/api/v1/guests", json!({ "full_name": "王芳" })).await["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/guests/{guest}/membership");
        assert_eq!(s.send(Method::POST, &path, None, &[]).await.0.as_u16(), 415);
        assert_eq!(s.send(Method::POST, &path, None, &[("idempotency-key", "join")]).await.0.as_u16(), 201);
    }
}
