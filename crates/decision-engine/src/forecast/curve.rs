//! How cost goes on after a stop: assumed at first, then learned.

use std::collections::BTreeMap;

use campaign_pilot_core::Currency;
use garde::Validate;
use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::StopMark;

/// One span after a stop.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct LagStep {
    /// How many hours after the stop the span ends; it begins where the one before ends.
    pub until: u32,
    /// How much cost is reported in the span, in hours at the pace of the stop.
    pub hours: Decimal,
}

/// How much cost is still reported after a stop, span by span, in hours at the pace that the campaign had then.
///
/// A curve of 72 hours in all says: a campaign that costs 2 EUR an hour when it is stopped will cost 144 EUR more. It holds
/// everything that makes cost late: buyers who think about it within their attribution window, links that stay posted,
/// and reports that come late.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(transparent)]
#[garde(allow_unvalidated)]
pub struct LagCurve {
    steps: Vec<LagStep>,
}

impl LagCurve {
    /// A curve out of its spans, whatever their order; of two that end together the first counts, and what is below zero
    /// counts as zero.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = LagStep>) -> Self {
        let mut by_end = BTreeMap::new();
        for step in steps {
            by_end.entry(step.until).or_insert(LagStep { hours: step.hours.max(Decimal::ZERO), ..step });
        }
        Self { steps: by_end.into_values().collect() }
    }

    /// The usual guess after a pause that only unlists: posted links fade with a mean of two and a half days, and buyers
    /// think about it for half a day on average. 72 hours in all, over two weeks.
    #[must_use]
    pub fn after_unlisting() -> Self {
        Self::of([(6, dec!(6)), (24, dec!(17)), (72, dec!(26)), (168, dec!(18)), (336, dec!(5))])
    }

    /// The usual guess after a stop of delivery: only those who have clicked still buy. 12 hours in all, over a week.
    #[must_use]
    pub fn after_stop() -> Self {
        Self::of([(6, dec!(4)), (24, dec!(5)), (72, dec!(2)), (168, dec!(1))])
    }

    fn of<const N: usize>(steps: [(u32, Decimal); N]) -> Self {
        Self::new(steps.map(|(until, hours)| LagStep { until, hours }))
    }

    /// The spans, the earliest first.
    #[must_use]
    pub fn steps(&self) -> &[LagStep] {
        &self.steps
    }

    /// All spans together: the hours at the pace of the stop that are still to come.
    #[must_use]
    pub fn hours(&self) -> Decimal {
        self.steps.iter().fold(Decimal::ZERO, |sum, step| sum.saturating_add(step.hours))
    }

    /// What is still to come so many hours after a stop; a span that has begun counts for the part that is left of it.
    #[must_use]
    pub fn hours_after(&self, passed: i64) -> Decimal {
        let passed = Decimal::from(passed);
        let mut from = Decimal::ZERO;
        let mut sum = Decimal::ZERO;
        for step in &self.steps {
            let until = Decimal::from(step.until);
            let left = (until - passed.max(from)).max(Decimal::ZERO).checked_div(until - from).unwrap_or(Decimal::ZERO);
            sum = sum.saturating_add(step.hours.saturating_mul(left));
            from = until;
        }
        sum
    }

    /// How many hours after a stop nothing is expected any more.
    #[must_use]
    pub fn horizon(&self) -> u32 {
        self.steps.last().map_or(0, |step| step.until)
    }

    /// This curve corrected by what was seen, as if it had itself been seen at so many stops.
    ///
    /// # Formula
    ///
    /// For each span, over the `n` stops that were watched to its end: `(w x h + sum of cost) / (w + sum of paces)` with
    /// the curve's own `h` hours, and `w = prior_stops x (sum of paces) / n`. A span that nobody watched to its end stays.
    #[must_use]
    pub fn learned(&self, seen: &LagTotals, prior_stops: u32) -> Self {
        let steps = self.steps.iter().map(|step| {
            let hours = seen.spans.get(&step.until).and_then(|span| {
                let mean = span.pace.checked_div(Decimal::from(span.stops))?;
                let weight = mean.checked_mul(Decimal::from(prior_stops))?;
                let sum = weight.checked_mul(step.hours)?.checked_add(span.cost)?;
                sum.checked_div(weight.checked_add(span.pace)?)
            });
            LagStep { until: step.until, hours: hours.unwrap_or(step.hours).max(Decimal::ZERO) }
        });
        Self { steps: steps.collect() }
    }
}

/// What was seen after stops, in one currency: sums per span, so that they can be added in any order.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LagTotals {
    spans: BTreeMap<u32, Span>,
}

/// One span over all stops that were watched to its end.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
struct Span {
    stops: u32,
    pace: Decimal,
    cost: Decimal,
}

/// What was learned of how cost goes on after stops, per currency.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LagBook {
    currencies: BTreeMap<Currency, LagTotals>,
}

impl LagBook {
    /// Adds a stop that was watched to the end of the curve. A stop without any pace teaches nothing.
    pub fn add(&mut self, currency: Currency, stop: &StopMark, curve: &LagCurve) {
        if stop.pace <= Decimal::ZERO {
            return;
        }
        let totals = self.currencies.entry(currency).or_default();
        let mut from = Decimal::ZERO;
        for step in curve.steps() {
            let until = stop.cost_after(step.until);
            let span = totals.spans.entry(step.until).or_default();
            span.stops = span.stops.saturating_add(1);
            span.pace = span.pace.saturating_add(stop.pace);
            span.cost = span.cost.saturating_add(until - from);
            from = until;
        }
    }

    /// A curve corrected by what was seen in a currency.
    #[must_use]
    pub fn curve(&self, currency: Currency, prior: &LagCurve, prior_stops: u32) -> LagCurve {
        self.currencies.get(&currency).map_or_else(|| prior.clone(), |seen| prior.learned(seen, prior_stops))
    }

    /// How many stops were learned from.
    #[must_use]
    pub fn stops(&self, currency: Currency) -> u32 {
        let spans = self.currencies.get(&currency).map(|totals| &totals.spans);
        spans.and_then(|spans| spans.values().map(|span| span.stops).max()).unwrap_or(0)
    }
}
