//! Dividing a budget between campaigns, with a proof of how good the division is.

mod answer;
mod envelope;
mod error;
mod explain;
mod fill;
mod problem;
mod ready;
mod response;
mod risk;
mod search;

use rust_decimal::RoundingStrategy;

pub use answer::{AllocatedBudget, Allocation, Certificate, OneMore, Standing, Unspent};
pub use error::AllocationError;
pub use problem::{AllocationCampaign, AllocationEffort, AllocationProblem, GroupLimit, Leftover, Off, Risk};
pub use response::ResponseCurve;

use explain::Explained;
use ready::{Ready, decimal, number};
use risk::Doubt;

/// Divides a budget so that the expected contribution is the greatest, and says how far from the greatest it can be.
///
/// Each campaign's response curve may be concave or S-shaped; its limits, its step, what moving its budget costs, whether it
/// may be off, and limits of groups are all kept. Nothing is left unspent while a unit of it would bring more than it costs,
/// except what fits nowhere. The same problem has the same answer, in whatever order the campaigns are given.
///
/// # Formula
///
/// Maximises `sum_i f_i(x_i) - w x_i - c_i |x_i - h_i|` with `f` the responses, `w` 1 where money is kept and 0 where it is
/// lost, `c` the switching costs and `h` the budgets in force. Curves are replaced by their concave envelopes, which
/// water-filling divides exactly (Everett 1963); by Shapley and Folkman at most one campaign, and one for each limited group,
/// then lies on a line above its curve. Branch and bound (Falk and Soland 1969) splits the ranges of these until the value
/// is within [`AllocationEffort::gap`] of the bound. The line from 0 to an S-shaped Hill curve touches it at
/// `half (slope - 1)^(1 / slope)`.
///
/// With a [`Risk`] that counts doubt, draws are read at 257 budgets and joined by straight lines. The bound is then the dual
/// at the worst weights of the draws that were found: valid for these lines, but not always reached, above all with S-shaped
/// curves. The gap says how far; only without doubt is it made as small as asked for.
///
/// # Errors
///
/// [`AllocationError`] for two currencies, campaigns or groups given twice, numbers outside their range, and limits that no
/// division keeps.
///
/// ```
/// use campaign_pilot_core::{CampaignId, Currency, Money};
/// use campaign_pilot_decision_engine::{AllocationCampaign, AllocationProblem, ResponseCurve, allocate};
///
/// let campaign = |id: &str, most, half, slope| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(AllocationCampaign::new(CampaignId::new(id)?, ResponseCurve::Hill { most, half, slope }))
/// };
/// let campaigns = vec![
///     campaign("yoga-mats", 900.0, 150.0, 0.8)?,
///     campaign("kettlebells", 1_200.0, 200.0, 2.5)?,
///     campaign("towels", 60.0, 300.0, 2.0)?,
/// ];
/// let allocation = allocate(&AllocationProblem::new(Money::parse("500", Currency::EUR)?, campaigns))?;
/// let sentences: Vec<&str> = allocation.shares.iter().map(|share| share.sentence.as_str()).collect();
/// assert_eq!(
///     sentences,
///     [
///         "`kettlebells` gets 359.02 EUR: its last unit brings what it brings in the other campaigns",
///         "`towels` gets nothing: its first units bring little, and even 300.00 EUR would bring only 0.10 each",
///         "`yoga-mats` gets 140.98 EUR: its last unit brings what it brings in the other campaigns",
///     ]
/// );
/// assert!(allocation.bound.amount >= allocation.value.amount);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn allocate(problem: &AllocationProblem) -> Result<Allocation, AllocationError> {
    let ready = Ready::new(problem)?;
    let gap = number(problem.effort.gap).clamp(1e-12, 1.0);
    let mut doubt = Doubt::new(&ready, problem.risk)?;
    // INVARIANT: the minima were checked, so that there is a division; an empty one stands for what cannot be.
    let too_little = || AllocationError::TooLittle { what: "the total".to_owned(), needed: problem.total, most: problem.total };
    let (prepared, found) = match &mut doubt {
        None => {
            let prepared = ready.prepared(ready.total);
            let found = search::search(&prepared, gap, problem.effort.placements).ok_or_else(too_little)?;
            (prepared, found)
        }
        Some(doubt) => doubt.search(&ready, gap, problem.effort.placements).ok_or_else(too_little)?,
    };
    let units = ready.rounded(&prepared, &found.budgets, ready.total);
    let budgets: Vec<f64> = units.iter().map(|units| ready.major(*units)).collect();
    let value = doubt.as_ref().map_or_else(|| prepared.value(&budgets), |doubt| doubt.value(&budgets));
    let bound = found.bound.max(value);
    let explained = Explained::new(&ready, &prepared, doubt.as_ref(), units, value);
    let digits = ready.currency.minor_digits() + 6;
    let money = |number, rounding| campaign_pilot_core::Money::new(decimal(number, digits, rounding), ready.currency);
    let (up, down) = (RoundingStrategy::ToPositiveInfinity, RoundingStrategy::ToNegativeInfinity);
    let missing = if bound > value { (bound - value) / value.abs().max(1e-9) } else { 0.0 };
    Ok(Allocation {
        shares: explained.shares(),
        value: money(value, down),
        bound: money(bound, up),
        gap: decimal(missing, 12, up),
        certificate: Certificate {
            price: decimal(found.price, 12, down),
            group_prices: ready
                .groups
                .keys()
                .zip(&found.group_prices)
                .map(|(group, price)| ((*group).to_owned(), decimal(*price, 12, up)))
                .collect(),
            dual_bound: money(found.relaxed.max(bound), up),
            relaxations: found.nodes,
        },
        marginal_return: explained.marginal_return(),
        one_more: explained.one_more(),
        unspent: explained.unspent(problem.total)?,
        unspent_because: explained.unspent_because(),
    })
}

#[cfg(test)]
mod tests;
