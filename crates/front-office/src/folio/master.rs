//! Charges that another visit pays: moved to its bill, by hand or because a master account pays them for its group.
//!
//! The line stays where it was posted, with its opposite beside it, and is posted again on the other bill under the same code: what was earned
//! does not change. The other bill says from which visit and room it came.

use hefu_core::{About, Result, Unit};
use hefu_domain::{
    event::FolioEvent,
    folio::{Posting, PostingOrigin},
    ids::{PostingId, RoomId},
    property::CodeKind,
};
use hefu_store::{Conn, query};

use super::{
    bill::Bill,
    line::{NewPosting, code, post},
};
use crate::visit::{Visit, load, lock};

/// The room a line of a visit came from: that of its stay, else the only one that is lived in.
fn room_of(visit: &Visit, line: &Posting) -> Option<RoomId> {
    let of_line = visit.stays.iter().find(|stay| Some(stay.id) == line.stay_id);
    let mut rooms: Vec<RoomId> = visit.real_stays().map(|stay| stay.room_id).collect();
    rooms.dedup();
    of_line.map(|stay| stay.room_id).or(if rooms.len() == 1 { rooms.pop() } else { None })
}

/// Moves a charge with its fee, tax and allowances; answers how many lines moved.
///
/// # Errors
/// The amount is out of range.
pub(super) async fn move_charge(
    u: &mut Unit<'_>,
    bill: &Bill,
    charge: &Posting,
    (from, to): (&Visit, &Visit),
    window: i64,
) -> Result<i64> {
    let mut there: Option<PostingId> = None;
    let mut moved = 0;
    // A charge that came from a third visit came from there still.
    let origins = query::visit::origins(u.tx, from.property.id, from.reservation.id).await?;
    let origin = origins.into_iter().find(|origin| origin.posting_id == charge.id);
    for line in std::iter::once(charge).chain(bill.parts(charge)) {
        let code = code(u, from, &line.code).await?;
        let away = NewPosting {
            quantity: line.quantity,
            window: Some(bill.window_of(line)),
            stay_id: line.stay_id,
            night: line.night,
            reverses: Some(line.id),
            once: Some(format!("move:away:{}", line.id)),
            reference: line.reference.clone(),
            ..NewPosting::of(code.clone(), -line.amount)
        };
        post(u, from, away).await?;
        let here = NewPosting {
            quantity: line.quantity,
            window: Some(window),
            night: line.night,
            belongs_to: there,
            once: Some(format!("moved:{}", line.id)),
            reference: line.reference.clone(),
            ..NewPosting::of(code, line.amount)
        };
        let here = post(u, to, here).await?;
        let known = origin.clone().unwrap_or_else(|| PostingOrigin {
            property_id: from.property.id,
            visit_id: to.reservation.id,
            posting_id: here.id,
            from_visit_id: from.reservation.id,
            room_id: room_of(from, line),
        });
        u.tx.insert(&PostingOrigin { visit_id: to.reservation.id, posting_id: here.id, ..known }).await?;
        there = there.or(Some(here.id));
        moved += 1;
    }
    Ok(moved)
}

/// Codes that are not charged to a room that is lived in: they stay with who did not come.
const STAY: [&str; 3] = ["CXL", "NOSHOW", "FORFEIT"];

/// The groups of codes whose charges master accounts of the visit's group pay.
///
/// # Errors
/// The database fails.
pub(super) async fn paid_by_masters(c: &mut Conn, visit: &Visit) -> Result<Vec<String>> {
    let Some(of) = visit.reservation.group_id else { return Ok(Vec::new()) };
    let mut paid = Vec::new();
    for routing in query::visit::group_routings(c, of).await? {
        let is_meant = routing.property_id == visit.property.id && routing.visit_id != visit.reservation.id;
        // An account that is closed pays nothing any more.
        if is_meant && !load(c, routing.property_id, routing.visit_id).await?.is_over() {
            paid.push(routing.code_group);
        }
    }
    Ok(paid)
}

/// Moves a charge that was just posted to the master account of the visit's group, if that pays charges of its code's group.
///
/// # Errors
/// The amount is out of range.
pub(super) async fn to_master(u: &mut Unit<'_>, visit: &Visit, charge: &Posting, group: &str) -> Result<()> {
    let Some(of) = visit.reservation.group_id else { return Ok(()) };
    if charge.amount <= 0 || charge.kind != CodeKind::Revenue || STAY.contains(&charge.code.as_str()) {
        return Ok(());
    }
    let Some(routing) = query::visit::group_routing(u.tx, of, visit.property.id, group).await? else {
        return Ok(());
    };
    if routing.visit_id == visit.reservation.id {
        return Ok(());
    }
    let master = lock(u.tx, visit.property.id, routing.visit_id).await?;
    // An account that is closed pays nothing any more.
    if master.is_over() {
        return Ok(());
    }
    let bill = Bill::lock(u, visit).await?;
    let charge = bill.active_line(charge.id)?;
    let lines = move_charge(u, &bill, charge, (visit, &master), routing.window).await?;
    let event = FolioEvent::ReceiveTransfer { from: visit.reservation.id, lines };
    u.record(About::Visit(&master.reservation), event).await
}
