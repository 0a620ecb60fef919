//! Splitting an amount so that the parts add up to it.

use rust_decimal::Decimal;

use super::AttributionError;

/// Digits that a part keeps: enough for any comparison, few enough that sums of parts stay exact.
const DIGITS: u32 = 24;

/// Splits `total` in the proportion of `weights`, which add up to one. The last part is what the others left.
pub(super) fn split(total: Decimal, weights: &[Decimal]) -> Result<Vec<Decimal>, AttributionError> {
    let Some((_, others)) = weights.split_last() else { return Ok(Vec::new()) };
    let mut rest = total;
    let mut parts = Vec::with_capacity(weights.len());
    for weight in others {
        let part = total.checked_mul(*weight).and_then(|part| part.round_sf(DIGITS)).ok_or(AttributionError::OutOfRange)?;
        rest = rest.checked_sub(part).ok_or(AttributionError::OutOfRange)?;
        parts.push(part);
    }
    parts.push(rest);
    Ok(parts)
}

/// Shares that are finite, not negative and not all zero, as decimals that add up to one. Equal shares when all are zero.
///
/// The largest share comes out as what the others left, so that rounding cannot turn a small one negative.
pub(super) fn normalized(shares: &[f64]) -> Result<Vec<Decimal>, AttributionError> {
    let largest = shares.iter().copied().fold(0.0, f64::max);
    if !shares.iter().all(|share| share.is_finite() && *share >= 0.0) {
        return Err(AttributionError::NotFinite);
    }
    if largest <= 0.0 {
        return even(shares.len());
    }
    // Scaled first, so that the sum cannot overflow.
    let sum: f64 = shares.iter().map(|share| share / largest).sum();
    let mut weights = Vec::with_capacity(shares.len());
    for share in shares {
        weights.push(Decimal::from_f64_retain(share / largest / sum).ok_or(AttributionError::OutOfRange)?);
    }
    closed(weights)
}

/// The same share for each of `count`.
pub(super) fn even(count: usize) -> Result<Vec<Decimal>, AttributionError> {
    let each = Decimal::ONE.checked_div(Decimal::from(count)).ok_or(AttributionError::OutOfRange)?;
    closed(vec![each; count])
}

/// Makes the largest weight what the others left of one.
pub(super) fn closed(mut weights: Vec<Decimal>) -> Result<Vec<Decimal>, AttributionError> {
    let rounded = |weight: &Decimal| weight.round_dp(DIGITS);
    weights = weights.iter().map(rounded).collect();
    let sum: Decimal = weights.iter().sum();
    if let Some(largest) = weights.iter_mut().max() {
        let left = Decimal::ONE.checked_sub(sum).and_then(|left| largest.checked_add(left));
        *largest = left.ok_or(AttributionError::OutOfRange)?;
    }
    Ok(weights)
}
