//! What a plan can do to a campaign.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AdCopy, CampaignId, CampaignSpec, Money, PlatformCampaignId};

/// One change to one campaign. Always an absolute wish, never a difference, so that saying it twice changes nothing more.
///
/// Exhaustive on purpose: whoever executes actions must handle a new one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum CampaignAction {
    /// Start a campaign.
    Create {
        /// What to start. Boxed, since it is much larger than the other actions.
        spec: Box<CampaignSpec>,
    },
    /// Let a campaign rest.
    Pause {
        /// Which campaign.
        campaign: CampaignId,
        /// The platform's object.
        platform_id: PlatformCampaignId,
    },
    /// Let a resting campaign run again.
    Resume {
        /// Which campaign.
        campaign: CampaignId,
        /// The platform's object.
        platform_id: PlatformCampaignId,
    },
    /// Set the whole budget of a campaign.
    SetBudget {
        /// Which campaign.
        campaign: CampaignId,
        /// The platform's object.
        platform_id: PlatformCampaignId,
        /// The new budget over the campaign's whole life.
        budget: Money,
    },
    /// Move the end of a campaign that is wanted to run.
    SetEnd {
        /// Which campaign.
        campaign: CampaignId,
        /// The platform's object.
        platform_id: PlatformCampaignId,
        /// The first instant after its flight, in UTC.
        end: Timestamp,
    },
    /// Give a campaign other words.
    SetCopy {
        /// Which campaign.
        campaign: CampaignId,
        /// The platform's object.
        platform_id: PlatformCampaignId,
        /// The words that it shall carry.
        copy: AdCopy,
    },
}

impl CampaignAction {
    /// The campaign that is changed.
    #[must_use]
    pub fn campaign(&self) -> &CampaignId {
        match self {
            Self::Create { spec } => &spec.id,
            Self::Pause { campaign, .. }
            | Self::Resume { campaign, .. }
            | Self::SetBudget { campaign, .. }
            | Self::SetEnd { campaign, .. }
            | Self::SetCopy { campaign, .. } => campaign,
        }
    }

    /// The action's name: `create`, `pause`, `resume`, `set_budget`, `set_end` or `set_copy`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::SetBudget { .. } => "set_budget",
            Self::SetEnd { .. } => "set_end",
            Self::SetCopy { .. } => "set_copy",
        }
    }
}
