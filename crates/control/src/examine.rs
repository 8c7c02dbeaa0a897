//! Visits examined with those that have to be examined with them.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};

use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{Operation, Operator, Result};
use hefu_domain::{
    finding::FindingSource,
    ids::{PropertyId, VisitId},
};
use hefu_findings::{inspect, warn};
use hefu_store::query;

use crate::{
    facts::{VisitKey, component},
    group::examine_group,
    keep::{Corrected, KeepFindings, Known, OfVisit, Steps},
    norms::norms_of,
    report::still_double,
};

/// Examines visits and those that have to be examined with them, and keeps what is found.
#[derive(Debug, Clone)]
pub(crate) struct RefreshVisits {
    pub(crate) visits: Vec<VisitKey>,
    /// The correction that was just made.
    pub(crate) corrected: Option<Corrected>,
}

#[async_trait]
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
                    let corrected = self.corrected.clone();
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
