//! Passwords that are known from leaks, in a file that the operator has fetched: nobody is asked, and nothing of a password leaves this machine.

use std::{
    cmp::Ordering,
    fs::File,
    io::{self, BufRead, BufReader, Read as _, Seek, SeekFrom},
    path::PathBuf,
};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use zeroize::Zeroizing;

/// How long a digest is, hexadecimal digits.
const DIGITS: usize = 40;

/// The longest line, bytes.
const LONGEST_LINE: u64 = 80;

/// A list of leaked passwords: their SHA-1 digests as hexadecimal digits, sorted, one a line, with `:` and a count behind it or without. That is how Have I Been
/// Pwned gives them out ("ordered by hash"); the digest is theirs to choose, and protects nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeakedPasswords(PathBuf);

impl LeakedPasswords {
    /// The list in a file.
    ///
    /// # Errors
    /// It cannot be read, or does not begin with a digest.
    pub fn of(path: PathBuf) -> io::Result<Self> {
        match line_from(&mut BufReader::new(File::open(&path)?), 0)? {
            Some(_) => Ok(Self(path)),
            None => Err(io::Error::new(io::ErrorKind::InvalidData, "the list is empty")),
        }
    }

    /// Whether a password is in it.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub(crate) fn knows(&self, password: &str) -> io::Result<bool> {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let digits = digest.as_ref().iter().map(|byte| format!("{byte:02X}"));
        let wanted: Zeroizing<String> = Zeroizing::new(digits.collect());
        is_listed(&mut BufReader::new(File::open(&self.0)?), &wanted)
    }
}

/// Whether a sorted list has a digest: by halving, since such lists are of tens of gigabytes.
fn is_listed(list: &mut (impl BufRead + Seek), wanted: &str) -> io::Result<bool> {
    // Lines that begin before `low` come before the one that is looked for, those that begin at `high` or later behind it.
    let (mut low, mut high) = (0, list.seek(SeekFrom::End(0))?);
    while low < high {
        let middle = low + (high - low) / 2;
        match line_from(list, middle)? {
            Some((start, found)) if start < high => match found.as_str().cmp(wanted) {
                Ordering::Equal => return Ok(true),
                Ordering::Less => low = start + 1,
                Ordering::Greater => high = middle,
            },
            _ => high = middle,
        }
    }
    Ok(false)
}

/// The first line that begins at a place or behind it: where it begins, and its digest. None: there is none.
fn line_from(list: &mut (impl BufRead + Seek), place: u64) -> io::Result<Option<(u64, String)>> {
    let mut start = place;
    let mut line = Vec::new();
    if place > 0 {
        // A line begins here if the one before ends just before.
        list.seek(SeekFrom::Start(place - 1))?;
        list.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        start = place - 1 + line.len() as u64;
        if line.last().is_some_and(|last| *last != b'\n') && line.len() as u64 == LONGEST_LINE {
            return Err(no_digest());
        }
        line.clear();
    } else {
        list.seek(SeekFrom::Start(0))?;
    }
    list.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    let digest = line.get(..DIGITS).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    let ends = line.get(DIGITS).is_none_or(|next| matches!(next, b':' | b'\r' | b'\n'));
    let digest = digest.filter(|_| ends).ok_or_else(no_digest)?;
    Ok(Some((start, String::from_utf8_lossy(digest).to_ascii_uppercase())))
}

fn no_digest() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a line is no SHA-1 digest in hexadecimal digits")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::{collections::BTreeSet, io::Cursor};

    use proptest::prelude::*;

    use super::*;

    fn digits(n: u64) -> String {
        format!("{:040X}", u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
    }

    proptest! {
        #[test]
        fn a_digest_is_found_if_it_is_there(
            listed in prop::collection::btree_set(0_u64..200, 0..60),
            counts in any::<bool>(),
            last_ends in any::<bool>(),
        ) {
            let all: BTreeSet<String> = listed.iter().map(|n| digits(*n)).collect();
            let line = |(at, digits): (usize, &String)| match counts {
                true => format!("{digits}:{}\r\n", 10_usize.pow(at as u32 % 7)),
                false => format!("{digits}\n"),
            };
            let mut text: String = all.iter().enumerate().map(line).collect();
            if !last_ends {
                text.truncate(text.trim_end().len());
            }
            let mut list = Cursor::new(text.into_bytes());
            for n in 0..200 {
                prop_assert_eq!(is_listed(&mut list, &digits(n)).unwrap(), listed.contains(&n), "{}", n);
            }
        }
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let digest = digits(7);
        for (text, is_good) in [
            (format!("{digest}\n"), true),
            (digest.to_lowercase(), true),
            (format!("{}\n", &digest[1..]), false),
            (format!("{digest}0\n"), false),
            ("password123\n".to_owned(), false),
            ("x".repeat(1_000), false),
        ] {
            assert_eq!(line_from(&mut Cursor::new(text.as_bytes()), 0).is_ok(), is_good, "{text}");
            assert_eq!(is_listed(&mut Cursor::new(text.as_bytes()), &digest).unwrap_or_default(), is_good);
        }
        assert!(LeakedPasswords::of("/nowhere/at/all".into()).is_err());
    }
}
