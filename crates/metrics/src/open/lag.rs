//! How long after a click its conversion becomes visible, learned from a history that is cut off at the present.

use campaign_pilot_core::Absence;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The most steps that a curve may have.
const LONGEST: usize = 10_000;

/// Something that was seen some time after its origin: a conversion after its click, a return after its sale.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Delay {
    /// When it began.
    pub origin: Timestamp,
    /// When it was seen; not before the origin.
    pub seen: Timestamp,
}

/// The share of all that will be seen which has been seen after some time.
///
/// Whoever takes the delays seen so far as they are believes that they are short: long ones of recent origins have not been seen
/// yet. The curve allows for that.
///
/// # Formula
///
/// With delays in steps and `n_k` the number with a delay of at most `k` steps whose origin lies so far back that step `k` is over,
/// `d_k` those of them with a delay of exactly `k`: `F(k - 1) = F(k) (1 - d_k / n_k)`, from `F = 1` at the end of the window
/// downwards. It is the product-limit estimate in reverse time (Lagakos, Barraj and De Gruttola, 1988), and on whole days the chain
/// ladder's. Its variance is Greenwood's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LagCurve {
    step: SignedDuration,
    /// `F` after each step; the last is 1.
    shares: Vec<f64>,
    /// The variance of the logarithm of each share.
    log_variances: Vec<f64>,
    delays: u64,
}

impl LagCurve {
    /// Learns the curve from all that was seen until `now`, in steps such as a day, up to the longest delay that counts (the
    /// attribution window, the time in which goods may come back).
    ///
    /// Delays longer than the window, origins in the future and sights before the origin or after `now` are left out. The history
    /// should reach back at least one window: what never was observable cannot be learned, and the curve then takes it as nothing.
    ///
    /// # Errors
    ///
    /// [`Absence::TooFewObservations`] when no delay remains, [`Absence::OutOfRange`] for a step below a second or a window below a
    /// step or above 10,000 steps.
    pub fn learn(delays: &[Delay], now: Timestamp, step: SignedDuration, window: SignedDuration) -> Result<Self, Absence> {
        let seconds = step.as_secs();
        let steps = usize::try_from(window.as_secs().checked_div(seconds).unwrap_or(0)).unwrap_or(0);
        if seconds < 1 || !(1..=LONGEST).contains(&steps) {
            return Err(Absence::OutOfRange);
        }
        let whole = |from: Timestamp, to: Timestamp| {
            usize::try_from(to.duration_since(from).as_secs().div_euclid(seconds)).ok().filter(|_| to >= from)
        };
        // Seen with a delay of k steps; of those, by the first step that their origin does not let see in whole.
        let mut seen = vec![0_u64; steps];
        let mut ended = vec![0_u64; steps + 1];
        let mut used = 0_u64;
        for delay in delays.iter().filter(|delay| delay.seen <= now) {
            let (Some(lag), Some(age)) = (whole(delay.origin, delay.seen), whole(delay.origin, now)) else { continue };
            if let (true, Some(entry)) = (lag < age.min(steps), seen.get_mut(lag)) {
                *entry += 1;
                used += 1;
                if let Some(entry) = ended.get_mut(age.min(steps)) {
                    *entry += 1;
                }
            }
        }
        if used == 0 {
            return Err(Absence::TooFewObservations);
        }
        // At risk at step k: a delay of at most k, and an age above k.
        let mut risk = Vec::with_capacity(steps);
        let mut present = 0_u64;
        for (seen, ended) in seen.iter().zip(&ended) {
            present = present.saturating_add(*seen).saturating_sub(*ended);
            risk.push(present);
        }
        let (mut share, mut variance) = (1.0, 0.0);
        let (mut shares, mut log_variances) = (Vec::with_capacity(steps), Vec::with_capacity(steps));
        for (seen, risk) in seen.iter().zip(&risk).rev() {
            shares.push(share);
            log_variances.push(variance);
            let (seen, risk) = (*seen as f64, *risk as f64);
            if seen > 0.0 && risk > 0.0 {
                share *= 1.0 - seen / risk;
                // Where nothing shorter was seen the share is zero, and its logarithm has no variance to add.
                if risk > seen {
                    variance += seen / (risk * (risk - seen));
                }
            }
        }
        shares.reverse();
        log_variances.reverse();
        Ok(Self { step, shares, log_variances, delays: used })
    }

    /// The share that has been seen after some time, between 0 and 1; within a step it grows evenly.
    #[must_use]
    pub fn share_after(&self, age: SignedDuration) -> f64 {
        let place = age.as_secs_f64() / self.step.as_secs_f64();
        let Some(whole) = self.whole_steps(age) else { return 0.0 };
        let Some(upper) = self.shares.get(whole).copied() else { return 1.0 };
        let lower = whole.checked_sub(1).and_then(|index| self.shares.get(index)).copied().unwrap_or(0.0);
        lower + (place - place.floor()) * (upper - lower)
    }

    /// The variance of the logarithm of [`Self::share_after`].
    #[must_use]
    pub fn log_variance_after(&self, age: SignedDuration) -> f64 {
        let index = self.whole_steps(age).unwrap_or(0).saturating_sub(1);
        self.log_variances.get(index).copied().unwrap_or(0.0)
    }

    /// How many steps are over at an age; none for an age of zero or less.
    fn whole_steps(&self, age: SignedDuration) -> Option<usize> {
        let steps = age.as_nanos().checked_div(self.step.as_nanos()).filter(|_| age.is_positive())?;
        Some(usize::try_from(steps).unwrap_or(usize::MAX))
    }

    /// The share that has been seen after each whole step.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// How many delays it was learned from.
    #[must_use]
    pub const fn delays(&self) -> u64 {
        self.delays
    }
}
