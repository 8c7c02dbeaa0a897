//! Possible meanings of what was typed. Pure.

use crate::{
    name::{Likeness, Name},
    why::{Answer, Why},
};
use chrono::NaiveDate;
use hefu_core::{AppError, Result};
use hefu_domain::message::Missing;
use hefu_domain::{
    Message, Place,
    guest::Profile,
    ids::{GuestId, PropertyId},
    property::Property,
    reservation::ReservationState,
    stay::DeskState,
};
use hefu_identity::{
    mask::{mask_document, mask_phone},
    name::{lookup_begin_key, lookup_begun, lookup_keys, lookup_part_keys, normalise_name},
    query::{Query, Term, numbers_in, parse_query},
};
use hefu_kernel::{FIRST_DATE, Id as _, LAST_DATE, VisitNumber};
use hefu_people::profile::{DEFAULT_REGION, keys, tail};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Guests taken per token, the newest first, minimum and maximum: as many as the page has rows. The cursor leads to the older
/// ones. Hundreds share a name in a large chain, and each of them has to be decrypted.
pub(crate) const CANDIDATES: (i64, i64) = (10, 100);

/// Tails of more than four characters are rarer than their tokens, which are of the last four.
pub(crate) const LONG_TAIL_CANDIDATES: i64 = 2_000;

/// Numbers as long as this are those of resident cards; shorter ones may be anything.
const LONG_DOCUMENT: usize = 15;

/// With more properties than this, current people are searched only in a property that is named.
pub(crate) const PROPERTIES_IN_MEMORY: usize = 20;

/// The first and last possible day.
pub(crate) const EVER: (NaiveDate, NaiveDate) = (FIRST_DATE, LAST_DATE);

/// A search request.
#[derive(Debug, Clone, Default)]
pub struct SearchQuery {
    /// As typed.
    pub q: String,
    /// Code of the property to search in.
    pub property: Option<String>,
    /// Visits that end on this day or later.
    pub from: Option<NaiveDate>,
    /// Visits that begin on this day or earlier.
    pub to: Option<NaiveDate>,
    /// A state of reservations or of the desk.
    pub state: Option<String>,
    /// How many visits, and guests.
    pub limit: i64,
    /// The `next` value of the previous page.
    pub cursor: Option<String>,
}

/// What was typed and selected, prepared for lookup.
pub(crate) struct ParsedQuery {
    pub(crate) properties: Arc<[Property]>,
    /// The property the search is limited to.
    pub(crate) property: Option<PropertyId>,
    /// Properties named by words of the text.
    pub(crate) named: HashSet<PropertyId>,
    /// Whether dates limit the visits, and which: all that are meant in some property.
    pub(crate) dates: Option<(NaiveDate, NaiveDate)>,
    /// Which are meant in each property: its business date is its today.
    dates_in: HashMap<PropertyId, (NaiveDate, NaiveDate)>,
    /// Whether the dates were typed.
    pub(crate) typed_dates: bool,
    /// How many guests are taken per token.
    pub(crate) candidates: i64,
    pub(crate) parts: Vec<Part>,
    /// Whether ends of numbers find only what the masks show: short numbers have fewer characters shown.
    only_shown: bool,
    /// Words that are a number in a note and in no other place, such as plates.
    plates: Vec<(usize, String)>,
}

/// A meaning of a part of the text. Meanings of the same words form a group: a visit can match only one
/// of them.
pub(crate) struct Part {
    pub(crate) group: usize,
    pub(crate) meaning: Meaning,
}

pub(crate) enum Meaning {
    Number(String),
    Room(String),
    Phone(String),
    PhoneTail(String),
    Document(String),
    DocumentTail(String),
    Email(String),
    /// A name, only in these properties unless there are none.
    Name(Name, String, HashSet<PropertyId>),
}

/// The most characters of a number's end that masks show: whoever knows more of it knows what is hidden.
const SHOWN_OF_NUMBERS: usize = 4;

impl Meaning {
    /// Whether it can be looked up only by whoever may ask to whom a number or an address belongs.
    fn is_look_up(&self) -> bool {
        match self {
            Self::Phone(_) | Self::Document(_) | Self::Email(_) => true,
            Self::PhoneTail(text) | Self::DocumentTail(text) => text.chars().count() > SHOWN_OF_NUMBERS,
            Self::Number(_) | Self::Room(_) | Self::Name(..) => false,
        }
    }
}

impl ParsedQuery {
    /// Whether it asks to whom a number or an address belongs.
    pub(crate) fn has_look_ups(&self) -> bool {
        self.parts.iter().any(|part| part.meaning.is_look_up())
    }

    /// The same without taking the number of a visit, which has a check digit, for a passport's too: whoever looks for a visit looks nobody up.
    pub(crate) fn visits_by_number(mut self) -> Self {
        let visits: HashSet<usize> = self
            .parts
            .iter()
            .filter(
                |part| matches!(&part.meaning, Meaning::Number(text) if text.parse::<VisitNumber>().is_ok()),
            )
            .map(|part| part.group)
            .collect();
        self.parts.retain(|part| !part.meaning.is_look_up() || !visits.contains(&part.group));
        self
    }

    /// The same without asking that. What is left is looked up as if nothing else had been typed; and ends of numbers find what is shown of them only.
    pub(crate) fn without_look_ups(mut self) -> Self {
        self.parts.retain(|part| !part.meaning.is_look_up());
        self.only_shown = true;
        self
    }

    pub(crate) fn of(properties: Arc<[Property]>, asked: &SearchQuery) -> Result<Self> {
        let chosen = match &asked.property {
            None => None,
            Some(code) => {
                Some(properties.iter().find(|property| property.code == *code).ok_or_else(|| {
                    AppError::not_found(Missing::Property, code).at(Place::parameter("property"))
                })?)
            }
        };
        let first = chosen.or(properties.first()).map_or(EVER.0, |property| property.business_date);
        let Query { terms, dates, rest, names } = parse_query(&asked.q, first, DEFAULT_REGION);

        let coded = properties
            .iter()
            .find(|property| rest.iter().any(|word| word.eq_ignore_ascii_case(&property.code)));
        let property = chosen.or(coded).map(|property| property.id);
        let all = rest.join(" ");
        let mut named: HashSet<PropertyId> = properties
            .iter()
            .filter(|property| is_called(property, &all))
            .map(|property| property.id)
            .collect();
        named.extend(coded.map(|property| property.id));

        let mut groups: Vec<String> = Vec::new();
        let mut group = |text: &str| match groups.iter().position(|known| known == text) {
            Some(known) => known,
            None => {
                groups.push(text.to_owned());
                groups.len() - 1
            }
        };
        let mut parts = Vec::new();
        for term in terms {
            let (text, meaning) = match term {
                // The code of a property is not a number of a visit.
                Term::Number(text)
                    if coded.is_some_and(|property| property.code.eq_ignore_ascii_case(&text)) =>
                {
                    continue;
                }
                Term::Room(text)
                    if coded.is_some_and(|property| property.code.eq_ignore_ascii_case(&text)) =>
                {
                    continue;
                }
                Term::Number(text) => (text.clone(), Meaning::Number(text)),
                Term::Room(text) => (text.clone(), Meaning::Room(text)),
                Term::Phone(text) => (text.clone(), Meaning::Phone(text)),
                Term::PhoneTail(text) => (text.clone(), Meaning::PhoneTail(text)),
                Term::Document(text) => (text.clone(), Meaning::Document(text)),
                Term::DocumentTail(text) => (text.clone(), Meaning::DocumentTail(text)),
                Term::Email(text) => (text.clone(), Meaning::Email(text)),
                Term::Name(_) => continue,
            };
            parts.push(Part { group: group(&text), meaning });
        }
        for reading in names {
            let words = reading.leftover.join(" ");
            let places: HashSet<PropertyId> = if words.is_empty() {
                HashSet::new()
            } else {
                properties
                    .iter()
                    .filter(|property| is_called(property, &words))
                    .map(|property| property.id)
                    .collect()
            };
            if !words.is_empty() && places.is_empty() {
                continue;
            }
            named.extend(&places);
            // The words of a name contain a space, so no other part is in this group.
            let meaning = Meaning::Name(Name::of(&reading.name), reading.name, places);
            parts.push(Part { group: group(" "), meaning });
        }

        let mut plates = Vec::new();
        for word in rest.iter().filter(|word| !word.is_ascii()) {
            plates.extend(numbers_in(word).into_iter().map(|number| (group(word), number)));
        }

        let typed_dates = dates.is_some();
        let is_limited = typed_dates || asked.from.is_some() || asked.to.is_some();
        let mut read: HashMap<NaiveDate, Option<(NaiveDate, NaiveDate)>> = HashMap::from([(first, dates)]);
        let mut dates_in = HashMap::new();
        for known in properties.iter().filter(|known| is_limited && property.is_none_or(|id| id == known.id))
        {
            let today = known.business_date;
            // Words such as "today" are read once for each business date there is.
            let dates = *read.entry(today).or_insert_with(|| {
                parse_query(&asked.q, today, DEFAULT_REGION).dates.filter(|_| typed_dates)
            });
            let (first, last) = dates.unwrap_or(EVER);
            dates_in.insert(known.id, (asked.from.unwrap_or(first), asked.to.unwrap_or(last)));
        }
        let dates = dates_in.values().copied().reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let candidates = asked.limit.clamp(CANDIDATES.0, CANDIDATES.1);
        Ok(Self {
            property,
            named,
            dates,
            dates_in,
            typed_dates,
            candidates,
            parts,
            plates,
            properties,
            only_shown: false,
        })
    }

    pub(crate) fn span(&self) -> (NaiveDate, NaiveDate) {
        self.dates.unwrap_or(EVER)
    }

    /// The dates that are meant in a property, if any limit the visits.
    pub(crate) fn dates_in(&self, property: PropertyId) -> Option<(NaiveDate, NaiveDate)> {
        self.dates_in.get(&property).copied()
    }

    /// A property's business date.
    pub(crate) fn today_in(&self, property: PropertyId) -> NaiveDate {
        let known = self.properties.iter().find(|known| known.id == property);
        known.map_or(EVER.0, |known| known.business_date)
    }

    pub(crate) fn fits(&self, property: PropertyId, arrival: NaiveDate, departure: NaiveDate) -> bool {
        let (from, to) = self.dates_in(property).unwrap_or(EVER);
        self.property.is_none_or(|wanted| wanted == property) && arrival <= to && departure >= from
    }

    /// What may stand as a number in a note, with its group. Whole phone and document numbers are looked for as such only: a note is no way around
    /// the right to do so.
    pub(crate) fn numbers(&self) -> Vec<(usize, String)> {
        let is_of_a_person = |number: &str| {
            self.parts.iter().any(|part| match &part.meaning {
                Meaning::Phone(phone) => phone.ends_with(number),
                Meaning::Document(document) => document == number && number.len() >= LONG_DOCUMENT,
                _ => false,
            })
        };
        let number = |part: &Part| match &part.meaning {
            Meaning::Number(number) if !is_of_a_person(number) => Some((part.group, number.clone())),
            _ => None,
        };
        self.parts.iter().filter_map(number).chain(self.plates.iter().cloned()).collect()
    }

    /// The lookup keys for guests: group, kind and value.
    pub(crate) fn guest_keys(&self) -> Vec<(usize, &'static str, String, i64)> {
        let mut found = Vec::new();
        for Part { group, meaning } in &self.parts {
            let mut add = |kind, value: &str, limit| found.push((*group, kind, value.to_owned(), limit));
            let most = self.candidates;
            let of_tail = |text: &str| if text.len() > 4 { LONG_TAIL_CANDIDATES } else { most };
            match meaning {
                Meaning::Number(_) | Meaning::Room(_) => {}
                Meaning::Phone(text) => add(keys::PHONE, text, most),
                Meaning::PhoneTail(text) => add(keys::PHONE_TAIL, tail(text), of_tail(text)),
                Meaning::Document(text) => add(keys::DOCUMENT, text, most),
                Meaning::DocumentTail(text) => add(keys::DOCUMENT_TAIL, tail(text), of_tail(text)),
                Meaning::Email(text) => add(keys::EMAIL, text, most),
                Meaning::Name(_, text, _) => {
                    lookup_keys(text).iter().for_each(|key| add(keys::NAME, key, most));
                    lookup_part_keys(text).iter().for_each(|key| add(keys::NAME_PART, key, most));
                }
            }
        }
        found
    }

    /// The lookup keys for names that were not typed to the end, of guests of any date: by the beginning of a word, or by a whole word before it.
    pub(crate) fn begun_keys(&self) -> Vec<(&'static str, String)> {
        let key = |part: &Part| match &part.meaning {
            Meaning::Name(_, text, _) => match (lookup_begin_key(text), lookup_begun(text)) {
                (Some(begin), _) => Some((keys::NAME_BEGIN, begin)),
                (None, Some((first, None))) => Some((keys::NAME_PART, first)),
                (None, _) => None,
            },
            _ => None,
        };
        self.parts.iter().filter_map(key).collect()
    }

    /// The same for names of which both a whole word and the beginning of the last one were typed.
    pub(crate) fn begun_names(&self) -> Vec<(String, String)> {
        let keys = |part: &Part| match &part.meaning {
            Meaning::Name(_, text, _) => lookup_begun(text).and_then(|(first, last)| Some((first, last?))),
            _ => None,
        };
        self.parts.iter().filter_map(keys).collect()
    }

    fn ends_with(&self, number: &str, end: &str, mask: fn(&str) -> String) -> bool {
        number.ends_with(end) && (!self.only_shown || mask(number).ends_with(end))
    }

    /// What a guest matches.
    pub(crate) fn answers_of(&self, profile: &Profile) -> Vec<Answer> {
        let names: Vec<Name> = profile.names().map(Name::of).collect();
        let mut found = Vec::new();
        for Part { group, meaning } in &self.parts {
            let (why, only_in) = match meaning {
                Meaning::Phone(text) if profile.phones.contains(text) => (Why::Phone, None),
                Meaning::PhoneTail(text)
                    if profile.phones.iter().any(|phone| self.ends_with(phone, text, mask_phone)) =>
                {
                    (Why::PhoneTail, None)
                }
                Meaning::Document(text) if profile.documents.iter().any(|known| known.number == *text) => {
                    (Why::Document, None)
                }
                Meaning::DocumentTail(text)
                    if profile
                        .documents
                        .iter()
                        .any(|known| self.ends_with(&known.number, text, mask_document)) =>
                {
                    (Why::DocumentTail, None)
                }
                Meaning::Email(text) if profile.emails.contains(text) => (Why::Email, None),
                Meaning::Name(typed, _, places) => {
                    match names.iter().filter_map(|name| name.likeness(typed)).min() {
                        Some(Likeness::Same) => (Why::Name, Some(places)),
                        Some(Likeness::Begins) => (Why::NamePrefix, Some(places)),
                        Some(Likeness::Part) => (Why::NamePart, Some(places)),
                        Some(Likeness::Similar) => (Why::NameSimilar, Some(places)),
                        None => continue,
                    }
                }
                _ => continue,
            };
            let only_in = only_in.cloned().unwrap_or_default();
            found.push(Answer { group: *group, why, weight: why.weight(), only_in });
        }
        found
    }
}

/// Whether words name a property: its code, its name, or a part of the name.
pub(crate) fn is_called(property: &Property, words: &str) -> bool {
    if words.eq_ignore_ascii_case(&property.code) {
        return true;
    }
    let words = normalise_name(words);
    let enough = if words.is_ascii() { words.len() >= 3 } else { words.chars().count() >= 2 };
    let english = format!(" {} ", normalise_name(&property.name_en));
    enough && (normalise_name(&property.name).contains(&words) || english.contains(&format!(" {words} ")))
}

/// Start of a page: how many visits of the window were shown, and the guest before whom the window begins.
pub(crate) fn read_cursor(cursor: Option<&str>) -> Result<(usize, Option<GuestId>)> {
    let Some(text) = cursor else { return Ok((0, None)) };
    let wrong = || AppError::invalid(Place::parameter("cursor"), Message::Cursor);
    let (shown, before) = text.split_once('.').map_or((text, None), |(shown, before)| (shown, Some(before)));
    let before = before.map(|id| id.parse().map(GuestId::from_uuid).map_err(|_| wrong())).transpose()?;
    Ok((shown.parse().map_err(|_| wrong())?, before))
}

pub(crate) fn write_cursor(shown: usize, before: Option<GuestId>) -> String {
    before.map_or_else(|| shown.to_string(), |id| format!("{shown}.{id}"))
}

/// A state to filter by: of the reservation or of the desk.
pub(crate) fn is_state(code: &str) -> bool {
    code.parse::<ReservationState>().is_ok() || code.parse::<DeskState>().is_ok()
}

impl ParsedQuery {
    /// The properties whose current people are searched.
    pub(crate) fn properties_in_memory(&self) -> impl Iterator<Item = &Property> {
        let few = self.properties.len() <= PROPERTIES_IN_MEMORY;
        self.properties.iter().filter(move |property| match self.property {
            Some(id) => property.id == id,
            None => few || self.named.contains(&property.id),
        })
    }
}
