//! Comparing everything at the platform with everything that is known.

use std::collections::BTreeSet;

use campaign_pilot_core::{EffectiveStatus, Intent, JournalEvent, OperationTag, PlatformCampaign, PlatformCampaignId, PortError};

use super::Executor;
use crate::error::{AgentError, Result};

/// How many journal entries are read at once.
const PAGE: u32 = 500;

/// What a sweep found.
#[derive(Debug, Default)]
pub struct SweepReport {
    /// Everything at the platform that carries a tag of ours.
    pub objects: Vec<PlatformCampaign>,
    /// What did not fit together, in sentences for a person.
    pub alerts: Vec<String>,
}

impl Executor {
    /// Lists all objects with our tags and pauses those that should not exist: a create that was given up and took effect
    /// later, or a second object of the same operation. Objects of another installation are reported and left alone.
    ///
    /// # Errors
    ///
    /// When the memory fails; the inner error when the platform cannot be read.
    pub async fn sweep(&self) -> Result<Result<SweepReport, PortError>> {
        let objects = match self.platform.all().await {
            Ok(objects) => objects,
            Err(error) => return Ok(Err(error)),
        };
        let known = self.known_objects().await?;
        let open = self.journal.open_operations().await.map_err(AgentError::memory("listing open operations"))?;
        let mut alerts = Vec::new();
        for object in objects.iter().filter(|object| can_spend(object) && !known.contains(&object.id)) {
            let Some(tag) = &object.tag else { continue };
            if open.iter().any(|operation| operation.intent.tag == *tag) {
                continue;
            }
            alerts.push(self.treat_stray(object, tag).await?);
        }
        Ok(Ok(SweepReport { objects, alerts }))
    }

    async fn treat_stray(&self, object: &PlatformCampaign, tag: &OperationTag) -> Result<String> {
        let Some(intent) = self.intent_of(tag).await? else {
            return Ok(format!("{} carries the tag {tag}, which this memory does not know; it was left alone", object.id));
        };
        let campaign = intent.action.campaign();
        // What it already did costs money, so it is read with the campaign from now on.
        self.remember_former(campaign, &object.id).await?;
        let done = self.pause_stray(campaign, object).await?;
        let result = if done { "it was paused" } else { "it could not be paused yet" };
        Ok(format!("{} of campaign {campaign} should not exist; {result}", object.id))
    }

    async fn known_objects(&self) -> Result<BTreeSet<PlatformCampaignId>> {
        let records = self.knowledge.campaigns().await.map_err(AgentError::memory("listing campaigns"))?;
        // A former object is not excused: it shall not run any more.
        Ok(records.into_iter().filter_map(|record| record.campaign.platform_id).collect())
    }

    async fn intent_of(&self, tag: &OperationTag) -> Result<Option<Intent>> {
        let mut after = None;
        loop {
            let entries = self.journal.entries(after, PAGE).await.map_err(AgentError::memory("reading the journal"))?;
            let Some(last) = entries.last().map(|entry| entry.sequence) else { return Ok(None) };
            after = Some(last);
            let found = entries.into_iter().find_map(|entry| match entry.event {
                JournalEvent::Prepared { intent } if intent.tag == *tag => Some(*intent),
                _ => None,
            });
            if found.is_some() {
                return Ok(found);
            }
        }
    }
}

pub(super) fn can_spend(object: &PlatformCampaign) -> bool {
    matches!(object.effective, EffectiveStatus::Running | EffectiveStatus::Scheduled)
}
