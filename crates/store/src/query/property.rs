//! Properties, rooms and prices.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use hefu_domain::{
    folio::{CityAccount, CityEntry},
    ids::{CancellationPolicyId, CityAccountId, PropertyId, RatePlanId, RoomId, RoomTypeId},
    property::{CancellationPolicy, Property, Rate, RatePlan, Room, RoomType, TransactionCode},
    stay::RoomNight,
};

use crate::{
    Conn, StoreError, Tx,
    sql::{Sql, statements},
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

/// Codes of properties, for statements that answer of these only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyCodes(String);

impl PropertyCodes {
    /// The codes of these.
    pub fn of(properties: &[Property]) -> Self {
        let mut text = String::from(",");
        for property in properties {
            text.push_str(&property.code);
            text.push(',');
        }
        Self(text)
    }

    /// Each code between commas, which no code has.
    pub(crate) fn text(&self) -> String {
        self.0.clone()
    }
}

statements! {
    MIGRATIONS = "SELECT count(*) FROM _sqlx_migrations WHERE success";
    PROPERTIES = "SELECT * FROM property ORDER BY code";
    PROPERTY = "SELECT * FROM property WHERE id = $1";
    PROPERTY_BY_CODE = "SELECT * FROM property WHERE code = $1";
    ROOM_TYPES = "SELECT * FROM room_type WHERE property_id = $1 ORDER BY code";
    ROOM_TYPE = "SELECT * FROM room_type WHERE property_id = $1 AND id = $2";
    ROOMS = "SELECT * FROM room WHERE property_id = $1 ORDER BY number";
    // Thirty-two at a time; places without a room hold the id that stands for none.
    ROOM_NUMBERS = "SELECT id, number, room_type_id FROM room WHERE property_id = $1 AND id IN (
            $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
            $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)";
    ROOMS_BY_TYPE = "SELECT room_type_id, closed_from, count(*) FROM room WHERE property_id = $1
        GROUP BY room_type_id, closed_from";
    ROOM = "SELECT * FROM room WHERE property_id = $1 AND id = $2";
    ROOM_BY_NUMBER = "SELECT * FROM room WHERE property_id = $1 AND number = $2";
    ROOM_COUNT = "SELECT count(*) FROM room WHERE property_id = $1 AND room_type_id = $2";
    RATE_PLANS = "SELECT * FROM rate_plan WHERE property_id = $1 ORDER BY code";
    RATE_PLAN = "SELECT * FROM rate_plan WHERE property_id = $1 AND id = $2";
    RATES = "SELECT * FROM rate WHERE property_id = $1 AND rate_plan_id = $2 ORDER BY room_type_id, valid_from";
    POLICIES = "SELECT * FROM cancellation_policy WHERE property_id = $1 ORDER BY code";
    POLICY = "SELECT * FROM cancellation_policy WHERE property_id = $1 AND id = $2";
    CODES = "SELECT * FROM transaction_code WHERE property_id = $1 ORDER BY code";
    CODE = "SELECT * FROM transaction_code WHERE property_id = $1 AND code = $2";
    CITY_ACCOUNTS = "SELECT * FROM city_account WHERE property_id = $1 ORDER BY code";
    CITY_ACCOUNT = "SELECT * FROM city_account WHERE property_id = $1 AND id = $2";
    CITY_ACCOUNT_BY_CODE = "SELECT * FROM city_account WHERE property_id = $1 AND code = $2";
    CITY_ENTRIES = "SELECT * FROM city_entry WHERE property_id = $1 AND account_id = $2 ORDER BY id DESC LIMIT $3";
    // Room by room: the key of `room_night` has the room before the night.
    HOLDERS = "SELECT n.* FROM room r CROSS JOIN room_night n
        WHERE r.property_id = $1 AND n.property_id = r.property_id AND n.room_id = r.id AND n.night >= $2 AND n.night < $3
        ORDER BY n.room_id, n.night";
    FREE_ROOMS = "SELECT r.* FROM room r
        WHERE r.property_id = $1 AND r.room_type_id = $2 AND (r.closed_from IS NULL OR r.closed_from >= $4)
          AND NOT EXISTS (
            SELECT 1 FROM room_night n
            WHERE n.property_id = r.property_id AND n.room_id = r.id AND n.night >= $3 AND n.night < $4
              AND NOT ($7 AND n.visit_id IS NULL AND n.line = -1))
          AND ($5 OR NOT EXISTS (
            SELECT 1 FROM stay s
            WHERE s.property_id = r.property_id AND s.room_id = r.id AND s.state = 'in_house'))
        ORDER BY CASE r.state WHEN 'inspected' THEN 0 WHEN 'clean' THEN 1 WHEN 'pickup' THEN 2 ELSE 3 END, r.number
        LIMIT $6";
}

/// How many migrations are applied. Opening the store applies those that are missing.
///
/// # Errors
/// The database fails.
pub async fn migrations(c: &mut Conn) -> Result<i64> {
    Ok(c.first::<(i64,)>(MIGRATIONS, args![]).await?.map_or(0, |(n,)| n))
}

/// Every property, by code.
///
/// # Errors
/// The database fails.
pub async fn all(c: &mut Conn) -> Result<Vec<Property>> {
    c.all(PROPERTIES, args![]).await
}

/// A property.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, id: PropertyId) -> Result<Option<Property>> {
    c.first(PROPERTY, args![id]).await
}

/// A property by its code.
///
/// # Errors
/// The database fails.
pub async fn by_code(c: &mut Conn, code: &str) -> Result<Option<Property>> {
    c.first(PROPERTY_BY_CODE, args![code.to_owned()]).await
}

/// On PostgreSQL the weakest lock of a row, which every foreign key takes as well; the embedded engine has one writer.
pub(crate) const LOCK_SHARED: [Sql; 2] =
    [PROPERTY, Sql("SELECT * FROM property WHERE id = $1 FOR KEY SHARE")];
pub(crate) const LOCK_SHARED_BY_CODE: [Sql; 2] =
    [PROPERTY_BY_CODE, Sql("SELECT * FROM property WHERE code = $1 FOR KEY SHARE")];
/// The only lock that waits for those.
pub(crate) const LOCK_FOR_UPDATE: [Sql; 2] =
    [PROPERTY, Sql("SELECT * FROM property WHERE id = $1 FOR UPDATE")];

/// A property whose business date stays as it is until this unit ends: what the unit writes under the date is there when the date is closed.
///
/// # Errors
/// The database fails.
pub async fn lock_shared(tx: &mut Tx, id: PropertyId) -> Result<Option<Property>> {
    let sql = LOCK_SHARED[usize::from(!tx.is_sqlite())];
    tx.first(sql, args![id]).await
}

/// The same by the property's code.
///
/// # Errors
/// The database fails.
pub async fn lock_shared_by_code(tx: &mut Tx, code: &str) -> Result<Option<Property>> {
    let sql = LOCK_SHARED_BY_CODE[usize::from(!tx.is_sqlite())];
    tx.first(sql, args![code.to_owned()]).await
}

/// Whoever comes while it waits is let past, so that it could wait for long where somebody always writes.
pub(crate) const PATIENCE: Sql = Sql("SELECT set_config('lock_timeout', '2s', true)");

/// A property whose business date is to be moved: every unit that keeps it has ended, and whoever asks for it waits until this one ends.
///
/// # Errors
/// The database fails, or asks to try again: also when somebody wrote in house all the time for two seconds.
pub async fn lock_for_update(tx: &mut Tx, id: PropertyId) -> Result<Option<Property>> {
    if tx.is_sqlite() {
        return tx.first(LOCK_FOR_UPDATE[0], args![id]).await;
    }
    tx.first::<(String,)>(PATIENCE, args![]).await?;
    tx.first(LOCK_FOR_UPDATE[1], args![id]).await
}

/// A property's room types, by code.
///
/// # Errors
/// The database fails.
pub async fn room_types(c: &mut Conn, property: PropertyId) -> Result<Vec<RoomType>> {
    c.all(ROOM_TYPES, args![property]).await
}

/// A room type.
///
/// # Errors
/// The database fails.
pub async fn room_type(c: &mut Conn, property: PropertyId, id: RoomTypeId) -> Result<Option<RoomType>> {
    c.first(ROOM_TYPE, args![property, id]).await
}

/// A property's rooms, by number.
///
/// # Errors
/// The database fails.
pub async fn rooms(c: &mut Conn, property: PropertyId) -> Result<Vec<Room>> {
    c.all(ROOMS, args![property]).await
}

/// How many rooms are read by one statement; see `ROOM_NUMBERS`.
const A_STATEMENT: usize = 32;

/// The number and the type of each of these rooms.
///
/// # Errors
/// The database fails.
pub async fn room_numbers(
    c: &mut Conn,
    property: PropertyId,
    rooms: impl IntoIterator<Item = RoomId>,
) -> Result<HashMap<RoomId, (String, RoomTypeId)>> {
    let rooms = Vec::from_iter(BTreeSet::from_iter(rooms));
    let mut found = HashMap::with_capacity(rooms.len());
    for rooms in rooms.chunks(A_STATEMENT) {
        let mut values = args![property];
        for place in 0..A_STATEMENT {
            values.extend(args![rooms.get(place).copied().unwrap_or(RoomId::NIL)]);
        }
        let some = c.all::<(RoomId, String, RoomTypeId)>(ROOM_NUMBERS, values).await?;
        found.extend(some.into_iter().map(|(id, number, kind)| (id, (number, kind))));
    }
    Ok(found)
}

/// How many rooms of a type a property has that are let until the same date, in no order.
///
/// # Errors
/// The database fails.
pub async fn rooms_by_type(
    c: &mut Conn,
    property: PropertyId,
) -> Result<Vec<(RoomTypeId, Option<NaiveDate>, i64)>> {
    c.all(ROOMS_BY_TYPE, args![property]).await
}

/// A room.
///
/// # Errors
/// The database fails.
pub async fn room(c: &mut Conn, property: PropertyId, id: RoomId) -> Result<Option<Room>> {
    c.first(ROOM, args![property, id]).await
}

/// A room by the number on its door.
///
/// # Errors
/// The database fails.
pub async fn room_by_number(c: &mut Conn, property: PropertyId, number: &str) -> Result<Option<Room>> {
    c.first(ROOM_BY_NUMBER, args![property, number.to_owned()]).await
}

/// How many rooms of a type there are.
///
/// # Errors
/// The database fails.
pub async fn room_count(c: &mut Conn, property: PropertyId, room_type: RoomTypeId) -> Result<i64> {
    Ok(c.first::<(i64,)>(ROOM_COUNT, args![property, room_type]).await?.map_or(0, |(n,)| n))
}

/// Rooms of a type that nobody holds on any date from `from` until before `until`, the readiest first. Whoever
/// leaves on the first of them may be in the room still: `lived_in` says whether such a room will do; `by_the_hour`, whether one that is let by
/// the hour on one of the dates.
///
/// # Errors
/// The database fails.
pub async fn free_rooms(
    c: &mut Conn,
    property: PropertyId,
    room_type: RoomTypeId,
    (from, until): (NaiveDate, NaiveDate),
    (lived_in, by_the_hour): (bool, bool),
    limit: i64,
) -> Result<Vec<Room>> {
    c.all(FREE_ROOMS, args![property, room_type, from, until, lived_in, limit, by_the_hour]).await
}

/// Who holds the property's rooms on the dates from `from` until before `until`.
///
/// # Errors
/// The database fails.
pub async fn holders(
    c: &mut Conn,
    property: PropertyId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<RoomNight>> {
    c.all(HOLDERS, args![property, from, until]).await
}

/// A property's rate plans, by code.
///
/// # Errors
/// The database fails.
pub async fn rate_plans(c: &mut Conn, property: PropertyId) -> Result<Vec<RatePlan>> {
    c.all(RATE_PLANS, args![property]).await
}

/// A rate plan.
///
/// # Errors
/// The database fails.
pub async fn rate_plan(c: &mut Conn, property: PropertyId, id: RatePlanId) -> Result<Option<RatePlan>> {
    c.first(RATE_PLAN, args![property, id]).await
}

/// All prices of a plan.
///
/// # Errors
/// The database fails.
pub async fn rates(c: &mut Conn, property: PropertyId, plan: RatePlanId) -> Result<Vec<Rate>> {
    c.all(RATES, args![property, plan]).await
}

/// A property's cancellation policies, by code.
///
/// # Errors
/// The database fails.
pub async fn policies(c: &mut Conn, property: PropertyId) -> Result<Vec<CancellationPolicy>> {
    c.all(POLICIES, args![property]).await
}

/// A cancellation policy.
///
/// # Errors
/// The database fails.
pub async fn policy(
    c: &mut Conn,
    property: PropertyId,
    id: CancellationPolicyId,
) -> Result<Option<CancellationPolicy>> {
    c.first(POLICY, args![property, id]).await
}

/// A property's transaction codes.
///
/// # Errors
/// The database fails.
pub async fn codes(c: &mut Conn, property: PropertyId) -> Result<Vec<TransactionCode>> {
    c.all(CODES, args![property]).await
}

/// A transaction code.
///
/// # Errors
/// The database fails.
pub async fn code(c: &mut Conn, property: PropertyId, code: &str) -> Result<Option<TransactionCode>> {
    c.first(CODE, args![property, code.to_owned()]).await
}

/// A property's city-ledger accounts, by code.
///
/// # Errors
/// The database fails.
pub async fn city_accounts(c: &mut Conn, property: PropertyId) -> Result<Vec<CityAccount>> {
    c.all(CITY_ACCOUNTS, args![property]).await
}

/// A city-ledger account.
///
/// # Errors
/// The database fails.
pub async fn city_account(
    c: &mut Conn,
    property: PropertyId,
    id: CityAccountId,
) -> Result<Option<CityAccount>> {
    c.first(CITY_ACCOUNT, args![property, id]).await
}

/// A city-ledger account by its code.
///
/// # Errors
/// The database fails.
pub async fn city_account_by_code(
    c: &mut Conn,
    property: PropertyId,
    code: &str,
) -> Result<Option<CityAccount>> {
    c.first(CITY_ACCOUNT_BY_CODE, args![property, code.to_owned()]).await
}

/// The latest movements on a city-ledger account.
///
/// # Errors
/// The database fails.
pub async fn city_entries(
    c: &mut Conn,
    property: PropertyId,
    account: CityAccountId,
    limit: i64,
) -> Result<Vec<CityEntry>> {
    c.all(CITY_ENTRIES, args![property, account, limit]).await
}
