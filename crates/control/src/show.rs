//! Findings as they are shown.

use async_trait::async_trait;
use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Query, Reader, Result};
use hefu_domain::{
    Message,
    finding::{Cause, Finding as Row, FindingKind, FindingOwner, FindingState, Severity},
    ids::{FindingId, PropertyId, VisitId},
    message::Missing,
    property::Property,
    reservation::normalise_number,
};
use hefu_findings::{Correction, Evidence, Finding, Texts, Value as FindingValue};
use hefu_front_office::{
    property::{find_property, local},
    visit::{grouped, locate},
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

impl FindingView {
    /// The records that its evidence comes from, in its order: the part they belong to and their key.
    pub fn records(&self) -> impl Iterator<Item = BothTexts> {
        self.evidence.iter().map(|says| {
            let [zh, en] = says.part.title();
            BothTexts { zh: format!("{zh} {}", says.record), en: format!("{en} {}", says.record) }
        })
    }

    /// What was expected or found, in words.
    pub fn saying(&self, value: &FindingValue) -> BothTexts {
        Texts::saying(value, self.currency).into()
    }
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

/// What stands for a number that is not told.
const HIDDEN: &str = "***";

/// Findings that can be about visits of several properties.
const fn spans(kind: FindingKind) -> bool {
    use FindingKind::{DoubleRecord, DuplicateBooking, InHouseTwice};
    matches!(kind, DoubleRecord | DuplicateBooking | InHouseTwice)
}

/// The properties whose findings somebody may see; none: all of them.
pub(crate) type Sight = Option<Vec<PropertyId>>;

/// Of which properties somebody may see findings.
pub(crate) fn sight(all: Vec<Property>, may: impl Fn(&str) -> bool) -> Sight {
    let count = all.len();
    let seen: Vec<PropertyId> = all.into_iter().filter(|one| may(&one.code)).map(|one| one.id).collect();
    (seen.len() < count).then_some(seen)
}

impl FindingView {
    /// Leaves out what the finding tells of a visit.
    fn forget(&mut self, number: &str) {
        let is_it = |value: &FindingValue| matches!(value, FindingValue::Code(code) if code == number);
        self.evidence.retain(|says| number_of(&says.record) != number && !is_it(&says.says));
        for value in [&mut self.expected, &mut self.found] {
            if is_it(&*value) {
                *value = FindingValue::Code(HIDDEN.to_owned());
            }
        }
        for text in [&mut self.explanation.zh, &mut self.explanation.en] {
            *text = text.replace(number, HIDDEN);
        }
        let correction = self.correction.as_ref().map(|view| &view.correction);
        if matches!(correction, Some(Correction::CancelBooking { visit }) if visit == number) {
            self.correction = None;
        }
    }
}

/// The number of the visit that a record of it is named by: a room of a booking has its line behind.
fn number_of(record: &str) -> &str {
    record.split('-').next().unwrap_or_default()
}

/// Leaves out of findings of a property what they tell of visits in properties that are out of sight: it would say where somebody sleeps.
async fn veil(c: &mut Conn, own: &Property, shown: &mut [FindingView], sight: &Sight) -> Result<()> {
    let Some(seen) = sight else { return Ok(()) };
    for view in shown.iter_mut().filter(|view| spans(view.kind)) {
        let records = view.evidence.iter().map(|says| number_of(&says.record));
        let values = [&view.expected, &view.found].into_iter().filter_map(|value| match value {
            FindingValue::Code(code) => Some(code.as_str()),
            _ => None,
        });
        let numbers: BTreeSet<String> = records.chain(values).map(str::to_owned).collect();
        for number in numbers {
            let of = query::visit::by_number(c, &number).await?;
            let is_told = |id: PropertyId| id == own.id || seen.contains(&id);
            if !of.is_empty() && !of.iter().any(|alias| is_told(alias.property_id)) {
                view.forget(&number);
            }
        }
    }
    Ok(())
}

/// One finding as somebody sees it who sees so far.
pub(crate) async fn veiled(
    c: &mut Conn,
    property: &Property,
    row: Row,
    sight: &Sight,
) -> Result<FindingView> {
    let mut shown = [view(c, property, row).await?];
    veil(c, property, &mut shown, sight).await?;
    let [shown] = shown;
    Ok(shown)
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
    /// Of the visit that has this number, or had it elsewhere.
    pub visit: Option<String>,
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
        let Wanted { property, state, kind, cause, owner, stake, found_from, found_to, visit } = &self.wanted;
        let at = |name| hefu_domain::Place::parameter(name);
        if stake.is_some_and(|stake| stake < 0) {
            let what = hefu_domain::message::Expected::NotNegative;
            return Err(AppError::invalid(at("stake"), Message::Expected { what }));
        }
        if let (Some(from), Some(to)) = (found_from, found_to)
            && from > to
        {
            return Err(AppError::invalid(at("found_to"), Message::PeriodOrder));
        }
        let all = query::property::all(r.conn().await?).await?;
        let sight = sight(all, |code| r.may(Action::FindingShow, code));
        let c = r.conn().await?;
        let mut properties = match property {
            Some(code) => vec![find_property(c, code).await.map_err(|error| error.at(at("property")))?],
            None => query::property::all(c).await?,
        };
        r.allowed_in(Action::FindingList, &mut properties);
        properties.sort_by(|one, two| one.code.cmp(&two.code));
        let c = r.conn().await?;
        let is_wanted = |property: &Property, row: &Row| {
            let is_of_days = || {
                local(property, row.found_at).is_ok_and(|at| {
                    found_from.is_none_or(|from| from <= at.date())
                        && found_to.is_none_or(|to| at.date() <= to)
                })
            };
            kind.is_none_or(|kind| row.kind == kind)
                && cause.is_none_or(|cause| row.cause == cause)
                && owner.is_none_or(|owner| row.kind.owner() == owner)
                && stake.is_none_or(|stake| row.stake >= stake)
                && (found_from.is_none() && found_to.is_none() || is_of_days())
        };
        let state = state.unwrap_or(FindingState::Open);
        if let Some(number) = visit {
            let found = locate(c, number, property.as_deref()).await;
            let (of, id) = found.map_err(|error| error.at(at("visit")))?;
            // A visit that is out of sight is none, and is told as one that there is not.
            let missing = || AppError::not_found(Missing::Visit, normalise_number(number)).at(at("visit"));
            let property = properties.iter().find(|one| one.id == of).ok_or_else(missing)?;
            let mut rows = query::finding::of_visit(c, property.id, id).await?;
            rows.retain(|row| row.state == state && is_wanted(property, row));
            rows.sort_by_key(|row| Reverse(row.stake));
            // One page holds all of them.
            rows.truncate(if self.after.is_none() { self.limit } else { 0 });
            let mut shown = views(c, property, rows).await?;
            veil(c, property, &mut shown, &sight).await?;
            return Ok((shown, None));
        }
        let mut shown: Vec<FindingView> = Vec::new();
        let last = FindingId::from_uuid(Uuid::max());
        for property in &properties {
            let mut after = match &self.after {
                Some((code, _, _)) if property.code < *code => continue,
                Some((code, stake, id)) if property.code == *code => (*stake, *id),
                _ => (i64::MAX, last),
            };
            loop {
                let rows = query::finding::list(c, property.id, state, after, LOOKED_THROUGH).await?;
                let Some(end) = rows.last() else { break };
                let is_end =
                    (rows.len() as i64) < LOOKED_THROUGH || stake.is_some_and(|least| end.stake < least);
                after = (end.stake, end.id);
                let room = self.limit - shown.len();
                let page: Vec<Row> =
                    rows.into_iter().filter(|row| is_wanted(property, row)).take(room).collect();
                let mut page = views(c, property, page).await?;
                veil(c, property, &mut page, &sight).await?;
                shown.extend(page);
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
        let all = query::property::all(r.snapshot().await?).await?;
        let sight = sight(all, |code| r.may(Action::FindingShow, code));
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let row = find(c, &property, self.id).await?;
        veiled(c, &property, row, &sight).await
    }
}
