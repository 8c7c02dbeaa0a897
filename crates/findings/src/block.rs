//! Rooms that were agreed for a group against the rooms that it received.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hefu_kernel::Currency;

use crate::{
    case::nights,
    finding::{Cause, Draft, Evidence, Finding, FindingKind, Value},
    record::{Part, RecordId, Text},
};

/// Rooms that were agreed for a group in one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Unique among blocks.
    pub key: Text,
    /// The property.
    pub property: Text,
    /// The group, as people call it.
    pub group: Text,
    /// Currency of the property.
    pub currency: Currency,
    /// How many rooms on which night.
    pub rooms: BTreeMap<NaiveDate, i64>,
    /// What a room costs a night as agreed, minor units; 0: not said.
    pub price: i64,
}

/// A room that was lived in for a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The number of its visit.
    pub visit: Text,
    /// The channel through which it was booked.
    pub channel: Text,
    /// First night.
    pub arrival: NaiveDate,
    /// The day of departure.
    pub departure: NaiveDate,
}

/// Visits that a finding names at most.
const MOST: usize = 20;

/// How a group came, if that is not as agreed: more rooms on a night, at any time; fewer, once the night is over. The night on which they differ most.
pub fn examine_block(block: &Block, received: &[Received], today: NaiveDate) -> Option<Finding> {
    let mut lived: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for room in received {
        nights(room.arrival, room.departure).for_each(|night| *lived.entry(night).or_default() += 1);
    }
    let apart = block.rooms.iter().filter_map(|(night, agreed)| {
        let came = lived.get(night).copied().unwrap_or(0);
        // Who has not come yet may still come.
        (came > *agreed || came < *agreed && *night < today).then_some((*night, *agreed, came))
    });
    let (night, agreed, came) =
        apart.max_by_key(|(night, agreed, came)| ((came - agreed).abs(), std::cmp::Reverse(*night)))?;
    let mut by_visit: BTreeMap<(&Text, &Text), i64> = BTreeMap::new();
    for room in received.iter().filter(|room| nights(room.arrival, room.departure).any(|day| day == night)) {
        *by_visit.entry((&room.visit, &room.channel)).or_default() += 1;
    }
    let mut evidence = vec![Evidence::of(Part::Booking, &*block.group, "blocked", Value::Count(agreed))];
    for ((visit, channel), rooms) in by_visit.into_iter().take(MOST) {
        evidence.push(Evidence::of(Part::Stay, &**visit, "rooms", Value::Count(rooms)));
        evidence.push(Evidence::of(Part::Booking, &**visit, "channel", Value::Code(channel.to_string())));
    }
    let draft = Draft {
        kind: FindingKind::Rooms,
        cause: Cause::BranchSilos,
        about: vec![RecordId { part: Part::Booking, key: block.key.clone() }],
        expected: Value::Count(agreed),
        found: Value::Count(came),
        stake: block.price * (came - agreed),
        evidence,
        correction: None,
        property: &block.property,
    };
    Some(draft.made(block.currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, day).unwrap_or_default()
    }

    fn block(rooms: i64) -> Block {
        Block {
            key: "block-1".into(),
            property: "SH01".into(),
            group: "EXPO".into(),
            currency: Currency::CNY,
            rooms: [(day(3), rooms), (day(4), rooms)].into(),
            price: 300_00,
        }
    }

    fn received(rooms: usize) -> Vec<Received> {
        let room = |visit: usize| Received {
            visit: format!("{visit}").into(),
            channel: ["direct", "ctrip"][visit % 2].into(),
            arrival: day(3),
            departure: day(5),
        };
        (0..rooms).map(room).collect()
    }

    #[test]
    fn more_rooms_are_told_at_once_and_fewer_when_the_night_is_over() {
        assert_eq!(examine_block(&block(3), &received(3), day(9)), None);
        let more = examine_block(&block(3), &received(4), day(3));
        assert_eq!(
            more.map(|found| (found.expected, found.found, found.stake)),
            Some((Value::Count(3), Value::Count(4), 300_00))
        );
        assert_eq!(examine_block(&block(3), &received(2), day(3)), None);
        let fewer = examine_block(&block(3), &received(2), day(4));
        assert_eq!(fewer.map(|found| (found.found, found.kind)), Some((Value::Count(2), FindingKind::Rooms)));
        let ids: Vec<_> = [4, 5]
            .iter()
            .filter_map(|rooms| examine_block(&block(3), &received(*rooms), day(3)))
            .map(|found| found.id)
            .collect();
        assert_eq!(ids[0], ids[1], "the same finding, whatever it says");
    }
}
