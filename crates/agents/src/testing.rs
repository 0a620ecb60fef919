//! A platform and a memory for tests that fail exactly where they are told to.

mod memory;
mod platform;
mod values;

use std::sync::Arc;

use campaign_pilot_core::fakes::{FakeCatalog, FakeSales, FakeViews};
use campaign_pilot_core::{
    Absence, AdCopy, CampaignAction, CampaignId, CampaignPerformance, CampaignSpec, CategoryName, Clock, Currency, DecisionId,
    Intent, ManualClock, Measured, Money, OperationId, OperationTag, Period, PlanId, PlatformCampaignId, Product, ProductId,
    ProductKind, ProductStatus, SalesObservation, Stock, ViewsObservation,
};
use campaign_pilot_decision_engine::ForecastPolicy;
use jiff::{SignedDuration, Timestamp};

use crate::{Driver, ExecutionRequest, Executor, ExecutorPolicy, KillSwitch, Mode, Policy, Ports, TemplateCopyWriter};

pub(crate) use memory::{Crash, FragileMemory};
pub(crate) use platform::{Fault, TestPlatform};
pub(crate) use values::{followed, record, snapshot};

pub(crate) const START: &str = "2026-11-01T00:00:00Z";

pub(crate) fn start() -> Timestamp {
    START.parse().unwrap()
}

pub(crate) fn euros(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

/// Ports on a fragile memory and a test platform; the store is empty unless it is filled.
pub(crate) struct Bench {
    pub(crate) catalog: FakeCatalog,
    pub(crate) sales: FakeSales,
    pub(crate) views: FakeViews,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) memory: Arc<FragileMemory>,
    pub(crate) platform: Arc<TestPlatform>,
    pub(crate) ports: Ports,
    pub(crate) kill_switch: KillSwitch,
    pub(crate) policy: Policy,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::starting_at(start()));
        let memory = Arc::new(FragileMemory::default());
        let platform = Arc::new(TestPlatform::new(Arc::clone(&clock)));
        let (catalog, sales, views) = (FakeCatalog::new(Currency::EUR), FakeSales::default(), FakeViews::default());
        let ports = Ports {
            catalog: Arc::new(catalog.clone()),
            sales: Arc::new(sales.clone()),
            views: Some(Arc::new(views.clone())),
            platform: Arc::clone(&platform) as _,
            signals: None,
            journal: Arc::clone(&memory) as _,
            knowledge: Arc::clone(&memory) as _,
            copywriter: Arc::new(TemplateCopyWriter::new()),
            clock: Arc::clone(&clock) as _,
        };
        Self {
            catalog,
            sales,
            views,
            clock,
            memory,
            platform,
            ports,
            kill_switch: KillSwitch::default(),
            // Tests of other things set costs and clicks at will; those of the forecast switch it on.
            policy: Policy { forecast: ForecastPolicy { enabled: false, ..ForecastPolicy::default() }, ..Policy::default() },
        }
    }

    /// A store with so many products that all deserve a campaign, and sixty days of steady history.
    pub(crate) fn with_products(count: u64) -> Self {
        Self::with_history(count, 60)
    }

    /// The same with so many days of history.
    pub(crate) fn with_history(count: u64, days: i64) -> Self {
        let mut bench = Self::new();
        bench.policy.cadence.history_days = u32::try_from(days).unwrap();
        for id in 1..=count {
            bench.catalog.put(product(id));
            bench.trade(id, start().checked_sub(SignedDuration::from_hours(24 * days)).unwrap(), days * 4, 1, 12);
        }
        bench
    }

    /// Lets a product sell `units` and be viewed `views` times every six hours, so often, from an instant on.
    pub(crate) fn trade(&self, id: u64, from: Timestamp, times: i64, units: i64, views: u64) {
        for turn in 0..times {
            let hour = from.checked_add(SignedDuration::from_hours(6 * turn)).unwrap();
            let period = Period::new(hour, hour.checked_add(SignedDuration::from_hours(1)).unwrap()).unwrap();
            self.sell(id, period, units);
            self.views.put(ViewsObservation { product: ProductId::from_number(id), period, views });
        }
    }

    /// Lets a product sell `units` in one order in a period.
    pub(crate) fn sell(&self, id: u64, period: Period, units: i64) {
        self.sales.put(SalesObservation {
            product: ProductId::from_number(id),
            period,
            units,
            refunded_units: 0,
            orders: 1,
            revenue: euros("50"),
            refunds: euros("0"),
            new_customers: Measured::Absent(Absence::NewCustomersUnknown),
        });
    }

    /// What a campaign cost and brought so far.
    pub(crate) fn perform(&self, object: &PlatformCampaignId, cost: &str, revenue: &str) {
        self.perform_with(object, cost, revenue, u64::from(euros(revenue).is_positive()));
    }

    /// The same with so many conversions.
    pub(crate) fn perform_with(&self, object: &PlatformCampaignId, cost: &str, revenue: &str, actions: u64) {
        let now = self.clock.now();
        let period = Period::ending_at(now, SignedDuration::from_hours(1)).unwrap();
        let nothing = CampaignPerformance::nothing(period, Currency::EUR);
        let clicks = Measured::Known(500);
        let (cost, revenue) = (euros(cost), euros(revenue));
        self.platform.perform(object, CampaignPerformance { clicks, actions, cost, revenue, ..nothing });
    }

    pub(crate) fn driver(&self) -> Driver {
        Driver::new(self.ports.clone(), self.policy.clone(), Mode::Apply).with_kill_switch(self.kill_switch.clone())
    }

    pub(crate) fn executor(&self) -> Executor {
        self.executor_with(ExecutorPolicy::default())
    }

    pub(crate) fn executor_with(&self, policy: ExecutorPolicy) -> Executor {
        Executor::new(&self.ports, policy, self.kill_switch.clone())
    }

    pub(crate) fn advance(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }
}

/// A product that deserves a campaign.
pub(crate) fn product(id: u64) -> Product {
    Product {
        id: ProductId::from_number(id),
        sku: None,
        name: format!("Yoga mat {id}"),
        summary: "soft and grippy".into(),
        permalink: format!("https://shop.example/{id}"),
        price: Some(euros("50")),
        unit_cost: None,
        categories: vec![CategoryName::new("Fitness").unwrap()],
        stock: Stock::Managed { quantity: 200.into() },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: Some(start()),
    }
}

pub(crate) fn spec(campaign: &CampaignId, product: u64) -> CampaignSpec {
    let end = start().checked_add(SignedDuration::from_hours(24 * 14)).unwrap();
    CampaignSpec {
        id: campaign.clone(),
        product: ProductId::from_number(product),
        sku: None,
        name: format!("product {product}"),
        landing_page: format!("https://shop.example/{product}"),
        copy: AdCopy { headline: "buy".into(), body: "now".into(), written_by: "test".into() },
        budget: euros("20"),
        flight: Period::new(start(), end).unwrap(),
    }
}

/// A request for the decision named `name`, valid for a day.
pub(crate) fn request(name: &str, action: CampaignAction, reserved: Money) -> ExecutionRequest {
    let decision = DecisionId::of("test", name);
    let operation = OperationId::of(&decision, 0);
    let intent =
        Intent { tag: OperationTag::of(&operation), operation, decision, plan: PlanId::new("plan").unwrap(), action, reserved };
    ExecutionRequest { intent, expires_at: start().checked_add(SignedDuration::from_hours(24)).unwrap(), requires: vec![] }
}

pub(crate) fn create(name: &str, product: u64) -> ExecutionRequest {
    let campaign = CampaignId::of_launch(&DecisionId::of("test", name));
    let spec = spec(&campaign, product);
    let budget = spec.budget;
    request(name, CampaignAction::Create { spec: Box::new(spec) }, budget)
}
