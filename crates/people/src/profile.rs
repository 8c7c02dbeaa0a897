//! A guest's data: as entered, normalised, as shown, and its search keys.

use hefu_core::{AppError, Result};
use hefu_domain::{
    Message, Pointer,
    guest::{Consent, Document, Profile},
};
use hefu_identity::{
    date::is_placeholder_birth,
    document::{DocumentType, normalise_document},
    email::normalise_email,
    name::{begin_keys, join_name, lookup_keys, normalise_name, part_keys, surname_key, written_parts},
    phone::normalise_phone,
};
use hefu_store::query::guest::SearchKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::typed::{no_document, no_document_type, no_email, no_phone};

/// The system name of profiles edited by a person of the property.
pub const DESK: &str = "desk";

/// Default region of phones without a country code.
pub const DEFAULT_REGION: &str = "CN";

/// Maximum length of a name, characters.
const LONGEST_NAME: usize = 200;

/// Maximum number of other names in one record.
const MOST_OTHER_NAMES: usize = 20;

/// Data about a guest as entered by a desk or a channel. Everything but the name is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GuestInput {
    /// Full name as its owner writes it.
    pub full_name: String,
    /// Other names of the same person: before a marriage, on an older passport. The guest is found and recognised by each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<String>,
    /// Family name, if known separately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Given name, if known separately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// `female` or `male`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    /// Date of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth: Option<chrono::NaiveDate>,
    /// Nationality, ISO 3166 alpha-3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// Language to write in, BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Phones, in any usual format.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Phone numbers that no numbering plan has, kept as another system wrote them: of a country nobody knows, or with a digit too few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones_as_typed: Vec<String>,
    /// E-mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Identity documents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentInput>,
    /// City of residence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Emergency contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_contact: Option<String>,
    /// Preferences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<String>,
    /// Consents given and refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Consent>,
    /// The record in another system that this is. The same record again is the same guest, whatever its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRef>,
}

/// A record of an external system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceRef {
    /// The system.
    pub system: String,
    /// The guest's key there.
    pub external_id: String,
}

/// An identity document as typed or scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentInput {
    /// `resident_id`, `passport`, `hk_macau_permit`, …; detected from the number when missing.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The number.
    pub number: String,
    /// Issuing country, ISO 3166 alpha-3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Last day of validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<chrono::NaiveDate>,
    /// Seen by a member of staff or a document reader: the name on it has precedence over names entered elsewhere.
    #[serde(default)]
    pub verified: bool,
}

/// Normalises the input.
///
/// # Errors
/// [`hefu_domain::Rule::Invalid`] with the field of the input; the text never repeats the value.
pub fn normalise(input: &GuestInput) -> Result<Profile> {
    let some = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let full_name = match (input.full_name.trim(), some(&input.surname), some(&input.given_name)) {
        ("", Some(surname), Some(given)) => join_name(&surname, &given),
        ("", Some(surname), None) => surname,
        (full, ..) => full.to_owned(),
    };
    if normalise_name(&full_name).is_empty() {
        return Err(AppError::invalid("full_name", Message::GuestNeedsName));
    }
    if let Some(source) = &input.source {
        let fits = |text: &str| (1..=200).contains(&text.trim().chars().count());
        for (name, text) in [("system", &source.system), ("external_id", &source.external_id)] {
            if !fits(text) {
                return Err(AppError::invalid(("source", name), Message::Length { from: 1, to: 200 }));
            }
        }
        // Hefu's own name, which distinguishes a guest's records.
        if [DESK, "hefu", "anonymous"].contains(&source.system.as_str()) {
            return Err(AppError::invalid(("source", "system"), Message::SourceNameReserved));
        }
    }
    if full_name.chars().count() > LONGEST_NAME {
        return Err(AppError::invalid("full_name", Message::AtMostCharacters { most: LONGEST_NAME }));
    }
    if input.other_names.len() > MOST_OTHER_NAMES {
        return Err(AppError::invalid("other_names", Message::ItemCount { from: 0, to: MOST_OTHER_NAMES }));
    }
    let mut other_names: Vec<String> = Vec::new();
    for (i, name) in input.other_names.iter().map(|name| name.trim()).enumerate() {
        if normalise_name(name).is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(AppError::invalid(("other_names", i), Message::NameForm { most: LONGEST_NAME }));
        }
        if name != full_name && !other_names.iter().any(|known| known == name) {
            other_names.push(name.to_owned());
        }
    }
    check_amounts(input)?;
    let (surname, given_name) = match (some(&input.surname), some(&input.given_name)) {
        (Some(surname), Some(given_name)) => (Some(surname), Some(given_name)),
        (surname, given_name) => {
            let (of_surname, of_given_name) = written_parts(&full_name);
            (surname.or(of_surname), given_name.or(of_given_name))
        }
    };
    let mut profile = Profile {
        surname,
        given_name,
        full_name,
        other_names,
        sex: some(&input.sex),
        birth: input.birth.filter(|birth| !is_placeholder_birth(*birth)),
        nationality: some(&input.nationality).map(|text| text.to_uppercase()),
        language: some(&input.language),
        city: some(&input.city),
        address: some(&input.address),
        emergency_contact: some(&input.emergency_contact),
        preferences: input.preferences.clone(),
        consents: input.consents.clone(),
        ..Profile::default()
    };
    for (i, text) in input.phones.iter().enumerate() {
        let phone = normalise_phone(text, DEFAULT_REGION)
            .map_err(|e| AppError::invalid(("phones", i), no_phone(e)))?;
        if !profile.phones.contains(&phone.e164) {
            profile.phones.push(phone.e164);
        }
    }
    for typed in input.phones_as_typed.iter().map(|typed| typed.trim()) {
        if !typed.is_empty() && !profile.phones.iter().any(|known| known == typed) {
            profile.phones.push(typed.to_owned());
        }
    }
    for (i, text) in input.emails.iter().enumerate() {
        let email = normalise_email(text).map_err(|e| AppError::invalid(("emails", i), no_email(e)))?;
        if !profile.emails.contains(&email) {
            profile.emails.push(email);
        }
    }
    for (i, document) in input.documents.iter().enumerate() {
        let at = |what| ("documents", i, what);
        let kind = match &document.kind {
            None => None,
            Some(kind) => Some(
                kind.parse::<DocumentType>()
                    .map_err(|_| AppError::invalid(at("type"), no_document_type()))?,
            ),
        };
        let found = normalise_document(kind, &document.number)
            .map_err(|e| AppError::invalid(at("number"), no_document(e)))?;
        profile.birth = profile.birth.or(found.birth);
        let kind = found.kind.as_str().to_owned();
        if !profile.documents.iter().any(|known| known.kind == kind && known.number == found.number) {
            profile.documents.push(Document {
                kind,
                number: found.number,
                country: some(&document.country).map(|text| text.to_uppercase()),
                expires: document.expires,
                verified: document.verified,
            });
        }
    }
    Ok(profile)
}

/// Most phones, e-mail addresses, documents of one guest.
const MOST_CONTACTS: usize = 20;
/// Most wishes, and most consents.
const MOST_WISHES: usize = 100;
/// Most characters of a postal address, of a wish, and of whom to call.
const LONGEST_TEXT: usize = 500;
/// Most characters of a phone, an e-mail address and a document's number as they are typed.
const LONGEST_CONTACT: usize = 254;
/// Most characters of a code: a country, a language, a document's type, a sex.
const LONGEST_CODE: usize = 40;

/// Refuses more of anything than one person has.
fn check_amounts(input: &GuestInput) -> Result<()> {
    let at_most = |at: Pointer, text: &str, most: usize| match text.chars().nth(most) {
        None => Ok(()),
        Some(_) => Err(AppError::invalid(at, Message::AtMostCharacters { most })),
    };
    let texts: [(&str, &Option<String>, usize); 8] = [
        ("surname", &input.surname, LONGEST_NAME),
        ("given_name", &input.given_name, LONGEST_NAME),
        ("sex", &input.sex, LONGEST_CODE),
        ("nationality", &input.nationality, LONGEST_CODE),
        ("language", &input.language, LONGEST_CODE),
        ("city", &input.city, LONGEST_NAME),
        ("address", &input.address, LONGEST_TEXT),
        ("emergency_contact", &input.emergency_contact, LONGEST_TEXT),
    ];
    for (field, text, most) in texts {
        at_most(Pointer::default().field(field), text.as_deref().unwrap_or_default(), most)?;
    }
    let lists: [(&str, usize, usize); 6] = [
        ("phones", input.phones.len(), MOST_CONTACTS),
        ("phones_as_typed", input.phones_as_typed.len(), MOST_CONTACTS),
        ("emails", input.emails.len(), MOST_CONTACTS),
        ("documents", input.documents.len(), MOST_CONTACTS),
        ("preferences", input.preferences.len(), MOST_WISHES),
        ("consents", input.consents.len(), MOST_WISHES),
    ];
    for (field, count, most) in lists {
        if count > most {
            return Err(AppError::invalid(field, Message::ItemCount { from: 0, to: most }));
        }
    }
    let item = |field: &str, i: usize| Pointer::default().field(field).item(i);
    for (field, texts, most) in [
        ("phones", &input.phones, LONGEST_CONTACT),
        ("phones_as_typed", &input.phones_as_typed, LONGEST_CONTACT),
        ("emails", &input.emails, LONGEST_CONTACT),
        ("preferences", &input.preferences, LONGEST_TEXT),
    ] {
        for (i, text) in texts.iter().enumerate() {
            at_most(item(field, i), text, most)?;
        }
    }
    for (i, document) in input.documents.iter().enumerate() {
        let at = |field: &str| item("documents", i).field(field);
        at_most(at("number"), &document.number, LONGEST_CONTACT)?;
        at_most(at("type"), document.kind.as_deref().unwrap_or_default(), LONGEST_CODE)?;
        at_most(at("country"), document.country.as_deref().unwrap_or_default(), LONGEST_CODE)?;
    }
    Ok(())
}

/// Kinds of search keys. They are part of every stored token: a new name needs a re-index.
pub mod keys {
    /// Document number.
    pub const DOCUMENT: &str = "document";
    /// Last four characters of a document number.
    pub const DOCUMENT_TAIL: &str = "document_tail";
    /// Phone, E.164.
    pub const PHONE: &str = "phone";
    /// Last four digits of a phone.
    pub const PHONE_TAIL: &str = "phone_tail";
    /// E-mail address.
    pub const EMAIL: &str = "email";
    /// A full name in one of its forms.
    pub const NAME: &str = "name";
    /// A surname or a given name.
    pub const NAME_PART: &str = "name_part";
    /// The first letters of a word of a name.
    pub const NAME_BEGIN: &str = "name_begin";
    /// Surname and date of birth.
    pub const SURNAME_BIRTH: &str = "surname_birth";
}

/// The last four characters: what people remember of a number.
pub fn tail(text: &str) -> &str {
    text.char_indices().rev().nth(3).map_or(text, |(at, _)| &text[at..])
}

/// All search keys of a guest. Of the keys of a name those that are looked up are kept: names that have another in common have one of these, too, and
/// each key weighs fifty bytes on disk and more.
pub fn search_keys(profile: &Profile) -> Vec<SearchKey> {
    let mut names: Vec<String> = profile.names().flat_map(lookup_keys).collect();
    names.sort_unstable();
    names.dedup();
    let mut found: Vec<SearchKey> = names.into_iter().map(|name| (keys::NAME, name)).collect();
    let mut parts: Vec<String> = profile.names().flat_map(part_keys).collect();
    parts.sort_unstable();
    parts.dedup();
    found.extend(parts.into_iter().map(|part| (keys::NAME_PART, part)));
    let mut begins: Vec<String> = profile.names().flat_map(begin_keys).collect();
    begins.sort_unstable();
    begins.dedup();
    found.extend(begins.into_iter().map(|begin| (keys::NAME_BEGIN, begin)));
    for phone in &profile.phones {
        found.push((keys::PHONE, phone.clone()));
        found.push((keys::PHONE_TAIL, tail(phone).to_owned()));
    }
    for email in &profile.emails {
        found.push((keys::EMAIL, email.clone()));
    }
    for document in &profile.documents {
        found.push((keys::DOCUMENT, document.number.clone()));
        found.push((keys::DOCUMENT_TAIL, tail(&document.number).to_owned()));
    }
    if let Some(birth) = profile.birth {
        let own = profile.surname.as_deref().unwrap_or(&profile.full_name);
        let mut surnames: Vec<String> =
            std::iter::once(own).chain(profile.names().skip(1)).filter_map(surname_key).collect();
        surnames.sort_unstable();
        surnames.dedup();
        found.extend(surnames.into_iter().map(|name| (keys::SURNAME_BIRTH, format!("{name} {birth}"))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_full_name_are_kept_as_typed() {
        let input = GuestInput { full_name: "Groß, Anna".into(), ..GuestInput::default() };
        let profile = normalise(&input).ok();
        let parts =
            profile.as_ref().map(|profile| (profile.surname.as_deref(), profile.given_name.as_deref()));
        assert_eq!(parts, Some((Some("Groß"), Some("Anna"))));
    }

    #[test]
    fn tails_are_the_last_four_characters() {
        assert_eq!(tail("11010519491231002X"), "002X");
        assert_eq!(tail("+8613800138000"), "8000");
        assert_eq!(tail("é1"), "é1");
    }
}
