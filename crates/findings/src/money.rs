//! Amounts that agree well enough.

/// What rounding and exchange may take off or add, minor units: one whole unit.
pub(crate) const ROUNDING: i64 = 100;

/// Whether a price is the agreed one: channels round, and convert at rates of their own, by up to a hundredth.
pub(crate) fn agrees(price: i64, agreed: i64) -> bool {
    (price - agreed).abs() <= (agreed.abs() / 100).max(ROUNDING)
}

/// Whether a difference is the sum of some of these amounts, or none.
pub(crate) fn is_explained(difference: i64, amounts: &[i64]) -> bool {
    let amounts = &amounts[..amounts.len().min(10)];
    (0..1_u32 << amounts.len()).any(|chosen| {
        let sum: i64 =
            (0..).zip(amounts).filter(|(place, _)| chosen >> place & 1 == 1).map(|(_, amount)| *amount).sum();
        (difference - sum).abs() <= ROUNDING
    })
}

/// A share in hundredths of a percent, rounded half away from zero.
pub(crate) const fn share(minor: i64, basis_points: i64) -> i64 {
    hefu_kernel::BasisPoints(basis_points).of(minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_explained_by_sums() {
        assert!(is_explained(0, &[]) && is_explained(350_00, &[100_00, 250_00, 70_00]));
        assert!(is_explained(-30_00, &[-30_50]) && !is_explained(350_00, &[100_00, 240_00]));
    }

    #[test]
    fn prices_agree_within_a_hundredth() {
        assert!(agrees(404_00, 400_00) && !agrees(405_00, 400_00));
        assert!(agrees(10_90, 10_00) && !agrees(11_10, 10_00));
    }
}
