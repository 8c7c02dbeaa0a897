//! Passwords: which are good enough, and how they are kept.
//!
//! A hash takes much work on purpose, so it runs on threads of its own, and only a few at once: sign-ins wait for each other, and nobody else waits
//! for them.

use std::{sync::Arc, time::Duration};

use argon2::{Algorithm, Argon2, Params, Version};
use hefu_core::{App, AppError, Result, Service};
use hefu_domain::Message;
use hefu_store::{Store, Vault};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::{
    leaked::LeakedPasswords,
    settings::{PasswordProfile, Settings},
};

/// The fewest and the most characters of a password.
pub const LENGTH: (usize, usize) = (10, 128);

/// What is looked at to judge how hard a password is to guess, characters: more takes long and says little.
const JUDGED: usize = 64;

/// Hashes at once.
const AT_ONCE: usize = 2;

/// How long a hash may wait for its turn.
const WAIT: Duration = Duration::from_secs(10);

/// Memory of a hash, KiB; passes; lanes. The second choice of OWASP's cheat sheet for Argon2id.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// The commonest passwords, one a line, small letters: what lists of leaked passwords have at their top, and what a hotel's people would think of first.
const COMMON: &str = include_str!("../common-passwords.txt");

/// A password's hash, with what it was made with: it can still be checked once the costs are others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hash {
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Hash {
    /// The hash of nobody's password: as much work to check as any.
    fn of_nobody() -> Self {
        let (memory, passes, lanes) = COST;
        Self { memory, passes, lanes, salt: vec![0; 16], hash: vec![0; 32] }
    }

    fn made(password: &str, salt: &[u8]) -> Result<Self> {
        let (memory, passes, lanes) = COST;
        let mut made = Self { memory, passes, lanes, salt: salt.to_vec(), hash: Vec::new() };
        made.hash = made.computed(password)?;
        Ok(made)
    }

    fn computed(&self, password: &str) -> Result<Vec<u8>> {
        const WRONG: AppError = AppError::Internal("a password could not be hashed");
        let params = Params::new(self.memory, self.passes, self.lanes, Some(32)).map_err(|_| WRONG)?;
        let mut hash = vec![0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.as_bytes(), &self.salt, &mut hash)
            .map_err(|_| WRONG)?;
        Ok(hash)
    }

    fn is_of(&self, password: &str) -> Result<bool> {
        Ok(bool::from(self.computed(password)?.ct_eq(&self.hash)))
    }

    /// As it is sealed.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // Numbers and bytes only.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// A password as it is hashed: however it was typed, the same letters are the same bytes (NFKC).
fn normalised(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfkc().collect())
}

/// Whether a password may be chosen. `personal`: what belongs to its owner, and so is guessed first.
///
/// # Errors
/// It is too short, too long, one of the commonest, or easy to guess.
pub fn check(password: &str, personal: &[&str], at: &'static str, profile: PasswordProfile) -> Result<()> {
    let password = normalised(password);
    let length = password.chars().count();
    if !(LENGTH.0..=LENGTH.1).contains(&length) {
        return Err(AppError::invalid(at, Message::PasswordLength { from: LENGTH.0, to: LENGTH.1 }));
    }
    if profile == PasswordProfile::Mlps3 && kinds_of_signs(&password) < 3 {
        return Err(AppError::invalid(at, Message::PasswordClasses));
    }
    let small = Zeroizing::new(password.to_lowercase());
    if COMMON.lines().any(|common| common == small.as_str()) {
        return Err(AppError::invalid(at, Message::PasswordCommon));
    }
    let judged: String = password.chars().take(JUDGED).collect();
    let mut inputs = vec!["hefu", "hotel", "合符"];
    inputs.extend(personal);
    if zxcvbn::zxcvbn(&judged, &inputs).score() < zxcvbn::Score::Three {
        return Err(AppError::invalid(at, Message::PasswordWeak));
    }
    Ok(())
}

/// What a new password is held to.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The rules of its form.
    pub profile: PasswordProfile,
    /// Passwords that may not be chosen.
    pub leaked: Option<LeakedPasswords>,
}

impl Rules {
    /// Whether a password may be chosen.
    fn check(&self, password: &str, personal: &[&str], at: &'static str) -> Result<()> {
        check(password, personal, at, self.profile)?;
        let Some(leaked) = &self.leaked else { return Ok(()) };
        match leaked.knows(&normalised(password)) {
            Ok(false) => Ok(()),
            Ok(true) => Err(AppError::invalid(at, Message::PasswordLeaked)),
            // Nobody gets a password that was not looked for.
            Err(error) => {
                tracing::error!(%error, "the list of leaked passwords cannot be read");
                Err(AppError::Internal("the list of leaked passwords cannot be read"))
            }
        }
    }
}

/// How many kinds of signs there are: capital letters, small letters, digits, all others.
fn kinds_of_signs(password: &str) -> usize {
    let kinds: [fn(char) -> bool; 4] = [
        char::is_uppercase,
        char::is_lowercase,
        |c| c.is_ascii_digit(),
        |c| !c.is_uppercase() && !c.is_lowercase() && !c.is_ascii_digit(),
    ];
    kinds.into_iter().filter(|is| password.chars().any(is)).count()
}

/// Hashes and checks passwords, a few at once.
pub struct Hasher(Arc<Semaphore>);

impl Service for Hasher {
    fn new(_: &Store) -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Hasher {
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = tokio::time::timeout(WAIT, self.0.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(AppError::TooManyAttempts { seconds: 1 }) };
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.unwrap_or(Err(AppError::Internal("a password's hash did not end")))
    }

    /// The hash of a password that may be chosen.
    ///
    /// # Errors
    /// As [`check`]; it is known from a leak; or there are too many before it.
    pub async fn hash(
        &self,
        password: &Zeroizing<String>,
        personal: &[&str],
        at: &'static str,
        (rules, salt): (Rules, [u8; 16]),
    ) -> Result<Hash> {
        let password = password.clone();
        let personal: Vec<String> = personal.iter().map(|&text| text.to_owned()).collect();
        self.run(move || {
            let personal: Vec<&str> = personal.iter().map(String::as_str).collect();
            rules.check(&password, &personal, at)?;
            Hash::made(&normalised(&password), &salt)
        })
        .await
    }

    /// Whether a password is the one with this hash. Where there is none, the answer takes as long and is no.
    ///
    /// # Errors
    /// There are too many before it.
    pub async fn is(&self, password: &Zeroizing<String>, hash: Option<Hash>) -> Result<bool> {
        let password = password.clone();
        self.run(move || {
            // Nobody's password is longer, and no more of it is worth the work.
            let is_possible = password.chars().take(LENGTH.1 + 1).count() <= LENGTH.1;
            let is_known = hash.is_some() && is_possible;
            let password = normalised(if is_possible { &password } else { "" });
            Ok(hash.unwrap_or_else(Hash::of_nobody).is_of(&password)? && is_known)
        })
        .await
    }
}

/// What a new password is held to and hashed with.
pub(crate) fn new_password(app: &App) -> (Rules, [u8; 16]) {
    let settings = app.service::<Settings>();
    (Rules { profile: settings.0.passwords, leaked: settings.0.leaked.clone() }, salt(app))
}

/// A salt for a new password.
pub(crate) fn salt(app: &App) -> [u8; 16] {
    let mut salt = [0; 16];
    app.service::<Salts>().0.rng.fill(&mut salt);
    salt
}

/// Where salts come from.
struct Salts(Arc<Vault>);

impl Service for Salts {
    fn new(store: &Store) -> Self {
        Self(store.vault().clone())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn code(password: &str) -> Option<Message> {
        match check(password, &["wang.fang", "王芳"], "password", PasswordProfile::Owasp) {
            Ok(()) => None,
            Err(AppError::Rule(error)) => Some(error.message),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn passwords_that_are_guessed_first_are_refused() {
        for weak in ["wang.fang1", "aaaaaaaaaaaa", "abcdefghij", "2026-10-03"] {
            assert_eq!(code(weak), Some(Message::PasswordWeak), "{weak}");
        }
        for common in ["Password123", "hefuhotel1", "1q2w3e4r5t", "woaini1314520"] {
            assert_eq!(code(common), Some(Message::PasswordCommon), "{common}");
        }
        assert!(matches!(code("short"), Some(Message::PasswordLength { .. })));
        assert!(matches!(code(&"长".repeat(129)), Some(Message::PasswordLength { .. })));
        for good in ["tide-lantern-47-orchid", "雨天里三只橘猫看电车"] {
            assert_eq!(code(good), None, "{good}");
        }
    }

    #[test]
    fn a_password_counts_to_its_last_letter_and_in_its_own_case() {
        let long: String = "tide-lantern-47-orchid-".chars().cycle().take(LENGTH.1).collect();
        let hash = Hash::made(&normalised(&long), &[7; 16]).unwrap();
        assert!(hash.is_of(&normalised(&long)).unwrap());
        let last = format!("{}x", &long[..long.len() - 1]);
        for other in [
            &long[..long.len() - 1],
            last.as_str(),
            long.to_uppercase().as_str(),
            &format!(" {long}"),
            &format!("{long} "),
        ] {
            assert!(!hash.is_of(&normalised(other)).unwrap(), "{other}");
        }
    }

    #[test]
    fn the_classified_protection_asks_for_three_kinds_of_signs() {
        let may = |password| check(password, &[], "password", PasswordProfile::Mlps3).is_ok();
        assert!(may("Tide-lantern-47-orchid") && may("tide-lantern-47-orchid") && may("雨天里3只橘猫看Tram"));
        assert!(
            !may("tidelanternorchidmoss") && !may("tide-lantern-orchid-moss") && !may("雨天里三只橘猫看电车")
        );
    }

    #[test]
    fn a_hash_is_of_one_password() {
        let hash = Hash::made(&normalised("tide-lantern-47-orchid"), &[7; 16]).unwrap();
        let hash = Hash::of_bytes(&hash.to_bytes()).unwrap();
        assert!(hash.is_of(&normalised("tide-lantern-47-orchid")).unwrap());
        // Full-width letters are the same letters.
        assert!(hash.is_of(&normalised("ｔide-lantern-47-orchid")).unwrap());
        assert!(!hash.is_of(&normalised("tide-lantern-47-orchie")).unwrap());
        assert_eq!(Hash::of_bytes(b"{}"), None);
    }
}
