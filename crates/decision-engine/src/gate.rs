//! The evidence gate: a verdict that the data cannot yet support becomes MONITOR.

use std::fmt;

use campaign_pilot_core::{Absence, Measured, Verdict};
use campaign_pilot_metrics::{Exposure, chance};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::{Rule, Ruling};

/// What a verdict needs before it is acted upon.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "mode")]
pub enum EvidenceGate {
    /// The literal thresholds decide alone. Every new campaign is then paused in its first hour: spend, no sale yet.
    Off,
    /// A rule counts once enough of the campaign has been seen.
    MinimumExposure(MinimumExposure),
}

impl Default for EvidenceGate {
    fn default() -> Self {
        Self::MinimumExposure(MinimumExposure::default())
    }
}

/// How much has to be seen of a campaign before its numbers count.
///
/// A pause and a continuation also need a change that chance alone rarely makes: [`chance`] of at most `max_chance`.
/// That holds for one look at independent sales; who looks every day is deceived more often than that.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinimumExposure {
    /// Every rule: hours since the flight began; 72 unless set, so that slow conversions have arrived.
    pub min_hours: Decimal,
    /// Rules on ROAS and CPA: clicks; 100 unless set, about two or three orders at a usual conversion rate.
    pub min_clicks: u64,
    /// Rules on sales: units expected without the campaign; 5 unless set.
    pub min_expected_units: Decimal,
    /// Rules on views: page views expected without the campaign; 200 unless set.
    pub min_expected_views: Decimal,
    /// PAUSE and CONTINUE: the largest probability that chance alone moved the count that far; 0.025 unless set, 1 turns
    /// it off. OPTIMIZE names a small change and does not ask for it.
    pub max_chance: Decimal,
    /// A loss of this share of the budget needs no more evidence: the emergency pause is let through; 0.5 unless set.
    pub clear_loss_share: Decimal,
}

impl Default for MinimumExposure {
    fn default() -> Self {
        Self {
            min_hours: Decimal::from(72),
            min_clicks: 100,
            min_expected_units: Decimal::from(5),
            min_expected_views: Decimal::from(200),
            max_chance: Decimal::new(25, 3),
            clear_loss_share: Decimal::new(5, 1),
        }
    }
}

/// What is missing before a rule counts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "needs")]
pub enum Shortfall {
    /// The campaign has not run long enough.
    Hours {
        /// Hours so far.
        seen: Decimal,
        /// Hours needed.
        needed: Decimal,
    },
    /// Too few clicks.
    Clicks {
        /// Clicks so far.
        seen: Measured<u64>,
        /// Clicks needed.
        needed: u64,
    },
    /// Too few sales would have been expected.
    ExpectedUnits {
        /// Units expected so far.
        seen: Measured<Decimal>,
        /// Units needed.
        needed: Decimal,
    },
    /// Too few views would have been expected.
    ExpectedViews {
        /// Views expected so far.
        seen: Measured<Decimal>,
        /// Views needed.
        needed: Decimal,
    },
    /// The change is one that chance alone makes too often.
    Chance {
        /// Sales or views so far.
        observed: Measured<Decimal>,
        /// Sales or views that were expected.
        expected: Decimal,
    },
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours { seen, needed } => write!(f, "{:.1} of {needed} hours live", seen.round_dp(1)),
            Self::Clicks { seen: Measured::Known(seen), needed } => write!(f, "{seen} of {needed} clicks seen"),
            Self::ExpectedUnits { seen: Measured::Known(seen), needed } => {
                write!(f, "{:.1} of {needed} expected sales seen", seen.round_dp(1))
            }
            Self::ExpectedViews { seen: Measured::Known(seen), needed } => {
                write!(f, "{:.0} of {needed} expected views seen", seen.round())
            }
            Self::Chance { observed: Measured::Known(observed), expected } => {
                write!(f, "{observed} instead of {:.1} may be chance", expected.round_dp(1))
            }
            Self::Chance { observed: Measured::Absent(absence), .. } => write!(f, "counts needed, but {absence}"),
            Self::Clicks { seen: Measured::Absent(absence), .. } => write!(f, "clicks needed, but {absence}"),
            Self::ExpectedUnits { seen: Measured::Absent(absence), .. } => write!(f, "expected sales needed, but {absence}"),
            Self::ExpectedViews { seen: Measured::Absent(absence), .. } => write!(f, "expected views needed, but {absence}"),
        }
    }
}

/// A rule that applies but does not count yet.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct HeldRule {
    /// The rule.
    pub rule: Rule,
    /// What is missing.
    pub missing: Shortfall,
}

/// What the gate let through.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Gated {
    /// The verdict that the data support.
    pub verdict: Verdict,
    /// The rule that it rests on; `None` for MONITOR.
    pub rule: Option<Rule>,
    /// Rules that apply but do not count yet.
    pub held: Vec<HeldRule>,
}

impl EvidenceGate {
    /// Lets through what the data support.
    ///
    /// The most severe rule with enough evidence decides. A warning that has not enough evidence yet does not stop a
    /// campaign, but it keeps the verdict from being better than MONITOR.
    #[must_use]
    pub fn apply(&self, ruling: &Ruling, exposure: &Exposure) -> Gated {
        let mut held = Vec::new();
        for rule in ruling.applying() {
            match self.missing(rule, exposure) {
                Some(missing) => held.push(HeldRule { rule, missing }),
                None if rule.verdict().stops() || held.iter().all(|held: &HeldRule| !held.rule.verdict().stops()) => {
                    return Gated { verdict: rule.verdict(), rule: Some(rule), held };
                }
                None => break,
            }
        }
        Gated { verdict: Verdict::Monitor, rule: None, held }
    }

    /// What a rule still needs; `None` when it counts.
    #[must_use]
    pub fn missing(&self, rule: Rule, exposure: &Exposure) -> Option<Shortfall> {
        let Self::MinimumExposure(least) = self else {
            return None;
        };
        if rule.verdict() == Verdict::EmergencyPause && least.is_clear_loss(exposure) {
            return None;
        }
        let hours = || {
            (exposure.hours_live < least.min_hours)
                .then_some(Shortfall::Hours { seen: exposure.hours_live, needed: least.min_hours })
        };
        let more = match rule {
            Rule::NetRoasNegative | Rule::CpaAbovePrice => least.clicks(exposure),
            Rule::SalesFell => least.units(exposure).or_else(|| least.chance_in_units(exposure)),
            Rule::ViewsFell => least.views(exposure).or_else(|| least.chance_in_views(exposure)),
            Rule::SalesRoseALittle => least.units(exposure),
            Rule::ViewsRoseALittle => least.views(exposure),
            Rule::BothRose => least
                .units(exposure)
                .or_else(|| least.views(exposure))
                .or_else(|| least.chance_in_units(exposure))
                .or_else(|| least.chance_in_views(exposure)),
        };
        more.or_else(hours)
    }
}

impl MinimumExposure {
    /// Whether the loss is so large that nothing more needs to be seen.
    fn is_clear_loss(&self, exposure: &Exposure) -> bool {
        let loss = exposure.cost.checked_sub(exposure.revenue);
        let limit = exposure.budget.checked_mul(self.clear_loss_share);
        match (loss, limit) {
            (Ok(loss), Ok(limit)) => loss.currency == limit.currency && loss.is_positive() && loss.amount >= limit.amount,
            _ => false,
        }
    }

    fn clicks(&self, exposure: &Exposure) -> Option<Shortfall> {
        let enough = exposure.clicks.known().is_some_and(|clicks| *clicks >= self.min_clicks);
        (!enough).then_some(Shortfall::Clicks { seen: exposure.clicks, needed: self.min_clicks })
    }

    fn units(&self, exposure: &Exposure) -> Option<Shortfall> {
        let enough = exposure.units_expected.known().is_some_and(|units| *units >= self.min_expected_units);
        (!enough).then_some(Shortfall::ExpectedUnits { seen: exposure.units_expected, needed: self.min_expected_units })
    }

    fn views(&self, exposure: &Exposure) -> Option<Shortfall> {
        let enough = match exposure.views_expected {
            Measured::Known(views) => views >= self.min_expected_views,
            // CONTINUE gets here without views only where the matrix was told to let sales alone decide.
            Measured::Absent(Absence::NoViewSource) => true,
            Measured::Absent(_) => false,
        };
        (!enough).then_some(Shortfall::ExpectedViews { seen: exposure.views_expected, needed: self.min_expected_views })
    }

    fn chance_in_units(&self, exposure: &Exposure) -> Option<Shortfall> {
        self.luck(exposure.units_observed, exposure.units_expected)
    }

    fn chance_in_views(&self, exposure: &Exposure) -> Option<Shortfall> {
        self.luck(exposure.views_observed, exposure.views_expected)
    }

    /// An expectation that is not known was judged before.
    fn luck(&self, observed: Measured<Decimal>, expected: Measured<Decimal>) -> Option<Shortfall> {
        let expected = *expected.known()?;
        let limit = self.max_chance.to_f64().unwrap_or(0.0);
        let beyond = limit >= 1.0 || observed.ok().and_then(|count| chance(count, expected)).is_ok_and(|tail| tail <= limit);
        (!beyond).then_some(Shortfall::Chance { observed, expected })
    }
}

#[cfg(test)]
mod tests;
