//! Source records as received, and the golden record over them.

use crate::{
    cluster::cluster_members,
    profile::{DESK, GuestInput, SourceRef, normalise, search_keys},
    view::{FieldOrigin, GuestView},
};
use async_trait::async_trait;
use hefu_authz::{Action, Personal, Resource};
use hefu_core::{About, AppError, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::GuestEvent,
    golden::{Golden, Judge, Share, Source, shares},
    guest::{Document, Profile},
    ids::GuestId,
    message::Missing,
};
use hefu_identity::matching::is_relay_address;
use hefu_kernel::Id as _;
use hefu_store::{Conn, GuestRow, SourceProfile, StoreError, Vault, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the golden record ranks documents and addresses.
pub const JUDGE: Judge = Judge { proves_itself, is_relay: is_relay_address };

/// A resident identity number of 18 digits has a check digit, and is refused if it is wrong.
pub fn proves_itself(document: &Document) -> bool {
    document.kind == "resident_id" && document.number.len() == 18
}

/// The stored form of a record: what was received, without its location.
pub fn received(input: &GuestInput) -> Vec<u8> {
    serde_json::to_vec(&GuestInput { source: None, ..input.clone() }).unwrap_or_default()
}

/// Writes a record of a guest: replacing the previous one of the same source, or in addition to the others. Returns whether its content is new,
/// i.e. no record of the guest had exactly this content.
pub async fn put_source(u: &mut Unit<'_>, guest: GuestId, input: &GuestInput) -> Result<bool> {
    let vault = u.tx.vault().clone();
    let received = received(input);
    if input.source.is_none() {
        for source in query::guest::sources(u.tx, guest).await? {
            if query::guest::open_source(u.tx, &vault, &source).await? == received {
                return Ok(false);
            }
        }
    }
    let SourceRef { system, external_id } = input
        .source
        .clone()
        .unwrap_or_else(|| SourceRef { system: "hefu".into(), external_id: u.id::<GuestId>().to_string() });
    write_source(u, guest, SourceRef { system, external_id }, &received, serde_json::json!(input)).await?;
    Ok(true)
}

/// Replaces the previous record of the same source. `words` is the record for the journal.
async fn write_source(
    u: &mut Unit<'_>,
    guest: GuestId,
    SourceRef { system, external_id }: SourceRef,
    record: &[u8],
    words: serde_json::Value,
) -> Result<()> {
    let mut row =
        SourceProfile { system, external_id, guest_id: guest, received_at: u.now, record: Vec::new() };
    query::guest::seal_source(u.tx, &mut row, record).await?;
    match query::guest::by_source(u.tx, &row.system, &row.external_id).await? {
        Some(known) if known.guest_id != guest => {
            // The key of a record in another system can be a person's phone number: it is not repeated.
            return Err(RuleError::new(Rule::Exists, "source", Message::SourceTaken).into());
        }
        Some(_) => u.tx.update(&mut row).await?,
        // Two desks edit a guest for the first time at once: the second is retried, and edits the result of the first.
        None if row.system == DESK => u.tx.insert(&row).await.map_err(|error| match error {
            StoreError::Duplicate { table } => StoreError::Conflict { table },
            other => other,
        })?,
        None => u.tx.insert(&row).await?,
    }
    let SourceProfile { system, external_id, .. } = row;
    u.record(About::Guest(guest), GuestEvent::Source { system, external_id, record: words }).await
}

/// One guest's part of an edit of several merged guests.
#[derive(Serialize, Deserialize)]
struct PartOfEdit {
    share: Share,
    profile: Profile,
}

/// Writes an edited profile: it stays as edited, and records of other systems add to it. For several merged guests
/// each gets its share; see [`hefu_domain::golden`].
pub async fn edit(u: &mut Unit<'_>, guest: GuestId, input: &GuestInput) -> Result<()> {
    let of_desk = |guest: GuestId| SourceRef { system: DESK.into(), external_id: guest.to_string() };
    let left = normalise(input)?;
    let vault = u.tx.vault().clone();
    let Some(row) = query::guest::row(u.tx, guest).await? else {
        return Err(AppError::not_found(Missing::Guest, guest));
    };
    let everybody = cluster_members(u.tx, guest).await?;
    if everybody.len() == 1 {
        write_source(u, guest, of_desk(guest), &received(input), serde_json::json!(input)).await?;
        return refresh(u, guest).await;
    }
    let seen = golden(u.tx, &vault, &everybody).await?.unwrap_or_default().profile;
    // The survivor first. A guest without recorded data (from a history without people) has no share.
    let (mut guests, mut own) = (Vec::new(), Vec::new());
    for id in &everybody {
        let known = golden(u.tx, &vault, &[*id]).await?;
        if known.is_some() || *id == guest {
            guests.push(*id);
            own.push(known.unwrap_or_default().profile);
        }
    }
    for (id, (profile, share)) in guests.into_iter().zip(shares(u.id(), &left, &seen, &own)) {
        let part = PartOfEdit { share, profile };
        let record = serde_json::to_vec(&part).unwrap_or_default();
        write_source(u, id, of_desk(id), &record, serde_json::json!(part.profile)).await?;
        if id != guest
            && let Some(row) = query::guest::row(u.tx, id).await?
        {
            write(u, row, &[id]).await?;
        }
    }
    write(u, row, &everybody).await
}

/// The source records of some guests, normalised; those without a profile (from a history without people) are left out.
pub async fn sources_of(c: &mut Conn, vault: &Vault, guests: &[GuestId]) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for guest in guests {
        for row in query::guest::sources(c, *guest).await? {
            let record = query::guest::open_source(c, vault, &row).await?;
            let SourceProfile { system, external_id, received_at, .. } = row;
            let edited = system == DESK;
            let part = serde_json::from_slice::<PartOfEdit>(&record).ok().filter(|_| edited);
            let (share, profile) = match part {
                Some(PartOfEdit { share, profile }) => (Some(share), Some(profile)),
                None => {
                    let input = serde_json::from_slice::<GuestInput>(&record).ok();
                    (None, input.and_then(|input| normalise(&input).ok()))
                }
            };
            let Some(profile) = profile else { continue };
            sources.push(Source { guest: *guest, system, external_id, received_at, edited, share, profile });
        }
    }
    Ok(sources)
}

/// The golden record of some guests combined.
pub async fn golden(c: &mut Conn, vault: &Vault, guests: &[GuestId]) -> Result<Option<Golden>> {
    let sources = sources_of(c, vault, guests).await?;
    Ok((!sources.is_empty()).then(|| golden_of(&sources)))
}

/// The golden record of some sources.
pub fn golden_of(sources: &[Source]) -> Golden {
    Golden::of(sources, JUDGE)
}

/// Rebuilds the profile of a guest from its records, and that of its survivor from the records of the whole cluster.
pub async fn refresh(u: &mut Unit<'_>, guest: GuestId) -> Result<()> {
    let Some(mut row) = query::guest::row(u.tx, guest).await? else { return Ok(()) };
    if let Some(root) = row.merged_into {
        write(u, row, &[guest]).await?;
        let Some(kept) = query::guest::row(u.tx, root).await? else { return Ok(()) };
        row = kept;
    }
    let everybody = cluster_members(u.tx, row.id).await?;
    write(u, row, &everybody).await
}

/// Rebuilds the profile of a guest. Its row is read before the data the profile is built from: a concurrent addition to that data gives it a new
/// version, and this is retried.
async fn write(u: &mut Unit<'_>, row: GuestRow, sources_of: &[GuestId]) -> Result<()> {
    let vault = u.tx.vault().clone();
    let guest = row.id;
    let Some(golden) = golden(u.tx, &vault, sources_of).await? else { return Ok(()) };
    let known = query::guest::own(u.tx, &vault, &row).await?;
    if known.profile == golden.profile {
        return Ok(());
    }
    let (old, new) = (search_keys(&known.profile), search_keys(&golden.profile));
    query::guest::update(u.tx, &known, &golden.profile, &old, &new).await?;
    let event = GuestEvent::Golden { before: known.profile, after: golden.profile };
    u.record(About::Guest(guest), event).await
}

/// A guest's golden record, and where each field came from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GoldenView {
    /// The guest, masked.
    pub guest: GuestView,
    /// Where its fields came from.
    pub origins: Vec<FieldOrigin>,
    /// Ids merged into this guest.
    pub ids: Vec<GuestId>,
}

/// A guest's golden record with the origin of each field.
#[derive(Debug, Clone)]
pub struct ShowGolden {
    /// The guest.
    pub id: GuestId,
}

#[async_trait]
impl Query for ShowGolden {
    const ACTION: Action = Action::GuestGolden;
    type Out = GoldenView;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (id, vault, masks) = (self.id, r.vault(), r.masks());
        let c = r.snapshot().await?;
        let guest = query::guest::find(c, &vault, id).await?;
        let guest = guest.ok_or_else(|| AppError::not_found(Missing::Guest, id))?;
        r.opens(("guest", guest.id.uuid()), [guest.id.uuid(), id.uuid()]);
        let c = r.snapshot().await?;
        let everybody = cluster_members(c, guest.id).await?;
        let golden = golden(c, &vault, &everybody).await?.unwrap_or_default();
        let origins = golden
            .origins
            .into_iter()
            .map(|(field, (system, external_id))| FieldOrigin {
                field,
                system,
                external_id: Personal::of(masks, external_id).unwrap_or_default(),
            })
            .collect();
        Ok(GoldenView { guest: GuestView::of(guest, masks), origins, ids: everybody[1..].to_vec() })
    }
}
