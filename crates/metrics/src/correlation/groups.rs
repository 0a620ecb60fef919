//! Differences between groups.

use campaign_pilot_core::Absence;
use serde::{Deserialize, Serialize};

use super::ranks::{ranks, ties};
use crate::tails::chi_square_above;

/// Whether groups differ in their level, by ranks.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct KruskalWallis {
    /// The statistic H, corrected for ties.
    pub statistic: f64,
    /// The groups less one.
    pub degrees_of_freedom: u32,
    /// How often chance alone makes an H at least as large, by the chi-square approximation.
    pub p_value: f64,
    /// The effect size epsilon squared, `H / (n - 1)`: the share of the ranks' variance that lies between the groups, in [0, 1].
    pub epsilon_squared: f64,
    /// The effect size eta squared, `(H - k + 1) / (n - k)` for k groups, not below 0: the same share with the part taken out
    /// that chance puts there.
    pub eta_squared: f64,
    /// How many numbers there are in all groups.
    pub observations: u64,
}

/// The Kruskal-Wallis test: do the groups differ in their level?
///
/// # Formula
///
/// `H = 12 / (N (N + 1)) sum n_i (mean rank_i - (N + 1) / 2)^2 / (1 - sum (t^3 - t) / (N^3 - N))` over the groups and the
/// runs of t equal numbers; p by the chi-square distribution with k - 1 degrees of freedom, which is good from about five
/// numbers a group on (Kruskal and Wallis 1952). Infinite numbers have a rank. Groups without numbers do not count.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] unless two groups have numbers and there are more numbers than groups,
/// [`Absence::NotFinite`] for NaN, [`Absence::Constant`] when all numbers are equal.
///
/// ```
/// use campaign_pilot_metrics::kruskal_wallis;
///
/// let test = kruskal_wallis(&[&[2.9, 3.0, 2.5, 2.6, 3.2], &[3.8, 2.7, 4.0, 2.4], &[2.8, 3.4, 3.7, 2.2, 2.0]])?;
/// assert!((test.statistic - 0.771_428_571_428_571_8).abs() < 1e-12);
/// assert!((test.p_value - 0.679_964_773_578_893_6).abs() < 1e-12);
/// # Ok::<(), campaign_pilot_core::Absence>(())
/// ```
pub fn kruskal_wallis(groups: &[&[f64]]) -> Result<KruskalWallis, Absence> {
    let groups: Vec<&[f64]> = groups.iter().copied().filter(|group| !group.is_empty()).collect();
    let all: Vec<f64> = groups.iter().flat_map(|group| group.iter().copied()).collect();
    if groups.len() < 2 || all.len() <= groups.len() {
        return Err(Absence::TooFewObservations);
    }
    let ranks = ranks(&all)?;
    let n = all.len() as f64;
    let middle = (n + 1.0) / 2.0;
    let mut rest = ranks.as_slice();
    let mut between = 0.0;
    for group in &groups {
        let (own, others) = rest.split_at_checked(group.len()).ok_or(Absence::OutOfRange)?;
        let distance = own.iter().map(|rank| rank - middle).sum::<f64>() / group.len() as f64;
        between += group.len() as f64 * distance * distance;
        rest = others;
    }
    let tied: f64 = ties(&all).into_iter().map(|t| t as f64).map(|t| t * t * t - t).sum();
    let untied = 1.0 - tied / (n * n * n - n);
    if untied <= 0.0 || ties(&all).first().is_some_and(|t| *t == all.len() as u64) {
        return Err(Absence::Constant);
    }
    let statistic = 12.0 / (n * (n + 1.0)) * between / untied;
    let k = groups.len() as f64;
    let degrees_of_freedom = u32::try_from(groups.len() - 1).map_err(|_| Absence::OutOfRange)?;
    Ok(KruskalWallis {
        statistic,
        degrees_of_freedom,
        p_value: chi_square_above(statistic, k - 1.0),
        epsilon_squared: (statistic / (n - 1.0)).clamp(0.0, 1.0),
        eta_squared: ((statistic - k + 1.0) / (n - k)).clamp(0.0, 1.0),
        observations: all.len() as u64,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `scipy.stats.kruskal` of scipy 1.18.1, with ties.
    #[test]
    fn equals_scipy_with_ties() {
        let test =
            kruskal_wallis(&[&[1.0, 1.0, 2.0, 3.0, 5.0], &[2.0, 2.0, 5.0, 8.0, 9.0], &[3.0, 8.0, 8.0, 9.0, 11.0, 1.0]]).unwrap();
        assert!((test.statistic - TIED.0).abs() < 1e-12 && (test.p_value - TIED.1).abs() < 1e-12, "{test:?}");
        assert!((test.epsilon_squared - TIED.0 / 15.0).abs() < 1e-12);
        assert!((test.eta_squared - (TIED.0 - 2.0) / 13.0).abs() < 1e-12);
    }

    const TIED: (f64, f64) = (3.837_593_984_962_403_2, 0.146_783_437_537_438_58);

    #[test]
    fn what_says_nothing_is_refused() {
        assert_eq!(kruskal_wallis(&[&[1.0, 2.0], &[]]), Err(Absence::TooFewObservations));
        assert_eq!(kruskal_wallis(&[&[1.0], &[2.0]]), Err(Absence::TooFewObservations));
        assert_eq!(kruskal_wallis(&[&[4.0, 4.0], &[4.0, 4.0]]), Err(Absence::Constant));
        assert_eq!(kruskal_wallis(&[&[4.0, f64::NAN], &[4.0, 5.0]]), Err(Absence::NotFinite));
    }

    proptest! {
        #[test]
        fn neither_order_nor_scale_matters(a in proptest::collection::vec(0u16..50, 3..12), b in proptest::collection::vec(0u16..50, 3..12), factor in 1u16..9) {
            let floats = |group: &[u16], factor: u16| group.iter().map(|value| f64::from(value * factor)).collect::<Vec<_>>();
            let plain = kruskal_wallis(&[&floats(&a, 1), &floats(&b, 1)]);
            let mut turned = floats(&a, factor);
            turned.reverse();
            prop_assume!(plain.is_ok());
            let other = kruskal_wallis(&[&floats(&b, factor), &turned]).unwrap();
            prop_assert!((other.statistic - plain.unwrap().statistic).abs() < 1e-9);
        }

        #[test]
        fn no_input_makes_a_number_that_is_none(groups in proptest::collection::vec(proptest::collection::vec(any::<f64>(), 0..5), 0..5)) {
            let groups: Vec<&[f64]> = groups.iter().map(Vec::as_slice).collect();
            if let Ok(test) = kruskal_wallis(&groups) {
                prop_assert!(test.statistic.is_finite() && (0.0..=1.0).contains(&test.p_value) && (0.0..=1.0).contains(&test.epsilon_squared));
            }
        }
    }
}
