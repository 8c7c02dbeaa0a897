//! Guests at the desk: entered, edited, shown, revealed.

use crate::{
    golden::edit,
    profile::GuestInput,
    recognise::identify,
    reconsider::ReconsiderGuest,
    view::{GuestView, SourceView},
};
use async_trait::async_trait;
use hefu_authz::{Action, FieldClass, Personal, Resource};
use hefu_core::{AppError, Command, Disclosed, Query, Reader, Result, Unit, check_version};
use hefu_domain::{Message, message::Missing};
use hefu_domain::{guest::GuestState, ids::GuestId};
use hefu_kernel::Id as _;
use hefu_store::query::{self};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A guest in a request: an existing one, or data about one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuestRef {
    /// A guest that exists.
    Id(GuestId),
    /// A guest to be recognised, or created.
    Profile(Box<GuestInput>),
}

/// The guest of a request: the one named, the one recognised, or a new one.
///
/// # Errors
/// The guest does not exist, or the data is invalid.
pub async fn resolve(u: &mut Unit<'_>, guest: &GuestRef) -> Result<GuestId> {
    match guest {
        GuestRef::Id(id) => match load(u, *id).await.map_err(|error| error.at("id"))? {
            // Under the given id: what is recorded stays with it when a merge is undone.
            guest if guest.state == GuestState::Active => Ok(*id),
            _ => Err(AppError::not_found(Missing::Guest, id).at("id")),
        },
        GuestRef::Profile(input) => identify(u, input).await.map_err(|error| error.under("profile")),
    }
}

/// Creates a guest, or recognises one.
#[derive(Debug, Clone)]
pub struct CreateGuest(pub GuestInput);

#[async_trait]
impl Command for CreateGuest {
    const ACTION: Action = Action::GuestCreate;
    type Out = GuestView;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<GuestView> {
        let id = identify(u, &self.0).await?;
        Ok(GuestView::of(load(u, id).await?, u.masks()))
    }
}

async fn load(u: &mut Unit<'_>, id: GuestId) -> Result<query::guest::Guest> {
    let vault = u.tx.vault().clone();
    query::guest::find(u.tx, &vault, id).await?.ok_or_else(|| AppError::not_found(Missing::Guest, id))
}

/// Replaces a guest's profile.
#[derive(Debug, Clone)]
pub struct UpdateGuest {
    /// The guest.
    pub id: GuestId,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The new profile.
    pub profile: GuestInput,
}

#[async_trait]
impl Command for UpdateGuest {
    const ACTION: Action = Action::GuestUpdate;
    type Out = GuestView;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<GuestView> {
        let guest = load(u, self.id).await?;
        if guest.state != GuestState::Active {
            return Err(AppError::not_found(Missing::Guest, self.id));
        }
        check_version(self.if_match, guest.version)?;
        if self.profile.source.is_some() {
            return Err(AppError::invalid("source", Message::SourceOnEdit));
        }
        u.recognises()?;
        edit(u, guest.id, &self.profile).await?;
        u.enqueue(&ReconsiderGuest { guest: guest.id });
        Ok(GuestView::of(load(u, self.id).await?, u.masks()))
    }
}

/// Shows a guest's profile unmasked. The gate asks for a reason, and journals it.
#[derive(Debug, Clone)]
pub struct RevealGuest {
    /// The guest.
    pub id: GuestId,
    /// The reason, if given in the body of the request.
    pub reason: Option<String>,
    /// The classes of fields that are wanted; none: all. Every other is shown as ever.
    pub classes: Vec<FieldClass>,
}

#[async_trait]
impl Query for RevealGuest {
    const ACTION: Action = Action::GuestReveal;
    type Out = GuestView;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<GuestView> {
        let (id, vault) = (self.id, r.vault());
        let guest = query::guest::find(r.conn().await?, &vault, id).await?;
        let guest = guest.ok_or_else(|| AppError::not_found(Missing::Guest, id))?;
        r.opens(("guest", guest.id.uuid()), [guest.id.uuid(), id.uuid()]);
        let masks = match &self.classes[..] {
            [] => r.masks(),
            classes => classes.iter().fold(r.masks_of(Action::GuestShow), |shown, class| shown.with(*class)),
        };
        Ok(GuestView::of(guest, masks))
    }

    fn disclosed(&self, guest: &GuestView) -> Vec<Disclosed> {
        vec![Disclosed::guest(guest.id, self.classes.iter().map(|class| class.name().to_owned()).collect())]
    }
}

/// The source records of a guest.
#[derive(Debug, Clone)]
pub struct ListGuestSources {
    /// The guest.
    pub id: GuestId,
}

#[async_trait]
impl Query for ListGuestSources {
    const ACTION: Action = Action::GuestSources;
    type Out = Vec<SourceView>;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (id, masks) = (self.id, r.masks());
        let c = r.conn().await?;
        let found = query::guest::sources(c, id).await?;
        r.opens(("guest", id.uuid()), [id.uuid()]);
        Ok(found
            .into_iter()
            .map(|source| SourceView {
                system: source.system,
                external_id: Personal::of(masks, source.external_id).unwrap_or_default(),
                received_at: source.received_at,
            })
            .collect())
    }
}

/// A guest, masked.
#[derive(Debug, Clone)]
pub struct ShowGuest {
    /// The guest.
    pub id: GuestId,
}

#[async_trait]
impl Query for ShowGuest {
    const ACTION: Action = Action::GuestShow;
    type Out = GuestView;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (id, vault, masks) = (self.id, r.vault(), r.masks());
        let c = r.conn().await?;
        let guest = query::guest::find(c, &vault, id).await?;
        let guest = guest.ok_or_else(|| AppError::not_found(Missing::Guest, id))?;
        r.opens(("guest", guest.id.uuid()), [guest.id.uuid(), id.uuid()]);
        Ok(GuestView::of(guest, masks))
    }
}
