//! Many tests at once.

use campaign_pilot_core::Absence;

/// p-values adjusted for being many, by Benjamini and Hochberg: calling everything at or below a level significant then
/// leaves at most that share of false calls among the calls, on average. In the order of the input.
///
/// # Formula
///
/// For the i-th smallest of m: the smallest `p_(j) m / j` over all j from i on, at most 1. Holds for tests that are
/// independent or depend on each other positively (Benjamini and Hochberg 1995, Benjamini and Yekutieli 2001).
///
/// # Errors
///
/// [`Absence::NotFinite`] for NaN, [`Absence::OutOfRange`] for a number outside of [0, 1].
///
/// ```
/// use campaign_pilot_metrics::benjamini_hochberg;
///
/// let adjusted = benjamini_hochberg(&[0.04, 0.01, 0.03, 0.5])?;
/// let expected = [0.16 / 3.0, 0.04, 0.16 / 3.0, 0.5];
/// assert!(adjusted.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
/// # Ok::<(), campaign_pilot_core::Absence>(())
/// ```
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, Absence> {
    if p_values.iter().any(|p| p.is_nan()) {
        return Err(Absence::NotFinite);
    }
    if !p_values.iter().all(|p| (0.0..=1.0).contains(p)) {
        return Err(Absence::OutOfRange);
    }
    let all = p_values.len() as f64;
    let mut falling: Vec<(f64, usize)> = p_values.iter().copied().zip(0..).collect();
    falling.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut adjusted = vec![1.0_f64; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, (p, index)) in (1..=p_values.len()).rev().zip(falling) {
        // The factor is at least 1, so rounding never brings a value below the p it came from.
        smallest = smallest.min(p * (all / rank as f64));
        if let Some(slot) = adjusted.get_mut(index) {
            *slot = smallest;
        }
    }
    Ok(adjusted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_are_no_probabilities_are_refused() {
        assert_eq!(benjamini_hochberg(&[0.1, f64::NAN]), Err(Absence::NotFinite));
        assert_eq!(benjamini_hochberg(&[0.1, 1.1]), Err(Absence::OutOfRange));
        assert_eq!(benjamini_hochberg(&[]), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn adjusts_up_keeps_the_order_and_does_not_depend_on_it(p_values in proptest::collection::vec(0.0..=1.0_f64, 1..30)) {
            let adjusted = benjamini_hochberg(&p_values).unwrap();
            for (a, p) in adjusted.iter().zip(&p_values) {
                prop_assert!(p <= a && *a <= 1.0);
                for (b, q) in adjusted.iter().zip(&p_values) {
                    prop_assert!(p > q || a <= b);
                }
            }
            let turned: Vec<_> = p_values.iter().rev().copied().collect();
            let mut again = benjamini_hochberg(&turned).unwrap();
            again.reverse();
            prop_assert_eq!(again, adjusted);
        }
    }
}
