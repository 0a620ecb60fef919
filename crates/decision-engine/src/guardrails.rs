//! Guardrails: limits that no decision gets past.
//!
//! The rules are data ([`GuardTable`]): [`Guardrails::check`] follows the table, and a solver proves from it what it keeps.

mod evaluate;
mod fact;
mod limits;
mod portfolio;
mod rules;
mod state;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use campaign_pilot_core::{CategoryName, Currency, Money, MoneyError, Product, ProductId, Stock};
use garde::Validate;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use limits::{DeliveryFactor, GuardrailError, HourOfDay};
pub use portfolio::{CampaignChanges, ListedProduct, Portfolio};
pub use table::{GuardRule, GuardTable};

use crate::ranges;
use crate::{Plan, PlanError, PlannedAction, PolicyAmount};
use state::{Refusal, State};

/// Limits that hold whatever was decided. Pauses, true cuts and earlier ends always pass.
///
/// A later end is held back like a raise: it must reserve what may be spent in the added days, and is a kind of raise wherever raises
/// are spoken of here, but for the step. Other words reserve nothing; they wait for trusted data, and are limited like a raise by how
/// often a campaign may be changed and by its rest after it was lowered.
///
/// A limit that is `None` limits nothing. A limit that is set, but not in the currency of an action, or for which the
/// [`Portfolio`] lacks a fact, holds the action back: what cannot be checked is refused.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Guardrails {
    /// The most that all campaigns together may cost within `budget_days`; 500 dollars, euros or pounds unless set.
    #[garde(custom(ranges::amount))]
    pub max_total_budget: PolicyAmount,
    /// For how many days that is: at any time, what was spent in the last so many days counts. 30 unless set; `None` for all
    /// time.
    #[garde(inner(range(min = 1)))]
    pub budget_days: Option<u32>,
    /// The most that one campaign may cost over its life; 100 unless set.
    #[garde(custom(ranges::amount))]
    pub max_budget_per_campaign: PolicyAmount,
    /// The most that may be newly committed, by launches, raises and resumptions, in one day of the shop's zone. `None`
    /// unless set.
    #[garde(inner(custom(ranges::amount)))]
    pub max_budget_per_day: Option<PolicyAmount>,
    /// The same for a calendar month of the shop's zone. `None` unless set.
    #[garde(inner(custom(ranges::amount)))]
    pub max_budget_per_month: Option<PolicyAmount>,
    /// The most that all campaigns together may ever cost. `None` unless set.
    #[garde(inner(custom(ranges::amount)))]
    pub max_life_budget: Option<PolicyAmount>,
    /// By which factor the platform may spend more than it was told, from 1 to 2: so many times what is reserved counts
    /// towards every limit in money. 1 unless set.
    pub worst_case_delivery: DeliveryFactor,
    /// Launches in one day of the shop's zone; 5 unless set.
    pub max_launches_per_day: u32,
    /// Raises, resumptions and launches in one plan; 50 unless set.
    pub max_actions_per_plan: usize,
    /// By how much one raise may raise a budget, in percent of the budget before; 25 unless set.
    #[garde(custom(ranges::not_negative))]
    pub max_budget_raise_percent: Decimal,
    /// How often a campaign may be changed in one day of the shop's zone before it is not raised, resumed or given other words
    /// any more; cuts, earlier ends and pauses count, but are never held back. `None` unless set.
    pub max_changes_per_campaign_per_day: Option<u32>,
    /// How many hours after a cut, an earlier end or a pause a campaign is not raised, resumed or given other words. `None` unless
    /// set.
    pub cooldown_hours_after_reversal: Option<u32>,
    /// The only products that may be advertised. `None`, unless set, for all.
    #[schemars(with = "Option<BTreeSet<String>>")]
    pub allowed_products: Option<BTreeSet<ProductId>>,
    /// The only categories whose products may be advertised, by their exact names; one of a product's is enough. `None`, unless
    /// set, for all.
    #[schemars(with = "Option<BTreeSet<String>>")]
    pub allowed_categories: Option<BTreeSet<CategoryName>>,
    /// Hours of the shop's day, 0 to 23, in which nothing is raised, resumed or launched. None unless set.
    pub blackout_hours: BTreeSet<HourOfDay>,
    /// Units that must be in stock to raise, resume or launch a product's campaign; of a product whose stock the store does
    /// not count, nothing passes. `None` unless set.
    #[garde(inner(custom(ranges::not_negative)))]
    pub min_stock: Option<Decimal>,
    /// What one action may cost without a person's approval. `None`, unless set, for any amount.
    #[garde(inner(custom(ranges::amount)))]
    pub approval_above: Option<PolicyAmount>,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            max_total_budget: PolicyAmount::nominal(Decimal::from(500)),
            budget_days: Some(30),
            max_budget_per_campaign: PolicyAmount::nominal(Decimal::ONE_HUNDRED),
            max_budget_per_day: None,
            max_budget_per_month: None,
            max_life_budget: None,
            worst_case_delivery: DeliveryFactor::EXACT,
            max_launches_per_day: 5,
            max_actions_per_plan: 50,
            max_budget_raise_percent: Decimal::from(25),
            max_changes_per_campaign_per_day: None,
            cooldown_hours_after_reversal: None,
            allowed_products: None,
            allowed_categories: None,
            blackout_hours: BTreeSet::new(),
            min_stock: None,
            approval_above: None,
        }
    }
}

/// An action that was held back, and why.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct HeldAction {
    /// The action.
    pub action: PlannedAction,
    /// The first limit that it would break, or why else it is not carried out, in words.
    pub reason: String,
    /// The names of all rules that refuse it, in the order of [`GuardTable::rules`].
    #[serde(default)]
    pub rules: Vec<String>,
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
    /// The rules as data.
    #[must_use]
    pub fn table() -> &'static GuardTable {
        &rules::TABLE
    }

    /// What an amount may become where the platform spends more than it was told.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`] beyond 96 bits.
    pub fn at_worst(&self, amount: Money) -> Result<Money, MoneyError> {
        amount.checked_mul(self.worst_case_delivery.get())
    }

    /// The largest budget of one campaign that is within its limit at worst, rounded down to what the currency settles in; `None`
    /// where no limit is set in the currency.
    #[must_use]
    pub fn largest_budget(&self, currency: Currency) -> Option<Money> {
        let most = self.max_budget_per_campaign.of(currency)?;
        if self.worst_case_delivery == DeliveryFactor::EXACT {
            return Some(most);
        }
        let exact = most.amount.checked_div(self.worst_case_delivery.get())?;
        Some(Money::new(exact.round_dp_with_strategy(currency.minor_digits(), RoundingStrategy::ToZero), currency))
    }

    /// Whether a rule that is switched on looks at products: at their stock, or whether they may be advertised.
    #[must_use]
    pub const fn look_at_products(&self) -> bool {
        self.min_stock.is_some() || self.allowed_products.is_some() || self.allowed_categories.is_some()
    }

    /// Whether the limits on products would let one be launched.
    #[must_use]
    pub fn allow_product(&self, product: &Product) -> bool {
        let listed = self.allowed_products.as_ref().is_none_or(|allowed| allowed.contains(&product.id));
        let of_category =
            self.allowed_categories.as_ref().is_none_or(|allowed| product.categories.iter().any(|name| allowed.contains(name)));
        let stocked = self.min_stock.is_none_or(|least| match product.stock {
            Stock::Managed { quantity } => quantity >= least,
            Stock::Unmanaged { .. } => false,
        });
        listed && of_category && stocked
    }

    /// Holds back every action that would break a limit, in the order of the plan.
    ///
    /// Money that a stop or a cut of the same plan frees does not count yet: it is free once the platform has confirmed
    /// it. What cannot be checked, because a fact or a limit in the currency of the action is missing, is held back too.
    ///
    /// # Errors
    ///
    /// As [`Plan::new`].
    pub fn check(&self, plan: &Plan, portfolio: &Portfolio) -> Result<Guarded, PlanError> {
        let mut state = State::new(self, portfolio, plan.created_at(), Self::table());
        let (mut allowed, mut held) = (Vec::new(), Vec::new());
        for action in plan.actions() {
            match state.admit(action) {
                Ok(()) => allowed.push(action.clone()),
                Err(Refusal { rules, reason }) => held.push(HeldAction { action: action.clone(), reason, rules }),
            }
        }
        Ok(Guarded { allowed: Plan::new(plan.created_at(), plan.expires_at(), allowed)?, held })
    }
}
