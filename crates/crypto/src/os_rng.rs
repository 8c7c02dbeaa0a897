//! The operating system's randomness.

/// The production source of randomness: the generator of aws-lc, seeded by the operating system.
///
/// Where there is no randomness the process ends: no key, nonce or session made after that point could be trusted.
#[derive(Debug, Clone, Copy)]
pub struct OsRng;

impl hefu_kernel::Rng for OsRng {
    fn fill(&self, out: &mut [u8]) {
        if aws_lc_rs::rand::fill(out).is_err() {
            crate::give_up("the operating system gives no random bytes");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hefu_kernel::Rng;

    #[test]
    fn every_fill_differs() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        OsRng.fill(&mut a);
        OsRng.fill(&mut b);
        assert_ne!(a, [0; 32]);
        assert_ne!(a, b);
    }
}
