//! How long the server asks to wait.

use std::time::Duration;

use http::header::{DATE, HeaderMap, RETRY_AFTER};
use jiff::Timestamp;

/// The shortest wait that is obeyed.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest wait that is obeyed.
const LONGEST: Duration = Duration::from_mins(15);

/// The wait that an answer asks for, clamped to 1 s .. 15 min: `Retry-After` (seconds or an HTTP date), else, after
/// a 429, the longest of the `X-RateLimit-Reset` and `RateLimit-Reset` families (seconds to go).
pub(crate) fn server_wait(status: u16, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let wait = retry_after(headers, now).or_else(|| if status == 429 { reset(headers) } else { None })?;
    Some(wait.clamp(SHORTEST, LONGEST))
}

fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // The server's own clock, where it tells: a date of its making is meant against that.
    let now = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(http_date).unwrap_or(now);
    http_date(text).map(|at| Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|date| date.timestamp())
}

fn reset(headers: &HeaderMap) -> Option<Duration> {
    headers
        .iter()
        .filter(|(name, _)| {
            let name = name.as_str();
            name.strip_prefix("x-").unwrap_or(name).starts_with("ratelimit-reset")
        })
        .filter_map(|(_, value)| value.to_str().ok()?.trim().parse().ok())
        .max()
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn wait(status: u16, pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        let headers = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(value)))
            .collect();
        server_wait(status, &headers, "2026-11-22T20:00:00Z".parse().unwrap()).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_clamped() {
        assert_eq!(wait(503, &[("Retry-After", "600")]), Some(600));
        assert_eq!(wait(429, &[("Retry-After", "0")]), Some(1));
        assert_eq!(wait(429, &[("Retry-After", "86400")]), Some(900));
    }

    #[test]
    fn dates_count_from_the_servers_clock_else_from_ours() {
        assert_eq!(wait(429, &[("Retry-After", "Sun, 22 Nov 2026 20:00:30 GMT")]), Some(30));
        let served = [("Date", "Sun, 22 Nov 2026 20:26:50 GMT"), ("Retry-After", "Sun, 22 Nov 2026 20:27:00 GMT")];
        assert_eq!(wait(429, &served), Some(10));
        assert_eq!(wait(429, &[("Retry-After", "Sun, 22 Nov 2026 19:00:00 GMT")]), Some(1));
    }

    #[test]
    fn reset_families_count_in_any_case_after_a_429_alone() {
        assert_eq!(wait(429, &[("X-RateLimit-Reset", "120")]), Some(120));
        assert_eq!(wait(429, &[("ratelimit-reset", "30")]), Some(30));
        assert_eq!(wait(429, &[("RateLimit-Reset", "30"), ("X-RateLimit-Reset-Hour", "90")]), Some(90));
        assert_eq!(wait(429, &[("X-RateLimit-Reset", "120"), ("Retry-After", "5")]), Some(5));
        assert_eq!(wait(500, &[("X-RateLimit-Reset", "120")]), None);
    }

    #[test]
    fn garbage_is_no_wait() {
        assert_eq!(wait(429, &[("Retry-After", "soon"), ("X-RateLimit-Reset", "-")]), None);
        assert_eq!(wait(429, &[("X-RateLimit-Remaining", "0")]), None);
    }
}
