//! Parsing of the front desk's search box, without looking anything up.

mod number;
mod term;
mod words;

use chrono::{Datelike as _, NaiveDate};

use crate::{date::parse_period, email::normalise_email, name::normalise_name};
use words::words;

pub use number::numbers_in;
pub use term::Term;

/// Number of characters of a line that are parsed; the rest is ignored.
const MAX_CHARS: usize = 200;
/// The longest name of a property, in words, that is looked for at either end of the words.
const MAX_PROPERTY_WORDS: usize = 4;
/// Nobody books further ahead.
const YEARS_AHEAD: i32 = 3;

/// `2026 年 10 月 3 日` is the longest date.
const MAX_DATE_WORDS: usize = 6;

/// A reading as a name, provided the remaining words name a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameReading {
    /// The name in the form of [`normalise_name`].
    pub name: String,
    /// The words before or after it, as typed. The reading is valid only if they name a property.
    pub leftover: Vec<String>,
}

/// The possible meanings of a typed text.
///
/// The terms are alternatives: one number may be a room or the end of a phone number. A record that
/// matches any of them is a hit, and the more it matches, the better a hit it is, so `Müller 0412` ranks
/// the guest Müller of room 0412 first. The dates, if any, narrow the hits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Every plausible meaning, each once: in the order of the words, for each word the most specific first,
    /// the name last.
    pub terms: Vec<Term>,
    /// First and last day, both included, of the dates named; two dates span a range.
    pub dates: Option<(NaiveDate, NaiveDate)>,
    /// The words that could belong to a property's name or code, as typed: including those of the name, since
    /// `0412 shanghai` may mean a guest or a place.
    pub rest: Vec<String>,
    /// The readings of the words as a name: first all of them with nothing left over, then with up to four
    /// words at the end, then at the beginning left over, fewest first.
    pub names: Vec<NameReading>,
}

/// Parses a line of the search box. `today` gives meaning to `yesterday` and to dates without a year,
/// `default_region` (ISO 3166-1, two letters) to phone numbers without country code. A text
/// that is clearly a date is not also treated as a number.
pub fn parse_query(text: &str, today: NaiveDate, default_region: &str) -> Query {
    let line: String = text.chars().take(MAX_CHARS).collect();
    let words = words(&line);
    let mut query = Query::default();
    let mut name = Vec::new();

    let mut rest = words.as_slice();
    while let [word, after @ ..] = rest {
        if let Some((used, term)) = number::grouped_document(rest) {
            query.terms.push(term);
            rest = &rest[used..];
        } else if let Some((used, (first, last))) = date_at(rest, today) {
            let (from, to) = query.dates.unwrap_or((first, last));
            query.dates = Some((from.min(first), to.max(last)));
            rest = &rest[used..];
        } else if let Some((used, room)) = number::named_room(rest) {
            query.terms.push(Term::Room(room));
            rest = &rest[used..];
        } else if number::is_group(word) {
            let run = 1 + after.iter().take_while(|word| number::is_group(word)).count();
            // A date after a number, such as in "0412 10-03" or "0412 3 Oct", is not part of it.
            let run = (1..run).find(|start| date_at(&rest[*start..], today).is_some()).unwrap_or(run);
            number::read_run(&rest[..run], default_region, &mut query.terms);
            rest = &rest[run..];
        } else {
            if let Ok(email) = normalise_email(word) {
                query.terms.push(Term::Email(email));
            } else if number::is_code(word) {
                number::read(word, default_region, &mut query.terms);
                query.rest.extend(number::is_property_code(word).then(|| word.clone()));
            } else {
                query.rest.push(word.clone());
                name.extend((!word.contains(|c: char| c.is_ascii_digit())).then_some(word.as_str()));
            }
            rest = after;
        }
    }

    query.names = name_readings(&name);
    query.terms.extend(query.names.first().map(|whole| Term::Name(whole.name.clone())));
    let mut seen = std::collections::HashSet::new();
    query.terms.retain(|term| seen.insert(term.clone()));
    query
}

/// The longest date that the words begin with, and how many words it takes. Only a month's name
/// makes one date of several words.
fn date_at(words: &[String], today: NaiveDate) -> Option<(usize, (NaiveDate, NaiveDate))> {
    (1..=words.len().min(MAX_DATE_WORDS)).rev().find_map(|count| {
        let text = words[..count].join(" ");
        let is_one =
            count == 1 || text.contains(|c: char| c.is_ascii_alphabetic() || matches!(c, '年' | '月'));
        let period = parse_period(&text, today).filter(|_| is_one)?;
        // Eight digits are a date only near the dates of stays: other numbers have eight digits too (Taiwan permits).
        let stays = 2000..=today.year() + YEARS_AHEAD;
        let is_stay = !crate::text::is_digits(&text) || stays.contains(&period.0.year());
        is_stay.then_some((count, period))
    })
}

fn name_readings(words: &[&str]) -> Vec<NameReading> {
    let reading = |name: &[&str], leftover: &[&str]| NameReading {
        name: normalise_name(&name.join(" ")),
        leftover: leftover.iter().map(|word| (*word).to_owned()).collect(),
    };
    let most = words.len().saturating_sub(1).min(MAX_PROPERTY_WORDS);
    let whole = std::iter::once(reading(words, &[]));
    let behind =
        (1..=most).map(|count| words.split_at(words.len() - count)).map(|(name, left)| reading(name, left));
    let before = (1..=most).map(|count| words.split_at(count)).map(|(left, name)| reading(name, left));
    whole.chain(behind).chain(before).filter(|reading| !reading.name.is_empty()).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
