//! Card numbers: how they are recognised, so that none is ever stored.

/// The digit a character stands for; full-width digits come from Chinese input methods.
fn digit(c: char) -> Option<u32> {
    match c {
        '0'..='9' => Some(c as u32 - '0' as u32),
        '０'..='９' => Some(c as u32 - '０' as u32),
        _ => None,
    }
}

/// Whether the last digit is the check digit of the preceding ones (H. P. Luhn, US patent 2,950,048;
/// ISO/IEC 7812-1 annex B).
pub fn passes_luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// Whether a text contains what looks like a payment card number: 12 to 19 digits in a row, apart from spaces and
/// dashes, with a matching check digit. Longer numbers are receipts of payment services.
pub fn looks_like_card_number(text: &str) -> bool {
    let is_card = |run: &[u32]| (12..=19).contains(&run.len()) && passes_luhn(run);
    let mut run = Vec::new();
    for c in text.chars() {
        match digit(c) {
            Some(digit) => run.push(digit),
            None if c.is_whitespace() || matches!(c, '-' | '–' | '.') => {}
            None => {
                if is_card(&run) {
                    return true;
                }
                run.clear();
            }
        }
    }
    is_card(&run)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn card_numbers_are_recognised_however_they_are_typed() {
        // The card schemes' published test numbers.
        for text in [
            "4111111111111111",
            "5555 5555 5555 4444",
            "3782-822463-10005",
            "card 6200000000000005, please",
            "４１１１１１１１１１１１１１１１",
        ] {
            assert!(looks_like_card_number(text), "{text}");
        }
    }

    #[test]
    fn tokens_and_receipts_are_not() {
        for text in ["4111111111111112", "tok_1Nv0FGQ9RKHgCVdK", "4242", "", "4200002026100312345678901234"] {
            assert!(!looks_like_card_number(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            looks_like_card_number(&text);
        }

        #[test]
        fn a_card_number_is_noticed_wherever_it_stands(
            before in "[a-z]{0,5}", payload in "[0-9]{11,18}", gap in "[ -]{0,2}", after in "[a-z]{0,5}",
        ) {
            let number = (0..10).map(|check| format!("{payload}{check}"));
            let number = number.into_iter().find(|n| passes_luhn(&n.chars().filter_map(digit).collect::<Vec<_>>()));
            let (first, rest) = number.as_deref().unwrap_or_default().split_at(4);
            let text = format!("{before}{first}{gap}{rest}{after}");
            prop_assert!(looks_like_card_number(&text), "{text}");
        }
    }
}
