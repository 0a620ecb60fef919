//! Location and scale that a few wrong values cannot move.

/// Makes the median absolute deviation of normal values their standard deviation: `1 / quantile(3/4)`.
const MAD_TO_DEVIATION: f64 = 1.482_602_218_505_602;

/// The median of finite values; `None` of none. Reorders them.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    let even = values.len().is_multiple_of(2);
    let (_, low, above) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let low = *low;
    if !even {
        return Some(low);
    }
    let high = above.iter().copied().min_by(f64::total_cmp)?;
    Some(low / 2.0 + high / 2.0)
}

/// The standard deviation as the median absolute deviation tells it; `None` of no values.
pub(super) fn deviation(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    let center = median(&mut values)?;
    values.iter_mut().for_each(|value| *value = (*value - center).abs());
    Some(median(&mut values)? * MAD_TO_DEVIATION)
}

/// A count on a scale on which Poisson counts of any expectation spread by about 1: `2 sqrt(x + 3/8)` (Anscombe, "The
/// transformation of Poisson, binomial and negative-binomial data", Biometrika 35, 1948).
pub(super) fn stabilized(count: f64) -> f64 {
    2.0 * (count.max(0.0) + 0.375).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_deviations_are_those_of_the_textbook() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0]), Some(3.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        // Deviations from 2: 1, 1, 0, 0, 2, 4, 7: their median is 1.
        let deviation = deviation(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]).unwrap();
        assert!((deviation - MAD_TO_DEVIATION).abs() < 1e-12, "{deviation}");
    }
}
