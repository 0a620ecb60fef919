//! The axis of a world.

use super::{LEFT, RIGHT};
use crate::summary::{Estimate, WorldSummary};

/// How many times as wide as what matters most an axis may be.
const WIDEST: f64 = 3.0;
/// The least width of an axis, in percent of the shop's gross profit.
const NARROWEST: f64 = 0.5;

/// A horizontal axis with round steps that holds zero.
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) step: f64,
}

impl Axis {
    /// The axis that holds every interval of a world, or as much of them as lets the engine, the oracle and most others be told apart.
    pub(super) fn of(world: &WorldSummary) -> Self {
        let profits = || world.outcomes.iter().map(|outcome| outcome.profit_percent);
        let main = ["engine", "oracle"].into_iter().filter_map(|name| world.outcome(name)).map(|outcome| outcome.profit_percent);
        let mut means: Vec<f64> = profits().map(|profit| profit.mean).collect();
        means.sort_by(f64::total_cmp);
        // The lower and the upper quarter may lie outside.
        let quarter = means.len() / 4;
        let most = means.get(quarter..means.len() - quarter).unwrap_or_default();
        let (low, high) = hull(main.flat_map(ends).chain(most.iter().copied()));
        let room = WIDEST * (high - low).max(NARROWEST);
        let (least, most) = hull(profits().flat_map(ends));
        Self::over(least.max(high - room), most.min(low + room))
    }

    fn over(low: f64, high: f64) -> Self {
        let middle = f64::midpoint(low, high);
        let half = (high - low).max(NARROWEST) * 0.52;
        let (low, high) = (middle - half, middle + half);
        let power = 10.0_f64.powf(((high - low) / 8.0).log10().floor());
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
        let step = steps.into_iter().find(|step| (high - low) / step <= 8.0).unwrap_or(high - low);
        Self { low, high, step }
    }

    /// Whether a value lies on it.
    pub(super) fn holds(&self, value: f64) -> bool {
        value >= self.low && value <= self.high
    }

    /// Where a value lies, at an end if it is beyond it.
    pub(super) fn x(&self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (value.clamp(self.low, self.high) - self.low) / (self.high - self.low)
    }

    /// Multiples of the step.
    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> {
        let (first, step, high) = ((self.low / self.step).ceil(), self.step, self.high);
        (0_u8..20).map(move |index| (first + f64::from(index)) * step).take_while(move |tick| *tick <= high)
    }

    /// A tick's text.
    pub(super) fn label(&self, tick: f64) -> String {
        if tick.abs() < self.step / 2.0 {
            return "0 %".to_owned();
        }
        let digits = [0, 1].into_iter().find(|digits| {
            let parts = self.step * 10.0_f64.powi(*digits);
            (parts - parts.round()).abs() < 1e-6
        });
        let digits = usize::try_from(digits.unwrap_or(2)).unwrap_or(2);
        format!("{tick:+.digits$}")
    }

    /// A value's text, with a digit more where the axis is narrow.
    pub(super) fn value(&self, value: f64) -> String {
        let digits = if self.high - self.low < 3.0 { 2 } else { 1 };
        format!("{value:+.digits$}")
    }
}

/// The ends of an interval, or the mean where there is none.
fn ends(profit: Estimate) -> [f64; 2] {
    [profit.low().unwrap_or(profit.mean), profit.high().unwrap_or(profit.mean)]
}

/// The smallest range that holds zero and all values.
fn hull(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((0.0, 0.0), |(low, high), value| (low.min(value), high.max(value)))
}
