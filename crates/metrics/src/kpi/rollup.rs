//! Key figures by product, category, campaign and period.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignId, CategoryName, Currency, Period, ProductId};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

use super::{Figures, KpiSums};

/// What was counted of one campaign or product in one period, with what it can be grouped by.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct KpiRecord {
    /// The period that was counted.
    pub period: Period,
    /// The campaign, if it is about one.
    pub campaign: Option<CampaignId>,
    /// The product, if it is about one.
    pub product: Option<ProductId>,
    /// The product's categories.
    pub categories: Vec<CategoryName>,
    /// What was counted.
    pub figures: Figures,
}

/// What key figures are grouped by.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RollUpBy {
    /// Everything together.
    Portfolio,
    /// By product.
    Product,
    /// By category. A product in several counts in each of them, so categories do not add up to the portfolio.
    Category,
    /// By campaign.
    Campaign,
    /// By the currency of the cost, or of the revenue where there is no cost.
    Currency,
}

/// One of the groups.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KpiGroup {
    /// Everything together.
    Portfolio,
    /// A product.
    Product(ProductId),
    /// A category.
    Category(CategoryName),
    /// A campaign.
    Campaign(CampaignId),
    /// A currency.
    Currency(Currency),
    /// What has no product, category, campaign or currency.
    Other,
}

/// Into which periods time is cut, by the clock and the calendar of a zone.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// Not at all.
    Whole,
    /// Hours.
    Hour,
    /// Days; 23 or 25 hours long where the clocks change.
    Day,
    /// Weeks from Monday on.
    Week,
    /// Months.
    Month,
}

/// One group in one period.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct KpiRow {
    /// The group.
    pub group: KpiGroup,
    /// The period; `None` for [`Grain::Whole`].
    pub period: Option<Period>,
    /// What was added up: [`KpiSums::kpis`] turns it into key figures.
    pub sums: KpiSums,
}

/// Key figures by group and period, and how many records could not be placed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct RollUp {
    /// The groups in order, and each group's periods in order.
    pub rows: Vec<KpiRow>,
    /// Records outside of the period asked for.
    pub outside: u64,
    /// Records that reach over the end of the period asked for, or over the end of an hour, day, week or month. They
    /// belong to none and are left out: what they counted cannot be told apart.
    pub straddling: u64,
}

/// Adds records up by group and by period of a zone's calendar, over the part of time that is asked for.
///
/// Sums are exact, and the order of the records does not matter; two roll-ups of the same kind over different records are
/// merged by merging the sums of equal rows.
///
/// ```
/// use campaign_pilot_core::{Absence, Measured, Period, ProductId};
/// use campaign_pilot_metrics::{Figures, Grain, KpiRecord, RollUpBy, roll_up};
/// use jiff::tz::{TimeZone, offset};
/// use rust_decimal::dec;
///
/// let hour = |start: &str, end: &str, units| {
///     Ok::<_, Box<dyn std::error::Error>>(KpiRecord {
///         period: Period::new(start.parse()?, end.parse()?)?,
///         campaign: None,
///         product: Some(ProductId::from_number(11)),
///         categories: Vec::new(),
///         figures: Figures { units: Measured::Known(units), ..Figures::absent(Absence::NotYetReported) },
///     })
/// };
/// let records = [
///     hour("2026-11-01T22:00:00Z", "2026-11-01T23:00:00Z", dec!(3))?,
///     hour("2026-11-01T23:00:00Z", "2026-11-02T00:00:00Z", dec!(4))?, // after midnight in Berlin
/// ];
/// let days = roll_up(&records, RollUpBy::Product, Grain::Day, &TimeZone::fixed(offset(1)), None);
/// let units: Vec<_> = days.rows.iter().map(|row| row.sums.kpis().units.value).collect();
/// assert_eq!(units, [Measured::Known(dec!(3)), Measured::Known(dec!(4))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn roll_up<'a>(
    records: impl IntoIterator<Item = &'a KpiRecord>,
    by: RollUpBy,
    grain: Grain,
    zone: &TimeZone,
    within: Option<Period>,
) -> RollUp {
    let mut rows: BTreeMap<(KpiGroup, Option<Timestamp>), (Option<Period>, KpiSums)> = BTreeMap::new();
    let mut result = RollUp::default();
    let mut bucket: Option<Period> = None;
    for record in records {
        if let Some(within) = within {
            match record.period.intersection(within) {
                Some(inside) if inside == record.period => {}
                Some(_) => {
                    result.straddling += 1;
                    continue;
                }
                None => {
                    result.outside += 1;
                    continue;
                }
            }
        }
        // Records mostly come in order, so the last bucket is tried first.
        if grain != Grain::Whole && !bucket.is_some_and(|bucket| bucket.contains(record.period.start())) {
            bucket = grain.period_of(record.period.start(), zone);
        }
        if grain != Grain::Whole && bucket.is_none_or(|bucket| record.period.end() > bucket.end()) {
            result.straddling += 1;
            continue;
        }
        for group in groups(record, by) {
            let row = rows.entry((group, bucket.map(Period::start))).or_insert_with(|| (bucket, KpiSums::default()));
            row.1.add(&record.figures);
        }
    }
    result.rows = rows.into_iter().map(|((group, _), (period, sums))| KpiRow { group, period, sums }).collect();
    result
}

fn groups(record: &KpiRecord, by: RollUpBy) -> Vec<KpiGroup> {
    let group = match by {
        RollUpBy::Portfolio => Some(KpiGroup::Portfolio),
        RollUpBy::Product => record.product.clone().map(KpiGroup::Product),
        RollUpBy::Campaign => record.campaign.clone().map(KpiGroup::Campaign),
        RollUpBy::Currency => {
            let figures = &record.figures;
            let money = [figures.cost, figures.credited_revenue, figures.revenue];
            money.iter().find_map(|money| money.known()).map(|money| KpiGroup::Currency(money.currency))
        }
        RollUpBy::Category => {
            let mut categories: Vec<_> = record.categories.iter().cloned().map(KpiGroup::Category).collect();
            categories.sort();
            categories.dedup();
            if !categories.is_empty() {
                return categories;
            }
            None
        }
    };
    vec![group.unwrap_or(KpiGroup::Other)]
}

impl Grain {
    /// The hour, day, week or month that an instant lies in; `None` at the ends of time and for [`Grain::Whole`].
    #[must_use]
    pub fn period_of(self, instant: Timestamp, zone: &TimeZone) -> Option<Period> {
        let local = || instant.to_zoned(zone.clone());
        let from = |start: Zoned, days: i64, months: i64| {
            let end = start.date().checked_add(months.months().days(days)).ok()?;
            let end = end.to_zoned(zone.clone()).ok()?.start_of_day().ok()?;
            Period::new(start.timestamp(), end.timestamp()).ok()
        };
        match self {
            Self::Whole => None,
            Self::Hour => hour_of(instant, zone),
            Self::Day => from(local().start_of_day().ok()?, 1, 0),
            Self::Week => {
                let today = local().date();
                let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
                from(monday.to_zoned(zone.clone()).ok()?.start_of_day().ok()?, 7, 0)
            }
            Self::Month => {
                let first = local().date().first_of_month();
                from(first.to_zoned(zone.clone()).ok()?.start_of_day().ok()?, 0, 1)
            }
        }
    }
}

/// An hour of the clock, cut where the clocks change within it.
fn hour_of(instant: Timestamp, zone: &TimeZone) -> Option<Period> {
    let offset = i64::from(zone.to_offset(instant).seconds());
    let local = instant.as_second().checked_add(offset)?;
    let start = Timestamp::from_second(local.div_euclid(3_600).checked_mul(3_600)?.checked_sub(offset)?).ok()?;
    let end = start.checked_add(SignedDuration::from_hours(1)).ok()?;
    let next = instant.checked_add(SignedDuration::from_nanos(1)).ok()?;
    let changed = zone.preceding(next).next().map(|change| change.timestamp());
    let changes = zone.following(instant).next().map(|change| change.timestamp());
    Period::new(changed.map_or(start, |changed| changed.max(start)), changes.map_or(end, |changes| changes.min(end))).ok()
}

#[cfg(test)]
mod tests;
