//! How events are declared, written and read.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The fields of an event as they are stored, without its name and version.
pub type Fields = Map<String, Value>;

/// Converts the fields of one version of an event to those of the next.
pub type Upcast = fn(&mut Fields);

/// The key of an event's name among its stored fields.
pub const NAME: &str = "event";
/// The key of its version.
pub const VERSION: &str = "v";

/// A stored event that cannot be read. The text contains no field: they may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// No event of this name.
    #[error("unknown event {0}")]
    UnknownName(String),
    /// A version before the first or after the current one.
    #[error("event {name} has no version {version}")]
    UnknownVersion {
        /// The event.
        name: String,
        /// The version.
        version: u16,
    },
    /// The fields do not match the version of the event.
    #[error("the fields do not match event {0}")]
    Fields(String),
}

/// An event as it is stored: its version beside its name and fields.
#[derive(Serialize)]
pub(crate) struct Stored<'a, T> {
    /// The version of its fields.
    pub(crate) v: u16,
    /// Name and fields.
    #[serde(flatten)]
    pub(crate) event: &'a T,
}

/// Reads the fields of an event of an area. `upcasts` lead from the first version to the current one, step by step.
pub(crate) fn read<T: DeserializeOwned>(
    name: &str,
    upcasts: &[Upcast],
    version: u16,
    mut fields: Fields,
) -> Result<T, EventError> {
    let passed = version.checked_sub(1).map(usize::from).and_then(|passed| upcasts.get(passed..));
    let Some(upcasts) = passed else {
        return Err(EventError::UnknownVersion { name: name.to_owned(), version });
    };
    for upcast in upcasts {
        upcast(&mut fields);
    }
    fields.insert(NAME.to_owned(), Value::from(name));
    fields.remove(VERSION);
    serde_json::from_value(Value::Object(fields)).map_err(|_| EventError::Fields(name.to_owned()))
}

/// Declares an area of events: an enum whose variants each have a stable name, and the upcasts from its earlier versions to the
/// current one. An event without upcasts is in its first version.
macro_rules! events {
    (
        $(#[$meta:meta])*
        pub enum $area:ident {
            $(
                $(#[$vmeta:meta])*
                $variant:ident = $name:literal $(after [$($upcast:path),+ $(,)?])? {
                    $($(#[$fmeta:meta])* $field:ident: $type:ty),* $(,)?
                }
            ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(tag = "event")]
        pub enum $area {
            $(
                $(#[$vmeta])*
                #[serde(rename = $name)]
                $variant { $($(#[$fmeta])* $field: $type),* },
            )+
        }

        impl $area {
            /// Names and current versions.
            pub const ALL: &'static [(&'static str, u16)] =
                &[$(($name, 1 $(+ [$($upcast as $crate::event::define::Upcast),+].len() as u16)?)),+];

            /// The stable name, which is the journal's action.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)+ }
            }

            /// The version of its fields.
            pub const fn version(&self) -> u16 {
                match self {
                    $(Self::$variant { .. } => 1 $(+ [$($upcast as $crate::event::define::Upcast),+].len() as u16)?,)+
                }
            }

            /// Reads an event of this area in any of its versions; none if the name is not of the area.
            pub(crate) fn read(
                name: &str,
                version: u16,
                fields: $crate::event::define::Fields,
            ) -> Option<Result<Self, $crate::event::define::EventError>> {
                let upcasts: &[$crate::event::define::Upcast] = match name {
                    $($name => {
                        const UPCASTS: &[$crate::event::define::Upcast] =
                            &[$($($upcast as $crate::event::define::Upcast),+)?];
                        UPCASTS
                    })+
                    _ => return None,
                };
                Some($crate::event::define::read(name, upcasts, version, fields))
            }
        }
    };
}
pub(crate) use events;

#[cfg(test)]
#[expect(clippy::unwrap_used, unreachable_pub, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(fields: &mut Fields) {
        let number = fields.remove("no").unwrap_or_default();
        fields.insert("number".into(), number);
    }

    fn counted(fields: &mut Fields) {
        fields.insert("guests".into(), Value::from(1));
    }

    events! {
        /// An area for this test.
        pub enum DoorEvent {
            /// Its fields have changed twice.
            Open = "door.open" after [named, counted] {
                /// Which.
                number: String,
                /// By how many.
                guests: i64,
            },
            /// Its fields have never changed.
            Close = "door.close" {},
        }
    }

    fn read(name: &str, version: u16, fields: Value) -> Option<Result<DoorEvent, EventError>> {
        DoorEvent::read(name, version, fields.as_object().unwrap().clone())
    }

    #[test]
    fn old_versions_are_brought_to_the_present_form_step_by_step() {
        let open = |guests| Some(Ok(DoorEvent::Open { number: "7".into(), guests }));
        assert_eq!(read("door.open", 1, json!({ "no": "7" })), open(1));
        assert_eq!(read("door.open", 2, json!({ "number": "7" })), open(1));
        assert_eq!(read("door.open", 3, json!({ "number": "7", "guests": 4 })), open(4));
        assert_eq!(DoorEvent::ALL, [("door.open", 3), ("door.close", 1)]);
        let events = [DoorEvent::Open { number: "7".into(), guests: 1 }, DoorEvent::Close {}];
        assert!(
            events.iter().map(|event| (event.name(), event.version())).eq(DoorEvent::ALL.iter().copied())
        );
        let written = serde_json::to_value(Stored { v: 3, event: &open(4).unwrap().unwrap() }).unwrap();
        assert_eq!(written, json!({ "event": "door.open", "v": 3, "number": "7", "guests": 4 }));
        assert_eq!(read("door.open", 3, written), open(4));
    }

    #[test]
    fn what_is_no_event_is_told_without_its_fields() {
        let unknown = |version| EventError::UnknownVersion { name: "door.open".into(), version };
        assert_eq!(read("door.open", 0, json!({})), Some(Err(unknown(0))));
        assert_eq!(read("door.open", 4, json!({})), Some(Err(unknown(4))));
        let wrong = read("door.open", 3, json!({ "number": "13812345678" })).unwrap().unwrap_err();
        assert_eq!(wrong.to_string(), "the fields do not match event door.open");
        assert_eq!(read("window.open", 1, json!({})), None);
    }
}
