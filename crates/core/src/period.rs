//! Half-open periods of time in UTC.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The half-open period `[start, end)` in UTC; never empty.
///
/// ```
/// use campaign_pilot_core::Period;
///
/// let day = Period::new("2026-10-01T00:00:00Z".parse()?, "2026-10-02T00:00:00Z".parse()?)?;
/// assert!(day.contains(day.start()));
/// assert!(!day.contains(day.end()));
/// assert_eq!(day.hours().count(), 24);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct Period {
    start: Timestamp,
    end: Timestamp,
}

/// The serialised form, checked on the way in.
#[derive(Deserialize, Serialize)]
struct Bounds {
    start: Timestamp,
    end: Timestamp,
}

impl Period {
    /// The period from `start` up to but without `end`.
    ///
    /// # Errors
    ///
    /// [`PeriodError`] unless `start` lies before `end`.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, PeriodError> {
        if start < end {
            return Ok(Self { start, end });
        }
        Err(PeriodError { start, end })
    }

    /// The period of `length` that ends at `end`.
    ///
    /// # Errors
    ///
    /// [`PeriodError`] unless `length` is positive and the start can be represented.
    pub fn ending_at(end: Timestamp, length: SignedDuration) -> Result<Self, PeriodError> {
        let start = end.checked_sub(length).map_err(|_| PeriodError { start: end, end })?;
        Self::new(start, end)
    }

    /// The first instant inside.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// The length of the period.
    #[must_use]
    pub fn length(self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    /// Whether an instant lies inside.
    #[must_use]
    pub fn contains(self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }

    /// The part that both periods share, if there is one.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// The period of the same length that ends where this one starts: the literal "previous period".
    ///
    /// # Errors
    ///
    /// [`PeriodError`] when its start cannot be represented.
    pub fn preceding(self) -> Result<Self, PeriodError> {
        Self::ending_at(self.start, self.length())
    }

    /// The period cut at every full hour; the first and last parts may be shorter than an hour.
    pub fn hours(self) -> impl Iterator<Item = Self> {
        self.parts(SignedDuration::from_hours(1))
    }

    /// The period cut at multiples of `step` since 1970; nothing for a step below one second.
    pub fn parts(self, step: SignedDuration) -> impl Iterator<Item = Self> {
        let step = step.as_secs();
        let mut from = self.start;
        std::iter::from_fn(move || {
            if step < 1 || from >= self.end {
                return None;
            }
            let boundary = (from.as_second().div_euclid(step) + 1) * step;
            let to = Timestamp::from_second(boundary).unwrap_or(self.end).min(self.end);
            let part = Self { start: from, end: to };
            from = to;
            Some(part)
        })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl TryFrom<Bounds> for Period {
    type Error = PeriodError;

    fn try_from(bounds: Bounds) -> Result<Self, PeriodError> {
        Self::new(bounds.start, bounds.end)
    }
}

impl From<Period> for Bounds {
    fn from(period: Period) -> Self {
        Self { start: period.start, end: period.end }
    }
}

/// A period whose end does not lie after its start.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a period must end after it starts, but {start}..{end} does not")]
pub struct PeriodError {
    start: Timestamp,
    end: Timestamp,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn an_empty_period_is_refused_even_from_json() {
        assert!(Period::new(at(5), at(5)).is_err());
        let json = r#"{"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z"}"#;
        assert!(serde_json::from_str::<Period>(json).is_err());
    }

    #[test]
    fn preceding_touches_and_is_as_long() {
        let period = Period::new(at(100), at(160)).unwrap();
        assert_eq!(period.preceding().unwrap(), Period::new(at(40), at(100)).unwrap());
    }

    proptest! {
        #[test]
        fn hours_tile_the_period(start in -4_000_000i64..4_000_000, length in 1i64..500_000) {
            let period = Period::new(at(start), at(start + length)).unwrap();
            let parts: Vec<_> = period.hours().collect();
            prop_assert_eq!(parts[0].start(), period.start());
            prop_assert_eq!(parts[parts.len() - 1].end(), period.end());
            prop_assert!(parts.windows(2).all(|pair| pair[0].end() == pair[1].start()));
            prop_assert!(parts.iter().all(|part| part.length() <= SignedDuration::from_hours(1)));
        }
    }
}
