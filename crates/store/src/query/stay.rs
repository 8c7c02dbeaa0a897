//! Who is expected, in house and gone today, and what the night audit looks for.

use chrono::NaiveDate;
use hefu_domain::{
    ids::{GuestId, PropertyId, StayId, VisitId},
    property::Room,
    reservation::{Reservation, ReservationRoom},
    stay::Stay,
};

use crate::{Conn, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

/// The visits of today's board ($2): in house, gone today, or not yet arrived.
macro_rules! on_board {
    () => {
        "(SELECT visit_id FROM stay WHERE property_id = $1 AND state = 'in_house'
          UNION SELECT visit_id FROM stay
            WHERE property_id = $1 AND state = 'checked_out' AND departure = $2
          UNION SELECT visit_id FROM reservation_room
            WHERE property_id = $1 AND counted_type_id IS NOT NULL AND stay_id IS NULL AND arrival <= $2)"
    };
}

statements! {
    MOVING_IN = "SELECT (SELECT count(*) FROM stay s WHERE s.property_id = $1 AND s.room_id = $2 AND s.state = 'in_house'),
            (SELECT CAST(coalesce(max(t.capacity), 0) AS BIGINT) FROM room_type t WHERE t.property_id = $1 AND t.id = $3),
            (SELECT CAST(coalesce(max(d.held), 0) AS BIGINT) FROM deposit_account d WHERE d.property_id = $1 AND d.visit_id = $4),
            (SELECT count(*) FROM guest_flag f WHERE f.guest_id = $5)
                + (SELECT count(*) FROM guest g CROSS JOIN guest_flag f WHERE g.merged_into = $5 AND f.guest_id = g.id)
                + (SELECT count(*) FROM guest g CROSS JOIN guest_flag f WHERE g.id = $5 AND f.guest_id = g.merged_into)
                + (SELECT count(*) FROM guest g CROSS JOIN guest o CROSS JOIN guest_flag f
                    WHERE g.id = $5 AND o.merged_into = g.merged_into AND f.guest_id = o.id)";
    AWAITED = "SELECT * FROM reservation_room
        WHERE property_id = $1 AND counted_type_id IS NOT NULL AND stay_id IS NULL AND arrival <= $2 ORDER BY visit_id, line LIMIT $3";
    DEPARTED_ON = "SELECT * FROM stay
        WHERE property_id = $1 AND departure = $2 AND state = 'checked_out' ORDER BY checked_out_at, id";
    ON_BOARD = concat!("SELECT * FROM reservation WHERE property_id = $1 AND id IN ", on_board!(), " ORDER BY id");
    BALANCES = concat!("SELECT visit_id, CAST(sum(balance) AS BIGINT) FROM folio
        WHERE property_id = $1 AND visit_id IN ", on_board!(), " GROUP BY visit_id");
    PRIMARIES = concat!("SELECT stay_id, guest_id FROM stay_guest
        WHERE property_id = $1 AND role = 'primary' AND visit_id IN ", on_board!());
    UNPOSTED = "SELECT s.* FROM stay s
        WHERE s.property_id = $1 AND s.state = 'in_house' AND s.arrival <= $2
          AND ((s.share_of IS NULL AND NOT EXISTS (
              SELECT 1 FROM stay_share h WHERE h.property_id = s.property_id AND h.visit_id = s.visit_id
                AND h.stay_id = s.id AND h.holds_from > $2))
            OR EXISTS (
              SELECT 1 FROM stay_share h WHERE h.property_id = s.property_id AND h.visit_id = s.visit_id
                AND h.stay_id = s.id AND h.from_date <= $2 AND h.prices <> '[]'))
          AND (s.departure > $2 OR (s.departure = s.arrival AND s.arrival = $2) OR ($4 AND s.arrival < $2))
          AND NOT EXISTS (
            SELECT 1 FROM posting p WHERE p.property_id = s.property_id AND p.visit_id = s.visit_id
              AND p.stay_id = s.id AND p.night = $2 AND p.once IS NOT NULL)
        ORDER BY s.visit_id, s.id LIMIT $3";
    NO_SHOWS = "SELECT DISTINCT r.number FROM reservation_room l CROSS JOIN reservation r
        WHERE l.property_id = $1 AND l.state = 'no_show' AND l.state_reason = $2
          AND r.property_id = l.property_id AND r.id = l.visit_id ORDER BY r.number";
    // Whoever is in house first, as below.
    STAYING_ON = "WITH s AS MATERIALIZED (SELECT * FROM stay WHERE property_id = $1 AND state = 'in_house' AND share_of IS NULL)
        SELECT l.* FROM s CROSS JOIN reservation_room l
        WHERE s.departure <= $2 AND l.property_id = s.property_id AND l.visit_id = s.visit_id AND l.line = s.line
          AND l.counted_until < $3 ORDER BY l.visit_id, l.line LIMIT $4";
    // Whoever is in house first: SQLite would rather go through all departures up to the date.
    OVERDUE = "WITH s AS MATERIALIZED (SELECT * FROM stay WHERE property_id = $1 AND state = 'in_house')
        SELECT DISTINCT r.number FROM s CROSS JOIN reservation r
        WHERE s.departure <= $2 AND r.property_id = s.property_id AND r.id = s.visit_id ORDER BY r.number";
    // Whoever is in house first, as above.
    LIVED_IN = "WITH s AS MATERIALIZED (SELECT * FROM stay WHERE property_id = $1 AND state = 'in_house' AND share_of IS NULL)
        SELECT l.* FROM s CROSS JOIN reservation_room l
        WHERE l.property_id = s.property_id AND l.visit_id = s.visit_id AND l.line = s.line ORDER BY l.visit_id, l.line";
    LEFT_ON = "WITH s AS MATERIALIZED (SELECT * FROM stay
          WHERE property_id = $1 AND departure = $2 AND state = 'checked_out' AND share_of IS NULL)
        SELECT l.* FROM s CROSS JOIN reservation_room l
        WHERE l.property_id = s.property_id AND l.visit_id = s.visit_id AND l.line = s.line ORDER BY l.visit_id, l.line";
    LIVED_IN_AND_READY = "SELECT r.* FROM room r
        WHERE r.property_id = $1 AND r.state IN ('clean', 'inspected', 'pickup')
          AND EXISTS (SELECT 1 FROM stay s
            WHERE s.property_id = $1 AND s.room_id = r.id AND s.state = 'in_house')
        ORDER BY r.id LIMIT $2";
}

/// What decides whether a guest moves into a room, and what happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovingIn {
    /// Somebody is in house in the room.
    pub is_lived_in: bool,
    /// How many people the room takes.
    pub capacity: i64,
    /// Deposits that are held for the visit, minor units.
    pub held: i64,
    /// The guest, or one who was joined with the guest, has a flag.
    pub is_flagged: bool,
}

/// What is to be known before a guest of a visit moves into a room, in one statement: a check-in asks it of every guest.
///
/// # Errors
/// The database fails.
pub async fn moving_in(c: &mut Conn, room: &Room, visit: VisitId, guest: GuestId) -> Result<MovingIn> {
    let asked = args![room.property_id, room.id, room.room_type_id, visit, guest];
    let found = c.first::<(i64, i64, i64, i64)>(MOVING_IN, asked).await?;
    let (stays, capacity, held, flags) = found.unwrap_or_default();
    Ok(MovingIn { is_lived_in: stays != 0, capacity, held, is_flagged: flags != 0 })
}

/// Rooms of reservations that should have been taken by `date` and were not, by visit.
///
/// # Errors
/// The database fails.
pub async fn awaited(
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
    limit: i64,
) -> Result<Vec<ReservationRoom>> {
    c.all(AWAITED, args![property, date, limit]).await
}

/// Rooms of reservations with somebody in house who was to leave by `date`, and that are not counted until `until`.
///
/// # Errors
/// The database fails.
pub async fn staying_on(
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
    until: NaiveDate,
    limit: i64,
) -> Result<Vec<ReservationRoom>> {
    c.all(STAYING_ON, args![property, date, until, limit]).await
}

/// Rooms of reservations that are lived in, by visit.
///
/// # Errors
/// The database fails.
pub async fn lived_in(c: &mut Conn, property: PropertyId) -> Result<Vec<ReservationRoom>> {
    c.all(LIVED_IN, args![property]).await
}

/// Rooms of reservations that were left on `date`, by visit.
///
/// # Errors
/// The database fails.
pub async fn left_on(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<ReservationRoom>> {
    c.all(LEFT_ON, args![property, date]).await
}

/// Stays that ended on `date`.
///
/// # Errors
/// The database fails.
pub async fn departed_on(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<Stay>> {
    c.all(DEPARTED_ON, args![property, date]).await
}

/// The reservations of everybody expected, in house or gone on `date`.
///
/// # Errors
/// The database fails.
pub async fn on_board(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<Reservation>> {
    c.all(ON_BOARD, args![property, date]).await
}

/// What each of those visits still has to pay, minor units.
///
/// # Errors
/// The database fails.
pub async fn balances(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<(VisitId, i64)>> {
    c.all(BALANCES, args![property, date]).await
}

/// Under whom each stay of those visits is.
///
/// # Errors
/// The database fails.
pub async fn primaries(
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
) -> Result<Vec<(StayId, GuestId)>> {
    c.all(PRIMARIES, args![property, date]).await
}

/// Stays in house whose night `date` is not on the bill yet; of several that share a room
/// the one that holds it, and those that pay for their share. `overstays`: also those who should have left.
///
/// # Errors
/// The database fails.
pub async fn unposted(
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
    overstays: bool,
    limit: i64,
) -> Result<Vec<Stay>> {
    c.all(UNPOSTED, args![property, date, limit, overstays]).await
}

/// Numbers of the visits with no-shows of this reason.
///
/// # Errors
/// The database fails.
pub async fn no_shows(c: &mut Conn, property: PropertyId, reason: &str) -> Result<Vec<String>> {
    let found = c.all::<(String,)>(NO_SHOWS, args![property, reason.to_owned()]).await?;
    Ok(found.into_iter().map(|(number,)| number).collect())
}

/// Numbers of the visits in house that should have left by `date`.
///
/// # Errors
/// The database fails.
pub async fn overdue(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<String>> {
    let found = c.all::<(String,)>(OVERDUE, args![property, date]).await?;
    Ok(found.into_iter().map(|(number,)| number).collect())
}

/// Rooms that are lived in and still called ready.
///
/// # Errors
/// The database fails.
pub async fn lived_in_and_ready(c: &mut Conn, property: PropertyId, limit: i64) -> Result<Vec<Room>> {
    c.all(LIVED_IN_AND_READY, args![property, limit]).await
}
