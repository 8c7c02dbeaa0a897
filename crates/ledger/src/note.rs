//! Signed notes (<https://c2sp.org/signed-note>): a text, and lines with signatures of it.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Most signature lines that are read: a note of more is refused.
const MOST_SIGNATURES: usize = 64;

/// Why a note is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not written as the specification says.
    #[error("is not written as a signed checkpoint")]
    Malformed,
    /// No signature of the expected key.
    #[error("bears no signature of the expected key")]
    Unsigned,
    /// A signature of the expected key is not of this text.
    #[error("bears a signature that is not of this text")]
    Forged,
    /// Of another ledger.
    #[error("is of another ledger")]
    OtherOrigin,
}

/// A line with a signature: which key says it made it, and what it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// The key's id.
    pub id: [u8; 4],
    /// What the key made; its form follows from the kind of key.
    pub bytes: Vec<u8>,
}

impl std::fmt::Display for Signature {
    /// The line, with its newline.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [&self.id[..], &self.bytes].concat();
        writeln!(f, "\u{2014} {} {}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = BASE64_STANDARD.decode(bytes).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        is_name(name).then(|| Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    }

    /// Reads lines that each end in a newline.
    ///
    /// # Errors
    /// [`NoteError::Malformed`]: one of them is no signature, or there are none or too many.
    pub fn parse_lines(lines: &str) -> Result<Vec<Self>, NoteError> {
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        if lines.split('\n').count() > MOST_SIGNATURES {
            return Err(NoteError::Malformed);
        }
        lines.split('\n').map(Self::parse).collect::<Option<_>>().ok_or(NoteError::Malformed)
    }
}

/// Whether a text can name a key.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// A text and the signatures it bears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is signed; it ends in a newline.
    pub text: String,
    /// At least one, none of them checked.
    pub signatures: Vec<Signature>,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

impl std::str::FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err(NoteError::Malformed);
        }
        // The text may hold empty lines: the last one parts it from the signatures.
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        Ok(Self { text: format!("{text}\n"), signatures: Signature::parse_lines(signatures)? })
    }
}
