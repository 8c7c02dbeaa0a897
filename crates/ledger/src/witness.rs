//! What a witness is asked, and what it must answer (<https://c2sp.org/tlog-witness>).

use std::str::FromStr;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{Checkpoint, Hash, KeyKind, Note, NoteError, Verifier, empty_root, is_consistent};

/// Most hashes that a proof can have.
const MOST_HASHES: usize = 63;

/// What a witness calls a ledger in addresses: the SHA-256 hash of its name, in hexadecimal digits.
pub fn origin_hash(origin: &str) -> String {
    crate::digest(&[origin.as_bytes()]).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The request `add-checkpoint`: a ledger has grown, and still holds what the witness saw of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// How many entries it had when the witness saw it last; 0: never.
    pub old: u64,
    /// The proof that they are still there.
    pub proof: Vec<Hash>,
    /// Its checkpoint.
    pub note: String,
}

impl std::fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", BASE64_STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.note)
    }
}

impl FromStr for AddCheckpoint {
    type Err = Refusal;

    fn from_str(body: &str) -> Result<Self, Refusal> {
        let (head, note) = body.split_once("\n\n").ok_or(Refusal::Malformed)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or(Refusal::Malformed)?;
        let size = old.parse().ok().filter(|size: &u64| size.to_string() == old).ok_or(Refusal::Malformed)?;
        let hash = |line: &str| BASE64_STANDARD.decode(line).ok()?.try_into().ok();
        let proof: Vec<Hash> = lines.map(hash).collect::<Option<_>>().ok_or(Refusal::Malformed)?;
        if proof.len() > MOST_HASHES {
            return Err(Refusal::Malformed);
        }
        Ok(Self { old: size, proof, note: note.to_owned() })
    }
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is not written as it must be, or the old size is above the new one.
    #[error("the request is not written as c2sp.org/tlog-witness says")]
    Malformed,
    /// It does not witness this ledger.
    #[error("this ledger is not witnessed here")]
    UnknownOrigin,
    /// No key that it knows of the ledger signed the checkpoint.
    #[error("no known key of the ledger signed the checkpoint")]
    Unsigned,
    /// It saw the ledger with another number of entries last.
    #[error("the checkpoint cosigned last is of {0} entries")]
    OtherSize(u64),
    /// The checkpoint does not hold what it saw before.
    #[error("the checkpoint does not hold what was cosigned before")]
    Inconsistent,
}

impl Refusal {
    /// The HTTP status that says it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::UnknownOrigin => 404,
            Self::Unsigned => 403,
            Self::OtherSize(_) => 409,
            Self::Inconsistent => 422,
        }
    }
}

impl AddCheckpoint {
    /// Which ledger it is about, as it says itself.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]: its checkpoint is none.
    pub fn origin(&self) -> Result<String, Refusal> {
        Ok(self.told()?.1.origin)
    }

    fn told(&self) -> Result<(Note, Checkpoint), Refusal> {
        let note: Note = self.note.parse().map_err(|_| Refusal::Malformed)?;
        let checkpoint = Checkpoint::of(&note).map_err(|_| Refusal::Malformed)?;
        Ok((note, checkpoint))
    }

    /// What a witness that knows these keys of ledgers, and saw `last` of this one, has to cosign: the note with nothing but the
    /// signatures that it verified.
    ///
    /// # Errors
    /// It must not cosign it.
    pub fn judge(
        &self,
        known: &[Verifier],
        last: Option<&Checkpoint>,
    ) -> Result<(Note, Checkpoint), Refusal> {
        let (mut note, checkpoint) = self.told()?;
        let is_of = |key: &&Verifier| key.kind() == KeyKind::Ledger && key.name() == checkpoint.origin;
        let keys: Vec<&Verifier> = known.iter().filter(is_of).collect();
        if keys.is_empty() {
            return Err(Refusal::UnknownOrigin);
        }
        let mut signed = Vec::new();
        for key in keys {
            match key.signed(&note) {
                Ok(_) => signed.push(key.id()),
                Err(NoteError::Unsigned) => {}
                Err(_) => return Err(Refusal::Unsigned),
            }
        }
        if signed.is_empty() {
            return Err(Refusal::Unsigned);
        }
        note.signatures.retain(|line| line.name == checkpoint.origin && signed.contains(&line.id));
        if self.old > checkpoint.size {
            return Err(Refusal::Malformed);
        }
        let seen = last.map_or((0, empty_root()), |last| (last.size, last.root));
        if seen.0 != self.old {
            return Err(Refusal::OtherSize(seen.0));
        }
        let is_empty = checkpoint.size > 0 || checkpoint.root == empty_root();
        if !is_empty || !is_consistent(seen, (checkpoint.size, checkpoint.root), &self.proof) {
            return Err(Refusal::Inconsistent);
        }
        Ok((note, checkpoint))
    }
}
