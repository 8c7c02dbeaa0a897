//! Why the ledger is not signed.

use hefu_ledger::NoteError;

/// Why a checkpoint is not one of this ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not signed as it must be.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The key that signed it signs checkpoints of other sizes.
    #[error("is signed by a key that did not sign the ledger at that size")]
    OtherRange,
}

/// Why the ledger's present state is not signed. Entries go on getting their places; a person has to look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// There are entries, and nobody that was asked remembers a checkpoint: somebody may have written another history.
    #[error(
        "the ledger has entries, and no checkpoint of it is remembered: neither beside the key file nor by a witness"
    )]
    Forgotten,
    /// It does not hold what was signed before: it was put back, cut or written anew.
    #[error("the ledger does not hold what {by} remembers: {size} entries with another root")]
    Contradicted {
        /// Who remembers.
        by: String,
        /// How many entries.
        size: u64,
    },
    /// What is remembered is no checkpoint of this ledger.
    #[error("the checkpoint of {by} {error}")]
    Forged {
        /// Who has it.
        by: String,
        /// What is wrong with it.
        error: CheckpointError,
    },
    /// The last checkpoint bears the signature of a key that the key file does not hold (yet).
    #[error("the last checkpoint is signed by a key that the key file does not hold")]
    UnknownKey,
    /// The file of the remembered checkpoint cannot be read.
    #[error("the remembered checkpoint cannot be read: {0}")]
    Unreadable(String),
}

impl Unsigned {
    /// Who has the checkpoints in the database.
    pub(crate) const DATABASE: &str = "the database";

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Forgotten => "checkpoint_forgotten",
            Self::Contradicted { .. } => "checkpoint_contradicts",
            Self::Forged { .. } => "checkpoint_forged",
            Self::UnknownKey => "ledger_key_unknown",
            Self::Unreadable(_) => "checkpoint_unreadable",
        }
    }
}
