//! What would have happened without the campaign, as far as the time before it and the rest of the store tell.

mod control;
mod draw;
mod past;

use campaign_pilot_core::{Absence, Measured, Period};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Activity, History};

/// How many weeks before the campaign [`BaselineMethod::SameWeekdays`] and the others that know the week look at, unless set.
pub const SAME_WEEKDAYS_WEEKS: i64 = 8;

/// From how many of the last weeks [`BaselineMethod::Seasonal`] takes the level, unless set.
pub const LEVEL_WEEKS: i64 = 4;

/// The fewest hours in stock before the campaign from which an expectation is drawn.
pub const MINIMUM_BASELINE_HOURS: u32 = 24;

/// The fewest units that the rest of the store must have been expected to sell for [`BaselineMethod::ConcurrentControl`].
pub const MINIMUM_CONTROL_UNITS: u32 = 30;

/// How an expectation is drawn.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BaselineMethod {
    /// The period of the same length right before the campaign: the formula taken literally.
    PreviousPeriod,
    /// The mean of the same hours of the same weekdays over up to eight weeks before the campaign.
    #[default]
    SameWeekdays,
    /// The level of the last four weeks times the shape of the week learned from eight.
    Seasonal,
    /// The same weekdays, times what the store's other products sold at the same time against their own same weekdays.
    ConcurrentControl,
    /// The expectation was given by the caller.
    Given,
}

impl BaselineMethod {
    /// What a campaign is compared with, for a sentence: `"the same weekdays"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreviousPeriod => "the previous period",
            Self::SameWeekdays => "the same weekdays",
            Self::Seasonal => "the season's level",
            Self::ConcurrentControl => "the rest of the store",
            Self::Given => "the given baseline",
        }
    }

    /// The literal method takes the period before as it was.
    pub(crate) const fn keeps_holidays(self) -> bool {
        matches!(self, Self::PreviousPeriod)
    }
}

/// What becomes of units and revenue that were taken back.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundTreatment {
    /// Subtracted from the hour in which they were taken back, whenever they were sold. [`BaselineMethod::PreviousPeriod`] always
    /// does so.
    OwnDate,
    /// The shape of the week is drawn from what was sold; of that, and of what the campaign sold, the share that was taken back
    /// in the whole time before the campaign is expected to come back again.
    #[default]
    Rate,
}

/// What an expectation is drawn with.
#[derive(Clone, Debug)]
pub struct BaselineSettings<'a> {
    /// The shop's zone, in which its customers' hours and weekdays lie. UTC unless set.
    pub zone: TimeZone,
    /// Days of the shop on which it sells unlike on others. Their hours are left out before the campaign and during it, except
    /// by the literal method.
    pub holidays: &'a [Date],
    /// Times before the campaign in which an earlier campaign for the same product sold, its tail included. Their hours are left out,
    /// except by the literal method: what ads sold is no measure of what sells without them. A product that is advertised again and again
    /// has no baseline then.
    pub earlier_campaigns: &'a [Period],
    /// Times within the campaign in which it was not on offer, such as a pause. Their hours are left out on both sides, except by the
    /// literal method.
    pub rests: &'a [Period],
    /// What becomes of refunds.
    pub refunds: RefundTreatment,
    /// The other products of the store that no campaign promotes, before and during the campaign.
    pub controls: &'a [History<'a>],
    /// How many weeks before the campaign the shape of the week is learned from.
    pub weeks: i64,
    /// How many of them, the last, give the level of [`BaselineMethod::Seasonal`].
    pub level_weeks: i64,
}

impl Default for BaselineSettings<'_> {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            holidays: &[],
            earlier_campaigns: &[],
            rests: &[],
            refunds: RefundTreatment::default(),
            controls: &[],
            weeks: SAME_WEEKDAYS_WEEKS,
            level_weeks: LEVEL_WEEKS,
        }
    }
}

impl BaselineSettings<'_> {
    /// What becomes of refunds by `method`: the literal one takes them as they came.
    pub(crate) fn refunds_by(&self, method: BaselineMethod) -> RefundTreatment {
        if method == BaselineMethod::PreviousPeriod { RefundTreatment::OwnDate } else { self.refunds }
    }
}

/// What is expected of a product without the campaign over the same time, and where that comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Baseline {
    /// How it was drawn.
    pub method: BaselineMethod,
    /// The expectation, for the hours of the campaign in which the product could be bought.
    pub activity: Activity,
    /// Hours before the campaign that it was drawn from.
    pub hours_used: u32,
    /// Hours before the campaign that were left out since the product could not be bought.
    pub hours_out_of_stock: u32,
    /// Hours before the campaign that were left out since they lie on a holiday.
    #[serde(default)]
    pub hours_on_holidays: u32,
    /// Hours before the campaign that were left out since an earlier campaign sold in them.
    #[serde(default)]
    pub hours_advertised: u32,
    /// What the rest of the store did, where it was looked at.
    #[serde(default)]
    pub control: Option<ControlGroup>,
    /// What a reader should know, in sentences.
    pub notes: Vec<String>,
}

/// What the store's other products did at the same time, before refunds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ControlGroup {
    /// How many of them had a baseline.
    pub products: u32,
    /// Units that they sold.
    pub units: Decimal,
    /// Units that their own same weekdays foretold.
    pub expected_units: Decimal,
}

impl Baseline {
    /// An expectation from another source.
    #[must_use]
    pub const fn given(activity: Activity) -> Self {
        Self {
            method: BaselineMethod::Given,
            activity,
            hours_used: 0,
            hours_out_of_stock: 0,
            hours_on_holidays: 0,
            hours_advertised: 0,
            control: None,
            notes: Vec::new(),
        }
    }

    /// No expectation, for one reason.
    #[must_use]
    pub const fn absent(method: BaselineMethod, why: Absence) -> Self {
        let mut absent = Self::given(Activity::absent(why));
        absent.method = method;
        absent
    }
}

/// The expectation for `target`, the time of the campaign so far, in UTC and without holidays or controls.
///
/// As [`baseline_with`] with [`BaselineSettings::default`].
#[must_use]
pub fn baseline(history: &History<'_>, target: Period, method: BaselineMethod) -> Baseline {
    baseline_with(history, target, method, &BaselineSettings::default())
}

/// The expectation for `target`, the time of the campaign so far.
///
/// Only hours of the product that ended before `target` began count. Hours in which it could not be bought and hours on
/// holidays are left out on both sides and noted: compare with [`crate::observed_with`] by the same method and settings. The
/// target begins with its first full hour. The effort grows with the number of hours and not faster.
///
/// # Formula
///
/// With `s` an hour of the week in the shop's zone, `n_s` and `e_s` what was sold in it and how long it was in stock over
/// the weeks before, `N` and `E` their sums, and `w_s` how long the campaign ran in it:
///
/// - [`BaselineMethod::PreviousPeriod`]: `N / E x sum w_s` over the period of the same length before, net of refunds.
/// - [`BaselineMethod::SameWeekdays`]: `sum n_s / e_s x w_s`; `N / E` stands in for an hour of the week that was never in stock.
/// - [`BaselineMethod::Seasonal`]: `level x sum p_s w_s`. The shape is `p_s = (n_s + 4 h x r q_s) / (r (e_s + 4 h))` with
///   `r = N / E` and `q_s` the product of the factors of its hour of the day and of its weekday, so that sparse hours of the week
///   lean on the day's and the week's shape; the level is what was sold over the last weeks by their `sum p_s e_s`.
/// - [`BaselineMethod::ConcurrentControl`]: the same weekdays times what the controls sold in the target over what their own same
///   weekdays foretold, each in its own hours in stock.
///
/// All but the first are then multiplied with the share that was not taken back (see [`RefundTreatment::Rate`]), and so is what
/// [`crate::observed_with`] saw.
///
/// What cannot be known is absent: [`Absence::NoBaseline`] without history or controls, [`Absence::TooFewObservations`] below
/// [`MINIMUM_BASELINE_HOURS`] or [`MINIMUM_CONTROL_UNITS`] or, for the previous period, below half of its length,
/// [`Absence::OutOfStock`] when no hour of the target remains, [`Absence::ZeroBaseline`] when nothing was sold that a level could
/// be measured by.
///
/// ```
/// use campaign_pilot_core::{Currency, Measured, Money, Period, ProductHour, ProductId};
/// use campaign_pilot_metrics::{BaselineMethod, BaselineSettings, History, baseline_with};
/// use jiff::{SignedDuration, Timestamp};
/// use rust_decimal::{Decimal, dec};
///
/// let monday: Timestamp = "2026-11-02T00:00:00Z".parse()?;
/// let hours = |product, from: i64, to: i64, units: i64| -> Vec<ProductHour> {
///     let row = |hour: i64| ProductHour {
///         product: ProductId::from_number(product),
///         hour: monday + SignedDuration::from_hours(hour),
///         units,
///         refunded_units: 0,
///         orders: 1,
///         revenue: Money::new(Decimal::from(units * 20), Currency::EUR),
///         refunds: Money::zero(Currency::EUR),
///         new_customers: Measured::Known(0),
///         views: Measured::Known(9),
///         in_stock: true,
///     };
///     (from..to).map(row).collect()
/// };
/// // Four weeks with one sale an hour; another product sold two, and since Monday three.
/// let promoted = hours(1, -672, 0, 1);
/// let other: Vec<ProductHour> = [hours(2, -672, 0, 2), hours(2, 0, 24, 3)].concat();
/// let controls = [History::new(&other)];
/// let settings = BaselineSettings { controls: &controls, ..BaselineSettings::default() };
/// let day = Period::new(monday, monday + SignedDuration::from_hours(24))?;
/// let expected = baseline_with(&History::new(&promoted), day, BaselineMethod::ConcurrentControl, &settings);
/// assert_eq!(expected.activity.units, Measured::Known(dec!(36)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn baseline_with(history: &History<'_>, target: Period, method: BaselineMethod, settings: &BaselineSettings<'_>) -> Baseline {
    let drawn = match method {
        BaselineMethod::Given => Err(Absence::NoBaseline),
        BaselineMethod::ConcurrentControl => control::with_control(history, target, settings),
        BaselineMethod::PreviousPeriod | BaselineMethod::SameWeekdays | BaselineMethod::Seasonal => {
            draw::draw(history, target, method, settings)
        }
    };
    drawn.unwrap_or_else(|absence| Baseline::absent(method, absence))
}

/// Applies a factor to a number that may be absent.
fn scaled(number: Measured<Decimal>, factor: Result<Decimal, Absence>) -> Measured<Decimal> {
    number.ok().and_then(|number| number.checked_mul(factor?).ok_or(Absence::OutOfRange)).into()
}

#[cfg(test)]
mod tests;
