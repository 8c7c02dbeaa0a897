//! Reads bodies and query parameters, and says of those that are malformed which value is meant and what belongs
//! there. A deserialiser's own text can quote what it was given; only its kind and what it expected are taken from it.

use hefu_domain::{
    Message, Place, Pointer,
    message::{Codes, Expected},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Deserializer, Path, Segment, Track};

/// Most characters of any text in a body.
pub(crate) const LONGEST_TEXT: usize = 1_000;

/// Why a request could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The value that is meant.
    pub(crate) at: Place,
    /// What is expected there.
    pub(crate) message: Message,
}

/// Reads a body.
///
/// # Errors
/// It is no JSON, or not of the type.
pub(crate) fn read_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    // Places are only followed once it is known that one is wanted.
    serde_json::from_slice(bytes).map_err(|_| explain_body::<T>(bytes))
}

/// The first text of a body that is longer than any may be, and refused as a value that does not fit; texts with a shorter limit of their own say so
/// themselves, and those of the names in `long`, at the top of the body, are documents. The body is JSON.
pub(crate) fn too_long(bytes: &[u8], long: &[&str]) -> Option<Pointer> {
    // A text of so many characters has as many bytes at least.
    if bytes.len() <= LONGEST_TEXT {
        return None;
    }
    let mut body: Value = serde_json::from_slice(bytes).ok()?;
    if let Value::Object(fields) = &mut body {
        fields.retain(|name, value| !(value.is_string() && long.contains(&name.as_str())));
    }
    let mut left = vec![(Pointer::default(), &body)];
    while let Some((at, value)) = left.pop() {
        match value {
            Value::String(text) if text.chars().nth(LONGEST_TEXT).is_some() => return Some(at),
            Value::Array(items) => {
                left.extend(items.iter().enumerate().rev().map(|(i, item)| (at.clone().item(i), item)));
            }
            // What else is in it was understood: these are names of fields.
            Value::Object(fields) => {
                left.extend(fields.iter().rev().map(|(name, value)| (at.clone().field(name), value)));
            }
            _ => {}
        }
    }
    None
}

fn explain_body<T: DeserializeOwned>(bytes: &[u8]) -> Malformed {
    let mut track = Track::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = T::deserialize(Deserializer::new(&mut json, &mut track)).and_then(|_| json.end());
    let Err(error) = read else {
        return Malformed { at: Place::Request, message: Message::Expected { what: Expected::Other } };
    };
    let syntax = |message| Malformed { at: Place::Request, message };
    match error.classify() {
        serde_json::error::Category::Data => {
            let (at, message) = wrong_value(&error.to_string(), pointer(&track.path()));
            Malformed { at: at.into(), message }
        }
        serde_json::error::Category::Eof => syntax(Message::JsonEndsEarly),
        _ => syntax(Message::NoJson { line: error.line(), column: error.column() }),
    }
}

/// Reads the parameters after the `?` of an address.
///
/// # Errors
/// One is missing or not of its type.
pub(crate) fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, Malformed> {
    let mut track = Track::new();
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    T::deserialize(Deserializer::new(pairs, &mut track)).map_err(|error| {
        let (at, message) = wrong_value(&error.to_string(), pointer(&track.path()));
        let name = at.as_str().trim_start_matches('/').to_owned();
        let at = if name.is_empty() { Place::Request } else { Place::parameter(name) };
        let message = match message {
            Message::MissingField => Message::MissingParameter,
            other => other,
        };
        Malformed { at, message }
    })
}

/// A place as a JSON pointer, as far as its names can be names of fields: others could be anything.
fn pointer(path: &Path) -> Pointer {
    let mut pointer = Pointer::default();
    for segment in path.iter() {
        pointer = match segment {
            Segment::Seq { index } => pointer.item(*index),
            Segment::Map { key: name } | Segment::Enum { variant: name } if is_field_name(name) => {
                pointer.field(name)
            }
            _ => break,
        };
    }
    pointer
}

fn is_field_name(name: &str) -> bool {
    (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// What is said of a value that serde refused with `said`, and where exactly.
fn wrong_value(said: &str, at: Pointer) -> (Pointer, Message) {
    // What is expected comes last and from our own types, so whatever was quoted stands before it.
    let expected = said.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    let expected = expected.split(" at line ").next().unwrap_or_default();
    let known = || Codes::of(expected.split('`').skip(1).step_by(2));
    let name = || said.split('`').nth(1).unwrap_or_default();
    let what = |what| Message::Expected { what };
    if said.starts_with("missing field `") {
        return (at.field(name()), Message::MissingField);
    }
    let message = if said.starts_with("unknown field `") {
        if known().0.is_empty() { Message::NoFields } else { Message::UnknownField { known: known() } }
    } else if said.starts_with("unknown variant `") {
        Message::OneOf { known: known() }
    } else if said.starts_with("duplicate field `") {
        Message::RepeatedField
    } else if said.starts_with("invalid type: ")
        || said.starts_with("invalid value: ")
        || said.starts_with("invalid length ")
    {
        what(of_serde(expected))
    } else {
        what(of_parser(said))
    };
    (at, message)
}

/// What a visitor of serde says that it expects.
fn of_serde(expected: &str) -> Expected {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => Expected::NotNegative,
        "i8" | "i16" | "i32" | "i64" | "isize" => Expected::WholeNumber,
        "f32" | "f64" => Expected::Number,
        "a boolean" => Expected::Boolean,
        "a string" | "a borrowed string" | "a character" | "string" | "str" => Expected::Text,
        "a sequence" => Expected::List,
        "a map" | "map" => Expected::Object,
        "a formatted date string" => Expected::Date,
        text if text.starts_with("a formatted date and time") => Expected::Moment,
        text if text.contains("UUID") => Expected::Id,
        text if text.starts_with("struct ") || text.contains("tagged enum ") => Expected::Object,
        text if text.starts_with("a tuple") || text.starts_with("an array") => Expected::List,
        _ => Expected::Other,
    }
}

/// What a parser behind a text wanted, by the way it refuses.
fn of_parser(said: &str) -> Expected {
    let said = said.split(" at line ").next().unwrap_or_default();
    match said {
        // chrono; what requests hold are dates.
        "input contains invalid characters"
        | "premature end of input"
        | "input is out of range"
        | "input is not enough for unique date and time"
        | "no possible date and time matching input"
        | "trailing input" => Expected::Date,
        "invalid digit found in string"
        | "cannot parse integer from empty string"
        | "number too large to fit in target type"
        | "number too small to fit in target type" => Expected::NotNegative,
        "invalid float literal" | "cannot parse float from empty string" => Expected::Number,
        "provided string was not `true` or `false`" => Expected::Boolean,
        text if text.starts_with("UUID parsing failed") => Expected::Id,
        text if text == hefu_kernel::MoneyError::Currency.to_string() => Expected::Currency,
        _ => Expected::Other,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_app::{people::profile::GuestInput, visit::book::Book};
    use hefu_domain::{Language, property::RoomState};
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    fn booking() -> Value {
        json!({
            "property": "SH01",
            "guest": { "profile": { "full_name": "Some One", "phones": ["1", "2"],
                "documents": [{ "type": "passport", "number": "1", "verified": true }] } },
            "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-03", "departure": "2026-10-05",
                "adults": 1, "prices": [1, 2] }],
            "deposits": [{ "due": "2026-10-01", "amount": 1 }],
            "walk_in": false, "state": "reserved", "guarantee": "none",
        })
    }

    fn of_booking(place: &str, value: Value) -> (String, Message) {
        let mut body = booking();
        *body.pointer_mut(place).unwrap() = value;
        let refused = read_body::<Book>(body.to_string().as_bytes()).unwrap_err();
        (refused.at.pointer().unwrap().to_owned(), refused.message)
    }

    #[test]
    fn a_wrong_value_is_pointed_at_wherever_it_stands() {
        assert!(read_body::<Book>(booking().to_string().as_bytes()).is_ok());
        let expected = |what| Message::Expected { what };
        for (place, value, what) in [
            ("/guest/profile/phones/1", json!(13800138000_i64), Expected::Text),
            ("/guest/profile/phones", json!("x"), Expected::List),
            ("/guest/profile/documents/0/verified", json!("yes"), Expected::Boolean),
            ("/rooms/0/arrival", json!("2026-02-30"), Expected::Date),
            ("/rooms/0/arrival", json!("tomorrow"), Expected::Date),
            ("/rooms/0/arrival", json!(5), Expected::Date),
            ("/rooms/0/adults", json!(1.5), Expected::WholeNumber),
            ("/rooms/0/prices/1", json!("2"), Expected::WholeNumber),
            ("/rooms/0", json!("x"), Expected::Object),
            ("/guest/profile", json!([1]), Expected::List),
        ] {
            let (at, message) = of_booking(place, value.clone());
            if place != "/guest/profile" {
                assert_eq!((at.as_str(), message), (place, expected(what)), "{value}");
            }
        }
        assert_eq!(of_booking("/state", json!("held")).0, "/state");
        let Message::OneOf { known } = of_booking("/state", json!("held")).1 else { panic!("no list") };
        assert!(known.0.contains(&"reserved".to_owned()), "{known:?}");
        let missing = of_booking("/rooms/0", json!({ "rate_plan": "BAR" }));
        assert_eq!(missing, ("/rooms/0/room_type".into(), Message::MissingField));
        let (at, message) = of_booking("/rooms/0", json!({ "arival": "2026-10-03" }));
        assert_eq!(at, "/rooms/0/arival");
        assert!(
            matches!(message, Message::UnknownField { known } if known.0.contains(&"arrival".to_owned()))
        );
        // A name that could be a person's is not repeated.
        assert_eq!(of_booking("/rooms/0", json!({ "Zhang Wei 1380013": 1 })).0, "/rooms/0");
    }

    #[test]
    fn what_is_no_json_is_told_by_its_place_in_the_text() {
        let said = |text: &str| read_body::<Book>(text.as_bytes()).unwrap_err();
        assert_eq!(said("{\n \"property\": x}").message, Message::NoJson { line: 2, column: 14 });
        assert_eq!(said("{} {}").at.pointer(), Some("/property"), "the first fault counts");
        assert_eq!(
            read_body::<GuestInput>(b"{} {}").unwrap_err().message,
            Message::NoJson { line: 1, column: 4 }
        );
        assert_eq!(said("{\"property\": \"SH").message, Message::JsonEndsEarly);
        assert_eq!(said("").message, Message::JsonEndsEarly);
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Asked {
        from: chrono::NaiveDate,
        limit: Option<i64>,
        open: Option<bool>,
        state: Option<RoomState>,
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        let said = |query: &str| {
            let refused = read_query::<Asked>(query).unwrap_err();
            (refused.at, refused.message)
        };
        assert!(read_query::<Asked>("from=2026-10-03&limit=5").is_ok());
        let expected = |name: &'static str, what| (Place::parameter(name), Message::Expected { what });
        assert_eq!(said(""), (Place::parameter("from"), Message::MissingParameter));
        assert_eq!(said("from=x"), expected("from", Expected::Date));
        assert_eq!(said("from=2026-10-03&limit=1e9"), expected("limit", Expected::NotNegative));
        assert_eq!(said("from=2026-10-03&open=no"), expected("open", Expected::Boolean));
        assert_eq!(said("from=2026-10-03&state=x").0, Place::parameter("state"));
    }

    /// Any JSON whose texts and numbers can be told from everything else.
    fn value() -> impl Strategy<Value = Value> {
        let secret = prop_oneof![
            "[a-z`,:\" ]{0,3}S3CR3T[ a-zé\"`:,]{0,12}".prop_map(Value::from),
            Just(json!("x`, expected `S3CR3T` at line 1")),
            Just(json!("S3CR3T, expected one of `a`, `b`")),
            (77_000_000..77_999_999_i64).prop_map(Value::from),
            (0..99).prop_map(|tail| json!(f64::from(tail) + 77_123_456.5)),
            Just(json!(true)),
            Just(json!(null)),
        ];
        secret.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(
                    (prop_oneof!["[a-z]{1,6}", Just("id".into()), Just("profile".into())], inner),
                    0..3
                )
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_text_repeats_a_value_of_a_body(value in value(), place in prop::sample::select(vec![
            "", "/property", "/guest", "/guest/profile", "/guest/profile/phones/0", "/guest/profile/documents/0/type",
            "/rooms/0", "/rooms/0/arrival", "/rooms/0/adults", "/deposits/0/due", "/state", "/guarantee", "/walk_in",
        ])) {
            let mut body = booking();
            *body.pointer_mut(place).unwrap() = value;
            if let Err(refused) = read_body::<Book>(body.to_string().as_bytes()) {
                for language in Language::ALL {
                    let text = format!("{} {}", refused.at, refused.message.text(language));
                    prop_assert!(!text.contains("S3CR3T") && !text.contains("77") && !text.contains("{"), "{text}");
                }
            }
        }

        #[test]
        fn no_text_repeats_a_parameter(value in "[a-z`,: ]{0,3}S3CR3T[a-zé`:, ]{0,8}", name in "(from|limit|open|state|other)") {
            let pairs = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            for query in [format!("from=2026-10-03&{pairs}"), pairs, value] {
                if let Err(refused) = read_query::<Asked>(&query) {
                    for language in Language::ALL {
                        let text = format!("{} {}", refused.at, refused.message.text(language));
                        prop_assert!(!text.contains("S3CR3T"), "{text}");
                    }
                }
            }
        }

        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = read_body::<Book>(&bytes);
            let _ = read_query::<Asked>(&String::from_utf8_lossy(&bytes));
        }
    }
}
