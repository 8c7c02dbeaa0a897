//! Possible meanings of a part of the typed text.

/// One possible meaning of a part of the typed text, in the normal form in which it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Term {
    /// The number of a visit, or one of another system: letters and digits, upper case.
    Number(String),
    /// A room number, upper case, as on the door.
    Room(String),
    /// A whole phone number in E.164.
    Phone(String),
    /// The last four to eight digits of a phone number.
    PhoneTail(String),
    /// A whole document number as [`crate::document::normalise_document`] gives it.
    Document(String),
    /// The last four to eight characters of a document number.
    DocumentTail(String),
    /// An e-mail address in lower case.
    Email(String),
    /// All words together as a name, as [`crate::name::normalise_name`] gives it.
    Name(String),
}
