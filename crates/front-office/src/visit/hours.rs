//! Guests by the hour. They take hours of a room and not its day, so that several of them have it on one date, one after the other.
//!
//! Of a room type they take as many rooms as are needed when most of them are there ([`rooms_needed`]): the counter of its day is moved by
//! what that is more or less than before. It is held first, so that whoever changes the hours of a type on a date is alone. A room is *let by the
//! hour* on a date, or somebody has all of its day: one row says which.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use hefu_core::{Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    ids::{PropertyId, RoomId, RoomTypeId, VisitId},
    message::TimeOfDay,
    part::{Hours, RoomPart, rooms_needed, rooms_needed_within},
    property::{Property, Room},
    reservation::ReservationRoom,
    stay::{Stay, StayState},
};
use hefu_kernel::{FIRST_DATE, LAST_DATE};
use hefu_store::{Conn, query};

use crate::property::{local, moment};

/// The latest arrival: six in the morning after, in minutes after midnight of the date.
pub(crate) const LATEST: i64 = 30 * 60 - 1;

/// Which room of which reservation.
type Line = (VisitId, i64);

const fn line_of(room: &ReservationRoom) -> Line {
    (room.visit_id, room.line)
}

/// Hours that a room of a reservation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Taken {
    kind: RoomTypeId,
    date: NaiveDate,
    room: Option<RoomId>,
    hours: Hours,
    line: Line,
}

fn taken(lines: &[ReservationRoom], today: NaiveDate) -> BTreeSet<Taken> {
    let of = |line: &ReservationRoom| {
        let (kind, hours) = line.counted_type_id.zip(line.counted_hours(today))?;
        Some(Taken { kind, date: line.arrival, room: line.room_id, hours, line: line_of(line) })
    };
    lines.iter().filter_map(of).collect()
}

fn next(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap_or(LAST_DATE)
}

/// What hours rooms of reservations took, and what they take after a change.
pub(super) struct HoursChange {
    property: PropertyId,
    had: BTreeSet<Taken>,
    has: BTreeSet<Taken>,
    /// The rooms of reservations that are meant, whether or not they are written by now.
    ours: BTreeSet<Line>,
}

impl HoursChange {
    pub(super) fn of(
        (property, today): (PropertyId, NaiveDate),
        before: &[ReservationRoom],
        after: &[ReservationRoom],
    ) -> Self {
        let ours = before.iter().chain(after).map(line_of).collect();
        Self { property, had: taken(before, today), has: taken(after, today), ours }
    }

    fn changed(&self) -> impl Iterator<Item = &Taken> {
        self.had.symmetric_difference(&self.has)
    }

    /// How many rooms of which type are needed more on which date; below zero: fewer. Their counters are held until this unit ends.
    pub(super) async fn more_needed(
        &self,
        u: &mut Unit<'_>,
    ) -> Result<BTreeMap<(RoomTypeId, NaiveDate, RoomPart), i64>> {
        let places: BTreeSet<_> = self.changed().map(|taken| (taken.kind, taken.date)).collect();
        for &(kind, date) in &places {
            query::inventory::count(u.tx, self.property, kind, (date, RoomPart::Day), 0, true).await?;
        }
        let mut more = BTreeMap::new();
        for (kind, date) in places {
            let others = query::inventory::by_the_hour(u.tx, self.property, date, next(date)).await?;
            let others = others
                .iter()
                .filter(|line| line.counted_type_id == Some(kind) && !self.ours.contains(&line_of(line)));
            let others: Vec<Hours> = others.filter_map(ReservationRoom::hours).collect();
            let needed = |ours: &BTreeSet<Taken>| {
                let ours = ours.iter().filter(|taken| (taken.kind, taken.date) == (kind, date));
                rooms_needed(ours.map(|taken| taken.hours).chain(others.iter().copied()))
            };
            more.insert((kind, date, RoomPart::Day), needed(&self.has) - needed(&self.had));
        }
        Ok(more)
    }

    /// Who else takes hours of a room on a date.
    async fn others_in(&self, u: &mut Unit<'_>, room: RoomId, date: NaiveDate) -> Result<Vec<Hours>> {
        let others = query::inventory::by_the_hour_in(u.tx, self.property, room, date, next(date)).await?;
        let others = others.iter().filter(|line| !self.ours.contains(&line_of(line)));
        Ok(others.filter_map(ReservationRoom::hours).collect())
    }

    fn rooms(&self) -> BTreeSet<(RoomId, NaiveDate)> {
        self.changed().filter_map(|taken| Some((taken.room?, taken.date))).collect()
    }

    fn in_room(&self, room: RoomId, date: NaiveDate) -> impl Iterator<Item = &Taken> {
        self.has.iter().filter(move |taken| (taken.room, taken.date) == (Some(room), date))
    }

    /// Lets go of rooms in which nobody is by the hour any more on a date.
    ///
    /// # Errors
    /// The database fails.
    pub(super) async fn release(&self, u: &mut Unit<'_>) -> Result<()> {
        for (room, date) in self.rooms() {
            if self.in_room(room, date).next().is_none() && self.others_in(u, room, date).await?.is_empty() {
                let held = query::inventory::held(u.tx, self.property, room, date, next(date)).await?;
                for part in held.iter().filter(|part| part.is_by_the_hour()) {
                    u.tx.delete(part).await?;
                }
            }
        }
        Ok(())
    }

    /// Takes rooms for their hours.
    ///
    /// # Errors
    /// [`Rule::RoomTaken`] when somebody has the room all day, or at some of the hours, or when it is not let any more.
    pub(super) async fn hold(&self, u: &mut Unit<'_>) -> Result<()> {
        let refused = |message| RuleError::new(Rule::RoomTaken, "room", message);
        for (room, date) in self.rooms() {
            let new: Vec<&Taken> =
                self.in_room(room, date).filter(|taken| !self.had.contains(taken)).collect();
            if new.is_empty() {
                continue;
            }
            let found = query::property::room(u.tx, self.property, room).await?;
            if let Some(date) = found.and_then(|room| room.closed_from).filter(|from| *from <= date) {
                return Err(refused(Message::RoomClosed { date }).into());
            }
            if !query::inventory::let_by_the_hour(u.tx, self.property, room, date).await? {
                return Err(refused(Message::RoomHeld).into());
            }
            let others = self.others_in(u, room, date).await?;
            for taken in new {
                let ours = self.in_room(room, date).filter(|other| other.line != taken.line);
                let mut all = others.iter().copied().chain(ours.map(|other| other.hours));
                if let Some(other) = all.find(|other| other.overlaps(taken.hours)) {
                    let (from, until) = (TimeOfDay(other.from), TimeOfDay(other.until));
                    return Err(refused(match other == Hours::ALL {
                        true => Message::RoomHeld,
                        false => Message::RoomHeldHours { from, until },
                    })
                    .into());
                }
            }
        }
        Ok(())
    }
}

/// Lets go of a room that a room of a reservation had by the hour, before another record says what it has.
///
/// # Errors
/// The database fails.
pub async fn release_hours(u: &mut Unit<'_>, line: &ReservationRoom) -> Result<()> {
    let before = std::slice::from_ref(line);
    HoursChange::of((line.property_id, FIRST_DATE), before, &[]).release(u).await
}

/// Of some rooms those that nobody has at the hours that a room of a reservation takes, but for itself.
///
/// # Errors
/// The database fails.
pub(crate) async fn free_at(
    c: &mut Conn,
    (property, date, hours): (PropertyId, NaiveDate, Hours),
    but: Option<(VisitId, i64)>,
    mut rooms: Vec<Room>,
) -> Result<Vec<Room>> {
    let others = query::inventory::by_the_hour(c, property, date, next(date)).await?;
    let overlaps = |line: &&ReservationRoom| {
        Some(line_of(line)) != but && line.hours().is_some_and(|other| other.overlaps(hours))
    };
    let busy: BTreeSet<RoomId> = others.iter().filter(overlaps).filter_map(|line| line.room_id).collect();
    rooms.retain(|room| !busy.contains(&room.id));
    Ok(rooms)
}

/// What is left of the days of room types for guests by the hour.
pub(crate) struct HoursLeft(BTreeMap<(RoomTypeId, NaiveDate), (i64, Vec<Hours>)>);

impl HoursLeft {
    /// On the dates from `from` until before `until`.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn load(
        c: &mut Conn,
        property: PropertyId,
        (from, until): (NaiveDate, NaiveDate),
    ) -> Result<Self> {
        let counters = query::inventory::sold(c, property, from, until).await?;
        let mut left: BTreeMap<_, (i64, Vec<Hours>)> = counters
            .into_iter()
            .filter(|counter| counter.part == RoomPart::Day)
            .map(|counter| {
                ((counter.room_type_id, counter.night), (counter.capacity - counter.sold, Vec::new()))
            })
            .collect();
        for line in query::inventory::by_the_hour(c, property, from, until).await? {
            if let (Some(kind), Some(hours)) = (line.counted_type_id, line.hours()) {
                left.entry((kind, line.arrival)).or_default().1.push(hours);
            }
        }
        // What guests by the hour need is sold as well: it is for others by the hour when they are not there.
        for (rooms, hours) in left.values_mut() {
            *rooms += rooms_needed(hours.iter().copied());
        }
        Ok(Self(left))
    }

    /// How many more guests can come for these hours; `rooms`: how many rooms there are of the type on a date of which nothing is known.
    pub(crate) fn of(&self, (kind, date): (RoomTypeId, NaiveDate), hours: Hours, rooms: i64) -> i64 {
        let left = self.0.get(&(kind, date));
        left.map_or(rooms, |(rooms, others)| rooms - rooms_needed_within(hours, others.iter().copied()))
            .max(0)
    }
}

/// The minute of a date at which it is now, by the property's clock, after its midnight. A guest by the hour may come until six in the morning
/// after; where the business date is another day than the clock's, it is the nearest minute of those.
///
/// # Errors
/// The property's time zone is unknown.
pub(crate) fn minute_of(property: &Property, date: NaiveDate, now: DateTime<Utc>) -> Result<i64> {
    let since = local(property, now)? - date.and_hms_opt(0, 0, 0).unwrap_or_default();
    Ok(since.num_minutes().clamp(0, LATEST))
}

/// How many minutes the guests of a room of a reservation have been in it beyond the hours that were sold. Of who stays on beyond the date, until
/// it ends: then each night costs what the property says of those who stay on.
///
/// # Errors
/// The property's time zone is unknown.
pub(crate) fn minutes_over(
    property: &Property,
    line: &ReservationRoom,
    stays: &[Stay],
    now: DateTime<Utc>,
) -> Result<i64> {
    let of_line = |stay: &&Stay| stay.line == line.line && stay.state != StayState::Undone;
    let came = stays.iter().filter(of_line).map(|stay| stay.checked_in_at).min();
    let (Some(from), Some(until), Some(came)) = (line.from_minute, line.until_minute, came) else {
        return Ok(0);
    };
    let until_then = match line.is_by_the_hour() {
        true => now,
        false => now.min(moment(property, next(line.arrival), 0)?),
    };
    Ok(((until_then - came).num_minutes() - (until - from)).max(0))
}
