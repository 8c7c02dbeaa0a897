//! Events about accounts, sessions, grants and the programs of other systems. They are sealed under the data key of the account or program they are
//! about; the address a request came from is personal data of the account's owner.

use chrono::{DateTime, Utc};

use super::define::events;
use crate::{
    account::{AccountState, AlarmKind, GrantTold},
    ids::{AlarmId, ApiKeyId, GrantId, GuestId, PasskeyId, SessionId},
};

events! {
    /// What happened to an account or a program of another system.
    pub enum AccountEvent {
        /// The account was made.
        Create = "account.create" {
            /// What is typed to sign in.
            login: String,
            /// From which address it was asked for.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// It was changed; what is given was.
        Change = "account.change" {
            /// Whether it can be used now.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            state: Option<AccountState>,
            /// Whether the name was changed.
            name: bool,
            /// Whether the password was set by somebody else.
            password: bool,
            /// Whether the second factor was taken away.
            factor: bool,
            /// From which address it was asked for.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// Somebody gave the right password; a second factor may still be asked for.
        SignIn = "session.begin" {
            /// The session.
            session_id: SessionId,
            /// Whether a second factor is still to be shown.
            half: bool,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// The second factor was shown.
        SecondFactor = "session.second_factor" {
            /// The session.
            session_id: SessionId,
            /// Whether it was a recovery code.
            recovery: bool,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// Sessions were ended.
        SignOut = "session.end" {
            /// The one; none: all of the account's, or all but the one that asked.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            session_id: Option<SessionId>,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// A sign-in was refused.
        SignInRefused = "session.refuse" {
            /// What was wrong: `password`, `code`, `replayed_code`, `recovery_code`, `passkey`, `replayed_passkey`, `passkey_counter`, `provider`,
            /// `disabled`, `first_password_over`, `too_many`; `altered`: somebody else than Hefu wrote something of the account.
            why: String,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// Something was asked for that is not permitted.
        Refused = "access.refuse" {
            /// The action.
            action: String,
            /// Code of the property, as far as the request named it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            property: Option<String>,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// The owner changed the password.
        Password = "factor.password" {
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// A second factor was enrolled, and waits for its first code.
        Enrol = "factor.enrol" {
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// It is in use.
        Confirm = "factor.confirm" {
            /// How many recovery codes were made.
            recovery_codes: i64,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// A passkey is in use.
        AddPasskey = "factor.passkey" {
            /// The passkey.
            passkey_id: PasskeyId,
            /// Whether it may be on several devices.
            synced: bool,
            /// How many recovery codes were made.
            recovery_codes: i64,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// A passkey was taken away by its owner.
        RemovePasskey = "factor.passkey_remove" {
            /// The passkey.
            passkey_id: PasskeyId,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// Somebody signed in with a passkey alone.
        PasskeySignIn = "session.begin_passkey" {
            /// The session.
            session_id: SessionId,
            /// The passkey.
            passkey_id: PasskeyId,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// Somebody whom a provider of identities knows came in, and this is their account.
        Link = "account.link" {
            /// What the provider is called in the settings.
            provider: String,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// Somebody signed in by a provider of identities.
        ProviderSignIn = "session.begin_provider" {
            /// The session.
            session_id: SessionId,
            /// What the provider is called in the settings.
            provider: String,
            /// Whether it saw two factors.
            both: bool,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// A forgotten password was replaced by means of a recovery code. No session began by it.
        Recover = "factor.recover" {
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// A role was granted.
        Grant = "grant.give" {
            /// The grant.
            grant_id: GrantId,
            /// What was granted.
            grant: GrantTold,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// A grant was ended.
        EndGrant = "grant.end" {
            /// The grant.
            grant_id: GrantId,
            /// What had been granted.
            grant: GrantTold,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// A role was taken in an emergency.
        TakeRole = "emergency.take" {
            /// The grant.
            grant_id: GrantId,
            /// What was taken.
            grant: GrantTold,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// Somebody was looked up by a whole number or address. What it was is not told.
        LookUp = "number.look_up" {
            /// By which use case.
            action: String,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// A visit or a guest was opened, for the first time on this day from this address. The entry is about the record, and sealed under the key of
        /// whoever opened it.
        Open = "record.open" {
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// Auditors are alarmed.
        Alarm = "alarm.raise" {
            /// The alarm.
            alarm_id: AlarmId,
            /// What it is about.
            kind: AlarmKind,
            /// Which guest was opened.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            guest_id: Option<GuestId>,
            /// From which address.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// An auditor has seen an alarm.
        SeeAlarm = "alarm.see" {
            /// The alarm.
            alarm_id: AlarmId,
        },
        /// A guest was marked: whoever opens it raises an alarm.
        MarkCanary = "canary.mark" {
            /// The guest.
            guest_id: GuestId,
        },
        /// The mark was taken away.
        UnmarkCanary = "canary.unmark" {
            /// The guest.
            guest_id: GuestId,
        },
        /// A program of another system was given its first key.
        CreateClient = "api_client.create" {
            /// What it is called.
            name: String,
            /// The key.
            key_id: ApiKeyId,
            /// Until when it is valid.
            expires_at: DateTime<Utc>,
            /// From which address it was asked for.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// It was given another key; those before end soon.
        RotateKey = "api_client.rotate" {
            /// The new key.
            key_id: ApiKeyId,
            /// Until when it is valid.
            expires_at: DateTime<Utc>,
            /// When the keys before it end.
            others_end_at: DateTime<Utc>,
            /// From which address it was asked for.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
        /// It can be used no longer.
        EndClient = "api_client.end" {
            /// From which address it was asked for.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<String>,
        },
    }
}

impl AccountEvent {
    /// Whether afterwards somebody may do less or more than before under the same session or key. What others remember of them must be of no use any more
    /// before it is answered that this happened.
    pub const fn changes_rights(&self) -> bool {
        match self {
            Self::Change { .. }
            | Self::SecondFactor { .. }
            | Self::SignOut { .. }
            | Self::Password { .. }
            | Self::Confirm { .. }
            | Self::AddPasskey { .. }
            | Self::RemovePasskey { .. }
            | Self::Link { .. }
            | Self::Recover { .. }
            | Self::Grant { .. }
            | Self::EndGrant { .. }
            | Self::TakeRole { .. }
            | Self::RotateKey { .. }
            | Self::EndClient { .. } => true,
            // What is new has been remembered by nobody, and the others are about what was done or tried.
            Self::Create { .. }
            | Self::CreateClient { .. }
            | Self::SignIn { .. }
            | Self::PasskeySignIn { .. }
            | Self::ProviderSignIn { .. }
            | Self::SignInRefused { .. }
            | Self::Refused { .. }
            | Self::Enrol { .. }
            | Self::LookUp { .. }
            | Self::Open { .. }
            | Self::Alarm { .. }
            | Self::SeeAlarm { .. }
            | Self::MarkCanary { .. }
            | Self::UnmarkCanary { .. } => false,
        }
    }
}
