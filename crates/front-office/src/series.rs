//! Numbers without a gap: receipts, shifts, invoices. A row of the property for each series, which whoever takes a number holds until it is committed.

use hefu_core::{Result, Unit};
use hefu_domain::{books::NumberSeries, ids::PropertyId};
use hefu_store::query;

use crate::limits::meanwhile;

/// The next number of a series of the property. It is written with the rest of the unit, so that a number is never lost.
///
/// # Errors
/// The database fails.
pub async fn next_number(u: &mut Unit<'_>, property_id: PropertyId, series: &str) -> Result<i64> {
    match query::books::lock_series(u.tx, property_id, series).await? {
        Some(mut known) => {
            known.last += 1;
            u.tx.update(&mut known).await?;
            Ok(known.last)
        }
        None => {
            let first = NumberSeries { property_id, series: series.to_owned(), last: 1, version: 1 };
            u.tx.insert(&first).await.map_err(meanwhile)?;
            Ok(first.last)
        }
    }
}
