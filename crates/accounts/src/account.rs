//! Staff accounts, as an administrator keeps them.

use async_trait::async_trait;
use hefu_authz::{Action, Principal, Resource, ResourceKind};
use hefu_core::{App, AppError, Command, Context, Query, Reader, Result, Unit, check_version};
use hefu_domain::{
    Message, Rule, RuleError,
    account::{Account, AccountState, FactorState, LONGEST_LOGIN, login_key},
    event::AccountEvent,
    ids::AccountId,
};
use hefu_kernel::Id as _;
use hefu_store::{
    Conn, Vault,
    query::{self, account::Secret},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{
    password::{Hasher, new_password},
    session::end_others,
    subject::{about_account, find, from},
};

/// The longest name, characters.
const LONGEST_NAME: usize = 120;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Identifier.
    pub id: AccountId,
    /// What is typed to sign in.
    pub login: String,
    /// Its owner's name.
    pub name: String,
    /// Whether it can be used.
    pub state: AccountState,
    /// Whether it has a second factor in use.
    pub second_factor: bool,
    /// Whether the password has to be changed first.
    pub must_change_password: bool,
    /// Version of the record.
    pub version: i64,
}

async fn view_of(c: &mut Conn, vault: &Vault, account: Account) -> Result<AccountView> {
    let name = query::account::open(c, vault, account.id, Secret::Name, &account.name).await?;
    let second_factor = query::account::has_factor(c, account.id).await?;
    Ok(AccountView {
        id: account.id,
        login: account.login,
        name: name.and_then(|name| String::from_utf8(name).ok()).unwrap_or_default(),
        state: account.state,
        second_factor,
        must_change_password: account.must_change,
        version: account.version,
    })
}

/// Lists the accounts by login.
#[derive(Debug, Clone)]
pub struct ListAccounts {
    /// After this login.
    pub after: String,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListAccounts {
    const ACTION: Action = Action::AccountList;
    type Out = Vec<AccountView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<AccountView>> {
        let vault = r.vault();
        let c = r.conn().await?;
        let mut found = Vec::new();
        for account in query::account::list(c, &self.after, self.limit).await? {
            found.push(view_of(c, &vault, account).await?);
        }
        Ok(found)
    }
}

/// An account to be made.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountInput {
    /// What is to be typed to sign in.
    pub login: String,
    /// Its owner's name.
    pub name: String,
    /// The first password. Its owner has to change it at the first sign-in.
    #[schema(value_type = String)]
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for AccountInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountInput(..)")
    }
}

fn check_name(name: &str) -> Result<()> {
    if (1..=LONGEST_NAME).contains(&name.trim().chars().count()) {
        return Ok(());
    }
    Err(AppError::invalid("name", Message::Length { from: 1, to: LONGEST_NAME }))
}

/// A login that can be kept.
pub(crate) fn checked_login(login: &str) -> Result<String> {
    login_key(login).ok_or_else(|| AppError::invalid("login", Message::LoginForm { most: LONGEST_LOGIN }))
}

/// Makes an account.
///
/// # Errors
/// The login is taken or none, the password is not good enough, or the principal may not.
pub async fn create_account(app: &App, asked: &Context, input: &AccountInput) -> Result<AccountView> {
    let command = prepared(app, input, None).await?;
    app.execute(asked.clone(), command).await
}

/// The account to be made, its password hashed.
pub(crate) async fn prepared(
    app: &App,
    input: &AccountInput,
    id: Option<AccountId>,
) -> Result<CreateAccount> {
    let login = checked_login(&input.login)?;
    check_name(&input.name)?;
    let personal = [login.as_str(), input.name.as_str()];
    let hash =
        app.service::<Hasher>().hash(&input.password, &personal, "password", new_password(app)).await?;
    Ok(CreateAccount {
        id,
        login,
        name: input.name.trim().to_owned(),
        hash: hash.to_bytes(),
        must_change: true,
    })
}

/// Makes an account whose password was hashed before.
#[derive(Clone)]
pub struct CreateAccount {
    pub(crate) id: Option<AccountId>,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) hash: Vec<u8>,
    pub(crate) must_change: bool,
}

impl CreateAccount {
    pub(crate) async fn make(&self, u: &mut Unit<'_>) -> Result<AccountView> {
        if query::account::by_login(u.tx, &self.login).await?.is_some() {
            return Err(RuleError::new(Rule::Exists, "login", Message::LoginTaken).into());
        }
        let id = self.id.unwrap_or_else(|| u.id());
        let account = Account {
            id,
            login: self.login.clone(),
            name: query::account::seal(u.tx, id, Secret::Name, self.name.as_bytes()).await?,
            state: AccountState::Active,
            password: query::account::seal(u.tx, id, Secret::Password, &self.hash).await?,
            must_change: self.must_change,
            password_at: u.now,
            version: 1,
        };
        u.tx.insert(&account).await?;
        let event = AccountEvent::Create { login: account.login.clone(), from: from(u.ctx) };
        u.record(about_account(id), event).await?;
        Ok(AccountView {
            id,
            login: account.login,
            name: self.name.clone(),
            state: account.state,
            second_factor: false,
            must_change_password: account.must_change,
            version: account.version,
        })
    }
}

#[async_trait]
impl Command for CreateAccount {
    const ACTION: Action = Action::AccountCreate;
    type Out = AccountView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<AccountView> {
        self.make(u).await
    }
}

/// What is to be changed of an account: what is given is.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountChange {
    /// Whether it can be used. When it cannot, its sessions end.
    pub state: Option<AccountState>,
    /// Its owner's name.
    pub name: Option<String>,
    /// Another password, for somebody who has forgotten theirs: it is to be changed at the next sign-in, and all sessions end.
    #[schema(value_type = Option<String>)]
    pub password: Option<Zeroizing<String>>,
    /// Takes the second factor, passkeys and the recovery codes away, for somebody who has lost them; all sessions end.
    pub remove_second_factor: bool,
    /// Why; for the journal.
    pub reason: Option<String>,
}

impl std::fmt::Debug for AccountChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountChange(..)")
    }
}

/// Changes an account.
///
/// # Errors
/// There is none, it is one's own, the password is not good enough, or the principal may not.
pub async fn change_account(
    app: &App,
    asked: &Context,
    id: AccountId,
    if_match: Option<i64>,
    change: AccountChange,
) -> Result<AccountView> {
    let hash = match &change.password {
        None => None,
        Some(password) => {
            let name = change.name.as_deref().unwrap_or_default();
            let hash = app.service::<Hasher>().hash(password, &[name], "password", new_password(app)).await?;
            Some(hash.to_bytes())
        }
    };
    let change = AccountChange { password: None, ..change };
    app.execute(asked.clone(), ChangeAccount { id, if_match, change, hash }).await
}

/// Ends all sessions of an account, for whoever administers.
#[derive(Debug, Clone, Copy)]
pub struct EndSessions {
    /// Whose.
    pub id: AccountId,
}

#[async_trait]
impl Command for EndSessions {
    const ACTION: Action = Action::AccountChange;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::Account, self.id.uuid())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let account = find(u.tx, self.id).await?;
        end_others(u, account.id, None).await?;
        let event = AccountEvent::SignOut { session_id: None, from: from(u.ctx) };
        u.record(about_account(account.id), event).await
    }
}

struct ChangeAccount {
    id: AccountId,
    if_match: Option<i64>,
    change: AccountChange,
    hash: Option<Vec<u8>>,
}

#[async_trait]
impl Command for ChangeAccount {
    const ACTION: Action = Action::AccountChange;
    type Out = AccountView;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::Account, self.id.uuid())
    }

    fn reason(&self) -> Option<&str> {
        self.change.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<AccountView> {
        let (id, change) = (self.id, &self.change);
        let mut account = find(u.tx, id).await?;
        check_version(self.if_match, account.version)?;
        if u.ctx.principal == Principal::Staff(id.uuid()) {
            return Err(RuleError::new(Rule::WrongState, (), Message::OwnAccount).into());
        }
        if let Some(name) = &change.name {
            check_name(name)?;
            account.name = query::account::seal(u.tx, id, Secret::Name, name.trim().as_bytes()).await?;
        }
        if let Some(state) = change.state {
            account.state = state;
        }
        if let Some(hash) = &self.hash {
            account.password = query::account::seal(u.tx, id, Secret::Password, hash).await?;
            (account.must_change, account.password_at) = (true, u.now);
        }
        u.tx.update(&mut account).await?;
        if change.remove_second_factor {
            for state in FactorState::ALL {
                if let Some(factor) = query::account::factor(u.tx, id, *state).await? {
                    u.tx.delete(&factor).await?;
                }
            }
            for passkey in query::account::passkeys(u.tx, id).await? {
                u.tx.delete(&passkey).await?;
            }
            for code in query::account::recovery_codes(u.tx, id).await? {
                u.tx.delete(&code).await?;
            }
        }
        if self.hash.is_some() || change.remove_second_factor || account.state != AccountState::Active {
            end_others(u, id, None).await?;
        }
        let event = AccountEvent::Change {
            state: change.state,
            name: change.name.is_some(),
            password: self.hash.is_some(),
            factor: change.remove_second_factor,
            from: from(u.ctx),
        };
        u.record(about_account(id), event).await?;
        let vault = u.tx.vault().clone();
        view_of(u.tx, &vault, account).await
    }
}
