//! The API's description stands in the repository, so that a change to it is seen in review.

use std::collections::BTreeSet;

use hefu_domain::reservation::ReservationState;
use serde_json::Value;

fn description() -> Value {
    serde_json::to_value(hefu_http::openapi()).unwrap()
}

/// Every operation: method and path, path, and what is said of it.
fn operations(api: &Value) -> Vec<(String, &str, &Value)> {
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((format!("{method} {path}"), path.as_str(), operation));
        }
    }
    assert!(found.len() > 80, "{}", found.len());
    found
}

/// What a reference leads to.
fn resolved<'a>(api: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => api.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => value,
    }
}

fn parameters<'a>(operation: &'a Value, place: &str) -> Vec<&'a Value> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.filter(|parameter| parameter["in"] == place).collect()
}

#[test]
fn the_committed_description_is_the_codes() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
    let generated = hefu_http::openapi().to_pretty_json().unwrap();
    if std::env::var_os("HEFU_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(file, format!("{generated}\n")).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed.trim() == generated.trim(),
        "openapi.json differs from the code: run `make openapi` and look at the difference"
    );
}

#[test]
fn codes_are_described_as_they_are_sent() {
    let api = description();
    let codes = ReservationState::ALL.iter().map(|state| state.code()).collect::<Vec<_>>();
    assert_eq!(api["components"]["schemas"]["ReservationState"]["enum"], serde_json::json!(codes));
}

/// Clients are made from the ids of operations, and the texts and examples name them.
#[test]
fn every_operation_has_an_id_of_its_own() {
    let api = description();
    let mut ids = BTreeSet::new();
    for (what, _, operation) in operations(&api) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && ids.insert(id), "{what}: {id}");
    }
}

#[test]
fn path_parameters_are_those_of_the_path() {
    let api = description();
    for (what, path, operation) in operations(&api) {
        let in_template: Vec<&str> =
            path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        let mut declared = Vec::new();
        for parameter in parameters(operation, "path") {
            assert_eq!(parameter["required"], true, "{what}: {parameter}");
            declared.push(parameter["name"].as_str().unwrap());
        }
        let (template, named) =
            (in_template.iter().collect::<BTreeSet<_>>(), declared.iter().collect::<BTreeSet<_>>());
        assert_eq!(named, template, "{what}");
        assert_eq!(declared.len(), in_template.len(), "{what}: declared twice");
    }
}

/// The query parameters without which a handler cannot answer; a new one is added here on purpose.
#[test]
fn query_parameters_are_optional_unless_the_handler_needs_them() {
    let needed = BTreeSet::from([
        ("list_reservations", "property"),
        ("name_colleagues", "actors"),
        ("show_availability", "from"),
        ("show_availability", "to"),
        ("show_rate_calendar", "from"),
        ("show_rate_calendar", "until"),
    ]);
    let api = description();
    let mut required = BTreeSet::new();
    let mut count = 0;
    for (_, _, operation) in operations(&api) {
        for parameter in parameters(operation, "query") {
            count += 1;
            if parameter["required"] == true {
                required.insert((
                    operation["operationId"].as_str().unwrap(),
                    parameter["name"].as_str().unwrap(),
                ));
            }
        }
    }
    assert_eq!(required, needed);
    assert!(count >= 25, "{count}");
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let api = description();
    let mut found = BTreeSet::new();
    references(&api, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer =
            reference.strip_prefix('#').unwrap_or_else(|| panic!("not of this document: {reference}"));
        assert!(api.pointer(pointer).is_some(), "{reference}");
    }
}

/// The problems that follow from what an operation takes.
#[test]
fn every_operation_declares_its_problems() {
    let api = description();
    for (what, _, operation) in operations(&api) {
        let mut expected = vec!["400", "401", "403", "422", "500", "503"];
        if !parameters(operation, "path").is_empty() {
            expected.extend(["404", "410"]);
        }
        if operation.get("requestBody").is_some() {
            expected.extend(["409", "413", "415", "507"]);
        }
        if parameters(operation, "header").iter().any(|header| header["name"] == "If-Match") {
            expected.push("412");
        }
        let responses = operation["responses"].as_object().unwrap();
        for status in expected {
            assert!(responses.contains_key(status), "{what} does not declare {status}");
        }
        assert!(responses.keys().any(|status| status.starts_with('2')), "{what}");
        for (status, response) in responses {
            let response = resolved(&api, response);
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{what} {status}");
            if status.starts_with('4') || status.starts_with('5') {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{what} {status}");
            }
        }
    }
}

/// `descriptions/*.toml` and the handlers agree: every operation has its texts, and no text is left over.
#[test]
fn every_operation_is_described_in_both_languages() {
    let api = description();
    let mut ids = BTreeSet::new();
    let mut orders = BTreeSet::new();
    let is_chinese =
        |text: &Value| text.as_str().is_some_and(|text| text.chars().any(|c| ('一'..='龥').contains(&c)));
    for (what, _, operation) in operations(&api) {
        let ours = &operation["x-hefu"];
        assert!(ours.is_object(), "{what} has no entry in descriptions/*.toml");
        let summary = operation["summary"].as_str().unwrap();
        assert!(!summary.is_empty() && !summary.ends_with('.') && summary.is_ascii(), "{what}: {summary}");
        assert!(is_chinese(&ours["zh-CN"]["summary"]), "{what}");
        assert_eq!(
            operation.get("description").is_some(),
            ours["zh-CN"].get("description").is_some(),
            "{what}"
        );
        assert_eq!(ours.get("before").is_some(), ours["zh-CN"].get("before").is_some(), "{what}");
        ids.insert(operation["operationId"].as_str().unwrap().to_owned());
        orders.insert(ours["order"].as_u64().unwrap());
    }
    // As many entries as operations: one whose operation is gone would leave a gap.
    assert_eq!(orders.last().copied(), u64::try_from(ids.len() - 1).ok(), "an entry names no operation");
    let tags: BTreeSet<&str> =
        api["tags"].as_array().unwrap().iter().filter_map(|tag| tag["name"].as_str()).collect();
    let used: BTreeSet<&str> =
        operations(&api).iter().filter_map(|(_, _, operation)| operation["tags"][0].as_str()).collect();
    assert_eq!(tags, used);
    for tag in api["tags"].as_array().unwrap() {
        assert!(is_chinese(&tag["x-hefu"]["zh-CN"]["name"]), "{tag}");
        assert!(is_chinese(&tag["x-hefu"]["zh-CN"]["description"]), "{tag}");
    }
}

/// Names in braces.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found
                .extend(text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| names(field, found)),
        _ => {}
    }
}

/// An example gives what the operation needs and nothing it does not take, and whatever it fills in was taken from an
/// earlier answer. Whether its body fits the schema is checked by `make openapi-check`, whether it works by
/// `examples.rs` of the server.
#[test]
fn every_example_fits_its_operation() {
    let api = description();
    let operations = operations(&api);
    let by_id = |id: &str| operations.iter().find(|(_, _, operation)| operation["operationId"] == id);
    let steps = &api["info"]["x-hefu"]["steps"];
    let fits = |id: &str, call: &Value| {
        let (what, _, operation) = by_id(id).unwrap_or_else(|| panic!("no such operation: {id}"));
        for place in ["path", "query"] {
            let given: BTreeSet<&str> =
                call[place].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            let declared = parameters(operation, place);
            let known: BTreeSet<&str> =
                declared.iter().filter_map(|parameter| parameter["name"].as_str()).collect();
            assert!(given.is_subset(&known), "{what}: {given:?} of {known:?}");
            for parameter in declared.iter().filter(|parameter| parameter["required"] == true) {
                assert!(given.contains(parameter["name"].as_str().unwrap()), "{what}: {parameter}");
            }
        }
        assert_eq!(call.get("body").is_some(), operation.get("requestBody").is_some(), "{what}: body");
        assert!(call.get("body") != Some(&Value::Null), "{what}: the body is no JSON");
    };
    for (_, step) in steps.as_object().unwrap() {
        fits(step["operation"].as_str().unwrap(), step);
    }
    for (what, _, operation) in &operations {
        let example = &operation["x-hefu"]["example"];
        fits(operation["operationId"].as_str().unwrap(), example);
        let mut taken = BTreeSet::from(["unique".to_owned()]);
        let after = example["after"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
        let before = after.map(|name| match steps.get(name) {
            Some(step) => step,
            None => &by_id(name).unwrap_or_else(|| panic!("{what}: nothing is called {name}")).2["x-hefu"]["example"],
        });
        for call in before.chain([example]) {
            let mut used = BTreeSet::new();
            ["path", "query", "body"].iter().for_each(|place| names(&call[place], &mut used));
            let missing: Vec<_> =
                used.iter().filter(|name| !name.starts_with("today") && !taken.contains(*name)).collect();
            assert!(missing.is_empty(), "{what}: {missing:?}");
            taken.extend(call["take"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        }
        // What the description shows is filled in.
        let mut left = BTreeSet::new();
        names(&operation["requestBody"]["content"]["application/json"]["example"], &mut left);
        parameters(operation, "path").iter().for_each(|parameter| names(&parameter["example"], &mut left));
        assert!(left.is_empty(), "{what}: {left:?} is not in samples.toml");
    }
}
