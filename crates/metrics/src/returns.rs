//! Goods that come back since a campaign began, beside those that usually do.

use campaign_pilot_core::{Absence, Period};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::baseline::BaselineSettings;
use crate::history::{History, Sums, hour_of, share_inside, weeks};
use crate::special::beta_reg;

/// Units that a product without a past of its own is taken to have sold, ..
const ASSUMED_SOLD: f64 = 20.0;
/// .. and of which this share came back: a cautious merchant's guess for goods of any kind.
const ASSUMED_SHARE: f64 = 0.05;

/// For how many weeks after a sale goods mostly come back.
const WEEKS_UNTIL_BACK: i64 = 2;

/// What came back of a product since a campaign began, and how that compares with the time before.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Returns {
    /// Units sold since the campaign began, before anything came back.
    pub sold: Decimal,
    /// Units taken back since then, whenever they were sold.
    pub returned: Decimal,
    /// What usually comes back of the units sold: a share from 0 to 1, from the weeks before the campaign, drawn towards 5 % where
    /// little was sold in them.
    pub usual_share: f64,
    /// How likely so many or more come back where nothing has changed, from 0 to 1.
    pub chance: f64,
}

/// Compares the units that were taken back in `period` with what came back in the weeks before it.
///
/// # Formula
///
/// ```text
/// usual share  q = (returned before + 1) / (sold before + 20)
/// units        n = those sold in the period and in the 14 days before it: what could come back by now
/// chance       P(X >= k), X ~ Binomial(n, q), k = returned, but at most what was sold in the period
/// ```
///
/// The chance is that of one look: over many looks a campaign has more than one in a hundred below 0.01 where nothing has changed.
///
/// What comes back in the first days of a campaign was mostly sold before it, such as by an earlier campaign: so those sales count, and
/// whatever came back beyond the campaign's own sales says nothing of it.
///
/// # Errors
///
/// [`Absence::TooFewObservations`] where the period is not covered, [`Absence::NoSales`] where nothing was sold in it.
///
/// ```
/// use campaign_pilot_core::{Currency, Measured, Money, Period, ProductHour, ProductId};
/// use campaign_pilot_metrics::{BaselineSettings, History, returns};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let start: jiff::Timestamp = "2026-11-01T00:00:00Z".parse()?;
/// let rows: Vec<ProductHour> = (0..48)
///     .map(|hour| ProductHour {
///         product: ProductId::from_number(1),
///         hour: start + jiff::SignedDuration::from_hours(hour),
///         units: 1,
///         refunded_units: i64::from(hour >= 24 && hour % 2 == 0),
///         orders: 1,
///         revenue: Money::new(40.into(), Currency::EUR),
///         refunds: Money::zero(Currency::EUR),
///         new_customers: Measured::Known(0),
///         views: Measured::Known(20),
///         in_stock: true,
///     })
///     .collect();
/// let second_day = Period::new(rows[24].hour, start + jiff::SignedDuration::from_hours(48))?;
/// let found = returns(&History::new(&rows), second_day, &BaselineSettings::default())?;
/// assert_eq!((found.sold, found.returned), (24.into(), 12.into()));
/// assert!(found.chance < 0.001, "half of what is sold comes back");
/// # Ok(())
/// # }
/// ```
pub fn returns(history: &History<'_>, period: Period, settings: &BaselineSettings<'_>) -> Result<Returns, Absence> {
    let covered = history.covered().ok_or(Absence::TooFewObservations)?;
    let period = period.intersection(covered).ok_or(Absence::TooFewObservations)?;
    let now = sums(history, period);
    let end = jiff::Timestamp::from_second(hour_of(period.start())).map_err(|_| Absence::OutOfRange)?;
    let before = |length| history.before(end, length).map(|before| sums(history, before)).unwrap_or_default();
    let (past, just_before) = (before(weeks(settings.weeks)), before(weeks(WEEKS_UNTIL_BACK)));
    let number = |units: Decimal| units.to_f64().unwrap_or(0.0).max(0.0);
    let sold = number(now.units());
    if sold <= 0.0 {
        return Err(Absence::NoSales);
    }
    let returned = number(now.returned_units()).min(sold);
    let (sold_before, returned_before) = (number(past.units()), number(past.returned_units()));
    let usual_share = ((returned_before + ASSUMED_SHARE * ASSUMED_SOLD) / (sold_before + ASSUMED_SOLD)).clamp(1e-6, 1.0 - 1e-6);
    let units = (sold + number(just_before.units())).ceil();
    let chance =
        if returned < 1.0 { 1.0 } else { beta_reg(returned, units - returned + 1.0, usual_share).ok_or(Absence::OutOfRange)? };
    Ok(Returns { sold: now.units(), returned: now.returned_units(), usual_share, chance: chance.clamp(0.0, 1.0) })
}

fn sums(history: &History<'_>, period: Period) -> Sums {
    let mut sums = Sums::default();
    for row in history.hours {
        let share = share_inside(row.hour, period);
        if share > Decimal::ZERO {
            sums.add(row, share);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::ProductHour;
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;
    use crate::testing::{hours, row};

    fn of(rows: &[ProductHour], period: Period) -> Result<Returns, Absence> {
        returns(&History::new(rows), period, &BaselineSettings::default())
    }

    fn back(hour: i64, units: i64, refunded_units: i64) -> ProductHour {
        ProductHour { refunded_units, ..row(hour, units) }
    }

    #[test]
    fn sales_that_all_come_back_are_no_chance_and_the_usual_ones_are() {
        // Four weeks with one unit an hour, of which each tenth comes back.
        let usual = |hour: i64| back(hour, 1, i64::from(hour.rem_euclid(10) == 0));
        let past = || (-672..0).map(usual);
        let same: Vec<_> = past().chain((0..96).map(usual)).collect();
        let found = of(&same, hours(0, 96)).unwrap();
        assert!(found.chance > 0.3 && (found.usual_share - 0.1).abs() < 0.005, "{found:?}");
        let all: Vec<_> = past().chain((0..96).map(|hour| back(hour, 2, i64::from(hour >= 24) * 2))).collect();
        let found = of(&all, hours(0, 96)).unwrap();
        assert!(found.sold == dec!(192) && found.returned == dec!(144) && found.chance < 1e-9, "{found:?}");
        // In its first days a campaign gets back what was sold before it, such as by an earlier campaign.
        let slow = |sold| past().chain((0..48).map(move |hour| back(hour, i64::from(hour < sold), i64::from(hour % 10 == 0))));
        assert!(of(&slow(3).collect::<Vec<_>>(), hours(0, 48)).unwrap().chance > 0.3);
        assert_eq!(of(&slow(0).collect::<Vec<_>>(), hours(0, 48)), Err(Absence::NoSales));
        let busy = (-48..0).map(|hour| row(hour, 1)).chain([back(0, 1, 3), back(1, 1, 0)]);
        assert!(of(&busy.collect::<Vec<_>>(), hours(0, 48)).unwrap().chance > 0.05, "3 came back, but only 2 were sold since");
    }

    #[test]
    fn the_chance_is_that_of_a_binomial() {
        // Without a past one of 20 comes back: P(X >= 3) of 10 is 0.011504 (R: 1 - pbinom(2, 10, 0.05)).
        let rows: Vec<_> = (0..10).map(|hour| back(hour, 1, i64::from(hour < 3))).collect();
        let found = of(&rows, hours(0, 10)).unwrap();
        assert!((found.chance - 0.011_503_6).abs() < 1e-7, "{found:?}");
        let none: Vec<_> = (0..10).map(|hour| row(hour, 1)).collect();
        assert_eq!(of(&none, hours(0, 10)).unwrap().chance.to_bits(), 1.0_f64.to_bits());
        assert_eq!(of(&[row(0, 0)], hours(0, 1)), Err(Absence::NoSales));
        assert_eq!(of(&rows, hours(20, 30)), Err(Absence::TooFewObservations));
    }

    proptest! {
        #[test]
        fn more_returns_are_never_more_likely(sold in 1i64..400, less in 0i64..400, more in 0i64..400, before in 0i64..400) {
            let (less, more) = (less.min(more), less.max(more));
            let chance = |returned| of(&[back(-1, before, before / 9), back(0, sold, returned)], hours(0, 1)).unwrap().chance;
            prop_assert!((0.0..=1.0).contains(&chance(more)));
            prop_assert!(chance(more) <= chance(less) + 1e-12);
        }
    }
}
