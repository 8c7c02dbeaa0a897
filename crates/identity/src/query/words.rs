//! Splitting a typed line into words.

use crate::text::{is_han, nfkc};

/// Words attached to a name without a space in Chinese text; the longer ones first.
const FREE: [&str; 11] =
    ["房间号", "今天", "昨天", "明天", "今日", "昨日", "明日", "房间", "房間", "房号", "房號"];

/// The words of a line in compatibility form. Space and commas separate, and so does a change between
/// Chinese characters and others, but dates and rooms stay together: `张伟0412房2026年10月3日` is `张伟`, `0412房`,
/// `2026年10月3日`.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for chunk in nfkc(text).split(|c: char| c.is_whitespace() || matches!(c, ',' | '、' | ';')) {
        let mut word = String::new();
        for c in chunk.chars() {
            if !continues(&word, c) {
                push(&mut words, &word);
                word.clear();
            }
            word.push(c);
        }
        push(&mut words, &word);
    }
    words
}

fn continues(word: &str, next: char) -> bool {
    let Some(last) = word.chars().next_back() else { return true };
    let is_number = word.contains(|c: char| c.is_ascii_digit());
    match (is_number, is_unit(last)) {
        (true, true) => is_unit(next) || next.is_ascii_digit() && matches!(last, '年' | '月'),
        (true, false) => is_unit(next) || !is_east_asian(next),
        (false, _) => is_east_asian(last) == is_east_asian(next),
    }
}

/// Chinese characters, and the kana mixed with them in Japanese names.
fn is_east_asian(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3041}'..='\u{30ff}')
}

/// Characters that follow the number of a date or a room.
pub(super) fn is_unit(c: char) -> bool {
    matches!(c, '年' | '月' | '日' | '号' | '號' | '房' | '室' | '间' | '間')
}

fn push(words: &mut Vec<String>, word: &str) {
    if !word.starts_with(is_han) {
        words.extend((!word.is_empty()).then(|| word.to_owned()));
    } else if let Some((free, rest)) = FREE.iter().find_map(|free| Some((*free, word.strip_prefix(free)?))) {
        words.push(free.to_owned());
        push(words, rest);
    } else if let Some((free, rest)) = FREE.iter().find_map(|free| Some((*free, word.strip_suffix(free)?))) {
        push(words, rest);
        words.push(free.to_owned());
    } else {
        words.push(word.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_at_space_and_script() {
        for (line, expected) in [
            ("zhang wei 0412", &["zhang", "wei", "0412"][..]),
            ("ZHANG,Wei", &["ZHANG", "Wei"]),
            ("张伟0412", &["张伟", "0412"]),
            ("张伟０４１２房２０２６年１０月３日", &["张伟", "0412房", "2026年10月3日"]),
            ("412号房今天", &["412号房", "今天"]),
            ("10月张伟", &["10月", "张伟"]),
            ("张月0412", &["张月", "0412"]),
            ("房间412", &["房间", "412"]),
            ("今天张伟房间号412", &["今天", "张伟", "房间号", "412"]),
            ("张伟zhang@example.com", &["张伟", "zhang@example.com"]),
            ("佐々木はな0412", &["佐々木はな", "0412"]),
            ("サトウ 花", &["サトウ", "花"]),
            (" , ", &[]),
        ] {
            assert_eq!(words(line), expected, "{line}");
        }
    }
}
