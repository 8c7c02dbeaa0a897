//! Signing in by a chain's own provider of identities.
//!
//! Somebody is known by the provider's address and the subject it names, and by nothing else: an e-mail address can be given to somebody else. What a browser
//! carries there and back (state, nonce and PKCE's verifier) follows from one random value in a cookie, under a key of the ring, so that nothing is kept here and an answer that
//! another browser began is none. What somebody may do follows from the groups the provider names, each time they come in; what an administrator granted stays.

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{App, AppError, Command, Context, Query, Reader, Result, Unit};
use hefu_crypto::KeyRing;
use hefu_domain::{
    account::{AccountState, GrantTold, ProviderLink},
    event::AccountEvent,
    ids::AccountId,
};
use hefu_kernel::{Id as _, hex};
use hefu_store::query;
use serde::Serialize;
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{
    account::{AccountInput, CreateAccount, prepared},
    grant::{By, GrantInput, Holder, by_provider, give, touch},
    oidc::{Providers, Trouble},
    session::{RefuseSignIn, SignedIn, as_account, begin, door},
    settings::{GroupRole, ProviderSettings, Settings},
    subject::{about_account, find, from},
};

/// How long somebody may take at the provider.
pub const LONGEST: TimeDelta = TimeDelta::minutes(10);

/// Longest name that is taken from a provider, characters.
const LONGEST_NAME: usize = 120;

/// A provider of identities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderView {
    /// What it is called in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// The providers whose people may come in.
pub fn providers(app: &App) -> Vec<ProviderView> {
    let settings = app.service::<Settings>();
    let view = |one: &ProviderSettings| ProviderView { id: one.id.clone(), name: one.name.clone() };
    settings.0.providers.iter().map(view).collect()
}

/// Somebody on the way to a provider.
pub struct Departure {
    /// Where the browser is to go.
    pub location: String,
    /// What it is to carry there and back.
    pub cookie: String,
}

const NONCE: usize = 16;
const TIME: usize = 8;

/// What follows from what a browser carries.
struct Carried {
    state: String,
    nonce: String,
    verifier: String,
}

fn seal(ring: &KeyRing, what: &[u8], provider: &str, plain: &[u8]) -> [u8; 32] {
    ring.seal_of(b"provider", &[what, provider.as_bytes(), plain])
}

impl Carried {
    fn of(ring: &KeyRing, provider: &str, plain: &[u8]) -> Self {
        let text = |what: &[u8]| URL_SAFE_NO_PAD.encode(seal(ring, what, provider, plain));
        Self { state: text(b"state"), nonce: text(b"nonce"), verifier: text(b"verifier") }
    }

    /// What a browser is to carry.
    fn begin(ring: &KeyRing, provider: &str, random: [u8; NONCE], now: DateTime<Utc>) -> (String, Self) {
        let mut plain = random.to_vec();
        plain.extend(now.timestamp().to_be_bytes());
        let tag = seal(ring, b"cookie", provider, &plain);
        (URL_SAFE_NO_PAD.encode([plain.as_slice(), &tag].concat()), Self::of(ring, provider, &plain))
    }

    /// What came back, if it began here and not too long ago.
    fn end(ring: &KeyRing, provider: &str, cookie: &str, now: DateTime<Utc>) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let (plain, tag) = bytes.split_at_checked(NONCE + TIME)?;
        let began = i64::from_be_bytes(plain[NONCE..].try_into().ok()?);
        let is_ours = bool::from(seal(ring, b"cookie", provider, plain).ct_eq(tag));
        let age = now.timestamp().checked_sub(began)?;
        let is_young = (0..=LONGEST.num_seconds()).contains(&age);
        (is_ours && is_young).then(|| Self::of(ring, provider, plain))
    }
}

/// What somebody came back from a provider with.
#[derive(Debug, Clone, Default)]
pub struct Return {
    /// What is exchanged for what the provider says.
    pub code: Option<Zeroizing<String>>,
    /// What was carried there.
    pub state: Option<String>,
    /// Who it is.
    pub iss: Option<String>,
    /// What went wrong there.
    pub error: Option<String>,
}

/// Needs the ring, and a random value.
struct Carry {
    provider: String,
    /// What came back; none: somebody leaves.
    cookie: Option<String>,
}

#[async_trait]
impl Query for Carry {
    const ACTION: Action = Action::DoorResolve;
    type Out = Option<(String, Carried)>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Option<(String, Carried)>> {
        let (vault, now) = (r.vault(), r.now);
        let ring = vault.ring();
        Ok(match &self.cookie {
            Some(cookie) => {
                Carried::end(&ring, &self.provider, cookie, now).map(|carried| (String::new(), carried))
            }
            None => {
                let mut random = [0; NONCE];
                vault.rng.fill(&mut random);
                Some(Carried::begin(&ring, &self.provider, random, now))
            }
        })
    }
}

fn settings_of(app: &App, id: &str) -> Option<ProviderSettings> {
    app.service::<Settings>().0.providers.iter().find(|provider| provider.id == id).cloned()
}

/// Where a provider sends somebody back to.
fn redirect(origin: &str, provider: &str) -> String {
    format!("{origin}/api/v1/session/provider/{provider}/callback")
}

/// Sends somebody to a provider; none: there is no such provider, or it cannot be reached. `origin`: where the browser reached this server.
///
/// # Errors
/// The database fails.
pub async fn depart(app: &App, asked: &Context, id: &str, origin: &str) -> Result<Option<Departure>> {
    let Some(settings) = settings_of(app, id) else { return Ok(None) };
    let known = match app.service::<Providers>().usual(&settings).await {
        Ok(known) => known,
        Err(trouble) => {
            tracing::warn!(provider = id, %trouble, "nobody can sign in by a provider");
            return Ok(None);
        }
    };
    let carry = Carry { provider: id.to_owned(), cookie: None };
    let Some((cookie, carried)) = app.ask(&door(asked), carry).await? else { return Ok(None) };
    let challenge = URL_SAFE_NO_PAD.encode(hefu_crypto::plain_sha256(carried.verifier.as_bytes()));
    let at = &known.discovered.authorization_endpoint;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &settings.client_id)
        .append_pair("redirect_uri", &redirect(origin, id))
        .append_pair("scope", "openid profile")
        .append_pair("state", &carried.state)
        .append_pair("nonce", &carried.nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .finish();
    let sign = if at.contains('?') { '&' } else { '?' };
    Ok(Some(Departure { location: format!("{at}{sign}{query}"), cookie }))
}

/// Lets in who comes back from a provider.
///
/// # Errors
/// [`AppError::SignInRefused`] for whatever is wrong; the log and the journal say what.
pub async fn arrive(
    app: &App,
    asked: &Context,
    (id, origin): (&str, &str),
    cookie: &str,
    came: &Return,
) -> Result<SignedIn> {
    let refused = match arrive_by(app, asked, (id, origin), cookie, came).await? {
        Ok(signed_in) => return Ok(signed_in),
        Err(trouble) => trouble,
    };
    tracing::warn!(provider = id, trouble = %refused, "somebody was not let in by a provider");
    app.execute(door(asked), RefuseSignIn { account: None, why: "provider" }).await?;
    Err(AppError::SignInRefused)
}

async fn arrive_by(
    app: &App,
    asked: &Context,
    (id, origin): (&str, &str),
    cookie: &str,
    came: &Return,
) -> Result<std::result::Result<SignedIn, Trouble>> {
    let Some(settings) = settings_of(app, id) else { return Ok(Err(Trouble("there is no such provider"))) };
    let carry = Carry { provider: id.to_owned(), cookie: Some(cookie.to_owned()) };
    let Some((_, carried)) = app.ask(&door(asked), carry).await? else {
        return Ok(Err(Trouble("this browser did not leave from here, or took too long")));
    };
    let state = came.state.as_deref().unwrap_or_default();
    if !bool::from(state.as_bytes().ct_eq(carried.state.as_bytes())) {
        return Ok(Err(Trouble("an answer is of another sign-in")));
    }
    let now = app.clock().now();
    let claims = match asked_of(app, &settings, &carried, &redirect(origin, id), came, now).await {
        Ok(claims) => claims,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let member_of = claims.groups(&settings.groups);
    let mut roles: Vec<GroupRole> = Vec::new();
    for role in settings.roles.iter().filter(|role| member_of.contains(&role.group)) {
        if !roles.iter().any(|known| known.role == role.role && known.property == role.property) {
            roles.push(role.clone());
        }
    }
    if roles.is_empty() {
        return Ok(Err(Trouble("somebody belongs to no group that is let in")));
    }
    let both = settings.always_two_factors || claims.amr.iter().any(|how| settings.two_factors.contains(how));
    let name = claims.name.as_deref().unwrap_or("").trim();
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let new = made(app, name).await?;
    let (iss, sub) = (claims.iss, claims.sub);
    let comes = ComeIn { settings: settings.clone(), iss, sub, roles, new };
    let account = app.execute(door(asked), comes).await?;
    let session = BeginByProvider { account, provider: settings.id, both };
    Ok(match app.execute(as_account(app, asked, account), session).await? {
        Some(signed_in) => Ok(signed_in),
        None => Err(Trouble("the account cannot be used")),
    })
}

async fn asked_of(
    app: &App,
    settings: &ProviderSettings,
    carried: &Carried,
    redirect: &str,
    came: &Return,
    now: DateTime<Utc>,
) -> std::result::Result<crate::oidc::Claims, Trouble> {
    let providers = app.service::<Providers>();
    let known = providers.usual(settings).await?;
    if !known.discovered.is_from(came.iss.as_deref()) {
        return Err(Trouble("an answer is of another provider"));
    }
    let code = match (&came.code, &came.error) {
        (Some(code), None) => code,
        _ => return Err(Trouble("the provider let nobody in")),
    };
    let token = providers.redeem(settings, (code.as_str(), carried.verifier.as_str(), redirect)).await?;
    let claims = providers.believed(settings, &token, &carried.nonce, now).await?;
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return Err(Trouble("a provider names nobody"));
    }
    Ok(claims)
}

/// An account for somebody who may come for the first time. Its password is one that nobody knows.
async fn made(app: &App, name: String) -> Result<CreateAccount> {
    let random = [crate::password::salt(app), crate::password::salt(app)].concat();
    let password = Zeroizing::new(URL_SAFE_NO_PAD.encode(random));
    // The login follows from the subject; this one is only judged.
    let name = if name.is_empty() { "-".to_owned() } else { name };
    let input = AccountInput { login: "provider".into(), name, password };
    Ok(CreateAccount { must_change: false, ..prepared(app, &input, None).await? })
}

/// Finds or makes the account of somebody whom a provider knows, and grants what their groups are granted.
struct ComeIn {
    settings: ProviderSettings,
    iss: String,
    sub: String,
    roles: Vec<GroupRole>,
    new: CreateAccount,
}

#[async_trait]
impl Command for ComeIn {
    const ACTION: Action = Action::DoorProvider;
    type Out = AccountId;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<AccountId> {
        let parts: [&[u8]; 2] = [self.iss.as_bytes(), self.sub.as_bytes()];
        let subject = u.tx.ring().seal_of(b"provider subject", &parts);
        let account = match query::account::link(u.tx, &subject).await? {
            Some(link) => {
                touch(u, Holder::Account(link.account_id)).await?;
                link.account_id
            }
            None => self.link(u, &subject).await?,
        };
        self.grant(u, account).await?;
        let event = AccountEvent::Link { provider: self.settings.id.clone(), from: from(u.ctx) };
        u.record(about_account(account), event).await?;
        Ok(account)
    }
}

impl ComeIn {
    async fn link(&self, u: &mut Unit<'_>, subject: &[u8; 32]) -> Result<AccountId> {
        let short = hex(&subject[..8]);
        let new = CreateAccount { login: format!("{}-{short}", self.settings.id), ..self.new.clone() };
        let account = new.make(u).await?.id;
        let link = ProviderLink {
            subject: subject.to_vec(),
            account_id: account,
            provider: self.settings.id.clone(),
            linked_at: u.now,
        };
        u.tx.insert(&link).await?;
        Ok(account)
    }

    /// Grants what is not granted yet, and ends what this provider was a reason for and is no longer.
    async fn grant(&self, u: &mut Unit<'_>, account: AccountId) -> Result<()> {
        let (now, by) = (u.now, by_provider(&self.settings.id));
        let mut wanted = self.roles.clone();
        let codes = query::account::granted(u.tx, account.uuid()).await?;
        for mut grant in query::account::grants(u.tx, account.uuid()).await? {
            if grant.granted_by != by || grant.until.is_some_and(|until| until <= now) {
                continue;
            }
            let property = codes.iter().find(|known| known.id == grant.id);
            let property = property.and_then(|known| known.property.clone());
            let before = wanted.len();
            wanted.retain(|role| role.role != grant.role || role.property != property);
            if wanted.len() < before {
                continue;
            }
            let told = GrantTold { role: grant.role.clone(), property, until: grant.until };
            grant.until = Some(now);
            u.tx.update(&mut grant).await?;
            let event = AccountEvent::EndGrant { grant_id: grant.id, grant: told, from: from(u.ctx) };
            u.record(about_account(account), event).await?;
        }
        for GroupRole { role, property, .. } in wanted {
            let input = GrantInput { role, property, until: None, reason: None };
            let given =
                give(u, Holder::Account(account), &input, By::Provider(self.settings.id.clone())).await;
            match given {
                Ok(_) => {}
                // The settings name a property that is not there, or roles that nobody holds together.
                Err(AppError::NotFound { .. } | AppError::Rule(_)) => {
                    tracing::warn!(role = %input.role, provider = %self.settings.id, "a group's role cannot be granted");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Begins the session of somebody whom a provider let in; none: the account cannot be used.
struct BeginByProvider {
    account: AccountId,
    provider: String,
    both: bool,
}

#[async_trait]
impl Command for BeginByProvider {
    const ACTION: Action = Action::OwnSignIn;
    type Out = Option<SignedIn>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Option<SignedIn>> {
        let account = find(u.tx, self.account).await?;
        if account.state != AccountState::Active {
            let event = AccountEvent::SignInRefused { why: "disabled".into(), from: from(u.ctx) };
            u.record(about_account(account.id), event).await?;
            return Ok(None);
        }
        let (signed_in, session_id) = begin(u, &account, self.both).await?;
        let event = AccountEvent::ProviderSignIn {
            session_id,
            provider: self.provider.clone(),
            both: self.both,
            from: from(u.ctx),
        };
        u.record(about_account(account.id), event).await?;
        Ok(Some(signed_in))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_kernel::SeededRng;

    use super::*;

    #[test]
    fn what_a_browser_carries_is_of_one_provider_one_sign_in_and_ten_minutes() {
        let ring = KeyRing::generate(&SeededRng::new(1));
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let (cookie, one) = Carried::begin(&ring, "chain", [1; NONCE], now);
        let end = |provider: &str, cookie: &str, later: TimeDelta| {
            Carried::end(&ring, provider, cookie, now + later).map(|carried| carried.state)
        };
        assert_eq!(end("chain", &cookie, TimeDelta::zero()), Some(one.state.clone()));
        assert_eq!(end("chain", &cookie, LONGEST), Some(one.state.clone()));
        assert_eq!(end("other", &cookie, TimeDelta::zero()), None);
        assert_eq!(end("chain", &cookie, LONGEST + TimeDelta::seconds(1)), None);
        assert_eq!(end("chain", &cookie, TimeDelta::seconds(-1)), None);
        for wrong in ["", "AAAA", "!", &cookie[1..], &format!("{cookie}AA")] {
            assert_eq!(end("chain", wrong, TimeDelta::zero()), None, "{wrong}");
        }
        let (_, other) = Carried::begin(&ring, "chain", [2; NONCE], now);
        assert!(one.state != other.state && one.nonce != other.nonce && one.verifier != other.verifier);
        assert!(one.state != one.nonce && one.nonce != one.verifier);
        // RFC 7636: 43 to 128 letters.
        assert_eq!(one.verifier.len(), 43);
    }
}
