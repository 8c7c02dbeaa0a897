//! Findings kept: what was found against what is known.

use async_trait::async_trait;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Principal, Resource};
use hefu_core::{About, Command, Result, Unit};
use hefu_domain::{
    event::FindingEvent,
    finding::{Finding as Row, FindingSource, FindingState},
    ids::{FindingId, PropertyId, VisitId},
};
use hefu_findings::Finding;
use hefu_kernel::Id as _;
use hefu_store::{StoreError, query};

use crate::says::Says;

/// A finding and the visit it is kept with, or what else it is kept with.
pub(crate) type OfVisit = (VisitId, Finding);

/// What an examination knows of: only that can be gone by it.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// Everything that records of visits tell, and of what guests said only these.
    OfVisits(BTreeSet<FindingId>),
    /// These.
    These(BTreeSet<FindingId>),
}

impl Known {
    pub(crate) fn has(&self, row: &Row) -> bool {
        match self {
            Self::OfVisits(said) => match row.kind.source() {
                FindingSource::Settlement => false,
                FindingSource::Guest => said.contains(&row.id),
                FindingSource::Records | FindingSource::Warning => true,
            },
            Self::These(ids) => ids.contains(&row.id),
        }
    }
}

/// The correction of a finding, made by whoever asked for it. What is found afterwards is kept by a job, which would be named otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Corrected {
    /// Which finding proposed it.
    pub(crate) finding: FindingId,
    /// Who made it.
    pub(crate) by: Principal,
}

impl Corrected {
    fn by_whom(&self, finding: FindingId) -> Option<String> {
        (self.finding == finding).then(|| self.by.to_string())
    }
}

/// What is to be done about the findings of some visits.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    new: Vec<OfVisit>,
    known: Vec<(Row, Finding)>,
    gone: Vec<Row>,
}

/// The row of a finding that was not known.
pub(crate) fn open(property_id: PropertyId, visit_id: VisitId, finding: &Finding, now: DateTime<Utc>) -> Row {
    Row {
        property_id,
        id: finding.id,
        visit_id,
        kind: finding.kind,
        cause: finding.cause,
        severity: finding.severity,
        state: FindingState::Open,
        stake: finding.stake,
        currency: finding.currency,
        says: Says::of(finding).text(),
        found_at: now,
        reopened: 0,
        decided_at: None,
        decided_by: None,
        resolved_at: None,
        version: 1,
    }
}

fn says_the_same(row: &Row, finding: &Finding) -> bool {
    row.says == Says::of(finding).text()
        && (row.stake, row.cause, row.severity) == (finding.stake, finding.cause, finding.severity)
}

/// How many times what was at stake makes a warning another one.
const WORSE: i64 = 2;

/// Whether what somebody decided about is still what is found. What else stands beside it, such as another line of the bill, is no other contradiction; and of
/// what was warned of only much more is: a bill grows and what is usual moves every day.
fn is_as_decided(row: &Row, finding: &Finding) -> bool {
    match row.kind.source() {
        FindingSource::Warning if row.stake > 0 => finding.stake <= row.stake.saturating_mul(WORSE),
        _ => {
            let says = |says: &Says| says.expected == finding.expected && says.found == finding.found;
            row.stake == finding.stake && Says::read(row).is_ok_and(|before| says(&before))
        }
    }
}

/// Whether there is nothing to write about a finding that is known.
fn stands(row: &Row, finding: &Finding) -> bool {
    match row.state {
        FindingState::Open => says_the_same(row, finding),
        FindingState::Decided => is_as_decided(row, finding),
        FindingState::Resolved => false,
    }
}

/// Whether a finding is kept with another day than it is of now: a line of a settlement file that says another date than before. What is found of records may
/// be about several visits, and stays with the one it was found with.
fn is_elsewhere(row: &Row, kept_with: VisitId) -> bool {
    row.kind.source() == FindingSource::Settlement && row.visit_id != kept_with
}

impl Steps {
    /// What was found of visits of a property, against the rows that they have.
    pub(crate) fn of(rows: Vec<Row>, found: &[OfVisit]) -> Self {
        let mut steps = Self::default();
        for (visit, finding) in found {
            if !rows.iter().any(|row| row.id == finding.id) {
                steps.new.push((*visit, finding.clone()));
            }
        }
        for row in rows {
            match found.iter().find(|(_, finding)| finding.id == row.id) {
                Some((visit, finding)) if !stands(&row, finding) || is_elsewhere(&row, *visit) => {
                    let visit_id = if is_elsewhere(&row, *visit) { *visit } else { row.visit_id };
                    steps.known.push((Row { visit_id, ..row }, finding.clone()));
                }
                Some(_) => {}
                None if row.state != FindingState::Resolved => steps.gone.push(row),
                None => {}
            }
        }
        steps
    }

    pub(crate) fn are_none(&self) -> bool {
        self.new.is_empty() && self.known.is_empty() && self.gone.is_empty()
    }
}

/// Keeps what was found of some visits: a finding that is new is added, one that says something else is changed, one that is not found any more is
/// resolved, and one that comes back is open again, unless somebody had decided about just that.
#[derive(Debug, Clone)]
pub(crate) struct KeepFindings {
    /// Code of the property.
    pub(crate) property: String,
    /// Its visits that were examined.
    pub(crate) visits: Vec<VisitId>,
    /// What was found of them.
    pub(crate) found: Vec<OfVisit>,
    /// The correction that was just made.
    pub(crate) corrected: Option<Corrected>,
    /// What was looked for.
    pub(crate) known: Known,
}

#[async_trait]
impl Command for KeepFindings {
    const ACTION: Action = Action::FindingKeep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let property = u.property(&self.property).await?;
        let mut rows = Vec::new();
        for visit in &self.visits {
            rows.extend(query::finding::of_visit(u.tx, property.id, *visit).await?);
        }
        rows.retain(|row| self.known.has(row));
        let steps = Steps::of(rows, &self.found);
        for (visit_id, finding) in steps.new {
            let row = open(property.id, visit_id, &finding, u.now);
            insert(u, &row).await?;
            let Row { id: finding_id, kind, stake, currency, .. } = row;
            record(u, &row, FindingEvent::Found { finding_id, visit_id, kind, stake, currency }).await?;
        }
        for (mut row, finding) in steps.known {
            let (finding_id, stake) = (row.id, finding.stake);
            let was_decided = row.decided_at.is_some() && is_as_decided(&row, &finding);
            let event = match row.state {
                FindingState::Open => FindingEvent::Changed { finding_id, stake },
                // It comes back as somebody had decided that it stays.
                FindingState::Resolved | FindingState::Decided if was_decided => {
                    row.state = FindingState::Decided;
                    FindingEvent::Changed { finding_id, stake }
                }
                FindingState::Resolved | FindingState::Decided => {
                    row.state = FindingState::Open;
                    row.reopened += 1;
                    (row.decided_at, row.decided_by) = (None, None);
                    FindingEvent::Reopened { finding_id, stake }
                }
            };
            row.resolved_at = None;
            (row.stake, row.cause, row.severity) = (finding.stake, finding.cause, finding.severity);
            row.says = Says::of(&finding).text();
            u.tx.update(&mut row).await?;
            record(u, &row, event).await?;
        }
        for mut row in steps.gone {
            row.state = FindingState::Resolved;
            row.resolved_at = Some(u.now);
            u.tx.update(&mut row).await?;
            let corrected_by = self.corrected.as_ref().and_then(|made| made.by_whom(row.id));
            record(u, &row, FindingEvent::Resolved { finding_id: row.id, corrected_by }).await?;
        }
        Ok(())
    }
}

/// Adds a finding. Where somebody else does at the same moment, the next try of the unit finds it.
///
/// # Errors
/// The database fails, or asks to try again.
pub(crate) async fn insert(u: &mut Unit<'_>, row: &Row) -> Result<()> {
    u.tx.insert(row).await.map_err(|error| match error {
        StoreError::Duplicate { table } => StoreError::Conflict { table },
        other => other,
    })?;
    Ok(())
}

/// Journals what happened to a finding. It is no change of the visit.
pub(crate) async fn record(u: &mut Unit<'_>, row: &Row, event: FindingEvent) -> Result<()> {
    u.record(About::Property(row.property_id, "finding", row.id.uuid()), event).await
}

#[cfg(test)]
mod tests {
    use hefu_domain::{finding::FindingKind, ids::PropertyId};
    use hefu_findings::{Cause, Evidence, Part, RecordId, Severity, Value};
    use hefu_kernel::Currency;

    use super::*;

    fn found(number: usize, stake: i64) -> OfVisit {
        let about = vec![RecordId { part: Part::Booking, key: format!("{number}").into() }];
        let finding = Finding {
            id: Finding::id_of(FindingKind::Rate, &about),
            kind: FindingKind::Rate,
            cause: Cause::OperatorError,
            severity: Severity::Warning,
            property: "SH01".into(),
            about,
            expected: Value::Amount(0),
            found: Value::Amount(stake),
            stake,
            currency: Currency::CNY,
            evidence: Vec::new(),
            correction: None,
        };
        (VisitId::NIL, finding)
    }

    fn row((visit_id, finding): &OfVisit, state: FindingState) -> Row {
        Row {
            property_id: PropertyId::NIL,
            id: finding.id,
            visit_id: *visit_id,
            kind: finding.kind,
            cause: finding.cause,
            severity: finding.severity,
            state,
            stake: finding.stake,
            currency: finding.currency,
            says: Says::of(finding).text(),
            found_at: chrono::DateTime::UNIX_EPOCH,
            reopened: 0,
            decided_at: None,
            decided_by: None,
            resolved_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_thousand_decisions_survive_every_later_run() {
        let all: Vec<OfVisit> = (0..1_000).map(|number| found(number, 100_00)).collect();
        let rows: Vec<Row> = all.iter().map(|found| row(found, FindingState::Decided)).collect();
        assert!(Steps::of(rows.clone(), &all).are_none());
        let turned: Vec<OfVisit> = all.iter().rev().cloned().collect();
        assert!(Steps::of(rows.clone(), &turned).are_none());
        // One of them is about another amount now, one is gone, and one is new.
        let mut now = all.clone();
        now[7] = found(7, 200_00);
        now.remove(3);
        now.push(found(1_000, 100_00));
        let steps = Steps::of(rows.clone(), &now);
        assert_eq!((steps.new.len(), steps.known.len(), steps.gone.len()), (1, 1, 1));
        assert_eq!((steps.known[0].0.id, steps.gone[0].id), (all[7].1.id, all[3].1.id));
    }

    #[test]
    fn what_stands_beside_a_decision_does_not_undo_it() {
        let (visit, finding) = found(1, 100_00);
        let decided = row(&(visit, finding.clone()), FindingState::Decided);
        let part = Part::Line;
        let beside = Evidence::of(part, "another line", "amount", Value::Amount(10_00));
        let now = Finding { evidence: vec![beside], ..finding.clone() };
        assert!(Steps::of(vec![decided.clone()], &[(visit, now)]).are_none());
        let now = Finding { found: Value::Amount(110_00), stake: 110_00, ..finding.clone() };
        assert_eq!(Steps::of(vec![decided.clone()], &[(visit, now)]).known.len(), 1);
        // A warning stands as decided until much more is at stake.
        let warned = Row { kind: FindingKind::BillGrowing, ..decided };
        for (stake, is_another) in [(199_00, false), (200_00, false), (201_00, true)] {
            let kind = FindingKind::BillGrowing;
            let now = Finding { kind, found: Value::Amount(stake), stake, ..finding.clone() };
            let steps = Steps::of(vec![warned.clone()], &[(visit, now)]);
            assert_eq!(steps.known.len(), usize::from(is_another), "{stake}");
        }
    }

    #[test]
    fn what_was_resolved_and_comes_back_is_known() {
        let all = [found(1, 100_00)];
        let resolved = row(&all[0], FindingState::Resolved);
        assert!(Steps::of(vec![resolved.clone()], &[]).are_none());
        assert_eq!(Steps::of(vec![resolved], &all).known.len(), 1);
    }
}
