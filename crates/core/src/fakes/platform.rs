//! A campaign platform in memory, with lost answers and stale reads on demand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;

use super::faults::{Faults, lock};
use crate::ports::CampaignPlatform;
use crate::{
    AdCopy, Applied, BudgetControl, CampaignPerformance, CampaignSpec, Capabilities, Clock, CopyControl, Currency, Effect,
    EffectiveStatus, EndControl, ErrorKind, Measured, Money, MoneyError, OperationTag, PauseControl, PerformanceReading, Period,
    PlatformCampaign, PlatformCampaignId, PlatformStatus, PortError, PortResult, ResumeControl, SourceQuality,
};

/// What befalls the next write on a [`FakePlatform`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PlatformFault {
    /// It takes effect, but its answer is lost.
    LoseAnswer,
    /// It is lost on the way: no effect, no answer.
    LoseRequest,
    /// It is refused with an error of this kind: no effect, clear answer.
    Reject(ErrorKind),
}

/// One object on a [`FakePlatform`], as it truly is.
#[derive(Clone, Debug, PartialEq)]
pub struct PlatformObject {
    /// The platform's id: 1, 2, 3, .. in the order of creation.
    pub id: PlatformCampaignId,
    /// The tag of the write that created it.
    pub tag: OperationTag,
    /// What was asked for.
    pub spec: CampaignSpec,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Whether it was paused.
    pub paused: bool,
    /// The budget last set, where the platform takes budgets.
    pub budget: Money,
}

/// A platform in memory. Its objects are the truth against which a test checks what the code under test believes.
#[derive(Clone, Debug)]
pub struct FakePlatform {
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    world: Arc<Mutex<World>>,
    reads: Faults,
}

#[derive(Debug, Default)]
struct World {
    objects: Vec<PlatformObject>,
    performance: BTreeMap<PlatformCampaignId, Vec<CampaignPerformance>>,
    faults: VecDeque<PlatformFault>,
    hidden_lookups: u32,
    writes: Vec<&'static str>,
}

impl FakePlatform {
    /// A platform that pauses, resumes, keeps budgets, and takes other ends and words, and bills in `currency`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, currency: Currency) -> Self {
        Self::with_capabilities(
            clock,
            Capabilities {
                pause: PauseControl::Native,
                resume: ResumeControl::Native,
                budget: BudgetControl::Native,
                end: EndControl::Supported,
                copy: CopyControl::Supported,
                ..Capabilities::new("fake platform", currency)
            },
        )
    }

    /// A platform that can do what `capabilities` say, and behaves accordingly.
    #[must_use]
    pub fn with_capabilities(clock: Arc<dyn Clock>, capabilities: Capabilities) -> Self {
        Self { capabilities, clock, world: Arc::default(), reads: Faults::default() }
    }

    /// Lets a fault befall the next write; several befall the next writes, one each.
    pub fn fault_next_write(&self, fault: PlatformFault) {
        lock(&self.world).faults.push_back(fault);
    }

    /// Lets the next read fail with an error of this kind.
    pub fn fail_next_read(&self, kind: ErrorKind) {
        self.reads.push(kind);
    }

    /// Lets the next look-ups by tag find nothing, as on a platform whose listing lags behind its writes.
    pub fn hide_from_next_lookups(&self, lookups: u32) {
        lock(&self.world).hidden_lookups = lookups;
    }

    /// Adds to what a campaign did; a reading sums up what lies inside its period.
    pub fn add_performance(&self, id: &PlatformCampaignId, performance: CampaignPerformance) {
        lock(&self.world).performance.entry(id.clone()).or_default().push(performance);
    }

    /// Every object there is, in the order of creation.
    #[must_use]
    pub fn objects(&self) -> Vec<PlatformObject> {
        lock(&self.world).objects.clone()
    }

    /// The names of all writes that reached the platform, in order, as [`CampaignAction::name`](crate::CampaignAction::name).
    #[must_use]
    pub fn writes(&self) -> Vec<&'static str> {
        lock(&self.world).writes.clone()
    }

    /// Carries out a write under the fault that is due.
    fn write(&self, name: &'static str, change: impl FnOnce(&mut World, Timestamp) -> PortResult<Effect>) -> Applied {
        let now = self.clock.now();
        let mut world = lock(&self.world);
        let lost = || Applied::Unknown(PortError::new(ErrorKind::Unavailable, "the answer was lost"));
        let fault = world.faults.pop_front();
        match fault {
            Some(PlatformFault::LoseRequest) => return lost(),
            Some(PlatformFault::Reject(kind)) => return Applied::Rejected(PortError::new(kind, "a refusal was asked for")),
            Some(PlatformFault::LoseAnswer) | None => {}
        }
        world.writes.push(name);
        let result = change(&mut world, now);
        match (fault, result) {
            (Some(PlatformFault::LoseAnswer), _) => lost(),
            (_, Ok(effect)) => Applied::Done(effect),
            (_, Err(error)) => Applied::Rejected(error),
        }
    }

    fn show(&self, object: &PlatformObject) -> PlatformCampaign {
        let now = self.clock.now();
        let starts_at = object.spec.flight.start();
        let over = match self.capabilities.pause {
            PauseControl::Unlist => EffectiveStatus::Unlisted,
            PauseControl::Native | PauseControl::Unsupported => EffectiveStatus::Stopped,
        };
        let (status, effective) = if now >= object.ends_at {
            (PlatformStatus::Ended, over)
        } else if object.paused {
            (PlatformStatus::Paused, over)
        } else if now < starts_at {
            (PlatformStatus::Scheduled, EffectiveStatus::Scheduled)
        } else {
            (PlatformStatus::Active, EffectiveStatus::Running)
        };
        PlatformCampaign {
            id: object.id.clone(),
            tag: Some(object.tag.clone()),
            name: object.spec.name.clone(),
            landing_page: object.spec.landing_page.clone(),
            status,
            effective,
            starts_at: Some(starts_at),
            ends_at: Some(object.ends_at),
            created_at: Some(object.created_at),
            headline: Some(object.spec.copy.headline.clone()),
            body: Some(object.spec.copy.body.clone()),
        }
    }

    fn shown(&self, wanted: impl Fn(&PlatformObject) -> bool) -> Vec<PlatformCampaign> {
        lock(&self.world).objects.iter().filter(|object| wanted(object)).map(|object| self.show(object)).collect()
    }
}

impl World {
    fn create(&mut self, spec: &CampaignSpec, tag: &OperationTag, now: Timestamp) -> PortResult<PlatformCampaignId> {
        let id = PlatformCampaignId::new((self.objects.len() + 1).to_string())
            .map_err(|error| PortError::new(ErrorKind::Invalid, "the platform's id is not an id").with_source(error))?;
        self.objects.push(PlatformObject {
            id: id.clone(),
            tag: tag.clone(),
            spec: spec.clone(),
            created_at: now,
            ends_at: spec.flight.end(),
            paused: false,
            budget: spec.budget,
        });
        Ok(id)
    }

    fn object(&mut self, id: &PlatformCampaignId) -> PortResult<&mut PlatformObject> {
        self.objects
            .iter_mut()
            .find(|object| object.id == *id)
            .ok_or_else(|| PortError::new(ErrorKind::NotFound, format!("there is no campaign {id}")))
    }
}

#[async_trait]
impl CampaignPlatform for FakePlatform {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    async fn check_health(&self) -> PortResult<()> {
        self.reads.check()
    }

    async fn create(&self, spec: &CampaignSpec, tag: &OperationTag) -> Applied {
        self.write("create", |world, now| {
            check(spec, self.capabilities.currency)?;
            let starts_at = spec.flight.start();
            let campaign = world.create(spec, tag, now)?;
            Ok(if starts_at > now { Effect::Scheduled { campaign, starts_at } } else { Effect::Live { campaign } })
        })
    }

    async fn find_by_tag(&self, tag: &OperationTag, since: Timestamp) -> PortResult<Vec<PlatformCampaign>> {
        self.reads.check()?;
        {
            let mut world = lock(&self.world);
            if world.hidden_lookups > 0 {
                world.hidden_lookups -= 1;
                return Ok(Vec::new());
            }
        }
        Ok(self.shown(|object| object.tag == *tag && object.created_at >= since))
    }

    async fn details(&self, id: &PlatformCampaignId) -> PortResult<Option<PlatformCampaign>> {
        self.reads.check()?;
        Ok(self.shown(|object| object.id == *id).pop())
    }

    async fn all(&self) -> PortResult<Vec<PlatformCampaign>> {
        self.reads.check()?;
        Ok(self.shown(|_| true))
    }

    async fn pause(&self, id: &PlatformCampaignId) -> Applied {
        self.write("pause", |world, now| {
            let effect = match self.capabilities.pause {
                PauseControl::Native => Effect::SpendStopped,
                PauseControl::Unlist => Effect::Unlisted,
                PauseControl::Unsupported => return Err(unsupported("pause")),
            };
            let object = world.object(id)?;
            if object.paused || now >= object.ends_at {
                return Ok(Effect::AlreadySo);
            }
            object.paused = true;
            Ok(effect)
        })
    }

    async fn resume(&self, id: &PlatformCampaignId, spec: &CampaignSpec, tag: &OperationTag, until: Timestamp) -> Applied {
        self.write("resume", |world, now| {
            let object = world.object(id)?;
            if !object.paused && object.ends_at >= until {
                return Ok(Effect::AlreadySo);
            }
            match self.capabilities.resume {
                ResumeControl::Native | ResumeControl::BestEffort => {
                    object.paused = false;
                    object.ends_at = until;
                    Ok(Effect::Resumed)
                }
                ResumeControl::Recreate => {
                    check(spec, self.capabilities.currency)?;
                    let campaign = world.create(spec, tag, now)?;
                    world.object(&campaign)?.ends_at = until;
                    Ok(Effect::Recreated { campaign })
                }
                ResumeControl::Unsupported => Err(unsupported("resume")),
            }
        })
    }

    async fn set_budget(&self, id: &PlatformCampaignId, budget: Money) -> Applied<Effect> {
        self.write("set_budget", |world, _| {
            let effect = match self.capabilities.budget {
                BudgetControl::Native => Effect::BudgetSet,
                BudgetControl::Ledger => Effect::BudgetInLedger,
                BudgetControl::Unsupported => return Err(unsupported("set budgets")),
            };
            check_currency(budget, self.capabilities.currency)?;
            let object = world.object(id)?;
            if object.budget == budget {
                return Ok(Effect::AlreadySo);
            }
            object.budget = budget;
            Ok(effect)
        })
    }

    async fn set_end(&self, id: &PlatformCampaignId, end: Timestamp) -> Applied {
        self.write("set_end", |world, now| {
            if self.capabilities.end == EndControl::Unsupported {
                return Err(unsupported("move the end of a campaign"));
            }
            let object = world.object(id)?;
            if object.ends_at <= now {
                return Err(PortError::new(ErrorKind::Precondition, format!("campaign {id} is over")));
            }
            if end <= now.max(object.spec.flight.start()) {
                return Err(PortError::new(ErrorKind::Invalid, format!("a campaign cannot end at {end}")));
            }
            if object.ends_at == end {
                return Ok(Effect::AlreadySo);
            }
            object.ends_at = end;
            Ok(Effect::EndSet)
        })
    }

    async fn set_copy(&self, id: &PlatformCampaignId, copy: &AdCopy) -> Applied {
        self.write("set_copy", |world, _| {
            if self.capabilities.copy == CopyControl::Unsupported {
                return Err(unsupported("change the words of a campaign"));
            }
            if copy.headline.trim().is_empty() {
                return Err(PortError::new(ErrorKind::Invalid, "the words have no headline"));
            }
            let object = world.object(id)?;
            if object.spec.copy.has_words_of(copy) {
                return Ok(Effect::AlreadySo);
            }
            object.spec.copy = copy.clone();
            Ok(Effect::CopySet)
        })
    }

    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> PortResult<PerformanceReading> {
        self.reads.check()?;
        let world = lock(&self.world);
        let mut campaigns = BTreeMap::new();
        for id in ids.iter().filter(|id| world.objects.iter().any(|object| object.id == **id)) {
            let nothing = CampaignPerformance::nothing(period, self.capabilities.currency);
            let parts = world.performance.get(id).into_iter().flatten();
            let mut inside = parts.filter(|part| part.period.intersection(period) == Some(part.period));
            let sum = inside
                .try_fold(nothing, |sum, part| add(&sum, part))
                .map_err(|error| PortError::new(ErrorKind::Malformed, "the performances do not add up").with_source(error))?;
            campaigns.insert(id.clone(), sum);
        }
        Ok(PerformanceReading { period, campaigns, quality: SourceQuality::complete_until(self.clock.now()) })
    }
}

fn unsupported(what: &str) -> PortError {
    PortError::new(ErrorKind::Unsupported, format!("this platform cannot {what}"))
}

fn check(spec: &CampaignSpec, currency: Currency) -> PortResult<()> {
    spec.check().map_err(|error| PortError::new(ErrorKind::Invalid, "the campaign is incomplete").with_source(error))?;
    check_currency(spec.budget, currency)
}

fn check_currency(budget: Money, currency: Currency) -> PortResult<()> {
    if budget.currency == currency {
        return Ok(());
    }
    Err(PortError::new(ErrorKind::Invalid, format!("the budget is in {}, but the platform bills in {currency}", budget.currency)))
}

/// Two parts of one campaign's performance; a count that one part lacks is lacking in the sum.
fn add(sum: &CampaignPerformance, part: &CampaignPerformance) -> Result<CampaignPerformance, MoneyError> {
    let count = |a: Measured<u64>, b: Measured<u64>| match (a, b) {
        (Measured::Known(a), Measured::Known(b)) => Measured::Known(a.saturating_add(b)),
        (Measured::Absent(absence), _) | (_, Measured::Absent(absence)) => Measured::Absent(absence),
    };
    Ok(CampaignPerformance {
        period: sum.period,
        impressions: count(sum.impressions, part.impressions),
        clicks: count(sum.clicks, part.clicks),
        actions: sum.actions.saturating_add(part.actions),
        reversed_actions: sum.reversed_actions.saturating_add(part.reversed_actions),
        revenue: sum.revenue.checked_add(part.revenue)?,
        cost: sum.cost.checked_add(part.cost)?,
        pending_cost: sum.pending_cost.checked_add(part.pending_cost)?,
        new_customers: count(sum.new_customers, part.new_customers),
    })
}
