//! The ledger's keys: which one signs now, and which signed what.

use hefu_crypto::KeyRing;
use hefu_ledger::{Checkpoint, KeyKind, Note, NoteError, Signer, Verifier};
use serde::Serialize;
use utoipa::ToSchema;

use super::unsigned::{CheckpointError, Unsigned};

/// A key of the ledger in the key file is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("key {0} of the ledger in the key file cannot be used: restore the file from its backup")]
pub struct BadLedgerKey(usize);

/// A key of the ledger, and which of its checkpoints it signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerKeyView {
    /// Name, id and Ed25519 key in the form of signed notes (c2sp.org/signed-note). Keep it where the hotel cannot change it.
    pub key: String,
    /// How many entries its first checkpoint has; none while it is still to take over.
    pub from: Option<u64>,
    /// How many entries its last checkpoint has, which the next key signed too; none: it signs now.
    pub until: Option<u64>,
}

struct Known {
    verifier: Verifier,
    from: Option<u64>,
    signer: Option<Signer>,
}

/// The ledger's keys, the oldest first.
pub struct LedgerKeys(Vec<Known>);

impl LedgerKeys {
    /// The keys of a ring.
    ///
    /// # Errors
    /// One of them cannot be used.
    pub fn of(ring: &KeyRing) -> Result<Self, BadLedgerKey> {
        let known = ring.ledger_keys().iter().enumerate().map(|(at, key)| {
            let signer = key.secret().map(|secret| Signer::new(KeyKind::Ledger, &key.origin, secret));
            let signer = signer.transpose().map_err(|_| BadLedgerKey(at + 1))?;
            let verifier = match (&signer, &key.verifier) {
                (Some(signer), _) => signer.verifier(),
                (None, Some(verifier)) => verifier.parse().map_err(|_| BadLedgerKey(at + 1))?,
                (None, None) => return Err(BadLedgerKey(at + 1)),
            };
            let is_sound = verifier.kind() == KeyKind::Ledger && verifier.name() == key.origin;
            is_sound.then_some(Known { verifier, from: key.from, signer }).ok_or(BadLedgerKey(at + 1))
        });
        known.collect::<Result<_, _>>().map(Self)
    }

    /// What verifies each key, the oldest first.
    pub fn verifiers(&self) -> Vec<String> {
        self.0.iter().map(|known| known.verifier.to_string()).collect()
    }

    /// The keys as others may see them.
    pub fn views(&self) -> Vec<LedgerKeyView> {
        let next = self.0.iter().skip(1).map(|known| known.from).chain([None]);
        let view = |(known, until): (&Known, Option<u64>)| LedgerKeyView {
            key: known.verifier.to_string(),
            from: known.from,
            until,
        };
        self.0.iter().zip(next).map(view).collect()
    }

    /// The key that signs, and the one that is to take over from it, if one is.
    pub(crate) fn signing(&self) -> Option<(&Signer, Option<&Signer>)> {
        let mut signing = self.0.iter().filter_map(|known| known.signer.as_ref());
        let first = signing.next()?;
        Some((first, signing.next()))
    }

    /// The state that a checkpoint of this ledger tells, whichever of its keys signed it.
    ///
    /// # Errors
    /// None of them did, a signature in the name of one is not of this text, or the key signed at other sizes.
    pub fn open(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let note: Note = note.parse()?;
        let checkpoint = Checkpoint::of(&note)?;
        if self.0.iter().all(|known| known.verifier.name() != checkpoint.origin) {
            return Err(NoteError::OtherOrigin.into());
        }
        let mut found = Err(CheckpointError::Note(NoteError::Unsigned));
        let next = self.0.iter().skip(1).map(|known| known.from).chain([None]);
        for (known, until) in self.0.iter().zip(next) {
            let is_of = known.verifier.name() == checkpoint.origin;
            match known.verifier.signed(&note) {
                Ok(_) if is_of => {
                    let begun = known.from.is_none_or(|from| from <= checkpoint.size);
                    let is_in = begun && until.is_none_or(|until| checkpoint.size <= until);
                    found = if is_in || found.is_ok() { Ok(()) } else { Err(CheckpointError::OtherRange) };
                }
                Ok(_) | Err(NoteError::Unsigned) => {}
                Err(error) => return Err(error.into()),
            }
        }
        found.map(|()| checkpoint)
    }

    /// Which key signs what comes after `last`, the latest checkpoint there is: a key that is to take over does so once it has signed one.
    pub(crate) fn signer_after(&self, last: Option<&str>) -> Result<&Signer, Unsigned> {
        let (first, next) = self.signing().ok_or(Unsigned::UnknownKey)?;
        let Some(last) = last else { return Ok(first) };
        let forged =
            |error: NoteError| Unsigned::Forged { by: Unsigned::DATABASE.into(), error: error.into() };
        let note: Note = last.parse().map_err(forged)?;
        // A server that has not read the changed key file yet must not sign behind the key that took over.
        let origin = Checkpoint::of(&note).map_err(forged)?.origin;
        let is_known = |id| self.0.iter().any(|known| known.verifier.id() == id);
        if note.signatures.iter().any(|line| line.name == origin && !is_known(line.id)) {
            return Err(Unsigned::UnknownKey);
        }
        Ok(next.filter(|next| next.verifier().signed(&note).is_ok()).unwrap_or(first))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_kernel::SeededRng;

    use super::*;

    #[test]
    fn each_key_is_believed_at_its_sizes_only() {
        let rng = SeededRng::new(1);
        let mut ring = KeyRing::generate(&rng);
        let before = LedgerKeys::of(&ring).unwrap();
        let old = before.signing().unwrap().0;
        ring.add_ledger_key(&rng, false);
        let during = LedgerKeys::of(&ring).unwrap();
        let (first, next) = during.signing().unwrap();
        let next = next.unwrap();
        assert_eq!(first.verifier(), old.verifier());

        let root = [7; 32];
        let both = |size| {
            let mut note: Note = first.sign(size, root).parse().unwrap();
            note.signatures.push(next.signature(&note.text, 0));
            note.to_string()
        };
        let named = |signer: Result<&Signer, Unsigned>| signer.map(|signer| signer.verifier().to_string());
        let [old_key, new_key] = &during.verifiers()[..] else { panic!("two keys") };
        assert_eq!(named(during.signer_after(None)).unwrap(), *old_key);
        assert_eq!(named(during.signer_after(Some(&first.sign(9, root)))).unwrap(), *old_key);
        assert_eq!(named(during.signer_after(Some(&both(10)))).unwrap(), *new_key);
        assert_eq!(named(before.signer_after(Some(&both(10)))), Err(Unsigned::UnknownKey));

        let verifiers = during.verifiers();
        ring.retire_ledger_keys(10, &verifiers).unwrap();
        let after = LedgerKeys::of(&ring).unwrap();
        assert_eq!(after.verifiers(), verifiers);
        assert_eq!(named(after.signer_after(Some(&both(10)))).unwrap(), *new_key);
        for (note, is_good) in [
            (first.sign(9, root), true),
            (first.sign(10, root), true),
            (both(10), true),
            (next.sign(10, root), true),
            (next.sign(11, root), true),
            (first.sign(11, root), false),
            (next.sign(9, root), false),
        ] {
            assert_eq!(after.open(&note).is_ok(), is_good, "{note}");
        }
        let ranges: Vec<_> = after.views().into_iter().map(|view| (view.from, view.until)).collect();
        assert_eq!(ranges, [(Some(0), Some(10)), (Some(10), None)]);

        // After records were put back, the ledger goes on under another name.
        ring.add_ledger_key(&rng, true);
        let forked = LedgerKeys::of(&ring).unwrap();
        let fork = forked.signing().unwrap().1.unwrap().sign(10, root);
        assert_eq!(named(forked.signer_after(Some(&fork))).unwrap(), forked.verifiers()[2]);
        assert!(forked.open(&fork).is_ok() && after.open(&fork) == Err(NoteError::OtherOrigin.into()));
    }
}
