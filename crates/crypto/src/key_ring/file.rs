//! The key ring as text: in a key file, or in an environment secret.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hefu_kernel::Rng;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{KeyRing, LedgerKey, Version};
use crate::cipher::{KEY_LEN, Secret};
use crate::{KeyError, KeyFormatError};

const FORMAT: u32 = 2;

const COMMENT: &str = "\
# The keys of this Hefu property. Back this file up, apart from the database: without it nothing can be read.
# Keep it secret (chmod 600): with it and a copy of the database everything can be read.
";

#[derive(Deserialize)]
struct Text {
    format: u32,
    tenant: Uuid,
    version: Vec<Entry>,
    ledger: Vec<LedgerEntry>,
}

#[derive(Deserialize)]
struct Entry {
    number: NonZeroU16,
    #[serde(deserialize_with = "secret")]
    kek: Secret,
    #[serde(deserialize_with = "secret")]
    index: Secret,
    state: State,
}

/// A key of the ledger: with its secret while it signs, with its verifier afterwards.
#[derive(Deserialize)]
struct LedgerEntry {
    origin: String,
    from: Option<u64>,
    #[serde(default, deserialize_with = "optional_secret")]
    secret: Option<Secret>,
    verifier: Option<String>,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum State {
    Live,
    Retired,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    deserializer.deserialize_str(Base64)
}

/// Decodes a key where it stands in the text, so that the text is not copied.
struct Base64;

impl serde::de::Visitor<'_> for Base64 {
    type Value = Secret;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Secret, E> {
        let mut secret = Secret::default();
        match BASE64_STANDARD.decode_slice(text, secret.as_mut_slice()) {
            Ok(KEY_LEN) => Ok(secret),
            _ => Err(E::custom("not a key")),
        }
    }
}

fn optional_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    secret(deserializer).map(Some)
}

impl KeyRing {
    /// The ring in the key file at `path`.
    ///
    /// # Errors
    /// [`KeyError::Missing`], [`KeyError::Permissions`] (on Unix: others than the owner have any access),
    /// [`KeyError::Parse`] or [`KeyError::Io`].
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let mut file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => KeyError::Missing { path: path.to_owned() },
            _ => io("open", path)(error),
        })?;
        refuse_open_to_others(&file, path)?;
        // Room for all of it and a little more: a text that had to grow would leave a copy of the keys behind.
        let length = file.metadata().map_err(io("examine", path))?.len();
        let mut text =
            Zeroizing::new(String::with_capacity(usize::try_from(length).unwrap_or_default() + 64));
        file.read_to_string(&mut text).map_err(io("read", path))?;
        parse(&text).map_err(|cause| KeyError::Parse { path: path.to_owned(), cause })
    }

    /// A new ring in a new key file at `path`, which only its owner can read (on Unix: mode 600).
    ///
    /// # Errors
    /// [`KeyError::Exists`], [`KeyError::Busy`] or [`KeyError::Io`].
    pub fn create(path: &Path, rng: &dyn Rng) -> Result<Self, KeyError> {
        let ring = Self::generate(rng);
        ring.write(path, || match path.try_exists() {
            Ok(false) => Ok(()),
            Ok(true) => Err(KeyError::Exists { path: path.to_owned() }),
            Err(error) => Err(io("look for", path)(error)),
        })?;
        Ok(ring)
    }

    /// Replaces the key file at `path` by this ring, wholly or not at all.
    ///
    /// # Errors
    /// [`KeyError::WouldLoseKeys`] where the file holds a version that this ring does not (another process rotated, or
    /// it is another tenant's file), [`KeyError::Busy`], [`KeyError::Io`], and what [`KeyRing::load`] says of the
    /// present file; that there is none is no error.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        self.write(path, || match Self::load(path) {
            Ok(stored) if !self.holds_all_of(&stored) => {
                Err(KeyError::WouldLoseKeys { path: path.to_owned() })
            }
            Ok(_) | Err(KeyError::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        })
    }

    /// The ring in `text`, the content of a key file given as an environment secret.
    ///
    /// # Errors
    /// [`KeyError::Secret`].
    pub fn from_secret(text: &str) -> Result<Self, KeyError> {
        parse(text).map_err(KeyError::Secret)
    }

    fn holds_all_of(&self, stored: &Self) -> bool {
        self.tenant == stored.tenant
            && self.holds_ledger_keys_of(stored)
            && stored.versions().all(|theirs| {
                self.version(theirs.number).is_some_and(|ours| {
                    ours.wrapping_secret == theirs.wrapping_secret && ours.token_secret == theirs.token_secret
                })
            })
    }

    /// Bytes enough for the text never to be moved while it grows, which would leave a copy of the keys behind.
    fn text_capacity(&self) -> usize {
        COMMENT.len() + 128 + self.versions().count() * 192 + self.ledger.len() * 512
    }

    fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.text_capacity()));
        text.push_str(COMMENT);
        text.push_str(&format!("format = {FORMAT}\ntenant = \"{}\"\n", self.tenant));
        for version in self.versions() {
            text.push_str(&format!("\n[[version]]\nnumber = {}\nkek = \"", version.number));
            BASE64_STANDARD.encode_string(version.wrapping_secret.as_slice(), &mut text);
            text.push_str("\"\nindex = \"");
            BASE64_STANDARD.encode_string(version.token_secret.as_slice(), &mut text);
            let state = if version.live { "live" } else { "retired" };
            text.push_str(&format!("\"\nstate = \"{state}\"\n"));
        }
        for key in &self.ledger {
            text.push_str(&format!("\n[[ledger]]\norigin = \"{}\"\n", key.origin));
            if let Some(from) = key.from {
                text.push_str(&format!("from = {from}\n"));
            }
            if let Some(secret) = &key.secret {
                text.push_str("secret = \"");
                BASE64_STANDARD.encode_string(secret.as_slice(), &mut text);
                text.push_str("\"\n");
            }
            if let Some(verifier) = &key.verifier {
                text.push_str(&format!("verifier = \"{verifier}\"\n"));
            }
        }
        text
    }

    /// Writes a draft beside `path` and gives it that name. The draft, which only one process can create, is also the
    /// lock under which `check` looks at the present file.
    fn write(&self, path: &Path, check: impl FnOnce() -> Result<(), KeyError>) -> Result<(), KeyError> {
        let draft = draft_of(path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => KeyError::Busy { draft: draft.clone() },
            _ => io("create", &draft)(error),
        })?;

        let written = check().and_then(|()| {
            file.write_all(self.to_text().as_bytes()).map_err(io("write", &draft))?;
            file.sync_all().map_err(io("write", &draft))?;
            fs::rename(&draft, path).map_err(io("replace", path))
        });
        if written.is_err() {
            // The first error is the one to tell; a draft that stays is told of by the next attempt.
            let _ = fs::remove_file(&draft);
        }
        written?;
        sync_directory(path)
    }
}

fn parse(text: &str) -> Result<KeyRing, KeyFormatError> {
    // The library's messages quote the text, which is secret: only the place is passed on.
    let text: Text = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        KeyFormatError::Syntax { line: 1 + before.matches('\n').count() }
    })?;
    if text.format != FORMAT {
        return Err(KeyFormatError::UnknownFormat(text.format));
    }
    if !text.version.is_sorted_by(|a, b| a.number < b.number) {
        return Err(KeyFormatError::Versions);
    }
    let mut older: Vec<Version> = text
        .version
        .into_iter()
        .map(|entry| Version::new(entry.number.get(), entry.state == State::Live, entry.kek, entry.index))
        .collect();
    let current = older.pop().filter(|current| current.live).ok_or(KeyFormatError::Versions)?;
    Ok(KeyRing { tenant: text.tenant, older, current, ledger: ledger_keys(text.ledger)? })
}

/// The keys of the ledger: the last one signs, and at most one before it does.
fn ledger_keys(entries: Vec<LedgerEntry>) -> Result<Vec<LedgerKey>, KeyFormatError> {
    let count = entries.len();
    let is_sound = |(at, entry): (usize, &LedgerEntry)| {
        let can_sign = count - at <= 2 && (at + 1 == count || entries[count - 1].from.is_none());
        let is_one = entry.secret.is_some() != entry.verifier.is_some();
        let is_name = !entry.origin.contains(['"', '\\', '\n']);
        is_one && is_name && (can_sign || entry.secret.is_none()) && (at + 1 == count || entry.from.is_some())
    };
    if entries.last().is_none_or(|last| last.secret.is_none()) || !entries.iter().enumerate().all(is_sound) {
        return Err(KeyFormatError::LedgerKeys);
    }
    let key = |LedgerEntry { origin, from, secret, verifier }| LedgerKey { origin, from, secret, verifier };
    Ok(entries.into_iter().map(key).collect())
}

fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

fn io(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> KeyError {
    move |source| KeyError::Io { operation, path: path.to_owned(), source }
}

#[cfg(unix)]
fn refuse_open_to_others(file: &File, path: &Path) -> Result<(), KeyError> {
    let metadata = file.metadata().map_err(io("examine", path))?;
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Permissions { path: path.to_owned(), mode });
    }
    Ok(())
}

/// Other systems keep such rights elsewhere; there the administrator sets them.
#[cfg(not(unix))]
fn refuse_open_to_others(_: &File, _: &Path) -> Result<(), KeyError> {
    Ok(())
}

/// A new name is safe from a power cut only once its directory is written too.
#[cfg(unix)]
fn sync_directory(path: &Path) -> Result<(), KeyError> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    File::open(directory).and_then(|open| open.sync_all()).map_err(io("write", directory))
}

/// Other systems can't open a directory to write it.
#[cfg(not(unix))]
fn sync_directory(_: &Path) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::error::Error;

    use hefu_kernel::{Rng, SeededRng};
    use proptest::prelude::*;

    use super::*;
    use crate::OsRng;

    /// A directory of its own for one test, removed at its end.
    struct Directory(PathBuf);

    impl Directory {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("hefu-crypto-{:016x}", Rng::next_u64(&OsRng)));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn key_file(&self) -> PathBuf {
            self.0.join("hefu.key")
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn three_versions() -> KeyRing {
        let rng = SeededRng::new(1);
        let mut ring = KeyRing::generate(&rng);
        ring.rotate(&rng);
        ring.rotate(&rng);
        ring.retire(1).unwrap();
        ring
    }

    fn format_error(text: &str) -> KeyFormatError {
        match KeyRing::from_secret(text) {
            Err(KeyError::Secret(cause)) => cause,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_text_holds_the_whole_ring() {
        let ring = three_versions();
        let text = ring.to_text();
        assert!(text.starts_with("# The keys of this Hefu property. Back this file up"));
        assert!(text.contains("\nformat = 2\n"));

        let again = KeyRing::from_secret(&text).unwrap();
        assert_eq!((again.tenant(), again.current(), again.live()), (ring.tenant(), 3, vec![2, 3]));
        assert!(again.holds_all_of(&ring));
        assert_eq!(again.token(1, "phone", "1"), ring.token(1, "phone", "1"));
        assert_eq!(*again.to_text(), *text);
    }

    #[test]
    fn the_text_fits_the_space_reserved_for_it() {
        let mut ring = three_versions();
        ring.current.number = u16::MAX;
        assert!(ring.to_text().len() <= ring.text_capacity());
    }

    #[test]
    fn a_created_file_is_private_and_loads_again() {
        let directory = Directory::new();
        let path = directory.key_file();
        let ring = KeyRing::create(&path, &SeededRng::new(2)).unwrap();
        assert!(KeyRing::load(&path).unwrap().holds_all_of(&ring));
        assert_eq!(directory.names(), ["hefu.key"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn create_overwrites_nothing() {
        let directory = Directory::new();
        let path = directory.key_file();
        let first = KeyRing::create(&path, &SeededRng::new(3)).unwrap();
        let second = KeyRing::create(&path, &SeededRng::new(4));
        assert!(matches!(second, Err(KeyError::Exists { .. })), "{second:?}");
        assert!(KeyRing::load(&path).unwrap().holds_all_of(&first));
        assert_eq!(directory.names(), ["hefu.key"]);
    }

    #[test]
    fn save_replaces_the_file() {
        let directory = Directory::new();
        let path = directory.key_file();
        let mut ring = KeyRing::create(&path, &SeededRng::new(5)).unwrap();
        ring.rotate(&SeededRng::new(6));
        ring.save(&path).unwrap();
        assert_eq!(KeyRing::load(&path).unwrap().live(), [1, 2]);
        ring.retire(1).unwrap();
        ring.save(&path).unwrap();
        assert_eq!(KeyRing::load(&path).unwrap().live(), [2]);
        assert_eq!(directory.names(), ["hefu.key"]);

        let elsewhere = directory.0.join("copy.key");
        ring.save(&elsewhere).unwrap();
        assert!(KeyRing::load(&elsewhere).unwrap().holds_all_of(&ring));
    }

    #[test]
    fn save_loses_no_keys() {
        let directory = Directory::new();
        let path = directory.key_file();
        let mut one = KeyRing::create(&path, &SeededRng::new(7)).unwrap();
        let mut other = KeyRing::load(&path).unwrap();
        one.rotate(&SeededRng::new(8));
        other.rotate(&SeededRng::new(9));
        one.save(&path).unwrap();
        for stale in [&other, &three_versions()] {
            let saved = stale.save(&path);
            assert!(matches!(saved, Err(KeyError::WouldLoseKeys { .. })), "{saved:?}");
        }
        assert!(KeyRing::load(&path).unwrap().holds_all_of(&one));
        assert_eq!(directory.names(), ["hefu.key"]);
    }

    #[test]
    fn an_unfinished_draft_is_told_of_and_left_alone() {
        let directory = Directory::new();
        let path = directory.key_file();
        fs::write(draft_of(&path), "another process").unwrap();
        let created = KeyRing::create(&path, &SeededRng::new(10));
        assert!(matches!(created, Err(KeyError::Busy { .. })), "{created:?}");
        assert_eq!(fs::read_to_string(draft_of(&path)).unwrap(), "another process");
    }

    #[test]
    fn a_missing_file_is_told_of() {
        let directory = Directory::new();
        let missing = KeyRing::load(&directory.key_file());
        assert!(matches!(missing, Err(KeyError::Missing { .. })), "{missing:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_open_to_others_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let directory = Directory::new();
        let path = directory.key_file();
        KeyRing::create(&path, &SeededRng::new(11)).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let message = KeyRing::load(&path).unwrap_err().to_string();
            assert!(message.contains(&format!("mode {mode:o}")), "{message}");
            assert!(message.contains(&format!("chmod 600 {}", path.display())), "{message}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(KeyRing::load(&path).is_ok());
    }

    #[test]
    fn a_broken_file_is_told_of_with_its_path() {
        let directory = Directory::new();
        let path = directory.key_file();
        KeyRing::create(&path, &SeededRng::new(12)).unwrap();
        fs::write(&path, "format = 2\ntenant = nobody").unwrap();
        let error = KeyRing::load(&path).unwrap_err();
        assert!(error.to_string().contains("hefu.key"));
        assert_eq!(
            error.source().unwrap().to_string(),
            "the text is broken, or a field missing or wrong, at line 2"
        );
    }

    #[test]
    fn what_is_wrong_is_told_without_the_keys() {
        let ring = three_versions();
        let text = ring.to_text();
        let kek = BASE64_STANDARD.encode(ring.current.wrapping_secret.as_slice());
        let line = 1 + text[..text.find(&kek).unwrap()].matches('\n').count();
        for wrong in [
            text.replace(&kek, &kek[1..]),
            text.replace(&kek, &format!("{kek}{kek}")),
            text.replace(&format!("kek = \"{kek}\""), &format!("kek = {kek}")),
            text.replace("number = 3", &format!("number = \"{kek}\"")),
        ] {
            let error = KeyRing::from_secret(&wrong).unwrap_err();
            let told = format!("{error} {error:?} {}", error.source().unwrap());
            assert!(!told.contains(&kek[1..9]), "{told}");
            match format_error(&wrong) {
                KeyFormatError::Syntax { line: told } => {
                    assert!(told.abs_diff(line) <= 1, "{told} for {line}")
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn rings_that_cannot_be_are_refused() {
        let text = three_versions().to_text();
        let without_versions = &text[..text.find("\n[[version]]").unwrap()];
        assert_eq!(format_error(&text.replace("format = 2", "format = 3")), KeyFormatError::UnknownFormat(3));
        assert_eq!(format_error(&text.replace("number = 3", "number = 2")), KeyFormatError::Versions);
        assert_eq!(format_error(&text.replace("\"live\"", "\"retired\"")), KeyFormatError::Versions);
        assert_eq!(
            format_error(&format!("{without_versions}version = []\nledger = []")),
            KeyFormatError::Versions
        );
        for (right, wrong) in
            [("number = 1", "number = 0"), ("number = 3", "number = 65536"), ("\"live\"", "\"lost\"")]
        {
            assert!(
                matches!(format_error(&text.replace(right, wrong)), KeyFormatError::Syntax { .. }),
                "{wrong}"
            );
        }
        assert!(matches!(format_error(without_versions), KeyFormatError::Syntax { .. }));
        assert!(matches!(format_error(""), KeyFormatError::Syntax { line: 1 }));
    }

    #[test]
    fn the_ledgers_keys_are_kept_and_none_is_lost() {
        let directory = Directory::new();
        let (path, rng) = (directory.key_file(), SeededRng::new(13));
        let mut ring = KeyRing::create(&path, &rng).unwrap();
        let former = KeyRing::load(&path).unwrap();
        ring.add_ledger_key(&rng, false);
        ring.save(&path).unwrap();
        let again = KeyRing::load(&path).unwrap();
        assert_eq!(again.ledger_keys(), ring.ledger_keys());
        assert!(matches!(former.save(&path), Err(KeyError::WouldLoseKeys { .. })));
        ring.retire_ledger_keys(7, &["first+0a0b0c0d+AQ==".into(), String::new()]).unwrap();
        ring.save(&path).unwrap();
        assert_eq!(KeyRing::load(&path).unwrap().ledger_keys(), ring.ledger_keys());
        assert!(
            matches!(again.save(&path), Err(KeyError::WouldLoseKeys { .. })),
            "it would bring a secret back"
        );
        assert!(
            !fs::read_to_string(&path)
                .unwrap()
                .contains(&BASE64_STANDARD.encode(former.ledger[0].secret().unwrap()))
        );

        let text = ring.to_text();
        let from = text.find("\n[[ledger]]").unwrap();
        let cut = |behind: &str| format_error(&format!("{}{behind}", &text[..from]));
        assert!(matches!(format_error(&text[..from]), KeyFormatError::Syntax { .. }));
        for wrong in [
            "\n[[ledger]]\norigin = \"a\"\nfrom = 0\nverifier = \"v\"\n",
            "\n[[ledger]]\norigin = \"a\"\nfrom = 0\n",
        ] {
            assert_eq!(cut(wrong), KeyFormatError::LedgerKeys, "{wrong}");
        }
        assert_eq!(format_error(&text.replace("from = 0\n", "")), KeyFormatError::LedgerKeys);
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_refused(text: String) {
            prop_assert!(KeyRing::from_secret(&text).is_err());
        }

        #[test]
        fn an_altered_ring_never_panics(at: prop::sample::Index, cut in 0..40_usize, put: String) {
            let mut text = three_versions().to_text().to_string();
            let start = at.index(text.len());
            let end = text.len().min(start + cut);
            text.replace_range(start..end, &put);
            let _ = KeyRing::from_secret(&text);
        }
    }
}
