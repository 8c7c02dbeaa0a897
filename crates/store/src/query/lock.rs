//! Room keys, and what lock systems are told of them.

use hefu_domain::{
    ids::{KeyOrderId, PropertyId, RoomKeyId, VisitId},
    lock::{KeyOrder, RoomKey},
};

use crate::{Conn, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    KEYS = "SELECT * FROM room_key WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    KEY = "SELECT * FROM room_key WHERE property_id = $1 AND visit_id = $2 AND id = $3";
    ORDERS = "SELECT * FROM key_order WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    ORDER = "SELECT * FROM key_order WHERE property_id = $1 AND id = $2";
    LOG = "SELECT * FROM key_order WHERE property_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    WAITING = "SELECT * FROM key_order WHERE property_id = $1 AND key_id = $2 AND state = 'waiting' ORDER BY id LIMIT $3";
}

/// The keys of a visit, in order of making.
///
/// # Errors
/// The database fails.
pub async fn keys(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<RoomKey>> {
    c.all(KEYS, args![property, visit]).await
}

/// A key of a visit.
///
/// # Errors
/// The database fails.
pub async fn key(
    c: &mut Conn,
    property: PropertyId,
    visit: VisitId,
    id: RoomKeyId,
) -> Result<Option<RoomKey>> {
    c.first(KEY, args![property, visit, id]).await
}

/// What the lock system was told of the keys of a visit, in order of time.
///
/// # Errors
/// The database fails.
pub async fn orders(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<KeyOrder>> {
    c.all(ORDERS, args![property, visit]).await
}

/// One of these.
///
/// # Errors
/// The database fails.
pub async fn order(c: &mut Conn, property: PropertyId, id: KeyOrderId) -> Result<Option<KeyOrder>> {
    c.first(ORDER, args![property, id]).await
}

/// What the lock system of a property was told, the latest first, before another.
///
/// # Errors
/// The database fails.
pub async fn log(
    c: &mut Conn,
    property: PropertyId,
    before: KeyOrderId,
    limit: i64,
) -> Result<Vec<KeyOrder>> {
    c.all(LOG, args![property, before, limit]).await
}

/// What the lock system has not answered yet about a key, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn waiting(
    c: &mut Conn,
    property: PropertyId,
    key: RoomKeyId,
    limit: i64,
) -> Result<Vec<KeyOrder>> {
    c.all(WAITING, args![property, key, limit]).await
}
