//! Many tests at once.

use campaign_pilot_core::Measured;

use super::EvidenceError;
use super::result::checked_alpha;

/// Which of many null hypotheses to reject so that the expected share of wrong rejections among them is at most `alpha`,
/// whatever the dependence between the tests (e-BH of Wang and Ramdas 2022). Gives indices in the order of the input.
///
/// Give it [`Evidence::ln_e_for_many`](super::Evidence::ln_e_for_many): `ln_e` of [`StoreShare`](super::StoreShare) is an
/// e-value only while the share that it learned holds, which its `history_alpha` may miss. Each campaign may be looked at when
/// one likes; leave one that has been found as it is, for its e-value falls again when its uplift does.
///
/// # Formula
///
/// The `k` largest e-values, with the largest `k` for which `k e_(k) / m >= 1 / alpha`.
///
/// # Errors
///
/// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1, [`EvidenceError::Observation`] for a logarithm that is
/// not finite. An absent logarithm is an e-value of zero.
///
/// ```
/// use campaign_pilot_core::Measured;
/// use campaign_pilot_metrics::evidence::e_benjamini_hochberg;
///
/// let ln_e = [1.0f64, 45.0, 39.0, 10.0].map(|e| Measured::Known(e.ln()));
/// assert_eq!(e_benjamini_hochberg(&ln_e, 0.1)?, [1, 2]);
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
pub fn e_benjamini_hochberg(ln_e: &[Measured<f64>], alpha: f64) -> Result<Vec<usize>, EvidenceError> {
    let threshold = -checked_alpha(alpha)?.ln();
    let known = ln_e.iter().filter_map(Measured::known);
    if known.clone().any(|value| !value.is_finite()) {
        return Err(EvidenceError::Observation);
    }
    let mut sorted: Vec<f64> = known.copied().collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let ln_m = (ln_e.len() as f64).ln();
    let last = sorted.iter().enumerate().rev().find(|(index, value)| {
        // A few ulps, so that an e-value of exactly m / (k alpha) counts.
        *value + ((index + 1) as f64).ln() - ln_m >= threshold - 1e-12
    });
    let Some((_, least)) = last else { return Ok(Vec::new()) };
    Ok(ln_e
        .iter()
        .enumerate()
        .filter(|(_, value)| value.known().is_some_and(|value| value >= least))
        .map(|(index, _)| index)
        .collect())
}
