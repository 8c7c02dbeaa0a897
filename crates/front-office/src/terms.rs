//! The penalty for cancelling a visit by its terms.

use crate::visit::Visit;
use chrono::{DateTime, Utc};
use hefu_core::Result;
use hefu_domain::reservation::ReservationState;
use hefu_store::{Conn, query};

/// The penalty for cancelling at a given time by the reservation's own terms, minor units.
pub async fn cancellation(c: &mut Conn, visit: &Visit, now: DateTime<Utc>) -> Result<i64> {
    let promised = visit.reservation.state == ReservationState::Reserved;
    Ok(match visit.reservation.policy_id {
        Some(id) if promised => match query::property::policy(c, visit.property.id, id).await? {
            Some(policy) => policy.penalty(now, visit.opens()?).amount(&visit.nightly_total()),
            None => 0,
        },
        _ => 0,
    })
}
