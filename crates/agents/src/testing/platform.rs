//! A platform that loses answers on demand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{
    AdCopy, Applied, BudgetControl, CampaignPerformance, CampaignSpec, Capabilities, Clock, CopyControl, Currency, Effect,
    EffectiveStatus, EndControl, ErrorKind, ManualClock, Money, OperationTag, PauseControl, PerformanceReading, Period,
    PlatformCampaign, PlatformCampaignId, PlatformStatus, PortError, PortResult, ResumeControl, SourceQuality,
};
use jiff::Timestamp;

/// What happens to a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// It works.
    None,
    /// It takes effect, the answer is lost.
    LostAnswer,
    /// It does not take effect, and no answer comes.
    LostRequest,
    /// It was certainly not accepted, and may be tried again.
    Unavailable,
    /// It is refused for good.
    Refused,
    /// It takes effect twice, the answer is lost.
    Twice,
}

#[derive(Debug, Default)]
struct State {
    objects: Vec<PlatformCampaign>,
    write_faults: VecDeque<Fault>,
    reads_fail: bool,
    /// Whether new objects are held back until they are released.
    holds_back: bool,
    writes: usize,
    performance: BTreeMap<PlatformCampaignId, CampaignPerformance>,
}

/// An unlisting platform with a ledger, like impact.com.
#[derive(Debug)]
pub(crate) struct TestPlatform {
    clock: Arc<ManualClock>,
    state: Mutex<State>,
}

impl TestPlatform {
    pub(crate) fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, state: Mutex::new(State::default()) }
    }

    /// What happens to the next writes, in this order; afterwards all is well.
    pub(crate) fn next_writes(&self, faults: &[Fault]) {
        self.state.lock().unwrap().write_faults = faults.iter().copied().collect();
    }

    pub(crate) fn fail_reads(&self, fail: bool) {
        self.state.lock().unwrap().reads_fail = fail;
    }

    /// New objects are held back from now on, and a create lets them go in a second write.
    pub(crate) fn hold_back(&self) {
        self.state.lock().unwrap().holds_back = true;
    }

    pub(crate) fn objects(&self) -> Vec<PlatformCampaign> {
        self.state.lock().unwrap().objects.clone()
    }

    pub(crate) fn running(&self) -> usize {
        self.objects().iter().filter(|object| object.effective == EffectiveStatus::Running).count()
    }

    /// How many writes arrived, whatever became of them.
    pub(crate) fn writes(&self) -> usize {
        self.state.lock().unwrap().writes
    }

    pub(crate) fn perform(&self, id: &PlatformCampaignId, performance: CampaignPerformance) {
        self.state.lock().unwrap().performance.insert(id.clone(), performance);
    }

    /// An object appears without anyone being told.
    pub(crate) fn appear(&self, spec: &CampaignSpec, tag: &OperationTag) -> PlatformCampaignId {
        self.add(spec, tag)
    }

    /// Somebody opens a campaign again at the platform.
    pub(crate) fn open_again(&self, id: &PlatformCampaignId) {
        self.change(id, |object| {
            object.status = PlatformStatus::Active;
            object.effective = EffectiveStatus::Running;
        });
    }

    /// Something above a campaign keeps it from running.
    pub(crate) fn block(&self, id: &PlatformCampaignId) {
        self.change(id, |object| {
            object.status = PlatformStatus::Blocked("the program is PAUSED".to_owned());
            object.effective = EffectiveStatus::Unknown;
        });
    }

    fn write(&self, effect: impl Fn() -> Effect) -> Applied {
        let fault = {
            let mut state = self.state.lock().unwrap();
            state.writes += 1;
            state.write_faults.pop_front().unwrap_or(Fault::None)
        };
        let lost = || Applied::Unknown(PortError::new(ErrorKind::Unavailable, "no answer came"));
        match fault {
            Fault::None => Applied::Done(effect()),
            Fault::LostAnswer => {
                effect();
                lost()
            }
            Fault::Twice => {
                effect();
                effect();
                lost()
            }
            Fault::LostRequest => lost(),
            Fault::Unavailable => Applied::Rejected(PortError::new(ErrorKind::Unavailable, "too busy")),
            Fault::Refused => Applied::Rejected(PortError::new(ErrorKind::Precondition, "the program is not active")),
        }
    }

    fn add(&self, spec: &CampaignSpec, tag: &OperationTag) -> PlatformCampaignId {
        let mut state = self.state.lock().unwrap();
        let holds_back = state.holds_back;
        let id = PlatformCampaignId::new(format!("ad-{}", state.objects.len() + 1)).unwrap();
        state.objects.push(PlatformCampaign {
            id: id.clone(),
            tag: Some(tag.clone()),
            name: spec.name.clone(),
            landing_page: spec.landing_page.clone(),
            status: if holds_back { PlatformStatus::Scheduled } else { PlatformStatus::Active },
            effective: if holds_back { EffectiveStatus::Scheduled } else { EffectiveStatus::Running },
            starts_at: Some(spec.flight.start()),
            ends_at: Some(spec.flight.end()),
            created_at: Some(self.clock.now()),
            headline: Some(spec.copy.headline.clone()),
            body: Some(spec.copy.body.clone()),
        });
        id
    }

    fn change(&self, id: &PlatformCampaignId, apply: impl Fn(&mut PlatformCampaign)) {
        self.state.lock().unwrap().objects.iter_mut().filter(|object| object.id == *id).for_each(apply);
    }

    fn read(&self) -> PortResult<Vec<PlatformCampaign>> {
        if self.state.lock().unwrap().reads_fail {
            return Err(PortError::new(ErrorKind::Unavailable, "the platform cannot be read"));
        }
        Ok(self.objects())
    }
}

#[async_trait]
impl CampaignPlatform for TestPlatform {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            pause: PauseControl::Unlist,
            resume: ResumeControl::Recreate,
            budget: BudgetControl::Ledger,
            end: EndControl::Supported,
            copy: CopyControl::Supported,
            ..Capabilities::new("test platform", Currency::EUR)
        }
    }

    async fn check_health(&self) -> PortResult<()> {
        self.read().map(|_| ())
    }

    async fn create(&self, spec: &CampaignSpec, tag: &OperationTag) -> Applied {
        let applied = self.write(|| Effect::Live { campaign: self.add(spec, tag) });
        match applied {
            Applied::Done(Effect::Live { campaign }) if self.state.lock().unwrap().holds_back => {
                match self.release(&campaign, spec).await {
                    Applied::Rejected(error) => Applied::Unknown(error),
                    other => other,
                }
            }
            other => other,
        }
    }

    async fn release(&self, id: &PlatformCampaignId, _spec: &CampaignSpec) -> Applied {
        let is_blocked = |object: &PlatformCampaign| object.id == *id && matches!(object.status, PlatformStatus::Blocked(_));
        if self.objects().iter().any(is_blocked) {
            return Applied::Rejected(PortError::new(ErrorKind::Precondition, "the program is not active"));
        }
        let held = |object: &PlatformCampaign| object.id == *id && object.status == PlatformStatus::Scheduled;
        if !self.objects().iter().any(held) {
            return Applied::Done(Effect::AlreadySo);
        }
        self.write(|| {
            self.change(id, |object| {
                object.status = PlatformStatus::Active;
                object.effective = EffectiveStatus::Running;
            });
            Effect::Live { campaign: id.clone() }
        })
    }

    async fn find_by_tag(&self, tag: &OperationTag, since: Timestamp) -> PortResult<Vec<PlatformCampaign>> {
        let mut found = self.read()?;
        found.retain(|object| object.tag.as_ref() == Some(tag) && object.created_at.is_some_and(|created| created >= since));
        Ok(found)
    }

    async fn details(&self, id: &PlatformCampaignId) -> PortResult<Option<PlatformCampaign>> {
        Ok(self.read()?.into_iter().find(|object| object.id == *id))
    }

    async fn all(&self) -> PortResult<Vec<PlatformCampaign>> {
        self.read()
    }

    async fn pause(&self, id: &PlatformCampaignId) -> Applied {
        self.write(|| {
            self.change(id, |object| {
                object.status = PlatformStatus::Ended;
                object.effective = EffectiveStatus::Unlisted;
            });
            Effect::Unlisted
        })
    }

    async fn resume(&self, _id: &PlatformCampaignId, spec: &CampaignSpec, tag: &OperationTag, _until: Timestamp) -> Applied {
        self.write(|| Effect::Recreated { campaign: self.add(spec, tag) })
    }

    async fn set_budget(&self, _id: &PlatformCampaignId, _budget: Money) -> Applied {
        self.write(|| Effect::BudgetInLedger)
    }

    async fn set_end(&self, id: &PlatformCampaignId, end: Timestamp) -> Applied {
        self.write(|| {
            // Dates are the only switch, so that another end lets a campaign run again: nobody may move one that rests.
            self.change(id, |object| {
                object.ends_at = Some(end);
                object.status = PlatformStatus::Active;
                object.effective = EffectiveStatus::Running;
            });
            Effect::EndSet
        })
    }

    async fn set_copy(&self, id: &PlatformCampaignId, copy: &AdCopy) -> Applied {
        self.write(|| {
            self.change(id, |object| {
                object.headline = Some(copy.headline.clone());
                object.body = Some(copy.body.clone());
            });
            Effect::CopySet
        })
    }

    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> PortResult<PerformanceReading> {
        self.read()?;
        let known = &self.state.lock().unwrap().performance;
        let campaigns = ids
            .iter()
            .map(|id| {
                let nothing = CampaignPerformance::nothing(period, Currency::EUR);
                let performance = known.get(id).map_or(nothing, |known| CampaignPerformance { period, ..known.clone() });
                (id.clone(), performance)
            })
            .collect();
        Ok(PerformanceReading { period, campaigns, quality: SourceQuality::complete_until(period.end()) })
    }
}
