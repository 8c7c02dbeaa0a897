//! The keys that sign the ledger's checkpoints. They have nothing to do with the versions of the ring, and lie in the same file.

use hefu_kernel::Rng;

use super::KeyRing;
use crate::{
    CryptoError,
    cipher::{Secret, new_secret},
};

/// A key of the ledger. While it signs its secret is there; of a key that no longer does, only what verifies it is kept, so that whoever gets
/// at the file cannot sign as it did.
#[derive(Clone, PartialEq, Eq)]
pub struct LedgerKey {
    /// The ledger's name, which the key's signatures bear.
    pub origin: String,
    /// How many entries the first checkpoint has that it signs; none while it is still to take over from the one before.
    pub from: Option<u64>,
    /// The secret of a key that signs.
    pub(crate) secret: Option<Secret>,
    /// What verifies a key that no longer signs, in the form of signed notes.
    pub verifier: Option<String>,
}

impl std::fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { origin, from, secret, verifier } = self;
        f.debug_struct("LedgerKey")
            .field("origin", origin)
            .field("from", from)
            .field("signs", &secret.is_some())
            .field("verifier", verifier)
            .finish()
    }
}

impl LedgerKey {
    /// A new key of the ledger `origin`.
    pub(super) fn generate(rng: &dyn Rng, origin: String) -> Self {
        Self { origin, from: None, secret: Some(new_secret(rng)), verifier: None }
    }

    /// The 32 secret bytes (RFC 8032, section 5.1.5) of a key that signs.
    pub fn secret(&self) -> Option<&[u8; 32]> {
        self.secret.as_deref()
    }

    /// Whether a ring that holds this key has lost nothing of `stored`: the same key, or the same one retired.
    fn holds(&self, stored: &Self) -> bool {
        let is_same = self.secret == stored.secret && self.verifier == stored.verifier;
        let is_retired = self.secret.is_none() && stored.secret.is_some();
        self.origin == stored.origin && (is_same || is_retired)
    }
}

impl KeyRing {
    /// The keys of the ledger, the oldest first. The last two may both sign: then the last one is to take over.
    pub fn ledger_keys(&self) -> &[LedgerKey] {
        &self.ledger
    }

    /// Adds a key of the ledger that is to take over, unless there is one. `is_new_ledger`: it signs a ledger of another name,
    /// because the one before cannot go on. Save the ring before using it.
    pub fn add_ledger_key(&mut self, rng: &dyn Rng, is_new_ledger: bool) {
        let Some(last) = self.ledger.last().filter(|last| last.from.is_some()) else { return };
        let mut names: Vec<&str> = self.ledger.iter().map(|key| key.origin.as_str()).collect();
        names.dedup();
        let origin = match names.len() + 1 {
            count if is_new_ledger => format!("hefu/{}/{count}", self.tenant),
            _ => last.origin.clone(),
        };
        self.ledger.push(LedgerKey::generate(rng, origin));
    }

    /// The last key has taken over with the checkpoint of `size` entries: the secrets of those before are forgotten. `verifiers` are what
    /// verifies each key, in the order of [`KeyRing::ledger_keys`].
    ///
    /// # Errors
    /// [`CryptoError::Malformed`]: there are not as many verifiers as keys.
    pub fn retire_ledger_keys(&mut self, size: u64, verifiers: &[String]) -> Result<(), CryptoError> {
        let is_complete = verifiers.len() == self.ledger.len();
        let Some((last, before)) = self.ledger.split_last_mut().filter(|_| is_complete) else {
            return Err(CryptoError::Malformed);
        };
        last.from.get_or_insert(size);
        for (key, verifier) in before.iter_mut().zip(verifiers) {
            key.secret = None;
            key.verifier = Some(verifier.clone());
        }
        Ok(())
    }

    pub(super) fn holds_ledger_keys_of(&self, stored: &Self) -> bool {
        self.ledger.len() >= stored.ledger.len()
            && self.ledger.iter().zip(&stored.ledger).all(|(ours, theirs)| ours.holds(theirs))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_kernel::SeededRng;

    use super::*;

    #[test]
    fn a_key_takes_over_and_the_secret_of_the_one_before_goes() {
        let rng = SeededRng::new(1);
        let mut ring = KeyRing::generate(&rng);
        let first = *ring.ledger_keys()[0].secret().unwrap();
        ring.rotate(&rng);
        ring.retire(1).unwrap();
        assert_eq!(
            ring.ledger_keys()[0].secret(),
            Some(&first),
            "the ring's versions have nothing to do with it"
        );

        ring.add_ledger_key(&rng, false);
        ring.add_ledger_key(&rng, false);
        let [before, after] = ring.ledger_keys() else { panic!("one is to take over") };
        assert_eq!((&before.origin, before.from, after.from), (&after.origin, Some(0), None));
        assert_ne!(before.secret(), after.secret());
        assert!(ring.retire_ledger_keys(7, &["one".into()]).is_err());
        ring.retire_ledger_keys(7, &["one".into(), "two".into()]).unwrap();
        let [before, after] = ring.ledger_keys() else { panic!("both are known") };
        assert_eq!((before.secret(), before.verifier.as_deref(), after.from), (None, Some("one"), Some(7)));
        assert!(after.secret().is_some() && after.verifier.is_none());

        let name = after.origin.clone();
        ring.add_ledger_key(&rng, true);
        assert_eq!(ring.ledger_keys()[2].origin, format!("{name}/2"));
        assert!(!format!("{ring:?} {:?}", ring.ledger_keys()).contains("secret"));
    }
}
