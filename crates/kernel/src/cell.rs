//! Text in files that people open with a spreadsheet.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula, and a formula that came with a guest's name can send
//! away what stands beside it. What Hefu writes begins with an apostrophe then, and what it reads has that taken away again: a file that was
//! written, mended and read says what it said. Numbers are left alone.

/// Whether a spreadsheet would take this for a formula, apostrophes in front aside: those were there before.
fn is_formula(text: &[u8]) -> bool {
    let bare = &text[text.iter().take_while(|byte| **byte == b'\'').count()..];
    let Some((first, rest)) = bare.split_first() else { return false };
    let is_number = || {
        let is_digit = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b' ');
        matches!(first, b'+' | b'-') && rest.iter().any(u8::is_ascii_digit) && rest.iter().all(is_digit)
    };
    // Spreadsheets in Chinese and Japanese know the wide signs as well.
    let wide = ["＝", "＋", "－", "＠"].iter().any(|sign| bare.starts_with(sign.as_bytes()));
    (matches!(first, b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') || wide) && !is_number()
}

/// Whether the text needs an apostrophe in front where a spreadsheet may read it.
pub fn needs_apostrophe(text: &[u8]) -> bool {
    is_formula(text)
}

/// The text as it was before it got one.
pub fn without_apostrophe(text: &[u8]) -> &[u8] {
    match text.split_first() {
        Some((b'\'', rest)) if is_formula(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_told_from_text_and_numbers() {
        for formula in
            ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r", "=", "-", "＝1", "'=1", "''@x"]
        {
            assert!(needs_apostrophe(formula.as_bytes()), "{formula}");
        }
        for harmless in [
            "",
            "张伟",
            "O'Brien",
            "'quoted'",
            "-5",
            "-12.50",
            "+86 138 0013 8000",
            "1=1",
            "a@example.com",
            " =1",
        ] {
            assert!(!needs_apostrophe(harmless.as_bytes()), "{harmless}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(text in "[=+@\t\r'a1＝-]{0,6}") {
            let written = if needs_apostrophe(text.as_bytes()) { format!("'{text}") } else { text.clone() };
            prop_assert!(!written.starts_with(['=', '@', '\t', '\r', '＝']));
            prop_assert_eq!(without_apostrophe(written.as_bytes()), text.as_bytes());
        }
    }
}
