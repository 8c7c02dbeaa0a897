//! Possible meanings of a number in the search box.

use hefu_kernel::VisitNumber;

use super::{term::Term, words::is_unit};
use crate::{
    document::{Document, DocumentType, normalise_document},
    phone::normalise_phone,
    text::{compact, is_digits, is_han, nfkc},
};

/// Tails of this length are worth looking up: shorter ones match too many, longer ones are not tails.
const TAIL_CHARS: std::ops::RangeInclusive<usize> = 4..=8;
/// Document numbers with a check digit.
const CHECKED_CHARS: usize = 18;
/// Numbers of documents whose type cannot be detected, in characters.
const DOCUMENT_CHARS: std::ops::RangeInclusive<usize> = 6..=20;
/// Numbers of visits and of other systems, in characters.
const NUMBER_CHARS: std::ops::RangeInclusive<usize> = 4..=40;

/// Whether a word may be one group of a longer number that was typed with spaces: digits with the characters
/// used in phone numbers, or the last group of a resident number.
pub(super) fn is_group(word: &str) -> bool {
    let digits = word.strip_suffix(['X', 'x']).unwrap_or(word);
    digits.contains(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.'))
}

/// Whether a word is a number with letters in it, such as `BK-2026-778812` or `B412`.
pub(super) fn is_code(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Whether a code may be the short code of a property, such as `SH01`.
pub(super) fn is_property_code(word: &str) -> bool {
    word.len() <= 8 && word.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// A document number typed in groups, one of which may look like a date, and how many words it takes. Only
/// one with a check digit is accepted: the groups could just as well be several numbers.
pub(super) fn grouped_document(words: &[String]) -> Option<(usize, Term)> {
    let run = words.iter().take_while(|word| is_group(word)).count();
    let count = (2..=run).find(|count| compact(&words[..*count].concat()).len() >= CHECKED_CHARS)?;
    let text = words[..count].concat();
    let document =
        normalise_document(None, &text).ok().filter(|document| is_checked(document, &compact(&text)))?;
    Some((count, Term::Document(document.number)))
}

/// Whether the number contains a birth date and a check digit, and both are valid. The fifteen digits of old
/// resident cards have no check digit.
fn is_checked(document: &Document, typed: &str) -> bool {
    document.birth.is_some() && document.number == typed
}

/// The room that the words begin with, if they are marked as one (`room 412`, `房间412`, `412房`, `#412`), and
/// how many words it takes.
pub(super) fn named_room(words: &[String]) -> Option<(usize, String)> {
    let first = words.first()?;
    let lower = first.to_lowercase();
    let bare = |word: &str| is_room(word).then(|| word.to_uppercase());
    if matches!(
        lower.as_str(),
        "room" | "rm" | "rm." | "#" | "房" | "房间" | "房間" | "房号" | "房號" | "房间号"
    ) {
        return Some((2, bare(words.get(1)?.trim_end_matches(is_unit).trim_start_matches('#'))?));
    }
    let glued = ["room", "rm", "#"].iter().find_map(|mark| lower.strip_prefix(mark));
    let counted =
        Some(first.trim_end_matches(['号', '號', '房', '室', '间', '間'])).filter(|room| room != first);
    Some((1, bare(glued.or(counted)?)?))
}

/// Digits with at most one letter before and one behind: `0412`, `B412`, `B-412`, `12A`.
fn is_room(word: &str) -> bool {
    let word = word
        .strip_prefix(|c: char| c.is_ascii_alphabetic())
        .map_or(word, |rest| rest.trim_start_matches('-'));
    let digits = word.strip_suffix(|c: char| c.is_ascii_alphabetic()).unwrap_or(word);
    digits.len() <= 5 && is_digits(digits)
}

/// The most numbers of a text that are found.
const MOST_NUMBERS: usize = 40;

/// The numbers that somebody wrote into a text, in the form in which they are looked for, each once: words with a digit in them, without what
/// groups them (`MU 5123` is found as `MU5123` and as `5123`, a plate `沪A·12345` with and without its province).
pub fn numbers_in(text: &str) -> Vec<String> {
    let text = nfkc(text).to_uppercase();
    let is_inner = |c: char| matches!(c, '-' | '_' | '.' | '/' | '·' | '•');
    let is_latin = |c: char| c.is_ascii_alphanumeric();
    let mut numbers: Vec<String> = Vec::new();
    let mut add = |number: String| {
        let has_digit = number.contains(|c: char| c.is_ascii_digit());
        if has_digit && NUMBER_CHARS.contains(&number.chars().count()) && !numbers.contains(&number) {
            numbers.push(number);
        }
    };
    let mut before: Option<String> = None;
    for word in text.split(|c: char| !(is_latin(c) || is_inner(c) || is_han(c))) {
        // Latin letters and digits, and the Chinese character right before them: the province of a plate.
        let (mut run, mut province) = (String::new(), None);
        let mut runs = Vec::new();
        let mut last_han = None;
        for c in word.chars() {
            if is_latin(c) {
                if run.is_empty() {
                    province = last_han;
                }
                run.push(c);
            } else if is_han(c) {
                runs.push((province.take(), std::mem::take(&mut run)));
                last_han = Some(c);
            }
        }
        runs.push((province, run));
        for (province, run) in runs.into_iter().filter(|(_, run)| !run.is_empty()) {
            let is_joined = province.is_none() && run.len() >= 3;
            let joined = before.take().filter(|_| is_joined).map(|letters| letters + &run);
            before = (run.len() <= 3 && run.chars().all(|c| c.is_ascii_alphabetic())).then(|| run.clone());
            let with_province = province.map(|province| format!("{province}{run}"));
            [Some(run), joined, with_province].into_iter().flatten().for_each(&mut add);
        }
    }
    numbers.truncate(MOST_NUMBERS);
    numbers
}

/// Adds the possible meanings of one word.
pub(super) fn read(word: &str, default_region: &str, terms: &mut Vec<Term>) {
    terms.extend(Reading::of(word, default_region).terms(word));
}

/// Adds the possible meanings of several groups of digits: one number, as in `138 0013 8000`, or, unless that is certain, a
/// number followed by another, as in `0412 138 0013 8000`.
pub(super) fn read_run(groups: &[String], default_region: &str, terms: &mut Vec<Term>) {
    let joined = groups.join(" ");
    let whole = Reading::of(&joined, default_region);
    let is_sure = whole.is_sure();
    terms.extend(whole.terms(&joined));
    if let [first, behind @ ..] = groups
        && !behind.is_empty()
        && !is_sure
    {
        let joined = behind.join(" ");
        let second = Reading::of(&joined, default_region);
        if behind.len() == 1 || second.is_sure() {
            read(first, default_region, terms);
            terms.extend(second.terms(&joined));
        }
    }
}

/// Classification of one number by its own rules.
struct Reading {
    /// Letters and digits only, upper case.
    number: String,
    phone: Option<String>,
    document: Option<String>,
    /// See [`is_checked`].
    is_checked_document: bool,
    /// Ten digits whose last one is a valid check digit of a visit number.
    is_visit: bool,
}

impl Reading {
    fn of(text: &str, default_region: &str) -> Self {
        let number = compact(text);
        // Half of the world's passports have no distinctive shape, so any number of their length may be one.
        let document = normalise_document(None, text)
            .ok()
            .filter(|d| d.kind != DocumentType::Other || DOCUMENT_CHARS.contains(&number.len()));
        Self {
            phone: normalise_phone(text, default_region).ok().map(|phone| phone.e164),
            is_checked_document: document.as_ref().is_some_and(|document| is_checked(document, &number)),
            document: document.map(|document| document.number),
            is_visit: text.parse::<VisitNumber>().is_ok(),
            number,
        }
    }

    fn is_sure(&self) -> bool {
        self.is_visit || self.phone.is_some() || self.is_checked_document
    }

    /// The most specific first; a term may occur twice.
    fn terms(self, text: &str) -> impl Iterator<Item = Term> {
        let number = self.number;
        let is_tail = TAIL_CHARS.contains(&number.len());
        let document_tail = (is_tail && is_digits(number.strip_suffix('X').unwrap_or(&number)))
            .then(|| Term::DocumentTail(number.clone()));
        let (sure_document, possible_document) =
            if self.is_checked_document { (self.document, None) } else { (None, self.document) };
        [
            self.is_visit.then(|| Term::Number(number.clone())),
            sure_document.map(Term::Document),
            self.phone.map(Term::Phone),
            document_tail.clone().filter(|_| number.ends_with('X')),
            is_room(text).then(|| Term::Room(text.to_uppercase())),
            (is_tail && is_digits(&number)).then(|| Term::PhoneTail(number.clone())),
            document_tail,
            possible_document.map(Term::Document),
            NUMBER_CHARS.contains(&number.len()).then_some(Term::Number(number)),
        ]
        .into_iter()
        .flatten()
    }
}
