//! The first account, and those of the demonstration.
//!
//! While there is no account, whoever starts the server is given a link that makes one, once. The token in it is kept in memory only: the next start makes
//! another. That there can be one first account only is held by its id, which is always the same.

use async_trait::async_trait;
use std::sync::{Mutex, PoisonError};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{App, AppError, Command, Context, Query, Reader, Result, Service, Unit};
use hefu_domain::{Message, Rule, RuleError, account::FactorState, ids::AccountId};
use hefu_kernel::Id as _;
use hefu_store::{Store, query};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    account::{AccountInput, AccountView, CreateAccount, prepared},
    grant::{By, GrantInput, Holder, give},
    own::put_factor,
    subject::random,
    totp,
};

/// The id of the first account.
const FIRST: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);

/// The token of the setup link, while there is one.
struct SetupToken(Mutex<Option<[u8; 32]>>);

impl Service for SetupToken {
    fn new(_: &Store) -> Self {
        Self(Mutex::new(None))
    }
}

impl SetupToken {
    fn set(&self, digest: Option<[u8; 32]>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = digest;
    }

    fn is(&self, token: &str) -> bool {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.is_some_and(|known| bool::from(known.ct_eq(&digest(token))))
    }
}

fn digest(token: &str) -> [u8; 32] {
    hefu_crypto::sha256(&[b"setup", token.as_bytes()])
}

/// Whether there is an account.
#[derive(Debug, Clone, Copy)]
pub struct AnyAccount;

#[async_trait]
impl Query for AnyAccount {
    const ACTION: Action = Action::DoorResolve;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<bool> {
        Ok(query::account::any(r.conn().await?).await?)
    }
}

/// The token of a new setup link; none if there is an account.
///
/// # Errors
/// The database fails.
pub async fn issue(app: &App) -> Result<Option<Zeroizing<String>>> {
    if app.ask(&Context::job("setup"), AnyAccount).await? {
        return Ok(None);
    }
    let bytes = [crate::password::salt(app), crate::password::salt(app)].concat();
    let token = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes));
    app.service::<SetupToken>().set(Some(digest(&token)));
    Ok(Some(token))
}

/// The first account: an administrator of the chain.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupInput {
    /// The token of the link.
    #[schema(value_type = String)]
    pub token: Zeroizing<String>,
    /// What is to be typed to sign in.
    pub login: String,
    /// The administrator's name.
    pub name: String,
    /// The password.
    #[schema(value_type = String)]
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for SetupInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetupInput(..)")
    }
}

/// Makes the first account.
///
/// # Errors
/// The token is wrong or was used ([`AppError::SignInRefused`]), or login and password cannot be chosen.
pub async fn set_up(app: &App, asked: &Context, input: &SetupInput) -> Result<AccountView> {
    let token = app.service::<SetupToken>();
    if !token.is(&input.token) {
        return Err(AppError::SignInRefused);
    }
    let account = AccountInput {
        login: input.login.clone(),
        name: input.name.clone(),
        password: input.password.clone(),
    };
    let account = prepared(app, &account, Some(AccountId::from_uuid(FIRST))).await?;
    let account = CreateAccount { must_change: false, ..account };
    let ctx = Context { origin: asked.origin.clone(), language: asked.language, ..Context::job("setup") };
    let made = app.execute(ctx, MakeFirst { account }).await?;
    token.set(None);
    Ok(made)
}

struct MakeFirst {
    account: CreateAccount,
}

fn grant(role: &str, property: Option<&str>) -> GrantInput {
    GrantInput { role: role.to_owned(), property: property.map(str::to_owned), until: None, reason: None }
}

#[async_trait]
impl Command for MakeFirst {
    const ACTION: Action = Action::SetUpFirst;
    type Out = AccountView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<AccountView> {
        if query::account::any(u.tx).await? {
            return Err(RuleError::new(Rule::Exists, (), Message::SetupDone).into());
        }
        let made = self.account.make(u).await?;
        give(u, Holder::Account(made.id), &grant("administrator", None), By::Grant).await?;
        Ok(made)
    }
}

/// An account of the demonstration, as it is printed.
pub struct DemoAccount {
    /// What is typed to sign in: the role.
    pub login: String,
    /// The password.
    pub password: Zeroizing<String>,
    /// What an authenticator app reads.
    pub uri: Zeroizing<String>,
}

/// Makes an account for each role, with password and second factor; none if there is an account.
///
/// # Errors
/// The database fails.
pub async fn make_demo_accounts(app: &App) -> Result<Vec<DemoAccount>> {
    let ctx = Context::job("demo");
    if app.ask(&ctx, AnyAccount).await? {
        return Ok(Vec::new());
    }
    let roles: Vec<String> =
        app.service::<crate::roles::Roles>().0.grantable().map(|role| role.name().to_owned()).collect();
    let mut made = Vec::new();
    for role in roles {
        let password = Zeroizing::new(URL_SAFE_NO_PAD.encode(crate::password::salt(app)));
        let input = AccountInput { login: role.clone(), name: role.clone(), password: password.clone() };
        let account = CreateAccount { must_change: false, ..prepared(app, &input, None).await? };
        let secret: Vec<u8> = app.execute(ctx.clone(), MakeDemo { account, role: role.clone() }).await?;
        let uri = Zeroizing::new(totp::uri(&secret, &role)?);
        made.push(DemoAccount { login: role, password, uri });
    }
    Ok(made)
}

struct MakeDemo {
    account: CreateAccount,
    role: String,
}

#[async_trait]
impl Command for MakeDemo {
    const ACTION: Action = Action::SetUpFirst;
    type Out = Vec<u8>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Vec<u8>> {
        let made = self.account.make(u).await?;
        let secret = random::<{ totp::SECRET }>(u);
        put_factor(u, made.id, FactorState::Active, &secret, -1).await?;
        give(u, Holder::Account(made.id), &grant(&self.role, None), By::Grant).await?;
        Ok(secret.to_vec())
    }
}
