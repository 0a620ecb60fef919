//! Roots of monotone functions.

/// Where a function that changes its sign once between two finite points does so; the nearest end when it does not.
///
/// Halves the interval until its ends are neighbours, so any monotone function will do. The functions here may have no value
/// (NaN) at an end point, where they are taken to have the sign that the other values lead to.
pub(super) fn root(function: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let (mut low, mut high) = (low, high);
    let middle = f64::midpoint(low, high);
    let rising = {
        let (left, right) = (function(low), function(high));
        if left.is_nan() || right.is_nan() {
            function(f64::midpoint(middle, high)) >= function(f64::midpoint(low, middle))
        } else {
            right >= left
        }
    };
    for _ in 0..2_100 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        let below = function(middle) < 0.0;
        if below == rising {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Like [`root`] between a start, where the sign is known, and infinity: doubles the distance until the sign changes. `None`
/// when it never does.
pub(super) fn root_beyond(function: impl Fn(f64) -> f64, start: f64, step: f64) -> Option<f64> {
    let negative = |x: f64| function(x) < 0.0;
    let (mut near, mut step) = (start, step);
    // The sign next to the start: at the start itself the function may be exactly zero or undefined.
    let sign = negative(start + step * 1e-9);
    for _ in 0..1_100 {
        let far = start + step;
        if !far.is_finite() {
            return None;
        }
        if negative(far) != sign {
            return Some(root(&function, near.min(far), near.max(far)));
        }
        near = far;
        step *= 2.0;
    }
    None
}
