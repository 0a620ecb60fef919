//! Closing the checks of a campaign that is over.

use campaign_pilot_core::{CampaignPerformance, CampaignRecord, DecisionRecord, Measured, Money};
use campaign_pilot_decision_engine::{
    Basis, ContributionOutlook, DecidingRule, DecisionOutcome, EvidenceGate, EvidencePolicy, Prediction, Rule,
};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::launched::Launched;
use super::{Checks, ClosedDecision, OpenCheck, goes_on};
use crate::policy::Policy;
use crate::spending::Spending;

/// A campaign that is over and whose numbers have come in, with what is needed to check its decisions.
pub(crate) struct Closing<'a> {
    pub(crate) record: &'a CampaignRecord,
    pub(crate) spending: &'a Spending,
    /// Which part of the credited sales was caused, from 0 to 1.
    pub(crate) caused: Decimal,
    pub(crate) policy: &'a Policy,
    pub(crate) now: Timestamp,
}

impl Checks {
    /// Whether a campaign's end closes anything.
    pub(crate) fn waits_for(&self, record: &CampaignRecord) -> bool {
        let id = &record.campaign.spec.id;
        self.open.contains_key(id) || self.used_up.contains(id)
    }

    /// Closes the decisions on a campaign that is over, with its launch where that is remembered with its outcome. Returns the verdicts
    /// with what came of them.
    pub(crate) fn close(&mut self, closing: &Closing<'_>, launch: Option<&DecisionRecord>) -> Vec<ClosedDecision> {
        let id = &closing.record.campaign.spec.id;
        let used_up = self.used_up.remove(id);
        let launched = launch.and_then(|launch| closing.launched(launch, used_up));
        let checks = self.open.remove(id).unwrap_or_default();
        let closed: Vec<_> = checks.iter().filter_map(|check| closing.verdict(check, used_up)).collect();
        let outcomes = launched.iter().chain(closed.iter().map(|(_, outcome)| outcome));
        for outcome in outcomes {
            self.book.close(outcome, &closing.policy.calibration);
        }
        closed.into_iter().map(|(closed, _)| closed).collect()
    }
}

impl Closing<'_> {
    fn launched(&self, launch: &DecisionRecord, used_up: bool) -> Option<DecisionOutcome> {
        let Launched { outlook, rule, policy_version } = Launched::of(launch)?;
        let currency = self.performance()?.cost.currency;
        let observed = Money::new(launch.outcome?, currency);
        let flight = self.record.campaign.spec.flight;
        let predicted = self.predicted(&outlook, flight.start(), Decimal::ZERO, Money::zero(currency), used_up)?;
        Some(DecisionOutcome {
            rule,
            policy_version,
            closed_at: self.now,
            predicted: Some(predicted),
            observed,
            stated: predicted.gains,
            right: observed.is_positive(),
        })
    }

    fn verdict(&self, check: &OpenCheck, used_up: bool) -> Option<(ClosedDecision, DecisionOutcome)> {
        let performance = self.performance()?;
        let revenue = performance.revenue.checked_sub(check.revenue).ok()?;
        let cost = performance.cost.checked_sub(check.cost).ok()?;
        let observed = self.contribution(revenue, cost)?;
        let predict =
            || self.predicted(check.outlook.as_ref()?, check.at, check.hours, check.cost, used_up && goes_on(check.basis));
        let (predicted, stated, right) = match check.basis {
            Basis::Rule(rule @ (Rule::NetRoasNegative | Rule::CpaAbovePrice)) => {
                (None, self.sure_of_loss(), self.has_lost(rule, performance)?)
            }
            // Said of what goes on losing; seen only where it went on all the same.
            Basis::Loses => {
                let predicted = predict().filter(|_| self.days_since(check.hours) >= Decimal::ONE)?;
                (Some(predicted), Decimal::ONE - predicted.gains, !observed.is_positive())
            }
            _ => {
                let predicted = predict()?;
                (Some(predicted), predicted.gains, observed.is_positive())
            }
        };
        let outcome = DecisionOutcome {
            rule: DecidingRule::Verdict(check.basis),
            policy_version: check.policy_version.clone(),
            closed_at: self.now,
            predicted,
            observed,
            stated,
            right,
        };
        Some((ClosedDecision { decision: check.decision.clone(), outcome: observed.amount.round_dp(2) }, outcome))
    }

    fn performance(&self) -> Option<&CampaignPerformance> {
        self.record.performance.as_ref()
    }

    fn days_since(&self, hours: Decimal) -> Decimal {
        (self.spending.hours_on_offer(self.record, self.now) - hours) / Decimal::from(24)
    }

    /// What was to be expected like for like: over the time that the campaign was on offer; where its own budget ended it, over the time
    /// that was left, with what it could cost, since to end early is then part of what was predicted.
    fn predicted(
        &self,
        outlook: &ContributionOutlook,
        from: Timestamp,
        hours: Decimal,
        cost: Money,
        used_up: bool,
    ) -> Option<Prediction> {
        let budget = self.record.campaign.budget;
        let left = |of: Money| of.checked_sub(cost).ok();
        if !used_up {
            return outlook.over(self.days_since(hours), left(budget));
        }
        // It is ended before its budget by what may still come, and some of that does not come.
        let spent = self.performance()?.cost.lesser(budget).ok()?;
        let whole: SignedDuration = self.record.campaign.spec.flight.end().duration_since(from);
        outlook.over(Decimal::from(whole.as_hours().max(0)) / Decimal::from(24), left(spent))
    }

    /// Credited revenue x margin x caused - cost.
    fn contribution(&self, revenue: Money, cost: Money) -> Option<Money> {
        let product = &self.record.campaign.product;
        let margin = self.policy.contribution.margin.of(product, product.price?).factor();
        revenue.checked_mul(margin).ok()?.checked_mul(self.caused).ok()?.checked_sub(cost).ok()
    }

    /// Whether a campaign that was called a loss was one after all that came later.
    fn has_lost(&self, rule: Rule, performance: &CampaignPerformance) -> Option<bool> {
        if rule == Rule::NetRoasNegative {
            return Some(performance.revenue.amount < performance.cost.amount);
        }
        let (Measured::Known(customers), Some(price)) = (performance.new_customers, self.record.campaign.product.price) else {
            return None;
        };
        Some(performance.cost.amount > price.amount * Decimal::from(customers))
    }

    fn sure_of_loss(&self) -> Decimal {
        let alpha = match &self.policy.decision.gate {
            EvidenceGate::Evidence(evidence) => evidence.emergency_alpha,
            EvidenceGate::Off => EvidencePolicy::default().emergency_alpha,
        };
        Decimal::ONE - alpha
    }
}
