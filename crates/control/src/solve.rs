//! What people do about findings: decide that one stays as it is, or let its correction be made.

use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_core::{
    AppError, Command, Context, IdempotencyKey, Operation, Operator, Result, Unit, request_digest,
};
use hefu_domain::{
    Language, Message, Rule, RuleError,
    event::FindingEvent,
    finding::FindingState,
    ids::{FindingId, PostingId},
};
use hefu_findings::{Correction, Texts};
use hefu_front_office::{
    deposit::ApplyDeposits,
    folio::correct::{GrantAllowance, ReversePosting},
    member::{AccruePoints, AdjustPoints, ApplyMemberDiscount, PointsAdjustment},
    property::find_property,
    visit::{VisitAction, action::OnVisit, change::Cancel},
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    JOB,
    examine::RefreshVisits,
    keep::{Corrected, record},
    show::{FindingView, engine, find, sight, veiled},
};

/// Why.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = FindingReason)]
pub struct Reason {
    /// Kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

/// Decides that a finding stays as it is: it is not raised again as long as the records say the same.
#[derive(Debug, Clone)]
pub struct DecideFinding {
    /// Code of the property.
    pub property: String,
    /// Which.
    pub id: FindingId,
    /// Why; required here or in `Hefu-Reason`.
    pub input: Reason,
}

#[async_trait]
impl Command for DecideFinding {
    const ACTION: Action = Action::FindingDecide;
    type Out = FindingView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<FindingView> {
        u.reason()?;
        let property = u.property(&self.property).await?;
        let mut row = find(u.tx, &property, self.id).await?;
        if row.state == FindingState::Resolved {
            return Err(RuleError::new(Rule::WrongState, (), Message::FindingResolved).into());
        }
        row.state = FindingState::Decided;
        row.decided_at = Some(u.now);
        row.decided_by = Some(u.ctx.principal.to_string());
        u.tx.update(&mut row).await?;
        record(u, &row, FindingEvent::Decide { finding_id: row.id }).await?;
        let sight = sight(query::property::all(u.tx).await?, |code| u.may(Action::FindingShow, code));
        veiled(u.tx, &property, row, &sight).await
    }
}

/// Makes the correction that a finding proposes: an ordinary use case, under the rights of whoever asks. Then the visit is examined again.
#[derive(Debug, Clone)]
pub struct CorrectFinding {
    /// Code of the property.
    pub property: String,
    /// Which.
    pub id: FindingId,
    /// Why. Default: what the finding says.
    pub input: Reason,
}

#[async_trait]
impl Operation for CorrectFinding {
    const ACTION: Action = Action::FindingCorrect;
    type Out = FindingView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<FindingView> {
        let mut c = o.read().await?;
        let property = find_property(&mut c, &self.property).await?;
        let row = find(&mut c, &property, self.id).await?;
        drop(c);
        // What was true when it was found need not be: one of two bookings may have been called off a moment ago.
        let visits = vec![(property.id, row.visit_id)];
        let refresh = RefreshVisits { visits: visits.clone(), corrected: None };
        o.app().operate(&Context::job(JOB), refresh).await?;
        let mut c = o.read().await?;
        let row = find(&mut c, &property, self.id).await?;
        let sight = sight(query::property::all(&mut c).await?, |code| o.may(Action::FindingShow, code));
        // Whoever asks twice is answered twice.
        if row.state == FindingState::Resolved {
            return veiled(&mut c, &property, row, &sight).await;
        }
        drop(c);
        let finding = engine(&row, &property.code)?;
        let Some(correction) = finding.correction.clone() else {
            return Err(RuleError::new(Rule::WrongState, (), Message::NoCorrection).into());
        };
        let Texts { zh, en } = Texts::explaining(&finding);
        let explained = if o.ctx().language == Language::Chinese { zh } else { en };
        let reason = self.input.reason.clone().or_else(|| o.ctx().reason.clone()).unwrap_or(explained);
        // Made once, also by two people at once: for what the finding says now.
        let key = format!("finding:{}:{}", row.id, row.version);
        let request = request_digest(&[Self::ACTION.name().as_bytes(), row.says.as_bytes()]);
        let idempotency = Some(IdempotencyKey { key, request });
        let ctx = Context { reason: Some(reason.clone()), idempotency, ..o.ctx().clone() };
        make(o, ctx, correction, (self.id, finding.stake)).await?;
        let corrected = Some(Corrected { finding: self.id, by: o.ctx().principal.clone() });
        let refresh = RefreshVisits { visits, corrected };
        o.app().operate(&Context { reason: Some(reason), ..Context::job(JOB) }, refresh).await?;
        let mut c = o.read().await?;
        let row = find(&mut c, &property, self.id).await?;
        veiled(&mut c, &property, row, &sight).await
    }
}

/// Runs the use case that a correction names.
async fn make(
    o: &Operator<'_>,
    ctx: Context,
    correction: Correction,
    (id, stake): (FindingId, i64),
) -> Result<()> {
    match correction {
        Correction::GiveDiscount { visit } => on_visit(o, ctx, visit, ApplyMemberDiscount {}).await,
        Correction::AccruePoints { visit } => on_visit(o, ctx, visit, AccruePoints {}).await,
        Correction::ApplyDeposit { visit } => {
            on_visit(o, ctx, visit, ApplyDeposits { amount: Some(stake), window: None }).await
        }
        Correction::CancelBooking { visit } => on_visit(o, ctx, visit, Cancel::default()).await,
        Correction::ReverseLine { visit, line } => {
            let posting_id = posting(&line)?;
            on_visit(o, ctx, visit, ReversePosting { posting_id, reason: None }).await
        }
        Correction::Allow { visit, line, amount } => {
            let posting_id = posting(&line)?;
            let allowance = GrantAllowance { posting_id, amount: Some(amount), total: None, reason: None };
            on_visit(o, ctx, visit, allowance).await
        }
        Correction::TakePointsBack { member, points } => {
            let key = Some(format!("finding:{id}"));
            let adjustment = PointsAdjustment { points: -points, reason: None, key };
            o.execute_as(ctx, AdjustPoints { number: member, adjustment }).await?;
            Ok(())
        }
    }
}

fn posting(line: &str) -> Result<PostingId> {
    line.parse().map_err(|_| AppError::Internal("a finding names a line that is none"))
}

async fn on_visit<A: VisitAction>(o: &Operator<'_>, ctx: Context, number: String, action: A) -> Result<()> {
    o.execute_as(ctx, OnVisit { number, if_match: None, if_revision: None, action }).await?;
    Ok(())
}
