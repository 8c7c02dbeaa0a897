//! Typed names, matched by their beginning or by similarity. Pure.

use hefu_identity::name::{lookup_part_keys, name_keys, normalise_name, part_keys};

/// A name in the forms used for matching.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    full: String,
    /// The same without spaces, as the forms are.
    written: String,
    /// Its letters.
    letters: Vec<char>,
    is_han: bool,
    /// Without spaces: the name itself, and pinyin or the words in every order in which they are written.
    forms: Vec<String>,
    /// Surname and given name, or the words.
    parts: Vec<String>,
    /// What it is if it is such a part itself.
    as_part: Vec<String>,
}

/// How well a name matches what was typed, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// The same name.
    Same,
    /// The beginning of the name.
    Begins,
    /// Its surname or given name.
    Part,
    /// A typing or hearing mistake away.
    Similar,
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| *c != ' ').collect()
}

impl Name {
    pub(crate) fn of(text: &str) -> Self {
        let full = normalise_name(text);
        let mut forms: Vec<String> = name_keys(text).iter().map(|key| without_spaces(key)).collect();
        forms.sort_unstable();
        forms.dedup();
        // From the Chinese characters on: in a short name each one counts.
        let is_han = full.chars().next().is_some_and(|c| ('\u{3400}'..='\u{323af}').contains(&c));
        let (parts, as_part) = (part_keys(text), lookup_part_keys(text));
        let written = without_spaces(&full);
        let letters = written.chars().collect();
        Self { written, letters, full, is_han, forms, parts, as_part }
    }

    /// How this guest's name matches `typed`.
    pub(crate) fn likeness(&self, typed: &Self) -> Option<Likeness> {
        if typed.full.is_empty() {
            return None;
        }
        let shares = || self.forms.iter().any(|form| typed.forms.contains(form));
        if self.full == typed.full || !(self.is_han && typed.is_han) && shares() {
            return Some(Likeness::Same);
        }
        let written = &typed.written;
        let enough = typed.is_han || written.len() >= 2;
        if enough && self.forms.iter().any(|form| form.starts_with(written.as_str())) {
            return Some(Likeness::Begins);
        }
        if typed.as_part.iter().any(|part| self.parts.contains(part)) {
            return Some(Likeness::Part);
        }
        let similar = match (self.is_han, typed.is_han) {
            // One character differs, or all sound alike: 张伟 and 章伟.
            (true, true) => one_other_character(&self.full, &typed.full) || shares(),
            (_, false) => self.forms.iter().any(|form| is_slip(form, &typed.letters)),
            (false, true) => false,
        };
        similar.then_some(Likeness::Similar)
    }
}

/// Whether names of three and more characters differ in exactly one.
fn one_other_character(one: &str, other: &str) -> bool {
    let count = one.chars().count();
    count >= 3
        && count == other.chars().count()
        && one.chars().zip(other.chars()).filter(|(a, b)| a != b).count() == 1
}

/// Longest name that is compared letter by letter.
const LONGEST: usize = 48;

/// Whether `form` is a typing mistake away from `typed`: one letter of four to seven, two of more.
fn is_slip(form: &str, typed: &[char]) -> bool {
    let most = match typed.len() {
        0..=3 => return false,
        4..=7 => 1,
        8..=LONGEST => 2,
        _ => return false,
    };
    // It is asked of everybody in house with every letter that is typed: nothing is allocated for it.
    if form.chars().count().abs_diff(typed.len()) > most {
        return false;
    }
    // Levenshtein's distance, row by row.
    let mut row: [usize; LONGEST + 1] = std::array::from_fn(|at| at);
    let row = &mut row[..=typed.len()];
    for (i, x) in form.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in typed.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
        if row.iter().all(|distance| *distance > most) {
            return false;
        }
    }
    row[typed.len()] <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nearly_the_same() {
        let like = |guest: &str, typed: &str| Name::of(guest).likeness(&Name::of(typed));
        for (guest, typed, expected) in [
            ("张伟", "張偉", Some(Likeness::Same)),
            ("张伟", "Zhang Wei", Some(Likeness::Same)),
            ("Anna Müller", "muller anna", Some(Likeness::Same)),
            ("张伟", "张", Some(Likeness::Begins)),
            ("张伟", "zh", Some(Likeness::Begins)),
            ("Anna Müller", "Mül", Some(Likeness::Begins)),
            ("张伟", "z", None),
            ("王小明", "小明", Some(Likeness::Part)),
            ("王小明", "小名", Some(Likeness::Part)),
            ("王小明", "明", None),
            ("Maria Garcia Lopez", "García", Some(Likeness::Begins)),
            ("欧阳娜娜", "nana", Some(Likeness::Begins)),
            ("张伟", "章伟", Some(Likeness::Similar)),
            ("王小明", "王大明", Some(Likeness::Similar)),
            ("王小明", "李大明", None),
            ("张伟", "zhagwei", Some(Likeness::Similar)),
            ("张伟", "zagwei", None),
            ("Anna Müller", "Ana Miller", Some(Likeness::Similar)),
            ("Anna Müller", "Karl Meier", None),
            ("张伟", "李娜", None),
            ("Anna Müller", "", None),
            (&"a".repeat(49), &format!("{}b", "a".repeat(48)), None),
        ] {
            assert_eq!(like(guest, typed), expected, "{guest} {typed}");
        }
    }
}
