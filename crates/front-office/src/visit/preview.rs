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

/// What would become of a charge that is split, or of the fee or tax that came with it, minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SplitLine {
    /// Transaction code.
    pub code: String,
    /// What would stay where it is.
    pub stays: i64,
    /// What would go to the other window.
    pub goes: i64,
}

/// What would become of a charge that is split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SplitPreview {
    /// The charge first, then what came with it.
    pub lines: Vec<SplitLine>,
    /// What would stay in all.
    pub stays: i64,
    /// What would go in all.
    pub goes: i64,
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
    /// What would become of a charge: of a split, which changes no price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitPreview>,
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
            split: None,
        }
    }

    /// Of a charge that is split.
    pub fn of_split(lines: Vec<SplitLine>) -> Self {
        let sum = |of: fn(&SplitLine) -> i64| -> i64 { lines.iter().map(of).sum() };
        let split = SplitPreview { stays: sum(|line| line.stays), goes: sum(|line| line.goes), lines };
        Self { split: Some(split), ..Self::of(Vec::new()) }
    }
}
