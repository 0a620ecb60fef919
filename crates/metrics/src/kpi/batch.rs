//! Metrics of many campaign-days at once.

use campaign_pilot_core::{Absence, Currency, Measured, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// To how many decimal places [`measure_days`] computes.
pub const BATCH_DECIMAL_PLACES: u32 = 12;

const SCALE: i128 = 1_000_000_000_000;

/// A day of a campaign in whole numbers: amounts in the currency's minor unit (cents), units and views and what was
/// expected of them in one small unit of the caller's choice (thousandths, say), the same for observed and expected.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CampaignDay {
    /// How often the advertisement was shown.
    pub impressions: Measured<u64>,
    /// How often it was clicked.
    pub clicks: Measured<u64>,
    /// Conversions credited to the campaign.
    pub conversions: u64,
    /// New customers among them.
    pub new_customers: Measured<u64>,
    /// Credited revenue in minor units.
    pub revenue: i64,
    /// Cost in minor units.
    pub cost: i64,
    /// What an even spending of the budget would have cost, in minor units.
    pub planned_cost: i64,
    /// Units sold less units taken back.
    pub units: Measured<i64>,
    /// Units expected without the campaign.
    pub expected_units: Measured<i64>,
    /// Page views.
    pub views: Measured<i64>,
    /// Page views expected without the campaign.
    pub expected_views: Measured<i64>,
}

/// The metrics of a campaign-day. What does not exist is absent and says why.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DayMetrics {
    /// Credited revenue / cost.
    pub gross_roas: Measured<Decimal>,
    /// (Credited revenue - cost) / cost.
    pub net_roas: Measured<Decimal>,
    /// Cost / new customers.
    pub cpa: Measured<Money>,
    /// Cost / clicks.
    pub cost_per_click: Measured<Money>,
    /// Credited revenue / conversions.
    pub average_order_value: Measured<Money>,
    /// Clicks / impressions, in percent.
    pub click_through_rate: Measured<Decimal>,
    /// Conversions / clicks, in percent.
    pub conversion_rate: Measured<Decimal>,
    /// Cost / planned cost.
    pub spend_pace: Measured<Decimal>,
    /// Units against the expected units, in percent.
    pub sales_impact: Measured<Decimal>,
    /// Views against the expected views, in percent.
    pub view_impact: Measured<Decimal>,
    /// Sales impact x 0.6 + view impact x 0.4, of the impacts as they stand here.
    pub efficiency: Measured<Decimal>,
}

/// The metrics of many campaign-days of one currency, some millions a second and core.
///
/// Every quotient is computed in whole numbers and rounded once, half to even, to [`BATCH_DECIMAL_PLACES`] places; a
/// quotient that ends before that is exact. The functions for single values ([`crate::Roas`],
/// [`crate::cost_per_acquisition`], [`crate::relative_change`], ..) carry 28 digits instead: decide on those, and use this
/// for tables, charts and models over whole portfolios. The reasons of absence are the same.
///
/// ```
/// use campaign_pilot_core::{Absence, Currency, Measured, Money};
/// use campaign_pilot_metrics::{CampaignDay, measure_days};
/// use rust_decimal::dec;
///
/// let day = CampaignDay {
///     impressions: Measured::Absent(Absence::ImpressionsNotCounted),
///     clicks: Measured::Known(80),
///     conversions: 2,
///     new_customers: Measured::Known(1),
///     revenue: 12_000, // 120.00
///     cost: 2_000,
///     planned_cost: 1_600,
///     units: Measured::Known(12_000), // thousandths
///     expected_units: Measured::Known(10_500),
///     views: Measured::Known(330_000),
///     expected_views: Measured::Known(300_000),
/// };
/// let metrics = measure_days(Currency::EUR, &[day]).next().ok_or("one day")?;
/// assert_eq!(metrics.net_roas, Measured::Known(dec!(5)));
/// assert_eq!(metrics.cost_per_click, Measured::Known(Money::new(dec!(0.25), Currency::EUR)));
/// assert_eq!(metrics.sales_impact, Measured::Known(dec!(14.285714285714)));
/// assert_eq!(metrics.click_through_rate, Measured::Absent(Absence::ImpressionsNotCounted));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn measure_days(currency: Currency, days: &[CampaignDay]) -> impl ExactSizeIterator<Item = DayMetrics> {
    let digits = currency.minor_digits();
    days.iter().map(move |day| measure_day(day, currency, digits))
}

fn measure_day(day: &CampaignDay, currency: Currency, digits: u32) -> DayMetrics {
    let (revenue, cost) = (i128::from(day.revenue), i128::from(day.cost));
    let plain = |part: i128, whole: i128, none| Measured::from(quotient(part, whole, none).and_then(|q| decimal(q, 0)));
    // Minor units become major ones by moving the point.
    let money = |part: i128, whole: u64, none| {
        let each = quotient(part, i128::from(whole), none).and_then(|q| decimal(q, digits));
        Measured::from(each.map(|each| Money::new(each, currency)))
    };
    let roas_none = Absence::NoSpend;
    let cpa = day.new_customers.ok().and_then(|new| if cost > 0 { Ok(new) } else { Err(Absence::NoSpend) });
    let sales = impact(day.units, day.expected_units);
    let views = impact(day.views, day.expected_views);
    let efficiency = sales.and_then(|sales| decimal(sales * 6 + views? * 4, 1));
    DayMetrics {
        gross_roas: plain(revenue, cost, roas_none),
        net_roas: plain(revenue - cost, cost, roas_none),
        cpa: cpa.map_or_else(Measured::Absent, |new| money(cost, new, Absence::NoNewCustomers)),
        cost_per_click: day.clicks.ok().map_or_else(Measured::Absent, |clicks| money(cost, clicks, Absence::NoClicks)),
        average_order_value: money(revenue, day.conversions, Absence::NoOrders),
        click_through_rate: match (day.clicks, day.impressions) {
            (Measured::Known(clicks), Measured::Known(shown)) => {
                plain(i128::from(clicks) * 100, i128::from(shown), Absence::NoImpressions)
            }
            (Measured::Absent(absence), _) | (_, Measured::Absent(absence)) => Measured::Absent(absence),
        },
        conversion_rate: match day.clicks {
            Measured::Known(clicks) => plain(i128::from(day.conversions) * 100, i128::from(clicks), Absence::NoClicks),
            Measured::Absent(absence) => Measured::Absent(absence),
        },
        spend_pace: plain(cost, i128::from(day.planned_cost), Absence::NoBudget),
        sales_impact: sales.and_then(|sales| decimal(sales, 0)).into(),
        view_impact: views.and_then(|views| decimal(views, 0)).into(),
        efficiency: efficiency.into(),
    }
}

fn impact(observed: Measured<i64>, expected: Measured<i64>) -> Result<i128, Absence> {
    let (observed, expected) = (i128::from(observed.ok()?), i128::from(expected.ok()?));
    quotient((observed - expected) * 100, expected, Absence::ZeroBaseline)
}

/// `part / whole` in units of 10^-12, rounded half to even.
fn quotient(part: i128, whole: i128, none: Absence) -> Result<i128, Absence> {
    if whole <= 0 {
        return Err(none);
    }
    let scaled = part.checked_mul(SCALE).ok_or(Absence::OutOfRange)?;
    // Most numbers fit into 64 bits, where dividing is several times as fast.
    let (whole_part, rest) = match (i64::try_from(scaled), i64::try_from(whole)) {
        (Ok(scaled), Ok(whole)) => (i128::from(scaled.div_euclid(whole)), i128::from(scaled.rem_euclid(whole))),
        _ => (scaled.div_euclid(whole), scaled.rem_euclid(whole)),
    };
    let up = match (rest * 2).cmp(&whole) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => whole_part % 2 != 0,
        std::cmp::Ordering::Greater => true,
    };
    Ok(whole_part + i128::from(up))
}

fn decimal(mantissa: i128, more_places: u32) -> Result<Decimal, Absence> {
    let scale = BATCH_DECIMAL_PLACES + more_places;
    match i64::try_from(mantissa) {
        Ok(mantissa) => Ok(Decimal::new(mantissa, scale)),
        Err(_) => Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| Absence::OutOfRange),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;
    use crate::{
        Roas, average_order_value, click_through_rate, conversion_rate, cost_per_acquisition, cost_per_click, efficiency,
        relative_change,
    };

    fn measured<T: std::fmt::Debug>(values: impl Strategy<Value = T>) -> impl Strategy<Value = Measured<T>> {
        let known = proptest::option::weighted(0.8, values);
        known.prop_map(|value| value.map_or(Measured::Absent(Absence::NotYetReported), Measured::Known))
    }

    fn day() -> impl Strategy<Value = CampaignDay> {
        let counts = (measured(0u64..9_999), measured(0u64..999), 0u64..99, measured(0u64..9));
        let amounts = (-9_999i64..999_999, -99i64..99_999, 0i64..99_999);
        let activity = || (measured(-99i64..99_999), measured(-9i64..99_999));
        (counts, amounts, activity(), activity()).prop_map(|(counts, amounts, units, views)| CampaignDay {
            impressions: counts.0,
            clicks: counts.1,
            conversions: counts.2,
            new_customers: counts.3,
            revenue: amounts.0,
            cost: amounts.1,
            planned_cost: amounts.2,
            units: units.0,
            expected_units: units.1,
            views: views.0,
            expected_views: views.1,
        })
    }

    fn one(day: CampaignDay) -> DayMetrics {
        measure_days(Currency::EUR, &[day]).next().unwrap()
    }

    fn assert_same(batch: Measured<Decimal>, single: Result<Decimal, Absence>) {
        match (batch, single) {
            (Measured::Known(batch), Ok(single)) => {
                assert!((batch - single).abs() <= dec!(0.0000000000005000001), "{batch} is not {single}");
            }
            (batch, single) => assert_eq!(batch.absence(), single.err(), "{batch:?} {single:?}"),
        }
    }

    #[test]
    fn halves_are_rounded_to_even() {
        assert_eq!(quotient(1, 2_000_000_000_000, Absence::NoSpend), Ok(0));
        assert_eq!(quotient(3, 2_000_000_000_000, Absence::NoSpend), Ok(2));
        assert_eq!(quotient(-1, 2_000_000_000_000, Absence::NoSpend), Ok(0));
        assert_eq!(quotient(-3, 2_000_000_000_000, Absence::NoSpend), Ok(-2));
        assert_eq!(quotient(2, 3, Absence::NoSpend), Ok(666_666_666_667));
        assert_eq!(quotient(i128::from(i64::MAX), 7, Absence::NoSpend), Ok(1_317_624_576_693_539_401_000_000_000_000));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let day = CampaignDay {
            impressions: Measured::Known(0),
            clicks: Measured::Known(u64::MAX),
            conversions: 0,
            new_customers: Measured::Known(0),
            revenue: i64::MAX,
            cost: 1,
            planned_cost: 0,
            units: Measured::Known(i64::MIN),
            expected_units: Measured::Known(1),
            views: Measured::Known(i64::MAX),
            expected_views: Measured::Known(0),
        };
        let metrics = one(day);
        assert_eq!(metrics.gross_roas, Measured::Absent(Absence::OutOfRange));
        assert_eq!(metrics.sales_impact, Measured::Absent(Absence::OutOfRange));
        assert_eq!(metrics.view_impact, Measured::Absent(Absence::ZeroBaseline));
        assert_eq!(metrics.cpa, Measured::Absent(Absence::NoNewCustomers));
        assert_eq!(metrics.click_through_rate, Measured::Absent(Absence::NoImpressions));
        assert_eq!(metrics.average_order_value, Measured::Absent(Absence::NoOrders));
        assert_eq!(metrics.spend_pace, Measured::Absent(Absence::NoBudget));
    }

    proptest! {
        #[test]
        fn equals_the_single_formulas_to_the_last_place(day in day()) {
            let metrics = one(day);
            let money = |minor| Money::new(Decimal::new(minor, 2), Currency::EUR);
            let (revenue, cost) = (money(day.revenue), money(day.cost));
            let amount = |money: Measured<Money>| money.map(|money| money.amount);
            let single = |money: Result<Money, Absence>| money.map(|money| money.amount);
            let change = |now: Measured<i64>, before: Measured<i64>| relative_change(now.ok()?.into(), before.ok()?.into());
            assert_same(metrics.gross_roas, Roas::new(revenue, cost).map(Roas::gross));
            assert_same(metrics.net_roas, Roas::new(revenue, cost).map(Roas::net));
            assert_same(amount(metrics.cpa), single(day.new_customers.ok().and_then(|new| cost_per_acquisition(cost, new))));
            assert_same(amount(metrics.cost_per_click), single(day.clicks.ok().and_then(|clicks| cost_per_click(cost, clicks))));
            assert_same(amount(metrics.average_order_value), single(average_order_value(revenue, day.conversions)));
            let rate = day.clicks.ok().and_then(|clicks| click_through_rate(clicks, day.impressions.ok()?));
            assert_same(metrics.click_through_rate, rate);
            assert_same(metrics.conversion_rate, day.clicks.ok().and_then(|clicks| conversion_rate(day.conversions, clicks)));
            let (sales, views) = (change(day.units, day.expected_units), change(day.views, day.expected_views));
            assert_same(metrics.sales_impact, sales);
            assert_same(metrics.view_impact, views);
            assert_same(metrics.efficiency, sales.and_then(|sales| efficiency(sales, views?)));
        }

        #[test]
        fn any_numbers_have_an_answer(revenue: i64, cost: i64, planned_cost: i64, units: i64, expected: i64, clicks: u64, shown: u64) {
            let metrics = one(CampaignDay {
                impressions: Measured::Known(shown),
                clicks: Measured::Known(clicks),
                conversions: clicks,
                new_customers: Measured::Known(shown),
                revenue,
                cost,
                planned_cost,
                units: Measured::Known(units),
                expected_units: Measured::Known(expected),
                views: Measured::Known(expected),
                expected_views: Measured::Known(units),
            });
            prop_assert_eq!(metrics.gross_roas.absence() == Some(Absence::NoSpend), cost <= 0);
        }
    }
}
