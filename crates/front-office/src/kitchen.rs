//! What is to be served on a date of what rooms include: the kitchen's list.

use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use hefu_authz::{Action, Resource};
use hefu_core::{Query, Reader};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    ids::{RoomId, VisitId},
    package::Served,
    reservation::ReservationRoom,
};
use hefu_kernel::codes;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{property::find_property, view::names::VisitNames};

/// More rooms than are awaited anywhere.
const MOST_AWAITED: i64 = 100_000;

codes! {
    /// Where the people of a room are.
    pub enum Whereabouts {
        /// They live in it.
        InHouse = "in_house",
        /// They are expected.
        Expected = "expected",
        /// They have left today.
        Left = "left",
    }
}

/// A room for whose people something is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServedRoom {
    /// The room's number; none: none is set aside yet.
    pub room: Option<String>,
    /// The visit's number, ten digits.
    pub visit: String,
    /// Which room of the reservation, from 1.
    pub line: i64,
    /// Where its people are.
    pub is: Whereabouts,
    /// Adults.
    pub adults: i64,
    /// Children.
    pub children: i64,
}

/// Something that is served, for how many, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServedInclusion {
    /// Its transaction code.
    pub code: String,
    /// Its name as it was agreed.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// Adults in all.
    pub adults: i64,
    /// Children in all.
    pub children: i64,
    /// Room by room.
    pub rooms: Vec<ServedRoom>,
}

/// What is to be served on a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KitchenList {
    /// Code of the property.
    pub property: String,
    /// The date.
    pub date: NaiveDate,
    /// Inclusion by inclusion.
    pub inclusions: Vec<ServedInclusion>,
}

/// What is to be served on the business date or a later one: to those in house, those expected, and those who have left today.
#[derive(Debug, Clone)]
pub struct ShowKitchen {
    /// Code of the property.
    pub property: String,
    /// The date; none: the business date.
    pub date: Option<NaiveDate>,
}

#[async_trait]
impl Query for ShowKitchen {
    const ACTION: Action = Action::KitchenShow;
    type Out = KitchenList;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> hefu_core::Result<KitchenList> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let (id, today) = (property.id, property.business_date);
        let date = self.date.unwrap_or(today);
        if date < today {
            let message = Message::BeforeBusinessDate { date: today };
            return Err(RuleError::new(Rule::BadDates, Place::parameter("date"), message).into());
        }
        let mut lines: Vec<(Whereabouts, ReservationRoom)> = Vec::new();
        let of = |is: Whereabouts| move |line: ReservationRoom| (is, line);
        lines.extend(query::stay::lived_in(c, id).await?.into_iter().map(of(Whereabouts::InHouse)));
        let awaited = query::stay::awaited(c, id, date, MOST_AWAITED).await?;
        lines.extend(awaited.into_iter().map(of(Whereabouts::Expected)));
        if date == today {
            let left = query::stay::left_on(c, id, date).await?;
            lines.extend(left.into_iter().map(of(Whereabouts::Left)));
        }
        let rooms: HashMap<RoomId, String> =
            query::property::rooms(c, id).await?.into_iter().map(|room| (room.id, room.number)).collect();
        let served = lines
            .iter()
            .filter(|(_, line)| !(line.terms.inclusions.is_empty() && line.terms.earlier.is_empty()));
        let visits: Vec<VisitId> = served.map(|(_, line)| line.visit_id).collect();
        let names = VisitNames::of(c, visits.into_iter().map(|visit| (id, visit))).await?;
        let mut found: BTreeMap<String, ServedInclusion> = BTreeMap::new();
        for (is, line) in &lines {
            // Who stays on after the departure is charged for it, and served.
            let until = if *is == Whereabouts::InHouse { line.counted_until } else { line.departure };
            let stay = (line.arrival, until.max(line.departure));
            // Who has not come has not slept here.
            let has_slept = *is != Whereabouts::Expected || date > today || line.arrival == line.departure;
            let is_awake = |served: Served| has_slept || served == Served::SameDay;
            for inclusion in line.terms.served(date, stay).filter(|one| is_awake(one.served)) {
                let row = found.entry(inclusion.code.clone()).or_insert_with(|| ServedInclusion {
                    code: inclusion.code.clone(),
                    name: inclusion.name.clone(),
                    name_en: inclusion.name_en.clone(),
                    adults: 0,
                    children: 0,
                    rooms: Vec::new(),
                });
                let before = date.pred_opt().filter(|_| inclusion.served == Served::NextDay);
                let (adults, children) =
                    line.terms.heads_on(before.unwrap_or(date), (line.adults, line.children));
                row.adults += adults;
                row.children += children;
                row.rooms.push(ServedRoom {
                    room: line.room_id.and_then(|room| rooms.get(&room).cloned()),
                    visit: names.number(line.visit_id).unwrap_or_default(),
                    line: line.line,
                    is: *is,
                    adults,
                    children,
                });
            }
        }
        let mut inclusions: Vec<ServedInclusion> = found.into_values().collect();
        for inclusion in &mut inclusions {
            inclusion.rooms.sort_by(|one, next| {
                (one.room.is_none(), &one.room, &one.visit, one.line).cmp(&(
                    next.room.is_none(),
                    &next.room,
                    &next.visit,
                    next.line,
                ))
            });
        }
        Ok(KitchenList { property: property.code, date, inclusions })
    }
}
