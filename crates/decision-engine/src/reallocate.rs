//! Smaller budgets where the cap is exceeded.

use campaign_pilot_core::{CampaignId, Money, Verdict};
use garde::Validate;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DeliveryFactor, EngineError, ranges};

/// How budgets are raised where a campaign earns.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ReallocationPolicy {
    /// By how much a campaign's budget is raised at once, in percent; 25 unless set.
    #[garde(custom(ranges::not_negative))]
    pub raise_percent: Decimal,
    /// The same on a platform that bills clicks; 20 unless set, since such platforms learn anew after larger changes.
    #[garde(custom(ranges::not_negative))]
    pub raise_percent_of_clicks: Decimal,
    /// Hours that must lie between two raises of one campaign; 20 unless set, so that each daily decision may raise it once.
    pub hours_between_raises: u32,
    /// For how many days ahead a budget has to last before it is raised; 3 unless set. On a platform that bills clicks and keeps
    /// budgets itself it has to last to the end of the flight, since each day may cost only its share.
    pub days_ahead: u32,
}

impl Default for ReallocationPolicy {
    fn default() -> Self {
        Self {
            raise_percent: Decimal::from(25),
            raise_percent_of_clicks: Decimal::from(20),
            hours_between_raises: 20,
            days_ahead: 3,
        }
    }
}

/// What a campaign that runs takes up of the cap.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Share {
    /// The campaign.
    pub campaign: CampaignId,
    /// What is thought of it.
    pub verdict: Verdict,
    /// Its budget in force.
    pub budget: Money,
    /// What it counts with: what its budget may cost at worst, or less where it is expected to cost less.
    pub counts: Money,
    /// What it has cost, with cost that is caused already but not reported yet.
    pub spent: Money,
}

/// A new budget for a campaign.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BudgetChange {
    /// The campaign.
    pub campaign: CampaignId,
    /// The budget in force.
    pub from: Money,
    /// The new one.
    pub to: Money,
    /// The change and its reason in one sentence.
    pub sentence: String,
}

/// Cuts budgets so that the campaigns count with so much less, where the platform may spend `delivery` times what it is told.
///
/// What they count with beyond what they have spent is cut: first of campaigns to be stopped, then MONITOR, OPTIMIZE and CONTINUE, down
/// to what was already spent. New budgets are in whole minor units (cents). A cut to zero cannot be carried out; it is left out, for a
/// pause. The changes stand in the order of the campaigns' ids; campaigns without a change are not among them.
///
/// # Errors
///
/// [`EngineError::Money`] when the amounts are in several currencies.
pub fn cut_budgets(shares: &[Share], by: Money, delivery: DeliveryFactor) -> Result<Vec<BudgetChange>, EngineError> {
    let mut ordered: Vec<&Share> = shares.iter().collect();
    ordered.sort_by_key(|share| (cut_rank(share.verdict), &share.campaign));
    let mut missing = by;
    let mut changes = Vec::new();
    for share in ordered {
        let whole = share.budget.checked_mul(delivery.get())?;
        let counts = share.counts.lesser(whole)?;
        let cut = counts.checked_sub(share.spent)?.lesser(missing)?;
        if !cut.is_positive() {
            continue;
        }
        let left = counts.checked_sub(cut)?;
        let told = Money::new(left.amount.checked_div(delivery.get()).unwrap_or(left.amount), left.currency);
        let to = minor(told, RoundingStrategy::ToZero).greater(minor(share.spent, RoundingStrategy::ToPositiveInfinity))?;
        let freed = counts.checked_sub(to.checked_mul(delivery.get())?)?;
        if !to.is_positive() || to.amount >= share.budget.amount || !freed.is_positive() {
            continue;
        }
        let sentence = format!("cut the budget from {} to {to}: more than the cap is committed", share.budget);
        changes.push(BudgetChange { campaign: share.campaign.clone(), from: share.budget, to, sentence });
        missing = missing.checked_sub(freed)?;
    }
    changes.sort_by(|a, b| a.campaign.cmp(&b.campaign));
    Ok(changes)
}

/// The amount in whole minor units of its currency.
fn minor(money: Money, rounding: RoundingStrategy) -> Money {
    Money::new(money.amount.round_dp_with_strategy(money.currency.minor_digits(), rounding), money.currency)
}

/// The order in which budgets are cut: what is worth least first.
const fn cut_rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::EmergencyPause => 0,
        Verdict::Pause => 1,
        Verdict::Monitor => 2,
        Verdict::Optimize => 3,
        Verdict::Continue => 4,
    }
}

#[cfg(test)]
mod tests;
