//! Findings that follow the journal: what changed is examined again.

use async_trait::async_trait;
use std::collections::BTreeSet;

use chrono::Days;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{
    App, Context, Operation, Operator, Result, Unit,
    follow::{Followed, Follower, Start},
};
use hefu_domain::{
    event::AuditEvent,
    ids::{GuestId, PropertyId},
    journal::JournalEntry,
};
use hefu_kernel::{Id as _, LAST_DATE};
use hefu_store::query;

use crate::{JOB, examine::RefreshVisits, facts::VisitKey, rule::ApplyRules};

/// Visits of a guest that are examined after a change of the guest.
const OF_GUEST: i64 = 50;

/// Visits of a property that are examined after a step of its night audit, at once.
const OF_AUDIT: i64 = 200;

/// Examines the visits that journal entries are about.
pub struct FollowFindings(pub App);

#[async_trait]
impl Follower for FollowFindings {
    const NAME: &'static str = "findings";
    const START: Start = Start::Now;
    const CHANGES: bool = false;

    async fn outside(&self, entries: &[Followed]) -> Result<()> {
        let entries = entries.iter().map(|followed| followed.entry.clone()).collect();
        self.0.operate(&Context::job(JOB), RefreshChanged { entries }).await
    }

    async fn entries(&self, _: &mut Unit<'_>, _: &[Followed]) -> Result<()> {
        Ok(())
    }
}

/// Examines the visits that some journal entries are about: visits, guests and, when a day is closed, everybody in the house.
struct RefreshChanged {
    entries: Vec<JournalEntry>,
}

#[async_trait]
impl Operation for RefreshChanged {
    const ACTION: Action = Action::FindingFollow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<()> {
        let is_of_audit = |action: &str| AuditEvent::ALL.iter().any(|(name, _)| *name == action);
        let (mut visits, mut guests) = (BTreeSet::<VisitKey>::new(), BTreeSet::new());
        let mut audited = BTreeSet::<PropertyId>::new();
        for entry in &self.entries {
            match (entry.property_id, entry.visit_id) {
                (Some(property), Some(visit)) => _ = visits.insert((property, visit)),
                (Some(property), None) if is_of_audit(&entry.action) => _ = audited.insert(property),
                _ if entry.subject_kind == "guest" => {
                    guests.insert((GuestId::from_uuid(entry.subject_id), entry.at.date_naive()));
                }
                _ => {}
            }
        }
        let mut c = o.read().await?;
        for (guest, day) in guests {
            let since = day.checked_sub_days(Days::new(2)).unwrap_or(day);
            for visit in query::visit::of_guest(&mut c, guest, (since, LAST_DATE), OF_GUEST).await? {
                visits.insert((visit.property_id, visit.visit_id));
            }
        }
        for id in audited {
            let Some(property) = query::property::find(&mut c, id).await? else { continue };
            let date = property.business_date;
            let since = date.checked_sub_days(Days::new(1)).unwrap_or(date);
            let mut last = hefu_domain::ids::VisitId::NIL;
            loop {
                let page =
                    query::visit::reservations(&mut c, id, last, (since, date), None, OF_AUDIT).await?;
                let Some(reservation) = page.last() else { break };
                last = reservation.id;
                visits.extend(page.iter().map(|reservation| (id, reservation.id)));
            }
        }
        drop(c);
        let examined =
            o.operate(RefreshVisits { visits: visits.into_iter().collect(), corrected: None }).await?;
        o.operate(ApplyRules { visits: examined }).await
    }
}
