//! Descriptions, names and references, cut into words as they are compared.

use std::cmp::Reverse;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use unicode_normalization::UnicodeNormalization as _;

use crate::record::Record;

/// The longest description compared, in words.
const LONGEST: usize = 24;

/// A word seen at most so often may be a misspelling of one seen [`KNOWN`] times or more.
const RARE: u32 = 2;

/// A word seen so often is spelt as people mean it.
const KNOWN: u32 = 4;

/// The shortest word whose spelling is corrected: of shorter ones, one letter makes another word.
const CORRECTED: usize = 4;

/// The longest run of words counted.
const GRAM: usize = 4;

/// Number of the most frequent words that evidence about wording is learnt for, one by one.
const COMMON: usize = 44;

/// Classes of words: kinds of places and words first, then the [`COMMON`] words.
pub(crate) const CLASSES: usize = 6 + COMMON;

/// Where a description ends or begins.
const EDGE: u8 = 0;
/// Where it was cut within a word.
const CUT: u8 = 1;

/// A word of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its id in the vocabulary; words of one spelling have the same.
    pub(crate) id: u32,
    /// Its field: words of different fields are never one phrase.
    field: u8,
    /// Whether it is the last word of its field, which may have been cut.
    is_last: bool,
    /// Its bytes, and the first of them: what is compared before the words themselves are looked up.
    length: u16,
    head: u32,
}

impl Word {
    /// Whether it can be the beginning of another word.
    fn may_begin(self, other: Self) -> bool {
        let compared = 8 * u32::from(self.length.min(4));
        self.length < other.length && (self.head ^ other.head).checked_shr(32 - compared).unwrap_or(0) == 0
    }
}

/// The first four bytes of a word.
fn head(word: &str) -> u32 {
    let mut bytes = [0; 4];
    bytes.iter_mut().zip(word.bytes()).for_each(|(byte, of_word)| *byte = of_word);
    u32::from_be_bytes(bytes)
}

/// The field of references among the fields of words.
const REFERENCE: u8 = 2;

/// What the words of two records have in common.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Wording {
    /// How rare their longest common phrase is, in bits; 0 if they have none.
    pub(crate) bits: f32,
    /// The classes of the words before it, on both sides: an index into a table of [`CLASSES`] squared.
    pub(crate) before: u16,
    /// The classes of the words after it.
    pub(crate) after: u16,
    /// How rare a second common phrase is: 0 for none, to 3.
    pub(crate) second: u8,
}

/// A text in capitals, without accents; `None` where words end.
fn letters(text: &str) -> impl Iterator<Item = Option<char>> {
    text.nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c) && !matches!(c, '\'' | '’'))
        .map(|c| (c.is_alphanumeric() || c == '&').then_some(c))
        .flat_map(|c| {
            let mut upper = c.map(char::to_uppercase);
            let first = upper.as_mut().and_then(Iterator::next);
            std::iter::once(first).chain(upper.into_iter().flatten().map(Some))
        })
}

/// Han characters are written without spaces: each is a word.
const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The words of a text.
pub(crate) fn words(text: &str) -> Vec<String> {
    if text.is_ascii() {
        return ascii_words(text);
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for c in letters(text).chain([None]) {
        let single = c.is_some_and(|c| is_han(c) || c == '&');
        if (c.is_none() || single) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        match c {
            Some(c) if single => words.push(c.to_string()),
            Some(c) => word.push(c),
            None => {}
        }
    }
    words
}

/// The same without accents and Han characters to care for.
fn ascii_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.bytes().chain([b' ']) {
        match c {
            b'\'' => {}
            _ if c.is_ascii_alphanumeric() => word.push(char::from(c.to_ascii_uppercase())),
            _ => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                if c == b'&' {
                    words.push("&".to_owned());
                }
            }
        }
    }
    words
}

/// A reference without what people write differently: spaces, dashes, case.
pub(crate) fn reference(text: &str) -> String {
    letters(text).flatten().filter(|c| *c != '&').collect()
}

/// Whether one text becomes the other by one letter added, dropped, replaced or two neighbours swapped.
pub(crate) fn is_one_edit(a: &str, b: &str) -> bool {
    let (short, long) =
        if a.len() <= b.len() { (a.as_bytes(), b.as_bytes()) } else { (b.as_bytes(), a.as_bytes()) };
    if long.len() - short.len() > 1 || short == long {
        return false;
    }
    fn rest(text: &[u8], from: usize) -> &[u8] {
        text.get(from..).unwrap_or_default()
    }
    let start = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    if long.len() > short.len() {
        return rest(short, start) == rest(long, start + 1);
    }
    rest(short, start + 1) == rest(long, start + 1)
        || (short.get(start) == long.get(start + 1)
            && short.get(start + 1) == long.get(start)
            && rest(short, start + 2) == rest(long, start + 2))
}

/// All texts with one letter less, and the text itself.
fn with_one_less(word: &str) -> impl Iterator<Item = String> {
    let chars: Vec<char> = word.chars().collect();
    let whole = word.to_owned();
    (0..chars.len())
        .map(move |place| chars.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, c)| *c).collect())
        .chain([whole])
}

/// The words of all records, as ids, with how often each phrase occurs.
#[derive(Debug)]
pub(crate) struct Texts {
    /// The words of each record, one after the other.
    words: Vec<Word>,
    /// Where the words of each record begin, and where those of the last end.
    starts: Vec<u32>,
    vocabulary: Vec<String>,
    /// How often each word occurs.
    counts: Vec<u32>,
    /// A word hardly ever occurs if it occurs at most so often.
    rare: u32,
    /// The class of each word in the vocabulary.
    class: Vec<u8>,
    /// How rare it is that a word begins like this one, in bits.
    cut_bits: Vec<f32>,
    /// How often each phrase of up to [`GRAM`] words occurs.
    phrases: FxHashMap<u64, u32>,
    records: f32,
}

fn mix(hash: u64, id: u32) -> u64 {
    (hash ^ u64::from(id).wrapping_add(0x9e37_79b9_7f4a_7c15))
        .wrapping_mul(0xff51_afd7_ed55_8ccd)
        .rotate_left(29)
}

/// The hash of a phrase.
fn phrase(words: &[Word]) -> u64 {
    words.iter().fold(0x51ed_270b, |hash, word| mix(hash, word.id))
}

impl Texts {
    /// Reads the words of all records. Misspelt words are corrected after the words of the records themselves.
    pub(crate) fn new(records: &[&Record]) -> Self {
        let fields: Vec<[Vec<String>; 3]> = records
            .par_iter()
            .map(|record| [words(&record.party), words(&record.text), words(&record.reference)])
            .collect();
        let mut counts: FxHashMap<&str, u32> = FxHashMap::default();
        for word in fields.iter().flatten().flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let spelling = Spelling::new(&counts, &fields);
        let corrected: Vec<[Vec<String>; 3]> = fields
            .par_iter()
            .map(|fields| {
                // References are numbers: a digit more or less is another one.
                [spelling.correct(&fields[0]), spelling.correct(&fields[1]), fields[2].clone()]
            })
            .collect();
        let mut counts: FxHashMap<&str, u32> = FxHashMap::default();
        for word in corrected.iter().flatten().flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let mut vocabulary: Vec<(&str, u32)> = counts.iter().map(|(word, count)| (*word, *count)).collect();
        vocabulary.sort_unstable();
        let ids: FxHashMap<&str, u32> = (0..).zip(&vocabulary).map(|(id, (word, _))| (*word, id)).collect();
        let (mut all, mut starts) = (Vec::new(), vec![0]);
        for fields in &corrected {
            let begin = all.len();
            for (field, words) in (0..).zip(fields) {
                for (place, word) in words.iter().enumerate() {
                    if let Some(id) = ids.get(word.as_str())
                        && all.len() - begin < LONGEST
                    {
                        let is_last = place + 1 == words.len();
                        let length = word.len().min(usize::from(u16::MAX)) as u16;
                        all.push(Word { id: *id, field, is_last, length, head: head(word) });
                    }
                }
            }
            starts.push(all.len() as u32);
        }
        let mut phrases: FxHashMap<u64, u32> = FxHashMap::default();
        for range in starts.windows(2) {
            let words = &all[range[0] as usize..range[1] as usize];
            for begin in 0..words.len() {
                for end in begin + 1..=words.len().min(begin + GRAM) {
                    if words[end - 1].field != words[begin].field {
                        break;
                    }
                    *phrases.entry(phrase(&words[begin..end])).or_default() += 1;
                }
            }
        }
        let class = classes(&vocabulary, records.len());
        let mut sums = vec![0_u64];
        for (_, count) in &vocabulary {
            sums.push(sums.last().copied().unwrap_or(0) + u64::from(*count));
        }
        let total = sums.last().copied().unwrap_or(0).max(1) as f32;
        let cut_bits = (0..vocabulary.len())
            .map(|id| {
                let end =
                    id + vocabulary[id..].partition_point(|(word, _)| word.starts_with(vocabulary[id].0));
                (total / (sums[end] - sums[id]).max(1) as f32).log2()
            })
            .collect();
        let counts = vocabulary.iter().map(|(_, count)| *count).collect();
        let rare = (records.len() / 500).clamp(RARE as usize, 5) as u32;
        let vocabulary = vocabulary.iter().map(|(word, _)| (*word).to_owned()).collect();
        Self {
            counts,
            rare,
            words: all,
            starts,
            vocabulary,
            class,
            cut_bits,
            phrases,
            records: records.len().max(2) as f32,
        }
    }

    /// The words of a record.
    pub(crate) fn of(&self, record: usize) -> &[Word] {
        &self.words[self.starts[record] as usize..self.starts[record + 1] as usize]
    }

    /// How rare a phrase is, in bits.
    fn phrase_bits(&self, words: &[Word]) -> f32 {
        let bits = |words: &[Word]| {
            let count = self.phrases.get(&phrase(words)).copied().unwrap_or(1);
            (self.records / count as f32).log2().max(0.0)
        };
        words.windows(GRAM.min(words.len()).max(1)).map(bits).fold(0.0, f32::max)
    }

    /// Keys under which records with common words are found: phrases of a word and the beginning of the next, references, rare words; then those
    /// that lead to many, the first word of a field and its beginning. The second number says where these begin.
    pub(crate) fn keys(&self, record: usize, rare: u32) -> (Vec<u64>, usize) {
        let words = self.of(record);
        let (mut keys, mut frequent) = (Vec::with_capacity(2 * words.len()), Vec::new());
        let head = |word: Word, letters: usize| {
            self.vocabulary[word.id as usize].chars().take(letters).fold(7, |hash, c| mix(hash, c as u32))
        };
        for (place, word) in words.iter().enumerate() {
            let single = phrase(std::slice::from_ref(word));
            if word.field == REFERENCE || self.phrases.get(&single).is_some_and(|count| *count <= rare) {
                keys.push(single);
            }
            match words.get(place + 1) {
                // A word that was cut begins like the whole one.
                Some(next) if next.field == word.field => keys.push(mix(head(*next, 2), word.id)),
                _ => {}
            }
            let is_first = place == 0 || words[place - 1].field != word.field;
            if is_first && word.field != REFERENCE {
                frequent.extend([mix(0xf1f1, word.id), head(*word, 4)]);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let strong = keys.len();
        keys.extend(frequent);
        (keys, strong)
    }

    /// Whether two words are the same, or one was cut.
    fn is_same(&self, a: Word, b: Word, after_others: bool, within: bool) -> Option<bool> {
        if a.field == REFERENCE && b.field == REFERENCE && !within {
            return None;
        }
        if a.id == b.id {
            return Some(false);
        }
        let text = |word: Word| self.vocabulary[word.id as usize].as_str();
        // After words that agree, a word that hardly ever occurs is a misspelling of one that it is near to.
        let is_rare = |word: Word| self.counts[word.id as usize] <= self.rare;
        if after_others
            && a.length.min(b.length) > 1
            && (is_rare(a) || is_rare(b))
            && is_one_edit(text(a), text(b))
        {
            return Some(false);
        }
        let is_cut = |short: Word, long: Word| {
            short.is_last
                && short.field != REFERENCE
                && (after_others || short.length >= 4)
                && short.may_begin(long)
                && text(long).starts_with(text(short))
        };
        (is_cut(a, b) || is_cut(b, a)).then_some(true)
    }

    /// Compares the words of two records; `within` one set their references are words like others.
    pub(crate) fn compare(&self, a: usize, b: usize, within: bool) -> Wording {
        let (a, b) = (self.of(a), self.of(b));
        let cap = self.records.log2() + 1.0;
        // The best two runs, each with its bits, places and whether its last word was cut.
        let mut best: Option<(f32, usize, usize, usize, bool)> = None;
        let mut second = 0.0_f32;
        for (i, one) in a.iter().enumerate() {
            for (j, two) in b.iter().enumerate() {
                let may_match = one.id == two.id
                    || (one.is_last && one.may_begin(*two))
                    || (two.is_last && two.may_begin(*one));
                if !may_match {
                    continue;
                }
                let Some(mut cut) = self.is_same(*one, *two, false, within) else { continue };
                let continues = i > 0
                    && j > 0
                    && a[i - 1].field == one.field
                    && b[j - 1].field == two.field
                    && a[i - 1].id == b[j - 1].id
                    && self.is_same(a[i - 1], b[j - 1], false, within).is_some();
                if continues {
                    continue;
                }
                let mut length = 1;
                while !cut
                    && let (Some(next), Some(other)) = (a.get(i + length), b.get(j + length))
                    && next.field == one.field
                    && other.field == two.field
                    && let Some(is_cut) = self.is_same(*next, *other, true, within)
                {
                    length += 1;
                    cut = is_cut;
                }
                let whole = length - usize::from(cut);
                let mut bits = self.phrase_bits(&a[i..i + whole]);
                if whole == 0 {
                    bits = 0.0;
                }
                if cut {
                    let (x, y) = (a[i + length - 1].id as usize, b[j + length - 1].id as usize);
                    let short = if self.vocabulary[x].len() < self.vocabulary[y].len() { x } else { y };
                    bits += self.cut_bits[short];
                }
                let bits = bits.min(cap);
                match &best {
                    Some((most, ..)) if bits <= *most => second = second.max(bits),
                    _ => {
                        second = second.max(best.map_or(0.0, |(bits, ..)| bits));
                        best = Some((bits, i, j, length, cut));
                    }
                }
            }
        }
        let Some((bits, i, j, length, cut)) = best else { return Wording::default() };
        let before = |words: &[Word], at: usize| {
            at.checked_sub(1).map_or(EDGE, |place| {
                if words[place].field == words[at].field {
                    self.class[words[place].id as usize]
                } else {
                    EDGE
                }
            })
        };
        let after = |words: &[Word], last: usize, other: Word| {
            if cut
                && words[last].id != other.id
                && self.vocabulary[words[last].id as usize].len() < self.vocabulary[other.id as usize].len()
            {
                return CUT;
            }
            match words.get(last + 1) {
                Some(next) if next.field == words[last].field => self.class_at(*next),
                _ => EDGE,
            }
        };
        let pair = |a: u8, b: u8| u16::from(a) * CLASSES as u16 + u16::from(b);
        let (x, y) = (i + length - 1, j + length - 1);
        Wording {
            bits,
            before: pair(before(a, i), before(b, j)),
            after: pair(after(a, x, b[y]), after(b, y, a[x])),
            second: match second {
                0.0 => 0,
                ..4.0 => 1,
                ..8.0 => 2,
                _ => 3,
            },
        }
    }

    /// The class of a word; one that was cut has the class of the frequent word that begins like it.
    fn class_at(&self, word: Word) -> u8 {
        self.class[word.id as usize]
    }
}

/// The class of each word: its own if it is frequent, else its kind.
fn classes(vocabulary: &[(&str, u32)], records: usize) -> Vec<u8> {
    let mut frequent: Vec<(Reverse<u32>, &str)> = vocabulary
        .iter()
        .filter(|(_, count)| *count as usize * 200 >= records && *count >= 8)
        .map(|(word, count)| (Reverse(*count), *word))
        .collect();
    frequent.sort_unstable();
    frequent.truncate(COMMON);
    let own: FxHashMap<&str, u8> = (6..).zip(&frequent).map(|(class, (_, word))| (*word, class)).collect();
    let kind = |word: &str| match word {
        _ if word.chars().count() == 1 => 2,
        _ if word.bytes().all(|byte| byte.is_ascii_digit()) => 3,
        _ if word.bytes().any(|byte| byte.is_ascii_digit()) => 4,
        // A beginning of a frequent word, of two letters or more.
        _ => frequent
            .iter()
            .find(|(_, long)| long.starts_with(word))
            .and_then(|(_, long)| own.get(long))
            .map_or(5, |c| *c),
    };
    vocabulary.iter().map(|(word, _)| own.get(word).copied().unwrap_or_else(|| kind(word))).collect()
}

/// How words that occur often correct those that occur once or twice.
struct Spelling<'a> {
    counts: &'a FxHashMap<&'a str, u32>,
    /// Frequent words by each spelling with a letter less.
    near: FxHashMap<String, Vec<&'a str>>,
    known: FxHashSet<&'a str>,
    /// The frequent words in their order.
    sorted: Vec<&'a str>,
    /// How often words stand beside each other.
    beside: FxHashMap<(&'a str, &'a str), u32>,
}

impl<'a> Spelling<'a> {
    fn new(counts: &'a FxHashMap<&'a str, u32>, fields: &'a [[Vec<String>; 3]]) -> Self {
        let mut near: FxHashMap<String, Vec<&str>> = FxHashMap::default();
        let is_word =
            |word: &str| word.len() >= CORRECTED && word.bytes().all(|byte| byte.is_ascii_uppercase());
        let known = counts.iter().filter(|(_, count)| **count >= KNOWN).map(|(word, _)| *word);
        for word in known.clone().filter(|word| is_word(word)) {
            for less in with_one_less(word) {
                near.entry(less).or_default().push(word);
            }
        }
        let mut sorted: Vec<&str> = known.clone().collect();
        sorted.sort_unstable();
        let mut beside: FxHashMap<(&str, &str), u32> = FxHashMap::default();
        for [one, two] in fields.iter().flatten().flat_map(|words| words.array_windows()) {
            *beside.entry((one, two)).or_default() += 1;
        }
        Self { counts, near, known: known.collect(), sorted, beside }
    }

    fn count(&self, word: &str) -> u32 {
        self.counts.get(word).copied().unwrap_or(0)
    }

    /// The frequent word that a rare one was meant to be.
    fn meant(&self, word: &str) -> Option<&'a str> {
        if self.count(word) > RARE
            || word.len() < CORRECTED
            || !word.bytes().all(|byte| byte.is_ascii_uppercase())
        {
            return None;
        }
        let near = with_one_less(word).filter_map(|less| self.near.get(&less)).flatten();
        near.filter(|other| is_one_edit(word, other))
            .max_by_key(|other| (self.count(other), Reverse(**other)))
            .copied()
    }

    /// Frequent words that were written as one; the last of them may have been cut.
    fn several(&self, word: &str, is_last: bool) -> Option<Vec<String>> {
        if self.count(word) > RARE || word.len() < 8 || !word.is_ascii() {
            return None;
        }
        self.split(word, 4, is_last)
    }

    /// Splits a text into frequent words, the first of so many letters at least; the longest first.
    fn split(&self, text: &str, least: usize, is_last: bool) -> Option<Vec<String>> {
        if text.is_empty() {
            return Some(Vec::new());
        }
        let whole = (least..=text.len()).rev().find_map(|at| {
            let (one, rest) = text.split_at_checked(at)?;
            self.known.contains(one).then_some(())?;
            let mut words = self.split(rest, 3, is_last)?;
            words.insert(0, one.to_owned());
            Some(words)
        });
        let begins = |text: &str| {
            let place = self.sorted.partition_point(|word| *word < text);
            self.sorted.get(place).is_some_and(|word| word.starts_with(text))
        };
        whole.or_else(|| (least == 3 && is_last && begins(text)).then(|| vec![text.to_owned()]))
    }

    /// Whether two words that stand beside each other hardly ever were meant to be one that occurs often.
    fn is_one_word(&self, one: &str, two: &str, joined: &str) -> bool {
        let beside = self.beside.get(&(one, two)).copied().unwrap_or(0);
        self.known.contains(joined) && beside <= RARE && self.count(joined) >= 10 * beside
    }

    /// The words as they were meant.
    fn correct(&self, words: &[String]) -> Vec<String> {
        let mut corrected: Vec<String> = Vec::with_capacity(words.len());
        let mut place = 0;
        while let Some(word) = words.get(place) {
            place += 1;
            let joined = words.get(place).map(|next| format!("{word}{next}"));
            if let Some(joined) = joined
                && self.is_one_word(word, &words[place], &joined)
            {
                corrected.push(joined);
                place += 1;
            } else if let Some(meant) = self.meant(word) {
                corrected.push(meant.to_owned());
            } else if let Some(several) = self.several(word, place == words.len()) {
                corrected.extend(several);
            } else {
                corrected.push(word.clone());
            }
        }
        corrected
    }
}
