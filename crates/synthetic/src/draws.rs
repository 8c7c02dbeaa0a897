//! Reproducible randomness. The kernel's seeded generator gives the same bytes, but it may be shared between threads,
//! and its atomic counter would make a person take about a third longer.

/// The increment of SplitMix64 (Steele et al. 2014).
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The first number of SplitMix64 seeded with `value`: a good hash of it.
pub(crate) const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number in `0..bound` from 64 random bits; the bias is below `bound / 2^64`.
pub(crate) const fn scale(random: u64, bound: u64) -> u64 {
    ((random as u128 * bound as u128) >> 64) as u64
}

/// The random choices of one person: SplitMix64.
pub(crate) struct Draws(u64);

impl Draws {
    /// Choices determined by `seed`.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub(crate) const fn next(&mut self) -> u64 {
        let random = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        random
    }

    /// A number in `0..bound`.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        scale(self.next(), bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_generator() {
        // The published SplitMix64 output for this seed (Rosetta Code, "Pseudo-random numbers/Splitmix64").
        let mut draws = Draws::new(1_234_567);
        assert_eq!(draws.next(), 6_457_827_717_110_365_317);
        assert_eq!(draws.next(), 3_203_168_211_198_807_973);
        assert_eq!(draws.next(), 9_817_491_932_198_370_423);
        assert_eq!((scale(0, 10), scale(u64::MAX, 10), scale(1 << 63, 10)), (0, 9, 5));
    }
}
