//! Location of an error in a request.

use std::{borrow::Cow, fmt};

/// A JSON pointer (RFC 6901) into a request's body, built segment by segment: `/rooms/0/arrival`. The empty
/// pointer is the whole body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointer(String);

impl Pointer {
    /// The pointer to a field of this location.
    #[must_use]
    pub fn field(mut self, name: &str) -> Self {
        self.0.push('/');
        self.0.push_str(&name.replace('~', "~0").replace('/', "~1"));
        self
    }

    /// The pointer to an element of this list, counted from 0.
    #[must_use]
    pub fn item(self, index: usize) -> Self {
        self.field(&index.to_string())
    }

    /// This location within `prefix`, a location in a larger body.
    #[must_use]
    pub fn under(self, prefix: impl Into<Self>) -> Self {
        let mut whole = prefix.into();
        whole.0.push_str(&self.0);
        whole
    }

    /// The pointer as RFC 6901 writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The part of a request that an error is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Place {
    /// The request as a whole, for instance because the record is in another state.
    #[default]
    Request,
    /// A value in the body.
    Body(Pointer),
    /// A parameter of the URL, by its name.
    Parameter(Cow<'static, str>),
    /// A header, by its name.
    Header(&'static str),
}

impl Place {
    /// A parameter of the URL.
    pub fn parameter(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Parameter(name.into())
    }

    /// A location in a part of the body as a location in the whole body; other locations stay as they are.
    #[must_use]
    pub fn under(self, prefix: impl Into<Pointer>) -> Self {
        match self {
            Self::Body(pointer) => Self::Body(pointer.under(prefix)),
            other => other,
        }
    }

    /// The pointer, for a value in the body.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Body(pointer) => Some(pointer.as_str()),
            _ => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => f.write_str("request"),
            Self::Body(pointer) => pointer.fmt(f),
            Self::Parameter(name) => write!(f, "parameter {name}"),
            Self::Header(name) => write!(f, "header {name}"),
        }
    }
}

impl From<()> for Place {
    fn from((): ()) -> Self {
        Self::Request
    }
}

/// Short forms of a pointer: `"window"`, `("rooms", i)`, `("rooms", i, "arrival")`.
macro_rules! written_as {
    ($($pattern:pat => $type:ty = $pointer:expr;)+) => {
        $(
            impl From<$type> for Pointer {
                fn from($pattern: $type) -> Self {
                    $pointer
                }
            }

            impl From<$type> for Place {
                fn from(written: $type) -> Self {
                    Self::Body(written.into())
                }
            }
        )+
    };
}

written_as! {
    name => &str = Self::default().field(name);
    (outer, inner) => (&str, &str) = Self::default().field(outer).field(inner);
    (list, index) => (&str, usize) = Self::default().field(list).item(index);
    (list, index, name) => (&str, usize, &str) = Self::default().field(list).item(index).field(name);
}

impl From<Pointer> for Place {
    fn from(pointer: Pointer) -> Self {
        Self::Body(pointer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pointers_are_written_as_rfc_6901_has_them() {
        assert_eq!(Pointer::default().as_str(), "");
        assert_eq!(Pointer::from(("rooms", 0, "arrival")).as_str(), "/rooms/0/arrival");
        assert_eq!(Pointer::default().field("a/b~c").as_str(), "/a~1b~0c");
        assert_eq!(
            Place::from(("phones", 1)).under(("guest", "profile")).pointer(),
            Some("/guest/profile/phones/1")
        );
        assert_eq!(Place::parameter("limit").under("guest"), Place::parameter("limit"));
    }

    proptest! {
        #[test]
        fn a_pointer_leads_back_to_its_segments(segments in prop::collection::vec(any::<String>(), 0..5)) {
            let pointer = segments.iter().fold(Pointer::default(), |pointer, segment| pointer.field(segment));
            let read: Vec<String> = pointer.as_str().split('/').skip(1)
                .map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect();
            prop_assert_eq!(read, segments);
        }
    }
}
