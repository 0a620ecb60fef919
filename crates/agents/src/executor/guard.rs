//! What is checked before a write, and once more right before it is sent.

use campaign_pilot_core::{
    AdCopy, BudgetControl, CampaignAction, CampaignId, CampaignRecord, Capabilities, CopyControl, DesiredStatus, EndControl,
    Money, OpenOperation, PauseControl, ResumeControl,
};
use campaign_pilot_decision_engine::Known;
use jiff::Timestamp;

use super::{Committed, ExecutionRequest, Executor, ExecutorPolicy, KillSwitch};
use crate::error::{AgentError, Result};
use crate::snapshot::may_run;

impl Executor {
    /// Whether a request may be sent now; the inner error says in a clause why not.
    pub(super) async fn guard(&self, request: &ExecutionRequest) -> Result<Result<(), String>> {
        let now = self.clock.now();
        let open = self.journal.open_operations().await.map_err(AgentError::memory("listing open operations"))?;
        let record = self.record(request.intent.action.campaign()).await?;
        let records = self.unended(now).await?;
        let stopped = self.is_stopped().await?;
        let situation = Situation {
            now,
            stopped,
            open: &open,
            record: record.as_ref(),
            records: &records,
            capabilities: &self.platform.capabilities(),
            policy: &self.policy,
        };
        Ok(situation.allows(request))
    }

    /// The same before anything is written down, and whether what the plan was made on is still so.
    pub(super) async fn guard_first(&self, request: &ExecutionRequest) -> Result<Result<(), String>> {
        if !request.requires.is_empty() {
            let now = self.clock.now();
            let record = self.record(request.intent.action.campaign()).await?;
            let known = known(record.as_ref(), &self.unended(now).await?, now);
            let unmet: Vec<_> = request.requires.iter().filter_map(|condition| condition.unmet(&known)).collect();
            if !unmet.is_empty() {
                let unmet: Vec<_> = unmet.iter().map(ToString::to_string).collect();
                return Ok(Err(format!("overtaken since the plan was made: {}", unmet.join(" and "))));
            }
        }
        self.guard(request).await
    }

    /// The campaigns that may run now or later.
    pub(super) async fn unended(&self, now: Timestamp) -> Result<Vec<CampaignRecord>> {
        self.knowledge.campaigns_ending_after(now).await.map_err(AgentError::memory("listing campaigns"))
    }

    pub(super) async fn is_stopped(&self) -> Result<bool> {
        let stored = self.knowledge.state(KillSwitch::KEY).await.map_err(AgentError::memory("reading the kill switch"))?;
        // Anything but an absent or plainly false value counts as engaged: a damaged switch must not release.
        Ok(self.kill_switch.is_engaged() || stored.is_some_and(|stored| !matches!(stored.get(), "null" | "false")))
    }
}

/// Everything a guard looks at.
struct Situation<'a> {
    now: Timestamp,
    stopped: bool,
    open: &'a [OpenOperation],
    /// The campaign that is to be changed.
    record: Option<&'a CampaignRecord>,
    /// All whose flight is not over.
    records: &'a [CampaignRecord],
    capabilities: &'a Capabilities,
    policy: &'a ExecutorPolicy,
}

impl Situation<'_> {
    fn allows(&self, request: &ExecutionRequest) -> Result<(), String> {
        let action = &request.intent.action;
        let record = self.record;
        if self.now >= request.expires_at {
            return Err(format!("its plan expired at {}", request.expires_at));
        }
        if self.stopped && !only_lowers(action, record) {
            return Err("the kill switch is engaged".to_owned());
        }
        if !matches!(action, CampaignAction::Pause { .. }) && self.has_other_open(request) {
            return Err("an earlier operation on the campaign is not settled yet".to_owned());
        }
        match action {
            CampaignAction::Create { spec } => {
                spec.check().map_err(|error| error.to_string())?;
                self.bills_in(spec.budget)?;
                if spec.flight.end() <= self.now {
                    return Err(format!("its flight ended at {}", spec.flight.end()));
                }
                if let Some(other) = self.live_on_same_product(request) {
                    return Err(format!("campaign {other} already advertises the product"));
                }
                self.within_cap(&spec.id, spec.budget)
            }
            CampaignAction::Pause { .. } => match self.capabilities.pause {
                PauseControl::Native | PauseControl::Unlist => Ok(()),
                PauseControl::Unsupported => Err(format!("{} cannot pause campaigns", self.capabilities.platform)),
            },
            CampaignAction::Resume { campaign, .. } => {
                let record = record.ok_or_else(|| format!("campaign {campaign} is not known"))?;
                if self.capabilities.resume == ResumeControl::Unsupported {
                    return Err(format!("{} cannot resume campaigns", self.capabilities.platform));
                }
                if record.campaign.spec.flight.end() <= self.now {
                    return Err(format!("its flight ended at {}", record.campaign.spec.flight.end()));
                }
                self.within_cap(campaign, record.campaign.budget)
            }
            CampaignAction::SetBudget { campaign, budget, .. } => {
                let record = record.ok_or_else(|| format!("campaign {campaign} is not known"))?;
                if self.capabilities.budget == BudgetControl::Unsupported {
                    return Err(format!("{} has no budgets", self.capabilities.platform));
                }
                self.bills_in(*budget)?;
                if !budget.is_positive() {
                    return Err(format!("the budget of {budget} is not above zero"));
                }
                let rests = record.campaign.desired != DesiredStatus::Active;
                if rests || only_lowers(action, Some(record)) { Ok(()) } else { self.within_cap(campaign, *budget) }
            }
            CampaignAction::SetEnd { campaign, end, .. } => self.allows_end(campaign, *end, request.intent.reserved),
            CampaignAction::SetCopy { campaign, copy, .. } => self.allows_copy(campaign, copy),
        }
    }

    /// Only what runs or will run has an end to be moved: where dates are the only switch, another end would let it run again.
    fn allows_end(&self, campaign: &CampaignId, end: Timestamp, reserved: Money) -> Result<(), String> {
        let record = self.record.ok_or_else(|| format!("campaign {campaign} is not known"))?;
        let flight = record.campaign.spec.flight;
        if self.capabilities.end == EndControl::Unsupported {
            return Err(format!("{} cannot move the end of a campaign", self.capabilities.platform));
        }
        if record.campaign.desired != DesiredStatus::Active {
            return Err("the campaign rests: its end can be moved once it shall run again".to_owned());
        }
        if flight.end() <= self.now {
            return Err(format!("its flight ended at {}", flight.end()));
        }
        if end <= self.now || end <= flight.start() {
            return Err(format!("a campaign that starts at {} cannot end at {end} any more", flight.start()));
        }
        if end <= flight.end() {
            return Ok(());
        }
        self.bills_in(reserved)?;
        if !reserved.is_positive() {
            return Err(format!("no money is reserved for the days from {} to {end}", flight.end()));
        }
        let at_stake = record.campaign.budget.greater(reserved).map_err(|error| error.to_string())?;
        self.within_cap(campaign, at_stake)
    }

    fn allows_copy(&self, campaign: &CampaignId, copy: &AdCopy) -> Result<(), String> {
        let record = self.record.ok_or_else(|| format!("campaign {campaign} is not known"))?;
        if self.capabilities.copy == CopyControl::Unsupported {
            return Err(format!("{} cannot change the words of a campaign", self.capabilities.platform));
        }
        if copy.headline.trim().is_empty() {
            return Err("the new words have no headline".to_owned());
        }
        if record.campaign.desired == DesiredStatus::Stopped || record.campaign.spec.flight.end() <= self.now {
            return Err("the campaign is over".to_owned());
        }
        Ok(())
    }

    fn has_other_open(&self, request: &ExecutionRequest) -> bool {
        self.open.iter().any(|open| {
            open.intent.operation != request.intent.operation && open.intent.action.campaign() == request.intent.action.campaign()
        })
    }

    fn live_on_same_product(&self, request: &ExecutionRequest) -> Option<&CampaignId> {
        let CampaignAction::Create { spec } = &request.intent.action else { return None };
        self.records
            .iter()
            .map(|record| &record.campaign)
            .filter(|other| other.spec.product == spec.product && other.spec.id != spec.id)
            .find(|other| may_run(other, self.now))
            .map(|other| &other.spec.id)
    }

    fn bills_in(&self, money: Money) -> Result<(), String> {
        if money.currency == self.capabilities.currency {
            return Ok(());
        }
        Err(format!(
            "the budget is in {}, but {} bills in {}",
            money.currency, self.capabilities.platform, self.capabilities.currency
        ))
    }

    fn within_cap(&self, campaign: &CampaignId, amount: Money) -> Result<(), String> {
        let Some(cap) = self.policy.max_committed else { return Ok(()) };
        let total =
            Committed::of(self.records, self.open, self.now).total_with(campaign, amount).map_err(|error| error.to_string())?;
        match total.checked_sub(cap) {
            Ok(above) if above.is_positive() => Err(format!("{total} would be at stake, more than the limit of {cap}")),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// What a plan's preconditions are checked against.
fn known(record: Option<&CampaignRecord>, records: &[CampaignRecord], now: Timestamp) -> Known {
    let record = record.map(|record| &record.campaign);
    let advertised = records
        .iter()
        .map(|record| &record.campaign)
        .filter(|campaign| may_run(campaign, now))
        .map(|campaign| campaign.spec.product.clone())
        .collect();
    Known {
        desired: record.map(|record| record.desired),
        budget: record.map(|record| record.budget),
        end: record.map(|record| record.spec.flight.end()),
        copy: record.map(|record| record.spec.copy.clone()),
        advertised,
    }
}

/// Whether an action can only lead to less spending.
fn only_lowers(action: &CampaignAction, record: Option<&CampaignRecord>) -> bool {
    match action {
        CampaignAction::Pause { .. } => true,
        CampaignAction::SetBudget { budget, .. } => {
            record.is_some_and(|record| budget.checked_sub(record.campaign.budget).is_ok_and(|change| !change.is_positive()))
        }
        CampaignAction::SetEnd { end, .. } => record.is_some_and(|record| *end <= record.campaign.spec.flight.end()),
        // What other words bring is not known before.
        CampaignAction::Create { .. } | CampaignAction::Resume { .. } | CampaignAction::SetCopy { .. } => false,
    }
}
