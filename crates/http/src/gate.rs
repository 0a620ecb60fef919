//! Our own rate limit: a token bucket that all clones of a client share.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// How many requests may be sent, attempts included: `limit` in each `per`, evenly spread after a first `burst`.
///
/// ```
/// use std::time::Duration;
/// use campaign_pilot_http::RateLimit;
///
/// // 80 % of a documented quota of 1,000 an hour, at most 50 at once.
/// let rate = RateLimit { limit: 800, per: Duration::from_secs(3600), burst: 50 };
/// assert_eq!(rate.interval(), Some(Duration::from_millis(4500)));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateLimit {
    /// Requests in each `per`.
    pub limit: u32,
    /// The length of time that `limit` is about.
    pub per: Duration,
    /// Requests that may be sent at once after a pause; at least 1 counts.
    pub burst: u32,
}

impl RateLimit {
    /// The time after which one more request may be sent; `None` for a limit of zero or a time of zero.
    #[must_use]
    pub const fn interval(&self) -> Option<Duration> {
        match self.per.checked_div(self.limit) {
            Some(interval) if !interval.is_zero() => Some(interval),
            _ => None,
        }
    }
}

/// The longest sleep before the clock is read again: a simulated clock may have moved meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Lets requests through as the rate limit allows, by the injected clock.
#[derive(Debug)]
pub(crate) struct Gate {
    clock: BucketClock,
    limiter: Option<RateLimiter<NotKeyed, InMemoryState, BucketClock, NoOpMiddleware<Nanos>>>,
}

impl Gate {
    /// `None` when the limit is zero.
    pub(crate) fn new(rate: Option<RateLimit>, clock: Arc<dyn Clock>) -> Option<Self> {
        let clock = BucketClock(clock);
        let Some(rate) = rate else {
            return Some(Self { clock, limiter: None });
        };
        let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(rate.interval()?)?.allow_burst(burst);
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        Some(Self { clock, limiter: Some(limiter) })
    }

    /// Waits for its turn, in real time, but not beyond `deadline`.
    ///
    /// # Errors
    ///
    /// How long the wait would be, at once, when it does not fit.
    pub(crate) async fn pass(&self, deadline: Instant) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        loop {
            let Err(not_until) = limiter.check() else {
                return Ok(());
            };
            let wait = not_until.wait_time_from(governor::clock::Clock::now(&self.clock));
            if Instant::now() + wait > deadline {
                return Err(wait);
            }
            tokio::time::sleep(wait.min(LOOK_AGAIN)).await;
        }
    }
}

/// Our clock as the bucket's.
#[derive(Clone, Debug)]
struct BucketClock(Arc<dyn Clock>);

impl governor::clock::Clock for BucketClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(u64::try_from(self.0.now().as_nanosecond()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::ManualClock;
    use jiff::SignedDuration;

    use super::*;

    fn manual() -> Arc<ManualClock> {
        Arc::new(ManualClock::starting_at("2026-11-22T20:00:00Z".parse().unwrap()))
    }

    #[tokio::test(start_paused = true)]
    async fn the_burst_passes_and_the_next_waits_for_the_clock() {
        let clock = manual();
        let rate = RateLimit { limit: 60, per: Duration::from_mins(1), burst: 3 };
        let gate = Gate::new(Some(rate), Arc::<ManualClock>::clone(&clock)).unwrap();
        let soon = || Instant::now() + Duration::from_millis(500);
        for _ in 0..3 {
            gate.pass(soon()).await.unwrap();
        }
        assert_eq!(gate.pass(soon()).await.unwrap_err(), Duration::from_secs(1));
        clock.advance(SignedDuration::from_secs(1));
        gate.pass(soon()).await.unwrap();
        assert!(gate.pass(soon()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_stands_still_ends_at_the_deadline() {
        let rate = RateLimit { limit: 1, per: Duration::from_secs(2), burst: 1 };
        let gate = Gate::new(Some(rate), manual()).unwrap();
        let start = Instant::now();
        gate.pass(start + Duration::from_secs(10)).await.unwrap();
        assert!(gate.pass(start + Duration::from_secs(10)).await.is_err());
        assert!(start.elapsed() <= Duration::from_secs(10));
    }

    #[test]
    fn a_limit_of_zero_is_refused() {
        assert!(Gate::new(Some(RateLimit { limit: 0, per: Duration::from_mins(1), burst: 1 }), manual()).is_none());
    }
}
