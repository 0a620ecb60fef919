//! Special functions that keep twelve digits in the tails: gamma, beta, their incomplete forms and inverses, normal,
//! Student and chi-square.
//!
//! Tests that are looked at every hour live on far tails and large counts: an e-value is a ratio of two incomplete gamma
//! functions, each of which may be 1e-300, at shapes from 0.01 to ten million. Written with `x^a e^-x / Γ(a)` as it
//! stands, all digits are lost there; here every density is taken relative to its peak.
//!
//! Every function returns `None` outside its domain, for a value that is not finite, and where the result is (the
//! logarithm of zero). `values.json` beside the tests holds what they are compared with: arbitrary precision, relative
//! error below 1e-12 (of a logarithm: 1e-12 of the larger of its size and 1).
//!
//! ```
//! use campaign_pilot_metrics::special;
//!
//! // Three standard deviations, and the logarithm of what is far below the smallest double.
//! assert!((special::normal_sf(3.0).unwrap() - 0.001_349_898_031_630_094_5).abs() < 1e-17);
//! assert!((special::ln_normal_sf(100.0).unwrap() + 5_005.524_208_694_205).abs() < 1e-8);
//! assert_eq!(special::gamma_p(-1.0, 2.0), None);
//! ```

mod density;
mod incomplete_beta;
mod incomplete_gamma;
mod inverse;
mod ln_gamma;
mod normal;
mod quadrature;
mod student;
#[cfg(test)]
mod tests;

pub use density::{ln_beta_density, ln_gamma_density};
pub use incomplete_beta::{beta_reg, beta_reg_complement, ln_beta_reg, ln_beta_reg_complement};
pub use incomplete_gamma::{gamma_p, gamma_q, ln_gamma_p, ln_gamma_q};
pub use inverse::{inverse_beta_reg, inverse_beta_reg_complement, inverse_gamma_p, inverse_gamma_q};
pub use ln_gamma::{ln_beta, ln_gamma};
pub use normal::{ln_normal_cdf, ln_normal_sf, normal_cdf, normal_quantile, normal_sf};
pub use student::{chi_square_sf, f_sf, student_t_sf};

pub(crate) use density::{ln_beta_density_raw, ln_gamma_density_raw};
pub(crate) use incomplete_beta::beta_ln_tails;
pub(crate) use incomplete_gamma::gamma_ln_tails;
pub(crate) use normal::ln_sf;

/// The shapes of gamma and beta functions that are answered for.
const SHAPES: std::ops::RangeInclusive<f64> = 1e-100..=1e15;

/// A shape inside the domain.
fn shape(a: f64) -> Option<f64> {
    SHAPES.contains(&a).then_some(a)
}

/// A finite result.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// One tail of a distribution as a logarithm: the other is its complement.
#[derive(Clone, Copy, Debug)]
struct Tail {
    ln: f64,
    is_lower: bool,
}

impl Tail {
    fn lower(ln: f64) -> Self {
        Self { ln: ln.min(0.0), is_lower: true }
    }

    fn upper(ln: f64) -> Self {
        Self { ln: ln.min(0.0), is_lower: false }
    }

    fn flipped(self) -> Self {
        Self { ln: self.ln, is_lower: !self.is_lower }
    }

    /// The probability below, or above.
    fn probability(self, lower: bool) -> f64 {
        if self.is_lower == lower { self.ln.exp() } else { -self.ln.exp_m1() }
    }

    /// Its logarithm.
    fn ln(self, lower: bool) -> f64 {
        if self.is_lower == lower { self.ln } else { ln_1m_exp(self.ln) }
    }
}

/// `ln(1 - e^l)` for `l <= 0`, with all digits at both ends.
pub(crate) fn ln_1m_exp(l: f64) -> f64 {
    if l > -std::f64::consts::LN_2 { (-l.exp_m1()).ln() } else { (-l.exp()).ln_1p() }
}
