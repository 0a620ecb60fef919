//! What several contestants do in the same way: find what can be advertised, share money equally, launch.

use campaign_pilot_core::{BudgetControl, Money, Period, Product, ProductId};
use jiff::SignedDuration;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::contestant::Failure;
use crate::turn::{Activity, Campaign, Turn};

/// Days of a usual flight.
pub(super) const FLIGHT_DAYS: u32 = 14;
/// Days of sales and views that are looked back on.
pub(super) const LOOK_BACK_DAYS: u32 = 28;
/// The least that a campaign gets where money is shared equally.
const LEAST: Decimal = Decimal::from_parts(5, 0, 0, false, 0);
/// What a campaign gets for each of its days at least where the platform has a minimum: that of paid worlds is 1.
const LEAST_PER_DAY: Decimal = Decimal::from_parts(105, 0, 0, false, 2);
/// What a budget is multiplied by when it is raised.
const RAISE: Decimal = Decimal::from_parts(12, 0, 0, false, 1);

/// The products that can be advertised now, with their prices, by id.
pub(super) fn available<'a>(turn: &'a Turn<'_>) -> impl Iterator<Item = (&'a Product, Money)> {
    let priced = |product: &'a Product| Some((product, product.price.filter(|price| price.is_positive())?));
    turn.products().filter(|product| product.stock.is_available()).filter_map(priced)
}

/// The products that can be advertised now, those that sold the most units lately first, equals in the order of their ids.
pub(super) fn best_sellers(turn: &Turn<'_>) -> Vec<ProductId> {
    let mut sold: Vec<_> = available(turn).map(|(product, _)| (recent(turn, &product.id).units, product.id.clone())).collect();
    sold.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    sold.into_iter().map(|(_, product)| product).collect()
}

/// What a product did in the days that are looked back on.
pub(super) fn recent(turn: &Turn<'_>, product: &ProductId) -> Activity {
    let period = Period::ending_at(turn.now(), days(LOOK_BACK_DAYS));
    period.map_or_else(|_| Activity::default(), |period| turn.activity(product, period))
}

/// The budget of each campaign where what is left is shared equally among so many: at least 5, at most what a campaign may cost.
pub(super) fn equal_budget(turn: &Turn<'_>, campaigns: Decimal) -> Money {
    let room = turn.room();
    let share = room.amount.checked_div(campaigns).unwrap_or(room.amount);
    limited(turn, Money::new(share.max(LEAST), room.currency))
}

/// A budget of no more than what a campaign may cost, rounded down to what the currency settles in.
pub(super) fn limited(turn: &Turn<'_>, budget: Money) -> Money {
    let amount = budget.amount.min(turn.caps().per_campaign.amount);
    Money::new(amount.round_dp_with_strategy(budget.currency.minor_digits(), RoundingStrategy::ToZero), budget.currency)
}

/// A budget that is raised to what the platform takes at least for a flight of so many days, which ends with the contestant's.
pub(super) fn accepted(turn: &Turn<'_>, budget: Money, days: u32) -> Money {
    match turn.capabilities().budget {
        BudgetControl::Native => {
            let least = LEAST_PER_DAY * Decimal::from(days.min(turn.days_left()));
            Money::new(budget.amount.max(least), budget.currency)
        }
        BudgetControl::Ledger | BudgetControl::Unsupported => budget,
    }
}

/// Launches flights of so many days in their order, as many as the caps and the platform take.
///
/// Budgets are raised to the platform's minimum where it has one.
pub(super) async fn launch_each(turn: &mut Turn<'_>, wanted: Vec<(ProductId, Money)>, days: u32) -> Result<(), Failure> {
    let mut room = turn.room().amount;
    let mut launched = 0;
    for (product, budget) in wanted {
        if launched == turn.caps().launches_per_day {
            break;
        }
        let budget = accepted(turn, budget, days);
        if budget.amount > room {
            continue;
        }
        if turn.launch(&product, budget, days).await?.is_ok() {
            room -= budget.amount;
            launched += 1;
        }
    }
    Ok(())
}

/// Raises a campaign's budget by 20 %, or by as much of that as the caps allow.
pub(super) async fn raise(turn: &mut Turn<'_>, campaign: &Campaign) -> Result<(), Failure> {
    let Money { amount: before, currency } = campaign.budget;
    let raised = limited(turn, Money::new((before * RAISE).min(before + turn.room().amount), currency));
    if raised.amount > before {
        let _ = turn.set_budget(&campaign.id, raised).await?;
    }
    Ok(())
}

/// Clones of the campaigns that run now.
pub(super) fn running(turn: &Turn<'_>) -> Vec<Campaign> {
    let now = turn.now();
    turn.campaigns().filter(|campaign| campaign.runs(now)).cloned().collect()
}

/// So many days.
pub(super) fn days(number: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(number))
}
