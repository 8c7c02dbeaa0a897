//! A record as received, and its normalised form for comparison.

use chrono::{Datelike as _, NaiveDate};

use super::{
    address::{self, Bigrams},
    names::{Name, name},
    short::{Short, hash, mix},
};
use crate::{
    date::{DateError, is_placeholder_day, iso_date, parse_date},
    document::{DocumentType, guess, is_placeholder_document, normalise_compact},
    email::normalise_email,
    name::normalise_name,
    phone::{calling_code, is_placeholder},
    text::{compact, is_digits, nfkc},
};

/// Number of values stored of fields that can have several. More are left out: a guest with many sources
/// is compared source by source.
pub(super) const VALUES: usize = 2;

/// A person as recorded by some system, each field as typed. Absent fields are empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Person<'a> {
    /// The whole name, in any script and order.
    pub full_name: &'a str,
    /// The family name, if the source has it separately.
    pub surname: &'a str,
    /// The given name, if the source has it separately.
    pub given_name: &'a str,
    /// The birth date, in any usual order.
    pub birth_date: &'a str,
    /// Phone numbers; the first two are compared.
    pub phones: &'a [&'a str],
    /// Identity documents with their type, if the source gives it; two are compared, resident identity numbers before others.
    pub documents: &'a [(Option<DocumentType>, &'a str)],
    /// E-mail addresses; the first two are compared.
    pub emails: &'a [&'a str],
    /// City or town, in Chinese or in Latin letters.
    pub city: &'a str,
    /// The parts of the postal address without city and postcode, in any order.
    pub address: &'a [&'a str],
    /// Postcode.
    pub postcode: &'a str,
    /// Values of further columns: occupation, sex, company. The first [`Record::OTHERS`] are compared, each with those in its place.
    pub others: &'a [&'a str],
}

/// Defaults that resolve ambiguities of a text, from its place of origin.
#[derive(Debug, Clone, Copy)]
pub struct Locale {
    calling_code: u16,
    month_first: bool,
}

/// The calling codes of the regions whose hotels are most likely to use this (ITU-T E.164).
const COMMON_CODES: [(&str, u16); 36] = [
    ("CN", 86),
    ("HK", 852),
    ("MO", 853),
    ("TW", 886),
    ("AE", 971),
    ("AT", 43),
    ("AU", 61),
    ("BE", 32),
    ("BR", 55),
    ("CA", 1),
    ("CH", 41),
    ("DE", 49),
    ("DK", 45),
    ("ES", 34),
    ("FR", 33),
    ("GB", 44),
    ("GR", 30),
    ("ID", 62),
    ("IE", 353),
    ("IN", 91),
    ("IT", 39),
    ("JP", 81),
    ("KR", 82),
    ("MX", 52),
    ("MY", 60),
    ("NL", 31),
    ("NO", 47),
    ("NZ", 64),
    ("PH", 63),
    ("PT", 351),
    ("RU", 7),
    ("SE", 46),
    ("SG", 65),
    ("TH", 66),
    ("US", 1),
    ("VN", 84),
];

impl Locale {
    /// For phone numbers without country code, those of `region` (ISO 3166-1, two letters); `10/03/2026` is read month
    /// first if `month_first`. `None` if the region has no phones.
    pub fn new(region: &str, month_first: bool) -> Option<Self> {
        let common = COMMON_CODES.iter().find(|(common, _)| common.eq_ignore_ascii_case(region));
        // Loading the library's tables takes a second.
        let code = common.map(|(_, code)| *code).or_else(|| calling_code(region))?;
        Some(Self { calling_code: code, month_first })
    }

    /// Mainland China, day before month.
    pub const CHINA: Self = Self { calling_code: 86, month_first: false };
}

/// A date as `YYYYMMDD`, four bits to a digit; 0 is unknown. It need not be in the calendar: a mistyped one is compared as it was typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Day(pub(super) u32);

impl Day {
    fn of(date: NaiveDate) -> Self {
        match u32::try_from(date.year()) {
            Ok(year) if !is_placeholder_day(date) => Self::typed(year, date.month(), date.day()),
            _ => Self(0),
        }
    }

    fn typed(year: u32, month: u32, day: u32) -> Self {
        let two = |number: u32| number / 10 * 16 + number % 10;
        Self(two(year / 100) << 24 | two(year % 100) << 16 | two(month) << 8 | two(day))
    }

    pub(super) fn is_unknown(self) -> bool {
        self.0 == 0
    }

    /// Each in the digits of [`Day`].
    pub(super) fn year(self) -> u32 {
        self.0 >> 16
    }

    pub(super) fn month(self) -> u32 {
        self.0 >> 8 & 0xff
    }

    pub(super) fn day(self) -> u32 {
        self.0 & 0xff
    }

    /// Whether only the year may be known: systems write the first of January then.
    pub(super) fn is_first_of_year(self) -> bool {
        self.0 & 0xffff == 0x0101
    }
}

/// A document number in comparable form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct DocumentKey {
    pub(super) number: Short<18>,
    kind: u8,
    standing: Standing,
}

/// The validity of a document number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
enum Standing {
    /// Unverified.
    #[default]
    Typed,
    /// Valid by rules that a wrong number would break nine times in ten (check digit, province, birth date).
    Proved,
    /// Valid, but shared by so many people that it identifies none of them. It forbids links and proves none.
    Generic,
}

impl DocumentKey {
    /// Whether there is nothing to compare.
    pub(super) fn is_unknown(&self) -> bool {
        self.number.is_empty() || self.standing == Standing::Generic
    }

    /// The number identifies nobody.
    pub(super) fn make_generic(&mut self) {
        if self.is_verified_resident_id() {
            self.standing = Standing::Generic;
        } else {
            *self = Self::default();
        }
    }

    pub(super) fn is_proved(&self) -> bool {
        self.standing != Standing::Typed
    }

    pub(super) fn is_same_kind(&self, other: &Self) -> bool {
        self.kind == other.kind
    }

    /// Whether a person gets a new number with the next document of this kind.
    pub(super) fn is_renewed_with_new_number(&self) -> bool {
        self.kind == DocumentType::Passport as u8
    }

    pub(super) fn is_verified_resident_id(&self) -> bool {
        self.is_proved() && self.kind == DocumentType::ResidentId as u8
    }
}

/// The resident identity numbers in one record or many that are valid by their check digits: none, one, or
/// several that differ. A person has only one, so which several they are does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Residents(u64);

impl Residents {
    pub(super) const NONE: Self = Self(0);
    const SEVERAL: Self = Self(u64::MAX);

    /// The first seventeen digits determine the last.
    fn of(document: &DocumentKey) -> Self {
        if !document.is_verified_resident_id() {
            return Self::NONE;
        }
        let digits = document.number.bytes().iter().take(17);
        Self(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }

    /// Of both combined.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NONE, one) | (one, Self::NONE) => one,
            (one, other) if one == other => one,
            _ => Self::SEVERAL,
        }
    }

    /// Whether there are two, which no person has.
    pub(super) fn differ(self) -> bool {
        self == Self::SEVERAL
    }

    /// Whether a number of one differs from a number of the other.
    pub(super) fn conflict_with(self, other: Self) -> bool {
        self != Self::NONE && other != Self::NONE && self.and(other).differ()
    }
}

/// An e-mail address in comparable form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Mailbox {
    pub(super) local: Short,
    /// Sixteen bits of a hash of the domain; fifteen for the letters it has before its last dot; the lowest is set if it is a forwarding domain of a
    /// sales channel.
    pub(super) domain: u32,
}

impl Mailbox {
    pub(super) fn is_unknown(&self) -> bool {
        self.local.is_empty()
    }

    /// A channel creates a new address for each booking: a different one proves nothing.
    pub(super) fn is_relay(&self) -> bool {
        self.domain & 1 == 1
    }

    /// Whether the domains are equal, or have the same letters but for one or two, as one that was mistyped has, or only end differently. Those of few
    /// letters (`qq.com`, `163.com`) are alike by chance.
    pub(super) fn is_at_like_domain(&self, other: &Self) -> bool {
        let letters = |mailbox: &Self| mailbox.domain & 0xfffe;
        let (one, two) = (letters(self), letters(other));
        let (different, common) = ((one ^ two).count_ones(), (one & two).count_ones());
        self.domain == other.domain || different <= 2 && common >= 3 && 3 * different <= common
    }

    pub(super) fn key(&self) -> u64 {
        mix(self.local.hash() ^ u64::from(self.domain))
    }
}

/// Minus the binary logarithm of a value's frequency, in eighths of a bit: 80 is one in 1,024.
pub(super) type Rarity = u8;

/// How rare the values of a record are; see [`super::frequency`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Rarities {
    pub(super) surname: Rarity,
    pub(super) surname_reading: Rarity,
    pub(super) given: Rarity,
    pub(super) given_reading: Rarity,
    /// Of the full name.
    pub(super) sounds: Rarity,
    pub(super) birth: Rarity,
    pub(super) phones: [Rarity; VALUES],
    pub(super) documents: [Rarity; VALUES],
    pub(super) mailboxes: [Rarity; VALUES],
    pub(super) city: Rarity,
    pub(super) postcode: Rarity,
    pub(super) address: Rarity,
    pub(super) others: [Rarity; Record::OTHERS],
}

/// A person's record, normalised: the input of [`super::compare`].
///
/// It has a fixed size and no pointers, since millions of them are compared in random order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Record {
    pub(super) name: Name,
    pub(super) birth: Day,
    /// E.164 without the plus; 0 is unknown.
    pub(super) phones: [u64; VALUES],
    pub(super) documents: [DocumentKey; VALUES],
    pub(super) mailboxes: [Mailbox; VALUES],
    pub(super) city: Short,
    pub(super) postcode: u64,
    pub(super) address: Bigrams,
    /// A hash of the address's words, in any order.
    pub(super) address_words: u64,
    /// Hashes of further values; 0 is unknown.
    pub(super) others: [u32; Self::OTHERS],
    pub(super) rarities: Rarities,
    /// A number derived from the fields alone: breaks ties independently of the order of records.
    pub(super) digest: u64,
}

impl Record {
    /// How many further values are compared.
    pub const OTHERS: usize = 4;

    /// Normalises a person's record. Unreadable values count as absent, except that a document or phone number that
    /// breaks the rules of its type is stored as it is, to be recognised as a mistyped one. Placeholders are absent.
    pub fn new(person: &Person<'_>, locale: Locale) -> Self {
        let mut record = Self {
            name: name(person.full_name, person.surname, person.given_name),
            birth: birth(person.birth_date, locale.month_first),
            city: address::city(person.city),
            postcode: Short::<8>::new(&compact(person.postcode)).head(8),
            ..Self::default()
        };
        fill(&mut record.phones, person.phones.iter().map(|text| phone(text, locale.calling_code)), |p| {
            *p == 0
        });
        let mut birth_in_document = Day::default();
        for (kind, text) in person.documents {
            let (key, birth) = document(*kind, text);
            birth_in_document = if birth_in_document.is_unknown() { birth } else { birth_in_document };
            keep(&mut record.documents, key);
        }
        if record.birth.is_unknown() {
            record.birth = birth_in_document;
        }
        fill(&mut record.mailboxes, person.emails.iter().map(|text| mailbox(text)), Mailbox::is_unknown);
        (record.address, record.address_words) = address::address(person.address);
        for (slot, text) in record.others.iter_mut().zip(person.others) {
            let known = !text.is_empty();
            *slot = if known { hash(normalise_name(text).as_bytes()) as u32 | 1 } else { 0 };
        }
        record.digest = digest(&record);
        record
    }

    /// Its resident identity numbers.
    pub(super) fn residents(&self) -> Residents {
        self.documents.iter().fold(Residents::NONE, |all, document| all.and(Residents::of(document)))
    }

    /// Prefetches the record into the processor's cache.
    pub(super) fn fetch(&self) {
        std::hint::black_box((self.name.sounds, self.documents[0], self.city, self.address, self.digest));
    }
}

fn digest(record: &Record) -> u64 {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = rustc_hash::FxHasher::default();
    record.hash(&mut hasher);
    mix(hasher.finish())
}

/// Whether an e-mail address is a forwarding address of a sales channel.
pub fn is_relay_address(email: &str) -> bool {
    mailbox(email).is_relay()
}

/// Puts a document into the first free slot. Resident identity numbers replace others if there is none: two
/// that differ forbid a link, so none may be left out. (Beside two that differ, a third adds nothing.)
fn keep(slots: &mut [DocumentKey; VALUES], key: DocumentKey) {
    if key.is_unknown() || slots.contains(&key) {
        return;
    }
    let free = slots.iter().position(DocumentKey::is_unknown);
    let yielding = || slots.iter().rposition(|slot| !slot.is_verified_resident_id());
    if let Some(slot) = free.or_else(|| yielding().filter(|_| key.is_verified_resident_id())) {
        slots[slot] = key;
    }
}

/// Puts the first distinct known values into the slots.
fn fill<T: Copy + PartialEq, const N: usize>(
    slots: &mut [T; N],
    values: impl Iterator<Item = T>,
    is_unknown: impl Fn(&T) -> bool,
) {
    let mut used = 0;
    for value in values {
        if used < N && !is_unknown(&value) && !slots[..used].contains(&value) {
            slots[used] = value;
            used += 1;
        }
    }
}

fn birth(text: &str, month_first: bool) -> Day {
    let date = match iso_date(text.as_bytes()).or_else(|| chinese_date(text)) {
        Some(date) => Ok(date),
        None if text.is_empty() => return Day::default(),
        None => any_date(text, month_first).or_else(|error| match with_century(text) {
            Some(texts) => texts.iter().find_map(|text| any_date(text, month_first).ok()).ok_or(error),
            None => Err(error),
        }),
    };
    date.map_or_else(|_| as_typed(text, month_first), Day::of)
}

/// A date that is in no calendar, as it was typed: `1986-13-03`, `19860231`. Unknown if it is written in no order of dates, or has
/// no digit but one (`0000-00-00`, `99/99/9999`).
fn as_typed(text: &str, month_first: bool) -> Day {
    let text = nfkc(text);
    let mut fields: Vec<&str> = text.split(['/', '-', '.']).map(str::trim).collect();
    if fields.len() == 1 && text.len() == 8 && is_digits(&text) {
        fields = vec![&text[..4], &text[4..6], &text[6..]];
    }
    let one_digit =
        text.bytes().filter(u8::is_ascii_digit).collect::<std::collections::BTreeSet<_>>().len() < 2;
    let [first, second, third] = fields[..] else { return Day::default() };
    if one_digit || !fields.iter().all(|field| is_digits(field)) {
        return Day::default();
    }
    let (year, month, day) = match [first.len(), second.len(), third.len()] {
        [4, 1..=2, 1..=2] => (first, second, third),
        [1..=2, 1..=2, 4] if month_first => (third, first, second),
        [1..=2, 1..=2, 4] => (third, second, first),
        _ => return Day::default(),
    };
    let number = |digits: &str| digits.parse().unwrap_or(0);
    Day::typed(number(year), number(month), number(day))
}

fn any_date(text: &str, month_first: bool) -> Result<NaiveDate, DateError> {
    parse_date(text).or_else(|error| match error {
        DateError::Ambiguous => in_order(text, month_first).ok_or(error),
        _ => Err(error),
    })
}

/// No traveller was born before 1930, as far as two digits of a year can show.
const FIRST_SHORT_YEAR: &str = "30";

/// The possible readings of a date with a two-digit year: the year at its end, or at its beginning (`03-Oct-86`, `10/3/86`, `86-10-03`).
fn with_century(text: &str) -> Option<[String; 2]> {
    let text = nfkc(text);
    let is_separator = |c: char| matches!(c, '/' | '-' | '.' | ' ');
    let (start, end) = (text.find(is_separator)?, text.rfind(is_separator)?);
    if start == end {
        return None;
    }
    let century = |year: &str| if year < FIRST_SHORT_YEAR { "20" } else { "19" };
    let long = |at: usize, year: &str| {
        let two = year.len() == 2 && is_digits(year);
        if two { format!("{}{}{}", &text[..at], century(year), &text[at..]) } else { String::new() }
    };
    Some([long(end + 1, &text[end + 1..]), long(0, &text[..start])])
}

/// `1986年10月3日`.
fn chinese_date(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let day = rest.strip_suffix('日')?;
    let number = |digits: &str, most: usize| {
        (digits.len() <= most && is_digits(digits)).then(|| digits.parse::<u32>().ok()).flatten()
    };
    let year = i32::try_from(number(year, 4).filter(|_| year.len() == 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)
}

/// A date whose order cannot be determined from it.
fn in_order(text: &str, month_first: bool) -> Option<NaiveDate> {
    let text = nfkc(text);
    let mut fields = text.split(['/', '-', '.']).map(|field| field.trim().parse::<u32>());
    let (first, second, year) = (fields.next()?.ok()?, fields.next()?.ok()?, fields.next()?.ok()?);
    let (month, day) = if month_first { (first, second) } else { (second, first) };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// The digits to dial from abroad, without checking that the number exists: mistyped numbers are compared too, and
/// consulting the numbering plan takes a hundred times as long. 0 if it is not a number.
fn phone(text: &str, calling_code: u16) -> u64 {
    let ascii;
    let text = if text.is_ascii() {
        text
    } else {
        ascii = nfkc(text);
        &ascii
    };
    let mut buffer = [0_u8; 15];
    let mut length = 0;
    let mut abroad = false;
    for c in text.chars() {
        match c {
            '0'..='9' if length == buffer.len() => return 0,
            '0'..='9' => {
                buffer[length] = c as u8;
                length += 1;
            }
            '+' | '＋' if length == 0 => abroad = true,
            // A word before the number describes it ("Phone", "Fax"); what follows it is an extension.
            'x' | 'X' | 'e' | '#' | ';' | ',' | '转' | '轉' | '分' if length > 0 => break,
            _ => {}
        }
    }
    let Ok(mut digits) = std::str::from_utf8(&buffer[..length]) else { return 0 };
    if let Some(rest) = digits.strip_prefix("00").filter(|_| !abroad) {
        (digits, abroad) = (rest, true);
    }
    if digits.len() < 6 || is_placeholder(digits) {
        return 0;
    }
    let mut code_buffer = [0_u8; 3];
    let own = code(calling_code, &mut code_buffer);
    let (code, national) = if abroad {
        digits.split_at(code_length(digits))
    } else {
        match digits.strip_prefix(own) {
            // A national number of more than ten digits after its own country code: the plus is missing.
            Some(national) if digits.len() > 10 && !is_chinese_mobile(own, digits) => (own, national),
            _ => (own, digits),
        }
    };
    // The trunk prefix is for callers inside the country; in Italy it is part of the number.
    let national = if code == "39" { national } else { national.strip_prefix('0').unwrap_or(national) };
    if national.len() < 5 || is_placeholder(national) {
        return 0;
    }
    let number =
        |digits: &str| digits.bytes().fold(0_u64, |number, byte| number * 10 + u64::from(byte - b'0'));
    number(code) * 10_u64.pow(national.len() as u32) + number(national)
}

fn is_chinese_mobile(code: &str, digits: &str) -> bool {
    code == "86" && digits.len() == 11 && digits.starts_with('1')
}

fn code(number: u16, buffer: &mut [u8; 3]) -> &str {
    let mut rest = number;
    let mut start = buffer.len();
    while rest > 0 && start > 0 {
        start -= 1;
        buffer[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    std::str::from_utf8(&buffer[start..]).unwrap_or_default()
}

/// How many digits the country calling code has (ITU-T E.164, list of assigned codes).
fn code_length(digits: &str) -> usize {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    };
    length.min(digits.len())
}

/// The last eight digits: what remains whether or not country code or trunk prefix are written.
pub(super) fn phone_tail(number: u64) -> u64 {
    number % 100_000_000
}

fn document(kind: Option<DocumentType>, text: &str) -> (DocumentKey, Day) {
    let unknown = (DocumentKey::default(), Day::default());
    if text.is_empty() {
        return unknown;
    }
    let compact = compact(text);
    let is_word = !compact.bytes().any(|byte| byte.is_ascii_digit());
    if compact.len() < 4 || is_word || is_placeholder_document(&compact) {
        return unknown;
    }
    let said = kind.unwrap_or_else(|| guess(&compact));
    let mut found = normalise_compact(Some(said), &compact);
    if compact.len() == 18 && kind.is_some() && !found.as_ref().is_ok_and(|found| found.birth.is_some()) {
        // Check digit and birth date identify the type, whatever it was labelled.
        let proved = normalise_compact(None, &compact).ok().filter(|proved| proved.birth.is_some());
        found = proved.map_or(found, Ok);
    }
    match found {
        Ok(document) => {
            let birth = document.birth.map(Day::of).unwrap_or_default();
            let standing = if document.birth.is_some() { Standing::Proved } else { Standing::Typed };
            (DocumentKey { number: Short::new(&document.number), kind: document.kind as u8, standing }, birth)
        }
        Err(_) => {
            let number = Short::new(&compact);
            (DocumentKey { number, kind: said as u8, standing: Standing::Typed }, Day::default())
        }
    }
}

/// Domains under which channels hide their guests' addresses.
const RELAYS: [&str; 16] = [
    "guest.booking.com",
    "property.booking.com",
    "agoda-messaging.com",
    "expediapartnercentral.com",
    "m.expediapartnercentral.com",
    "guest.airbnb.com",
    "reply.airbnb.com",
    "guest.trip.com",
    "guest.ctrip.com",
    "messaging.tripadvisor.com",
    "messages.homeaway.com",
    "guest.hotelbeds.com",
    "privaterelay.appleid.com",
    "guest.fliggy.com",
    "guest.meituan.com",
    "hotels-messaging.com",
];

/// Words in the domains of forwarding addresses.
const RELAY_WORDS: [&str; 4] = ["relay", "guest", "messaging", "noreply"];

/// One of fifteen bits for a character of a domain; two of them are for digits.
const fn letter(byte: u8) -> u32 {
    match byte {
        b'-' | b'.' => 0,
        b'0'..=b'9' => 1 << (13 + byte % 2),
        _ => 1 << (byte % 13),
    }
}

fn mailbox(text: &str) -> Mailbox {
    let lower;
    let is_plain = text.bytes().all(|b| {
        b.is_ascii_graphic()
            && !matches!(
                b,
                b'A'..=b'Z' | b'(' | b')' | b',' | b':' | b';' | b'<' | b'>' | b'[' | b']' | b'\\' | b'"'
            )
    });
    let address = if is_plain {
        text
    } else {
        // `Wei <wei@example.com>`, as address books write it.
        let inner =
            text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(text, |(inner, _)| inner);
        lower = normalise_email(inner).unwrap_or_default();
        &lower
    };
    let Some((local, domain)) = address.split_once('@').filter(|(l, d)| !l.is_empty() && d.contains('.'))
    else {
        return Mailbox::default();
    };
    let relay = RELAYS.contains(&domain)
        || domain.split(['.', '-']).any(|word| RELAY_WORDS.contains(&word))
        || matches!(local, "noreply" | "no-reply" | "donotreply" | "none" | "na" | "test" | "unknown");
    // Providers ignore what follows a plus, and Google ignores dots.
    let local = if relay { local } else { local.split('+').next().unwrap_or(local) };
    let google = matches!(domain, "gmail.com" | "googlemail.com");
    let domain = if google { "gmail.com" } else { domain };
    let local = if google { Short::new(&local.replace('.', "")) } else { Short::new(local) };
    let name = domain.rsplit_once('.').map_or(domain, |(name, _)| name);
    let letters = name.bytes().fold(0_u32, |letters, byte| letters | letter(byte));
    Mailbox { local, domain: (hash(domain.as_bytes()) as u32) << 16 | letters << 1 | u32::from(relay) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::phone::normalise_phone;

    #[test]
    fn phones_of_one_line_are_one() {
        let china = Locale::CHINA.calling_code;
        for typed in [
            "13800138000",
            "+86 138-0013-8000",
            "008613800138000",
            "8613800138000",
            "１３８００１３８０００",
            "013800138000",
            "tel:+86-13800138000",
            "tel:13800138000;phone-context=+86",
            "Tel: 138 0013 8000",
            "Phone 13800138000",
            "Mobile: +86 138 0013 8000 ext. 12",
            "手机 (+86) 13800138000",
        ] {
            assert_eq!(phone(typed, china), 8_613_800_138_000, "{typed}");
        }
        for (typed, code, expected) in [
            ("+44 (0)20 7946 0958", 86, 442_079_460_958),
            ("020 7946 0958", 44, 442_079_460_958),
            ("+39 06 698 12345", 86, 390_669_812_345),
            ("(212) 555-0123", 1, 12_125_550_123),
            ("1 212 555 0123", 1, 12_125_550_123),
            ("+852 2123 4567", 86, 85_221_234_567),
            ("Telephone +44 20 7946 0958 x 12", 86, 442_079_460_958),
            ("010 6512 3456 转 12", 86, 861_065_123_456),
            ("13800000000", 86, 0),
            ("11111111111", 86, 0),
            ("n/a", 86, 0),
            ("Phone", 86, 0),
            ("12345", 86, 0),
        ] {
            assert_eq!(phone(typed, code), expected, "{typed}");
        }
    }

    #[test]
    fn common_codes_are_those_of_the_library() {
        for (region, code) in COMMON_CODES {
            assert_eq!(calling_code(region), Some(code), "{region}");
        }
        assert!(Locale::new("is", false).is_some() && Locale::new("XX", false).is_none());
    }

    #[test]
    fn dates_in_any_order() {
        let third = birth("1986-10-03", false);
        for typed in ["19861003", "1986/10/03", "1986年10月3日", "3 Oct 1986", "03.10.1986", "3/10/1986"] {
            assert_eq!(birth(typed, false), third, "{typed}");
        }
        for typed in ["03-OCT-86", "3.10.86", "3/10/86", "86-10-03", "1986-10-03 00:00:00", "1986/10/3 0:00"]
        {
            assert_eq!(birth(typed, false), third, "{typed}");
        }
        assert_eq!(birth("10/03/1986", true), third);
        assert_eq!(birth("10/03/86", true), third);
        assert_eq!(birth("03-OCT-06", false), birth("2006-10-03", false));
        assert_eq!(third, Day(0x1986_1003));
        for (typed, expected) in [
            ("1986-13-03", 0x1986_1303),
            ("19860231", 0x1986_0231),
            ("32.01.1986", 0x1986_0132),
            ("1630-08-01", 0x1630_0801),
            ("2986-10-03", 0x2986_1003),
        ] {
            assert_eq!(birth(typed, false), Day(expected), "{typed}");
        }
        for typed in [
            "1900-01-01",
            "0001-01-01",
            "19000101",
            "",
            "unknown",
            "0000-00-00",
            "99-99-9999",
            "10-86",
            "3 Oct",
            "99/99/99",
        ] {
            assert!(birth(typed, false).is_unknown(), "{typed}");
        }
    }

    #[test]
    fn documents_say_what_they_are() {
        let (card, born) = document(None, "11010519491231002x");
        assert!(card.is_verified_resident_id());
        assert_eq!(born, birth("1949-12-31", false));
        assert_eq!(document(Some(DocumentType::ResidentId), "110105491231002").0, card);
        let (mistyped, _) = document(None, "110105194912310021");
        assert!(!mistyped.is_proved() && mistyped.is_same_kind(&card));
        assert!(mistyped.number.is_one_edit_from(&card.number));
        assert_eq!(document(None, "H2041378501").0, document(None, "H20413785").0);
        let taiwan = Some(DocumentType::TaiwanPermit);
        assert_eq!(document(taiwan, "0817352601").0, document(None, "0817 3526").0);
        assert_eq!(document(taiwan, "0817352601").0, document(taiwan, "0817352602").0);
        // The check digit is more reliable than the chosen type; also about a placeholder date.
        for kind in [DocumentType::Passport, DocumentType::Other, DocumentType::HkMacauTaiwanResidence] {
            assert_eq!(document(Some(kind), "11010519491231002X").0, card, "{kind:?}");
        }
        assert!(document(None, "110101197001010016").0.is_verified_resident_id());
        assert!(!document(Some(DocumentType::Other), "110105194912310021").0.is_verified_resident_id());
        // Their check digits are valid, but nobody has them: no such province, and born in 2099.
        for nobodys in ["00000019861003001X", "110105209910030015", "000000861003001"] {
            for kind in [None, Some(DocumentType::ResidentId), Some(DocumentType::Passport)] {
                let (key, birth) = document(kind, nobodys);
                assert!(!key.is_unknown() && !key.is_proved() && birth.is_unknown(), "{kind:?} {nobodys}");
            }
        }
        assert!(document(Some(DocumentType::Passport), "E1").0.is_unknown());
        assert!(document(None, "000000000000000000").0.is_unknown());
        assert!(document(None, "A12345678").0.is_unknown());
        assert!(document(None, "passport").0.is_unknown());
    }

    #[test]
    fn mailboxes() {
        assert_eq!(mailbox("Wei.Zhang+x@GMail.com"), mailbox("weizhang@googlemail.com"));
        assert_ne!(mailbox("wei@example.com"), mailbox("wei@example.org"));
        assert!(mailbox("a.123@guest.booking.com").is_relay());
        assert!(!mailbox("a.123@booking.com").is_relay());
        assert_eq!(mailbox("Wei Zhang <WEI@example.com>"), mailbox("wei@example.com"));
        assert!(mailbox("wei").is_unknown());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>(), digits in "[+0-9 ()x-]{0,24}", month_first: bool) {
            for text in [&text, &digits] {
                birth(text, month_first);
                phone(text, 86);
                document(None, text);
                mailbox(text);
                Record::new(&Person { full_name: text, birth_date: text, phones: &[text], emails: &[text],
                    documents: &[(Some(DocumentType::Passport), text)], city: text, address: &[text], postcode: text,
                    ..Person::default() }, Locale::CHINA);
            }
        }

        #[test]
        fn a_valid_number_is_dialled_as_the_numbering_plan_says(
            text in "(\\+|00)?(44|49|86|852|81|61|1)[1-9][0-9]{7,9}", region in "CN|GB|DE|JP"
        ) {
            if let Ok(valid) = normalise_phone(&text, &region) && (text.starts_with('+') || text.starts_with("00")) {
                let dialled = phone(&text, Locale::new(&region, false).unwrap().calling_code);
                prop_assert_eq!(format!("+{dialled}"), valid.e164);
            }
        }
    }
}
