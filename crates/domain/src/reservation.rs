//! Reservations, their rooms, and cancellation.

pub use crate::state::{DepositState, ReservationState};
use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{BasisPoints, Currency, StayRange, StayRangeError, codes};
use serde::{Deserialize, Serialize};

use crate::{
    Message, Rule, RuleError,
    ids::{
        CancellationPolicyId, DepositId, GroupId, GuestId, PropertyId, RatePlanId, RoomId, RoomTypeId,
        StayId, VisitId,
    },
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

impl ReservationState {
    /// Whether rooms are held in this state.
    pub const fn holds_rooms(self) -> bool {
        matches!(self, Self::Reserved)
    }
}

/// [`Reservation::state_reason`] of a cancellation or no-show by a person.
pub const BY_HAND: &str = "by_hand";

/// [`Reservation::state_reason`] of a cancellation or no-show imported from another system.
pub const IMPORTED: &str = "imported";

/// [`Reservation::state_reason`] of a no-show that the night audit of a business date marked.
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
    /// Its state.
    pub state: ReservationState,
    /// First arrival of its rooms.
    pub arrival: NaiveDate,
    /// Last departure of its rooms.
    pub departure: NaiveDate,
    /// Adults in all rooms.
    pub adults: i64,
    /// Children in all rooms.
    pub children: i64,
    /// Booking channel: `direct`, `walk_in`, an OTA's name, …
    pub channel: String,
    /// Market segment.
    pub segment: Option<String>,
    /// Its guarantee.
    pub guarantee: Guarantee,
    /// The cancellation terms it was sold under.
    pub policy_id: Option<CancellationPolicyId>,
    /// Currency of its prices.
    pub currency: Currency,
    /// Walk-in, without a booking.
    pub walk_in: bool,
    /// The group it belongs to.
    pub group_id: Option<GroupId>,
    /// The company it is booked for.
    pub company: Option<String>,
    /// The penalty for cancellation or no-show, minor units.
    pub penalty: i64,
    /// What cancelled it or marked it as a no-show, as a code: [`BY_HAND`], [`IMPORTED`] or [`by_night_audit`]. A person's reason is in the
    /// journal.
    pub state_reason: Option<String>,
    /// When it was booked, if known. For imports that give only the day, its noon.
    pub booked_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// One room of a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationRoom {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Counted from 1.
    pub line: i64,
    /// The room type that was sold.
    pub room_type_id: RoomTypeId,
    /// The rate plan.
    pub rate_plan_id: Option<RatePlanId>,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date; the arrival for part-day stays.
    pub departure: NaiveDate,
    /// Adults in this room.
    pub adults: i64,
    /// Children in this room.
    pub children: i64,
    /// Price of each night (or of the one block), minor units.
    pub prices: Vec<i64>,
    /// Member discount on the prices.
    pub discount: BasisPoints,
    /// The assigned room.
    pub room_id: Option<RoomId>,
    /// The resulting stay.
    pub stay_id: Option<StayId>,
    /// Inventory is held for it.
    pub held: bool,
    /// Version of the record.
    pub version: i64,
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
    /// The number without spaces and dashes, upper case.
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
    /// The payment code.
    pub paid_by: Option<String>,
    /// Business date of the payment.
    pub paid_on: Option<NaiveDate>,
    /// Version of the record.
    pub version: i64,
}

/// Transitions of a reservation's state.
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
