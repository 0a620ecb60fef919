use std::collections::BTreeMap;

use campaign_pilot_core::{
    Absence, CampaignPerformance, Currency, Measured, Money, PerformanceReading, Period, PlatformCampaignId, Product,
    ProductHour, ProductKind, ProductStatus, RejectedItem, SalesObservation, SalesReading, SourceQuality, Stock,
    ViewsObservation, ViewsReading,
};
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::*;
use crate::testing::{at, hours, row};

const WEEKS: i64 = 8;
const NOW: i64 = WEEKS * 168;

/// Uniform numbers in [0, 1), the same for the same seed.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn poisson(&mut self, mean: f64) -> i64 {
        let (mut count, mut product) = (0, self.next());
        while product > (-mean).exp() {
            count += 1;
            product *= self.next();
        }
        count
    }
}

/// A store of three products that sells more by day than by night.
fn history(seed: u64, per_hour: f64) -> Vec<ProductHour> {
    let mut random = Uniform(seed);
    let mut rows = Vec::new();
    for hour in 0..NOW {
        for product in 1..=3_u64 {
            let day = if (8..22).contains(&(hour % 24)) { 1.5 } else { 0.3 };
            let units = random.poisson(per_hour * day);
            if units > 0 {
                rows.push(ProductHour { product: ProductId::from_number(product), ..row(hour, units) });
            }
        }
    }
    rows
}

fn checked(rows: &[ProductHour]) -> QualityReport {
    let hours = Hours { rows: vec![rows], covered: Some(hours(0, NOW)), expected: hours(0, NOW) };
    QualityReport::new(check_hours(&hours, at(NOW), &GatePolicy::default()))
}

#[track_caller]
fn found(report: &QualityReport, check: Check, severity: Severity) -> &Finding {
    let found = report.findings().iter().find(|finding| finding.check == check);
    let found = found.unwrap_or_else(|| panic!("no {check:?} in {report:?}"));
    assert_eq!(found.severity, severity, "{found}");
    found
}

fn euros(amount: Decimal) -> Money {
    Money::new(amount, Currency::EUR)
}

fn sale(product: u64, hour: i64, units: i64) -> SalesObservation {
    SalesObservation {
        product: ProductId::from_number(product),
        period: hours(hour, hour + 1),
        units,
        refunded_units: 0,
        orders: units.unsigned_abs(),
        revenue: euros(Decimal::from(units) * dec!(10)),
        refunds: euros(dec!(0)),
        new_customers: Measured::Absent(Absence::NewCustomersUnknown),
    }
}

fn sales(observations: Vec<SalesObservation>) -> SalesReading {
    let quality = SourceQuality::complete_until(at(24));
    SalesReading { period: hours(0, 24), observations, stock_outs: vec![], rejected: vec![], quality }
}

fn performance(actions: u64, clicks: u64) -> PerformanceReading {
    let campaign = CampaignPerformance {
        clicks: Measured::Known(clicks),
        actions,
        revenue: euros(Decimal::from(actions) * dec!(20)),
        cost: euros(Decimal::from(actions) * dec!(2)),
        pending_cost: euros(Decimal::from(actions)),
        ..CampaignPerformance::nothing(hours(0, 24), Currency::EUR)
    };
    let campaigns = BTreeMap::from([(PlatformCampaignId::new("ad-1").unwrap(), campaign)]);
    PerformanceReading { period: hours(0, 24), campaigns, quality: SourceQuality::complete_until(at(24)) }
}

fn product(id: u64, stock: Decimal) -> Product {
    Product {
        id: ProductId::from_number(id),
        sku: None,
        name: format!("product {id}"),
        summary: String::new(),
        permalink: format!("https://shop.example/{id}"),
        price: Some(euros(dec!(20))),
        unit_cost: None,
        categories: vec![],
        stock: Stock::Managed { quantity: stock },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: None,
    }
}

#[test]
fn clean_histories_pass_in_every_world() {
    let mut warned = 0;
    for seed in 0..20 {
        for per_hour in [0.02, 0.3, 4.0] {
            let report = checked(&history(seed, per_hour));
            assert_ne!(report.verdict(), GateVerdict::Failed, "seed {seed}: {report:?}");
            warned += usize::from(report.verdict() == GateVerdict::Doubtful);
        }
    }
    assert!(warned <= 1, "{warned} of 60 clean worlds are called doubtful");
}

#[test]
fn a_day_of_silence_closes_the_gate_and_an_old_one_is_doubtful() {
    let silent = |from: i64, to: i64| {
        let mut rows = history(1, 2.0);
        rows.retain(|row| !(at(from)..at(to)).contains(&row.hour));
        checked(&rows)
    };
    let report = silent(NOW - 40, NOW - 16);
    let finding = found(&report, Check::SilentHours, Severity::Failure);
    assert!(finding.count >= 24 && finding.subjects.contains(&Subject::Hour(at(NOW - 40))), "{finding}");
    assert_eq!(report.verdict(), GateVerdict::Failed);
    let sources: Vec<_> = report.findings().iter().filter(|finding| finding.check == Check::SilentHours).collect();
    assert_eq!(sources.len(), 2, "sales and views: {report:?}");
    found(&silent(400, 424), Check::SilentHours, Severity::Warning);
    // A store that sells once a day is silent for hours.
    let mut quiet = history(3, 0.01);
    quiet.retain(|row| row.hour < at(NOW - 24));
    let report = checked(&quiet);
    assert_eq!(report.verdict(), GateVerdict::Passed, "{report:?}");
}

#[test]
fn an_hour_counted_twenty_times_is_an_outlier_and_chance_is_none() {
    let mut rows = history(5, 0.5);
    let place = rows.iter().position(|row| row.hour >= at(900)).unwrap();
    rows[place].units = 40;
    let report = checked(&rows);
    let (hour, product) = (rows[place].hour, rows[place].product.clone());
    let finding = found(&report, Check::Outliers, Severity::Warning);
    assert!(finding.subjects.iter().any(|subject| matches!(subject, Subject::Hour(_) | Subject::ProductHour(..))));
    let named = report.findings().iter().flat_map(|finding| &finding.subjects);
    assert!(named.clone().any(|subject| *subject == Subject::ProductHour(product.clone(), hour)), "{report:?}");
    assert_eq!(report.verdict(), GateVerdict::Doubtful);
    assert_eq!(report.usability(Metric::SalesImpact), Usability::Doubtful);
    assert_eq!(report.usability(Metric::Roas), Usability::Usable);
}

#[test]
fn rows_that_contradict_themselves_close_the_gate() {
    let clean = history(7, 1.0);
    let with = |change: &dyn Fn(&mut Vec<ProductHour>)| {
        let mut rows = clean.clone();
        change(&mut rows);
        checked(&rows)
    };
    assert_eq!(with(&|_| ()).findings(), []);
    found(&with(&|rows| rows.push(rows[50].clone())), Check::Duplicates, Severity::Failure);
    found(&with(&|rows| rows[9].units = -3), Check::NegativeCounts, Severity::Failure);
    found(&with(&|rows| rows[9].refunds = euros(dec!(-1))), Check::NegativeCounts, Severity::Failure);
    found(&with(&|rows| rows[9].new_customers = Measured::Known(99)), Check::NegativeCounts, Severity::Failure);
    found(&with(&|rows| rows[9].hour = at(NOW + 2)), Check::Future, Severity::Failure);
    found(&with(&|rows| rows[9].revenue = Money::new(dec!(1), Currency::USD)), Check::Currencies, Severity::Failure);
    let sold_out = with(&|rows| {
        rows.retain(|row| !(100..110).contains(&((row.hour.as_second() - at(0).as_second()) / 3_600)));
        rows.extend((100..110).map(|hour| ProductHour { in_stock: false, ..row(hour, i64::from(hour == 105)) }));
    });
    assert_eq!(found(&sold_out, Check::SalesAgainstStock, Severity::Warning).count, 1);
}

#[test]
fn hours_that_were_not_read_are_missed_at_the_end() {
    let rows = history(2, 1.0);
    let read_until = |covered: Option<Period>| {
        let hours = Hours { rows: vec![&rows], covered, expected: hours(0, NOW) };
        QualityReport::new(check_hours(&hours, at(NOW), &GatePolicy::default()))
    };
    assert_eq!(found(&read_until(None), Check::MissingHours, Severity::Failure).count, NOW.unsigned_abs());
    assert_eq!(found(&read_until(Some(hours(0, NOW - 7))), Check::MissingHours, Severity::Failure).count, 7);
    assert_eq!(found(&read_until(Some(hours(0, NOW - 2))), Check::MissingHours, Severity::Warning).count, 2);
    assert_eq!(found(&read_until(Some(hours(168, NOW))), Check::MissingHours, Severity::Note).count, 168);
}

#[test]
fn readings_are_checked_before_they_are_merged() {
    let check = |reading: &SalesReading| QualityReport::new(check_sales(reading, hours(0, 24)));
    assert_eq!(check(&sales(vec![sale(1, 3, 2), sale(2, 3, 2), sale(1, 4, 1)])).verdict(), GateVerdict::Passed);
    found(&check(&sales(vec![sale(1, 3, 2), sale(1, 3, 2)])), Check::Duplicates, Severity::Failure);
    let dollars =
        SalesObservation { revenue: Money::new(dec!(5), Currency::USD), refunds: Money::zero(Currency::USD), ..sale(1, 3, 1) };
    assert_eq!(check(&sales(vec![sale(1, 3, 2), dollars])).verdict(), GateVerdict::Passed, "one observation per currency");
    found(&check(&sales(vec![sale(1, 3, -2)])), Check::NegativeCounts, Severity::Failure);
    found(&check(&sales(vec![sale(1, 25, 2)])), Check::OutsidePeriod, Severity::Warning);
    found(&check(&SalesReading { period: hours(0, 20), ..sales(vec![]) }), Check::MissingHours, Severity::Failure);
    let rejected = vec![RejectedItem { id: Some("7".into()), reason: "no date".into() }];
    found(&check(&SalesReading { rejected, ..sales(vec![]) }), Check::UnreadableItems, Severity::Warning);

    let seen = ViewsObservation { product: ProductId::from_number(1), period: hours(3, 4), views: 9 };
    let quality = SourceQuality::complete_until(at(24));
    let views = ViewsReading { period: hours(0, 24), observations: vec![seen.clone(), seen], quality };
    found(&QualityReport::new(check_views(&views, hours(0, 24))), Check::Duplicates, Severity::Failure);

    let listing = |total, unreadable| {
        let products = [product(1, dec!(5)), product(2, dec!(5)), product(2, dec!(5))];
        QualityReport::new(check_products(&products, Listing { total, unreadable, known_before: None }, &GatePolicy::default()))
    };
    found(&listing(Some(3), 0), Check::Duplicates, Severity::Warning);
    found(&listing(Some(9), 0), Check::MissingProducts, Severity::Failure);
    found(&listing(None, 1), Check::UnreadableItems, Severity::Failure);
    let shrunk = |before| {
        let listing = Listing { known_before: Some(before), ..Listing::default() };
        QualityReport::new(check_products(&[product(1, dec!(5)), product(2, dec!(5))], listing, &GatePolicy::default()))
    };
    found(&shrunk(5), Check::MissingProducts, Severity::Failure);
    assert_eq!(shrunk(4).findings(), [], "two may have been taken off");
}

#[test]
fn the_platform_is_checked_against_itself_and_against_the_store() {
    let check = |reading: &PerformanceReading| QualityReport::new(check_performance(reading, reading.campaigns.keys()));
    assert_eq!(check(&performance(4, 80)).verdict(), GateVerdict::Passed);
    let voucher = check(&performance(4, 1));
    found(&voucher, Check::ClicksAgainstActions, Severity::Warning);
    assert_eq!(voucher.usability(Metric::ConversionRate), Usability::Doubtful);
    assert_eq!(voucher.usability(Metric::SalesImpact), Usability::Usable);
    let changed = |change: &dyn Fn(&mut CampaignPerformance)| {
        let mut reading = performance(4, 80);
        reading.campaigns.values_mut().for_each(change);
        check(&reading)
    };
    found(&changed(&|campaign| campaign.cost = euros(dec!(-1))), Check::NegativeCounts, Severity::Failure);
    found(&changed(&|campaign| campaign.pending_cost = euros(dec!(900))), Check::NegativeCounts, Severity::Failure);
    found(&changed(&|campaign| campaign.revenue = Money::zero(Currency::USD)), Check::Currencies, Severity::Failure);
    let other = PlatformCampaignId::new("ad-2").unwrap();
    let missing = QualityReport::new(check_performance(&performance(4, 80), [&other]));
    found(&missing, Check::MissingCampaigns, Severity::Warning);

    let rows: Vec<ProductHour> = (0..24).map(|hour| row(hour, 1)).collect();
    let credit = |actions, covered| check_credit(&rows, Some(covered), performance(actions, 80).campaigns.values());
    assert_eq!(credit(24, hours(0, 24)), None);
    let finding = credit(30, hours(0, 24)).unwrap();
    assert_eq!((finding.check, finding.severity, finding.count), (Check::ActionsAgainstOrders, Severity::Failure, 6));
    assert!(finding.affects().contains(&Metric::Roas));
    assert_eq!(credit(26, hours(0, 24)).unwrap().severity, Severity::Warning);
    assert_eq!(credit(30, hours(2, 24)), None, "the time is not covered");
}

#[test]
fn orders_are_checked_against_the_stores_own_reports() {
    let rows: Vec<ProductHour> = (0..24).map(|hour| row(hour, 10)).collect();
    let report = |orders, units, revenue| StoreReport {
        period: hours(0, 24),
        orders: Measured::Known(orders),
        units: Measured::Known(units),
        revenue: Measured::Known(euros(revenue)),
    };
    let check = |own: StoreReport| QualityReport::new(check_report(&rows, &own, &GatePolicy::default()));
    assert_eq!(check(report(240, 240, dec!(2400))).findings(), []);
    assert_eq!(check(report(120, 240, dec!(2400))).findings(), [], "an order of two products counts in both");
    assert_eq!(check(report(240, 243, dec!(2400))).findings(), []);
    found(&check(report(240, 250, dec!(2400))), Check::OrdersAgainstReports, Severity::Warning);
    found(&check(report(300, 240, dec!(2400))), Check::OrdersAgainstReports, Severity::Failure);
    found(&check(report(240, 240, dec!(0))), Check::OrdersAgainstReports, Severity::Failure);
    let dollars = StoreReport { revenue: Measured::Known(Money::new(dec!(2400), Currency::USD)), ..report(240, 240, dec!(0)) };
    found(&check(dollars), Check::Currencies, Severity::Failure);
}

#[test]
fn sales_above_stock_are_noticed() {
    let rows: Vec<ProductHour> = (0..24).map(|hour| row(hour, 1)).collect();
    let count = |at_hour, quantity| StockCount { product: ProductId::from_number(11), at: at(at_hour), quantity };
    let check = |counts: &[StockCount]| QualityReport::new(check_stock(&[product(1, dec!(-2))], &rows, counts));
    found(&check(&[]), Check::SalesAgainstStock, Severity::Note);
    assert_eq!(check(&[count(0, dec!(24))]).verdict(), GateVerdict::Passed);
    found(&check(&[count(0, dec!(23))]), Check::SalesAgainstStock, Severity::Warning);
    assert_eq!(check(&[count(0, dec!(3)), count(20, dec!(4))]).verdict(), GateVerdict::Passed, "the latest count");
}

#[test]
fn age_and_lag_are_told_apart() {
    let policy = GatePolicy::default();
    let check = |until: i64, read: i64, asked: Option<Period>| {
        let quality = SourceQuality::complete_until(at(until));
        let state = SourceState { source: DataSource::PageViews, asked, read_at: at(read), quality: &quality, pages: None };
        QualityReport::new(check_source(&state, at(100), &policy))
    };
    assert_eq!(check(99, 100, None).findings(), []);
    found(&check(96, 100, None), Check::Lag, Severity::Warning);
    found(&check(90, 100, None), Check::Age, Severity::Failure);
    found(&check(99, 90, None), Check::Age, Severity::Failure);
    found(&check(105, 100, None), Check::Future, Severity::Failure);
    found(&check(100, 105, None), Check::Future, Severity::Failure);
    assert_eq!(check(50, 100, Some(hours(20, 50))).findings(), [], "an old period does not grow old");
    let silent = SourceQuality { complete_until: None, complete: true, notes: vec![] };
    let state = SourceState { source: DataSource::Store, asked: None, read_at: at(100), quality: &silent, pages: None };
    assert_eq!(check_source(&state, at(100), &policy), []);
    let cut = SourceState { pages: Some(Pages { read: 3, expected: 5 }), ..state };
    assert_eq!(check_source(&cut, at(100), &policy)[0].check, Check::MissingPages);
    let sampled = silent.clone().incomplete("sampled");
    let finding = &check_source(&SourceState { quality: &sampled, ..state }, at(100), &policy)[0];
    assert_eq!((finding.check, finding.severity), (Check::MissingPages, Severity::Failure));
    assert_eq!(finding.to_string(), "store: not everything arrived: sampled");
}

#[test]
fn a_failed_gate_holds_or_lowers() {
    let failed = QualityReport::new([check_failure(DataSource::Platform, "timed out")]);
    assert_eq!(failed.verdict(), GateVerdict::Failed);
    assert_eq!(failed.usability(Metric::Roas), Usability::Unusable);
    assert_eq!(failed.usability(Metric::ViewImpact), Usability::Usable);
    assert_eq!(failed.verdict().permitted(euros(dec!(10)), euros(dec!(12))), euros(dec!(10)));
    assert_eq!(failed.verdict().permitted(euros(dec!(10)), euros(dec!(8))), euros(dec!(8)));
    assert_eq!(SpendChange::between(euros(dec!(10)), Money::new(dec!(1), Currency::USD)), SpendChange::Raise);
    assert!(GateVerdict::Doubtful.permits(SpendChange::Raise));
    let json = serde_json::to_string(&failed).unwrap();
    assert_eq!(serde_json::from_str::<QualityReport>(&json).unwrap(), failed);
    assert!(serde_json::from_str::<GatePolicy>(r#"{"max_age": 3}"#).is_err());
}

fn any_row() -> impl Strategy<Value = ProductHour> {
    (1..4_u64, -5..NOW + 5, any::<i64>(), any::<i64>(), any::<u64>(), any::<i64>(), any::<bool>()).prop_map(
        |(id, hour, units, refunded_units, views, cents, in_stock)| ProductHour {
            product: ProductId::from_number(id),
            units,
            refunded_units,
            orders: views,
            revenue: euros(Decimal::new(cents, 2)),
            views: Measured::Known(views),
            in_stock,
            ..row(hour, 1)
        },
    )
}

proptest! {
    #[test]
    fn any_rows_give_a_report_that_does_not_depend_on_their_order(rows in proptest::collection::vec(any_row(), 0..40), turn in 0..40_usize) {
        let report = checked(&rows);
        let mut turned = rows.clone();
        if !turned.is_empty() {
            turned.rotate_left(turn % rows.len());
        }
        prop_assert_eq!(&report, &checked(&turned));
        for finding in report.findings() {
            prop_assert!(finding.subjects.len() <= Finding::MOST_SUBJECTS && finding.count > 0);
            prop_assert!(!finding.affects().is_empty());
        }
    }

    #[test]
    fn a_failed_gate_never_raises_spend(before: u32, after: u32, worst in 0..3_usize) {
        let severity = [Severity::Note, Severity::Warning, Severity::Failure][worst];
        let finding = Finding::whole(severity, DataSource::Store, Check::Age, 1, String::new());
        let verdict = QualityReport::new([finding]).verdict();
        let (before, after) = (euros(before.into()), euros(after.into()));
        let spent = verdict.permitted(before, after);
        prop_assert!(spent == after || spent == before);
        prop_assert!(severity != Severity::Failure || spent.amount <= before.amount);
        prop_assert!(severity == Severity::Failure || spent == after);
    }
}
