//! The port to the time: nothing else reads it.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Tells the time, in UTC.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock, in whole microseconds: what is stored is what was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

/// A clock that stands still until it is moved: for tests and simulations.
///
/// Share it in an `Arc`; moving it is seen by everyone at once.
///
/// ```
/// use campaign_pilot_core::{Clock, ManualClock};
/// use jiff::SignedDuration;
///
/// let clock = ManualClock::starting_at("2026-11-01T00:00:00Z".parse()?);
/// clock.advance(SignedDuration::from_hours(1));
/// assert_eq!(clock.now().to_string(), "2026-11-01T01:00:00Z");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug)]
pub struct ManualClock {
    microsecond: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self { microsecond: AtomicI64::new(start.as_microsecond()) }
    }

    /// Moves the clock forward; a negative duration leaves it where it is, since time does not run backwards.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros().max(0)).unwrap_or(0);
        self.microsecond.fetch_add(micros, Ordering::SeqCst);
    }

    /// Moves the clock to `instant`, unless it already shows a later one.
    pub fn advance_to(&self, instant: Timestamp) {
        self.microsecond.fetch_max(instant.as_microsecond(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.microsecond.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}
