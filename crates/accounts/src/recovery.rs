//! A forgotten password, by its owner alone.
//!
//! A recovery code puts another password in place of the forgotten one, and opens nothing: whoever has it still needs the second factor to sign in, and as
//! all other codes end with it, a list of codes that was found is not enough for both.

use async_trait::async_trait;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{App, AppError, Command, Context, Result, Unit};
use hefu_domain::{
    account::{AccountState, login_key},
    event::AccountEvent,
    ids::AccountId,
};
use hefu_store::query::{self, account::Secret};
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{
    password::{Hasher, new_password},
    session::{
        Attempted, CountAttempt, RefuseSignIn, as_account, door, end_others, is_altered, recovery_digest,
        uncount,
    },
    subject::{about_account, find, from},
};

/// A forgotten password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryInput {
    /// The login.
    pub login: String,
    /// One of the recovery codes. All of them end with it.
    #[schema(value_type = String)]
    pub recovery_code: Zeroizing<String>,
    /// The next password: 10 to 128 characters, and hard to guess.
    #[schema(value_type = String)]
    pub new: Zeroizing<String>,
}

impl std::fmt::Debug for RecoveryInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryInput(..)")
    }
}

/// Puts another password in place of a forgotten one. No session begins.
///
/// # Errors
/// [`AppError::SignInRefused`] for an unknown login and a wrong code alike; [`AppError::TooManyAttempts`]; the password is not good enough.
pub async fn recover(app: &App, asked: &Context, input: &RecoveryInput) -> Result<()> {
    let login = login_key(&input.login).unwrap_or_default();
    // Judged and hashed first, whoever it is for: so it tells nothing of the login.
    let hash = app.service::<Hasher>().hash(&input.new, &[login.as_str()], "new", new_password(app)).await?;
    let of = Attempted::Login(login);
    let attempt = app.execute(door(asked), CountAttempt { of: of.clone() }).await?;
    let Some(account) = attempt.account else {
        app.execute(door(asked), RefuseSignIn { account: None, why: "recovery_code" }).await?;
        return Err(AppError::SignInRefused);
    };
    let command = Recover { account, of, code: input.recovery_code.clone(), hash: hash.to_bytes() };
    match app.execute(as_account(app, asked, account), command).await? {
        true => Ok(()),
        false => Err(AppError::SignInRefused),
    }
}

struct Recover {
    account: AccountId,
    of: Attempted,
    code: Zeroizing<String>,
    hash: Vec<u8>,
}

#[async_trait]
impl Command for Recover {
    const ACTION: Action = Action::OwnRecover;
    /// Whether it was done. That it was not is journalled, so it is no error of the unit.
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<bool> {
        if is_altered(u, self.account).await? {
            return Ok(false);
        }
        let mut account = find(u.tx, self.account).await?;
        let digest = recovery_digest(account.id, &self.code);
        let code = query::account::recovery_code(u.tx, account.id, &digest).await?;
        let why = match (code, account.state) {
            (None, _) => Some("recovery_code"),
            (Some(_), AccountState::Disabled) => Some("disabled"),
            (Some(_), AccountState::Active) => None,
        };
        if let Some(why) = why {
            let event = AccountEvent::SignInRefused { why: why.to_owned(), from: from(u.ctx) };
            u.record(about_account(account.id), event).await?;
            return Ok(false);
        }
        uncount(u, &self.of).await?;
        for code in query::account::recovery_codes(u.tx, account.id).await? {
            u.tx.delete(&code).await?;
        }
        account.password = query::account::seal(u.tx, account.id, Secret::Password, &self.hash).await?;
        (account.must_change, account.password_at) = (false, u.now);
        u.tx.update(&mut account).await?;
        end_others(u, account.id, None).await?;
        u.record(about_account(account.id), AccountEvent::Recover { from: from(u.ctx) }).await?;
        Ok(true)
    }
}
