//! Short texts stored in place, and their similarity.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

/// A text of at most `N` bytes, padded with zeros. Of a longer one the beginning and three bytes of a hash of the
/// whole are stored: two long texts compare equal if they are equal, and hardly ever otherwise. So millions of records
/// are compared without following a pointer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Short<const N: usize = 16>([u8; N]);

impl<const N: usize> Default for Short<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Short<N> {
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut short = [0; N];
        if bytes.len() <= N {
            short[..bytes.len()].copy_from_slice(bytes);
        } else {
            short[..N - 3].copy_from_slice(&bytes[..N - 3]);
            short[N - 3..].copy_from_slice(&hash(bytes).to_le_bytes()[..3]);
            // A zero would end the text.
            short[N - 3..].iter_mut().for_each(|byte| *byte |= 0x80);
        }
        Self(short)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0[0] == 0
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0[..self.len()]
    }

    pub(super) fn len(&self) -> usize {
        // From the last bytes on, many at a time: zeros occur only at the end.
        let half = |from: usize| {
            let mut bytes = [0; 16];
            let part = &self.0[from.min(N)..(from + 16).min(N)];
            bytes[..part.len()].copy_from_slice(part);
            16 - u128::from_le_bytes(bytes).leading_zeros() as usize / 8
        };
        if N > 16 && half(16) > 0 { 16 + half(16) } else { half(0) }
    }

    /// The first `n` bytes, at most eight, as a number: for keys.
    pub(super) fn head(&self, n: usize) -> u64 {
        self.0.iter().take(n.min(8)).fold(0, |head, byte| head << 8 | u64::from(*byte))
    }

    pub(super) fn hash(&self) -> u64 {
        hash(&self.0)
    }

    pub(super) fn is_one_edit_from(&self, other: &Self) -> bool {
        if N > 16 {
            return is_one_edit(self.bytes(), other.bytes());
        }
        // The same in a few steps, on the whole texts as numbers.
        let number = |text: &Self| {
            let mut bytes = [0; 16];
            bytes[..N].copy_from_slice(&text.0);
            u128::from_le_bytes(bytes)
        };
        let (one, two) = (number(self), number(other));
        let same = (one ^ two).trailing_zeros() / 8 * 8;
        if same == 128 {
            return true;
        }
        let (one, two) = (one >> same, two >> same);
        one >> 8 == two >> 8
            || one >> 8 == two
            || one == two >> 8
            || one >> 16 == two >> 16 && (one as u16) == (two as u16).swap_bytes()
    }

    /// Jaro's similarity with Winkler's bonus of 0.1 for each of up to four common first bytes, 0 to 1 (Winkler,
    /// *String Comparator Metrics and Enhanced Decision Rules in the Fellegi–Sunter Model*, 1990).
    pub(super) fn jaro_winkler(&self, other: &Self) -> f32 {
        let (one, two) = (self.bytes(), other.bytes());
        if one.is_empty() || two.is_empty() {
            return 0.0;
        }
        let window = (one.len().max(two.len()) / 2).saturating_sub(1);
        let (mut matched_one, mut matched_two) = (0_u32, 0_u32);
        for (i, byte) in one.iter().enumerate() {
            let from = i.saturating_sub(window);
            let to = (i + window + 1).min(two.len());
            if let Some(j) = (from..to).find(|j| matched_two >> j & 1 == 0 && two[*j] == *byte) {
                matched_one |= 1 << i;
                matched_two |= 1 << j;
            }
        }
        let matches = matched_one.count_ones();
        if matches == 0 {
            return 0.0;
        }
        let bits = |set: u32| (0..N).filter(move |i| set >> i & 1 == 1);
        let moved = bits(matched_one).zip(bits(matched_two)).filter(|(i, j)| one[*i] != two[*j]).count();
        let matches = matches as f32;
        let jaro = (matches / one.len() as f32
            + matches / two.len() as f32
            + (matches - moved as f32 / 2.0) / matches)
            / 3.0;
        let prefix = one.iter().zip(two).take(4).take_while(|(a, b)| a == b).count();
        jaro + prefix as f32 * 0.1 * (1.0 - jaro)
    }

    /// Whether a word of one text is a word of the other, or a prefix of one with at least three bytes.
    pub(super) fn shares_word(&self, other: &Self) -> bool {
        fn words<const N: usize>(text: &Short<N>) -> impl Iterator<Item = &[u8]> {
            text.bytes().split(|byte| *byte == b' ')
        }
        let meet = |a: &[u8], b: &[u8]| a.len().min(b.len()) >= 3 && (a.starts_with(b) || b.starts_with(a));
        // Without an end before the last byte, so that all are looked at together.
        let has_space = |text: &Self| text.0.iter().fold(false, |found, byte| found | (*byte == b' '));
        if has_space(self) || has_space(other) {
            return words(self).any(|a| words(other).any(|b| meet(a, b)));
        }
        meet(self.bytes(), other.bytes())
    }

    /// Whether at least half of the letters in one text are in the other too: a quick check before a precise one.
    pub(super) fn shares_letters(&self, other: &Self) -> bool {
        let letters = |text: &Self| text.bytes().iter().fold(0_u32, |set, byte| set | 1 << (byte & 31));
        let (one, two) = (letters(self), letters(other));
        2 * (one & two).count_ones() >= one.count_ones().max(two.count_ones())
    }

    /// Whether two texts begin with the same byte.
    pub(super) fn begins_like(&self, other: &Self) -> bool {
        self.0[0] == other.0[0]
    }
}

impl<const N: usize> std::fmt::Debug for Short<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.bytes()))
    }
}

/// Whether one insertion, deletion, substitution or swap of neighbours turns one text into the other, or they are
/// equal: an optimal string alignment distance of at most 1.
pub(super) fn is_one_edit(one: &[u8], two: &[u8]) -> bool {
    let (long, short) = if one.len() >= two.len() { (one, two) } else { (two, one) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let Some(first) = long.iter().zip(short).position(|(a, b)| a != b) else { return true };
    let (long, short) = (&long[first..], &short[first..]);
    if long.len() > short.len() {
        return long[1..] == *short;
    }
    long[1..] == short[1..]
        || matches!((long, short), ([a, b, rest @ ..], [c, d, tail @ ..]) if a == d && b == c && rest == tail)
}

/// A hash that is the same in every run and on every machine.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    mix(hasher.finish() ^ bytes.len() as u64)
}

/// Spreads a number over 64 bits (the finaliser of SplitMix64, Steele et al. 2014).
pub(super) const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook table.
    fn alignment_distance(a: &[u8], b: &[u8]) -> usize {
        let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                d[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let change = d[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let mut least = change.min(d[i - 1][j] + 1).min(d[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(d[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        d[a.len()][b.len()]
    }

    #[test]
    fn published_similarities() {
        for (one, two, expected) in
            [("martha", "marhta", 0.961), ("dwayne", "duane", 0.840), ("dixon", "dicksonx", 0.813)]
        {
            let found = Short::<16>::new(one).jaro_winkler(&Short::new(two));
            assert!((found - expected).abs() < 0.001, "{one} {two} {found}");
        }
    }

    proptest! {
        #[test]
        fn one_edit_is_what_the_table_says(a in "[abc]{0,7}", b in "[abc]{0,7}") {
            let near = alignment_distance(a.as_bytes(), b.as_bytes()) <= 1;
            prop_assert_eq!(Short::<16>::new(&a).is_one_edit_from(&Short::new(&b)), near);
        }

        #[test]
        fn likeness_is_symmetric(a in any::<String>(), b in any::<String>()) {
            let (a, b) = (Short::<18>::new(&a), Short::new(&b));
            prop_assert_eq!(a.is_one_edit_from(&b), b.is_one_edit_from(&a));
            prop_assert_eq!(a.shares_word(&b), b.shares_word(&a));
            prop_assert!((0.0..=1.001).contains(&a.jaro_winkler(&b)));
        }
    }
}
