//! The hourly quota of requests, counted in simulated hours.

use jiff::Timestamp;

/// How many requests arrived in the present hour.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    hour: i64,
    in_hour: u32,
}

/// What the quota says about one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Quota {
    /// Requests allowed per hour.
    pub(crate) limit: u32,
    /// Requests left in this hour, this one taken off.
    pub(crate) remaining: u32,
    /// Seconds until the next hour begins.
    pub(crate) reset_seconds: i64,
    /// Whether this request is one too many.
    pub(crate) exceeded: bool,
}

impl Traffic {
    /// Counts a request.
    pub(crate) fn admit(&mut self, now: Timestamp, limit: u32) -> Quota {
        let hour = now.as_second().div_euclid(3600);
        if hour != self.hour {
            self.hour = hour;
            self.in_hour = 0;
        }
        let exceeded = self.in_hour >= limit;
        self.in_hour = self.in_hour.saturating_add(u32::from(!exceeded));
        Quota {
            limit,
            remaining: limit.saturating_sub(self.in_hour),
            reset_seconds: (hour + 1) * 3600 - now.as_second(),
            exceeded,
        }
    }
}
