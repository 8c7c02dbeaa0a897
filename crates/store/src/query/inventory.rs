//! What is left to sell, and who holds which room.
//!
//! Counters are made when a date is first sold or closed: a row holds the capacity (rooms plus
//! overbooking, less those out of order on the date) and how many are sold, and a CHECK keeps the one below the other whatever happens at
//! the same time. The number changes by one statement, never by reading first. Whoever makes a counter counts the rooms, so
//! nobody may change how many there are meanwhile: both hold the room type.

use chrono::NaiveDate;
use hefu_domain::{
    ids::{PropertyId, RoomTypeId, VisitId},
    stay::{RoomNight, RoomPart},
};
use hefu_kernel::LAST_DATE;

use crate::{
    Conn, Inventory, StoreError, Tx,
    sql::{Sql, statements},
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    MAKE = "INSERT INTO inventory (property_id, room_type_id, night, part, capacity, sold)
        SELECT t.property_id, t.id, $3, $4, t.overbooking + (
            SELECT count(*) FROM room r
            WHERE r.property_id = t.property_id AND r.room_type_id = t.id), $5
        FROM room_type t WHERE t.property_id = $1 AND t.id = $2
        ON CONFLICT (property_id, room_type_id, night, part) DO UPDATE SET sold = inventory.sold + excluded.sold
        RETURNING *";
    SELL = "UPDATE inventory SET sold = sold + $5
        WHERE property_id = $1 AND room_type_id = $2 AND night = $3 AND part = $4 RETURNING *";
    RESIZE = "UPDATE inventory SET capacity = capacity + $3
        WHERE property_id = $1 AND room_type_id = $2 AND night >= $4 AND night < $5
        RETURNING *";
    // Type by type: the key of `inventory` has the room type before the night.
    SOLD = "SELECT i.* FROM room_type t CROSS JOIN inventory i
        WHERE t.property_id = $1 AND i.property_id = t.property_id AND i.room_type_id = t.id AND i.night >= $2 AND i.night < $3
        ORDER BY i.room_type_id, i.night, i.part";
    HELD_BY = "SELECT * FROM room_night WHERE property_id = $1 AND room_id = $2 AND night >= $3 AND night < $4
        ORDER BY night, part";
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
) -> Result<()> {
    hold_type(tx, SHARE_TYPE, p, room_type).await?;
    tx.written::<Inventory>(MAKE, args![p, room_type, night, part, sold]).await.map(drop)
}

/// Sells one room of a type for a night or a day.
///
/// # Errors
/// [`StoreError::Check`] `inventory_not_oversold` when none is left.
pub async fn take(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    night: NaiveDate,
    part: RoomPart,
) -> Result<()> {
    if tx.written::<Inventory>(SELL, args![p, room_type, night, part, 1]).await?.is_empty() {
        make(tx, (p, room_type, night, part), 1).await?;
    }
    Ok(())
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
    make(tx, (p, room_type, night, part), 0).await
}

/// Gives one room of a type back.
///
/// # Errors
/// The database fails.
pub async fn give_back(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    night: NaiveDate,
    part: RoomPart,
) -> Result<()> {
    tx.written::<Inventory>(SELL, args![p, room_type, night, part, -1]).await.map(drop)
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
    resize(tx, p, room_type, by, from, LAST_DATE).await
}

/// Rooms of a type can be sold again (above zero) or no longer from `from` until before `until`, dates whose counters are there.
///
/// # Errors
/// [`StoreError::Check`] when more is sold than would be left.
pub async fn resize(
    tx: &mut Tx,
    p: PropertyId,
    room_type: RoomTypeId,
    by: i64,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<()> {
    tx.written::<Inventory>(RESIZE, args![p, room_type, by, from, until]).await.map(drop)
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
    room: hefu_domain::ids::RoomId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<RoomNight>> {
    c.all(HELD_BY, args![p, room, from, until]).await
}

/// Lets go of a room from `from` until before `until`, as far as this room of the visit holds it.
/// Answers how many nights and days were let go.
///
/// # Errors
/// The database fails.
pub async fn release(
    tx: &mut Tx,
    p: PropertyId,
    room: hefu_domain::ids::RoomId,
    from: NaiveDate,
    until: NaiveDate,
    (visit, line): (VisitId, i64),
) -> Result<u64> {
    let removed = tx.removed::<RoomNight>(RELEASE, args![p, room, from, until, visit, line]).await?;
    Ok(removed.len() as u64)
}
