//! Tails of log-concave densities by one Gauss-Legendre rule.
//!
//! Beyond its peak a density with a large shape falls like the exponential of a convex function that starts at zero. Over
//! the stretch where it falls by `e^-38`, the smallest share that a double shows, 24 nodes give all digits, whatever the
//! shape: a constant amount of work where series and continued fractions need a number of terms that grows with it.

/// Nodes and weights on [-1, 1], one half of them: the rule is symmetric.
const RULE: [(f64, f64); 12] = [
    (0.064_056_892_862_605_63, 0.127_938_195_346_752_16),
    (0.191_118_867_473_616_3, 0.125_837_456_346_828_3),
    (0.315_042_679_696_163_4, 0.121_670_472_927_803_39),
    (0.433_793_507_626_045_1, 0.115_505_668_053_725_6),
    (0.545_421_471_388_839_6, 0.107_444_270_115_965_63),
    (0.648_093_651_936_975_5, 0.097_618_652_104_113_88),
    (0.740_124_191_578_554_4, 0.086_190_161_531_953_27),
    (0.820_001_985_973_903, 0.073_346_481_411_080_3),
    (0.886_415_527_004_401_1, 0.059_298_584_915_436_78),
    (0.938_274_552_002_732_8, 0.044_277_438_817_419_81),
    (0.974_728_555_971_309_5, 0.028_531_388_628_933_663),
    (0.995_187_219_997_021_3, 0.012_341_229_799_987_2),
];

/// From this shape on the rule has all digits.
pub(super) const QUADRATURE_FROM: f64 = 20.0;

/// How far the density falls over the stretch.
const FALL: f64 = 38.0;

/// `ln` of the integral of `e^-g(v)` from zero to `end` (which may be infinite), for a convex `g` with `g(0) = 0`.
///
/// `slope` and `curvature` are the first two derivatives of `g` at zero; `derivative` is the first everywhere.
pub(super) fn ln_integral(slope: f64, curvature: f64, end: f64, g: impl Fn(f64) -> f64, derivative: impl Fn(f64) -> f64) -> f64 {
    let length = stretch(slope, curvature, end, &g, derivative);
    let half = 0.5 * length;
    let sum: f64 =
        RULE.iter().map(|(node, weight)| weight * ((-g(half * (1.0 - node))).exp() + (-g(half * (1.0 + node))).exp())).sum();
    (half * sum).ln()
}

/// Where `g` reaches the fall: a few steps of Newton's method from the root of its parabola.
fn stretch(slope: f64, curvature: f64, end: f64, g: impl Fn(f64) -> f64, derivative: impl Fn(f64) -> f64) -> f64 {
    let slope = slope.max(0.0);
    let mut v = 2.0 * FALL / (slope + (slope * slope + 2.0 * FALL * curvature).sqrt());
    for _ in 0..4 {
        if v >= end {
            return end;
        }
        v -= (g(v) - FALL) / derivative(v);
    }
    v.min(end)
}
