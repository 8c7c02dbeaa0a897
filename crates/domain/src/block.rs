//! Blocks of rooms that are held for a group 【团队锁房】.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{BlockId, GroupId, PropertyId, RatePlanId, RoomTypeId};

/// Rooms of a property that are held for a group until they are picked up or released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: BlockId,
    /// The group.
    pub group_id: GroupId,
    /// The plan under which its rooms are sold.
    pub rate_plan_id: RatePlanId,
    /// The last business date on which rooms can be picked up; the night audit of it gives the rest back. None: until somebody releases it.
    pub release_on: Option<NaiveDate>,
    /// The business date on which what was left was given back.
    pub released_on: Option<NaiveDate>,
    /// Version of the record.
    pub version: i64,
}

/// Rooms of a type that a block holds on a night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockNight {
    /// The property.
    pub property_id: PropertyId,
    /// The block.
    pub block_id: BlockId,
    /// The night.
    pub night: NaiveDate,
    /// The room type.
    pub room_type_id: RoomTypeId,
    /// How many were blocked; once it is released, as many as were picked up.
    pub rooms: i64,
    /// How many of these became reservations. A reservation that is called off does not come back to the block: its room is for sale.
    pub picked_up: i64,
    /// The price agreed for the group, minor units; none: the plan's.
    pub price: Option<i64>,
    /// Version of the record.
    pub version: i64,
}

impl BlockNight {
    /// How many are held and can be picked up.
    pub const fn left(&self) -> i64 {
        self.rooms - self.picked_up
    }
}
