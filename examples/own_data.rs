//! Judges campaigns from your own numbers: links `metrics` and `decision-engine`, nothing that does I/O.
//!
//! Run it on the bundled sample, or on a file of your own with the same columns:
//!
//! ```sh
//! cargo run --release --example own_data
//! cargo run --release --example own_data -- my-campaigns.csv 2026-11-16T00:00:00Z
//! ```
//!
//! It prints each campaign's numbers, its verdict and why. An empty cell is a number that you do not know.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

use std::error::Error;

use campaign_pilot::core::{
    Absence, Billing, CampaignId, CampaignPerformance, Currency, Measured, Money, Period, Product, ProductId, ProductKind,
    ProductStatus, Stock,
};
use campaign_pilot::decision_engine::{
    AdRecord, CampaignInput, ContributionPolicy, CostToCome, DecisionPolicy, ProspectFacts, Readings, Response, ResponsePolicy,
    StoreEvidence, decide, prospect,
};
use campaign_pilot::metrics::{Activity, Baseline, CampaignFacts, measure};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;

const CURRENCY: Currency = Currency::EUR;

/// One line of the file.
#[derive(Deserialize)]
struct Line {
    campaign: String,
    price: Decimal,
    budget: Decimal,
    started: Date,
    units: Decimal,
    usual_units: Decimal,
    views: Option<Decimal>,
    usual_views: Option<Decimal>,
    revenue: Decimal,
    cost: Decimal,
    clicks: Option<u64>,
    new_customers: Option<u64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/examples/own_data.csv").to_owned());
    let now: Timestamp = arguments.next().as_deref().unwrap_or("2026-11-09T00:00:00Z").parse()?;

    let mut reader = csv::Reader::from_path(&file).map_err(|error| format!("`{file}` cannot be read: {error}"))?;
    let lines: Vec<Line> = reader.deserialize().collect::<Result<_, _>>().map_err(|error| format!("`{file}`: {error}"))?;
    // What all ads did together says what to expect of each.
    let records = lines.iter().map(|line| record(line, now)).collect::<Result<Vec<_>, _>>()?;
    let response = Response::learn(&records, CURRENCY, Billing::Commissions, &ResponsePolicy::default());
    let inputs = lines.into_iter().zip(&records).map(|(line, record)| input(line, record, &response, now));
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?;

    for decision in decide("own-data", &inputs, &DecisionPolicy::default()) {
        let Some(input) = inputs.iter().find(|input| input.campaign == decision.campaign) else { continue };
        let metrics = &input.metrics;
        println!("{}", input.name);
        println!("  sales {} %, views {} %", rounded(&metrics.sales_impact), rounded(&metrics.view_impact));
        println!("  ROAS gross {}, net {}; CPA {}", rounded(&metrics.gross_roas), rounded(&metrics.net_roas), metrics.cpa);
        println!("  efficiency {}, risk {}", rounded(&metrics.efficiency), metrics.risk.score.round_dp(2));
        println!("  => {}\n", decision.sentence);
    }
    Ok(())
}

/// What the campaign of a line did so far. How many orders it brought is not in the file: its revenue tells.
fn record(line: &Line, now: Timestamp) -> Result<AdRecord, Box<dyn Error>> {
    let start = line.started.to_zoned(TimeZone::UTC)?.timestamp();
    Ok(AdRecord {
        product: ProductId::new(line.campaign.as_str())?,
        price: Money::new(line.price, CURRENCY),
        hours_on_offer: Decimal::from(now.duration_since(start).as_hours()),
        clicks: line.clicks.map_or(Measured::Absent(Absence::ClicksNotReported), Measured::Known),
        actions: (line.revenue / line.price).round().to_u64().unwrap_or(0),
        revenue: Money::new(line.revenue, CURRENCY),
        cost: Money::new(line.cost, CURRENCY),
    })
}

/// What the store knows of the product of a line.
fn product(line: &Line) -> Result<Product, Box<dyn Error>> {
    Ok(Product {
        id: ProductId::new(line.campaign.as_str())?,
        sku: None,
        name: line.campaign.clone(),
        summary: String::new(),
        permalink: String::new(),
        price: Some(Money::new(line.price, CURRENCY)),
        unit_cost: None,
        categories: Vec::new(),
        stock: Stock::Unmanaged { in_stock: true },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: None,
    })
}

/// From a line of the file to what the decision engine takes.
fn input(line: Line, record: &AdRecord, response: &Response, now: Timestamp) -> Result<CampaignInput, Box<dyn Error>> {
    let product = product(&line)?;
    let money = |amount| Money::new(amount, CURRENCY);
    let start = line.started.to_zoned(TimeZone::UTC)?.timestamp();
    let so_far = Period::new(start, now).map_err(|error| format!("`{}`: {error}", line.campaign))?;
    let views = |views: Option<Decimal>| views.map_or(Measured::Absent(Absence::NoViewSource), Measured::Known);
    let activity =
        |units, views| Activity { units: Measured::Known(units), revenue: Measured::Absent(Absence::NotYetReported), views };
    let performance = CampaignPerformance {
        clicks: line.clicks.map_or(Measured::Absent(Absence::ClicksNotReported), Measured::Known),
        revenue: money(line.revenue),
        cost: money(line.cost),
        new_customers: line.new_customers.map_or(Measured::Absent(Absence::NewCustomersUnknown), Measured::Known),
        actions: record.actions,
        ..CampaignPerformance::nothing(so_far, CURRENCY)
    };
    let flight = Period::new(start, start + SignedDuration::from_hours(14 * 24))?;
    let metrics = measure(&CampaignFacts {
        observed: activity(line.units, views(line.views)),
        baseline: Baseline::given(activity(line.usual_units, views(line.usual_views))),
        ..CampaignFacts::reported(flight, now, performance, money(line.budget))
    });
    let days = Decimal::from(now.duration_since(start).as_hours()) / Decimal::from(24);
    let policy = ContributionPolicy::default();
    let caused = policy.caused_percent / Decimal::ONE_HUNDRED;
    let facts = ProspectFacts {
        product: &product,
        own: Some(record),
        units_per_day: line.units / days,
        caused,
        price_of_budget: Decimal::ZERO,
    };
    Ok(CampaignInput {
        campaign: CampaignId::new(line.campaign.as_str())?,
        name: line.campaign,
        product: Some(product.id.clone()),
        categories: Vec::new(),
        price: Some(money(line.price)),
        to_come: CostToCome::nothing(CURRENCY),
        metrics,
        prospect: prospect(&facts, response, &policy),
        store: StoreEvidence::default(),
        improvement: None,
        changes: None,
        total_stop: None,
        cautions: Vec::new(),
        read: Readings::default(),
    })
}

fn rounded(value: &Measured<Decimal>) -> Measured<Decimal> {
    value.map(|value| value.round_dp(2))
}
