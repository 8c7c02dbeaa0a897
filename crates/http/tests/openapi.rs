//! The API's description stands in the repository, so that a change to it is seen in review.
#![expect(clippy::unwrap_used, reason = "tests")]

use hefu_domain::reservation::ReservationState;

#[test]
fn the_committed_description_is_the_codes() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    let generated = hefu_http::openapi().to_pretty_json().unwrap();
    assert!(
        committed.trim() == generated.trim(),
        "openapi.json differs from the code: run `make openapi` and look at the difference"
    );
}

#[test]
fn codes_are_described_as_they_are_sent() {
    let api = serde_json::to_value(hefu_http::openapi()).unwrap();
    let codes = ReservationState::ALL.iter().map(|state| state.code()).collect::<Vec<_>>();
    assert_eq!(api["components"]["schemas"]["ReservationState"]["enum"], serde_json::json!(codes));
}

/// Clients are made from the ids of operations, and links between operations name them.
#[test]
fn every_operation_has_an_id_of_its_own() {
    let api = serde_json::to_value(hefu_http::openapi()).unwrap();
    let items = api["paths"].as_object().unwrap().values();
    let ids: Vec<&str> = items
        .flat_map(|item| item.as_object().unwrap().values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    let mut unlike = ids.clone();
    unlike.sort_unstable();
    unlike.dedup();
    assert!(!ids.is_empty() && unlike.len() == ids.len(), "{ids:?}");
}
