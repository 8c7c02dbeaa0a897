//! Helpers shared by the normal forms.

use unicode_normalization::UnicodeNormalization;

/// Compatibility composition (Unicode Annex 15): full-width forms, ligatures and the like become the
/// plain characters they stand for. Surrounding space is dropped.
pub(crate) fn nfkc(text: &str) -> String {
    if text.is_ascii() {
        return text.trim().to_owned();
    }
    text.nfkc().collect::<String>().trim().to_owned()
}

/// Only the letters and digits of a text, in upper case: the form of numbers that people group with
/// spaces, dashes, dots or brackets.
pub(crate) fn compact(text: &str) -> String {
    if text.is_ascii() {
        return text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    }
    nfkc(text).to_uppercase().nfkc().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether a character is a Chinese one (Unicode Han ideographs, with 〇 and 々, which repeats one).
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// Whether a text is made of ASCII digits only, at least one.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
