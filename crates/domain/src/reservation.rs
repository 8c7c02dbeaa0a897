//! Reservations, their rooms, and cancellation.

pub use crate::state::{DepositState, ReservationState};
use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{BasisPoints, Currency, StayRange, StayRangeError, codes};
use serde::{Deserialize, Serialize};

use crate::{
    Message, Rule, RuleError,
    ids::{DepositId, GroupId, GuestId, PropertyId, RatePlanId, RoomId, RoomTypeId, StayId, VisitId},
    part::{Hours, RoomPart, occupied_parts},
    property::{RateKind, Room},
    terms::{NightCharge, Terms},
};

codes! {
    /// The guarantee of a reservation.
    pub enum Guarantee {
        /// None: held until the evening.
        None = "none",
        /// A deposit.
        Deposit = "deposit",
        /// A card's token; never its number.
        Card = "card",
        /// A company guarantees it.
        Company = "company",
        /// A travel agent or channel guarantees it.
        Agent = "agent",
    }
}

/// [`ReservationRoom::state_reason`] of what a person called off or marked no-show.
pub const BY_HAND: &str = "by_hand";

/// [`ReservationRoom::state_reason`] of what came called off or as a no-show from another system.
pub const IMPORTED: &str = "imported";

/// [`ReservationRoom::state_reason`] of a no-show that the night audit of a business date marked.
pub fn by_night_audit(date: NaiveDate) -> String {
    format!("night_audit {date}")
}

/// A reservation: the booked part of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub id: VisitId,
    /// The visit's number, ten digits.
    pub number: String,
    /// Who booked.
    pub guest_id: GuestId,
    /// Where it stands: what follows from its rooms, see [`Reservation::follow`].
    pub state: ReservationState,
    /// First arrival of its rooms that are not called off.
    pub arrival: NaiveDate,
    /// Last departure of its rooms that are not called off.
    pub departure: NaiveDate,
    /// Adults in its rooms that are not called off.
    pub adults: i64,
    /// Children in its rooms that are not called off.
    pub children: i64,
    /// Booking channel: `direct`, `walk_in`, an OTA's name, …
    pub channel: String,
    /// Market segment.
    pub segment: Option<String>,
    /// Its guarantee.
    pub guarantee: Guarantee,
    /// Currency of its prices.
    pub currency: Currency,
    /// Walk-in, without a booking.
    pub walk_in: bool,
    /// The group it belongs to.
    pub group_id: Option<GroupId>,
    /// The company it is booked for.
    pub company: Option<String>,
    /// What cancelling rooms of it or not coming cost in all, minor units.
    pub penalty: i64,
    /// What called it off, once no room of it is promised or hoped for; see [`ReservationRoom::state_reason`].
    pub state_reason: Option<String>,
    /// When it was booked, if known. For imports that give only the day, its noon.
    pub booked_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// One room of a reservation. It lives by itself: it can be promised, called off and come back while others of the reservation are lived in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationRoom {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Counted from 1. Calls name a room of the reservation by it.
    pub line: i64,
    /// The room type that was sold.
    pub room_type_id: RoomTypeId,
    /// The plan whose prices further nights have.
    pub rate_plan_id: Option<RatePlanId>,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date; the arrival for part-day stays.
    pub departure: NaiveDate,
    /// Adults in this room.
    pub adults: i64,
    /// Children in this room.
    pub children: i64,
    /// Price of each night from the arrival on (or of the one block), as agreed, minor units.
    pub prices: Vec<i64>,
    /// Member discount on the prices.
    pub discount: BasisPoints,
    /// The room set aside for it, or lived in.
    pub room_id: Option<RoomId>,
    /// The resulting stay.
    pub stay_id: Option<StayId>,
    /// Version of the record.
    pub version: i64,
    /// Where it stands. Whether somebody lives in it or has left follows from its stay.
    pub state: ReservationState,
    /// What cancelled it or marked it no-show, as a code: [`BY_HAND`], [`IMPORTED`] or [`by_night_audit`]. Why a person did it stands in the
    /// journal.
    pub state_reason: Option<String>,
    /// What cancelling or not coming cost, minor units.
    pub penalty: i64,
    /// What was agreed when it was sold.
    pub terms: Terms,
    /// The type in whose counters it is sold: that of the room that is set aside or lived in, else the one that was booked; none: in no counter.
    pub counted_type_id: Option<RoomTypeId>,
    /// The date until which it is counted: the departure, or later for who stays on after it.
    pub counted_until: NaiveDate,
    /// What was asked for beside what was sold.
    #[serde(default)]
    pub wishes: Wishes,
    /// Of what is sold by the hour: the first minute it takes of a room, after midnight of its date; none: nobody knows, and it takes all of the date.
    pub from_minute: Option<i64>,
    /// The minute after the last; the first: it takes none any more, the guest has left.
    pub until_minute: Option<i64>,
}

/// What was asked for with a room of a reservation beside what was sold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// Features that its room is to have, sorted, each once: a room that is chosen for it has all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// When the guest comes, minutes after midnight of the arrival date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrival_minute: Option<i64>,
    /// Until when the room may be kept on the departure date, minutes after midnight; none: as everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure_minute: Option<i64>,
}

impl ReservationRoom {
    /// Its nights.
    ///
    /// # Errors
    /// The stored dates are not a stay.
    pub fn range(&self) -> Result<StayRange, StayRangeError> {
        StayRange::new(self.arrival, self.departure)
    }

    /// Each night's price after the member discount.
    pub fn net_prices(&self) -> Vec<i64> {
        self.prices.iter().map(|price| price - self.discount.of(*price)).collect()
    }

    /// What a night costs that was agreed at `price`: as [`Terms::night`].
    pub fn charge(&self, price: i64, night: NaiveDate) -> NightCharge {
        self.terms.night(price, (self.adults, self.children), (night, self.arrival))
    }

    /// The latest first night of a stay that begins on `today`: tonight, or where no night is left, the last one that was sold.
    pub fn latest_first_night(&self, today: NaiveDate) -> NaiveDate {
        match self.arrival < self.departure && self.departure <= today {
            true => self.departure.pred_opt().unwrap_or(self.arrival),
            false => self.arrival.max(today),
        }
    }

    /// The first night of a stay that begins on `today`, where nobody says another. Nights that were sold and are over in the books are charged
    /// as they were sold if, by what was agreed, not coming costs as much; else they are released.
    pub fn first_night(&self, today: NaiveDate) -> NaiveDate {
        let latest = self.latest_first_night(today);
        let mut missed = self.net_prices();
        missed.truncate(self.nights_before(latest));
        let price: i64 = missed.iter().sum();
        if price > 0 && self.terms.no_show(&missed) >= price { self.arrival } else { latest }
    }

    /// How many of its nights are before `night`.
    fn nights_before(&self, night: NaiveDate) -> usize {
        usize::try_from((night - self.arrival).num_days()).unwrap_or(0).min(self.prices.len())
    }

    /// Makes it begin on `night`, and releases the nights before; answers what was agreed for those.
    pub fn begin_on(&mut self, night: NaiveDate) -> Vec<i64> {
        let released = self.nights_before(night);
        self.arrival = self.arrival.max(night);
        self.prices.drain(..released).collect()
    }

    /// Whether it is promised or hoped for, or lived in, or was.
    pub const fn is_alive(&self) -> bool {
        !matches!(self.state, ReservationState::Cancelled | ReservationState::NoShow)
    }

    /// Whether it is promised and nobody has moved in yet.
    pub const fn is_awaited(&self) -> bool {
        self.counted_type_id.is_some() && self.stay_id.is_none()
    }

    /// Counts it from now on, under the type that was sold.
    pub fn count(&mut self) {
        self.counted_type_id = Some(self.room_type_id);
        self.counted_until = self.departure;
        self.take_hours();
    }

    /// Makes it take the hours that were sold from when the guest is to come, if it is sold by the hour.
    pub fn take_hours(&mut self) {
        (self.from_minute, self.until_minute) = (None, None);
        if let Some(minute) = self.wishes.arrival_minute {
            self.take_hours_from(minute);
        }
    }

    /// Makes it take the hours that were sold from a minute of its date on, if it is sold by the hour.
    pub fn take_hours_from(&mut self, minute: i64) {
        let hours = self.terms.hours.filter(|_| self.terms.kind == RateKind::PartDay);
        if let Some(hours) = hours {
            (self.from_minute, self.until_minute) = (Some(minute), Some(minute + hours * 60));
        }
    }

    /// Makes it take no hours any more: the guest has left.
    pub fn end_hours(&mut self) {
        if self.is_by_the_hour() {
            self.until_minute = Some(self.from_minute.unwrap_or(0));
            self.from_minute = self.until_minute;
        }
    }

    /// Whether it takes hours of one date, or did: who stays on beyond it has the room as everybody has.
    pub fn is_by_the_hour(&self) -> bool {
        self.terms.kind == RateKind::PartDay && self.arrival == self.counted_until
    }

    /// The hours it takes, or would if it were counted; none: it is not sold by the hour, or the guest has left.
    pub fn hours(&self) -> Option<Hours> {
        if !self.is_by_the_hour() {
            return None;
        }
        match (self.from_minute, self.until_minute) {
            (Some(from), Some(until)) => Some(Hours { from, until }).filter(|hours| from < hours.until),
            _ => Some(Hours::ALL),
        }
    }

    /// The hours it takes of a room of its counted type on its date, from `today` on.
    pub fn counted_hours(&self, today: NaiveDate) -> Option<Hours> {
        self.hours().filter(|_| self.counted_type_id.is_some() && self.arrival >= today)
    }

    /// Puts it into a room: if it is counted, it is under the room's type from now on.
    pub const fn put_in(&mut self, room: &Room) {
        self.room_id = Some(room.id);
        if self.counted_type_id.is_some() {
            self.counted_type_id = Some(room.room_type_id);
        }
    }

    /// Takes it out of the room that is set aside for it.
    pub const fn take_out(&mut self) {
        self.room_id = None;
        if self.counted_type_id.is_some() {
            self.counted_type_id = Some(self.room_type_id);
        }
    }

    /// Holds nothing for it any more.
    pub const fn let_go(&mut self) {
        self.room_id = None;
        self.counted_type_id = None;
    }

    /// Makes it end at `departure`, and counts it until then.
    pub const fn end_at(&mut self, departure: NaiveDate) {
        self.departure = departure;
        self.counted_until = departure;
    }

    /// The nights and days from `today` on on which it takes a room of its counted type: all of a day only if it is not sold by the hour. Who
    /// came for a night, or for hours, and left on the day of arrival takes none.
    pub fn counted_parts(&self, today: NaiveDate) -> Vec<(NaiveDate, RoomPart)> {
        let has_gone = self.arrival == self.counted_until && self.hours().is_none();
        if self.counted_type_id.is_none() || has_gone || self.counted_until < today {
            return Vec::new();
        }
        let mut parts = occupied_parts(self.arrival, self.counted_until);
        parts.retain(|(night, _)| *night >= today);
        parts
    }
}

impl Reservation {
    /// Brings what follows from the rooms up to date: state, dates, heads and penalty. As long as a room is not called off, the reservation is
    /// what the furthest of those is (promised before requested before waitlisted); then it is a no-show if somebody did not come.
    pub fn follow(&mut self, rooms: &[ReservationRoom]) {
        use ReservationState::{Cancelled, NoShow, Requested, Reserved, Waitlisted};
        let first = [Reserved, Requested, Waitlisted, NoShow, Cancelled]
            .into_iter()
            .find_map(|state| rooms.iter().find(|room| room.state == state));
        let Some(first) = first else { return };
        self.state = first.state;
        self.state_reason = if first.is_alive() { None } else { first.state_reason.clone() };
        self.penalty = rooms.iter().map(|room| room.penalty).sum();
        let counts = |room: &&ReservationRoom| room.is_alive() == first.is_alive();
        let counted = || rooms.iter().filter(counts);
        self.arrival = counted().map(|room| room.arrival).min().unwrap_or(self.arrival);
        self.departure = counted().map(|room| room.departure).max().unwrap_or(self.departure);
        self.adults = counted().map(|room| room.adults).sum();
        self.children = counted().map(|room| room.children).sum();
    }
}

/// An earlier version of a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationVersion {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// The version.
    pub version: i64,
    /// When it was replaced.
    pub replaced_at: DateTime<Utc>,
    /// Reservation and rooms as JSON; no personal data.
    pub snapshot: String,
}

/// A number that leads to a visit: its own, an OTA's, a PMS's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitAlias {
    /// The number in upper case; from the desk without spaces and dashes.
    pub number: String,
    /// The system that issued it: `hefu` or the name of an external system.
    pub system: String,
    /// The property within which the external system's numbers are unique; nil when they are unique everywhere.
    pub scope: PropertyId,
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
}

/// The system name of Hefu's own numbers.
pub const OWN_NUMBERS: &str = "hefu";

/// Without spaces and dashes, in capitals: the form in which external numbers are stored and looked up.
pub fn normalise_number(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '—'))
        .flat_map(char::to_uppercase)
        .collect()
}

/// An external number as its system writes it, in capitals and without spaces around: to the system, `12-3` and `1-23` are two numbers.
pub fn exact_number(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

/// Behind the name of a system: the number as people may type it, without dashes, which need not be the number of one visit only.
const LOOSELY: char = '~';

/// The system under which an external number is found however it is typed.
pub fn loose_system(system: &str) -> String {
    format!("{system}{LOOSELY}")
}

impl VisitAlias {
    /// Whether it is a number as people may type it, and not as its system writes it.
    pub fn is_loose(&self) -> bool {
        self.system.ends_with(LOOSELY)
    }
}

/// Several related reservations, possibly of several companies 【商务团队】.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitGroup {
    /// Identifier.
    pub id: GroupId,
    /// Short code, unique in the chain.
    pub code: String,
    /// Name of the event or tour.
    pub name: String,
    /// Version of the record.
    pub version: i64,
}

/// A deposit due before arrival; several make instalments 【分期支付】.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: DepositId,
    /// The visit.
    pub visit_id: VisitId,
    /// Which instalment, from 1.
    pub instalment: i64,
    /// Last day to pay.
    pub due: NaiveDate,
    /// Minor units.
    pub amount: i64,
    /// Its state.
    pub state: DepositState,
    /// What was paid of it, minor units; what was paid too much included.
    pub paid: i64,
    /// Version of the record.
    pub version: i64,
}

impl Deposit {
    /// What is still to be paid of it, minor units.
    pub fn missing(&self) -> i64 {
        if self.state == DepositState::Due { (self.amount - self.paid).max(0) } else { 0 }
    }

    /// Counts `amount` paid for it; below zero: taken back.
    pub fn pay(&mut self, amount: i64) {
        self.paid += amount;
        if self.state != DepositState::Waived {
            self.state = if self.paid >= self.amount { DepositState::Paid } else { DepositState::Due };
        }
    }
}

/// Steps in the life of a room of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReservationStep {
    /// Confirm a requested or waitlisted one.
    Confirm,
    /// Cancel it.
    Cancel,
    /// The guest did not come.
    MarkNoShow,
    /// Reverse a cancellation or no-show.
    Reinstate,
}

/// The state after a step.
///
/// # Errors
/// [`Rule::WrongState`] when the step is not possible from this state.
pub fn step(state: ReservationState, step: ReservationStep) -> Result<ReservationState, RuleError> {
    use ReservationState::{Cancelled, NoShow, Requested, Reserved, Waitlisted};
    let (needed, next): (&[ReservationState], ReservationState) = match step {
        ReservationStep::Confirm => (&[Requested, Waitlisted], Reserved),
        ReservationStep::Cancel => (&[Requested, Reserved, Waitlisted], Cancelled),
        ReservationStep::MarkNoShow => (&[Reserved], NoShow),
        ReservationStep::Reinstate => (&[Cancelled, NoShow], Reserved),
    };
    if needed.contains(&state) {
        return Ok(next);
    }
    let message = Message::ReservationIs { state, needed: needed.to_vec() };
    Err(RuleError::new(Rule::WrongState, (), message))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{property::Penalty, terms::AgreedPolicy};

    #[test]
    fn only_the_trades_steps_are_possible() {
        use ReservationState as S;
        use ReservationStep as T;
        let mut possible = Vec::new();
        for state in S::ALL {
            for way in [T::Confirm, T::Cancel, T::MarkNoShow, T::Reinstate] {
                if let Ok(next) = step(*state, way) {
                    possible.push(format!("{state} {way:?} {next}"));
                }
            }
        }
        assert_eq!(
            possible,
            [
                "requested Confirm reserved",
                "requested Cancel cancelled",
                "reserved Cancel cancelled",
                "reserved MarkNoShow no_show",
                "waitlisted Confirm reserved",
                "waitlisted Cancel cancelled",
                "cancelled Reinstate reserved",
                "no_show Reinstate reserved",
            ]
        );
    }

    fn room(line: i64, state: ReservationState, arrival: &str, departure: &str) -> ReservationRoom {
        let departure = departure.parse().unwrap();
        ReservationRoom {
            property_id: PropertyId::NIL,
            visit_id: VisitId::NIL,
            line,
            room_type_id: RoomTypeId::NIL,
            rate_plan_id: None,
            arrival: arrival.parse().unwrap(),
            departure,
            adults: 2,
            children: 1,
            prices: Vec::new(),
            discount: BasisPoints(0),
            room_id: None,
            stay_id: None,
            version: 1,
            state,
            state_reason: None,
            penalty: 0,
            terms: Terms::default(),
            counted_type_id: Some(RoomTypeId::NIL),
            counted_until: departure,
            from_minute: None,
            until_minute: None,
            wishes: Wishes::default(),
        }
    }

    #[test]
    fn a_reservation_is_what_the_furthest_of_its_rooms_is() {
        use ReservationState::{Cancelled, NoShow, Requested, Reserved, Waitlisted};
        let mut reservation = Reservation {
            property_id: PropertyId::NIL,
            id: VisitId::NIL,
            number: String::new(),
            guest_id: GuestId::NIL,
            state: Requested,
            arrival: "2026-10-01".parse().unwrap(),
            departure: "2026-10-01".parse().unwrap(),
            adults: 0,
            children: 0,
            channel: String::new(),
            segment: None,
            guarantee: Guarantee::None,
            currency: Currency::CNY,
            walk_in: false,
            group_id: None,
            company: None,
            penalty: 0,
            state_reason: None,
            booked_at: None,
            version: 1,
        };
        let mut of = |rooms: &[ReservationRoom]| {
            reservation.follow(rooms);
            let Reservation { state, arrival, departure, adults, penalty, state_reason, .. } = &reservation;
            (*state, arrival.to_string(), departure.to_string(), *adults, *penalty, state_reason.clone())
        };
        let gone = ReservationRoom {
            penalty: 300_00,
            state_reason: Some(BY_HAND.into()),
            ..room(1, Cancelled, "2026-10-03", "2026-10-09")
        };
        let stays = room(2, Reserved, "2026-10-04", "2026-10-06");
        let both = of(&[gone.clone(), stays]);
        assert_eq!(both, (Reserved, "2026-10-04".into(), "2026-10-06".into(), 2, 300_00, None));
        let missed = ReservationRoom {
            penalty: 50_00,
            state_reason: Some(by_night_audit("2026-10-04".parse().unwrap())),
            ..room(2, NoShow, "2026-10-04", "2026-10-06")
        };
        let none = of(&[gone.clone(), missed]);
        let reason = Some("night_audit 2026-10-04".to_owned());
        assert_eq!(none, (NoShow, "2026-10-03".into(), "2026-10-09".into(), 4, 350_00, reason));
        assert_eq!(of(std::slice::from_ref(&gone)).0, Cancelled);
        let waits = room(2, Waitlisted, "2026-10-04", "2026-10-06");
        assert_eq!(of(&[gone, waits.clone(), room(3, Requested, "2026-10-04", "2026-10-06")]).0, Requested);
        assert_eq!(of(&[waits]).0, Waitlisted);
    }

    #[test]
    fn a_room_is_counted_from_today_until_it_ends() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let mut line = room(1, ReservationState::Reserved, "2026-10-03", "2026-10-05");
        let count = |line: &ReservationRoom, today| line.counted_parts(day(today)).len();
        assert_eq!(["2026-10-01", "2026-10-04", "2026-10-05"].map(|today| count(&line, today)), [3, 2, 0]);
        // Who stays on after the departure takes another day and night.
        line.counted_until = day("2026-10-06");
        assert_eq!(line.counted_parts(day("2026-10-05")).len(), 2);
        line.let_go();
        assert_eq!(count(&line, "2026-10-01"), 0);
        // Left on the day of arrival, and hours of a day.
        line.count();
        line.end_at(day("2026-10-03"));
        assert_eq!(count(&line, "2026-10-03"), 0);
        line.terms.kind = RateKind::PartDay;
        assert_eq!(line.counted_parts(day("2026-10-03")), [(day("2026-10-03"), RoomPart::Day)]);
    }

    #[test]
    fn nights_that_are_over_are_charged_as_not_coming_would_be_or_released() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let mut line = room(1, ReservationState::Reserved, "2026-10-03", "2026-10-06");
        line.prices = vec![300_00, 310_00, 320_00];
        let first = |line: &ReservationRoom, today: &str| line.first_night(day(today)).to_string();
        // In time; late without a policy; on the day of departure, when the last night is all that is left; and after it.
        assert_eq!(
            ["2026-10-03", "2026-10-04", "2026-10-06", "2026-10-07"].map(|today| first(&line, today)),
            ["2026-10-03", "2026-10-04", "2026-10-05", "2026-10-05"]
        );
        let no_show = |penalty| {
            Some(AgreedPolicy {
                code: "P".into(),
                name: "P".into(),
                name_en: "P".into(),
                rules: Vec::new(),
                no_show: penalty,
            })
        };
        for (penalty, one_missed, two_missed) in [
            (Penalty::Free, "2026-10-04", "2026-10-05"),
            (Penalty::Nights(1), "2026-10-03", "2026-10-05"),
            (Penalty::Share(BasisPoints(5_000)), "2026-10-04", "2026-10-05"),
            (Penalty::Share(BasisPoints(10_000)), "2026-10-03", "2026-10-03"),
        ] {
            line.terms.policy = no_show(penalty);
            assert_eq!(
                (first(&line, "2026-10-04").as_str(), first(&line, "2026-10-05").as_str()),
                (one_missed, two_missed)
            );
        }
        // What costs nothing is released.
        line.prices = vec![0, 0, 320_00];
        assert_eq!(first(&line, "2026-10-05"), "2026-10-05");
        assert_eq!(
            (line.begin_on(day("2026-10-05")), line.prices.clone(), line.arrival),
            (vec![0, 0], vec![320_00], day("2026-10-05"))
        );
        assert_eq!((line.begin_on(day("2026-10-03")), line.arrival), (Vec::new(), day("2026-10-05")));
    }

    #[test]
    fn outside_numbers_are_found_however_they_are_typed() {
        assert_eq!(normalise_number(" bk-2026 778812 "), "BK2026778812");
        assert_eq!(normalise_number(&normalise_number("ß-1")), normalise_number("ß-1"));
    }

    #[test]
    fn codes_are_read_back() {
        for state in ReservationState::ALL {
            assert_eq!(state.code().parse::<ReservationState>().unwrap(), *state);
        }
        assert!("reserved ".parse::<ReservationState>().is_err());
    }

    proptest! {
        #[test]
        fn a_number_is_found_however_it_is_spaced(text in any::<String>(), plain in "[A-Z0-9]{1,12}", at in 0..12usize) {
            let once = normalise_number(&text);
            prop_assert_eq!(normalise_number(&once), once);
            let mut typed = plain.to_lowercase();
            typed.insert_str(at.min(typed.len()), " - ");
            prop_assert_eq!(normalise_number(&typed), plain);
        }
    }
}
