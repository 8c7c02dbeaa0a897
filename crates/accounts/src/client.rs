//! Programs of other systems, and their keys.
//!
//! A key is `hefu_<id>_<secret>`; it is shown once, and only a digest of the secret is kept. A program is given the next key before the last one ends, so
//! that it can change over in its own time.

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    Message,
    account::{AccountState, ApiClient, ApiKey},
    event::AccountEvent,
    ids::{ApiClientId, ApiKeyId},
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    door::key_digest,
    subject::{about_client, from, random},
};

/// How long a key is valid if nothing else is said, and at most, days.
const VALID_DAYS: (i64, i64) = (90, 400);

/// How long the keys before it are valid after a new one was made.
pub const OVERLAP: TimeDelta = TimeDelta::days(7);

/// A key of a program, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ApiKeyView)]
pub struct KeyView {
    /// Identifier.
    pub id: ApiKeyId,
    /// Until when it is valid.
    pub expires_at: DateTime<Utc>,
}

/// A program of another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientView {
    /// Identifier.
    pub id: ApiClientId,
    /// What it is called.
    pub name: String,
    /// Whether it can be used.
    pub state: AccountState,
    /// Its keys that are valid, the oldest first.
    pub keys: Vec<KeyView>,
}

/// A new key of a program.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewKey {
    /// The program.
    pub client: ClientView,
    /// The key, for `Authorization: Bearer`. It is shown now and not again.
    pub key: String,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("client", &self.client).finish_non_exhaustive()
    }
}

/// Lists the programs, the oldest first.
#[derive(Debug, Clone)]
pub struct ListClients {
    /// After this one.
    pub after: ApiClientId,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListClients {
    const ACTION: Action = Action::ApiClientList;
    type Out = Vec<ClientView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ApiClient)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<ClientView>> {
        let now = r.now;
        let c = r.conn().await?;
        let mut found = Vec::new();
        for client in query::account::clients(c, self.after, self.limit).await? {
            let keys = query::account::keys(c, client.id).await?;
            found.push(view_of(client, &keys, now));
        }
        Ok(found)
    }
}

fn view_of(client: ApiClient, keys: &[ApiKey], now: DateTime<Utc>) -> ClientView {
    let valid = keys.iter().filter(|key| key.expires_at > now);
    let keys = valid.map(|key| KeyView { id: key.id, expires_at: key.expires_at }).collect();
    ClientView { id: client.id, name: client.name, state: client.state, keys }
}

/// A program to be given access.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientInput {
    /// What it is called; no personal data.
    pub name: String,
    /// How long its key is valid, days. Default: 90; at most 400.
    #[serde(default)]
    pub days: Option<i64>,
}

fn expiry(now: DateTime<Utc>, days: Option<i64>) -> Result<DateTime<Utc>> {
    let days = days.unwrap_or(VALID_DAYS.0);
    if !(1..=VALID_DAYS.1).contains(&days) {
        return Err(AppError::invalid("days", Message::ExpiryTooLate { most: VALID_DAYS.1 }));
    }
    Ok(now + TimeDelta::days(days))
}

async fn make_key(
    u: &mut Unit<'_>,
    client: ApiClientId,
    expires_at: DateTime<Utc>,
) -> Result<(ApiKey, String)> {
    let secret = URL_SAFE_NO_PAD.encode(random::<32>(u));
    let key = ApiKey {
        id: u.id(),
        client_id: client,
        digest: key_digest(&secret).to_vec(),
        expires_at,
        made_at: u.now,
        version: 1,
    };
    u.tx.insert(&key).await?;
    let text = format!("hefu_{}_{secret}", key.id.uuid().simple());
    Ok((key, text))
}

/// Gives a program its first key. Nothing is granted to it yet.
#[derive(Debug, Clone)]
pub struct CreateClient {
    /// The program.
    pub input: ClientInput,
}

#[async_trait]
impl Command for CreateClient {
    const ACTION: Action = Action::ApiClientCreate;
    type Out = NewKey;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ApiClient)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<NewKey> {
        let name = self.input.name.trim();
        if !(1..=80).contains(&name.chars().count()) {
            return Err(AppError::invalid("name", Message::Length { from: 1, to: 80 }));
        }
        let expires_at = expiry(u.now, self.input.days)?;
        let client = ApiClient { id: u.id(), name: name.to_owned(), state: AccountState::Active, version: 1 };
        u.tx.insert(&client).await?;
        let (key, text) = make_key(u, client.id, expires_at).await?;
        let event = AccountEvent::CreateClient {
            name: client.name.clone(),
            key_id: key.id,
            expires_at,
            from: from(u.ctx),
        };
        u.record(about_client(client.id), event).await?;
        Ok(NewKey { client: view_of(client, &[key], u.now), key: text })
    }
}

async fn usable(u: &mut Unit<'_>, id: ApiClientId) -> Result<ApiClient> {
    let client = query::account::client(u.tx, id).await?;
    client
        .filter(|client| client.state == AccountState::Active)
        .ok_or_else(|| AppError::not_found(Missing::ApiClient, id))
}

/// How long the next key is valid.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RotateInput {
    /// Days. Default: 90; at most 400.
    pub days: Option<i64>,
    /// Whether the keys before it end at once, because one has become known. Default: they end after seven days.
    pub at_once: bool,
    /// Why; for the journal.
    pub reason: Option<String>,
}

/// Gives a program its next key; those before end a little later.
#[derive(Debug, Clone)]
pub struct RotateKey {
    /// The program.
    pub id: ApiClientId,
    /// How.
    pub input: RotateInput,
}

#[async_trait]
impl Command for RotateKey {
    const ACTION: Action = Action::ApiClientRotate;
    type Out = NewKey;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::ApiClient, self.id.uuid())
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<NewKey> {
        let client = usable(u, self.id).await?;
        let expires_at = expiry(u.now, self.input.days)?;
        let others_end_at = if self.input.at_once { u.now } else { u.now + OVERLAP };
        let mut keys = query::account::keys(u.tx, self.id).await?;
        for key in keys.iter_mut().filter(|key| key.expires_at > others_end_at) {
            key.expires_at = others_end_at;
            u.tx.update(key).await?;
        }
        let (key, text) = make_key(u, self.id, expires_at).await?;
        let event = AccountEvent::RotateKey { key_id: key.id, expires_at, others_end_at, from: from(u.ctx) };
        u.record(about_client(self.id), event).await?;
        keys.push(key);
        Ok(NewKey { client: view_of(client, &keys, u.now), key: text })
    }
}

/// Ends a program's access, and all its keys with it.
#[derive(Debug, Clone)]
pub struct EndClient {
    /// The program.
    pub id: ApiClientId,
}

#[async_trait]
impl Command for EndClient {
    const ACTION: Action = Action::ApiClientEnd;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::ApiClient, self.id.uuid())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let client = query::account::client(u.tx, self.id).await?;
        let client = client.filter(|client| client.state == AccountState::Active);
        let mut client = client.ok_or_else(|| AppError::not_found(Missing::ApiClient, self.id))?;
        client.state = AccountState::Disabled;
        u.tx.update(&mut client).await?;
        u.record(about_client(self.id), AccountEvent::EndClient { from: from(u.ctx) }).await
    }
}
