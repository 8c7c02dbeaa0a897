//! A repository in a folder, with files made for the test.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    io::{self, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use hefu_backup::{BackupError, Made, Progress, Repository, S3Access, Source, Target};
use zeroize::Zeroizing;

const MEGABYTE: usize = 1 << 20;

fn at() -> DateTime<Utc> {
    "2026-10-03T08:00:00Z".parse().unwrap()
}

fn repository(dir: &Path, passwords: &[&str]) -> Repository {
    let target = Target::parse(dir.to_str().unwrap(), &S3Access::default()).unwrap();
    Repository::new(target, passwords.iter().map(|word| Zeroizing::new((*word).to_owned())).collect())
}

fn silent() -> Progress {
    Arc::new(|_, _| {})
}

/// Bytes that cannot be compressed, the same for the same seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn file(name: &str, content: Vec<u8>) -> Source {
    Source { name: name.into(), size: Some(content.len() as u64), content: Box::new(Cursor::new(content)) }
}

fn back_up(repository: &Repository, files: Vec<Source>) -> Result<Made, BackupError> {
    repository.begin(Arc::default())?.back_up(files, &["test"], at(), &silent())
}

fn read(repository: &Repository, id: Option<&str>, name: &str) -> Result<Vec<u8>, BackupError> {
    let mut content = Vec::new();
    repository.contents(id)?.write(name, &mut content, &silent())?;
    Ok(content)
}

#[test]
fn what_was_backed_up_comes_back_and_is_stored_once() {
    let dir = tempfile::tempdir().unwrap();
    let repository = repository(&dir.path().join("new/place"), &["word"]);
    let (large, small) = (noise(1, 9 * MEGABYTE), b"small".to_vec());
    let first =
        back_up(&repository, vec![file("b", large.clone()), file("a", small.clone()), file("c", vec![])])
            .unwrap();
    assert!(first.added > 9 * MEGABYTE as u64);
    assert_eq!(first.snapshot.tags, ["test"]);
    assert_eq!((first.snapshot.at, first.snapshot.size), (at(), (large.len() + small.len()) as u64));

    // A page in the middle changes.
    let mut changed = large.clone();
    changed[5 * MEGABYTE..5 * MEGABYTE + 4_096].copy_from_slice(&noise(2, 4_096));
    let second = back_up(&repository, vec![file("b", changed.clone())]).unwrap();
    assert!(second.added < 6 * MEGABYTE as u64, "{} bytes", second.added);

    assert_eq!(read(&repository, None, "b").unwrap().len(), changed.len());
    assert!(read(&repository, Some(second.snapshot.short_id()), "b").unwrap() == changed);
    assert!(read(&repository, Some(&first.snapshot.id), "b").unwrap() == large);
    assert_eq!(read(&repository, Some(&first.snapshot.id), "a").unwrap(), small);
    assert_eq!(read(&repository, Some(&first.snapshot.id), "c").unwrap(), b"");
    let checked = repository.check(&silent()).unwrap();
    assert_eq!((checked.snapshots, checked.faults), (2, Vec::<String>::new()));
}

#[test]
fn a_file_of_unknown_size_is_stored_in_parts_of_known_size_and_comes_back_whole() {
    let dir = tempfile::tempdir().unwrap();
    let repository = repository(dir.path(), &["word"]);
    let large = noise(1, 40 * MEGABYTE);
    let unknown = |name: &str, content: Vec<u8>| Source { size: None, ..file(name, content) };
    let files = vec![unknown("b.dump", large.clone()), file("a", b"a".to_vec()), unknown("c.dump", vec![])];
    back_up(&repository, files).unwrap();
    let contents = repository.contents(None).unwrap();
    assert!(contents.has("b.dump") && contents.has("c.dump") && !contents.has("b.dump.00000"));
    assert!(read(&repository, None, "b.dump").unwrap() == large);
    assert_eq!(read(&repository, None, "c.dump").unwrap(), b"");
}

/// Content that fails after so many bytes, or that asks to stop.
struct Ends {
    content: Cursor<Vec<u8>>,
    after: u64,
    end: Box<dyn FnMut() -> io::Result<()> + Send>,
}

impl Read for Ends {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.content.position() >= self.after {
            (self.end)()?;
        }
        self.content.read(buffer)
    }
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_makes_no_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let repository = repository(dir.path(), &["word"]);
    let end = || Err(io::Error::other("pg_dump failed"));
    let content =
        Ends { content: Cursor::new(noise(3, 4 * MEGABYTE)), after: MEGABYTE as u64, end: Box::new(end) };
    let broken = Source { name: "b".into(), size: None, content: Box::new(content) };
    let error =
        back_up(&repository, vec![file("a", noise(4, 10)), broken, file("c", noise(5, 10))]).unwrap_err();
    assert!(matches!(&error, BackupError::Source { name, .. } if name == "b"), "{error}");
    assert!(error.to_string().contains("pg_dump failed"), "{error}");
    assert_eq!(repository.snapshots().unwrap(), []);
    assert_eq!(repository.check(&silent()).unwrap().faults, Vec::<String>::new());
}

/// The bytes of all files in a folder.
fn size_of(dir: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_of(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.map(of).sum()
}

#[test]
fn an_interrupted_backup_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let repository = repository(dir.path(), &["word"]);
    let all = noise(6, 24 * MEGABYTE);
    let stop = Arc::new(AtomicBool::new(false));
    // What was read is written by others meanwhile: it is interrupted when so much is there.
    let written = 10 * MEGABYTE as u64;
    let end = {
        let (stop, data) = (stop.clone(), dir.path().join("data"));
        move || {
            let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
            while size_of(&data) < written && std::time::Instant::now() < patience {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            stop.store(true, Ordering::SeqCst);
            Ok(())
        }
    };
    let content = Ends { content: Cursor::new(all.clone()), after: 16 * MEGABYTE as u64, end: Box::new(end) };
    let cut = Source { name: "a".into(), size: Some(all.len() as u64), content: Box::new(content) };
    let error = repository.begin(stop).unwrap().back_up(vec![cut], &[], at(), &silent()).unwrap_err();
    assert!(matches!(error, BackupError::Interrupted), "{error}");
    assert_eq!(repository.snapshots().unwrap(), []);
    let made = back_up(&repository, vec![file("a", all.clone())]).unwrap();
    let left = all.len() as u64 - written;
    assert!(made.added < left + MEGABYTE as u64, "{} bytes were copied again", made.added);
    assert!(read(&repository, None, "a").unwrap() == all);
}

#[test]
fn the_newest_password_opens_it_after_the_next_backup_and_the_old_one_no_more() {
    let dir = tempfile::tempdir().unwrap();
    back_up(&repository(dir.path(), &["old"]), vec![file("a", b"1".to_vec())]).unwrap();
    let stranger = repository(dir.path(), &["stranger"]);
    assert!(matches!(stranger.snapshots(), Err(BackupError::WrongKey { .. })));
    assert!(matches!(back_up(&stranger, vec![file("a", vec![])]), Err(BackupError::WrongKey { .. })));

    let rotated = repository(dir.path(), &["new", "old"]);
    assert_eq!(rotated.snapshots().unwrap().len(), 1);
    assert_eq!(repository(dir.path(), &["old"]).snapshots().unwrap().len(), 1, "reading changes nothing");
    back_up(&rotated, vec![file("a", b"2".to_vec())]).unwrap();
    assert_eq!(repository(dir.path(), &["new"]).snapshots().unwrap().len(), 2);
    assert!(matches!(repository(dir.path(), &["old"]).snapshots(), Err(BackupError::WrongKey { .. })));
}

#[test]
fn many_at_once_make_one_repository_with_all_their_snapshots() {
    let dir = tempfile::tempdir().unwrap();
    let repository = repository(dir.path(), &["word"]);
    std::thread::scope(|scope| {
        let backups: Vec<_> = (0..4)
            .map(|n| {
                let repository = &repository;
                scope.spawn(move || {
                    back_up(repository, vec![file("a", noise(n, MEGABYTE)), file("b", noise(9, MEGABYTE))])
                })
            })
            .collect();
        for backup in backups {
            backup.join().unwrap().unwrap();
        }
    });
    let snapshots = repository.snapshots().unwrap();
    assert_eq!(snapshots.len(), 4);
    let read_back: Vec<_> =
        snapshots.iter().map(|snapshot| read(&repository, Some(&snapshot.id), "a").unwrap()).collect();
    assert!((0..4).all(|n| read_back.contains(&noise(n, MEGABYTE))));
    assert_eq!(repository.check(&silent()).unwrap().faults, Vec::<String>::new());
}

#[test]
fn one_that_could_not_finish_making_it_is_no_obstacle() {
    let other = tempfile::tempdir().unwrap();
    back_up(&repository(other.path(), &["word"]), vec![file("a", vec![])]).unwrap();
    // A key whose `config` was never written, and a `config` whose key was not.
    for left_behind in ["keys", "config"] {
        let dir = tempfile::tempdir().unwrap();
        for directory in ["keys", "data", "index", "snapshots"] {
            std::fs::create_dir(dir.path().join(directory)).unwrap();
        }
        match left_behind {
            "keys" => {
                let key = std::fs::read_dir(other.path().join("keys")).unwrap().next().unwrap().unwrap();
                std::fs::copy(key.path(), dir.path().join("keys").join(key.file_name())).unwrap();
            }
            _ => drop(std::fs::copy(other.path().join("config"), dir.path().join("config")).unwrap()),
        }
        let repository = repository(dir.path(), &["word"]);
        back_up(&repository, vec![file("a", b"1".to_vec())]).unwrap();
        assert_eq!(read(&repository, None, "a").unwrap(), b"1", "{left_behind}");
    }
}

#[test]
fn what_is_no_repository_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    let occupied = repository(dir.path(), &["word"]);
    assert!(matches!(back_up(&occupied, vec![file("a", vec![])]), Err(BackupError::NotEmpty { .. })));
    assert!(matches!(occupied.snapshots(), Err(BackupError::NoRepository { .. })));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);

    // A file where a directory is needed: nobody may write there, root included.
    let below = repository(&dir.path().join("letter.txt/below"), &["word"]);
    let error = back_up(&below, vec![file("a", vec![])]).unwrap_err().to_string();
    assert!(error.contains("letter.txt"), "{error}");
}

#[test]
fn progress_comes_to_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let repository = repository(dir.path(), &["word"]);
    let last = Arc::new(AtomicU64::new(0));
    let progress: Progress = {
        let last = last.clone();
        Arc::new(move |done, all| {
            assert_eq!(all, Some(3 * MEGABYTE as u64));
            last.fetch_max(done, Ordering::SeqCst);
        })
    };
    let files = vec![file("a", noise(1, MEGABYTE)), file("b", noise(2, 2 * MEGABYTE))];
    repository.begin(Arc::default()).unwrap().back_up(files, &[], at(), &progress).unwrap();
    assert_eq!(last.swap(0, Ordering::SeqCst), 3 * MEGABYTE as u64);
    let contents = repository.contents(None).unwrap();
    for name in ["a", "b"] {
        contents.write(name, &mut io::sink(), &progress).unwrap();
    }
    assert_eq!(last.load(Ordering::SeqCst), 3 * MEGABYTE as u64);
}

#[cfg(unix)]
#[test]
fn its_owner_alone_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    fn check(path: &Path) {
        let about = std::fs::metadata(path).unwrap();
        let expected = if about.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(about.permissions().mode() & 0o777, expected, "{}", path.display());
        if about.is_dir() {
            std::fs::read_dir(path).unwrap().for_each(|entry| check(&entry.unwrap().path()));
        }
    }

    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("backups");
    back_up(&repository(&place, &["word"]), vec![file("a", noise(1, 100))]).unwrap();
    check(&place);
}
