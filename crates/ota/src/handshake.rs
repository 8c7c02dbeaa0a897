//! What of AlpineBits is understood here, and what of that another side can use: the handshake (`OTA_PingRQ`, from 2018-10 on).

use serde_json::{Value, json};

use crate::json::{at, items};

/// The versions of AlpineBits whose messages are understood, the latest first.
pub const VERSIONS: [&str; 4] = ["2024-10", "2022-10", "2020-10", "2018-10"];

/// What can be done here, and in which ways.
const ACTIONS: [(&str, &[&str]); 6] = [
    ("action_OTA_Ping", &[]),
    ("action_OTA_HotelResNotif_GuestRequests", &[]),
    (
        "action_OTA_HotelInvCountNotif",
        &[
            "OTA_HotelInvCountNotif_accept_rooms",
            "OTA_HotelInvCountNotif_accept_categories",
            "OTA_HotelInvCountNotif_accept_deltas",
            "OTA_HotelInvCountNotif_accept_out_of_order",
            "OTA_HotelInvCountNotif_accept_out_of_market",
            "OTA_HotelInvCountNotif_accept_closing_seasons",
        ],
    ),
    (
        "action_OTA_HotelAvailNotif",
        &[
            "OTA_HotelAvailNotif_accept_rooms",
            "OTA_HotelAvailNotif_accept_categories",
            "OTA_HotelAvailNotif_accept_deltas",
        ],
    ),
    (
        "action_OTA_HotelDescriptiveContentNotif_Inventory",
        &[
            "OTA_HotelDescriptiveContentNotif_Inventory_use_rooms",
            "OTA_HotelDescriptiveContentNotif_Inventory_occupancy_children",
        ],
    ),
    ("action_OTA_HotelDescriptiveContentNotif_Info", &[]),
];

/// All of it in one line, as it was asked for until 2018-10.
pub fn capabilities() -> String {
    let of_actions = ACTIONS.iter().flat_map(|(action, ways)| std::iter::once(action).chain(ways.iter()));
    let mut all: Vec<&str> = of_actions.copied().collect();
    all.extend(["action_getVersion", "action_getCapabilities"]);
    all.join(",")
}

/// What both sides can do, of what the other one says that it can; none: it says nothing of that.
pub(crate) fn agreed(data: &str) -> Option<String> {
    let theirs: Value = serde_json::from_str(data).ok()?;
    let versions = theirs.get("versions")?.as_array()?;
    let version = |told: &Value| {
        let name = at(told, &["version"]).as_str().filter(|name| VERSIONS.contains(name))?;
        let actions: Vec<Value> = items(at(told, &["actions"])).iter().filter_map(action).collect();
        Some(json!({ "version": name, "actions": actions }))
    };
    let versions: Vec<Value> = versions.iter().filter_map(version).collect();
    Some(json!({ "versions": versions }).to_string())
}

fn action(told: &Value) -> Option<Value> {
    let name = at(told, &["action"]).as_str()?;
    let (_, ways) = ACTIONS.iter().find(|(known, _)| *known == name)?;
    let both =
        items(at(told, &["supports"])).iter().filter_map(Value::as_str).filter(|way| ways.contains(way));
    let both: Vec<&str> = both.collect();
    Some(if both.is_empty() {
        json!({ "action": name })
    } else {
        json!({ "action": name, "supports": both })
    })
}
