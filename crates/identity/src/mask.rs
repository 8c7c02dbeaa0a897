//! Masks: what is shown to those who may know that a field is filled, but not its value.
//!
//! Masks are for display only: they accept any text, valid or not, and count characters, not bytes.

/// A phone number with four digits hidden before the last four, however it is grouped: `+86138****8000`. Of a number with eight digits or fewer only the last
/// two remain, and of more than a phone number has as well: there may be several.
pub fn mask_phone(phone: &str) -> String {
    let length = phone.chars().filter(|c| c.is_alphanumeric()).count();
    let (head, tail) = if (9..=15).contains(&length) { (length - 8, 4) } else { (0, 2) };
    let is_shown = |at: usize| length > head + tail && (at < head || at >= length - tail);
    let mut seen = 0;
    let masked = phone.chars().map(|c| {
        if !c.is_alphanumeric() {
            return if length == 0 { '*' } else { c };
        }
        seen += 1;
        if is_shown(seen - 1) { c } else { '*' }
    });
    masked.collect()
}

/// A text whose field holds nobody's data, without what is shaped as if it did: numbers of mobile phones of mainland China and numbers with a country code are
/// masked as phones, those of resident ID cards as documents, and words with an `@` as addresses. A row that was shifted by a column has them anywhere.
pub fn mask_numbers(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    let text: String =
        words.map(|word| if word.contains('@') { mask_email(word) } else { word.to_owned() }).collect();
    let (mut masked, mut run) = (String::with_capacity(text.len()), String::new());
    for c in text.chars() {
        if digit(c).is_some() || matches!(c, '+' | ' ' | '-' | 'X' | 'x') {
            run.push(c);
        } else {
            masked.push_str(&mask_run(&run));
            run.clear();
            masked.push(c);
        }
    }
    masked.push_str(&mask_run(&run));
    masked
}

/// A digit, in either width, as ASCII.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

fn mask_run(run: &str) -> String {
    let masked = |text: &str| mask_number(text).unwrap_or_else(|| text.to_owned());
    // Several numbers may stand beside each other.
    mask_number(run).unwrap_or_else(|| run.split_inclusive(' ').map(masked).collect())
}

/// What is shaped like the number of a phone or a resident ID card, masked.
fn mask_number(text: &str) -> Option<String> {
    let number = text.trim();
    let digits: String = number.chars().filter_map(digit).collect();
    let national = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86")).unwrap_or(&digits);
    let is_mobile = national.len() == 11 && matches!(national.as_bytes(), [b'1', b'3'..=b'9', ..]);
    let has_code = number.starts_with('+') && (9..=15).contains(&digits.len());
    let length = digits.len() + usize::from(number.ends_with(['X', 'x']));
    let is_resident = length == 18 && matches!(digits.get(6..8), Some("18" | "19" | "20"));
    if is_mobile || has_code {
        Some(text.replace(number, &mask_phone(number)))
    } else if is_resident {
        Some(text.replace(number, &mask_document(number)))
    } else {
        None
    }
}

/// A document number with only the first three and last four characters shown: `110***********002X`. Of a
/// number with fewer than twelve characters only the last two remain, since seven would be most of it.
pub fn mask_document(number: &str) -> String {
    if number.chars().count() < 12 { hide(number, 0, 2) } else { hide(number, 3, 4) }
}

/// An e-mail address with only the first letter of the local part shown: `w**@example.com`. A local
/// part of one letter is hidden completely, and so is a text without `@`.
pub fn mask_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            let shown = usize::from(local.chars().count() > 1);
            format!("{}@{domain}", hide(local, shown, 0))
        }
        None => hide(email, 0, 0),
    }
}

/// A name of which only the first character of each word is shown: `张*`, `J*** S***`. A word in Chinese characters keeps its length; any other
/// becomes its first letter and three stars, so that its length tells nothing. A word of one character is hidden completely.
pub fn mask_name(name: &str) -> String {
    let is_han =
        |c: char| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
    let word = |word: &str| {
        let mut characters = word.chars();
        match (characters.next(), characters.as_str()) {
            (Some(_), "") => "*".to_owned(),
            (Some(first), rest) if word.chars().all(is_han) => {
                format!("{first}{}", "*".repeat(rest.chars().count()))
            }
            (Some(first), _) => format!("{first}***"),
            (None, _) => String::new(),
        }
    };
    name.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// Stars for all but the first `head` and last `tail` characters; if that would leave everything,
/// stars for all.
fn hide(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    let shown = |i: usize| length > head + tail && (i < head || i >= length - tail);
    text.chars().enumerate().map(|(i, c)| if shown(i) { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phones() {
        assert_eq!(mask_phone("+8613800138000"), "+86138****8000");
        assert_eq!(mask_phone("+85223456789"), "+852****6789");
        assert_eq!(mask_phone("12345678"), "******78");
        assert_eq!(mask_phone("12"), "**");
        assert_eq!(mask_phone("+86 138 0013 8000"), "+86 138 **** 8000");
        assert_eq!(mask_phone("138-0013-8000"), "138-****-8000");
        assert_eq!(mask_phone("13800138000/13912345678"), "***********/*********78");
        assert_eq!(mask_phone("+-"), "**");
        assert_eq!(mask_phone(""), "");
    }

    #[test]
    fn numbers_are_masked_wherever_they_stand() {
        for (text, masked) in [
            ("13812345678", "138****5678"),
            (" 138 1234 5678 ", " 138 **** 5678 "),
            ("１３８１２３４５６７８", "１３８****５６７８"),
            ("0086-13812345678", "0086-138****5678"),
            ("+49 1512 3456789", "+49 151* ***6789"),
            ("11010519491231002x", "110***********002x"),
            ("13812345678 13987654321", "138****5678 139****4321"),
            ("wei@example.com or wang@example.com", "w**@example.com or w***@example.com"),
            ("call 张伟:13812345678!", "call 张伟:138****5678!"),
        ] {
            assert_eq!(mask_numbers(text), masked, "{text}");
        }
        for other in [
            "",
            "-",
            "2025-10-13 14:00:05",
            "13/10/2025",
            "€1,100.50",
            "1 234 567.00",
            "dear",
            "CT-17781",
            "527-573-0002",
            "2024051300012345",
            "0401, 0402",
        ] {
            assert_eq!(mask_numbers(other), other);
        }
    }

    #[test]
    fn documents() {
        assert_eq!(mask_document("11010519491231002X"), "110***********002X");
        assert_eq!(mask_document("USA110000123456"), "USA********3456");
        assert_eq!(mask_document("E12345678"), "*******78");
        assert_eq!(mask_document("X"), "*");
    }

    #[test]
    fn emails() {
        assert_eq!(mask_email("wei@example.com"), "w**@example.com");
        assert_eq!(mask_email("w@example.com"), "*@example.com");
        assert_eq!(mask_email("张伟@example.com"), "张*@example.com");
        assert_eq!(mask_email("wei"), "***");
        assert_eq!(mask_email("@"), "@");
    }

    #[test]
    fn names() {
        assert_eq!(mask_name("张伟"), "张*");
        assert_eq!(mask_name("欧阳娜娜"), "欧***");
        assert_eq!(mask_name("John Smith"), "J*** S***");
        assert_eq!(mask_name("Li  X"), "L*** *");
        assert_eq!(mask_name("张"), "*");
        assert_eq!(mask_name(" "), "");
    }

    proptest! {
        #[test]
        fn a_masked_name_shows_one_character_of_each_word(name in "\\PC{0,20}") {
            for (word, masked) in name.split_whitespace().zip(mask_name(&name).split(' ')) {
                prop_assert!(masked.ends_with('*'));
                prop_assert!(masked.chars().filter(|c| *c != '*').count() <= 1);
                prop_assert!(word.chars().count() == 1 || masked.starts_with(word.chars().next().unwrap_or_default()));
            }
        }
    }

    proptest! {
        #[test]
        fn a_mask_keeps_the_length_and_hides_something(text in any::<String>()) {
            for mask in [mask_phone(&text), mask_document(&text)] {
                prop_assert_eq!(mask.chars().count(), text.chars().count());
                prop_assert_eq!(mask.contains('*'), !text.is_empty());
            }
            prop_assert_eq!(mask_email(&text).chars().count(), text.chars().count());
            prop_assert_eq!(mask_numbers(&text).chars().count(), text.chars().count());
        }

        #[test]
        fn no_mobile_number_is_left(
            before in "[a-z,;/ ]{0,5}",
            rest in 300_000_000_u64..1_000_000_000,
            after in "[a-z,;/ ]{0,5}",
        ) {
            let number = format!("1{rest:09}0");
            let masked = mask_numbers(&format!("{before}{number}{after}"));
            prop_assert!(!masked.contains(&number));
        }
    }
}
