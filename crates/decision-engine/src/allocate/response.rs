//! Response curves: what a campaign is expected to bring for what it costs.

use serde::{Deserialize, Serialize};

/// What a campaign is expected to contribute for a budget, both in the currency's major unit: estimates, hence floats.
///
/// # Formula
///
/// With spend `x`: Hill `most x^slope / (half^slope + x^slope)`, power `scale x^exponent`, log `scale ln(1 + x / knee)`,
/// exponential `most (1 - e^(-x / knee))`. A Hill curve with a slope above 1 is S-shaped: the first euros bring little.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "curve", rename_all = "snake_case", deny_unknown_fields)]
pub enum ResponseCurve {
    /// A Hill curve: concave up to a slope of 1, S-shaped above.
    Hill {
        /// What an endless budget would bring; 0 to 1e15.
        most: f64,
        /// The budget that brings half of it; 1e-9 to 1e15.
        half: f64,
        /// How steep it is: 0.05 to 20.
        slope: f64,
    },
    /// A power: concave, without saturation.
    Power {
        /// What one unit of the currency brings; 0 to 1e15.
        scale: f64,
        /// Above 0, at most 1.
        exponent: f64,
    },
    /// A logarithm: concave, without saturation.
    Log {
        /// 0 to 1e15.
        scale: f64,
        /// The budget from which it bends; 1e-9 to 1e15.
        knee: f64,
    },
    /// Exponential saturation: concave.
    Exponential {
        /// What an endless budget would bring; 0 to 1e15.
        most: f64,
        /// The budget that brings 63 % of it; 1e-9 to 1e15.
        knee: f64,
    },
    /// Points `[spend, contribution]` joined by straight lines, of any shape; flat beyond the last one.
    Points {
        /// The first one at spend 0, the spend rising.
        points: Vec<[f64; 2]>,
    },
}

/// A stretch of a curve that bends one way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Whether it bends down: more of the same brings less. A straight line does.
    pub(super) concave: bool,
}

const LARGEST: f64 = 1e15;
const SMALLEST: f64 = 1e-9;

impl ResponseCurve {
    /// What is wrong with its numbers, if anything is.
    pub(super) fn fault(&self) -> Option<String> {
        let outside = |name: &str, number: f64, from: f64, to: f64| {
            (!(from..=to).contains(&number))
                .then(|| format!("`{name}` is {number} and has to be from {} to {}", written(from), written(to)))
        };
        match self {
            Self::Hill { most, half, slope } => outside("most", *most, 0.0, LARGEST)
                .or_else(|| outside("half", *half, SMALLEST, LARGEST))
                .or_else(|| outside("slope", *slope, 0.05, 20.0)),
            Self::Power { scale, exponent } => {
                outside("scale", *scale, 0.0, LARGEST).or_else(|| outside("exponent", *exponent, 0.01, 1.0))
            }
            Self::Log { scale, knee } => {
                outside("scale", *scale, 0.0, LARGEST).or_else(|| outside("knee", *knee, SMALLEST, LARGEST))
            }
            Self::Exponential { most, knee } => {
                outside("most", *most, 0.0, LARGEST).or_else(|| outside("knee", *knee, SMALLEST, LARGEST))
            }
            Self::Points { points } => faulty_points(points),
        }
    }

    /// What a spend of `x >= 0` brings.
    pub(super) fn value(&self, x: f64) -> f64 {
        match self {
            Self::Hill { most, half, slope } => {
                let rest = 1.0 / (1.0 + (x / half).powf(*slope));
                most * (1.0 - rest)
            }
            Self::Power { scale, exponent } => scale * x.powf(*exponent),
            Self::Log { scale, knee } => scale * (x / knee).ln_1p(),
            Self::Exponential { most, knee } => -most * (-x / knee).exp_m1(),
            Self::Points { points } => {
                let after = points.partition_point(|[spend, _]| *spend <= x);
                match (points.get(after.saturating_sub(1)), points.get(after)) {
                    (Some([from, low]), Some([to, high])) => low + (high - low) * ((x - from) / (to - from)),
                    (Some([_, last]), None) => *last,
                    (None, _) => 0.0,
                }
            }
        }
    }

    /// What the next unit brings at `x`; infinite where the curve starts upright.
    pub(super) fn slope_after(&self, x: f64) -> f64 {
        match self {
            Self::Points { points } => slope_of(points, points.partition_point(|[spend, _]| *spend <= x)),
            smooth => smooth.smooth_slope(x),
        }
    }

    /// What the last unit brought at `x`.
    pub(super) fn slope_before(&self, x: f64) -> f64 {
        match self {
            Self::Points { points } => slope_of(points, points.partition_point(|[spend, _]| *spend < x).max(1)),
            smooth => smooth.smooth_slope(x),
        }
    }

    fn smooth_slope(&self, x: f64) -> f64 {
        match self {
            Self::Hill { most, half, slope } => {
                if x <= 0.0 {
                    return match slope.total_cmp(&1.0) {
                        std::cmp::Ordering::Less if *most > 0.0 => f64::INFINITY,
                        std::cmp::Ordering::Equal => most / half,
                        std::cmp::Ordering::Less | std::cmp::Ordering::Greater => 0.0,
                    };
                }
                let power = (x / half).powf(*slope).min(1e150);
                let rest = 1.0 / (1.0 + power);
                most * slope / x * power * rest * rest
            }
            Self::Power { scale, exponent } => {
                if *scale <= 0.0 {
                    0.0
                } else {
                    scale * exponent * x.powf(exponent - 1.0)
                }
            }
            Self::Log { scale, knee } => scale / (knee + x),
            Self::Exponential { most, knee } => most / knee * (-x / knee).exp(),
            Self::Points { .. } => 0.0,
        }
    }

    /// Where in a concave stretch `[from, to]` the slope falls to `wanted`, which it does inside.
    pub(super) fn place_of_slope(&self, wanted: f64, from: f64, to: f64) -> f64 {
        let place = match self {
            Self::Hill { most, half, slope } => half * hill_place(most * slope / half, *slope, wanted, (to / half).ln()).exp(),
            Self::Power { scale, exponent } => (wanted / (scale * exponent)).powf(1.0 / (exponent - 1.0)),
            Self::Log { scale, knee } => scale / wanted - knee,
            Self::Exponential { most, knee } => -knee * (wanted * knee / most).ln(),
            Self::Points { points } => return place_among(points, wanted, from, to),
        };
        if place.is_nan() { from } else { place.clamp(from, to) }
    }

    /// The stretches of `[from, to]`, in their order.
    pub(super) fn stretches(&self, from: f64, to: f64) -> Vec<Stretch> {
        match self {
            Self::Hill { half, slope, .. } if *slope > 1.0 => {
                // The inflection of a Hill curve.
                let bend = half * ((slope - 1.0) / (slope + 1.0)).powf(1.0 / slope);
                if bend >= to {
                    vec![Stretch { from, to, concave: false }]
                } else if bend <= from {
                    vec![Stretch { from, to, concave: true }]
                } else {
                    vec![Stretch { from, to: bend, concave: false }, Stretch { from: bend, to, concave: true }]
                }
            }
            Self::Points { points } => runs(points, from, to),
            _ => vec![Stretch { from, to, concave: true }],
        }
    }

    /// The same curve with a scale of 1, and the scale: curves of one shape differ by it alone.
    pub(super) fn shape(&self) -> (Self, f64) {
        match self.clone() {
            Self::Hill { most, half, slope } => (Self::Hill { most: 1.0, half, slope }, most),
            Self::Power { scale, exponent } => (Self::Power { scale: 1.0, exponent }, scale),
            Self::Log { scale, knee } => (Self::Log { scale: 1.0, knee }, scale),
            Self::Exponential { most, knee } => (Self::Exponential { most: 1.0, knee }, most),
            points @ Self::Points { .. } => (points, 1.0),
        }
    }

    /// The slope of the line from 0 that touches an S-shaped Hill curve, if it is one.
    pub(super) fn slope_of_tangent(&self) -> Option<f64> {
        match self {
            Self::Hill { most, half, slope } if *slope > 1.0 => {
                Some(most * (slope - 1.0).powf(1.0 - 1.0 / slope) / (slope * half))
            }
            _ => None,
        }
    }
}

/// A limit as people write it: `1e15`, `20`.
fn written(limit: f64) -> String {
    if (1e-3..1e6).contains(&limit) || limit <= 0.0 { limit.to_string() } else { format!("{limit:e}") }
}

fn faulty_points(points: &[[f64; 2]]) -> Option<String> {
    if points.first().is_none_or(|[spend, _]| spend.abs() > 0.0) {
        return Some("its points have to begin at a spend of 0".to_owned());
    }
    if points.iter().flatten().any(|number| number.is_nan() || number.abs() > LARGEST) {
        return Some("its points have to be numbers from -1e15 to 1e15".to_owned());
    }
    let rising = points.iter().zip(points.iter().skip(1)).all(|([before, _], [after, _])| after - before >= SMALLEST);
    (!rising).then(|| "the spend of its points has to rise, by 1e-9 at least".to_owned())
}

/// The slope of the line that ends at the point of that index; flat beyond the last one.
fn slope_of(points: &[[f64; 2]], end: usize) -> f64 {
    match (points.get(end.wrapping_sub(1)), points.get(end)) {
        (Some([from, low]), Some([to, high])) => (high - low) / (to - from),
        _ => 0.0,
    }
}

/// The logarithm of `x / half` at which a Hill curve's slope falls to `wanted`: Newton's method on logarithms, whose
/// difference is concave, begun on the right of the root, from where it only comes closer.
fn hill_place(rise: f64, slope: f64, wanted: f64, end: f64) -> f64 {
    let level = rise.ln() - wanted.ln();
    let mut place = end.min(level / (slope + 1.0));
    if slope < 1.0 {
        place = place.min(level / (1.0 - slope));
    }
    for _ in 0..60 {
        let power = (slope * place).exp();
        let error = level + (slope - 1.0) * place - 2.0 * power.ln_1p();
        let step = error / ((slope - 1.0) - 2.0 * slope * (power / (1.0 + power)));
        if !step.is_finite() {
            break;
        }
        place -= step;
        if step.abs() <= 1e-14 * place.abs().max(1.0) {
            break;
        }
    }
    place
}

/// The first point of a concave run after which a unit brings no more than `wanted`.
fn place_among(points: &[[f64; 2]], wanted: f64, from: f64, to: f64) -> f64 {
    let first = points.partition_point(|[spend, _]| *spend <= from);
    let last = points.partition_point(|[spend, _]| *spend < to);
    let (mut low, mut high) = (first, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if slope_of(points, middle) > wanted {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    points.get(low.wrapping_sub(1)).map_or(to, |[spend, _]| spend.clamp(from, to))
}

/// The longest runs of lines between `from` and `to` that do not become steeper.
fn runs(points: &[[f64; 2]], from: f64, to: f64) -> Vec<Stretch> {
    let mut runs: Vec<Stretch> = Vec::new();
    let mut before = f64::INFINITY;
    let first = points.partition_point(|[spend, _]| *spend <= from);
    let inner = points.iter().skip(first).map(|[spend, _]| *spend).take_while(|spend| *spend < to);
    let mut start = from;
    for (index, end) in inner.chain([to]).enumerate() {
        let slope = slope_of(points, first + index);
        match runs.last_mut() {
            // Draws added up may bend the wrong way in the last digits.
            Some(run) if slope <= before + 1e-9 * before.abs() => run.to = end,
            _ => runs.push(Stretch { from: start, to: end, concave: true }),
        }
        (before, start) = (slope, end);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves() -> Vec<ResponseCurve> {
        vec![
            ResponseCurve::Hill { most: 200.0, half: 70.0, slope: 0.6 },
            ResponseCurve::Hill { most: 200.0, half: 70.0, slope: 1.0 },
            ResponseCurve::Hill { most: 200.0, half: 70.0, slope: 2.6 },
            ResponseCurve::Power { scale: 3.0, exponent: 0.5 },
            ResponseCurve::Log { scale: 40.0, knee: 9.0 },
            ResponseCurve::Exponential { most: 90.0, knee: 30.0 },
        ]
    }

    #[test]
    fn slopes_are_those_of_the_values_and_are_found_again() {
        for curve in curves() {
            for stretch in curve.stretches(0.0, 400.0) {
                for part in 1..20 {
                    let x = stretch.from + (stretch.to - stretch.from) * f64::from(part) / 20.0;
                    let measured = (curve.value(x + 1e-4) - curve.value(x - 1e-4)) / 2e-4;
                    let slope = curve.slope_after(x);
                    assert!((measured - slope).abs() < 1e-6 * slope.max(1.0), "{curve:?} at {x}");
                    if stretch.concave {
                        let found = curve.place_of_slope(slope, stretch.from, stretch.to);
                        assert!((found - x).abs() < 1e-8 * x, "{curve:?}: {found} for {x}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_hill_curve_is_touched_by_its_line_from_nothing_where_the_closed_form_says() {
        let (most, half, slope) = (200.0, 70.0, 2.6);
        let curve = ResponseCurve::Hill { most, half, slope };
        let place = half * (slope - 1.0f64).powf(1.0 / slope);
        let tangent = curve.slope_of_tangent().unwrap();
        assert!((curve.value(place) - most * (slope - 1.0) / slope).abs() < 1e-9);
        assert!((curve.slope_after(place) - tangent).abs() < 1e-12);
        assert!((curve.value(place) / place - tangent).abs() < 1e-12);
    }

    #[test]
    fn points_are_joined_and_flat_beyond_the_last() {
        let curve = ResponseCurve::Points { points: vec![[0.0, 0.0], [10.0, 5.0], [20.0, 25.0], [30.0, 30.0]] };
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found}, not {wanted}");
        for (x, value) in [(0.0, 0.0), (5.0, 2.5), (15.0, 15.0), (30.0, 30.0), (99.0, 30.0)] {
            near(curve.value(x), value);
        }
        near(curve.slope_before(10.0), 0.5);
        near(curve.slope_after(10.0), 2.0);
        near(curve.slope_after(30.0), 0.0);
        let runs: Vec<(f64, f64)> = curve.stretches(5.0, 40.0).iter().map(|run| (run.from, run.to)).collect();
        assert_eq!(runs, [(5.0, 10.0), (10.0, 40.0)]);
        for (slope, place) in [(3.0, 10.0), (1.0, 20.0), (0.2, 30.0)] {
            near(curve.place_of_slope(slope, 10.0, 40.0), place);
        }
    }

    #[test]
    fn numbers_that_cannot_be_are_named() {
        let faulty = [
            ResponseCurve::Hill { most: f64::NAN, half: 1.0, slope: 1.0 },
            ResponseCurve::Hill { most: 1.0, half: 0.0, slope: 1.0 },
            ResponseCurve::Power { scale: 1.0, exponent: 1.5 },
            ResponseCurve::Log { scale: f64::INFINITY, knee: 1.0 },
            ResponseCurve::Exponential { most: 1.0, knee: -1.0 },
            ResponseCurve::Points { points: vec![] },
            ResponseCurve::Points { points: vec![[1.0, 0.0]] },
            ResponseCurve::Points { points: vec![[0.0, 0.0], [1.0, f64::NAN]] },
            ResponseCurve::Points { points: vec![[0.0, 0.0], [2.0, 1.0], [2.0, 3.0]] },
        ];
        for response in faulty {
            assert!(response.fault().is_some(), "{response:?}");
        }
        assert_eq!(
            ResponseCurve::Hill { most: 1.0, half: 1.0, slope: 50.0 }.fault().as_deref(),
            Some("`slope` is 50 and has to be from 0.05 to 20")
        );
    }
}
