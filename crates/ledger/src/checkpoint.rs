//! Checkpoints (<https://c2sp.org/tlog-checkpoint>): the tree's state as the text that is signed.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    Hash,
    note::{Note, NoteError},
};

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

impl Checkpoint {
    /// The text that is signed.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64_STANDARD.encode(self.root))
    }

    /// The state that a note tells, whoever signed it.
    ///
    /// # Errors
    /// [`NoteError::Malformed`]: it is no checkpoint.
    pub fn of(note: &Note) -> Result<Self, NoteError> {
        Self::parse(&note.text).ok_or(NoteError::Malformed)
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
        let is_written =
            read.size.to_string() == size && !origin.is_empty() && lines.all(|line| !line.is_empty());
        is_written.then_some(read)
    }
}
