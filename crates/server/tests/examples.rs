//! Every example of the API's description works on the demonstration chain, as it stands there.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{collections::BTreeMap, fmt::Write as _};

use chrono::{Days, NaiveDate};
use common::{Serving, Site, http::Client, tail};
use hefu_crypto::OsRng;
use hefu_kernel::Rng as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::Value;

/// A history with a row that cannot be taken, for the examples of the import.
const HISTORY: &str = "property,status,changed,arrival,departure,adults,rate,currency,type,name
OLD,checked_out,2020-03-04,2020-03-01,2020-03-04,2,100.50,EUR,A,Anna Beispiel
OLD,asleep,2020-03-06,2020-03-05,2020-03-06,1,80,EUR,A,Otto Beispiel
";

const MAP: &str = r#"
name = "desk"
[property]
column = "property"
[fields]
status = { column = "status" }
status_date = { column = "changed" }
arrival = { column = "arrival" }
departure = { column = "departure" }
adults = { column = "adults" }
rate = { column = "rate" }
currency = { column = "currency" }
room_type_booked = { column = "type" }
[person]
full_name = { column = "name" }
"#;

/// What the names in braces stand for.
struct Names {
    today: NaiveDate,
    unique: String,
    taken: BTreeMap<String, Value>,
}

impl Names {
    fn value(&self, name: &str) -> Value {
        if let Some(days) = name.strip_prefix("today") {
            let days: i64 = if days.is_empty() { 0 } else { days.parse().unwrap() };
            let by = Days::new(days.unsigned_abs());
            return if days < 0 { self.today - by } else { self.today + by }.to_string().into();
        }
        match name {
            "unique" => self.unique.clone().into(),
            name => self.taken.get(name).cloned().unwrap_or_else(|| panic!("nothing took {name}")),
        }
    }

    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill_text(text),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// A text that is one name and nothing else becomes the value as it was taken.
    fn fill_text(&self, text: &str) -> Value {
        let parts: Vec<&str> = text.split(['{', '}']).collect();
        match parts[..] {
            ["", name, ""] => self.value(name),
            _ => {
                let filled = parts.iter().enumerate().map(|(index, part)| match index % 2 {
                    0 => (*part).to_owned(),
                    _ => plain(&self.value(part)),
                });
                filled.collect::<String>().into()
            }
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A text in a path or a query.
fn encoded(value: &Value) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    plain(value).bytes().map(one).collect()
}

/// The operations of the description by their ids, each with its method and path.
fn operations(api: &Value) -> BTreeMap<&str, (String, &str, &Value)> {
    let mut found = BTreeMap::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            found.insert(id, (method.to_uppercase(), path.as_str(), operation));
        }
    }
    found
}

/// Makes one call; answers what is wrong with its answer.
async fn call(
    client: &mut Client,
    (method, path, operation): &(String, &str, &Value),
    call: &Value,
    names: &mut Names,
) -> Result<(), String> {
    let mut target = (*path).to_owned();
    for (name, value) in call["path"].as_object().into_iter().flatten() {
        target = target.replace(&format!("{{{name}}}"), &encoded(&names.fill(value)));
    }
    for (index, (name, value)) in call["query"].as_object().into_iter().flatten().enumerate() {
        let mark = if index == 0 { '?' } else { '&' };
        let _ = write!(target, "{mark}{name}={}", encoded(&names.fill(value)));
    }
    let body = call.get("body").map(|body| names.fill(body));
    let answer = client.send(method, &target, &[("Accept-Language", "en")], body.as_ref()).await.unwrap();
    let declared = operation["responses"].as_object().unwrap();
    let is_as_said =
        call["status"].as_u64().map_or(answer.is_done(), |status| u64::from(answer.status) == status);
    if !is_as_said || !declared.contains_key(&answer.status.to_string()) {
        return Err(format!("{method} {target} answered {} {}", answer.status, answer.body));
    }
    for (name, pointer) in call["take"].as_object().into_iter().flatten() {
        let value = answer.body.pointer(pointer.as_str().unwrap());
        let Some(value) = value else {
            return Err(format!("{method} {target}: no {pointer} in {}", answer.body));
        };
        names.taken.insert(name.clone(), value.clone());
    }
    Ok(())
}

/// What a path of the demonstration hotel answers, or a field of it, as a list.
async fn rows(client: &mut Client, path: &str, field: &str) -> Vec<Value> {
    let answer = client.get(&format!("/api/v1/properties/SH01/{path}")).await;
    let rows = if field.is_empty() { &answer } else { &answer[field] };
    rows.as_array().unwrap().clone()
}

/// The chain has what a newcomer is to see of a front office: seasons, packages, a group in house, one who stays on, one who left without paying, and a
/// deposit.
async fn assert_shows_a_front_office(client: &mut Client) {
    assert!(!rows(client, "seasons", "").await.is_empty());
    let in_house = rows(client, "lists/in_house?limit=500", "rows").await;
    let has_package = |row: &Value| row["inclusions"].as_array().is_some_and(|included| !included.is_empty());
    assert!(in_house.iter().any(has_package), "{in_house:?}");
    assert!(in_house.iter().any(|row| row["desk_state"] == "pending_check_out"), "{in_house:?}");
    let group = client.get("/api/v1/groups/TEA").await;
    let of_group: Vec<String> = group["visits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|visit| plain(&visit["number"]).replace('-', ""))
        .collect();
    let lives = |row: &Value| of_group.contains(&plain(&row["number"]).replace('-', ""));
    assert!(in_house.iter().any(lives), "{group}");
    let unpaid = rows(client, "lists/unpaid", "rows").await;
    assert!(unpaid.iter().any(|row| row["balance"].as_i64() > Some(0)), "{unpaid:?}");
    let ledgers = rows(client, "ledgers", "ledgers").await;
    let is_held = |row: &Value| row["ledger"] == "deposit" && row["closing"].as_i64() != Some(0);
    assert!(ledgers.iter().any(is_held), "{ledgers:?}");
}

both_engines! {
    async fn every_example_works_on_the_demonstration_chain(db: TestDb) {
        let site = Site::of(db).await;
        let start = || Serving::start(site.hefu(&["serve", "--demo", "--listen", "127.0.0.1:0"]), &site.log);
        let serving = start();
        let mut client = serving.client();
        client.get("/healthz").await;
        assert_shows_a_front_office(&mut client).await;
        drop(serving);
        std::fs::write(site.dir().join("history.csv"), HISTORY).unwrap();
        std::fs::write(site.dir().join("map.toml"), MAP).unwrap();
        let done = site.hefu(&["import", "history.csv", "--map", "map.toml"]).output().unwrap();
        assert!(done.status.success(), "{}{}", String::from_utf8_lossy(&done.stderr), tail(&site.log));
        let serving = start();
        let mut client = serving.client();
        let api = client.get("/openapi.json").await;
        // A reader plays a few of them; all of them together book more rooms than there are.
        let room = |number: i64| {
            let room_type = ["KNG", "DBL"][usize::from(number % 2 == 1)];
            serde_json::json!({ "number": (9000 + number).to_string(), "room_type": room_type })
        };
        let rooms: Value = (0..80).map(room).collect();
        let put = client.send("PUT", "/api/v1/properties/SH01/rooms", &[], Some(&rooms)).await.unwrap();
        assert!(put.is_done(), "{}", put.body);
        let operations = operations(&api);
        let steps = &api["info"]["x-hefu"]["steps"];
        let mut failed = Vec::new();
        for (id, operation) in &operations {
            let example = &operation.2["x-hefu"]["example"];
            let property = client.get("/api/v1/properties/SH01").await;
            let today = property["property"]["business_date"].as_str().unwrap().parse().unwrap();
            let mut names = Names {
                today,
                unique: format!("{:08}", 10_000_000 + OsRng.next_u64() % 90_000_000),
                taken: BTreeMap::new(),
            };
            let mut calls = Vec::new();
            for name in example["after"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()) {
                calls.push(match steps.get(name) {
                    Some(step) => (&operations[step["operation"].as_str().unwrap()], step),
                    None => (&operations[name], &operations[name].2["x-hefu"]["example"]),
                });
            }
            calls.push((operation, example));
            for (operation, example) in calls {
                if let Err(wrong) = call(&mut client, operation, example, &mut names).await {
                    failed.push(format!("{id}: {wrong}"));
                    break;
                }
            }
        }
        assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), operations.len(), failed.join("\n"));
    }
}
