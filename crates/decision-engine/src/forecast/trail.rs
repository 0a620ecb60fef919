//! What a campaign cost and how it was clicked, as it was read from time to time.

use campaign_pilot_core::{Absence, Currency, Measured};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};

/// For how long samples are kept while a campaign runs: what the pace is taken from, and a little more.
const KEPT: SignedDuration = SignedDuration::from_hours(29);

/// How far samples lie apart that are kept: a pace over 12 and 24 hours needs no more, and what is written stays short.
const APART: SignedDuration = SignedDuration::from_hours(3);

/// The hours that the pace is taken over; the larger pace counts.
const WINDOWS: [i64; 2] = [12, 24];

/// The least time that a pace is taken over, in hours: a click in the first minutes is no pace.
const LEAST_HOURS: i64 = 3;

/// A campaign's sums at an instant, since its beginning.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub struct SpendSample {
    /// When it was read.
    pub at: Timestamp,
    /// What it has cost so far.
    pub cost: Decimal,
    /// How often it was clicked so far; `None` where that is not known.
    pub clicks: Option<u64>,
}

/// As a list of its three values: a running campaign keeps a day of samples, and their names would be most of what is written. Reading
/// takes them with their names, too.
impl Serialize for SpendSample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.at, self.cost, self.clicks).serialize(serializer)
    }
}

/// A stop, and what was reported after it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StopMark {
    /// When it was.
    pub at: Timestamp,
    /// What the campaign cost per hour then, as the forecast took it.
    pub pace: Decimal,
    /// What it had cost by then.
    pub cost: Decimal,
    /// What it had cost so many hours after, for the ends of the curve's spans that have passed.
    pub seen: Vec<(u32, Decimal)>,
}

impl StopMark {
    /// What was reported within so many hours after the stop, as far as was seen; never below zero.
    #[must_use]
    pub fn cost_after(&self, hours: u32) -> Decimal {
        let last = self.seen.iter().rev().find(|(until, _)| *until <= hours).map_or(self.cost, |(_, cost)| *cost);
        (last - self.cost).max(Decimal::ZERO)
    }
}

/// What a campaign cost and how it was clicked over time: each time recomputed by the platform from its source, so that
/// a reversal lowers it, and reading the same again changes nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SpendTrail {
    currency: Currency,
    began: Timestamp,
    samples: Vec<SpendSample>,
    /// The latest reading, where it is none of those that are kept.
    #[serde(skip)]
    latest: Option<SpendSample>,
    stop: Option<StopMark>,
}

impl SpendTrail {
    /// A campaign that began at an instant and has done nothing yet.
    #[must_use]
    pub const fn new(currency: Currency, began: Timestamp) -> Self {
        Self { currency, began, samples: Vec::new(), latest: None, stop: None }
    }

    /// The currency of its costs.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Takes a reading; one that is older than the latest counts for nothing. Returns whether what is kept has changed: of
    /// readings within three hours only the latest is known, and forgotten when the trail is written.
    ///
    /// After a stop, the ends of the curve's spans are noted as they pass.
    pub fn record(&mut self, sample: SpendSample, curve: &super::LagCurve) -> bool {
        if self.last().is_some_and(|last| sample.at < last.at) {
            return false;
        }
        if self.samples.last() == Some(&sample) {
            return false;
        }
        let is_long_over = self.stop.as_ref().is_some_and(|stop| sample.at.duration_since(stop.at) > KEPT);
        let is_apart = !is_long_over && self.samples.last().is_none_or(|kept| sample.at.duration_since(kept.at) >= APART);
        let mut changed = self.note_spans(&sample, curve);
        if is_apart {
            self.samples.push(sample);
            self.latest = None;
            changed = true;
        } else {
            self.latest = Some(sample);
        }
        let oldest = sample.at.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        // The sample before the oldest kept instant stays: it says what the sums were then.
        let outside = self.samples.iter().filter(|sample| sample.at < oldest).count();
        self.samples.drain(..outside.saturating_sub(1));
        // Long after a stop no pace is taken any more; soon after it the campaign may be resumed, and its pace is needed again.
        if is_long_over {
            changed |= self.samples.len() > 1;
            self.samples.truncate(1);
            self.latest = Some(sample);
        }
        changed
    }

    /// Notes what the campaign had cost at the ends of the curve's spans that have passed since its stop.
    fn note_spans(&mut self, sample: &SpendSample, curve: &super::LagCurve) -> bool {
        let Some(stop) = &mut self.stop else { return false };
        let passed = sample.at.duration_since(stop.at);
        let noted = stop.seen.len();
        for step in curve.steps() {
            let is_noted = stop.seen.iter().any(|(until, _)| *until == step.until);
            if !is_noted && passed >= SignedDuration::from_hours(i64::from(step.until)) {
                stop.seen.push((step.until, sample.cost));
            }
        }
        stop.seen.len() > noted
    }

    /// Notes that the campaign was stopped at the last reading's instant, at a pace. A second stop changes nothing.
    pub fn stopped(&mut self, pace: Decimal) {
        if self.stop.is_none()
            && let Some(last) = self.last().copied()
        {
            self.stop = Some(StopMark { at: last.at, pace, cost: last.cost, seen: Vec::new() });
        }
    }

    /// Forgets the stop: the campaign runs again, so that what comes is no longer its tail.
    pub fn runs_again(&mut self) {
        self.stop = None;
    }

    /// The stop, once there was one.
    #[must_use]
    pub const fn stop(&self) -> Option<&StopMark> {
        self.stop.as_ref()
    }

    /// The latest reading.
    #[must_use]
    pub fn last(&self) -> Option<&SpendSample> {
        self.latest.as_ref().or(self.samples.last())
    }

    /// The clicks per hour: the larger of those over the last 12 and the last 24 hours, so that a campaign that grows is
    /// not taken for its past.
    #[must_use]
    pub fn clicks_per_hour(&self) -> Measured<Decimal> {
        self.per_hour(|sample| sample.clicks.map(Decimal::from)).ok_or(Absence::ClicksNotReported).into()
    }

    /// The cost per hour, taken in the same way.
    #[must_use]
    pub fn cost_per_hour(&self) -> Decimal {
        self.per_hour(|sample| Some(sample.cost)).unwrap_or(Decimal::ZERO)
    }

    fn per_hour(&self, sum: impl Fn(&SpendSample) -> Option<Decimal>) -> Option<Decimal> {
        let last = self.last()?;
        let total = sum(last)?;
        let mut largest = Decimal::ZERO;
        for window in WINDOWS {
            let from = last.at.checked_sub(SignedDuration::from_hours(window)).unwrap_or(Timestamp::MIN);
            // Before its beginning a campaign had done nothing.
            let before = self.samples.iter().rev().find(|sample| sample.at <= from);
            let (since, had) = match before {
                Some(sample) => (sample.at, sum(sample)?),
                None => (self.began, Decimal::ZERO),
            };
            let seconds = last.at.duration_since(since).as_secs().max(LEAST_HOURS * 3_600);
            let pace = (total - had) * Decimal::from(3_600) / Decimal::from(seconds);
            largest = largest.max(pace);
        }
        Some(largest)
    }
}
