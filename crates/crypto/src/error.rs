//! What can go wrong with keys and ciphertexts. No message holds key material or plaintext.

use std::path::PathBuf;

/// Why something can't be opened, unwrapped or retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The key is another, the ciphertext belongs to another place or owner, or it was altered; these can't be told
    /// apart.
    #[error("decryption failed: another key, another place, or altered data")]
    Unauthentic,
    /// The first byte names an algorithm this version does not know.
    #[error("decryption failed: unknown algorithm {0}")]
    UnknownAlgorithm(u8),
    /// The key ring holds no such version.
    #[error("the key ring has no version {0}: a newer or more complete key file is needed")]
    UnknownVersion(u16),
    /// The version is the current one and can't be retired; rotate first.
    #[error("version {0} of the key ring is the current one: rotate before retiring it")]
    CurrentVersion(u16),
    /// The bytes have a length no ciphertext has.
    #[error("decryption failed: not a ciphertext")]
    Malformed,
}

/// Why a key ring can't be read or written, with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no key file.
    #[error(
        "there is no key file at {path}: restore it from its backup, or create one if there is no data yet"
    )]
    Missing {
        /// The key file.
        path: PathBuf,
    },
    /// There is a key file already, and it is never overwritten by a new ring.
    #[error(
        "{path} exists already and is not overwritten: use it, or name another place for the new key file"
    )]
    Exists {
        /// The key file.
        path: PathBuf,
    },
    /// Others than the owner may read or write the key file.
    #[error("{path} is open to other users (mode {mode:03o}): run `chmod 600 {path}`")]
    Permissions {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file's content is not a key ring.
    #[error("{path} is not a usable key file: restore it from its backup")]
    Parse {
        /// The key file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        cause: KeyFormatError,
    },
    /// The environment secret's content is not a key ring.
    #[error("the key secret is not usable: give it the whole text of a key file")]
    Secret(#[source] KeyFormatError),
    /// Saving would drop versions that the file holds and this ring does not, and with them data.
    #[error("{path} holds keys that would be lost: load it again before changing it")]
    WouldLoseKeys {
        /// The key file.
        path: PathBuf,
    },
    /// The file that a new version is written to exists already.
    #[error(
        "{draft} exists: another process is writing the key file, or was interrupted; if none runs, delete it"
    )]
    Busy {
        /// The unfinished file.
        draft: PathBuf,
    },
    /// The file system refused.
    #[error("cannot {operation} {path}: check that this user may do so")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// The file system's answer.
        #[source]
        source: std::io::Error,
    },
}

/// What is wrong with the text of a key ring. It tells the place and never the content, which is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFormatError {
    /// Broken TOML, or a field that is missing or holds the wrong kind of value.
    #[error("the text is broken, or a field missing or wrong, at line {line}")]
    Syntax {
        /// From 1; where a whole table is incomplete, its beginning.
        line: usize,
    },
    /// The text was written by a newer version.
    #[error("its format {0} is not known here: use the version of Hefu that wrote it, or a newer one")]
    UnknownFormat(u32),
    /// There is no version, they are not in ascending order from 1 on, or the last is not live.
    #[error("its key versions must ascend from 1, and the last must be live")]
    Versions,
    /// The last key of the ledger has no secret, or one before does that should have none any more.
    #[error("its ledger keys must have verifiers, and the last one its secret")]
    LedgerKeys,
}
