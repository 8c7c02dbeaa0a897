//! What is recorded of visits, as the engine takes it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use hefu_core::Result;
use hefu_domain::{
    deposit::DepositKind,
    folio::{FolioState, Posting},
    guest::GuestState,
    ids::{GroupId, GuestId, PostingId, PropertyId, VisitId},
    member::{Membership, PointsKind},
    property::{CodeKind, TransactionCode},
    reservation::{ReservationRoom, ReservationState},
    source::{
        ClaimField, ClaimStatus, Difference, DifferenceState, Origin, SourceKind, SourceRecord, SourceState,
    },
    stay::{Stay as StayRow, StayState},
};
use hefu_findings::{
    Booking, BookingStatus, Facts, Line, LineKind, Payment, PaymentKind, Person, Points, RecordId, Signs,
    Stay, StayStatus, Text,
};
use hefu_front_office::{
    folio::bill::is_move,
    member::{
        programme,
        wallet::{root_of, wallet},
    },
    visit::{self, Visit},
};
use hefu_people::cluster::cluster_members;
use hefu_store::{Conn, Vault, query};
use serde::Deserialize;

use crate::reported;

/// A visit, by its key.
pub(crate) type VisitKey = (PropertyId, VisitId);

/// Visits that are examined together at most. Who books for more than so many visits at once is an agency: nobody's bookings are compared then.
const MOST: usize = 64;

/// The system of what is recorded here.
const OWN: &str = "hefu";

/// Codes of what cancelling or not coming costs.
const PENALTIES: [&str; 3] = ["CXL", "NOSHOW", "FORFEIT"];

/// Visits that are examined together: one, and those of the same booker at the same time.
#[derive(Debug, Default)]
pub(crate) struct Component {
    /// What is recorded of them.
    pub(crate) facts: Facts,
    /// The visit of each record.
    pub(crate) of: BTreeMap<RecordId, VisitKey>,
    /// The visits, with the code of their property.
    pub(crate) visits: BTreeMap<VisitKey, String>,
    /// The business date.
    pub(crate) today: NaiveDate,
    /// The groups that they belong to.
    pub(crate) groups: BTreeSet<(PropertyId, GroupId)>,
    /// Visits of which somebody is in house, each alone.
    pub(crate) in_house: Vec<Alone>,
}

/// A visit of which somebody is in house, for what is watched until everybody has left.
#[derive(Debug)]
pub(crate) struct Alone {
    pub(crate) key: VisitKey,
    pub(crate) facts: Facts,
    /// What else is known of its stays, by their keys.
    pub(crate) signs: BTreeMap<Text, Signs>,
    /// The business date of its property.
    pub(crate) today: NaiveDate,
}

/// What a charge with a code is for.
pub(crate) fn line_kind(code: &str) -> LineKind {
    match code {
        "ROOM" | "DAYUSE" => LineKind::Room,
        "DISC" => LineKind::Discount,
        code if PENALTIES.contains(&code) => LineKind::Penalty,
        _ => LineKind::Extra,
    }
}

/// The visit of a key and those that have to be examined with it; none: there is no such visit.
///
/// # Errors
/// The database fails.
pub(crate) async fn component(c: &mut Conn, vault: &Vault, start: VisitKey) -> Result<Option<Component>> {
    let Some(first) = query::visit::reservation(c, start.0, start.1).await? else { return Ok(None) };
    let booker = root_of(c, first.guest_id).await?;
    let bookers = cluster_members(c, booker).await?;
    let (mut keys, mut next) = (BTreeSet::from([start]), vec![(first.arrival, first.departure)]);
    let mut is_agency = false;
    while let Some(dates) = next.pop() {
        for guest in &bookers {
            let visits = query::visit::of_guest(c, *guest, dates, MOST as i64).await?;
            is_agency |= visits.len() >= MOST || keys.len() >= MOST;
            for other in visits {
                let key = (other.property_id, other.visit_id);
                if is_agency || keys.contains(&key) {
                    continue;
                }
                let reservation = query::visit::reservation(c, key.0, key.1).await?;
                // Who only stays with others books nothing twice.
                if let Some(reservation) = reservation.filter(|other| bookers.contains(&other.guest_id)) {
                    keys.insert(key);
                    next.push((reservation.arrival, reservation.departure));
                }
            }
        }
        if is_agency {
            keys = BTreeSet::from([start]);
            break;
        }
    }
    let mut component = Component::default();
    for key in keys {
        let visit = visit::load(c, key.0, key.1).await?;
        if key == start {
            component.today = visit.property.business_date;
        }
        component.visits.insert(key, visit.property.code.clone());
        component.groups.extend(visit.reservation.group_id.map(|group| (key.0, group)));
        let today = visit.property.business_date;
        let of = Of { person: (!is_agency).then_some(booker), visit };
        let (facts, signs) = of.facts(c, vault).await?;
        if facts.stays.iter().any(|stay| stay.status == StayStatus::InHouse) {
            component.in_house.push(Alone { key, facts: facts.clone(), signs, today });
        }
        for record in facts.records() {
            component.of.insert(record.id(), key);
            component.facts.push(record);
        }
    }
    Ok(Some(component))
}

/// A visit and who booked it.
struct Of {
    person: Option<GuestId>,
    visit: Visit,
}

fn text(text: impl AsRef<str>) -> Text {
    Text::from(text.as_ref())
}

/// The status of a room of the reservation; none: it was never promised.
fn status(room: &ReservationRoom, stay: Option<&StayRow>) -> Option<BookingStatus> {
    Some(match (room.state, stay.map(|stay| stay.state)) {
        (ReservationState::Requested | ReservationState::Waitlisted, _) => return None,
        (ReservationState::Cancelled, _) => BookingStatus::Cancelled,
        (ReservationState::NoShow, _) => BookingStatus::NoShow,
        (ReservationState::Reserved, Some(StayState::CheckedOut)) => BookingStatus::Departed,
        (ReservationState::Reserved, Some(StayState::InHouse)) => BookingStatus::InHouse,
        (ReservationState::Reserved, _) => BookingStatus::Reserved,
    })
}

/// What the nights of a room cost at these prices, without fee and tax and what is included.
fn room_prices(room: &ReservationRoom, prices: &[i64]) -> Vec<i64> {
    let nights = room.arrival.iter_days().zip(prices);
    nights.map(|(night, price)| room.charge(*price, night).parts.room).collect()
}

impl Of {
    fn number(&self) -> Text {
        text(&self.visit.reservation.number)
    }

    async fn facts(&self, c: &mut Conn, vault: &Vault) -> Result<(Facts, BTreeMap<Text, Signs>)> {
        let Visit { property, reservation, .. } = &self.visit;
        let key = (property.id, reservation.id);
        let (mut facts, mut signs) = (Facts::default(), BTreeMap::new());
        // A bill without a room promises nothing.
        if self.visit.rooms.is_empty() {
            return Ok((facts, signs));
        }
        let postings = query::visit::postings(c, key.0, key.1).await?;
        let cards = wallet(c, reservation.guest_id).await?;
        let discount = self.discount(c, &cards).await?;
        let differences = query::source::differences(c, key.0, key.1).await?;
        // What was corrected by hand, shared or moved to the bill of another visit is what people agreed on afterwards. What two pay, each a part, is
        // what was agreed, as long as both parts stand.
        let reversed: HashSet<PostingId> = postings.iter().filter_map(|line| line.reverses).collect();
        let is_other = |line: &Posting, of: PostingId| {
            line.kind == CodeKind::Revenue
                && (!line.is_split_off() || reversed.contains(&line.id) || reversed.contains(&of))
        };
        let is_agreed_otherwise =
            postings.iter().any(|line| line.corrects.is_some_and(|of| is_other(line, of)))
                || postings.iter().any(|line| {
                    line.once
                        .as_deref()
                        .is_some_and(|once| once.starts_with("move:away:") || once.starts_with("moved:"))
                })
                || !self.visit.shares.is_empty();
        for room in &self.visit.rooms {
            let stay = self.visit.real_stays().find(|stay| stay.line == room.line);
            let Some(status) = status(room, stay) else { continue };
            let nightly = if is_agreed_otherwise { Vec::new() } else { room_prices(room, &room.prices) };
            facts.bookings.push(Booking {
                key: text(format!("{}-{}", reservation.number, room.line)),
                property: text(&property.code),
                system: text(OWN),
                channel: Some(text(&reservation.channel)),
                numbers: vec![self.number()],
                person: Person {
                    guest: self.person.map(|guest| text(guest.to_string())),
                    ..Person::default()
                },
                group: reservation.group_id.map(|group| text(group.to_string())),
                arrival: room.arrival,
                departure: room.departure,
                rooms: i64::from(stay.is_none_or(|stay| stay.share_of.is_none())),
                guests: Some(room.adults + room.children),
                status,
                currency: property.currency,
                nightly,
                discount: discount.max(room.discount.0),
                penalty: room.penalty,
                booked: reservation.booked_at,
            });
        }
        if facts.bookings.is_empty() {
            return Ok((facts, signs));
        }
        let own = facts.bookings.clone();
        for difference in differences.iter().filter(|difference| difference.state == DifferenceState::Open) {
            let copies = self.copies(c, vault, &own, difference).await?;
            facts.bookings.extend(copies);
        }
        let codes = query::property::codes(c, property.id).await?;
        let entries = query::member::of_visit(c, key.0, key.1).await?;
        let mut due = self.points_due(c, (&postings, &codes), &cards, &entries).await?;
        let earns = due.is_some();
        let people = query::visit::stay_guests(c, key.0, key.1).await?;
        for stay in self.visit.real_stays() {
            let named: Vec<_> = people.iter().filter(|person| person.stay_id == stay.id).collect();
            let guests = (stay.adults + stay.children).max(named.len() as i64);
            let stay_key = text(format!("{}-{}", reservation.number, stay.id));
            let mut registered = None;
            if stay.state == StayState::InHouse {
                // Who is named and has shown no document. How many more there are, the headcount says.
                let mut without = 0;
                let mut of_stay = Signs::default();
                for person in &named {
                    let guest = query::guest::find(c, vault, person.guest_id).await?;
                    if let Some(guest) = guest.as_ref().filter(|guest| guest.state == GuestState::Active) {
                        let cards = guest.profile.documents.iter();
                        let cards = cards.filter(|document| document.kind == "resident_id");
                        let cards: BTreeSet<&str> = cards.map(|document| document.number.as_str()).collect();
                        of_stay.identities = of_stay.identities.max(cards.len());
                        // Who has shown nothing is known too little, and who books for others may be named beside them.
                        let is_beside_others = named.len() > 1 && person.guest_id == reservation.guest_id;
                        if !guest.profile.documents.is_empty() && !is_beside_others {
                            of_stay.elsewhere.extend(self.elsewhere(c, person.guest_id).await?);
                        }
                    }
                    without += i64::from(guest.is_some_and(|guest| {
                        guest.state == GuestState::Active && guest.profile.documents.is_empty()
                    }));
                }
                registered = Some(guests - without);
                signs.insert(stay_key.clone(), of_stay);
            }
            facts.stays.push(Stay {
                key: stay_key,
                property: text(&property.code),
                system: text(OWN),
                numbers: vec![self.number()],
                person: Person::default(),
                group: None,
                arrival: stay.arrival,
                departure: stay.departure,
                rooms: i64::from(stay.share_of.is_none()),
                guests,
                registered,
                status: if stay.state == StayState::CheckedOut {
                    StayStatus::Departed
                } else {
                    StayStatus::InHouse
                },
                walk_in: reservation.walk_in,
                points_due: earns.then(|| due.take().unwrap_or(0)),
            });
        }
        if self.visit.real_stays().next().is_none() {
            facts.stays.extend(reported::stays_of(c, vault, &self.visit, &own).await?);
        }
        self.bill(c, vault, &postings, &mut facts).await?;
        // Who became a member afterwards was due nothing.
        for entry in entries.iter().filter(|entry| earns && entry.kind != PointsKind::Redeemed) {
            let card = query::member::find(c, entry.membership_id).await?;
            facts.points.push(Points {
                key: text(format!("{}-{}", entry.membership_id, entry.source)),
                property: text(&property.code),
                system: text(OWN),
                number: Some(self.number()),
                member: text(card.map(|card| card.number).unwrap_or_default()),
                date: entry.at.date_naive(),
                points: entry.points,
            });
        }
        facts.points.extend(self.points_elsewhere(c, vault).await?);
        Ok((facts, signs))
    }

    /// Other visits in which a guest lives now.
    async fn elsewhere(&self, c: &mut Conn, guest: GuestId) -> Result<Vec<Text>> {
        let (property, reservation) = (&self.visit.property, &self.visit.reservation);
        let date = property.business_date;
        let root = root_of(c, guest).await?;
        let mut found = BTreeMap::new();
        for one in cluster_members(c, root).await? {
            for other in query::visit::of_guest(c, one, (date, date), MOST_ELSEWHERE).await? {
                let key = (other.property_id, other.visit_id);
                if key == (property.id, reservation.id) || found.contains_key(&key) {
                    continue;
                }
                let Some(booked) = query::visit::reservation(c, key.0, key.1).await? else { continue };
                let people = query::visit::stay_guests(c, key.0, key.1).await?;
                let stays = query::visit::stays(c, key.0, key.1).await?;
                let lives = stays.iter().filter(|stay| stay.state == StayState::InHouse).any(|stay| {
                    let mut named = people.iter().filter(|person| person.stay_id == stay.id);
                    let is_alone = named.clone().nth(1).is_none();
                    named.any(|person| person.guest_id == one && (is_alone || one != booked.guest_id))
                });
                if lives {
                    found.insert(key, text(booked.number));
                }
            }
        }
        Ok(found.into_values().collect())
    }

    /// Points that other systems counted for the visit, as they tell it.
    async fn points_elsewhere(&self, c: &mut Conn, vault: &Vault) -> Result<Vec<Points>> {
        let Visit { property, reservation, .. } = &self.visit;
        let mut found = Vec::new();
        for record in query::source::of_visit(c, property.id, reservation.id).await? {
            if record.kind != SourceKind::Points || record.state == SourceState::Superseded {
                continue;
            }
            let Some(received) = query::source::open(c, vault, &record).await? else { continue };
            let Ok(Movement { says }) = serde_json::from_slice::<Movement>(&received) else { continue };
            // Spending is another matter.
            let Some(points) = says.points.filter(|points| *points > 0) else { continue };
            let SourceRecord { system, external_id, received_at, .. } = record;
            found.push(Points {
                key: text(format!("{system}-{external_id}")),
                property: text(&property.code),
                system: text(system),
                number: Some(self.number()),
                member: text(""),
                date: says.date.unwrap_or_else(|| received_at.date_naive()),
                points,
            });
        }
        Ok(found)
    }

    /// When the last guest left, if everybody has.
    fn left_at(&self) -> Option<DateTime<Utc>> {
        let left: Option<Vec<DateTime<Utc>>> =
            self.visit.real_stays().map(|stay| stay.checked_out_at).collect();
        left?.into_iter().max()
    }

    /// The discount that the booker's membership gave while the visit lasted, hundredths of a percent.
    async fn discount(&self, c: &mut Conn, cards: &[Membership]) -> Result<i64> {
        let programme = programme::of(c, self.visit.property.id).await?;
        let left = self.left_at();
        let mut best = 0;
        for card in cards {
            if card.joined > self.visit.reservation.departure {
                continue;
            }
            let mut tier = card.tier;
            if let Some(left) = left {
                // What was earned afterwards gave no discount before.
                let entries = query::member::entries(c, card.id, MOST_ENTRIES).await?;
                let later: i64 = entries
                    .iter()
                    .filter(|entry| entry.at >= left && entry.points > 0 && entry.kind == PointsKind::Earned)
                    .map(|entry| entry.points)
                    .sum();
                let chain = programme::of(c, PropertyId::NIL).await?;
                tier = tier.min(chain.tier_for(card.lifetime_points - later));
            }
            best = best.max(programme.rule(tier).discount.0);
        }
        Ok(best)
    }

    /// The points that the lines of the bill earned: what was counted for each, and for those for which nothing was what the programme gives.
    async fn points_due(
        &self,
        c: &mut Conn,
        (postings, codes): (&[Posting], &[TransactionCode]),
        cards: &[Membership],
        entries: &[hefu_domain::member::PointsEntry],
    ) -> Result<Option<i64>> {
        let joined = |card: &&Membership| card.joined <= self.visit.reservation.departure;
        let Some(card) = cards.iter().find(joined) else { return Ok(None) };
        let programme = programme::of(c, self.visit.property.id).await?;
        let rule = programme.rule(card.tier);
        let reversed: HashSet<PostingId> = postings.iter().filter_map(|line| line.reverses).collect();
        let of_line = |line: &Posting| {
            let id = line.id.to_string();
            let counted: Vec<i64> = entries
                .iter()
                .filter(|entry| entry.source.split(':').nth(1) == Some(&*id))
                .map(|entry| entry.points)
                .collect();
            (!counted.is_empty()).then(|| counted.iter().sum::<i64>())
        };
        let due = postings
            .iter()
            .filter(|line| {
                let code = codes.iter().find(|code| code.code == line.code);
                line.kind == CodeKind::Revenue
                    && code.is_none_or(|code| programme.earns(&code.group))
                    && !is_move(line)
                    && line.reverses.is_none()
                    && !reversed.contains(&line.id)
            })
            .map(|line| {
                of_line(line)
                    .unwrap_or_else(|| rule.points_for(line.amount, self.visit.property.currency.exponent()))
            })
            .sum();
        Ok(Some(due))
    }

    /// The lines of the bill that stand, and what was paid.
    async fn bill(&self, c: &mut Conn, vault: &Vault, postings: &[Posting], facts: &mut Facts) -> Result<()> {
        let Visit { property, reservation, .. } = &self.visit;
        let reversed: HashSet<PostingId> = postings.iter().filter_map(|line| line.reverses).collect();
        let stands =
            |line: &&Posting| line.reverses.is_none() && !reversed.contains(&line.id) && !is_move(line);
        let folios = query::visit::folios(c, property.id, reservation.id).await?;
        let reported = reported::bill_of(c, vault, &self.visit, &folios, postings).await?;
        let is_told = |line: &&Posting| !(reported.has_nights && line.origin == Origin::Derived);
        let mut settled_elsewhere = 0;
        let payment = |key: String,
                       kind,
                       (date, method, amount): (NaiveDate, &str, i64),
                       reference: Option<&String>| Payment {
            key: text(key),
            property: text(&property.code),
            number: self.number(),
            date,
            kind,
            method: text(method),
            amount,
            currency: property.currency,
            reference: reference.map(text),
        };
        // What was split between payers is told as the one charge that it is.
        let mut told: HashMap<PostingId, usize> = HashMap::new();
        for line in postings.iter().filter(stands).filter(is_told) {
            let folio = folios.iter().find(|folio| folio.id == line.folio_id);
            let is_elsewhere = folio
                .is_some_and(|folio| folio.state == FolioState::Reported && !line.counts_in(folio, postings));
            settled_elsewhere += if is_elsewhere { line.amount } else { 0 };
            match line.kind {
                CodeKind::Revenue | CodeKind::Tax => {
                    let whole = line.whole(postings).id;
                    if let Some(known) = told.get(&whole).and_then(|at| facts.lines.get_mut(*at)) {
                        known.amount += line.amount;
                        continue;
                    }
                    told.insert(whole, facts.lines.len());
                    let kind = line_kind(&line.code);
                    let slip =
                        line.reference.as_ref().filter(|_| line.belongs_to.is_none() && line.amount > 0);
                    facts.lines.push(Line {
                        key: text(line.id.to_string()),
                        property: text(&property.code),
                        number: self.number(),
                        date: line.night.unwrap_or(line.business_date),
                        posted: line.business_date,
                        kind,
                        code: text(&line.code),
                        amount: line.amount,
                        currency: property.currency,
                        reference: slip.map(text),
                    });
                }
                // Deposits are told by their own ledger.
                CodeKind::Payment | CodeKind::Wrapper if line.code != "DEP" => {
                    let kind = if line.amount > 0 { PaymentKind::Refund } else { PaymentKind::Paid };
                    let paid = (line.business_date, line.code.as_str(), line.amount.abs());
                    facts.payments.push(payment(line.id.to_string(), kind, paid, line.reference.as_ref()));
                }
                CodeKind::Payment | CodeKind::Wrapper => {}
            }
        }
        // How it was settled there is known if payments are.
        settled_elsewhere = match reported.payments.is_empty() {
            true => settled_elsewhere + reported.lines.iter().map(|line| line.amount).sum::<i64>(),
            false => 0,
        };
        facts.lines.extend(reported.lines);
        facts.payments.extend(reported.payments);
        if settled_elsewhere != 0 {
            let paid = (reservation.departure, "elsewhere", settled_elsewhere);
            let key = format!("{}-elsewhere", reservation.number);
            facts.payments.push(payment(key, PaymentKind::Paid, paid, None));
        }
        let deposits = query::books::entries(c, property.id, reservation.id).await?;
        let taken_back: HashSet<_> = deposits.iter().filter_map(|entry| entry.reverses).collect();
        for entry in
            deposits.iter().filter(|entry| entry.reverses.is_none() && !taken_back.contains(&entry.id))
        {
            let kind = match entry.kind {
                DepositKind::Received => PaymentKind::Deposit,
                DepositKind::Applied | DepositKind::Forfeited => PaymentKind::Applied,
                DepositKind::Refunded => PaymentKind::DepositEnded,
            };
            let paid = (entry.business_date, entry.method.as_deref().unwrap_or_default(), entry.amount.abs());
            facts.payments.push(payment(entry.id.to_string(), kind, paid, entry.reference.as_ref()));
        }
        Ok(())
    }

    /// The booking as the source of an open difference tells it.
    async fn copies(
        &self,
        c: &mut Conn,
        vault: &Vault,
        own: &[Booking],
        difference: &Difference,
    ) -> Result<Vec<Booking>> {
        // A source of a visit with several rooms does not say which of them it means.
        let ([booking], [room]) = (own, &self.visit.rooms[..]) else { return Ok(Vec::new()) };
        let Some(says) = query::source::open_says(c, vault, difference).await? else { return Ok(Vec::new()) };
        let mut copy = Booking {
            key: text(format!("{}-{}-{}", difference.system, difference.external_id, difference.field)),
            system: text(&difference.system),
            ..booking.clone()
        };
        let source = says.source.as_str();
        let date = source.parse::<NaiveDate>().ok();
        match difference.field {
            ClaimField::Arrival => copy.arrival = date.unwrap_or(copy.arrival),
            ClaimField::Departure => copy.departure = date.unwrap_or(copy.departure),
            ClaimField::People => {
                let heads: Option<Vec<i64>> = source.split('+').map(|heads| heads.parse().ok()).collect();
                copy.guests = heads.map(|heads| heads.iter().sum()).or(copy.guests);
            }
            ClaimField::Rate => {
                if let Some(rate) = source.split(' ').next().and_then(|rate| rate.parse::<i64>().ok()) {
                    copy.nightly = room_prices(room, &vec![rate; room.prices.len()]);
                }
            }
            ClaimField::Status => {
                let Ok(status) = source.parse::<ClaimStatus>() else { return Ok(Vec::new()) };
                copy.status = match status {
                    ClaimStatus::Reserved => BookingStatus::Reserved,
                    ClaimStatus::InHouse => BookingStatus::InHouse,
                    ClaimStatus::CheckedOut => BookingStatus::Departed,
                    ClaimStatus::Cancelled => BookingStatus::Cancelled,
                    ClaimStatus::NoShow => BookingStatus::NoShow,
                };
            }
            ClaimField::Guest => copy.person.guest = Some(text(format!("{}:other", difference.system))),
            _ => return Ok(Vec::new()),
        }
        Ok(vec![copy])
    }
}

/// Visits of a guest on a day that are looked through for a second room.
const MOST_ELSEWHERE: i64 = 8;

/// The part of a movement of points in another system that says how many.
#[derive(Deserialize)]
struct Movement {
    says: Counted,
}

#[derive(Deserialize)]
struct Counted {
    points: Option<i64>,
    date: Option<NaiveDate>,
}

/// Movements of points that are looked through for what was earned after a visit.
const MOST_ENTRIES: i64 = 200;
