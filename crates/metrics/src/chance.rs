//! How often chance alone would move a count that far.

use campaign_pilot_core::Absence;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::special::{gamma_p, gamma_q};

/// The largest expectation that is looked at; beyond it no shop's campaign lies.
const LARGEST: f64 = 1e12;

/// The probability that a Poisson count with the given expectation lies at least as far on the same side as `observed`.
///
/// Small values speak against chance alone. It answers for one look at independent events: who looks again and again,
/// or counts events that come in bunches (page views do), is deceived more often than it says.
///
/// # Formula
///
/// `P(N >= observed)` for an observation above the expectation, `P(N <= observed)` otherwise, with `N` Poisson
/// distributed: the regularised incomplete gamma functions `P(observed, expected)` and `Q(observed + 1, expected)`. A negative observation, from more refunds than sales, counts as zero; a fraction is rounded towards the
/// expectation.
///
/// # Errors
///
/// [`Absence::ZeroBaseline`] unless the expectation is above zero, [`Absence::OutOfRange`] for one above a million million,
/// or an observation above a thousand times that.
///
/// ```
/// use campaign_pilot_metrics::chance;
/// use rust_decimal::Decimal;
///
/// // No sale where five were expected: e^-5.
/// let probability = chance(Decimal::ZERO, Decimal::from(5)).unwrap();
/// assert!((probability - 0.006_737_947).abs() < 1e-9);
/// ```
pub fn chance(observed: Decimal, expected: Decimal) -> Result<f64, Absence> {
    if expected <= Decimal::ZERO {
        return Err(Absence::ZeroBaseline);
    }
    let rate = expected.to_f64().filter(|rate| *rate <= LARGEST).ok_or(Absence::OutOfRange)?;
    let observed = observed.max(Decimal::ZERO);
    let size = |count: Decimal| count.to_f64().ok_or(Absence::OutOfRange);
    let probability = if observed <= expected {
        gamma_q(size(observed.ceil())? + 1.0, rate)
    } else {
        let least = size(observed.floor())?;
        if least < 1.0 { Some(1.0) } else { gamma_p(least, rate) }
    };
    probability.ok_or(Absence::OutOfRange)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tails of the Poisson distribution summed term by term by another program.
    #[test]
    fn equals_the_poisson_tails() {
        let cases = [(7, 12, 0.089_504_497), (20, 12, 0.021_279_769), (1, 5, 0.040_427_682), (131, 100, 0.001_706_840)];
        for (observed, expected, probability) in cases {
            let computed = chance(Decimal::from(observed), Decimal::from(expected)).unwrap();
            assert!((computed - probability).abs() < 2e-8, "{observed} of {expected}: {computed}");
        }
    }

    #[test]
    fn odd_input_has_an_answer_or_a_reason() {
        assert_eq!(chance(Decimal::ONE, Decimal::ZERO), Err(Absence::ZeroBaseline));
        assert_eq!(chance(Decimal::ONE, Decimal::MAX), Err(Absence::OutOfRange));
        assert_eq!(chance(Decimal::from(-3), Decimal::TWO), chance(Decimal::ZERO, Decimal::TWO));
        assert_eq!(
            chance(Decimal::new(15, 1), Decimal::TEN),
            chance(Decimal::TWO, Decimal::TEN),
            "rounded towards the expectation"
        );
        assert!((chance(Decimal::new(5, 1), Decimal::new(4, 1)).unwrap() - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn is_a_probability_that_falls_with_the_distance(expected in 1u32..5_000, near in 0u32..5_000, far in 0u32..5_000) {
            let (near, far) = (near.min(far), near.max(far));
            let mean = Decimal::from(expected);
            let below = |distance: u32| chance(mean - Decimal::from(distance), mean).unwrap();
            let above = |distance: u32| chance(mean + Decimal::ONE + Decimal::from(distance), mean).unwrap();
            for tail in [below(near), below(far), above(near), above(far)] {
                prop_assert!((0.0..=1.0).contains(&tail));
            }
            prop_assert!(below(far) <= below(near) + 1e-12);
            prop_assert!(above(far) <= above(near) + 1e-12);
        }
    }
}
