//! A platform and a memory for tests that fail exactly where they are told to.

mod memory;
mod platform;

use std::sync::Arc;

use campaign_pilot_core::ports::mocks::{MockCatalog, MockSalesHistory};
use campaign_pilot_core::{
    AdCopy, CampaignAction, CampaignId, CampaignSpec, Currency, DecisionId, Intent, ManualClock, Money, OperationId,
    OperationTag, Period, PlanId, ProductId,
};
use jiff::{SignedDuration, Timestamp};

use crate::{Executor, ExecutorPolicy, KillSwitch, Order, Ports, TemplateCopyWriter};

pub(crate) use memory::{Crash, FragileMemory};
pub(crate) use platform::{Fault, TestPlatform};

pub(crate) const START: &str = "2026-11-01T00:00:00Z";

pub(crate) fn start() -> Timestamp {
    START.parse().unwrap()
}

pub(crate) fn euros(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

/// Ports on a fragile memory and a test platform; the store is silent.
pub(crate) struct Bench {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) memory: Arc<FragileMemory>,
    pub(crate) platform: Arc<TestPlatform>,
    pub(crate) ports: Ports,
    pub(crate) kill_switch: KillSwitch,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::starting_at(start()));
        let memory = Arc::new(FragileMemory::default());
        let platform = Arc::new(TestPlatform::new(Arc::clone(&clock)));
        let ports = Ports {
            catalog: Arc::new(MockCatalog::new()),
            sales: Arc::new(MockSalesHistory::new()),
            views: None,
            platform: Arc::clone(&platform) as _,
            signals: None,
            journal: Arc::clone(&memory) as _,
            knowledge: Arc::clone(&memory) as _,
            copywriter: Arc::new(TemplateCopyWriter::new()),
            clock: Arc::clone(&clock) as _,
        };
        Self { clock, memory, platform, ports, kill_switch: KillSwitch::default() }
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

/// An order for the decision named `name`, valid for a day.
pub(crate) fn order(name: &str, action: CampaignAction, reserved: Money) -> Order {
    let decision = DecisionId::of("test", name);
    let operation = OperationId::of(&decision, 0);
    let intent = Intent {
        tag: OperationTag::of(&operation),
        operation,
        decision,
        plan: PlanId::new("plan").unwrap(),
        action,
        reserved,
    };
    Order { intent, expires_at: start().checked_add(SignedDuration::from_hours(24)).unwrap(), requires: vec![] }
}

pub(crate) fn create(name: &str, product: u64) -> Order {
    let campaign = CampaignId::of_launch(&DecisionId::of("test", name));
    let spec = spec(&campaign, product);
    let budget = spec.budget;
    order(name, CampaignAction::Create { spec: Box::new(spec) }, budget)
}
