//! Pairs of date filters; both ends are included.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::answer::Answer;
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::time::read_instant;

/// An optional first and an optional last instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct DateFilter {
    /// The first instant that fits.
    pub(super) from: Option<Timestamp>,
    /// The last instant that fits.
    pub(super) to: Option<Timestamp>,
}

impl DateFilter {
    /// Reads a pair from the query.
    pub(super) fn read(request: &ApiRequest, from: &str, to: &str, settings: &PlatformSettings) -> Result<Self, Answer> {
        let date = |name: &str| match request.query(name) {
            None => Ok(None),
            Some(text) => match read_instant(text, settings.offset()) {
                Some(instant) => Ok(Some(instant)),
                None => Err(refused(&format!("{name} is not a valid date"))),
            },
        };
        Ok(Self { from: date(from)?, to: date(to)? })
    }

    /// The same under the rules of actions: both or none, in order, at most 45 days, at most three years back.
    pub(super) fn read_actions(
        request: &ApiRequest,
        (from, to): (&str, &str),
        settings: &PlatformSettings,
        now: Timestamp,
    ) -> Result<Option<(Timestamp, Timestamp)>, Answer> {
        match Self::read(request, from, to, settings)? {
            Self { from: None, to: None } => Ok(None),
            Self { from: first, to: last } if !settings.quirks.strict_actions => {
                Ok(Some((first.unwrap_or(Timestamp::MIN), last.unwrap_or(Timestamp::MAX))))
            }
            Self { from: Some(_), to: None } => Err(refused(&format!("{to} is required when {from} is given"))),
            Self { from: None, to: Some(_) } => Err(refused(&format!("{from} is required when {to} is given"))),
            Self { from: Some(first), to: Some(last) } => {
                if last < first {
                    return Err(refused(&format!("{to} must not be before {from}")));
                }
                if last.duration_since(first) > SignedDuration::from_hours(45 * 24) {
                    return Err(refused("The date range cannot exceed 45 days"));
                }
                if now.duration_since(first) > SignedDuration::from_hours(3 * 365 * 24) {
                    return Err(refused(&format!("{from} cannot be more than 3 years in the past")));
                }
                Ok(Some((first, last)))
            }
        }
    }

    /// Whether an instant fits; instants are compared in whole seconds, as the wire shows them.
    pub(super) fn holds(self, instant: Timestamp) -> bool {
        let second = instant.as_second();
        self.from.is_none_or(|from| from.as_second() <= second) && self.to.is_none_or(|to| second <= to.as_second())
    }
}

fn refused(message: &str) -> Answer {
    Answer::error(StatusCode::BAD_REQUEST, message)
}
