//! Tables that translate a file's texts, in any case and by their beginning.

use std::collections::{BTreeMap, HashMap};

/// What a text is compared by: lower case, full-width letters as plain ones, one space between words.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        let c = match c {
            '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}' => continue,
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        };
        if c.is_whitespace() {
            space = !folded.is_empty();
            continue;
        }
        if std::mem::take(&mut space) {
            folded.push(' ');
        }
        folded.extend(c.to_lowercase());
    }
    folded
}

/// Texts of a file and what they mean.
///
/// A key that ends in `*` stands for every text that begins so (the longest beginning wins), and `*` alone for every other text.
#[derive(Debug, Clone)]
pub(super) struct Words<T> {
    exact: HashMap<String, T>,
    beginnings: Vec<(String, T)>,
}

impl<T> Default for Words<T> {
    fn default() -> Self {
        Self { exact: HashMap::new(), beginnings: Vec::new() }
    }
}

impl<T> Words<T> {
    /// A table; answers the two keys of it that mean the same text, if there are such.
    pub(super) fn of(table: BTreeMap<String, T>) -> Result<Self, String> {
        let mut words = Self::default();
        for (key, value) in table {
            let folded = fold(&key);
            if let Some(beginning) = folded.strip_suffix('*') {
                words.beginnings.push((beginning.trim_end().to_owned(), value));
            } else if words.exact.insert(folded, value).is_some() {
                return Err(key);
            }
        }
        words.beginnings.sort_by_key(|(beginning, _)| std::cmp::Reverse(beginning.len()));
        Ok(words)
    }

    pub(super) fn get(&self, text: &str) -> Option<&T> {
        let folded = fold(text);
        self.exact.get(&folded).or_else(|| {
            self.beginnings
                .iter()
                .find(|(beginning, _)| folded.starts_with(beginning))
                .map(|(_, value)| value)
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(pairs: &[(&str, u8)]) -> Words<u8> {
        Words::of(pairs.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect()).unwrap()
    }

    #[test]
    fn words_are_found_in_any_case_and_by_their_beginning() {
        let words = words(&[
            ("Checked Out", 1),
            ("cancelled*", 2),
            ("cancelled by hotel*", 3),
            ("已离店", 4),
            ("*", 9),
        ]);
        for (text, value) in [
            ("CHECKED  out", 1),
            ("\u{feff}checked out ", 1),
            ("Cancelled_by_guest", 2),
            ("CANCELLED BY HOTEL (overbooked)", 3),
            ("已离店", 4),
            ("ｃｈｅｃｋｅｄ　ｏｕｔ", 1),
            ("anything", 9),
        ] {
            assert_eq!(words.get(text), Some(&value), "{text}");
        }
    }

    #[test]
    fn one_word_with_two_meanings_is_no_table() {
        let table = [("OK".to_owned(), 1), ("ok ".to_owned(), 2)].into();
        assert!(Words::of(table).is_err());
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".*") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
