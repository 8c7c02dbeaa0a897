//! Keeps what Hefu writes, and the keys in its memory, from the other users of the machine.

use std::{fs::File, path::Path};

use anyhow::Context as _;

/// From now on whatever this process makes is its own user's alone (files 600, directories 700), whatever the mask it was started with: records
/// and their logs, checkpoint, lock, exports, reports. Its memory, with the keys in it, is written to no core file and read by no other process of
/// the user's.
#[cfg(unix)]
pub fn protect() {
    use rustix::{
        fs::Mode,
        process::{Resource, Rlimit, setrlimit, umask},
    };
    umask(Mode::RWXG | Mode::RWXO);
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let mut done = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        done = done.and(set_dumpable_behavior(DumpableBehavior::NotDumpable));
    }
    if let Err(error) = done {
        eprintln!(
            "hefu: the keys could get into a core file, because the system does not let it be forbidden: {error}"
        );
    }
}

/// Other systems have other rights; there the administrator sets them.
#[cfg(not(unix))]
pub const fn protect() {}

/// Makes a file, or takes the place of one that is there, for its own user alone.
///
/// # Errors
/// It cannot be made, or is another user's.
pub fn create(path: &Path) -> std::io::Result<File> {
    let file = File::create(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Makes the directory of the records, or sees to it that nobody else can look into the one that is there. A directory that holds other things
/// and is open to others is not closed to them behind their back, but refused.
///
/// # Errors
/// It cannot be made, it is shared, or it is another user's.
pub fn directory(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    close(dir)
}

#[cfg(unix)]
fn close(dir: &Path) -> anyhow::Result<()> {
    use std::{
        fs::{Permissions, metadata, read_dir, set_permissions},
        os::unix::fs::PermissionsExt as _,
        path::PathBuf,
    };
    let examined = || format!("{} cannot be examined", dir.display());
    let mode = |path: &Path| metadata(path).map(|about| about.permissions().mode() & 0o777);
    let is_ours = |name: &str| name.starts_with("hefu.") || name.starts_with("keys.db");
    let entries = read_dir(dir).and_then(Iterator::collect::<Result<Vec<_>, _>>).with_context(examined)?;
    let (ours, others): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| is_ours(&entry.file_name().to_string_lossy()));
    let open = mode(dir).with_context(examined)?;
    if open & 0o077 != 0 {
        if ours.is_empty() && !others.is_empty() {
            anyhow::bail!(
                "{0} is open to other users (mode {open:03o}) and holds other things than records: name a directory of \
                 its own (--data), or close this one with `chmod 700 {0}`",
                dir.display()
            );
        }
        set_permissions(dir, Permissions::from_mode(0o700)).with_context(|| {
            format!(
                "{} is open to other users (mode {open:03o}) and belongs to another user: name a directory below it",
                dir.display()
            )
        })?;
        tracing::warn!(
            "{} was open to other users (mode {open:03o}): it is closed to them now",
            dir.display()
        );
    }
    // The key file is not closed but refused: who knows who has read it. The configuration is the administrator's.
    let is_written =
        |path: &PathBuf| path.extension().is_none_or(|suffix| suffix != "key" && suffix != "toml");
    for path in ours.iter().map(std::fs::DirEntry::path).filter(is_written) {
        // Files of the engine come and go.
        let Ok(open) = mode(&path) else { continue };
        if open & 0o077 != 0 && path.is_file() {
            set_permissions(&path, Permissions::from_mode(open & 0o600))
                .with_context(|| format!("{} is open to other users (mode {open:03o})", path.display()))?;
            tracing::warn!(
                "{} was open to other users (mode {open:03o}): it is closed to them now",
                path.display()
            );
        }
    }
    Ok(())
}

/// Other systems have other rights; there the administrator sets them.
#[cfg(not(unix))]
fn close(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn open(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn place(name: &str) -> PathBuf {
        let random = hefu_kernel::Rng::next_u64(&hefu_crypto::OsRng);
        let dir = std::env::temp_dir().join(format!("hefu-private-{name}-{random:016x}"));
        fs::create_dir(&dir).unwrap();
        dir
    }

    #[test]
    fn records_that_are_open_to_others_are_closed() {
        let dir = place("records");
        for name in ["hefu.db", "keys.db-wal", "hefu.key", "letter.txt"] {
            fs::write(dir.join(name), "x").unwrap();
            open(&dir.join(name), 0o664);
        }
        open(&dir, 0o755);
        directory(&dir).unwrap();
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(["hefu.db", "keys.db-wal"].map(|name| mode(&dir.join(name))), [0o600; 2]);
        // One is refused when it is read, the other is none of ours.
        assert_eq!(["hefu.key", "letter.txt"].map(|name| mode(&dir.join(name))), [0o664; 2]);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_directory_of_others_is_refused_and_left_as_it_is() {
        let dir = place("shared");
        fs::write(dir.join("letter.txt"), "x").unwrap();
        open(&dir, 0o777);
        let refused = directory(&dir).unwrap_err().to_string();
        assert!(refused.contains("mode 777") && refused.contains("chmod 700"), "{refused}");
        assert_eq!(mode(&dir), 0o777);
        // Closed by its owner, it may hold what it likes.
        open(&dir, 0o700);
        directory(&dir).unwrap();
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn an_empty_directory_is_taken() {
        let dir = place("empty");
        open(&dir, 0o777);
        directory(&dir).unwrap();
        assert_eq!(mode(&dir), 0o700);
        fs::remove_dir_all(dir).unwrap();
    }
}
