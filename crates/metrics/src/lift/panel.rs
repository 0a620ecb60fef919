//! From a shop's hours to the daily series that the methods here work on.

use campaign_pilot_core::{Absence, Currency, Measured, Period};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::Series;
use crate::history::hour_of;
use crate::linear::{count, mean};
use crate::{BaselineMethod, BaselineSettings, History, RefundTreatment};

/// A donor with more gaps than this share of the days is left out.
const MOST_GAPS: f64 = 0.2;
/// The most days of a panel.
const LONGEST: usize = 20_000;

/// What is counted.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Units sold.
    #[default]
    Units,
    /// Revenue, in the major unit of its currency.
    Revenue,
    /// Page views.
    Views,
}

/// Days of a product and of others that no campaign touched. A day is a gap where the product could not be bought in all of it, on
/// a holiday, and where the history does not cover it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct DailyPanel {
    /// The shop's days, without the one in which the campaign began unless it began at midnight.
    pub days: Vec<Date>,
    /// How many of them lie before the campaign.
    pub before: usize,
    /// The product's days.
    pub treated: Vec<Option<f64>>,
    /// The other products' days.
    pub donors: Vec<Vec<Option<f64>>>,
    /// What a reader should know, in sentences.
    pub notes: Vec<String>,
}

/// The days of a panel that have no gap in any series.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct CompletePanel {
    /// The product's days.
    pub treated: Vec<f64>,
    /// The other products' days.
    pub donors: Vec<Vec<f64>>,
    /// How many days lie before the campaign.
    pub before: usize,
}

/// The days of a product and of [`BaselineSettings::controls`] in `period`, in the shop's zone; the campaign began at `start`.
///
/// Refunds: with [`RefundTreatment::Rate`] a day counts what was sold in it, times the share of all before the campaign that was
/// not taken back; with [`RefundTreatment::OwnDate`] what was taken back counts against the day on which it was.
///
/// # Errors
///
/// [`Absence::NoBaseline`] when no day lies before the campaign, [`Absence::TooFewObservations`] when no day since is known,
/// [`Absence::NoViewSource`] (or why else views are unknown) when views are asked for and none are known,
/// [`Absence::MixedCurrencies`] when the revenues are of several currencies, [`Absence::OutOfRange`] for more than 20,000 days.
pub fn daily_panel(
    history: &History<'_>,
    period: Period,
    start: Timestamp,
    quantity: Quantity,
    settings: &BaselineSettings<'_>,
) -> Result<DailyPanel, Absence> {
    let grid = Grid::new(period, start, &settings.zone)?;
    let mut currency = None;
    let treated = grid.read(history, quantity, settings, &mut currency)?;
    let (past, since) = treated.split_at_checked(grid.before).unwrap_or((&treated, &[]));
    if past.iter().flatten().count() == 0 {
        return Err(Absence::NoBaseline);
    }
    if since.iter().flatten().count() == 0 {
        return Err(Absence::TooFewObservations);
    }
    let mut donors = Vec::new();
    for control in settings.controls {
        let days = match grid.read(control, quantity, settings, &mut currency) {
            Err(Absence::MixedCurrencies) => return Err(Absence::MixedCurrencies),
            other => other.unwrap_or_default(),
        };
        if count(days.iter().flatten().count()) >= (1.0 - MOST_GAPS) * count(grid.days.len()) {
            donors.push(days);
        }
    }
    let gaps = treated.iter().filter(|day| day.is_none()).count();
    let silent = settings.controls.len() - donors.len();
    let mut notes = Vec::new();
    if gaps > 0 {
        notes.push(format!("{gaps} of {} days are left out: out of stock, on a holiday or not covered", treated.len()));
    }
    if silent > 0 {
        notes.push(format!("{silent} other products are left out: more than a fifth of their days are missing"));
    }
    Ok(DailyPanel { days: grid.days, before: grid.before, treated, donors, notes })
}

impl DailyPanel {
    /// The days without a gap in any series, for the methods that need all of them: [`super::synthetic_control`],
    /// [`super::ols_counterfactual`].
    #[must_use]
    pub fn complete_days(&self) -> CompletePanel {
        let mut complete = CompletePanel { donors: vec![Vec::new(); self.donors.len()], ..CompletePanel::default() };
        for (row, treated) in self.treated.iter().enumerate() {
            let donors: Option<Vec<f64>> = self.donors.iter().map(|days| days.get(row).copied().flatten()).collect();
            if let (Some(treated), Some(donors)) = (treated, donors) {
                complete.treated.push(*treated);
                complete.donors.iter_mut().zip(donors).for_each(|(days, value)| days.push(value));
                complete.before += usize::from(row < self.before);
            }
        }
        complete
    }

    /// The series for the structural models, which run on through gaps. A day on which a donor is unknown is a gap of the product, too.
    #[must_use]
    pub fn series(&self) -> Series {
        let known = |row: usize| self.donors.iter().all(|days| days.get(row).copied().flatten().is_some());
        let observed = self.treated.iter().enumerate().map(|(row, value)| value.filter(|_| known(row))).collect();
        let filled = |days: &Vec<Option<f64>>| {
            // Never looked at, but the predictors of a series have no gaps.
            let usual = mean(&days.iter().flatten().copied().collect::<Vec<_>>());
            days.iter().map(|day| day.unwrap_or(usual)).collect()
        };
        Series { observed, predictors: self.donors.iter().map(filled).collect(), before: self.before }
    }
}

/// The days of a panel.
struct Grid {
    days: Vec<Date>,
    /// When each begins, and when it ends.
    ends: Vec<(Timestamp, Timestamp)>,
    before: usize,
}

impl Grid {
    fn new(period: Period, start: Timestamp, zone: &TimeZone) -> Result<Self, Absence> {
        let midnight = |day: Date| day.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()).map_err(|_| Absence::OutOfRange);
        let mut grid = Self { days: Vec::new(), ends: Vec::new(), before: 0 };
        let mut day = zone.to_datetime(period.start()).date();
        loop {
            let next = day.checked_add(1.day()).map_err(|_| Absence::OutOfRange)?;
            let (begin, end) = (midnight(day)?, midnight(next)?);
            if end > period.end() {
                break;
            }
            let began_within = begin < start && start < end;
            if begin >= period.start() && !began_within {
                grid.before += usize::from(end <= start);
                grid.days.push(day);
                grid.ends.push((begin, end));
            }
            if grid.days.len() > LONGEST {
                return Err(Absence::OutOfRange);
            }
            day = next;
        }
        if grid.before == 0 { Err(Absence::NoBaseline) } else { Ok(grid) }
    }

    /// The place of the day in which an instant lies.
    fn place(&self, at: Timestamp) -> Option<usize> {
        let place = self.ends.partition_point(|(_, end)| *end <= at);
        self.ends.get(place).filter(|(begin, _)| *begin <= at).map(|_| place)
    }

    fn read(
        &self,
        history: &History<'_>,
        quantity: Quantity,
        settings: &BaselineSettings<'_>,
        currency: &mut Option<Currency>,
    ) -> Result<Vec<Option<f64>>, Absence> {
        let mut days = vec![Some((Decimal::ZERO, Decimal::ZERO)); self.days.len()];
        let covered = history.covered().ok_or(Absence::NoBaseline)?;
        let left_out = history.left_out(BaselineMethod::SameWeekdays, settings);
        for (day, (begin, end)) in days.iter_mut().zip(&self.ends) {
            let hours = Period::new(*begin, *end).map_err(|_| Absence::OutOfRange)?.hours();
            let missing = hours.into_iter().any(|hour| left_out.why(hour_of(hour.start())).is_some());
            if missing || *begin < covered.start() || *end > covered.end() {
                *day = None;
            }
        }
        let mut views = Err(Absence::NoViewSource);
        for row in history.hours {
            let Some(day) = self.place(row.hour).and_then(|place| days.get_mut(place)) else { continue };
            let (gross, back) = match quantity {
                Quantity::Units => (Decimal::from(row.units), Decimal::from(row.refunded_units)),
                Quantity::Revenue => {
                    let known = *currency.get_or_insert(row.revenue.currency);
                    if known != row.revenue.currency || known != row.refunds.currency {
                        return Err(Absence::MixedCurrencies);
                    }
                    (row.revenue.amount, row.refunds.amount)
                }
                Quantity::Views => match row.views {
                    Measured::Known(seen) => {
                        views = Ok(());
                        (Decimal::from(seen), Decimal::ZERO)
                    }
                    Measured::Absent(absence) => {
                        views = views.map_err(|_| absence);
                        *day = None;
                        continue;
                    }
                },
            };
            if let Some((sold, returned)) = day {
                *sold = sold.checked_add(gross).ok_or(Absence::OutOfRange)?;
                *returned = returned.checked_add(back).ok_or(Absence::OutOfRange)?;
            }
        }
        if quantity == Quantity::Views {
            views?;
        }
        self.net(&days, settings.refunds)
    }

    /// What counts of each day once refunds are taken into account.
    fn net(&self, days: &[Option<(Decimal, Decimal)>], refunds: RefundTreatment) -> Result<Vec<Option<f64>>, Absence> {
        let past = days.iter().take(self.before).flatten();
        let (sold, back) = past
            .fold((Decimal::ZERO, Decimal::ZERO), |(sold, back), day| (sold.saturating_add(day.0), back.saturating_add(day.1)));
        let kept = sold.checked_sub(back).and_then(|kept| kept.max(Decimal::ZERO).checked_div(sold)).unwrap_or(Decimal::ONE);
        let value = |(sold, back): (Decimal, Decimal)| {
            let net = match refunds {
                RefundTreatment::Rate => sold.checked_mul(kept),
                RefundTreatment::OwnDate => sold.checked_sub(back),
            };
            net.and_then(|net| net.to_f64()).ok_or(Absence::OutOfRange)
        };
        days.iter().map(|day| day.map(value).transpose()).collect()
    }
}
