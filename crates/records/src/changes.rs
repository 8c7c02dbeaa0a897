//! Changes of a property as they happen, for screens that are open: which boards, visits and rooms have changed, and nothing of what is in them.
//!
//! The journal says it, by `log_index`, so that whoever was away goes on where they stopped, at any server. All who listen to this process share one
//! reader of it: one statement a second for all properties, and none while nobody listens ([`TellChanges`], [`ChangeHub`]). See ADR 40.

mod hub;
mod kind;
mod view;

use async_trait::async_trait;
use std::{collections::HashMap, sync::Arc};

use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{Operation, Operator, Query, Reader, Result};
use hefu_domain::ids::PropertyId;
use hefu_front_office::property::find_property;
use hefu_kernel::Id as _;
use hefu_store::{Conn, Generations, query::journal};
use uuid::Uuid;

use self::{hub::Told, view::noted};
pub use self::{
    hub::{ChangeHub, FollowLimits, Following, TooManyStreams},
    kind::ChangeKind,
    view::{LiveChange, LiveChanges, Shows},
};

/// Most entries of the journal that are read at once. Whoever is further behind reloads.
const MOST_ENTRIES: i64 = 1_000;

/// Most changes that are told of one by one. Where there are more, everything is to be loaded again.
const MOST_CHANGES: usize = 100;

/// What has changed in a property since the entry `after`; nothing, if it is not said since when.
async fn since(c: &mut Conn, property: PropertyId, shows: Shows, after: Option<i64>) -> Result<LiveChanges> {
    let last = journal::last_index(c).await?.unwrap_or(-1);
    let Some(after) = after else {
        return Ok(LiveChanges { until: last, reload: false, changes: Vec::new() });
    };
    // One that was told by other records than these, or by nobody.
    if !(-1..=last).contains(&after) || last - after > MOST_ENTRIES {
        return Ok(LiveChanges::reload(last));
    }
    let entries = journal::changes_after(c, after, MOST_ENTRIES).await?;
    let until = entries.last().map_or(after, |entry| entry.log_index);
    let changes = noted(entries).remove(&property).unwrap_or_default();
    let changes = shows.all(changes.into_iter().map(|noted| noted.change));
    if changes.len() > MOST_CHANGES {
        return Ok(LiveChanges::reload(until));
    }
    Ok(LiveChanges { until, reload: false, changes })
}

/// What has changed in a property since an entry of the journal.
#[derive(Debug, Clone)]
pub struct ShowChanges {
    /// Code of the property.
    pub property: String,
    /// Since which entry; none: only where the journal is now.
    pub after: Option<i64>,
}

#[async_trait]
impl Query for ShowChanges {
    const ACTION: Action = Action::ChangesShow;
    type Out = LiveChanges;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<LiveChanges> {
        let shows = Shows::of(r, &self.property);
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        since(c, property.id, shows, self.after).await
    }
}

/// Follows the changes of a property: what was missed, and a place among those who are told what comes.
#[derive(Debug, Clone)]
pub struct FollowChanges {
    /// Code of the property.
    pub property: String,
    /// Since which entry; none: from now on.
    pub after: Option<i64>,
    /// Whose streams are counted together: a session, a program; none: nobody's.
    pub holder: Option<Uuid>,
}

#[async_trait]
impl Query for FollowChanges {
    const ACTION: Action = Action::ChangesShow;
    type Out = std::result::Result<(LiveChanges, Following), TooManyStreams>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (shows, hub) = (Shows::of(r, &self.property), r.service::<ChangeHub>());
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        // A place first: what is written from now on is told there, or read below, or both.
        let mut following = match hub.enter(property.id, self.holder, shows) {
            Ok(following) => following,
            Err(too_many) => return Ok(Err(too_many)),
        };
        let missed = since(c, property.id, shows, self.after).await?;
        following.begin(missed.until);
        Ok(Ok((missed, following)))
    }
}

/// Whether somebody may still follow the changes of a property, and what they may be told of now. It reads nothing.
#[derive(Debug, Clone)]
pub struct StillFollows {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for StillFollows {
    const ACTION: Action = Action::ChangesShow;
    type Out = Shows;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Shows> {
        Ok(Shows::of(r, &self.property))
    }
}

/// Tells those who follow changes what has come since the last time, if anybody does.
#[derive(Debug, Clone)]
pub struct TellChanges;

#[async_trait]
impl Operation for TellChanges {
    const ACTION: Action = Action::JournalFollow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<()> {
        let hub = o.service::<ChangeHub>();
        let Some(position) = hub.position() else { return Ok(()) };
        let mut c = o.read().await?;
        let entries = journal::changes_after(&mut c, position, MOST_ENTRIES).await?;
        let Some(until) = entries.last().map(|entry| entry.log_index) else {
            hub.tell(position, position, HashMap::new());
            return Ok(());
        };
        // Other servers and commands write too. Whoever is told of a change must not be answered from what is kept here of the time before it.
        let mut ids: Vec<Uuid> = Vec::new();
        for entry in &entries {
            ids.extend(entry.visit_id.map(|visit| visit.uuid()));
            ids.push(entry.subject_id);
            if let (None, Some(property)) = (entry.visit_id, entry.property_id) {
                ids.extend([property.uuid(), Generations::PROPERTIES]);
            }
        }
        o.store().changed_elsewhere(&ids);
        if i64::try_from(entries.len()).is_ok_and(|count| count < MOST_ENTRIES) {
            let told = noted(entries).into_iter().map(|(property, noted)| match noted.len() {
                0..=MOST_CHANGES => (property, Told::Changes { until, noted: Arc::from(noted) }),
                _ => (property, Told::Reload { until }),
            });
            hub.tell(position, until, told.collect());
        } else {
            // Somebody writes more than can be told one by one: an import. Nobody reads after it entry by entry.
            let last = journal::last_index(&mut c).await?.unwrap_or(until);
            hub.jump(position, last);
        }
        Ok(())
    }
}
