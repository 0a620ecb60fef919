//! impact.com's state behind the port: what its client would find and do, without the way there.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{
    Absence, AdCopy, Applied, Billing, BudgetControl, CampaignPerformance, CampaignSpec, Capabilities, CopyControl, CreateSafety,
    Effect, EffectiveStatus, EndControl, ErrorKind, Measured, Money, OperationTag, PauseControl, PerformanceReading, Period,
    PlatformCampaign, PlatformCampaignId, PlatformStatus, PortError, PortResult, ResumeControl, SourceQuality,
};
use jiff::{SignedDuration, Timestamp, Unit};
use rust_decimal::Decimal;

use crate::impact::{Action, ActionState, Ad, PlatformState, ProgramState, WriteAnswer, WriteRequest};
use crate::simulation::{Simulation, SimulationState};

/// How long what happened may take to be reported, as the client assumes.
const REPORTING_LAG: SignedDuration = SignedDuration::from_mins(15);

/// The platform of an affiliate world.
#[derive(Clone, Debug)]
pub(super) struct AffiliatePlatform {
    simulation: Arc<Simulation>,
}

impl AffiliatePlatform {
    pub(super) const fn new(simulation: Arc<Simulation>) -> Self {
        Self { simulation }
    }

    fn write(&self, method: &str, path: Vec<String>, fields: Vec<(&str, String)>) -> WriteAnswer {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.simulation.write(&WriteRequest { method: method.to_owned(), path, fields, ..WriteRequest::default() })
    }

    fn ad(&self, id: &PlatformCampaignId) -> Option<Ad> {
        self.simulation.with(|state| find(state, id).cloned())
    }

    /// Sets an ad's dates; the rest is sent as it is, since what an update leaves out may be lost.
    fn set_dates(&self, ad: &Ad, starts_at: Option<Timestamp>, ends_at: Timestamp) -> Applied<()> {
        self.update(ad, starts_at, Some(ends_at))
    }

    /// Makes an ad what is given, with these dates.
    fn update(&self, ad: &Ad, starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) -> Applied<()> {
        let mut fields = fields(ad, starts_at, ends_at, self.program());
        fields.push(("DealId", ad.deal_id.clone()));
        done(&self.write("PUT", vec!["Ads".to_owned(), ad.id.to_string()], fields))
    }

    /// What an end achieves.
    fn stopped(&self, now: Timestamp) -> Effect {
        let blocks = self.simulation.with(|state| state.platform.rules().any(|rule| rule.stops_expired_ads(now)));
        if blocks { Effect::SpendStopped } else { Effect::Unlisted }
    }

    fn now(&self) -> Timestamp {
        self.simulation.with(|state| state.now)
    }

    fn program(&self) -> u64 {
        self.simulation.with(|state| state.platform.settings().program_id)
    }

    /// Refuses a budget that is not billed so.
    fn check_currency(&self, budget: Money) -> Result<(), PortError> {
        let billed = self.capabilities().currency;
        if budget.currency == billed {
            return Ok(());
        }
        let message =
            format!("a campaign in another currency: its budget is in {}, and the platform bills in {billed}", budget.currency);
        Err(PortError::new(ErrorKind::Invalid, message).with_advice(format!("give the budget in {billed}")))
    }

    fn check_program(&self) -> Result<(), PortError> {
        let state = self.simulation.with(|state| state.platform.settings().program_state);
        if state == ProgramState::Active {
            return Ok(());
        }
        let message = format!("the program at the simulated platform is {}, not ACTIVE", state.as_str());
        Err(PortError::new(ErrorKind::Precondition, message).with_advice("set the program's state back to active"))
    }
}

#[async_trait]
impl CampaignPlatform for AffiliatePlatform {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            platform: "impact.com".to_owned(),
            create: CreateSafety::Reconcile,
            pause: PauseControl::Unlist,
            resume: ResumeControl::BestEffort,
            budget: BudgetControl::Ledger,
            end: EndControl::Supported,
            copy: CopyControl::Supported,
            impressions: false,
            billing: Billing::Commissions,
            min_daily_budget: None,
            currency: self.simulation.with(|state| state.platform.settings().currency),
            advice: Vec::new(),
        }
    }

    async fn check_health(&self) -> PortResult<()> {
        self.check_program()
    }

    async fn create(&self, spec: &CampaignSpec, tag: &OperationTag) -> Applied {
        let now = self.now();
        let checked = spec
            .check()
            .map_err(|error| PortError::new(ErrorKind::Invalid, error.to_string()))
            .and_then(|()| self.check_currency(spec.budget))
            .and_then(|()| self.check_program());
        if let Err(error) = checked {
            return Applied::Rejected(error);
        }
        if spec.flight.end() <= now {
            let message = format!("the flight {} is over already", spec.flight);
            return Applied::Rejected(PortError::new(ErrorKind::Precondition, message));
        }
        let ad = Ad {
            name: spec.name.clone(),
            ad_type: "TEXT_LINK".to_owned(),
            language: "ENGLISH".to_owned(),
            link_text: spec.copy.headline.clone(),
            description: spec.copy.body.clone(),
            landing_page: spec.landing_page.clone(),
            labels: format!("campaign-pilot,{tag}"),
            ..Ad::default()
        };
        let (start, end) = (whole_second(spec.flight.start()), whole_second(spec.flight.end()));
        let fields = fields(&ad, Some(start), Some(end), self.program());
        let answer = self.write("POST", vec!["Ads".to_owned()], fields);
        let created = self.simulation.with(|state| state.platform.ads().last().map(|ad| ad.id));
        let id = match (done(&answer), created.map(campaign_id)) {
            (Applied::Done(()), Some(Ok(id))) => id,
            (Applied::Rejected(error), _) => return Applied::Rejected(error),
            (Applied::Unknown(error), _) | (_, Some(Err(error))) => return Applied::Unknown(error),
            (Applied::Done(()), None) => {
                return Applied::Unknown(PortError::new(ErrorKind::NotFound, "the new ad is not there"));
            }
        };
        if now < start {
            return Applied::Done(Effect::Scheduled { campaign: id, starts_at: start });
        }
        Applied::Done(Effect::Live { campaign: id })
    }

    async fn find_by_tag(&self, tag: &OperationTag, since: Timestamp) -> PortResult<Vec<PlatformCampaign>> {
        // As far back as the client looks for clocks that differ.
        let since = since.checked_sub(SignedDuration::from_hours(1)).unwrap_or(since);
        let mut found = self.all().await?;
        found.retain(|campaign| campaign.tag.as_ref() == Some(tag) && campaign.created_at.is_some_and(|at| since <= at));
        Ok(found)
    }

    async fn details(&self, id: &PlatformCampaignId) -> PortResult<Option<PlatformCampaign>> {
        self.simulation.with(|state| find(state, id).map(|ad| view(ad, &state.platform, state.now)).transpose())
    }

    async fn all(&self) -> PortResult<Vec<PlatformCampaign>> {
        self.simulation.with(|state| {
            let ours = state.platform.ads().filter(|ad| OperationTag::find_in(&ad.labels).is_some());
            ours.map(|ad| view(ad, &state.platform, state.now)).collect()
        })
    }

    async fn pause(&self, id: &PlatformCampaignId) -> Applied {
        let Some(ad) = self.ad(id) else { return Applied::Rejected(missing(id)) };
        let now = self.now();
        if ad.has_ended(now) {
            return Applied::Done(Effect::AlreadySo);
        }
        let end = whole_second(now);
        let start = ad.starts_at.map(|start| start.min(end - SignedDuration::from_secs(1)));
        self.set_dates(&ad, start, end).map(|()| self.stopped(now))
    }

    async fn resume(&self, id: &PlatformCampaignId, spec: &CampaignSpec, tag: &OperationTag, until: Timestamp) -> Applied {
        if let Err(error) = self.check_currency(spec.budget).and_then(|()| self.check_program()) {
            return Applied::Rejected(error);
        }
        let (now, until) = (self.now(), whole_second(until));
        if until <= now {
            return Applied::Rejected(PortError::new(
                ErrorKind::Invalid,
                format!("a campaign cannot run until {until}, which has passed"),
            ));
        }
        let Some(ad) = self.ad(id) else {
            let start = spec.flight.start().max(now);
            let Ok(flight) = Period::new(start, until) else { return Applied::Rejected(missing(id)) };
            let created = self.create(&CampaignSpec { flight, ..spec.clone() }, tag).await;
            return created.map(|effect| match effect {
                Effect::Live { campaign } | Effect::Scheduled { campaign, .. } => Effect::Recreated { campaign },
                other => other,
            });
        };
        if ad.ends_at == Some(until) {
            return Applied::Done(Effect::AlreadySo);
        }
        self.set_dates(&ad, ad.starts_at, until).map(|()| Effect::Resumed)
    }

    async fn set_budget(&self, _id: &PlatformCampaignId, budget: Money) -> Applied<Effect> {
        match self.check_currency(budget) {
            Err(error) => Applied::Rejected(error),
            Ok(()) if budget.amount.is_sign_negative() => {
                Applied::Rejected(PortError::new(ErrorKind::Invalid, format!("a budget of {budget} is negative")))
            }
            Ok(()) => Applied::Done(Effect::BudgetInLedger),
        }
    }

    async fn set_end(&self, id: &PlatformCampaignId, end: Timestamp) -> Applied {
        let Some(ad) = self.ad(id) else { return Applied::Rejected(missing(id)) };
        let (now, end) = (self.now(), whole_second(end));
        if ad.has_ended(now) {
            let message = format!("ad {id} has ended, so that another end would let it run again");
            return Applied::Rejected(PortError::new(ErrorKind::Precondition, message).with_advice("resume it, if it shall run"));
        }
        if end <= now || ad.starts_at.is_some_and(|start| end <= start) {
            return Applied::Rejected(PortError::new(ErrorKind::Invalid, format!("a campaign cannot end at {end}")));
        }
        if ad.ends_at == Some(end) {
            return Applied::Done(Effect::AlreadySo);
        }
        self.set_dates(&ad, ad.starts_at, end).map(|()| Effect::EndSet)
    }

    async fn set_copy(&self, id: &PlatformCampaignId, copy: &AdCopy) -> Applied {
        if copy.headline.trim().is_empty() {
            return Applied::Rejected(PortError::new(ErrorKind::Invalid, "the words have no headline"));
        }
        let Some(ad) = self.ad(id) else { return Applied::Rejected(missing(id)) };
        if ad.link_text == copy.headline && ad.description == copy.body {
            return Applied::Done(Effect::AlreadySo);
        }
        let reworded = Ad { link_text: copy.headline.clone(), description: copy.body.clone(), ..ad };
        self.update(&reworded, reworded.starts_at, reworded.ends_at).map(|()| Effect::CopySet)
    }

    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> PortResult<PerformanceReading> {
        Ok(self.simulation.with(|state| {
            let told_until = state.now.checked_sub(REPORTING_LAG).unwrap_or(state.now);
            let campaigns = ids.iter().filter_map(|id| {
                let ad = id.as_str().parse().ok()?;
                Some((id.clone(), performance(ad, period, &state.platform, state.now)))
            });
            let campaigns: BTreeMap<_, _> = campaigns.collect();
            let until = if ids.is_empty() { period.end() } else { period.end().min(told_until) };
            PerformanceReading { period, campaigns, quality: SourceQuality::complete_until(until) }
        }))
    }
}

fn performance(ad: u64, period: Period, platform: &PlatformState, now: Timestamp) -> CampaignPerformance {
    let zero = Money::zero(platform.settings().currency);
    let clicks = platform.clicks(ad, whole_hour(period.start()), period.end().min(now));
    let mut sum = CampaignPerformance {
        period,
        impressions: Measured::Absent(Absence::ImpressionsNotCounted),
        clicks: Measured::Known(clicks.clicks),
        actions: 0,
        reversed_actions: 0,
        revenue: zero,
        cost: zero,
        pending_cost: zero,
        new_customers: Measured::Known(0),
    };
    let mut new_customers = 0;
    let is_shown = |action: &&Action| action.reported.created_at <= now && period.contains(action.reported.event_at);
    for action in platform.actions_of(ad).filter(is_shown) {
        let state = action.state(now);
        if state == ActionState::Reversed {
            sum.reversed_actions += 1;
            continue;
        }
        sum.actions += 1;
        // The list of actions writes numbers, the report by ad texts with two places.
        let (amount, cost) = (action.reported.amount.normalize(), action.reported.client_cost.normalize());
        sum.revenue.amount += amount;
        sum.cost.amount += cost;
        if state == ActionState::Pending {
            sum.pending_cost.amount += cost;
        }
        new_customers += u64::from(action.reported.new_customer);
    }
    sum.new_customers = Measured::Known(new_customers);
    // The report by ad has a row for an ad that did anything.
    if clicks.clicks > 0 || sum.actions > 0 {
        sum.cost.amount += shown(clicks.cost);
    }
    sum
}

/// An amount with two places.
fn shown(mut amount: Decimal) -> Decimal {
    amount.rescale(2);
    amount
}

fn find<'a>(state: &'a SimulationState, id: &PlatformCampaignId) -> Option<&'a Ad> {
    state.platform.ad(id.as_str().parse().ok()?)
}

fn view(ad: &Ad, platform: &PlatformState, now: Timestamp) -> PortResult<PlatformCampaign> {
    let (status, effective) = status(ad, platform, now);
    Ok(PlatformCampaign {
        id: campaign_id(ad.id)?,
        tag: OperationTag::find_in(&ad.labels),
        name: ad.name.clone(),
        landing_page: ad.landing_page.clone(),
        status,
        effective,
        starts_at: ad.starts_at,
        ends_at: ad.ends_at,
        created_at: Some(ad.created_at),
        headline: Some(ad.link_text.clone()),
        body: Some(ad.description.clone()),
    })
}

fn status(ad: &Ad, platform: &PlatformState, now: Timestamp) -> (PlatformStatus, EffectiveStatus) {
    let blocks = platform.rules().any(|rule| rule.stops_expired_ads(now));
    let ended = if blocks { EffectiveStatus::Stopped } else { EffectiveStatus::Unlisted };
    let program = platform.settings().program_state;
    if program != ProgramState::Active {
        let effective = if ad.has_ended(now) { ended } else { EffectiveStatus::Unknown };
        return (PlatformStatus::Blocked(format!("the program is {}", program.as_str())), effective);
    }
    if ad.has_ended(now) {
        return (PlatformStatus::Ended, ended);
    }
    if ad.starts_at.is_some_and(|start| now < start) {
        return (PlatformStatus::Scheduled, EffectiveStatus::Scheduled);
    }
    (PlatformStatus::Active, EffectiveStatus::Running)
}

/// An ad of a program as a form.
fn fields(ad: &Ad, starts_at: Option<Timestamp>, ends_at: Option<Timestamp>, program: u64) -> Vec<(&'static str, String)> {
    let date = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    vec![
        ("Name", ad.name.clone()),
        ("CampaignId", program.to_string()),
        ("AdType", ad.ad_type.clone()),
        ("Language", ad.language.clone()),
        ("LinkText", ad.link_text.clone()),
        ("Description", ad.description.clone()),
        ("LandingPage", ad.landing_page.clone()),
        ("Labels", ad.labels.clone()),
        ("LimitedTimeStartDate", date(starts_at)),
        ("LimitedTimeEndDate", date(ends_at)),
    ]
}

fn done(answer: &WriteAnswer) -> Applied<()> {
    if answer.status < 300 {
        return Applied::Done(());
    }
    let kind = if answer.status == 404 { ErrorKind::NotFound } else { ErrorKind::Invalid };
    Applied::Rejected(PortError::new(kind, format!("the simulated platform refused it with {}: {}", answer.status, answer.body)))
}

fn campaign_id(ad: u64) -> PortResult<PlatformCampaignId> {
    PlatformCampaignId::new(ad.to_string())
        .map_err(|error| PortError::new(ErrorKind::Malformed, "the ad's id cannot name a campaign").with_source(error))
}

fn missing(id: &PlatformCampaignId) -> PortError {
    PortError::new(ErrorKind::NotFound, format!("the simulated platform does not know ad {id}"))
}

fn whole_second(at: Timestamp) -> Timestamp {
    at.round(jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor)).unwrap_or(at)
}

fn whole_hour(at: Timestamp) -> Timestamp {
    at.round(jiff::TimestampRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor)).unwrap_or(at)
}
