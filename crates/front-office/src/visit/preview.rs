//! What a change or a cancellation would cost, said before it is made.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The price of a night or of a part-day block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NightPrice {
    /// The date.
    pub date: NaiveDate,
    /// Minor units, before the member discount, without fee and tax on top.
    pub price: i64,
}

/// What a change would cost for a room of the reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomPreview {
    /// Which room of the reservation, from 1.
    pub line: i64,
    /// Its nights after the change.
    pub nights: Vec<NightPrice>,
    /// What all its nights come to now, with fee and tax, minor units.
    pub total: i64,
    /// What they would come to.
    pub total_after: i64,
    /// What cancelling it costs now by the terms it has, minor units.
    pub cancellation: i64,
    /// What cancelling it at this moment would cost after the change. What the old terms ask for now stays owed if it is called off later.
    pub cancellation_after: i64,
}

/// What a change would cost. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// Room by room, those that would change.
    pub rooms: Vec<RoomPreview>,
    /// What their nights come to now, with fee and tax, minor units.
    pub total: i64,
    /// What they would come to.
    pub total_after: i64,
    /// What cancelling them costs now: of a cancellation what it would cost.
    pub cancellation: i64,
    /// What cancelling them at this moment would cost after the change.
    pub cancellation_after: i64,
}

impl Preview {
    /// The sums over rooms.
    pub fn of(rooms: Vec<RoomPreview>) -> Self {
        Self {
            total: rooms.iter().map(|room| room.total).sum(),
            total_after: rooms.iter().map(|room| room.total_after).sum(),
            cancellation: rooms.iter().map(|room| room.cancellation).sum(),
            cancellation_after: rooms.iter().map(|room| room.cancellation_after).sum(),
            rooms,
        }
    }
}
