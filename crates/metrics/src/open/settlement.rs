//! What becomes of pending conversions, learned from those that were settled.

use campaign_pilot_core::{Absence, Currency, Money};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Conversion, Expected, Status, decimal, reach};
use crate::linear::count;

const LONGEST: usize = 10_000;

/// How likely a pending conversion is to be reversed, by how long it has been pending.
///
/// # Formula
///
/// Aalen and Johansen's estimate of the cumulative incidence of two ends that exclude each other, in steps since the conversion was
/// seen: `S_k = S_k-1 (1 - (a_k + r_k) / n_k)`, `R_k = R_k-1 + S_k-1 r_k / n_k`, with `n_k` those still pending at step `k`
/// and observed that long, `a_k` and `r_k` those approved and reversed in it. A conversion that has been pending for `k` steps is reversed
/// with probability `(R - R_k-1) / (S_k-1 - S)`, `R` and `S` being the last values.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Settlement {
    step: SignedDuration,
    /// The share still pending after each step.
    pending: Vec<f64>,
    /// The share reversed after each step.
    reversed: Vec<f64>,
    settled: u64,
}

/// What is expected of the pending conversions.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PendingOutcome {
    /// How many are pending.
    pub count: u64,
    /// What they add up to.
    pub pending: Money,
    /// What is expected to be approved of it.
    pub kept: Expected,
}

impl Settlement {
    /// Learns from conversions settled until `now` and from those that are still pending.
    ///
    /// # Errors
    ///
    /// [`Absence::TooFewObservations`] when none has been settled, [`Absence::OutOfRange`] for a step below a second or a history of
    /// more than 10,000 steps.
    ///
    /// ```
    /// use campaign_pilot_core::{Currency, Money};
    /// use campaign_pilot_metrics::open::{Conversion, Settlement, Status};
    /// use jiff::{SignedDuration, Timestamp};
    /// use rust_decimal::dec;
    ///
    /// let seen: Timestamp = "2026-11-01T00:00:00Z".parse()?;
    /// let after = |days: i64| seen + SignedDuration::from_hours(24 * days);
    /// let conversion = |status| Conversion { origin: seen, seen, amount: Money::new(dec!(50), Currency::EUR), status };
    /// let approved = conversion(Status::Approved { at: after(30) });
    /// let history = [approved, approved, approved, conversion(Status::Reversed { at: after(5) })];
    /// let settlement = Settlement::learn(&history, after(40), SignedDuration::from_hours(24))?;
    /// // A quarter is reversed, and nothing any more once ten days have gone by.
    /// assert!((settlement.reversal_probability(SignedDuration::ZERO) - 0.25).abs() < 1e-12);
    /// assert!(settlement.reversal_probability(SignedDuration::from_hours(240)) < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn learn(conversions: &[Conversion], now: Timestamp, step: SignedDuration) -> Result<Self, Absence> {
        let seconds = step.as_secs();
        if seconds < 1 {
            return Err(Absence::OutOfRange);
        }
        let mut ends = Vec::new();
        for conversion in conversions.iter().filter(|conversion| conversion.seen <= now) {
            let (until, end) = match conversion.status {
                Status::Approved { at } if at <= now => (at, Some(false)),
                Status::Reversed { at } if at <= now => (at, Some(true)),
                Status::Pending | Status::Approved { .. } | Status::Reversed { .. } => (now, None),
            };
            let whole = until.duration_since(conversion.seen).as_secs().div_euclid(seconds);
            ends.push((usize::try_from(whole).unwrap_or(0), end));
        }
        let settled = ends.iter().filter(|(_, end)| end.is_some()).count();
        let longest = ends.iter().filter(|(_, end)| end.is_some()).map(|(whole, _)| *whole).max();
        let steps = longest.ok_or(Absence::TooFewObservations)? + 1;
        if steps > LONGEST {
            return Err(Absence::OutOfRange);
        }
        let mut table = vec![[0_u64; 3]; steps + 1];
        for (whole, end) in &ends {
            let place = match end {
                None => 0,
                Some(false) => 1,
                Some(true) => 2,
            };
            if let Some(entry) = table.get_mut((*whole).min(steps)).and_then(|row| row.get_mut(place)) {
                *entry += 1;
            }
        }
        let mut risk = count(ends.len());
        let (mut pending, mut reversed) = (1.0, 0.0);
        let mut settlement = Self { step, pending: vec![1.0], reversed: vec![0.0], settled: settled as u64 };
        for [censored, approved, taken_back] in table.into_iter().take(steps) {
            let (censored, approved, taken_back) = (censored as f64, approved as f64, taken_back as f64);
            if risk > 0.0 {
                reversed += pending * taken_back / risk;
                pending *= 1.0 - (approved + taken_back) / risk;
            }
            risk -= censored + approved + taken_back;
            settlement.pending.push(pending);
            settlement.reversed.push(reversed);
        }
        Ok(settlement)
    }

    /// How likely a conversion is to be reversed that has been pending for some time. Beyond the longest time after which one was
    /// settled, the share of all.
    #[must_use]
    pub fn reversal_probability(&self, age: SignedDuration) -> f64 {
        let steps = (age.as_secs_f64() / self.step.as_secs_f64()).floor().max(0.0);
        let index = (0..self.pending.len()).find(|index| count(*index) >= steps).unwrap_or(self.pending.len());
        let (last_pending, last_reversed) = (last(&self.pending), last(&self.reversed));
        let from = |index: usize| {
            let (pending, reversed) = (self.pending.get(index)?, self.reversed.get(index)?);
            let open = pending - last_pending;
            (open > 1e-12).then(|| ((last_reversed - reversed) / open).clamp(0.0, 1.0))
        };
        from(index).or_else(|| from(0)).unwrap_or(0.0)
    }

    /// The share reversed within each whole step since a conversion was seen, beginning with none.
    #[must_use]
    pub fn reversed(&self) -> &[f64] {
        &self.reversed
    }

    /// The share still pending after each whole step, beginning with all.
    #[must_use]
    pub fn pending(&self) -> &[f64] {
        &self.pending
    }

    /// What is expected to become of the pending ones of some conversions.
    ///
    /// The interval holds the chance of each conversion and the uncertainty of the learned share, and stays between nothing and all. It
    /// takes conversions to be reversed one by one and whatever their amounts.
    ///
    /// # Errors
    ///
    /// [`Absence::MixedCurrencies`] when one is not in `currency`, [`Absence::OutOfRange`] beyond 96 bits or for a confidence that is
    /// none.
    pub fn outcome(
        &self,
        conversions: &[Conversion],
        now: Timestamp,
        currency: Currency,
        confidence: f64,
    ) -> Result<PendingOutcome, Absence> {
        let half = reach(confidence)?;
        let (mut total, mut kept, mut number) = (Decimal::ZERO, Decimal::ZERO, 0_u64);
        let (mut chance, mut learned) = (0.0, 0.0);
        for conversion in conversions.iter().filter(|conversion| conversion.status == Status::Pending) {
            if conversion.amount.currency != currency {
                return Err(Absence::MixedCurrencies);
            }
            let lost = self.reversal_probability(now.duration_since(conversion.seen));
            let amount = conversion.amount.amount;
            let part = amount.checked_mul(decimal(1.0 - lost)?).ok_or(Absence::OutOfRange)?;
            total = total.checked_add(amount).ok_or(Absence::OutOfRange)?;
            kept = kept.checked_add(part).ok_or(Absence::OutOfRange)?;
            number += 1;
            // A probability that was learned from settled ones is as uncertain as their share, half of one added on each side.
            let size = f64::try_from(amount).map_err(|_| Absence::OutOfRange)?;
            let smoothed = (lost * self.settled as f64 + 0.5) / (self.settled as f64 + 1.0);
            chance += size * size * smoothed * (1.0 - smoothed);
            learned += size * (smoothed * (1.0 - smoothed) / (self.settled as f64 + 1.0)).sqrt();
        }
        let reach = decimal(half * (chance + learned * learned).sqrt())?;
        let (least, most) = (total.min(Decimal::ZERO), total.max(Decimal::ZERO));
        let money = |amount: Decimal| Money::new(amount, currency);
        let expected = Expected {
            amount: money(kept),
            lower: money(kept.checked_sub(reach).ok_or(Absence::OutOfRange)?.clamp(least, most)),
            upper: money(kept.checked_add(reach).ok_or(Absence::OutOfRange)?.clamp(least, most)),
        };
        Ok(PendingOutcome { count: number, pending: money(total), kept: expected })
    }
}

fn last(values: &[f64]) -> f64 {
    values.last().copied().unwrap_or_default()
}
