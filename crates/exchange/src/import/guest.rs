//! The guests of a row. What the file says of a guest and cannot be read costs nobody the stay: it is left out and flagged.

use hefu_app::import::{Flagged, IncomingGuest, Refusal};
use hefu_app::people::profile::{DocumentInput, GuestInput, normalise, search_keys};
use hefu_domain::{guest::Profile, message::Why};
use hefu_identity::{
    document::{DocumentType, normalise_document},
    email::normalise_email,
    phone::{PhoneError, normalise_phone},
};
use hefu_synthetic::{Person, Sex};

use crate::source::{
    PersonRecord,
    region::{self, Country},
};

/// Characters of a record's key in another system at most, as at the desk.
const LONGEST_ID: usize = 200;

/// Characters of a name at most.
const LONGEST_NAME: usize = 200;

/// The fewest digits that may be a phone number.
const FEWEST_DIGITS: usize = 5;

/// What of the guest was changed or left out.
#[derive(Default)]
pub(super) struct Flags(pub(super) Vec<Flagged>);

impl Flags {
    fn add(&mut self, field: &str, outcome: &str) {
        let flag = Flagged { field: field.to_owned(), outcome: outcome.to_owned() };
        if !self.0.contains(&flag) {
            self.0.push(flag);
        }
    }

    pub(super) fn dropped(&mut self, field: &str) {
        self.add(field, "dropped");
    }
}

/// Where a guest's record comes from.
pub(super) struct Origin<'a> {
    /// Name of the map.
    pub(super) map: &'a str,
    /// Code of the property.
    pub(super) property: &'a str,
    /// Key of the row in its source.
    pub(super) row: &'a str,
    /// The guest of several in the row.
    pub(super) nth: usize,
    /// Country of the property.
    pub(super) region: Option<&'a str>,
    /// Country of the guest, as the file writes it.
    pub(super) nationality: Option<&'a str>,
}

/// A guest as the file describes them; `None` if it gives no name.
pub(super) fn described(
    person: &PersonRecord,
    origin: &Origin<'_>,
    flags: &mut Flags,
) -> Option<IncomingGuest> {
    let country = origin.nationality.and_then(region::country);
    let short = |text: &Option<String>, field: &str, most: usize, flags: &mut Flags| match text {
        Some(text) if text.chars().count() > most => {
            flags.add(field, "repaired");
            Some(text.chars().take(most).collect())
        }
        text => text.clone(),
    };
    let nationality = match (country, origin.nationality) {
        (Some(country), _) => Some(country.alpha_3.to_owned()),
        (None, Some(text)) if text.chars().count() <= 40 => Some(text.to_owned()),
        (None, Some(_)) => {
            flags.dropped("nationality");
            None
        }
        (None, None) => None,
    };
    let mut input = GuestInput {
        full_name: short(&person.full_name, "full_name", LONGEST_NAME, flags).unwrap_or_default(),
        surname: short(&person.surname, "surname", LONGEST_NAME, flags),
        given_name: short(&person.given, "given", LONGEST_NAME, flags),
        sex: person.sex.clone(),
        birth: person.birth,
        nationality,
        language: short(&person.language, "language", 40, flags),
        city: short(&person.city, "city", LONGEST_NAME, flags),
        address: short(&person.address, "address", 500, flags),
        ..GuestInput::default()
    };
    // What exports write where they know no name would make one guest of many.
    if is_no_name(&input.full_name) {
        input.full_name.clear();
    }
    input.surname = input.surname.filter(|name| !is_no_name(name));
    input.given_name = input.given_name.filter(|name| !is_no_name(name));
    if input.full_name.is_empty() && input.surname.is_none() {
        input.full_name = input.given_name.clone().unwrap_or_default();
    }
    for text in person.phones.iter().take(20) {
        phone(text, origin.region, country, &mut input, flags);
    }
    for text in person.emails.iter().take(20) {
        match email(text) {
            Some((email, is_repaired)) => {
                if is_repaired {
                    flags.add("email", "repaired");
                }
                input.emails.push(email);
            }
            None => flags.dropped("email"),
        }
    }
    if let Some(number) = &person.document_number {
        document(number, person.document_type.as_deref(), &mut input, flags);
    }
    let profile = match normalise(&input) {
        Ok(profile) => profile,
        Err(_) => {
            // Without a name there is no guest.
            flags.dropped("full_name");
            return None;
        }
    };
    let system = format!("import:{}", origin.map);
    let external_id = match &person.id {
        // Properties count their guests each for itself.
        Some(id) if id.chars().count() + origin.property.chars().count() < LONGEST_ID => {
            format!("{}/{id}", origin.property)
        }
        Some(_) => {
            flags.dropped("id");
            of_row(origin)
        }
        None => of_row(origin),
    };
    Some(IncomingGuest {
        system,
        external_id,
        keys: search_keys(&profile),
        record: serde_json::to_vec(&input).unwrap_or_default(),
        recognise: true,
        profile,
        room: 0,
    })
}

/// Whether a text stands for a name that is not known. `Na` and `None` are names of people.
fn is_no_name(text: &str) -> bool {
    matches!(
        text.trim().to_lowercase().as_str(),
        "n/a" | "#n/a" | "<na>" | "null" | "unknown" | "无" | "未知" | "不详"
    )
}

/// The key of a guest who has none: of the row, and which of its guests.
fn of_row(origin: &Origin<'_>) -> String {
    let row: String = origin.row.chars().take(LONGEST_ID - 60).collect();
    match origin.nth {
        0 => format!("{}/#{row}", origin.property),
        nth => format!("{}/#{row}/{}", origin.property, nth + 1),
    }
}

/// A phone number: of the property's country, of the guest's, or as it is typed.
fn phone(
    text: &str,
    region: Option<&str>,
    country: Option<Country>,
    input: &mut GuestInput,
    flags: &mut Flags,
) {
    // As a spreadsheet writes a number.
    let plain = text.trim().trim_start_matches('\'');
    let typed = match plain.strip_suffix(".0") {
        Some(whole) if whole.bytes().all(|byte| byte.is_ascii_digit()) => {
            flags.add("phone", "repaired");
            whole
        }
        _ => plain,
    };
    let digits = typed.bytes().filter(u8::is_ascii_digit).count();
    let regions = [region, country.map(|country| country.alpha_2)];
    let is_abroad = typed.starts_with('+') || typed.starts_with("00") || typed.starts_with('＋');
    let tried = regions.into_iter().flatten().map(|region| normalise_phone(typed, region));
    // A number that says its country needs no other.
    let tried = tried.chain(is_abroad.then(|| normalise_phone(typed, "CN")));
    let with_code = regions.into_iter().flatten().map(|region| {
        let number = normalise_phone(&format!("+{typed}"), region)?;
        if number.region.as_deref() == Some(region) { Ok(number) } else { Err(PhoneError::Invalid) }
    });
    let mut fault = None;
    for read in tried.chain(with_code) {
        match read {
            Ok(phone) => return input.phones.push(phone.e164),
            Err(error) => {
                fault.get_or_insert(error);
            }
        }
    }
    if digits < FEWEST_DIGITS
        || fault == Some(PhoneError::Placeholder)
        || fault == Some(PhoneError::Character)
        || typed.contains(['e', 'E'])
    {
        flags.dropped("phone");
    } else {
        flags.add("phone", "kept");
        input.phones_as_typed.push(typed.chars().take(60).collect());
    }
}

/// An e-mail address, and whether it was put right.
fn email(text: &str) -> Option<(String, bool)> {
    if let Ok(email) = normalise_email(text) {
        return Some((email, false));
    }
    let plain = text
        .trim()
        .trim_start_matches("mailto:")
        .trim_end_matches(['.', ',', '>', ')'])
        .trim_start_matches(['<', '(']);
    let plain: String = plain.chars().filter(|c| !c.is_whitespace()).collect();
    normalise_email(&plain).ok().map(|email| (email, true))
}

/// The kind of a document, as files call it.
fn document_type(text: &str) -> Option<DocumentType> {
    let plain: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    Some(match plain.as_str() {
        "身份证" | "居民身份证" | "二代身份证" | "idcard" | "residentid" | "nationalid" => {
            DocumentType::ResidentId
        }
        "护照" | "passport" | "pass" | "reisepass" | "passeport" | "pasaporte" | "passaporte" => {
            DocumentType::Passport
        }
        "港澳通行证" | "回乡证" | "港澳居民来往内地通行证" => DocumentType::HkMacauPermit,
        "台胞证" | "台湾居民来往大陆通行证" => DocumentType::TaiwanPermit,
        "港澳台居民居住证" => DocumentType::HkMacauTaiwanResidence,
        "外国人永久居留身份证" => DocumentType::ForeignPermanentResident,
        _ => return text.parse().ok(),
    })
}

fn document(number: &str, kind: Option<&str>, input: &mut GuestInput, flags: &mut Flags) {
    let known = kind.and_then(document_type);
    if kind.is_some() && known.is_none() {
        flags.dropped("document_type");
    }
    // Words such as "none" and numbers of a few digits identify nobody.
    if number.chars().filter(char::is_ascii_alphanumeric).count() < 4
        || !number.contains(|c: char| c.is_ascii_digit())
    {
        return flags.dropped("document_number");
    }
    match normalise_document(known, number)
        .or_else(|error| if known.is_some() { normalise_document(None, number) } else { Err(error) })
    {
        Ok(found) => input.documents.push(DocumentInput {
            kind: Some(found.kind.as_str().to_owned()),
            number: number.to_owned(),
            country: None,
            expires: None,
            verified: false,
        }),
        Err(_) => flags.dropped("document_number"),
    }
}

pub(super) fn invented(person: &Person, seed: u64, index: u64) -> Result<IncomingGuest, Refusal> {
    let sex = match person.sex {
        Sex::Male => "male",
        Sex::Female => "female",
    };
    let input = GuestInput {
        full_name: person.full_name.clone(),
        surname: Some(person.surname.clone()),
        given_name: Some(person.given.clone()),
        sex: Some(sex.into()),
        birth: Some(person.birth),
        nationality: Some(person.nationality.into()),
        language: Some(person.language.into()),
        phones: vec![person.phone.clone()],
        emails: person.email.iter().cloned().collect(),
        documents: vec![DocumentInput {
            kind: Some(person.document_type.into()),
            number: person.document_number.clone(),
            country: Some(person.nationality.into()),
            expires: None,
            verified: false,
        }],
        city: Some(person.city.clone()),
        ..GuestInput::default()
    };
    let profile = normalise(&input).map_err(|_| Refusal::of("people", Why::BadName))?;
    Ok(IncomingGuest {
        system: format!("synthetic:{seed}"),
        external_id: format!("{index:010}"),
        keys: search_keys(&profile),
        record: serde_json::to_vec(&input).unwrap_or_default(),
        recognise: false,
        profile,
        room: 0,
    })
}

/// The guest of bookings without people: one for each property.
pub(super) fn anonymous(property: &str) -> IncomingGuest {
    let profile = Profile { full_name: "Anonymous".into(), ..Profile::default() };
    IncomingGuest {
        system: "anonymous".into(),
        external_id: property.to_owned(),
        keys: search_keys(&profile),
        record: b"{}".to_vec(),
        recognise: false,
        profile,
        room: 0,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use chrono::NaiveDate;
    use hefu_identity::{
        name::name_keys,
        query::{Term, parse_query},
    };
    use hefu_synthetic::People;

    use super::*;

    /// What is stored of a person is what is looked for when somebody types it.
    #[test]
    fn whoever_is_invented_is_found_as_typed() {
        let people = People::new(7);
        let today = NaiveDate::from_ymd_opt(2026, 10, 3).unwrap();
        let terms = |text: &str| parse_query(text, today, "CN").terms;
        for index in 0..4_000 {
            let person = people.person(index, None);
            let profile = invented(&person, 7, index).unwrap().profile;
            let keys = name_keys(&profile.full_name);
            let by_name = terms(&profile.full_name).into_iter().any(
                |term| matches!(term, Term::Name(name) if name_keys(&name).iter().any(|key| keys.contains(key))),
            );
            assert!(by_name, "{}", profile.full_name);
            for phone in [&person.phone, &profile.phones[0]] {
                assert!(terms(phone).contains(&Term::Phone(profile.phones[0].clone())), "{phone}");
            }
            for number in [&person.document_number, &profile.documents[0].number] {
                let document = Term::Document(profile.documents[0].number.clone());
                assert!(terms(number).contains(&document), "{} {number}", person.document_type);
            }
        }
    }
}
