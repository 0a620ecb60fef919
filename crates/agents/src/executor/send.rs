//! Sending, once.

use campaign_pilot_core::{Applied, CampaignAction, CampaignSpec, Effect, ErrorKind, Intent, JournalEvent, PortError};
use jiff::Timestamp;

use super::{ExecutionRequest, Executor, Outcome, elsewhere};
use crate::error::Result;

impl Executor {
    /// Sends an operation whose intent is written and that was never sent.
    pub(super) async fn send_first(&self, request: &ExecutionRequest) -> Result<Outcome> {
        self.record_prepared(&request.intent).await?;
        self.send(request, 1).await
    }

    /// The guards once more, `Sent`, the call, its outcome.
    pub(super) async fn send(&self, request: &ExecutionRequest, attempt: u32) -> Result<Outcome> {
        let intent = &request.intent;
        if let Err(reason) = self.guard(request).await? {
            return self.reject(intent, reason).await;
        }
        if !self.append(&intent.operation, JournalEvent::Sent { attempt }).await? {
            return Ok(elsewhere());
        }
        let applied = self.call(intent).await?;
        self.settle(intent, applied).await
    }

    async fn call(&self, intent: &Intent) -> Result<Applied> {
        Ok(match &intent.action {
            CampaignAction::Create { spec } => self.platform.create(spec, &intent.tag).await,
            CampaignAction::Pause { platform_id, .. } => self.platform.pause(platform_id).await,
            CampaignAction::Resume { campaign, platform_id } => {
                let Some(record) = self.record(campaign).await? else {
                    return Ok(Applied::Rejected(PortError::new(ErrorKind::NotFound, "the campaign is not known")));
                };
                let (spec, until) = resumed(&record.campaign.spec, self.clock.now());
                self.platform.resume(platform_id, &spec, &intent.tag, until).await
            }
            CampaignAction::SetBudget { platform_id, budget, .. } => self.platform.set_budget(platform_id, *budget).await,
            CampaignAction::SetEnd { platform_id, end, .. } => self.platform.set_end(platform_id, *end).await,
            CampaignAction::SetCopy { platform_id, copy, .. } => self.platform.set_copy(platform_id, copy).await,
        })
    }

    async fn settle(&self, intent: &Intent, applied: Applied) -> Result<Outcome> {
        match applied {
            Applied::Done(effect) => self.finish(intent, effect, false).await,
            Applied::Rejected(error) if error.is_retryable() => {
                // It certainly has no effect, yet may be tried again: under the same operation, after a look-up.
                self.leave_unknown(intent, format!("not accepted for now: {error}")).await
            }
            Applied::Rejected(error) => {
                let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
                self.reject(intent, format!("{error}{advice}")).await
            }
            Applied::Unknown(error) => self.leave_unknown(intent, error.to_string()).await,
        }
    }

    pub(super) async fn finish(&self, intent: &Intent, effect: Effect, adopted: bool) -> Result<Outcome> {
        self.record_done(intent, &effect).await?;
        self.append(&intent.operation, JournalEvent::Done { effect: effect.clone(), adopted }).await?;
        tracing::info!(operation = %intent.operation, action = intent.action.name(), %effect, adopted, "done");
        Ok(Outcome::Done { effect })
    }

    pub(super) async fn reject(&self, intent: &Intent, reason: String) -> Result<Outcome> {
        self.record_rejected(intent).await?;
        self.append(&intent.operation, JournalEvent::Rejected { reason: reason.clone() }).await?;
        tracing::warn!(operation = %intent.operation, action = intent.action.name(), reason, "rejected");
        Ok(Outcome::Rejected { reason })
    }

    async fn leave_unknown(&self, intent: &Intent, reason: String) -> Result<Outcome> {
        self.append(&intent.operation, JournalEvent::Unknown { reason: reason.clone() }).await?;
        tracing::warn!(operation = %intent.operation, action = intent.action.name(), reason, "outcome unknown");
        Ok(Outcome::Open { reason })
    }
}

/// What a resumed campaign runs as: the same, from now on until the end of its flight.
pub(super) fn resumed(spec: &CampaignSpec, now: Timestamp) -> (CampaignSpec, Timestamp) {
    let until = spec.flight.end();
    let mut spec = spec.clone();
    if let Ok(rest) = campaign_pilot_core::Period::new(spec.flight.start().max(now), until) {
        spec.flight = rest;
    }
    (spec, until)
}
