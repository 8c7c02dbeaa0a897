//! The search box: visits and guests by anything a desk knows about them.
//!
//! The typed text may mean several things; each is looked up by an index (own and external numbers by
//! `visit_alias`, rooms by `room_night` and `stay`, guests by blind tokens, current people in memory), and the
//! results are ranked by how many of the typed words they match and how specific the matches are.
//! Tokens can collide, so a guest found by one counts only if the decrypted profile matches.

use crate::{
    current::Current,
    property_cache::PropertyCache,
    query::{
        LONG_TAIL_CANDIDATES, Meaning, ParsedQuery, Part, SearchQuery, is_state, read_cursor, write_cursor,
    },
    rank::{Candidate, Candidates, Found, Ranked, ranked_guests},
    view::*,
    why::{Answer, ROOM_NOW, ROOM_ONCE, Why, rank},
};
use async_trait::async_trait;
use chrono::Days;
use hefu_authz::{Action, Masks, Personal, Resource};
use hefu_core::{AppError, Query, Reader, Result};
use hefu_domain::{
    Message, Place,
    company::name_key,
    guest::GuestState,
    ids::{GuestId, PropertyId, RoomId, VisitId},
    message::Codes,
    property::Property,
    reservation::{OWN_NUMBERS, Reservation, ReservationState},
    stay::{DeskState, StayState},
};
use hefu_front_office::visit::grouped;
use hefu_identity::query::numbers_in;
use hefu_people::profile::keys;
use hefu_store::{
    Conn, Store,
    query::{
        self,
        guest::{Guest, Sealed},
        visit::{Latest, OfGuest, Whereabouts},
    },
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Instant,
};

/// Guests who match a name and the last digits of a number.
const OF_BOTH: i64 = 200;

/// Arrivals of a day in a property.
const ARRIVALS: i64 = 200;

/// Visits taken per thirty-two guests.
const VISITS_OF_GUESTS: i64 = 1_000;

/// Maximum number of rooms with one number, in as many properties.
const ROOMS: i64 = 20;

/// Latest notes with a number.
const NOTES: i64 = 50;

/// Latest visits of a room considered when no dates are given.
const VISITS_OF_ROOM: i64 = 5;

/// The fewest letters of the name of a company that is looked for.
const SHORTEST_NAME: usize = 2;

/// Companies with a name.
const COMPANIES: i64 = 10;

/// Latest visits of a company.
const VISITS_OF_COMPANY: i64 = 50;

/// Why visits are found: the group of words, what matched, how specific it is, and the room.
type Reasons = HashMap<(PropertyId, VisitId), Vec<(usize, Why, u8, Option<RoomId>)>>;

#[async_trait]
impl Query for SearchQuery {
    const ACTION: Action = Action::Search;
    type Out = SearchView;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<SearchView> {
        let (store, masks) = (r.store(), r.masks());
        let properties: Arc<PropertyCache> = r.service();
        let all = properties.all(r.conn().await?, store).await?;
        // Of properties whose visits the principal may not see, none is found.
        let seen: Vec<bool> = all.iter().map(|one| r.may(Action::VisitShow, &one.code)).collect();
        let properties = match seen.contains(&false) {
            false => all,
            true => {
                all.iter().zip(seen).filter(|(_, is_seen)| *is_seen).map(|(one, _)| one.clone()).collect()
            }
        };
        let mut asked = ParsedQuery::of(properties.clone(), self)?;
        if r.is_restricted() {
            asked = asked.visits_by_number();
            // Those who may not ask get the answer to what is left, whether somebody has the number or not.
            if !(asked.has_look_ups() && r.may_look_up().await?) {
                asked = asked.without_look_ups();
            }
        }
        let finder = Finder { store, current: r.service(), properties, masks };
        let found = finder.search(r.conn().await?, self, asked).await?;
        r.finds(found.guests.iter().map(|hit| hit.id).chain(found.visits.iter().map(|hit| hit.guest.id)));
        Ok(found)
    }
}

/// What a search works with.
struct Finder<'a> {
    store: &'a Store,
    current: Arc<Current>,
    /// Those whose visits are shown.
    properties: Arc<[Property]>,
    /// How much of a guest's data the hits show.
    masks: Masks,
}

impl Finder<'_> {
    async fn search(&self, c: &mut Conn, search: &SearchQuery, asked: ParsedQuery) -> Result<SearchView> {
        let started = Instant::now();
        if search.state.as_deref().is_some_and(|code| !is_state(code)) {
            let known = ReservationState::ALL.iter().map(|state| state.code());
            let mut known: Vec<&str> = known.chain(DeskState::ALL.iter().map(|state| state.code())).collect();
            known.dedup();
            let message = Message::OneOf { known: Codes::of(known) };
            return Err(AppError::invalid(Place::parameter("state"), message));
        }
        let (shown, before) = read_cursor(search.cursor.as_deref())?;
        let mut found = Candidates::new();
        if before.is_none() {
            self.by_number_and_room(c, &asked, &mut found).await?;
        }
        let (guests, older) = self.guests_of(c, &asked, before).await?;
        let mut places = Places::default();
        let latest = self.visits_of(c, &asked, &guests, &mut found, &mut places).await?;
        // Nobody is called so: perhaps a company or a group is.
        if before.is_none() && found.is_empty() && guests.is_empty() {
            self.by_company_and_group(c, &asked, &search.q, &mut found).await?;
        }
        let is_seen = |id: PropertyId| self.properties.iter().any(|property| property.id == id);
        found.retain(|(property, _), _| is_seen(*property));

        let mut ranked: Vec<Ranked> = found
            .into_iter()
            .map(|(key, candidate)| {
                let mut others = Vec::new();
                others.extend(asked.typed_dates.then_some(Why::Date));
                others.extend(asked.named.contains(&key.0).then_some(Why::Property));
                (rank(&candidate.answers, &others), key, candidate)
            })
            .collect();
        // Among equals the one nearest to today.
        let distance = |property: PropertyId, candidate: &Candidate| {
            let today = asked.today_in(property);
            let (until, since) = (candidate.arrival - today, today - candidate.departure);
            until.num_days().max(since.num_days()).max(0)
        };
        ranked.sort_by(|((groups, score, _), key, a), ((groups_b, score_b, _), key_b, b)| {
            (groups_b, score_b, distance(key.0, a), key_b.1).cmp(&(
                groups,
                score,
                distance(key_b.0, b),
                key.1,
            ))
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
        // The latest visits of the guests are queried together with the page, if they are not known yet.
        let of_people = people.iter().filter_map(|(_, guest)| latest.get(&guest.id));
        places.wanted.extend(of_people.map(|latest| (latest.property_id, latest.visit_id)));

        let (mut visits, mut at) = (Vec::new(), shown);
        while visits.len() < limit && at < ranked.len() {
            // With a state filter, nobody knows how many have to be examined.
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
                let last = latest.filter(|latest| is_seen(latest.property_id));
                let last_visit = last.and_then(|latest| places.last_visit(&asked, latest));
                let visits = latest.map_or(0, |latest| latest.visits);
                GuestHit { why, score, visits, last_visit, ..GuestHit::of(guest, self.masks) }
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

    /// Visits by their numbers and rooms; for each also what its guests match.
    async fn by_number_and_room(
        &self,
        c: &mut Conn,
        asked: &ParsedQuery,
        found: &mut Candidates,
    ) -> Result<()> {
        let mut reasons = Reasons::new();
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
        for (group, number) in asked.numbers() {
            for token in query::desk::notes_with(c, self.store.vault(), &number, NOTES).await? {
                let (property, visit) = (token.property_id, token.visit_id);
                let Some(note) = query::desk::note(c, property, visit, token.note_id).await? else {
                    continue;
                };
                let text = query::desk::note_text(c, self.store.vault(), &note).await?;
                if text.is_some_and(|text| numbers_in(&text).contains(&number)) {
                    let reason = (group, Why::Note, Why::Note.weight(), None);
                    reasons.entry((property, visit)).or_default().push(reason);
                }
            }
        }
        // Dates alone: arrivals on them.
        if asked.parts.is_empty() {
            for property in asked.properties_in_memory() {
                let Some(dates) = asked.dates_in(property.id) else { continue };
                let state = ReservationState::Reserved;
                for arrival in query::visit::arrivals(c, property.id, dates, state, ARRIVALS).await? {
                    reasons.entry((property.id, arrival.id)).or_default();
                }
            }
        }
        self.admit(c, asked, reasons, found).await
    }

    /// Visits for companies and of groups that are called so, by code or name.
    async fn by_company_and_group(
        &self,
        c: &mut Conn,
        asked: &ParsedQuery,
        typed: &str,
        found: &mut Candidates,
    ) -> Result<()> {
        let (typed, key) = (typed.trim(), name_key(typed));
        if key.chars().count() < SHORTEST_NAME {
            return Ok(());
        }
        let mut reasons = Reasons::new();
        let mut companies = query::company::named(c, &key, COMPANIES).await?;
        companies.extend(query::company::by_code(c, typed).await?);
        companies.sort_unstable_by_key(|company| company.id);
        companies.dedup_by_key(|company| company.id);
        for company in companies {
            for visit in query::company::visits_for(c, company.id, VISITS_OF_COMPANY).await? {
                let reason = (0, Why::Company, Why::Company.weight(), None);
                reasons.entry((visit.property_id, visit.visit_id)).or_default().push(reason);
            }
        }
        if let Some(group) = query::visit::group_by_code(c, typed).await? {
            for visit in query::visit::group_visits(c, group.id).await? {
                let reason = (0, Why::Group, Why::Group.weight(), None);
                reasons.entry((visit.property_id, visit.id)).or_default().push(reason);
            }
        }
        self.admit(c, asked, reasons, found).await
    }

    /// Adds visits that were found for some reasons, where their dates are meant; for each also what its guests match.
    async fn admit(
        &self,
        c: &mut Conn,
        asked: &ParsedQuery,
        reasons: Reasons,
        found: &mut Candidates,
    ) -> Result<()> {
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
            for (guest, _) in query::guest::records(c, self.store.vault(), &people).await? {
                candidate.add(property, guest.id, &asked.answers_of(&guest.profile));
            }
            found.insert((property, visit), candidate);
        }
        Ok(())
    }

    /// Guests that match themselves, under every id that their visits may have; and where the next window begins.
    async fn guests_of(
        &self,
        c: &mut Conn,
        asked: &ParsedQuery,
        before: Option<GuestId>,
    ) -> Result<(HashMap<GuestId, Found>, Option<GuestId>)> {
        let vault = self.store.vault();
        let looked_up = asked.guest_keys();
        let mut ids: BTreeSet<GuestId> = BTreeSet::new();
        let mut sealed: HashMap<GuestId, Sealed> = HashMap::new();
        let mut older: Option<GuestId> = None;
        // Guests who are here now, who match a complete number, and who match a name and the end of a number, belong on
        // the first page however old their record is.
        let mut first: HashSet<GuestId> = HashSet::new();
        let is_tail = |kind: &str| kind == keys::PHONE_TAIL || kind == keys::DOCUMENT_TAIL;
        let is_name = |kind: &str| kind == keys::NAME || kind == keys::NAME_PART;
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
            // Keys with the same limit are looked up at once. A number that is somebody's complete number is not also searched for as the last digits of others: among
            // a million guests hundreds have the last four characters, and each would have to be decrypted.
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
                    if !is_tail(kind) && !is_name(kind) {
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
        // Nobody is called so to the end.
        if ids.is_empty() {
            for (kind, value) in asked.begun_keys() {
                let limit = asked.candidates;
                if asked.dates.is_some() || asked.property.is_some() {
                    let key = (kind, value.as_str());
                    let some =
                        query::guest::by_key_in(c, vault, key, asked.span(), asked.property, before, limit)
                            .await?;
                    if i64::try_from(some.len()).is_ok_and(|count| count >= limit) {
                        older = older.max(some.last().copied());
                    }
                    ids.extend(some);
                } else {
                    let (some, guests) =
                        query::guest::newest(c, vault, &[(kind, value)], before, limit).await?;
                    sealed.extend(guests);
                    for newest in some {
                        older = older.max(newest.end);
                        ids.extend(newest.guests);
                    }
                }
            }
            for (first_word, begin) in asked.begun_names() {
                let (word, begin) =
                    ((keys::NAME_PART, first_word.as_str()), (keys::NAME_BEGIN, begin.as_str()));
                first.extend(query::guest::by_both_keys(c, vault, word, begin, OF_BOTH).await?);
            }
        }
        // A window ends where the first of the lookups ended: the rest is for the next one.
        if let Some(end) = older {
            ids.retain(|id| *id >= end);
        }
        for property in asked.properties_in_memory() {
            for part in &asked.parts {
                if let Meaning::Name(typed, _, places) = &part.meaning
                    && (places.is_empty() || places.contains(&property.id))
                {
                    first.extend(self.current.names(c, self.store, property).await?.find(typed));
                }
            }
        }
        for (_, kind, value, _) in looked_up.iter().filter(|(_, kind, ..)| is_tail(kind)) {
            for (_, name_kind, name, _) in looked_up.iter().filter(|(_, kind, ..)| is_name(kind)) {
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

    /// Adds the visits of these guests and of everyone in their clusters, and to `places` where they are. Returns the latest of
    /// each guest, if these are all.
    async fn visits_of(
        &self,
        c: &mut Conn,
        asked: &ParsedQuery,
        guests: &HashMap<GuestId, Found>,
        found: &mut Candidates,
        places: &mut Places,
    ) -> Result<Option<HashMap<GuestId, Latest>>> {
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
            // A guest found under the visit's own id counts for it, else the survivor.
            let Some(guest) = guests.get(&visit.guest_id).or_else(|| guests.get(&kept)) else { continue };
            if !guest.answers.iter().any(|answer| answer.holds_in(visit.property_id))
                || !asked.fits(visit.property_id, visit.arrival, visit.departure)
            {
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
    ) -> Result<Option<VisitHit>> {
        let property = asked.properties.iter().find(|known| known.id == property);
        let (Some(property), Some(visit)) = (property, rooms.first()) else { return Ok(None) };
        let room = rooms
            .iter()
            .find(|room| candidate.room.is_some() && room.room_id == candidate.room)
            .or_else(|| rooms.iter().find(|room| room.stay == Some(StayState::InHouse)))
            .or_else(|| rooms.iter().find(|room| room.room_state == Some(visit.state)))
            .unwrap_or(visit);
        let desk_state = match room.stay {
            Some(stay) => DeskState::of_stay(stay, room.until, property.business_date),
            None => (room.room_state == Some(ReservationState::Reserved))
                .then(|| DeskState::of_arrival(room.from, property.business_date)),
        };
        let id = candidate.guest.unwrap_or(visit.guest_id);
        let guest = match guests.get(&id) {
            Some(known) => Some(known.shown.clone()),
            None => query::guest::find(c, self.store.vault(), id).await?,
        };
        Ok(Some(VisitHit {
            number: grouped(&visit.number),
            property: property.code.clone(),
            property_name: property.name.clone(),
            guest: GuestShort {
                id: guest.as_ref().map_or(id, |guest| guest.id),
                phone: guest
                    .as_ref()
                    .and_then(|guest| Personal::of_some(self.masks, guest.profile.phones.first())),
                name: guest
                    .and_then(|guest| Personal::of(self.masks, guest.profile.full_name))
                    .unwrap_or_default(),
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

/// Where visits are, room by room.
#[derive(Default)]
struct Places {
    wanted: Vec<(PropertyId, VisitId)>,
    known: HashMap<VisitId, Vec<Whereabouts>>,
}

impl Places {
    /// Reads those of the wanted visits that are not loaded yet.
    async fn learn(&mut self, c: &mut Conn) -> Result<()> {
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

/// The number as typed, and as written on the doors of properties that pad with zeros or do not.
fn numbers_of_room(typed: &str) -> Vec<String> {
    let mut numbers = vec![typed.to_owned()];
    if typed.bytes().all(|byte| byte.is_ascii_digit()) {
        numbers.extend(typed.strip_prefix('0').filter(|rest| !rest.is_empty()).map(str::to_owned));
        numbers.extend((typed.len() == 3).then(|| format!("0{typed}")));
    }
    numbers
}

/// The visits of rooms with a number: on the dates, else current and latest.
async fn visits_of_room(
    c: &mut Conn,
    asked: &ParsedQuery,
    typed: &str,
) -> Result<Vec<((PropertyId, VisitId), RoomId, u8)>> {
    let mut found = Vec::new();
    for number in numbers_of_room(typed) {
        for (property, room) in query::visit::rooms_of_number(c, asked.property, &number, ROOMS).await? {
            let mut add = |visits: Vec<VisitId>, weight| {
                found.extend(visits.into_iter().map(|visit| ((property, visit), room, weight)));
            };
            if let Some((from, to)) = asked.dates_in(property) {
                // A guest leaving on the first day was in it the night before.
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
