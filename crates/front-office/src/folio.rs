//! The bill: posting lines, and the effects of a posting.

pub mod bill;
pub mod correct;
pub mod desk;
pub mod payment;
pub mod penalty;
pub mod reverse;
pub mod settle;
pub mod to_come;
pub mod transfer;

use chrono::NaiveDate;
use hefu_domain::{
    Message, Rule, RuleError,
    folio::{Folio, FolioState, Posting, WINDOWS, once_a_night, share_out},
    ids::{PostingId, StayId},
    message::Missing,
    property::{CodeKind, Overstay, RateKind, TransactionCode},
    reservation::ReservationRoom,
    shift::ShiftEntryKind,
    stay::StayShare,
    terms::NightCharge,
};
use hefu_store::{Conn, query};

pub use crate::limits::{MOST, check_amount, check_reference, check_text};
pub(crate) use crate::limits::{meanwhile, too_large};
use crate::{
    rates::present_prices,
    shift::{self, Taken},
    visit::Visit,
};
use hefu_core::{AppError, Result, Unit};

/// What stands on the line that makes a night cost nothing.
pub const FREE_NIGHT: &str = "FREE NIGHT";

/// A line to be posted.
#[derive(Debug, Clone)]
pub struct NewPosting {
    /// Its transaction code.
    pub code: TransactionCode,
    /// Charges above zero, payments below; minor units of the property's currency.
    pub amount: i64,
    /// Quantity.
    pub quantity: i64,
    /// The window; none: the one its group is routed to, else the first.
    pub window: Option<i64>,
    /// The stay it arose from.
    pub stay_id: Option<StayId>,
    /// The night a room charge is for.
    pub night: Option<NaiveDate>,
    /// The posting it belongs to.
    pub belongs_to: Option<PostingId>,
    /// The posting it reverses.
    pub reverses: Option<PostingId>,
    /// The posting it corrects.
    pub corrects: Option<PostingId>,
    /// Key that makes it happen once only.
    pub once: Option<String>,
    /// Receipt or slip number.
    pub reference: Option<String>,
    /// Foreign currency, amount in its minor units, and the rate used.
    pub foreign: Option<(String, i64, String)>,
    /// Whether it was paid out for the guest, not given back.
    pub paid_out: bool,
}

impl NewPosting {
    /// A line with defaults.
    pub const fn of(code: TransactionCode, amount: i64) -> Self {
        Self {
            code,
            amount,
            quantity: 1,
            window: None,
            stay_id: None,
            night: None,
            belongs_to: None,
            reverses: None,
            corrects: None,
            once: None,
            reference: None,
            foreign: None,
            paid_out: false,
        }
    }
}

/// A property's transaction code.
///
/// # Errors
/// No such code.
pub async fn code(u: &mut Unit<'_>, visit: &Visit, code: &str) -> Result<TransactionCode> {
    query::property::code(u.tx, visit.property.id, code)
        .await?
        .ok_or_else(|| AppError::not_found(Missing::TransactionCode, code))
}

/// The folio of a window, opened if it is new.
///
/// # Errors
/// No such window.
pub async fn window(u: &mut Unit<'_>, visit: &Visit, number: i64) -> Result<Folio> {
    if !(1..=WINDOWS).contains(&number) {
        return Err(AppError::invalid("window", Message::Between { from: 1, to: WINDOWS }));
    }
    let folios = query::visit::folios(u.tx, visit.property.id, visit.reservation.id).await?;
    if let Some(folio) = folios.into_iter().find(|folio| folio.window == number) {
        return Ok(folio);
    }
    let of = (visit.property.id, visit.reservation.id);
    let folio = Folio::open(of, u.id(), number, visit.reservation.guest_id, visit.property.currency);
    u.tx.insert(&folio).await.map_err(meanwhile)?;
    Ok(folio)
}

/// The window a line of this code goes to: the requested one, else the one its group is routed to,
/// else the first. Payments are not routed.
///
/// # Errors
/// The database fails.
pub async fn destination(
    u: &mut Unit<'_>,
    visit: &Visit,
    code: &TransactionCode,
    asked: Option<i64>,
) -> Result<i64> {
    if let Some(number) = asked {
        return Ok(number);
    }
    let routings = query::visit::routings(u.tx, visit.property.id, visit.reservation.id).await?;
    let sent = |code_group: &str| code_group == code.group && code.kind != CodeKind::Payment;
    Ok(routings.iter().find(|routing| sent(&routing.code_group)).map_or(1, |routing| routing.window))
}

/// Puts a line on the visit's bill, dated with the business date. A closed window opens again: a bill that was settled can turn out to be
/// wrong. Whoever gives `once` looks first whether it has happened: when it happens at the same time elsewhere, the unit is tried again.
///
/// # Errors
/// The amount is out of range.
pub async fn post(u: &mut Unit<'_>, visit: &Visit, new: NewPosting) -> Result<Posting> {
    let number = destination(u, visit, &new.code, new.window).await?;
    let mut folio = window(u, visit, number).await?;
    if folio.state == FolioState::Closed {
        folio.state = FolioState::Open;
    }
    let out_of_range = || RuleError::new(Rule::BadAmount, (), too_large(visit.property.currency));
    if new.amount.unsigned_abs() > MOST.unsigned_abs() {
        return Err(out_of_range().into());
    }
    let (foreign_currency, foreign_amount, foreign_rate) = match new.foreign {
        Some((currency, amount, rate)) => (Some(currency), Some(amount), Some(rate)),
        None => (None, None, None),
    };
    let code = (new.code.code, new.code.kind);
    let posting = Posting {
        stay_id: new.stay_id,
        quantity: new.quantity,
        night: new.night,
        belongs_to: new.belongs_to,
        reverses: new.reverses,
        corrects: new.corrects,
        posted_by: Some(u.ctx.principal.to_string()),
        once: new.once,
        reference: new.reference,
        foreign_currency,
        foreign_amount,
        foreign_rate,
        ..Posting::line(&folio, u.id(), code, new.amount, (visit.property.business_date, u.now))
    };
    let counts = folio.state == FolioState::Open || {
        let lines = query::visit::postings(u.tx, visit.property.id, visit.reservation.id).await?;
        posting.counts_in(&folio, &lines)
    };
    if counts {
        folio.balance = folio.balance.checked_add(new.amount).ok_or_else(out_of_range)?;
    }
    u.tx.insert(&posting).await.map_err(meanwhile)?;
    u.tx.update(&mut folio).await?;
    // Points are no money, and a line that goes to another window brings none.
    if posting.kind == CodeKind::Payment && posting.code != "POINTS" && !bill::is_move(&posting) {
        let kind = if new.paid_out { ShiftEntryKind::PaidOut } else { ShiftEntryKind::Bill };
        shift::take(u, &visit.property, Taken::of_line(kind, &posting)).await?;
    }
    Ok(posting)
}

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
    transfer::to_master(u, visit, &charge, &group).await?;
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
    let share = visit.share(stay.id);
    let is_before = share.and_then(|share| share.holds_from).is_some_and(|from| night < from);
    (stay.share_of.is_some() || is_before).then_some(share)
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
