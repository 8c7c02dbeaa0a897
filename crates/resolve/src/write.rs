//! Writing results: completely or not at all.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use hefu_identity::matching::{Linkage, Model, ScoredPair, Scorer, compare};
use hefu_kernel::cell::needs_apostrophe;
use rayon::prelude::*;

use crate::{Error, read::Ids};

/// A file that gets its final name when it is complete. If dropped before that, it is removed.
pub(crate) struct Whole {
    path: PathBuf,
    beside: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Whole {
    fn new(path: &Path) -> Result<Self, Error> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let beside = path.with_file_name(name);
        let file =
            File::create(&beside).map_err(|source| Error::Unwritable { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), beside, file: Some(BufWriter::with_capacity(1 << 20, file)) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes));
        written.map_err(|source| Error::Unwritable { path: self.path.clone(), source })
    }

    /// Writes the output of `line` for each item and its index.
    fn write_lines<T: Sync>(
        &mut self,
        items: &[T],
        line: impl Fn(&mut Vec<u8>, usize, &T) + Sync,
    ) -> Result<(), Error> {
        const AT_ONCE: usize = 1 << 12;
        for (items, start) in items.chunks(AT_ONCE * 16).zip((0..).step_by(AT_ONCE * 16)) {
            let texts = items.par_chunks(AT_ONCE).enumerate().map(|(chunk, items)| {
                let mut lines = Vec::new();
                for (place, item) in (start + chunk * AT_ONCE..).zip(items) {
                    line(&mut lines, place, item);
                }
                lines
            });
            for lines in texts.collect::<Vec<_>>() {
                self.write(&lines)?;
            }
        }
        Ok(())
    }

    /// Renames the file to its final name.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let finished = match self.file.take().map(BufWriter::into_inner) {
            Some(Ok(_)) | None => std::fs::rename(&self.beside, &self.path),
            Some(Err(error)) => Err(error.into_error()),
        };
        finished.map_err(|source| {
            let _ = std::fs::remove_file(&self.beside);
            Error::Unwritable { path: self.path.clone(), source }
        })
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}

/// Appends a value, in quotes where CSV (RFC 4180) needs them, and so that no spreadsheet takes it for a formula.
fn value(line: &mut Vec<u8>, text: &[u8]) {
    if needs_apostrophe(text) {
        return value_as_it_is(line, &[b"'", text].concat());
    }
    value_as_it_is(line, text);
}

fn value_as_it_is(line: &mut Vec<u8>, text: &[u8]) {
    if text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        line.push(b'"');
        for byte in text {
            if *byte == b'"' {
                line.push(b'"');
            }
            line.push(*byte);
        }
        line.push(b'"');
    } else {
        line.extend_from_slice(text);
    }
}

/// The file of clusters, not yet complete.
pub(crate) struct Clusters {
    pub(crate) file: Whole,
    pub(crate) number: usize,
    pub(crate) largest: usize,
}

impl Clusters {
    pub(crate) fn new(path: &Path, ids: &Ids, clusters: &[u32]) -> Result<Self, Error> {
        // The first id of each cluster in byte order, and its number of records, at the record that represents it.
        let mut named: Vec<(u32, u32)> = (0..clusters.len() as u32).map(|place| (place, 0)).collect();
        for (place, cluster) in (0..).zip(clusters) {
            let (first, size) = &mut named[*cluster as usize];
            *size += 1;
            if place != *first && ids.get(place as usize) < ids.get(*first as usize) {
                *first = place;
            }
        }
        let mut file = Whole::new(path)?;
        file.write(b"id,cluster\n")?;
        file.write_lines(clusters, |lines, place, cluster| {
            value(lines, ids.get(place));
            lines.push(b',');
            value(lines, ids.get(named[*cluster as usize].0 as usize));
            lines.push(b'\n');
        })?;
        let sizes = named.iter().map(|(_, size)| *size).filter(|size| *size > 0);
        Ok(Self { file, number: sizes.clone().count(), largest: sizes.max().unwrap_or_default() as usize })
    }
}

/// Writes scored pairs, the surest first.
pub(crate) fn pairs(
    path: &Path,
    ids: &Ids,
    linkage: &Linkage,
    scorer: &Scorer,
    pairs: &[ScoredPair],
) -> Result<Whole, Error> {
    let mut file = Whole::new(path)?;
    file.write(b"id_1,id_2,probability,bits,verdict,explanation\n")?;
    file.write_lines(pairs, |lines, _, pair| {
        let (one, two) = (pair.one as usize, pair.two as usize);
        let comparison = compare(&linkage.records()[one], &linkage.records()[two]);
        let verdict = match pair.linked {
            true => "link",
            false if scorer.is_for_review(pair.bits) => "review",
            false => "apart",
        };
        let probability = 1.0 / (1.0 + (-pair.bits).exp2());
        value(lines, ids.get(one));
        lines.push(b',');
        value(lines, ids.get(two));
        let code = scorer.explain(&comparison).code();
        let _ = writeln!(lines, ",{probability:.6},{:.2},{verdict},{code}", pair.bits);
    })?;
    Ok(file)
}

/// Writes a model as TOML.
pub(crate) fn model(path: &Path, model: &Model) -> Result<(), Error> {
    let text = toml::to_string_pretty(model)
        .map_err(|error| Error::Model { path: Some(path.to_owned()), message: error.to_string() })?;
    let mut file = Whole::new(path)?;
    file.write(b"# How likely each level of agreement is: m among records of one person, household among people who share a\n# contact, u among strangers. Learnt without labels; read by `hefu identity resolve --model`.\n")?;
    file.write(text.as_bytes())?;
    file.finish()
}
