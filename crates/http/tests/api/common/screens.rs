//! Invariant 6 of situations: what two screens or two calls show of one thing is the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Server;

/// What a row of a board and one of a list say.
const ROW: [&str; 8] =
    ["number", "line", "room", "room_type", "arrival", "departure", "desk_state", "balance"];

/// What of it stands in the record of the visit.
const OF_RECORD: [&str; 7] = ["number", "line", "room", "arrival", "departure", "desk_state", "balance"];

/// What rows say in these fields, in order.
fn sorted<'a>(rows: impl Iterator<Item = &'a Value>, fields: &[&str]) -> Vec<String> {
    let told = |row: &Value| fields.iter().map(|field| row[*field].to_string()).collect::<Vec<_>>().join(" ");
    let mut told: Vec<String> = rows.map(told).collect();
    told.sort_unstable();
    told
}

/// A reservation as both show it: the reason is what people write, and not shown everywhere.
fn without_reason(reservation: &Value) -> Value {
    let mut reservation = reservation.clone();
    reservation["state_reason"] = Value::Null;
    reservation
}

/// The board of today, the lists a desk prints, housekeeping, the list of reservations and the records of the visits say the same of who comes,
/// is here and has left. `visits` are all of the property.
pub async fn assert_screens_agree(s: &Server, property: &str, visits: &[String]) {
    let at = format!("/api/v1/properties/{property}");
    let board = s.get(&format!("{at}/today")).await;
    let on_board = |part: &str| board[part].as_array().unwrap().iter();
    let mut lists = BTreeMap::new();
    for list in ["arrivals", "in_house", "departures"] {
        let shown = s.get(&format!("{at}/lists/{list}?limit=500")).await;
        lists.insert(list, shown["rows"].as_array().unwrap().clone());
    }
    for (part, list, states) in [
        ("arrivals", "arrivals", ["due_in"].as_slice()),
        ("in_house", "in_house", &["in_house", "due_out", "pending_check_out"]),
        ("due_out", "departures", &["due_out", "pending_check_out"]),
        ("departed", "departures", &["checked_out"]),
    ] {
        let is_meant = |row: &&Value| states.iter().any(|state| row["desk_state"] == *state);
        let listed = sorted(lists[list].iter().filter(is_meant), &ROW);
        assert_eq!(sorted(on_board(part), &ROW), listed, "{part} of today and the list of {list}");
        assert_eq!(board[format!("{part}_count")], listed.len(), "{part}");
    }

    let (mut here, mut awaited) = (Vec::new(), Vec::new());
    let mut agreed = BTreeMap::new();
    for visit in visits {
        let view = s.get(&format!("/api/v1/visits/{visit}")).await;
        let (number, balance) = (&view["number"], &view["consumption"]["balance"]);
        let row = |of: &Value| {
            json!({ "number": number, "line": of["line"], "room": of["room_number"], "arrival": of["arrival"],
                "departure": of["departure"], "desk_state": of["desk_state"], "balance": balance })
        };
        let is_here = |stay: &&Value| stay["state"] == "in_house";
        here.extend(view["stay"].as_array().unwrap().iter().filter(is_here).map(row));
        let is_awaited = |room: &&Value| {
            room["desk_state"] == "due_in" && room["stay_id"].is_null() && !room["counted_as"].is_null()
        };
        awaited.extend(view["booking"]["rooms"].as_array().unwrap().iter().filter(is_awaited).map(row));
        agreed.insert(visit.clone(), without_reason(&view["booking"]["reservation"]));
    }
    for (part, of_records) in [("in_house", &here), ("arrivals", &awaited)] {
        let of_records = sorted(of_records.iter(), &OF_RECORD);
        assert_eq!(sorted(on_board(part), &OF_RECORD), of_records, "{part} of today and the records");
    }

    let listed = s.get(&format!("/api/v1/reservations?property={property}&limit=500")).await;
    let listed: BTreeMap<&str, Value> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reservation| (reservation["number"].as_str().unwrap(), without_reason(reservation)))
        .collect();
    for (number, reservation) in &agreed {
        assert_eq!(listed.get(number.as_str()), Some(reservation), "the list of reservations and the record");
    }

    let rooms = s.get(&format!("{at}/housekeeping")).await;
    let rooms = rooms.as_array().unwrap().iter().filter(|room| room["occupied"] == true);
    let occupied: BTreeSet<&str> = rooms.map(|room| room["number"].as_str().unwrap()).collect();
    let lived_in: BTreeSet<&str> = on_board("in_house").map(|row| row["room"].as_str().unwrap()).collect();
    assert_eq!(occupied, lived_in, "housekeeping and today");
}
