//! The number of a visit, in a form that can be read out on the phone.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Rng;

/// The number of a visit, from the booking over the desk to the bill: ten digits, the last of which
/// is a check digit. Digits, because desks and guests can say them in any language; written in groups,
/// `308-194-7262`. The check digit is Damm's (H. M. Damm, *Total anti-symmetrische Quasigruppen*,
/// 2004): it detects every single wrong digit and every swap of neighbours, so a mistyped number can be
/// distinguished from an unknown one. The other nine are random, so a number does not reveal how many
/// visits there are, and the first is never 0, so spreadsheets preserve it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VisitNumber(u64);

/// Why a text is not a visit number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberError {
    /// Not ten digits beginning with 1 to 9 (apart from spaces and dashes).
    NotANumber,
    /// Ten digits, but the check digit is wrong: one was mistyped, or two were swapped.
    Mistyped,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "a visit number has ten digits",
            Self::Mistyped => "the check digit does not match: a digit was mistyped or two were swapped",
        })
    }
}

impl std::error::Error for NumberError {}

/// The totally anti-symmetric quasigroup of order 10 from Damm's thesis.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

fn damm(digits: impl Iterator<Item = u8>) -> u8 {
    digits.fold(0, |state, digit| DAMM[state as usize][digit as usize])
}

impl VisitNumber {
    const FIRST: u64 = 100_000_000;
    const COUNT: u64 = 900_000_000;

    /// A random number. The caller makes sure that it is not in use.
    pub fn random(rng: &dyn Rng) -> Self {
        Self::of(Self::FIRST + below(rng, Self::COUNT))
    }

    fn of(payload: u64) -> Self {
        let check = damm(payload.to_string().bytes().map(|byte| byte - b'0'));
        Self(payload * 10 + u64::from(check))
    }

    /// The ten digits without groups: the form that is stored and used in links.
    pub fn digits(self) -> String {
        self.0.to_string()
    }
}

fn below(rng: &dyn Rng, count: u64) -> u64 {
    ((u128::from(rng.next_u64()) * u128::from(count)) >> 64) as u64
}

/// A thousandth of all numbers, starting anywhere: numbers drawn together from it are close to each other in an index, and
/// still sparse enough that one does not give away the next.
#[derive(Debug, Clone, Copy)]
pub struct NumberStretch {
    first: u64,
}

impl NumberStretch {
    const COUNT: u64 = VisitNumber::COUNT / 1_000;

    /// A random stretch.
    pub fn random(rng: &dyn Rng) -> Self {
        Self { first: VisitNumber::FIRST + below(rng, VisitNumber::COUNT - Self::COUNT) }
    }

    /// A random number from it. The caller makes sure that it is not in use.
    pub fn number(self, rng: &dyn Rng) -> VisitNumber {
        VisitNumber::of(self.first + below(rng, Self::COUNT))
    }
}

impl FromStr for VisitNumber {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = [0u8; 10];
        let mut count = 0;
        for c in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '.')) {
            // Full-width digits come from Chinese input methods.
            let digit = match c {
                '0'..='9' => c as u32 - '0' as u32,
                '０'..='９' => c as u32 - '０' as u32,
                _ => return Err(NumberError::NotANumber),
            };
            *digits.get_mut(count).ok_or(NumberError::NotANumber)? = digit as u8;
            count += 1;
        }
        if count != digits.len() || digits[0] == 0 {
            return Err(NumberError::NotANumber);
        }
        if damm(digits.into_iter()) != 0 {
            return Err(NumberError::Mistyped);
        }
        Ok(Self(digits.into_iter().fold(0, |number, digit| number * 10 + u64::from(digit))))
    }
}

impl fmt::Display for VisitNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        write!(f, "{}-{}-{}", &digits[..3], &digits[3..6], &digits[6..])
    }
}

impl TryFrom<String> for VisitNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<VisitNumber> for String {
    fn from(number: VisitNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SeededRng;

    #[test]
    fn damm_gives_the_published_check_digit() {
        // The worked example of the literature: 572 has check digit 4.
        assert_eq!(damm([5, 7, 2].into_iter()), 4);
        assert_eq!(damm([5, 7, 2, 4].into_iter()), 0);
    }

    #[test]
    fn written_forms_are_one_number() {
        let number = VisitNumber::random(&SeededRng::new(3));
        let digits = number.digits();
        let wide: String =
            digits.chars().map(|c| char::from_u32(c as u32 - '0' as u32 + '０' as u32).unwrap()).collect();
        for text in [number.to_string(), format!(" {} {} ", &digits[..4], &digits[4..]), wide, digits] {
            assert_eq!(text.parse(), Ok(number), "{text}");
        }
        assert_eq!("12345".parse::<VisitNumber>(), Err(NumberError::NotANumber));
        assert_eq!("BK-2026-77".parse::<VisitNumber>(), Err(NumberError::NotANumber));
    }

    proptest! {
        #[test]
        fn every_wrong_digit_and_every_swap_is_noticed(seed: u64, at in 0usize..10, add in 1u8..10) {
            let number = VisitNumber::random(&SeededRng::new(seed));
            let mut digits = number.digits().into_bytes();
            let right = digits[at];
            digits[at] = (right - b'0' + add) % 10 + b'0';
            prop_assert!(String::from_utf8(digits.clone()).unwrap().parse::<VisitNumber>().is_err());
            digits[at] = right;
            if at > 0 && digits[at] != digits[at - 1] {
                digits.swap(at, at - 1);
                prop_assert!(String::from_utf8(digits).unwrap().parse::<VisitNumber>().is_err());
            }
        }

        #[test]
        fn a_stretch_has_valid_numbers_near_each_other(seed: u64) {
            let rng = SeededRng::new(seed);
            let stretch = NumberStretch::random(&rng);
            let numbers: Vec<VisitNumber> = (0..50).map(|_| stretch.number(&rng)).collect();
            prop_assert!(numbers.iter().all(|number| number.digits().parse() == Ok(*number)));
            let payloads = || numbers.iter().map(|number| number.0 / 10);
            let (least, most) = (payloads().min().unwrap(), payloads().max().unwrap());
            prop_assert!(most - least < NumberStretch::COUNT && most < VisitNumber::FIRST + VisitNumber::COUNT);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<VisitNumber>();
        }
    }
}
