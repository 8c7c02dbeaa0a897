//! Blocks of rooms for groups, and what of them is left on which night.

use chrono::NaiveDate;
use hefu_domain::{
    block::{Block, BlockNight},
    ids::{BlockId, GroupId, PropertyId},
};

use crate::{
    Conn, StoreError, Tx,
    query::property::PropertyCodes,
    sql::{Sql, is_among, statements},
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    OF_GROUP_IN = "SELECT * FROM room_block WHERE property_id = $1 AND group_id = $2";
    OF_GROUP = concat!("SELECT * FROM room_block b WHERE b.group_id = $1 AND ", is_among!("b.property_id", "$2"), " ORDER BY b.property_id");
    NIGHTS = "SELECT * FROM room_block_night WHERE property_id = $1 AND block_id = $2 AND night >= $3 ORDER BY night, room_type_id";
    DUE = "SELECT * FROM room_block WHERE property_id = $1 AND released_on IS NULL AND release_on <= $2 ORDER BY release_on, id LIMIT $3";
}

/// On PostgreSQL whoever else changes the block waits; the embedded engine has one writer.
pub(crate) const LOCK: [Sql; 2] =
    [OF_GROUP_IN, Sql("SELECT * FROM room_block WHERE property_id = $1 AND group_id = $2 FOR NO KEY UPDATE")];

/// The block of a group in a property.
///
/// # Errors
/// The database fails.
pub async fn of_group_in(c: &mut Conn, property: PropertyId, group: GroupId) -> Result<Option<Block>> {
    c.first(OF_GROUP_IN, args![property, group]).await
}

/// The same, held until this unit ends: what is left of it stays as it is read.
///
/// # Errors
/// The database fails, or asks to try again.
pub async fn lock(tx: &mut Tx, property: PropertyId, group: GroupId) -> Result<Option<Block>> {
    let sql = LOCK[usize::from(!tx.is_sqlite())];
    tx.first(sql, args![property, group]).await
}

/// The blocks of a group in these properties.
///
/// # Errors
/// The database fails.
pub async fn of_group(c: &mut Conn, group: GroupId, properties: &PropertyCodes) -> Result<Vec<Block>> {
    c.all(OF_GROUP, args![group, properties.text()]).await
}

/// What a block holds from `from` on, night by night.
///
/// # Errors
/// The database fails.
pub async fn nights(
    c: &mut Conn,
    property: PropertyId,
    block: BlockId,
    from: NaiveDate,
) -> Result<Vec<BlockNight>> {
    c.all(NIGHTS, args![property, block, from]).await
}

/// Blocks that are to be released by `date` and are not.
///
/// # Errors
/// The database fails.
pub async fn due(c: &mut Conn, property: PropertyId, date: NaiveDate, limit: i64) -> Result<Vec<Block>> {
    c.all(DUE, args![property, date, limit]).await
}
