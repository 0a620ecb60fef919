//! Expectations from the product's own past.

use campaign_pilot_core::{Absence, Measured, Money, Period};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::past::{HOURS_OF_A_WEEK, Past, Quantity, Slot, Target};
use super::{Baseline, BaselineMethod, BaselineSettings, MINIMUM_BASELINE_HOURS, RefundTreatment};
use crate::history::{HOUR, from_full_hour, hour_of, kept, weeks};
use crate::{Activity, History};

/// How many hours of a slot's own past weigh as much as the day's and the week's shape.
const SHAPE_HOURS: i64 = 4;

pub(super) fn draw(
    history: &History<'_>,
    target: Period,
    method: BaselineMethod,
    settings: &BaselineSettings<'_>,
) -> Result<Baseline, Absence> {
    let drawing = Drawing::new(history, target, method, settings)?;
    let net = settings.refunds_by(method) == RefundTreatment::OwnDate;
    let expect = |quantity| {
        let expected = drawing.expect(quantity, net)?;
        if net { Ok(expected) } else { drawing.keep(quantity, expected) }
    };
    let mut baseline = drawing.baseline(expect)?;
    if !net {
        baseline.notes.extend(drawing.refund_note());
    }
    Ok(baseline)
}

/// The expectation before refunds.
pub(super) fn draw_gross(
    history: &History<'_>,
    target: Period,
    method: BaselineMethod,
    settings: &BaselineSettings<'_>,
) -> Result<Activity, Absence> {
    let drawing = Drawing::new(history, target, method, settings)?;
    Ok(drawing.baseline(|quantity| drawing.expect(quantity, false))?.activity)
}

struct Drawing {
    method: BaselineMethod,
    past: Past,
    /// The last weeks, for the level.
    recent: Option<Past>,
    target: Target,
}

impl Drawing {
    fn new(
        history: &History<'_>,
        target: Period,
        method: BaselineMethod,
        settings: &BaselineSettings<'_>,
    ) -> Result<Self, Absence> {
        let end = Timestamp::from_second(hour_of(target.start())).map_err(|_| Absence::OutOfRange)?;
        let target = from_full_hour(target)?;
        let left_out = history.left_out(method, settings).before(end);
        let length = match method {
            BaselineMethod::PreviousPeriod => target.length(),
            _ => weeks(settings.weeks),
        };
        let before = |length| history.before(end, length).ok_or(Absence::NoBaseline);
        let past = Past::gather(history.hours, before(length)?, &left_out);
        let enough = match method {
            BaselineMethod::PreviousPeriod => past.total.seconds * 2 >= length.as_secs(),
            _ => past.hours_used >= MINIMUM_BASELINE_HOURS,
        };
        if !enough {
            return Err(Absence::TooFewObservations);
        }
        let recent = match method {
            BaselineMethod::Seasonal => {
                let recent = before(weeks(settings.level_weeks.min(settings.weeks)))?;
                Some(Past::gather(history.hours, recent, &left_out))
            }
            _ => None,
        };
        Ok(Self { method, past, recent, target: Target::gather(target, &left_out)? })
    }

    fn baseline(&self, expect: impl Fn(Quantity) -> Result<Decimal, Absence>) -> Result<Baseline, Absence> {
        let total = &self.past.total.sums;
        let views = match total.views_absence() {
            Some(absence) => Err(absence),
            None => expect(Quantity::Views),
        };
        let revenue = total.currency().and_then(|currency| Ok(Money::new(expect(Quantity::Revenue)?, currency)));
        Ok(Baseline {
            method: self.method,
            activity: Activity { units: Measured::Known(expect(Quantity::Units)?), revenue: revenue.into(), views: views.into() },
            hours_used: self.past.hours_used,
            hours_out_of_stock: self.past.hours_out_of_stock,
            hours_on_holidays: self.past.hours_on_holidays,
            hours_advertised: self.past.hours_advertised,
            control: None,
            notes: self.notes(),
        })
    }

    fn expect(&self, quantity: Quantity, net: bool) -> Result<Decimal, Absence> {
        let total = &self.past.total;
        match &self.recent {
            Some(recent) => seasonal(&self.past, recent, &self.target, quantity, net),
            None if self.method == BaselineMethod::PreviousPeriod => {
                over(total.sum(quantity, net), total.seconds(quantity), self.target.total())
            }
            None => {
                let mut sum = Decimal::ZERO;
                for (slot, seconds) in self.past.slots.iter().zip(&self.target.seconds).filter(|(_, seconds)| **seconds > 0) {
                    let known = if slot.seconds(quantity) > 0 { slot } else { total };
                    let part = over(known.sum(quantity, net), known.seconds(quantity), *seconds)?;
                    sum = sum.checked_add(part).ok_or(Absence::OutOfRange)?;
                }
                Ok(sum)
            }
        }
    }

    /// What remains of an expectation when as large a share as before is taken back.
    fn keep(&self, quantity: Quantity, expected: Decimal) -> Result<Decimal, Absence> {
        kept(expected, self.past.total.sum(quantity, false), self.past.total.sum(quantity, true))
    }

    fn refund_note(&self) -> Option<String> {
        let sums = &self.past.total.sums;
        let anything = !sums.returned_units().is_zero() || !sums.returned_revenue().is_zero();
        anything.then(|| {
            format!(
                "{} of {} units sold before the campaign were taken back: as large a share is expected to come back again",
                sums.returned_units().normalize(),
                sums.units().normalize()
            )
        })
    }

    fn notes(&self) -> Vec<String> {
        let (past, target) = (&self.past, &self.target);
        let counts = [
            (past.hours_out_of_stock, "before the campaign were left out: out of stock"),
            (past.hours_on_holidays, "before the campaign were left out: holidays"),
            (past.hours_advertised, "before the campaign were left out: an earlier campaign sold in them"),
            (target.hours_out_of_stock, "of the campaign were left out: out of stock"),
            (target.hours_on_holidays, "of the campaign were left out: holidays"),
            (target.hours_resting, "of the campaign were left out: it was not on offer"),
        ];
        let mut notes: Vec<String> =
            counts.iter().filter(|(hours, _)| *hours > 0).map(|(hours, what)| format!("{hours} hours {what}")).collect();
        let lonely = |(slot, seconds): &(&Slot, &i64)| slot.seconds == 0 && **seconds > 0;
        let filled: i64 = past.slots.iter().zip(&target.seconds).filter(lonely).map(|(_, seconds)| *seconds).sum();
        if filled > 0 && self.method != BaselineMethod::PreviousPeriod {
            let hours = (filled + HOUR - 1) / HOUR;
            let instead =
                if self.recent.is_some() { "the day's and the week's shape stand in" } else { "the overall mean stands in" };
            notes.push(format!("{hours} hours of the campaign have no counterpart before it: {instead}"));
        }
        notes
    }
}

/// The level of the last weeks times the shape of the week.
fn seasonal(past: &Past, recent: &Past, target: &Target, quantity: Quantity, net: bool) -> Result<Decimal, Absence> {
    let shape = shape(past, quantity, net)?;
    let weighed = |seconds: &mut dyn Iterator<Item = i64>| {
        let mut parts = shape.iter().zip(seconds).map(|(shape, seconds)| shape.checked_mul(Decimal::from(seconds)));
        parts.try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part?)).ok_or(Absence::OutOfRange)
    };
    let exposure = weighed(&mut recent.slots.iter().map(|slot| slot.seconds(quantity)))?;
    if exposure.is_zero() {
        return Err(Absence::TooFewObservations);
    }
    let wanted = weighed(&mut target.seconds.iter().copied())?;
    recent.total.sum(quantity, net).checked_mul(wanted).and_then(|scaled| scaled.checked_div(exposure)).ok_or(Absence::OutOfRange)
}

/// How each hour of the week compares with the mean hour.
fn shape(past: &Past, quantity: Quantity, net: bool) -> Result<Vec<Decimal>, Absence> {
    let rate = rate_of([&past.total].into_iter(), quantity, net);
    let rate = rate.filter(|rate| *rate > Decimal::ZERO).ok_or(Absence::ZeroBaseline)?;
    let relative = |slots: &mut dyn Iterator<Item = &Slot>| {
        rate_of(slots, quantity, net).and_then(|own| own.checked_div(rate)).unwrap_or(Decimal::ONE)
    };
    let hours: Vec<Decimal> = (0..24).map(|hour| relative(&mut past.slots.iter().skip(hour).step_by(24))).collect();
    let days: Vec<Decimal> = (0..7).map(|day| relative(&mut past.slots.iter().skip(day * 24).take(24))).collect();
    let lean = Decimal::from(SHAPE_HOURS * HOUR);
    let prior = days.iter().flat_map(|day| hours.iter().map(move |hour| day.checked_mul(*hour)));
    let shape = prior.zip(&past.slots).take(HOURS_OF_A_WEEK).map(|(prior, slot)| {
        let own = slot.sum(quantity, net).checked_div(rate)?;
        own.checked_add(lean.checked_mul(prior?)?)?.checked_div(lean.checked_add(Decimal::from(slot.seconds(quantity)))?)
    });
    shape.collect::<Option<Vec<_>>>().ok_or(Absence::OutOfRange)
}

/// What came a second over some slots; none when they were never in stock.
fn rate_of<'a>(slots: impl Iterator<Item = &'a Slot>, quantity: Quantity, net: bool) -> Option<Decimal> {
    let (sum, seconds) = slots.fold((Decimal::ZERO, 0_i64), |(sum, seconds), slot| {
        (sum.saturating_add(slot.sum(quantity, net)), seconds.saturating_add(slot.seconds(quantity)))
    });
    sum.checked_div(Decimal::from(seconds))
}

/// A sum over `from` seconds, stretched to `to` seconds.
fn over(sum: Decimal, from: i64, to: i64) -> Result<Decimal, Absence> {
    sum.checked_mul(Decimal::from(to)).and_then(|scaled| scaled.checked_div(Decimal::from(from))).ok_or(Absence::OutOfRange)
}
