//! Charges with their fee and tax, and what a night costs.

use chrono::NaiveDate;
use hefu_core::{Result, Unit};
use hefu_domain::{
    folio::{Posting, once_a_night, share_out},
    ids::StayId,
    property::{Overstay, RateKind},
    reservation::ReservationRoom,
    stay::StayShare,
    terms::NightCharge,
};
use hefu_store::{Conn, query};

use super::{
    line::{NewPosting, code, destination, post},
    master::to_master,
};
use crate::{rates::present_prices, visit::Visit};

/// What stands on the line that makes a night cost nothing.
pub const FREE_NIGHT: &str = "FREE NIGHT";

/// Posts a charge with the tax its code says; answers it, and the tax.
///
/// # Errors
/// The amount is out of range.
pub async fn charge(u: &mut Unit<'_>, visit: &Visit, new: NewPosting) -> Result<(Posting, i64)> {
    let tax = new.code.tax.of(new.amount);
    let charge = charge_with(u, visit, new, &[("TAX", tax)]).await?;
    Ok((charge, tax))
}

/// Posts a charge whose amount includes the tax its code says; answers it, and the tax.
///
/// # Errors
/// The amount is out of range.
pub async fn charge_inclusive(u: &mut Unit<'_>, visit: &Visit, new: NewPosting) -> Result<(Posting, i64)> {
    let parts = share_out(new.amount, &[10_000, new.code.tax.0]);
    let (amount, tax) = (parts[0], parts[1]);
    let charge = charge_with(u, visit, NewPosting { amount, ..new }, &[("TAX", tax)]).await?;
    Ok((charge, tax))
}

/// Posts a charge and what comes with it, each under its code; what is nothing is left out.
///
/// # Errors
/// The amount is out of range.
pub async fn charge_with(
    u: &mut Unit<'_>,
    visit: &Visit,
    new: NewPosting,
    with: &[(&str, i64)],
) -> Result<Posting> {
    // What comes with a charge goes where the charge goes.
    let window = Some(destination(u, visit, &new.code, new.window).await?);
    let (stay_id, night, group) = (new.stay_id, new.night, new.code.group.clone());
    let charge = post(u, visit, NewPosting { window, ..new }).await?;
    for &(name, amount) in with.iter().filter(|(_, amount)| *amount != 0) {
        let code = code(u, visit, name).await?;
        let belongs_to = Some(charge.id);
        // Nothing else is taken off together with a charge.
        let reference = (name == "DISC").then(|| FREE_NIGHT.to_owned());
        let part =
            NewPosting { window, belongs_to, night, stay_id, reference, ..NewPosting::of(code, amount) };
        post(u, visit, part).await?;
    }
    to_master(u, visit, &charge, &group).await?;
    Ok(charge)
}

/// What a night of a room costs after its discount, minor units. A night beyond the promise (late
/// check-out, extension) costs what the last one did.
pub fn price_of(room: &ReservationRoom, night: NaiveDate) -> i64 {
    let prices = room.net_prices();
    let index = usize::try_from((night - room.arrival).num_days()).ok();
    index.and_then(|i| prices.get(i)).or(prices.last()).copied().unwrap_or(0)
}

/// A charge of a room taken apart, and the code of the room itself.
#[derive(Debug, Clone)]
pub struct RoomCharge {
    /// `ROOM`, or `DAYUSE` of what is sold by the hour.
    pub code: &'static str,
    /// Room, service fee and tax; and what is included, each under its code.
    pub charge: NightCharge,
}

impl RoomCharge {
    /// Service fee and tax of the room, each under its code, and what a free night takes off again.
    pub fn with(&self) -> [(&'static str, i64); 4] {
        let (free, free_tax) = self.charge.free();
        let parts = &self.charge.parts;
        [("SVC", parts.service_fee), ("TAX", parts.tax), ("DISC", free), ("TAX", free_tax)]
    }
}

/// What a stay pays of a night that another stay of its room holds.
fn share_of(visit: &Visit, stay: Option<StayId>, night: NaiveDate) -> Option<Option<&StayShare>> {
    let stay = visit.stays.iter().find(|known| Some(known.id) == stay)?;
    (!visit.holds(stay, night)).then(|| visit.share(stay.id))
}

/// The price of a night of a room of the reservation taken apart by the terms that were agreed: the plan may be another one by now. What is
/// included is charged to the stay that holds the room, and not to one that pays a share of it.
pub fn room_charge(
    visit: &Visit,
    room: &ReservationRoom,
    stay: Option<StayId>,
    (night, price): (NaiveDate, i64),
) -> RoomCharge {
    let code = if room.terms.kind == RateKind::PartDay { "DAYUSE" } else { "ROOM" };
    let charge = match share_of(visit, stay, night) {
        Some(_) => {
            NightCharge { parts: room.terms.parts_on(night, price), inclusions: Vec::new(), is_free: false }
        }
        None => room.charge(price, night),
    };
    RoomCharge { code, charge }
}

/// What a night costs, minor units. Beyond the departure the property's rule for overstays says it; none: nothing is charged by itself.
///
/// # Errors
/// The database fails.
pub async fn night_price(
    c: &mut Conn,
    visit: &Visit,
    room: &ReservationRoom,
    night: NaiveDate,
) -> Result<Option<i64>> {
    let is_beyond = night >= room.departure && night > room.arrival;
    match visit.property.overstay {
        Overstay::Free if is_beyond => Ok(None),
        Overstay::PlanPrice if is_beyond => {
            let present = present_prices(c, room, &[night]).await?.into_iter().next().flatten();
            let off = |price: i64| price - room.discount.of(price);
            Ok(Some(present.map_or_else(|| price_of(room, night), off)))
        }
        _ => Ok(Some(price_of(room, night))),
    }
}

/// What a night costs a stay, minor units: what was agreed for it while another stay holds the room, else what the room costs.
///
/// # Errors
/// The database fails.
pub async fn stay_price(
    c: &mut Conn,
    visit: &Visit,
    room: &ReservationRoom,
    stay: Option<StayId>,
    night: NaiveDate,
) -> Result<Option<i64>> {
    if let Some(share) = share_of(visit, stay, night) {
        let price = share.and_then(|share| share.price_on(night));
        return Ok(price.map(|price| price - room.discount.of(price)));
    }
    night_price(c, visit, room, night).await
}

/// Posts a night of a stay (or its part-day block): room, service fee and tax, and what is included with its tax. Does nothing when it
/// was posted before, or costs nothing by rule. Answers the room part that was posted now.
///
/// # Errors
/// The amount is out of range.
pub async fn post_room(
    u: &mut Unit<'_>,
    visit: &Visit,
    room: &ReservationRoom,
    stay_id: StayId,
    night: NaiveDate,
) -> Result<Option<i64>> {
    let once = once_a_night(stay_id, night);
    if query::visit::posting_once(u.tx, visit.property.id, &once).await?.is_some() {
        return Ok(None);
    }
    let Some(price) = stay_price(u.tx, visit, room, Some(stay_id), night).await? else { return Ok(None) };
    let charged = room_charge(visit, room, Some(stay_id), (night, price));
    let window = visit.share(stay_id).and_then(|share| share.window);
    let of_night = |code, amount| NewPosting {
        window,
        night: Some(night),
        stay_id: Some(stay_id),
        ..NewPosting::of(code, amount)
    };
    let of_room = charged.charge.parts.room;
    let line = of_night(code(u, visit, charged.code).await?, of_room);
    charge_with(u, visit, NewPosting { once: Some(once), ..line }, &charged.with()).await?;
    for inclusion in &charged.charge.inclusions {
        let line = of_night(code(u, visit, &inclusion.code).await?, inclusion.amount);
        charge_with(u, visit, line, &[("TAX", inclusion.tax)]).await?;
    }
    Ok(Some(of_room))
}
