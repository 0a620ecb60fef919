//! The store's other products as a control that runs at the same time.

use campaign_pilot_core::{Absence, Currency, Measured, Money, Period};
use rust_decimal::Decimal;

use super::draw::{draw, draw_gross};
use super::{Baseline, BaselineMethod, BaselineSettings, ControlGroup, MINIMUM_CONTROL_UNITS, scaled};
use crate::history::{Sums, from_full_hour};
use crate::{Activity, History};

const OWN: BaselineMethod = BaselineMethod::SameWeekdays;

pub(super) fn with_control(history: &History<'_>, target: Period, settings: &BaselineSettings<'_>) -> Result<Baseline, Absence> {
    if settings.controls.is_empty() {
        return Err(Absence::NoBaseline);
    }
    let own = draw(history, target, OWN, settings)?;
    let rest = Rest::gather(target, settings)?;
    if rest.products == 0 {
        return Err(Absence::NoBaseline);
    }
    if rest.expected_units < Decimal::from(MINIMUM_CONTROL_UNITS) {
        return Err(Absence::TooFewObservations);
    }
    let growth = ratio(rest.units, rest.expected_units);
    let revenue = own.activity.revenue.ok().and_then(|own| {
        let factor = rest.revenue_growth(own.currency)?;
        own.amount.checked_mul(factor).map(|amount| Money::new(amount, own.currency)).ok_or(Absence::OutOfRange)
    });
    let mut notes = own.notes;
    notes.extend(rest.notes(settings.controls.len()));
    Ok(Baseline {
        method: BaselineMethod::ConcurrentControl,
        activity: Activity {
            units: scaled(own.activity.units, growth),
            revenue: revenue.into(),
            views: scaled(own.activity.views, rest.view_growth()),
        },
        control: Some(ControlGroup { products: rest.products, units: rest.units, expected_units: rest.expected_units }),
        notes,
        ..own
    })
}

/// What the controls sold, and what their own same weekdays foretold, before refunds.
#[derive(Default)]
struct Rest {
    products: u32,
    units: Decimal,
    expected_units: Decimal,
    revenue: Decimal,
    expected_revenue: Decimal,
    currency: Option<Currency>,
    mixed: bool,
    views: Decimal,
    expected_views: Decimal,
}

impl Rest {
    fn gather(target: Period, settings: &BaselineSettings<'_>) -> Result<Self, Absence> {
        let mut rest = Self::default();
        for control in settings.controls {
            // One without a past, or out of stock the whole time, says nothing.
            let Ok(expected) = draw_gross(control, target, OWN, settings) else { continue };
            rest.add(&expected, &sold(control, target, settings)?)?;
        }
        Ok(rest)
    }

    fn add(&mut self, expected: &Activity, sold: &Sums) -> Result<(), Absence> {
        let sum = |left: Decimal, right: Decimal| left.checked_add(right).ok_or(Absence::OutOfRange);
        self.products += 1;
        if let Measured::Known(units) = expected.units {
            self.expected_units = sum(self.expected_units, units)?;
            self.units = sum(self.units, sold.units())?;
        }
        if let Measured::Known(revenue) = expected.revenue {
            let now = sold.currency();
            self.mixed |= self.currency.is_some_and(|currency| currency != revenue.currency)
                || now == Err(Absence::MixedCurrencies)
                || now.is_ok_and(|currency| currency != revenue.currency);
            self.currency = Some(revenue.currency);
            self.expected_revenue = sum(self.expected_revenue, revenue.amount)?;
            self.revenue = sum(self.revenue, sold.revenue())?;
        } else if expected.revenue.absence() == Some(Absence::MixedCurrencies) {
            self.mixed = true;
        }
        if let Measured::Known(views) = expected.views {
            self.expected_views = sum(self.expected_views, views)?;
            self.views = sum(self.views, sold.views())?;
        }
        Ok(())
    }

    fn revenue_growth(&self, currency: Currency) -> Result<Decimal, Absence> {
        if self.mixed || self.currency.is_some_and(|own| own != currency) {
            return Err(Absence::MixedCurrencies);
        }
        ratio(self.revenue, self.expected_revenue)
    }

    fn view_growth(&self) -> Result<Decimal, Absence> {
        if self.expected_views.is_zero() {
            return Err(Absence::NoViewSource);
        }
        ratio(self.views, self.expected_views)
    }

    fn notes(&self, given: usize) -> Vec<String> {
        let mut notes = vec![format!(
            "the rest of the store sold {} units where {} were expected, over {} products",
            self.units.round_dp(1).normalize(),
            self.expected_units.round_dp(1).normalize(),
            self.products
        )];
        let silent = given.saturating_sub(usize::try_from(self.products).unwrap_or(usize::MAX));
        if silent > 0 {
            notes.push(format!("{silent} other products say nothing: no history, or out of stock the whole time"));
        }
        notes
    }
}

/// What a control sold in the target, in the hours that its expectation is about.
fn sold(control: &History<'_>, target: Period, settings: &BaselineSettings<'_>) -> Result<Sums, Absence> {
    let target = from_full_hour(target)?;
    let left_out = control.left_out(OWN, settings);
    let mut sums = Sums::default();
    let inside = control.hours.iter().filter(|row| target.contains(row.hour) && left_out.why(row.hour.as_second()).is_none());
    inside.for_each(|row| sums.add(row, Decimal::ONE));
    Ok(sums)
}

fn ratio(now: Decimal, expected: Decimal) -> Result<Decimal, Absence> {
    if expected <= Decimal::ZERO {
        return Err(Absence::ZeroBaseline);
    }
    now.checked_div(expected).ok_or(Absence::OutOfRange)
}
