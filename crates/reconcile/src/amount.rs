//! How two amounts compare, and how likely it is that they agree by chance.

use rustc_hash::FxHashMap;

/// Half of the levels for amounts that differ by a share: one side is more, the other less.
const STEPS: [f64; 20] = [
    0.000_1, 0.000_3, 0.001, 0.002_5, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.05, 0.06, 0.07,
    0.08, 0.1, 0.13, 0.18, 0.25,
];

/// The largest difference, as the logarithm of the ratio, for which pairs are candidates by their words alone.
pub(crate) const NEAR: f64 = 0.25;

/// Equal.
pub(crate) const EQUAL: u8 = 0;
/// Two neighbouring digits are swapped.
pub(crate) const SWAPPED: u8 = 1;
/// One digit is wrong, missing or too many.
pub(crate) const DIGIT: u8 = 2;
/// Different by more than [`NEAR`].
pub(crate) const FAR: u8 = 3;
/// The first of the levels for a difference by a share.
const SHARE: u8 = 4;

/// Number of levels.
pub(crate) const LEVELS: usize = SHARE as usize + 2 * STEPS.len();

/// The digits of an amount without its sign, and how many there are.
fn digits(amount: i64) -> ([u8; 20], usize) {
    let (mut digits, mut rest, mut length) = ([0; 20], amount.unsigned_abs(), 0);
    while rest > 0 {
        digits[length] = (rest % 10) as u8;
        rest /= 10;
        length += 1;
    }
    (digits, length)
}

/// A key that amounts have in common whose digits are the same in another order.
pub(crate) fn digit_key(amount: i64) -> u64 {
    let (digits, length) = digits(amount);
    digits[..length].iter().fold(length as u64, |key, digit| key.wrapping_add(1 << ((4 * digit + 8) % 60)))
}

/// Whether a difference is one that a slip in one or two digits makes: of one digit d · 10ⁿ, of two swapped ones 9d · 10ⁿ.
fn may_be_slip(mut difference: u64) -> bool {
    while difference > 81 && difference.is_multiple_of(10) {
        difference /= 10;
    }
    difference <= 81
}

fn slips(a: i64, b: i64) -> Option<u8> {
    let (one, two) = (a.unsigned_abs(), b.unsigned_abs());
    // Amounts of the same length differ by less than a factor of ten.
    if one.max(two) / 10 < one.min(two) && !may_be_slip(one.abs_diff(two)) {
        let of_other_length = one.max(1).ilog10() != two.max(1).ilog10();
        if !of_other_length {
            return None;
        }
    }
    let ((a, m), (b, n)) = (digits(a), digits(b));
    if m < 3 || n < 3 {
        return None;
    }
    let differing: Vec<usize> = (0..m.max(n)).filter(|place| a[*place] != b[*place]).collect();
    if m == n {
        return match differing[..] {
            [one, two] if two == one + 1 && a[one] == b[two] && a[two] == b[one] => Some(SWAPPED),
            [one] if one < m => Some(DIGIT),
            _ => None,
        };
    }
    // One digit was left out: below it they agree, above it they are shifted by one.
    let (short, long, length) = if m < n { (&a, &b, m) } else { (&b, &a, n) };
    let same = (0..length).take_while(|place| short[*place] == long[*place]).count();
    (m.abs_diff(n) == 1 && (same..length).all(|place| short[place] == long[place + 1])).then_some(DIGIT)
}

/// Whether one is exactly a tenth of the other.
fn is_tenth(a: i64, b: i64) -> bool {
    let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
    a.checked_mul(10) == Some(b) || b.checked_mul(10) == Some(a)
}

/// The level of two amounts with the same sign; negative is below zero in the logarithm of the ratio.
pub(crate) fn level(a: i64, b: i64) -> u8 {
    if a == b {
        return EQUAL;
    }
    let ratio = (b.unsigned_abs().max(1) as f64 / a.unsigned_abs().max(1) as f64).ln();
    match slips(a, b) {
        // A first digit that differs is rather a part of the amount, and so is a tenth of it, the usual deposit.
        Some(DIGIT) if is_tenth(a, b) || ratio.abs() > NEAR && ratio.abs() < 2.0 => return FAR,
        Some(slip) => return slip,
        None => {}
    }
    match STEPS.iter().position(|step| ratio.abs() <= *step) {
        Some(step) if ratio < 0.0 => SHARE + 2 * step as u8,
        Some(step) => SHARE + 2 * step as u8 + 1,
        None => FAR,
    }
}

/// How far from equality the differences of a level by a share begin and end, as shares; none for other levels.
pub(crate) fn share(level: u8) -> Option<(f64, f64)> {
    let step = usize::from(level.checked_sub(SHARE)?) / 2;
    Some((step.checked_sub(1).map_or(0.0, |before| STEPS[before]), *STEPS.get(step)?))
}

/// The neighbours of a level by a share on the scale of ratios.
pub(crate) fn beside(level: u8) -> [Option<u8>; 2] {
    if level < SHARE {
        return [None, None];
    }
    let further = level + 2;
    [(level >= SHARE + 2).then(|| level - 2), (usize::from(further) < LEVELS).then_some(further)]
}

/// How amounts are spread, to tell how likely one is met by chance.
#[derive(Debug)]
pub(crate) struct Spread {
    /// How often each amount occurs.
    counts: FxHashMap<i64, u32>,
    /// Logarithms of the amounts, ascending.
    logs: Vec<f64>,
    /// The share of amounts that end in so many zeros.
    zeros: [f64; 20],
    total: f64,
}

fn log(amount: i64) -> f64 {
    (amount.unsigned_abs().max(1) as f64).ln()
}

/// The zeros at the end of an amount.
fn zeros(amount: i64) -> usize {
    let (digits, length) = digits(amount);
    digits[..length].iter().take_while(|digit| **digit == 0).count()
}

impl Spread {
    pub(crate) fn new(amounts: impl Iterator<Item = i64>) -> Self {
        let amounts: Vec<i64> = amounts.collect();
        let mut counts = FxHashMap::default();
        let mut zeros_of = [0.5_f64; 20];
        for amount in &amounts {
            *counts.entry(*amount).or_default() += 1;
            zeros_of[zeros(*amount)] += 1.0;
        }
        let total = amounts.len().max(2) as f64;
        let mut logs: Vec<f64> = amounts.iter().map(|amount| log(*amount)).collect();
        logs.sort_unstable_by(f64::total_cmp);
        Self { counts, logs, zeros: zeros_of.map(|count| count / (total + 10.0)), total }
    }

    /// The share of records per unit of the logarithm, around an amount.
    pub(crate) fn density(&self, amount: i64) -> f64 {
        let log = log(amount);
        let near = |width: f64| {
            let from = self.logs.partition_point(|other| *other < log - width);
            let to = self.logs.partition_point(|other| *other <= log + width);
            (to - from) as f64
        };
        // Wide enough to hold some, narrow enough to follow the amounts.
        let width = if near(0.1) >= 30.0 { 0.1 } else { 0.5 };
        (near(width) + 0.5) / (self.total + 1.0) / (2.0 * width)
    }

    /// The probability that another record has exactly this amount by chance.
    pub(crate) fn chance(&self, amount: i64) -> f64 {
        let others = f64::from(self.counts.get(&amount).copied().unwrap_or(0)) - 2.0;
        let value = amount.unsigned_abs().max(1) as f64;
        let by_density: f64 = (0..=zeros(amount))
            .map(|zeros| self.zeros[zeros] * self.density(amount) * 10_f64.powi(zeros as i32) / value)
            .fold(0.0, f64::max);
        (others.max(0.0) / self.total).max(by_density).clamp(1e-12, 1.0)
    }

    /// The probability that another record's amount is of this level beside an amount, given the density around it.
    pub(crate) fn chance_of(&self, level: u8, amount: i64, density: f64) -> f64 {
        let value = amount.unsigned_abs().max(1) as f64;
        let length = value.log10().ceil().max(1.0);
        let chance = match level {
            EQUAL => self.chance(amount),
            // So many neighbouring amounts each, spread over one or two orders of magnitude.
            SWAPPED => (length - 1.0) * density / value * 2.0,
            DIGIT => 11.0 * length * density / value * 2.0,
            FAR => 1.0,
            other => share(other).map_or(1.0, |(from, to)| (to - from) * density),
        };
        chance.clamp(1e-12, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        assert_eq!(level(145_23, 154_23), SWAPPED);
        assert_eq!(level(145_23, 145_23), EQUAL);
        assert_eq!(level(1_280_65, 1_280_56), SWAPPED);
        assert_eq!(level(145_23, 145_28), DIGIT);
        assert_eq!(level(14_523, 1_452), DIGIT);
        assert_eq!(level(100_00, 41_17), FAR);
        assert_eq!(share(level(1000_00, 1018_18)), Some((0.015, 0.02)));
        assert_eq!(level(i64::MIN, -i64::MAX), DIGIT);
    }

    #[test]
    fn amounts_with_zeros_are_met_by_chance() {
        let spread = Spread::new((1..2_000).map(|n| if n % 4 == 0 { n * 10_000 } else { n * 10_000 + n }));
        assert!(spread.chance(500 * 10_000) > 100.0 * spread.chance(501 * 10_000 + 501));
    }
}
