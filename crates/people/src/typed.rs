//! Messages about an invalid phone, e-mail address or document, by the rule it breaks.

use hefu_domain::{Message, message::Codes};
use hefu_identity::{
    document::{DocumentError, DocumentType},
    email::EmailError,
    phone::PhoneError,
};

pub(crate) const fn no_phone(error: PhoneError) -> Message {
    match error {
        PhoneError::Empty => Message::PhoneEmpty,
        PhoneError::Character => Message::PhoneCharacter,
        PhoneError::Region => Message::PhoneRegion,
        PhoneError::Placeholder => Message::PhonePlaceholder,
        PhoneError::Invalid => Message::PhoneInvalid,
    }
}

pub(crate) const fn no_email(error: EmailError) -> Message {
    match error {
        EmailError::Empty => Message::EmailEmpty,
        EmailError::At => Message::EmailAt,
        EmailError::Local => Message::EmailLocal,
        EmailError::Domain => Message::EmailDomain,
    }
}

pub(crate) const fn no_document(error: DocumentError) -> Message {
    match error {
        DocumentError::Empty => Message::DocumentEmpty,
        DocumentError::Length => Message::DocumentLength,
        DocumentError::Character => Message::DocumentCharacter,
        DocumentError::Prefix => Message::DocumentPrefix,
        DocumentError::Province => Message::DocumentProvince,
        DocumentError::BirthDate => Message::DocumentBirth,
        DocumentError::CheckDigit => Message::DocumentCheckDigit,
    }
}

pub(crate) fn no_document_type() -> Message {
    Message::DocumentKind { known: Codes::of(DocumentType::ALL.map(DocumentType::as_str)) }
}
