//! Sessions: how one begins, goes on and ends.
//!
//! The browser keeps a random token, and the database only its digest: whoever reads the database cannot use a session. Whether a login exists is not
//! told: an attempt with an unknown one takes the same steps, the same work and the same answer as one with a wrong password. What the database says of a
//! session is sealed, so that whoever writes to the database alone can make none and change none; and one that has ended here is not let in again, should
//! somebody put its row back.

use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{Action, Principal, Resource, ResourceKind};
use hefu_core::{About, App, AppError, Command, Context, Result, Service, Unit};
use hefu_domain::{
    account::{Account, AccountState, FactorState, Session, delay_after, login_key},
    event::AccountEvent,
    ids::{AccountId, SessionId},
};
use hefu_kernel::{Id as _, hex};
use hefu_store::{
    Store,
    query::{self, account::Secret},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    password::{Hash, Hasher},
    roles::own_access,
    settings::Settings,
    subject::{about_account, find, from, own, random},
    totp,
    webauthn::{ShownPasskey, Site},
};

/// How long the second factor counts as shown lately.
pub const FRESH: TimeDelta = TimeDelta::minutes(15);

/// How many failures in a row cost nothing yet: for an account, and for an address, behind which can be a whole hotel.
const FREE: (i64, i64) = (4, 30);

/// How long a password that somebody else chose can be used for the first sign-in.
pub const FIRST_PASSWORD: TimeDelta = TimeDelta::days(7);

/// How long failures are counted together.
const COUNTED: TimeDelta = TimeDelta::hours(1);

/// The token of a session, as the browser keeps it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Its text.
    pub fn text(&self) -> &str {
        &self.0
    }

    fn of(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The digest of what a request carries as its token; none if that is no token.
    pub(crate) fn digest_of(text: &str) -> Option<[u8; 32]> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32)?;
        Some(hefu_crypto::sha256(&[b"session", &bytes]))
    }

    fn digest(&self) -> Vec<u8> {
        Self::digest_of(&self.0).map(|digest| digest.to_vec()).unwrap_or_default()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// The session a request came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRef {
    /// Identifier.
    pub id: SessionId,
    /// The digest of its token.
    pub digest: Vec<u8>,
}

/// Somebody has signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedIn {
    /// What the browser is to keep.
    pub token: Token,
    /// Whether the second factor is still to be shown.
    pub second_factor: bool,
    /// Whether the password is to be changed first.
    pub must_change: bool,
    /// Whether the account has codes of an authenticator app.
    pub totp: bool,
    /// Whether it has a passkey.
    pub passkey: bool,
}

/// The door's own context, for what is done before anybody is known.
pub(crate) fn door(asked: &Context) -> Context {
    Context { origin: asked.origin.clone(), language: asked.language, ..Context::job("door") }
}

/// Somebody's own context, while they sign in.
pub(crate) fn as_account(app: &App, asked: &Context, id: AccountId) -> Context {
    Context {
        principal: Principal::Staff(id.uuid()),
        access: own_access(app),
        idempotency: None,
        ..asked.clone()
    }
}

/// Signs in with login and password.
///
/// # Errors
/// [`AppError::SignInRefused`] for an unknown login, a wrong password and an account that cannot be used alike; [`AppError::TooManyAttempts`].
pub async fn sign_in(
    app: &App,
    asked: &Context,
    login: &str,
    password: &Zeroizing<String>,
) -> Result<SignedIn> {
    let login = login_key(login).unwrap_or_default();
    let counted = CountAttempt { of: Attempted::Login(login.clone()) };
    let attempt = app.execute(door(asked), counted).await?;
    let hash = attempt.hash.as_deref().and_then(Hash::of_bytes);
    let is_right = app.service::<Hasher>().is(password, hash).await?;
    match attempt.account {
        Some(id) if is_right && attempt.is_active && !attempt.is_over => {
            let begun = app.execute(as_account(app, asked, id), BeginSession { account: id, login }).await?;
            begun.ok_or(AppError::SignInRefused)
        }
        account => {
            let why = match (is_right, attempt.is_active) {
                (false, _) => "password",
                (true, false) => "disabled",
                (true, true) => "first_password_over",
            };
            app.execute(door(asked), RefuseSignIn { account, why }).await?;
            Err(AppError::SignInRefused)
        }
    }
}

/// What an attempt is made on.
#[derive(Debug, Clone)]
pub(crate) enum Attempted {
    /// The password of a login.
    Login(String),
    /// The password of an account that is signed in, or its second factor.
    Account(AccountId),
    /// A passkey, by the name its authenticator knows it by.
    Passkey(Vec<u8>),
}

/// Counts an attempt as failed before it is looked at, so that many at once are counted too.
#[derive(Debug, Clone)]
pub(crate) struct CountAttempt {
    pub(crate) of: Attempted,
}

/// What is known of the account an attempt is made on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) account: Option<AccountId>,
    pub(crate) is_active: bool,
    /// Whether the password is somebody else's choice and was not used in time.
    pub(crate) is_over: bool,
    pub(crate) hash: Option<Vec<u8>>,
}

/// Under what attempts are counted.
fn key(u: &Unit<'_>, kind: &[u8], of: &[u8]) -> String {
    let digest = u.tx.ring().request_digest(&[b"attempts", kind, of]);
    hex(&digest[..16])
}

fn key_of(u: &Unit<'_>, of: &Attempted) -> String {
    match of {
        Attempted::Login(login) => key(u, b"login", login.as_bytes()),
        Attempted::Account(id) => key(u, b"account", id.uuid().as_bytes()),
        Attempted::Passkey(credential) => key(u, b"passkey", credential),
    }
}

fn key_of_address(u: &Unit<'_>) -> Option<String> {
    u.ctx.address().map(|address| key(u, b"address", address.to_string().as_bytes()))
}

/// The attempt was right: it is not counted.
pub(crate) async fn uncount(u: &mut Unit<'_>, of: &Attempted) -> Result<()> {
    let (account, address) = (key_of(u, of), key_of_address(u));
    query::account::succeeded(u.tx, &account).await?;
    if let Some(address) = address {
        // The others from there stay counted, or whoever has an account could guess at others for ever.
        query::account::uncount(u.tx, &address).await?;
    }
    Ok(())
}

#[async_trait]
impl Command for CountAttempt {
    const ACTION: Action = Action::DoorVerify;
    type Out = Attempt;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Attempt> {
        let account = (key_of(u, &self.of), FREE.0);
        let address = key_of_address(u).map(|address| (address, FREE.1));
        let keys: Vec<(String, i64)> = [Some(account), address].into_iter().flatten().collect();
        let (now, since) = (u.now, u.now - COUNTED);
        for (key, free) in &keys {
            if let Some(known) =
                query::account::failures(u.tx, key).await?.filter(|known| known.last_at >= since)
            {
                let again = known.last_at + TimeDelta::seconds(delay_after(known.failures, *free));
                if again > now {
                    let seconds = (again - now).num_seconds().max(1);
                    return Err(AppError::TooManyAttempts { seconds });
                }
            }
        }
        for (key, _) in &keys {
            query::account::failed(u.tx, key, now, since).await?;
        }
        let account = match &self.of {
            Attempted::Login(login) => query::account::by_login(u.tx, login).await?,
            Attempted::Account(id) => query::account::find(u.tx, *id).await?,
            Attempted::Passkey(credential) => match query::account::passkey_of(u.tx, credential).await? {
                None => None,
                Some(passkey) => query::account::find(u.tx, passkey.account_id).await?,
            },
        };
        let Some(account) = account else {
            return Ok(Attempt { account: None, is_active: false, is_over: false, hash: None });
        };
        let vault = u.tx.vault().clone();
        let hash =
            query::account::open(u.tx, &vault, account.id, Secret::Password, &account.password).await?;
        let is_active = account.state == AccountState::Active;
        let is_over = account.must_change && now >= account.password_at + FIRST_PASSWORD;
        Ok(Attempt { account: Some(account.id), is_active, is_over, hash })
    }
}

/// Journals a refused attempt.
#[derive(Debug, Clone)]
pub(crate) struct RefuseSignIn {
    pub(crate) account: Option<AccountId>,
    pub(crate) why: &'static str,
}

#[async_trait]
impl Command for RefuseSignIn {
    const ACTION: Action = Action::DoorRefuse;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let event = AccountEvent::SignInRefused { why: self.why.to_owned(), from: from(u.ctx) };
        // Of nobody's account the chain keeps it.
        let about = self.account.map_or(About::Chain("account", Uuid::nil()), about_account);
        u.record(about, event).await
    }
}

/// Begins the session of somebody whose password was right.
#[derive(Debug, Clone)]
struct BeginSession {
    account: AccountId,
    login: String,
}

#[async_trait]
impl Command for BeginSession {
    const ACTION: Action = Action::OwnSignIn;
    /// None: what stands about the account is not what Hefu wrote. That is journalled, so it is no error of the unit.
    type Out = Option<SignedIn>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Option<SignedIn>> {
        if is_altered(u, self.account).await? {
            return Ok(None);
        }
        uncount(u, &Attempted::Login(self.login.clone())).await?;
        let account = find(u.tx, self.account).await?;
        if account.state != AccountState::Active {
            return Err(AppError::SignInRefused);
        }
        let (signed_in, session_id) = begin(u, &account, false).await?;
        let event = AccountEvent::SignIn { session_id, half: signed_in.second_factor, from: from(u.ctx) };
        u.record(about_account(account.id), event).await?;
        Ok(Some(signed_in))
    }
}

/// Whether somebody else than Hefu wrote something of an account, its factors or its grants: nobody signs in with it then, and that it was tried is
/// journalled.
pub(crate) async fn is_altered(u: &mut Unit<'_>, account: AccountId) -> Result<bool> {
    if query::account::is_as_sealed(u.tx, account).await? {
        return Ok(false);
    }
    let event = AccountEvent::SignInRefused { why: "altered".to_owned(), from: from(u.ctx) };
    u.record(about_account(account), event).await?;
    Ok(true)
}

/// Begins a session of an account. `both`: whoever signs in has shown both factors at once.
pub(crate) async fn begin(u: &mut Unit<'_>, account: &Account, both: bool) -> Result<(SignedIn, SessionId)> {
    let totp = query::account::factor(u.tx, account.id, FactorState::Active).await?.is_some();
    let passkey = !query::account::passkeys(u.tx, account.id).await?.is_empty();
    let token = Token::of(random(u));
    let address = from(u.ctx).unwrap_or_default();
    let address = query::account::seal(u.tx, account.id, Secret::Address, address.as_bytes()).await?;
    let session = Session {
        digest: token.digest(),
        id: u.id(),
        account_id: account.id,
        began_at: u.now,
        seen_at: u.now,
        second_factor_at: both.then_some(u.now),
        address,
        // Made as it is written.
        seal: Vec::new(),
    };
    query::account::begin(u.tx, &session).await?;
    let second_factor = (totp || passkey) && !both;
    let must_change = account.must_change;
    Ok((SignedIn { token, second_factor, must_change, totp, passkey }, session.id))
}

/// The sessions that have ended on this server: their rows are gone, and if somebody puts one back it is not let in.
pub(crate) struct Ended(moka::sync::Cache<SessionId, ()>);

impl Ended {
    /// How many are remembered, and for how long: no session lasts as long.
    const MOST: u64 = 100_000;
    const FOR: Duration = Duration::from_secs(40 * 24 * 3600);

    /// Whether a session has ended.
    pub(crate) fn has(&self, id: SessionId) -> bool {
        self.0.contains_key(&id)
    }
}

impl Service for Ended {
    fn new(_: &Store) -> Self {
        Self(moka::sync::Cache::builder().max_capacity(Self::MOST).time_to_live(Self::FOR).build())
    }
}

/// Ends a session of an account; answers whether there was one.
pub(crate) async fn end(u: &mut Unit<'_>, account: AccountId, id: SessionId) -> Result<bool> {
    let was_there = query::account::end(u.tx, account, id).await?;
    // Of another account it goes on.
    if was_there {
        u.service::<Ended>().0.insert(id, ());
    }
    Ok(was_there)
}

/// Ends the sessions of an account, all or all but one.
pub(crate) async fn end_others(u: &mut Unit<'_>, account: AccountId, but: Option<SessionId>) -> Result<()> {
    let ended = u.service::<Ended>();
    for session in query::account::sessions(u.tx, account, Ended::MOST as i64).await? {
        if Some(session.id) != but {
            ended.0.insert(session.id, ());
        }
    }
    query::account::end_others(u.tx, account, but.unwrap_or(SessionId::NIL)).await?;
    Ok(())
}

/// What somebody shows as the second factor.
#[derive(Debug, Clone)]
pub enum Shown {
    /// The code of the moment.
    Code(String),
    /// A recovery code. It counts once, and it opens nothing without the password before it.
    Recovery(String),
    /// A passkey.
    Passkey(Site, ShownPasskey),
}

/// Shows the second factor: the session goes on under a new token.
///
/// # Errors
/// [`AppError::SignInRefused`] for a wrong code or passkey, one that was used, and an account without a second factor; [`AppError::TooManyAttempts`].
pub async fn show_second_factor(
    app: &App,
    asked: &Context,
    session: &SessionRef,
    shown: Shown,
) -> Result<Token> {
    let account = own(asked)?;
    app.execute(door(asked), CountAttempt { of: Attempted::Account(account) }).await?;
    let ctx = as_account(app, asked, account);
    match app.execute(ctx, ShowSecondFactor { session: session.clone(), shown }).await? {
        Outcome::Right(token) => Ok(token),
        Outcome::Wrong => Err(AppError::SignInRefused),
    }
}

/// What came of a code. A wrong one is journalled, so it is no error of the unit.
#[derive(Debug, Serialize, Deserialize)]
enum Outcome {
    Right(Token),
    Wrong,
}

#[derive(Debug, Clone)]
struct ShowSecondFactor {
    session: SessionRef,
    shown: Shown,
}

impl ShowSecondFactor {
    async fn is_right(
        &self,
        u: &mut Unit<'_>,
        account: AccountId,
    ) -> Result<std::result::Result<(), &'static str>> {
        match &self.shown {
            Shown::Code(code) => {
                let Some(mut factor) = query::account::factor(u.tx, account, FactorState::Active).await?
                else {
                    return Ok(Err("code"));
                };
                let vault = u.tx.vault().clone();
                let secret =
                    query::account::open(u.tx, &vault, account, Secret::Factor, &factor.secret).await?;
                match totp::step(&secret.unwrap_or_default(), code, u.now)? {
                    None => Ok(Err("code")),
                    Some(step) if step <= factor.last_step => Ok(Err("replayed_code")),
                    Some(step) => {
                        factor.last_step = step;
                        u.tx.update(&mut factor).await?;
                        Ok(Ok(()))
                    }
                }
            }
            Shown::Passkey(site, shown) => {
                Ok(crate::shown::passkey(u, account, site, shown).await?.map(drop))
            }
            Shown::Recovery(code) => {
                let digest = recovery_digest(account, code);
                match query::account::recovery_code(u.tx, account, &digest).await? {
                    None => Ok(Err("code")),
                    Some(code) => {
                        u.tx.delete(&code).await?;
                        Ok(Ok(()))
                    }
                }
            }
        }
    }
}

/// The digest of a recovery code: 128 random bits, which nobody tries out.
pub(crate) fn recovery_digest(account: AccountId, code: &str) -> Vec<u8> {
    let code = totp::recovery_key(code);
    hefu_crypto::sha256(&[b"recovery", account.uuid().as_bytes(), code.as_bytes()]).to_vec()
}

/// Gives a session another token, under which the second factor was shown.
pub(crate) async fn raise(u: &mut Unit<'_>, session: &SessionRef) -> Result<Token> {
    let token = Token::of(random(u));
    query::account::second_factor(u.tx, &session.digest, &token.digest(), u.now).await?;
    Ok(token)
}

#[async_trait]
impl Command for ShowSecondFactor {
    const ACTION: Action = Action::OwnSecondFactor;
    type Out = Outcome;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Outcome> {
        let account = own(u.ctx)?;
        match self.is_right(u, account).await? {
            Ok(()) => {
                uncount(u, &Attempted::Account(account)).await?;
                let token = raise(u, &self.session).await?;
                let recovery = matches!(self.shown, Shown::Recovery(_));
                let event =
                    AccountEvent::SecondFactor { session_id: self.session.id, recovery, from: from(u.ctx) };
                u.record(about_account(account), event).await?;
                Ok(Outcome::Right(token))
            }
            Err(why) => {
                let event = AccountEvent::SignInRefused { why: why.to_owned(), from: from(u.ctx) };
                u.record(about_account(account), event).await?;
                Ok(Outcome::Wrong)
            }
        }
    }
}

/// Refuses unless the password is that of the account that asks.
///
/// # Errors
/// [`hefu_domain::Message::PasswordWrong`] at the field; [`AppError::TooManyAttempts`].
pub(crate) async fn check_own_password(
    app: &App,
    asked: &Context,
    password: &Zeroizing<String>,
    at: &'static str,
) -> Result<AccountId> {
    let account = own(asked)?;
    let of = Attempted::Account(account);
    let attempt = app.execute(door(asked), CountAttempt { of }).await?;
    let hash = attempt.hash.as_deref().and_then(Hash::of_bytes);
    if app.service::<Hasher>().is(password, hash).await? {
        return Ok(account);
    }
    app.execute(door(asked), RefuseSignIn { account: Some(account), why: "password" }).await?;
    Err(AppError::invalid(at, hefu_domain::Message::PasswordWrong))
}

/// The attempt that [`check_own_password`] counted was right.
pub(crate) async fn password_was_right(u: &mut Unit<'_>, account: AccountId) -> Result<()> {
    uncount(u, &Attempted::Account(account)).await
}

/// Notes that a session is in use, and forgets those that are not.
#[derive(Debug, Clone)]
pub struct NoteSeen {
    pub(crate) digest: Vec<u8>,
}

#[async_trait]
impl Command for NoteSeen {
    const ACTION: Action = Action::DoorTidy;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let longest = u.service::<Settings>().0.longest_session();
        let before: DateTime<Utc> = u.now - longest;
        query::watch::forget_unmaskings(u.tx, (u.now - TimeDelta::days(2)).date_naive()).await?;
        query::account::seen(u.tx, &self.digest, u.now).await?;
        query::account::forget(u.tx, before).await?;
        Ok(())
    }
}
