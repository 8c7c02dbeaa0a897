//! Comparable form of a name: characters, reading, and its sounds in any order.

use std::{borrow::Cow, sync::LazyLock};

use pinyin::ToPinyin;
use rustc_hash::FxHashSet;

use super::{
    nickname::{FormalNames, formal_names},
    short::{Short, hash, mix},
};
use crate::{
    name::{
        is_title, normalise_name, plain_u, split_at_last, split_han, split_hangul, split_name,
        surname_reading,
    },
    text::is_han,
};

/// A family or a given name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Part {
    /// Chinese characters, sixteen bits each, of up to four; a hash of more. 0 if it is in another script.
    pub(super) han: u64,
    /// The letters of another script, or the pinyin of the characters without tones.
    pub(super) reading: Short,
}

impl Part {
    pub(super) fn is_empty(self) -> bool {
        self.reading.is_empty()
    }

    /// What equal spellings share.
    pub(super) fn spelling(self) -> u64 {
        if self.han != 0 { mix(self.han) } else { self.reading.hash() }
    }

    /// The characters of up to four.
    pub(super) fn characters(self) -> impl Iterator<Item = u16> {
        (0..4).map(move |place| (self.han >> (16 * place)) as u16).take_while(|character| *character != 0)
    }
}

/// A full name in comparable form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) surname: Part,
    pub(super) given: Part,
    /// A hash of syllables or words that does not depend on their order, 0 for a name of one part:
    /// 李小明, `Li Xiaoming` and `XIAO MING LI` have the same.
    pub(super) sounds: u64,
    /// See [`formal_names`].
    pub(super) formal: FormalNames,
}

/// Readings of common Chinese surnames: a pinyin name that begins with one is assumed to begin with the surname,
/// as passports and registration forms print it.
const SURNAME_READINGS: &str = "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo \
    zheng liang xie song tang deng feng han cao zeng peng xiao cai pan tian dong yuan yu ye jiang du su wei cheng lu \
    ding shen ren yao zhong cui tan liao fan jin shi dai jia xia qiu fang hou zou xiong meng qin bai yan xue yin duan \
    lei long tao hao gu mao gong shao wan qian qi mo kong ouyang sima shangguan zhuge situ huangfu";

/// The name from a record's fields: family and given name if they are separate, else the full name.
pub(super) fn name(full: &str, surname: &str, given: &str) -> Name {
    let (surname, given) = (surname.trim(), given.trim());
    if surname.is_empty() && given.is_empty() {
        return if full.trim().is_empty() { Name::default() } else { whole(full) };
    }
    if surname.is_empty() && !full.trim().is_empty() {
        return whole(full);
    }
    // A column may hold nothing but a title: "Sir".
    let part =
        |text| Some(normalise_name(text)).filter(|part| !part.split(' ').all(is_title)).unwrap_or_default();
    assemble(&part(surname), &part(given))
}

fn whole(text: &str) -> Name {
    let normal = normalise_name(text);
    let han: Cow<'_, str> = match normal.chars().all(is_han) {
        true => Cow::Borrowed(&normal),
        false => normal.split(' ').filter(|word| word.chars().all(is_han)).collect(),
    };
    if !han.is_empty() {
        let foreign = text.contains(['·', '•', '‧', '・', '･']);
        let (surname, given) = if foreign { ("", &*han) } else { split_han(&han) };
        let given = if surname.is_empty() { &*han } else { given };
        return assemble(surname, given);
    }
    if let Some((surname, given)) = split_hangul(&normal) {
        return assemble(&surname, &given);
    }
    let capitals = text.split(' ').any(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase()));
    if text.contains([',', '，', '、']) || capitals && text.contains(char::is_lowercase) {
        let name = split_name(text);
        return assemble(&name.surname.unwrap_or_default(), &name.given.unwrap_or_default());
    }
    match normal.split_once(' ') {
        Some((first, rest)) if is_surname_reading(first) && normal.split(' ').all(is_pinyin) => {
            assemble(first, rest)
        }
        Some(_) => {
            let (given, surname) = split_at_last(text, &normal);
            assemble(surname, given)
        }
        None => match syllables(&normal).next() {
            // "zhangwei": written as one word.
            Some(first) if first.len() < normal.len() && is_surname_reading(first) => {
                assemble(first, &normal[first.len()..])
            }
            _ => assemble(&normal, ""),
        },
    }
}

fn assemble(surname: &str, given: &str) -> Name {
    let mut sounds = 0;
    let pinyin = [surname, given]
        .into_iter()
        .flat_map(|part| part.split(' '))
        .all(|word| word.is_empty() || is_pinyin(word));
    let mut reading = String::with_capacity(32);
    let mut part = |text: &str, is_surname: bool| {
        reading.clear();
        if text.starts_with(is_han) && text.chars().all(is_han) {
            let known = if is_surname { surname_reading(text) } else { None };
            match known {
                Some(known) => {
                    reading.push_str(known);
                    syllables(known).for_each(|syllable| add(&mut sounds, syllable));
                }
                None => text.chars().for_each(|c| {
                    let mut buffer = [0; 4];
                    let syllable = c
                        .to_pinyin()
                        .map_or(&*c.encode_utf8(&mut buffer), |pinyin| without_umlaut(pinyin.plain()));
                    add(&mut sounds, syllable);
                    reading.push_str(syllable);
                }),
            }
            return Part { han: han_code(text), reading: Short::new(&reading) };
        }
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if pinyin {
                for syllable in syllables(word).map(plain_u) {
                    add(&mut sounds, syllable);
                    reading.push_str(syllable);
                }
            } else {
                add(&mut sounds, word);
                if !reading.is_empty() {
                    reading.push(' ');
                }
                reading.push_str(word);
            }
        }
        Part { han: 0, reading: Short::new(&reading) }
    };
    let (surname_part, given_part) = (part(surname, true), part(given, false));
    let both = !surname_part.is_empty() && !given_part.is_empty() || given_part.characters().count() > 2;
    let formal =
        if given_part.han == 0 { formal_names(given.split(' ').next().unwrap_or(given)) } else { [0; 4] };
    Name { surname: surname_part, given: given_part, sounds: if both { sounds } else { 0 }, formal }
}

/// A syllable with u for ü. Few have one, and looking for it in the others takes as long as everything else.
fn without_umlaut(syllable: &'static str) -> &'static str {
    match syllable {
        "lü" => "lu",
        "lüe" => "lue",
        "nü" => "nu",
        "nüe" => "nue",
        other => other,
    }
}

fn add(sounds: &mut u64, sound: &str) {
    *sounds = sounds.wrapping_add(hash(sound.as_bytes()));
}

fn han_code(text: &str) -> u64 {
    if text.chars().count() > 4 {
        return hash(text.as_bytes());
    }
    text.chars().rev().fold(0, |code, c| code << 16 | u64::from(u32::from(c) as u16))
}

fn is_surname_reading(word: &str) -> bool {
    static READINGS: LazyLock<FxHashSet<&str>> =
        LazyLock::new(|| SURNAME_READINGS.split_whitespace().collect());
    READINGS.contains(plain_u(word))
}

fn is_pinyin(word: &str) -> bool {
    syllables(word).next().is_some()
}

/// The longest word that is split.
const LONGEST: usize = 24;

/// Splits a word into pinyin syllables; none if it contains anything else. If there is a choice, no syllable but the
/// first begins with a, e or o, following the spelling rules (`nana` is na-na, not nan-a), and the longest comes first.
fn syllables(word: &str) -> impl Iterator<Item = &str> {
    let mut lengths = [0; LONGEST];
    let fits = word.len() <= LONGEST && word.is_ascii();
    let found =
        fits && (take_syllables(word, false, &mut lengths) || take_syllables(word, true, &mut lengths));
    let mut rest = if found { word } else { "" };
    lengths.into_iter().map_while(move |length| {
        let (syllable, after) =
            rest.split_at_checked(length.into()).filter(|(syllable, _)| !syllable.is_empty())?;
        rest = after;
        Some(syllable)
    })
}

/// Records the lengths of the syllables of a text.
fn take_syllables(rest: &str, any: bool, lengths: &mut [u8]) -> bool {
    let (Some((first, others)), false) = (lengths.split_first_mut(), rest.is_empty()) else {
        return rest.is_empty();
    };
    (1..=rest.len().min(6)).rev().any(|length| {
        let (syllable, after) = rest.split_at(length);
        *first = length as u8;
        is_syllable(syllable)
            && (any || !after.starts_with(['a', 'e', 'o']))
            && take_syllables(after, any, others)
    })
}

fn is_syllable(text: &str) -> bool {
    static SYLLABLES: LazyLock<FxHashSet<u64>> = LazyLock::new(|| {
        let read = ('\u{4e00}'..='\u{9fff}').filter_map(|c| c.to_pinyin());
        let mut all: FxHashSet<&str> = read.map(|pinyin| without_umlaut(pinyin.plain())).collect();
        all.extend(["lv", "nv", "lyu", "nyu"]);
        // Single-letter syllables ("m", "n", "ng") would split any word.
        all.retain(|syllable| syllable.contains(['a', 'e', 'i', 'o', 'u', 'v']));
        all.into_iter().map(as_number).collect()
    });
    SYLLABLES.contains(&as_number(text))
}

/// A text of up to eight bytes as a number.
fn as_number(text: &str) -> u64 {
    text.bytes().fold(0, |number, byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_sound_alike() {
        for group in [
            &[
                "张伟",
                "張偉",
                "Zhang Wei",
                "wei zhang",
                "ZHANG, Wei",
                "zhangwei",
                "Mr Zhang Wei",
                "张 伟先生",
            ][..],
            &["李小明", "Li Xiaoming", "Xiaoming Li", "LI, Xiao-Ming", "Xiao Ming Li", "lixiaoming"],
            &["欧阳娜娜", "歐陽娜娜", "Ouyang Nana", "OUYANG Na Na"],
            &["吕布", "Lü Bu", "LYU BU", "lv bu", "Lu Bu"],
            &["曾国藩", "Zeng Guofan"],
            &["单雄信", "Shan Xiongxin"],
            &["Jürgen Müller", "MULLER, JURGEN", "Muller Jurgen"],
            &["John Smith", "John Smith Jr.", "Smith, John", "SMITH John", "Mr. John Smith, Jr."],
            &["김민수", "김 민수"],
        ] {
            let first = whole(group[0]);
            assert_ne!(first.sounds, 0);
            for other in group {
                assert_eq!(whole(other).sounds, first.sounds, "{other}");
            }
        }
        assert_ne!(whole("张伟").sounds, whole("张伟民").sounds);
        assert_eq!(whole("张先生").sounds, 0);
        assert_eq!(whole("Müller").sounds, 0);
    }

    #[test]
    fn parts_are_told_apart() {
        for (full, surname, given) in [
            ("李小明", "li", "xiaoming"),
            ("Li Xiaoming", "li", "xiaoming"),
            ("LI XIAO MING", "li", "xiaoming"),
            ("zhangwei", "zhang", "wei"),
            ("歐陽娜娜", "ouyang", "nana"),
            ("Anna Maria Eriksson", "eriksson", "anna maria"),
            ("ERIKSSON, Anna Maria", "eriksson", "anna maria"),
            ("Anna Maria Eriksson-Lind", "eriksson lind", "anna maria"),
            ("Li Xiao-Ming", "li", "xiaoming"),
            ("张女士", "zhang", ""),
            ("曾伟", "zeng", "wei"),
            ("Müller", "muller", ""),
            ("", "", ""),
        ] {
            let name = name(full, "", "");
            assert_eq!(
                (name.surname.reading, name.given.reading),
                (Short::new(surname), Short::new(given)),
                "{full}"
            );
        }
        assert_eq!(name("Wei Zhang", "Zhang", "Wei"), whole("Zhang Wei"));
        assert_eq!(name("", "Chudleigh", "Sir"), name("", "Chudleigh", ""));
        assert_eq!(name("", "Baronet", "Thomas"), name("", "", "Thomas"));
        assert_eq!(name("", "Clifford", "Lord Thomas"), name("", "Clifford", "Thomas"));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(full in any::<String>(), surname in any::<String>(), given in any::<String>()) {
            name(&full, "", "");
            name(&full, &surname, &given);
        }

        #[test]
        fn name_like_text_is_answered(full in "[a-zA-ZüÉ张欧阳王 ,·'-]{0,30}") {
            name(&full, "", &full);
            name(&full, "", "");
        }
    }
}
