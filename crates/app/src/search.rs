//! The one search box: visits and guests by anything a desk knows of them.
//!
//! What was typed may mean several things; each is looked up by an index (own and outside numbers by
//! `visit_alias`, rooms by `room_night` and `stay`, guests by blind tokens, current people in memory), and what is
//! found is ranked by how many of the typed words it answers to and how telling they are.
//! Tokens can collide, so a guest found by one counts only if the opened profile answers.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Instant,
};

use chrono::{Days, NaiveDate};
use hefu_domain::{
    Message, Place,
    guest::{GuestState, Profile},
    ids::{GuestId, PropertyId, RoomId, VisitId},
    message::{Codes, Missing},
    property::Property,
    reservation::{OWN_NUMBERS, Reservation, ReservationState},
    stay::{DeskState, StayState},
};
use hefu_identity::{
    mask::{mask_document, mask_email, mask_phone},
    name::{lookup_keys, normalise_name},
    query::{Query, Term, parse_query},
};
use hefu_kernel::{FIRST_DATE, Id as _, LAST_DATE, codes};
use hefu_store::{
    Conn,
    query::{
        self,
        guest::{Guest, Sealed},
        visit::{Latest, OfGuest, Whereabouts},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App, AppError,
    current::{Likeness, Name},
    guest::{DEFAULT_REGION, keys, tail},
    visit::grouped,
};

/// Guests taken of one token, the newest first, at the least and at the most: as many as the page has lines. The cursor leads to the older
/// ones. Hundreds share a name in a large chain, and each of them has to be opened.
const CANDIDATES: (i64, i64) = (10, 100);
/// Guests who answer to the end of a number and a name.
const OF_BOTH: i64 = 200;
/// Arrivals of a day in a property.
const ARRIVALS: i64 = 200;
/// Tails of more than four characters are rarer than their tokens, which are of the last four.
const LONG_TAIL_CANDIDATES: i64 = 2_000;
/// Visits taken of thirty-two guests.
const VISITS_OF_GUESTS: i64 = 1_000;
/// Rooms of one number, in as many properties.
const ROOMS: i64 = 20;
/// Latest visits of a room looked at when no dates are given.
const VISITS_OF_ROOM: i64 = 5;
/// In more properties than this, current people are searched only in a property that is named.
const HOUSES_IN_MEMORY: usize = 20;

/// The first and last day there are.
const EVER: (NaiveDate, NaiveDate) = (FIRST_DATE, LAST_DATE);

/// What is searched.
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
    /// What `next` of the page before said.
    pub cursor: Option<String>,
}

codes! {
    /// By what something was found.
    pub enum Why {
        /// The visit's own number.
        Number = "number",
        /// A number of another system.
        OutsideNumber = "outside_number",
        /// The room.
        Room = "room",
        /// A whole phone number.
        Phone = "phone",
        /// The end of a phone number.
        PhoneTail = "phone_tail",
        /// A whole document number.
        Document = "document",
        /// The end of a document number.
        DocumentTail = "document_tail",
        /// An e-mail address.
        Email = "email",
        /// The name.
        Name = "name",
        /// The beginning of the name.
        NamePrefix = "name_prefix",
        /// A similar name.
        NameSimilar = "name_similar",
        /// The dates typed.
        Date = "date",
        /// The property typed.
        Property = "property",
    }
}

impl Why {
    /// How telling it is, 0 to 100.
    const fn weight(self) -> u8 {
        match self {
            Self::Number => 100,
            Self::Document => 98,
            Self::Phone | Self::Email => 97,
            Self::OutsideNumber => 95,
            Self::Room => 80,
            Self::Name => 70,
            Self::DocumentTail => 60,
            Self::PhoneTail => 58,
            Self::NamePrefix => 50,
            Self::NameSimilar => 40,
            Self::Date | Self::Property => 10,
        }
    }
}

/// A room's visit found without a date, when the guest is not in it now.
const ROOM_ONCE: u8 = 45;
/// A room's visit found without a date, the guest in it now.
const ROOM_NOW: u8 = 75;

/// What was found, the best first.
#[derive(Debug)]
pub struct SearchView {
    /// Visits.
    pub visits: Vec<VisitHit>,
    /// Guests that answer themselves.
    pub guests: Vec<GuestHit>,
    /// Where to go on; none at the end.
    pub next: Option<String>,
    /// How long it took, microseconds.
    pub took_us: i64,
}

/// A visit that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitHit {
    /// The number, in groups.
    pub number: String,
    /// Code of the property.
    pub property: String,
    /// Name of the property.
    pub property_name: String,
    /// The guest that was found, else who booked.
    pub guest: GuestShort,
    /// First day.
    pub arrival: NaiveDate,
    /// Last day.
    pub departure: NaiveDate,
    /// The reservation's state.
    pub state: ReservationState,
    /// What the desk calls it today.
    pub desk_state: Option<DeskState>,
    /// The room's number: the one asked for, else the first.
    pub room: Option<String>,
    /// By what it was found.
    #[serde(skip)]
    pub why: Vec<Why>,
    /// How well it answers, 0 to 100.
    pub score: u8,
}

/// A guest in a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestShort {
    /// Identifier.
    pub id: GuestId,
    /// Full name; empty for an erased guest.
    pub name: String,
    /// The first phone, masked.
    pub phone: Option<String>,
}

/// A guest that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestHit {
    /// Identifier.
    pub id: GuestId,
    /// Full name.
    pub name: String,
    /// Other names of the guest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<String>,
    /// The first phone, masked.
    pub phone: Option<String>,
    /// The first e-mail address, masked.
    pub email: Option<String>,
    /// Documents, masked.
    pub documents: Vec<DocumentShort>,
    /// How many visits there are.
    pub visits: i64,
    /// The latest.
    pub last_visit: Option<LastVisit>,
    /// By what the guest was found.
    #[serde(skip)]
    pub why: Vec<Why>,
    /// How well the guest answers, 0 to 100.
    pub score: u8,
}

/// A document in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentShort {
    /// `resident_id`, `passport`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The number, masked.
    pub number: String,
}

/// A guest's latest visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastVisit {
    /// The number, in groups.
    pub number: String,
    /// Code of the property.
    pub property: String,
    /// First day.
    pub arrival: NaiveDate,
}

/// What was typed and chosen, as it is looked up.
struct ParsedQuery {
    properties: Arc<[Property]>,
    /// The property the search is limited to.
    property: Option<PropertyId>,
    /// Properties that words of the text name.
    named: HashSet<PropertyId>,
    /// Whether dates limit the visits, and which.
    dates: Option<(NaiveDate, NaiveDate)>,
    /// Whether the dates were typed.
    typed_dates: bool,
    today: NaiveDate,
    /// How many guests are taken of one token.
    candidates: i64,
    parts: Vec<Part>,
}

/// A meaning of a part of the text. Meanings of the same words are of one group: a visit can answer to one
/// of them only.
struct Part {
    group: usize,
    meaning: Meaning,
}

enum Meaning {
    Number(String),
    Room(String),
    Phone(String),
    PhoneTail(String),
    Document(String),
    DocumentTail(String),
    Email(String),
    /// A name, in these properties only unless there are none.
    Name(Name, String, HashSet<PropertyId>),
}

/// That something answers to a group of the text.
#[derive(Debug, Clone)]
struct Answer {
    group: usize,
    why: Why,
    weight: u8,
    /// Only for visits in these properties, unless there are none.
    only_in: HashSet<PropertyId>,
}

/// Answers to several groups: how many, and how telling they are together.
fn rank(answers: &[(usize, Why, u8)], others: &[Why]) -> Rank {
    let mut best: BTreeMap<usize, u8> = BTreeMap::new();
    for (group, _, weight) in answers {
        let known = best.entry(*group).or_default();
        *known = (*known).max(*weight);
    }
    let doubt: f64 = best
        .values()
        .copied()
        .chain(others.iter().map(|why| why.weight()))
        .map(|weight| 1.0 - f64::from(weight) / 100.0)
        .product();
    let why: BTreeSet<Why> = answers.iter().map(|(_, why, _)| *why).chain(others.iter().copied()).collect();
    (best.len(), ((1.0 - doubt) * 100.0).round() as u8, why.into_iter().collect())
}

impl ParsedQuery {
    fn of(properties: Arc<[Property]>, asked: &SearchQuery) -> crate::Result<Self> {
        let chosen = match &asked.property {
            None => None,
            Some(code) => {
                Some(properties.iter().find(|property| property.code == *code).ok_or_else(|| {
                    AppError::not_found(Missing::Property, code).at(Place::parameter("property"))
                })?)
            }
        };
        let today = chosen.or_else(|| properties.iter().max_by_key(|property| property.business_date));
        let today = today.map_or(EVER.0, |property| property.business_date);
        let Query { terms, dates, rest, names } = parse_query(&asked.q, today, DEFAULT_REGION);

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
                // The code of a property is no number of a visit.
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
            // The words of a name hold a space, so no other part is of this group.
            let meaning = Meaning::Name(Name::of(&reading.name), reading.name, places);
            parts.push(Part { group: group(" "), meaning });
        }

        let typed_dates = dates.is_some();
        let (first, last) = dates.unwrap_or(EVER);
        let limits = (asked.from.unwrap_or(first), asked.to.unwrap_or(last));
        let dates = (typed_dates || asked.from.is_some() || asked.to.is_some()).then_some(limits);
        let candidates = asked.limit.clamp(CANDIDATES.0, CANDIDATES.1);
        Ok(Self { property, named, dates, typed_dates, today, candidates, parts, properties })
    }

    fn span(&self) -> (NaiveDate, NaiveDate) {
        self.dates.unwrap_or(EVER)
    }

    fn fits(&self, property: PropertyId, arrival: NaiveDate, departure: NaiveDate) -> bool {
        let (from, to) = self.span();
        self.property.is_none_or(|wanted| wanted == property) && arrival <= to && departure >= from
    }

    /// The keys by which guests are looked up: group, kind and value.
    fn guest_keys(&self) -> Vec<(usize, &'static str, String, i64)> {
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
                }
            }
        }
        found
    }

    /// To what a guest answers.
    fn answers_of(&self, profile: &Profile) -> Vec<Answer> {
        let names: Vec<Name> = profile.names().map(Name::of).collect();
        let mut found = Vec::new();
        for Part { group, meaning } in &self.parts {
            let (why, only_in) = match meaning {
                Meaning::Phone(text) if profile.phones.contains(text) => (Why::Phone, None),
                Meaning::PhoneTail(text) if profile.phones.iter().any(|phone| phone.ends_with(text)) => {
                    (Why::PhoneTail, None)
                }
                Meaning::Document(text) if profile.documents.iter().any(|known| known.number == *text) => {
                    (Why::Document, None)
                }
                Meaning::DocumentTail(text)
                    if profile.documents.iter().any(|known| known.number.ends_with(text)) =>
                {
                    (Why::DocumentTail, None)
                }
                Meaning::Email(text) if profile.emails.contains(text) => (Why::Email, None),
                Meaning::Name(typed, _, places) => {
                    match names.iter().filter_map(|name| name.likeness(typed)).min() {
                        Some(Likeness::Same) => (Why::Name, Some(places)),
                        Some(Likeness::Begins) => (Why::NamePrefix, Some(places)),
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
fn is_called(property: &Property, words: &str) -> bool {
    if words.eq_ignore_ascii_case(&property.code) {
        return true;
    }
    let words = normalise_name(words);
    let enough = if words.is_ascii() { words.len() >= 3 } else { words.chars().count() >= 2 };
    let english = format!(" {} ", normalise_name(&property.name_en));
    enough && (normalise_name(&property.name).contains(&words) || english.contains(&format!(" {words} ")))
}

/// A visit on its way to become a hit.
#[derive(Debug)]
struct Candidate {
    arrival: NaiveDate,
    departure: NaiveDate,
    answers: Vec<(usize, Why, u8)>,
    /// The guest that answers.
    guest: Option<GuestId>,
    /// The room that was asked for.
    room: Option<RoomId>,
}

type Candidates = HashMap<(PropertyId, VisitId), Candidate>;

/// To how many words something answers, how well, and by what.
type Rank = (usize, u8, Vec<Why>);

/// A candidate with its rank.
type Ranked = (Rank, (PropertyId, VisitId), Candidate);

/// Where a page begins: how many visits of the window were shown, and the guest before whom the window begins.
fn read_cursor(cursor: Option<&str>) -> crate::Result<(usize, Option<GuestId>)> {
    let Some(text) = cursor else { return Ok((0, None)) };
    let wrong = || AppError::invalid(Place::parameter("cursor"), Message::Cursor);
    let (shown, before) = text.split_once('.').map_or((text, None), |(shown, before)| (shown, Some(before)));
    let before = before.map(|id| id.parse().map(GuestId::from_uuid).map_err(|_| wrong())).transpose()?;
    Ok((shown.parse().map_err(|_| wrong())?, before))
}

fn write_cursor(shown: usize, before: Option<GuestId>) -> String {
    before.map_or_else(|| shown.to_string(), |id| format!("{shown}.{id}"))
}

/// A state to filter by: of the reservation or of the desk.
fn is_state(code: &str) -> bool {
    code.parse::<ReservationState>().is_ok() || code.parse::<DeskState>().is_ok()
}

impl App {
    /// Finds visits and guests.
    ///
    /// # Errors
    /// The property is unknown, the state or the cursor is none, or the database fails.
    pub async fn search(&self, search: &SearchQuery) -> crate::Result<SearchView> {
        let started = Instant::now();
        if search.state.as_deref().is_some_and(|code| !is_state(code)) {
            let known = ReservationState::ALL.iter().map(|state| state.code());
            let mut known: Vec<&str> = known.chain(DeskState::ALL.iter().map(|state| state.code())).collect();
            known.dedup();
            let message = Message::OneOf { known: Codes::of(known) };
            return Err(AppError::invalid(Place::parameter("state"), message));
        }
        let (shown, before) = read_cursor(search.cursor.as_deref())?;
        let c = &mut self.store().read().await?;
        let asked = ParsedQuery::of(self.properties.all(c, self.store()).await?, search)?;
        let mut found = Candidates::new();
        if before.is_none() {
            self.by_number_and_room(c, &asked, &mut found).await?;
        }
        let (guests, older) = self.guests_of(c, &asked, before).await?;
        let mut places = Places::default();
        let latest = self.visits_of(c, &asked, &guests, &mut found, &mut places).await?;

        let mut ranked: Vec<Ranked> = found
            .into_iter()
            .map(|(key, candidate)| {
                let mut others = Vec::new();
                others.extend(asked.typed_dates.then_some(Why::Date));
                others.extend(asked.named.contains(&key.0).then_some(Why::Property));
                (rank(&candidate.answers, &others), key, candidate)
            })
            .collect();
        // Of equals the one that is nearest to today.
        let distance = |candidate: &Candidate| {
            let (until, since) = (candidate.arrival - asked.today, asked.today - candidate.departure);
            until.num_days().max(since.num_days()).max(0)
        };
        ranked.sort_by(|((groups, score, _), key, a), ((groups_b, score_b, _), key_b, b)| {
            (groups_b, score_b, distance(a), key_b.1).cmp(&(groups, score, distance(b), key.1))
        });

        let limit = usize::try_from(search.limit).unwrap_or_default();
        let mut people = Vec::new();
        if shown == 0 {
            let visited: HashSet<GuestId> = ranked.iter().filter_map(|(_, _, c)| c.guest).collect();
            people = ranked_guests(&asked, &guests, &visited, limit);
        }
        let latest = match latest {
            Some(latest) => latest,
            None => {
                let ids: Vec<GuestId> = people.iter().map(|(_, guest)| guest.id).collect();
                query::visit::latest_of_guests(c, &ids).await?
            }
        };
        // Where the guests' latest visits are is asked together with the page, if it is not known yet.
        let of_people = people.iter().filter_map(|(_, guest)| latest.get(&guest.id));
        places.wanted.extend(of_people.map(|latest| (latest.property_id, latest.visit_id)));

        let (mut visits, mut at) = (Vec::new(), shown);
        while visits.len() < limit && at < ranked.len() {
            // With a state asked for, nobody knows how many have to be looked at.
            let most = if search.state.is_some() { 32 } else { limit - visits.len() };
            let page = &ranked[at..ranked.len().min(at + most)];
            places.wanted.extend(page.iter().map(|(_, visit, _)| *visit));
            places.learn(c).await?;
            for ((_, score, why), (property, visit), candidate) in page {
                if visits.len() == limit {
                    break;
                }
                at += 1;
                let rooms = places.rooms(*visit);
                let hit = self.visit_hit(c, &asked, *property, rooms, candidate, &guests).await?;
                let Some(hit) = hit else {
                    continue;
                };
                let is_wanted = search.state.as_deref().is_none_or(|code| {
                    hit.state.code() == code || hit.desk_state.is_some_and(|state| state.code() == code)
                });
                if is_wanted {
                    visits.push(VisitHit { why: why.clone(), score: *score, ..hit });
                }
            }
        }
        places.learn(c).await?;
        let guest_hits = people
            .into_iter()
            .map(|((_, score, why), guest)| {
                let latest = latest.get(&guest.id);
                let last_visit = latest.and_then(|latest| places.last_visit(&asked, latest));
                let visits = latest.map_or(0, |latest| latest.visits);
                GuestHit { why, score, visits, last_visit, ..GuestHit::of(guest) }
            })
            .collect();
        let next = if at < ranked.len() {
            Some(write_cursor(at, before))
        } else {
            older.map(|before| write_cursor(0, Some(before)))
        };
        let took_us = i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX);
        Ok(SearchView { visits, guests: guest_hits, next, took_us })
    }

    /// Visits by their numbers and rooms; of each also what its guests answer to.
    async fn by_number_and_room(
        &self,
        c: &mut Conn,
        asked: &ParsedQuery,
        found: &mut Candidates,
    ) -> crate::Result<()> {
        type Reason = (usize, Why, u8, Option<RoomId>);
        let mut reasons: HashMap<(PropertyId, VisitId), Vec<Reason>> = HashMap::new();
        for Part { group, meaning } in &asked.parts {
            match meaning {
                Meaning::Number(number) => {
                    for alias in query::visit::by_number(c, number).await? {
                        let own = alias.system == OWN_NUMBERS;
                        let why = if own { Why::Number } else { Why::OutsideNumber };
                        let key = (alias.property_id, alias.visit_id);
                        reasons.entry(key).or_default().push((*group, why, why.weight(), None));
                    }
                }
                Meaning::Room(number) => {
                    for (visit, room, weight) in visits_of_room(c, asked, number).await? {
                        reasons.entry(visit).or_default().push((*group, Why::Room, weight, Some(room)));
                    }
                }
                _ => {}
            }
        }
        // Dates alone: who arrives then.
        if asked.parts.is_empty()
            && let Some(dates) = asked.dates
        {
            for property in asked.properties_in_memory() {
                let state = ReservationState::Reserved;
                for arrival in query::visit::arrivals(c, property.id, dates, state, ARRIVALS).await? {
                    reasons.entry((property.id, arrival.id)).or_default();
                }
            }
        }
        for ((property, visit), reasons) in reasons {
            let Some(reservation) = query::visit::reservation(c, property, visit).await? else { continue };
            let Reservation { arrival, departure, guest_id, .. } = reservation;
            if !asked.fits(property, arrival, departure) {
                continue;
            }
            let mut people = vec![guest_id];
            people.extend(
                query::visit::stay_guests(c, property, visit)
                    .await?
                    .into_iter()
                    .map(|person| person.guest_id),
            );
            people.dedup();
            let mut candidate = Candidate {
                arrival,
                departure,
                answers: reasons.iter().map(|(group, why, weight, _)| (*group, *why, *weight)).collect(),
                guest: None,
                room: reasons.iter().find_map(|(.., room)| *room),
            };
            for (guest, _) in query::guest::records(c, self.store().vault(), &people).await? {
                candidate.add(property, guest.id, &asked.answers_of(&guest.profile));
            }
            found.insert((property, visit), candidate);
        }
        Ok(())
    }

    /// Guests that answer themselves, under every id their visits may stand; and before whom to go on.
    async fn guests_of(
        &self,
        c: &mut Conn,
        asked: &ParsedQuery,
        before: Option<GuestId>,
    ) -> crate::Result<(HashMap<GuestId, Found>, Option<GuestId>)> {
        let vault = self.store().vault();
        let looked_up = asked.guest_keys();
        let mut ids: BTreeSet<GuestId> = BTreeSet::new();
        let mut sealed: HashMap<GuestId, Sealed> = HashMap::new();
        let mut older: Option<GuestId> = None;
        // Who is here now, who answers to a whole number, and who answers to a name and the end of a number, belongs on
        // the first page however old the guest's record is.
        let mut first: HashSet<GuestId> = HashSet::new();
        let is_tail = |kind: &str| kind == keys::PHONE_TAIL || kind == keys::DOCUMENT_TAIL;
        if asked.dates.is_some() || asked.property.is_some() {
            for (_, kind, value, limit) in &looked_up {
                let key = (*kind, value.as_str());
                let some =
                    query::guest::by_key_in(c, vault, key, asked.span(), asked.property, before, *limit)
                        .await?;
                if i64::try_from(some.len()).is_ok_and(|count| count >= *limit) {
                    older = older.max(some.last().copied());
                }
                ids.extend(some);
            }
        } else {
            // Keys of one limit are looked up at once. A number that is somebody's whole number is not looked for as the end of others: among
            // a million guests hundreds have the last four characters, and each would have to be opened.
            let mut whole: HashSet<usize> = HashSet::new();
            for limit in [asked.candidates, LONG_TAIL_CANDIDATES] {
                let is_wanted = |group: &usize| limit != LONG_TAIL_CANDIDATES || !whole.contains(group);
                let of_limit: Vec<_> =
                    looked_up.iter().filter(|(group, .., of)| *of == limit && is_wanted(group)).collect();
                let some: Vec<_> =
                    of_limit.iter().map(|(_, kind, value, _)| (*kind, value.clone())).collect();
                let (some, guests) = query::guest::newest(c, vault, &some, before, limit).await?;
                sealed.extend(guests);
                for ((group, kind, ..), newest) in of_limit.iter().zip(some) {
                    if !is_tail(kind) && *kind != keys::NAME {
                        if !newest.guests.is_empty() {
                            whole.insert(*group);
                        }
                        if before.is_none() {
                            first.extend(&newest.guests);
                        }
                    }
                    older = older.max(newest.end);
                    ids.extend(newest.guests);
                }
            }
        }
        // A window ends where the first of the look-ups ended: the rest is for the next one.
        if let Some(end) = older {
            ids.retain(|id| *id >= end);
        }
        for property in asked.properties_in_memory() {
            for part in &asked.parts {
                if let Meaning::Name(typed, _, places) = &part.meaning
                    && (places.is_empty() || places.contains(&property.id))
                {
                    first.extend(self.current.names(c, self.store(), property).await?.find(typed));
                }
            }
        }
        for (_, kind, value, _) in looked_up.iter().filter(|(_, kind, ..)| is_tail(kind)) {
            for (_, name_kind, name, _) in looked_up.iter().filter(|(_, kind, ..)| *kind == keys::NAME) {
                let both = query::guest::by_both_keys(c, vault, (kind, value), (name_kind, name), OF_BOTH);
                first.extend(both.await?);
            }
        }
        if before.is_none() {
            ids.extend(&first);
        } else {
            ids.retain(|id| !first.contains(id));
        }

        let mut records: HashMap<GuestId, (Guest, Option<GuestId>)> = HashMap::new();
        let mut missing = Vec::new();
        for id in &ids {
            match sealed.remove(id) {
                Some(guest) => records.extend(guest.open(vault)?.map(|found| (*id, found))),
                None => missing.push(*id),
            }
        }
        let missing = query::guest::records(c, vault, &missing).await?;
        records.extend(missing.into_iter().map(|found| (found.0.id, found)));
        let mut answering: Vec<(GuestId, GuestId, Vec<Answer>)> = Vec::new();
        for (id, (guest, into)) in &records {
            let answers = asked.answers_of(&guest.profile);
            if !answers.is_empty() {
                answering.push((
                    *id,
                    into.filter(|_| guest.state == GuestState::Merged).unwrap_or(*id),
                    answers,
                ));
            }
        }
        let kept: Vec<GuestId> =
            answering.iter().map(|(_, kept, _)| *kept).filter(|kept| !records.contains_key(kept)).collect();
        let kept = query::guest::records(c, vault, &kept).await?;
        records.extend(kept.into_iter().map(|found| (found.0.id, found)));
        let mut found = HashMap::new();
        for (id, kept, answers) in answering {
            let Some((shown, _)) = records.get(&kept).filter(|(kept, _)| kept.state == GuestState::Active)
            else {
                continue;
            };
            if kept != id {
                found.entry(kept).or_insert_with(|| Found { shown: shown.clone(), answers: answers.clone() });
            }
            found.insert(id, Found { shown: shown.clone(), answers });
        }
        Ok((found, older))
    }

    /// Adds the visits of these guests and of everybody who is read as one of them, and to `places` where they are. Answers the latest of
    /// each guest, if these are all.
    async fn visits_of(
        &self,
        c: &mut Conn,
        asked: &ParsedQuery,
        guests: &HashMap<GuestId, Found>,
        found: &mut Candidates,
        places: &mut Places,
    ) -> crate::Result<Option<HashMap<GuestId, Latest>>> {
        let kept: Vec<GuestId> =
            guests.iter().filter(|(id, found)| **id == found.shown.id).map(|(id, _)| *id).collect();
        let property = asked.property;
        let visits = query::visit::of_guests(c, &kept, asked.span(), property, VISITS_OF_GUESTS).await?;
        let are_all = asked.dates.is_none() && property.is_none() && visits.len() < VISITS_OF_GUESTS as usize;
        let mut latest: HashMap<GuestId, Latest> = HashMap::new();
        for OfGuest { root: kept, visit, rooms } in visits {
            if !rooms.is_empty() {
                places.known.entry(visit.visit_id).or_insert(rooms);
            }
            let this = Latest {
                property_id: visit.property_id,
                visit_id: visit.visit_id,
                arrival: visit.arrival,
                visits: 0,
            };
            let known = latest.entry(kept).or_insert_with(|| this.clone());
            let visits = known.visits + 1;
            if (this.arrival, this.visit_id) > (known.arrival, known.visit_id) {
                *known = this;
            }
            known.visits = visits;
            // Who was found under the visit's own id answers for it, else who that is read as.
            let Some(guest) = guests.get(&visit.guest_id).or_else(|| guests.get(&kept)) else { continue };
            if !guest.answers.iter().any(|answer| answer.holds_in(visit.property_id)) {
                continue;
            }
            found
                .entry((visit.property_id, visit.visit_id))
                .or_insert_with(|| Candidate {
                    arrival: visit.arrival,
                    departure: visit.departure,
                    answers: Vec::new(),
                    guest: None,
                    room: None,
                })
                .add(visit.property_id, guest.shown.id, &guest.answers);
        }
        Ok(are_all.then_some(latest))
    }

    async fn visit_hit(
        &self,
        c: &mut Conn,
        asked: &ParsedQuery,
        property: PropertyId,
        rooms: &[Whereabouts],
        candidate: &Candidate,
        guests: &HashMap<GuestId, Found>,
    ) -> crate::Result<Option<VisitHit>> {
        let property = asked.properties.iter().find(|known| known.id == property);
        let (Some(property), Some(visit)) = (property, rooms.first()) else { return Ok(None) };
        let room = rooms
            .iter()
            .find(|room| candidate.room.is_some() && room.room_id == candidate.room)
            .or_else(|| rooms.iter().find(|room| room.stay == Some(StayState::InHouse)))
            .unwrap_or(visit);
        let desk_state = match room.stay {
            Some(stay) => DeskState::of_stay(stay, room.until, property.business_date),
            None => {
                visit.state.holds_rooms().then(|| DeskState::of_arrival(room.from, property.business_date))
            }
        };
        let id = candidate.guest.unwrap_or(visit.guest_id);
        let guest = match guests.get(&id) {
            Some(known) => Some(known.shown.clone()),
            None => query::guest::find(c, self.store().vault(), id).await?,
        };
        Ok(Some(VisitHit {
            number: grouped(&visit.number),
            property: property.code.clone(),
            property_name: property.name.clone(),
            guest: GuestShort {
                id: guest.as_ref().map_or(id, |guest| guest.id),
                phone: guest.as_ref().and_then(|guest| first_phone(&guest.profile)),
                name: guest.map(|guest| guest.profile.full_name).unwrap_or_default(),
            },
            arrival: visit.arrival,
            departure: visit.departure,
            state: visit.state,
            desk_state,
            room: room.room.clone(),
            why: Vec::new(),
            score: 0,
        }))
    }
}

/// The guests that answer themselves, the best first, with how well and by what.
fn ranked_guests<'a>(
    asked: &ParsedQuery,
    guests: &'a HashMap<GuestId, Found>,
    visited: &HashSet<GuestId>,
    limit: usize,
) -> Vec<(Rank, &'a Guest)> {
    let limited = asked.property.is_some() || asked.dates.is_some();
    let mut ranked: Vec<_> = guests
        .iter()
        .filter(|(id, found)| **id == found.shown.id)
        .filter_map(|(id, found)| {
            let here = visited.contains(id);
            let holds = |answer: &&Answer| here || !limited && answer.only_in.is_empty();
            let answers: Vec<_> =
                found.answers.iter().filter(holds).map(|a| (a.group, a.why, a.weight)).collect();
            (!answers.is_empty()).then(|| (rank(&answers, &[]), &found.shown))
        })
        .collect();
    ranked.sort_by(|((groups, score, _), a), ((groups_b, score_b, _), b)| {
        (groups_b, score_b, b.id).cmp(&(groups, score, a.id))
    });
    ranked.truncate(limit);
    ranked
}

impl GuestHit {
    /// A guest as shown; what it was found by and its visits are to be filled in.
    fn of(guest: &Guest) -> Self {
        let profile = &guest.profile;
        Self {
            id: guest.id,
            name: profile.full_name.clone(),
            other_names: profile.other_names.clone(),
            phone: first_phone(profile),
            email: profile.emails.first().map(|email| mask_email(email)),
            documents: profile
                .documents
                .iter()
                .map(|d| DocumentShort { kind: d.kind.clone(), number: mask_document(&d.number) })
                .collect(),
            visits: 0,
            last_visit: None,
            why: Vec::new(),
            score: 0,
        }
    }
}

/// Where visits are, room by room.
#[derive(Default)]
struct Places {
    wanted: Vec<(PropertyId, VisitId)>,
    known: HashMap<VisitId, Vec<Whereabouts>>,
}

impl Places {
    /// Reads of the wanted visits those that are not known.
    async fn learn(&mut self, c: &mut Conn) -> crate::Result<()> {
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|(_, visit)| !self.known.contains_key(visit));
        for room in query::visit::whereabouts(c, &wanted).await? {
            self.known.entry(room.visit).or_default().push(room);
        }
        Ok(())
    }

    fn rooms(&self, visit: VisitId) -> &[Whereabouts] {
        self.known.get(&visit).map(Vec::as_slice).unwrap_or_default()
    }

    fn last_visit(&self, asked: &ParsedQuery, latest: &Latest) -> Option<LastVisit> {
        let visit = self.rooms(latest.visit_id).first()?;
        let property = asked.properties.iter().find(|property| property.id == latest.property_id)?;
        let (number, property) = (grouped(&visit.number), property.code.clone());
        Some(LastVisit { number, property, arrival: latest.arrival })
    }
}

/// A guest that answers.
struct Found {
    /// The guest as shown: the one that was kept, if it was joined into another.
    shown: Guest,
    answers: Vec<Answer>,
}

impl Answer {
    fn holds_in(&self, property: PropertyId) -> bool {
        self.only_in.is_empty() || self.only_in.contains(&property)
    }
}

impl Candidate {
    /// Adds what a guest of the visit answers to.
    fn add(&mut self, property: PropertyId, guest: GuestId, answers: &[Answer]) {
        let before = self.answers.len();
        self.answers.extend(
            answers.iter().filter(|answer| answer.holds_in(property)).map(|a| (a.group, a.why, a.weight)),
        );
        if self.answers.len() > before {
            self.guest.get_or_insert(guest);
        }
    }
}

impl ParsedQuery {
    /// The properties whose current people are searched.
    fn properties_in_memory(&self) -> impl Iterator<Item = &Property> {
        let few = self.properties.len() <= HOUSES_IN_MEMORY;
        self.properties.iter().filter(move |property| match self.property {
            Some(id) => property.id == id,
            None => few || self.named.contains(&property.id),
        })
    }
}

fn first_phone(profile: &Profile) -> Option<String> {
    profile.phones.first().map(|phone| mask_phone(phone))
}

/// The number as typed, and as it stands on the door of properties that fill up with zeros or do not.
fn numbers_of_room(typed: &str) -> Vec<String> {
    let mut numbers = vec![typed.to_owned()];
    if typed.bytes().all(|byte| byte.is_ascii_digit()) {
        numbers.extend(typed.strip_prefix('0').filter(|rest| !rest.is_empty()).map(str::to_owned));
        numbers.extend((typed.len() == 3).then(|| format!("0{typed}")));
    }
    numbers
}

/// The visits of rooms with a number: in the dates, else now and the latest.
async fn visits_of_room(
    c: &mut Conn,
    asked: &ParsedQuery,
    typed: &str,
) -> crate::Result<Vec<((PropertyId, VisitId), RoomId, u8)>> {
    let mut found = Vec::new();
    for number in numbers_of_room(typed) {
        for (property, room) in query::visit::rooms_of_number(c, asked.property, &number, ROOMS).await? {
            let mut add = |visits: Vec<VisitId>, weight| {
                found.extend(visits.into_iter().map(|visit| ((property, visit), room, weight)));
            };
            if let Some((from, to)) = asked.dates {
                // Whoever leaves on the first day was in it the night before.
                let from = from.checked_sub_days(Days::new(1)).unwrap_or(from);
                add(query::visit::in_room(c, property, room, (from, to)).await?, Why::Room.weight());
            } else {
                add(query::visit::in_room_now(c, property, room).await?, ROOM_NOW);
                add(query::visit::in_room_ever(c, property, room, VISITS_OF_ROOM).await?, ROOM_ONCE);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(shown: usize, before: Option<u128>, text in ".*") {
            let before = before.map(|id| GuestId::from_uuid(uuid::Uuid::from_u128(id)));
            prop_assert_eq!(read_cursor(Some(&write_cursor(shown, before))).ok(), Some((shown, before)));
            let _ = read_cursor(Some(&text));
        }
    }
}
