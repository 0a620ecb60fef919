//! Made-up campaigns shaped like real ones, for measuring the decision pass. Shared by the bench and the trial.
//!
//! Seeded: the same seed gives the same campaigns. Ages are spread over the whole flight, prices and sales are skewed
//! as in a real shop, a part of the campaigns works and a part does not, and some numbers are missing, so that every
//! rule of the matrix is met.

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, LogNormal, Normal, Poisson};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::decision_engine::{
    AdRecord, CampaignInput, ContributionPolicy, CostToCome, Decision, DecisionPolicy, Guarded, Guardrails, Plan, PlannedAction,
    Portfolio, ProspectFacts, Readings, Response, ResponsePolicy, StoreEvidence, decide_one, prospect,
};
use super::metrics::{Activity, Baseline, CampaignFacts, LifecycleStage, measure};
use super::vocabulary::ports::MarketSignal;
use super::vocabulary::{
    Absence, Billing, CampaignAction, CampaignId, CampaignPerformance, Currency, Measured, Money, Period, PlatformCampaignId,
    Product, ProductId, ProductKind, ProductStatus, Stock,
};

/// A campaign before it is measured.
pub(crate) struct Synthetic {
    id: CampaignId,
    platform_id: PlatformCampaignId,
    name: String,
    product: Product,
    facts: CampaignFacts,
}

impl Synthetic {
    /// What its ad did so far.
    fn record(&self) -> Option<AdRecord> {
        let performance = &self.facts.performance;
        Some(AdRecord {
            product: self.product.id.clone(),
            price: self.product.price?,
            hours_on_offer: Decimal::from(self.facts.now.duration_since(self.facts.flight.start()).as_hours()),
            clicks: performance.clicks,
            actions: performance.actions,
            revenue: performance.revenue,
            cost: performance.cost,
        })
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

const HOURS_OF_FLIGHT: i64 = 14 * 24;

/// `count` campaigns of a seed; the first ones are the same for every count.
pub(crate) fn campaigns(seed: u64, count: usize) -> Result<Vec<Synthetic>, Failure> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let shop = Shop::new()?;
    (0..count).map(|number| shop.campaign(number, &mut rng)).collect()
}

/// One decision pass: shoppers' response is learned from all campaigns, every campaign is measured, weighed and decided on, and the stops become a plan that the guardrails check.
///
/// Each decision is handed on as soon as it is taken, as it would be to a memory.
pub(crate) fn decision_pass(
    campaigns: &[Synthetic],
    policy: &DecisionPolicy,
    mut remember: impl FnMut(Decision),
) -> Result<Guarded, Failure> {
    let nothing = Money::zero(Currency::EUR);
    let mut stops = Vec::new();
    let records: Vec<AdRecord> = campaigns.iter().filter_map(Synthetic::record).collect();
    let response = Response::learn(&records, Currency::EUR, Billing::Commissions, &ResponsePolicy::default());
    let contribution = ContributionPolicy::default();
    for (campaign, record) in campaigns.iter().zip(&records) {
        let (units_per_day, caused) = (Decimal::ONE, Decimal::new(75, 2));
        let facts = ProspectFacts {
            product: &campaign.product,
            own: Some(record),
            units_per_day,
            caused,
            price_of_budget: Decimal::ZERO,
        };
        let input = CampaignInput {
            campaign: campaign.id.clone(),
            name: campaign.name.clone(),
            product: Some(campaign.product.id.clone()),
            categories: campaign.product.categories.clone(),
            price: campaign.product.price,
            to_come: CostToCome::nothing(Currency::EUR),
            metrics: measure(&campaign.facts),
            prospect: prospect(&facts, &response, &contribution),
            store: StoreEvidence::default(),
            improvement: None,
            changes: None,
            total_stop: None,
            cautions: Vec::new(),
            read: Readings::default(),
        };
        let decision = decide_one("cycle-1", &input, policy);
        if decision.stops() {
            let pause = CampaignAction::Pause { campaign: campaign.id.clone(), platform_id: campaign.platform_id.clone() };
            stops.push(PlannedAction::new(decision.id.clone(), 0, pause, nothing, decision.sentence.clone()));
        }
        remember(decision);
    }
    let now = now()?;
    let plan = Plan::new(now, now + SignedDuration::from_hours(2), stops)?;
    let portfolio = Portfolio { data_trusted: true, ..Portfolio::new(nothing) };
    Ok(Guardrails::default().check(&plan, &portfolio)?)
}

fn now() -> Result<Timestamp, Failure> {
    Ok("2026-12-10T09:00:00Z".parse()?)
}

/// The distributions that campaigns are drawn from.
struct Shop {
    price: LogNormal<f64>,
    units_a_day: Gamma<f64>,
    effect: Normal<f64>,
}

impl Shop {
    fn new() -> Result<Self, Failure> {
        Ok(Self { price: LogNormal::new(3.8, 0.6)?, units_a_day: Gamma::new(1.2, 1.5)?, effect: Normal::new(0.25, 0.35)? })
    }

    fn campaign(&self, number: usize, rng: &mut ChaCha8Rng) -> Result<Synthetic, Failure> {
        let now = now()?;
        let hours = rng.random_range(1..HOURS_OF_FLIGHT);
        let days = hours as f64 / 24.0;
        let start = now - SignedDuration::from_hours(hours);
        let price = self.price.sample(rng).clamp(5.0, 400.0);
        let effect = self.effect.sample(rng).clamp(-0.6, 2.0);

        let units = self.units_a_day.sample(rng) * days + 0.1;
        let views = units / 0.03;
        let sold = count(units * (1.0 + effect), rng)?;
        let viewed = count(views * (1.0 + 0.6 * effect), rng)?;
        let clicks = count(views * 0.1 + 8.0 * days, rng)?;
        let actions = count(clicks * 0.025, rng)?;
        let new = count(actions * 0.5, rng)?.min(actions);
        let cost = actions * price * 0.08 + clicks * 0.04;

        let has_views = rng.random_bool(0.88);
        let views_of = |number| if has_views { known(number, 2) } else { Measured::Absent(Absence::NoViewSource) };
        let activity = |units: f64, views| Activity {
            units: known(units, 2),
            revenue: known(units * price, 2).map(euro),
            views: views_of(views),
        };
        let performance = CampaignPerformance {
            period: Period::new(start, now)?,
            impressions: Measured::Absent(Absence::ImpressionsNotCounted),
            clicks: Measured::Known(whole(clicks)),
            actions: whole(actions),
            reversed_actions: 0,
            revenue: euro(amount(actions * price, 2)),
            cost: euro(amount(cost, 2)),
            pending_cost: euro(amount(cost, 2)),
            new_customers: if rng.random_bool(0.9) {
                Measured::Known(whole(new))
            } else {
                Measured::Absent(Absence::NewCustomersUnknown)
            },
        };
        let market = rng.random_bool(0.3).then(|| MarketSignal { competition: rng.random(), trend: 0.5, season: 0.5 });
        let flight = Period::new(start, start + SignedDuration::from_hours(HOURS_OF_FLIGHT))?;
        let budget = euro(amount((price * 0.6).min(15.0 + price * 0.3), 2));
        let facts = CampaignFacts {
            observed: activity(sold, viewed),
            baseline: Baseline::given(activity(units, views)),
            market,
            lifecycle: Measured::Known(if effect < 0.0 { LifecycleStage::Decline } else { LifecycleStage::Growth }),
            ..CampaignFacts::reported(flight, now, performance, budget)
        };
        Ok(Synthetic {
            id: CampaignId::new(format!("c-{number:08}"))?,
            platform_id: PlatformCampaignId::new((892_081 + number).to_string())?,
            name: format!("Product {number}"),
            product: Product {
                id: ProductId::from_number(1_000 + number as u64),
                sku: None,
                name: format!("Product {number}"),
                summary: String::new(),
                permalink: format!("https://shop.example/product/{number}"),
                price: Some(euro(amount(price, 2))),
                unit_cost: Some(euro(amount(price * 0.5, 2))),
                categories: Vec::new(),
                stock: Stock::Managed { quantity: Decimal::from(60) },
                status: ProductStatus::Published,
                kind: ProductKind::Simple,
                modified_at: None,
            },
            facts,
        })
    }
}

/// A number of events with this expectation.
fn count(expected: f64, rng: &mut ChaCha8Rng) -> Result<f64, Failure> {
    if expected <= 0.0 { Ok(0.0) } else { Ok(Poisson::new(expected)?.sample(rng)) }
}

fn amount(number: f64, places: u32) -> Decimal {
    Decimal::from_f64(number).unwrap_or_default().round_dp(places)
}

fn known(number: f64, places: u32) -> Measured<Decimal> {
    Measured::Known(amount(number, places))
}

const fn euro(amount: Decimal) -> Money {
    Money::new(amount, Currency::EUR)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are small and not negative")]
const fn whole(number: f64) -> u64 {
    number as u64
}
