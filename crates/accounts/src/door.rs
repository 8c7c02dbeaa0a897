//! Who a request is from: its session's cookie or its key, turned into a principal with its rights.
//!
//! On the embedded engine changes go through this process, or are noticed, so what was found out is remembered until something of the account changes. On PostgreSQL
//! other servers change accounts too: what was found out is used for a tenth of a second, and whoever changes somebody's rights is answered after as long
//! ([`Store::rights_kept`]). A grant whose end was answered is not used even once more, on any server. Those that carry the same and come while it is
//! looked up wait for the look-up that begins next, which answers all of them: it sees whatever was changed before they came.

use async_trait::async_trait;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{ANYONE, Access, Action, Granted, OWN, Principal, Resource, ResourceKind, Rights};
use hefu_core::{App, Context, Query, Reader, Result, Service};
use hefu_domain::{account::AccountState, ids::ApiKeyId};
use hefu_kernel::Id as _;
use hefu_store::{
    Store,
    query::{
        self,
        account::{Sealed, WhoseKey, WhoseSession},
    },
};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::{
    roles::Roles,
    session::{Ended, FRESH, NoteSeen, SessionRef, Token},
    settings::Settings,
};

/// How often it is noted that a session is in use.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Sessions and keys that are remembered.
const REMEMBERED: u64 = 10_000;

/// How long it is kept that something was looked up.
const TURNS_KEPT: Duration = Duration::from_secs(60);

/// What a request carries.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// The token of a session.
    Session(&'a str),
    /// The key of a program: `hefu_<id>_<secret>`.
    Key(&'a str),
}

/// What is still to be done before an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Full,
    /// The second factor is to be shown.
    NeedsSecondFactor,
    /// The password, which somebody else chose or which is too old, is to be changed.
    MustChange,
    /// A second factor is to be enrolled: the account's roles need one.
    MustEnrol,
}

/// Who a request is from.
#[derive(Debug, Clone)]
pub struct Who {
    /// The principal.
    pub principal: Principal,
    /// What it may do now.
    pub access: Access,
    /// The session, if it came with one.
    pub session: Option<SessionRef>,
    /// What is still to be done.
    pub standing: Standing,
}

/// What was found out, and how long it can be used.
struct Known {
    who: Who,
    /// The account or program.
    id: Uuid,
    generation: u64,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    /// When it was begun to be looked up, by a clock that nobody sets.
    began: Instant,
}

/// The last look-up of what requests carry: as which one it began, whether it counted as use of the session, and what it found.
type LookedUp = Option<(u64, bool, Option<Who>)>;

/// Finds out who requests are from.
pub struct Door {
    store: Store,
    known: moka::sync::Cache<[u8; 32], Arc<Known>>,
    /// Held by whoever looks something up; those behind may have its answer.
    turns: moka::sync::Cache<[u8; 32], Arc<tokio::sync::Mutex<LookedUp>>>,
    /// Counts requests that come and look-ups that begin.
    moments: AtomicU64,
}

impl Service for Door {
    fn new(store: &Store) -> Self {
        let turns = moka::sync::Cache::builder().max_capacity(REMEMBERED).time_to_idle(TURNS_KEPT).build();
        let known = moka::sync::Cache::new(REMEMBERED);
        Self { store: store.clone(), known, turns, moments: AtomicU64::new(0) }
    }
}

/// The parts of a key.
fn parts(key: &str) -> Option<(ApiKeyId, [u8; 32])> {
    let (id, secret) = key.strip_prefix("hefu_")?.split_once('_')?;
    let id = Uuid::try_parse(id).ok()?;
    (43..=64).contains(&secret.len()).then(|| (ApiKeyId::from_uuid(id), key_digest(secret)))
}

/// The digest of a key's secret.
pub(crate) fn key_digest(secret: &str) -> [u8; 32] {
    hefu_crypto::sha256(&[b"api key", secret.as_bytes()])
}

/// What a request carries, without what is secret in it: to ask again later who it is from.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    digest: [u8; 32],
    key: Option<ApiKeyId>,
}

impl Held {
    /// What is kept of it; none: it is nothing.
    pub fn of(credential: Credential<'_>) -> Option<Self> {
        match credential {
            Credential::Session(token) => Some(Self { digest: Token::digest_of(token)?, key: None }),
            Credential::Key(key) => parts(key).map(|(id, digest)| Self { digest, key: Some(id) }),
        }
    }

    /// Who it is from now, as [`Door::resolve`] says, without counting as use of the session: for what no person asks for just now, such as a stream that
    /// goes on.
    ///
    /// # Errors
    /// The database fails.
    pub async fn who(self, app: &App) -> Result<Option<Who>> {
        Door::find(app, self, false).await
    }
}

impl Door {
    /// Who a request is from; none: what it carries is not valid any more, or was never valid.
    ///
    /// # Errors
    /// The database fails.
    pub async fn resolve(app: &App, held: Held) -> Result<Option<Who>> {
        Self::find(app, held, true).await
    }

    async fn find(app: &App, held: Held, is_use: bool) -> Result<Option<Who>> {
        let (door, now) = (app.service::<Self>(), app.clock().now());
        let generations = door.store.generations();
        // Commands write beside the server, too.
        door.store.notices_others();
        if let Some(known) = door.known.get(&held.digest)
            && (known.from..known.until).contains(&now)
            && generations.of(known.id) == known.generation
            && door.store.rights_kept().is_none_or(|kept| known.began.elapsed() < kept)
        {
            return Ok(Some(known.who.clone()));
        }
        let came = door.moments.fetch_add(1, SeqCst);
        let turn = door.turns.get_with(held.digest, Arc::default);
        let mut last = turn.lock().await;
        if let Some((began, was_use, who)) = &*last
            && *began > came
            && (*was_use || !is_use)
        {
            return Ok(who.clone());
        }
        let began = door.moments.fetch_add(1, SeqCst);
        let who = door.look_up(app, held, is_use).await?;
        *last = Some((began, is_use, who.clone()));
        Ok(who)
    }

    async fn look_up(&self, app: &App, Held { digest, key }: Held, is_use: bool) -> Result<Option<Who>> {
        let (generations, now, began) = (self.store.generations(), app.clock().now(), Instant::now());
        // Whose it is is known from the last time, if there was one; else nothing at all may be committed meanwhile.
        let last = self.known.get(&digest).map(|known| (known.id, generations.of(known.id)));
        let total = generations.total();
        let ctx = Context::job("door");
        let found = match key {
            None => app.ask(&ctx, ResolveSession { digest }).await?,
            Some(id) => app.ask(&ctx, ResolveKey { id, digest }).await?,
        };
        let Some(Found { who, id, until, is_unnoted }) = found else { return Ok(None) };
        if is_unnoted && !is_use {
            // It is known as one that is in use once it is.
            return Ok(Some(who));
        }
        if is_unnoted && let Some(session) = &who.session {
            let noted = app.execute(ctx, NoteSeen { digest: session.digest.clone() }).await;
            if let Err(error) = noted {
                tracing::warn!(%error, "that a session is in use could not be noted");
            }
        }
        // What somebody has still to do may be done on another server, which does not make them wait for this one.
        if self.store.rights_kept().is_none() || who.standing == Standing::Full {
            let generation = generations.of(id);
            if last == Some((id, generation)) || generations.total() == total {
                let known = Known { who: who.clone(), id, generation, from: now, until, began };
                self.known.insert(digest, Arc::new(known));
            }
        }
        Ok(Some(who))
    }
}

/// What was found out in the records.
struct Found {
    who: Who,
    id: Uuid,
    until: DateTime<Utc>,
    /// Whether it is to be noted that the session is in use.
    is_unnoted: bool,
}

/// How often a holder is read whose rows do not agree with their seal: something may have been granted between two statements.
const READ_AT_MOST: usize = 3;

/// The roles of a holder that count now, and when the first of them ends; none: what was read of it is not what was sealed.
async fn granted(
    r: &mut Reader<'_>,
    sealed: &Sealed,
) -> Result<Option<(Vec<Granted>, Option<DateTime<Utc>>)>> {
    let (roles, now) = (r.service::<Roles>(), r.now);
    let ring = r.vault().ring();
    let grants = query::account::granted(r.conn().await?, sealed.holder()).await?;
    if !sealed.covers(&ring, &grants) {
        return Ok(None);
    }
    let (mut found, mut ends) = (Vec::new(), None);
    for grant in grants {
        if grant.until.is_some_and(|until| until <= now) {
            continue;
        }
        // A role of its own that is not there any more; a property that is not: nothing, and not everything.
        let Some(role) = roles.0.role(&grant.role) else { continue };
        if grant.property_id.is_some() && grant.property.is_none() {
            continue;
        }
        ends = [ends, grant.until].into_iter().flatten().min();
        found.push(Granted { role: role.clone(), property: grant.property.map(Arc::from) });
    }
    Ok(Some((found, ends)))
}

/// Says that somebody is not let in because of what stands about them.
fn unsealed(holder: Uuid) {
    tracing::error!(%holder, "what stands about an account or a program was written by somebody else than Hefu; it is not let in, and `hefu verify` says what it is");
}

/// The roles of these names in the whole chain.
fn of_everybody(r: &Reader<'_>, names: &[&str]) -> Vec<Granted> {
    let roles = r.service::<Roles>();
    let found = names.iter().filter_map(|name| roles.0.role(name));
    found.map(|role| Granted { role: role.clone(), property: None }).collect()
}

struct ResolveSession {
    digest: [u8; 32],
}

impl ResolveSession {
    /// The session, what its account was granted, and when the first of that ends; none: it is none, or its account is not as it was sealed.
    async fn read(
        &self,
        r: &mut Reader<'_>,
    ) -> Result<Option<(WhoseSession, Vec<Granted>, Option<DateTime<Utc>>)>> {
        let (ring, ended) = (r.vault().ring(), r.service::<Ended>());
        let mut holder = Uuid::nil();
        for _ in 0..READ_AT_MOST {
            let found = query::account::whose_session(r.conn().await?, &ring, &self.digest).await?;
            let Some(session) = found.filter(|session| !ended.has(session.id)) else { return Ok(None) };
            if let Some((roles, ends)) = granted(r, &session.sealed).await? {
                return Ok(Some((session, roles, ends)));
            }
            holder = session.sealed.holder();
        }
        unsealed(holder);
        Ok(None)
    }
}

#[async_trait]
impl Query for ResolveSession {
    const ACTION: Action = Action::DoorResolve;
    type Out = Option<Found>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Option<Found>> {
        let now = r.now;
        let Some((session, mut roles, ends)) = self.read(r).await? else { return Ok(None) };
        let is_unnoted = now - session.seen_at >= NOTED_EVERY;
        let settings = r.service::<Settings>();
        let settings = &settings.0;
        let limits = settings.sessions_with(&roles);
        let (last, idle_ends) = (session.began_at + limits.absolute, session.seen_at + limits.idle);
        if session.state != AccountState::Active || now >= last || now >= idle_ends || now < session.began_at
        {
            return Ok(None);
        }
        let oldest = settings.passwords.oldest().filter(|_| !session.is_linked);
        let is_old = oldest.is_some_and(|age| now >= session.password_at + age);
        let is_half = session.has_factor && session.second_factor_at.is_none();
        // Of whom a provider let in it saw two factors, or not. Anybody else who has none any more enrols one.
        let seen_by_provider = session.is_linked && session.second_factor_at.is_some();
        let needs_factor = !session.has_factor
            && !seen_by_provider
            && roles.iter().any(|granted| settings.needs_second_factor(&granted.role));
        let standing = match (is_half, session.must_change || is_old, needs_factor) {
            (true, ..) => Standing::NeedsSecondFactor,
            (_, true, _) => Standing::MustChange,
            (.., true) => Standing::MustEnrol,
            _ => Standing::Full,
        };
        if standing != Standing::Full {
            roles.clear();
        }
        roles.extend(of_everybody(r, &[OWN, ANYONE]));
        let fresh_until = session.second_factor_at.map(|at| at + FRESH).filter(|until| *until > now);
        let rights = Rights { granted: roles, second_factor: fresh_until.is_some() };
        let noted = if is_unnoted { now } else { session.seen_at };
        let until = [Some(last), Some(noted + limits.idle), Some(noted + NOTED_EVERY), ends, fresh_until]
            .into_iter()
            .flatten()
            .min();
        let who = Who {
            principal: Principal::Staff(session.account_id.uuid()),
            access: Access::Granted(Arc::new(rights)),
            session: Some(SessionRef { id: session.id, digest: self.digest.to_vec() }),
            standing,
        };
        Ok(Some(Found { who, id: session.account_id.uuid(), until: until.unwrap_or(now), is_unnoted }))
    }
}

struct ResolveKey {
    id: ApiKeyId,
    digest: [u8; 32],
}

impl ResolveKey {
    /// Whose the key is, what its program was granted, and when the first of that ends; none: it is none, or its program is not as it was sealed.
    async fn read(
        &self,
        r: &mut Reader<'_>,
    ) -> Result<Option<(WhoseKey, Vec<Granted>, Option<DateTime<Utc>>)>> {
        let mut holder = Uuid::nil();
        for _ in 0..READ_AT_MOST {
            let found = query::account::whose_key(r.conn().await?, self.id).await?;
            // Whoever does not have the key has nothing looked up.
            let is_right = |key: &WhoseKey| bool::from(key.digest.as_slice().ct_eq(&self.digest));
            let Some(key) = found.filter(is_right) else { return Ok(None) };
            if let Some((roles, ends)) = granted(r, &key.sealed).await? {
                return Ok(Some((key, roles, ends)));
            }
            holder = key.sealed.holder();
        }
        unsealed(holder);
        Ok(None)
    }
}

#[async_trait]
impl Query for ResolveKey {
    const ACTION: Action = Action::DoorResolve;
    type Out = Option<Found>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Option<Found>> {
        let now = r.now;
        let Some((key, mut granted, ends)) = self.read(r).await? else { return Ok(None) };
        let (client, expires_at) = (key.client_id, key.expires_at);
        if now >= expires_at || key.state != AccountState::Active {
            return Ok(None);
        }
        granted.extend(of_everybody(r, &[ANYONE]));
        // A program has no second factor: what asks for one is for people.
        let rights = Rights { granted, second_factor: false };
        let who = Who {
            principal: Principal::ApiClient(client.uuid()),
            access: Access::Granted(Arc::new(rights)),
            session: None,
            standing: Standing::Full,
        };
        let until = ends.map_or(expires_at, |ends| ends.min(expires_at));
        Ok(Some(Found { who, id: client.uuid(), until, is_unnoted: false }))
    }
}
