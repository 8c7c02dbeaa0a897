//! Rooms that a group was to have against those that it has.

use std::collections::{BTreeMap, HashMap};

use hefu_core::Result;
use hefu_domain::{
    ids::{GroupId, PropertyId, VisitId},
    reservation::ReservationState,
};
use hefu_findings::{Block, Finding, Received, examine_block};
use hefu_kernel::{FIRST_DATE, Id as _};
use hefu_store::{Conn, query};

/// What is said of a group's block in a property, and what that is kept with; none: no rooms were blocked for it there.
///
/// # Errors
/// The database fails.
pub(crate) async fn examine_group(
    c: &mut Conn,
    property: PropertyId,
    group: GroupId,
) -> Result<Option<(VisitId, Option<Finding>)>> {
    let Some(block) = query::block::of_group_in(c, property, group).await? else { return Ok(None) };
    let (Some(of), Some(property)) =
        (query::visit::group(c, group).await?, query::property::find(c, property).await?)
    else {
        return Ok(None);
    };
    let mut rooms = BTreeMap::new();
    let mut price = 0;
    for night in query::block::nights(c, property.id, block.id, FIRST_DATE).await? {
        *rooms.entry(night.night).or_insert(0) += night.rooms;
        price = price.max(night.price.unwrap_or(0));
    }
    let visits = query::visit::group_visits(c, group).await?;
    let visits: HashMap<VisitId, _> = visits.into_iter().map(|visit| (visit.id, visit)).collect();
    let lived = query::visit::group_rooms(c, group).await?;
    let received: Vec<Received> = lived
        .into_iter()
        // Who shares a room has none of his own.
        .filter(|room| {
            room.property_id == property.id
                && room.state == ReservationState::Reserved
                && room.stay_id.is_some()
                && room.counted_type_id.is_some()
        })
        .filter_map(|room| {
            let visit = visits.get(&room.visit_id)?;
            Some(Received {
                visit: visit.number.as_str().into(),
                channel: visit.channel.as_str().into(),
                arrival: room.arrival,
                departure: room.departure,
            })
        })
        .collect();
    let block = Block {
        key: format!("block-{}", block.id).into(),
        property: property.code.as_str().into(),
        group: of.code.into(),
        currency: property.currency,
        rooms,
        price,
    };
    let found = examine_block(&block, &received, property.business_date);
    Ok(Some((VisitId::from_uuid(group.uuid()), found)))
}
