//! How a finding went: what the journal says of it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource};
use hefu_core::{Query, Reader, Result};
use hefu_domain::{
    event::{Event, FindingEvent},
    ids::FindingId,
};
use hefu_front_office::property::find_property;
use hefu_store::query;
use serde::Serialize;
use utoipa::ToSchema;

use crate::show::find;

/// Steps that are told of at most.
const MOST: i64 = 200;

/// Something that happened to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingStep {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: an account's opaque name, or a job's. Of a correction whoever made it.
    pub actor: String,
    /// What: `finding.found`, `finding.changed`, `finding.reopened`, `finding.resolved`, `finding.decide`.
    pub action: String,
    /// Money at stake from then on, minor units, where that changed.
    pub stake: Option<i64>,
    /// Whether it was resolved by the correction that it proposed.
    pub corrected: bool,
    /// Why, where somebody said.
    pub reason: Option<String>,
    /// Place of the entry in the ledger; none until it has been sequenced.
    pub log_index: Option<i64>,
}

/// How a finding went, in order.
#[derive(Debug, Clone)]
pub struct ShowFindingHistory {
    /// Code of the property.
    pub property: String,
    /// Which.
    pub id: FindingId,
}

#[async_trait]
impl Query for ShowFindingHistory {
    const ACTION: Action = Action::FindingShow;
    type Out = Vec<FindingStep>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let vault = r.vault();
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let row = find(c, &property, self.id).await?;
        let mut steps = Vec::new();
        for entry in query::journal::of_finding(c, row.id, MOST).await? {
            let change = query::journal::change(c, &vault, &entry).await?;
            let (event, reason) =
                change.map(|change| (Some(change.event), change.reason)).unwrap_or_default();
            let (stake, corrected_by) = match event {
                Some(Event::Finding(
                    FindingEvent::Found { stake, .. }
                    | FindingEvent::Changed { stake, .. }
                    | FindingEvent::Reopened { stake, .. },
                )) => (Some(stake), None),
                Some(Event::Finding(FindingEvent::Resolved { corrected_by, .. })) => (None, corrected_by),
                _ => (None, None),
            };
            steps.push(FindingStep {
                at: entry.at,
                corrected: corrected_by.is_some(),
                actor: corrected_by.unwrap_or(entry.actor),
                action: entry.action,
                stake,
                reason,
                log_index: entry.log_index,
            });
        }
        Ok(steps)
    }
}
