//! Everything at once.

use std::collections::BTreeSet;

use campaign_pilot_core::{PerformanceReading, PlatformCampaignId, Product, SalesReading, SourceQuality, ViewsReading};
use jiff::Timestamp;

use super::{
    DataSource, GatePolicy, Hours, Listing, QualityReport, SourceState, StockCount, StoreReport, check_credit, check_failure,
    check_hours, check_performance, check_products, check_report, check_sales, check_source, check_stock, check_views,
};

/// A snapshot as the gate looks at it: whatever was read, and what could not be read. What is left out is not checked.
#[derive(Clone, Debug)]
pub struct Inspection<'a> {
    /// The instant of the decision; everything was read just before, unless `states` say otherwise.
    pub now: Timestamp,
    /// The products.
    pub products: Vec<&'a Product>,
    /// How their listing came out.
    pub listing: Listing,
    /// What was sold.
    pub sales: Vec<&'a SalesReading>,
    /// What was viewed.
    pub views: Vec<&'a ViewsReading>,
    /// What campaigns did.
    pub performance: Option<&'a PerformanceReading>,
    /// Which campaigns were asked for.
    pub asked_campaigns: BTreeSet<PlatformCampaignId>,
    /// The remembered hours.
    pub hours: Option<Hours<'a>>,
    /// What the store's own reports count.
    pub reports: Vec<StoreReport>,
    /// Earlier counts of stock.
    pub stock_counts: Vec<StockCount>,
    /// More about answers: when they were read, how many pages arrived.
    pub states: Vec<SourceState<'a>>,
    /// Sources that gave no answer, and why.
    pub failures: Vec<(DataSource, &'a str)>,
}

impl Inspection<'_> {
    /// A snapshot without anything in it.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self {
            now,
            products: Vec::new(),
            listing: Listing { total: None, unreadable: 0, known_before: None },
            sales: Vec::new(),
            views: Vec::new(),
            performance: None,
            asked_campaigns: BTreeSet::new(),
            hours: None,
            reports: Vec::new(),
            stock_counts: Vec::new(),
            states: Vec::new(),
            failures: Vec::new(),
        }
    }
}

/// Runs every check that the snapshot has data for. The order of its parts does not matter.
#[must_use]
pub fn inspect(snapshot: &Inspection<'_>, policy: &GatePolicy) -> QualityReport {
    let now = snapshot.now;
    let answer = |source, asked, quality: &SourceQuality| {
        check_source(&SourceState { source, asked: Some(asked), read_at: now, quality, pages: None }, now, policy)
    };
    let mut report = QualityReport::new(snapshot.failures.iter().map(|(source, reason)| check_failure(*source, reason)));
    report.add(check_products(snapshot.products.iter().copied(), snapshot.listing, policy));
    for reading in &snapshot.sales {
        report.add(check_sales(reading, reading.period));
        report.add(answer(DataSource::Store, reading.period, &reading.quality));
    }
    for reading in &snapshot.views {
        report.add(check_views(reading, reading.period));
        report.add(answer(DataSource::PageViews, reading.period, &reading.quality));
    }
    let rows = || snapshot.hours.iter().flat_map(|hours| hours.rows.iter().copied().flatten());
    if let Some(reading) = snapshot.performance {
        report.add(check_performance(reading, &snapshot.asked_campaigns));
        report.add(answer(DataSource::Platform, reading.period, &reading.quality));
        report.add(check_credit(rows(), snapshot.hours.as_ref().and_then(|hours| hours.covered), reading.campaigns.values()));
    }
    for state in &snapshot.states {
        report.add(check_source(state, now, policy));
    }
    if let Some(hours) = &snapshot.hours {
        report.add(check_hours(hours, now, policy));
    }
    for own in &snapshot.reports {
        report.add(check_report(rows(), own, policy));
    }
    report.add(check_stock(snapshot.products.iter().copied(), rows(), &snapshot.stock_counts));
    report
}
