//! Guardrails: limits that no decision gets past.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignAction, CampaignId, Money};
use campaign_pilot_metrics::quality::{GateVerdict, SpendChange};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::sentence::one_decimal;
use crate::{Plan, PlanError, PlannedAction, PolicyAmount};

/// Limits that hold whatever was decided. Stops and budget cuts always pass.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Guardrails {
    /// The most that all campaigns together may cost within `budget_days`; 500 dollars, euros or pounds unless set.
    pub max_total_budget: PolicyAmount,
    /// For how many days that is: at any time, what was spent in the last so many days counts. 30 unless set; `None` for all
    /// time.
    pub budget_days: Option<u32>,
    /// The most that one campaign may cost over its life; 100 unless set.
    pub max_budget_per_campaign: PolicyAmount,
    /// Launches in one day; 5 unless set.
    pub max_launches_per_day: u32,
    /// Raises, resumptions and launches in one plan; 50 unless set.
    pub max_actions_per_plan: usize,
    /// By how much one raise may raise a budget, in percent of the budget before; 25 unless set.
    pub max_budget_raise_percent: Decimal,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            max_total_budget: PolicyAmount::nominal(Decimal::from(500)),
            budget_days: Some(30),
            max_budget_per_campaign: PolicyAmount::nominal(Decimal::ONE_HUNDRED),
            max_launches_per_day: 5,
            max_actions_per_plan: 50,
            max_budget_raise_percent: Decimal::from(25),
        }
    }
}

/// What is running before a plan is carried out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Portfolio {
    /// Everything that may be spent already: budgets of campaigns that run, the cost of those that are over, and money
    /// held back for operations whose outcome is open.
    pub committed: Money,
    /// Launches that were already decided today.
    pub launches_today: u32,
    /// The budget in force per campaign.
    pub budgets: BTreeMap<CampaignId, Money>,
    /// Whether the data behind the plan are complete and fresh. If not, only holding and lowering pass.
    pub data_trusted: bool,
}

/// An action that was held back, and why.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct HeldAction {
    /// The action.
    pub action: PlannedAction,
    /// The limit that it would break, in words.
    pub reason: String,
}

/// A plan after the guardrails.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Guarded {
    /// What may be carried out: a plan of its own, with its own id.
    pub allowed: Plan,
    /// What was held back.
    pub held: Vec<HeldAction>,
}

impl Guardrails {
    /// Holds back every action that would break a limit, in the order of the plan.
    ///
    /// Money that a stop or a cut of the same plan frees does not count yet: it is free once the platform has confirmed
    /// it. A limit that is not set in the currency of an action holds the action back.
    ///
    /// # Errors
    ///
    /// As [`Plan::new`].
    pub fn check(&self, plan: &Plan, portfolio: &Portfolio) -> Result<Guarded, PlanError> {
        let mut state =
            State { committed: portfolio.committed, launches: portfolio.launches_today, raising: 0, rails: self, portfolio };
        let (mut allowed, mut held) = (Vec::new(), Vec::new());
        for action in plan.actions() {
            match state.admit(action) {
                Ok(()) => allowed.push(action.clone()),
                Err(reason) => held.push(HeldAction { action: action.clone(), reason }),
            }
        }
        Ok(Guarded { allowed: Plan::new(plan.created_at(), plan.expires_at(), allowed)?, held })
    }
}

/// What the actions admitted so far have used up.
struct State<'a> {
    committed: Money,
    launches: u32,
    raising: usize,
    rails: &'a Guardrails,
    portfolio: &'a Portfolio,
}

impl State<'_> {
    fn admit(&mut self, planned: &PlannedAction) -> Result<(), String> {
        if planned.only_lowers() {
            return self.only_lowers_truly(planned);
        }
        if !GateVerdict::of(self.portfolio.data_trusted).permits(SpendChange::Raise) {
            return Err("the data are incomplete or too old: nothing may be raised on them".to_owned());
        }
        if self.raising >= self.rails.max_actions_per_plan {
            return Err(format!("more than {} raises and launches in one plan", self.rails.max_actions_per_plan));
        }
        let launches = matches!(planned.action, CampaignAction::Create { .. });
        if launches && self.launches >= self.rails.max_launches_per_day {
            return Err(format!("more than {} launches in one day", self.rails.max_launches_per_day));
        }
        self.check_campaign(planned)?;
        let committed = self.check_total(planned.reserved)?;
        self.committed = committed;
        self.raising += 1;
        self.launches += u32::from(launches);
        Ok(())
    }

    /// A budget that claims to be a cut has to be one.
    fn only_lowers_truly(&self, planned: &PlannedAction) -> Result<(), String> {
        let CampaignAction::SetBudget { campaign, budget, .. } = &planned.action else {
            return Ok(());
        };
        match self.portfolio.budgets.get(campaign) {
            Some(before) if before.currency == budget.currency && budget.amount <= before.amount => Ok(()),
            Some(before) => Err(format!("a budget of {budget} instead of {before} is a raise, but no money is reserved for it")),
            None => Err("the budget in force is not known".to_owned()),
        }
    }

    fn check_campaign(&self, planned: &PlannedAction) -> Result<(), String> {
        let (budget, before) = match &planned.action {
            CampaignAction::Create { spec } => (spec.budget, Money::zero(spec.budget.currency)),
            CampaignAction::SetBudget { campaign, budget, .. } => {
                let before = *self.portfolio.budgets.get(campaign).ok_or("the budget in force is not known")?;
                self.check_raise(*budget, before)?;
                (*budget, before)
            }
            CampaignAction::Pause { .. } | CampaignAction::Resume { .. } => return Ok(()),
        };
        let needed = budget.checked_sub(before).map_err(|error| error.to_string())?;
        if planned.reserved.currency != needed.currency || planned.reserved.amount < needed.amount {
            return Err(format!("only {} are reserved for {needed}", planned.reserved));
        }
        let most = limit(&self.rails.max_budget_per_campaign, "one campaign", budget)?;
        if budget.amount > most.amount {
            return Err(format!("a budget of {budget} is above the limit of {most} for one campaign"));
        }
        Ok(())
    }

    fn check_raise(&self, budget: Money, before: Money) -> Result<(), String> {
        let percent = budget
            .checked_sub(before)
            .and_then(|raise| raise.checked_mul(Decimal::ONE_HUNDRED))
            .and_then(|raise| raise.ratio(before))
            .map_err(|error| error.to_string())?
            .ok_or("the budget in force is zero")?;
        if percent > self.rails.max_budget_raise_percent {
            let most = self.rails.max_budget_raise_percent;
            return Err(format!("a raise by {} % is above the limit of {most} %", one_decimal(percent)));
        }
        Ok(())
    }

    fn check_total(&self, reserved: Money) -> Result<Money, String> {
        let committed = self.committed.checked_add(reserved).map_err(|error| error.to_string())?;
        let most = limit(&self.rails.max_total_budget, "all campaigns", committed)?;
        if committed.amount > most.amount {
            return Err(format!("{committed} would be above the limit of {most} for all campaigns"));
        }
        Ok(committed)
    }
}

fn limit(amount: &PolicyAmount, what: &str, of: Money) -> Result<Money, String> {
    amount.of(of.currency).ok_or_else(|| format!("no limit for {what} is set in {}", of.currency))
}

#[cfg(test)]
mod tests;
