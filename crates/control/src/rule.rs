//! Findings that are corrected by themselves, where a property has switched that on.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, AppError, Command, Context, Operation, Operator, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    event::FindingEvent,
    finding::{Finding as Row, FindingKind, FindingRule, FindingState},
    ids::{PropertyId, VisitId},
};
use hefu_front_office::property::find_property;
use hefu_kernel::Id as _;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    facts::VisitKey,
    says::Says,
    solve::{CorrectFinding, Reason},
};

/// Who corrects by a rule, as the journal calls it.
const BY_RULE: &str = "finding_rule";

/// Whether findings of a kind are corrected by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingRuleView {
    /// The kind.
    pub kind: FindingKind,
    /// Whether they are.
    pub enabled: bool,
    /// Who switched it on.
    pub enabled_by: Option<String>,
    /// When.
    pub enabled_at: Option<DateTime<Utc>>,
}

fn shown(kind: FindingKind, rule: Option<&FindingRule>) -> FindingRuleView {
    FindingRuleView {
        kind,
        enabled: rule.is_some(),
        enabled_by: rule.map(|rule| rule.enabled_by.clone()),
        enabled_at: rule.map(|rule| rule.enabled_at),
    }
}

/// The kinds of findings that a property may have corrected by themselves, and which of them are.
#[derive(Debug, Clone)]
pub struct ListFindingRules {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for ListFindingRules {
    const ACTION: Action = Action::FindingRules;
    type Out = Vec<FindingRuleView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let rules = query::finding::rules(c, property.id).await?;
        let kinds = FindingKind::ALL.iter().copied().filter(|kind| kind.may_resolve_itself());
        Ok(kinds.map(|kind| shown(kind, rules.iter().find(|rule| rule.kind == kind))).collect())
    }
}

/// Whether findings of a kind are to be corrected by themselves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingRuleInput {
    /// Whether they are, from now on.
    pub enabled: bool,
}

/// Switches on or off that findings of a kind are corrected by themselves in a property.
#[derive(Debug, Clone)]
pub struct PutFindingRule {
    /// Code of the property.
    pub property: String,
    /// The kind.
    pub kind: FindingKind,
    /// On or off.
    pub input: FindingRuleInput,
}

#[async_trait]
impl Command for PutFindingRule {
    const ACTION: Action = Action::FindingRule;
    type Out = FindingRuleView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<FindingRuleView> {
        let (kind, enabled) = (self.kind, self.input.enabled);
        let property = u.property(&self.property).await?;
        if !kind.may_resolve_itself() {
            let place = Place::parameter("kind");
            return Err(RuleError::new(Rule::Invalid, place, Message::FindingNeedsPerson).into());
        }
        let rules = query::finding::rules(u.tx, property.id).await?;
        let known = rules.into_iter().find(|rule| rule.kind == kind);
        let now = match (known, enabled) {
            (Some(known), true) => return Ok(shown(kind, Some(&known))),
            (None, false) => return Ok(shown(kind, None)),
            (Some(known), false) => {
                u.tx.delete(&known).await?;
                None
            }
            (None, true) => {
                let rule = FindingRule {
                    property_id: property.id,
                    kind,
                    enabled_by: u.ctx.principal.to_string(),
                    enabled_at: u.now,
                };
                u.tx.insert(&rule).await?;
                Some(rule)
            }
        };
        let about = About::Property(property.id, "property", property.id.uuid());
        u.record(about, FindingEvent::Rule { kind, enabled }).await?;
        Ok(shown(kind, now.as_ref()))
    }
}

/// The finding of a visit that a rule may correct: the only one that is open, and the first time that it is. What somebody took back is
/// not corrected again, and where more contradicts a person has to look. A bill that is not paid contradicts no deposit: the deposit pays it.
fn safe<'a>(rows: &'a [Row], rules: &[FindingRule]) -> Option<&'a Row> {
    let is_open = |row: &&Row| row.state == FindingState::Open;
    let has_deposit = rows.iter().filter(is_open).any(|row| row.kind == FindingKind::DepositNotApplied);
    let mut open =
        rows.iter().filter(is_open).filter(|row| !(has_deposit && row.kind == FindingKind::PaymentMissing));
    let (Some(only), None) = (open.next(), open.next()) else { return None };
    let is_on = only.kind.may_resolve_itself() && rules.iter().any(|rule| rule.kind == only.kind);
    let proposes = || Says::read(only).is_ok_and(|says| says.correction.is_some());
    (is_on && only.reopened == 0 && proposes()).then_some(only)
}

/// Corrects what rules say of visits that were just examined.
#[derive(Debug, Clone)]
pub(crate) struct ApplyRules {
    pub(crate) visits: BTreeSet<VisitKey>,
}

#[async_trait]
impl Operation for ApplyRules {
    const ACTION: Action = Action::FindingFollow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<()> {
        let mut by_property: BTreeMap<PropertyId, Vec<VisitId>> = BTreeMap::new();
        for (property, visit) in &self.visits {
            by_property.entry(*property).or_default().push(*visit);
        }
        let mut corrections = Vec::new();
        let mut c = o.read().await?;
        for (id, visits) in by_property {
            let rules = query::finding::rules(&mut c, id).await?;
            if rules.is_empty() {
                continue;
            }
            let Some(property) = query::property::find(&mut c, id).await? else { continue };
            for visit in visits {
                let rows = query::finding::of_visit(&mut c, id, visit).await?;
                let found = safe(&rows, &rules);
                corrections.extend(found.map(|row| (property.code.clone(), row.id, row.kind)));
            }
        }
        drop(c);
        for (property, id, kind) in corrections {
            let reason = Some(format!("rule of the property: {kind}"));
            let correct = CorrectFinding { property, id, input: Reason { reason } };
            match o.app().operate(&Context::job(BY_RULE), correct).await {
                // What cannot be corrected now waits for a person, as without the rule.
                Ok(_) | Err(AppError::Rule(_) | AppError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hefu_domain::{
        finding::{Cause, Severity},
        ids::FindingId,
    };
    use hefu_findings::{Correction, Value};
    use hefu_kernel::Currency;

    use super::*;

    fn row(number: u128, kind: FindingKind, reopened: i64) -> Row {
        let correction = Some(Correction::AccruePoints { visit: "1000000009".into() });
        let says =
            Says { expected: Value::Count(9), found: Value::Count(0), evidence: Vec::new(), correction };
        Row {
            property_id: PropertyId::NIL,
            id: FindingId::from_uuid(uuid::Uuid::from_u128(number)),
            visit_id: VisitId::NIL,
            kind,
            cause: Cause::MemberVersusStay,
            severity: Severity::Notice,
            state: FindingState::Open,
            stake: 0,
            currency: Currency::CNY,
            says: says.text(),
            found_at: DateTime::UNIX_EPOCH,
            reopened,
            decided_at: None,
            decided_by: None,
            resolved_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_rule_corrects_once_what_stands_alone() {
        let rule = |kind| FindingRule {
            property_id: PropertyId::NIL,
            kind,
            enabled_by: "desk".into(),
            enabled_at: DateTime::UNIX_EPOCH,
        };
        let (points, rate) = (FindingKind::PointsMissing, FindingKind::Rate);
        let on = [rule(points), rule(rate)];
        assert!(safe(&[row(1, points, 0)], &on).is_some());
        assert!(safe(&[row(1, points, 0)], &on[1..]).is_none(), "it is off");
        assert!(safe(&[row(1, points, 1)], &on).is_none(), "it came back");
        assert!(safe(&[row(1, points, 0), row(2, rate, 0)], &on).is_none(), "more contradicts");
        assert!(safe(&[row(1, rate, 0)], &on).is_none(), "no rule may do that");
        let resolved = Row { state: FindingState::Resolved, ..row(1, points, 0) };
        assert!(safe(&[resolved], &on).is_none());
    }
}
