//! What a division of the total has to know of the campaigns that run.

use std::collections::BTreeMap;

use campaign_pilot_core::{Billing, BudgetControl, CampaignId, CampaignRecord, DesiredStatus, Money};
use campaign_pilot_decision_engine::{CampaignInput, Prospect, RunningCampaign, SpendOutlook};
use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};

use super::ManagerAgent;
use crate::policy::hours;
use crate::portfolio::ExpectedCosts;
use crate::snapshot::{Known, Snapshot};

/// The campaigns that run, with what was measured of each.
pub(super) struct Running<'a> {
    manager: &'a ManagerAgent,
    snapshot: &'a Snapshot,
    known: &'a Known,
    inputs: BTreeMap<CampaignId, CampaignFacts>,
    coming: ExpectedCosts,
    /// What a unit of money that is set aside for a campaign would bring in launches, where the total has to last.
    pub(super) elsewhere: Decimal,
}

/// What was measured of a campaign.
struct CampaignFacts {
    spent: Option<Money>,
    prospect: Option<Prospect>,
}

impl<'a> Running<'a> {
    pub(super) fn of(manager: &'a ManagerAgent, inputs: &[CampaignInput], snapshot: &'a Snapshot, known: &'a Known) -> Self {
        let facts = |input: &CampaignInput| CampaignFacts {
            spent: input.metrics.exposure.cost.checked_add(input.to_come.expected).ok(),
            // On data that may be old nothing is expected.
            prospect: input.prospect.clone().filter(|_| snapshot.data_trusted),
        };
        let inputs: BTreeMap<_, _> = inputs.iter().map(|input| (input.campaign.clone(), facts(input))).collect();
        let prospect = |record: &CampaignRecord| inputs.get(&record.campaign.spec.id)?.prospect.as_ref();
        let coming = ExpectedCosts::of_all(known, snapshot.now, &manager.policy, &manager.capabilities, prospect);
        let price = |facts: &CampaignFacts| Some(facts.prospect.as_ref()?.budget_price?.per_unit);
        let elsewhere = inputs.values().find_map(price).unwrap_or_default();
        // Where campaigns count with what they are expected to cost, what they do not spend stays free for launches.
        let elsewhere = if ExpectedCosts::count_for(&manager.policy, &manager.capabilities) { Decimal::ZERO } else { elsewhere };
        Self { manager, snapshot, known, inputs, coming, elsewhere }
    }

    /// Those that `counts` says, where `may_grow` says whether a campaign's budget may be raised.
    pub(super) fn all(
        &self,
        counts: impl Fn(&CampaignRecord) -> bool,
        may_grow: impl Fn(&CampaignId) -> bool,
    ) -> Vec<RunningCampaign> {
        let records = self.known.live(self.snapshot.now).filter(|record| counts(record));
        records.filter_map(|record| self.one(record, may_grow(&record.campaign.spec.id))).collect()
    }

    fn one(&self, record: &CampaignRecord, may_grow: bool) -> Option<RunningCampaign> {
        let policy = &self.manager.policy;
        let campaign = &record.campaign;
        let (id, budget) = (&campaign.spec.id, campaign.budget);
        let CampaignFacts { spent, prospect } = self.inputs.get(id)?;
        let spent = (*spent)?;
        let whole = policy.guardrails.at_worst(budget).ok()?;
        let counts = self.coming.taken_up(id, spent, whole).ok()?.expected;
        let movable = campaign.desired == DesiredStatus::Active && campaign.platform_id.is_some() && !self.known.is_open(id);
        let raised = self.was_raised(id);
        let grows = movable && may_grow && !raised;
        let largest = prospect.as_ref().filter(|_| grows).and_then(|prospect| self.largest(record, prospect));
        // What runs to find out whether it earns has its own share of the budget.
        let gives = movable && !raised && prospect.as_ref().is_some_and(|prospect| policy.exploration.expects(prospect));
        let categories = &campaign.product.categories;
        Some(RunningCampaign {
            campaign: id.clone(),
            budget,
            counts,
            spent,
            largest: largest.unwrap_or(budget),
            gives,
            outlook: prospect.as_ref().and_then(|prospect| self.outlook(record, prospect)),
            category: policy.reallocation.limit_of(categories, budget.currency).map(|(name, _)| name.clone()),
        })
    }

    /// Whether the last raise was so short a time ago that the budget rests.
    fn was_raised(&self, campaign: &CampaignId) -> bool {
        let rest = hours(self.manager.policy.reallocation.hours_between_raises);
        self.known.raised_at.get(campaign).is_some_and(|at| self.snapshot.now.duration_since(*at) < rest)
    }

    /// The largest budget that one raise may lead to; `None` where the campaign is not worth a larger one.
    fn largest(&self, record: &CampaignRecord, prospect: &Prospect) -> Option<Money> {
        let (policy, from) = (&self.manager.policy, record.campaign.budget);
        if !prospect.is_worth_its_budget() {
            return None;
        }
        let moves = &policy.reallocation;
        let percent = if self.manager.shares_budgets_among_days() { moves.raise_percent_of_clicks } else { moves.raise_percent };
        let step = (Decimal::ONE_HUNDRED + percent) / Decimal::ONE_HUNDRED;
        let to = from.checked_mul(step).ok()?.lesser(policy.guardrails.largest_budget(from.currency)?).ok()?;
        Some(Money::new(to.amount.round_dp_with_strategy(to.currency.minor_digits(), RoundingStrategy::ToZero), to.currency))
    }

    /// What a campaign would cost until its end if no budget stood in its way, and what it brings for that.
    fn outlook(&self, record: &CampaignRecord, prospect: &Prospect) -> Option<SpendOutlook> {
        let flight = record.campaign.spec.flight;
        let days = days_between(self.snapshot.now, flight.end());
        let length = days_between(flight.start(), flight.end());
        let shared = self.manager.shares_budgets_among_days();
        Some(SpendOutlook {
            cost: prospect.cost_per_day.checked_mul(days).ok()?,
            unit_cost: self.unit_cost(record, prospect).unwrap_or(Money::zero(prospect.cost_per_day.currency)),
            uncertainty: self.manager.policy.forecast.uncertainty,
            gain_per_cost: prospect.gain_per_cost(),
            budget_share: if shared { Some(days.checked_div(length)?.min(Decimal::ONE)) } else { None },
        })
    }

    /// What one order costs, or one click where clicks are billed.
    fn unit_cost(&self, record: &CampaignRecord, prospect: &Prospect) -> Option<Money> {
        let of = |money: Money, part: Decimal| Some(Money::new(money.amount.checked_div(part)?, money.currency));
        match self.manager.capabilities.billing {
            Billing::Commissions => {
                let price = record.campaign.product.price?;
                of(price.checked_mul(prospect.cost_per_day.amount).ok()?, prospect.revenue_per_day.amount)
            }
            Billing::Clicks => {
                let performance = record.performance.as_ref()?;
                of(performance.cost, Decimal::from(*performance.clicks.known()?))
            }
        }
    }
}

impl ManagerAgent {
    /// Whether each day may cost only its share of a campaign's budget.
    const fn shares_budgets_among_days(&self) -> bool {
        matches!((self.capabilities.billing, self.capabilities.budget), (Billing::Clicks, BudgetControl::Native))
    }
}

fn days_between(from: Timestamp, to: Timestamp) -> Decimal {
    Decimal::from(to.duration_since(from).as_hours().max(0)) / Decimal::from(24)
}
