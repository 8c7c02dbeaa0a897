//! What companies owe, item by item.

use chrono::NaiveDate;
use hefu_domain::{
    city_ledger::{CityAllocation, CityItem},
    folio::{CityAccount, CityEntry},
    ids::{AllocationId, CityAccountId, CityEntryId, PostingId, PropertyId},
};

use crate::{Conn, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    ENTRY = "SELECT * FROM city_entry WHERE property_id = $1 AND account_id = $2 AND id = $3";
    OF_LINE = "SELECT * FROM city_entry WHERE property_id = $1 AND posting_id = $2";
    REVERSAL = "SELECT * FROM city_entry WHERE property_id = $1 AND reverses = $2";
    ITEM = "SELECT * FROM city_item WHERE property_id = $1 AND account_id = $2 AND id = $3";
    ITEMS = "SELECT * FROM city_item WHERE property_id = $1 AND account_id = $2 ORDER BY id DESC LIMIT $3";
    OPEN_ITEMS = "SELECT * FROM city_item WHERE property_id = $1 AND account_id = $2 AND open <> 0 ORDER BY id LIMIT $3";
    OPEN_BY_DATE = "SELECT a.code, a.name, a.balance, i.business_date, CAST(sum(i.open) AS BIGINT)
        FROM city_item i JOIN city_account a ON a.property_id = i.property_id AND a.id = i.account_id
        WHERE i.property_id = $1 AND i.open <> 0
        GROUP BY a.code, a.name, a.balance, i.business_date, i.open > 0 ORDER BY a.code, i.business_date";
    ALLOCATION = "SELECT * FROM city_allocation WHERE property_id = $1 AND account_id = $2 AND id = $3";
    ALLOCATIONS = "SELECT * FROM city_allocation WHERE property_id = $1 AND account_id = $2 ORDER BY id DESC LIMIT $3";
    UNDONE = "SELECT * FROM city_allocation WHERE property_id = $1 AND reverses = $2";
    // Without the account, which stands in other indexes too: over an empty table each of them costs PostgreSQL the same.
    OF_PAYMENT = "SELECT * FROM city_allocation WHERE property_id = $1 AND payment_id = $2 ORDER BY id";
    OF_ITEM = "SELECT * FROM city_allocation WHERE property_id = $1 AND item_id = $2 ORDER BY id";
}

/// A movement of an account.
///
/// # Errors
/// The database fails.
pub async fn entry(c: &mut Conn, account: &CityAccount, id: CityEntryId) -> Result<Option<CityEntry>> {
    c.first(ENTRY, args![account.property_id, account.id, id]).await
}

/// The transfer that a line of a bill is.
///
/// # Errors
/// The database fails.
pub async fn of_line(c: &mut Conn, property: PropertyId, line: PostingId) -> Result<Option<CityEntry>> {
    c.first(OF_LINE, args![property, line]).await
}

/// The movement that takes another back.
///
/// # Errors
/// The database fails.
pub async fn reversal(c: &mut Conn, property: PropertyId, of: CityEntryId) -> Result<Option<CityEntry>> {
    c.first(REVERSAL, args![property, of]).await
}

/// What of a movement is open.
///
/// # Errors
/// The database fails.
pub async fn item(c: &mut Conn, account: &CityAccount, id: CityEntryId) -> Result<Option<CityItem>> {
    c.first(ITEM, args![account.property_id, account.id, id]).await
}

/// What is open of the latest movements, the last first.
///
/// # Errors
/// The database fails.
pub async fn items(
    c: &mut Conn,
    property: PropertyId,
    account: CityAccountId,
    limit: i64,
) -> Result<Vec<CityItem>> {
    c.all(ITEMS, args![property, account, limit]).await
}

/// The movements that are open, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn open_items(c: &mut Conn, account: &CityAccount, limit: i64) -> Result<Vec<CityItem>> {
    c.all(OPEN_ITEMS, args![account.property_id, account.id, limit]).await
}

/// What is open of a date: code, name and balance of the account, the date, minor units; transfers and payments apart.
pub type OpenOfDate = (String, String, i64, NaiveDate, i64);

/// What is open by account and date.
///
/// # Errors
/// The database fails.
pub async fn open_by_date(c: &mut Conn, property: PropertyId) -> Result<Vec<OpenOfDate>> {
    c.all(OPEN_BY_DATE, args![property]).await
}

/// An allocation.
///
/// # Errors
/// The database fails.
pub async fn allocation(
    c: &mut Conn,
    account: &CityAccount,
    id: AllocationId,
) -> Result<Option<CityAllocation>> {
    c.first(ALLOCATION, args![account.property_id, account.id, id]).await
}

/// The latest allocations of an account, the last first.
///
/// # Errors
/// The database fails.
pub async fn allocations(c: &mut Conn, account: &CityAccount, limit: i64) -> Result<Vec<CityAllocation>> {
    c.all(ALLOCATIONS, args![account.property_id, account.id, limit]).await
}

/// What takes an allocation back.
///
/// # Errors
/// The database fails.
pub async fn undone(c: &mut Conn, property: PropertyId, of: AllocationId) -> Result<Option<CityAllocation>> {
    c.first(UNDONE, args![property, of]).await
}

/// The allocations of a movement: of a payment what it is for, of a transfer by what it was paid.
///
/// # Errors
/// The database fails.
pub async fn allocations_of(c: &mut Conn, entry: &CityEntry) -> Result<Vec<CityAllocation>> {
    let sql = if entry.amount < 0 { OF_PAYMENT } else { OF_ITEM };
    c.all(sql, args![entry.property_id, entry.id]).await
}
