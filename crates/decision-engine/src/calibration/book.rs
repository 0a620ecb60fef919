//! The checks of all rules.

use serde::{Deserialize, Serialize};

use super::{CalibrationPolicy, Caution, DecisionOutcome, RuleCheck};

/// How many rules and policy versions are remembered: the one that was checked longest ago gives way.
const MOST_CHECKS: usize = 200;

/// How every rule has done, by version of the policy. It takes up the same little space however many decisions were checked.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
/// use campaign_pilot_decision_engine::{
///     Basis, CalibrationBook, CalibrationPolicy, CalibrationState, DecidingRule, DecisionOutcome,
/// };
/// use rust_decimal::dec;
///
/// let policy = CalibrationPolicy::default();
/// let mut book = CalibrationBook::default();
/// // Said to earn with a probability of 90 %, and right every second time.
/// for number in 0..40 {
///     let right = number % 2 == 0;
///     book.close(
///         &DecisionOutcome {
///             rule: DecidingRule::Verdict(Basis::Earns),
///             policy_version: "1a2b".to_owned(),
///             closed_at: "2026-11-20T00:00:00Z".parse()?,
///             predicted: None,
///             observed: Money::new(if right { dec!(3) } else { dec!(-2) }, Currency::EUR),
///             stated: dec!(0.9),
///             right,
///         },
///         &policy,
///     );
/// }
/// assert!(matches!(book.checks()[0].state(), CalibrationState::Broken { .. }));
/// assert_eq!(book.cautions("1a2b", &policy)[0].rule, DecidingRule::Verdict(Basis::Earns));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CalibrationBook {
    checks: Vec<RuleCheck>,
}

impl CalibrationBook {
    /// Takes how a decision turned out.
    pub fn close(&mut self, outcome: &DecisionOutcome, policy: &CalibrationPolicy) {
        let same = |check: &RuleCheck| check.rule == outcome.rule && check.policy_version == outcome.policy_version;
        match self.checks.iter_mut().find(|check| same(check)) {
            Some(check) => check.take(outcome, policy),
            None => {
                let mut check = RuleCheck::new(outcome);
                check.take(outcome, policy);
                self.checks.push(check);
            }
        }
        if self.checks.len() > MOST_CHECKS {
            let oldest = self.checks.iter().enumerate().min_by_key(|(_, check)| check.last).map(|(index, _)| index);
            oldest.map(|index| self.checks.remove(index));
        }
    }

    /// Every rule and version that was checked, in the order in which they first were.
    #[must_use]
    pub fn checks(&self) -> &[RuleCheck] {
        &self.checks
    }

    /// The rules that are not relied on under a version of the policy; none where the policy does not want that.
    #[must_use]
    pub fn cautions(&self, policy_version: &str, policy: &CalibrationPolicy) -> Vec<Caution> {
        let of_version = self.checks.iter().filter(|check| policy.enabled && check.policy_version == policy_version);
        of_version.filter_map(RuleCheck::caution).collect()
    }
}
