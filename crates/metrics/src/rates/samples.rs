//! Two samples of amounts.

use serde::{Deserialize, Serialize};

use super::{Alternative, Bounds, RateError, bounds, finite, normal, probability, tail};
use crate::special::{inverse_beta_reg, inverse_beta_reg_complement, student_t_sf};

/// The result of a t-test.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct TTest {
    /// The mean of the first sample less that of the second.
    pub difference: f64,
    /// The difference over its standard error.
    pub statistic: f64,
    /// The degrees of freedom; fractions in Welch's test.
    pub degrees_of_freedom: f64,
    /// How likely a difference at least as far from zero is, if there is none.
    pub p: f64,
    standard_error: f64,
}

impl TTest {
    /// Where the difference of the means may lie.
    ///
    /// # Errors
    ///
    /// [`RateError::Confidence`] unless the level lies between 0 and 1.
    pub fn interval(&self, level: f64) -> Result<Bounds, RateError> {
        let half = quantile(tail(level)?, self.degrees_of_freedom)? * self.standard_error;
        bounds(self.difference - half, finite(self.difference + half)?)
    }
}

/// Welch's t-test: whether the means of two samples are the same, whatever their variances.
///
/// # Formula
///
/// `t = (m1 - m2) / sqrt(v1/n1 + v2/n2)` with sample variances `v`, and Satterthwaite's degrees of freedom
/// `(v1/n1 + v2/n2)^2 / ((v1/n1)^2 / (n1-1) + (v2/n2)^2 / (n2-1))` (Welch, Biometrika 34, 1947).
///
/// # Errors
///
/// [`RateError::TooFew`] for fewer than two values on a side or when nothing varies, [`RateError::NotFinite`] for values that
/// are not finite.
///
/// ```
/// use campaign_pilot_metrics::rates::{Alternative, welch_t};
///
/// let test = welch_t(&[1.0, 2.0], &[3.0, 4.0, 5.0], Alternative::TwoSided)?;
/// assert!((test.statistic + 3.2733).abs() < 1e-4 && (test.p - 0.0494).abs() < 1e-4);
/// # Ok::<(), campaign_pilot_metrics::rates::RateError>(())
/// ```
pub fn welch_t(first: &[f64], second: &[f64], alternative: Alternative) -> Result<TTest, RateError> {
    let (a, b) = (Moments::of(first)?, Moments::of(second)?);
    let (va, vb) = (a.variance / a.n, b.variance / b.n);
    let scale = va.max(vb);
    if scale <= 0.0 {
        return Err(RateError::TooFew);
    }
    // In parts of the larger, so that squares neither overflow nor vanish.
    let (ra, rb) = (va / scale, vb / scale);
    let freedom = (ra + rb).powi(2) / (ra * ra / (a.n - 1.0) + rb * rb / (b.n - 1.0));
    t_test(a.mean - b.mean, (va + vb).sqrt(), freedom, alternative)
}

/// Student's t-test: the same as [`welch_t`] for two samples that vary alike, with their variances pooled.
///
/// # Errors
///
/// As [`welch_t`].
pub fn student_t(first: &[f64], second: &[f64], alternative: Alternative) -> Result<TTest, RateError> {
    let (a, b) = (Moments::of(first)?, Moments::of(second)?);
    let freedom = a.n + b.n - 2.0;
    let pooled = a.variance * ((a.n - 1.0) / freedom) + b.variance * ((b.n - 1.0) / freedom);
    if pooled <= 0.0 {
        return Err(RateError::TooFew);
    }
    t_test(a.mean - b.mean, (pooled * (1.0 / a.n + 1.0 / b.n)).sqrt(), freedom, alternative)
}

/// The result of the test of Mann and Whitney.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct MannWhitney {
    /// In how many pairs the first value is larger, ties counting half.
    pub u: f64,
    /// The share of those pairs: the probability that a value of the first is larger than one of the second.
    pub share: f64,
    /// How likely a share at least as far from one half is, if both samples come from one distribution.
    pub p: f64,
}

/// The test of Mann and Whitney (Wilcoxon's rank sum): whether values of one sample tend to be larger. Nothing is assumed about
/// the distributions.
///
/// # Formula
///
/// `z = (U - n1 n2 / 2 -+ 1/2) / sqrt(n1 n2 / 12 ((n + 1) - sum (t^3 - t) / (n (n - 1))))`, `t` the sizes of groups of equal
/// values, the half for continuity towards zero (Mann and Whitney, Annals of Mathematical Statistics 18, 1947).
///
/// # Errors
///
/// [`RateError::TooFew`] for an empty sample or when all values are the same, [`RateError::NotFinite`] for values that are not
/// finite.
pub fn mann_whitney(first: &[f64], second: &[f64], alternative: Alternative) -> Result<MannWhitney, RateError> {
    if first.is_empty() || second.is_empty() {
        return Err(RateError::TooFew);
    }
    let mut all: Vec<(f64, bool)> =
        first.iter().map(|value| (*value, true)).chain(second.iter().map(|value| (*value, false))).collect();
    if all.iter().any(|(value, _)| !value.is_finite()) {
        return Err(RateError::NotFinite);
    }
    // Zero and minus zero are the same value.
    all.iter_mut().for_each(|(value, _)| *value += 0.0);
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    let n = n1 + n2;
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for group in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let size = group.len() as f64;
        let mine = group.iter().filter(|(_, first)| *first).count() as f64;
        ranks += mine * (before + (size + 1.0) / 2.0);
        ties += size * (size * size - 1.0);
        before += size;
    }
    let u = ranks - n1 * (n1 + 1.0) / 2.0;
    let pairs = n1 * n2;
    let variance = pairs / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)));
    if variance <= 0.0 {
        return Err(RateError::TooFew);
    }
    let deviation = variance.sqrt();
    let off = u - pairs / 2.0;
    let p = match alternative {
        Alternative::TwoSided => normal((off.abs() - 0.5) / deviation, Alternative::Larger)?.p * 2.0,
        Alternative::Larger => normal((off - 0.5) / deviation, alternative)?.p,
        Alternative::Smaller => normal((off + 0.5) / deviation, alternative)?.p,
    };
    Ok(MannWhitney { u, share: u / pairs, p: probability(p)? })
}

struct Moments {
    n: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    /// Mean and sample variance in two passes over the sorted values, so that their order does not matter.
    fn of(values: &[f64]) -> Result<Self, RateError> {
        if values.iter().any(|value| !value.is_finite()) {
            return Err(RateError::NotFinite);
        }
        if values.len() < 2 {
            return Err(RateError::TooFew);
        }
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let mean = values.iter().map(|value| value / n).sum::<f64>();
        let variance = values.iter().map(|value| (value - mean).powi(2) / (n - 1.0)).sum::<f64>();
        // All the same: what rounding of the mean leaves is no variance.
        let same = values.first().zip(values.last()).is_some_and(|(least, most)| most <= least);
        Ok(Self { n, mean: finite(mean)?, variance: if same { 0.0 } else { finite(variance)? } })
    }
}

fn t_test(difference: f64, standard_error: f64, freedom: f64, alternative: Alternative) -> Result<TTest, RateError> {
    let statistic = finite(difference / standard_error)?;
    let tail = |t: f64| student_t_sf(t, freedom).ok_or(RateError::NotFinite);
    let p = match alternative {
        Alternative::TwoSided => 2.0 * tail(statistic.abs())?,
        Alternative::Larger => tail(statistic)?,
        Alternative::Smaller => tail(-statistic)?,
    };
    Ok(TTest {
        difference: finite(difference)?,
        statistic,
        degrees_of_freedom: finite(freedom)?,
        p: probability(p)?,
        standard_error: finite(standard_error)?,
    })
}

/// The t above which lies so much of Student's distribution; `tail` is below one half.
fn quantile(tail: f64, freedom: f64) -> Result<f64, RateError> {
    // P(|T| > t) = I_x(freedom / 2, 1 / 2) with x = freedom / (freedom + t^2), and its complement with 1 - x: the smaller of
    // both keeps its digits.
    let x = inverse_beta_reg(freedom / 2.0, 0.5, 2.0 * tail).ok_or(RateError::NotFinite)?;
    let y = inverse_beta_reg_complement(0.5, freedom / 2.0, 2.0 * tail).ok_or(RateError::NotFinite)?;
    finite(if x < y { (freedom * (1.0 - x) / x).sqrt() } else { (freedom * y / (1.0 - y)).sqrt() })
}
