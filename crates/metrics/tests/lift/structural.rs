//! Structural models against statsmodels' `UnobservedComponents` and `bsts` (through `CausalImpact` ports).

use campaign_pilot_metrics::lift::{
    BayesianSettings, InitialState, Interval, LiftError, RandomBits, Series, StructuralSettings, Xoshiro256, bayesian_structural,
    placebo, structural_mle,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{close, columns, json, near, number, numbers};

fn series(name: &str) -> (Series, Value) {
    let values = columns(&format!("lift/{name}.csv"), &["y", "x1"]);
    let case = json("lift/expected.json")["series"][name].clone();
    let before = usize::try_from(case["n_pre"].as_u64().unwrap()).unwrap();
    (Series::new(&values[0], &values[1..], before), case)
}

/// What the peer takes for granted: a variance of a million around zero, as many observations not counted as the state is long.
fn as_statsmodels(season: Option<usize>) -> StructuralSettings {
    let initial = InitialState::Normal { variance: 1e6, skipped: season.unwrap_or(1) };
    StructuralSettings { season, initial, ..StructuralSettings::default() }
}

#[test]
fn maximum_likelihood_equals_statsmodels() {
    let cases = [
        ("classic_r_vignette", "ucm_mle", None),
        ("cj_campaign13_daily", "ucm_mle", None),
        ("cj_campaign13_daily", "ucm_mle_seasonal7", Some(7)),
    ];
    for (name, key, season) in cases {
        let (series, case) = series(name);
        let peer = &case[key];
        let found = structural_mle(&series, &as_statsmodels(season)).unwrap();
        let reached = number(&peer["loglik"]);
        assert!(found.log_likelihood >= reached - 1e-4, "{name} {key}: {} below {reached}", found.log_likelihood);
        near(found.log_likelihood, reached, 2e-3);
        close(found.average.value, number(&peer["average_effect"]), 1e-3);
        close(found.cumulative.value, number(&peer["cumulative_effect"]), 1e-3);
        close(*found.relative.known().unwrap(), number(&peer["relative_effect"]), 1e-3);
        close(found.variances.irregular, number(&peer["params"]["sigma2.irregular"]), 1e-3);
        close(found.coefficients[0], number(&peer["params"]["beta.x1"]), 1e-3);
        for (found, expected) in found.expected.iter().zip(numbers(&peer["post_prediction_mean"])) {
            close(*found, expected, 1e-4);
        }
        for (found, expected) in found.expected_errors.iter().zip(numbers(&peer["post_prediction_se"])) {
            close(*found, expected, 1e-3);
        }
        if !peer["average_effect_se_joint"].is_null() {
            close(found.average.standard_error, number(&peer["average_effect_se_joint"]), 1e-2);
        }
    }
}

#[test]
fn a_diffuse_first_state_equals_an_exact_one() {
    for case in json("lift/exact_diffuse.json")["cases"].as_array().unwrap() {
        let (series, _) = series(case["series"].as_str().unwrap());
        let season = case["season"].as_u64().map(|season| usize::try_from(season).unwrap());
        let found = structural_mle(&series, &StructuralSettings { season, ..StructuralSettings::default() }).unwrap();
        close(found.average.value, number(&case["average_effect"]), 1e-3);
        close(found.variances.irregular, number(&case["params"]["sigma2.irregular"]), 1e-3);
        close(found.coefficients[0], number(&case["params"]["beta.x1"]), 1e-3);
        for (found, expected) in found.expected_errors.iter().zip(numbers(&case["first_se"])) {
            close(*found, expected, 1e-3);
        }
    }
}

/// Worlds as the model takes them: a level that steps by 0.3, noise of 1, a predictor that matters and one that does not.
#[test]
fn posterior_intervals_hold_the_truth_as_often_as_they_say() {
    let runs = 80;
    let mut held = 0;
    for seed in 0..runs {
        let mut bits = Xoshiro256::seeded(seed);
        let mut noise = || (0..12).map(|_| (bits.next_bits() >> 11) as f64 / 9_007_199_254_740_992.0).sum::<f64>() - 6.0;
        let (mut level, mut observed, mut predictors) = (20.0, Vec::new(), vec![Vec::new(), Vec::new()]);
        for _ in 0..75 {
            level += 0.3 * noise();
            let matters = 2.0 * noise();
            predictors[0].push(matters);
            predictors[1].push(noise());
            observed.push(level + matters + noise());
        }
        let settings = BayesianSettings { step: 0.1, draws: 200, burn_in: 50, confidence: 0.9, ..BayesianSettings::default() };
        let found =
            bayesian_structural(&Series::new(&observed, &predictors, 60), &settings, &mut Xoshiro256::seeded(seed)).unwrap();
        held += u32::from(found.average.interval.contains(0.0));
    }
    // 90 % of 80 with three standard errors: 64 to 80.
    assert!((64..=79).contains(&held), "{held} of {runs}");
}

#[test]
fn the_averages_error_is_joint_and_not_the_mean_of_single_ones() {
    let (series, _) = series("cj_campaign13_daily");
    let found = structural_mle(&series, &StructuralSettings::default()).unwrap();
    let size = f64::from(48);
    let independent = found.expected_errors.iter().map(|error| error * error).sum::<f64>().sqrt() / size;
    assert!(found.average.standard_error > 1.3 * independent, "{} {independent}", found.average.standard_error);
}

#[test]
fn gibbs_sampling_agrees_with_bsts() {
    let cases = [
        ("classic_r_vignette", "bsts_causalimpact_niter8000_seeds1to4", None),
        ("cj_campaign13_daily", "bsts_causalimpact_niter8000_seeds1to4_nseasons7", Some(7)),
    ];
    for (name, key, season) in cases {
        let (series, case) = series(name);
        let peer = &case[key];
        let settings = BayesianSettings { season, draws: 1_500, ..BayesianSettings::default() };
        let found = bayesian_structural(&series, &settings, &mut Xoshiro256::seeded(20_261_126)).unwrap();
        let deviation = number(&peer["runs"][0]["average_effect_sd"]);
        near(found.average.mean, number(&peer["average_effect_mean"]), 0.5 * deviation);
        close(found.average.standard_deviation, deviation, 0.2);
        let ends = numbers(&peer["ci95_mean"]);
        near(found.average.interval.lower, ends[0], 0.5 * deviation);
        near(found.average.interval.upper, ends[1], 0.5 * deviation);
        close(found.inclusion[0], 1.0, 1e-12);
        let size = f64::from(u32::try_from(found.expected.len()).unwrap());
        close(found.cumulative.mean, found.average.mean * size, 1e-9);
    }
    let (series, case) = series("classic_r_vignette");
    let found = bayesian_structural(&series, &BayesianSettings::default(), &mut Xoshiro256::seeded(1)).unwrap();
    assert!(found.tail_probability < 0.002, "{}", found.tail_probability);
    let peer = &case["bsts_causalimpact_default_niter1000_seed0"];
    near(found.relative.known().unwrap().mean, number(&peer["relative_effect"]), 0.002);
}

/// Where nothing happened, a method that takes the level as known finds something more often than it says.
#[test]
fn placebo_starts_show_what_a_method_really_does() {
    let (series, _) = series("cj_campaign13_daily");
    let run = |series: &Series| {
        let effect = structural_mle(series, &StructuralSettings::default())?;
        Ok((effect.average.value, effect.average.interval))
    };
    let found = placebo(&series, 14, 5, run).unwrap();
    assert_eq!((found.starts, found.refused), (13, 1), "before the first there is too little");
    assert_eq!(found.estimates.len(), 13);
    close(found.false_rate, found.false_effects as f64 / 13.0, 1e-12);
    close(found.nominal_rate, 0.05, 1e-12);
    close(found.p_value(f64::MAX), 1.0 / 14.0, 1e-12);
    close(found.p_value(0.0), 1.0, 1e-12);
    let always = |_: &Series| Ok((1.0, Interval { lower: 0.5, upper: 1.5, confidence: 0.9 }));
    close(placebo(&series, 14, 7, always).unwrap().false_rate, 1.0, 1e-12);
    assert_eq!(placebo(&series, 0, 7, always), Err(LiftError::Setting));
    assert_eq!(placebo(&series, 100, 7, always), Err(LiftError::TooFew { needed: 1, found: 0 }));
}

#[test]
fn gaps_are_passed_over_and_not_averaged_in() {
    let (mut series, _) = series("classic_r_vignette");
    let full = structural_mle(&series, &StructuralSettings::default()).unwrap();
    // Five days out of stock before and five since, as the shop saw them: no sale at all.
    for day in (20..25).chain(80..85) {
        series.observed[day] = None;
    }
    let gaps = structural_mle(&series, &StructuralSettings::default()).unwrap();
    near(gaps.average.value, full.average.value, 0.6);
    close(gaps.cumulative.value, gaps.average.value * 25.0, 1e-12);
    let bayesian = bayesian_structural(&series, &BayesianSettings::default(), &mut Xoshiro256::seeded(5)).unwrap();
    near(bayesian.average.mean, gaps.average.value, 0.3);
    for day in (20..25).chain(80..85) {
        series.observed[day] = Some(0.0);
    }
    let averaged = structural_mle(&series, &StructuralSettings::default()).unwrap();
    assert!((averaged.average.value - full.average.value).abs() > 5.0, "what the gaps protect from");
}

#[test]
fn the_same_bits_give_the_same_answer() {
    let (series, _) = series("classic_r_vignette");
    let settings = BayesianSettings { draws: 100, ..BayesianSettings::default() };
    let run = |seed| bayesian_structural(&series, &settings, &mut Xoshiro256::seeded(seed)).unwrap();
    assert_eq!(run(4), run(4));
    assert_ne!(run(4).average, run(5).average);
}

#[test]
fn what_cannot_be_modelled_is_refused() {
    let flat = Series::new(&[3.0; 20], &[], 15);
    assert_eq!(structural_mle(&flat, &StructuralSettings::default()), Err(LiftError::NoVariation));
    let bits = &mut Xoshiro256::seeded(0);
    assert_eq!(bayesian_structural(&flat, &BayesianSettings::default(), bits), Err(LiftError::NoVariation));
    let values: Vec<f64> = (0..20).map(|day| f64::from(day * day % 7)).collect();
    let short = Series::new(&values, &[], 4);
    assert_eq!(structural_mle(&short, &StructuralSettings::default()), Err(LiftError::TooFew { needed: 5, found: 4 }));
    let twice = Series::new(&values, &[values.clone(), values.clone()], 15);
    assert_eq!(structural_mle(&twice, &StructuralSettings::default()), Err(LiftError::Singular));
    let still = Series::new(&values, &[vec![1.0; 20]], 15);
    assert_eq!(bayesian_structural(&still, &BayesianSettings::default(), bits), Err(LiftError::Singular));
    let broken = Series { observed: vec![Some(f64::NAN); 20], predictors: Vec::new(), before: 15 };
    assert_eq!(structural_mle(&broken, &StructuralSettings::default()), Err(LiftError::NotFinite));
    let settings = BayesianSettings { step: f64::NAN, ..BayesianSettings::default() };
    assert_eq!(bayesian_structural(&short, &settings, bits), Err(LiftError::TooFew { needed: 5, found: 4 }));
    let long = Series::new(&values, &[], 15);
    assert_eq!(bayesian_structural(&long, &settings, bits), Err(LiftError::Setting));
}

fn awkward() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.0f64..50.0,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::MAX, -1e300, 1e-300, 0.0]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_is_ever_nan_or_infinite(
        values in prop::collection::vec(prop::option::weighted(0.9, awkward()), 16),
        predictor in prop::collection::vec(awkward(), 16),
        season in prop::option::of(0usize..5),
        confidence in prop_oneof![3 => 0.01f64..0.99, 1 => any::<f64>()],
    ) {
        let series = Series { observed: values, predictors: vec![predictor], before: 12 };
        let settings = StructuralSettings { season, confidence, ..StructuralSettings::default() };
        if let Ok(found) = structural_mle(&series, &settings) {
            let effect = [found.average, found.cumulative];
            prop_assert!(effect.iter().all(|estimate| estimate.value.is_finite() && estimate.standard_error.is_finite()));
            prop_assert!(found.expected.iter().chain(&found.expected_errors).all(|value| value.is_finite()));
            prop_assert!(found.log_likelihood.is_finite() && found.coefficients[0].is_finite());
        }
        let settings = BayesianSettings { season, confidence, draws: 100, burn_in: 10, ..BayesianSettings::default() };
        if let Ok(found) = bayesian_structural(&series, &settings, &mut Xoshiro256::seeded(9)) {
            for posterior in found.expected.iter().chain([&found.average, &found.cumulative]).chain(found.relative.known()) {
                prop_assert!(posterior.mean.is_finite() && posterior.standard_deviation.is_finite());
                prop_assert!(posterior.interval.lower <= posterior.interval.upper);
            }
            prop_assert!(found.tail_probability > 0.0 && found.tail_probability <= 0.51);
        }
    }

    #[test]
    fn another_unit_gives_the_same_answer(values in prop::collection::vec(0.0f64..100.0, 20), exponent in -40i32..40) {
        let factor = f64::from(exponent).exp2();
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        let run = |values: &[f64]| structural_mle(&Series::new(values, &[], 16), &StructuralSettings::default()).unwrap();
        let (plain, other) = (run(&values), run(&scaled));
        prop_assert!((other.average.value / factor - plain.average.value).abs() < 1e-9 * plain.average.standard_error);
        let settings = BayesianSettings { draws: 100, burn_in: 10, ..BayesianSettings::default() };
        let draw = |values: &[f64]| bayesian_structural(&Series::new(values, &[], 16), &settings, &mut Xoshiro256::seeded(2)).unwrap();
        let (plain, other) = (draw(&values), draw(&scaled));
        prop_assert!((other.average.mean / factor - plain.average.mean).abs() < 1e-6 * plain.average.standard_deviation);
    }
}
