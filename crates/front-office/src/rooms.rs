//! Which rooms are free.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_authz::{Action, Resource};
use hefu_core::{AppError, Query, Reader, Result};
use hefu_domain::{Message, Place, Rule, RuleError, message::Missing, part::Hours, property::Property};
use hefu_store::query;

use crate::{
    housekeeping::dates,
    property::find_property,
    view::property::RoomView,
    visit::{
        hours::{LATEST, free_at},
        wishes::{MOST_ROOMS, features, offering},
    },
};

/// Rooms that are free on some dates and offer what is asked for.
#[derive(Debug, Clone)]
pub struct ListFreeRooms {
    /// Code of the property.
    pub property: String,
    /// Code of the room type; none: of every type.
    pub room_type: Option<String>,
    /// First night; none: the business date.
    pub from: Option<NaiveDate>,
    /// The date after the last night; none: the one after the first.
    pub until: Option<NaiveDate>,
    /// What they are to offer.
    pub features: Vec<String>,
    /// For a guest by the hour: from which minute on, after midnight of the first date.
    pub minute: Option<i64>,
    /// For how many hours from then on.
    pub for_hours: Option<i64>,
}

impl ListFreeRooms {
    /// The hours of the first date for which they are wanted, of a guest by the hour.
    fn hours(&self) -> Result<Option<Hours>> {
        let refused =
            |at, from, to| Err(AppError::invalid(Place::parameter(at), Message::Between { from, to }));
        match (self.minute, self.for_hours) {
            (None, None) => Ok(None),
            (Some(from), _) if !(0..=LATEST).contains(&from) => refused("minute", 0, LATEST),
            (Some(from), Some(hours @ 1..=23)) => Ok(Some(Hours { from, until: from + hours * 60 })),
            (None, Some(_)) => refused("minute", 0, LATEST),
            (Some(_), _) => refused("hours", 1, 23),
        }
    }

    fn dates(&self, property: &Property) -> Result<(NaiveDate, NaiveDate)> {
        let from = self.from.unwrap_or(property.business_date);
        if from < property.business_date {
            let message = Message::BeforeBusinessDate { date: property.business_date };
            return Err(RuleError::new(Rule::BadDates, Place::parameter("from"), message).into());
        }
        let until = self.until.or_else(|| from.succ_opt()).unwrap_or(from);
        dates(from, until).map(drop).map_err(|error| error.at(Place::parameter("to")))?;
        Ok((from, until))
    }
}

#[async_trait]
impl Query for ListFreeRooms {
    const ACTION: Action = Action::RoomListFree;
    type Out = Vec<RoomView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let (from, until) = self.dates(&property)?;
        let hours = self.hours()?;
        let features = features(&self.features).map_err(|error| error.at(Place::parameter("features")))?;
        let mut kinds = query::property::room_types(c, property.id).await?;
        if let Some(code) = &self.room_type {
            kinds.retain(|kind| kind.code == *code);
            if kinds.is_empty() {
                return Err(AppError::not_found(Missing::RoomType, code).at(Place::parameter("room_type")));
            }
        }
        let mut shown = Vec::new();
        for kind in kinds {
            // Whoever leaves on the first of them may be in the room still.
            let will_do = (true, hours.is_some());
            let mut free =
                query::property::free_rooms(c, property.id, kind.id, (from, until), will_do, MOST_ROOMS)
                    .await?;
            if let Some(hours) = hours {
                free = free_at(c, (property.id, from, hours), None, free).await?;
            }
            let rooms = offering(free, &features).into_iter();
            shown.extend(rooms.map(|room| RoomView::of(room, kind.code.clone())));
        }
        Ok(shown)
    }
}
