//! Campaigns: what we want, what the platform says, what is true for shoppers.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{CampaignId, Money, OperationTag, Period, PlatformCampaignId, Product, ProductId, Sku};

/// The words of an advertisement.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AdCopy {
    /// The short line that partners and shoppers see first.
    pub headline: String,
    /// One or two sentences more.
    pub body: String,
    /// Who wrote it: the writer's name and version.
    pub written_by: String,
}

impl AdCopy {
    /// Whether both say the same to a shopper, whoever wrote it: a platform shows words, not their writer.
    ///
    /// ```
    /// use campaign_pilot_core::AdCopy;
    ///
    /// let copy = AdCopy { headline: "Sleep dry".into(), body: String::new(), written_by: "template 1".into() };
    /// assert!(copy.has_words_of(&AdCopy { written_by: "a person".into(), ..copy.clone() }));
    /// assert!(!copy.has_words_of(&AdCopy { body: "Two persons".into(), ..copy.clone() }));
    /// ```
    #[must_use]
    pub fn has_words_of(&self, other: &Self) -> bool {
        self.headline == other.headline && self.body == other.body
    }
}

/// A campaign to be created: everything a platform needs, decided once.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CampaignSpec {
    /// Our id for it.
    pub id: CampaignId,
    /// The product it promotes.
    pub product: ProductId,
    /// The product's SKU, by which sales can be joined.
    pub sku: Option<Sku>,
    /// The campaign's name, as operators see it.
    pub name: String,
    /// The product's page.
    pub landing_page: String,
    /// The words.
    pub copy: AdCopy,
    /// The most it may cost over its whole life.
    pub budget: Money,
    /// When it starts and ends.
    pub flight: Period,
}

impl CampaignSpec {
    /// Checks what every platform needs: a name, a headline, an http address, a positive budget.
    ///
    /// # Errors
    ///
    /// The first [`CampaignSpecError`] found.
    pub fn check(&self) -> Result<(), CampaignSpecError> {
        let is_web = self.landing_page.starts_with("https://") || self.landing_page.starts_with("http://");
        if self.name.trim().is_empty() {
            return Err(CampaignSpecError::NoName);
        }
        if self.copy.headline.trim().is_empty() {
            return Err(CampaignSpecError::NoHeadline);
        }
        if !is_web {
            return Err(CampaignSpecError::LandingPage { address: self.landing_page.clone() });
        }
        if !self.budget.is_positive() {
            return Err(CampaignSpecError::Budget { budget: self.budget });
        }
        Ok(())
    }
}

/// What keeps a campaign from being created anywhere.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignSpecError {
    /// The name is blank.
    #[error("the campaign has no name")]
    NoName,
    /// The headline is blank.
    #[error("the campaign has no headline")]
    NoHeadline,
    /// The landing page is not a web address.
    #[error("the landing page `{address}` is not a web address")]
    LandingPage {
        /// What stood there.
        address: String,
    },
    /// The budget is not above zero.
    #[error("the budget of {budget} is not above zero")]
    Budget {
        /// What stood there.
        budget: Money,
    },
}

/// What we want a campaign to be.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DesiredStatus {
    /// It shall run.
    Active,
    /// It shall rest and may come back.
    Paused,
    /// It is over.
    Stopped,
}

/// What the platform says about its object.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformStatus {
    /// It will start later.
    Scheduled,
    /// It is offered.
    Active,
    /// It is paused.
    Paused,
    /// Its end has passed.
    Ended,
    /// Something above it keeps it from running, such as a program that is not active.
    Blocked(String),
    /// The platform does not know it.
    Missing,
    /// A word of the platform that we do not know.
    Other(String),
}

/// What is true for shoppers and for the merchant's money.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectiveStatus {
    /// It earns and costs.
    Running,
    /// It will start later.
    Scheduled,
    /// No longer offered, but links already posted keep earning and costing.
    Unlisted,
    /// It cannot cost anything more.
    Stopped,
    /// It is not known.
    Unknown,
}

/// A campaign as a platform shows it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PlatformCampaign {
    /// The platform's id.
    pub id: PlatformCampaignId,
    /// The tag it carries, if it is one of ours.
    pub tag: Option<OperationTag>,
    /// The name it carries.
    pub name: String,
    /// The landing page it leads to.
    pub landing_page: String,
    /// What the platform says.
    pub status: PlatformStatus,
    /// What is true for shoppers.
    pub effective: EffectiveStatus,
    /// When it starts, where set.
    pub starts_at: Option<Timestamp>,
    /// When it ends, where set.
    pub ends_at: Option<Timestamp>,
    /// When the platform created it, where it says so.
    pub created_at: Option<Timestamp>,
    /// The short line of its words, where the platform shows it.
    #[serde(default)]
    pub headline: Option<String>,
    /// The rest of its words, where the platform shows it.
    #[serde(default)]
    pub body: Option<String>,
}

impl PlatformCampaign {
    /// Whether it is shown to end at `end`. A platform may round an end down to its whole second.
    #[must_use]
    pub fn ends(&self, end: Timestamp) -> bool {
        let short = self.ends_at.map(|shown| end.duration_since(shown));
        short.is_some_and(|short| !short.is_negative() && short < SignedDuration::from_secs(1))
    }

    /// Whether it is shown with these words. What the platform does not show is not known to be so.
    #[must_use]
    pub fn shows(&self, copy: &AdCopy) -> bool {
        self.headline.as_ref() == Some(&copy.headline) && self.body.as_ref() == Some(&copy.body)
    }
}

/// One of our campaigns: what was decided, what is wanted, what is so.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Campaign {
    /// What was decided at the launch, with the end and the words in force. The budget here is the first one.
    pub spec: Arc<CampaignSpec>,
    /// The tag of the operation that created it.
    pub tag: OperationTag,
    /// The platform's object, once it is known.
    pub platform_id: Option<PlatformCampaignId>,
    /// What we want.
    pub desired: DesiredStatus,
    /// What the platform said when it was last asked.
    pub platform: PlatformStatus,
    /// What is true for shoppers, as far as was verified.
    pub effective: EffectiveStatus,
    /// The budget in force.
    pub budget: Money,
    /// What the product page showed when the campaign was decided.
    pub product: Arc<Product>,
}
