//! The judge: what was decided in the journal against what happened in the sandbox's history.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use campaign_pilot::core::ports::{Journal, Knowledge};
use campaign_pilot::core::{CampaignAction, CampaignId, Intent, JournalEvent, OperationId, OperationState, OperationTag};
use campaign_pilot::memory::SqliteMemory;
use campaign_pilot::sandbox::{PlatformRequest, RequestEffect};

use crate::Failure;

/// What the judge found.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// Launches that were decided and not refused.
    pub(crate) launches: BTreeSet<OperationId>,
    /// Ads that were made without their answer arriving.
    pub(crate) lost_creates: usize,
    /// Everything that is not exactly once, in sentences.
    pub(crate) problems: Vec<String>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} launches, {} lost answers of them", self.launches.len(), self.lost_creates)
    }
}

/// Every operation must have come to an end, every launch must have exactly one ad, every ad its operation, and
/// every campaign must know its ad.
pub(crate) async fn judge(memory: &SqliteMemory, history: &[PlatformRequest]) -> Result<Verdict, Failure> {
    let mut ads: BTreeMap<&OperationTag, Vec<u64>> = BTreeMap::new();
    let (mut problems, mut lost_creates) = (Vec::new(), 0);
    for request in history {
        let RequestEffect::CreatedAd(ad) = request.effect else { continue };
        lost_creates += usize::from(request.answer_lost);
        match &request.tag {
            Some(tag) => ads.entry(tag).or_default().push(ad),
            None => problems.push(format!("ad {ad} was made without a tag")),
        }
    }

    let mut launches = BTreeSet::new();
    let mut campaigns: BTreeMap<CampaignId, Vec<u64>> = BTreeMap::new();
    for (intent, state) in intents(memory).await? {
        let ads = ads.remove(&intent.tag).unwrap_or_default();
        let launched = matches!(intent.action, CampaignAction::Create { .. }) && state != OperationState::Rejected;
        let may_have = if launched { 1..=1 } else { 0..=usize::from(makes_ads(&intent.action, state)) };
        if !state.is_final() || !may_have.contains(&ads.len()) {
            problems.push(format!("operation {} ({}) is {state:?} with the ads {ads:?}", intent.operation, intent.action.name()));
        }
        if launched {
            launches.insert(intent.operation);
        }
        campaigns.entry(intent.action.campaign().clone()).or_default().extend(ads);
    }
    for (campaign, ads) in campaigns.iter().filter(|(_, ads)| !ads.is_empty()) {
        let record = memory.campaign(campaign).await?;
        let known = record.and_then(|record| record.campaign.platform_id).map(|id| id.to_string());
        if !ads.iter().any(|ad| known == Some(ad.to_string())) {
            problems.push(format!("campaign {campaign} has the ads {ads:?}, but is known as {known:?}"));
        }
    }
    problems.extend(ads.keys().map(|tag| format!("an ad carries the tag {tag}, which the journal does not know")));
    Ok(Verdict { launches, lost_creates, problems })
}

/// Whether an operation that is no launch may have made an ad: impact.com revives some campaigns as a new one.
fn makes_ads(action: &CampaignAction, state: OperationState) -> bool {
    matches!(action, CampaignAction::Resume { .. }) && state == OperationState::Done
}

/// Every intent with where its operation stands.
async fn intents(memory: &SqliteMemory) -> Result<Vec<(Intent, OperationState)>, Failure> {
    let mut intents = Vec::new();
    let mut after = None;
    loop {
        let entries = memory.entries(after, 1_000).await?;
        let Some(last) = entries.last() else { return Ok(intents) };
        after = Some(last.sequence);
        for entry in entries {
            if let JournalEvent::Prepared { intent } = entry.event {
                let state = Journal::state(memory, &entry.operation).await?.ok_or("the journal lost an operation")?;
                intents.push((*intent, state));
            }
        }
    }
}
