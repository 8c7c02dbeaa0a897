//! What the API's description says besides the handlers: texts in both languages and examples, kept in
//! `descriptions/*.toml` (see the README there), and the answers that every operation can give, said once.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::openapi::{
    ObjectBuilder, OpenApi, Ref, RefOr, Required, Response,
    content::ContentBuilder,
    extensions::Extensions,
    path::{Operation, ParameterBuilder, ParameterIn},
    schema::{SchemaType, Type},
    tag::TagBuilder,
};

/// The groups, in the order in which a newcomer needs them.
const FILES: &[&str] = &[
    include_str!("../descriptions/search.toml"),
    include_str!("../descriptions/visits.toml"),
    include_str!("../descriptions/rates.toml"),
    include_str!("../descriptions/reservations.toml"),
    include_str!("../descriptions/stays.toml"),
    include_str!("../descriptions/keys.toml"),
    include_str!("../descriptions/notes.toml"),
    include_str!("../descriptions/folio.toml"),
    include_str!("../descriptions/cashier.toml"),
    include_str!("../descriptions/invoices.toml"),
    include_str!("../descriptions/guests.toml"),
    include_str!("../descriptions/identity.toml"),
    include_str!("../descriptions/members.toml"),
    include_str!("../descriptions/groups.toml"),
    include_str!("../descriptions/companies.toml"),
    include_str!("../descriptions/lists.toml"),
    include_str!("../descriptions/housekeeping.toml"),
    include_str!("../descriptions/night-audit.toml"),
    include_str!("../descriptions/findings.toml"),
    include_str!("../descriptions/properties.toml"),
    include_str!("../descriptions/imports.toml"),
    include_str!("../descriptions/channels.toml"),
    include_str!("../descriptions/journal.toml"),
    include_str!("../descriptions/jobs.toml"),
    include_str!("../descriptions/access.toml"),
];

/// What stands for names in braces in the examples of the description.
const SAMPLES: &str = include_str!("../descriptions/samples.toml");

/// The extension that holds what OpenAPI has no field for. There is one, because their order is not kept.
const EXTENSION: &str = "x-hefu";

const ABOUT_ZH: &str = "酒店记录：同一位客人、同一次入住、同一个确认号。金额以币种的最小单位表示，币种在旁注明。错误按 RFC 9457 \
    以问题文档返回，附固定的 `code`。所有 POST 均可带 `Idempotency-Key`；修改可带 `If-Match`；列表以 `cursor` 翻页；\
    `Accept-Language` 选择 zh-CN 或 en。";

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    tag: Tag,
    #[serde(default)]
    operation: Vec<Entry>,
    #[serde(default)]
    step: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tag {
    name: String,
    en: String,
    zh: String,
    text_en: String,
    text_zh: String,
}

/// An operation's texts and its example.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    en: String,
    zh: String,
    text_en: Option<String>,
    text_zh: Option<String>,
    before_en: Option<String>,
    before_zh: Option<String>,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    path: BTreeMap<String, String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    take: BTreeMap<String, String>,
    /// What the example is answered with, if that is a refusal.
    status: Option<u16>,
}

/// A call that only leads to examples.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    name: String,
    operation: String,
    #[serde(default)]
    path: BTreeMap<String, String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    take: BTreeMap<String, String>,
}

/// A call, with names in braces for what is filled in.
#[derive(Serialize)]
struct Call<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    after: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    take: &'a BTreeMap<String, String>,
}

impl Entry {
    fn call(&self) -> Call<'_> {
        let body = self.body.as_deref().map(parsed);
        let Self { after, path, query, take, status, .. } = self;
        Call { operation: None, after, path, query, body, take, status: *status }
    }

    /// What stands in the extension: the Chinese texts and the example.
    fn extension(&self, order: usize) -> Value {
        let mut chinese = Map::new();
        chinese.insert("summary".into(), self.zh.clone().into());
        chinese.extend(self.text_zh.clone().map(|text| ("description".into(), text.into())));
        chinese.extend(self.before_zh.clone().map(|text| ("before".into(), text.into())));
        let mut extension = Map::new();
        extension.insert("zh-CN".into(), chinese.into());
        extension.extend(self.before_en.clone().map(|text| ("before".into(), text.into())));
        extension.insert("order".into(), order.into());
        extension.insert("example".into(), json!(self.call()));
        extension.into()
    }
}

/// A body of a file. One that is no JSON is left out, and then a test says that the example has none.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn groups() -> Vec<Group> {
    FILES.iter().filter_map(|file| toml::from_str(file).ok()).collect()
}

/// Values for the names in braces.
struct Samples {
    today: NaiveDate,
    values: BTreeMap<String, String>,
}

impl Samples {
    fn read() -> Self {
        let values: BTreeMap<String, String> = toml::from_str(SAMPLES).unwrap_or_default();
        Self { today: values.get("today").and_then(|date| date.parse().ok()).unwrap_or_default(), values }
    }

    fn value(&self, name: &str) -> Option<String> {
        let days = |text: &str| text.parse().ok().map(Days::new);
        let date = match name.strip_prefix("today") {
            Some("") => Some(self.today),
            Some(rest) if rest.starts_with('+') => {
                days(&rest[1..]).and_then(|days| self.today.checked_add_days(days))
            }
            Some(rest) if rest.starts_with('-') => {
                days(&rest[1..]).and_then(|days| self.today.checked_sub_days(days))
            }
            _ => None,
        };
        date.map(|date| date.to_string()).or_else(|| self.values.get(name).cloned())
    }

    /// A text with its names in braces filled in; one that is not known stays.
    fn fill_text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, found)) = rest.split_once('{') {
            out.push_str(before);
            match found.split_once('}').and_then(|(name, after)| Some((self.value(name)?, after))) {
                Some((value, after)) => {
                    out.push_str(&value);
                    rest = after;
                }
                None => {
                    out.push('{');
                    rest = found;
                }
            }
        }
        out.push_str(rest);
        out
    }

    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill_text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }
}

/// POSTs that change nothing.
const READING: [&str; 2] = ["/api/v1/identity/match", "/api/v1/search"];

/// When an operation can answer so.
#[derive(Clone, Copy, PartialEq)]
enum To {
    /// Whatever is asked.
    All,
    /// When the address names something.
    Addressed,
    /// When something is sent.
    Writes,
    /// When the request can say which version it changes.
    Versioned,
}

/// Status, name among the components, when, and what it means.
const ANSWERS: &[(&str, &str, To, &str)] = &[
    ("400", "Malformed", To::All, "A header, the query or the JSON is malformed"),
    (
        "401",
        "NotSignedIn",
        To::All,
        "Nobody has signed in, or the session has ended (`not_signed_in`, `second_factor_required`)",
    ),
    (
        "403",
        "Refused",
        To::All,
        "It is not permitted (`forbidden`), the second factor has to be shown again (`second_factor_required`), or the request comes from another page or for \
         another host (`foreign_origin`)",
    ),
    ("404", "NotFound", To::Addressed, "There is no such record"),
    ("408", "TooSlow", To::Writes, "The body did not come in time. Nothing was changed"),
    ("409", "Conflict", To::Writes, "The records do not allow it now; `code` says why"),
    ("410", "Erased", To::Addressed, "The data has been erased"),
    (
        "412",
        "Stale",
        To::Versioned,
        "The record has been changed in the meantime; `version` is its current version",
    ),
    ("413", "TooLarge", To::Writes, "The body is too large"),
    ("415", "UnsupportedMediaType", To::Writes, "The body is not `application/json`"),
    (
        "422",
        "Unprocessable",
        To::All,
        "A value is missing or out of range; `pointer`, `parameter` or `header` says which",
    ),
    ("500", "Failed", To::All, "An internal error; details are in the server's log"),
    (
        "503",
        "Unreachable",
        To::All,
        "More is asked at once than can be answered (`overloaded`: nothing was begun), the storage does not answer, or it took too long. Try again \
         after `Retry-After`, with the same `Idempotency-Key`",
    ),
    (
        "507",
        "StorageFull",
        To::Writes,
        "The storage is full or not writable. Nothing was changed; reads continue",
    ),
];

/// What success means where a handler does not say.
const SUCCESS: &[(&str, &str)] = &[("200", "Done"), ("201", "Created")];

/// Adds to the handlers' description the texts, the examples and what every operation can answer.
pub(crate) fn complete(mut api: OpenApi) -> OpenApi {
    let groups = groups();
    let samples = Samples::read();
    let entries: BTreeMap<&str, (usize, &Entry)> = groups
        .iter()
        .flat_map(|group| &group.operation)
        .enumerate()
        .map(|(order, entry)| (entry.id.as_str(), (order, entry)))
        .collect();
    for (path, item) in &mut api.paths.paths {
        let is_post = item.post.is_some();
        for operation in [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete]
            .into_iter()
            .flatten()
        {
            if operation.request_body.is_some() {
                add_headers(operation, is_post && !READING.contains(&path.as_str()));
            }
            add_answers(operation);
            let entry = operation.operation_id.as_deref().and_then(|id| entries.get(id));
            if let Some((order, entry)) = entry {
                describe(operation, *order, entry, &samples);
            }
        }
    }
    api.tags = Some(
        groups
            .iter()
            .map(|group| {
                let Tag { name, en, zh, text_en, text_zh } = &group.tag;
                let chinese = json!({ "name": zh, "description": text_zh });
                TagBuilder::new()
                    .name(name)
                    .description(Some(text_en))
                    .extensions(Some(extension(json!({ "name": en, "zh-CN": chinese }))))
                    .build()
            })
            .collect(),
    );
    let steps: Map<String, Value> = groups
        .iter()
        .flat_map(|group| &group.step)
        .map(|Step { name, operation, path, query, body, take }| {
            let body = body.as_deref().map(parsed);
            let call = Call { operation: Some(operation), after: &[], path, query, body, take, status: None };
            (name.clone(), json!(call))
        })
        .collect();
    api.info.extensions = Some(extension(json!({ "zh-CN": { "description": ABOUT_ZH }, "steps": steps })));
    let components = api.components.get_or_insert_default();
    for (_, name, _, description) in ANSWERS {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let mut response = Response::new(*description);
        response.content.insert("application/problem+json".into(), RefOr::T(problem));
        components.responses.insert((*name).into(), RefOr::T(response));
    }
    api
}

fn extension(value: Value) -> Extensions {
    Extensions::from_iter([(EXTENSION, value)])
}

/// Puts an entry's texts and example into its operation.
fn describe(operation: &mut Operation, order: usize, entry: &Entry, samples: &Samples) {
    operation.summary = Some(entry.en.clone());
    operation.description.clone_from(&entry.text_en);
    operation.extensions = Some(extension(entry.extension(order)));
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(declared) = parameter else { continue };
        let given = match declared.parameter_in {
            ParameterIn::Path => entry.path.get(&declared.name),
            ParameterIn::Query => entry.query.get(&declared.name),
            _ => None,
        };
        if let Some(text) = given {
            let text = samples.fill_text(text);
            // Numbers are numbers in the schema too.
            let example =
                text.parse::<i64>().ok().filter(|_| is_integer(declared)).map_or(json!(text), Into::into);
            *declared = ParameterBuilder::from(declared.clone()).example(Some(example)).build();
        }
    }
    let body = operation.request_body.as_mut();
    if let (Some(RefOr::T(declared)), Some(example)) = (body, entry.body.as_deref().map(parsed)) {
        for content in declared.content.values_mut() {
            if let RefOr::T(content) = content {
                content.example = Some(samples.fill(&example));
            }
        }
    }
}

fn is_integer(parameter: &utoipa::openapi::path::Parameter) -> bool {
    let schema = serde_json::to_value(&parameter.schema).unwrap_or_default();
    let kind = &schema["type"];
    kind == "integer" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("integer")))
}

/// Declares the headers that every change takes.
fn add_headers(operation: &mut Operation, has_key: bool) {
    let key = ("Idempotency-Key", "The same key and request are done once");
    let reason = (
        "Hefu-Reason",
        "Why, percent-encoded UTF-8, at most 200 characters; `reason` in the body stands before it where there is one",
    );
    let parameters = operation.parameters.get_or_insert_default();
    for (name, description) in has_key.then_some(key).into_iter().chain([reason]) {
        let is_there =
            parameters.iter().any(|parameter| matches!(parameter, RefOr::T(known) if known.name == name));
        if !is_there {
            let schema = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build();
            let header = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(description))
                .schema(Some(schema));
            parameters.push(header.build().into());
        }
    }
}

fn add_answers(operation: &mut Operation) {
    let mut parameters = Vec::new();
    for parameter in operation.parameters.iter().flatten() {
        if let RefOr::T(parameter) = parameter {
            parameters.push((parameter.name.as_str(), &parameter.parameter_in));
        }
    }
    let addressed = parameters.iter().any(|(_, place)| **place == ParameterIn::Path);
    let versioned = parameters.iter().any(|(name, _)| *name == "If-Match");
    let writes = operation.request_body.is_some();
    for (status, name, to, description) in ANSWERS {
        let applies = match to {
            To::All => true,
            To::Addressed => addressed,
            To::Writes => writes,
            To::Versioned => versioned,
        };
        let declared = operation.responses.responses.get_mut(*status);
        match declared {
            Some(RefOr::T(response)) if response.description.is_empty() => {
                response.description = (*description).into();
            }
            Some(_) => {}
            None if applies => {
                let answer = RefOr::Ref(Ref::from_response_name(*name));
                operation.responses.responses.insert((*status).into(), answer);
            }
            None => {}
        }
    }
    for (status, description) in SUCCESS {
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(*status)
            && response.description.is_empty()
        {
            response.description = (*description).into();
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read() {
        for file in FILES {
            let group: Group = toml::from_str(file).unwrap();
            let bodies = group.operation.iter().map(|entry| &entry.body);
            for body in bodies.chain(group.step.iter().map(|step| &step.body)).flatten() {
                let read: Result<Value, _> = serde_json::from_str(body);
                assert!(read.is_ok(), "no JSON: {body}");
            }
        }
        let samples: BTreeMap<String, String> = toml::from_str(SAMPLES).unwrap();
        assert!(samples["today"].parse::<NaiveDate>().is_ok());
    }

    #[test]
    fn names_in_braces_are_filled_in() {
        let values = BTreeMap::from([("visit".to_owned(), "527-573-0002".to_owned())]);
        let samples = Samples { today: NaiveDate::from_ymd_opt(2026, 2, 27).unwrap(), values };
        assert_eq!(
            samples.fill_text("{visit} from {today} to {today+2}, {today-27}"),
            "527-573-0002 from 2026-02-27 to 2026-03-01, 2026-01-31"
        );
        assert_eq!(samples.fill_text("{none} { }"), "{none} { }");
        assert_eq!(
            samples.fill(&json!([{ "a": "{today}", "b": 1 }])),
            json!([{ "a": "2026-02-27", "b": 1 }])
        );
    }
}
