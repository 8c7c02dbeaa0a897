//! The work in rooms and what was seen in them, things that were found, faults, and wake-up calls.

use chrono::NaiveDate;
use hefu_crypto::Aad;
use hefu_domain::{
    ids::{FoundItemId, MaintenanceId, PropertyId, RoomId, VisitId, WakeUpId},
    stay::RoomNight,
    task::{RoomSeen, RoomTask},
    upkeep::{FoundDetails, FoundItem, MaintenanceOrder, WakeUp},
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use crate::{Conn, StoreError, Tx, Vault, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    TASKS = "SELECT * FROM room_task WHERE property_id = $1 AND date = $2 ORDER BY room_id";
    TASK = "SELECT * FROM room_task WHERE property_id = $1 AND date = $2 AND room_id = $3";
    SEEN_ON = "SELECT * FROM room_seen WHERE property_id = $1 AND date = $2 ORDER BY room_id";
    SEEN = "SELECT * FROM room_seen WHERE property_id = $1 AND date = $2 AND room_id = $3";
    FOUND = "SELECT * FROM found_item WHERE property_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    KEPT = "SELECT * FROM found_item WHERE property_id = $1 AND state = 'kept' AND id < $2 ORDER BY id DESC LIMIT $3";
    FOUND_ITEM = "SELECT * FROM found_item WHERE property_id = $1 AND id = $2";
    ORDERS = "SELECT * FROM maintenance_order WHERE property_id = $1 AND state = 'open' AND id > $2 ORDER BY id LIMIT $3";
    ORDER = "SELECT * FROM maintenance_order WHERE property_id = $1 AND id = $2";
    WAKE_UPS = "SELECT * FROM wake_up WHERE property_id = $1 AND date = $2 ORDER BY minute, id";
    WAKE_UP = "SELECT * FROM wake_up WHERE property_id = $1 AND id = $2 AND visit_id = $3";
    // Room by room: the key of `room_night` has the room before the night.
    OUT_OF_ORDER = "SELECT n.* FROM room r CROSS JOIN room_night n
        WHERE r.property_id = $1 AND n.property_id = r.property_id AND n.room_id = r.id AND n.night >= $2 AND n.night < $3
          AND n.visit_id IS NULL AND n.part = 'night'
        ORDER BY n.room_id, n.night";
}

/// The work of a day, room by room.
///
/// # Errors
/// The database fails.
pub async fn tasks(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<RoomTask>> {
    c.all(TASKS, args![property, date]).await
}

/// The work in a room on a day.
///
/// # Errors
/// The database fails.
pub async fn task(
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
    room: RoomId,
) -> Result<Option<RoomTask>> {
    c.first(TASK, args![property, date, room]).await
}

/// What was seen in rooms on a day.
///
/// # Errors
/// The database fails.
pub async fn seen_on(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<RoomSeen>> {
    c.all(SEEN_ON, args![property, date]).await
}

/// What was seen in a room on a day.
///
/// # Errors
/// The database fails.
pub async fn seen(
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
    room: RoomId,
) -> Result<Option<RoomSeen>> {
    c.first(SEEN, args![property, date, room]).await
}

/// Things that were found, the latest first, before another; `all`: also those that are not kept any more.
///
/// # Errors
/// The database fails.
pub async fn found(
    c: &mut Conn,
    property: PropertyId,
    before: FoundItemId,
    all: bool,
    limit: i64,
) -> Result<Vec<FoundItem>> {
    c.all(if all { FOUND } else { KEPT }, args![property, before, limit]).await
}

/// One of them.
///
/// # Errors
/// The database fails.
pub async fn found_item(c: &mut Conn, property: PropertyId, id: FoundItemId) -> Result<Option<FoundItem>> {
    c.first(FOUND_ITEM, args![property, id]).await
}

fn found_aad(tenant: Uuid, item: FoundItemId) -> Aad<'static> {
    Aad { tenant, table: "found_item", column: "details", row: item.uuid() }
}

/// Seals what is written about a thing, under the property's data key.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_found(tx: &mut Tx, item: &mut FoundItem, details: &FoundDetails) -> Result<()> {
    let key = tx.data_key(item.property_id.uuid()).await?;
    let text = serde_json::to_vec(details).unwrap_or_default();
    item.details = key.seal(&*tx.vault().rng, &found_aad(tx.ring().tenant(), item.id), &text);
    Ok(())
}

/// What is written about a thing.
///
/// # Errors
/// What was sealed was changed.
pub async fn found_details(c: &mut Conn, vault: &Vault, item: &FoundItem) -> Result<FoundDetails> {
    let failed = |source| StoreError::Crypto { table: "found_item", source };
    let Some(key) = vault.find_to_read(c, item.property_id.uuid()).await? else {
        return Ok(FoundDetails::default());
    };
    let text = key.open(&found_aad(vault.ring().tenant(), item.id), &item.details).map_err(failed)?;
    serde_json::from_slice(&text).map_err(|_| StoreError::Corrupt {
        table: "found_item",
        column: "details".into(),
        detail: "says nothing of a thing".into(),
    })
}

/// Faults that are to be mended, the oldest first, after another.
///
/// # Errors
/// The database fails.
pub async fn orders(
    c: &mut Conn,
    property: PropertyId,
    after: MaintenanceId,
    limit: i64,
) -> Result<Vec<MaintenanceOrder>> {
    c.all(ORDERS, args![property, after, limit]).await
}

/// A fault.
///
/// # Errors
/// The database fails.
pub async fn order(
    c: &mut Conn,
    property: PropertyId,
    id: MaintenanceId,
) -> Result<Option<MaintenanceOrder>> {
    c.first(ORDER, args![property, id]).await
}

fn fault_aad(tenant: Uuid, order: MaintenanceId) -> Aad<'static> {
    Aad { tenant, table: "maintenance_order", column: "fault", row: order.uuid() }
}

/// Seals what is wrong, under the property's data key.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_fault(tx: &mut Tx, order: &mut MaintenanceOrder, fault: &str) -> Result<()> {
    let key = tx.data_key(order.property_id.uuid()).await?;
    let aad = fault_aad(tx.ring().tenant(), order.id);
    order.fault = key.seal(&*tx.vault().rng, &aad, fault.as_bytes());
    Ok(())
}

/// What is wrong.
///
/// # Errors
/// What was sealed was changed.
pub async fn fault(c: &mut Conn, vault: &Vault, order: &MaintenanceOrder) -> Result<Option<String>> {
    let Some(key) = vault.find_to_read(c, order.property_id.uuid()).await? else { return Ok(None) };
    let opened = key
        .open(&fault_aad(vault.ring().tenant(), order.id), &order.fault)
        .map_err(|source| StoreError::Crypto { table: "maintenance_order", source })?;
    Ok(String::from_utf8(opened).ok())
}

/// Wake-up calls of a date, in order of time.
///
/// # Errors
/// The database fails.
pub async fn wake_ups(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<WakeUp>> {
    c.all(WAKE_UPS, args![property, date]).await
}

/// A wake-up call of a visit.
///
/// # Errors
/// The database fails.
pub async fn wake_up(
    c: &mut Conn,
    property: PropertyId,
    id: WakeUpId,
    visit: VisitId,
) -> Result<Option<WakeUp>> {
    c.first(WAKE_UP, args![property, id, visit]).await
}

/// The nights from `from` until before `until` on which rooms are out of order, room by room.
///
/// # Errors
/// The database fails.
pub async fn out_of_order(
    c: &mut Conn,
    property: PropertyId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<RoomNight>> {
    c.all(OUT_OF_ORDER, args![property, from, until]).await
}
