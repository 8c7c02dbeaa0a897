//! Prices of dates, and what may not be sold on them.

use chrono::NaiveDate;
use hefu_domain::{
    ids::{PropertyId, RatePlanId},
    rate::{RateDay, Restriction},
};

use crate::{Conn, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    DAYS = "SELECT * FROM rate_day WHERE property_id = $1 AND rate_plan_id = $2 AND night >= $3 AND night <= $4
        ORDER BY night, room_type_id";
    RESTRICTIONS = "SELECT * FROM restriction WHERE property_id = $1 AND night >= $2 AND night <= $3
        ORDER BY night, rate_plan_id, room_type_id, channel";
}

/// The prices of a plan that were set for dates from `first` to `last`.
///
/// # Errors
/// The database fails.
pub async fn days(
    c: &mut Conn,
    property: PropertyId,
    plan: RatePlanId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<RateDay>> {
    c.all(DAYS, args![property, plan, first, last]).await
}

/// What may not be sold on dates from `first` to `last`.
///
/// # Errors
/// The database fails.
pub async fn restrictions(
    c: &mut Conn,
    property: PropertyId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<Restriction>> {
    c.all(RESTRICTIONS, args![property, first, last]).await
}
