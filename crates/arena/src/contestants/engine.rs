//! The engine: the whole cycle of `agents`.

use std::sync::Arc;

use async_trait::async_trait;
use campaign_pilot_agents::{CycleEnd, CycleKind, CycleReport, Driver, Mode, Policy, Ports, TemplateCopyWriter};
use campaign_pilot_core::Verdict;
use campaign_pilot_core::ports::Knowledge;
use campaign_pilot_decision_engine::PolicyAmount;
use campaign_pilot_memory::VolatileMemory;

use crate::contestant::{Contestant, Failure};
use crate::flight::VerdictGiven;
use crate::turn::Turn;

/// The engine with a policy, whose guardrails are replaced by the caps of the flight.
#[derive(Debug)]
pub struct Engine {
    name: String,
    policy: Policy,
    driver: Option<Driver>,
    memory: Arc<VolatileMemory>,
    verdicts: Vec<VerdictGiven>,
}

impl Default for Engine {
    /// With its default policy.
    fn default() -> Self {
        Self::new("engine", Policy::default())
    }
}

impl Engine {
    /// The engine with a policy of your own.
    #[must_use]
    pub fn new(name: impl Into<String>, policy: Policy) -> Self {
        Self { name: name.into(), policy, driver: None, memory: Arc::default(), verdicts: Vec::new() }
    }

    fn driver(&mut self, turn: &Turn<'_>) -> Driver {
        let (policy, memory) = (&self.policy, &self.memory);
        let driver = self.driver.get_or_insert_with(|| {
            let (market, caps) = (turn.market(), turn.caps());
            let mut policy = policy.clone();
            policy.guardrails.max_total_budget = PolicyAmount::only(caps.total);
            policy.guardrails.budget_days = None;
            policy.pacing.until = Some(turn.flight_ends());
            policy.guardrails.max_budget_per_campaign = PolicyAmount::only(caps.per_campaign);
            policy.guardrails.max_launches_per_day = caps.launches_per_day;
            // No other contestant has such a limit.
            policy.guardrails.max_actions_per_plan = usize::MAX;
            let ports = Ports {
                catalog: market.catalog(),
                sales: market.sales(),
                views: market.views(),
                platform: market.platform(),
                signals: None,
                journal: Arc::clone(memory) as _,
                knowledge: Arc::clone(memory) as _,
                copywriter: Arc::new(TemplateCopyWriter::new()),
                clock: market.clock(),
            };
            Driver::new(ports, policy, Mode::Apply)
        });
        driver.clone()
    }

    /// Notes each campaign's verdict of a deciding cycle, and the stops of every cycle.
    async fn note(&mut self, report: &CycleReport) -> Result<(), Failure> {
        for decision in &report.decisions {
            let (Some(campaign), Some(verdict)) = (&decision.campaign, decision.verdict) else { continue };
            let Some(record) = self.memory.campaign(campaign).await? else { continue };
            let Some(ad) = record.campaign.platform_id.and_then(|id| id.as_str().parse().ok()) else { continue };
            let stops = report.executed.iter().any(|done| done.campaign == *campaign && done.action == "pause");
            let by_budget = stops && !matches!(verdict, Verdict::Pause | Verdict::EmergencyPause);
            let verdict = (!by_budget).then_some(verdict);
            self.verdicts.push(VerdictGiven { verdict, ad, ends: record.campaign.spec.flight.end() });
        }
        Ok(())
    }
}

#[async_trait]
impl Contestant for Engine {
    fn name(&self) -> &str {
        &self.name
    }

    fn uses_turn(&self) -> bool {
        false
    }

    async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        let kind = if turn.is_first_hour_of_day() { CycleKind::Decide } else { CycleKind::Monitor };
        match self.driver(turn).run_cycle(kind).await? {
            CycleEnd::Finished(report) => self.note(&report).await,
            CycleEnd::Stopped { cycle, before } => Err(format!("the cycle `{cycle}` stopped before `{before}`").into()),
        }
    }

    fn take_verdicts(&mut self) -> Vec<VerdictGiven> {
        std::mem::take(&mut self.verdicts)
    }
}
