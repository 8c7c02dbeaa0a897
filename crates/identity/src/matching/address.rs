//! Cities and postal addresses, as they are compared.

use pinyin::ToPinyin;

use super::short::{Short, hash, mix};
use crate::{
    name::normalise_name,
    text::{is_digits, is_han},
};

/// The bigrams of a text, as a Bloom filter of 256 bits: the overlap of two texts measures their similarity,
/// whatever the order of their words (R. Schnell, T. Bachteler, J. Reiher, *Privacy-preserving
/// record linkage using Bloom filters*, 2009).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Bigrams([u64; 4]);

impl Bigrams {
    fn set(&mut self, feature: u64) {
        let place = mix(feature) as usize % 256;
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// Dice's coefficient of the two sets, 0 to 1.
    pub(super) fn dice(&self, other: &Self) -> f32 {
        let count = |bits: &[u64; 4]| bits.iter().map(|word| word.count_ones()).sum::<u32>();
        let mut both = self.0;
        both.iter_mut().zip(other.0).for_each(|(word, other)| *word &= other);
        2.0 * count(&both) as f32 / (count(&self.0) + count(&other.0)).max(1) as f32
    }
}

/// The name of a city without the word for "city", Chinese ones in pinyin: 上海市, 上海 and `Shanghai` are equal.
pub(super) fn city(text: &str) -> Short {
    if text.is_empty() {
        return Short::default();
    }
    let name = normalise_name(text);
    if !name.starts_with(is_han) {
        return Short::new(name.strip_suffix(" city").or_else(|| name.strip_suffix(" shi")).unwrap_or(&name));
    }
    let name = name.split_once('省').map_or(name.as_str(), |(_, city)| city);
    let name = name.split_once('市').map_or(name, |(city, _)| city);
    let reading: String =
        name.chars().filter_map(|c| c.to_pinyin()).map(|syllable| syllable.plain()).collect();
    Short::new(&reading)
}

/// Words that addresses abbreviate, in the short form.
fn shortened(word: &str) -> &str {
    match word {
        "street" | "str" | "strasse" => "st",
        "road" => "rd",
        "avenue" => "ave",
        "boulevard" => "blvd",
        "place" => "pl",
        "drive" => "dr",
        "court" | "crt" => "ct",
        "lane" => "ln",
        "square" => "sq",
        "crescent" | "cresc" => "cres",
        "circuit" | "cct" => "circ",
        "apartment" | "flat" => "apt",
        "number" | "no" | "号" => "",
        other => other,
    }
}

/// The comparable form of an address: its bigrams, and a hash of its words in any order. An absent one has neither.
pub(super) fn address(parts: &[&str]) -> (Bigrams, u64) {
    let (mut bigrams, mut words) = (Bigrams::default(), 0_u64);
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let part = normalise_name(part);
        // Han text has no spaces: its numbers are words of their own.
        for run in part.split(' ').flat_map(runs) {
            let word = shortened(run);
            if word.is_empty() {
                continue;
            }
            words = words.wrapping_add(hash(word.as_bytes()));
            if is_digits(word) {
                // A house number distinguishes neighbours: it counts like three letters.
                (0..3).for_each(|copy| bigrams.set(hash(word.as_bytes()).wrapping_add(copy)));
                continue;
            }
            let mut before = ' ';
            for c in word.chars() {
                bigrams.set(u64::from(u32::from(before)) << 32 | u64::from(u32::from(c)));
                before = c;
            }
            bigrams.set(u64::from(u32::from(before)) << 32 | u64::from(b' '));
        }
    }
    (bigrams, words)
}

/// Splits a word where digits begin and end.
fn runs(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cities_in_both_scripts() {
        for typed in ["上海市", "上海", "Shanghai", "SHANGHAI", "Shanghai City"] {
            assert_eq!(city(typed), Short::new("shanghai"), "{typed}");
        }
        assert_eq!(city("江苏省南京市"), city("Nanjing"));
        assert_eq!(city("St. Gallen"), city("st gallen"));
    }

    #[test]
    fn addresses_in_many_hands() {
        let like = |one: &[&str], two: &[&str]| address(one).0.dice(&address(two).0);
        assert_eq!(address(&["12", "High Street"]), address(&["High St 12"]));
        assert!(like(&["仙霞路88号3单元502室"], &["仙霞路88号3单元502"]) > 0.8);
        assert!(like(&["仙霞路88号3单元502室"], &["长宁区仙霞路88号3单元502室"]) > 0.7);
        assert!(like(&["12 tullaroop street"], &["12 tularoop street"]) > 0.8);
        assert!(like(&["12 tullaroop street"], &["99 giblin crescent"]) < 0.3);
        assert!(address(&["", ""]).0.is_empty());
    }
}
