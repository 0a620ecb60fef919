//! States that are read back.

use super::running::{Bounds, MOST, Sum};

/// Reads and writes a state whose fields derive with `#[serde(remote = "Self")]`. One that its test could not have come to,
/// damaged or made up, is an error instead of a verdict.
macro_rules! checked_state {
    ($name:ident, $is_sound:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let state = Self::deserialize(deserializer)?;
                let is_sound: fn(&Self) -> bool = $is_sound;
                if is_sound(&state) {
                    Ok(state)
                } else {
                    Err(serde::de::Error::custom(concat!("no ", stringify!($name), " comes to this state")))
                }
            }
        }
    };
}

pub(super) use checked_state;

/// A count, an expectation or a sum of squares.
pub(super) fn is_count(x: f64) -> bool {
    (0.0..=MOST).contains(&x)
}

/// The same with its rounding errors kept.
pub(super) fn is_total(sum: Sum) -> bool {
    sum.is_sound() && is_count(sum.get())
}

/// An error rate.
pub(super) fn is_alpha(x: f64) -> bool {
    x > 1e-300 && x < 1.0
}

/// A logarithm, and above all no NaN.
pub(super) fn is_logarithm(x: f64) -> bool {
    x.abs() <= 1e300
}

/// The highest logarithm of an e-value so far: that of the first was zero.
pub(super) fn is_peak(x: f64) -> bool {
    x >= 0.0 && is_logarithm(x)
}

/// Whether the totals kept of the look with the highest e-value give that e-value. `size` is theirs: the larger, the more
/// digits of it are lost on the way through a file.
pub(super) fn is_at_peak(ln_e: f64, ln_peak: f64, size: f64) -> bool {
    is_peak(ln_peak) && (ln_e - ln_peak).abs() <= 1e-6 * (1.0 + ln_peak) + 1e-10 * size
}

/// Bounds of a mean of values between 0 and 1 that do not contradict the verdict.
pub(super) fn is_unit_verdict(bounds: Bounds, null: f64, ln_peak: f64, alpha: f64) -> bool {
    let (lower, upper) = bounds.get();
    // A decision against the end of the range steps beyond it.
    let is_bound = |bound: f64| (-1e-300..=1.0 + 1e-15).contains(&bound);
    is_peak(ln_peak) && is_bound(lower) && is_bound(upper) && (ln_peak < -alpha.ln() || bounds.excludes(null))
}

/// A share or a mean of shares.
pub(super) fn is_share(x: f64) -> bool {
    (0.0..=1.0).contains(&x)
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use crate::evidence::*;

    /// Every way to put another number into one place of a state.
    fn damaged(state: &Value) -> Vec<Value> {
        match state {
            Value::Number(_) => {
                [json!(null), json!(-1), json!(0), json!(7e5), json!(1e13), json!(1.7e308), json!(-1.7e308)].into()
            }
            Value::Array(parts) => {
                let within = |at: usize| {
                    damaged(&parts[at]).into_iter().map(move |part| {
                        let mut whole = parts.clone();
                        whole[at] = part;
                        Value::Array(whole)
                    })
                };
                (0..parts.len().min(3)).flat_map(within).chain([json!([])]).collect()
            }
            Value::Object(fields) => {
                let within = |name: &String| {
                    let name = name.clone();
                    damaged(&fields[&name]).into_iter().map(move |part| {
                        let mut whole = fields.clone();
                        whole.insert(name.clone(), part);
                        Value::Object(whole)
                    })
                };
                fields.keys().flat_map(within).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A state comes back as it was; a damaged one is refused, or says nothing that is no number.
    fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(test: &T, say: impl Fn(&T) -> Vec<f64>) {
        let state = serde_json::to_value(test).unwrap();
        assert_eq!(&serde_json::from_value::<T>(state.clone()).unwrap(), test);
        let (mut refused, all) = (0, damaged(&state));
        for state in &all {
            match serde_json::from_value::<T>(state.clone()) {
                Ok(read) => assert!(say(&read).iter().all(|number| !number.is_nan()), "{state}: {:?}", say(&read)),
                Err(_) => refused += 1,
            }
        }
        assert!(refused * 3 > all.len(), "{refused} of {} were refused", all.len());
    }

    fn numbers(evidence: Result<Evidence, EvidenceError>) -> Vec<f64> {
        let Ok(evidence) = evidence else { return Vec::new() };
        let bounds = [evidence.interval.lower, evidence.interval.upper].into_iter().flatten();
        let ahead = match evidence.outlook {
            Outlook::After { sales, .. } => sales,
            Outlook::Decided | Outlook::Never { .. } => 0.0,
        };
        bounds.chain([evidence.anytime_p, evidence.e_value(), evidence.ln_e.known().copied().unwrap_or(0.0), ahead]).collect()
    }

    #[test]
    fn tests_of_counts_come_back() {
        let mut gamma = GammaPoisson::new(Side::Either, 2.0, 2.0).unwrap();
        let mut mixture = PoissonMixture::new(&[(0.5, 1.0), (2.0, 1.0)]).unwrap();
        let mut point = PointPoisson::new(2.0).unwrap();
        let mut beta = BetaBinomial::new(Side::Above, 0.2, 1.0, 4.0).unwrap();
        let mut ratio = RateRatio::new(0.5).unwrap();
        let mut streams = Multinomial::new(&[1.0, 2.0], 1.0).unwrap();
        let mut share = StoreShare::new(&StoreSharePolicy::default(), &[DayOfSales { promoted: 12.0, rest: 240.0 }; 28]).unwrap();
        for _ in 0..9 {
            gamma.observe(2.0, 1.0).unwrap();
            mixture.observe(2.0, 1.0).unwrap();
            point.observe(2.0, 1.0).unwrap();
            beta.observe(1.0, 3.0).unwrap();
            ratio.observe((2.0, 1.0), (4.0, 4.0)).unwrap();
            streams.observe(&[1.0, 0.0]).unwrap();
            share.observe(1.0, 8.0).unwrap();
        }
        comes_back(&gamma, |test| numbers(test.evidence(0.05, Some(2.0))));
        comes_back(&mixture, |test| numbers(test.evidence(0.05, Some(2.0))));
        comes_back(&point, |test| numbers(test.evidence(0.05, Some(2.0))));
        comes_back(&beta, |test| numbers(test.evidence(0.05, Some(2.0))));
        comes_back(&ratio, |test| numbers(test.evidence(0.05)));
        comes_back(&streams, |test| numbers(test.evidence(0, 0.05, Some(2.0))));
        comes_back(&share, |test| numbers(test.evidence(Some(2.0))));
    }

    #[test]
    fn tests_of_means_come_back() {
        let mut normal = NormalMixture::new(Side::Either, 25.0, 0.05).unwrap();
        let mut asymptotic = AsymptoticMean::new(0.0, 100.0, 0.05).unwrap();
        let mut hoeffding = Hoeffding::new(0.5, 0.05).unwrap();
        let mut mixed = EmpiricalBernstein::new(0.5, 0.05).unwrap();
        let mut bernstein = EmpiricalBernsteinMixture::new(0.5, 10.0, 0.05).unwrap();
        let mut betting = Betting::new(0.5, 0.05).unwrap();
        let mut grid = BettingInterval::new(0.05, 20).unwrap();
        for value in (0..40).map(|at| f64::from(at % 4) / 4.0) {
            normal.observe(value, 0.25).unwrap();
            asymptotic.observe(value).unwrap();
            hoeffding.observe(value).unwrap();
            mixed.observe(value).unwrap();
            bernstein.observe(value).unwrap();
            betting.observe(value).unwrap();
            grid.observe(value).unwrap();
        }
        comes_back(&normal, |test| numbers(test.evidence(0.05, Some(2.0))));
        comes_back(&asymptotic, |test| numbers(test.evidence(Some(2.0))));
        comes_back(&hoeffding, |test| numbers(test.evidence(Some(2.0))));
        comes_back(&mixed, |test| numbers(test.evidence(Some(2.0))));
        comes_back(&bernstein, |test| numbers(test.evidence(Some(2.0))));
        comes_back(&betting, |test| numbers(test.evidence(Some(2.0))));
        comes_back(&grid, |test| {
            [test.interval(), test.hedged()].into_iter().flat_map(|i| [i.lower, i.upper]).flatten().collect()
        });
    }

    #[test]
    fn detectors_come_back() {
        let mut detector = Detector::new(DetectorKind::ShiryaevRoberts, 1_000.0).unwrap();
        let mut stop = PoissonDetector::new(DetectorKind::Cusum, &[0.0, 0.5], 8_760.0).unwrap();
        for _ in 0..5 {
            detector.update(Some(0.5)).unwrap();
            stop.observe(0.0, 0.5).unwrap();
        }
        comes_back(&detector, |test| test.ln_statistic().into_iter().collect());
        comes_back(&stop, |test| vec![f64::from(u8::from(test.is_alarmed()))]);
    }
}
