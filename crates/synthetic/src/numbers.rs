//! Phone and document numbers: each plan maps every number below its capacity to a different text.

/// Letters that cannot be mistaken for digits and do not spell words.
const LETTERS: [char; 20] =
    ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'R', 'S', 'T', 'V', 'X', 'Z'];

/// Mobile numbers of a country: one of the prefixes, one of the next digits, then so many free digits.
#[derive(Debug)]
pub(crate) struct PhonePlan {
    /// E.164, with the +.
    pub(crate) prefixes: &'static [&'static str],
    /// The digits that may follow every prefix.
    pub(crate) next: &'static str,
    pub(crate) free_digits: u32,
}

impl PhonePlan {
    /// Choices for the free digits: the last one has only seven, see [`Self::number`].
    const fn free(&self) -> u64 {
        10_u64.pow(self.free_digits - 1) * 7
    }

    /// How many different numbers there are.
    pub(crate) const fn capacity(&self) -> u64 {
        self.prefixes.len() as u64 * self.next.len() as u64 * self.free()
    }

    /// The number for `n`, which is below [`Self::capacity`].
    ///
    /// The last digit is at least two away from the one before, cyclically. So nothing ends like 00000000,
    /// 12345678 or 87654321, which software treats as placeholders.
    pub(crate) fn number(&self, n: u64) -> String {
        let (head, free) = ((n / self.free()) as usize, n % self.free());
        let prefix = self.prefixes[head / self.next.len()];
        let next = self.next.as_bytes()[head % self.next.len()] as char;
        let (body, last) = (free / 7, free % 7);
        let last = (body % 10 + 2 + last) % 10;
        let width = self.free_digits as usize - 1;
        format!("{prefix}{next}{body:0width$}{last}")
    }
}

/// How many different documents `pattern` can number: `#` is a digit, `@` a letter, anything else is literal.
pub(crate) fn document_capacity(pattern: &str) -> u64 {
    pattern.chars().map(choices).product()
}

/// The document number for `n`, which is below [`document_capacity`].
pub(crate) fn document_number(pattern: &str, mut n: u64) -> String {
    let mut take = |choices: u64| {
        let digit = n % choices;
        n /= choices;
        digit
    };
    pattern
        .chars()
        .map(|symbol| match symbol {
            '#' => (b'0' + take(10) as u8) as char,
            '@' => LETTERS[take(LETTERS.len() as u64) as usize],
            fixed => fixed,
        })
        .collect()
}

fn choices(symbol: char) -> u64 {
    match symbol {
        '#' => 10,
        '@' => LETTERS.len() as u64,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn a_small_plan_gives_each_number_once() {
        let plan = PhonePlan { prefixes: &["+86138", "+86139"], next: "07", free_digits: 3 };
        let numbers: HashSet<String> = (0..plan.capacity()).map(|n| plan.number(n)).collect();
        assert_eq!(numbers.len(), 2 * 2 * 700);
        assert!(numbers.contains("+861380002") && numbers.contains("+861397997"));
        for placeholder in ["+861380000", "+861380123", "+861387321"] {
            assert!(!numbers.contains(placeholder));
        }
    }

    #[test]
    fn a_small_pattern_gives_each_number_once() {
        let numbers: HashSet<String> =
            (0..document_capacity("H#@")).map(|n| document_number("H#@", n)).collect();
        assert_eq!(numbers.len(), 200);
        assert!(numbers.contains("H0A") && numbers.contains("H9Z"));
    }

    proptest! {
        #[test]
        fn no_phone_ends_in_a_run(n in 0..700_000_000_u64) {
            let plan = PhonePlan { prefixes: &["+86150"], next: "0123456789", free_digits: 8 };
            let digits = plan.number(n).into_bytes();
            let [.., before, last] = digits[..] else { unreachable!() };
            prop_assert!(!matches!((10 + last - before) % 10, 0 | 1 | 9));
        }
    }
}
