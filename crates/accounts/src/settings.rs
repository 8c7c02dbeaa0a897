//! What an installation chooses: how long sessions last, who needs a second factor, and which rules passwords follow.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use hefu_authz::{Action, Effect, Granted, RoleRights};
use hefu_core::Service;
use hefu_store::Store;
use zeroize::Zeroizing;

use crate::leaked::LeakedPasswords;

/// How long a session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// How long it may be unused.
    pub idle: TimeDelta,
    /// How long it lasts at most.
    pub absolute: TimeDelta,
}

impl SessionLimits {
    fn within(self, other: Self) -> Self {
        Self { idle: self.idle.min(other.idle), absolute: self.absolute.min(other.absolute) }
    }
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle: TimeDelta::minutes(30), absolute: TimeDelta::hours(12) }
    }
}

/// Which rules passwords follow. The two contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PasswordProfile {
    /// OWASP ASVS 5.0, chapter 6: long and not guessable, of whatever signs; changed when there is a reason to.
    #[default]
    Owasp,
    /// The classified protection of China (GB/T 22239, level 3): also of three kinds of signs, and changed every ninety days.
    Mlps3,
}

impl PasswordProfile {
    /// How old a password may become; none: as old as it likes.
    pub fn oldest(self) -> Option<TimeDelta> {
        match self {
            Self::Owasp => None,
            Self::Mlps3 => Some(TimeDelta::days(90)),
        }
    }
}

/// A secret of the settings, which no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// A secret.
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// Its text.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// What members of a group at a provider of identities are granted here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRole {
    /// The group, as the provider calls it.
    pub group: String,
    /// The role.
    pub role: String,
    /// Code of the property; none: the whole chain.
    pub property: Option<String>,
}

/// A chain's own provider of identities (OpenID Connect).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderSettings {
    /// What it is called in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its address.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What we show it; none: nothing, which is for providers that know programs without secrets.
    pub client_secret: Option<ClientSecret>,
    /// The claim that lists somebody's groups.
    pub groups: String,
    /// What members of its groups are granted. Whoever belongs to none of them is not let in.
    pub roles: Vec<GroupRole>,
    /// What it says of how somebody was recognised (`amr`) if there were two factors.
    pub two_factors: Vec<String>,
    /// Whether there always are two, whatever it says.
    pub always_two_factors: bool,
}

/// What an installation chooses about accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountSettings {
    /// How long sessions last.
    pub sessions: SessionLimits,
    /// How long those of some roles last, by name; the narrowest of somebody's roles counts.
    pub sessions_of: BTreeMap<String, SessionLimits>,
    /// The roles that need a second factor; none: those that may unmask, administer or audit.
    pub second_factor: Option<BTreeSet<String>>,
    /// Which rules passwords follow.
    pub passwords: PasswordProfile,
    /// Passwords that are known from leaks, and so may not be chosen; none: there is no list but the built-in one of the commonest.
    pub leaked: Option<LeakedPasswords>,
    /// Providers of identities whose people may come in.
    pub providers: Vec<ProviderSettings>,
}

impl AccountSettings {
    /// How long a session of somebody with these roles lasts.
    pub(crate) fn sessions_with(&self, roles: &[Granted]) -> SessionLimits {
        let own = roles.iter().filter_map(|granted| self.sessions_of.get(granted.role.name()));
        own.fold(self.sessions, |narrow, limits| narrow.within(*limits))
    }

    /// The longest that any session lasts.
    pub fn longest_session(&self) -> TimeDelta {
        // Limits of roles only make it shorter.
        self.sessions.absolute
    }

    /// Whether somebody with a role needs a second factor.
    pub(crate) fn needs_second_factor(&self, role: &RoleRights) -> bool {
        match &self.second_factor {
            Some(names) => names.contains(role.name()),
            None => Action::ALL.iter().any(|action| is_grave(*action) && role.ever_allows(*action)),
        }
    }
}

/// What a stolen password alone must not be enough for: to unmask, to administer, to audit.
fn is_grave(action: Action) -> bool {
    action.effect() == Effect::Disclose
        || matches!(
            action,
            Action::AccountCreate | Action::AccountChange | Action::GrantGive | Action::JournalList
        )
}

/// What was chosen, for whoever needs to know.
#[derive(Debug, Default)]
pub struct Settings(pub AccountSettings);

impl Service for Settings {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_authz::Policies;

    use super::*;

    #[test]
    fn whoever_unmasks_administers_or_audits_needs_a_second_factor() {
        let policies = Policies::embedded().unwrap();
        let of = |settings: &AccountSettings| -> Vec<String> {
            let roles = policies.grantable().filter(|role| settings.needs_second_factor(role));
            roles.map(|role| role.name().to_owned()).collect()
        };
        let usual = ["administrator", "auditor", "data_steward", "front_desk", "manager"];
        assert_eq!(of(&AccountSettings::default()), usual);
        let second_factor = Some(["finance".to_owned()].into());
        assert_eq!(of(&AccountSettings { second_factor, ..AccountSettings::default() }), ["finance"]);
    }

    #[test]
    fn the_narrowest_limits_count() {
        let policies = Policies::embedded().unwrap();
        let granted = |name: &str| Granted { role: policies.role(name).unwrap().clone(), property: None };
        let limits = |idle, absolute| SessionLimits {
            idle: TimeDelta::minutes(idle),
            absolute: TimeDelta::minutes(absolute),
        };
        let sessions_of = [("auditor".to_owned(), limits(10, 900)), ("finance".to_owned(), limits(60, 60))];
        let settings = AccountSettings { sessions_of: sessions_of.into(), ..AccountSettings::default() };
        assert_eq!(settings.sessions_with(&[granted("manager")]), SessionLimits::default());
        assert_eq!(settings.sessions_with(&[granted("auditor")]), limits(10, 720));
        assert_eq!(settings.sessions_with(&[granted("auditor"), granted("finance")]), limits(10, 60));
    }
}
