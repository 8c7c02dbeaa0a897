//! What is still to be charged: shown before it is posted, and posted before check-out where somebody wants to pay first.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, FolioEvent},
    folio::{Posting, once_a_night},
    ids::StayId,
    package::InclusionCharge,
    reservation::ReservationRoom,
    stay::{Stay, StayState},
};
use hefu_kernel::codes;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    RoomCharge, master::paid_by_masters, overrun, post_room, room_charge, settle::settle, stay_price,
};
use crate::visit::{Visit, VisitAction};
use hefu_authz::Action;
use hefu_core::Unit;

codes! {
    /// When a charge comes.
    pub enum Comes {
        /// At the latest when the guest checks out on the planned departure.
        CheckOut = "check_out",
        /// If the guest is still in house when the business date is closed.
        NightAudit = "night_audit",
    }
}

/// A night of a room that is not charged yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NightToCome {
    /// The room of the reservation.
    pub line: i64,
    /// The stay; none: not checked in yet.
    pub stay_id: Option<StayId>,
    /// The night, or the day of a part-day block.
    pub night: NaiveDate,
    /// When it is charged.
    pub at: Comes,
    /// Transaction code of the room.
    pub code: String,
    /// The room, minor units.
    pub room: i64,
    /// Service fee.
    pub service_fee: i64,
    /// What is included and posted apart.
    pub inclusions: Vec<InclusionCharge>,
    /// What a free night takes off again, below zero.
    pub free: i64,
    /// Tax, that of what is included with it.
    pub tax: i64,
    /// All of it.
    pub total: i64,
    /// What of it master accounts of the visit's group pay: it is on no window of this bill then.
    pub by_master: i64,
    /// Of a stay beyond hours that were sold: how many hours it is for; none: it is the night, or the block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours_over: Option<i64>,
}

/// The nights of a room until `until`: those before it, and the first in any case.
fn nights(arrival: NaiveDate, until: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let more = arrival.iter_days().skip(1).take_while(move |night| *night < until);
    std::iter::once(arrival).chain(more)
}

/// The nights that a stay pays until `until`: those since it holds the room, and those with a price for sharing it. The night of arrival is paid
/// in any case.
pub fn nights_of(visit: &Visit, stay: &Stay, until: NaiveDate) -> Vec<NaiveDate> {
    let shared = visit.share(stay.id).filter(|share| !share.prices.is_empty()).map(|share| share.from_date);
    let first = visit.holds_from(stay).into_iter().chain(shared).min();
    let Some(first) = first else { return Vec::new() };
    match first == stay.arrival {
        true => nights(first, until).collect(),
        false => first.iter_days().take_while(|night| *night < until).collect(),
    }
}

/// What is still to be charged of a visit, room by room and night by night, for rooms that are lived in or due; of an overstay the coming
/// night. `lines` are all of the bill.
///
/// # Errors
/// The database fails.
pub async fn to_come(
    c: &mut Conn,
    visit: &Visit,
    lines: &[Posting],
    now: DateTime<Utc>,
) -> hefu_core::Result<Vec<NightToCome>> {
    let today = visit.property.business_date;
    let mut found = Vec::new();
    for booked in &visit.rooms {
        let lives = |stay: &&Stay| stay.line == booked.line && stay.state == StayState::InHouse;
        let stays: Vec<&Stay> = visit.stays.iter().filter(lives).collect();
        // Who has left owes what is on the bill; who comes later has been told what was agreed. Who comes late is charged as at check-in.
        let is_due = stays.is_empty() && booked.is_awaited() && booked.arrival <= today;
        let mut begun = booked.clone();
        if is_due {
            begun.begin_on(booked.first_night(today));
        }
        let room = &begun;
        let posted = |stay: &Stay, night: NaiveDate| {
            let once = Some(once_a_night(stay.id, night));
            lines.iter().any(|line| line.once == once)
        };
        let mut open: Vec<(Option<&Stay>, NaiveDate, Comes)> = Vec::new();
        for stay in &stays {
            let until = if stay.share_of.is_none() { room.departure } else { stay.departure };
            let mut nights = nights_of(visit, stay, until);
            nights.retain(|night| !posted(stay, *night));
            open.extend(nights.into_iter().map(|night| (Some(*stay), night, Comes::CheckOut)));
            let stays_on = stay.share_of.is_none() && today >= room.departure && today > stay.arrival;
            if stays_on && !posted(stay, today) {
                open.push((Some(*stay), today, Comes::NightAudit));
            }
        }
        if is_due {
            let nights = nights(room.arrival, room.departure);
            open.extend(nights.map(|night| (None, night, Comes::CheckOut)));
        }
        for (stay, night, at) in open {
            if let Some(price) = stay_price(c, visit, room, stay.map(|stay| stay.id), night).await? {
                let charged = room_charge(visit, room, stay.map(|stay| stay.id), (night, price));
                found.push(one((room, stay), (night, at), charged));
            }
        }
        let holder = stays.iter().find(|stay| stay.share_of.is_none());
        if let (Some(holder), Some((hours, parts))) = (holder, overrun::to_come(visit, room, lines, now)?) {
            found.push(NightToCome {
                line: room.line,
                stay_id: Some(holder.id),
                night: room.arrival,
                at: Comes::CheckOut,
                code: "DAYUSE".to_owned(),
                room: hours * parts.room,
                service_fee: hours * parts.service_fee,
                inclusions: Vec::new(),
                free: 0,
                tax: hours * parts.tax,
                total: hours * parts.total(),
                by_master: 0,
                hours_over: Some(hours),
            });
        }
    }
    let paid = if found.is_empty() { Vec::new() } else { paid_by_masters(c, visit).await? };
    if !paid.is_empty() {
        let codes = query::property::codes(c, visit.property.id).await?;
        let is_paid =
            |code: &str| codes.iter().any(|known| known.code == code && paid.contains(&known.group));
        for night in &mut found {
            night.by_master = night.of_which(is_paid);
        }
    }
    Ok(found)
}

impl NightToCome {
    /// What of it is charged under some codes. Fee, tax and what a free night takes off are charged with the room.
    fn of_which(&self, is_meant: impl Fn(&str) -> bool) -> i64 {
        let of = |inclusion: &InclusionCharge| inclusion.amount + inclusion.tax;
        let room = self.total - self.inclusions.iter().map(of).sum::<i64>();
        let included = self.inclusions.iter().filter(|inclusion| is_meant(&inclusion.code)).map(of);
        included.sum::<i64>() + if is_meant(&self.code) { room } else { 0 }
    }
}

fn one(
    (room, stay): (&ReservationRoom, Option<&Stay>),
    (night, at): (NaiveDate, Comes),
    charged: RoomCharge,
) -> NightToCome {
    NightToCome {
        line: room.line,
        stay_id: stay.map(|stay| stay.id),
        night,
        at,
        code: charged.code.to_owned(),
        room: charged.charge.parts.room,
        service_fee: charged.charge.parts.service_fee,
        free: charged.charge.free().0,
        tax: charged.charge.tax(),
        total: charged.charge.total(),
        by_master: 0,
        inclusions: charged.charge.inclusions,
        hours_over: None,
    }
}

/// Charges what check-out today would charge, so that the bill can be paid before.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PostNights {
    /// Which room of the reservation, from 1. Default: all that are in house.
    pub line: Option<i64>,
}

#[async_trait]
impl VisitAction for PostNights {
    const ACTION: Action = Action::FolioPostNights;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> hefu_core::Result<Event> {
        let today = visit.property.business_date;
        let mut posted = 0;
        let leaving =
            |stay: &&Stay| stay.state == StayState::InHouse && self.line.is_none_or(|line| line == stay.line);
        let stays: Vec<Stay> = visit.stays.iter().filter(leaving).cloned().collect();
        if stays.is_empty() {
            return Err(RuleError::new(Rule::WrongState, "line", Message::NobodyInHouse).into());
        }
        for stay in stays {
            let room = visit.line(stay.line)?.clone();
            let until = if stay.share_of.is_none() { room.departure } else { stay.departure };
            for night in nights_of(visit, &stay, until.min(today)) {
                let is_new = post_room(u, visit, &room, stay.id, night).await?.is_some();
                posted += i64::from(is_new);
            }
            if stay.share_of.is_none() {
                overrun::post(u, visit, stay.line).await?;
            }
        }
        settle(u, visit).await?;
        Ok(FolioEvent::PostNights { nights: posted }.into())
    }
}
