//! The channels of a property, and what their codes mean there.

use async_trait::async_trait;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit, check_version};
use hefu_domain::{
    Message, Place, Pointer,
    channel::{Channel, CodeMap},
    event::ChannelEvent,
    ids::{ChannelId, PropertyId},
    message::Missing,
};
use hefu_front_office::property::{check_code, check_name, find_property};
use hefu_import::live_run;
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{replay::ReplayWaiting, sender::key_until};

/// The most codes of a channel.
const MOST_CODES: usize = 1_000;

/// The longest code of a channel, characters.
const LONGEST_CODE: usize = 100;

/// What counts as lately.
const LATELY: TimeDelta = TimeDelta::days(7);

/// A channel as it is set up. What is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelInput {
    /// Its name.
    pub name: Option<String>,
    /// What the channel calls the property. Messages for another one are not taken. Empty: whatever it calls it.
    pub hotel: Option<String>,
    /// What its codes of room types are here; `*` stands for no code at all.
    pub room_types: Option<CodeMap>,
    /// What its codes of rate plans are here; `*` stands for no code at all.
    pub rate_plans: Option<CodeMap>,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelView {
    /// Its code: the channel of the bookings that come from it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What the channel calls the property.
    pub hotel: Option<String>,
    /// What its codes of room types are here.
    pub room_types: BTreeMap<String, String>,
    /// What its codes of rate plans are here.
    pub rate_plans: BTreeMap<String, String>,
    /// How many of its messages wait because they could not be taken.
    pub waiting: i64,
    /// When it last said something that was new here, or that could not be taken.
    pub last_message_at: Option<DateTime<Utc>>,
    /// How often it said something new in the last seven days that was taken.
    pub taken_lately: i64,
    /// Until when the latest key of its own is valid; none: whoever has the role may send for it.
    pub key_until: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// Channels of a property as they are shown.
async fn views(
    c: &mut Conn,
    property: PropertyId,
    channels: Vec<Channel>,
    now: DateTime<Utc>,
) -> Result<Vec<ChannelView>> {
    let waiting = query::channel::waiting(c, property).await?;
    let mut shown = Vec::new();
    for channel in channels {
        let held = waiting.iter().find(|(id, _, _)| *id == channel.id);
        let taken_at = query::channel::said_last(c, channel.id).await?;
        let key_until = key_until(c, &channel, now).await?;
        shown.push(ChannelView {
            waiting: held.map_or(0, |(_, count, _)| *count),
            last_message_at: taken_at.max(held.map(|(_, _, at)| *at)),
            taken_lately: query::channel::said_since(c, channel.id, now - LATELY).await?,
            key_until,
            code: channel.code,
            name: channel.name,
            hotel: channel.hotel,
            room_types: channel.room_types.0,
            rate_plans: channel.rate_plans.0,
            version: channel.version,
        });
    }
    Ok(shown)
}

/// Creates or changes a channel. What waits for its codes is looked at again.
#[derive(Debug, Clone)]
pub struct PutChannel {
    /// The property's code.
    pub property: String,
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The channel.
    pub input: ChannelInput,
}

/// Whether every code leads to one that the property has.
fn check_codes(field: &'static str, codes: &CodeMap, ours: &[&str], what: Missing) -> Result<()> {
    if codes.0.len() > MOST_CODES {
        return Err(AppError::invalid(field, Message::ItemCount { from: 0, to: MOST_CODES }));
    }
    for (theirs, here) in &codes.0 {
        if !(1..=LONGEST_CODE).contains(&theirs.chars().count()) {
            return Err(AppError::invalid(field, Message::Length { from: 1, to: LONGEST_CODE }));
        }
        if !ours.contains(&&**here) {
            let at: Pointer = Pointer::default().field(field).field(theirs);
            return Err(AppError::not_found(what, here).at(at));
        }
    }
    Ok(())
}

#[async_trait]
impl Command for PutChannel {
    const ACTION: Action = Action::ChannelPut;
    type Out = ChannelView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<ChannelView> {
        check_code(Place::parameter("code"), &self.code)?;
        let property = u.property(&self.property).await?;
        let had = query::channel::by_code(u.tx, property.id, &self.code).await?;
        let input = &self.input;
        let name = input.name.clone().or_else(|| had.as_ref().map(|had| had.name.clone()));
        let name = name.ok_or_else(|| AppError::invalid("name", Message::MissingField))?;
        check_name("name", &name)?;
        let hotel = match input.hotel.as_deref().map(str::trim) {
            None => had.as_ref().and_then(|had| had.hotel.clone()),
            Some("") => None,
            Some(hotel) => {
                check_name("hotel", hotel)?;
                Some(hotel.to_owned())
            }
        };
        if let Some(codes) = &input.room_types {
            let types = query::property::room_types(u.tx, property.id).await?;
            let ours: Vec<&str> = types.iter().map(|kind| kind.code.as_str()).collect();
            check_codes("room_types", codes, &ours, Missing::RoomType)?;
        }
        if let Some(codes) = &input.rate_plans {
            let plans = query::property::rate_plans(u.tx, property.id).await?;
            let ours: Vec<&str> = plans.iter().map(|plan| plan.code.as_str()).collect();
            check_codes("rate_plans", codes, &ours, Missing::RatePlan)?;
        }
        let channel = match had {
            Some(mut channel) => {
                check_version(self.if_match, channel.version)?;
                channel.name = name;
                channel.hotel = hotel;
                channel.room_types = input.room_types.clone().unwrap_or(channel.room_types);
                channel.rate_plans = input.rate_plans.clone().unwrap_or(channel.rate_plans);
                u.tx.update(&mut channel).await?;
                channel
            }
            None => {
                let id: ChannelId = u.id();
                let channel = Channel {
                    property_id: property.id,
                    id,
                    code: self.code.clone(),
                    name,
                    hotel,
                    room_types: input.room_types.clone().unwrap_or_default(),
                    rate_plans: input.rate_plans.clone().unwrap_or_default(),
                    run_id: u.id(),
                    version: 1,
                };
                let digest = format!("channel:{}", id.uuid());
                u.tx.insert(&live_run(channel.run_id, &channel.system(), digest, u.now)).await?;
                u.tx.insert(&channel).await?;
                channel
            }
        };
        let event = ChannelEvent::Put {
            code: channel.code.clone(),
            name: channel.name.clone(),
            hotel: channel.hotel.clone(),
            room_types: channel.room_types.0.clone(),
            rate_plans: channel.rate_plans.0.clone(),
        };
        u.record(About::Property(property.id, "channel", channel.id.uuid()), event).await?;
        u.enqueue(&ReplayWaiting::of(property.id, channel.id));
        let shown = views(u.tx, property.id, vec![channel], u.now).await?.pop();
        shown.ok_or(AppError::Internal("a channel was not shown"))
    }
}

/// The channels of a property.
#[derive(Debug, Clone)]
pub struct ListChannels {
    /// The property's code.
    pub property: String,
}

#[async_trait]
impl Query for ListChannels {
    const ACTION: Action = Action::ChannelList;
    type Out = Vec<ChannelView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let now = r.now;
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let channels = query::channel::list(c, property.id).await?;
        views(c, property.id, channels, now).await
    }
}
