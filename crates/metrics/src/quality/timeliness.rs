//! What a source says about itself: how complete and how old its answer is.

use campaign_pilot_core::{Period, SourceQuality};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Check, DataSource, Finding, GatePolicy, Severity};

/// How many pages of an answer arrived.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pages {
    /// Pages that arrived.
    pub read: u64,
    /// Pages that there are, as the source says.
    pub expected: u64,
}

/// One source's answer as a whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SourceState<'a> {
    /// The source.
    pub source: DataSource,
    /// The period that was asked for, if it was a period.
    pub asked: Option<Period>,
    /// When it was read.
    pub read_at: Timestamp,
    /// What the source says about its answer.
    pub quality: &'a SourceQuality,
    /// How many pages arrived, where that is known.
    pub pages: Option<Pages>,
}

/// Checks completeness, age and lag of one source's answer at `now`.
///
/// The age counts from the end of the period that was asked for, if that lies before `now`: an answer about last week does
/// not grow old. A source that does not say up to when it is complete is taken by its word that everything arrived.
#[must_use]
pub fn check_source(state: &SourceState<'_>, now: Timestamp, policy: &GatePolicy) -> Vec<Finding> {
    let source = state.source;
    let mut findings = Vec::new();
    if !state.quality.complete {
        let notes = if state.quality.notes.is_empty() { String::new() } else { format!(": {}", state.quality.notes.join("; ")) };
        let sentence = format!("not everything arrived{notes}");
        findings.push(Finding::whole(Severity::Failure, source, Check::MissingPages, 1, sentence));
    }
    if let Some(Pages { read, expected }) = state.pages.filter(|pages| pages.read < pages.expected) {
        let sentence = format!("{read} of {expected} pages arrived");
        findings.push(Finding::whole(Severity::Failure, source, Check::MissingPages, expected - read, sentence));
    }
    let skew = SignedDuration::from_mins(i64::from(policy.clock_skew_minutes));
    if let Some(until) = state.quality.complete_until {
        let relevant = state.asked.map_or(now, |asked| asked.end().min(now));
        let old = relevant.duration_since(until);
        if old > SignedDuration::from_hours(i64::from(policy.max_age_hours)) {
            let sentence = format!("complete only until {until}, {} h before it is needed", whole_hours(old));
            findings.push(Finding::whole(Severity::Failure, source, Check::Age, whole_hours(old), sentence));
        }
        let lag = state.read_at.min(state.asked.map_or(state.read_at, Period::end)).duration_since(until);
        if lag > SignedDuration::from_hours(i64::from(policy.max_lag_hours)) {
            let sentence = format!("lags {} h behind", whole_hours(lag));
            findings.push(Finding::whole(Severity::Warning, source, Check::Lag, whole_hours(lag), sentence));
        }
        // A source may claim completeness up to the end of a period that was asked for and is not over.
        if until > now.max(state.asked.map_or(now, Period::end)).checked_add(skew).unwrap_or(Timestamp::MAX) {
            let sentence = format!("claims to be complete until {until}, which is in the future");
            findings.push(Finding::whole(Severity::Failure, source, Check::Future, 1, sentence));
        }
    }
    let read = now.duration_since(state.read_at);
    if read > SignedDuration::from_hours(i64::from(policy.max_age_hours)) {
        let sentence = format!("was read {} h ago", whole_hours(read));
        findings.push(Finding::whole(Severity::Failure, source, Check::Age, whole_hours(read), sentence));
    } else if state.read_at > now.checked_add(skew).unwrap_or(Timestamp::MAX) {
        let sentence = format!("was read at {}, which is in the future", state.read_at);
        findings.push(Finding::whole(Severity::Failure, source, Check::Future, 1, sentence));
    }
    findings
}

/// The finding that a source gave no answer.
#[must_use]
pub fn check_failure(source: DataSource, reason: &str) -> Finding {
    Finding::whole(Severity::Failure, source, Check::Answered, 1, format!("gave no answer: {reason}"))
}

fn whole_hours(duration: SignedDuration) -> u64 {
    u64::try_from(duration.as_hours()).unwrap_or(0)
}
