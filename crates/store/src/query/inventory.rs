//! What is left to sell, and who holds which room.
//!
//! Counters are made when a date is first sold or closed: a row holds the capacity (rooms plus
//! overbooking, less those out of order on the date) and how many are sold, and a CHECK keeps the one below the other whatever happens at
//! the same time, but for the excess that stands in the row: what was sold beyond the capacity on purpose, or because it could not be
//! helped. It is never more than what is beyond. The number changes by one statement, never by reading first. Whoever makes a counter counts the rooms, so
//! nobody may change how many there are meanwhile: both hold the room type.

use chrono::NaiveDate;
use hefu_domain::{
    ids::{PropertyId, RoomId, RoomTypeId, VisitId},
    reservation::ReservationRoom,
    stay::{RoomNight, RoomPart},
};
use hefu_kernel::LAST_DATE;

use crate::{
    Conn, Inventory, StoreError, Tx,
    sql::{Sql, statements},
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

/// The excess after a change of `sold` or `capacity`: as it is, which the CHECK refuses if it is not enough; or as much as it takes.
macro_rules! excess {
    ($beyond:literal, $may:literal) => {
        concat!(
            "CASE WHEN NOT ",
            $may,
            " THEN inventory.excess WHEN ",
            $beyond,
            " > 0 THEN ",
            $beyond,
            " ELSE 0 END"
        )
    };
}

statements! {
    MAKE = concat!("INSERT INTO inventory (property_id, room_type_id, night, part, capacity, sold, excess, allowance)
        SELECT c.property_id, c.id, $3, $4, c.capacity, $5, CASE WHEN $6 AND $5 > c.capacity THEN $5 - c.capacity ELSE 0 END, 0
        FROM (SELECT t.property_id, t.id, t.overbooking + (
                SELECT count(*) FROM room r
                WHERE r.property_id = t.property_id AND r.room_type_id = t.id AND (r.closed_from IS NULL OR r.closed_from > $3)) AS capacity
            FROM room_type t WHERE t.property_id = $1 AND t.id = $2) AS c WHERE true
        ON CONFLICT (property_id, room_type_id, night, part) DO UPDATE SET sold = inventory.sold + excluded.sold,
            excess = ", excess!("(inventory.sold + excluded.sold - inventory.capacity)", "$6"), " RETURNING *");
    SELL = concat!("UPDATE inventory SET sold = sold + $5, excess = ", excess!("(sold + $5 - capacity)", "$6"), "
        WHERE property_id = $1 AND room_type_id = $2 AND night = $3 AND part = $4 RETURNING *");
    RESIZE = concat!("UPDATE inventory SET capacity = capacity + $3, excess = ", excess!("(sold - capacity - $3)", "$6"), "
        WHERE property_id = $1 AND room_type_id = $2 AND night >= $4 AND night < $5
        RETURNING *");
    ALLOW = concat!("UPDATE inventory SET capacity = capacity + $3 - allowance, allowance = $3,
            excess = ", excess!("(sold - capacity - $3 + allowance)", "$5"), "
        WHERE property_id = $1 AND room_type_id = $2 AND night = $4 RETURNING *");
    // Type by type: the key of `inventory` has the room type before the night.
    SOLD = "SELECT i.* FROM room_type t CROSS JOIN inventory i
        WHERE t.property_id = $1 AND i.property_id = t.property_id AND i.room_type_id = t.id AND i.night >= $2 AND i.night < $3
        ORDER BY i.room_type_id, i.night, i.part";
    HELD_BY = "SELECT * FROM room_night WHERE property_id = $1 AND room_id = $2 AND night >= $3 AND night < $4
        ORDER BY night, part";
    // Held until the unit ends: whoever else lets the room by the hour waits, and sees what was written meanwhile.
    LET_BY_THE_HOUR = "INSERT INTO room_night (property_id, room_id, night, part, visit_id, line) VALUES ($1, $2, $3, 'day', NULL, -1)
        ON CONFLICT (property_id, room_id, night, part) DO UPDATE SET line = room_night.line
            WHERE room_night.visit_id IS NULL AND room_night.line = -1 RETURNING *";
    BY_THE_HOUR = "SELECT * FROM reservation_room
        WHERE property_id = $1 AND arrival >= $2 AND arrival < $3 AND departure = arrival AND counted_type_id IS NOT NULL
        ORDER BY arrival, visit_id, line";
    BY_THE_HOUR_IN = "SELECT * FROM reservation_room
        WHERE property_id = $1 AND room_id = $2 AND arrival >= $3 AND arrival < $4 AND departure = arrival AND counted_type_id IS NOT NULL
        ORDER BY arrival, visit_id, line";
    RELEASE = "DELETE FROM room_night
        WHERE property_id = $1 AND room_id = $2 AND night >= $3 AND night < $4 AND visit_id = $5 AND line = $6
        RETURNING *";
}

/// Many make counters at the same time.
pub(crate) const SHARE_TYPE: Sql =
    Sql("SELECT id FROM room_type WHERE property_id = $1 AND id = $2 FOR SHARE");
/// Whoever changes how many there are is alone.
pub(crate) const HOLD_TYPE: Sql =
    Sql("SELECT id FROM room_type WHERE property_id = $1 AND id = $2 FOR NO KEY UPDATE");

/// Holds a room type until this unit ends; the embedded engine has one writer and needs nothing.
async fn hold_type(tx: &mut Tx, sql: Sql, p: PropertyId, room_type: RoomTypeId) -> Result<()> {
    if !tx.is_sqlite() {
        tx.execute(sql, args![p, room_type]).await?;
    }
    Ok(())
}

/// Makes a counter, or counts in it if it has been made meanwhile.
async fn make(
    tx: &mut Tx,
    (p, room_type, night, part): (PropertyId, RoomTypeId, NaiveDate, RoomPart),
    sold: i64,
    beyond: bool,
) -> Result<()> {
    hold_type(tx, SHARE_TYPE, p, room_type).await?;
    tx.written::<Inventory>(MAKE, args![p, room_type, night, part, sold, beyond]).await.map(drop)
}

/// Sells one room of a type for a night or a day; `beyond`: also when none is left.
///
/// # Errors
/// [`StoreError::Check`] `inventory_not_oversold` when none is left.
pub async fn take(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    (night, part): (NaiveDate, RoomPart),
    beyond: bool,
) -> Result<()> {
    count(tx, p, room_type, (night, part), 1, beyond).await
}

/// Makes the counter of a night or a day, if there is none, so that it can be resized.
///
/// # Errors
/// The database fails.
pub async fn open(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    night: NaiveDate,
    part: RoomPart,
) -> Result<()> {
    make(tx, (p, room_type, night, part), 0, true).await
}

/// Counts so many more rooms of a type as sold for a night or a day, below zero fewer; `beyond`: also when none is left.
///
/// # Errors
/// [`StoreError::Check`] `inventory_not_oversold` when not enough are left.
pub async fn count(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    (night, part): (NaiveDate, RoomPart),
    by: i64,
    beyond: bool,
) -> Result<()> {
    let beyond = beyond || by < 0;
    if tx.written::<Inventory>(SELL, args![p, room_type, night, part, by, beyond]).await?.is_empty() {
        make(tx, (p, room_type, night, part), by, beyond).await?;
    }
    Ok(())
}

/// Gives one room of a type back.
///
/// # Errors
/// The database fails.
pub async fn give_back(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    (night, part): (NaiveDate, RoomPart),
) -> Result<()> {
    tx.written::<Inventory>(SELL, args![p, room_type, night, part, -1, true]).await.map(drop)
}

/// Rooms of a type are there (above zero) or gone from `from` on: they are counted in every counter that is made from now on.
///
/// # Errors
/// As [`resize`].
pub async fn resize_type(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    by: i64,
    from: NaiveDate,
) -> Result<()> {
    hold_type(tx, HOLD_TYPE, p, room_type).await?;
    resize(tx, p, room_type, by, (from, LAST_DATE), false).await
}

/// Rooms of a type can be sold again (above zero) or no longer from `from` until before `until`, dates whose counters are there; `beyond`: also
/// when more is sold than would be left.
///
/// # Errors
/// [`StoreError::Check`] when more is sold than would be left.
pub async fn resize(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    by: i64,
    (from, until): (NaiveDate, NaiveDate),
    beyond: bool,
) -> Result<()> {
    // Where there is more than before, less is beyond it.
    tx.written::<Inventory>(RESIZE, args![p, room_type, by, from, until, beyond || by > 0]).await.map(drop)
}

/// So many rooms of a type may be sold on a date beyond those there are and beyond what its type allows, where the date's counters are
/// there. What is sold already stays sold.
///
/// # Errors
/// The database fails.
pub async fn allow(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    allowance: i64,
    night: NaiveDate,
) -> Result<()> {
    tx.written::<Inventory>(ALLOW, args![p, room_type, allowance, night, true]).await.map(drop)
}

/// The counters of the dates from `from` until before `until`; dates never sold have none.
///
/// # Errors
/// The database fails.
pub async fn sold(c: &mut Conn, p: PropertyId, from: NaiveDate, until: NaiveDate) -> Result<Vec<Inventory>> {
    c.all(SOLD, args![p, from, until]).await
}

/// Who holds a room from `from` until before `until`.
///
/// # Errors
/// The database fails.
pub async fn held(
    c: &mut Conn,
    p: PropertyId,
    room: RoomId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<RoomNight>> {
    c.all(HELD_BY, args![p, room, from, until]).await
}

/// Says that a room is let by the hour on a date, if nobody has it all day; answers whether it is. Whoever else asks waits until this unit ends.
///
/// # Errors
/// The database fails.
pub async fn let_by_the_hour(tx: &mut Tx, p: PropertyId, room: RoomId, night: NaiveDate) -> Result<bool> {
    Ok(!tx.written::<RoomNight>(LET_BY_THE_HOUR, args![p, room, night]).await?.is_empty())
}

/// The rooms of reservations that arrive on a date from `from` until before `until`, leave on it and are counted: those by the hour, also who
/// has left.
///
/// # Errors
/// The database fails.
pub async fn by_the_hour(
    c: &mut Conn,
    p: PropertyId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<ReservationRoom>> {
    c.all(BY_THE_HOUR, args![p, from, until]).await
}

/// Those of them that are in a room.
///
/// # Errors
/// The database fails.
pub async fn by_the_hour_in(
    c: &mut Conn,
    p: PropertyId,
    room: RoomId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<ReservationRoom>> {
    c.all(BY_THE_HOUR_IN, args![p, room, from, until]).await
}

/// Lets go of a room from `from` until before `until`, as far as this room of the visit holds it.
/// Answers how many nights and days were let go.
///
/// # Errors
/// The database fails.
pub async fn release(
    tx: &mut Tx,
    p: PropertyId,
    room: RoomId,
    (from, until): (NaiveDate, NaiveDate),
    (visit, line): (VisitId, i64),
) -> Result<u64> {
    let removed = tx.removed::<RoomNight>(RELEASE, args![p, room, from, until, visit, line]).await?;
    Ok(removed.len() as u64)
}
