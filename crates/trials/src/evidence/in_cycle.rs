//! The same campaigns through the agents of a daily cycle: analysis, store-share test, e-BH, matrix and gate.

use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_agents::{AnalystAgent, Coverage, Known, ManagerAgent, Policy, Prospects, Scope, Snapshot};
use campaign_pilot_core::{
    Absence, AdCopy, BudgetControl, Campaign, CampaignId, CampaignPerformance, CampaignRecord, CampaignSpec, Capabilities,
    Currency, DecisionId, DesiredStatus, EffectiveStatus, Measured, Money, OperationId, OperationTag, PauseControl, Period,
    PlatformCampaignId, PlatformStatus, Product, ProductHour, ProductId, ProductKind, ProductStatus, ResumeControl, Stock,
};
use campaign_pilot_decision_engine::{Decision, PolicyAmount, Rule};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::world::{LIVE, Scene, Sold};
use crate::trial::Failure;

/// The price of both products, in euros.
const PRICE: i64 = 40;
/// Page views for each order: both rise together.
const VIEWS_PER_ORDER: u64 = 25;
/// The product with the campaign, and the rest of the store as one.
const PROMOTED: u64 = 1;
const REST: u64 = 2;
/// The rules that call a rise of sales a win.
const WINS: [Rule; 2] = [Rule::BothRose, Rule::SalesRoseALittle];

/// Whether the daily decisions of a pilot with the default policy ever call a rise of the product's sales a win.
pub(super) fn calls_a_win(scene: &Scene, seed: u64) -> Result<bool, Failure> {
    let shop = Shop::open(scene, seed)?;
    for day in 1..=LIVE / 24 {
        if is_win(&shop.decide(day)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a rule that says so applies and is not held.
fn is_win(decision: &Decision) -> bool {
    let held = |rule: Rule| decision.held.iter().any(|held| held.rule == rule);
    decision.ruling.applying().any(|rule| WINS.contains(&rule) && !held(rule))
}

/// A shop whose hours are known, with a campaign that causes nothing, and the agents that judge it.
struct Shop {
    rows: [Vec<ProductHour>; 2],
    /// Rows before the campaign.
    before: usize,
    campaign: Campaign,
    manager: ManagerAgent,
    policy: Policy,
    capabilities: Capabilities,
}

impl Shop {
    fn open(scene: &Scene, seed: u64) -> Result<Self, Failure> {
        let sales = scene.play(seed)?;
        let midnight: Timestamp = "2026-03-02T00:00:00Z".parse()?;
        let first = midnight.checked_add(SignedDuration::from_hours(i64::try_from(sales.begins)?))?;
        let rows = [rows(PROMOTED, first, &sales.promoted)?, rows(REST, first, &sales.rest)?];
        let before = scene.days * 24;
        let start = rows[0].get(before).ok_or("there is no hour of the campaign")?.hour;
        let mut policy = Policy::default();
        // No limit on money stops what is only measured here.
        policy.guardrails.max_total_budget = PolicyAmount::only(euros(1_000_000));
        let capabilities = capabilities();
        Ok(Self {
            rows,
            before,
            campaign: campaign(start)?,
            manager: ManagerAgent::new(policy.clone(), capabilities.clone()),
            policy,
            capabilities,
        })
    }

    /// The decision after so many days.
    fn decide(&self, day: usize) -> Result<Decision, Failure> {
        let until = self.before + day * 24;
        let flight = self.campaign.spec.flight;
        let now = flight.start().checked_add(SignedDuration::from_hours(24 * i64::try_from(day)?))?;
        let hours =
            |product: usize| self.rows.get(product).and_then(|rows| rows.get(..until)).map(<[_]>::to_vec).unwrap_or_default();
        let from = self.rows[0].first().ok_or("there are no hours")?.hour;
        let known = Known { campaigns: vec![self.record(day, now)?], ..Known::default() };
        let snapshot = Snapshot {
            cycle: format!("day-{day}"),
            now,
            store_currency: Currency::EUR,
            platform_currency: Currency::EUR,
            products: Arc::new([PROMOTED, REST].map(|number| (ProductId::from_number(number), product(number))).into()),
            hours: Arc::new(BTreeMap::from([
                (ProductId::from_number(PROMOTED), hours(0).into()),
                (ProductId::from_number(REST), hours(1).into()),
            ])),
            coverage: Some(Coverage { from, until: now }),
            performance_until: BTreeMap::new(),
            signals: BTreeMap::new(),
            views: true,
            launches: BTreeMap::new(),
            data_trusted: true,
        };
        let analysis = AnalystAgent::new(self.policy.cadence.clone()).analyse(&snapshot, &known);
        let prospects = Prospects::of(&snapshot, &known, &self.policy, &self.capabilities, None);
        let total = self.manager.total(&snapshot, &known, &prospects);
        let judged = self.manager.judge(&snapshot, &known, &analysis, &prospects, total, Scope::Full);
        judged.decisions.into_iter().next().ok_or_else(|| "the campaign was not judged".into())
    }

    /// What the platform credits: a tenth of what is sold, at a commission of a tenth.
    fn record(&self, day: usize, now: Timestamp) -> Result<CampaignRecord, Failure> {
        let start = self.campaign.spec.flight.start();
        let live = self.rows[0].get(self.before..self.before + day * 24).unwrap_or_default();
        let orders = live.iter().map(|row| row.orders).sum::<u64>() / 10;
        let revenue = Money::new(Decimal::from(orders) * Decimal::from(PRICE), Currency::EUR);
        let performance = CampaignPerformance {
            clicks: Measured::Known(50 * orders),
            actions: orders,
            revenue,
            cost: Money::new(revenue.amount / Decimal::TEN, Currency::EUR),
            ..CampaignPerformance::nothing(Period::new(start, now)?, Currency::EUR)
        };
        let campaign = self.campaign.clone();
        Ok(CampaignRecord { campaign, launched_at: start, performance: Some(performance), verdict: None, updated_at: now })
    }
}

fn rows(product: u64, first: Timestamp, sold: &[Sold]) -> Result<Vec<ProductHour>, Failure> {
    let product = ProductId::from_number(product);
    let row = |(hour, sold): (i64, &Sold)| -> Result<ProductHour, Failure> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of an hour, drawn as doubles")]
        let (units, orders) = (sold.units as i64, sold.orders as u64);
        Ok(ProductHour {
            product: product.clone(),
            hour: first.checked_add(SignedDuration::from_hours(hour))?,
            units,
            refunded_units: 0,
            orders,
            revenue: euros(PRICE * units),
            refunds: euros(0),
            new_customers: Measured::Absent(Absence::NewCustomersUnknown),
            // Both of the rules on rises look at views, too.
            views: Measured::Known(VIEWS_PER_ORDER * orders),
            in_stock: true,
        })
    };
    (0..).zip(sold).map(row).collect()
}

fn campaign(start: Timestamp) -> Result<Campaign, Failure> {
    let decision = DecisionId::of("cycle-0", "promoted");
    let flight = Period::new(start, start.checked_add(SignedDuration::from_hours(i64::try_from(LIVE)? + 1))?)?;
    let spec = CampaignSpec {
        id: CampaignId::of_launch(&decision),
        product: ProductId::from_number(PROMOTED),
        sku: None,
        name: "Promoted".to_owned(),
        landing_page: "https://shop.example/promoted".to_owned(),
        copy: AdCopy { headline: "Promoted".to_owned(), body: "Now.".to_owned(), written_by: "trial".to_owned() },
        budget: euros(100_000),
        flight,
    };
    Ok(Campaign {
        tag: OperationTag::of(&OperationId::of(&decision, 0)),
        platform_id: Some(PlatformCampaignId::new("1")?),
        desired: DesiredStatus::Active,
        platform: PlatformStatus::Active,
        effective: EffectiveStatus::Running,
        budget: spec.budget,
        product: product(PROMOTED).into(),
        spec: spec.into(),
    })
}

fn product(number: u64) -> Product {
    Product {
        id: ProductId::from_number(number),
        sku: None,
        name: format!("Product {number}"),
        summary: String::new(),
        permalink: format!("https://shop.example/{number}"),
        price: Some(euros(PRICE)),
        unit_cost: None,
        categories: Vec::new(),
        stock: Stock::Managed { quantity: Decimal::from(1_000_000) },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: None,
    }
}

fn capabilities() -> Capabilities {
    Capabilities {
        pause: PauseControl::Unlist,
        resume: ResumeControl::Recreate,
        budget: BudgetControl::Ledger,
        ..Capabilities::new("trial", Currency::EUR)
    }
}

fn euros(amount: i64) -> Money {
    Money::new(Decimal::from(amount), Currency::EUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_that_triples_sales_is_a_win_and_one_that_does_nothing_is_not() {
        assert!(calls_a_win(&Scene::clean(2.0, 56, 3.0), 1).unwrap());
        assert!(!calls_a_win(&Scene::clean(2.0, 56, 1.0), 1).unwrap());
    }
}
