//! Keys that sign checkpoints, and keys that verify them: those of ledgers (signed notes' Ed25519, type 1) and those of witnesses
//! (<https://c2sp.org/tlog-cosignature>, `cosignature/v1`, type 4).

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    Hash,
    checkpoint::Checkpoint,
    note::{Note, NoteError, Signature, is_name},
};

/// What a key's signatures say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// This is the ledger's state.
    Ledger = 1,
    /// At this time, this was the largest state of the ledger that the witness had seen, and it held all earlier ones.
    Witness = 4,
}

/// A text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no key in the form of signed notes: name+id+base64, of a ledger or a witness")]
pub struct KeyError;

/// The name of a key is empty, or holds a space or a plus sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no name of a key: it must not be empty, and hold no space and no plus sign")]
pub struct NameError;

fn key_id(kind: KeyKind, name: &str, key: &[u8; 32]) -> [u8; 4] {
    let hash = crate::digest(&[name.as_bytes(), b"\n", &[kind as u8], key]);
    [hash[0], hash[1], hash[2], hash[3]]
}

/// What is signed: a ledger signs the text, a witness the time too.
fn message(kind: KeyKind, text: &str, time: u64) -> String {
    match kind {
        KeyKind::Ledger => text.to_owned(),
        KeyKind::Witness => format!("cosignature/v1\ntime {time}\n{text}"),
    }
}

/// The parts of a key's text: `name+id+base64(kind, key)`.
fn parts(text: &str) -> Option<(KeyKind, &str, u32, [u8; 32])> {
    let mut parts = text.splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let key = BASE64_STANDARD.decode(key).ok()?;
    let (kind, key) = key.split_first()?;
    let kind = [KeyKind::Ledger, KeyKind::Witness].into_iter().find(|known| *known as u8 == *kind)?;
    let is_written = is_name(name) && id.len() == 8;
    Some((kind, name, u32::from_str_radix(id, 16).ok().filter(|_| is_written)?, key.try_into().ok()?))
}

fn text_of(kind: KeyKind, name: &str, id: [u8; 4], key: &[u8; 32]) -> String {
    let key = [&[kind as u8], &key[..]].concat();
    format!("{name}+{:08x}+{}", u32::from_be_bytes(id), BASE64_STANDARD.encode(key))
}

/// What signs.
pub struct Signer {
    kind: KeyKind,
    name: String,
    seed: [u8; 32],
    key: Ed25519KeyPair,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("kind", &self.kind).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.seed);
    }
}

/// The beginning of a secret key's text, as Go's note package writes it.
const SECRET: &str = "PRIVATE+KEY+";

impl Signer {
    /// A signer from the key's 32 secret bytes (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    /// What it is to be called is no name.
    pub fn new(kind: KeyKind, name: &str, seed: &[u8; 32]) -> Result<Self, NameError> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NameError)?;
        if is_name(name) {
            Ok(Self { kind, name: name.to_owned(), seed: *seed, key })
        } else {
            Err(NameError)
        }
    }

    /// A signer from its text: `PRIVATE+KEY+name+id+base64`.
    ///
    /// # Errors
    /// It is no such text.
    pub fn of_secret(text: &str) -> Result<Self, KeyError> {
        let (kind, name, id, seed) = text.strip_prefix(SECRET).and_then(parts).ok_or(KeyError)?;
        let signer = Self::new(kind, name, &seed).map_err(|_| KeyError)?;
        if u32::from_be_bytes(signer.verifier().id()) == id { Ok(signer) } else { Err(KeyError) }
    }

    /// The text that [`Signer::of_secret`] reads. It is secret.
    pub fn secret(&self) -> String {
        format!("{SECRET}{}", text_of(self.kind, &self.name, self.verifier().id(), &self.seed))
    }

    /// The name: of a ledger's key the ledger's own.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What others need to verify what it signs.
    pub fn verifier(&self) -> Verifier {
        let mut key = [0; 32];
        key.copy_from_slice(self.key.public_key().as_ref());
        Verifier { kind: self.kind, name: self.name.clone(), key }
    }

    /// The signed note over a state of the ledger whose key this is.
    pub fn sign(&self, size: u64, root: Hash) -> String {
        let text = Checkpoint { origin: self.name.clone(), size, root }.text();
        let signatures = vec![self.signature(&text, 0)];
        Note { text, signatures }.to_string()
    }

    /// The signature over a text; a witness says that it made it at `time`, in seconds since 1970.
    pub fn signature(&self, text: &str, time: u64) -> Signature {
        let signed = self.key.sign(message(self.kind, text, time).as_bytes());
        let time = time.to_be_bytes();
        let time = if self.kind == KeyKind::Witness { &time[..] } else { &[] };
        let bytes = [time, signed.as_ref()].concat();
        Signature { name: self.name.clone(), id: self.verifier().id(), bytes }
    }
}

/// What verifies signatures of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    kind: KeyKind,
    name: String,
    key: [u8; 32],
}

impl std::fmt::Display for Verifier {
    /// As signed notes write verifier keys: `name+id+base64`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&text_of(self.kind, &self.name, self.id(), &self.key))
    }
}

impl std::str::FromStr for Verifier {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (kind, name, id, key) = parts(text).ok_or(KeyError)?;
        let read = Self { kind, name: name.to_owned(), key };
        if u32::from_be_bytes(read.id()) == id { Ok(read) } else { Err(KeyError) }
    }
}

impl Verifier {
    /// Whose signatures it verifies.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key's name: of a ledger's key the ledger's own.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id by which signatures name the key.
    pub fn id(&self) -> [u8; 4] {
        key_id(self.kind, &self.name, &self.key)
    }

    /// When this key signed the note, in seconds since 1970; a ledger's key does not say. Signatures of others are passed over.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`]: it did not. [`NoteError::Forged`]: a signature in its name is not of this text.
    pub fn signed(&self, note: &Note) -> Result<u64, NoteError> {
        let mut found = Err(NoteError::Unsigned);
        let id = self.id();
        for line in note.signatures.iter().filter(|line| line.name == self.name && line.id == id) {
            let (time, signature) = match self.kind {
                KeyKind::Ledger => (0, &line.bytes[..]),
                KeyKind::Witness => {
                    let (time, signature) = line.bytes.split_first_chunk::<8>().ok_or(NoteError::Forged)?;
                    (u64::from_be_bytes(*time), signature)
                }
            };
            let key = UnparsedPublicKey::new(&ED25519, self.key);
            let signed = message(self.kind, &note.text, time);
            key.verify(signed.as_bytes(), signature).map_err(|_| NoteError::Forged)?;
            // Whoever signed without a time did not say that it was the largest state it had seen.
            if self.kind == KeyKind::Witness && (time == 0 || i64::try_from(time).is_err()) {
                return Err(NoteError::Forged);
            }
            found = Ok(time);
        }
        found
    }

    /// The state that a note tells, if this ledger's key signed it. Signatures of others (witnesses) are passed over.
    ///
    /// # Errors
    /// It is no checkpoint, is of another ledger, or was not signed by this key.
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        let note: Note = note.parse()?;
        let checkpoint = Checkpoint::of(&note)?;
        if checkpoint.origin != self.name {
            return Err(NoteError::OtherOrigin);
        }
        self.signed(&note).map(|_| checkpoint)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer() -> Signer {
        Signer::new(KeyKind::Ledger, "hefu.example/log", &[7; 32]).unwrap()
    }

    fn witness() -> Signer {
        Signer::new(KeyKind::Witness, "witness.example/w1", &[9; 32]).unwrap()
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
        let other = Signer::new(KeyKind::Ledger, "hefu.example/log", &[8; 32]).unwrap();
        assert_eq!(other.verifier().open(&note), Err(NoteError::Unsigned));
    }

    #[test]
    fn a_witness_signs_the_time_too() {
        let (ledger, witness) = (signer(), witness());
        let mut note: Note = ledger.sign(7, crate::leaf_hash(b"entry")).parse().unwrap();
        assert_eq!(witness.verifier().signed(&note), Err(NoteError::Unsigned));
        let line = witness.signature(&note.text, 1_790_000_000);
        note.signatures.push(line.clone());
        assert_eq!(witness.verifier().signed(&note), Ok(1_790_000_000));
        assert!(ledger.verifier().open(&note.to_string()).is_ok(), "the ledger's own signature stays good");
        // Another time, no time, and a signature that was cut.
        for (at, byte) in [(7, 1), (0, 0x80)] {
            let mut altered = note.clone();
            altered.signatures[1].bytes[at] ^= byte;
            assert_eq!(witness.verifier().signed(&altered), Err(NoteError::Forged));
        }
        note.signatures[1] = witness.signature(&note.text, 0);
        assert_eq!(witness.verifier().signed(&note), Err(NoteError::Forged));
        note.signatures[1].bytes.truncate(5);
        assert_eq!(witness.verifier().signed(&note), Err(NoteError::Forged));
        // One good line does not make up for a bad one.
        note.signatures.push(line);
        assert_eq!(witness.verifier().signed(&note), Err(NoteError::Forged));
    }

    #[test]
    fn keys_are_written_and_read_as_the_specifications_do() {
        // The example of c2sp.org/signed-note.
        let example = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
        let key: Verifier = example.parse().unwrap();
        assert_eq!(
            (key.kind(), key.name(), key.to_string()),
            (KeyKind::Ledger, "example.com/foo", example.into())
        );
        let note = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Z\
            tg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
        assert_eq!(key.signed(&note.parse().unwrap()), Ok(0));

        for signer in [signer(), witness()] {
            assert_eq!(signer.verifier().to_string().parse::<Verifier>().unwrap(), signer.verifier());
            let again = Signer::of_secret(&signer.secret()).unwrap();
            assert_eq!(again.verifier(), signer.verifier());
            assert!(Signer::of_secret(&signer.verifier().to_string()).is_err());
        }
        let wrong = [
            "",
            "example.com/foo",
            "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+A+kyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+Aeky",
            "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        ];
        for text in wrong {
            assert_eq!(text.parse::<Verifier>(), Err(KeyError), "{text}");
        }
    }

    #[test]
    fn names_are_without_spaces_and_plus_signs() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{3000}b"] {
            assert!(Signer::new(KeyKind::Ledger, name, &[7; 32]).is_err(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_checkpoint_by_accident(note in "\\PC{0,80}(\n\\PC{0,20}){0,6}") {
            prop_assert!(signer().verifier().open(&note).is_err());
            prop_assert!(note.parse::<Verifier>().is_err());
        }
    }
}
