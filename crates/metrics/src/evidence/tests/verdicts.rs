//! A verdict and its interval say the same, at every look and after every reading of the state.

use super::*;

/// What has been said about a test whose null is `null`.
struct Said {
    null: f64,
    is_decided: bool,
    excludes_null: bool,
    last: Option<Interval>,
}

impl Said {
    fn new(null: f64) -> Self {
        Self { null, is_decided: false, excludes_null: false, last: None }
    }

    /// Takes in what a test says after one more look. `is_bounded`: whether its verdict comes with a bound.
    #[track_caller]
    fn hear(&mut self, evidence: &Evidence, is_bounded: bool) {
        sane(evidence);
        let interval = &evidence.interval;
        let excludes = interval.excludes(self.null);
        assert!(evidence.is_decided || !self.is_decided, "a decision was taken back: {evidence:?}");
        if evidence.is_decided && is_bounded {
            assert!(excludes, "decided, and the null is in the interval: {evidence:?}");
            let beyond = interval.lower.is_some_and(|lower| lower > self.null);
            let below = interval.upper.is_some_and(|upper| upper < self.null);
            assert!(interval.is_empty || beyond || below, "{evidence:?}");
        }
        assert!(excludes || !self.excludes_null, "the null came back: {:?} after {:?}", interval, self.last);
        (self.is_decided, self.excludes_null, self.last) = (evidence.is_decided, excludes, Some(*interval));
    }
}

/// The test as it is read back from a file.
fn again<T: serde::Serialize + serde::de::DeserializeOwned>(test: &T) -> T {
    serde_json::from_str(&serde_json::to_string(test).unwrap()).unwrap()
}

/// Both forget nothing: the same evidence, to the last digits of what a file keeps.
#[track_caller]
fn same(one: &Evidence, other: &Evidence) {
    assert_eq!(
        (one.is_decided, one.interval.is_empty, one.outlook == other.outlook),
        (other.is_decided, other.interval.is_empty, true)
    );
    for (one, other) in numbers(one).into_iter().zip(numbers(other)) {
        assert!((one - other).abs() <= 1e-9 * (1.0 + one.abs()), "{one} {other}");
    }
}

/// Steps of a path whose rate changes on the way: what refutes a null and then takes it back.
fn path() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec((0u32..6, 1usize..30), 1..6)
        .prop_map(|parts| parts.into_iter().flat_map(|(value, times)| std::iter::repeat_n(value, times)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn counts_do_not_contradict_themselves(steps in path(), noise in 0u32..3) {
        for side in [Side::Above, Side::Below, Side::Either] {
            let mut gamma = GammaPoisson::new(side, 5.0, 5.0).unwrap();
            let mut beta = BetaBinomial::new(side, 0.3, 1.0, 2.0).unwrap();
            let mut normal = NormalMixture::new(side, 25.0, 0.05).unwrap();
            let mut said = [Said::new(1.0), Said::new(0.3), Said::new(0.0)];
            for (index, step) in (0u32..).zip(&steps) {
                let count = f64::from((step + (index * noise) % 3) % 6);
                gamma.observe(count, 2.0).unwrap();
                beta.observe(count, 5.0).unwrap();
                normal.observe(0.5 * (count - 2.5), 1.0).unwrap();
                if index % 3 > 0 {
                    continue;
                }
                said[0].hear(&gamma.evidence(0.05, Some(2.0)).unwrap(), true);
                said[1].hear(&beta.evidence(0.05, Some(2.0)).unwrap(), true);
                said[2].hear(&normal.evidence(0.05, Some(2.0)).unwrap(), true);
            }
            same(&gamma.evidence(0.05, None).unwrap(), &again(&gamma).evidence(0.05, None).unwrap());
            same(&beta.evidence(0.05, None).unwrap(), &again(&beta).evidence(0.05, None).unwrap());
            same(&normal.evidence(0.05, None).unwrap(), &again(&normal).evidence(0.05, None).unwrap());
        }
        for ratios in [&[(0.5, 1.0), (0.8, 1.0)][..], &[(1.3, 1.0), (2.0, 1.0)], &[(0.5, 1.0), (2.0, 1.0)]] {
            let mut mixture = PoissonMixture::new(ratios).unwrap();
            let mut said = Said::new(1.0);
            for step in &steps {
                mixture.observe(f64::from(*step), 2.0).unwrap();
                // Alternatives on both sides bound nothing.
                let is_bounded = ratios.iter().all(|(ratio, _)| *ratio < 1.0) || ratios.iter().all(|(ratio, _)| *ratio > 1.0);
                said.hear(&mixture.evidence(0.05, Some(2.0)).unwrap(), is_bounded);
            }
            same(&mixture.evidence(0.05, None).unwrap(), &again(&mixture).evidence(0.05, None).unwrap());
        }
    }

    #[test]
    fn streams_do_not_contradict_themselves(steps in path()) {
        let mut two = Multinomial::new(&[1.0, 1.0], 4.0).unwrap();
        let mut three = Multinomial::new(&[1.0, 1.0, 2.0], 4.0).unwrap();
        let mut ratio = RateRatio::new(0.5).unwrap();
        let mut said = [Said::new(0.5), Said::new(0.5), Said::new(0.25), Said::new(1.0)];
        for step in steps {
            let count = f64::from(step);
            two.observe(&[count, 2.0]).unwrap();
            three.observe(&[count, 2.0, 4.0]).unwrap();
            ratio.observe((count, 1.0), (2.0, 1.0)).unwrap();
            said[0].hear(&two.evidence(0, 0.05, None).unwrap(), true);
            said[1].hear(&two.evidence(1, 0.05, None).unwrap(), true);
            said[2].hear(&three.evidence(0, 0.05, None).unwrap(), false);
            said[3].hear(&ratio.evidence(0.05).unwrap(), true);
        }
        same(&two.evidence(0, 0.05, None).unwrap(), &again(&two).evidence(0, 0.05, None).unwrap());
        same(&ratio.evidence(0.05).unwrap(), &again(&ratio).evidence(0.05).unwrap());
    }

    #[test]
    fn means_do_not_contradict_themselves(steps in path(), null in 0u32..6) {
        let null = f64::from(null) / 5.0;
        let mut asymptotic = AsymptoticMean::new(null, 60.0, 0.05).unwrap();
        let mut hoeffding = Hoeffding::new(null, 0.05).unwrap();
        let mut mixed = EmpiricalBernstein::new(null, 0.05).unwrap();
        let mut bernstein = EmpiricalBernsteinMixture::new(null, 4.0, 0.05).unwrap();
        let mut said = [Said::new(null), Said::new(null), Said::new(null), Said::new(null)];
        for (index, step) in (0u32..).zip(steps) {
            let value = f64::from((step * 4 + index % 5) % 21) / 20.0;
            asymptotic.observe(value).unwrap();
            hoeffding.observe(value).unwrap();
            mixed.observe(value).unwrap();
            bernstein.observe(value).unwrap();
            if let Ok(evidence) = asymptotic.evidence(None) {
                said[0].hear(&evidence, true);
            }
            said[1].hear(&hoeffding.evidence(None).unwrap(), true);
            said[2].hear(&mixed.evidence(None).unwrap(), true);
            if index % 7 == 0 {
                said[3].hear(&bernstein.evidence(None).unwrap(), true);
            }
        }
        same(&hoeffding.evidence(None).unwrap(), &again(&hoeffding).evidence(None).unwrap());
        same(&mixed.evidence(None).unwrap(), &again(&mixed).evidence(None).unwrap());
        same(&bernstein.evidence(None).unwrap(), &again(&bernstein).evidence(None).unwrap());
    }

    #[test]
    fn store_shares_do_not_contradict_themselves(steps in path(), rest in 20u32..60) {
        let mut test = StoreShare::new(&StoreSharePolicy::default(), &history(28, 12.0, 240.0)).unwrap();
        let mut said = Said::new(1.0);
        for step in steps {
            test.observe(f64::from(step), f64::from(rest)).unwrap();
            said.hear(&test.evidence(Some(12.0)).unwrap(), true);
        }
        same(&test.evidence(None).unwrap(), &again(&test).evidence(None).unwrap());
    }
}

/// What an independent statistician found: decided at twice the sales, and weeks of the old share later the lower end lay
/// below 1 again.
#[test]
fn a_win_keeps_its_lower_end() {
    let mut test = StoreShare::new(&StoreSharePolicy::default(), &history(28, 12.0, 240.0)).unwrap();
    for _ in 0..7 {
        test.observe(24.0, 240.0).unwrap();
    }
    let won = test.evidence(None).unwrap();
    assert!(won.is_decided && won.interval.lower.unwrap() > 1.0);
    for _ in 0..60 {
        test.observe(12.0, 240.0).unwrap();
    }
    assert!(test.interval_now().lower.unwrap() < 1.0);
    let later = test.evidence(None).unwrap();
    assert!(later.is_decided && later.interval.lower.unwrap() >= won.interval.lower.unwrap(), "{later:?}");
    // With no sale at all afterwards, nothing fits both halves.
    for _ in 0..120 {
        test.observe(2.0, 240.0).unwrap();
    }
    let over = test.evidence(None).unwrap();
    assert!(over.is_decided && over.interval.is_empty && over.interval.excludes(1.0), "{over:?}");
}

/// A state whose verdict does not follow from the look that is kept is refused.
#[test]
fn a_verdict_without_its_look_is_refused() {
    let mut test = GammaPoisson::new(Side::Above, 5.0, 5.0).unwrap();
    test.observe(9.0, 5.0).unwrap();
    let mut state = serde_json::to_value(test).unwrap();
    state["ln_peak"] = serde_json::json!(30.0);
    assert!(serde_json::from_value::<GammaPoisson>(state.clone()).is_err());
    state.as_object_mut().unwrap().remove("at_peak");
    assert!(serde_json::from_value::<GammaPoisson>(state).is_err());
    let mut share = StoreShare::new(&StoreSharePolicy::default(), &history(28, 12.0, 240.0)).unwrap();
    share.observe(24.0, 240.0).unwrap();
    let mut state = serde_json::to_value(&share).unwrap();
    state["ln_peak"] = serde_json::json!(30.0);
    assert!(serde_json::from_value::<StoreShare>(state).is_err());
    let mut mean = Hoeffding::new(0.5, 0.05).unwrap();
    (0..60).for_each(|_| mean.observe(1.0).unwrap());
    let mut state = serde_json::to_value(mean).unwrap();
    state["bounds"]["lower"] = serde_json::json!(0.2);
    assert!(serde_json::from_value::<Hoeffding>(state).is_err());
}
