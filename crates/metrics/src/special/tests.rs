//! Against values of arbitrary precision (`tests/fixtures/special`).

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn table(name: &str) -> Vec<Vec<Value>> {
    let text = include_str!("../../tests/fixtures/special/values.json");
    let all: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
    all[name].as_array().unwrap().iter().map(|row| row.as_array().unwrap().clone()).collect()
}

/// Numbers stand as text: a reader of JSON may miss the nearest double.
fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// The largest relative error; of logarithms relative to at least 1.
#[derive(Default)]
struct Worst {
    error: f64,
    at: String,
}

impl Worst {
    fn compare(&mut self, at: impl std::fmt::Debug, got: Option<f64>, expected: f64, least: f64) {
        // What no double can hold is zero; what is subnormal has fewer digits.
        if expected.abs() < 1e-290 && least == 0.0 {
            assert!(got.unwrap() < 1e-280, "{at:?}");
            return;
        }
        let got = got.unwrap_or(f64::NAN);
        let error = (got - expected).abs() / expected.abs().max(least).max(f64::MIN_POSITIVE);
        if error > self.error || error.is_nan() {
            self.error = error;
            self.at = format!("{at:?}: {got:e} instead of {expected:e}");
        }
    }

    fn within(&self, tolerance: f64) {
        assert!(self.error <= tolerance, "relative error {:e} at {}", self.error, self.at);
    }
}

#[test]
fn ln_gamma_has_twelve_digits_at_its_zeros_too() {
    let mut worst = Worst::default();
    for row in table("ln_gamma") {
        worst.compare(&row, ln_gamma(number(&row[0])), number(&row[1]), 0.0);
    }
    worst.within(1e-13);
}

#[test]
fn ln_beta_has_twelve_digits() {
    let mut worst = Worst::default();
    for row in table("ln_beta") {
        worst.compare(&row, ln_beta(number(&row[0]), number(&row[1])), number(&row[2]), 1.0);
    }
    worst.within(1e-13);
}

#[test]
fn incomplete_gamma_has_twelve_digits_in_both_tails() {
    let mut worst = Worst::default();
    let rows = table("gamma");
    assert!(rows.len() > 250);
    for row in rows {
        let (a, x) = (number(&row[0]), number(&row[1]));
        worst.compare((a, x, "P"), gamma_p(a, x), number(&row[2]), 0.0);
        worst.compare((a, x, "Q"), gamma_q(a, x), number(&row[3]), 0.0);
        worst.compare((a, x, "ln P"), ln_gamma_p(a, x), number(&row[4]), 1.0);
        worst.compare((a, x, "ln Q"), ln_gamma_q(a, x), number(&row[5]), 1.0);
    }
    worst.within(1e-12);
}

#[test]
fn incomplete_beta_has_twelve_digits_in_both_tails() {
    let mut worst = Worst::default();
    let rows = table("beta");
    assert!(rows.len() > 1_500);
    for row in rows {
        let (a, b, x) = (number(&row[0]), number(&row[1]), number(&row[2]));
        worst.compare((a, b, x, "I"), beta_reg(a, b, x), number(&row[3]), 0.0);
        worst.compare((a, b, x, "1 - I"), beta_reg_complement(a, b, x), number(&row[4]), 0.0);
        worst.compare((a, b, x, "ln I"), ln_beta_reg(a, b, x), number(&row[5]), 1.0);
        worst.compare((a, b, x, "ln (1 - I)"), ln_beta_reg_complement(a, b, x), number(&row[6]), 1.0);
    }
    worst.within(1e-12);
}

#[test]
fn quantiles_have_twelve_digits() {
    let mut worst = Worst::default();
    for row in table("inverse_gamma") {
        let (a, p) = (number(&row[1]), number(&row[2]));
        let got = if row[0] == "p" { inverse_gamma_p(a, p) } else { inverse_gamma_q(a, p) };
        worst.compare(&row, got, number(&row[3]), 0.0);
    }
    for row in table("inverse_beta") {
        let (a, b, p) = (number(&row[1]), number(&row[2]), number(&row[3]));
        let got = if row[0] == "p" { inverse_beta_reg(a, b, p) } else { inverse_beta_reg_complement(a, b, p) };
        worst.compare(&row, got, number(&row[4]), 0.0);
    }
    for row in table("normal_quantile") {
        worst.compare(&row, normal_quantile(number(&row[0])), number(&row[1]), 0.0);
    }
    worst.within(1e-12);
}

#[test]
fn normal_and_student_tails_have_twelve_digits() {
    let mut worst = Worst::default();
    for row in table("normal_sf") {
        let z = number(&row[0]);
        worst.compare(&row, normal_sf(z), number(&row[1]), 0.0);
        worst.compare(&row, normal_cdf(-z), number(&row[1]), 0.0);
        worst.compare(&row, ln_normal_sf(z), number(&row[2]), 0.0);
    }
    for row in table("ln_normal_sf_far") {
        worst.compare(&row, ln_normal_cdf(-number(&row[0])), number(&row[1]), 0.0);
    }
    for row in table("student_t_sf") {
        let (t, df) = (number(&row[0]), number(&row[1]));
        worst.compare(&row, student_t_sf(t, df), number(&row[2]), 0.0);
        let below = student_t_sf(-t, df).unwrap();
        assert!((below + number(&row[2]) - 1.0).abs() < 1e-15);
    }
    worst.within(1e-12);
}

#[test]
fn f_and_chi_square_are_the_same_functions() {
    assert_eq!(chi_square_sf(7.0, 3.0), gamma_q(1.5, 3.5));
    // F(1, n) is the square of Student's t.
    let t = student_t_sf(2.5, 13.0).unwrap();
    assert!((f_sf(6.25, 1.0, 13.0).unwrap() / (2.0 * t) - 1.0).abs() < 1e-13);
}

#[test]
fn ends_are_exact_or_refused() {
    assert_eq!(gamma_p(3.0, 0.0), Some(0.0));
    assert_eq!(gamma_q(3.0, 0.0), Some(1.0));
    assert_eq!(ln_gamma_p(3.0, 0.0), None);
    assert_eq!(ln_gamma_q(3.0, 0.0), Some(0.0));
    assert_eq!((beta_reg(2.0, 3.0, 0.0), beta_reg(2.0, 3.0, 1.0)), (Some(0.0), Some(1.0)));
    assert_eq!((ln_beta_reg(2.0, 3.0, 0.0), ln_beta_reg_complement(2.0, 3.0, 1.0)), (None, None));
    assert_eq!((inverse_gamma_p(2.0, 1.0), inverse_gamma_q(2.0, 0.0)), (None, None));
    assert_eq!((normal_quantile(0.0), normal_quantile(1.0)), (None, None));
    assert_eq!((gamma_p(0.0, 1.0), gamma_p(1e16, 1.0), beta_reg(1.0, f64::NAN, 0.5)), (None, None, None));
}

fn any_float() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        (-3.0..8.0f64).prop_map(|exponent| 10f64.powf(exponent)),
        0.0..1.0f64,
        prop_oneof![Just(0.0), Just(1.0), Just(-1.0), Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn never_gives_nan_or_infinity(a in any_float(), b in any_float(), x in any_float()) {
        let results = [
            ln_gamma(a), ln_beta(a, b), gamma_p(a, x), gamma_q(a, x), ln_gamma_p(a, x), ln_gamma_q(a, x), beta_reg(a, b, x),
            beta_reg_complement(a, b, x), ln_beta_reg(a, b, x), ln_beta_reg_complement(a, b, x), inverse_gamma_p(a, x),
            inverse_gamma_q(a, x), inverse_beta_reg(a, b, x), inverse_beta_reg_complement(a, b, x), normal_cdf(x), normal_sf(x),
            ln_normal_cdf(x), ln_normal_sf(x), normal_quantile(x), student_t_sf(x, a), chi_square_sf(x, a), f_sf(x, a, b),
            ln_gamma_density(a, x), ln_beta_density(a, b, x),
        ];
        for (function, result) in results.into_iter().enumerate() {
            prop_assert!(result.is_none_or(f64::is_finite), "function {function}: {result:?}");
        }
        for probability in [gamma_p(a, x), gamma_q(a, x), beta_reg(a, b, x), beta_reg_complement(a, b, x), student_t_sf(x, a)] {
            prop_assert!(probability.is_none_or(|p| (0.0..=1.0).contains(&p)));
        }
    }

    #[test]
    fn tails_are_monotone_and_complementary(
        a in (-2.0..7.0f64).prop_map(|e| 10f64.powf(e)),
        b in (-2.0..7.0f64).prop_map(|e| 10f64.powf(e)),
        from in -8.0..8.0f64,
        by in 0.001..2.0f64,
    ) {
        let near = |d: f64| (a + d * a.sqrt()).max(1e-12);
        let (low, high) = (near(from), near(from + by));
        prop_assert!(ln_gamma_p(a, low).unwrap() <= ln_gamma_p(a, high).unwrap() + 1e-12);
        prop_assert!((gamma_p(a, low).unwrap() + gamma_q(a, low).unwrap() - 1.0).abs() < 1e-14);
        let x = a / (a + b);
        let i = beta_reg(a, b, x).unwrap();
        prop_assert!((i + beta_reg_complement(a, b, x).unwrap() - 1.0).abs() < 1e-14);
        // The mirror image, at a place where 1 - x is exact.
        let x = (x * 1024.0).round() / 1024.0;
        prop_assert!((beta_reg(a, b, x).unwrap() - beta_reg_complement(b, a, 1.0 - x).unwrap()).abs() < 1e-13);
    }

    #[test]
    fn quantiles_undo_the_distribution(
        a in (-1.0..7.0f64).prop_map(|e| 10f64.powf(e)),
        b in (-1.0..7.0f64).prop_map(|e| 10f64.powf(e)),
        p in prop_oneof![0.0001..0.9999f64, (-200.0..-1.0f64).prop_map(|e| 10f64.powf(e))],
    ) {
        let x = inverse_gamma_p(a, p).unwrap();
        // A double x carries a relative error; the probability's is that times the density over it.
        prop_assert!(x < 1e-290 || (gamma_p(a, x).unwrap() / p - 1.0).abs() < 1e-9, "gamma {x}");
        let x = inverse_beta_reg(a, b, p).unwrap();
        prop_assert!(!(1e-290..1.0 - 1e-6).contains(&x) || (beta_reg(a, b, x).unwrap() / p - 1.0).abs() < 1e-8, "beta {x}");
    }
}
