//! Views of stays.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{Masks, Personal, class::FreeText};
use hefu_domain::{
    ids::StayId,
    stay::{Stay, StayRoom, StayShare, StayState},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::names::Names;

/// A stay: one occupied room of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StayView {
    /// Identifier: API calls refer to a stay by it if several share a line.
    pub id: StayId,
    /// The room of the reservation it fulfils.
    pub line: i64,
    /// Its state.
    pub state: StayState,
    /// The number of the room it is in now.
    pub room_number: String,
    /// The date of arrival.
    pub arrival: NaiveDate,
    /// The date of departure, planned or actual.
    pub departure: NaiveDate,
    /// Adults.
    pub adults: i64,
    /// Children.
    pub children: i64,
    /// When the guest checked in.
    pub checked_in_at: DateTime<Utc>,
    /// When the guest checked out.
    pub checked_out_at: Option<DateTime<Utc>>,
    /// The stay whose room this one shares.
    pub share_of: Option<StayId>,
    /// What it pays for the room while another stay holds it; none: nothing, or it held the room from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<ShareView>,
    /// Version of the record.
    pub version: i64,
}

impl StayView {
    /// A stay.
    pub fn of(stay: Stay, share: Option<&StayShare>, names: &Names) -> Self {
        Self {
            id: stay.id,
            line: stay.line,
            state: stay.state,
            room_number: names.room(stay.room_id).unwrap_or_default(),
            arrival: stay.arrival,
            departure: stay.departure,
            adults: stay.adults,
            children: stay.children,
            checked_in_at: stay.checked_in_at,
            checked_out_at: stay.checked_out_at,
            share_of: stay.share_of,
            share: share.map(ShareView::from),
            version: stay.version,
        }
    }
}

/// What a stay pays for a room that another holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShareView {
    /// The first night with a price.
    pub from_date: NaiveDate,
    /// Price of each night from then on, minor units; none: nothing.
    pub prices: Vec<i64>,
    /// The window of the bill for these nights; none: as charges are routed.
    pub window: Option<i64>,
    /// The first night for which it holds the room itself, and pays what that costs, until another stay does.
    pub holds_from: Option<NaiveDate>,
}

impl From<&StayShare> for ShareView {
    fn from(share: &StayShare) -> Self {
        Self {
            from_date: share.from_date,
            prices: share.prices.clone(),
            window: share.window,
            holds_from: share.holds_from,
        }
    }
}

/// A room that a stay occupied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StayRoomView {
    /// Counted from 1.
    pub seq: i64,
    /// The room's number.
    pub room_number: String,
    /// First date in it.
    pub from_date: NaiveDate,
    /// How the guest came into it: `check_in`, `share`, `move` or `swap`.
    #[schema(value_type = String)]
    pub reason: Personal<FreeText>,
}

impl StayRoomView {
    /// A room that a stay occupied.
    pub fn of(room: StayRoom, names: &Names, masks: Masks) -> Self {
        Self {
            seq: room.seq,
            room_number: names.room(room.room_id).unwrap_or_default(),
            from_date: room.from_date,
            reason: Personal::of(masks, room.reason).unwrap_or_default(),
        }
    }
}
