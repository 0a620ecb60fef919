//! Campaigns and products for the tests of this crate.

use campaign_pilot_core::{
    AdCopy, Billing, CampaignAction, CampaignId, CampaignSpec, Currency, DecisionId, Measured, Money, Period, PlatformCampaignId,
    Product, ProductId, ProductKind, ProductStatus, Stock,
};
use campaign_pilot_metrics::evidence::{Evidence, Interval, NoDecision, Outlook, Quantity};
use campaign_pilot_metrics::{Activity, Baseline, CampaignFacts, CampaignMetrics, LifecycleStage, measure};
use jiff::Timestamp;
use rust_decimal::{Decimal, dec};

use crate::{
    AdRecord, CampaignInput, ContributionPolicy, CostToCome, PlannedAction, Prospect, ProspectFacts, Response, ResponsePolicy,
    StoreEvidence, prospect,
};

/// What the ads of a product did in ten days on offer.
pub(crate) fn ad_record(id: u64, price: Decimal, (clicks, actions, cost): (u64, u64, Decimal)) -> AdRecord {
    AdRecord {
        product: ProductId::from_number(id),
        price: euros(price),
        hours_on_offer: dec!(240),
        clicks: Measured::Known(clicks),
        actions,
        revenue: euros(price * Decimal::from(actions)),
        cost: euros(cost),
    }
}

/// What is expected of a product whose ads had so many clicks and orders at such a cost, in a shop that knows nothing else.
pub(crate) fn prospect_after(clicks: u64, actions: u64, cost: Decimal) -> Prospect {
    let product = product(1);
    let own = ad_record(1, product.price.unwrap().amount, (clicks, actions, cost));
    let response = Response::learn(std::slice::from_ref(&own), Currency::EUR, Billing::Clicks, &ResponsePolicy::default());
    let facts = ProspectFacts {
        product: &product,
        own: Some(&own),
        units_per_day: dec!(0.5),
        caused: dec!(0.75),
        price_of_budget: dec!(0),
    };
    prospect(&facts, &response, &ContributionPolicy::default()).unwrap()
}

pub(crate) fn euros(amount: Decimal) -> Money {
    Money::new(amount, Currency::EUR)
}

pub(crate) fn at(hour: i64) -> Timestamp {
    let monday: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
    Timestamp::from_second(monday.as_second() + hour * 3_600).unwrap()
}

/// What a campaign looks like after a week.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Week {
    pub(crate) units: Decimal,
    pub(crate) expected_units: Decimal,
    pub(crate) views: Decimal,
    pub(crate) expected_views: Decimal,
    pub(crate) clicks: u64,
    pub(crate) new_customers: u64,
    pub(crate) revenue: Decimal,
    pub(crate) cost: Decimal,
}

impl Week {
    /// Sales and views where they were expected, money doubled.
    pub(crate) const STEADY: Self = Self {
        units: dec!(100),
        expected_units: dec!(100),
        views: dec!(2000),
        expected_views: dec!(2000),
        clicks: 200,
        new_customers: 4,
        revenue: dec!(40),
        cost: dec!(20),
    };

    pub(crate) fn metrics(self) -> CampaignMetrics {
        let activity = |units, views| Activity {
            units: Measured::Known(units),
            revenue: Measured::Known(euros(units * dec!(50))),
            views: Measured::Known(views),
        };
        let so_far = Period::new(at(0), at(168)).unwrap();
        let performance = campaign_pilot_core::CampaignPerformance {
            clicks: Measured::Known(self.clicks),
            actions: self.new_customers,
            revenue: euros(self.revenue),
            cost: euros(self.cost),
            new_customers: Measured::Known(self.new_customers),
            ..campaign_pilot_core::CampaignPerformance::nothing(so_far, Currency::EUR)
        };
        measure(&CampaignFacts {
            observed: activity(self.units, self.views),
            baseline: Baseline::given(activity(self.expected_units, self.expected_views)),
            lifecycle: Measured::Known(LifecycleStage::Maturity),
            ..CampaignFacts::reported(Period::new(at(0), at(336)).unwrap(), at(168), performance, euros(dec!(30)))
        })
    }

    pub(crate) fn input(self, campaign: &str) -> CampaignInput {
        CampaignInput {
            campaign: CampaignId::new(campaign).unwrap(),
            name: "Yoga Mat Pro".to_owned(),
            product: None,
            categories: Vec::new(),
            price: Some(euros(dec!(50))),
            to_come: CostToCome::nothing(Currency::EUR),
            metrics: self.metrics(),
            prospect: None,
            store: StoreEvidence::default(),
            improvement: None,
            changes: None,
            total_stop: None,
            cautions: Vec::new(),
            read: crate::Readings::default(),
        }
    }
}

/// A test that has never been more convincing than now.
pub(crate) fn evidence(anytime_p: f64) -> Evidence {
    let ln_e = Measured::Known(-anytime_p.ln());
    Evidence {
        alpha: 0.05,
        ln_e,
        ln_e_for_many: ln_e,
        anytime_p,
        is_decided: anytime_p <= 0.05,
        interval: Interval { quantity: Quantity::OddsRatio, lower: None, upper: None, level: 0.95, is_empty: false },
        assumptions: Vec::new(),
        outlook: Outlook::Never { reason: NoDecision::NoEffectSeen },
    }
}

pub(crate) fn product(id: u64) -> Product {
    Product {
        id: ProductId::from_number(id),
        sku: None,
        name: format!("Product {id}"),
        summary: String::new(),
        permalink: format!("https://shop.example/product/{id}"),
        price: Some(euros(dec!(59.99))),
        unit_cost: None,
        categories: vec!["Electronics".to_owned().try_into().unwrap()],
        stock: Stock::Managed { quantity: dec!(120) },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: None,
    }
}

fn platform_id() -> PlatformCampaignId {
    PlatformCampaignId::new("77").unwrap()
}

fn campaign(name: &str) -> CampaignId {
    CampaignId::new(name).unwrap()
}

fn planned(name: &str, action: CampaignAction, reserved: Decimal) -> PlannedAction {
    PlannedAction::new(DecisionId::of("cycle-1", name), 0, action, euros(reserved), format!("{name}: because"))
}

pub(crate) fn pause(name: &str) -> PlannedAction {
    planned(name, CampaignAction::Pause { campaign: campaign(name), platform_id: platform_id() }, dec!(0))
}

pub(crate) fn set_budget(name: &str, budget: Decimal, reserved: Decimal) -> PlannedAction {
    let action = CampaignAction::SetBudget { campaign: campaign(name), platform_id: platform_id(), budget: euros(budget) };
    planned(name, action, reserved)
}

pub(crate) fn set_end(name: &str, hour: i64, reserved: Decimal) -> PlannedAction {
    let action = CampaignAction::SetEnd { campaign: campaign(name), platform_id: platform_id(), end: at(hour) };
    planned(name, action, reserved)
}

pub(crate) fn words(headline: &str) -> AdCopy {
    AdCopy { headline: headline.into(), body: "A body".into(), written_by: "template 1".into() }
}

pub(crate) fn set_copy(name: &str, headline: &str, reserved: Decimal) -> PlannedAction {
    let action = CampaignAction::SetCopy { campaign: campaign(name), platform_id: platform_id(), copy: words(headline) };
    planned(name, action, reserved)
}

pub(crate) fn resume(name: &str, reserved: Decimal) -> PlannedAction {
    planned(name, CampaignAction::Resume { campaign: campaign(name), platform_id: platform_id() }, reserved)
}

pub(crate) fn launch(name: &str, budget: Decimal) -> PlannedAction {
    let spec = CampaignSpec {
        id: campaign(name),
        product: ProductId::from_number(11),
        sku: None,
        name: name.to_owned(),
        landing_page: "https://shop.example/product/11".to_owned(),
        copy: words("A headline"),
        budget: euros(budget),
        flight: Period::new(at(0), at(336)).unwrap(),
    };
    planned(name, CampaignAction::Create { spec: Box::new(spec) }, budget)
}
