//! Roles taken in an emergency: at a property where somebody has none, for a short time. Auditors are alarmed.

use async_trait::async_trait;
use chrono::TimeDelta;
use hefu_authz::{Action, Resource, ResourceKind, RoleRights};
use hefu_core::{AppError, Command, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    account::{AlarmKind, GrantTold},
    event::AccountEvent,
    ids::GrantId,
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    grant::{By, EMERGENCY, GrantInput, GrantView, Holder, give, role, touch},
    roles::Roles,
    subject::{about_account, from, own},
};

/// The longest time, minutes.
pub const LONGEST: i64 = 60;

/// A role to be taken.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmergencyInput {
    /// The role. None that grants or audits.
    pub role: String,
    /// Code of the property.
    pub property: String,
    /// For how long, minutes; at most 60.
    pub minutes: i64,
    /// Why; for the journal and the auditors. Required here or in `Hefu-Reason`; if both are given, this one counts.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Takes a role in an emergency.
#[derive(Debug, Clone)]
pub struct TakeRole {
    /// Which.
    pub input: EmergencyInput,
}

fn may_be_taken(role: &RoleRights) -> bool {
    !role.ever_allows(Action::GrantGive) && !role.ever_allows(Action::JournalList)
}

#[async_trait]
impl Command for TakeRole {
    const ACTION: Action = Action::EmergencyTake;
    type Out = GrantView;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<GrantView> {
        let EmergencyInput { role: name, property, minutes, .. } = &self.input;
        let id = own(u.ctx)?;
        u.reason()?;
        if !(1..=LONGEST).contains(minutes) {
            return Err(AppError::invalid("minutes", Message::EmergencyMinutes { most: LONGEST }));
        }
        let policies = u.service::<Roles>().0.clone();
        if !may_be_taken(role(&policies, name)?) {
            return Err(RuleError::new(Rule::WrongState, "role", Message::EmergencyRole).into());
        }
        let holder = Holder::Account(id);
        touch(u, holder).await?;
        let until = Some(u.now + TimeDelta::minutes(*minutes));
        let input = GrantInput { role: name.clone(), property: Some(property.clone()), until, reason: None };
        let given = give(u, holder, &input, By::Emergency).await?;
        u.alarm(AlarmKind::Emergency).await?;
        Ok(given)
    }
}

/// Ends a role that was taken in an emergency before its time.
#[derive(Debug, Clone, Copy)]
pub struct EndEmergency {
    /// Which.
    pub id: GrantId,
}

#[async_trait]
impl Command for EndEmergency {
    const ACTION: Action = Action::OwnEmergencyEnd;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let (id, now) = (own(u.ctx)?, u.now);
        let grant = query::account::grant(u.tx, id.uuid(), self.id).await?;
        let in_force = grant
            .filter(|grant| grant.granted_by == EMERGENCY && grant.until.is_some_and(|until| until > now));
        let mut grant = in_force.ok_or_else(|| AppError::not_found(Missing::Grant, self.id))?;
        let granted = query::account::granted(u.tx, id.uuid()).await?;
        let property = granted.into_iter().find(|known| known.id == self.id).and_then(|known| known.property);
        let told = GrantTold { role: grant.role.clone(), property, until: grant.until };
        grant.until = Some(now);
        u.tx.update(&mut grant).await?;
        let event = AccountEvent::EndGrant { grant_id: self.id, grant: told, from: from(u.ctx) };
        u.record(about_account(id), event).await
    }
}
