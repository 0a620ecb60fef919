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

    /// The same under the rules of actions, as far as they are switched on: both or none, in order, at most 45 days, at most
    /// three years back.
    pub(super) fn read_actions(
        request: &ApiRequest,
        (from, to): (&str, &str),
        settings: &PlatformSettings,
        now: Timestamp,
    ) -> Result<Option<(Timestamp, Timestamp)>, Answer> {
        let rules = settings.quirks.action_rules;
        let Self { from: first, to: last } = Self::read(request, from, to, settings)?;
        match (first, last) {
            (None, None) => return Ok(None),
            (Some(_), None) if rules.both_dates => return Err(refused(&format!("{to} is required when {from} is given"))),
            (None, Some(_)) if rules.both_dates => return Err(refused(&format!("{from} is required when {to} is given"))),
            (Some(first), Some(last)) if rules.span && last < first => {
                return Err(refused(&format!("{to} must not be before {from}")));
            }
            (Some(first), Some(last)) if rules.span && last.duration_since(first) > SignedDuration::from_hours(45 * 24) => {
                return Err(refused("The date range cannot exceed 45 days"));
            }
            _ => {}
        }
        if rules.age && first.is_some_and(|first| now.duration_since(first) > SignedDuration::from_hours(3 * 365 * 24)) {
            return Err(refused(&format!("{from} cannot be more than 3 years in the past")));
        }
        Ok(Some((first.unwrap_or(Timestamp::MIN), last.unwrap_or(Timestamp::MAX))))
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
