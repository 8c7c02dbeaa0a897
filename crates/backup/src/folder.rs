//! A repository in a folder: a disk, a memory stick, a mounted share.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use rustic_core::BytesList;

use crate::place::Place;

/// The entries of a repository's folder.
const OURS: [&str; 6] = ["config", "data", "index", "keys", "locks", "snapshots"];

/// Prefix of files being written; it is no valid name in a repository.
const UNFINISHED: &str = ".unfinished-";

#[derive(Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

/// Creates a directory and its parents, accessible to the owner only.
fn make(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Makes renames in a directory survive a power cut.
fn sync(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    Ok(())
}

fn or_none<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Folder {
    fn collect(directory: &Path, files: &mut Vec<(String, u64)>) -> io::Result<()> {
        let Some(entries) = or_none(fs::read_dir(directory))? else { return Ok(()) };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                Self::collect(&entry.path(), files)?;
            } else if let Ok(name) = entry.file_name().into_string()
                && !name.starts_with(UNFINISHED)
                // It may have been removed meanwhile.
                && let Some(about) = or_none(entry.metadata())?
            {
                files.push((name, about.len()));
            }
        }
        Ok(())
    }
}

impl Place for Folder {
    fn shown(&self) -> String {
        self.0.display().to_string()
    }

    fn prepare(&self) -> io::Result<()> {
        for entry in or_none(fs::read_dir(&self.0))?.into_iter().flatten() {
            if !entry?.file_name().to_str().is_some_and(|name| OURS.contains(&name)) {
                return Err(ErrorKind::DirectoryNotEmpty.into());
            }
        }
        // Also `locks`, which restic expects.
        OURS.iter().skip(1).try_for_each(|directory| make(&self.0.join(directory)))
    }

    fn size(&self, name: &str) -> io::Result<Option<u64>> {
        Ok(or_none(fs::metadata(self.0.join(name)))?.map(|about| about.len()))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        Self::collect(&self.0.join(directory), &mut files)?;
        Ok(files)
    }

    fn read(&self, name: &str, range: Option<(u64, u64)>) -> io::Result<Bytes> {
        let mut file = File::open(self.0.join(name))?;
        let mut content = Vec::new();
        match range {
            None => drop(file.read_to_end(&mut content)?),
            Some((offset, length)) => {
                file.seek(SeekFrom::Start(offset))?;
                file.take(length).read_to_end(&mut content)?;
                if content.len() as u64 != length {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
            }
        }
        Ok(content.into())
    }

    fn write(&self, name: &str, content: &BytesList, alone: bool) -> io::Result<()> {
        let path = self.0.join(name);
        let directory = path.parent().unwrap_or(&self.0);
        if !directory.exists() {
            make(directory)?;
        }
        // Readable by the owner only; removed again if it cannot be completed.
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(directory)?;
        content.slice().iter().try_for_each(|piece| file.write_all(piece))?;
        file.as_file().sync_all()?;
        let kept = if alone { file.persist_noclobber(&path) } else { file.persist(&path) };
        kept.map_err(|error| error.error)?;
        sync(directory)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        or_none(fs::remove_file(self.0.join(name))).map(drop)
    }
}
