//! What was known of a campaign, with source and age, and what was not.

use campaign_pilot_core::{Absence, Measured, Money};
use campaign_pilot_metrics::NewCustomerSource;
use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::{FactSource, FactValue, MissingFact, StatedFact};
use crate::{CampaignInput, MarginSource};

/// What was known, and what was not.
pub(super) fn of(input: &CampaignInput, at: Option<Timestamp>) -> (Vec<StatedFact>, Vec<MissingFact>) {
    let mut facts = Facts { at, stated: Vec::new(), missing: Vec::new() };
    let price = input.price.ok_or(Absence::NoPrice).into();
    facts.tell("price", price, FactSource::Store, input.read.product, FactValue::Money);
    facts.sales(input);
    facts.views(input);
    facts.money(input);
    facts.assumptions(input);
    (facts.stated, facts.missing)
}

struct Facts {
    at: Option<Timestamp>,
    stated: Vec<StatedFact>,
    missing: Vec<MissingFact>,
}

impl Facts {
    fn tell<T>(
        &mut self,
        what: impl Into<String>,
        value: Measured<T>,
        source: FactSource,
        as_of: Option<Timestamp>,
        show: impl FnOnce(T) -> FactValue,
    ) {
        match value {
            Measured::Known(value) => {
                let age = self.at.zip(as_of).map(|(at, as_of)| at.duration_since(as_of).as_mins().max(0));
                self.stated.push(StatedFact { what: what.into(), value: show(value), source, as_of, age_minutes: age });
            }
            Measured::Absent(absence) => self.missing.push(MissingFact::new(what, absence.reason())),
        }
    }

    /// What a change is made of, and the change: where one of the two counts is missing, its absence tells why there is none.
    fn change(
        &mut self,
        [observed, expected, change]: [(&str, Measured<Decimal>); 3],
        source: FactSource,
        as_of: Option<Timestamp>,
    ) {
        let both = observed.1.known().is_some() && expected.1.known().is_some();
        self.tell(observed.0, observed.1, source, as_of, FactValue::Number);
        let same_reason = observed.1.absence().is_some() && observed.1.absence() == expected.1.absence();
        if !same_reason {
            self.tell(expected.0, expected.1, source, as_of, |units| FactValue::Number(units.round_dp(2)));
        }
        if both || change.1.known().is_some() {
            self.tell(change.0, change.1, source, as_of, FactValue::Percent);
        }
    }

    fn sales(&mut self, input: &CampaignInput) {
        let (metrics, as_of) = (&input.metrics, input.read.sales);
        let against = metrics.compared_with.name();
        let expected = format!("units expected by {against}");
        let units = [
            ("units sold", metrics.exposure.units_observed),
            (expected.as_str(), metrics.exposure.units_expected),
            ("change of sales", metrics.sales_impact),
        ];
        self.change(units, FactSource::Store, as_of);
        self.tell("revenue beyond the expected", metrics.incremental_revenue, FactSource::Store, as_of, FactValue::Money);
        let returned = metrics.returns.map(|returns| returns.returned);
        self.tell("units that came back", returned, FactSource::Store, as_of, FactValue::Number);
        if let Measured::Known(returns) = metrics.returns {
            let usual = Decimal::from_f64(returns.usual_share * 100.0).unwrap_or_default().round_dp(2);
            let usual = Measured::Known(usual);
            self.tell("what usually comes back", usual, FactSource::Store, as_of, FactValue::Percent);
        }
    }

    fn views(&mut self, input: &CampaignInput) {
        let (metrics, as_of) = (&input.metrics, input.read.views);
        let views = [
            ("page views", metrics.exposure.views_observed),
            ("page views expected", metrics.exposure.views_expected),
            ("change of page views", metrics.view_impact),
        ];
        self.change(views, FactSource::PageViews, as_of);
    }

    fn money(&mut self, input: &CampaignInput) {
        let (metrics, exposure, as_of) = (&input.metrics, &input.metrics.exposure, input.read.platform);
        let hours = Measured::Known(exposure.hours_live);
        self.tell("hours on offer", hours, FactSource::Pilot, None, FactValue::Hours);
        self.tell("budget", Measured::Known(exposure.budget), FactSource::Pilot, None, FactValue::Money);
        let count = |count: u64| FactValue::Number(Decimal::from(count));
        self.tell("clicks", exposure.clicks, FactSource::Platform, as_of, count);
        self.tell("credited orders", Measured::Known(exposure.actions), FactSource::Platform, as_of, count);
        self.tell("credited revenue", Measured::Known(exposure.revenue), FactSource::Platform, as_of, FactValue::Money);
        self.tell("cost", Measured::Known(exposure.cost), FactSource::Platform, as_of, FactValue::Money);
        if !input.to_come.upper.is_zero() {
            let (expected, upper) = (cents(input.to_come.expected), cents(input.to_come.upper));
            self.tell("cost to come", Measured::Known(expected), FactSource::Forecast, as_of, FactValue::Money);
            self.tell("cost to come at most", Measured::Known(upper), FactSource::Forecast, as_of, FactValue::Money);
        }
        self.tell("net ROAS", metrics.net_roas, FactSource::Platform, as_of, |roas| FactValue::Number(roas.round_dp(4)));
        let (source, read) = match metrics.new_customers {
            Measured::Known(customers) if customers.known_by == NewCustomerSource::Store => (FactSource::Store, input.read.sales),
            _ => (FactSource::Platform, as_of),
        };
        self.tell("new customers", metrics.new_customers.map(|customers| customers.count), source, read, count);
        if metrics.new_customers.known().is_some() || metrics.cpa.known().is_some() {
            self.tell("cost of a new customer", metrics.cpa, source, read, |cpa| FactValue::Money(cents(cpa)));
        }
    }

    /// What the expected contribution takes as it stands.
    fn assumptions(&mut self, input: &CampaignInput) {
        let Some(prospect) = &input.prospect else { return };
        let margin = Measured::Known(prospect.margin.percent);
        let (name, source, as_of) = match prospect.margin.source {
            MarginSource::Store => ("margin", FactSource::Store, input.read.product),
            MarginSource::Category => ("margin of its category", FactSource::Policy, None),
            MarginSource::Shop => ("margin of the shop", FactSource::Policy, None),
            MarginSource::Assumed => ("margin", FactSource::Assumed, None),
        };
        self.tell(name, margin, source, as_of, FactValue::Percent);
        let (source, as_of) = match input.read.caused {
            Some(at) => (FactSource::Store, Some(at)),
            None => (FactSource::Assumed, None),
        };
        let caused = Measured::Known(prospect.caused * Decimal::ONE_HUNDRED);
        self.tell("credited sales that it caused, with stock for them", caused, source, as_of, FactValue::Percent);
    }
}

fn cents(money: Money) -> Money {
    Money::new(money.amount.round_dp(2), money.currency)
}
