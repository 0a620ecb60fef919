//! Remembered hours of a product, and what they add up to.

mod calendar;

use std::collections::BTreeSet;

use campaign_pilot_core::{Absence, Currency, Measured, Money, Period, ProductHour};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Activity, BaselineMethod, BaselineSettings, RefundTreatment, relative_change};

pub(crate) use calendar::Calendar;

pub(crate) const HOUR: i64 = 3_600;

/// Remembered hours of one product, with the period that they cover.
///
/// A covered hour without a row had no sale, and no view either if the product has known views in any other hour.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    pub(crate) hours: &'a [ProductHour],
    covered: Option<Period>,
}

impl<'a> History<'a> {
    /// A history that covers the time from its earliest to its latest hour. The order of the hours does not matter.
    #[must_use]
    pub fn new(hours: &'a [ProductHour]) -> Self {
        let first = hours.iter().map(|hour| hour.hour).min();
        let last = hours.iter().map(|hour| hour.hour).max().and_then(|hour| hour.checked_add(SignedDuration::from_hours(1)).ok());
        let covered = first.zip(last).and_then(|(first, last)| Period::new(first, last).ok());
        Self { hours, covered }
    }

    /// The same hours, known to cover `period`: quiet hours at its ends then count as quiet instead of unknown.
    #[must_use]
    pub const fn covering(mut self, period: Period) -> Self {
        self.covered = Some(period);
        self
    }

    /// The period that the history covers, if it covers any.
    #[must_use]
    pub const fn covered(&self) -> Option<Period> {
        self.covered
    }

    /// The hours that a comparison by `method` leaves out.
    pub(crate) fn left_out(&self, method: BaselineMethod, settings: &BaselineSettings<'_>) -> LeftOut {
        let (holidays, advertised, rests) = if method.keeps_holidays() {
            (&[][..], &[][..], &[][..])
        } else {
            (settings.holidays, settings.earlier_campaigns, settings.rests)
        };
        LeftOut {
            out_of_stock: self.out_of_stock(),
            advertised: advertised.to_vec(),
            rests: rests.to_vec(),
            calendar: Calendar::new(settings.zone.clone(), holidays),
        }
    }

    /// The covered part of the time of a length before `end`.
    pub(crate) fn before(&self, end: Timestamp, length: SignedDuration) -> Option<Period> {
        Period::ending_at(end, length).ok()?.intersection(self.covered?)
    }

    /// What the weeks before `end` add up to, if anything was sold in them.
    fn sold_before(&self, end: Timestamp, settings: &BaselineSettings<'_>, left_out: &LeftOut) -> Option<Sums> {
        let window = self.before(end, weeks(settings.weeks))?;
        let mut sums = Sums::default();
        for row in self.hours.iter().filter(|row| left_out.why(row.hour.as_second()).is_none()) {
            let share = share_inside(row.hour, window);
            if share > Decimal::ZERO {
                sums.add(row, share);
            }
        }
        Some(sums).filter(|sums| sums.units > Decimal::ZERO)
    }

    /// The hours, by their first second, in which the product could not be bought.
    pub(crate) fn out_of_stock(&self) -> BTreeSet<i64> {
        self.hours.iter().filter(|hour| !hour.in_stock).map(|hour| hour.hour.as_second()).collect()
    }
}

/// Hours that a comparison leaves out.
#[derive(Clone, Debug)]
pub(crate) struct LeftOut {
    out_of_stock: BTreeSet<i64>,
    advertised: Vec<Period>,
    rests: Vec<Period>,
    pub(crate) calendar: Calendar,
}

/// Why an hour is left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reason {
    OutOfStock,
    Holiday,
    Advertised,
    Resting,
}

impl LeftOut {
    pub(crate) fn why(&self, second: i64) -> Option<Reason> {
        if self.out_of_stock.contains(&second) {
            return Some(Reason::OutOfStock);
        }
        if self.calendar.is_holiday(second) {
            return Some(Reason::Holiday);
        }
        let is_in = |period: &Period| period.start().as_second() < second + HOUR && second < period.end().as_second();
        if self.rests.iter().any(is_in) {
            return Some(Reason::Resting);
        }
        self.advertised.iter().any(is_in).then_some(Reason::Advertised)
    }

    /// The same, where earlier campaigns count up to an instant only: what the campaign itself is measured in stays.
    pub(crate) fn before(mut self, end: Timestamp) -> Self {
        self.advertised =
            self.advertised.iter().filter_map(|period| Period::new(period.start(), period.end().min(end)).ok()).collect();
        self
    }
}

/// What was observed of a product in a period.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Observed {
    /// The period that was added up: it begins with the first full hour.
    pub period: Period,
    /// Sales and views, without the hours in which the product could not be bought. Net of what comes back, as
    /// [`crate::RefundTreatment`] says.
    pub activity: Activity,
    /// Units sold in those hours, before anything came back.
    #[serde(default)]
    pub units_sold: Decimal,
    /// Units taken back in those hours, whenever they were sold.
    #[serde(default)]
    pub units_returned: Decimal,
    /// Orders that held the product.
    pub orders: u64,
    /// Hours that were left out since the product could not be bought.
    pub hours_out_of_stock: u32,
    /// Hours that were left out since they lie on a holiday.
    #[serde(default)]
    pub hours_on_holidays: u32,
}

/// Adds up the hours of a product that start in `period`, beginning with the first full hour.
///
/// Hours in which the product could not be bought are left out here and in [`crate::baseline`], so that both sides of a
/// comparison are about the same hours.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] when the period does not reach beyond its first full hour,
/// [`Absence::OutOfStock`] when the product could not be bought in any hour.
pub fn observed(history: &History<'_>, period: Period) -> Result<Observed, Absence> {
    observed_with(history, period, BaselineMethod::default(), &BaselineSettings::default())
}

/// The same as [`observed`], counted as [`crate::baseline_with`] counts by the same method and settings.
///
/// Hours on holidays and in which the campaign rested are left out, too, unless the method is the literal one. What was sold is multiplied with the share that
/// was kept in the time before, as the baseline is ([`crate::RefundTreatment::Rate`]): what comes back in the first days of a
/// campaign was mostly sold before it, and what the campaign sold is still to come back. Where nothing was sold in such a time, or by
/// [`crate::RefundTreatment::OwnDate`], what was taken back in the period is subtracted.
///
/// # Errors
///
/// As [`observed`]; [`Absence::TooFewObservations`] when no hour remains.
pub fn observed_with(
    history: &History<'_>,
    period: Period,
    method: BaselineMethod,
    settings: &BaselineSettings<'_>,
) -> Result<Observed, Absence> {
    let before = Timestamp::from_second(hour_of(period.start())).map_err(|_| Absence::OutOfRange)?;
    let period = from_full_hour(period)?;
    let left_out = history.left_out(method, settings).before(before);
    let (mut out_of_stock, mut on_holidays, mut resting, mut all) = (0_u32, 0_u32, 0_u32, 0_u32);
    for part in period.hours() {
        all = all.saturating_add(1);
        match left_out.why(hour_of(part.start())) {
            Some(Reason::OutOfStock) => out_of_stock = out_of_stock.saturating_add(1),
            Some(Reason::Holiday) => on_holidays = on_holidays.saturating_add(1),
            Some(Reason::Resting) => resting = resting.saturating_add(1),
            Some(Reason::Advertised) | None => {}
        }
    }
    if out_of_stock.saturating_add(on_holidays).saturating_add(resting) >= all {
        return Err(if out_of_stock > 0 { Absence::OutOfStock } else { Absence::TooFewObservations });
    }
    let mut sums = Sums::default();
    let mut orders = 0_u64;
    let inside = |row: &&ProductHour| period.contains(row.hour) && left_out.why(row.hour.as_second()).is_none();
    for row in history.hours.iter().filter(inside) {
        sums.add(row, Decimal::ONE);
        orders = orders.saturating_add(row.orders);
    }
    let activity = match settings.refunds_by(method) {
        RefundTreatment::OwnDate => sums.activity(),
        RefundTreatment::Rate => {
            history.sold_before(before, settings, &left_out).map_or(sums.activity(), |past| sums.kept_as(&past))
        }
    };
    Ok(Observed {
        period,
        activity,
        units_sold: sums.units(),
        units_returned: sums.returned_units(),
        orders,
        hours_out_of_stock: out_of_stock,
        hours_on_holidays: on_holidays,
    })
}

/// How a product's sales moved before `until`, in percent: the last four weeks against the four weeks before them.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] unless the history covers all eight weeks, otherwise as [`relative_change`].
pub fn trend(history: &History<'_>, until: Timestamp) -> Result<Decimal, Absence> {
    let four_weeks = SignedDuration::from_hours(4 * 7 * 24);
    let covered = history.covered.ok_or(Absence::NoBaseline)?;
    let recent = Period::ending_at(until, four_weeks).map_err(|_| Absence::TooFewObservations)?;
    let earlier = recent.preceding().map_err(|_| Absence::TooFewObservations)?;
    if covered.start() > earlier.start() || covered.end() < recent.end() {
        return Err(Absence::TooFewObservations);
    }
    let (mut now, mut before) = (Decimal::ZERO, Decimal::ZERO);
    for row in history.hours {
        let units = Decimal::from(net_units(row));
        if recent.contains(row.hour) {
            now = now.saturating_add(units);
        } else if earlier.contains(row.hour) {
            before = before.saturating_add(units);
        }
    }
    relative_change(now, before)
}

/// Running sums over rows of one product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    units: Decimal,
    returned_units: Decimal,
    returned_revenue: Decimal,
    views: Decimal,
    views_missing: Option<Absence>,
    views_seen: bool,
    revenue: Decimal,
    currency: Option<Currency>,
    mixed: bool,
}

impl Sums {
    /// Adds `share` (0 to 1) of a row.
    pub(crate) fn add(&mut self, row: &ProductHour, share: Decimal) {
        // Most rows are quiet, and most lie inside as a whole.
        let part = |amount: Decimal| if share == Decimal::ONE { amount } else { amount.saturating_mul(share) };
        let add = |sum: &mut Decimal, amount: Decimal| {
            if !amount.is_zero() {
                *sum = sum.saturating_add(part(amount));
            }
        };
        add(&mut self.units, Decimal::from(row.units));
        add(&mut self.returned_units, Decimal::from(row.refunded_units));
        match row.views {
            Measured::Known(views) => {
                self.views_seen = true;
                add(&mut self.views, Decimal::from(views));
            }
            Measured::Absent(absence) => self.views_missing = Some(absence),
        }
        self.mixed |= row.revenue.currency != row.refunds.currency
            || self.currency.is_some_and(|currency| currency != row.revenue.currency);
        self.currency = Some(row.revenue.currency);
        add(&mut self.revenue, row.revenue.amount);
        add(&mut self.returned_revenue, row.refunds.amount);
    }

    /// Units sold, before refunds.
    pub(crate) const fn units(&self) -> Decimal {
        self.units
    }

    pub(crate) const fn returned_units(&self) -> Decimal {
        self.returned_units
    }

    pub(crate) const fn views(&self) -> Decimal {
        self.views
    }

    /// Revenue before refunds.
    pub(crate) const fn revenue(&self) -> Decimal {
        self.revenue
    }

    pub(crate) const fn returned_revenue(&self) -> Decimal {
        self.returned_revenue
    }

    pub(crate) fn net_units(&self) -> Decimal {
        self.units.saturating_sub(self.returned_units)
    }

    pub(crate) fn net_revenue(&self) -> Decimal {
        self.revenue.saturating_sub(self.returned_revenue)
    }

    /// The currency of all rows.
    pub(crate) fn currency(&self) -> Result<Currency, Absence> {
        if self.mixed {
            return Err(Absence::MixedCurrencies);
        }
        self.currency.ok_or(Absence::NoSales)
    }

    /// Why views are not known, if no row knows them.
    pub(crate) fn views_absence(&self) -> Option<Absence> {
        (!self.views_seen).then(|| self.views_missing.unwrap_or(Absence::NoViewSource))
    }

    /// The sums as they are. Views count only when every row knows them.
    fn activity(&self) -> Activity {
        let views = match self.views_missing.or_else(|| self.views_absence()) {
            Some(absence) => Measured::Absent(absence),
            None => Measured::Known(self.views),
        };
        let revenue = self.currency().map(|currency| Money::new(self.net_revenue(), currency)).into();
        Activity { units: Measured::Known(self.net_units()), revenue, views }
    }

    /// The sums when as large a share of what was sold is kept as `past` says.
    fn kept_as(&self, past: &Self) -> Activity {
        let units = kept(self.units, past.units, past.net_units()).into();
        let amount =
            self.currency().and_then(|currency| Ok(Money::new(kept(self.revenue, past.revenue, past.net_revenue())?, currency)));
        Activity { units, revenue: amount.into(), ..self.activity() }
    }
}

/// So many weeks, at least one and at most ten years of them.
pub(crate) fn weeks(number: i64) -> SignedDuration {
    SignedDuration::from_secs(number.clamp(1, 520) * 7 * 24 * HOUR)
}

/// What remains of `amount` when as large a share is taken back as of what was `sold` before, of which `kept` remained.
pub(crate) fn kept(amount: Decimal, sold: Decimal, kept: Decimal) -> Result<Decimal, Absence> {
    if sold == kept || sold <= Decimal::ZERO {
        return Ok(amount);
    }
    amount.checked_mul(kept.max(Decimal::ZERO)).and_then(|scaled| scaled.checked_div(sold)).ok_or(Absence::OutOfRange)
}

/// Which share of the hour that starts at `hour` lies in `window`.
pub(crate) fn share_inside(hour: Timestamp, window: Period) -> Decimal {
    let inside = hour
        .checked_add(SignedDuration::from_secs(HOUR))
        .ok()
        .and_then(|end| Period::new(hour, end).ok())
        .and_then(|whole| whole.intersection(window));
    match inside {
        Some(part) if part.length().as_secs() == HOUR => Decimal::ONE,
        Some(part) => Decimal::from(part.length().as_secs()) / Decimal::from(HOUR),
        None => Decimal::ZERO,
    }
}

/// The first second of the hour in which an instant lies.
pub(crate) fn hour_of(instant: Timestamp) -> i64 {
    instant.as_second().div_euclid(HOUR) * HOUR
}

/// The part of a period from its first full hour on.
pub(crate) fn from_full_hour(period: Period) -> Result<Period, Absence> {
    let start = period.start();
    let floor = hour_of(start);
    let first = if start.as_nanosecond() == i128::from(floor) * 1_000_000_000 { floor } else { floor + HOUR };
    let first = Timestamp::from_second(first).map_err(|_| Absence::OutOfRange)?;
    Period::new(first, period.end()).map_err(|_| Absence::TooFewObservations)
}

const fn net_units(row: &ProductHour) -> i64 {
    row.units.saturating_sub(row.refunded_units)
}

#[cfg(test)]
mod tests;
