//! Properties of all tests: batches, order, scale, odd input; and the error rates in small simulations.

mod campaigns;
mod verdicts;

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;

fn any_float() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        0.0..100.0f64,
        prop_oneof![Just(0.0), Just(1.0), Just(-1.0), Just(f64::NAN), Just(f64::INFINITY), Just(1e12), Just(f64::MIN_POSITIVE)],
    ]
}

/// Every number that a test says.
fn numbers(evidence: &Evidence) -> Vec<f64> {
    let mut all = vec![evidence.anytime_p, evidence.e_value(), evidence.alpha, evidence.interval.level];
    all.extend(evidence.ln_e.known());
    all.extend(evidence.ln_e_for_many.known());
    all.extend(evidence.interval.lower);
    all.extend(evidence.interval.upper);
    if let Outlook::After { sales, days } = evidence.outlook {
        all.push(sales);
        all.extend(days.known());
    }
    all
}

#[track_caller]
fn sane(evidence: &Evidence) {
    assert!(numbers(evidence).iter().all(|number| number.is_finite()), "{evidence:?}");
    assert!((0.0..=1.0).contains(&evidence.anytime_p), "{evidence:?}");
    if let (Some(lower), Some(upper)) = (evidence.interval.lower, evidence.interval.upper) {
        assert!(lower <= upper, "{evidence:?}");
    }
    assert!(!evidence.interval.is_empty || (evidence.interval.lower, evidence.interval.upper) == (None, None), "{evidence:?}");
    let json = serde_json::to_string(evidence).unwrap();
    let back: Evidence = serde_json::from_str(&json).unwrap();
    assert_eq!(back.assumptions, evidence.assumptions);
    assert!(evidence.assumptions.iter().all(|assumption| !assumption.text().is_empty() && !assumption.broken_by().is_empty()));
    assert!(!evidence.to_string().contains("NaN"));
}

fn history(days: usize, promoted: f64, rest: f64) -> Vec<DayOfSales> {
    // A little variation from day to day.
    (0..days).map(|day| DayOfSales { promoted: promoted + (day % 3) as f64 - 1.0, rest: rest + (day % 5) as f64 - 2.0 }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn odd_input_is_refused_or_answered(
        a in any_float(), b in any_float(), c in any_float(), d in any_float(), alpha in any_float(), per_day in any_float(),
    ) {
        for side in [Side::Above, Side::Below, Side::Either] {
            for test in [GammaPoisson::new(side, 5.0, 5.0), GammaPoisson::new(side, a, b), GammaPoisson::tuned(side, a, alpha)] {
                let Ok(mut test) = test else { continue };
                let _ = test.observe(c, d);
                let _ = test.observe(d, c);
                prop_assert!(test.ln_e().is_finite());
                for evidence in [test.evidence(alpha, Some(per_day)), test.evidence(0.05, None)].into_iter().flatten() {
                    sane(&evidence);
                }
            }
            for test in [BetaBinomial::new(side, 0.2, 1.0, 4.0), BetaBinomial::new(side, a, b, c)] {
                let Ok(mut test) = test else { continue };
                let _ = test.observe(c, d);
                let _ = test.observe(d, a);
                for evidence in [test.evidence(alpha, Some(per_day)), test.evidence(0.05, None)].into_iter().flatten() {
                    sane(&evidence);
                }
            }
            if let Ok(mut test) = NormalMixture::new(side, 100.0, 0.05) {
                let _ = test.observe(a, b);
                let _ = test.observe(c, d);
                if let Ok(evidence) = test.evidence(0.05, Some(per_day)) {
                    sane(&evidence);
                }
            }
        }
        for test in [Ok(PoissonMixture::decline()), PoissonMixture::new(&[(a, b), (2.0, 1.0)])] {
            let Ok(mut test) = test else { continue };
            let _ = test.observe(b, c);
            let _ = test.observe(c, d);
            if let Ok(evidence) = test.evidence(0.05, Some(per_day)) {
                sane(&evidence);
            }
        }
        for test in [Ok(PointPoisson::dead()), PointPoisson::new(a), PointPoisson::new(2.0)] {
            let Ok(mut test) = test else { continue };
            let _ = test.observe(b, c);
            if let Ok(evidence) = test.evidence(0.05, Some(per_day)) {
                sane(&evidence);
            }
        }
        if let Ok(mut test) = Multinomial::new(&[1.0, 2.0, a.abs()], 100.0) {
            let _ = test.observe(&[b, c, d]);
            let _ = test.observe(&[3.0, 0.0, c]);
            for stream in 0..3 {
                sane(&test.evidence(stream, 0.05, Some(per_day)).unwrap());
            }
        }
        for test in [StoreShare::new(&StoreSharePolicy::default(), &history(28, 5.0, 100.0)), StoreShare::new(
            &StoreSharePolicy {
                alpha,
                history_alpha: a,
                lifts: vec![b, 2.0],
                dispersion: Dispersion::Given(c),
                least_days: 7,
                least_sales: 1,
                ..StoreSharePolicy::default()
            },
            &[DayOfSales { promoted: d, rest: a }; 8],
        )] {
            let Ok(mut test) = test else { continue };
            let _ = test.observe(c, d);
            let _ = test.observe(a, b);
            sane(&test.evidence(Some(per_day)).unwrap());
        }
        let days: Vec<DayOfSales> = (0..28).map(|day| {
            let [promoted, rest] = if day % 3 == 0 { [a, b] } else { [c, d] };
            DayOfSales { promoted, rest }
        }).collect();
        for (history, live) in [(&history(28, 5.0, 100.0), &days), (&days, &days)] {
            let Ok(said) = share_warnings(&StoreSharePolicy::default(), history, live, DayOfSales { promoted: d, rest: a }) else {
                continue;
            };
            let trend = said.product_trend;
            let mut all = vec![trend.per_day, trend.p_value, trend.reckoned_per_day, trend.ln_e];
            all.extend(said.rest_moved.into_iter().flat_map(|rest| [rest.ratio, rest.deviation, rest.p_value, rest.ln_e]));
            prop_assert!(all.iter().all(|number| number.is_finite()), "{:?}", said);
        }
        if let Ok(mut test) = AsymptoticMean::new(a, 500.0, 0.05) {
            for value in [b, c, d, 1.0, 2.0].into_iter().cycle().take(40) {
                let _ = test.observe(value);
            }
            if let Ok(evidence) = test.evidence(Some(per_day)) {
                sane(&evidence);
            }
        }
        let mut bernstein = EmpiricalBernstein::new(0.3, 0.05).unwrap();
        let mut by_range = Hoeffding::new(0.3, 0.05).unwrap();
        let mut mixture = EmpiricalBernsteinMixture::new(0.3, 10.0, 0.05).unwrap();
        for value in [a, b, c, d, 0.5] {
            let _ = bernstein.observe(value);
            let _ = by_range.observe(value);
            let _ = mixture.observe(value);
        }
        for evidence in [bernstein.evidence(Some(per_day)), by_range.evidence(Some(per_day)), mixture.evidence(Some(per_day))] {
            sane(&evidence.unwrap());
        }
        if let Ok(mut test) = RateRatio::new(0.5) {
            let _ = test.observe((a, b), (c, d));
            let _ = test.observe((a, 1.0), (c, 2.0));
            sane(&test.evidence(0.05).unwrap());
        }
        if let Ok(mut detector) = PoissonDetector::new(DetectorKind::Cusum, &[0.0, 2.0], 1_000.0) {
            let _ = detector.observe(a, b);
            let _ = detector.observe(c, d);
            let back: PoissonDetector = serde_json::from_str(&serde_json::to_string(&detector).unwrap()).unwrap();
            prop_assert_eq!(back.is_alarmed(), detector.is_alarmed());
        }
    }

    #[test]
    fn batches_order_and_saving_change_nothing(
        hours in prop::collection::vec((0u32..4, 0.01..2.0f64), 1..60), cut in 0usize..60, swap in 0usize..60,
    ) {
        for side in [Side::Above, Side::Below, Side::Either] {
            let mut whole = GammaPoisson::new(side, 5.0, 5.0).unwrap();
            for (events, expected) in &hours {
                whole.observe(f64::from(*events), *expected).unwrap();
            }
            // In two runs, saved in between.
            let cut = cut.min(hours.len());
            let mut first = GammaPoisson::new(side, 5.0, 5.0).unwrap();
            for (events, expected) in &hours[..cut] {
                first.observe(f64::from(*events), *expected).unwrap();
            }
            let saved: GammaPoisson = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
            prop_assert!((saved.ln_e() - first.ln_e()).abs() < 1e-12);
            for (events, expected) in &hours[cut..] {
                first.observe(f64::from(*events), *expected).unwrap();
            }
            prop_assert_eq!(first, whole);
            // All at once, and in another order: the e-value and the interval by the totals are the same.
            let mut once = GammaPoisson::new(side, 5.0, 5.0).unwrap();
            let total = hours.iter().map(|(events, _)| f64::from(*events)).sum();
            once.observe(total, hours.iter().map(|(_, expected)| expected).sum()).unwrap();
            let mut turned = GammaPoisson::new(side, 5.0, 5.0).unwrap();
            let swap = swap % hours.len();
            for (events, expected) in hours[swap..].iter().chain(&hours[..swap]) {
                turned.observe(f64::from(*events), *expected).unwrap();
            }
            for other in [once, turned] {
                prop_assert!((other.ln_e() - whole.ln_e()).abs() < 1e-10);
                let (one, two) = (other.interval_now(0.05).unwrap(), whole.interval_now(0.05).unwrap());
                for (one, two) in [(one.lower, two.lower), (one.upper, two.upper)] {
                    prop_assert_eq!(one.is_some(), two.is_some());
                    prop_assert!(one.zip(two).is_none_or(|(one, two)| (one - two).abs() <= 1e-9 * two.abs()));
                }
            }
            // The highest e-value is that of some look.
            prop_assert!(whole.evidence(0.05, None).unwrap().anytime_p <= (-whole.ln_e()).exp().min(1.0) + 1e-12);
        }
        let mut one = StoreShare::new(&StoreSharePolicy::default(), &history(28, 5.0, 100.0)).unwrap();
        let mut once = one.clone();
        for (promoted, rest) in &hours {
            one.observe(f64::from(*promoted), (rest * 10.0).round()).unwrap();
        }
        let rest = hours.iter().map(|(_, rest)| (rest * 10.0).round()).sum();
        once.observe(hours.iter().map(|(promoted, _)| f64::from(*promoted)).sum(), rest).unwrap();
        prop_assert!((one.ln_e() - once.ln_e()).abs() < 1e-10);
        prop_assert!((one.ln_e_for_many() - once.ln_e_for_many()).abs() < 1e-9);
        let saved: StoreShare = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        prop_assert!((saved.ln_e() - one.ln_e()).abs() < 1e-9);
    }

    #[test]
    fn means_do_not_depend_on_the_unit(values in prop::collection::vec(-5.0..9.0f64, 30..60), scale in 0.001..1000.0f64) {
        let (mut plain, mut scaled) = (AsymptoticMean::new(0.0, 50.0, 0.05).unwrap(), AsymptoticMean::new(0.0, 50.0, 0.05).unwrap());
        for value in &values {
            plain.observe(*value).unwrap();
            scaled.observe(value * scale).unwrap();
        }
        let (plain, scaled) = (plain.evidence(None), scaled.evidence(None));
        if let (Ok(plain), Ok(scaled)) = (plain, scaled) {
            prop_assert!((plain.ln_e.known().unwrap() - scaled.ln_e.known().unwrap()).abs() < 1e-6);
            let (one, other) = (plain.interval.upper.unwrap() * scale, scaled.interval.upper.unwrap());
            prop_assert!((one - other).abs() < 1e-6 * (1.0 + other.abs()));
        }
    }

    #[test]
    fn intervals_hold_what_the_test_does_not_refute(n in 1u32..400, m in 1.0..400.0f64) {
        let mut both = GammaPoisson::new(Side::Either, 5.0, 5.0).unwrap();
        let mut above = GammaPoisson::new(Side::Above, 5.0, 5.0).unwrap();
        let mut below = GammaPoisson::new(Side::Below, 5.0, 5.0).unwrap();
        for test in [&mut both, &mut above, &mut below] {
            test.observe(f64::from(n), m).unwrap();
        }
        let interval = both.interval(0.05).unwrap();
        let holds_one = interval.lower.unwrap() <= 1.0 && 1.0 <= interval.upper.unwrap();
        prop_assert_eq!(holds_one, both.ln_e() < 20f64.ln());
        prop_assert_eq!(above.interval(0.05).unwrap().lower.unwrap() <= 1.0, above.ln_e() < 20f64.ln());
        prop_assert_eq!(below.interval(0.05).unwrap().upper.unwrap() >= 1.0, below.ln_e() < 20f64.ln());
    }
}

#[test]
fn dead_and_declining_campaigns_are_seen_when_the_formula_says() {
    // ln(1/alpha) expected sales for the point, 6.6 for the mixture around 1.
    let mut dead = PointPoisson::dead();
    let mut mixture = GammaPoisson::new(Side::Below, 5.0, 5.0).unwrap();
    let step = 0.01;
    let mut seen = (0.0, 0.0);
    for look in 1..1_000 {
        dead.observe(0.0, step).unwrap();
        mixture.observe(0.0, step).unwrap();
        let at = f64::from(look) * step;
        if seen.0 == 0.0 && dead.evidence(0.05, None).unwrap().is_decided {
            seen.0 = at;
        }
        if seen.1 == 0.0 && mixture.has_decided(0.05) {
            seen.1 = at;
        }
    }
    assert!((seen.0 - 3.0).abs() < 0.011, "{seen:?}");
    assert!((6.4..6.7).contains(&seen.1), "{seen:?}");
    dead.observe(1.0, 0.0).unwrap();
    let evidence = dead.evidence(0.05, None).unwrap();
    assert!(evidence.is_decided && evidence.e_value() == 0.0, "a decision stays, the e-value does not");
}

#[test]
fn outlook_names_the_sales_or_why_there_are_none() {
    let mut test = GammaPoisson::new(Side::Above, 5.0, 5.0).unwrap();
    assert_eq!(test.evidence(0.05, None).unwrap().outlook, Outlook::Never { reason: NoDecision::NothingSeen });
    test.observe(4.0, 8.0).unwrap();
    assert_eq!(test.evidence(0.05, None).unwrap().outlook, Outlook::Never { reason: NoDecision::NoEffectSeen });
    let mut test = GammaPoisson::new(Side::Above, 5.0, 5.0).unwrap();
    test.observe(12.0, 8.0).unwrap();
    let Outlook::After { sales, days } = test.evidence(0.05, Some(10.0)).unwrap().outlook else { panic!() };
    assert!((days.known().unwrap() - sales / 10.0).abs() < 1e-9);
    // If things go on like that it does decide then, and not before.
    let ratio = 17.0 / 13.0;
    let mut later = test;
    later.observe(sales * 0.95, sales * 0.95 / ratio).unwrap();
    assert!(!later.has_decided(0.05));
    later.observe(sales * 0.06, sales * 0.06 / ratio).unwrap();
    assert!(later.has_decided(0.05));
}

#[test]
fn multinomial_of_two_streams_is_the_beta_binomial() {
    let mut two = Multinomial::new(&[1.0, 4.0], 5.0).unwrap();
    let mut binomial = BetaBinomial::new(Side::Either, 0.2, 1.0, 4.0).unwrap();
    for (a, b) in [(0.0, 3.0), (5.0, 1.0), (2.0, 30.0), (400.0, 1_000.0)] {
        two.observe(&[a, b]).unwrap();
        binomial.observe(a, b).unwrap();
        assert!((two.ln_e() - binomial.ln_e()).abs() < 1e-10);
    }
    let (one, other) = (two.evidence(0, 0.05, None).unwrap().interval, binomial.interval(0.05).unwrap());
    assert!((one.lower.unwrap() - other.lower.unwrap()).abs() < 1e-10);
    assert!((one.upper.unwrap() - other.upper.unwrap()).abs() < 1e-10);
}

#[test]
fn large_counts_keep_their_digits() {
    // mpmath, 60 digits: a = b = 5, N = 10,001,000, M = 10,000,000, two-sided.
    let mut test = GammaPoisson::new(Side::Either, 5.0, 5.0).unwrap();
    test.observe(10_001_000.0, 1e7).unwrap();
    assert!((test.ln_e() - LARGE_COUNTS).abs() < 1e-9, "{}", test.ln_e());
}

const LARGE_COUNTS: f64 = -7.221_025_491_176_201;

#[test]
fn share_dispersion_sees_shocks_and_nothing_else() {
    let steady = history(28, 12.0, 240.0);
    assert!(share_dispersion(&steady).unwrap() < 1.001);
    let shocked: Vec<DayOfSales> =
        (0..28).map(|day| DayOfSales { promoted: if day % 4 == 0 { 36.0 } else { 4.0 }, rest: 240.0 }).collect();
    assert!(share_dispersion(&shocked).unwrap() > 10.0);
    assert_eq!(share_dispersion(&steady[..6]), Err(EvidenceError::TooFewObservations));
    let raw = StoreSharePolicy { dispersion: Dispersion::Off, ..Default::default() };
    let (mut raw, mut guarded) =
        (StoreShare::new(&raw, &shocked).unwrap(), StoreShare::new(&StoreSharePolicy::default(), &shocked).unwrap());
    raw.observe(60.0, 480.0).unwrap();
    guarded.observe(60.0, 480.0).unwrap();
    assert!(raw.has_decided() && !guarded.has_decided());
}

#[test]
fn placebo_finds_a_test_that_does_not_hold() {
    // Products whose demand comes in bursts of their own.
    let sales: Vec<Vec<u32>> = (0u32..8)
        .map(|product| {
            (0u32..4_032)
                .map(|hour| {
                    let burst = (hour / 300 + product * 5) % 8 == 0;
                    u32::from((hour * 7 + product * 3) % 10 < if burst { 9 } else { 2 })
                })
                .collect()
        })
        .collect();
    let plan = PlaceboPlan { runs: 60, ..Default::default() };
    let off = StoreSharePolicy { dispersion: Dispersion::Off, ..Default::default() };
    let (raw, guarded) = (
        store_share_placebo(&sales, &off, &plan).unwrap(),
        store_share_placebo(&sales, &StoreSharePolicy::default(), &plan).unwrap(),
    );
    assert!(raw.contradicts() && raw.rate > 0.2, "{raw:?}");
    assert!(guarded.rate < raw.rate, "{guarded:?} {raw:?}");
    assert_eq!(raw, store_share_placebo(&sales, &off, &plan).unwrap(), "the seed decides");
}

/// A uniform number in [0, 1).
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    f64::from(random.next_u32()) / (f64::from(u32::MAX) + 1.0)
}

#[test]
fn detectors_keep_their_distance_between_false_alarms() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut poisson = || {
        let (mut count, mut product) = (0.0, uniform(&mut random));
        while product > (-1.0f64).exp() {
            count += 1.0;
            product *= uniform(&mut random);
        }
        count
    };
    for kind in [DetectorKind::ShiryaevRoberts, DetectorKind::Cusum] {
        // Looks to the first alarm without any change: on average no fewer than promised.
        let (runs, promised) = (200, 100.0);
        let mut looks = 0.0;
        for _ in 0..runs {
            let mut detector = PoissonDetector::new(kind, &[0.5, 2.0], promised).unwrap();
            while !detector.observe(poisson(), 1.0).unwrap() {
                looks += 1.0;
            }
            looks += 1.0;
        }
        let average = looks / f64::from(runs);
        assert!(average >= promised, "{kind:?}: {average}");
    }
}

/// Looked at after every observation, a true null is refuted no more often than promised, even when tuned to early looks.
#[test]
fn asymptotic_means_hold_their_rate_at_every_look() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (runs, mut wrong) = (400, 0);
    for _ in 0..runs {
        let mut test = AsymptoticMean::new(0.0, 50.0, 0.05).unwrap();
        for _ in 0..400 {
            // Twelve uniform numbers less six: nearly normal.
            test.observe((0..12).map(|_| uniform(&mut random)).sum::<f64>() - 6.0).unwrap();
        }
        wrong += u32::from(test.evidence(None).unwrap().is_decided);
    }
    assert!(wrong <= runs / 20, "{wrong} of {runs}");
}

#[test]
fn an_error_rate_that_is_none_decides_nothing() {
    let test = GammaPoisson::new(Side::Below, 5.0, 5.0).unwrap();
    assert!(![5.0, 0.0, -1.0, f64::NAN].into_iter().any(|alpha| test.has_decided(alpha)));
}

/// Dead products do not water down what the live ones show.
#[test]
fn placebo_leaves_out_what_never_sold() {
    let live = (0..8).map(|product| (0..2_016).map(|hour| u32::from((hour * 7 + product * 3) % 10 < 3)).collect());
    let dead = (0..80).map(|_| vec![0; 2_016]);
    let sales: Vec<Vec<u32>> = live.chain(dead).collect();
    let plan = PlaceboPlan { runs: 200, ..PlaceboPlan::default() };
    let report = store_share_placebo(&sales, &StoreSharePolicy::default(), &plan).unwrap();
    assert!(report.runs < 60 && report.refused > 140, "{report:?}");
}
