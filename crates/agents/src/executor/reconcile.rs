//! Settling what was left open.

use campaign_pilot_core::{
    Applied, BudgetControl, CampaignAction, CampaignId, DesiredStatus, Effect, EffectiveStatus, JournalEvent, OpenOperation,
    OperationId, OperationState, PlatformCampaign, PlatformCampaignId, PlatformStatus, PortResult,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::send::resumed;
use super::{ExecutionRequest, Executor, INTERRUPTED, Outcome, repair_request};
use crate::error::{AgentError, Result};

/// What reconciling found and did.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ReconcileReport {
    /// One note per operation that was open, oldest first.
    pub notes: Vec<ReconcileNote>,
}

impl ReconcileReport {
    /// The notes that a person should see at once.
    pub fn alerts(&self) -> impl Iterator<Item = &ReconcileNote> {
        self.notes.iter().filter(|note| note.alert)
    }
}

/// What became of one open operation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ReconcileNote {
    /// The operation.
    pub operation: OperationId,
    /// Its campaign.
    pub campaign: CampaignId,
    /// How it stands now.
    pub resolution: Resolution,
    /// The same as a sentence.
    pub text: String,
    /// Whether a person should see it at once.
    pub alert: bool,
}

/// How an open operation stands after reconciling.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The platform had carried it out; its object was adopted.
    Adopted,
    /// The platform had carried it out more than once; the oldest object was kept, the others paused.
    Repaired,
    /// The platform certainly had not carried it out; it was sent (again).
    Sent,
    /// It has no effect and will not be tried again.
    GivenUp,
    /// It is too early, or the look-up failed: its money stays reserved.
    Waiting,
}

/// What a look-up showed.
enum Finding {
    Achieved(Effect),
    /// One object that the operation made.
    Made(Box<PlatformCampaign>),
    Several(Vec<PlatformCampaign>),
    Absent,
    Unclear(String),
}

/// What became of an object that may have been held back.
enum LetGo {
    Runs(Effect),
    Waits(ReconcileNote),
}

impl Executor {
    /// Settles what earlier runs left open: marks interrupted sends, looks up what is unknown, adopts, repairs, sends what was
    /// prepared and not sent.
    ///
    /// # Errors
    ///
    /// When the memory fails. A platform that cannot be read leaves operations open, which the report says.
    pub async fn reconcile(&self) -> Result<ReconcileReport> {
        let open = self.journal.open_operations().await.map_err(AgentError::memory("listing open operations"))?;
        let mut report = ReconcileReport::default();
        for operation in &open {
            report.notes.push(self.reconcile_one(operation).await?);
        }
        Ok(report)
    }

    async fn reconcile_one(&self, open: &OpenOperation) -> Result<ReconcileNote> {
        let now = self.clock.now();
        match open.state {
            OperationState::Prepared => {
                let outcome = self.send_first(&self.request_of(open)).await?;
                Ok(sent_note(open, outcome))
            }
            OperationState::Sent { .. } => {
                self.append(&open.intent.operation, JournalEvent::Unknown { reason: INTERRUPTED.to_owned() }).await?;
                Ok(note(open, Resolution::Waiting, format!("{INTERRUPTED}; it will be looked up")))
            }
            OperationState::Unknown { attempts, empty_reads } => {
                if now.duration_since(open.changed_at) < self.policy.settle() {
                    return Ok(note(open, Resolution::Waiting, "waiting before it is looked up".to_owned()));
                }
                self.look_up(open, attempts, empty_reads).await
            }
            OperationState::Done | OperationState::Rejected => Ok(note(open, Resolution::Waiting, "already settled".to_owned())),
        }
    }

    async fn look_up(&self, open: &OpenOperation, attempts: u32, empty_reads: u32) -> Result<ReconcileNote> {
        if self.is_superseded(open).await? {
            return self.withdraw(open).await;
        }
        match self.find(open).await {
            Finding::Achieved(effect) => {
                let text = format!("found at the platform after a lost answer: {effect}");
                self.finish(&open.intent, effect, true).await?;
                Ok(note(open, Resolution::Adopted, text))
            }
            Finding::Made(object) => self.adopt(open, &object).await,
            Finding::Several(objects) => self.repair(open, &objects).await,
            Finding::Unclear(reason) => {
                let reason = format!("the look-up failed: {reason}");
                self.append(&open.intent.operation, JournalEvent::Unknown { reason: reason.clone() }).await?;
                Ok(ReconcileNote { alert: true, ..note(open, Resolution::Waiting, reason) })
            }
            Finding::Absent => self.not_found(open, attempts, empty_reads + 1).await,
        }
    }

    async fn not_found(&self, open: &OpenOperation, attempts: u32, empty_reads: u32) -> Result<ReconcileNote> {
        self.append(&open.intent.operation, JournalEvent::NotFound { empty_reads }).await?;
        if empty_reads < self.needed_reads(&open.intent.action) {
            return Ok(note(open, Resolution::Waiting, format!("look-up {empty_reads} found nothing; one more will decide")));
        }
        if attempts >= self.policy.max_attempts {
            let reason = format!("sent {attempts} times without effect");
            self.reject(&open.intent, reason.clone()).await?;
            return Ok(ReconcileNote { alert: true, ..note(open, Resolution::GivenUp, reason) });
        }
        let outcome = self.send(&self.request_of(open), attempts + 1).await?;
        Ok(sent_note(open, outcome))
    }

    /// What may have made a new object must be missed repeatedly; what is an absolute wish on a known one may be said again.
    fn needed_reads(&self, action: &CampaignAction) -> u32 {
        match action {
            CampaignAction::Create { .. } | CampaignAction::Resume { .. } => self.policy.empty_reads.max(1),
            CampaignAction::Pause { .. }
            | CampaignAction::SetBudget { .. }
            | CampaignAction::SetEnd { .. }
            | CampaignAction::SetCopy { .. } => 1,
        }
    }

    async fn find(&self, open: &OpenOperation) -> Finding {
        match &open.intent.action {
            CampaignAction::Create { .. } => match self.tagged(open).await {
                Ok(objects) => created(objects),
                Err(reason) => Finding::Unclear(reason),
            },
            CampaignAction::Pause { platform_id, .. } => match self.platform.details(platform_id).await {
                Ok(Some(object)) => paused(&object),
                Ok(None) => Finding::Achieved(Effect::AlreadySo),
                Err(error) => Finding::Unclear(error.to_string()),
            },
            CampaignAction::Resume { platform_id, .. } => {
                let objects = match self.tagged(open).await {
                    Ok(objects) => objects,
                    Err(reason) => return Finding::Unclear(reason),
                };
                if objects.len() > 1 {
                    return Finding::Several(objects);
                }
                if let Some(object) = objects.into_iter().next() {
                    return Finding::Made(Box::new(object));
                }
                match self.platform.details(platform_id).await {
                    Ok(Some(object)) if is_offered(&object) => Finding::Achieved(Effect::Resumed),
                    Ok(_) => Finding::Absent,
                    Err(error) => Finding::Unclear(error.to_string()),
                }
            }
            CampaignAction::SetBudget { .. } => match self.platform.capabilities().budget {
                BudgetControl::Ledger => Finding::Achieved(Effect::BudgetInLedger),
                // A platform's budget cannot be read back, but setting it is absolute: it is simply said again.
                BudgetControl::Native | BudgetControl::Unsupported => Finding::Absent,
            },
            CampaignAction::SetEnd { platform_id, end, .. } => {
                self.shown(platform_id, Effect::EndSet, |object| object.ends(*end)).await
            }
            CampaignAction::SetCopy { platform_id, copy, .. } => {
                self.shown(platform_id, Effect::CopySet, |object| object.shows(copy)).await
            }
        }
    }

    /// Whether an object is shown as it was wished; otherwise the wish, which is absolute, is simply said again.
    async fn shown(&self, id: &PlatformCampaignId, effect: Effect, is_so: impl Fn(&PlatformCampaign) -> bool + Send) -> Finding {
        match self.platform.details(id).await {
            Ok(Some(object)) if is_so(&object) => Finding::Achieved(effect),
            Ok(_) => Finding::Absent,
            Err(error) => Finding::Unclear(error.to_string()),
        }
    }

    async fn tagged(&self, open: &OpenOperation) -> Result<Vec<PlatformCampaign>, String> {
        let since = open.prepared_at.checked_sub(self.policy.skew()).unwrap_or(open.prepared_at);
        self.platform.find_by_tag(&open.intent.tag, since).await.map_err(|error| error.to_string())
    }

    /// Takes an object that the operation made for its result, and lets it run where it is still held back.
    async fn adopt(&self, open: &OpenOperation, object: &PlatformCampaign) -> Result<ReconcileNote> {
        let effect = match self.let_go(open, object).await? {
            LetGo::Runs(effect) => effect,
            LetGo::Waits(note) => return Ok(note),
        };
        let text = format!("found at the platform after a lost answer: {effect}");
        self.finish(&open.intent, effect, true).await?;
        Ok(note(open, Resolution::Adopted, text))
    }

    /// Lets an object run that is still held back; it must be the only one of its operation by then.
    async fn let_go(&self, open: &OpenOperation, object: &PlatformCampaign) -> Result<LetGo> {
        let campaign = open.intent.action.campaign();
        let (spec, recreates) = match &open.intent.action {
            CampaignAction::Create { spec } => (Some(spec.as_ref().clone()), false),
            CampaignAction::Resume { .. } => {
                (self.record(campaign).await?.map(|record| resumed(&record.campaign.spec, self.clock.now()).0), true)
            }
            CampaignAction::Pause { .. }
            | CampaignAction::SetBudget { .. }
            | CampaignAction::SetEnd { .. }
            | CampaignAction::SetCopy { .. } => (None, false),
        };
        let as_it_is = |object: &PlatformCampaign| match recreates {
            true => Effect::Recreated { campaign: object.id.clone() },
            false => adopted(object),
        };
        // Only what has not started can be held back, or what something above it keeps from showing that.
        let may_be_held = matches!(object.status, PlatformStatus::Scheduled | PlatformStatus::Blocked(_));
        let Some(spec) = spec.filter(|_| may_be_held) else {
            return Ok(LetGo::Runs(as_it_is(object)));
        };
        if self.is_stopped().await? {
            let text = "found at the platform, and held back while the kill switch is engaged".to_owned();
            return Ok(LetGo::Waits(note(open, Resolution::Waiting, text)));
        }
        match self.platform.release(&object.id, &spec).await {
            Applied::Done(Effect::AlreadySo) => Ok(LetGo::Runs(as_it_is(object))),
            Applied::Done(Effect::Live { .. } | Effect::Scheduled { .. }) if recreates => Ok(LetGo::Runs(as_it_is(object))),
            Applied::Done(effect) => Ok(LetGo::Runs(effect)),
            Applied::Rejected(error) if !error.is_retryable() => {
                let reason = format!("found at the platform, but it cannot run: {error}");
                self.remember_former(campaign, &object.id).await?;
                self.pause_stray(campaign, object).await?;
                self.reject(&open.intent, reason.clone()).await?;
                Ok(LetGo::Waits(ReconcileNote { alert: true, ..note(open, Resolution::GivenUp, reason) }))
            }
            Applied::Rejected(error) | Applied::Unknown(error) => {
                let reason = format!("found at the platform, but still held back: {error}");
                self.append(&open.intent.operation, JournalEvent::Unknown { reason: reason.clone() }).await?;
                Ok(LetGo::Waits(note(open, Resolution::Waiting, reason)))
            }
        }
    }

    /// Keeps the oldest of several objects and pauses the others, each through the same door.
    async fn repair(&self, open: &OpenOperation, objects: &[PlatformCampaign]) -> Result<ReconcileNote> {
        let Some((kept, others)) = objects.split_first() else {
            return Ok(note(open, Resolution::Waiting, "nothing to repair".to_owned()));
        };
        let mut left = 0_usize;
        for object in others {
            if !self.pause_stray(open.intent.action.campaign(), object).await? {
                left += 1;
            }
        }
        let effect = match self.let_go(open, kept).await? {
            LetGo::Runs(effect) => effect,
            LetGo::Waits(note) => return Ok(ReconcileNote { alert: true, ..note }),
        };
        self.finish(&open.intent, effect, true).await?;
        let unfinished = if left == 0 { String::new() } else { format!("; {left} of them not paused yet") };
        let text = format!("the platform held it {} times: kept {}, paused the others{unfinished}", objects.len(), kept.id);
        Ok(ReconcileNote { alert: true, ..note(open, Resolution::Repaired, text) })
    }

    /// Pauses an object that should not exist. Returns whether it is certainly paused.
    pub(super) async fn pause_stray(&self, campaign: &CampaignId, object: &PlatformCampaign) -> Result<bool> {
        let now = self.clock.now();
        let expires_at = now.checked_add(self.policy.valid()).unwrap_or(Timestamp::MAX);
        let request = repair_request(campaign, &object.id, self.platform.capabilities().currency, expires_at)?;
        Ok(Box::pin(self.execute(&request)).await?.is_done())
    }

    /// Whether a campaign that this operation wanted to run again, or longer, shall rest by a later decision.
    ///
    /// Nothing else can be replaced: every action but a pause waits until the earlier ones on its campaign are settled.
    async fn is_superseded(&self, open: &OpenOperation) -> Result<bool> {
        let (CampaignAction::Resume { campaign, .. } | CampaignAction::SetEnd { campaign, .. }) = &open.intent.action else {
            return Ok(false);
        };
        Ok(self.record(campaign).await?.is_some_and(|record| record.campaign.desired != DesiredStatus::Active))
    }

    /// Gives a replaced resume up, together with a new object that it may have made; and a replaced end, together with the days that
    /// it may have added.
    async fn withdraw(&self, open: &OpenOperation) -> Result<ReconcileNote> {
        let objects = match &open.intent.action {
            CampaignAction::SetEnd { platform_id, .. } => {
                self.still_running(platform_id).await.map_err(|error| error.to_string())
            }
            _ => self.tagged(open).await,
        };
        let objects = match objects {
            Ok(objects) => objects,
            Err(reason) => return Ok(ReconcileNote { alert: true, ..note(open, Resolution::Waiting, reason) }),
        };
        for object in &objects {
            self.pause_stray(open.intent.action.campaign(), object).await?;
        }
        let reason = "a later decision on the campaign replaced it".to_owned();
        self.reject(&open.intent, reason.clone()).await?;
        Ok(note(open, Resolution::GivenUp, reason))
    }

    /// The object, if it may spend although it shall rest.
    async fn still_running(&self, id: &PlatformCampaignId) -> PortResult<Vec<PlatformCampaign>> {
        let object = self.platform.details(id).await?;
        Ok(object.into_iter().filter(super::sweep::can_spend).collect())
    }

    fn request_of(&self, open: &OpenOperation) -> ExecutionRequest {
        let expires_at = open.prepared_at.checked_add(self.policy.valid()).unwrap_or(open.prepared_at);
        ExecutionRequest { intent: open.intent.clone(), expires_at, requires: Vec::new() }
    }
}

fn created(objects: Vec<PlatformCampaign>) -> Finding {
    match objects.as_slice() {
        [] => Finding::Absent,
        [object] => Finding::Made(Box::new(object.clone())),
        _ => Finding::Several(objects),
    }
}

fn adopted(object: &PlatformCampaign) -> Effect {
    match (&object.status, object.starts_at) {
        (PlatformStatus::Scheduled, Some(starts_at)) => Effect::Scheduled { campaign: object.id.clone(), starts_at },
        _ => Effect::Live { campaign: object.id.clone() },
    }
}

fn paused(object: &PlatformCampaign) -> Finding {
    match object.effective {
        EffectiveStatus::Stopped => Finding::Achieved(Effect::SpendStopped),
        EffectiveStatus::Unlisted => Finding::Achieved(Effect::Unlisted),
        EffectiveStatus::Running | EffectiveStatus::Scheduled => Finding::Absent,
        EffectiveStatus::Unknown => Finding::Unclear("the platform does not say whether it is paused".to_owned()),
    }
}

fn is_offered(object: &PlatformCampaign) -> bool {
    matches!(object.status, PlatformStatus::Active | PlatformStatus::Scheduled)
}

fn sent_note(open: &OpenOperation, outcome: Outcome) -> ReconcileNote {
    match outcome {
        Outcome::Done { effect } => note(open, Resolution::Sent, format!("sent: {effect}")),
        Outcome::Rejected { reason } | Outcome::Held { reason } => note(open, Resolution::GivenUp, reason),
        Outcome::Open { reason } => note(open, Resolution::Waiting, reason),
        Outcome::Earlier { .. } => note(open, Resolution::Waiting, "already settled".to_owned()),
    }
}

fn note(open: &OpenOperation, resolution: Resolution, text: String) -> ReconcileNote {
    ReconcileNote {
        operation: open.intent.operation.clone(),
        campaign: open.intent.action.campaign().clone(),
        resolution,
        text,
        alert: false,
    }
}
