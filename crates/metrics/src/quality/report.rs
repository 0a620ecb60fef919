//! What all findings together mean.

use std::fmt;

use campaign_pilot_core::Money;
use serde::{Deserialize, Serialize};

use super::{Finding, Metric, Severity};

/// All findings about one snapshot, the worst first.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct QualityReport {
    findings: Vec<Finding>,
}

impl QualityReport {
    /// A report of these findings. Their order does not matter; repeated ones are one.
    #[must_use]
    pub fn new(findings: impl IntoIterator<Item = Finding>) -> Self {
        let mut report = Self::default();
        report.add(findings);
        report
    }

    /// Takes more findings.
    pub fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        self.findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
        self.findings.dedup();
    }

    /// The findings, the worst first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What the findings mean for spending.
    #[must_use]
    pub fn verdict(&self) -> GateVerdict {
        match self.findings.iter().map(|finding| finding.severity).max() {
            Some(Severity::Failure) => GateVerdict::Failed,
            Some(Severity::Warning) => GateVerdict::Doubtful,
            Some(Severity::Note) | None => GateVerdict::Passed,
        }
    }

    /// What the findings mean for a metric.
    #[must_use]
    pub fn usability(&self, metric: Metric) -> Usability {
        let touching = self.findings.iter().filter(|finding| finding.affects().contains(&metric));
        match touching.map(|finding| finding.severity).max() {
            Some(Severity::Failure) => Usability::Unusable,
            Some(Severity::Warning) => Usability::Doubtful,
            Some(Severity::Note) | None => Usability::Usable,
        }
    }
}

/// What the gate says about everything that was read.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// Nothing stands against using the data.
    Passed,
    /// Some metrics are doubtful; the data can be used.
    Doubtful,
    /// The data are missing, stale or contradictory: spending may only be held or lowered on them.
    Failed,
}

impl GateVerdict {
    /// The verdict of someone who only knows whether data can be trusted.
    #[must_use]
    pub const fn of(trusted: bool) -> Self {
        if trusted { Self::Passed } else { Self::Failed }
    }

    /// Whether spending may change so on these data. Holding and lowering are always allowed, raising not on a failed gate.
    #[must_use]
    pub const fn permits(self, change: SpendChange) -> bool {
        match change {
            SpendChange::Lower | SpendChange::Hold => true,
            SpendChange::Raise => !matches!(self, Self::Failed),
        }
    }

    /// The amount that may be spent when one wants to go from `before` to `after`: `after` where the change is permitted,
    /// otherwise `before`. Never more than `before` on a failed gate.
    #[must_use]
    pub fn permitted(self, before: Money, after: Money) -> Money {
        if self.permits(SpendChange::between(before, after)) { after } else { before }
    }
}

impl fmt::Display for GateVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Doubtful => "doubtful",
            Self::Failed => "failed",
        })
    }
}

/// In which direction spending changes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpendChange {
    /// Less is spent: a stop, a pause, a smaller budget.
    Lower,
    /// Nothing changes.
    Hold,
    /// More may be spent: a launch, a resumption, a larger budget.
    Raise,
}

impl SpendChange {
    /// The direction from one amount to another. Amounts of two currencies cannot be compared, so that counts as a raise.
    #[must_use]
    pub fn between(before: Money, after: Money) -> Self {
        if before.currency != after.currency {
            return Self::Raise;
        }
        match after.amount.cmp(&before.amount) {
            std::cmp::Ordering::Less => Self::Lower,
            std::cmp::Ordering::Equal => Self::Hold,
            std::cmp::Ordering::Greater => Self::Raise,
        }
    }
}

/// Whether a metric can be used.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Usability {
    /// Nothing stands against it.
    Usable,
    /// It may be off; treat it with care.
    Doubtful,
    /// It says nothing.
    Unusable,
}
