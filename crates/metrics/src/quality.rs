//! Data quality: a gate over everything that was read, before anything is decided on it.
//!
//! Each check looks at plain values and returns [`Finding`]s; a [`QualityReport`] gathers them, says for each metric
//! whether it can still be used, and how spending may change: on a failed gate it may only be held or lowered.
//!
//! | what | checks |
//! |---|---|
//! | complete | hours that were not read or fell silent, products, pages, items that could not be read |
//! | consistent | orders against the store's own reports, credited actions against orders and clicks, sales against stock, counts below zero, two currencies |
//! | timely | the age of each source's data, how far a source lags behind, dates in the future |
//! | plausible | hours far from what their hour of the week brings, by median and median absolute deviation |
//! | unique | the same thing counted twice |
//!
//! ```
//! use campaign_pilot_core::{Period, SalesReading, SourceQuality};
//! use campaign_pilot_metrics::quality::{DataSource, GatePolicy, Inspection, Metric, SpendChange, Usability, inspect};
//!
//! let day = Period::new("2026-11-02T00:00:00Z".parse()?, "2026-11-03T00:00:00Z".parse()?)?;
//! let reading = SalesReading {
//!     period: day,
//!     observations: vec![],
//!     stock_outs: vec![],
//!     rejected: vec![],
//!     quality: SourceQuality::complete_until("2026-11-02T03:00:00Z".parse()?),
//! };
//! let snapshot = Inspection { sales: vec![&reading], ..Inspection::at(day.end()) };
//! let report = inspect(&snapshot, &GatePolicy::default());
//!
//! // The store's answer is 21 hours old: nothing may be raised on it.
//! assert!(!report.verdict().permits(SpendChange::Raise));
//! assert!(report.verdict().permits(SpendChange::Lower));
//! assert_eq!(report.usability(Metric::SalesImpact), Usability::Unusable);
//! assert_eq!(report.usability(Metric::Roas), Usability::Usable);
//! assert_eq!(report.findings()[0].source, DataSource::Store);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod consistency;
mod hours;
mod inspection;
mod policy;
mod readings;
mod report;
mod robust;
#[cfg(test)]
mod tests;
mod timeliness;

use std::fmt;

use campaign_pilot_core::{PlatformCampaignId, ProductId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use consistency::{StockCount, StoreReport, check_credit, check_report, check_stock};
pub use hours::{Hours, check_hours};
pub use inspection::{Inspection, inspect};
pub use policy::GatePolicy;
pub use readings::{Listing, check_performance, check_products, check_sales, check_views};
pub use report::{GateVerdict, QualityReport, SpendChange, Usability};
pub use timeliness::{Pages, SourceState, check_failure, check_source};

/// Where figures come from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum DataSource {
    /// The store's products.
    Catalog,
    /// The store's orders and refunds.
    Store,
    /// The source of page views.
    PageViews,
    /// The campaign platform.
    Platform,
}

impl DataSource {
    /// The source's name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalogue",
            Self::Store => "store",
            Self::PageViews => "page views",
            Self::Platform => "platform",
        }
    }
}

impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Completeness: the source answered at all.
    Answered,
    /// Completeness: hours that were asked for were read.
    MissingHours,
    /// Completeness: hours in which nothing at all was counted, although something nearly always is.
    SilentHours,
    /// Completeness: the products that the store says it has were read.
    MissingProducts,
    /// Completeness: all pages arrived, nothing was sampled or cut off.
    MissingPages,
    /// Completeness: items that came, but could not be read.
    UnreadableItems,
    /// Completeness: campaigns that were asked for, but not reported.
    MissingCampaigns,
    /// Consistency: sales against the store's own reports.
    OrdersAgainstReports,
    /// Consistency: credited actions against the store's orders.
    ActionsAgainstOrders,
    /// Consistency: credited actions against clicks, clicks against impressions, new customers against actions.
    ClicksAgainstActions,
    /// Consistency: sales against stock.
    SalesAgainstStock,
    /// Consistency: a count or an amount below zero, or a part that is more than its whole.
    NegativeCounts,
    /// Consistency: amounts of several currencies where there should be one.
    Currencies,
    /// Consistency: observations outside the period that was asked for.
    OutsidePeriod,
    /// Timeliness: the age of what was read.
    Age,
    /// Timeliness: how far the source itself lags behind.
    Lag,
    /// Timeliness: dates in the future.
    Future,
    /// Plausibility: values far from what is usual at that hour of the week.
    Outliers,
    /// Uniqueness: the same thing counted twice.
    Duplicates,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; the figures can be used.
    Note,
    /// The figures that it touches are doubtful.
    Warning,
    /// The figures that it touches cannot be used: the gate is closed for more spending.
    Failure,
}

/// A figure that findings may touch.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Sales against the baseline, the units and the revenue gained.
    SalesImpact,
    /// Page views against the baseline.
    ViewImpact,
    /// The efficiency made of both.
    Efficiency,
    /// The return on advertising spend.
    Roas,
    /// The cost per new customer.
    Cpa,
    /// Conversions per click.
    ConversionRate,
    /// Clicks per impression.
    ClickThroughRate,
    /// The cost per click.
    CostPerClick,
    /// Revenue per order.
    AverageOrderValue,
    /// Spending against plan.
    SpendPace,
    /// The risk score.
    Risk,
    /// Which products are worth a campaign.
    Selection,
}

/// What a finding is about.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An hour of the whole source, by its first instant.
    Hour(Timestamp),
    /// A product.
    Product(ProductId),
    /// An hour of a product.
    ProductHour(ProductId, Timestamp),
    /// A campaign's object at the platform.
    Campaign(PlatformCampaignId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hour(hour) => write!(f, "{hour}"),
            Self::Product(product) => write!(f, "product {product}"),
            Self::ProductHour(product, hour) => write!(f, "product {product} at {hour}"),
            Self::Campaign(campaign) => write!(f, "campaign {campaign}"),
        }
    }
}

/// Something that a check found.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Whose figures are concerned.
    pub source: DataSource,
    /// What was looked at.
    pub check: Check,
    /// How many items are concerned.
    pub count: u64,
    /// The first of them, at most [`Finding::MOST_SUBJECTS`], in order.
    pub subjects: Vec<Subject>,
    /// What was found, in words for a person.
    pub sentence: String,
}

impl Finding {
    /// The most subjects that a finding names.
    pub const MOST_SUBJECTS: usize = 5;

    /// The metrics that this finding touches.
    #[must_use]
    pub const fn affects(&self) -> &'static [Metric] {
        affected(self.source, self.check)
    }

    /// A finding about subjects; `None` when there is none. Repeated subjects count once each time.
    pub(crate) fn about(
        severity: Severity,
        source: DataSource,
        check: Check,
        mut subjects: Vec<Subject>,
        sentence: impl FnOnce(u64) -> String,
    ) -> Option<Self> {
        if subjects.is_empty() {
            return None;
        }
        let count = u64::try_from(subjects.len()).unwrap_or(u64::MAX);
        subjects.sort();
        subjects.dedup();
        subjects.truncate(Self::MOST_SUBJECTS);
        Some(Self { severity, source, check, count, subjects, sentence: sentence(count) })
    }

    /// A finding about a source as a whole.
    pub(crate) const fn whole(severity: Severity, source: DataSource, check: Check, count: u64, sentence: String) -> Self {
        Self { severity, source, check, count, subjects: Vec::new(), sentence }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.sentence)?;
        for (place, subject) in self.subjects.iter().enumerate() {
            write!(f, "{}{subject}", if place == 0 { " (" } else { ", " })?;
        }
        if self.subjects.is_empty() {
            return Ok(());
        }
        f.write_str(if self.count > u64::try_from(self.subjects.len()).unwrap_or(u64::MAX) { ", ..)" } else { ")" })
    }
}

const fn affected(source: DataSource, check: Check) -> &'static [Metric] {
    use Metric as M;
    match (source, check) {
        (_, Check::SalesAgainstStock) => &[M::SalesImpact, M::Efficiency, M::Risk, M::Selection],
        (_, Check::ClicksAgainstActions) => &[M::ConversionRate, M::ClickThroughRate, M::CostPerClick, M::Cpa],
        (_, Check::ActionsAgainstOrders) => &[M::Roas, M::Cpa, M::ConversionRate, M::AverageOrderValue, M::Risk],
        (DataSource::Catalog, _) => &[M::Selection],
        (DataSource::Store, _) => &[M::SalesImpact, M::Efficiency, M::Risk, M::Selection],
        (DataSource::PageViews, _) => &[M::ViewImpact, M::Efficiency, M::Risk, M::Selection],
        (DataSource::Platform, _) => &[
            M::Roas,
            M::Cpa,
            M::ConversionRate,
            M::ClickThroughRate,
            M::CostPerClick,
            M::AverageOrderValue,
            M::SpendPace,
            M::Risk,
        ],
    }
}
