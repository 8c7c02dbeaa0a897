//! What accounts and programs of other systems are granted.

use async_trait::async_trait;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Policies, Principal, Resource, ResourceKind, RoleRights, clash};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    account::{AccessGrant, GrantTold},
    event::AccountEvent,
    ids::{AccountId, ApiClientId, GrantId},
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    roles::Roles,
    subject::{about_account, about_client, from},
};

/// Who granted a role that was taken in an emergency, as the grant says.
pub(crate) const EMERGENCY: &str = "emergency";

/// Who is granted something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// An account.
    Account(AccountId),
    /// A program of another system.
    Client(ApiClientId),
}

impl Holder {
    fn uuid(self) -> Uuid {
        match self {
            Self::Account(id) => id.uuid(),
            Self::Client(id) => id.uuid(),
        }
    }

    fn about(self) -> About<'static> {
        match self {
            Self::Account(id) => about_account(id),
            Self::Client(id) => about_client(id),
        }
    }

    async fn check(self, c: &mut Conn) -> Result<()> {
        let (is_there, what) = match self {
            Self::Account(id) => (query::account::find(c, id).await?.is_some(), Missing::Account),
            Self::Client(id) => (query::account::client(c, id).await?.is_some(), Missing::ApiClient),
        };
        if is_there { Ok(()) } else { Err(AppError::not_found(what, self.uuid())) }
    }
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantView {
    /// Identifier.
    pub id: GrantId,
    /// The role.
    pub role: String,
    /// Code of the property; none: the whole chain.
    pub property: Option<String>,
    /// Until when; none: until it is ended.
    pub until: Option<DateTime<Utc>>,
    /// Whether it counts now.
    pub in_force: bool,
}

/// What a holder was granted.
pub(crate) async fn grants_of(c: &mut Conn, holder: Uuid, now: DateTime<Utc>) -> Result<Vec<GrantView>> {
    let granted = query::account::granted(c, holder).await?;
    Ok(granted
        .into_iter()
        .map(|grant| GrantView {
            id: grant.id,
            role: grant.role,
            in_force: grant.until.is_none_or(|until| until > now)
                && (grant.property_id.is_none() || grant.property.is_some()),
            property: grant.property,
            until: grant.until,
        })
        .collect())
}

/// Lists what an account or a program was granted.
#[derive(Debug, Clone, Copy)]
pub struct ListGrants {
    /// Who.
    pub holder: Holder,
}

#[async_trait]
impl Query for ListGrants {
    const ACTION: Action = Action::GrantList;
    type Out = Vec<GrantView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<GrantView>> {
        let now = r.now;
        let c = r.conn().await?;
        self.holder.check(c).await?;
        grants_of(c, self.holder.uuid(), now).await
    }
}

/// What is to be granted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantInput {
    /// The role.
    pub role: String,
    /// Code of the property. Default: the whole chain.
    #[serde(default)]
    pub property: Option<String>,
    /// Until when. Default: until it is ended.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// Why; for the journal.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Grants a role.
#[derive(Debug, Clone)]
pub struct GiveGrant {
    /// To whom.
    pub holder: Holder,
    /// What.
    pub input: GrantInput,
}

/// Nobody grants anything to themselves.
fn check_not_own(u: &Unit<'_>, holder: Holder) -> Result<()> {
    if u.ctx.principal == Principal::Staff(holder.uuid()) {
        return Err(RuleError::new(Rule::WrongState, (), Message::OwnAccount).into());
    }
    Ok(())
}

/// A role that can be granted.
pub(crate) fn role<'p>(policies: &'p Policies, name: &str) -> Result<&'p Arc<RoleRights>> {
    let found = policies.grantable().find(|role| role.name() == name);
    found.ok_or_else(|| AppError::not_found(Missing::Role, "").at("role"))
}

/// How somebody comes to have a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    /// Somebody grants it.
    Grant,
    /// They take it in an emergency.
    Emergency,
    /// A provider of identities says that they belong to a group; what it is called in the settings.
    Provider(String),
    /// The program was made for a channel; as [`Channel::grants`](hefu_domain::channel::Channel::grants) says it.
    Channel(String),
}

/// Who granted a role because of a provider of identities, as the grant says.
pub(crate) fn by_provider(id: &str) -> String {
    format!("provider:{id}")
}

/// Grants a role to a holder.
pub(crate) async fn give(u: &mut Unit<'_>, holder: Holder, input: &GrantInput, by: By) -> Result<GrantView> {
    let policies = u.service::<Roles>().0.clone();
    let new = role(&policies, &input.role)?;
    if input.until.is_some_and(|until| until <= u.now) {
        return Err(AppError::invalid("until", Message::GrantUntilPast));
    }
    let property_id = match &input.property {
        None => None,
        Some(code) => {
            let found = query::property::by_code(u.tx, code).await?;
            let found = found.ok_or_else(|| AppError::not_found(Missing::Property, code).at("property"))?;
            Some(found.id)
        }
    };
    let now = u.now;
    let before = query::account::grants(u.tx, holder.uuid()).await?;
    let in_force = before.iter().filter(|grant| grant.until.is_none_or(|until| until > now));
    let held = in_force.filter_map(|grant| policies.role(&grant.role)).chain([new]);
    if clash(held.map(|role| &**role)) {
        return Err(RuleError::new(Rule::WrongState, "role", Message::RolesClash).into());
    }
    let grant = AccessGrant {
        holder_id: holder.uuid(),
        id: u.id(),
        role: input.role.clone(),
        property_id,
        until: input.until,
        granted_by: match &by {
            By::Grant => u.ctx.principal.to_string(),
            By::Emergency => EMERGENCY.to_owned(),
            By::Provider(id) => by_provider(id),
            By::Channel(channel) => channel.clone(),
        },
        granted_at: u.now,
        version: 1,
    };
    u.tx.insert(&grant).await?;
    let told = GrantTold { role: grant.role.clone(), property: input.property.clone(), until: input.until };
    let (grant_id, from) = (grant.id, from(u.ctx));
    let event = match by {
        By::Grant | By::Provider(_) | By::Channel(_) => AccountEvent::Grant { grant_id, grant: told, from },
        By::Emergency => AccountEvent::TakeRole { grant_id, grant: told, from },
    };
    u.record(holder.about(), event).await?;
    Ok(GrantView {
        id: grant.id,
        role: grant.role,
        property: input.property.clone(),
        until: input.until,
        in_force: true,
    })
}

#[async_trait]
impl Command for GiveGrant {
    const ACTION: Action = Action::GrantGive;
    type Out = GrantView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<GrantView> {
        check_not_own(u, self.holder)?;
        // Two who grant to one holder at once wait for each other, or each would see no clash.
        touch(u, self.holder).await?;
        give(u, self.holder, &self.input, By::Grant).await
    }
}

/// Writes the holder's row anew, so that whoever else does has to wait and look again.
pub(crate) async fn touch(u: &mut Unit<'_>, holder: Holder) -> Result<()> {
    match holder {
        Holder::Account(id) => {
            let mut account = crate::subject::find(u.tx, id).await?;
            Ok(u.tx.update(&mut account).await?)
        }
        Holder::Client(id) => {
            let client = query::account::client(u.tx, id).await?;
            let mut client = client.ok_or_else(|| AppError::not_found(Missing::ApiClient, id))?;
            Ok(u.tx.update(&mut client).await?)
        }
    }
}

/// Ends a grant.
#[derive(Debug, Clone, Copy)]
pub struct EndGrant {
    /// Whose.
    pub holder: Holder,
    /// Which.
    pub id: GrantId,
}

#[async_trait]
impl Command for EndGrant {
    const ACTION: Action = Action::GrantEnd;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        self.holder.check(u.tx).await?;
        check_not_own(u, self.holder)?;
        let missing = || AppError::not_found(Missing::Grant, self.id);
        let mut grant =
            query::account::grant(u.tx, self.holder.uuid(), self.id).await?.ok_or_else(missing)?;
        if grant.until.is_some_and(|until| until <= u.now) {
            return Err(missing());
        }
        let now = u.now;
        let granted = query::account::granted(u.tx, self.holder.uuid()).await?;
        let property = granted.into_iter().find(|known| known.id == self.id).and_then(|known| known.property);
        let told = GrantTold { role: grant.role.clone(), property, until: grant.until };
        grant.until = Some(now);
        u.tx.update(&mut grant).await?;
        let event = AccountEvent::EndGrant { grant_id: self.id, grant: told, from: from(u.ctx) };
        u.record(self.holder.about(), event).await
    }
}

/// A role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleView {
    /// Its name.
    pub name: String,
    /// What it may do; `when`: what has to be given with the request.
    pub actions: Vec<RoleAction>,
    /// The classes of personal data that it is shown unmasked.
    pub sees: Vec<String>,
}

/// Something a role may do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleAction {
    /// The action.
    pub action: String,
    /// Whether only with a reason.
    pub reason: bool,
    /// Whether only shortly after the second factor.
    pub second_factor: bool,
}

/// Lists the roles that can be granted.
#[derive(Debug, Clone, Copy)]
pub struct ListRoles;

#[async_trait]
impl Query for ListRoles {
    const ACTION: Action = Action::RoleList;
    type Out = Vec<RoleView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<RoleView>> {
        Ok(r.service::<Roles>().0.grantable().map(|role| view_of(role)).collect())
    }
}

fn view_of(role: &RoleRights) -> RoleView {
    use hefu_authz::{Circumstances, FieldClass};

    let may = |action, reason, second_factor| role.allows(action, Circumstances { reason, second_factor });
    let actions = Action::ALL.iter().copied().filter(|action| role.ever_allows(*action));
    let sees = FieldClass::ALL.iter().filter(|class| role.shows().shows(**class));
    RoleView {
        name: role.name().to_owned(),
        actions: actions
            .map(|action| RoleAction {
                action: action.name().to_owned(),
                reason: !may(action, false, true),
                second_factor: !may(action, true, false),
            })
            .collect(),
        sees: sees.map(|class| class.name().to_owned()).collect(),
    }
}
