//! What is left of the limits on launches.

use campaign_pilot_core::Money;
use campaign_pilot_decision_engine::Guardrails;
use rust_decimal::Decimal;

use super::Launch;
use crate::policy::Policy;
use crate::portfolio::Total;
use crate::prospects::Prospects;
use crate::snapshot::{Known, Snapshot};

/// What is left of the limits on launches.
pub(super) struct Room {
    /// Launches that are left today, and for one plan.
    pub(super) places: u32,
    total: Money,
    exploration: Money,
    rails: Guardrails,
}

impl Room {
    pub(super) fn of(policy: &Policy, known: &Known, snapshot: &Snapshot, prospects: &Prospects, total: Option<Total>) -> Self {
        let nothing = Money::zero(snapshot.platform_currency);
        let cap = policy.guardrails.max_total_budget.of(snapshot.platform_currency);
        let left = cap.zip(total).and_then(|(cap, total)| cap.checked_sub(total.at_stake).ok());
        let share = cap.and_then(|cap| cap.checked_mul(policy.exploration.budget_share).ok()).unwrap_or(nothing);
        // What runs without being expected to earn is tried, whatever it was launched for.
        let tried = known.live(snapshot.now).filter(|record| {
            prospects.get(&record.campaign.spec.product).is_some_and(|prospect| !policy.exploration.expects(prospect))
        });
        let tried = Money::sum(nothing.currency, tried.map(|record| record.campaign.budget)).unwrap_or(share);
        let today = policy.guardrails.max_launches_per_day.saturating_sub(known.launches_on(snapshot.now));
        Self {
            // The guardrails hold back what a plan has more.
            places: u32::try_from(policy.guardrails.max_actions_per_plan).map_or(today, |most| most.min(today)),
            total: left.unwrap_or(nothing),
            exploration: share.checked_sub(tried).unwrap_or(nothing),
            rails: policy.guardrails.clone(),
        }
    }

    /// Takes what a launch needs; otherwise says what is left.
    pub(super) fn take(&mut self, launch: &Launch) -> Result<(), String> {
        let budget = launch.budget.budget;
        let at_worst = self.rails.at_worst(budget).map_err(|error| error.to_string())?;
        let after = |room: Money, budget| room.checked_sub(budget).ok().filter(|left| !left.amount.is_sign_negative());
        let left = |room: Money| Money::new(room.amount.max(Decimal::ZERO).round_dp(2), room.currency);
        let total =
            after(self.total, at_worst).ok_or_else(|| format!("{} of the limit on all campaigns are left", left(self.total)))?;
        if launch.exploration.is_some() {
            let rest = after(self.exploration, budget);
            self.exploration = rest.ok_or_else(|| format!("{} are left to find out", left(self.exploration)))?;
        }
        self.total = total;
        self.places -= 1;
        Ok(())
    }
}
