//! Key figures that add up: over products, categories, campaigns, a portfolio, and any period.

use campaign_pilot_core::{Absence, CampaignPerformance, Measured, Money, ProductHour};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{CampaignFacts, NewCustomerSource, NewCustomers, new_customers};

mod batch;
mod figures;
mod rollup;
mod sums;

pub use batch::{BATCH_DECIMAL_PLACES, CampaignDay, DayMetrics, measure_days};
pub use figures::{Kpi, Kpis};
pub use rollup::{Grain, KpiGroup, KpiRecord, KpiRow, RollUp, RollUpBy, roll_up};
pub use sums::KpiSums;

/// What is counted of a campaign or product in a period: what key figures are summed up from. Each may be absent.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Figures {
    /// How often advertisements were shown.
    pub impressions: Measured<u64>,
    /// How often they were clicked.
    pub clicks: Measured<u64>,
    /// Conversions credited to the campaign and not reversed.
    pub conversions: Measured<u64>,
    /// Revenue of the credited conversions.
    pub credited_revenue: Measured<Money>,
    /// What is left of the credited revenue after the product's own costs.
    pub contribution: Measured<Money>,
    /// What the advertising cost.
    pub cost: Measured<Money>,
    /// What it would have cost by now if the budget were spent evenly.
    pub planned_cost: Measured<Money>,
    /// New customers, with who knows them.
    pub new_customers: Measured<NewCustomers>,
    /// Orders of the store.
    pub orders: Measured<u64>,
    /// Units sold less units taken back.
    pub units: Measured<Decimal>,
    /// Units expected without the campaign.
    pub expected_units: Measured<Decimal>,
    /// The store's revenue less refunds.
    pub revenue: Measured<Money>,
    /// Revenue expected without the campaign.
    pub expected_revenue: Measured<Money>,
    /// Page views.
    pub views: Measured<Decimal>,
    /// Page views expected without the campaign.
    pub expected_views: Measured<Decimal>,
}

impl Figures {
    /// Nothing is known, for one reason.
    #[must_use]
    pub const fn absent(why: Absence) -> Self {
        Self {
            impressions: Measured::Absent(why),
            clicks: Measured::Absent(why),
            conversions: Measured::Absent(why),
            credited_revenue: Measured::Absent(why),
            contribution: Measured::Absent(why),
            cost: Measured::Absent(why),
            planned_cost: Measured::Absent(why),
            new_customers: Measured::Absent(why),
            orders: Measured::Absent(why),
            units: Measured::Absent(why),
            expected_units: Measured::Absent(why),
            revenue: Measured::Absent(why),
            expected_revenue: Measured::Absent(why),
            views: Measured::Absent(why),
            expected_views: Measured::Absent(why),
        }
    }

    /// What a platform reports of a campaign in a period.
    #[must_use]
    pub fn of_performance(performance: &CampaignPerformance) -> Self {
        let by_platform = |count| NewCustomers { count, known_by: NewCustomerSource::Platform };
        Self {
            impressions: performance.impressions,
            clicks: performance.clicks,
            conversions: Measured::Known(performance.actions),
            credited_revenue: Measured::Known(performance.revenue),
            contribution: Measured::Absent(Absence::CostUnknown),
            cost: Measured::Known(performance.cost),
            new_customers: performance.new_customers.map(by_platform),
            ..Self::absent(Absence::NotYetReported)
        }
    }

    /// A campaign's whole life so far.
    #[must_use]
    pub fn of_campaign(facts: &CampaignFacts) -> Self {
        let performance = &facts.performance;
        let (observed, expected) = (&facts.observed, &facts.baseline.activity);
        Self {
            contribution: facts.margin.ok().and_then(|margin| margin.contribution(performance.revenue)).into(),
            planned_cost: planned(facts).into(),
            new_customers: new_customers(performance.new_customers, facts.store_new_customers, NewCustomerSource::Platform)
                .into(),
            units: observed.units,
            expected_units: expected.units,
            revenue: observed.revenue,
            expected_revenue: expected.revenue,
            views: observed.views,
            expected_views: expected.views,
            ..Self::of_performance(performance)
        }
    }

    /// An hour of a product, whoever brought its shoppers.
    #[must_use]
    pub fn of_hour(hour: &ProductHour) -> Self {
        let by_store = |count| NewCustomers { count, known_by: NewCustomerSource::Store };
        let revenue = hour.revenue.checked_sub(hour.refunds).map_err(|error| crate::roas::absence_of(&error));
        Self {
            new_customers: hour.new_customers.map(by_store),
            orders: Measured::Known(hour.orders),
            units: Measured::Known(Decimal::from(hour.units.saturating_sub(hour.refunded_units))),
            revenue: revenue.into(),
            views: hour.views.map(Decimal::from),
            ..Self::absent(Absence::NotYetReported)
        }
    }
}

/// The budget times the share of the flight that has elapsed.
fn planned(facts: &CampaignFacts) -> Result<Money, Absence> {
    if facts.now <= facts.flight.start() {
        return Err(Absence::NotYetReported);
    }
    if !facts.budget.is_positive() {
        return Err(Absence::NoBudget);
    }
    let elapsed = Decimal::from(facts.now.min(facts.flight.end()).duration_since(facts.flight.start()).as_millis());
    let length = Decimal::from(facts.flight.length().as_millis());
    let scaled = facts.budget.amount.checked_mul(elapsed).and_then(|scaled| scaled.checked_div(length));
    Ok(Money::new(scaled.ok_or(Absence::OutOfRange)?, facts.budget.currency))
}
