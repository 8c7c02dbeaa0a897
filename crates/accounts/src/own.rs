//! What everybody does about their own account.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hefu_authz::{Access, Action, Resource, ResourceKind};
use hefu_core::{App, AppError, Command, Context, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    account::{AccountFactor, FactorState, RecoveryCode},
    event::AccountEvent,
    ids::{AccountId, SessionId},
    message::Missing,
};
use hefu_store::query::{self, account::Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{
    grant::{GrantView, grants_of},
    password::{Hasher, new_password},
    roles::Roles,
    session::{
        SessionRef, Token, check_own_password, end, end_others, password_was_right, raise, recovery_digest,
    },
    settings::Settings,
    subject::{about_account, find, from, own, random},
    totp,
};

/// Most sessions that are listed.
const SESSIONS: i64 = 100;

/// Whether the second factor was shown lately.
pub(crate) fn is_fresh(ctx: &Context) -> bool {
    match &ctx.access {
        Access::Everything => true,
        Access::Granted(rights) => rights.second_factor,
    }
}

/// One's own account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeView {
    /// The account.
    pub id: AccountId,
    /// What is typed to sign in.
    pub login: String,
    /// One's own name.
    pub name: String,
    /// What was granted.
    pub grants: Vec<GrantView>,
    /// Whether there is a second factor in use: codes, or a passkey.
    pub second_factor: bool,
    /// Whether codes of an authenticator app are in use.
    pub totp: bool,
    /// How many passkeys there are.
    pub passkeys: usize,
    /// Whether it was shown lately, so that what asks for it can be done.
    pub second_factor_fresh: bool,
    /// How many recovery codes are left.
    pub recovery_codes: usize,
    /// When the password was set.
    pub password_at: DateTime<Utc>,
    /// Whether it has to be changed first.
    pub must_change_password: bool,
    /// Whether a second factor has to be enrolled first: one's roles need one, and there is none.
    pub must_enrol_second_factor: bool,
}

/// Shows one's own account.
#[derive(Debug, Clone, Copy)]
pub struct ShowMe;

#[async_trait]
impl Query for ShowMe {
    const ACTION: Action = Action::OwnShow;
    type Out = MeView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<MeView> {
        let (id, vault, now) = (own(r.ctx())?, r.vault(), r.now);
        let fresh = is_fresh(r.ctx());
        let (settings, roles) = (r.service::<Settings>(), r.service::<Roles>());
        let c = r.conn().await?;
        let account = find(c, id).await?;
        let name = query::account::open(c, &vault, id, Secret::Name, &account.name).await?;
        let grants = grants_of(c, hefu_kernel::Id::uuid(id), now).await?;
        let totp = query::account::factor(c, id, FactorState::Active).await?.is_some();
        let passkeys = query::account::passkeys(c, id).await?.len();
        let has_factor = totp || passkeys > 0;
        let is_linked = !query::account::links(c, id).await?.is_empty();
        let in_force = grants.iter().filter(|grant| grant.in_force);
        let mut roles = in_force.filter_map(|grant| roles.0.role(&grant.role));
        let must_enrol_second_factor =
            !has_factor && !is_linked && roles.any(|role| settings.0.needs_second_factor(role));
        let oldest = settings.0.passwords.oldest().filter(|_| !is_linked);
        let is_old = oldest.is_some_and(|age| now >= account.password_at + age);
        Ok(MeView {
            id,
            login: account.login,
            name: name.and_then(|name| String::from_utf8(name).ok()).unwrap_or_default(),
            grants,
            second_factor: has_factor,
            totp,
            passkeys,
            second_factor_fresh: fresh,
            recovery_codes: query::account::recovery_codes(c, id).await?.len(),
            password_at: account.password_at,
            must_change_password: account.must_change || is_old,
            must_enrol_second_factor,
        })
    }
}

/// One of one's own sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    /// Identifier.
    pub id: SessionId,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub seen_at: DateTime<Utc>,
    /// The address it began from.
    pub address: Option<String>,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// Lists one's own sessions.
#[derive(Debug, Clone)]
pub struct ListMySessions {
    /// The one that asks.
    pub session: SessionRef,
}

#[async_trait]
impl Query for ListMySessions {
    const ACTION: Action = Action::OwnShow;
    type Out = Vec<SessionView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<SessionView>> {
        let (id, vault) = (own(r.ctx())?, r.vault());
        let c = r.conn().await?;
        let mut found = Vec::new();
        for session in query::account::sessions(c, id, SESSIONS).await? {
            let address = query::account::open(c, &vault, id, Secret::Address, &session.address).await?;
            let address = address.and_then(|address| String::from_utf8(address).ok());
            found.push(SessionView {
                id: session.id,
                began_at: session.began_at,
                seen_at: session.seen_at,
                address: address.filter(|address| !address.is_empty()),
                this: session.id == self.session.id,
            });
        }
        Ok(found)
    }
}

/// Ends the session that asks.
#[derive(Debug, Clone)]
pub struct SignOut {
    /// The session.
    pub session: SessionRef,
}

#[async_trait]
impl Command for SignOut {
    const ACTION: Action = Action::OwnSignOut;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let (id, session) = (own(u.ctx)?, self.session.id);
        if !end(u, id, session).await? {
            return Err(AppError::not_found(Missing::Session, session));
        }
        let event = AccountEvent::SignOut { session_id: Some(session), from: from(u.ctx) };
        u.record(about_account(id), event).await
    }
}

/// Ends any session of one's own, or all of them; for somebody who has just shown again who they are: whoever finds a screen unlocked, or has stolen a
/// cookie, does not end the owner's sessions with it. The password will do where the second factor is what was lost.
///
/// # Errors
/// Neither was the second factor shown lately nor the right password given; no such session.
pub async fn end_own_sessions(
    app: &App,
    asked: &Context,
    session: Option<SessionId>,
    password: Option<&Zeroizing<String>>,
) -> Result<()> {
    own(asked)?;
    if let Some(password) = password {
        check_own_password(app, asked, password, "password").await?;
    }
    let command = EndOwnSessions { session, by_password: password.is_some() };
    app.execute(asked.clone(), command).await
}

#[derive(Debug, Clone)]
struct EndOwnSessions {
    /// Which; none: all.
    session: Option<SessionId>,
    /// Whether the password was given, and was right.
    by_password: bool,
}

#[async_trait]
impl Command for EndOwnSessions {
    const ACTION: Action = Action::OwnSignOut;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let id = own(u.ctx)?;
        if self.by_password {
            password_was_right(u, id).await?;
        } else {
            check_factor(u, id).await?;
            if !is_fresh(u.ctx) {
                return Err(AppError::invalid("password", Message::MissingField));
            }
        }
        match self.session {
            None => {
                end_others(u, id, None).await?;
            }
            Some(session) => {
                if !end(u, id, session).await? {
                    return Err(AppError::not_found(Missing::Session, session));
                }
            }
        }
        let event = AccountEvent::SignOut { session_id: self.session, from: from(u.ctx) };
        u.record(about_account(id), event).await
    }
}

/// Refuses unless the second factor, if there is one, was shown lately.
pub(crate) async fn check_factor(u: &mut Unit<'_>, id: AccountId) -> Result<()> {
    match query::account::has_factor(u.tx, id).await? {
        true if !is_fresh(u.ctx) => Err(AppError::SecondFactorNeeded),
        _ => Ok(()),
    }
}

/// Changes one's own password; all other sessions end.
///
/// # Errors
/// The present one is wrong, the new one is not good enough, or the second factor has to be shown first.
pub async fn change_password(
    app: &App,
    asked: &Context,
    session: &SessionRef,
    (present, new): (&Zeroizing<String>, &Zeroizing<String>),
) -> Result<()> {
    let id = check_own_password(app, asked, present, "current").await?;
    let me = app.ask(asked, ShowMe).await?;
    let personal = [me.login.as_str(), me.name.as_str(), present.as_str()];
    let hash = app.service::<Hasher>().hash(new, &personal, "new", new_password(app)).await?;
    let hash = hash.to_bytes();
    app.execute(asked.clone(), ChangePassword { id, hash, session: session.id }).await
}

#[derive(Debug, Clone)]
struct ChangePassword {
    id: AccountId,
    hash: Vec<u8>,
    session: SessionId,
}

#[async_trait]
impl Command for ChangePassword {
    const ACTION: Action = Action::OwnPassword;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        check_factor(u, self.id).await?;
        password_was_right(u, self.id).await?;
        let mut account = find(u.tx, self.id).await?;
        account.password = query::account::seal(u.tx, self.id, Secret::Password, &self.hash).await?;
        (account.must_change, account.password_at) = (false, u.now);
        u.tx.update(&mut account).await?;
        end_others(u, self.id, Some(self.session)).await?;
        u.record(about_account(self.id), AccountEvent::Password { from: from(u.ctx) }).await
    }
}

/// A second factor that waits for its first code. It is shown once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Enrolment {
    /// What an authenticator app reads as a QR code: `otpauth://totp/…`.
    pub uri: String,
    /// The same secret, to be typed: base32.
    pub secret: String,
    /// The QR code: SVG.
    pub qr: String,
}

/// Begins to enrol a second factor. The one in use stays until the new one is confirmed.
///
/// # Errors
/// The password is wrong, or there is a second factor and it was not shown lately.
pub async fn enrol(app: &App, asked: &Context, password: &Zeroizing<String>) -> Result<Enrolment> {
    let id = check_own_password(app, asked, password, "password").await?;
    app.execute(Context { idempotency: None, ..asked.clone() }, Enrol { id }).await
}

#[derive(Debug, Clone)]
struct Enrol {
    id: AccountId,
}

#[async_trait]
impl Command for Enrol {
    const ACTION: Action = Action::OwnTotpEnrol;
    type Out = Enrolment;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Enrolment> {
        check_factor(u, self.id).await?;
        password_was_right(u, self.id).await?;
        let account = find(u.tx, self.id).await?;
        let secret = Zeroizing::new(random::<{ totp::SECRET }>(u));
        put_factor(u, self.id, FactorState::Pending, &*secret, -1).await?;
        u.record(about_account(self.id), AccountEvent::Enrol { from: from(u.ctx) }).await?;
        let uri = totp::uri(&*secret, &account.login)?;
        let shown = uri.split("secret=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
        Ok(Enrolment { secret: shown.to_owned(), qr: totp::qr(&uri)?, uri })
    }
}

/// Writes an account's factor of a state in place of the one before.
pub(crate) async fn put_factor(
    u: &mut Unit<'_>,
    id: AccountId,
    state: FactorState,
    secret: &[u8],
    last_step: i64,
) -> Result<()> {
    let before = query::account::factor(u.tx, id, state).await?;
    let secret = query::account::seal(u.tx, id, Secret::Factor, secret).await?;
    let version = before.as_ref().map_or(1, |before| before.version);
    let mut factor = AccountFactor { account_id: id, state, secret, last_step, enrolled_at: u.now, version };
    match before {
        None => u.tx.insert(&factor).await?,
        Some(_) => u.tx.update(&mut factor).await?,
    }
    Ok(())
}

/// The second factor is in use. The recovery codes are shown once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Confirmed {
    /// The session goes on under this token.
    pub token: Token,
    /// Codes that stand for the second factor, once each.
    pub recovery_codes: Vec<String>,
}

/// Confirms the enrolment by the first code; all other sessions end.
#[derive(Debug, Clone)]
pub struct ConfirmFactor {
    /// The session that asks.
    pub session: SessionRef,
    /// The code.
    pub code: String,
}

#[async_trait]
impl Command for ConfirmFactor {
    const ACTION: Action = Action::OwnTotpConfirm;
    type Out = Confirmed;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Confirmed> {
        let id = own(u.ctx)?;
        check_factor(u, id).await?;
        let pending = query::account::factor(u.tx, id, FactorState::Pending).await?;
        let pending = pending.ok_or_else(|| RuleError::new(Rule::WrongState, (), Message::NeedsFactor))?;
        let vault = u.tx.vault().clone();
        let secret = query::account::open(u.tx, &vault, id, Secret::Factor, &pending.secret).await?;
        let secret = Zeroizing::new(secret.unwrap_or_default());
        // Whoever enrols has just been given the secret: guessing it gains nothing, so wrong codes are not counted here.
        let step = totp::step(&secret, &self.code, u.now)?
            .ok_or_else(|| AppError::invalid("code", Message::CodeWrong))?;
        u.tx.delete(&pending).await?;
        put_factor(u, id, FactorState::Active, &secret, step).await?;
        for old in query::account::recovery_codes(u.tx, id).await? {
            u.tx.delete(&old).await?;
        }
        let codes = make_recovery_codes(u, id).await?;
        end_others(u, id, Some(self.session.id)).await?;
        let token = raise(u, &self.session).await?;
        let event = AccountEvent::Confirm { recovery_codes: codes.len() as i64, from: from(u.ctx) };
        u.record(about_account(id), event).await?;
        Ok(Confirmed { token, recovery_codes: codes })
    }
}

/// Makes an account's recovery codes.
pub(crate) async fn make_recovery_codes(u: &mut Unit<'_>, id: AccountId) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..totp::RECOVERY_CODES).map(|_| totp::recovery_code(random(u))).collect();
    let rows: Vec<RecoveryCode> = codes
        .iter()
        .map(|code| RecoveryCode { account_id: id, digest: recovery_digest(id, code), made_at: u.now })
        .collect();
    u.tx.insert_all(&rows).await?;
    Ok(codes)
}
