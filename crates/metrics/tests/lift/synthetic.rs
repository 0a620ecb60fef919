//! Synthetic controls against quadratic programs of other authors (`tests/fixtures/lift/synthetic.py`).

use campaign_pilot_metrics::lift::{
    LiftError, RandomBits, SyntheticSettings, Xoshiro256, conformal, conformal_p_value, synthetic_control,
};
use serde_json::Value;

use crate::support::{close, json, near, number, numbers};

struct Case {
    name: String,
    before: usize,
    treated: Vec<f64>,
    donors: Vec<Vec<f64>>,
    fits: Vec<Value>,
}

fn cases() -> Vec<Case> {
    let read = |case: &Value| Case {
        name: case["name"].as_str().unwrap().to_owned(),
        before: usize::try_from(case["before"].as_u64().unwrap()).unwrap(),
        treated: numbers(&case["treated"]),
        donors: case["donors"].as_array().unwrap().iter().map(numbers).collect(),
        fits: case["fits"].as_array().unwrap().clone(),
    };
    json("lift/synthetic.json")["cases"].as_array().unwrap().iter().map(read).collect()
}

#[test]
fn weights_equal_other_solvers_on_any_scale() {
    for case in cases() {
        for peer in &case.fits {
            let settings = SyntheticSettings { own_levels: peer["own_levels"].as_bool().unwrap() };
            for factor in [1.0, 1e-9, 1e12] {
                let scaled = |series: &[f64]| -> Vec<f64> { series.iter().map(|value| value * factor).collect() };
                let donors: Vec<Vec<f64>> = case.donors.iter().map(|donor| scaled(donor)).collect();
                let found = synthetic_control(&scaled(&case.treated), &donors, case.before, settings).unwrap();
                for (weight, expected) in found.weights.iter().zip(numbers(&peer["weights"])) {
                    near(*weight, expected, 1e-8);
                }
                near(found.weights.iter().sum::<f64>(), 1.0, 1e-12);
                assert!(found.weights.iter().all(|weight| *weight >= 0.0), "{}", case.name);
                close(found.average / factor, number(&peer["average"]), 1e-7);
                close(found.cumulative / factor, number(&peer["cumulative"]), 1e-7);
                close(*found.lift.known().unwrap(), number(&peer["lift"]), 1e-7);
                close(found.imbalance / factor, number(&peer["imbalance"]), 1e-9);
                assert!(found.imbalance <= found.imbalance_of_equal_weights);
                assert!(found.optimality_gap <= 1e-9, "{}: {}", case.name, found.optimality_gap);
            }
        }
    }
}

#[test]
fn conformal_p_values_equal_the_other_program() {
    for case in cases() {
        for peer in &case.fits {
            let settings = SyntheticSettings { own_levels: peer["own_levels"].as_bool().unwrap() };
            for pair in peer["p_values"].as_array().unwrap() {
                let found = conformal_p_value(&case.treated, &case.donors, case.before, number(&pair[0]), settings).unwrap();
                near(found, number(&pair[1]), 1e-12);
            }
        }
    }
}

#[test]
fn the_interval_holds_what_is_not_rejected() {
    let case = &cases()[0];
    let settings = SyntheticSettings::default();
    let found = conformal(&case.treated, &case.donors, case.before, 0.9, settings).unwrap();
    let p_value = |effect| conformal_p_value(&case.treated, &case.donors, case.before, effect, settings).unwrap();
    assert!((found.p_value - p_value(0.0)).abs() < 1e-12);
    assert!(p_value(found.interval.lower) <= 0.1 && p_value(found.interval.lower + 0.01) > 0.1);
    assert!(p_value(found.interval.upper) <= 0.1 && p_value(found.interval.upper - 0.01) > 0.1);
    assert!(found.interval.contains(synthetic_control(&case.treated, &case.donors, case.before, settings).unwrap().average));
}

/// Without an effect a p-value of at most a tenth comes in at most a tenth of the worlds.
#[test]
fn conformal_p_values_are_valid() {
    let runs = 300;
    let mut rejected = 0;
    for seed in 0..runs {
        let mut bits = Xoshiro256::seeded(seed);
        let mut noise = || (0..12).map(|_| (bits.next_bits() >> 11) as f64 / 9_007_199_254_740_992.0).sum::<f64>() - 6.0;
        let mut donors = vec![Vec::new(); 6];
        let mut treated = Vec::new();
        for day in 0..40 {
            let common = f64::from(day % 7);
            donors.iter_mut().for_each(|donor| donor.push(20.0 + common + noise()));
            treated.push(donors.iter().filter_map(|donor| donor.last()).sum::<f64>() / 6.0 + noise());
        }
        let p = conformal_p_value(&treated, &donors, 32, 0.0, SyntheticSettings::default()).unwrap();
        rejected += u32::from(p <= 0.1);
    }
    // 10 % of 300 with three standard errors.
    assert!(rejected <= 46, "{rejected} of {runs}");
    assert!(rejected >= 10, "{rejected} of {runs}: it would never see anything");
}

#[test]
fn what_cannot_be_imitated_is_refused() {
    let settings = SyntheticSettings::default();
    let treated = [1.0, 2.0, 3.0, 4.0];
    let donor = vec![2.0, 1.0, 4.0, 3.0];
    assert_eq!(synthetic_control(&treated, &[], 2, settings), Err(LiftError::TooFew { needed: 1, found: 0 }));
    let short = vec![1.0, 2.0, 3.0];
    assert_eq!(synthetic_control(&treated, &[short], 2, settings), Err(LiftError::Lengths { expected: 4, found: 3 }));
    let broken = vec![1.0, f64::NAN, 3.0, 1.0];
    assert_eq!(synthetic_control(&treated, &[donor.clone(), broken], 2, settings), Err(LiftError::NotFinite));
    assert_eq!(conformal(&treated, &[donor], 2, 0.9, settings), Err(LiftError::TooFew { needed: 10, found: 4 }));
}
