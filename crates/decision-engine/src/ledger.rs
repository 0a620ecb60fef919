//! The budget as a ledger: the stop that needs no evidence.

use campaign_pilot_core::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::forecast::square_root;

/// What a campaign's own budget means. The total of all campaigns is a limit in any case.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetKeeping {
    /// A campaign stops once its budget is spent; what arrives afterwards counts towards the total of all campaigns, which
    /// is kept. It loses no sales to a reserve of its own.
    #[default]
    Soft,
    /// A campaign stops while what is still to come fits into its own budget, in 97.5 of 100 cases.
    Hard,
}

/// Cost that has been caused but not reported yet.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CostToCome {
    /// The mean of the forecast.
    pub expected: Money,
    /// What it does not exceed in 97.5 of 100 cases.
    pub upper: Money,
}

impl CostToCome {
    /// Nothing is to come, or nothing is known of it.
    #[must_use]
    pub const fn nothing(currency: Currency) -> Self {
        Self { expected: Money::zero(currency), upper: Money::zero(currency) }
    }
}

/// What several campaigns may still cost together: chance does not strike all of them at once, so the reserve of the sum
/// is smaller than the sum of the reserves.
///
/// # Formula
///
/// `expected = sum of e`, `upper = expected + sqrt(sum of (u - e)^2)`, for independent campaigns.
///
/// # Errors
///
/// [`MoneyError::CurrencyMismatch`] for amounts in another currency, [`MoneyError::Overflow`] beyond what can be represented.
pub fn upper_of_sum(currency: Currency, campaigns: &[CostToCome]) -> Result<CostToCome, MoneyError> {
    let expected = Money::sum(currency, campaigns.iter().map(|campaign| campaign.expected))?;
    let mut squares = Decimal::ZERO;
    for campaign in campaigns {
        let reserve = campaign.upper.checked_sub(campaign.expected)?.amount;
        squares = reserve.checked_mul(reserve).and_then(|square| squares.checked_add(square)).ok_or(MoneyError::Overflow)?;
    }
    let reserve = square_root(squares).ok_or(MoneyError::Overflow)?.round_dp(4);
    Ok(CostToCome { expected, upper: expected.checked_add(Money::new(reserve, currency))? })
}

/// A campaign whose budget is spent.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BudgetStop {
    /// What it has cost.
    pub spent: Money,
    /// What is still to arrive for what already happened.
    pub to_come: CostToCome,
    /// What it may cost.
    pub budget: Money,
}

/// Whether a campaign must stop since its budget is spent: `spent >= budget`, and for hard budgets
/// `spent + upper cost to come >= budget`.
///
/// Independent of every verdict and gate.
///
/// # Errors
///
/// [`MoneyError::CurrencyMismatch`] when the amounts are in different currencies.
pub fn budget_stop(
    spent: Money,
    to_come: CostToCome,
    budget: Money,
    keeping: BudgetKeeping,
) -> Result<Option<BudgetStop>, MoneyError> {
    let counted = match keeping {
        BudgetKeeping::Soft => spent,
        BudgetKeeping::Hard => spent.checked_add(to_come.upper)?,
    };
    let left = budget.checked_sub(counted)?;
    Ok((!left.is_positive()).then_some(BudgetStop { spent, to_come, budget }))
}
