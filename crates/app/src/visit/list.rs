//! Reservations in a list.

use chrono::NaiveDate;
use hefu_domain::{
    ids::VisitId,
    reservation::{Reservation, ReservationState},
};
use hefu_store::query;

use crate::{App, Result, setup::find_property};

/// Which reservations are wanted.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Code of the property.
    pub property: &'a str,
    /// Dates they touch.
    pub dates: (NaiveDate, NaiveDate),
    /// Their state; none: any.
    pub state: Option<ReservationState>,
    /// Continue after this one.
    pub after: Option<VisitId>,
    /// At most so many.
    pub limit: i64,
}

impl App {
    /// A property's reservations in order of booking, and the last one's id when there may be more.
    ///
    /// # Errors
    /// There is no such property.
    pub async fn reservations(&self, wanted: Wanted<'_>) -> Result<(Vec<Reservation>, Option<VisitId>)> {
        let c = &mut self.store().read().await?;
        let property = find_property(c, wanted.property).await?;
        let after = wanted.after.unwrap_or(VisitId::NIL);
        let found =
            query::visit::reservations(c, property.id, after, wanted.dates, wanted.state, wanted.limit)
                .await?;
        let is_full = i64::try_from(found.len()).is_ok_and(|n| n == wanted.limit);
        let next = found.last().filter(|_| is_full).map(|last| last.id);
        Ok((found, next))
    }
}
