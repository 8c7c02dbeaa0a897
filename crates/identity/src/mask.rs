//! Masks: what is shown to those who may know that a field is filled, but not its value.
//!
//! Masks are for display only: they accept any text, valid or not, and count characters, not bytes.

/// A phone number with four digits hidden before the last four: `+86138****8000`. Of a number with
/// eight characters or fewer only the last two remain.
pub fn mask_phone(phone: &str) -> String {
    let length = phone.chars().count();
    if length <= 8 { hide(phone, 0, 2) } else { hide(phone, length - 8, 4) }
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
        assert_eq!(mask_phone(""), "");
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
        }
    }
}
