//! Staff accounts, their factors and grants, programs of other systems, and sessions.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{
    AccountId, AlarmId, ApiClientId, ApiKeyId, GrantId, GuestId, PasskeyId, PropertyId, SessionId,
};

codes! {
    /// Whether an account can be used.
    pub enum AccountState {
        /// It can.
        Active = "active",
        /// Nobody signs in with it; its sessions have ended.
        Disabled = "disabled",
    }
}

codes! {
    /// Whether a second factor can be used.
    pub enum FactorState {
        /// Enrolled, and not yet confirmed by a code.
        Pending = "pending",
        /// In use.
        Active = "active",
    }
}

/// A member of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Identifier.
    pub id: AccountId,
    /// What is typed to sign in: see [`login_key`]. Unique.
    pub login: String,
    /// The name, sealed under the account's data key.
    pub name: Vec<u8>,
    /// Whether it can be used.
    pub state: AccountState,
    /// The password's Argon2id hash with its parameters, sealed under the account's data key.
    pub password: Vec<u8>,
    /// Whether the password was chosen by somebody else, and has to be changed at the first sign-in.
    pub must_change: bool,
    /// When the password was set.
    pub password_at: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}

/// An account's second factor: codes that change with the time (TOTP, RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFactor {
    /// Whose.
    pub account_id: AccountId,
    /// Whether it can be used.
    pub state: FactorState,
    /// The shared secret, sealed under the account's data key.
    pub secret: Vec<u8>,
    /// The last step a code was accepted for: no code counts twice. -1: none was.
    pub last_step: i64,
    /// When it was enrolled.
    pub enrolled_at: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}

/// A passkey of an account: the public half of a key pair whose other half never leaves the authenticator (WebAuthn).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Whose.
    pub account_id: AccountId,
    /// Identifier.
    pub id: PasskeyId,
    /// The name the authenticator knows it by. Unique.
    pub credential: Vec<u8>,
    /// The public key, as the authenticator wrote it (COSE, RFC 9052).
    pub public_key: Vec<u8>,
    /// The name of this server it was made for, and can be used at.
    pub domain: String,
    /// What its owner calls it, sealed under the account's data key.
    pub name: Vec<u8>,
    /// Whether it may be on several devices: its counter then says nothing.
    pub synced: bool,
    /// How often it was used, as its authenticator counts; 0: it does not count.
    pub counter: i64,
    /// When the last challenge that it answered was given, microseconds since 1970: none before counts any more, and none twice. 0: none was.
    pub last_challenge: i64,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was used last.
    pub used_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// That somebody whom a chain's own provider of identities knows works with an account (OpenID Connect).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderLink {
    /// Keyed digest of the provider's address and of whom it knows: never of an e-mail address.
    pub subject: Vec<u8>,
    /// The account.
    pub account_id: AccountId,
    /// What the provider is called in the settings.
    pub provider: String,
    /// When they were linked.
    pub linked_at: DateTime<Utc>,
}

/// A code that stands for the second factor once. The row goes when it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryCode {
    /// Whose.
    pub account_id: AccountId,
    /// Digest of the account and the code, 128 random bits, which nobody tries out.
    pub digest: Vec<u8>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

/// That an account or a program has a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessGrant {
    /// Who: an account or an API client.
    pub holder_id: Uuid,
    /// Identifier.
    pub id: GrantId,
    /// The role.
    pub role: String,
    /// Where; none: in the whole chain.
    pub property_id: Option<PropertyId>,
    /// Until when; none: until it is ended.
    pub until: Option<DateTime<Utc>>,
    /// Who granted it.
    pub granted_by: String,
    /// When.
    pub granted_at: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}

/// A program of another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiClient {
    /// Identifier.
    pub id: ApiClientId,
    /// What it is called; no personal data.
    pub name: String,
    /// Whether it can be used.
    pub state: AccountState,
    /// Version of the record.
    pub version: i64,
}

/// A key of a program. Two can be valid for a while, so that a program can be given the next one before the last one ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Identifier: the first part of the key.
    pub id: ApiKeyId,
    /// Whose.
    pub client_id: ApiClientId,
    /// SHA-256 of the key.
    pub digest: Vec<u8>,
    /// Until when it is valid.
    pub expires_at: DateTime<Utc>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}

/// That somebody is signed in. No record: no entry of the journal binds it; that it began and ended is journalled. What it says is sealed by a key
/// outside the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token that the browser keeps.
    pub digest: Vec<u8>,
    /// Identifier, to tell one's own sessions apart.
    pub id: SessionId,
    /// Whose.
    pub account_id: AccountId,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub seen_at: DateTime<Utc>,
    /// When the second factor was shown; none: not yet.
    pub second_factor_at: Option<DateTime<Utc>>,
    /// The address it began from, sealed under the account's data key.
    pub address: Vec<u8>,
    /// Keyed digest of all the rest: whoever writes to the database alone can make no session.
    pub seal: Vec<u8>,
}

/// Failed attempts to sign in, for an account or for an address. No record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInFailures {
    /// Keyed digest of what they are counted for.
    pub key: String,
    /// How many there were in a row.
    pub failures: i64,
    /// When the last was.
    pub last_at: DateTime<Utc>,
}

codes! {
    /// What auditors are alarmed about.
    pub enum AlarmKind {
        /// Many different guests were opened, or found, in a short time.
        ManyGuests = "many_guests",
        /// A guest was opened whom nobody has a reason to open.
        Canary = "canary",
        /// All that an account may unmask in a day was used up.
        UnmaskingsSpent = "unmaskings_spent",
        /// All that an account may look up by number in an hour was used up.
        LookUpsSpent = "look_ups_spent",
        /// Somebody took a role in an emergency.
        Emergency = "emergency",
    }
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Identifier.
    pub id: AlarmId,
    /// What it is about.
    pub kind: AlarmKind,
    /// Whose doing it was: an account, or a program of another system.
    pub holder_id: Uuid,
    /// Which guest was opened; of canaries.
    pub guest_id: Option<GuestId>,
    /// When.
    pub raised_at: DateTime<Utc>,
    /// When an auditor said to have seen it; none: not yet.
    pub seen_at: Option<DateTime<Utc>>,
    /// Which auditor.
    pub seen_by: Option<String>,
    /// Version of the record.
    pub version: i64,
}

/// A guest whom nobody has a reason to open: whoever does raises an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// The guest.
    pub guest_id: GuestId,
    /// Who marked it.
    pub marked_by: String,
    /// When.
    pub marked_at: DateTime<Utc>,
}

/// How many people's data an account or a program was shown unmasked on a day. No record: each time is journalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmaskingCount {
    /// The day, of UTC.
    pub day: NaiveDate,
    /// Who.
    pub holder_id: Uuid,
    /// How many.
    pub used: i64,
}

/// The longest login, characters.
pub const LONGEST_LOGIN: usize = 64;

/// A login as it is kept: small ASCII letters, digits and `. _ - @ +`. Anything else is none, so no login looks like another one in other letters.
pub fn login_key(login: &str) -> Option<String> {
    let login = login.trim().to_ascii_lowercase();
    let fits = login.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@+".contains(&byte));
    ((1..=LONGEST_LOGIN).contains(&login.len()) && fits).then_some(login)
}

/// How long nobody may try again after so many failures in a row, seconds: nothing for the first few, then twice as long each time, up to a quarter of
/// an hour. It is never for good, or whoever knows a login could lock its owner out.
pub fn delay_after(failures: i64, free: i64) -> i64 {
    const MOST: i64 = 15 * 60;
    match failures - free {
        ..=0 => 0,
        more @ 1..=10 => (1 << (more - 1)).min(MOST),
        _ => MOST,
    }
}

/// A grant as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantTold {
    /// The role.
    pub role: String,
    /// Code of the property; none: the whole chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_ascii_and_small() {
        assert_eq!(login_key(" Wang.Fang@sh01 ").as_deref(), Some("wang.fang@sh01"));
        // A Cyrillic a, a full-width a, a space, a sign that joins nothing.
        for login in ["\u{430}dmin", "\u{ff41}dmin", "ad min", "admin\u{200d}", "", " ", "管理员"] {
            assert_eq!(login_key(login), None, "{login:?}");
        }
        assert_eq!(login_key(&"a".repeat(65)), None);
    }

    #[test]
    fn delays_grow_and_end() {
        let delays: Vec<i64> = (3..16).map(|failures| delay_after(failures, 4)).collect();
        assert_eq!(delays, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
        assert_eq!(delay_after(i64::MAX, 4), 900);
        assert_eq!(delay_after(70, 4), 900);
    }
}
