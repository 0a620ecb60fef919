//! The gate: what everything that was read is worth, and what may still be decided on it.

use campaign_pilot_core::{Period, ProductHour, SourceQuality};
use campaign_pilot_metrics::quality::{
    DataSource, Finding, GatePolicy, GateVerdict, Hours, Severity, SourceState, check_credit, check_failure, check_hours,
    check_source,
};

use super::{Cycle, CyclePlan, Failure, RecalledHistory, Source, Work};
use crate::history::{Coverage, hour_of};

impl CyclePlan {
    /// Where the gate draws its lines.
    pub(super) fn gate(&self) -> GatePolicy {
        GatePolicy { max_age_hours: self.policy.cadence.stale_hours, ..GatePolicy::default() }
    }
}

impl Work {
    /// A source failed: from here on the data are not complete.
    pub(super) fn failed(&mut self, failure: Failure) {
        self.untrusted = true;
        let source = match failure.source {
            Source::Store => Some(DataSource::Store),
            Source::PageViews => Some(DataSource::PageViews),
            Source::Platform => Some(DataSource::Platform),
            Source::MarketSignals | Source::CopyWriter => None,
        };
        // The failure itself says so to a reader; here it counts for what it touches.
        self.quality.add(source.map(|source| check_failure(source, &failure.message)));
        self.failures.push(failure);
    }

    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Takes what checks found. Whatever closes the gate or comes from a source that lost something is told to the reader.
    pub(super) fn found(&mut self, findings: impl IntoIterator<Item = Finding>) {
        let findings: Vec<Finding> = findings.into_iter().collect();
        findings
            .iter()
            .filter(|finding| finding.severity >= Severity::Warning)
            .for_each(|finding| self.note(finding.to_string()));
        self.quality.add(findings);
    }

    /// Takes what a source says about its answer.
    pub(super) fn check(&mut self, plan: &CyclePlan, source: DataSource, asked: Period, quality: &SourceQuality) {
        for note in &quality.notes {
            self.note(format!("{source}: {note}"));
        }
        let state = SourceState { source, asked: Some(asked), read_at: plan.now, quality, pages: None };
        let findings = check_source(&state, plan.now, &plan.gate());
        // The reasons of an incomplete answer stand among its own notes already.
        let told = findings.iter().filter(|finding| finding.severity == Severity::Failure && quality.complete);
        told.for_each(|finding| self.note(finding.to_string()));
        self.quality.add(findings);
    }

    /// Whether spending may be raised on what was read.
    pub(super) fn gate(&self) -> GateVerdict {
        self.quality.verdict().max(GateVerdict::of(!self.untrusted))
    }
}

impl Cycle {
    /// Checks the remembered hours, and what the platform credits against them.
    pub(super) fn check_history(&mut self, history: &RecalledHistory, coverage: Option<Coverage>) {
        let Some(covered) = coverage.and_then(Coverage::period) else { return };
        let rows: Vec<&[ProductHour]> = history.hours.values().map(|hours| &**hours).collect();
        // The hours of a product are in their order.
        let Some(oldest) = rows.iter().filter_map(|rows| rows.first()).map(|row| row.hour).min() else { return };
        let until = hour_of(self.plan.now).max(covered.end());
        let expected = Period::new(covered.start(), until).unwrap_or(covered);
        // Only the hours that were recalled can be looked at.
        let first = oldest.max(covered.start());
        let seen = Period::new(first, covered.end()).unwrap_or(covered);
        let credit = check_credit(rows.iter().copied().flatten(), Some(seen), self.work.performance.values());
        let hours = Hours { rows, covered: Some(seen), expected: Period::new(first, expected.end()).unwrap_or(expected) };
        let findings = check_hours(&hours, self.plan.now, &self.plan.gate());
        self.work.found(findings.into_iter().chain(credit));
    }
}
