//! Sums that can be added to, merged in any order, and turned into key figures.

use campaign_pilot_core::{Absence, Currency, Measured, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Figures;
use crate::NewCustomerSource;

/// The sums that key figures are made of.
///
/// Adding and merging are exact, and neither order nor grouping matters: sums of days merge into the same month as the
/// hours themselves. Ratios are kept as two sums, over the records that know both of their numbers, so that a ratio of a
/// portfolio is never a mean of ratios, and a campaign without impressions does not lower the click-through rate of one
/// with. Amounts of two currencies make every figure in money absent; the counts stay.
///
/// ```
/// use campaign_pilot_core::{Absence, Currency, Measured, Money};
/// use campaign_pilot_metrics::{Figures, KpiSums};
/// use rust_decimal::dec;
///
/// let euros = |amount| Measured::Known(Money::new(amount, Currency::EUR));
/// let campaign = |revenue, cost| Figures {
///     credited_revenue: euros(revenue),
///     cost: euros(cost),
///     ..Figures::absent(Absence::NotYetReported)
/// };
/// let mut sums = KpiSums::default();
/// sums.add(&campaign(dec!(90), dec!(10))); // 9
/// sums.add(&campaign(dec!(90), dec!(90))); // 1
/// assert_eq!(sums.kpis().gross_roas.value, Measured::Known(dec!(1.8))); // and not (9 + 1) / 2
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct KpiSums {
    pub(super) records: u64,
    currency: Option<Currency>,
    mixed: bool,
    pub(super) impressions: Total,
    pub(super) clicks: Total,
    pub(super) conversions: Total,
    pub(super) credited_revenue: Total,
    pub(super) cost: Total,
    pub(super) new_customers: Total,
    pub(super) customers_by_platform: u64,
    pub(super) customers_by_store: u64,
    pub(super) orders: Total,
    pub(super) units: Total,
    pub(super) revenue: Total,
    pub(super) views: Total,
    pub(super) clicks_of_impressions: Pair,
    pub(super) conversions_of_clicks: Pair,
    pub(super) cost_of_clicks: Pair,
    pub(super) revenue_of_conversions: Pair,
    pub(super) revenue_of_orders: Pair,
    pub(super) revenue_of_cost: Pair,
    pub(super) contribution_of_cost: Pair,
    pub(super) cost_of_customers: Pair,
    pub(super) cost_of_plan: Pair,
    pub(super) units_of_expected: Pair,
    pub(super) revenue_of_expected: Pair,
    pub(super) views_of_expected: Pair,
    pub(super) gain_of_cost: Pair,
}

impl KpiSums {
    /// Adds what was counted in one record.
    pub fn add(&mut self, figures: &Figures) {
        let Figures { impressions, clicks, conversions, orders, units, expected_units, views, expected_views, .. } = *figures;
        self.records = self.records.saturating_add(1);
        let (credited, contribution) = (self.amount(figures.credited_revenue), self.amount(figures.contribution));
        let (cost, planned) = (self.amount(figures.cost), self.amount(figures.planned_cost));
        let (revenue, expected_revenue) = (self.amount(figures.revenue), self.amount(figures.expected_revenue));
        let count = |count: Measured<u64>| count.map(Decimal::from).ok();
        let (impressions, clicks, conversions) = (count(impressions), count(clicks), count(conversions));
        let (orders, customers) = (count(orders), count(figures.new_customers.map(|customers| customers.count)));
        let (units, expected_units, views, expected_views) = (units.ok(), expected_units.ok(), views.ok(), expected_views.ok());
        match figures.new_customers.known().map(|customers| customers.known_by) {
            Some(NewCustomerSource::Platform) => self.customers_by_platform += 1,
            Some(NewCustomerSource::Store) => self.customers_by_store += 1,
            None => {}
        }
        for (total, number) in [
            (&mut self.impressions, impressions),
            (&mut self.clicks, clicks),
            (&mut self.conversions, conversions),
            (&mut self.credited_revenue, credited),
            (&mut self.cost, cost),
            (&mut self.new_customers, customers),
            (&mut self.orders, orders),
            (&mut self.units, units),
            (&mut self.revenue, revenue),
            (&mut self.views, views),
        ] {
            total.add(number);
        }
        let gain = revenue.and_then(|revenue| exact_sum(revenue, -expected_revenue?));
        for (pair, part, whole) in [
            (&mut self.clicks_of_impressions, clicks, impressions),
            (&mut self.conversions_of_clicks, conversions, clicks),
            (&mut self.cost_of_clicks, cost, clicks),
            (&mut self.revenue_of_conversions, credited, conversions),
            (&mut self.revenue_of_orders, revenue, orders),
            (&mut self.revenue_of_cost, credited, cost),
            (&mut self.contribution_of_cost, contribution, cost),
            (&mut self.cost_of_customers, cost, customers),
            (&mut self.cost_of_plan, cost, planned),
            (&mut self.units_of_expected, units, expected_units),
            (&mut self.revenue_of_expected, revenue, expected_revenue),
            (&mut self.views_of_expected, views, expected_views),
            (&mut self.gain_of_cost, gain, cost),
        ] {
            pair.add(part, whole);
        }
    }

    /// Adds what another one has summed up.
    pub fn merge(&mut self, other: &Self) {
        self.records = self.records.saturating_add(other.records);
        if let Some(currency) = other.currency {
            self.meet(currency);
        }
        self.mixed |= other.mixed;
        self.customers_by_platform = self.customers_by_platform.saturating_add(other.customers_by_platform);
        self.customers_by_store = self.customers_by_store.saturating_add(other.customers_by_store);
        for (mine, theirs) in self.totals_mut().into_iter().zip(other.clone().totals_mut()) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.pairs_mut().into_iter().zip(other.clone().pairs_mut()) {
            mine.merge(theirs);
        }
    }

    /// How many records were added.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// The currency of all amounts.
    ///
    /// # Errors
    ///
    /// [`Absence::MixedCurrencies`] for several, [`Absence::NotYetReported`] without any amount.
    pub fn currency(&self) -> Result<Currency, Absence> {
        if self.mixed {
            return Err(Absence::MixedCurrencies);
        }
        self.currency.ok_or(Absence::NotYetReported)
    }

    fn amount(&mut self, money: Measured<Money>) -> Result<Decimal, Absence> {
        let money = money.ok()?;
        self.meet(money.currency);
        Ok(money.amount)
    }

    /// The smaller currency code is kept when there are two, so that the order does not matter.
    fn meet(&mut self, currency: Currency) {
        self.mixed |= self.currency.is_some_and(|known| known != currency);
        self.currency = Some(self.currency.map_or(currency, |known| known.min(currency)));
    }

    fn totals_mut(&mut self) -> [&mut Total; 10] {
        [
            &mut self.impressions,
            &mut self.clicks,
            &mut self.conversions,
            &mut self.credited_revenue,
            &mut self.cost,
            &mut self.new_customers,
            &mut self.orders,
            &mut self.units,
            &mut self.revenue,
            &mut self.views,
        ]
    }

    fn pairs_mut(&mut self) -> [&mut Pair; 13] {
        [
            &mut self.clicks_of_impressions,
            &mut self.conversions_of_clicks,
            &mut self.cost_of_clicks,
            &mut self.revenue_of_conversions,
            &mut self.revenue_of_orders,
            &mut self.revenue_of_cost,
            &mut self.contribution_of_cost,
            &mut self.cost_of_customers,
            &mut self.cost_of_plan,
            &mut self.units_of_expected,
            &mut self.revenue_of_expected,
            &mut self.views_of_expected,
            &mut self.gain_of_cost,
        ]
    }
}

/// Which records a sum holds, and why others are not in it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Coverage {
    pub(super) records: u64,
    pub(super) left_out: u64,
    /// The first of the reasons in the order of their names, so that the order of the records does not matter.
    pub(super) why: Option<Absence>,
}

impl Coverage {
    fn merge(&mut self, other: Self) {
        self.records = self.records.saturating_add(other.records);
        self.left_out = self.left_out.saturating_add(other.left_out);
        self.why = [self.why, other.why].into_iter().flatten().min();
    }
}

/// A sum of the records that know a number.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Total {
    sum: Decimal,
    overflow: bool,
    pub(super) coverage: Coverage,
}

impl Total {
    fn add(&mut self, number: Result<Decimal, Absence>) {
        self.merge(&match number {
            Ok(sum) => Self { sum, overflow: false, coverage: Coverage { records: 1, left_out: 0, why: None } },
            Err(absence) => Self { coverage: Coverage { records: 0, left_out: 1, why: Some(absence) }, ..Self::default() },
        });
    }

    fn merge(&mut self, other: &Self) {
        self.overflow |= other.overflow;
        match exact_sum(self.sum, other.sum) {
            Ok(sum) => self.sum = sum,
            Err(_) => self.overflow = true,
        }
        self.coverage.merge(other.coverage);
    }

    pub(super) fn value(&self) -> Result<Decimal, Absence> {
        if self.overflow {
            return Err(Absence::OutOfRange);
        }
        if self.coverage.records == 0 {
            return Err(self.coverage.why.unwrap_or(Absence::NotYetReported));
        }
        Ok(self.sum)
    }
}

/// Two sums over the records that know both numbers.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Pair {
    part: Total,
    whole: Total,
}

impl Pair {
    fn add(&mut self, part: Result<Decimal, Absence>, whole: Result<Decimal, Absence>) {
        let both = part.and_then(|part| Ok((part, whole?)));
        self.part.add(both.map(|both| both.0));
        self.whole.add(both.map(|both| both.1));
    }

    fn merge(&mut self, other: &Self) {
        self.part.merge(&other.part);
        self.whole.merge(&other.whole);
    }

    /// Both sums.
    pub(super) fn values(&self) -> Result<(Decimal, Decimal), Absence> {
        Ok((self.part.value()?, self.whole.value()?))
    }

    pub(super) const fn coverage(&self) -> Coverage {
        self.part.coverage
    }
}

/// A sum with all of its digits, or none.
fn exact_sum(a: Decimal, b: Decimal) -> Result<Decimal, Absence> {
    let sum = a.checked_add(b).ok_or(Absence::OutOfRange)?;
    // A sum that does not fit is rounded to fewer decimal places.
    if sum.scale() < a.scale().max(b.scale()) && !a.is_zero() && !b.is_zero() && sum.checked_sub(a) != Some(b) {
        return Err(Absence::OutOfRange);
    }
    Ok(sum)
}
