//! Normalisation of phone numbers to E.164.

use std::sync::{LazyLock, PoisonError};

use phonenumber::{
    Mode, PhoneNumber, country,
    metadata::{DATABASE, Database},
};

use crate::text::{is_digits, nfkc};

/// Number of cached compiled patterns: about all there are.
const PATTERNS: usize = 2_048;

/// A phone number that can be dialled from anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    /// `+`, country code and national number, digits only (ITU-T E.164), e.g. `+8613800138000`.
    pub e164: String,
    /// The region, two letters by ISO 3166-1, if the numbering plan determines it.
    pub region: Option<String>,
}

impl Phone {
    /// The last `n` digits, or all of them if there are fewer.
    pub fn tail(&self, n: usize) -> &str {
        let digits = self.e164.trim_start_matches('+');
        digits.get(digits.len().saturating_sub(n)..).unwrap_or(digits)
    }
}

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// No digit.
    #[error("the phone number is empty")]
    Empty,
    /// A letter or another character that phone numbers don't have.
    #[error("the phone number contains characters other than digits and separators")]
    Character,
    /// The default region has no numbering plan.
    #[error("the region for phone numbers without country code is unknown")]
    Region,
    /// A placeholder: `11111111`, `12345678`, `13800000000`.
    #[error("the phone number is a placeholder")]
    Placeholder,
    /// No such number in the numbering plan of its country.
    #[error("the phone number does not exist in its country's numbering plan")]
    Invalid,
}

/// The number in E.164 form. `default_region` is the region (ISO 3166-1, two letters) of a number written
/// without country code: `"CN"` for hotels of mainland China. An extension is dropped, since it identifies
/// a desk and not a line.
///
/// # Errors
///
/// [`PhoneError`]; numbering plans are those of Google's libphonenumber.
pub fn normalise_phone(text: &str, default_region: &str) -> Result<Phone, PhoneError> {
    let dialled = dialled(text)?;
    let digits = dialled.trim_start_matches('+');
    if is_placeholder(digits) {
        return Err(PhoneError::Placeholder);
    }
    if let Some(phone) = mainland_mobile(&dialled, default_region) {
        return if is_placeholder(phone.tail(11)) { Err(PhoneError::Placeholder) } else { Ok(phone) };
    }
    let region: country::Id = default_region.to_ascii_uppercase().parse().map_err(|_| PhoneError::Region)?;
    if plans().by_id(region.as_ref()).is_none() {
        return Err(PhoneError::Region);
    }
    let region = if dialled.starts_with('+') { None } else { Some(region) };
    let number = phonenumber::parse(region, &dialled).map_err(|_| PhoneError::Invalid)?;
    if is_placeholder(&number.national().to_string()) {
        return Err(PhoneError::Placeholder);
    }
    if !number.is_valid() {
        return Err(PhoneError::Invalid);
    }
    Ok(phone(&number))
}

/// The numbering plans. The library caches a hundred compiled patterns, too few for guests from more than ten
/// countries: it would recompile most of them for each number, which takes a hundred times as long as matching.
fn plans() -> &'static Database {
    static PLANS: LazyLock<&Database> = LazyLock::new(|| {
        let plans = &*DATABASE;
        plans.cache().lock().unwrap_or_else(PoisonError::into_inner).set_capacity(PATTERNS);
        plans
    });
    *PLANS
}

/// The country calling code of a region (ISO 3166-1, two letters), if there is one.
pub(crate) fn calling_code(region: &str) -> Option<u16> {
    plans().by_id(&region.to_ascii_uppercase()).map(|plan| plan.country_code())
}

fn phone(number: &PhoneNumber) -> Phone {
    Phone {
        e164: number.format().mode(Mode::E164).to_string(),
        region: number.country().id().map(|id| id.as_ref().to_owned()),
    }
}

/// The digits to dial, with a leading `+` if a country code comes first.
fn dialled(text: &str) -> Result<String, PhoneError> {
    let text = nfkc(text).to_lowercase();
    let text = text.strip_prefix("tel:").unwrap_or(&text);
    let end = ["ext", "x", "#", "转", "轉", "分机", "分機", ";", ","]
        .into_iter()
        .filter_map(|mark| text.find(mark))
        .min()
        .unwrap_or(text.len());
    // "+49 (0)30": the trunk zero is for callers inside the country.
    let text = text[..end].replace("(0)", "");

    let mut dialled = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => dialled.push(c),
            '+' if dialled.is_empty() => dialled.push(c),
            '-' | '.' | '/' | '(' | ')' | '·' | '\u{2010}'..='\u{2015}' => {}
            _ if c.is_whitespace() => {}
            _ => return Err(PhoneError::Character),
        }
    }
    // 00 is the international prefix almost everywhere, and no national number begins with it.
    if let Some(abroad) = dialled.strip_prefix("00") {
        dialled = format!("+{abroad}");
    }
    if dialled.bytes().any(|byte| byte.is_ascii_digit()) { Ok(dialled) } else { Err(PhoneError::Empty) }
}

/// Mobile numbers of mainland China are recognised by their shape, eleven digits beginning 13 to 19: carriers
/// open ranges faster than tables follow, and they are most of the numbers given to a hotel here.
fn mainland_mobile(dialled: &str, default_region: &str) -> Option<Phone> {
    let national = dialled.strip_prefix("+86").or_else(|| {
        default_region.eq_ignore_ascii_case("CN").then(|| dialled.strip_prefix("86").unwrap_or(dialled))
    })?;
    let fits =
        national.len() == 11 && is_digits(national) && matches!(national.as_bytes(), [b'1', b'3'..=b'9', ..]);
    fits.then(|| Phone { e164: format!("+86{national}"), region: Some("CN".to_owned()) })
}

/// One digit throughout, or in the last eight; or digits counting up or down.
pub(crate) fn is_placeholder(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let one_digit = |part: &[u8]| part.windows(2).all(|pair| pair[0] == pair[1]);
    let counted = |step: u8| bytes.windows(2).all(|pair| (pair[0] - b'0' + step) % 10 == pair[1] - b'0');
    let repeated = bytes.len().checked_sub(8).is_some_and(|start| one_digit(&bytes[start..]));
    bytes.len() >= 5 && (one_digit(bytes) || repeated || counted(1) || counted(9))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_form_for_what_people_write() {
        for (region, typed, e164, found) in [
            ("CN", "13800138000", "+8613800138000", Some("CN")),
            ("CN", "138 0013 8000", "+8613800138000", Some("CN")),
            ("CN", "138-0013-8000", "+8613800138000", Some("CN")),
            ("CN", "１３８００１３８０００", "+8613800138000", Some("CN")),
            ("CN", "008613800138000", "+8613800138000", Some("CN")),
            ("CN", "+86 138 0013 8000", "+8613800138000", Some("CN")),
            ("cn", "8613800138000", "+8613800138000", Some("CN")),
            ("US", "+86 (138) 0013.8000", "+8613800138000", Some("CN")),
            ("CN", "tel:+86-13800138000", "+8613800138000", Some("CN")),
            ("CN", "010 6512 3456", "+861065123456", Some("CN")),
            ("CN", "(021) 6123-4567 转 812", "+862161234567", Some("CN")),
            ("CN", "0755-12345678", "+8675512345678", Some("CN")),
            ("CN", "4008123123", "+864008123123", Some("CN")),
            ("CN", "+852 2123 4567", "+85221234567", Some("HK")),
            ("CN", "00886 912 345 678", "+886912345678", Some("TW")),
            ("TW", "0912 345 678", "+886912345678", Some("TW")),
            ("CN", "+1 212 555 0123 ext. 4", "+12125550123", Some("US")),
            ("US", "(212) 555-0123", "+12125550123", Some("US")),
            ("CN", "+44 (0)20 7946 0958", "+442079460958", Some("GB")),
            ("DE", "030 12345678", "+493012345678", Some("DE")),
            // The leading zero belongs to the number in Italy; San Marino and the Vatican share +39.
            ("CN", "+39 06 698 12345", "+390669812345", None),
        ] {
            let phone = normalise_phone(typed, region).map_err(|error| (typed, error)).unwrap();
            assert_eq!(phone.e164, e164, "{typed}");
            if found.is_some() {
                assert_eq!(phone.region.as_deref(), found, "{typed}");
            }
        }
    }

    #[test]
    fn errors_name_the_reason() {
        use PhoneError::*;
        for (region, typed, expected) in [
            ("CN", "", Empty),
            ("CN", " + ", Empty),
            ("CN", "n/a", Character),
            ("CN", "138o0138000", Character),
            ("CN", "138+00138000", Character),
            ("CN", "0412", Invalid),
            ("CN", "1380013800", Invalid),
            ("CN", "138001380001", Invalid),
            ("CN", "3081947262", Invalid),
            ("CN", "+999 1234 5670", Invalid),
            ("CN", "00000000000", Placeholder),
            ("CN", "11111111111", Placeholder),
            ("CN", "12345678", Placeholder),
            ("CN", "87654321", Placeholder),
            ("CN", "1234567890", Placeholder),
            ("CN", "13800000000", Placeholder),
            ("CN", "+86 138 0000 0000", Placeholder),
            ("CN", "0086 18888888888", Placeholder),
            ("XX", "021 6123 4567", Region),
            ("", "021 6123 4567", Region),
        ] {
            assert_eq!(normalise_phone(typed, region), Err(expected), "{typed}");
        }
    }

    #[test]
    fn tails() {
        let phone = normalise_phone("13800138000", "CN").unwrap();
        assert_eq!(phone.tail(4), "8000");
        assert_eq!(phone.tail(8), "00138000");
        assert_eq!(phone.tail(0), "");
        assert_eq!(phone.tail(99), "8613800138000");
    }

    fn is_stable(text: &str, region: &str) -> bool {
        normalise_phone(text, region).is_ok_and(|once| normalise_phone(&once.e164, region) == Ok(once))
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>(), region in "[A-Z]{0,2}") {
            prop_assert!(normalise_phone(&text, &region).is_err() || is_stable(&text, &region));
        }

        #[test]
        fn number_like_text_is_stable(text in "(\\+|00|0)?[0-9 ()-]{5,14}", region in "CN|HK|US|DE|IT") {
            prop_assert!(normalise_phone(&text, &region).is_err() || is_stable(&text, &region));
        }
    }
}
