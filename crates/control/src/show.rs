//! Findings as they are shown.

use async_trait::async_trait;
use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Query, Reader, Result};
use hefu_domain::{
    finding::{Cause, Finding as Row, FindingKind, FindingOwner, FindingState, Severity},
    ids::{FindingId, PropertyId, VisitId},
    message::Missing,
    property::Property,
};
use hefu_findings::{Correction, Evidence, Finding, Texts, Value as FindingValue};
use hefu_front_office::{
    property::{find_property, local},
    visit::grouped,
};
use hefu_kernel::{Currency, Id as _};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::says::Says;

/// Findings of a property that are looked through for a page.
const LOOKED_THROUGH: i64 = 500;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BothTexts {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<Texts> for BothTexts {
    fn from(Texts { zh, en }: Texts) -> Self {
        Self { zh, en }
    }
}

/// What would correct a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CorrectionView {
    /// What it does, in words.
    pub text: BothTexts,
    /// What it does.
    #[serde(flatten)]
    pub correction: Correction,
}

/// A finding, as shown. It names records and values, and no person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingView {
    /// Identifier: the same whenever the same contradiction is found.
    pub id: FindingId,
    /// Code of the property.
    pub property: String,
    /// Number of the visit, in groups; empty: it is about a group, or about what a payment channel says.
    pub visit: String,
    /// What contradicts what.
    pub kind: FindingKind,
    /// Why.
    pub cause: Cause,
    /// How urgent it is.
    pub severity: Severity,
    /// Who it is for.
    pub owner: FindingOwner,
    /// Where it stands.
    pub state: FindingState,
    /// Money at stake, minor units, 0 or more.
    pub stake: i64,
    /// Its currency.
    pub currency: Currency,
    /// What it says, and why it happened.
    pub explanation: BothTexts,
    /// What was expected.
    pub expected: FindingValue,
    /// What was found.
    pub found: FindingValue,
    /// What the records say.
    pub evidence: Vec<Evidence>,
    /// What would correct it; none: a person has to look.
    pub correction: Option<CorrectionView>,
    /// When it was first found.
    pub found_at: DateTime<Utc>,
    /// How often it came back.
    pub reopened: i64,
    /// When somebody decided that it stays.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who.
    pub decided_by: Option<String>,
    /// When the records agreed again.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// A finding as the engine made it, from what is kept.
pub(crate) fn engine(row: &Row, property: &str) -> Result<Finding> {
    let Says { expected, found, evidence, correction } = Says::read(row)?;
    Ok(Finding {
        id: row.id,
        kind: row.kind,
        cause: row.cause,
        severity: row.severity,
        property: property.into(),
        about: Vec::new(),
        expected,
        found,
        stake: row.stake,
        currency: row.currency,
        evidence,
        correction,
    })
}

/// Findings of a property as they are shown.
pub(crate) async fn views(c: &mut Conn, property: &Property, rows: Vec<Row>) -> Result<Vec<FindingView>> {
    let visits: Vec<(PropertyId, VisitId)> = rows.iter().map(|row| (property.id, row.visit_id)).collect();
    let numbers: HashMap<VisitId, String> = query::visit::numbers(c, &visits).await?.into_iter().collect();
    rows.into_iter()
        .map(|row| {
            let finding = engine(&row, &property.code)?;
            let correction = finding.correction.clone().map(|correction| CorrectionView {
                text: Texts::proposing(&correction, row.currency).into(),
                correction,
            });
            Ok(FindingView {
                id: row.id,
                property: property.code.clone(),
                visit: numbers.get(&row.visit_id).map(|number| grouped(number)).unwrap_or_default(),
                kind: row.kind,
                cause: row.cause,
                severity: row.severity,
                owner: row.kind.owner(),
                state: row.state,
                stake: row.stake,
                currency: row.currency,
                explanation: Texts::explaining(&finding).into(),
                expected: finding.expected,
                found: finding.found,
                evidence: finding.evidence,
                correction,
                found_at: row.found_at,
                reopened: row.reopened,
                decided_at: row.decided_at,
                decided_by: row.decided_by,
                resolved_at: row.resolved_at,
                version: row.version,
            })
        })
        .collect()
}

/// A finding of a property.
///
/// # Errors
/// There is none with this id.
pub(crate) async fn find(c: &mut Conn, property: &Property, id: FindingId) -> Result<Row> {
    let found = query::finding::find(c, property.id, id).await?;
    found.ok_or_else(|| AppError::not_found(Missing::Finding, id))
}

/// One finding as it is shown.
pub(crate) async fn view(c: &mut Conn, property: &Property, row: Row) -> Result<FindingView> {
    let mut shown = views(c, property, vec![row]).await?;
    shown.pop().ok_or(AppError::Internal("a finding was not shown"))
}

/// Which findings are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this property; none: of every property whose findings may be seen.
    pub property: Option<String>,
    /// In this state; none: open.
    pub state: Option<FindingState>,
    /// Of this kind.
    pub kind: Option<FindingKind>,
    /// With this cause.
    pub cause: Option<Cause>,
    /// For this department.
    pub owner: Option<FindingOwner>,
    /// With at least so much money at stake, minor units.
    pub stake: Option<i64>,
    /// First found on this day or later, as it is in the property.
    pub found_from: Option<NaiveDate>,
    /// First found on this day or earlier.
    pub found_to: Option<NaiveDate>,
}

/// Where a page ends: code of the property, money at stake and finding.
pub type Place = (String, i64, FindingId);

/// Findings: property by property, those with the most money first.
#[derive(Debug, Clone)]
pub struct ListFindings {
    /// Which.
    pub wanted: Wanted,
    /// From behind this one on.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: usize,
}

#[async_trait]
impl Query for ListFindings {
    const ACTION: Action = Action::FindingList;
    type Out = (Vec<FindingView>, Option<Place>);

    fn resource(&self) -> Resource<'_> {
        match &self.wanted.property {
            Some(property) => Resource::property(property),
            None => Resource::all(ResourceKind::Property),
        }
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let Wanted { property, state, kind, cause, owner, stake, found_from, found_to } = &self.wanted;
        let c = r.conn().await?;
        let mut properties = match property {
            Some(code) => vec![find_property(c, code).await?],
            None => query::property::all(c).await?,
        };
        r.allowed_in(Action::FindingList, &mut properties);
        properties.sort_by(|one, two| one.code.cmp(&two.code));
        let c = r.conn().await?;
        let is_wanted = |property: &Property, row: &Row| {
            let is_of_days = || {
                local(property, row.found_at).is_ok_and(|at| {
                    found_from.is_none_or(|from| from <= at.date()) && found_to.is_none_or(|to| at.date() <= to)
                })
            };
            kind.is_none_or(|kind| row.kind == kind)
                && cause.is_none_or(|cause| row.cause == cause)
                && owner.is_none_or(|owner| row.kind.owner() == owner)
                && stake.is_none_or(|stake| row.stake >= stake)
                && (found_from.is_none() && found_to.is_none() || is_of_days())
        };
        let mut shown: Vec<FindingView> = Vec::new();
        let last = FindingId::from_uuid(Uuid::max());
        for property in &properties {
            let mut after = match &self.after {
                Some((code, _, _)) if property.code < *code => continue,
                Some((code, stake, id)) if property.code == *code => (*stake, *id),
                _ => (i64::MAX, last),
            };
            loop {
                let state = state.unwrap_or(FindingState::Open);
                let rows = query::finding::list(c, property.id, state, after, LOOKED_THROUGH).await?;
                let Some(end) = rows.last() else { break };
                let is_end =
                    (rows.len() as i64) < LOOKED_THROUGH || stake.is_some_and(|least| end.stake < least);
                after = (end.stake, end.id);
                let room = self.limit - shown.len();
                let page: Vec<Row> = rows.into_iter().filter(|row| is_wanted(property, row)).take(room).collect();
                shown.extend(views(c, property, page).await?);
                if shown.len() >= self.limit {
                    let place = shown.last().map(|last| (last.property.clone(), last.stake, last.id));
                    return Ok((shown, place));
                }
                if is_end {
                    break;
                }
            }
        }
        Ok((shown, None))
    }
}

/// Open findings of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingKindCount {
    /// The kind.
    pub kind: FindingKind,
    /// Who they are for.
    pub owner: FindingOwner,
    /// How many are open.
    pub open: i64,
    /// How many of these cannot wait.
    pub urgent: i64,
    /// Money at stake, minor units.
    pub stake: i64,
}

/// Open findings of a property, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingCounts {
    /// Code of the property.
    pub property: String,
    /// How many are open.
    pub open: i64,
    /// How many of these cannot wait.
    pub urgent: i64,
    /// Money at stake, minor units.
    pub stake: i64,
    /// The currency.
    pub currency: Currency,
    /// Those of each kind that there are.
    pub kinds: Vec<FindingKindCount>,
}

/// Counts the open findings of a property: for the board of today.
#[derive(Debug, Clone)]
pub struct CountFindings {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for CountFindings {
    const ACTION: Action = Action::FindingCounts;
    type Out = FindingCounts;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<FindingCounts> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let mut kinds: Vec<FindingKindCount> = Vec::new();
        for (kind, severity, open, stake) in query::finding::counts(c, property.id).await? {
            let urgent = if severity == Severity::Urgent { open } else { 0 };
            match kinds.iter_mut().find(|known| known.kind == kind) {
                Some(known) => {
                    known.open += open;
                    known.urgent += urgent;
                    known.stake += stake;
                }
                None => kinds.push(FindingKindCount { kind, owner: kind.owner(), open, urgent, stake }),
            }
        }
        let sum = |of: fn(&FindingKindCount) -> i64| kinds.iter().map(of).sum();
        Ok(FindingCounts {
            property: property.code,
            open: sum(|kind| kind.open),
            urgent: sum(|kind| kind.urgent),
            stake: sum(|kind| kind.stake),
            currency: property.currency,
            kinds,
        })
    }
}

/// A finding.
#[derive(Debug, Clone)]
pub struct ShowFinding {
    /// Code of the property.
    pub property: String,
    /// Which.
    pub id: FindingId,
}

#[async_trait]
impl Query for ShowFinding {
    const ACTION: Action = Action::FindingShow;
    type Out = FindingView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<FindingView> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let row = find(c, &property, self.id).await?;
        view(c, &property, row).await
    }
}
