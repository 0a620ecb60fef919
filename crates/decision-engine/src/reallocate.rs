//! Moving budget to where it works, within the cap.

use campaign_pilot_core::{CampaignId, Money, Verdict};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::EngineError;

/// How budgets may move.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReallocationPolicy {
    /// By how much a campaign with the verdict CONTINUE may be raised at once, in percent; 20 unless set.
    pub raise_percent: Decimal,
    /// Hours that must lie between two raises of one campaign; 24 unless set.
    pub hours_between_raises: u32,
}

impl Default for ReallocationPolicy {
    fn default() -> Self {
        Self { raise_percent: Decimal::from(20), hours_between_raises: 24 }
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
    /// When its budget was last raised.
    pub raised_at: Option<Timestamp>,
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

/// New budgets, and what they add up to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reallocation {
    /// The changes, in the order of the campaigns' ids; campaigns without a change are not in it.
    pub changes: Vec<BudgetChange>,
    /// What may be spent in total after the changes.
    pub committed: Money,
    /// What is left of the cap.
    pub left: Money,
}

/// Moves budget within `cap`, the most that all campaigns together may cost.
///
/// - While more than the cap is committed, unspent budget is cut: first of campaigns to be stopped, then MONITOR,
///   OPTIMIZE and CONTINUE, down to what was already spent.
/// - While less is committed, running campaigns with the verdict CONTINUE are raised by at most 20 %, at most once a day and not
///   after their budget is spent,
///   in the order of their ids, rounded down to what the currency settles in. OPTIMIZE asks for a change of the
///   campaign and not of its budget.
///
/// Afterwards no more than the cap is committed, unless more than the cap was already spent.
///
/// # Errors
///
/// [`EngineError::Money`] when the amounts are in several currencies.
pub fn reallocate(
    shares: &[Share],
    cap: Money,
    now: Timestamp,
    policy: &ReallocationPolicy,
) -> Result<Reallocation, EngineError> {
    let mut ordered: Vec<&Share> = shares.iter().collect();
    ordered.sort_by_key(|share| &share.campaign);
    let counted = ordered.iter().map(|share| share.counted()).collect::<Result<Vec<_>, _>>()?;
    let mut left = cap.checked_sub(Money::sum(cap.currency, counted)?)?;
    let mut changes =
        if left.amount < Decimal::ZERO { cuts(&ordered, &mut left)? } else { raises(&ordered, &mut left, now, policy)? };
    changes.sort_by(|a, b| a.campaign.cmp(&b.campaign));
    Ok(Reallocation { changes, committed: cap.checked_sub(left)?, left })
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

fn cuts(ordered: &[&Share], left: &mut Money) -> Result<Vec<BudgetChange>, EngineError> {
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
        let sentence = format!("cut the budget from {} to {to}: more than the cap is committed", share.budget);
        changes.push(BudgetChange { campaign: share.campaign.clone(), from: share.budget, to, sentence });
        *left = left.checked_add(cut)?;
    }
    Ok(changes)
}

fn raises(
    ordered: &[&Share],
    left: &mut Money,
    now: Timestamp,
    policy: &ReallocationPolicy,
) -> Result<Vec<BudgetChange>, EngineError> {
    let mut changes = Vec::new();
    for share in ordered.iter().filter(|share| may_be_raised(share, now, policy)) {
        let wanted = share.budget.checked_mul(policy.raise_percent / Decimal::ONE_HUNDRED)?.lesser(*left)?;
        let digits = wanted.currency.minor_digits();
        let amount = wanted.amount.round_dp_with_strategy(digits, RoundingStrategy::ToNegativeInfinity);
        let raise = Money::new(amount, wanted.currency);
        if !raise.is_positive() {
            continue;
        }
        let to = share.budget.checked_add(raise)?;
        let sentence = format!("raise the budget from {} to {to}: it works, and {left} of the cap are free", share.budget);
        changes.push(BudgetChange { campaign: share.campaign.clone(), from: share.budget, to, sentence });
        *left = left.checked_sub(raise)?;
    }
    Ok(changes)
}

fn may_be_raised(share: &Share, now: Timestamp, policy: &ReallocationPolicy) -> bool {
    let pause = SignedDuration::from_hours(i64::from(policy.hours_between_raises));
    share.state == ShareState::Running
        && share.verdict == Verdict::Continue
        && share.spent.amount < share.budget.amount
        && share.raised_at.is_none_or(|raised_at| now.duration_since(raised_at) >= pause)
}

#[cfg(test)]
mod tests;
