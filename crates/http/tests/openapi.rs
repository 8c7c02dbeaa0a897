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
