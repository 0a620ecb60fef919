//! All metrics of one campaign at once.

use campaign_pilot_core::ports::MarketSignal;
use campaign_pilot_core::{Absence, CampaignPerformance, Measured, Money, Period};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    Activity, Baseline, BaselineMethod, Exposure, LifecycleStage, Margin, NewCustomerSource, NewCustomers, Returns, Risk,
    RiskFactors, Roas, RobustTrend, average_order_value, click_through_rate, conversion_rate, cost_per_acquisition,
    cost_per_click, efficiency, margin_return, new_customers, relative_change, risk_score, spend_pace,
};

/// What the metrics of a campaign are computed from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignFacts {
    /// When the campaign starts and ends.
    pub flight: Period,
    /// The instant of the measurement.
    pub now: Timestamp,
    /// What the product did since the flight began: [`crate::observed`].
    pub observed: Activity,
    /// What it would have done without the campaign: [`crate::baseline`].
    pub baseline: Baseline,
    /// What the platform credits to the campaign, over its whole life.
    pub performance: CampaignPerformance,
    /// What the campaign may cost at most.
    pub budget: Money,
    /// What the market says about the product.
    pub market: Option<MarketSignal>,
    /// Where the sales impact is going, in percentage points a day: [`crate::impact_trend`].
    #[serde(default = "unread")]
    pub impact_trend: Measured<RobustTrend>,
    /// Where the product stands in its life: [`crate::lifecycle_of`].
    #[serde(default = "unread")]
    pub lifecycle: Measured<LifecycleStage>,
    /// What is left of the product's revenue after its own costs.
    #[serde(default = "unread")]
    pub margin: Measured<Margin>,
    /// First orders ever among the product's orders since the flight began, as the store knows them. They stand in where
    /// the platform does not know its new customers.
    #[serde(default = "unread")]
    pub store_new_customers: Measured<u64>,
    /// What came back since the flight began, beside what usually does: [`crate::returns`].
    #[serde(default = "unread")]
    pub returns: Measured<Returns>,
    /// For how many hours the campaign was on offer: a pause and a late start do not count. `None` where that was not followed: then all
    /// hours since the flight began.
    #[serde(default)]
    pub hours_on_offer: Option<Decimal>,
}

impl CampaignFacts {
    /// What a platform reports of a campaign, with everything else not known yet; the rest is filled in by
    /// `CampaignFacts { observed, baseline, ..CampaignFacts::reported(..) }`.
    #[must_use]
    pub const fn reported(flight: Period, now: Timestamp, performance: CampaignPerformance, budget: Money) -> Self {
        let absence = Absence::NotYetReported;
        Self {
            flight,
            now,
            observed: Activity::absent(absence),
            baseline: Baseline::absent(BaselineMethod::Given, absence),
            performance,
            budget,
            market: None,
            impact_trend: Measured::Absent(absence),
            lifecycle: Measured::Absent(absence),
            margin: Measured::Absent(Absence::CostUnknown),
            store_new_customers: Measured::Absent(Absence::NewCustomersUnknown),
            returns: Measured::Absent(absence),
            hours_on_offer: None,
        }
    }
}

const fn unread<T>() -> Measured<T> {
    Measured::Absent(Absence::NotYetReported)
}

/// Every metric of one campaign. What does not exist is absent and says why.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignMetrics {
    /// Sales against the baseline, in percent of units.
    pub sales_impact: Measured<Decimal>,
    /// Page views against the baseline, in percent.
    pub view_impact: Measured<Decimal>,
    /// Units beyond the baseline; negative when below.
    pub incremental_units: Measured<Decimal>,
    /// Revenue beyond the baseline; negative when below. Unlike the credited revenue, it is what the store gained.
    pub incremental_revenue: Measured<Money>,
    /// Credited revenue / cost.
    pub gross_roas: Measured<Decimal>,
    /// (Credited revenue - cost) / cost: what the decision matrix looks at.
    pub net_roas: Measured<Decimal>,
    /// Cost / new customers.
    pub cpa: Measured<Money>,
    /// The new customers that the cost per acquisition is made of, with who knows them.
    #[serde(default = "unread")]
    pub new_customers: Measured<NewCustomers>,
    /// The return counted on what is left of the credited revenue after the product's own costs ([`margin_return`]).
    #[serde(default = "unread")]
    pub margin_return: Measured<Roas>,
    /// The return of the incremental revenue: what the store gained, where the ROAS is what the platform credits.
    #[serde(default = "unread")]
    pub incremental_return: Measured<Roas>,
    /// Incremental revenue x margin - cost: what the campaign earned the merchant.
    #[serde(default = "unread")]
    pub incremental_profit: Measured<Money>,
    /// Sales impact x 0.6 + view impact x 0.4, in percent.
    pub efficiency: Measured<Decimal>,
    /// Clicks / impressions, in percent.
    pub click_through_rate: Measured<Decimal>,
    /// Credited conversions / clicks, in percent.
    pub conversion_rate: Measured<Decimal>,
    /// Cost / clicks.
    pub cost_per_click: Measured<Money>,
    /// Credited revenue / credited conversions.
    pub average_order_value: Measured<Money>,
    /// Spending against an even spending over the flight: 1 is on plan.
    pub spend_pace: Measured<Decimal>,
    /// What came back since the flight began, beside what usually does.
    #[serde(default = "unread")]
    pub returns: Measured<Returns>,
    /// The risk score with its components.
    pub risk: Risk,
    /// How much has been seen so far.
    pub exposure: Exposure,
    /// What the sales and views were compared with.
    pub compared_with: BaselineMethod,
    /// What a reader should know, in sentences.
    pub notes: Vec<String>,
}

/// Computes every metric of a campaign. Never fails: what does not exist is absent.
#[must_use]
pub fn measure(facts: &CampaignFacts) -> CampaignMetrics {
    let (observed, expected, performance) = (&facts.observed, &facts.baseline.activity, &facts.performance);
    let sales_impact: Measured<Decimal> = both(observed.units, expected.units, relative_change).into();
    let view_impact: Measured<Decimal> = both(observed.views, expected.views, relative_change).into();
    let pace: Measured<Decimal> = spend_pace(performance.cost, facts.budget, facts.flight, facts.now).into();
    let roas = Roas::new(performance.revenue, performance.cost);
    let incremental_revenue: Measured<Money> = both(observed.revenue, expected.revenue, gain).into();
    let customers = new_customers(performance.new_customers, facts.store_new_customers, NewCustomerSource::Platform);
    CampaignMetrics {
        sales_impact,
        view_impact,
        incremental_units: both(observed.units, expected.units, difference).into(),
        incremental_revenue,
        gross_roas: roas.map(Roas::gross).into(),
        net_roas: roas.map(Roas::net).into(),
        cpa: customers.and_then(|customers| cost_per_acquisition(performance.cost, customers.count)).into(),
        new_customers: customers.into(),
        margin_return: facts.margin.ok().and_then(|margin| margin_return(performance.revenue, margin, performance.cost)).into(),
        incremental_return: incremental_revenue.ok().and_then(|revenue| Roas::new(revenue, performance.cost)).into(),
        incremental_profit: both(incremental_revenue, facts.margin, |revenue, margin| {
            gain(margin.contribution(revenue)?, performance.cost)
        })
        .into(),
        efficiency: both(sales_impact, view_impact, efficiency).into(),
        click_through_rate: both(performance.clicks, performance.impressions, click_through_rate).into(),
        conversion_rate: performance.clicks.ok().and_then(|clicks| conversion_rate(performance.actions, clicks)).into(),
        cost_per_click: performance.clicks.ok().and_then(|clicks| cost_per_click(performance.cost, clicks)).into(),
        average_order_value: average_order_value(performance.revenue, performance.actions).into(),
        spend_pace: pace,
        returns: facts.returns,
        risk: risk_score(&RiskFactors {
            spend_pace: pace,
            sales_impact,
            view_impact,
            impact_trend: facts.impact_trend,
            market: facts.market,
            lifecycle: facts.lifecycle,
        }),
        exposure: exposure(facts),
        compared_with: facts.baseline.method,
        notes: notes(facts, customers),
    }
}

fn notes(facts: &CampaignFacts, customers: Result<NewCustomers, Absence>) -> Vec<String> {
    let mut notes = facts.baseline.notes.clone();
    if customers.is_ok_and(|customers| customers.known_by == NewCustomerSource::Store) {
        notes.push("new customers are all that the store had for the product: the cost of one is a lower bound".to_owned());
    }
    notes
}

fn exposure(facts: &CampaignFacts) -> Exposure {
    let live = facts.now.min(facts.flight.end()).duration_since(facts.flight.start());
    let hours = Decimal::from(live.as_secs().max(0)) / Decimal::from(crate::history::HOUR);
    Exposure {
        hours_live: facts.hours_on_offer.map_or(hours, |on_offer| on_offer.min(hours).max(Decimal::ZERO)),
        clicks: facts.performance.clicks,
        actions: facts.performance.actions,
        units_observed: facts.observed.units,
        units_expected: facts.baseline.activity.units,
        views_observed: facts.observed.views,
        views_expected: facts.baseline.activity.views,
        cost: facts.performance.cost,
        revenue: facts.performance.revenue,
        budget: facts.budget,
    }
}

/// Applies a formula to two numbers that both have to be there.
fn both<A, B, R>(a: Measured<A>, b: Measured<B>, formula: impl FnOnce(A, B) -> Result<R, Absence>) -> Result<R, Absence> {
    formula(a.ok()?, b.ok()?)
}

fn difference(current: Decimal, baseline: Decimal) -> Result<Decimal, Absence> {
    current.checked_sub(baseline).ok_or(Absence::OutOfRange)
}

fn gain(current: Money, baseline: Money) -> Result<Money, Absence> {
    current.checked_sub(baseline).map_err(|error| crate::roas::absence_of(&error))
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::Currency;
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;
    use crate::testing::{at, hours};

    fn euros(amount: Decimal) -> Money {
        Money::new(amount, Currency::EUR)
    }

    fn facts() -> CampaignFacts {
        let activity = |units, revenue, views| Activity {
            units: Measured::Known(units),
            revenue: Measured::Known(euros(revenue)),
            views: Measured::Known(views),
        };
        CampaignFacts {
            flight: hours(0, 240),
            now: at(120),
            observed: activity(dec!(12), dec!(720), dec!(330)),
            baseline: Baseline::given(activity(dec!(10), dec!(600), dec!(300))),
            performance: CampaignPerformance {
                impressions: Measured::Known(4_000),
                clicks: Measured::Known(80),
                actions: 2,
                revenue: euros(dec!(120)),
                cost: euros(dec!(20)),
                new_customers: Measured::Known(1),
                ..CampaignPerformance::nothing(hours(0, 120), Currency::EUR)
            },
            budget: euros(dec!(36)),
            market: None,
            impact_trend: Measured::Absent(Absence::TooFewObservations),
            lifecycle: Measured::Known(LifecycleStage::Maturity),
            margin: Margin::of_unit(euros(dec!(60)), euros(dec!(45))).into(),
            store_new_customers: Measured::Known(3),
            returns: Measured::Known(Returns { sold: dec!(12), returned: dec!(1), usual_share: 0.05, chance: 0.46 }),
            hours_on_offer: None,
        }
    }

    #[test]
    fn everything_is_measured_at_once() {
        let metrics = measure(&facts());
        assert_eq!(metrics.sales_impact, Measured::Known(dec!(20)));
        assert_eq!(metrics.view_impact, Measured::Known(dec!(10)));
        assert_eq!(metrics.efficiency, Measured::Known(dec!(16.0)));
        assert_eq!(metrics.incremental_units, Measured::Known(dec!(2)));
        assert_eq!(metrics.incremental_revenue, Measured::Known(euros(dec!(120))));
        assert_eq!((metrics.gross_roas, metrics.net_roas), (Measured::Known(dec!(6)), Measured::Known(dec!(5))));
        assert_eq!(metrics.cpa, Measured::Known(euros(dec!(20))));
        assert_eq!(metrics.click_through_rate, Measured::Known(dec!(2)));
        assert_eq!(metrics.conversion_rate, Measured::Known(dec!(2.5)));
        assert_eq!(metrics.cost_per_click, Measured::Known(euros(dec!(0.25))));
        assert_eq!(metrics.average_order_value, Measured::Known(euros(dec!(60))));
        assert_eq!(metrics.exposure.hours_live, dec!(120));
        assert_eq!(metrics.new_customers, Measured::Known(NewCustomers { count: 1, known_by: NewCustomerSource::Platform }));
        assert_eq!(metrics.margin_return.map(Roas::gross), Measured::Known(dec!(1.5)), "120 x 1/4 for 20");
        assert_eq!(metrics.incremental_return.map(Roas::net), Measured::Known(dec!(5)));
        assert_eq!(metrics.incremental_profit, Measured::Known(euros(dec!(10))), "120 x 1/4 less 20");
    }

    #[test]
    fn the_store_stands_in_for_a_platform_that_does_not_know_its_customers() {
        let mut facts = facts();
        facts.performance.new_customers = Measured::Absent(Absence::NewCustomersUnknown);
        let metrics = measure(&facts);
        assert_eq!(metrics.new_customers, Measured::Known(NewCustomers { count: 3, known_by: NewCustomerSource::Store }));
        assert_eq!(metrics.cpa, cost_per_acquisition(euros(dec!(20)), 3).into());
    }

    #[test]
    fn facts_and_metrics_of_before_the_margin_can_still_be_read() {
        let strip = |mut value: serde_json::Value, names: &[&str]| {
            names.iter().for_each(|name| drop(value.as_object_mut().unwrap().remove(*name)));
            value
        };
        let old = strip(
            serde_json::to_value(facts()).unwrap(),
            &["impact_trend", "lifecycle", "margin", "store_new_customers", "returns", "hours_on_offer"],
        );
        let read: CampaignFacts = serde_json::from_value(old).unwrap();
        assert_eq!(measure(&read).margin_return, Measured::Absent(Absence::NotYetReported));
        let metrics = serde_json::to_value(measure(&facts())).unwrap();
        let old = strip(metrics, &["new_customers", "margin_return", "incremental_return", "incremental_profit", "returns"]);
        assert!(serde_json::from_value::<CampaignMetrics>(old).is_ok());
    }

    #[test]
    fn a_fresh_campaign_has_reasons_instead_of_numbers() {
        let fresh = CampaignFacts {
            now: at(-5),
            observed: Activity::absent(Absence::TooFewObservations),
            baseline: Baseline::absent(BaselineMethod::SameWeekdays, Absence::NoBaseline),
            performance: CampaignPerformance::nothing(hours(0, 1), Currency::EUR),
            ..facts()
        };
        let metrics = measure(&fresh);
        assert_eq!(metrics.sales_impact, Measured::Absent(Absence::TooFewObservations));
        assert_eq!(metrics.net_roas, Measured::Absent(Absence::NoSpend));
        assert_eq!(metrics.cpa, Measured::Absent(Absence::NoSpend));
        assert_eq!(metrics.conversion_rate, Measured::Absent(Absence::NoClicks));
        assert_eq!(metrics.click_through_rate, Measured::Absent(Absence::NotYetReported));
        assert_eq!(metrics.spend_pace, Measured::Absent(Absence::NotYetReported));
        assert_eq!(metrics.exposure.hours_live, dec!(0));
    }

    #[test]
    fn unknown_views_leave_the_sales_untouched() {
        let mut blind = facts();
        blind.observed.views = Measured::Absent(Absence::NoViewSource);
        let metrics = measure(&blind);
        assert_eq!(metrics.sales_impact, Measured::Known(dec!(20)));
        assert_eq!(metrics.efficiency, Measured::Absent(Absence::NoViewSource));
    }

    #[test]
    fn survives_json() {
        let json = serde_json::to_string(&(facts(), measure(&facts()))).unwrap();
        assert_eq!(serde_json::from_str::<(CampaignFacts, CampaignMetrics)>(&json).unwrap(), (facts(), measure(&facts())));
    }

    proptest! {
        #[test]
        fn neither_the_currency_nor_its_unit_changes_a_ratio(
            revenue in 0i64..1_000_000, cost in 0i64..100_000, budget in 0i64..100_000, store in 0i64..1_000_000, places in 0u32..5,
        ) {
            let measured = |currency: Currency, places: u32| {
                let money = |minor| Money::new(Decimal::new(minor, places), currency);
                let mut facts = facts();
                facts.performance.revenue = money(revenue);
                facts.performance.cost = money(cost);
                facts.budget = money(budget);
                facts.observed.revenue = Measured::Known(money(store));
                facts.baseline.activity.revenue = Measured::Known(money(1_000));
                facts.margin = Margin::of_unit(money(6_000), money(4_500)).into();
                measure(&facts)
            };
            let (euros, other) = (measured(Currency::EUR, 2), measured("JPY".parse().unwrap(), places));
            let ratios = |metrics: &CampaignMetrics| {
                let net = |roas: Measured<Roas>| roas.map(Roas::net);
                [
                    metrics.gross_roas, metrics.net_roas, metrics.spend_pace, net(metrics.margin_return), net(metrics.incremental_return),
                    metrics.sales_impact, metrics.efficiency, metrics.conversion_rate, Measured::Known(metrics.risk.score),
                ]
            };
            for (euros, other) in ratios(&euros).into_iter().zip(ratios(&other)) {
                match (euros, other) {
                    (Measured::Known(euros), Measured::Known(other)) => prop_assert!((euros - other).abs() < dec!(0.000000000001)),
                    (euros, other) => prop_assert_eq!(euros, other),
                }
            }
        }

        #[test]
        fn the_largest_amounts_have_an_answer(revenue: i128, cost: i128, budget: i128, units: i128, expected: i128) {
            let wide = |number: i128| Decimal::try_from_i128_with_scale(number >> 32, 3).unwrap_or(Decimal::MAX);
            let mut facts = facts();
            facts.performance.revenue = euros(wide(revenue));
            facts.performance.cost = euros(wide(cost));
            facts.budget = euros(wide(budget));
            facts.observed.units = Measured::Known(wide(units));
            facts.baseline.activity.units = Measured::Known(wide(expected));
            let metrics = measure(&facts);
            prop_assert!((Decimal::ZERO..=Decimal::ONE).contains(&metrics.risk.score));
        }
    }
}
