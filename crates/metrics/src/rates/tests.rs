//! What holds for any counts; golden values of independent programs stand in [`golden`].

mod golden;

use proptest::prelude::*;

use super::*;

const ALTERNATIVES: [(Alternative, &str); 3] =
    [(Alternative::TwoSided, "two-sided"), (Alternative::Larger, "larger"), (Alternative::Smaller, "smaller")];

const RATE_TESTS: [(RateTest, &str); 9] = [
    (RateTest::Wald, "wald"),
    (RateTest::Score, "score"),
    (RateTest::ScoreLog, "score-log"),
    (RateTest::WaldLog, "wald-log"),
    (RateTest::ExactConditional, "exact-cond"),
    (RateTest::MidP, "cond-midp"),
    (RateTest::Sqrt, "sqrt"),
    (RateTest::ETestScore, "etest-score"),
    (RateTest::ETestWald, "etest-wald"),
];

const DIFFERENCE_TESTS: [(DifferenceTest, &str); 5] = [
    (DifferenceTest::Wald, "wald"),
    (DifferenceTest::Score, "score"),
    (DifferenceTest::WaldCorrected, "waldccv"),
    (DifferenceTest::ETestScore, "etest-score"),
    (DifferenceTest::ETestWald, "etest-wald"),
];

const PROPORTION_TESTS: [(ProportionTest, [&str; 2]); 7] = [
    (ProportionTest::Wald, ["diff", "wald"]),
    (ProportionTest::AgrestiCaffo, ["diff", "agresti-caffo"]),
    (ProportionTest::Score, ["diff", "score"]),
    (ProportionTest::Log, ["ratio", "log"]),
    (ProportionTest::LogAdjusted, ["ratio", "log-adjusted"]),
    (ProportionTest::Logit, ["odds-ratio", "logit"]),
    (ProportionTest::LogitAdjusted, ["odds-ratio", "logit-adjusted"]),
];

#[test]
fn what_is_undefined_is_an_error() {
    let rates = |count1, exposure1, count2, exposure2| TwoRates::new(count1, exposure1, count2, exposure2);
    for exposure in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE / 2.0] {
        assert_eq!(rates(1, exposure, 1, 1.0), Err(RateError::Exposure));
    }
    let one = rates(4, 24.0, 9, 24.0).unwrap();
    for ratio in [0.0, -2.0, f64::NAN, f64::INFINITY] {
        assert_eq!(one.test_ratio(RateTest::Score, ratio, Alternative::Larger), Err(RateError::Null));
    }
    for level in [0.0, 1.0, -0.5, 7.0, f64::NAN] {
        assert_eq!(one.ratio_interval(RateInterval::Score, level), Err(RateError::Confidence));
        assert_eq!(proportion_interval(1, 2, ProportionMethod::Wilson, level), Err(RateError::Confidence));
    }
    let large = rates(u64::MAX, 1.0, u64::MAX / 2, 1.0).unwrap();
    assert_eq!(large.test_ratio(RateTest::ETestScore, 1.0, Alternative::Larger), Err(RateError::TooLarge));
    assert_eq!(large.test_ratio(RateTest::ExactConditional, 1.0, Alternative::Larger), Err(RateError::TooLarge));
    assert_eq!(TwoProportions::new(3, 2, 0, 1), Err(RateError::Trials));
    assert_eq!(TwoProportions::new(0, 0, 0, 1), Err(RateError::Trials));
    let many = TwoProportions::new(10, 9_000, 10, 9_000).unwrap();
    assert_eq!(boschloo_exact(&many, Alternative::TwoSided), Err(RateError::TooLarge));
    assert_eq!(welch_t(&[1.0], &[1.0, 2.0], Alternative::TwoSided), Err(RateError::TooFew));
    assert_eq!(welch_t(&[0.1; 3], &[0.3; 4], Alternative::TwoSided), Err(RateError::TooFew), "nothing varies");
    assert_eq!(welch_t(&[1.0, f64::NAN], &[1.0, 2.0], Alternative::TwoSided), Err(RateError::NotFinite));
    assert_eq!(welch_t(&[f64::MAX, -f64::MAX], &[1.0, 2.0], Alternative::TwoSided), Err(RateError::NotFinite));
    assert_eq!(mann_whitney(&[], &[1.0], Alternative::TwoSided), Err(RateError::TooFew));
    assert_eq!(mann_whitney(&[2.0, 2.0], &[2.0], Alternative::TwoSided), Err(RateError::TooFew));
}

#[test]
fn the_e_test_and_large_counts_keep_their_digits() {
    let rates = TwoRates::new(250_300, 1_000.0, 249_000, 1_000.0).unwrap();
    let e_test = rates.test_ratio(RateTest::ETestScore, 1.0, Alternative::TwoSided).unwrap();
    let score = rates.test_ratio(RateTest::Score, 1.0, Alternative::TwoSided).unwrap();
    assert!((e_test.p / score.p - 1.0).abs() < 1e-3, "{e_test:?} {score:?}");
    let far = TwoRates::new(900, 24.0, 100, 24.0).unwrap();
    let p = far.test_ratio(RateTest::ETestScore, 1.0, Alternative::Larger).unwrap().p;
    let exact = far.test_ratio(RateTest::ExactConditional, 1.0, Alternative::Larger).unwrap().p;
    assert!(p > 0.0 && p < 1e-120 && exact > 0.0 && (p.ln() / exact.ln() - 1.0).abs() < 0.1, "{p} {exact}");
}

/// The two-sided exact test never rejects a true hypothesis more often than it says; the E-test by little.
#[test]
fn exact_tests_hold_their_level() {
    let (mean1, mean2): (f64, f64) = (3.0, 9.0);
    let mass = |mean: f64, k: u64| (k as f64 * mean.ln() - mean - crate::special::ln_gamma(k as f64 + 1.0).unwrap()).exp();
    let mut rejected = [0.0; 3];
    for (count1, count2) in (0..40_u64).flat_map(|a| (0..40_u64).map(move |b| (a, b))) {
        let rates = TwoRates::new(count1, 24.0, count2, 72.0).unwrap();
        let methods = [RateTest::ExactConditional, RateTest::MidP, RateTest::ETestScore];
        for (sum, method) in rejected.iter_mut().zip(methods) {
            let p = rates.test_ratio(method, 1.0, Alternative::TwoSided).map_or(1.0, |test| test.p);
            if p <= 0.05 {
                *sum += mass(mean1, count1) * mass(mean2, count2);
            }
        }
    }
    assert!(rejected[0] <= 0.05, "{rejected:?}");
    assert!(rejected[1] <= 0.06 && rejected[2] <= 0.055, "{rejected:?}");
    assert!(rejected[2] > rejected[0], "the E-test is more powerful: {rejected:?}");
}

/// Every test and interval of two rates, as numbers.
fn everything(rates: &TwoRates) -> Vec<f64> {
    let ratio = RATE_TESTS.iter().flat_map(|(method, _)| ALTERNATIVES.map(|(side, _)| rates.test_ratio(*method, 1.0, side)));
    let difference =
        DIFFERENCE_TESTS.iter().flat_map(|(method, _)| ALTERNATIVES.map(|(side, _)| rates.test_difference(*method, 0.0, side)));
    let tests = ratio.chain(difference).filter_map(Result::ok).flat_map(|test| [Some(test.p), test.statistic]).flatten();
    let intervals = [
        RateInterval::ExactConditional,
        RateInterval::MidP,
        RateInterval::Score,
        RateInterval::ScoreLog,
        RateInterval::WaldLog,
        RateInterval::WaldLogCorrected,
        RateInterval::SqrtCorrected,
        RateInterval::Mover,
    ];
    let ends = intervals.iter().filter_map(|method| rates.ratio_interval(*method, 0.9).ok());
    tests.chain(ends.flat_map(|bounds| [Some(bounds.low), bounds.high]).flatten()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tests_depend_on_the_quotient_of_exposures_only(count1 in 0..400_u64, count2 in 0..400_u64, exposure in 0.1..50.0_f64, power in -60..60_i32) {
        let scale = 2.0_f64.powi(power);
        let of = |scale: f64| TwoRates::new(count1, exposure * scale, count2, 24.0 * scale).unwrap();
        prop_assert_eq!(everything(&of(1.0)).len(), everything(&of(scale)).len());
        for (method, _) in RATE_TESTS {
            let p = |scale| of(scale).test_ratio(method, 1.0, Alternative::TwoSided);
            prop_assert_eq!(p(1.0), p(scale), "{:?}", method);
        }
    }

    #[test]
    fn swapping_the_sides_swaps_the_alternatives(count1 in 0..300_u64, count2 in 0..300_u64, exposure in 0.5..20.0_f64) {
        let rates = TwoRates::new(count1, exposure, count2, 3.0).unwrap();
        let swapped = TwoRates::new(count2, 3.0, count1, exposure).unwrap();
        for method in [RateTest::ExactConditional, RateTest::MidP, RateTest::ScoreLog, RateTest::WaldLog, RateTest::Sqrt, RateTest::Score, RateTest::ETestScore] {
            let p = |rates: &TwoRates, side| rates.test_ratio(method, 1.0, side).map(|test| test.p);
            match (p(&rates, Alternative::Larger), p(&swapped, Alternative::Smaller)) {
                (Ok(a), Ok(b)) => prop_assert!((a - b).abs() <= 1e-9 * a.max(1e-12), "{:?} {} {}", method, a, b),
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }

    #[test]
    fn no_number_is_made_of_anything(count1: u64, exposure1: f64, count2: u64, exposure2: f64, small1 in 0..90_u64, small2 in 0..90_u64) {
        for (count1, count2) in [(count1, count2), (small1, small2), (0, count2)] {
            if let Ok(rates) = TwoRates::new(count1, exposure1, count2, exposure2) {
                prop_assert!(everything(&rates).iter().all(|number| number.is_finite()));
            }
        }
        for (trials1, trials2) in [(exposure1.to_bits() >> 2, exposure2.to_bits() >> 2), (40, 70)] {
            let Ok(table) = TwoProportions::new(small1, trials1, small2, trials2) else { continue };
            for (alternative, _) in ALTERNATIVES {
                for (method, _) in PROPORTION_TESTS {
                    prop_assert!(table.test(method, alternative).is_ok_and(|test| (0.0..=1.0).contains(&test.p)) || small1 == 0 || small2 == 0 || small1 == trials1 || small2 == trials2 || trials1 > 1 << 52);
                }
                if let Ok(fisher) = fisher_exact(&table, alternative) {
                    prop_assert!((0.0..=1.0).contains(&fisher.p));
                }
            }
        }
    }

    #[test]
    fn samples_do_not_depend_on_order_or_scale(mut a in proptest::collection::vec(-1e6..1e6_f64, 2..30), b in proptest::collection::vec(-1e6..1e6_f64, 2..30), power in -30..30_i32) {
        let scale = 2.0_f64.powi(power);
        let scaled = |values: &[f64]| values.iter().map(|value| value * scale).collect::<Vec<_>>();
        let before = (welch_t(&a, &b, Alternative::TwoSided), mann_whitney(&a, &b, Alternative::Larger));
        a.reverse();
        let after = (welch_t(&a, &b, Alternative::TwoSided), mann_whitney(&a, &b, Alternative::Larger));
        prop_assert_eq!(&before, &after);
        let larger = welch_t(&scaled(&a), &scaled(&b), Alternative::TwoSided);
        prop_assert_eq!(before.0.map(|test| (test.p, test.statistic)), larger.map(|test| (test.p, test.statistic)));
        prop_assert_eq!(before.1, mann_whitney(&scaled(&a), &scaled(&b), Alternative::Larger));
    }

    #[test]
    fn any_sample_has_an_answer_or_a_reason(a in proptest::collection::vec(any::<f64>(), 0..6), b in proptest::collection::vec(any::<f64>(), 0..6)) {
        if let Ok(test) = welch_t(&a, &b, Alternative::TwoSided) {
            prop_assert!((0.0..=1.0).contains(&test.p) && test.statistic.is_finite());
        }
        if let Ok(test) = mann_whitney(&a, &b, Alternative::Smaller) {
            prop_assert!((0.0..=1.0).contains(&test.p));
        }
    }
}
