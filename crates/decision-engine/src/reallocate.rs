//! Budgets within the cap.

use campaign_pilot_core::{CampaignId, Money, Verdict};
use garde::Validate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::ranges;

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

/// Whether a campaign can still spend.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareState {
    /// It can: its whole budget counts.
    Running,
    /// It certainly cannot: only what it has cost counts, and the rest is free. A pause that merely unlists is not this.
    Stopped,
}

/// A campaign's share of the cap.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Share {
    /// The campaign.
    pub campaign: CampaignId,
    /// Whether it can still spend.
    pub state: ShareState,
    /// What is thought of it.
    pub verdict: Verdict,
    /// Its budget in force.
    pub budget: Money,
    /// What it has cost.
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

/// Cuts budgets while more than `cap`, the most that all campaigns together may cost, is committed.
///
/// Unspent budget is cut: first of campaigns to be stopped, then MONITOR, OPTIMIZE and CONTINUE, down to what was already
/// spent. A cut to zero cannot be carried out; it is left out, for a pause. The changes stand in the order of the campaigns'
/// ids; campaigns without a change are not among them.
///
/// # Errors
///
/// [`EngineError::Money`] when the amounts are in several currencies.
pub fn cut_to_cap(shares: &[Share], cap: Money) -> Result<Vec<BudgetChange>, EngineError> {
    let mut ordered: Vec<&Share> = shares.iter().collect();
    ordered.sort_by_key(|share| &share.campaign);
    let counted = ordered.iter().map(|share| share.counted()).collect::<Result<Vec<_>, _>>()?;
    let left = cap.checked_sub(Money::sum(cap.currency, counted)?)?;
    let mut changes = if left.amount < Decimal::ZERO { cuts(&ordered, left)? } else { Vec::new() };
    changes.sort_by(|a, b| a.campaign.cmp(&b.campaign));
    Ok(changes)
}

impl Share {
    /// How much of the cap it takes up.
    fn counted(&self) -> Result<Money, EngineError> {
        match self.state {
            ShareState::Running => Ok(self.budget.greater(self.spent)?),
            ShareState::Stopped => Ok(Money::zero(self.budget.currency).greater(self.spent)?),
        }
    }
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

fn cuts(ordered: &[&Share], mut left: Money) -> Result<Vec<BudgetChange>, EngineError> {
    let mut running: Vec<&&Share> = ordered.iter().filter(|share| share.state == ShareState::Running).collect();
    running.sort_by_key(|share| cut_rank(share.verdict));
    let mut changes = Vec::new();
    for share in running {
        let unspent = share.budget.checked_sub(share.spent)?;
        let missing = Money::new(-left.amount, left.currency);
        let cut = unspent.lesser(missing)?;
        if !cut.is_positive() {
            continue;
        }
        let to = share.budget.checked_sub(cut)?;
        if !to.is_positive() {
            continue;
        }
        let sentence = format!("cut the budget from {} to {to}: more than the cap is committed", share.budget);
        changes.push(BudgetChange { campaign: share.campaign.clone(), from: share.budget, to, sentence });
        left = left.checked_add(cut)?;
    }
    Ok(changes)
}

#[cfg(test)]
mod tests;
