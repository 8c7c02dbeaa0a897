//! Passkeys: made, listed, taken away, and signed in with.
//!
//! A passkey is shown only after its owner was verified by the device, so it is both factors at once: whoever signs in with one is asked for no code, and
//! whoever shows a code is asked for no passkey.

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{App, AppError, Command, Context, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    account::{AccountState, Passkey},
    event::AccountEvent,
    ids::{AccountId, PasskeyId},
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::query::{self, account::Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{
    own::{check_factor, make_recovery_codes},
    session::{
        Attempted, CountAttempt, RefuseSignIn, SessionRef, SignedIn, Token, as_account, begin,
        check_own_password, door, end_others, is_altered, password_was_right, raise, uncount,
    },
    shown,
    subject::{about_account, find, from, own, random},
    webauthn::{self, ALGORITHMS, NewPasskey, Purpose, ShownPasskey, Site, VALID},
};

/// Most passkeys of an account.
pub const MOST: usize = 20;

/// The longest name of a passkey, characters.
const LONGEST_NAME: usize = 60;

/// Who asks for a passkey.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeySite {
    /// The name of this server.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Whom a passkey is for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeyOwner {
    /// The account; base64url.
    pub id: String,
    /// What is typed to sign in.
    pub name: String,
    /// The owner's name.
    #[serde(rename = "displayName")]
    pub display_name: String,
}

/// An algorithm that is taken.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeyAlgorithm {
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its number (COSE).
    pub alg: i64,
}

/// A passkey that is known already.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KnownPasskey {
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name its authenticator knows it by; base64url.
    pub id: String,
}

/// What an authenticator must be able to do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeyDemands {
    /// Whether it keeps the account with the passkey, so that nobody has to type a login.
    #[serde(rename = "residentKey")]
    pub resident_key: String,
    /// Whether it verifies its owner: always.
    #[serde(rename = "userVerification")]
    pub user_verification: String,
}

/// What `PublicKeyCredential.parseCreationOptionsFromJSON` takes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeyCreation {
    /// Who asks.
    pub rp: PasskeySite,
    /// For whom.
    pub user: PasskeyOwner,
    /// What is to be signed; base64url.
    pub challenge: String,
    /// The algorithms that are taken, the best first.
    #[serde(rename = "pubKeyCredParams")]
    pub algorithms: Vec<PasskeyAlgorithm>,
    /// How long it can be answered, milliseconds.
    pub timeout: i64,
    /// The passkeys there are: none is made beside one of them on the same device.
    #[serde(rename = "excludeCredentials")]
    pub exclude: Vec<KnownPasskey>,
    /// What the authenticator must be able to do.
    #[serde(rename = "authenticatorSelection")]
    pub demands: PasskeyDemands,
    /// `none`: nobody asks which make it is.
    pub attestation: String,
}

/// What a browser is to make a passkey by.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeyCreationView {
    /// Goes to `navigator.credentials.create`.
    pub public_key: PasskeyCreation,
}

/// What `PublicKeyCredential.parseRequestOptionsFromJSON` takes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeyRequest {
    /// What is to be signed; base64url.
    pub challenge: String,
    /// The name of this server.
    #[serde(rename = "rpId")]
    pub domain: String,
    /// How long it can be answered, milliseconds.
    pub timeout: i64,
    /// Whether the owner is verified: always.
    #[serde(rename = "userVerification")]
    pub user_verification: String,
    /// Which of them; empty: any.
    #[serde(rename = "allowCredentials")]
    pub allow: Vec<KnownPasskey>,
}

/// What a browser is to show a passkey by.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeyRequestView {
    /// Goes to `navigator.credentials.get`.
    pub public_key: PasskeyRequest,
}

fn known(passkeys: &[Passkey], site: &Site) -> Vec<KnownPasskey> {
    let here = passkeys.iter().filter(|passkey| passkey.domain == site.domain);
    here.map(|passkey| KnownPasskey {
        kind: "public-key".into(),
        id: URL_SAFE_NO_PAD.encode(&passkey.credential),
    })
    .collect()
}

/// Asks for a passkey: of whoever has signed in so far, or of anybody.
///
/// # Errors
/// The database fails.
pub async fn ask_for_passkey(app: &App, asked: &Context, site: &Site) -> Result<PasskeyRequestView> {
    let question = AskForPasskey { account: own(asked).ok(), site: site.clone() };
    app.ask(&door(asked), question).await
}

struct AskForPasskey {
    account: Option<AccountId>,
    site: Site,
}

#[async_trait]
impl Query for AskForPasskey {
    const ACTION: Action = Action::DoorResolve;
    type Out = PasskeyRequestView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<PasskeyRequestView> {
        let (vault, now) = (r.vault(), r.now);
        let allow = match self.account {
            None => Vec::new(),
            Some(account) => {
                let passkeys = query::account::passkeys(r.conn().await?, account).await?;
                known(&passkeys, &self.site)
            }
        };
        let mut nonce = [0; 16];
        vault.rng.fill(&mut nonce);
        let challenge = webauthn::challenge(&vault.ring(), Purpose::Show, &self.site, nonce, now);
        Ok(PasskeyRequestView {
            public_key: PasskeyRequest {
                challenge,
                domain: self.site.domain.clone(),
                timeout: VALID.num_milliseconds(),
                user_verification: "required".into(),
                allow,
            },
        })
    }
}

/// Begins to make a passkey: needs the password, and the second factor if there is one.
///
/// # Errors
/// The password is wrong, or the second factor was not shown lately.
pub async fn begin_passkey(
    app: &App,
    asked: &Context,
    site: &Site,
    password: &Zeroizing<String>,
) -> Result<PasskeyCreationView> {
    let id = check_own_password(app, asked, password, "password").await?;
    let command = BeginPasskey { id, site: site.clone() };
    app.execute(Context { idempotency: None, ..asked.clone() }, command).await
}

#[derive(Debug, Clone)]
struct BeginPasskey {
    id: AccountId,
    site: Site,
}

#[async_trait]
impl Command for BeginPasskey {
    const ACTION: Action = Action::OwnPasskeyBegin;
    type Out = PasskeyCreationView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<PasskeyCreationView> {
        check_factor(u, self.id).await?;
        password_was_right(u, self.id).await?;
        let account = find(u.tx, self.id).await?;
        let passkeys = query::account::passkeys(u.tx, self.id).await?;
        let vault = u.tx.vault().clone();
        let name = query::account::open(u.tx, &vault, self.id, Secret::Name, &account.name).await?;
        let (nonce, purpose) = (random(u), Purpose::Make(self.id));
        let challenge = webauthn::challenge(&u.tx.ring(), purpose, &self.site, nonce, u.now);
        u.record(about_account(self.id), AccountEvent::Enrol { from: from(u.ctx) }).await?;
        let algorithm = |alg| PasskeyAlgorithm { kind: "public-key".into(), alg };
        Ok(PasskeyCreationView {
            public_key: PasskeyCreation {
                rp: PasskeySite { id: self.site.domain.clone(), name: "Hefu".into() },
                user: PasskeyOwner {
                    id: URL_SAFE_NO_PAD.encode(self.id.uuid().as_bytes()),
                    name: account.login,
                    display_name: name.and_then(|name| String::from_utf8(name).ok()).unwrap_or_default(),
                },
                challenge,
                algorithms: ALGORITHMS.into_iter().map(algorithm).collect(),
                timeout: VALID.num_milliseconds(),
                exclude: known(&passkeys, &self.site),
                demands: PasskeyDemands {
                    resident_key: "preferred".into(),
                    user_verification: "required".into(),
                },
                attestation: "none".into(),
            },
        })
    }
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PasskeyView {
    /// Identifier.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was used last.
    pub used_at: Option<DateTime<Utc>>,
    /// Whether it may be on several devices.
    pub synced: bool,
}

/// A passkey was made. The recovery codes are shown once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Added {
    /// The session goes on under this token.
    pub token: Token,
    /// The passkey.
    pub passkey: PasskeyView,
    /// Codes that stand for the second factor, once each; none if there are such codes already.
    pub recovery_codes: Vec<String>,
}

/// Takes a passkey that a browser has made; all other sessions end.
#[derive(Debug, Clone)]
pub struct AddPasskey {
    /// The session that asks.
    pub session: SessionRef,
    /// Where.
    pub site: Site,
    /// What the browser says of it.
    pub new: NewPasskey,
}

#[async_trait]
impl Command for AddPasskey {
    const ACTION: Action = Action::OwnPasskeyAdd;
    type Out = Added;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Added> {
        let id = own(u.ctx)?;
        check_factor(u, id).await?;
        let name = self.new.name.trim();
        if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
            return Err(AppError::invalid("name", Message::Length { from: 1, to: LONGEST_NAME }));
        }
        let made = webauthn::made(&u.tx.ring(), &self.site, id, &self.new, u.now);
        let made = made.ok_or_else(|| AppError::invalid("attestation_object", Message::PasskeyUnread))?;
        if query::account::passkey_of(u.tx, &made.credential).await?.is_some() {
            return Err(RuleError::new(Rule::Exists, "attestation_object", Message::PasskeyKnown).into());
        }
        if query::account::passkeys(u.tx, id).await?.len() >= MOST {
            return Err(RuleError::new(Rule::WrongState, (), Message::PasskeysFull { most: MOST }).into());
        }
        let is_first = !query::account::has_factor(u.tx, id).await?;
        let passkey = Passkey {
            account_id: id,
            id: u.id(),
            credential: made.credential,
            public_key: made.public_key,
            domain: self.site.domain.clone(),
            name: query::account::seal(u.tx, id, Secret::Passkey, name.as_bytes()).await?,
            synced: made.synced,
            counter: made.counter,
            last_challenge: 0,
            made_at: u.now,
            used_at: None,
            version: 1,
        };
        u.tx.insert(&passkey).await?;
        let recovery_codes = if is_first { make_recovery_codes(u, id).await? } else { Vec::new() };
        end_others(u, id, Some(self.session.id)).await?;
        let token = raise(u, &self.session).await?;
        let event = AccountEvent::AddPasskey {
            passkey_id: passkey.id,
            synced: passkey.synced,
            recovery_codes: recovery_codes.len() as i64,
            from: from(u.ctx),
        };
        u.record(about_account(id), event).await?;
        let passkey = view_of(&passkey, name.to_owned());
        Ok(Added { token, passkey, recovery_codes })
    }
}

fn view_of(passkey: &Passkey, name: String) -> PasskeyView {
    let Passkey { id, made_at, used_at, synced, .. } = *passkey;
    PasskeyView { id, name, made_at, used_at, synced }
}

/// Lists one's own passkeys, the oldest first.
#[derive(Debug, Clone, Copy)]
pub struct ListMyPasskeys;

#[async_trait]
impl Query for ListMyPasskeys {
    const ACTION: Action = Action::OwnShow;
    type Out = Vec<PasskeyView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<PasskeyView>> {
        let (id, vault) = (own(r.ctx())?, r.vault());
        let c = r.conn().await?;
        let mut found = Vec::new();
        for passkey in query::account::passkeys(c, id).await? {
            let name = query::account::open(c, &vault, id, Secret::Passkey, &passkey.name).await?;
            let name = name.and_then(|name| String::from_utf8(name).ok()).unwrap_or_default();
            found.push(view_of(&passkey, name));
        }
        Ok(found)
    }
}

/// Takes a passkey of one's own away; all other sessions end.
#[derive(Debug, Clone)]
pub struct RemovePasskey {
    /// The session that asks.
    pub session: SessionRef,
    /// Which.
    pub id: PasskeyId,
}

#[async_trait]
impl Command for RemovePasskey {
    const ACTION: Action = Action::OwnPasskeyRemove;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let id = own(u.ctx)?;
        check_factor(u, id).await?;
        let passkey = query::account::passkey(u.tx, id, self.id).await?;
        let passkey = passkey.ok_or_else(|| AppError::not_found(Missing::Passkey, self.id))?;
        u.tx.delete(&passkey).await?;
        if !query::account::has_factor(u.tx, id).await? {
            // They stand for a factor, and there is none any more.
            for code in query::account::recovery_codes(u.tx, id).await? {
                u.tx.delete(&code).await?;
            }
        }
        end_others(u, id, Some(self.session.id)).await?;
        let event = AccountEvent::RemovePasskey { passkey_id: self.id, from: from(u.ctx) };
        u.record(about_account(id), event).await
    }
}

/// Signs in with a passkey alone.
///
/// # Errors
/// [`AppError::SignInRefused`] for a passkey that is not known, was not shown as it must be, or is of an account that cannot be used;
/// [`AppError::TooManyAttempts`].
pub async fn sign_in_with_passkey(
    app: &App,
    asked: &Context,
    site: &Site,
    shown: &ShownPasskey,
) -> Result<SignedIn> {
    let of = Attempted::Passkey(shown.credential());
    let attempt = app.execute(door(asked), CountAttempt { of: of.clone() }).await?;
    let Some(account) = attempt.account else {
        app.execute(door(asked), RefuseSignIn { account: None, why: "passkey" }).await?;
        return Err(AppError::SignInRefused);
    };
    let command = SignInWithPasskey { account, of, site: site.clone(), shown: shown.clone() };
    match app.execute(as_account(app, asked, account), command).await? {
        Outcome::Right(signed_in) => Ok(signed_in),
        Outcome::Wrong => Err(AppError::SignInRefused),
    }
}

/// What came of it. A wrong one is journalled, so it is no error of the unit.
#[derive(Debug, Serialize, Deserialize)]
enum Outcome {
    Right(SignedIn),
    Wrong,
}

#[derive(Debug, Clone)]
struct SignInWithPasskey {
    account: AccountId,
    of: Attempted,
    site: Site,
    shown: ShownPasskey,
}

#[async_trait]
impl Command for SignInWithPasskey {
    const ACTION: Action = Action::OwnSignIn;
    type Out = Outcome;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Outcome> {
        if is_altered(u, self.account).await? {
            return Ok(Outcome::Wrong);
        }
        let account = find(u.tx, self.account).await?;
        let is_active = account.state == AccountState::Active;
        let shown = match shown::passkey(u, account.id, &self.site, &self.shown).await? {
            Ok(_) if !is_active => Err("disabled"),
            shown => shown,
        };
        match shown {
            Ok(passkey_id) => {
                uncount(u, &self.of).await?;
                let (signed_in, session_id) = begin(u, &account, true).await?;
                let event = AccountEvent::PasskeySignIn { session_id, passkey_id, from: from(u.ctx) };
                u.record(about_account(account.id), event).await?;
                Ok(Outcome::Right(signed_in))
            }
            Err(why) => {
                let event = AccountEvent::SignInRefused { why: why.to_owned(), from: from(u.ctx) };
                u.record(about_account(account.id), event).await?;
                Ok(Outcome::Wrong)
            }
        }
    }
}
