//! The budget as a ledger: the stop that needs no evidence.

use campaign_pilot_core::{Money, MoneyError};
use serde::{Deserialize, Serialize};

/// A campaign whose budget is spent.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BudgetStop {
    /// What it has cost.
    pub spent: Money,
    /// What is still expected to arrive for what already happened.
    pub forecast: Money,
    /// What it may cost.
    pub budget: Money,
}

/// Whether a campaign must stop since its budget is spent: `spent + forecast >= budget`.
///
/// Independent of every verdict and gate. `forecast` is the cost that has already been caused but not yet reported;
/// zero when nothing is known about it.
///
/// # Errors
///
/// [`MoneyError::CurrencyMismatch`] when the amounts are in different currencies.
pub fn budget_stop(spent: Money, forecast: Money, budget: Money) -> Result<Option<BudgetStop>, MoneyError> {
    let left = budget.checked_sub(spent.checked_add(forecast)?)?;
    Ok((!left.is_positive()).then_some(BudgetStop { spent, forecast, budget }))
}
