//! The API's description stands in the repository, so that a change to it is seen in review.
#![expect(clippy::unwrap_used, reason = "tests")]

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
