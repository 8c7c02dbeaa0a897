//! Checkpoints: the tree's state, signed.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::Hash;

/// Ed25519 in the key ids and keys of signed notes.
const ED25519_ID: u8 = 1;

/// A state of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger: a name without spaces or plus signs.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a note is no checkpoint of this ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not written as the specification says.
    #[error("is not written as a signed checkpoint")]
    Malformed,
    /// No signature of the expected key.
    #[error("bears no signature of the expected key")]
    Unsigned,
    /// The signature is not of this text.
    #[error("bears a signature that is not of this text")]
    Forged,
    /// Of another ledger.
    #[error("is of another ledger")]
    OtherOrigin,
}

impl Checkpoint {
    /// The text that is signed.
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64_STANDARD.encode(self.root))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let read = Self {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: BASE64_STANDARD.decode(root).ok()?.try_into().ok()?,
        };
        // Numbers are written in one way; lines behind are extensions, which are signed but not ours to read.
        (read.size.to_string() == size && !origin.is_empty()).then_some(read)
    }
}

/// What signs a ledger's checkpoints.
pub struct Signer {
    origin: String,
    key: Ed25519KeyPair,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Signer {
    /// A signer from the key's 32 secret bytes (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    /// The origin is empty or holds a space or a plus sign.
    pub fn new(origin: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let is_name = !origin.is_empty() && !origin.contains(|c: char| c.is_whitespace() || c == '+');
        let key = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::Malformed)?;
        if is_name { Ok(Self { origin: origin.to_owned(), key }) } else { Err(NoteError::Malformed) }
    }

    /// Which ledger.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What others need to verify its checkpoints.
    pub fn verifier(&self) -> Verifier {
        let mut key = [0; 32];
        key.copy_from_slice(self.key.public_key().as_ref());
        Verifier { origin: self.origin.clone(), key }
    }

    /// The signed note over a state of the tree.
    pub fn sign(&self, size: u64, root: Hash) -> String {
        let text = Checkpoint { origin: self.origin.clone(), size, root }.text();
        let mut signature = self.verifier().key_id().to_vec();
        signature.extend_from_slice(self.key.sign(text.as_bytes()).as_ref());
        format!("{text}\n\u{2014} {} {}\n", self.origin, BASE64_STANDARD.encode(signature))
    }
}

/// What verifies a ledger's checkpoints: origin and public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    origin: String,
    key: [u8; 32],
}

impl std::fmt::Display for Verifier {
    /// As signed notes write verifier keys: `origin+id+key`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = [&[ED25519_ID], &self.key[..]].concat();
        let id = u32::from_be_bytes(self.key_id());
        write!(f, "{}+{id:08x}+{}", self.origin, BASE64_STANDARD.encode(key))
    }
}

impl Verifier {
    /// Which ledger.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn key_id(&self) -> [u8; 4] {
        let hash = crate::digest(&[self.origin.as_bytes(), b"\n", &[ED25519_ID], &self.key]);
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// The state that a note tells, if this key signed it. Signatures of others (witnesses) are passed over.
    ///
    /// # Errors
    /// It is no checkpoint, is of another ledger, or was not signed by this key.
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        let text = format!("{text}\n");
        let checkpoint = Checkpoint::parse(&text).ok_or(NoteError::Malformed)?;
        if checkpoint.origin != self.origin {
            return Err(NoteError::OtherOrigin);
        }
        for line in signatures.lines() {
            let (name, signature) = line
                .strip_prefix("\u{2014} ")
                .and_then(|line| line.split_once(' '))
                .ok_or(NoteError::Malformed)?;
            let signature = BASE64_STANDARD.decode(signature).map_err(|_| NoteError::Malformed)?;
            let (id, signature) = signature.split_first_chunk::<4>().ok_or(NoteError::Malformed)?;
            if name == self.origin && *id == self.key_id() {
                let key = UnparsedPublicKey::new(&ED25519, self.key);
                return key
                    .verify(text.as_bytes(), signature)
                    .map(|()| checkpoint)
                    .map_err(|_| NoteError::Forged);
            }
        }
        Err(NoteError::Unsigned)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer() -> Signer {
        Signer::new("hefu.example/log", &[7; 32]).unwrap()
    }

    #[test]
    fn a_signed_state_opens_and_an_altered_one_does_not() {
        let (signer, root) = (signer(), crate::leaf_hash(b"entry"));
        let note = signer.sign(42, root);
        let opened = signer.verifier().open(&note).unwrap();
        assert_eq!((opened.size, opened.root), (42, root));
        for (from, to, error) in [
            ("42", "43", NoteError::Forged),
            ("hefu.example/log\n42", "other.example/log\n42", NoteError::OtherOrigin),
            ("\n42\n", "\n042\n", NoteError::Malformed),
            ("\n\n", "\n", NoteError::Malformed),
            ("\u{2014} hefu", "\u{2014} other", NoteError::Unsigned),
        ] {
            assert_eq!(signer.verifier().open(&note.replacen(from, to, 1)), Err(error), "{from}");
        }
        let other = Signer::new("hefu.example/log", &[8; 32]).unwrap();
        assert_eq!(other.verifier().open(&note), Err(NoteError::Unsigned));
    }

    #[test]
    fn names_are_without_spaces_and_plus_signs() {
        for origin in ["", "a b", "a+b", "a\nb"] {
            assert!(Signer::new(origin, &[7; 32]).is_err(), "{origin:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_checkpoint_by_accident(note in "\\PC{0,80}(\n\\PC{0,20}){0,6}") {
            prop_assert!(signer().verifier().open(&note).is_err());
        }
    }
}
