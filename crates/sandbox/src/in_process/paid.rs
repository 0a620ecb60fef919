//! A paid platform's account behind the port.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{
    Absence, AdCopy, Applied, Billing, BudgetControl, CampaignPerformance, CampaignSpec, Capabilities, CopyControl, CreateSafety,
    Effect, EffectiveStatus, EndControl, ErrorKind, Measured, Money, OperationTag, PauseControl, PerformanceReading, Period,
    PlatformCampaign, PlatformCampaignId, PlatformStatus, PortError, PortResult, ResumeControl, SourceQuality,
};
use jiff::{Timestamp, Unit};

use rust_decimal::Decimal;

use crate::paid::{PaidCampaign, PaidOutcome, PaidWrite};
use crate::shop::CURRENCY;
use crate::simulation::Simulation;

/// The platform of a paid world.
#[derive(Clone, Debug)]
pub(super) struct PaidPlatform {
    simulation: Arc<Simulation>,
}

impl PaidPlatform {
    pub(super) const fn new(simulation: Arc<Simulation>) -> Self {
        Self { simulation }
    }

    fn write(&self, write: &PaidWrite, effect: impl FnOnce(Option<u64>) -> PortResult<Effect>) -> Applied {
        let outcome = match self.simulation.write_paid(write) {
            Ok(outcome) => outcome,
            Err(error) => return Applied::Rejected(PortError::new(ErrorKind::Storage, error.to_string())),
        };
        let effect = match outcome {
            PaidOutcome::Created(id) => effect(Some(id)),
            PaidOutcome::Changed => effect(None),
            PaidOutcome::AlreadySo => Ok(Effect::AlreadySo),
            PaidOutcome::Refused(reason) => return Applied::Rejected(PortError::new(ErrorKind::Invalid, reason)),
        };
        effect.map_or_else(Applied::Unknown, Applied::Done)
    }

    fn min_daily_budget(&self) -> Money {
        let least = self.simulation.world().platform.paid.min_daily_budget;
        Money::new(Decimal::try_from(least).unwrap_or_default().round_dp(2), CURRENCY)
    }

    fn now(&self) -> Timestamp {
        self.simulation.with(|state| state.now)
    }
}

fn check_currency(budget: Money) -> Result<(), PortError> {
    if budget.currency == CURRENCY {
        return Ok(());
    }
    let message =
        format!("a campaign in another currency: its budget is in {}, and the platform bills in {CURRENCY}", budget.currency);
    Err(PortError::new(ErrorKind::Invalid, message).with_advice(format!("give the budget in {CURRENCY}")))
}

#[async_trait]
impl CampaignPlatform for PaidPlatform {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            platform: "paid clicks".to_owned(),
            create: CreateSafety::Reconcile,
            pause: PauseControl::Native,
            resume: ResumeControl::Native,
            budget: BudgetControl::Native,
            end: EndControl::Supported,
            copy: CopyControl::Supported,
            impressions: false,
            billing: Billing::Clicks,
            min_daily_budget: Some(self.min_daily_budget()),
            currency: CURRENCY,
            advice: Vec::new(),
        }
    }

    async fn check_health(&self) -> PortResult<()> {
        Ok(())
    }

    async fn create(&self, spec: &CampaignSpec, tag: &OperationTag) -> Applied {
        let checked = spec.check().map_err(|error| PortError::new(ErrorKind::Invalid, error.to_string()));
        if let Err(error) = checked.and_then(|()| check_currency(spec.budget)) {
            return Applied::Rejected(error);
        }
        let (now, starts_at) = (self.now(), spec.flight.start());
        if spec.flight.end() <= now {
            let message = format!("the flight {} is over already", spec.flight);
            return Applied::Rejected(PortError::new(ErrorKind::Precondition, message));
        }
        let write = PaidWrite::Create { spec: Box::new(spec.clone()), tag: tag.clone() };
        self.write(&write, |id| {
            let campaign = campaign_id(id.unwrap_or_default())?;
            Ok(if now < starts_at { Effect::Scheduled { campaign, starts_at } } else { Effect::Live { campaign } })
        })
    }

    async fn find_by_tag(&self, tag: &OperationTag, since: Timestamp) -> PortResult<Vec<PlatformCampaign>> {
        let mut found = self.all().await?;
        found.retain(|campaign| campaign.tag.as_ref() == Some(tag) && campaign.created_at.is_some_and(|at| since <= at));
        Ok(found)
    }

    async fn details(&self, id: &PlatformCampaignId) -> PortResult<Option<PlatformCampaign>> {
        let Ok(number) = id.as_str().parse() else { return Ok(None) };
        self.simulation.with(|state| state.paid.campaign(number).map(|campaign| view(campaign, state.now)).transpose())
    }

    async fn all(&self) -> PortResult<Vec<PlatformCampaign>> {
        self.simulation.with(|state| state.paid.campaigns().map(|campaign| view(campaign, state.now)).collect())
    }

    async fn pause(&self, id: &PlatformCampaignId) -> Applied {
        match number(id) {
            Ok(campaign) => self.write(&PaidWrite::Pause { campaign }, |_| Ok(Effect::SpendStopped)),
            Err(error) => Applied::Rejected(error),
        }
    }

    async fn resume(&self, id: &PlatformCampaignId, spec: &CampaignSpec, _tag: &OperationTag, until: Timestamp) -> Applied {
        let campaign = match number(id).and_then(|campaign| check_currency(spec.budget).map(|()| campaign)) {
            Ok(campaign) => campaign,
            Err(error) => return Applied::Rejected(error),
        };
        if until <= self.now() {
            let message = format!("a campaign cannot run until {until}, which has passed");
            return Applied::Rejected(PortError::new(ErrorKind::Invalid, message));
        }
        self.write(&PaidWrite::Resume { campaign, until }, |_| Ok(Effect::Resumed))
    }

    async fn set_budget(&self, id: &PlatformCampaignId, budget: Money) -> Applied<Effect> {
        match number(id).and_then(|campaign| check_currency(budget).map(|()| campaign)) {
            Ok(campaign) => self.write(&PaidWrite::SetBudget { campaign, budget }, |_| Ok(Effect::BudgetSet)),
            Err(error) => Applied::Rejected(error),
        }
    }

    async fn set_end(&self, id: &PlatformCampaignId, end: Timestamp) -> Applied {
        match number(id) {
            Ok(campaign) => self.write(&PaidWrite::SetEnd { campaign, end }, |_| Ok(Effect::EndSet)),
            Err(error) => Applied::Rejected(error),
        }
    }

    async fn set_copy(&self, id: &PlatformCampaignId, copy: &AdCopy) -> Applied {
        if copy.headline.trim().is_empty() {
            return Applied::Rejected(PortError::new(ErrorKind::Invalid, "the words have no headline"));
        }
        match number(id) {
            Ok(campaign) => self.write(&PaidWrite::SetCopy { campaign, copy: copy.clone() }, |_| Ok(Effect::CopySet)),
            Err(error) => Applied::Rejected(error),
        }
    }

    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> PortResult<PerformanceReading> {
        Ok(self.simulation.with(|state| {
            let campaigns = ids.iter().filter_map(|id| {
                let campaign = state.paid.campaign(id.as_str().parse().ok()?)?;
                Some((id.clone(), performance(campaign, period, state.now)))
            });
            let campaigns: BTreeMap<_, _> = campaigns.collect();
            PerformanceReading { period, campaigns, quality: SourceQuality::complete_until(period.end().min(state.now)) }
        }))
    }
}

fn performance(campaign: &PaidCampaign, period: Period, now: Timestamp) -> CampaignPerformance {
    let (clicks, cost) = campaign.shown(whole_hour(period.start()), period.end().min(now));
    let (mut actions, mut reversed, mut new_customers) = (0, 0, 0);
    let mut revenue = Money::zero(CURRENCY);
    for action in campaign.actions().iter().filter(|action| action.shown_at <= now && period.contains(action.at)) {
        if action.taken_back_at.is_some_and(|at| at <= now) {
            reversed += 1;
            continue;
        }
        actions += 1;
        revenue.amount += action.amount;
        new_customers += u64::from(action.new_customer);
    }
    CampaignPerformance {
        period,
        impressions: Measured::Absent(Absence::ImpressionsNotCounted),
        clicks: Measured::Known(clicks),
        actions,
        reversed_actions: reversed,
        revenue,
        cost: Money::new(cost, CURRENCY),
        pending_cost: Money::zero(CURRENCY),
        new_customers: Measured::Known(new_customers),
    }
}

fn view(campaign: &PaidCampaign, now: Timestamp) -> PortResult<PlatformCampaign> {
    let (status, effective) = if campaign.is_paused {
        (PlatformStatus::Paused, EffectiveStatus::Stopped)
    } else if campaign.ends_at <= now {
        (PlatformStatus::Ended, EffectiveStatus::Stopped)
    } else if now < campaign.starts_at {
        (PlatformStatus::Scheduled, EffectiveStatus::Scheduled)
    } else {
        (PlatformStatus::Active, EffectiveStatus::Running)
    };
    Ok(PlatformCampaign {
        id: campaign_id(campaign.id)?,
        tag: Some(campaign.tag.clone()),
        name: campaign.name.clone(),
        landing_page: campaign.landing_page.clone(),
        status,
        effective,
        starts_at: Some(campaign.starts_at),
        ends_at: Some(campaign.ends_at),
        created_at: Some(campaign.created_at),
        headline: Some(campaign.copy.headline.clone()),
        body: Some(campaign.copy.body.clone()),
    })
}

fn number(id: &PlatformCampaignId) -> Result<u64, PortError> {
    id.as_str()
        .parse()
        .map_err(|_| PortError::new(ErrorKind::NotFound, format!("the simulated platform does not know campaign {id}")))
}

fn campaign_id(id: u64) -> PortResult<PlatformCampaignId> {
    PlatformCampaignId::new(id.to_string())
        .map_err(|error| PortError::new(ErrorKind::Malformed, "the id cannot name a campaign").with_source(error))
}

fn whole_hour(at: Timestamp) -> Timestamp {
    at.round(jiff::TimestampRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor)).unwrap_or(at)
}
