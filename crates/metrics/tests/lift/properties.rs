//! What holds for any input: no NaN, no infinity, and the same answer in another unit or order.

use campaign_pilot_core::{Absence, Measured};
use campaign_pilot_metrics::lift::{
    BeforeAfter, Estimate, Household, Interval, LiftError, StandardErrors, Subject, SyntheticSettings, ancova, conformal_p_value,
    cuped, did_regression, lin, log_ratio, ols_counterfactual, scaled_difference, synthetic_control,
};
use proptest::prelude::*;

/// Any number at all, with many awkward ones.
fn any_number() -> impl Strategy<Value = f64> {
    let awkward =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 1e300, 1e-300];
    prop_oneof![3 => -1e6..1e6, 1 => prop::sample::select(awkward.to_vec()), 1 => any::<f64>(), 1 => (-3i32..4).prop_map(f64::from)]
}

fn usual() -> impl Strategy<Value = f64> {
    (0i32..1_000).prop_map(f64::from)
}

fn is_number(interval: &Interval) -> bool {
    interval.lower.is_finite() && interval.upper.is_finite() && interval.lower <= interval.upper
}

fn is_sound(estimate: &Estimate) -> bool {
    estimate.value.is_finite()
        && estimate.standard_error.is_finite()
        && estimate.statistic().is_finite()
        && (0.0..=1.0).contains(&estimate.p_value)
        && is_number(&estimate.interval)
}

fn share(measured: Measured<f64>) -> bool {
    measured.known().is_none_or(|value| value.is_finite())
}

proptest! {
    #[test]
    fn nothing_is_ever_nan_or_infinite(
        rows in prop::collection::vec((any::<bool>(), any_number(), any_number()), 0..14),
        series in prop::collection::vec(prop::collection::vec(any_number(), 9), 1..5),
        before in 0usize..10,
        confidence in prop_oneof![3 => 0.01f64..0.99, 1 => any_number()],
    ) {
        let households: Vec<_> = rows.iter().map(|(treated, before, after)| Household { treated: *treated, before: *before, after: *after }).collect();
        for errors in [StandardErrors::Plain, StandardErrors::Hc1, StandardErrors::Clustered] {
            if let Ok(found) = did_regression(&households, errors, confidence) {
                prop_assert!([found.intercept, found.treated, found.after, found.effect].iter().all(is_sound));
            }
        }
        let subjects: Vec<_> = rows.iter().map(|(treated, before, outcome)| Subject { treated: *treated, outcome: *outcome, before: *before }).collect();
        if let Ok(found) = cuped(&subjects, confidence) {
            prop_assert!(is_sound(&found.adjusted.difference) && is_sound(&found.unadjusted.difference));
            prop_assert!(found.theta.is_finite() && (0.0..=1.0).contains(&found.variance_reduction));
        }
        for estimate in [ancova(&subjects, confidence), lin(&subjects, confidence)].into_iter().flatten() {
            prop_assert!(is_sound(&estimate));
        }
        let (treated, donors) = (&series[0], &series[1..]);
        if let Ok(found) = ols_counterfactual(treated, donors, before, confidence) {
            prop_assert!(is_sound(&found.average) && is_sound(&found.cumulative) && share(found.relative));
            prop_assert!(found.expected.iter().all(|value| value.is_finite()) && found.expected_intervals.iter().all(is_number));
        }
        for own_levels in [true, false] {
            let settings = SyntheticSettings { own_levels };
            if let Ok(found) = synthetic_control(treated, donors, before, settings) {
                prop_assert!(found.weights.iter().all(|weight| (0.0..=1.0 + 1e-9).contains(weight)));
                prop_assert!(found.expected.iter().all(|value| value.is_finite()) && share(found.lift));
                prop_assert!(found.average.is_finite() && found.imbalance.is_finite() && found.optimality_gap.is_finite());
            }
            if let Ok(p) = conformal_p_value(treated, donors, before, confidence, settings) {
                prop_assert!(p > 0.0 && p <= 1.0);
            }
        }
        let sides = [BeforeAfter { before: series[0][0], after: series[0][1] }, BeforeAfter { before: series[0][2], after: series[0][3] }];
        if let Ok(found) = scaled_difference(sides[0], sides[1]) {
            prop_assert!(found.effect.is_finite() && found.lift.is_finite());
        }
        if let Ok(found) = log_ratio(sides[0], sides[1], series[0][4], confidence) {
            prop_assert!(is_sound(&found.log) && is_number(&found.lift_interval));
        }
    }

    #[test]
    fn another_unit_or_order_gives_the_same_answer(
        rows in prop::collection::vec((any::<bool>(), usual(), usual()), 8..30),
        exponent in -30i32..30,
        turn in 1usize..8,
    ) {
        let factor = f64::from(exponent).exp2();
        let households = |factor: f64| -> Vec<Household> {
            rows.iter().map(|(treated, before, after)| Household { treated: *treated, before: before * factor, after: after * factor }).collect()
        };
        let plain = did_regression(&households(1.0), StandardErrors::Clustered, 0.9);
        let scaled = did_regression(&households(factor), StandardErrors::Clustered, 0.9);
        let mut turned = households(1.0);
        turned.rotate_left(turn);
        let turned = did_regression(&turned, StandardErrors::Clustered, 0.9);
        if let (Ok(plain), Ok(scaled), Ok(turned)) = (plain, scaled, turned) {
            let size = plain.effect.standard_error;
            prop_assert!((scaled.effect.value / factor - plain.effect.value).abs() <= 1e-9 * size);
            prop_assert!((scaled.effect.p_value - plain.effect.p_value).abs() <= 1e-9);
            prop_assert!((turned.effect.value - plain.effect.value).abs() <= 1e-9 * size);
            prop_assert!((turned.effect.standard_error - size).abs() <= 1e-9 * size);
        }
    }

    #[test]
    fn experiments_and_regressions_know_no_unit_and_no_order(
        rows in prop::collection::vec((any::<bool>(), usual(), usual()), 8..30),
        outcome_exponent in -30i32..30,
        before_exponent in -30i32..30,
        turn in 1usize..8,
    ) {
        let (outcome_unit, before_unit) = (f64::from(outcome_exponent).exp2(), f64::from(before_exponent).exp2());
        let subjects = |outcome_unit: f64, before_unit: f64| -> Vec<Subject> {
            rows.iter()
                .map(|(treated, before, outcome)| Subject { treated: *treated, outcome: outcome * outcome_unit, before: before * before_unit })
                .collect()
        };
        let mut turned = subjects(1.0, 1.0);
        turned.rotate_left(turn);
        let (plain, other) = (subjects(1.0, 1.0), subjects(outcome_unit, before_unit));
        if let Ok(found) = cuped(&plain, 0.9) {
            let (scaled, turned) = (cuped(&other, 0.9).unwrap(), cuped(&turned, 0.9).unwrap());
            let size = found.adjusted.difference.standard_error;
            prop_assert!((scaled.adjusted.difference.value / outcome_unit - found.adjusted.difference.value).abs() <= 1e-9 * size);
            prop_assert!((turned.adjusted.difference.value - found.adjusted.difference.value).abs() <= 1e-9 * size);
            prop_assert!((scaled.correlation - found.correlation).abs() <= 1e-12);
            prop_assert!((scaled.theta * before_unit / outcome_unit - found.theta).abs() <= 1e-9 * (1.0 + found.theta.abs()));
        }
        for method in [ancova, lin] {
            if let Ok(found) = method(&plain, 0.9) {
                let (scaled, turned) = (method(&other, 0.9).unwrap(), method(&turned, 0.9).unwrap());
                prop_assert!((scaled.value / outcome_unit - found.value).abs() <= 1e-7 * (found.standard_error + found.value.abs()));
                prop_assert!((turned.value - found.value).abs() <= 1e-7 * (found.standard_error + found.value.abs()));
            }
        }
        let y: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let x: Vec<f64> = rows.iter().map(|row| row.1).collect();
        if let Ok(found) = ols_counterfactual(&y, std::slice::from_ref(&x), y.len() - 3, 0.9) {
            let unit = |values: &[f64], unit: f64| -> Vec<f64> { values.iter().map(|value| value * unit).collect() };
            let scaled = ols_counterfactual(&unit(&y, outcome_unit), &[unit(&x, before_unit)], y.len() - 3, 0.9).unwrap();
            prop_assert!((scaled.average.value / outcome_unit - found.average.value).abs() <= 1e-9 * found.average.standard_error);
        }
    }

    /// Few days and many donors, some of them equal, constant or very large: the search always ends, and at the minimum.
    #[test]
    fn weights_are_found_for_any_donors(
        treated in prop::collection::vec(usual(), 8),
        donors in prop::collection::vec((prop::collection::vec(usual(), 8), 0usize..5), 1..40),
        own_levels in any::<bool>(),
    ) {
        let mut all: Vec<Vec<f64>> = Vec::new();
        for (values, kind) in donors {
            all.push(match kind {
                0 => vec![values[0]; 8],
                1 => values.iter().map(|value| value * 1e6).collect(),
                2 => all.first().cloned().unwrap_or(values),
                3 => values.iter().map(|value| value * 1e-6).collect(),
                _ => values,
            });
        }
        let settings = SyntheticSettings { own_levels };
        let found = synthetic_control(&treated, &all, 6, settings).unwrap();
        prop_assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(found.weights.iter().all(|weight| *weight >= 0.0));
        prop_assert!(found.imbalance <= found.imbalance_of_equal_weights * (1.0 + 1e-9) + 1e-9);
        for donor in &all {
            let alone = synthetic_control(&treated, std::slice::from_ref(donor), 6, settings).unwrap();
            prop_assert!(found.imbalance <= alone.imbalance * (1.0 + 1e-6) + 1e-6, "{} {}", found.imbalance, alone.imbalance);
        }
    }

    #[test]
    fn no_mixture_of_donors_is_nearer(
        series in prop::collection::vec(prop::collection::vec(usual(), 12), 3..9),
        trial in prop::collection::vec(0.0f64..1.0, 8),
    ) {
        let (treated, donors) = (&series[0], &series[1..]);
        let found = synthetic_control(treated, donors, 9, SyntheticSettings { own_levels: false }).unwrap();
        let total: f64 = trial.iter().take(donors.len()).sum();
        prop_assume!(total > 0.0);
        let distance = |weights: &[f64]| -> f64 {
            (0..9).map(|row| treated[row] - donors.iter().zip(weights).map(|(donor, weight)| donor[row] * weight).sum::<f64>())
                .map(|residual| residual * residual).sum::<f64>().sqrt()
        };
        let other: Vec<f64> = trial.iter().take(donors.len()).map(|weight| weight / total).collect();
        prop_assert!((distance(&found.weights) - found.imbalance).abs() <= 1e-9 * (1.0 + found.imbalance));
        prop_assert!(found.imbalance <= distance(&other) * (1.0 + 1e-9) + 1e-9);
        let mut backwards = donors.to_vec();
        backwards.reverse();
        let turned = synthetic_control(treated, &backwards, 9, SyntheticSettings { own_levels: false }).unwrap();
        prop_assert!((turned.imbalance - found.imbalance).abs() <= 1e-8 * (1.0 + found.imbalance));
    }
}

#[test]
fn errors_are_absences_too() {
    assert_eq!(Absence::from(LiftError::ZeroBaseline), Absence::ZeroBaseline);
    assert_eq!(Absence::from(LiftError::TooFew { needed: 2, found: 1 }), Absence::TooFewObservations);
    assert_eq!(LiftError::TooFew { needed: 2, found: 1 }.to_string(), "too few observations: 1 where 2 are needed");
}
