//! Lists of reservations.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_domain::{ids::VisitId, reservation::ReservationState};
use hefu_store::query;

use crate::{
    property::find_property,
    view::{booking::ReservationView, names::Names},
};
use hefu_authz::{Action, Resource};
use hefu_core::{Query, Reader, Result};

/// A property's reservations in order of booking, and the last one's id when there may be more.
#[derive(Debug, Clone)]
pub struct ListReservations {
    /// Code of the property.
    pub property: String,
    /// Dates they overlap.
    pub dates: (NaiveDate, NaiveDate),
    /// Their state; none: any.
    pub state: Option<ReservationState>,
    /// Continue after this one.
    pub after: Option<VisitId>,
    /// Maximum number.
    pub limit: i64,
}

#[async_trait]
impl Query for ListReservations {
    const ACTION: Action = Action::ReservationList;
    type Out = (Vec<ReservationView>, Option<VisitId>);

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let masks = r.masks();
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let after = self.after.unwrap_or(VisitId::NIL);
        let found =
            query::visit::reservations(c, property.id, after, self.dates, self.state, self.limit).await?;
        let is_full = i64::try_from(found.len()).is_ok_and(|n| n == self.limit);
        let next = found.last().filter(|_| is_full).map(|last| last.id);
        let groups = found.iter().filter_map(|reservation| reservation.group_id);
        let names = Names::of(&property).with_groups(c, groups).await?;
        Ok((found.into_iter().map(|one| ReservationView::of(one, &names, masks)).collect(), next))
    }
}
