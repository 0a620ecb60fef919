//! Budgets of running campaigns follow what they are expected to contribute.

mod spend;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignId, CategoryName, Currency, Money};
use garde::Validate;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::number;
use crate::{
    AllocatedBudget, Allocation, AllocationCampaign, AllocationError, AllocationProblem, DeliveryFactor, GroupLimit, Leftover,
    PolicyAmount, Standing, allocate, ranges,
};

pub use spend::SpendOutlook;

/// How budgets of running campaigns move.
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
    /// By how much a budget is cut at once for the sake of campaigns that bring more, in percent of what the campaign counts with; 25
    /// unless set. While the campaigns take up more than the limit on all of them, budgets are cut as far as that needs.
    #[garde(custom(ranges::percent))]
    pub cut_percent: Decimal,
    /// What a unit of money has to add by moving, so that budgets do not follow every change of an estimate; 0.30 unless set.
    #[garde(custom(ranges::not_negative))]
    pub switching_cost: Decimal,
    /// The smallest raise of a budget, in percent of it; 5 unless set.
    #[garde(custom(ranges::percent))]
    pub least_raise_percent: Decimal,
    /// The most that the running campaigns of a category may take up, by the category's exact name; no limits unless set. A product of
    /// several such categories counts in the one that allows least.
    #[schemars(with = "BTreeMap<String, PolicyAmount>")]
    #[garde(custom(ranges::amounts))]
    pub max_by_category: BTreeMap<CategoryName, PolicyAmount>,
}

impl Default for ReallocationPolicy {
    fn default() -> Self {
        Self {
            raise_percent: Decimal::from(25),
            raise_percent_of_clicks: Decimal::from(20),
            hours_between_raises: 20,
            cut_percent: Decimal::from(25),
            switching_cost: Decimal::new(3, 1),
            least_raise_percent: Decimal::from(5),
            max_by_category: BTreeMap::new(),
        }
    }
}

impl ReallocationPolicy {
    /// The limited category in which a product of these categories counts, with its limit: the one that allows least, of equal
    /// ones the first by name.
    #[must_use]
    pub fn limit_of<'a>(
        &'a self,
        categories: impl IntoIterator<Item = &'a CategoryName>,
        currency: Currency,
    ) -> Option<(&'a CategoryName, Money)> {
        let limits = categories.into_iter().filter_map(|name| Some((name, self.max_by_category.get(name)?.of(currency)?)));
        limits.min_by(|a, b| a.1.amount.cmp(&b.1.amount).then_with(|| a.0.cmp(b.0)))
    }
}

/// A campaign that runs, as the division of the total sees it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunningCampaign {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its budget in force.
    pub budget: Money,
    /// What it takes up of the total: what its budget may cost at worst, or less where it is expected to cost less.
    pub counts: Money,
    /// What it has cost, with cost that is caused already but not reported yet.
    pub spent: Money,
    /// The largest budget that it may get now: the one in force where it may not be raised.
    pub largest: Money,
    /// Whether its budget may be cut for the sake of others while the total is kept.
    pub gives: bool,
    /// What it is expected to cost and to bring until its end; `None` where nothing is known, which counts as no gain.
    pub outlook: Option<SpendOutlook>,
    /// The category whose limit it counts towards.
    pub category: Option<CategoryName>,
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
    /// What the change is expected to add to the contribution until the campaign's end; below zero for a cut.
    pub gain: Money,
    /// What one more unit would add to the contribution, beyond what it would elsewhere; `None` where that is beyond all measure.
    pub next_return: Option<Decimal>,
    /// The change and its reason in one sentence.
    pub sentence: String,
}

/// How the total is divided among the campaigns that run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Reallocation {
    /// The budgets that change, in the order of the campaigns' ids.
    pub changes: Vec<BudgetChange>,
    /// The division behind them, with its certificate: in what the campaigns take up of the total, which may be less than their budgets.
    pub allocation: Allocation,
}

/// Divides the total among running campaigns, so that they are expected to contribute most: [`allocate`] over what each may take up,
/// and new budgets where that changes them enough.
///
/// # Formula
///
/// A campaign with a budget `b` costs `E min(X, s(b))` more until its end, `X` being what it would cost without a budget and `s(b)` what the
/// budget leaves of that, and contributes `r` times that, its gain per cost (0 where that is below); for what it takes up it gives up what launches would bring for
/// that, `elsewhere` for each unit ([`price_of_budget`](crate::price_of_budget)). While the total is kept,
/// a budget falls by `cut_percent` at most and only of a campaign that [`gives`](RunningCampaign::gives); while it is not, budgets fall down
/// to what is spent and none is raised. A budget of zero cannot be carried out: such a cut is left out, for a pause. New budgets are in whole minor units (cents).
///
/// # Errors
///
/// [`AllocationError::Money`] when the amounts are in several currencies, another one for amounts that cannot be divided.
pub fn reallocate(
    running: &[RunningCampaign],
    total: Money,
    delivery: DeliveryFactor,
    elsewhere: Decimal,
    policy: &ReallocationPolicy,
) -> Result<Reallocation, AllocationError> {
    let counts = Money::sum(total.currency, running.iter().map(|campaign| campaign.counts))?;
    let exceeded = counts.checked_sub(total)?.is_positive();
    // Cuts that the total needs are no larger than that.
    let elsewhere = if exceeded { 0.0 } else { number(elsewhere) };
    let division = Division { delivery, policy, elsewhere, exceeded };
    let campaigns = running.iter().map(|campaign| division.place(campaign)).collect::<Result<Vec<_>, _>>()?;
    // Nobody can take back what is spent.
    let least = |group: Option<&str>| {
        let of_group = campaigns.iter().filter(|place| group.is_none() || place.group.as_deref() == group);
        Money::sum(total.currency, of_group.filter_map(|place| place.least))
    };
    let mut groups: BTreeMap<&CategoryName, Money> = BTreeMap::new();
    for name in running.iter().filter_map(|campaign| campaign.category.as_ref()) {
        let limit = policy.max_by_category.get(name).and_then(|limit| limit.of(total.currency));
        if let Some(limit) = limit {
            groups.insert(name, limit.greater(least(Some(name.as_str()))?)?);
        }
    }
    let groups = groups.into_iter().map(|(name, most)| GroupLimit { group: name.to_string(), most }).collect();
    let total = total.greater(least(None)?)?;
    let problem = AllocationProblem { groups, leftover: Leftover::Lost, ..AllocationProblem::new(total, campaigns) };
    let allocation = allocate(&problem)?;
    let by_id: BTreeMap<_, _> = running.iter().map(|campaign| (&campaign.campaign, campaign)).collect();
    let mut changes = Vec::new();
    for share in &allocation.shares {
        let Some(campaign) = by_id.get(&share.campaign) else { continue };
        changes.extend(division.change(campaign, share)?);
    }
    Ok(Reallocation { changes, allocation })
}

/// What all campaigns are divided by.
struct Division<'a> {
    delivery: DeliveryFactor,
    policy: &'a ReallocationPolicy,
    /// What a unit would bring elsewhere.
    elsewhere: f64,
    /// Whether more is taken up than the total.
    exceeded: bool,
}

impl Division<'_> {
    fn place(&self, campaign: &RunningCampaign) -> Result<AllocationCampaign, AllocationError> {
        let counts = campaign.counts;
        let spent = campaign.spent.lesser(counts)?.greater(Money::zero(counts.currency))?;
        let kept = (Decimal::ONE_HUNDRED - self.policy.cut_percent) / Decimal::ONE_HUNDRED;
        let least = match (self.exceeded, campaign.gives) {
            (true, _) => spent,
            (false, true) => spent.greater(counts.checked_mul(kept)?)?,
            (false, false) => counts,
        };
        // While too much is taken up, no budget is raised with money that cuts have yet to free.
        let largest = if self.exceeded { campaign.budget } else { campaign.largest };
        let more = largest.checked_sub(campaign.budget)?.greater(Money::zero(counts.currency))?;
        let most = counts.checked_add(more.checked_mul(self.delivery.get())?)?;
        Ok(AllocationCampaign {
            least: Some(minor(least, RoundingStrategy::ToNegativeInfinity)),
            most: Some(minor(most, RoundingStrategy::ToPositiveInfinity)),
            in_force: Some(minor(counts, RoundingStrategy::ToNegativeInfinity)),
            switching_cost: self.policy.switching_cost,
            group: campaign.category.as_ref().map(ToString::to_string),
            ..AllocationCampaign::new(
                campaign.campaign.clone(),
                spend::curve(campaign, self.delivery, spent, most, self.elsewhere),
            )
        })
    }

    /// The new budget for a share, where it is another one.
    fn change(&self, campaign: &RunningCampaign, share: &AllocatedBudget) -> Result<Option<BudgetChange>, AllocationError> {
        let (from, counts) = (campaign.budget, campaign.counts);
        let delivery = self.delivery.get();
        let told = |amount: Money| Money::new(amount.amount.checked_div(delivery).unwrap_or(amount.amount), amount.currency);
        let more = told(share.to.checked_sub(counts)?);
        let to = match share.standing {
            Standing::NotMoved => return Ok(None),
            _ if more.is_positive() => from.checked_add(minor(more, RoundingStrategy::ToZero))?.lesser(campaign.largest)?,
            _ if share.to.amount < minor(counts, RoundingStrategy::ToNegativeInfinity).amount => {
                let to = minor(told(share.to), RoundingStrategy::ToZero);
                to.greater(minor(campaign.spent, RoundingStrategy::ToPositiveInfinity))?.lesser(from)?
            }
            _ => return Ok(None),
        };
        let least_raise = from.amount * self.policy.least_raise_percent / Decimal::ONE_HUNDRED;
        let raised = to.checked_sub(from)?;
        if raised.is_zero() || !to.is_positive() || (raised.is_positive() && raised.amount < least_raise) {
            return Ok(None);
        }
        let gain = campaign
            .outlook
            .as_ref()
            .map_or(Money::zero(to.currency), |outlook| spend::gain(outlook, campaign, self.delivery, to));
        let sentence = if raised.is_positive() {
            format!("raise the budget from {from} to {to}: that is expected to add {}", cents(gain))
        } else if self.exceeded {
            format!("cut the budget from {from} to {to}: all campaigns together take up more than their limit")
        } else {
            format!("cut the budget from {from} to {to}: it brings more in other campaigns")
        };
        Ok(Some(BudgetChange { campaign: campaign.campaign.clone(), from, to, gain, next_return: share.next_return, sentence }))
    }
}

fn cents(money: Money) -> Money {
    minor(money, RoundingStrategy::MidpointNearestEven)
}

/// The amount in whole minor units of its currency.
fn minor(money: Money, rounding: RoundingStrategy) -> Money {
    Money::new(money.amount.round_dp_with_strategy(money.currency.minor_digits(), rounding), money.currency)
}
