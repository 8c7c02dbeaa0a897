//! Findings worked out again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Context, Operation, Operator, Result};
use hefu_domain::{
    Message,
    finding::{FindingSource, FindingState},
    ids::{FindingId, PropertyId, VisitId},
};
use hefu_findings::{inspect, warn};
use hefu_front_office::property::find_property;
use hefu_kernel::{FIRST_DATE, Id as _, LAST_DATE};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    JOB,
    facts::{VisitKey, component},
    group::examine_group,
    keep::{KeepFindings, Known, OfVisit, Steps},
    norms::norms_of,
    report::still_double,
    rule::ApplyRules,
};

/// Visits read at once.
const PAGE: i64 = 200;

/// Days before and after the business date that are examined unless others are asked for.
const AROUND: u64 = 31;

/// The longest period that is examined in one request, days.
const LONGEST: i64 = 400;

/// Examines visits and those that have to be examined with them, and keeps what is found.
#[derive(Debug, Clone)]
pub(crate) struct RefreshVisits {
    pub(crate) visits: Vec<VisitKey>,
    /// The finding whose correction was just made.
    pub(crate) corrected: Option<FindingId>,
}

impl Operation for RefreshVisits {
    const ACTION: Action = Action::FindingFollow;
    type Out = BTreeSet<VisitKey>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<BTreeSet<VisitKey>> {
        let mut seen = BTreeSet::new();
        for start in &self.visits {
            if seen.contains(start) {
                continue;
            }
            // What is examined together is read in one snapshot.
            let mut c = o.snapshot().await?;
            let Some(examined) = component(&mut c, o.vault(), *start).await? else { continue };
            let mut by_property: BTreeMap<PropertyId, (String, Vec<VisitId>, Vec<OfVisit>)> = BTreeMap::new();
            for ((property, visit), code) in &examined.visits {
                let of =
                    by_property.entry(*property).or_insert_with(|| (code.clone(), Vec::new(), Vec::new()));
                of.1.push(*visit);
            }
            for finding in inspect(&examined.facts, examined.today) {
                // Of two bookings the one that is too much.
                let of = finding.about.last().and_then(|record| examined.of.get(record));
                if let Some((property, visit)) = of
                    && let Some((_, _, found)) = by_property.get_mut(property)
                {
                    found.push((*visit, finding));
                }
            }
            for alone in &examined.in_house {
                let norms = norms_of(o, &mut c, alone.key.0, alone.today).await?;
                if let Some((_, _, found)) = by_property.get_mut(&alone.key.0) {
                    let warned = warn(&alone.facts, &alone.signs, &norms, alone.today);
                    found.extend(warned.into_iter().map(|finding| (alone.key.1, finding)));
                }
            }
            for (property, group) in &examined.groups {
                if let Some((_, visits, found)) = by_property.get_mut(property)
                    && let Some((kept_with, told)) = examine_group(&mut c, *property, *group).await?
                {
                    visits.push(kept_with);
                    found.extend(told.map(|finding| (kept_with, finding)));
                }
            }
            let mut to_keep = Vec::new();
            for (property, (code, visits, mut found)) in by_property {
                let mut rows = Vec::new();
                for visit in &visits {
                    rows.extend(query::finding::of_visit(&mut c, property, *visit).await?);
                }
                let said = rows.iter().filter(|row| row.kind.source() == FindingSource::Guest);
                let known = Known::OfVisits(said.map(|row| row.id).collect());
                rows.retain(|row| known.has(row));
                found.extend(still_double(&mut c, &rows, &code).await?);
                if !Steps::of(rows, &found).are_none() {
                    let corrected = self.corrected;
                    to_keep.push(KeepFindings { property: code, visits, found, corrected, known });
                }
            }
            drop(c);
            for keep in to_keep {
                o.execute(keep).await?;
            }
            seen.extend(examined.visits.into_keys());
        }
        Ok(seen)
    }
}

/// The period to be examined.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = FindingPeriod)]
pub struct Period {
    /// The first date. Default: a month before the business date.
    pub from: Option<NaiveDate>,
    /// The last date, at most 400 days later. Default: a month after the business date.
    pub to: Option<NaiveDate>,
}

/// What was examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refreshed {
    /// The first date.
    pub from: NaiveDate,
    /// The last date.
    pub to: NaiveDate,
    /// Visits that were examined, also those of other dates and properties that belong to them.
    pub visits: usize,
    /// Findings of the property that are open now, at most 500.
    pub open: usize,
}

/// Works out the findings of a property again, for every visit that touches a period.
#[derive(Debug, Clone)]
pub struct RefreshFindings {
    /// Code of the property.
    pub property: String,
    /// The period.
    pub period: Period,
}

impl Operation for RefreshFindings {
    const ACTION: Action = Action::FindingRefresh;
    type Out = Refreshed;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Refreshed> {
        let mut c = o.read().await?;
        let property = find_property(&mut c, &self.property).await?;
        let date = property.business_date;
        let before = || date.checked_sub_days(Days::new(AROUND)).unwrap_or(FIRST_DATE);
        let after = || date.checked_add_days(Days::new(AROUND)).unwrap_or(LAST_DATE);
        let (from, to) = (self.period.from.unwrap_or_else(before), self.period.to.unwrap_or_else(after));
        if !(0..=LONGEST).contains(&(to - from).num_days()) {
            return Err(AppError::invalid("to", Message::Between { from: 0, to: LONGEST }));
        }
        let (mut seen, mut last) = (BTreeSet::new(), VisitId::NIL);
        loop {
            let page = query::visit::reservations(&mut c, property.id, last, (from, to), None, PAGE).await?;
            let Some(reservation) = page.last() else { break };
            last = reservation.id;
            let visits = page.iter().map(|reservation| (property.id, reservation.id));
            let visits: Vec<VisitKey> = visits.filter(|visit| !seen.contains(visit)).collect();
            let refresh = RefreshVisits { visits, corrected: None };
            let examined = o.app().operate(&Context::job(JOB), refresh).await?;
            o.app().operate(&Context::job(JOB), ApplyRules { visits: examined.clone() }).await?;
            seen.extend(examined);
        }
        let first = (i64::MAX, FindingId::from_uuid(Uuid::max()));
        let open = query::finding::list(&mut c, property.id, FindingState::Open, first, 500).await?.len();
        Ok(Refreshed { from, to, visits: seen.len(), open })
    }
}
