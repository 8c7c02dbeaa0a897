//! Identity documents and the rules for their numbers.

use std::str::FromStr;

use chrono::NaiveDate;
use hefu_kernel::UnknownCode;
use serde::{Deserialize, Serialize};

use crate::{
    date::is_birth,
    phone::is_placeholder,
    text::{compact, is_digits},
};

/// The documents a guest may register with in mainland China.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentType {
    /// Resident identity card of the People's Republic, 居民身份证 (GB 11643).
    ResidentId,
    /// Passport of any country (ICAO Doc 9303).
    Passport,
    /// Mainland travel permit for residents of Hong Kong and Macau, 港澳居民来往内地通行证.
    HkMacauPermit,
    /// Mainland travel permit for residents of Taiwan, 台湾居民来往大陆通行证.
    TaiwanPermit,
    /// Residence permit for residents of Hong Kong, Macau and Taiwan, 港澳台居民居住证.
    HkMacauTaiwanResidence,
    /// Permanent resident card of a foreigner, 外国人永久居留身份证.
    ForeignPermanentResident,
    /// Anything else: military, seafarer's and foreign cards.
    Other,
}

impl DocumentType {
    /// Every type, in the order of declaration.
    pub const ALL: [Self; 7] = [
        Self::ResidentId,
        Self::Passport,
        Self::HkMacauPermit,
        Self::TaiwanPermit,
        Self::HkMacauTaiwanResidence,
        Self::ForeignPermanentResident,
        Self::Other,
    ];

    /// The stable snake_case code, the same as in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResidentId => "resident_id",
            Self::Passport => "passport",
            Self::HkMacauPermit => "hk_macau_permit",
            Self::TaiwanPermit => "taiwan_permit",
            Self::HkMacauTaiwanResidence => "hk_macau_taiwan_residence",
            Self::ForeignPermanentResident => "foreign_permanent_resident",
            Self::Other => "other",
        }
    }
}

impl FromStr for DocumentType {
    type Err = UnknownCode;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownCode { kind: "DocumentType", found: code.to_owned() };
        Self::ALL.into_iter().find(|kind| kind.as_str() == code).ok_or_else(unknown)
    }
}

/// The sex that a number encodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Odd sequence number.
    Male,
    /// Even sequence number.
    Female,
}

/// A normalised document number, with what it reveals about its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The type of document, as given or as detected.
    pub kind: DocumentType,
    /// Letters and digits in upper case; the part that stays the same when the document is renewed.
    pub number: String,
    /// The holder's birth date, if the number contains it.
    pub birth: Option<NaiveDate>,
    /// Six digits of the division that first registered the holder (GB/T 2260), if the number contains it.
    pub region: Option<String>,
    /// The holder's sex, if the number contains it.
    pub sex: Option<Sex>,
}

/// Which rule a document number breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// No letter and no digit.
    #[error("the document number is empty")]
    Empty,
    /// Too many or too few characters for its kind.
    #[error("the document number has the wrong length for its type")]
    Length,
    /// A letter where its kind has a digit, or the other way round.
    #[error("the document number contains a character its type does not allow there")]
    Character,
    /// The first characters are not those of its kind.
    #[error("the document number does not begin as its type requires")]
    Prefix,
    /// The first two digits are not a province code.
    #[error("the document number does not begin with a valid province code")]
    Province,
    /// The eight digits of the birth date are not a possible birth date of a guest.
    #[error("the document number contains an invalid birth date")]
    BirthDate,
    /// The check character does not match the others: something was mistyped.
    #[error("the check digit of the document number does not match")]
    CheckDigit,
}

/// Whether a number in its compact form is a placeholder: one character repeated, or digits counting up
/// or down, with or without a leading letter (`000000000`, `123456789`, `A12345678`, `XXXXXX`).
pub fn is_placeholder_document(number: &str) -> bool {
    let digits = number.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let one_sign = number.chars().all(|c| number.starts_with(c));
    one_sign
        || number.len() - digits.len() <= 2
            && digits.len() >= 5
            && is_digits(digits)
            && is_placeholder(digits)
}

/// The longest number accepted for a document of type [`DocumentType::Other`], in characters.
const OTHER_MAX_CHARS: usize = 40;

/// Normalises a number and checks it by the rules of its type. Without a type the shape of the number
/// decides; a number of no known shape is [`DocumentType::Other`].
///
/// Renewal digits are dropped, because the person stays the same: of a Hong Kong or Macau permit the letter
/// and eight lifetime digits remain, of a Taiwan permit eight digits. A bare number of ten digits is
/// not assumed to be a Taiwan permit, since other numbers have ten digits too.
///
/// # Errors
///
/// [`DocumentError`] names the rule, never the number.
pub fn normalise_document(kind: Option<DocumentType>, text: &str) -> Result<Document, DocumentError> {
    normalise_compact(kind, &compact(text))
}

/// The same for a number in its compact form.
pub(crate) fn normalise_compact(kind: Option<DocumentType>, number: &str) -> Result<Document, DocumentError> {
    if number.is_empty() {
        return Err(DocumentError::Empty);
    }
    let kind = kind.unwrap_or_else(|| guess(number));
    if kind == DocumentType::Other {
        return match number.chars().count() {
            0..=OTHER_MAX_CHARS => Ok(plain(kind, number)),
            _ => Err(DocumentError::Length),
        };
    }
    if !number.is_ascii() {
        return Err(DocumentError::Character);
    }
    match kind {
        DocumentType::ResidentId if number.len() == 15 => resident_id(&lengthen(number)?),
        DocumentType::ResidentId => resident_id(number),
        DocumentType::HkMacauTaiwanResidence if !is_residence(number) => Err(DocumentError::Prefix),
        DocumentType::HkMacauTaiwanResidence => coded(kind, number),
        DocumentType::ForeignPermanentResident => foreign_permanent_resident(kind, number),
        DocumentType::HkMacauPermit => match number.strip_prefix(['H', 'M']) {
            Some(digits) => Ok(plain(kind, &number[..=renewable(digits)?.len()])),
            None => Err(DocumentError::Prefix),
        },
        DocumentType::TaiwanPermit => Ok(plain(kind, renewable(number)?)),
        DocumentType::Passport if !(5..=9).contains(&number.len()) => Err(DocumentError::Length),
        DocumentType::Passport if !number.bytes().any(|b| b.is_ascii_digit()) => {
            Err(DocumentError::Character)
        }
        DocumentType::Passport | DocumentType::Other => Ok(plain(kind, number)),
    }
}

fn plain(kind: DocumentType, number: &str) -> Document {
    Document { kind, number: number.to_owned(), birth: None, region: None, sex: None }
}

pub(crate) fn guess(number: &str) -> DocumentType {
    if !number.is_ascii() {
        return DocumentType::Other;
    }
    let letters = number.bytes().take_while(u8::is_ascii_alphabetic).count();
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let length = number.len();
    match (letters, length) {
        (0, 18) if is_digits(&number[..17]) => match number.as_bytes() {
            [b'8', b'1'..=b'3', ..] => DocumentType::HkMacauTaiwanResidence,
            [b'9', ..] => DocumentType::ForeignPermanentResident,
            _ => DocumentType::ResidentId,
        },
        (0, 15) if digits == length => DocumentType::ResidentId,
        (3, 15) if digits == 12 => DocumentType::ForeignPermanentResident,
        (1, 9 | 11) if digits == length - 1 && number.starts_with(['H', 'M']) => DocumentType::HkMacauPermit,
        (0, 8) if digits == length => DocumentType::TaiwanPermit,
        (0, 9) if digits == length => DocumentType::Passport,
        (1.., 6..=9) if digits >= 5 => DocumentType::Passport,
        _ => DocumentType::Other,
    }
}

/// The eight lifetime digits of a travel permit, which may be followed by two renewal digits.
fn renewable(digits: &str) -> Result<&str, DocumentError> {
    match digits.len() {
        8 | 10 if is_digits(digits) => Ok(&digits[..8]),
        8 | 10 => Err(DocumentError::Character),
        _ => Err(DocumentError::Length),
    }
}

fn is_residence(number: &str) -> bool {
    matches!(number.as_bytes(), [b'8', b'1'..=b'3', ..])
}

/// Since 2023 the card has eighteen characters like a resident's and begins with 9; it then encodes the
/// place of application and the nationality, so no region is returned. The card before had three letters
/// of nationality and twelve digits, whose two-digit birth year does not reveal the century.
fn foreign_permanent_resident(kind: DocumentType, number: &str) -> Result<Document, DocumentError> {
    match number.len() {
        15 if number[..3].bytes().all(|b| b.is_ascii_uppercase()) && is_digits(&number[3..]) => {
            Ok(plain(kind, number))
        }
        15 => Err(DocumentError::Character),
        18 if !number.starts_with('9') => Err(DocumentError::Prefix),
        _ => Ok(Document { region: None, ..coded(kind, number)? }),
    }
}

/// The number of a first-generation resident card: fifteen digits, born in the 1900s, no check digit.
fn lengthen(number: &str) -> Result<String, DocumentError> {
    if !is_digits(number) {
        return Err(DocumentError::Character);
    }
    let mut long = format!("{}19{}", &number[..6], &number[6..]);
    long.push(check_character(&long));
    Ok(long)
}

/// A resident's number begins with the province (GB/T 2260, with Taiwan, Hong Kong and Macau) that issued it. A check digit proves
/// nothing about a number that somebody made up.
fn resident_id(number: &str) -> Result<Document, DocumentError> {
    let document = coded(DocumentType::ResidentId, number)?;
    let is_province = matches!(
        number.as_bytes(),
        [b'1', b'1'..=b'5', ..]
            | [b'2', b'1'..=b'3', ..]
            | [b'3', b'1'..=b'7', ..]
            | [b'4', b'1'..=b'6', ..]
            | [b'5', b'0'..=b'4', ..]
            | [b'6', b'1'..=b'5', ..]
            | [b'7', b'1', ..]
            | [b'8', b'1'..=b'3', ..]
    );
    if is_province { Ok(document) } else { Err(DocumentError::Province) }
}

/// A number after GB 11643: region, birth date, sequence number (odd for men), check digit.
fn coded(kind: DocumentType, number: &str) -> Result<Document, DocumentError> {
    if number.len() != 18 {
        return Err(DocumentError::Length);
    }
    let (payload, check) = number.split_at(17);
    if !is_digits(payload) || !(is_digits(check) || check == "X") {
        return Err(DocumentError::Character);
    }
    let number_at = |from: usize, to: usize| payload[from..to].parse::<u16>().unwrap_or(0);
    let birth =
        NaiveDate::from_ymd_opt(number_at(6, 10).into(), number_at(10, 12).into(), number_at(12, 14).into())
            .filter(|birth| is_birth(*birth))
            .ok_or(DocumentError::BirthDate)?;
    if !check.starts_with(check_character(payload)) {
        return Err(DocumentError::CheckDigit);
    }
    let odd = payload.bytes().last().is_some_and(|digit| digit % 2 == 1);
    Ok(Document {
        kind,
        number: number.to_owned(),
        birth: Some(birth),
        region: Some(payload[..6].to_owned()),
        sex: Some(if odd { Sex::Male } else { Sex::Female }),
    })
}

/// The check character of ISO/IEC 7064 MOD 11-2 (pure system) over a string of digits.
fn check_character(digits: &str) -> char {
    let remainder = digits.bytes().fold(0, |p, digit| (p + u32::from(digit - b'0')) * 2 % 11);
    char::from_digit((12 - remainder) % 11, 10).unwrap_or('X')
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn resident_ids_of_the_standard() {
        let woman = normalise_document(None, "11010519491231002x").unwrap();
        assert_eq!(
            woman,
            Document {
                kind: DocumentType::ResidentId,
                number: "11010519491231002X".to_owned(),
                birth: Some(day(1949, 12, 31)),
                region: Some("110105".to_owned()),
                sex: Some(Sex::Female),
            }
        );
        let man = normalise_document(Some(DocumentType::ResidentId), " 440524 18800101 0014").unwrap();
        assert_eq!(man.birth, Some(day(1880, 1, 1)));
        assert_eq!(man.region.as_deref(), Some("440524"));
        assert_eq!(man.sex, Some(Sex::Male));
    }

    #[test]
    fn provinces_are_those_of_the_standard() {
        let of_province = |code: u32| {
            let mut number = format!("{code:02}010119861003001");
            number.push(check_character(&number));
            normalise_document(Some(DocumentType::ResidentId), &number)
        };
        let found: Vec<u32> = (0..100).filter(|code| of_province(*code).is_ok()).collect();
        let expected = [11..=15, 21..=23, 31..=37, 41..=46, 50..=54, 61..=65, 71..=71, 81..=83];
        assert_eq!(found, expected.into_iter().flatten().collect::<Vec<u32>>());
    }

    #[test]
    fn fifteen_digits_become_eighteen() {
        for typed in ["110105491231002", "110105 491231 002", "１１０１０５４９１２３１００２"]
        {
            assert_eq!(normalise_document(None, typed).unwrap().number, "11010519491231002X", "{typed}");
        }
    }

    #[test]
    fn one_form_for_every_kind() {
        use DocumentType::*;
        for (kind, typed, guessed, number) in [
            (Passport, "L898902C3", Passport, "L898902C3"),
            (Passport, "e 1234-5678", Passport, "E12345678"),
            (Passport, "ea1234567", Passport, "EA1234567"),
            (Passport, "123456789", Passport, "123456789"),
            (HkMacauPermit, "h12345678", HkMacauPermit, "H12345678"),
            (HkMacauPermit, "H1234567801", HkMacauPermit, "H12345678"),
            (HkMacauPermit, "M 12345678 02", HkMacauPermit, "M12345678"),
            (TaiwanPermit, "01234567", TaiwanPermit, "01234567"),
            (HkMacauTaiwanResidence, "810000199408230021", HkMacauTaiwanResidence, "810000199408230021"),
            (ForeignPermanentResident, "usa 1100 001234 56", ForeignPermanentResident, "USA110000123456"),
            (Other, "军字第1234567号", Other, "军字第1234567号"),
        ] {
            let known = normalise_document(Some(kind), typed).unwrap();
            assert_eq!((known.kind, known.number.as_str()), (kind, number), "{typed}");
            let found = normalise_document(None, typed).unwrap();
            assert_eq!((found.kind, found.number.as_str()), (guessed, number), "{typed}");
        }
        let renewed = normalise_document(Some(TaiwanPermit), "0123456701").unwrap();
        assert_eq!(renewed.number, "01234567");
        assert_eq!(normalise_document(None, "0123456701").unwrap().kind, Other);
    }

    #[test]
    fn a_permanent_resident_card_tells_birth_but_no_region() {
        let mut number = "91184019810203001".to_owned();
        number.push(check_character(&number));
        let document = normalise_document(None, &number).unwrap();
        assert_eq!(document.kind, DocumentType::ForeignPermanentResident);
        assert_eq!(document.birth, Some(day(1981, 2, 3)));
        assert_eq!(document.region, None);
        assert_eq!(document.sex, Some(Sex::Male));
    }

    #[test]
    fn errors_name_the_rule() {
        use DocumentError::*;
        use DocumentType::*;
        for (kind, typed, expected) in [
            (None, "", Empty),
            (None, " - ", Empty),
            (None, "110105194912310021", CheckDigit),
            (None, "11010519491231001X", CheckDigit),
            (None, "11010519490231002X", BirthDate),
            (None, "110105490231002", BirthDate),
            (None, "00000019861003001X", Province),
            (None, "660101198610030014", Province),
            (None, "000000861003001", Province),
            (Some(ResidentId), "911840198102030013", Province),
            (None, "110105209910030015", BirthDate),
            (None, "110105184910030017", BirthDate),
            (Some(ResidentId), "1101051949123100", Length),
            (Some(ResidentId), "1101051949123100AX", Character),
            (Some(ResidentId), "11010549123100A", Character),
            (Some(HkMacauTaiwanResidence), "11010519491231002X", Prefix),
            (None, "810000199408230022", CheckDigit),
            (Some(HkMacauPermit), "A12345678", Prefix),
            (Some(HkMacauPermit), "H123456789", Length),
            (Some(HkMacauPermit), "H1234567A", Character),
            (Some(TaiwanPermit), "1234567", Length),
            (Some(TaiwanPermit), "1234567A", Character),
            (Some(ForeignPermanentResident), "810000199408230021", Prefix),
            (Some(ForeignPermanentResident), "US1110000123456", Character),
            (Some(ForeignPermanentResident), "9", Length),
            (Some(Passport), "E123", Length),
            (Some(Passport), "E123456789", Length),
            (Some(Passport), "ABCDEF", Character),
            (Some(Passport), "护照E1234", Character),
            (Some(Other), &"9".repeat(41), Length),
        ] {
            assert_eq!(normalise_document(kind, typed), Err(expected), "{kind:?} {typed}");
        }
    }

    #[test]
    fn codes_are_read_back() {
        for kind in DocumentType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!(DocumentType::HkMacauTaiwanResidence.as_str(), "hk_macau_taiwan_residence");
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_the_answer_is_stable(text in any::<String>(), kind in 0..=DocumentType::ALL.len()) {
            let kind = DocumentType::ALL.get(kind).copied();
            if let Ok(once) = normalise_document(kind, &text) {
                prop_assert_eq!(normalise_document(Some(once.kind), &once.number), Ok(once));
            }
        }

        #[test]
        fn number_like_text_is_stable(text in "[A-Zhm89]{0,3}[0-9 -]{4,18}[0-9xX]?") {
            if let Ok(once) = normalise_document(None, &text) {
                prop_assert_eq!(normalise_document(Some(once.kind), &once.number), Ok(once));
            }
        }

        #[test]
        fn one_wrong_digit_is_noticed(place in 0..17usize, step in 1..10u8) {
            let mut number = b"440524188001010014".to_vec();
            number[place] = (number[place] - b'0' + step) % 10 + b'0';
            let typed = String::from_utf8(number).unwrap();
            prop_assert!(normalise_document(Some(DocumentType::ResidentId), &typed).is_err());
        }
    }
}
