//! What is left of the limits on launches.

use std::collections::BTreeMap;

use campaign_pilot_core::{Capabilities, CategoryName, Money};
use rust_decimal::Decimal;

use super::Launch;
use crate::policy::Policy;
use crate::portfolio::{ExpectedCosts, Total};
use crate::prospects::Prospects;
use crate::snapshot::{Known, Snapshot};

/// What is left of the limits on launches.
pub(super) struct Room<'a> {
    /// Launches that are left today, and for one plan.
    pub(super) places: u32,
    total: Money,
    exploration: Money,
    /// What the running campaigns of each limited category take up.
    by_category: BTreeMap<CategoryName, Money>,
    policy: &'a Policy,
}

impl<'a> Room<'a> {
    pub(super) fn of(
        policy: &'a Policy,
        capabilities: &Capabilities,
        known: &Known,
        snapshot: &Snapshot,
        prospects: &Prospects,
        total: Option<Total>,
    ) -> Self {
        let nothing = Money::zero(snapshot.platform_currency);
        let cap = policy.guardrails.max_total_budget.of(snapshot.platform_currency);
        let left = cap.zip(total).and_then(|(cap, total)| cap.checked_sub(total.at_stake).ok());
        let today = policy.guardrails.max_launches_per_day.saturating_sub(known.launches_on(snapshot.now));
        // Without limits nothing is added up; where amounts cannot be, the total cannot either.
        let by_category = if policy.reallocation.max_by_category.is_empty() {
            BTreeMap::new()
        } else {
            let prospect = |record: &campaign_pilot_core::CampaignRecord| prospects.get(&record.campaign.spec.product);
            let coming = ExpectedCosts::of_all(known, snapshot.now, policy, capabilities, prospect);
            known.taken_up_by_category(snapshot.now, policy, capabilities, &coming).unwrap_or_default()
        };
        Self {
            // The guardrails hold back what a plan has more.
            places: u32::try_from(policy.guardrails.max_actions_per_plan).map_or(today, |most| most.min(today)),
            total: left.unwrap_or(nothing),
            exploration: exploration_left(policy, known, snapshot, prospects),
            by_category,
            policy,
        }
    }

    /// Takes what a launch needs; otherwise says what is left.
    pub(super) fn take(&mut self, launch: &Launch) -> Result<(), String> {
        let budget = launch.budget.budget;
        let at_worst = self.policy.guardrails.at_worst(budget).map_err(|error| error.to_string())?;
        let after = |room: Money, budget| room.checked_sub(budget).ok().filter(|left| !left.amount.is_sign_negative());
        let left = |room: Money| Money::new(room.amount.max(Decimal::ZERO).round_dp(2), room.currency);
        let total =
            after(self.total, at_worst).ok_or_else(|| format!("{} of the limit on all campaigns are left", left(self.total)))?;
        let limit = self.policy.reallocation.limit_of(&launch.brief.product.categories, budget.currency);
        let category = limit.map(|(name, limit)| {
            let taken_up = self.by_category.get(name).copied().unwrap_or(Money::zero(limit.currency));
            let room = limit.checked_sub(taken_up).unwrap_or(Money::zero(limit.currency));
            let full = || format!("{} of the limit of category `{name}` are left", left(room));
            after(room, at_worst).map(|_| (name.clone(), taken_up)).ok_or_else(full)
        });
        let category = category.transpose()?;
        if launch.exploration.is_some() {
            let rest = after(self.exploration, budget);
            self.exploration = rest.ok_or_else(|| format!("{} are left to find out", left(self.exploration)))?;
        }
        if let Some((name, taken_up)) = category {
            self.by_category.insert(name, taken_up.checked_add(at_worst).map_err(|error| error.to_string())?);
        }
        self.total = total;
        self.places -= 1;
        Ok(())
    }
}

/// What may still be spent to find out: the exploration budget less what runs without being expected to earn, whatever it was launched
/// for. Below zero where that is more.
pub(crate) fn exploration_left(policy: &Policy, known: &Known, snapshot: &Snapshot, prospects: &Prospects) -> Money {
    let nothing = Money::zero(snapshot.platform_currency);
    let cap = policy.guardrails.max_total_budget.of(snapshot.platform_currency);
    let share = cap.and_then(|cap| cap.checked_mul(policy.exploration.budget_share).ok()).unwrap_or(nothing);
    let tried = known.live(snapshot.now).filter(|record| {
        prospects.get(&record.campaign.spec.product).is_some_and(|prospect| !policy.exploration.expects(prospect))
    });
    let tried = Money::sum(nothing.currency, tried.map(|record| record.campaign.budget)).unwrap_or(share);
    share.checked_sub(tried).unwrap_or(nothing)
}
