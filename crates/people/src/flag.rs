//! Flags of guests: whom to treat as a very important guest, and whom not to give a room. A flag holds for the whole person, also when the
//! guest was recognised under several records, and until somebody takes it away.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hefu_authz::{Action, Masks, Personal, Resource, class::FreeText};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::GuestEvent,
    guest::{FlagKind, GuestFlag, GuestState},
    ids::GuestId,
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, Vault, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A flag of a guest, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlagView {
    /// The guest whose record has it: the one asked about, or another record of the same person.
    pub guest_id: GuestId,
    /// What it says.
    pub kind: FlagKind,
    /// Why.
    #[schema(value_type = String)]
    pub reason: Personal<FreeText>,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_at: DateTime<Utc>,
}

async fn view(c: &mut Conn, vault: &Vault, masks: Masks, flag: GuestFlag) -> Result<FlagView> {
    let reason = query::desk::flag_reason(c, vault, &flag).await?;
    let GuestFlag { guest_id, kind, reason: _, set_by, set_at, version: _ } = flag;
    Ok(FlagView {
        guest_id,
        kind,
        reason: Personal::of_some(masks, reason).unwrap_or_default(),
        set_by,
        set_at,
    })
}

async fn views(c: &mut Conn, vault: &Vault, masks: Masks, flags: Vec<GuestFlag>) -> Result<Vec<FlagView>> {
    let mut shown = Vec::with_capacity(flags.len());
    for flag in flags {
        shown.push(view(c, vault, masks, flag).await?);
    }
    Ok(shown)
}

/// Lets a guest book or move in; answers the guest's flags. Whoever is on the blacklist is refused, unless that is accepted by somebody who
/// may and says why.
///
/// # Errors
/// [`Rule::GuestBlacklisted`]; the principal may not accept it, or gave no reason.
pub async fn admit(u: &mut Unit<'_>, property: &str, guest: GuestId, accept: bool) -> Result<Vec<FlagView>> {
    let flags = query::desk::flags_of(u.tx, guest).await?;
    if flags.iter().any(|flag| flag.kind == FlagKind::Blacklist) {
        if !accept {
            let at = "accept_blacklisted";
            return Err(RuleError::new(Rule::GuestBlacklisted, at, Message::GuestBlacklisted).into());
        }
        u.also(Action::GuestAdmit, property)?;
        u.reason()?;
    }
    let (vault, masks) = (u.tx.vault().clone(), u.masks());
    views(u.tx, &vault, masks, flags).await
}

async fn require(u: &mut Unit<'_>, id: GuestId) -> Result<()> {
    let vault = u.tx.vault().clone();
    let found = query::guest::find(u.tx, &vault, id).await?;
    match found {
        Some(guest) if guest.state == GuestState::Active => Ok(()),
        _ => Err(AppError::not_found(Missing::Guest, id)),
    }
}

/// Why a guest gets or loses a flag.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FlagInput {
    /// The reason; stored sealed. Required here or in `Hefu-Reason`; if both are given, this one counts.
    pub reason: Option<String>,
}

/// Gives a guest a flag, or another reason for it.
#[derive(Debug, Clone)]
pub struct FlagGuest {
    /// The guest.
    pub id: GuestId,
    /// What the flag says.
    pub kind: FlagKind,
    /// Why.
    pub input: FlagInput,
}

#[async_trait]
impl Command for FlagGuest {
    const ACTION: Action = Action::GuestFlag;
    type Out = FlagView;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<FlagView> {
        let reason = u.reason()?.to_owned();
        require(u, self.id).await?;
        let known = query::desk::flag(u.tx, self.id, self.kind).await?;
        let is_new = known.is_none();
        let mut flag = known.unwrap_or_else(|| GuestFlag {
            guest_id: self.id,
            kind: self.kind,
            reason: Vec::new(),
            set_by: String::new(),
            set_at: u.now,
            version: 1,
        });
        flag.set_by = u.ctx.principal.to_string();
        flag.set_at = u.now;
        query::desk::seal_flag(u.tx, &mut flag, &reason).await?;
        if is_new {
            u.tx.insert(&flag).await?;
        } else {
            u.tx.update(&mut flag).await?;
        }
        u.record(About::Guest(self.id), GuestEvent::Flag { kind: self.kind }).await?;
        let (vault, masks) = (u.tx.vault().clone(), u.masks());
        view(u.tx, &vault, masks, flag).await
    }
}

/// Takes a flag away from a guest. Answers the flags that are left.
#[derive(Debug, Clone)]
pub struct UnflagGuest {
    /// The guest.
    pub id: GuestId,
    /// What the flag says.
    pub kind: FlagKind,
    /// Why.
    pub input: FlagInput,
}

#[async_trait]
impl Command for UnflagGuest {
    const ACTION: Action = Action::GuestUnflag;
    type Out = Vec<FlagView>;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        u.reason()?;
        let flag = query::desk::flag(u.tx, self.id, self.kind).await?;
        let flag = flag.ok_or_else(|| AppError::not_found(Missing::Flag, self.id))?;
        u.tx.delete(&flag).await?;
        u.record(About::Guest(self.id), GuestEvent::Unflag { kind: self.kind }).await?;
        let left = query::desk::flags_of(u.tx, self.id).await?;
        let (vault, masks) = (u.tx.vault().clone(), u.masks());
        views(u.tx, &vault, masks, left).await
    }
}

/// The flags of a guest and of other records of the same person.
#[derive(Debug, Clone)]
pub struct ListFlags {
    /// The guest.
    pub id: GuestId,
}

#[async_trait]
impl Query for ListFlags {
    const ACTION: Action = Action::GuestFlags;
    type Out = Vec<FlagView>;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (id, vault, masks) = (self.id, r.vault(), r.masks());
        let c = r.conn().await?;
        if query::guest::find(c, &vault, id).await?.is_none() {
            return Err(AppError::not_found(Missing::Guest, id));
        }
        let flags = query::desk::flags_of(c, id).await?;
        views(c, &vault, masks, flags).await
    }
}
