//! Key figures made of sums.

use campaign_pilot_core::{Absence, Measured, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::KpiSums;
use super::sums::{Coverage, Pair, Total};
use crate::{NewCustomerSource, Roas, cost_per_acquisition, efficiency, relative_change};

/// A key figure, with the records that it is made of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Kpi<T> {
    /// The figure, over the records that know what it needs.
    pub value: Measured<T>,
    /// How many records it is made of.
    pub records: u64,
    /// How many records could not count, since a number is missing in them.
    pub left_out: u64,
    /// Why they could not; of several reasons, one.
    pub why: Option<Absence>,
}

/// The key figures of a group. Ratios are ratios of sums, never means of ratios.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Kpis {
    /// How many records were added up.
    pub records: u64,
    /// Impressions.
    pub impressions: Kpi<Decimal>,
    /// Clicks.
    pub clicks: Kpi<Decimal>,
    /// Credited conversions.
    pub conversions: Kpi<Decimal>,
    /// Credited revenue.
    pub credited_revenue: Kpi<Money>,
    /// Advertising cost.
    pub cost: Kpi<Money>,
    /// New customers.
    pub new_customers: Kpi<Decimal>,
    /// By whose knowledge, when it is the same in all records.
    pub new_customers_by: Option<NewCustomerSource>,
    /// Orders of the store.
    pub orders: Kpi<Decimal>,
    /// Units sold less units taken back.
    pub units: Kpi<Decimal>,
    /// The store's revenue less refunds.
    pub revenue: Kpi<Money>,
    /// Page views.
    pub views: Kpi<Decimal>,
    /// Clicks / impressions, in percent.
    pub click_through_rate: Kpi<Decimal>,
    /// Credited conversions / clicks, in percent.
    pub conversion_rate: Kpi<Decimal>,
    /// Cost / clicks.
    pub cost_per_click: Kpi<Money>,
    /// Credited revenue / credited conversions.
    pub average_order_value: Kpi<Money>,
    /// The store's revenue / the store's orders.
    pub store_average_order_value: Kpi<Money>,
    /// Credited revenue / cost.
    pub gross_roas: Kpi<Decimal>,
    /// (Credited revenue - cost) / cost.
    pub net_roas: Kpi<Decimal>,
    /// (What is left of credited revenue after the products' own costs - cost) / cost.
    pub margin_return: Kpi<Decimal>,
    /// Cost / new customers.
    pub cpa: Kpi<Money>,
    /// Cost / what an even spending of the budgets would have cost by now.
    pub spend_pace: Kpi<Decimal>,
    /// Units against the expected units, in percent.
    pub sales_impact: Kpi<Decimal>,
    /// Views against the expected views, in percent.
    pub view_impact: Kpi<Decimal>,
    /// Sales impact x 0.6 + view impact x 0.4, in percent.
    pub efficiency: Kpi<Decimal>,
    /// Units beyond the expected.
    pub incremental_units: Kpi<Decimal>,
    /// Revenue beyond the expected.
    pub incremental_revenue: Kpi<Money>,
    /// (Incremental revenue - cost) / cost.
    pub incremental_return: Kpi<Decimal>,
}

impl KpiSums {
    /// The key figures of everything that was added. What does not exist is absent.
    #[must_use]
    pub fn kpis(&self) -> Kpis {
        let money = |amount: Decimal| self.currency().map(|currency| Money::new(amount, currency));
        let total = |total: &Total| kpi(total.coverage, total.value());
        let amount = |total: &Total| kpi(total.coverage, total.value().and_then(money));
        let percent =
            |pair: &Pair, none| kpi(pair.coverage(), pair.values().and_then(|(part, whole)| percent(part, whole, none)));
        let each =
            |pair: &Pair, none| kpi(pair.coverage(), pair.values().and_then(|(part, whole)| money(quotient(part, whole, none)?)));
        let ratio = |pair: &Pair, of: fn(Roas) -> Decimal| {
            let roas = pair.values().and_then(|(part, whole)| Roas::new(money(part)?, money(whole)?));
            kpi(pair.coverage(), roas.map(of))
        };
        let change = |pair: &Pair| kpi(pair.coverage(), pair.values().and_then(|(part, whole)| relative_change(part, whole)));
        let gain = |pair: &Pair| pair.values().and_then(|(part, whole)| part.checked_sub(whole).ok_or(Absence::OutOfRange));
        let (sales_impact, view_impact) = (change(&self.units_of_expected), change(&self.views_of_expected));
        let both = sales_impact.value.ok().and_then(|sales| efficiency(sales, view_impact.value.ok()?));
        let fewer = if sales_impact.records < view_impact.records { sales_impact } else { view_impact };
        let cpa = self.cost_of_customers.values().and_then(|(cost, customers)| {
            let customers = u64::try_from(customers).map_err(|_| Absence::OutOfRange)?;
            cost_per_acquisition(money(cost)?, customers)
        });
        let pace = self.cost_of_plan.values().and_then(|(cost, plan)| {
            self.currency()?;
            quotient(cost, plan, Absence::NoBudget)
        });
        Kpis {
            records: self.records,
            impressions: total(&self.impressions),
            clicks: total(&self.clicks),
            conversions: total(&self.conversions),
            credited_revenue: amount(&self.credited_revenue),
            cost: amount(&self.cost),
            new_customers: total(&self.new_customers),
            new_customers_by: match (self.customers_by_platform, self.customers_by_store) {
                (1.., 0) => Some(NewCustomerSource::Platform),
                (0, 1..) => Some(NewCustomerSource::Store),
                _ => None,
            },
            orders: total(&self.orders),
            units: total(&self.units),
            revenue: amount(&self.revenue),
            views: total(&self.views),
            click_through_rate: percent(&self.clicks_of_impressions, Absence::NoImpressions),
            conversion_rate: percent(&self.conversions_of_clicks, Absence::NoClicks),
            cost_per_click: each(&self.cost_of_clicks, Absence::NoClicks),
            average_order_value: each(&self.revenue_of_conversions, Absence::NoOrders),
            store_average_order_value: each(&self.revenue_of_orders, Absence::NoOrders),
            gross_roas: ratio(&self.revenue_of_cost, Roas::gross),
            net_roas: ratio(&self.revenue_of_cost, Roas::net),
            margin_return: ratio(&self.contribution_of_cost, Roas::net),
            cpa: kpi(self.cost_of_customers.coverage(), cpa),
            spend_pace: kpi(self.cost_of_plan.coverage(), pace),
            sales_impact,
            view_impact,
            efficiency: Kpi { value: both.into(), ..fewer },
            incremental_units: kpi(self.units_of_expected.coverage(), gain(&self.units_of_expected)),
            incremental_revenue: kpi(self.revenue_of_expected.coverage(), gain(&self.revenue_of_expected).and_then(money)),
            incremental_return: ratio(&self.gain_of_cost, Roas::net),
        }
    }
}

fn kpi<T>(coverage: Coverage, value: Result<T, Absence>) -> Kpi<T> {
    Kpi { value: value.into(), records: coverage.records, left_out: coverage.left_out, why: coverage.why }
}

fn quotient(part: Decimal, whole: Decimal, none: Absence) -> Result<Decimal, Absence> {
    if whole <= Decimal::ZERO {
        return Err(none);
    }
    part.checked_div(whole).ok_or(Absence::OutOfRange)
}

fn percent(part: Decimal, whole: Decimal, none: Absence) -> Result<Decimal, Absence> {
    quotient(part.checked_mul(Decimal::ONE_HUNDRED).ok_or(Absence::OutOfRange)?, whole, none)
}
