//! A keyed shuffle of `0..domain`: makes numbers unique without remembering the ones given out.

use crate::draws::{mix, scale};

/// Fewer than four rounds leave visible structure (Luby and Rackoff 1988).
const ROUNDS: u64 = 4;

/// The position of `index` in the shuffle of `0..domain` for `key`; an index beyond it wraps around.
///
/// A Feistel network over the smallest square that holds the domain, walked until it lands inside (the
/// "generalized Feistel cipher" and "cycle walking" of Black and Rogaway, *Ciphers with Arbitrary Finite Domains*,
/// 2002). `domain` must not be 0.
pub(crate) fn permute(key: u64, index: u64, domain: u64) -> u64 {
    let side = (domain - 1).isqrt() + 1;
    let mut place = index % domain;
    loop {
        let (mut left, mut right) = (place / side, place % side);
        for round in 0..ROUNDS {
            let mask = scale(mix(key ^ (round << 56) ^ right), side);
            let sum = left + mask;
            (left, right) = (right, if sum < side { sum } else { sum - side });
        }
        place = left * side + right;
        if place < domain {
            return place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_place_is_taken_once(key: u64, domain in 1..3_000_u64) {
            let mut places: Vec<u64> = (0..domain).map(|index| permute(key, index, domain)).collect();
            places.sort_unstable();
            prop_assert!(places.into_iter().eq(0..domain));
        }
    }

    #[test]
    fn another_key_is_another_shuffle() {
        let shuffle = |key| (0..100).map(|index| permute(key, index, 100)).collect::<Vec<_>>();
        assert_eq!(shuffle(1), shuffle(1));
        assert_ne!(shuffle(1), shuffle(2));
        assert_ne!(shuffle(1), (0..100).collect::<Vec<_>>());
    }
}
