//! Logarithms of the gamma and beta functions.

use super::{finite, shape};

/// `ln sqrt(2 pi)`.
pub(super) const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// `1 - γ`, the slope of `ln Γ` at 2.
const SLOPE_AT_2: f64 = 0.422_784_335_098_467_13;

/// `(-1)^k (ζ(k) - 1) / k` for k = 2, 3, ..: the Taylor series of `ln Γ` at 2 (DLMF 5.7.3).
const TAYLOR_AT_2: [f64; 28] = [
    0.322_467_033_424_113_2,
    -0.067_352_301_053_198_09,
    0.020_580_808_427_784_546,
    -0.007_385_551_028_673_985,
    0.002_890_510_330_741_523_4,
    -0.001_192_753_911_703_261,
    0.000_509_669_524_743_042_5,
    -0.000_223_154_758_453_579_39,
    9.945_751_278_180_853e-5,
    -4.492_623_673_813_314e-5,
    2.050_721_277_567_069e-5,
    -9.439_488_275_268_397e-6,
    4.374_866_789_907_488e-6,
    -2.039_215_753_801_366e-6,
    9.551_412_130_407_42e-7,
    -4.492_469_198_764_566e-7,
    2.120_718_480_555_466_7e-7,
    -1.004_322_482_396_81e-7,
    4.769_810_169_363_980_4e-8,
    -2.271_109_460_894_316_4e-8,
    1.083_865_921_489_695_5e-8,
    -5.183_475_041_970_047e-9,
    2.483_674_543_802_478_5e-9,
    -1.192_140_140_586_091_2e-9,
    5.731_367_241_678_862e-10,
    -2.759_522_885_124_233e-10,
    1.330_476_437_424_449e-10,
    -6.422_964_563_838_1e-11,
];

/// From here on Stirling's series has all digits.
const STIRLING_FROM: f64 = 10.0;

/// `B_2k / (2k (2k - 1))`: Stirling's series (DLMF 5.11.1).
const STIRLING: [f64; 8] =
    [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0, -3617.0 / 122_400.0];

/// The logarithm of the gamma function, for `x` above zero.
///
/// It keeps its relative accuracy at its zeros 1 and 2.
///
/// ```
/// assert!((campaign_pilot_metrics::special::ln_gamma(5.0).unwrap() - 24f64.ln()).abs() < 1e-15);
/// assert_eq!(campaign_pilot_metrics::special::ln_gamma(0.0), None);
/// ```
#[must_use]
pub fn ln_gamma(x: f64) -> Option<f64> {
    (1e-300..=1e300).contains(&x).then(|| ln_gamma_raw(x))
}

/// The logarithm of the beta function `Γ(a) Γ(b) / Γ(a + b)`, for shapes from 1e-100 to 1e15.
///
/// ```
/// assert!((campaign_pilot_metrics::special::ln_beta(2.0, 3.0).unwrap() + 12f64.ln()).abs() < 1e-15);
/// ```
#[must_use]
pub fn ln_beta(a: f64, b: f64) -> Option<f64> {
    let (a, b) = (shape(a)?, shape(b)?);
    finite(ln_beta_raw(a, b))
}

/// [`ln_gamma`] without a check.
pub(crate) fn ln_gamma_raw(x: f64) -> f64 {
    if x >= STIRLING_FROM {
        (x - 0.5).mul_add(x.ln() - 1.0, LN_SQRT_2PI - 0.5) + stirling(x)
    } else if x > 2.5 {
        let mut product = 1.0;
        let mut x = x;
        while x > 2.5 {
            x -= 1.0;
            product *= x;
        }
        at_2(x - 2.0) + f64::ln(product)
    } else if x >= 1.5 {
        at_2(x - 2.0)
    } else if x >= 0.5 {
        ln_gamma_1p(x - 1.0)
    } else {
        ln_gamma_1p(x) - x.ln()
    }
}

/// `ln Γ(1 + z)` for `|z| <= 0.5`, with all digits of a small `z`.
pub(super) fn ln_gamma_1p(z: f64) -> f64 {
    at_2(z) - z.ln_1p()
}

/// `ln Γ(2 + w)` for `|w| <= 0.5`.
fn at_2(w: f64) -> f64 {
    w * TAYLOR_AT_2.iter().rev().fold(0.0f64, |sum, c| sum.mul_add(w, *c)).mul_add(w, SLOPE_AT_2)
}

/// What Stirling's formula leaves: `ln Γ(x) - ((x - 1/2) ln x - x + ln sqrt(2 pi))`.
pub(super) fn stirling(x: f64) -> f64 {
    if x >= STIRLING_FROM {
        let inverse = x.recip();
        let square = inverse * inverse;
        inverse * STIRLING.iter().rev().fold(0.0, |sum, c| sum * square + c)
    } else {
        ln_gamma_raw(x) - ((x - 0.5) * x.ln() - x + LN_SQRT_2PI)
    }
}

/// `ln Γ(b) - ln Γ(a + b)` without the cancellation of two large logarithms.
pub(super) fn ln_gamma_ratio(b: f64, a: f64) -> f64 {
    let mut b = b;
    let mut steps = 0.0;
    while b < STIRLING_FROM {
        steps += (a / b).ln_1p();
        b += 1.0;
    }
    steps + (a - (a + b - 0.5) * (a / b).ln_1p() - a * b.ln()) + (stirling(b) - stirling(a + b))
}

/// [`ln_beta`] without a check.
pub(crate) fn ln_beta_raw(a: f64, b: f64) -> f64 {
    let (small, large) = if a <= b { (a, b) } else { (b, a) };
    if small < STIRLING_FROM {
        return ln_gamma_raw(small) + ln_gamma_ratio(large, small);
    }
    let ratio = small / large;
    let correction = stirling(small) + stirling(large) - stirling(small + large);
    LN_SQRT_2PI - 0.5 * large.ln() + (small - 0.5) * (ratio / (1.0 + ratio)).ln() - large * ratio.ln_1p() + correction
}
